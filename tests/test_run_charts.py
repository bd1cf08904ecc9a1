"""A run chart: real days from left to right, values from the bottom up, tests of change above, and the words."""

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ddcat import display, paths, report
from ddcat.charts import Picture, letter, run_chart, ticks, value_of
from ddcat.records import Action, Cycle, Point

FIRST = date(2026, 3, 2)


def counted(values: list[Any], *, n: int | None = None, step: int = 7, first: date = FIRST) -> tuple[Point, ...]:
    days = [(first + timedelta(days=step * place)).isoformat() for place in range(len(values))]
    return tuple(Point(f"p{day}", day, str(value), n) for day, value in zip(days, values, strict=True))


def measuring(*values: Any, n: int | None = None, **more: Any) -> Action:
    kind = "number" if n is None else "share"
    points = more.pop("points", None) or counted(list(values), n=n)
    return Action(
        what="Ask everybody", measured="charts with the field filled", measured_as=kind, points=points, **more
    )


def picture(action: Action) -> Picture:
    found = run_chart(action).picture
    assert found
    return found


def drawn(action: Action) -> BeautifulSoup:
    loader = FileSystemLoader(paths.TEMPLATES)
    env = display.dress(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))
    return BeautifulSoup(str(env.get_template("macros/measures.html").module.chart(action)), "html.parser")


def words(page: BeautifulSoup, selector: str) -> str:
    return " ".join(" ".join(found.get_text().split()) for found in page.select(selector))


# --- Geometry ---


def test_days_stand_as_far_apart_as_they_are() -> None:
    days = ("2026-03-02", "2026-03-03", "2026-03-12")
    points = tuple(Point(day, day, "4") for day in days)
    first, second, third = (x for x, _y in picture(measuring(points=points)).dots)
    assert (second - first) * 9 == pytest.approx(third - second, abs=0.1)


def test_the_leap_day_is_a_day() -> None:
    points = tuple(Point(day, day, "4") for day in ("2028-02-28", "2028-02-29", "2028-03-01"))
    first, second, third = (x for x, _y in picture(measuring(points=points)).dots)
    assert second - first == pytest.approx(third - second, abs=0.02)


def test_values_stand_from_the_bottom_up_and_the_median_between() -> None:
    found = picture(measuring(0, 5, 10, n=10))
    low, middle, high = (y for _x, y in found.dots)
    assert (low, high) == (found.bottom, found.top)
    assert found.median == middle == (low + high) / 2


def test_several_counts_on_one_day_stand_above_each_other_in_their_order() -> None:
    points = (Point("a", "2026-03-02", "1"), Point("b", "2026-03-02", "9"), Point("c", "2026-03-09", "5"))
    found = picture(measuring(points=points))
    assert found.dots[0][0] == found.dots[1][0]
    (_first, low), (_same, high), (_later, middle) = found.dots
    assert low > middle > high


def test_one_count_stands_in_the_middle() -> None:
    found = picture(measuring(4))
    assert found.dots[0][0] == pytest.approx((found.left + found.right) / 2)
    assert [day for _x, day in found.days] == ["2026-03-02"]


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (Fraction(0), ["0", "1/2", "1"]),
        (Fraction(1), ["0", "1/2", "1"]),
        (Fraction(4), ["0", "2", "4"]),
        (Fraction(9), ["0", "5", "10"]),
        (Fraction(24), ["0", "10", "20", "30"]),
        (Fraction(35), ["0", "20", "40"]),
        (Fraction(60), ["0", "20", "40", "60"]),
        (Fraction(1_000_000), ["0", "500000", "1000000"]),
        (Fraction(3, 100), ["0", "1/100", "1/50", "3/100"]),
    ],
)
def test_the_axis_has_three_or_four_round_values(highest: Fraction, expected: list[str]) -> None:
    assert [str(value) for value in ticks(highest, is_share=False)] == expected


@given(st.fractions(0, 10**9, max_denominator=10_000))
def test_the_axis_reaches_every_value_and_wastes_little(highest: Fraction) -> None:
    scale = ticks(highest, is_share=False)
    assert 3 <= len(scale) <= 4
    assert scale[0] == 0
    assert highest <= scale[-1] <= max(1, highest * Fraction(5, 2))


def test_a_share_always_goes_from_nothing_to_all() -> None:
    assert ticks(Fraction(1, 10), is_share=True) == (0, Fraction(1, 2), 1)


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 10**6)), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(-400, 4400), st.one_of(st.none(), st.integers(0, 300))), max_size=8),
)
def test_everything_stays_inside_the_picture(
    said: list[tuple[int, int]], tried: list[tuple[int, int | None]]
) -> None:
    points = tuple(Point("p", (FIRST + timedelta(days=day)).isoformat(), str(value)) for day, value in sorted(said))
    cycles = []
    for start, long in sorted(tried, key=lambda each: each[0]):
        begins = FIRST + timedelta(days=start)
        ends = "" if long is None else (begins + timedelta(days=long)).isoformat()
        cycles.append(Cycle("c", "Try", begins.isoformat(), ends))
    found = picture(measuring(points=points, cycles=tuple(cycles)))
    assert 0 < found.left < found.right < found.width
    assert 0 < found.top < found.bottom < found.height
    for x, y in found.dots:
        assert found.left <= x <= found.right
        assert found.top <= y <= found.bottom
    for mark in found.marks:
        assert found.left <= mark.x <= mark.x + mark.width <= found.right + 0.01
        assert 0 <= mark.y < found.top
    rows = {mark.y for mark in found.marks}
    for row in rows:
        bars = [mark for mark in found.marks if mark.y == row]
        assert all(one.x + one.width < next.x for one, next in zip(bars, bars[1:], strict=False))


# --- Tests of change ---


TRIED = (
    Cycle("a", "Before", "2026-01-01", "2026-01-20"),
    Cycle("b", "One shift", "2026-03-03", "2026-03-10"),
    Cycle("c", "Both shifts", "2026-03-09", ""),
    Cycle("d", "Later", "2027-01-01", "2027-02-01"),
)


def test_tests_of_change_are_marked_where_they_ran_with_their_letters() -> None:
    found = run_chart(measuring(1, 2, 3, 4, cycles=TRIED))
    assert found.picture
    assert [mark.letter for mark in found.picture.marks] == ["B", "C"]
    assert found.unmarked == ("A", "D")
    one, other = found.picture.marks
    assert one.x < other.x < one.x + one.width
    assert one.y != other.y
    assert other.is_open
    assert not one.is_open
    assert other.x + other.width == pytest.approx(found.picture.dots[-1][0])


def test_letters_go_on_after_z() -> None:
    assert [letter(n) for n in (0, 1, 25, 26, 27, 51, 52)] == ["A", "B", "Z", "AA", "AB", "AZ", "BA"]


def test_a_test_without_days_is_named_and_not_marked() -> None:
    found = run_chart(measuring(1, 2, cycles=(Cycle("a", "Some day"),)))
    assert found.unmarked == ("A",)


# --- What has no value ---


def test_a_share_needs_of_how_many() -> None:
    assert value_of(Point(count="8", n=10), is_share=True) == Fraction(4, 5)
    for point in (Point(count="8"), Point(count="8", n=0), Point(count="8", n=7)):
        assert value_of(point, is_share=True) is None
    assert value_of(Point(count="8.5", n=7), is_share=False) == Fraction(17, 2)


def test_a_measure_of_another_kind_leaves_out_what_does_not_fit_and_says_so() -> None:
    action = replace(measuring(3, 4.5, 5), measured_as="share")
    action = replace(action, points=(*action.points, Point("p", "2026-06-01", "3", 4)))
    found = run_chart(action)
    assert (found.n_left_out, len(found.counted)) == (3, 1)
    page = drawn(action)
    assert "3 counts say no “of how many”" in words(page, ".notice")
    assert words(page, "svg title").startswith("Run chart of charts with the field filled: 1 count, on June 1, 2026.")
    assert len(page.select("tbody tr")) == 4


def test_nothing_that_fits_is_no_chart_but_a_table() -> None:
    page = drawn(replace(measuring(3, 4), measured_as="share"))
    assert not page.select("svg")
    assert len(page.select("tbody tr")) == 2


def test_without_a_measure_or_counts_there_is_no_chart() -> None:
    assert not drawn(Action(what="Ask")).get_text().strip()
    assert not drawn(measuring(points=())).select("svg")
    assert not drawn(replace(measuring(3), measured="", measured_as="")).select("svg")


# --- In words ---


def test_the_picture_is_told_in_words() -> None:
    title = words(drawn(measuring(2, 4, 9, n=10, cycles=TRIED[1:3])), "svg title")
    assert title == (
        "Run chart of charts with the field filled: 3 counts from March 2, 2026 to March 16, 2026."
        " Median 40 %, lowest 20 %, highest 90 %. Tests of change marked: A and B."
    )


def test_the_legend_explains_every_letter() -> None:
    said = words(drawn(measuring(1, 2, 3, cycles=TRIED)), ".legend li")
    assert "A Before January 1, 2026 to January 20, 2026; outside the days of this chart" in said
    assert "C Both shifts from March 9, 2026 on" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1], "1 count; from 10 on ddcat says whether something has shifted."),
        (range(9), "9 counts; from 10 on ddcat says whether something has shifted."),
        ([1, 1, 2, 2, 2, 2, 2, 2, 3, 3], "10 counts, of which 4 differ from the median; once 10 do,"),
        ([4] * 12, "All 12 counts are alike: nothing has shifted."),
        (
            [1] * 8 + [9] * 8,
            "Something has shifted, more than chance explains. The longest run on one side of the median has 8"
            " counts; chance explains only up to 7. The counts cross the median 1 time; chance alone explains no"
            " fewer than 4. The chart cannot say why: look at what was tried when it began.",
        ),
        (
            [1, 9] * 6,
            "No shift beyond what chance explains. The longest run on one side of the median has 1 count; chance"
            " explains up to 7. The counts cross the median 11 times; chance explains 3 and more.",
        ),
    ],
)
def test_the_rules_speak_in_plain_words(values: Any, said: str) -> None:
    assert words(drawn(measuring(*values)), ".said").startswith(said)


@pytest.mark.parametrize(
    "action",
    [
        measuring(4),
        measuring(*[0] * 3),
        measuring(*[4] * 12),
        measuring(*range(200)),
        measuring("999999.5", 10**6, 10**30, "0.0001"),
        measuring(0, 10, n=10),
        measuring(1, 2, cycles=TRIED * 20),
    ],
    ids=["one", "zero", "equal", "many", "huge", "share", "many tests"],
)
def test_every_count_is_drawn_and_stands_in_the_table(action: Action) -> None:
    page = drawn(action)
    assert len(page.select("circle")) == len(page.select("tbody tr")) == len(action.points)
    assert not re.search(r"nan|inf|e\+", str(page.svg))


def test_numbers_read_without_needless_zeros_and_with_thousands() -> None:
    page = drawn(measuring("1234567.5", "1234567.5"))
    assert "1,234,567.5" in words(page, "svg text")


def test_it_draws_on_paper() -> None:
    chart = str(drawn(measuring(*range(12), n=12, cycles=TRIED)))
    page = f'<!doctype html><html lang="en"><head><title>A</title></head><body><h1>A</h1>{chart}</body></html>'
    assert report.pdf(page).startswith(b"%PDF")
