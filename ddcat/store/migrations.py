"""The steps from an empty file to today's schema. A shipped step is never edited; a new one is added."""

import fcntl
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import DatabaseError, IntegrityError, connect

from sqlite_utils import Database, Migrations

from ddcat.store.connection import Unusable

steps = Migrations("ddcat")

_INITIAL = """
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;
CREATE TABLE agency (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE membership (
  person_id INTEGER NOT NULL REFERENCES person (id),
  agency_id INTEGER NOT NULL REFERENCES agency (id),
  PRIMARY KEY (person_id, agency_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE program (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  agency_id INTEGER NOT NULL REFERENCES agency (id),
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX program_by_agency ON program (agency_id);
CREATE TABLE instrument (
  checksum TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE TABLE assessment (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  program_id INTEGER NOT NULL REFERENCES program (id),
  instrument TEXT NOT NULL REFERENCES instrument (checksum),
  assessed_on TEXT NOT NULL,
  period INTEGER NOT NULL,
  kind TEXT,
  rater TEXT,
  cover TEXT NOT NULL DEFAULT '{}',
  facts TEXT NOT NULL DEFAULT '{}',
  edition INTEGER NOT NULL DEFAULT 1,
  amends_id INTEGER REFERENCES assessment (id),
  reason TEXT NOT NULL DEFAULT '',
  started_at TEXT NOT NULL,
  sealed_at TEXT,
  result TEXT,
  deleted_at TEXT,
  CHECK ((sealed_at IS NULL) = (result IS NULL)),
  CHECK (sealed_at IS NULL OR deleted_at IS NULL)
) STRICT;
CREATE INDEX assessment_by_program ON assessment (program_id);
CREATE UNIQUE INDEX one_amendment ON assessment (amends_id) WHERE deleted_at IS NULL;
CREATE TABLE rating (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  item TEXT NOT NULL,
  value INTEGER,
  evidence TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, person_id, item)
) STRICT, WITHOUT ROWID;
INSERT INTO person (name) VALUES ('The person at this computer');
"""


@steps(name="0001_initial")
def _initial(db: Database) -> None:
    for statement in _INITIAL.split(";\n"):
        if statement.strip():
            db.execute(statement)


def pending(path: Path) -> list[str]:
    """Names of the steps that this database still lacks; it must exist to lack fewer than all."""
    if not path.exists():
        return [step.name for step in steps.pending(Database(memory=True))]
    db = Database(connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))
    try:
        if "_sqlite_migrations" not in db.table_names():
            return [step.name for step in steps.pending(Database(memory=True))]
        return [step.name for step in steps.pending(db)]
    finally:
        db.conn.close()


def migrate(path: Path) -> list[str]:
    """Apply the steps that are pending, one process at a time, and name them.

    A database that held something is copied to `backups/` beside it first. Raises Unusable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _migrate(path)
    except (OSError, DatabaseError) as error:
        raise Unusable(getattr(error, "strerror", None) or str(error)) from error


def _migrate(path: Path) -> list[str]:
    names = pending(path)
    if names and path.exists():
        _back_up(path, names[0])
    if names:
        _apply(path)
    return names


def _apply(path: Path) -> None:
    path.touch(mode=0o600)
    db = Database(connect(path))
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA foreign_keys = OFF")
        steps.apply(db)
        if broken := list(db.query("PRAGMA foreign_key_check")):
            raise IntegrityError(f"rows that point nowhere after migrating: {broken}")
    finally:
        db.conn.close()


def _back_up(path: Path, before: str) -> Path:
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = folder / f"{path.stem}-{stamp}-before-{before}.sqlite"
    copy.touch(mode=0o600)
    source, target = connect(path), connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy
