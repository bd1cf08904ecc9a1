"""The fact sheet of a program: what is known, from whom and since when; changed a part at a time, and on paper."""

from datetime import date

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions, facts_sheet, report
from ddcat.facts_sheet import PARTS, Flag, Part
from ddcat.records import Program
from ddcat.store import assessments, programs
from ddcat.web import overruled, press
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.sheet import sheet_form, told
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("facts", __name__)


@bp.get("/programs/<ref>/facts")
def show(ref: str) -> ResponseReturnValue:
    """Every fact with its date and its source, and what can hardly be so."""
    program = programs.get(db(), person(), ref)
    press.warm()
    return render_template(
        "pages/facts.html",
        program=program,
        parts=PARTS.values(),
        known=facts_sheet.known(program.facts, date.today()),
        flags=_flags(program),
    )


@bp.route("/programs/<ref>/facts/<part>", methods=["GET", "POST"])
def edit(ref: str, part: str) -> ResponseReturnValue:
    """Change a part of the sheet; where somebody else was faster, what stands now is shown beside what was typed."""
    if part not in PARTS:
        abort(404)
    program, chosen = programs.get(db(), person(), ref), PARTS[part]
    form = sheet_form(chosen, program.facts, date.today())
    if form.validate_on_submit():
        names = [field.name for field in chosen.every]
        programs.tell(db(), person(), ref, told(form, chosen), program.facts, names)
        overruled.log(form, "program", ref)
        flash(_("Saved. Assessments already begun keep the facts of the day they began."))
        return redirect(url_for(".show", ref=ref, _anchor=part))
    return _edit_page(program, chosen, form), 409 if form.shown.errors else wanted(form)


@bp.get("/programs/<ref>/facts.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """The fact sheet as PDF."""
    program = programs.get(db(), person(), ref)
    name = report.file_name(program.name, date.today().isoformat(), "facts")
    return press.answer(_report(program), name, instead=url_for(".paper", ref=ref))


@bp.get("/programs/<ref>/facts/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    program = programs.get(db(), person(), ref)
    return Response(_report(program, style=url_for("home.paper_style")))


def _edit_page(program: Program, part: Part, form: HouseForm) -> str:
    known = facts_sheet.known(program.facts, date.today())
    return render_template("pages/facts_edit.html", program=program, part=part, form=form, known=known)


def _flags(program: Program) -> tuple[Flag, ...]:
    """What does not fit, beside the newest sealed assessments that whoever asks may see."""
    sealed = actions.standing(assessments.of_program(db(), person(), program.ref))
    rated = facts_sheet.newest((instrument_of(each).id, each.ratings) for each in sealed)
    return facts_sheet.flags(program.facts, rated)


def _report(program: Program, style: str | None = None) -> str:
    return report.fact_sheet(program, date.today(), _flags(program), style=style)
