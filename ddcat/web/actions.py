"""Actions: the board of a program, one action, planned, changed, moved, taken away and brought back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions as judged
from ddcat.access import Act, may
from ddcat.deeds import action_state
from ddcat.display import day
from ddcat.instrument import Instrument, Item
from ddcat.records import Action, Assessment
from ddcat.store import actions, assessments, programs
from ddcat.store.actions import Unsealed
from ddcat.store.reading import Stale
from ddcat.web import board, lines, overruled, unsent
from ddcat.web.board import Card
from ddcat.web.forms.actions import MOVING, action_form, opened, told, versions
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instrument_of, instruments_of
from ddcat.words import _

bp = Blueprint("actions", __name__)


@bp.get("/programs/<ref>/actions")
def of_program(ref: str) -> ResponseReturnValue:
    """Every action of a program, as a board or a list, those that are asked for."""
    program = programs.get(db(), person(), ref)
    seen = assessments.of_program(db(), person(), ref)
    every = _cards(actions.of_program(db(), person(), ref), seen)
    gone = _cards(actions.of_program(db(), person(), ref, removed=True), seen)
    known = board.choices(every)
    asked = board.asked(request.args, known)
    shown = [card for card in every if asked.fits(card)]
    return render_template(
        "pages/actions.html",
        program=program,
        newest=next(reversed(judged.standing(seen)), None),
        every=every,
        shown=shown,
        columns=board.columns(shown),
        states=judged.STATES,
        gone=[card for card in gone if may(Act.CHANGE_ACTION, card.action.held)],
        known=known,
        asked=asked,
        said=board.in_words(asked, known),
    )


@bp.route("/assessments/<ref>/actions/new", methods=["GET", "POST"])
def new(ref: str) -> ResponseReturnValue:
    """Plan an action from a sealed assessment: first which item, then what will be done."""
    assessment = assessments.get(db(), person(), ref)
    if not assessment.is_sealed:
        raise Unsealed(ref)
    assessment = _to_plan_from(assessment)
    if assessment.ref != ref:
        flash(_("This is planned from the newest sealed assessment: a newer one cannot judge what only begins now."))
    if assessment.ref != ref and request.method == "GET":
        asked: dict[str, Any] = {name: request.args[name] for name in ("item", "to", "step") if name in request.args}
        return redirect(url_for(".new", ref=assessment.ref, **asked))
    instrument = instrument_of(assessment)
    item = instrument.by_id.get(request.values.get("item", ""))
    if item is None or item.next_rating(assessment.ratings[item.id]) is None:
        values = {"assessment": assessment, "instrument": instrument, "item": item}
        return render_template("pages/action_new.html", **values)
    card, form = _form(_begun(assessment, instrument, item))
    if not form.validate_on_submit():
        return _edit_page(card, form), wanted(form)
    planned = told(form, card.action)
    action = actions.add(db(), person(), assessment.ref, planned)
    overruled.log(form, "action", action)
    flash(_("The action is planned."))
    _warn_of_day(planned, assessment)
    return redirect(url_for(".show", ref=action))


@bp.get("/actions/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """One action with all that was said of it."""
    action = actions.get(db(), person(), ref)
    card, under = _card(action), lines.under(action)
    planned_from = board.called(card.plan) if card.plan else ""
    values = {"card": card, "under": under, "planned_from": planned_from, "states": judged.STATES}
    return render_template("pages/action.html", action=action, **values)


@bp.route("/actions/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> ResponseReturnValue:
    """Change what an action says."""
    action = actions.get(db(), person(), ref)
    if action.removed_at:
        return _gone(action)
    card, form = _form(action)
    if not form.validate_on_submit():
        return _edit_page(card, form), wanted(form)
    return _save(card, form) or _saved(action)


@bp.post("/actions/<ref>/state")
def move(ref: str) -> ResponseReturnValue:
    """Say how far an action has come."""
    action = actions.get(db(), person(), ref)
    if action.removed_at:
        return _gone(action)
    card, form = _form(action, only=() if may(Act.CHANGE_ACTION, action.held) else MOVING)
    if not form.validate():
        return _edit_page(card, form), wanted(form)
    return _save(card, form) or _moved(card, form.state.data)


@bp.post("/actions/<ref>/remove")
def remove(ref: str) -> ResponseReturnValue:
    """Take an action away; the board offers the way back."""
    action = actions.get(db(), person(), ref)
    actions.remove(db(), person(), ref)
    flash(_("The action is taken away. You can bring it back at the end of this page."))
    return redirect(url_for(".of_program", ref=action.program_ref))


@bp.post("/actions/<ref>/restore")
def restore(ref: str) -> ResponseReturnValue:
    """Bring an action back."""
    actions.restore(db(), person(), ref)
    flash(_("The action is back."))
    return redirect(url_for(".show", ref=ref))


def _to_plan_from(assessment: Assessment) -> Assessment:
    """The newest edition of the newest sealed assessment with the same instrument."""
    seen = assessments.of_program(db(), person(), assessment.program_ref)
    later = judged.later(seen, assessment.ref, instruments_of(seen))
    return later[-1] if later else judged.newest(seen, assessment.ref) or assessment


def _cards(found: Sequence[Action], seen: Sequence[Assessment]) -> list[Card]:
    return board.cards(found, seen, instruments_of(seen) if found else {}, date.today().isoformat())


def _card(action: Action) -> Card:
    return _cards([action], assessments.of_program(db(), person(), action.program_ref))[0]


def _form(action: Action, only: Sequence[str] = ()) -> tuple[Card, HouseForm]:
    """The form of an action; after an amendment it may begin at the rating that the item has since."""
    card = _card(action)
    ratings = [action.rating] + ([card.overtaken] if card.overtaken is not None else [])
    owners = actions.owners(db(), action.program_ref)
    return card, action_form(card.instrument, owners, action, ratings=ratings, only=only)


def _save(card: Card, form: HouseForm) -> ResponseReturnValue | None:
    """Save what a form says; the page with both versions where somebody else was faster."""
    saved = card.action
    mine = told(form, saved)
    try:
        actions.change(db(), person(), mine)
    except Stale:
        fresh = actions.get(db(), person(), saved.ref)
        if fresh.removed_at:
            return _gone(fresh)
        return _conflict(replace(card, action=fresh), form, mine), 409
    overruled.log(form, "action", saved.ref)
    if card.plan:
        _warn_of_day(mine, card.plan)
    return None


def _conflict(card: Card, form: HouseForm, mine: Action) -> str:
    return render_template(
        "pages/action_conflict.html",
        card=card,
        action=card.action,
        mine=mine,
        versions=versions(form, card.action, mine),
        opened=opened(card.action),
        overrule=form.overrule.data,
        back=request.full_path.rstrip("?"),
    )


def _saved(action: Action) -> ResponseReturnValue:
    flash(_("Saved."))
    return redirect(url_for(".show", ref=action.ref))


def _moved(card: Card, state: str) -> ResponseReturnValue:
    """Back to where the move was asked for, with what became of it."""
    action = card.action
    said = {"action": card.title, "old": action_state(action.state), "new": action_state(state)}
    if action.state == state:
        flash(_("%(action)s: it is “%(new)s” already.", **said))
    else:
        flash(_("%(action)s: moved from “%(old)s” to “%(new)s”. Move it again if that was a slip.", **said))
    if "board" not in request.args:
        return redirect(url_for(".show", ref=action.ref))
    asked: dict[str, Any] = {
        name: request.args[name] for name in ("view", "owner", "dimension", "plan", "late") if name in request.args
    }
    return redirect(url_for(".of_program", ref=action.program_ref, _anchor=f"action-{action.ref}", **asked))


def _gone(action: Action) -> ResponseReturnValue:
    """To the action that was taken away; what was typed is kept for whoever typed it."""
    flash(_("This action was taken away meanwhile. Bring it back before you change it."))
    if request.method == "POST" and unsent.keep(person().ref):
        flash(_("What you typed is kept for 24 hours, under your name at the top."))
    return redirect(url_for(".show", ref=action.ref))


def _edit_page(card: Card, form: HouseForm) -> str:
    """The form of an action, planned or to be; whole only for whoever may change all of it."""
    return render_template(
        "pages/action_edit.html",
        card=card,
        action=card.action,
        form=form,
        is_whole=not card.action.ref or may(Act.CHANGE_ACTION, card.action.held),
        steps=_steps(card.instrument, card.item, card.action.rating) if card.instrument and card.item else [],
    )


def _begun(assessment: Assessment, instrument: Instrument, item: Item) -> Action:
    """An action as its page offers it: from today's rating to the rating, with the step, that the address names."""
    rating = assessment.ratings[item.id]
    above = [str(each) for each in item.ratings if each > rating]
    to = request.args["to"] if request.args.get("to") in above else above[0]
    steps = {str(n): step for n, (_to, step) in enumerate(_steps(instrument, item, rating))}
    return Action(
        item=item.id,
        rating=rating,
        expected=int(to),
        what=steps.get(request.args.get("step", ""), ""),
        assessment=assessment.ref,
        program=assessment.program,
        program_ref=assessment.program_ref,
    )


def _steps(instrument: Instrument, item: Item, rating: int) -> list[tuple[int, str]]:
    """The steps of the guide that raise an item above its rating, each with the rating it leads to."""
    known = guide_of(instrument.name).steps.get(item.id, {})
    return [(to, step) for to in sorted(known) if to > rating for step in known[to]]


def _warn_of_day(action: Action, assessment: Assessment) -> None:
    """A day before the assessment is kept, but rarely meant."""
    if action.due_on and action.due_on < assessment.assessed_on:
        said = _("It is due before the day of the assessment it was planned from, %(day)s. Is that meant?")
        flash(said % {"day": day(assessment.assessed_on)})
