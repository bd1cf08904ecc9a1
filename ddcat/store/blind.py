"""Raters who rate alone: until all have submitted, nobody learns what another does.

Who has submitted did so beside the raters there were. When one comes or goes, or an invitation ends, everybody who
had submitted goes on and submits again: nobody can open work by taking the others away, or by adding puppets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from ddcat.progress import HANDED_IN, IN_PROGRESS, RATERS_CHANGED
from ddcat.records import Person
from ddcat.store.connection import now

IS_HANDED_IN = f"assignment.state IN {HANDED_IN}"

# A row of `assessment` is open when nobody rates alone (any more): two or more have submitted, no one is missing.
IS_OPEN = f"""(
  assessment.is_blind = 0 OR assessment.sealed_at IS NOT NULL OR (
    (SELECT count(*) FROM assignment WHERE assignment.assessment_id = assessment.id) >= 2
    AND NOT EXISTS (SELECT 1 FROM assignment
      WHERE assignment.assessment_id = assessment.id AND NOT {IS_HANDED_IN})
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


@dataclass(frozen=True, slots=True)
class Veil:
    """What somebody is not told of a program.

    `told`: of whose work (refs) she is told, by ref of every assessment that is rated alone. `closed`: the refs of
    those in which raters rate alone now.
    """

    told: Mapping[str, frozenset[str]]
    closed: frozenset[str]

    def hides(self, ref: str, who: str) -> bool:
        """Whether what this person (a ref) wrote in an assessment is not told."""
        return ref in self.told and who not in self.told[ref]

    def hides_entry(self, act: str, ref: str, who: str) -> bool:
        """Whether of an entry of the trail but the hash is told."""
        return act in WORK and self.hides(ref, who)


def veil(db: Database, person: Person | None, program_ref: str) -> Veil:
    """What this person is not told of a program; None is the command line, which rates nothing."""
    told: dict[str, frozenset[str]] = {}
    for ref, who in db.execute(_TOLD, [program_ref]):
        told[ref] = told.get(ref, frozenset({person.ref} if person else ())) | ({who} if who else frozenset())
    return Veil(told, closed(db, program_ref))


def hidden(db: Database, person: Person | None, program_ref: str) -> frozenset[int]:
    """The numbers of the entries of a program of which this person is told but the hash."""
    over = veil(db, person, program_ref)
    rows = db.execute("SELECT n, act, ref, who FROM trail WHERE program = ?", [program_ref]) if over.told else ()
    return frozenset(n for n, *entry in rows if over.hides_entry(*entry))


def closed(db: Database, program_ref: str) -> frozenset[str]:
    """The refs of the assessments of a program in which raters rate alone now."""
    rows = db.execute(
        "SELECT assessment.ref FROM assessment JOIN program ON program.id = assessment.program_id"
        f" WHERE program.ref = ? AND NOT {IS_OPEN}",
        [program_ref],
    )
    return frozenset(ref for (ref,) in rows)


def begin_again(db: Database, which: str, *values: Any) -> None:
    """Who had submitted goes on and is told why, as the raters change with whom she rates alone.

    `which` are rows of `assessment`. The trail says nothing of it: that would tell who had submitted.
    """
    db.execute(
        f"UPDATE assignment SET state = ?, note = ?, changed_at = ? WHERE {IS_HANDED_IN}"
        f" AND assessment_id IN (SELECT id FROM assessment WHERE NOT {IS_OPEN} AND {which})",
        [IN_PROGRESS, RATERS_CHANGED, now(), *values],
    )


def end_links(db: Database, which: str, *values: Any) -> None:
    """These rows of `link` no longer work, if they still do; nothing is opened by that."""
    ending = f"SELECT assessment_id FROM link WHERE used_at IS NULL AND expires_at > ? AND {which}"
    begin_again(db, f"id IN ({ending})", now(), *values)
    db.execute(f"UPDATE link SET used_at = ? WHERE used_at IS NULL AND {which}", [now(), *values])
