"""How far an assessment has come: the one rule that every page counts by."""

from collections.abc import Collection
from dataclasses import dataclass

from ddcat.access import Role
from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Rater

DRAFT, IN_PROGRESS, SUBMITTED = "draft", "in progress", "submitted"
CHANGES_REQUESTED, ACCEPTED = "changes requested", "accepted"
HANDED_IN = (SUBMITTED, ACCEPTED)

# Why somebody who had handed in goes on: kept where else stands what she was asked to change.
RATERS_CHANGED, ITEMS_CHANGED = "raters changed", "items changed"


@dataclass(frozen=True, slots=True)
class Part:
    """Rated items of a dimension."""

    id: str
    number: str
    title: str
    n_rated: int
    n_items: int

    @property
    def is_complete(self) -> bool:
        """Whether each of its items is rated."""
        return self.n_rated == self.n_items


@dataclass(frozen=True, slots=True)
class Progress:
    """Rated items in all and by dimension, and the items that are still open, in paper order."""

    parts: tuple[Part, ...]
    n_rated: int
    n_items: int
    open: tuple[Item, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every item is rated."""
        return not self.open


def progress(instrument: Instrument, rated: Collection[str], items: Collection[str] | None = None) -> Progress:
    """Progress of an assessment in which these items are rated; with `items` as if there were no others."""
    counted = tuple(item for item in instrument.items if items is None or item.id in items)
    parts = []
    for dimension in instrument.dimensions:
        ids = [id for id in dimension.item_ids if items is None or id in items]
        if ids:
            n_rated = sum(id in rated for id in ids)
            parts.append(Part(dimension.id, dimension.number, dimension.title, n_rated, len(ids)))
    missing = tuple(item for item in counted if item.id not in rated)
    return Progress(tuple(parts), len(counted) - len(missing), len(counted), missing)


def known_to(instrument: Instrument, assessment: Assessment, who: str) -> Progress | None:
    """Progress as this person (a ref) may know it: of what she was given, or of all; None where others rate alone."""
    if is_hidden(assessment, who):
        return None
    return progress(instrument, assessment.ratings, given(assessment, who))


def is_hidden(assessment: Assessment, who: str) -> bool:
    """Whether this person (a ref) may not know anything of it yet: others rate alone, and she is no rater."""
    return assessment.is_alone and own(assessment, who) is None


def own(assessment: Assessment, who: str) -> Rater | None:
    """What was given to this person (a ref), if she is a rater."""
    return next((rater for rater in assessment.raters if rater.ref == who), None)


def given(assessment: Assessment, who: str) -> frozenset[str] | None:
    """The items this person (a ref) is to rate, None for all: a director in what is shared, all who agree."""
    rater = own(assessment, who)
    is_for_all = assessment.is_consensus or (Role.DIRECTOR in assessment.held and not assessment.is_blind)
    return None if rater is None or is_for_all else frozenset(rater.items) or None


def is_overdue(rater: Rater, today: str) -> bool:
    """Whether it is known that something given was due before today (an ISO day) and is not handed in."""
    return bool(rater.state and rater.state not in HANDED_IN and rater.due_on and rater.due_on < today)
