"""The names a report needs: of codes and of rating scales, as values.

A report does not read codebooks or instruments; whoever asks for it hands the names over.
"""

from dataclasses import dataclass
from enum import StrEnum

from transcript_alliance.session import Role


class Family(StrEnum):
    """What sort of thing a code marks. Sets its shape, its colour and its place in the report."""

    SKILL = "skill"
    """Something the therapist does that serves the alliance."""
    CLIENT = "client"
    """Something the client does that shows the alliance at work."""
    HINDRANCE = "hindrance"
    """Something the therapist does that tends to work against the alliance."""
    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"
    REPAIR = "repair"
    """A resolution strategy."""
    OTHER = "other"
    """Whatever the labels do not know."""


@dataclass(frozen=True, slots=True)
class CodeLabel:
    """One code as people read it."""

    code: str
    """Id in its codebook."""
    label: str
    definition: str
    family: Family
    role: Role
    """In whose turns the code is looked for."""
    parent: str | None = None
    """Id of the code it is a sub-code of; None at the top."""


@dataclass(frozen=True, slots=True)
class ScaleLabel:
    """One scale of an instrument as people read it."""

    scale: str
    label: str
    definition: str = ""
    """What it is about; when empty, the report's own wording for well-known instruments is used."""
    text_codable: bool = True
    """False where the scale lives in the voice: no number is shown, whatever the scores hold."""


@dataclass(frozen=True, slots=True)
class InstrumentLabel:
    """One instrument: its scales in the order to show them, and the range of its numbers."""

    instrument: str
    label: str
    source: str
    """Who published it, and when."""
    low: float
    high: float
    """Ends of its scales."""
    neutral: float | None
    """The value every rater starts from (WAI-O: 4) or the average (FIS: 3); None when there is none."""
    scales: tuple[ScaleLabel, ...]


@dataclass(frozen=True, slots=True)
class ReportLabels:
    """All names for one report. The first instrument is the alliance: its scales make the trajectory."""

    codes: tuple[CodeLabel, ...]
    instruments: tuple[InstrumentLabel, ...]

    def knows(self, code: str) -> bool:
        """Whether `code` has a label."""
        return any(known.code == code for known in self.codes)

    def code(self, code: str) -> CodeLabel:
        """The label of `code`; one that shows the bare id when it has none, so that nothing found stays hidden."""
        for known in self.codes:
            if known.code == code:
                return known
        return CodeLabel(code, code, "", Family.OTHER, Role.OTHER)
