CREATE TABLE agency (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
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
CREATE TABLE instrument (
  checksum TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT;
CREATE TABLE membership (
  person_id INTEGER NOT NULL REFERENCES person (id),
  agency_id INTEGER NOT NULL REFERENCES agency (id),
  PRIMARY KEY (person_id, agency_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;
CREATE TABLE program (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  agency_id INTEGER NOT NULL REFERENCES agency (id),
  name TEXT NOT NULL,
  facts TEXT NOT NULL DEFAULT '{}'
) STRICT;
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
CREATE INDEX assessment_by_program ON assessment (program_id);
CREATE UNIQUE INDEX one_amendment ON assessment (amends_id) WHERE deleted_at IS NULL;
CREATE INDEX program_by_agency ON program (agency_id);
