"""A pipeline that needs no model, for tests of what the commands do around it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders import make_session
from transcript_alliance.annotations import (
    CodedSession,
    CodeScore,
    Provenance,
    Resolution,
    RuptureEvent,
    RuptureKind,
    Score,
)
from transcript_alliance.coding.codebook import Codebooks, load_codebooks
from transcript_alliance.commands import coding, main
from transcript_alliance.errors import PlainTextError, SpeakerError, show_name
from transcript_alliance.instruments import Instruments, load_instruments

SCRIPT = """
T: How was the week?
C: You never listen to me. I said so last time.
T: You are right, I went on without you. What did I miss?
C: The letter. Thank you for asking.
"""
CANARY = "heronwing"
"""Stands in every session of these tests, and may stand in no message."""


def coded_session(script: str, session_id: str) -> CodedSession:
    """A session with scores and one resolved rupture, set by hand: utterances 1-2 are turn 2, 3-4 turn 3."""
    return CodedSession(
        make_session(script, session_id),
        markers=(),
        events=(
            RuptureEvent(
                RuptureKind.CONFRONTATION,
                start=1,
                end=5,
                score=0.84,
                markers=(CodeScore("C1", 0.7),),
                strategies=(CodeScore("R5", 0.8),),
                repair=((3, 5),),
                turns_to_response=1,
                resolution=Resolution.RESOLVED,
            ),
        ),
        scores=(
            Score("wai-o-s", "goal", 5.25, 4.02, 6.5),
            Score("wai-o-s", "total", 5.0, 4.0, 6.0),
            Score("fis", "hope", None, None, None, abstained="Too short to score."),
            Score("fis", "empathy", None, None, None, abstained="Too short to score."),
        ),
        windows=(),
        quality=(),
        provenance=Provenance("0.1.0", "", "text", "utf-8", "", "", "", "none", "", "", (), "any"),
    )


@dataclass(frozen=True)
class SimpleModel:
    """What the commands take from a model."""

    codebooks: Codebooks
    instruments: Instruments


def stand_in(path: Path, *_: Any) -> CodedSession:
    """In the place of `pipeline.code_session`: the words of the file decide what happens."""
    text = path.read_text("utf-8")
    if "unreadable" in text:
        raise PlainTextError("NO_TURNS", "No speaker labels were found.", where=show_name(path))
    if "alone" in text:
        raise SpeakerError("ONE_SPEAKER", "Only one speaker is named.")
    if "crash" in text:
        raise ValueError(text)
    return coded_session(text, path.stem)


@dataclass(frozen=True)
class Run:
    """What one run of the program gave back."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def program(*arguments: str | Path) -> Run:
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Run(code, out, err)

    return program


@pytest.fixture
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "code_session", stand_in)
    monkeypatch.setattr(coding, "load_model", lambda *_: SimpleModel(load_codebooks(), load_instruments()))


@pytest.fixture
def transcript(tmp_path: Path) -> Callable[..., Path]:
    def file(name: str, script: str = f"{SCRIPT}T: {CANARY}.\n") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script, encoding="utf-8")
        return path

    return file
