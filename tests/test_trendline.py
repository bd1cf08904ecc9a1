"""The trend as coordinates: real dates, band limits, breaks that interrupt the line, noise beside each dot."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ddcat import change
from ddcat.change import Trend
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Origin
from ddcat.trendline import DAYS_APART, trendline


@pytest.fixture
def trend(lantern: Instrument) -> Callable[..., Trend]:
    """`trend(("2024-01-01", 3, {}), ...)`: every item rated alike on each day, and what else is to be said."""

    def trend(*told: tuple[str, int, dict[str, Any]]) -> Trend:
        every = []
        for n, (on, rating, more) in enumerate(told):
            rated = dict.fromkeys((item.id for item in lantern.items), rating)
            said = Assessment("Tern Rock", on, rated, ref=str(n), kind="self")
            every.append(replace(said, origins={id: Origin("a", on) for id in rated}, **more))
        (found,) = change.trends(every, {each.ref: lantern for each in every})
        return found

    return trend


def test_days_stand_as_far_apart_as_they_are(trend: Any) -> None:
    line = trendline(trend(("2024-01-01", 1, {}), ("2024-04-10", 3, {}), ("2025-01-31", 5, {})))
    assert line is not None
    (a, low), (b, middle), (c, high) = line.dots
    assert (b - a) / (c - a) == pytest.approx(100 / 396, abs=0.001)
    assert (low, high) == (line.bottom, line.top)
    assert middle == (line.top + line.bottom) / 2
    assert [(tick.value, code) for tick, code in line.limits][:1] == [(2, "dim/lit")]


def test_a_break_interrupts_the_line_and_has_a_letter(trend: Any) -> None:
    told = (("2024-01-01", 3, {}), ("2025-01-01", 3, {"kind": "peer"}), ("2026-01-01", 3, {"kind": "peer"}))
    line = trendline(trend(*told))
    assert line is not None
    assert line.letters == ("A", "")
    assert line.lines == ((line.dots[1], line.dots[2]),)
    (only,) = line.breaks
    assert line.dots[0][0] < only.x < line.dots[1][0]


def test_the_noise_lies_around_each_score_up_to_the_next_and_stays_on_the_scale(trend: Any) -> None:
    found = trend(("2024-01-01", 3, {}), ("2025-01-01", 5, {}), ("2026-01-01", 5, {}))
    line = trendline(found)
    assert line is not None
    unit = (line.bottom - line.top) / 4
    first, second = line.bands
    assert first.height == pytest.approx(2 * found.steps[0].overall.noise * unit, abs=0.02)
    assert (first.x, first.width) == (line.dots[0][0], pytest.approx(line.dots[1][0] - line.dots[0][0]))
    assert second.y == line.top
    assert second.height == pytest.approx(found.steps[1].overall.noise * unit, abs=0.02)


def test_days_without_room_are_not_named_but_the_last_always_is(trend: Any) -> None:
    line = trendline(trend(*((f"2024-0{n}-01", 3, {}) for n in range(1, 10))))
    assert line is not None
    assert line.days[-1][1] == "2024-09-01"
    assert len(line.days) < 9
    places = [x for x, _day in line.days]
    assert all(after - before >= DAYS_APART for before, after in zip(places, places[1:], strict=False))


@pytest.mark.parametrize("days", [["2024-01-01"], ["2024-01-01", "2024-01-01"]])
def test_one_day_makes_no_line(trend: Any, days: list[str]) -> None:
    assert trendline(trend(*((day, 3, {}) for day in days))) is None
