"""The very bytes of every instrument that an assessment was begun with."""

from sqlite_utils import Database

from ddcat.store.connection import Missing


def keep(db: Database, checksum: str, name: str, data: bytes) -> None:
    """Keep these bytes; once is enough."""
    db.execute(
        "INSERT INTO instrument (checksum, name, data) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [checksum, name, data],
    )


def data(db: Database, checksum: str) -> bytes:
    """The bytes kept under this checksum. Raises Missing."""
    row = db.execute("SELECT data FROM instrument WHERE checksum = ?", [checksum]).fetchone()
    if row is None:
        raise Missing(checksum)
    return bytes(row[0])


def ids(db: Database) -> dict[str, str]:
    """The id of every instrument that an assessment was begun with, by checksum: its versions share it."""
    return {
        checksum: name.partition("@")[0] for checksum, name in db.execute("SELECT checksum, name FROM instrument")
    }


def checksums(db: Database) -> list[str]:
    """Of every instrument that an assessment was begun with."""
    return [checksum for (checksum,) in db.execute("SELECT checksum FROM instrument")]
