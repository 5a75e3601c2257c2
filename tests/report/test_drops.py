"""Falls between sessions and their return, against cases worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcript_alliance.report.drops import REGAIN_WITHIN, Drop, Spread, drops, mean, spread

courses = st.lists(st.one_of(st.none(), st.floats(1, 7)), max_size=12)


@pytest.mark.parametrize(
    ("values", "least", "expected"),
    [
        # 6 to 4 falls by 2; the low point 4 plus 2 is 6, reached at place 3.
        pytest.param([6.0, 4.0, 5.0, 6.0], 2.0, (Drop(0, 1, 2.0, 3),), id="a V"),
        pytest.param([6.0, 4.0, 5.0, 5.9], 2.0, (Drop(0, 1, 2.0, None),), id="not quite back"),
        pytest.param([6.0, 4.1], 2.0, (), id="not far enough"),
        # Back only at place 5, four sessions after the low point at place 1.
        pytest.param([6.0, 4.0, 4.0, 4.0, 4.0, 6.0], 2.0, (Drop(0, 1, 2.0, None),), id="too late"),
        pytest.param([6.0, 4.0, 2.0], 2.0, (Drop(0, 1, 2.0, None), Drop(1, 2, 2.0, None)), id="two steps down"),
        pytest.param([6.0, None, 4.0, None, 6.0], 2.0, (Drop(0, 2, 2.0, 4),), id="over a gap"),
        pytest.param([6.0, 5.0, 4.0], 2.0, (), id="slowly"),
        pytest.param([4.0, 4.0, 4.0], 0.0, (), id="no spread, no fall"),
        pytest.param([], 1.0, (), id="nothing"),
    ],
)
def test_falls_by_hand(values: list[float | None], least: float, expected: tuple[Drop, ...]) -> None:
    assert drops(values, least) == expected


def test_the_larger_spread_is_the_stricter() -> None:
    # Sessions 2 4 6: deviation 2. Means 4 5 6: deviation 1.
    assert spread([2, None, 4, 6], [4, 5, 6]) == Spread(2.0, 1.0)
    assert Spread(2.0, 1.0).stricter == 2.0
    assert Spread(None, 1.0).stricter == 1.0
    assert Spread(None, None).stricter is None


def test_two_points_have_no_spread() -> None:
    assert spread([2, 6], [1, 7]) == Spread(None, None)


def test_the_mean_leaves_gaps_out() -> None:
    assert mean([2.0, None, 4.0]) == 3.0
    assert mean([None]) is None


@given(courses, st.floats(0.1, 3))
def test_what_a_fall_is(values: list[float | None], least: float) -> None:
    for drop in drops(values, least):
        high, low = values[drop.before], values[drop.at]
        assert high is not None
        assert low is not None
        assert drop.fall == high - low >= least
        assert all(value is None for value in values[drop.before + 1 : drop.at])
        if drop.regained is not None:
            back = values[drop.regained]
            assert back is not None
            assert back - low >= least
            assert drop.at < drop.regained <= drop.at + REGAIN_WITHIN


@given(courses, st.floats(0.1, 3))
def test_the_stricter_rule_finds_nothing_that_the_milder_does_not(values: list[float | None], least: float) -> None:
    mild = {(d.before, d.at) for d in drops(values, least)}
    assert {(d.before, d.at) for d in drops(values, 2 * least)} <= mild
