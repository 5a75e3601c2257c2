"""From rated sessions to a bundle: cross-fit, measure, calibrate, fit on all, write."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor, floors, turn_similarity
from transcript_alliance.alliance.blend import Blend, blend_by_fold, fit_blend
from transcript_alliance.alliance.bundle import (
    CARD,
    CONFIG,
    CONTEXT,
    FORMAT_VERSION,
    HASHED,
    TOKENIZER,
    WEIGHTS,
    BundleInfo,
    ContrastInfo,
    file_sha256,
    write_manifest,
)
from transcript_alliance.alliance.calibrate import calibrate_scales
from transcript_alliance.alliance.card import model_card, scale_quality
from transcript_alliance.alliance.context import Readings
from transcript_alliance.alliance.crossfit import N_FOLDS, OutOfFold, cross_fit, run_key
from transcript_alliance.alliance.dataset import OUTCOMES, SCALES, TURN_CODES, RatedSession, fingerprint
from transcript_alliance.alliance.encoder import save_weights
from transcript_alliance.alliance.evaluate import Evaluation, evaluate
from transcript_alliance.alliance.fit_context import ContextPlan, context_by_fold, fit_context
from transcript_alliance.alliance.fit_reference import fit_reference
from transcript_alliance.alliance.fit_scorer import fit_scorer, points_by_fold
from transcript_alliance.alliance.fit_words import fit_turn_words, words_by_fold
from transcript_alliance.alliance.phrases import known_share
from transcript_alliance.alliance.predict import embed_texts
from transcript_alliance.alliance.predictions import decide_by_fold, learn_decisions
from transcript_alliance.alliance.scale_figures import window_values
from transcript_alliance.alliance.scales import ReportedScale, reported_scales, to_reported
from transcript_alliance.alliance.scorer import FEATURES, Scorer
from transcript_alliance.alliance.train import Prepared, Progress, TrainPlan, fit_network, prepare
from transcript_alliance.alliance.windows import WINDOW_TOKENS
from transcript_alliance.alliance.word_files import Words, save_words
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.coding.cues import code_cues, cued_turns
from transcript_alliance.instruments import load_instruments

UNKNOWN_MARGIN = 0.1
"""A session may hold so many more unknown words than any that was learned from (our choice: real demonstrations
hold up to half of that)."""

PREPARING = "before learning"
"""What a report calls the first stage: reading all sessions with the encoder as it was pretrained."""

Report = Callable[[str, Progress], None]
Prepare = Callable[[], Sequence[Prepared]]


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """Sessions as readers and scorers that had not learned from their people saw them, and the figures these gave."""

    sessions: tuple[RatedSession, ...]
    oof: OutOfFold
    readings: tuple[Readings, ...]  # one a session
    codes: tuple[NDArray[np.float64], ...]  # (turns, codes) a session, read again by the context
    points: NDArray[np.float64]  # (sessions, outputs)
    third_points: NDArray[np.float64]  # (3, sessions, outputs), first, middle and last third, by the same scorers
    evaluation: Evaluation

    def blend(self) -> Blend:
        """How network, words and cues make one probability, from all sessions."""
        return fit_blend(
            np.concatenate([r.network for r in self.readings]),
            np.concatenate([r.words for r in self.readings]),
            np.concatenate([r.cues for r in self.readings]),
            np.concatenate([s.turns for s in self.sessions]),
        )

    def scorer(self) -> Scorer:
        """The scorer of all sessions."""
        return fit_scorer(self.sessions, self.codes)


def cross_evaluate(
    sessions: tuple[RatedSession, ...],
    encoder: Path,
    recipe: TrainPlan,
    run_folder: Path,
    report: Report,
    prepared: Prepare | None = None,
) -> CrossFitted:
    """Five-fold figures of the training recipe on `sessions`; finished folds in `run_folder` are not done again."""
    prepared = prepared or cache(partial(prepare, sessions, encoder, recipe, partial(report, PREPARING)))
    oof = cross_fit(
        sessions, encoder, recipe, run_folder, prepared, lambda fold, p: report(f"fold {fold + 1} of {N_FOLDS}", p)
    )
    scales, codebooks = reported_scales(), load_codebooks()
    cues = tuple(cued_turns(s.session, code_cues(s.session, codebooks), TURN_CODES) for s in sessions)
    words = words_by_fold(sessions, oof.folds)
    blended = blend_by_fold(oof.codes, words, cues, [s.turns for s in sessions], oof.folds)
    readings = tuple(Readings(*each) for each in zip(oof.codes, words, cues, blended, strict=True))
    codes = context_by_fold(
        sessions,
        readings,
        oof.folds,
        ContextPlan(seed=recipe.seed),
        lambda fold, p: report(f"context, fold {fold + 1} of {N_FOLDS}", p),
    )
    points, third_points = points_by_fold(sessions, codes, oof.folds)
    simple = simple_methods(sessions, oof.folds, scales, encoder)
    predicted = decide_by_fold(sessions, codes, points, third_points, scales, oof.folds)
    evaluation = evaluate(sessions, predicted, scales, simple, cues)
    return CrossFitted(sessions, oof, readings, codes, points, third_points, evaluation)


def build_bundle(
    sessions: tuple[RatedSession, ...],
    folder: Path,
    encoder: Path,
    recipe: TrainPlan,
    run_folder: Path,
    report: Report,
) -> CrossFitted:
    """Train, calibrate and write a bundle named as its folder; the figures in it are those of the cross-fit."""
    folder.mkdir(parents=True, exist_ok=True)
    prepared = cache(partial(prepare, sessions, encoder, recipe, partial(report, PREPARING)))
    fitted = cross_evaluate(sessions, encoder, recipe, run_folder, report, prepared)
    net = fit_network(sessions, encoder, recipe, prepared(), partial(report, "final fit"))
    save_weights(net, folder / WEIGHTS)
    context = fit_context(sessions, fitted.readings, ContextPlan(seed=recipe.seed), partial(report, "final context"))
    save_weights(context, folder / CONTEXT)
    describe_bundle(fitted, folder, encoder, recipe)
    return fitted


def describe_bundle(fitted: CrossFitted, folder: Path, encoder: Path, recipe: TrainPlan) -> None:
    """Write everything of a bundle but the weights of both networks, which must be there."""
    shutil.copyfile(encoder / TOKENIZER, folder / TOKENIZER)
    config = json.loads((encoder / CONFIG).read_text("utf-8"))
    # The encoder's own config may name the folder or the hub it came from; the shape is all that is needed.
    shape = {k: v for k, v in sorted(config.items()) if not k.startswith("_") and k != "transformers_version"}
    (folder / CONFIG).write_text(json.dumps(shape, indent=1) + "\n", "utf-8")
    scorer = fitted.scorer()
    turn_words, other = fit_turn_words(fitted.sessions, scorer.vocabulary), scorer.contrast
    of_contrast = (None, None) if other is None else (other.phrase_weights, other.likeness_phrases)
    save_words(Words(turn_words, scorer.phrase_weights, *of_contrast), folder)
    info = bundle_info(fitted, scorer, folder, encoder, recipe)
    write_manifest(folder, info)
    (folder / CARD).write_text(model_card(info, fitted.evaluation), "utf-8")


def bundle_info(fitted: CrossFitted, scorer: Scorer, folder: Path, encoder: Path, recipe: TrainPlan) -> BundleInfo:
    """What model.json says; calibration and thresholds come from the out-of-fold readings of all sessions."""
    sessions, scales = fitted.sessions, reported_scales()
    decisions = learn_decisions(sessions, fitted.codes, fitted.points, scales)
    blend = fitted.blend()
    return BundleInfo(
        name=folder.resolve().name,
        format_version=FORMAT_VERSION,
        codes=TURN_CODES,
        thresholds=tuple(decisions.thresholds.tolist()),
        features=tuple(f"{role} {code}" for code, role in FEATURES),
        outputs=OUTCOMES,
        feature_mean=tuple(scorer.mean.tolist()),
        feature_sd=tuple(scorer.sd.tolist()),
        weights=tuple(tuple(row) for row in scorer.weights.tolist()),
        intercept=tuple(scorer.intercept.tolist()),
        contrast=_contrast_info(scorer),
        blend_intercept=tuple(blend.intercept.tolist()),
        blend_network=tuple(blend.network.tolist()),
        blend_words=tuple(blend.words.tolist()),
        blend_cues=tuple(blend.cues.tolist()),
        scales=tuple(f"{s.instrument}.{s.scale}" for s in scales),
        calibration=decisions.scales,
        window_calibration=calibrate_scales(*window_values(sessions, fitted.third_points, scales)),
        least_known=min(known_share(s.session, scorer.vocabulary) for s in sessions) - UNKNOWN_MARGIN,
        withdrawal_segments=decisions.segments[RuptureKind.WITHDRAWAL],
        confrontation_segments=decisions.segments[RuptureKind.CONFRONTATION],
        withdrawal_rules=decisions.rules[RuptureKind.WITHDRAWAL],
        confrontation_rules=decisions.rules[RuptureKind.CONFRONTATION],
        quality=scale_quality(fitted.evaluation),
        reference=fit_reference(sessions, fitted.codes, fitted.points, fitted.oof.folds, decisions, scales),
        trained_on={
            "sessions": len(sessions),
            "turns": sum(len(s.session.turns) for s in sessions),
            "therapists": len({s.therapist for s in sessions}),
            "clients": len({s.client for s in sessions}),
            "key": run_key(sessions, encoder, recipe),
            "plan": asdict(recipe),
            "context_plan": asdict(ContextPlan(seed=recipe.seed)),
            "window_tokens": WINDOW_TOKENS,
            "encoder_sha256": file_sha256(encoder / WEIGHTS),
            "fingerprints": sorted(fingerprint(s.session) for s in sessions),
        },
        hashes={name: file_sha256(folder / name) for name in HASHED},
    )


def _contrast_info(scorer: Scorer) -> ContrastInfo | None:
    other = scorer.contrast
    if other is None:
        return None
    weights = tuple(tuple(row) for row in other.weights.tolist())
    return ContrastInfo(other.likeness_intercept, weights, tuple(other.intercept.tolist()))


def simple_methods(
    sessions: Sequence[RatedSession],
    folds: NDArray[np.int64],
    scales: tuple[ReportedScale, ...],
    encoder: Path,
) -> tuple[Floor, ...]:
    """The floors for the reported scales, out of fold."""
    plain = [s.session for s in sessions]
    turns = [s.turn_text(t) for s in plain for t in range(len(s.turns))]
    vectors = np.split(embed_texts(encoder, turns), np.cumsum([len(s.turns) for s in plain])[:-1])
    texts, signs = scale_texts()
    items = embed_texts(encoder, texts)
    similarity = np.array([turn_similarity(v, items) * signs for v in vectors])  # (sessions, outputs)
    targets = to_reported(np.array([s.scales for s in sessions]), scales)
    return floors(plain, targets, folds, load_codebooks(), to_reported(similarity, scales))


def scale_texts() -> tuple[list[str], NDArray[np.float64]]:
    """What each of the scorer's outputs asks, in our own words, and -1 where it is worded against the rest."""
    instruments = load_instruments()
    texts, signs = [], []
    for name in SCALES:
        instrument_id, _, item = name.partition(".")
        instrument = instruments.by_id(instrument_id)
        number = int(item) if item.isdigit() else instrument.subscale(item).items[0]
        texts.append(dict(instrument.paraphrases)[number])
        signs.append(-1.0 if number in instrument.reversed_items else 1.0)
    return texts, np.array(signs)
