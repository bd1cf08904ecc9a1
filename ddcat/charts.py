"""Numbers -> coordinates. No markup: `templates/macros/charts.html` draws them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import inf
from string import ascii_uppercase

from ddcat.instrument import Instrument
from ddcat.records import Action, Cycle, Point
from ddcat.runs import Runs, runs

WIDTH = 200
MARGIN = 10

DOTTED, DOT, BOX = 240, 11, 16
"""How wide the line is on which programs stand beside each other, a dot with its letter, and the box beneath."""

DARKEST = 4

PLOT = 300
"""How wide a run chart is: narrow, so that its words stay legible on a telephone."""

HIGH, LANE, FOOT = 120, 15, 22
"""How high its field is, a row of tests of change above it, and the days beneath."""

INSET, SIGN, SIGNS = 6, 8, 6
"""How far dots stay off its edges; how wide a sign is at most, and how many the word beside the median has."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a band begins on the line."""

    x: float
    value: Fraction


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of the line that a band covers; `shade` counts the bands from 0."""

    x: float
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class Line:
    """One horizontal line from the lowest to the highest rating, with the bands drawn in."""

    width: int
    start: float
    end: float
    limits: tuple[Limit, ...]
    stretches: tuple[Stretch, ...]
    ends: tuple[int, int]


def line(instrument: Instrument, width: int = WIDTH) -> Line:
    """The line that every dot of a profile stands on, so many units wide."""
    scale = instrument.rating
    limits = tuple(Limit(place(instrument, band.floor, width), band.floor) for band in instrument.bands)
    start, end = (place(instrument, Fraction(rating), width) for rating in (scale.lowest, scale.highest))
    edges = [start, *(limit.x for limit in limits[1:]), end]
    stretches = tuple(
        Stretch(left, right - left, shade) for shade, (left, right) in enumerate(zip(edges, edges[1:], strict=False))
    )
    return Line(width, edges[0], edges[-1], limits[1:], stretches, (scale.lowest, scale.highest))


def place(instrument: Instrument, value: Fraction, width: int = WIDTH) -> float:
    """Where a score stands on the line."""
    scale = instrument.rating
    share = (value - scale.lowest) / (scale.highest - scale.lowest)
    return round(float(MARGIN + share * (width - 2 * MARGIN)), 2)


def shade(instrument: Instrument, value: Fraction) -> int:
    """How dark the cell of a score is, from 0 in the lowest band to `DARKEST` in the highest.

    Where there are no bands, from the lowest rating to the highest.
    """
    floors = [band.floor for band in instrument.bands] or [Fraction(rating) for rating in instrument.rating.values]
    at = max(n for n, floor in enumerate(floors) if value >= floor)
    return round(DARKEST * at / max(1, len(floors) - 1))


# --- Programs beside each other ---


@dataclass(frozen=True, slots=True)
class Dot:
    """A program's score: `at` is its place among the programs, from 0."""

    x: float
    y: float
    at: int


@dataclass(frozen=True, slots=True)
class Plot:
    """Scores as dots on a line, those that would touch above each other; `quartiles` are five places, or none."""

    line: Line
    height: float
    dots: tuple[Dot, ...]
    quartiles: tuple[float, ...]


def plot(
    instrument: Instrument,
    values: Sequence[Fraction | None],
    quartiles: Sequence[Fraction],
    size: int = DOT,
    high: float = inf,
) -> Plot:
    """These scores as dots so wide, the lowest row at the bottom, and beneath them how they lie.

    Where rows of them would stand higher than `high`, they overlap.
    """
    rows: list[float] = []
    found = []
    known = sorted((value, at) for at, value in enumerate(values) if value is not None)
    for value, at in known:
        x = place(instrument, value, DOTTED)
        row = next((n for n, taken in enumerate(rows) if taken + size <= x), len(rows))
        rows[row : row + 1] = [x]
        found.append((x, row, at))
    step = min(size, high / len(rows)) if rows else size
    top = size + step * (len(rows) - 1) if rows else 0
    dots = tuple(Dot(x, round(top - step * row - size / 2, 2), at) for x, row, at in found)
    places = tuple(place(instrument, value, DOTTED) for value in quartiles)
    return Plot(line(instrument, DOTTED), round(top + BOX, 2), dots, places)


# --- Run charts ---


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across a run chart, at this value."""

    y: float
    value: Fraction


@dataclass(frozen=True, slots=True)
class Mark:
    """A test of change over its days: a bar above the field with its letter, `is_open` where it has no last day."""

    letter: str
    cycle: Cycle
    x: float
    y: float
    width: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Where everything in a run chart stands. `days` are those named beneath, each with its place."""

    width: int
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[Tick, ...]
    days: tuple[tuple[float, str], ...]
    dots: tuple[tuple[float, float], ...]
    radius: float
    median: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class RunChart:
    """What an action counts over time: each point with its value, None where it has none; the runs; the picture.

    A share has no value where it is not said of how many. `tests` are the tests of change, each with its letter.
    """

    is_share: bool
    rows: tuple[tuple[Point, Fraction | None], ...]
    tests: tuple[tuple[str, Cycle], ...]
    runs: Runs | None
    picture: Picture | None

    @property
    def counted(self) -> tuple[tuple[Point, Fraction], ...]:
        """The points that have a value."""
        return tuple((point, value) for point, value in self.rows if value is not None)

    @property
    def n_left_out(self) -> int:
        """How many points have no value."""
        return len(self.rows) - len(self.counted)

    @property
    def unmarked(self) -> tuple[str, ...]:
        """The letters of tests of change that ran before the first count, or start after the last."""
        marked = {mark.letter for mark in self.picture.marks} if self.picture else set()
        return tuple(letter for letter, _cycle in self.tests if letter not in marked)


def run_chart(action: Action) -> RunChart:
    """The run chart of an action's measure; without a picture where nothing was counted yet."""
    is_share = action.measured_as == "share"
    rows = tuple((point, value_of(point, is_share=is_share)) for point in action.points)
    tests = tuple((letter(n), cycle) for n, cycle in enumerate(action.cycles))
    counted = [(date.fromisoformat(point.counted_on), value) for point, value in rows if value is not None]
    found = runs([value for _day, value in counted])
    picture = _picture(counted, tests, found.median, is_share=is_share) if found else None
    return RunChart(is_share, rows, tests, found, picture)


def value_of(point: Point, *, is_share: bool) -> Fraction | None:
    """What a point comes to; None for a share that is none: of nobody knows how many."""
    value = Fraction(point.count)
    if not is_share:
        return value
    return value / point.n if point.n and value <= point.n else None


def letter(n: int) -> str:
    """The name of the n-th test of change, from 0: A, B, ..., Z, AA, AB."""
    first, last = divmod(n, len(ascii_uppercase))
    return (letter(first - 1) if first else "") + ascii_uppercase[last]


def ticks(highest: Fraction, *, is_share: bool) -> tuple[Fraction, ...]:
    """Three or four round values from 0 that reach this one; shares always go from 0 to 1."""
    if is_share:
        return (Fraction(0), Fraction(1, 2), Fraction(1))
    power = Fraction(10) ** (len(str(int(highest))) - 1) if highest >= 1 else Fraction(1)
    while power > highest > 0:
        power /= 10
    steps = (power * step for step in (Fraction(1, 2), Fraction(1), Fraction(2), Fraction(5)))
    step = next(step for step in steps if 3 * step >= highest)
    n = max(2, -(-highest // step))
    return tuple(step * each for each in range(int(n) + 1))


def _picture(
    counted: Sequence[tuple[date, Fraction]], tests: Sequence[tuple[str, Cycle]], median: Fraction, *, is_share: bool
) -> Picture:
    """Everything in its place: days from left to right, values from the bottom up, tests of change above."""
    days, values = [day for day, _value in counted], [value for _day, value in counted]
    scale = ticks(max(values), is_share=is_share)
    left, right = _room(scale) + INSET, PLOT - max(_room([median]), SIGNS * SIGN) - INSET
    across = _across(days, left + INSET, right - INSET)
    marks = _marks(tests, across, days)
    top = max(LANE * len({mark.y for mark in marks}), SIGN) + INSET
    bottom = top + HIGH

    def up(value: Fraction) -> float:
        return round(float(bottom - value / scale[-1] * HIGH), 2)

    named = sorted({days[0], days[0] + (days[-1] - days[0]) / 2, days[-1]})
    return Picture(
        width=PLOT,
        height=bottom + FOOT,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        ticks=tuple(Tick(up(value), value) for value in scale),
        days=tuple((across(day), day.isoformat()) for day in named),
        dots=tuple((across(day), up(value)) for day, value in counted),
        radius=3.2 if len(counted) <= 40 else 2.2 if len(counted) <= 100 else 1.4,
        median=up(median),
        marks=marks,
    )


def _room(values: Iterable[Fraction]) -> int:
    """How much room the longest of these numbers takes beside the field, at most a quarter of the chart."""
    signs = (len(f"{float(value):,.4f}".rstrip("0").rstrip(".")) for value in values)
    return min(PLOT // 4, SIGN * max(len("100 %"), *signs))


def _across(days: Sequence[date], left: float, right: float) -> Callable[[date], float]:
    """Where a day stands between left and right; a single one in the middle."""
    first, last = days[0], days[-1]
    span = (last - first).days

    def across(day: date) -> float:
        share = (day - first).days / span if span else 0.5
        return round(left + min(1, max(0, share)) * (right - left), 2)

    return across


def _marks(
    tests: Sequence[tuple[str, Cycle]], across: Callable[[date], float], days: Sequence[date]
) -> tuple[Mark, ...]:
    """The tests of change that ran between the first and the last day counted, each in the first row with room."""
    rows: list[float] = []
    found = []
    for sign, cycle in tests:
        starts_on = cycle.starts_on
        ends_on = cycle.ends_on or days[-1].isoformat()
        if not starts_on or starts_on > days[-1].isoformat() or ends_on < days[0].isoformat():
            continue
        x, end = (across(date.fromisoformat(day)) for day in (starts_on, max(starts_on, ends_on)))
        row = next((n for n, taken in enumerate(rows) if taken < x), len(rows))
        rows[row : row + 1] = [max(end, x + SIGN * (len(sign) + 1))]
        found.append(Mark(sign, cycle, x, row * LANE, round(end - x, 2), not cycle.ends_on))
    return tuple(found)
