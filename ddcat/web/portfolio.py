"""Programs chosen by agency, state, level of care, kind or tag, or picked by hand, and sets of them to keep."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ddcat import comparing, report, store
from ddcat.display import day
from ddcat.interchange import portfolio as sheets
from ddcat.store import portfolio, programs, sets, tags
from ddcat.store.portfolio import UNSTATED, Asked
from ddcat.web import chosen, comparisons, listing, overruled
from ddcat.web import programs as program_pages
from ddcat.web.chosen import FILTERS, KINDS, LEVELS_OF, OFFERED, Chosen, kind_words
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.portfolio import PROGRAMS, save_form, tags_form, words
from ddcat.web.session import db, person
from ddcat.web.sheets import XLSX
from ddcat.words import _

bp = Blueprint("portfolio", __name__)

PAGE = 500
"""As many programs stand on one page of the table."""

MOST_AGENCIES = 400
"""More agencies than these are no longer chosen from a list: first a state is."""


@bp.get("/portfolio")
def show() -> ResponseReturnValue:
    """The programs asked for in a table, how many are in each band, and how they lie."""
    if "ticked" in request.args:
        return _ticked()
    return _page(chosen.chosen(request.args))


@bp.get("/sets/<name>")
def saved(name: str) -> ResponseReturnValue:
    """The same for a choice that somebody saved, as far as whoever asks sees its programs."""
    return _page(chosen.chosen(request.args, name))


@bp.get("/portfolio.csv")
def csv() -> ResponseReturnValue:
    """Every row of the choice, in the order of the page, as CSV; where the day is none, the page that says so."""
    found = chosen.chosen(request.args)
    if found.wrong_day:
        return redirect(_link(found, *_order())())
    entries = listing.entries(listing.table(found.listed, *_order()))
    return Response(sheets.separated(entries), mimetype="text/csv", headers=_attached("csv"))


@bp.get("/portfolio.xlsx")
def workbook() -> ResponseReturnValue:
    """The same as a workbook."""
    found = chosen.chosen(request.args)
    if found.wrong_day:
        return redirect(_link(found, *_order())())
    entries = listing.entries(listing.table(found.listed, *_order()))
    book = sheets.book(entries, store.now(), how=found.said, as_of=found.as_of)
    return Response(book, mimetype=XLSX, headers=_attached("xlsx"))


@bp.post("/portfolio/sets")
def save() -> ResponseReturnValue:
    """Keep a choice under a name."""
    found = chosen.chosen(request.form)
    form = _save_form(found)
    if not form.validate():
        return _page(found, form)
    asked = found.asked
    if asked.programs or form.how.data == PROGRAMS:
        # Kept are programs that she sees, and what tells which of their assessments counts.
        asked = Asked(tuple(each.ref for each in found.programs), kind=asked.kind, as_of=asked.as_of)
        if not asked.programs:
            form.name.errors = [_("No program that you may see is in this choice: there is nothing to keep.")]
            return _page(found, form)
    ref = sets.add(db(), person(), form.name.data, asked, form.overrule.data if form.suspected else "")
    flash(_("Saved. Pass the address of this page on to share it: everybody sees only what they may see."))
    return redirect(url_for(".saved", name=ref))


@bp.post("/sets/<name>/remove")
def remove(name: str) -> ResponseReturnValue:
    """Remove an own saved choice, or bring it back."""
    if "back" in request.form:
        sets.restore(db(), person(), name)
        flash(_("The saved choice is back."))
        return redirect(url_for(".saved", name=name))
    sets.remove(db(), person(), name)
    flash(_("The saved choice is removed; its programs stay as they are. You can bring it back below."))
    return redirect(url_for(".show", _anchor="saved"))


@bp.post("/programs/<ref>/tags", endpoint="tags")
def change_tags(ref: str) -> ResponseReturnValue:
    """Give a program the words it is found by."""
    program = programs.get(db(), person(), ref)
    shown = tags.of_program(db(), person(), ref)
    form = tags_form(shown)
    if not form.validate():
        return program_pages.page(program, form), wanted(form)
    tags.change(db(), person(), ref, words(form.tags.data), shown)
    overruled.log(form, "program", ref)
    flash(_("The tags are saved."))
    return redirect(url_for("programs.show", ref=ref))


def _ticked() -> ResponseReturnValue:
    """To the programs that were ticked: compared where that was wished and few enough have a result."""
    found, picked = chosen.chosen(request.args), request.args.getlist("pick")
    is_beside = "beside" in request.args
    if len(set(picked)) < (2 if is_beside else 1):
        flash(_("Tick at least two programs first.") if is_beside else _("Tick the programs first."))
        return redirect(_link(found, *_order())())
    more = [("kind", found.asked.kind), ("as_of", found.as_of)]
    those = chosen.chosen(MultiDict([("program", ref) for ref in picked] + more))
    if is_beside and len(those.assessed) <= comparisons.MOST:
        return redirect(url_for("comparisons.show", **those.query))
    if is_beside:
        flash(
            _(
                "At most %(most)s programs fit one comparison, and %(n)s of those that you ticked have a result."
                " Here they are in one table: choose fewer.",
                most=comparisons.MOST,
                n=len(those.assessed),
            )
        )
    return redirect(url_for(".show", **those.query))


def _order() -> tuple[str, bool]:
    """What the rows are put in order by, and whether downwards."""
    return listing.sort_of(request.args.get("sort", "")), bool(request.args.get("down"))


def _attached(ending: str) -> dict[str, str]:
    name = f"{report.file_name(_('portfolio'), store.now()[:10])}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _page(found: Chosen, form: HouseForm | None = None) -> tuple[str, int]:
    sort, down = _order()
    table = listing.table(found.listed, sort, down)
    n_pages = -(-len(table.rows) // PAGE) or 1
    at = _number(request.args.get("page", ""), n_pages)
    offered = portfolio.offered(db(), person(), found.asked.state)
    mine = sets.of_person(db(), person())
    filled = form or _save_form(found)
    page = render_template(
        "pages/portfolio.html",
        found=found,
        table=table,
        rows=table.rows[(at - 1) * PAGE : at * PAGE],
        at=at,
        n_pages=n_pages,
        sort=sort,
        down=down,
        link=_link(found, sort, down),
        files={"sort": sort, "down": down or None} | found.query,
        orders=listing.orders(),
        offered=offered,
        choices=_choices(found, offered),
        mine=[(one, chosen.in_words(one.asked, offered.agencies.get(one.asked.agency, ""))) for one in mine],
        form=filled,
        most_beside=comparisons.MOST,
        most_by_item=comparing.BESIDE,
        short_kind=listing.short_kind,
        day=lru_cache(day),
        unstated=UNSTATED,
        program_path=_paths("programs.show"),
        result_path=_paths("assessments.result"),
    )
    return page, 422 if found.wrong_day else wanted(filled)


def _paths(endpoint: str) -> Callable[[str], str]:
    """Addresses of many records by their refs: what is the same in all of them is worked out once."""
    before, after = url_for(endpoint, ref="REF").split("REF")
    return lambda ref: f"{before}{ref}{after}"


def _save_form(found: Chosen) -> HouseForm:
    return save_form(is_open=not found.asked.programs)


def _link(found: Chosen, sort: str, down: bool) -> Callable[..., str]:
    """Makes addresses of this choice: `link(sort="date")`, `link(page=2)`."""
    query: dict[str, Any] = dict(found.query)
    name = query.pop("set", None)
    order = {"sort": sort} | ({"down": 1} if down else {})

    def link(**more: Any) -> str:
        said = query | (order | more if "sort" not in more else more)
        said = {key: value for key, value in said.items() if value}
        return url_for(".saved", name=name, **said) if name else url_for(".show", **said)

    return link


def _choices(found: Chosen, offered: portfolio.Offered) -> dict[str, dict[str, Any]]:
    """What each filter offers, a value of an address with its words; empty where there is nothing to choose.

    Levels of care stand in two groups, each by its title.
    What is asked for is always among them; what a saved choice settles is not.
    """
    agencies = offered.agencies if len(offered.agencies) <= MOST_AGENCIES else {}
    every: dict[str, dict[str, Any]] = {
        "agency": dict(agencies) if len(agencies) > 1 else {},
        "state": {state: state for state in offered.states},
        "level": {_(care): {code: _(said) for code, said in levels.items()} for care, levels in LEVELS_OF.items()},
        "kind": {code: kind_words(code) for code in KINDS},
        "tag": {tag: tag for tag in offered.tags},
        **{name: {code: _(said) for code, said in codes.items()} for name, codes in OFFERED.items()},
    }
    for name in FILTERS:
        value = getattr(found.asked, name)
        if value and name != "level" and value not in every[name]:
            every[name][value] = offered.agencies.get(value, _("another one")) if name == "agency" else value
    settled = found.saved.asked if found.saved else Asked()
    return {name: {} if getattr(settled, name) else choices for name, choices in every.items()}


def _number(text: str, most: int) -> int:
    """The page asked for, of so many."""
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 9 else 1
