"""From the tagger's reading of a session to scores with intervals and the turns behind them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.bundle import BundleInfo, require_same
from transcript_alliance.alliance.calibrate import ScaleCalibration
from transcript_alliance.alliance.dataset import RUPTURES
from transcript_alliance.alliance.scales import ReportedScale, scales_of, to_reported
from transcript_alliance.alliance.scorer import FEATURES, Contrast, Evidence, Scorer
from transcript_alliance.alliance.word_files import Words
from transcript_alliance.annotations import Score, Window
from transcript_alliance.errors import InstrumentError, ModelBundleError
from transcript_alliance.session import Session

Array = NDArray[np.float64]
N_EVIDENCE = 3
"""Turns shown for and against a score, at most (our choice)."""
NOTHING = 1e-6
"""Scale points; a turn that moves a score by less moved it by rounding alone."""


@dataclass(frozen=True, slots=True)
class Units:
    """How what was read becomes scale points: the scorer, then the calibration on unseen people."""

    scorer: Scorer
    scales: tuple[ReportedScale, ...]
    whole: tuple[ScaleCalibration, ...]  # one a reported scale
    window: tuple[ScaleCalibration, ...]  # one for each of the first of `scales`; none where no parts were rated

    @classmethod
    def of(cls, info: BundleInfo, words: Words) -> "Units":
        """The units of a bundle. Raises ModelBundleError for scales that are not known, and for other features."""
        try:
            scales = scales_of(info.scales, info.outputs)
        except InstrumentError as error:
            raise ModelBundleError(
                "MODEL_MISMATCH",
                f"the model's scales are not among those of this program ({error.what})",
                where=info.name,
                hint="use the bundle that came with this version, or train one with it",
            ) from None
        require_same("last outputs", RUPTURES, info.outputs[-len(RUPTURES) :], info.name)
        require_same("features", tuple(f"{role} {code}" for code, role in FEATURES), info.features, info.name)
        scorer = _scorer(info, words)
        n, m = len(FEATURES), len(info.outputs)
        tables = [scorer.mean, scorer.sd, scorer.weights, scorer.intercept, scorer.phrase_weights]
        wanted = [(n,), (n,), (m, n), (m,), (m, len(scorer.vocabulary))]
        if scorer.contrast is not None:
            other = scorer.contrast
            tables += [other.weights, other.intercept, other.phrase_weights, other.likeness_phrases]
            wanted += [*wanted[2:], (len(scorer.vocabulary),)]
        lines = (len(info.calibration), len(info.window_calibration))
        if [t.shape for t in tables] != wanted or lines[0] != len(scales) or lines[1] > len(scales):
            raise ModelBundleError("BAD_MODEL", "the scorer's tables are not of the right size", where=info.name)
        return cls(scorer, scales, info.calibration, info.window_calibration)

    def raw(self, points: Array) -> Array:
        """Reported scales before calibration, (..., reported), from the scorer's points (..., outputs)."""
        return to_reported(points, self.scales)


def _scorer(info: BundleInfo, words: Words) -> Scorer:
    columns = (info.feature_mean, info.feature_sd, info.weights, info.intercept)
    mean, sd, weights, intercept = (np.array(c, dtype=float) for c in columns)
    scorer = Scorer(words.vocabulary, words.session_weights, mean, sd, weights, intercept)
    given = (info.contrast, words.contrast_weights, words.likeness_weights)
    if all(one is None for one in given):
        return scorer
    other, phrase_weights, likeness = given
    if other is None or phrase_weights is None or likeness is None:
        raise ModelBundleError("BAD_MODEL", "a part of the scorer's contrast is missing", where=info.name)
    of_codes, level = (np.array(c, dtype=float) for c in (other.weights, other.intercept))
    return replace(scorer, contrast=Contrast(likeness, other.likeness_intercept, phrase_weights, of_codes, level))


def score_session(session: Session, evidence: Evidence, units: Units) -> tuple[Score, ...]:
    """One score a reported scale for the whole session, each with its evidence."""
    values = units.raw(units.scorer.points(evidence))
    moved = turn_contributions(evidence, units)
    shown = np.array([not t.backchannel for t in session.turns])
    return tuple(
        _score(scale, values[i], units.whole[i], _strongest(moved[:, i], shown), _strongest(-moved[:, i], shown))
        for i, scale in enumerate(units.scales)
    )


def score_windows(session: Session, evidence: Evidence, units: Units) -> tuple[Window, ...]:
    """The alliance in each third of the turns; empty with fewer than three turns, and where no parts were rated."""
    if len(session.turns) < 3 or not units.window:
        return ()
    windows = []
    for part in thirds(len(session.turns)):
        values = units.raw(units.scorer.points(evidence.part(part)))
        scores = (
            _score(scale, raw, line, (), ())
            for scale, raw, line in zip(units.scales, values, units.window, strict=False)
        )
        turns = session.turns[part]
        windows.append(Window(turns[0].start, turns[-1].end, tuple(scores)))
    return tuple(windows)


def thirds(n_turns: int) -> tuple[slice, slice, slice]:
    """First, middle and last third of the turns, as observers rate them; none is empty from 3 turns on.

    >>> thirds(7)
    (slice(0, 3, None), slice(3, 5, None), slice(5, 7, None))
    """
    first, second = -(-n_turns // 3), -(-2 * n_turns // 3)
    return slice(0, first), slice(first, second), slice(second, n_turns)


def turn_contributions(evidence: Evidence, units: Units) -> Array:
    """What leaving out each turn would take from each raw reported score, (turns, reported), in scale points.

    The scores are worked out anew without the turn; how its neighbours read is kept.
    """
    without = units.scorer.points_without_each_turn(evidence)
    moved: Array = units.raw(units.scorer.points(evidence)) - units.raw(without)
    return moved


def _strongest(moved: Array, shown: NDArray[np.bool_]) -> tuple[int, ...]:
    """Turns that moved the score most in the positive direction, strongest first."""
    order = np.argsort(-moved, kind="stable")
    return tuple(int(t) for t in order if shown[t] and moved[t] > NOTHING)[:N_EVIDENCE]


def _score(
    scale: ReportedScale, raw: float, line: ScaleCalibration, raised: tuple[int, ...], lowered: tuple[int, ...]
) -> Score:
    value = line.intercept + line.slope * float(raw)
    low, high = (float(np.clip(value + side * line.half_width, scale.low, scale.high)) for side in (-1, 1))
    value = float(np.clip(value, scale.low, scale.high))
    return Score(scale.instrument, scale.scale, value, low, high, raised, lowered)
