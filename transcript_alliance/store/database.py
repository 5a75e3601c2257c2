"""The SQLite file underneath a study: its tables, how it is opened, and its errors in our words.

Write-ahead log, every commit brought to disk before it counts, strict types, one writer. Each row carries a hash of
itself and each table its number of rows, so that a damaged page is noticed and never reads as fewer sessions.
"""

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from transcript_alliance.errors import InputError, OutputError, StudyError, show_name
from transcript_alliance.privacy.output import free_space

APPLICATION_ID: Final = 0x5441_5331
"""Marks an SQLite file as ours."""
FORMAT: Final = 1
"""Raised with every change of the tables that an older version would misread."""

COLUMNS: Final = {
    "entries": ("session", "path", "about", "stamp", "input_sha256", "speakers_sha256"),
    "runs": ("run", "number", "identity", "settings"),
    "results": ("run", "session", "input", "coded", "coded_sha256"),
    "aside": ("run", "session", "input", "code", "reason", "attempts"),
}
"""Table -> its columns, in order, without the hash of the row that ends each."""

_TABLES = """
CREATE TABLE entries (session TEXT PRIMARY KEY, path BLOB NOT NULL, about TEXT NOT NULL, stamp TEXT NOT NULL,
  input_sha256 TEXT NOT NULL, speakers_sha256 TEXT NOT NULL, row_sha256 BLOB NOT NULL) STRICT;
CREATE TABLE runs (run TEXT PRIMARY KEY, number INTEGER NOT NULL, identity TEXT NOT NULL, settings TEXT NOT NULL,
  row_sha256 BLOB NOT NULL) STRICT;
CREATE TABLE results (run TEXT NOT NULL, session TEXT NOT NULL, input TEXT NOT NULL, coded BLOB NOT NULL,
  coded_sha256 TEXT NOT NULL, row_sha256 BLOB NOT NULL, PRIMARY KEY (run, session, input)) STRICT;
CREATE TABLE aside (run TEXT NOT NULL, session TEXT NOT NULL, input TEXT NOT NULL, code TEXT NOT NULL,
  reason TEXT NOT NULL, attempts INTEGER NOT NULL, row_sha256 BLOB NOT NULL, PRIMARY KEY (run, session, input)) STRICT;
CREATE TABLE counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
"""
_COUNTED = """
INSERT INTO counts VALUES ('{0}', 0);
CREATE TRIGGER {0}_more AFTER INSERT ON {0} BEGIN UPDATE counts SET n = n + 1 WHERE name = '{0}'; END;
CREATE TRIGGER {0}_less AFTER DELETE ON {0} BEGIN UPDATE counts SET n = n - 1 WHERE name = '{0}'; END;
"""
Cell = str | bytes | int | None


def row_digest(*cells: Cell) -> bytes:
    """sha256 over the cells of a row, each with its kind and length, so that none runs into its neighbour."""
    found = hashlib.sha256()
    for cell in cells:
        data = cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "surrogatepass")
        found.update(f"{type(cell).__name__}:{len(data)}:".encode())
        found.update(data)
    return found.digest()


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite as ours: of the place and the kind alone, since theirs can hold values.

    Raises: OutputError DISK_FULL, NOT_WRITABLE; StudyError DAMAGED, NO_STUDY, IN_USE or DATABASE.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        kind, what, hint = _FAULTS.get((code or 0) & 0xFF, _OTHER)
    except UnicodeError:
        kind, what, hint = _FAULTS[sqlite3.SQLITE_CORRUPT]
    else:
        return
    leaf = OutputError if kind in ("DISK_FULL", "NOT_WRITABLE") else StudyError
    if kind == "DISK_FULL":
        what = f"{what.rstrip('.')} ({free_space(path.parent)})."
    raise leaf(kind, what, where=show_name(path), hint=hint) from None


_OTHER = ("DATABASE", "the database gave an error.", "`transcript-alliance study verify` says what is damaged")
_FAULTS = {
    sqlite3.SQLITE_FULL: ("DISK_FULL", "the disk is full.", "make room and start again: what is done is kept"),
    sqlite3.SQLITE_IOERR: ("DISK_FULL", "the disk is full or gives errors.", "make room and start again"),
    sqlite3.SQLITE_READONLY: ("NOT_WRITABLE", "you may not write there.", "choose another place with -o"),
    sqlite3.SQLITE_CANTOPEN: ("NOT_WRITABLE", "it cannot be opened.", "choose another place with -o"),
    sqlite3.SQLITE_PERM: ("NOT_WRITABLE", "you may not write there.", "choose another place with -o"),
    sqlite3.SQLITE_BUSY: ("IN_USE", "another program holds it.", "wait for it, or take another file with -o"),
    sqlite3.SQLITE_NOTADB: ("NO_STUDY", "this is no study file.", "`transcript-alliance batch` makes one"),
    sqlite3.SQLITE_CORRUPT: (
        "DAMAGED",
        "the study file is damaged.",
        "`transcript-alliance study verify` says where, `study merge --salvage` takes over what is sound",
    ),
}


def damaged(path: Path, what: str) -> StudyError:
    """The error for content that is not what was written."""
    return StudyError("DAMAGED", what, where=show_name(path), hint=_FAULTS[sqlite3.SQLITE_CORRUPT][2])


def open_database(path: Path, *, create: bool) -> sqlite3.Connection:
    """A connection to the study at `path`, its kind and version checked; with `create` an empty one is made.

    Without `create` it is for reading alone, and everything read is as it was at the first read.

    Raises: InputError NO_STUDY_FILE, OutputError, StudyError.
    """
    if create:
        _make_empty(path)
    elif not path.is_file():
        hint = "`transcript-alliance batch CORPUS -o STUDY.db` makes one"
        raise InputError("NO_STUDY_FILE", "there is no such study.", where=show_name(path), hint=hint)
    with translated(path):
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        with translated(path):
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "secure_delete=ON", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}")
            if create and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                _make_tables(connection)
            if not create:
                connection.execute("PRAGMA query_only=ON")
            _check_kind(connection, path)
            if create:
                # Not before the tables are there: killed at any moment, the file is empty or a study.
                connection.execute("PRAGMA journal_mode=WAL")
            else:
                # All reads see one moment, whatever a batch writes meanwhile: rows and their number belong together.
                connection.execute("BEGIN")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is written inside, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # After some errors, such as a full disk, SQLite has already rolled back.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def insert(connection: sqlite3.Connection, table: str, *cells: Cell, replace: bool = False) -> None:
    """Write a row with its hash; with `replace`, in the place of the one with the same key."""
    marks = ",".join("?" * (len(cells) + 1))
    update = ",".join(f"{name}=excluded.{name}" for name in (*COLUMNS[table], "row_sha256"))
    conflict = f" ON CONFLICT DO UPDATE SET {update}" if replace else ""
    connection.execute(f"INSERT INTO {table} VALUES ({marks}){conflict}", (*cells, row_digest(*cells)))


def _make_empty(path: Path) -> None:
    """The file exists, open to its owner alone; SQLite gives its log the same permissions."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600))
    except OSError as error:
        what = f"cannot be written ({error.strerror})."
        raise OutputError("NOT_WRITABLE", what, where=show_name(path), hint="choose another place with -o") from None


def _make_tables(connection: sqlite3.Connection) -> None:
    with transaction(connection):
        # Looked at again: another start may have made them while we waited.
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        for table in COLUMNS:
            for statement in _COUNTED.format(table).split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT}")


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    (kind,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if kind != APPLICATION_ID:
        raise StudyError(
            "NO_STUDY", "this is no study file.", where=show_name(path), hint=_FAULTS[sqlite3.SQLITE_NOTADB][2]
        )
    if version != FORMAT:
        what = f"written in form {version}, expected {FORMAT}."
        raise StudyError("STUDY_VERSION", what, where=show_name(path), hint="use the version that wrote it")
