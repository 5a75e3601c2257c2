"""Rich text (RTF): the text as it stands once all tracked changes are accepted.

Own, because the usual library keeps deleted and hidden words. Source: Rich Text Format specification 1.9.1.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.document import Blocks, read_blocks
from transcript_alliance.readers.limits import MAX_DEPTH
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source

_MARK = b"{\\rtf"
# A control word, a byte in hexadecimal, a control symbol, a brace, the end of a line (means nothing), talk.
_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.S
)
_MAX_TOKENS = 5_000_000
"""A long session in Word's own RTF has some hundred thousand."""
_NO_TEXT = frozenset(
    b"fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf footnote "
    b"annotation atnid atnauthor atntime atnref fldinst listtable listoverridetable revtbl rsidtbl object shpinst "
    b"sp template themedata latentstyles datastore generator pntext pntxta pntxtb xe tc txe rxe bkmkstart bkmkend "
    b"nonesttables".split()
)
"""Groups that hold no talk, in writers that do not mark them with an asterisk too."""
_AS_TEXT: Mapping[bytes, str] = {
    b"tab": "\t", b"line": "\n", b"lbr": "\n", b"emdash": "\u2014", b"endash": "\u2013", b"lquote": "\u2018",
    b"rquote": "\u2019", b"ldblquote": "\u201c", b"rdblquote": "\u201d", b"bullet": "\u2022", b"emspace": " ",
    b"enspace": " ", b"qmspace": " ", b"page": "\n", b"nestcell": "\t", b"nestrow": "\n",
}  # fmt: skip
_SYMBOLS: Mapping[bytes, str] = {b"~": "\u00a0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\t": "\t"}
_PARAGRAPH_ENDS = (b"par", b"sect")
_SYMBOL_ENDS = (b"\n", b"\r")
_HIDES = (b"v", b"deleted", b"webhidden")
_RESETS = (b"plain",)
_CODE_PAGES = {0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253",
               162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
               238: "cp1250"}  # fmt: skip
"""Charset of a font -> Python's name of its code page."""


def read_rtf(source: Source, columns: Columns) -> Draft:
    """The turns of a rich text document, from its paragraphs and tables in order.

    Raises: DocumentError WRONG_FORMAT for what is no RTF, LIMIT for groups nested too deeply, TRUNCATED when the
    document does not end; and what `read_blocks` raises.
    """
    if not _sniff(source):
        what = "The content is not that of a rich text document."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it again from its program.")
    tally = Tally()
    walk = _Walk(Blocks(source.name))
    walk.read(source.data)
    if walk.outer:
        tally.add("W_TRUNCATED")
    if walk.n_hidden:
        tally.add("W_TRACKED_CHANGES", count=walk.n_hidden)
    draft = read_blocks(walk.blocks.found(), source, columns)
    tally.add_all(draft.notes)
    return Draft(draft.turns, tally.notes())


@dataclass(frozen=True, slots=True)
class _State:
    """What a closing brace brings back."""

    is_talk: bool = True
    is_hidden: bool = False
    n_replaced: int = 1
    """Characters that follow each `\\u` for programs that know no Unicode."""
    font: int = -1


class _Walk:
    """Goes through the tokens and hands paragraphs and tables to `blocks`."""

    def __init__(self, blocks: Blocks) -> None:
        self.blocks = blocks
        self.n_hidden = 0
        self.outer: list[_State] = []
        self._state = _State()
        self._parts: list[str] = []
        self._bytes = bytearray()
        """Of a code page, not yet decoded: a character may need two."""
        self._skip = 0
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._in_fonts = False
        self._in_table = False
        self._in_cell = False
        """Text of a table says so anew in each paragraph; the first one that does not stands after the table."""

    def read(self, data: bytes) -> None:
        """Read the whole document; stops at the brace that closes it."""
        for word, number, byte, symbol, brace, text in _tokens(data, self.blocks.name):
            if brace == b"{":
                self._open()
            elif brace:
                self._close()
                if not self.outer:
                    break
            elif word:
                self._word(word, int(number) if number else None)
            elif byte:
                self._add_bytes(bytes((int(byte, 16),)))
            elif symbol:
                self._symbol(symbol)
            elif text:
                self._add_bytes(text)
        self._end_paragraph(only_if_filled=True)

    def _open(self) -> None:
        self._decode()
        if len(self.outer) >= MAX_DEPTH:
            what = "The document's structure is nested too deeply to be a transcript."
            raise DocumentError("LIMIT", what, where=self.blocks.name)
        self.outer.append(self._state)
        self._skip = 0

    def _close(self) -> None:
        self._decode()
        if self.outer:
            self._state = self.outer.pop()
        self._skip = 0

    def _word(self, word: bytes, number: int | None) -> None:
        if word == b"u" and number is not None:
            self._unicode(number)
            return
        self._decode()
        self._skip = 0
        if word in _NO_TEXT:
            self._in_fonts = word == b"fonttbl"
            self._state = replace(self._state, is_talk=False)
        elif word in _HIDES:
            self._state = replace(self._state, is_hidden=number != 0)
        elif word in _RESETS:
            self._state = replace(self._state, is_hidden=False)
        elif word == b"uc":
            self._state = replace(self._state, n_replaced=min(max(number or 0, 0), 100))
        elif word == b"f":
            self._state = replace(self._state, font=-1 if number is None else number)
        elif word == b"fcharset" and self._in_fonts:
            self._fonts[self._state.font] = _CODE_PAGES.get(number or 0, "cp1252")
        elif word == b"ansicpg" and number is not None:
            self._code_page = _known(f"cp{number}")
        elif word == b"mac":
            self._code_page = "mac-roman"
        elif self._state.is_talk:
            self._structure(word)

    def _structure(self, word: bytes) -> None:
        """The words that end paragraphs, cells and rows, and those that stand for a character."""
        if word in _AS_TEXT:
            self._add(_AS_TEXT[word])
        elif word in _PARAGRAPH_ENDS:
            self._end_paragraph()
        elif word == b"trowd" and not self._in_table:
            self._end_paragraph(only_if_filled=True)
            self._in_table = self._in_cell = True
            self.blocks.begin_table()
        elif word == b"pard":
            self._in_cell = False
        elif word == b"intbl":
            self._in_cell = True
        elif word == b"cell" and self._in_table:
            self._in_cell = True
            self._end_paragraph(only_if_filled=True)
            self.blocks.end_cell()
        elif word == b"row" and self._in_table:
            self.blocks.end_row()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            # A group that older programs may leave out holds nothing that was said.
            self._state = replace(self._state, is_talk=False)
        elif symbol in _SYMBOL_ENDS and self._state.is_talk:
            self._decode()
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            self._decode()
            self._add(_SYMBOLS[symbol])

    def _unicode(self, number: int) -> None:
        self._decode()
        # Numbers above 32,767 are written as negative ones; what is above 65,535 comes in two halves.
        self._add(chr(number % 65_536))
        self._skip = self._state.n_replaced

    def _add_bytes(self, data: bytes) -> None:
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        self._bytes += data[skipped:]

    def _decode(self) -> None:
        if self._bytes:
            encoding = self._fonts.get(self._state.font, self._code_page)
            self._add(self._bytes.decode(encoding, "replace"))
            self._bytes.clear()

    def _add(self, text: str) -> None:
        if not self._state.is_talk:
            return
        if self._state.is_hidden:
            self.n_hidden += 1
            return
        self._parts.append(text)

    def _end_paragraph(self, *, only_if_filled: bool = False) -> None:
        self._decode()
        text = "".join(self._parts).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._parts.clear()
        if only_if_filled and not text:
            return
        if self._in_table and not self._in_cell:
            self.blocks.end_table()
            self._in_table = False
        self.blocks.paragraph(text)


_Token = tuple[bytes | None, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None]


def _tokens(data: bytes, where: str) -> Iterator[_Token]:
    """Control word and its number, byte, control symbol, brace or talk; one of them in each token."""
    at = 0
    for _ in range(_MAX_TOKENS):
        found = _TOKEN.match(data, at)
        if found is None:
            return
        at = found.end()
        word, number, *_ = token = found.groups()
        if word == b"bin" and number:
            at += max(0, int(number))  # a picture's bytes, which may look like anything
        yield token  # type: ignore[misc]
    what = f"The document has more parts than the limit ({_MAX_TOKENS:,})."
    raise DocumentError("LIMIT", what, where=where)


def _known(encoding: str) -> str:
    """The encoding if Python has it, else that of most such documents."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"


def _sniff(source: Source) -> bool:
    return source.data.startswith(_MARK)


READER = Reader(
    id="rtf",
    label="Rich text document",
    suffixes=(".rtf",),
    sniff=_sniff,
    read=read_rtf,
    sample="session.rtf",
)
