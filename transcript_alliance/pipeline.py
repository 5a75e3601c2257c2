"""The whole flow on one screen: file -> session -> markers, events, scores -> coded session."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from transcript_alliance import __version__
from transcript_alliance.alliance.abstain import abstentions, unfamiliar
from transcript_alliance.alliance.blend import Blend
from transcript_alliance.alliance.bundle import (
    MANIFEST,
    TOKENIZER,
    BundleInfo,
    file_sha256,
    read_bundle,
)
from transcript_alliance.alliance.context import Context, Readings, load_context
from transcript_alliance.alliance.phrases import count_phrases
from transcript_alliance.alliance.predict import Reader, load_reader
from transcript_alliance.alliance.score import Units, score_session, score_windows
from transcript_alliance.alliance.scorer import Evidence, sides
from transcript_alliance.alliance.tagger import code_events, code_markers
from transcript_alliance.alliance.word_files import Words, load_words
from transcript_alliance.annotations import CodedSession, Marker, Provenance, Score
from transcript_alliance.coding.codebook import Codebooks, load_codebooks
from transcript_alliance.coding.cues import code_cues, cued_turns
from transcript_alliance.instruments import Instruments, load_instruments
from transcript_alliance.intake import Intake, take_in
from transcript_alliance.machine import one_thread_products
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings, default_bundle

LIBRARIES = ("numpy", "spacy", "tokenizers", "torch", "transformers")
"""Those whose version can move a score."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that is loaded once and used for every session."""

    info: BundleInfo
    sha256: str
    """Of its model.json, which holds the hashes of all its other files."""
    reader: Reader
    words: Words
    blend: Blend
    context: Context
    units: Units
    codebooks: Codebooks
    instruments: Instruments
    instruments_sha256: str
    """Worked out once, not for every session."""


def load_model(folder: Path | None = None, threads: int = 0) -> Model:
    """The bundle in `folder`, or the one that came with the program, with the codebooks and instruments.

    Raises ModelBundleError, CodebookError or InstrumentError.
    """
    folder = folder or default_bundle()
    info = read_bundle(folder)
    words = load_words(folder)
    instruments = load_instruments()
    return Model(
        info,
        file_sha256(folder / MANIFEST),
        load_reader(folder, info, threads),
        words,
        Blend.of(info),
        load_context(folder, len(info.codes)),
        Units.of(info, words),
        load_codebooks(),
        instruments,
        instruments.sha256,
    )


def read_evidence(session: Session, cues: Iterable[Marker], model: Model) -> Evidence:
    """What network, words and cues (the markers that they found) say of a session, each turn in its light."""
    counts = count_phrases(session, model.words.vocabulary.places())
    cued = cued_turns(session, cues, model.info.codes)
    network, words = model.reader.read(session), model.words.turn.scores(counts)
    readings = Readings(network, words, cued, model.blend.codes(network, words, cued))
    return Evidence(model.context.codes(session, readings), sides(session), counts)


def code_session(path: Path, settings: Settings, model: Model) -> CodedSession:
    """Read, segment, code and score one transcript file.

    Raises InputError or ReadError when it cannot be read, SpeakerError when it has no two speakers to tell apart,
    SpeakerError or SettingsError when the speakers file does not fit.
    """
    with one_thread_products():
        return _coded(take_in(path, settings), settings, model)


def _coded(intake: Intake, settings: Settings, model: Model) -> CodedSession:
    session = intake.session
    cues = code_cues(session, model.codebooks)
    evidence = read_evidence(session, cues, model)
    known = unfamiliar(session, model.words.vocabulary, model.info.least_known)
    reasons = (*abstentions(session, settings.abstain), *known)
    reason = " ".join(a.reason for a in reasons)
    return CodedSession(
        session=session,
        markers=(*cues, *code_markers(session, evidence.codes, model.info)),
        events=code_events(session, evidence.codes, model.units.scorer.points(evidence), model.info),
        scores=_no_scores(model, reason) if reason else score_session(session, evidence, model.units),
        windows=() if reason else score_windows(session, evidence, model.units),
        quality=model.info.quality,
        provenance=_provenance(intake, settings, model),
    )


def _no_scores(model: Model, reason: str) -> tuple[Score, ...]:
    return tuple(Score(s.instrument, s.scale, None, None, None, abstained=reason) for s in model.units.scales)


def _provenance(intake: Intake, settings: Settings, model: Model) -> Provenance:
    raw = intake.raw
    return Provenance(
        package_version=__version__,
        input_sha256=raw.sha256,
        input_format=raw.format,
        input_encoding=raw.encoding,
        settings_sha256=settings.sha256,
        codebooks_sha256=model.codebooks.sha256,
        instruments_sha256=model.instruments_sha256,
        model=model.info.name,
        model_sha256=model.sha256,
        tokenizer_sha256=model.info.hashes[TOKENIZER],
        libraries=_versions(),
        machine=f"{platform.system()} {platform.machine()}",
        speaker_corrections=intake.corrections,
    )


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Looked up once: they stand in files, and a batch codes thousands of sessions."""
    return tuple((name, metadata.version(name)) for name in LIBRARIES)
