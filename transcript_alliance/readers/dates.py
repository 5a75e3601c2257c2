"""Dates and times of day as chats write them, and which of two numbers is the day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

_STAMP = re.compile(
    r"(\d{1,4})([-./]) ?(\d{1,2})\2 ?(\d{2,4})[.,]?[ T\u00a0]{1,2}"
    # Some languages have a word between date and time: `klo`, `kl.`, `à`.
    r"(?:[^\W\d_]{1,4}\.?[ \u00a0])?"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d{1,6})?"
    r"(?:[ \u00a0\u202f]?([AaPp])(?:\.?[ \u00a0\u202f]?[Mm]\.?|\.)?(?![^\W\d_]))?"
)
_ORDERS = ("ymd", "dmy", "mdy")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date and time as written, before it is known which number is the day."""

    numbers: tuple[int, int, int]
    second_of_day: int | None
    """None when the time of day is none, such as 25:10."""
    half_of_day: str
    """`a` or `p` of a twelve-hour clock, else empty."""


def find_stamp(text: str) -> tuple[Stamp, int] | None:
    """The date and time that begin `text` and the position after them, or None.

    >>> find_stamp("31.12.23, 21:04 - Ann")
    (Stamp(numbers=(31, 12, 23), second_of_day=75840, half_of_day=''), 15)
    """
    found = _STAMP.match(text)
    if found is None:
        return None
    first, _, second, third, hour, minute, seconds, half = found.groups()
    half = (half or "").lower()
    hours = int(hour) % 12 + 12 * (half == "p") if half else int(hour)
    is_time = hours < 24 and int(minute) < 60 and int(seconds or 0) < 60 and (not half or 1 <= int(hour) <= 12)
    of_day = hours * 3600 + int(minute) * 60 + int(seconds or 0) if is_time else None
    end = found.end()
    # The blank after a time without AM or PM belongs to what follows.
    end -= len(found.group()) - len(found.group().rstrip())
    return Stamp((int(first), int(second), int(third)), of_day, half), end


def seconds_since_first(stamps: Sequence[Stamp]) -> list[float | None]:
    """Seconds of each stamp since the first; None for one that is no date or comes before the first.

    Which number is the day is what all of the file allows: the order in which every stamp is a date, if both are,
    that in which they never go back, and if both do not, day first, or month first with a twelve-hour clock.
    """
    times = {order: [_seconds(stamp, order) for stamp in stamps] for order in _ORDERS}
    month_first = any(stamp.half_of_day for stamp in stamps)
    best = min(_ORDERS, key=lambda order: (*_oddities(times[order]), month_first != (order == "mdy")))
    found = times[best]
    start = next((time for time in found if time is not None), None)
    return [None if time is None or start is None or time < start else time - start for time in found]


def _oddities(times: Sequence[float | None]) -> tuple[int, int]:
    """How many are no date, and how often the next is earlier."""
    known = [time for time in times if time is not None]
    return len(times) - len(known), sum(after < before for before, after in pairwise(known))


def _seconds(stamp: Stamp, order: str) -> float | None:
    year, month, day = (stamp.numbers[order.index(part)] for part in "ymd")
    if stamp.second_of_day is None or (order == "ymd") != (stamp.numbers[0] > 31):
        return None
    try:
        date = datetime(year if year > 99 else 2000 + year, month, day)
    except ValueError:
        return None
    return date.toordinal() * 86_400.0 + stamp.second_of_day
