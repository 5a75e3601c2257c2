"""Recordings: what is decoded, whose words they are, and that nothing is ever fetched."""

import math
import sys
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transcript_alliance import asr
from transcript_alliance.asr import SAMPLES_PER_S, Samples, decode_channels, load_recogniser, transcribe_audio
from transcript_alliance.errors import InputError, ModelBundleError, SettingsError

SECONDS = 4
NAMES = ("Therapist", "Client")


def tone(*spans: tuple[float, float], hertz: float = 440.0) -> Samples:
    """Four seconds with a tone in the given spans and silence elsewhere."""
    times = np.arange(SECONDS * 8_000) / 8_000
    heard = np.zeros_like(times)
    for start, end in spans:
        heard[(times >= start) & (times < end)] = 0.5
    return (heard * np.sin(2 * math.pi * hertz * times)).astype(np.float32)


def record(path: Path, *channels: Samples) -> Path:
    """A WAV file of 8 kHz and 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes((np.stack(channels, axis=1) * 32_767).astype("<i2").tobytes())
    return path


@dataclass
class Heard:
    start: float
    end: float
    text: str


@dataclass
class Listener:
    """In the place of a model: says when it hears something, from the sound itself."""

    options: list[dict[str, Any]] = field(default_factory=list)

    def transcribe(self, audio: Samples, **options: Any) -> tuple[Iterable[Heard], None]:
        self.options.append(options)
        frame = SAMPLES_PER_S // 10
        loud = np.abs(audio[: len(audio) // frame * frame]).reshape(-1, frame).mean(axis=1) > 0.05
        edges = np.flatnonzero(np.diff(np.concatenate(([0], loud.astype(int), [0]))))
        return (Heard(a / 10, b / 10, f" tone {n} ") for n, (a, b) in enumerate(edges.reshape(-1, 2))), None


needs_decoder = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="needs the extra asr")


@needs_decoder
def test_two_channels_are_two_speakers(tmp_path: Path) -> None:
    audio = record(tmp_path / "s.wav", tone((0.5, 1.5), (3.0, 3.5)), tone((2.0, 2.5), hertz=300))
    listener = Listener()
    raw = transcribe_audio(audio, listener, NAMES)
    assert [(t.speaker, t.text) for t in raw.turns] == [
        ("Therapist", "tone 0"),
        ("Client", "tone 0"),
        ("Therapist", "tone 1"),
    ]
    assert [(t.start_s, t.end_s) for t in raw.turns] == [(0.5, 1.5), (2.0, 2.5), (3.0, 3.5)]
    assert (raw.name, raw.format, raw.notes) == ("s.wav", "asr", ())
    assert [options["language"] for options in listener.options] == ["en", "en"]


@needs_decoder
@pytest.mark.parametrize("n_channels", [1, 2])
def test_one_voice_track_names_nobody(tmp_path: Path, n_channels: int) -> None:
    both = tone((0.5, 1.5), (2.0, 2.5))
    raw = transcribe_audio(record(tmp_path / "s.wav", *[both] * n_channels), Listener(), NAMES)
    assert [(t.speaker, t.start_s) for t in raw.turns] == [(None, 0.5), (None, 2.0)]
    assert [(note.kind, note.count) for note in raw.notes] == [("W_NO_SPEAKERS", 2)]


@needs_decoder
def test_a_room_recorded_by_two_microphones_is_one_channel(tmp_path: Path) -> None:
    spans = ((0.5, 1.5), (2.0, 2.5))
    # Each is louder on its own side, but both microphones hear both.
    left = tone(spans[0]) + 0.6 * tone(spans[1], hertz=300)
    right = 0.6 * tone(spans[0]) + tone(spans[1], hertz=300)
    assert len(decode_channels(record(tmp_path / "s.wav", left, right))) == 1
    assert len(decode_channels(record(tmp_path / "t.wav", tone(spans[0]), tone()))) == 1  # nobody on the right


@needs_decoder
def test_the_sound_is_brought_to_16_khz(tmp_path: Path) -> None:
    (samples,) = decode_channels(record(tmp_path / "s.wav", tone((0.0, 4.0))))
    assert samples.dtype == np.float32
    assert abs(len(samples) - SECONDS * SAMPLES_PER_S) < SAMPLES_PER_S // 100
    assert 0.3 < float(np.abs(samples).max()) <= 1.0


@needs_decoder
@pytest.mark.parametrize("content", [b"heronwing " * 100, b"RIFF\x00\x00\x00\x00WAVE", b""])
def test_what_is_no_sound(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.wav"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        decode_channels(path)
    assert (caught.value.code, caught.value.where, caught.value.__cause__) == ("NO_SOUND", "s.wav", None)
    assert "heronwing" not in str(caught.value)


@needs_decoder
def test_silence_is_no_transcript(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        transcribe_audio(record(tmp_path / "s.wav", tone()), Listener(), NAMES)
    assert caught.value.code == "NO_SPEECH"


def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audio = record(tmp_path / "s.wav", tone())
    monkeypatch.setattr(asr, "MAX_AUDIO_BYTES", 100)
    codes = []
    for path in (tmp_path / "none.wav", tmp_path, audio):
        with pytest.raises(InputError) as caught:
            decode_channels(path)
        codes.append(caught.value.code)
    assert codes == ["NOT_FOUND", "NOT_A_FILE", "TOO_LARGE"]


def test_a_missing_folder_is_never_taken_for_a_model_on_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_network: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("small", "Systran/faster-whisper-small", "none"):
        with pytest.raises(ModelBundleError) as caught:
            load_recogniser(Path(name))
        assert caught.value.code == "NOT_FOUND"
    assert no_network == []


@pytest.mark.parametrize("missing", asr.NEEDED_FILES)
def test_a_folder_that_lacks_a_file(tmp_path: Path, missing: str) -> None:
    for name in asr.NEEDED_FILES:
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / missing).unlink()
    with pytest.raises(ModelBundleError, match=missing) as caught:
        load_recogniser(tmp_path)
    assert caught.value.code == "MISSING_FILE"


@needs_decoder
def test_a_damaged_model(tmp_path: Path, no_network: list[str]) -> None:
    for name in asr.NEEDED_FILES:
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ModelBundleError) as caught:
        load_recogniser(tmp_path)
    assert (caught.value.code, no_network) == ("UNREADABLE", [])


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    for name in asr.NEEDED_FILES:
        (tmp_path / name).write_bytes(b"{}")
    attempts = (lambda: load_recogniser(tmp_path), lambda: decode_channels(record(tmp_path / "s.wav", tone())))
    for attempt in attempts:
        with pytest.raises(SettingsError) as caught:
            attempt()
        assert str(caught.value) == (
            "Transcribing needs faster-whisper, which is not installed. "
            "Hint: install the extra: pip install 'transcript-alliance[asr]'"
        )
