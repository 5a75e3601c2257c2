"""A table (CSV) with a row for each turn."""

from transcript_alliance.store.exports.talk import Talk

_HEADER = ("start", "end", "speaker", "text")


def write_csv(talk: Talk) -> bytes:
    """The talk as comma-separated values in UTF-8: start and end in seconds, speaker, text; unknown cells are empty."""
    rows = [_HEADER, *((_seconds(t.start_ms), _seconds(t.end_ms), t.speaker or "", t.text) for t in talk.turns)]
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in rows).encode()


def _seconds(ms: int | None) -> str:
    return "" if ms is None else f"{ms // 1000}.{ms % 1000:03}"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
