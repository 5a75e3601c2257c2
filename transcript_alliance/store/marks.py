"""Codes as other programs hold them: each on a stretch of the text of one turn. From markers, and back to them.

A marker may show itself in several places, or in whole utterances; other programs know one stretch and its code.
So a marker gives a mark for each of its spans, or one for its utterances as a whole, and what comes back is equal
in codes and in marked words (`marked`), not in how they were bundled.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transcript_alliance.annotations import Marker, Origin, Span
from transcript_alliance.session import Session

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A code on code points `start` up to `end` of the text of turn number `turn`."""

    turn: int
    start: int
    end: int
    code: str
    origin: Origin = Origin.HUMAN
    score: float = 1.0
    """0-1: the model's probability, 1 for a cue or a human."""


def turn_text(session: Session, turn: int) -> str:
    """`Session.turn_text`, with halves of characters as U+FFFD: no file in UTF-8 holds them. As long as before."""
    return _SURROGATE.sub("\ufffd", session.turn_text(turn))


def marks_of(session: Session, markers: Iterable[Marker]) -> tuple[Mark, ...]:
    """The marks of `markers` in the order of the text, none twice.

    Where a code stands twice on the same words by one origin, the likelier is kept.
    """
    likeliest: dict[tuple[int, int, int, str, Origin], float] = {}
    for marker in markers:
        for turn, start, end in _stretches(session, marker):
            key = (turn, start, end, marker.code, marker.origin)
            likeliest[key] = max(marker.score, likeliest.get(key, 0.0))
    return tuple(Mark(*key, score) for key, score in sorted(likeliest.items()))


def human_markers(session: Session, marks: Iterable[Mark]) -> tuple[Marker, ...]:
    """The marks as markers of a person, in the order of the text, none twice; their origin and score do not matter.

    Blanks at the ends of a mark do not count, and of one that reaches beyond its turn only what is in it. Marks
    without words are left out. Raises IndexError for a turn that the session does not have.
    """
    made = (_marker(session, mark) for mark in sorted(marks))
    return tuple(dict.fromkeys(marker for marker in made if marker is not None))


def marked(markers: Iterable[Marker], session: Session) -> frozenset[tuple[str, Span]]:
    """Each code with each stretch of an utterance that shows it; a marker without spans has its utterances whole."""
    found = set()
    for marker in markers:
        wholes = (Span(n, 0, len(session.utterances[n].text)) for n in range(marker.start, marker.end))
        found |= {(marker.code, span) for span in (marker.spans or wholes)}
    return frozenset(found)


class Utf16:
    """Places in a text as code points, in which we count, and as UTF-16 units, in which JavaScript and Java do.

    >>> Utf16("a\U0001f600b").units(2), Utf16("a\U0001f600b").code_points(3)
    (3, 2)
    """

    def __init__(self, text: str) -> None:
        self._n_chars = len(text)
        self._wide = [n for n, letter in enumerate(text) if letter > "\uffff"]
        """Code points that are two units long."""
        self._wide_units = [place + n for n, place in enumerate(self._wide)]

    def units(self, code_points: int) -> int:
        """The place in units."""
        return code_points + bisect_left(self._wide, code_points)

    def code_points(self, units: int) -> int | None:
        """The place in code points; None beyond the text or within a character.

        >>> Utf16("a\U0001f600b").code_points(2), Utf16("a").code_points(5)
        (None, None)
        """
        place = units - bisect_left(self._wide_units, units)
        return place if 0 <= place <= self._n_chars and self.units(place) == units else None


def _stretches(session: Session, marker: Marker) -> Iterator[tuple[int, int, int]]:
    turn = session.utterances[marker.start].turn
    places = _places(session, turn)
    for span in marker.spans:
        start, _ = places[span.utterance]
        yield turn, start + span.start, start + span.end
    if not marker.spans:
        yield turn, places[marker.start][0], places[marker.end - 1][1]


def _places(session: Session, turn: int) -> dict[int, tuple[int, int]]:
    """Utterance -> where in its turn's text it begins and ends."""
    found: dict[int, tuple[int, int]] = {}
    at = 0
    for number in range(session.turns[turn].start, session.turns[turn].end):
        end = at + len(session.utterances[number].text)
        found[number] = (at, end)
        at = end + 1
    return found


def _marker(session: Session, mark: Mark) -> Marker | None:
    text = session.turn_text(mark.turn)
    start, end = max(0, mark.start), min(len(text), mark.end)
    inside = {n: place for n, place in _places(session, mark.turn).items() if place[0] < end and start < place[1]}
    spans = []
    for number, (begin, stop) in inside.items():
        utterance = session.utterances[number].text
        first, last = max(start, begin) - begin, min(end, stop) - begin
        while first < last and utterance[first].isspace():
            first += 1
        while first < last and utterance[last - 1].isspace():
            last -= 1
        if first < last:
            spans.append(Span(number, first, last))
    if not spans:
        return None
    whole = all(span.end - span.start == len(session.utterances[span.utterance].text) for span in spans)
    return Marker(
        mark.code, spans[0].utterance, spans[-1].utterance + 1, 1.0, Origin.HUMAN, () if whole else tuple(spans)
    )
