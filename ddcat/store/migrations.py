"""The steps from an empty file to today's schema. A shipped step is never edited; a new one is added."""

from collections.abc import Iterable
from pathlib import Path
from sqlite3 import DatabaseError, IntegrityError, connect

from sqlite_utils import Database, Migrations

from ddcat.store import backups
from ddcat.store.connection import Unusable, alone

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


_PEOPLE = """
ALTER TABLE person ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN login TEXT;
ALTER TABLE person ADD COLUMN password TEXT;
ALTER TABLE person ADD COLUMN sso TEXT;
ALTER TABLE person ADD COLUMN is_vouched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN factor TEXT;
ALTER TABLE person ADD COLUMN factor_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN disabled_at TEXT;
UPDATE person SET ref = lower(hex(randomblob(8)));
CREATE UNIQUE INDEX person_by_ref ON person (ref);
CREATE UNIQUE INDEX person_by_login ON person (login);
CREATE UNIQUE INDEX person_by_sso ON person (sso);
CREATE TABLE recovery (
  person_id INTEGER NOT NULL REFERENCES person (id),
  digest TEXT NOT NULL,
  PRIMARY KEY (person_id, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE role (
  person_id INTEGER NOT NULL REFERENCES person (id),
  role TEXT NOT NULL,
  agency_id INTEGER REFERENCES agency (id),
  program_id INTEGER REFERENCES program (id),
  assessment_id INTEGER REFERENCES assessment (id),
  CHECK (
    (agency_id IS NOT NULL) + (program_id IS NOT NULL) + (assessment_id IS NOT NULL) = (role != 'administrator')
  )
) STRICT;
CREATE UNIQUE INDEX one_role
  ON role (person_id, role, ifnull(agency_id, 0), ifnull(program_id, 0), ifnull(assessment_id, 0));
CREATE INDEX role_by_agency ON role (agency_id);
CREATE INDEX role_by_program ON role (program_id);
CREATE INDEX role_by_assessment ON role (assessment_id);
INSERT INTO role (person_id, role, agency_id) SELECT person_id, 'director', agency_id FROM membership;
DROP TABLE membership;
CREATE TABLE link (
  digest TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  made_by INTEGER REFERENCES person (id),
  person_id INTEGER REFERENCES person (id),
  name TEXT NOT NULL DEFAULT '',
  login TEXT NOT NULL DEFAULT '',
  role TEXT,
  agency_id INTEGER REFERENCES agency (id),
  program_id INTEGER REFERENCES program (id),
  assessment_id INTEGER REFERENCES assessment (id),
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE typed (
  person_id INTEGER NOT NULL REFERENCES person (id),
  path TEXT NOT NULL,
  fields TEXT NOT NULL,
  typed_at TEXT NOT NULL,
  PRIMARY KEY (person_id, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE trail (
  n INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  act TEXT NOT NULL,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  agency TEXT NOT NULL,
  program TEXT NOT NULL,
  changes TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX trail_by_program ON trail (program);
CREATE INDEX trail_by_agency ON trail (agency);
CREATE TABLE trail_value (
  n INTEGER NOT NULL REFERENCES trail (n),
  name TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('old', 'new')),
  salt TEXT,
  value TEXT,
  PRIMARY KEY (n, name, side)
) STRICT, WITHOUT ROWID;
CREATE TABLE record (
  assessment_id INTEGER PRIMARY KEY REFERENCES assessment (id),
  core TEXT NOT NULL,
  hash TEXT NOT NULL,
  entry INTEGER NOT NULL REFERENCES trail (n)
) STRICT;
CREATE TABLE record_text (
  assessment_id INTEGER NOT NULL REFERENCES record (assessment_id),
  name TEXT NOT NULL,
  salt TEXT,
  value TEXT,
  PRIMARY KEY (assessment_id, name)
) STRICT, WITHOUT ROWID;
"""

_RATERS = """
ALTER TABLE rating RENAME COLUMN evidence TO why;
ALTER TABLE assessment ADD COLUMN is_blind INTEGER NOT NULL DEFAULT 0;
CREATE TABLE assignment (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  items TEXT NOT NULL DEFAULT '[]',
  due_on TEXT,
  stands TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'draft',
  note TEXT NOT NULL DEFAULT '',
  changed_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO assignment (assessment_id, person_id, changed_at)
  SELECT assessment_id, person_id, strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now') FROM role
  WHERE role = 'rater' AND assessment_id IN (SELECT id FROM assessment WHERE sealed_at IS NULL);
CREATE TABLE agreed (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  item TEXT NOT NULL,
  value INTEGER,
  why TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  item TEXT NOT NULL,
  source TEXT NOT NULL,
  seen TEXT NOT NULL,
  place TEXT NOT NULL,
  seen_on TEXT NOT NULL,
  seen_by TEXT NOT NULL,
  finding TEXT NOT NULL,
  counts TEXT NOT NULL DEFAULT '{}',
  n INTEGER,
  is_everybody INTEGER NOT NULL DEFAULT 0,
  supports INTEGER,
  of_meeting INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX evidence_by_assessment ON evidence (assessment_id);
CREATE TABLE answer (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  finding TEXT NOT NULL,
  text TEXT NOT NULL,
  person_id INTEGER NOT NULL REFERENCES person (id),
  saved_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, finding)
) STRICT, WITHOUT ROWID;
"""

_ACTIONS = """
CREATE TABLE plan (
  assessment_id INTEGER PRIMARY KEY REFERENCES assessment (id),
  target TEXT NOT NULL,
  method TEXT NOT NULL,
  costs TEXT NOT NULL,
  chosen TEXT NOT NULL,
  person_id INTEGER NOT NULL REFERENCES person (id),
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL
) STRICT;
CREATE TABLE action (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  item TEXT NOT NULL,
  rating INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  what TEXT NOT NULL,
  owner TEXT NOT NULL,
  owner_id INTEGER REFERENCES person (id),
  starts_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  proof TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  seen TEXT NOT NULL,
  effort INTEGER,
  measured TEXT NOT NULL,
  measured_as TEXT NOT NULL,
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX action_by_assessment ON action (assessment_id);
CREATE INDEX action_by_owner ON action (owner_id);
CREATE TABLE action_note (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  action_id INTEGER NOT NULL REFERENCES action (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  text TEXT NOT NULL,
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX note_by_action ON action_note (action_id);
CREATE TABLE action_cycle (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  action_id INTEGER NOT NULL REFERENCES action (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  tried TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  prediction TEXT NOT NULL,
  happened TEXT NOT NULL,
  decision TEXT NOT NULL,
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX cycle_by_action ON action_cycle (action_id);
CREATE TABLE action_point (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  action_id INTEGER NOT NULL REFERENCES action (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  counted_on TEXT NOT NULL,
  count TEXT NOT NULL,
  n INTEGER,
  remark TEXT NOT NULL,
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE INDEX point_by_action ON action_point (action_id);
CREATE TABLE action_stood (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  action_id INTEGER NOT NULL REFERENCES action (id),
  rating INTEGER NOT NULL,
  expected INTEGER NOT NULL,
  starts_on TEXT NOT NULL,
  due_on TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (assessment_id, action_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stood_by_action ON action_stood (action_id);
CREATE TABLE feed (
  person_id INTEGER PRIMARY KEY REFERENCES person (id),
  digest TEXT NOT NULL UNIQUE,
  made_at TEXT NOT NULL
) STRICT;
CREATE TABLE reminder (
  person_id INTEGER NOT NULL REFERENCES person (id),
  event TEXT NOT NULL,
  due_on TEXT NOT NULL,
  marked_at TEXT NOT NULL,
  sent_at TEXT,
  fault TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (person_id, event, due_on)
) STRICT, WITHOUT ROWID;
"""

_SITES = """
ALTER TABLE program ADD COLUMN state TEXT GENERATED ALWAYS AS (json_extract(facts, '$.state')) VIRTUAL;
CREATE INDEX program_by_state ON program (state);
ALTER TABLE assessment ADD COLUMN scores TEXT GENERATED ALWAYS AS (
  CASE WHEN json_valid(result) THEN
    CASE WHEN json_extract(result, '$.dimensions') GLOB '{*}' AND json_extract(result, '$.dimensions') NOT GLOB '?*{*'
      THEN json_extract(result, '$.dimensions') END
  END
) VIRTUAL;
CREATE INDEX sealed_scores ON assessment (program_id, assessed_on, id, instrument, kind, scores)
  WHERE sealed_at IS NOT NULL;
CREATE TABLE tag (
  program_id INTEGER NOT NULL REFERENCES program (id),
  word TEXT NOT NULL,
  PRIMARY KEY (program_id, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE saved_set (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  person_id INTEGER NOT NULL REFERENCES person (id),
  name TEXT NOT NULL,
  asked TEXT NOT NULL,
  programs TEXT NOT NULL,
  made_at TEXT NOT NULL,
  removed_at TEXT
) STRICT;
CREATE TABLE carried (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  item TEXT NOT NULL,
  from_id INTEGER NOT NULL REFERENCES assessment (id),
  PRIMARY KEY (assessment_id, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE release (
  quarter TEXT PRIMARY KEY,
  made_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE peers (
  instrument TEXT NOT NULL,
  grouping TEXT NOT NULL,
  code TEXT NOT NULL,
  quarter TEXT NOT NULL REFERENCES release (quarter),
  shown TEXT NOT NULL,
  behind TEXT NOT NULL,
  PRIMARY KEY (instrument, grouping, code, quarter)
) STRICT, WITHOUT ROWID;
"""
_LANGUAGES = """
ALTER TABLE person ADD COLUMN language TEXT;
"""

# Whoever reads the file may find what was changed; whoever writes through the program cannot change it.
_APPEND_ONLY = (
    "CREATE TRIGGER trail_is_not_changed BEFORE UPDATE ON trail BEGIN"
    " SELECT RAISE(ABORT, 'the trail is append-only'); END",
    "CREATE TRIGGER trail_is_not_cut BEFORE DELETE ON trail BEGIN"
    " SELECT RAISE(ABORT, 'the trail is append-only'); END",
    "CREATE TRIGGER trail_value_is_only_erased BEFORE UPDATE ON trail_value"
    " WHEN NEW.value IS NOT NULL OR NEW.salt IS NOT NULL BEGIN"
    " SELECT RAISE(ABORT, 'a value in the trail can only be erased'); END",
    "CREATE TRIGGER trail_value_is_not_cut BEFORE DELETE ON trail_value BEGIN"
    " SELECT RAISE(ABORT, 'the trail is append-only'); END",
)


# A release is frozen: what was shown once cannot be shown otherwise afterwards.
_FROZEN = tuple(
    f"CREATE TRIGGER {table}_is_not_{done} BEFORE {deed} ON {table} BEGIN"
    " SELECT RAISE(ABORT, 'a release is frozen'); END"
    for table in ("release", "peers")
    for done, deed in (("changed", "UPDATE"), ("removed", "DELETE"))
)


@steps(name="0001_initial")
def _initial(db: Database) -> None:
    _run(db, _INITIAL.split(";\n"))


@steps(name="0002_people")
def _people(db: Database) -> None:
    _run(db, _PEOPLE.split(";\n"))
    _run(db, _APPEND_ONLY)


@steps(name="0003_raters")
def _raters(db: Database) -> None:
    _run(db, _RATERS.split(";\n"))


@steps(name="0004_actions")
def _actions(db: Database) -> None:
    _run(db, _ACTIONS.split(";\n"))


@steps(name="0005_sites")
def _sites(db: Database) -> None:
    _run(db, _SITES.split(";\n"))
    _run(db, _FROZEN)


@steps(name="0006_languages")
def _languages(db: Database) -> None:
    _run(db, _LANGUAGES.split(";\n"))


def _run(db: Database, statements: Iterable[str]) -> None:
    for statement in statements:
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
        with alone(path):
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


def _back_up(path: Path, before: str) -> None:
    backups.make(path, path.parent / "backups", f"before-{before}")
