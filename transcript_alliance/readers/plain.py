"""Plain text with a speaker's label before each turn."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from transcript_alliance.errors import FormatError, PlainTextError
from transcript_alliance.readers.clock import parse_clock
from transcript_alliance.readers.labels import Candidate, accepted_labels, is_heading, split_label, take_time
from transcript_alliance.readers.limits import MAX_LINE_CHARS, MAX_LINES
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.typed import tidy_lines, with_colons, without_times
from transcript_alliance.session import RawTurn
from transcript_alliance.speakers import label_key, named_role

_SNIFFED_LINES = 200
_MOST_HEADING_LINES = 60
_LEGEND_WORDS = 3
"""`T: Therapist` explains a label; a turn of talk that names a role has more words."""
_FOOTER = "transcribed by https://otter.ai"
"""The last line of what Otter exports as text."""
_MARKUP = ("<?xml", "<!doctype", "<html")
_FOREIGN = (*_MARKUP, "@utf8", "@begin", "@font", "@window")
"""Beginnings of XML, HTML and CHAT, which have colons of their own."""


def read_plain(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The labelled turns of a text; lines without a label go on with the turn before.

    Raises: PlainTextError NO_TURNS when no label is found, LIMIT for a line too long; FormatError
    WRONG_FORMAT for a web page.
    """
    if source.text.lstrip("\ufeff \t\r\n")[:20].lower().startswith(_MARKUP):
        what = "This is a web page or an XML file, not a text with speaker labels."
        raise FormatError("WRONG_FORMAT", what, where=source.name, hint="Save it as plain text (.txt).")
    lines = source.lines()
    check_lines(lines, source)
    lines = tidy_lines(lines)
    labelled = _labelled(lines)
    if not labelled.accepted:
        rewritten = with_colons(lines)
        lines, labelled = (lines, labelled) if rewritten is None else (rewritten, _labelled(rewritten))
    if not labelled.accepted:
        what = "No speaker labels such as 'Therapist:' were found."
        raise PlainTextError("NO_TURNS", what, where=source.name, hint="Begin each turn with a name and a colon.")
    tally = Tally()
    return Draft(_turns(lines, labelled, tally), tally.notes())


@dataclass(frozen=True, slots=True)
class _Labelled:
    """For each line what could be its label, and which labels are people's."""

    candidates: Sequence[Candidate | None]
    accepted: frozenset[str]


def _labelled(lines: Sequence[str]) -> _Labelled:
    found = [split_label(line) for line in lines]
    heading = _heading_length(lines, found)
    candidates = _without_turn_numbers(_without_directions([*[None] * heading, *found[heading:]]))
    spoken = [c for c, line in zip(candidates[heading:], lines[heading:], strict=True) if line.strip()]
    return _Labelled(candidates, accepted_labels([None if c is None else c.label for c in spoken]))


def check_lines(lines: Sequence[str], source: Source) -> None:
    """Refuse a text with a line above the limit, or with too many: it is no transcript, and would only take long.

    Raises: PlainTextError LIMIT.
    """
    if len(lines) > MAX_LINES:
        what = f"There are {len(lines):,} lines; the limit is {MAX_LINES:,}."
        raise PlainTextError("LIMIT", what, where=source.name)
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_CHARS:
            what = f"The line is longer than the limit ({MAX_LINE_CHARS:,} characters)."
            raise PlainTextError("LIMIT", what, where=source.at(number), hint="Put each turn on a line of its own.")


def _sniff(source: Source) -> bool:
    if source.text.lstrip("\ufeff \t\r\n")[:20].lower().startswith(_FOREIGN):
        return False
    lines = [line for line in source.text[:100_000].split("\n")[:_SNIFFED_LINES] if line.strip()]
    found = [split_label(line) for line in tidy_lines(lines)]
    labels = [None if c is None else c.label for c in found]
    accepted = accepted_labels(labels)
    return sum(label is not None and label_key(label) in accepted for label in labels) >= 3


def _heading_length(lines: Sequence[str], candidates: Sequence[Candidate | None]) -> int:
    """Lines of a heading such as `Date: …`, `Client: Anna`: a first block that says what no talk says."""
    first = lines[:_MOST_HEADING_LINES]
    blank = next((n for n, line in enumerate(first) if n and not line.strip() and lines[n - 1].strip()), None)
    block = [c for c in candidates[: len(first) if blank is None else blank] if c is not None]
    if blank is not None and len(block) >= 2 and all(_is_legend(c) or is_heading(c.label) for c in block):
        return blank
    if not any(is_heading(c.label) for c in block):
        return 0
    if blank is not None and max(Counter(label_key(c.label) for c in block).values()) == 1:
        return blank
    # Without a blank line the heading ends where the first label stands that comes back.
    counts = Counter(label_key(c.label) for c in candidates if c is not None)
    single = takewhile(lambda c: c is not None and counts[label_key(c.label)] == 1, candidates[:blank])
    heading = [c for c in single if c is not None]
    return len(heading) if any(is_heading(c.label) for c in heading) else 0


def _is_legend(candidate: Candidate) -> bool:
    return named_role(candidate.text) is not None and len(candidate.text.split()) <= _LEGEND_WORDS


def _without_directions(candidates: Sequence[Candidate | None]) -> list[Candidate | None]:
    """`Anna (laughing): Yes` becomes `Anna: (laughing) Yes` where `Anna` alone is the usual label."""
    if not any(c is not None and c.label.endswith(")") for c in candidates):
        return list(candidates)
    counts = Counter(label_key(c.label) for c in candidates if c is not None)
    return [c if c is None else _without_direction(c, counts) for c in candidates]


def _without_direction(candidate: Candidate, counts: Mapping[str, int]) -> Candidate:
    base, opening, direction = candidate.label.partition("(")
    if not opening or not direction.endswith(")") or counts[label_key(base)] <= counts[label_key(candidate.label)]:
        return candidate
    return replace(candidate, label=base.strip(), text=f"({direction} {candidate.text}")


def _without_turn_numbers(candidates: Sequence[Candidate | None]) -> list[Candidate | None]:
    """The labels `T1 P1 T2 P2 …` without numbers that count the turns; numbers that tell people apart stay."""
    numbers: dict[str, list[int]] = {}
    parts = [_numbered(c.label) if c is not None else None for c in candidates]
    for part in parts:
        if part is not None:
            numbers.setdefault(part[0], []).append(part[1])
    rising = {stem for stem, seen in numbers.items() if all(a < b for a, b in pairwise(seen))}
    counting = {stem for stem in rising if len(rising) > 1 or len(numbers[stem]) >= 5}
    return [
        replace(c, label=part[0]) if c is not None and part is not None and part[0] in counting else c
        for c, part in zip(candidates, parts, strict=True)
    ]


def _numbered(label: str) -> tuple[str, int] | None:
    stem = label.rstrip("0123456789")
    digits = label[len(stem) :]
    stem = stem.rstrip(" .-#_")
    return (stem, int(digits)) if stem and 0 < len(digits) <= 6 else None


def _turns(lines: Sequence[str], labelled: _Labelled, tally: Tally) -> tuple[RawTurn, ...]:
    labels = {candidate.label for candidate in labelled.candidates if candidate is not None}
    people = {label for label in labels if label_key(label) in labelled.accepted}
    open_turns: list[_OpenTurn] = []
    pending: float | None = None
    for number, (line, candidate) in enumerate(zip(lines, labelled.candidates, strict=True), 1):
        if candidate is not None and candidate.label in people:
            start_s = pending if candidate.start_s is None else candidate.start_s
            open_turns.append(_OpenTurn(candidate.label, [candidate.text], start_s, candidate.end_s, number))
            pending = None
            continue
        alone_s, _, rest = take_time(line.strip())
        if alone_s is not None and not rest:
            if open_turns and open_turns[-1].start_s is None and not any(open_turns[-1].parts):
                open_turns[-1].start_s = alone_s  # between the label and the words
            else:
                pending = alone_s  # a time on a line of its own belongs to the turn that follows
        elif line.strip().casefold() == _FOOTER:
            tally.add("W_HEADING", number)
        elif open_turns:
            open_turns[-1].parts.append(line.strip())
        elif line.strip():
            tally.add("W_HEADING", number)
    return tuple(_closed(turn) for turn in open_turns)


def _closed(turn: "_OpenTurn") -> RawTurn:
    """The turn with its lines joined; times of the recording within the words are none of them."""
    text = " ".join(filter(None, turn.parts))
    words = without_times(text)
    end_s = turn.end_s
    if words != text and text.endswith("]"):
        end_s = parse_clock(text[text.rindex("[") + 1 : -1]) if end_s is None else end_s
    return RawTurn(turn.label, words, turn.start_s, end_s, turn.line)


@dataclass(slots=True)
class _OpenTurn:
    label: str
    parts: list[str]
    start_s: float | None
    end_s: float | None
    line: int


READER = Reader(
    id="text",
    label="Plain text with speaker labels",
    suffixes=(".txt", ".text", ".md"),
    sniff=_sniff,
    read=read_plain,
    sample="session.txt",
)
