"""Stretches whose labels the talk goes against."""

import pytest

from tests.annomi import demonstrations
from tests.builders import make_session
from tests.segment.talk import TALK
from transcript_alliance.segment.evidence import EVIDENCE
from transcript_alliance.segment.swaps import (
    NO_EVIDENCE,
    SUSPECT,
    TURN_WEIGHTS,
    label_fit,
    suspect_swaps,
    turn_log_odds,
)
from transcript_alliance.segment.turns import merge_turns
from transcript_alliance.session import RawTurn

LINES = [line for line in TALK.strip().splitlines() if line] * 4  # 32 turns
OTHER = {"T": "C", "C": "T"}


def exchanged(first: int, last: int) -> str:
    return "\n".join(OTHER[x[0]] + x[1:] if first <= n <= last else x for n, x in enumerate(LINES))


def test_right_labels_are_not_suspected() -> None:
    assert suspect_swaps(make_session("\n".join(LINES))) == ()


def test_an_exchanged_stretch_is_found_where_it_is() -> None:
    (swap,) = suspect_swaps(make_session(exchanged(10, 19)))
    assert abs(swap.first - 10) <= 1
    assert abs(swap.last - 19) <= 1
    assert swap.log_odds > SUSPECT
    assert swap.points
    assert not any("mother" in point for point in swap.points)


def test_two_stretches_are_two() -> None:
    first = exchanged(2, 9).splitlines()
    both = "\n".join(OTHER[x[0]] + x[1:] if 20 <= n <= 29 else x for n, x in enumerate(first))
    found = suspect_swaps(make_session(both))
    assert [abs(swap.first - start) <= 1 for swap, start in zip(found, (2, 20), strict=True)] == [True, True]


def test_speakers_on_no_side_count_for_nothing() -> None:
    with_others = "\n".join(f"{line}\nO: You told me, so how would you like it?" for line in LINES)
    assert suspect_swaps(make_session(with_others)) == ()


def test_labels_fit_when_right_and_fit_by_chance_when_every_other_turn_is_exchanged() -> None:
    assert label_fit(make_session("\n".join(LINES))) > 3
    # Of every four turns two, a question and an answer, are exchanged: each kind of talk is under both labels alike.
    dealt = "\n".join(OTHER[x[0]] + x[1:] if n % 4 < 2 else x for n, x in enumerate(LINES))
    assert abs(label_fit(make_session(dealt))) < 1.5
    assert label_fit(make_session("\n".join(OTHER[x[0]] + x[1:] for x in LINES))) < -3


def test_the_fit_by_hand() -> None:
    # The therapist's turn speaks for the labels by 3.020, see below; the client's, a listener's "mm", against them by
    # -0.1 + 1.4 ln 2 = 0.870. (3.020 - 0.870) / (3.020^2 + 0.870^2)^0.5 = 2.150 / 3.143 = 0.684
    assert label_fit(make_session("T: How are you?\nC: Mm.")) == pytest.approx(0.684, abs=0.001)


def test_the_sum_by_hand() -> None:
    # "How are you?": one `?`, two words that open a question (how are, are you), one you:
    # -0.1 + 1.1 ln 2 + 1.2 ln 3 + 1.5 ln 2 = -0.1 + 0.762 + 1.318 + 1.040 = 3.020
    assert turn_log_odds("How are you?") == pytest.approx(3.020, abs=0.001)
    assert turn_log_odds("") == NO_EVIDENCE


def test_every_kind_of_evidence_has_a_weight_of_the_same_sign() -> None:
    assert set(TURN_WEIGHTS) == {kind.id for kind in EVIDENCE}
    assert all(kind.weight * TURN_WEIGHTS[kind.id] > 0 for kind in EVIDENCE)


@pytest.mark.shared
def test_real_speech_is_rarely_suspected_and_exchanged_turns_mostly() -> None:
    right, wrong = [], []
    for demonstration in demonstrations():
        sides = ["T" if turn.speaker == demonstration.therapist else "C" for turn in demonstration.turns]
        merged = merge_turns([RawTurn(s, t.text) for s, t in zip(sides, demonstration.turns, strict=True)])
        if len(merged) < 20:
            continue
        middle = len(merged) // 2
        lines = [(turn.speaker, turn.text) for turn in merged]
        right.append(bool(suspect_swaps(make_session(script(lines)))))
        lines[middle - 5 : middle + 5] = [(OTHER[s], text) for s, text in lines[middle - 5 : middle + 5]]
        wrong.append(bool(suspect_swaps(make_session(script(lines)))))
    assert sum(right) <= 0.05 * len(right)
    assert sum(wrong) >= 0.70 * len(wrong)


def script(lines: list[tuple[str, str]]) -> str:
    """As a transcript would be merged: the edges of the stretch join their neighbours."""
    return "\n".join(f"{t.speaker}: {t.text}" for t in merge_turns([RawTurn(s, text) for s, text in lines]))
