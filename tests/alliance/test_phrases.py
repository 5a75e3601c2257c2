import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import make_session
from transcript_alliance.alliance.phrases import (
    MIN_CLIENTS,
    MIN_THERAPISTS,
    PhraseCounts,
    Vocabulary,
    count_phrases,
    learn_vocabulary,
    points_without_each_turn,
    session_vector,
    spoken,
    turn_phrases,
    turn_values,
)

SESSION = make_session("T: I see.\nC: I see, I see.\nT: How so?\nC: No.")
KNOWN = Vocabulary(("see", "so"), ("i see", "no"), np.array([1.0, 2.0, 1.5, 3.0]))


def test_style_of_typing_changes_nothing() -> None:
    assert turn_phrases("Um, I don’t KNOW...") == turn_phrases("i don't know") == turn_phrases("i dont know uh")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Um, I don't, uh, know... [pause]", "I don't, know..."),
        ("(sighs) Mm. It is (long pause) hard.", "It is hard."),
        ("Mm-hm. Uh-huh.", "Mm-hm. Uh-huh."),
        ("[inaudible 00:12]", ""),
        ("The umbrella (the red one that he lost) is here.", "The umbrella (the red one that he lost) is here."),
    ],
)
def test_hesitations_and_asides_are_not_read(typed: str, read: str) -> None:
    assert spoken(typed) == read


def test_phrases_stay_within_their_turn_and_know_its_ends() -> None:
    assert turn_phrases("No") == ["<", "no", ">", "< no", "no >", "< no >"]
    assert turn_phrases("...") == ["<", ">", "< >"]


def test_each_side_has_its_own_words() -> None:
    counts = count_phrases(SESSION, KNOWN.places())
    # The client's "see" and the therapist's "i see" are not known; "so" and "i see" (twice) and "no" are.
    assert list(zip(counts.turn.tolist(), counts.phrase.tolist(), counts.count.tolist(), strict=True)) == [
        (0, 0, 1.0), (1, 2, 2.0), (2, 1, 1.0), (3, 3, 1.0),
    ]  # fmt: skip


def test_a_session_has_length_1_on_each_side() -> None:
    vector = session_vector(count_phrases(SESSION, KNOWN.places()), KNOWN)
    # Therapist: mass 1 x 1 and 1 x 2; client: 2 x 1.5 and 1 x 3.
    assert vector**2 == pytest.approx([1 / 3, 2 / 3, 3 / 6, 3 / 6])


def test_saying_everything_twice_changes_nothing() -> None:
    counts = count_phrases(SESSION, KNOWN.places())
    twice = PhraseCounts(counts.n_turns, counts.turn, counts.phrase, counts.count * 2)
    assert session_vector(twice, KNOWN) == pytest.approx(session_vector(counts, KNOWN))


def test_a_turn_has_length_1() -> None:
    counts = count_phrases(SESSION, KNOWN.places())
    lengths = np.bincount(counts.turn, weights=turn_values(counts, KNOWN.rarity) ** 2)
    assert lengths == pytest.approx(np.ones(4))


def test_a_side_without_known_words_is_nothing() -> None:
    silent = count_phrases(make_session("T: Hello.\nC: No."), KNOWN.places())
    assert session_vector(silent, KNOWN) == pytest.approx([0, 0, 0, 1])


def test_what_few_clients_hold_is_not_learned() -> None:
    sessions = [make_session(f"T: Hello {name}.\nC: Hello.") for name in "abcdefg"]
    few = ["x", "y", "x", "y", "x", "y", "x"]
    assert len(learn_vocabulary(sessions, few)) == 0
    many = learn_vocabulary(sessions, list("abcdefg")[: len(sessions)])
    assert "hello" in many.therapist
    assert not any("a" in phrase.split() for phrase in many.therapist)
    assert MIN_CLIENTS == 5
    # What every session holds has rarity ln(8 / 8) + 1.
    assert many.rarity[many.therapist.index("hello")] == pytest.approx(1)


def test_what_one_therapist_says_to_everybody_is_not_learned_where_therapists_count() -> None:
    sessions = [make_session(f"T: Hello, Doctor Grey {'here' if n % 3 else 'speaking'}.\nC: Hello.") for n in range(9)]
    clients = [f"C{n}" for n in range(9)]
    assert "grey" in learn_vocabulary(sessions, clients).therapist
    few = learn_vocabulary(sessions, clients, ["T1", "T2"] * 4 + ["T1"])
    assert len(few) == 0
    # Nine clients of three therapists say here or speaking, six of two therapists here.
    three = learn_vocabulary(sessions, clients, ["T0", "T1", "T2"] * 3)
    assert "grey" in three.therapist
    assert "hello" in three.client
    assert "here" not in three.therapist
    assert MIN_THERAPISTS == 3


words = st.sampled_from(["see", "so", "no", "i see", "other", "i"])
turns = st.lists(st.lists(words, min_size=1, max_size=5), min_size=2, max_size=9)


@given(turns, st.integers(0, 2**32 - 1))
def test_without_a_turn_is_the_session_that_never_had_it(said: list[list[str]], seed: int) -> None:
    session = make_session("\n".join(f"{'TC'[n % 2]}: {' '.join(w)}." for n, w in enumerate(said)))
    counts = count_phrases(session, KNOWN.places())
    weights = np.random.default_rng(seed).normal(size=(3, len(KNOWN)))
    found = points_without_each_turn(counts, KNOWN, weights)
    for turn in range(counts.n_turns):
        kept = counts.turn != turn
        rest = PhraseCounts(counts.n_turns, counts.turn[kept], counts.phrase[kept], counts.count[kept])
        assert found[turn] == pytest.approx(weights @ session_vector(rest, KNOWN), abs=1e-9)


@given(turns, st.integers(0, 9), st.integers(0, 9))
def test_a_part_is_the_session_of_its_turns(said: list[list[str]], start: int, stop: int) -> None:
    session = make_session("\n".join(f"{'TC'[n % 2]}: {' '.join(w)}." for n, w in enumerate(said)))
    counts = count_phrases(session, KNOWN.places())
    part = counts.part(slice(start, max(start, stop)))
    kept = (counts.turn >= start) & (counts.turn < stop)
    assert part.phrase.tolist() == counts.phrase[kept].tolist()
    assert (part.turn + start).tolist() == counts.turn[kept].tolist()
