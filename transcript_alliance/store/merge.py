"""Several studies into one: the shards of a job array, or what is sound of a damaged file."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.errors import StudyError, show_name
from transcript_alliance.store.database import COLUMNS, Cell, open_database, row_digest, translated
from transcript_alliance.store.study import Study, open_study


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge took over."""

    n_sessions: int
    n_results: int
    n_lost: int
    """Rows that were damaged and left out; 0 without `salvage`."""


def merge_studies(studies: Sequence[Path], target: Path, *, salvage: bool = False) -> Merged:
    """Take all sessions, runs and results of `studies` into the study at `target`, which is made when missing.

    With `salvage` damaged rows are left out and counted; the next start on `target` does them again.

    Raises: StudyError DAMAGED without `salvage`; CONFLICT when one run coded one input of one session in two ways,
    which no sound pair of shards does.
    """
    if target.resolve() in {study.resolve() for study in studies}:
        raise StudyError("SAME_FILE", "it is one of those to be merged.", where=show_name(target), hint="name another")
    lost = 0
    with open_study(target, write=True) as into:
        before = _counts(into)
        for path in studies:
            if salvage:
                lost += _salvage(path, into)
            else:
                with open_study(path) as source:
                    for table in COLUMNS:
                        into.copy_rows(table, _agreeing(into, table, source.rows(table), path))
        _tidy(into)
        after = _counts(into)
    return Merged(after["entries"] - before["entries"], after["results"] - before["results"], lost)


def _counts(study: Study) -> dict[str, int]:
    return {table: sum(1 for _ in study.rows(table)) for table in COLUMNS}


def _agreeing(into: Study, table: str, rows: Iterator[tuple[Cell, ...]], path: Path) -> Iterator[tuple[Cell, ...]]:
    """The rows, none of which says otherwise than what is there already."""
    known = {}
    if table == "results":
        known = {
            row[:3]: row[4] for row in into.connection.execute("SELECT run,session,input,'',coded_sha256 FROM results")
        }
    for row in rows:
        if table == "results" and known.get(row[:3], row[4]) != row[4]:
            raise StudyError("CONFLICT", "one session was coded in two ways by one run.", where=show_name(path))
        yield row


def _salvage(path: Path, into: Study) -> int:
    """Take over every row that is what was written; how many were not, or could not be reached."""
    lost = 0
    with closing(open_database(path, create=False)) as source:
        for table, columns in COLUMNS.items():
            found: list[tuple[Cell, ...]] = []
            for row in _reachable(source, table, columns):
                if row is not None:
                    found.append(row)
                if len(found) >= 100:
                    into.copy_rows(table, found)
                    found = []
            into.copy_rows(table, found)
            sound = set(_keys(into, table))
            lost += max(0, _written(source, table) - len(sound))
    return lost


def _keys(study: Study, table: str) -> Iterator[tuple[Cell, ...]]:
    """Keys of the rows of a table."""
    keys = ",".join(COLUMNS[table][: 3 if table in ("results", "aside") else 1])
    yield from study.connection.execute(f"SELECT {keys} FROM {table}")


def _reachable(source: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[tuple[Cell, ...] | None]:
    """The rows of a table that are what was written; one that cannot be read does not hide those behind it."""
    try:
        (last,) = source.execute(f"SELECT max(rowid) FROM {table}").fetchone()
    except sqlite3.Error:
        return
    for rowid in range(1, (last or 0) + 1):
        try:
            row = source.execute(
                f"SELECT {','.join(columns)}, row_sha256 FROM {table} WHERE rowid=?", (rowid,)
            ).fetchone()
        except (sqlite3.Error, UnicodeError):
            continue
        if row is not None:
            yield tuple(row[:-1]) if row_digest(*row[:-1]) == row[-1] else None


def _written(source: sqlite3.Connection, table: str) -> int:
    try:
        row = source.execute("SELECT n FROM counts WHERE name=?", (table,)).fetchone()
    except sqlite3.Error:
        return 0
    return int(row[0]) if row else 0


def _tidy(study: Study) -> None:
    """What one shard could not code and another did is no longer in quarantine."""
    with translated(study.path):
        study.connection.execute(
            "DELETE FROM aside WHERE EXISTS (SELECT 1 FROM results r WHERE r.run=aside.run AND r.session=aside.session "
            "AND r.input=aside.input)"
        )
