"""The command `transcribe`, with a listener in the place of the model and the real decoder of sound."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.commands.conftest import Run
from tests.test_asr import Listener, record, tone
from transcript_alliance import asr
from transcript_alliance.readers import read_transcript

Program = Callable[..., Run]


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("faster_whisper") is None:
        pytest.skip("needs the extra asr")
    monkeypatch.setattr(asr, "load_recogniser", lambda _: Listener())


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("suffix", [".vtt", ".TextGrid", ".csv"])
def test_a_recording_becomes_a_transcript(run: Program, tmp_path: Path, suffix: str) -> None:
    audio = record(tmp_path / "s.wav", tone((0.5, 1.5)), tone((2.0, 2.5), hertz=300))
    output = tmp_path / f"s{suffix}"
    done = run("transcribe", audio, "--model", tmp_path, "--left", "T", "--right", "C", "-o", output)
    assert done == Run(0, f"wrote {output}\n", "")
    raw = read_transcript(output)
    assert [(t.speaker, t.text, t.start_s) for t in raw.turns] == [("T", "tone 0", 0.5), ("C", "tone 0", 2.0)]
    assert output.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("listening")
def test_one_channel_is_told(run: Program, tmp_path: Path) -> None:
    audio = record(tmp_path / "s.wav", tone((0.5, 1.5)))
    done = run("transcribe", audio, "--model", tmp_path, "-o", tmp_path / "s.vtt")
    assert done.code == 0
    assert done.err.startswith("note: Turns without a speaker's name: 1.")


@pytest.mark.parametrize(
    ("model", "output", "code"),
    [("none", "s.vtt", "NOT_FOUND"), (".", "s.vtt", "MISSING_FILE"), (".", "s.wav", "UNKNOWN_FORMAT")],
)
def test_what_is_refused_is_one_line(run: Program, tmp_path: Path, model: str, output: str, code: str) -> None:
    audio = record(tmp_path / "s.wav", tone())
    done = run("transcribe", audio, "--model", tmp_path / model, "-o", tmp_path / output)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert f"[{code}]" in done.err
    assert audio.stat().st_size > 10_000
