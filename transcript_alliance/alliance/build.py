"""From rated sessions to a bundle: cross-fit, measure, calibrate, fit on all, write."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.baseline import Floor, cued_turns, floors, turn_similarity
from transcript_alliance.alliance.bundle import (
    CARD,
    CONFIG,
    FORMAT_VERSION,
    TOKENIZER,
    WEIGHTS,
    BundleInfo,
    file_sha256,
    write_manifest,
)
from transcript_alliance.alliance.calibrate import calibrate_scales, code_thresholds, event_rules, strain_column
from transcript_alliance.alliance.card import model_card, scale_quality
from transcript_alliance.alliance.crossfit import N_FOLDS, OutOfFold, cross_fit, run_key
from transcript_alliance.alliance.dataset import SCALES, TURN_CODES, RatedSession
from transcript_alliance.alliance.encoder import save_weights
from transcript_alliance.alliance.evaluate import Evaluation, evaluate, event_ranges, window_values
from transcript_alliance.alliance.predict import embed_texts
from transcript_alliance.alliance.scales import ReportedScale, reported_scales, to_reported
from transcript_alliance.alliance.score import thirds
from transcript_alliance.alliance.scorer import FEATURES, fit_scorer, session_features, sides, stacked_points
from transcript_alliance.alliance.train import Progress, TrainPlan, fit_network, pretrained_vectors
from transcript_alliance.alliance.windows import WINDOW_TOKENS
from transcript_alliance.annotations import RuptureKind
from transcript_alliance.coding.codebook import load_codebooks
from transcript_alliance.coding.ruptures import EventRules
from transcript_alliance.instruments import load_instruments

Report = Callable[[str, Progress], None]
Pretrained = Callable[[], Sequence[NDArray[np.float32]]]


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """Sessions with their out-of-fold readings, what the scorer made of them, and the figures these gave."""

    sessions: tuple[RatedSession, ...]
    oof: OutOfFold
    features: NDArray[np.float64]  # (sessions, features)
    points: NDArray[np.float64]  # (sessions, outputs), each by a scorer fitted on the other folds
    third_points: NDArray[np.float64]  # (3, sessions, outputs), first, middle and last third, by the same scorers
    evaluation: Evaluation


def cross_evaluate(
    sessions: tuple[RatedSession, ...],
    encoder: Path,
    recipe: TrainPlan,
    run_folder: Path,
    report: Report,
    pretrained: Pretrained | None = None,
) -> CrossFitted:
    """Five-fold figures of the training recipe on `sessions`; finished folds in `run_folder` are not done again."""
    pretrained = pretrained or cache(partial(pretrained_vectors, sessions, encoder))
    oof = cross_fit(
        sessions, encoder, recipe, run_folder, pretrained, lambda fold, p: report(f"fold {fold + 1} of {N_FOLDS}", p)
    )
    scales, codebooks = reported_scales(), load_codebooks()
    features, *third_features = _features(sessions, oof)
    truth = np.array([s.scales for s in sessions])
    points, *third_points = stacked_points(features, truth, oof.folds, third_features)
    simple = simple_methods(sessions, oof.folds, scales, encoder)
    cued = [cued_turns(s.session, codebooks, TURN_CODES) for s in sessions]
    evaluation = evaluate(sessions, oof.codes, oof.folds, points, np.array(third_points), scales, simple, cued)
    return CrossFitted(sessions, oof, features, points, np.array(third_points), evaluation)


def _features(sessions: Sequence[RatedSession], oof: OutOfFold) -> list[NDArray[np.float64]]:
    """Features of whole sessions, then of their first, middle and last thirds; (sessions, features) each."""
    tables: list[list[NDArray[np.float64]]] = [[], [], [], []]
    for rated, codes in zip(sessions, oof.codes, strict=True):
        counts = sides(rated.session)
        for table, part in zip(tables, (slice(None), *thirds(len(codes))), strict=True):
            table.append(session_features(codes[part], counts[part]))
    return [np.array(table) for table in tables]


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
    pretrained = cache(partial(pretrained_vectors, sessions, encoder))
    fitted = cross_evaluate(sessions, encoder, recipe, run_folder, report, pretrained)
    net = fit_network(sessions, encoder, recipe, pretrained(), partial(report, "final fit"))
    save_weights(net, folder / WEIGHTS)
    describe_bundle(fitted, folder, encoder, recipe)
    return fitted


def describe_bundle(fitted: CrossFitted, folder: Path, encoder: Path, recipe: TrainPlan) -> None:
    """Write everything of a bundle but the weights, which must be there."""
    shutil.copyfile(encoder / TOKENIZER, folder / TOKENIZER)
    config = json.loads((encoder / CONFIG).read_text("utf-8"))
    # The encoder's own config may name the folder or the hub it came from; the shape is all that is needed.
    shape = {k: v for k, v in sorted(config.items()) if not k.startswith("_") and k != "transformers_version"}
    (folder / CONFIG).write_text(json.dumps(shape, indent=1) + "\n", "utf-8")
    info = bundle_info(fitted, folder, encoder, recipe)
    write_manifest(folder, info)
    (folder / CARD).write_text(model_card(info, fitted.evaluation), "utf-8")


def bundle_info(fitted: CrossFitted, folder: Path, encoder: Path, recipe: TrainPlan) -> BundleInfo:
    """What model.json says: scorer, calibration and thresholds from the out-of-fold readings of all sessions."""
    sessions, oof, scales = fitted.sessions, fitted.oof, reported_scales()
    outputs = np.array([s.scales for s in sessions])
    scorer = fit_scorer(fitted.features, outputs)
    rules = {kind: _rules(sessions, oof, kind) for kind in RuptureKind}
    thresholds = code_thresholds(np.concatenate(oof.codes), np.concatenate([s.turns for s in sessions]))
    return BundleInfo(
        name=folder.resolve().name,
        format_version=FORMAT_VERSION,
        codes=TURN_CODES,
        thresholds=tuple(thresholds.tolist()),
        features=tuple(f"{role} {code}" for code, role in FEATURES),
        outputs=SCALES,
        feature_mean=tuple(scorer.mean.tolist()),
        feature_sd=tuple(scorer.sd.tolist()),
        weights=tuple(tuple(row) for row in scorer.weights.tolist()),
        intercept=tuple(scorer.intercept.tolist()),
        scales=tuple(f"{s.instrument}.{s.scale}" for s in scales),
        calibration=calibrate_scales(to_reported(fitted.points, scales), to_reported(outputs, scales)),
        window_calibration=calibrate_scales(*window_values(sessions, fitted.third_points, scales)),
        withdrawal_rules=rules[RuptureKind.WITHDRAWAL],
        confrontation_rules=rules[RuptureKind.CONFRONTATION],
        quality=scale_quality(fitted.evaluation),
        trained_on={
            "sessions": len(sessions),
            "turns": sum(len(s.session.turns) for s in sessions),
            "therapists": len({s.therapist for s in sessions}),
            "clients": len({s.client for s in sessions}),
            "key": run_key(sessions, encoder, recipe),
            "plan": asdict(recipe),
            "window_tokens": WINDOW_TOKENS,
            "encoder_sha256": file_sha256(encoder / WEIGHTS),
        },
        hashes={name: file_sha256(folder / name) for name in (WEIGHTS, TOKENIZER, CONFIG)},
    )


def _rules(sessions: Sequence[RatedSession], oof: OutOfFold, kind: RuptureKind) -> EventRules:
    strains = [codes[:, strain_column(kind)] for codes in oof.codes]
    return event_rules(strains, [event_ranges(s, 0, kind) for s in sessions])


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
