"""Where programs stood over time: every sealed assessment that counts, in few words, for many programs at once."""

import json
from collections.abc import Iterable

from sqlite_utils import Database

from ddcat.access import Act, Role, may
from ddcat.pairing import Stand
from ddcat.records import Person

_READS = ", ".join(f"'{role}'" for role in Role if may(Act.SEE_SEALED, frozenset({role})))
_STANDS = f"""
SELECT program.ref, one.ref, instrument.name, one.assessed_on FROM json_each(:programs) AS asked
JOIN program ON program.ref = asked.value
JOIN assessment AS one ON one.program_id = program.id AND one.sealed_at IS NOT NULL AND one.assessed_on <= :as_of
JOIN instrument ON instrument.checksum = one.instrument
WHERE EXISTS (SELECT 1 FROM role WHERE role.person_id = :person AND role.role IN ({_READS})
    AND (role.agency_id = program.agency_id OR role.program_id = program.id))
  AND NOT EXISTS (SELECT 1 FROM assessment AS later
    WHERE later.amends_id = one.id AND later.deleted_at IS NULL AND later.sealed_at IS NOT NULL)
ORDER BY program.id, one.assessed_on, one.id
"""


def of_programs(
    db: Database, person: Person, program_refs: Iterable[str], as_of: str = ""
) -> dict[str, tuple[Stand, ...]]:
    """The sealed assessments of these programs that no sealed amendment replaced, up to a day, the first day first.

    A program of which this person may see no sealed result has none.
    """
    found: dict[str, list[Stand]] = {ref: [] for ref in program_refs}
    values = {"person": person.id, "programs": json.dumps(list(found)), "as_of": as_of or "9999-12-31"}
    for program, *stand in db.execute(_STANDS, values):
        found[program].append(Stand(*stand))
    return {ref: tuple(own) for ref, own in found.items()}
