"""The simple methods that a trained model has to beat: its floors. None of them fine-tunes anything.

All take sessions in and give one prediction per session and scale, each session predicted from people
it shares nothing with, by the same folds as the model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from transcript_alliance.coding.codebook import Codebooks
from transcript_alliance.coding.cues import code_cues, cued_turns
from transcript_alliance.session import Role, Session

Array = NDArray[np.float64]
TFIDF_PENALTY = 0.3
"""That with the best rank agreement on the corpus: a floor should be as high as it goes (our choice)."""
FoldFit = Callable[[Array, Array, Array], Array]
"""Train features, train targets, test features -> test predictions."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A simple method's predictions, (sessions, scales), in scale points."""

    name: str
    predictions: Array


def floors(
    sessions: Sequence[Session],
    targets: Array,
    folds: NDArray[np.int64],
    codebooks: Codebooks,
    similarity: Array,
) -> tuple[Floor, ...]:
    """All floors, out of fold. `targets` (sessions, scales) may hold nan; `similarity` is `item_similarity`'s."""
    cues = np.array([cue_features(s, codebooks) for s in sessions])
    return (
        *text_floors(sessions, targets, folds),
        Floor("cue rules", _out_of_fold(cues, targets, folds, _fitted(_scaled_ridge()))),
        Floor("COMPASS cosine", _own_column(similarity, targets, folds)),
    )


def text_floors(sessions: Sequence[Session], targets: Array, folds: NDArray[np.int64]) -> tuple[Floor, ...]:
    """Those that need the text alone, out of fold: mean, length only, tf-idf ridge."""
    lengths = np.array([length_features(s) for s in sessions])
    words = [spoken_words(s) for s in sessions]
    return (
        Floor("mean", _out_of_fold(np.zeros((len(sessions), 1)), targets, folds, _mean_only)),
        Floor("length only", _out_of_fold(lengths, targets, folds, _fitted(_scaled_ridge()))),
        Floor("tf-idf ridge", _tfidf_ridge(words, targets, folds)),
    )


def length_features(session: Session) -> list[float]:
    """How much was said, and nothing else: logs of words and of turns."""
    return [float(np.log1p(session.n_words)), float(np.log1p(len(session.turns)))]


def cue_features(session: Session, codebooks: Codebooks) -> list[float]:
    """Share of the role's turns on which each code's cues fire, in the codebooks' order."""
    turns = {role: max(1, sum(s.n_turns for s in session.speakers if s.role is role)) for role in Role}
    codes = [c for c in codebooks.codes if c.text_codable]
    hits = cued_turns(session, code_cues(session, codebooks), [c.id for c in codes]).sum(axis=0)
    return [float(n) / turns[code.role] for n, code in zip(hits, codes, strict=True)]


def turn_similarity(turn_vectors: Array, text_vectors: Array) -> Array:
    """Mean cosine of a session's turns with each text, (texts,); rows of both are vectors of length 1.

    With the items of an inventory as texts this is the session form of COMPASS (Lin, Cecchi & Bouneffouf 2022).
    """
    similarity: Array = (turn_vectors @ text_vectors.T).mean(axis=0)
    return similarity


def spoken_words(session: Session) -> str:
    """The session's words, each marked with the side that spoke it."""
    return " ".join(
        f"{session.role(t).value}_{word}"
        for t in range(len(session.turns))
        for word in session.turn_text(t).lower().split()
    )


def _out_of_fold(features: Array, targets: Array, folds: NDArray[np.int64], fit: FoldFit) -> Array:
    """Predictions for each fold from a fit on the others, scale by scale where it was rated."""
    predicted = np.empty_like(targets)
    for fold in np.unique(folds):
        test = folds == fold
        for scale in range(targets.shape[1]):
            train = ~test & ~np.isnan(targets[:, scale])
            predicted[test, scale] = fit(features[train], targets[train, scale], features[test])
    return predicted


def _scaled_ridge() -> Pipeline:
    return make_pipeline(StandardScaler(), Ridge(alpha=10.0))


def _fitted(model: Pipeline) -> FoldFit:
    def fit(train: Array, target: Array, test: Array) -> Array:
        predicted: Array = model.fit(train, target).predict(test)
        return predicted

    return fit


def _mean_only(_train: Array, target: Array, test: Array) -> Array:
    return np.full(len(test), target.mean())


def _tfidf_ridge(words: Sequence[str], targets: Array, folds: NDArray[np.int64]) -> Array:
    predicted = np.empty_like(targets)
    for fold in np.unique(folds):
        test = folds == fold
        vectorizer = TfidfVectorizer(
            ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"\S+", lowercase=False
        )
        train_matrix = vectorizer.fit_transform([w for w, t in zip(words, test, strict=True) if not t])
        test_matrix = vectorizer.transform([w for w, t in zip(words, test, strict=True) if t])
        for scale in range(targets.shape[1]):
            rated = ~np.isnan(targets[~test, scale])
            model = Ridge(alpha=TFIDF_PENALTY).fit(train_matrix[rated], targets[~test, scale][rated])
            predicted[test, scale] = model.predict(test_matrix)
    return predicted


def _own_column(similarity: Array, targets: Array, folds: NDArray[np.int64]) -> Array:
    """Each scale from its own similarity alone, put into scale points by a straight line with a positive slope.

    The method itself is unsupervised: the line sets units for the error measures; a slope that came out
    negative would turn its ranking round, so it is not allowed.
    """
    predicted = np.empty_like(targets)
    for fold in np.unique(folds):
        test = folds == fold
        for scale in range(targets.shape[1]):
            train = ~test & ~np.isnan(targets[:, scale])
            x, y = similarity[train, scale], targets[train, scale]
            spread = float(x.var())
            slope = max(float(np.cov(x, y, bias=True)[0, 1] / spread), 1e-6) if spread else 0.0
            predicted[test, scale] = y.mean() + slope * (similarity[test, scale] - x.mean())
    return predicted
