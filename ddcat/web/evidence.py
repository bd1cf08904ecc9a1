"""The evidence for an item: its lines, what they allow, and the form for another one."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import evidence as proof
from ddcat import sampling, store
from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Evidence
from ddcat.store import assessments, evidence
from ddcat.web import hidden, overruled
from ddcat.web.forms.evidence import evidence_form, told
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("evidence", __name__)


@bp.get("/assessments/<ref>/items/<id>/evidence")
def item(ref: str, id: str) -> ResponseReturnValue:
    """What was seen for an item, and the form for another line."""
    assessment, instrument, item = _find(ref, id)
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for("assessments.show", ref=ref))
    return _page(assessment, instrument, item, _form(instrument, item, None), None)


@bp.post("/assessments/<ref>/items/<id>/evidence")
def add(ref: str, id: str) -> ResponseReturnValue:
    """Add a line."""
    assessment, instrument, item = _find(ref, id)
    form = _form(instrument, item, None)
    if not form.validate():
        return _page(assessment, instrument, item, form, None), wanted(form)
    evidence.add(db(), person(), ref, told(form, item, None))
    overruled.log(form, "assessment", ref)
    flash(_("The line is added."))
    return redirect(url_for(".item", ref=ref, id=id))


@bp.get("/assessments/<ref>/evidence/<line>")
def line(ref: str, line: str) -> ResponseReturnValue:
    """A line as it stands, to be changed."""
    standing = evidence.get(db(), person(), ref, line)
    assessment, instrument, item = _find(ref, standing.item)
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for("assessments.show", ref=ref))
    return _page(assessment, instrument, item, _form(instrument, item, standing), standing)


@bp.post("/assessments/<ref>/evidence/<line>")
def change(ref: str, line: str) -> ResponseReturnValue:
    """Change a line."""
    standing = evidence.get(db(), person(), ref, line)
    assessment, instrument, item = _find(ref, standing.item)
    form = _form(instrument, item, standing)
    if not form.validate():
        return _page(assessment, instrument, item, form, standing), wanted(form)
    evidence.change(db(), person(), ref, told(form, item, standing))
    overruled.log(form, "assessment", ref)
    flash(_("The line is changed."))
    return redirect(url_for(".item", ref=ref, id=item.id))


@bp.post("/assessments/<ref>/evidence/<line>/remove")
def remove(ref: str, line: str) -> ResponseReturnValue:
    """Take a line away; the same page offers the way back."""
    standing = evidence.get(db(), person(), ref, line)
    evidence.remove(db(), person(), ref, line)
    flash(_("The line is taken away. You can bring it back at the end of this page."))
    return redirect(url_for(".item", ref=ref, id=standing.item))


@bp.post("/assessments/<ref>/evidence/<line>/restore")
def restore(ref: str, line: str) -> ResponseReturnValue:
    """Bring a line back."""
    standing = evidence.get(db(), person(), ref, line)
    evidence.restore(db(), person(), ref, line)
    flash(_("The line is back."))
    return redirect(url_for(".item", ref=ref, id=standing.item))


def _find(ref: str, id: str) -> tuple[Assessment, Instrument, Item]:
    assessment = hidden.refuse(assessments.get(db(), person(), ref))
    instrument = instrument_of(assessment)
    if id not in instrument.by_id:
        raise store.Missing(id)
    return assessment, instrument, instrument.by_id[id]


def _form(instrument: Instrument, item: Item, line: Evidence | None) -> HouseForm:
    return evidence_form(instrument, item, date.today(), person().name, line)


def _page(assessment: Assessment, instrument: Instrument, item: Item, form: HouseForm, line: Evidence | None) -> str:
    lines = assessment.of(item.id)
    rating = assessment.ratings.get(item.id)
    removed = [gone for gone in evidence.removed(db(), person(), assessment.ref) if gone.item == item.id]
    return render_template(
        "pages/evidence.html",
        assessment=assessment,
        instrument=instrument,
        dimension=instrument.home[item.id],
        item=item,
        lines=lines,
        line=line,
        removed=removed,
        form=form,
        may_write=evidence.may_write(db(), person(), assessment.ref, item.id),
        rating=rating,
        evidenced=proof.as_evidenced(instrument, assessment).get(item.id),
        above=proof.above(item, rating, lines),
        few=sampling.FEW,
    )
