"""Programs beside each other. Pure: assessments and instruments in, values out.

There is never one rating for an agency or a state: a roll-up counts programs by band, and a spread says where the
middle half of them lies. Unlike things do not stand side by side: other instruments, other versions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from ddcat import evidence, scoring
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
    """An item at which one program is strong where another is weak.

    `rating` is the learner's, `carried` that of the teacher as far as evidence carries it.
    """

    item: Item
    learner: Site
    rating: int
    teacher: Site
    carried: int

    @property
    def apart(self) -> int:
        """By how many points they differ."""
        return self.carried - self.rating


@dataclass(frozen=True, slots=True)
class Column:
    """A dimension, or all of them together where it is None: the score of every site, and how the scores lie."""

    dimension: Dimension | None
    values: tuple[Fraction | None, ...]
    spread: Spread | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of `n` programs are in each band by the scale method, and at each level by the criterion method.

    `is_self_rated` tells who rated them; None where there are no others beside them. Without an overall score there
    are neither bands nor levels.
    """

    is_self_rated: bool | None
    n: int
    bands: Mapping[str, int]
    levels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unlike:
    """Assessments that cannot stand beside the others: their instrument is another one, or another version."""

    instrument: Instrument
    assessments: tuple[Assessment, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Programs beside each other: those of the largest group that is alike, in the order they were given.

    `tallies` count those rated from outside and those that rated themselves apart, where both are here. Where few
    enough programs stand there, `pairs` are who can learn what from whom and `lessons` those to begin with;
    `unlearnt` are the items at which some are weak and none is strong.
    """

    instrument: Instrument
    sites: tuple[Site, ...]
    dimensions: tuple[Column, ...]
    overall: Column
    tallies: tuple[Tally, ...]
    lessons: tuple[Lesson, ...]
    pairs: tuple[Lesson, ...]
    unlearnt: tuple[Item, ...]
    unlike: tuple[Unlike, ...]

    @property
    def is_small(self) -> bool:
        """Whether there are few enough programs to stand beside each other item by item."""
        return len(self.sites) <= BESIDE

    @property
    def n_agencies(self) -> int:
        """How many agencies run these programs."""
        return len({site.assessment.agency_ref for site in self.sites})

    @property
    def self_rated(self) -> tuple[Site, ...]:
        """The programs that rated themselves, or of which nobody said who rated."""
        return tuple(site for site in self.sites if site.is_self_rated)

    @property
    def rated_by_others(self) -> tuple[Site, ...]:
        """The programs that people from outside rated."""
        return tuple(site for site in self.sites if not site.is_self_rated)

    @property
    def is_mixed(self) -> bool:
        """Whether self-ratings stand beside ratings by people from outside."""
        return bool(self.self_rated and self.rated_by_others)


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


def compare(assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]) -> Comparison | None:
    """These assessments beside each other, one a program, or None; `instruments` by the ref of each assessment."""
    groups = alike({each.ref: instruments[each.ref] for each in assessments})
    if not groups:
        return None
    known = {each.ref: each for each in assessments}
    first, *others = groups
    instrument = instruments[first[0]]
    sites = tuple(site(instruments[ref], known[ref]) for ref in first)
    few = sites if len(sites) <= BESIDE else ()
    return Comparison(
        instrument=instrument,
        sites=sites,
        dimensions=tuple(
            _column(dimension, [one.result.dimensions[at].value for one in sites])
            for at, dimension in enumerate(instrument.dimensions)
        ),
        overall=_column(None, [one.result.overall for one in sites]),
        tallies=_tallies(instrument, sites),
        lessons=lessons(instrument, few),
        pairs=pairs(instrument, few),
        unlearnt=unlearnt(instrument, sites),
        unlike=tuple(Unlike(instruments[refs[0]], tuple(known[ref] for ref in refs)) for refs in others),
    )


def alike(instruments: Mapping[str, Instrument]) -> list[tuple[str, ...]]:
    """The refs of assessments that can stand side by side, their instruments being alike; the largest group first.

    `instruments` by the ref of each assessment.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for ref, instrument in instruments.items():
        groups.setdefault(instrument.yardstick, []).append(ref)
    return sorted(map(tuple, groups.values()), key=lambda refs: -len(refs))


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
    """Who can learn what from whom: at most so many, and nobody gets a second lesson before everybody had a first.

    A teacher's rating is one that the second level asks for and that evidence carries; a learner's lies below it, by
    `APART` points at least. In each round every learner gets her widest gap that is left; among equals an item and a
    teacher not named so far come first, and a teacher whom people from outside rated.
    """
    found: list[Lesson] = []
    while len(found) < most:
        latest: list[Lesson] = []
        for one in sites:
            if lesson := _next(instrument, sites, one, [*found, *latest]):
                latest.append(lesson)
        if not latest:
            break
        found += sorted(latest, key=lambda lesson: -lesson.apart)[: most - len(found)]
    return tuple(found)


def pairs(instrument: Instrument, sites: Sequence[Site]) -> tuple[Lesson, ...]:
    """Whoever can learn with each of those she can learn from, at every item; the widest gaps first."""
    found = [each for item in instrument.items for one in sites for each in _offers(instrument, item, sites, one)]
    return tuple(sorted(found, key=lambda lesson: (-lesson.apart, lesson.teacher.is_self_rated)))


def unlearnt(instrument: Instrument, sites: Sequence[Site]) -> tuple[Item, ...]:
    """The items at which some of these programs are weak, and none is strong as far as evidence carries."""
    least = instrument.capable
    return tuple(
        item
        for item in instrument.items
        if any(one.assessment.ratings.get(item.id, least) < least for one in sites)
        and not any(one.as_evidenced.get(item.id, 0) >= least for one in sites)
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


def _next(instrument: Instrument, sites: Sequence[Site], learner: Site, found: Sequence[Lesson]) -> Lesson | None:
    """The lesson that a learner gets after those found so far; None where nobody can teach her more."""
    had = {lesson.item.id for lesson in found if lesson.learner is learner}
    items = [lesson.item.id for lesson in found]
    teachers = [id(lesson.teacher) for lesson in found]

    def rank(lesson: Lesson) -> tuple[int, int, int, bool]:
        named = items.count(lesson.item.id), teachers.count(id(lesson.teacher))
        return -lesson.apart, *named, lesson.teacher.is_self_rated

    left = (item for item in instrument.items if item.id not in had)
    offered = (each for item in left for each in _offers(instrument, item, sites, learner))
    return min(offered, key=rank, default=None)


def _offers(instrument: Instrument, item: Item, sites: Sequence[Site], learner: Site) -> Iterable[Lesson]:
    """What each of the others could teach one program about an item."""
    least, rating = instrument.capable, learner.assessment.ratings.get(item.id)
    if rating is None or rating >= least:
        return
    for teacher in sites:
        carried = teacher.as_evidenced.get(item.id, 0)
        if carried >= least and carried - rating >= APART:
            yield Lesson(item, learner, rating, teacher, carried)


def _column(dimension: Dimension | None, values: Sequence[Fraction | None]) -> Column:
    return Column(dimension, tuple(values), spread(values))


def _tallies(instrument: Instrument, sites: Sequence[Site]) -> tuple[Tally, ...]:
    """The programs counted, each kind of rating by itself: those rated from outside first."""
    others = [one for one in sites if not one.is_self_rated]
    own = [one for one in sites if one.is_self_rated]
    groups = [(False, others), (True, own)] if others and own else [(None, sites)]
    return tuple(
        Tally(kind, len(those), counted(instrument, (one.result.band for one in those)), _levels(instrument, those))
        for kind, those in groups
    )


def _levels(instrument: Instrument, sites: Sequence[Site]) -> dict[str, int]:
    """How many programs are at each criterion level, from the lowest up; nothing without the criterion method."""
    found = [one.result.criterion.level for one in sites if one.result.criterion]
    return {level: found.count(level) for level in instrument.levels} if instrument.has_overall else {}


def _quantile(values: Sequence[Fraction], part: Fraction) -> Fraction:
    """Between the two neighbours of the place `part` of the way through sorted values, in proportion."""
    place = part * (len(values) - 1)
    below = int(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)
