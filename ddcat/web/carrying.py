"""Ratings carried forward from the last sealed assessment, until somebody rates them anew."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import store
from ddcat.store import assessments, carrying
from ddcat.web import ratings
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import n_

bp = Blueprint("carrying", __name__)


@bp.post("/assessments/<ref>/carried")
def keep(ref: str) -> ResponseReturnValue:
    """Say of a carried rating, or of every one in a dimension, that it is still true.

    What else the page sent is saved first: no word is lost by pressing this button in place of another.
    """
    instrument = instrument_of(assessments.get(db(), person(), ref))
    id, item = request.form.get("dimension", ""), request.form.get("keep", "")
    ids = next((dimension.item_ids for dimension in instrument.dimensions if dimension.id == id), None)
    if ids is None or item not in (*ids, "all"):
        raise store.Missing(item)
    answer = ratings.save(ref, id)
    if isinstance(answer, tuple):  # refused, or saved by somebody else in the meantime
        return answer
    standing = assessments.get(db(), person(), ref)
    mine = [each for each in ids if item in (each, "all") and standing.may_rate(each)]
    saved = carrying.keep(db(), person(), ref, mine)
    n = len(saved.revisions)
    flash(n_("%(num)s carried rating is kept as still true.", "%(num)s carried ratings are kept as still true.", n))
    return redirect(url_for("ratings.dimension", ref=ref, id=id, _anchor=item if item in ids else None))
