"""The fact sheet of a program: 22 facts, each with a date and a source, and what can hardly be so. Pure.

Every fact has one home among the facts of a program, where those of the cover sheet stand too; its date and its
source stand beside it. It is not scored.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ddcat import facts
from ddcat.facts import Block, Facts, Field
from ddcat.facts_sheet.care import HOURS, MONEY, TREATMENT
from ddcat.facts_sheet.fact import NONE, Fact, Part
from ddcat.facts_sheet.flags import Flag, Rated, Rule, flags, rules
from ddcat.facts_sheet.judging import misfits, mistakes
from ddcat.facts_sheet.reach import REACH, STANDING

__all__ = [
    "BESIDE",
    "FACTS",
    "FIELDS",
    "MONTHS",
    "NONE",
    "PARTS",
    "Fact",
    "Flag",
    "Known",
    "Part",
    "Rated",
    "Rule",
    "flags",
    "known",
    "misfits",
    "mistakes",
    "months_after",
    "newest",
    "rules",
    "vouched",
]

MONTHS = 12
"""What is known from longer ago may no longer be so."""

PARTS: Mapping[str, Part] = {part.name: part for part in (HOURS, MONEY, REACH, TREATMENT, STANDING)}
"""The parts of the sheet, by the name that stands in an address."""

FACTS: Mapping[str, Fact] = {
    fact.code: fact
    for fact in sorted((fact for part in PARTS.values() for fact in part.facts), key=lambda fact: int(fact.code[1:]))
}
"""The facts by their codes, F1 to F22."""

FIELDS: Mapping[str, Field] = {field.name: field for fact in FACTS.values() for field in fact.every}
"""Everything that is kept for the sheet, by name: each fact with its date and its source."""

BESIDE: tuple[Block, ...] = facts.only(
    facts.PROGRAM, {field.name for field in facts.fields(facts.PROGRAM)} - FIELDS.keys()
)
"""What is asked of a program beside the fact sheet: its cover sheet, without the facts that have their home here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a fact: `values` by name of a field, only those that are known; "" is no date or no source.

    `is_old`: the date is more than 12 months ago; `is_ahead`: it is still to come.
    """

    fact: Fact
    values: Facts
    as_of: str
    source: str
    is_old: bool
    is_ahead: bool

    @property
    def is_known(self) -> bool:
        """Whether anything of it is known."""
        return bool(self.values)

    @property
    def is_vouched(self) -> bool:
        """Whether it is known from whom, and since when: a day that is still to come vouches for nothing."""
        return self.is_known and bool(self.as_of and self.source) and not self.is_ahead


def known(said: Facts, today: date) -> dict[str, Known]:
    """Each of the 22 facts as these facts of a program tell it, by its code, in the order of the sheet."""
    return {code: _known(fact, said, today) for code, fact in FACTS.items()}


def vouched(old: Facts, new: Facts) -> dict[str, object]:
    """The new facts, without the date and the source of what was changed and not dated or sourced anew.

    A date and a source speak for the very values they were given with.
    """
    kept = dict(new)
    for fact in FACTS.values():
        names = [field.name for field in fact.fields]
        beside = (fact.as_of.name, fact.source.name)
        is_changed = _part(old, names) != _part(new, names)
        if not _part(new, names) or (is_changed and _part(old, beside) == _part(new, beside)):
            for name in beside:
                kept.pop(name, None)
    return kept


def months_after(day: str, months: int) -> str:
    """The same day so many months later; where that month has no such day, its last."""
    then = date.fromisoformat(day)
    years, month = divmod(then.month - 1 + months, 12)
    for last in (then.day, 30, 29, 28):
        try:
            return date(then.year + years, month + 1, last).isoformat()
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def newest(sealed: Iterable[tuple[str, Mapping[str, int]]]) -> Rated:
    """Of sealed assessments, oldest first, each with the id of its instrument: the newest ratings by each."""
    wanted = {rule.instrument for rule in rules()}
    return {instrument: ratings for instrument, ratings in sealed if instrument in wanted}


def _known(fact: Fact, said: Facts, today: date) -> Known:
    values = _part(said, [field.name for field in fact.fields])
    as_of, source = (str(said.get(field.name) or "") for field in (fact.as_of, fact.source))
    is_old = bool(as_of) and months_after(as_of, MONTHS) < today.isoformat()
    return Known(fact, values, as_of, source, is_old, as_of > today.isoformat())


def _part(said: Facts, names: Collection[str]) -> dict[str, object]:
    return {name: said[name] for name in names if said.get(name) not in (None, "", [], {})}
