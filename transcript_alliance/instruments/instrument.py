"""What a rating instrument is: who rates, which items, what range, how items become scales."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from transcript_alliance.errors import InstrumentError, did_you_mean

TOTAL = "total"
"""Id of the scale that takes all items; no subscale may be called so."""


class Rater(StrEnum):
    """Whose view a form gives. Figures of different raters are never ranked together."""

    CLIENT = "client"
    THERAPIST = "therapist"
    OBSERVER = "observer"


class Direction(StrEnum):
    """Which end of a scale is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"
    """The scale describes; it does not judge."""


class Scoring(StrEnum):
    """How the items of a scale become its score."""

    MEAN = "mean"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Subscale:
    """Some of an instrument's items, scored together."""

    id: str
    label: str
    items: tuple[int, ...]
    """Item numbers in ascending order; empty when the key is not known."""
    n_items: int | None
    """How many items it has; None when not even that is known."""
    direction: Direction
    text_codable: bool = True
    """False when it lives in voice or face, so that no score from words alone should be given."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A published cut point: scores of `at` or more fall into the range called `label`."""

    scale: str
    at: float
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """A published bound of change: `points` or more is beyond what error of measurement explains."""

    scale: str
    points: float
    source: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """A rating instrument. Item wording is copyrighted: there are numbers, at most our own paraphrases."""

    id: str
    name: str
    version: str
    raters: tuple[Rater, ...]
    """Whose forms there are, one or more."""
    n_items: int
    """Items are numbered 1 to `n_items`."""
    items_known: bool
    """False when the key from items to subscales could not be confirmed; scoring is then refused."""
    low: float
    high: float
    """Ends of the range of one item, in the instrument's own units."""
    step: float
    """Distance between neighbouring answers on the form, above 0."""
    start: float | None
    """The answer that means no evidence either way; None when the form has none."""
    direction: Direction
    """Of the total, and of the subscales unless they say otherwise."""
    subscales: tuple[Subscale, ...]
    reversed_items: tuple[int, ...]
    """Items worded against the rest: before scoring, x becomes low + high - x."""
    scoring: Scoring
    total: bool
    """Whether the instrument defines a score over all its items."""
    min_answered: float
    """Share of a scale's items, above 0 to 1, that must be answered for it to be scored."""
    paraphrases: tuple[tuple[int, str], ...]
    """Item number and what the item asks, in our own words; may cover some items or none."""
    cuts: tuple[Cut, ...]
    reliable_changes: tuple[ReliableChange, ...]
    licence: str
    source: str
    """Where the facts come from, and which of them are our choice or uncertain."""

    @property
    def scales(self) -> tuple[str, ...]:
        """Ids of all scores it gives: the subscales in order, then `total` when there is one."""
        return tuple(s.id for s in self.subscales) + ((TOTAL,) if self.total else ())

    def subscale(self, scale: str) -> Subscale:
        """The subscale of that id.

        Raises InstrumentError when there is none; `total` is a scale, but no subscale.
        """
        for subscale in self.subscales:
            if subscale.id == scale:
                return subscale
        raise unknown_name("UNKNOWN_SCALE", f"{self.id} has no subscale", scale, [s.id for s in self.subscales])

    def scale_items(self, scale: str) -> tuple[int, ...]:
        """Item numbers of a scale, ascending; all items for `total`, none when the key is not known.

        Raises InstrumentError for an unknown scale.
        """
        if scale == TOTAL and self.total:
            return tuple(range(1, self.n_items + 1))
        return self.subscale(scale).items

    def scale_direction(self, scale: str) -> Direction:
        """Which end of a scale is better. Raises InstrumentError for an unknown scale."""
        return self.direction if scale == TOTAL and self.total else self.subscale(scale).direction

    def scale_range(self, scale: str) -> tuple[float, float]:
        """Lowest and highest possible score of a scale, in its own units.

        Raises InstrumentError for an unknown scale, and for a sum over a number of items that is not known.
        """
        n_items = self.n_items if scale == TOTAL and self.total else self.subscale(scale).n_items
        if self.scoring is Scoring.MEAN:
            return self.low, self.high
        if n_items is None:
            raise InstrumentError("NO_KEY", f"the number of items of {scale} is not known", where=self.id)
        return self.low * n_items, self.high * n_items


@dataclass(frozen=True, slots=True)
class Instruments:
    """All instruments of a run, in order."""

    instruments: tuple[Instrument, ...]

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.instruments)

    def __len__(self) -> int:
        return len(self.instruments)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in order."""
        return tuple(i.id for i in self.instruments)

    def by_id(self, instrument_id: str) -> Instrument:
        """The instrument of that id. Raises InstrumentError with the nearest id when there is none."""
        for instrument in self.instruments:
            if instrument.id == instrument_id:
                return instrument
        raise unknown_name("UNKNOWN_INSTRUMENT", "there is no instrument", instrument_id, list(self.ids))

    @property
    def sha256(self) -> str:
        """Hash of what the instruments say, as hexadecimal.

        Taken over the values, not the files, so that a comment, the order of keys or the line ends of
        a checkout do not look like another instrument.
        """
        values = json.dumps([asdict(i) for i in self.instruments], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(values.encode()).hexdigest()


def unknown_name(code: str, what: str, name: str, known: list[str], where: str = "") -> InstrumentError:
    """The error for a name that is not among the known ones, with the nearest of them as the hint."""
    hint = did_you_mean(name, known) or f"known: {', '.join(known) or 'none'}"
    return InstrumentError(code, f"{what} {ascii(name[:40])[1:-1]}", where=where, hint=hint)
