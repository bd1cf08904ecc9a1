"""The command about the road to a target."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _, later, n_

METHODS = {
    "scale": later("by the scale method"),
    "criterion": later("by the criterion method"),
    "both": later("by both methods"),
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "code", required=True, metavar="CODE", help="The band or level to reach, such as DDC.")
@click.option(
    "--by",
    type=click.Choice(list(METHODS)),
    default="both",
    show_default=True,
    help="The method that shall grant it: a band in between is of the scale method alone.",
)
@click.option(
    "--cost",
    "costs_file",
    type=click.Path(path_type=Path),
    help="COSTS.csv with columns item, cost: what a step costs, 1 to 5, or never; 1 for every other item.",
)
@options.instrument
@options.unanchored
@click.option("--json", "as_json", is_flag=True, help="A list, one object an assessment.")
def plan(
    file: Path, code: str, by: Any, costs_file: Path | None, volume: Any, allow_unanchored: bool, as_json: bool
) -> None:
    """Find the cheapest road to a band or level, for the assessments in FILE (.csv or .xlsx)."""
    from ddcat import roads
    from ddcat.interchange import costs, ratings, results

    instrument, guide = volume.instrument, volume.guide
    to = _target(instrument, code, by)
    cost = costs.read(costs_file, instrument) if costs_file else {}
    assessments = ratings.read(file, instrument, allow_unanchored=allow_unanchored)
    _refuse_incomplete(instrument, file, assessments)

    def find(assessment: Any, first: tuple[str, ...] = ()) -> Any:
        return roads.road(instrument, guide, assessment.ratings, to=to, by=by, costs=cost, first=first)

    if as_json:
        printing.data(printing.json_list(results.planned(instrument, a, find(a), to, by) for a in assessments))
        return
    for assessment in assessments:
        found = [find(assessment), *([find(assessment, guide.felt_first)] if guide.felt_first else [])]
        printing.say("\n".join([*_told(volume, assessment, found, to, by, cost), ""]))


def _target(instrument: Any, code: str, by: Any) -> str:
    """The code as the instrument spells it, in whichever case it is given."""
    from ddcat import roads

    if not instrument.has_overall:
        said = _(
            "%(name)s has no overall score, so there is no band or level to find a road to.", name=instrument.name
        )
        raise click.BadParameter(said, param_hint="'--to'")
    spelt = {known.casefold(): known for known in roads.targets(instrument, by)}
    if code.casefold() in spelt:
        return spelt[code.casefold()]
    said = _(
        "%(code)r is no target %(by)s; expected one of %(known)s.",
        code=code,
        by=_(METHODS[by]),
        known=", ".join(spelt.values()),
    )
    if code.casefold() in map(str.casefold, roads.targets(instrument, "scale")):
        said += " " + _("It is a band of the scale method: add --by scale.")
    raise click.BadParameter(said, param_hint="'--to'")


def _refuse_incomplete(instrument: Any, file: Path, assessments: list[Any]) -> None:
    """A road begins where a program stands, so every item must be rated; all that are not are named."""
    faults = []
    for each in assessments:
        if unrated := [item.code for item in instrument.items if item.id not in each.ratings]:
            place = ", ".join(filter(None, (each.program, each.assessed_on, each.kind, each.rater)))
            faults.append(Fault(place, _("not rated: %(items)s; expected every item", items=", ".join(unrated))))
    if faults:
        raise Faulty(str(file), faults)


def _told(volume: Any, assessment: Any, found: list[Any], to: str, by: str, costs: Any) -> Iterator[str]:
    """An assessment's roads as text to read: the cheapest, and where the guide names any what patients feel first."""
    from ddcat import display, scoring
    from ddcat.interchange import results

    instrument, ratings = volume.instrument, assessment.ratings
    about = [assessment.program, display.day(assessment.assessed_on), display.kind(assessment.kind), assessment.rater]
    yield " · ".join(part for part in about if part)
    yield from results.notes(instrument, assessment, scoring.score(instrument, ratings))
    goal = _("“%(title)s” (%(code)s) %(by)s", title=instrument.level_title(to), code=to, by=_(METHODS[by]))
    if not found[0].is_feasible:
        yield from _no_road(instrument, ratings, to, goal, costs)
    elif not found[0].rises:
        yield _("It has reached %(goal)s already: nothing has to be raised.", goal=goal)
        yield from _beside(instrument, to, [(_("Today"), ratings, None)])
    else:
        yield from _roads(volume, ratings, found, to, goal)


def _no_road(instrument: Any, ratings: Any, to: str, goal: str, costs: Any) -> Iterator[str]:
    """What stands in the way, and how high the program may come all the same."""
    from ddcat import display, roads

    never = [item for item in instrument.items if costs.get(item.id, 1) is None]
    stuck = [item.code for item in never if item.next_rating(ratings[item.id])]
    said = _("There is no road to %(goal)s while these items cannot be raised: %(items)s.")
    yield said % {"goal": goal, "items": display.listed(stuck)}
    top = roads.highest(instrument, ratings, costs)
    yield from _beside(instrument, to, [(_("Today"), ratings, None), (_("All others at the top"), top, None)])


def _roads(volume: Any, ratings: Any, found: list[Any], to: str, goal: str) -> Iterator[str]:
    """Each road with its rises and what it costs, then where they lead beside each other."""
    road, *others = found
    columns = [(_("Today"), ratings, None), (_("Cheapest road"), road.after, road.total_cost)]
    yield _("The cheapest road to %(goal)s: %(size)s.", goal=goal, size=_size(road))
    yield _("A step from one anchor to the next costs 1 unless --cost says otherwise.")
    yield from _rises(volume, road)
    for felt in others:
        more, size = felt.total_cost - road.total_cost, _size(felt)
        yield ""
        if felt.rises == road.rises:
            yield _("What patients feel first: the same road.")
            continue
        if more:
            yield _("What patients feel first: %(size)s, %(more)s more than the cheapest.", size=size, more=more)
        else:
            yield _("What patients feel first: %(size)s, as much as the cheapest.", size=size)
        yield from _rises(volume, felt)
        columns.append((_("Felt first"), felt.after, felt.total_cost))
    yield from _beside(volume.instrument, to, columns)


def _size(road: Any) -> str:
    items = n_("%(num)s item to raise", "%(num)s items to raise", len(road.rises))
    return _("%(items)s, cost %(cost)s", items=items, cost=road.total_cost)


def _rises(volume: Any, road: Any) -> Iterator[str]:
    """A line a rise; then a warning where most of what the road adds says little of the care."""
    from ddcat import display, planning

    guide = volume.guide
    width = max(len(rise.item.code) for rise in road.rises)
    for rise in road.rises:
        way = {"item": rise.item.code.ljust(width), "from": rise.rating, "to": rise.to}
        cost = _("cost %(cost)s", cost=str(rise.cost).rjust(2))
        yield f"  {_('%(item)s from %(from)s to %(to)s', **way)}  {cost}  {rise.item.title}"
    share: Fraction = planning.setting_share(road.rises, guide)
    if share * 2 > 1:
        setting = [rise.dimension for rise in road.rises if rise.dimension.id in guide.setting]
        yield "  " + _(
            "%(share)s of what this adds to the overall score comes from %(titles)s: that describes the setting more"
            " than the care, and does not by itself change what a client receives.",
            share=display.percent(share.numerator, share.denominator),
            titles=display.listed(dict.fromkeys(f"{dimension.number} {dimension.title}" for dimension in setting)),
        )
        if guide.setting_warning:
            yield "  " + guide.setting_warning


def _beside(instrument: Any, to: str, columns: list[tuple[str, Any, int | None]]) -> Iterator[str]:
    """Ratings beside each other by both methods: a heading, the ratings, and the cost of getting there."""
    from ddcat import display, scoring

    headings, ratings, costs = zip(*columns, strict=True)
    scored = [scoring.score(instrument, each) for each in ratings]
    rows = [
        ["", *headings],
        [_("Overall score"), *(display.score(instrument, result.overall) for result in scored)],
        [_("Band (scale method)"), *(str(result.band) for result in scored)],
        [_("Level (criterion method)"), *(result.criterion.level for result in scored if result.criterion)],
    ]
    if least := instrument.levels.get(to):
        counts = [(result.criterion.counts[to], result.n_items) for result in scored if result.criterion]
        shown = (f"{count} ({display.percent(count, n)})" for count, n in counts)
        rows.append([_("Items rated %(least)s or more", least=least), *shown])
    if any(costs):
        rows.append([_("Cost"), *(str(cost or "–") for cost in costs)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    for row in rows:
        yield "  " + "  ".join(map(str.ljust, row, widths)).rstrip()
