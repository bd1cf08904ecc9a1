"""Sealed records: each given out as one file, and what should never have been typed erased from them."""

import json
import sqlite3
from contextlib import suppress
from typing import Any

from sqlite_utils import Database

from ddcat import seal
from ddcat.access import Act, may
from ddcat.records import Person
from ddcat.seal import canonical, place
from ddcat.store import assessments, instruments, kept, programs, trail
from ddcat.store.connection import Missing, Unusable, writing

# What an entry of the trail says in words of ours or by a ref was not typed by anybody, and is never erased.
_NEVER_ERASED = ("record", "amendment", "instrument", "role", "place", "kind", "assessed_on")


def export(db: Database, person: Person | None, ref: str) -> bytes:
    """The record of a sealed assessment as one file; `person` None is the command line. Raises Missing or Unusable.

    With it stand the entries of its program's trail, or only its own for who may not read the trail.
    """
    is_whole = person is None or may(Act.READ_TRAIL, assessments.get(db, person, ref).held)
    record = kept.record(db, ref)
    if record is None or record.assessment is None:
        raise Missing(ref)
    try:
        data = instruments.data(db, record.assessment["checksum"].decode())
        entries = kept.entries_of(db, ref, of_program=is_whole)
        return seal.export(record, data, entries, seal.erasures(kept.erasing(db)), trail.head(db))
    except (ValueError, LookupError) as error:
        raise Unusable(f"the record cannot be read; ddcat verify says more: {error}") from error


def erase(db: Database, person: Person, program_ref: str, text: str, reason: str) -> int:
    """Erase this text wherever it stands in a program as a whole value; in how many places. Raises Missing.

    Drafts, sealed assessments, the trail and kept forms lose the value, records its salt too; an entry of the trail
    names every place and keeps the reason. Whether this person may do that is judged by who calls.
    """
    program = programs.get(db, person, program_ref)
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        places = _Eraser(db, program_ref, text).erase() if text else []
        if not places:
            raise Missing(program_ref)
        said: dict[str, tuple[Any, Any]] = {"reason": (None, reason.replace(text, "…"))}
        about = {"agency": program.agency.ref, "program": program_ref}
        trail.add(
            db, person, "erase", "program", program_ref, **about, changes=said | dict.fromkeys(places, (None, None))
        )
    with suppress(sqlite3.OperationalError):
        # What earlier writes left in free pages and in the log goes too, unless the disk is full or others write.
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(places)


class _Eraser:
    """Finds one text in everything of one program, and removes the values that hold it."""

    def __init__(self, db: Database, program_ref: str, text: str) -> None:
        self.db, self.ref, self.text = db, program_ref, text
        self.places: list[str] = []

    def erase(self) -> list[str]:
        """The places that were erased."""
        self._trail()
        self._texts()
        rows = self.db.execute(
            "SELECT assessment.id, assessment.ref, sealed_at IS NOT NULL, rater, reason, cover, assessment.facts"
            " FROM assessment JOIN program ON program.id = program_id WHERE program.ref = ?",
            [self.ref],
        ).fetchall()
        for row in rows:
            self._assessment(*row)
        (facts,) = self.db.execute("SELECT facts FROM program WHERE ref = ?", [self.ref]).fetchone()
        self._sheet("program", self.ref, "facts", facts)
        self._forms({self.ref, *(ref for _id, ref, *_rest in rows)})
        return list(dict.fromkeys(self.places))

    def _trail(self) -> None:
        rows = self.db.execute(
            "SELECT trail_value.n, name, side, value FROM trail_value JOIN trail ON trail.n = trail_value.n"
            f" WHERE program = ? AND name NOT IN ({', '.join('?' for _name in _NEVER_ERASED)}) AND instr(value, ?)",
            [self.ref, *_NEVER_ERASED, canonical(self.text).decode()],
        )
        for n, name, side, value in rows.fetchall():
            if self._is_in(json.loads(value)):
                where = "n = ? AND name = ? AND side = ?"
                self.db.execute(f"UPDATE trail_value SET salt = NULL, value = NULL WHERE {where}", [n, name, side])
                self.places.append(place("entry", n, name, side))

    def _texts(self) -> None:
        rows = self.db.execute(
            "SELECT assessment.id, assessment.ref, record_text.name, value FROM record_text"
            " JOIN assessment ON assessment.id = assessment_id JOIN program ON program.id = program_id"
            " WHERE program.ref = ? AND instr(value, ?)",
            [self.ref, canonical(self.text).decode()],
        )
        for id, ref, name, value in rows.fetchall():
            if self._is_in(json.loads(value)):
                where = "assessment_id = ? AND name = ?"
                self.db.execute(f"UPDATE record_text SET salt = NULL, value = NULL WHERE {where}", [id, name])
                self.places.append(place("assessment", ref, name))

    def _assessment(
        self, id: int, ref: str, is_sealed: bool, rater: str, reason: str, cover: str, facts: str
    ) -> None:
        for name, value in (("rater", rater), ("reason", reason)):
            if value == self.text:
                self.db.execute(f"UPDATE assessment SET {name} = '' WHERE id = ?", [id])
                self.places.append(place("assessment", ref, name))
        self._sheet("assessment", ref, "cover", cover)
        self._sheet("assessment", ref, "facts", facts)
        where = "assessment_id = ? AND evidence = ?"
        for (item,) in self.db.execute(f"SELECT item FROM rating WHERE {where}", [id, self.text]).fetchall():
            self.places.append(place("assessment", ref, "evidence", item))
        # In a draft the next revision keeps a window that still shows the text from saving it again.
        raised = "" if is_sealed else ", revision = revision + 1"
        self.db.execute(f"UPDATE rating SET evidence = ''{raised} WHERE {where}", [id, self.text])

    def _sheet(self, table: str, ref: str, column: str, kept: str) -> None:
        values = json.loads(kept)
        # Program and agency are named in the record itself, which cannot change.
        gone = [name for name, value in values.items() if self._is_in(value) and not name.startswith("sealed_")]
        if gone:
            left = {name: value for name, value in values.items() if name not in gone}
            self.db.execute(f"UPDATE {table} SET {column} = ? WHERE ref = ?", [json.dumps(left), ref])
            self.places += [place(table, ref, column, name) for name in gone]

    def _forms(self, refs: set[str]) -> None:
        for person_id, path, fields in self.db.execute("SELECT person_id, path, fields FROM typed").fetchall():
            said = json.loads(fields)
            # Forms are kept as browsers send them, not as they are saved.
            left = [(name, "" if value.replace("\r\n", "\n").strip() == self.text else value) for name, value in said]
            if not refs.isdisjoint(path.split("/")) and left != [tuple(pair) for pair in said]:
                where = "person_id = ? AND path = ?"
                self.db.execute(f"UPDATE typed SET fields = ? WHERE {where}", [json.dumps(left), person_id, path])
                self.places.append(place("form", path))

    def _is_in(self, value: Any) -> bool:
        if isinstance(value, dict):
            return any(map(self._is_in, value.values()))
        if isinstance(value, list):
            return any(map(self._is_in, value))
        return bool(value == self.text)
