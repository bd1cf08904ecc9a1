"""The cheapest road from today's ratings to a target: which items to raise, each to which anchor.

Pure arithmetic on an instrument and its ratings. The road is an optimum and no estimate: everything is a whole
number (the overall score is counted in its least unit, 1/980 in the DDCAT), and dynamic programming over what is
still missing leaves out no combination.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, lcm
from typing import TYPE_CHECKING, Any, Literal, get_args

from ddcat.instrument import Dimension, Guide, Instrument, Item
from ddcat.scoring import Ratings, criterion, point_on

if TYPE_CHECKING:
    import numpy as np

By = Literal["scale", "criterion", "both"]
METHODS: tuple[By, ...] = get_args(By)

Costs = Mapping[str, int | None]
"""Item id -> what one anchored step on it costs, a whole number from 1; None where it is not possible now."""

IMPOSSIBLE = 2**60


@dataclass(frozen=True, slots=True)
class Rise:
    """An item raised from its rating to an anchored one; `cost` and `full_gain` are of all the way."""

    item: Item
    dimension: Dimension
    rating: int
    to: int
    cost: int
    full_gain: Fraction


@dataclass(frozen=True, slots=True)
class Road:
    """The rises in paper order, and the ratings at its end. Where there is no road nothing rises."""

    rises: tuple[Rise, ...]
    after: Ratings
    is_feasible: bool

    @property
    def total_cost(self) -> int:
        """What all its rises cost together; 0 where nothing rises."""
        return sum(rise.cost for rise in self.rises)


@dataclass(frozen=True, slots=True)
class _Way:
    """What an item may do, stay or rise: units it adds, whether it reaches the level, how it weighs in the choice."""

    rise: Rise | None = None
    units: int = 0
    reaches: int = 0
    weight: int = 0


def targets(instrument: Instrument, by: By) -> tuple[str, ...]:
    """The codes that a road may lead to: of bands by the scale method, of levels by the criterion method or both.

    None at all for an instrument without an overall score: a road adds up what each item gives to one.
    """
    if not instrument.has_overall:
        return ()
    return tuple(band.code for band in instrument.bands) if by == "scale" else tuple(instrument.levels)


def highest(instrument: Instrument, ratings: Ratings, costs: Costs) -> Ratings:
    """The ratings when everything is raised that can be raised now: no road leads higher."""
    return {id: rating if costs.get(id, 1) is None else instrument.ends[id][1] for id, rating in ratings.items()}


def road(
    instrument: Instrument,
    guide: Guide,
    ratings: Ratings,
    *,
    to: str,
    by: By,
    costs: Costs | None = None,
    first: Collection[str] = frozenset(),
) -> Road:
    """The cheapest rises from these ratings that reach `to`: its band, its criterion level, or both.

    An item goes to any anchored rating above its own. It costs as many steps as there are anchored ratings on the
    way, each at its cost in `costs`, 1 where that does not say. Steps on the items in `first` count half when the
    road is chosen; what a rise costs is always told in full.

    Among roads that cost the same, the one that raises fewer items; then the one with more steps in the dimensions
    that the guide calls near; then, at the first item of the paper form where two roads differ, the one that raises
    that item higher. So the answer is unique, whatever order anything is given in.

    Raises ValueError for ratings that are not complete, for a code that is no target, and for a cost below 1;
    KeyError for a cost of an item, or a first item, that the instrument does not have.
    """
    costs = costs or {}
    _refuse(instrument, ratings, to, by, costs, first)
    if any(_missing(instrument, highest(instrument, ratings, costs), to, by)):
        return Road((), dict(ratings), is_feasible=False)
    least = instrument.levels.get(to, 0)
    rises = [_rises(instrument, item, ratings[item.id], costs.get(item.id, 1)) for item in instrument.items]
    ways = [[_Way(), *(_way(instrument, guide, rise, least, first) for rise in each)] for each in rises]
    chosen = _lightest(ways, *_missing(instrument, ratings, to, by))
    taken = tuple(way.rise for way in chosen if way.rise)
    return Road(taken, ratings | {rise.item.id: rise.to for rise in taken}, is_feasible=True)


def chosen(instrument: Instrument, ratings: Ratings, to: Mapping[str, int], costs: Costs | None = None) -> Road:
    """What somebody chose to raise, item id -> anchored rating, as a road: wherever it leads.

    What is rated so high already is left out; a step on an item that is not possible now is told at a cost of 1.
    """
    costs = costs or {}
    rises = [
        rise
        for item in instrument.items
        if item.id in to and item.id in ratings
        for rise in _rises(instrument, item, ratings[item.id], costs.get(item.id) or 1)
        if rise.to == to[item.id]
    ]
    return Road(tuple(rises), ratings | {rise.item.id: rise.to for rise in rises}, is_feasible=True)


def _refuse(instrument: Instrument, ratings: Ratings, to: str, by: By, costs: Costs, first: Collection[str]) -> None:
    if unrated := [item.code for item in instrument.items if item.id not in ratings]:
        raise ValueError(f"not rated: {', '.join(unrated)}")
    if to not in targets(instrument, by):
        raise ValueError(f"{to!r} is no target of {instrument.name} by {by}")
    for item in {*costs, *first} - instrument.by_id.keys():
        raise KeyError(item)
    for cost in costs.values():
        if cost is not None and cost < 1:
            raise ValueError(f"{cost} is not a cost from 1")


def _missing(instrument: Instrument, ratings: Ratings, to: str, by: By) -> tuple[int, int]:
    """The units of the overall score, and the items at the level's rating, that the target still asks for."""
    units = items = 0
    if by != "criterion":
        floor = next(band.floor for band in instrument.bands if band.code == to)
        points = (ratings[item.id] * point_on(instrument, instrument.home[item.id]) for item in instrument.items)
        units = max(0, ceil((floor - sum(points)) * _units(instrument)))
    method = instrument.scoring.criterion
    if method and by != "scale" and to != next(iter(method.levels)):
        part, whole = method.share
        needed = ceil(Fraction(part * len(instrument.items), whole))
        items = max(0, needed - criterion(instrument, ratings).counts[to])
    return units, items


def _units(instrument: Instrument) -> int:
    """Into how many units a point of the overall score falls, so that what any rating adds to it is whole."""
    return lcm(*[point_on(instrument, dimension).denominator for dimension in instrument.dimensions])


def _rises(instrument: Instrument, item: Item, rating: int, cost: int | None) -> list[Rise]:
    """Every rise of an item, the least first."""
    if cost is None:
        return []
    home = instrument.home[item.id]
    point = point_on(instrument, home)
    above = [anchored for anchored in item.ratings if anchored > rating]
    return [Rise(item, home, rating, to, steps * cost, (to - rating) * point) for steps, to in enumerate(above, 1)]


def _way(instrument: Instrument, guide: Guide, rise: Rise, least: int, first: Collection[str]) -> _Way:
    """The rise as a way. One whole number weighs cost before items before near steps: neither sum outgrows its place.

    Costs are doubled, so that half of one is whole too.
    """
    items, steps = len(instrument.items), sum(len(item.ratings) for item in instrument.items)
    cost = rise.cost if rise.item.id in first else 2 * rise.cost
    near = sum(rise.rating < rating <= rise.to for rating in rise.item.ratings) * (rise.dimension.id in guide.near)
    return _Way(
        rise=rise,
        units=int(rise.full_gain * _units(instrument)),
        reaches=int(rise.rating < least <= rise.to),
        weight=(cost * (items + 1) + 1) * (steps + 1) - near,
    )


def _lightest(ways: list[list[_Way]], units: int, items: int) -> list[_Way]:
    """A way for each item, lightest together, which add at least so many units and items; there must be some.

    Each table says for all that may still be missing (units down, items across) what the ways of the later items
    weigh at least. Among equals the first item takes its highest way, then the second.
    """
    import numpy as np

    tables = [np.full((units + 1, items + 1), IMPOSSIBLE, dtype=np.int64)]
    tables[0][0, 0] = 0
    for each in reversed(ways):
        table = tables[-1].copy()
        for way in each[1:]:
            np.minimum(table, _after(way, tables[-1]), out=table)
        tables.append(table)
    chosen = []
    for each, (here, later) in zip(ways, pairwise(reversed(tables)), strict=True):
        for way in reversed(each):
            left = max(0, units - way.units), max(0, items - way.reaches)
            if later[left] + way.weight == here[units, items]:
                break
        chosen.append(way)
        units, items = left
    return chosen


def _after(way: _Way, table: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """This way and the lightest of the table after it; what it adds beyond what is missing is of no use."""
    import numpy as np

    rows, columns = (min(added, size - 1) for added, size in zip((way.units, way.reaches), table.shape, strict=True))
    left = table[: table.shape[0] - rows, : table.shape[1] - columns]
    return np.pad(left, ((rows, 0), (columns, 0)), mode="edge") + way.weight
