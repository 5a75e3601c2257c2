"""More than two speakers: sides, chosen dyads, and the user's roles."""

import pytest

from tests.segment.talk import TALK, notes, raw, roles
from transcript_alliance.alliance.abstain import abstentions
from transcript_alliance.errors import SpeakerError
from transcript_alliance.segment import segment_session
from transcript_alliance.session import Role, Session
from transcript_alliance.settings import AbstainSettings

T, C, OTHER = Role.THERAPIST, Role.CLIENT, Role.OTHER
PARTNER = TALK.replace("C:", "D:").replace("mother", "father")
COUPLE = (TALK + PARTNER) * 3
NAMES = (("T", "Ann"), ("C", "Bo"), ("D", "Eve"))


def couple(**options: str) -> Session:
    return segment_session(raw(COUPLE, *NAMES), **options)  # type: ignore[arg-type]


def test_without_a_choice_the_sides_are_scored_together_and_it_is_said() -> None:
    session = couple()
    assert roles(session) == {"Ann": T, "Bo": C, "Eve": C}
    assert notes(session) == {"W_SIDES": 2}
    assert all(speaker.kept_apart is None for speaker in session.speakers)


def test_a_chosen_dyad_keeps_the_other_client_apart() -> None:
    session = couple(dyad="ann:Eve")
    assert roles(session) == {"Ann": T, "Bo": OTHER, "Eve": C}
    assert {s.label: s.kept_apart for s in session.speakers} == {"Ann": None, "Bo": C, "Eve": None}
    assert notes(session) == {}
    assert {s.confidence for s in session.speakers if s.role is not OTHER} == {1.0}


def test_whom_the_choice_keeps_apart_is_no_stranger() -> None:
    # Bo says about a third of all words: as a stranger that would be too much for a score.
    few = AbstainSettings(min_turns=1, min_words=1, max_unknown_share=0.1, max_loop_share=1)
    assert [a.rule for a in abstentions(couple(dyad="Ann:Eve"), few)] == []
    given = {"Bo": OTHER, "Ann": T, "Eve": C}
    stranger = segment_session(raw(COUPLE, *NAMES), given=given)
    assert [a.rule for a in abstentions(stranger, few)] == ["other speakers"]


def test_a_co_therapist_and_an_interpreter() -> None:
    script = TALK + TALK.replace("T:", "D:") + "X: Interpreting now.\n"
    named = raw(script, ("T", "Therapist 1"), ("D", "Therapist 2"), ("C", "Client"), ("X", "Interpreter"))
    session = segment_session(named, dyad="Therapist 2:Client")
    assert {s.label: (s.role, s.kept_apart) for s in session.speakers} == {
        "Therapist 1": (OTHER, T),
        "Therapist 2": (T, None),
        "Client": (C, None),
        "Interpreter": (OTHER, None),
    }


def test_a_label_with_a_colon_can_be_of_the_dyad() -> None:
    session = segment_session(raw(TALK, ("T", "a:b"), ("C", "c")), dyad="a:b:c")
    assert roles(session) == {"a:b": T, "c": C}


@pytest.mark.parametrize(("dyad", "code"), [("Ann", "DYAD"), ("Ann:Ann", "DYAD"), ("Ann:Zoe", "UNKNOWN_SPEAKER")])
def test_a_dyad_that_cannot_be(dyad: str, code: str) -> None:
    with pytest.raises(SpeakerError) as caught:
        couple(dyad=dyad)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"Ann": C, "Bo": T, "Eve": C}, {"Ann": C, "Bo": T, "Eve": C}),
        ({"Bo": T}, {"Bo": T, "Ann": C}),
        ({"Bo": C, "Eve": C}, {"Ann": T, "Bo": C, "Eve": C}),
        ({"Eve": OTHER}, {"Ann": T, "Bo": C, "Eve": OTHER}),
        ({"Nobody": T}, {"Ann": T, "Bo": C, "Eve": C}),
    ],
)
def test_the_users_roles_are_final(given: dict[str, Role], found: dict[str, Role]) -> None:
    session = segment_session(raw(COUPLE, *NAMES), given=given)
    assert found.items() <= roles(session).items()
    settled = {s.label for s in session.speakers if s.reason == "settled by the user"}
    assert settled >= given.keys() & roles(session).keys()


def test_roles_that_leave_a_side_empty_are_refused() -> None:
    for given in ({"Ann": C, "Bo": C, "Eve": C}, {"Ann": T, "Bo": T, "Eve": OTHER}, {"Bo": OTHER, "Eve": OTHER}):
        with pytest.raises(SpeakerError) as caught:
            segment_session(raw(COUPLE, *NAMES), given=given)
        assert caught.value.code == "ONE_SIDE"


def test_the_therapist_that_is_named_goes_with_the_users_roles() -> None:
    session = segment_session(raw(COUPLE, *NAMES), therapist="Bo", given={"Eve": C})
    assert roles(session)["Bo"] is T
    assert roles(session)["Eve"] is C
