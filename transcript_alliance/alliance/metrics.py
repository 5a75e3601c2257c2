"""Measures of agreement with observers, with bootstrap intervals over people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.agreement import bootstrap_interval, icc, ranks, spearman

Array = NDArray[np.float64]
MIN_PEOPLE = 3
"""With two there are only three ways to draw them: an interval of these says nothing (our choice)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number with its 95% bootstrap interval over people; nan where it cannot be computed."""

    value: float
    low: float
    high: float
    n: int
    """Sessions (or turns) it rests on."""


def mae(truth: Array, predicted: Array) -> float:
    """Mean absolute error, in the unit of the inputs; nan of nothing at all."""
    return float(np.abs(truth - predicted).mean()) if len(truth) else float("nan")


def icc_agreement(truth: Array, predicted: Array) -> float:
    """ICC(2,1) of the prediction with the observers' mean: agreement in absolute value, not only in rank."""
    return icc(np.column_stack([truth, predicted]), "ICC(2,1)").value


def rank_correlation(truth: Array, predicted: Array) -> float:
    """Spearman's rho; nan when either side is constant."""
    return spearman(truth, predicted).value


def slope(truth: Array, predicted: Array) -> float:
    """Calibration slope: regression of truth on prediction; 1 is right, below 1 the predictions are too extreme."""
    spread = float(np.var(predicted))
    return float(np.cov(predicted, truth, bias=True)[0, 1] / spread) if spread else float("nan")


def auroc(truth: Array, predicted: Array) -> float:
    """Area under the ROC curve of a 0/1 truth; nan when only one class is there."""
    n_shown = float(truth.sum())
    n_rest = len(truth) - n_shown
    if not n_shown or not n_rest:
        return float("nan")
    # Mann-Whitney: the mean rank of the shown, put between 0 and 1.
    return float((ranks(predicted)[truth == 1].sum() - n_shown * (n_shown + 1) / 2) / (n_shown * n_rest))


def f1(truth: Array, chosen: Array) -> float:
    """F1 of the positive class, 0 when nothing is found; nan of nothing at all."""
    if not len(truth):
        return float("nan")
    total = float(truth.sum() + chosen.sum())
    return 2 * float((truth * chosen).sum()) / total if total else 0.0


def balanced_accuracy(truth: Array, chosen: Array) -> float:
    """Mean of sensitivity and specificity; nan when only one class is there."""
    n_shown = float(truth.sum())
    if not n_shown:
        return float("nan")
    return (float((truth * chosen).sum()) / n_shown + specificity(truth, chosen)) / 2


def specificity(truth: Array, chosen: Array) -> float:
    """Share of the negatives that are left alone; nan when there are none."""
    n_rest = float((1 - truth).sum())
    return float(((1 - truth) * (1 - chosen)).sum()) / n_rest if n_rest else float("nan")


def with_interval(
    measure: Callable[..., float], people: Sequence[str], *columns: Array, draws: int = 1000, seed: int = 0
) -> Figure:
    """`measure(*columns)` of columns (rows,) with the 95% interval of redrawing people (not sessions) with replacement.

    `people` names whose session each row is: rows of one person stay together, so that four sessions of
    one therapist do not count as four independent looks. Below `MIN_PEOPLE` of them there is no interval (nan).
    """
    if len(set(people)) < MIN_PEOPLE:
        return Figure(measure(*columns), float("nan"), float("nan"), len(people))
    low, high = bootstrap_interval(
        lambda rows: measure(*rows.T),
        np.column_stack(columns),
        np.random.default_rng(seed),
        groups=np.asarray(people),
        n_resamples=draws,
    )
    return Figure(measure(*columns), low, high, len(people))


def match_events(
    truth: Sequence[tuple[int, int]], found: Sequence[tuple[int, int]], overlap: float = 0.5
) -> tuple[int, int, int]:
    """True positives, false positives and misses of half-open turn ranges, each matched once.

    Two ranges match when their intersection is at least `overlap` of their union of turns
    (the strict reading of "overlap of turns"; our choice).

    >>> match_events([(0, 4), (10, 12)], [(0, 3), (20, 22)])
    (1, 1, 1)
    """
    pairs = sorted(
        ((_overlap(t, f), i, j) for i, t in enumerate(truth) for j, f in enumerate(found)),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    used_truth: set[int] = set()
    used_found: set[int] = set()
    for share, i, j in pairs:
        if share >= overlap and i not in used_truth and j not in used_found:
            used_truth.add(i)
            used_found.add(j)
    return len(used_truth), len(found) - len(used_found), len(truth) - len(used_truth)


def _overlap(a: tuple[int, int], b: tuple[int, int]) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0, shared) / (max(a[1], b[1]) - min(a[0], b[0])) if shared > 0 else 0.0


def event_f1(counts: Sequence[tuple[int, int, int]]) -> float:
    """F1 over all sessions from their (hits, false alarms, misses); nan when nothing was there or found."""
    return counted_f1(*np.array(counts, dtype=np.float64).reshape(-1, 3).T)


def counted_f1(hits: Array, false_alarms: Array, misses: Array) -> float:
    """The same from three columns."""
    total = float(2 * hits.sum() + false_alarms.sum() + misses.sum())
    return float(2 * hits.sum()) / total if total else float("nan")
