"""Actions: planned from a sealed assessment, worked on, changed, taken away and brought back, with their trail.

Whoever may see results sees every action of a program; somebody who owns one, but may not, sees her own.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.records import Action, Person, Stood
from ddcat.store import acting, people, roles, trail
from ddcat.store.connection import new_ref, now, update, writing
from ddcat.store.lines import lines_of
from ddcat.store.reading import Stale, row_of

_TEXTS = ("what", "owner", "proof", "reason", "seen", "measured")
_CODES = ("item", "rating", "expected", "starts_on", "due_on", "state", "effort", "measured_as")
_ROW_ONLY = {"id", "assessment_id", "owner_id", "is_own", "held", "owner_is_gone"}


class Unsealed(Exception):
    """Actions are planned from a sealed assessment: one that can still change says nothing to plan from."""


def of_program(db: Database, person: Person, program_ref: str, *, removed: bool = False) -> list[Action]:
    """The actions of a program that this person may see, the first due first; or those that were taken away."""
    gone = "IS NOT NULL" if removed else "IS NULL"
    where = f"WHERE program.ref = :ref AND action.removed_at {gone} "
    return _read(db, db.query(acting.ACTIONS + where + acting.IN_ORDER, {"person": person.id, "ref": program_ref}))


def of_assessment(db: Database, person: Person, ref: str) -> list[Action]:
    """The actions of the program of an assessment, for whoever may read its result: all of them once it is sealed.

    So everybody who reads a report reads the same. Raises Missing.
    """
    row = row_of(db, person, ref)
    if not row["sealed_at"]:
        return of_program(db, person, row["program_ref"])
    where = "WHERE program.ref = :ref AND action.removed_at IS NULL "
    values = {"person": person.id, "ref": row["program_ref"]}
    return _all(db, list(db.query(acting.EVERYBODYS + where + acting.IN_ORDER, values)))


def count(db: Database, person: Person, program_ref: str) -> int:
    """How many actions of a program this person may see, without those taken away."""
    where = "WHERE program.ref = :ref AND action.removed_at IS NULL GROUP BY action.id"
    rows = db.query(acting.ACTIONS + where, {"person": person.id, "ref": program_ref})
    return sum(access.may(access.Act.SEE_ACTION, acting.held(row)) for row in rows)


def of_person(db: Database, person: Person) -> list[Action]:
    """Every action in all programs that this person may see, the first due first; without those taken away.

    Without what was written to them: who asks for so many wants to know what is due.
    """
    where = "WHERE action.removed_at IS NULL "
    return _read(db, db.query(acting.ACTIONS + where + acting.IN_ORDER, {"person": person.id}), is_bare=True)


def get(db: Database, person: Person, ref: str) -> Action:
    """One action that this person may see, taken away or not. Raises Missing."""
    return _read(db, [acting.row_of(db, person, ref)])[0]


def held(db: Database, person: Person, ref: str) -> access.Held:
    """The roles of this person on an action that she may see. Raises Missing."""
    return acting.held(acting.row_of(db, person, ref))


def owners(db: Database, program_ref: str) -> list[Person]:
    """Everybody whom an action of this program can be given to: with an account, and a role that reaches it."""
    agency_ref, _program = roles.lies_in(db, "program", program_ref)
    found = {
        given.person.ref: given.person
        for kind, ref in (("agency", agency_ref), ("program", program_ref))
        for given in roles.given(db, kind, ref)
        if (given.place, given.ref) == (kind, ref) and given.person.login and not given.person.disabled_at
    }
    return sorted(found.values(), key=lambda person: (person.name.casefold(), person.ref))


def add(db: Database, person: Person, assessment_ref: str, action: Action) -> str:
    """Plan an action from a sealed assessment; its ref. Raises Missing or Unsealed.

    Whether this person may do that is judged by who calls, here and below.
    """
    return add_all(db, person, assessment_ref, [action])[0]


def add_all(db: Database, person: Person, assessment_ref: str, planned: Iterable[Action]) -> list[str]:
    """Plan several actions from one sealed assessment, all or none; their refs. Raises Missing or Unsealed."""
    return add_new(db, person, assessment_ref, lambda _known: planned)


def add_new(
    db: Database, person: Person, assessment_ref: str, planned: Callable[[list[Action]], Iterable[Action]]
) -> list[str]:
    """Plan what is made of the actions that the program has now, nobody adding any meanwhile; their refs.

    Raises Missing or Unsealed.
    """
    with writing(db):
        row = row_of(db, person, assessment_ref)
        if not row["sealed_at"]:
            raise Unsealed(assessment_ref)
        return [_insert(db, person, row, action) for action in planned(of_program(db, person, row["program_ref"]))]


def change(db: Database, person: Person, action: Action) -> None:
    """Change what an action says, made over its revision. Raises Missing, or Stale if it is another by now."""
    with writing(db):
        row = acting.row_of(db, person, action.ref)
        standing = _read(db, [row])[0]
        changes = trail.changed(said(standing, action))
        if not changes:
            return
        if standing.revision != action.revision or standing.removed_at:
            raise Stale(action.ref)
        values = _values(db, action) | {"revision": action.revision + 1, "saved_at": now()}
        update(db, "action", action.ref, values)
        acting.log(db, person, "change", row, changes)


def remove(db: Database, person: Person, ref: str) -> None:
    """Take an action away that was planned by mistake; `restore` brings it back. Raises Missing."""
    _set_removed(db, person, ref, "remove", now())


def restore(db: Database, person: Person, ref: str) -> None:
    """Bring an action back that was taken away. Raises Missing."""
    _set_removed(db, person, ref, "restore", None)


def said(old: Action | None, new: Action) -> dict[str, tuple[Any, Any]]:
    """Old and new values for the trail, by name; each text for itself, so that it can be erased."""
    names = (*_CODES, *_TEXTS, "owner_ref")
    return {name: (getattr(old, name) or None if old else None, getattr(new, name) or None) for name in names}


def _insert(db: Database, person: Person, row: Mapping[str, Any], action: Action) -> str:
    ref = new_ref()
    values = _values(db, action) | {"ref": ref, "assessment_id": row["id"], "revision": 1, "saved_at": now()}
    db.table("action").insert(values)
    changes = trail.changed({"assessment": (None, row["ref"])} | said(None, action))
    acting.log(db, person, "add", {**row, "ref": ref}, changes)
    return ref


def _set_removed(db: Database, person: Person, ref: str, act: str, at: str | None) -> None:
    with writing(db):
        row = acting.row_of(db, person, ref)
        if (row["removed_at"] is None) != (at is None):
            db.execute("UPDATE action SET removed_at = ? WHERE ref = ?", [at, ref])
            acting.log(db, person, act, row, {})


def _read(db: Database, rows: Iterable[dict[str, Any]], *, is_bare: bool = False) -> list[Action]:
    """The actions of these rows that whoever asked may see."""
    return _all(db, [row for row in rows if access.may(access.Act.SEE_ACTION, acting.held(row))], is_bare=is_bare)


def _all(db: Database, seen: list[dict[str, Any]], *, is_bare: bool = False) -> list[Action]:
    ids = [] if is_bare else [row["id"] for row in seen]
    lines, stood = lines_of(db, ids), _stood(db, ids)
    return [
        Action(
            **{name: row[name] for name in row.keys() - _ROW_ONLY},
            **lines.get(row["id"], {}),
            owner_is_gone=bool(row["owner_is_gone"]),
            stood=stood.get(row["id"], {}),
            held=acting.held(row),
        )
        for row in seen
    ]


def _stood(db: Database, ids: list[int]) -> dict[int, dict[str, Stood]]:
    """What these actions (by number) said when assessments were sealed, by the ref of each."""
    found: dict[int, dict[str, Stood]] = {id: {} for id in ids}
    rows = db.execute(
        "SELECT action_id, assessment.ref, rating, expected, starts_on, due_on, state FROM action_stood"
        " JOIN assessment ON assessment.id = assessment_id WHERE action_id IN (SELECT value FROM json_each(?))",
        [json.dumps(ids)],
    )
    for id, ref, *said in rows:
        found[id][ref] = Stood(*said)
    return found


def _values(db: Database, action: Action) -> dict[str, Any]:
    """The columns of what an action says. Raises Missing where its owner is nobody."""
    owner = people.get(db, action.owner_ref) if action.owner_ref else None
    values = {name: getattr(action, name) for name in (*_CODES, *_TEXTS)}
    return values | {"owner_id": owner.id if owner else None}
