"""Captions: WebVTT (as the W3C describes it) and SubRip, with speakers from voice tags or `Name: text`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcript_alliance.errors import CaptionError
from transcript_alliance.readers.clock import parse_clock
from transcript_alliance.readers.cues import Cue, Piece, pieces, plain_lines, without_repeats
from transcript_alliance.readers.labels import Candidate, accepted_labels, split_label
from transcript_alliance.readers.plain import check_lines
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn
from transcript_alliance.speakers import label_key

_NOT_TALK = ("NOTE", "STYLE", "REGION")
_SNIFFED_CHARS = 20_000


def read_vtt(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The cues of a WebVTT file; NOTE, STYLE and REGION blocks are left out, rolling captions merged.

    Raises: CaptionError NO_TURNS when no time line can be read; PlainTextError LIMIT for a line too long.
    """
    tally = Tally()
    if not _has_signature(source.text):
        tally.add("W_SIGNATURE")
    return _read_captions(source, tally)


def read_srt(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The cues of a SubRip file, rolling captions merged.

    Raises: CaptionError NO_TURNS when no time line can be read; PlainTextError LIMIT for a line too long.
    """
    return _read_captions(source, Tally())


def _read_captions(source: Source, tally: Tally) -> Draft:
    lines = source.lines()
    check_lines(lines, source)
    cues, n_repeats, first_line = without_repeats(tuple(_cues(lines, tally)))
    if not cues:
        bad = next((note.first_line for note in tally.notes() if note.kind == "W_SKIPPED"), None)
        fault = "there is no time line" if bad is None else f"line {bad} is not a time line"
        what = f"No turns found: {fault} such as 00:00:01.000 --> 00:00:04.000."
        raise CaptionError("NO_TURNS", what, where=source.name, hint="Check that it is a caption file.")
    if n_repeats:
        tally.add("W_REPEATS", first_line, n_repeats)
    return Draft(tuple(_turns(cues, tally)), tally.notes())


def _has_signature(text: str) -> bool:
    head = text.removeprefix("\ufeff")
    return head.startswith("WEBVTT") and not head[6:7].strip()


def _cues(lines: Sequence[str], tally: Tally) -> Iterator[Cue]:
    """The cues in order. One whose time line cannot be read is counted as skipped, with what follows it."""
    times: tuple[float, float] | None = None
    number, payload = 0, list[str]()
    for first, block in _blocks(lines):
        if block[0].partition(" ")[0].strip() in _NOT_TALK:
            continue
        starts = [n for n, line in enumerate(block) if _is_time_line(line)]
        if not starts and not (len(block) == 1 and block[0].strip().isdigit()):
            # A blank line inside a cue: a player would stop here, but the words were said.
            payload.extend(block)
        for start, end in zip(starts, [*starts, len(block)][1:], strict=True):
            if times is not None:
                yield Cue(number, *times, plain_lines(payload))
            number, times, payload = first + start, _times(block[start]), block[start + 1 : end]
            if times is None:
                tally.add("W_SKIPPED", number)
            if end < len(block) and payload and payload[-1].strip().isdigit():
                payload.pop()  # the number of a cue that follows without a blank line
    if times is not None:
        yield Cue(number, *times, plain_lines(payload))


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of lines that are not blank, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _is_time_line(line: str) -> bool:
    """Whether the line is meant to be a time line, well written or not."""
    left, arrow, _ = line.partition("->")
    left = left.strip(" \t\ufeff-+")
    if line.partition("->")[0].endswith("-"):
        return left[:1].isdigit()
    return bool(arrow and left) and not left.strip("0123456789:.,")


def _times(line: str) -> tuple[float, float] | None:
    left, _, right = line.partition("-->")
    start_s, end_s = parse_clock(left.lstrip("\ufeff")), parse_clock(right.strip().partition(" ")[0])
    return None if start_s is None or end_s is None else (start_s, end_s)


def _turns(cues: Sequence[Cue], tally: Tally) -> Iterator[RawTurn]:
    """A turn for each voice of each cue; a cue that names nobody goes on with the `Name:` before it."""
    split = [(cue, [_split(piece) for piece in pieces(cue)]) for cue in cues]
    accepted = accepted_labels([label for _, parts in split for piece in parts for label in _candidate_labels(piece)])
    speaker: str | None = None
    for cue, parts in split:
        for piece in parts:
            if piece.voice is not None:
                text = _without_voice(" ".join(line for line, _ in piece.lines), piece.voice)
                yield RawTurn(piece.voice, text, cue.start_s, cue.end_s, cue.line)
                continue
            for label, text in _by_label(piece, accepted):
                if label is not None:
                    speaker = label
                elif speaker is not None:
                    tally.add("W_UNLABELLED", cue.line)
                yield RawTurn(speaker, text, cue.start_s, cue.end_s, cue.line)


def _without_voice(text: str, voice: str) -> str:
    """The words without the name of their voice before them, which noScribe writes once more."""
    if not text.startswith(voice):
        return text
    rest = text[len(voice) :].lstrip()
    return rest[1:].lstrip() if voice and rest.startswith(":") else text


@dataclass(frozen=True, slots=True)
class _Split:
    """What one voice says in a caption, each line with what could be its label."""

    voice: str | None
    lines: tuple[tuple[str, Candidate | None], ...]


def _split(piece: Piece) -> _Split:
    # ">>" marks a new speaker in broadcast captions, a dash in subtitles.
    lines = ((line, None if piece.voice is not None else split_label(line.lstrip(">- "))) for line in piece.lines)
    return _Split(piece.voice, tuple(lines))


def _candidate_labels(piece: _Split) -> Iterator[str | None]:
    """What could be a label: of the first line of a piece without a voice, None if nothing; of others if any."""
    for n, (_, candidate) in enumerate(piece.lines if piece.voice is None else ()):
        if candidate is not None or n == 0:
            yield None if candidate is None else candidate.label


def _by_label(piece: _Split, accepted: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    """Label and text of the runs of lines in a piece; the label is None before the first."""
    label: str | None = None
    said: list[str] = []
    for line, candidate in piece.lines:
        if candidate is not None and label_key(candidate.label) in accepted:
            if said:
                yield label, " ".join(said)
            label, said = candidate.label, [candidate.text]
        else:
            said.append(line)
    if said:
        yield label, " ".join(said)


def _first_times(source: Source) -> str:
    """The first line of the file that holds two readable times, or an empty text."""
    head = source.text[:_SNIFFED_CHARS].split("\n")
    return next((line for line in head if "-->" in line and _times(line) is not None), "")


def _sniff_vtt(source: Source) -> bool:
    return _has_signature(source.text) or "." in _first_times(source).partition("-->")[0]


def _sniff_srt(source: Source) -> bool:
    return not _has_signature(source.text) and "," in _first_times(source).partition("-->")[0]


VTT = Reader(
    id="vtt",
    label="WebVTT captions",
    suffixes=(".vtt", ".webvtt"),
    sniff=_sniff_vtt,
    read=read_vtt,
    sample="session.vtt",
)
SRT = Reader(
    id="srt",
    label="SubRip captions",
    suffixes=(".srt",),
    sniff=_sniff_srt,
    read=read_srt,
    sample="session.srt",
)
