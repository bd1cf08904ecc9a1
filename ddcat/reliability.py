"""The raters of one program, or of several -> what makes sense to say of how far they agree.

Reasons and notices are sentences in English; `ddcat.words._` says them in the language now spoken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import itemgetter
from typing import Any

import numpy as np

from ddcat.coefficients import (
    ALIKE,
    NO_PAIRS,
    Array,
    Estimate,
    Squares,
    few,
    gwet,
    kappa,
    mean_differences,
    mean_squares,
    share_of_pairs,
)
from ddcat.instrument import Instrument
from ddcat.words import later

Panels = Mapping[str, Mapping[str, Mapping[str, int | None]]]
"""Program -> rater -> item id -> rating; an item that is absent or None is not rated."""

NO_OVERALL = later("This instrument has no overall score.")
NO_SCORES = later("No two raters rated every item, so there are no scores to compare.")
TWO_RATERS = later("This is for exactly two raters.")
NO_GAPS = later("This is for three or more raters, or for gaps.")
ONE_PROGRAM = later("One program has too few items in a dimension for this.")
PROGRAMS = later("This needs two programs for which every rater has a complete score.")
ELSEWHERE = frozenset({TWO_RATERS, NO_GAPS, ONE_PROGRAM, PROGRAMS})
"""The reasons that say no more than that a figure makes no sense there."""

STRANGE = 255


@dataclass(frozen=True, slots=True)
class Figures:
    """What can be said of one dimension or of all items together. Differences are in points of the rating scale.

    Of ratings: the share of equal pairs, of pairs at most one point apart, and how far they are apart; weighted kappa
    with AC2, or alpha. Of the scores (means of the ratings): how far they are apart, and the share of their variance
    that lies between programs, for one rater's score and for the mean of all raters.
    """

    n_pairs: int
    percent_exact: Estimate
    percent_within_one: Estimate
    mean_absolute_difference: Estimate
    weighted_kappa: Estimate
    gwet_ac2: Estimate
    krippendorff_alpha: Estimate
    score_difference: Estimate
    icc_2_1: Estimate
    icc_2_k: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures of all items together and of each dimension, by its id; raters and programs that have ratings."""

    raters: tuple[str, ...]
    programs: tuple[str, ...]
    overall: Figures
    dimensions: Mapping[str, Figures]

    @property
    def n_pairs(self) -> int:
        """How many pairs of ratings of one item of one program there are."""
        return self.overall.n_pairs


def figures(instrument: Instrument, panels: Panels) -> Agreement:
    """What makes sense to say of these raters: a figure that does not has a reason out of ELSEWHERE.

    For each dimension and for all items: shares, mean differences and the difference of scores. Over all items, and
    from two programs on in each dimension too: with exactly two raters kappa (linear) and AC2 (linear), with more of
    them or with gaps alpha (ordinal). From two programs on: ICC(2,1) and ICC(2,k) of the scores.

    A score is the mean of the ratings of a dimension, or of the dimension scores, as in `scoring`, and there is one
    only where a rater rated every item of it, and of all items only where the instrument has an overall score. Raters
    are those who rated anything. Raises KeyError for an item and ValueError for a rating that the instrument does not
    have.
    """
    sheets = _Sheets(instrument, panels)
    whole, *parts = (sheets.figures(at) for at in range(len(sheets.spans)))
    ids = (dimension.id for dimension in instrument.dimensions)
    return Agreement(sheets.raters, sheets.programs, whole, dict(zip(ids, parts, strict=True)))


class _Sheets:
    """Each rater's ratings of each program, a row a sheet, and the sums over all of them that the figures need.

    A rating is kept as its place on the scale from 1, a gap as 0. Sheets of one program stand together. The first of
    `spans` and of the columns of scores is that of all items, the others are those of the dimensions.
    """

    def __init__(self, instrument: Instrument, panels: Panels) -> None:
        self.programs, self.raters, self.program, self.rater, places = _read(instrument, panels)
        scale, n_items = instrument.rating.values, places.shape[1]
        ends = [*accumulate((len(dimension.items) for dimension in instrument.dimensions), initial=0)]
        self.spans = [slice(0, n_items), *(slice(*span) for span in pairwise(ends))]
        self.distance = np.abs(np.subtract.outer(scale, scale)).astype(float)
        size, n_programs = len(scale) + 1, len(self.programs)
        cells = ((np.arange(n_items)[:, None] * n_programs + self.program) * size) + places.T
        counts = np.bincount(cells.ravel(), minlength=n_items * n_programs * size)
        self.counts = counts.reshape(n_items, n_programs, size)[:, :, 1:].astype(float)
        n_ratings = self.counts @ np.ones(len(scale))
        self.has_gaps = bool((n_ratings == 1).any())
        parts = [_sums(self.counts[span].reshape(-1, len(scale)), n_ratings[span].ravel()) for span in self.spans[1:]]
        self.sums = [tuple(map(sum, zip(*parts, strict=True))), *parts]
        if len(self.raters) == 2:
            self.joint = self._joint(places, size)
        self.has_overall = instrument.has_overall
        self.scores = self._scores(np.array([np.nan, *scale])[places], np.array(ends))
        self.apart, self.complete = self._by_program()

    def _joint(self, places: Array, size: int) -> Array:
        """How often each rating of the first rater met each of the second, item by item."""
        both = np.zeros((2, len(self.programs), places.shape[1]), int)
        both[self.rater, self.program] = places
        cells = (np.arange(places.shape[1]) * size + both[0]) * size + both[1]
        counts = np.bincount(cells.ravel(), minlength=places.shape[1] * size**2)
        return counts.reshape(-1, size, size)[:, 1:, 1:]

    def _scores(self, ratings: Array, ends: Array) -> Array:
        """The overall score and the dimension scores of every sheet; nan where not every item is rated."""
        parts = np.add.reduceat(ratings, ends[:-1], axis=1) / np.diff(ends)
        return np.column_stack([parts.mean(1), parts])

    def _by_program(self) -> tuple[Array, Array]:
        """How far the scores of each program lie apart; and the scores (program, rater, column) of every rater's."""
        n_sheets = np.bincount(self.program, minlength=len(self.programs))
        apart = [np.empty((0, self.scores.shape[1]))]
        for size in np.unique(n_sheets[n_sheets > 1]):
            block = self.scores[n_sheets[self.program] == size]
            apart.append(mean_differences(block.reshape(-1, size, block.shape[1]).swapaxes(1, 2)))
        is_complete = (n_sheets == len(self.raters))[self.program]
        order = np.lexsort((self.rater[is_complete], self.program[is_complete]))
        complete = self.scores[is_complete][order]
        return np.concatenate(apart), complete.reshape(-1, max(len(self.raters), 1), complete.shape[1])

    def figures(self, at: int) -> Figures:
        """The figures of this span."""
        n, n_pairs, totals, met, shared = self.sums[at]
        single, mean = self._correlations(at)
        if not n:
            none = Estimate(None, reason=NO_PAIRS)
            return Figures(0, none, none, none, none, none, none, self._score_difference(at), single, mean)
        is_one_pair = len(self.raters) == 2
        exact, within_one = (
            share_of_pairs(1 - float(shared[self.distance > most].sum()) / n, n, n_pairs, is_one_pair=is_one_pair)
            for most in (0, 1)
        )
        difference = float((shared * self.distance).sum()) / n
        kappa, ac2 = self._beyond_chance(at)
        return Figures(
            n_pairs=n_pairs,
            percent_exact=exact,
            percent_within_one=within_one,
            mean_absolute_difference=Estimate(difference, notice=few(n_pairs), n=n),
            weighted_kappa=kappa,
            gwet_ac2=ac2,
            krippendorff_alpha=self._alpha(at),
            score_difference=self._score_difference(at),
            icc_2_1=single,
            icc_2_k=mean,
        )

    def _beyond_chance(self, at: int) -> tuple[Estimate, Estimate]:
        """Kappa and AC2, of exactly two raters."""
        if at and len(self.programs) == 1:
            return (Estimate(None, reason=ONE_PROGRAM),) * 2
        if len(self.raters) != 2:
            return (Estimate(None, reason=TWO_RATERS),) * 2
        span = self.spans[at]
        counts = self.counts[span].reshape(-1, len(self.distance))
        return kappa(self.joint[span].sum(0), self.distance), gwet(counts, self.distance)

    def _alpha(self, at: int) -> Estimate:
        """The ordinal alpha from how often unequal ratings met; of three or more raters, or with gaps."""
        if at and len(self.programs) == 1:
            return Estimate(None, reason=ONE_PROGRAM)
        if len(self.raters) == 2 and not self.has_gaps:
            return Estimate(None, reason=NO_GAPS)
        n, n_pairs, totals, met, _shared = self.sums[at]
        if np.count_nonzero(totals) == 1:
            return Estimate(None, reason=ALIKE, n=n)
        n_ratings, ranks = totals.sum(), np.cumsum(totals) - totals / 2
        apart = ((ranks[:, None] - ranks) / n_ratings) ** 2
        value = 1 - float((n_ratings - 1) * (met * apart).sum() / (totals @ apart @ totals))
        return Estimate(value, notice=few(n_pairs), n=n)

    def _score_difference(self, at: int) -> Estimate:
        """How far two scores of one program lie apart: the mean over programs of the mean over its pairs."""
        if not at and not self.has_overall:
            return Estimate(None, reason=NO_OVERALL)
        apart = self.apart[:, at]
        apart = apart[~np.isnan(apart)]
        return Estimate(float(apart.mean()), n=len(apart)) if len(apart) else Estimate(None, reason=NO_SCORES)

    def _correlations(self, at: int) -> tuple[Estimate, Estimate]:
        """ICC(2,1) and ICC(2,k) of the scores."""
        if not at and not self.has_overall:
            return (Estimate(None, reason=NO_OVERALL),) * 2
        if len(self.raters) < 2:
            return (Estimate(None, reason=NO_PAIRS),) * 2
        table = self.complete[:, :, at]
        table = table[~np.isnan(table).any(1)]
        if len(table) < 2:
            return (Estimate(None, reason=PROGRAMS, n=len(table)),) * 2
        squares = mean_squares(table)
        return squares.absolute() if isinstance(squares, Squares) else (squares, squares)


def _sums(counts: Array, n_ratings: Array) -> tuple[Any, ...]:
    """Of what was rated twice or more: how many there are, their pairs, how often each rating was given, and how
    often each met each other one (right off the diagonal), with the pairs of m ratings weighing 1 / (m - 1) each or
    1 / (m (m - 1)).
    """
    if n_ratings.min(initial=2) < 2:
        counts, n_ratings = counts[n_ratings > 1], n_ratings[n_ratings > 1]
    fewest, most = n_ratings.min(initial=2), n_ratings.max(initial=2)
    if fewest == most:
        met = counts.T @ counts / (most - 1)
        shared = met / most
    else:
        part = counts / (n_ratings - 1)[:, None]
        met, shared = counts.T @ part, (counts / n_ratings[:, None]).T @ part
    return len(counts), int(n_ratings @ (n_ratings - 1)) // 2, counts.sum(0), met, shared


def _read(instrument: Instrument, panels: Panels) -> tuple[tuple[str, ...], tuple[str, ...], Array, Array, Array]:
    """Programs and raters, and of every sheet that holds a rating its program, its rater and the place of each.

    Nearly every sheet is complete, and bytes are the fastest way through those.
    """
    ids = (*instrument.by_id, instrument.items[0].id)
    pick = itemgetter(*ids)
    place: dict[int | None, int] = {None: 0} | {value: at for at, value in enumerate(instrument.rating.values, 1)}
    table = bytes(place.get(value, STRANGE) for value in range(256))
    programs: dict[str, int] = {}
    raters: dict[str, int] = {}
    sheets: list[bytes] = []
    program_of: list[int] = []
    rater_of: list[int] = []
    for program, by_rater in panels.items():
        for rater, given in by_rater.items():
            try:
                sheet = bytes(pick(given)).translate(table)
            except (KeyError, TypeError, ValueError):
                sheet = bytes([place.get(given.get(id), STRANGE) for id in ids])
            if len(given) >= len(ids) or not all(sheet) or STRANGE in sheet:
                _refuse_strangers(instrument, given)
            if any(sheet):
                sheets.append(sheet)
                program_of.append(programs.setdefault(program, len(programs)))
                rater_of.append(raters.setdefault(rater, len(raters)))
    places = np.frombuffer(b"".join(sheets), np.uint8).reshape(-1, len(ids))[:, :-1].astype(int)
    return tuple(programs), tuple(raters), np.array(program_of, int), np.array(rater_of, int), places


def _refuse_strangers(instrument: Instrument, given: Mapping[str, int | None]) -> None:
    for item in given.keys() - instrument.by_id.keys():
        raise KeyError(item)
    for rating in {*given.values()} - {None, *instrument.rating.values}:
        raise ValueError(f"{rating} is not a rating of {instrument.name}")
