"""OpenDocument text (.odt): the text as it stands once all tracked changes are accepted.

Source: OASIS OpenDocument 1.3, part 3, sections 5, 6 and 9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.archive import is_archive, open_archive
from transcript_alliance.readers.document import Blocks, read_blocks
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source

_PART = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_PARAGRAPHS = frozenset(("p", "h"))
_LEFT_OUT = frozenset(
    ("tracked-changes", "note", "annotation", "hidden-text", "hidden-paragraph", "ruby-text", "title", "desc")
)
_MAX_BLANKS = 1_000
"""One element may stand for many blanks or for many equal rows; more than this is no talk."""


def read_odt(source: Source, columns: Columns) -> Draft:
    """The turns of an OpenDocument text, from its paragraphs and tables in order.

    Raises: DocumentError of `open_archive` and `walk_xml`, WRONG_FORMAT for another kind of archive, ENCRYPTED;
    and what `read_blocks` raises.
    """
    archive = open_archive(source)
    if _PART not in archive.names:
        what = "This is a zip archive, but not an OpenDocument text."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it again as .odt.")
    if _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST):
        what = "The document is protected by a password."
        raise DocumentError("ENCRYPTED", what, where=source.name, hint="Save it without a password.")
    text = _Text(Blocks(source.name))
    walk_xml(archive.read(_PART), text, source.name, "OpenOffice")
    if not text.is_document:
        what = "This is not an OpenDocument text."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it as .odt, .docx or .txt.")
    tally = Tally()
    if text.n_changes:
        tally.add("W_TRACKED_CHANGES", count=text.n_changes)
    draft = read_blocks(text.blocks.found(), source, columns)
    tally.add_all(draft.notes)
    return Draft(draft.turns, tally.notes())


@dataclass(slots=True)
class _Text:
    """Walks through the body and hands each paragraph and table to `blocks`."""

    blocks: Blocks
    n_changes: int = 0
    is_document: bool = False
    _path: list[str] = field(default_factory=list)
    _paragraphs: list[list[str]] = field(default_factory=list)
    """More than one while a text box stands within a paragraph."""
    _skipped_at: int = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = local_name(tag)
        self._path.append(name)
        if name == "changed-region":
            self.n_changes += 1
        if self._skipped_at:
            return
        if name in _LEFT_OUT:
            self._skipped_at = len(self._path)
        elif name == "text" and self._path[-2:-1] == ["body"]:
            self.is_document = True
        elif name in _PARAGRAPHS:
            self._paragraphs.append([])
        elif name == "table":
            self.blocks.begin_table()
        elif name == "s":
            self._add(" " * _count(attributes, "c"))
        elif name in ("tab", "line-break"):
            self._add("\t" if name == "tab" else "\n")

    def data(self, text: str) -> None:
        if not self._skipped_at and self._paragraphs:
            self._add(text.replace("\n", " "))

    def end(self, tag: str) -> None:  # noqa: ARG002 - the path knows the name
        name = self._path.pop()
        if self._skipped_at:
            if len(self._path) < self._skipped_at:
                self._skipped_at = 0
            return
        if name in _PARAGRAPHS and self._paragraphs:
            self.blocks.paragraph("".join(self._paragraphs.pop()))
        elif name == "table-cell":
            self.blocks.end_cell()
        elif name == "table-row":
            self.blocks.end_row()
        elif name == "table":
            self.blocks.end_table()

    def _add(self, text: str) -> None:
        if self._paragraphs:
            self._paragraphs[-1].append(text)


def _count(attributes: Mapping[str, str], name: str) -> int:
    value = next((value for key, value in attributes.items() if local_name(key) == name), "1")
    return min(int(value), _MAX_BLANKS) if value.isascii() and value.isdigit() and len(value) < 9 else 1


def _sniff(source: Source) -> bool:
    return is_archive(source) and (b"opendocument.text" in source.data[:200] or source.suffix in READER.suffixes)


READER = Reader(
    id="odt",
    label="OpenDocument text",
    suffixes=(".odt",),
    sniff=_sniff,
    read=read_odt,
    sample="session.odt",
)
