"""Agencies: who may see one is who is a member of it."""

import json
from typing import Any

from sqlite_utils import Database

from ddcat.facts import Facts
from ddcat.records import Agency, Person
from ddcat.store.connection import InUse, Missing, new_ref, writing

_SEEN = """
SELECT agency.ref, agency.name, agency.facts FROM agency
JOIN membership ON membership.agency_id = agency.id AND membership.person_id = :person
"""


def all(db: Database, person: Person) -> list[Agency]:
    """This person's agencies, by name."""
    rows = db.execute(_SEEN + "ORDER BY agency.name COLLATE NOCASE, agency.id", {"person": person.id})
    return [_agency(row) for row in rows]


def get(db: Database, person: Person, ref: str) -> Agency:
    """One of this person's agencies. Raises Missing."""
    row = db.execute(_SEEN + "WHERE agency.ref = :ref", {"person": person.id, "ref": ref}).fetchone()
    if row is None:
        raise Missing(ref)
    return _agency(row)


def add(db: Database, person: Person, name: str, facts: Facts) -> Agency:
    """A new agency of which this person is a member."""
    agency = Agency(new_ref(), name, facts)
    with writing(db):
        row = {"ref": agency.ref, "name": name, "facts": json.dumps(facts)}
        id = db.table("agency").insert(row, pk="id").last_pk
        db.table("membership").insert({"person_id": person.id, "agency_id": id})
    return agency


def change(db: Database, person: Person, ref: str, name: str, facts: Facts) -> None:
    """Another name or other facts. Raises Missing."""
    get(db, person, ref)
    with writing(db):
        db.execute("UPDATE agency SET name = ?, facts = ? WHERE ref = ?", [name, json.dumps(facts), ref])


def remove(db: Database, person: Person, ref: str) -> None:
    """Remove an agency that runs no program. Raises Missing or InUse."""
    get(db, person, ref)
    with writing(db):
        id = db.execute("SELECT id FROM agency WHERE ref = ?", [ref]).fetchone()[0]
        if db.execute("SELECT 1 FROM program WHERE agency_id = ?", [id]).fetchone():
            raise InUse(ref)
        db.execute("DELETE FROM membership WHERE agency_id = ?", [id])
        db.execute("DELETE FROM agency WHERE id = ?", [id])


def _agency(row: tuple[Any, ...]) -> Agency:
    ref, name, facts = row
    return Agency(ref, name, json.loads(facts))
