"""Praat TextGrid, long and short: a tier is a speaker, an interval a turn."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from transcript_alliance.annotations import Origin
from transcript_alliance.errors import FormatError, TierError
from transcript_alliance.readers.limits import MAX_TURNS
from transcript_alliance.readers.reader import Columns, Draft, Reader, Tally
from transcript_alliance.readers.source import Source
from transcript_alliance.session import RawTurn

_TYPE, _CLASS = "ooTextFile", "TextGrid"
_INTERVALS, _POINTS = "IntervalTier", "TextTier"
_LONGEST_NUMBER = 40
_MAX_SECONDS = 1e7
"""About four months; Praat's own times are seconds."""
_MAX_TIERS = 1_000


@dataclass(slots=True)
class _Values:
    """The file as Praat reads it: texts in quotation marks and free-standing numbers; all else is for people."""

    source: Source
    at: int = 0

    def text(self) -> str:
        """The next text, its doubled quotation marks made single."""
        start = self.source.text.find('"', self.at)
        if start < 0:
            raise _truncated(self.source)
        parts: list[str] = []
        at = start + 1
        while True:
            end = self.source.text.find('"', at)
            if end < 0:
                raise _truncated(self.source)
            parts.append(self.source.text[at:end])
            at = end + 1
            if not self.source.text.startswith('"', at):
                break
            parts.append('"')
            at += 1
        self.at = at
        return "".join(parts)

    def number(self) -> float:
        """The next number; the words and signs before it, such as `xmin =`, are passed over."""
        text = self.source.text
        while self.at < len(text):
            start = self.at
            while start < len(text) and text[start].isspace():
                start += 1
            end = start
            while end < len(text) and not text[end].isspace() and text[end] != '"':
                end += 1
            if start == end < len(text):
                raise _malformed(self.source, start)  # a text where a number belongs
            self.at = end
            found = _number(text[start:end])
            if found is not None:
                return found
        raise _truncated(self.source)

    def count(self) -> int:
        """The next number as a count."""
        at = self.at
        found = self.number()
        if found < 0 or found != int(found):
            raise _malformed(self.source, at)
        return int(found)


def layer_of(origin: Origin) -> str:
    """How the tiers of an origin's codes are called, before `@` and their speaker: `codes (model)`."""
    return f"codes ({origin.value})"


_LAYERS = frozenset(layer_of(origin) for origin in Origin)


def read_textgrid(source: Source, columns: Columns) -> Draft:  # noqa: ARG001 - all readers take the same
    """The intervals that hold text, of all tiers, by their start; a point is a turn of which only the start is known.

    The tier's name is the speaker. Intervals without text are silence. Tiers of codes that this program wrote beside
    those of the speakers, such as `codes (model)@LABEL`, are left out.

    Raises: FormatError WRONG_FORMAT, TierError MALFORMED, TRUNCATED or LIMIT.
    """
    draft = read_tiers(source)
    labels = {turn.speaker for turn in draft.turns}
    return replace(draft, turns=tuple(turn for turn in draft.turns if not _are_codes(turn.speaker or "", labels)))


def _are_codes(tier: str, labels: Collection[str | None]) -> bool:
    layer, _, label = tier.partition("@")
    return layer in _LAYERS and label in labels


def read_tiers(source: Source) -> Draft:
    """As `read_textgrid`, with the tiers of codes.

    Raises: FormatError WRONG_FORMAT, TierError MALFORMED, TRUNCATED or LIMIT.
    """
    if not _sniff(source):
        what = "Not a TextGrid in Praat's text form."
        hint = "In Praat: Save as text file."
        raise FormatError("WRONG_FORMAT", what, where=source.name, hint=hint)
    values = _Values(source)
    values.text(), values.text()
    tally = Tally()
    values.number(), values.number()
    n_tiers = values.count() if _has_tiers(values) else 0
    if n_tiers > _MAX_TIERS:
        raise TierError("LIMIT", f"There are more tiers than the limit ({_MAX_TIERS:,}).", where=source.name)
    placed = list(islice((found for _ in range(n_tiers) for found in _tier(values, tally)), MAX_TURNS + 1))
    # The tiers' own order stays where two begin together.
    placed.sort(key=lambda found: found[0])
    return Draft(tuple(turn for _, turn in placed), tally.notes())


def _has_tiers(values: _Values) -> bool:
    """Whether the flag `<exists>` stands where it should; the place moves behind it."""
    start = values.source.text.find("<", values.at)
    end = values.source.text.find(">", start)
    if start < 0 or end < 0:
        raise _truncated(values.source)
    values.at = end + 1
    return values.source.text[start : end + 1] == "<exists>"


def _tier(values: _Values, tally: Tally) -> Iterator[tuple[float, RawTurn]]:
    """The turns of the next tier, each with its place in time; silence is left out."""
    at = values.at
    kind, speaker = values.text(), values.text()
    if kind not in (_INTERVALS, _POINTS):
        raise _malformed(values.source, at)
    values.number(), values.number()
    line, counted = 1, 0
    for _ in range(values.count()):
        start_s = values.number()
        end_s = values.number() if kind == _INTERVALS else None
        place = values.at
        text = values.text()
        if not text.strip():
            continue
        line, counted = line + values.source.text.count("\n", counted, place), place
        in_range = 0 <= start_s <= _MAX_SECONDS and (end_s is None or end_s <= _MAX_SECONDS)
        if not in_range:
            tally.add("W_TIMES", line)
            yield start_s, RawTurn(speaker, text, None, None, line)
        else:
            yield start_s, RawTurn(speaker, text, start_s, end_s, line)


def _number(word: str) -> float | None:
    if not word or len(word) > _LONGEST_NUMBER or word[0] not in "+-.0123456789" or not word.isascii():
        return None
    try:
        found = float(word)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _truncated(source: Source) -> TierError:
    what = "The TextGrid ends too early."
    return TierError("TRUNCATED", what, where=source.name, hint="Copy or save the file again.")


def _malformed(source: Source, at: int) -> TierError:
    while at < len(source.text) and source.text[at].isspace():
        at += 1
    line = source.text.count("\n", 0, at) + 1
    return TierError("MALFORMED", "The TextGrid has something else than expected here.", where=source.at(line))


def _sniff(source: Source) -> bool:
    head = source.text[:1_000]
    return f'"{_TYPE}' in head and f'"{_CLASS}"' in head


READER = Reader(
    id="textgrid",
    label="Praat TextGrid, long or short text form",
    suffixes=(".textgrid",),
    sniff=_sniff,
    read=read_textgrid,
    sample="session.textgrid",
)
