"""The alliance total of sessions by the model and by the methods that it has to beat, and how well each ranks them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.agreement import bootstrap_interval, spearman
from transcript_alliance.alliance.baseline import length_features, turn_similarity
from transcript_alliance.alliance.build import scale_texts
from transcript_alliance.alliance.encoder import default_encoder
from transcript_alliance.alliance.predict import embed_texts
from transcript_alliance.alliance.scales import reported_scales, to_reported
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.pipeline import Model, read_evidence
from transcript_alliance.session import Session

Array = NDArray[np.float64]
TOTAL = 3
"""Place of the alliance total among the reported scales."""


def totals_by_method(sessions: Sequence[Session], model: Model) -> Mapping[str, Array]:
    """What the model and the floors say of the sessions, (sessions,) each; nothing is learned from these sessions."""
    return {
        model.info.name: np.array([alliance_total(s, model) for s in sessions]),
        "words": np.array([length_features(s)[0] for s in sessions]),
        "COMPASS cosine": similarity_totals(sessions),
    }


def alliance_total(session: Session, model: Model) -> float:
    """The raw total, before it is clipped to the scale."""
    evidence = read_evidence(session, code_cues(session, model.codebooks), model)
    return float(model.units.raw(model.units.scorer.points(evidence))[TOTAL])


def similarity_totals(sessions: Sequence[Session]) -> Array:
    """The COMPASS-style floor: cosine of turns with the items of the inventory, (sessions,)."""
    encoder = default_encoder()
    texts, signs = scale_texts()
    items = embed_texts(encoder, texts)
    rows = []
    for session in sessions:
        vectors = embed_texts(encoder, [session.turn_text(t) for t in range(len(session.turns))])
        rows.append(turn_similarity(vectors, items) * signs)
    return to_reported(np.array(rows), reported_scales())[:, TOTAL]


def rank_agreement(truth: Array, values: Array) -> float:
    """Spearman's coefficient, -1..1."""
    return spearman(truth, values).value


def print_figures(
    what: str, measure: Callable[[Array, Array], float], truth: Array, methods: Mapping[str, Array]
) -> None:
    """A line for each method with its 95% bootstrap interval over sessions, under a line that says what is measured."""
    print(what)
    for name, values in methods.items():
        rows = np.column_stack([truth, values])
        low, high = bootstrap_interval(lambda r: measure(r[:, 0], r[:, 1]), rows, np.random.default_rng(0))
        print(f"  {name:24} {measure(truth, values):.3f}  (95% {low:.3f} to {high:.3f})", flush=True)
