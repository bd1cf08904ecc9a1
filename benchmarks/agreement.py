"""`reliability.figures` of 1,000 programs that three raters rated, against numpy doing the bare sums.

The product begins with each rater's ratings as the web and the command hand them over, and checks them. The floor has
them in one array without gaps, and works out the same numbers with nothing checked, explained or bounded.
"""

from itertools import accumulate, combinations, pairwise
from random import Random

import numpy as np
from clock import in_turn, tell, timed

from ddcat import reliability, shelf
from ddcat.instrument import Instrument

PROGRAMS = 1_000
RATERS = ("R. Invented", "S. Invented", "T. Invented")
ROUNDS = 25

Rated = dict[str, dict[str, dict[str, int]]]


def main() -> None:
    """Measure and print."""
    instrument = shelf.find("ddcat@4.0").instrument
    rated = invent(instrument)
    array = np.array(
        [[list(given.values()) for given in by_rater.values()] for by_rater in rated.values()], dtype=np.int64
    )
    ends = [*accumulate((len(dimension.items) for dimension in instrument.dimensions), initial=0)]
    agree(reliability.figures(instrument, rated), sums(array, ends))

    def product() -> float:
        return 1000 * timed(lambda: reliability.figures(instrument, rated))

    def floor() -> float:
        return 1000 * timed(lambda: sums(array, ends))

    tell(f"agreement of {PROGRAMS:,} by {len(RATERS)}", in_turn(floor, product, ROUNDS), "ms", "none")


def invent(instrument: Instrument) -> Rated:
    """Programs of every kind; each rater gives the anchor that fits, or one beside it."""
    chance = Random(4)
    rated: Rated = {f"Invented program {number}": {} for number in range(PROGRAMS)}
    for by_rater in rated.values():
        fits = {item.id: chance.randrange(len(item.ratings)) for item in instrument.items}
        for rater in RATERS:
            by_rater[rater] = {
                item.id: item.ratings[
                    min(max(fits[item.id] + chance.choice((-1, 0, 0, 0, 1)), 0), len(item.ratings) - 1)
                ]
                for item in instrument.items
            }
    return rated


def sums(array: np.ndarray, ends: list[int]) -> list[tuple[float, ...]]:
    """Of all items and of each dimension: exact, within one, difference, alpha, score difference, ICC(2,1), ICC(2,k).

    The array is program by rater by item.
    """
    parts = np.add.reduceat(array, ends[:-1], axis=2) / np.diff(ends)
    scores = [parts.mean(2), *np.moveaxis(parts, 2, 0)]
    apart = np.stack([np.abs(array[:, a] - array[:, b]) for a, b in combinations(range(array.shape[1]), 2)])
    spans = [(0, ends[-1]), *pairwise(ends)]
    return [
        (
            (apart[:, :, start:end] == 0).mean(),
            (apart[:, :, start:end] <= 1).mean(),
            apart[:, :, start:end].mean(),
            alpha(array[:, :, start:end]),
            np.mean([np.abs(score[:, a] - score[:, b]) for a, b in combinations(range(score.shape[1]), 2)]),
            *icc(score),
        )
        for (start, end), score in zip(spans, scores, strict=True)
    ]


def alpha(ratings: np.ndarray) -> float:
    """The ordinal alpha: squares of mean ranks around the mean of each item of each program, and around all."""
    counts = np.bincount(ratings.ravel())
    ranks = (np.cumsum(counts) - counts / 2)[ratings]
    n, m = ratings.size, ratings.shape[1]
    return 1 - (n - 1) / n * m / (m - 1) * ((ranks - ranks.mean(1, keepdims=True)) ** 2).sum() / (ranks.var() * n)


def icc(scores: np.ndarray) -> tuple[float, float]:
    """ICC(2,1) and ICC(2,k) from the mean squares."""
    n, k = scores.shape
    subjects, raters = scores.mean(1), scores.mean(0)
    between, strict = k * subjects.var(ddof=1), n * raters.var(ddof=1)
    error = (scores.var() * n * k - between * (n - 1) - strict * (k - 1)) / ((n - 1) * (k - 1))
    above, more = between - error, (strict - error) / n
    return above / (between + (k - 1) * error + k * more), above / (between + more)


def agree(found: reliability.Agreement, same: list[tuple[float, ...]]) -> None:
    """Both work out the same numbers."""
    for figures, numbers in zip([found.overall, *found.dimensions.values()], same, strict=True):
        shown = [
            *(figures.percent_exact, figures.percent_within_one, figures.mean_absolute_difference),
            *(figures.krippendorff_alpha, figures.score_difference, figures.icc_2_1, figures.icc_2_k),
        ]
        assert np.allclose([estimate.value for estimate in shown], numbers)


if __name__ == "__main__":
    main()
