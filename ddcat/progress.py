"""How far an assessment has come: the one rule that every page counts by."""

from collections.abc import Collection
from dataclasses import dataclass

from ddcat.instrument import Instrument, Item


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


def progress(instrument: Instrument, rated: Collection[str]) -> Progress:
    """Progress of an assessment in which these items are rated."""
    parts = tuple(
        Part(
            dimension.id,
            dimension.number,
            dimension.title,
            sum(id in rated for id in dimension.item_ids),
            len(dimension.item_ids),
        )
        for dimension in instrument.dimensions
    )
    missing = tuple(item for item in instrument.items if item.id not in rated)
    return Progress(parts, len(instrument.items) - len(missing), len(instrument.items), missing)
