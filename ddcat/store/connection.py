"""One connection, opened the same way everywhere, and the one way to read and then write."""

import fcntl
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from sqlite_utils import Database

BUSY_SECONDS = 10

_CANNOT_WRITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


class Missing(LookupError):
    """A row that is not there, or not this person's to see: the same answer for both."""


class InUse(Exception):
    """Something still stands on this record; it cannot be removed."""


class Busy(Exception):
    """The database could not be written: locked for too long, read-only, or the disk is full."""


class Unusable(Exception):
    """There can be no database here; says why."""


def file(folder: Path) -> Path:
    """The database in a data folder."""
    return folder / "ddcat.sqlite"


def connect(path: Path) -> Database:
    """A connection to a migrated database; one a thread. Acknowledged writes survive a crash.

    Write-ahead logging is a property of the file: the first migration switches it on for good.
    """
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.OperationalError as error:
        raise Busy(str(error)) from error
    return Database(connection, execute_plugins=False)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One process at a time makes or replaces this file: a lock beside it tells. Its folder is made for us alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """Read and then write without anybody writing in between: the transaction takes the write lock at once.

    Raises Busy where nothing can be written; then nothing was.
    """
    try:
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.conn.rollback()
            raise
        db.conn.commit()
    except sqlite3.OperationalError as error:
        db.conn.rollback()
        if error.sqlite_errorcode & 0xFF in _CANNOT_WRITE:
            raise Busy(str(error)) from error
        raise


def update(db: Database, table: str, ref: str, values: Mapping[str, Any]) -> None:
    """Give the row with this ref these values, by column; names of table and columns are ours."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"UPDATE {table} SET {columns} WHERE ref = :ref", {**values, "ref": ref})


def now() -> str:
    """This moment as ISO text in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_ref() -> str:
    """An address for a record that says nothing about any other: 16 hexadecimal digits by chance."""
    return token_hex(8)
