"""Real speech: 133 demonstrations read from two formats, and the roles told from the talk alone."""

from dataclasses import replace

import pytest

from tests.annomi import Demonstration, demonstrations, write_text, write_vtt
from transcript_alliance.readers import read_transcript
from transcript_alliance.segment import merge_turns, segment_session
from transcript_alliance.session import Role, Session

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def read_twice(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Demonstration, Session, Session]]:
    """Each demonstration with the sessions made of its WebVTT and of its text file."""
    folder = tmp_path_factory.mktemp("annomi")
    found = []
    for session in demonstrations():
        vtt, text = (read_transcript(write(session, folder)) for write in (write_vtt, write_text))
        assert vtt.notes == text.notes == ()
        found.append((session, segment_session(vtt), segment_session(text)))
    return found


def test_both_formats_give_the_turns_of_the_set(read_twice: list[tuple[Demonstration, Session, Session]]) -> None:
    for demonstration, vtt, text in read_twice:
        wanted = [(turn.speaker, turn.text) for turn in merge_turns(demonstration.turns)]
        for session in (vtt, text):
            turns = [(session.speakers[t.speaker].label, session.turn_text(n)) for n, t in enumerate(session.turns)]
            assert turns == wanted, demonstration.id
        assert _without_ends(vtt) == _without_ends(text), demonstration.id


def test_roles_are_right_in_98_percent(read_twice: list[tuple[Demonstration, Session, Session]]) -> None:
    wrong = [
        demonstration.id
        for demonstration, session, _ in read_twice
        if [s.label for s in session.speakers if s.role is Role.THERAPIST] != [demonstration.therapist]
    ]
    assert len(read_twice) == 133
    assert len(wrong) <= 2, wrong  # 2 of 133 are 1.5%


def _without_ends(session: Session) -> Session:
    """The session without lines and ends of turns, which the two files write differently."""
    return replace(session, turns=tuple(replace(turn, end_s=None, line=None) for turn in session.turns))
