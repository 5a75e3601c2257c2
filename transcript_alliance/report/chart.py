"""The picture of a client's sessions: lanes that share one width, one step a session.

Positions across are percent of the width, down they are pixels of the lane, as in `figures`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from transcript_alliance.annotations import Resolution
from transcript_alliance.report.change import Direction
from transcript_alliance.report.course import Course, ScaleCourse, Strain, Visit
from transcript_alliance.report.figures import Scale
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.manifest import outcome, outcome_names
from transcript_alliance.report.measures import known_measure
from transcript_alliance.report.words import Words, visible

LANE_HEIGHT = 112
SMALL_HEIGHT = 80
"""Of a client's lane in a caseload."""
LANE_PAD = 16
"""Pixels free above and below a lane's scale, for the marks."""
MARK_STEP = 13
"""Pixels from one strain's mark to the next above it."""
MOST_MARKS = 6
"""Strains of one session that are drawn; the table has them all."""
MAX_TICKS = 14


@dataclass(frozen=True, slots=True)
class Dot:
    """One session's value with its interval, as pixels, and in words."""

    x: float
    y: float
    y_low: float
    y_high: float
    arrow: str
    """`rise` or `fall` when the change since the session before is beyond its error; else empty."""
    rules: int
    """How many of the rules see a fall here, 0 to 2."""
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One scale or outcome measure over the sessions."""

    label: str
    height: int
    marks: tuple[tuple[float, str], ...]
    """Pixels and label of the values at its side."""
    neutral: float | None
    dots: tuple[Dot, ...]
    joins: tuple[tuple[Dot, Dot], ...]
    """Neighbours that may be set against each other."""
    intervals: bool
    """False for a measure that comes without one."""
    summary: str
    """The lane in one sentence, for those who do not see it."""


@dataclass(frozen=True, slots=True)
class StrainMark:
    """One strain above its session."""

    x: float
    y: float
    resolution: str
    """Value of `Resolution`."""
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The whole picture."""

    name: str
    session_word: str
    ticks: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]
    strains_label: str
    strains: tuple[StrainMark, ...]
    strains_height: int
    """0 when there is no strain to draw."""
    strains_summary: str
    hidden: tuple[float, ...]
    """Where a session's scores are hidden until a person has rated it."""
    key: tuple[tuple[str, str], ...]
    """Symbol and its meaning, for what occurs."""


def session_names(visits: Sequence[Visit]) -> tuple[str, ...]:
    """What each session is called in the course: its number, or else its place.

    >>> session_names([])
    ()
    """
    numbers = [visit.listed.number for visit in visits]
    places = range(1, len(numbers) + 1)
    return tuple(str(p if n is None else n) for p, n in zip(places, numbers, strict=True))


def scale_name(words: Words, instrument: InstrumentLabel, place: int) -> str:
    """The name of the instrument's scale number `place` in the report's language."""
    scale = instrument.scales[place]
    return words.get(f"instruments.{instrument.instrument}.scale_names.{scale.scale}") or visible(scale.label)


def course_chart(course: Course, instrument: InstrumentLabel, words: Words) -> Chart:
    """The picture of one client's sessions."""
    visits, names = course.visits, session_names(course.visits)
    lanes = [
        _scale_lane(course, place, instrument, words, scale_name(words, instrument, place), len(visits), LANE_HEIGHT)
        for place, scale in enumerate(instrument.scales)
        if scale.text_codable
    ]
    measures = outcome_names(visit.listed for visit in visits)
    lanes += [lane for name in measures for lane in _outcome_lane(visits, name, words, names)]
    strains = _strain_marks(visits, words, names)
    tallest = max((min(len(visit.strains), MOST_MARKS) for visit in visits), default=0)
    hidden = tuple(_x(place, len(visits)) for place, visit in enumerate(visits) if visit.hidden)
    known = tuple(lane for lane in lanes if lane.dots)
    return Chart(
        words("chart.name"),
        words("chart.session"),
        _ticks(names, len(visits)),
        known,
        words("chart.strains"),
        strains,
        tallest * MARK_STEP + 8 if tallest else 0,
        words.count("chart.strains_summary", sum(len(visit.strains) for visit in visits)),
        hidden,
        _key(known, strains, hidden, words),
    )


def caseload_chart(courses: Sequence[Course], scale: int, instrument: InstrumentLabel, words: Words) -> Chart:
    """One lane a client, in the order of `courses`: the scale number `scale` from each client's first session on."""
    n_steps = max(len(course.visits) for course in courses)
    lanes = tuple(
        _scale_lane(course, scale, instrument, words, visible(course.client), n_steps, SMALL_HEIGHT)
        for course in courses
    )
    places = [str(place) for place in range(1, n_steps + 1)]
    known = tuple(lane for lane in lanes if lane.dots)
    name = words("chart.caseload_name", scale=scale_name(words, instrument, scale))
    key = _key(known, (), (), words)
    return Chart(name, words("chart.session"), _ticks(places, n_steps), known, "", (), 0, "", (), key)


def _x(place: int, n_steps: int) -> float:
    return round(100 * (place + 0.5) / n_steps, 2)


def _ticks(names: Sequence[str], n_steps: int) -> tuple[tuple[float, str], ...]:
    step = math.ceil(len(names) / MAX_TICKS)
    return tuple((_x(place, n_steps), name) for place, name in enumerate(names) if place % step == 0)


def _scale_lane(
    course: Course, place: int, instrument: InstrumentLabel, words: Words, label: str, n_steps: int, height: int
) -> Lane:
    axis = Scale(instrument.low, instrument.high)
    scale, names = course.scales[place], session_names(course.visits)
    dots: dict[int, Dot] = {}
    said = []
    for number, score in enumerate(scale.values):
        if score is None or score.value is None or score.low is None or score.high is None:
            continue
        figures = [words.number(v) for v in (score.value, score.low, score.high)]
        item = words("chart.item", session=names[number], value=figures[0], low=figures[1], high=figures[2])
        said.append(item)
        y, y_low, y_high = (axis.y(v, height, LANE_PAD) for v in (score.value, score.low, score.high))
        x = _x(number, n_steps)
        dots[number] = Dot(x, y, y_low, y_high, _arrow(scale, number), _rules(scale, number), f"{label}: {item}")
    values = [v for v in (instrument.high, instrument.neutral, instrument.low) if v is not None]
    return Lane(
        label,
        height,
        tuple((axis.y(v, height, LANE_PAD), f"{v:g}") for v in values),
        None if instrument.neutral is None else axis.y(instrument.neutral, height, LANE_PAD),
        tuple(dots.values()),
        tuple(
            (dots[a], dots[b])
            for a, b in pairwise(dots)
            if b == a + 1 and course.visits[a].model_sha256 == course.visits[b].model_sha256
        ),
        True,
        words("chart.summary", label=label, items=words("list.comma").join(said)),
    )


def _arrow(scale: ScaleCourse, number: int) -> str:
    step = scale.steps[number]
    return step.direction.value if step is not None and step.direction is not Direction.WITHIN else ""


def _rules(scale: ScaleCourse, number: int) -> int:
    return sum(any(drop.at == number for drop in rule.drops) for rule in scale.rules)


def _outcome_lane(visits: Sequence[Visit], name: str, words: Words, names: Sequence[str]) -> tuple[Lane, ...]:
    known = {place: v for place, visit in enumerate(visits) if (v := outcome(visit.listed, name)) is not None}
    if not known:
        return ()
    low, high = min(0.0, *known.values()), max(known.values())
    axis = Scale(low, high if high > low else low + 1)
    measure = known_measure(name)
    label = visible(name) if measure is None else words("outcomes.lower_better", name=visible(name))
    dots, said = {}, []
    for place, value in known.items():
        item = words("chart.bare_item", session=names[place], value=f"{value:g}")
        said.append(item)
        y = axis.y(value, LANE_HEIGHT, LANE_PAD)
        dots[place] = Dot(_x(place, len(visits)), y, y, y, "", 0, f"{label}: {item}")
    marks = tuple((axis.y(v, LANE_HEIGHT, LANE_PAD), f"{v:g}") for v in (axis.high, axis.low))
    joins = tuple((dots[a], dots[b]) for a, b in pairwise(dots) if b == a + 1)
    summary = words("chart.summary", label=label, items=words("list.comma").join(said))
    return (Lane(label, LANE_HEIGHT, marks, None, tuple(dots.values()), joins, False, summary),)


def _strain_marks(visits: Sequence[Visit], words: Words, names: Sequence[str]) -> tuple[StrainMark, ...]:
    tallest = max((min(len(visit.strains), MOST_MARKS) for visit in visits), default=0)
    marks = []
    for place, visit in enumerate(visits):
        for height, strain in enumerate(visit.strains[:MOST_MARKS]):
            y = (tallest - height) * MARK_STEP - 2.0
            title = words("chart.strain_title", session=names[place], strain=strain_words(words, strain))
            marks.append(StrainMark(_x(place, len(visits)), y, strain.resolution.value, title))
    return tuple(marks)


def strain_words(words: Words, strain: Strain) -> str:
    """A strain in words: kind, turns, how it stands, how likely it is one; no words of the session."""
    return words(
        "course.strain",
        place=strain_place(words, strain),
        outcome=words(f"ruptures.outcomes.{strain.resolution.value}"),
        chance=words.percent(strain.score),
    )


def strain_place(words: Words, strain: Strain) -> str:
    """Kind and turns of a strain in words."""
    where = (
        words("turns.one", number=strain.first)
        if strain.first == strain.last
        else words("turns.span", first=strain.first, last=strain.last)
    )
    return words("course.strain_place", kind=words(f"ruptures.kinds.{strain.kind.value}"), where=where)


def _key(
    lanes: Sequence[Lane], strains: Sequence[StrainMark], hidden: Sequence[float], words: Words
) -> tuple[tuple[str, str], ...]:
    dots = [dot for lane in lanes for dot in lane.dots]
    seen = {
        "interval": any(lane.intervals for lane in lanes),
        "rise": any(dot.arrow == Direction.RISE.value for dot in dots),
        "fall": any(dot.arrow == Direction.FALL.value for dot in dots),
        "drop1": any(dot.rules == 1 for dot in dots),
        "drop2": any(dot.rules == 2 for dot in dots),
        **{end.value: any(mark.resolution == end.value for mark in strains) for end in Resolution},
        "hidden": bool(hidden),
    }
    return tuple((symbol, words(f"chart.key.{symbol}")) for symbol, there in seen.items() if there)
