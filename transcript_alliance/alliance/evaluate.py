"""The figures: how well unseen people's sessions are read, each beside its floors and its human ceiling.

Intervals are 95% bootstrap intervals over therapists.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor
from transcript_alliance.alliance.dataset import (
    CLIENT_CODES,
    REPAIR_CODES,
    SCALES,
    THERAPIST_CODES,
    TURN_CODES,
    RatedSession,
    outcomes,
)
from transcript_alliance.alliance.metrics import (
    Figure,
    auroc,
    balanced_accuracy,
    counted_f1,
    event_f1,
    f1,
    icc_agreement,
    mae,
    match_events,
    rank_correlation,
    slope,
    specificity,
    with_interval,
)
from transcript_alliance.alliance.predictions import Predictions, event_ranges
from transcript_alliance.alliance.scales import ReportedScale, to_reported
from transcript_alliance.annotations import RuptureKind

Array = NDArray[np.float64]
MARKER_CODES = (*THERAPIST_CODES, *CLIENT_CODES)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of figures."""

    task: str
    what: str
    """Scale, code or kind."""
    measure: str
    figure: Figure
    floor_name: str = ""
    floor: float = float("nan")
    ceiling: float = float("nan")
    """The same measure between two observers; nan where only one rated or the question does not arise."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one evaluation."""

    rows: tuple[Row, ...]


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
        *_scale_rows(sessions, scales, truth, predicted.values, people, floors),
        *_part_rows(sessions, scales, truth, predicted.values, people),
        *_third_rows(sessions, predicted.third_points, scales, people),
        *_calibration_rows(scales, truth, predicted.values, covered, people),
        *_rupture_rows(sessions, predicted, people),
        *_marker_rows(sessions, predicted, cued),
    ]
    return Evaluation(tuple(rows))


def _scale_rows(
    sessions: Sequence[RatedSession],
    scales: tuple[ReportedScale, ...],
    truth: Array,
    predicted: Array,
    people: Sequence[str],
    floors: Sequence[Floor],
) -> list[Row]:
    """Spearman, ICC(2,1) and mean absolute error of every scale, each with the best floor and the ceiling."""
    rows = []
    for i, scale in enumerate(scales):
        kept = ~np.isnan(truth[:, i])
        names = [p for p, k in zip(people, kept, strict=True) if k]
        for measure, function, best in _SCALE_MEASURES:
            values = {f.name: function(truth[kept, i], f.predictions[kept, i]) for f in floors}
            values = {name: v for name, v in values.items() if not np.isnan(v)}
            floor_name = best(values, key=lambda name: values[name]) if values else ""
            rows.append(
                Row(
                    scale.instrument,
                    scale.scale,
                    measure,
                    with_interval(function, names, truth[kept, i], predicted[kept, i]),
                    floor_name,
                    values.get(floor_name, float("nan")),
                    function(*_two_raters(sessions, scale)),
                )
            )
    return rows


_SCALE_MEASURES: tuple[tuple[str, Callable[[Array, Array], float], Callable[..., str]], ...] = (
    ("Spearman", rank_correlation, max),
    ("ICC(2,1)", icc_agreement, max),
    ("MAE", mae, min),
)


def _two_raters(sessions: Sequence[RatedSession], scale: ReportedScale) -> tuple[Array, Array]:
    """The first two observers' own values of a scale, over the sessions that both rated."""
    both = [s.scales_by_rater[:2] for s in sessions if len(s.scales_by_rater) > 1]
    values = to_reported(np.array(both).reshape(-1, 2, len(SCALES)), (scale,))[..., 0]  # (sessions, 2)
    values = values[~np.isnan(values).any(axis=1)]
    return values[:, 0], values[:, 1]


def _part_rows(
    sessions: Sequence[RatedSession],
    scales: tuple[ReportedScale, ...],
    truth: Array,
    predicted: Array,
    people: Sequence[str],
) -> list[Row]:
    """The alliance total within each part of the corpus, and after taking out how much was said."""
    total = next(i for i, s in enumerate(scales) if s.scale == "total")
    parts = np.array([s.part for s in sessions])
    names = np.array(people)
    rows = [
        Row(
            "wai-o-s",
            f"total, {part} part",
            "Spearman",
            with_interval(
                rank_correlation,
                list(names[parts == part]),
                truth[parts == part, total],
                predicted[parts == part, total],
            ),
        )
        for part in sorted(set(parts))
    ]
    words = np.log([float(s.session.n_words) for s in sessions])
    figure = with_interval(_partial_rank_correlation, people, truth[:, total], predicted[:, total], words)
    return [*rows, Row("wai-o-s", "total, length held constant", "partial Spearman", figure)]


def _partial_rank_correlation(a: Array, b: Array, given: Array) -> float:
    """Rank correlation of a and b with `given` held constant; nan where `given` leaves nothing to explain."""
    ab, ag, bg = rank_correlation(a, b), rank_correlation(a, given), rank_correlation(b, given)
    left = (1 - ag**2) * (1 - bg**2)
    return (ab - ag * bg) / float(np.sqrt(left)) if left > 1e-9 else float("nan")


def _calibration_rows(
    scales: tuple[ReportedScale, ...], truth: Array, predicted: Array, covered: Array, people: Sequence[str]
) -> list[Row]:
    rows = []
    for i, scale in enumerate(scales):
        kept = ~np.isnan(truth[:, i])
        names = [p for p, k in zip(people, kept, strict=True) if k]
        rows += [
            Row("calibration", scale.scale, "coverage of 90% intervals", with_interval(_mean, names, covered[kept, i])),
            Row("calibration", scale.scale, "slope", with_interval(slope, names, truth[kept, i], predicted[kept, i])),
        ]
    return rows


def _mean(values: Array) -> float:
    return float(values.mean())


def _rupture_rows(sessions: Sequence[RatedSession], predicted: Predictions, people: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for kind in RuptureKind:
        found = predicted.events[kind]
        chosen = np.array([float(bool(f)) for f in found])
        # A session holds the kind when at least half of its observers marked one.
        truth = np.array(
            [np.mean([any(e.kind is kind for e in rater) for rater in s.events_by_rater]) >= 0.5 for s in sessions],
            dtype=float,
        )
        ceiling_truth, ceiling_chosen = _session_ceiling(sessions, kind)
        task = "rupture, session"
        always = np.ones(len(truth))
        rows += [
            Row(task, kind, "AUROC", with_interval(auroc, people, truth, predicted.presence[kind]), "chance", 0.5),
            Row(
                task, kind, "balanced accuracy", with_interval(balanced_accuracy, people, truth, chosen),
                "always yes", 0.5, balanced_accuracy(ceiling_truth, ceiling_chosen),
            ),
            Row(
                task, kind, "specificity", with_interval(specificity, people, truth, chosen),
                "always yes", 0.0, specificity(ceiling_truth, ceiling_chosen),
            ),
            Row(
                task, kind, "F1", with_interval(f1, people, truth, chosen),
                "always yes", f1(truth, always), f1(ceiling_truth, ceiling_chosen),
            ),
            Row("rupture, event", kind, "F1 at overlap .5", _event_figure(sessions, found, kind, people),
                "whole session", _whole_session_f1(sessions, kind), _event_ceiling(sessions, kind)),
        ]  # fmt: skip
    return rows


def _event_counts(
    sessions: Sequence[RatedSession], found: Sequence[tuple[tuple[int, int], ...]], kind: RuptureKind
) -> list[tuple[int, int, int]]:
    """Matches of the found events with each observer's in turn, added up over observers."""
    counts = []
    for session, ranges in zip(sessions, found, strict=True):
        by_rater = [match_events(event_ranges(session, r, kind), ranges) for r in range(len(session.events_by_rater))]
        counts.append((sum(c[0] for c in by_rater), sum(c[1] for c in by_rater), sum(c[2] for c in by_rater)))
    return counts


def _event_figure(
    sessions: Sequence[RatedSession],
    found: Sequence[tuple[tuple[int, int], ...]],
    kind: RuptureKind,
    people: Sequence[str],
) -> Figure:
    counts = np.array(_event_counts(sessions, found, kind), dtype=float)
    return with_interval(counted_f1, people, *counts.T)


def _whole_session_f1(sessions: Sequence[RatedSession], kind: RuptureKind) -> float:
    whole = [((0, len(s.session.turns)),) for s in sessions]
    return event_f1(_event_counts(sessions, whole, kind))


def _event_ceiling(sessions: Sequence[RatedSession], kind: RuptureKind) -> float:
    both = [s for s in sessions if len(s.events_by_rater) > 1]
    return event_f1([match_events(event_ranges(s, 0, kind), event_ranges(s, 1, kind)) for s in both])


def _session_ceiling(sessions: Sequence[RatedSession], kind: RuptureKind) -> tuple[Array, Array]:
    both = [s for s in sessions if len(s.events_by_rater) > 1]
    first, second = (np.array([float(bool(event_ranges(s, r, kind))) for s in both]) for r in (0, 1))
    return first, second


def _marker_rows(
    sessions: Sequence[RatedSession], predicted: Predictions, cued: Sequence[NDArray[np.bool_]]
) -> list[Row]:
    """F1 per code; a turn shows a code when half of its observers marked it."""
    truth = np.concatenate([s.turns for s in sessions])
    probability = np.concatenate(predicted.codes)
    chosen = np.concatenate(predicted.marked).astype(float)
    rules = np.concatenate(cued).astype(float)
    people = np.repeat([s.therapist for s in sessions], [len(c) for c in predicted.codes])
    rows = []
    for code in (*MARKER_CODES, *REPAIR_CODES):
        column = TURN_CODES.index(code)
        asked = ~np.isnan(truth[:, column])
        shown = (truth[asked, column] >= 0.5).astype(float)
        names = list(people[asked])
        by_rule, always = f1(shown, rules[asked, column]), f1(shown, np.ones_like(shown))
        best = max((by_rule, "cue rules"), (always, "always yes"))
        ceiling = f1(*_two_raters_of_turns(sessions, column))
        f1_figure = with_interval(f1, names, shown, chosen[asked, column], draws=200)
        auroc_figure = with_interval(auroc, names, shown, probability[asked, column], draws=200)
        rows += [
            Row("marker", code, "F1", f1_figure, best[1], best[0], ceiling),
            Row("marker", code, "AUROC", auroc_figure, "chance", 0.5),
        ]
    return rows


def _two_raters_of_turns(sessions: Sequence[RatedSession], column: int) -> tuple[Array, Array]:
    """The first two observers' marks of a code, turn by turn, where both looked for it."""
    both = [s.turns_by_rater[:2, :, column].T for s in sessions if len(s.turns_by_rater) > 1]
    marks = np.concatenate([np.empty((0, 2)), *both])
    marks = marks[~np.isnan(marks).any(axis=1)]
    return marks[:, 0], marks[:, 1]


def _third_rows(
    sessions: Sequence[RatedSession], third_points: Array, scales: tuple[ReportedScale, ...], people: Sequence[str]
) -> list[Row]:
    """Rank agreement over the thirds of all sessions, and of the change from the first third to the last."""
    raw, truth = window_values(sessions, third_points, scales)
    total = 3
    change = truth.reshape(3, -1, 4)[2, :, total] - truth.reshape(3, -1, 4)[0, :, total]
    read_change = raw.reshape(3, -1, 4)[2, :, total] - raw.reshape(3, -1, 4)[0, :, total]
    thrice = [*people, *people, *people]
    figure = with_interval(rank_correlation, thrice, truth[:, total], raw[:, total])
    moved = with_interval(rank_correlation, people, change, read_change)
    return [
        Row("wai-o-s", "total, thirds of sessions", "Spearman", figure),
        Row("wai-o-s", "total, last third less first", "Spearman", moved),
    ]


def window_values(
    sessions: Sequence[RatedSession], third_points: Array, scales: tuple[ReportedScale, ...]
) -> tuple[Array, Array]:
    """Raw and true values of the thirds, (3 x sessions, 4), all first thirds first: goal, task, bond, their mean."""
    raw = to_reported(third_points, scales[:4]).reshape(-1, 4)
    thirds = np.stack([s.thirds for s in sessions], axis=1).reshape(-1, 3)
    return raw, np.column_stack([thirds, thirds.mean(axis=1)])
