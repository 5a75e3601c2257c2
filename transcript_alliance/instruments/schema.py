"""What an instrument file may hold: its keys, and the rules that its values must keep together."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transcript_alliance.errors import InstrumentError
from transcript_alliance.instruments.instrument import TOTAL, Instrument, Scoring, unknown_name

_MAX_ITEMS = 1000
"""Far above any instrument; keeps a slip of the pen from asking for a huge list of items."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a key of the file may hold."""

    fits: Callable[[Any], bool]
    expected: str
    required: bool = True


def check_keys(table: Any, keys: Mapping[str, Key], where: str, prefix: str) -> None:
    """Nothing, when the table has the required keys, no unknown one, and values of the right kind."""
    if not isinstance(table, dict):
        raise InstrumentError("WRONG_VALUE", f"{prefix.rstrip('.')}: expected a table", where=where)
    for key, value in table.items():
        if key not in keys:
            raise unknown_name("UNKNOWN_KEY", "unknown key", prefix + key, [prefix + known for known in keys], where)
        if not keys[key].fits(value):
            raise InstrumentError("WRONG_VALUE", f"{prefix}{key}: expected {keys[key].expected}", where=where)
    for key, spec in keys.items():
        if spec.required and key not in table:
            raise InstrumentError("MISSING_KEY", f"{prefix}{key} is missing: {spec.expected}", where=where)


def is_text(value: Any) -> bool:
    """True for text with something in it."""
    return isinstance(value, str) and value.strip() != ""


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value) is not None


def _is_number(value: Any) -> bool:
    # The bounds also refuse NaN, infinity and whole numbers too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e6 <= value <= 1e6


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MAX_ITEMS


def _is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(fits(element) for element in value)


_ID = Key(_is_id, "lower-case letters, digits, - and _")
_TEXT = Key(is_text, "text in quotes")
_NUMBER = Key(_is_number, "a number")
_FLAG = Key(lambda value: isinstance(value, bool), "true or false")
_COUNT = Key(_is_count, f"a whole number from 1 to {_MAX_ITEMS}")
_ITEMS = Key(_is_list_of(_is_count), "a list of item numbers")
_TABLES = Key(_is_list_of(lambda row: isinstance(row, dict)), "tables in double brackets")


def _optional(key: Key) -> Key:
    return Key(key.fits, key.expected, required=False)


KEYS: Mapping[str, Key] = {
    "id": _ID,
    "name": _TEXT,
    "version": _TEXT,
    "raters": Key(_is_list_of(is_text), "a list of client, therapist, observer"),
    "n_items": _COUNT,
    "items_known": _optional(_FLAG),
    "low": _NUMBER,
    "high": _NUMBER,
    "step": _NUMBER,
    "start": _optional(_NUMBER),
    "direction": _TEXT,
    "scoring": _TEXT,
    "total": _FLAG,
    "min_answered": _NUMBER,
    "reversed_items": _optional(_ITEMS),
    "licence": _TEXT,
    "source": _TEXT,
    "subscale": _optional(_TABLES),
    "paraphrase": Key(lambda value: isinstance(value, dict), "a table of item number = text", required=False),
    "cut": _optional(_TABLES),
    "reliable_change": _optional(_TABLES),
}

SUBSCALE_KEYS: Mapping[str, Key] = {
    "id": _ID,
    "label": _TEXT,
    "items": _optional(_ITEMS),
    "n_items": _optional(_COUNT),
    "direction": _optional(_TEXT),
    "text_codable": _optional(_FLAG),
}

CUT_KEYS: Mapping[str, Key] = {"scale": _ID, "at": _NUMBER, "label": _TEXT, "source": _TEXT}

CHANGE_KEYS: Mapping[str, Key] = {"scale": _ID, "points": _NUMBER, "source": _TEXT}


def _distinct(values: Sequence[object]) -> bool:
    return len(set(values)) == len(values)


def _are_items(instrument: Instrument, items: Sequence[int]) -> bool:
    return _distinct(items) and all(1 <= item <= instrument.n_items for item in items)


def _whole_steps(i: Instrument) -> bool:
    steps = (i.high - i.low) / i.step if i.step >= 1e-6 else 0
    return steps >= 1 and abs(steps - round(steps)) < 1e-9


def _start_is_neutral(i: Instrument) -> bool:
    return i.start is None or not i.reversed_items or i.low + i.high == 2 * i.start


def _sum_adds_up(i: Instrument) -> bool:
    items = [item for s in i.subscales for item in s.items]
    needed = i.items_known and i.total and i.scoring is Scoring.SUM and i.subscales
    return not needed or sorted(items) == list(range(1, i.n_items + 1))


RULES: Sequence[tuple[str, Callable[[Instrument], bool], str]] = (
    ("raters", lambda i: len(i.raters) > 0 and _distinct(i.raters), "one or more, each once"),
    ("high", lambda i: i.high > i.low, "more than low"),
    ("step", _whole_steps, "above 0, and high a whole number of steps above low"),
    ("start", lambda i: i.start is None or i.low <= i.start <= i.high, "a value from low to high"),
    # Otherwise an untouched form would not score as no evidence.
    ("start", _start_is_neutral, "the middle of the range, because there are reversed items"),
    ("min_answered", lambda i: 0 < i.min_answered <= 1, "above 0 and at most 1"),
    ("reversed_items", lambda i: _are_items(i, i.reversed_items), "items from 1 to n_items, each once"),
    ("total", lambda i: len(i.scales) > 0, "true when there are no subscales"),
    (
        "subscale.id",
        lambda i: _distinct([s.id for s in i.subscales]) and TOTAL not in [s.id for s in i.subscales],
        "each once, and none called total",
    ),
    (
        "subscale.items",
        lambda i: all(_are_items(i, s.items) for s in i.subscales),
        "items from 1 to n_items, each once",
    ),
    (
        "subscale.items",
        lambda i: not i.items_known or all(s.items for s in i.subscales),
        "one item or more, or items_known = false",
    ),
    ("subscale.items", _sum_adds_up, "each item in one subscale, because the total is their sum"),
    ("paraphrase", lambda i: _are_items(i, [n for n, _ in i.paraphrases]), "items from 1 to n_items, each once"),
    ("cut.scale", lambda i: all(c.scale in i.scales for c in i.cuts), "a subscale's id, or total"),
    ("reliable_change.scale", lambda i: all(c.scale in i.scales for c in i.reliable_changes), "a scale's id"),
)
