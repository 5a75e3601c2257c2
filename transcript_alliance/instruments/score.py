"""From item answers to scale scores."""

import math
from collections.abc import Iterable, Mapping
from numbers import Integral, Real

from transcript_alliance.errors import InstrumentError
from transcript_alliance.instruments.instrument import TOTAL, Instrument, Scoring, unknown_name

_SLACK = 1e-9
"""So that 0.56 of 25 items asks for 14 answers, although in binary 0.56 * 25 is a little more than 14."""


def score_answers(
    instrument: Instrument, answers: Mapping[int, float | None], rater: str | None = None, *, where: str = ""
) -> dict[str, float | None]:
    """Score of each scale, in the order of `instrument.scales`; None where too few items are answered.

    `answers` maps item numbers to answers as worded (reversed items are turned here). An item that is
    left out, None or NaN is missing. Values between two steps of the form are allowed, because means
    over raters and predictions fall there; `check_answers` refuses them for raw ratings.

    Ranges: `instrument.scale_range`. A mean scale lies within low and high, a sum scale within n times
    those. Missing: with the share `min_answered` of a scale's items or more, each missing answer takes the
    mean of the scale's others; with fewer the scale is None. The total of a mean instrument is the mean
    of all its answered items, the total of a sum instrument the sum of its subscales when it has some.

    Raises InstrumentError for an unknown item or rater, an answer that is no number or out of range, and
    for an instrument whose item key is not known. `where` names the answers' file or row in the message.
    Source: manuals as named in `instrument.source`; the rule for missing answers is our choice where
    they give none.

    >>> from transcript_alliance.instruments import load_instruments
    >>> wai = load_instruments().by_id("wai-o-s")
    >>> scores = score_answers(wai, {1: 6, 2: 5, 3: 5, 4: 2, 5: 6, 6: 5, 7: 6, 8: 5, 9: 5, 10: 3, 11: 4, 12: 6})
    >>> scores["goal"], scores["task"], scores["bond"]  # items 4 and 10 are turned: 8 - 2 = 6, 8 - 3 = 5
    (5.0, 5.5, 5.5)
    """
    check_answers(instrument, answers, rater, on_step=False, where=where)
    if not instrument.items_known:
        raise InstrumentError(
            "NO_KEY",
            f"which items of {instrument.id} form its scales is not known to the program",
            where=where,
            hint=f'give an instrument file of your own with id = "{instrument.id}" and the items of each subscale',
        )
    turned = _turned(instrument, answers)
    scores = {s.id: _scale(instrument, s.items, turned) for s in instrument.subscales}
    if instrument.total:
        scores[TOTAL] = _total(instrument, turned, list(scores.values()))
    return scores


def check_answers(
    instrument: Instrument,
    answers: Mapping[int, float | None],
    rater: str | None = None,
    *,
    on_step: bool = True,
    where: str = "",
) -> None:
    """Nothing, when each answer is one that the form allows; missing answers (None, NaN) are allowed.

    With `on_step` an answer must lie on one of the form's steps, as a raw rating does.
    Raises InstrumentError for an unknown item or rater, or an answer that is no number, out of range or
    off the steps. The message gives item numbers and ranges, never the answer's text.
    """
    if rater is not None and rater not in instrument.raters:
        raise unknown_name(
            "UNKNOWN_RATER", f"{instrument.id} is not rated by", str(rater), [str(r) for r in instrument.raters], where
        )
    for item, value in answers.items():
        if isinstance(item, bool) or not isinstance(item, Integral) or not 1 <= item <= instrument.n_items:
            raise InstrumentError(
                "UNKNOWN_ITEM",
                f"{instrument.id} has no item {ascii(item)[:40]}",
                where=where,
                hint=f"its items are the whole numbers 1 to {instrument.n_items}",
            )
        if not _missing(value):
            _check_value(instrument, item, value, on_step, where)


def _check_value(instrument: Instrument, item: int, value: object, on_step: bool, where: str) -> None:
    allowed = f"{instrument.low:g} to {instrument.high:g}"
    if isinstance(value, bool) or not isinstance(value, Real):
        raise InstrumentError(
            "NOT_A_NUMBER",
            f"the answer to item {item} of {instrument.id} is no number",
            where=where,
            hint=f"{allowed}, or none",
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not instrument.low <= number <= instrument.high:
        raise InstrumentError(
            "OUT_OF_RANGE", f"item {item} of {instrument.id}: got {number:g}, expected {allowed}", where=where
        )
    steps = (number - instrument.low) / instrument.step
    if on_step and abs(steps - round(steps)) > _SLACK:
        raise InstrumentError(
            "OFF_STEP",
            f"item {item} of {instrument.id}: got {number:g}, expected {allowed} in steps of {instrument.step:g}",
            where=where,
        )


def _missing(value: float | None) -> bool:
    return value is None or value != value  # NaN, of numpy's kinds too, is the number that differs from itself


def _turned(instrument: Instrument, answers: Mapping[int, float | None]) -> dict[int, float]:
    given = {item: float(value) for item, value in answers.items() if value is not None and not _missing(value)}
    ends = instrument.low + instrument.high
    return {item: ends - value if item in instrument.reversed_items else value for item, value in given.items()}


def _scale(instrument: Instrument, items: Iterable[int], turned: Mapping[int, float]) -> float | None:
    wanted = tuple(items)
    given = [turned[item] for item in wanted if item in turned]
    if len(given) < math.ceil(instrument.min_answered * len(wanted) - _SLACK):
        return None
    mean = sum(given) / len(given)
    return mean if instrument.scoring is Scoring.MEAN else mean * len(wanted)


def _total(instrument: Instrument, turned: Mapping[int, float], subscales: list[float | None]) -> float | None:
    if instrument.scoring is Scoring.MEAN or not subscales:
        return _scale(instrument, instrument.scale_items(TOTAL), turned)
    known = [score for score in subscales if score is not None]
    return sum(known) if len(known) == len(subscales) else None
