import random
from dataclasses import replace

import pytest

from tests.builders import make_session
from transcript_alliance.alliance.abstain import RULES, abstentions
from transcript_alliance.session import Role, Session
from transcript_alliance.settings import AbstainSettings

SETTINGS = AbstainSettings()
TALK = (
    ("T", "How has the week been for you since we last met and spoke about the nights?"),
    ("C", "It was a bit better, I think, because I went out with my sister on the day you said."),
    ("T", "So you did the thing that you were most afraid of, and then it was not so bad?"),
    ("C", "Yes, it was not what I had thought it would be, and I was there for an hour or so."),
)
SPANISH = "Nadie me pregunta nunca nada sobre trabajo, siempre quiero dormir toda noche tranquila {n}."


def session(n_turns: int = 40, text: str | None = None) -> Session:
    rng = random.Random(0)
    lines = []
    for n in range(n_turns):
        label, said = TALK[n % 4]
        words = (text or said).format(n=n).rstrip(".?").split()
        lines.append(f"{label}: {' '.join(words)} {rng.choice(['really', 'again', 'now', 'then'])} {n}")
    return make_session("\n".join(lines))


def rules_that_speak(s: Session) -> list[str]:
    return [a.rule for a in abstentions(s, SETTINGS)]


def test_an_ordinary_session_is_scored() -> None:
    assert rules_that_speak(session()) == []


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (session(19), "turns"),
        (session(20, "It was so {n}."), "words"),
        (session(40, SPANISH), "language"),
        (
            make_session("\n".join(["T: Thank you for watching this video.", "C: I see what you mean by it."] * 30)),
            "loops",
        ),
    ],
    ids=["short", "few words", "Spanish", "loop"],
)
def test_what_would_mislead_is_not_scored(given: Session, rule: str) -> None:
    assert rule in rules_that_speak(given)


def test_doubtful_roles_and_third_voices_are_not_scored() -> None:
    whole = session()
    doubtful = replace(whole, speakers=tuple(replace(s, confidence=0.6) for s in whole.speakers))
    assert rules_that_speak(doubtful) == ["roles"]
    client = whole.speakers[1]
    crowd = replace(whole, speakers=(whole.speakers[0], replace(client, role=Role.OTHER)))
    assert rules_that_speak(crowd) == ["other speakers"]


def test_limits_are_limits() -> None:
    exactly = session(20)
    assert rules_that_speak(exactly) == (["words"] if exactly.n_words < 300 else [])
    assert abstentions(exactly, AbstainSettings(min_turns=21))[0].rule == "turns"


def test_reasons_are_sentences_without_words_of_the_session() -> None:
    reasons = [a.reason for a in abstentions(session(3, SPANISH), SETTINGS)]
    assert reasons
    for reason in reasons:
        assert reason[0].isupper()
        assert reason.endswith(".")
        assert "trabajo" not in reason


def test_every_rule_has_its_own_name() -> None:
    assert len({name for name, _ in RULES}) == len(RULES)
