"""Excel workbooks (.xlsx): the one sheet that has columns for speaker and text."""

import re
from collections.abc import Sequence

from transcript_alliance.errors import DocumentError, TableError
from transcript_alliance.readers.archive import is_archive, open_archive
from transcript_alliance.readers.cells import Row
from transcript_alliance.readers.columns import knows_header
from transcript_alliance.readers.isolated import run_isolated
from transcript_alliance.readers.limits import MAX_COLUMNS, MAX_LINE_CHARS
from transcript_alliance.readers.reader import Columns, Draft, Reader
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.table import read_rows

_PARTS = (b"xl/workbook", b"xl/worksheets", b"xl/sharedStrings")
_HEADER_WITHIN = 20
"""Rows above the header are the workbook's title, date and the like; no more than these. Source: our choice."""
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def read_xlsx(source: Source, columns: Columns) -> Draft:
    """The turns of an Excel workbook: the rows of its one sheet with a header that names speaker and text.

    A formula counts as the value that Excel saved with it. Hidden sheets are not read.

    Raises: DocumentError of `open_archive` and `run_isolated`, WRONG_FORMAT for another kind of archive; TableError
    COLUMNS, LIMIT, NO_TURNS, or SEVERAL_SESSIONS when several sheets hold talk.
    """
    archive = open_archive(source)
    if not any(name.startswith("xl/worksheets/") for name in archive.names):
        what = "This is an Excel workbook, but without any sheet that can be read."
        raise DocumentError("WRONG_FORMAT", what, where=source.name, hint="Save it as CSV UTF-8.")
    sheets: list[list[list[str]]] = run_isolated("xlsx", source, "an Excel workbook")
    tables = [_rows(sheet, source) for sheet in sheets]
    filled = [table for table in tables if table]
    headed = [found for table in filled if (found := _from_header(table, columns))]
    if len(headed) > 1:
        what = f"There is talk on {len(headed)} sheets."
        raise TableError("SEVERAL_SESSIONS", what, where=source.name, hint="Save each as a file of its own.")
    if not filled:
        raise TableError("NO_TURNS", "The workbook has no rows.", where=source.name)
    return read_rows(source, headed[0] if headed else filled[0], columns)


def _rows(sheet: Sequence[Sequence[str]], source: Source) -> list[Row]:
    """The rows that hold anything, each with its number in the sheet."""
    rows = []
    for number, cells in enumerate(sheet, 1):
        if len(cells) > MAX_COLUMNS or any(len(cell) > MAX_LINE_CHARS for cell in cells):
            what = f"A row has more than {MAX_COLUMNS:,} cells, or a cell is too long."
            raise TableError("LIMIT", what, where=f"{source.name} row {number}")
        if any(cell.strip() for cell in cells):
            rows.append(Row(number, tuple(_ESCAPE.sub(_character, cell) for cell in cells)))
    return rows


def _character(escape: re.Match[str]) -> str:
    # Excel writes characters that XML cannot hold as _x000D_.
    return chr(int(escape.group(1), 16))


def _from_header(rows: Sequence[Row], columns: Columns) -> Sequence[Row]:
    """The rows from the header on; none when there is no header."""
    start = next((n for n, row in enumerate(rows[:_HEADER_WITHIN]) if knows_header(row.cells, columns)), None)
    return [] if start is None else rows[start:]


def _sniff(source: Source) -> bool:
    if not is_archive(source):
        return False
    return any(part in source.data for part in _PARTS) or source.suffix in READER.suffixes


READER = Reader(
    id="xlsx",
    label="Excel workbook",
    suffixes=(".xlsx", ".xlsm"),
    sniff=_sniff,
    read=read_xlsx,
    sample="session.xlsx",
)
