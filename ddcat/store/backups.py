"""Copies of the database: the one way to make them, each whole and checked or not there at all."""

import os
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ddcat.store.connection import Busy, Unusable, connect
from ddcat.words import _

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"ddcat-(\d{8}T\d{6}Z)(?!.*-damaged).*\.sqlite")
_FAULTS_TOLD = 5


class Damaged(Unusable):
    """The content of this database is not whole; says where."""


def make(path: Path, folder: Path, why: str = "") -> Path:
    """A copy as the database is now, in this folder, while others go on writing. Raises Unusable.

    Its name tells the moment in UTC, and why; it needs no other file beside it.
    """
    if not path.is_file():
        raise Unusable(_("there is no database here"))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(dir=folder, prefix=".ddcat-") as making:
            copy = Path(making) / "copy.sqlite"
            with closing(connect(path).conn) as source:
                fill(copy, source)
            if found := faults(copy):
                raise Damaged("; ".join(found))
            made = free_name(path, folder, why)
            copy.replace(made)
        sync(folder)
    except sqlite3.DatabaseError as error:
        raise kind(error)(str(error)) from error
    except (OSError, Busy) as error:
        raise Unusable(getattr(error, "strerror", None) or str(error)) from error
    return made


def fill(path: Path, source: sqlite3.Connection) -> None:
    """A new file, for its owner only, with everything that `source` holds."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(connect(path).conn) as target:
        pour(source, target)
        target.execute("PRAGMA journal_mode = DELETE")


def pour(
    source: sqlite3.Connection, target: sqlite3.Connection, once_locked: Callable[[], None] | None = None
) -> None:
    """Put the content of `source` in the place of all that `target` holds: one transaction, all of it or none.

    `once_locked` is called when nobody else can write `target` any more, and those who read it still see the old.
    Raises Busy where somebody else holds one of them for longer than a connection waits.
    """
    waiting = [once_locked] if once_locked else []

    def go_on(status: int, _remaining: int, _pages: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # Python would try for ever
            raise Busy("database is locked")
        if waiting:
            waiting.pop()()

    source.backup(target, pages=1 if once_locked else -1, progress=go_on)


def at_rest(path: Path) -> sqlite3.Connection:
    """A connection that only reads, and leaves nothing beside a file that nobody has open."""
    in_use = any(path.with_name(path.name + ending).exists() for ending in ("-wal", "-journal"))
    how = "mode=ro" if in_use else "mode=ro&immutable=1"
    return sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)


def faults(path: Path) -> list[str]:
    """What is not whole in a copy, the first few."""
    try:
        with closing(at_rest(path)) as db:
            return faults_in(db)
    except sqlite3.DatabaseError as error:
        return [str(error)]


def faults_in(db: sqlite3.Connection) -> list[str]:
    """What is not whole in this database, the first few; some damage is told by an exception instead."""
    said = [text for (text,) in db.execute(f"PRAGMA integrity_check({_FAULTS_TOLD})") if text != "ok"]
    broken = db.execute("PRAGMA foreign_key_check").fetchmany(_FAULTS_TOLD)
    return said + [
        _("a row of %(child)s names a row of %(parent)s that is not there", child=child, parent=parent)
        for child, _row, parent, _key in broken
    ]


def kind(error: sqlite3.DatabaseError) -> type[Unusable]:
    """What to raise for it: Damaged where the content is to blame."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return Damaged if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT) else Unusable


def free_name(path: Path, folder: Path, why: str = "") -> Path:
    """A name in this folder that says when, and why, and that nothing has yet."""
    stem = "-".join(filter(None, [path.stem, datetime.now(UTC).strftime(_STAMP), why]))
    names = (folder / f"{stem}{again}.sqlite" for again in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


def newest(folder: Path) -> tuple[Path, datetime] | None:
    """The newest backup in this folder and its moment, as its name says it."""
    found = [(match[1], path) for path in folder.glob("ddcat-*.sqlite") if (match := _NAME.fullmatch(path.name))]
    if not found:
        return None
    stamp, path = max(found)
    return path, datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def sync(folder: Path) -> None:
    """A name that was given in this folder survives a power cut from here on."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
