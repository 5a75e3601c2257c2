"""Who is who: by the user's word, by labels, by talk."""

import pytest

from tests.segment.talk import TALK, notes, raw, roles, segmented
from transcript_alliance.errors import SpeakerError
from transcript_alliance.segment import segment_session
from transcript_alliance.segment.evidence import EVIDENCE, count_evidence, log_ratios, therapist_log_odds
from transcript_alliance.segment.roles import BY_CONTRADICTED_LABEL, BY_LABEL
from transcript_alliance.session import RawTranscript, RawTurn, Role

T, C, OTHER = Role.THERAPIST, Role.CLIENT, Role.OTHER


@pytest.mark.parametrize(
    ("therapist", "client"),
    [
        ("T", "C"),
        ("T1", "C1"),
        ("THERAPIST", "Client"),
        ("Dr. Smith", "Ann"),
        ("Dr Smith", "Patient 12"),
        ("Ann", "Client"),
        ("Interviewer", "P03"),
        ("I", "P"),
        ("Counsellor (Ann)", "Bo"),
        ("Speaker A", "Speaker B"),
        ("Ann", "Bo"),
        ("P1", "P2"),
    ],
)
def test_the_right_one_is_the_therapist(therapist: str, client: str) -> None:
    for script in (TALK, "C: Hi.\n" + TALK):
        assert roles(segmented(script, ("T", therapist), ("C", client))) == {therapist: T, client: C}


@pytest.mark.parametrize(
    ("labels", "confidence", "reasons"),
    [
        (("T", "C"), BY_LABEL, ("the label names the role", "the label names the role")),
        (("Coach", "Ann"), BY_LABEL, ("the label names the role", "the other label names the other role")),
        (("Ann", "Patient"), BY_LABEL, ("the other label names the other role", "the label names the role")),
    ],
)
def test_labels_decide_and_say_so(labels: tuple[str, str], confidence: float, reasons: tuple[str, str]) -> None:
    session = segmented(TALK, ("T", labels[0]), ("C", labels[1]))
    assert tuple(speaker.reason for speaker in session.speakers) == reasons
    assert {speaker.confidence for speaker in session.speakers} == {confidence}


def test_swapped_labels_are_doubted() -> None:
    session = segmented(TALK, ("T", "Client"), ("C", "Therapist"))
    assert roles(session) == {"Client": C, "Therapist": T}
    assert notes(session) == {"W_ROLES": 1}
    assert {speaker.confidence for speaker in session.speakers} == {BY_CONTRADICTED_LABEL}
    assert "but the talk is that of a therapist: " in session.speakers[0].reason


def test_the_user_settles_it() -> None:
    session = segmented(TALK, ("T", "Ann"), ("C", "Bo"), therapist=" bo")
    assert roles(session) == {"Bo": T, "Ann": C}
    assert [(s.confidence, s.reason) for s in session.speakers] == [
        (1.0, "the other speaker"),
        (1.0, "settled by the user"),
    ]
    assert notes(segmented(TALK, ("T", "Client"), ("C", "Therapist"), therapist="Client")) == {}


def test_an_unknown_choice_names_the_speakers() -> None:
    long = "x" * 60
    with pytest.raises(SpeakerError) as caught:
        segmented(TALK, ("T", "Ann"), ("C", long), therapist="Bo")
    assert caught.value.code == "UNKNOWN_SPEAKER"
    assert caught.value.what == f"Nobody is labelled 'Bo'; the 2 speakers are Ann, {'x' * 39}…."


@pytest.mark.parametrize(
    ("labels", "code"),
    [(("", ""), "NO_SPEAKERS"), (("Ann", "Ann"), "ONE_SPEAKER"), (("Ann", ""), "ONE_SPEAKER")],
)
def test_fewer_than_two(labels: tuple[str, str], code: str) -> None:
    with pytest.raises(SpeakerError) as caught:
        segmented(TALK, ("T", labels[0]), ("C", labels[1]))
    assert caught.value.code == code
    assert caught.value.hint
    assert "mother" not in str(caught.value)


def test_turns_that_name_nobody_are_on_no_side() -> None:
    session = segmented(TALK + ":tape clicks\n", ("T", "Ann"), ("C", "Bo"))
    assert roles(session) == {"Ann": T, "Bo": C, "(not named)": OTHER}


def test_who_comes_in_is_on_no_side() -> None:
    script = TALK + "R: Sorry, the taxi is here.\nT: Thank you, two minutes.\n"
    assert roles(segmented(script, ("T", "Ann"), ("C", "Bo"), ("R", "Eve"))) == {"Ann": T, "Bo": C, "Eve": OTHER}
    assert roles(segmented(script, ("R", "Receptionist")))["Receptionist"] is OTHER


def test_both_of_a_couple_are_clients() -> None:
    partner = TALK.replace("C:", "D:").replace("mother", "father")
    assert roles(segmented(TALK + partner, ("T", "Ann"), ("C", "Bo"), ("D", "Eve"))) == {"Ann": T, "Bo": C, "Eve": C}
    assert roles(segmented(TALK + partner, ("T", "Therapist"), ("C", "P1"), ("D", "P2"))) == {
        "Therapist": T, "P1": C, "P2": C,
    }  # fmt: skip


def test_two_therapists() -> None:
    second = TALK.replace("T:", "D:").replace("mother", "father")
    assert roles(segmented(TALK + second, ("T", "Ann"), ("C", "Bo"), ("D", "Eve"))) == {"Ann": T, "Bo": C, "Eve": T}


def test_a_letter_alone_may_be_an_initial() -> None:
    # T is Tom, the client; his counsellor is called Kay: the talk weighs more than the letter.
    assert roles(segmented(TALK, ("T", "Kay"), ("C", "T"))) == {"Kay": T, "T": C}
    # Where the talk says nothing, the letter does.
    even = "T: The rain is loud.\nM: The road is wet.\n" * 3
    assert roles(segmented(even)) == {"T": T, "M": C}
    assert roles(segmented(even, ("T", "M"), ("M", "T"))) == {"M": C, "T": T}


def test_no_evidence_gives_no_confidence() -> None:
    session = segmented("A: The rain is loud.\nB: The road is wet.\n")
    assert [speaker.confidence for speaker in session.speakers] == [0.5, 0.5]


def test_exchanging_the_two_changes_the_sign_only() -> None:
    one, other = (count_evidence([t.text for t in raw(TALK).turns if t.speaker == side]) for side in "TC")
    assert therapist_log_odds(one, other) == -therapist_log_odds(other, one)
    assert therapist_log_odds(one, other) > 3


def test_the_sum_by_hand() -> None:
    therapist = count_evidence(["How are you?", "Would you? Take your time."])
    client = count_evidence(["But I lost my car."])
    pairs = zip(EVIDENCE, zip(therapist, client, strict=True), strict=True)
    assert {kind.id: pair for kind, pair in pairs if any(pair)} == {
        "question_marks": (2, 0),
        "question_words": (3, 0),  # how are, are you, would you
        "you": (3, 0),
        "i": (0, 2),
        "own_people": (0, 1),
    }
    # .5 log 3 + .8 log 4 + 1.5 log 4 + 1.1 log 3 + .7 log 2 = .549 + 1.109 + 2.079 + 1.208 + .485 = 5.431
    assert therapist_log_odds(therapist, client) == pytest.approx(5.431, abs=0.002)
    assert log_ratios((2, 0), (0, 2)) == pytest.approx((1.0986, -1.0986), abs=1e-4)


def test_reasons_hold_no_words_of_the_session() -> None:
    session = segmented(TALK, ("T", "Ann"), ("C", "Bo"))
    for speaker in session.speakers:
        assert speaker.reason
        assert not {"mother", "hospital", "kitchen", "guilty"} & set(speaker.reason.split())
    assert session.speakers[0].reason.startswith("says 100% of all 'you' and 'your'; ")


def test_renaming_and_times_change_nothing() -> None:
    plain = segmented(TALK, ("T", "Ann"), ("C", "Bo"))
    shifted = RawTranscript(
        "other.vtt", "vtt", "utf-16", "x",
        tuple(RawTurn(t.speaker, f" {t.text}\n", 60.0 + n, 61.0 + n) for n, t in enumerate(raw(TALK).turns)),
    )  # fmt: skip
    other = segment_session(shifted, therapist=None)
    assert other.utterances == plain.utterances
    assert other.episodes == plain.episodes
    assert [s.role for s in other.speakers] == [s.role for s in plain.speakers]
