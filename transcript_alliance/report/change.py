"""Change between two sessions, and how much of it the model's own error can make.

Which error counts. A score stands for what observers would rate, and its 90% interval holds their rating nine
times in ten on people the model had not seen. Half of that interval, over 1.645, is therefore the standard error
of the score as a measure of the observers' rating: it holds the model's error **and** the observers' disagreement,
because it was measured against them. So the observers' reliability is not added a second time. The interval of
one score may be too short by chance, so the scale's typical miss (mean absolute error, times 1.2533 for a normal
error) is a lower bound. Two errors of one client are taken as independent: they are more likely alike, which makes
the threshold, if anything, too high. That is the side to err on before anybody reads an arrow.

For measures with a known spread and reliability instead of intervals, `error_of_measurement` is the classical form.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from transcript_alliance.annotations import Score

Z_90 = 1.6448536269514722
"""Normal quantile of a two-sided 90% interval."""
Z_RELIABLE = 1.96
"""Beyond it a change is called reliable. Source: Jacobson & Truax 1991."""
ERROR_PER_MISS = math.sqrt(math.pi / 2)
"""Standard deviation of a normal error whose mean absolute value is 1."""


class Direction(StrEnum):
    """What a change beyond its error is; `WITHIN` is no statement that nothing changed."""

    RISE = "rise"
    FALL = "fall"
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and its standard error, both in the scale's units."""

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Change:
    """From an earlier to a later value."""

    before: float
    after: float
    difference: float
    """After minus before."""
    low: float
    high: float
    """90% interval of the difference."""
    threshold: float
    """The reliable change index: smaller differences are within the error of the two values."""
    direction: Direction


def measured(score: Score, typical_miss: float | None = None) -> Measured | None:
    """The score with its standard error; None when it abstains.

    `typical_miss` is the scale's mean absolute error on unseen people, None when not known. The longer side of the
    interval counts, because an interval is cut at the ends of its scale.

    >>> measured(Score("wai-o-s", "bond", 6.5, 4.9, 7.0), 0.5).error.__round__(3)  # 1.6 / 1.645, more than 0.627
    0.973
    """
    if score.value is None or score.low is None or score.high is None:
        return None
    from_interval = max(score.value - score.low, score.high - score.value) / Z_90
    return Measured(score.value, max(from_interval, ERROR_PER_MISS * (typical_miss or 0.0)))


def error_of_measurement(spread: float, reliability: float) -> float:
    """Standard error of a measure with the standard deviation `spread` and `reliability` 0..1.

    Source: classical test theory; Jacobson & Truax 1991. Raises ValueError outside these ranges.

    >>> error_of_measurement(7.5, 0.84)
    3.0
    """
    if spread < 0 or not 0 <= reliability <= 1:
        raise ValueError(f"expected a spread of 0 or more and a reliability of 0 to 1, got {spread} and {reliability}")
    return round(spread * math.sqrt(1 - reliability), 12)


def reliable_change(before: Measured, after: Measured) -> Change:
    """The change with its 90% interval, and whether it passes the reliable change index.

    Index: 1.96 times the root of the two squared standard errors. Source: Jacobson & Truax 1991, with an error for
    each of the two values. A change of exactly the index is still within it.

    >>> change = reliable_change(Measured(5.0, 0.6), Measured(2.0, 0.8))  # error of the difference 1.0
    >>> change.difference, change.threshold, change.direction.value
    (-3.0, 1.96, 'fall')
    """
    difference = after.value - before.value
    error = math.hypot(before.error, after.error)
    threshold = Z_RELIABLE * error
    direction = Direction.WITHIN
    if abs(difference) > threshold:
        direction = Direction.RISE if difference > 0 else Direction.FALL
    return Change(
        before.value,
        after.value,
        difference,
        difference - Z_90 * error,
        difference + Z_90 * error,
        threshold,
        direction,
    )
