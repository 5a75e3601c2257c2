"""CSV and TSV: one row a turn, the delimiter found and the columns known by their names."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from transcript_alliance.errors import TableError
from transcript_alliance.readers.cells import Row, rows
from transcript_alliance.readers.clock import parse_seconds
from transcript_alliance.readers.columns import Layout, find_layout, knows_header
from transcript_alliance.readers.limits import MAX_TURNS
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_DELIMITERS = ",;\t|"
_SNIFFED_CHARS = 20_000


def read_csv(source: Source, columns: Columns) -> Draft:
    """The rows of a table whose delimiter is a comma, semicolon, tab or bar.

    Raises: TableError COLUMNS, MALFORMED, LIMIT, SEVERAL_SESSIONS or NO_TURNS.
    """
    head = source.text[:_SNIFFED_CHARS]
    delimiter = max(_DELIMITERS, key=lambda mark: _fitness(head, mark, columns))
    return read_rows(source, _rows(source, delimiter), columns)


def read_tsv(source: Source, columns: Columns) -> Draft:
    """The rows of a table whose delimiter is the tab; quotation marks need not be doubled.

    Raises: TableError COLUMNS, MALFORMED, LIMIT, SEVERAL_SESSIONS or NO_TURNS.
    """
    try:
        found = _rows(source, "\t")
    except TableError as error:
        if error.code != "MALFORMED":
            raise
        # Many programs write tabs without any quoting; then every line is a row.
        found = _rows(source, "\t", quoted=False)
        if len({len(row.cells) for row in found}) > 1:
            raise
    return read_rows(source, found, columns)


def _rows(source: Source, delimiter: str, *, quoted: bool = True) -> list[Row]:
    """The header and the rows, at most one more than the limit on turns, which is checked for all formats alike."""
    return list(islice(rows(source.text, delimiter, source.name, quoted=quoted), MAX_TURNS + 2))


def read_rows(source: Source, found: Sequence[Row], columns: Columns) -> Draft:
    """The turns of a table whose first row is its header, wherever the table stood.

    Raises: TableError COLUMNS, MALFORMED, SEVERAL_SESSIONS or NO_TURNS.
    """
    if not found:
        raise TableError("NO_TURNS", "The table has no rows.", where=source.name)
    header, body = found[0], found[1:]
    layout = find_layout(header.cells, columns, source.name)
    layout = replace(layout, start=_filled(body, layout.start), end=_filled(body, layout.end))
    _refuse_several_sessions(body, layout, source)
    tally = Tally()
    turns = tuple(_turns(body, len(header.cells), layout, source, tally))
    return Draft(turns, tally.notes())


def _turns(body: Sequence[Row], width: int, layout: Layout, source: Source, tally: Tally) -> Iterator[RawTurn]:
    for row in body:
        if len(row.cells) > width and any(cell.strip() for cell in row.cells[width:]):
            raise TableError(
                "MALFORMED",
                f"The row has {len(row.cells)} cells, the header {width}.",
                where=source.at(row.line),
                hint="A text that holds the delimiter needs quotation marks around it.",
            )
        text, speaker = _cell(row, layout.text), _cell(row, layout.speaker)
        if text is None:
            tally.add("W_SKIPPED", row.line)
            continue
        start_s = _seconds(row, layout.start, layout, tally)
        end_s = _seconds(row, layout.end, layout, tally)
        yield RawTurn(speaker, text, start_s, end_s, row.line)


def _filled(body: Sequence[Row], position: int | None) -> int | None:
    """The column's position, or None when all its cells are empty, as when a programme always writes the column."""
    return position if any((_cell(row, position) or "").strip() for row in body) else None


def _cell(row: Row, position: int | None) -> str | None:
    return row.cells[position] if position is not None and position < len(row.cells) else None


def _seconds(row: Row, position: int | None, layout: Layout, tally: Tally) -> float | None:
    cell = _cell(row, position)
    if cell is None:
        return None
    time = parse_seconds(cell)
    if time is None:
        tally.add("W_TIMES", row.line)
        return None
    # A clock time is a clock time in a column of milliseconds too.
    return time if ":" in cell else time * layout.seconds_per_unit


def _refuse_several_sessions(body: Sequence[Row], layout: Layout, source: Source) -> None:
    sessions = {(_cell(row, layout.session) or "").strip() for row in body} - {""}
    if len(sessions) > 1:
        raise TableError(
            "SEVERAL_SESSIONS",
            f"The table holds {len(sessions):,} sessions.",
            where=source.name,
            hint="Save each session as a file of its own.",
        )


def _fitness(head: str, delimiter: str, columns: Columns) -> tuple[bool, int]:
    """How well the delimiter fits: whether the columns are then known, and how many there are."""
    header = _header(head, delimiter)
    return knows_header(header, columns), len(header)


def _header(head: str, delimiter: str) -> tuple[str, ...]:
    try:
        return next((row.cells for row in islice(rows(head, delimiter, ""), 1)), ())
    except TableError:
        return ()


def _sniff_csv(source: Source) -> bool:
    head = source.text[:_SNIFFED_CHARS]
    return any(knows_header(_header(head, delimiter), Columns()) for delimiter in _DELIMITERS)


def _sniff_tsv(source: Source) -> bool:
    return knows_header(_header(source.text[:_SNIFFED_CHARS], "\t"), Columns())


CSV = Reader(
    id="csv",
    label="Table of comma-separated values",
    suffixes=(".csv",),
    sniff=_sniff_csv,
    read=read_csv,
    sample="session.csv",
)
TSV = Reader(
    id="tsv",
    label="Table of tab-separated values",
    suffixes=(".tsv", ".tab"),
    sniff=_sniff_tsv,
    read=read_tsv,
    sample="session.tsv",
)
