"""JSON read safely: no endless nesting or digits, no key twice, and no word of it in an error."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from transcript_alliance.errors import TableError
from transcript_alliance.readers.clock import parse_seconds
from transcript_alliance.readers.limits import MAX_DEPTH
from transcript_alliance.readers.source import Source

_SNIFFED_CHARS = 20_000
"""Of a line that tells the format; one utterance or message with all that is known about it."""
_LONGEST_NUMBER = 400
"""Digits; a longer whole number is no time, and Python refuses to read it after 4,300."""
_MAX_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Twice:
    """Stands for an object that has a key twice."""

    key: str


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a number of very many digits."""


def parse_json(text: str, name: str) -> Any:
    """The value that `text` spells, with `Twice` and `TooLong` in place of what must not be taken at its word.

    Raises: json.JSONDecodeError, which carries the text and must not leave a reader; TableError LIMIT for
    deep nesting, with the file's `name`.
    """
    too_deep = TableError("LIMIT", "The JSON is nested too deeply to be a transcript.", where=name)
    try:
        value = json.loads(text.strip(), object_pairs_hook=_object, parse_int=_whole_number)
    except RecursionError:
        raise too_deep from None
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [part for value in level for part in _parts(value) if isinstance(part, (dict, list))]
        if not level:
            return value
    raise too_deep


def read_document(source: Source) -> Any:
    """The file's one JSON value.

    Raises: TableError TRUNCATED, MALFORMED or LIMIT.
    """
    try:
        return parse_json(source.text, source.name)
    except json.JSONDecodeError as error:
        fault = json_fault(error, source, 1)
    # Outside the handler, so that the library's error is not even its context.
    raise fault


def json_fault(error: json.JSONDecodeError, source: Source, first_line: int) -> TableError:
    """Our error for the library's, which would carry the whole file."""
    line = first_line + error.lineno - 1
    rest = error.doc[error.pos :].strip()
    # Cut inside a text, an escape, or a word such as `true`; or between two values.
    in_escape = error.msg.startswith("Invalid \\") and len(rest) <= len("\\uXXXX")
    in_word = any(word.startswith(rest) for word in ("true", "false", "null", "NaN", "Infinity", "-Infinity"))
    if in_escape or in_word or error.msg.startswith("Unterminated"):
        what = "The JSON ends too early."
        return TableError("TRUNCATED", what, where=source.at(line), hint="Copy or export the file again.")
    return TableError("MALFORMED", f"This is not valid JSON (column {error.colno}).", where=source.at(line))


def has_keys(text: str, keys: Sequence[str]) -> bool:
    """Whether `text` looks like a JSON object in which, somewhere, all these keys stand; it is not parsed.

    Quotation marks inside a text are escaped, so that what somebody said can never pass for a key.

    >>> has_keys('{"a": {"b" : 1}}', ["a", "b"]), has_keys('{"a": "b", "c": "\\\\"b\\\\": 1"}', ["b"])
    (True, False)
    """
    return text.lstrip("\ufeff \t\r\n").startswith("{") and all(_has_key(text, key) for key in keys)


def first_line_has_keys(text: str, keys: Sequence[str]) -> bool:
    """Whether the first line with something in it has these keys: another format may well hold them further down."""
    return has_keys(text.lstrip("\ufeff \t\r\n")[:_SNIFFED_CHARS].partition("\n")[0], keys)


def _has_key(text: str, key: str) -> bool:
    quoted = f'"{key}"'
    at = text.find(quoted)
    while at >= 0:
        after = at + len(quoted)
        if text[after : after + 20].lstrip().startswith(":"):
            return True
        at = text.find(quoted, after)
    return False


def json_seconds(value: Any, per_second: float = 1.0) -> float | None:
    """Seconds in a JSON value: a number of units, or a text such as `4.87`, `12.5s` or `0:12`; None if it is no time.

    >>> json_seconds(1500, 1000), json_seconds("12.500s"), json_seconds(-1), json_seconds(float("nan"))
    (1.5, 12.5, None, None)
    """
    if isinstance(value, str):
        time = parse_seconds(value.strip().removesuffix("s"))
        return None if time is None or time > _MAX_SECONDS else time if ":" in value else time / per_second
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # NaN compares as false.
    return value / per_second if 0 <= value <= _MAX_SECONDS * per_second else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Twice:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return Twice(Counter(key for key, _ in pairs).most_common(1)[0][0])


def _whole_number(digits: str) -> int | TooLong:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else TooLong()


def _parts(value: Any) -> Iterable[Any]:
    """What lies directly inside a list or object."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
