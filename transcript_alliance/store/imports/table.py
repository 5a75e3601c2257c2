"""A table of codes (CSV): a row for each, by turn and, where not the whole turn is meant, by place."""

from collections.abc import Mapping

from transcript_alliance.errors import TableError
from transcript_alliance.readers.cells import rows
from transcript_alliance.readers.source import Source
from transcript_alliance.store.imports.found import Target, whole_number
from transcript_alliance.store.marks import Mark

_NEEDED = ("turn", "code")
_DELIMITERS = (",", ";", "\t")


def read_code_table(source: Source, target: Target) -> list[Mark]:
    """The marks of the rows that have a code and are a person's: whose `origin` is empty, `human` or not there.

    Columns: `turn` (from 0) and `code`, and if wanted `start` and `end` (code points of the turn), `origin`, and
    `session_id`, which leaves out the rows of other sessions; any others do not matter. Delimiter: comma, semicolon
    or tab.

    Raises: TableError COLUMNS, CELL (with the line), MALFORMED or LIMIT.
    """
    head = source.text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    lines = iter(rows(source.text, delimiter, source.name))
    head_row = next(lines, None)
    header = [] if head_row is None else [cell.strip().casefold() for cell in head_row.cells]
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        what = f"The column {missing[0]} is missing."
        raise TableError("COLUMNS", what, where=source.name, hint="Needed are turn and code.")
    found = []
    for row in lines:
        cells = dict(zip(header, (cell.strip() for cell in row.cells), strict=False))
        session = cells.get("session_id", "")
        is_ours = session in ("", target.session.session_id)
        if cells.get("code") and is_ours and target.counts(cells.get("origin", "").casefold()):
            found.append(_mark(cells, target, source.at(row.line)))
    return found


def _mark(cells: Mapping[str, str], target: Target, where: str) -> Mark:
    turn = whole_number(cells.get("turn"))
    n_turns = len(target.session.turns)
    if turn is None or turn >= n_turns:
        what = f"The turn is no number from 0 to {n_turns - 1}."
        raise TableError("CELL", what, where=where)
    start, end = (whole_number(cells[key]) if cells.get(key) else None for key in ("start", "end"))
    n_chars = len(target.session.turn_text(turn))
    is_placed = cells.get("start") or cells.get("end")
    if is_placed and (start is None or end is None or not start < end <= n_chars):
        raise TableError("CELL", "start and end are no stretch of the turn.", where=where)
    return target.mark(turn, start, end, cells["code"].removeprefix("'"))
