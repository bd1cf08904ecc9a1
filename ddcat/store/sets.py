"""Choices of programs that somebody named and kept: as filters, or as programs picked by hand.

Whoever knows the address of one may open it. It holds what was asked for, never what anybody may see of that.
"""

import json
from dataclasses import asdict, dataclass

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import trail
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
    """Keep a choice under a name; its ref. `overrule` says why a name that looks like patient data may stay."""
    ref = new_ref()
    filters = {key: value for key, value in asdict(asked).items() if value and key != "programs"}
    with writing(db):
        db.execute(
            "INSERT INTO saved_set (ref, person_id, name, asked, programs, made_at) VALUES (?, ?, ?, ?, ?, ?)",
            [ref, person.id, name, json.dumps(filters), json.dumps(asked.programs), now()],
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
