"""Programs: add one, see its assessments, change its facts."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import evidence, facts, scoring
from ddcat.facts_sheet import BESIDE
from ddcat.progress import known_to
from ddcat.records import Agency, Program
from ddcat.store import actions, agencies, assessments, programs, tags
from ddcat.web import alongside, overruled
from ddcat.web.forms.facts import FIRST, first_form, known, program_form
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.portfolio import tags_form
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("programs", __name__)


@bp.route("/agencies/<ref>/programs/new", methods=["GET", "POST"])
def new(ref: str) -> ResponseReturnValue:
    """Add a program to an agency."""
    agency = agencies.get(db(), person(), ref)
    form = first_form(date.today())
    if form.validate_on_submit():
        program = programs.add(db(), person(), agency.ref, form.name.data, known(form, FIRST))
        overruled.log(form, "program", program.ref)
        flash(_("%(name)s is added.", name=program.name))
        return redirect(url_for(".show", ref=program.ref))
    return _edit_page(form, agency, None), wanted(form)


@bp.get("/programs/<ref>")
def show(ref: str) -> ResponseReturnValue:
    """A program with everything that was ever assessed."""
    program = programs.get(db(), person(), ref)
    return page(program, tags_form(tags.of_program(db(), person(), ref)))


def page(program: Program, form: HouseForm) -> str:
    """The page of a program, with the form for its tags."""
    rows = []
    deleted = []
    for assessment in assessments.of_program(db(), person(), program.ref):
        instrument = instrument_of(assessment)
        if assessment.deleted_at:
            deleted.append(assessment)
            continue
        said = scoring.score(instrument, assessment.ratings)
        how_far = known_to(instrument, assessment, person().ref)
        rows.append((assessment, instrument, said, evidence.result(instrument, assessment), how_far))
    n_actions = actions.count(db(), person(), program.ref)
    values = {"program": program, "rows": rows, "deleted": deleted, "n_actions": n_actions, "form": form}
    values |= {"found": alongside.newest(program.ref)}
    return render_template("pages/program.html", **values)


@bp.route("/programs/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> ResponseReturnValue:
    """Change a program's name or facts; those of its fact sheet are changed there."""
    program = programs.get(db(), person(), ref)
    form = program_form(program)
    if form.validate_on_submit():
        names = [field.name for field in facts.fields(BESIDE)]
        programs.change(db(), person(), ref, form.name.data, known(form, BESIDE), names)
        overruled.log(form, "program", ref)
        flash(_("Saved. Assessments already begun keep the facts of the day they began."))
        return redirect(url_for(".show", ref=ref))
    return _edit_page(form, program.agency, program), wanted(form)


@bp.post("/programs/<ref>/remove")
def remove(ref: str) -> ResponseReturnValue:
    """Remove a program that was added by mistake: one of which nothing was ever assessed."""
    program = programs.get(db(), person(), ref)
    programs.remove(db(), person(), ref)
    flash(_("%(name)s is removed.", name=program.name))
    return redirect(url_for("home.home"))


def _edit_page(form: HouseForm, agency: Agency, program: Program | None) -> str:
    is_empty = program is not None and not assessments.of_program(db(), person(), program.ref)
    blocks = BESIDE if program else FIRST
    values = {"form": form, "agency": agency, "program": program, "blocks": blocks, "is_empty": is_empty}
    return render_template("pages/program_edit.html", **values)
