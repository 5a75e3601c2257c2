"""One probability a code from three readers of a turn: the network, the words, and the cues of the codebooks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.bundle import BundleInfo
from transcript_alliance.alliance.fit_logistic import fit_logistic
from transcript_alliance.coding.odds import Array, log_odds, logistic
from transcript_alliance.errors import ModelBundleError

Flags = NDArray[np.bool_]

PRIOR = 1.0
"""Strength of the pull of the weights to nothing, in turns (our choice): keeps codes that nobody marked finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Blend:
    """Logistic regression of each code on what the three readers say of it."""

    intercept: Array  # (codes,)
    network: Array  # (codes,), for the log odds of the network
    words: Array  # (codes,), for the score of the words
    cues: Array  # (codes,), for a cue of the code on the turn

    @classmethod
    def of(cls, info: BundleInfo) -> "Blend":
        """The blend of a bundle. Raises ModelBundleError when its tables are not one number a code."""
        columns = (info.blend_intercept, info.blend_network, info.blend_words, info.blend_cues)
        if any(len(column) != len(info.codes) for column in columns):
            raise ModelBundleError("BAD_MODEL", "the blend's tables are not of the right size", where=info.name)
        return cls(*(np.array(column) for column in columns))

    def codes(self, network: Array, words: Array, cues: Flags) -> Array:
        """Probabilities from the network's probabilities, the words' scores and the cues, (turns, codes) each."""
        return logistic(self.intercept + self.network * log_odds(network) + self.words * words + self.cues * cues)


def fit_blend(network: Array, words: Array, cues: Flags, truth: Array) -> Blend:
    """The blend that observers' marks, (turns, codes) with soft labels 0..1 and nan unasked, make likeliest.

    The readings must be of sessions whose people the readers had not learned from.
    """
    readings = (log_odds(network), words, cues.astype(float))
    fits = [_fit_code([r[:, c] for r in readings], truth[:, c]) for c in range(truth.shape[1])]
    return Blend(*np.array(fits).T)


def blend_by_fold(
    network: Sequence[Array],
    words: Sequence[Array],
    cues: Sequence[Flags],
    truth: Sequence[Array],
    folds: NDArray[np.int64],
) -> tuple[Array, ...]:
    """Probabilities of every session, (turns, codes) each, by a blend fitted on the sessions of the other folds."""
    blended: list[Array] = [np.empty(0)] * len(network)
    for fold in np.unique(folds):
        others = np.flatnonzero(folds != fold).tolist()
        joined = [np.concatenate([rows[i] for i in others]) for rows in (network, words, truth)]
        blend = fit_blend(joined[0], joined[1], np.concatenate([cues[i] for i in others]), joined[2])
        for i in np.flatnonzero(folds == fold).tolist():
            blended[i] = blend.codes(network[i], words[i], cues[i])
    return tuple(blended)


def _fit_code(readings: Sequence[Array], truth: Array) -> Array:
    """Intercept and the weight of each reading."""
    asked = ~np.isnan(truth)
    return fit_logistic(np.column_stack([r[asked] for r in readings]), truth[asked], PRIOR)
