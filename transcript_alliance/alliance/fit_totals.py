"""A scorer for people's own ratings of whole sessions, and its figures on people it had not learned from.

What is read in the turns comes from a trained bundle that never saw these sessions; only the session scorer is
learned, each scale by itself, over that bundle's phrases and features.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor, text_floors
from transcript_alliance.alliance.calibrate import ScaleCalibration, fit_scale
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.fit_scorer import fit_outputs
from transcript_alliance.alliance.metrics import with_interval
from transcript_alliance.alliance.people import linked_people, people_folds
from transcript_alliance.alliance.scale_figures import calibration_rows, partial_rank_correlation, scale_rows
from transcript_alliance.alliance.scales import ReportedScale
from transcript_alliance.alliance.scorer import Evidence, Scorer
from transcript_alliance.alliance.totals_table import Entry, RatingsTable
from transcript_alliance.errors import DatasetError
from transcript_alliance.session import Session

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RatedTotals:
    """A session, what the bundle read in it, and what people said of the whole."""

    session: Session
    evidence: Evidence
    entry: Entry

    @property
    def scales_by_rater(self) -> Array:
        """What each rater gave, (raters, scales)."""
        return self.entry.by_rater


@dataclass(frozen=True, slots=True, eq=False)
class FittedScale:
    """One scale learned from people's ratings of it."""

    scorer: Scorer
    """Of one output, from all sessions; it weighs nothing where nothing could be learned."""
    line: ScaleCalibration
    values: Array  # (sessions,), scale points, each by people kept out; nan where nobody rated
    rows: tuple[Row, ...]
    """Figures on people that had not been learned from."""

    @property
    def learned(self) -> bool:
        """False when the readings of other people's sessions did not rise with their ratings."""
        return self.line.slope > 0


def fit_total(sessions: Sequence[RatedTotals], scale: ReportedScale, base: Scorer, seed: int = 0) -> FittedScale:
    """The scale, whose place in the ratings is its only output, learned over the vocabulary and units of `base`.

    Raises DatasetError as `require_learnable` does.
    """
    rated, truth = _rated(sessions, scale)
    people = linked_people([s.entry for s in rated])
    folds = people_folds(people, scale.name, seed)
    unit = base.mean, base.sd

    def fit(places: Iterable[int]) -> Scorer:
        kept = list(places)
        return fit_outputs([rated[i].evidence for i in kept], truth[kept], base.vocabulary, unit)

    raw = np.empty_like(truth)
    for fold in np.unique(folds):
        scorer = fit(np.flatnonzero(folds != fold).tolist())
        raw[folds == fold] = [scorer.points(rated[i].evidence) for i in np.flatnonzero(folds == fold)]
    values, half_widths = np.empty_like(truth), np.empty_like(truth)
    for fold in np.unique(folds):
        inside = folds == fold
        line = fit_scale(raw[~inside, 0], truth[~inside, 0])
        values[inside], half_widths[inside] = line.value(raw[inside]), line.half_width
    floors = text_floors([s.session for s in rated], truth, folds)
    line, scorer = fit_scale(raw[:, 0], truth[:, 0]), fit(range(len(rated)))
    rows = total_rows(sessions, scale, values, half_widths, floors)
    kept_out = np.full(len(sessions), np.nan)
    kept_out[[i for i, s in enumerate(sessions) if s in rated]] = values[:, 0]
    return FittedScale(scorer if line.slope > 0 else _knows_nothing(scorer), line, kept_out, rows)


def total_rows(
    sessions: Sequence[RatedTotals], scale: ReportedScale, values: Array, half_widths: Array, floors: Sequence[Floor]
) -> tuple[Row, ...]:
    """Figures of `values`, (rated sessions, 1), for one scale; intervals redraw people, with all their sessions."""
    rated, truth = _rated(sessions, scale)
    people = linked_people([s.entry for s in rated])
    covered = (np.abs(truth - values) <= half_widths).astype(float)
    words = np.log([float(max(1, s.session.n_words)) for s in rated])
    alone = with_interval(partial_rank_correlation, people, truth[:, 0], values[:, 0], words)
    calibration = calibration_rows((scale,), truth, values, covered, people)
    return (
        *scale_rows(rated, (scale,), truth, values, people, floors),
        Row(scale.instrument, f"{scale.scale}, length held constant", "partial Spearman", alone),
        *(replace(row, what=scale.name) for row in calibration),
    )


def rated_sessions(sessions: Sequence[RatedTotals], scale: ReportedScale) -> list[RatedTotals]:
    """Those that somebody rated on the scale."""
    return [s for s in sessions if not np.isnan(s.entry.value(scale.outputs[0]))]


def _rated(sessions: Sequence[RatedTotals], scale: ReportedScale) -> tuple[list[RatedTotals], Array]:
    """The sessions that were rated on the scale, and the ratings, (rated sessions, 1)."""
    rated = rated_sessions(sessions, scale)
    return rated, np.array([[s.entry.value(scale.outputs[0])] for s in rated]).reshape(-1, 1)


def require_learnable(table: RatingsTable, seed: int = 0) -> None:
    """Nothing, when each scale of the table can be learned, and measured on people kept out.

    Raises DatasetError TOO_FEW_PEOPLE, TOO_FEW_SESSIONS, or ALL_THE_SAME when there is nothing to tell apart.
    """
    for place, scale in enumerate(table.scales):
        rated = [entry for entry in table.entries if not np.isnan(entry.value(place))]
        people_folds(linked_people(rated), scale, seed)
        if np.ptp([entry.value(place) for entry in rated]) == 0:
            raise DatasetError("ALL_THE_SAME", "all sessions have the same rating", where=scale)


def _knows_nothing(scorer: Scorer) -> Scorer:
    """A scorer that weighs nothing: its value is the mean of the ratings, and no turn speaks for or against it."""
    return replace(scorer, phrase_weights=np.zeros_like(scorer.phrase_weights), weights=np.zeros_like(scorer.weights))
