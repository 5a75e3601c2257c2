"""From how strained each turn reads to rupture events, each with the repair that answers it.

Withdrawal and confrontation are decoded apart: a run of turns above a threshold is an event, small gaps
belong to it, and the therapist's turns in it and just after it are searched for resolution strategies.
Segment decoding with two thresholds is our choice; kinds, sub-codes and strategies are those of the 3RS
(Eubanks, Muran & Safran).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.annotations import CodeScore, Resolution, RuptureEvent, RuptureKind
from transcript_alliance.session import Role, Session

SUBCODES = {
    RuptureKind.WITHDRAWAL: tuple(f"W{n}" for n in range(1, 8)),
    RuptureKind.CONFRONTATION: tuple(f"C{n}" for n in range(1, 8)),
}
STRATEGIES = tuple(f"R{n}" for n in range(1, 11))


@dataclass(frozen=True, slots=True)
class EventRules:
    """How runs of strained turns become events. Thresholds are set per model, on people it was not trained on."""

    presence: float = 0.5
    """A kind is looked for in sessions that are at least this likely to hold it, 0..1."""
    start: float = 0.5
    """An event needs at least one turn this strained, 0..1."""
    stay: float = 0.35
    """It goes on while turns are at least this strained, 0..1."""
    gap_turns: int = 1
    """So many calmer turns in between do not end it."""
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
    strain: dict[RuptureKind, NDArray[np.float64]]
    subcodes: dict[RuptureKind, NDArray[np.float64]]  # columns as SUBCODES
    strategies: NDArray[np.float64]  # columns as STRATEGIES
    resolution: NDArray[np.float64]


def decode_events(
    session: Session, reading: StrainReading, rules: Mapping[RuptureKind, EventRules]
) -> tuple[RuptureEvent, ...]:
    """The session's rupture events in order of their first turn; an event has a client's turn in it."""
    events = [
        _event(session, kind, run, reading, rules[kind])
        for kind in RuptureKind
        if reading.presence[kind] >= rules[kind].presence
        for run in client_runs(session, reading.strain[kind], rules[kind])
    ]
    return tuple(sorted(events, key=lambda e: (e.start, e.end, e.kind)))


def client_runs(session: Session, strain: NDArray[np.float64], rules: EventRules) -> tuple[tuple[int, int], ...]:
    """The strained runs in which the client has a turn: a rupture is the client's."""
    runs = strained_runs(strain, rules)
    return tuple(run for run in runs if any(session.role(t) is Role.CLIENT for t in range(*run)))


def strained_runs(strain: NDArray[np.float64], rules: EventRules) -> tuple[tuple[int, int], ...]:
    """Half-open turn ranges that reach `rules.start` and never fall below `rules.stay` for longer than the gap.

    >>> strained_runs(np.array([0, .4, .6, .1, .4, 0, 0, .4]), EventRules(start=.5, stay=.3, gap_turns=1))
    ((1, 5),)
    """
    runs: list[tuple[int, int]] = []
    above = np.flatnonzero(strain >= rules.stay)
    if not len(above):
        return ()
    for group in np.split(above, np.flatnonzero(np.diff(above) > rules.gap_turns + 1) + 1):
        if strain[group].max() >= rules.start:
            runs.append((int(group[0]), int(group[-1]) + 1))
    return tuple(runs)


def _event(
    session: Session, kind: RuptureKind, run: tuple[int, int], reading: StrainReading, rules: EventRules
) -> RuptureEvent:
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


def _repairing_turns(
    session: Session, run: tuple[int, int], strategies: NDArray[np.float64], rules: EventRules
) -> list[int]:
    """Therapist turns after the client's first sign, up to a few turns past the event, that show a strategy."""
    sign = next(t for t in range(*run) if session.role(t) is Role.CLIENT)
    stop = min(run[1] + rules.answer_turns, len(session.turns))
    return [
        t for t in range(sign + 1, stop) if session.role(t) is Role.THERAPIST and strategies[t].max() >= rules.strategy
    ]


def _likeliest(codes: Sequence[str], scores: NDArray[np.float64], *, at_least: float) -> tuple[CodeScore, ...]:
    """Codes from a probability on, likeliest first; empty when none reaches it."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    return tuple(CodeScore(codes[i], float(scores[i])) for i in order if scores[i] >= at_least)


def _resolution(mean: float, answered: bool, rules: EventRules) -> Resolution:
    if not answered:
        return Resolution.MISSED
    if mean >= rules.resolved:
        return Resolution.RESOLVED
    return Resolution.PARTLY if mean >= rules.partly else Resolution.UNRESOLVED
