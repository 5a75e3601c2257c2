"""How much more sessions to learn from would help: agreement on sessions never learned from, by corpus size.

    python benchmarks/learning_curve.py [--corpus FOLDER] [--held-out FOLDER] [--draws 3]

Learned from are growing shares of the corpus' therapists, drawn anew a few times. Only the words are read (the
session scorer without the turns' codes), so that a point takes seconds instead of an hour; they carry most of what
the whole model knows. Where the AnnoMI demonstrations are at hand they are measured too, as `annomi.py` does.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from annomi import observer_totals, read_sessions
from numpy.typing import NDArray

from transcript_alliance.agreement import spearman
from transcript_alliance.alliance.dataset import TURN_CODES, RatedSession, load_corpus
from transcript_alliance.alliance.fit_scorer import fit_scorer
from transcript_alliance.alliance.metrics import auroc
from transcript_alliance.alliance.scales import reported_scales, to_reported
from transcript_alliance.alliance.scorer import Evidence, Scorer
from transcript_alliance.session import Session

ROOT = Path(__file__).resolve().parent.parent
Array = NDArray[np.float64]
SHARES = (0.125, 0.25, 0.5, 0.75, 1.0)
TOTAL = 3
"""Place of the alliance total among the reported scales."""
Measure = Callable[[Scorer], float]


def unread(session: Session) -> Array:
    """Codes of a session whose turns nobody read."""
    return np.zeros((len(session.turns), len(TURN_CODES)))


def totals(scorer: Scorer, sessions: Sequence[Session]) -> Array:
    """The alliance total of each session, by its words alone."""
    places = scorer.vocabulary.places()
    points = np.array([scorer.points(Evidence.of(s, unread(s), places)) for s in sessions])
    return to_reported(points, reported_scales())[:, TOTAL]


def measures(held_out: Sequence[RatedSession], shared: Path) -> dict[str, Measure]:
    """What is measured of a scorer, by name."""
    truth = to_reported(np.array([s.scales for s in held_out]), reported_scales())[:, TOTAL]
    plain = [s.session for s in held_out]
    found: dict[str, Measure] = {"held out, Spearman": lambda scorer: spearman(truth, totals(scorer, plain)).value}
    table, observers = shared / "data" / "annomi" / "AnnoMI-simple.csv", shared / "corpus" / "annomi_observer.json"
    if table.is_file():
        spoken, quality = read_sessions(table)
        found["AnnoMI quality, AUC"] = lambda scorer: auroc(quality, totals(scorer, spoken))
    if table.is_file() and observers.is_file():
        observed = observer_totals(observers)
        rated = [s for s in spoken if s.session_id in observed]
        seen = np.array([observed[s.session_id] for s in rated])
        found["AnnoMI observed, Spearman"] = lambda scorer: spearman(seen, totals(scorer, rated)).value
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=ROOT / "sample_data" / "corpus")
    parser.add_argument("--held-out", type=Path, default=ROOT / "sample_data" / "held_out")
    parser.add_argument("--draws", type=int, default=3, help="how often the therapists are drawn anew")
    options = parser.parse_args()
    sessions = load_corpus(options.corpus)
    wanted = measures(load_corpus(options.held_out), ROOT.parent / "shared")
    therapists = sorted({s.therapist for s in sessions})
    rng = np.random.default_rng(0)
    orders = [rng.permutation(therapists) for _ in range(options.draws)]
    print(f"{'sessions':>8}  " + "  ".join(wanted) + "   (mean and range of the draws)")
    for share in SHARES:
        rows, sizes = [], []
        for order in orders if share < 1 else orders[:1]:
            kept = set(order[: round(share * len(order))])
            some = [s for s in sessions if s.therapist in kept]
            scorer = fit_scorer(some, [unread(s.session) for s in some])
            rows.append([measure(scorer) for measure in wanted.values()])
            sizes.append(len(some))
        table = np.array(rows)
        cells = zip(table.mean(axis=0), table.min(axis=0), table.max(axis=0), strict=True)
        print(f"{np.mean(sizes):8.0f}  " + "  ".join(f"{m:.2f} ({low:.2f} to {high:.2f})" for m, low, high in cells))


if __name__ == "__main__":
    main()
