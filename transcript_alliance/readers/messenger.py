"""Chats as text: WhatsApp's exports from both systems, and any `[date time] Name: message`.

Source: WhatsApp's help pages on exporting a chat; "WhatsApp export inconsistencies" (message format, attachments).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcript_alliance.errors import PlainTextError
from transcript_alliance.readers.dates import Stamp, find_stamp, seconds_since_first
from transcript_alliance.readers.limits import MAX_LABEL_CHARS
from transcript_alliance.readers.plain import check_lines
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_OWN_WORDS = "\u200e"
"""WhatsApp on a telephone by Apple begins its own words with this mark, such as those for a picture."""
_DIRECTIONS = "\u200e\u200f\u202a\u202c"
_SNIFFED_LINES = 200
_LEAST_MESSAGES = 3
_LEFT_OUT = frozenset((
    "null", "this message was deleted", "(this message was deleted)", "you deleted this message",
    "diese nachricht wurde gelöscht", "du hast diese nachricht gelöscht", "se eliminó este mensaje",
    "eliminaste este mensaje", "ce message a été supprimé", "vous avez supprimé ce message",
    "questo messaggio è stato eliminato", "hai eliminato questo messaggio", "dit bericht is verwijderd",
    "essa mensagem foi apagada", "mensagem apagada", "você apagou esta mensagem",
))  # fmt: skip
"""What stands for a deleted message where no mark precedes it; in other languages it is read as a message."""
_ATTACHED = re.compile("\u200e?[A-Z]{3}-[0-9]{8}-WA[0-9]{4,8}\\.[0-9A-Za-z]{0,5} \\([^()]{3,60}\\)")
"""`IMG-20240516-WA0001.jpg (file attached)`, in whatever language; a caption may follow."""


@dataclass(slots=True)
class _Message:
    """A message; `speaker` is empty for what the program itself says."""

    line: int
    stamp: Stamp
    speaker: str
    lines: list[str]


def read_messages(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The messages of a chat, with the seconds since the first; what the program says of itself is left out.

    Raises: PlainTextError NO_TURNS when no line begins with date, time and name, LIMIT for a line too long.
    """
    lines = source.lines()
    check_lines(lines, source)
    tally = Tally()
    messages = _messages(lines, tally)
    if not any(message.speaker for message in messages):
        what = "No messages such as '[31/12/2024, 21:04:05] Name: …' were found."
        raise PlainTextError("NO_TURNS", what, where=source.name, hint="Export the chat again, without media.")
    return Draft(tuple(_turns(messages, tally)), tally.notes())


def _messages(lines: Sequence[str], tally: Tally) -> list[_Message]:
    messages: list[_Message] = []
    for number, line in enumerate(lines, 1):
        message = _opening(line, number)
        if message is not None:
            messages.append(message)
        elif messages:
            messages[-1].lines.append(line)
        elif line.strip(_DIRECTIONS + " \t"):
            tally.add("W_HEADING", number)
    return messages


def _opening(line: str, number: int) -> _Message | None:
    """The message that begins in this line, or None for a line that goes on with the one before."""
    head = line.lstrip(_DIRECTIONS + " \t")
    bracket = head.startswith("[")
    found = find_stamp(head[bracket : 40 + bracket])
    if found is None:
        return None
    rest = head[bracket + found[1] :]
    if bracket:
        closed = rest.lstrip(" ").startswith("]")
        rest = rest.partition("]")[2]
    else:
        closed = rest.startswith((" - ", " – ", ": ", " ", "\t"))
        rest = rest.removeprefix(":").lstrip(" \t").removeprefix("- ").removeprefix("– ")
    if not closed:
        return None
    name, colon, text = rest.partition(": ")
    if not colon and rest.rstrip().endswith(":"):
        name, colon, text = rest.rstrip()[:-1], ":", ""
    if not colon or len(name) > MAX_LABEL_CHARS:
        name, text = "", rest
    # "~" marks a name that the other chose, not one from the address book.
    return _Message(number, found[0], name.strip(_DIRECTIONS + " ").removeprefix("~").strip(), [text])


def _turns(messages: Sequence[_Message], tally: Tally) -> Iterator[RawTurn]:
    texts = [_without_attachment(" ".join(filter(None, (li.strip() for li in m.lines)))) for m in messages]
    is_said = [bool(m.speaker and text) and not _is_left_out(text) for m, text in zip(messages, texts, strict=True)]
    times = seconds_since_first([message.stamp for message in messages])
    known = (time_s for time_s, said in zip(times, is_said, strict=True) if said and time_s is not None)
    first_s = next(known, 0.0)
    for message, text, said, time_s in zip(messages, texts, is_said, times, strict=True):
        if not said:
            tally.add("W_SKIPPED", message.line)
            continue
        start_s = time_s - first_s if time_s is not None and time_s >= first_s else None
        if start_s is None:
            tally.add("W_TIMES", message.line)
        yield RawTurn(message.speaker, _without_edit(text), start_s, None, message.line)


def _is_left_out(text: str) -> bool:
    """Whether a message is none: WhatsApp's words for a picture, a call, a deleted message."""
    # In whatever language, but not the one word of somebody's <sigh>.
    in_angles = text.startswith("<") and text.endswith(">") and "<" not in text[1:] and " " in text
    return text.startswith(_OWN_WORDS) or in_angles or text.strip(_DIRECTIONS).rstrip(".").casefold() in _LEFT_OUT


def _without_attachment(text: str) -> str:
    """What was written below a picture or document that was sent; all of the text where there is none."""
    found = _ATTACHED.match(text)
    return text if found is None else text[found.end() :].strip()


def _without_edit(text: str) -> str:
    """The text without `<This message was edited>` at its end, in whatever language."""
    start = text.rfind(f"{_OWN_WORDS}<")
    if start < 0:
        start = text.rfind(" <This message was edited")
    return text[:start].rstrip() if start > 0 and text.endswith(">") else text


def _sniff(source: Source) -> bool:
    lines = source.text[:100_000].replace("\r", "\n").split("\n")[:_SNIFFED_LINES]
    found = [message for message in (_opening(line, 1) for line in lines) if message is not None and message.speaker]
    return len(found) >= _LEAST_MESSAGES


READER = Reader(
    id="whatsapp",
    label="WhatsApp chat, or [date time] Name: message",
    suffixes=(".txt",),
    sniff=_sniff,
    read=read_messages,
    sample="whatsapp/session.txt",
)
