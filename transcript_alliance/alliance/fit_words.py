"""Learn from rated sessions which words speak for which code."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import Ridge

from transcript_alliance.alliance.dataset import RatedSession
from transcript_alliance.alliance.folds import by_fold
from transcript_alliance.alliance.phrases import (
    Array,
    PhraseCounts,
    Vocabulary,
    count_phrases,
    learn_vocabulary,
    turn_values,
)
from transcript_alliance.alliance.turn_words import NEIGHBOURS, TurnWords
from transcript_alliance.session import Session

PENALTY = 6.0
"""Of the ridge regression (our choice, after looking at the first fold)."""
MAX_STEPS = 80


def session_vocabulary(sessions: Sequence[RatedSession]) -> Vocabulary:
    """The vocabulary of rated sessions."""
    return learn_vocabulary([s.session for s in sessions], [s.client for s in sessions])


def fit_turn_words(sessions: Sequence[RatedSession], vocabulary: Vocabulary) -> TurnWords:
    """How the phrases of a turn and its neighbours speak for each code."""
    return fit_phrases([s.session for s in sessions], np.concatenate([s.turns for s in sessions]), vocabulary)


def fit_phrases(sessions: Sequence[Session], truth: Array, vocabulary: Vocabulary) -> TurnWords:
    """Ridge regression of every column of `truth`, (turns of all sessions, columns), 0..1, over the turns not nan.

    Without phrases every turn scores the mean of the column.
    """
    places = vocabulary.places()
    table = sparse.vstack([_neighbourhood(count_phrases(s, places), vocabulary) for s in sessions]).tocsr()
    n_columns = truth.shape[1]
    weights, intercept = np.zeros((n_columns, table.shape[1])), np.zeros(n_columns)
    for column in range(n_columns):
        asked = ~np.isnan(truth[:, column])
        if asked.any() and not len(vocabulary):
            intercept[column] = truth[asked, column].mean()
        elif asked.any():
            fitted = Ridge(PENALTY, solver="sparse_cg", max_iter=MAX_STEPS).fit(table[asked], truth[asked, column])
            weights[column], intercept[column] = fitted.coef_, fitted.intercept_
    by_neighbour = np.array(np.split(weights, len(NEIGHBOURS), axis=1))
    return TurnWords(vocabulary, by_neighbour, intercept)


def _neighbourhood(counts: PhraseCounts, vocabulary: Vocabulary) -> sparse.csr_matrix:
    """Rows of a session's turns, (turns, NEIGHBOURS x phrases)."""
    shape = (counts.n_turns, len(vocabulary))
    values = turn_values(counts, vocabulary.rarity)
    blocks = []
    for step in NEIGHBOURS:
        home = counts.turn - step
        inside = (home >= 0) & (home < counts.n_turns)
        blocks.append(sparse.csr_matrix((values[inside], (home[inside], counts.phrase[inside])), shape=shape))
    return sparse.hstack(blocks).tocsr()


def words_by_fold(sessions: Sequence[RatedSession], folds: NDArray[np.int64]) -> tuple[Array, ...]:
    """Scores of the words of every session, (turns, codes) each, learned on the sessions of the other folds."""
    found: list[Array] = [np.empty(0)] * len(sessions)
    for own, scores in by_fold(partial(_words_of_fold, sessions, folds), folds):
        for i, table in zip(own.tolist(), scores, strict=True):
            found[i] = table
    return tuple(found)


def _words_of_fold(sessions: Sequence[RatedSession], folds: NDArray[np.int64], fold: int) -> list[Array]:
    others = [s for s, f in zip(sessions, folds, strict=True) if f != fold]
    words = fit_turn_words(others, session_vocabulary(others))
    places = words.vocabulary.places()
    return [words.scores(count_phrases(s.session, places)) for s, f in zip(sessions, folds, strict=True) if f == fold]
