"""One program over time, and a group of programs: what moved, and whether that is more than who rated explains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import actions, change, charts, pairing, report, store
from ddcat.change import Since
from ddcat.instrument import Instrument
from ddcat.pairing import Ends, Group, Stand
from ddcat.records import Assessment, Program
from ddcat.store import assessments, programs, records, stands, trail
from ddcat.trendline import trendline
from ddcat.web import press
from ddcat.web.chosen import Chosen, chosen
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("trends", __name__)

MOST = 400
"""For more programs than that a group is not worked out on a page."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The programs that an address asks for, over time: who is paired, what moved in each, and who is left out.

    `group` is None where there is no pair, or there are too many programs; `others` are further instruments by which
    some of them were assessed, `instrument` that which was asked for by name.
    """

    choice: Chosen
    asked: Mapping[str, Program]
    group: Group | None = None
    rows: tuple[tuple[Program, Since], ...] = ()
    left_out: tuple[tuple[Program, str], ...] = ()
    others: tuple[str, ...] = ()
    instrument: str = ""

    def address(self, endpoint: str) -> str:
        """Another page about the same programs by the same instrument."""
        query: dict[str, Any] = {**self.choice.query, "instrument": self.instrument or None}
        return url_for(endpoint, **query)


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
    every, instruments = _sealed(program)
    if not every:
        return redirect(url_for(".show", ref=ref))
    name = report.file_name(program.name, every[-1].assessed_on, "trend")
    return press.answer(_report(program, every, instruments), name, instead=url_for(".paper", ref=ref))


@bp.get("/programs/<ref>/trend/print")
def paper(ref: str) -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    program = programs.get(db(), person(), ref)
    every, instruments = _sealed(program)
    if not every:
        return redirect(url_for(".show", ref=ref))
    return Response(_report(program, every, instruments, style=url_for("home.paper_style")))


@bp.get("/trend")
def group() -> ResponseReturnValue:
    """The programs of a choice that have both a first and a last assessment, each paired with itself."""
    found = _followed()
    if found.group:
        press.warm()
    page = render_template(
        "pages/group_trend.html",
        found=found,
        most=MOST,
        line=charts.line(found.group.instrument) if found.group else None,
        links={ref: url_for(".show", ref=ref) for ref in found.asked},
    )
    return page, 422 if found.choice.wrong_day else 200


@bp.get("/trend.pdf")
def group_pdf() -> ResponseReturnValue:
    """The same to print and to take along; where there is no pair, the page that says so."""
    found = _followed()
    if found.group is None or found.choice.wrong_day:
        return redirect(found.address(".group"))
    name = report.file_name(_("programs over time"), store.now()[:10])
    return press.answer(_group_report(found.group, found), name, instead=found.address(".group_paper"))


@bp.get("/trend/print")
def group_paper() -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    found = _followed()
    if found.group is None or found.choice.wrong_day:
        return redirect(found.address(".group"))
    return Response(_group_report(found.group, found, style=url_for("home.paper_style")))


def _sealed(program: Program) -> tuple[tuple[Assessment, ...], dict[str, Instrument]]:
    """The sealed assessments of a program that count and that whoever asks may see, and the instrument of each."""
    every = actions.standing(assessments.of_program(db(), person(), program.ref))
    return every, {each.ref: instrument_of(each) for each in every}


def _followed() -> Followed:
    """What the address asks for, each program from its first to its last assessment of the kind asked for."""
    choice = chosen(request.args)
    asked = {program.ref: program for program in choice.programs}
    if not asked or len(asked) > MOST:
        return Followed(choice, asked)
    stood = stands.of_programs(db(), person(), asked, choice.as_of)
    names = pairing.names(stood, choice.asked.kind)
    wanted = request.args.get("instrument", "")
    wanted = wanted if wanted in names else ""
    ends = pairing.ends(stood, wanted or next(iter(names), ""), choice.asked.kind)
    steps = _steps(ends, stood)
    return Followed(
        choice,
        asked,
        group=_group(steps),
        rows=tuple((asked[ref], step) for ref, step in steps.items()),
        left_out=tuple((asked[ref], why) for ref, why in ends.left_out.items()),
        others=tuple(name for name in names if name != ends.instrument),
        instrument=wanted,
    )


def _steps(ends: Ends, stood: Mapping[str, Sequence[Stand]]) -> dict[str, Since]:
    """What moved in each program that has both, from the first to the last, against the noise of the program.

    Read are only those two, and what raters rated alone: nothing else tells of noise.
    """
    alone = {
        ref: [stand.ref for stand in pairing.by_instrument(stood[ref], ends.instrument) if stand.is_blind]
        for ref in ends.both
    }
    both = [stand.ref for pair in ends.both.values() for stand in pair]
    every = stands.read(db(), person(), {*both, *(each for own in alone.values() for each in own)})
    instruments = {ref: instrument_of(each) for ref, each in every.items()}
    found = {}
    for ref, (first, last) in ends.both.items():
        its = instruments[last.ref]
        noise = change.noise_of((every[each] for each in alone[ref]), instruments, its.id)
        found[ref] = change.since(instruments[first.ref], every[first.ref], its, every[last.ref], noise)
    return found


def _group(steps: dict[str, Since]) -> Group | None:
    last = next(reversed(steps.values()), None)
    return pairing.group(last.instrument, steps.values()) if last else None


def _group_report(group: Group, found: Followed, style: str | None = None) -> str:
    return report.group_trend(group, found.rows, found.left_out, said=found.choice.said, style=style)


def _report(
    program: Program, every: Sequence[Assessment], instruments: Mapping[str, Instrument], style: str | None = None
) -> str:
    found = change.trends(every, instruments)
    differing = [each.ref for each in every if not records.is_intact(db(), each.ref)]
    return report.trend(program, found, differing=differing, style=style, head=trail.head(db()))
