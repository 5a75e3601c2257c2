"""A table of people's own ratings: one or a few numbers a session, as `train` and `evaluate` take it.

    session,client,therapist,rater,wai-o-s.total
    transcripts/s1.docx,C01,T1,AB,5.25
    transcripts/s1.docx,C01,T1,CD,5.5

A message names rows and columns, never a cell.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.errors import InstrumentError, TableError
from transcript_alliance.instruments import Instruments
from transcript_alliance.instruments.instrument import unknown_name
from transcript_alliance.report.manifest import filled_cells, read_number, read_table, require_columns

Cells = Mapping[str, str]
PEOPLE = ("session", "client", "therapist")
"""Columns that must be there and filled in."""
RATER = "rater"
_SCALE = re.compile(r"[a-z0-9][a-z0-9-]*\.[a-z0-9_-]+")
_HINT = "columns: session, client, therapist, if you like rater, and one or more such as wai-o-s.total"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One session of the table."""

    session: str
    """Path of its transcript as the table gives it."""
    client: str
    therapist: str
    by_rater: NDArray[np.float64]  # (raters, scales), scale points; nan where nothing was given

    def value(self, place: int) -> float:
        """Mean over the raters of the scale at `place`; nan where nobody rated it."""
        given = self.by_rater[:, place]
        given = given[~np.isnan(given)]
        return float(given.mean()) if len(given) else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class RatingsTable:
    """The rated sessions of a table, in its order."""

    name: str
    """File name, for messages."""
    scales: tuple[str, ...]
    """`instrument.scale`, in the order of the columns."""
    entries: tuple[Entry, ...]


def read_ratings_table(text: str, name: str, instruments: Instruments) -> RatingsTable:
    """The table in `text`; several rows of a session are several raters, in the order of their names.

    Columns whose names have no dot and are not ours are left alone; a row without any rating is not rated yet and
    left out. Delimiter: comma, semicolon or tab. Raises TableError COLUMNS, CELL, TWICE, PEOPLE or NO_ROWS (and
    those of `read_table`), InstrumentError for a scale that no instrument has, or that lives in the voice.
    """
    header, lines = read_table(text, name)
    columns = [column.casefold() for column in header]
    scales = tuple(column for column in columns if _SCALE.fullmatch(column))
    require_columns(columns, PEOPLE, {"ratings": scales}, name, _HINT)
    ranges = {scale: _range(scale, instruments, name) for scale in scales}
    rows: dict[str, list[tuple[str, Cells]]] = {}
    for number, line in lines:
        where = f"{name} row {number}"
        cells = filled_cells(columns, line, PEOPLE, where)
        if any(cells[scale] for scale in scales):
            rows.setdefault(cells["session"], []).append((where, cells))
    if not rows:
        raise TableError("NO_ROWS", "the table holds no ratings.", where=name, hint=_HINT)
    return RatingsTable(name, scales, tuple(_entry(session, rated, ranges) for session, rated in rows.items()))


def _range(name: str, instruments: Instruments, where: str) -> tuple[float, float]:
    """Ends of a scale."""
    instrument_id, _, scale = name.partition(".")
    if instrument_id not in instruments.ids:
        raise unknown_name("UNKNOWN_INSTRUMENT", "there is no instrument", instrument_id, list(instruments.ids), where)
    instrument = instruments.by_id(instrument_id)
    if scale not in instrument.scales:
        what = f"{instrument_id} has no scale"
        raise unknown_name("UNKNOWN_SCALE", what, scale, list(instrument.scales), where)
    if any(s.id == scale and not s.text_codable for s in instrument.subscales):
        raise InstrumentError("NOT_IN_TEXT", f"{name} lives in voice or face; no transcript shows it", where=where)
    return instrument.scale_range(scale)


def _entry(session: str, rated: Sequence[tuple[str, Cells]], ranges: Mapping[str, tuple[float, float]]) -> Entry:
    first = rated[0][1]
    raters = [cells.get(RATER, "") for _, cells in rated]
    for number, (where, cells) in enumerate(rated):
        if any(cells[who] != first[who] for who in PEOPLE):
            what = "the session has another client or therapist further up."
            raise TableError("PEOPLE", what, where=where, hint="several rows of a session are several raters of it")
        if RATER in cells and raters[number] in raters[:number]:
            raise TableError("TWICE", "this rater has rated the session further up.", where=where)
    values = [[_value(cells[scale], where, scale, *ends) for scale, ends in ranges.items()] for where, cells in rated]
    # By name, so that the first and the second rater are the same people in all sessions.
    order = sorted(range(len(rated)), key=lambda n: raters[n])
    return Entry(session, first["client"], first["therapist"], np.array(values)[order])


def _value(cell: str, where: str, column: str, low: float, high: float) -> float:
    value = read_number(cell, where, column)
    if value is None:
        return float("nan")
    if not low <= value <= high:
        raise TableError("CELL", f"column {column!r}: ratings run from {low:g} to {high:g}.", where=where)
    return value
