"""Section 1: the session in a few sentences, strengths first; each sentence names the turns it rests on.

A sentence is made from found things alone: take the thing away and the sentence is gone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, zip_longest

from transcript_alliance.annotations import Marker, Origin, Resolution, RuptureEvent, RuptureKind, Score, Window
from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.labels import CodeLabel, Family, InstrumentLabel, ScaleLabel
from transcript_alliance.report.ruptures import response_words, sign_number
from transcript_alliance.report.scales import neutral_words
from transcript_alliance.session import Role

MOST_CODES = 3
"""Sentences about codes of one family, most often seen first; our choice: a reader keeps a handful."""
MOST_TURNS = 8
"""Turns named one by one in a sentence; the timeline's table has them all."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing to know, and the turns that show it."""

    text: str
    turns: tuple[int, ...]
    """Turn numbers, from 1; never empty."""
    more: int
    """Further turns that are not named."""
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What carried the session, and what is worth another look."""

    strengths: tuple[Sentence, ...]
    second_look: tuple[Sentence, ...]


def summary(context: Context) -> Summary:
    """All sentences that the session gives reason for, possibly none; no turn is quoted twice."""
    quoted: set[int] = set()
    return Summary(
        tuple(_once(context, s, quoted) for part in STRENGTHS for s in part(context)),
        tuple(_once(context, s, quoted) for part in SECOND_LOOK for s in part(context)),
    )


def _once(context: Context, sentence: Sentence, quoted: set[int]) -> Sentence:
    """The sentence with its quote, or else with another of its turns; without one where all have been quoted."""
    if sentence.quote is None:
        return sentence
    if sentence.quote.number in quoted:
        other = next((n for n in sentence.turns if n not in quoted), None)
        sentence = replace(sentence, quote=None if other is None else context.quote(other))
    if sentence.quote is not None:
        quoted.add(sentence.quote.number)
    return sentence


def _sentence(text: str, turns: Iterable[int], quote: Quote | None) -> Iterator[Sentence]:
    named = tuple(turns)
    if named:
        yield Sentence(text, named[:MOST_TURNS], len(named[MOST_TURNS:]), quote)


def _codes_of(family: Family, role: Role) -> Callable[[Context], Iterator[Sentence]]:
    """One sentence a code, its sub-codes counted with it, those seen in most turns first."""

    def sentences(context: Context) -> Iterator[Sentence]:
        found: dict[tuple[CodeLabel, Origin], list[Marker]] = {}
        for marker in context.counted():
            code = context.widest(marker.code)
            if code.family is family:
                found.setdefault((code, marker.origin), []).append(marker)
        n_turns = context.n_turns(role)
        ranked = sorted(found.items(), key=lambda item: -len(_numbers(context, item[1])))
        for (code, origin), markers in ranked[:MOST_CODES]:
            numbers = _numbers(context, markers)
            surest = max(markers, key=lambda m: (m.score, bool(m.spans), -m.start))
            key = f"summary.{'may_hinder' if family is Family.HINDRANCE else 'seen_by'}.{origin.value}"
            text = context.words.count(key, len(numbers), label=code.label, of=n_turns, who=context.role_word(role))
            yield from _sentence(text, numbers, context.quote_marker(surest))

    return sentences


def _numbers(context: Context, markers: Iterable[Marker]) -> list[int]:
    return sorted({context.marker_number(marker) for marker in markers})


def _ruptures(*resolutions: Resolution) -> Callable[[Context], Iterator[Sentence]]:
    """One sentence for each kind of rupture and each way it ended, so that many alike stay one line."""

    def sentences(context: Context) -> Iterator[Sentence]:
        for resolution in resolutions:
            for kind in RuptureKind:
                alike = [e for e in context.strains if e.resolution is resolution and e.kind is kind]
                if alike:
                    signs = {sign_number(context, event) for event in alike}
                    turns = sorted(signs.union(*(context.answering(event) for event in alike)))
                    surest = max(alike, key=lambda event: event.score)
                    yield from _sentence(
                        _rupture_text(context, alike), turns, context.quote(sign_number(context, surest))
                    )

    return sentences


def _rupture_text(context: Context, alike: list[RuptureEvent]) -> str:
    words, event, n = context.words, alike[0], len(alike)
    sign = words("summary.sign", label=context.code(event.markers[0].code).label) if event.markers else ""
    kind = words.count(f"summary.strain.{event.kind.value}", n, sign=sign)
    response = response_words(context, event)
    end = words.count(f"summary.outcome.{event.resolution.value}", n, response=response)
    return words("summary.rupture", kind=kind, end=end)


def _scales(side: str) -> Callable[[Context], Iterator[Sentence]]:
    """One sentence an instrument: its scales whose whole interval lies on one side of the neutral value.

    The first instrument, the alliance, is left to the paragraph and the picture above the lists: thrice is too often.
    """

    def sentences(context: Context) -> Iterator[Sentence]:
        scores = {(s.instrument, s.scale): s for s in context.coded.scores}
        for instrument in context.labels.instruments[1:]:
            found = [
                (scale, score)
                for scale in instrument.scales
                if scale.text_codable
                and (score := scores.get((instrument.instrument, scale.scale))) is not None
                and _beyond(instrument, score, side)
                and _evidence(score, side)
            ]
            if found:
                yield from _scale_sentence(context, instrument, found, side)

    return sentences


def _beyond(instrument: InstrumentLabel, score: Score, side: str) -> bool:
    if instrument.neutral is None or score.low is None or score.high is None:
        return False
    return score.low > instrument.neutral if side == "above" else score.high < instrument.neutral


def _evidence(score: Score, side: str) -> tuple[int, ...]:
    return score.evidence_for if side == "above" else score.evidence_against


def _scale_sentence(
    context: Context, instrument: InstrumentLabel, found: list[tuple[ScaleLabel, Score]], side: str
) -> Iterator[Sentence]:
    # Names alone: the numbers stand with their intervals in their own section, and a wall of them here hides the rest.
    text = context.words.count(
        f"summary.scales_{side}",
        len(found),
        names=context.words.listed(tuple(context.scale_name(instrument, scale) for scale, _ in found)),
        neutral=neutral_words(context, instrument),
        instrument=context.instrument_name(instrument),
    )
    # The strongest turn of each scale first, then the second of each, so that every scale is shown.
    ranked = [
        turn + 1 for rank in zip_longest(*(_evidence(s, side) for _, s in found)) for turn in rank if turn is not None
    ]
    turns = list(dict.fromkeys(ranked))
    yield from _sentence(text, turns, context.quote(turns[0]))


@dataclass(frozen=True, slots=True)
class _Part:
    label: str
    window: Window
    value: float
    low: float
    high: float


def _change(direction: int) -> Callable[[Context], Iterator[Sentence]]:
    """The largest change from an earlier to a later part of the session that the two intervals do not explain.

    `direction` is 1 for a rise and -1 for a fall.
    """

    def sentences(context: Context) -> Iterator[Sentence]:
        pairs = [
            (earlier, later)
            for parts in _parts(context)
            for earlier, later in combinations(parts, 2)
            if (later.low > earlier.high if direction > 0 else later.high < earlier.low)
        ]
        if not pairs:
            return
        before, after = max(pairs, key=lambda pair: direction * (pair[1].value - pair[0].value))
        text = context.words(
            "summary.rise" if direction > 0 else "summary.fall",
            label=before.label,
            before=_part_value(context, before),
            after=_part_value(context, after),
            where_before=context.span_words(before.window.start, before.window.end),
            where_after=context.span_words(after.window.start, after.window.end),
        )
        yield from _sentence(text, (context.numbers(p.window.start, p.window.end)[0] for p in (before, after)), None)

    return sentences


def _part_value(context: Context, part: _Part) -> str:
    low, high = context.words.number(part.low), context.words.number(part.high)
    return context.words("summary.part_value", value=context.words.number(part.value), low=low, high=high)


def _parts(context: Context) -> Iterator[list[_Part]]:
    for instrument in context.labels.instruments[:1]:
        for scale in instrument.scales:
            yield [
                _Part(context.scale_name(instrument, scale), window, s.value, s.low, s.high)
                for window in sorted(context.coded.windows, key=lambda w: (w.start, w.end))
                for s in window.scores
                if (s.instrument, s.scale) == (instrument.instrument, scale.scale) and scale.text_codable
                if s.value is not None and s.low is not None and s.high is not None
            ]


STRENGTHS = (
    _codes_of(Family.SKILL, Role.THERAPIST),
    _codes_of(Family.CLIENT, Role.CLIENT),
    _ruptures(Resolution.RESOLVED),
    _change(1),
    _scales("above"),
)
"""What the first list is made of, in its order."""

SECOND_LOOK = (
    _ruptures(Resolution.MISSED, Resolution.UNRESOLVED, Resolution.PARTLY),
    _codes_of(Family.HINDRANCE, Role.THERAPIST),
    _change(-1),
    _scales("below"),
)
"""What the second list is made of, in its order."""
