import numpy as np
import pytest

from transcript_alliance.alliance.blend import Blend, blend_by_fold, fit_blend


def readings(n: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Two codes: the network knows the first, the words the second; cues know nothing."""
    rng = np.random.default_rng(seed)
    truth = (rng.random((n, 2)) < [0.4, 0.2]).astype(float)
    noise = rng.normal(size=(n, 2))
    network = 1 / (1 + np.exp(-(np.column_stack([4 * truth[:, 0] - 2, np.zeros(n)]) + noise)))
    words = np.column_stack([np.zeros(n), truth[:, 1]]) + 0.5 * rng.normal(size=(n, 2))
    return network, words, rng.random((n, 2)) < 0.3, truth


def test_each_reader_counts_where_it_knows_something() -> None:
    blend = fit_blend(*readings(20_000))
    # Two normal readings of the same spread s, d apart: log odds are d / s^2 for a step of 1.
    assert blend.network == pytest.approx([4.0, 0.0], abs=0.4)
    assert blend.words == pytest.approx([0.0, 4.0], abs=0.4)
    assert blend.cues == pytest.approx([0, 0], abs=0.4)


def test_probabilities_are_as_frequent_as_they_say() -> None:
    blend = fit_blend(*readings(20_000))
    network, words, cues, truth = readings(20_000, seed=1)
    found = blend.codes(network, words, cues)
    for code in range(2):
        for low, high in ((0.0, 0.2), (0.2, 0.8), (0.8, 1.0)):
            inside = (found[:, code] >= low) & (found[:, code] < high)
            assert truth[inside, code].mean() == pytest.approx(found[inside, code].mean(), abs=0.07)


def test_a_code_that_nobody_marked_or_asked_stays_finite() -> None:
    network, words, cues, truth = readings(50)
    truth[:, 0], truth[:, 1] = 0.0, np.nan
    found = fit_blend(network, words, cues, truth).codes(network, words, cues)
    assert np.isfinite(found).all()
    assert found[:, 0].max() < 0.05


def test_soft_labels_count_by_half() -> None:
    n = 1000
    half = np.full((n, 1), 0.5)
    blend = fit_blend(half, np.zeros((n, 1)), np.zeros((n, 1), dtype=bool), half)
    assert blend.codes(half[:1], np.zeros((1, 1)), np.zeros((1, 1), dtype=bool)) == pytest.approx(0.5)


def test_no_session_helps_to_blend_itself() -> None:
    tables = [readings(60, seed) for seed in range(10)]
    folds = np.arange(10) % 5
    network, words, cues, truth = (list(column) for column in zip(*tables, strict=True))
    before = blend_by_fold(network, words, cues, truth, folds)
    truth[0] = 1 - truth[0]
    after = blend_by_fold(network, words, cues, truth, folds)
    assert after[5] == pytest.approx(before[5])
    assert after[1] != pytest.approx(before[1])


def test_certainty_stays_finite() -> None:
    assert Blend(*np.zeros((4, 1))).codes(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1), bool)) == pytest.approx(0.5)
