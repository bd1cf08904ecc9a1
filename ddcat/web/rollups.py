"""Programs by state: how many are in each band, how they lie, quarter by quarter. Never one rating for a state."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import report, rollup, store
from ddcat.interchange import states as sheets
from ddcat.report import States
from ddcat.rollup import KINDS, OVERALL, Read, Rollup
from ddcat.store import arrays, programs
from ddcat.store.portfolio import UNSTATED
from ddcat.web import press
from ddcat.web.chosen import Args, kind_words
from ddcat.web.session import db, person
from ddcat.web.volumes import by_checksum
from ddcat.words import _

bp = Blueprint("rollups", __name__)

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What an address asks for of what whoever asks may see, and what else she could ask for.

    `query` is what it asks for, as an address says it; `choices` what each filter offers, a value with its words.
    """

    read: Read
    by_quarter: Rollup
    query: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]

    @property
    def states(self) -> States:
        """The programs by state."""
        ids = [dimension.id for dimension in self.read.instrument.dimensions]
        return report.states(
            self.read,
            self.by_quarter,
            dimension=ids.index(self.query["dimension"]) if self.query["dimension"] else OVERALL,
            quarter=self.query["quarter"],
            kinds=[kind for kind in KINDS if self.query["kind"] in ("", kind or UNSTATED)],
        )


@bp.get("/rollup")
def show() -> ResponseReturnValue:
    """The programs that whoever asks may see, by state."""
    found = _found(request.args)
    if found is None:
        return render_template("pages/rollup.html", states=None)
    press.warm()
    states = found.states
    return render_template(
        "pages/rollup.html",
        states=states,
        found=found,
        link=_link(found),
        unreadable=_unreadable(states),
        only={kind: _link(found)(".show", kind=kind or UNSTATED) for kind in states.kinds},
    )


@bp.get("/rollup.csv")
def csv() -> ResponseReturnValue:
    """Every quarter, kind of rating and dimension as CSV."""
    found = _found(request.args)
    if found is None:
        return redirect(url_for(".show"))
    disposition = {"Content-Disposition": f'attachment; filename="{_name()}.csv"'}
    return Response(sheets.separated(found.by_quarter), mimetype="text/csv", headers=disposition)


@bp.get("/rollup.pdf")
def pdf() -> ResponseReturnValue:
    """The page to print and to take along; where there is nothing to show, the page that says so."""
    found = _found(request.args)
    if found is None:
        return redirect(url_for(".show"))
    return press.answer(report.by_state(found.states, store.now()[:10]), _name(), instead=_link(found)(".paper"))


@bp.get("/rollup/print")
def paper() -> ResponseReturnValue:
    """The same sheets as a page that any browser prints."""
    found = _found(request.args)
    if found is None:
        return redirect(url_for(".show"))
    return Response(report.by_state(found.states, store.now()[:10], style=url_for("home.paper_style")))


def _found(args: Args) -> Found | None:
    """What is asked for; a value that can be none is as if it were not there. None where nothing may be seen."""
    seen = arrays.instruments(db(), person())
    used = _by_name(checksum for checksum in seen if by_checksum(checksum).has_overall)
    if not used:
        return None
    asked = args.get("instrument", "")
    name = asked if asked in used else next(iter(used))
    instrument = by_checksum(used[name][0])
    read = rollup.read(instrument, arrays.scores(db(), person(), used[name]))
    by_quarter = rollup.rolled(read)
    quarters = sorted({cell.quarter for cell in by_quarter.cells}, reverse=True)
    kinds = {cell.kind for cell in by_quarter.cells}
    choices = {
        "instrument": {each: each for each in used},
        "quarter": {quarter: quarter for quarter in quarters},
        "dimension": {one.id: f"{one.number} {one.title}" for one in instrument.dimensions},
        "kind": {kind or UNSTATED: kind_words(kind or UNSTATED) for kind in KINDS if kind in kinds},
    }
    given = {each: args.get(each, "") for each in choices}
    query = {each: value if value in choices[each] else "" for each, value in given.items()}
    return Found(read, by_quarter, query | {"instrument": name}, choices)


def _by_name(used: Iterable[str]) -> dict[str, list[str]]:
    """Checksums by the name of their instrument; a part of one tells files apart that score otherwise."""
    alike: dict[tuple[str, str], list[str]] = {}
    for checksum in used:
        alike.setdefault(by_checksum(checksum).yardstick, []).append(checksum)
    found: dict[str, list[str]] = {}
    for checksums in alike.values():
        name = by_checksum(checksums[0]).name
        found[f"{name} ({checksums[0][:8]})" if name in found else name] = checksums
    return found


def _unreadable(states: States) -> list[tuple[str, str]]:
    """Name and address of the first programs of which a stored result cannot be read."""
    refs = states.unreadable[:MOST_NAMED]
    return [(programs.get(db(), person(), ref).name, url_for("programs.show", ref=ref)) for ref in refs]


def _link(found: Found) -> Callable[..., str]:
    """Makes addresses of what was asked for, or of a part of it: `link(".csv")`, `link(".show", kind="self")`."""

    def link(endpoint: str, **more: str) -> str:
        said: dict[str, Any] = {name: value for name, value in {**found.query, **more}.items() if value}
        return url_for(endpoint, **said)

    return link


def _name() -> str:
    return report.file_name(_("programs by state"), store.now()[:10])
