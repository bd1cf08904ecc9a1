"""An assessment as the rules look at it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from ddcat import evidence
from ddcat.instrument import Guide, Instrument, Item
from ddcat.records import Assessment, Evidence
from ddcat.scoring import Ratings


@dataclass(frozen=True)
class Case:
    """What there is to look at: the assessment, its instrument with the guide to it, and the day it is today."""

    instrument: Instrument
    guide: Guide
    assessment: Assessment
    today: str

    @cached_property
    def rated(self) -> tuple[tuple[Item, int, tuple[Evidence, ...]], ...]:
        """Every rated item in paper order, with its rating and its evidence."""
        given, of = self.assessment.ratings, self.assessment.of
        return tuple((item, given[item.id], of(item.id)) for item in self.instrument.items if item.id in given)

    @cached_property
    def capable(self) -> int:
        """The rating of the second level: what is above it wants to be shown."""
        return self.instrument.capable

    @cached_property
    def evidenced(self) -> Ratings:
        """Every rating as far as its evidence carries it."""
        return evidence.as_evidenced(self.instrument, self.assessment)

    @cached_property
    def observed(self) -> Ratings:
        """Every rating as far as evidence other than interviews carries it."""
        lines = tuple(line for line in self.assessment.evidence if evidence.kind(line) != "interview")
        return evidence.as_evidenced(self.instrument, replace(self.assessment, evidence=lines))

    @cached_property
    def alone(self) -> tuple[tuple[Item, int, list[int]], ...]:
        """Every item with what was agreed and the different ratings that raters gave alone, ascending."""
        raters = self.assessment.raters if self.assessment.is_consensus else ()
        gave = {item.id: {r.ratings[item.id] for r in raters if item.id in r.ratings} for item, *_rest in self.rated}
        return tuple((item, agreed, sorted(gave[item.id])) for item, agreed, _lines in self.rated if gave[item.id])

    def ordered(self, ids: Collection[str]) -> tuple[str, ...]:
        """These items in paper order."""
        return tuple(item.id for item in self.instrument.items if item.id in ids)

    def has_reason(self, item: Item) -> bool:
        """Whether a reason stands beside the rating."""
        return bool(self.assessment.why.get(item.id, "").strip())
