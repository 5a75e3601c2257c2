"""From raw outputs to numbers that can be believed: units, intervals, thresholds, all set on unseen people.

Everything here is fitted on out-of-fold readings. Where a figure is reported for it, the fit for a fold
uses the other folds only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.metrics import event_f1, f1, match_events
from transcript_alliance.coding.ruptures import EventRules, strained_runs

Array = NDArray[np.float64]
COVERAGE = 0.90


@dataclass(frozen=True, slots=True)
class ScaleCalibration:
    """For one reported scale: value = intercept + slope x raw, and how far the truth may lie from it."""

    intercept: float
    slope: float
    half_width: float
    """Of the 90% interval, in scale points."""

    def value(self, raw: Array) -> Array:
        """Calibrated scale points."""
        return self.intercept + self.slope * raw


def fit_scale(raw: Array, truth: Array) -> ScaleCalibration:
    """A straight line and a half width around it; rows with nan are left out.

    The half width is the ceil((n + 1) x .9)-th smallest absolute error, in the manner of split conformal
    prediction (Lei et al. 2018). The line is fitted on the same rows, so coverage is measured, not guaranteed.
    """
    rated = ~np.isnan(truth)
    raw, truth = raw[rated], truth[rated]
    slope = float(np.cov(raw, truth, bias=True)[0, 1] / max(float(raw.var()), 1e-9))
    line = ScaleCalibration(float(truth.mean() - slope * raw.mean()), slope, 0.0)
    errors = np.sort(np.abs(truth - line.value(raw)))
    rank = min(len(errors), int(np.ceil((len(errors) + 1) * COVERAGE)))
    return replace(line, half_width=float(errors[rank - 1]))


def calibrate_scales(raw: Array, truth: Array) -> tuple[ScaleCalibration, ...]:
    """One calibration a reported scale; both tables are (sessions, reported)."""
    return tuple(fit_scale(raw[:, i], truth[:, i]) for i in range(raw.shape[1]))


def code_thresholds(probabilities: Array, truth: Array) -> Array:
    """For each code the probability from which marking it gives the best F1, (codes,).

    `truth` (turns, codes) counts as shown when at least one of two observers marked it (0.5 or more).
    """
    grid = np.arange(0.10, 0.76, 0.025)
    best = np.full(truth.shape[1], 0.5)
    for code in range(truth.shape[1]):
        asked = ~np.isnan(truth[:, code])
        shown = (truth[asked, code] >= 0.5).astype(float)
        if shown.sum() >= 5:
            scores = [f1(shown, (probabilities[asked, code] >= t).astype(float)) for t in grid]
            best[code] = grid[int(np.argmax(scores))]
    return best


def event_rules(
    strains: Sequence[Array], presences: Array, truths: Sequence[tuple[tuple[int, int], ...]]
) -> EventRules:
    """The decoding thresholds with the best event F1; one row of turn probabilities a session, all of one kind.

    First those of the turns, then the `presence` (sessions,) from which a session is searched at all.
    """
    if not any(truths):
        return EventRules()
    starts, stays, gaps = np.arange(0.2, 0.71, 0.05), (0.5, 0.6, 0.7, 0.8, 0.9), (0, 1, 2)
    candidates = [
        EventRules(presence=0.0, start=round(float(a), 3), stay=round(float(a * s), 3), gap_turns=g)
        for a, s, g in product(starts, stays, gaps)
    ]
    matches = {rules: _matches(strains, truths, rules) for rules in candidates}
    best = max(candidates, key=lambda rules: event_f1(matches[rules]))
    gates = [replace(best, presence=round(float(p), 3)) for p in np.arange(0.0, 0.91, 0.05)]
    return max(gates, key=lambda rules: event_f1(_gated(matches[best], presences >= rules.presence)))


def _matches(
    strains: Sequence[Array], truths: Sequence[tuple[tuple[int, int], ...]], rules: EventRules
) -> list[tuple[int, int, int]]:
    return [match_events(t, strained_runs(s, rules)) for s, t in zip(strains, truths, strict=True)]


def _gated(matches: Sequence[tuple[int, int, int]], searched: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """The matches when nothing is found in sessions that are not searched."""
    return [m if s else (0, 0, m[0] + m[2]) for m, s in zip(matches, searched, strict=True)]


def strain_column(kind: str) -> int:
    """Column of a rupture kind in the network's code outputs."""
    return TURN_CODES.index(kind.upper())
