"""The report over a caseload: what the last sessions leave open, client by client, in the order of their names.

Nobody is ranked, nothing is counted by therapist, and no figure of a client is held against a threshold: a fall is
named only when it passes the error of the two scores themselves.
"""

from collections.abc import Iterator, Sequence

from transcript_alliance.report.blinded import blinded_sections
from transcript_alliance.report.change import Change, Direction
from transcript_alliance.report.chart import caseload_chart, scale_name, session_names, strain_words
from transcript_alliance.report.closing import limits_section, trust_section
from transcript_alliance.report.course import Course
from transcript_alliance.report.document import Block, Document, Section, Style, Table, Text
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.over_time import (
    NONE,
    change_cell,
    shown_scales,
    signed,
    value_cell,
    visit_name,
)
from transcript_alliance.report.words import Words, visible

OVERALL = "total"
"""The scale that stands for the whole alliance, where an instrument has it."""


def caseload_document(
    courses: Sequence[Course], instrument: InstrumentLabel, words: Words, version: str, blinded: bool
) -> Document:
    """The report of several clients; at least one."""
    rated = any(visit.rating is not None for course in courses for visit in course.visits)
    sections = [
        *(blinded_sections(courses, instrument, words) if blinded or rated else ()),
        Section("open", words("caseload.sections.open"), tuple(_open(courses, instrument, words))),
        Section("clients", words("caseload.sections.clients"), tuple(_clients(courses, instrument, words))),
        trust_section(courses, instrument, words),
        limits_section(words),
    ]
    return Document(
        words("language"),
        words("caseload.kicker"),
        words("caseload.title"),
        _facts(courses, words),
        words("page.use"),
        words("caseload.keep"),
        tuple(sections),
        words("page.footer", version=version),
    )


def _facts(courses: Sequence[Course], words: Words) -> tuple[str, ...]:
    n_sessions = sum(len(course.visits) for course in courses)
    dates = [visit.listed.date for course in courses for visit in course.visits if visit.listed.date]
    n_hidden = sum(visit.hidden for course in courses for visit in course.visits)
    facts = [words.count("caseload.clients", len(courses)), words.count("course.facts.sessions", n_sessions)]
    if dates:
        facts.append(words("course.facts.dates", first=min(dates), last=max(dates)))
    if n_hidden:
        facts.append(words.count("course.facts.hidden", n_hidden))
    return tuple(facts)


def _open(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    yield Text(words("caseload.open_lead", bar=words.percent(STRAIN_FROM)), Style.LEAD)
    rows = []
    for course in courses:
        last = course.visits[-1]
        strains = "\n".join(strain_words(words, strain) for strain in last.unanswered)
        falls = "\n".join(_falls(course, instrument, words))
        if strains or falls:
            name = visit_name(words, last, session_names(course.visits)[-1])
            rows.append((visible(course.client), name, strains or NONE, falls or NONE))
    if rows:
        columns = tuple(words(f"caseload.open_columns.{c}") for c in ("client", "session", "strains", "falls"))
        yield Table(words("caseload.open_caption"), columns, tuple(rows))
    n_hidden = sum(course.visits[-1].hidden for course in courses)
    if not rows and not n_hidden:
        yield Text(words("caseload.open_none"))
    if n_hidden:
        yield Text(words.count("caseload.open_hidden", n_hidden), Style.NOTICE)
    n_models = len({model for course in courses for model in course.models})
    if n_models > 1:
        yield Text(words("caseload.models", n=n_models), Style.NOTICE)
    n_absent = sum(len(course.absent) for course in courses)
    if n_absent:
        yield Text(words.count("course.absent", n_absent), Style.NOTICE)


def _falls(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[str]:
    """Falls of the last session beyond the error, since the session before or else since the first: a line for each.

    The scales of one line are named together, and the figures are those of the overall scale or else of the first:
    the client's own report has them all.
    """
    if course.visits[-1].hidden:
        return
    found: dict[str, list[tuple[int, Change]]] = {"before": [], "first": []}
    for place in shown_scales(course, instrument):
        scale = course.scales[place]
        # Where the last session has no number, the overall change ends at an earlier one.
        overall = scale.overall if scale.values[-1] is not None and scale.values[-1].value is not None else None
        for change, since in ((scale.steps[-1], "before"), (overall, "first")):
            if change is not None and change.direction is Direction.FALL:
                found[since].append((place, change))
                break
    for since, falls in found.items():
        if falls:
            yield _fall_line(falls, instrument, words(f"caseload.since.{since}"), words)


def _fall_line(falls: list[tuple[int, Change]], instrument: InstrumentLabel, since: str, words: Words) -> str:
    ids = [scale.scale for scale in instrument.scales]
    place, change = next((fall for fall in falls if ids[fall[0]] == OVERALL), falls[0])
    difference, low, high = (signed(words, v) for v in (change.difference, change.low, change.high))
    return words.count(
        "caseload.fall",
        len(falls),
        scales=words.listed(tuple(scale_name(words, instrument, number) for number, _ in falls)),
        scale=scale_name(words, instrument, place),
        difference=difference,
        low=low,
        high=high,
        since=since,
    )


def _clients(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    ids = [scale.scale for scale in instrument.scales]
    place = ids.index(OVERALL) if OVERALL in ids else len(ids) - 1
    name = scale_name(words, instrument, place)
    low, high = f"{instrument.low:g}", f"{instrument.high:g}"
    yield Text(words("caseload.clients_lead", scale=name, low=low, high=high), Style.LEAD)
    chart = caseload_chart(courses, place, instrument, words)
    if chart.lanes:
        yield chart
    therapists = any(visit.listed.therapist for course in courses for visit in course.visits)
    keys = ("client", *(("therapist",) if therapists else ()), "n", "last", "value", "before", "first", "strains")
    rows = []
    for course in courses:
        last, scale = course.visits[-1], course.scales[place]
        rows.append((
            visible(course.client),
            *((visible(last.listed.therapist),) if therapists else ()),
            str(len(course.visits)),
            visit_name(words, last, session_names(course.visits)[-1]),
            value_cell(words, scale.values[-1], last.hidden),
            change_cell(words, scale.steps[-1]),
            change_cell(words, scale.overall),
            words("course.hidden_cell") if last.hidden else _strain_counts(course, words),
        ))  # fmt: skip
    columns = tuple(words(f"caseload.columns.{key}", scale=name) for key in keys)
    yield Table(words("caseload.clients_caption"), columns, tuple(rows))


def _strain_counts(course: Course, words: Words) -> str:
    strains = course.visits[-1].strains
    if not strains:
        return words("course.no_strain")
    return words("caseload.strain_counts", n=len(strains), unanswered=len(course.visits[-1].unanswered))
