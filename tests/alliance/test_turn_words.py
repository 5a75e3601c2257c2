from pathlib import Path

import numpy as np
import pytest

from tests.alliance.builders import tiny_session
from tests.builders import make_session
from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.fit_words import fit_phrases, fit_turn_words, session_vocabulary, words_by_fold
from transcript_alliance.alliance.phrases import Vocabulary, count_phrases
from transcript_alliance.alliance.turn_words import TurnWords
from transcript_alliance.alliance.word_files import Words, load_words, save_words

SESSIONS = [tiny_session(n, good=n % 4 < 2) for n in range(20)]
EMP, NEG = TURN_CODES.index("EMP"), TURN_CODES.index("NEG")


def test_a_turn_is_read_with_its_neighbours() -> None:
    vocabulary = Vocabulary(("a",), ("b",), np.ones(2))
    # Own words count 1, those of the turn before 10, those of the turn after 100.
    words = TurnWords(vocabulary, np.array([[[1.0, 1.0]], [[10.0, 10.0]], [[100.0, 100.0]]]), np.array([0.5]))
    session = make_session("T: a\nC: b\nT: nothing\nC: b")
    scores = words.scores(count_phrases(session, vocabulary.places()))
    # Turn 0 has a word and one after it; turn 1 one before it; turn 2 one before and one after; turn 3 its own alone.
    assert scores[:, 0] == pytest.approx([0.5 + 1 + 100, 0.5 + 1 + 10, 0.5 + 10 + 100, 0.5 + 1])


def test_words_that_go_with_a_code_speak_for_it() -> None:
    words = fit_turn_words(SESSIONS, session_vocabulary(SESSIONS))
    good, poor = (words.scores(count_phrases(s.session, words.vocabulary.places())) for s in (SESSIONS[0], SESSIONS[2]))
    assert good[::2, EMP].min() > 0.6
    assert poor[::2, EMP].max() < 0.4
    assert poor[::2, NEG].min() > 0.6


def test_without_phrases_every_turn_is_the_mean() -> None:
    nothing = Vocabulary((), (), np.empty(0))
    session = make_session("T: a\nC: b\nT: c\nC: d")
    truth = np.array([[1.0, np.nan], [0.0, np.nan], [0.5, np.nan], [np.nan, np.nan]])
    words = fit_phrases([session], truth, nothing)
    assert words.weights.shape == (3, 2, 0)
    # (1 + 0 + .5) / 3; a column that nobody filled in is 0.
    assert words.scores(count_phrases(session, nothing.places())) == pytest.approx(np.tile([0.5, 0.0], (4, 1)))


def test_no_session_helps_to_read_itself() -> None:
    folds = np.array([n // 2 % 5 for n in range(20)])
    before = words_by_fold(SESSIONS, folds)
    spoiled = list(SESSIONS)
    spoiled[0] = tiny_session(0, good=False)  # other words and other marks, in fold 0
    after = words_by_fold(spoiled, folds)
    assert after[1] == pytest.approx(before[1])  # fold 0 too
    assert after[4] != pytest.approx(before[4])  # fold 2 learned from session 0


def test_weights_come_back_to_within_half_a_step(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(3, len(TURN_CODES), 4)) * np.array([1.0, 1e-3, 50.0])[:, None, None]
    weights[0, 0] = 0.0  # a code that nobody marked
    said = Vocabulary(("a", "b"), ("c", "d"), np.ones(4))
    save_words(Words(TurnWords(said, weights, np.zeros(len(TURN_CODES))), np.zeros((2, 4))), tmp_path)
    found = load_words(tmp_path).turn.weights
    assert not found[0, 0].any()
    # A byte holds 127 steps to each side of nothing.
    assert (abs(found - weights) <= abs(weights).max(axis=2, keepdims=True) / 127 * 0.501).all()


def test_a_model_without_phrases_is_kept_too(tmp_path: Path) -> None:
    nothing = Vocabulary((), (), np.empty(0))
    none = TurnWords(nothing, np.zeros((3, len(TURN_CODES), 0)), np.full(len(TURN_CODES), 0.5))
    save_words(Words(none, np.zeros((2, 0))), tmp_path)
    assert load_words(tmp_path).turn.intercept == pytest.approx(0.5)
