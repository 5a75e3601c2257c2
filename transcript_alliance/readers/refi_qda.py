"""REFI-QDA projects (.qdpx), which NVivo, MAXQDA, ATLAS.ti and others exchange: their plain texts, each a session.

Source: REFI-QDA standard 1.5. A project is a zip archive with `project.qde` (XML) and the folder `sources`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.archive import Archive, is_archive, open_archive
from transcript_alliance.readers.decode import decode
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.plain import read_plain
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.speakers import show_label

_PROJECT = "project.qde"
_INTERNAL = "internal://"
_SOURCES = "sources/"
_TEXTS = ("TextSource", "Transcript", "Representation")
"""Elements that stand for a text: a document, what was said in a recording, the text of a PDF."""


@dataclass(slots=True)
class _Text:
    name: str
    path: str
    """As the project names it; empty when the text stands in the project itself."""
    inline: str = ""


class _Project:
    """The texts of the project, in order."""

    def __init__(self) -> None:
        self.texts: list[_Text] = []
        self.is_project = False
        self._inline: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take in an element's attributes."""
        name = local_name(tag)
        if name == "Project":
            self.is_project = True
        elif name in _TEXTS:
            title = attributes.get("name", "").strip() or f"text {len(self.texts) + 1}"
            self.texts.append(_Text(title, attributes.get("plainTextPath", "")))
        elif name == "PlainTextContent":
            self._inline = []

    def data(self, text: str) -> None:
        """Take in a text that stands in the project itself."""
        if self._inline is not None:
            self._inline.append(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        if local_name(tag) == "PlainTextContent" and self._inline is not None:
            if self.texts:
                self.texts[-1].inline = "".join(self._inline)
            self._inline = None


def read_refi_qda(source: Source, columns: Columns) -> Draft:
    """The labelled turns of the project's one text, or of that named by `source.session`; lines are those of the text.

    Codings are left out.

    Raises: DocumentError of `open_archive` and `walk_xml`, WRONG_FORMAT for another kind of archive, NO_TURNS when
    the project holds no text, SEVERAL_SESSIONS or NO_SUCH_SESSION; and what `read_plain` raises.
    """
    tally = Tally()
    texts = _texts(source, tally)
    if not texts:
        what = "The project holds no plain text."
        hint = "Export it with its documents, or save the transcript as .txt."
        raise DocumentError("NO_TURNS", what, where=source.name, hint=hint)
    if source.session and source.session not in texts:
        what = f"There is no text {show_label(source.session)!r} in the project."
        raise DocumentError("NO_SUCH_SESSION", what, where=source.name)
    if not source.session and len(texts) > 1:
        what = f"The project holds {len(texts):,} texts."
        hint = f"Name one after a #: {source.name}#NAME. The command `check` lists them."
        raise DocumentError("SEVERAL_SESSIONS", what, where=source.name, hint=hint)
    name = source.session or next(iter(texts))
    draft = read_plain(replace(source, text=texts[name]), columns)
    tally.add_all(draft.notes)
    return Draft(draft.turns, tally.notes(), session=source.session)


def text_names(source: Source) -> tuple[str, ...]:
    """The names of the project's texts, in order.

    Raises: DocumentError of `open_archive` and `walk_xml`, WRONG_FORMAT for another kind of archive.
    """
    return tuple(_texts(source, Tally()))


def _texts(source: Source, tally: Tally) -> dict[str, str]:
    """Name -> words of each text that holds any; of two with one name the second gets a number."""
    archive = open_archive(source)
    if _PROJECT not in archive.names:
        raise _not_a_project(source)
    project = _Project()
    walk_xml(archive.read(_PROJECT), project, source.name, "such a program")
    if not project.is_project:
        raise _not_a_project(source)
    parts = {name.casefold(): name for name in archive.names}
    found: dict[str, str] = {}
    for number, text in enumerate(project.texts, 1):
        content = _content(text, archive, parts, tally)
        if content.strip():
            found[text.name if text.name not in found else f"{text.name} ({number})"] = content
    return found


def _content(text: _Text, archive: Archive, parts: Mapping[str, str], tally: Tally) -> str:
    """The words of a text; empty, with a note, when they stand outside the archive or are missing from it."""
    if not text.path:
        return text.inline
    part = parts.get(f"{_SOURCES}{text.path.removeprefix(_INTERNAL)}".casefold())
    if not text.path.startswith(_INTERNAL) or part is None:
        tally.add("W_SKIPPED")
        return text.inline
    decoded = decode(archive.read(part), archive.source.name)
    tally.add_all(decoded.notes)
    return decoded.text


def _not_a_project(source: Source) -> DocumentError:
    what = "This is not a REFI-QDA project."
    return DocumentError("WRONG_FORMAT", what, where=source.name, hint="Export it as a REFI-QDA project (.qdpx).")


def _sniff(source: Source) -> bool:
    # The names of the parts are not packed.
    return is_archive(source) and _PROJECT.encode() in source.data


READER = Reader(
    id="refi_qda",
    label="REFI-QDA project (NVivo, MAXQDA, ATLAS.ti)",
    suffixes=(".qdpx",),
    sniff=_sniff,
    read=read_refi_qda,
    sample="session.qdpx",
    sessions=text_names,
)
