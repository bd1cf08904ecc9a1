"""Programs beside each other, and one program over time. Pure: assessments and instruments in, values out.

There is never one rating for an agency or a state: a roll-up counts programs by band, and a spread says where the
middle half of them lies. Unlike things do not stand side by side: other instruments, other versions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import sqrt

from ddcat import change, evidence, scoring
from ddcat.change import Since
from ddcat.instrument import Dimension, Instrument, Item
from ddcat.records import Assessment
from ddcat.scoring import Ratings, Result

BESIDE = 12
"""As many programs stand beside each other on one page."""

APART = 2
"""An item that one program rates at least so much higher than another is one to learn from."""


@dataclass(frozen=True, slots=True)
class Site:
    """A program with its assessment, what that came to as rated, and how far evidence carries it."""

    assessment: Assessment
    result: Result
    evidenced: Result
    as_evidenced: Ratings

    @property
    def is_self_rated(self) -> bool:
        """Whether the program's own people rated it, or nobody said who did."""
        return self.assessment.kind in (None, "self")


@dataclass(frozen=True, slots=True)
class Spread:
    """How scores lie: the least, the quartiles (of the sorted values, between neighbours in proportion), the most."""

    n: int
    least: Fraction
    lower: Fraction
    middle: Fraction
    upper: Fraction
    most: Fraction


@dataclass(frozen=True, slots=True)
class Lesson:
    """An item at which one program is strong where another is weak, with both ratings."""

    item: Item
    strong: Site
    weak: Site

    @property
    def apart(self) -> int:
        """By how many points they differ."""
        return self.strong.assessment.ratings[self.item.id] - self.weak.assessment.ratings[self.item.id]


@dataclass(frozen=True, slots=True)
class Paired:
    """The change of programs that have both assessments: its mean with a 95 % interval, None with fewer than two."""

    n: int
    mean: Fraction
    low: float | None
    high: float | None


def site(instrument: Instrument, assessment: Assessment) -> Site:
    """An assessment with all that is compared."""
    carried = evidence.as_evidenced(instrument, assessment)
    rated, evidenced = scoring.score(instrument, assessment.ratings), scoring.score(instrument, carried)
    return Site(assessment, rated, evidenced, carried)


def alike(instruments: Mapping[str, Instrument]) -> dict[str, tuple[str, ...]]:
    """The refs of assessments that can stand side by side, by the name of their instrument; the largest group first.

    `instruments` by the ref of each assessment.
    """
    groups: dict[str, list[str]] = {}
    for ref, instrument in instruments.items():
        groups.setdefault(instrument.name, []).append(ref)
    return {name: tuple(refs) for name, refs in sorted(groups.items(), key=lambda group: -len(group[1]))}


def spread(values: Iterable[Fraction | None]) -> Spread | None:
    """How these values lie, those that are not known aside; None where none is."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return Spread(len(known), *(_quantile(known, Fraction(part, 4)) for part in range(5)))


def counted(instrument: Instrument, codes: Iterable[str | None]) -> dict[str, int]:
    """How many programs are in each band, from the lowest band up; none is left out."""
    found = list(codes)
    return {band.code: found.count(band.code) for band in instrument.bands}


def lessons(instrument: Instrument, sites: Sequence[Site], most: int = 12) -> tuple[Lesson, ...]:
    """Who is strong where another is weak: the widest gap first, at most one lesson for a program and an item.

    Strong is a rating that the second level asks for and that evidence carries; weak lies below it.
    """
    capable = list(instrument.scoring.criterion.levels.values())[1]
    found = []
    for item in instrument.items:
        strong = [one for one in sites if one.as_evidenced.get(item.id, 0) >= capable]
        for weak in sites:
            rating = weak.assessment.ratings.get(item.id)
            if rating is None or rating >= capable or not strong:
                continue
            best = max(strong, key=lambda one: one.as_evidenced[item.id])
            if best.as_evidenced[item.id] - rating >= APART:
                found.append(Lesson(item, best, weak))
    return tuple(sorted(found, key=lambda lesson: -lesson.apart)[:most])


def trend(assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]) -> tuple[Since, ...]:
    """What moved from each sealed assessment to the next, where both have one instrument; the first pair first.

    `instruments` by the ref of each assessment.
    """
    return tuple(
        change.since(instruments[base.ref], base, instruments[after.ref], after)
        for base, after in pairwise(assessments)
        if instruments[base.ref].id == instruments[after.ref].id
    )


def paired(pairs: Sequence[tuple[Fraction, Fraction]]) -> Paired | None:
    """The mean change of programs that have both scores, before and after; None where there is no pair.

    The interval is that of Student's t on the differences: mean plus and minus t(n - 1) times s / sqrt(n).
    """
    differences = [after - before for before, after in pairs]
    n = len(differences)
    if not n:
        return None
    mean = sum(differences, Fraction(0)) / n
    if n < 2:
        return Paired(n, mean, None, None)
    from scipy.special import stdtrit

    variance = sum((each - mean) ** 2 for each in differences) / (n - 1)
    half = float(stdtrit(n - 1, 0.975)) * sqrt(variance / n)
    return Paired(n, mean, float(mean) - half, float(mean) + half)


def dimension_scores(instrument: Instrument, sites: Sequence[Site]) -> list[tuple[Dimension, list[Fraction | None]]]:
    """The score of every site in each dimension, in the order of both."""
    return [
        (dimension, [one.result.dimensions[at].value for one in sites])
        for at, dimension in enumerate(instrument.dimensions)
    ]


def _quantile(values: Sequence[Fraction], part: Fraction) -> Fraction:
    """Between the two neighbours of the place `part` of the way through sorted values, in proportion."""
    place = part * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
