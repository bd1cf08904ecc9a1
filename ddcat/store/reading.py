"""An assessment as whoever asks may see it: what the store keeps of it, read in one way everywhere."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.access import Role
from ddcat.progress import HANDED_IN
from ddcat.records import Answer, Assessment, Carried, Evidence, Origin, Person, Rater
from ddcat.store import roles, trail
from ddcat.store.blind import IS_OPEN
from ddcat.store.connection import Missing

SEEN = f"""
SELECT assessment.id, assessment.ref, assessment.instrument AS checksum, assessment.assessed_on, assessment.period,
  assessment.kind, assessment.rater, assessment.cover, assessment.facts, assessment.edition, assessment.reason,
  assessment.started_at, assessment.sealed_at, assessment.deleted_at, assessment.is_blind, {IS_OPEN} AS is_open,
  program.name AS program, program.ref AS program_ref, agency.name AS agency, agency.ref AS agency_ref,
  earlier.ref AS amends, later.ref AS amended_by, later.sealed_at AS replaced_at, record.hash, record.entry,
  :person AS asker, {roles.HELD},
  (SELECT {roles.HELD} FROM role WHERE role.person_id = :person AND
    (role.agency_id = agency.id OR role.program_id = program.id OR role.assessment_id = later.id)) AS held_later
FROM assessment
JOIN program ON program.id = assessment.program_id
JOIN agency ON agency.id = program.agency_id
JOIN role ON {roles.OF_ASSESSMENT}
LEFT JOIN assessment AS earlier ON earlier.id = assessment.amends_id
LEFT JOIN assessment AS later ON later.amends_id = assessment.id AND later.deleted_at IS NULL
LEFT JOIN record ON record.assessment_id = assessment.id
"""
IN_ORDER = "GROUP BY assessment.id ORDER BY assessment.assessed_on, assessment.id"

_ROW_ONLY = {"id", "asker", "cover", "facts", "held", "held_later", "is_blind", "is_open"}
_RATERS = """
SELECT person_id, person.ref, person.name, items, due_on, stands, state, note, changed_at
FROM assignment JOIN person ON person.id = person_id
WHERE assessment_id = ? ORDER BY person.name COLLATE NOCASE, person_id
"""
_EVIDENCE = """
SELECT evidence.ref, item, source, seen, place, seen_on, seen_by, finding, counts, n, is_everybody, supports,
  of_meeting, person.ref AS "by", revision, saved_at, removed_at, person_id
FROM evidence JOIN person ON person.id = person_id WHERE assessment_id = :id ORDER BY evidence.id
"""


class Frozen(Exception):
    """The assessment is sealed or deleted; its content no longer changes."""


class Stale(Exception):
    """This was changed in another window after it was opened."""


def row_of(db: Database, person: Person, ref: str) -> dict[str, Any]:
    """The row of an assessment that this person may see. Raises Missing."""
    where = "WHERE assessment.ref = :ref GROUP BY assessment.id"
    row = next(iter(db.query(SEEN + where, {"person": person.id, "ref": ref})), None)
    if row is None or not is_seen(row):
        raise Missing(ref)
    return row


def draft_of(db: Database, person: Person, ref: str) -> dict[str, Any]:
    """The row of an assessment whose content may change. Raises Missing or Frozen."""
    row = row_of(db, person, ref)
    if row["sealed_at"] or row["deleted_at"]:
        raise Frozen(ref)
    return row


def is_seen(row: dict[str, Any]) -> bool:
    """Whether whoever asked for this row may know of it."""
    return access.sees(roles.held(row["held"]), is_sealed=bool(row["sealed_at"]))


def log(db: Database, person: Person, act: str, row: Mapping[str, Any], changes: trail.Changes) -> int:
    """Append what was done to an assessment to the trail; the number of the entry."""
    about = {"agency": row["agency_ref"], "program": row["program_ref"], "changes": changes}
    return trail.add(db, person, act, "assessment", row["ref"], **about)


def is_alone(row: Mapping[str, Any]) -> bool:
    """Whether its raters rate alone now."""
    return bool(row["is_blind"] and not row["is_open"])


def ratings_of(db: Database, row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Item, value, why, revision, who (a ref) and when: of the set that whoever asked works on."""
    table = "agreed" if row["is_blind"] and row["is_open"] else "rating"
    whose = "AND person_id = :asker" if is_alone(row) else ""
    return db.execute(
        f"SELECT item, value, why, revision, person.ref, saved_at FROM {table}"
        f" JOIN person ON person.id = person_id WHERE assessment_id = :id {whose} ORDER BY item",
        {"id": row["id"], "asker": row["asker"]},
    ).fetchall()


def mine(row: Mapping[str, Any], raters: Iterable[tuple[int, Rater]]) -> frozenset[str] | None:
    """The items that whoever asked may rate now; None for all of them."""
    own = next((rater for id, rater in raters if id == row["asker"]), None)
    held = roles.held(row["held"])
    if row["sealed_at"] or row["deleted_at"] or not access.may(access.Act.RATE, held):
        return frozenset()
    if row["is_blind"]:
        may_rate = is_alone(row) and own is not None and own.state not in HANDED_IN
    else:
        if Role.DIRECTOR in held or own is None:
            return None
        may_rate = own.state not in HANDED_IN
    if own is None or not may_rate:
        return frozenset()
    return frozenset(own.items) or None


def raters_of(db: Database, row: Mapping[str, Any]) -> list[tuple[int, Rater]]:
    """Everybody who was given items, by name, each with the person's number; without what each said."""
    found = []
    for id, ref, name, items, due_on, stands, state, note, changed_at in db.execute(_RATERS, [row["id"]]):
        given = tuple(json.loads(items))
        if is_alone(row) and id != row["asker"]:
            found.append((id, Rater(ref, name, given, due_on, stands)))
        else:
            found.append((id, Rater(ref, name, given, due_on, stands, state, note, changed_at)))
    return found


def evidence_of(db: Database, row: Mapping[str, Any], *, removed: bool = False) -> list[Evidence]:
    """The lines of evidence that whoever asked may see, in the order they were written.

    Where raters rate alone, only what each wrote for an item that she is given still counts.
    """
    crew = {id: rater for id, rater in raters_of(db, row) if not is_alone(row) or id == row["asker"]}
    found = []
    for line in db.query(_EVIDENCE, {"id": row["id"]}):
        by = line.pop("person_id")
        counts = line["of_meeting"] or (by in crew and _is_given(crew[by], line["item"]))
        is_hidden = row["is_blind"] and not counts
        if bool(line["removed_at"]) == removed and not is_hidden:
            flags = {name: bool(line[name]) for name in ("is_everybody", "of_meeting")}
            found.append(Evidence(**line | flags | {"counts": json.loads(line["counts"])}))
    return found


def carried_of(db: Database, row: Mapping[str, Any]) -> dict[str, Carried]:
    """The items whose ratings were carried from an earlier assessment and not given anew, each with where from."""
    found = db.execute(
        "SELECT item, earlier.ref, earlier.assessed_on FROM carried"
        " JOIN assessment AS earlier ON earlier.id = from_id WHERE assessment_id = ? ORDER BY item",
        [row["id"]],
    )
    return {item: Carried(ref, assessed_on) for item, ref, assessed_on in found}


def read(db: Database, row: dict[str, Any]) -> Assessment:
    """The assessment of a row, as whoever asked for it may see it."""
    said = ratings_of(db, row)
    crew = raters_of(db, row)
    same = {name: row[name] for name in row.keys() - _ROW_ONLY}
    held = roles.held(row["held"])
    if not access.sees(roles.held(row["held_later"]), is_sealed=bool(row["replaced_at"])):
        same["amended_by"] = None  # whoever may not see the amendment does not learn of it
    facts = json.loads(row["facts"])
    # What was sealed keeps the names it was sealed under, however program and agency are called later.
    sealed_as = {"program": facts.pop("sealed_program", None), "agency": facts.pop("sealed_agency", None)}
    if row["sealed_at"]:
        same |= sealed_as
    is_consensus = row["is_blind"] and row["is_open"]
    return Assessment(
        **same,
        cover=json.loads(row["cover"]),
        facts=facts,
        ratings={item: value for item, value, *_rest in said if value is not None},
        why={item: why for item, _value, why, *_rest in said if why},
        revisions={item: revision for item, _value, _why, revision, *_rest in said},
        origins={item: Origin(by, at) for item, _value, _why, _revision, by, at in said},
        is_blind=bool(row["is_blind"]),
        is_open=bool(row["is_open"]),
        evidence=tuple(evidence_of(db, row)),
        raters=tuple(_with_ratings(db, row["id"], id, rater) if is_consensus else rater for id, rater in crew),
        answers=_answers(db, row),
        carried=carried_of(db, row),
        mine=mine(row, crew),
        held=held,
    )


def _is_given(rater: Rater, item: str) -> bool:
    return not rater.items or item in rater.items


def _with_ratings(db: Database, assessment_id: int, person_id: int, rater: Rater) -> Rater:
    """The same rater with what she rated alone, of the items that she is given still."""
    rows = db.execute(
        "SELECT item, value, why, revision, saved_at FROM rating"
        " WHERE assessment_id = ? AND person_id = ? ORDER BY item",
        [assessment_id, person_id],
    )
    said = [row for row in rows if _is_given(rater, row[0])]
    return Rater(
        *(rater.ref, rater.name, rater.items, rater.due_on, rater.stands, rater.state, rater.note, rater.changed_at),
        ratings={item: value for item, value, *_rest in said if value is not None},
        why={item: why for item, _value, why, *_rest in said if why},
        revisions={item: revision for item, _value, _why, revision, _at in said},
        saved_at={item: at for item, *_rest, at in said},
    )


def _answers(db: Database, row: Mapping[str, Any]) -> dict[str, Answer]:
    """What was answered to checks; while raters rate alone, by whoever asks."""
    found = db.execute(
        "SELECT finding, text, person.ref, saved_at, person_id FROM answer JOIN person ON person.id = person_id"
        " WHERE assessment_id = ? ORDER BY finding",
        [row["id"]],
    )
    return {key: Answer(text, by, at) for key, text, by, at, id in found if not is_alone(row) or id == row["asker"]}
