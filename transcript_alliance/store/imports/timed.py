"""Codes in tiers, whose turn is known by its time: Praat TextGrids, and tiers of ELAN that stand by themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from transcript_alliance.annotations import Origin
from transcript_alliance.readers.source import Source
from transcript_alliance.readers.textgrid import layer_of, read_tiers
from transcript_alliance.session import RawTurn
from transcript_alliance.store.exports.talk import Talk, raw_talk, session_talk, talk_turns
from transcript_alliance.store.exports.tiers import parse_note
from transcript_alliance.store.imports.found import Target, other_session
from transcript_alliance.store.marks import Mark

_OURS = {layer_of(origin): origin for origin in Origin}


@dataclass(frozen=True, slots=True)
class TimedNote:
    """A note in a tier, with the time it stands at."""

    tier: str
    text: str
    start_s: float | None
    end_s: float | None


def read_textgrid_codes(source: Source, target: Target) -> list[Mark]:
    """The marks of all tiers that are no speaker's, by the turn they share most time with; `; ` between codes.

    Tiers of codes that a cue or the model set are left out. A tier called `codes (human)@LABEL`, or anything with
    `@LABEL` behind it, is on the turns of that speaker; any other on those of all.

    Raises: TierError of `read_tiers`; DatasetError OTHER_SESSION when the talk is not that of the session.
    """
    turns = read_tiers(source).turns
    talk = session_talk(target.session)
    speakers = {speaker or "" for speaker in talk.speakers}
    spoken = raw_talk("", [turn for turn in turns if _plain(turn.speaker) in speakers])
    if sorted(t.text for t in spoken.turns) != sorted(t.text for t in talk.turns):
        raise other_session(source.name)
    notes = [turn for turn in turns if _plain(turn.speaker) not in speakers]
    return list(timed_marks((_note(turn) for turn in notes), talk, target))


def timed_marks(notes: Iterable[TimedNote], talk: Talk, target: Target) -> Iterator[Mark]:
    """The marks of notes on the turns of the talk; notes that share no time with a turn are left out."""
    numbers = talk_turns(target.session)
    labels = {speaker or "" for speaker in talk.speakers}
    for note in notes:
        layer, mark, label = note.tier.partition("@")
        origin = _OURS.get(layer)
        turn = turn_at(note, talk, label if mark and label in labels else None)
        if turn is None or (origin is not None and not target.counts(origin.value)):
            continue
        for text in note.text.split(";"):
            code, start, end = parse_note(text)
            if code:
                yield target.mark(numbers[turn], start, end, code)


def turn_at(note: TimedNote, talk: Talk, speaker: str | None) -> int | None:
    """The turn (of the speaker, if named) that shares most time with the note; of a point, the one it begins or is in.

    None when there is none.
    """
    if note.start_s is None:
        return None
    start = round(note.start_s * 1000)
    end = start if note.end_s is None else round(note.end_s * 1000)
    shared: Sequence[tuple[int, int]] = [
        (_shared(start, end, turn.start_ms, turn.start_ms if turn.end_ms is None else turn.end_ms), -number)
        for number, turn in enumerate(talk.turns)
        if turn.start_ms is not None and speaker in (None, turn.speaker or "")
    ]
    most, number = max(shared, default=(-1, 0))
    return -number if most >= 0 else None


def _shared(start: int, end: int, from_ms: int, to_ms: int) -> int:
    """Milliseconds that both have; 0 for a point within or the same point, -1 for nothing."""
    shared = min(end, to_ms) - max(start, from_ms)
    if shared > 0:
        return shared
    is_point = start == end or from_ms == to_ms
    # A point at the end of one turn and the start of the next is the next one's.
    within = start == from_ms or from_ms <= start < to_ms or start <= from_ms < end
    return 0 if is_point and within else -1


def _note(turn: RawTurn) -> TimedNote:
    return TimedNote(_plain(turn.speaker), turn.text, turn.start_s, turn.end_s)


def _plain(label: str | None) -> str:
    return " ".join((label or "").split())
