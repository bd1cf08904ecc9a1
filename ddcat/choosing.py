"""Which instrument fits a program, by what is known of it. The rules stand in the guides of the instruments."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ddcat.facts import Facts
from ddcat.instrument import Guide
from ddcat.shelf import Volume


class Why(StrEnum):
    """By what an instrument is suggested."""

    ALONE = "alone"
    LAST = "last"
    FACTS = "facts"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The instrument that is suggested, by its name, and why."""

    name: str
    why: Why


def suggestion(volumes: Iterable[Volume], program: Facts, agency: Facts, last: str = "") -> Suggestion | None:
    """What to begin with: the only one there is, the one used `last` (by its id), or what the facts speak for.

    A fact of the program says more than one of its agency. None where nothing that is known speaks for any.
    """
    offered = list(volumes)
    if len(offered) == 1:
        return Suggestion(offered[0].instrument.name, Why.ALONE)
    for volume in offered:
        if volume.instrument.id == last:
            return Suggestion(volume.instrument.name, Why.LAST)
    fit = {volume.instrument.name: (fits(volume.guide, program), fits(volume.guide, agency)) for volume in offered}
    best = max(fit, key=lambda name: fit[name], default="")
    return Suggestion(best, Why.FACTS) if any(fit.get(best, ())) else None


def fits(guide: Guide, facts: Facts) -> bool:
    """Whether one of these facts speaks for the instrument of this guide."""
    return any(set(codes) & set(_codes(facts.get(name))) for name, codes in guide.fits.items())


def _codes(said: object) -> list[str]:
    return [str(code) for code in said] if isinstance(said, list) else [str(said)] if said else []
