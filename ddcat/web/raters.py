"""Raters of an assessment: who rates what until when, together or alone; what they hand in and what becomes of it."""

from collections import Counter
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import progress, store
from ddcat.access import Role
from ddcat.display import listed
from ddcat.instrument import Instrument, Item
from ddcat.progress import HANDED_IN
from ddcat.records import Assessment, Person, Rater
from ddcat.store import assessments, links, raters, roles
from ddcat.web import overruled, people
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.people import invite_form
from ddcat.web.forms.raters import assignment_form, chosen, request_form, split, submit_form
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _, n_

bp = Blueprint("raters", __name__)


@bp.route("/assessments/<ref>/people", methods=["GET", "POST"])
def all(ref: str) -> ResponseReturnValue:
    """Who rates in an assessment and how: people of the house by name, others by invitation."""
    assessment = assessments.get(db(), person(), ref)
    others = _others(assessment)
    if named := others.get(request.form.get("person", "")):
        return _name(assessment, named)
    form = invite_form([Role.RATER])
    if request.method == "POST" and form.validate():
        return people.invited(form, "assessment", ref)
    here = roles.given(db(), "assessment", ref)
    instrument = instrument_of(assessment)
    page = render_template(
        "pages/raters.html",
        assessment=assessment,
        form=form,
        here=here,
        named={one.person.ref: one.person for one in here if one.role == Role.RATER},
        links=links.open_in(db(), "assessment", ref),
        others=list(others.values()),
        has_begun=raters.has_begun(db(), person(), ref),
        instrument=instrument,
        lonely=_lonely(instrument, assessment),
        given=lambda rater: given(instrument, rater),
        overdue=overdue,
    )
    return page, wanted(form)


@bp.post("/assessments/<ref>/people/leave")
def leave(ref: str) -> ResponseReturnValue:
    """Somebody no longer rates in this assessment; what she rated together with others stays."""
    return people.leave("assessment", ref, url_for(".all", ref=ref))


@bp.post("/assessments/<ref>/alone")
def alone(ref: str) -> ResponseReturnValue:
    """Each rater rates alone, and then they meet."""
    raters.rate_alone(db(), person(), ref)
    flash(_("Each rater now rates alone."))
    return redirect(url_for(".all", ref=ref))


@bp.post("/assessments/<ref>/together")
def together(ref: str) -> ResponseReturnValue:
    """All raters share one set of ratings."""
    raters.rate_together(db(), person(), ref)
    flash(_("All raters now share one set of ratings."))
    return redirect(url_for(".all", ref=ref))


@bp.route("/assessments/<ref>/raters/<who>", methods=["GET", "POST"])
def assignment(ref: str, who: str) -> ResponseReturnValue:
    """What one rater is given, until when, and from where she looks."""
    assessment, rater = _find(ref, who)
    if not _is_giving(assessment):
        return redirect(url_for(".all", ref=ref))
    instrument = instrument_of(assessment)
    form = assignment_form(instrument, rater, date.today())
    if form.validate_on_submit():
        due_on = form.due_on.data.isoformat() if form.due_on.data else None
        items = chosen(form, instrument)
        raters.give(db(), person(), ref, who, items=items, due_on=due_on, stands=form.stands.data)
        flash(_("Saved: what %(name)s rates.", name=rater.name))
        return redirect(url_for(".all", ref=ref))
    return _page(assessment, rater, form, request_form()), wanted(form)


@bp.post("/assessments/<ref>/raters/<who>/accept")
def accept(ref: str, who: str) -> ResponseReturnValue:
    """What a rater handed in is accepted."""
    _assessment, rater = _find(ref, who)
    raters.accept(db(), person(), ref, who)
    flash(_("What %(name)s submitted is accepted.", name=rater.name))
    return redirect(url_for(".all", ref=ref))


@bp.post("/assessments/<ref>/raters/<who>/request")
def request_changes(ref: str, who: str) -> ResponseReturnValue:
    """A rater gets back what she handed in, with a note on what should change."""
    assessment, rater = _find(ref, who)
    form = request_form()
    if not form.validate():
        return _page(assessment, rater, None, form), wanted(form)
    raters.request_changes(db(), person(), ref, who, form.note.data)
    overruled.log(form, "assessment", ref)
    flash(_("%(name)s can go on, and reads your note on her or his first page.", name=rater.name))
    return redirect(url_for(".all", ref=ref))


@bp.route("/assessments/<ref>/submit", methods=["GET", "POST"])
def submit(ref: str) -> ResponseReturnValue:
    """Hand in what one was given, after a look at what is missing; then it is there to be read."""
    assessment, rater = _find(ref, person().ref)
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for("assessments.show", ref=ref))
    instrument = instrument_of(assessment)
    how_far = progress.progress(instrument, _said(assessment, rater), rater.items or None)
    form = submit_form(len(how_far.open))
    if rater.state not in HANDED_IN and form.validate_on_submit():
        raters.submit(db(), person(), ref)
        flash(_("Submitted."))
        return redirect(url_for("assessments.show", ref=ref))
    page = render_template(
        "pages/submit.html",
        assessment=assessment,
        instrument=instrument,
        rater=rater,
        progress=how_far,
        form=form,
        items=[item for item in instrument.items if not rater.items or item.id in rater.items],
        said=_said(assessment, rater),
        why=rater.why if assessment.is_consensus else assessment.why,
        is_handed_in=rater.state in HANDED_IN,
    )
    return page, wanted(form)


@bp.post("/assessments/<ref>/take-back")
def take_back(ref: str) -> ResponseReturnValue:
    """Go on with what one handed in."""
    raters.take_back(db(), person(), ref)
    flash(_("You can go on: what you submitted is yours again to change."))
    return redirect(url_for("assessments.show", ref=ref))


def given(instrument: Instrument, rater: Rater) -> str:
    """What somebody was given, in words: dimensions by number, items by code."""
    whole, single = split(instrument, rater.items)
    numbers = [part.number for part in instrument.dimensions if part.id in whole]
    codes = [instrument.by_id[id].code for id in single]
    parts = [
        n_("dimension %(which)s", "dimensions %(which)s", len(numbers), which=listed(numbers)) if numbers else "",
        n_("item %(which)s", "items %(which)s", len(codes), which=listed(codes)) if codes else "",
    ]
    return "; ".join(filter(None, parts)) or _("everything")


def overdue(rater: Rater) -> bool:
    """Whether it is known that a rater is late today."""
    return progress.is_overdue(rater, date.today().isoformat())


def _find(ref: str, who: str) -> tuple[Assessment, Rater]:
    assessment = assessments.get(db(), person(), ref)
    rater = progress.own(assessment, who)
    if rater is None:
        raise store.Missing(who)
    return assessment, rater


def _others(assessment: Assessment) -> dict[str, Person]:
    """Who has a role in the program and is not named in the assessment, by ref."""
    around = {("program", assessment.program_ref), ("agency", assessment.agency_ref)}
    named = {given.person.ref for given in roles.given(db(), "assessment", assessment.ref)}
    return {
        given.person.ref: given.person
        for given in roles.given(db(), "agency", assessment.agency_ref)
        if (given.place, given.ref) in around and given.person.ref not in named and not given.person.disabled_at
    }


def _name(assessment: Assessment, named: Person) -> ResponseReturnValue:
    roles.give(db(), person(), named, Role.RATER, "assessment", assessment.ref)
    if assessment.is_sealed:
        flash(_("%(name)s can now read this assessment.", name=named.name))
        return redirect(url_for(".all", ref=assessment.ref))
    flash(_("%(name)s can now rate in this assessment.", name=named.name))
    return redirect(url_for(".assignment", ref=assessment.ref, who=named.ref))


def _is_giving(assessment: Assessment) -> bool:
    """Whether what raters are given can still change."""
    return not (assessment.is_sealed or assessment.deleted_at or assessment.is_consensus)


def _page(assessment: Assessment, rater: Rater, form: HouseForm | None, note: HouseForm) -> str:
    instrument = instrument_of(assessment)
    how_far = None if assessment.is_alone else progress.progress(instrument, assessment.ratings, rater.items or None)
    return render_template(
        "pages/assignment.html",
        assessment=assessment,
        instrument=instrument,
        rater=rater,
        form=form,
        note=note,
        progress=how_far,
        is_handed_in=rater.state in HANDED_IN and not assessment.is_alone,
        given=given(instrument, rater),
        overdue=overdue(rater),
    )


def _said(assessment: Assessment, rater: Rater) -> dict[str, int]:
    """The ratings that a rater answers for: after rating alone her own, not what was agreed."""
    return dict(rater.ratings) if assessment.is_consensus else assessment.ratings


def _lonely(instrument: Instrument, assessment: Assessment) -> dict[int, list[Item]]:
    """The items that no rater was given, and those that but one was, by this number; nothing where there is none."""
    count = Counter(id for rater in assessment.raters for id in rater.items or instrument.by_id)
    if not assessment.raters:
        return {}
    return {n: [item for item in instrument.items if count[item.id] == n] for n in (0, 1)}
