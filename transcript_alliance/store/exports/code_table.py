"""A table (CSV) of codes that people can fill in with any spreadsheet: a row for each mark, or each turn without."""

from collections.abc import Iterable, Sequence

from transcript_alliance.store.exports.coding import Coding, speaker_label
from transcript_alliance.store.marks import turn_text

COLUMNS = ("turn", "speaker", "role", "start", "end", "code", "origin", "score", "words")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_code_table(coding: Coding) -> bytes:
    """Comma-separated values in UTF-8 with the columns `COLUMNS`; a turn without a mark has a row without a code.

    `turn` counts from 0; `start` and `end` are code points of the turn's text, empty for the whole turn; `words` are
    those that are marked. A text that a spreadsheet would take for a formula has a ' before it.
    """
    session = coding.session
    rows: list[tuple[str, ...]] = [COLUMNS]
    for turn in range(len(session.turns)):
        text, own = turn_text(session, turn), [mark for mark in coding.marks if mark.turn == turn]
        who = (str(turn), plain_cell(speaker_label(session, turn)), session.role(turn).value)
        for mark in own:
            place = ("", "") if (mark.start, mark.end) == (0, len(text)) else (str(mark.start), str(mark.end))
            words = plain_cell(text[mark.start : mark.end])
            rows.append((*who, *place, plain_cell(mark.code), mark.origin.value, f"{mark.score:g}", words))
        if not own:
            rows.append((*who, "", "", "", "", "", plain_cell(text)))
    return table(rows)


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as comma-separated values."""
    return "".join(map(line, rows)).encode("utf-8", "replace")


def line(row: Sequence[str]) -> str:
    """The row with every cell in quotation marks."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n"


def plain_cell(text: str) -> str:
    """The text with a ' before what a spreadsheet would run.

    >>> plain_cell("=1+1"), plain_cell("so")
    ("'=1+1", 'so')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
