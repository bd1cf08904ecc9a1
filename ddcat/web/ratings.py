"""The page of a dimension: rate, save, and never write over what somebody else saved."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import display, store
from ddcat.instrument import Dimension, Instrument
from ddcat.progress import progress
from ddcat.records import Assessment, Rating
from ddcat.store import assessments
from ddcat.store.assessments import Change, Saved
from ddcat.web import drawn
from ddcat.web.errors import wants_json
from ddcat.web.forms.ratings import Posted, Shown, posted_items, shown_items, stamp
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
    return _page(assessment, instrument, dimension, shown_items(dimension, assessment))


@bp.post("/assessments/<ref>/dimensions/<id>")
def save(ref: str, id: str) -> ResponseReturnValue:
    """Save what was changed, a page of items or a single one."""
    assessment, instrument, dimension = _find(ref, id)
    posted = posted_items(dimension, assessment, request.form)
    refused = [item for item in posted if not item.is_fit()]
    if refused:
        return _refused(assessment, instrument, dimension, posted)
    touched = {item.item.id: item.said for item in posted if item.is_touched}
    changes = {id: Change(said.value, said.evidence, said.revision) for id, said in touched.items()}
    reasons = {item.item.id: item.reason for item in posted if item.warning}
    saved = assessments.save(db(), person(), ref, changes, reasons)
    if wants_json():
        return _saved_json(ref, instrument, touched, saved)
    if saved.conflicts:
        return _conflict(assessment, instrument, dimension, touched, saved)
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
    later = instrument.dimensions[instrument.dimensions.index(dimension) + 1 :]
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
        progress=progress(instrument, assessment.ratings),
    )
    return page, 422 if mistakes else 200


def _refused(
    assessment: Assessment, instrument: Instrument, dimension: Dimension, posted: list[Posted]
) -> ResponseReturnValue:
    again = {item.item.id: item.shown for item in posted}
    if wants_json():
        warnings = {id: item.warning for id, item in again.items() if item.warning}
        return {
            "mistakes": [text for item in again.values() for _field, text in item.mistakes],
            "warnings": warnings,
        }, 422
    shown = [again.get(item.item.id, item) for item in shown_items(dimension, assessment)]
    return _page(assessment, instrument, dimension, shown)


def _saved_json(ref: str, instrument: Instrument, touched: dict[str, Rating], saved: Saved) -> ResponseReturnValue:
    """What the page's script needs: new stamps, the time, and progress in words."""
    now = progress(instrument, assessments.get(db(), person(), ref).ratings)
    stamps = {
        id: stamp(Rating(touched[id].value, touched[id].evidence, revision))
        for id, revision in saved.revisions.items()
    }
    answer = {
        "saved_at": saved.at,
        "stamps": stamps,
        "conflicts": [instrument.by_id[id].title for id in saved.conflicts],
        "progress": {part.id: [part.n_rated, part.n_items] for part in now.parts}
        | {"all": [now.n_rated, now.n_items]},
    }
    return answer, 409 if saved.conflicts else 200


def _conflict(
    assessment: Assessment,
    instrument: Instrument,
    dimension: Dimension,
    touched: dict[str, Rating],
    saved: Saved,
) -> ResponseReturnValue:
    """Both versions, item by item; choosing one saves it over the other."""
    versions = [
        (instrument.by_id[id], standing, touched[id], stamp(standing)) for id, standing in saved.conflicts.items()
    ]
    page = render_template(
        "pages/conflict.html",
        assessment=assessment,
        instrument=instrument,
        dimension=dimension,
        versions=versions,
        others=len(saved.revisions),
    )
    return page, 409


def _next(ref: str, instrument: Instrument, dimension: Dimension) -> str:
    """The button that was pressed says where to go."""
    ids = [known.id for known in instrument.dimensions]
    then = request.form.get("then", "")
    if then in ids:
        return url_for(".dimension", ref=ref, id=then)
    return (
        url_for("assessments.show", ref=ref)
        if then == "overview"
        else url_for(".dimension", ref=ref, id=dimension.id)
    )
