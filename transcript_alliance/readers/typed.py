"""How typists write, before any label is looked for: line numbers, list marks, emphasis, and labels without a colon.

Each function gives back as many lines as it got, so that a line keeps its number. Source: our choice throughout.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from transcript_alliance.readers.labels import is_sure, take_time
from transcript_alliance.readers.limits import MAX_LABEL_CHARS
from transcript_alliance.speakers import label_key

_LINE_NUMBER = re.compile(r"\s{0,20}[\[(]?([0-9]{1,5})[\])]?[.:)]?(?:\s|$)")
_LEAST_NUMBERED = 4
_NUMBERED_SHARE = 0.9
_LIST_MARKS = ("- ", "– ", "— ", "• ", "· ", "* ", "> ")
_LEAST_MARKED_SHARE = 0.5
# The times of the transcription program f4: hours, minutes, seconds and tenths between number signs.
_F4_TIME = re.compile(r"#([0-9]{1,2}:[0-9]{2}:[0-9]{2})-([0-9])#")
_EMPHASIS = re.compile(rf"\s{{0,20}}(\*{{1,3}}|_{{1,3}})(?=[^\s*_])([^*_]{{1,{MAX_LABEL_CHARS}}})\1")
_INNER_TIME = re.compile(r"\s?\[([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,3})?)?)\]")
_WAYS = ("", " | ", "| ", " > ", "> ", " = ", " / ", "/ ", " — ", " – ", "; ", ") ", ". ", "   ", "\t", " ")
"""What typists put between label and words instead of a colon; nothing when the label has a line of its own."""
_MOST_TRIED_LINES = 1_000
_LEAST_LABELLED_SHARE = 0.2
_EVERY_LINE = 0.95


def tidy_lines(lines: Sequence[str]) -> list[str]:
    """The lines without the numbers, list marks and emphasis that stand before or around labels.

    >>> tidy_lines(["1 T: hi", "2 there", "3 C: yes", "4 T: so"])
    ['T: hi', 'there', 'C: yes', 'T: so']
    >>> tidy_lines(["**T:** hi", "_C_: yes", "**T** so", "*well* no"])
    ['T: hi', 'C: yes', 'T: so', '*well* no']
    """
    plain = _without_list_marks(_without_line_numbers(lines))
    return [_F4_TIME.sub(r"[\1.\2]", _without_emphasis(line)) for line in plain]


def with_colons(lines: Sequence[str]) -> list[str] | None:
    """The lines with a colon after each label, for a text that writes none; None when it has no such labels.

    Only labels that show a role or a numbered speaker by themselves are looked for, and only one way of writing
    them is taken: at least two people, twice each, on a fifth of the lines.

    >>> with_colons(["T. Hi", "C. Yes", "T. So", "C. No"])
    ['T: Hi', 'C: Yes', 'T: So', 'C: No']
    >>> with_colons(["C. difficile is one.", "T. rex is another."]) is None
    True
    """
    filled = [line for line in lines[:_MOST_TRIED_LINES] if line.strip()]
    likely = [line for line in filled if _may_begin(line)]
    best = max(_WAYS, key=lambda way: _n_labelled(likely, way, len(filled)))
    if _n_labelled(likely, best, len(filled)) == 0:
        return None
    split = _split_at(best) if best else _alone
    found = [split(line) for line in lines]
    return [line if p is None else f"{p[0]}{p[1]}: {p[2]}".rstrip() for line, p in zip(lines, found, strict=True)]


def _may_begin(line: str) -> bool:
    """Whether the first word could be that of a label; a quick look, since most lines have none."""
    word = _after_time(line)[1][:MAX_LABEL_CHARS].split(None, 1)[:1]
    return bool(word) and is_sure(word[0].rstrip("|>=/;).:—–"))


def _n_labelled(lines: Sequence[str], mark: str, n_filled: int) -> int:
    """Lines that begin with a label, when what stands after it is `mark`; 0 when too few do for it to be the way."""
    way = _split_at(mark) if mark else _alone
    labels = [part[1] for part in map(way, lines) if part is not None]
    people = Counter(label_key(label.rstrip("0123456789")) for label in labels)
    often = [count for count in people.values() if count > 1]
    # With a mere blank after a letter, only a text in which every line has one is of that kind.
    is_loose = mark == " " and not all(label[-1:].isdigit() for label in labels)
    least = (_EVERY_LINE if is_loose else _LEAST_LABELLED_SHARE) * n_filled
    return sum(often) if len(often) >= 2 and sum(often) >= least else 0


def _without_line_numbers(lines: Sequence[str]) -> Sequence[str]:
    """The lines without the numbers that a program put before each of them; a few lines may lack theirs."""
    filled = [line for line in lines if line.strip()]
    found = [match for match in map(_LINE_NUMBER.match, filled) if match is not None]
    if len(found) < max(_LEAST_NUMBERED, _NUMBERED_SHARE * len(filled)):
        return lines
    numbers = [int(match.group(1)) for match in found]
    rising = sum(a < b for a, b in pairwise(numbers))
    if rising < _NUMBERED_SHARE * (len(numbers) - 1):
        return lines
    return [line if (m := _LINE_NUMBER.match(line)) is None else line[m.end() :].strip() for line in lines]


def _without_list_marks(lines: Sequence[str]) -> Sequence[str]:
    starts = Counter(line.lstrip()[:2] for line in lines if line.strip())
    for mark in _LIST_MARKS:
        if starts[mark] >= max(3, _LEAST_MARKED_SHARE * starts.total()):
            return [line.lstrip().removeprefix(mark) for line in lines]
    return lines


def _without_emphasis(line: str) -> str:
    """The line without marks of emphasis around its label or around all of it, and without a heading's marks."""
    stripped = line.strip()
    if stripped[:1] == "#" and len(stripped) <= MAX_LABEL_CHARS and stripped.lstrip("#")[:1] == " ":
        return stripped.lstrip("# ")
    found = _EMPHASIS.match(line)
    if found is not None:
        inner, rest = found.group(2).strip(), line[found.end() :].lstrip()
        if inner.endswith(":") or rest.startswith(":") or (rest and is_sure(inner)):
            return f"{inner.rstrip(':')}: {rest.removeprefix(':').lstrip()}".rstrip()
    for mark in ("***", "**", "__", "*", "_"):
        if stripped.startswith(mark) and stripped.endswith(mark) and ":" in stripped[:MAX_LABEL_CHARS]:
            inner = stripped[len(mark) : -len(mark)]
            return line if mark in inner else inner
    return line


def _split_at(mark: str) -> Callable[[str], tuple[str, str, str] | None]:
    """A function that takes `[time] Label<mark>words` apart into what precedes the label, the label, the words."""

    def split(line: str) -> tuple[str, str, str] | None:
        before, rest = _after_time(line)
        label, found, words = rest[:MAX_LABEL_CHARS].partition(mark)
        if not found or not words.strip() or not is_sure(label) or label_key(label) == "i":
            return None
        if mark == " " and not label.isupper():
            return None  # prose: "Client work is hard"
        return before, label.strip(), rest[len(label) + len(mark) :].strip()

    return split


def _alone(line: str) -> tuple[str, str, str] | None:
    """A label that fills its line: `T`, `[00:03:15] Client`."""
    before, rest = _after_time(line)
    return (before, rest, "") if len(rest) <= MAX_LABEL_CHARS and is_sure(rest) else None


def _after_time(line: str) -> tuple[str, str]:
    stripped = line.strip()
    start_s, _, rest = take_time(stripped)
    if start_s is None:
        return "", stripped
    rest = rest.lstrip("-–—|: \t")
    return stripped[: len(stripped) - len(rest)], rest


def without_times(text: str) -> str:
    """The words without the times of the recording that stand between square brackets.

    >>> without_times("well [00:05:00] yes [laughs]")
    'well yes [laughs]'
    """
    return _INNER_TIME.sub("", text).strip() if "[" in text else text
