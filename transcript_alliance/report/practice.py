"""Section 6: three moments of the session to practise on, each with the client's words, a skill and a prompt."""

from collections.abc import Iterator
from dataclasses import dataclass

from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.skills import Skill, load_skills, open_moments, well_shown

MOMENTS = 3
"""On the card; our choice: one sitting of practice."""
APART = 2
"""Turns that two moments are apart at least, so that one exchange is not practised twice."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment to practise on, ready to be shown."""

    place: int
    skill: str
    """The skill's name."""
    before: Quote
    """What the client said."""
    said: Quote | None
    """What the therapist said next; None at the session's end."""
    again: bool
    """True for a moment done well, to be said once more in other words."""
    prompt: str
    holds: str
    """What an answer with this skill holds."""
    harder: str


@dataclass(frozen=True, slots=True)
class _Found:
    skill: Skill
    client: int
    answer: int | None
    weight: float
    again: bool


def practice_card(context: Context) -> tuple[Moment, ...]:
    """Up to three moments in the order of the session: first where another answer was open, then done well.

    Empty when the codes of the session give none, or when the wording has no prompts.
    """
    chosen: list[_Found] = []
    for pool in (_open(context), _well(context)):
        ranked = sorted(pool, key=lambda found: (-found.weight, found.client))
        # Each skill once at first, so that the card does not practise one thing three times.
        for fresh in (True, False):
            for found in ranked:
                if len(chosen) < MOMENTS and _fits(found, chosen, fresh):
                    chosen.append(found)
    ordered = sorted(chosen, key=lambda found: found.client)
    return tuple(_moment(context, place, found) for place, found in enumerate(ordered, start=1))


def _fits(found: _Found, chosen: list[_Found], fresh: bool) -> bool:
    apart = all(abs(found.client - other.client) >= APART for other in chosen)
    return apart and not (fresh and any(found.skill == other.skill for other in chosen))


def _known(context: Context) -> Iterator[Skill]:
    return (s for s in load_skills() if context.words.get(f"practice.{s.scale}.prompt"))


def _open(context: Context) -> Iterator[_Found]:
    for skill in _known(context):
        for moment in open_moments(context, skill):
            yield _Found(skill, moment.client, moment.answer, moment.weight, again=False)


def _well(context: Context) -> Iterator[_Found]:
    for skill in _known(context):
        for marker in well_shown(context, skill):
            number = context.marker_number(marker)
            if number > 1:
                yield _Found(skill, number - 1, number, marker.score, again=True)


def _moment(context: Context, place: int, found: _Found) -> Moment:
    scale, words = found.skill.scale, context.words
    instrument = next((i for i in context.labels.instruments if i.instrument == found.skill.instrument), None)
    label = next((s for s in instrument.scales if s.scale == scale), None) if instrument else None
    return Moment(
        place,
        context.scale_name(instrument, label) if instrument and label else words(f"practice.{scale}.name"),
        context.quote(found.client, limit=280),
        None if found.answer is None else context.quote(found.answer),
        found.again,
        words(f"practice.{scale}.{'again' if found.again else 'prompt'}"),
        words(f"practice.{scale}.holds"),
        words(f"practice.{scale}.harder"),
    )
