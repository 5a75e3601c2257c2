"""The scales that a model gives, and how they are read off its scorer's outputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import OUTCOMES, SCALES
from transcript_alliance.errors import InstrumentError
from transcript_alliance.instruments import TOTAL, Instruments, Scoring, load_instruments

ALLIANCE, SKILLS = "wai-o-s", "fis"


@dataclass(frozen=True, slots=True)
class ReportedScale:
    """One number of the result: a mean of some of the scorer's outputs."""

    instrument: str
    scale: str
    low: float
    high: float
    """Ends of the scale, in its own units."""
    outputs: tuple[int, ...]
    """Indices into the scorer's outputs."""

    @property
    def name(self) -> str:
        """As a bundle and a table of ratings call it, such as `wai-o-s.total`."""
        return f"{self.instrument}.{self.scale}"


def reported_scales() -> tuple[ReportedScale, ...]:
    """Those of the authored corpus: goal, task, bond and total of the WAI observer form, the skills that text shows."""
    subscales = [s.id for s in load_instruments().by_id(ALLIANCE).subscales]
    alliance = [f"{ALLIANCE}.{scale}" for scale in (*subscales, TOTAL)]
    return scales_of((*alliance, *(name for name in SCALES if name.startswith(f"{SKILLS}."))), OUTCOMES)


def scales_of(names: Sequence[str], outputs: Sequence[str]) -> tuple[ReportedScale, ...]:
    """The scales of these names (`instrument.scale`), each its own output or the mean of the outputs of its items.

    Raises InstrumentError for a name that no instrument has, and where the outputs do not give it.
    """
    instruments = load_instruments()
    return tuple(_scale(name, outputs, instruments) for name in names)


def _scale(name: str, outputs: Sequence[str], instruments: Instruments) -> ReportedScale:
    instrument_id, _, scale = name.partition(".")
    instrument = instruments.by_id(instrument_id)
    low, high = instrument.scale_range(scale)
    items = instrument.scale_items(scale) if instrument.scoring is Scoring.MEAN else ()
    wanted = [name] if name in outputs else [f"{instrument_id}.{item}" for item in items]
    if not wanted or not set(wanted) <= set(outputs):
        raise InstrumentError("NO_OUTPUT", f"no output gives the scale {ascii(scale[:40])[1:-1]}", where=instrument_id)
    return ReportedScale(instrument_id, scale, low, high, tuple(outputs.index(w) for w in wanted))


def to_reported(points: NDArray[np.float64], scales: tuple[ReportedScale, ...]) -> NDArray[np.float64]:
    """Scorer outputs in scale points, (..., outputs), as reported scales, (..., reported); nan stays in its scale."""
    rows = [points[..., list(s.outputs)].mean(axis=-1) for s in scales]
    return np.stack(rows, axis=-1)
