"""Word documents (.docx): the text as it stands once all tracked changes are accepted.

Read from `word/document.xml` alone: headers, footers, footnotes and comments are other parts and are not opened.
Source: ECMA-376 part 1, section 17.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.archive import Archive, is_archive, open_archive
from transcript_alliance.readers.document import Blocks, read_blocks
from transcript_alliance.readers.markup import local_name, walk_xml
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source

_USUAL_PART = "word/document.xml"
_NAMESPACES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_CHOICE_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DELETED = frozenset(("del", "moveFrom"))
_CHANGED = _DELETED | {"ins", "moveTo"}
_LEFT_OUT = frozenset(("del", "moveFrom", "rt", "instrText", "delText"))
_AS_TEXT: Mapping[str, str] = {"br": "\n", "cr": "\n", "tab": "\t", "ptab": "\t", "noBreakHyphen": "-"}
_OFF = ("0", "false", "off")


def read_docx(source: Source, columns: Columns) -> Draft:
    """The turns of a Word document, from its paragraphs and tables in order.

    Tracked insertions are kept; deletions, hidden text and empty form fields are left out.

    Raises: DocumentError of `open_archive` and `walk_xml`, WRONG_FORMAT for another kind of archive; and what
    `read_blocks` raises.
    """
    archive = open_archive(source)
    tally = Tally()
    text = _Text(Blocks(source.name))
    walk_xml(archive.read(_main_part(archive, tally)), text, source.name, "Word")
    if not text.is_document:
        raise DocumentError("WRONG_FORMAT", "This is not a Word document.", where=source.name)
    if text.n_changes:
        tally.add("W_TRACKED_CHANGES", count=text.n_changes)
    draft = read_blocks(text.blocks.found(), source, columns)
    tally.add_all(draft.notes)
    return Draft(draft.turns, tally.notes())


def _main_part(archive: Archive, tally: Tally) -> str:
    """Name of the part that holds the text, as the package says; links to the outside are noted, never followed."""
    links = _Links()
    for name in sorted(archive.names):
        if name == "_rels/.rels" or (name.startswith("word/_rels/") and name.endswith(".rels")):
            walk_xml(archive.read(name), links, archive.source.name, "Word")
    if links.n_external:
        tally.add("W_EXTERNAL_LINK", count=links.n_external)
    if links.main in archive.names:
        return links.main
    if _USUAL_PART not in archive.names:
        what = "This is a zip archive, but not a Word document."
        raise DocumentError("WRONG_FORMAT", what, where=archive.source.name, hint="Save it again as .docx.")
    return _USUAL_PART


class _Links:
    """The main part and the links to web addresses, from the parts that list relations."""

    def __init__(self) -> None:
        self.main = ""
        self.n_external = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if local_name(tag) != "Relationship":
            return
        kind = attributes.get("Type", "").rpartition("/")[2]
        # A link that a reader of the document would click is no danger and no news.
        if attributes.get("TargetMode") == "External" and kind != "hyperlink":
            self.n_external += 1
        elif kind == "officeDocument":
            self.main = attributes.get("Target", "").lstrip("/")

    def data(self, text: str) -> None:
        pass

    def end(self, tag: str) -> None:
        pass


@dataclass(slots=True)
class _Paragraph:
    parts: list[str] = field(default_factory=list)
    goes_on: bool = False
    """Its mark was deleted, so the next paragraph continues it."""


@dataclass(slots=True)
class _Text:
    """Walks through the body and hands each paragraph and table to `blocks`."""

    blocks: Blocks
    n_changes: int = 0
    is_document: bool = False
    _path: list[str] = field(default_factory=list)
    _paragraphs: list[_Paragraph] = field(default_factory=list)
    """More than one while a text box stands within a paragraph."""
    _skipped_at: int = 0
    """Depth of the element whose whole content is left out; 0 when none is."""
    _row_is_deleted: bool = False
    _carried: str = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = self._plain(tag)
        self._path.append(name)
        parent = self._path[-2] if len(self._path) > 1 else ""
        if not parent:
            self.is_document = name == "document"
        if name in _CHANGED:
            self.n_changes += 1
        if self._skipped_at:
            return
        if parent == "trPr" and name in _DELETED:
            self._row_is_deleted = True
        elif parent == "rPr" and name in _DELETED and self._paragraphs:
            self._paragraphs[-1].goes_on = True
        elif name in _LEFT_OUT or tag == _CHOICE_FALLBACK:
            self._skipped_at = len(self._path)
        elif name == "showingPlcHdr" and parent == "sdtPr":
            self._skipped_at = len(self._path) - 2  # the prompt of a field that nobody filled in
        elif name == "vanish" and parent == "rPr" and self._is_run() and self._value(attributes) not in _OFF:
            self.n_changes += 1
            self._skipped_at = len(self._path) - 2  # the run
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "tbl":
            self.blocks.begin_table()
        elif parent == "r" and name in _AS_TEXT:
            self._add(_AS_TEXT[name])

    def data(self, text: str) -> None:
        if not self._skipped_at and self._path and self._path[-1] == "t":
            self._add(text)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the path knows the name
        name = self._path.pop()
        if self._skipped_at:
            if len(self._path) < self._skipped_at:
                self._skipped_at = 0
            return
        if name == "p" and self._paragraphs:
            paragraph = self._paragraphs.pop()
            text = self._carried + "".join(paragraph.parts)
            self._carried = text if paragraph.goes_on else ""
            if not paragraph.goes_on:
                self.blocks.paragraph(text)
        elif name == "tc":
            self._let_go()
            self.blocks.end_cell()
        elif name == "tr":
            self.blocks.end_row(is_deleted=self._row_is_deleted)
            self._row_is_deleted = False
        elif name == "tbl":
            self.blocks.end_table()
        elif name == "body":
            self._let_go()

    def _let_go(self) -> None:
        """A paragraph that should have gone on, and nothing follows."""
        if self._carried:
            self.blocks.paragraph(self._carried)
            self._carried = ""

    def _add(self, text: str) -> None:
        if self._paragraphs:
            self._paragraphs[-1].parts.append(text)

    def _is_run(self) -> bool:
        return len(self._path) > 2 and self._path[-3] == "r"

    def _plain(self, tag: str) -> str:
        """The name of one of Word's own elements; another's keeps its namespace and so is none of ours."""
        return next((tag[len(space) :] for space in _NAMESPACES if tag.startswith(space)), tag)

    def _value(self, attributes: Mapping[str, str]) -> str:
        return next((value for key, value in attributes.items() if local_name(key) == "val"), "")


def _sniff(source: Source) -> bool:
    if not is_archive(source):
        return False
    return b"word/document" in source.data or source.suffix in READER.suffixes


READER = Reader(
    id="docx",
    label="Word document",
    suffixes=(".docx", ".docm"),
    sniff=_sniff,
    read=read_docx,
    sample="session.docx",
)
