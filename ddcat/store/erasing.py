"""What should never have been typed: found in everything of a program, and erased."""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from sqlite_utils import Database

from ddcat import facts, facts_sheet, seal
from ddcat.progress import ITEMS_CHANGED, RATERS_CHANGED
from ddcat.records import Person
from ddcat.seal import canonical, place
from ddcat.store import blind, programs, trail
from ddcat.store.connection import Missing, writing

# What people type, and all of a sheet, is told in the trail under these names; everything else there is a code, a ref
# or a word of ours, and is neither found nor erased. An overruled warning is told under the field it stood at. The
# reason of an erasure stays. Before there were lines of evidence, what was typed for an item was called as their
# codes are now.
_TYPED = """(
  act = 'overrule' OR name IN ('name', 'login', 'rater', 'reason', 'note', 'facts', 'cover')
  OR name GLOB 'facts/*' OR name GLOB 'cover/*' OR name GLOB 'answer/*'
  OR name GLOB '* why' OR name GLOB '* seen' OR name GLOB '* place' OR name GLOB '* seen by'
  OR act = 'rate' AND name GLOB '* evidence'
  OR kind = 'action' AND name IN
    ('what', 'owner', 'proof', 'seen', 'measured', 'text', 'tried', 'prediction', 'happened', 'remark')
) AND act != 'erase'"""
_TRAIL = f"""
SELECT trail_value.n, name, side, value, act, ref, who FROM trail_value JOIN trail ON trail.n = trail_value.n
WHERE program = ? AND {_TYPED} AND instr(value, ?)
"""
_CHOSEN = ("choice", "choices", "yes", "day", "month")
# The fields of forms, as they are kept, in which nobody types text.
_CODES = {
    *(field.name for field in facts.fields(facts.AGENCY + facts.PROGRAM + facts.COVER) if field.kind in _CHOSEN),
    *(field.name for field in facts_sheet.FIELDS.values() if field.kind in _CHOSEN),
    *(f"{field.name}-{code}" for field in facts_sheet.FIELDS.values() for code in field.choices or {}),
    *("shown", "source", "finding", "supports", "seen_on", "is_everybody", "kind", "period", "instrument"),
    *("day", "role", "dimensions", "items", "due_on", "stands", "cannot", "confirm", "also", "person", "at", "link"),
    *("item", "to", "by", "effort", "owner_ref", "measured_as", "starts_on", "ends_on", "counted_on"),
    *("decision", "expected", "target", "how"),
}
# The state of an action is a code, that of an address is typed; other ratings are called after their item.
_CODES_OF_ACTIONS = {"state", "rating"}
_CODED = re.compile(r".*-(rating|stamp|keep|cost|to)")
# Why somebody rates again is kept where else stands what she was asked to change.
_OURS = (RATERS_CHANGED, ITEMS_CHANGED)
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
    ("assignment", "note", "'note/' || person.ref"),  # but those of _OURS
)
# Where people type into an action: table, column.
_WORK = (
    *(("action", column) for column in ("what", "owner", "proof", "reason", "seen", "measured")),
    *(("action_cycle", column) for column in ("tried", "prediction", "happened")),
    ("action_note", "text"),
    ("action_point", "remark"),
)
_REVISED = ("rating", "agreed", "evidence")
_SHEETS = """
SELECT assessment.id, assessment.ref, sealed_at IS NOT NULL, rater, reason, cover, assessment.facts FROM assessment
JOIN program ON program.id = program_id WHERE program.ref = ?
"""
_ACTIONS = """
SELECT action.id, action.ref FROM action JOIN assessment ON assessment.id = assessment_id
JOIN program ON program.id = program_id WHERE program.ref = ?
"""


def holding(db: Database, person: Person, program_ref: str, text: str) -> dict[str, list[str]]:
    """Every text in a program that contains this one, each with the places where it stands; this one first.

    What others write who rate alone is left out until all have submitted; of raters who were taken back before, only
    the very text is told then. The caller judges who asks.
    """
    found: dict[str, list[str]] = {text: []}
    for where, value, is_hidden in _values(db, person, program_ref, text):
        for said in filter(lambda said: said == text if is_hidden else text in said, _strings(value)):
            found.setdefault(said, []).append(where)
    return {said: list(dict.fromkeys(places)) for said, places in found.items()}


def erase(db: Database, person: Person, program_ref: str, text: str, reason: str, also: Iterable[str] = ()) -> int:
    """Erase this text, and others with it, wherever one stands in a program as a whole value; in how many places.

    Raises Missing where there is none. Drafts, sealed assessments, the trail and kept forms lose the values, records
    their salts too; an entry of the trail names every place and keeps the reason. What `holding` leaves out stays.
    Whether this person may do that is judged by who calls.
    """
    program = programs.get(db, person, program_ref)
    db.execute("PRAGMA secure_delete = ON")
    with writing(db):
        texts = sorted(filter(None, {text, *also}), key=len, reverse=True)
        erased = (_Eraser(db, person, program_ref, text).erase() for text in texts)
        places = list(dict.fromkeys(where for found in erased for where in found))
        if not places:
            raise Missing(program_ref)
        for each in texts:
            reason = reason.replace(each, "…")
        said: dict[str, tuple[Any, Any]] = {"reason": (None, reason)}
        about = {"agency": program.agency.ref, "program": program_ref}
        trail.add(
            db, person, "erase", "program", program_ref, **about, changes=said | dict.fromkeys(places, (None, None))
        )
    clean(db)
    return len(places)


def clean(db: Database) -> None:
    """What earlier writes left in free pages and in the log goes too, unless the disk is full or others write."""
    with suppress(sqlite3.OperationalError):
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class _Eraser:
    """Finds one text in everything of one program that can be found, and removes the values that hold it."""

    def __init__(self, db: Database, person: Person, program_ref: str, text: str) -> None:
        self.db, self.person, self.ref, self.text = db, person, program_ref, text
        self.closed = blind.closed(db, program_ref)
        self.places: list[str] = []

    def erase(self) -> list[str]:
        """The places that were erased."""
        self._trail()
        self._texts()
        rows = self.db.execute(_SHEETS, [self.ref]).fetchall()
        for row in rows:
            self._assessment(*row)
        actions = self.db.execute(_ACTIONS, [self.ref]).fetchall()
        for id, ref in actions:
            self._action(id, ref)
        (facts,) = self.db.execute("SELECT facts FROM program WHERE ref = ?", [self.ref]).fetchone()
        self._sheet("program", self.ref, "facts", facts)
        where = "word = ? AND program_id = (SELECT id FROM program WHERE ref = ?)"
        if self.db.execute(f"DELETE FROM tag WHERE {where}", [self.text, self.ref]).rowcount:
            self.places.append(place("program", self.ref, "tag"))
        self._forms({self.ref, *(ref for _id, ref, *_rest in (*rows, *actions))})
        return list(dict.fromkeys(self.places))

    def _trail(self) -> None:
        rows = self.db.execute(_TRAIL, [self.ref, canonical(self.text).decode()])
        for n, name, side, value, act, ref, who in rows.fetchall():
            if self._is_in(json.loads(value)) and not (act in blind.WORK and self._is_shut(ref, who)):
                where = "n = ? AND name = ? AND side = ?"
                self.db.execute(f"UPDATE trail_value SET salt = NULL, value = NULL WHERE {where}", [n, name, side])
                self.places.append(place("entry", n, name, side))

    def _texts(self) -> None:
        rows = self.db.execute(_TEXTS, [self.ref, canonical(self.text).decode()])
        for id, ref, name, value in rows.fetchall():
            if self._is_in(json.loads(value)) and not _is_ours(name, json.loads(value)):
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
            said = [one for one in _said(self.db, table, column, name, id) if one[1] == self.text]
            found = [(called, by) for called, _text, by in said if not self._is_shut(ref, by)]
            self.places += [place("assessment", ref, called) for called, _by in found]
            # In a draft the next revision keeps a window that still shows the text from saving it again.
            raised = ", revision = revision + 1" if table in _REVISED and not is_sealed else ""
            where = f"assessment_id = ? AND {column} = ? AND person_id IN (SELECT id FROM person WHERE ref = ?)"
            for by in {by for _called, by in found}:
                self.db.execute(f"UPDATE {table} SET {column} = ''{raised} WHERE {where}", [id, self.text, by])

    def _action(self, id: int, ref: str) -> None:
        for table, column in _WORK:
            whose = "id" if table == "action" else "action_id"
            # The next revision keeps a window that still shows the text from saving it again.
            cursor = self.db.execute(
                f"UPDATE {table} SET {column} = '', revision = revision + 1 WHERE {whose} = ? AND {column} = ?",
                [id, self.text],
            )
            self.places += [place("action", ref, column)] * bool(cursor.rowcount)

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
            left = [(name, "" if self.text == _saved(sent) and _is_free(path, name) else sent) for name, sent in said]
            is_shut = person_id != self.person.id and not self.closed.isdisjoint(path.split("/"))
            if not (is_shut or refs.isdisjoint(path.split("/"))) and left != [tuple(pair) for pair in said]:
                where = "person_id = ? AND path = ?"
                self.db.execute(f"UPDATE typed SET fields = ? WHERE {where}", [json.dumps(left), person_id, path])
                self.places.append(place("form", path))

    def _is_in(self, value: Any) -> bool:
        return self.text in _strings(value)

    def _is_shut(self, ref: str, who: str) -> bool:
        """Whether another wrote it who rates alone now."""
        return ref in self.closed and who != self.person.ref


def _values(db: Database, person: Person, program_ref: str, text: str) -> Iterator[tuple[str, Any, bool]]:
    """What can be erased of a program: its place, the value, and whether it is told to nobody any more.

    Of trail and records only what may hold the text.
    """
    part = canonical(text).decode()[1:-1]
    over = blind.veil(db, person, program_ref)
    for n, name, side, value, act, ref, who in db.execute(_TRAIL, [program_ref, part]):
        is_hidden = over.hides_entry(act, ref, who)
        if not (is_hidden and ref in over.closed):
            yield place("entry", n, name, side), json.loads(value), is_hidden
    for _id, ref, name, value in db.execute(_TEXTS, [program_ref, part]):
        if not _is_ours(name, json.loads(value)):
            yield place("assessment", ref, name), json.loads(value), False
    (kept_facts,) = db.execute("SELECT facts FROM program WHERE ref = ?", [program_ref]).fetchone()
    sheets = [("program", program_ref, "facts", kept_facts)]
    refs = {program_ref}
    for id, ref, _is_sealed, rater, reason, cover, snapshot in db.execute(_SHEETS, [program_ref]).fetchall():
        refs.add(ref)
        sheets += [("assessment", ref, "cover", cover), ("assessment", ref, "facts", snapshot)]
        for name, value in (("rater", rater), ("reason", reason)):
            yield place("assessment", ref, name), value, False
        for table, column, name in _SAID:
            for called, said, by in _said(db, table, column, name, id):
                is_hidden = over.hides(ref, by)
                if not (is_hidden and ref in over.closed):
                    yield place("assessment", ref, called), said, is_hidden
    for id, ref in db.execute(_ACTIONS, [program_ref]).fetchall():
        refs.add(ref)
        for table, column in _WORK:
            whose = "id" if table == "action" else "action_id"
            for (said,) in db.execute(f"SELECT {column} FROM {table} WHERE {whose} = ?", [id]):
                yield place("action", ref, column), said, False
    tagged = "SELECT word FROM tag JOIN program ON program.id = program_id WHERE program.ref = ?"
    for (word,) in db.execute(tagged, [program_ref]).fetchall():
        yield place("program", program_ref, "tag"), word, False
    for table, ref, column, values in sheets:
        for name, value in json.loads(values).items():
            if not name.startswith("sealed_"):
                yield place(table, ref, column, name), value, False
    for person_id, path, fields in db.execute("SELECT person_id, path, fields FROM typed"):
        is_shut = person_id != person.id and not over.closed.isdisjoint(path.split("/"))
        if not (is_shut or refs.isdisjoint(path.split("/"))):
            sent = [_saved(value) for name, value in json.loads(fields) if _is_free(path, name)]
            yield place("form", path), sent, False


def _said(db: Database, table: str, column: str, name: str, id: int) -> list[tuple[str, str, str]]:
    """What people typed into this column for an assessment: its name, the text, and by whom (a ref)."""
    sql = (
        f"SELECT {name}, said.{column}, person.ref FROM {table} AS said JOIN person ON person.id = said.person_id"
        " JOIN assessment ON assessment.id = said.assessment_id"
        " LEFT JOIN record ON record.assessment_id = assessment.id"
        f" WHERE said.assessment_id = ? AND said.{column} != ''"
    )
    return [one for one in db.execute(sql, [id]) if not _is_ours(*one[:2])]


def _is_ours(name: str, value: Any) -> bool:
    """Whether a text is a word of ours: why somebody rates again."""
    return name.startswith("note/") and value in _OURS


def _is_free(path: str, name: str) -> bool:
    """Whether people type text into this field of the form that is sent to a path."""
    codes = _CODES | _CODES_OF_ACTIONS if "actions" in path.split("/") else _CODES
    return name not in codes and not _CODED.fullmatch(name)


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
