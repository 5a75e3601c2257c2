"""What `check` finds out: each transcript as it is understood, and whether it would be scored."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from transcript_alliance.alliance.abstain import Abstention, abstentions
from transcript_alliance.commands.faults import unforeseen
from transcript_alliance.errors import TranscriptError, show_name
from transcript_alliance.intake import Intake, take_in
from transcript_alliance.readers import session_paths
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Checked:
    """A transcript that could be read."""

    intake: Intake
    abstentions: tuple[Abstention, ...]
    """Why `code` would give no score; empty when it would."""

    @property
    def session(self) -> Session:
        """The session as `code` would take it."""
        return self.intake.session

    @property
    def n_timed_turns(self) -> int:
        """Turns with a start."""
        return sum(turn.start_s is not None for turn in self.session.turns)

    @property
    def span_s(self) -> tuple[float, float] | None:
        """First and last time in seconds; None when there are none."""
        starts = [turn.start_s for turn in self.session.turns if turn.start_s is not None]
        ends = [turn.end_s for turn in self.session.turns if turn.end_s is not None]
        return (min(starts), max(starts + ends)) if starts else None

    def swapped_turns(self) -> tuple[tuple[int, int], ...]:
        """First and last turn of each suspected stretch, by the numbers that the file itself gives."""
        numbers = self.intake.numbers
        return tuple((numbers[swap.first], numbers[swap.last]) for swap in self.intake.swaps)


def check_files(paths: Iterable[Path], settings: Settings) -> list[tuple[Path, Checked | TranscriptError]]:
    """Each session with what was understood, or with the error that stopped it alone, in the order given.

    A file that holds several sessions counts as so many, each called `file#session`.
    """
    found: list[tuple[Path, Checked | TranscriptError]] = []
    read = settings.read
    for path in (one for file in paths for one in session_paths(file, read.format, read.encoding)):
        try:
            intake = take_in(path, settings)
            found.append((path, Checked(intake, abstentions(intake.session, settings.abstain))))
        except TranscriptError as error:
            error.where = error.where or show_name(path)
            found.append((path, error))
        except Exception as error:
            found.append((path, unforeseen(error, show_name(path))))
    return found


def trouble(result: Checked | TranscriptError) -> int:
    """How much a transcript needs a look: 4 not read, 3 not scored, 2 labels in doubt, 1 something noted, 0 nothing."""
    if isinstance(result, TranscriptError):
        return 4
    if result.abstentions:
        return 3
    if result.intake.swaps:
        return 2
    return int(bool(result.session.notes))
