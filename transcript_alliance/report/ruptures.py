"""Section 4: each rupture with its words, its signs, the answer it met, and how it stood at the end."""

from collections import Counter
from dataclasses import dataclass

from transcript_alliance.annotations import CodeScore, Origin, Resolution, RuptureEvent
from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.labels import CodeLabel
from transcript_alliance.session import Role

SIGN_QUOTE_LIMIT = 280
"""Code points of the client's words at the strain; our choice: they are what the trainer stops at."""
BRIEF_LIMIT = 90
"""Code points in the overview's table; our choice: two lines of a narrow column."""
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
    """Number of the turn whose words are quoted."""
    chance: str
    sign: Quote
    brief: Quote
    """The same words, short enough for a table."""
    signs: tuple[CodeChance, ...]
    strategies: tuple[CodeChance, ...]
    repairs: tuple[Quote, ...]
    next_said: Quote | None
    """What the therapist said next, where no resolution strategy was found; None at the session's end."""
    waited: str
    """Turns to the response as a number; empty when none was found."""
    response: str
    """How soon the answer came, in words; empty when none was found."""


def rupture_views(context: Context) -> tuple[RuptureView, ...]:
    """The likely ruptures in the order of the session."""
    return tuple(_view(context, place, event) for place, event in enumerate(context.strains, start=1))


def possible_views(context: Context) -> tuple[RuptureView, ...]:
    """The ruptures that are only possible, likeliest first."""
    ranked = sorted(context.possible_strains, key=lambda event: (-event.score, event.start))
    return tuple(_view(context, place, event, "possible") for place, event in enumerate(ranked, start=1))


def sign_number(context: Context, event: RuptureEvent) -> int:
    """Number of the turn of the client that shows the strain best.

    The one with the surest sign of the event's likeliest code, word cues too; where no turn carries a sign, the one
    that lowered most scores; else the client's first in the event, and its first turn where the client says nothing
    in it. Our choice: in a long strain the first turn is often still calm.
    """
    first, last = context.numbers(event.start, event.end)
    session = context.coded.session
    talk = [n for n in range(first, last + 1) if session.role(n - 1) is Role.CLIENT]
    seen = (*context.counted(), *(m for m in context.coded.markers if m.origin is Origin.CUE))
    for sign in event.markers:
        shown = [m for m in seen if m.code == sign.code and event.start <= m.start < event.end]
        found = sorted((-m.score, n) for m in shown if (n := context.marker_number(m)) in talk)
        if found:
            return found[0][1]
    lowered = Counter(turn + 1 for score in context.coded.scores for turn in score.evidence_against)
    strained = sorted((-lowered[n], n) for n in talk if n in lowered)
    return strained[0][1] if strained else talk[0] if talk else first


def response_words(context: Context, event: RuptureEvent) -> str:
    """How many turns passed until the answer; empty when none was found."""
    if event.turns_to_response is None:
        return ""
    return context.words.count("ruptures.response", event.turns_to_response)


def _view(context: Context, place: int, event: RuptureEvent, anchor: str = "strain") -> RuptureView:
    missed = event.resolution is Resolution.MISSED
    return RuptureView(
        place,
        f"{anchor}-{place}",
        event.kind.value,
        event.resolution.value,
        context.span_words(event.start, event.end),
        sign_number(context, event),
        context.words.percent(event.score),
        context.quote(sign_number(context, event), SIGN_QUOTE_LIMIT),
        context.quote(sign_number(context, event), BRIEF_LIMIT),
        _chances(context, event.markers),
        _chances(context, event.strategies),
        tuple(context.quote_range(start, end) for start, end in event.repair[:QUOTED_REPAIRS]),
        _next_said(context, event) if missed else None,
        "" if event.turns_to_response is None else context.words.whole(event.turns_to_response),
        response_words(context, event),
    )


def _chances(context: Context, scores: tuple[CodeScore, ...]) -> tuple[CodeChance, ...]:
    return tuple(CodeChance(context.code(s.code), context.words.percent(s.score)) for s in scores)


def _next_said(context: Context, event: RuptureEvent) -> Quote | None:
    answer = context.answer_to(sign_number(context, event))
    return None if answer is None else context.quote(answer)
