"""What is kept to be proven, as the database holds it: text in bytes, before anything is believed."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from ddcat.seal import Kept, KeptEntry, KeptRecord
from ddcat.store import migrations
from ddcat.store.connection import Unusable


def _bytes(names: str, table: str = "") -> dict[str, str]:
    """Columns of text by name, as their very bytes: what is no UTF-8 any more can still be looked at."""
    return {name: f"CAST({table}{name} AS BLOB)" for name in names.split()}


_ENTRY = _bytes("at who act kind ref agency program changes previous hash")
_SAID = _bytes("name side salt value")
_TEXT = _bytes("name salt value")
_INSTRUMENT = _bytes("checksum name data")
_BY = "CAST((SELECT ref FROM person WHERE person.id = person_id) AS BLOB)"
_RATING = _bytes("item why saved_at") | {"value": "value", "revision": "revision", "by": _BY}
_RATER = _bytes("items due_on stands state note changed_at") | {"ref": _BY}
_EVIDENCE = _bytes("ref item source seen place seen_on seen_by finding counts saved_at") | {
    **{name: name for name in ("n", "is_everybody", "supports", "of_meeting", "revision")},
    "by": _BY,
}
_ANSWER = _bytes("finding text saved_at") | {"by": _BY}
_CARRIED = _bytes("item") | {
    "assessment": "CAST((SELECT ref FROM assessment WHERE assessment.id = from_id) AS BLOB)",
    "assessed_on": "CAST((SELECT assessed_on FROM assessment WHERE assessment.id = from_id) AS BLOB)",
}
# What a rater wrote whom nobody asks any more, at all or for this item, is no part of what was sealed.
_IS_ALL = "CASE WHEN json_valid(items) THEN json_array_length(items) = 0 ELSE 1 END"
_ASKED = f"""EXISTS (
  SELECT 1 FROM assignment WHERE assignment.assessment_id = :id AND assignment.person_id = said.person_id
  AND CASE WHEN {_IS_ALL} THEN 1 ELSE said.item IN (SELECT value FROM json_each(items)) END
)"""
_OF_BLIND = "(SELECT is_blind FROM assessment WHERE assessment.id = :id)"
_LIVE = _bytes("ref assessed_on kind rater cover facts reason started_at sealed_at result deleted_at", "own.") | {
    "period": "own.period",
    "is_blind": "own.is_blind",
    "edition": "own.edition",
    "checksum": "CAST(own.instrument AS BLOB)",
    "program_ref": "CAST((SELECT ref FROM program WHERE id = own.program_id) AS BLOB)",
    "agency_ref": "CAST((SELECT agency.ref FROM program JOIN agency ON agency.id = program.agency_id"
    " WHERE program.id = own.program_id) AS BLOB)",
    "amends": "CAST((SELECT ref FROM assessment WHERE id = own.amends_id) AS BLOB)",
}
_SEALING = _bytes("act kind ref agency program who", "trail.") | _bytes("salt value", "sealed.")
_RECORD = f"""
SELECT record.assessment_id, CAST(record.core AS BLOB), CAST(record.hash AS BLOB), record.entry, own.id, trail.n,
  {", ".join([*_LIVE.values(), *_SEALING.values()])}
FROM record
LEFT JOIN assessment AS own ON own.id = record.assessment_id
LEFT JOIN trail ON trail.n = record.entry
LEFT JOIN trail_value AS sealed ON sealed.n = record.entry AND sealed.name = 'record' AND sealed.side = 'new'
"""
_UNSEALED = """
SELECT n FROM trail WHERE act = 'seal' AND NOT EXISTS (
  SELECT 1 FROM assessment JOIN record ON record.assessment_id = assessment.id
  WHERE assessment.ref = trail.ref AND record.entry = trail.n
)
"""
_UNRECORDED = """
SELECT CAST(ref AS BLOB) FROM assessment
WHERE sealed_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM record WHERE assessment_id = assessment.id)
"""
_PERSON = (
    _bytes("ref", "said.")
    | _bytes("name login", "person.")
    | {
        f"said_{name}": f"CAST((SELECT value FROM trail_value WHERE n = said.n AND name = '{name}' AND side = 'new')"
        " AS BLOB)"
        for name in ("name", "login")
    }
)
_PEOPLE = """
FROM (SELECT ref, max(n) AS n FROM trail WHERE kind = 'person' AND act = 'add' GROUP BY ref) AS said
LEFT JOIN person ON person.ref = said.ref ORDER BY said.n
"""
_NO_LOG = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
_STRAYS = "SELECT DISTINCT n FROM trail_value WHERE n NOT IN (SELECT n FROM trail) ORDER BY n"


@contextmanager
def reading(path: Path) -> Iterator[Database]:
    """A connection that cannot write, and sees one moment of the database. Raises Unusable."""
    connection = None
    try:
        connection = _read_only(path)
        db = Database(connection, execute_plugins=False)
        if missing := _missing(db):
            raise Unusable(f"it lacks {', '.join(missing)}; run ddcat migrate first")
        yield db
    except sqlite3.DatabaseError as error:
        raise Unusable(str(error)) from error
    finally:
        if connection:
            connection.close()


def everything(db: Database) -> Kept:
    """All there is to verify, for whoever has the file."""
    return Kept(
        instruments=_rows(db, _INSTRUMENT, "FROM instrument ORDER BY name"),
        erasing=erasing(db),
        entries=_entries(db, "ORDER BY n"),
        records=_records(db, "ORDER BY record.assessment_id"),
        unrecorded=(ref for (ref,) in db.execute(_UNRECORDED)),
        unsealed=(n for (n,) in db.execute(_UNSEALED)),
        strays=(n for (n,) in db.execute(_STRAYS)),
        people=_rows(db, _PERSON, _PEOPLE),
    )


def one(db: Database, ref: str) -> Kept:
    """What is kept of one sealed assessment: its record, its instrument, and what was erased."""
    where = "WHERE checksum = (SELECT instrument FROM assessment WHERE ref = ?)"
    return Kept(
        instruments=_rows(db, _INSTRUMENT, f"FROM instrument {where}", ref),
        erasing=erasing(db),
        entries=(),
        records=_records(db, "WHERE own.ref = ?", ref),
        unrecorded=(),
        unsealed=(),
        strays=(),
    )


def erasing(db: Database) -> Iterator[tuple[int, bytes]]:
    """Number and changes of every entry that erases."""
    yield from db.execute("SELECT n, CAST(changes AS BLOB) FROM trail WHERE act = 'erase'")


def record(db: Database, ref: str) -> KeptRecord | None:
    """The record of this assessment, if there is one. The caller judges who asks."""
    return next(_records(db, "WHERE own.ref = ?", ref), None)


def entries_of(db: Database, ref: str, erasing: Iterable[int], *, of_program: bool) -> Iterator[KeptEntry]:
    """The entries of the trail about an assessment, or about all of its program, and those with these numbers.

    Without the entries that erased something of a record nobody can tell that they did. The caller judges who asks.
    """
    about = "kind = 'assessment' AND ref = ?"
    if of_program:
        program = "SELECT program.ref FROM program JOIN assessment ON program_id = program.id"
        about = f"program = ({program} WHERE assessment.ref = ?)"
    numbered = "n IN (SELECT value FROM json_each(?))"
    return _entries(db, f"WHERE {about} OR {numbered} ORDER BY n", ref, json.dumps(sorted(erasing)))


def _missing(db: Database) -> list[str]:
    """The steps that this database lacks."""
    if "_sqlite_migrations" not in db.table_names():
        return ["every step"]
    return [step.name for step in migrations.steps.pending(db)]


def _read_only(path: Path) -> sqlite3.Connection:
    """Where even the log's index cannot be made beside the file, nobody writes, and it is read as it is."""
    uri, log = path.absolute().as_uri(), path.with_name(f"{path.name}-wal")
    try:
        return _opened(f"{uri}?mode=ro")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NO_LOG or (log.exists() and log.stat().st_size):
            raise
        return _opened(f"{uri}?mode=ro&immutable=1")


def _opened(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _entries(db: Database, where: str, *values: str) -> Iterator[KeptEntry]:
    said = f"SELECT {', '.join(_SAID.values())} FROM trail_value WHERE n = ?"
    for n, *row in db.execute(f"SELECT n, {', '.join(_ENTRY.values())} FROM trail {where}", values):
        yield KeptEntry(n, dict(zip(_ENTRY, row, strict=True)), list(db.execute(said, [n])))


def _records(db: Database, where: str, *values: str) -> Iterator[KeptRecord]:
    said = f"SELECT {', '.join(_TEXT.values())} FROM record_text WHERE assessment_id = ?"
    for id, core, hash, entry, own, n, *columns in db.execute(f"{_RECORD} {where}", values):
        live = dict(zip(_LIVE, columns[: len(_LIVE)], strict=True))
        sealing = dict(zip(_SEALING, columns[len(_LIVE) :], strict=True))
        yield KeptRecord(
            id=id,
            core=core,
            hash=hash,
            entry=entry,
            texts={name: (salt, value) for name, salt, value in db.execute(said, [id])},
            assessment=None if own is None else live,
            ratings=_said(db, _RATING, "agreed" if live["is_blind"] else "rating", id),
            sealing=None if n is None else sealing,
            raters=_said(db, _RATER, "assignment", id),
            alone=_said(db, _RATING, "rating", id, f"{_ASKED} AND {_OF_BLIND}"),
            evidence=_said(
                db, _EVIDENCE, "evidence", id, f"removed_at IS NULL AND (of_meeting OR NOT {_OF_BLIND} OR {_ASKED})"
            ),
            answers=_said(db, _ANSWER, "answer", id),
            carried=_said(db, _CARRIED, "carried", id),
        )


def _said(db: Database, columns: dict[str, str], table: str, id: int, where: str = "1") -> list[dict[str, Any]]:
    """What a table holds of one assessment."""
    order = "item, person_id" if table in ("rating", "agreed") else next(iter(columns))
    rest = f"FROM {table} AS said WHERE assessment_id = :id AND {where} ORDER BY {order}"
    return [
        dict(zip(columns, row, strict=True))
        for row in db.execute(f"SELECT {', '.join(columns.values())} {rest}", {"id": id})
    ]


def _rows(db: Database, columns: dict[str, str], rest: str, *values: Any) -> Iterator[dict[str, Any]]:
    for row in db.execute(f"SELECT {', '.join(columns.values())} {rest}", values):
        yield dict(zip(columns, row, strict=True))
