"""An action as whoever asks may see it: its row, her roles on it, and what was done to it in the trail."""

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.records import Person
from ddcat.store import roles, trail
from ddcat.store.connection import Missing

REACHES = "(role.agency_id = agency.id OR role.program_id = program.id)"
_SELECT = f"""
SELECT action.*, assessment.ref AS assessment, assessment.instrument AS checksum,
  program.name AS program, program.ref AS program_ref,
  agency.name AS agency, agency.ref AS agency_ref, coalesce(own.ref, '') AS owner_ref,
  own.id IS NOT NULL AND (own.disabled_at IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM role WHERE role.person_id = own.id AND {REACHES})) AS owner_is_gone,
  own.id IS :person AS is_own, {roles.HELD}
FROM action
JOIN assessment ON assessment.id = action.assessment_id
JOIN program ON program.id = assessment.program_id
JOIN agency ON agency.id = program.agency_id
LEFT JOIN person AS own ON own.id = action.owner_id
"""
ACTIONS = f"{_SELECT} JOIN role ON {roles.OF_PROGRAM} "
"""Those of programs in which whoever asks holds a role."""

EVERYBODYS = f"{_SELECT} LEFT JOIN role ON {roles.OF_PROGRAM} "
"""Those of every program: who may read them is judged by who asks with it."""

IN_ORDER = "GROUP BY action.id ORDER BY action.due_on = '', action.due_on, action.id"


def row_of(db: Database, person: Person, ref: str) -> dict[str, Any]:
    """The row of an action that this person may see. Raises Missing."""
    where = "WHERE action.ref = :ref GROUP BY action.id"
    row = next(iter(db.query(ACTIONS + where, {"person": person.id, "ref": ref})), None)
    if row is None or not access.may(access.Act.SEE_ACTION, held(row)):
        raise Missing(ref)
    return row


def held(row: Mapping[str, Any]) -> access.Held:
    """The roles of whoever asked for this row of an action."""
    found = roles.held(row["held"])
    return found | {access.OWNER_HERE} if row["is_own"] else found


def log(db: Database, person: Person, act: str, row: Mapping[str, Any], changes: trail.Changes) -> None:
    """Append what was done to an action to the trail of its program."""
    about = {"agency": row["agency_ref"], "program": row["program_ref"], "changes": changes}
    trail.add(db, person, act, "action", row["ref"], **about)
