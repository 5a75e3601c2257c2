import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.alliance.calibrate import code_thresholds, event_rules, fit_scale
from transcript_alliance.coding.ruptures import EventRules, strained_runs


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
    assert 0.85 < covered.mean() < 0.95  # five standard errors of .9 at n = 1000 are .047


def test_a_code_is_marked_from_the_probability_that_agrees_best() -> None:
    probability = np.array([[0.05], [0.2], [0.3], [0.47], [0.6], [0.7], [0.8], [0.85], [0.9]])
    truth = np.array([[0.0], [0], [0], [1], [1], [0.5], [1], [1], [np.nan]])
    assert 0.3 < code_thresholds(probability, truth)[0] <= 0.47


def test_a_code_that_was_hardly_ever_shown_keeps_one_half() -> None:
    assert code_thresholds(np.full((50, 1), 0.2), np.zeros((50, 1)))[0] == 0.5


def test_event_rules_find_the_level_and_the_gap_of_the_marked_events() -> None:
    strain = np.array([0.05, 0.6, 0.3, 0.6, 0.05, 0.05, 0.3, 0.05, 0.05, 0.3])
    rules = event_rules([strain], np.ones(1), [((1, 4),)])
    assert strained_runs(strain, rules) == ((1, 4),)
    assert strained_runs(strain, EventRules(start=0.2, stay=0.2, gap_turns=0)) != ((1, 4),)


def test_event_rules_find_which_sessions_to_search() -> None:
    # The same strain everywhere; only sessions that are likely to hold a rupture were marked.
    strain = np.array([0.05, 0.6, 0.6, 0.05])
    presence = np.array([0.9, 0.8, 0.3, 0.2, 0.1])
    rules = event_rules([strain] * 5, presence, [((1, 3),), ((1, 3),), (), (), ()])
    assert 0.3 < rules.presence <= 0.8


def test_without_a_marked_event_the_rules_stay_as_they_are() -> None:
    assert event_rules([np.ones(4)], np.ones(1), [()]) == EventRules()
