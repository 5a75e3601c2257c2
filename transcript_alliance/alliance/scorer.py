"""The session scorer: how much of what was read in a session goes with which rating. Linear, and open to look at.

It weighs two things: how often the turns of each side show each code (mean probability, as a logarithm), and
which phrases each side says. Both add up over turns, so every score can be worked out anew without a turn.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import BOUNDARIES, CODE_ROLE, TURN_CODES
from transcript_alliance.alliance.phrases import (
    PhraseCounts,
    Places,
    Vocabulary,
    count_phrases,
    points_without_each_turn,
    session_vector,
)
from transcript_alliance.coding.odds import logistic
from transcript_alliance.session import Role, Session

Array = NDArray[np.float64]

FEATURES: tuple[tuple[str, Role], ...] = tuple(
    (code, role)
    for code in TURN_CODES
    for role in (Role.THERAPIST, Role.CLIENT)
    if code not in BOUNDARIES and CODE_ROLE.get(code, role) is role
)
"""Code and the side whose turns it is averaged over."""

RARE = 1e-3
"""Added before the logarithm: below this a code counts as not seen (our choice)."""
_COLUMNS = np.array([TURN_CODES.index(code) for code, _ in FEATURES])
_SIDES = np.array([role is Role.THERAPIST for _, role in FEATURES])


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the scorer weighs of a session, or of a run of its turns."""

    codes: Array  # (turns, codes), probabilities
    counts: NDArray[np.bool_]  # (turns, features): whether a turn is of the side that a feature is averaged over
    phrases: PhraseCounts

    @classmethod
    def of(cls, session: Session, codes: Array, places: Places) -> "Evidence":
        """The evidence of a whole session; `places` are those of the scorer's vocabulary."""
        return cls(codes, sides(session), count_phrases(session, places))

    def part(self, turns: slice) -> "Evidence":
        """The evidence of some of the turns."""
        return Evidence(self.codes[turns], self.counts[turns], self.phrases.part(turns))

    def code_features(self) -> Array:
        """Log mean probability of each code, (features,); a side that says nothing has shown nothing."""
        shown = np.where(self.counts, self.codes[:, _COLUMNS], 0.0)
        features: Array = np.log(shown.sum(axis=0) / np.maximum(self.counts.sum(axis=0), 1) + RARE)
        return features

    def code_features_without_each_turn(self) -> Array:
        """The features that there would be without each of the turns, (turns, features)."""
        shown = np.where(self.counts, self.codes[:, _COLUMNS], 0.0)
        left = np.maximum(self.counts.sum(axis=0) - self.counts, 1)
        features: Array = np.log(np.maximum(shown.sum(axis=0) - shown, 0.0) / left + RARE)
        return features


def sides(session: Session) -> NDArray[np.bool_]:
    """For every turn and feature whether the turn counts for it, (turns, features)."""
    roles = [session.role(t) for t in range(len(session.turns))]
    therapist, client = (np.array([role is side for role in roles]) for side in (Role.THERAPIST, Role.CLIENT))
    return np.where(_SIDES, therapist[:, None], client[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class Contrast:
    """What goes with a rating in sessions of the hard part, where skill and its usual words were set apart.

    In ordinary talk the two go together, so each kind of session is weighed in its own way, by how much it reads like
    one of that part.
    """

    likeness_phrases: Array  # (phrases,), log odds that a session is of that kind
    likeness_intercept: float
    phrase_weights: Array  # (outputs, phrases), what such a session adds to the scorer's
    weights: Array  # (outputs, features), likewise
    intercept: Array  # (outputs,), likewise

    def likeness(self, words: Array) -> float:
        """How surely the session whose `words` are (phrases,) is of that kind, 0..1."""
        return float(logistic(self.likeness_intercept + self.likeness_phrases @ words))


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """A fitted ridge regression on the features of the codes and on the session's phrases."""

    vocabulary: Vocabulary
    phrase_weights: Array  # (outputs, phrases)
    mean: Array  # (features,)
    sd: Array  # (features,)
    weights: Array  # (outputs, features), scale points for a standard deviation of the feature
    intercept: Array  # (outputs,), scale points
    contrast: Contrast | None = None
    """None where nothing of that kind was learned from: then all sessions are weighed alike."""

    def points(self, evidence: Evidence) -> Array:
        """Outputs in scale points, (outputs,)."""
        words = session_vector(evidence.phrases, self.vocabulary)
        own = self._for(words)
        return own._of_codes(evidence.code_features()) + own.phrase_weights @ words

    def points_without_each_turn(self, evidence: Evidence) -> Array:
        """The outputs that there would be without each of the turns, (turns, outputs).

        What kind of session it is does not hang on one turn.
        """
        own = self._for(session_vector(evidence.phrases, self.vocabulary))
        words = points_without_each_turn(evidence.phrases, self.vocabulary, own.phrase_weights)
        return own._of_codes(evidence.code_features_without_each_turn()) + words

    def _for(self, words: Array) -> "Scorer":
        """The scorer of one session, which weighs it by what kind it is."""
        if self.contrast is None:
            return self
        other, share = self.contrast, self.contrast.likeness(words)
        return replace(
            self,
            phrase_weights=self.phrase_weights + share * other.phrase_weights,
            weights=self.weights + share * other.weights,
            intercept=self.intercept + share * other.intercept,
            contrast=None,
        )

    def _of_codes(self, features: Array) -> Array:
        found: Array = ((features - self.mean) / self.sd) @ self.weights.T + self.intercept
        return found
