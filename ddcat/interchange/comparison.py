"""A comparison of programs as a workbook: numbers as numbers, a sheet for each thing that the page shows."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction

from ddcat import charts, display, facts, scoring
from ddcat.comparing import Comparison, Site, Spread, spread
from ddcat.instrument import Instrument
from ddcat.interchange import workbook
from ddcat.interchange.portfolio import cautions, which
from ddcat.interchange.workbook import Cell, Column, Table
from ddcat.words import _, n_


def book(found: Comparison, at: str, *, as_of: str = "", missing: Sequence[str] = ()) -> bytes:
    """Everything that is compared, exported at this moment; `as_of` is the day asked for, "" for the newest.

    `missing` names the programs without a sealed assessment by then.
    """
    tables = [_programs(found), _dimensions(found), _items(found), _spreads(found), _lessons(found)]
    about = _about(found, tables, at, as_of, missing)
    return workbook.write((*tables, about), title=_("Comparison"), at=datetime.fromisoformat(at))


def _programs(found: Comparison) -> Table:
    columns = (
        *_who(),
        Column(_("Assessed on"), 12, "day"),
        Column(_("Period"), 16),
        Column(_("Instrument"), 14),
        Column(_("How it was rated"), 30),
        Column(_("Ratings"), 9, "number"),
        Column(_("Ratings carried, not re-rated"), 12, "number"),
        *(_both_methods() if found.instrument.has_overall else ()),
    )
    return Table(_("Programs"), columns, [_program(found, site) for site in found.sites])


def _program(found: Comparison, site: Site) -> list[Cell]:
    assessment = site.assessment
    return [
        *_named(found, site),
        date.fromisoformat(assessment.assessed_on),
        display.period(assessment.period),
        found.instrument.name,
        display.how(assessment),
        *(len(assessment.ratings), len(assessment.carried)),
        *_results(site),
    ]


def _both_methods() -> tuple[Column, ...]:
    return (
        Column(_("Overall"), 9, "number"),
        Column(_("Band (scale method)"), 14),
        Column(_("Level (criterion method)"), 14),
        Column(_("Overall, as evidenced"), 12, "number"),
        Column(_("Band, as evidenced"), 14),
    )


def _results(site: Site) -> list[Cell]:
    """What stands in the columns of both methods; nothing where there is no overall score."""
    result, evidenced = site.result, site.evidenced
    if result.criterion is None:
        return []
    return [
        *(_number(result.overall), result.band, result.criterion.level),
        *(_number(evidenced.overall), evidenced.band),
    ]


def _scales(found: Comparison) -> tuple[tuple[str, Sequence[Fraction | None]], ...]:
    """What has a score, by its title: every dimension, and last all of them together where they come to one."""
    scales = [(f"{of.dimension.number} {of.dimension.title}", of.values) for of in found.dimensions if of.dimension]
    return (*scales, (_("Overall"), found.overall.values)) if found.instrument.has_overall else tuple(scales)


def _dimensions(found: Comparison) -> Table:
    columns, has_bands = [*_who()], bool(found.instrument.bands)
    for title, _values in _scales(found):
        columns += [Column(title, 14, "number"), Column(_("%(title)s, band", title=title), 12)][: 1 + has_bands]
    rows: list[list[Cell]] = []
    for at, site in enumerate(found.sites):
        row = _named(found, site)
        for _title, values in _scales(found):
            row += _scored(found.instrument, values[at])[: 1 + has_bands]
        rows.append(row)
    return Table(_("Dimensions"), columns, rows)


def _items(found: Comparison) -> Table:
    """A row an item and a column a program, as on the page: what one looks along is the item."""
    columns = [Column(_("Item"), 8), Column(_("Title of the item"), 34), Column(_("Dimension"), 30)]
    columns += [Column(_column(found, site), 16, "number") for site in found.sites]
    rows = [
        [
            *(item.code, item.title, f"{home.number} {home.title}"),
            *(site.assessment.ratings.get(item.id) for site in found.sites),
        ]
        for item in found.instrument.items
        if (home := found.instrument.home[item.id])
    ]
    return Table(_("Items"), columns, rows)


def _spreads(found: Comparison) -> Table:
    columns = (
        Column(_("Dimension"), 38),
        Column(_("Rated by"), 22),
        Column(_("Programs"), 10, "number"),
        Column(_("Lowest"), 10, "number"),
        Column(_("Lower quartile"), 10, "number"),
        Column(_("Median"), 10, "number"),
        Column(_("Upper quartile"), 10, "number"),
        Column(_("Highest"), 10, "number"),
    )
    rows: list[list[Cell]] = []
    for title, values in _scales(found):
        rows += _lying(found, title, values)
    return Table(_("Spread"), columns, rows)


def _lying(found: Comparison, title: str, values: Sequence[Fraction | None]) -> Iterable[list[Cell]]:
    """How scores lie; where self-ratings stand beside others, once more for each."""
    groups = [(_("all"), spread(values))]
    if found.is_mixed:
        for is_self in (False, True):
            those = [value for value, site in zip(values, found.sites, strict=True) if site.is_self_rated == is_self]
            groups.append((display.whom(is_self), spread(those)))
    for words, lies in groups:
        if lies:
            yield [title, words, lies.n, *_five(lies)]


def _five(lies: Spread) -> list[Cell]:
    return [float(value) for value in (lies.least, lies.lower, lies.middle, lies.upper, lies.most)]


def _lessons(found: Comparison) -> Table:
    columns = (
        Column(_("Item"), 8),
        Column(_("Title of the item"), 34),
        Column(_("Weak"), 28),
        Column(_("Weak: kind of rating"), 20),
        Column(_("Weak: rating"), 9, "number"),
        Column(_("Strong"), 28),
        Column(_("Strong: kind of rating"), 20),
        Column(_("Strong: rating that evidence carries"), 12, "number"),
        Column(_("What a program with that rating looks like"), 60),
    )
    rows: list[list[Cell]] = [
        [
            *(each.item.code, each.item.title),
            *(each.learner.assessment.program, display.kind(each.learner.assessment.kind), each.rating),
            *(each.teacher.assessment.program, display.kind(each.teacher.assessment.kind), each.carried),
            each.item.anchors.get(each.carried),
        ]
        for each in found.pairs
    ]
    return Table(_("Learn from"), columns, rows)


def _about(found: Comparison, tables: Sequence[Table], at: str, as_of: str, missing: Sequence[str]) -> Table:
    inside = [f"{table.name}: {n_('%(num)s row', '%(num)s rows', len(table.rows))}" for table in tables]
    counts = [
        (f"{display.whom(tally.is_self_rated)}: " if tally.is_self_rated is not None else "")
        + "; ".join(f"{code}: {n}" for code, n in tally.bands.items())
        for tally in found.tallies
        if tally.bands
    ]
    unlike = [
        f"{each.instrument.name}: {display.listed(one.program for one in each.assessments)}" for each in found.unlike
    ]
    bands = [
        f"{band.code}: {band.title}, {_('from %(floor)s', floor=display.number(band.floor))}"
        for band in found.instrument.bands
    ]
    said = {
        _("Exported"): display.moment(at),
        _("Made with"): "ddcat",
        _("Which assessments"): which(as_of),
        _("Instrument"): f"{found.instrument.title}, {found.instrument.version}",
        _("Please note"): found.instrument.label or "",
        _("Bands"): "\n".join(bands),
        _("Programs in each band (scale method)"): "\n".join(counts),
        **cautions(),
        _("Spread"): _("Quartiles lie between neighbours in proportion, as QUARTILE.INC has them."),
        _("Learn from"): _(
            "Strong is a rating that the second level asks for and that evidence carries; weak lies below it, by two"
            " points at least. Every such pair at every item, the widest gaps first."
        ),
        _("Not compared: another instrument or version"): "\n".join(unlike),
        _("No sealed assessment"): ", ".join(missing),
        _("What is inside"): "\n".join(inside),
    }
    columns = (Column(_("About this workbook"), 34), Column(_("What it says"), 100))
    return Table(_("About"), columns, [[name, text] for name, text in said.items() if text])


def _who() -> tuple[Column, ...]:
    return (
        Column(_("Letter"), 8),
        Column(_("Program"), 30),
        Column(_("Agency"), 30),
        Column(_("Kind of rating"), 24),
    )


def _named(found: Comparison, site: Site) -> list[Cell]:
    assessment = site.assessment
    kind = display.kind(assessment.kind) if assessment.kind in facts.KINDS else display.kind(None)
    return [charts.letter(found.sites.index(site)), assessment.program, assessment.agency, kind]


def _column(found: Comparison, site: Site) -> str:
    """What heads the column of a program: its letter, name and kind of rating, so that none stands twice."""
    letter, program, _agency, kind = _named(found, site)
    return f"{letter} {program}: {kind}"


def _scored(instrument: Instrument, value: Fraction | None) -> list[Cell]:
    if value is None:
        return [None, None]
    return [float(value), scoring.band(instrument, value).code if instrument.bands else None]


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
