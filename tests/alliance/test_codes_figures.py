"""Figures of people's own codes, by hand."""

import numpy as np
import pytest

from tests.alliance.test_codes_table import HEAD, table_text
from transcript_alliance.alliance.codes_figures import COMMONEST, MEASURES, WORDS, code_rows, macro_f1
from transcript_alliance.alliance.codes_table import Labels, Variable, in_terms_of, read_codes_table
from transcript_alliance.report.evaluation import SUMS
from transcript_alliance.session import Role


def column(*places: int) -> Labels:
    """What was chosen of the one variable, turn by turn."""
    return np.array([places]).T


def test_macro_f1_counts_every_value_alike() -> None:
    truth, chosen = np.array([0.0, 0, 0, 1]), np.array([0.0, 0, 1, 1])
    # 0: 2 x 2 / (3 + 2) = .8; 1: 2 x 1 / (1 + 2) = .667; a value that never occurs counts 0.
    assert macro_f1(truth, chosen) == pytest.approx((0.8 + 2 / 3) / 2)
    # One that is only chosen counts 0: 0 has 2 x 2 / (3 + 2), 1 has nothing, 2 has nothing.
    assert macro_f1(truth, np.array([0.0, 0, 2, 2])) == pytest.approx(0.8 / 3)
    assert np.isnan(macro_f1(np.empty(0), np.empty(0)))


def test_figures_stand_beside_their_floors_and_two_raters() -> None:
    # Four turns of each of two sessions; the second rater differs on the last turn of each.
    rows = []
    for session in ("s1", "s2"):
        for rater in "AB":
            values = ("ask", "ask", "ask", "tell" if rater == "A" else "ask")
            rows += [
                (session, session, session, str(n), "therapist", f"word{n} {session}", value, rater)
                for n, value in enumerate(values)
            ]
    table = read_codes_table(table_text(rows, HEAD.replace("code.level", "rater")), "codes.csv")
    chosen = [column(0, 0, 0, 1), column(0, 0, 1, 1)]
    words = [column(0, 0, 0, 0), column(1, 1, 0, 0)]
    found = {(row.what, row.measure): row for row in code_rows(table.talks, table.variables, ["a", "b"], chosen, words)}
    accuracy = found["all values", "accuracy"]
    # 7 of 8 turns are right; always the commonest is 6 of 8, the words alone 3 + 1 of 8; the raters agree on 6 of 8.
    assert (accuracy.figure.value, accuracy.figure.n) == (0.875, 8)
    assert (accuracy.floor_name, accuracy.floor, accuracy.ceiling) == (COMMONEST, 0.75, 0.75)
    # tell: 2 found and there, 1 found and not there: 2 x 2 / (2 + 3).
    tell = found["tell", "F1"]
    assert tell.figure.value == pytest.approx(0.8)
    assert (tell.floor_name, tell.floor) == (WORDS, 0.0)
    # Two people are too few to redraw.
    assert np.isnan(accuracy.figure.low)


def test_the_page_says_what_each_measure_is() -> None:
    assert set(MEASURES) <= set(SUMS)


def test_a_value_that_nobody_gave_or_chose_does_not_count() -> None:
    # The model gives a third value, which does not occur on these turns.
    table = read_codes_table(table_text(), "codes.csv")
    three = Variable("act", ("aside", "question", "reflection"), (Role.THERAPIST,))
    table = in_terms_of(table, (three, table.variables[1]))
    chosen = [np.array([[1, 0], [0, 1], [2, 0]]), np.array([[0, 0]])]
    words = [np.zeros_like(found) for found in chosen]
    found = {(r.task, r.measure): r for r in code_rows(table.talks, table.variables, ["a", "b"], chosen, words)}
    assert found["code.act", "macro-F1"].figure.value == 1


def test_the_ceiling_is_that_of_the_first_two_who_coded_a_turn() -> None:
    said = {"A": ("", "", "ask"), "B": ("ask", "tell", "tell"), "C": ("ask", "tell", "tell"), "D": ("tell", "", "")}
    rows = [
        ("s1", "C1", "T1", str(n), "therapist", "So.", value, rater)
        for rater, values in said.items()
        for n, value in enumerate(values)
    ]
    table = read_codes_table(table_text(rows, HEAD.replace("code.level", "rater")), "codes.csv")
    chosen = [column(0, 0, 0)]
    accuracy = code_rows(table.talks, table.variables, ["a"], chosen, chosen)[0]
    # B and C on turns 0 and 1, alike; A and B on turn 2, which is all that the first two by name have in common.
    assert accuracy.measure == "accuracy"
    assert accuracy.ceiling == pytest.approx(2 / 3)
