"""What somebody had typed when her login ended: kept for a day, given back to her alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store.connection import Missing, now, writing

HOURS = 24
MOST = 20
# A form with one of these fields is never kept: a password does not lie here in plain letters.
SECRET = {"password", "again", "code"}

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that did not arrive: where it was sent, what it said, and when."""

    path: str
    fields: Fields
    at: str


def keep(db: Database, person_ref: str, path: str, fields: Fields) -> bool:
    """Keep a form for this person; one for the same page from before gives way, and the oldest of too many.

    Whether it was kept: a form where nothing was typed is not, nor one with a password.
    """
    if not any(value.strip() for _name, value in fields) or any(name in SECRET for name, _value in fields):
        return False
    with writing(db):
        _forget_old(db)
        db.execute(
            "INSERT INTO typed (person_id, path, fields, typed_at) SELECT id, ?, ?, ? FROM person WHERE ref = ?"
            " ON CONFLICT DO UPDATE SET fields = excluded.fields, typed_at = excluded.typed_at",
            [path, json.dumps(list(fields)), now(), person_ref],
        )
        db.execute(
            "DELETE FROM typed WHERE (person_id, path) IN (SELECT person_id, path FROM typed WHERE person_id ="
            " (SELECT id FROM person WHERE ref = ?) ORDER BY typed_at DESC, path = ? DESC LIMIT -1 OFFSET ?)",
            [person_ref, path, MOST],
        )
    return True


def all(db: Database, person: Person) -> list[Typed]:
    """What is kept for this person, newest first."""
    rows = db.execute(
        "SELECT path, fields, typed_at FROM typed WHERE person_id = ? AND typed_at > ? ORDER BY typed_at DESC, path",
        [person.id, _oldest()],
    )
    return [Typed(path, [(name, value) for name, value in json.loads(fields)], at) for path, fields, at in rows]


def get(db: Database, person: Person, path: str) -> Typed:
    """What is kept of this page. Raises Missing."""
    found = next((typed for typed in all(db, person) if typed.path == path), None)
    if found is None:
        raise Missing(path)
    return found


def forget(db: Database, person: Person, path: str) -> None:
    """Throw away what is kept of this page."""
    with writing(db):
        _forget_old(db)
        db.execute("DELETE FROM typed WHERE person_id = ? AND path = ?", [person.id, path])


def _forget_old(db: Database) -> None:
    db.execute("DELETE FROM typed WHERE typed_at <= ?", [_oldest()])


def _oldest() -> str:
    return (datetime.now(UTC) - timedelta(hours=HOURS)).isoformat(timespec="seconds")
