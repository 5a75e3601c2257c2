"""What a fold's result hangs on, and how small a table can be."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.alliance.test_codes_table import table_text
from transcript_alliance.alliance.bundle import CONFIG, TOKENIZER, WEIGHTS
from transcript_alliance.alliance.codes_net import CodesPlan
from transcript_alliance.alliance.codes_table import CodesTable, read_codes_table
from transcript_alliance.alliance.fit_codes import fit_code_words, run_key


@pytest.fixture
def start(tmp_path: Path) -> Path:
    for name in (CONFIG, TOKENIZER, WEIGHTS):
        (tmp_path / name).write_text(json.dumps({"what": name}), "utf-8")
    return tmp_path


def table(**changed: str) -> CodesTable:
    text = table_text()
    for old, new in changed.items():
        text = text.replace(old, new)
    return read_codes_table(text, "codes.csv")


def test_the_key_of_a_run_changes_with_all_that_its_result_hangs_on(start: Path) -> None:
    keys = [run_key(table(), start, CodesPlan())]
    assert run_key(table(), start, CodesPlan()) == keys[0]
    for new in (table(T1="T9"), table(Better="Worse"), table(question="closed"), table(C2="C1")):
        keys.append(run_key(new, start, CodesPlan()))
    keys.append(run_key(table(), start, CodesPlan(epochs=5)))
    for name in (CONFIG, TOKENIZER, WEIGHTS):
        (start / name).write_text("{}", "utf-8")
        keys.append(run_key(table(), start, CodesPlan()))
    assert len(set(keys)) == len(keys) == 9


def test_who_speaks_is_in_the_key(start: Path) -> None:
    one = table()
    # The same words and codes, said by the other side; the variables are as they were.
    (first, second) = one.talks
    session = second.session
    voices = tuple(replace(s, role=first.session.role(0)) for s in session.speakers)
    other = replace(one, talks=(first, replace(second, session=replace(session, speakers=voices))))
    assert run_key(one, start, CodesPlan()) != run_key(other, start, CodesPlan())


def test_what_one_therapist_says_to_all_clients_is_not_learned() -> None:
    rows = [
        (f"s{n}", f"C{n}", f"T{n % 4}", "1", "therapist", "Hello from Grey." if n % 4 == 0 else "Hello.", act, "")
        for n, act in enumerate(["ask", "tell"] * 16)
    ]
    rows += [("s0", "C0", "T0", "2", "client", "Yes.", "", "1"), ("s1", "C1", "T1", "2", "client", "No.", "", "2")]
    greeted = read_codes_table(table_text(rows), "codes.csv")
    known = fit_code_words(greeted.talks, greeted.variables).vocabulary.therapist
    # Grey greets eight clients so, all of whom are theirs.
    assert "hello" in known
    assert "grey" not in known


def test_words_of_few_clients_say_nothing_and_do_no_harm() -> None:
    few = table()
    words = fit_code_words(few.talks, few.variables)
    assert len(words.vocabulary) == 0
    # One question and one reflection; the levels 2 and 10 once each.
    assert words.intercept == pytest.approx(np.full(4, 0.5))
