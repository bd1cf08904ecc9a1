"""What can hardly be so: facts of a program that do not fit each other, or a rating. Pure."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ddcat.facts import Facts
from ddcat.facts_sheet.care import THERAPIES
from ddcat.words import _, later

INTENSIVE, PARTIAL = "2.1", "2.5"
FEWEST_HOURS, FEWEST_OF_ADOLESCENTS = 9, 6
FEWEST_OF_PARTIAL = 20
LONGEST_TAPER = 2
"""An intensive outpatient program is scheduled for 9 to 19 hours a week, for adolescents 6 to 19; a partial hospital
for 20 or more."""

LESS_THAN_PARTIAL = {"1", "2.1", "otp", "wm"}
MORE_THAN_INTENSIVE = {"2.5", "3", "4", "partial", "inpatient"}
"""Where another level of care is named too, the hours can be those of that one."""

Rated = Mapping[str, Mapping[str, int]]
"""By id of an instrument (without version) the ratings of the newest sealed assessment, by item."""

_SAID = {
    "untrained": later(
        "%(therapies)s: on the schedule, but nobody is trained. Name the trained staff, or take it off the schedule."
    ),
    "few-hours": later(
        "%(hours)s hours a week are scheduled, but level of care 2.1 begins at %(fewest)s. Check both, or name the"
        " other level of care."
    ),
    "few-hours-adolescents": later(
        "%(hours)s hours a week are scheduled, but level of care 2.1 begins at %(fewest)s for adolescents. Check"
        " both, or name the other level of care."
    ),
    "many-hours": later(
        "%(hours)s hours a week are scheduled, but level of care 2.1 ends at 19: from 20 on it is 2.5. Check both, or"
        " name the other level of care."
    ),
    "few-hours-partial": later(
        "%(hours)s hours a week are scheduled, but level of care 2.5 begins at %(fewest)s. Check both, or name the"
        " other level of care."
    ),
    "thin-week": later(
        "In some weeks %(hours)s hours are scheduled, but level of care 2.1 begins at %(fewest)s. Fewer hours fit a"
        " written taper of one or two weeks: say how long yours is, or check the hours."
    ),
    "trained-delivery": later(
        "%(item)s is rated %(rating)s in the newest sealed assessment with %(instrument)s, but fewer than %(fewest)s"
        " therapies with trained staff stand here. Complete the list, or look at the rating again."
    ),
}


@dataclass(frozen=True, slots=True)
class Flag:
    """A question about a fact (by its code): by which rule, and in which words."""

    rule: str
    fact: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What does not fit, and what to do about it, in the language now spoken."""
        return _(_SAID[self.rule], **self.values)


@dataclass(frozen=True, slots=True)
class Rule:
    """A fact that a rating of a named item asks for."""

    id: str
    instrument: str
    item: str
    code: str
    at_least: int
    fact: str
    field: str
    fewest: int


def flags(said: Facts, rated: Rated | None = None) -> tuple[Flag, ...]:
    """What can hardly be so in these facts, beside these ratings where there are any."""
    return (*_hours(said), *_untrained(said), *_beside(said, rated or {}))


@cache
def rules() -> tuple[Rule, ...]:
    """The rules that name items."""
    data = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    return tuple(Rule(**rule) for rule in data["rule"])


def _untrained(said: Facts) -> Iterator[Flag]:
    therapies = _counts(said, "therapies")
    if nobody := [code for code, n in therapies.items() if n == 0]:
        yield Flag("untrained", "F12", {"therapies": ", ".join(_(THERAPIES.get(code, code)) for code in nobody)})


def _hours(said: Facts) -> Iterator[Flag]:
    """Hours that do not fit the level of care that is named."""
    levels, usual = _codes(said, "level_addiction"), _number(said, "hours_scheduled")
    if INTENSIVE in levels:
        yield from _intensive(said, usual)
        others = levels | _codes(said, "level_mental_health")
        if usual is not None and usual >= FEWEST_OF_PARTIAL and not others & MORE_THAN_INTENSIVE:
            yield Flag("many-hours", "F1", {"hours": f"{usual:g}"})
    if PARTIAL in levels and usual is not None and usual < FEWEST_OF_PARTIAL and not levels & LESS_THAN_PARTIAL:
        yield Flag("few-hours-partial", "F1", {"hours": f"{usual:g}", "fewest": FEWEST_OF_PARTIAL})


def _intensive(said: Facts, usual: float | None) -> Iterator[Flag]:
    """Hours that are too few for intensive outpatient care, in a usual week or in the thinnest."""
    only = _codes(said, "only_admits")
    is_young = "adolescents" in only and "adult-general" not in only
    fewest = FEWEST_OF_ADOLESCENTS if is_young else FEWEST_HOURS
    thinnest = _number(said, "hours_fewest")
    taper = _number(said, "taper_weeks") or 0
    if usual is not None and usual < fewest:
        rule = "few-hours-adolescents" if is_young else "few-hours"
        yield Flag(rule, "F1", {"hours": f"{usual:g}", "fewest": fewest})
    elif thinnest is not None and thinnest < fewest and not 1 <= taper <= LONGEST_TAPER:
        yield Flag("thin-week", "F1", {"hours": f"{thinnest:g}", "fewest": fewest})


def _beside(said: Facts, rated: Rated) -> Iterator[Flag]:
    """Ratings of named items that ask for more than the facts say; of a fact that is not known nothing is asked."""
    for rule in rules():
        rating = rated.get(rule.instrument, {}).get(rule.item)
        counts = _counts(said, rule.field)
        if rating is None or rating < rule.at_least or not counts:
            continue
        if sum(bool(n) for n in counts.values()) < rule.fewest:
            values = {"item": rule.code, "rating": rating, "fewest": rule.fewest, "instrument": rule.instrument}
            yield Flag(rule.id, rule.fact, values)


def _codes(said: Facts, name: str) -> set[str]:
    value = said.get(name)
    return {str(code) for code in value} if isinstance(value, list | tuple) else set()


def _counts(said: Facts, name: str) -> dict[str, int | None]:
    value = said.get(name)
    return dict(value) if isinstance(value, Mapping) else {}


def _number(said: Facts, name: str) -> float | None:
    value = said.get(name)
    return float(value) if isinstance(value, int | float) else None
