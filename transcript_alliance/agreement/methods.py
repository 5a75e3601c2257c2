"""Two methods on the same subjects: how far apart they lie, and whether they rank alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from transcript_alliance.agreement.estimate import Estimate, complete, pairs, ranks, tails, undefined


@dataclass(frozen=True, slots=True)
class BlandAltman:
    """How far two methods lie apart, first minus second, in the units of the measurement."""

    bias: Estimate
    """Mean difference."""
    lower: Estimate
    upper: Estimate
    """Limits of agreement: about 95% of differences lie between `lower` and `upper`."""
    sd: float
    """Standard deviation of the differences."""


def bland_altman(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> BlandAltman:
    """Mean difference of two methods and their 95% limits of agreement, in the units of the measurement.

    `first`, `second`: shape (subjects,); subjects with a missing value are left out. The limits are the
    bias -/+ 1.96 standard deviations; `confidence` is that of the intervals around bias and limits.
    NaN: fewer than two subjects. Equal differences are no trouble: limits and bias then coincide.
    Raises ValueError for a wrong shape.
    Source: Bland & Altman 1986; intervals: Bland & Altman 1999, section 2.1.
    """
    both = complete(pairs(first, second))
    n = len(both)
    if n < 2:
        return BlandAltman(undefined(n), undefined(n), undefined(n), np.nan)
    differences = both[:, 0] - both[:, 1]
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    z = float(special.ndtri(0.975))
    t = float(special.stdtrit(n - 1, tails(confidence)[1]))

    def around(value: float, variance_factor: float) -> Estimate:
        reach = t * sd * float(np.sqrt(variance_factor))
        return Estimate(value, value - reach, value + reach, n)

    limit = 1 / n + z**2 / (2 * (n - 1))
    return BlandAltman(around(bias, 1 / n), around(bias - z * sd, limit), around(bias + z * sd, limit), sd)


def spearman(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Rank correlation, -1 to 1; ties share the mean of their ranks.

    `first`, `second`: shape (subjects,); subjects with a missing value are left out.
    NaN: fewer than two subjects, or one side all tied. The interval needs four subjects.
    Raises ValueError for a wrong shape.
    Source: Spearman 1904; interval: Bonett & Wright 2000 (Fisher's z with their standard error).

    >>> round(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).value, 4)  # ranks 1 2 3.5 5 3.5: 8 / sqrt(10 * 9.5)
    0.8208
    """
    both = complete(pairs(first, second))
    n = len(both)
    if n < 2:
        return undefined(n)
    x, y = (ranks(column) - (n + 1) / 2 for column in both.T)
    if not x.any() or not y.any():
        return undefined(n)
    rho = float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1, 1))
    if n < 4:
        return Estimate(rho, np.nan, np.nan, n)
    if abs(rho) == 1:
        return Estimate(rho, rho, rho, n)
    reach = float(special.ndtri(tails(confidence)[1])) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho) + np.array([-reach, reach]))
    return Estimate(rho, float(low), float(high), n)
