"""Writes what files bring into the database, inside the transaction that is under way."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from typing import Any

from sqlite_utils import Database

from ddcat import rescoring, seal
from ddcat.access import Role
from ddcat.facts import Facts
from ddcat.importing import Arrival, Cargo, Key, Place, Preview, agency_key
from ddcat.records import Agency, Assessment, Carried, Origin, Person, Program
from ddcat.seal import Record, canonical
from ddcat.store import instruments, people, roles, trail
from ddcat.store.connection import new_ref, now

SOURCE = "imported_from"
"""The fact of an assessment that says from where it came."""

RATED, RATERS = "rated_told", "raters_told"
"""The facts of an assessment that came with its ratings: how they came about, and how many people gave them."""

COMMAND_LINE = "command line"

_OF_IMPORT = (SOURCE, RATED, RATERS)
_ASSESSMENT = (
    *("id", "ref", "program_id", "instrument", "assessed_on", "period", "kind", "rater", "facts", "started_at"),
    *("sealed_at", "result", "cover"),
)


class Keeper:
    """Writes inside the transaction that is under way; each thing with its entry in the trail."""

    def __init__(self, db: Database, person: Person | None, cargo: Cargo, seals: bool, found: Preview) -> None:
        self.db, self.person, self.cargo, self.seals = db, person, cargo, seals
        self.at = now()
        self.hand = person or _command_line(db)
        self.agencies: dict[Key, Agency] = {}
        self.learning = found.learning
        self.ids: dict[str, int] = {}
        self.next = 1 + (db.execute("SELECT max(id) FROM assessment").fetchone()[0] or 0)
        self.carried: list[tuple[int, str, int]] = []
        # What something is carried from may come later in the file, so its number and ref are known beforehand.
        wanted = {one.assessment for arrival, *_rest in found.coming for one in arrival.assessment.carried.values()}
        self.origins = {
            name: (past.id, past.ref, past.assessed_on) for name, past in found.origins.items() if name in wanted
        } | {
            arrival.ref: (self.next + n, new_ref(), arrival.assessment.assessed_on)
            for n, (arrival, *_rest) in enumerate(found.coming)
            if arrival.ref in wanted
        }
        for volume in {arrival.volume.checksum: arrival.volume for arrival in cargo.arrivals}.values():
            instruments.keep(db, volume.checksum, volume.instrument.name, volume.data)

    def place(self, place: Place) -> Program:
        """A program as the cargo finds or leaves it."""
        program = replace(place.program, agency=self._agency(place.program.agency))
        if place.is_new:
            program = replace(program, ref=new_ref())
            self.db.execute(
                "INSERT INTO program (ref, agency_id, name, facts) SELECT ?, id, ?, ? FROM agency WHERE ref = ?",
                [program.ref, program.name, json.dumps(program.facts), program.agency.ref],
            )
            self._tell("add", program, {"name": (None, program.name)} | trail.fields("facts", {}, program.facts))
        elif place.gained:
            values = [json.dumps(program.facts), program.ref]
            self.db.execute("UPDATE program SET facts = ? WHERE ref = ?", values)
            self._tell("change", program, trail.fields("facts", {}, place.gained))
        id = self.ids[program.ref] = roles.id_of(self.db, "program", program.ref)
        if place.tags:
            rows = [(id, word) for word in place.tags]
            self.db.conn.executemany("INSERT INTO tag (program_id, word) VALUES (?, ?)", rows)
            self._tell("tag", program, {f"facts/tag {n}": (None, word) for n, word in enumerate(place.tags, 1)})
        return program

    def _tell(self, act: str, program: Program, changes: trail.Changes) -> None:
        about = {"agency": program.agency.ref, "program": program.ref}
        trail.add(self.db, self.person, act, "program", program.ref, **about, changes=changes)

    def _agency(self, agency: Agency) -> Agency:
        """An agency as the cargo finds or leaves it, which is done once."""
        key = agency_key(agency)
        if key not in self.agencies:
            _agency, gained = self.learning.get(key, (agency, {}))
            learned = replace(agency, facts={**agency.facts, **gained})
            self.agencies[key] = self._changed(learned, gained) if agency.ref else self._added(learned)
        return self.agencies[key]

    def _changed(self, agency: Agency, gained: Facts) -> Agency:
        if gained:
            values = [json.dumps(agency.facts), agency.ref]
            self.db.execute("UPDATE agency SET facts = ? WHERE ref = ?", values)
            changes = trail.fields("facts", {}, gained)
            trail.add(self.db, self.person, "change", "agency", agency.ref, agency=agency.ref, changes=changes)
        return agency

    def _added(self, agency: Agency) -> Agency:
        """Whoever imports directs a new agency, or who will be the first to have an account."""
        made = replace(agency, ref=new_ref())
        values = [made.ref, made.name, json.dumps(made.facts)]
        self.db.execute("INSERT INTO agency (ref, name, facts) VALUES (?, ?, ?)", values)
        changes = {"name": (None, made.name)} | trail.fields("facts", {}, made.facts)
        trail.add(self.db, self.person, "add", "agency", made.ref, agency=made.ref, changes=changes)
        if self.person or self.hand == people.first(self.db):
            roles.insert(self.db, self.hand, self.hand, Role.DIRECTOR, "agency", made.ref)
        return made

    def assessments(self, coming: list[tuple[Arrival, Program, int]]) -> None:
        """So many assessments at once."""
        results = _results([arrival for arrival, *_rest in coming]) if self.seals else repeat("")
        made = [self._made(*each, result) for each, result in zip(coming, results, strict=False)]
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
        self, arrival: Arrival, program: Program, period: int, result: str
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
        if result:
            instrument, by = arrival.volume.instrument, self.person.ref if self.person else ""
            named = {"id": instrument.id, "version": instrument.version, "checksum": assessment.checksum}
            record = seal.record(assessment, named, json.loads(result), by=by, at=self.at)
            changes = {"record": (None, record.hash)}
            entry = trail.add(self.db, self.person, "seal", "assessment", assessment.ref, **about, changes=changes)
            facts |= {"sealed_program": program.name, "sealed_agency": program.agency.name}
        row = (
            *(self.next, assessment.ref, self.ids[program.ref], assessment.checksum, assessment.assessed_on, period),
            *(assessment.kind, assessment.rater, json.dumps(facts), self.at),
            *((self.at, result) if record else (None, None)),
            json.dumps(assessment.cover),
        )
        marks = arrival.assessment.carried.items()
        self.carried += [(self.next, item, self.origins[one.assessment][0]) for item, one in marks]
        self.next += 1
        return row, assessment, record, entry

    def _assessment(self, arrival: Arrival, program: Program, period: int) -> Assessment:
        """An assessment of a file as the store will give it out."""
        said = arrival.assessment
        items = [
            item.id for item in arrival.volume.instrument.items if item.id in said.ratings or item.id in said.why
        ]
        marks = {item: self.origins[one.assessment] for item, one in said.carried.items()}
        source = f"{self.cargo.source}, row {arrival.named.row}, SHA-256 {self.cargo.checksum}"
        return replace(
            said,
            ref=self.origins[arrival.ref][1] if arrival.ref in self.origins else new_ref(),
            program=program.name,
            program_ref=program.ref,
            agency=program.agency.name,
            agency_ref=program.agency.ref,
            rater=said.rater or "",
            checksum=arrival.volume.checksum,
            period=period,
            facts={**program.agency.facts, **program.facts, SOURCE: source, **_circumstances(arrival)},
            carried={item: Carried(ref, day) for item, (_id, ref, day) in marks.items()},
            started_at=self.at,
            revisions=dict.fromkeys(items, 1),
            origins=dict.fromkeys(items, Origin(self.hand.ref, self.at)),
        )

    def _said(self, id: int, assessment: Assessment) -> Iterator[tuple[Any, ...]]:
        """The rows of its ratings."""
        for item in assessment.revisions:
            value, why = assessment.ratings.get(item), assessment.why.get(item, "")
            yield id, self.hand.id, item, value, why, self.at

    def close(self) -> None:
        """What was carried, now that everything is there that it may have been carried from."""
        write = "INSERT INTO carried (assessment_id, item, from_id) VALUES (?, ?, ?)"
        self.db.conn.executemany(write, self.carried)


def _results(arrivals: Sequence[Arrival]) -> list[str]:
    """The result of each that is complete, as it is kept; "" where one is not. No file brings lines of evidence."""
    import numpy as np

    found = [""] * len(arrivals)
    alike: dict[str, list[int]] = defaultdict(list)
    for at, arrival in enumerate(arrivals):
        if arrival.is_complete:
            alike[arrival.volume.checksum].append(at)
    for places in alike.values():
        instrument = arrivals[places[0]].volume.instrument
        ratings = np.array([[arrivals[at].assessment.ratings[item.id] for item in instrument.items] for at in places])
        evidenced = np.minimum(ratings, [item.ratings[0] for item in instrument.items])
        for at, text in zip(places, rescoring.texts(instrument, ratings, evidenced), strict=True):
            found[at] = text
    return found


def _circumstances(arrival: Arrival) -> dict[str, Any]:
    """How the ratings came about and how many people gave them, where that is more than anybody could count here."""
    told = {RATED: arrival.rated or None, RATERS: arrival.raters}
    if arrival.rated == "together" and arrival.raters == 1:
        return {}
    return {name: value for name, value in told.items() if value is not None}


def _told(assessment: Assessment) -> dict[str, tuple[Any, Any]]:
    """What the trail tells of an assessment that came from a file; each text by itself, so that it can be erased."""
    values = {
        "instrument": assessment.checksum,
        "assessed_on": assessment.assessed_on,
        "kind": assessment.kind,
        "rater": assessment.rater or None,
        "period": assessment.period,
        **{f"facts/{name}": assessment.facts[name] for name in _OF_IMPORT if name in assessment.facts},
        "ratings": assessment.ratings,
        **{f"{item} why": why for item, why in assessment.why.items()},
        **{f"cover/{name}": value for name, value in assessment.cover.items()},
        **{f"{item} carried from": carried.assessment for item, carried in assessment.carried.items()},
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
