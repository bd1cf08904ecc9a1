"""The improvement plan as a Word document to go on writing in: the same words as on screen and paper."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ddcat import display, evidence, planning, roads, scoring
from ddcat.actions import Outcome, is_late
from ddcat.instrument import Guide, Instrument
from ddcat.interchange import document
from ddcat.records import Action, Assessment, Plan
from ddcat.words import _

NO_PLAN = Plan()
BY_HAND = 8
"""How many rows an empty table has for what is planned by hand."""


def plan(
    instrument: Instrument,
    guide: Guide,
    assessment: Assessment,
    *,
    chosen: Plan = NO_PLAN,
    actions: Sequence[Action] = (),
    older: Sequence[tuple[str, Sequence[Action]]] = (),
    outcomes: Mapping[str, Outcome | None] | None = None,
    today: str = "",
    head: tuple[int, str] | None = None,
) -> bytes:
    """The plan of one assessment: result, items to raise, what was chosen, and every action with all about it.

    `older` are the open actions of earlier plans, with the day of each plan. `outcomes` say by an action's ref
    whether it worked, as far as that can be told; `today` says which are overdue, none where it is not given; `head`
    is number and hash of the trail's last entry.
    """
    result = scoring.score(instrument, assessment.ratings)
    carried = evidence.as_evidenced(instrument, assessment) if assessment.ref else {}
    level = planning.next_level(instrument, result)
    gaps = planning.gaps(instrument, assessment.ratings, level, guide.felt_first)
    road = roads.chosen(instrument, assessment.ratings, chosen.chosen, chosen.costs)
    every = [*actions, *(action for _day, of_plan in older for action in of_plan)]
    acted = {action.item for action in every}
    title = _("%(program)s: improvement plan", program=assessment.program)
    markup = (
        display.bare()
        .get_template("word/plan.html")
        .render(
            title=title,
            instrument=instrument,
            guide=guide,
            assessment=assessment,
            result=result,
            evidenced=scoring.score(instrument, carried) if assessment.ref else None,
            as_evidenced=carried,
            level=level,
            gaps=gaps,
            setting_share=planning.setting_share(gaps, guide),
            chosen=chosen,
            road=road,
            road_share=planning.setting_share(road.rises, guide),
            road_result=scoring.score(instrument, road.after),
            actions=actions,
            older=older,
            late=frozenset(action.ref for action in every if is_late(action, today)),
            outcomes=outcomes or {},
            open_gaps=[gap for gap in gaps if gap.item.id not in acted],
            by_hand=BY_HAND,
            head=head,
        )
    )
    at = _moment(assessment, chosen, every)
    return document.written(markup, title=title, at=at, label=instrument.label or "")


def _moment(assessment: Assessment, chosen: Plan, actions: Iterable[Action]) -> datetime:
    """When anything of it was written last: no clock, so that the same content makes the same file."""
    moments = [assessment.sealed_at or assessment.started_at, chosen.saved_at]
    for action in actions:
        moments.append(action.saved_at)
        moments += [line.saved_at for lines in (action.notes, action.cycles, action.points) for line in lines]
    return datetime.fromisoformat(max(filter(None, moments), default=f"{assessment.assessed_on}T00:00:00+00:00"))
