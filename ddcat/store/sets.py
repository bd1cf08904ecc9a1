"""Choices of programs that somebody named and kept: as filters, or as programs picked by hand.

Whoever knows the address of one may open it. It holds what was asked for, never what anybody may see of that.
"""

import json
from dataclasses import asdict, dataclass

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.seal import place
from ddcat.store import erasing, trail
from ddcat.store.connection import Missing, new_ref, now, writing
from ddcat.store.portfolio import Asked


@dataclass(frozen=True, slots=True)
class Saved:
    """A choice that was kept: under which name, by whom (a name), when. `is_own`: by whoever asks."""

    ref: str
    name: str
    asked: Asked
    by: str
    made_at: str
    removed_at: str | None
    is_own: bool


_SAVED = """
SELECT saved_set.ref, saved_set.name, asked, programs, person.name, made_at, removed_at, person_id = :person
FROM saved_set JOIN person ON person.id = person_id
"""
_SAME = """
SELECT ref FROM saved_set
WHERE person_id = ? AND name = ? AND asked = ? AND programs = ? AND removed_at IS NULL
"""
# What people typed, or chose among words that others typed; which programs were picked is told in refs.
_TRAIL = """
SELECT trail_value.n, name, side FROM trail_value JOIN trail ON trail.n = trail_value.n
WHERE kind = 'set' AND ref = ? AND act != 'erase' AND name != 'programs' AND value IS NOT NULL
"""


def of_person(db: Database, person: Person) -> list[Saved]:
    """What this person saved, by name; what she removed too."""
    order = "WHERE person_id = :person ORDER BY saved_set.name COLLATE NOCASE, saved_set.id"
    return [_saved(*row) for row in db.execute(_SAVED + order, {"person": person.id})]


def get(db: Database, person: Person, ref: str) -> Saved:
    """A saved choice by its address, whoever made it; one that was removed only for her. Raises Missing."""
    row = db.execute(_SAVED + "WHERE saved_set.ref = :ref", {"person": person.id, "ref": ref}).fetchone()
    if row is None or ((saved := _saved(*row)).removed_at and not saved.is_own):
        raise Missing(ref)
    return saved


def add(db: Database, person: Person, name: str, asked: Asked, overrule: str = "") -> str:
    """Keep a choice under a name; its ref. The same choice of the same person under the same name is kept once.

    `overrule` says why a name that looks like patient data may stay.
    """
    ref = new_ref()
    filters = {key: value for key, value in asdict(asked).items() if value and key != "programs"}
    kept = [person.id, name, json.dumps(filters), json.dumps(asked.programs)]
    with writing(db):
        if same := db.execute(_SAME, kept).fetchone():
            return str(same[0])
        db.execute(
            "INSERT INTO saved_set (ref, person_id, name, asked, programs, made_at) VALUES (?, ?, ?, ?, ?, ?)",
            [ref, *kept, now()],
        )
        said = {"name": name, "asked": filters or None, "programs": list(asked.programs) or None}
        trail.add(db, person, "save", "set", ref, changes={key: (None, value) for key, value in said.items()})
        if overrule:
            trail.add(db, person, "overrule", "set", ref, changes={"name": (None, overrule)})
    return ref


def remove(db: Database, person: Person, ref: str) -> None:
    """Remove an own saved choice; `restore` brings it back. Raises Missing."""
    _set_removed(db, person, ref, "remove", now())


def restore(db: Database, person: Person, ref: str) -> None:
    """Bring an own saved choice back that was removed. Raises Missing."""
    _set_removed(db, person, ref, "restore", None)


def erasable(db: Database, person: Person, ref: str) -> Saved:
    """A saved choice that this person may erase, removed or not: her own, or any for an administrator.

    Raises Missing.
    """
    row = db.execute(_SAVED + "WHERE saved_set.ref = :ref", {"person": person.id, "ref": ref}).fetchone()
    if row is None or not ((saved := _saved(*row)).is_own or person.is_administrator):
        raise Missing(ref)
    return saved


def erase(db: Database, person: Person, ref: str, reason: str) -> None:
    """Erase a saved choice for good, with its name and filters in the trail and in kept forms. Raises Missing.

    An entry of the trail names every place and keeps the reason.
    """
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        saved = erasable(db, person, ref)
        _forget_typed(db, ref, saved.name)
        db.execute("DELETE FROM saved_set WHERE ref = ?", [ref])
        told = db.execute(_TRAIL, [ref]).fetchall()
        db.conn.executemany(
            "UPDATE trail_value SET salt = NULL, value = NULL WHERE n = ? AND name = ? AND side = ?", told
        )
        places = [place("set", ref), *(place("entry", *where) for where in told)]
        said = {"reason": (None, reason.replace(saved.name, "…"))} | dict.fromkeys(places, (None, None))
        trail.add(db, person, "erase", "set", ref, changes=said)
    erasing.clean(db)


def _forget_typed(db: Database, ref: str, name: str) -> None:
    """Forms that did not arrive and are kept for whoever made a choice, as far as they give a choice this name."""
    whose = "WHERE path = '/portfolio/sets' AND person_id = (SELECT person_id FROM saved_set WHERE ref = ?)"
    for (fields,) in db.execute(f"SELECT fields FROM typed {whose}", [ref]).fetchall():
        if any(field == "name" and value.strip() == name for field, value in json.loads(fields)):
            db.execute(f"DELETE FROM typed {whose}", [ref])


def _set_removed(db: Database, person: Person, ref: str, act: str, at: str | None) -> None:
    with writing(db):
        saved = get(db, person, ref)
        if not saved.is_own:
            raise Missing(ref)
        if (saved.removed_at is None) != (at is None):
            db.execute("UPDATE saved_set SET removed_at = ? WHERE ref = ?", [at, ref])
            sides = (saved.name, None) if at else (None, saved.name)
            trail.add(db, person, act, "set", ref, changes={"name": sides})


def _saved(
    ref: str, name: str, asked: str, programs: str, by: str, made_at: str, removed_at: str | None, is_own: int
) -> Saved:
    kept = Asked(tuple(json.loads(programs)), **json.loads(asked))
    return Saved(ref, name, kept, by, made_at, removed_at, bool(is_own))
