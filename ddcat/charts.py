"""Numbers -> coordinates. No markup: `templates/macros/charts.html` draws them."""

from dataclasses import dataclass
from fractions import Fraction

from ddcat.instrument import Instrument

WIDTH = 200
MARGIN = 10


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


def line(instrument: Instrument) -> Line:
    """The line that every dot of a profile stands on, `WIDTH` units wide."""
    scale = instrument.rating
    limits = tuple(Limit(place(instrument, band.floor), band.floor) for band in instrument.bands)
    edges = [limit.x for limit in limits] + [place(instrument, Fraction(scale.highest))]
    stretches = tuple(
        Stretch(left, right - left, shade) for shade, (left, right) in enumerate(zip(edges, edges[1:], strict=False))
    )
    return Line(WIDTH, edges[0], edges[-1], limits[1:], stretches, (scale.lowest, scale.highest))


def place(instrument: Instrument, value: Fraction) -> float:
    """Where a score stands on the line."""
    scale = instrument.rating
    share = (value - scale.lowest) / (scale.highest - scale.lowest)
    return round(float(MARGIN + share * (WIDTH - 2 * MARGIN)), 2)
