"""The first page: the programs, and what to do next."""

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ddcat import report, scoring
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.scoring import Result
from ddcat.store import agencies, assessments, programs
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of

bp = Blueprint("home", __name__)


@bp.get("/")
def home() -> ResponseReturnValue:
    """Agencies with their programs; an empty house explains itself."""
    run = programs.all(db(), person())
    mine = {agency.ref: agency for agency in (*(program.agency for program in run), *agencies.all(db(), person()))}
    houses = [(agency, [program for program in run if program.agency.ref == ref]) for ref, agency in mine.items()]
    houses.sort(key=lambda house: (house[0].name.casefold(), house[0].ref))
    standing = {
        ref: {"sealed": _scored(found.sealed), "draft": _scored(found.draft)}
        for ref, found in assessments.standing(db(), person()).items()
    }
    rates = assessments.named(db(), person())
    return render_template("pages/home.html", houses=houses, standing=standing, rates=rates)


@bp.get("/favicon.ico")
def favicon() -> ResponseReturnValue:
    """Where browsers look for the mark on the tab."""
    return redirect(url_for("static", filename="mark.svg"))


@bp.get("/paper.css")
def paper_style() -> ResponseReturnValue:
    """The style of every page that is made to be printed."""
    return Response(report.style(), mimetype="text/css")


def _scored(assessment: Assessment | None) -> tuple[Assessment, Instrument, Result] | None:
    if assessment is None:
        return None
    instrument = instrument_of(assessment)
    return assessment, instrument, scoring.score(instrument, assessment.ratings)
