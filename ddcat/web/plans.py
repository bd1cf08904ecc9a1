"""The improvement plan: on screen, as PDF, as a page to print."""

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import evidence, panel, planning, report, scoring
from ddcat.instrument import Instrument
from ddcat.interchange import word as document
from ddcat.records import Assessment
from ddcat.store import trail
from ddcat.web import hidden, press
from ddcat.web.deliveries import work_of
from ddcat.web.session import db
from ddcat.web.volumes import guide_of

bp = Blueprint("plans", __name__)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@bp.get("/assessments/<ref>/plan")
def plan(ref: str) -> ResponseReturnValue:
    """The items to raise, in order, with reasons, steps and what will prove them."""
    assessment, instrument = hidden.readable(ref)
    result = scoring.score(instrument, assessment.ratings)
    carried = evidence.as_evidenced(instrument, assessment)
    level = planning.next_level(instrument, result)
    guide = guide_of(instrument.name)
    gaps = planning.gaps(instrument, assessment.ratings, level, guide.felt_first)
    press.warm()
    return render_template(
        "pages/plan.html",
        is_intact=not assessment.is_sealed or assessment.hash is not None,
        assessment=assessment,
        instrument=instrument,
        guide=guide,
        result=result,
        agreement=panel.of_raters(instrument, assessment),
        evidenced=scoring.score(instrument, carried),
        as_evidenced=carried,
        level=level,
        gaps=gaps,
        setting_share=planning.setting_share(gaps, guide),
        work=work_of(assessment, instrument),
    )


@bp.get("/assessments/<ref>/plan.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """The plan for the board."""
    assessment, instrument = hidden.readable(ref)
    html = _report(assessment, instrument)
    name = report.file_name(assessment.program, assessment.assessed_on)
    return press.answer(html, name, instead=url_for(".paper", ref=ref))


@bp.get("/assessments/<ref>/plan/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    assessment, instrument = hidden.readable(ref)
    return Response(_report(assessment, instrument, style=url_for("home.paper_style")))


@bp.get("/assessments/<ref>/plan.docx")
def word(ref: str) -> ResponseReturnValue:
    """The plan as a document to go on writing in, with every action that was planned from it."""
    assessment, instrument = hidden.readable(ref)
    work = work_of(assessment, instrument)
    content = document.plan(
        instrument,
        guide_of(instrument.name),
        assessment,
        chosen=work.plan,
        actions=work.actions,
        outcomes=work.outcomes,
        older=work.carried,
        today=work.today,
        head=trail.head(db()),
    )
    name = report.file_name(assessment.program, assessment.assessed_on)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.docx"'}
    return Response(content, mimetype=DOCX, headers=disposition)


def _report(assessment: Assessment, instrument: Instrument, style: str | None = None) -> str:
    guide, head = guide_of(instrument.name), trail.head(db())
    work = {assessment.ref: work_of(assessment, instrument)}
    return report.plan(instrument, guide, [assessment], work=work, style=style, head=head)
