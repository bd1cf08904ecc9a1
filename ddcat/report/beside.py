"""Programs beside each other as screen and paper show them: letters, shades and dots, worked out once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ddcat import charts, comparing, published
from ddcat.charts import Plot
from ddcat.comparing import Column, Comparison, Lesson, Site, Spread
from ddcat.published import Figure

FEW = 5
"""With fewer programs, quartiles say little."""

SMALL, HIGH = 5, 55
"""How wide a dot without a letter is, and how high many of them may stand above each other."""

NAME, OVERALL = "name", "overall"
"""What programs are put in order by, beside each dimension by its id."""


@dataclass(frozen=True, slots=True)
class Row:
    """How scores lie: `title` in words, a dot for each program, and the five numbers."""

    title: str
    plot: Plot
    spread: Spread


@dataclass(frozen=True, slots=True)
class Beside:
    """A comparison with what was asked for: `as_of` is a day, "" for the newest sealed assessment of each program.

    `missing` names the programs that have no sealed assessment by then. `today` is the day of this look at them.
    `learner_ref` is the program of which every pair is shown, "" for those to begin with. `sort` is what the programs
    are in order by, "" for the usual one, and `is_down` whether the highest stand first.
    """

    comparison: Comparison
    as_of: str = ""
    missing: tuple[str, ...] = ()
    today: str = ""
    learner_ref: str = ""
    sort: str = ""
    is_down: bool = False

    @property
    def is_enough(self) -> bool:
        """Whether there are two programs at least that are alike."""
        return len(self.comparison.sites) > 1

    @property
    def is_few(self) -> bool:
        """Whether there are so few programs that quartiles say little."""
        return len(self.comparison.sites) < FEW

    @property
    def is_evidenced(self) -> bool:
        """Whether any evidence is recorded for any program here."""
        return any(site.assessment.evidence for site in self.comparison.sites)

    @property
    def orders(self) -> tuple[str, ...]:
        """What the programs can be put in order by; nothing where they are few enough to be seen at a glance."""
        if self.comparison.is_small:
            return ()
        columns = [column.dimension.id for column in self.comparison.dimensions if column.dimension]
        return (NAME, *columns, *([OVERALL] if self.comparison.instrument.has_overall else []))

    def in_order(self, sort: str, *, is_down: bool) -> "Beside":
        """The same in this order, the usual one where it is none; what is not known stands at the end either way."""
        if sort not in self.orders:
            return self
        found, places = self.comparison, range(len(self.comparison.sites))
        if sort == NAME:
            names = [site.assessment.program.casefold() for site in found.sites]
            order = sorted(places, key=lambda at: names[at], reverse=is_down)
        else:
            named = {column.dimension.id: column.values for column in found.dimensions if column.dimension}
            values = found.overall.values if sort == OVERALL else named[sort]
            known = {at: value for at, value in enumerate(values) if value is not None}
            order = sorted(known, key=lambda at: known[at], reverse=is_down)
            order += [at for at in places if at not in known]

        def ordered(column: Column) -> Column:
            return replace(column, values=tuple(column.values[at] for at in order))

        columns, sites = tuple(map(ordered, found.dimensions)), tuple(found.sites[at] for at in order)
        there = replace(found, sites=sites, dimensions=columns, overall=ordered(found.overall))
        return replace(self, comparison=there, sort=sort, is_down=is_down)

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
        small = () if self.comparison.is_small else (SMALL, HIGH)
        return Row(title, charts.plot(self.comparison.instrument, values, five, *small), spread)

    def overall(self, *, is_self: bool) -> list[Fraction | None]:
        """The overall scores of the programs that rated themselves, or of the others; None for the rest."""
        sites = self.comparison.sites
        return [one.result.overall if one.is_self_rated == is_self else None for one in sites]
