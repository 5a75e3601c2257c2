"""A finished model on rated sessions that it never saw: the same figures as in its card, on other people."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from transcript_alliance.alliance.baseline import Floor
from transcript_alliance.alliance.build import simple_methods
from transcript_alliance.alliance.dataset import OUTCOMES, TURN_CODES, RatedSession, fingerprint
from transcript_alliance.alliance.evaluate import Evaluation, evaluate
from transcript_alliance.alliance.predictions import Decisions, decide
from transcript_alliance.alliance.score import thirds
from transcript_alliance.coding.cues import code_cues, cued_turns
from transcript_alliance.errors import DatasetError
from transcript_alliance.pipeline import Model, read_evidence


def evaluate_model(sessions: Sequence[RatedSession], model: Model, floors: Sequence[Floor] = ()) -> Evaluation:
    """All figures of `model` on `sessions`; no line, threshold or rule is fitted to them.

    Raises DatasetError when the model learned from one of the sessions, or gives other scales than they are rated on.
    """
    _require_unseen(sessions, model)
    if model.info.outputs != OUTCOMES:
        raise DatasetError(
            "OTHER_SCALES",
            "the model's scales were learned from a table of ratings",
            where=model.info.name,
            hint="`evaluate RATINGS.csv --model FOLDER` measures it",
        )
    cues = [code_cues(s.session, model.codebooks) for s in sessions]
    evidence = [read_evidence(s.session, c, model) for s, c in zip(sessions, cues, strict=True)]
    scorer = model.units.scorer
    points = np.array([scorer.points(e) for e in evidence])
    third_points = np.array([[scorer.points(e.part(third)) for third in thirds(len(e.codes))] for e in evidence])
    decisions = Decisions(model.units.whole, np.array(model.info.thresholds), model.info.segments(), model.info.rules())
    codes = [e.codes for e in evidence]
    predicted = decide(sessions, codes, points, third_points.swapaxes(0, 1), model.units.scales, decisions)
    cued = [cued_turns(s.session, c, TURN_CODES) for s, c in zip(sessions, cues, strict=True)]
    return evaluate(sessions, predicted, model.units.scales, floors, cued)


def floors_learned_on(
    training: Sequence[RatedSession], sessions: Sequence[RatedSession], model: Model, encoder: Path
) -> tuple[Floor, ...]:
    """What the simple methods say of `sessions` when they learn from `training`."""
    learned = np.array([0] * len(training) + [1] * len(sessions))
    both = simple_methods([*training, *sessions], learned, model.units.scales, encoder)
    return tuple(Floor(f.name, f.predictions[len(training) :]) for f in both)


def _require_unseen(sessions: Sequence[RatedSession], model: Model) -> None:
    known = set(model.info.trained_on.get("fingerprints", ()))
    seen = sum(fingerprint(s.session) in known for s in sessions)
    if seen:
        raise DatasetError(
            "SEEN_IN_TRAINING",
            f"the model learned from {seen} of these {len(sessions)} sessions",
            hint="measure it on others, or leave --model out: `evaluate` then trains anew for every fold",
        )
