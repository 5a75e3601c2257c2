"""Section 9: the model card in a few lines, from what the coded session carries about its model."""

from dataclasses import dataclass

from transcript_alliance.annotations import ScaleQuality
from transcript_alliance.report.context import Context


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a reader should know of the model before trusting a number."""

    n_sessions: str
    """Sessions its figures were measured on; empty when nothing is known."""
    lowest: str
    highest: str
    """Agreement with readers over its scales (Spearman)."""
    floor_lowest: str
    floor_highest: str
    """The same for the best simple method of each scale."""
    n_scales: int
    n_below_floor: int
    """Scales on which a simple method did better."""


def model_facts(context: Context) -> ModelFacts | None:
    """The figures of all scales together; None when the session carries none."""
    known = context.coded.quality
    if not known:
        return None
    words = context.words
    floors = [quality.floor_spearman for quality in known]
    return ModelFacts(
        words.whole(max(quality.n_sessions for quality in known)),
        words.agreement(min(quality.spearman for quality in known)),
        words.agreement(max(quality.spearman for quality in known)),
        words.agreement(min(floors)),
        words.agreement(max(floors)),
        len(known),
        sum(map(_below_floor, known)),
    )


def _below_floor(quality: ScaleQuality) -> bool:
    return quality.spearman < quality.floor_spearman
