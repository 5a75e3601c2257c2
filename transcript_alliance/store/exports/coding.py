"""What a writer of codes takes: a session, the marks to show in it, and the codes' names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from transcript_alliance.annotations import CodedSession, Origin
from transcript_alliance.coding.codebook import Code, Codebooks
from transcript_alliance.session import Session
from transcript_alliance.store.marks import Mark, marks_of, turn_text


@dataclass(frozen=True, slots=True)
class Coding:
    """A coded session with the marks that are to be shown."""

    coded: CodedSession
    marks: tuple[Mark, ...]
    """In the order of the text."""
    codes: Mapping[str, Code]
    """Id -> code, of all that a person may choose; a mark may have a code that is not among them."""

    @property
    def session(self) -> Session:
        """The session."""
        return self.coded.session

    @property
    def code_ids(self) -> tuple[str, ...]:
        """All codes to choose from, then those that stand in marks alone."""
        return tuple(dict.fromkeys([*self.codes, *(mark.code for mark in self.marks)]))


@dataclass(frozen=True, slots=True)
class Layout:
    """The session as one text: a line `label: words` for each turn."""

    text: str
    starts: tuple[int, ...]
    """Code point at which each turn's words begin."""
    lengths: tuple[int, ...]
    """Code points of each turn's words."""

    def turn_at(self, start: int, end: int) -> tuple[int, int, int] | None:
        """Turn, and start and end in its words, of code points `start` up to `end`; of several turns the first.

        None when no word of a turn is in it.
        """
        for turn, (begin, length) in enumerate(zip(self.starts, self.lengths, strict=True)):
            if start < begin + length and begin < end:
                return turn, max(0, start - begin), min(length, end - begin)
        return None


def coding_of(coded: CodedSession, codebooks: Codebooks, origins: Sequence[Origin] = tuple(Origin)) -> Coding:
    """The coded session with its marks of these origins and the codes that text can show."""
    marks = marks_of(coded.session, (marker for marker in coded.markers if marker.origin in origins))
    return Coding(coded, marks, {code.id: code for code in codebooks.codes if code.text_codable})


def layout(session: Session) -> Layout:
    """The text that programs for one running text are given."""
    labels = [speaker_label(session, turn) for turn in range(len(session.turns))]
    texts = [turn_text(session, turn) for turn in range(len(session.turns))]
    lines = [f"{label}: {text}\n" for label, text in zip(labels, texts, strict=True)]
    before = [0, *accumulate(map(len, lines))]
    starts = tuple(at + len(label) + 2 for at, label in zip(before, labels, strict=False))
    return Layout("".join(lines), starts, tuple(map(len, texts)))


def speaker_label(session: Session, turn: int) -> str:
    """The label of the turn's speaker, as a file in UTF-8 can hold it."""
    label = session.speakers[session.turns[turn].speaker].label
    return label.encode("utf-8", "replace").decode("utf-8")
