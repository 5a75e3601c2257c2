import numpy as np
import pytest

from transcript_alliance.alliance.scorer import FEATURES, features_without_each_turn, fit_scorer, stacked_points
from transcript_alliance.session import Role


def table(n: int = 60, noise: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 5)) * [1, 10, 1, 1, 1] + 3
    truth = np.column_stack([features[:, 0] + 4, 0.2 * features[:, 1] - features[:, 2]])
    return features, truth + noise * rng.normal(size=truth.shape)


def test_a_straight_relation_is_found_whatever_the_units() -> None:
    features, truth = table()
    new, expected = table(seed=1)
    assert fit_scorer(features, truth).points(new) == pytest.approx(expected, abs=0.2)


def test_noise_alone_is_not_learned() -> None:
    rng = np.random.default_rng(0)
    scorer = fit_scorer(rng.normal(size=(60, 40)), rng.normal(size=(60, 1)))
    assert np.abs(scorer.points(rng.normal(size=(200, 40)))).mean() < 0.25  # the truth's own spread is 1


def test_sessions_without_a_rating_do_not_count() -> None:
    features, truth = table()
    truth[:20, 0] = np.nan
    scorer = fit_scorer(features, truth)
    alone = fit_scorer(features, truth[:, 1:])
    assert scorer.weights[1] == pytest.approx(alone.weights[0])
    assert np.isfinite(scorer.weights).all()


def test_no_session_helps_to_predict_itself() -> None:
    features, truth = table(noise=1.0)
    folds = np.arange(60) % 5
    points, again = stacked_points(features, truth, folds, [features])
    assert points == pytest.approx(again)
    spoiled = truth.copy()
    spoiled[folds == 2] = 100
    other = stacked_points(features, spoiled, folds)[0]
    assert other[folds == 2] == pytest.approx(points[folds == 2])


def test_a_code_is_a_feature_of_its_own_side_only() -> None:
    assert ("EMP", Role.THERAPIST) in FEATURES
    assert ("EMP", Role.CLIENT) not in FEATURES
    assert ("WITHDRAWAL", Role.THERAPIST) in FEATURES
    assert ("WITHDRAWAL", Role.CLIENT) in FEATURES


def test_the_only_turn_of_a_side_can_be_left_out() -> None:
    codes = np.full((1, 39), 0.5)
    without = features_without_each_turn(codes, np.ones((1, len(FEATURES)), dtype=bool))
    assert without == pytest.approx(np.log(1e-3))
