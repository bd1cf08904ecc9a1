"""A comparison of programs: up to twelve item by item, more of them by dimension."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import comparing, report, store
from ddcat.comparing import Site
from ddcat.interchange import comparison as sheets
from ddcat.records import Assessment
from ddcat.report import Beside
from ddcat.store import assessments
from ddcat.web import press
from ddcat.web.chosen import Chosen, chosen
from ddcat.web.session import db, person
from ddcat.web.sheets import XLSX
from ddcat.web.volumes import instrument_of
from ddcat.words import _

bp = Blueprint("comparisons", __name__)

MOST = 60
"""As many programs stand in one table; whoever wants to look over more of them does so in the portfolio."""


@bp.get("/compare")
def show() -> ResponseReturnValue:
    """The programs that the address names beside each other, or why they cannot stand so."""
    found = chosen(request.args)
    beside = _beside(found)
    if beside and beside.is_enough:
        press.warm()
    page = render_template(
        "pages/compare.html",
        found=found,
        beside=beside,
        query=_query(found, beside),
        is_asked=_is_asked(found),
        is_too_many=len(found.refs) > MOST,
        most=MOST,
        links={ref: url_for("assessments.result", ref=ref) for ref in found.refs[:MOST]},
        only=_only(found, beside),
        others=_others(found, beside),
        sorts=_sorts(found, beside),
    )
    return page, 422 if found.wrong_day else 200


@bp.get("/compare.pdf")
def pdf() -> ResponseReturnValue:
    """The same to print and to take along; where there is nothing to compare, the page that says so."""
    found = chosen(request.args)
    beside = _to_hand_out(found)
    if beside is None:
        return redirect(_to(".show", found))
    return press.answer(report.compared(beside), _name(), instead=_to(".paper", found, beside))


@bp.get("/compare/print")
def paper() -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    found = chosen(request.args)
    beside = _to_hand_out(found)
    if beside is None:
        return redirect(_to(".show", found))
    return Response(report.compared(beside, style=url_for("home.paper_style")))


@bp.get("/compare.xlsx")
def workbook() -> ResponseReturnValue:
    """The same as a workbook."""
    found = chosen(request.args)
    beside = _to_hand_out(found)
    if beside is None:
        return redirect(_to(".show", found))
    disposition = {"Content-Disposition": f'attachment; filename="{_name()}.xlsx"'}
    book = sheets.book(beside.comparison, store.now(), as_of=beside.as_of, missing=beside.missing)
    return Response(book, mimetype=XLSX, headers=disposition)


def _beside(found: Chosen) -> Beside | None:
    """What counts of each program asked for, side by side; None where none is named, none assessed, or too many."""
    if not _is_asked(found) or len(found.refs) > MOST:
        return None
    counted = [assessments.get(db(), person(), ref) for ref in found.refs]
    comparison = comparing.compare(counted, {each.ref: instrument_of(each) for each in counted})
    missing = tuple(each.program.name for each in found.listed if not each.newest)
    if comparison is None:
        return None
    learner_ref, today = request.args.get("learner", ""), date.today().isoformat()
    beside = Beside(comparison, found.as_of, missing, today, learner_ref)
    return beside.in_order(request.args.get("sort", ""), is_down=bool(request.args.get("down")))


def _to_hand_out(found: Chosen) -> Beside | None:
    """The same where it is enough for a comparison, and of the day that was meant."""
    beside = None if found.wrong_day else _beside(found)
    return beside if beside and beside.is_enough else None


def _is_asked(found: Chosen) -> bool:
    """Whether the address names programs at all, or narrows them: else it would mean every one."""
    return any(name != "as_of" for name in found.query)


def _only(found: Chosen, beside: Beside | None) -> list[tuple[str, str]]:
    """Addresses that compare alone those who were rated by the same kind of people, each with its words."""
    if beside is None or not beside.comparison.is_mixed:
        return []
    comparison = beside.comparison
    groups: tuple[tuple[tuple[Site, ...], str], ...] = (
        (comparison.rated_by_others, _("Compare only those rated by people from outside")),
        (comparison.self_rated, _("Compare only those that rated themselves")),
    )
    return [
        (_address(found, [site.assessment for site in sites]), words) for sites, words in groups if len(sites) > 1
    ]


def _others(found: Chosen, beside: Beside | None) -> dict[tuple[str, str], str]:
    """Addresses that compare those of another instrument or version, by what its scores rest on."""
    unlike = beside.comparison.unlike if beside else ()
    several = [each for each in unlike if len(each.assessments) > 1]
    return {each.instrument.yardstick: _address(found, each.assessments) for each in several}


def _address(found: Chosen, those: Sequence[Assessment]) -> str:
    """Where these alone are compared, as of the same day and by the same kind of rating."""
    more: dict[str, Any] = {"as_of": found.as_of or None, "kind": found.asked.kind or None}
    return url_for(".show", program=[each.program_ref for each in those], **more)


def _sorts(found: Chosen, beside: Beside | None) -> dict[str, str]:
    """Addresses that put the programs in order by each column, and downwards by that which they are in order by."""
    orders = beside.orders if beside else ()
    now = beside.sort if beside and not beside.is_down else ""
    more: dict[str, dict[str, Any]] = {sort: {"sort": sort, "down": 1 if sort == now else None} for sort in orders}
    return {sort: url_for(".show", **found.query, **said, _anchor="dimensions") for sort, said in more.items()}


def _query(found: Chosen, beside: Beside | None) -> dict[str, Any]:
    """What is shown, as an address says it: the choice, the program of which every pair is, and the order."""
    if beside is None:
        return found.query
    learner = beside.learner
    order = {"sort": beside.sort, "down": "1" if beside.is_down else ""}
    more = {"learner": learner.assessment.program_ref if learner else ""} | order
    return found.query | {name: value for name, value in more.items() if value}


def _to(endpoint: str, found: Chosen, beside: Beside | None = None) -> str:
    """Another page about the same choice."""
    return url_for(endpoint, **_query(found, beside))


def _name() -> str:
    return report.file_name(_("comparison"), store.now()[:10])
