"""Scoring of item answers: hand-worked sums, and what must hold whatever the answers are."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcript_alliance.errors import InstrumentError
from transcript_alliance.instruments import Instrument, Scoring, check_answers, load_instruments, score_answers

INSTRUMENTS = load_instruments()
SCORED = [i for i in INSTRUMENTS if i.items_known]
WAI = INSTRUMENTS.by_id("wai-o-s")
FIS = INSTRUMENTS.by_id("fis")
OQ = INSTRUMENTS.by_id("oq-45")

each_scored = pytest.mark.parametrize("instrument", SCORED, ids=lambda i: i.id)


def all_at(instrument: Instrument, value: float | None) -> dict[int, float | None]:
    return dict.fromkeys(range(1, instrument.n_items + 1), value)


def answers_of(instrument: Instrument) -> st.SearchStrategy[dict[int, float]]:
    n_steps = round((instrument.high - instrument.low) / instrument.step)
    chosen = st.lists(st.integers(0, n_steps), min_size=instrument.n_items, max_size=instrument.n_items)
    return chosen.map(lambda steps: {i: instrument.low + s * instrument.step for i, s in enumerate(steps, 1)})


# --- by hand ----------------------------------------------------------------------------------------


def test_wai_by_hand() -> None:
    answers = {1: 7, 2: 6, 3: 5, 4: 3, 5: 4, 6: 6, 7: 5, 8: 4, 9: 3, 10: 1, 11: 4, 12: 2}
    scores = score_answers(WAI, answers, "observer")
    # goal 4r 6 10r 11: (8 - 3) + 6 + (8 - 1) + 4 = 22, / 4
    # task 1 2 8 12: 7 + 6 + 4 + 2 = 19, / 4
    # bond 3 5 7 9: 5 + 4 + 5 + 3 = 17, / 4
    # total: 22 + 19 + 17 = 58, / 12
    assert scores == {"goal": 5.5, "task": 4.75, "bond": 4.25, "total": pytest.approx(58 / 12)}
    assert list(scores) == ["goal", "task", "bond", "total"]


def test_wai_sr_turns_nothing_round() -> None:
    scores = score_answers(INSTRUMENTS.by_id("wai-sr"), {i: 1 + i % 5 for i in range(1, 13)}, "client")
    # items 1..12 hold 2 3 4 5 1 2 3 4 5 1 2 3
    # goal 4 6 8 11: 5 + 2 + 4 + 2 = 13; task 1 2 10 12: 2 + 3 + 1 + 3 = 9; bond 3 5 7 9: 4 + 1 + 3 + 5 = 13
    assert scores == {"goal": 13 / 4, "task": 9 / 4, "bond": 13 / 4, "total": pytest.approx(35 / 12)}


def test_haq_by_hand() -> None:
    # 14 items agreed with at 6, the five negative ones at 2: 14 * 6 + 5 * (7 - 2) = 84 + 25
    answers = all_at(INSTRUMENTS.by_id("haq-ii"), 6) | dict.fromkeys((4, 8, 11, 16, 19), 2.0)
    assert score_answers(INSTRUMENTS.by_id("haq-ii"), answers) == {"total": 109}


def test_oq_by_hand() -> None:
    # Every answer 1; turned items give 4 - 1 = 3. Symptom distress: 25 items, of which 13, 24, 31 are
    # turned: 22 * 1 + 3 * 3 = 31. Interpersonal: 11 items, turned 1, 20, 37, 43: 7 + 12 = 19.
    # Social role: 9 items, turned 12, 21: 7 + 6 = 13. Total 31 + 19 + 13.
    assert score_answers(OQ, all_at(OQ, 1)) == {
        "symptom_distress": 31,
        "interpersonal_relations": 19,
        "social_role": 13,
        "total": 63,
    }


def test_a_missing_answer_takes_the_mean_of_its_subscale() -> None:
    # Social role without item 4: seven items left at 1 or 3, mean (6 * 1 + 2 * 3) / 8 = 1.5, times 9.
    scores = score_answers(OQ, all_at(OQ, 1) | {4: None})
    assert scores["social_role"] == pytest.approx(13.5)
    assert scores["total"] == pytest.approx(31 + 19 + 13.5)


def test_a_sum_total_needs_every_subscale() -> None:
    # Two of nine social role items missing leave seven, below the 0.88 * 9 = 7.92 that are needed.
    scores = score_answers(OQ, all_at(OQ, 1) | {4: None, 12: None})
    assert scores["symptom_distress"] == 31
    assert scores["social_role"] is scores["total"] is None


def test_the_share_that_must_be_answered_is_taken_exactly() -> None:
    phq = INSTRUMENTS.by_id("phq-9")
    long = replace(phq, n_items=25, min_answered=0.56)  # 14 of 25; in binary 0.56 * 25 is 14.000000000000002
    assert score_answers(long, dict.fromkeys(range(1, 15), 2.0)) == {"total": 50}
    assert score_answers(long, dict.fromkeys(range(1, 14), 2.0)) == {"total": None}


@pytest.mark.parametrize(
    ("instrument_id", "missing", "expected"),
    [
        ("phq-9", 2, 2 * 9.0),  # 7 of 9 at 2: the mean 2 stands for all nine
        ("phq-9", 3, None),
        ("gad-7", 2, 2 * 7.0),
        ("gad-7", 3, None),
    ],
)
def test_how_many_may_be_missing(instrument_id: str, missing: int, expected: float | None) -> None:
    instrument = INSTRUMENTS.by_id(instrument_id)
    answers = all_at(instrument, 2) | dict.fromkeys(range(1, missing + 1))
    assert score_answers(instrument, answers) == {"total": expected}


def test_wai_needs_three_of_four_and_nine_of_twelve() -> None:
    scores = score_answers(WAI, all_at(WAI, 5) | {1: None, 2: None, 3: math.nan})
    # task keeps 8 and 12 of four, bond 5 7 9 of four, the total nine of twelve;
    # items 4 and 10 are turned to 3: goal (3 + 5 + 3 + 5) / 4 = 4, total (2 * 3 + 7 * 5) / 9 = 41 / 9
    assert scores == {"goal": 4, "task": None, "bond": 5, "total": pytest.approx(41 / 9)}
    assert score_answers(WAI, dict.fromkeys(range(5, 13), 5.0))["total"] is None  # eight of twelve


def test_a_transcript_without_strain_has_a_fis_total() -> None:
    # Voice (1, 4) and repair (8) cannot be rated: five skills are left, (3 + 4 + 3.5 + 4 + 3) / 5 = 3.5
    answers = {1: None, 2: 3.0, 3: 4.0, 4: None, 5: 3.5, 6: 4.0, 7: 3.0, 8: None}
    scores = score_answers(FIS, answers)
    assert scores["total"] == pytest.approx(3.5)
    assert scores["verbal_fluency"] is None
    assert scores["warmth"] == 3.5
    assert score_answers(FIS, answers | {2: None})["total"] is None


# --- whatever the answers are -----------------------------------------------------------------------


@pytest.mark.parametrize("instrument", [i for i in SCORED if i.start is not None], ids=lambda i: i.id)
def test_all_at_the_start_value_scores_as_the_start_value(instrument: Instrument) -> None:
    scores = score_answers(instrument, all_at(instrument, instrument.start))
    assert set(scores.values()) == {instrument.start}


@each_scored
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_scores_lie_within_the_range_and_reach_its_ends(instrument: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answers_of(instrument))
    for scale, score in score_answers(instrument, answers).items():
        low, high = instrument.scale_range(scale)
        assert score is not None
        assert low <= score <= high
    worst = {i: instrument.high if i in instrument.reversed_items else instrument.low for i in answers}
    assert score_answers(instrument, worst) == {s: instrument.scale_range(s)[0] for s in instrument.scales}


@each_scored
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_the_order_of_answers_does_not_matter(instrument: Instrument, data: st.DataObject) -> None:
    # Seventh parts, so that adding in another order would round differently.
    answers = {i: value + (instrument.high - value) / 7 for i, value in data.draw(answers_of(instrument)).items()}
    order = list(answers)
    data.draw(st.randoms(use_true_random=False)).shuffle(order)
    shuffled = {item: answers[item] for item in order}
    assert score_answers(instrument, shuffled) == score_answers(instrument, answers)


@each_scored
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_turning_every_answer_round_turns_every_score_round(instrument: Instrument, data: st.DataObject) -> None:
    answers = data.draw(answers_of(instrument))
    ends = instrument.low + instrument.high
    once = {item: ends - value for item, value in answers.items()}
    twice = {item: ends - value for item, value in once.items()}
    scores, mirrored = score_answers(instrument, answers), score_answers(instrument, once)
    for scale in instrument.scales:
        assert scores[scale] == pytest.approx(sum(instrument.scale_range(scale)) - (mirrored[scale] or 0))
    assert score_answers(instrument, twice) == scores


@each_scored
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_mean_total_is_the_mean_of_its_items_and_a_sum_total_their_sum(
    instrument: Instrument, data: st.DataObject
) -> None:
    answers = data.draw(answers_of(instrument))
    if not instrument.total:
        return
    ends = instrument.low + instrument.high
    turned = [ends - value if item in instrument.reversed_items else value for item, value in answers.items()]
    expected = sum(turned) / (len(turned) if instrument.scoring is Scoring.MEAN else 1)
    assert score_answers(instrument, answers)["total"] == pytest.approx(expected)


def test_numbers_of_numpy_are_numbers() -> None:
    answers = {np.int64(i): np.float32(5) for i in range(1, 13)}
    plain = score_answers(WAI, all_at(WAI, 5))
    assert score_answers(WAI, answers) == plain  # type: ignore[arg-type]
    answers[np.int64(3)] = np.float32("nan")
    assert score_answers(WAI, answers)["bond"] == plain["bond"]  # type: ignore[arg-type]


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "value", "code"),
    [
        (0, 4, "UNKNOWN_ITEM"),
        (13, 4, "UNKNOWN_ITEM"),
        ("4", 4, "UNKNOWN_ITEM"),
        (4.0, 4, "UNKNOWN_ITEM"),
        (True, 4, "UNKNOWN_ITEM"),
        (1, 0.99, "OUT_OF_RANGE"),
        (1, 7.01, "OUT_OF_RANGE"),
        (1, math.inf, "OUT_OF_RANGE"),
        (1, 10**400, "OUT_OF_RANGE"),
        (1, "he cried", "NOT_A_NUMBER"),
        (1, True, "NOT_A_NUMBER"),
        (1, [4], "NOT_A_NUMBER"),
    ],
)
def test_wrong_answers_are_refused(item: object, value: object, code: str) -> None:
    with pytest.raises(InstrumentError) as caught:
        score_answers(WAI, {item: value}, where="ratings.csv line 7")  # type: ignore[dict-item]
    assert caught.value.code == code
    assert str(caught.value).startswith("ratings.csv line 7: ")
    assert "\n" not in str(caught.value)
    assert "cried" not in str(caught.value)  # the answer's text may be a person's words


def test_a_raw_rating_lies_on_a_step_but_a_mean_of_raters_need_not() -> None:
    assert score_answers(WAI, all_at(WAI, 4.5))["task"] == 4.5
    with pytest.raises(InstrumentError, match=r"item 1 of wai-o-s: got 4\.5, expected 1 to 7 in steps of 1"):
        check_answers(WAI, {1: 4.5})
    check_answers(FIS, {1: 4.5, 2: None, 3: math.nan})


def test_the_rater_must_have_a_form() -> None:
    check_answers(WAI, {}, "observer")
    with pytest.raises(InstrumentError, match="wai-o-s is not rated by client"):
        score_answers(WAI, all_at(WAI, 4), "client")


@pytest.mark.parametrize("instrument_id", ["calpas", "vpps"])
def test_without_an_item_key_scoring_is_refused_but_answers_are_checked(instrument_id: str) -> None:
    instrument = INSTRUMENTS.by_id(instrument_id)
    check_answers(instrument, {1: 3}, "observer")
    with pytest.raises(InstrumentError, match=f'id = "{instrument_id}"') as caught:
        score_answers(instrument, {1: 3})
    assert caught.value.code == "NO_KEY"
