"""One choice from what words and network say of all values."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.builders import make_session
from transcript_alliance.alliance.codes_mix import (
    MIX,
    POWERS,
    CodesMix,
    by_variable,
    features,
    fit_mix,
    fit_mixes,
    load_mixes,
    save_mixes,
    value_rates,
)
from transcript_alliance.alliance.codes_table import Variable
from transcript_alliance.errors import ModelBundleError

ACT, MOOD = Variable("act", ("ask", "tell"), ()), Variable("mood", ("low", "mid", "high"), ())
TWO = (ACT, MOOD)
NO_WEIGHTS = np.zeros((5, 12))


def test_a_rare_value_needs_less_to_be_chosen() -> None:
    rates = np.array([0.9, 0.1, 1 / 3, 1 / 3, 1 / 3])
    probabilities = np.array([[0.7, 0.3, 0.5, 0.3, 0.2], [0.8, 0.2, 0.2, 0.3, 0.5]])
    mix = CodesMix(NO_WEIGHTS, rates, np.array([0.5, 0.5]))
    # tell: .3 / sqrt(.1) = .95 against .7 / sqrt(.9) = .74; then .2 / .316 = .63 against .8 / .949 = .84.
    assert mix.choose(probabilities, TWO).tolist() == [[1, 0], [0, 2]]
    # With no power for the first the likelier one, with the whole tell both times: .2 / .1 against .8 / .9.
    assert CodesMix(NO_WEIGHTS, rates, np.array([0.0, 0.5])).choose(probabilities, TWO)[:, 0].tolist() == [0, 0]
    assert CodesMix(NO_WEIGHTS, rates, np.array([1.0, 0.5])).choose(probabilities, TWO)[:, 0].tolist() == [1, 1]


def test_rates_are_those_of_the_turns_that_were_asked() -> None:
    nan = np.nan
    truth = np.array([[1.0, 0, nan, nan, nan], [nan, nan, 0.5, 0.5, 0], [0, 1, nan, nan, nan], [1, 0, nan, nan, nan]])
    assert value_rates(truth) == pytest.approx([2 / 3, 1 / 3, 0.5, 0.5, 0])
    assert [part.tolist() for part in by_variable(value_rates(truth), TWO)][1] == [0.5, 0.5, 0.0]


def test_what_is_weighed_is_logarithms_scores_and_the_length_of_the_turn() -> None:
    session = make_session("T: How was it then?\nC: Well.")
    network, words = np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.1, 0.9], [0.8, 0.2]])
    seen = features(session, words, network)
    # ln (1 + 4 words), ln (1 + 1); ln .5, ln 1, and ln of a millionth in the place of nothing.
    assert seen[0] == pytest.approx([0.1, 0.9, 1.609438, -0.693147, -0.693147], abs=1e-6)
    assert seen[1] == pytest.approx([0.8, 0.2, 0.693147, 0, -13.815511], abs=1e-6)


def readings(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Features of turns, and what two raters said of them: low, mid or high goes with the third feature."""
    rng = np.random.default_rng(1)
    seen = rng.normal(size=(n, 11))
    odds = np.column_stack([-2 * seen[:, 2], np.zeros(n), 2 * seen[:, 2] - 1])
    p = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    mood = np.array([rng.multinomial(2, row) / 2 for row in p])
    act = np.full((n, 2), np.nan)
    act[:50] = [1.0, 0.0]
    act[:10] = [0.0, 1.0]
    return seen, np.concatenate([act, mood], axis=1)


def test_the_mix_finds_what_goes_with_the_values() -> None:
    seen, truth = readings()
    mix = fit_mix(seen, truth, TWO)
    found = mix.probabilities(seen, TWO)
    assert found[:, :2].sum(axis=1) == pytest.approx(1)
    assert found[:, 2:].sum(axis=1) == pytest.approx(1)
    # What was put in: 4 between low and high for a unit, and -1 at 0.
    low, mid, high = mix.weights[2:]
    assert (high - low)[3] == pytest.approx(4, abs=0.6)
    assert (high - mid)[0] == pytest.approx(-1, abs=0.4)
    assert np.abs(mix.weights[2:, [1, 2, *range(4, 12)]]).max() < 0.3
    # At its best the mean of what it says is what was said.
    assert found[:, 2:].mean(axis=0) == pytest.approx(truth[:, 2:].mean(axis=0), abs=1e-3)
    assert set(mix.powers.tolist()) <= set(POWERS)


def test_a_variable_that_nobody_was_asked_is_undecided() -> None:
    seen, truth = readings()
    truth[:, :2] = np.nan
    mix = fit_mix(seen, truth, TWO)
    assert mix.probabilities(seen[:3], TWO)[:, :2].tolist() == [[0.5, 0.5]] * 3


def test_a_power_is_taken_where_it_finds_a_rare_value() -> None:
    # One feature, 0 or 1: 2 of 100 are rare without it, 40 of 100 with it. A rare one is never likelier than not.
    seen = np.repeat([0.0, 1.0], 100)[:, None] * np.ones((1, 7))
    rare = np.concatenate([np.arange(100) < 2, np.arange(100) < 40])
    (power,) = fit_mix(seen, np.column_stack([~rare, rare]).astype(float), (ACT,)).powers
    # Power 0 finds none: accuracy 158 / 200 and macro-F1 (2 x 158 / 358) / 2 = .44 make 1.23. A power that finds the
    # second hundred has accuracy (98 + 40) / 200 and F1 of 2 x 98 / 258 and 2 x 40 / 142: .69 + .66 = 1.35. The first
    # that does so is .5: .4 / sqrt(.21) = .87 against .6 / sqrt(.79) = .68, but .4 / .21 ** .25 = .59 against .64.
    assert power == 0.5


def test_without_the_network_only_words_and_length_are_weighed() -> None:
    seen, truth = readings()
    mixes = fit_mixes(seen, truth, TWO)
    # Five scores and the length; then the logarithms of the network, whatever they are.
    blind = seen.copy()
    blind[:, 6:] = 99.0
    assert np.array_equal(mixes.words.probabilities(seen, TWO), mixes.words.probabilities(blind, TWO))
    assert not np.array_equal(mixes.whole.probabilities(seen, TWO), mixes.whole.probabilities(blind, TWO))


def test_both_come_back_from_disk(tmp_path: Path) -> None:
    seen, truth = readings()
    mixes = fit_mixes(seen, truth, TWO)
    save_mixes(mixes, tmp_path)
    again = load_mixes(tmp_path, TWO)
    for old, new in ((mixes.whole, again.whole), (mixes.words, again.words)):
        assert new.probabilities(seen, TWO) == pytest.approx(old.probabilities(seen, TWO), abs=1e-5)
        assert new.powers.tolist() == old.powers.tolist()


GOOD = {
    **{"whole.weights": NO_WEIGHTS, "whole.rates": np.full(5, 0.5), "whole.powers": np.zeros(2)},
    **{"words.weights": np.zeros((5, 7)), "words.rates": np.full(5, 0.5), "words.powers": np.zeros(2)},
}
BAD = (
    ("another size", {**GOOD, "whole.weights": np.zeros((5, 11))}),
    ("the whole twice", {**GOOD, "words.weights": NO_WEIGHTS}),
    ("more than all", {**GOOD, "whole.rates": np.full(5, 1.5)}),
    ("no number", {**GOOD, "words.weights": np.full((5, 7), np.nan)}),
    ("no share", {**GOOD, "words.rates": np.full(5, np.nan)}),
    ("no power", {**GOOD, "whole.powers": np.array([0.5, -1.0])}),
    ("one table more", {**GOOD, "more": np.zeros(1)}),
    ("one table less", {name: table for name, table in GOOD.items() if name != "words.powers"}),
)


@pytest.mark.parametrize("tables", [case[1] for case in BAD], ids=[case[0] for case in BAD])
def test_a_mix_that_is_none_is_refused(tables: dict[str, np.ndarray], tmp_path: Path) -> None:
    save_file(GOOD, tmp_path / MIX)
    load_mixes(tmp_path, TWO)
    save_file(tables, tmp_path / MIX)
    with pytest.raises(ModelBundleError, match=r"mix\.safetensors"):
        load_mixes(tmp_path, TWO)
    (tmp_path / MIX).write_bytes(b"nothing of the kind")
    with pytest.raises(ModelBundleError, match="cannot be read"):
        load_mixes(tmp_path, TWO)
