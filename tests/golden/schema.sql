CREATE TRIGGER peers_is_not_changed BEFORE UPDATE ON peers BEGIN SELECT RAISE(ABORT, 'a release is frozen'); END;
CREATE TRIGGER peers_is_not_removed BEFORE DELETE ON peers BEGIN SELECT RAISE(ABORT, 'a release is frozen'); END;
CREATE TRIGGER release_is_not_changed BEFORE UPDATE ON release BEGIN SELECT RAISE(ABORT, 'a release is frozen'); END;
CREATE TRIGGER release_is_not_removed BEFORE DELETE ON release BEGIN SELECT RAISE(ABORT, 'a release is frozen'); END;
CREATE TRIGGER trail_is_not_changed BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_is_not_cut BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_value_is_not_cut BEFORE DELETE ON trail_value BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_value_is_only_erased BEFORE UPDATE ON trail_value WHEN NEW.value IS NOT NULL OR NEW.salt IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a value in the trail can only be erased'); END;
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
CREATE TABLE agency (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
) STRICT;
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
CREATE TABLE answer (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  finding TEXT NOT NULL,
  text TEXT NOT NULL,
  person_id INTEGER NOT NULL REFERENCES person (id),
  saved_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, finding)
) STRICT, WITHOUT ROWID;
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
  deleted_at TEXT, is_blind INTEGER NOT NULL DEFAULT 0, scores TEXT GENERATED ALWAYS AS (
  CASE WHEN json_valid(result) THEN
    CASE WHEN json_extract(result, '$.dimensions') GLOB '{*}' AND json_extract(result, '$.dimensions') NOT GLOB '?*{*'
      THEN json_extract(result, '$.dimensions') END
  END
) VIRTUAL,
  CHECK ((sealed_at IS NULL) = (result IS NULL)),
  CHECK (sealed_at IS NULL OR deleted_at IS NULL)
) STRICT;
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
CREATE TABLE carried (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  item TEXT NOT NULL,
  from_id INTEGER NOT NULL REFERENCES assessment (id),
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
CREATE TABLE feed (
  person_id INTEGER PRIMARY KEY REFERENCES person (id),
  digest TEXT NOT NULL UNIQUE,
  made_at TEXT NOT NULL
) STRICT;
CREATE TABLE instrument (
  checksum TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT;
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
CREATE TABLE peers (
  instrument TEXT NOT NULL,
  grouping TEXT NOT NULL,
  code TEXT NOT NULL,
  quarter TEXT NOT NULL REFERENCES release (quarter),
  shown TEXT NOT NULL,
  behind TEXT NOT NULL,
  PRIMARY KEY (instrument, grouping, code, quarter)
) STRICT, WITHOUT ROWID;
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
, ref TEXT NOT NULL DEFAULT '', login TEXT, password TEXT, sso TEXT, is_vouched INTEGER NOT NULL DEFAULT 0, epoch INTEGER NOT NULL DEFAULT 0, factor TEXT, factor_step INTEGER NOT NULL DEFAULT 0, disabled_at TEXT, language TEXT) STRICT;
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
CREATE TABLE program (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  agency_id INTEGER NOT NULL REFERENCES agency (id),
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
, state TEXT GENERATED ALWAYS AS (json_extract(facts, '$.state')) VIRTUAL) STRICT;
CREATE TABLE rating (
  assessment_id INTEGER NOT NULL REFERENCES assessment (id),
  person_id INTEGER NOT NULL REFERENCES person (id),
  item TEXT NOT NULL,
  value INTEGER,
  why TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL,
  saved_at TEXT NOT NULL,
  PRIMARY KEY (assessment_id, person_id, item)
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
CREATE TABLE recovery (
  person_id INTEGER NOT NULL REFERENCES person (id),
  digest TEXT NOT NULL,
  PRIMARY KEY (person_id, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE release (
  quarter TEXT PRIMARY KEY,
  made_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE reminder (
  person_id INTEGER NOT NULL REFERENCES person (id),
  event TEXT NOT NULL,
  due_on TEXT NOT NULL,
  marked_at TEXT NOT NULL,
  sent_at TEXT,
  fault TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (person_id, event, due_on)
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
CREATE TABLE tag (
  program_id INTEGER NOT NULL REFERENCES program (id),
  word TEXT NOT NULL,
  PRIMARY KEY (program_id, word)
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
CREATE TABLE trail_value (
  n INTEGER NOT NULL REFERENCES trail (n),
  name TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('old', 'new')),
  salt TEXT,
  value TEXT,
  PRIMARY KEY (n, name, side)
) STRICT, WITHOUT ROWID;
CREATE TABLE typed (
  person_id INTEGER NOT NULL REFERENCES person (id),
  path TEXT NOT NULL,
  fields TEXT NOT NULL,
  typed_at TEXT NOT NULL,
  PRIMARY KEY (person_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_by_assessment ON action (assessment_id);
CREATE INDEX action_by_owner ON action (owner_id);
CREATE INDEX assessment_by_program ON assessment (program_id);
CREATE INDEX cycle_by_action ON action_cycle (action_id);
CREATE INDEX evidence_by_assessment ON evidence (assessment_id);
CREATE INDEX note_by_action ON action_note (action_id);
CREATE UNIQUE INDEX one_amendment ON assessment (amends_id) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX one_role
  ON role (person_id, role, ifnull(agency_id, 0), ifnull(program_id, 0), ifnull(assessment_id, 0));
CREATE UNIQUE INDEX person_by_login ON person (login);
CREATE UNIQUE INDEX person_by_ref ON person (ref);
CREATE UNIQUE INDEX person_by_sso ON person (sso);
CREATE INDEX point_by_action ON action_point (action_id);
CREATE INDEX program_by_agency ON program (agency_id);
CREATE INDEX program_by_state ON program (state);
CREATE INDEX role_by_agency ON role (agency_id);
CREATE INDEX role_by_assessment ON role (assessment_id);
CREATE INDEX role_by_program ON role (program_id);
CREATE INDEX sealed_scores ON assessment (program_id, assessed_on, id, instrument, kind, scores)
  WHERE sealed_at IS NOT NULL;
CREATE INDEX stood_by_action ON action_stood (action_id);
CREATE INDEX trail_by_agency ON trail (agency);
CREATE INDEX trail_by_program ON trail (program);
