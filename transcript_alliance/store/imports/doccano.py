"""doccano: the labels of an export in JSON lines."""

import json
from collections.abc import Iterator
from typing import Any

from transcript_alliance.readers.json_values import json_fault, parse_json
from transcript_alliance.readers.source import Source
from transcript_alliance.store.imports.found import SameText, Target, malformed, other_session, same_turn, whole_number
from transcript_alliance.store.marks import Mark, Utf16

_LABELS = ("label", "labels", "entities")
"""Keys under which its versions keep them."""


def read_doccano(source: Source, target: Target) -> list[Mark]:
    """The marks of the lines that are turns of the session; lines of other sessions are passed over.

    doccano does not say who set a label, so all count as a person's. Offsets are UTF-16 units.

    Raises: TableError MALFORMED, TRUNCATED or LIMIT for what is no JSON; DatasetError OTHER_SESSION,
    or MALFORMED for lines without labels, such as those of a ConvoKit corpus.
    """
    found: list[Mark] = []
    n_lines = 0
    for line in _lines(source):
        text = line.get("text", line.get("data"))
        if not isinstance(text, str) or _other(line, target):
            continue
        if not any(key in line for key in _LABELS):
            hint = "Export a project of sequence labelling as JSONL."
            raise malformed("A line has no labels.", source.name, hint)
        turn, same = _turn(line, text, n_lines, target, source)
        n_lines += 1
        place_of = Utf16(text).code_points
        for start, end, code in _labels(line):
            begin, stop = place_of(start), place_of(end)
            place = None if begin is None or stop is None else same.ours(begin, stop)
            if place is not None:
                found.append(target.mark(turn, *place, code))
    if not n_lines:
        raise other_session(source.name)
    return found


def _lines(source: Source) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = parse_json(line, source.name)
        except json.JSONDecodeError as error:
            fault = json_fault(error, source, number)
        else:
            if isinstance(value, dict):
                yield value
            continue
        # Outside the handler, so that the library's error is not even its context.
        raise fault


def _meta(line: dict[str, Any], key: str) -> Any:
    meta = line.get("meta")
    return line.get(key, meta.get(key) if isinstance(meta, dict) else None)


def _other(line: dict[str, Any], target: Target) -> bool:
    name = _meta(line, "session")
    return isinstance(name, str) and name != target.session.session_id


def _turn(line: dict[str, Any], text: str, n_before: int, target: Target, source: Source) -> tuple[int, SameText]:
    """The line's turn: that it names, else its place among the lines."""
    named = whole_number(_meta(line, "turn"))
    turn = n_before if named is None else named
    same = same_turn(target.session, turn, text)
    if same is None:
        raise other_session(source.name)
    return turn, same


def _labels(line: dict[str, Any]) -> Iterator[tuple[int, int, str]]:
    for key in _LABELS:
        values = line.get(key)
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                value = [value.get("start_offset"), value.get("end_offset"), value.get("label")]
            if isinstance(value, list) and len(value) == 3 and isinstance(value[2], str):
                start, end = whole_number(value[0]), whole_number(value[1])
                if start is not None and end is not None:
                    yield start, end, value[2]
