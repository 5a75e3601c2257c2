"""A corpus as ConvoKit saves it: a folder whose `utterances.jsonl` holds all that is said, a line an utterance.

Source: ConvoKit's documentation, "Data Format". The other files of the folder describe speakers and conversations
beyond what a transcript needs, so they are not opened.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from transcript_alliance.errors import TableError
from transcript_alliance.readers.json_values import first_line_has_keys, json_fault, parse_json
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn
from transcript_alliance.speakers import show_label

_KEYS = (("id", "conversation_id", "reply_to", "text"), ("id", "conversation_id", "reply-to", "text"),
         ("id", "root", "reply-to", "text"), ("id", "root", "reply_to", "text"))  # fmt: skip
_CONVERSATION = ("conversation_id", "root")
"""The key of today and that of older corpora."""
_SPEAKER = ("speaker", "user")


@dataclass(frozen=True, slots=True)
class _Utterance:
    line: int
    conversation: str
    value: dict[str, Any]


def read_convokit(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The utterances of the one conversation, or of that named by `source.session`, with seconds since the first.

    They come in the order of their times, if all have one, else in that of the file. An utterance's `meta` may have
    its own `start_s` and `end_s`.

    Raises: TableError SEVERAL_SESSIONS, NO_SUCH_SESSION, TRUNCATED, MALFORMED, LIMIT or NO_TURNS.
    """
    tally = Tally()
    found = list(_utterances(source, tally))
    ids = list(dict.fromkeys(utterance.conversation for utterance in found))
    if source.session and source.session not in ids:
        what = f"There is no conversation {show_label(source.session)!r} in the corpus."
        raise TableError("NO_SUCH_SESSION", what, where=source.name, hint="Its `conversations.json` names them.")
    if not source.session and len(ids) > 1:
        what = f"The corpus holds {len(ids):,} conversations."
        # No id is named: in a damaged file it may be what somebody said.
        hint = f"Name one after a #: {source.name}#ID. The command `check` lists them."
        raise TableError("SEVERAL_SESSIONS", what, where=source.name, hint=hint)
    turns = _turns([u for u in found if not source.session or u.conversation == source.session], tally)
    if not turns:
        what = "No turns found: expected utterances with 'speaker' and 'text'."
        raise TableError("NO_TURNS", what, where=source.name)
    return Draft(tuple(turns), tally.notes(), session=ids[0] if not source.session else source.session)


def conversations(source: Source) -> tuple[str, ...]:
    """The ids of the corpus's conversations, in order of appearance.

    Raises: TableError TRUNCATED, MALFORMED or LIMIT.
    """
    return tuple(dict.fromkeys(utterance.conversation for utterance in _utterances(source, Tally())))


def _utterances(source: Source, tally: Tally) -> Iterator[_Utterance]:
    """The utterances; where one conversation is asked for, lines that cannot be of it are not parsed."""
    lines = [(n, line) for n, line in enumerate(source.text.split("\n"), 1) if line.strip()]
    spellings = {json.dumps(source.session), json.dumps(source.session, ensure_ascii=False)[1:-1]}
    for number, line in lines:
        if source.session and not any(spelling in line for spelling in spellings):
            continue
        try:
            value = parse_json(line, source.name)
        except json.JSONDecodeError as error:
            fault = json_fault(error, source, number)
            if number != lines[-1][0] or fault.code != "TRUNCATED" or len(lines) == 1:
                raise fault from None
            tally.add("W_TRUNCATED", number)
            continue
        conversation = _first(value, _CONVERSATION) if isinstance(value, dict) else None
        if not isinstance(conversation, (str, int)) or isinstance(conversation, bool):
            tally.add("W_SKIPPED", number)
            continue
        yield _Utterance(number, str(conversation), value)


def _turns(utterances: Sequence[_Utterance], tally: Tally) -> list[RawTurn]:
    clocks = [_clock(utterance.value.get("timestamp")) for utterance in utterances]
    known = [clock for clock in clocks if clock is not None]
    first = min(known, default=0.0)
    in_order = list(zip(utterances, clocks, strict=True))
    if len(known) == len(clocks):
        in_order.sort(key=lambda pair: pair[1] or 0.0)
    turns = []
    for utterance, clock in in_order:
        text, speaker = utterance.value.get("text"), _first(utterance.value, _SPEAKER)
        if not isinstance(text, str):
            tally.add("W_SKIPPED", utterance.line)
            continue
        start_s, end_s = _own_times(utterance.value.get("meta"))
        if start_s is None and clock is not None:
            start_s = clock - first
        label = str(speaker) if isinstance(speaker, (str, int)) and not isinstance(speaker, bool) else None
        turns.append(RawTurn(label, " ".join(text.split()), start_s, end_s, utterance.line))
    return turns


def _first(value: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _own_times(meta: Any) -> tuple[float | None, float | None]:
    """Start and end in seconds where the corpus was written by this program, which keeps them in `meta`."""
    start_s, end_s = (_clock(meta.get(key)) if isinstance(meta, dict) else None for key in ("start_s", "end_s"))
    return start_s, end_s


def _clock(value: Any) -> float | None:
    """Seconds on any clock. Corpora that have no times write null, or the same for all."""
    if isinstance(value, str) and value.isascii() and value.replace(".", "", 1).isdigit() and len(value) <= 20:
        return float(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e11 else None


def _sniff(source: Source) -> bool:
    return any(first_line_has_keys(source.text, keys) for keys in _KEYS)


READER = Reader(
    id="convokit",
    label="ConvoKit corpus (its folder)",
    suffixes=(".jsonl",),
    sniff=_sniff,
    read=read_convokit,
    sample="convokit/utterances.jsonl",
    sessions=conversations,
)
