"""Agencies: add one, change one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import facts
from ddcat.store import agencies
from ddcat.web import overruled
from ddcat.web.forms.facts import agency_form, known
from ddcat.web.forms.fields import wanted
from ddcat.web.session import db, person
from ddcat.words import _

bp = Blueprint("agencies", __name__, url_prefix="/agencies")


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Add an agency, then its first program."""
    form = agency_form()
    if form.validate_on_submit():
        agency = agencies.add(db(), person(), form.name.data, known(form, facts.AGENCY))
        overruled.log(form, "agency", agency.ref)
        flash(_("%(name)s is added. Now add its first program.", name=agency.name))
        return redirect(url_for("programs.new", ref=agency.ref))
    return render_template("pages/agency.html", form=form, agency=None, blocks=facts.AGENCY, is_empty=False), wanted(
        form
    )


@bp.route("/<ref>/edit", methods=["GET", "POST"])
def edit(ref: str) -> ResponseReturnValue:
    """Change an agency's name or facts."""
    agency = agencies.get(db(), person(), ref)
    form = agency_form(agency)
    if form.validate_on_submit():
        agencies.change(db(), person(), ref, form.name.data, known(form, facts.AGENCY))
        overruled.log(form, "agency", ref)
        flash(_("Saved."))
        return redirect(url_for("home.home"))
    is_empty = not agencies.runs_programs(db(), ref)
    page = render_template("pages/agency.html", form=form, agency=agency, blocks=facts.AGENCY, is_empty=is_empty)
    return page, wanted(form)


@bp.post("/<ref>/remove")
def remove(ref: str) -> ResponseReturnValue:
    """Remove an agency that was added by mistake: one that runs no program."""
    agency = agencies.get(db(), person(), ref)
    agencies.remove(db(), person(), ref)
    flash(_("%(name)s is removed.", name=agency.name))
    return redirect(url_for("home.home"))
