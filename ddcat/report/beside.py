"""Programs beside each other as screen and paper show them: letters, shades and dots, worked out once."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ddcat import charts, comparing, published
from ddcat.charts import Plot
from ddcat.comparing import Comparison, Lesson, Site, Spread
from ddcat.published import Figure

FEW = 5
"""With fewer programs, quartiles say little."""


@dataclass(frozen=True, slots=True)
class Row:
    """How scores lie: `title` in words, the dots where few enough programs are shown, and the five numbers."""

    title: str
    plot: Plot
    spread: Spread


@dataclass(frozen=True, slots=True)
class Beside:
    """A comparison with what was asked for: `as_of` is a day, "" for the newest sealed assessment of each program.

    `missing` names the programs that have no sealed assessment by then. `today` is the day of this look at them.
    `learner_ref` is the program of which every pair is shown, "" for those to begin with.
    """

    comparison: Comparison
    as_of: str = ""
    missing: tuple[str, ...] = ()
    today: str = ""
    learner_ref: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether there are two programs at least that are alike."""
        return len(self.comparison.sites) > 1

    @property
    def is_few(self) -> bool:
        """Whether there are so few programs that quartiles say little."""
        return len(self.comparison.sites) < FEW

    @property
    def figures(self) -> tuple[Figure, ...]:
        """What was published of programs rated with this instrument."""
        return published.of(self.comparison.instrument.id)

    @property
    def learner(self) -> Site | None:
        """The program of which every pair is shown, if one is asked for."""
        sites = self.comparison.sites if self.learner_ref else ()
        return next((one for one in sites if one.assessment.program_ref == self.learner_ref), None)

    @property
    def taught(self) -> tuple[tuple[Lesson, ...], ...]:
        """The pairs that are shown, the widest gaps first: of one learner all, those of an item together."""
        if self.learner is None:
            return tuple((lesson,) for lesson in self.comparison.lessons)
        by_item: dict[str, list[Lesson]] = {}
        for pair in self.comparison.pairs:
            if pair.learner is self.learner:
                by_item.setdefault(pair.item.id, []).append(pair)
        return tuple(tuple(pairs) for pairs in by_item.values())

    def letter(self, site: Site) -> str:
        """By which letter a program is found again: A, B, C."""
        return self.letter_at(next(at for at, one in enumerate(self.comparison.sites) if one is site))

    def letter_at(self, at: int) -> str:
        """The same for the program at this place, from 0."""
        return charts.letter(at)

    def shade(self, value: Fraction | int) -> int:
        """How dark the cell of a score or rating is, from 0 to 4."""
        return charts.shade(self.comparison.instrument, Fraction(value))

    def is_square(self, at: int) -> bool:
        """Whether the mark of a program is a square: it rated itself, or nobody said who did."""
        return self.comparison.sites[at].is_self_rated

    def row(self, title: str, values: Sequence[Fraction | None]) -> Row | None:
        """How these scores lie, None where none is known."""
        spread = comparing.spread(values)
        if spread is None:
            return None
        five = (spread.least, spread.lower, spread.middle, spread.upper, spread.most)
        drawn = values if self.comparison.is_small else ()
        return Row(title, charts.plot(self.comparison.instrument, drawn, five), spread)

    def overall(self, *, is_self: bool) -> list[Fraction | None]:
        """The overall scores of the programs that rated themselves, or of the others; None for the rest."""
        sites = self.comparison.sites
        return [one.result.overall if one.is_self_rated == is_self else None for one in sites]
