"""Agreement of two codings, by hand."""

import math

import numpy as np
from hypothesis import given, settings

from tests.builders import make_session
from tests.store.codings import human, human_codings
from transcript_alliance.agreement.codes import CodeAgreement, code_agreement
from transcript_alliance.annotations import CodedSession, Marker
from transcript_alliance.session import Role

SESSION = make_session("\n".join(f"T: Word {n}.\nC: Yes {n}." for n in range(10)))
"""Ten turns each, one utterance a turn: the client's are utterances 1, 3, 5 …"""
ROLES = {"W2": Role.CLIENT}


def compare(first: list[Marker], second: list[Marker]) -> tuple[CodeAgreement, ...]:
    return code_agreement(SESSION, first, second, ROLES, np.random.default_rng(0), 200)


def on(code: str, *utterances: int) -> list[Marker]:
    return [human(code, n, n + 1) for n in utterances]


def test_figures_by_hand() -> None:
    # Client's turns: both on 1, 3, 5; the first alone on 7; the second alone on 9, 11; neither on 4 of 10.
    # Observed agreement 7/10; by chance .4 * .5 + .6 * .5 = .5; kappa = (.7 - .5) / (1 - .5) = .4.
    # F1 = 2 * 3 / (4 + 5) = .667.
    code, of_all = compare(on("W2", 1, 3, 5, 7), on("W2", 1, 3, 5, 9, 11))
    assert (code.code, code.n_turns, code.n_first, code.n_second, code.n_both) == ("W2", 10, 4, 5, 3)
    assert math.isclose(code.kappa.value, 0.4)
    assert math.isclose(code.f1.value, 2 / 3)
    assert code.f1.low < 2 / 3 < code.f1.high
    assert (of_all.code, of_all.f1.value, of_all.n_turns) == ("", code.f1.value, 10)


def test_a_code_of_nobodys_role_is_looked_for_everywhere_and_one_on_the_wrong_side_counts() -> None:
    own, w2, _ = compare(on("OWN", 0), on("W2", 0))
    assert (own.code, own.n_turns, own.n_second) == ("OWN", 20, 0)
    assert (w2.n_turns, w2.n_first, w2.n_second) == (11, 0, 1)


def test_twice_on_one_turn_is_once() -> None:
    code, _ = compare([*on("W2", 1), *on("W2", 1)], on("W2", 1))
    assert (code.n_first, code.n_both) == (1, 1)


def test_nothing_on_either_side() -> None:
    assert compare([], []) == ()


@settings(max_examples=30, deadline=None)
@given(session=human_codings())
def test_with_itself_a_coding_agrees_wholly(session: CodedSession) -> None:
    rows = code_agreement(session.session, session.markers, session.markers, {}, np.random.default_rng(0), 20)
    assert len(rows) == len({marker.code for marker in session.markers}) + bool(session.markers)
    for row in rows:
        assert row.f1.value == 1
        assert row.n_first == row.n_second == row.n_both
        assert math.isnan(row.kappa.value) or math.isclose(row.kappa.value, 1)
