"""How the shipped bundle reads real speech: AnnoMI demonstrations, on which nothing was trained.

    python benchmarks/annomi.py [--data FOLDER] [--observers FILE] [--model FOLDER]

Prints, each beside its floors: AUC of the alliance total for the session quality that the videos' own titles
give (133 sessions), and Spearman of the total with blind observers (36 sessions, mean of two).
"""

import argparse
import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from zero_shot.methods import Array, print_figures, rank_agreement, totals_by_method

from transcript_alliance.alliance.dataset import REVERSED_ITEMS
from transcript_alliance.alliance.metrics import auroc
from transcript_alliance.pipeline import load_model
from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Session

ROOT = Path(__file__).resolve().parent.parent


def read_sessions(path: Path) -> tuple[list[Session], Array]:
    """The transcripts with the roles that the set gives, and 1 for high, 0 for low quality."""
    turns: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    quality: dict[str, float] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["transcript_id"]
            turns[name].append((int(row["utterance_id"]), row["interlocutor"], row["utterance_text"]))
            quality[name] = float(row["mi_quality"] == "high")
    sessions = []
    for name, rows in turns.items():
        raw = tuple(RawTurn(who, text, line=n + 1) for n, who, text in sorted(rows))
        transcript = RawTranscript(name, "csv", "utf-8", "", raw)
        sessions.append(segment_session(transcript, session_id=name, therapist="therapist"))
    return sessions, np.array(list(quality.values()))


def observer_totals(path: Path) -> dict[str, float]:
    """Mean of the twelve items over the observers, reversed items turned."""
    rated = json.loads(path.read_text("utf-8"))
    return {
        name.removeprefix("annomi_"): float(
            np.mean([[8 - v if int(k) in REVERSED_ITEMS else v for k, v in r["wai"].items()] for r in raters.values()])
        )
        for name, raters in rated.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    beside = ROOT.parent / "shared"
    parser.add_argument("--data", type=Path, default=beside / "data" / "annomi", help="folder with AnnoMI-simple.csv")
    parser.add_argument(
        "--observers", type=Path, default=beside / "corpus" / "annomi_observer.json", help="blind observer ratings"
    )
    parser.add_argument("--model", type=Path, help="bundle; the shipped one when left out")
    options = parser.parse_args()
    if not (options.data / "AnnoMI-simple.csv").is_file():
        print("AnnoMI is not beside the checkout: not measured")
        return
    sessions, quality = read_sessions(options.data / "AnnoMI-simple.csv")
    methods = totals_by_method(sessions, load_model(options.model))
    what = f"session quality, {len(sessions)} sessions ({int((1 - quality).sum())} low): AUC"
    print_figures(what, auroc, quality, methods)
    if options.observers.is_file():
        observed = observer_totals(options.observers)
        rated = [i for i, s in enumerate(sessions) if s.session_id in observed]
        truth = np.array([observed[sessions[i].session_id] for i in rated])
        of_rated = {name: values[rated] for name, values in methods.items()}
        what = f"alliance total, {len(rated)} sessions with observers: Spearman"
        print_figures(what, rank_agreement, truth, of_rated)


if __name__ == "__main__":
    main()
