"""A transcript file to a session: read, corrected by the user's speakers file, segmented. Needs no model."""

from dataclasses import dataclass, replace
from pathlib import Path

from transcript_alliance.readers import read_transcript
from transcript_alliance.segment import merge_turns, segment_session
from transcript_alliance.segment.corrections import Corrected, Corrections, correct
from transcript_alliance.segment.speaker_file import find_speaker_file, load_speaker_file
from transcript_alliance.segment.swaps import SuspectedSwap, suspect_swaps
from transcript_alliance.session import Note, RawTranscript, Session
from transcript_alliance.settings import Settings


@dataclass(frozen=True, slots=True)
class Intake:
    """A session, and how it came out of its file."""

    raw: RawTranscript
    """As the file gives it, before any correction."""
    session: Session
    numbers: tuple[int, ...]
    """For each turn of the session its number in the file as it is, from 1: what a speakers file goes by."""
    corrections: tuple[str, ...]
    """What the speakers file changed, a sentence each."""
    swaps: tuple[SuspectedSwap, ...]


def take_in(path: Path, settings: Settings) -> Intake:
    """The session in the transcript file at `path`, with what the speakers file says about it.

    Raises InputError or ReadError when it cannot be read, SpeakerError when it has no two speakers to tell apart
    or a correction does not fit it, SettingsError for a faulty speakers file.
    """
    read, roles = settings.read, settings.roles
    raw = read_transcript(path, read.format, read.encoding, read.speaker_column, read.text_column)
    corrected = _corrected(raw, path, roles.speakers)
    session = segment_session(
        corrected.raw, therapist=roles.therapist, given=corrected.roles, dyad=roles.dyad or corrected.dyad
    )
    swaps = suspect_swaps(session)
    numbers = tuple(corrected.numbers[turn.raw_indices[0]] for turn in merge_turns(corrected.raw.turns))
    if swaps:
        n_turns = sum(swap.last + 1 - swap.first for swap in swaps)
        note = Note("W_SWAPPED_TURNS", n_turns, session.turns[swaps[0].first].line)
        session = replace(session, notes=(*session.notes, note))
    return Intake(raw, session, numbers, corrected.applied, swaps)


def _corrected(raw: RawTranscript, path: Path, given: str | None) -> Corrected:
    file = find_speaker_file(path, given)
    return correct(raw, Corrections() if file is None else load_speaker_file(file).corrections(path))
