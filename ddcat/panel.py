"""The raters of one assessment beside each other: how far they agree, where they differ, who sees it higher. Pure.

Only those who rated alone are compared, and only once all have handed in: before that nobody may know what another
gave, and in one set of ratings that several share there is nothing to compare.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Rater
from ddcat.scoring import Result, score

if TYPE_CHECKING:
    from ddcat.reliability import Agreement

LEADER, STAFF = "leader", "staff"


@dataclass(frozen=True, slots=True)
class LeaderGap:
    """By how much leaders rate above staff, over the `n_items` that both rated; None where there are none."""

    value: Fraction | None
    n_items: int


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that raters rated differently: what each of them (a ref) gave alone, in the order of the raters."""

    item: Item
    given: Mapping[str, int]

    @property
    def spread(self) -> int:
        """How far the highest lies above the lowest."""
        return max(self.given.values()) - min(self.given.values())


def of_raters(instrument: Instrument, assessment: Assessment) -> "Agreement | None":
    """How far the raters agree; None where fewer than two rated alone, or where nobody may know yet."""
    raters = _raters(assessment)
    if len(raters) < 2:
        return None
    from ddcat import reliability  # not before it is needed: it takes a while to load

    return reliability.figures(instrument, {assessment.program: {rater.ref: rater.ratings for rater in raters}})


def leader_gaps(instrument: Instrument, assessment: Assessment) -> Mapping[str, LeaderGap]:
    """By id of each dimension the mean of leaders minus the mean of staff, over the items that both rated."""
    raters = _raters(assessment)
    gaps = {}
    for dimension in instrument.dimensions:
        given = [[_mean(raters, stands, item) for stands in (LEADER, STAFF)] for item in dimension.item_ids]
        apart = [leader - staff for leader, staff in given if leader is not None and staff is not None]
        gaps[dimension.id] = LeaderGap(sum(apart, Fraction(0)) / len(apart) if apart else None, len(apart))
    return gaps


def differences(instrument: Instrument, assessment: Assessment) -> tuple[Difference, ...]:
    """The items that raters rated differently: the widest spread first, then in paper order."""
    raters = _raters(assessment)
    every = (
        Difference(item, {rater.ref: rater.ratings[item.id] for rater in raters if item.id in rater.ratings})
        for item in instrument.items
    )
    return tuple(sorted((one for one in every if one.given and one.spread), key=lambda one: -one.spread))


def own_results(instrument: Instrument, assessment: Assessment) -> tuple[tuple[Rater, Result], ...]:
    """Each rater with the result of what she gave alone."""
    return tuple((rater, score(instrument, dict(rater.ratings))) for rater in _raters(assessment))


def _raters(assessment: Assessment) -> tuple[Rater, ...]:
    """Those who rated anything alone, of whom everybody may know by now."""
    return assessment.rated_alone if assessment.is_consensus else ()


def _mean(raters: tuple[Rater, ...], stands: str, item: str) -> Fraction | None:
    given = [rater.ratings[item] for rater in raters if rater.stands == stands and item in rater.ratings]
    return Fraction(sum(given), len(given)) if given else None
