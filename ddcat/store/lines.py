"""What is written to an action while it is worked on: notes, small tests of change, points of its measure.

Three kinds of lines, kept alike: added, changed over a revision, taken away and brought back, each with its trail.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from sqlite_utils import Database

from ddcat.records import Cycle, Note, Person, Point
from ddcat.store import acting, trail
from ddcat.store.connection import Missing, new_ref, now, update, writing
from ddcat.store.reading import Stale

Line = Note | Cycle | Point

_TABLES: dict[type[Line], str] = {Note: "action_note", Cycle: "action_cycle", Point: "action_point"}
_NAMES = {Note: "notes", Cycle: "cycles", Point: "points"}
_ORDER = {Note: "line.id", Cycle: "line.starts_on, line.id", Point: "line.counted_on, line.id"}
_KEPT = {"ref", "by", "revision", "saved_at", "removed_at"}


def lines_of(db: Database, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The lines of these actions (by number) that were not taken away, by the name an action has for their kind."""
    found: dict[int, dict[str, list[Line]]] = {id: {name: [] for name in _NAMES.values()} for id in ids}
    where = "line.action_id IN (SELECT value FROM json_each(?)) AND line.removed_at IS NULL"
    for kind, name in _NAMES.items():
        for id, line in _query(db, kind, where, json.dumps(list(found))):
            found[id][name].append(line)
    return {id: {name: tuple(own) for name, own in lines.items()} for id, lines in found.items()}


def removed(db: Database, person: Person, action_ref: str) -> list[Line]:
    """The lines of an action that were taken away and can be brought back. Raises Missing."""
    id = acting.row_of(db, person, action_ref)["id"]
    where = "line.action_id = ? AND line.removed_at IS NOT NULL"
    return [line for kind in _TABLES for _id, line in _query(db, kind, where, id)]


def get(db: Database, person: Person, action_ref: str, line_ref: str) -> Line:
    """One line of an action, taken away or not. Raises Missing."""
    id = acting.row_of(db, person, action_ref)["id"]
    for kind in _TABLES:
        found = _query(db, kind, "line.action_id = ? AND line.ref = ?", id, line_ref)
        if found:
            return found[0][1]
    raise Missing(line_ref)


def add(db: Database, person: Person, action_ref: str, line: Line) -> str:
    """Add a line to an action; its ref. Raises Missing, or Stale where the action was taken away.

    Whether this person may do that is judged by who calls, here and below.
    """
    with writing(db):
        row = _open(db, person, action_ref)
        ref = new_ref()
        own = {"ref": ref, "action_id": row["id"], "person_id": person.id, "revision": 1, "saved_at": now()}
        db.table(_TABLES[type(line)]).insert(_values(line) | own)
        acting.log(db, person, f"add {_kind(line)}", row, trail.changed(_said(None, line)))
        return ref


def change(db: Database, person: Person, action_ref: str, line: Line) -> None:
    """Change a line, made over its revision; whoever does takes it over.

    Raises Missing, or Stale if it is another by now, or its action was taken away.
    """
    with writing(db):
        row = _open(db, person, action_ref)
        standing = get(db, person, action_ref, line.ref)
        if type(standing) is not type(line):
            raise Missing(line.ref)
        changes = trail.changed(_said(standing, line))
        if not changes:
            return
        if standing.revision != line.revision or standing.removed_at:
            raise Stale(line.ref)
        values = _values(line) | {"person_id": person.id, "revision": line.revision + 1, "saved_at": now()}
        update(db, _TABLES[type(line)], line.ref, values)
        acting.log(db, person, f"change {_kind(line)}", row, changes)


def remove(db: Database, person: Person, action_ref: str, line_ref: str) -> None:
    """Take a line away; `restore` brings it back. Raises Missing."""
    _set_removed(db, person, action_ref, line_ref, "remove", now())


def restore(db: Database, person: Person, action_ref: str, line_ref: str) -> None:
    """Bring a line back that was taken away. Raises Missing."""
    _set_removed(db, person, action_ref, line_ref, "restore", None)


def _set_removed(db: Database, person: Person, action_ref: str, line_ref: str, act: str, at: str | None) -> None:
    with writing(db):
        row = acting.row_of(db, person, action_ref)
        line = get(db, person, action_ref, line_ref)
        if (line.removed_at is None) != (at is None):
            db.execute(f"UPDATE {_TABLES[type(line)]} SET removed_at = ? WHERE ref = ?", [at, line_ref])
            gone = trail.changed(_said(None, line))
            said = {name: sides[::-1] for name, sides in gone.items()} if at else gone
            acting.log(db, person, f"{act} {_kind(line)}", row, said)


def _open(db: Database, person: Person, action_ref: str) -> dict[str, Any]:
    """The row of an action that can be worked on. Raises Missing, or Stale where it was taken away."""
    row = acting.row_of(db, person, action_ref)
    if row["removed_at"]:
        raise Stale(action_ref)
    return row


def _query(db: Database, kind: type[Line], where: str, *values: Any) -> list[tuple[int, Line]]:
    """Lines of a kind in their order, each with the number of its action."""
    columns = [field.name for field in fields(kind) if field.name != "by"]
    rows = db.execute(
        f"SELECT line.action_id, person.name, {', '.join(f'line.{name}' for name in columns)}"
        f" FROM {_TABLES[kind]} AS line JOIN person ON person.id = line.person_id"
        f" WHERE {where} ORDER BY {_ORDER[kind]}",
        values,
    ).fetchall()
    return [(id, kind(**dict(zip(columns, rest, strict=True)), by=by)) for id, by, *rest in rows]


def _kind(line: Line) -> str:
    return type(line).__name__.lower()


def _values(line: Line) -> dict[str, Any]:
    return {field.name: getattr(line, field.name) for field in fields(line) if field.name not in _KEPT}


def _said(old: Line | None, new: Line) -> dict[str, tuple[Any, Any]]:
    """Old and new values for the trail, by name: each text for itself, so that it can be erased."""
    return {
        name: (getattr(old, name) or None if old else None, value or None) for name, value in _values(new).items()
    }
