"""Gaps between ratings and the next level, in an order with its reasons; strengths; what is nearest.

Pure arithmetic on an instrument and its ratings. The order follows the effect on the overall score, which
favours items of short dimensions; `setting_share` says how much of it comes from the setting alone. Without an
overall score nothing weighs the items of different dimensions against each other: there it follows what patients
feel first, and what is weakest.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from ddcat.instrument import Dimension, Guide, Instrument, Item
from ddcat.roads import Rise
from ddcat.scoring import Ratings, Result, point_on, score


@dataclass(frozen=True, slots=True)
class Gap:
    """An item below the anchor of the target level, and what raising it does.

    `to` is its next anchored rating, `target` the anchored rating that the level asks for; `gain` is the rise
    of the overall score (without one, of the dimension's) from the step to `to`, `full_gain` from all the way to
    `target`.
    """

    item: Item
    dimension: Dimension
    rating: int
    to: int
    target: int
    gain: Fraction
    full_gain: Fraction

    @property
    def reaches_target(self) -> bool:
        """Whether the next anchor already is the one that the level asks for."""
        return self.to >= self.target


def level_of(instrument: Instrument, overall: Fraction) -> str:
    """The highest level whose band the overall score reaches; levels carry the code of a band."""
    floors = {band.code: band.floor for band in instrument.bands}
    return [level for level in instrument.levels if overall >= floors[level]][-1]


def next_level(instrument: Instrument, result: Result) -> str:
    """The first level that one of the two methods does not yet grant; the highest when both grant all.

    Without an overall score, the first whose rating the score of some dimension has not reached.
    """
    levels = list(instrument.levels)
    if result.criterion is None:
        lowest = min((score.value or 0 for score in result.dimensions), default=0)
        return next(
            (level for level, least in instrument.levels.items() if level != levels[0] and lowest < least), levels[-1]
        )
    by_criterion = levels.index(result.criterion.level)
    by_scale = levels.index(level_of(instrument, result.overall)) if result.overall is not None else 0
    return levels[min(min(by_criterion, by_scale) + 1, len(levels) - 1)]


def gaps(
    instrument: Instrument, ratings: Ratings, level: str, felt_first: Collection[str] = frozenset()
) -> tuple[Gap, ...]:
    """The rated items below this level's anchor: larger effect of the next step first.

    Between equals: a step that reaches the level's anchor, the lower rating, the order of the paper form. Without an
    overall score come before all that: the items in `felt_first`, the lower rating, the weaker dimension.
    """
    least = instrument.levels[level]
    found = (
        _gap(item, instrument.home[item.id], ratings[item.id], least, instrument)
        for item in instrument.items
        if ratings.get(item.id, least) < least
    )
    stands = {} if instrument.has_overall else {each.id: each.value for each in score(instrument, ratings).dimensions}

    def order(gap: Gap) -> tuple[Any, ...]:
        effect = -gap.gain, not gap.reaches_target, gap.rating
        first = (gap.item.id not in felt_first, gap.rating, stands[gap.dimension.id]) if stands else ()
        return *first, *effect

    return tuple(sorted(found, key=order))


def weakest(instrument: Instrument, result: Result) -> tuple[Dimension, ...]:
    """The dimensions of the lowest score; none where there is no score, or where all score alike."""
    known = {each.id: each.value for each in result.dimensions if each.value is not None}
    lowest = min(known.values(), default=None)
    if len(set(known.values())) < 2:
        return ()
    return tuple(each for each in instrument.dimensions if known.get(each.id) == lowest)


def setting_share(found: Iterable[Gap | Rise], guide: Guide) -> Fraction:
    """The share of the whole gain that comes from dimensions which describe the setting rather than the care."""
    raised = tuple(found)
    total = sum((each.full_gain for each in raised), Fraction(0))
    setting = sum((each.full_gain for each in raised if each.dimension.id in guide.setting), Fraction(0))
    return setting / total if total else Fraction(0)


def strengths(instrument: Instrument, ratings: Ratings, most: int = 8) -> tuple[Item, ...]:
    """The highest rated items, from the second level's rating up.

    Items of one rating come together or not at all: those of the highest, then lower ones up to `most` in all.
    """
    strong = [item for item in instrument.items if ratings.get(item.id, 0) >= instrument.capable]
    return _first_groups(strong, lambda item: -ratings[item.id], most)


def nearest(instrument: Instrument, ratings: Ratings, most: int = 8) -> tuple[Item, ...]:
    """The rated items with the fewest points to their next anchor; of these, first to one that a level asks for.

    Without an overall score no level asks for anything, and the lower ratings come first. Equals come together or
    not at all: the nearest, then others up to `most` in all.
    """
    asked = set(instrument.levels.values()) if instrument.has_overall else set()

    def distance(item: Item) -> tuple[int, bool, int]:
        rating, to = ratings[item.id], item.next_rating(ratings[item.id])
        assert to is not None
        return to - rating, to not in asked, rating

    below = [item for item in instrument.items if item.id in ratings and item.next_rating(ratings[item.id])]
    return _first_groups(below, distance, most)


def _first_groups(items: Iterable[Item], rank: Callable[[Item], Any], most: int) -> tuple[Item, ...]:
    """The items of the first rank, then whole further ranks as long as all of them are at most `most`."""
    first: list[Item] = []
    for _rank, group in groupby(sorted(items, key=rank), key=rank):
        equals = list(group)
        if first and len(first) + len(equals) > most:
            break
        first += equals
    return tuple(first)


def _gap(item: Item, dimension: Dimension, rating: int, least: int, instrument: Instrument) -> Gap:
    point = point_on(instrument, dimension)
    to = item.next_rating(rating)
    target = next(anchored for anchored in item.ratings if anchored >= least)
    assert to is not None, "an item below a level's anchor has an anchor above it"
    return Gap(item, dimension, rating, to, target, point * (to - rating), point * (target - rating))
