"""Well-known outcome measures with the change that their own error hardly makes; nothing else about them is judged."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A published outcome measure on which a lower value is better."""

    name: str
    """As written, without case, blanks and hyphens."""
    reliable: float
    """Points of its total from which a change is beyond the measure's own error."""
    source: str
    """Who published that figure, as the report names them."""


MEASURES = (
    # A fall of 6 and of 4: the manual of the English services, read in a page that quotes it.
    Measure("phq9", 6, "NHS Talking Therapies manual"),
    Measure("gad7", 4, "NHS Talking Therapies manual"),
    # The publisher's table of reliable change gives 14; its manual is Lambert et al. 2004.
    Measure("oq45", 14, "OQ Measures; Lambert et al. 2004"),
    Measure("oq45.2", 14, "OQ Measures; Lambert et al. 2004"),
    # Abstract of Barkham et al. 2013: 6 points of the sum of the ten items (0 to 40), at 90% and not the usual 95%.
    Measure("core10", 6, "Barkham et al. 2013, at 90%"),
)
"""Those whose figure we could confirm. The CORE-OM is left out: it is written as a mean, ten times the mean or a sum,
and a number alone does not say which."""


def known_measure(name: str) -> Measure | None:
    """The published measure of that name; None when we know none.

    >>> known_measure("PHQ-9").reliable, known_measure("CORE 10").reliable
    (6, 6)
    """
    plain = "".join(c for c in name.casefold() if c.isalnum() or c == ".")
    return next((measure for measure in MEASURES if measure.name == plain), None)


def is_reliable(measure: Measure, before: float, after: float) -> bool:
    """Whether the change reaches the published figure.

    >>> is_reliable(MEASURES[0], 15, 9), is_reliable(MEASURES[0], 15, 10)
    (True, False)
    """
    return abs(after - before) >= measure.reliable
