"""What word processors' documents have in common: paragraphs and tables in order, and how they become turns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from transcript_alliance.errors import DocumentError
from transcript_alliance.readers.cells import Row
from transcript_alliance.readers.clock import parse_clock, parse_span
from transcript_alliance.readers.columns import knows_header
from transcript_alliance.readers.labels import is_heading
from transcript_alliance.readers.limits import MAX_COLUMNS, MAX_LABEL_CHARS, MAX_LINES, MAX_SPEAKERS
from transcript_alliance.readers.plain import read_plain
from transcript_alliance.readers.reader import Columns, Draft, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.table import read_rows
from transcript_alliance.speakers import label_key


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a document's table, each a tuple of its cells' texts."""

    rows: tuple[tuple[str, ...], ...]


Block = str | Table
"""A paragraph's text, or a table."""


@dataclass(slots=True)
class _OpenTable:
    rows: list[tuple[str, ...]] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Paragraphs of the cell that is being read."""


@dataclass(slots=True)
class Blocks:
    """Collects paragraphs and tables while a reader walks through a document."""

    name: str
    """Of the file, for errors."""
    _found: list[Block] = field(default_factory=list)
    _tables: list[_OpenTable] = field(default_factory=list)
    _n_lines: int = 0

    def paragraph(self, text: str) -> None:
        """A paragraph has been read; within a table it belongs to the cell."""
        self._n_lines += 1
        if self._n_lines > MAX_LINES:
            what = f"There are more paragraphs than the limit ({MAX_LINES:,})."
            raise DocumentError("LIMIT", what, where=self.name)
        if self._tables:
            self._tables[-1].lines.append(text)
        else:
            self._found.append(text)

    def begin_table(self) -> None:
        """A table begins, perhaps within the cell of another."""
        self._tables.append(_OpenTable())

    def end_cell(self) -> None:
        """The cell is complete."""
        if self._tables:
            table = self._tables[-1]
            if len(table.cells) >= MAX_COLUMNS:
                what = f"A row has more cells than the limit ({MAX_COLUMNS:,})."
                raise DocumentError("LIMIT", what, where=self.name)
            table.cells.append("\n".join(table.lines).strip())
            table.lines = []

    def end_row(self, *, is_deleted: bool = False) -> None:
        """The row is complete; one that a tracked change deleted is left out."""
        if self._tables:
            table = self._tables[-1]
            if any(table.cells) and not is_deleted:
                table.rows.append(tuple(table.cells))
            table.cells = []

    def end_table(self) -> None:
        """The table is complete; one within a cell becomes text of that cell."""
        if not self._tables:
            return
        table = self._tables.pop()
        if self._tables:
            self._tables[-1].lines += ["\t".join(filter(None, row)) for row in table.rows]
        elif table.rows:
            self._found.append(Table(tuple(table.rows)))

    def found(self) -> tuple[Block, ...]:
        """All blocks, a table that was never closed included."""
        while self._tables:
            self.end_cell()
            self.end_row()
            self.end_table()
        return tuple(self._found)


def read_blocks(blocks: Sequence[Block], source: Source, columns: Columns) -> Draft:
    """The turns of a document: of its tables when their first row names speaker and text, else of its text.

    A table without such a row is read as text: a line for each row, with time and speaker before the words.

    Raises: what `read_rows` and `read_plain` raise; DocumentError NO_TURNS for a document without any text.
    """
    tables = [block for block in blocks if isinstance(block, Table)]
    headed = [table for table in tables if knows_header(table.rows[0], columns)]
    if headed:
        return _read_tables(headed, blocks, source, columns)
    lines = [line for block in blocks for line in (_lines(block) if isinstance(block, Table) else block.split("\n"))]
    if not any(line.strip() for line in lines):
        raise DocumentError("NO_TURNS", "The document holds no text.", where=source.name, hint="Is it a scan?")
    return read_plain(replace(source, text="\n".join(lines)), columns)


def _read_tables(headed: Sequence[Table], blocks: Sequence[Block], source: Source, columns: Columns) -> Draft:
    """The rows of all tables with the first one's header, as if they were one: some programs begin one a page."""
    header = headed[0].rows[0]
    rows = [Row(1, header)]
    for table in headed:
        if table.rows[0] == header:
            rows += [Row(len(rows) + n, cells) for n, cells in enumerate(table.rows[1:], 1)]
    draft = read_rows(source, rows, columns)
    tally = Tally()
    tally.add_all(draft.notes)
    left_out = sum(1 for block in blocks if isinstance(block, str) and block.strip())
    if left_out:
        tally.add("W_HEADING", count=left_out)
    return Draft(draft.turns, tally.notes())


def _lines(table: Table) -> Iterator[str]:
    """The table as lines of text, `[time] speaker: words` where it has such columns."""
    width = max(len(row) for row in table.rows)
    rows = [(*row, *[""] * (width - len(row))) for row in table.rows]
    columns = [[row[column] for row in rows] for column in range(width)]
    time = next((c for c in range(width) if _tells_times(columns[c])), None)
    words = max((c for c in range(width) if c != time or width == 1), key=lambda c: sum(map(len, columns[c])))
    speaker = next((c for c in range(width) if c not in (words, time) and _names_people(columns[c])), None)
    for row in rows:
        if speaker is None:
            yield from "\t".join(filter(None, row)).split("\n")
            continue
        label = row[speaker].strip().rstrip(":").rstrip()
        clock = row[time].strip("[]() \n") if time is not None else ""
        yield from "".join((f"[{clock}] " if clock else "", f"{label}: " if label else "", row[words])).split("\n")


def _names_people(cells: Sequence[str]) -> bool:
    """Whether a column holds a few short names that come back."""
    labels = [label_key(cell) for cell in cells if cell.strip()]
    if not labels or any(len(label) > MAX_LABEL_CHARS or "\n" in label for label in labels):
        return False
    people = {label.rstrip(": 0123456789") for label in labels} - {""}
    named = [label for label in labels if any(c.isalpha() for c in label) and not is_heading(label)]
    return len(people) <= MAX_SPEAKERS and len(people) < len(labels) and 2 * len(named) > len(labels)


def _tells_times(cells: Sequence[str]) -> bool:
    filled = [cell.strip("[]() \n") for cell in cells if cell.strip()]
    return bool(filled) and 2 * sum(parse_clock(c) is not None or parse_span(c) is not None for c in filled) > len(
        filled
    )
