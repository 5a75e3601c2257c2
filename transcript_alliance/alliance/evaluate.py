"""The figures: how well unseen people's sessions are read, each beside its floors and its human ceiling.

Intervals are 95% bootstrap intervals over therapists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor
from transcript_alliance.alliance.dataset import RatedSession, outcomes
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.predictions import Predictions
from transcript_alliance.alliance.scale_figures import calibration_rows, part_rows, scale_rows, third_rows
from transcript_alliance.alliance.scales import ReportedScale, to_reported
from transcript_alliance.alliance.turn_figures import event_counts, marker_rows, rupture_rows
from transcript_alliance.annotations import RuptureKind

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """One scale session by session, over the sessions where it was rated."""

    scale: ReportedScale
    observed: tuple[float, ...]
    predicted: tuple[float, ...]
    half_widths: tuple[float, ...]
    """Of the 90% intervals, in scale points."""


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Ruptures of one kind beside each observer's in turn, added up over observers and sessions."""

    kind: RuptureKind
    found: int
    missed: int
    invented: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation."""

    rows: tuple[Row, ...]
    pairs: Pairs | None = None
    """Of the alliance total; None where sessions were not kept one by one."""
    events: tuple[EventCounts, ...] = ()
    """One a kind; empty where ruptures were not measured."""


def evaluate(
    sessions: Sequence[RatedSession],
    predicted: Predictions,
    scales: tuple[ReportedScale, ...],
    floors: Sequence[Floor],
    cued: Sequence[NDArray[np.bool_]],
) -> Evaluation:
    """All figures of predictions for sessions whose people the model had not learned from.

    Floors are of `scales`; `cued` tells of each session's turns (turns, codes) which codes the cue rules saw there.
    """
    truth = to_reported(outcomes(sessions), scales)
    error = np.abs(truth - predicted.values)
    covered = np.where(np.isnan(error), np.nan, error <= predicted.half_widths)
    people = [s.therapist for s in sessions]
    rows = [
        *scale_rows(sessions, scales, truth, predicted.values, people, floors),
        *part_rows(sessions, scales, truth, predicted.values, people),
        *third_rows(sessions, predicted.third_points, scales, people),
        *calibration_rows(scales, truth, predicted.values, covered, people),
        *rupture_rows(sessions, predicted, people),
        *marker_rows(sessions, predicted, cued),
    ]
    events = tuple(_counted(sessions, predicted, kind) for kind in RuptureKind)
    return Evaluation(tuple(rows), _total_pairs(scales, truth, predicted), events)


def _counted(sessions: Sequence[RatedSession], predicted: Predictions, kind: RuptureKind) -> EventCounts:
    hits, false_alarms, misses = np.sum(event_counts(sessions, predicted.events[kind], kind), axis=0).tolist()
    return EventCounts(kind, hits, misses, false_alarms)


def _total_pairs(scales: tuple[ReportedScale, ...], truth: Array, predicted: Predictions) -> Pairs | None:
    """The first total among the scales, session by session; None when there is none."""
    for i, scale in enumerate(scales):
        if scale.scale == "total":
            kept = ~np.isnan(truth[:, i])
            columns = (truth[kept, i], predicted.values[kept, i], predicted.half_widths[kept, i])
            return Pairs(scale, *(tuple(map(float, column)) for column in columns))
    return None
