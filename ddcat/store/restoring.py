"""Puts a backup in the place of the database: prepared beside it first, then all at once."""

import fcntl
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from sqlite_utils import Database

from ddcat.store import backups, blind, migrations, trail
from ddcat.store.backups import Damaged
from ddcat.store.connection import Busy, Unusable, alone, connect, file, writing
from ddcat.words import _

# Where SQLite locks a file that somebody has open: see "File Locking" in its documentation.
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510


class Refused(Exception):
    """This file cannot be restored; says why."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the database from before is kept, whether that was damaged, the steps it took."""

    kept: Path | None
    was_damaged: bool
    steps: list[str]


def restore(backup: Path, path: Path) -> Restored:
    """Make the database what the backup says, brought up to date, with every login ended.

    What was there is kept in `backups/` beside it first. A server may run meanwhile: readers see the old database
    or the new one. Raises Refused for the backup and Unusable for the database; then nothing was changed.
    """
    try:
        # Nobody migrates meanwhile, and no server starts.
        with alone(path), TemporaryDirectory(dir=path.parent, prefix=".ddcat-") as folder:
            new = file(Path(folder))
            steps = _prepare(backup, new)
            kept, was_damaged = _exchange(new, path)
    except (OSError, Busy, sqlite3.DatabaseError) as error:
        raise Unusable(getattr(error, "strerror", None) or str(error)) from error
    return Restored(kept, was_damaged, steps)


def _prepare(backup: Path, new: Path) -> list[str]:
    _take(backup, new)
    steps = migrations.migrate(new)
    with closing((db := connect(new)).conn):
        _end_logins(db)
        db.execute("PRAGMA journal_mode = WAL")
    return steps


def _take(backup: Path, new: Path) -> None:
    if not backup.is_file():
        raise Refused(_("this is no file") if backup.exists() else _("there is no such file"))
    with backup.open("rb"):
        pass  # who may not read it hears so from the system
    try:
        with closing(backups.at_rest(backup)) as source:
            _know(source)
            backups.fill(new, source)
    except sqlite3.DatabaseError as error:
        code = error.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_NOTADB:
            raise Refused(_("this is no ddcat database")) from error
        if code == sqlite3.SQLITE_CORRUPT:
            raise Refused(_("this backup is damaged: %(why)s", why=error)) from error
        raise
    if found := backups.faults(new):
        raise Refused(_("this backup is damaged: %(why)s", why="; ".join(found)))


def _know(source: sqlite3.Connection) -> None:
    applied = [step.name for step in migrations.steps.applied(Database(source, execute_plugins=False))]
    if not applied:
        raise Refused(_("this is no ddcat database"))
    known = {step.name for step in migrations.steps.pending(Database(memory=True))}
    if newer := [name for name in applied if name not in known]:
        raise Refused(_("this comes from a newer ddcat: %(steps)s is not known here", steps=", ".join(newer)))


def _end_logins(db: Database) -> None:
    """Sessions, open links and calendar addresses of any time before now no longer work, wherever they began.

    A person's epoch only counts up by one, so the milliseconds since 1970 are beyond every epoch there was.
    """
    with writing(db):
        db.execute("UPDATE person SET epoch = max(epoch + 1, ?)", [int(time() * 1000)])
        blind.end_links(db, "TRUE")
        db.execute("DELETE FROM feed")
        trail.add(db, None, "restore", "database", "")


def _exchange(new: Path, path: Path) -> tuple[Path | None, bool]:
    """Put the new database in place; where the one from before is kept, and whether that was damaged."""
    folder = path.parent / "backups"
    if not path.exists():
        _replace(path, new)
        return None, False
    try:
        return _pour(new, path, keep_in=folder), False
    except Damaged:
        kept = _set_aside(path, folder)
    try:
        _pour(new, path)
    except Damaged:
        _replace(path, new)
    return kept, True


def _pour(new: Path, path: Path, keep_in: Path | None = None) -> Path | None:
    """Write the new database over the old, which is kept once nobody else can write: no save falls between."""
    kept: list[Path] = []

    def keep() -> None:
        if keep_in:
            kept.append(backups.make(path, keep_in, "before-restore"))

    try:
        with closing(connect(new).conn) as source, closing(connect(path).conn) as live:
            live.execute("PRAGMA journal_mode = WAL")
            backups.pour(source, live, once_locked=keep)
    except sqlite3.DatabaseError as error:
        raise backups.kind(error)(str(error)) from error
    return kept[0] if kept else None


def _set_aside(path: Path, folder: Path) -> Path:
    """A damaged database as it lies there, byte by byte, with its log."""
    folder.mkdir(exist_ok=True, mode=0o700)
    kept = backups.free_name(path, folder, "damaged")
    for ending in ("-wal", ""):
        source = path.with_name(path.name + ending)
        if source.exists():
            copy = kept.with_name(kept.name + ending)
            os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            shutil.copyfile(source, copy)
    return kept


def _replace(path: Path, new: Path) -> None:
    """Where there is no database that SQLite could write into, the file itself takes the place.

    A log that lies there belongs to another database: it goes first, or it would be read into the new one.
    """
    if path.exists() and _is_open(path):
        raise Busy(_("too damaged to be written while it is open; stop the server, and Litestream, first"))
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    backups.sync(path.parent)
    new.replace(path)
    backups.sync(path.parent)


def _is_open(path: Path) -> bool:
    """Whether another process has this database open."""
    with path.open("r+b") as handle:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError:
            return True
    return False
