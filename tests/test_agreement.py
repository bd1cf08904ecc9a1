"""Several raters: published cases, laws, and the same figures worked out by other hands on random tables."""

from fractions import Fraction
from itertools import combinations
from math import inf, isnan, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import agreement
from ddcat.agreement import Estimate

SCALE = range(1, 6)
METRICS = ("nominal", "ordinal", "interval", "ratio")
SIX = ("icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k")
_ = None


def pairs(counts: list[list[int]], categories: range | list[int] | None = None) -> tuple[list[int], list[int]]:
    """The ratings of two raters from a table of how often each met each, rows the first one's."""
    known = categories or range(len(counts))
    met = [
        (a, b)
        for a, row in zip(known, counts, strict=True)
        for b, n in zip(known, row, strict=True)
        for _n in range(n)
    ]
    return [a for a, _b in met], [b for _a, b in met]


def beside(a: list, b: list) -> list[list]:
    return [list(row) for row in zip(a, b, strict=True)]


# Published cases

SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


@pytest.mark.parametrize(
    ("name", "value", "low", "high"),
    [
        ("icc_1_1", 0.166, -0.13, 0.72),
        ("icc_2_1", 0.290, 0.02, 0.76),
        ("icc_3_1", 0.715, 0.34, 0.95),
        ("icc_1_k", 0.443, -0.88, 0.91),
        ("icc_2_k", 0.620, 0.07, 0.93),
        ("icc_3_k", 0.909, 0.68, 0.99),
    ],
)
def test_the_six_correlations_of_shrout_and_fleiss_1979_come_out_with_their_intervals(name, value, low, high):
    found = getattr(agreement.icc(SHROUT_FLEISS), name)
    assert found.value == pytest.approx(value, abs=0.0005)
    assert found.interval == pytest.approx((low, high), abs=0.005)
    assert (found.n, found.notice, found.reason) == (6, agreement.FEW_SUBJECTS, None)


def test_the_f_tests_of_shrout_and_fleiss_1979_come_out():
    found = agreement.icc(SHROUT_FLEISS)
    assert (found.f_one_way.df, found.f_two_way.df) == ((5, 18), (5, 15))
    assert [found.f_one_way.value, found.f_two_way.value] == pytest.approx([1.79, 11.03], abs=0.005)
    assert [found.f_one_way.p, found.f_two_way.p] == pytest.approx([0.164769, 0.000135], abs=0.000001)


KRIPPENDORFF = [
    list(unit)
    for unit in zip(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
        strict=True,
    )
]


METRIC_VALUES = [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]


@pytest.mark.parametrize(("metric", "value"), METRIC_VALUES)
def test_krippendorffs_example_with_gaps_comes_out_at_every_level(metric, value):
    found = agreement.krippendorff_alpha(KRIPPENDORFF, metric)
    assert found.value == pytest.approx(value, abs=0.0005)
    assert found.n == 11


def test_the_other_coefficients_of_krippendorffs_example_come_out():
    """Values, standard error and interval as irrCAC prints them (README, `cac.raw4raters`)."""
    assert agreement.percent_agreement(KRIPPENDORFF).value == pytest.approx(0.8181818, abs=0.00001)
    ac1 = agreement.gwet_ac(KRIPPENDORFF, SCALE, "unweighted")
    assert (ac1.value, ac1.se) == pytest.approx((0.77544, 0.14295), abs=0.00001)
    assert ac1.interval == pytest.approx((0.461, 1), abs=0.0005)
    assert ac1.n == 12
    assert agreement.gwet_ac(KRIPPENDORFF, SCALE, "quadratic").value == pytest.approx(0.914, abs=0.0005)


@pytest.mark.parametrize(
    ("first", "second", "alpha"),
    [("0100000010", "1110010000", 0.095), ("001132224330", "101112224333", 0.692)],
    ids=["Meg and Owen", "Ben and Gerry"],
)
def test_krippendorffs_examples_of_two_observers_come_out(first, second, alpha):
    """Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, examples A and B, nominal."""
    table = beside([int(digit) for digit in first], [int(digit) for digit in second])
    assert agreement.krippendorff_alpha(table, "nominal").value == pytest.approx(alpha, abs=0.0005)


COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]


@pytest.mark.parametrize(
    ("weights", "value"),
    [
        ("unweighted", 0.492),
        ([[0, 1, 3], [1, 0, 6], [3, 6, 0]], 0.348),
        ([[0, 1, 4], [1, 0, 6], [2, 2, 0]], 0.353),
    ],
    ids=["Cohen 1960", "Cohen 1968, symmetric", "Cohen 1968, asymmetric"],
)
def test_the_kappas_of_cohen_come_out_with_his_own_weights_of_disagreement(weights, value):
    found = agreement.weighted_kappa(*pairs(COHEN), range(3), weights)
    assert found.value == pytest.approx(value, abs=0.0005)
    assert found.n == 200


@pytest.mark.parametrize(
    ("weights", "value", "se", "interval", "se0"),
    [
        ("unweighted", 0.4842, 0.1380, (0.2137, 0.7547), 0.1484),
        ("linear", 0.4701, 0.1457, (0.1845, 0.7558), 0.1426),
    ],
)
def test_the_example_of_sas_with_a_level_that_one_rater_never_uses_comes_out(weights, value, se, interval, se0):
    found = agreement.weighted_kappa(*pairs([[0, 4, 1], [0, 8, 0], [0, 1, 5]]), range(3), weights)
    assert (found.value, found.se, found.se0) == pytest.approx((value, se, se0), abs=0.00005)
    assert found.interval == pytest.approx(interval, abs=0.00005)


def test_the_100_pregnancies_of_gwet_2014_come_out():
    """irrCAC README, `cont3x3abstractors`; Gwet 2014, Handbook of Inter-Rater Reliability."""
    a, b = pairs([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    kappa = agreement.weighted_kappa(a, b, range(3), "unweighted")
    assert (kappa.value, kappa.se) == pytest.approx((0.7964094, 0.05891072), abs=1e-7)
    ac1 = agreement.gwet_ac(beside(a, b), range(3), "unweighted")
    assert ac1.value == pytest.approx(0.8493305, abs=1e-7)
    assert ac1.interval == pytest.approx((0.764, 0.935), abs=0.001)
    assert agreement.percent_agreement(beside(a, b)).value == pytest.approx(0.89)


FLEISS = """
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 222445
    333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""


def test_the_psychiatric_diagnoses_of_fleiss_1971_agree_in_556_of_a_thousand_pairs():
    """Fleiss 1971, Psychol Bull 76:378-382: 30 patients, six psychiatrists each; the mean agreement is .556."""
    table = [[int(digit) for digit in row] for row in FLEISS.split()]
    found = agreement.percent_agreement(table)
    assert found.value == pytest.approx(0.5556, abs=0.0005)
    assert (found.interval, found.n) == (None, 30)


def test_the_first_fifteen_of_these_diagnoses_come_out_as_gwet_has_them():
    """irrCAC README, `distrib.6raters`; Gwet 2014, Handbook of Inter-Rater Reliability."""
    rows = "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445"
    table = [[int(digit) for digit in row] for row in rows.split()]
    ac1 = agreement.gwet_ac(table, SCALE, "unweighted")
    assert (ac1.value, ac1.se) == pytest.approx((0.4448007, 0.08418757), abs=1e-7)
    assert ac1.interval == pytest.approx((0.264, 0.625), abs=0.0005)
    assert agreement.percent_agreement(table).value == pytest.approx(0.5511111, abs=1e-7)
    assert agreement.krippendorff_alpha(table, "nominal").value == pytest.approx(0.4204384, abs=1e-7)


def test_two_raters_have_the_interval_of_wilson():
    table = [[1, 1]] * 33 + [[1, 2]] * 147
    assert agreement.percent_agreement(table).interval == pytest.approx((0.1336, 0.2463), abs=0.0001)


# No number where there is none


def without(found: Estimate) -> str | None:
    assert (found.value, found.interval, found.se, found.se0) == (None, None, None, None)
    return found.reason


def test_nothing_rated_twice_leaves_no_number():
    for table in ([], [[1, _], [_, 2]], [[1], [2]], [[_, _]], np.empty((0, 3))):
        assert without(agreement.percent_agreement(table)) == agreement.NO_PAIRS
        assert without(agreement.mean_absolute_difference(table)) == agreement.NO_PAIRS
        assert without(agreement.gwet_ac(table, SCALE)) == agreement.NO_PAIRS
        assert without(agreement.krippendorff_alpha(table)) == agreement.NO_PAIRS
        assert without(agreement.icc(table).icc_2_1) == agreement.TOO_FEW
    assert without(agreement.weighted_kappa([], [], SCALE)) == agreement.NO_PAIRS
    assert without(agreement.weighted_kappa([1, _], [_, 2], SCALE)) == agreement.NO_PAIRS


@pytest.mark.parametrize("weights", ["unweighted", "linear", "quadratic"])
@pytest.mark.parametrize("other", [3, 5])
def test_two_constant_raters_have_no_kappa(weights, other):
    assert without(agreement.weighted_kappa([3] * 12, [other] * 12, SCALE, weights)) == agreement.CONSTANT


def test_one_constant_rater_has_a_kappa_of_zero_and_no_interval():
    found = agreement.weighted_kappa([3] * 12, [1, 2, 3, 4] * 3, SCALE)
    assert found.value == pytest.approx(0, abs=1e-12)
    assert (found.se, found.interval, found.notice) == (0, None, agreement.NO_SPREAD)


def test_weights_that_expect_no_disagreement_leave_no_kappa():
    found = agreement.weighted_kappa([1, 2, 1], [1, 1, 2], [1, 2, 3], [[0, 0, 1], [0, 0, 1], [1, 1, 0]])
    assert without(found) == agreement.NO_CHANCE


def test_ratings_that_are_all_the_same_have_no_alpha_and_no_correlation():
    table = [[3, 3, _]] * 12
    for metric in METRICS:
        assert without(agreement.krippendorff_alpha(table, metric)) == agreement.ALIKE
    assert without(agreement.icc([[2.5, 2.5]] * 5).icc_3_k) == agreement.NO_VARIANCE
    assert without(agreement.icc([[0.1 + 0.2, 0.3]] * 5).icc_2_1) == agreement.NO_VARIANCE


def test_one_category_leaves_nothing_to_disagree_about():
    assert without(agreement.gwet_ac([[1, 1]] * 3, [1])) == agreement.ONE_CATEGORY
    assert without(agreement.weighted_kappa([1, 1], [1, 1], [1])) == agreement.CONSTANT


def test_correlations_need_two_subjects_and_two_raters():
    for table in ([[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3, _]]):
        assert without(agreement.icc(table).icc_1_k) == agreement.TOO_FEW


def test_subjects_that_do_not_differ_leave_what_divides_by_their_variance_without_number():
    found = agreement.icc([[1, 2, 3], [3, 1, 2], [2, 3, 1]])
    assert (found.icc_1_1.value, found.icc_3_1.value) == pytest.approx((-0.5, -0.5))
    assert without(found.icc_1_k) == without(found.icc_3_k) == agreement.UNBOUNDED
    assert without(agreement.icc([[1, 2], [2, 1]]).icc_2_1) == agreement.UNBOUNDED
    assert without(agreement.icc([[1, 2], [1, 2]]).icc_3_1) == agreement.UNBOUNDED


def test_few_pairs_are_said_to_be_few():
    few, enough = [[1, 2]] * 4 + [[2, 2]] * 5, [[1, 2]] * 5 + [[2, 2]] * 5
    for measure in (
        agreement.percent_agreement,
        agreement.mean_absolute_difference,
        agreement.krippendorff_alpha,
        lambda table: agreement.gwet_ac(table, SCALE),
        lambda table: agreement.weighted_kappa(*zip(*table, strict=True), SCALE),
    ):
        assert measure(few).notice == agreement.FEW_PAIRS
        assert measure(enough).notice in (None, agreement.NO_SPREAD)


# What is refused

NO_TABLES = {
    "ragged": [[1, 2], [3]],
    "one column": [1, 2, 3],
    "three axes": [[[1, 2], [3, 4]]],
    "words": [["1", "2"], ["3", "4"]],
    "a word": [[1, "2"], [3, 4]],
    "truth": [[True, False], [True, True]],
    "a truth": [[1, True], [None, 2]],
    "complex": [[1j, 2], [3, 4]],
    "infinite": [[1, float("inf")], [3, 4]],
    "too large": [[1, 10**400], [3, 4]],
    "large": [[1, 1e60], [3, 4]],
    "a number": 3,
    "nothing": None,
    "a mapping": {1: [2, 3]},
    "days": np.array([["2026-01-02", "2026-01-03"]], dtype="datetime64[D]"),
    "lists": [[[1], 2], [3, 4]],
}


@pytest.mark.parametrize("table", NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_no_table_of_numbers_is_refused(table):
    for measure in (
        agreement.percent_agreement,
        agreement.mean_absolute_difference,
        agreement.krippendorff_alpha,
        agreement.icc,
        lambda table: agreement.gwet_ac(table, SCALE),
    ):
        with pytest.raises(ValueError, match=r"^expected (one row a subject and one column a rater|finite numbers)"):
            measure(table)


def test_raters_with_different_numbers_of_ratings_are_refused():
    with pytest.raises(ValueError, match="as many ratings of each, not 2 and 3"):
        agreement.weighted_kappa([1, 2], [1, 2, 3], SCALE)
    with pytest.raises(ValueError, match="one column of numbers"):
        agreement.weighted_kappa([[1], [2]], [[1], [2]], SCALE)


def test_a_rating_that_is_not_among_the_categories_is_refused_even_beside_a_gap():
    with pytest.raises(ValueError, match="6 is not among the categories"):
        agreement.weighted_kappa([1, 6], [1, _], SCALE)
    with pytest.raises(ValueError, match=r"2\.5 is not among the categories"):
        agreement.gwet_ac([[1, 2], [2.5, 1]], SCALE)


@pytest.mark.parametrize("categories", [[], [1, 1, 2], [1, None], ["a", "b"], [[1, 2]]])
def test_categories_are_numbers_each_once(categories):
    with pytest.raises(ValueError, match="expected one"):
        agreement.weighted_kappa([1], [1], categories)


@pytest.mark.parametrize(
    "weights",
    ["cubic", [[0, 1], [1, 0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0] * 3] * 3, [[0, -1, 1], [1, 0, 1], [1, 1, 0]]],
    ids=["no name", "too small", "of agreement", "nothing weighs", "less than nothing"],
)
def test_weights_are_of_disagreement(weights):
    with pytest.raises(ValueError, match=r"weight|rater"):
        agreement.weighted_kappa([1], [1], [1, 2, 3], weights)


def test_raters_without_order_need_symmetric_weights():
    with pytest.raises(ValueError, match="symmetric"):
        agreement.gwet_ac([[1, 2]], [1, 2], [[0, 1], [2, 0]])


def test_a_metric_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'cubic' is no metric; expected nominal, ordinal, interval or ratio"):
        agreement.krippendorff_alpha([[1, 2]], "cubic")


def test_below_zero_there_are_no_ratios_and_two_zeros_are_alike():
    for table in ([[1, -2], [2, 2]], [[1, 2], [-1, _]]):
        with pytest.raises(ValueError, match="of 0 or more"):
            agreement.krippendorff_alpha(table, "ratio")
    assert agreement.krippendorff_alpha([[0, 0], [4, 4], [0, 0]], "ratio").value == 1
    assert agreement.krippendorff_alpha([[0, 4], [4, 0]], "ratio").value == pytest.approx(-0.5)


@pytest.mark.parametrize(
    "weights",
    [None, [[0, 1], [1]], 3, [["0", "1"], ["1", "0"]], [[0, float("inf")], [1, 0]], [[0, _], [1, 0]]],
    ids=["none", "ragged", "a number", "words", "infinite", "a gap"],
)
def test_weights_that_are_none_are_called_weights(weights):
    for measure in (
        lambda: agreement.weighted_kappa([1, 2], [1, 2], [1, 2], weights),
        lambda: agreement.gwet_ac([[1, 2]], [1, 2], weights),
    ):
        with pytest.raises(ValueError, match="^expected unweighted, linear or quadratic weights"):
            measure()


def test_what_is_refused_is_called_by_its_name():
    with pytest.raises(ValueError, match="^expected one or more categories"):
        agreement.weighted_kappa([1], [1], [[1], 2])
    with pytest.raises(ValueError, match="^expected one column of numbers and gaps"):
        agreement.weighted_kappa([1, "2"], [1, 2], SCALE)


@pytest.mark.parametrize("within", [-1, -1e-9, float("nan"), "1", _])
def test_a_distance_of_less_than_nothing_is_refused(within):
    for table in ([[1, 2], [2, 2]], []):
        with pytest.raises(ValueError, match="expected a distance of 0 or more, not"):
            agreement.percent_agreement(table, within)


def test_nothing_that_is_given_is_changed():
    table = np.array([[1.0, 2.0], [np.nan, 3.0], [2.0, 2.0]])
    before = table.copy()
    for metric in METRICS:
        agreement.krippendorff_alpha(table, metric)
    agreement.icc(table)
    agreement.percent_agreement(table)
    agreement.mean_absolute_difference(table)
    assert np.array_equal(table, before, equal_nan=True)


def test_fractions_and_arrays_and_nan_are_read_like_lists():
    expected = agreement.icc([[1.5, 2], [3, 3.5], [4, _], [2, 5]])
    assert agreement.icc([[Fraction(3, 2), 2], [3, Fraction(7, 2)], [4, float("nan")], [2, 5]]) == expected
    assert agreement.icc(np.array([[1.5, 2], [3, 3.5], [4, np.nan], [2, 5]])) == expected


def test_a_tolerance_holds_for_scores_that_are_not_exact_in_binary():
    assert agreement.percent_agreement([[2.4, 2.7], [2.4, 2.8]], within=0.3).value == 0.5


@pytest.mark.parametrize("unit", [1e-300, 1e-13, 1, 1e13, 1e40])
def test_the_unit_in_which_ratings_are_given_is_no_matter(unit):
    table = np.array([[2.4, 2.7], [2.4, 2.8], [3, 3], [1, 5]]) * unit
    assert agreement.percent_agreement(table).value == 0.25
    assert agreement.percent_agreement(table, within=0.3 * unit).value == 0.5
    assert agreement.gwet_ac([[1, 1], [2, 3], [3, 3]], SCALE, "quadratic").value == pytest.approx(
        agreement.gwet_ac(np.array([[1, 1], [2, 3], [3, 3]]) * unit, np.array(SCALE) * unit, "quadratic").value
    )


NO_INTERVALS = {
    "not a number": [[3, 1], [1, 3], [3, 1]],
    "beside the value": [[1, 5, 1], [5, 2, 1]],
    "of no width": [[5, 3, 2], [3, 4, 3]],
    "of the width of rounding": [[5, 2, 1], [1, 3, 4]],
    "from quantiles beyond all floats": [[5, 1, 5, 1], [1, 3, 4, 3]],
}


@pytest.mark.parametrize("table", NO_INTERVALS.values(), ids=NO_INTERVALS)
def test_a_correlation_whose_interval_cannot_be_worked_out_has_none_and_says_so(table):
    found = agreement.icc(table)
    assert found.icc_2_1.value < 0
    for estimate in (found.icc_2_1, found.icc_2_k):
        if estimate.value is not None:
            assert (estimate.interval, estimate.notice) == (None, agreement.NO_LIMITS)


def test_raters_who_differ_by_the_same_throughout_have_too_little_spread_for_an_interval():
    assert agreement.icc([[1, 2], [3, 4], [4, 5]]).icc_2_1.notice == agreement.NO_SPREAD


def test_every_interval_of_a_correlation_holds_its_value_and_is_finite():
    random = Random(7)
    n_without = 0
    for _table in range(3000):
        raters = random.randint(2, 5)
        table = [[random.randint(1, 5) for _rater in range(raters)] for _row in range(random.randint(2, 5))]
        found = agreement.icc(table)
        for name in SIX:
            estimate = getattr(found, name)
            if estimate.interval:
                low, high = estimate.interval
                assert -inf < low <= estimate.value <= high < inf, (name, table)
                assert high - low > 1e-9
            elif estimate.value is not None:
                assert estimate.notice in (agreement.NO_LIMITS, agreement.NO_SPREAD)
                n_without += 1
    assert n_without > 20


def test_an_interval_of_few_degrees_of_freedom_ends_where_f_says():
    """From the mean squares 1/6, 6 and 3/2, with 2/97 degrees of freedom: its upper limit turned back to F."""
    from scipy.special import fdtr

    low, high = agreement.icc([[4, 4], [2, 5], [2, 5]]).icc_2_1.interval
    assert low == pytest.approx(-1 / 3)
    assert fdtr(2 / 97, 2, (high * 13.5 + 3 * 1.5) / (3 / 6 * (1 - high))) == pytest.approx(0.975, abs=1e-9)


# Laws


@st.composite
def tables(draw: st.DrawFn, gaps: bool = True) -> list[list[int | None]]:
    """Up to 30 subjects by two to four raters who look at the same thing, more or less."""
    random = draw(st.randoms(use_true_random=False))
    subjects, raters = draw(st.integers(1, 30)), draw(st.integers(2, 4))
    spread, gap = draw(st.sampled_from([0, 1, 4])), draw(st.sampled_from([0, 0.3])) if gaps else 0
    rows = []
    for _row in range(subjects):
        fits = random.randint(1, 5)
        near = [min(max(fits + random.randint(-spread, spread), 1), 5) for _rater in range(raters)]
        rows.append([_ if random.random() < gap else rating for rating in near])
    return rows


def figures_of(table: list[list[int | None]]) -> dict[str, Estimate]:
    found = agreement.icc(table)
    return {
        "exact": agreement.percent_agreement(table),
        "within": agreement.percent_agreement(table, 1),
        "difference": agreement.mean_absolute_difference(table),
        **{weights: agreement.gwet_ac(table, SCALE, weights) for weights in ("unweighted", "linear", "quadratic")},
        **{metric: agreement.krippendorff_alpha(table, metric) for metric in METRICS},
        "kappa": agreement.weighted_kappa([row[0] for row in table], [row[1] for row in table], SCALE),
        **{name: getattr(found, name) for name in SIX},
    }


@given(tables())
def test_there_is_a_number_or_a_reason_never_both_and_never_nan(table):
    for found in figures_of(table).values():
        assert (found.value is None) != (found.reason is None)
        numbers = [found.value, found.se, found.se0, *(found.interval or ())]
        assert not any(isnan(number) or abs(number) == float("inf") for number in numbers if number is not None)
        assert all(type(number) is float for number in numbers if number is not None)


@given(tables())
def test_nothing_leaves_its_bounds(table):
    found = figures_of(table)
    for name in ("exact", "within"):
        assert found[name].value is None or 0 <= found[name].value <= 1
    assert found["difference"].value is None or 0 <= found["difference"].value <= 4
    for name, estimate in found.items():
        if name != "difference" and estimate.value is not None:
            assert estimate.value <= 1
            if estimate.interval:
                low, high = estimate.interval
                assert low <= estimate.value + 1e-9
                assert estimate.value - 1e-9 <= high <= 1 + 1e-9


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_raters_and_subjects_is_no_matter(table, random):
    order = list(range(len(table[0])))
    random.shuffle(order)
    other = [[row[at] for at in order] for row in table]
    random.shuffle(other)
    before, after = figures_of(table), figures_of(other)
    for name in before.keys() - {"kappa"}:
        assert (after[name].value, after[name].se) == pytest.approx((before[name].value, before[name].se), abs=1e-9)
        assert after[name].reason == before[name].reason


@given(tables())
def test_kappa_is_the_same_whoever_is_first(table):
    a, b = [row[0] for row in table], [row[1] for row in table]
    one, other = agreement.weighted_kappa(a, b, SCALE), agreement.weighted_kappa(b, a, SCALE)
    assert (one.value, one.se, one.se0) == pytest.approx((other.value, other.se, other.se0), abs=1e-9)


@given(tables(), st.permutations(SCALE))
def test_new_names_for_the_categories_change_nothing_that_has_no_order(table, names):
    renamed = [[rating and names[rating - 1] for rating in row] for row in table]
    before, after = figures_of(table), figures_of(renamed)
    for name in ("exact", "unweighted", "nominal"):
        assert after[name].value == pytest.approx(before[name].value, abs=1e-9)


@given(tables())
def test_a_scale_read_from_its_other_end_changes_nothing(table):
    turned = [[rating and 6 - rating for rating in row] for row in table]
    before, after = figures_of(table), figures_of(turned)
    for name, estimate in before.items():
        if name != "ratio":
            assert after[name].value == pytest.approx(estimate.value, abs=1e-9)


@given(tables(gaps=False))
def test_raters_who_agree_perfectly_have_exactly_one_or_a_reason(table):
    same = [[row[0]] * len(row) for row in table]
    for name, found in figures_of(same).items():
        assert found.value in ((0,) if name == "difference" else (1, None)), name
        if found.value is None:
            assert found.reason in {*(agreement.CONSTANT, agreement.ALIKE, agreement.TOO_FEW, agreement.NO_VARIANCE)}


def test_perfect_agreement_has_no_interval_that_claims_certainty():
    table = [[at % 5 + 1] * 2 for at in range(20)]
    for name, found in figures_of(table).items():
        if name not in ("exact", "within"):
            assert found.interval is None


def test_a_strict_rater_lowers_absolute_agreement_and_leaves_consistency():
    table = [[at % 4 + 2, at % 4 + 1] for at in range(20)]
    found = agreement.icc(table)
    assert found.icc_3_1.value == 1
    assert found.icc_2_1.value < 0.8


def test_correlations_may_be_negative():
    assert agreement.icc([[1, 5], [5, 1], [2, 4], [4, 3]]).icc_2_1.value < 0


# Other hands


def random_tables() -> list[list[list[int | None]]]:
    """A thousand tables with ties, gaps, categories that nobody uses and raters who always say the same."""
    random = Random(20261122)
    found = []
    for _table in range(1000):
        raters, spread, gap = random.randint(2, 5), random.choice([0, 1, 1, 2]), random.choice([0, 0, 0.2, 0.5])
        used = random.choice([[1, 2, 3, 4, 5], [1, 3, 5], [2, 3], [4, 5, 1]])
        constant = random.choice([None, None, None, 0, 1])
        rows = []
        for _row in range(random.randint(1, 25)):
            fits = random.randrange(len(used))
            row = [
                used[min(max(fits + random.randint(-spread, spread), 0), len(used) - 1)] for _rater in range(raters)
            ]
            if constant is not None:
                row[constant] = used[0]
            rows.append([_ if random.random() < gap else rating for rating in row])
        found.append(rows)
    return found


TABLES = random_tables()


def both_given(table: list[list[int | None]]) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in table if row[0] is not None and row[1] is not None]


def test_kappa_equals_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    compared = 0
    for at, table in enumerate(TABLES[:400]):
        met = both_given(table)
        name, theirs = [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")][at % 3]
        found = agreement.weighted_kappa([row[0] for row in table], [row[1] for row in table], SCALE, name)
        if found.value is None:
            assert not met or all(len(set(column)) == 1 for column in zip(*met, strict=True))
        else:
            a, b = zip(*met, strict=True)
            assert found.value == pytest.approx(cohen_kappa_score(a, b, labels=list(SCALE), weights=theirs), abs=1e-9)
            compared += 1
    assert compared > 250


def test_kappa_and_both_standard_errors_equal_those_of_statsmodels():
    from statsmodels.stats.inter_rater import cohens_kappa

    compared = 0
    for at, table in enumerate(TABLES):
        name, theirs = [("unweighted", None), ("linear", "linear"), ("quadratic", "quadratic")][at % 3]
        found = agreement.weighted_kappa([row[0] for row in table], [row[1] for row in table], SCALE, name)
        if found.value is not None:
            counts = np.zeros((5, 5))
            for a, b in both_given(table):
                counts[a - 1, b - 1] += 1
            with np.errstate(all="ignore"):
                same = cohens_kappa(counts, wt=theirs)
                se, se0 = (sqrt(max(float(var), 0)) for var in (same.var_kappa, same.var_kappa0))
            assert found.value == pytest.approx(same.kappa, abs=1e-9)
            assert (found.se, found.se0) == pytest.approx((se, se0), abs=1e-6)
            compared += 1
    assert compared > 700


def test_shares_and_differences_equal_plain_sums():
    for table in TABLES:
        by_subject = [[abs(a - b) for a, b in combinations([r for r in row if r], 2)] for row in table]
        known = [apart for apart in by_subject if apart]
        for within in (0, 1):
            found = agreement.percent_agreement(table, within)
            shares = [sum(each <= within for each in apart) / len(apart) for apart in known]
            assert found.value == (pytest.approx(sum(shares) / len(known)) if known else None)
            assert found.n == len(known)
        found = agreement.mean_absolute_difference(table)
        means = [sum(apart) / len(apart) for apart in known]
        assert found.value == (pytest.approx(sum(means) / len(known), abs=1e-12) if known else None)


def plain_alpha(table: list[list[int | None]], metric: str) -> float | None:
    """By coincidences: every ordered pair of a unit weighs 1 / (m - 1)."""
    met: dict[tuple[int, int], float] = {}
    for row in table:
        ratings = [rating for rating in row if rating]
        for at, a in enumerate(ratings):
            for other, b in enumerate(ratings):
                if at != other:
                    met[a, b] = met.get((a, b), 0) + 1 / (len(ratings) - 1)
    totals = {c: sum(n for (a, _b), n in met.items() if a == c) for c in SCALE}
    n = sum(totals.values())

    def distance(c: int, k: int) -> float:
        if metric == "ordinal":
            low, high = sorted((c, k))
            return (sum(totals[g] for g in range(low, high + 1)) - (totals[c] + totals[k]) / 2) ** 2
        if metric == "ratio":
            return ((c - k) / (c + k)) ** 2
        return (c - k) ** 2 if metric == "interval" else float(c != k)

    expected = sum(totals[c] * totals[k] * distance(c, k) for c in SCALE for k in SCALE)
    if not expected:
        return None
    return 1 - (n - 1) * sum(weight * distance(c, k) for (c, k), weight in met.items()) / expected


def test_alpha_equals_its_definition_by_coincidences():
    for at, table in enumerate(TABLES):
        metric = METRICS[at % 4]
        expected = plain_alpha(table, metric)
        found = agreement.krippendorff_alpha(table, metric)
        assert found.value == (None if expected is None else pytest.approx(expected, abs=1e-9))


def plain_gwet(table: list[list[int | None]], power: int) -> tuple[float, float | None] | None:
    """Subject by subject; power 0 weighs every disagreement alike."""
    rows = [row for given in table if (row := [rating for rating in given if rating])]
    twice = [row for row in rows if len(row) > 1]
    if not twice:
        return None

    def likeness(a: int, b: int) -> float:
        return 1 - (abs(a - b) / 4) ** power if power else float(a == b)

    def seen(row: list[int]) -> float:
        together = [likeness(a, b) for a, b in combinations(row, 2)]
        return sum(together) / len(together)

    n, observed = len(rows), sum(map(seen, twice)) / len(twice)
    share = {c: sum(row.count(c) / len(row) for row in rows) / n for c in SCALE}
    even = sum(likeness(a, b) for a in SCALE for b in SCALE) / 20
    chance = even * sum(p * (1 - p) for p in share.values())
    value = (observed - chance) / (1 - chance)
    if n == 1:
        return value, None
    squares = 0.0
    for row in rows:
        alone = n / len(twice) * (seen(row) - chance) / (1 - chance) if len(row) > 1 else 0
        own = even * sum(row.count(c) / len(row) * (1 - share[c]) for c in SCALE)
        squares += (alone - 2 * (1 - value) * (own - chance) / (1 - chance) - value) ** 2
    return value, sqrt(squares / n / (n - 1))


def test_ac1_and_ac2_and_their_standard_error_equal_plain_sums():
    for at, table in enumerate(TABLES):
        power, name = at % 3, ("unweighted", "linear", "quadratic")[at % 3]
        found, expected = agreement.gwet_ac(table, SCALE, name), plain_gwet(table, power)
        if expected is None:
            assert found.reason == agreement.NO_PAIRS
        else:
            value, se = expected
            assert found.value == pytest.approx(value, abs=1e-9)
            assert found.se == (None if se is None else pytest.approx(se, abs=1e-6))


def plain_icc(rows: list[list[int]]) -> list[float | None]:
    """From the table of variances: ICC(1,1), (2,1), (3,1), (1,k), (2,k), (3,k)."""
    n, k = len(rows), len(rows[0])
    grand = Fraction(sum(map(sum, rows)), n * k)
    subjects = [Fraction(sum(row), k) for row in rows]
    raters = [Fraction(sum(column), n) for column in zip(*rows, strict=True)]
    between = k * sum((mean - grand) ** 2 for mean in subjects) / (n - 1)
    strict = n * sum((mean - grand) ** 2 for mean in raters) / (k - 1)
    error = sum(
        (rating - subjects[i] - raters[j] + grand) ** 2 for i, row in enumerate(rows) for j, rating in enumerate(row)
    ) / ((n - 1) * (k - 1))
    within = (strict * (k - 1) + error * (n - 1) * (k - 1)) / (n * (k - 1))
    divided = [
        (between - within, between + (k - 1) * within),
        (between - error, between + (k - 1) * error + k * (strict - error) / n),
        (between - error, between + (k - 1) * error),
        (between - within, between),
        (between - error, between + (strict - error) / n),
        (between - error, between),
    ]
    return [float(above / below) if below > 0 else None for above, below in divided]


def test_correlations_equal_the_exact_table_of_variances():
    compared = 0
    for table in TABLES:
        rows = [row for row in table if None not in row]
        found = agreement.icc(table)
        values = [getattr(found, name).value for name in SIX]
        if len(rows) < 2 or len({rating for row in rows for rating in row}) == 1:
            assert values == [None] * 6
        else:
            for value, expected in zip(values, plain_icc(rows), strict=True):
                assert value == (None if expected is None else pytest.approx(expected, rel=1e-8, abs=1e-9))
            compared += 1
    assert compared > 600


def test_the_interval_of_a_correlation_is_where_its_f_test_would_just_reject():
    """ICC(3,1) and ICC(1,1): at the lower limit F lies at its 97.5 % quantile, at the upper one at its 2.5 %."""
    from scipy.special import fdtr

    for table in TABLES[:100]:
        found = agreement.icc(table)
        k = len(table[0])
        for single, test in ((found.icc_1_1, found.f_one_way), (found.icc_3_1, found.f_two_way)):
            if single.interval:
                for limit, p in zip(single.interval, (0.975, 0.025), strict=True):
                    ratio = (1 + (k - 1) * limit) / (1 - limit)
                    assert fdtr(*test.df, test.value / ratio) == pytest.approx(p, abs=1e-6)
