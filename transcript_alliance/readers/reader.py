"""What a reader is: the shape of a line of the table `READERS`, and of what a reader gives back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from transcript_alliance.readers.source import Source
from transcript_alliance.session import Note, RawTurn


@dataclass(frozen=True, slots=True)
class Columns:
    """The user's word on which column (or JSON key) holds what; None leaves it to the names we know."""

    speaker: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reader makes of a file, before the checks that all formats share."""

    turns: tuple[RawTurn, ...]
    notes: tuple[Note, ...] = ()
    session: str = ""
    """The session's own name, where a file holds several; empty when it is called by the file's."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: how to know it, how to read it, and a sample of it."""

    id: str
    """Name for `--format` and for `RawTranscript.format`."""
    label: str
    """Name for people."""
    suffixes: tuple[str, ...]
    """File name endings in lower case, with the dot."""
    sniff: Callable[[Source], bool]
    """True when the content alone shows the format beyond doubt."""
    read: Callable[[Source, Columns], Draft]
    sample: str
    """File in `sample_data/formats` that shows the format."""
    sessions: Callable[[Source], tuple[str, ...]] | None = None
    """Names of the sessions in a file, in order; None when a file of this format holds one."""


@dataclass(slots=True)
class Tally:
    """Oddities counted by kind while a reader walks through a file."""

    _seen: dict[str, tuple[int, int | None]] = field(default_factory=dict)

    def add(self, kind: str, line: int | None = None, count: int = 1) -> None:
        """Count an oddity; the line of the first one is kept."""
        before, first = self._seen.get(kind, (0, line))
        self._seen[kind] = (before + count, first)

    def add_all(self, notes: Iterable[Note]) -> None:
        """Count what others have noted."""
        for note in notes:
            self.add(note.kind, note.first_line, note.count)

    def notes(self) -> tuple[Note, ...]:
        """The notes, in the order in which their kinds were first seen."""
        return tuple(Note(kind, count, line) for kind, (count, line) in self._seen.items())
