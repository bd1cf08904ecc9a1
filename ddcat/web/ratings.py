"""The page of a dimension: rate, save, and never write over what somebody else saved."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import display, store
from ddcat.evidence import as_evidenced
from ddcat.instrument import Dimension, Instrument, Item
from ddcat.progress import HANDED_IN, Progress, known_to, own, progress
from ddcat.records import Assessment
from ddcat.store import assessments, saving
from ddcat.web import drawn, posted
from ddcat.web.errors import wants_json
from ddcat.web.forms.ratings import Shown, posted_items, shown_items
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("ratings", __name__)


@bp.get("/assessments/<ref>/dimensions/<id>")
def dimension(ref: str, id: str) -> ResponseReturnValue:
    """Every item of a dimension with its anchors, guidance and what to look for."""
    assessment, instrument, dimension = _find(ref, id)
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for("assessments.show", ref=ref))
    items = _mine(assessment, dimension)
    if not items:
        flash(_why_not(assessment))
        return redirect(url_for("assessments.show", ref=ref))
    return _page(assessment, instrument, dimension, shown_items(items, assessment))


@bp.post("/assessments/<ref>/dimensions/<id>")
def save(ref: str, id: str) -> ResponseReturnValue:
    """Save what was changed, a page of items or a single one."""
    assessment, instrument, dimension = _find(ref, id)
    sent = posted_items(dimension.items, assessment, request.form)
    if not posted.is_fit([item for item in sent if assessment.may_rate(item.item.id)]):
        if wants_json():
            return posted.refused(sent)
        again = {item.item.id: item.shown for item in sent}
        shown = shown_items(_mine(assessment, dimension), assessment)
        return _page(assessment, instrument, dimension, [again.get(item.item.id, item) for item in shown])
    touched = posted.touched(sent)
    saved = saving.save(db(), person(), ref, posted.changes(touched), posted.reasons(sent))
    if wants_json():
        fresh = assessments.get(db(), person(), ref)
        evidenced = as_evidenced(instrument, fresh)
        carries = {id: display.carries(fresh.ratings.get(id), evidenced.get(id)) for id in touched}
        return posted.saved(instrument, _known(instrument, fresh), touched, saved, carries)
    if saved.conflicts:
        back = url_for("ratings.dimension", ref=ref, id=id)
        return posted.conflict(assessment, instrument, back, touched, saved)
    flash(_("Saved %(time)s", time=display.clock(saved.at)))
    return redirect(_next(ref, instrument, dimension))


def _find(ref: str, id: str) -> tuple[Assessment, Instrument, Dimension]:
    assessment = assessments.get(db(), person(), ref)
    instrument = instrument_of(assessment)
    found = next((dimension for dimension in instrument.dimensions if dimension.id == id), None)
    if found is None:
        raise store.Missing(id)
    return assessment, instrument, found


def _page(
    assessment: Assessment, instrument: Instrument, dimension: Dimension, shown: list[Shown]
) -> ResponseReturnValue:
    how_far = _known(instrument, assessment)
    at = instrument.dimensions.index(dimension)
    later = [part for part in instrument.dimensions[at + 1 :] if _mine(assessment, part)]
    mistakes = [mistake for item in shown for mistake in item.mistakes]
    page = render_template(
        "pages/dimension.html",
        assessment=assessment,
        instrument=instrument,
        dimension=dimension,
        shown=shown,
        mistakes=mistakes,
        next=later[0] if later else None,
        drawn=drawn.item,
        evidenced=as_evidenced(instrument, assessment),
        progress=how_far,
    )
    return page, 422 if mistakes else 200


def _mine(assessment: Assessment, dimension: Dimension) -> list[Item]:
    """The items of a dimension that whoever asks may rate now."""
    return [item for item in dimension.items if assessment.may_rate(item.id)]


def _known(instrument: Instrument, assessment: Assessment) -> Progress:
    """Progress of whoever rates, who may always know it."""
    return known_to(instrument, assessment, person().ref) or progress(instrument, ())


def _why_not(assessment: Assessment) -> str:
    """Why somebody rates nothing of a dimension."""
    rater = own(assessment, person().ref)
    if assessment.is_consensus:
        return _("Every rater has submitted. What counts from now on is what all agree on.")
    if rater is None:
        return _("Raters rate alone, and you are not one of them.")
    if rater.state in HANDED_IN:
        return _("You have submitted, so your ratings stay as they are.")
    return _("No item of this dimension was given to you.")


def _next(ref: str, instrument: Instrument, dimension: Dimension) -> str:
    """The button that was pressed says where to go."""
    ids = [known.id for known in instrument.dimensions]
    then = request.form.get("then", "")
    if then in ids:
        return url_for("ratings.dimension", ref=ref, id=then)
    return (
        url_for("assessments.show", ref=ref)
        if then == "overview"
        else url_for("ratings.dimension", ref=ref, id=dimension.id)
    )
