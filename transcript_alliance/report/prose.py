"""The paragraph at the top: what carried the session, what stood out, each sentence with the turns it rests on."""

from collections import Counter
from collections.abc import Iterator

from transcript_alliance.annotations import Resolution, Score
from transcript_alliance.report.context import Context
from transcript_alliance.report.labels import CodeLabel, Family
from transcript_alliance.report.ruptures import sign_number
from transcript_alliance.report.scales import side_of
from transcript_alliance.report.summary import Sentence
from transcript_alliance.session import Role

NAMED = 3
"""Turns named in a sentence of the paragraph; the lists below it name more."""


def paragraph(context: Context) -> tuple[Sentence, ...]:
    """The sentences in order, strengths first; empty when nothing was found."""
    return tuple(sentence for part in PARTS for sentence in part(context))


def _sentence(text: str, turns: list[int]) -> Iterator[Sentence]:
    if turns:
        yield Sentence(text, tuple(turns[:NAMED]), len(turns[NAMED:]), None)


def _most(context: Context, family: Family) -> tuple[CodeLabel, list[int]] | None:
    """The code of `family` that was seen in most turns, with their numbers."""
    found: dict[CodeLabel, set[int]] = {}
    for marker in context.counted():
        code = context.widest(marker.code)
        if code.family is family:
            found.setdefault(code, set()).add(context.marker_number(marker))
    if not found:
        return None
    code = max(found, key=lambda c: (len(found[c]), c.code))
    return code, sorted(found[code])


def _skill(context: Context) -> Iterator[Sentence]:
    most = _most(context, Family.SKILL)
    if most:
        yield from _said(context, "paragraph.skill", *most, Role.THERAPIST)


def _client(context: Context) -> Iterator[Sentence]:
    most = _most(context, Family.CLIENT)
    if most:
        yield from _said(context, "paragraph.client", *most, Role.CLIENT)


def _said(context: Context, key: str, code: CodeLabel, turns: list[int], role: Role) -> Iterator[Sentence]:
    of = context.n_turns(role)
    yield from _sentence(context.words.count(key, len(turns), label=code.label, of=context.words.whole(of)), turns)


def _alliance(context: Context) -> Iterator[Sentence]:
    """The alliance scales in words, by the side of the neutral value that their whole interval lies on."""
    for instrument in context.labels.instruments[:1]:
        scores = {s.scale: s for s in context.coded.scores if s.instrument == instrument.instrument}
        sides: dict[str, list[tuple[str, Score]]] = {"above": [], "across": [], "below": []}
        for scale in instrument.scales:
            score = scores.get(scale.scale)
            if scale.scale != "total" and score is not None and scale.text_codable:
                side = side_of(instrument, score)
                if side:
                    sides[side].append((context.scale_name(instrument, scale), score))
        for side, found in sides.items():
            names = context.words.listed(tuple(name for name, _ in found))
            yield from _sentence(
                context.words.count(f"paragraph.{side}", len(found), names=names),
                _evidence(side, [score for _, score in found]),
            )


def _evidence(side: str, scores: list[Score]) -> list[int]:
    pairs = {"above": ("evidence_for",), "below": ("evidence_against",)}
    turns: Counter[int] = Counter()
    for score in scores:
        for name in pairs.get(side, ("evidence_for", "evidence_against")):
            turns.update(getattr(score, name))
    return [turn + 1 for turn, _ in turns.most_common()]


def _strains(context: Context) -> Iterator[Sentence]:
    events = context.strains
    if not events:
        return
    ends = Counter(event.resolution for event in events)
    parts = tuple(context.words.count(f"paragraph.ends.{end.value}", ends[end]) for end in Resolution if ends[end])
    if len(ends) == 1:
        whose = "end" if len(events) == 1 else "each"
        parts = (context.words(f"paragraph.{whose}.{events[0].resolution.value}"),)
    where = context.span_words(events[0].start, events[0].end)
    text = context.words.count("paragraph.strains", len(events), where=where, ends=context.words.listed(parts))
    yield from _sentence(text, sorted({sign_number(context, event) for event in events}))


def _hindrance(context: Context) -> Iterator[Sentence]:
    found = [m for m in context.counted() if context.widest(m.code).family is Family.HINDRANCE]
    turns = sorted({context.marker_number(m) for m in found})
    yield from _sentence(context.words.count("paragraph.hindrance", len(turns)), turns)


PARTS = (_skill, _client, _alliance, _strains, _hindrance)
"""What the paragraph is made of, in its order."""
