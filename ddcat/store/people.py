"""Who uses this installation. Until there are accounts, one person: whoever sits at this computer."""

from sqlite_utils import Database

from ddcat.records import Person


def only(db: Database) -> Person:
    """The one person of the single-user time."""
    id, name = db.execute("SELECT id, name FROM person ORDER BY id LIMIT 1").fetchone()
    return Person(id, name)
