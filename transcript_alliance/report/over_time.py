"""The report over the sessions of one client: the alliance with its intervals, strains, outcome, and what changed.

A change is called one only beyond the reliable change index; everything smaller is said to be within the error.
"""

from collections.abc import Iterator, Sequence

from transcript_alliance.annotations import Score
from transcript_alliance.report.blinded import blinded_sections
from transcript_alliance.report.change import Change, Direction
from transcript_alliance.report.chart import course_chart, scale_name, session_names, strain_place, strain_words
from transcript_alliance.report.closing import limits_section, trust_section
from transcript_alliance.report.course import Course, RuleResult, ScaleCourse, Visit
from transcript_alliance.report.document import Block, Bullets, Document, Section, Style, Table, Text
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.likely import STRAIN_FROM
from transcript_alliance.report.manifest import outcome, outcome_names
from transcript_alliance.report.outcomes import outcome_changes
from transcript_alliance.report.words import Words, visible

NONE = "–"
ARROWS = {Direction.RISE: "▲ ", Direction.FALL: "▼ ", Direction.WITHIN: ""}


def client_document(course: Course, instrument: InstrumentLabel, words: Words, version: str, blinded: bool) -> Document:
    """The report of one client over time."""
    visits = course.visits
    sections = [
        Section("summary", words("course.sections.summary"), tuple(_summary(course, instrument, words))),
        *(blinded_sections((course,), instrument, words) if blinded or _rated(visits) else ()),
        Section("sessions", words("course.sections.sessions"), tuple(_sessions(course, instrument, words))),
        Section("changes", words("course.sections.changes"), tuple(_changes(course, instrument, words))),
        Section("falls", words("course.sections.falls"), tuple(_falls(course, instrument, words))),
        Section("strains", words("course.sections.strains"), tuple(_strains(course, words))),
        trust_section((course,), instrument, words),
        limits_section(words),
    ]
    return Document(
        words("language"),
        words("course.kicker"),
        visible(course.client),
        _facts(course, words),
        words("page.use"),
        words("course.keep"),
        tuple(sections),
        words("page.footer", version=version),
    )


def signed(words: Words, value: float) -> str:
    """A difference with its sign, one decimal; a difference that rounds to nothing has none."""
    text = words.number(abs(value))
    if not any(c in "123456789" for c in text):
        return text
    return f"+{text}" if value > 0 else f"−{text}"


def value_cell(words: Words, score: Score | None, hidden: bool = False) -> str:
    """A score with its interval in one cell; why there is none where there is none."""
    if hidden:
        return words("course.hidden_cell")
    if score is None or score.value is None or score.low is None or score.high is None:
        return words("course.no_number") if score is not None and score.abstained else NONE
    value, low, high = (words.number(v) for v in (score.value, score.low, score.high))
    return words("course.value", value=value, low=low, high=high)


def change_cell(words: Words, change: Change | None) -> str:
    """A change with its interval and what may be said of it."""
    if change is None:
        return NONE
    return words(
        f"course.change.{change.direction.value}",
        arrow=ARROWS[change.direction],
        difference=signed(words, change.difference),
        low=signed(words, change.low),
        high=signed(words, change.high),
        threshold=words.number(change.threshold),
    )


def visit_name(words: Words, visit: Visit, name: str) -> str:
    """A session by its number, with its date where there is one."""
    if visit.listed.date:
        return words("course.session_dated", session=name, date=visit.listed.date)
    return words("course.session_plain", session=name)


def shown_scales(course: Course, instrument: InstrumentLabel) -> list[int]:
    """Places of the scales that a text can be rated on and that have a number somewhere."""
    return [
        place
        for place, scale in enumerate(instrument.scales)
        if scale.text_codable and any(s is not None and s.value is not None for s in course.scales[place].values)
    ]


def _rated(visits: Sequence[Visit]) -> bool:
    return any(visit.rating is not None for visit in visits)


def _facts(course: Course, words: Words) -> tuple[str, ...]:
    facts = [words.count("course.facts.sessions", len(course.visits))]
    dates = [visit.listed.date for visit in course.visits if visit.listed.date]
    if dates:
        facts.append(words("course.facts.dates", first=min(dates), last=max(dates)))
    therapists = dict.fromkeys(v.listed.therapist for v in course.visits if v.listed.therapist)
    if therapists:
        names = words("list.comma").join(visible(t) for t in therapists)
        facts.append(words("course.facts.therapist", names=names))
    n_hidden = sum(visit.hidden for visit in course.visits)
    if n_hidden:
        facts.append(words.count("course.facts.hidden", n_hidden))
    return tuple(facts)


def _summary(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    items = [
        *_overall_sentences(course, instrument, words),
        *_step_sentences(course, instrument, words),
        *_last_sentences(course, words),
    ]
    yield Text(words("course.lead"), Style.LEAD)
    if items:
        yield Bullets(tuple(items))
    if len(course.models) > 1:
        names = words("list.comma").join(visible(m) for m in course.models)
        yield Text(words("course.models", names=names), Style.NOTICE)
    if course.absent:
        yield Text(words.count("course.absent", len(course.absent)), Style.NOTICE)


def _overall_sentences(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[str]:
    within = []
    for place in shown_scales(course, instrument):
        change, name = course.scales[place].overall, scale_name(words, instrument, place)
        if change is None:
            continue
        if change.direction is Direction.WITHIN:
            within.append(name)
        else:
            key = f"course.overall.{change.direction.value}"
            yield words(key, scale=name, before=words.number(change.before), after=words.number(change.after),
                        difference=signed(words, change.difference), low=signed(words, change.low),
                        high=signed(words, change.high), threshold=words.number(change.threshold))  # fmt: skip
    if within:
        yield words("course.overall.within", scales=words.listed(tuple(within)))
    if all(course.scales[place].overall is None for place in range(len(course.scales))):
        yield words("course.overall.none")


def _step_sentences(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[str]:
    """Changes from one session to the next beyond the error, session by session: what the picture's arrows mark."""
    found = []
    for place, name in enumerate(session_names(course.visits)):
        for direction in (Direction.RISE, Direction.FALL):
            scales = [
                scale_name(words, instrument, number)
                for number in shown_scales(course, instrument)
                if (step := course.scales[number].steps[place]) is not None and step.direction is direction
            ]
            if scales:
                names = words.listed(tuple(scales))
                found.append(words(f"course.between.{direction.value}", session=name, scales=names))
    if found:
        yield words("course.between.sentence", items=words("list.semicolon").join(found))


def _last_sentences(course: Course, words: Words) -> Iterator[str]:
    last, name = course.visits[-1], session_names(course.visits)[-1]
    if last.hidden:
        yield words("course.last_hidden", session=name)
        return
    if not any(score is not None and score.value is not None for score in last.scores):
        yield words("course.last_no_number", session=name)
    if last.unanswered:
        strains = words("list.semicolon").join(strain_place(words, strain) for strain in last.unanswered)
        yield words.count("course.last_unanswered", len(last.unanswered), session=name, strains=strains)
    elif last.strains:
        yield words.count("course.last_answered", len(last.strains), session=name)
    else:
        yield words("course.last_none", session=name)


def _sessions(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    yield Text(words("course.chart_lead", low=f"{instrument.low:g}", high=f"{instrument.high:g}"), Style.LEAD)
    yield course_chart(course, instrument, words)
    scales = shown_scales(course, instrument)
    measures = outcome_names(visit.listed for visit in course.visits)
    rows = []
    for number, (visit, name) in enumerate(zip(course.visits, session_names(course.visits), strict=True)):
        values = (value_cell(words, course.scales[p].values[number], visit.hidden) for p in scales)
        outcomes = (NONE if (v := outcome(visit.listed, m)) is None else f"{v:g}" for m in measures)
        rows.append((visit_name(words, visit, name), *values, *outcomes))
    columns = (
        words("chart.session"),
        *(scale_name(words, instrument, p) for p in scales),
        *(visible(m) for m in measures),
    )
    yield Table(words("course.sessions_caption"), columns, tuple(rows))
    reasons = {
        score.abstained: None
        for scale in course.scales
        for score in scale.values
        if score is not None and score.abstained
    }
    if reasons:
        yield Text(words("course.abstained", reasons=" ".join(words.reason(r) for r in reasons if r)), Style.SOURCE)


def _changes(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    yield Text(words("course.changes_lead"), Style.LEAD)
    names = session_names(course.visits)
    rows = []
    for place in shown_scales(course, instrument):
        scale, label = course.scales[place], scale_name(words, instrument, place)
        last_step = scale.steps[-1]
        rows.append((label, change_cell(words, scale.overall), change_cell(words, last_step)))
    if rows:
        columns = tuple(words(f"course.changes_columns.{c}") for c in ("scale", "overall", "last"))
        yield Table(words("course.changes_caption"), columns, tuple(rows))
    beyond = [
        (scale_name(words, instrument, place), visit_name(words, visit, name), change_cell(words, step))
        for place in shown_scales(course, instrument)
        for visit, name, step in zip(course.visits, names, course.scales[place].steps, strict=True)
        if step is not None and step.direction is not Direction.WITHIN
    ]
    if beyond:
        columns = tuple(words(f"course.beyond_columns.{c}") for c in ("scale", "session", "change"))
        yield Table(words("course.beyond_caption"), columns, tuple(beyond))
    else:
        yield Text(words("course.beyond_none"))
    yield from outcome_changes(course.visits, words, names)
    yield Text(words("course.changes_source"), Style.SOURCE)


def _falls(course: Course, instrument: InstrumentLabel, words: Words) -> Iterator[Block]:
    yield Text(words("course.falls_lead"), Style.LEAD)
    rows = []
    for place in shown_scales(course, instrument):
        scale = course.scales[place]
        spreads = (scale.spread.within, scale.spread.between)
        sizes = (NONE if s is None else words.fine(s) for s in spreads)
        found = (_rule_cell(course, scale, rule, words) for rule in scale.rules)
        rows.append((scale_name(words, instrument, place), *sizes, *found))
    columns = tuple(words(f"course.falls_columns.{c}") for c in ("scale", "within", "between", "one", "two"))
    if rows:
        yield Table(words("course.falls_caption"), columns, tuple(rows))
    yield Text(words("course.falls_source"), Style.SOURCE)


def _rule_cell(course: Course, scale: ScaleCourse, rule: RuleResult, words: Words) -> str:
    if rule.least is None:
        return words("course.rule.unknown")
    if not rule.drops:
        return words("course.rule.none", least=words.fine(rule.least))
    names, found = session_names(course.visits), []
    for drop in rule.drops:
        step = scale.steps[drop.at]
        certain = step is not None and step.direction is Direction.FALL
        end = "open" if drop.regained is None else "back"
        regained = "" if drop.regained is None else names[drop.regained]
        key = f"course.rule.{end}_{'beyond' if certain else 'within'}"
        found.append(words(key, before=names[drop.before], at=names[drop.at], fall=words.number(drop.fall),
                           regained=regained))  # fmt: skip
    return "\n".join(found)


def _strains(course: Course, words: Words) -> Iterator[Block]:
    yield Text(words("course.strains_lead"), Style.LEAD)
    rows = []
    for visit, name in zip(course.visits, session_names(course.visits), strict=True):
        strains = "\n".join(strain_words(words, strain) for strain in visit.strains)
        cell = words("course.hidden_cell") if visit.hidden else strains
        rows.append((visit_name(words, visit, name), cell or words("course.no_strain")))
    columns = (words("chart.session"), words("course.strains_column"))
    yield Table(words("course.strains_caption"), columns, tuple(rows))
    yield from _possible(course, words)


def _possible(course: Course, words: Words) -> Iterator[Block]:
    """The strains that are only possible, folded away: their places alone, for an outcome would be a second guess."""
    rows = []
    for visit, name in zip(course.visits, session_names(course.visits), strict=True):
        ranked = sorted(visit.possible, key=lambda strain: (-strain.score, strain.first))
        if ranked:
            strains = "\n".join(
                words("course.possible", place=strain_place(words, s), chance=words.percent(s.score)) for s in ranked
            )
            rows.append((visit_name(words, visit, name), strains))
    if rows:
        n = sum(len(visit.possible) for visit in course.visits)
        yield Text(words.count("course.possible_lead", n, bar=words.percent(STRAIN_FROM)))
        columns = (words("chart.session"), words("course.possible_column"))
        unfold = words.count("ruptures.possible_title", n)
        yield Table(words("course.possible_caption"), columns, tuple(rows), folded=unfold)
