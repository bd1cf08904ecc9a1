"""What is written to an action while it is worked on: notes, tests of change, counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from ddcat.access import Act
from ddcat.records import Action, Cycle, Note, Point
from ddcat.store import actions, lines
from ddcat.store.lines import Line
from ddcat.web import overruled
from ddcat.web.forms.fields import HouseForm, wanted
from ddcat.web.forms.lines import line_form, told
from ddcat.web.guard import may
from ddcat.web.session import db, person
from ddcat.words import _, later

bp = Blueprint("lines", __name__)

KINDS: dict[str, type[Line]] = {"notes": Note, "cycles": Cycle, "points": Point}
_ADDED = {
    "notes": later("The note is added."),
    "cycles": later("The test of change is added."),
    "points": later("The count is entered."),
}
_CHANGED = {
    "notes": later("The note is changed."),
    "cycles": later("The test of change is changed."),
    "points": later("The count is changed."),
}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where one line is changed, taken away and brought back."""

    change: str
    remove: str
    restore: str


@dataclass(frozen=True, slots=True)
class Under:
    """What the page of an action needs beside it, so that its lines can be written to.

    `forms`, `add` (addresses) and `removed` are by kind: "notes", "cycles", "points"; `doors` by the ref of a line.
    `edit` is where the measure is named, "" where whoever asks may not.
    """

    may_write: bool
    token: str
    forms: Mapping[str, HouseForm]
    add: Mapping[str, str]
    doors: Mapping[str, Doors]
    removed: Mapping[str, tuple[Line, ...]]
    edit: str


def under(action: Action) -> Under:
    """What stands under an action: forms and addresses for whoever asks."""
    may_write = may(Act.WORK, action.held) and not action.removed_at
    gone = lines.removed(db(), person(), action.ref) if may_write else []
    here = (*action.notes, *action.cycles, *action.points, *gone)
    return Under(
        may_write=may_write,
        token=generate_csrf(),
        forms={name: line_form(kind, action, date.today()) for name, kind in KINDS.items()},
        add={name: url_for("lines.add", ref=action.ref, kind=name) for name in KINDS},
        doors={line.ref: _doors(action, line) for line in here},
        removed={name: tuple(line for line in gone if isinstance(line, kind)) for name, kind in KINDS.items()},
        edit=url_for("actions.edit", ref=action.ref) if may(Act.CHANGE_ACTION, action.held) else "",
    )


@bp.post("/actions/<ref>/<any(notes, cycles, points):kind>")
def add(ref: str, kind: str) -> ResponseReturnValue:
    """Add a note, a test of change or a count."""
    action = actions.get(db(), person(), ref)
    form = line_form(KINDS[kind], action, date.today())
    if not form.validate():
        return _page(action, kind, form), wanted(form)
    lines.add(db(), person(), ref, told(form, KINDS[kind]))
    overruled.log(form, "action", ref)
    flash(_(_ADDED[kind]))
    return _back(ref, kind)


@bp.get("/actions/<ref>/lines/<line>")
def line(ref: str, line: str) -> ResponseReturnValue:
    """A line as it stands, to be changed."""
    standing, action = lines.get(db(), person(), ref, line), actions.get(db(), person(), ref)
    if standing.removed_at or action.removed_at:
        return _back(ref, kind_of(standing))
    form = line_form(type(standing), action, date.today(), standing)
    return _page(action, kind_of(standing), form, standing)


@bp.post("/actions/<ref>/lines/<line>")
def change(ref: str, line: str) -> ResponseReturnValue:
    """Change a line."""
    standing, action = lines.get(db(), person(), ref, line), actions.get(db(), person(), ref)
    kind = kind_of(standing)
    form = line_form(KINDS[kind], action, date.today(), standing)
    if not form.validate():
        return _page(action, kind, form, standing), wanted(form)
    lines.change(db(), person(), ref, told(form, KINDS[kind], standing))
    overruled.log(form, "action", ref)
    flash(_(_CHANGED[kind]))
    return _back(ref, kind)


@bp.post("/actions/<ref>/lines/<line>/remove")
def remove(ref: str, line: str) -> ResponseReturnValue:
    """Take a line away; the page of the action offers the way back."""
    standing = lines.get(db(), person(), ref, line)
    lines.remove(db(), person(), ref, line)
    flash(_("It is taken away. You can bring it back beneath the others."))
    return _back(ref, kind_of(standing))


@bp.post("/actions/<ref>/lines/<line>/restore")
def restore(ref: str, line: str) -> ResponseReturnValue:
    """Bring a line back."""
    standing = lines.get(db(), person(), ref, line)
    lines.restore(db(), person(), ref, line)
    flash(_("It is back."))
    return _back(ref, kind_of(standing))


def kind_of(line: Line) -> str:
    """The kind of a line as addresses name it."""
    return next(name for name, kind in KINDS.items() if isinstance(line, kind))


def _doors(action: Action, line: Line) -> Doors:
    change, remove, restore = (
        url_for(f"lines.{each}", ref=action.ref, line=line.ref) for each in ("line", "remove", "restore")
    )
    return Doors(change, remove, restore)


def _back(ref: str, kind: str) -> ResponseReturnValue:
    return redirect(url_for("actions.show", ref=ref, _anchor=kind))


def _page(action: Action, kind: str, form: HouseForm, line: Line | None = None) -> str:
    return render_template("pages/line.html", action=action, kind=kind, form=form, line=line)
