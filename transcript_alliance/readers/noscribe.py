"""noScribe: a web page whose anchors hold who speaks and when. Source: its output and `noScribe.py`, version 0.7."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcript_alliance.errors import FormatError
from transcript_alliance.readers.clock import MAX_DIGITS
from transcript_alliance.readers.html_text import Tag, cut_html
from transcript_alliance.readers.labels import split_label, take_time
from transcript_alliance.readers.limits import MAX_LABEL_CHARS
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_ANCHOR = re.compile(rf"ts_(\d{{1,{MAX_DIGITS}}})_(\d{{1,{MAX_DIGITS}}})_(/{{0,2}})([^/]{{0,{MAX_LABEL_CHARS}}})")
_MARK = '<a name="ts_'


@dataclass(frozen=True, slots=True)
class _Segment:
    """What one anchor holds."""

    voice: str
    """The program's own name of the speaker, such as `S01`; empty without speaker detection."""
    text: str
    start_s: float
    end_s: float
    paragraph: int
    """1-based."""
    is_opening: bool
    """It begins a paragraph or an interjection, where the label stands."""


def read_noscribe(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The turns of a page that noScribe wrote; what two say at once is a turn of each.

    A name that the user wrote over `S01:` is taken for all that this voice says.

    Raises: FormatError WRONG_FORMAT for another web page.
    """
    tally = Tally()
    segments = tuple(_segments(source.text, tally))
    if not segments:
        what = "This is not a web page that noScribe wrote: there are no time marks in it."
        raise FormatError("WRONG_FORMAT", what, where=source.name, hint="Save it as plain text (.txt).")
    return Draft(tuple(_turns(segments)), tally.notes())


def _segments(text: str, tally: Tally) -> Iterator[_Segment]:
    paragraph, pieces = 0, list[str]()
    anchor: re.Match[str] | None = None
    is_first = True
    # What ends the last anchor of a page that was cut short.
    for part in (*cut_html(text), Tag("/a")):
        if isinstance(part, str):
            pieces.append(part)
        elif part.name in ("a", "/a", "p", "/p"):
            if anchor is not None:
                start, end, overlap, voice = anchor.groups()
                times = (int(start) / 1000, int(end) / 1000)
                yield _Segment(voice, "".join(pieces), *times, paragraph, is_first or bool(overlap))
                is_first = False
            elif part.name == "/p" and is_first and "".join(pieces).strip():
                tally.add("W_HEADING", paragraph)
            pieces = []
            anchor = _ANCHOR.fullmatch(part.attributes.get("name", "")) if part.name == "a" else None
            if part.name == "p":
                paragraph, is_first = paragraph + 1, True


def _turns(segments: Sequence[_Segment]) -> Iterator[RawTurn]:
    """A turn for each run of segments of one voice within a paragraph."""
    names: dict[str, str] = {}
    here: dict[tuple[int, str], str] = {}
    turn: RawTurn | None = None
    key: tuple[int, str] | None = None
    for segment in segments:
        label, text = _without_label(segment)
        if not segment.voice and text.startswith("(") and text.endswith(")"):
            continue  # a pause of nobody
        if turn is not None and key == (segment.paragraph, segment.voice):
            turn = RawTurn(turn.speaker, f"{turn.text} {text}".strip(), turn.start_s, segment.end_s, turn.line)
            continue
        if turn is not None:
            yield turn
        key = (segment.paragraph, segment.voice)
        if label is not None:
            # The label of this one paragraph may have been put right by hand.
            here[key] = label
            names.setdefault(segment.voice, label)
        speaker = here.get(key) or names.get(segment.voice) or segment.voice or None
        turn = RawTurn(speaker, text, segment.start_s, segment.end_s, segment.paragraph)
    if turn is not None:
        yield turn


def _without_label(segment: _Segment) -> tuple[str | None, str]:
    """The label that opens the segment, if there is one, and the text without it, its time and marks of overlap."""
    plain = " ".join(segment.text.split()).removeprefix("//").removesuffix("//").strip()
    found = split_label(plain) if segment.is_opening and segment.voice else None
    # Only a label as noScribe writes it: at once followed by a colon.
    if found is not None and plain.startswith(f"{found.label}:"):
        return found.label, found.text
    return None, take_time(plain, only_bracketed=True)[2].strip()


def _sniff(source: Source) -> bool:
    return _MARK in source.text and source.text.lstrip("\ufeff \t\r\n")[:1] == "<"


READER = Reader(
    id="noscribe",
    label="noScribe transcript",
    suffixes=(".html", ".htm"),
    sniff=_sniff,
    read=read_noscribe,
    sample="noscribe/session.html",
)
