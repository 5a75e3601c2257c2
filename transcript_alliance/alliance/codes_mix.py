"""One choice a turn for each of people's own codes, from what words and network say of all values.

A multinomial logistic regression a variable makes probabilities of its values, which add up to 1; chosen is the value
that is likeliest for how common it is. The same without the network is the floor that the network has to beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.optimize import minimize

from transcript_alliance.alliance.codes_figures import macro_f1
from transcript_alliance.alliance.codes_table import Labels, Variable, n_values
from transcript_alliance.errors import ModelBundleError, show_name
from transcript_alliance.machine import one_thread_products
from transcript_alliance.session import Session

Array = NDArray[np.float64]

MIX = "mix.safetensors"
PENALTY = 1.0
"""Strength of the pull of the weights to nothing, in turns (our choice): keeps values that are never given finite."""
POWERS = (0.0, 0.25, 0.5, 0.75, 1.0)
LEAST = 1e-6
"""Probabilities and rates are not taken for less."""
_STEPS = 500


@dataclass(frozen=True, slots=True, eq=False)
class CodesMix:
    """How features of a turn make probabilities of values, and how one of these is chosen."""

    weights: Array  # (values, 1 + features), the intercept first; the features are the first of `features`
    rates: Array  # (values,), how common each was among the turns that were asked, 0..1
    powers: Array  # (variables,), of the rates, 0..1: how much of a chance a rare value is given

    def probabilities(self, seen: Array, variables: Sequence[Variable]) -> Array:
        """Probabilities of the values, (turns, values), those of one variable adding up to 1; `seen` of `features`."""
        with one_thread_products():
            odds = self.weights[:, 0] + seen[:, : self.weights.shape[1] - 1] @ self.weights[:, 1:].T
        return np.concatenate([_softmax(part) for part in by_variable(odds, variables)], axis=1)

    def choose(self, probabilities: Array, variables: Sequence[Variable]) -> Labels:
        """Place of the value that is likeliest for how common it is, (turns, variables)."""
        parts = zip(by_variable(probabilities, variables), by_variable(self.rates, variables), strict=True)
        return np.stack([_chosen(p, r, power) for (p, r), power in zip(parts, self.powers, strict=True)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Mixes:
    """The mix, and the same regression without the network."""

    whole: CodesMix
    words: CodesMix


def features(session: Session, words: Array, network: Array) -> Array:
    """What the mix weighs, (turns, 2 x values + 1), from scores and probabilities of the values, (turns, values) each.

    First the words' scores, then the logarithm of one more than the words of the turn (short answers and long ones
    differ in what they can be), then the logarithms of the network's probabilities.
    """
    n_words = [len(session.turn_text(turn).split()) for turn in range(len(session.turns))]
    return np.column_stack([words, np.log1p(n_words), np.log(np.maximum(network, LEAST))])


def fit_mixes(seen: Array, truth: Array, variables: Sequence[Variable]) -> Mixes:
    """Both, by `fit_mix`."""
    without_network = seen[:, : n_values(variables) + 1]
    return Mixes(fit_mix(seen, truth, variables), fit_mix(without_network, truth, variables))


def fit_mix(seen: Array, truth: Array, variables: Sequence[Variable]) -> CodesMix:
    """The mix that raters' shares `truth`, (turns, values) with nan unasked, make likeliest.

    `seen`, (turns, features), must be of sessions whose people network and words had not learned from. The power of
    the rates is the one of `POWERS` by which accuracy and macro-F1 on these turns add up to most.
    """
    rates = value_rates(truth)
    weights, powers = [], []
    for shares, rate in zip(by_variable(truth, variables), by_variable(rates, variables), strict=True):
        asked = ~np.isnan(shares[:, 0])
        if not asked.any():
            weights.append(np.zeros((shares.shape[1], 1 + seen.shape[1])))
            powers.append(0.0)
            continue
        found = _fit(seen[asked], shares[asked])
        weights.append(found)
        powers.append(_best_power(_softmax(found[:, 0] + seen[asked] @ found[:, 1:].T), rate, shares[asked]))
    return CodesMix(np.concatenate(weights), rates, np.array(powers))


def by_variable(values: Array, variables: Sequence[Variable]) -> list[Array]:
    """Columns of values, parted by the variable they belong to."""
    bounds = np.cumsum([len(v.values) for v in variables])[:-1]
    return np.split(values, bounds, axis=-1)


def value_rates(truth: Array) -> Array:
    """How common each value is among the turns that were asked, (values,), from `codes_table.shares`."""
    rates: Array = np.nansum(truth, axis=0) / np.maximum((~np.isnan(truth)).sum(axis=0), 1)
    return rates


def save_mixes(mixes: Mixes, folder: Path) -> None:
    """Write them as `MIX`."""
    tables = {
        f"{name}.{part}": np.ascontiguousarray(getattr(mix, part), dtype=np.float32)
        for name, mix in (("whole", mixes.whole), ("words", mixes.words))
        for part in _PARTS
    }
    save_file(tables, folder / MIX)


def load_mixes(folder: Path, variables: Sequence[Variable]) -> Mixes:
    """Read them back. Raises ModelBundleError when they cannot be read, or are none for these variables."""
    where, hint = show_name(folder), "copy the folder again"
    try:
        tables = {name: table.astype(float) for name, table in load_file(folder / MIX).items()}
        whole, words = (CodesMix(*(tables.pop(f"{name}.{part}") for part in _PARTS)) for name in ("whole", "words"))
    except (OSError, ValueError, KeyError, SafetensorError):
        raise ModelBundleError("BAD_MODEL", f"{MIX} cannot be read", where=where, hint=hint) from None
    n = n_values(variables)
    if tables or not (_fits(whole, variables, 2 * n + 1) and _fits(words, variables, n + 1)):
        raise ModelBundleError("BAD_MODEL", f"{MIX} is not of this model", where=where, hint=hint)
    return Mixes(whole, words)


_PARTS = ("weights", "rates", "powers")


def _fits(mix: CodesMix, variables: Sequence[Variable], n_features: int) -> bool:
    n = n_values(variables)
    shapes = [mix.weights.shape, mix.rates.shape, mix.powers.shape]
    if shapes != [(n, 1 + n_features), (n,), (len(variables),)]:
        return False
    shares = np.concatenate([mix.rates, mix.powers])
    return bool(np.isfinite(mix.weights).all() and ((shares >= 0) & (shares <= 1)).all())


def _softmax(odds: Array) -> Array:
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    found: Array = raised / raised.sum(axis=1, keepdims=True)
    return found


def _chosen(probabilities: Array, rates: Array, power: float) -> Labels:
    found: Labels = (probabilities / np.maximum(rates, LEAST) ** power).argmax(axis=1)
    return found


def _fit(seen: Array, shares: Array) -> Array:
    """Weights of one variable, (values, 1 + features), by L-BFGS on the cross-entropy and the penalty."""
    # Around their means: the search is shorter and the free intercept keeps its meaning.
    mean = seen.mean(axis=0)
    x = np.column_stack([np.ones(len(seen)), seen - mean])
    shape = (shares.shape[1], x.shape[1])
    pull = np.full(shape, PENALTY)
    pull[:, 0] = 0.0

    def loss(flat: Array) -> tuple[float, Array]:
        weights = flat.reshape(shape)
        p = _softmax(x @ weights.T)
        value = -float((shares * np.log(np.maximum(p, 1e-300))).sum()) + float((pull * weights**2).sum()) / 2
        slope = (p - shares).T @ x + pull * weights
        return value, slope.ravel()

    with one_thread_products():
        found: Array = minimize(
            loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
        ).x.reshape(shape)
    found[:, 0] -= found[:, 1:] @ mean
    return found


def _best_power(probabilities: Array, rates: Array, shares: Array) -> float:
    """The first of the best."""
    truth = shares.argmax(axis=1)

    def worth(power: float) -> float:
        chosen = _chosen(probabilities, rates, power)
        return float((chosen == truth).mean()) + macro_f1(truth, chosen)

    return max(POWERS, key=worth)
