"""A bundle from people's own ratings of whole sessions, and the figures of a bundle on such ratings.

The turns are read by a bundle that is there already and had learned from none of the sessions.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from transcript_alliance.alliance.abstain import abstentions
from transcript_alliance.alliance.build import UNKNOWN_MARGIN
from transcript_alliance.alliance.bundle import (
    CARD,
    CONFIG,
    CONTEXT,
    HASHED,
    TOKENIZER,
    WEIGHTS,
    BundleInfo,
    file_sha256,
    write_manifest,
)
from transcript_alliance.alliance.card import scale_quality
from transcript_alliance.alliance.dataset import RUPTURES, fingerprint
from transcript_alliance.alliance.drift import reading_measures, reference_of, surface_measures
from transcript_alliance.alliance.evaluate import Evaluation
from transcript_alliance.alliance.figures import Row
from transcript_alliance.alliance.fit_totals import (
    FittedScale,
    RatedTotals,
    fit_total,
    rated_sessions,
    require_learnable,
    total_rows,
)
from transcript_alliance.alliance.phrases import known_share
from transcript_alliance.alliance.scales import ReportedScale, scales_of
from transcript_alliance.alliance.totals_card import totals_card, warnings_of
from transcript_alliance.alliance.totals_table import RatingsTable, read_ratings_table
from transcript_alliance.alliance.word_files import Words, save_words
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.errors import DatasetError, OutputError, TranscriptError, show_name
from transcript_alliance.instruments import load_instruments
from transcript_alliance.intake import take_in
from transcript_alliance.pipeline import Model, load_model, read_evidence
from transcript_alliance.readers.source import open_source, refuse_binary
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings, default_bundle

MIN_RATED = 3
"""Sessions below which no measure of agreement says anything."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedCorpus:
    """The sessions of a table of ratings, their turns not yet read."""

    table: RatingsTable
    sessions: tuple[Session, ...]
    """One an entry of the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Scales learned from a table of ratings, and what must be said of them."""

    scales: tuple[ReportedScale, ...]
    fitted: tuple[FittedScale, ...]
    sessions: tuple[RatedTotals, ...]
    folder: Path
    """Of the bundle that read the turns."""
    base: Model
    """That bundle."""
    warnings: tuple[str, ...]

    @property
    def evaluation(self) -> Evaluation:
        """Figures on people kept out."""
        return Evaluation(tuple(row for scale in self.fitted for row in scale.rows))


def read_corpus(path: Path) -> RatedCorpus:
    """The table at `path` with its transcripts, whose paths start from the table's folder.

    Raises TableError, InstrumentError, what `take_in` raises for a transcript, and DatasetError SAME_SESSION when
    two transcripts hold the same words.
    """
    source = open_source(path)
    refuse_binary(source)
    table = read_ratings_table(source.text, source.name, load_instruments())
    settings = Settings()
    sessions: list[Session] = []
    known: dict[str, str] = {}
    for entry in table.entries:
        name = show_name(entry.session)
        try:
            session = take_in(path.parent / entry.session, settings).session
        except TranscriptError as error:
            error.where = error.where or name
            raise
        mark = fingerprint(session)
        if mark in known:
            what = f"it holds the same words as {known[mark]}"
            raise DatasetError("SAME_SESSION", what, where=name, hint="list it once")
        known[mark] = name
        sessions.append(session)
    return RatedCorpus(table, tuple(sessions))


def learn(corpus: RatedCorpus, folder: Path | None = None, seed: int = 0) -> Learned:
    """The table's scales, learned over what the bundle in `folder` reads, with figures on people kept out.

    None is the bundle that came with the program. Raises ModelBundleError, and DatasetError when the bundle learned
    from one of the sessions or too few people or sessions are there.
    """
    # Said before the minutes that reading takes.
    require_learnable(corpus.table, seed)
    base = load_model(folder)
    scales = scales_of(corpus.table.scales, corpus.table.scales)
    sessions = _read(corpus, base)
    fitted = tuple(fit_total(sessions, scale, base.units.scorer, seed) for scale in scales)
    rows = [row for scale in fitted for row in scale.rows]
    unlearned = [scale.name for scale, found in zip(scales, fitted, strict=True) if not found.learned]
    warnings = (*warnings_of(rows, _counts(sessions), unlearned), *_unscored(sessions))
    return Learned(scales, fitted, sessions, folder or default_bundle(), base, warnings)


def require_other_folder(folder: Path, base: Path | None) -> None:
    """Nothing, when `folder` is not that of the base. Raises OutputError."""
    if folder.resolve() == (base or default_bundle()).resolve():
        raise OutputError("SAME_FOLDER", "the new bundle would take its base's place", where=show_name(folder))


def write_bundle(learned: Learned, folder: Path) -> BundleInfo:
    """What was learned, as a bundle named as its folder. Raises OutputError when that is the folder of the base."""
    require_other_folder(folder, learned.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (WEIGHTS, TOKENIZER, CONFIG, CONTEXT):
        shutil.copyfile(learned.folder / name, folder / name)
    words, ruptures = learned.base.words, slice(-len(RUPTURES), None)
    session_weights = [f.scorer.phrase_weights for f in learned.fitted]
    save_words(Words(words.turn, np.concatenate([*session_weights, words.session_weights[ruptures]])), folder)
    info = _info(learned, folder)
    write_manifest(folder, info)
    (folder / CARD).write_text(totals_card(info, learned.evaluation.rows, learned.warnings), "utf-8")
    return info


def evaluate_on(corpus: RatedCorpus, model: Model) -> Evaluation:
    """Figures of `model` on the table's ratings of the scales that it gives; nothing is fitted to them.

    Raises DatasetError when the model learned from one of the sessions, or gives none of the scales.
    """
    places = {name: place for place, name in enumerate(corpus.table.scales)}
    known = [(i, scale) for i, scale in enumerate(model.units.scales) if _n_rated(corpus, scale.name) >= MIN_RATED]
    if not known:
        raise DatasetError(
            "NO_SCALE",
            f"the model gives no scale that the table rates in {MIN_RATED} sessions or more",
            where=corpus.table.name,
            hint=f"it gives {', '.join(model.info.scales)}",
        )
    sessions = _read(corpus, model)
    rows: list[Row] = []
    for i, scale in known:
        own = replace(scale, outputs=(places[scale.name],))
        points = np.array([model.units.scorer.points(s.evidence) for s in rated_sessions(sessions, own)])
        line = model.units.whole[i]
        values = line.value(model.units.raw(points)[:, i : i + 1])
        rows += total_rows(sessions, own, values, np.full_like(values, line.half_width), ())
    return Evaluation(tuple(rows))


def _n_rated(corpus: RatedCorpus, scale: str) -> int:
    """Sessions that somebody rated on the scale; 0 where the table has no such column."""
    if scale not in corpus.table.scales:
        return 0
    place = corpus.table.scales.index(scale)
    return sum(not np.isnan(entry.value(place)) for entry in corpus.table.entries)


def _read(corpus: RatedCorpus, model: Model) -> tuple[RatedTotals, ...]:
    """The sessions as the model reads them."""
    seen = {*model.info.trained_on.get("fingerprints", ())}
    known = sum(fingerprint(session) in seen for session in corpus.sessions)
    if known:
        raise DatasetError(
            "SEEN_IN_TRAINING",
            f"{model.info.name} learned from {known} of these {len(corpus.sessions)} sessions, so what it reads there "
            "looks better than it is",
            where=corpus.table.name,
            hint="leave them out of the table, or take a model that never saw them",
        )
    return tuple(
        RatedTotals(session, read_evidence(session, code_cues(session, model.codebooks), model), entry)
        for session, entry in zip(corpus.sessions, corpus.table.entries, strict=True)
    )


def _info(learned: Learned, folder: Path) -> BundleInfo:
    base, names = learned.base.info, tuple(scale.name for scale in learned.scales)
    scorers = [found.scorer for found in learned.fitted]
    n_ruptures = len(RUPTURES)
    sessions = [s.session for s in learned.sessions]
    fingerprints = {*base.trained_on.get("fingerprints", ()), *map(fingerprint, sessions)}
    return replace(
        base,
        name=folder.resolve().name,
        outputs=(*names, *RUPTURES),
        weights=(*(tuple(s.weights[0].tolist()) for s in scorers), *base.weights[-n_ruptures:]),
        intercept=(*(float(s.intercept[0]) for s in scorers), *base.intercept[-n_ruptures:]),
        contrast=None,
        scales=names,
        calibration=tuple(found.line for found in learned.fitted),
        window_calibration=(),
        least_known=min(known_share(s, learned.base.words.vocabulary) for s in sessions) - UNKNOWN_MARGIN,
        reference=_reference(learned),
        quality=scale_quality(learned.evaluation),
        trained_on={
            **_counts(learned.sessions),
            "base": {"name": base.name, "model_sha256": learned.base.sha256},
            "fingerprints": sorted(fingerprints),
        },
        hashes={name: file_sha256(folder / name) for name in HASHED},
    )


def _reference(learned: Learned) -> dict[str, tuple[float, ...]]:
    """What the sessions were like, as people kept out of the scorer are read."""
    base, thresholds = learned.base, np.array(learned.base.info.thresholds)
    values = np.array([found.values for found in learned.fitted])  # (scales, sessions)
    return reference_of(
        [
            {
                **surface_measures(s.session, base.words.vocabulary),
                **reading_measures(s.session, s.evidence.codes >= thresholds, values[:, i], learned.scales),
            }
            for i, s in enumerate(learned.sessions)
        ]
    )


def _counts(sessions: Sequence[RatedTotals]) -> dict[str, int]:
    return {
        "sessions": len(sessions),
        "turns": sum(len(s.session.turns) for s in sessions),
        "therapists": len({s.entry.therapist for s in sessions}),
        "clients": len({s.entry.client for s in sessions}),
        "raters": max(len(s.scales_by_rater) for s in sessions),
    }


def _unscored(sessions: Sequence[RatedTotals]) -> Iterator[str]:
    """What is to be said of sessions that were learned from and would not be scored."""
    settings = Settings().abstain
    found = [a for s in sessions if (a := abstentions(s.session, settings))]
    if found:
        yield (
            f"{len(found)} of the {len(sessions)} sessions are such as get no score from `code` (the first: "
            f"{found[0][0].reason}); they were learned from and measured on all the same."
        )
