"""The table of people's own codes: what is read, and what is refused."""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pytest

from transcript_alliance.alliance.codes_table import (
    NOT_CODED,
    Variable,
    holds_codes,
    in_terms_of,
    read_codes_table,
    shares,
)
from transcript_alliance.errors import DatasetError, TableError
from transcript_alliance.session import Role

HEAD = "session,client,therapist,turn,role,text,code.act,code.level"
ROWS = (
    ("s1", "C1", "T1", "2", "client", "Not  great, to be honest.", "", "10"),
    ("s1", "C1", "T1", "1", "therapist", "How was the week?", "question", ""),
    ("s1", "C1", "T1", "3", "Therapist", "A hard one.", "reflection", ""),
    ("s2", "C2", "T1", "1", "client", "Better.", "", "2"),
)


def table_text(rows: Sequence[Sequence[str]] = ROWS, head: str = HEAD) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([head.split(","), *rows])
    return out.getvalue()


def test_turns_stand_in_the_order_of_their_numbers_and_values_in_theirs() -> None:
    table = read_codes_table(table_text(), "codes.csv")
    act, level = table.variables
    assert act == Variable("act", ("question", "reflection"), (Role.THERAPIST,))
    # By number, not by letter: 2 before 10.
    assert level == Variable("level", ("2", "10"), (Role.CLIENT,))
    first, second = table.talks
    assert [first.session.turn_text(t) for t in range(3)] == [
        "How was the week?",
        "Not great, to be honest.",
        "A hard one.",
    ]
    assert [first.session.role(t) for t in range(3)] == [Role.THERAPIST, Role.CLIENT, Role.THERAPIST]
    assert first.labels.tolist() == [[0, NOT_CODED], [NOT_CODED, 1], [1, NOT_CODED]]
    assert (second.client, second.therapist, second.labels.tolist()) == ("C2", "T1", [[NOT_CODED, 0]])


def test_several_raters_of_a_turn_are_shared_out_and_most_of_them_win() -> None:
    head = HEAD.replace("code.level", "rater")
    said = {"A": "question", "B": "reflection", "C": "reflection"}
    rows = [(*ROWS[1][:6], value, rater) for rater, value in said.items()]
    rows += [(*ROWS[2][:6], value, rater) for rater, value in {"B": "question", "A": "reflection"}.items()]
    table = read_codes_table(table_text(rows, head), "codes.csv")
    (talk,) = table.talks
    # Turn 1: one of three said question. Turn 2: one each, so that of the first rater by name stands.
    assert shares(talk, table.variables) == pytest.approx(np.array([[1 / 3, 2 / 3], [0.5, 0.5]]))
    assert talk.labels.tolist() == [[1], [1]]


def test_values_may_be_signs_and_numbers_below_nothing() -> None:
    head, sure = HEAD.replace("code.level", "code.mood"), ROWS[1][:6]
    cells = [("+", "CT: desire"), ("-", "CT: ability"), ("-1", "none"), ("+1", "none")]
    rows = [(*sure[:3], str(n), *sure[4:], *codes) for n, codes in enumerate(cells)]
    table = read_codes_table(table_text(rows, head), "codes.csv")
    assert [v.values for v in table.variables] == [("-1", "+1", "+", "-"), ("CT: ability", "CT: desire", "none")]


def test_a_side_that_was_coded_by_mistake_is_not_asked() -> None:
    rows = [(*ROWS[1][:3], str(n), "therapist", "So?", "question" if n % 2 else "advice", "1") for n in range(200)]
    rows += [(*ROWS[1][:3], str(n), "client", "No.", "question", str(n % 2)) for n in range(200, 202)]
    act, level = read_codes_table(table_text(rows), "codes.csv").variables
    # 2 of 202 are less than a hundredth, and 3 of 203 are more.
    assert (act.roles, level.roles) == ((Role.THERAPIST,), (Role.THERAPIST,))
    rows.append((*ROWS[1][:3], "300", "client", "No.", "question", ""))
    act, level = read_codes_table(table_text(rows), "codes.csv").variables
    assert (act.roles, level.roles) == ((Role.THERAPIST, Role.CLIENT), (Role.THERAPIST,))


def test_a_rater_who_coded_nothing_is_none() -> None:
    head = HEAD.replace("code.level", "rater")
    rows = [(*row[:6], value, rater) for rater, value in (("A", ""), ("B", "ask"), ("C", "tell")) for row in ROWS[1:3]]
    (talk,) = read_codes_table(table_text(rows, head), "codes.csv").talks
    assert talk.by_rater[:, :, 0].tolist() == [[0, 0], [1, 1]]
    # A session that nobody coded stands there as context.
    rows += [(*ROWS[3][:6], "", "A")]
    silent = read_codes_table(table_text(rows, head), "codes.csv").talks[1]
    assert (silent.labels.tolist(), silent.n_raters) == ([[NOT_CODED]], 0)


def test_raters_are_counted_turn_by_turn() -> None:
    head = HEAD.replace("code.level", "rater")
    rows = [(*ROWS[place][:6], value, rater) for rater, place, value in (("A", 1, "x"), ("B", 1, "y"), ("C", 2, "x"))]
    (talk,) = read_codes_table(table_text(rows, head), "codes.csv").talks
    # Three people in all, two at most on one turn.
    assert (len(talk.by_rater), talk.n_raters) == (3, 2)


def test_a_turn_that_nobody_was_asked_about_has_no_shares() -> None:
    table = read_codes_table(table_text(), "codes.csv")
    assert np.isnan(shares(table.talks[0], table.variables)).tolist() == [
        [False, False, True, True],
        [True, True, False, False],
        [False, False, True, True],
    ]


def changed(row: int, column: int, value: str) -> list[list[str]]:
    rows = [list(cells) for cells in ROWS]
    rows[row][column] = value
    return rows


BAD = (
    ("no text", table_text(head=HEAD.replace("text", "words")), "COLUMNS", "there is no column 'text'"),
    ("no codes", table_text(head=HEAD.replace("code.", "mark.")), "COLUMNS", "no column holds codes"),
    ("two of one name", table_text(head=HEAD.replace("level", "act")), "COLUMNS", "one name"),
    ("no words", table_text(changed(0, 5, "")), "CELL", "codes.csv row 2: the text is empty"),
    ("no number", table_text(changed(0, 3, "second")), "CELL", "expected a whole number"),
    ("no such role", table_text(changed(0, 4, "patient")), "CELL", "expected therapist, client or other"),
    ("twice", table_text([*ROWS, ROWS[0]]), "TWICE", "need a column 'rater'"),
    ("another client", table_text(changed(2, 1, "C9")), "PEOPLE", "another client or therapist"),
    ("a blank in a name", table_text(head=HEAD.replace("level", "change talk")), "COLUMNS", "what follows code."),
    ("nothing after code.", table_text(head=HEAD.replace("level", "")), "COLUMNS", "what follows code."),
    ("endless talk", table_text(changed(0, 5, "so " * 43_000)), "LIMIT", "more than 120,000 characters"),
    ("more than the library takes", table_text(changed(0, 5, "so " * 50_000)), "LIMIT", "more than 120,000 characters"),
    ("a formula", table_text(changed(2, 6, "=1")), "VALUES", "letters, digits and . : + / - _"),
    ("one value", table_text(changed(2, 6, "question")), "VALUES", "code.act has 1 different values"),
    ("words as a code", table_text(changed(2, 6, "she says that " * 4)), "VALUES", "longer than 40 characters"),
    ("nothing", HEAD, "VALUES", "code.act has 0 different values"),
)


@pytest.mark.parametrize(("text", "code", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_table_that_cannot_be_read_is_refused_without_its_words(text: str, code: str, said: str) -> None:
    with pytest.raises(TableError) as caught:
        read_codes_table(text, "codes.csv")
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "honest" not in str(caught.value)
    assert "she says" not in str(caught.value)


def test_another_raters_words_for_a_turn_are_refused() -> None:
    rows = [(*ROWS[1][:6], "question", "A"), (*ROWS[1][:5], "How was the month?", "reflection", "B")]
    with pytest.raises(TableError, match="other words further up"):
        read_codes_table(table_text(rows, HEAD.replace("code.level", "rater")), "codes.csv")


def test_a_table_in_terms_of_a_model_that_knows_more() -> None:
    table = read_codes_table(table_text(), "codes.csv")
    wider = (
        Variable("level", ("1", "2", "10"), (Role.CLIENT,)),
        Variable("mood", ("low", "high"), (Role.CLIENT,)),
        Variable("act", ("advice", "question", "reflection"), (Role.THERAPIST,)),
    )
    found = in_terms_of(table, wider)
    assert found.variables == wider
    assert found.talks[0].labels.tolist() == [
        [NOT_CODED, NOT_CODED, 1],
        [2, NOT_CODED, NOT_CODED],
        [NOT_CODED, NOT_CODED, 2],
    ]
    with pytest.raises(DatasetError, match=r"1 values of code\.act are not such as the model gives"):
        in_terms_of(table, (wider[0], Variable("act", ("question", "advice"), ())))
    with pytest.raises(DatasetError, match=r"2 values of code\.level"):
        in_terms_of(table, (wider[2],))


def test_only_a_table_with_a_column_of_codes_is_one() -> None:
    assert holds_codes('session;"code.act"')
    # Windows' ends of lines, a blank line above, the mark for UTF-8.
    assert holds_codes("session,turn,code.act\r\ns1,1,ask\r\n")
    assert holds_codes("\r\n;;\r\n\ufeffsession;Code.Act\n")
    assert holds_codes("\ufeffcode.act\tturn\n")
    # One whose name is wrong is refused when the table is read, not taken for something else.
    assert holds_codes("session,code.change talk")
    assert not holds_codes("session,client,therapist,wai-o-s.total\ns1,code.act,T1,4")
