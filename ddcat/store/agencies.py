"""Agencies: who may see one is whoever holds a role in it, and the administrator."""

import json
from typing import Any

from sqlite_utils import Database

from ddcat.access import Role
from ddcat.facts import Facts
from ddcat.records import Agency, Person
from ddcat.store import roles, trail
from ddcat.store.connection import InUse, Missing, new_ref, writing

_SEEN = f"""
SELECT agency.ref, agency.name, agency.facts, {roles.HELD} FROM agency JOIN role ON {roles.OF_AGENCY}
"""


def all(db: Database, person: Person) -> list[Agency]:
    """This person's agencies, by name."""
    rows = db.execute(
        _SEEN + "GROUP BY agency.id ORDER BY agency.name COLLATE NOCASE, agency.id", {"person": person.id}
    )
    return [_agency(row) for row in rows]


def get(db: Database, person: Person, ref: str) -> Agency:
    """One of this person's agencies. Raises Missing."""
    row = db.execute(
        _SEEN + "WHERE agency.ref = :ref GROUP BY agency.id", {"person": person.id, "ref": ref}
    ).fetchone()
    if row is None:
        raise Missing(ref)
    return _agency(row)


def add(db: Database, person: Person, name: str, facts: Facts) -> Agency:
    """A new agency, of which this person becomes the director."""
    agency = Agency(new_ref(), name, facts)
    with writing(db):
        row = {"ref": agency.ref, "name": name, "facts": json.dumps(facts)}
        db.table("agency").insert(row, pk="id")
        said = {"name": (None, name)} | trail.fields("facts", {}, facts)
        trail.add(db, person, "add", "agency", agency.ref, agency=agency.ref, changes=said)
        roles.insert(db, person, person, Role.DIRECTOR, "agency", agency.ref)
    return agency


def change(db: Database, person: Person, ref: str, name: str, facts: Facts) -> None:
    """Another name or other facts. Raises Missing."""
    with writing(db):
        old = get(db, person, ref)
        said = {"name": (old.name, name)} | trail.fields("facts", old.facts, facts)
        trail.add(db, person, "change", "agency", ref, agency=ref, changes=trail.changed(said))
        db.execute("UPDATE agency SET name = ?, facts = ? WHERE ref = ?", [name, json.dumps(facts), ref])


def runs_programs(db: Database, ref: str) -> bool:
    """Whether an agency runs any program, seen or not by whoever asks."""
    sql = "SELECT 1 FROM program JOIN agency ON agency.id = agency_id WHERE agency.ref = ?"
    return db.execute(sql, [ref]).fetchone() is not None


def remove(db: Database, person: Person, ref: str) -> None:
    """Remove an agency that runs no program. Raises Missing or InUse."""
    with writing(db):
        old = get(db, person, ref)
        id = db.execute("SELECT id FROM agency WHERE ref = ?", [ref]).fetchone()[0]
        if db.execute("SELECT 1 FROM program WHERE agency_id = ?", [id]).fetchone():
            raise InUse(ref)
        for table in ("role", "link"):
            db.execute(f"DELETE FROM {table} WHERE agency_id = ?", [id])
        db.execute("DELETE FROM agency WHERE id = ?", [id])
        trail.add(db, person, "remove", "agency", ref, agency=ref, changes={"name": (old.name, None)})


def _agency(row: tuple[Any, ...]) -> Agency:
    ref, name, facts, held = row
    return Agency(ref, name, json.loads(facts), roles.held(held))
