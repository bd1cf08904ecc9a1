"""Brings a database up to date: the steps of its schema, and records for what was sealed before there were any."""

from contextlib import closing
from pathlib import Path

from ddcat import shelf, store, verifying
from ddcat.store import instruments, people, sealing

PEOPLE = "0002_people"


def upgrade(path: Path) -> list[str]:
    """Apply the steps that are pending, and name them. Raises store.Unusable.

    With the step that brings records, what was sealed before gets one; later nothing does, or whoever marks a draft
    as sealed behind our back would be given a genuine record.
    """
    names = store.migrate(path)
    if PEOPLE in names:
        with closing(store.connect(path).conn) as connection:
            _record(store.Database(connection))
    return names


def _record(db: store.Database) -> None:
    first = people.first(db)
    for sealed in sealing.unrecorded(db, first):
        instrument = shelf.parse(instruments.data(db, sealed.checksum))
        record = verifying.record(instrument, sealed, by=first.ref, at=str(sealed.sealed_at))
        sealing.record_later(db, first, sealed.ref, record)
