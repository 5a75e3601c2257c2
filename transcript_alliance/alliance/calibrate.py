"""From raw outputs to numbers that can be believed: units, intervals, thresholds, all set on unseen people.

Everything here is fitted on out-of-fold readings. Where a figure is reported for it, the fit for a fold
uses the other folds only.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.metrics import f1

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
    Where the truth falls as the raw values rise nothing was learned (our choice): the line is flat.
    """
    rated = ~np.isnan(truth)
    raw, truth = raw[rated], truth[rated]
    slope = max(0.0, float(np.cov(raw, truth, bias=True)[0, 1] / max(float(raw.var()), 1e-9)))
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
