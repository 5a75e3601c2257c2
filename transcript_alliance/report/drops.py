"""Falls of a score from one session to the next, and whether what was lost was regained: V shapes.

Ruptures and repairs have long been read from falls and returns of session-by-session scores: Strauss et al. 2006
found such rupture-repair episodes to go with better outcome (30 outpatients, cognitive therapy); Eubanks-Carter,
Gorman & Muran 2012 set criteria of this kind beside control charts, partitioning and regression; no single method is
agreed on. The two rules here, a fall of at least 1 and of at least 2 standard deviations, and the stricter (larger) of
two deviations, of this client's sessions around their own mean and of the clients' means, are our choice in that
manner: we could not confirm the exact thresholds of those papers. Zlotnick et al. 2020 (104 patients, three trials)
found falls from one session to the next to be unreliable signs of falls within a session and of outcome. So a fall is
a place to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev

RULES = (1.0, 2.0)
"""Standard deviations of the two rules."""
FEWEST = 3
"""Sessions, or clients, below which a spread is not taken. Our choice: two points always look like a line."""
REGAIN_WITHIN = 3
"""Sessions after the fall in which the score may come back. Our choice."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A fall between two neighbouring known values, and the return, if there was one."""

    before: int
    at: int
    """Places of the two values in the sequence."""
    fall: float
    """How far, above 0, in the scale's units."""
    regained: int | None
    """Place of the first value that stands as far above the low point as the rule asks of the fall; None if none."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The two standard deviations that a rule can go by; None where too few values are known."""

    within: float | None
    """Of this client's sessions."""
    between: float | None
    """Of the clients' means."""

    @property
    def stricter(self) -> float | None:
        """The larger of the two, or the one that is known; None when neither is."""
        return max((s for s in (self.within, self.between) if s is not None), default=None)


def spread(sessions: Sequence[float | None], client_means: Sequence[float | None]) -> Spread:
    """Spread within one client's `sessions` and between clients by their means; None values are left out.

    >>> spread([4.0, 5.0, 6.0], [5.0, 3.0])
    Spread(within=1.0, between=None)
    """
    return Spread(_deviation(sessions), _deviation(client_means))


def mean(values: Sequence[float | None]) -> float | None:
    """Mean of the known values; None when there is none."""
    known = [v for v in values if v is not None]
    return fmean(known) if known else None


def drops(values: Sequence[float | None], least: float) -> tuple[Drop, ...]:
    """Every fall of at least `least` from one known value to the next, in order.

    A fall is regained at the first of the next `REGAIN_WITHIN` places whose value stands at least `least` above
    the low point: the rise must be as clear as the fall was. No fall is found when `least` is not above 0.

    >>> drops([6.0, 4.0, 4.5, 6.2], least=1.5)
    (Drop(before=0, at=1, fall=2.0, regained=3),)
    """
    if least <= 0:
        return ()
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    found = []
    for (before, high), (at, low) in pairwise(known):
        if high - low >= least:
            later = (p for p, v in known if at < p <= at + REGAIN_WITHIN and v - low >= least)
            found.append(Drop(before, at, high - low, next(later, None)))
    return tuple(found)


def _deviation(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return stdev(known) if len(known) >= FEWEST else None
