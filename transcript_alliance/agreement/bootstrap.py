"""Bootstrap intervals over subjects, or over the people they belong to."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from transcript_alliance.agreement.estimate import Floats, tails


def bootstrap_interval(
    statistic: Callable[[Floats], float],
    rows: ArrayLike,
    rng: np.random.Generator,
    *,
    groups: ArrayLike | None = None,
    n_resamples: int = 1000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Ends of the percentile bootstrap interval of a statistic of rows.

    `rows`: shape (subjects, ...); `groups`: shape (subjects,), labels of therapists or clients, whose rows
    are then drawn together, because rows of one person are not independent. Draws for which the statistic
    is NaN do not count; both ends are NaN when none is left.
    Raises ValueError for no rows or groups of another length.
    Source: Efron & Tibshirani 1993; drawing whole groups: Davison & Hinkley 1997, section 3.8.
    """
    table = np.asarray(rows, dtype=np.float64)
    labels = np.arange(len(table)) if groups is None else np.asarray(groups)
    if len(table) == 0 or labels.shape != (len(table),):
        raise ValueError("rows and groups must have the same length, 1 or more")
    _, place = np.unique(labels, return_inverse=True)
    members = [np.flatnonzero(place == group) for group in range(int(place.max()) + 1)]
    draws = []
    for _ in range(n_resamples):
        drawn = rng.integers(len(members), size=len(members))
        draws.append(statistic(table[np.concatenate([members[group] for group in drawn])]))
    counted = np.array([draw for draw in draws if not np.isnan(draw)])
    if len(counted) == 0:
        return np.nan, np.nan
    low, high = np.quantile(counted, tails(confidence))
    return float(low), float(high)
