import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from transcript_alliance.alliance.fit_logistic import fit_logistic


def test_without_features_the_intercept_is_the_log_odds_of_the_rate() -> None:
    # Three of four: odds of 3 to 1.
    assert fit_logistic(np.empty((4, 0)), np.array([1.0, 1, 1, 0]), 1.0) == pytest.approx([np.log(3)])


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 100))
def test_weights_are_those_of_a_known_implementation(seed: int, penalty: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 3))
    y = (rng.random(200) < 1 / (1 + np.exp(-x @ [1.0, -0.5, 0.0]))).astype(float)
    weights = rng.uniform(0.5, 2, size=200)
    known = LogisticRegression(C=1 / penalty, tol=1e-8, max_iter=1000).fit(x, y, weights)
    assert fit_logistic(x, y, penalty, weights) == pytest.approx([*known.intercept_, *known.coef_[0]], abs=1e-3)


def test_a_soft_label_counts_as_both_in_part() -> None:
    x = np.array([[0.0], [1.0], [2.0]])
    soft = fit_logistic(x, np.array([0.0, 0.25, 1.0]), 1.0)
    rows, labels, weights = x[[0, 1, 1, 2]], np.array([0.0, 1, 0, 1]), np.array([1.0, 0.25, 0.75, 1])
    assert fit_logistic(rows, labels, 1.0, weights) == pytest.approx(soft)


def test_nothing_to_learn_from_gives_even_odds() -> None:
    assert fit_logistic(np.empty((0, 2)), np.empty(0), 1.0).tolist() == [0, 0, 0]
