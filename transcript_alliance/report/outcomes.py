"""Outcome measures beside the alliance: published reliable change of well-known ones, nothing else judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transcript_alliance.report.course import Visit
from transcript_alliance.report.document import Block, Style, Table, Text
from transcript_alliance.report.manifest import outcome, outcome_names
from transcript_alliance.report.words import Words, visible


@dataclass(frozen=True, slots=True)
class Measure:
    """A published outcome measure."""

    name: str
    """As written, without case, blanks and hyphens."""
    reliable: float
    """Points from which a change is beyond the measure's own error."""
    source: str


MEASURES = (
    Measure("phq9", 6, "NHS Talking Therapies manual"),
    Measure("gad7", 4, "NHS Talking Therapies manual"),
    Measure("oq45", 14, "Lambert et al. 2004"),
    Measure("oq45.2", 14, "Lambert et al. 2004"),
)
"""On all of them a lower value is better."""


def known_measure(name: str) -> Measure | None:
    """The published measure of that name; None when we know none.

    >>> known_measure("PHQ-9").reliable
    6
    """
    plain = "".join(c for c in name.casefold() if c.isalnum() or c == ".")
    return next((measure for measure in MEASURES if measure.name == plain), None)


def is_reliable(measure: Measure, before: float, after: float) -> bool:
    """Whether the change reaches the published figure.

    >>> is_reliable(MEASURES[0], 15, 9), is_reliable(MEASURES[0], 15, 10)
    (True, False)
    """
    return abs(after - before) >= measure.reliable


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
