"""Who asks, and the database connection that answers."""

from contextlib import suppress
from pathlib import Path
from threading import local

from flask import Flask, current_app, g

from ddcat import store
from ddcat.records import Person
from ddcat.store import people


class _Open:
    """A connection that is closed when nobody holds it any more."""

    def __init__(self, path: Path) -> None:
        self.db = store.connect(path)

    def __del__(self) -> None:
        # When the interpreter ends, the last to let go may be another thread; then closing is refused.
        with suppress(Exception):
            self.db.conn.close()


class _OfThread(local):
    """Each thread's own connection, kept from request to request: opening one costs more than asking it."""

    def __init__(self, path: Path) -> None:
        self.open = _Open(path)


def prepare(app: Flask) -> None:
    """Give the application its connections; each is opened when its thread first asks."""
    app.extensions["connections"] = _OfThread(app.config["DATABASE"])


def db() -> store.Database:
    """This thread's connection."""
    return current_app.extensions["connections"].open.db  # type: ignore[no-any-return]


def person() -> Person:
    """Who asks. Until there are accounts: the one person at this computer."""
    if "person" not in g:
        g.person = people.only(db())
    return g.person  # type: ignore[no-any-return]
