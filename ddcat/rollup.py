"""A state, or a country, over time: how many programs are in each band, and how their scores lie. Pure.

There is never one rating for a state: every cell counts programs by band and gives quartiles, with the number of
programs behind them. A program counts once a quarter for each kind of rater; kinds never share a cell. Whole numbers
all the way: a score is counted in units of which every possible one is whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import TYPE_CHECKING

from ddcat.comparing import Spread
from ddcat.instrument import Instrument

if TYPE_CHECKING:
    from ddcat.rescoring import Numbers

KINDS = (None, "self", "peer", "external")
"""Who rated; None where nobody said."""

OVERALL = -1
"""Stands for the overall score, where else the place of a dimension stands."""

_PROGRAMS_AT_ONCE = 1_000
_SCORE = re.compile(rb':"(\d+(?:/\d+)?)"')


@dataclass(frozen=True, slots=True)
class Scores:
    """Sealed assessments of one instrument, a program after the other, each program's by day: numbers for each.

    `program` tells programs apart, `state` is a place in `states` ("" for none), `quarter` counts quarters from
    the year 0, `kind` is a place in KINDS. `texts` hold the dimension scores as they are stored, a text a program.
    """

    states: Sequence[str]
    program: "Numbers"
    state: "Numbers"
    quarter: "Numbers"
    kind: "Numbers"
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A state in a quarter as one kind of rater saw it; `n` programs."""

    state: str
    quarter: str
    kind: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Rollup:
    """Every cell with, for each dimension and last for the overall score, what its programs come to.

    `bands` counts them by dimension, cell and band; `quartiles` hold by dimension, cell and place (least, quarters,
    most) a score in units, `units` of which make a point.
    """

    instrument: Instrument
    cells: Sequence[Cell]
    units: int
    bands: "Numbers"
    quartiles: "Numbers"

    def counted(self, dimension: int, cell: int) -> dict[str, int]:
        """How many programs of a cell are in each band, from the lowest band up; none is left out."""
        codes = (band.code for band in self.instrument.bands)
        return dict(zip(codes, self.bands[dimension, cell].tolist(), strict=True))

    def spread(self, dimension: int, cell: int) -> Spread:
        """How the scores of a cell lie."""
        places = (Fraction(units, self.units) for units in self.quartiles[dimension, cell].tolist())
        return Spread(self.cells[cell].n, *places)


def rollup(instrument: Instrument, scores: Scores) -> Rollup:
    """All cells in which there is a program, by state, quarter and kind.

    Of several assessments in a quarter by one kind of rater the last counts. Raises ValueError where a stored score
    is none of this instrument.
    """
    import numpy as np

    values, units = _values(instrument, scores.texts)
    once = _last(scores)
    spans = (int(scores.quarter.max(initial=0)) + 1, len(KINDS))
    keys = (scores.state[once] * spans[0] + scores.quarter[once]) * spans[1] + scores.kind[once]
    known, cell, n = np.unique(keys, return_inverse=True, return_counts=True)
    cells = [
        Cell(
            scores.states[key // spans[1] // spans[0]], _quarter(key // spans[1] % spans[0]), KINDS[key % spans[1]], m
        )
        for key, m in zip(known.tolist(), n.tolist(), strict=True)
    ]
    rows = [*values[:, once], values[:, once].sum(axis=0) // len(values)]  # whole: see `_values`
    floors = np.array([ceil(band.floor * units) for band in instrument.bands[1:]])
    found = [_lie(row, cell, n, floors) for row in rows]
    # Between two neighbours there are quarters of a unit.
    return Rollup(
        instrument, cells, 4 * units, np.stack([bands for bands, _ in found]), np.stack([lie for _, lie in found])
    )


def _values(instrument: Instrument, texts: Sequence[str]) -> tuple["Numbers", int]:
    """The dimension scores in units, a row a dimension, and how many units make a point.

    Every score is whole in them, and so is the mean of all dimensions. The store writes dimensions by the order of
    their ids.
    """
    import numpy as np

    n = len(instrument.dimensions)
    units = lcm(*[len(dimension.items) for dimension in instrument.dimensions]) * n
    known = _Units(units)
    parts = []
    for at in range(0, len(texts), _PROGRAMS_AT_ONCE):
        glued = "".join(texts[at : at + _PROGRAMS_AT_ONCE]).encode()
        found = _SCORE.findall(glued)
        if len(found) != n * glued.count(b"{"):
            raise ValueError(f"stored scores are not those of {instrument.name}")
        parts.append(np.fromiter(map(known.__getitem__, found), np.int64, len(found)).reshape(-1, n))
    across = np.concatenate(parts) if parts else np.zeros((0, n), dtype=np.int64)
    ids = sorted(dimension.id for dimension in instrument.dimensions)
    return np.ascontiguousarray(across.T[[ids.index(dimension.id) for dimension in instrument.dimensions]]), units


class _Units(dict[bytes, int]):
    """How many units a score is, by its text; few are possible, so each is read once."""

    def __init__(self, units: int) -> None:
        self.units = units

    def __missing__(self, text: bytes) -> int:
        value = Fraction(text.decode()) * self.units
        if value.denominator != 1:
            raise ValueError(f"{text.decode()} is no score of this instrument")
        self[text] = value.numerator
        return value.numerator


def _last(scores: Scores) -> "Numbers":
    """Where the last assessment of each program, quarter and kind stands."""
    import numpy as np

    keys = (scores.program * (int(scores.quarter.max(initial=0)) + 1) + scores.quarter) * len(KINDS) + scores.kind
    return len(keys) - 1 - np.unique(keys[::-1], return_index=True)[1]


def _lie(values: "Numbers", cell: "Numbers", n: "Numbers", floors: "Numbers") -> tuple["Numbers", "Numbers"]:
    """By cell: how many of these values are in each band, and where least, quarters and most lie, times four."""
    import numpy as np

    span = int(values.max(initial=0)) + 1
    lying = np.sort(cell * span + values)
    first = np.arange(len(n)) * span
    begins = np.concatenate([[0], np.cumsum(n)[:-1]])
    below = np.searchsorted(lying, first[:, None] + np.minimum(floors, span)) - begins[:, None]
    bands = np.diff(below, axis=1, prepend=0, append=n[:, None])
    steps = np.arange(5) * (n[:, None] - 1)
    low = begins[:, None] + steps // 4
    high = np.minimum(low + 1, (begins + n - 1)[:, None])
    quartiles = 4 * lying[low] + (lying[high] - lying[low]) * (steps % 4)
    return bands, quartiles - 4 * first[:, None]


def _quarter(number: int) -> str:
    return f"{number // 4:04}-Q{number % 4 + 1}"
