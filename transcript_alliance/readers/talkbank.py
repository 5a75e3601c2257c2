"""CHAT, the format of TalkBank and CLAN: who said what on main tiers, with time marks."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from transcript_alliance.errors import FormatError
from transcript_alliance.readers.clock import MAX_DIGITS
from transcript_alliance.readers.plain import check_lines
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.talkbank_words import plain_words
from transcript_alliance.session import RawTurn
from transcript_alliance.speakers import named_role

EXACT_TEXT, EXACT_TIME = "%xtxt", "%xtim"
"""Dependent tiers of ours: the words and times of the main tier above, where CHAT cannot write them as they are."""
EXACT_LABEL = "label of "
"""How a comment of ours begins that gives a speaker's label as it is: `label of CLI: Anna (client)`."""
UNNAMED_ROLE = "Unidentified"
"""Role of a speaker whom nobody named."""

_MARK = re.compile('\x15(?:%[a-z]{1,8}:"[^"\x15]{0,200}"_)?([^\x15\\s]{0,60})\x15?')
_SNIFFED_CHARS = 2_000


@dataclass(slots=True)
class _Line:
    """A header or tier with the lines that go on with it."""

    number: int
    key: str
    """`@Participants`, `*CLI`, `%mor`; empty for a line that is none of them."""
    value: str


@dataclass(slots=True)
class _Said:
    """A main tier and what our own tiers below it add."""

    line: int
    code: str
    value: str
    exact: dict[str, str] = field(default_factory=dict)


def read_talkbank(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The main tiers of a CHAT file as plain words (`talkbank_words`); dependent tiers are left out.

    A speaker's label is the name in @Participants, with the role behind it in brackets where only the role says
    which side the speaker is on; the role alone where there is no name. A time mark gives start and end.

    Raises: FormatError WRONG_FORMAT without @Begin and @Participants; PlainTextError LIMIT for a line too long.
    """
    raw_lines = source.lines()
    check_lines(raw_lines, source)
    tally = Tally()
    lines = list(_joined(raw_lines, tally))
    headers = [line for line in lines if line.key.startswith("@")]
    if not {"@Begin", "@Participants"} & {line.key for line in headers}:
        what = "Not a CHAT file: @Begin and @Participants are missing."
        raise FormatError("WRONG_FORMAT", what, where=source.name)
    if all(line.key != "@End" for line in headers):
        tally.add("W_TRUNCATED")
    labels = _labels(headers)
    return Draft(tuple(_turn(said, labels, tally) for said in _main_tiers(lines)), tally.notes())


def participant_label(name: str, role: str) -> str | None:
    """The label of a participant by the name (may be empty) and role in the file; None for nobody in particular.

    >>> participant_label("Dr_Lee", "Investigator"), participant_label("Anna", "Client"), participant_label("", "Nurse")
    ('Dr Lee', 'Anna (Client)', 'Nurse')
    """
    name, role = name.replace("_", " ").strip(), role.replace("_", " ").strip()
    if not name:
        return None if role == UNNAMED_ROLE else role
    named = named_role(role)
    return f"{name} ({role})" if named is not None and named.by_word and named_role(name) is None else name


def _joined(raw_lines: Sequence[str], tally: Tally) -> Iterator[_Line]:
    """Headers and tiers, each with its continuation lines, which begin with a tab."""
    parts: list[str] = []
    line: _Line | None = None
    for number, raw in enumerate([*raw_lines, "@"], 1):
        if raw[:1] in ("\t", " ") and raw.strip() and line is not None:
            parts.append(raw.strip())
            continue
        if not raw.strip():
            continue
        if line is not None:
            line.value = " ".join(parts)
            yield line
        key, _, value = raw.partition(":") if raw[:1] in "@*%" else ("", "", "")
        if not key:
            tally.add("W_SKIPPED", number)
        line, parts = _Line(number, key.strip(), ""), [value.strip()]


def _labels(headers: Sequence[_Line]) -> Mapping[str, str | None]:
    """Code of each declared participant -> label."""
    declared: dict[str, tuple[str, str]] = {}
    exact: dict[str, str] = {}
    for header in headers:
        if header.key == "@Participants":
            for entry in header.value.split(","):
                code, *rest = entry.split() or [""]
                if code:
                    declared[code] = (" ".join(rest[:-1]), rest[-1] if rest else code)
        elif header.key == "@Comment" and header.value.startswith(EXACT_LABEL):
            code, _, label = header.value.removeprefix(EXACT_LABEL).partition(":")
            exact[code] = label.strip()
    # Two participants with one role and no names are told apart by their codes.
    roles = Counter(role for name, role in declared.values() if not name)
    found: dict[str, str | None] = {}
    for code, (name, role) in declared.items():
        found[code] = code if not name and roles[role] > 1 else participant_label(name, role)
    return found | exact


def _main_tiers(lines: Sequence[_Line]) -> Iterator[_Said]:
    said: _Said | None = None
    for line in lines:
        if line.key.startswith("*"):
            if said is not None:
                yield said
            said = _Said(line.number, line.key[1:], line.value)
        elif line.key in (EXACT_TEXT, EXACT_TIME) and said is not None:
            said.exact[line.key] = line.value
    if said is not None:
        yield said


def _turn(said: _Said, labels: Mapping[str, str | None], tally: Tally) -> RawTurn:
    if said.code not in labels:
        tally.add("W_UNKNOWN_SPEAKER", said.line)
    times = [_times(mark) for mark in _MARK.findall(said.value)]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        tally.add("W_TIMES", said.line, len(times) - len(known))
    start_s = min((start for start, _ in known), default=None)
    end_s = max((end for _, end in known), default=None)
    if EXACT_TIME in said.exact:
        start_s, end_s = (_seconds(part) for part in said.exact[EXACT_TIME].partition("_")[::2])
    text = said.exact.get(EXACT_TEXT)
    if text is None:
        text = plain_words(_MARK.sub(" ", said.value))
    return RawTurn(labels.get(said.code, said.code), text, start_s, end_s, said.line)


def _times(mark: str) -> tuple[float, float] | None:
    """Start and end of a time mark such as `1500_2750` (milliseconds); None when it is none."""
    first, _, second = mark.partition("_")
    start_s, end_s = _seconds(first), _seconds(second)
    return None if start_s is None or end_s is None or end_s < start_s else (start_s, end_s)


def _seconds(digits: str) -> float | None:
    return int(digits) / 1000 if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def _sniff(source: Source) -> bool:
    head = source.text[:_SNIFFED_CHARS].lstrip("\ufeff")
    return head.startswith(("@UTF8", "@Begin")) or "\n@Begin" in head


READER = Reader(
    id="talkbank",
    label="CHAT transcript (TalkBank, CLAN)",
    suffixes=(".cha",),
    sniff=_sniff,
    read=read_talkbank,
    sample="session.cha",
)
