"""Telling a speaker's label from any other word before a colon, over a whole file at once.

One line alone cannot decide: `Anna: yes` is a turn in one file and a line of a list in another. So the
lines give candidates, and `accepted_labels` looks at all of them together. Everything here looks at the
first characters of a line only, and with `str.find`, so a line's length costs nothing.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from transcript_alliance.readers.clock import parse_clock, parse_span
from transcript_alliance.readers.limits import MAX_LABEL_CHARS
from transcript_alliance.speakers import (
    INVISIBLE,
    ROLE_LETTERS,
    ROLE_WORDS,
    label_key,
    label_words,
    role_of_words,
    word_set,
)

_BLANKS = INVISIBLE + " \t\u00a0\f"
_BRACKETS = {"[": "]", "(": ")", "<": ">", "{": "}"}
_AFTER_TIME = _BLANKS + "-–—|:"
_MARKS = re.compile(r"[:：*\[({<\t–-]")
_MAX_TIME_CHARS = 40
_MAX_CLOCK_CHARS = 12
_REGULAR_SHARE = 0.95
_LEAST_TAKEN_SHARE = 0.3
_DATE_CHARS = "0123456789:/-., \u202fapm"

# Words that stand before a colon at the top of a transcript, or in a note within it, and name nobody.
_HEADINGS = word_set(
    "note notes nb date time times session duration location place re subject topic title transcript transcription "
    "transcribed transcriber file filename recording recorded recorder length participants present summary plan goals "
    "goal ps example warning also step item page version project study ref reference setting language legend key "
    "http https url link email tel phone age gender sex dob diagnosis consent code codes name id initials number "
    "attendees speakers interview meeting start end comment comments keywords source"
)
_HEADING_ENDS = word_set("id name code number initials age gender date time")
# With one of these words, what stands before the colon is speech. `Will` and `May` are names, so not among them.
_FUNCTION_WORDS = word_set(
    "a an the and or but so if then than that this these those there here is are was were be been am do does did "
    "have has had would can could should might must not no yes of to in on at by for from with about into "
    "over after before as like just i'm it's it me my mine you your yours he him his she her hers we us our they "
    "them their said says say told tell asked thought think what which who when where why how because well okay ok "
    "one thing first second third last next now ago yeah yep nope oh"
)
_SPEAKER_FORMS = word_set("speaker spk spkr voice person unknown unidentified male female man woman")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The start of a line taken apart as `[time] label: text`, before anyone knows whether it is a label."""

    label: str
    text: str
    """The rest of the line; empty when the label stands alone."""
    start_s: float | None = None
    end_s: float | None = None


def split_label(line: str) -> Candidate | None:
    """The line taken apart if it could begin with a label, else None.

    >>> split_label("[00:03:15] Dr. Smith: Hello: you?")
    Candidate(label='Dr. Smith', text='Hello: you?', start_s=195.0, end_s=None)
    >>> split_label("At 10:30 I left.") is None
    True
    """
    start_s, end_s, rest = take_time(_without_date(line.lstrip(_BLANKS).rstrip()))
    if start_s is not None:
        rest = rest.lstrip(_AFTER_TIME)
    rest = _without_number(rest)
    # Most lines of a long turn hold none of the marks that part a label from words.
    ways = _SPLITS if _MARKS.search(rest, 0, MAX_LABEL_CHARS + 4) else (_alone,)
    found = next((taken for taken in (split(rest) for split in ways) if taken is not None), None)
    if found is None:
        return None
    label, text = found.label.strip().rstrip(":,-– "), found.text.strip()
    if not label:
        return None
    if start_s is None:
        start_s, end_s = found.start_s, found.end_s
    if start_s is None:
        # Nobody says hours, minutes and seconds; minutes and seconds could be a time of day.
        start_s, end_s, text = take_time(text, only_bracketed=text[:_MAX_CLOCK_CHARS].count(":") < 2)
    return Candidate(label, text, start_s, end_s)


def take_time(line: str, *, only_bracketed: bool = False) -> tuple[float | None, float | None, str]:
    """Start and end in seconds of a time (or span) that begins the line, and the rest of the line.

    >>> take_time("(0:05) yes"), take_time("12:30 was late")
    ((5.0, None, 'yes'), (750.0, None, 'was late'))
    """
    close = _BRACKETS.get(line[:1])
    if close is not None:
        end = line.find(close, 0, _MAX_TIME_CHARS)
        inner, rest = line[1:end], line[end + 1 :]
        if end < 0:
            return None, None, line
    elif only_bracketed or not line[:1].isdigit():
        return None, None, line
    else:
        inner = line[:_MAX_TIME_CHARS].split(None, 1)[0]
        rest = line[len(inner) :]
        inner = inner.rstrip(":,;")
    inner = inner.strip()
    span = parse_span(inner)
    start_s = parse_clock(inner) if span is None else span[0]
    if start_s is None:
        return None, None, line
    return start_s, None if span is None else span[1], rest.strip()


def accepted_labels(candidates: Sequence[str | None]) -> frozenset[str]:
    """Keys (`speakers.label_key`) of the candidates that are speakers' labels.

    `candidates` has an entry for each line (or caption) that is not blank, None where there is none. Taken are:
    names of roles and of numbered speakers; other short names that come back; and, where nearly every line
    begins with what may be a name, all that may be. Source: our choice.
    """
    found = [label for label in candidates if label is not None]
    # A file has few labels and many lines.
    keys = {label: label_key(label) for label in set(found)}
    counts = Counter(keys[label] for label in found)
    shown = {keys[label]: label for label in reversed(found)}
    possible = {key for key in counts if _may_name_somebody(shown[key])}
    taken = {key for key in possible if _names_somebody(shown[key], counts[key], len(candidates))}
    likely = taken | {key for key in possible if _is_capitalised(shown[key])}

    def share(keys: set[str]) -> float:
        return sum(counts[key] for key in keys) / len(candidates)

    is_regular = bool(found) and share(possible) >= _REGULAR_SHARE
    if is_regular and (share(likely) >= _REGULAR_SHARE or share(taken) >= _LEAST_TAKEN_SHARE):
        return frozenset(possible)
    return frozenset(taken)


def is_heading(label: str) -> bool:
    """Whether the word before the colon belongs to a transcript's heading, such as `Date`.

    >>> is_heading("Client ID"), is_heading("Anna")
    (True, False)
    """
    return _is_heading(label_words(label))


def _is_heading(words: Sequence[str]) -> bool:
    return bool(words) and (words[0] in _HEADINGS or (len(words) > 1 and words[-1] in _HEADING_ENDS))


def _may_name_somebody(label: str) -> bool:
    if label in ("Me", "You"):
        return True
    # The last word may be the letter of `Speaker A`, which is no article.
    words = label.removesuffix("A").casefold().split()
    named = label_words(label)
    return bool(named) and not _is_heading(named) and _FUNCTION_WORDS.isdisjoint(words)


def _names_somebody(label: str, count: int, n_lines: int) -> bool:
    """Whether a label that may be a name is one, whatever the other lines begin with."""
    words = label_words(label)
    if len(words) > 5:
        return False
    if len(words) == 1 and len(words[0]) == 1:
        return count >= 2 or (words[0] in ROLE_LETTERS and label[:1].isupper())
    if any(word in ROLE_WORDS or word in _SPEAKER_FORMS for word in words):
        return True
    if any(mark in label for mark in '?!,;"='):
        return False
    if _is_capitalised(label):
        return count >= 2 and len(words) <= 4
    return count >= 3 and len(words) <= 2 and count >= 0.05 * n_lines


def _is_capitalised(label: str) -> bool:
    return all(not word[0].isalpha() or word[0].isupper() for word in label.split())


def is_sure(label: str) -> bool:
    """Whether the label alone, with no colon after it, shows a speaker.

    >>> is_sure("T1"), is_sure("Speaker 2"), is_sure("Anna")
    (True, True, False)
    """
    words = label_words(label)
    if not words or len(words) > 3 or _is_heading(words):
        return False
    return words[0] in _SPEAKER_FORMS or role_of_words(words) is not None


def _without_date(line: str) -> str:
    """The line without a date and time of day, which chats put first: `[1/2/2024, 10:15] Ann: hi`."""
    close = _BRACKETS.get(line[:1], " - ")
    end = line.find(close, 0, _MAX_TIME_CHARS)
    date = line[:end].strip("[({").casefold() if end > 0 else ""
    if not date[:1].isdigit():
        return line
    if parse_clock(date) is not None or parse_span(date) is not None:
        return line
    if ":" in date and any(mark in date for mark in "/-.") and not date.strip(_DATE_CHARS):
        return line[end + len(close) :].lstrip(_BLANKS)
    return line


def _without_number(line: str) -> str:
    """The line without a number that counts lines or turns: `12. T: yes`, `012 T: yes`."""
    end = 0
    while end < len(line) and end < 6 and line[end] in "0123456789":
        end += 1
    if end == 0 or line[end : end + 1] not in (".", ")", " ", "\t"):
        return line
    return line[end + 1 :].lstrip(_BLANKS)


def _bold(line: str) -> Candidate | None:
    """`**Label:** text` or `**Label**: text`."""
    if not line.startswith("**"):
        return None
    end = line.find("**", 2, MAX_LABEL_CHARS + 4)
    inner, rest = line[2:end].strip(), line[end + 2 :].lstrip()
    if end < 0 or not (inner.endswith(":") or rest.startswith(":")):
        return None
    return Candidate(inner.removesuffix(":"), rest.removeprefix(":"))


def _bracketed(line: str) -> Candidate | None:
    """`[Label]: text`, and `[Label] text` when the label alone is sure."""
    close = _BRACKETS.get(line[:1])
    end = line.find(close, 1, MAX_LABEL_CHARS + 2) if close else -1
    if end < 0:
        return None
    inner, rest = line[1:end], line[end + 1 :].lstrip(_BLANKS)
    if rest.startswith(":"):
        return Candidate(inner, rest[1:])
    return Candidate(inner, rest) if is_sure(inner) else None


def _label_then_time(line: str) -> Candidate | None:
    """`Label [0:05]: text`, `Label (0:05) text`, `Label 0:05: text`, and `Label 0:05` alone on a line."""
    for opening in "[(":
        start = line.find(opening, 1, MAX_LABEL_CHARS + 1)
        if start > 0 and ":" not in line[:start]:
            start_s, end_s, rest = take_time(line[start:], only_bracketed=True)
            if start_s is not None:
                return Candidate(line[:start], rest.removeprefix(":"), start_s, end_s)
    if len(line) <= MAX_LABEL_CHARS and line[-1:].isdigit():
        label, _, time = line.rpartition(" ")
        start_s = parse_clock(time)
        if start_s is not None and label.strip() and ":" not in label:
            return Candidate(label, "", start_s)
    return _label_then_bare_time(line[:MAX_LABEL_CHARS], line)


def _label_then_bare_time(head: str, line: str) -> Candidate | None:
    """`Label 0:05: text`, and `T 0:05 text` when the label is sure."""
    if ":" not in head:
        return None
    words = head.split(" ")
    at = next((n for n, word in enumerate(words) if ":" in word), 0)
    label, time = " ".join(words[:at]), words[at]
    start_s = parse_clock(time.rstrip(":,")) if at else None
    if start_s is None or not (time.endswith(":") or is_sure(label)):
        return None
    return Candidate(label, line[len(label) + 1 + len(time) :], start_s)


def _colon(line: str) -> Candidate | None:
    """`Label: text`; without a blank after the colon only when the label is sure."""
    start = 0
    head = line[: MAX_LABEL_CHARS + 2].replace("：", ":")
    while (colon := head.find(":", start, MAX_LABEL_CHARS + 1)) > 0:
        if not head[colon + 1 : colon + 2].strip(_BLANKS) or is_sure(head[:colon]):
            # Some type `T:: hi`, or `T:- hi`.
            doubled = head[colon + 1 : colon + 2] in (":", "-") and not head[colon + 2 : colon + 3].strip(_BLANKS)
            return Candidate(head[:colon], line[colon + 1 + doubled :])
        start = colon + 1
    return None


def _tab(line: str) -> Candidate | None:
    """`Label<TAB>text` when the label is sure."""
    label, tab, _ = line[: MAX_LABEL_CHARS + 1].partition("\t")
    return Candidate(label, line[len(label) + 1 :]) if tab and is_sure(label) else None


def _dash(line: str) -> Candidate | None:
    """`Label - text` when the label is sure; not after `I`, which begins many a halting sentence."""
    label, dash, _ = line[: MAX_LABEL_CHARS + 1].replace("–", "-").partition(" - ")
    if not dash or not is_sure(label) or label_key(label) == "i":
        return None
    return Candidate(label, line[len(label) + 3 :])


def _alone(line: str) -> Candidate | None:
    """A role's whole name alone on its line: `THERAPIST`."""
    words = label_words(line) if len(line) <= 20 else ()
    return Candidate(line, "") if len(words) == 1 and words[0] in ROLE_WORDS and len(words[0]) > 2 else None


_SPLITS = (_bold, _bracketed, _label_then_time, _tab, _colon, _dash, _alone)
"""Ways of writing a label, in the order in which they are tried."""
