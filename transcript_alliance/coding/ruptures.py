"""From how strained each turn reads to rupture events, each with the repair that answers it.

Withdrawal and confrontation are found apart (see `segments`), and the therapist's turns in an event and just
after it are searched for resolution strategies. Kinds, sub-codes and strategies are those of the 3RS (Eubanks,
Muran & Safran).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from transcript_alliance.annotations import CodeScore, Resolution, RuptureEvent, RuptureKind
from transcript_alliance.coding.odds import Array, log_odds, logistic
from transcript_alliance.coding.segments import (
    OUTSIDE,
    Range,
    SegmentModel,
    StrainTracks,
    best_segments,
    candidates,
    segment_features,
)
from transcript_alliance.session import Role, Session

SUBCODES = {
    RuptureKind.WITHDRAWAL: tuple(f"W{n}" for n in range(1, 8)),
    RuptureKind.CONFRONTATION: tuple(f"C{n}" for n in range(1, 8)),
}
FAINT = 0.02
"""Segments below this probability are no part of how many events are expected (our choice)."""
STRATEGIES = tuple(f"R{n}" for n in range(1, 11))


@dataclass(frozen=True, slots=True)
class EventRules:
    """When a segment becomes an event and what is said of it. `least` is set per model, on unseen people."""

    least: float = 0.25
    """A segment is an event from this probability on that an observer marked one there, 0..1."""
    answer_turns: int = 4
    """So many turns after the event are searched for repair."""
    subcode: float = 0.2
    """A sub-code is named from this probability on, 0..1."""
    strategy: float = 0.3
    """A strategy counts from this probability on, 0..1."""
    resolved: float = 0.65
    partly: float = 0.35
    """Mean resolution (0..1) from which an event is resolved, or partly."""


@dataclass(frozen=True, slots=True)
class StrainReading:
    """Per-turn probabilities, each of shape (turns,) or (turns, codes), 0..1; `presence` is of the whole session."""

    presence: dict[RuptureKind, float]
    strain: dict[RuptureKind, Array]
    boundaries: dict[RuptureKind, Array]
    """Columns: an event begins with this turn, ends with it."""
    subcodes: dict[RuptureKind, Array]  # columns as SUBCODES
    strategies: Array  # columns as STRATEGIES
    responses: Array
    """Columns: the therapist responds to strain (RRR), or adds to it (NEG)."""
    alliance: Array
    """The client shows the alliance at work: the likeliest of the client's markers, (turns,)."""
    resolution: Array


def decode_events(
    session: Session,
    reading: StrainReading,
    models: Mapping[RuptureKind, SegmentModel],
    rules: Mapping[RuptureKind, EventRules],
) -> tuple[RuptureEvent, ...]:
    """The session's rupture events in order of their first turn; an event has a client's turn in it."""
    events = [
        _event(session, kind, run, reading, rules[kind])
        for kind in RuptureKind
        for run in event_ranges(strain_tracks(session, reading, kind), models[kind], rules[kind])
    ]
    return tuple(sorted(events, key=lambda e: (e.start, e.end, e.kind)))


def event_ranges(strain: StrainTracks, model: SegmentModel, rules: EventRules) -> tuple[Range, ...]:
    """The turns of each event of one kind, in order."""
    probabilities = logistic(model.log_odds(segment_features(strain)))
    return best_segments(len(strain.client), probabilities, strain.client, rules.least)


def expected_events(strain: StrainTracks, model: SegmentModel) -> float:
    """How many events of one kind observers are expected to mark: the likeliest segments' probabilities, added up.

    It tells sessions with a rupture from those without better than the likeliest event alone.
    """
    probabilities = logistic(model.log_odds(segment_features(strain)))
    n_turns = len(strain.client)
    taken = set(best_segments(n_turns, probabilities, strain.client, FAINT))
    ranges = zip(*(ends.tolist() for ends in candidates(n_turns)), strict=True)
    return float(sum(p for p, run in zip(probabilities, ranges, strict=True) if run in taken))


def strain_tracks(session: Session, reading: StrainReading, kind: RuptureKind) -> StrainTracks:
    """What the segments of one kind are weighed by, as `segments.TRACKS` names it."""
    client = np.array([session.role(t) is Role.CLIENT for t in range(len(session.turns))], dtype=bool)
    begin, end = log_odds(reading.boundaries[kind]).T
    responds, adds = log_odds(reading.responses).T
    subcode = log_odds(reading.subcodes[kind].max(axis=1))
    tracks = [
        log_odds(reading.strain[kind]),
        begin,
        end,
        np.where(client, subcode, OUTSIDE),
        np.where(client, OUTSIDE, responds),
        np.where(client, OUTSIDE, adds),
        np.where(client, log_odds(reading.alliance), OUTSIDE),
    ]
    return StrainTracks(np.column_stack(tracks), client, reading.presence[kind])


def _event(session: Session, kind: RuptureKind, run: Range, reading: StrainReading, rules: EventRules) -> RuptureEvent:
    first, last = run
    clients = [t for t in range(first, last) if session.role(t) is Role.CLIENT]
    repairing = _repairing_turns(session, run, reading.strategies, rules)
    strategies = reading.strategies[repairing].max(axis=0) if repairing else np.zeros(len(STRATEGIES))
    resolution = float(reading.resolution[first:last].mean())
    return RuptureEvent(
        kind=kind,
        start=session.turns[first].start,
        end=session.turns[last - 1].end,
        score=float(reading.strain[kind][first:last].max()),
        markers=_likeliest(SUBCODES[kind], reading.subcodes[kind][clients].max(axis=0), at_least=rules.subcode),
        strategies=_likeliest(STRATEGIES, strategies, at_least=rules.strategy),
        repair=tuple((session.turns[t].start, session.turns[t].end) for t in repairing),
        turns_to_response=repairing[0] - clients[0] if repairing else None,
        resolution=_resolution(resolution, bool(repairing), rules),
    )


def _repairing_turns(session: Session, run: Range, strategies: Array, rules: EventRules) -> list[int]:
    """Therapist turns after the client's first sign, up to a few turns past the event, that show a strategy."""
    sign = next(t for t in range(*run) if session.role(t) is Role.CLIENT)
    stop = min(run[1] + rules.answer_turns, len(session.turns))
    return [
        t for t in range(sign + 1, stop) if session.role(t) is Role.THERAPIST and strategies[t].max() >= rules.strategy
    ]


def _likeliest(codes: Sequence[str], scores: Array, *, at_least: float) -> tuple[CodeScore, ...]:
    """Codes from a probability on, likeliest first; empty when none reaches it."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    return tuple(CodeScore(codes[i], float(scores[i])) for i in order if scores[i] >= at_least)


def _resolution(mean: float, answered: bool, rules: EventRules) -> Resolution:
    if not answered:
        return Resolution.MISSED
    if mean >= rules.resolved:
        return Resolution.RESOLVED
    return Resolution.PARTLY if mean >= rules.partly else Resolution.UNRESOLVED
