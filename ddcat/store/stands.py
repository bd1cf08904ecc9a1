"""Where programs stood over time: every sealed assessment that counts, for many programs in a few statements."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from ddcat.pairing import Stand
from ddcat.records import Assessment, Carried, Origin, Person, Rater
from ddcat.store import seen
from ddcat.store.portfolio import UNSTATED

_STANDS = f"""
SELECT program.ref, one.ref, instrument.name, one.assessed_on, ifnull(one.kind, '{UNSTATED}'), one.is_blind
FROM json_each(:programs) AS asked
JOIN program ON program.ref = asked.value
JOIN assessment AS one ON one.program_id = program.id AND one.sealed_at IS NOT NULL AND one.assessed_on <= :as_of
JOIN instrument ON instrument.checksum = one.instrument
WHERE {seen.IS_SEEN}
  AND {seen.counts("one")}
ORDER BY program.id, one.assessed_on, one.id
"""
_ASKED = f"""
WITH one AS (
  SELECT assessment.* FROM json_each(:refs) AS asked JOIN assessment ON assessment.ref = asked.value
  JOIN program ON program.id = assessment.program_id WHERE assessment.sealed_at IS NOT NULL AND {seen.IS_SEEN}
)
"""
_ABOUT = (
    _ASKED
    + """
SELECT one.ref, one.assessed_on, one.kind, one.rater, one.period, one.edition, one.started_at, one.sealed_at,
  one.reason, one.is_blind, one.instrument AS checksum, program.ref AS program_ref, agency.ref AS agency_ref,
  ifnull(json_extract(one.facts, '$.sealed_program'), program.name) AS program,
  ifnull(json_extract(one.facts, '$.sealed_agency'), agency.name) AS agency
FROM one JOIN program ON program.id = one.program_id JOIN agency ON agency.id = program.agency_id
ORDER BY one.assessed_on, one.id
"""
)
_RATINGS = (
    _ASKED
    + """
SELECT one.ref, said.item, said.value, person.ref, said.saved_at
FROM one JOIN rating AS said ON said.assessment_id = one.id AND one.is_blind = 0
JOIN person ON person.id = said.person_id
UNION ALL
SELECT one.ref, said.item, said.value, person.ref, said.saved_at
FROM one JOIN agreed AS said ON said.assessment_id = one.id AND one.is_blind = 1
JOIN person ON person.id = said.person_id
"""
)
_RATERS = (
    _ASKED
    + """
SELECT one.ref, person.ref, person.name, given.items, given.stands,
  (SELECT json_group_object(rating.item, rating.value) FROM rating WHERE rating.assessment_id = one.id
    AND rating.person_id = given.person_id AND rating.value IS NOT NULL AND one.is_blind = 1)
FROM one JOIN assignment AS given ON given.assessment_id = one.id JOIN person ON person.id = given.person_id
ORDER BY person.name COLLATE NOCASE, person.id
"""
)
_CARRIED = (
    _ASKED
    + """
SELECT one.ref, carried.item, earlier.ref, earlier.assessed_on
FROM one JOIN carried ON carried.assessment_id = one.id JOIN assessment AS earlier ON earlier.id = carried.from_id
ORDER BY carried.item
"""
)


def of_programs(
    db: Database, person: Person, program_refs: Iterable[str], as_of: str = ""
) -> dict[str, tuple[Stand, ...]]:
    """The sealed assessments of these programs that no sealed amendment replaced, up to a day, the first day first.

    A program of which this person may see no sealed result has none.
    """
    found: dict[str, list[Stand]] = {ref: [] for ref in program_refs}
    values = {"person": person.id, "programs": json.dumps(list(found)), "as_of": as_of or "9999-12-31"}
    for program, ref, instrument, on, kind, is_blind in db.execute(_STANDS, values):
        found[program].append(Stand(ref, instrument, on, kind, bool(is_blind)))
    return {ref: tuple(own) for ref, own in found.items()}


def read(db: Database, person: Person, refs: Iterable[str]) -> dict[str, Assessment]:
    """The sealed assessments of these refs, by ref: as many statements for a thousand of them as for one.

    They hold what a change is worked out from: ratings, who gave them, who rated alone, and what was carried; no
    evidence, no answers and no facts. What this person may not see is left out.
    """
    values = {"person": person.id, "refs": json.dumps(list(refs))}
    ratings: dict[str, dict[str, int]] = defaultdict(dict)
    origins: dict[str, dict[str, Origin]] = defaultdict(dict)
    raters: dict[str, list[Rater]] = defaultdict(list)
    carried: dict[str, dict[str, Carried]] = defaultdict(dict)
    for ref, item, value, by, at in db.execute(_RATINGS, values):
        origins[ref][item] = Origin(by, at)
        if value is not None:
            ratings[ref][item] = value
    for ref, *rater in db.execute(_RATERS, values):
        raters[ref].append(_rater(*rater))
    for ref, item, earlier, on in db.execute(_CARRIED, values):
        carried[ref][item] = Carried(earlier, on)
    return {
        row["ref"]: Assessment(
            **row | {"is_blind": bool(row["is_blind"])},
            ratings=ratings[row["ref"]],
            origins=origins[row["ref"]],
            raters=tuple(raters[row["ref"]]),
            carried=carried[row["ref"]],
        )
        for row in db.query(_ABOUT, values)
    }


def _rater(ref: str, name: str, items: str, stands: str, said: str) -> Rater:
    """Somebody who was given items, with what she rated alone of them."""
    given: list[str] = json.loads(items)
    rated: dict[str, Any] = json.loads(said)
    ratings = {item: value for item, value in sorted(rated.items()) if not given or item in given}
    return Rater(ref, name, tuple(given), stands=stands, ratings=ratings)
