"""Sealed records: each given out as one file, and what should never have been typed erased from them."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from ddcat import seal, verifying
from ddcat.access import Act, may
from ddcat.records import Assessment, Person
from ddcat.seal import canonical, place
from ddcat.store import assessments, blind, instruments, kept, programs, trail
from ddcat.store.connection import Missing, Unusable, writing

# What an entry of the trail says in words of ours or by a ref was not typed by anybody, and is never erased.
_NEVER_ERASED = (
    *("record", "amendment", "instrument", "role", "place", "kind", "assessed_on"),
    *("items", "due_on", "stands"),
)
# Nor are the codes of a line of evidence; before there were lines, what was typed for an item was called the same.
# Nor is the reason of an erasure: by whom and why something was erased stays.
_TRAIL = f"""
SELECT trail_value.n, name, side, value, act, ref, who FROM trail_value JOIN trail ON trail.n = trail_value.n
WHERE program = ? AND act != 'erase' AND name NOT IN ({", ".join(f"'{name}'" for name in _NEVER_ERASED)})
  AND NOT (act LIKE '% evidence' AND name LIKE '% evidence') AND instr(value, ?)
"""
_TEXTS = """
SELECT assessment.id, assessment.ref, record_text.name, value FROM record_text
JOIN assessment ON assessment.id = assessment_id JOIN program ON program.id = program_id
WHERE program.ref = ? AND instr(value, ?)
"""
# What the reasons of ratings are called by the record, if there is one.
_WHY = f"iif(instr(record.core, '\"format\":\"{seal.FIRST}\"'), 'evidence/', 'why/')"
# Where people type into an assessment beside its sheets: table, column, and the name that a record gives the text.
_SAID = (
    ("rating", "why", f"{_WHY} || iif(assessment.is_blind, person.ref || '/', '') || said.item"),
    ("agreed", "why", "'why/' || said.item"),
    ("evidence", "seen", "'seen/' || said.ref"),
    ("evidence", "place", "'place/' || said.ref"),
    ("evidence", "seen_by", "'seen_by/' || said.ref"),
    ("answer", "text", "'answer/' || said.finding"),
    ("assignment", "note", "'note/' || person.ref"),
)
_REVISED = ("rating", "agreed", "evidence")
_SHEETS = """
SELECT assessment.id, assessment.ref, sealed_at IS NOT NULL, rater, reason, cover, assessment.facts FROM assessment
JOIN program ON program.id = program_id WHERE program.ref = ?
"""


def export(db: Database, person: Person | None, ref: str) -> bytes:
    """The record of a sealed assessment as one file; `person` None is the command line. Raises Missing or Unusable.

    With it stand the entries of its program's trail, or only its own for who may not read the trail, and while
    somebody rates alone in the program; always those that erased something of it.
    """
    may_read = person is None or may(Act.READ_TRAIL, assessments.get(db, person, ref).held)
    record = kept.record(db, ref)
    if record is None or record.assessment is None:
        raise Missing(ref)
    is_whole = may_read and not blind.closed(db, record.assessment["program_ref"].decode())
    try:
        data = instruments.data(db, record.assessment["checksum"].decode())
        erased = seal.erasures(kept.erasing(db))
        erasing = {n for where, n in erased.items() if where.startswith(place("assessment", ref, ""))}
        entries = kept.entries_of(db, ref, erasing, of_program=is_whole)
        return seal.export(record, data, entries, erased, trail.head(db))
    except (ValueError, LookupError) as error:
        raise Unusable(f"the record cannot be read; ddcat verify says more: {error}") from error


def proven(db: Database, person: Person, ref: str) -> Assessment:
    """An assessment that this person may see, without its hash where it is not what was sealed. Raises Missing."""
    assessment = assessments.get(db, person, ref)
    if assessment.is_sealed and not is_intact(db, ref):
        return replace(assessment, hash=None)
    return assessment


def is_intact(db: Database, ref: str) -> bool:
    """Whether a sealed assessment is still what its record says, texts and all. The caller judges who asks."""
    return verifying.Verification(kept.one(db, ref)).is_intact()


def holding(db: Database, person: Person, program_ref: str, text: str) -> dict[str, list[str]]:
    """Every text in a program that contains this one, each with the places where it stands; this one first.

    Of what others who rate alone have written, only the very text is told. The caller judges who asks.
    """
    found: dict[str, list[str]] = {text: []}
    for where, value, is_veiled in _values(db, person, program_ref, text):
        for said in filter(lambda said: said == text if is_veiled else text in said, _strings(value)):
            found.setdefault(said, []).append(where)
    return {said: list(dict.fromkeys(places)) for said, places in found.items()}


def erase(db: Database, person: Person, program_ref: str, text: str, reason: str, also: Iterable[str] = ()) -> int:
    """Erase this text, and others with it, wherever one stands in a program as a whole value; in how many places.

    Raises Missing where there is none. Drafts, sealed assessments, the trail and kept forms lose the values, records
    their salts too; an entry of the trail names every place and keeps the reason. Whether this person may do that is
    judged by who calls.
    """
    program = programs.get(db, person, program_ref)
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        texts = sorted(filter(None, {text, *also}), key=len, reverse=True)
        places = list(dict.fromkeys(where for text in texts for where in _Eraser(db, program_ref, text).erase()))
        if not places:
            raise Missing(program_ref)
        for each in texts:
            reason = reason.replace(each, "…")
        said: dict[str, tuple[Any, Any]] = {"reason": (None, reason)}
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
        rows = self.db.execute(_SHEETS, [self.ref]).fetchall()
        for row in rows:
            self._assessment(*row)
        (facts,) = self.db.execute("SELECT facts FROM program WHERE ref = ?", [self.ref]).fetchone()
        self._sheet("program", self.ref, "facts", facts)
        self._forms({self.ref, *(ref for _id, ref, *_rest in rows)})
        return list(dict.fromkeys(self.places))

    def _trail(self) -> None:
        rows = self.db.execute(_TRAIL, [self.ref, canonical(self.text).decode()])
        for n, name, side, value, *_about in rows.fetchall():
            if self._is_in(json.loads(value)):
                where = "n = ? AND name = ? AND side = ?"
                self.db.execute(f"UPDATE trail_value SET salt = NULL, value = NULL WHERE {where}", [n, name, side])
                self.places.append(place("entry", n, name, side))

    def _texts(self) -> None:
        rows = self.db.execute(_TEXTS, [self.ref, canonical(self.text).decode()])
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
        for table, column, name in _SAID:
            said = _said(self.db, table, column, name, id)
            self.places += [place("assessment", ref, called) for called, text, _by in said if text == self.text]
            # In a draft the next revision keeps a window that still shows the text from saving it again.
            raised = ", revision = revision + 1" if table in _REVISED and not is_sealed else ""
            where = f"assessment_id = ? AND {column} = ?"
            self.db.execute(f"UPDATE {table} SET {column} = ''{raised} WHERE {where}", [id, self.text])

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
            left = [(name, "" if _saved(value) == self.text else value) for name, value in said]
            if not refs.isdisjoint(path.split("/")) and left != [tuple(pair) for pair in said]:
                where = "person_id = ? AND path = ?"
                self.db.execute(f"UPDATE typed SET fields = ? WHERE {where}", [json.dumps(left), person_id, path])
                self.places.append(place("form", path))

    def _is_in(self, value: Any) -> bool:
        return self.text in _strings(value)


def _values(db: Database, person: Person, program_ref: str, text: str) -> Iterator[tuple[str, Any, bool]]:
    """What can be erased of a program: its place, the value, and whether another wrote it who rates alone.

    Of trail and records only what may hold the text.
    """
    part = canonical(text).decode()[1:-1]
    may_know = blind.told(db, person, program_ref)
    for n, name, side, value, act, ref, who in db.execute(_TRAIL, [program_ref, part]):
        is_veiled = act in blind.WORK and ref in may_know and who not in may_know[ref]
        yield place("entry", n, name, side), json.loads(value), is_veiled
    for _id, ref, name, value in db.execute(_TEXTS, [program_ref, part]):
        yield place("assessment", ref, name), json.loads(value), False
    (kept_facts,) = db.execute("SELECT facts FROM program WHERE ref = ?", [program_ref]).fetchone()
    sheets = [("program", program_ref, "facts", kept_facts)]
    refs = {program_ref}
    for id, ref, _is_sealed, rater, reason, cover, facts in db.execute(_SHEETS, [program_ref]).fetchall():
        refs.add(ref)
        sheets += [("assessment", ref, "cover", cover), ("assessment", ref, "facts", facts)]
        for name, value in (("rater", rater), ("reason", reason)):
            yield place("assessment", ref, name), value, False
        for table, column, name in _SAID:
            for called, said, by in _said(db, table, column, name, id):
                yield place("assessment", ref, called), said, ref in may_know and by not in may_know[ref]
    for table, ref, column, values in sheets:
        for name, value in json.loads(values).items():
            if not name.startswith("sealed_"):
                yield place(table, ref, column, name), value, False
    closed = blind.closed(db, program_ref)
    for person_id, path, fields in db.execute("SELECT person_id, path, fields FROM typed"):
        if not refs.isdisjoint(path.split("/")):
            is_veiled = person_id != person.id and not closed.isdisjoint(path.split("/"))
            yield place("form", path), [_saved(value) for _name, value in json.loads(fields)], is_veiled


def _said(db: Database, table: str, column: str, name: str, id: int) -> list[tuple[str, str, str]]:
    """What people typed into this column for an assessment: its name, the text, and by whom (a ref)."""
    sql = (
        f"SELECT {name}, said.{column}, person.ref FROM {table} AS said JOIN person ON person.id = said.person_id"
        " JOIN assessment ON assessment.id = said.assessment_id"
        " LEFT JOIN record ON record.assessment_id = assessment.id"
        f" WHERE said.assessment_id = ? AND said.{column} != ''"
    )
    return db.execute(sql, [id]).fetchall()


def _strings(value: Any) -> list[str]:
    """Every text in a value of JSON."""
    if isinstance(value, dict):
        return [said for inner in value.values() for said in _strings(inner)]
    if isinstance(value, list):
        return [said for inner in value for said in _strings(inner)]
    return [value] if isinstance(value, str) else []


def _saved(value: str) -> str:
    """What a form sent, as it would have been saved."""
    return value.replace("\r\n", "\n").strip()
