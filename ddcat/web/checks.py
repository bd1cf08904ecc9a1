"""What the checks find in an assessment, and what is answered to it."""

from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import checks
from ddcat.instrument import Instrument
from ddcat.progress import known_to
from ddcat.records import Assessment
from ddcat.store import assessments, raters
from ddcat.web import hidden, overruled
from ddcat.web.forms.checks import answers_form
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instrument_of
from ddcat.words import _

bp = Blueprint("checks", __name__)


@bp.get("/assessments/<ref>/checks")
def show(ref: str) -> ResponseReturnValue:
    """Gaps and contradictions, the gravest first, each with a place for its answer."""
    assessment, instrument = _find(ref)
    if assessment.is_sealed or assessment.deleted_at:
        return redirect(url_for("assessments.show", ref=ref))
    found = of(assessment, instrument)
    return _page(assessment, instrument, found, answers_form(found, assessment.answers))


@bp.post("/assessments/<ref>/checks")
def answer(ref: str) -> ResponseReturnValue:
    """Keep what was answered."""
    assessment, instrument = _find(ref)
    found = of(assessment, instrument)
    form = answers_form(found, assessment.answers)
    if not form.validate():
        return _page(assessment, instrument, found, form), wanted(form)
    raters.answer(db(), person(), ref, {finding.key: form[finding.key].data for finding in found})
    overruled.log(form, "assessment", ref)
    flash(_("Saved."))
    return redirect(url_for(".show", ref=ref))


def of(assessment: Assessment, instrument: Instrument) -> tuple[checks.Finding, ...]:
    """What the checks find: today in a draft, else on the day of sealing, for what was sealed only gets older."""
    sealed = assessment.sealed_at
    on = datetime.fromisoformat(sealed).astimezone().date() if sealed else date.today()
    return checks.findings(instrument, guide_of(instrument.name), assessment, on.isoformat())


def _find(ref: str) -> tuple[Assessment, Instrument]:
    assessment = hidden.refuse(assessments.get(db(), person(), ref))
    return assessment, instrument_of(assessment)


def _page(assessment: Assessment, instrument: Instrument, found: tuple[checks.Finding, ...], form: HouseForm) -> str:
    how_far = known_to(instrument, assessment, person().ref)
    return render_template(
        "pages/checks.html",
        assessment=assessment,
        instrument=instrument,
        progress=how_far,
        next=next((item for item in how_far.open if assessment.may_rate(item.id)), None) if how_far else None,
        groups=[(severity, [one for one in found if one.severity == severity]) for severity in checks.SEVERITIES],
        unanswered=checks.unanswered(found, assessment.answers),
        form=form,
    )
