"""Section 5: the talk, turn by turn, with what was seen in it beside the words."""

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from itertools import pairwise

from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.report.context import Context
from transcript_alliance.report.labels import CodeLabel
from transcript_alliance.report.words import clock, visible
from transcript_alliance.session import Role


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of words that the same codes were seen in."""

    text: str
    labels: str
    """Of the codes whose words these are; empty for ordinary words."""
    family: str
    """Of the first of them; empty for ordinary words."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Who saw a code in a turn, and how surely."""

    origin: str
    """Value of `Origin`."""
    score: str
    """Percent, for the model; else empty."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A code beside a turn."""

    code: CodeLabel
    seen: tuple[Seen, ...]
    counted: bool
    """False where only word cues beside a model saw it, or the model as less likely than not."""


@dataclass(frozen=True, slots=True)
class StrainNote:
    """What a turn has to do with a rupture."""

    place: int
    kind: str
    resolution: str
    begins: bool
    inside: bool
    """Part of the event itself; a later answering turn is not."""
    answers: bool


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn, ready to be shown."""

    number: int
    role: Role
    speaker: str
    start: str
    """Time from the start; empty when unknown."""
    line: int | None
    backchannel: bool
    pieces: tuple[Piece, ...]
    chips: tuple[Chip, ...]
    strains: tuple[StrainNote, ...]


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """A topic's turns."""

    place: int
    keywords: str
    first: int
    last: int
    turns: tuple[TurnView, ...]


def episode_views(context: Context) -> tuple[EpisodeView, ...]:
    """The transcript, episode by episode; one episode without keywords when the session has none."""
    session = context.coded.session
    turns = _turn_views(context)
    ranges = [(context.numbers(e.start, e.end), e.keywords) for e in session.episodes if e.end > e.start]
    if not ranges and turns:
        ranges = [((1, len(turns)), ())]
    return tuple(
        EpisodeView(place, visible(", ".join(keywords)), first, last, turns[first - 1 : last])
        for place, ((first, last), keywords) in enumerate(ranges, start=1)
    )


def pieces_of(text: str, spans: list[tuple[Span, CodeLabel]]) -> tuple[Piece, ...]:
    """`text` cut at the ends of the spans; the pieces joined are the text again."""
    cuts = sorted({0, len(text), *(min(p, len(text)) for span, _ in spans for p in (span.start, span.end))})
    pieces = []
    for start, end in pairwise(cuts):
        codes = [code for span, code in spans if span.start <= start and end <= span.end]
        labels = ", ".join(dict.fromkeys(code.label for code in codes))
        pieces.append(Piece(text[start:end], labels, codes[0].family.value if codes else ""))
    return tuple(pieces)


def _turn_views(context: Context) -> tuple[TurnView, ...]:
    session = context.coded.session
    by_turn: dict[int, list[Marker]] = defaultdict(list)
    spans: dict[int, list[tuple[Span, CodeLabel]]] = defaultdict(list)
    for marker in context.coded.markers:
        by_turn[context.marker_number(marker)].append(marker)
        for span in marker.spans:
            spans[span.utterance].append((span, context.code(marker.code)))
    notes, counted = _strain_notes(context), frozenset(context.counted())
    views = []
    for i, turn in enumerate(session.turns):
        speaker = session.speakers[turn.speaker]
        views.append(
            TurnView(
                i + 1,
                speaker.role,
                visible(speaker.label),
                "" if turn.start_s is None else clock(turn.start_s),
                turn.line,
                turn.backchannel,
                _turn_pieces(context, turn.start, turn.end, spans),
                _chips(context, by_turn[i + 1], counted),
                tuple(notes[i + 1]),
            )
        )
    return tuple(views)


def _turn_pieces(
    context: Context, start: int, end: int, spans: dict[int, list[tuple[Span, CodeLabel]]]
) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for number in range(start, end):
        if number > start:
            pieces.append(Piece(" ", "", ""))
        pieces += pieces_of(context.coded.session.utterances[number].text, spans.get(number, []))
    return tuple(pieces)


def _chips(context: Context, markers: list[Marker], counted: Set[Marker]) -> tuple[Chip, ...]:
    chips = []
    # The model first, where it spoke; then the plain rule; then the person, who has the last word.
    order = (Origin.MODEL, Origin.CUE, Origin.HUMAN)
    for code in context.codes(marker.code for marker in markers):
        seen: dict[Origin, float] = {}
        for marker in markers:
            if marker.code == code.code:
                seen[marker.origin] = max(marker.score, seen.get(marker.origin, 0.0))
        chips.append(
            Chip(
                code,
                tuple(
                    Seen(o.value, context.words.percent(seen[o]) if o is Origin.MODEL else "")
                    for o in order
                    if o in seen
                ),
                any(marker in counted for marker in markers if marker.code == code.code),
            )
        )
    return tuple(chips)


def _strain_notes(context: Context) -> dict[int, list[StrainNote]]:
    notes: dict[int, list[StrainNote]] = defaultdict(list)
    for place, event in enumerate(context.strains, start=1):
        first, last = context.numbers(event.start, event.end)
        answers = context.answering(event)
        for number in sorted({*range(first, last + 1), *answers}):
            notes[number].append(
                StrainNote(
                    place,
                    event.kind.value,
                    event.resolution.value,
                    number == first,
                    first <= number <= last,
                    number in answers,
                )
            )
    return notes
