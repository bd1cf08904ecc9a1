"""What one fact of the fact sheet is: a number, a title, the fields it is kept in, and a date and a source."""

from dataclasses import dataclass

from ddcat import facts
from ddcat.facts import Field
from ddcat.words import later as _later

_COVER_SHEET = {field.name: field for field in facts.fields(facts.PROGRAM)}

NONE = "none"
"""The code that says that there is nothing of this: it stands alone."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the facts: its code (F1), the name that its date and source are kept under, its title and fields.

    In each of `ascending` (names of fields) none is smaller than the one before.
    """

    code: str
    name: str
    title: str
    fields: tuple[Field, ...]
    ascending: tuple[tuple[str, ...], ...] = ()

    @property
    def as_of(self) -> Field:
        """From which day it is known."""
        return Field(f"{self.name}_as_of", "day", _later("Date"), hint=_later("On which day this was true."))

    @property
    def source(self) -> Field:
        """Who or what says it."""
        hint = _later("Who or what says so: a license, a printed schedule, a count of charts. No names of patients.")
        return Field(f"{self.name}_source", "text", _later("Source"), hint=hint)

    @property
    def every(self) -> tuple[Field, ...]:
        """Its fields, its date and its source."""
        return (*self.fields, self.as_of, self.source)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the fact sheet that is changed at once; `name` stands in its address."""

    name: str
    title: str
    facts: tuple[Fact, ...]

    @property
    def every(self) -> tuple[Field, ...]:
        """Every field of its facts, with dates and sources."""
        return tuple(field for fact in self.facts for field in fact.every)


def of_cover(name: str) -> Field:
    """A field that stands on the cover sheet already: it is kept once, under that name."""
    return _COVER_SHEET[name]
