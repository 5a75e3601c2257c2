"""Tables written row by row into parts, and renamed when all of them are whole."""

import contextlib
import csv
import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from transcript_alliance.errors import OutputError, show_name
from transcript_alliance.privacy.output import free_space
from transcript_alliance.report.manifest import guarded
from transcript_alliance.store.tables import Cell, Column

_PART = ".part-"
"""As in `privacy.output`, which clears away what a killed run leaves under such names."""


class CsvPart:
    """A table under a name nobody looks for, open to its owner alone, until it is whole."""

    def __init__(
        self, folder: Path, columns: Sequence[Column], line: "Callable[[IO[str]], Callable[[Row], object]]"
    ) -> None:
        self.path = folder / f"{_PART}{secrets.token_hex(8)}"
        self.n_rows = 0
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        # Half a surrogate pair can stand in a transcript and cannot be written as UTF-8.
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="")
        self._write = line(self._file)
        self._write(tuple(column.name for column in columns))

    def add(self, row: "Row") -> None:
        """Write one row."""
        self._write(row)
        self.n_rows += 1

    def close(self) -> None:
        """The part is whole and on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def drop(self) -> None:
        """Nothing of it is left."""
        # What is still to be written has no room, perhaps, and is not wanted.
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


Row = Sequence[Cell]


def for_spreadsheets(file: IO[str]) -> Callable[[Row], object]:
    """Writes rows that no spreadsheet takes for formulas: text that looks like one gets an apostrophe before it."""
    writer = csv.writer(file, lineterminator="\r\n")
    return lambda row: writer.writerow([_shown(cell) for cell in row])


def for_duckdb(file: IO[str]) -> Callable[[Row], object]:
    """Writes rows as they are: text in quotes, a missing value as nothing at all."""
    return lambda row: file.write(",".join(_exact(cell) for cell in row) + "\n")


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else _plain(cell)


def _exact(cell: Cell) -> str:
    if cell is None:
        return ""
    return '"' + cell.replace('"', '""') + '"' if isinstance(cell, str) else _plain(cell)


def _plain(cell: float | bool) -> str:
    return str(cell).lower() if isinstance(cell, bool) else repr(cell)


_TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "truth": "BOOLEAN"}

_READING = (
    "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', new_line='\\n', nullstr='', "
    "allow_quoted_nulls=false, parallel=false, max_line_size=16000000"
)
_WRITING = "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false"


@dataclass(frozen=True, slots=True)
class Parquet:
    """Turns parts made by `for_duckdb` into Parquet, in memory, with everything that reaches outside switched off."""

    folder: Path

    def convert(self, part: CsvPart, columns: Sequence[Column]) -> Path:
        """A Parquet file with the rows of `part`, under another name nobody looks for.

        Raises: OutputError NO_DUCKDB when the extra is not installed, WRITE_FAILED when the disk refuses it, PARQUET
        when its rows do.
        """
        try:
            import duckdb
        except ImportError:
            what = "Parquet needs the package duckdb."
            raise OutputError(
                "NO_DUCKDB", what, hint="pip install 'transcript-alliance[parquet]', or take csv"
            ) from None
        target = self.folder / f"{_PART}{secrets.token_hex(8)}"
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "temp_directory": "",
            # One thread: the same rows in the same order give the same bytes.
            "threads": "1",
        }
        types = ", ".join(f"{_text(column.name)}: {_text(_TYPES[column.kind])}" for column in columns)
        read = f"{_quoted(part.path)}, {_READING}, columns={{{types}}}"
        try:
            with duckdb.connect(":memory:", config=config) as connection:
                connection.execute("SET allowed_directories = ?", [[str(self.folder.absolute())]])
                connection.execute("SET enable_external_access = false")
                connection.execute("SET lock_configuration = true")
                connection.execute(f"COPY (SELECT * FROM read_csv({read})) TO {_quoted(target)} ({_WRITING})")
        except duckdb.IOException:
            target.unlink(missing_ok=True)
            what = f"a table cannot be written ({free_space(self.folder)})."
            hint = "make room, or choose another folder with -o"
            raise OutputError("WRITE_FAILED", what, where=f"folder {show_name(self.folder)}", hint=hint) from None
        except duckdb.Error:
            target.unlink(missing_ok=True)
            raise OutputError("PARQUET", "a table cannot be written as Parquet.", hint="take --format csv") from None
        return target


def _quoted(path: Path) -> str:
    return _text(str(path.absolute()))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def file_sha256(path: Path) -> str:
    """sha256 of a file of any size, as hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
