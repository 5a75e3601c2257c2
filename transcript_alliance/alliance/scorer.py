"""The session scorer: how much of what the turn tagger saw goes with which rating. Small, and open to look at.

A session becomes the mean probability of each code over the turns of the role that can show it, as a logarithm;
a ridge regression leads from there to the observers' items and skills. It is learned on readings of sessions
whose people the tagger had not seen, so that it weighs the codes by what they are worth on new people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import CODE_ROLE, TURN_CODES
from transcript_alliance.session import Role, Session

Array = NDArray[np.float64]

FEATURES: tuple[tuple[str, Role], ...] = tuple(
    (code, role) for code in TURN_CODES for role in (Role.THERAPIST, Role.CLIENT) if CODE_ROLE.get(code, role) is role
)
"""Code and the side whose turns it is averaged over."""

RARE = 1e-3
"""Added before the logarithm: below this a code counts as not seen (our choice)."""
PENALTIES = np.logspace(0, 4, 17)
_COLUMNS = np.array([TURN_CODES.index(code) for code, _ in FEATURES])
_SIDES = np.array([role is Role.THERAPIST for _, role in FEATURES])


def sides(session: Session) -> NDArray[np.bool_]:
    """For every turn and feature whether the turn counts for it, (turns, features)."""
    roles = [session.role(t) for t in range(len(session.turns))]
    therapist, client = (np.array([role is side for role in roles]) for side in (Role.THERAPIST, Role.CLIENT))
    return np.where(_SIDES, therapist[:, None], client[:, None])


def session_features(codes: Array, counts: NDArray[np.bool_]) -> Array:
    """Features of a session, or of a part of its turns, (features,); a side that says nothing there has seen nothing.

    `codes` (turns, codes) are the tagger's probabilities, `counts` what `sides` gives for the same turns.
    """
    shown = np.where(counts, codes[:, _COLUMNS], 0.0)
    features: Array = np.log(shown.sum(axis=0) / np.maximum(counts.sum(axis=0), 1) + RARE)
    return features


def features_without_each_turn(codes: Array, counts: NDArray[np.bool_]) -> Array:
    """The features that the session would have without each of its turns, (turns, features)."""
    shown = np.where(counts, codes[:, _COLUMNS], 0.0)
    left = np.maximum(counts.sum(axis=0) - counts, 1)
    features: Array = np.log(np.maximum(shown.sum(axis=0) - shown, 0.0) / left + RARE)
    return features


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """A fitted ridge regression."""

    mean: Array  # (features,)
    sd: Array  # (features,)
    weights: Array  # (outputs, features), scale points for a standard deviation of the feature
    intercept: Array  # (outputs,), scale points

    def points(self, features: Array) -> Array:
        """Outputs in scale points, (..., outputs), for features (..., features)."""
        found: Array = ((features - self.mean) / self.sd) @ self.weights.T + self.intercept
        return found


def fit_scorer(features: Array, truth: Array) -> Scorer:
    """Ridge regression of each output on the features; its penalty is the one with the least leave-one-out error.

    Leaving out goes by session; what is reported of the scorer is measured on therapists it was not fitted on.

    `truth` (sessions, outputs) may hold nan where an output was not rated.
    """
    mean, sd = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    z = (features - mean) / sd
    fits = [_ridge(z, truth[:, output]) for output in range(truth.shape[1])]
    return Scorer(mean, sd, np.array([w for w, _ in fits]), np.array([b for _, b in fits]))


def _ridge(z: Array, truth: Array) -> tuple[Array, float]:
    rated = ~np.isnan(truth)
    x, y = z[rated], truth[rated]
    centre, level = x.mean(axis=0), float(y.mean())
    u, s, vt = np.linalg.svd(x - centre, full_matrices=False)
    uty = u.T @ (y - level)
    errors = [_leave_one_out(u, s, uty, y - level, penalty) for penalty in PENALTIES]
    penalty = PENALTIES[int(np.argmin(errors))]
    weights: Array = vt.T @ (s / (s**2 + penalty) * uty)
    return weights, level - float(centre @ weights)


def _leave_one_out(u: Array, s: Array, uty: Array, y: Array, penalty: float) -> float:
    """Mean squared error of predicting each session from all others (Golub, Heath & Wahba 1979)."""
    shrink = s**2 / (s**2 + penalty)
    leverage = (u**2 * shrink).sum(axis=1) + 1 / len(y)  # the mean is fitted too
    return float((((y - u @ (shrink * uty)) / (1 - leverage)) ** 2).mean())


def stacked_points(features: Array, truth: Array, folds: NDArray[np.int64], parts: Sequence[Array] = ()) -> list[Array]:
    """Outputs in scale points for each session from a scorer that was fitted on the other folds.

    First for `features` (sessions, features), then for each of `parts` (sessions, features) with the same scorers.
    """
    tables = (features, *parts)
    found = [np.empty((len(t), truth.shape[1])) for t in tables]
    for fold in np.unique(folds):
        test = folds == fold
        scorer = fit_scorer(features[~test], truth[~test])
        for table, points in zip(tables, found, strict=True):
            points[test] = scorer.points(table[test])
    return found
