"""Where things stand in the pictures: values to percent of the width, so that a picture fits any page.

Positions across are percentages of the picture's width, rounded to a hundredth; down they are pixels.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight axis from `low` to `high`."""

    low: float
    high: float

    def x(self, value: float) -> float:
        """Percent of the width where `value` stands; values beyond an end stand at that end.

        >>> Scale(1, 7).x(4)
        50.0
        """
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def y(self, value: float, height: float, pad: float = 0.0) -> float:
        """Pixels from the top of a lane of that height, `high` at the top, `pad` pixels free on both sides.

        >>> Scale(1, 7).y(7, 60, pad=5), Scale(1, 7).y(1, 60, pad=5)
        (5.0, 55.0)
        """
        return round(pad + (height - 2 * pad) * (1 - self.x(value) / 100), 2)


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A value with its interval on a scale with whole-number ticks."""

    ticks: tuple[tuple[float, str], ...]
    """Percent and label of each whole number of the scale."""
    neutral: float | None
    value: float
    low: float
    width: float
    """All in percent; `low` is where the bar begins."""


def interval_bar(scale: Scale, value: float, low: float, high: float, neutral: float | None) -> IntervalBar:
    """The picture of `value` with the interval `low` to `high` on `scale`."""
    left, right = scale.x(low), scale.x(high)
    ticks = tuple((scale.x(n), str(n)) for n in range(round(scale.low), round(scale.high) + 1))
    marked = None if neutral is None else scale.x(neutral)
    return IntervalBar(ticks, marked, scale.x(value), left, round(right - left, 2))


@dataclass(frozen=True, slots=True)
class AgreementBar:
    """Agreement with readers between its floor and its ceiling, all in percent of 0 to 1."""

    value: float
    low: float
    width: float
    floor: float
    ceiling: float | None


def agreement_bar(value: float, low: float, high: float, floor: float, ceiling: float | None) -> AgreementBar:
    """The picture of a coefficient with its interval, floor and ceiling; what is below zero stands at zero."""
    axis = Scale(0.0, 1.0)
    left = axis.x(low)
    top = None if ceiling is None else axis.x(ceiling)
    return AgreementBar(axis.x(value), left, round(axis.x(high) - left, 2), axis.x(floor), top)
