"""One page for the board."""

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from ddcat import report
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.store import trail
from ddcat.web import hidden, press
from ddcat.web.deliveries import work_of
from ddcat.web.session import db
from ddcat.web.volumes import guide_of

bp = Blueprint("summaries", __name__)


@bp.get("/assessments/<ref>/summary.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """Where the program stands, where it goes and what was done, on one page."""
    assessment, instrument = hidden.readable(ref)
    name = report.file_name(assessment.program, assessment.assessed_on, "summary")
    return press.answer(_report(assessment, instrument), name, instead=url_for(".paper", ref=ref))


@bp.get("/assessments/<ref>/summary/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same page for any browser to print."""
    return Response(_report(*hidden.readable(ref), style=url_for("home.paper_style")))


def _report(assessment: Assessment, instrument: Instrument, style: str | None = None) -> str:
    guide, head = guide_of(instrument.name), trail.head(db())
    return report.summary(instrument, guide, assessment, work_of(assessment, instrument), style=style, head=head)
