"""A report as a Word file (.docx), the same bytes for the same report. Needs the extra `docx` (python-docx)."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from transcript_alliance.errors import OutputError
from transcript_alliance.report.branding import printable
from transcript_alliance.report.chart import Chart
from transcript_alliance.report.document import Block, Bullets, Document, Quoted, Style, Subheading, Table, Text
from transcript_alliance.report.pages import Paper

_SHEETS_MM: Mapping[Paper, tuple[float, float]] = {Paper.A4: (210.0, 297.0), Paper.US_LETTER: (215.9, 279.4)}
"""Width and height."""
_MARGIN_MM = 20.0
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip archive can name: a fixed one, or no two files would be alike."""
_NO_DATE = datetime(2000, 1, 1)
_EXTRA_HINT = "install the extra: pip install 'transcript-alliance[docx]', or take --format html or md"


def render_docx(document: Document, paper: Paper = Paper.A4) -> bytes:
    """The report as the bytes of a .docx; pictures stand as sentences, tables as tables.

    Raises: OutputError NO_DOCX when python-docx is not installed.
    """
    try:
        import docx
        from docx.shared import Mm
    except ImportError:
        raise OutputError("NO_DOCX", "Word files need python-docx.", hint=_EXTRA_HINT) from None
    file: Any = docx.Document()
    width, height = _SHEETS_MM[paper]
    sheet = file.sections[0]
    sheet.page_width, sheet.page_height = Mm(width), Mm(height)
    sheet.left_margin = sheet.right_margin = sheet.top_margin = sheet.bottom_margin = Mm(_MARGIN_MM)
    _properties(file, document)
    file.add_heading(_plain(document.title), 0)
    for line in (document.kicker, " · ".join(document.facts), document.use, document.keep):
        file.add_paragraph(_plain(line))
    for section in document.sections:
        file.add_heading(_plain(section.title), 1)
        for block in section.blocks:
            _RENDERERS[type(block)](file, block)
    file.add_paragraph(_plain(document.footer))
    out = io.BytesIO()
    file.save(out)
    return _undated(out.getvalue())


def _properties(file: Any, document: Document) -> None:
    known = file.core_properties
    known.title, known.author, known.comments = _plain(document.title)[:200], "transcript-alliance", ""
    known.language, known.revision = document.language, 1
    known.created = known.modified = known.last_printed = _NO_DATE


def _undated(content: bytes) -> bytes:
    """The archive with one fixed date for all its parts, in the order they stand."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            entry = zipfile.ZipInfo(part.filename, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(part))
    return out.getvalue()


def _plain(text: str) -> str:
    """`text` without what XML cannot hold."""
    shown = printable(text)
    return shown if isinstance(shown, str) else ""


def _text(file: Any, block: Text) -> None:
    if block.style is Style.SIGN:
        file.add_paragraph(f"{_plain(block.text)}: {'_' * 30}")
        return
    file.add_paragraph(_plain(block.text), style="Intense Quote" if block.style is Style.NOTICE else None)


def _subheading(file: Any, block: Subheading) -> None:
    file.add_heading(_plain(block.text), 2)


def _bullets(file: Any, block: Bullets) -> None:
    for item in block.items:
        file.add_paragraph(_plain(item), style="List Bullet")


def _quoted(file: Any, block: Quoted) -> None:
    file.add_paragraph(f"{_plain(block.text)} ({_plain(block.where)})", style="Quote")


def _table(file: Any, block: Table) -> None:
    file.add_paragraph(_plain(block.caption), style="Caption")
    table = file.add_table(rows=0, cols=len(block.columns), style="Table Grid")
    for row in (block.columns, *block.rows):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = _plain(text)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    file.add_paragraph("")


def _chart(file: Any, block: Chart) -> None:
    for lane in block.lanes:
        file.add_paragraph(_plain(lane.summary), style="List Bullet")


_RENDERERS: Mapping[type[Block], Callable[..., None]] = {
    Text: _text,
    Subheading: _subheading,
    Bullets: _bullets,
    Quoted: _quoted,
    Table: _table,
    Chart: _chart,
}
"""Kind of block -> what sets it."""
