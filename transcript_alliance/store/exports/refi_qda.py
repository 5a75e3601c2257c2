"""REFI-QDA project (.qdpx) for NVivo, MAXQDA, ATLAS.ti and others: codebook, the session's text, coded selections.

Positions are code points of the whole text. Source: REFI-QDA standard 1.5.
"""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from uuid import NAMESPACE_URL, UUID, uuid5

from transcript_alliance.annotations import Origin
from transcript_alliance.store.exports.coding import Coding, layout
from transcript_alliance.store.exports.markup import xml_attribute, xml_text

_NAMESPACE = "urn:QDA-XML:project:1.0"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip archive can write; the same session gives the same bytes."""
_COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5")


def write_refi_qda(coding: Coding) -> bytes:
    """The project: each code of the codebooks, and the session as one text with its marks.

    Who set a mark (cue, model, human) is its coding's user.
    """
    ids = _Ids(uuid5(NAMESPACE_URL, _safe(f"transcript-alliance:{coding.session.session_id}")))
    text = layout(coding.session).text
    source = ids.of("source")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("project.qde", "\n".join(_project(coding, ids))),
            (f"sources/{source}.txt", text),
        ):
            archive.writestr(zipfile.ZipInfo(name, _DATE), content.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


class _Ids:
    """Identifiers that are the same each time for the same session."""

    def __init__(self, root: UUID) -> None:
        self._root = root

    def of(self, name: str) -> str:
        """The identifier of what is called `name`."""
        return str(uuid5(self._root, _safe(name)))


def _project(coding: Coding, ids: _Ids) -> Iterator[str]:
    name = xml_attribute(coding.session.session_id or "session")
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<Project xmlns="{_NAMESPACE}" name={name} origin="transcript-alliance">'
    yield "<Users>"
    for origin in Origin:
        yield f'<User guid="{ids.of(f"user {origin}")}" name="{origin.value}"/>'
    yield "</Users>"
    yield "<CodeBook><Codes>"
    for number, code in enumerate(coding.code_ids):
        known = coding.codes.get(code)
        colour = _COLOURS[number % len(_COLOURS)]
        about = f"{known.label}. {known.definition}" if known else ""
        yield (
            f'<Code guid="{ids.of(f"code {code}")}" name={xml_attribute(code)} isCodable="true" color="{colour}">'
            f"<Description>{xml_text(about)}</Description></Code>"
        )
    yield "</Codes></CodeBook>"
    yield "<Sources>"
    source = ids.of("source")
    yield f'<TextSource guid="{source}" name={name} plainTextPath="internal://{source}.txt">'
    yield from _selections(coding, ids)
    yield "</TextSource></Sources>"
    yield "</Project>"
    yield ""


def _selections(coding: Coding, ids: _Ids) -> Iterator[str]:
    starts = layout(coding.session).starts
    for number, mark in enumerate(coding.marks):
        start, end = starts[mark.turn] + mark.start, starts[mark.turn] + mark.end
        yield (
            f'<PlainTextSelection guid="{ids.of(f"selection {number}")}" name={xml_attribute(mark.code)} '
            f'startPosition="{start}" endPosition="{end}">'
            f'<Coding guid="{ids.of(f"coding {number}")}" creatingUser="{ids.of(f"user {mark.origin}")}">'
            f'<CodeRef targetGUID="{ids.of(f"code {mark.code}")}"/></Coding></PlainTextSelection>'
        )


def _safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
