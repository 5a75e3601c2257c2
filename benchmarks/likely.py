"""What the bars of `report/likely.py` come to: how often a strain or a code that likely was marked by a reader too.

    python benchmarks/likely.py [--corpus FOLDER] [--model FOLDER]

On sessions that the model never saw (sample_data/held_out). A strain counts as marked when any reader has one of its
kind that shares a turn with it; in brackets, when the two share half of the turns of both (intersection over union).
"""

import argparse
from pathlib import Path

import numpy as np

from transcript_alliance.alliance.dataset import CLIENT_CODES, CODE_ROLE, THERAPIST_CODES, TURN_CODES, load_corpus
from transcript_alliance.alliance.tagger import code_events
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.pipeline import load_model, read_evidence
from transcript_alliance.report.likely import STRAIN_FROM

ROOT = Path(__file__).resolve().parent.parent
BANDS = np.arange(0.1, 1.0, 0.1)
HALF = 0.5


def share(marked: list[float], least: float) -> float:
    """How many in 100 overlap by `least` or more."""
    return 100 * float(np.mean([value >= least for value in marked])) if marked else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=ROOT / "sample_data" / "held_out")
    parser.add_argument("--model", type=Path, default=None, help="the shipped bundle when left out")
    options = parser.parse_args()
    model = load_model(options.model)
    strains: dict[bool, list[float]] = {True: [], False: []}
    said: list[np.ndarray] = []
    marked: list[np.ndarray] = []
    for rated in load_corpus(options.corpus):
        session = rated.session
        evidence = read_evidence(session, code_cues(session, model.codebooks), model)
        for event in code_events(session, evidence.codes, model.units.scorer.points(evidence), model.info):
            turns = {n for n, t in enumerate(session.turns) if event.start <= t.start < event.end}
            same = [set(range(e.start, e.end)) for own in rated.events_by_rater for e in own if e.kind is event.kind]
            best = max((len(turns & other) / len(turns | other) for other in same), default=0.0)
            strains[event.score >= STRAIN_FROM].append(best)
        for code in (*THERAPIST_CODES, *CLIENT_CODES):
            column = TURN_CODES.index(code)
            asked = np.array([CODE_ROLE[code] is session.role(t) for t in range(len(session.turns))])
            asked &= ~np.isnan(rated.turns[:, column])
            said.append(evidence.codes[asked, column])
            marked.append(rated.turns[asked, column])
    for likely, found in strains.items():
        name = f"from {STRAIN_FROM:.0%} on" if likely else "less likely"
        print(f"strains {name:12} {len(found):4}, marked {share(found, 1e-9):3.0f} in 100 ({share(found, HALF):.0f})")
    probability, truth = np.concatenate(said), np.concatenate(marked)
    for low in BANDS:
        inside = (probability >= low) & (probability < low + 0.1)
        print(
            f"codes at {low:.0%} to {low + 0.1:.0%} {inside.sum():6,}, marked {100 * truth[inside].mean():3.0f} in 100"
        )


if __name__ == "__main__":
    main()
