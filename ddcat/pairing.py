"""A group of programs over time: only those that have both a first and a last assessment, paired. Pure.

The mean of all that were assessed first and the mean of all that were assessed last are of different programs; the
difference of such means is no gain, and nothing here works it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ddcat import comparing, published
from ddcat.change import HOW, KIND, Since
from ddcat.instrument import Dimension, Instrument
from ddcat.published import Figure

NONE, ONCE, OTHER, MIXED = "none", "once", "other", "mixed"
"""Why a program is left out: nothing sealed, one day alone, other instruments alone, or ratings of another kind alone
beside at most one day of that asked for."""

FEWEST = 5
"""With fewer programs an interval says next to nothing."""

DAYS_OF_MONTH = Fraction(36525, 1200)


@dataclass(frozen=True, slots=True)
class Stand:
    """A sealed assessment that counts: its ref, the name of its instrument, its day, its kind of rating in a word.

    `is_blind` where raters rated alone: such a one tells of rater noise.
    """

    ref: str
    instrument: str
    assessed_on: str
    kind: str = ""
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last assessment by one instrument, by program (a ref); and why others are left out."""

    instrument: str
    both: Mapping[str, tuple[Stand, Stand]]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean change of so many programs with its 95 % interval, as far as the scale allows changes at all.

    With fewer than `FEWEST` there is no interval; `each` holds the changes themselves then, the largest rise first.
    """

    n: int
    mean: Fraction
    low: float | None
    high: float | None
    each: tuple[Fraction, ...]

    @property
    def is_larger(self) -> bool | None:
        """Whether it is larger than chance between programs explains; None where they are too few to tell."""
        return None if self.low is None or self.high is None else not self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Group:
    """What moved in each program, and on average: overall and in each dimension, None where no program has both.

    `alike` is the mean of those programs alone that were rated in the same way both times, `n_alike` how many.
    """

    instrument: Instrument
    steps: tuple[Since, ...]
    overall: Mean | None
    dimensions: tuple[tuple[Dimension, Mean | None], ...]
    n_alike: int
    alike: Mean | None

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What was published of programs rated with this instrument."""
        return published.of(self.instrument.id)

    @property
    def kinds(self) -> tuple[str | None, ...]:
        """The kind of rating of every first and last assessment."""
        return tuple(each.kind for step in self.steps for each in (step.base, step.after))

    @property
    def days(self) -> tuple[str, str]:
        """The first day on which one of them was assessed, and the last."""
        return min(step.base.assessed_on for step in self.steps), max(step.after.assessed_on for step in self.steps)

    @property
    def months(self) -> tuple[int, int]:
        """How many months lie between first and last at least, and at most, each rounded."""
        found = [_months(step.base.assessed_on, step.after.assessed_on) for step in self.steps]
        return min(found), max(found)

    @property
    def n_larger(self) -> int:
        """In how many programs the overall score moved by more than rater noise."""
        return sum(step.overall.is_larger for step in self.steps)

    @property
    def n_risen(self) -> int:
        """In how many of those it rose."""
        return sum(step.overall.is_larger and (step.overall.difference or 0) > 0 for step in self.steps)

    @property
    def n_carried(self) -> int:
        """In how many programs ratings of the last assessment were carried and not given anew."""
        return sum(bool(step.after.carried) for step in self.steps)

    def n_break(self, code: str) -> int:
        """In how many programs this differs between first and last."""
        return sum(code in step.breaks for step in self.steps)


def names(stands: Mapping[str, Sequence[Stand]], kind: str = "") -> tuple[str, ...]:
    """The instruments that these programs were assessed with, that by which most have a first and a last before."""
    known = sorted({stand.instrument for own in stands.values() for stand in own})
    return tuple(sorted(known, key=lambda name: [-len(ends(stands, name, kind).both), -_n_with(stands, name)]))


def by_instrument(stands: Iterable[Stand], name: str) -> tuple[Stand, ...]:
    """The assessments of a program by the instrument of this name, whichever version of it."""
    return tuple(stand for stand in stands if _id(stand.instrument) == _id(name))


def ends(stands: Mapping[str, Sequence[Stand]], name: str, kind: str = "") -> Ends:
    """First and last by this instrument, of each program, and by this kind of rating alone where one is named.

    `stands` are those of each program, the first day first.
    """
    both, left_out = {}, {}
    for program, every in stands.items():
        own = [stand for stand in every if stand.instrument == name]
        asked = [stand for stand in own if kind in ("", stand.kind)]
        if _are_two(asked):
            both[program] = (asked[0], asked[-1])
        elif _are_two(own):
            left_out[program] = MIXED
        else:
            left_out[program] = ONCE if own else OTHER if every else NONE
    return Ends(name, both, left_out)


def group(instrument: Instrument, steps: Iterable[Since]) -> Group:
    """The programs of a group, each with what moved from its first to its last assessment."""
    found = tuple(steps)
    alike = [step for step in found if not {KIND, HOW}.intersection(step.breaks)]
    by_dimension = {
        dimension.id: [
            (moved.before, moved.after) for step in found for one, moved in step.dimensions if one.id == dimension.id
        ]
        for dimension in instrument.dimensions
    }
    return Group(
        instrument=instrument,
        steps=found,
        overall=_overall(instrument, found),
        dimensions=tuple(
            (dimension, _mean(instrument, by_dimension[dimension.id])) for dimension in instrument.dimensions
        ),
        n_alike=len(alike),
        alike=_overall(instrument, alike),
    )


def _overall(instrument: Instrument, steps: Iterable[Since]) -> Mean | None:
    return _mean(instrument, [(step.overall.before, step.overall.after) for step in steps])


def _mean(instrument: Instrument, scores: Iterable[tuple[Fraction | None, Fraction | None]]) -> Mean | None:
    """The mean change of those with both scores; no score can change by more than from end to end of the scale."""
    pairs = [(before, after) for before, after in scores if before is not None and after is not None]
    found = comparing.paired(pairs)
    if found is None:
        return None
    if found.n < FEWEST or found.low is None or found.high is None:
        each = sorted((after - before for before, after in pairs), reverse=True)
        return Mean(found.n, found.mean, None, None, tuple(each))
    most = instrument.rating.highest - instrument.rating.lowest
    return Mean(found.n, found.mean, max(found.low, -most), min(found.high, most), ())


def _are_two(stands: Sequence[Stand]) -> bool:
    """Whether there are a first and a last of different days."""
    return bool(stands) and stands[0].assessed_on < stands[-1].assessed_on


def _months(first: str, last: str) -> int:
    return round((date.fromisoformat(last) - date.fromisoformat(first)).days / DAYS_OF_MONTH)


def _id(name: str) -> str:
    return name.partition("@")[0]


def _n_with(stands: Mapping[str, Sequence[Stand]], name: str) -> int:
    return sum(any(stand.instrument == name for stand in own) for own in stands.values())
