"""What a model says of rated sessions, in the form in which it is measured against their observers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.calibrate import ScaleCalibration, calibrate_scales, code_thresholds
from transcript_alliance.alliance.dataset import RatedSession, outcomes
from transcript_alliance.alliance.fit_segments import fit_segments, least_probability
from transcript_alliance.alliance.folds import by_fold
from transcript_alliance.alliance.scales import ReportedScale, to_reported
from transcript_alliance.alliance.strain import strain_reading
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.ruptures import EventRules, event_ranges, expected_events, strain_tracks
from transcript_alliance.coding.segments import SegmentModel, StrainTracks

T = TypeVar("T")
Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ranges = tuple[tuple[int, int], ...]
"""Half-open turn ranges."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """All that is said of sessions that the model had not learned from."""

    values: Array  # (sessions, reported), scale points
    half_widths: Array  # (sessions, reported), of the 90% intervals
    third_points: Array  # (3, sessions, outputs), first, middle and last third, before calibration
    codes: tuple[Array, ...]  # (turns, codes) a session, probabilities
    marked: tuple[Flags, ...]  # (turns, codes) a session
    expected: Mapping[RuptureKind, Array]  # (sessions,), how many ruptures of the kind are to be expected
    events: Mapping[RuptureKind, tuple[Ranges, ...]]  # one a session


@dataclass(frozen=True, slots=True, eq=False)
class Decisions:
    """How readings become what is said: units, thresholds, what makes an event."""

    scales: tuple[ScaleCalibration, ...]
    thresholds: Array  # (codes,)
    segments: Mapping[RuptureKind, SegmentModel]
    rules: Mapping[RuptureKind, EventRules]


def learn_decisions(
    sessions: Sequence[RatedSession], codes: Sequence[Array], points: Array, scales: tuple[ReportedScale, ...]
) -> Decisions:
    """The decisions that fit the observers of `sessions` best.

    `codes` (turns, codes) a session and `points` (sessions, outputs) must come from models that had not learned
    from these people.
    """
    segments, rules = {}, {}
    for kind in RuptureKind:
        strains = _strains(sessions, codes, points, kind)
        marked = [[marked_ranges(s, r, kind) for r in range(len(s.events_by_rater))] for s in sessions]
        segments[kind] = fit_segments(strains, marked)
        rules[kind] = EventRules(least=least_probability(segments[kind], strains, marked))
    return Decisions(
        calibrate_scales(to_reported(points, scales), to_reported(outcomes(sessions), scales)),
        code_thresholds(np.concatenate(codes), np.concatenate([s.turns for s in sessions])),
        segments,
        rules,
    )


def decide(
    sessions: Sequence[RatedSession],
    codes: Sequence[Array],
    points: Array,
    third_points: Array,
    scales: tuple[ReportedScale, ...],
    decisions: Decisions,
) -> Predictions:
    """What the decisions make of readings: codes (turns, codes) a session, points (sessions, outputs)."""
    raw = to_reported(points, scales)
    lines = decisions.scales
    strains = {kind: _strains(sessions, codes, points, kind) for kind in RuptureKind}
    return Predictions(
        values=np.column_stack([line.value(raw[:, i]) for i, line in enumerate(lines)]),
        half_widths=np.broadcast_to([line.half_width for line in lines], raw.shape).copy(),
        third_points=third_points,
        codes=tuple(codes),
        marked=tuple(c >= decisions.thresholds for c in codes),
        expected={
            kind: np.array([expected_events(strain, decisions.segments[kind]) for strain in of_kind])
            for kind, of_kind in strains.items()
        },
        events={
            kind: tuple(event_ranges(strain, decisions.segments[kind], decisions.rules[kind]) for strain in of_kind)
            for kind, of_kind in strains.items()
        },
    )


def _strains(
    sessions: Sequence[RatedSession], codes: Sequence[Array], points: Array, kind: RuptureKind
) -> list[StrainTracks]:
    return [
        strain_tracks(s.session, strain_reading(c, p), kind) for s, c, p in zip(sessions, codes, points, strict=True)
    ]


def decide_by_fold(
    sessions: Sequence[RatedSession],
    codes: Sequence[Array],
    points: Array,
    third_points: Array,
    scales: tuple[ReportedScale, ...],
    folds: NDArray[np.int64],
) -> Predictions:
    """The same with decisions learned on the sessions of the other folds."""
    work = partial(_decide_fold, sessions, codes, points, third_points, scales, folds)
    return _joined(list(by_fold(work, folds)))


def _decide_fold(
    sessions: Sequence[RatedSession],
    codes: Sequence[Array],
    points: Array,
    third_points: Array,
    scales: tuple[ReportedScale, ...],
    folds: NDArray[np.int64],
    fold: int,
) -> Predictions:
    inside, others = (np.flatnonzero(rows).tolist() for rows in (folds == fold, folds != fold))
    decisions = learn_decisions([sessions[i] for i in others], [codes[i] for i in others], points[others], scales)
    own = [sessions[i] for i in inside], [codes[i] for i in inside]
    return decide(*own, points[inside], third_points[:, inside], scales, decisions)


def _joined(parts: Sequence[tuple[NDArray[np.intp], Predictions]]) -> Predictions:
    """Predictions for runs of sessions, back in the order of all sessions."""
    order = np.argsort(np.concatenate([indices for indices, _ in parts]))

    def rows(name: str) -> Array:
        table: Array = np.concatenate([getattr(p, name) for _, p in parts])[order]
        return table

    def items(of: Sequence[Sequence[T]]) -> tuple[T, ...]:
        joined = [item for part in of for item in part]
        return tuple(joined[i] for i in order)

    return Predictions(
        values=rows("values"),
        half_widths=rows("half_widths"),
        third_points=np.concatenate([p.third_points for _, p in parts], axis=1)[:, order],
        codes=items([p.codes for _, p in parts]),
        marked=items([p.marked for _, p in parts]),
        expected={k: np.concatenate([p.expected[k] for _, p in parts])[order] for k in RuptureKind},
        events={k: items([p.events[k] for _, p in parts]) for k in RuptureKind},
    )


def marked_ranges(session: RatedSession, rater: int, kind: RuptureKind) -> Ranges:
    """Turn ranges of the events of one kind that one observer marked."""
    return tuple((e.start, e.end) for e in session.events_by_rater[rater] if e.kind is kind)
