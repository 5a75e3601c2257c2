"""INCEpTION: the annotations of a document exported as UIMA CAS JSON 0.4.0."""

from typing import Any

from transcript_alliance.readers.json_values import read_document
from transcript_alliance.readers.source import Source
from transcript_alliance.store.exports.coding import layout
from transcript_alliance.store.exports.inception import CODE_TYPE
from transcript_alliance.store.imports.found import SameText, Target, malformed, other_session, whole_number
from transcript_alliance.store.marks import Mark, Utf16


def read_inception(source: Source, target: Target) -> list[Mark]:
    """The marks of our layer that a person set: whose feature `origin` is empty or `human`. Offsets are UTF-16 units.

    Raises: DatasetError MALFORMED or OTHER_SESSION.
    """
    value = read_document(source)
    structures = value.get("%FEATURE_STRUCTURES") if isinstance(value, dict) else None
    if isinstance(structures, dict):
        structures = list(structures.values())
    if not isinstance(structures, list):
        hint = "Export the document as UIMA CAS JSON 0.4.0."
        raise malformed("No feature structures were found.", source.name, hint)
    structures = [structure for structure in structures if isinstance(structure, dict)]
    texts = [s["sofaString"] for s in structures if isinstance(s.get("sofaString"), str)]
    laid_out = layout(target.session)
    same = SameText(texts[0], laid_out.text) if texts else None
    if same is None or not same.is_same:
        raise other_session(source.name)
    found, units = [], Utf16(texts[0])
    for structure in structures:
        place = _place(structure, units, same) if structure.get("%TYPE") == CODE_TYPE else None
        turn = laid_out.turn_at(*place) if place is not None else None
        code = structure.get("code")
        if turn is not None and isinstance(code, str) and target.counts(structure.get("origin")):
            found.append(target.mark(*turn, code))
    return found


def _place(structure: dict[str, Any], units: Utf16, same: SameText) -> tuple[int, int] | None:
    begin, end = whole_number(structure.get("begin")), whole_number(structure.get("end"))
    if begin is None or end is None:
        return None
    start, stop = units.code_points(begin), units.code_points(end)
    return None if start is None or stop is None else same.ours(start, stop)
