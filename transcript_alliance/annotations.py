"""What is said about a session: markers, rupture events, scores, and where they come from.

All positions are those of `session.Session`: ranges are half-open over its utterances, a `Span` is
half-open in code points inside one utterance.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from transcript_alliance.session import Session


class Origin(StrEnum):
    """Who set a marker. The three are never mixed in one column."""

    CUE = "cue"
    MODEL = "model"
    HUMAN = "human"


class RuptureKind(StrEnum):
    """3RS: the client moves away from, or against, the therapist or the work."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"


class Resolution(StrEnum):
    """How a rupture stands at the end of its event."""

    RESOLVED = "resolved"
    PARTLY = "partly"
    UNRESOLVED = "unresolved"
    """The therapist responded to the strain, and it stayed."""
    MISSED = "missed"
    """No resolution strategy was found in the turns where one was looked for."""


@dataclass(frozen=True, slots=True)
class Span:
    """Code points `start` up to `end` of utterance number `utterance`."""

    utterance: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Marker:
    """One code seen in utterances `start` up to `end` (all of one turn)."""

    code: str
    """Id of the code in its codebook."""
    start: int
    end: int
    score: float
    """0..1: the model's probability, 1 for a cue or a human."""
    origin: Origin
    spans: tuple[Span, ...] = ()
    """The words that show it; empty when the whole turn does."""


@dataclass(frozen=True, slots=True)
class CodeScore:
    """How likely a code is within an event."""

    code: str
    score: float
    """0..1."""


@dataclass(frozen=True, slots=True)
class RuptureEvent:
    """A strain between client and therapist or with the work, and what followed."""

    kind: RuptureKind
    start: int
    end: int
    """Utterances `start` up to `end`: from the client's first sign to the last turn of the exchange about it."""
    score: float
    """0..1: the model's probability of strain on its most strained turn."""
    markers: tuple[CodeScore, ...]
    """Sub-codes of its kind (W1-W7 or C1-C7), likeliest first."""
    strategies: tuple[CodeScore, ...]
    """Resolution strategies (R1-R10) found in the therapist's answering turns, likeliest first."""
    repair: tuple[tuple[int, int], ...]
    """Utterance ranges of those turns, in order; empty when missed."""
    turns_to_response: int | None
    """Turns from the client's first turn in it to the first repairing one (1 = the very next); None when missed."""
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Score:
    """One scale of one instrument, or the reason why there is none."""

    instrument: str
    scale: str
    """Subscale or item id of the instrument; `total` for its total."""
    value: float | None
    """In the scale's own units (WAI-O 1-7, FIS 1-5); None when abstained."""
    low: float | None
    high: float | None
    """Ends of the 90% interval, in the same units; None when abstained."""
    evidence_for: tuple[int, ...] = ()
    """Turn numbers that raised the score most, strongest first."""
    evidence_against: tuple[int, ...] = ()
    """Turn numbers that lowered it most, strongest first."""
    abstained: str | None = None
    """Why no number is given, as a sentence for people; None when there is a number."""


@dataclass(frozen=True, slots=True)
class Window:
    """The scores of a part of the session: utterances `start` up to `end`."""

    start: int
    end: int
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class ScaleQuality:
    """How well the model's scale agreed with observers on people it had not seen, beside its floor and ceiling."""

    instrument: str
    scale: str
    spearman: float
    spearman_low: float
    spearman_high: float
    """95% bootstrap interval over therapists."""
    mae: float
    """Mean absolute error in scale points."""
    floor_name: str
    floor_spearman: float
    """The best of the simple methods."""
    ceiling_icc: float | None
    """ICC(2,1) of two observers; None when only one rated."""
    n_sessions: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Everything needed to repeat the result or to doubt it."""

    package_version: str
    input_sha256: str
    input_format: str
    input_encoding: str
    settings_sha256: str
    codebooks_sha256: str
    instruments_sha256: str
    model: str
    """Bundle name with its version, such as `alliance-minilm-0.1`."""
    model_sha256: str
    """Of its model.json, which holds the hashes of all its other files."""
    tokenizer_sha256: str
    libraries: tuple[tuple[str, str], ...]
    """Name and version of each library that can move a score."""
    machine: str
    """Class of machine (system, processor type); results are promised to the byte within a class."""
    speaker_corrections: tuple[str, ...] = ()
    """What the user's speakers file changed before coding, a sentence each; turn numbers are those of the file."""


@dataclass(frozen=True, slots=True)
class CodedSession:
    """A session with all that was found in it: the one thing that reports, stores and exports take."""

    session: Session
    markers: tuple[Marker, ...]
    events: tuple[RuptureEvent, ...]
    scores: tuple[Score, ...]
    windows: tuple[Window, ...]
    quality: tuple[ScaleQuality, ...]
    provenance: Provenance

    def to_frames(self) -> dict[str, Any]:
        """The session's tables as pandas DataFrames, by name; `store.tables.TABLES` says what each column holds."""
        # The one step upwards of the package: a method where people look for it, and pandas loaded only then.
        from transcript_alliance.store.frames import to_frames

        return to_frames(self)
