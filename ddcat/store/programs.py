"""Programs: what is assessed, each run by one agency and seen by its members."""

import json
from typing import Any

from sqlite_utils import Database

from ddcat.facts import Facts
from ddcat.records import Agency, Person, Program
from ddcat.store import agencies
from ddcat.store.connection import InUse, Missing, new_ref, writing

_SEEN = """
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts FROM program
JOIN agency ON agency.id = program.agency_id
JOIN membership ON membership.agency_id = agency.id AND membership.person_id = :person
"""


def all(db: Database, person: Person) -> list[Program]:
    """This person's programs, by agency and name."""
    order = "ORDER BY agency.name COLLATE NOCASE, agency.id, program.name COLLATE NOCASE, program.id"
    return [_program(row) for row in db.execute(_SEEN + order, {"person": person.id})]


def get(db: Database, person: Person, ref: str) -> Program:
    """One of this person's programs. Raises Missing."""
    row = db.execute(_SEEN + "WHERE program.ref = :ref", {"person": person.id, "ref": ref}).fetchone()
    if row is None:
        raise Missing(ref)
    return _program(row)


def add(db: Database, person: Person, agency_ref: str, name: str, facts: Facts) -> Program:
    """A new program of one of this person's agencies. Raises Missing."""
    agency = agencies.get(db, person, agency_ref)
    program = Program(new_ref(), name, agency, facts)
    with writing(db):
        db.execute(
            "INSERT INTO program (ref, agency_id, name, facts)"
            " SELECT ?, agency.id, ?, ? FROM agency WHERE agency.ref = ?",
            [program.ref, name, json.dumps(facts), agency_ref],
        )
    return program


def change(db: Database, person: Person, ref: str, name: str, facts: Facts) -> None:
    """Another name or other facts; assessments keep the facts they began with. Raises Missing."""
    get(db, person, ref)
    with writing(db):
        db.execute("UPDATE program SET name = ?, facts = ? WHERE ref = ?", [name, json.dumps(facts), ref])


def remove(db: Database, person: Person, ref: str) -> None:
    """Remove a program of which nothing was ever assessed. Raises Missing or InUse."""
    get(db, person, ref)
    with writing(db):
        id = db.execute("SELECT id FROM program WHERE ref = ?", [ref]).fetchone()[0]
        if db.execute("SELECT 1 FROM assessment WHERE program_id = ?", [id]).fetchone():
            raise InUse(ref)
        db.execute("DELETE FROM program WHERE id = ?", [id])


def _program(row: tuple[Any, ...]) -> Program:
    ref, name, facts, *agency = row
    return Program(ref, name, Agency(agency[0], agency[1], json.loads(agency[2])), json.loads(facts))
