"""Who asks, and the database connection of this request."""

from flask import Flask, current_app, g

from ddcat import store
from ddcat.records import Person
from ddcat.store import people


def db() -> store.Database:
    """This request's connection."""
    if "db" not in g:
        g.db = store.connect(current_app.config["DATABASE"])
    return g.db  # type: ignore[no-any-return]


def person() -> Person:
    """Who asks. Until there are accounts: the one person at this computer."""
    if "person" not in g:
        g.person = people.only(db())
    return g.person  # type: ignore[no-any-return]


def prepare(app: Flask) -> None:
    """Close the connection when the request is over."""

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        if opened := g.pop("db", None):
            opened.conn.close()
