"""Raters who rate alone: until all have submitted, nobody learns what another does."""

from collections.abc import Mapping

from sqlite_utils import Database

from ddcat.records import Person

# A row of `assessment` is open when nobody rates alone (any more): two or more have submitted, no one is missing.
IS_OPEN = """(
  assessment.is_blind = 0 OR assessment.sealed_at IS NOT NULL OR (
    (SELECT count(*) FROM assignment WHERE assignment.assessment_id = assessment.id) >= 2
    AND NOT EXISTS (SELECT 1 FROM assignment
      WHERE assignment.assessment_id = assessment.id AND assignment.state NOT IN ('submitted', 'accepted'))
    AND NOT EXISTS (SELECT 1 FROM link WHERE link.assessment_id = assessment.id AND link.used_at IS NULL
      AND link.expires_at > strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now'))
  )
)"""

# What in the trail would tell how far a rater is.
WORK = frozenset(
    (
        *("rate", "overrule", "submit", "take back", "answer"),
        *("add evidence", "change evidence", "remove evidence", "restore evidence"),
    )
)

# Of everybody, once it is open, but of who rated alone and is asked no more.
_TOLD = f"""
SELECT assessment.ref, person.ref FROM assessment JOIN program ON program.id = assessment.program_id
LEFT JOIN person ON {IS_OPEN} AND (
  person.id IN (SELECT person_id FROM assignment WHERE assignment.assessment_id = assessment.id)
  OR person.id NOT IN (
    SELECT person_id FROM rating WHERE rating.assessment_id = assessment.id
    UNION SELECT person_id FROM evidence WHERE evidence.assessment_id = assessment.id AND of_meeting = 0
  )
)
WHERE assessment.is_blind = 1 AND program.ref = ?
"""


def told(db: Database, person: Person, program_ref: str) -> Mapping[str, frozenset[str]]:
    """Of whose work (refs) this person may be told, by ref of every assessment of a program that is rated alone."""
    found: dict[str, frozenset[str]] = {}
    for ref, who in db.execute(_TOLD, [program_ref]):
        found[ref] = found.get(ref, frozenset({person.ref})) | ({who} if who else frozenset())
    return found


def closed(db: Database, program_ref: str) -> frozenset[str]:
    """The refs of the assessments of a program in which raters rate alone now."""
    rows = db.execute(
        "SELECT assessment.ref FROM assessment JOIN program ON program.id = assessment.program_id"
        f" WHERE program.ref = ? AND NOT {IS_OPEN}",
        [program_ref],
    )
    return frozenset(ref for (ref,) in rows)
