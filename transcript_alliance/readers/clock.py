"""Times of a recording in seconds, from the many ways in which files write them."""

import re

MAX_DIGITS = 9
"""Longest run of digits that is taken for a time: 999,999,999 milliseconds are eleven days."""

_CLOCK = re.compile(rf"(?:([0-9]{{1,3}}):)?([0-9]{{1,3}}):([0-9]{{1,2}})(?:[.,]([0-9]{{1,{MAX_DIGITS}}}))?")


def parse_clock(text: str) -> float | None:
    """Seconds of `[hours:]minutes:seconds[.fraction]`, comma or point; None when it is no such time.

    >>> parse_clock("01:02:03,500"), parse_clock("75:10"), parse_clock("00:61:00"), parse_clock("3")
    (3723.5, 4510.0, None, None)
    """
    # Most of what is asked about is no time at all.
    found = _CLOCK.fullmatch(text.strip()) if ":" in text else None
    if found is None:
        return None
    hours, minutes, seconds, fraction = found.groups()
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        return None
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole + (float(f"0.{fraction}") if fraction else 0.0)


def parse_seconds(text: str) -> float | None:
    """Seconds of a clock time or of a plain number of seconds; None when it is neither.

    >>> parse_seconds("12,5"), parse_seconds("0:12.5"), parse_seconds("-5"), parse_seconds("NaN")
    (12.5, 12.5, None, None)
    """
    plain = text.strip()
    whole, dot, fraction = plain.replace(",", ".").partition(".")
    if _is_number(whole) and (not dot or _is_number(fraction)):
        return float(f"{whole}.{fraction or '0'}")
    return parse_clock(plain)


def parse_span(text: str) -> tuple[float, float] | None:
    """Start and end of `time --> time`, or with a dash between; None when it is no such thing.

    >>> parse_span("00:01.000 --> 00:04.000"), parse_span("0:01 - 0:04"), parse_span("0:01")
    ((1.0, 4.0), (1.0, 4.0), None)
    """
    for arrow in ("-->", "–", "-"):
        first, found, second = text.partition(arrow)
        if found:
            start, end = parse_clock(first), parse_clock(second)
            return None if start is None or end is None else (start, end)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
