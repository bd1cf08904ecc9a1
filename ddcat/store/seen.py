"""Whose sealed results somebody may see, and which of them count: where questions about many programs begin."""

from ddcat.access import Act, Role, may

_READS = ", ".join(f"'{role}'" for role in Role if may(Act.SEE_SEALED, frozenset({role})))

PROGRAMS = f"""
WITH seen (id) AS (
  SELECT program.id FROM role JOIN program ON program.agency_id = role.agency_id
  WHERE role.person_id = :person AND role.role IN ({_READS})
  UNION
  SELECT role.program_id FROM role
  WHERE role.person_id = :person AND role.role IN ({_READS}) AND role.program_id IS NOT NULL
)
"""
"""Begins a query: the programs whose sealed results `:person` may see, as `seen`."""

IS_SEEN = f"""EXISTS (SELECT 1 FROM role WHERE role.person_id = :person AND role.role IN ({_READS})
    AND (role.agency_id = program.agency_id OR role.program_id = program.id))"""
"""The same of one row of `program`, for those who ask by name."""


def counts(name: str) -> str:
    """Whether no sealed amendment replaced an assessment, by the name that its row has in the query."""
    return (
        "NOT EXISTS (SELECT 1 FROM assessment AS later"
        f" WHERE later.amends_id = {name}.id AND later.deleted_at IS NULL AND later.sealed_at IS NOT NULL)"
    )
