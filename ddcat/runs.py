"""Run charts: the median of what was counted over time, and whether it has shifted, by Anhoej's two rules.

Pure arithmetic on numbers in the order of their days. The rules speak from ten useful points on: with fewer, chance
alone makes any pattern.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from math import comb, log2
from statistics import median

FEWEST = 10


@dataclass(frozen=True, slots=True)
class Runs:
    """What a series of points says.

    `n_useful` are those beside the median. `longest` run on one side of it and `crossings` over it stand against the
    largest and the smallest number that chance explains; both limits are None with fewer than ten useful points.
    """

    median: Fraction
    n: int
    n_useful: int
    longest: int
    crossings: int
    longest_max: int | None
    crossings_min: int | None

    @property
    def is_judged(self) -> bool:
        """Whether there are enough points for the rules."""
        return self.longest_max is not None

    @property
    def is_long(self) -> bool:
        """Whether a run is longer than chance explains."""
        return self.longest_max is not None and self.longest > self.longest_max

    @property
    def is_still(self) -> bool:
        """Whether the median is crossed more rarely than chance explains."""
        return self.crossings_min is not None and self.crossings < self.crossings_min

    @property
    def is_signal(self) -> bool:
        """Whether either rule says that something has shifted."""
        return self.is_long or self.is_still


def runs(values: Sequence[Fraction]) -> Runs | None:
    """What these values say, in the order of their days; None where there are none."""
    if not values:
        return None
    middle = median(values)
    sides = [value > middle for value in values if value != middle]
    longest = max((len(list(run)) for _side, run in groupby(sides)), default=0)
    crossings = sum(one != next for one, next in pairwise(sides))
    limits = (longest_max(len(sides)), crossings_min(len(sides))) if len(sides) >= FEWEST else (None, None)
    return Runs(middle, len(values), len(sides), longest, crossings, *limits)


def longest_max(n_useful: int) -> int:
    """The longest run that chance explains: log2 of the points, rounded, and three (Anhoej and Olesen 2014)."""
    return round(log2(n_useful)) + 3


def crossings_min(n_useful: int) -> int:
    """The fewest crossings that chance explains: the 5 % quantile of Binomial(n - 1, 1/2) (ibidem)."""
    tosses, reached = n_useful - 1, 0
    for crossings in range(n_useful):
        reached += comb(tosses, crossings)
        if 20 * reached >= 2**tosses:
            return crossings
    raise AssertionError("all of a distribution is reached at its end")
