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
from numpy.typing import NDArray

from transcript_alliance.agreement import bootstrap_interval, spearman
from transcript_alliance.alliance.baseline import length_features, turn_similarity
from transcript_alliance.alliance.build import scale_texts
from transcript_alliance.alliance.dataset import REVERSED_ITEMS
from transcript_alliance.alliance.encoder import default_encoder
from transcript_alliance.alliance.metrics import auroc
from transcript_alliance.alliance.predict import embed_texts
from transcript_alliance.alliance.scales import reported_scales, to_reported
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.pipeline import Model, load_model, read_evidence
from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript, RawTurn, Session

ROOT = Path(__file__).resolve().parent.parent
Array = NDArray[np.float64]
TOTAL = 3
"""Place of the alliance total among the reported scales."""


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


def similarity_totals(sessions: list[Session]) -> Array:
    """The COMPASS-style floor: cosine of turns with the items of the inventory."""
    encoder = default_encoder()
    texts, signs = scale_texts()
    items = embed_texts(encoder, texts)
    rows = []
    for session in sessions:
        vectors = embed_texts(encoder, [session.turn_text(t) for t in range(len(session.turns))])
        rows.append(turn_similarity(vectors, items) * signs)
    return to_reported(np.array(rows), reported_scales())[:, TOTAL]


def alliance_total(session: Session, model: Model) -> float:
    """The raw total, before it is clipped to the scale."""
    evidence = read_evidence(session, code_cues(session, model.codebooks), model)
    return float(model.units.raw(model.units.scorer.points(evidence))[TOTAL])


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
    model = load_model(options.model)
    totals = np.array([alliance_total(s, model) for s in sessions])
    methods = {
        model.info.name: totals,
        "words": np.array([length_features(s)[0] for s in sessions]),
        "COMPASS cosine": similarity_totals(sessions),
    }
    print(f"session quality, {len(sessions)} sessions ({int((1 - quality).sum())} low): AUC")
    for name, values in methods.items():
        print(f"  {name:24} {_figure(auroc, quality, values)}")
    if options.observers.is_file():
        observed = observer_totals(options.observers)
        rated = [i for i, s in enumerate(sessions) if s.session_id in observed]
        truth = np.array([observed[sessions[i].session_id] for i in rated])
        print(f"alliance total, {len(rated)} sessions with observers: Spearman")
        for name, values in methods.items():
            print(f"  {name:24} {_figure(lambda a, b: spearman(a, b).value, truth, values[rated])}")


def _figure(measure, truth: Array, values: Array) -> str:  # type: ignore[no-untyped-def]
    rows = np.column_stack([truth, values])
    low, high = bootstrap_interval(lambda r: measure(r[:, 0], r[:, 1]), rows, np.random.default_rng(0))
    return f"{measure(truth, values):.3f}  (95% {low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
