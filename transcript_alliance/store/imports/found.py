"""What the readers of codes share: a session to hold the file against, and where a stretch of their text is in ours."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from transcript_alliance.annotations import Origin
from transcript_alliance.coding.codebook import Code
from transcript_alliance.errors import DatasetError
from transcript_alliance.session import Session
from transcript_alliance.store.marks import Mark, turn_text


@dataclass(frozen=True, slots=True)
class Target:
    """The session that the codes are for, and the codes that are known."""

    session: Session
    codes: Mapping[str, Code]
    take_all: bool = False
    """True to take also what the file says a cue or the model set: a person may have looked at it and let it stand."""

    def code_id(self, name: str) -> str:
        """The id of the code that a program calls `name`: by id, then by label, in capitals or not; else the name.

        A name that begins with an id, written as it is, and a blank is that code: people add the label.
        """
        name = name.strip()
        first = name.partition(" ")[0]
        if first in self.codes:
            return first
        labels = {code.label.casefold(): code.id for code in self.codes.values()}
        ids = {code.casefold(): code for code in self.codes}
        return (labels | ids).get(name.casefold(), name)

    def mark(self, turn: int, start: int | None, end: int | None, code: str) -> Mark:
        """A person's mark; the whole turn without a start and an end."""
        n_chars = len(self.session.turn_text(turn))
        return Mark(turn, 0 if start is None else start, n_chars if end is None else end, self.code_id(code))

    def counts(self, origin: Any) -> bool:
        """Whether a mark that the file says is of this origin is to be taken."""
        return self.take_all or origin not in (Origin.CUE.value, Origin.MODEL.value)


class SameText:
    """A text of a file that is one of ours, but for blanks and line ends, which programs change."""

    def __init__(self, theirs: str, ours: str) -> None:
        self._theirs = [n for n, letter in enumerate(theirs) if not letter.isspace()]
        self._ours = [n for n, letter in enumerate(ours) if not letter.isspace()]
        self.is_same = [theirs[n] for n in self._theirs] == [ours[n] for n in self._ours]

    def ours(self, start: int, end: int) -> tuple[int, int] | None:
        """Their code points `start` up to `end` in our text, without blanks at the ends; None when only blanks.

        >>> SameText("a  b\\r\\nc", "a b\\nc").ours(3, 7)
        (2, 5)
        """
        first, beyond = bisect_left(self._theirs, start), bisect_left(self._theirs, end)
        return (self._ours[first], self._ours[beyond - 1] + 1) if first < beyond else None


def same_turn(session: Session, turn: int, text: str) -> SameText | None:
    """The turn's text beside theirs; None when the session has no such turn or it says something else."""
    if not 0 <= turn < len(session.turns):
        return None
    same = SameText(text, turn_text(session, turn))
    return same if same.is_same else None


def other_session(where: str) -> DatasetError:
    """The error for a file whose words are not those of the session."""
    what = "The words are not those of the session."
    hint = "Give the coded session that the file was made from; its words may not be edited while coding."
    return DatasetError("OTHER_SESSION", what, where=where, hint=hint)


def malformed(what: str, where: str, hint: str = "") -> DatasetError:
    """The error for a file that is not as its program writes it."""
    return DatasetError("MALFORMED", what, where=where, hint=hint)


def whole_number(value: Any) -> int | None:
    """The whole number, also written as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None
