"""Small transcript files for the readers' tests."""

from pathlib import Path

from transcript_alliance.readers import read_transcript
from transcript_alliance.session import RawTranscript

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data" / "formats"


def read(folder: Path, name: str, content: str | bytes, **options: str) -> RawTranscript:
    """The transcript in a file of this name and content."""
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_transcript(path, **options)


def said(raw: RawTranscript) -> list[tuple[str | None, str]]:
    """Speaker and text of each turn."""
    return [(turn.speaker, turn.text) for turn in raw.turns]


def noted(raw: RawTranscript) -> dict[str, int]:
    """Count of each kind of note."""
    return {note.kind: note.count for note in raw.notes}
