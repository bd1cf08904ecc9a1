"""What moved from assessment to assessment of a program, and whether it is more than who rated could explain. Pure.

Two raters of the same program give some items different ratings. With an error of standard deviation s on each
item, independent between items, a score of n items has the error s / sqrt(n), and two scores must lie further apart
than 1.96 times the error of their difference before chance among raters stops being enough of an explanation. That
a whole team rates more kindly than another is no such chance, and nothing here can see it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from math import sqrt

from ddcat import published, scoring
from ddcat.instrument import Dimension, Instrument, Item
from ddcat.published import Figure
from ddcat.records import Assessment
from ddcat.scoring import Result

QUANTILE = 1.96
ASSUMED = 0.5
FEWEST_PAIRS = 10

KIND, RATERS, HOW, VERSION = "kind", "raters", "how", "version"
"""What may differ between two assessments beside the program: codes of a break."""


@dataclass(frozen=True, slots=True)
class Noise:
    """The standard deviation of an item's rating among raters, from so many pairs of ratings; assumed where 0.

    `n_alike` says how many pairs there were where raters never differed, so that it had to be assumed.
    """

    item: float = ASSUMED
    n_pairs: int = 0
    n_alike: int = 0

    def of_dimension(self, *sizes: int) -> float:
        """How far two scores of a dimension with so many items, before and after, must lie apart."""
        return QUANTILE * self.item * sqrt(sum(1 / size for size in sizes))

    def of_overall(self, *sizes: Sequence[int]) -> float:
        """The same for two overall scores, of dimensions with so many items each."""
        return QUANTILE * self.item * sqrt(sum(sum(1 / size for size in each) / len(each) ** 2 for each in sizes))


@dataclass(frozen=True, slots=True)
class Change:
    """A score before and after; `noise` is how far both must lie apart to be more than chance among raters."""

    before: Fraction | None
    after: Fraction | None
    noise: float

    @property
    def difference(self) -> Fraction | None:
        """By how much it rose, less than 0 where it fell; None where one of the two is not known."""
        return self.after - self.before if self.before is not None and self.after is not None else None

    @property
    def is_larger(self) -> bool:
        """Whether the difference is larger than chance among raters explains."""
        return self.difference is not None and abs(self.difference) > self.noise


@dataclass(frozen=True, slots=True)
class Move:
    """An item with its rating before and after."""

    item: Item
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Since:
    """Two assessments of one program: what each came to, what moved, and what else differs between them.

    `was` is the instrument of `base`, `instrument` that of `after`. `dimensions` and `moves` hold what both have,
    in the order of the newer paper form; `breaks` are the codes of what differs beside the program. `overall` holds
    no scores where the instrument has no overall score.
    """

    base: Assessment
    after: Assessment
    was: Instrument
    instrument: Instrument
    before: Result
    now: Result
    overall: Change
    dimensions: tuple[tuple[Dimension, Change], ...]
    moves: tuple[Move, ...]
    breaks: tuple[str, ...]
    noise: Noise

    @property
    def rising(self) -> tuple[int, int, int]:
        """How many dimension scores rose, fell and stayed, of those known before and after."""
        known = [moved.difference for _dimension, moved in self.dimensions if moved.difference is not None]
        return sum(by > 0 for by in known), sum(by < 0 for by in known), sum(by == 0 for by in known)

    @property
    def knows_raters(self) -> bool:
        """Whether both assessments say who rated: by whoever rated alone, else by a name."""
        both = (self.base, self.after)
        if all(each.is_blind for each in both):
            return all(each.rated_alone for each in both)
        return not any(each.is_blind for each in both) and all(_folded(each.rater) for each in both)

    @property
    def rose(self) -> tuple[Move, ...]:
        """The items that are rated higher, the largest rise first."""
        return tuple(sorted((one for one in self.moves if one.after > one.before), key=lambda one: _by(one)))

    @property
    def fell(self) -> tuple[Move, ...]:
        """The items that are rated lower, the largest fall first."""
        return tuple(sorted((one for one in self.moves if one.after < one.before), key=lambda one: -_by(one)))

    @property
    def stayed(self) -> tuple[Move, ...]:
        """The items with the rating that they had."""
        return tuple(one for one in self.moves if one.after == one.before)


@dataclass(frozen=True, slots=True)
class Trend:
    """The assessments of one program by one instrument, whichever version, over time: the first comes first.

    `instruments` and `results` go with `assessments`, one each; `steps` say what moved from each to the next, all
    against the same noise.
    """

    assessments: tuple[Assessment, ...]
    instruments: tuple[Instrument, ...]
    results: tuple[Result, ...]
    steps: tuple[Since, ...]
    noise: Noise

    @property
    def instrument(self) -> Instrument:
        """The instrument of the last assessment."""
        return self.instruments[-1]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What was published of programs rated with this instrument."""
        return published.of(self.instrument.id)

    @property
    def in_all(self) -> Since | None:
        """What moved from the first to the last, None where there is only one."""
        if not self.steps:
            return None
        was, now = self.instruments[0], self.instruments[-1]
        return since(was, self.assessments[0], now, self.assessments[-1], self.noise)


def trends(assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]) -> tuple[Trend, ...]:
    """One trend for each instrument, that of the last assessment first; what instruments say does not mix.

    The assessments are those of one program in the order of their days; `instruments` by the ref of each.
    """
    ids = dict.fromkeys(instruments[each.ref].id for each in reversed(assessments))
    return tuple(_trend([each for each in assessments if instruments[each.ref].id == id], instruments) for id in ids)


def _trend(assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]) -> Trend:
    own = tuple(instruments[each.ref] for each in assessments)
    noise = noise_of(assessments, instruments, own[-1].id)
    pairs = pairwise(zip(own, assessments, strict=True))
    return Trend(
        assessments=tuple(assessments),
        instruments=own,
        results=tuple(scoring.score(its, each.ratings) for its, each in zip(own, assessments, strict=True)),
        steps=tuple(since(was, base, its, after, noise) for (was, base), (its, after) in pairs),
        noise=noise,
    )


def since(
    was: Instrument, base: Assessment, instrument: Instrument, after: Assessment, noise: Noise | None = None
) -> Since:
    """What moved from one assessment to a later one, against the noise of both where none is given.

    Pages give `noise_of` the program, so that none of them says of a change what another denies. Raises
    ValueError where their instruments are not the same.
    """
    if was.id != instrument.id:
        raise ValueError(f"{was.name} and {instrument.name} cannot be compared")
    before, now = scoring.score(was, base.ratings), scoring.score(instrument, after.ratings)
    noise = noise or noise_among(base, after)
    sizes = [[len(dimension.items) for dimension in each.dimensions] for each in (was, instrument)]
    return Since(
        base=base,
        after=after,
        was=was,
        instrument=instrument,
        before=before,
        now=now,
        overall=Change(before.overall, now.overall, noise.of_overall(*sizes)),
        dimensions=tuple(_dimensions(was, before, instrument, now, noise)),
        moves=tuple(
            Move(item, base.ratings[item.id], after.ratings[item.id])
            for item in instrument.items
            if item.id in base.ratings and item.id in after.ratings
        ),
        breaks=breaks(was, base, instrument, after),
        noise=noise,
    )


def breaks(was: Instrument, base: Assessment, instrument: Instrument, after: Assessment) -> tuple[str, ...]:
    """What differs between two assessments beside the program, so that a difference may come from there."""
    found = {
        KIND: base.kind != after.kind,
        RATERS: raters(base) != raters(after) or _are_others_named(base, after),
        HOW: base.is_consensus != after.is_consensus,
        VERSION: was.yardstick != instrument.yardstick,
    }
    return tuple(code for code, differs in found.items() if differs)


def raters(assessment: Assessment) -> frozenset[str]:
    """Who rated: the refs of those who rated alone, else of everybody who saved a rating."""
    alone = frozenset(rater.ref for rater in assessment.rated_alone)
    return alone if assessment.is_blind else frozenset(origin.by for origin in assessment.origins.values())


def _are_others_named(base: Assessment, after: Assessment) -> bool:
    """Whether other people are said to have rated, whoever saved it; where one says nobody, that is not known."""
    names = {_folded(each.rater) for each in (base, after)}
    return not (base.is_blind or after.is_blind) and "" not in names and len(names) > 1


def _folded(name: str | None) -> str:
    return " ".join((name or "").casefold().split())


def noise_of(assessments: Iterable[Assessment], instruments: Mapping[str, Instrument], id: str) -> Noise:
    """The noise of a program by one instrument (its id), whichever version: every page holds its changes against it.

    `assessments` are all of the program that are sealed and count, `instruments` by the ref of each.
    """
    return noise_among(*(each for each in assessments if instruments[each.ref].id == id))


def noise_among(*assessments: Assessment) -> Noise:
    """The noise that the raters of these assessments showed who rated alone: the root of half their mean square.

    Assumed where they rated fewer than ten pairs alone, or never differed: that says nothing of other raters.
    """
    apart = [difference for assessment in assessments for difference in _pairs(assessment)]
    squares = sum(difference**2 for difference in apart)
    if len(apart) < FEWEST_PAIRS:
        return Noise()
    if not squares:
        return Noise(n_alike=len(apart))
    return Noise(sqrt(squares / len(apart) / 2), len(apart))


def _pairs(assessment: Assessment) -> Iterable[int]:
    """How far each pair of raters who rated alone lies apart, item by item."""
    if assessment.is_consensus:
        for one, other in combinations(assessment.rated_alone, 2):
            yield from (one.ratings[item] - other.ratings[item] for item in one.ratings.keys() & other.ratings.keys())


def _dimensions(
    was: Instrument, before: Result, instrument: Instrument, now: Result, noise: Noise
) -> Iterable[tuple[Dimension, Change]]:
    earlier = {score.id: score for score in before.dimensions}
    for dimension, score in zip(instrument.dimensions, now.dimensions, strict=True):
        if old := earlier.get(dimension.id):
            apart = noise.of_dimension(old.n_items, score.n_items)
            yield dimension, Change(old.value, score.value, apart)


def _by(move: Move) -> int:
    return move.before - move.after
