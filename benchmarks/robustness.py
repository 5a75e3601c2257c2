"""How the shipped bundle bears what happens to transcripts: other typing styles, cuts, damage; and its own evidence.

    python benchmarks/robustness.py [--only damage|styles|cuts|evidence] [--corpus FOLDER] [--model FOLDER]

On sessions that the model never saw (sample_data/held_out); --only may be given more than once, all four are done
without it:
styles      the same session typed in five ways: how often the alliance total stays within .3 scale points
cuts        the first 60% of the turns alone: how far the total moves, and how ranks hold
evidence    the turns shown for (against) a score are taken out and the rest is read anew: does the score fall (rise)?
damage      ten ways to spoil a transcript: how often the program abstains; and on the sessions as they are
"""

import argparse
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from transcript_alliance.agreement import spearman
from transcript_alliance.alliance.abstain import abstentions
from transcript_alliance.alliance.dataset import load_corpus
from transcript_alliance.alliance.score import score_session
from transcript_alliance.annotations import Score
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.errors import TranscriptError
from transcript_alliance.pipeline import Model, load_model, read_evidence
from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Session
from transcript_alliance.settings import AbstainSettings

ROOT = Path(__file__).resolve().parent.parent
TOTAL = 3
"""Place of the alliance total among the reported scales."""
CLOSE = 0.3
PARTS = ("damage", "styles", "cuts", "evidence")

Turns = list[tuple[str, str]]
Style = Callable[[Turns, random.Random], Turns]
FILLERS = ("um", "uh", "er", "you know", "I mean", "like")
HESITATIONS = frozenset({"um", "uh", "er", "erm", "hmm", "mm"})
SLIPS = {"th": "t", "ough": "o", "tion": "shun", "ee": "ea", "ar": "er", "ing": "in", "wh": "w", "ph": "f"}
ELSEWHERE = ("the", "a", "on", "it's", "there", "wood", "for", "hour", "no", "right")


def each_word(change: Callable[[str, random.Random], str]) -> Style:
    """A style that changes word by word."""

    def style(turns: Turns, rng: random.Random) -> Turns:
        return [(who, " ".join(change(w, rng) for w in text.split()).strip() or "...") for who, text in turns]

    return style


def verbatim(word: str, rng: random.Random) -> str:
    """Fillers and false starts, as a careful typist writes them down."""
    if rng.random() < 0.05:
        return f"{rng.choice(FILLERS)}, {word}"
    return f"{word[: max(1, len(word) // 2)]}- {word}" if rng.random() < 0.03 else word


def tidied(turns: Turns, _: random.Random) -> Turns:
    """Without fillers and stage directions; a turn that held nothing else is left out."""
    kept = []
    for who, text in turns:
        words = re.sub(r"\[[^\]]*\]", " ", text).split()
        said = " ".join(w for w in words if re.sub(r"\W", "", w).lower() not in HESITATIONS)
        kept += [(who, said)] if said else []
    return kept


def captioned(word: str, _: random.Random) -> str:
    """Lower case, no punctuation: automatic captions."""
    return re.sub(r"[^\w'’]", "", word).lower()


def misheard(word: str, rng: random.Random) -> str:
    """Captions of a speech engine that gets one word in twenty wrong."""
    return rng.choice(ELSEWHERE) if rng.random() < 0.05 else captioned(word, rng)


def typed(word: str, rng: random.Random) -> str:
    """Hasty typing: lower case, a slip in one word of twenty."""
    word = word.lower()
    if rng.random() < 0.05:
        for right, wrong in SLIPS.items():
            if right in word:
                return word.replace(right, wrong, 1)
    return word.rstrip(".")


STYLES: dict[str, Style] = {
    "verbatim": each_word(verbatim),
    "tidied": tidied,
    "captions": each_word(captioned),
    "misheard": each_word(misheard),
    "typed in haste": each_word(typed),
}


def _scrambled_speakers(turns: Turns, rng: random.Random) -> Turns:
    return [(rng.choice("TC"), text) for _, text in turns]


def _looped(turns: Turns, _: random.Random) -> Turns:
    middle = len(turns) // 2
    return [*turns[:middle], *[("T", "Thank you for watching this video.")] * 80, *turns[middle:]]


def _strangers(turns: Turns, _: random.Random) -> Turns:
    return [(who if n % 3 else f"Person {n % 4}", text) for n, (who, text) in enumerate(turns)]


DAMAGE: dict[str, Style] = {
    "first five turns": lambda turns, _: turns[:5],
    "speakers at random": _scrambled_speakers,
    "engine loop": _looped,
    "many strangers": _strangers,
    "not English": each_word(lambda w, _: "".join(chr(ord(c) + 1) if c.isalpha() else c for c in w)),
    "Finnish": lambda turns, rng: [
        (who, " ".join(rng.choice(("minä", "olin", "siellä", "kun", "hän", "sanoi", "että")) for _ in x.split()))
        for who, x in turns
    ],
    "word salad": lambda turns, rng: [
        (who, " ".join(rng.sample(("xk", "zrt", "blim", "qopa", "vemm", "oiu"), 1)[0] for _ in x.split()))
        for who, x in turns
    ],
    "one long turn each": lambda turns, _: [
        ("T", " ".join(x for w, x in turns if w == "T")),
        ("C", " ".join(x for w, x in turns if w == "C")),
    ],
    "numbers": each_word(lambda _, rng: str(rng.randint(0, 99_999))),
    "empty turns": lambda turns, _: [(who, "...") for who, _ in turns],
}


def session_of(name: str, turns: Sequence[tuple[str, str]]) -> Session:
    """The session as `code --therapist T` would have it."""
    raw = tuple(RawTurn(who, text, line=n + 1) for n, (who, text) in enumerate(turns))
    return segment_session(RawTranscript(name, "text", "utf-8", "", raw), session_id=name, therapist="T")


def scores_of(session: Session, model: Model) -> tuple[Score, ...]:
    """What the model makes of the session, whatever is wrong with it."""
    return score_session(session, read_evidence(session, code_cues(session, model.codebooks), model), model.units)


def total(session: Session, model: Model) -> float:
    """The alliance total in scale points."""
    value = scores_of(session, model)[TOTAL].value
    assert value is not None
    return value


def styles(sessions: dict[str, Turns], base: dict[str, float], model: Model) -> None:
    print(f"styles: |difference of the total| <= {CLOSE}, {len(sessions)} sessions")
    every = []
    for name, style in STYLES.items():
        moved = np.array(
            [total(session_of(s, style(t, random.Random(s))), model) - base[s] for s, t in sessions.items()]
        )
        every.append(np.abs(moved))
        print(f"  {name:16} {np.mean(np.abs(moved) <= CLOSE):.0%}, median {np.median(np.abs(moved)):.2f}, "
              f"95th percentile {np.quantile(np.abs(moved), 0.95):.2f}, mean shift {moved.mean():+.2f}")  # fmt: skip
    print(f"  all five         {np.mean(np.concatenate(every) <= CLOSE):.0%}")


def cuts(sessions: dict[str, Turns], base: dict[str, float], model: Model) -> None:
    cut = np.array([total(session_of(s, t[: len(t) * 6 // 10]), model) for s, t in sessions.items()])
    whole = np.array([base[s] for s in sessions])
    print(f"cuts: first 60% of the turns: median move {np.median(np.abs(cut - whole)):.2f} points, "
          f"mean {np.mean(cut - whole):+.2f}, Spearman with the whole {spearman(cut, whole).value:.2f}")  # fmt: skip


def evidence(sessions: dict[str, Turns], model: Model) -> None:
    """The rest is read anew by everything, the network included, unlike in `score`."""
    right = {"for": [0, 0], "against": [0, 0]}
    for name, turns in sessions.items():
        session = session_of(name, turns)
        rests: dict[frozenset[int], tuple[Score, ...]] = {}  # several scales may show the same turns
        for place, score in enumerate(scores_of(session, model)[: TOTAL + 1]):
            for side, shown, sign in (("for", score.evidence_for, -1), ("against", score.evidence_against, 1)):
                if not shown or score.value is None:
                    continue
                gone = frozenset(shown)
                if gone not in rests:
                    rests[gone] = scores_of(_without(session, gone), model)
                again = rests[gone][place].value
                assert again is not None
                right[side][0] += sign * (again - score.value) > 0
                right[side][1] += 1
    for side, (hits, n) in right.items():
        print(f"evidence {side}: {hits / n:.0%} of {n} move as shown when it is taken out")


def _without(session: Session, shown: frozenset[int]) -> Session:
    turns = [
        ("T" if session.role(t) == "therapist" else "C", session.turn_text(t))
        for t in range(len(session.turns))
        if t not in shown
    ]
    return session_of(session.session_id, turns)


def damage(sessions: dict[str, Turns]) -> None:
    settings = AbstainSettings()
    spoiled = [0, 0]
    for name, spoil in DAMAGE.items():
        stopped = [_stopped(s, spoil(turns, random.Random(s)), settings) for s, turns in sessions.items()]
        spoiled = [spoiled[0] + sum(stopped), spoiled[1] + len(stopped)]
        print(f"  {name:20} {np.mean(stopped):.0%}")
    alarms = [_stopped(session_id, turns, settings) for session_id, turns in sessions.items()]
    print(f"damage: {spoiled[0] / spoiled[1]:.0%} of {spoiled[1]} spoiled sessions not scored; "
          f"{np.mean(alarms):.0%} of {len(alarms)} sound ones")  # fmt: skip


def _stopped(name: str, turns: Turns, settings: AbstainSettings) -> bool:
    try:
        return bool(abstentions(session_of(name, turns), settings))
    except TranscriptError:
        return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given more than once")
    parser.add_argument("--corpus", type=Path, default=ROOT / "sample_data" / "held_out")
    parser.add_argument("--model", type=Path, help="bundle; the shipped one when left out")
    options = parser.parse_args()
    rated = load_corpus(options.corpus)
    sessions = {
        s.session.session_id: [
            ("T" if s.session.role(t) == "therapist" else "C", s.session.turn_text(t))
            for t in range(len(s.session.turns))
        ]
        for s in rated
    }
    asked = options.only or PARTS
    if "damage" in asked:
        damage(sessions)
    if set(asked) == {"damage"}:  # it needs no model
        return
    model = load_model(options.model)
    base: dict[str, float] = {}
    if {"styles", "cuts"} & set(asked):
        base = {name: total(session_of(name, turns), model) for name, turns in sessions.items()}
    if "styles" in asked:
        styles(sessions, base, model)
    if "cuts" in asked:
        cuts(sessions, base, model)
    if "evidence" in asked:
        evidence(sessions, model)


if __name__ == "__main__":
    main()
