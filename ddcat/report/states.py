"""Programs by state as screen and paper show them: rows, words, shades and boxes, worked out once.

There is never one rating for a state: programs are counted by band, and quartiles say how their scores lie. Ratings
by different kinds of raters never share a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ddcat import charts, rollup
from ddcat.comparing import Spread
from ddcat.instrument import Dimension, Instrument
from ddcat.report.beside import FEW
from ddcat.rollup import OVERALL, Read, Rollup

QUARTERS = 12
MOST_DRAWN = 24
"""More lines than these are told in the table alone."""

LEFT, RIGHT, TOP, HIGH, FOOT = 22, 4, 4, 84, 22
STEP = 18
"""How much room a quarter takes in a drawing."""

_WORDS = ("few", "some", "many", "most")


@dataclass(frozen=True, slots=True)
class Count:
    """How many programs are in a band: the number, a word for their share, and how dark the cell is."""

    n: int
    word: str
    shade: int


@dataclass(frozen=True, slots=True)
class Row:
    """The programs of a state by one kind of rating: how many in each band, and how they lie.

    `state` is "" where none is given, None for all states together.
    """

    state: str | None
    kind: str | None
    counts: tuple[Count, ...]
    spread: Spread

    @property
    def is_few(self) -> bool:
        """Whether there are so few programs that quartiles say little."""
        return self.spread.n < FEW


@dataclass(frozen=True, slots=True)
class Box:
    """How the scores of a quarter lie, drawn: across, and from the least up to the most."""

    x: float
    least: float
    lower: float
    middle: float
    upper: float
    most: float
    n: int


@dataclass(frozen=True, slots=True)
class Line:
    """The programs of a state by one kind of rating, quarter by quarter; None where none was assessed."""

    state: str
    kind: str | None
    spreads: tuple[Spread | None, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What all drawings share. `years` are named where they begin, `limits` and `ends` at their height."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    limits: tuple[tuple[float, Fraction], ...]
    ends: tuple[tuple[float, int], ...]
    years: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class States:
    """Programs by state in one dimension, all of them together where it is None.

    `quarter` is "" where of each program the newest counts; `quarters` are the last of them up to it. `unreadable`
    are the programs (refs) of which a stored result cannot be read.
    """

    instrument: Instrument
    dimension: Dimension | None
    quarter: str
    rows: tuple[Row, ...]
    totals: tuple[Row, ...]
    quarters: tuple[str, ...]
    lines: tuple[Line, ...]
    frame: Frame
    unreadable: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str | None, ...]:
        """The kinds of rating that stand here."""
        return tuple(dict.fromkeys([*(row.kind for row in self.rows), *(line.kind for line in self.lines)]))

    @property
    def used(self) -> tuple[tuple[int, str], ...]:
        """The quarters in which any program was assessed, each with its place."""
        places = enumerate(self.quarters)
        return tuple((at, name) for at, name in places if any(line.spreads[at] for line in self.lines))

    @property
    def is_drawn(self) -> bool:
        """Whether there are few enough lines to be drawn."""
        return len(self.lines) <= MOST_DRAWN

    @property
    def has_few(self) -> bool:
        """Whether any row has so few programs that quartiles say little."""
        return any(row.is_few for row in self.rows)


def states(
    found: Read, by_quarter: Rollup, *, dimension: int = OVERALL, quarter: str = "", kinds: Sequence[str | None]
) -> States:
    """Programs by state in one dimension (its place), by these kinds of rating.

    `by_quarter` is the roll-up of what was found; `quarter` one of its quarters, "" for the newest of each program.
    """
    instrument = found.instrument
    now = by_quarter if quarter else rollup.rolled(found.newest)
    together = rollup.rolled(found.together if quarter else found.newest.together)
    last = quarter or max((cell.quarter for cell in by_quarter.cells), default="")
    names = _quarters(last) if last else ()
    return States(
        instrument=instrument,
        dimension=None if dimension == OVERALL else instrument.dimensions[dimension],
        quarter=quarter,
        rows=tuple(_rows(now, dimension, quarter, kinds)),
        totals=tuple(_rows(together, dimension, quarter, kinds, is_all=True)) if len(found.states) > 1 else (),
        quarters=names,
        lines=tuple(_lines(by_quarter, dimension, names, kinds)),
        frame=_frame(instrument, names),
        unreadable=found.unreadable,
    )


def share(n: int, of: int) -> Count:
    """A count with a word for its share: under a quarter are "few", under a half "some", then "many", "most"."""
    if not n:
        return Count(0, "none", 0)
    at = min(4 * n // of, 3)
    return Count(n, "all" if n == of else _WORDS[at], at + 1)


def _rows(
    found: Rollup, dimension: int, quarter: str, kinds: Sequence[str | None], *, is_all: bool = False
) -> Iterable[Row]:
    for at, cell in enumerate(found.cells):
        if cell.kind in kinds and quarter in ("", cell.quarter):
            counts = tuple(share(n, cell.n) for n in found.counted(dimension, at).values())
            yield Row(None if is_all else cell.state, cell.kind, counts, found.spread(dimension, at))


def _lines(found: Rollup, dimension: int, names: Sequence[str], kinds: Sequence[str | None]) -> Iterable[Line]:
    places = {name: at for at, name in enumerate(names)}
    lines: dict[tuple[str, str | None], dict[int, Spread]] = {}
    for at, cell in enumerate(found.cells):
        if cell.kind in kinds and cell.quarter in places:
            lines.setdefault((cell.state, cell.kind), {})[places[cell.quarter]] = found.spread(dimension, at)
    order = {kind: at for at, kind in enumerate(rollup.KINDS)}
    for (state, kind), spreads in sorted(lines.items(), key=lambda line: (line[0][0], order[line[0][1]])):
        boxes = _boxes(found.instrument, spreads)
        yield Line(state, kind, tuple(spreads.get(at) for at in range(len(names))), boxes)


def _quarters(last: str) -> tuple[str, ...]:
    """The last quarters up to this one, without a gap."""
    year, part = int(last[:4]), int(last[-1])
    numbers = range(4 * year + part - QUARTERS, 4 * year + part)
    return tuple(f"{number // 4:04}-Q{number % 4 + 1}" for number in numbers)


def _boxes(instrument: Instrument, spreads: Mapping[int, Spread]) -> tuple[Box, ...]:
    found = []
    for at, one in sorted(spreads.items()):
        least, lower, middle, upper, most = (
            _up(instrument, value) for value in (one.least, one.lower, one.middle, one.upper, one.most)
        )
        found.append(Box(_across(at), least, lower, middle, upper, most, one.n))
    return tuple(found)


def _frame(instrument: Instrument, names: Sequence[str]) -> Frame:
    scale, right = instrument.rating, LEFT + STEP * QUARTERS
    return Frame(
        width=right + RIGHT,
        height=TOP + HIGH + FOOT,
        left=LEFT,
        right=right,
        top=TOP,
        bottom=TOP + HIGH,
        limits=tuple((_up(instrument, band.floor), band.floor) for band in instrument.bands[1:]),
        ends=tuple((_up(instrument, Fraction(end)), end) for end in (scale.lowest, scale.highest)),
        years=tuple((_across(at), name[:4]) for at, name in enumerate(names) if name.endswith("Q1")),
    )


def _across(at: int) -> float:
    return LEFT + STEP * (at + 0.5)


def _up(instrument: Instrument, value: Fraction) -> float:
    """How high a score stands: as far from the bottom as it stands from the left on a line."""
    low, high = (
        charts.place(instrument, Fraction(end)) for end in (instrument.rating.lowest, instrument.rating.highest)
    )
    return round(TOP + HIGH * (1 - (charts.place(instrument, value) - low) / (high - low)), 2)
