"""Label Studio: a task whose dialogue is the session, the marks as predictions to correct, and the labelling set-up.

Offsets are UTF-16 units within the paragraph, as browsers count.
"""

import json
from typing import Any

from transcript_alliance.annotations import Origin
from transcript_alliance.store.exports.coding import Coding, speaker_label
from transcript_alliance.store.exports.markup import xml_attribute
from transcript_alliance.store.marks import Mark, Utf16, turn_text

LABELS, DIALOGUE = "codes", "dialogue"
"""Names of the labels and of the talk in the set-up."""


def write_label_studio(coding: Coding) -> dict[str, bytes]:
    """`tasks.json` to import into a project, and `labelling.xml`, its labelling set-up.

    Marks of a cue or the model are predictions, one set for each; those of a person are an annotation.
    """
    session = coding.session
    by_origin = {origin: [mark for mark in coding.marks if mark.origin is origin] for origin in Origin}
    human = by_origin.pop(Origin.HUMAN)
    names = {Origin.CUE: "cue", Origin.MODEL: coding.coded.provenance.model or "model"}
    task: dict[str, Any] = {
        "data": {
            "session": session.session_id,
            DIALOGUE: [
                {"author": speaker_label(session, n), "text": turn_text(session, n), "turn": n}
                for n in range(len(session.turns))
            ],
        },
        "predictions": [
            {"model_version": names[origin], "result": _results(coding, marks)}
            for origin, marks in by_origin.items()
            if marks
        ],
        "annotations": [{"result": _results(coding, human)}] if human else [],
    }
    # In ASCII, since a session's name may hold half a character.
    return {"tasks.json": json.dumps([task], indent=1).encode(), "labelling.xml": _set_up(coding).encode()}


def _results(coding: Coding, marks: list[Mark]) -> list[dict[str, Any]]:
    return [_result(mark, turn_text(coding.session, mark.turn), n) for n, mark in enumerate(marks)]


def _result(mark: Mark, text: str, number: int) -> dict[str, Any]:
    return {
        "id": f"{mark.origin.value}{number}",
        "from_name": LABELS,
        "to_name": DIALOGUE,
        "type": "paragraphlabels",
        "score": mark.score,
        "value": {
            "start": str(mark.turn),
            "end": str(mark.turn),
            "startOffset": Utf16(text).units(mark.start),
            "endOffset": Utf16(text).units(mark.end),
            "text": text[mark.start : mark.end],
            "paragraphlabels": [mark.code],
        },
    }


def _set_up(coding: Coding) -> str:
    labels = "\n".join(
        f"    <Label value={xml_attribute(code)} hint={xml_attribute(coding.codes[code].label)}/>"
        if code in coding.codes
        else f"    <Label value={xml_attribute(code)}/>"
        for code in coding.code_ids
    )
    return (
        "<View>\n"
        f'  <ParagraphLabels name="{LABELS}" toName="{DIALOGUE}">\n{labels}\n  </ParagraphLabels>\n'
        f'  <Paragraphs name="{DIALOGUE}" value="${DIALOGUE}" layout="dialogue" nameKey="author" textKey="text"/>\n'
        "</View>\n"
    )
