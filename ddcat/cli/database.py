"""The database of an installation, as commands open it; what keeps them from it is one line."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import click

from ddcat.faults import Fault, Faulty
from ddcat.words import _


@contextmanager
def reading(data: Path | None) -> Iterator[Any]:
    """The database in this folder, which cannot be written through it."""
    from ddcat import paths, store
    from ddcat.store import kept

    file = store.file(data or paths.user_data())
    try:
        if not file.exists():
            raise store.Unusable(_("there is none here; run ddcat migrate first, or name its folder with --data"))
        with kept.reading(file) as db:
            yield db
    except store.Unusable as error:
        raise Faulty(str(file), [Fault("database", str(error))]) from None


@contextmanager
def opened(data: Path | None) -> Iterator[Any]:
    """The database of an installation that is there and up to date."""
    from ddcat import paths, store

    file = store.file(data or paths.user_data())
    if store.pending(file):
        raise Faulty(str(file), [Fault("database", _("is not there or not up to date; run ddcat migrate first"))])
    try:
        with closing(store.connect(file).conn) as connection:
            yield store.Database(connection)
    except store.Busy as error:
        said = _("cannot be written: %(why)s", why=error)
        raise Faulty(str(file), [Fault("database", said)]) from None


def known(db: Any, login: str) -> Any:
    """The person who logs in with this."""
    from ddcat import store
    from ddcat.store import people

    try:
        return people.by_login(db, login.casefold())
    except store.Missing:
        raise click.BadParameter(_("nobody here logs in as %(login)s", login=login)) from None
