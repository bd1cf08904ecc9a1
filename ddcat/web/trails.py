"""The trail: who did what to which record, when; and erasing what should never have been typed."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import deeds, display, facts, facts_sheet, report, seal, shelf, store
from ddcat.interchange import csv
from ddcat.store import blind, erasing, programs, trail
from ddcat.store.trail import Entry, Value
from ddcat.web.forms.fields import wanted
from ddcat.web.forms.people import erase_form
from ddcat.web.session import db, person
from ddcat.words import _, language, later, n_

bp = Blueprint("trails", __name__)

PAGE = 50
_PARTS = {
    "evidence": later("evidence"),
    "why": later("reason"),
    "seen": later("what was seen"),
    "place": later("where"),
    "seen by": later("seen by"),
}


@bp.get("/programs/<ref>/trail")
def program(ref: str) -> ResponseReturnValue:
    """What was done in a program, newest first."""
    found = programs.get(db(), person(), ref)
    entries = trail.of_program(db(), person(), ref, before=_before(), most=PAGE + 1)
    return _page(entries, found.name, url_for("programs.show", ref=ref), ref)


@bp.get("/people/trail")
def people() -> ResponseReturnValue:
    """What was done to people and agencies, newest first."""
    entries = trail.of_people(db(), before=_before(), most=PAGE + 1)
    return _page(entries, _("People and agencies"), url_for("people.all"), "")


@bp.get("/programs/<ref>/trail.csv")
def export(ref: str) -> ResponseReturnValue:
    """The whole trail of a program as a sheet."""
    found = programs.get(db(), person(), ref)
    return _sheet(trail.of_program(db(), person(), ref, most=-1), found.name)


@bp.get("/people/trail.csv")
def export_people() -> ResponseReturnValue:
    """The whole trail of people and agencies as a sheet."""
    return _sheet(trail.of_people(db(), most=-1), "people")


@bp.route("/programs/<ref>/trail/erase", methods=["GET", "POST"])
def erase(ref: str) -> ResponseReturnValue:
    """Erase a text wherever it stands in a program: patient data that should never have been typed."""
    found = programs.get(db(), person(), ref)
    form = erase_form()
    holding: dict[str, list[str]] = {}
    if form.validate_on_submit():
        holding = erasing.holding(db(), person(), ref, form.text.data)
        if "confirm" in request.form:
            ticked = request.form.getlist("also")
            also = [said for said in holding if seal.digest(said) in ticked]
            with suppress(store.Missing):
                count = erasing.erase(db(), person(), ref, form.text.data, form.reason.data, also)
                flash(n_("Erased in %(num)s place.", "Erased in %(num)s places.", count))
                return redirect(url_for(".program", ref=ref))
        if not any(holding.values()):
            form.text.errors = [_("This text stands nowhere in this program. Copy it exactly as it stands.")]
        elif "confirm" in request.form:
            form.text.errors = [_("Nothing is only this text. Tick what is to be erased.")]
    about = {"holding": holding, "digest": seal.digest, "is_closed": bool(blind.closed(db(), ref))}
    return render_template("pages/erase.html", form=form, program=found, **about), wanted(form)


def _sheet(entries: list[Entry], name: str) -> Response:
    """Entries with their hashes, and in the last row the head of the chain."""
    rows = [["n", "at", "who", "did", "kind", "record", "what", "old", "new", "previous", "hash"]]
    for entry in entries:
        rows += _rows(entry)
    number, head = trail.head(db())
    rows.append([str(number), "", "", "head of the chain", "", "", "", "", "", "", head])
    disposition = {"Content-Disposition": f'attachment; filename="{report.file_name(name, "trail")}.csv"'}
    return Response("\ufeff" + "".join(csv.write(rows)), mimetype="text/csv", headers=disposition)


def _page(entries: list[Entry], name: str, back: str, ref: str) -> str:
    more = entries[PAGE - 1].n if len(entries) > PAGE else None
    about = {"name": name, "back": back, "ref": ref, "more": more, "alone": trail.ALONE}
    words = {"called": _called, "said": _said}
    return render_template("pages/trail.html", entries=list(map(_plain, entries[:PAGE])), **about, **words)


def _plain(entry: Entry) -> Entry:
    """The entry without the ref of an owner whose name stands beside it."""
    if not (_is_work(entry) and "owner" in entry.changes):
        return entry
    changes = {name: sides for name, sides in entry.changes.items() if name != "owner_ref"}
    return replace(entry, changes=changes)


def _is_work(entry: Entry) -> bool:
    """Whether an entry tells of an action, or of the plan that actions come from."""
    return entry.kind == "action" or (entry.act, entry.kind) == ("plan", "assessment")


def _said(entry: Entry, what: str, side: Value | None) -> str:
    """One side of a change, in the words of the pages where it is told in codes."""
    if side and not side.is_erased and (field := facts_sheet.FIELDS.get(what.removeprefix("facts/"))):
        return display.fact({field.name: side.value}, field)
    if side is None or side.is_erased or not _is_work(entry):
        return deeds.side(side)
    match side.value:
        case str(day) if what in ("starts_on", "ends_on", "due_on", "counted_on"):
            return display.day(day)
        case str(id) if what == "item":
            return _titles(language()).get(id, id)
        case str(code):
            return deeds.coded(what, code)
        case Mapping() as by_item:
            titles = _titles(language())
            chosen = {titles.get(id, id): _("not possible now") if to is None else to for id, to in by_item.items()}
            return "; ".join(f"{title}: {to}" for title, to in chosen.items())
        case _:
            return deeds.side(side)


def _called(entry: Entry, what: str) -> str:
    """What changed, in the words of the pages: an item by its code and title."""
    if _is_work(entry) and (told := deeds.field(what)):
        return told
    if what.startswith("facts/tag "):
        return _("tag")
    id, _blank, rest = what.partition(" ")
    title = _titles(language()).get(id)
    if labels := _fields().get(what):
        return ": ".join(map(_, labels))
    return " ".join(filter(None, [title, _(_PARTS.get(rest, rest))])) if title else what


@cache
def _titles(_language: str) -> dict[str, str]:
    volumes, _faulty = shelf.contents()
    return {item.id: f"{item.code} {item.title}" for volume in volumes for item in volume.instrument.items}


@cache
def _fields() -> dict[str, tuple[str, ...]]:
    sheets = {"facts": facts.AGENCY + facts.PROGRAM, "cover": facts.COVER}
    covers = {
        f"{sheet}/{field.name}": (field.label,)
        for sheet, blocks in sheets.items()
        for block in blocks
        for field in block.fields
    }
    return _of_fact_sheet() | covers


def _of_fact_sheet() -> dict[str, tuple[str, ...]]:
    """The facts of the fact sheet: each with the title of its fact, which a date alone does not tell."""
    return {
        f"facts/{field.name}": (fact.title, field.label)
        for fact in facts_sheet.FACTS.values()
        for field in fact.every
    }


def _before() -> int | None:
    text = request.args.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _rows(entry: Entry) -> list[list[str]]:
    about = [str(entry.n), entry.at, entry.name, entry.act, entry.kind, entry.ref]
    links = [entry.previous, entry.hash]
    changes = entry.changes or {"": (None, None)}
    return [[*about, name, *(deeds.side(side) for side in sides), *links] for name, sides in changes.items()]
