"""Merging raw turns, cutting turns into utterances, and telling signals from answers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.segment.talk import TALK, notes, raw, roles, segmented
from transcript_alliance.errors import ReadError
from transcript_alliance.segment import merge_turns, segment_session
from transcript_alliance.segment.backchannels import asks, is_backchannel
from transcript_alliance.segment.turns import NOT_NAMED
from transcript_alliance.session import RawTranscript, RawTurn, Role


def test_consecutive_turns_of_one_speaker_are_one() -> None:
    turns = merge_turns(
        (
            RawTurn("T", "So,\n how", 1.0, 2.0, 4),
            RawTurn("T", "\u00a0are  you? ", 2.5, 3.0, 5),
            RawTurn("C", "  ", 3.0, 3.5, 6),
            RawTurn("T", "Well?", None, None, 7),
            RawTurn("C", "Fine.", 5.0, None, 8),
            RawTurn(None, "noise", None, 9.0, 9),
        )
    )
    assert [(t.speaker, t.text, t.raw_indices) for t in turns] == [
        ("T", "So, how are you? Well?", (0, 1, 3)),  # the empty turn between them was nobody's
        ("C", "Fine.", (4,)),
        (NOT_NAMED, "noise", (5,)),
    ]
    assert [(t.start_s, t.end_s, t.line) for t in turns] == [(1.0, 3.0, 4), (5.0, None, 8), (None, 9.0, 9)]


def test_spellings_of_one_person() -> None:
    names = ["Therapist", "\u0422herapist", "Therapist\u200b", "therapist ", "THERAPIST", "Client"]
    turns = tuple(RawTurn(names[n % 6], f"word {n}") for n in range(12))
    merged = merge_turns(turns)
    assert [turn.speaker for turn in merged] == ["Therapist", "Client"] * 2
    session = segment_session(RawTranscript("s.txt", "text", "utf-8", "", turns))
    assert notes(session)["W_SIMILAR_SPEAKERS"] == 5


def test_case_and_blanks_are_no_oddity() -> None:
    session = segmented(TALK.replace("T: Okay", "t : Okay"))
    assert notes(session) == {}
    assert set(roles(session)) == {"T", "C"}


def test_a_label_with_an_unreadable_letter_is_the_one_that_fits() -> None:
    turns = [RawTurn("Therapist", "a"), RawTurn("C", "b"), RawTurn("The\ufffdapist", "c"), RawTurn("Therapist", "d")]
    assert [turn.speaker for turn in merge_turns(turns)] == ["Therapist", "C", "Therapist"]


def test_names_in_another_script_stay_apart() -> None:
    turns = [RawTurn("Анна", "a"), RawTurn("Нина", "b"), RawTurn("Анна", "c")]
    assert [turn.speaker for turn in merge_turns(turns)] == ["Анна", "Нина", "Анна"]


def test_endless_talk_of_one_is_refused() -> None:
    turns = (RawTurn("T", "a " * 90_000),) * 6 + (RawTurn("C", "b"),)
    with pytest.raises(ReadError) as caught:
        segment_session(RawTranscript("s.txt", "text", "utf-8", "", turns))
    assert caught.value.code == "LIMIT"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["Well... no.", "Yes?No.", "a.b! c", "Mm."]
)
RAW_TURNS = st.lists(st.builds(RawTurn, st.sampled_from(["T", "C", "t", None]), TEXTS), max_size=30)


@given(RAW_TURNS)
def test_merging_loses_and_invents_nothing(turns: list[RawTurn]) -> None:
    merged = merge_turns(turns)
    words = [word for turn in turns for word in turn.text.split()]
    assert " ".join(turn.text for turn in merged) == " ".join(words)
    spoken = [n for n, turn in enumerate(turns) if turn.text.split()]
    assert [n for turn in merged for n in turn.raw_indices] == spoken
    assert all(a.speaker != b.speaker for a, b in pairwise(merged))


@given(RAW_TURNS)
def test_ranges_cover_every_utterance_once_and_in_order(turns: list[RawTurn]) -> None:
    # Two clear turns first, so that there are always two speakers.
    turns = [RawTurn("T", "How was it?"), RawTurn("C", "Fine."), *turns]
    session = segment_session(RawTranscript("s.txt", "text", "utf-8", "", tuple(turns)))
    for ranges in (session.turns, session.episodes):
        assert [n for r in ranges for n in range(r.start, r.end)] == list(range(len(session.utterances)))
        assert all(r.start < r.end for r in ranges)
    assert {e.start for e in session.episodes} <= {turn.start for turn in session.turns}
    for number, merged in enumerate(merge_turns(turns)):
        assert session.turn_text(number) == merged.text
        turn = session.turns[number]
        assert all(u.turn == number for u in session.utterances[turn.start : turn.end])
        assert session.speakers[turn.speaker].label == merged.speaker
    assert sum(speaker.n_turns for speaker in session.speakers) == len(session.turns)
    assert sum(speaker.n_words for speaker in session.speakers) == session.n_words


def test_utterances_are_sentences() -> None:
    session = segmented("T: Well, Dr. Lee said so. Did he?No! I see...ok\nC: i went and then i came\nT: And?")
    assert [u.text for u in session.utterances] == [
        "Well, Dr. Lee said so.", "Did he?No!", "I see...ok", "i went and then i came", "And?",
    ]  # fmt: skip


def test_identity_of_the_session() -> None:
    assert segmented(TALK).session_id == "s7"
    assert segment_session(raw(TALK), session_id="N001").session_id == "N001"
    session = segmented(TALK)
    assert [turn.line for turn in session.turns] == list(range(1, 9))
    assert [(s.label, s.role, s.n_turns) for s in session.speakers] == [("T", Role.THERAPIST, 4), ("C", Role.CLIENT, 4)]


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("Mm-hm.", "I went home.", True),
        ("yeah yeah okay", "i went home", True),
        ("[nods] Right.", "I went home.", True),
        ("Uh-huh, I see.", "He left.", True),
        ("Mm-hm.", None, False),
        ("Yes.", "Did you sleep?", False),
        ("Yeah.", "so how was the week", False),
        ("Okay.", "Tell me about the night.", False),
        ("Mm.", "What was it like? Take your time with it.", False),
        ("No.", "I went home.", False),
        ("Right?", "I went home.", False),
        ("Yeah, I know him.", "I went home.", False),
        ("[laughs]", "I went home.", False),
        ("yeah yeah yeah yeah yeah", "I went home.", False),
    ],
)
def test_listeners_signals(text: str, before: str | None, expected: bool) -> None:
    assert is_backchannel(text, before) is expected


def test_what_asks() -> None:
    assert [text for text in ("How?", "okay tell me more about it", "what is it", "I left.", "") if asks(text)] == [
        "How?", "okay tell me more about it", "what is it",
    ]  # fmt: skip
