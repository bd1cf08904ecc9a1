"""The road to a target: cheapest, what patients feel first, and what the program itself chooses."""

from collections.abc import Collection
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions as judged
from ddcat import planning, roads, scoring
from ddcat.access import Act
from ddcat.actions import DROPPED, OPEN
from ddcat.instrument import Guide, Instrument
from ddcat.records import Action, Assessment, Plan
from ddcat.roads import Rise, Road
from ddcat.scoring import Ratings
from ddcat.store import actions, assessments, plans
from ddcat.store.actions import Unsealed
from ddcat.store.reading import Stale
from ddcat.web import guard, hidden
from ddcat.web.forms.fields import mistakes, wanted
from ddcat.web.forms.roads import RoadForm, asked, road_form, to_raise, told
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instruments_of
from ddcat.words import _, n_

bp = Blueprint("roads", __name__)


@bp.get("/assessments/<ref>/road")
def road(ref: str) -> ResponseReturnValue:
    """The roads to a target beside each other, and the program's own plan; the address says what is asked."""
    assessment, instrument = hidden.readable(ref)
    unrated = [item for item in instrument.items if item.id not in assessment.ratings]
    if unrated or not instrument.has_overall:
        return render_template("pages/road.html", assessment=assessment, instrument=instrument, unrated=unrated)
    saved = plans.get(db(), person(), ref)
    form = _form(assessment, instrument, saved)
    form.validate()
    return _page(assessment, instrument, form, saved), wanted(form)


@bp.post("/assessments/<ref>/road")
def choose(ref: str) -> ResponseReturnValue:
    """Save the plan as it was composed."""
    assessment, instrument = hidden.readable(ref)
    if not instrument.has_overall:
        return redirect(url_for(".road", ref=ref))
    if not assessment.is_sealed:
        raise Unsealed(ref)
    saved = plans.get(db(), person(), ref)
    form = _form(assessment, instrument, saved)
    if not form.validate():
        return _page(assessment, instrument, form, saved), wanted(form)
    plan = told(form, instrument, _usual(instrument, assessment.ratings))
    if assessment.replaced_at:
        flash(
            _("An amendment has replaced this edition, so nothing is saved yet. Look at your plan again and save it.")
        )
        return redirect(url_for(".road", ref=assessment.amended_by, **asked(plan)))
    try:
        plans.save(db(), person(), ref, plan)
    except Stale:
        return _both(assessment, instrument, plan), 409
    flash(_("The plan is saved."))
    return redirect(url_for(".road", ref=ref))


@bp.post("/assessments/<ref>/road/actions")
def begin(ref: str) -> ResponseReturnValue:
    """Make an action of every item in the saved plan that has none yet; pressed again, it makes none twice."""
    assessment, instrument = hidden.readable(ref)
    if assessment.replaced_at:
        flash(_("An amendment has replaced this edition, so nothing was added. Look at the plan again."))
        return redirect(url_for(".road", ref=assessment.amended_by))
    seen = assessments.of_program(db(), person(), assessment.program_ref)
    if later := judged.later(seen, ref, instruments_of(seen)):
        flash(_("A newer assessment is sealed, so nothing was added: find the road from it, and plan there."))
        return redirect(url_for(".road", ref=later[-1].ref))
    plan = plans.get(db(), person(), ref)
    guide = guide_of(instrument.name)

    def missing(known: list[Action]) -> list[Action]:
        return [_action(guide, rise, plan) for rise in _without_action(assessment, instrument, plan, known, seen)]

    added = actions.add_new(db(), person(), ref, missing)
    said = n_("%(num)s action is added.", "%(num)s actions are added.", len(added))
    flash(said if added else _("Every item of the saved plan has an action already: nothing was added."))
    return redirect(url_for("actions.of_program", ref=assessment.program_ref))


def _usual(instrument: Instrument, ratings: Ratings) -> Plan:
    """What is asked where nothing is said: the next level by both methods, each step at a cost of 1."""
    return Plan(target=planning.next_level(instrument, scoring.score(instrument, ratings)), by="both")


def _kept(instrument: Instrument, ratings: Ratings, plan: Plan) -> Plan:
    """A saved plan without what an amendment has overtaken: items that are rated so high by now."""
    open_items = {item.id: item for item in to_raise(instrument, ratings)}
    return replace(
        plan,
        costs={id: cost for id, cost in plan.costs.items() if id in open_items and cost != 1},
        chosen={
            id: to
            for id, to in plan.chosen.items()
            if id in open_items and to in open_items[id].ratings and to > ratings[id]
        },
    )


def _form(assessment: Assessment, instrument: Instrument, saved: Plan) -> RoadForm:
    usual = replace(_usual(instrument, assessment.ratings), revision=saved.revision)
    start = _kept(instrument, assessment.ratings, saved) if saved.revision else usual
    return road_form(instrument, assessment.ratings, usual, start)


def _page(assessment: Assessment, instrument: Instrument, form: RoadForm, saved: Plan) -> str:
    """The page of a complete assessment, with everything that the form asks for worked out."""
    ratings, guide = assessment.ratings, guide_of(instrument.name)
    plan = told(form, instrument, _usual(instrument, ratings))
    kept = _kept(instrument, ratings, saved)
    found = _roads(instrument, guide, ratings, plan)
    is_saved = bool(saved.revision) and replace(plan, revision=0, saved_at="") == replace(
        kept, revision=0, saved_at=""
    )
    known = actions.of_program(db(), person(), assessment.program_ref)
    seen = assessments.of_program(db(), person(), assessment.program_ref)
    may_save = assessment.is_sealed and not assessment.replaced_at and guard.may(Act.PLAN)
    return render_template(
        "pages/road.html",
        assessment=assessment,
        instrument=instrument,
        guide=guide,
        form=form,
        mistakes=mistakes(form),
        plan=plan,
        saved=saved,
        is_saved=is_saved,
        may_save=may_save,
        overtaken=[instrument.by_id[id] for id in saved.chosen if id not in kept.chosen],
        n_missing=len(_without_action(assessment, instrument, saved, known, seen)) if may_save else 0,
        shares={name: planning.setting_share(road.rises, guide) for name, road in found.items()},
        results_of={name: scoring.score(instrument, road.after) for name, road in found.items()},
        today=scoring.score(instrument, ratings),
        stuck=[item for item in to_raise(instrument, ratings) if plan.costs.get(item.id, 1) is None],
        highest=scoring.score(instrument, roads.highest(instrument, ratings, plan.costs)),
        take={
            name: url_for(".road", ref=assessment.ref, **asked(_taking(plan, road))) for name, road in found.items()
        },
        **found,
    )


def _roads(instrument: Instrument, guide: Guide, ratings: Ratings, plan: Plan) -> dict[str, Road]:
    """The cheapest road, what patients feel first if the guide names that, the own choice, and its rest."""
    by = next(method for method in roads.METHODS if method == plan.by)

    def find(start: Ratings, first: Collection[str] = ()) -> Road:
        return roads.road(instrument, guide, start, to=plan.target, by=by, costs=plan.costs, first=first)

    cheapest, own = find(ratings), roads.chosen(instrument, ratings, plan.chosen, plan.costs)
    found = {"cheapest": cheapest, "own": own, "rest": find(own.after) if own.rises else cheapest}
    if guide.felt_first and cheapest.is_feasible:
        found["felt"] = find(ratings, guide.felt_first)
    return found


def _taking(plan: Plan, road: Road) -> Plan:
    return replace(plan, chosen={rise.item.id: rise.to for rise in road.rises})


def _both(assessment: Assessment, instrument: Instrument, mine: Plan) -> str:
    """What is saved by now and what was sent, item by item; nothing is written over until she chooses."""
    saved = plans.get(db(), person(), assessment.ref)
    plan = replace(mine, revision=saved.revision)
    differ = [
        item
        for item in instrument.items
        if saved.chosen.get(item.id) != mine.chosen.get(item.id)
        or saved.costs.get(item.id, 1) != mine.costs.get(item.id, 1)
    ]
    return render_template(
        "pages/road_conflict.html",
        assessment=assessment,
        instrument=instrument,
        saved=saved,
        mine=mine,
        differ=differ,
        asked=asked(plan),
    )


def _without_action(
    assessment: Assessment,
    instrument: Instrument,
    plan: Plan,
    known: Collection[Action],
    seen: Collection[Assessment],
) -> list[Rise]:
    """What the plan raises and none of these actions of the program does; `seen` are its assessments.

    None that is open, from whichever plan, and none of this plan that was done for as high a rating.
    """
    own = judged.planned_from(known, seen, assessment.ref)
    kept = _kept(instrument, assessment.ratings, plan)
    raised = roads.chosen(instrument, assessment.ratings, kept.chosen, kept.costs).rises

    def is_there(rise: Rise) -> bool:
        of_item = [action for action in known if action.item == rise.item.id and action.state != DROPPED]
        return any(action.state in OPEN or (action in own and action.expected >= rise.to) for action in of_item)

    return [rise for rise in raised if not is_there(rise)]


def _action(guide: Guide, rise: Rise, plan: Plan) -> Action:
    """A first action for a rise, to be worded further: the guide's first step, and what to look for."""
    item = rise.item
    steps = guide.towards(item.id, rise.to)
    usual = _("Raise %(code)s %(title)s to %(to)s", code=item.code, title=item.title, to=rise.to)
    return Action(
        item=item.id,
        rating=rise.rating,
        expected=rise.to,
        what=steps[0] if steps else usual,
        proof=item.evidence[0] if item.evidence else "",
        effort=plan.costs.get(item.id),
    )
