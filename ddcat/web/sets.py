"""Saved choices of programs that nobody should read any more: erased, with what the trail tells of them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat.store import sets
from ddcat.web.forms.fields import wanted
from ddcat.web.forms.portfolio import erase_form
from ddcat.web.session import db, person
from ddcat.words import _

bp = Blueprint("sets", __name__)


@bp.route("/sets/<name>/erase", methods=["GET", "POST"])
def erase(name: str) -> ResponseReturnValue:
    """Erase a saved choice for good: patient data in its name that should never have been typed."""
    saved = sets.erasable(db(), person(), name)
    form = erase_form()
    if form.validate_on_submit():
        sets.erase(db(), person(), name, form.reason.data)
        flash(_("The saved choice is erased; its programs stay as they are."))
        return redirect(url_for("portfolio.show"))
    return render_template("pages/set_erase.html", saved=saved, form=form), wanted(form)
