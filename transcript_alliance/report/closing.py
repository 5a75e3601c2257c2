"""The last sections of a report over several sessions: how far to trust its numbers, and what it cannot tell."""

from collections.abc import Sequence

from transcript_alliance.report.chart import scale_name
from transcript_alliance.report.course import Course
from transcript_alliance.report.document import Block, Section, Style, Subheading, Table, Text
from transcript_alliance.report.labels import InstrumentLabel
from transcript_alliance.report.words import Words, visible


def trust_section(courses: Sequence[Course], instrument: InstrumentLabel, words: Words) -> Section:
    """How far the scales can be trusted: model, floor, ceiling and typical miss side by side."""
    rows = []
    models: dict[str, Course] = {course.visits[-1].model: course for course in courses}
    for model, course in models.items():
        for place, scale in enumerate(course.scales):
            q = scale.quality
            if q is None:
                continue
            ceiling = words("scales.unknown") if q.ceiling_icc is None else words.agreement(q.ceiling_icc)
            low, high = words.agreement(q.spearman_low), words.agreement(q.spearman_high)
            agreement = words("course.value", value=words.agreement(q.spearman), low=low, high=high)
            name = words.named("floors", q.floor_name) or visible(q.floor_name)
            floor = words("trust.floor_cell", value=words.agreement(q.floor_spearman), name=name)
            miss = words.fine(q.mae)
            name = scale_name(words, instrument, place)
            rows.append((name, agreement, floor, ceiling, miss, f"{q.n_sessions}", visible(model)))
    blocks: list[Block] = [Text(words("trust.lead"), Style.LEAD)]
    columns = tuple(words(f"trust.columns.{c}") for c in ("scale", "model", "floor", "ceiling", "miss", "n", "bundle"))
    blocks.append(Table(words("trust.caption"), columns, tuple(rows)) if rows else Text(words("trust.none")))
    blocks.append(Text(words("trust.strains"), Style.SOURCE))
    return Section("trust", words("course.sections.trust"), tuple(blocks))


def limits_section(words: Words) -> Section:
    """What a course of numbers cannot tell."""
    blocks: list[Block] = []
    for item in words.each("course.limits"):
        blocks += [Subheading(item["title"]), Text(item["text"])]
    return Section("limits", words("course.sections.limits"), tuple(blocks))
