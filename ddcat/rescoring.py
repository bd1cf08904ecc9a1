"""Many assessments worked out at once: ratings in an array -> sums, overall score, band and criterion level. Pure.

As exact as `scoring`, by whole numbers alone: scores are counted in units so small that every mean of so many ratings
is whole. Where those units outgrow 64 bits, Python's own whole numbers take over, slower and as exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, lcm
from typing import TYPE_CHECKING, Any

from ddcat import seal
from ddcat.instrument import Instrument

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[Any]]

UNRATED = -128
"""Stands in an array of ratings where an item is not yet rated."""

NONE = -1
"""Stands in an array of bands where there is no overall score."""


@dataclass(frozen=True, slots=True)
class Block:
    """Many sealed assessments of one instrument (its checksum): refs, stored results, and ratings.

    A row is an assessment, a column an item in paper order; UNRATED stands where there is no rating.
    """

    instrument: str
    refs: Sequence[str]
    results: Sequence[str]
    ratings: "Numbers"


@dataclass(frozen=True, slots=True)
class Means:
    """Sums of ratings and how many were rated, a row for each dimension (or focus area), a column an assessment."""

    sums: "Numbers"
    n_rated: "Numbers"


@dataclass(frozen=True, slots=True)
class Rescored:
    """The results of many assessments, each an array with a number an assessment.

    `overall` is in units, `units` of which make a point; `band` and `level` are places in the instrument's lists.
    Where `band` is NONE there is no overall score, whatever `overall` says. `counts` has a row for each level; where
    the instrument has no overall score there is none.
    """

    dimensions: Means
    overall: "Numbers"
    units: int
    band: "Numbers"
    counts: "Numbers"
    level: "Numbers"
    n_rated: "Numbers"


def rescored(instrument: Instrument, ratings: "Numbers") -> Rescored:
    """The results of ratings that stand as in a block.

    Raises ValueError for a rating that the instrument does not have.
    """
    import numpy as np

    across = np.ascontiguousarray(ratings.T)
    is_rated = across != UNRATED
    _refuse(instrument, across[is_rated])
    given = np.where(is_rated, across, 0)
    dimensions = _means(given, is_rated, _columns(instrument))
    overall, units = _overall(instrument, dimensions)
    has_overall = (dimensions.n_rated > 0).all(axis=0) & instrument.has_overall
    floors = np.array([ceil(band.floor * units) for band in instrument.bands], dtype=overall.dtype)
    band = np.where(has_overall, np.searchsorted(floors, overall, side="right") - 1, NONE)
    counts, level = _criterion(instrument, across, is_rated)
    return Rescored(dimensions, overall, units, band, counts, level, is_rated.sum(axis=0))


def focused(instrument: Instrument, ratings: "Numbers") -> Means:
    """Sums and counts of the focus areas, in the order of the instrument."""
    import numpy as np

    across = np.ascontiguousarray(ratings.T)
    is_rated = across != UNRATED
    place = {item.id: at for at, item in enumerate(instrument.items)}
    areas = [[place[item] for item in instrument.focus_items[focus.id]] for focus in instrument.focuses]
    return _means(np.where(is_rated, across, 0), is_rated, areas)


def texts(instrument: Instrument, rated: "Numbers", evidenced: "Numbers") -> list[str]:
    """What the store keeps as the result of each: the canonical text of both results, as rated and as evidenced."""
    head, tail = _written(instrument, rated)
    inner = [f"{{{first},{last}}}" for first, last in zip(*_once(instrument, evidenced), strict=True)]
    return [f'{{{first},"evidenced":{text},{last}}}' for first, text, last in zip(head, inner, tail, strict=True)]


def _refuse(instrument: Instrument, given: "Numbers") -> None:
    values = instrument.rating.values
    if given.size and not (values[0] <= given.min() and given.max() <= values[-1]):
        raise ValueError(f"there is a rating that {instrument.name} does not have")


def _columns(instrument: Instrument) -> list[range]:
    """Where the items of each dimension stand in paper order."""
    ends, columns = 0, []
    for dimension in instrument.dimensions:
        columns.append(range(ends, ends + len(dimension.items)))
        ends += len(dimension.items)
    return columns


def _means(given: "Numbers", is_rated: "Numbers", places: Sequence[Sequence[int]]) -> Means:
    """`given` and `is_rated` have a row an item; `places` are the rows behind each mean."""
    import numpy as np

    shape = (len(places), given.shape[1])
    sums, n_rated = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    for at, rows in enumerate(places):
        sums[at] = given[list(rows)].sum(axis=0, dtype=np.int64)
        n_rated[at] = is_rated[list(rows)].sum(axis=0, dtype=np.int64)
    return Means(sums, n_rated)


def _overall(instrument: Instrument, dimensions: Means) -> tuple["Numbers", int]:
    """The mean of the dimension scores in units, and how many units make a point.

    A dimension of n items may have any number of them rated: a unit is such that a sum over any of those is whole.
    """
    import numpy as np

    n = len(instrument.dimensions)
    most = max(len(dimension.items) for dimension in instrument.dimensions)
    shared = lcm(*range(1, most + 1))
    highest = max(abs(rating) for rating in instrument.rating.values) * most
    is_small = shared * highest * n < 2**62
    parts = [0, *(shared // rated for rated in range(1, most + 1))]
    weights = np.array(parts, dtype=np.int64 if is_small else object)
    return (dimensions.sums * weights[dimensions.n_rated]).sum(axis=0), shared * n


def _criterion(instrument: Instrument, across: "Numbers", is_rated: "Numbers") -> tuple["Numbers", "Numbers"]:
    """How many items reach each level's rating, and the highest level that enough of all items reach."""
    import numpy as np

    method, n = instrument.scoring.criterion, across.shape[1]
    if method is None:
        return np.zeros((0, n), dtype=np.int64), np.full(n, NONE)
    part, whole = method.share
    least = list(method.levels.values())
    counts = np.array([((across >= rating) & is_rated).sum(axis=0) for rating in least])
    level = np.zeros(n, dtype=np.int64)
    for at in range(1, len(least)):
        level[whole * counts[at] >= part * len(instrument.items)] = at
    return counts, level


def _once(instrument: Instrument, ratings: "Numbers") -> tuple[list[str], list[str]]:
    """As `_written`; where all assessments are rated alike, as they are without evidence, worked out once."""
    if len(ratings) and (ratings == ratings[0]).all():
        (head,), (tail,) = _written(instrument, ratings[:1])
        return [head] * len(ratings), [tail] * len(ratings)
    return _written(instrument, ratings)


def _written(instrument: Instrument, ratings: "Numbers") -> tuple[list[str], list[str]]:
    """What stands before `evidenced` in the canonical text of a result, and what stands after it."""
    result, focus = rescored(instrument, ratings), focused(instrument, ratings)
    levels = list(instrument.levels) if instrument.has_overall else []
    bands = [*(band.code for band in instrument.bands), None]  # the last, as NONE is the last place
    counts = {level: [str(n) for n in result.counts[at].tolist()] for at, level in enumerate(levels)}
    sizes = {dimension.id: len(dimension.items) for dimension in instrument.dimensions}
    areas = {id: len(items) for id, items in instrument.focus_items.items()}
    head = {
        "band": _picked(bands, result.band),
        "criterion": _joined({"counts": _joined(counts), "level": _picked(levels, result.level)})
        if levels
        else ["null"] * len(result.level),
        "dimensions": _joined(_fractions(instrument, result.dimensions, sizes)),
    }
    n_rated = result.n_rated.tolist()
    tail = {
        "focus": _joined(_fractions(instrument, focus, areas)) if areas else ["{}"] * len(n_rated),
        "n_items": [str(len(instrument.items))] * len(n_rated),
        "n_rated": [str(n) for n in n_rated],
        "overall": _overalls(result),
    }
    return [text[1:-1] for text in _joined(head)], [text[1:-1] for text in _joined(tail)]


def _joined(columns: dict[str, list[str]]) -> list[str]:
    """An object for each assessment from its values, keys sorted, as `seal.canonical` writes it."""
    names = sorted(columns)
    form = ",".join(f"{_text(name)}:%s" for name in names)
    return [f"{{{form}}}" % row for row in zip(*[columns[name] for name in names], strict=True)]


def _picked(codes: Sequence[str | None], places: "Numbers") -> list[str]:
    table = [_text(code) for code in codes]
    return [table[place] for place in places.tolist()]


def _fractions(instrument: Instrument, means: Means, sizes: dict[str, int]) -> dict[str, list[str]]:
    """Every mean as text. Few are possible, so each is written once, however many assessments have it."""
    low, high = instrument.rating.lowest, instrument.rating.highest
    columns = {}
    for (id, n), sums, n_rated in zip(sizes.items(), means.sums, means.n_rated, strict=True):
        span = (high - low) * n + 1
        table = [_mean(above + low * rated, rated) for rated in range(n + 1) for above in range(span)]
        columns[id] = [table[place] for place in (n_rated * span + sums - low * n_rated).tolist()]
    return columns


def _overalls(result: Rescored) -> list[str]:
    known = {units: _mean(units, result.units) for units in set(result.overall.tolist())}
    pairs = zip(result.overall.tolist(), result.band.tolist(), strict=True)
    return ["null" if band == NONE else known[units] for units, band in pairs]


def _mean(total: int, n: int) -> str:
    return _text(str(Fraction(total, n)) if n else None)


def _text(value: str | None) -> str:
    return seal.canonical(value).decode()
