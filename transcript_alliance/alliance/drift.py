"""How a corpus differs from the sessions that a model learned from: what to know before its scores are trusted.

A difference is no error. The figures of a model were measured on sessions like those it learned from; where others
lie elsewhere, nobody has measured how well it does.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

import numpy as np
from numpy.typing import NDArray

from transcript_alliance.alliance.dataset import CLIENT_CODES, CODE_ROLE, STRAIN, THERAPIST_CODES, TURN_CODES
from transcript_alliance.alliance.phrases import SIDES, Vocabulary, count_phrases, known_share, turn_phrases
from transcript_alliance.alliance.scales import ReportedScale
from transcript_alliance.session import Role, Session

PERCENTILES = (5, 25, 50, 75, 95)
"""Of the sessions learned from: what a model keeps of each measure."""
RATED_CODES = (*THERAPIST_CODES, *CLIENT_CODES, *STRAIN)
"""The codes whose rates are compared; sub-codes and strategies are too rare in one session for a rate."""

SHIFTED = 0.25
"""A population stability index from which two distributions count as different: the rule of thumb of credit scoring
(Siddiqi 2006, Credit Risk Scorecards), where .10 to .25 is a slight shift."""
CHI_SQUARE_95 = (3.841, 5.991, 7.815, 9.488, 11.070)
"""95th percentiles of chi-square with 1 to 5 degrees of freedom. Of like samples of n and m the index is about
chi-square times (1/n + 1/m) (Yurdakul and Naranjo 2020), so in few sessions far more than .25 means nothing."""
MANY_BEYOND = 0.20
"""Share of sessions beyond the 5th or 95th percentile, twice as many as of those learned from (our choice)."""
FAR = 0.5
"""A session is odd when it lies beyond the 5th or 95th percentile by more than half of the way between the two
(our choice: of a bell curve one in a thousand)."""
DIGITS = 5

Measures = Mapping[str, float]
"""Name of a measure -> its value in one session; nan where the session has none."""
Reference = Mapping[str, tuple[float, ...]]
"""Name of a measure -> its `PERCENTILES` over the sessions learned from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that every session has without any reading by a network."""

    name: str
    label: str
    is_length: bool
    """True for counts and lengths, whose distances are taken between logarithms."""
    of: Callable[[Session, Vocabulary], float]


class Place(StrEnum):
    """Where sessions lie beside those learned from."""

    INSIDE = "inside"
    EDGE = "at the edge"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in both collections of sessions."""

    name: str
    n: int
    """Sessions that have it."""
    found: tuple[float, ...]
    """Its `PERCENTILES` over these sessions."""
    reference: tuple[float, ...]
    """The same over the sessions learned from."""
    beyond: float
    """Share of these sessions, 0..1, below the reference's 5th percentile or above its 95th; of the reference .1."""
    psi: float
    """Population stability index, 0 for no shift; nan when the reference is one single value."""
    psi_limit: float
    """From here on it counts as a shift, with so many sessions; nan as above."""
    place: Place
    odd: tuple[str, ...]
    """Sessions far from all that was learned from, farthest first."""


def surface_measures(session: Session, vocabulary: Vocabulary) -> dict[str, float]:
    """All of `SURFACE`: words, lengths and shares."""
    return {measure.name: measure.of(session, vocabulary) for measure in SURFACE}


def reading_measures(
    session: Session, marked: NDArray[np.bool_], values: NDArray[np.float64], scales: Sequence[ReportedScale]
) -> dict[str, float]:
    """Share of turns that show each of `RATED_CODES`, and each score, from what a model read.

    `marked` is (turns, codes), `values` (reported,) in scale points. A code that one side alone can show is counted
    over that side's turns.
    """
    roles = np.array([session.role(t) for t in range(len(session.turns))])
    found = {}
    for code in RATED_CODES:
        asked = roles == CODE_ROLE[code] if code in CODE_ROLE else np.ones(len(roles), dtype=bool)
        shown = marked[asked, TURN_CODES.index(code)]
        found[f"rate.{code}"] = float(shown.mean()) if len(shown) else math.nan
    scores = {f"score.{s.instrument}.{s.scale}": float(v) for s, v in zip(scales, values, strict=True)}
    return {**found, **scores}


def reference_of(measured: Sequence[Measures]) -> dict[str, tuple[float, ...]]:
    """The `PERCENTILES` of every measure over sessions; one that no session has is left out."""
    table = {}
    for name in measured[0] if measured else ():
        values = _values([m[name] for m in measured])
        if values:
            table[name] = tuple(round(float(q), DIGITS) for q in np.percentile(values, PERCENTILES))
    return table


def checked_reference(table: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    """The reference of a model file. Raises ValueError when a row is not of ascending numbers, one a percentile."""
    found = {name: tuple(float(q) for q in row) for name, row in table.items()}
    for row in found.values():
        if len(row) != len(PERCENTILES) or not all(map(math.isfinite, row)) or list(row) != sorted(row):
            raise ValueError("a reference is not of ascending percentiles")
    return found


def differences(measured: Mapping[str, Measures], reference: Reference, n_learned: int) -> tuple[Difference, ...]:
    """Every measure of the reference that these sessions have beside it, in the order of the reference.

    `measured` is by session, `n_learned` the number of sessions learned from.
    """
    found = []
    for name, quantiles in reference.items():
        by_session = {s: m[name] for s, m in measured.items() if not math.isnan(m.get(name, math.nan))}
        if by_session:
            found.append(_difference(name, by_session, quantiles, n_learned))
    return tuple(found)


def _difference(name: str, by_session: Measures, quantiles: tuple[float, ...], n_learned: int) -> Difference:
    values = list(by_session.values())
    psi, limit = stability_index(values, quantiles), shift_limit(quantiles, len(values), n_learned)
    is_length = name in _LENGTHS
    far = {s: distance(v, quantiles, is_length=is_length) for s, v in by_session.items()}
    beyond = sum(d > 0 for d in far.values()) / len(far)
    return Difference(
        name,
        len(values),
        tuple(float(q) for q in np.percentile(values, PERCENTILES)),
        quantiles,
        beyond,
        psi,
        limit,
        _place(median(values), quantiles, beyond, psi < limit),
        tuple(sorted((s for s, d in far.items() if d > FAR), key=lambda s: (-far[s], s))),
    )


def _place(middle: float, quantiles: tuple[float, ...], beyond: float, by_chance: bool) -> Place:
    """Outside when half of the sessions or more lie where one in twenty of those learned from does.

    The index alone puts nothing at the edge: it also grows when sessions are more alike than those learned from.
    """
    if not quantiles[0] <= middle <= quantiles[-1]:
        return Place.OUTSIDE
    return Place.EDGE if beyond > MANY_BEYOND and not by_chance else Place.INSIDE


def stability_index(values: Sequence[float], quantiles: Sequence[float]) -> float:
    """Population stability index of values against a reference's percentiles; nan when these leave one bin alone.

    Sum over the bins between percentiles of (a - e) ln(a / e), a and e being the shares of both. A value on a
    border counts half on either side, and one session that lies as the reference does is added to `values`, so that
    an empty bin does not make it infinite (our choice).

    >>> stability_index([3.0], [1, 2, 3, 4, 5]) < 0.6 < stability_index([9.0] * 9, [1, 2, 3, 4, 5])
    True
    """
    borders, expected = _bins(quantiles)
    if not borders:
        return math.nan
    sides = np.searchsorted(borders, values, "left"), np.searchsorted(borders, values, "right")
    counts = sum(np.bincount(side, minlength=len(expected)) for side in sides) / 2
    actual = (counts + expected) / (len(values) + 1)
    return float(np.sum((actual - expected) * np.log(actual / expected)))


def shift_limit(quantiles: Sequence[float], n: int, n_learned: int) -> float:
    """The index from which `n` sessions count as shifted: the rule of thumb, or what chance alone gives 1 time in 20.

    nan when the reference is one single value.
    """
    borders, _ = _bins(quantiles)
    if not borders:
        return math.nan
    return max(SHIFTED, CHI_SQUARE_95[len(borders) - 1] * (1 / n + 1 / max(1, n_learned)))


def _bins(quantiles: Sequence[float]) -> tuple[list[float], NDArray[np.float64]]:
    """Borders between bins, and the share of the reference in each bin.

    Where percentiles coincide, as in what most sessions never show, how much lies on that border is not known:
    such a border is left out, and so is nought.
    """
    kept = [i for i, q in enumerate(quantiles) if q and list(quantiles).count(q) == 1]
    at = np.array([0, *(PERCENTILES[i] for i in kept), 100]) / 100
    return [quantiles[i] for i in kept], np.diff(at)


def distance(value: float, quantiles: Sequence[float], *, is_length: bool = False) -> float:
    """How far a session lies beyond the 5th to 95th percentile, in widths between the two; 0 between them.

    Infinite outside a reference of one single value.

    >>> distance(12.0, [0, 2, 4, 6, 8])
    0.5
    """
    low, high = quantiles[0], quantiles[-1]
    if low <= value <= high:
        return 0.0
    if is_length and low > 0:
        value, low, high = math.log(max(value, low / 1e6)), math.log(low), math.log(high)
    gap = max(low - value, value - high)
    return gap / (high - low) if high > low else math.inf


def _values(values: Sequence[float]) -> list[float]:
    return [v for v in values if not math.isnan(v)]


def _rarity(session: Session, vocabulary: Vocabulary) -> float:
    """Mean of ln(sessions learned from / sessions that hold it) over all phrases said by the dyad; nan of none.

    A phrase that the vocabulary of its side does not hold counts as rare as the rarest there. This is the
    cross-entropy of the session's phrases under how often they are held, but for a constant.
    """
    roles = [session.role(t) for t in range(len(session.turns))]
    n_said = sum(len(turn_phrases(session.turn_text(t))) for t, role in enumerate(roles) if role in SIDES)
    if not n_said or not len(vocabulary):
        return math.nan
    # The weight of a phrase that every session holds is 1 (`Vocabulary.rarity`).
    weights = vocabulary.rarity - 1
    counts = count_phrases(session, vocabulary.places())
    known = float(counts.count @ weights[counts.phrase])
    return (known + (n_said - float(counts.count.sum())) * float(weights.max())) / n_said


def _talk_share(session: Session, _: Vocabulary) -> float:
    """The therapist's share of the words of the dyad, 0..1; nan of none."""
    said = {role: sum(s.n_words for s in session.speakers if s.role is role) for role in SIDES}
    total = sum(said.values())
    return said[Role.THERAPIST] / total if total else math.nan


def _turn_words(side: Role) -> Callable[[Session, Vocabulary], float]:
    def of(session: Session, _: Vocabulary) -> float:
        """Mean number of words of a turn of the side; nan where it says nothing."""
        turns = [t for t in range(len(session.turns)) if session.role(t) is side]
        return sum(len(session.turn_text(t).split()) for t in turns) / len(turns) if turns else math.nan

    return of


SURFACE: tuple[Measure, ...] = (
    Measure("words_known", "words that the model knows, share", False, known_share),
    Measure("phrase_rarity", "rarity of the phrases, mean log", False, _rarity),
    Measure("n_words", "words in a session", True, lambda session, _: float(session.n_words)),
    Measure("n_turns", "turns in a session", True, lambda session, _: float(len(session.turns))),
    Measure("talk_share", "therapist's share of the words", False, _talk_share),
    Measure("therapist_turn_words", "words in a therapist's turn, mean", True, _turn_words(Role.THERAPIST)),
    Measure("client_turn_words", "words in a client's turn, mean", True, _turn_words(Role.CLIENT)),
)
"""A measure is one function and its line here; models keep the reference of each by its name."""
_LENGTHS = frozenset(measure.name for measure in SURFACE if measure.is_length)


def label(name: str) -> str:
    """A measure's name for people.

    >>> label("n_words"), label("rate.EMP"), label("score.wai-o-s.total")
    ('words in a session', 'turns that show EMP, share', 'score wai-o-s total')
    """
    known = {measure.name: measure.label for measure in SURFACE}
    if name in known:
        return known[name]
    kind, _, rest = name.partition(".")
    return f"turns that show {rest}, share" if kind == "rate" else f"{kind} {rest.replace('.', ' ')}"
