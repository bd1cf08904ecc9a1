"""What files bring is kept: all of it in one transaction, or nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from ddcat import verifying
from ddcat.access import Role
from ddcat.faults import Faulty
from ddcat.importing import Arrival, Cargo, Matching, Past, Place, Preview, There
from ddcat.records import Agency, Assessment, Origin, Person, Program
from ddcat.seal import Record, canonical
from ddcat.store import instruments, people, roles, trail
from ddcat.store.connection import new_ref, now, writing

SOURCE = "imported_from"
"""The fact of an assessment that says from where it came."""

AT_ONCE = 500
COMMAND_LINE = "command line"

_EVERYTHING = frozenset({Role.ADMINISTRATOR, Role.DIRECTOR})
_AGENCIES = f"""
SELECT agency.ref, agency.name, agency.facts, {roles.HELD} FROM agency LEFT JOIN role ON {roles.OF_AGENCY}
GROUP BY agency.id ORDER BY agency.id
"""
_PROGRAMS = f"""
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts, {roles.HELD} FROM program
JOIN agency ON agency.id = program.agency_id LEFT JOIN role ON {roles.OF_PROGRAM}
GROUP BY program.id ORDER BY program.id
"""
_PAST = """
SELECT assessment.id, program.ref, assessment.instrument, assessed_on, kind, coalesce(rater, ''), period
FROM assessment JOIN program ON program.id = program_id
WHERE deleted_at IS NULL AND program.ref IN (SELECT value FROM json_each(?)) ORDER BY assessment.id
"""
_RATINGS = """
SELECT assessment.id, item, value FROM assessment JOIN {table} ON assessment_id = assessment.id
WHERE is_blind = {is_blind} AND value IS NOT NULL AND assessment.id IN (SELECT value FROM json_each(?))
"""
_ASSESSMENT = (
    *("id", "ref", "program_id", "instrument", "assessed_on", "period", "kind", "rater", "facts", "started_at"),
    *("sealed_at", "result"),
)


def preview(db: Database, person: Person | None, cargo: Cargo) -> Preview:
    """What keeping this would do; `person` None is the command line, which may do everything."""
    matching = Matching(cargo, _there(db, person))
    past = [Past(*row) for row in db.execute(_PAST, [json.dumps(matching.refs)])]
    days = {arrival.assessment.assessed_on for arrival in cargo.arrivals}
    ratings: dict[int, dict[str, int]] = {each.id: {} for each in past if each.assessed_on in days}
    for table, is_blind in (("rating", 0), ("agreed", 1)):
        rows = db.execute(_RATINGS.format(table=table, is_blind=is_blind), [json.dumps(list(ratings))])
        for id, item, value in rows:
            ratings[id][item] = value
    return matching.preview(past, ratings)


def keep(db: Database, person: Person | None, cargo: Cargo, *, seals: bool) -> Preview:
    """Keep everything that a cargo brings and that is not here yet, or nothing; what was done.

    With `seals` what is complete is sealed; all else is a draft. Raises Faulty, or Busy where nothing can be written.
    """
    with writing(db):
        found = preview(db, person, cargo)
        if found.faults:
            raise Faulty(cargo.source, found.faults)
        keeper = _Keeper(db, person, cargo, seals)
        places = {key: keeper.place(place) for key, place in found.places.items()}
        for at in range(0, len(found.coming), AT_ONCE):
            keeper.assessments([(a, places[key], n) for a, key, n in found.coming[at : at + AT_ONCE]])
    return found


def _there(db: Database, person: Person | None) -> There:
    """Every agency and program; one that this person may not fill is refused, and not made a second time."""
    who = {"person": person.id if person else 0}

    def held(text: str | None) -> frozenset[str]:
        return roles.held(text) if person else _EVERYTHING

    agencies = [
        Agency(ref, name, json.loads(facts), held(roles_held))
        for ref, name, facts, roles_held in db.execute(_AGENCIES, who)
    ]
    programs = [
        Program(ref, name, Agency(agency_ref, agency_name, json.loads(agency_facts)), json.loads(facts), held(given))
        for ref, name, facts, agency_ref, agency_name, agency_facts, given in db.execute(_PROGRAMS, who)
    ]
    is_administrator = person is None or person.is_administrator
    return There(agencies, programs, frozenset({Role.ADMINISTRATOR}) if is_administrator else frozenset())


class _Keeper:
    """Writes inside the transaction that is under way; each thing with its entry in the trail."""

    def __init__(self, db: Database, person: Person | None, cargo: Cargo, seals: bool) -> None:
        self.db, self.person, self.cargo, self.seals = db, person, cargo, seals
        self.at = now()
        self.hand = person or _command_line(db)
        self.agencies: dict[str, Agency] = {}
        self.ids: dict[str, int] = {}
        self.next = 1 + (db.execute("SELECT max(id) FROM assessment").fetchone()[0] or 0)
        for volume in {arrival.volume.checksum: arrival.volume for arrival in cargo.arrivals}.values():
            instruments.keep(db, volume.checksum, volume.instrument.name, volume.data)

    def place(self, place: Place) -> Program:
        """A program as the cargo finds or leaves it."""
        program = place.program
        if place.is_new:
            program = replace(program, ref=new_ref(), agency=self._agency(program.agency))
            self.db.execute(
                "INSERT INTO program (ref, agency_id, name, facts) SELECT ?, id, ?, ? FROM agency WHERE ref = ?",
                [program.ref, program.name, json.dumps(program.facts), program.agency.ref],
            )
            self._tell("add", program, {"name": (None, program.name)} | trail.fields("facts", {}, program.facts))
        elif place.gained:
            values = [json.dumps(program.facts), program.ref]
            self.db.execute("UPDATE program SET facts = ? WHERE ref = ?", values)
            self._tell("change", program, trail.fields("facts", {}, place.gained))
        self.ids[program.ref] = roles.id_of(self.db, "program", program.ref)
        return program

    def _tell(self, act: str, program: Program, changes: trail.Changes) -> None:
        about = {"agency": program.agency.ref, "program": program.ref}
        trail.add(self.db, self.person, act, "program", program.ref, **about, changes=changes)

    def _agency(self, agency: Agency) -> Agency:
        """A new agency is made once; whoever imports directs it, or who will be the first to have an account."""
        if agency.ref:
            return agency
        key = agency.name.casefold()
        if key not in self.agencies:
            made = self.agencies[key] = replace(agency, ref=new_ref())
            self.db.execute("INSERT INTO agency (ref, name, facts) VALUES (?, ?, '{}')", [made.ref, made.name])
            changes = {"name": (None, made.name)}
            trail.add(self.db, self.person, "add", "agency", made.ref, agency=made.ref, changes=changes)
            if self.person or self.hand == people.first(self.db):
                roles.insert(self.db, self.hand, self.hand, Role.DIRECTOR, "agency", made.ref)
        return self.agencies[key]

    def assessments(self, coming: list[tuple[Arrival, Program, int]]) -> None:
        """So many assessments at once."""
        made = [self._made(*each) for each in coming]
        write = self.db.conn.executemany
        places = ", ".join("?" * len(_ASSESSMENT))
        write(f"INSERT INTO assessment ({', '.join(_ASSESSMENT)}) VALUES ({places})", [row for row, *_rest in made])
        write(
            "INSERT INTO rating (assessment_id, person_id, item, value, why, revision, saved_at)"
            " VALUES (?, ?, ?, ?, ?, 1, ?)",
            [said for row, assessment, *_rest in made for said in self._said(row[0], assessment)],
        )
        sealed = [(row[0], record, entry) for row, _assessment, record, entry in made if record]
        write(
            "INSERT INTO record (assessment_id, core, hash, entry) VALUES (?, ?, ?, ?)",
            [(id, canonical(record.core).decode(), record.hash, entry) for id, record, entry in sealed],
        )
        write(
            "INSERT INTO record_text (assessment_id, name, salt, value) VALUES (?, ?, ?, ?)",
            [
                (id, name, text.salt, canonical(text.value).decode())
                for id, record, _entry in sealed
                for name, text in record.texts.items()
            ],
        )

    def _made(
        self, arrival: Arrival, program: Program, period: int
    ) -> tuple[tuple[Any, ...], Assessment, Record | None, int]:
        """The row of an assessment, what is said in it, and, where it is sealed, its record and the entry of that."""
        assessment = self._assessment(arrival, program, period)
        about = {"agency": program.agency.ref, "program": program.ref}
        trail.add(self.db, self.person, "import", "assessment", assessment.ref, **about, changes=_told(assessment))
        if arrival.suspected:
            kept = dict.fromkeys(arrival.suspected, (None, self.cargo.reason))
            trail.add(self.db, self.person, "overrule", "assessment", assessment.ref, **about, changes=kept)
        record, entry = None, 0
        facts = dict(assessment.facts)
        if self.seals and arrival.is_complete:
            by = self.person.ref if self.person else ""
            record = verifying.record(arrival.volume.instrument, assessment, by=by, at=self.at)
            changes = {"record": (None, record.hash)}
            entry = trail.add(self.db, self.person, "seal", "assessment", assessment.ref, **about, changes=changes)
            facts |= {"sealed_program": program.name, "sealed_agency": program.agency.name}
        row = (
            *(self.next, assessment.ref, self.ids[program.ref], assessment.checksum, assessment.assessed_on, period),
            *(assessment.kind, assessment.rater, json.dumps(facts), self.at),
            *((self.at, canonical(record.core["result"]).decode()) if record else (None, None)),
        )
        self.next += 1
        return row, assessment, record, entry

    def _assessment(self, arrival: Arrival, program: Program, period: int) -> Assessment:
        """An assessment of a file as the store will give it out."""
        said = arrival.assessment
        items = [
            item.id for item in arrival.volume.instrument.items if item.id in said.ratings or item.id in said.why
        ]
        source = f"{self.cargo.source}, row {arrival.named.row}, SHA-256 {self.cargo.checksum}"
        return replace(
            said,
            ref=new_ref(),
            program=program.name,
            program_ref=program.ref,
            agency=program.agency.name,
            agency_ref=program.agency.ref,
            rater=said.rater or "",
            checksum=arrival.volume.checksum,
            period=period,
            facts={**program.agency.facts, **program.facts, SOURCE: source},
            started_at=self.at,
            revisions=dict.fromkeys(items, 1),
            origins=dict.fromkeys(items, Origin(self.hand.ref, self.at)),
        )

    def _said(self, id: int, assessment: Assessment) -> Iterator[tuple[Any, ...]]:
        """The rows of its ratings."""
        for item in assessment.revisions:
            value, why = assessment.ratings.get(item), assessment.why.get(item, "")
            yield id, self.hand.id, item, value, why, self.at


def _told(assessment: Assessment) -> dict[str, tuple[Any, Any]]:
    """What the trail tells of an assessment that came from a file; each text by itself, so that it can be erased."""
    values = {
        "instrument": assessment.checksum,
        "assessed_on": assessment.assessed_on,
        "kind": assessment.kind,
        "rater": assessment.rater or None,
        "period": assessment.period,
        f"facts/{SOURCE}": assessment.facts[SOURCE],
        "ratings": assessment.ratings,
        **{f"{item} why": why for item, why in assessment.why.items()},
    }
    return {name: (None, value) for name, value in values.items()}


def _command_line(db: Database) -> Person:
    """Whose ratings those are that nobody with an account imports: hers who will be the first, while nobody has one.

    Later somebody who never logs in stands for the command line.
    """
    first = people.first(db)
    if first.login is None:
        return first
    found = "SELECT id, name, ref FROM person WHERE login IS NULL AND name = ? ORDER BY id LIMIT 1"
    row = db.execute(found, [COMMAND_LINE]).fetchone()
    if row is None:
        db.execute("INSERT INTO person (name, ref) VALUES (?, ?)", [COMMAND_LINE, new_ref()])
        row = db.execute(found, [COMMAND_LINE]).fetchone()
    return Person(*row)
