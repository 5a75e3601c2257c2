"""Praat TextGrid, long form: a tier for each speaker, an interval for each turn, a point where its end is unknown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from transcript_alliance.errors import OutputError
from transcript_alliance.store.exports.layers import lay_out
from transcript_alliance.store.exports.talk import SpokenTurn, Talk, TurnNote, refuse_disorder


@dataclass(frozen=True, slots=True)
class _Tier:
    speaker: str | None
    turns: tuple[tuple[int, SpokenTurn], ...]
    """With their numbers in the talk."""
    are_points: bool


def write_textgrid(talk: Talk, notes: Sequence[TurnNote] = ()) -> bytes:
    """The talk as a TextGrid in UTF-8, silence as intervals without text.

    A second tier of the same name takes what overlaps the speaker's own talk. The notes of a layer stand behind all
    talk in tiers called `layer@speaker`, on the interval or point of their turn, with `; ` between them.

    Raises: OutputError NO_TIMES for a turn without a start or without length; NO_ORDER when the turns do not stand in
    the order of time, or begin together in another order than their speakers.
    """
    for turn in talk.turns:
        if turn.start_ms is None or turn.start_ms == turn.end_ms:
            what = "A TextGrid needs the start of every turn, and no turn may be without length."
            raise OutputError("NO_TIMES", what, hint="CSV, CHAT, ELAN and ConvoKit can do without.")
    refuse_disorder((turn.start_ms for turn in talk.turns), "TextGrid")
    tiers = [tier for speaker in talk.speakers for tier in _tiers(talk, speaker)]
    read = [found for tier in tiers for found in tier.turns]
    read.sort(key=lambda found: found[1].start_ms or 0)
    if [number for number, _ in read] != sorted(number for number, _ in read):
        what = "A TextGrid cannot say who of those who begin together is first."
        raise OutputError("NO_ORDER", what, hint="CSV, VTT, CHAT, ELAN and ConvoKit can.")
    tiers += [behind for tier in tiers for behind in _note_tiers(tier, notes)]
    end = max((time for turn in talk.turns for time in (turn.start_ms, turn.end_ms) if time is not None), default=0)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_s(end)}"]
    lines += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    for n, tier in enumerate(tiers, 1):
        lines += [f"    item [{n}]:", *_tier_lines(tier, end)]
    return ("\n".join(lines) + "\n").encode()


def _tiers(talk: Talk, speaker: str | None) -> Iterator[_Tier]:
    own = [(number, turn) for number, turn in enumerate(talk.turns) if turn.speaker == speaker]
    points = tuple(found for found in own if found[1].end_ms is None)
    if points:
        yield _Tier(speaker, points, are_points=True)
    for layer in lay_out(found for found in own if found[1].end_ms is not None):
        yield _Tier(speaker, layer, are_points=False)


def _note_tiers(tier: _Tier, notes: Sequence[TurnNote]) -> Iterator[_Tier]:
    turns = dict(tier.turns)
    own = [note for note in notes if note.turn in turns]
    for layer in dict.fromkeys(note.layer for note in own):
        texts: dict[int, list[str]] = {}
        for note in own:
            if note.layer == layer:
                texts.setdefault(note.turn, []).append(note.text)
        noted = tuple((n, replace(turns[n], utterances=("; ".join(texts[n]),))) for n in turns if n in texts)
        yield _Tier(f"{layer}@{tier.speaker or ''}", noted, tier.are_points)


def _tier_lines(tier: _Tier, end: int) -> Iterator[str]:
    kind, items = ("TextTier", "points") if tier.are_points else ("IntervalTier", "intervals")
    rows = list(_points(tier.turns) if tier.are_points else _intervals(tier.turns, end))
    yield f'        class = "{kind}"'
    yield f"        name = {_text(tier.speaker or '')}"
    yield "        xmin = 0"
    yield f"        xmax = {_s(end)}"
    yield f"        {items}: size = {len(rows)}"
    for n, row in enumerate(rows, 1):
        yield f"        {items} [{n}]:"
        yield from (f"            {line}" for line in row)


def _points(turns: Iterable[tuple[int, SpokenTurn]]) -> Iterator[tuple[str, ...]]:
    for _, turn in turns:
        yield f"number = {_s(turn.start_ms or 0)}", f"mark = {_text(turn.text)}"


def _intervals(turns: Iterable[tuple[int, SpokenTurn]], end: int) -> Iterator[tuple[str, ...]]:
    """The turns with the silence between them; together they fill the time from 0 to `end`."""
    before = 0
    for _, turn in turns:
        start_ms, end_ms = turn.start_ms or 0, turn.end_ms or 0
        if start_ms > before:
            yield _interval(before, start_ms, "")
        yield _interval(start_ms, end_ms, turn.text)
        before = end_ms
    if end > before:
        yield _interval(before, end, "")


def _interval(start: int, end: int, text: str) -> tuple[str, ...]:
    return f"xmin = {_s(start)}", f"xmax = {_s(end)}", f"text = {_text(text)}"


def _text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _s(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03}"
