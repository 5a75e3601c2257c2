"""Fit the session scorer: one ridge regression on two blocks, the session's words and its codes.

Where sessions of the hard part are among those learned from, a second one is fitted on the others alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import HARD_PART, SCALES, RatedSession, outcomes
from transcript_alliance.alliance.fit_logistic import fit_logistic
from transcript_alliance.alliance.fit_words import session_vocabulary
from transcript_alliance.alliance.folds import by_fold
from transcript_alliance.alliance.phrases import Vocabulary, session_vector
from transcript_alliance.alliance.score import thirds
from transcript_alliance.alliance.scorer import Contrast, Evidence, Scorer

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

WORD_SHARE = 0.99
"""Of the words in the sum of both kernels, each of mean diagonal 1. Their kernel is nearly diagonal (two sessions
share few phrases), so that this is far from all of the weight. Our choice, after looking at the folds: from .97 to
.995 hardly anything changes. Choosing it within a fold fails, because the codes of the sessions learned from are
read by networks that have seen one another's people, which makes them look better than they are."""
PENALTY = 0.1
"""Of the ridge regression, for kernels of mean diagonal 1; .03 and .3 do as well (our choice)."""
LIKENESS_PENALTY = 0.01
"""Of the logistic regression that tells the hard part from the rest (our choice)."""
MIN_ORDINARY = 60
"""Sessions outside the hard part that a scorer of their own takes (our choice)."""
_NOTHING = 1e-9


def fit_scorer(sessions: Sequence[RatedSession], codes: Sequence[Array]) -> Scorer:
    """The scorer of `sessions`, whose `codes` must come from readers that had not learned from their people.

    Outputs that were not rated in a session are left out there.
    """
    vocabulary = session_vocabulary(sessions)
    places = vocabulary.places()
    evidence = [Evidence.of(s.session, c, places) for s, c in zip(sessions, codes, strict=True)]
    truth = outcomes(sessions)
    of_all = fit_outputs(evidence, truth, vocabulary)
    hard = np.array([s.part == HARD_PART for s in sessions])
    if not hard.any() or (~hard).sum() < MIN_ORDINARY:
        return of_all
    rest = np.flatnonzero(~hard)
    ordinary = fit_outputs([evidence[i] for i in rest], truth[rest], vocabulary, (of_all.mean, of_all.sd))
    words = np.array([session_vector(e.phrases, vocabulary) for e in evidence])
    contrast = Contrast(
        *_fit_likeness(words, hard),
        _of_scales(of_all.phrase_weights - ordinary.phrase_weights),
        _of_scales(of_all.weights - ordinary.weights),
        _of_scales(of_all.intercept - ordinary.intercept),
    )
    return replace(
        of_all,
        phrase_weights=of_all.phrase_weights - contrast.phrase_weights,
        weights=of_all.weights - contrast.weights,
        intercept=of_all.intercept - contrast.intercept,
        contrast=contrast,
    )


def _of_scales(differences: Array) -> Array:
    """The differences, a row an output, with nothing for ruptures.

    Whether one occurs is the same question in both kinds of session, and is told better by all.
    """
    return np.concatenate([differences[: len(SCALES)], np.zeros_like(differences[len(SCALES) :])])


def _fit_likeness(words: Array, hard: NDArray[np.bool_]) -> tuple[Array, float]:
    """Weights, (phrases,), and intercept of the log odds that a session, row of `words`, is of the hard part."""
    # There are far fewer sessions than phrases, so the regression is done on what they span.
    values, vectors = np.linalg.eigh(words @ words.T)
    spanned = values > _NOTHING
    root, vectors = np.sqrt(values[spanned]), vectors[:, spanned]
    beta = fit_logistic(vectors * root, hard.astype(float), LIKENESS_PENALTY)
    return words.T @ (vectors @ (beta[1:] / root)), float(beta[0])


def fit_outputs(
    evidence: Sequence[Evidence], truth: Array, vocabulary: Vocabulary, unit: tuple[Array, Array] | None = None
) -> Scorer:
    """The scorer that reads `truth` (sessions, outputs; nan where nobody rated) off what was read in the sessions.

    `unit` is mean and standard deviation, (features,) each, that the features are measured in; left out, those of
    these sessions.
    """
    features = np.array([e.code_features() for e in evidence])
    words = np.array([session_vector(e.phrases, vocabulary) for e in evidence])
    mean, sd = unit or (features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6))
    z = (features - mean) / sd
    kernels = _kernel(words), _kernel(z)
    word_scale, code_scale = WORD_SHARE / _diagonal(kernels[0]), (1 - WORD_SHARE) / _diagonal(kernels[1])
    kernel = word_scale * kernels[0] + code_scale * kernels[1]
    phrase_weights, weights = (np.empty((truth.shape[1], block.shape[1])) for block in (words, z))
    intercept = np.empty(truth.shape[1])
    for rated, outputs in _rated_together(~np.isnan(truth)):
        dual, level = _ridge(kernel[np.ix_(rated, rated)], truth[np.ix_(rated, outputs)])
        phrase_weights[outputs] = word_scale * (dual.T @ words[rated])
        weights[outputs] = code_scale * (dual.T @ z[rated])
        middle = words[rated].mean(axis=0) @ phrase_weights[outputs].T + z[rated].mean(axis=0) @ weights[outputs].T
        intercept[outputs] = level - middle
    return Scorer(vocabulary, phrase_weights, mean, sd, weights, intercept)


def points_by_fold(
    sessions: Sequence[RatedSession], codes: Sequence[Array], folds: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Outputs of each session, (sessions, outputs), and of its thirds, (3, sessions, outputs), in scale points.

    Each session by a scorer that was fitted on the other folds.
    """
    n_outputs = outcomes(sessions[:1]).shape[1]
    points, parts = np.empty((len(sessions), n_outputs)), np.empty((3, len(sessions), n_outputs))
    for own, (whole, by_third) in by_fold(partial(_points_of_fold, sessions, codes, folds), folds):
        points[own], parts[:, own] = whole, by_third
    return points, parts


def _points_of_fold(
    sessions: Sequence[RatedSession], codes: Sequence[Array], folds: NDArray[np.int64], fold: int
) -> tuple[Array, Array]:
    others = np.flatnonzero(folds != fold).tolist()
    scorer = fit_scorer([sessions[i] for i in others], [codes[i] for i in others])
    places = scorer.vocabulary.places()
    points, parts = [], []
    for i in np.flatnonzero(folds == fold).tolist():
        evidence = Evidence.of(sessions[i].session, codes[i], places)
        points.append(scorer.points(evidence))
        parts.append([scorer.points(evidence.part(third)) for third in thirds(len(codes[i]))])
    return np.array(points), np.array(parts).transpose(1, 0, 2)


def _kernel(rows: Array) -> Array:
    """Inner products of the rows less their mean: what two sessions have in common."""
    centred = rows - rows.mean(axis=0)
    kernel: Array = centred @ centred.T
    return kernel


def _diagonal(kernel: Array) -> float:
    """Mean of the diagonal, above nothing."""
    return max(float(np.trace(kernel)) / len(kernel), 1e-12)


def _ridge(kernel: Array, truth: Array) -> tuple[Array, Array]:
    """Dual weights, (sessions, outputs), which sum to nothing over sessions, and the mean of the truth, (outputs,)."""
    n = len(truth)
    centre = np.eye(n) - 1 / n
    level = truth.mean(axis=0)
    dual = np.linalg.solve(centre @ kernel @ centre + PENALTY * np.eye(n), truth - level)
    found: Array = centre @ dual
    return found, level


def _rated_together(rated: NDArray[np.bool_]) -> list[tuple[Indices, Indices]]:
    """Outputs that were rated in the same sessions: (sessions, outputs) as index arrays. One solution serves them."""
    patterns = sorted({tuple(column) for column in rated.T})
    return [
        (np.flatnonzero(pattern), np.flatnonzero((rated == np.array(pattern)[:, None]).all(axis=0)))
        for pattern in patterns
    ]
