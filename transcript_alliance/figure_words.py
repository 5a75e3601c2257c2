"""Figures as cards, tables and pages write them: two decimals, and nothing where there is no number."""

import math


def number(value: float) -> str:
    """Two decimals; empty when there is no number.

    >>> number(0.5), number(float("nan"))
    ('0.50', '')
    """
    return "" if math.isnan(value) else f"{value:.2f}"


def span(low: float, high: float) -> str:
    """Both ends of an interval; empty when there is none."""
    return "" if math.isnan(low) else f"{number(low)} to {number(high)}"


def floor_words(value: float, low: float, high: float, name: str) -> str:
    """A floor with its interval, where it has one, and its name; empty when there is none.

    >>> floor_words(0.89, 0.88, 0.91, "tf-idf ridge")
    '0.89 (0.88 to 0.91, tf-idf ridge)'
    """
    if not name or math.isnan(value):
        return ""
    named = ", ".join(filter(None, (span(low, high), name)))
    return f"{number(value)} ({named})"
