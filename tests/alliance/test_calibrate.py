import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.alliance.calibrate import code_thresholds, fit_scale


def test_a_straight_line_is_found_and_its_errors_are_the_interval() -> None:
    raw = np.arange(10, dtype=float)
    line = fit_scale(raw, 2 * raw + 1)
    assert (line.intercept, line.slope, line.half_width) == pytest.approx((1, 2, 0))


def test_half_width_is_the_conformal_order_statistic() -> None:
    # Raw is constant, so the line is the mean 0; errors are 1..9 twice. n = 18, ceil(19 x .9) = 18th smallest = 9.
    truth = np.array([*range(1, 10), *(-x for x in range(1, 10))], dtype=float)
    assert fit_scale(np.zeros(18), truth).half_width == 9
    # n = 28 with ten more errors of 0: ceil(29 x .9) = 27th smallest = 9 again; the 26th would be 8.
    assert fit_scale(np.zeros(28), np.concatenate([truth, np.zeros(10)])).half_width == 9


def test_unrated_sessions_are_left_out() -> None:
    line = fit_scale(np.array([0.0, 1, 2, 50]), np.array([0.0, 1, 2, np.nan]))
    assert line.slope == pytest.approx(1)


@given(st.integers(0, 2**32 - 1))
def test_intervals_cover_nine_in_ten_of_like_sessions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=2000)
    truth = raw + rng.normal(size=2000)
    line = fit_scale(raw[:1000], truth[:1000])
    covered = np.abs(truth[1000:] - line.value(raw[1000:])) <= line.half_width
    # Half width and share each come from 1,000 sessions: the standard error of .9 is sqrt(2 x .09 / 1000) = .0134.
    assert covered.mean() == pytest.approx(0.9, abs=5 * 0.0134)


def test_a_code_is_marked_from_the_probability_that_agrees_best() -> None:
    probability = np.array([[0.05], [0.2], [0.3], [0.47], [0.6], [0.7], [0.8], [0.85], [0.9]])
    truth = np.array([[0.0], [0], [0], [1], [1], [0.5], [1], [1], [np.nan]])
    assert 0.3 < code_thresholds(probability, truth)[0] <= 0.47


def test_a_code_that_was_hardly_ever_shown_keeps_one_half() -> None:
    assert code_thresholds(np.full((50, 1), 0.2), np.zeros((50, 1)))[0] == 0.5
