"""The cells of a delimited text, with the line of each row: RFC 4180, strict about quotation marks.

Python's own `csv` takes a quotation mark that is never closed for a very long cell, says nothing, and keeps
its longest cell in a setting of the whole process. A missing mark glues two people's turns together, so here
it is an error that names the line where the row begins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transcript_alliance.errors import TableError
from transcript_alliance.readers.limits import MAX_COLUMNS, MAX_LINE_CHARS

_BLANKS_AND_MARK = re.compile(' *"')


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank."""

    line: int
    """1-based line of the file where it starts."""
    cells: tuple[str, ...]


def rows(text: str, delimiter: str, where: str, *, quoted: bool = True) -> Iterator[Row]:
    """The rows of `text`; with `quoted=False` a quotation mark is a character like any other.

    Raises: TableError MALFORMED for a quotation mark that is not closed, LIMIT for a cell too long.

    >>> [row.cells for row in rows('a,"b ""c"", d"\\n', ",", "s.csv")]
    [('a', 'b "c", d')]
    """
    if "\n" not in text:
        text = text.replace("\r", "\n")
    at, line = 0, 1
    while at < len(text):
        cells: list[str] = []
        place, begin, more = f"{where} line {line}", at, True
        while more:
            mark = _BLANKS_AND_MARK.match(text, at) if quoted else None
            find = _plain_cell if mark is None else _quoted_cell
            cell, at = find(text, at if mark is None else mark.end(), delimiter, place)
            if len(cell) > MAX_LINE_CHARS:
                what = f"A cell is longer than the limit ({MAX_LINE_CHARS:,} characters)."
                raise TableError("LIMIT", what, where=place)
            if len(cells) == MAX_COLUMNS:
                raise TableError("LIMIT", f"The row has more cells than the limit ({MAX_COLUMNS:,}).", where=place)
            cells.append(cell)
            more = text.startswith(delimiter, at)
            at += 1
        if any(cell.strip() for cell in cells):
            yield Row(line, tuple(cells))
        line += text.count("\n", begin, at)


def _plain_cell(text: str, start: int, delimiter: str, where: str) -> tuple[str, int]:  # noqa: ARG001 - as below
    """The cell without quotation marks that begins at `start`, and the position of what ends it."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    at = text.find(delimiter, start, end)
    if at >= 0:
        return text[start:at], at
    return text[start:end].removesuffix("\r"), end


def _quoted_cell(text: str, start: int, delimiter: str, where: str) -> tuple[str, int]:
    """The cell whose opening quotation mark stands before `start`, and the position of what ends it."""
    parts: list[str] = []
    at = start
    while True:
        mark = text.find('"', at)
        if mark < 0:
            break
        parts.append(text[at:mark])
        at = mark + 1
        if text.startswith('"', at):
            parts.append('"')
            at += 1
            continue
        if text.startswith("\r\n", at):
            at += 1
        if at >= len(text) or text.startswith((delimiter, "\n"), at):
            return "".join(parts), at
        break
    raise TableError(
        "MALFORMED",
        "A quotation mark is not closed, or one within the text is not doubled.",
        where=where,
        hint="Export the table again with quotation marks around the text.",
    )
