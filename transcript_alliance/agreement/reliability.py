"""How reliable ratings and scales are: intraclass correlation and Cronbach's alpha."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from transcript_alliance.agreement.estimate import (
    NOISE,
    Estimate,
    Floats,
    complete,
    matrix,
    noise_variance,
    ratio,
    tails,
    undefined,
)

_Figures = tuple[float, float, float]
"""Value, low and high."""

IccForm = Literal["ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"]


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    """Analysis of variance of a complete table of n subjects by k raters."""

    n: int
    k: int
    subjects: float
    raters: float
    residual: float
    within: float
    """Of ratings within a subject: raters and residual together."""


def icc(ratings: ArrayLike, form: IccForm = "ICC(2,1)", confidence: float = 0.95) -> Estimate:
    """Intraclass correlation of raters, at most 1; may be negative.

    `ratings`: shape (subjects, raters); subjects with a missing rating are left out.
    Forms: ICC(1,·) other raters for each subject; ICC(2,·) the same raters, standing for all raters, who
    must agree absolutely; ICC(3,·) these raters only, who may differ by a constant. (·,1) is the
    reliability of one rater, (·,k) of the mean of all k.
    NaN: fewer than two complete subjects, or no variance that the form could share out. The mean of raters
    who disagree more than chance has no reliability: there a (·,k) form, or its lower end alone, is NaN.
    Raises ValueError for a wrong shape, fewer than two raters or an unknown form.
    Source: Shrout & Fleiss 1979, Psychological Bulletin 86, 420-428, formulas and intervals.

    >>> round(icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).value, 2)
    0.29
    """
    if form not in _ICC_FORMS:
        raise ValueError(f"unknown form {form!r}; known: {', '.join(_ICC_FORMS)}")
    table = complete(matrix(ratings, min_columns=2))
    single, average = _ICC_FORMS[form]
    if len(table) < 2:
        return undefined(len(table))
    squares = _mean_squares(table)
    value, low, high = single(squares, tails(confidence))
    if average:
        # The same step takes the ends of the single form's interval to those of the average's.
        value, low, high = (_spearman_brown(figure, squares.k) for figure in (value, low, high))
    return undefined(squares.n) if np.isnan(value) else Estimate(value, low, high, squares.n)


def cronbach_alpha(items: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Internal consistency of a scale's items, at most 1; may be negative. The same figure as ICC(3,k).

    `items`: shape (people, items), reversed items already turned; people with a missing answer are left
    out. NaN: fewer than two complete people, or all sum scores equal.
    Raises ValueError for a wrong shape or fewer than two items.
    Source: Cronbach 1951; interval: Feldt 1965.
    """
    table = complete(matrix(items, min_columns=2))
    n, k = table.shape
    if n < 2:
        return undefined(n)
    item_variance = float(table.var(axis=0, ddof=1).sum())
    sum_variance = float(table.sum(axis=1).var(ddof=1))
    if sum_variance <= NOISE * item_variance + noise_variance(table):
        return undefined(n)
    alpha = k / (k - 1) * (1 - item_variance / sum_variance)
    lower, upper = tails(confidence)
    low, high = (1 - (1 - alpha) * float(special.fdtri(n - 1, (n - 1) * (k - 1), p)) for p in (upper, lower))
    return Estimate(alpha, low, high, n)


def _mean_squares(table: Floats) -> _MeanSquares:
    n, k = table.shape
    centred = table - table.mean()
    by_subject = centred.mean(axis=1, keepdims=True)  # (n, 1)
    by_rater = centred.mean(axis=0, keepdims=True)  # (1, k)
    noise = NOISE * float((centred**2).mean()) + noise_variance(table)

    def square(sum_of_squares: float, df: int) -> float:
        return sum_of_squares / df if sum_of_squares / df > noise else 0.0

    return _MeanSquares(
        n,
        k,
        subjects=square(k * float((by_subject**2).sum()), n - 1),
        raters=square(n * float((by_rater**2).sum()), k - 1),
        residual=square(float(((centred - by_subject - by_rater) ** 2).sum()), (n - 1) * (k - 1)),
        within=square(float(((centred - by_subject) ** 2).sum()), n * (k - 1)),
    )


def _one_way(ms: _MeanSquares, ends: tuple[float, float]) -> _Figures:
    return _error_ratio(ms.subjects, ms.within, ms.n * (ms.k - 1), ms, ends)


def _two_way_fixed(ms: _MeanSquares, ends: tuple[float, float]) -> _Figures:
    return _error_ratio(ms.subjects, ms.residual, (ms.n - 1) * (ms.k - 1), ms, ends)


def _error_ratio(between: float, error: float, df: int, ms: _MeanSquares, ends: tuple[float, float]) -> _Figures:
    """The figures of (between - error) / (between + (k - 1) error), whose F ratio gives its interval."""
    value, low, high = (
        ratio(between - factor * error, between + (ms.k - 1) * factor * error)
        for factor in (1.0, *(float(special.fdtri(ms.n - 1, df, p)) for p in reversed(ends)))
    )
    return value, low, high


def _two_way_random(ms: _MeanSquares, ends: tuple[float, float]) -> _Figures:
    n, k, subjects, raters, error = ms.n, ms.k, ms.subjects, ms.raters, ms.residual
    rho = ratio(subjects - error, subjects + (k - 1) * error + k * (raters - error) / n)
    # Satterthwaite's degrees of freedom; multiplied through by the error so that no error gives no division by 0.
    a, b = k * rho * raters, (n * (1 + (k - 1) * rho) - k * rho) * error
    df = ratio((k - 1) * (n - 1) * (a + b) ** 2, (n - 1) * a**2 + b**2)
    df = (n - 1) * (k - 1) if np.isnan(df) else max(df, _MIN_DF)
    rest = k * raters + (k * n - k - n) * error
    for_low = float(special.fdtri(n - 1, df, ends[1]))
    for_high = float(special.fdtri(df, n - 1, ends[1]))
    low = ratio(n * (subjects - for_low * error), for_low * rest + n * subjects)
    high = ratio(n * (for_high * subjects - error), rest + n * for_high * subjects)
    return rho, low, high


_MIN_DF = 0.01
"""Below it the F quantile overflows; the end of the interval no longer moves there."""

_ICC_FORMS: Mapping[str, tuple[Callable[[_MeanSquares, tuple[float, float]], _Figures], bool]] = {
    "ICC(1,1)": (_one_way, False),
    "ICC(2,1)": (_two_way_random, False),
    "ICC(3,1)": (_two_way_fixed, False),
    "ICC(1,k)": (_one_way, True),
    "ICC(2,k)": (_two_way_random, True),
    "ICC(3,k)": (_two_way_fixed, True),
}


def _spearman_brown(r: float, k: int) -> float:
    """Reliability of the mean of k raters; NaN at and below -1 / (k - 1), where it has run to minus infinity."""
    below = 1 + (k - 1) * r
    return k * r / below if below > NOISE else np.nan
