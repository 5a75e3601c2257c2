"""Figures of agreement against the tables of the papers that defined them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from transcript_alliance.agreement import (
    Estimate,
    IccForm,
    Level,
    Weights,
    bland_altman,
    bootstrap_interval,
    cohen_kappa,
    cronbach_alpha,
    gwet_ac,
    icc,
    krippendorff_alpha,
    ranks,
    spearman,
)

Floats = NDArray[np.float64]
NONE = math.nan

FORMS: tuple[IccForm, ...] = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
WEIGHTS: tuple[Weights, ...] = ("nominal", "linear", "quadratic")
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
"""Shrout & Fleiss 1979, table 2: six subjects rated by four judges."""

FOUR_RATERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
).T
"""Krippendorff 2011, example C; Gwet 2014, page 120: twelve units, four observers, ratings missing."""


def from_table(table: list[list[int]]) -> tuple[Floats, Floats]:
    """Two raters' choices from how often each pair of categories occurs."""
    counts = np.array(table)
    first, second = np.indices(counts.shape)
    times = counts.ravel()
    return np.repeat(first.ravel(), times).astype(float), np.repeat(second.ravel(), times).astype(float)


ABSTRACTORS = from_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
"""Gwet 2014: pregnancies of 100 women as two abstractors classed them."""

COUPLES = from_table([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])
"""Hout, Duncan & Sobel 1987 (in Agresti's textbooks): 91 couples on a scale of four steps."""


def standard_error(estimate: Estimate, quantile: float) -> float:
    return (estimate.high - estimate.low) / (2 * quantile)


def undefined(estimate: Estimate) -> bool:
    return all(math.isnan(x) for x in (estimate.value, estimate.low, estimate.high))


# --- intraclass correlation -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "value", "low", "high"),
    [
        # Values: Shrout & Fleiss 1979, table 4. Intervals: R package psych, ICC, same data and formulas.
        ("ICC(1,1)", 0.17, -0.133, 0.723),
        ("ICC(2,1)", 0.29, 0.019, 0.761),
        ("ICC(3,1)", 0.71, 0.342, 0.946),
        ("ICC(1,k)", 0.44, -0.884, 0.912),
        ("ICC(2,k)", 0.62, 0.071, 0.927),
        ("ICC(3,k)", 0.91, 0.676, 0.986),
    ],
)
def test_icc_shrout_fleiss(form: IccForm, value: float, low: float, high: float) -> None:
    found = icc(SHROUT_FLEISS, form)
    assert found.value == pytest.approx(value, abs=5e-3)
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-3)
    assert found.n == 6


def test_icc_by_hand() -> None:
    # Two raters, the second one point higher: subjects 1.5, 2.5, 3.5, mean 2.5, raters 2 and 3.
    # Between subjects: 2 * (1 + 0 + 1) / 2 = 2. Raters: 3 * (0.25 + 0.25) / 1 = 1.5. Residual: 0.
    # Within: six deviations of 0.5, 6 * 0.25 / 3 = 0.5.
    ratings = [[1, 2], [2, 3], [3, 4]]
    assert icc(ratings, "ICC(3,1)").value == pytest.approx(1)  # (2 - 0) / (2 + 0)
    assert icc(ratings, "ICC(2,1)").value == pytest.approx(2 / 3)  # (2 - 0) / (2 + 0 + 2 * (1.5 - 0) / 3)
    assert icc(ratings, "ICC(1,1)").value == pytest.approx(0.6)  # (2 - 0.5) / (2 + 0.5)


def test_icc_leaves_out_subjects_with_a_missing_rating() -> None:
    more = np.vstack([SHROUT_FLEISS, [1, NONE, 9, 9]])
    assert icc(more) == icc(SHROUT_FLEISS)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_icc_properties(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    n, k = data.draw(st.integers(3, 12)), data.draw(st.integers(2, 5))
    table = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    for form in FORMS:
        found = icc(table, form)
        if math.isnan(found.value):
            assert form == "ICC(2,k)"  # raters disagree so much that their mean has no reliability
            continue
        assert found.value <= 1
        assert not found.low > found.value
        assert found.value <= found.high <= 1 + 1e-12
        moved = icc(3 * table[rng.permutation(n)][:, rng.permutation(k)] - 7, form)
        assert moved.value == pytest.approx(found.value)
        assert not icc(table, form, confidence=0.5).low < found.low
    constant = rng.normal(size=(1, k)) * 5
    assert icc(table + constant, "ICC(3,1)").value == pytest.approx(icc(table, "ICC(3,1)").value)
    single = icc(table, "ICC(3,1)").value
    assert icc(table, "ICC(3,k)").value == pytest.approx(k * single / (1 + (k - 1) * single))


@pytest.mark.parametrize("form", FORMS)
def test_icc_without_variance_is_not_a_number(form: IccForm) -> None:
    # 0.1 three times does not sum to 0.3 in binary: rounding must not pass for variance.
    assert undefined(icc(np.full((4, 3), 0.1), form))
    assert undefined(icc([[1, 2]], form))
    assert undefined(icc(np.empty((0, 2)), form))


def test_rounding_is_no_variance() -> None:
    # Means over raters of equal ratings may differ in the last digit: 0.1 + 0.2 is not quite 0.3.
    table = [[0.3, 0.1 + 0.2], [0.3, 0.3], [0.1 + 0.2, 0.1 + 0.2]]
    assert len(np.unique(table)) == 2
    for form in FORMS:
        assert undefined(icc(table, form))
    assert undefined(cronbach_alpha(table))
    assert undefined(krippendorff_alpha(table, "interval"))


def test_icc_of_perfect_agreement_and_of_subjects_that_do_not_differ() -> None:
    assert icc([[1, 1], [2, 2], [3, 3]]) == Estimate(1, 1, 1, 3)
    same_rows = np.tile([1.0, 2.0, 3.1], (4, 1))
    assert icc(same_rows, "ICC(2,1)").value == 0
    assert undefined(icc(same_rows, "ICC(3,1)"))


# --- Cronbach's alpha -------------------------------------------------------------------------------


def test_cronbach_by_hand() -> None:
    # Items 1 2 3, 2 2 5, variances 1 and 3; sums 3 4 8, mean 5, variance (4 + 1 + 9) / 2 = 7.
    assert cronbach_alpha([[1, 2], [2, 2], [3, 5]]).value == pytest.approx(2 * (1 - 4 / 7))


def test_cronbach_is_icc_of_consistency_of_the_mean() -> None:
    # Hoyt 1941
    alpha, consistency = cronbach_alpha(SHROUT_FLEISS), icc(SHROUT_FLEISS, "ICC(3,k)")
    assert alpha.value == pytest.approx(consistency.value)
    assert [alpha.low, alpha.high] == pytest.approx([consistency.low, consistency.high])


def test_cronbach_interval_of_feldt() -> None:
    # MRC Cognition and Brain Sciences Unit, statistics wiki, feldt1.return(0.913, 873, 20): 0.9044024, 0.9211588
    alpha, n, k = 0.913, 873, 20
    # Data of exactly this alpha: 1 - alpha is the ratio of residual to between mean square.
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(n, k))
    noise -= noise.mean(axis=0)
    people = noise.mean(axis=1, keepdims=True)
    noise -= people
    residual = (noise**2).sum() / ((n - 1) * (k - 1))
    between = k * (people**2).sum() / (n - 1)
    found = cronbach_alpha(noise * np.sqrt((1 - alpha) * between / residual) + people)
    assert found.value == pytest.approx(alpha)
    assert [found.low, found.high] == pytest.approx([0.9044024, 0.9211588], abs=1e-6)


def test_cronbach_without_variance_is_not_a_number() -> None:
    assert undefined(cronbach_alpha(np.full((5, 3), 0.1)))
    assert undefined(cronbach_alpha([[1, 3], [3, 1], [2, 2]]))  # all sums 4
    assert undefined(cronbach_alpha([[1.0, 2.0], [NONE, 3.0]]))


# --- Cohen's kappa ----------------------------------------------------------------------------------


def test_kappa_cohen_1968() -> None:
    # Table 1, 200 cases: proportions .44 .07 .09 / .05 .20 .05 / .01 .03 .06; kappa .492 in the paper.
    # Observed .70; chance .60 * .50 + .30 * .30 + .10 * .20 = .41; .29 / .59
    found = cohen_kappa(*from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]))
    assert found.value == pytest.approx(0.29 / 0.59)
    assert found.n == 200


@pytest.mark.parametrize(
    ("weights", "value", "error"),
    [("nominal", 0.1293, 0.0686), ("linear", 0.2374, 0.0783)],  # R package vcd, Kappa(SexualFun)
)
def test_kappa_of_couples(weights: Weights, value: float, error: float) -> None:
    found = cohen_kappa(*COUPLES, weights)
    assert found.value == pytest.approx(value, abs=5e-5)
    assert standard_error(found, 1.959964) == pytest.approx(error, abs=5e-5)


def test_kappa_of_abstractors() -> None:
    # R package irrCAC by Gwet, kappa2.table: 0.7964094, standard error 0.05891072
    found = cohen_kappa(*ABSTRACTORS)
    assert found.value == pytest.approx(0.7964094, abs=1e-7)
    assert standard_error(found, 1.959964) == pytest.approx(0.0589, abs=5e-5)


def test_quadratic_kappa_is_nearly_the_agreement_icc() -> None:
    # Fleiss & Cohen 1973: the two differ by terms that vanish with the number of subjects.
    first, second = (np.tile(side, 200) for side in COUPLES)
    both = np.column_stack([first, second])
    assert cohen_kappa(first, second, "quadratic").value == pytest.approx(icc(both).value, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=2, max_size=30))
def test_kappa_properties(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=float).T
    for weights in WEIGHTS:
        found = cohen_kappa(first, second, weights)
        if math.isnan(found.value):
            assert len(set(first) | set(second)) == 1
            continue
        assert -1 <= found.low <= found.value <= found.high <= 1 + 1e-12
        assert cohen_kappa(second, first, weights).value == pytest.approx(found.value)
        assert cohen_kappa(5 * first, 5 * second, weights).value == pytest.approx(found.value)


def test_two_categories_have_no_weights_to_speak_of() -> None:
    first, second = [0, 0, 1, 1, 1], [0, 1, 1, 1, 0]
    assert len({round(cohen_kappa(first, second, weights).value, 12) for weights in WEIGHTS}) == 1


def test_kappa_without_choice_is_not_a_number() -> None:
    for weights in WEIGHTS:
        assert undefined(cohen_kappa([3, 3, 3], [3, 3, 3], weights))
        assert undefined(cohen_kappa([], [], weights))
    assert cohen_kappa([1, 1, 2], [1, 2, NONE]).n == 2


# --- Gwet's AC --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "value", "error", "low"),
    [
        # Gwet 2014, page 120: .775. Standard errors and intervals: irrCAC, same data.
        ("nominal", 0.77544, 0.14295, 0.461),
        ("linear", 0.859, 0.117, 0.600),
        ("quadratic", 0.914, 0.104, 0.685),
    ],
)
def test_gwet_four_raters(weights: Weights, value: float, error: float, low: float) -> None:
    found = gwet_ac(FOUR_RATERS, weights)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert found.low == pytest.approx(low, abs=5e-4)
    assert (found.value - found.low) / stats.t.ppf(0.975, 11) == pytest.approx(error, abs=5e-4)
    assert found.high == 1  # cut: nothing agrees better than perfectly
    assert found.n == 12


@pytest.mark.parametrize(
    ("weights", "value"), [("nominal", 0.8493305), ("linear", 0.900), ("quadratic", 0.940)]
)  # irrCAC, gwet.ac1.table
def test_gwet_of_abstractors(weights: Weights, value: float) -> None:
    assert gwet_ac(np.column_stack(ABSTRACTORS), weights).value == pytest.approx(value, abs=5e-4)


def test_gwet_with_four_raters_and_three_words() -> None:
    # irrCAC, data cac.raw.gender: .208, interval .014 to .403
    words = np.array([list(w) for w in ("aaaaabbbcaaaaab", "aaaababccaaaaba", "abbcaabbcabbcaa", "ccccaabbcccccaa")])
    found = gwet_ac(np.unique(words, return_inverse=True)[1].reshape(words.shape).T)
    assert found.value == pytest.approx(0.208, abs=5e-4)
    assert [found.low, found.high] == pytest.approx([0.014, 0.403], abs=5e-4)


def test_gwet_stays_high_where_kappa_falls() -> None:
    # 118 of 125 subjects are yes for both raters: observed (118 + 0) / 125.
    first, second = from_table([[118, 5], [2, 0]])
    assert cohen_kappa(first, second).value < 0
    # Share of yes (123 + 120) / 250 = .972, chance 2 * .972 * .028 = .054432
    expected = (118 / 125 - 0.054432) / (1 - 0.054432)
    assert gwet_ac(np.column_stack([first, second])).value == pytest.approx(expected)


def test_gwet_counts_categories_that_nobody_chose() -> None:
    ratings = [[1, 1], [1, 1], [2, 2], [1, 2]]
    # Observed .75; shares 5/8 and 3/8, sum of share * (1 - share) = 30 / 64; chance is that over q - 1.
    assert gwet_ac(ratings).value == pytest.approx((0.75 - 30 / 64) / (1 - 30 / 64))
    assert gwet_ac(ratings, categories=[1, 2, 3]).value == pytest.approx((0.75 - 15 / 64) / (1 - 15 / 64))
    assert gwet_ac([[3, 3], [3, 3]], categories=range(1, 8)).value == 1


def test_intervals_end_at_full_disagreement() -> None:
    ratings = np.array([[1, 2], [2, 1], [1, 1]])
    assert gwet_ac(ratings).low == -1
    assert cohen_kappa(*ratings.T).low == -1


def test_gwet_of_too_little_is_not_a_number() -> None:
    assert undefined(gwet_ac([[3, 3], [3, 3]]))
    assert undefined(gwet_ac([[1.0, NONE], [NONE, 2.0]]))
    one = gwet_ac([[1.0, 2.0], [NONE, NONE]])
    assert one.n == 1
    assert math.isnan(one.low)


# --- Krippendorff's alpha ---------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_four_observers(level: Level, value: float) -> None:
    # Krippendorff 2011, section C
    found = krippendorff_alpha(FOUR_RATERS, level)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert found.n == 11  # the twelfth unit has one rating only
    assert math.isnan(found.low)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("0100000000", "1110010010", 0.095),  # Krippendorff 2011, section A: 1 - 19 * 4 / (14 * 6)
        ("aabbdcccedda", "babbbccceddd", 0.692),  # section B
    ],
)
def test_krippendorff_two_observers(first: str, second: str, value: float) -> None:
    table = np.array([[ord(letter) for letter in row] for row in (first, second)], dtype=float).T
    assert krippendorff_alpha(table).value == pytest.approx(value, abs=5e-4)


def test_krippendorff_of_abstractors() -> None:
    # irrCAC, krippen2.table
    assert krippendorff_alpha(np.column_stack(ABSTRACTORS)).value == pytest.approx(0.7972585, abs=1e-7)


def slow_alpha(table: Floats, level: Level = "nominal") -> float:
    """Alpha by the paper's own way: a table of coincidences and the distances of its categories."""
    known = np.unique(table[~np.isnan(table)])
    coincidences = np.zeros((len(known), len(known)))
    for row in table:
        given = row[~np.isnan(row)]
        for i, a in enumerate(given):
            for j, b in enumerate(given):
                if i != j:
                    coincidences[np.searchsorted(known, a), np.searchsorted(known, b)] += 1 / (len(given) - 1)
    totals = coincidences.sum(axis=0)
    n = totals.sum()

    def distance(c: int, k: int) -> float:
        if level == "nominal":
            return float(c != k)
        if level == "interval":
            return float(known[c] - known[k]) ** 2
        low, high = min(c, k), max(c, k)
        return float(totals[low : high + 1].sum() - (totals[c] + totals[k]) / 2) ** 2

    cells = [(c, k) for c in range(len(known)) for k in range(len(known))]
    observed = sum(coincidences[c, k] * distance(c, k) for c, k in cells)
    expected = sum(totals[c] * totals[k] * distance(c, k) for c, k in cells) / (n - 1)
    return float(1 - observed / expected)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.lists(st.sampled_from([1.0, 2.0, 2.5, 4.0, NONE]), min_size=3, max_size=3), min_size=2))
def test_krippendorff_equals_the_coincidence_table(level: Level, rows: list[list[float]]) -> None:
    table = np.array(rows)
    found = krippendorff_alpha(table, level)
    paired = table[(~np.isnan(table)).sum(axis=1) > 1]
    if len(np.unique(paired[~np.isnan(paired)])) < 2:
        assert undefined(found)
    else:
        assert found.value == pytest.approx(slow_alpha(paired, level))


def test_krippendorff_interval_is_repeatable_and_holds_the_value() -> None:
    intervals = [krippendorff_alpha(FOUR_RATERS, rng=np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert intervals[0] == intervals[1] != intervals[2]
    assert intervals[0].low < intervals[0].value < intervals[0].high
    wide = krippendorff_alpha(FOUR_RATERS, rng=np.random.default_rng(1), confidence=0.5)
    assert intervals[0].low < wide.low


def test_krippendorff_without_variance_is_not_a_number() -> None:
    for level in LEVELS:
        assert undefined(krippendorff_alpha(np.full((4, 3), 0.1), level, rng=np.random.default_rng(0)))
        assert undefined(krippendorff_alpha([[1.0, NONE], [NONE, 2.0]], level))


# --- two methods ------------------------------------------------------------------------------------


def test_bland_altman_1986() -> None:
    # Bland & Altman 1986: first readings of 17 people with the large and the mini Wright peak flow meter.
    large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
    mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
    found = bland_altman(large, mini)
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert found.bias.low == pytest.approx(-22.0, abs=0.1)
    assert found.bias.high == pytest.approx(17.8, abs=0.1)
    # The paper takes 2 for 1.96 (limits -79.7 and 75.5): -2.118 -/+ 1.96 * 38.765
    assert [found.lower.value, found.upper.value] == pytest.approx([-78.10, 73.86], abs=0.01)
    # Standard error of a limit: 38.765 * sqrt(1 / 17 + 1.96 ** 2 / 32) = 16.395; t with 16 df 2.1199
    assert found.lower.high - found.lower.value == pytest.approx(2.1199 * 16.395, abs=0.01)
    assert found.bias.n == 17


def test_bland_altman_of_a_constant_difference_and_of_one_subject() -> None:
    found = bland_altman([1, 2, 4], [2, 3, 5])
    assert (found.lower.value, found.bias.value, found.upper.value, found.sd) == (-1, -1, -1, 0)
    assert undefined(bland_altman([1], [2]).bias)
    assert undefined(bland_altman([1, 5], [2, NONE]).upper)


def test_spearman_with_ties_by_hand() -> None:
    # Ranks 1 2.5 2.5 4 and 1.5 1.5 3.5 3.5, both with mean 2.5: deviations -1.5 0 0 1.5 and -1 -1 1 1.
    # Product sum 3; sums of squares 4.5 and 4.
    assert spearman([1, 2, 2, 3], [0, 0, 9, 9]).value == pytest.approx(3 / math.sqrt(4.5 * 4))
    assert ranks([1, 2, 2, 3]).tolist() == [1, 2.5, 2.5, 4]


def test_spearman_interval_by_hand() -> None:
    # Order 1 2 3 4 5 6 7 against 2 1 4 3 6 5 7: six differences of one, 1 - 6 * 6 / (7 * 48) = 0.892857.
    # z = 1.436, standard error sqrt((1 + 0.7972 / 2) / 4) = 0.5913
    found = spearman(range(7), [2, 1, 4, 3, 6, 5, 7])
    assert found.value == pytest.approx(0.892857, abs=1e-6)
    z, error = math.atanh(found.value), math.sqrt((1 + found.value**2 / 2) / 4)
    assert error == pytest.approx(0.5913, abs=1e-4)
    ends = [math.tanh(z - 1.959964 * error), math.tanh(z + 1.959964 * error)]
    assert [found.low, found.high] == pytest.approx(ends, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=30))
def test_spearman_equals_scipy_and_follows_order_only(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=float).T
    found = spearman(first, second)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert undefined(found)
        return
    assert found.value == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)
    assert found.low <= found.value <= found.high
    assert spearman(np.exp(first), second).value == pytest.approx(found.value)
    assert spearman(-first, second).value == pytest.approx(-found.value)


def test_spearman_of_few_subjects() -> None:
    assert spearman([1, 2, 3, 4], [2, 4, 6, 8]) == Estimate(1, 1, 1, 4)
    three = spearman([1, 2, 3], [1, 3, 2])
    assert three.value == pytest.approx(0.5)
    assert math.isnan(three.low)
    assert undefined(spearman([1, NONE], [1, 2]))


# --- bootstrap --------------------------------------------------------------------------------------


def mean(rows: Floats) -> float:
    return float(rows.mean())


def test_bootstrap_of_a_mean_is_near_its_normal_interval() -> None:
    rows = np.arange(100.0)
    low, high = bootstrap_interval(mean, rows, np.random.default_rng(0), n_resamples=4000)
    # Standard deviation of 0..99 is 28.87, of the mean 2.887: 49.5 -/+ 1.96 * 2.887 = 43.84 to 55.16
    assert low == pytest.approx(43.84, abs=0.5)
    assert high == pytest.approx(55.16, abs=0.5)


def test_bootstrap_draws_whole_groups() -> None:
    # Ten people of fifty equal rows each: five hundred rows, but only ten independent ones.
    rows, groups = np.repeat(np.arange(10.0), 50), np.repeat([f"therapist {i}" for i in range(10)], 50)
    alone = bootstrap_interval(mean, rows, np.random.default_rng(0))
    grouped = bootstrap_interval(mean, rows, np.random.default_rng(0), groups=groups)
    assert grouped[1] - grouped[0] > 4 * (alone[1] - alone[0])


def test_bootstrap_passes_over_draws_without_a_figure() -> None:
    def of_mixed(rows: Floats) -> float:
        return 7.0 if len(set(rows)) > 1 else math.nan

    assert bootstrap_interval(of_mixed, [0, 1], np.random.default_rng(0)) == (7, 7)
    low, high = bootstrap_interval(lambda _: math.nan, [0, 1], np.random.default_rng(0))
    assert math.isnan(low)
    assert math.isnan(high)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [icc, cronbach_alpha, gwet_ac, krippendorff_alpha])
@pytest.mark.parametrize("table", [[1, 2, 3], [[1], [2]], [[[1, 2]]], [[1, math.inf], [2, 3]]], ids=str)
def test_tables_of_another_shape_are_refused(figure: Callable[[ArrayLike], Estimate], table: ArrayLike) -> None:
    with pytest.raises(ValueError, match="expected finite numbers of shape"):
        figure(table)


@pytest.mark.parametrize("figure", [cohen_kappa, bland_altman, spearman])
def test_sides_of_unlike_length_are_refused(figure: Callable[[ArrayLike, ArrayLike], object]) -> None:
    with pytest.raises(ValueError, match="expected two arrays"):
        figure([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="expected two arrays"):
        figure([[1, 2]], [[1, 2]])


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown form"):
        icc(SHROUT_FLEISS, "ICC(4,1)")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown weights"):
        cohen_kappa([1, 2], [1, 2], "cubic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown level"):
        krippendorff_alpha(FOUR_RATERS, "ratio")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not among the categories"):
        gwet_ac([[1, 8], [2, 2]], categories=range(1, 8))
    with pytest.raises(ValueError, match="confidence"):
        icc(SHROUT_FLEISS, confidence=95)
    with pytest.raises(ValueError, match="same length"):
        bootstrap_interval(mean, [1, 2], np.random.default_rng(0), groups=[1])
    with pytest.raises(ValueError, match="same length"):
        bootstrap_interval(mean, [], np.random.default_rng(0))
