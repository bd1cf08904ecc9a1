"""A trend -> coordinates: the overall score over real dates, with the bands, the breaks and the noise. No markup.

`templates/macros/trend.html` draws it. The line from one assessment to the next is interrupted where they were not
rated alike: by another kind of rating, by others, in another way or with another version. Beside each dot lies the
noise: a next score inside it can come from who rated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from ddcat.change import Trend
from ddcat.charts import INSET, Tick, letter

WIDTH = 300
HIGH = 150
FOOT = 22
LEFT, RIGHT = 24, 44
TOP = 16
DAYS_APART = 80
"""So much room a day takes beneath the line; those that do not fit stand in the table alone."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Band:
    """The noise after one dot, up to the next: a box."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Break:
    """Where the line is interrupted, with the letter by which the words beneath call it."""

    letter: str
    x: float


@dataclass(frozen=True, slots=True)
class Trendline:
    """Where everything stands. `ends` are the lowest and the highest rating, `limits` where bands begin, with their
    codes.

    `lines` are the unbroken stretches between dots; `letters` hold that of the break in each step of the trend, ""
    where there is none.
    """

    width: int
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ends: tuple[Tick, Tick]
    limits: tuple[tuple[Tick, str], ...]
    days: tuple[tuple[float, str], ...]
    dots: tuple[Place, ...]
    lines: tuple[tuple[Place, Place], ...]
    breaks: tuple[Break, ...]
    bands: tuple[Band, ...]
    letters: tuple[str, ...]


def trendline(trend: Trend) -> Trendline | None:
    """The line of a trend; None where there is nothing to join: fewer than two scores, or one day for all."""
    days = [date.fromisoformat(each.assessed_on) for each in trend.assessments]
    if len(days) < 2 or days[0] == days[-1] or any(result.overall is None for result in trend.results):
        return None
    scale = trend.instrument.rating
    left, right, top, bottom = LEFT + INSET, WIDTH - RIGHT - INSET, TOP, TOP + HIGH

    def across(day: date) -> float:
        return round(left + (day - days[0]).days / (days[-1] - days[0]).days * (right - left), 2)

    def up(value: Fraction | float) -> float:
        inside = min(max(float(value), scale.lowest), scale.highest)
        return round(bottom - (inside - scale.lowest) / (scale.highest - scale.lowest) * HIGH, 2)

    scores = [result.overall for result in trend.results if result.overall is not None]
    dots = tuple((across(day), up(score)) for day, score in zip(days, scores, strict=True))
    joined, letters = list(pairwise(dots)), _letters(trend)
    return Trendline(
        width=WIDTH,
        height=bottom + FOOT,
        left=left - INSET,
        right=right + INSET,
        top=top,
        bottom=bottom,
        ends=(Tick(up(scale.lowest), Fraction(scale.lowest)), Tick(up(scale.highest), Fraction(scale.highest))),
        limits=tuple((Tick(up(band.floor), band.floor), band.code) for band in trend.instrument.bands[1:]),
        days=_named([(across(day), day.isoformat()) for day in days]),
        dots=dots,
        lines=tuple((one, other) for (one, other), sign in zip(joined, letters, strict=True) if not sign),
        breaks=tuple(
            Break(sign, round((one[0] + other[0]) / 2, 2))
            for (one, other), sign in zip(joined, letters, strict=True)
            if sign
        ),
        bands=tuple(
            Band(one[0], up(high), round(other[0] - one[0], 2), round(up(low) - up(high), 2))
            for (one, other), (low, high) in zip(joined, _noise(trend, scores), strict=True)
        ),
        letters=letters,
    )


def _letters(trend: Trend) -> tuple[str, ...]:
    """A letter for every step over a break, in their order."""
    found, n = [], 0
    for step in trend.steps:
        found.append(letter(n) if step.breaks else "")
        n += bool(step.breaks)
    return tuple(found)


def _noise(trend: Trend, scores: Sequence[Fraction]) -> list[tuple[float, float]]:
    """From where to where the next score is no larger change than noise, after each score but the last."""
    steps = zip(scores, trend.steps, strict=False)
    return [(float(score) - step.overall.noise, float(score) + step.overall.noise) for score, step in steps]


def _named(days: Sequence[tuple[float, str]]) -> tuple[tuple[float, str], ...]:
    """The days that are named beneath: the last, and of the others as many as there is room for."""
    last = days[-1]
    found: list[tuple[float, str]] = []
    for day in days[:-1]:
        if (not found or day[0] - found[-1][0] >= DAYS_APART) and last[0] - day[0] >= DAYS_APART:
            found.append(day)
    return (*found, last)
