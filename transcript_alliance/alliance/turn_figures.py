"""How well ruptures and markers are found, beside the always-yes answer, the cue rules and the human ceiling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import CLIENT_CODES, THERAPIST_CODES, TURN_CODES, RatedSession
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.metrics import (
    Figure,
    auroc,
    balanced_accuracy,
    counted_f1,
    event_f1,
    f1,
    match_events,
    specificity,
    with_interval,
)
from transcript_alliance.alliance.predictions import Predictions, marked_ranges
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.ruptures import STRATEGIES

Array = NDArray[np.float64]
MARKER_CODES = (*THERAPIST_CODES, *CLIENT_CODES)


def rupture_rows(sessions: Sequence[RatedSession], predicted: Predictions, people: Sequence[str]) -> list[Row]:
    """Of each kind: whether whole sessions hold one, and F1 of the events found."""
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
            Row(task, kind, "AUROC", with_interval(auroc, people, truth, predicted.expected[kind]), "chance", 0.5),
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


def event_counts(
    sessions: Sequence[RatedSession], found: Sequence[tuple[tuple[int, int], ...]], kind: RuptureKind
) -> list[tuple[int, int, int]]:
    """Matches of the found events with each observer's in turn, added up over observers."""
    counts = []
    for session, ranges in zip(sessions, found, strict=True):
        by_rater = [match_events(marked_ranges(session, r, kind), ranges) for r in range(len(session.events_by_rater))]
        counts.append((sum(c[0] for c in by_rater), sum(c[1] for c in by_rater), sum(c[2] for c in by_rater)))
    return counts


def _event_figure(
    sessions: Sequence[RatedSession],
    found: Sequence[tuple[tuple[int, int], ...]],
    kind: RuptureKind,
    people: Sequence[str],
) -> Figure:
    counts = np.array(event_counts(sessions, found, kind), dtype=float)
    return with_interval(counted_f1, people, *counts.T)


def _whole_session_f1(sessions: Sequence[RatedSession], kind: RuptureKind) -> float:
    whole = [((0, len(s.session.turns)),) for s in sessions]
    return event_f1(event_counts(sessions, whole, kind))


def _event_ceiling(sessions: Sequence[RatedSession], kind: RuptureKind) -> float:
    both = [s for s in sessions if len(s.events_by_rater) > 1]
    return event_f1([match_events(marked_ranges(s, 0, kind), marked_ranges(s, 1, kind)) for s in both])


def _session_ceiling(sessions: Sequence[RatedSession], kind: RuptureKind) -> tuple[Array, Array]:
    both = [s for s in sessions if len(s.events_by_rater) > 1]
    first, second = (np.array([float(bool(marked_ranges(s, r, kind))) for s in both]) for r in (0, 1))
    return first, second


def marker_rows(
    sessions: Sequence[RatedSession], predicted: Predictions, cued: Sequence[NDArray[np.bool_]]
) -> list[Row]:
    """F1 per code; a turn shows a code when half of its observers marked it."""
    truth = np.concatenate([s.turns for s in sessions])
    probability = np.concatenate(predicted.codes)
    chosen = np.concatenate(predicted.marked).astype(float)
    rules = np.concatenate(cued).astype(float)
    people = np.repeat([s.therapist for s in sessions], [len(c) for c in predicted.codes])
    rows = []
    for code in (*MARKER_CODES, *STRATEGIES):
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
