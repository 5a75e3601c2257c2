"""AnnoMI's sessions as a user would have them: one WebVTT or one text file each. Measured on, never committed."""

import csv
import html
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from transcript_alliance.session import RawTurn

TABLE = Path(__file__).resolve().parents[2] / "shared" / "data" / "annomi" / "AnnoMI-simple.csv"


@dataclass(frozen=True)
class Demonstration:
    """A session with its speakers renamed, so that only the talk can tell who is who."""

    id: str
    turns: tuple[RawTurn, ...]
    therapist: str
    """The therapist's new name."""


def demonstrations(seed: int = 0) -> list[Demonstration]:
    """All sessions of the set, the two speakers called `Speaker A` and `Speaker B` at random; skips without the set."""
    if not TABLE.is_file():
        pytest.skip("needs the public sets beside the checkout")
    rows: dict[str, list[dict[str, str]]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["transcript_id"], []).append(row)
    rng = Random(seed)
    return [_demonstration(name, found, rng) for name, found in rows.items()]


def write_vtt(session: Demonstration, folder: Path) -> Path:
    """The session as WebVTT with voice tags, a cue for each utterance."""
    parts = ["WEBVTT\n"]
    for number, turn in enumerate(session.turns, 1):
        assert turn.start_s is not None
        assert turn.end_s is not None
        text = html.escape(" ".join(turn.text.split()), quote=False)
        parts.append(f"{number}\n{_clock(turn.start_s)} --> {_clock(turn.end_s)}\n<v {turn.speaker}>{text}</v>\n")
    path = folder / f"{session.id}.vtt"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


def write_text(session: Demonstration, folder: Path) -> Path:
    """The session as plain text, a labelled line with its time for each utterance."""
    lines = [
        f"[{_clock(turn.start_s or 0)[:8]}] {turn.speaker}: {' '.join(turn.text.split())}\n" for turn in session.turns
    ]
    path = folder / f"{session.id}.txt"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _demonstration(name: str, rows: list[dict[str, str]], rng: Random) -> Demonstration:
    names = ["Speaker A", "Speaker B"]
    rng.shuffle(names)
    label = dict(zip(("therapist", "client"), names, strict=True))
    starts = [_seconds(row["timestamp"]) for row in rows]
    turns = tuple(
        # The set has starts only; a turn ends where the next one begins, where the clock does not run back.
        RawTurn(label[row["interlocutor"]], row["utterance_text"], start, max(start + 0.5, following))
        for row, start, following in zip(rows, starts, [*starts[1:], starts[-1] + 5], strict=True)
    )
    return Demonstration(name, turns, label["therapist"])


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * 3600.0 + int(minutes) * 60 + int(seconds)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
