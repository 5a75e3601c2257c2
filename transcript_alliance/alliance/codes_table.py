"""A table of people's own codes: the turns of some sessions, and what people called each of them.

    session,client,therapist,turn,role,text,code.behaviour,code.talk
    s1,C1,T1,1,therapist,How has the week been?,question,
    s1,C1,T1,2,client,Not great.,,neutral

A message names rows and columns, never a cell of talk.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.errors import DatasetError, TableError
from transcript_alliance.report.manifest import filled_cells, header_of, read_table, require_columns
from transcript_alliance.session import Episode, Role, Session, Speaker, Turn, Utterance

Labels = NDArray[np.int64]
Cells = Mapping[str, str]
COLUMNS = ("session", "client", "therapist", "turn", "role", "text")
"""Columns that must be there and filled in."""
RATER = "rater"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What may follow `code.`."""
NOT_CODED = -1
MAX_ROWS = 500_000
MAX_TURN_CHARS = 120_000
"""Hours of talk; Python's own reader of such tables takes no more than 131,072."""
MAX_VALUES = 20
"""Values a variable may have: more are no codes but words, which a bundle must not keep (our choice)."""
MIN_ROLE_SHARE = 0.01
"""A side with less of a variable's coded turns was coded by mistake (our choice)."""
PREFIX = "code."
VALUE = re.compile(r"[\w+-][\w .:+/-]{0,39}")
_HINT = "columns: session, client, therapist, turn, role, text, if you like rater, and some such as code.question"


@dataclass(frozen=True, slots=True)
class Variable:
    """One question that is asked of turns, and the values that answer it."""

    name: str
    values: tuple[str, ...]
    """In the order of their numbers, or of the alphabet."""
    roles: tuple[Role, ...]
    """Whose turns were asked: sides with a hundredth or more of the coded turns."""


@dataclass(frozen=True, slots=True, eq=False)
class CodedTalk:
    """The turns of one session as people coded them."""

    session: Session
    client: str
    therapist: str
    by_rater: Labels  # (raters, turns, variables), place of the value, NOT_CODED where a rater said nothing

    @property
    def n_raters(self) -> int:
        """Those of the turn that most of them coded; 0 when nobody coded any."""
        return int((self.by_rater != NOT_CODED).any(axis=2).sum(axis=0).max())

    @property
    def labels(self) -> Labels:
        """What most raters said, (turns, variables); of equals that of the first rater, by name."""
        first: Labels = self.by_rater[0].copy()
        for turn, variable in np.argwhere((self.by_rater != self.by_rater[0]).any(axis=0)):
            said = [value for value in self.by_rater[:, turn, variable].tolist() if value != NOT_CODED]
            first[turn, variable] = Counter(said).most_common(1)[0][0]
        return first


@dataclass(frozen=True, slots=True, eq=False)
class CodesTable:
    """The coded sessions of a table, in its order."""

    name: str
    """File name, for messages."""
    variables: tuple[Variable, ...]
    talks: tuple[CodedTalk, ...]


def holds_codes(text: str) -> bool:
    """True when the table's header names a column of codes, rightly or not.

    >>> holds_codes("session,turn,code.question"), holds_codes("session,wai-o-s.total")
    (True, False)
    """
    return any(cell.casefold().startswith(PREFIX) for cell in header_of(text))


def read_codes_table(text: str, name: str) -> CodesTable:
    """The table in `text`. Rows of one session and turn with different raters are several raters of that turn.

    Turns stand in the order of their numbers; an empty code is a turn that was not asked. Other columns are left
    alone. Delimiter: comma, semicolon or tab. Raises TableError COLUMNS, CELL, TWICE, PEOPLE, VALUES or NO_ROWS (and
    those of `read_table`).
    """
    header, lines = read_table(text, name, MAX_ROWS, MAX_TURN_CHARS)
    columns = [column.casefold() for column in header]
    names = tuple(column.removeprefix(PREFIX) for column in columns if column.startswith(PREFIX))
    require_columns(columns, COLUMNS, {"codes": names}, name, _HINT)
    if not all(map(NAME.fullmatch, names)):
        what = "what follows code. in a column's name is not of up to 40 small letters, digits, - and _."
        raise TableError("COLUMNS", what, where=name, hint="such as code.change-talk")
    rows: dict[str, list[tuple[str, Cells]]] = {}
    for number, line in lines:
        where = f"{name} row {number}"
        cells = filled_cells(columns, line, COLUMNS, where)
        rows.setdefault(cells["session"], []).append((where, cells))
    variables = tuple(_variable(v, rows, name) for v in names)
    return CodesTable(name, variables, tuple(_talk(session, rated, variables) for session, rated in rows.items()))


def n_values(variables: Sequence[Variable]) -> int:
    """Values of all variables together."""
    return sum(len(v.values) for v in variables)


def shares(talk: CodedTalk, variables: Sequence[Variable]) -> NDArray[np.float64]:
    """Share of the raters who gave a turn each value of each variable, (turns, values); nan where nobody was asked."""
    columns = []
    for place, variable in enumerate(variables):
        said = talk.by_rater[:, :, place, None] == np.arange(len(variable.values))  # (raters, turns, values)
        raters = said.any(axis=2).sum(axis=0)[:, None]  # (turns, 1)
        columns.append(np.where(raters > 0, said.sum(axis=0) / np.maximum(raters, 1), np.nan))
    return np.concatenate(columns, axis=1)


def in_terms_of(table: CodesTable, variables: Sequence[Variable]) -> CodesTable:
    """The same codes as places among the values of `variables`, such as a model gives; others of them are not coded.

    Raises DatasetError OTHER_CODES when the table has a variable, or a value, that is not among them.
    """
    known = {v.name: v for v in variables}
    for own in table.variables:
        odd = set(own.values).difference(known[own.name].values if own.name in known else ())
        if odd:
            what = f"{len(odd)} values of code.{own.name} are not such as the model gives"
            hint = "it gives " + "; ".join(f"code.{v.name}: {', '.join(v.values)}" for v in variables)
            raise DatasetError("OTHER_CODES", what, where=table.name, hint=hint)

    def translated(by_rater: Labels) -> Labels:
        found = np.full((*by_rater.shape[:2], len(variables)), NOT_CODED)
        for column, own in enumerate(table.variables):
            wanted = known[own.name].values
            # The last place is that of NOT_CODED.
            places = np.array([*(wanted.index(value) for value in own.values), NOT_CODED])
            found[:, :, list(known).index(own.name)] = places[by_rater[:, :, column]]
        return found

    talks = tuple(replace(talk, by_rater=translated(talk.by_rater)) for talk in table.talks)
    return CodesTable(table.name, tuple(variables), talks)


def _variable(name: str, rows: Mapping[str, Sequence[tuple[str, Cells]]], where: str) -> Variable:
    coded = [cells for rated in rows.values() for _, cells in rated if cells[f"code.{name}"]]
    values = sorted({cells[f"code.{name}"] for cells in coded}, key=_by_number)
    hint = "an empty cell is a turn that was not asked; every other cell holds one of a few values"
    if not 2 <= len(values) <= MAX_VALUES:
        what = f"code.{name} has {len(values)} different values; expected 2 to {MAX_VALUES}."
        raise TableError("VALUES", what, where=where, hint=hint)
    if not all(map(VALUE.fullmatch, values)):
        what = f"a value of code.{name} is longer than 40 characters or holds more than letters, digits and . : + / - _"
        raise TableError("VALUES", what, where=where, hint=hint)
    asked = Counter(cells["role"].casefold() for cells in coded)
    roles = tuple(role for role in Role if asked[role] and asked[role] >= MIN_ROLE_SHARE * len(coded))
    return Variable(name, tuple(values), roles)


def _by_number(value: str) -> tuple[float, str]:
    return (float(value) if re.fullmatch(r"[+-]?\d{1,6}(\.\d{1,6})?", value, re.ASCII) else float("inf"), value)


def _talk(name: str, rated: Sequence[tuple[str, Cells]], variables: Sequence[Variable]) -> CodedTalk:
    first = rated[0][1]
    turns: dict[int, Cells] = {}
    given: dict[tuple[str, int], list[int]] = {}
    for where, cells in rated:
        turn, rater = _turn_number(cells["turn"], where), cells.get(RATER, "")
        if any(cells[who] != first[who] for who in ("client", "therapist")):
            raise TableError("PEOPLE", "the session has another client or therapist further up.", where=where)
        if (rater, turn) in given:
            hint = f"rows of other raters of a turn need a column {RATER!r}" if RATER not in cells else ""
            raise TableError("TWICE", "this turn stands further up.", where=where, hint=hint)
        known = turns.setdefault(turn, cells)
        if any(known[what] != cells[what] for what in ("role", "text")):
            raise TableError("TWICE", "the turn has another role or other words further up.", where=where)
        _require_role(cells["role"], where)
        given[rater, turn] = [_place(cells[f"code.{v.name}"], v) for v in variables]
    order = sorted(turns)
    # By name, so that the first and the second rater are the same people in all sessions.
    nothing = [NOT_CODED] * len(variables)
    # Who coded nothing here is no rater of it; a session that nobody coded keeps one row.
    raters = sorted({rater for (rater, _), said in given.items() if said != nothing}) or [""]
    by_rater = np.array([[given.get((rater, turn), nothing) for turn in order] for rater in raters], dtype=np.int64)
    return CodedTalk(_session(name, [turns[turn] for turn in order]), first["client"], first["therapist"], by_rater)


def _turn_number(cell: str, where: str) -> int:
    if not re.fullmatch(r"\d{1,7}", cell, re.ASCII):
        raise TableError("CELL", "column 'turn': expected a whole number.", where=where)
    return int(cell)


def _require_role(cell: str, where: str) -> None:
    if cell.casefold() not in [role.value for role in Role]:
        raise TableError("CELL", "column 'role': expected therapist, client or other.", where=where)


def _place(cell: str, variable: Variable) -> int:
    return variable.values.index(cell) if cell else NOT_CODED


def _session(name: str, turns: Sequence[Cells]) -> Session:
    """One utterance a turn: whoever coded them has drawn their bounds already."""
    texts = [" ".join(cells["text"].split()) for cells in turns]
    roles = [Role(cells["role"].casefold()) for cells in turns]
    voices = list(dict.fromkeys(roles))
    speakers = tuple(
        Speaker(
            role.value,
            role,
            1.0,
            "named in the table",
            roles.count(role),
            sum(len(text.split()) for text, who in zip(texts, roles, strict=True) if who is role),
        )
        for role in voices
    )
    return Session(
        name,
        tuple(Utterance(text, n) for n, text in enumerate(texts)),
        tuple(Turn(n, n + 1, voices.index(role), None, None, None, False) for n, role in enumerate(roles)),
        (Episode(0, len(turns), ()),),
        speakers,
    )
