"""The feedback report: as PDF, and as a page to print."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from ddcat import panel, report
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.store import trail
from ddcat.web import checks, hidden, press
from ddcat.web.session import db
from ddcat.web.volumes import guide_of

bp = Blueprint("feedback", __name__)


@bp.get("/assessments/<ref>/feedback.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """What the program, its board and a payer are told."""
    assessment, instrument = hidden.readable(ref)
    name = report.file_name(assessment.program, assessment.assessed_on, "feedback")
    return press.answer(_report(assessment, instrument), name, instead=url_for(".paper", ref=ref))


@bp.get("/assessments/<ref>/feedback/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    return Response(_report(*hidden.readable(ref), style=url_for("home.paper_style")))


def _report(assessment: Assessment, instrument: Instrument, style: str | None = None) -> str:
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
