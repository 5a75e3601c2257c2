"""The whole flow on one screen: file -> session -> markers, events, scores -> coded session."""

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from transcript_alliance import __version__
from transcript_alliance.alliance.abstain import abstentions, unfamiliar
from transcript_alliance.alliance.blend import Blend
from transcript_alliance.alliance.bundle import TOKENIZER, WEIGHTS, BundleInfo, default_bundle, read_bundle
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
from transcript_alliance.session import Session
from transcript_alliance.settings import Settings

LIBRARIES = ("numpy", "spacy", "tokenizers", "torch", "transformers")
"""Those whose version can move a score."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that is loaded once and used for every session."""

    info: BundleInfo
    reader: Reader
    words: Words
    blend: Blend
    units: Units
    codebooks: Codebooks
    instruments: Instruments


def load_model(folder: Path | None = None, threads: int = 0) -> Model:
    """The bundle in `folder`, or the one that came with the program, with the codebooks and instruments.

    Raises ModelBundleError, CodebookError or InstrumentError.
    """
    folder = folder or default_bundle()
    info = read_bundle(folder)
    words = load_words(folder)
    return Model(
        info,
        load_reader(folder, info, threads),
        words,
        Blend.of(info),
        Units.of(info, words),
        load_codebooks(),
        load_instruments(),
    )


def read_evidence(session: Session, cues: Iterable[Marker], model: Model) -> Evidence:
    """What network, words and cues (the markers that they found) say of a session, turn by turn."""
    counts = count_phrases(session, model.words.vocabulary.places())
    cued = cued_turns(session, cues, model.info.codes)
    codes = model.blend.codes(model.reader.read(session), model.words.turn.scores(counts), cued)
    return Evidence(codes, sides(session), counts)


def code_session(path: Path, settings: Settings, model: Model) -> CodedSession:
    """Read, segment, code and score one transcript file.

    Raises InputError or ReadError when it cannot be read, SpeakerError when it has no two speakers to tell apart,
    SpeakerError or SettingsError when the speakers file does not fit.
    """
    intake = take_in(path, settings)
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
        instruments_sha256=model.instruments.sha256,
        model=model.info.name,
        model_sha256=model.info.hashes[WEIGHTS],
        tokenizer_sha256=model.info.hashes[TOKENIZER],
        libraries=tuple((name, metadata.version(name)) for name in LIBRARIES),
        machine=f"{platform.system()} {platform.machine()}",
        speaker_corrections=intake.corrections,
    )
