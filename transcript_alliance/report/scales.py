"""Section 2: each rating scale with its number, its interval, its evidence, and how far to trust it."""

from dataclasses import dataclass

from transcript_alliance.annotations import ScaleQuality, Score
from transcript_alliance.report.context import Context, Quote
from transcript_alliance.report.figures import AgreementBar, IntervalBar, Scale, agreement_bar, interval_bar
from transcript_alliance.report.labels import InstrumentLabel, ScaleLabel
from transcript_alliance.report.words import Words, visible

QUOTES_A_SIDE = 2
"""Quotes for and against that a scale shows; further evidence is given as turn numbers. Our choice."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How well the scale agreed with readers on people the model had not seen."""

    bar: AgreementBar
    value: str
    interval: str
    floor: str
    floor_name: str
    ceiling: str | None
    mae: str
    n_sessions: int
    by_chance: bool
    """True when the interval does not exclude zero."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Turns that moved a score one way: the strongest as quotes, the others as numbers.

    What an earlier scale of the instrument has quoted is a number here, so that a page does not say it four times.
    """

    quotes: tuple[Quote, ...]
    further: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """Numbers of all its turns, the quoted ones first."""
        return (*(quote.number for quote in self.quotes), *self.further)


@dataclass(frozen=True, slots=True)
class Rating:
    """A number that was given."""

    bar: IntervalBar
    value: str
    low: str
    high: str
    side: str
    """`above`, `below` or `across` the neutral value; empty when the instrument has none."""
    reading: str
    """What the number says beside the neutral value, in words; empty when no turn speaks for or against it."""
    evidence_for: Evidence
    evidence_against: Evidence


@dataclass(frozen=True, slots=True)
class ScaleRow:
    """One scale: a rating, or the reason why there is none."""

    anchor: str
    instrument: str
    scale: str
    """Ids, to look up what else is known."""
    label: str
    definition: str
    rating: Rating | None
    reason: str
    """Why there is no number; empty when there is one."""
    from_voice: bool
    """True where no text can give a number."""
    trust: Trust | None


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """One instrument with its rows, or with one reason that holds for all of them."""

    label: str
    source: str
    low: str
    high: str
    low_words: str
    high_words: str
    neutral: str
    """The neutral value in words; empty when there is none."""
    rows: tuple[ScaleRow, ...]
    shared_reason: str
    """The reason that all rateable scales abstain for; empty when any has a number or reasons differ."""


def instrument_views(context: Context) -> tuple[InstrumentView, ...]:
    """The instruments of the labels in their order, each with all its scales."""
    scores = {(score.instrument, score.scale): score for score in context.coded.scores}
    return tuple(_instrument(context, number, label, scores) for number, label in enumerate(context.labels.instruments))


def neutral_reading(context: Context, instrument: InstrumentLabel, low: float, high: float) -> str:
    """Which side of the neutral value the interval lies on, in words; empty when the instrument has none."""
    if instrument.neutral is None:
        return ""
    side = _side(instrument.neutral, low, high)
    own = context.words.get(f"instruments.{instrument.instrument}.reading.{side}")
    neutral = neutral_words(context, instrument)
    return own.format(neutral=neutral) if own else context.words(f"scales.reading.{side}", neutral=neutral)


def side_of(instrument: InstrumentLabel, score: Score) -> str:
    """`above`, `below` or `across`: where the interval lies beside the neutral value; empty without either."""
    if instrument.neutral is None or score.abstained is not None or score.low is None or score.high is None:
        return ""
    return _side(instrument.neutral, score.low, score.high)


def _side(neutral: float, low: float, high: float) -> str:
    return "above" if low > neutral else "below" if high < neutral else "across"


def neutral_words(context: Context, instrument: InstrumentLabel) -> str:
    """The neutral value with what it says, such as `4 (no evidence either way)`; empty when there is none."""
    if instrument.neutral is None:
        return ""
    meaning = context.anchor(instrument, "neutral")
    value = f"{instrument.neutral:g}"
    return context.words("scales.neutral", value=value, meaning=meaning) if meaning else value


def _instrument(
    context: Context, place: int, label: InstrumentLabel, scores: dict[tuple[str, str], Score]
) -> InstrumentView:
    quoted: set[int] = set()
    rows = tuple(
        _row(context, f"scale-{place + 1}-{k + 1}", label, scale, scores.get((label.instrument, scale.scale)), quoted)
        for k, scale in enumerate(label.scales)
    )
    rateable = [row for row in rows if not row.from_voice]
    reasons = {row.reason for row in rateable}
    shared = reasons.pop() if len(reasons) == 1 and len(rateable) > 1 else ""
    return InstrumentView(
        context.instrument_name(label),
        label.source,
        f"{label.low:g}",
        f"{label.high:g}",
        context.anchor(label, "low"),
        context.anchor(label, "high"),
        neutral_words(context, label),
        rows,
        shared,
    )


def _row(
    context: Context,
    anchor: str,
    label: InstrumentLabel,
    scale: ScaleLabel,
    score: Score | None,
    quoted: set[int],
) -> ScaleRow:
    rating = _rating(context, label, score, quoted) if scale.text_codable and score is not None else None
    reason = ""
    if rating is None and scale.text_codable:
        reason = context.words.reason(score.abstained or "") if score else ""
        reason = reason or context.words("scales.no_score")
    quality = context.quality(label.instrument, scale.scale) if scale.text_codable else None
    return ScaleRow(
        anchor,
        label.instrument,
        scale.scale,
        context.scale_name(label, scale),
        context.definition(label, scale),
        rating,
        reason,
        not scale.text_codable,
        _trust(context.words, quality) if quality else None,
    )


def _rating(context: Context, label: InstrumentLabel, score: Score, quoted: set[int]) -> Rating | None:
    if score.abstained is not None or score.value is None or score.low is None or score.high is None:
        return None
    axis = Scale(label.low, label.high)
    return Rating(
        interval_bar(axis, score.value, score.low, score.high, label.neutral),
        context.words.number(score.value),
        context.words.number(score.low),
        context.words.number(score.high),
        side_of(label, score),
        neutral_reading(context, label, score.low, score.high) if score.evidence_for or score.evidence_against else "",
        _evidence(context, score.evidence_for, quoted),
        _evidence(context, score.evidence_against, quoted),
    )


def _evidence(context: Context, turns: tuple[int, ...], quoted: set[int]) -> Evidence:
    fresh = [turn for turn in turns if turn not in quoted][:QUOTES_A_SIDE]
    quoted.update(fresh)
    return Evidence(
        tuple(context.quote(turn + 1) for turn in fresh), tuple(turn + 1 for turn in turns if turn not in fresh)
    )


def _trust(words: Words, quality: ScaleQuality) -> Trust:
    ceiling = quality.ceiling_icc
    return Trust(
        agreement_bar(
            quality.spearman, quality.spearman_low, quality.spearman_high, quality.floor_spearman, quality.ceiling_icc
        ),
        words.agreement(quality.spearman),
        f"{words.agreement(quality.spearman_low)}–{words.agreement(quality.spearman_high)}",
        words.agreement(quality.floor_spearman),
        words.named("floors", quality.floor_name) or visible(quality.floor_name),
        None if ceiling is None else words.agreement(ceiling),
        words.fine(quality.mae),
        quality.n_sessions,
        quality.spearman_low <= 0,
    )
