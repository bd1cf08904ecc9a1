"""Counts of ratings, or scores -> coefficients with their intervals, or the reason why there are none.

What is given here has been read and checked before. `distance` is the disagreement of every two categories: 0 on the
diagonal, more where two lie further apart. Intervals are for 95 %. What cannot be worked out has no value, and a
reason instead.

Reasons and notices are the sentences below, in English; `ddcat.words._` says them in the language now spoken.
"""

from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from ddcat.sampling import wilson
from ddcat.words import later

Array = npt.NDArray[Any]
Interval = tuple[float, float]

NO_PAIRS = later("Nothing was rated by two raters.")
CONSTANT = later("Each rater gave the same rating throughout, so agreement cannot be told from chance.")
ALIKE = later("All ratings are the same, so agreement cannot be told from chance.")
NO_CHANCE = later("Chance alone would bring no disagreement here, so there is nothing to compare with.")
ONE_CATEGORY = later("With one category there is nothing to disagree about.")
TOO_FEW = later("This needs two raters, and two subjects that all of them rated.")
NO_VARIANCE = later("All scores are the same, so there is no variance to share out.")
UNBOUNDED = later("The raters differ, but what they rated hardly does, so this cannot be worked out.")

FEW = 10
FEW_PAIRS = later("There are fewer than ten pairs of ratings; take this as a hint.")
FEW_SUBJECTS = later("With fewer than ten compared, the interval of a correlation says more than its value.")
NO_SPREAD = later("The ratings differ too little for an interval.")
NO_LIMITS = later("Too little was rated, or what was rated differs too little, for an interval.")

TINY = 1e-12
NARROW = 1e-9
FEWEST_DF = 0.02
Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, or the reason why there is none: exactly one of `value` and `reason` is None.

    `n` is how many pairs (kappa) or subjects stand behind it, `se` its standard error, `se0` the one under the null
    hypothesis of no agreement beyond chance (kappa alone). `notice` says what to keep in mind with the value.
    """

    value: float | None
    interval: Interval | None = None
    se: float | None = None
    se0: float | None = None
    reason: str | None = None
    notice: str | None = None
    n: int = 0


@dataclass(frozen=True, slots=True)
class FTest:
    """An F statistic with its degrees of freedom and its one-sided p; None where nothing is left to divide by."""

    value: float | None
    df: tuple[int, int]
    p: float | None


def kappa(counts: Array, distance: Array) -> Estimate:
    """Weighted kappa from how often each rating of the one rater met each of the other."""
    n = int(counts.sum())
    if not n:
        return Estimate(None, reason=NO_PAIRS)
    observed = counts / n
    rows, columns = observed.sum(1), observed.sum(0)
    if np.count_nonzero(rows) == np.count_nonzero(columns) == 1:
        return Estimate(None, reason=CONSTANT, n=n)
    distance = distance / (distance.max() or 1)
    by_row, by_column = distance @ columns, rows @ distance
    seen, expected = float((distance * observed).sum()), float(rows @ by_row)
    if expected <= 0:
        return Estimate(None, reason=NO_CHANCE, n=n)
    ratio = seen / expected
    means = by_row[:, None] + by_column
    square = float((observed * (distance - ratio * means) ** 2).sum()) / expected**2 - ratio**2
    square0 = float(rows @ (distance - means) ** 2 @ columns) / expected**2 - 1
    return _around(1 - ratio, _root(square, n), Z, n, n_pairs=n, se0=_root(square0, n))


def gwet(counts: Array, distance: Array) -> Estimate:
    """AC1 or AC2 from how many raters put each subject (row) into each category."""
    given = counts.sum(1)
    counts, given = counts[given > 0], given[given > 0]
    n, size = counts.shape
    is_compared = given > 1
    n_compared = int(is_compared.sum())
    if not n_compared:
        return Estimate(None, reason=NO_PAIRS, n=n)
    if size == 1:
        return Estimate(None, reason=ONE_CATEGORY, n=n)
    likeness = 1 - distance / distance.max()
    n_pairs = int((given * (given - 1)).sum()) // 2
    part = counts / given[:, None]
    share = part.mean(0)
    even = likeness.sum() / (size * (size - 1))
    chance = float(even * (share @ (1 - share)))
    apart = (counts * (counts @ (1 - likeness))).sum(1) / np.maximum(given * (given - 1), 1)
    value = 1 - float(apart.sum()) / n_compared / (1 - chance)
    if n == 1:
        return _around(value, None, 0, n, n_pairs=n_pairs)
    from scipy.special import stdtrit

    alone = np.where(is_compared, (1 - apart - chance) * n / n_compared, 0)
    by_subject = (alone - 2 * (1 - value) * (even * (part @ (1 - share)) - chance)) / (1 - chance)
    square = float(((by_subject - value) ** 2).sum()) / (n - 1)
    return _around(value, _root(square, n), float(stdtrit(n - 1, 0.975)), n, n_pairs=n_pairs)


@dataclass(frozen=True, slots=True)
class Squares:
    """Mean squares of n subjects by k raters, as shares of the whole sum of squares; next to nothing counts as 0."""

    n: int
    k: int
    between: float
    raters: float
    error: float
    within: float

    def simple(self, rest: float, df: int) -> tuple[Estimate, Estimate]:
        """ICC(1,1) and ICC(1,k), or with the error alone as the rest ICC(3,1) and ICC(3,k)."""
        single = mean = None
        if rest > 0 and self.between > 0:
            low, high = self._quantiles(df)
            first, last = self.between / rest / low, self.between / rest * high
            single = ((first - 1) / (first + self.k - 1), (last - 1) / (last + self.k - 1))
            mean = (1 - 1 / first, 1 - 1 / last)
        above = self.between - rest
        return (
            self._estimate(above, self.between + (self.k - 1) * rest, single),
            self._estimate(above, self.between, mean),
        )

    def absolute(self) -> tuple[Estimate, Estimate]:
        """ICC(2,1) and ICC(2,k); the interval of the mean is that of the single score, stepped up."""
        n, k, above = self.n, self.k, self.between - self.error
        strictness = (self.raters - self.error) / n
        variance = self.between + (k - 1) * self.error + k * strictness
        limits = stepped = None
        if variance > TINY and self.error > 0 and (df := self._df(above / variance)) > FEWEST_DF:
            low, high = self._quantiles(df)
            spread = k * self.raters + (k * n - k - n) * self.error
            limits = (
                n * (self.between - low * self.error) / (low * spread + n * self.between),
                n * (high * self.between - self.error) / (spread + n * high * self.between),
            )
        single = self._estimate(above, variance, limits)
        if single.interval and 1 + (k - 1) * single.interval[0] > TINY:
            first, last = (k * limit / (1 + (k - 1) * limit) for limit in single.interval)
            stepped = (first, last)
        return single, self._estimate(above, self.between + strictness, stepped)

    def test(self, rest: float, df: int) -> FTest:
        """Whether subjects differ beyond this rest."""
        dfs = (self.n - 1, df)
        if rest <= 0:
            return FTest(None, dfs, None)
        from scipy.special import fdtrc

        return FTest(self.between / rest, dfs, float(fdtrc(*dfs, self.between / rest)))

    def _df(self, icc: float) -> float:
        """The degrees of freedom that stand for the mixture of rater and error variance; 0 where there are none.

        Of a negative correlation they may fall to next to nothing. Below FEWEST_DF a quantile of F outgrows what a
        float holds, and scipy gives some other number.
        """
        n, k = self.n, self.k
        strict, rest = k * icc * self.raters, (n * (1 + (k - 1) * icc) - k * icc) * self.error
        below = (n - 1) * strict**2 + rest**2
        return (k - 1) * (n - 1) * (strict + rest) ** 2 / below if below > 0 else 0

    def _quantiles(self, df: float) -> Interval:
        """F(0.975) of subjects by these degrees of freedom, and of these by subjects."""
        from scipy.special import fdtri

        return float(fdtri(self.n - 1, df, 0.975)), float(fdtri(df, self.n - 1, 0.975))

    def _estimate(self, above: float, below: float, interval: Interval | None) -> Estimate:
        """The correlation, with this interval if it is one: around the value, finite, and wider than rounding."""
        if below <= TINY:
            return Estimate(None, reason=UNBOUNDED, n=self.n)
        value = above / below
        if interval:
            low, high = interval
            if low <= value <= high and NARROW * (1 + abs(value)) < high - low < inf:
                return Estimate(value, interval, notice=FEW_SUBJECTS if self.n < FEW else None, n=self.n)
        return Estimate(value, notice=NO_LIMITS if self.error > 0 else NO_SPREAD, n=self.n)


def mean_squares(table: Array) -> Squares | Estimate:
    """The mean squares of a table without gaps, or why it has none."""
    n, k = table.shape
    if n < 2 or k < 2:
        return Estimate(None, reason=TOO_FEW, n=n)
    if table.max() - table.min() <= TINY * np.abs(table).max():
        return Estimate(None, reason=NO_VARIANCE, n=n)
    centred = table - table.mean()
    centred /= np.abs(centred).max()
    subjects, raters = centred.mean(1), centred.mean(0)
    rest = centred - subjects[:, None] - raters
    sums = np.array([k * (subjects @ subjects), n * (raters @ raters), (rest * rest).sum()])
    between, by_rater, error = (float(part) if part > TINY else 0.0 for part in sums / sums.sum())
    return Squares(
        *(n, k, between / (n - 1), by_rater / (k - 1), error / ((n - 1) * (k - 1))),
        within=(by_rater + error) / (n * (k - 1)),
    )


def mean_differences(values: Array) -> Array:
    """The mean difference between two numbers of a row, along the last axis; nan where there are no two.

    In ascending order the number at place i of n, from 0, is added in i differences and taken away in n - 1 - i.
    """
    n = (~np.isnan(values)).sum(-1)
    ascending = np.sort(values, axis=-1)
    times = 2 * np.arange(values.shape[-1]) + 1 - n[..., None]
    total: Array = np.nansum(times * (ascending - ascending[..., :1]), axis=-1)
    mean: Array = np.where(n > 1, 2 * total / np.maximum(n * (n - 1), 1), np.nan)
    return mean


def ratios_apart(values: Array, others: Array | float) -> Array:
    """How far numbers of 0 or more lie apart as ratios, squared; 0 for a gap and for two zeros."""
    both = values + others
    apart: Array = np.divide(values - others, both, out=np.zeros_like(both), where=both > 0)
    return apart * apart


def _around(
    value: float, se: float | None, quantile: float, n: int, *, n_pairs: int, se0: float | None = None
) -> Estimate:
    """An estimate with its interval, which ends at 1; a standard error of 0 is none to build on."""
    interval = (value - quantile * se, min(value + quantile * se, 1.0)) if se else None
    return Estimate(value, interval, se, se0, notice=few(n_pairs) or (None if interval else NO_SPREAD), n=n)


def share_of_pairs(value: float, n: int, n_pairs: int, *, is_one_pair: bool) -> Estimate:
    """A share of agreeing pairs, kept from 0 to 1 against rounding; of two raters with its interval."""
    value = min(max(value, 0.0), 1.0)
    interval = wilson(round(value * n), n) if is_one_pair else None
    return Estimate(value, interval, notice=few(n_pairs), n=n)


def few(n_pairs: int) -> str | None:
    return FEW_PAIRS if n_pairs < FEW else None


def _root(square: float, n: int) -> float:
    """A standard error from a variance of one and how many there are; next to nothing counts as 0."""
    return sqrt(square / n) if square > TINY else 0.0
