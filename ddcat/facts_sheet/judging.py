"""What cannot be so in the facts of the sheet, however they came: typed in a form, or read from a file. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from ddcat.facts import Facts, Field
from ddcat.facts_sheet.fact import NONE, Fact
from ddcat.words import _

DAYS = 7
MOST = 10_000_000
"""No number is larger, where its field does not say less."""

FIRST_YEAR = 2000

Mistake = tuple[str, str]
"""The name of a field, and what is wrong with it."""


def mistakes(facts: Iterable[Fact], said: Facts, today: date) -> Iterator[Mistake]:
    """What is wrong with these facts, field by field, and then each fact as a whole."""
    for fact in facts:
        for field in fact.every:
            if said.get(field.name) is not None:
                yield from ((field.name, wrong) for wrong in _of_field(field, said[field.name], today))
        yield from _order(fact, said)
        if not any(said.get(field.name) not in (None, "", [], {}) for field in fact.fields):
            wrong = _("Fill in “%(title)s” first: nothing stands there to date.", title=_(fact.title))
            yield from ((name, wrong) for name in (fact.as_of.name, fact.source.name) if said.get(name))


def misfits(facts: Iterable[Fact], known: Facts, told: Facts) -> Iterator[Mistake]:
    """Why what is told of these facts does not go together with what is known of them.

    A date and a source speak for the very values they were given with: to a fact that has them nothing is added
    without them, and where they come, all that is known of it is told with them.
    """
    for fact in facts:
        values, beside = [field.name for field in fact.fields], [fact.as_of.name, fact.source.name]
        added = [name for name in values if name in told and name not in known]
        vouching = [name for name in beside if name in told and name not in known]
        if added and (without := [name for name in beside if name in known and name not in told]):
            names = ", ".join(without)
            said = _("“%(title)s” has a date or a source here; tell %(names)s too", title=_(fact.title), names=names)
            yield from ((name, said) for name in added)
        if vouching:
            said = _("is known here without %(names)s; tell it too beside them", names=", ".join(vouching))
            yield from ((name, said) for name in values if name in known and name not in told)
        if added:
            yield from _order(fact, {**known, **told})


def _of_field(field: Field, value: Any, today: date) -> Iterator[str]:
    match field.kind:
        case "day" if not str(FIRST_YEAR) <= value <= today.isoformat():
            yield _("Enter a date from 2000 on that is not in the future.")
        case "month" if value > today.isoformat()[:7]:
            yield _("Enter a month that is not in the future.")
        case "share" if not 0 < value["of"] >= value["count"]:
            yield _("Enter at least 1, and no less than the number before.")
        case "choices" | "counts" | "days" if NONE in value and len(value) > 1:
            said = _((field.choices or {})[NONE])
            yield _("“%(none)s” stands alone: take it out, or take out the others.", none=said)
    most = _most(field)
    if any(number > most for number in _numbers(value)):
        yield _("%(label)s: enter a number from 0 to %(most)s.", label=_(field.label), most=f"{most:,}")


def _most(field: Field) -> int:
    """The largest number that it can be, as it is kept: weeks are kept as days."""
    most = field.most or MOST
    return most * DAYS if field.kind == "weeks" else most


def _numbers(value: Any) -> list[int | float]:
    """The numbers in it."""
    values = value.values() if isinstance(value, Mapping) else [value]
    return [one for one in values if isinstance(one, int | float)]


def _order(fact: Fact, said: Facts) -> Iterator[Mistake]:
    """Of what ascends the later is never smaller; what lies between may be unknown."""
    labels = {field.name: _(field.label) for field in fact.fields}
    for names in fact.ascending:
        known: list[tuple[str, Any]] = [(name, said[name]) for name in names if said.get(name) is not None]
        for (low, least), (high, most) in zip(known, known[1:], strict=False):
            if least > most:
                yield low, _("“%(low)s” is more than “%(high)s”.", low=labels[low], high=labels[high])
