"""Change between two sessions against figures worked by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.annotations import Score
from transcript_alliance.report.change import (
    Direction,
    Measured,
    error_of_measurement,
    measured,
    reliable_change,
)

values = st.floats(1, 7)
errors = st.floats(0.01, 3)


def score(value: float, low: float, high: float) -> Score:
    return Score("wai-o-s", "bond", value, low, high)


def test_the_error_is_the_longer_half_of_the_interval_over_its_quantile() -> None:
    # 90% interval 3.0 to 6.0 around 5.0: longer half 2.0; 2.0 / 1.644854 = 1.21591
    found = measured(score(5.0, 3.0, 6.0))
    assert found is not None
    assert found.value == 5.0
    assert found.error == pytest.approx(1.21591, abs=1e-5)


def test_an_interval_cut_at_the_end_of_the_scale_does_not_look_sure() -> None:
    assert measured(score(6.8, 5.0, 7.0)) == measured(score(6.8, 5.0, 8.6))


def test_the_typical_miss_is_the_least_error() -> None:
    # A normal error whose mean size is 0.94 has the deviation 0.94 * sqrt(pi / 2) = 0.94 * 1.253314 = 1.178115
    found = measured(score(5.0, 4.9, 5.1), typical_miss=0.94)
    assert found is not None
    assert found.error == pytest.approx(1.178115, abs=1e-6)


def test_an_abstention_has_no_error() -> None:
    assert measured(Score("wai-o-s", "bond", None, None, None, abstained="Too short.")) is None


def test_jacobson_and_truax_by_hand() -> None:
    # Their worked case: spread 10, test-retest reliability .80, 47.5 before and 32.5 after.
    # Error of measurement 10 * sqrt(1 - .80) = 4.4721; of the difference 4.4721 * sqrt(2) = 6.3246;
    # change -15 / 6.3246 = -2.37, beyond 1.96. The index in points: 1.96 * 6.3246 = 12.396.
    error = error_of_measurement(10, 0.80)
    assert error == pytest.approx(4.4721, abs=1e-4)
    change = reliable_change(Measured(47.5, error), Measured(32.5, error))
    assert change.threshold == pytest.approx(12.396, abs=1e-3)
    assert change.direction is Direction.FALL
    # 90% interval: -15 -/+ 1.644854 * 6.3246 = -25.403 to -4.597
    assert [change.low, change.high] == pytest.approx([-25.403, -4.597], abs=1e-3)


@pytest.mark.parametrize(
    ("after", "direction"),
    [(6.96, Direction.WITHIN), (6.97, Direction.RISE), (3.04, Direction.WITHIN), (3.03, Direction.FALL)],
)
def test_only_beyond_the_index(after: float, direction: Direction) -> None:
    # Errors .6 and .8 make 1.0 (3-4-5), so the index is 1.96 points around 5.0.
    assert reliable_change(Measured(5.0, 0.6), Measured(after, 0.8)).direction is direction


@pytest.mark.parametrize(("spread", "reliability"), [(-1, 0.5), (1, 1.1), (1, -0.1)])
def test_impossible_spreads_and_reliabilities_are_refused(spread: float, reliability: float) -> None:
    with pytest.raises(ValueError, match="expected a spread"):
        error_of_measurement(spread, reliability)


@given(values, values, errors, errors)
def test_turning_time_round_turns_the_change_round(a: float, b: float, ea: float, eb: float) -> None:
    there, back = reliable_change(Measured(a, ea), Measured(b, eb)), reliable_change(Measured(b, eb), Measured(a, ea))
    assert there.difference == -back.difference
    assert there.threshold == back.threshold
    turned = {Direction.RISE: Direction.FALL, Direction.FALL: Direction.RISE, Direction.WITHIN: Direction.WITHIN}
    assert back.direction is turned[there.direction]


@given(values, values, errors, errors)
def test_an_arrow_never_stands_where_the_difference_may_be_nothing(a: float, b: float, ea: float, eb: float) -> None:
    change = reliable_change(Measured(a, ea), Measured(b, eb))
    assert change.low <= change.difference <= change.high
    assert change.threshold >= 1.96 * max(ea, eb) * (1 - 1e-12)
    if change.direction is not Direction.WITHIN:
        # Beyond 1.96 errors the 90% interval, 1.645 errors wide, leaves out 0.
        assert not change.low <= 0 <= change.high
        assert abs(change.difference) > 1.96 * math.hypot(ea, eb) - 1e-9
