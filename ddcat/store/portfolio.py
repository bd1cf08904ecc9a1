"""Programs whose results somebody may see, chosen, each with the sealed assessment that counts: one question to ask.

It begins at the roles of whoever asks, so it takes no longer where others keep more programs beside hers.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from ddcat.records import Agency, Person, Program
from ddcat.store import roles, seen

UNSTATED = "unstated"
"""Stands for assessments that do not say who rated, where a kind of rating is chosen."""

_FOREVER = "9999-12-31"
# Of the sealed assessments of a program up to a day the last that no sealed amendment replaced; one by an instrument
# that stands apart only where there is no other.
_COUNTS = f"""(
  SELECT one.id FROM assessment AS one
  WHERE one.program_id = program.id AND one.sealed_at IS NOT NULL AND one.assessed_on <= :as_of {{kind}}
    AND {seen.counts("one")}
  ORDER BY {{apart}}one.assessed_on DESC, one.id DESC LIMIT 1
)"""
_LISTED = """
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts,
  (SELECT group_concat(role) FROM (
    SELECT role FROM role WHERE role.agency_id = program.agency_id AND role.person_id = :person
    UNION ALL SELECT role FROM role WHERE role.program_id = program.id AND role.person_id = :person)),
  (SELECT json_group_array(word) FROM tag WHERE tag.program_id = program.id),
  newest.ref, newest.assessed_on, newest.kind, newest.rater, newest.period, newest.instrument, newest.result,
  (SELECT count(*) FROM carried WHERE carried.assessment_id = newest.id)
FROM program JOIN agency ON agency.id = program.agency_id
"""
# What narrows a choice, by the name that an address has for it.
_WHERE = {
    "programs": "program.ref IN (SELECT value FROM json_each(:programs))",
    "agency": "program.agency_id = (SELECT id FROM agency WHERE ref = :agency)",
    "state": "program.id IN (SELECT id FROM program WHERE state = :state)",
    "level": "(EXISTS (SELECT 1 FROM json_each(program.facts, '$.level_addiction') WHERE value = :level)"
    " OR EXISTS (SELECT 1 FROM json_each(program.facts, '$.level_mental_health') WHERE value = :level))",
    "video": "EXISTS (SELECT 1 FROM json_each(program.facts, '$.video_parts') WHERE value = :video)",
    "language": "(EXISTS (SELECT 1 FROM json_each(program.facts, '$.languages_staff') WHERE value = :language)"
    " OR EXISTS (SELECT 1 FROM json_each(program.facts, '$.languages_interpreter') WHERE value = :language))",
    "medicine": "EXISTS (SELECT 1 FROM json_each(program.facts, '$.medicines') WHERE value = :medicine)",
    "tag": "EXISTS (SELECT 1 FROM tag WHERE tag.program_id = program.id AND word = :tag COLLATE NOCASE)",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which programs are asked for: those that fit all of this, "" is every one; `programs` are refs picked by hand.

    `level` is a code of either level of care; `video`, `language` (by staff or interpreter) and `medicine` are codes
    of the fact sheet; `kind` a kind of rating, of which the newest assessment counts then;
    `as_of` a day: what was assessed later is as if it were not there.
    """

    programs: tuple[str, ...] = ()
    agency: str = ""
    state: str = ""
    level: str = ""
    kind: str = ""
    tag: str = ""
    video: str = ""
    language: str = ""
    medicine: str = ""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Newest:
    """The sealed assessment that counts; `result` is what it was sealed with, {} where that cannot be read.

    `n_carried` of its ratings were carried from an earlier assessment and not given anew.
    """

    ref: str
    assessed_on: str
    kind: str | None
    rater: str
    period: int
    checksum: str
    result: Mapping[str, Any]
    n_carried: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A program with its tags and the assessment that counts, None where nothing was sealed."""

    program: Program
    tags: tuple[str, ...]
    newest: Newest | None


@dataclass(frozen=True, slots=True)
class Offered:
    """What somebody can choose by: agencies by ref, states, tags; and of how many programs she sees results."""

    agencies: Mapping[str, str]
    states: tuple[str, ...]
    tags: tuple[str, ...]
    n_programs: int


def listed(db: Database, person: Person, asked: Asked, apart: Collection[str] = ()) -> list[Listed]:
    """The programs asked for whose sealed results this person may see, by agency and name.

    `apart` are checksums of instruments that have no overall score: an assessment by one of them counts only where a
    program has no other.
    """
    sql, values = question(person, asked, apart)
    read = lru_cache(maxsize=None)(json.loads)  # many rows have the same agency, and most no tag
    return [_listed(row, read) for row in db.execute(sql, values)]


def question(person: Person, asked: Asked, apart: Collection[str] = ()) -> tuple[str, dict[str, Any]]:
    """The query for these programs with its values: one, however many they are."""
    values: dict[str, Any] = {"person": person.id, "as_of": asked.as_of or _FOREVER}
    where = ["program.id IN (SELECT id FROM seen)"]
    for name, narrows in _WHERE.items():
        if wanted := getattr(asked, name):
            where.append(narrows)
            values[name] = json.dumps(wanted) if name == "programs" else wanted
    kind, join = "", "LEFT JOIN"
    if asked.kind:
        kind, join = "AND one.kind IS :kind", "JOIN"
        values["kind"] = None if asked.kind == UNSTATED else asked.kind
    order_apart = ""
    if apart:
        order_apart = "one.instrument IN (SELECT value FROM json_each(:apart)), "
        values["apart"] = json.dumps(sorted(apart))
    newest = f"{join} assessment AS newest ON newest.id = {_COUNTS.format(kind=kind, apart=order_apart)}"
    order = "agency.name COLLATE NOCASE, agency.id, program.name COLLATE NOCASE, program.id"
    return f"{seen.PROGRAMS}{_LISTED}{newest} WHERE {' AND '.join(where)} ORDER BY {order}", values


def offered(db: Database, person: Person, state: str = "") -> Offered:
    """What this person can choose by, as it occurs among her programs; agencies of one state where it is named."""
    values = {"person": person.id, "state": state}
    within = "WHERE program.id IN (SELECT id FROM seen)"
    in_state = f" AND {_WHERE['state']}" if state else ""

    def column(sql: str) -> tuple[Any, ...]:
        return tuple(value for (value,) in db.execute(seen.PROGRAMS + sql, values))

    return Offered(
        agencies=dict(
            db.execute(
                f"{seen.PROGRAMS} SELECT ref, name FROM agency"
                f" WHERE id IN (SELECT program.agency_id FROM program {within}{in_state})"
                " ORDER BY name COLLATE NOCASE, id",
                values,
            ).fetchall()
        ),
        states=column(f"SELECT DISTINCT state FROM program {within} AND state != '' ORDER BY state COLLATE NOCASE"),
        tags=column(
            "SELECT word FROM tag WHERE program_id IN (SELECT id FROM seen)"
            " GROUP BY word COLLATE NOCASE ORDER BY word COLLATE NOCASE"
        ),
        n_programs=column("SELECT count(*) FROM seen")[0],
    )


def _listed(row: tuple[Any, ...], read: Callable[[str], Any]) -> Listed:
    ref, name, facts, agency_ref, agency_name, agency_facts, held, tags, *newest = row
    agency = Agency(agency_ref, agency_name, read(agency_facts))
    program = Program(ref, name, agency, read(facts), roles.held(held))
    words = tuple(sorted(read(tags), key=str.casefold))
    if newest[0] is None:
        return Listed(program, words, None)
    assessed, on, kind, rater, period, checksum, result, n_carried = newest
    return Listed(program, words, Newest(assessed, on, kind, rater, period, checksum, _result(result), n_carried))


def _result(text: str | None) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
