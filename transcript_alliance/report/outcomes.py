"""Outcome measures beside the alliance: first and last value, and whether the change is beyond the measure's error."""

from collections.abc import Iterator, Sequence

from transcript_alliance.report.course import Visit
from transcript_alliance.report.document import Block, Style, Table, Text
from transcript_alliance.report.manifest import outcome, outcome_names
from transcript_alliance.report.measures import is_reliable, known_measure
from transcript_alliance.report.words import Words, visible


def outcome_changes(visits: Sequence[Visit], words: Words, names: Sequence[str]) -> Iterator[Block]:
    """First and last value of each measure, with the published reliable change where there is one."""
    rows = []
    for name in outcome_names(visit.listed for visit in visits):
        known = [
            (n, v) for n, visit in zip(names, visits, strict=True) if (v := outcome(visit.listed, name)) is not None
        ]
        if len(known) < 2:
            continue
        (first, before), (last, after) = known[0], known[-1]
        measure, reading = known_measure(name), words("outcomes.unknown")
        if measure is not None:
            side = "within" if not is_reliable(measure, before, after) else "lower" if after < before else "higher"
            reading = words(f"outcomes.{side}", points=f"{measure.reliable:g}", source=measure.source)
        cells = (words("outcomes.cell", value=f"{v:g}", session=n) for v, n in ((before, first), (after, last)))
        rows.append((visible(name), *cells, reading))
    if rows:
        columns = tuple(words(f"outcomes.columns.{c}") for c in ("measure", "first", "last", "reading"))
        yield Table(words("outcomes.caption"), columns, tuple(rows))
        yield Text(words("outcomes.note"), Style.SOURCE)
