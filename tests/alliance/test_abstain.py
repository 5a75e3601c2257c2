import random
from dataclasses import replace

import numpy as np
import pytest

from tests.builders import make_session
from transcript_alliance.alliance.abstain import RULES, abstentions, unfamiliar
from transcript_alliance.alliance.phrases import Vocabulary
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
        (make_session("\n".join(f"{'TC'[n % 2]}: {n} {n + 1} {n + 2}" for n in range(40))), "language"),
        (
            make_session("\n".join(["T: Thank you for watching this video.", "C: I see what you mean by it."] * 30)),
            "loops",
        ),
    ],
    ids=["short", "few words", "Spanish", "numbers", "loop"],
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


def test_exchanged_speakers_are_not_scored() -> None:
    whole = session()
    exchanged = replace(
        whole, turns=tuple(replace(t, speaker=1 - t.speaker) if n >= 20 else t for n, t in enumerate(whole.turns))
    )
    assert "speakers exchanged" in rules_that_speak(exchanged)


def test_labels_dealt_out_at_random_are_not_scored() -> None:
    whole = session()
    rng = random.Random(3)
    dealt = replace(whole, turns=tuple(replace(t, speaker=rng.randrange(2)) for t in whole.turns))
    assert "labels by chance" in rules_that_speak(dealt)


def test_words_that_a_model_does_not_know_are_not_scored() -> None:
    known = Vocabulary(("how", "has", "the", "week"), ("fine", "and"), np.ones(6))
    talk = make_session("T: How has the week been?\nC: Fine, um, and quiet.")
    # Known: how has the week fine and; unknown: been quiet; "um" is no word here.
    assert unfamiliar(talk, known, 0.75) == ()
    (refused,) = unfamiliar(talk, known, 0.76)
    assert refused.reason.startswith("The model knows 75% of the words")
    assert "quiet" not in refused.reason
