"""The value that every figure of agreement is, and what the figures share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

NOISE = 1e-12
"""Share of the whole below which a part is rounding error."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its confidence interval.

    All three are NaN when the data do not determine the figure, an end alone when the interval has none.
    """

    value: float
    low: float
    high: float
    n: int
    """Subjects that entered, after those with missing ratings were left out where the method needs it."""


def matrix(values: ArrayLike, min_columns: int) -> Floats:
    """The ratings as numbers, shape (subjects, columns); ValueError for another shape or infinite values."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < min_columns or np.isinf(table).any():
        raise ValueError(f"expected finite numbers of shape (subjects, {min_columns} or more), got {table.shape}")
    return table


def pairs(first: ArrayLike, second: ArrayLike) -> Floats:
    """Two arrays of shape (subjects,) as one of shape (subjects, 2); ValueError for other shapes."""
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.ndim != 1 or left.shape != right.shape:
        raise ValueError(f"expected two arrays of shape (subjects,), got {left.shape} and {right.shape}")
    return matrix(np.column_stack([left, right]), min_columns=2)


def complete(table: Floats) -> Floats:
    """The rows without a missing value."""
    return table[~np.isnan(table).any(axis=1)]


def tails(confidence: float) -> tuple[float, float]:
    """Lower and upper probability of a two-sided interval; ValueError outside 0 to 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    return (1 - confidence) / 2, (1 + confidence) / 2


def ratio(above: float, below: float) -> float:
    """The quotient; NaN, not an error, when there is nothing to divide by."""
    return above / below if below != 0 else np.nan


def noise_variance(values: Floats) -> float:
    """Variance that rounding alone can give to values of this size: equal means may differ in the last digit."""
    return (NOISE * float(np.abs(values).max(initial=0))) ** 2


def undefined(n: int) -> Estimate:
    """The figure that the data of n subjects do not determine."""
    return Estimate(np.nan, np.nan, np.nan, n)


def ranks(values: ArrayLike) -> Floats:
    """Rank of each value from 1 up, ties sharing the mean of their ranks. Shape (n,) in, (n,) out.

    >>> ranks([3.0, 1.0, 3.0]).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    mean_ranks: Floats = np.cumsum(counts) - (counts - 1) / 2  # of each different value
    return mean_ranks[place]
