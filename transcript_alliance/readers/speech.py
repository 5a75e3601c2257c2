"""What speech engines return: how the JSON of each is shaped, as a table, and how words become turns.

Sources: the engines' own descriptions of their results, named beside each entry of `ENGINES`. Reading follows
the table alone, so that another engine is another entry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from transcript_alliance.errors import TableError
from transcript_alliance.readers.json_values import has_keys, json_seconds, read_document
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.shapes import ENGINES, Engine, Found, Shape, first_of, held_values, text_of, walk
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_CHANNEL_PAUSE_S = 1.0
"""Where each speaker has a channel, a pause as long as this ends a turn: the other may have spoken. Our choice."""


class _Part(NamedTuple):
    """A segment, a word or a punctuation mark as the engine has it. A tuple, since there are tens of thousands."""

    number: int
    """1-based place among its like."""
    text: str
    speaker: str | None
    channel: str | None
    start_s: float | None
    end_s: float | None
    is_mark: bool
    group: int
    """Number of the result (or channel, or monologue) that holds it."""


@dataclass(slots=True)
class _Run:
    """A turn in the making."""

    first: _Part
    speaker: str | None
    texts: list[str]
    end_s: float | None


def read_speech(source: Source, columns: Columns, engine: Engine) -> Draft:  # noqa: ARG001 - all readers take the same
    """The turns of what `engine` returned: a segment each, or the words of one speaker in a row.

    A channel is a speaker where a recording has several. Speakers that are mere numbers or letters are called
    `Speaker 0`, `Speaker A`, as the engines' own viewers do: a bare letter would pass for a role.

    Raises: TableError TRUNCATED, MALFORMED, LIMIT or NO_TURNS.
    """
    document = read_document(source)
    fallback: Draft | None = None
    for shape in engine.shapes:
        tally = Tally()
        parts = list(_parts(document, shape, tally))
        if not any(part.text.strip() and not part.is_mark for part in parts):
            continue
        draft = Draft(tuple(_turns(parts, shape, tally)), tally.notes())
        if any(turn.speaker is not None for turn in draft.turns):
            return draft
        fallback = fallback or draft
    if fallback is None:
        paths = " or ".join(shape.path.partition(".*")[0] for shape in engine.shapes[:2])
        what = f"No turns found: expected speech under {paths}, as {engine.label} writes it."
        raise TableError("NO_TURNS", what, where=source.name, hint="Is it the whole result, and did the job succeed?")
    return fallback


def _parts(document: Any, shape: Shape, tally: Tally) -> Iterator[_Part]:
    speakers = _speakers_by_start(document, shape)
    starts = tuple(name for name, _ in shape.start)
    held_by: tuple[dict[str, Any], ...] | None = None
    held_speakers: tuple[Any, ...] = ()
    held_channels: tuple[Any, ...] = ()
    for number, found in enumerate(walk(document, shape.path), 1):
        text = text_of(found, shape)
        if text is None:
            tally.add("W_SKIPPED", number)
            continue
        is_mark = bool(shape.mark) and isinstance(found.item, dict) and found.item.get("type") == shape.mark
        start_s, end_s = (None, None) if is_mark else _times(found, shape, number, tally)
        # Once for all words of a monologue.
        if found.outer is not held_by:
            held_by = found.outer
            held_speakers, held_channels = held_values(found, shape.speaker), held_values(found, shape.channel)
        speaker = first_of(found, shape.speaker, held_speakers)
        if speaker is None and speakers:
            speaker = speakers.get(str(first_of(found, starts)))
        yield _Part(
            number,
            text,
            _label(speaker, number, tally),
            _label(first_of(found, shape.channel, held_channels), number, tally) if shape.channel else None,
            start_s,
            end_s,
            is_mark,
            found.places[0] if found.places else 0,
        )


def _speakers_by_start(document: Any, shape: Shape) -> dict[str, Any]:
    """The speaker at each start, where an engine keeps words and speakers apart."""
    if not shape.speakers:
        return {}
    names = tuple(name for name, _ in shape.start)
    return {str(first_of(found, names)): first_of(found, shape.speaker) for found in walk(document, shape.speakers)}


def _times(found: Found, shape: Shape, number: int, tally: Tally) -> tuple[float | None, float | None]:
    start_s = _time(found, shape.start, number, tally)
    end_s = _time(found, shape.end, number, tally)
    if end_s is None and start_s is not None:
        length_s = _time(found, shape.length, number, tally)
        end_s = None if length_s is None else start_s + length_s
    return start_s, end_s


def _time(found: Found, names: Sequence[tuple[str, float]], number: int, tally: Tally) -> float | None:
    for name, per_second in names:
        value = first_of(found, (name,))
        if value is not None:
            seconds = json_seconds(value, per_second)
            if seconds is None:
                tally.add("W_TIMES", number)
            return seconds
    return None


def _label(value: Any, number: int, tally: Tally) -> str | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        tally.add("W_SKIPPED", number)
        return None
    return str(value).strip()


def _turns(parts: Sequence[_Part], shape: Shape, tally: Tally) -> Iterator[RawTurn]:
    if shape.last_holds_all:
        # Earlier results hold the same words, not yet with their speakers.
        labelled = {part.group for part in parts if part.speaker is not None}
        parts = [part for part in parts if part.group in labelled] if labelled else parts
    channels = {part.channel for part in parts if part.channel is not None}
    has_channels = len(channels) > 1
    by_channel = {(part.channel, part.speaker) for part in parts if not part.is_mark and part.speaker is not None}
    several_in_one = has_channels and len(by_channel) > len({channel for channel, _ in by_channel})
    runs = list(_runs(parts, shape, has_channels, tally))
    if has_channels:
        runs = _by_time(runs)
    for run in runs:
        speaker = _shown("Speaker", run.speaker)
        if has_channels:
            channel = _shown("Channel", run.first.channel)
            speaker = " ".join(filter(None, (channel, speaker))) if several_in_one else channel
        yield RawTurn(speaker or None, "".join(run.texts), run.first.start_s, run.end_s, run.first.number)


def _runs(parts: Sequence[_Part], shape: Shape, has_channels: bool, tally: Tally) -> Iterator[_Run]:
    """The parts that are one turn; where the engine cuts segments, each is one."""
    run: _Run | None = None
    before: _Part | None = None
    for part in parts:
        if run is not None and (part.is_mark or _goes_on(run, part, shape, has_channels)):
            after_mark = before is not None and before.is_mark and before.group == part.group
            glued = part.is_mark or (after_mark and shape.spells_blanks)
            run.texts.append(part.text if glued else f" {part.text}")
            run.end_s = run.end_s if part.end_s is None else part.end_s
            if not part.is_mark and part.speaker is None and run.speaker is not None:
                tally.add("W_UNLABELLED", part.number)
        elif part.text.strip():
            if run is not None:
                yield run
            run = _Run(part, part.speaker, [part.text], part.end_s)
        before = part
    if run is not None:
        yield run


def _goes_on(run: _Run, part: _Part, shape: Shape, has_channels: bool) -> bool:
    if not shape.words or (has_channels and part.channel != run.first.channel):
        return False
    start_s, end_s = part.start_s, run.end_s
    if has_channels and start_s is not None and end_s is not None and start_s - end_s >= _CHANNEL_PAUSE_S:
        return False
    return part.speaker in (run.speaker, None)


def _by_time(runs: Sequence[_Run]) -> list[_Run]:
    """The runs of all channels in the order in which they begin; one without a time stays after the one before it."""
    latest = 0.0
    keyed = []
    for run in runs:
        latest = latest if run.first.start_s is None else run.first.start_s
        keyed.append((latest, run))
    return [run for _, run in sorted(keyed, key=lambda pair: pair[0])]


def _shown(kind: str, label: str | None) -> str | None:
    return f"{kind} {label}" if label is not None and (label.isdigit() or len(label) == 1) else label


def _sniff(source: Source, engine: Engine) -> bool:
    return any(has_keys(source.text, keys) for keys in engine.keys)


def _reader(engine: Engine) -> Reader:
    return Reader(
        id=engine.id,
        label=f"{engine.label} JSON",
        suffixes=(".json",),
        sniff=partial(_sniff, engine=engine),
        read=partial(read_speech, engine=engine),
        sample=f"{engine.id}/session.json",
    )


READERS: tuple[Reader, ...] = tuple(map(_reader, ENGINES))
