"""Chats as JSON: Telegram's `result.json`, and what signal-export writes of a Signal chat."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from transcript_alliance.errors import TableError
from transcript_alliance.readers.json_values import first_line_has_keys, has_keys, read_document
from transcript_alliance.readers.jsonl import read_lines
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_MAX_SECONDS = 1e11
"""No clock of a computer shows more: it is some year of the 52nd century."""


@dataclass(frozen=True, slots=True)
class _Message:
    number: int
    speaker: str | None
    text: str
    clock_s: float | None
    """Seconds on any clock: only what lies between two of them counts."""


def read_telegram(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The messages of one exported chat, with the seconds since the first; joins, calls and pictures are left out.

    Raises: TableError TRUNCATED, MALFORMED, LIMIT, NO_TURNS, or SEVERAL_SESSIONS for the export of a whole account.
    """
    document = read_document(source)
    tally = Tally()
    chats = document.get("chats") if isinstance(document, dict) else None
    if isinstance(chats, dict) and isinstance(chats.get("list"), list):
        if len(chats["list"]) != 1:
            what = f"The file holds {len(chats['list']):,} chats."
            hint = "Export the one chat from its own menu."
            raise TableError("SEVERAL_SESSIONS", what, where=source.name, hint=hint)
        document = chats["list"][0]
    entries = document.get("messages") if isinstance(document, dict) else None
    return _draft(_telegram_messages(entries if isinstance(entries, list) else (), tally), tally, source, "'messages'")


def read_signal(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The messages of a `data.json` of signal-export (an object a line), with the seconds since the first.

    Raises: TableError TRUNCATED, MALFORMED, LIMIT or NO_TURNS.
    """
    tally = Tally()
    return _draft(_signal_messages(source, tally), tally, source, "objects with 'sender' and 'body'")


def _telegram_messages(entries: Sequence[Any], tally: Tally) -> Iterator[_Message]:
    for number, entry in enumerate(entries, 1):
        text = _telegram_text(entry.get("text")) if isinstance(entry, dict) else None
        if text is None or not text.strip() or entry.get("type") != "message":
            tally.add("W_SKIPPED", number)
            continue
        clock_s = _number(entry.get("date_unixtime"))
        yield _Message(
            number, _name(entry, ("from", "from_id")), text, _clock(entry.get("date")) if clock_s is None else clock_s
        )


def _telegram_text(value: Any) -> str | None:
    """The words of a message: a text, or a list of texts and of objects with one, such as links."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return None
    parts = (part.get("text") if isinstance(part, dict) else part for part in value)
    return "".join(part for part in parts if isinstance(part, str))


def _signal_messages(source: Source, tally: Tally) -> Iterator[_Message]:
    for item in read_lines(source, tally):
        entry = item.value
        body = entry.get("body") if isinstance(entry, dict) else None
        if not isinstance(body, str) or not body.strip() or entry.get("deleted") is True or entry.get("call") is True:
            tally.add("W_SKIPPED", item.number)
            continue
        yield _Message(item.number, _name(entry, ("sender",)), body, _clock(entry.get("date")))


def _name(entry: dict[str, Any], keys: Sequence[str]) -> str | None:
    return next((entry[key] for key in keys if isinstance(entry.get(key), str) and entry[key].strip()), None)


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 11:
        return float(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= _MAX_SECONDS else None


def _clock(value: Any) -> float | None:
    """Seconds of a date such as 2024-05-06T10:15:00, counted from some day long ago."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        date = datetime.fromisoformat(value)
    except ValueError:
        return None
    offset = date.utcoffset()
    of_day = date.hour * 3600 + date.minute * 60 + date.second + date.microsecond / 1e6
    return date.toordinal() * 86_400.0 + of_day - (0.0 if offset is None else offset.total_seconds())


def _draft(messages: Iterator[_Message], tally: Tally, source: Source, expected: str) -> Draft:
    turns = []
    first: float | None = None
    for message in messages:
        start_s = None
        if message.clock_s is not None:
            first = message.clock_s if first is None else first
            start_s = message.clock_s - first if message.clock_s >= first else None
        if start_s is None:
            tally.add("W_TIMES", message.number)
        turns.append(RawTurn(message.speaker, " ".join(message.text.split()), start_s, None, message.number))
    if not turns:
        what = f"No turns found: expected {expected} with words in them."
        raise TableError("NO_TURNS", what, where=source.name, hint="Export the chat again, as JSON.")
    return Draft(tuple(turns), tally.notes())


def _sniff_telegram(source: Source) -> bool:
    return has_keys(source.text, ("messages", "from_id", "date"))


def _sniff_signal(source: Source) -> bool:
    return first_line_has_keys(source.text, ("date", "sender", "body", "reactions", "attachments"))


TELEGRAM = Reader(
    id="telegram",
    label="Telegram chat (JSON)",
    suffixes=(".json",),
    sniff=_sniff_telegram,
    read=read_telegram,
    sample="telegram/session.json",
)
SIGNAL = Reader(
    id="signal",
    label="Signal chat (JSON Lines of signal-export)",
    suffixes=(".json",),
    sniff=_sniff_signal,
    read=read_signal,
    sample="signal/session.json",
)
