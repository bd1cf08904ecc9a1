"""Several raters -> how far they agree: kappa, AC1 and AC2, alpha, intraclass correlations, plain differences.

A table has one row a subject and one column a rater; None or nan is a gap. Weights are of disagreement: 0 on the
diagonal, more where two ratings lie further apart. Intervals are for 95 %. What cannot be worked out has no value,
and a reason instead. A table that is ragged or holds anything but finite numbers and gaps raises ValueError.

Reasons and notices are sentences in English; `ddcat.words._` says them in the language now spoken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, SupportsFloat

import numpy as np

from ddcat.coefficients import (
    ALIKE,
    CONSTANT,
    FEW_PAIRS,
    FEW_SUBJECTS,
    NO_CHANCE,
    NO_LIMITS,
    NO_PAIRS,
    NO_SPREAD,
    NO_VARIANCE,
    ONE_CATEGORY,
    TINY,
    TOO_FEW,
    UNBOUNDED,
    Array,
    Estimate,
    FTest,
    few,
    gwet,
    kappa,
    mean_differences,
    mean_squares,
    ratios_apart,
    share_of_pairs,
)

__all__ = [
    "ALIKE",
    "CONSTANT",
    "FEW_PAIRS",
    "FEW_SUBJECTS",
    "NO_CHANCE",
    "NO_LIMITS",
    "NO_PAIRS",
    "NO_SPREAD",
    "NO_VARIANCE",
    "ONE_CATEGORY",
    "TOO_FEW",
    "UNBOUNDED",
    "Estimate",
    "FTest",
    "Intraclass",
    "gwet_ac",
    "icc",
    "krippendorff_alpha",
    "mean_absolute_difference",
    "percent_agreement",
    "weighted_kappa",
]

Column = Sequence[SupportsFloat | None] | Array
Table = Sequence[Column] | Array
Weights = Literal["unweighted", "linear", "quadratic"] | Sequence[Sequence[float]] | Array
Metric = Literal["nominal", "ordinal", "interval", "ratio"]

HUGE = 1e50
TABLE = "one row a subject and one column a rater, of numbers and gaps"
COLUMN = "one column of numbers and gaps"
CATEGORIES = "one or more categories, each a number and each once"
WEIGHTS = "unweighted, linear or quadratic weights, or one of 0 or more for every two categories"


@dataclass(frozen=True, slots=True)
class Intraclass:
    """The six intraclass correlations of Shrout and Fleiss, and the two tests that subjects differ at all."""

    icc_1_1: Estimate
    icc_2_1: Estimate
    icc_3_1: Estimate
    icc_1_k: Estimate
    icc_2_k: Estimate
    icc_3_k: Estimate
    f_one_way: FTest | None = None
    f_two_way: FTest | None = None


# Two raters


def weighted_kappa(a: Column, b: Column, categories: Column, weights: Weights = "linear") -> Estimate:
    """Cohen's weighted kappa of two raters: 1 - sum(w * observed) / sum(w * expected), w the disagreement.

    The categories are those of the scale, used or not; `linear` is |i - j|, `quadratic` (i - j)², and the rows of a
    matrix are the ratings of `a`. A pair with a gap drops out. `se` belongs to the interval, `se0` to a test that
    kappa is 0. Raises ValueError for a rating that is not among the categories.

    Cohen 1968, Psychol Bull 70:213-220; standard errors: Fleiss, Cohen & Everitt 1969, Psychol Bull 72:323-327, who
    weight agreement; the same in terms of disagreement.
    """
    known = _categories(categories)
    distance = _distances(known, weights)
    first, second = (_places(_numbers(column, 1, COLUMN), known) for column in (a, b))
    if len(first) != len(second):
        raise ValueError(f"expected as many ratings of each, not {len(first)} and {len(second)}")
    size = len(known)
    pairs = (first * size + second)[(first >= 0) & (second >= 0)]
    return kappa(np.bincount(pairs, minlength=size**2).reshape(size, size), distance)


# Any number of raters


def percent_agreement(table: Table, within: float = 0) -> Estimate:
    """The share of pairs of ratings that lie no further apart than `within`, from 0 to 1; `within` is 0 or more.

    Of more than two raters the mean over subjects of the share among the raters present; a subject with fewer than
    two ratings drops out. Two raters have an interval, that of Wilson; it takes the subjects as a random draw.
    """
    if not (isinstance(within, Real) and within >= 0):
        raise ValueError(f"expected a distance of 0 or more, not {within!r}")
    values, n_ratings = _compared(_numbers(table, 2))
    if not len(values):
        return Estimate(None, reason=NO_PAIRS)
    n_pairs = n_ratings * (n_ratings - 1) / 2
    most = within + TINY * np.nanmax(np.abs(values))
    near = sum((np.abs(values[:, at + 1 :] - values[:, at, None]) <= most).sum(1) for at in range(len(values.T) - 1))
    is_one_pair = values.shape[1] == 2
    return share_of_pairs(float((near / n_pairs).mean()), len(values), int(n_pairs.sum()), is_one_pair=is_one_pair)


def mean_absolute_difference(table: Table) -> Estimate:
    """How far two ratings of one subject lie apart: the mean over subjects of the mean over its pairs.

    A subject with fewer than two ratings drops out.
    """
    values, n_ratings = _compared(_numbers(table, 2))
    if not len(values):
        return Estimate(None, reason=NO_PAIRS)
    n_pairs = int((n_ratings * (n_ratings - 1)).sum()) // 2
    return Estimate(float(mean_differences(values).mean()), notice=few(n_pairs), n=len(values))


def gwet_ac(table: Table, categories: Column, weights: Weights = "linear") -> Estimate:
    """Gwet's AC1 (`unweighted`) or AC2 (any other weights): stays steady where ratings pile up on one category.

    (observed - chance) / (1 - chance) agreement, where chance is T / (q (q - 1)) * sum(p (1 - p)) over q categories
    with shares p, and T the sum of the weights of agreement, 1 - w / max(w). A subject with one rating counts for the
    shares alone. The standard error is that of drawing subjects, the interval uses t with one less than the subjects.
    Raises ValueError for a rating that is not among the categories and for a matrix that is not symmetric.

    Gwet 2008, Br J Math Stat Psychol 61:29-48; with gaps and weights: Gwet 2014, Handbook of Inter-Rater Reliability.
    """
    known = _categories(categories)
    distance = _distances(known, weights)
    if not np.array_equal(distance, distance.T):
        raise ValueError("expected symmetric weights: these raters have no order")
    values = _numbers(table, 2)
    size = len(known) + 1
    places = _places(values, known) + 1 + size * np.arange(len(values))[:, None]
    return gwet(np.bincount(places.ravel(), minlength=size * len(values)).reshape(-1, size)[:, 1:], distance)


def krippendorff_alpha(table: Table, metric: Metric = "ordinal") -> Estimate:
    """Krippendorff's alpha: 1 - observed / expected disagreement, for any number of raters and gaps.

    A subject with fewer than two ratings drops out. The ordinal distance of two ratings is that of their mean ranks,
    so both it and the interval distance come from sums of squares: the pairs of a subject with m ratings weigh
    1 / (m - 1) each, and sum((x - y)²) over all ordered pairs is 2 m times the squares around the mean. The squared
    ratio distance is ((x - y) / (x + y))²; there it raises ValueError for a number below 0.

    Krippendorff 2011, Computing Krippendorff's Alpha-Reliability (University of Pennsylvania).
    """
    if metric not in ("nominal", "ordinal", "interval", "ratio"):
        raise ValueError(f"{metric!r} is no metric; expected nominal, ordinal, interval or ratio")
    numbers = _numbers(table, 2)
    if metric == "ratio" and (numbers < 0).any():
        raise ValueError("expected numbers of 0 or more: below 0 there are no ratios")
    values, n_ratings = _compared(numbers)
    if not len(values):
        return Estimate(None, reason=NO_PAIRS)
    is_given = ~np.isnan(values)
    known, at, counts = np.unique(values[is_given], return_inverse=True, return_counts=True)
    if np.ptp(known) <= TINY * np.abs(known).max():
        return Estimate(None, reason=ALIKE, n=len(values))
    n = len(at)
    if metric == "nominal":
        alike = np.sum([(values == column[:, None]).sum(1) for column in values.T], axis=0)
        within, around = n_ratings - alike / n_ratings, n - float(counts @ counts) / n
    elif metric == "ratio":
        within = np.sum([ratios_apart(values, column[:, None]).sum(1) for column in values.T], axis=0) / n_ratings
        around = sum(float(n_x * (counts @ ratios_apart(known, x))) for x, n_x in zip(known, counts, strict=True)) / n
    else:
        scores = (known - known[0]) / np.ptp(known) if metric == "interval" else (np.cumsum(counts) - counts / 2) / n
        values[is_given] = (scores - counts @ scores / n)[at]
        means = np.where(is_given, values, 0).sum(1) / n_ratings
        apart = np.where(is_given, values - means[:, None], 0)
        within, around = (apart * apart).sum(1), float((values[is_given] ** 2).sum())
    seen = float((within * n_ratings / (n_ratings - 1)).sum())
    n_pairs = int((n_ratings * (n_ratings - 1)).sum()) // 2
    return Estimate(1 - (n - 1) / n * seen / around, notice=few(n_pairs), n=len(values))


def icc(table: Table) -> Intraclass:
    """The six intraclass correlations: how much of the variance of scores lies between subjects. Can be negative.

    1, 2, 3: each subject has raters of its own; the same raters, drawn from many, in absolute agreement; these raters
    alone, in consistency. `1` is for the score of one rater, `k` for the mean of all. Rows with a gap drop out.

    Shrout & Fleiss 1979, Psychol Bull 86:420-428, with their intervals from F.
    """
    values = _numbers(table, 2)
    squares = mean_squares(values[~np.isnan(values).any(1)])
    if isinstance(squares, Estimate):
        return Intraclass(squares, squares, squares, squares, squares, squares)
    one_single, one_mean = squares.simple(squares.within, squares.n * (squares.k - 1))
    two_single, two_mean = squares.absolute()
    three_single, three_mean = squares.simple(squares.error, (squares.n - 1) * (squares.k - 1))
    return Intraclass(
        *(one_single, two_single, three_single, one_mean, two_mean, three_mean),
        f_one_way=squares.test(squares.within, squares.n * (squares.k - 1)),
        f_two_way=squares.test(squares.error, (squares.n - 1) * (squares.k - 1)),
    )


# What is given


def _numbers(given: Any, n_axes: int, expected: str = TABLE) -> Array:
    """A fresh array of floats with nan for a gap. Raises ValueError for anything else, naming what is expected."""
    try:
        array = np.asarray(given)
        if array.dtype == object:
            array = np.array([_number(each) for each in array.flat]).reshape(array.shape)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"expected {expected}") from None
    if array.shape == (0,):
        array = array.reshape((0,) * n_axes)
    if array.ndim != n_axes or array.dtype.kind not in "iuf":
        raise ValueError(f"expected {expected}")
    array = array.astype(float)
    if not np.all((np.abs(array) < HUGE) | np.isnan(array)):
        raise ValueError(f"expected {expected}; none infinite, or of {HUGE:g} and more")
    return array


def _number(given: object) -> float:
    if given is None:
        return np.nan
    if isinstance(given, Real) and not isinstance(given, bool):
        return float(given)
    raise ValueError


def _compared(values: Array) -> tuple[Array, Array]:
    """The rows with two numbers or more, and how many each has."""
    n = (~np.isnan(values)).sum(1)
    return values[n > 1], n[n > 1]


def _categories(given: Column) -> Array:
    known = _numbers(given, 1, CATEGORIES)
    if not len(known) or np.isnan(known).any() or len(set(known.tolist())) < len(known):
        raise ValueError(f"expected {CATEGORIES}")
    return known


def _places(values: Array, categories: Array) -> Array:
    """The place of each number among the categories, -1 for a gap."""
    order = np.argsort(categories)
    at = order[np.searchsorted(categories[order], values).clip(max=len(order) - 1)]
    is_gap = np.isnan(values)
    if (strange := values[(categories[at] != values) & ~is_gap]).size:
        raise ValueError(f"{strange[0]:g} is not among the categories")
    places: Array = np.where(is_gap, -1, at)
    return places


def _distances(categories: Array, weights: Weights) -> Array:
    """The disagreement of every two categories."""
    if isinstance(weights, str):
        linear: Array = np.abs(categories[:, None] - categories)
        linear /= linear.max() or 1
        known = {"unweighted": (linear > 0) * 1.0, "linear": linear, "quadratic": linear**2}
        if weights not in known:
            raise ValueError(f"{weights!r} are no weights; expected unweighted, linear or quadratic")
        return known[weights]
    matrix = _numbers(weights, 2, WEIGHTS)
    if matrix.shape != (len(categories),) * 2 or np.isnan(matrix).any() or (matrix < 0).any():
        raise ValueError(f"expected {WEIGHTS}")
    if np.diag(matrix).any() or (len(categories) > 1 and not matrix.any()):
        raise ValueError("expected weights of disagreement: 0 on the diagonal, and not everywhere")
    return matrix
