"""Sealing: an assessment freezes with its record, whose hash goes into the trail."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from ddcat.records import Assessment, Person
from ddcat.seal import Record, canonical
from ddcat.store.connection import writing
from ddcat.store.reading import IN_ORDER, SEEN, draft_of, is_alone, log, read, row_of
from ddcat.store.saving import NotGiven

# What every action of the program says at this moment: an assessment judges by it. An amendment judges as the edition
# before it did.
_STOOD = """
INSERT INTO action_stood
SELECT :id, action.id, action.rating, action.expected, action.starts_on, action.due_on, action.state FROM action
JOIN assessment ON assessment.id = action.assessment_id
WHERE action.removed_at IS NULL AND assessment.program_id = (SELECT program_id FROM assessment WHERE id = :id)
"""
_STOOD_AS_BEFORE = """
INSERT INTO action_stood SELECT :id, action_id, rating, expected, starts_on, due_on, state FROM action_stood
WHERE assessment_id = (SELECT amends_id FROM assessment WHERE id = :id)
"""


class Changed(Exception):
    """The assessment is no longer what the person saw: look again."""


class Unconfirmed(Exception):
    """Some ratings are carried, and nobody has confirmed that they are sealed as they stand."""


def seal(db: Database, person: Person, seen: Assessment, record: Record, *, with_carried: bool = False) -> None:
    """Freeze a draft as it was seen, with its record.

    `with_carried`: this person confirmed that what was carried and not re-rated is sealed as it stands.
    Raises Missing, Frozen, NotGiven while raters rate alone, Changed if it is another by now, or Unconfirmed.
    """
    with writing(db):
        row = draft_of(db, person, seen.ref)
        if is_alone(row):
            raise NotGiven(seen.ref)
        if read(db, row) != seen:
            raise Changed(seen.ref)
        if seen.carried and not with_carried:
            raise Unconfirmed(seen.ref)
        facts = json.loads(row["facts"]) | {"sealed_program": row["program"], "sealed_agency": row["agency"]}
        db.execute(
            "UPDATE assessment SET sealed_at = ?, result = ?, facts = ? WHERE id = ?",
            [record.core["sealed_at"], canonical(record.core["result"]).decode(), json.dumps(facts), row["id"]],
        )
        _keep(db, person, row, record)
        db.execute(_STOOD if row["amends"] is None else _STOOD_AS_BEFORE, {"id": row["id"]})


def unrecorded(db: Database, person: Person) -> list[Assessment]:
    """What was sealed before there were records, oldest first, as far as this person sees it."""
    where = "WHERE assessment.sealed_at IS NOT NULL AND record.hash IS NULL "
    return [read(db, row) for row in list(db.query(SEEN + where + IN_ORDER, {"person": person.id}))]


def record_later(db: Database, person: Person, ref: str, record: Record) -> None:
    """Keep the record of an assessment that was sealed before there were records."""
    with writing(db):
        row = row_of(db, person, ref)
        if row["hash"] is None:
            result = canonical(record.core["result"]).decode()
            db.execute("UPDATE assessment SET result = ? WHERE id = ?", [result, row["id"]])
            _keep(db, person, row, record)


def _keep(db: Database, person: Person, row: Mapping[str, Any], record: Record) -> None:
    """A record with the entry of the trail that holds its hash."""
    entry = log(db, person, "seal", row, {"record": (None, record.hash)})
    db.execute(
        "INSERT INTO record (assessment_id, core, hash, entry) VALUES (?, ?, ?, ?)",
        [row["id"], canonical(record.core).decode(), record.hash, entry],
    )
    db.conn.executemany(
        "INSERT INTO record_text (assessment_id, name, salt, value) VALUES (?, ?, ?, ?)",
        [(row["id"], name, text.salt, canonical(text.value).decode()) for name, text in record.texts.items()],
    )
