"""Section 4: each rupture with its words, its signs, the answer it met, and how it stood at the end."""

from dataclasses import dataclass

from transcript_alliance.annotations import CodeScore, Resolution, RuptureEvent
from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.labels import CodeLabel
from transcript_alliance.report.words import percent
from transcript_alliance.session import Role

SIGN_QUOTE_LIMIT = 280
"""Code points of the client's words at the strain; our choice: they are what the trainer stops at."""
QUOTED_REPAIRS = 3
"""Answering turns that are quoted."""


@dataclass(frozen=True, slots=True)
class CodeChance:
    """A code and how likely it is here."""

    code: CodeLabel
    chance: str


@dataclass(frozen=True, slots=True)
class RuptureView:
    """One strain, ready to be shown."""

    place: int
    anchor: str
    kind: str
    resolution: str
    """Values of `RuptureKind` and `Resolution`."""
    where: str
    """Such as `turns 4 to 7`."""
    first: int
    chance: str
    sign: Quote
    signs: tuple[CodeChance, ...]
    strategies: tuple[CodeChance, ...]
    repairs: tuple[Quote, ...]
    next_said: Quote | None
    """What the therapist said next, where no resolution strategy was found; None at the session's end."""
    response: str
    """How soon the answer came, in words; empty when none was found."""


def rupture_views(context: Context) -> tuple[RuptureView, ...]:
    """The ruptures in the order of the session."""
    return tuple(_view(context, place, event) for place, event in enumerate(context.coded.events, start=1))


def response_words(context: Context, event: RuptureEvent) -> str:
    """How many turns passed until the answer; empty when none was found."""
    if event.turns_to_response is None:
        return ""
    return context.words.count("ruptures.response", event.turns_to_response)


def _view(context: Context, place: int, event: RuptureEvent) -> RuptureView:
    missed = event.resolution is Resolution.MISSED
    return RuptureView(
        place,
        f"strain-{place}",
        event.kind.value,
        event.resolution.value,
        context.span_words(event.start, event.end),
        context.numbers(event.start, event.end)[0],
        percent(event.score),
        context.quote_range(event.start, event.end, SIGN_QUOTE_LIMIT),
        _chances(context, event.markers),
        _chances(context, event.strategies),
        tuple(context.quote_range(start, end) for start, end in event.repair[:QUOTED_REPAIRS]),
        _next_said(context, event) if missed else None,
        response_words(context, event),
    )


def _chances(context: Context, scores: tuple[CodeScore, ...]) -> tuple[CodeChance, ...]:
    return tuple(CodeChance(context.code(s.code), percent(s.score)) for s in scores)


def _next_said(context: Context, event: RuptureEvent) -> Quote | None:
    session = context.coded.session
    first = session.utterances[event.start].turn
    for turn in range(first + 1, len(session.turns)):
        if session.role(turn) is Role.THERAPIST and not session.turns[turn].backchannel:
            return context.quote(turn + 1)
    return None
