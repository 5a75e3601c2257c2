"""The tables of a whole study: those of `tables` for all its sessions, and who the sessions belong to.

Every session of the corpus has its row in `sessions`, coded or not, so that a missing one is seen. Rows come in the
order of the sessions' names, and nothing in them depends on who coded them when.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from transcript_alliance.errors import StudyError, show_name
from transcript_alliance.store.study import Study
from transcript_alliance.store.study_sessions import coded_session
from transcript_alliance.store.tables import TABLES, Cell, Column, Kind, tables
from transcript_alliance.store.values import Entry, Input, Result, Run

_ABOUT = (
    TABLES["sessions"][0],
    Column("client", "text", "The client, as the manifest names them; missing when it does not."),
    Column("therapist", "text", "The therapist, likewise."),
    Column("date", "text", "Day of the session, YYYY-MM-DD; missing when not given."),
    Column("number", "integer", "Which session of the client it is, from 1; missing when not given."),
    Column("channel", "text", "How they met, as the manifest says it; missing when not given."),
)
_STATE = (
    Column("state", "text", "coded; quarantine: could not be coded; to do: not tried yet."),
    Column("fault", "text", "Why it is in quarantine, as a machine code; missing otherwise."),
    Column("attempts", "integer", "How often a session in quarantine was tried; missing otherwise."),
    Column("duplicate_of", "text", "The first session whose transcript has the same bytes; missing when it is alone."),
    Column("run", "text", "Program, settings, codebooks, instruments and model together, as one hash."),
    Column("coded_sha256", "text", "Of the coded session as it is kept; missing when not coded."),
)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class StudyTables:
    """The columns of a study's tables, and where their rows come from."""

    columns: Mapping[str, tuple[Column, ...]]
    """Table -> its columns, in order."""
    covariates: tuple[tuple[str, Kind], ...]
    """Other columns of the manifest with their kinds, in the order of `columns["sessions"]`."""


def study_tables(entries: Mapping[str, Entry], *, with_text: bool) -> StudyTables:
    """The tables of a study with these sessions; without `with_text`, no words and no names of speakers."""
    covariates = tuple((name, _kind(name, entries)) for name in _covariate_names(entries))
    ours = {column.name for column in (*_ABOUT, *_STATE, *TABLES["sessions"])}
    given = tuple(
        Column(f"covariate_{name}" if name in ours else name, kind, "As the manifest gives it; missing when empty.")
        for name, kind in covariates
    )
    columns = {
        table: tuple(column for column in columns if with_text or not column.holds_words)
        for table, columns in TABLES.items()
    }
    columns["sessions"] = (*_ABOUT, *given, *_STATE, *columns["sessions"][1:])
    return StudyTables(columns, covariates)


def study_rows(study: Study, run: Run, shape: StudyTables) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Each row with its table, in the order of the sessions and within one in that of the talk.

    Raises: StudyError DAMAGED rather than leave a row out.
    """
    listed, aside = study.entries(), study.quarantine(run)
    first = _first_of_content(listed)
    results = study.results(run)
    result = next(results, None)
    for name, (entry, given) in listed.items():
        about = (name, entry.client, entry.therapist, entry.date, entry.number, entry.channel)
        values = dict(entry.covariates)
        covariates = (_value(values.get(column, ""), kind) for column, kind in shape.covariates)
        twin = name if "#" in entry.path.name else first.get(given.sha256, name)
        why = aside.get(name)
        is_coded = result is not None and result.session == name
        state = (
            "coded" if is_coded else "quarantine" if why else "to do",
            why.code if why and not is_coded else None,
            why.attempts if why and not is_coded else None,
            None if twin == name else twin,
            run.key,
            result.sha256 if is_coded and result else None,
        )
        head = (*(None if cell == "" else cell for cell in about), *covariates, *state)
        if not is_coded or result is None:
            width = len(shape.columns["sessions"])
            yield "sessions", (*head, *[None] * (width - len(head)))
            continue
        yield from _coded_rows(result, head, shape)
        result = next(results, None)
    if result is not None:
        raise StudyError("DAMAGED", "a coded session is not among the sessions.", where=show_name(study.path))


def _coded_rows(result: Result, head: tuple[Cell, ...], shape: StudyTables) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    coded = coded_session(result)
    for table, rows in tables(coded).items():
        names = [column.name for column in shape.columns[table]]
        for row in rows:
            if table == "sessions":
                yield table, (*head, *(row[column] for column in names[len(head) :]))
            else:
                yield table, tuple(row[column] for column in names)


def _covariate_names(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    return tuple(sorted({name for entry in entries.values() for name, _ in entry.covariates}))


def _kind(name: str, entries: Mapping[str, Entry]) -> Kind:
    """A number where every value is one; 007 is a name."""
    values = [value for entry in entries.values() for column, value in entry.covariates if column == name and value]
    return "number" if values and all(_NUMBER.fullmatch(value) for value in values) else "text"


def _value(text: str, kind: Kind) -> Cell:
    return None if not text else float(text) if kind == "number" else text


def _first_of_content(listed: Mapping[str, tuple[Entry, Input]]) -> dict[str, str]:
    """Hash of a transcript -> the first session that has it. A corpus in one file is no twin of itself."""
    found: dict[str, str] = {}
    for name, (entry, given) in listed.items():
        if given.sha256 and "#" not in entry.path.name:
            found.setdefault(given.sha256, name)
    return found
