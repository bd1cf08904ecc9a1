"""What is due to somebody, and the private address at which her calendar reads it. Only its digest is kept."""

from hashlib import sha256
from secrets import token_urlsafe

from sqlite_utils import Database

from ddcat import dates
from ddcat.dates import Event
from ddcat.records import Person
from ddcat.store import actions, assessments, people, trail
from ddcat.store.connection import Missing, now, writing


def events(db: Database, person: Person) -> tuple[Event, ...]:
    """Everything that is due to this person, judged by the roles that she holds now."""
    standing = assessments.standing(db, person).values()
    pairs = ((one.sealed, one.draft) for one in standing)
    return dates.events(person.ref, actions.of_person(db, person), assessments.named(db, person), pairs)


def make(db: Database, person: Person) -> str:
    """The token of a new address; the one before no longer works."""
    token = token_urlsafe(32)
    with writing(db):
        db.execute(
            "INSERT INTO feed (person_id, digest, made_at) VALUES (?, ?, ?)"
            " ON CONFLICT (person_id) DO UPDATE SET digest = excluded.digest, made_at = excluded.made_at",
            [person.id, _digest(token), now()],
        )
        trail.add(db, person, "make calendar", "person", person.ref)
    return token


def end(db: Database, person: Person) -> None:
    """The address of this person no longer works."""
    with writing(db):
        if db.execute("DELETE FROM feed WHERE person_id = ?", [person.id]).rowcount:
            trail.add(db, person, "end calendar", "person", person.ref)


def made_at(db: Database, person: Person) -> str:
    """When the address of this person was made, "" where she has none."""
    row = db.execute("SELECT made_at FROM feed WHERE person_id = ?", [person.id]).fetchone()
    return str(row[0]) if row else ""


def owner(db: Database, token: str) -> Person:
    """Whose calendar has this token. Raises Missing where it is nobody's, or hers who was disabled."""
    found = (
        "SELECT person.ref FROM feed JOIN person ON person.id = person_id WHERE digest = ? AND disabled_at IS NULL"
    )
    row = db.execute(found, [_digest(token)]).fetchone()
    if row is None:
        raise Missing("calendar")
    return people.get(db, row[0])


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
