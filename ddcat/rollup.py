"""A state, or a country, over time: how many programs are in each band, and how their scores lie. Pure.

There is never one rating for a state: every cell counts programs by band and gives quartiles, with the number of
programs behind them. A program counts once a quarter for each kind of rater; kinds never share a cell. Whole numbers
all the way: a score is counted in units of which every possible one is whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

NO_SCORE = NO_QUARTER = -1
"""Stands where a score, or the day of an assessment, cannot be read."""

_PROGRAMS_AT_ONCE = 1_000
_SCORE = re.compile(rb':"(\d+(?:/\d+)?)"')


@dataclass(frozen=True, slots=True)
class Scores:
    """Sealed assessments of one instrument, a program after the other, each program's by day: numbers for each.

    `program` is a place in `refs`, `state` one in `states` ("" for none), `kind` one in KINDS; `quarter` counts
    quarters from the year 0, NO_QUARTER where the day cannot be read. `texts` hold the dimension scores as they are
    stored, a text for each of `refs`: an object an assessment, `{}` where it cannot be read.
    """

    refs: Sequence[str]
    states: Sequence[str]
    program: "Numbers"
    state: "Numbers"
    quarter: "Numbers"
    kind: "Numbers"
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Read:
    """Scores as whole numbers: `values` has a row a dimension, and a last one for the overall score if there is one.

    `units` of them make a point. `unreadable` are the programs (refs) of which a stored result could not be read, or
    is none of this instrument: it counts nowhere, all others do.
    """

    instrument: Instrument
    states: Sequence[str]
    program: "Numbers"
    state: "Numbers"
    quarter: "Numbers"
    kind: "Numbers"
    values: "Numbers"
    units: int
    unreadable: tuple[str, ...]

    @property
    def newest(self) -> "Read":
        """The same as if it were all of one quarter: of each program and kind of rater the newest counts."""
        import numpy as np

        return replace(self, quarter=np.full_like(self.quarter, self.quarter.max(initial=0)))

    @property
    def together(self) -> "Read":
        """The same as if it were all of one state."""
        import numpy as np

        return replace(self, states=("",), state=np.zeros_like(self.state))


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
    most) a score in units, `units` of which make a point. Where the instrument has no overall score there are no
    bands, and asking for that score raises ValueError.
    """

    instrument: Instrument
    cells: Sequence[Cell]
    units: int
    bands: "Numbers"
    quartiles: "Numbers"

    def counted(self, dimension: int, cell: int) -> dict[str, int]:
        """How many programs of a cell are in each band, from the lowest band up; none is left out."""
        self._refuse(dimension)
        codes = [band.code for band in self.instrument.bands]
        return dict(zip(codes, self.bands[dimension, cell].tolist(), strict=True)) if codes else {}

    def spread(self, dimension: int, cell: int) -> Spread:
        """How the scores of a cell lie."""
        self._refuse(dimension)
        places = (Fraction(units, self.units) for units in self.quartiles[dimension, cell].tolist())
        return Spread(self.cells[cell].n, *places)

    def _refuse(self, dimension: int) -> None:
        if dimension == OVERALL and not self.instrument.has_overall:
            raise ValueError(f"{self.instrument.name} has no overall score")


def rollup(instrument: Instrument, scores: Scores) -> Rollup:
    """All cells in which there is a program, by state, quarter and kind."""
    return rolled(read(instrument, scores))


def read(instrument: Instrument, scores: Scores) -> Read:
    """Scores as whole numbers, without what cannot be read."""
    import numpy as np

    values, units = _values(instrument, scores.texts)
    is_sound = (scores.quarter > NO_QUARTER) & (values[0] != NO_SCORE)
    broken = np.unique(scores.program[~is_sound]).tolist()
    across = values[:, is_sound]
    if instrument.has_overall:  # a whole number: see `_values`
        across = np.concatenate([across, across.sum(axis=0, keepdims=True) // len(across)])
    return Read(
        instrument,
        scores.states,
        program=scores.program[is_sound],
        state=scores.state[is_sound],
        quarter=scores.quarter[is_sound],
        kind=scores.kind[is_sound],
        values=across,
        units=units,
        unreadable=tuple(scores.refs[place] for place in broken),
    )


def rolled(found: Read) -> Rollup:
    """All cells in which there is a program. Of several in a quarter by one kind of rater the last counts."""
    import numpy as np

    once = _last(found)
    spans = (int(found.quarter.max(initial=0)) + 1, len(KINDS))
    keys = (found.state[once] * spans[0] + found.quarter[once]) * spans[1] + found.kind[once]
    known, cell, n = np.unique(keys, return_inverse=True, return_counts=True)
    cells = [
        Cell(
            found.states[key // spans[1] // spans[0]], _quarter(key // spans[1] % spans[0]), KINDS[key % spans[1]], m
        )
        for key, m in zip(known.tolist(), n.tolist(), strict=True)
    ]
    floors = np.array([ceil(band.floor * found.units) for band in found.instrument.bands[1:]], dtype=np.int64)
    lie = [_lie(row, cell, n, floors) for row in found.values[:, once]]
    # Between two neighbours there are quarters of a unit.
    return Rollup(
        found.instrument,
        cells,
        4 * found.units,
        np.stack([bands for bands, _ in lie]),
        np.stack([places for _, places in lie]),
    )


def _values(instrument: Instrument, texts: Sequence[str]) -> tuple["Numbers", int]:
    """The dimension scores in units, a row a dimension, and how many units make a point.

    Every score is whole in them, and so is the mean of all dimensions. The store writes dimensions by the order of
    their ids. Where one score of an assessment is none, all of them are NO_SCORE.
    """
    import numpy as np

    n = len(instrument.dimensions)
    units = lcm(*[len(dimension.items) for dimension in instrument.dimensions]) * n
    known = _Units(instrument, units)
    parts = []
    for at in range(0, len(texts), _PROGRAMS_AT_ONCE):
        glued = "".join(texts[at : at + _PROGRAMS_AT_ONCE]).encode()
        found = _SCORE.findall(glued)
        if len(found) != n * glued.count(b"{"):
            found = _one_by_one(glued, n)
        parts.append(np.fromiter(map(known.__getitem__, found), np.int64, len(found)).reshape(-1, n))
    across = np.concatenate(parts) if parts else np.zeros((0, n), dtype=np.int64)
    across[(across == NO_SCORE).any(axis=1)] = NO_SCORE
    ids = sorted(dimension.id for dimension in instrument.dimensions)
    return np.ascontiguousarray(across.T[[ids.index(dimension.id) for dimension in instrument.dimensions]]), units


def _one_by_one(glued: bytes, n: int) -> list[bytes]:
    """The scores of assessments of which one at least does not have n scores: that one gets as many that are none."""
    found: list[bytes] = []
    for told in glued.split(b"{")[1:]:
        own = _SCORE.findall(told)
        found += own if len(own) == n else [b""] * n
    return found


class _Units(dict[bytes, int]):
    """How many units a score is, by its text; few are possible, so each is read once."""

    def __init__(self, instrument: Instrument, units: int) -> None:
        self.units = units
        self.range = range(instrument.rating.lowest * units, instrument.rating.highest * units + 1)

    def __missing__(self, text: bytes) -> int:
        try:
            value = Fraction(text.decode()) * self.units
        except (ValueError, ZeroDivisionError):
            value = Fraction(NO_SCORE)
        is_sound = value.denominator == 1 and value.numerator in self.range
        self[text] = value.numerator if is_sound else NO_SCORE
        return self[text]


def _last(found: Read) -> "Numbers":
    """Where the last assessment of each program, quarter and kind stands."""
    import numpy as np

    keys = (found.program * (int(found.quarter.max(initial=0)) + 1) + found.quarter) * len(KINDS) + found.kind
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
