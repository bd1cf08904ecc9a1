"""How a database is: whole or not, up to date or not, and who could harm it. Looks, and changes nothing."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from ddcat.store import backups, links, migrations
from ddcat.store.connection import Busy, Unusable, connect

OLDEST_SQLITE = (3, 37)
"""The first that knows STRICT tables."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was seen. The people and links are told of only where the database is whole and has every step."""

    faults: list[str]
    pending: list[str]
    journal: str
    administrators: int = 0
    without_factor: tuple[str, ...] = ()
    open_links: int = 0


def look(path: Path, links_older_than: timedelta) -> Health:
    """The health of this database. Raises Unusable where it cannot even be opened."""
    try:
        with closing((db := connect(path)).conn):
            db.execute("PRAGMA query_only = ON")
            return _look(db, links_older_than)
    except (Busy, sqlite3.DatabaseError) as error:
        raise Unusable(str(error)) from error


def sqlite_is_too_old() -> bool:
    """Whether the SQLite of this Python cannot keep our tables."""
    return sqlite3.sqlite_version_info < OLDEST_SQLITE


def _look(db: Database, links_older_than: timedelta) -> Health:
    faults = backups.faults_in(db.conn)
    pending = [step.name for step in migrations.steps.pending(db)]
    (journal,) = db.execute("PRAGMA journal_mode").fetchone()
    if faults or pending:
        return Health(faults, pending, journal)
    return Health([], [], journal, *_administrators(db), _open_links(db, links_older_than))


def _administrators(db: Database) -> tuple[int, tuple[str, ...]]:
    """How many can log in, and with what those do who need only a password for it."""
    rows = db.execute(
        "SELECT login, password IS NOT NULL AND factor IS NULL FROM person WHERE login IS NOT NULL"
        " AND disabled_at IS NULL AND id IN (SELECT person_id FROM role WHERE role = 'administrator') ORDER BY login"
    ).fetchall()
    return len(rows), tuple(login for login, is_weak in rows if is_weak)


def _open_links(db: Database, older_than: timedelta) -> int:
    now = datetime.now(UTC)
    rows = db.execute("SELECT purpose, expires_at FROM link WHERE used_at IS NULL").fetchall()
    ends = [(datetime.fromisoformat(expires_at), timedelta(days=links.DAYS[purpose])) for purpose, expires_at in rows]
    return sum(expires > now and now - (expires - lasts) > older_than for expires, lasts in ends)
