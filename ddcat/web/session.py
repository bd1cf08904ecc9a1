"""Who asks, and the database connection that answers."""

from contextlib import suppress
from pathlib import Path
from threading import local

from flask import Flask, current_app, g

from ddcat import store
from ddcat.records import Person
from ddcat.store import people


class _Open:
    """A connection to the file as it now is; closed when nobody holds it any more."""

    def __init__(self, path: Path, inode: int) -> None:
        self.db = store.connect(path)
        self.inode = inode

    def __del__(self) -> None:
        # When the interpreter ends, the last to let go may be another thread; then closing is refused.
        with suppress(Exception):
            self.db.conn.close()


class _OfThread(local):
    """Each thread's own connection, kept from request to request: opening one costs more than asking it."""

    kept: _Open | None = None

    def db(self, path: Path) -> store.Database:
        """The kept connection, or a new one where another file has taken the place of the old."""
        try:
            inode = path.stat().st_ino
        except OSError as error:
            raise store.Busy(str(error)) from error
        if self.kept is None or self.kept.inode != inode:
            self.kept = _Open(path, inode)
        return self.kept.db


def prepare(app: Flask) -> None:
    """Give the application its connections; each is opened when its thread first asks."""
    app.extensions["connections"] = _OfThread()


def db() -> store.Database:
    """This thread's connection."""
    connections: _OfThread = current_app.extensions["connections"]
    return connections.db(current_app.config["DATABASE"])


def person() -> Person:
    """Who asks. Until there are accounts: the one person at this computer."""
    if "person" not in g:
        g.person = people.only(db())
    return g.person  # type: ignore[no-any-return]
