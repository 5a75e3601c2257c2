"""INCEpTION: a UIMA CAS in JSON, and the type system that its layer is made from.

Offsets are UTF-16 units of the whole text, as Java counts. Source: UIMA JSON CAS 0.4.0.
"""

import json
from typing import Any

from transcript_alliance.store.exports.coding import Coding, layout
from transcript_alliance.store.marks import Mark, Utf16

CODE_TYPE = "custom.TranscriptCode"
"""The layer's name; INCEpTION has those of users under `custom`."""
_FEATURES = {
    "code": ("uima.cas.String", "Id of the code in its codebook."),
    "origin": ("uima.cas.String", "Who set it: cue, model or human."),
    "score": ("uima.cas.Double", "Probability, 0-1; 1 for a cue or a human."),
}
_SOFA, _DOCUMENT, _FIRST = 1, 2, 3


def write_inception(coding: Coding) -> dict[str, bytes]:
    """`session.json`, the session with its marks, and `typesystem.xml`, to make the layer of the project from."""
    laid_out = layout(coding.session)
    text = laid_out.text
    units = Utf16(text).units

    def place(mark: Mark) -> tuple[int, int]:
        start = laid_out.starts[mark.turn]
        return units(start + mark.start), units(start + mark.end)

    structures: list[dict[str, Any]] = [
        {
            "%ID": _SOFA,
            "%TYPE": "uima.cas.Sofa",
            "sofaNum": 1,
            "sofaID": "_InitialView",
            "mimeType": "text",
            "sofaString": text,
        },
        {
            "%ID": _DOCUMENT,
            "%TYPE": "uima.tcas.DocumentAnnotation",
            "@sofa": _SOFA,
            "begin": 0,
            "end": units(len(text)),
            "language": "en",
        },
    ]
    for number, mark in enumerate(coding.marks, _FIRST):
        begin, end = place(mark)
        values = {"code": mark.code, "origin": mark.origin.value, "score": mark.score}
        head = {"%ID": number, "%TYPE": CODE_TYPE, "@sofa": _SOFA, "begin": begin, "end": end}
        structures.append(head | values)
    members = [structure["%ID"] for structure in structures[1:]]
    cas = {
        "%TYPES": {CODE_TYPE: _json_type()},
        "%FEATURE_STRUCTURES": structures,
        "%VIEWS": {"_InitialView": {"%SOFA": _SOFA, "%MEMBERS": members}},
    }
    return {"session.json": json.dumps(cas, indent=1).encode(), "typesystem.xml": _type_system().encode()}


def _json_type() -> dict[str, Any]:
    features = {name: {"%NAME": name, "%RANGE": range_} for name, (range_, _) in _FEATURES.items()}
    return {"%NAME": CODE_TYPE, "%SUPER_TYPE": "uima.tcas.Annotation", **features}


def _type_system() -> str:
    features = "".join(
        f"        <featureDescription><name>{name}</name><description>{about}</description>"
        f"<rangeTypeName>{range_}</rangeTypeName></featureDescription>\n"
        for name, (range_, about) in _FEATURES.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier">\n'
        "  <types>\n    <typeDescription>\n"
        f"      <name>{CODE_TYPE}</name>\n"
        "      <description>A code on words of a turn.</description>\n"
        "      <supertypeName>uima.tcas.Annotation</supertypeName>\n"
        f"      <features>\n{features}      </features>\n"
        "    </typeDescription>\n  </types>\n</typeSystemDescription>\n"
    )
