import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_session
from transcript_alliance.annotations import Resolution, RuptureKind
from transcript_alliance.coding.ruptures import (
    STRATEGIES,
    SUBCODES,
    EventRules,
    StrainReading,
    decode_events,
    strained_runs,
)

SESSION = make_session(
    """
    T: Shall we go through the diary?
    C: I do not see the point of the diary.
    T: It gives us something to look at.
    C: You always say that.
    T: I have been pushing it. What would help more?
    C: Just talking, I think.
    T: Then let us talk.
    C: All right.
    """
)
RULES = EventRules(start=0.5, stay=0.3, gap_turns=1, answer_turns=2, strategy=0.4)
BOTH = dict.fromkeys(RuptureKind, RULES)


def reading(
    confrontation: dict[int, float],
    strategies: dict[tuple[int, str], float],
    resolved: float = 0.0,
    presence: float = 1.0,
) -> StrainReading:
    n = len(SESSION.turns)
    strain = np.zeros(n)
    for turn, value in confrontation.items():
        strain[turn] = value
    found = np.zeros((n, len(STRATEGIES)))
    for (turn, code), value in strategies.items():
        found[turn, STRATEGIES.index(code)] = value
    subcodes = np.zeros((n, 7))
    subcodes[1, SUBCODES[RuptureKind.CONFRONTATION].index("C3")] = 0.7
    subcodes[3, SUBCODES[RuptureKind.CONFRONTATION].index("C1")] = 0.5
    kinds = {RuptureKind.WITHDRAWAL: np.zeros(n), RuptureKind.CONFRONTATION: strain}
    present = dict.fromkeys(RuptureKind, presence)
    return StrainReading(present, kinds, dict.fromkeys(RuptureKind, subcodes), found, np.full(n, resolved))


def test_a_session_that_hardly_holds_a_rupture_is_not_searched() -> None:
    assert decode_events(SESSION, reading(STRAIN, {}, presence=0.49), BOTH) == ()
    assert decode_events(SESSION, reading(STRAIN, {}, presence=0.5), BOTH) != ()


STRAIN = {1: 0.6, 2: 0.1, 3: 0.9}


def test_a_run_of_strained_turns_is_one_event_with_its_sub_codes() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {}), BOTH)
    assert event.kind is RuptureKind.CONFRONTATION
    assert (event.start, event.end) == (SESSION.turns[1].start, SESSION.turns[3].end)
    assert event.score == 0.9
    assert [m.code for m in event.markers] == ["C3", "C1"]


def test_no_answer_is_missed() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(6, "R2"): 0.9}), BOTH)
    # The event ends with turn 3; two more turns are searched, and turn 6 is the third.
    assert (event.resolution, event.repair, event.turns_to_response) == (Resolution.MISSED, (), None)


@pytest.mark.parametrize(
    ("resolved", "expected"),
    [(0.9, Resolution.RESOLVED), (0.5, Resolution.PARTLY), (0.1, Resolution.UNRESOLVED)],
)
def test_an_answered_event_is_as_resolved_as_it_reads(resolved: float, expected: Resolution) -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(4, "R5"): 0.8, (4, "R4"): 0.5}, resolved), BOTH)
    assert event.resolution is expected
    assert [s.code for s in event.strategies] == ["R5", "R4"]
    assert event.repair == ((SESSION.turns[4].start, SESSION.turns[4].end),)
    assert event.turns_to_response == 3  # from turn 1 to turn 4


def test_what_the_therapist_did_before_the_first_sign_answers_nothing() -> None:
    (event,) = decode_events(SESSION, reading(STRAIN, {(0, "R3"): 0.9}), BOTH)
    assert event.resolution is Resolution.MISSED


def test_strain_in_the_therapist_alone_is_no_rupture_of_the_client() -> None:
    assert decode_events(SESSION, reading({2: 0.9}, {}), BOTH) == ()


def test_a_gap_longer_than_allowed_parts_two_events() -> None:
    far = reading({1: 0.6, 5: 0.7}, {})
    assert len(decode_events(SESSION, far, BOTH)) == 2
    joined = {kind: replace(RULES, gap_turns=3) for kind in RuptureKind}
    assert len(decode_events(SESSION, far, joined)) == 1


@given(st.lists(st.floats(0, 1), max_size=40), st.floats(0.05, 1), st.floats(0.05, 1), st.integers(0, 3))
def test_runs_are_in_order_apart_and_hold_a_turn_of_full_strain(
    values: list[float], one: float, other: float, gap: int
) -> None:
    strain = np.array(values)
    rules = EventRules(start=max(one, other), stay=min(one, other), gap_turns=gap)
    runs = strained_runs(strain, rules)
    for first, last in runs:
        assert strain[first] >= rules.stay
        assert strain[last - 1] >= rules.stay
        assert strain[first:last].max() >= rules.start
    assert all(b[0] - a[1] > gap for a, b in itertools.pairwise(runs))
    covered = {t for run in runs for t in range(*run)}
    assert all(t in covered for t in np.flatnonzero(strain >= rules.start))
