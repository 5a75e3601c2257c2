"""Which sessions belong to which client: a small table (manifest) or the file names, and people's own ratings.

Everything is read from text that was opened elsewhere; a message names rows and columns, never a cell.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from transcript_alliance.errors import SettingsError, TableError

MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 200
"""Characters of a cell: names and numbers need no more."""
RATED = ("goal", "task", "bond")
"""What a person rates before the model's scores are shown to them."""
FIELDS = ("client", "therapist", "number", "date")
_KNOWN = ("session", *FIELDS)
_DELIMITERS = ",;\t"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Listed:
    """One session of one client."""

    session: str
    """Name of the session: that of its transcript or coded file without the ending."""
    client: str
    therapist: str = ""
    """Empty when not given."""
    number: int | None = None
    date: str = ""
    """YYYY-MM-DD; empty when not given."""
    outcomes: tuple[tuple[str, float | None], ...] = ()
    """Measures such as PHQ-9 by the column's name, None for an empty cell."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A person's own ratings of one session."""

    session: str
    values: tuple[float, ...]
    """In the order of `RATED`."""


def read_manifest(text: str, name: str) -> tuple[Listed, ...]:
    """The rows of the table, in its order.

    Columns `session` and `client` must be there; `therapist`, `number` (1 and up) and `date` (YYYY-MM-DD) may be;
    every other column is an outcome measure: numbers or empty cells. Delimiter: comma, semicolon or tab.
    Raises TableError COLUMNS, LIMIT, MALFORMED, CELL, TWICE or ORDER.
    """
    header, rows = read_table(text, name)
    for needed in ("session", "client"):
        if needed not in header:
            raise TableError("COLUMNS", f"there is no column {needed!r}.", where=name, hint=_COLUMNS_HINT)
    listed = tuple(_listed(header, row, f"{name} row {number}") for number, row in rows)
    if not listed:
        raise TableError("NO_ROWS", "the table has no rows.", where=name)
    _refuse_twice((entry.session for entry in listed), name)
    for client in dict.fromkeys(entry.client for entry in listed):
        _check_order([entry for entry in listed if entry.client == client], name)
    return listed


def read_ratings(text: str, name: str, low: float, high: float) -> tuple[Rating, ...]:
    """The sessions that a person has rated, from a table with the columns `session`, `goal`, `task` and `bond`.

    A row whose three cells are empty is not rated yet and left out; other columns are left alone.
    Raises TableError COLUMNS, LIMIT, MALFORMED, CELL, TWICE, or UNFINISHED when one or two of the three are empty.
    """
    header, rows = read_table(text, name)
    missing = [column for column in ("session", *RATED) if column not in header]
    if missing:
        raise TableError("COLUMNS", f"there is no column {missing[0]!r}.", where=name, hint="fill in the form's file")
    found = []
    for number, row in rows:
        cells = dict(zip(header, row, strict=True))
        values = [read_number(cells[c], f"{name} row {number}", c) for c in RATED]
        given = [value for value in values if value is not None]
        if len(given) not in (0, len(RATED)):
            raise TableError("UNFINISHED", "goal, task and bond are rated together.", where=f"{name} row {number}")
        if any(not low <= value <= high for value in given):
            raise TableError("CELL", f"ratings run from {low:g} to {high:g}.", where=f"{name} row {number}")
        if given:
            found.append(Rating(unguarded(cells["session"]), tuple(given)))
    _refuse_twice((rating.session for rating in found), name)
    return tuple(found)


def ratings_form(sessions: Iterable[str], given: Iterable[Rating] = ()) -> str:
    """A table (CSV) with the ratings that are `given` and one empty row for each of `sessions`.

    To be filled in and read back by `read_ratings`. A name that a spreadsheet would take for a formula gets an
    apostrophe before it, which reading takes away.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("session", *RATED))
    writer.writerows((guarded(rating.session), *(f"{v:g}" for v in rating.values)) for rating in given)
    writer.writerows((guarded(session), *("" for _ in RATED)) for session in sessions)
    return out.getvalue()


def guarded(cell: str) -> str:
    """`cell` so that no spreadsheet computes it.

    >>> guarded("=1+1"), guarded("S01"), guarded("'=1")
    ("'=1+1", 'S01', "''=1")
    """
    # One that already begins so would lose its own apostrophe on the way back.
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(("'", "\t", "\r")) else cell


def require_columns(
    columns: Sequence[str], wanted: Sequence[str], own: Mapping[str, Sequence[str]], name: str, hint: str
) -> None:
    """Nothing, when the table has all `wanted` columns, some of its `own` (what they hold -> names), and each once.

    Raises TableError COLUMNS.
    """
    missing = [f"there is no column {column!r}." for column in wanted if column not in columns]
    empty = [f"no column holds {what}." for what, names in own.items() if not names]
    twice = ["two columns have one name."] if len(set(columns)) < len(columns) else []
    for what in (*missing, *empty, *twice):
        raise TableError("COLUMNS", what, where=name, hint=hint)


def filled_cells(columns: Sequence[str], line: Sequence[str], wanted: Sequence[str], where: str) -> dict[str, str]:
    """A row's cells by column. Raises TableError when one of the `wanted` is empty."""
    cells = dict(zip(columns, map(unguarded, line), strict=True))
    empty = [column for column in wanted if not cells[column]]
    if empty:
        raise TableError("CELL", f"the {empty[0]} is empty.", where=where)
    return cells


def unguarded(cell: str) -> str:
    """What `guarded` was given.

    >>> unguarded("'=1+1"), unguarded("S01")
    ('=1+1', 'S01')
    """
    return cell.removeprefix("'")


def one_client(sessions: Sequence[str], client: str) -> tuple[Listed, ...]:
    """All `sessions`, in the order given, as those of `client`, numbered from 1."""
    return tuple(Listed(session, client, number=place) for place, session in enumerate(sessions, start=1))


def by_name(sessions: Sequence[str], pattern: str) -> tuple[Listed, ...]:
    """The sessions grouped by their names, read by a pattern such as `{client}-{number}`.

    Fields: client (needed), therapist, number, date. Raises SettingsError for a pattern that cannot be read and
    TableError NAME when a session's name does not fit it.

    >>> [entry.client for entry in by_name(["A1-2", "B7-1"], "{client}-{number}")]
    ['A1', 'B7']
    """
    fitting = _pattern(pattern)
    found = []
    for session in sessions:
        match = fitting.fullmatch(session)
        if match is None:
            hint = "a pattern such as {client}-{number} names the parts of the name"
            raise TableError("NAME", "its name does not fit the pattern.", where=session[:80], hint=hint)
        cells = {"session": session, **match.groupdict()}
        found.append(_listed(tuple(cells), tuple(cells.values()), session[:80]))
    for client in dict.fromkeys(entry.client for entry in found):
        _check_order([entry for entry in found if entry.client == client], "the file names")
    return tuple(found)


def in_order(listed: Iterable[Listed]) -> tuple[Listed, ...]:
    """The sessions of one client by number, else by date, else as given; a missing one of either leaves it unused."""
    entries = list(listed)
    if all(entry.number is not None for entry in entries):
        return tuple(sorted(entries, key=lambda entry: entry.number or 0))
    if all(entry.date for entry in entries):
        return tuple(sorted(entries, key=lambda entry: entry.date))
    return tuple(entries)


_COLUMNS_HINT = "columns: session, client, and if you like therapist, number, date and outcome measures such as PHQ-9"


def read_table(
    text: str, name: str, max_rows: int = MAX_ROWS, max_cell: int = MAX_CELL
) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    """Header, in lower case where we know the name, and the rows with their numbers; empty rows are left out.

    `max_cell` is in characters. Raises TableError MALFORMED, NO_ROWS, COLUMNS or LIMIT.
    """
    text = text.removeprefix("\ufeff")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        # The library has a limit of its own.
        if "field limit" in str(error):
            raise TableError("LIMIT", f"a cell of more than {max_cell:,} characters.", where=name) from None
        raise TableError("MALFORMED", "the table cannot be read.", where=name, hint="save it as CSV UTF-8") from None
    if len(lines) > max_rows + 1 or any(len(line) > MAX_COLUMNS for line in lines):
        raise TableError("LIMIT", f"more than {max_rows:,} rows or {MAX_COLUMNS} columns.", where=name)
    rows = [(k, tuple(cell.strip() for cell in line)) for k, line in enumerate(lines, 1) if any(map(str.strip, line))]
    if not rows:
        raise TableError("NO_ROWS", "the table has no rows.", where=name)
    header = tuple(_column(cell) for cell in rows[0][1])
    for number, row in rows:
        if len(row) != len(header):
            what = f"{len(row)} cells where the header has {len(header)}."
            raise TableError("MALFORMED", what, where=f"{name} row {number}")
        if any(len(cell) > max_cell for cell in row):
            raise TableError("LIMIT", f"a cell of more than {max_cell:,} characters.", where=f"{name} row {number}")
    if len(set(header)) < len(header) or not all(header):
        raise TableError("COLUMNS", "two columns have one name, or one has none.", where=f"{name} row {rows[0][0]}")
    return header, rows[1:]


def header_of(text: str) -> tuple[str, ...]:
    """The cells of a table's first line that is not blank; none when it cannot be read.

    >>> header_of('\\r\\n"session";turn\\r\\n1;2')
    ('session', 'turn')
    """
    text = text.removeprefix("\ufeff")
    try:
        return tuple(cell.strip() for cell in next(csv.reader([_first_line(text)], delimiter=_delimiter(text)), []))
    except csv.Error:
        return ()


def _first_line(text: str) -> str:
    return next((line for line in io.StringIO(text, newline=None) if line.strip(" \t,;\r\n")), "")


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=_first_line(text).count)


def _column(cell: str) -> str:
    plain = cell.casefold()
    return plain if plain in (*_KNOWN, *RATED) else cell


def _listed(header: Sequence[str], row: Sequence[str], where: str) -> Listed:
    cells = dict(zip(header, row, strict=True))
    for needed in ("session", "client"):
        if not cells[needed]:
            raise TableError("CELL", f"the {needed} is empty.", where=where)
    outcomes = tuple((column, read_number(cells[column], where, column)) for column in header if column not in _KNOWN)
    return Listed(
        unguarded(cells["session"]),
        unguarded(cells["client"]),
        unguarded(cells.get("therapist", "")),
        _whole(cells.get("number", ""), where),
        _day(cells.get("date", ""), where),
        outcomes,
    )


def _whole(cell: str, where: str) -> int | None:
    if not cell:
        return None
    if not re.fullmatch(r"0*[1-9]\d{0,3}", cell, re.ASCII):
        raise TableError("CELL", "a session's number is a whole number from 1 to 9999.", where=where)
    return int(cell)


def _day(cell: str, where: str) -> str:
    if not cell:
        return ""
    try:
        if _DATE.fullmatch(cell):
            return date.fromisoformat(cell).isoformat()
    except ValueError:
        pass
    raise TableError("CELL", "a date is written YYYY-MM-DD, such as 2026-03-09.", where=where)


def read_number(cell: str, where: str, column: str) -> float | None:
    """The cell's number, None for an empty one. Raises TableError CELL."""
    if not cell:
        return None
    # A comma can only be a decimal one here: where it parts the columns it never reaches a cell unquoted.
    if re.fullmatch(r"-?\d{1,6}([.,]\d{1,6})?", cell, re.ASCII):
        return float(cell.replace(",", "."))
    raise TableError("CELL", f"column {_shown(column)}: expected a number or an empty cell.", where=where)


def _shown(column: str) -> str:
    return repr(column if len(column) <= 30 else column[:29] + "…")


def _refuse_twice(sessions: Iterable[str], name: str) -> None:
    seen: set[str] = set()
    for place, session in enumerate(sessions, start=1):
        if session in seen:
            raise TableError("TWICE", f"session number {place} of the table stands in it twice.", where=name)
        seen.add(session)


def _check_order(entries: Sequence[Listed], name: str) -> None:
    numbers = [entry.number for entry in entries if entry.number is not None]
    if len(set(numbers)) < len(numbers):
        raise TableError("ORDER", "a client has two sessions of one number.", where=name)
    both = sorted((entry.number, entry.date) for entry in entries if entry.number is not None and entry.date)
    dates = [day for _, day in both]
    if dates != sorted(dates):
        raise TableError("ORDER", "number and date put a client's sessions in different orders.", where=name)


def _pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^{}]*)\}", pattern)
    fields, between = parts[1::2], parts[0::2]
    if "client" not in fields or len(set(fields)) < len(fields) or not set(fields) <= set(FIELDS):
        hint = f"each once at most, and client always: {', '.join(f'{{{field}}}' for field in FIELDS)}"
        raise SettingsError("NAMES", "the pattern of names cannot be read.", hint=hint)
    if any(not text for text in between[1:-1]):
        raise SettingsError("NAMES", "two fields of the pattern touch.", hint="put a mark such as - between them")
    joined = "".join(f"{re.escape(text)}(?P<{field}>.+?)" for text, field in zip(between, fields, strict=False))
    return re.compile(joined + re.escape(between[-1]), re.DOTALL)


def outcome_names(listed: Iterable[Listed]) -> tuple[str, ...]:
    """Names of the outcome measures, in the table's order, each once."""
    names: Mapping[str, None] = dict.fromkeys(name for entry in listed for name, _ in entry.outcomes)
    return tuple(names)


def outcome(entry: Listed, name: str) -> float | None:
    """The session's value of the measure; None when not given."""
    return dict(entry.outcomes).get(name)


def clients(listed: Iterable[Listed]) -> Iterator[tuple[str, tuple[Listed, ...]]]:
    """Each client with their sessions in order; clients by name, never by a score."""
    entries = list(listed)
    for client in sorted({entry.client for entry in entries}, key=lambda name: (name.casefold(), name)):
        yield client, in_order(entry for entry in entries if entry.client == client)
