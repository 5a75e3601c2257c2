"""Which sessions a corpus holds: a folder, files, a pattern of names, or a manifest that says whose they are."""

import csv
import glob
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from transcript_alliance.errors import InputError, SettingsError, TableError, show_name
from transcript_alliance.readers import READERS, session_paths
from transcript_alliance.readers.source import CORPUS_FILE, open_source
from transcript_alliance.report.manifest import unguarded
from transcript_alliance.settings import ReadSettings
from transcript_alliance.store.values import Entry

MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_CELL = 1_000
"""Characters of a cell of a manifest."""
_KNOWN = ("session", "file", "client", "therapist", "date", "number", "channel")
_SUFFIXES = frozenset(suffix for reader in READERS for suffix in reader.suffixes)
_OF_SEVERAL = frozenset(suffix for reader in READERS if reader.sessions for suffix in reader.suffixes)
"""Endings of files that may hold several sessions; all others need not be opened to be listed."""
_SUPPORTING = ("speakers.toml", "readme.txt", "readme.md", "license.txt")
"""Files that stand beside transcripts and are none."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `index` of `count`, from 1: which part a session falls into depends on its name alone."""

    index: int = 1
    count: int = 1

    def has(self, session: str) -> bool:
        """Whether the session falls into this part."""
        digest = hashlib.sha256(session.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index - 1


def parse_shard(text: str) -> Shard:
    """The part that `i/n` names.

    Raises: SettingsError SHARD.

    >>> parse_shard("2/8")
    Shard(index=2, count=8)
    """
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text, re.ASCII)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise SettingsError("SHARD", "a shard is written i/n, such as 2/8, with i from 1 to n.")
    return Shard(int(match[1]), int(match[2]))


def list_corpus(corpus: Sequence[str], read: ReadSettings | None = None) -> tuple[Entry, ...]:
    """The sessions of folders, files, patterns or one manifest, by name.

    A manifest is a table (CSV) with a column `session`, and `file`, `client`, `therapist`, `date`, `number`,
    `channel` as far as known; its other columns are kept as covariates. `file` is a path from the manifest's folder;
    without it a session is the one transcript there that is named like it.

    Raises: InputError NOT_FOUND, NO_SESSIONS or SAME_NAME; TableError for a faulty manifest.
    """
    read = read or ReadSettings()
    if len(corpus) == 1 and Path(corpus[0]).suffix.lower() in (".csv", ".tsv"):
        rows = _manifest_rows(Path(corpus[0]))
        if rows is not None:
            return _named_once(_from_manifest(Path(corpus[0]), rows))
    paths = [path for given in corpus for path in _files(given)]
    if not paths:
        raise InputError("NO_SESSIONS", "there is no transcript.", where=show_name(corpus[0]) if corpus else "")
    root = _common_folder(paths)
    sessions = [path for file in paths for path in _sessions(file, read)]
    return _named_once(Entry(_name(path, root), path.absolute()) for path in sessions)


def _files(given: str) -> Iterator[Path]:
    path = Path(given)
    if path.is_dir():
        if (path / CORPUS_FILE).is_file():
            yield path
            return
        yield from _in_folder(path)
    elif path.exists() or not glob.has_magic(given):
        # One that is missing is an entry too: it fails by itself, and is named.
        yield path
    else:
        # The pattern may begin anywhere, which `Path.glob` does not take.
        names = sorted(glob.glob(given, recursive=True))  # noqa: PTH207
        yield from (path for path in map(Path, names) if _is_transcript(path))


def _sessions(file: Path, read: ReadSettings) -> tuple[Path, ...]:
    if read.format is None and file.suffix.lower() not in _OF_SEVERAL and not file.is_dir():
        return (file,)
    return session_paths(file, read.format, read.encoding)


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(str(path))
        elif _is_transcript(path):
            yield path


def _is_transcript(path: Path) -> bool:
    is_one = path.suffix.lower() in _SUFFIXES and path.name.lower() not in _SUPPORTING
    return is_one or (path / CORPUS_FILE).is_file()


def _common_folder(paths: Sequence[Path]) -> Path:
    folders = [path.absolute().parent for path in paths]
    common = folders[0]
    for folder in folders[1:]:
        while not folder.is_relative_to(common):
            common = common.parent
    return common


def _name(path: Path, root: Path) -> str:
    """The session's name: its path from the corpus's folder without the ending, as every table can hold it."""
    inside = path.absolute().relative_to(root)
    plain = inside if "#" in inside.name else inside.with_suffix("")
    text = plain.as_posix()
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in text)


def _named_once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.session in found:
            what = "two files would be one session, for they differ in their endings alone."
            hint = "leave one out, or name the files in a manifest"
            raise InputError("SAME_NAME", what, where=show_name(entry.path), hint=hint)
        found[entry.session] = entry
    return tuple(found[name] for name in sorted(found))


_Row = tuple[int, dict[str, str]]


def _manifest_rows(path: Path) -> list[_Row] | None:
    """The rows of the manifest with their numbers; None when the table is none, but a transcript itself."""
    source = open_source(path)
    head = source.text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    text = source.text.removeprefix("\ufeff")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    header = [_column(cell) for cell in lines[0]] if lines else []
    # A transcript table may have a session column too, but then it has one for the words.
    if "session" not in header or not ({"client", "file", "therapist"} & set(header)):
        return None
    if len(set(header)) < len(header) or not all(header):
        raise TableError("COLUMNS", "two columns have one name, or one has none.", where=source.name)
    if len(lines) > MAX_ROWS + 1 or len(header) > MAX_COLUMNS:
        raise TableError("LIMIT", f"more than {MAX_ROWS:,} rows or {MAX_COLUMNS} columns.", where=source.name)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        cells = [cell.strip() for cell in line]
        if not any(cells):
            continue
        if len(cells) != len(header) or any(len(cell) > MAX_CELL for cell in cells):
            what = f"{len(cells)} cells where the header has {len(header)}, or one that is too long."
            raise TableError("MALFORMED", what, where=f"{source.name} row {number}")
        rows.append((number, dict(zip(header, cells, strict=True))))
    if not rows:
        raise TableError("NO_ROWS", "the table has no rows.", where=source.name)
    return rows


def _column(cell: str) -> str:
    plain = cell.strip().casefold().replace(" ", "_")
    plain = "number" if plain in ("session_number", "sessionnumber") else plain
    return plain if plain in _KNOWN else cell.strip()


def _from_manifest(path: Path, rows: Iterable[_Row]) -> Iterator[Entry]:
    folder = path.absolute().parent
    by_stem: dict[str, list[Path]] = {}
    for file in _in_folder(folder):
        if file.absolute() != path.absolute():
            by_stem.setdefault(file.stem, []).append(file)
    seen: set[str] = set()
    for number, cells in rows:
        where = f"{show_name(path)} row {number}"
        session = unguarded(cells["session"])
        if not session or not session.isprintable():
            raise TableError("CELL", "the session has no name.", where=where)
        if session in seen:
            raise TableError("TWICE", "the session stands in the table twice.", where=where)
        seen.add(session)
        yield Entry(
            session,
            _transcript(cells, session, folder, by_stem, where),
            unguarded(cells.get("client", "")),
            unguarded(cells.get("therapist", "")),
            _day(cells.get("date", ""), where),
            _number(cells.get("number", ""), where),
            unguarded(cells.get("channel", "")),
            tuple((name, unguarded(value)) for name, value in cells.items() if name not in _KNOWN),
        )


def _transcript(cells: dict[str, str], session: str, folder: Path, by_stem: dict[str, list[Path]], where: str) -> Path:
    if cells.get("file"):
        return folder / unguarded(cells["file"])
    found = by_stem.get(Path(session).stem if Path(session).suffix.lower() in _SUFFIXES else session, [])
    if len(found) > 1:
        raise TableError("SEVERAL", f"{len(found)} files are named like it.", where=where, hint="add a column `file`")
    # None is found: the entry stays, and fails by itself with the name of the missing file.
    return found[0].absolute() if found else folder / session


def _day(cell: str, where: str) -> str:
    try:
        if not cell or re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell, re.ASCII):
            return date.fromisoformat(cell).isoformat() if cell else ""
    except ValueError:
        pass
    raise TableError("CELL", "a date is written YYYY-MM-DD, such as 2026-03-09.", where=where)


def _number(cell: str, where: str) -> int | None:
    if not cell:
        return None
    if not re.fullmatch(r"0*[1-9]\d{0,3}", cell, re.ASCII):
        raise TableError("CELL", "a session's number is a whole number from 1 to 9999.", where=where)
    return int(cell)
