"""The first page: the programs, and what to do next."""

from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import evidence, report, scoring
from ddcat.access import Act, may
from ddcat.instrument import Instrument
from ddcat.progress import Progress, known_to, own
from ddcat.records import Assessment
from ddcat.scoring import Result
from ddcat.store import agencies, assessments, programs, raters
from ddcat.store.assessments import Standing
from ddcat.web.calendars import coming
from ddcat.web.raters import overdue
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of

bp = Blueprint("home", __name__)

Scored = tuple[Assessment, Instrument, Result, Result, Progress | None]
Stood = dict[str, Scored | None]
"""What is "sealed" of a program with one instrument, and its "draft"."""


@bp.get("/")
def home() -> ResponseReturnValue:
    """Agencies with their programs; an empty house explains itself."""
    run = programs.all(db(), person())
    mine = {agency.ref: agency for agency in (*(program.agency for program in run), *agencies.all(db(), person()))}
    houses = [(agency, [program for program in run if program.agency.ref == ref]) for ref, agency in mine.items()]
    houses.sort(key=lambda house: (house[0].name.casefold(), house[0].ref))
    found = assessments.standing(db(), person())
    named = assessments.named(db(), person())
    drafts = [draft for draft in named if not draft.is_sealed]
    rates = [(draft, own(draft, person().ref), _known(draft)) for draft in drafts]
    newest = [one.draft for one in found.values() if one.draft]
    to_meet = [draft for draft in newest if draft.is_consensus and may(Act.AGREE, draft.held)]
    to_accept = [draft for draft in raters.awaiting(db(), person()) if may(Act.NAME_RATERS, draft.held)]
    return render_template(
        "pages/home.html",
        houses=houses,
        standing=_by_program(found),
        rates=rates,
        rated=[sealed for sealed in named if sealed.is_sealed],
        to_meet=to_meet,
        to_accept=to_accept,
        overdue=overdue,
        coming=coming(named, found.values()),
    )


@bp.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Where browsers look for the mark on the tab."""
    return redirect(url_for("static", filename="mark.svg"))


@bp.get("/paper.css")
def paper_style() -> ResponseReturnValue:
    """The style of every page that is made to be printed."""
    return Response(report.style(), mimetype="text/css")


def _by_program(found: Mapping[tuple[str, str], Standing]) -> dict[str, list[Stood]]:
    """How each program stands, once an instrument: first those with an overall score."""
    by_program: dict[str, list[Stood]] = {}
    for (ref, _id), one in found.items():
        by_program.setdefault(ref, []).append({"sealed": _scored(one.sealed), "draft": _scored(one.draft)})
    for lines in by_program.values():
        lines.sort(key=lambda line: not _instrument(line).has_overall)
    return by_program


def _instrument(line: Stood) -> Instrument:
    return next(scored[1] for scored in line.values() if scored)


def _scored(
    assessment: Assessment | None,
) -> Scored | None:
    if assessment is None:
        return None
    instrument = instrument_of(assessment)
    rated = scoring.score(instrument, assessment.ratings)
    return assessment, instrument, rated, evidence.result(instrument, assessment), _known(assessment)


def _known(assessment: Assessment) -> Progress | None:
    return known_to(instrument_of(assessment), assessment, person().ref)
