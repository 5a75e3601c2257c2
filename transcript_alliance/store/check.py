"""What is damaged in a study, and what is not: nothing is repaired, nothing left out in silence."""

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from transcript_alliance.errors import TranscriptError
from transcript_alliance.store.database import COLUMNS, open_database, row_digest

_MOST = 20
"""Findings of the database's own check that are handed on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    place: str
    """Table, with the session where one is known; or `file`."""
    what: str


def verify_study(path: Path) -> tuple[Finding, ...]:
    """Everything that is damaged in the study at `path`; empty when it is whole.

    Checked are the pages of the file, the number of rows of each table, and the hash of every row and every coded
    session. A file that is no study of this version is a finding too, for its head may be damaged.
    Raises: InputError NO_STUDY_FILE; OutputError when it may not be opened.
    """
    try:
        connection = open_database(path, create=False)
    except TranscriptError as error:
        if error.code in ("DAMAGED", "DATABASE", "NO_STUDY", "STUDY_VERSION") and path.stat().st_size:
            return (Finding("file", error.what),)
        raise
    with contextlib.closing(connection):
        return (*_pages(connection), *(f for table in COLUMNS for f in _rows(connection, table)))


def _pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    try:
        for (line,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
            if line != "ok":
                # Its lines name pages, tables and row numbers, no values.
                yield Finding("file", str(line).replace("\n", " "))
    except sqlite3.Error:
        yield Finding("file", "its pages cannot be read to the end")


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[Finding]:
    n_rows = 0
    columns = COLUMNS[table]
    try:
        # Of the table and not its index; as bytes, for damaged text may be no text.
        connection.text_factory = bytes
        for *cells, digest in connection.execute(f"SELECT {','.join(columns)}, row_sha256 FROM {table} NOT INDEXED"):
            n_rows += 1
            row = dict(zip(columns, cells, strict=True))
            name = row.get("session")
            place = table if name is None else f"{table}, session {_shown(name)}"
            if row_digest(*(_text(column, cell) for column, cell in row.items())) != digest:
                yield Finding(place, "the row is not what was written")
            elif table == "results" and not _is_whole(row["coded"], row["coded_sha256"]):
                yield Finding(place, "the coded session is not what was written")
        wanted = connection.execute("SELECT n FROM counts WHERE name=?", (table,)).fetchone()
        if wanted is None or wanted[0] != n_rows:
            yield Finding(table, f"{n_rows} rows where {wanted[0] if wanted else 'an unknown number'} were written")
    except sqlite3.Error:
        yield Finding(table, f"cannot be read beyond row {n_rows}")
    finally:
        connection.text_factory = str


def _text(column: str, cell: object) -> str | bytes | int | None:
    """The cell as it was when its hash was made: text, but for what was kept as bytes."""
    if isinstance(cell, bytes) and column not in ("coded", "path"):
        return cell.decode("utf-8", "surrogateescape")
    return cell if isinstance(cell, str | bytes | int) else None


def _is_whole(packed: object, digest: object) -> bool:
    try:
        return isinstance(packed, bytes) and sha256(zlib.decompress(packed)).hexdigest().encode() == digest
    except zlib.error:
        return False


def _shown(name: object) -> str:
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else "?"
    return "".join(c if c.isprintable() else "?" for c in text[:80])
