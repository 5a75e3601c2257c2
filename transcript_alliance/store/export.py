"""A study as tables in a folder, with a dictionary of what every column, code and scale means.

The tables are derived: made from the study whenever they are wanted, whole or not at all. `export.json` is written
last and holds the hash of each file; a folder without it is not finished, and holds `export.unfinished` instead. Only
files that one of the two names are ever written over or taken away.
"""

import contextlib
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.errors import OutputError, StudyError, show_name
from transcript_alliance.instruments import load_instruments
from transcript_alliance.privacy.output import make_private_folder, refused, write_private
from transcript_alliance.store.check import Finding
from transcript_alliance.store.study import Study
from transcript_alliance.store.study_tables import study_rows, study_tables
from transcript_alliance.store.table_files import CsvPart, Parquet, file_sha256, for_duckdb, for_spreadsheets
from transcript_alliance.store.tables import Column
from transcript_alliance.store.values import Run, canonical

SEAL = "export.json"
UNFINISHED = "export.unfinished"
"""Names the files that an export may leave behind when it is broken off."""
FORMATS = ("csv", "parquet")
_SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    files: tuple[Path, ...]
    n_coded: int
    n_aside: int
    n_todo: int


def export_study(
    study: Study, folder: Path, format: str = "csv", *, with_text: bool = False, run: str = ""
) -> Exported:
    """Write the tables of one run into `folder` in the place of an earlier export's, of which no file is left.

    `run` is the beginning of a run's name; the latest when left out. Raises: StudyError NO_RUN, WHICH_RUN or DAMAGED;
    OutputError, EXISTS when a file of somebody else's has the name of one of ours; and then the folder is as it was, or
    has no seal and counts as not finished.
    """
    if format not in FORMATS:
        raise OutputError("FORMAT", f"there is no format of that name; known: {', '.join(FORMATS)}.")
    chosen = study.latest_run(run)
    shape = study_tables({name: entry for name, (entry, _) in study.entries().items()}, with_text=with_text)
    dictionaries = dict(_dictionaries(shape.columns, chosen))
    files = [*(f"{table}.{format}" for table in shape.columns), *dictionaries]
    make_private_folder(folder)
    earlier = _refuse_foreign(folder, files)
    with refused(folder), ExitStack() as stack:
        line = for_spreadsheets if format == "csv" else for_duckdb
        parts = {table: CsvPart(folder, columns, line) for table, columns in shape.columns.items()}
        for part in parts.values():
            stack.callback(part.drop)
        for table, row in study_rows(study, chosen, shape):
            parts[table].add(row)
        whole: dict[str, Path] = {}
        for table, part in parts.items():
            part.close()
            whole[f"{table}.{format}"] = part.path
            if format == "parquet":
                whole[f"{table}.{format}"] = made = Parquet(folder).convert(part, shape.columns[table])
                stack.callback(made.unlink, missing_ok=True)
        rows = {f"{table}.{format}": part.n_rows for table, part in parts.items()}
        # From here on until the seal is written again the folder counts as not finished.
        write_private(folder / UNFINISHED, "".join(f"{name}\n" for name in sorted({*earlier, *files})).encode())
        (folder / SEAL).unlink(missing_ok=True)
        for name, path in whole.items():
            path.replace(folder / name)
        for name, content in dictionaries.items():
            write_private(folder / name, content)
        # Tables of another form or run would be taken for ones of this.
        for name in earlier.difference(files):
            (folder / name).unlink(missing_ok=True)
        seal = {
            "run": chosen.key,
            "format": format,
            "with_text": with_text,
            "rows": rows,
            "sha256": {name: file_sha256(folder / name) for name in files},
        }
        write_private(folder / SEAL, (json.dumps({**seal, "seal": _digest(seal)}, indent=1) + "\n").encode())
        (folder / UNFINISHED).unlink()
    n_all, n_coded, n_aside = _counts(study, chosen)
    return Exported((*(folder / name for name in files), folder / SEAL), n_coded, n_aside, n_all - n_coded - n_aside)


def rebuild_tables(study: Study, folder: Path) -> Exported:
    """Write the tables of an earlier export anew, in its form and of its run. Raises as `export_study`, NO_EXPORT."""
    seal = _seal(folder)
    return export_study(study, folder, str(seal["format"]), with_text=bool(seal["with_text"]), run=str(seal["run"]))


def verify_tables(folder: Path) -> tuple[Finding, ...]:
    """Files of an export that are missing or not what was written. Raises: StudyError NO_EXPORT."""
    seal = _seal(folder)
    found = []
    if seal.pop("seal", None) != _digest(seal):
        found.append(Finding(SEAL, "is not what was written"))
    for name, digest in seal["sha256"].items():
        path = folder / Path(name).name
        if not path.is_file():
            found.append(Finding(name, "is missing"))
        else:
            try:
                is_whole = file_sha256(path) == digest
            except OSError:
                found.append(Finding(name, "cannot be read"))
                continue
            if not is_whole:
                found.append(Finding(name, "is not what was written"))
    return tuple(found)


def _refuse_foreign(folder: Path, files: Sequence[str]) -> frozenset[str]:
    """Names of an earlier export's files.

    Raises OutputError: EXISTS when one of `files` is there and none of them, others when the names cannot be read.
    """
    ours = set[str]()
    with refused(folder):
        seal = _parsed(_read(folder / SEAL))
        if seal is not None and seal.pop("seal", None) == _digest(seal):
            ours |= {SEAL, *seal["sha256"]}
        ours |= set(_read(folder / UNFINISHED).splitlines())
    for path in (folder / name for name in (*files, SEAL)):
        if path.name not in ours and (path.exists() or path.is_symlink()):
            what = "a file of that name is there, and no export of ours names it."
            raise OutputError("EXISTS", what, where=show_name(path), hint="choose another folder with -o")
    # The seal is none of them, and damage may name no other folder's files.
    return frozenset(name for name in ours if Path(name).suffix in _SUFFIXES and Path(name).name == name)


def _digest(seal: Mapping[str, Any]) -> str:
    """Of the seal's own values, so that damage to it is no finished export of something else."""
    return hashlib.sha256(canonical(seal).encode()).hexdigest()


def _seal(folder: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError):
        seal = _parsed(_read(folder / SEAL))
        if seal is not None:
            return seal
    hint = "`transcript-alliance export STUDY.db -o FOLDER` makes one"
    raise StudyError("NO_EXPORT", "no finished export is here.", where=f"folder {show_name(folder)}", hint=hint)


def _read(path: Path) -> str:
    """What stands in a file, whatever its bytes; nothing where there is none. Raises OSError."""
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _parsed(text: str) -> dict[str, Any] | None:
    """The values of a seal; None when it is none."""
    try:
        seal = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(seal, dict) or not {"run", "format", "with_text", "sha256"} <= seal.keys():
        return None
    return seal if isinstance(seal["sha256"], dict) else None


def _counts(study: Study, run: Run) -> tuple[int, int, int]:
    inputs = {(name, given.key) for name, (_, given) in study.entries().items()}
    return len(inputs), len(inputs & study.coded_keys(run)), len(study.quarantine(run))


def _dictionaries(columns: Mapping[str, Sequence[Column]], run: Run) -> Iterator[tuple[str, bytes]]:
    rows = [(table, column.name, column.kind, column.about) for table, own in columns.items() for column in own]
    yield "dictionary.csv", _table(("table", "column", "kind", "about"), rows)
    codebooks, instruments = load_codebooks(), load_instruments()
    # Of an earlier version's run the words of today could be wrong, so there are none.
    if codebooks.sha256 == run.identity.codebooks_sha256:
        header = ("code", "label", "role", "parent", "codebook", "definition", "source")
        codes = [
            (c.id, c.label, str(c.role), c.parent or "", c.codebook, c.definition, c.source) for c in codebooks.codes
        ]
        yield "codes.csv", _table(header, codes)
    if instruments.sha256 == run.identity.instruments_sha256:
        columns_of_scales = ("instrument", "name", "version", "scale", "label", "low", "high", "better", "source")
        scales = []
        for one in instruments:
            labels = {subscale.id: subscale.label for subscale in one.subscales}
            for scale in one.scales:
                better = str(one.scale_direction(scale))
                ends = (f"{one.low:g}", f"{one.high:g}") if str(one.scoring) == "mean" else ("", "")
                scales.append(
                    (one.id, one.name, one.version, scale, labels.get(scale, "total"), *ends, better, one.source)
                )
        yield "scales.csv", _table(columns_of_scales, scales)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    write = for_spreadsheets(out)
    for row in (header, *rows):
        write(row)
    return out.getvalue().encode("utf-8", "backslashreplace")
