"""Stretches of a session in which therapist and client seem to have each other's label.

Each turn is evidence that its speaker is the therapist, or that it is not. Where labels are right, the evidence
goes with them; a stretch in which it goes against them by much is suspected. Only labels of the two sides count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from transcript_alliance.segment.evidence import EVIDENCE, count_evidence, main_points
from transcript_alliance.session import Role, Session, Speaker

# A logistic regression on the single turns of the authored corpus, counts as log(1 + n), once as written and once
# without any marks, both parts of the corpus weighing the same: `python benchmarks/roles.py --fit`.
TURN_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "question_marks": 1.1,
        "question_words": 1.2,
        "you": 1.5,
        "i": -1.1,
        "reflecting": 0.4,
        "leading": 1.5,
        "receiving": 1.4,
        "telling": -0.4,
        "disclosing": -0.6,
        "own_people": -0.7,
    }
)
"""Kind of evidence -> change of the log odds that a turn is a therapist's."""
NO_EVIDENCE = -0.1
"""Log odds that a turn without any evidence is a therapist's; from the same regression."""
SUSPECT = 6.0
"""Log odds against the labels of a stretch from which it is suspected. Source: our choice, on the natural part of
the authored corpus: there 4% of the right sessions are suspected, and 92% of those with ten turns exchanged."""


@dataclass(frozen=True, slots=True)
class SuspectedSwap:
    """Turns in which the labels may be exchanged."""

    first: int
    last: int
    """Turn numbers of the session from 0, both included."""
    log_odds: float
    """How much the talk goes against the labels."""
    points: tuple[str, ...]
    """What the one who is called client does there like a therapist, in words for people."""


def suspect_swaps(session: Session) -> tuple[SuspectedSwap, ...]:
    """The stretches whose labels the talk goes against, in order; empty when it goes with them throughout.

    Log odds add up over turns, as if each turn spoke for itself; the stretch is the one where their sum is
    highest (Kadane's algorithm), then the next one beside it. Source: our choice.
    """
    against = [_against(session, number) for number in range(len(session.turns))]
    found = []
    while (best := _highest(against))[2] >= SUSPECT:
        first, last, log_odds = best
        found.append(SuspectedSwap(first, last, log_odds, _points(session, first, last)))
        against[first : last + 1] = [-math.inf] * (last + 1 - first)
    return tuple(sorted(found, key=lambda swap: swap.first))


def label_fit(session: Session) -> float:
    """How well the talk goes with who is called therapist and who client; usually about 4.

    The log odds for the labels added up over the turns, in units of what labels dealt out at random would spread:
    with those it lies about 0, seldom beyond 2 either way. Infinite where no turn speaks for or against.
    Source: our choice.
    """
    against = [_against(session, number) for number in range(len(session.turns))]
    spread = math.sqrt(sum(value * value for value in against))
    return -sum(against) / spread if spread else math.inf


def turn_log_odds(text: str) -> float:
    """Log odds that a turn is a therapist's, from its words alone.

    >>> turn_log_odds("How was your week?") > 1, turn_log_odds("I told my mother that I was tired.") < -1
    (True, True)
    """
    counts = count_evidence([text])
    return NO_EVIDENCE + sum(
        TURN_WEIGHTS[kind.id] * math.log1p(count) for kind, count in zip(EVIDENCE, counts, strict=True)
    )


def side(speaker: Speaker) -> Role:
    """The side of a speaker, also when kept apart from the scored dyad."""
    return speaker.kept_apart or speaker.role


def _against(session: Session, number: int) -> float:
    role = side(session.speakers[session.turns[number].speaker])
    if role is Role.OTHER:
        return 0.0
    log_odds = turn_log_odds(session.turn_text(number))
    return -log_odds if role is Role.THERAPIST else log_odds


def _highest(values: Sequence[float]) -> tuple[int, int, float]:
    """First and last place of the run with the highest sum, and the sum; 0 when none is above 0."""
    best = (0, -1, 0.0)
    start, total = 0, 0.0
    for place, value in enumerate(values):
        if total <= 0:
            start, total = place, 0.0
        total += value
        if total > best[2]:
            best = (start, place, total)
    return best


def _points(session: Session, first: int, last: int) -> tuple[str, ...]:
    said: dict[Role, list[str]] = {Role.CLIENT: [], Role.THERAPIST: [], Role.OTHER: []}
    for number in range(first, last + 1):
        said[side(session.speakers[session.turns[number].speaker])].append(session.turn_text(number))
    clients, therapists = (count_evidence(said[role]) for role in (Role.CLIENT, Role.THERAPIST))
    return main_points(clients, therapists, Role.THERAPIST)
