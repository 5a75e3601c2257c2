"""What `drift` says of differences: sentences, the order of odd sessions, JSON. The program itself: test_bundle."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from transcript_alliance.alliance.drift import Difference, Place
from transcript_alliance.commands.drifting import MOST_ODD, Compared, as_json, as_text, sentence

ROW = (1.0, 2.0, 3.0, 4.0, 5.0)


def difference(name: str, place: Place, middle: float = 3.0, odd: tuple[str, ...] = (), psi: float = 0.1) -> Difference:
    return Difference(name, 9, (0.0, 1.0, middle, 8.0, 9.0), ROW, 0.4, psi, 0.25, place, odd)


def compared(*differences: Difference, n_sessions: int = 30, n_seen: int = 0) -> Compared:
    return Compared("model-1", 568, n_sessions, n_seen, differences, ())


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (
            difference("rate.EMP", Place.OUTSIDE, 6.0),
            "Turns that show EMP, share: outside. Half of these sessions lie at 6.00 or above; that is above 1.00 to "
            "5.00, where nine in ten of those learned from lie.",
        ),
        (
            difference("rate.EMP", Place.OUTSIDE, 0.5),
            "Turns that show EMP, share: outside. Half of these sessions lie at 0.50 or below; that is below 1.00 to "
            "5.00, where nine in ten of those learned from lie.",
        ),
        (
            difference("n_turns", Place.EDGE),
            "Turns in a session: at the edge. 40% of these sessions lie beyond 1.00 to 5.00, where nine in ten of "
            "those learned from lie.",
        ),
        (
            difference("n_turns", Place.INSIDE, psi=0.3),
            "Turns in a session: inside. The middle of these sessions, 3.00, is within 1.00 to 5.00, where nine in "
            "ten of those learned from lie, though these lie otherwise within it.",
        ),
    ],
)
def test_a_sentence_for_each_place(one: Difference, expected: str) -> None:
    assert sentence(one) == expected


def test_the_screen_counts_places_and_names_the_odd_ones() -> None:
    names = tuple(f"s{n:02}" for n in range(MOST_ODD + 2))
    both = difference("n_words", Place.OUTSIDE, 6.0, ("s11",))
    text = as_text(compared(difference("n_turns", Place.INSIDE, odd=names), both, n_seen=4))
    assert "2 measures: 1 inside, 0 at the edge, 1 outside what the model knows." in text
    assert "The model learned from 4 of these sessions" in text
    assert "12 sessions lie far" in text
    # Odd in two measures, so named first.
    assert text.index("s11: turns in a session; words in a session") < text.index("s00: turns in a session")
    assert "and 2 more" in text
    assert "little can be told" not in text
    assert "Of 3 sessions little can be told" in as_text(compared(both, n_sessions=3))


def test_json_has_null_where_there_is_no_number() -> None:
    found = json.loads(as_json(compared(difference("rate.R10", Place.INSIDE, psi=math.nan, odd=("a", "b")))))
    (measure,) = found["measures"]
    assert (measure["psi"], measure["psi_limit"], measure["place"]) == (None, 0.25, "inside")
    assert (found["odd"], found["sessions"], found["learned_from"]) == ({"a": ["rate.R10"], "b": ["rate.R10"]}, 30, 568)


def test_a_folder_that_is_no_model_is_refused(run: Callable[..., Run], transcript: Callable[..., Path]) -> None:
    path = transcript("s1.txt")
    done = run("drift", path, "--model", path.parent)
    assert (done.code, done.out) == (2, "")
    assert "[NO_MODEL]" in done.err
