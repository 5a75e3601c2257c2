"""Krippendorff's alpha."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from transcript_alliance.agreement.bootstrap import bootstrap_interval
from transcript_alliance.agreement.estimate import Estimate, Floats, matrix, noise_variance, ranks

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(
    ratings: ArrayLike,
    level: Level = "nominal",
    *,
    rng: np.random.Generator | None = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
) -> Estimate:
    """Krippendorff's alpha: 1 minus the disagreement observed over that expected by chance; at most 1.

    `ratings`: shape (subjects, raters), missing allowed; subjects with fewer than two ratings are left out.
    `level`: nominal (alike or not), ordinal (distance in ranks), interval (distance in value).
    The interval is a bootstrap over subjects and needs `rng`; without it low and high are NaN.
    NaN: no subject with two ratings, or all ratings the same.
    Raises ValueError for a wrong shape, fewer than two raters or an unknown level.
    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability; interval: our choice.
    """
    if level not in _PLACES:
        raise ValueError(f"unknown level {level!r}; known: {', '.join(_PLACES)}")
    table = matrix(ratings, min_columns=2)
    table = table[(~np.isnan(table)).sum(axis=1) >= 2]

    def alpha(rows: Floats) -> float:
        return _alpha(rows, _PLACES[level])

    value = alpha(table)
    low = high = np.nan
    if rng is not None and not np.isnan(value):
        low, high = bootstrap_interval(alpha, table, rng, n_resamples=n_resamples, confidence=confidence)
    return Estimate(value, low, high, len(table))


def _alpha(table: Floats, places: Callable[[Floats], Floats]) -> float:
    """Alpha of subjects with two ratings or more each.

    Every level is a squared distance between places of the ratings, and the sum of squared distances
    over all pairs of m places is m * (sum of squares) - (sum) ** 2: no table of coincidences is needed.
    """
    rated = ~np.isnan(table)  # (subjects, raters)
    if not rated.any():
        return np.nan
    ratings = table[rated]
    points = places(ratings)  # (ratings, axes)
    points = points - points[0]
    where = np.zeros((*table.shape, points.shape[1]))
    where[rated] = points
    m = rated.sum(axis=1)  # (subjects,)
    within = m * (where**2).sum(axis=(1, 2)) - (where.sum(axis=1) ** 2).sum(axis=1)
    observed = float((within / (m - 1)).sum())
    n = len(points)
    expected = float(n * (points**2).sum() - (points.sum(axis=0) ** 2).sum()) / (n - 1)
    return 1 - observed / expected if expected > n * noise_variance(ratings) else np.nan


def _axes(values: Floats) -> Floats:
    """One axis a category, so that any two categories are equally far apart."""
    axes: Floats = (values[:, None] == np.unique(values)[None, :]).astype(np.float64)
    return axes


_PLACES: Mapping[str, Callable[[Floats], Floats]] = {
    "nominal": _axes,
    "ordinal": lambda values: ranks(values)[:, None],
    "interval": lambda values: values[:, None],
}
