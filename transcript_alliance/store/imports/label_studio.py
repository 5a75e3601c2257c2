"""Label Studio: the annotations of an export in its own JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from transcript_alliance.errors import DatasetError
from transcript_alliance.readers.json_values import read_document
from transcript_alliance.readers.source import Source
from transcript_alliance.store.exports.label_studio import DIALOGUE
from transcript_alliance.store.imports.found import (
    SameText,
    Target,
    malformed,
    other_session,
    same_turn,
    whole_number,
)
from transcript_alliance.store.marks import Mark, Utf16

_KIND = "paragraphlabels"


def read_label_studio(source: Source, target: Target) -> list[Mark]:
    """The marks that a person set in the task that is the session.

    Offsets are UTF-16 units; where the marked words say that they are code points, as other versions write, those.

    Raises: DatasetError MALFORMED, OTHER_SESSION, or SEVERAL_PEOPLE when more than one annotated the session.
    """
    value = read_document(source)
    tasks = [task for task in (value if isinstance(value, list) else [value]) if isinstance(task, dict)]
    if not any(isinstance(task.get("data"), dict) for task in tasks):
        hint = "Export the project as JSON, not as JSON-MIN."
        raise malformed("No tasks with data were found.", source.name, hint)
    for task in tasks:
        paragraphs = _paragraphs(task, target)
        if paragraphs is not None:
            return [mark for result in _results(task, target, source) for mark in _marks(result, paragraphs, target)]
    raise other_session(source.name)


def _paragraphs(task: dict[str, Any], target: Target) -> list[tuple[str, SameText]] | None:
    """Each paragraph's text beside the turn's; None when the task is another session."""
    data = task.get("data")
    talk = data.get(DIALOGUE) if isinstance(data, dict) else None
    if not isinstance(talk, list) or len(talk) != len(target.session.turns):
        return None
    found = []
    for turn, paragraph in enumerate(talk):
        text = paragraph.get("text") if isinstance(paragraph, dict) else None
        same = same_turn(target.session, turn, text) if isinstance(text, str) else None
        if same is None:
            return None
        found.append((str(text), same))
    return found


def _results(task: dict[str, Any], target: Target, source: Source) -> Iterator[dict[str, Any]]:
    given = [a for a in _objects(task.get("annotations")) if not a.get("was_cancelled")]
    if len(given) > 1:
        what = f"The session has {len(given)} annotations."
        hint = "Export those of one person, and compare each person by themselves."
        raise DatasetError("SEVERAL_PEOPLE", what, where=source.name, hint=hint)
    predictions = _objects(task.get("predictions")) if target.take_all else []
    for annotation in (*given, *predictions):
        yield from (r for r in _objects(annotation.get("result")) if r.get("type") == _KIND)


def _marks(result: dict[str, Any], paragraphs: Sequence[tuple[str, SameText]], target: Target) -> Iterator[Mark]:
    value = result.get("value")
    if not isinstance(value, dict):
        return
    first, last = whole_number(value.get("start")), whole_number(value.get("end"))
    begin, stop = whole_number(value.get("startOffset")), whole_number(value.get("endOffset"))
    if first is None or last is None or begin is None or stop is None or not 0 <= first <= last < len(paragraphs):
        return
    begin, stop = _as_code_points(value.get("text"), paragraphs[first][0], paragraphs[last][0], begin, stop)
    for turn in range(first, last + 1):
        text, same = paragraphs[turn]
        place = same.ours(begin if turn == first else 0, stop if turn == last else len(text))
        codes = value.get(_KIND)
        for code in codes if isinstance(codes, list) else ():
            if place is not None and isinstance(code, str):
                yield target.mark(turn, *place, code)


def _as_code_points(words: Any, first: str, last: str, begin: int, stop: int) -> tuple[int, int]:
    if first == last and isinstance(words, str):
        start, end = Utf16(first).code_points(begin), Utf16(last).code_points(stop)
        if (start is None or first[start:end] != words) and first[begin:stop] == words:
            return begin, stop
    return _or_end(first, begin), _or_end(last, stop)


def _or_end(text: str, units: int) -> int:
    found = Utf16(text).code_points(units)
    return len(text) if found is None else found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
