"""Section 5: each facilitative skill with examples done well and moments where another answer was open.

Both come from the codes of turns alone: take a marker or a strain away and its example is gone.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from transcript_alliance.annotations import Marker, Resolution, RuptureEvent
from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.ruptures import sign_number

EXAMPLES = 2
"""Moments of each sort that a skill shows; our choice: enough to see, few enough to read."""


@dataclass(frozen=True, slots=True)
class Skill:
    """What shows a skill and what calls for it; the fields of `templates/skills.toml`."""

    instrument: str
    scale: str
    shown_by: tuple[str, ...]
    asked_by: tuple[str, ...]
    answered_by: tuple[str, ...]
    hindered_by: tuple[str, ...]
    strains: bool


@dataclass(frozen=True, slots=True)
class OpenMoment:
    """A client's turn after which another answer was open, and the turn that followed it."""

    client: int
    """Turn numbers, from 1."""
    answer: int | None
    """None where the session ended."""
    weight: float
    """For ranking: strains before turns that may hinder before unanswered openings, each by its probability."""


@dataclass(frozen=True, slots=True)
class SkillView:
    """Examples of one skill, ready to be shown."""

    well: tuple[Quote, ...]
    """The therapist's words, surest first."""
    further_well: tuple[int, ...]
    """Numbers of further turns that showed it, in the order of the session."""
    open: tuple[tuple[Quote, Quote | None], ...]
    """The client's words and the therapist's next."""
    further_open: tuple[int, ...]


@cache
def load_skills() -> tuple[Skill, ...]:
    """The skills that the report knows the codes of."""
    text = (files("transcript_alliance.report") / "templates" / "skills.toml").read_text("utf-8")
    lists = ("shown_by", "asked_by", "answered_by", "hindered_by")
    return tuple(Skill(**entry | {key: tuple(entry[key]) for key in lists}) for entry in tomllib.loads(text)["skill"])


def skill_views(context: Context) -> dict[tuple[str, str], SkillView]:
    """Examples by instrument and scale, for every skill of `skills.toml`."""
    return {(skill.instrument, skill.scale): _view(context, skill) for skill in load_skills()}


def well_shown(context: Context, skill: Skill) -> list[Marker]:
    """Markers of the skill, one a turn, surest first; those that name their words before those that do not."""
    found: dict[int, Marker] = {}
    ranked = sorted(context.counted(), key=lambda m: (-m.score, not m.spans, m.start))
    for marker in ranked:
        if context.widest(marker.code).code in skill.shown_by:
            found.setdefault(context.marker_number(marker), marker)
    return list(found.values())


def open_moments(context: Context, skill: Skill) -> list[OpenMoment]:
    """Moments in which the skill was another possible answer, weightiest first, one a turn of the client."""
    found: dict[int, OpenMoment] = {}
    for moment in sorted(_candidates(context, skill), key=lambda m: (-m.weight, m.client)):
        found.setdefault(moment.client, moment)
    return list(found.values())


def _candidates(context: Context, skill: Skill) -> Iterator[OpenMoment]:
    if skill.strains:
        yield from (_strain(context, e) for e in context.strains if e.resolution is not Resolution.RESOLVED)
    by_turn: dict[int, set[str]] = {}
    for marker in context.counted():
        by_turn.setdefault(context.marker_number(marker), set()).update((marker.code, context.widest(marker.code).code))
    for marker in context.counted():
        number, codes = context.marker_number(marker), {marker.code, context.widest(marker.code).code}
        if codes & set(skill.hindered_by) and number > 1:
            yield OpenMoment(_words_before(context, number), number, 1 + marker.score)
        elif codes & set(skill.asked_by):
            answer = context.answer_to(number)
            if answer is not None and not by_turn.get(answer, set()) & set(skill.answered_by):
                yield OpenMoment(number, answer, marker.score)


def _strain(context: Context, event: RuptureEvent) -> OpenMoment:
    client = sign_number(context, event)
    return OpenMoment(client, context.answer_to(client), 2 + event.score)


def _words_before(context: Context, number: int) -> int:
    """The last turn before `number` that is not a listener's signal."""
    turns = context.coded.session.turns
    return next((n for n in range(number - 1, 0, -1) if not turns[n - 1].backchannel), number - 1)


def _view(context: Context, skill: Skill) -> SkillView:
    well, moments = well_shown(context, skill), open_moments(context, skill)
    return SkillView(
        tuple(context.quote_marker(marker) for marker in well[:EXAMPLES]),
        tuple(sorted(context.marker_number(marker) for marker in well[EXAMPLES:])),
        tuple(
            (context.quote(m.client), None if m.answer is None else context.quote(m.answer)) for m in moments[:EXAMPLES]
        ),
        tuple(sorted(moment.client for moment in moments[EXAMPLES:])),
    )
