"""Did it work: what moved since the assessment before, and what became of the actions that were planned there."""

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions as judged
from ddcat import charts, report
from ddcat.access import Act, may
from ddcat.instrument import Instrument
from ddcat.records import Action, Assessment
from ddcat.report import Work
from ddcat.store import actions, assessments, plans, trail
from ddcat.web import hidden, press
from ddcat.web.session import db, person
from ddcat.web.volumes import guide_of, instrument_of, instruments_of

bp = Blueprint("deliveries", __name__)


@bp.get("/assessments/<ref>/progress")
def show(ref: str) -> ResponseReturnValue:
    """What moved since the last assessment and which actions delivered, or why that cannot be told yet."""
    assessment, instrument = hidden.readable(ref)
    others = _others(assessment)
    work = _work(assessment, instrument, others)
    press.warm()
    return render_template(
        "pages/progress.html",
        assessment=assessment,
        instrument=instrument,
        is_intact=not assessment.is_sealed or assessment.hash is not None,
        work=work,
        line=charts.line(instrument),
        incomparable=_incomparable(assessment, instrument, others),
        next=next(iter(judged.later(others, ref, instruments_of(others))), None),
        next_rating=report.next_rating(assessment.assessed_on),
        links={
            action.ref: url_for("actions.show", ref=action.ref)
            for action in _told(work)
            if may(Act.SEE_ACTION, action.held)
        },
    )


@bp.get("/assessments/<ref>/progress.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """The same for the board; where there is nothing to compare with, the page that says so."""
    assessment, instrument = hidden.readable(ref)
    work = work_of(assessment, instrument)
    if not work.since:
        return redirect(url_for(".show", ref=ref))
    name = report.file_name(assessment.program, assessment.assessed_on, "progress")
    return press.answer(_report(assessment, instrument, work), name, instead=url_for(".paper", ref=ref))


@bp.get("/assessments/<ref>/progress/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    assessment, instrument = hidden.readable(ref)
    work = work_of(assessment, instrument)
    if not work.since:
        return redirect(url_for(".show", ref=ref))
    return Response(_report(assessment, instrument, work, style=url_for("home.paper_style")))


def work_of(assessment: Assessment, instrument: Instrument) -> Work:
    """How far the work on the plan of an assessment has come today, as far as whoever asks may know."""
    return _work(assessment, instrument, _others(assessment))


def _work(assessment: Assessment, instrument: Instrument, others: Sequence[Assessment]) -> Work:
    """The same, from the assessments of the program with the same instrument, whichever version."""
    seen = [each for each in others if instrument_of(each).id == instrument.id]
    return report.work_on(
        assessment,
        today=date.today().isoformat(),
        plan=plans.get(db(), person(), assessment.ref),
        every=actions.of_assessment(db(), person(), assessment.ref),
        seen=seen,
        instruments={each.ref: instrument_of(each) for each in seen},
    )


def has_earlier(assessment: Assessment) -> bool:
    """Whether there is a sealed assessment to compare this one with."""
    seen = _others(assessment)
    return assessment.is_sealed and judged.before(seen, assessment.ref, instruments_of(seen)) is not None


def _others(assessment: Assessment) -> list[Assessment]:
    """Every assessment of the same program, itself among them, but for drafts that were deleted."""
    every = assessments.of_program(db(), person(), assessment.program_ref)
    return [each for each in every if each.ref == assessment.ref or not each.deleted_at]


def _incomparable(
    assessment: Assessment, instrument: Instrument, others: Sequence[Assessment]
) -> list[tuple[Assessment, Instrument]]:
    """The earlier sealed assessments of the program with another instrument, each with it."""
    earlier = [each for each in judged.standing(others) if each.assessed_on < assessment.assessed_on]
    pairs = [(each, instrument_of(each)) for each in earlier]
    return [(each, its) for each, its in pairs if its.id != instrument.id]


def _report(assessment: Assessment, instrument: Instrument, work: Work, style: str | None = None) -> str:
    guide, head = guide_of(instrument.name), trail.head(db())
    return report.progress(instrument, guide, assessment, work, style=style, head=head)


def _told(work: Work) -> list[Action]:
    """The actions that the page names."""
    judged_now = work.delivery.outcomes if work.delivery else ()
    return [*work.every, *(action for action, _outcome in judged_now)]
