"""What a program chose to raise, kept with the assessment it was chosen from, whichever edition is asked for."""

import json

from sqlite_utils import Database

from ddcat.records import Person, Plan
from ddcat.store import trail
from ddcat.store.actions import Unsealed
from ddcat.store.connection import now, writing
from ddcat.store.reading import Stale, log, row_of

# One plan an assessment, kept with its first edition: what was chosen outlives an amendment, and whoever still looks
# at an edition from before chooses in the same plan.
_FIRST = """
WITH RECURSIVE edition (id) AS (
  SELECT ? UNION SELECT amends_id FROM assessment JOIN edition USING (id) WHERE amends_id IS NOT NULL
)
SELECT id FROM assessment JOIN edition USING (id) WHERE amends_id IS NULL
"""
_PLAN = "SELECT target, method, costs, chosen, revision, saved_at FROM plan WHERE assessment_id = ?"


def get(db: Database, person: Person, ref: str) -> Plan:
    """What was chosen so far; an empty plan where nothing was. Raises Missing."""
    return _plan(db, _first(db, row_of(db, person, ref)["id"]))


def save(db: Database, person: Person, ref: str, plan: Plan) -> None:
    """Keep what was chosen, made over its revision. Raises Missing, Unsealed, or Stale if it is another by now.

    Whether this person may do that is judged by who calls.
    """
    with writing(db):
        row = row_of(db, person, ref)
        if not row["sealed_at"]:
            raise Unsealed(ref)
        first = _first(db, row["id"])
        standing = _plan(db, first)
        said = trail.changed(
            {
                "target": (standing.target or None, plan.target),
                "by": (standing.by or None, plan.by),
                "costs": (dict(standing.costs) or None, dict(plan.costs) or None),
                "chosen": (dict(standing.chosen) or None, dict(plan.chosen) or None),
            }
        )
        if not said:
            return
        if standing.revision != plan.revision:
            raise Stale(ref)
        values = {
            "assessment_id": first,
            "target": plan.target,
            "method": plan.by,
            "costs": json.dumps(dict(sorted(plan.costs.items()))),
            "chosen": json.dumps(dict(sorted(plan.chosen.items()))),
            "person_id": person.id,
            "revision": plan.revision + 1,
            "saved_at": now(),
        }
        db.table("plan").insert(values, pk="assessment_id", replace=True)
        log(db, person, "plan", row, said)


def _first(db: Database, id: int) -> int:
    """The number of the first edition of an assessment, by that of any."""
    return int(db.execute(_FIRST, [id]).fetchone()[0])


def _plan(db: Database, id: int) -> Plan:
    row = db.execute(_PLAN, [id]).fetchone()
    if row is None:
        return Plan()
    target, method, costs, chosen, revision, saved_at = row
    return Plan(target, method, json.loads(costs), json.loads(chosen), revision, saved_at)
