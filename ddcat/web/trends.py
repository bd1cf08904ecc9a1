"""One program over time, and a group of programs: what moved, and whether that is more than who rated explains."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions, change, charts, pairing, report
from ddcat.change import Since
from ddcat.instrument import Instrument
from ddcat.pairing import Ends, Group
from ddcat.records import Assessment, Program
from ddcat.store import assessments, programs, records, stands, trail
from ddcat.trendline import trendline
from ddcat.web import press
from ddcat.web.chosen import chosen
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of

bp = Blueprint("trends", __name__)

MOST = 400
"""For more programs than that a group is not worked out on a page."""


@bp.get("/programs/<ref>/trend")
def show(ref: str) -> ResponseReturnValue:
    """Every sealed assessment of a program, and what moved from each to the next."""
    program = programs.get(db(), person(), ref)
    found = change.trends(*_sealed(program))
    press.warm()
    return render_template(
        "pages/trend.html",
        program=program,
        trends=[(trend, trendline(trend), charts.line(trend.instrument)) for trend in found],
        links={
            each.ref: url_for("assessments.result", ref=each.ref) for trend in found for each in trend.assessments
        },
    )


@bp.get("/programs/<ref>/trend.pdf")
def pdf(ref: str) -> ResponseReturnValue:
    """The same for the board; where nothing is sealed, the page that says so."""
    program = programs.get(db(), person(), ref)
    every, _instruments = _sealed(program)
    if not every:
        return redirect(url_for(".show", ref=ref))
    name = report.file_name(program.name, every[-1].assessed_on, "trend")
    return press.answer(_report(program), name, instead=url_for(".paper", ref=ref))


@bp.get("/programs/<ref>/trend/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    program = programs.get(db(), person(), ref)
    if not _sealed(program)[0]:
        return redirect(url_for(".show", ref=ref))
    return Response(_report(program, style=url_for("home.paper_style")))


@bp.get("/trend")
def group() -> ResponseReturnValue:
    """The programs of a choice that have both a first and a last assessment, each paired with itself."""
    choice = chosen(request.args)
    asked = {program.ref: program for program in choice.programs}
    if not asked or len(asked) > MOST:
        return render_template("pages/group_trend.html", choice=choice, asked=asked, most=MOST, group=None)
    stood = stands.of_programs(db(), person(), asked, choice.as_of)
    names = pairing.names(stood)
    wanted = request.args.get("instrument", "")
    ends = pairing.ends(stood, wanted if wanted in names else next(iter(names), ""))
    steps = _steps(ends)
    return render_template(
        "pages/group_trend.html",
        choice=choice,
        asked=asked,
        most=MOST,
        group=_group(steps),
        others=[name for name in names if name != ends.instrument],
        ends=ends,
        steps=[(asked[ref], step) for ref, step in steps.items()],
        left_out=[(asked[ref], why) for ref, why in ends.left_out.items()],
        links={ref: url_for(".show", ref=ref) for ref in asked},
    )


def _sealed(program: Program) -> tuple[tuple[Assessment, ...], dict[str, Instrument]]:
    """The sealed assessments of a program that count and that whoever asks may see, and the instrument of each."""
    every = actions.standing(assessments.of_program(db(), person(), program.ref))
    return every, {each.ref: instrument_of(each) for each in every}


def _steps(ends: Ends) -> dict[str, Since]:
    """What moved in each program that has both, from the first to the last."""
    found = {}
    for ref, (first, last) in ends.both.items():
        base, after = (assessments.get(db(), person(), one.ref) for one in (first, last))
        found[ref] = change.since(instrument_of(base), base, instrument_of(after), after)
    return found


def _group(steps: dict[str, Since]) -> Group | None:
    last = next(reversed(steps.values()), None)
    return pairing.group(last.instrument, steps.values()) if last else None


def _report(program: Program, style: str | None = None) -> str:
    every, instruments = _sealed(program)
    found = change.trends(every, instruments)
    differing = [each.ref for each in every if not records.is_intact(db(), each.ref)]
    return report.trend(program, found, differing=differing, style=style, head=trail.head(db()))
