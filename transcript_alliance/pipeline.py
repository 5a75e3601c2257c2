"""The whole flow on one screen: file -> transcript -> session -> markers, events, scores -> coded session."""

import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from transcript_alliance import __version__
from transcript_alliance.alliance.abstain import abstentions
from transcript_alliance.alliance.bundle import TOKENIZER, WEIGHTS, BundleInfo, default_bundle, read_bundle
from transcript_alliance.alliance.predict import Reader, load_reader
from transcript_alliance.alliance.score import Units, score_session, score_windows
from transcript_alliance.alliance.tagger import code_events, code_markers
from transcript_alliance.annotations import CodedSession, Provenance, Score
from transcript_alliance.coding.codebook import Codebooks, load_codebooks
from transcript_alliance.coding.cues import code_cues
from transcript_alliance.instruments import Instruments, load_instruments
from transcript_alliance.readers import read_transcript
from transcript_alliance.segment import segment_session
from transcript_alliance.session import RawTranscript
from transcript_alliance.settings import Settings

LIBRARIES = ("numpy", "spacy", "tokenizers", "torch", "transformers")
"""Those whose version can move a score."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that is loaded once and used for every session."""

    info: BundleInfo
    reader: Reader
    units: Units
    codebooks: Codebooks
    instruments: Instruments


def load_model(folder: Path | None = None, threads: int = 0) -> Model:
    """The bundle in `folder`, or the one that came with the program, with the codebooks and instruments.

    Raises ModelBundleError, CodebookError or InstrumentError.
    """
    folder = folder or default_bundle()
    info = read_bundle(folder)
    return Model(info, load_reader(folder, info, threads), Units.of(info), load_codebooks(), load_instruments())


def code_session(path: Path, settings: Settings, model: Model) -> CodedSession:
    """Read, segment, code and score one transcript file.

    Raises InputError or ReadError when it cannot be read, SpeakerError when it has no two speakers to tell apart.
    """
    read = settings.read
    raw = read_transcript(path, read.format, read.encoding, read.speaker_column, read.text_column)
    session = segment_session(raw, therapist=settings.roles.therapist)
    codes = model.reader.read(session)
    reasons = abstentions(session, settings.abstain)
    reason = " ".join(a.reason for a in reasons)
    return CodedSession(
        session=session,
        markers=(*code_cues(session, model.codebooks), *code_markers(session, codes, model.info)),
        events=code_events(session, codes, model.info),
        scores=_no_scores(model, reason) if reason else score_session(session, codes, model.units),
        windows=() if reason else score_windows(session, codes, model.units),
        quality=model.info.quality,
        provenance=_provenance(raw, settings, model),
    )


def _no_scores(model: Model, reason: str) -> tuple[Score, ...]:
    return tuple(Score(s.instrument, s.scale, None, None, None, abstained=reason) for s in model.units.scales)


def _provenance(raw: RawTranscript, settings: Settings, model: Model) -> Provenance:
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
    )
