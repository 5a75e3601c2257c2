"""How often the talk alone tells therapist from client, finds exchanged labels, and where its weights come from.

    python benchmarks/roles.py [CORPUS]           accuracy on the corpus and, where it is, on AnnoMI
    python benchmarks/roles.py [CORPUS] --fit     also fits the weights anew, in folds by therapist and on all

The corpus is the folder with `sessions_*.jsonl`, `natural_*.jsonl` and `blueprint_*.json`; AnnoMI (133
demonstrations of motivational interviewing) is measured on and never fitted to. "bare" is the same text in
lower case without any marks, as many speech engines write it. For the search for exchanged labels, a stretch of
ten turns anywhere in the session gets the labels of the other side; sessions of fewer than 20 turns are left out.
"""

import argparse
import csv
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from transcript_alliance.segment.evidence import EVIDENCE, count_evidence, log_ratios
from transcript_alliance.segment.swaps import NO_EVIDENCE, SUSPECT, TURN_WEIGHTS, suspect_swaps
from transcript_alliance.segment.turns import merge_turns
from transcript_alliance.session import Episode, RawTurn, Role, Session, Speaker, Turn, Utterance

ROOT = Path(__file__).resolve().parent.parent
N_FOLDS = 5
# Our choice: the corpus would allow bolder weights, which would be too sure of themselves on other talk.
INVERSE_PENALTY = 0.3
WEIGHTS = np.array([kind.weight for kind in EVIDENCE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path, default=ROOT / "sample_data" / "corpus")
    parser.add_argument("--annomi", type=Path, default=ROOT.parent / "shared" / "data" / "annomi")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew")
    args = parser.parse_args()
    sessions, parts, therapists = read_corpus(args.corpus)
    both = {"as written": differences(sessions), "bare": differences([bare(turns) for turns in sessions])}
    for style, x in both.items():
        for part in sorted(set(parts)):
            of_part = np.array([p == part for p in parts])
            report(f"corpus, {part} part, {style}", x[of_part] @ WEIGHTS)
    for part in sorted(set(parts)):
        report_swaps(f"corpus, {part} part", [turns for turns, p in zip(sessions, parts, strict=True) if p == part])
    if args.fit:
        fit_weights(both, parts, therapists)
        fit_turn_weights(sessions, parts)
    if (args.annomi / "AnnoMI-simple.csv").is_file():
        annomi = read_annomi(args.annomi / "AnnoMI-simple.csv")
        report("AnnoMI, as written", differences(annomi) @ WEIGHTS)
        report("AnnoMI, bare", differences([bare(turns) for turns in annomi]) @ WEIGHTS)
        tens = [turns[i : i + 10] for turns in annomi for i in range(0, len(turns) - 9, 10)]
        report("AnnoMI, parts of ten turns", differences(tens) @ WEIGHTS, calibration=True)
        report_swaps("AnnoMI", annomi)
        report_swaps("AnnoMI, bare", [bare(turns) for turns in annomi])
    else:
        print("AnnoMI is not beside the checkout: not measured")


def read_corpus(folder: Path) -> tuple[list[list[RawTurn]], list[str], list[str]]:
    """Sessions, the part of the corpus each is of, and its therapist's id."""
    therapist_of = {
        row["session_id"]: row["therapist_id"]
        for path in sorted(folder.glob("blueprint_*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    }
    sessions, parts, therapists = [], [], []
    for part, pattern in (("hard", "sessions_*.jsonl"), ("natural", "natural_*.jsonl")):
        for path in sorted(folder.glob(pattern)):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                sessions.append(merged([RawTurn(speaker, text) for speaker, text in row["turns"]]))
                parts.append(part)
                therapists.append(therapist_of.get(row["session_id"], row["session_id"]))
    if not sessions:
        raise SystemExit(f"{folder}: no sessions_*.jsonl or natural_*.jsonl there; name the folder")
    return sessions, parts, therapists


def read_annomi(path: Path) -> list[list[RawTurn]]:
    sessions: dict[str, list[RawTurn]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            turn = RawTurn(row["interlocutor"][0].upper(), row["utterance_text"])
            sessions.setdefault(row["transcript_id"], []).append(turn)
    return [merged(turns) for turns in sessions.values()]


def merged(turns: Sequence[RawTurn]) -> list[RawTurn]:
    return [RawTurn(turn.speaker, turn.text) for turn in merge_turns(turns)]


def bare(turns: Sequence[RawTurn]) -> list[RawTurn]:
    return [RawTurn(t.speaker, re.sub("[^a-z' ]", "", t.text.lower().replace("\u2019", "'"))) for t in turns]


def differences(sessions: Sequence[Sequence[RawTurn]]) -> np.ndarray:
    """Log ratios, true therapist against true client: (sessions, kinds of evidence)."""
    sides = [[count_evidence([t.text for t in turns if t.speaker == side]) for side in "TC"] for turns in sessions]
    return np.array([log_ratios(therapist, client) for therapist, client in sides])


def report(name: str, log_odds: np.ndarray, calibration: bool = False) -> None:
    """Print how many roles are right; the log odds are those of the true therapist, so right is above 0."""
    right = int((log_odds > 0).sum())
    print(f"{name}: {right} of {len(log_odds)} right ({right / len(log_odds):.1%}), lowest {log_odds.min():.1f}")
    for low, high in ((0, 1), (1, 2), (2, 3), (3, 4), (4, 99)) if calibration else ():
        inside = (np.abs(log_odds) >= low) & (np.abs(log_odds) < high)
        said, true = 1 / (1 + np.exp(-np.abs(log_odds[inside]).mean())), (log_odds[inside] > 0).mean()
        print(f"    confidence about {said:.2f}: right in {true:.2f} of {inside.sum()}")


OTHER_SIDE = {"T": "C", "C": "T"}
SWAPPED_TURNS = 10
STRETCHES = 5
"""Drawn in each session."""


def report_swaps(name: str, sessions: Sequence[Sequence[RawTurn]]) -> None:
    """Print how many right sessions are suspected, how many with an exchanged stretch, and how well it is placed."""
    long = [turns for turns in sessions if len(turns) >= 2 * SWAPPED_TURNS]
    rng = random.Random(0)
    alarms = sum(bool(suspect_swaps(as_session(turns))) for turns in sessions)
    found, overlaps = 0, []
    for turns in long:
        for _ in range(STRETCHES):
            start = rng.randrange(len(turns) - SWAPPED_TURNS + 1)
            changed = [
                RawTurn(OTHER_SIDE[t.speaker], t.text) if start <= n < start + SWAPPED_TURNS else t
                for n, t in enumerate(turns)
            ]
            session = as_session(merged(changed))
            # What was exchanged joins its neighbours at the edges, so it is known again by its words.
            texts = [t.text for t in changed[start : start + SWAPPED_TURNS]]
            wrong = {n for n in range(len(session.turns)) if any(text in session.turn_text(n) for text in texts)}
            said = {n for swap in suspect_swaps(session) for n in range(swap.first, swap.last + 1)}
            found += bool(said)
            overlaps += [len(said & wrong) / len(said | wrong)] if said else []
    n = len(long) * STRETCHES
    print(f"{name}: {alarms} of {len(sessions)} right sessions suspected ({alarms / len(sessions):.1%})")
    print(f"    ten turns exchanged: {found} of {n} suspected ({found / n:.1%}), overlap {np.mean(overlaps):.2f}")


def as_session(turns: Sequence[RawTurn]) -> Session:
    """A session of turns as they are, each one utterance, with the roles of their labels."""
    speakers = tuple(Speaker(s, role, 1.0, "", 0, 0) for s, role in (("T", Role.THERAPIST), ("C", Role.CLIENT)))
    return Session(
        "s",
        tuple(Utterance(t.text, n) for n, t in enumerate(turns)),
        tuple(Turn(n, n + 1, "TC".index(t.speaker or "T"), None, None, n, False) for n, t in enumerate(turns)),
        (Episode(0, len(turns), ()),),
        speakers,
    )


def fit_turn_weights(sessions: Sequence[Sequence[RawTurn]], parts: Sequence[str]) -> None:
    """Fit what a single turn says about its speaker; print it beside the table."""
    x, y, weight = [], [], []
    for turns, part in zip(sessions, parts, strict=True):
        for style in (turns, bare(turns)):
            x += [np.log1p(count_evidence([turn.text])) for turn in style]
            y += [turn.speaker == "T" for turn in style]
            weight += [1 / parts.count(part)] * len(style)
    weights = np.array(weight) / np.mean(weight)
    model = LogisticRegression(max_iter=2_000).fit(np.array(x), np.array(y), weights)
    for kind, value in zip(EVIDENCE, model.coef_[0], strict=True):
        print(f"    {kind.id:16} fitted {value:6.2f}   of a turn {TURN_WEIGHTS[kind.id]:5.1f}")
    print(f"    {'none':16} fitted {model.intercept_[0]:6.2f}   of a turn {NO_EVIDENCE:5.1f}; suspected from {SUSPECT}")


def fit_weights(both: dict[str, np.ndarray], parts: Sequence[str], therapists: Sequence[str]) -> None:
    x = np.vstack(list(both.values()))
    part = np.array(list(parts) * len(both))
    group = np.array(list(therapists) * len(both))
    weight = np.array([len(part) / (part == p).sum() for p in part])
    groups = sorted(set(group))
    np.random.default_rng(0).shuffle(groups)
    fold_of = {g: n % N_FOLDS for n, g in enumerate(groups)}
    fold = np.array([fold_of[g] for g in group])
    held_out = np.zeros(len(x))
    for n in range(N_FOLDS):
        held_out[fold == n] = x[fold == n] @ fitted(x[fold != n], weight[fold != n])
    for p in sorted(set(parts)):
        report(f"{N_FOLDS} folds by therapist, {p} part, both styles", held_out[part == p])
    for kind, value in zip(EVIDENCE, fitted(x, weight), strict=True):
        print(f"    {kind.id:16} fitted {value:6.2f}   in the table {kind.weight:5.1f}")


def fitted(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each session is seen from both sides, so that no intercept can favour the first speaker."""
    model = LogisticRegression(fit_intercept=False, C=INVERSE_PENALTY)
    target = np.r_[np.ones(len(x)), np.zeros(len(x))]
    model.fit(np.vstack([x, -x]), target, np.r_[weight, weight] / weight.mean())
    return np.asarray(model.coef_[0])


if __name__ == "__main__":
    main()
