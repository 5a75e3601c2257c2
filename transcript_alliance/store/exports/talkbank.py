"""CHAT (.cha): a main tier for each utterance, the time mark of a turn on its last one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from transcript_alliance.readers.talkbank import (
    EXACT_LABEL,
    EXACT_TEXT,
    EXACT_TIME,
    UNNAMED_ROLE,
    participant_label,
)
from transcript_alliance.readers.talkbank_words import plain_words
from transcript_alliance.session import Role
from transcript_alliance.store.exports.talk import SpokenTurn, Talk, TurnNote

_ROLES: Mapping[Role | None, str] = MappingProxyType(
    {Role.THERAPIST: "Therapist", Role.CLIENT: "Participant", Role.OTHER: "Other"}
)
"""Role -> one of CHAT's closed list, which has no client; programs refuse a file with any other."""
_NO_ROLE = "Adult"
_SIMPLE_NAME = re.compile(r"[^\W\d_][^\W_]*(?:['. -]+[^\W_]+)*")
_NOISE = re.compile(r"\[([A-Za-z]{1,20})\]")
_INAUDIBLE = ("inaudible", "unintelligible")
_NO_WORD = re.compile(r"[^\w\s',.?!-]|_")
_ENDINGS = (("...", " +..."), (".", " ."), ("?", " ?"), ("!", " !"))
"""How an utterance ends in plain writing -> in CHAT."""


def write_talkbank(talk: Talk, notes: Sequence[TurnNote] = ()) -> bytes:
    """The talk as a CHAT file, the speakers' roles in @Participants.

    The notes on a turn stand below its last main tier, in a tier `%cod`, whose codes CLAN can count.

    What CHAT cannot write as it is (brackets, marks, an utterance without an end, a lone start) stands in dependent
    tiers of our own below a main tier that CLAN can read: `%xtxt` has the words, `%xtim` the times in milliseconds.
    Labels that are no simple names stand in comments.
    """
    codes = _codes(talk.speakers)
    people = [_participant(speaker, codes[speaker], talk.roles) for speaker in talk.speakers]
    lines = ["@UTF8", "@Begin", "@Languages:\teng"]
    lines.append("@Participants:\t" + ", ".join(" ".join(filter(None, person)) for person in people))
    lines += [f"@ID:\teng|{_ascii(talk.name)}|{code}|||||{role}|||" for code, _, role in people]
    for speaker, (code, name, role) in zip(talk.speakers, people, strict=True):
        if participant_label(name, role) != speaker:
            lines.append(f"@Comment:\t{EXACT_LABEL}{code}: {speaker or ''}")
    for number, turn in enumerate(talk.turns):
        lines += _tiers(turn, codes[turn.speaker])
        coded = " ".join(note.text for note in notes if note.turn == number)
        lines += [f"%cod:\t{coded}"] if coded else []
    return "\n".join([*lines, "@End", ""]).encode()


def _tiers(turn: SpokenTurn, code: str) -> Iterator[str]:
    last = len(turn.utterances) - 1
    for n, text in enumerate(turn.utterances):
        main = _main_tier(text)
        is_timed = n == last and turn.start_ms is not None and turn.end_ms is not None
        yield f"*{code}:\t{main}" + (f" \x15{turn.start_ms}_{turn.end_ms}\x15" if is_timed else "")
        if plain_words(main) != text:
            yield f"{EXACT_TEXT}:\t{text}"
        if n == last and not is_timed and (turn.start_ms, turn.end_ms) != (None, None):
            start, end = ("" if time is None else str(time) for time in (turn.start_ms, turn.end_ms))
            yield f"{EXACT_TIME}:\t{start}_{end}"


def _main_tier(text: str) -> str:
    """The utterance as CHAT has it, exactly if it can, else its words alone."""
    exact = _ended(text.replace(", ", " , "))
    if exact is not None and plain_words(exact) == text:
        return exact
    words = " ".join(filter(None, map(_words_alone, text.split())))
    if not any(c.isalpha() for c in words):
        return "0 ."
    ended = _ended(words)
    return f"{words.rstrip(' .,?!')} ." if ended is None else ended


def _words_alone(token: str) -> str:
    noise = _NOISE.fullmatch(token)
    if noise is not None:
        return "xxx" if noise[1] in _INAUDIBLE else f"&={noise[1]}"
    return " ".join(_NO_WORD.sub(" ", token).split())


def _ended(text: str) -> str | None:
    """The text with its end as CHAT writes it; None when it has none."""
    return next((text.removesuffix(end) + mark for end, mark in _ENDINGS if text.endswith(end)), None)


def _codes(speakers: tuple[str | None, ...]) -> dict[str | None, str]:
    """A code of three letters (with a number if need be) for each speaker."""
    codes: dict[str | None, str] = {}
    for speaker in speakers:
        letters = "".join(c for c in speaker or UNNAMED_ROLE if c.isascii() and c.isalpha()).upper()[:3] or "SPK"
        n, code = 1, letters
        while code in codes.values():
            n += 1
            code = f"{letters}{n}"
        codes[speaker] = code
    return codes


def _participant(speaker: str | None, code: str, roles: Mapping[str, Role]) -> tuple[str, str, str]:
    """Code, name (may be empty) and role."""
    if speaker is None:
        return code, "", UNNAMED_ROLE
    role = _ROLES.get(roles.get(speaker), _NO_ROLE)
    return code, speaker.replace(" ", "_") if _SIMPLE_NAME.fullmatch(speaker) else code, role


def _ascii(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name) or "session"
