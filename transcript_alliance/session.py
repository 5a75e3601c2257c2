"""What was said, by whom, in what order: the transcript as read, and the session as segmented.

A `Session` holds one flat tuple of utterances. Turns and episodes, and later rupture events and
windows, are half-open ranges over it, so nothing points back and the JSON is the object.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Which side of the alliance a speaker is on."""

    THERAPIST = "therapist"
    CLIENT = "client"
    OTHER = "other"
    """On neither side of the dyad: interpreter, receptionist, recorder's announcement."""


@dataclass(frozen=True, slots=True)
class Note:
    """A recoverable oddity of the input. Its sentence for people is in `notes.NOTE_TEXTS`."""

    kind: str
    """Machine code such as `W_ENCODING`."""
    count: int = 1
    """How often it was seen, 1 or more."""
    first_line: int | None = None
    """1-based line (or row) of the file where it was first seen; None when it has no place."""


@dataclass(frozen=True, slots=True)
class RawTurn:
    """One stretch of talk as the file gives it: a cue, a row, a labelled paragraph. Nothing interpreted."""

    speaker: str | None
    """The label as written, or None when the file names nobody here."""
    text: str
    start_s: float | None = None
    """Seconds from the start of the recording; None when not given or not readable."""
    end_s: float | None = None
    line: int | None = None
    """1-based line (or row) of the file where it starts."""


@dataclass(frozen=True, slots=True)
class RawTranscript:
    """A file's talk in order, before anybody decides who is who."""

    name: str
    """File name without its folder; the session is called by its stem."""
    format: str
    """Reader id: `vtt`, `srt`, `text`, `csv`, `tsv`, `jsonl` …"""
    encoding: str
    sha256: str
    """Of the file's bytes, as hexadecimal."""
    turns: tuple[RawTurn, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """One voice of the session and the role it was given."""

    label: str
    role: Role
    confidence: float
    """0..1; 1 when the user settled it."""
    reason: str
    """Why this role, in words for people, without any words of the session."""
    n_turns: int
    n_words: int
    kept_apart: Role | None = None
    """The side of a speaker whom the choice of one dyad leaves unscored: `client` for the partner of the client
    whose alliance is scored, `therapist` for a co-therapist. Their role is then `other`; None for all others."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence, or what stands for one in speech. The single carrier of the session's words."""

    text: str
    turn: int
    """Index of the turn it belongs to."""


@dataclass(frozen=True, slots=True)
class Turn:
    """All that one speaker says until another speaks: utterances `start` up to, not including, `end`."""

    start: int
    end: int
    speaker: int
    """Index into `Session.speakers`."""
    start_s: float | None
    end_s: float | None
    line: int | None
    """1-based line of the file where the turn starts."""
    backchannel: bool
    """True for a bare listener's signal such as "mm-hm": kept and shown, but no answer to anything."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of turns about one topic: utterances `start` up to `end`, always at turn boundaries."""

    start: int
    end: int
    keywords: tuple[str, ...]
    """The words that set it apart from the rest of the session, at most five, most telling first."""


@dataclass(frozen=True, slots=True)
class Session:
    """A segmented session.

    Invariants (checked by the tests as properties): turns cover every utterance once and in order;
    so do episodes; the utterances of a turn joined by one blank are the turn's text.
    """

    session_id: str
    utterances: tuple[Utterance, ...]
    turns: tuple[Turn, ...]
    episodes: tuple[Episode, ...]
    speakers: tuple[Speaker, ...]
    notes: tuple[Note, ...] = ()

    def role(self, turn: int) -> Role:
        """Role of the speaker of turn number `turn`."""
        return self.speakers[self.turns[turn].speaker].role

    def turn_text(self, turn: int) -> str:
        """Text of turn number `turn`: its utterances joined by one blank."""
        span = self.turns[turn]
        return " ".join(u.text for u in self.utterances[span.start : span.end])

    @property
    def n_words(self) -> int:
        """Words in the session, split at blanks."""
        return sum(len(u.text.split()) for u in self.utterances)
