"""What the user says about speakers, applied to the transcript."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.segment.talk import TALK, raw
from transcript_alliance.errors import SpeakerError
from transcript_alliance.segment.corrections import Cast, Corrected, Corrections, Merge, Relabel, Split, correct
from transcript_alliance.segment.turns import merge_turns
from transcript_alliance.session import RawTranscript, RawTurn, Role

T, C, OTHER = Role.THERAPIST, Role.CLIENT, Role.OTHER
SHORT = "T: Hello. How are you?\nC: Fine.\nT: And work?\nC: Dull. Tell me more.\n"


def turns(corrected: Corrected) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text) for turn in merge_turns(corrected.raw.turns)]


def cued() -> RawTranscript:
    """Turn 1 is made of two cues with times, turn 2 of one."""
    cues = (RawTurn("A", "One two.", 0.0, 2.0), RawTurn("A", "Three  four.", 2.0, 4.0), RawTurn("B", "Five.", 4.0, 5.0))
    return RawTranscript("s7.vtt", "vtt", "utf-8", "ab" * 32, cues)


def test_nothing_said_changes_nothing() -> None:
    transcript = raw(TALK)
    corrected = correct(transcript, Corrections())
    assert corrected.raw == transcript
    assert corrected.numbers == (1, 2, 3, 4, 5, 6, 7, 8)
    assert corrected.applied == ()


def test_a_turn_is_given_to_another_and_joins_its_neighbours() -> None:
    corrected = correct(raw(SHORT), Corrections(relabel=(Relabel(2, "T"),)))
    assert turns(corrected) == [("T", "Hello. How are you? Fine. And work?"), ("C", "Dull. Tell me more.")]
    assert corrected.applied == ("turn 2 given to T",)
    assert [(n.kind, n.count) for n in corrected.raw.notes] == [("W_CORRECTED_TURNS", 1)]


def test_a_turn_is_split_where_another_comes_in() -> None:
    # "Dull. " are 6 characters; from there on the therapist talks.
    corrected = correct(raw(SHORT), Corrections(split=(Split(4, 6, "t"),)))
    assert turns(corrected)[-2:] == [("C", "Dull."), ("T", "Tell me more.")]
    assert corrected.numbers == (1, 2, 3, 4, 4)
    assert corrected.applied == ("turn 4 split at character 6, then T",)


def test_a_turn_is_split_before_words() -> None:
    # Whatever blanks part them, and over the end of a cue.
    corrected = correct(raw(SHORT), Corrections(split=(Split(4, "Tell  me", "T"),)))
    assert corrected == correct(raw(SHORT), Corrections(split=(Split(4, 6, "T"),)))
    corrected = correct(cued(), Corrections(split=(Split(1, "two. Three", "B"),)))
    assert [turn.text for turn in corrected.raw.turns] == ["One", "two.", "Three four.", "Five."]


@pytest.mark.parametrize(
    ("words", "what"),
    [("Hello", "does not hold"), ("Dull", "begins with"), ("l", "more than once"), (" ", "does not hold")],
)
def test_words_that_tell_no_place_are_refused_and_not_shown(words: str, what: str) -> None:
    with pytest.raises(SpeakerError, match=what) as caught:
        correct(raw(SHORT), Corrections(split=(Split(4, words, "T"),)))
    assert caught.value.code == "NO_SUCH_PLACE"
    assert "Hello" not in str(caught.value)
    assert "Dull" not in str(caught.value)


def test_a_turn_is_split_twice() -> None:
    corrected = correct(raw(SHORT), Corrections(split=(Split(4, 11, "C"), Split(4, 6, "T"))))
    assert turns(corrected)[-3:] == [("C", "Dull."), ("T", "Tell"), ("C", "me more.")]


@pytest.mark.parametrize(
    ("at", "parts"),
    [
        # Within the first cue, at the blank between the two (its end is 8), and within the second.
        (4, [("A", "One", 0.0, None), ("B", "two.", None, 2.0), ("B", "Three four.", 2.0, 4.0)]),
        (8, [("A", "One two.", 0.0, 2.0), ("B", "Three four.", 2.0, 4.0)]),
        (15, [("A", "One two.", 0.0, 2.0), ("A", "Three", 2.0, None), ("B", "four.", None, 4.0)]),
    ],
)
def test_a_split_keeps_the_times_that_the_file_gives(
    at: int, parts: list[tuple[str, str, float | None, float | None]]
) -> None:
    corrected = correct(cued(), Corrections(split=(Split(1, at, "B"),)))
    assert [(t.speaker, t.text, t.start_s, t.end_s) for t in corrected.raw.turns[:-1]] == parts


def test_turns_are_merged_into_one() -> None:
    corrected = correct(raw(SHORT), Corrections(merge=(Merge(1, 3),)))
    assert turns(corrected) == [("T", "Hello. How are you? Fine. And work?"), ("C", "Dull. Tell me more.")]
    assert corrected.applied == ("turns 1 to 3 made one of T",)


def test_numbers_are_those_of_the_file_whatever_else_is_corrected() -> None:
    # The first fix joins turns 1 to 3; the second still means what stood fourth in the file.
    corrections = Corrections(merge=(Merge(1, 3),), split=(Split(4, 6, "T"),), ignore=("nobody",))
    assert turns(correct(raw(SHORT), corrections))[1:] == [("C", "Dull."), ("T", "Tell me more.")]


def test_labels_get_roles_and_names() -> None:
    corrections = Corrections(casts=(Cast("t", T, "Dr. Lee"), Cast("C", C, "C"), Cast("X", OTHER, "X")))
    corrected = correct(raw(SHORT), corrections)
    assert dict(corrected.roles) == {"Dr. Lee": T, "C": C}
    assert {turn.speaker for turn in corrected.raw.turns} == {"Dr. Lee", "C"}
    assert corrected.applied == ("label T is therapist, called Dr. Lee", "label C is client")


def test_two_labels_of_one_name_are_one_speaker() -> None:
    corrections = Corrections(casts=(Cast("A", C, "Eve"), Cast("B", C, "Eve")))
    assert turns(correct(raw("A: One.\nB: Two.\nT: Three.\n"), corrections))[0] == ("Eve", "One. Two.")


def test_ignored_labels_are_no_part_of_the_session() -> None:
    corrected = correct(raw("R: Recording.\n" + SHORT), Corrections(ignore=("r",)))
    assert len(turns(corrected)) == 4
    assert corrected.numbers == (2, 3, 4, 5)
    assert [(n.kind, n.count) for n in corrected.raw.notes] == [("W_IGNORED_SPEAKERS", 1)]


@pytest.mark.parametrize(
    ("corrections", "code"),
    [
        (Corrections(relabel=(Relabel(5, "T"),)), "NO_SUCH_TURN"),
        (Corrections(relabel=(Relabel(1, "Ann"),)), "UNKNOWN_SPEAKER"),
        (Corrections(split=(Split(2, 5, "T"),)), "NO_SUCH_PLACE"),  # "Fine." has 5 characters
        (Corrections(split=(Split(2, 3, "Ann"),)), "UNKNOWN_SPEAKER"),
        (Corrections(merge=(Merge(3, 3),)), "NO_SUCH_TURN"),
        (Corrections(merge=(Merge(3, 9_999_999),)), "NO_SUCH_TURN"),
        (Corrections(relabel=(Relabel(2, "T"),), merge=(Merge(1, 2),)), "TWICE"),
        (Corrections(relabel=(Relabel(2, "T"), Relabel(2, "C"))), "TWICE"),
        (Corrections(sha256="0" * 64), "OTHER_FILE"),
    ],
)
def test_a_correction_that_does_not_fit_is_refused(corrections: Corrections, code: str) -> None:
    with pytest.raises(SpeakerError) as caught:
        correct(raw(SHORT), corrections)
    assert caught.value.code == code
    assert caught.value.where == "s7.txt"
    assert "Hello" not in str(caught.value)


def test_corrections_of_this_very_file_are_taken() -> None:
    assert correct(cued(), Corrections(sha256="ab" * 32)).raw == cued()


WORDS = [word for turn in raw(TALK).turns for word in turn.text.split()]


@given(st.lists(st.tuples(st.integers(1, 8), st.integers(1, 30), st.sampled_from("TC")), max_size=6))
def test_no_word_is_lost_or_moved(cuts: list[tuple[int, int, str]]) -> None:
    # All turns of the talk have more than 30 characters; a cut inside a word makes two of it.
    corrected = correct(raw(TALK), Corrections(split=tuple(Split(*cut) for cut in cuts)))
    assert "".join(turn.text for turn in corrected.raw.turns).replace(" ", "") == "".join(WORDS)
    assert list(corrected.numbers) == sorted(corrected.numbers)


def test_one_and_the_same_twice_gives_the_same() -> None:
    transcript = replace(raw(TALK), notes=())
    corrections = Corrections(relabel=(Relabel(3, "C"),), casts=(Cast("C", C, "Bo"),))
    assert correct(transcript, corrections) == correct(transcript, corrections)
