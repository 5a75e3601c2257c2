import numpy as np
import pytest
from sklearn import metrics

from transcript_alliance.alliance.metrics import (
    auroc,
    balanced_accuracy,
    event_f1,
    f1,
    icc_agreement,
    mae,
    match_events,
    rank_correlation,
    slope,
    specificity,
    with_interval,
)


def test_small_sums() -> None:
    truth, chosen = np.array([1.0, 1, 0, 0, 0]), np.array([1.0, 0, 1, 0, 0])
    assert f1(truth, chosen) == pytest.approx(1 / 2)  # 2 x 1 / (2 x 1 + 1 + 1)
    assert balanced_accuracy(truth, chosen) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert specificity(truth, chosen) == pytest.approx(2 / 3)
    assert mae(np.array([1.0, 3]), np.array([2.0, 1])) == 1.5
    assert slope(np.array([2.0, 4, 6]), np.array([1.0, 2, 3])) == pytest.approx(2)
    assert auroc(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])) == 0.75  # 3 of 4 pairs in order


def test_the_same_as_a_well_known_library() -> None:
    rng = np.random.default_rng(0)
    truth, score = rng.integers(0, 2, 200).astype(float), rng.integers(0, 9, 200) / 8
    chosen = (score > 0.5).astype(float)
    assert auroc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert f1(truth, chosen) == pytest.approx(metrics.f1_score(truth, chosen))
    assert balanced_accuracy(truth, chosen) == pytest.approx(metrics.balanced_accuracy_score(truth, chosen))


def test_rank_is_not_agreement() -> None:
    truth = np.array([1.0, 2, 3, 4])
    assert rank_correlation(truth, truth + 3) == pytest.approx(1)
    assert icc_agreement(truth, truth + 3) < 0.4


def test_one_class_has_no_area_under_the_curve() -> None:
    assert np.isnan(auroc(np.ones(3), np.arange(3.0)))


def test_a_constant_prediction_has_no_slope() -> None:
    assert np.isnan(slope(np.arange(3.0), np.ones(3)))


def test_intervals_redraw_people_not_sessions() -> None:
    # Thirty sessions of three people: all of one value is drawn in one of 27 draws.
    people = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
    values = np.array([0.0] * 10 + [1.0] * 10 + [0.5] * 10)
    figure = with_interval(lambda v: float(v.mean()), people, values)
    assert (figure.value, figure.low, figure.high, figure.n) == (0.5, 0.0, 1.0, 30)
    # Two people can only be drawn in three ways.
    two = with_interval(lambda v: float(v.mean()), people[:20], values[:20])
    assert (two.value, two.n, np.isnan(two.low), np.isnan(two.high)) == (0.5, 20, True, True)
    alone = with_interval(lambda v: float(v.mean()), [str(i) for i in range(30)], values)
    assert 0.2 < alone.low < 0.5 < alone.high < 0.8


def test_an_event_is_matched_once_and_with_the_best() -> None:
    assert match_events([(0, 4)], [(0, 2), (0, 4)]) == (1, 1, 0)
    assert match_events([(0, 4)], [(3, 8)]) == (0, 1, 1)  # 1 shared of 8
    assert match_events([], []) == (0, 0, 0)


def test_event_f1_adds_up_over_sessions() -> None:
    assert event_f1([(1, 0, 0), (0, 1, 1)]) == 0.5  # 2 / (2 + 1 + 1)
    assert np.isnan(event_f1([(0, 0, 0)]))
