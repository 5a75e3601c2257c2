"""A study's long tables for multilevel models in R: those of `exports.lme4`, and who the sessions belong to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from transcript_alliance.privacy.output import make_private_folder, refused, write_private
from transcript_alliance.store.exports.code_table import line, plain_cell
from transcript_alliance.store.exports.coding import Coding
from transcript_alliance.store.exports.lme4 import COLUMNS, SCRIPT, codes_seen, lme4_rows
from transcript_alliance.store.study_tables import study_tables
from transcript_alliance.store.table_files import CsvPart, Row
from transcript_alliance.store.tables import Column
from transcript_alliance.store.values import Entry

_KNOWN = ("client", "therapist", "date", "number", "channel")


def write_study_lme4(
    folder: Path, entries: Mapping[str, Entry], codings: Callable[[], Iterable[Coding]]
) -> tuple[Path, ...]:
    """The files written into `folder`: as `write_lme4`, with what the manifest says behind `session_id`.

    `entries` are all sessions by name; `codings` gives those that are coded, and is gone through twice, one at a time,
    for a study may be larger than memory. Raises OutputError; then nothing of it is left.
    """
    names, cells = _about(entries)
    seen = codes_seen(codings())
    make_private_folder(folder)
    with refused(folder), ExitStack() as stack:
        parts = {}
        for file, own in COLUMNS.items():
            columns = [Column(name, "text", "") for name in ("session_id", *names, *own)]
            parts[file] = CsvPart(folder, columns, _for_r)
            stack.callback(parts[file].drop)
        for coding in codings():
            for file, row in lme4_rows(coding, seen, cells[coding.session.session_id]):
                parts[file].add(row)
        for part in parts.values():
            part.close()
        for file, part in parts.items():
            part.path.replace(folder / file)
    write_private(folder / "models.R", SCRIPT.encode())
    return tuple(folder / name for name in (*parts, "models.R"))


def _for_r(file: IO[str]) -> Callable[[Row], object]:
    return lambda row: file.write(line([str(cell) for cell in row]))


def _about(entries: Mapping[str, Entry]) -> tuple[Sequence[str], Mapping[str, Sequence[str]]]:
    """Columns that some session has a value in, and the cells of each session; a missing value is NA."""
    kinds = study_tables(entries, with_text=False).covariates
    taken = {"session_id", *_KNOWN, *(name for own in COLUMNS.values() for name in own)}
    names = [*_KNOWN, *(f"covariate_{name}" if name in taken else name for name, _ in kinds)]
    cells: dict[str, list[str]] = {}
    for session, entry in entries.items():
        known = [str(getattr(entry, name) or "") for name in _KNOWN]
        values = dict(entry.covariates)
        # A number may begin with a minus and is no formula.
        given = [(values.get(name, ""), kind) for name, kind in kinds]
        plain = [*map(plain_cell, known), *(text if kind == "number" else plain_cell(text) for text, kind in given)]
        cells[session] = [cell or "NA" for cell in plain]
    kept = [n for n in range(len(names)) if any(row[n] != "NA" for row in cells.values())]
    return [plain_cell(names[n]) for n in kept], {session: [row[n] for n in kept] for session, row in cells.items()}
