"""The rules for run charts: published limits, and that nothing is said of few points or of those on the median."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat.runs import FEWEST, Runs, crossings_min, longest_max, runs

LIMITS = [(10, 6, 2), (12, 7, 3), (15, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10), (40, 8, 14)]
values = st.lists(st.fractions(0, 1, max_denominator=6), max_size=40)


def of(*numbers: int) -> Runs:
    found = runs([Fraction(number) for number in numbers])
    assert found
    return found


@pytest.mark.parametrize(("n", "longest", "fewest"), LIMITS)
def test_the_limits_are_the_published_ones(n: int, longest: int, fewest: int) -> None:
    assert (longest_max(n), crossings_min(n)) == (longest, fewest)


@pytest.mark.parametrize(("n", "longest", "fewest"), [limits for limits in LIMITS if limits[0] % 2 == 0])
def test_a_series_is_held_to_the_limits_for_its_useful_points(n: int, longest: int, fewest: int) -> None:
    found = of(*[0, 2] * (n // 2), 1, 1, 1)
    assert (found.n_useful, found.longest_max, found.crossings_min) == (n, longest, fewest)
    assert not found.is_signal


def test_a_shift_is_a_signal_by_both_rules() -> None:
    found = of(*[1] * 8, *[9] * 8)
    assert (found.longest, found.longest_max, found.crossings, found.crossings_min) == (8, 7, 1, 4)
    assert found.is_long
    assert found.is_still


def test_a_run_as_long_as_chance_explains_is_no_signal() -> None:
    found = of(*[1] * 7, *[9] * 3, 1, 9, 9, 1, *[9] * 4)
    assert (found.n_useful, found.longest, found.longest_max) == (18, 7, 7)
    assert not found.is_long


def test_one_longer_is() -> None:
    found = of(*[1] * 8, *[9] * 4, 1, *[9] * 5)
    assert (found.n_useful, found.longest, found.longest_max) == (18, 8, 7)
    assert found.is_long
    assert found.is_signal


def test_slow_swings_are_a_signal_without_a_long_run() -> None:
    found = of(*[1] * 6, *[9] * 6, *[1] * 6, *[9] * 6)
    assert (found.longest, found.crossings, found.crossings_min) == (6, 3, 8)
    assert not found.is_long
    assert found.is_still
    assert found.is_signal


def test_points_on_the_median_do_not_count() -> None:
    without, with_some = of(*[1] * 5, *[9] * 5), of(5, *[1] * 5, 5, 5, *[9] * 5, 5)
    assert with_some.median == 5
    assert with_some.n == 14
    assert (with_some.n_useful, with_some.longest, with_some.crossings) == (10, 5, 1)
    assert (without.n_useful, without.longest, without.crossings) == (10, 5, 1)


def test_nine_points_are_no_signal_whatever_they_are() -> None:
    found = of(*range(9))
    assert found.n_useful == 8
    assert not found.is_judged
    assert not found.is_signal


def test_of_nothing_nothing_is_said() -> None:
    assert runs([]) is None


def test_one_point_and_equal_points_are_all_median() -> None:
    for found in (of(4), of(*[4] * 30)):
        assert (found.median, found.n_useful, found.longest, found.crossings) == (4, 0, 0, 0)
        assert not found.is_signal


@given(values.filter(bool))
def test_few_useful_points_are_never_a_signal(series: list[Fraction]) -> None:
    found = runs(series)
    assert found
    assert found.is_judged == (found.n_useful >= FEWEST)
    assert found.is_judged or not found.is_signal


@given(values.filter(bool))
def test_runs_and_crossings_fit_together(series: list[Fraction]) -> None:
    found = runs(series)
    assert found
    assert found.longest <= found.n_useful <= found.n == len(series)
    assert found.longest + found.crossings <= found.n_useful
    assert found.longest * (found.crossings + 1) >= found.n_useful


@given(values.filter(bool))
def test_order_turned_around_or_upside_down_says_the_same(series: list[Fraction]) -> None:
    found, back, down = runs(series), runs(series[::-1]), runs([1 - value for value in series])
    assert found
    assert back == found
    assert down
    assert (down.median, down.longest, down.crossings) == (1 - found.median, found.longest, found.crossings)


@given(values.filter(bool), st.integers(0, 40))
def test_another_point_on_the_median_changes_nothing_but_the_number(series: list[Fraction], place: int) -> None:
    found = runs(series)
    assert found
    more = runs([*series[:place], found.median, *series[place:]])
    assert more
    assert (more.median, more.n_useful, more.longest) == (found.median, found.n_useful, found.longest)
    assert (more.crossings, more.is_signal, more.n) == (found.crossings, found.is_signal, found.n + 1)


def test_the_limits_never_fall_with_more_points() -> None:
    for one, next in pairwise(range(FEWEST, 400)):
        assert longest_max(one) <= longest_max(next)
        assert crossings_min(one) <= crossings_min(next)
