"""Which reminders went out. Each is marked before it is sent, under a key that stands once: so it goes out once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from ddcat.dates import Event
from ddcat.records import Person
from ddcat.store.connection import now, writing

WAIT = timedelta(hours=1)
"""A reminder that was marked, and neither sent nor failed after this time, may never have gone out."""

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Unsent:
    """A reminder that did not go out, and why; `fault` is "" where its sending was begun and nobody knows more."""

    event: str
    due_on: str
    fault: str


def mark(db: Database, person: Person, events: Iterable[Event]) -> list[Event]:
    """Those of these events of which this person was never reminded; from now on she was, whatever comes of it.

    Who marks has the one right to send: among any number who try at once, each event is given to one. A day that
    was moved makes another event.
    """
    known = set(db.execute("SELECT event, due_on FROM reminder WHERE person_id = ?", [person.id]))
    fresh = [event for event in events if (event.key, event.day) not in known]
    if not fresh:
        return []
    with writing(db):
        return [event for event in fresh if _is_inserted(db, person, event)]


def note_sent(db: Database, person: Person, events: Sequence[Event]) -> None:
    """The reminder of these events was handed in."""
    with writing(db):
        _note(db, person, events, sent_at=now(), fault="")


def note_fault(db: Database, person: Person, events: Sequence[Event], fault: str) -> None:
    """The reminder of these events could not be handed in."""
    with writing(db):
        _note(db, person, events, sent_at=None, fault=" ".join(fault.split())[:LONGEST] or "?")


def unsent(db: Database, person: Person) -> list[Unsent]:
    """The reminders to this person that failed, or that were begun a while ago and never came to an end."""
    earlier = (datetime.now(UTC) - WAIT).isoformat(timespec="seconds")
    rows = db.execute(
        "SELECT event, due_on, fault FROM reminder"
        " WHERE person_id = ? AND sent_at IS NULL AND (fault != '' OR marked_at < ?) ORDER BY due_on, event",
        [person.id, earlier],
    )
    return [Unsent(*row) for row in rows]


def _is_inserted(db: Database, person: Person, event: Event) -> bool:
    row = [person.id, event.key, event.day, now()]
    sql = "INSERT INTO reminder (person_id, event, due_on, marked_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    return bool(db.execute(sql, row).rowcount)


def _note(db: Database, person: Person, events: Sequence[Event], *, sent_at: str | None, fault: str) -> None:
    for event in events:
        db.execute(
            "UPDATE reminder SET sent_at = ?, fault = ? WHERE person_id = ? AND event = ? AND due_on = ?",
            [sent_at, fault, person.id, event.key, event.day],
        )
