"""The person first: a form for ratings, and the model's scores only beside ratings that are there."""

from collections.abc import Iterator, Sequence

from transcript_alliance.report.chart import scale_name, session_names
from transcript_alliance.report.course import Course, Visit
from transcript_alliance.report.document import Block, Section, Style, Table, Text
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.manifest import RATED
from transcript_alliance.report.words import Words, visible


def blinded_sections(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> tuple[Section, ...]:
    """The form for the sessions that nobody has rated, and the ratings that are there beside the model's scores."""
    parts = (("form", _form), ("beside", _beside))
    made = ((anchor, tuple(part(courses, instrument, words))) for anchor, part in parts)
    return tuple(Section(anchor, words(f"blinded.{anchor}_title"), blocks) for anchor, blocks in made if blocks)


def unrated(courses: Sequence[Course]) -> tuple[str, ...]:
    """Names of the sessions whose scores are hidden, in the order of the report."""
    return tuple(visit.listed.session for course in courses for visit in course.visits if visit.hidden)


def _visits(courses: Sequence[Course]) -> Iterator[tuple[Course, Visit, str]]:
    for course in courses:
        for visit, name in zip(course.visits, session_names(course.visits), strict=True):
            yield course, visit, name


def _places(instrument: InstrumentLabel) -> list[int]:
    """Places of the scales that a person rates, in the order of `RATED`."""
    ids = [scale.scale for scale in instrument.scales]
    return [ids.index(scale) for scale in RATED if scale in ids]


def _form(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    rows = [
        (visible(visit.listed.session), visible(course.client), name, visit.listed.date, "", "", "")
        for course, visit, name in _visits(courses)
        if visit.hidden
    ]
    if not rows:
        return
    neutral = instrument.neutral
    yield Text(words("blinded.form_lead", low=f"{instrument.low:g}", high=f"{instrument.high:g}"), Style.LEAD)
    if neutral is not None:
        yield Text(words("blinded.form_neutral", neutral=f"{neutral:g}"))
    names = [scale_name(words, instrument, place) for place in _places(instrument)]
    columns = (*(words(f"blinded.columns.{c}") for c in ("session", "client", "number", "date")), *names)
    yield Table(words("blinded.form_caption"), columns, tuple(rows), to_fill=True)
    yield Text(words("blinded.sign"), Style.SIGN)
    yield Text(words("blinded.form_next"))


def _beside(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    rows = []
    for course, visit, name in _visits(courses):
        if visit.rating is None:
            continue
        for place, own in zip(_places(instrument), visit.rating.values, strict=True):
            score = visit.scores[place]
            if score is None or score.value is None or score.low is None or score.high is None:
                cell, reading = words("course.no_number"), ""
            else:
                value, low, high = (words.number(v) for v in (score.value, score.low, score.high))
                cell = words("course.value", value=value, low=low, high=high)
                inside = score.low <= own <= score.high
                reading = words("blinded.inside" if inside else "blinded.outside")
            label = scale_name(words, instrument, place)
            rows.append((visible(visit.listed.session), visible(course.client), name, label, f"{own:g}", cell, reading))
    if rows:
        yield Text(words("blinded.beside_lead"), Style.LEAD)
        keys = ("session", "client", "number", "scale", "own", "model", "reading")
        yield Table(words("blinded.beside_caption"), tuple(words(f"blinded.columns.{c}") for c in keys), tuple(rows))
