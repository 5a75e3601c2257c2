"""The scales that the model gives, and how they are read off the scorer's outputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import SCALES
from transcript_alliance.instruments import load_instruments

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
    """Indices into `dataset.SCALES`."""


def reported_scales() -> tuple[ReportedScale, ...]:
    """Goal, task, bond and total of the WAI observer form, then the skills that text shows."""
    instruments = load_instruments()
    wai, fis = instruments.by_id(ALLIANCE), instruments.by_id(SKILLS)
    subscales = [(s.id, s.items) for s in wai.subscales]
    alliance = [*subscales, ("total", tuple(sorted(i for _, items in subscales for i in items)))]
    return (
        *(
            ReportedScale(wai.id, scale, wai.low, wai.high, tuple(SCALES.index(f"{wai.id}.{i}") for i in items))
            for scale, items in alliance
        ),
        *(
            ReportedScale(fis.id, name.partition(".")[2], fis.low, fis.high, (index,))
            for index, name in enumerate(SCALES)
            if name.startswith(f"{fis.id}.")
        ),
    )


def to_reported(points: NDArray[np.float64], scales: tuple[ReportedScale, ...]) -> NDArray[np.float64]:
    """Scorer outputs in scale points, (..., outputs), as reported scales, (..., reported); nan stays in its scale."""
    rows = [points[..., list(s.outputs)].mean(axis=-1) for s in scales]
    return np.stack(rows, axis=-1)
