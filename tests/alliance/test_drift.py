"""Sessions beside those learned from: hand-worked distances, and the plain cases on either side."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alliance.builders import tiny_session
from tests.builders import make_session
from transcript_alliance.alliance.dataset import TURN_CODES
from transcript_alliance.alliance.drift import (
    CHI_SQUARE_95,
    PERCENTILES,
    RATED_CODES,
    SURFACE,
    Place,
    checked_reference,
    differences,
    distance,
    label,
    reading_measures,
    reference_of,
    shift_limit,
    stability_index,
    surface_measures,
)
from transcript_alliance.alliance.phrases import Vocabulary
from transcript_alliance.alliance.scales import reported_scales

ROW = (1.0, 2.0, 3.0, 4.0, 5.0)
VOCABULARY = Vocabulary(("hello", "you"), ("fine", "hello"), np.array([1.0, 2.0, 1.5, 3.0]))
SCRIPT = "T: Hello there, you two.\nC: Fine.\nT: Good.\nC: Hello."


def test_every_surface_measure_of_a_small_session() -> None:
    found = surface_measures(make_session(SCRIPT), VOCABULARY)
    # Hello there you two / fine / good / hello: 4 of the 7 words are known to either side.
    assert found["words_known"] == pytest.approx(4 / 7)
    assert (found["n_words"], found["n_turns"]) == (7, 4)
    assert found["talk_share"] == pytest.approx(5 / 7)
    assert found["therapist_turn_words"] == pytest.approx((4 + 1) / 2)
    assert found["client_turn_words"] == 1
    assert set(found) == {measure.name for measure in SURFACE}


def test_rarity_is_a_mean_over_all_phrases_of_the_dyad() -> None:
    found = surface_measures(make_session(SCRIPT), VOCABULARY)["phrase_rarity"]
    # A turn of n words and its two marks has (n + 2) + (n + 1) + n phrases: 6 + 5 + 4 and three times 3 + 2 + 1 = 33.
    # Known: hello 0, you 1 of the therapist, fine .5, hello 2 of the client; the other 29 count 2 as the rarest does.
    assert found == pytest.approx((0 + 1 + 0.5 + 2 + 29 * 2) / 33)


def test_what_a_session_lacks_is_not_a_number() -> None:
    found = surface_measures(make_session("T: Hello.\nC: ..."), Vocabulary((), (), np.empty(0)))
    assert math.isnan(found["phrase_rarity"])
    assert found["words_known"] == 0


def test_rates_are_over_the_turns_of_the_side_that_can_show_a_code() -> None:
    marked = np.zeros((4, len(TURN_CODES)), dtype=bool)
    marked[0, TURN_CODES.index("EMP")] = True
    marked[1, TURN_CODES.index("EMP")] = True  # a client's turn: cannot show it
    marked[:3, TURN_CODES.index("WITHDRAWAL")] = True
    scales = reported_scales()
    found = reading_measures(make_session(SCRIPT), marked, np.arange(len(scales), dtype=float), scales)
    assert found["rate.EMP"] == 1 / 2
    assert found["rate.WITHDRAWAL"] == 3 / 4
    assert found["rate.OPEN"] == 0
    assert found["score.wai-o-s.total"] == 3
    assert len(found) == len(RATED_CODES) + len(scales)


def test_a_reference_is_five_percentiles_of_what_sessions_have() -> None:
    measured = [{"a": float(n), "b": math.nan if n else 7.0, "c": math.nan} for n in range(101)]
    assert reference_of(measured) == {"a": (5.0, 25.0, 50.0, 75.0, 95.0), "b": (7.0,) * 5}
    assert reference_of([]) == {}


@pytest.mark.parametrize("row", [[1, 2, 3, 4], [1, 2, 3, 5, 4], [1, 2, 3, 4, math.nan], [1, 2, 3, 4, math.inf]])
def test_a_spoilt_reference_is_refused(row: list[float]) -> None:
    assert checked_reference({"a": list(ROW)}) == {"a": ROW}
    with pytest.raises(ValueError, match="ascending"):
        checked_reference({"a": row})


def test_the_index_by_hand() -> None:
    # Ten sessions beyond the 95th percentile; with the one of the reference's own shape the shares are
    # (.05, .2, .25, .25, .2) / 11 and 10.05 / 11 against .05 .2 .25 .25 .2 .05.
    low = sum((e / 11 - e) * math.log(1 / 11) for e in (0.05, 0.2, 0.25, 0.25, 0.2))
    top = (10.05 / 11 - 0.05) * math.log(10.05 / 11 / 0.05)
    assert stability_index([6.0] * 10, ROW) == pytest.approx(low + top)
    assert low + top == pytest.approx(4.580, abs=0.001)  # .95 x 10/11 x ln 11 = 2.071 and .8636 x ln 18.27 = 2.509


def test_the_index_is_nought_where_sessions_lie_as_the_reference_does() -> None:
    shares = ((0.5, 1), (1.5, 4), (2.5, 5), (3.5, 5), (4.5, 4), (5.5, 1))  # of twenty
    assert stability_index([v for v, n in shares for _ in range(n)], ROW) == pytest.approx(0)


def test_a_value_on_a_border_counts_half_on_either_side() -> None:
    beside = stability_index([1.99, 2.01], ROW)
    assert stability_index([2.0, 2.0], ROW) == pytest.approx(beside)


def test_borders_that_coincide_say_nothing() -> None:
    # Three quarters of the sessions learned from show none: the borders at nought go, .1 and .2 stay.
    row = (0.0, 0.0, 0.0, 0.1, 0.2)
    shares = [0.0] * 15 + [0.15] * 4 + [0.3]
    assert stability_index(shares, row) == pytest.approx(0)
    assert shift_limit(row, 20, 10**9) == pytest.approx(max(0.25, CHI_SQUARE_95[1] / 20))
    assert math.isnan(stability_index([0.5], (0.0,) * 5))
    assert math.isnan(shift_limit((0.0,) * 5, 1, 100))


@pytest.mark.parametrize(
    ("n", "n_learned", "limit"),
    [
        (10, 100, 11.070 * (1 / 10 + 1 / 100)),  # chance alone goes beyond the rule of thumb
        (1000, 1000, 0.25),  # 11.07 x .002 = .022: the rule of thumb
    ],
)
def test_few_sessions_must_differ_more(n: int, n_learned: int, limit: float) -> None:
    assert shift_limit(ROW, n, n_learned) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("value", "row", "is_length", "expected"),
    [
        (3.0, ROW, False, 0.0),
        (7.0, ROW, False, 0.5),  # 2 beyond 5, and 5 - 1 is 4
        (-3.0, ROW, False, 1.0),
        (25.0, (100, 150, 200, 300, 400), True, 1.0),  # a quarter of 100, as 100 is of 400
        (0.0, (0,) * 5, False, 0.0),
        (0.1, (0,) * 5, False, math.inf),
    ],
)
def test_distance_in_widths_of_the_reference(
    value: float, row: tuple[float, ...], is_length: bool, expected: float
) -> None:
    assert distance(value, row, is_length=is_length) == pytest.approx(expected)


def test_places_and_the_odd_ones() -> None:
    reference = {"inside": ROW, "alike": ROW, "edge": ROW, "outside": ROW, "nobody has it": ROW}
    even = [0.5] * 5 + [1.5] * 20 + [2.5] * 25 + [3.5] * 25 + [4.5] * 20 + [5.5] * 5
    measured = {
        f"S{n:03}": {
            "inside": value,
            "alike": 2.5,
            "edge": 2.5 if n % 4 else 5.5,
            "outside": 6.0 if n else 9.0,
            "nobody has it": math.nan,
        }
        for n, value in enumerate(even)
    }
    found = {d.name: d for d in differences(measured, reference, 500)}
    assert {name: d.place for name, d in found.items()} == {
        "inside": Place.INSIDE,
        "alike": Place.INSIDE,
        "edge": Place.EDGE,
        "outside": Place.OUTSIDE,
    }
    # More alike than what was learned from is a shift, and no danger.
    assert found["alike"].psi > found["alike"].psi_limit
    assert (found["inside"].beyond, found["edge"].beyond, found["outside"].beyond) == (0.1, 0.25, 1.0)
    # 9 is 4 beyond 5, a whole width; 6 is 1 beyond, a quarter of it, and not odd.
    assert found["outside"].odd == ("S000",)
    assert found["inside"].odd == ()


def test_sessions_like_those_learned_from_are_inside_and_one_word_turns_outside() -> None:
    vocabulary = Vocabulary(("you", "i", "the"), ("yes", "that", "i"), np.full(6, 1.5))
    learned = [tiny_session(n, good=n % 4 < 2, n_turns=12 + n % 7) for n in range(40)]
    reference = reference_of([surface_measures(s.session, vocabulary) for s in learned])
    like = {str(n): surface_measures(s.session, vocabulary) for n, s in enumerate(learned[::2])}
    assert {d.place for d in differences(like, reference, len(learned))} == {Place.INSIDE}
    short = {str(n): surface_measures(make_session("T: Well?\nC: No.\n" * 7), vocabulary) for n in range(5)}
    found = {d.name: d for d in differences(short, reference, len(learned))}
    for name in ("words_known", "n_words", "therapist_turn_words", "client_turn_words"):
        assert found[name].place is Place.OUTSIDE, name
    assert found["therapist_turn_words"].odd == ("0", "1", "2", "3", "4")


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40),
    st.lists(st.floats(-1e3, 1e3), min_size=len(PERCENTILES), max_size=len(PERCENTILES)).map(sorted),
)
def test_the_index_is_never_below_nought_and_never_infinite(values: list[float], row: list[float]) -> None:
    found = stability_index(values, row)
    assert math.isnan(found) or -1e-12 <= found < 50
    far = [distance(v, row) for v in sorted(values) if v >= row[-1]]
    assert all(a <= b for a, b in pairwise(far))


def test_every_measure_has_a_name_for_people() -> None:
    names = [*(m.name for m in SURFACE), "rate.EMP", "score.fis.empathy"]
    assert len({label(name) for name in names}) == len(names)
