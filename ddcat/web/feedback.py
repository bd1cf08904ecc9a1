"""The feedback report: as PDF, and as a page to print."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from ddcat import panel, report
from ddcat.records import Assessment
from ddcat.store import records, trail
from ddcat.web import checks, hidden, press
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instrument_of

bp = Blueprint("feedback", __name__)


@bp.get("/assessments/<ref>/feedback.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """What the program, its board and a payer are told."""
    assessment = hidden.refuse(records.proven(db(), person(), ref))
    name = report.file_name(assessment.program, assessment.assessed_on, "feedback")
    return press.answer(_report(assessment), name, instead=url_for(".paper", ref=ref))


@bp.get("/assessments/<ref>/feedback/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    return Response(_report(hidden.refuse(records.proven(db(), person(), ref)), style=url_for("home.paper_style")))


def _report(assessment: Assessment, style: str | None = None) -> str:
    instrument = instrument_of(assessment)
    guide = guide_of(instrument.name)
    return report.feedback(
        instrument,
        guide,
        assessment,
        agreement=panel.of_raters(instrument, assessment),
        findings=checks.of(assessment, instrument),
        style=style,
        head=trail.head(db()),
    )
