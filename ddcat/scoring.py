"""Ratings -> dimension scores, overall, band, criterion level, bounds. Knows instruments and nothing else.

Everything is exact: integers and fractions from the rating to the band, nothing rounded on the way.

Scale method: a dimension's score is the mean of its ratings; the overall score is the mean of the dimension
scores, not of the items. Criterion method: the highest level whose rating is reached by the criterion share
(80 % in the DDCAT family) of all items. An instrument may have neither: then there are dimension scores alone.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm

from ddcat.instrument import Band, Dimension, Instrument

Ratings = dict[str, int]
"""Item id -> the rating it was given; an item that is absent is not yet rated."""


@dataclass(frozen=True, slots=True)
class Score:
    """A mean of ratings: None where nothing is rated; `n_rated` of `n_items` behind it."""

    id: str
    title: str
    value: Fraction | None
    n_rated: int
    n_items: int


@dataclass(frozen=True, slots=True)
class ByCriterion:
    """The criterion method: per level how many of all items reach its rating, and the level attained."""

    counts: Mapping[str, int]
    n_items: int
    level: str

    def percent(self, level: str) -> float:
        """Percent of all items that reach the rating of this level, 0 to 100, not rounded."""
        return 100 * self.counts[level] / self.n_items


@dataclass(frozen=True, slots=True)
class Bounds:
    """The lowest and the highest result that the missing ratings still allow; equal pairs when complete."""

    overall: tuple[Fraction, Fraction]
    band: tuple[str, str]
    criterion: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that ratings say. Provisional unless `is_complete`.

    Overall score, band, criterion and bounds are None for an instrument that has no overall score.
    """

    dimensions: tuple[Score, ...]
    overall: Fraction | None
    band: str | None
    criterion: ByCriterion | None
    bounds: Bounds | None
    focus: tuple[Score, ...]
    n_rated: int
    n_items: int
    unanchored: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every item is rated, so that the result is final."""
        return self.n_rated == self.n_items


def score(instrument: Instrument, ratings: Ratings) -> Result:
    """The result of these ratings.

    Raises KeyError for an item and ValueError for a rating that the instrument does not have. A rating
    without an anchor (from old records) is computed with, and its item named in `unanchored`.
    """
    _refuse_strangers(instrument, ratings)
    dimensions = tuple(
        _mean(dimension.id, dimension.title, dimension.item_ids, ratings) for dimension in instrument.dimensions
    )
    overall, by_scale, by_criterion, allowed = _overall(instrument, ratings, dimensions)
    return Result(
        dimensions=dimensions,
        overall=overall,
        band=by_scale,
        criterion=by_criterion,
        bounds=allowed,
        focus=tuple(
            _mean(focus.id, focus.title, instrument.focus_items[focus.id], ratings) for focus in instrument.focuses
        ),
        n_rated=len(ratings),
        n_items=len(instrument.items),
        unanchored=tuple(
            item.id for item in instrument.items if item.unanchored and ratings.get(item.id) in item.unanchored
        ),
    )


def mean_of_dimensions(values: Sequence[Fraction | None]) -> Fraction | None:
    """Sum of the dimension scores / number of dimensions; None while a dimension has no score.

    Summed over a common denominator: one fraction is made, not one for every addition.
    """
    known = [value.as_integer_ratio() for value in values if value is not None]
    if len(known) < len(values):
        return None
    common = lcm(*[denominator for _, denominator in known])
    total = sum([numerator * (common // denominator) for numerator, denominator in known])
    return Fraction(total, common * len(known))


def band(instrument: Instrument, value: Fraction) -> Band:
    """The band of a score: the highest band whose floor is not above it."""
    return next(band for band in reversed(instrument.bands) if value >= band.floor)


def criterion(instrument: Instrument, ratings: Ratings) -> ByCriterion:
    """The criterion level: an unrated item counts as the lowest rating. 5 * count >= 4 * n for 80 %."""
    method = instrument.scoring.criterion
    assert method is not None, "only an instrument with an overall score has a criterion level"
    part, whole = method.share
    n = len(instrument.items)
    given = sorted(ratings.values())
    counts = {level: len(given) - bisect_left(given, least) for level, least in method.levels.items()}
    lowest, *higher = counts
    attained = [level for level in higher if whole * counts[level] >= part * n]
    return ByCriterion(counts, n, attained[-1] if attained else lowest)


def bounds(instrument: Instrument, ratings: Ratings) -> Bounds:
    """Results with every missing rating at its item's lowest and at its highest anchor."""
    low, high = (_at_end(instrument, ratings, end) for end in (0, -1))
    return Bounds((low[0], high[0]), (low[1], high[1]), (low[2], high[2]))


def point_on(instrument: Instrument, dimension: Dimension) -> Fraction:
    """By how much one point on one item of this dimension moves the overall score; without one, its own score."""
    return Fraction(1, (len(instrument.dimensions) if instrument.has_overall else 1) * len(dimension.items))


def _overall(
    instrument: Instrument, ratings: Ratings, dimensions: Sequence[Score]
) -> tuple[Fraction | None, str | None, ByCriterion | None, Bounds | None]:
    """Overall score, band, criterion and bounds."""
    if not instrument.has_overall:
        return None, None, None, None
    overall = mean_of_dimensions([dimension.value for dimension in dimensions])
    by_scale = None if overall is None else band(instrument, overall).code
    by_criterion = criterion(instrument, ratings)
    if overall is None or by_scale is None or len(ratings) < len(instrument.items):
        return overall, by_scale, by_criterion, bounds(instrument, ratings)
    same = Bounds((overall, overall), (by_scale, by_scale), (by_criterion.level, by_criterion.level))
    return overall, by_scale, by_criterion, same


def _at_end(instrument: Instrument, ratings: Ratings, end: int) -> tuple[Fraction, str, str]:
    """Overall score, band and criterion level with the missing ratings at one end of their anchors."""
    filled = {id: ends[end] for id, ends in instrument.ends.items()} | ratings
    overall = mean_of_dimensions(
        [
            Fraction(sum(map(filled.__getitem__, dimension.item_ids)), len(dimension.item_ids))
            for dimension in instrument.dimensions
        ]
    )
    assert overall is not None, "every item is rated here"
    return overall, band(instrument, overall).code, criterion(instrument, filled).level


def _mean(id: str, title: str, items: Sequence[str], ratings: Ratings) -> Score:
    given = [ratings[item] for item in items if item in ratings]
    return _scored(id, title, sum(given), len(given), len(items))


@lru_cache(maxsize=4096)
def _scored(id: str, title: str, total: int, n_rated: int, n_items: int) -> Score:
    """Few sums are possible, so each score is made once, however many assessments have it."""
    return Score(id, title, Fraction(total, n_rated) if n_rated else None, n_rated, n_items)


def _refuse_strangers(instrument: Instrument, ratings: Ratings) -> None:
    for item in ratings.keys() - instrument.by_id.keys():
        raise KeyError(item)
    for rating in set(ratings.values()) - set(instrument.rating.values):
        raise ValueError(f"{rating} is not a rating of {instrument.name}")
