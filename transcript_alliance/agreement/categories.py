"""Agreement in categories beyond chance: Cohen's kappa, plain and weighted, and Gwet's AC1 and AC2."""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from transcript_alliance.agreement.estimate import NOISE, Estimate, Floats, complete, matrix, pairs, tails, undefined

Weights = Literal["nominal", "linear", "quadratic"]


def cohen_kappa(
    first: ArrayLike, second: ArrayLike, weights: Weights = "nominal", confidence: float = 0.95
) -> Estimate:
    """Agreement of two raters beyond that of their own habits of choice, -1 to 1.

    `first`, `second`: shape (subjects,); subjects with a missing rating are left out.
    `weights`: nominal (Cohen's kappa: alike or not) or, for numbers, linear or quadratic in their distance.
    Values of the scale that nobody chose do not move the figure.
    NaN: no subject, or both raters use one and the same category only.
    Raises ValueError for a wrong shape or unknown weights.
    Source: Cohen 1960, 1968; interval: Fleiss, Cohen & Everitt 1969 (normal approximation, cut at -1 and 1).
    """
    rated = complete(pairs(first, second))
    known = np.unique(rated)
    agree = _weight_matrix(known, weights)
    n = len(rated)
    joint = _counts(rated[:, :1], known).T @ _counts(rated[:, 1:], known) / max(n, 1)  # (q, q), sums to 1
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)  # (q,), (q,)
    expected = float(rows @ agree @ columns)
    if n == 0 or 1 - expected < NOISE:
        return undefined(n)
    kappa = (float((agree * joint).sum()) - expected) / (1 - expected)
    # Mean weight a subject would get by its row and by its column alone, cell by cell.
    by_margins = (agree @ columns)[:, None] + (rows @ agree)[None, :]
    spread = (joint * (agree - by_margins * (1 - kappa)) ** 2).sum() - (kappa - expected * (1 - kappa)) ** 2
    error = float(np.sqrt(max(float(spread), 0.0) / n)) / (1 - expected)
    reach = float(special.ndtri(tails(confidence)[1])) * error
    return Estimate(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0), n)


def gwet_ac(
    ratings: ArrayLike, weights: Weights = "nominal", categories: ArrayLike | None = None, confidence: float = 0.95
) -> Estimate:
    """Gwet's AC1 (nominal weights) or AC2 (linear, quadratic): agreement beyond chance, -1 to 1.

    Unlike kappa it stays high when raters agree and nearly all subjects fall into one category.
    `ratings`: shape (subjects, raters), missing allowed; subjects without any rating are left out.
    `categories`: all values of the scale; None takes those that occur. Their number moves the figure:
    give it for rating scales.
    NaN: no subject with two ratings, or one category only.
    Raises ValueError for a wrong shape, fewer than two raters, a value that is no category or unknown weights.
    Source: Gwet 2008; Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed.; interval by his variance
    over subjects with Student's t, cut at -1 and 1.
    """
    table = matrix(ratings, min_columns=2)
    table = table[~np.isnan(table).all(axis=1)]
    known = _categories(table, categories)
    agree, q, n = _weight_matrix(known, weights), len(known), len(table)
    counts = _counts(table, known)  # (n, q)
    given = counts.sum(axis=1)  # (n,)
    paired = given >= 2
    if q < 2 or not paired.any():
        return undefined(n)
    n_pairs = np.where(paired, given * (given - 1), 1)
    observed = np.where(paired, (counts * (counts @ agree - 1)).sum(axis=1) / n_pairs, 0)  # (n,)
    shares = (counts / given[:, None]).mean(axis=0)  # (q,)
    spread = float(agree.sum()) / (q * (q - 1))
    chance = spread * float((shares * (1 - shares)).sum())
    ac = (float(observed[paired].mean()) - chance) / (1 - chance)
    if n < 2:
        return Estimate(ac, np.nan, np.nan, n)
    # What each subject adds to the figure, directly and through the chance term.
    direct = n / paired.sum() * (observed - chance * paired) / (1 - chance)
    through_chance = spread * counts @ (1 - shares) / given - chance
    parts = direct - 2 * (1 - ac) * through_chance / (1 - chance)
    error = float(np.sqrt(((parts - ac) ** 2).sum() / (n * (n - 1))))
    reach = float(special.stdtrit(n - 1, tails(confidence)[1])) * error
    return Estimate(ac, max(ac - reach, -1.0), min(ac + reach, 1.0), n)


def _weight_matrix(categories: Floats, weights: Weights) -> Floats:
    """Shape (q, q): 1 for full agreement, 0 for the worst disagreement."""
    if weights not in _WEIGHTS:
        raise ValueError(f"unknown weights {weights!r}; known: {', '.join(_WEIGHTS)}")
    distance = np.abs(categories[:, None] - categories[None, :])
    longest = float(distance.max(initial=0))
    return _WEIGHTS[weights](distance / longest if longest else distance)


_WEIGHTS: Mapping[str, Callable[[Floats], Floats]] = {
    "nominal": lambda distance: (distance == 0).astype(np.float64),
    "linear": lambda distance: 1 - distance,
    "quadratic": lambda distance: 1 - distance**2,
}


def _categories(table: Floats, categories: ArrayLike | None) -> Floats:
    seen = np.unique(table[~np.isnan(table)])
    if categories is None:
        return seen
    known = np.unique(np.asarray(categories, dtype=np.float64))
    if not np.isin(seen, known).all():
        raise ValueError("a rating is not among the categories")
    return known


def _counts(table: Floats, categories: Floats) -> Floats:
    """Shape (subjects, q): how many raters chose each category."""
    counts: Floats = (table[:, :, None] == categories).sum(axis=1).astype(np.float64)
    return counts
