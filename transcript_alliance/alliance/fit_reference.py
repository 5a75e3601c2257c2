"""What a model keeps of the sessions it learned from, so that others can be laid beside them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import RatedSession
from transcript_alliance.alliance.drift import reading_measures, reference_of, surface_measures
from transcript_alliance.alliance.fit_words import session_vocabulary
from transcript_alliance.alliance.predictions import Decisions
from transcript_alliance.alliance.scales import ReportedScale, to_reported

Array = NDArray[np.float64]


def fit_reference(
    sessions: Sequence[RatedSession],
    codes: Sequence[Array],
    points: Array,
    folds: NDArray[np.int64],
    decisions: Decisions,
    scales: tuple[ReportedScale, ...],
) -> dict[str, tuple[float, ...]]:
    """Percentiles of every measure of `drift` over the sessions, each seen as a model sees people new to it.

    `codes` (turns, codes) a session and `points` (sessions, outputs) are out-of-fold readings; which words are known
    is told by the vocabulary of the other folds.
    """
    raw = to_reported(points, scales)
    values = np.column_stack([line.value(raw[:, i]) for i, line in enumerate(decisions.scales)])
    surface = _surface_by_fold(sessions, folds)
    return reference_of(
        [
            {**seen, **reading_measures(s.session, c >= decisions.thresholds, v, scales)}
            for seen, s, c, v in zip(surface, sessions, codes, values, strict=True)
        ]
    )


def _surface_by_fold(sessions: Sequence[RatedSession], folds: NDArray[np.int64]) -> list[dict[str, float]]:
    found: list[dict[str, float]] = [{}] * len(sessions)
    for fold in np.unique(folds):
        vocabulary = session_vocabulary([s for s, f in zip(sessions, folds, strict=True) if f != fold])
        for i in np.flatnonzero(folds == fold).tolist():
            found[i] = surface_measures(sessions[i].session, vocabulary)
    return found
