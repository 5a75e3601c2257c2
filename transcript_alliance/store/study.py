"""A study: many sessions in one file, each coded once for each run, kept whole or not at all.

    with open_study(Path("study.db")) as study:
        run = study.latest_run()
        for result in study.results(run):
            coded = from_json(result.coded.decode())

A run is one combination of program, settings, codebooks, instruments and model. Another combination is another run
in the same file, and no table mixes two of them.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from transcript_alliance.errors import StudyError, show_name
from transcript_alliance.privacy.output import make_private_folder
from transcript_alliance.store.database import (
    COLUMNS,
    Cell,
    damaged,
    insert,
    open_database,
    row_digest,
    transaction,
    translated,
)
from transcript_alliance.store.lock import sole_writer
from transcript_alliance.store.values import (
    Entry,
    Input,
    Result,
    Run,
    RunIdentity,
    SetAside,
    canonical,
    identity_from_json,
)

_PACKING = 6
"""zlib's level; fixed, so that the same session gives the same bytes."""


@contextlib.contextmanager
def open_study(path: Path, *, write: bool = False) -> Iterator["Study"]:
    """The study in the file at `path`; with `write` it is made when missing, and nobody else can write meanwhile.

    Raises: InputError NO_STUDY_FILE; StudyError IN_USE, DAMAGED, NO_STUDY or STUDY_VERSION; OutputError.
    """
    path = Path(path)
    with contextlib.ExitStack() as stack:
        if write:
            make_private_folder(path.parent)
            stack.enter_context(sole_writer(path))
        connection = open_database(path, create=write)
        stack.callback(connection.close)
        yield Study(path, connection)


@dataclass(frozen=True, slots=True)
class Study:
    """An open study. Made by `open_study`; every read checks what it reads, every write is on disk when it returns."""

    path: Path
    connection: sqlite3.Connection

    # What the corpus holds

    def add_entries(self, entries: Iterable[tuple[Entry, Input]]) -> int:
        """Take in sessions, or what is newly known about them; how many rows changed. None is ever dropped."""
        known = {str(row[0]): row for row in self._rows("entries")}
        fresh = [row for row in (_entry_row(entry, given) for entry, given in entries) if known.get(str(row[0])) != row]
        if fresh:
            with translated(self.path), transaction(self.connection):
                for row in fresh:
                    insert(self.connection, "entries", *row, replace=True)
            # The list of sessions is what later shows that one is missing: into the file itself, out of the log.
            with translated(self.path):
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(fresh)

    def entries(self) -> dict[str, tuple[Entry, Input]]:
        """All sessions of the study with their inputs, by name, in the order of the names."""
        found = (_entry(row) for row in self._rows("entries"))
        return {entry.session: (entry, given) for entry, given in sorted(found, key=lambda pair: pair[0].session)}

    # Runs

    def start_run(self, identity: RunIdentity, settings: str) -> Run:
        """The run of this identity, now the latest; nothing is written when it was."""
        before = {run.key: run for run in self.runs()}
        latest = max((run.number for run in before.values()), default=0)
        known = before.get(identity.key)
        if known is not None and known.number == latest and known.settings == settings:
            return known
        run = Run(identity, settings, latest + 1)
        with translated(self.path), transaction(self.connection):
            cells = (run.key, run.number, canonical(asdict(identity)), settings)
            insert(self.connection, "runs", *cells, replace=True)
        return run

    def runs(self) -> tuple[Run, ...]:
        """All runs, the latest last."""
        found = (Run(identity_from_json(str(row[2])), str(row[3]), _int(row[1])) for row in self._rows("runs"))
        return tuple(sorted(found, key=lambda run: run.number))

    def latest_run(self, name: str = "") -> Run:
        """The latest run, or the one whose name begins with `name`. Raises StudyError NO_RUN or WHICH_RUN."""
        runs = [run for run in self.runs() if run.key.startswith(name)]
        if not runs:
            raise StudyError("NO_RUN", "no such run." if name else "nothing was coded yet.", where=show_name(self.path))
        if name and len(runs) > 1:
            raise StudyError(
                "WHICH_RUN", f"{len(runs)} runs begin so.", where=show_name(self.path), hint="name more of it"
            )
        return runs[-1]

    # Results

    def record(self, run: Run, session: str, given: Input, coded: bytes) -> None:
        """Keep a coded session, whole, in one transaction; one that was there already stays as it is.

        Raises: StudyError MIXED when it was coded by anything but this run, INPUT_CHANGED when from another input.
        """
        self._refuse_mixed(run, given, coded)
        packed = zlib.compress(coded, _PACKING)
        with translated(self.path), transaction(self.connection):
            where = (run.key, session, given.key)
            self.connection.execute("DELETE FROM aside WHERE run=? AND session=? AND input=?", where)
            if not self._has("results", where):
                insert(self.connection, "results", *where, packed, hashlib.sha256(coded).hexdigest())

    def set_aside(self, run: Run, given: Input, why: SetAside) -> None:
        """Put a session into quarantine."""
        with translated(self.path), transaction(self.connection):
            cells = (run.key, why.session, given.key, why.code, why.reason, why.attempts)
            insert(self.connection, "aside", *cells, replace=True)

    def coded_keys(self, run: Run) -> frozenset[tuple[str, str]]:
        """Session and input of everything that is coded in `run`."""
        return self._keys("results", run)

    def aside_keys(self, run: Run) -> frozenset[tuple[str, str]]:
        """Session and input of everything in quarantine in `run`."""
        return self._keys("aside", run)

    def results(self, run: Run) -> Iterator[Result]:
        """The coded sessions of `run` as their inputs now are, in the order of the names, one at a time.

        Raises: StudyError DAMAGED rather than leave one out.
        """
        inputs = {session: given.key for session, (_, given) in self.entries().items()}
        with translated(self.path):
            places = self.connection.execute("SELECT session, rowid FROM results NOT INDEXED").fetchall()
        for _, place in sorted(places):
            # One at a time, for a study may be larger than memory.
            (row,) = self._checked("results", "WHERE rowid=?", (place,))
            if row[0] == run.key and inputs.get(str(row[1])) == row[2]:
                yield _unpacked(self.path, row)
        self._refuse_fewer("results", len(places))

    def result(self, run: Run, session: str, given: Input) -> Result | None:
        """One coded session; None when it is not coded yet. Raises StudyError DAMAGED."""
        where = "WHERE run=? AND session=? AND input=?"
        rows = self._checked("results", where, (run.key, session, given.key))
        return _unpacked(self.path, rows[0]) if rows else None

    def quarantine(self, run: Run) -> dict[str, SetAside]:
        """The sessions that `run` could not code as their inputs now are, by name, in their order."""
        inputs = {session: given.key for session, (_, given) in self.entries().items()}
        found = {}
        for row in self._rows("aside"):
            session = str(row[1])
            if row[0] == run.key and inputs.get(session) == row[2]:
                found[session] = SetAside(session, str(row[3]), str(row[4]), _int(row[5]))
        return dict(sorted(found.items()))

    def copy_rows(self, table: str, rows: Iterable[tuple[Cell, ...]]) -> int:
        """Take over rows of another study that are not here yet; how many."""
        n_new = 0
        with translated(self.path), transaction(self.connection):
            for row in rows:
                if not self._has(table, row[: _KEY_LENGTH[table]]):
                    insert(self.connection, table, *row)
                    n_new += 1
        return n_new

    def rows(self, table: str) -> Iterator[tuple[Cell, ...]]:
        """All rows of a table, checked, as they are kept. Raises StudyError DAMAGED."""
        return self._rows(table)

    # Underneath

    def _rows(self, table: str) -> Iterator[tuple[Cell, ...]]:
        """All rows, read from the table itself: a damaged index must not hide one."""
        n_rows = 0
        with translated(self.path):
            for row in self.connection.execute(f"SELECT {_columns(table)} FROM {table} NOT INDEXED"):
                n_rows += 1
                yield self._whole(table, row)
        self._refuse_fewer(table, n_rows)

    def _checked(self, table: str, where: str, values: tuple[Cell, ...]) -> list[tuple[Cell, ...]]:
        with translated(self.path):
            found = self.connection.execute(f"SELECT {_columns(table)} FROM {table} {where}", values).fetchall()
        return [self._whole(table, row) for row in found]

    def _whole(self, table: str, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        if row_digest(*row[:-1]) != row[-1]:
            raise damaged(self.path, f"a row of {table} is not what was written.")
        return row[:-1]

    def _refuse_fewer(self, table: str, n_rows: int) -> None:
        with translated(self.path):
            row = self.connection.execute("SELECT n FROM counts WHERE name=?", (table,)).fetchone()
        if row is None or row[0] != n_rows:
            raise damaged(self.path, f"{table} has {n_rows:,} rows, and not as many as were written.")

    def _keys(self, table: str, run: Run) -> frozenset[tuple[str, str]]:
        # Of the index alone: the results themselves are large and are checked when they are read.
        with translated(self.path):
            found = self.connection.execute(f"SELECT session, input FROM {table} WHERE run=?", (run.key,)).fetchall()
        return frozenset((str(session), str(given)) for session, given in found)

    def _has(self, table: str, key: tuple[Cell, ...]) -> bool:
        where = " AND ".join(f"{name}=?" for name in COLUMNS[table][: len(key)])
        return self.connection.execute(f"SELECT 1 FROM {table} WHERE {where}", key).fetchone() is not None

    def _refuse_mixed(self, run: Run, given: Input, coded: bytes) -> None:
        provenance: Mapping[str, Any] = json.loads(coded)["provenance"]
        expected = json.loads(canonical(asdict(run.identity)))
        # The bundle's own hash is in no provenance.
        differing = [name for name in expected if name in provenance and provenance[name] != expected[name]]
        if provenance["input_sha256"] != given.sha256:
            raise StudyError("INPUT_CHANGED", "the transcript changed while it was read.", hint="start again")
        if differing:
            what = f"coded with another {differing[0]} than this run's; something changed while it ran."
            raise StudyError("MIXED", what, where=show_name(self.path), hint="start again")


_KEY_LENGTH = {"entries": 1, "runs": 1, "results": 3, "aside": 3}
"""The first columns of a table that make its key."""


_ABOUT = tuple(field.name for field in fields(Entry) if field.name not in ("session", "path"))


def _columns(table: str) -> str:
    return ",".join((*COLUMNS[table], "row_sha256"))


def _entry_row(entry: Entry, given: Input) -> tuple[Cell, ...]:
    # Not `asdict`, whose copies would be a quarter of the time of a start on a finished study.
    about = {name: getattr(entry, name) for name in _ABOUT}
    # A path may hold bytes that are no text.
    return (entry.session, os.fsencode(entry.path), canonical(about), given.stamp, given.sha256, given.speakers_sha256)


def _entry(row: tuple[Cell, ...]) -> tuple[Entry, Input]:
    session, path, about, stamp, sha256, speakers_sha256 = row
    values = json.loads(str(about))
    values["covariates"] = tuple((name, value) for name, value in values["covariates"])
    assert isinstance(path, bytes)
    entry = Entry(session=str(session), path=Path(os.fsdecode(path)), **values)
    return entry, Input(str(stamp), str(sha256), str(speakers_sha256))


def _unpacked(path: Path, row: tuple[Cell, ...]) -> Result:
    _, session, _, packed, sha256 = row
    try:
        coded = zlib.decompress(packed) if isinstance(packed, bytes) else b""
    except zlib.error:
        coded = b""
    if hashlib.sha256(coded).hexdigest() != sha256:
        raise damaged(path, "a coded session is not what was written.")
    return Result(str(session), coded, str(sha256))


def _int(cell: Cell) -> int:
    return cell if isinstance(cell, int) else -1
