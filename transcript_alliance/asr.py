"""Sound to a raw transcript with faster-whisper, from a model folder on this machine; nothing is ever fetched.

The only place that reads sound. It writes down words and their times and takes nothing else from the voices.
"""

import hashlib
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from transcript_alliance.errors import InputError, ModelBundleError, SettingsError, show_name
from transcript_alliance.session import Note, RawTranscript, RawTurn

SAMPLES_PER_S = 16_000
MAX_AUDIO_BYTES = 2_000_000_000
"""Of the recording; a three-hour one of two channels has about 2 GB uncompressed. Source: our choice."""
NEEDED_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer the library would look for one on the network."""

_FRAME_SAMPLES = SAMPLES_PER_S // 20
_ONE_ROOM = 0.5
"""Correlation of the loudness of two channels above which both hold all voices. Source: our choice."""

Samples = npt.NDArray[np.float32]


class Segment(Protocol):
    """A stretch of speech as the recogniser gives it."""

    start: float
    """Seconds."""
    end: float
    text: str


class Recogniser(Protocol):
    """What is needed of `faster_whisper.WhisperModel`."""

    def transcribe(self, audio: Samples, **options: Any) -> tuple[Iterable[Segment], Any]:
        """The segments, worked out while they are taken, and facts about them."""


def load_recogniser(folder: Path) -> Recogniser:
    """The model in `folder`: a Whisper model in CTranslate2's form.

    Raises: SettingsError NO_ASR when faster-whisper is not installed; ModelBundleError NOT_FOUND for no folder,
    MISSING_FILE or UNREADABLE for one that is no such model.
    """
    # A name that is no folder would be taken for that of a model on the network.
    if not folder.is_dir():
        what = "There is no such folder with a speech model."
        hint = "Models are never downloaded; put a Whisper model in CTranslate2's form there."
        raise ModelBundleError("NOT_FOUND", what, where=show_name(folder), hint=hint)
    for name in NEEDED_FILES:
        if not (folder / name).is_file():
            what = f"The speech model lacks {name}."
            raise ModelBundleError("MISSING_FILE", what, where=show_name(folder))
    library = _library()
    try:
        model: Recogniser = library.WhisperModel(str(folder.resolve()), local_files_only=True)
    except (OSError, RuntimeError, ValueError, KeyError):
        what = "The speech model cannot be loaded."
        raise ModelBundleError("UNREADABLE", what, where=show_name(folder), hint="Copy the folder again.") from None
    return model


def transcribe_audio(audio: Path, recogniser: Recogniser, labels: tuple[str, str]) -> RawTranscript:
    """The words of a recording with their times, in English.

    A recording with a voice on each of two channels gives speakers: `labels` names the left and the right one. All
    else is one channel, and its turns name nobody.

    Raises: SettingsError NO_ASR; InputError NOT_FOUND, NOT_A_FILE, TOO_LARGE or NO_SOUND.
    """
    channels = decode_channels(audio)
    voices: Sequence[str | None] = labels if len(channels) == 2 else (None,)
    turns = [
        RawTurn(voice, segment.text.strip(), max(0.0, segment.start), max(0.0, segment.start, segment.end))
        for voice, samples in zip(voices, channels, strict=True)
        for segment in _segments(recogniser, samples)
        if segment.text.strip()
    ]
    if not turns:
        raise InputError("NO_SPEECH", "No speech was found in the recording.", where=show_name(audio))
    turns.sort(key=lambda turn: turn.start_s or 0.0)
    with audio.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    notes = () if len(channels) == 2 else (Note("W_NO_SPEAKERS", len(turns)),)
    return RawTranscript(show_name(audio), "asr", "binary", sha256, tuple(turns), notes)


def decode_channels(audio: Path) -> tuple[Samples, ...]:
    """The sound at 16 kHz, each sample -1..1: two arrays when each channel has a voice of its own, else one.

    Raises: SettingsError NO_ASR; InputError NOT_FOUND, NOT_A_FILE, TOO_LARGE or NO_SOUND.
    """
    name = show_name(audio)
    _check(audio, name)
    try:
        left, right = _library().decode_audio(str(audio), sampling_rate=SAMPLES_PER_S, split_stereo=True)
    except (OSError, ValueError, IndexError, RuntimeError, TypeError):
        # What the decoder says can hold the path; a file without any sound has no first stream.
        raise InputError("NO_SOUND", "No sound can be read from the file.", where=name) from None
    if not len(left) or not len(right):
        raise InputError("NO_SOUND", "The recording holds no sound.", where=name)
    return (left, right) if _are_apart(left, right) else ((left + right) / 2,)


def _segments(recogniser: Recogniser, samples: Samples) -> Iterable[Segment]:
    # Silence makes the model repeat itself, and so does its own last sentence.
    return recogniser.transcribe(samples, language="en", vad_filter=True, condition_on_previous_text=False)[0]


def _are_apart(left: Samples, right: Samples) -> bool:
    """Whether the channels hold different voices: each is heard, and they are not loud at the same moments."""
    n_frames = min(len(left), len(right)) // _FRAME_SAMPLES
    if n_frames < 2:
        return False
    loudness = [np.abs(c[: n_frames * _FRAME_SAMPLES]).reshape(n_frames, -1).mean(axis=1) for c in (left, right)]
    spread = [float(channel.std()) for channel in loudness]
    if min(spread) < 1e-4:
        return False  # one of them is silent, or hums
    return float(np.corrcoef(loudness[0], loudness[1])[0, 1]) < _ONE_ROOM


def _check(audio: Path, name: str) -> None:
    try:
        status = audio.stat()
    except (OSError, ValueError):
        raise InputError("NOT_FOUND", "There is no such file.", where=name) from None
    if not stat.S_ISREG(status.st_mode):
        raise InputError("NOT_A_FILE", "This is not an ordinary file.", where=name)
    if status.st_size > MAX_AUDIO_BYTES:
        what = f"The recording is larger than the limit ({MAX_AUDIO_BYTES // 1_000_000:,} MB)."
        raise InputError("TOO_LARGE", what, where=name, hint="Save it as FLAC or MP3.")


def _library() -> Any:
    try:
        import faster_whisper
    except ImportError:
        what = "Transcribing needs faster-whisper, which is not installed."
        hint = "install the extra: pip install 'transcript-alliance[asr]'"
        raise SettingsError("NO_ASR", what, hint=hint) from None
    return faster_whisper
