"""Programs: what is assessed, each run by one agency and seen by whoever holds a role that reaches it."""

import json
from collections.abc import Collection
from typing import Any

from sqlite_utils import Database

from ddcat import facts_sheet
from ddcat.access import Act, may
from ddcat.facts import Facts
from ddcat.records import Agency, Person, Program
from ddcat.store import agencies, roles, trail
from ddcat.store.connection import InUse, Missing, new_ref, writing
from ddcat.store.reading import Stale

_SEEN = f"""
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts, {roles.HELD} FROM program
JOIN agency ON agency.id = program.agency_id JOIN role ON {roles.OF_PROGRAM}
"""


def all(db: Database, person: Person) -> list[Program]:
    """This person's programs, by agency and name."""
    order = (
        "GROUP BY program.id ORDER BY agency.name COLLATE NOCASE, agency.id, program.name COLLATE NOCASE, program.id"
    )
    found = [_program(row) for row in db.execute(_SEEN + order, {"person": person.id})]
    return [program for program in found if may(Act.SEE_PROGRAM, program.held)]


def get(db: Database, person: Person, ref: str) -> Program:
    """One of this person's programs. Raises Missing."""
    where = "WHERE program.ref = :ref GROUP BY program.id"
    row = db.execute(_SEEN + where, {"person": person.id, "ref": ref}).fetchone()
    if row is None or not may(Act.SEE_PROGRAM, (program := _program(row)).held):
        raise Missing(ref)
    return program


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
        said = {"name": (None, name)} | trail.fields("facts", {}, facts)
        _log(db, person, "add", program, said)
    return program


def change(
    db: Database, person: Person, ref: str, name: str, facts: Facts, of: Collection[str] | None = None
) -> None:
    """Another name or other facts; assessments keep the facts they began with. Raises Missing.

    `of` names the facts that are said, others stay; None is all of them. Where a fact of the fact sheet is changed,
    its old date and source no longer hold, and go.
    """
    with writing(db):
        old = get(db, person, ref)
        left = {} if of is None else {key: value for key, value in old.facts.items() if key not in of}
        _keep(db, person, old, name, facts_sheet.vouched(old.facts, {**left, **facts}))


def tell(db: Database, person: Person, ref: str, facts: Facts, over: Facts, of: Collection[str]) -> None:
    """Say these facts of the fact sheet, with dates and sources; those that `of` does not name stay.

    `over` are the facts that were seen before. Raises Missing, or Stale where one of them is another by now.
    """
    with writing(db):
        old = get(db, person, ref)
        if any(old.facts.get(key) != over.get(key) for key in of):
            raise Stale(ref)
        left = {key: value for key, value in old.facts.items() if key not in of}
        _keep(db, person, old, old.name, {**left, **facts})


def _keep(db: Database, person: Person, old: Program, name: str, facts: Facts) -> None:
    said = {"name": (old.name, name)} | trail.fields("facts", old.facts, facts)
    _log(db, person, "change", old, trail.changed(said))
    db.execute("UPDATE program SET name = ?, facts = ? WHERE ref = ?", [name, json.dumps(facts), old.ref])


def remove(db: Database, person: Person, ref: str) -> None:
    """Remove a program of which nothing was ever assessed. Raises Missing or InUse."""
    with writing(db):
        old = get(db, person, ref)
        id = db.execute("SELECT id FROM program WHERE ref = ?", [ref]).fetchone()[0]
        if db.execute("SELECT 1 FROM assessment WHERE program_id = ?", [id]).fetchone():
            raise InUse(ref)
        for table in ("role", "link", "tag"):
            db.execute(f"DELETE FROM {table} WHERE program_id = ?", [id])
        db.execute("DELETE FROM program WHERE id = ?", [id])
        _log(db, person, "remove", old, {"name": (old.name, None)})


def _log(db: Database, person: Person, act: str, program: Program, changes: trail.Changes) -> None:
    trail.add(
        db, person, act, "program", program.ref, agency=program.agency.ref, program=program.ref, changes=changes
    )


def _program(row: tuple[Any, ...]) -> Program:
    ref, name, facts, agency_ref, agency_name, agency_facts, held = row
    agency = Agency(agency_ref, agency_name, json.loads(agency_facts))
    return Program(ref, name, agency, json.loads(facts), roles.held(held))
