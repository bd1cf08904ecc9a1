"""The consensus meeting: what each rater gave alone, side by side, and what they agree on."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import access, display, panel
from ddcat.display import listed
from ddcat.evidence import above
from ddcat.instrument import Instrument, Item
from ddcat.progress import progress
from ddcat.records import Assessment
from ddcat.store import assessments, saving
from ddcat.store.saving import Change
from ddcat.web import posted
from ddcat.web.errors import wants_json
from ddcat.web.forms.ratings import Shown, posted_items, shown_items
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _, n_

bp = Blueprint("consensus", __name__)


@bp.get("/assessments/<ref>/consensus")
def meeting(ref: str) -> ResponseReturnValue:
    """Where the raters differ, the widest first, then where they do not; read together on one screen."""
    assessment = assessments.get(db(), person(), ref)
    if assessment.is_sealed:
        return redirect(url_for("assessments.result", ref=ref, _anchor="agreement"))
    if not assessment.is_consensus or assessment.deleted_at:
        flash(_("The meeting begins when all raters who rate alone have submitted."))
        return redirect(url_for("assessments.show", ref=ref))
    instrument = instrument_of(assessment)
    return _page(assessment, instrument, shown_items(_in_order(instrument, assessment), assessment))


@bp.post("/assessments/<ref>/consensus")
def save(ref: str) -> ResponseReturnValue:
    """Save what was agreed, a page of items or a single one."""
    assessment = assessments.get(db(), person(), ref)
    instrument = instrument_of(assessment)
    sent = posted_items(instrument.items, assessment, request.form, _to_explain(instrument, assessment))
    if not posted.is_fit(sent):
        if wants_json():
            return posted.refused(sent)
        again = {item.item.id: item.shown for item in sent}
        shown = shown_items(_in_order(instrument, assessment), assessment)
        return _page(assessment, instrument, [again.get(item.item.id, item) for item in shown])
    touched = posted.touched(sent)
    saved = saving.agree(db(), person(), ref, posted.changes(touched), posted.reasons(sent))
    if wants_json():
        now = progress(instrument, assessments.get(db(), person(), ref).ratings)
        return posted.saved(instrument, now, touched, saved)
    if saved.conflicts:
        return posted.conflict(assessment, instrument, url_for(".meeting", ref=ref), touched, saved)
    flash(_("Saved %(time)s", time=display.clock(saved.at)))
    return redirect(url_for(".meeting", ref=ref))


@bp.post("/assessments/<ref>/consensus/same")
def same(ref: str) -> ResponseReturnValue:
    """Take over the ratings on which all agree, where nothing was agreed yet."""
    assessment = assessments.get(db(), person(), ref)
    instrument = instrument_of(assessment)
    changes = {
        id: Change(rating, assessment.said(id).why, assessment.said(id).revision)
        for id, rating in _same(instrument, assessment).items()
    }
    saved = saving.agree(db(), person(), ref, changes)
    flash(n_("%(num)s rating is taken over.", "%(num)s ratings are taken over.", len(saved.revisions)))
    return redirect(url_for(".meeting", ref=ref))


def _page(assessment: Assessment, instrument: Instrument, shown: list[Shown]) -> ResponseReturnValue:
    mistakes = [mistake for item in shown for mistake in item.mistakes]
    page = render_template(
        "pages/consensus.html",
        assessment=assessment,
        instrument=instrument,
        shown=shown,
        mistakes=mistakes,
        differing={one.item.id: one.spread for one in panel.differences(instrument, assessment)},
        explained=_to_explain(instrument, assessment),
        shown_first=request.args.get("item", ""),
        n_same=len(_same(instrument, assessment)),
        progress=progress(instrument, assessment.ratings),
        may_agree=access.may(access.Act.AGREE, assessment.held),
        agreement=panel.of_raters(instrument, assessment),
        gaps=panel.leader_gaps(instrument, assessment),
        own_results=panel.own_results(instrument, assessment),
        given=lambda item: _given(assessment, item),
        chosen=lambda item: _chosen(assessment, item),
    )
    return page, 422 if mistakes else 200


def _to_explain(instrument: Instrument, assessment: Assessment) -> set[str]:
    """The items whose agreed rating needs a reason: raters differed, or fewer than two had rated it alone."""
    differing = {one.item.id for one in panel.differences(instrument, assessment)}
    return differing | {item.id for item in instrument.items if len(_ratings(assessment, item)) < 2}


def _ratings(assessment: Assessment, item: Item) -> list[tuple[str, int]]:
    """What each rater gave an item alone, with her name."""
    return [(rater.name, rater.ratings[item.id]) for rater in assessment.raters if item.id in rater.ratings]


def _chosen(assessment: Assessment, item: Item) -> dict[int, str]:
    """Who gave which rating, in words, by rating."""
    given = _ratings(assessment, item)
    return {rating: listed(name for name, each in given if each == rating) for _name, rating in given}


def _in_order(instrument: Instrument, assessment: Assessment) -> list[Item]:
    """The items on which raters differ, the widest first; then the others in paper order."""
    differing = [one.item for one in panel.differences(instrument, assessment)]
    return differing + [item for item in instrument.items if item not in differing]


def _same(instrument: Instrument, assessment: Assessment) -> dict[str, int]:
    """What two raters or more all gave, by item, where nothing is agreed yet and no count stands against it."""
    found = {}
    for item in instrument.items:
        given = [rating for _name, rating in _ratings(assessment, item)]
        is_same = len(given) > 1 and len(set(given)) == 1 and item.id not in assessment.ratings
        if is_same and not above(item, given[0], assessment.of(item.id)):
            found[item.id] = given[0]
    return found


def _given(assessment: Assessment, item: Item) -> str:
    """What raters gave an item on which they do not differ, in words."""
    given = [rating for _name, rating in _ratings(assessment, item)]
    if not given:
        return _("nobody rated it")
    if len(given) == 1:
        return _("only one rater gave a rating, %(rating)s", rating=given[0])
    return _("all gave %(rating)s", rating=given[0])
