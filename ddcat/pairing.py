"""A group of programs over time: only those that have both a first and a last assessment, paired. Pure.

The mean of all that were assessed first and the mean of all that were assessed last are of different programs; the
difference of such means is no gain, and nothing here works it out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ddcat import comparing
from ddcat.change import Since
from ddcat.comparing import Paired
from ddcat.instrument import Dimension, Instrument

NONE, ONCE, OTHER = "none", "once", "other"
"""Why a program is left out: nothing sealed, one day alone, or other instruments alone."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A sealed assessment that counts: its ref, the name of its instrument, its day."""

    ref: str
    instrument: str
    assessed_on: str


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last assessment by one instrument, by program (a ref); and why others are left out."""

    instrument: str
    both: Mapping[str, tuple[Stand, Stand]]
    left_out: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """What moved in each program, and on average: overall and in each dimension, None where no program has both."""

    instrument: Instrument
    steps: tuple[Since, ...]
    overall: Paired | None
    dimensions: tuple[tuple[Dimension, Paired | None], ...]

    @property
    def n_larger(self) -> int:
        """In how many programs the overall score moved by more than rater noise."""
        return sum(step.overall.is_larger for step in self.steps)

    def n_break(self, code: str) -> int:
        """In how many programs this differs between first and last."""
        return sum(code in step.breaks for step in self.steps)


def names(stands: Mapping[str, Sequence[Stand]]) -> tuple[str, ...]:
    """The instruments that these programs were assessed with, that by which most have a first and a last before."""
    known = sorted({stand.instrument for own in stands.values() for stand in own})
    return tuple(sorted(known, key=lambda name: [-len(ends(stands, name).both), -_n_with(stands, name)]))


def ends(stands: Mapping[str, Sequence[Stand]], name: str) -> Ends:
    """First and last by this instrument, of each program; `stands` are those of each, the first day first."""
    both, left_out = {}, {}
    for program, every in stands.items():
        own = [stand for stand in every if stand.instrument == name]
        if own and own[0].assessed_on < own[-1].assessed_on:
            both[program] = (own[0], own[-1])
        else:
            left_out[program] = ONCE if own else OTHER if every else NONE
    return Ends(name, both, left_out)


def group(instrument: Instrument, steps: Iterable[Since]) -> Group:
    """The programs of a group, each with what moved from its first to its last assessment."""
    found = tuple(steps)
    by_dimension = {
        dimension.id: [
            (moved.before, moved.after) for step in found for one, moved in step.dimensions if one.id == dimension.id
        ]
        for dimension in instrument.dimensions
    }
    return Group(
        instrument=instrument,
        steps=found,
        overall=_paired((step.overall.before, step.overall.after) for step in found),
        dimensions=tuple((dimension, _paired(by_dimension[dimension.id])) for dimension in instrument.dimensions),
    )


def _paired(scores: Iterable[tuple[Fraction | None, Fraction | None]]) -> Paired | None:
    """The mean change of those with both scores."""
    return comparing.paired([(before, after) for before, after in scores if before is not None and after is not None])


def _n_with(stands: Mapping[str, Sequence[Stand]], name: str) -> int:
    return sum(any(stand.instrument == name for stand in own) for own in stands.values())
