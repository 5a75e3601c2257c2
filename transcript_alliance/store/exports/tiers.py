"""Codes beside the talk, where a program has turns and no offsets in them: ELAN, Praat, CHAT, ConvoKit.

A code on a whole turn stands as its id, one on some of its words with their code points in the turn's text behind
it: `EMP [12:25]`.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from transcript_alliance.readers.textgrid import layer_of
from transcript_alliance.store.exports.coding import Coding
from transcript_alliance.store.exports.convokit import write_convokit
from transcript_alliance.store.exports.elan import write_elan
from transcript_alliance.store.exports.talk import Talk, TurnNote, session_talk, talk_turns
from transcript_alliance.store.exports.talkbank import write_talkbank
from transcript_alliance.store.exports.textgrid import write_textgrid
from transcript_alliance.store.marks import Mark

_PLACE = re.compile(r"([0-9]{1,9}):([0-9]{1,9})\]")
_NO_CHAT = re.compile(r"[^A-Za-z0-9_-]")


def note_text(mark: Mark, n_chars: int) -> str:
    """The mark on a turn of `n_chars` code points, as a tier has it."""
    whole = (mark.start, mark.end) == (0, n_chars)
    return mark.code if whole else f"{mark.code} [{mark.start}:{mark.end}]"


def parse_note(text: str) -> tuple[str, int | None, int | None]:
    """Code, start and end of what `note_text` wrote or a person did; None where the whole turn is meant.

    >>> parse_note("EMP [12:25]"), parse_note(" EMP ")
    (('EMP', 12, 25), ('EMP', None, None))
    """
    code, _, rest = text.strip().rpartition("[")
    found = _PLACE.fullmatch(rest)
    return (code.strip(), int(found[1]), int(found[2])) if code and found else (text.strip(), None, None)


def write_elan_codes(coding: Coding) -> bytes:
    """The talk as an ELAN file with a tier of codes for each speaker and origin.

    Raises: OutputError NO_ORDER, as `write_elan`.
    """
    return write_elan(session_talk(coding.session), _notes(coding, note_text))


def write_textgrid_codes(coding: Coding) -> bytes:
    """The talk as a TextGrid with a tier of codes for each speaker and origin.

    Raises: OutputError NO_TIMES or NO_ORDER, as `write_textgrid`.
    """
    return write_textgrid(session_talk(coding.session), _notes(coding, note_text))


def write_talkbank_codes(coding: Coding) -> bytes:
    """The talk as a CHAT file, the codes in tiers `%cod` as `$EMP:model`, with `:start:end` where not the whole turn.

    CLAN's codes are letters, digits, `_` and `-`; anything else in one becomes `_`.
    """
    return write_talkbank(session_talk(coding.session), _notes(coding, _chat_code))


def write_convokit_codes(coding: Coding) -> dict[str, bytes]:
    """The corpus with each turn's codes in its `meta`, and the session's scores in that of the conversation.

    Offsets are code points of the turn's text in the coded session.
    """
    talk, codes = session_talk(coding.session), {}
    for number, turn in enumerate(talk_turns(coding.session)):
        codes[number] = [
            {"code": m.code, "start": m.start, "end": m.end, "origin": m.origin.value, "score": m.score}
            for m in coding.marks
            if m.turn == turn
        ]
    scores = {f"{s.instrument}.{s.scale}": s.value for s in coding.coded.scores if s.value is not None}
    return write_convokit(_named(talk), codes, scores)


def _named(talk: Talk) -> Talk:
    """The talk with a name that a file in UTF-8 can hold."""
    return Talk(talk.name.encode("utf-8", "replace").decode(), talk.turns, talk.roles)


def _notes(coding: Coding, write: Callable[[Mark, int], str]) -> Sequence[TurnNote]:
    return tuple(_each_note(coding, write))


def _each_note(coding: Coding, write: Callable[[Mark, int], str]) -> Iterator[TurnNote]:
    numbers = {turn: number for number, turn in enumerate(talk_turns(coding.session))}
    for mark in coding.marks:
        if mark.turn in numbers:
            text = write(mark, len(coding.session.turn_text(mark.turn)))
            yield TurnNote(numbers[mark.turn], layer_of(mark.origin), text)


def _chat_code(mark: Mark, n_chars: int) -> str:
    place = "" if (mark.start, mark.end) == (0, n_chars) else f":{mark.start}:{mark.end}"
    return f"${_NO_CHAT.sub('_', mark.code)}:{mark.origin.value}{place}"
