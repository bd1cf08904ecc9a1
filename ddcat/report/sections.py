"""What paper shows of an assessment, worked out once: its result and gaps, the road, and the work on its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from ddcat import evidence, facts, panel, planning, roads, scoring
from ddcat.instrument import Guide, Instrument, Item
from ddcat.planning import Gap
from ddcat.records import Assessment, Plan
from ddcat.report.working import Work
from ddcat.roads import By, Road

if TYPE_CHECKING:
    from ddcat.reliability import Agreement

SOURCES = next(field for field in facts.fields(facts.COVER) if field.name == "sources")


@dataclass(frozen=True, slots=True)
class Way:
    """A road with the result at its end, and the share of its gain that comes from the setting."""

    road: Road
    result: scoring.Result
    share: Fraction


@dataclass(frozen=True, slots=True)
class Ways:
    """The roads to a target by a method: the cheapest, what patients feel first, and the program's own choice.

    `felt` is None where the guide names nothing that patients feel first. Where no road leads there, `closed` are
    the items not possible now, and `highest` is the result when all others are at their highest anchor.
    """

    to: str
    by: By
    cheapest: Way
    felt: Way | None
    chosen: Way | None
    closed: tuple[Item, ...]
    highest: scoring.Result


@dataclass(frozen=True, slots=True)
class Section:
    """An assessment with everything that its part of the plan shows."""

    assessment: Assessment
    result: scoring.Result
    evidenced: scoring.Result | None
    as_evidenced: scoring.Ratings
    agreement: "Agreement | None"
    level: str
    gaps: tuple[Gap, ...]
    setting_share: Fraction
    ways: Ways | None = None
    work: Work | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What ratings rest on: sources of the cover sheet, ticked there or shown by a line of evidence.

    `untold` are those of which no line tells anything; `kinds` says of each kind of evidence how many lines there
    are, and for how many items.
    """

    sources: tuple[str, ...]
    untold: tuple[str, ...]
    kinds: Mapping[str, tuple[int, int]]


def section(instrument: Instrument, guide: Guide, assessment: Assessment) -> Section:
    """All that stands on paper of one assessment."""
    result = scoring.score(instrument, assessment.ratings)
    level = planning.next_level(instrument, result)
    gaps = planning.gaps(instrument, assessment.ratings, level, guide.felt_first)
    carried = evidence.as_evidenced(instrument, assessment) if assessment.ref else {}
    return Section(
        assessment=assessment,
        result=result,
        evidenced=scoring.score(instrument, carried) if assessment.ref else None,
        as_evidenced=carried,
        agreement=panel.of_raters(instrument, assessment),
        level=level,
        gaps=gaps,
        setting_share=planning.setting_share(gaps, guide),
    )


def planned(instrument: Instrument, guide: Guide, assessment: Assessment, work: Work | None = None) -> Section:
    """The same with the roads, where everything is rated, and with the work on its plan."""
    found = section(instrument, guide, assessment)
    plan = work.plan if work else Plan()
    has_road = found.result.is_complete and instrument.has_overall
    to_go = ways(instrument, guide, assessment.ratings, plan) if has_road else None
    return replace(found, ways=to_go, work=work)


def ways(instrument: Instrument, guide: Guide, ratings: scoring.Ratings, plan: Plan) -> Ways:
    """The roads to the target of a plan, to the next level by both methods where it names none."""
    to, by = _target(instrument, ratings, plan)

    def way(road: Road) -> Way:
        return Way(road, scoring.score(instrument, road.after), planning.setting_share(road.rises, guide))

    def road(*first: str) -> Way:
        return way(roads.road(instrument, guide, ratings, to=to, by=by, costs=plan.costs, first=first))

    own = roads.chosen(instrument, ratings, plan.chosen, plan.costs)
    return Ways(
        to=to,
        by=by,
        cheapest=road(),
        felt=road(*guide.felt_first) if guide.felt_first else None,
        chosen=way(own) if own.rises else None,
        closed=tuple(item for item in instrument.items if _is_closed(item, ratings, plan)),
        highest=scoring.score(instrument, roads.highest(instrument, ratings, plan.costs)),
    )


def _target(instrument: Instrument, ratings: scoring.Ratings, plan: Plan) -> tuple[str, By]:
    for method in roads.METHODS:
        if method == plan.by and plan.target in roads.targets(instrument, method):
            return plan.target, method
    return planning.next_level(instrument, scoring.score(instrument, ratings)), "both"


def _is_closed(item: Item, ratings: scoring.Ratings, plan: Plan) -> bool:
    return plan.costs.get(item.id, 1) is None and item.next_rating(ratings[item.id]) is not None


def basis(assessment: Assessment) -> Basis:
    """What the ratings of an assessment rest on."""
    named = evidence.ticked(assessment)
    shown = set(evidence.sources(assessment.evidence))
    offered = tuple(SOURCES.choices or {})
    items: dict[str, list[str]] = {kind: [] for kind in evidence.SOURCES}
    for line in assessment.evidence:
        items.setdefault(evidence.kind(line), []).append(line.item)
    return Basis(
        sources=tuple(code for code in offered if code in named | shown),
        untold=tuple(code for code in offered if code in named - shown),
        kinds={kind: (len(of), len(set(of))) for kind, of in items.items()},
    )
