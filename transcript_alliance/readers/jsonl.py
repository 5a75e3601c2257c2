"""JSON Lines (an object a turn, or a session a line) and one JSON document with a list of turns."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transcript_alliance.errors import TableError
from transcript_alliance.readers.columns import (
    END_MS_NAMES,
    END_NAMES,
    KNOWN_NAMES,
    SESSION_NAMES,
    SPEAKER_NAMES,
    START_MS_NAMES,
    START_NAMES,
    TEXT_NAMES,
    plain_name,
)
from transcript_alliance.readers.json_values import TooLong, Twice, json_fault, json_seconds, parse_json
from transcript_alliance.readers.limits import MAX_TURNS
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_LISTS = ("turns", "segments")
"""Keys under which a document keeps its turns."""


@dataclass(frozen=True, slots=True)
class Item:
    """A turn as the file has it."""

    value: Any
    number: int
    """1-based line in JSON Lines, 1-based turn in a document."""


def read_jsonl(source: Source, columns: Columns) -> Draft:
    """The turns of a JSON Lines file or of one JSON document.

    Raises: TableError TRUNCATED, MALFORMED, LIMIT, SEVERAL_SESSIONS or NO_TURNS.
    """
    tally = Tally()
    items = _items(source, tally)
    turns = []
    for item in items:
        place = f"{source.name} turn {item.number}"
        turn = _turn(item, columns, place, tally)
        if turn is not None:
            turns.append(turn)
    if not turns:
        what = "No turns found: expected objects with 'speaker' and 'text'."
        raise TableError("NO_TURNS", what, where=source.name)
    return Draft(tuple(turns), tally.notes())


def _items(source: Source, tally: Tally) -> Sequence[Item]:
    documents = read_lines(source, tally)
    if len(documents) == 1:
        inside = _list_inside(documents[0].value)
        return documents if inside is None else [Item(value, n) for n, value in enumerate(inside, 1)]
    if any(_list_inside(document.value) is not None for document in documents):
        raise _several(len(documents), source)
    sessions = {_session(document.value) for document in documents} - {None}
    if len(sessions) > 1:
        raise _several(len(sessions), source)
    return documents


def read_lines(source: Source, tally: Tally) -> list[Item]:
    """The file's one JSON value, or those of its lines; a last line cut short is left out with a note.

    Raises: TableError TRUNCATED, MALFORMED or LIMIT.
    """
    try:
        return [Item(parse_json(source.text, source.name), 1)]
    except json.JSONDecodeError as error:
        several = error.msg == "Extra data"
        fault = json_fault(error, source, 1)
    if not several:
        raise fault
    found = []
    # Not `splitlines`, which also cuts at characters that JSON allows within a text.
    lines = [(n, line) for n, line in enumerate(source.text.split("\n"), 1) if line.strip()]
    for number, line in lines[: MAX_TURNS + 1]:
        try:
            found.append(Item(parse_json(line, source.name), number))
        except json.JSONDecodeError as error:
            fault = json_fault(error, source, number)
            if number != lines[-1][0] or fault.code != "TRUNCATED" or not found:
                raise fault from None
            tally.add("W_TRUNCATED", number)
    return found


def _several(count: int, source: Source) -> TableError:
    return TableError(
        "SEVERAL_SESSIONS",
        f"The file holds {count:,} sessions.",
        where=source.name,
        hint="Save each session as a file of its own.",
    )


def _list_inside(value: Any) -> list[Any] | None:
    """The list of turns that a document is or holds; None for an object that is a turn itself."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    return None


def _session(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    names = {plain_name(key): key for key in value}
    key = next((names[name] for name in SESSION_NAMES if name in names), None)
    return None if key is None or not isinstance(value[key], (str, int)) else str(value[key])


def _turn(item: Item, columns: Columns, place: str, tally: Tally) -> RawTurn | None:
    """The turn, or None when it has no text; fields of the wrong kind are counted and left out."""
    value = item.value
    if isinstance(value, Twice):
        # In a damaged file anything can have become a key, even what somebody said.
        name = plain_name(value.key)
        key = f"{name!r}" if name in KNOWN_NAMES else "one of its keys"
        raise TableError("MALFORMED", f"The turn has {key} twice.", where=place, hint="Keep one of the two.")
    if isinstance(value, list) and len(value) == 2:
        value = {"speaker": value[0], "text": value[1]}
    if not isinstance(value, dict):
        tally.add("W_SKIPPED", item.number)
        return None
    keys = {plain_name(key): key for key in reversed(value)}
    text = _named(value, keys, TEXT_NAMES, columns.text)
    if not isinstance(text, str):
        tally.add("W_SKIPPED", item.number)
        return None
    speaker = _speaker(_named(value, keys, SPEAKER_NAMES, columns.speaker), item, tally)
    start_s = _seconds(value, keys, START_NAMES, START_MS_NAMES, item, place, tally)
    end_s = _seconds(value, keys, END_NAMES, END_MS_NAMES, item, place, tally)
    return RawTurn(speaker, text, start_s, end_s, item.number)


def _named(value: Mapping[str, Any], keys: Mapping[str, str], known: Sequence[str], chosen: str | None = None) -> Any:
    wanted = known if chosen is None else (plain_name(chosen),)
    return next((value[keys[name]] for name in wanted if name in keys), None)


def _speaker(named: Any, item: Item, tally: Tally) -> str | None:
    if isinstance(named, str):
        return named
    if isinstance(named, int) and not isinstance(named, bool):
        return str(named)  # diarisation numbers its speakers
    if named is not None:
        tally.add("W_SKIPPED", item.number)
    return None


def _seconds(
    value: Mapping[str, Any],
    keys: Mapping[str, str],
    names: Sequence[str],
    names_ms: Sequence[str],
    item: Item,
    place: str,
    tally: Tally,
) -> float | None:
    in_ms = not any(name in keys for name in names)
    named = _named(value, keys, names_ms if in_ms else names)
    if named is None:
        return None
    if isinstance(named, TooLong):
        raise TableError("MALFORMED", "The time is not a time.", where=place)
    time = json_seconds(named, 1_000 if in_ms else 1)
    if time is None:
        tally.add("W_TIMES" if isinstance(named, (int, float)) else "W_SKIPPED", item.number)
    return time


def _sniff(source: Source) -> bool:
    head = source.text[:1_000].lstrip("\ufeff \t\r\n")
    inner = head[1:].lstrip()[:1]
    return (head[:1] == "{" and inner == '"') or (head[:1] == "[" and inner == "{")


READER = Reader(
    id="jsonl",
    label="JSON Lines, or a JSON list of turns",
    suffixes=(".jsonl", ".ndjson", ".json"),
    sniff=_sniff,
    read=read_jsonl,
    sample="session.jsonl",
)
