"""Assessments and their ratings, from the first save to the seal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlite_utils import Database

from ddcat.facts import Facts
from ddcat.records import Assessment, Person, Rating
from ddcat.store import instruments, programs
from ddcat.store.connection import Missing, new_ref, writing

_SEEN = """
SELECT assessment.id, assessment.ref, assessment.instrument AS checksum, assessment.assessed_on, assessment.period,
  assessment.kind, assessment.rater, assessment.cover, assessment.facts, assessment.edition, assessment.reason,
  assessment.started_at, assessment.sealed_at, assessment.deleted_at, program.name AS program,
  program.ref AS program_ref, agency.name AS agency, earlier.ref AS amends, later.ref AS amended_by,
  later.sealed_at AS replaced_at
FROM assessment
JOIN program ON program.id = assessment.program_id
JOIN agency ON agency.id = program.agency_id
JOIN membership ON membership.agency_id = agency.id AND membership.person_id = :person
LEFT JOIN assessment AS earlier ON earlier.id = assessment.amends_id
LEFT JOIN assessment AS later ON later.amends_id = assessment.id AND later.deleted_at IS NULL
"""


class Frozen(Exception):
    """The assessment is sealed or deleted; its content no longer changes."""


class Changed(Exception):
    """The assessment is no longer what the person saw: look again."""


class Taken(Exception):
    """Another amendment of the same edition stands where this one would."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rating and its evidence as somebody now wants them, made over `revision`."""

    value: int | None
    evidence: str
    revision: int


@dataclass(frozen=True, slots=True)
class Saved:
    """The new revision of every item that was saved, what stands in the way of the others, and the moment in UTC."""

    revisions: Mapping[str, int]
    conflicts: Mapping[str, Rating]
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest sealed assessment of a program, and the draft that is newer than it, if there is one."""

    sealed: Assessment | None
    draft: Assessment | None


def of_program(db: Database, person: Person, program_ref: str) -> list[Assessment]:
    """Every assessment of a program, deleted drafts too, oldest first."""
    order = "WHERE program.ref = :ref ORDER BY assessment.assessed_on, assessment.id"
    rows = list(db.query(_SEEN + order, {"person": person.id, "ref": program_ref}))
    return [_assessment(db, row) for row in rows]


def standing(db: Database, person: Person) -> dict[str, Standing]:
    """Where each program that was ever assessed stands, by program ref; deleted drafts aside."""
    rows = db.query(
        _SEEN + "WHERE assessment.deleted_at IS NULL ORDER BY assessment.assessed_on, assessment.id",
        {"person": person.id},
    )
    sealed: dict[str, dict[str, Any]] = {}
    draft: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["sealed_at"]:
            sealed[row["program_ref"]] = row
            draft.pop(row["program_ref"], None)
        else:
            draft[row["program_ref"]] = row

    def read(row: dict[str, Any] | None) -> Assessment | None:
        return _assessment(db, row) if row else None

    return {ref: Standing(read(sealed.get(ref)), read(draft.get(ref))) for ref in sealed.keys() | draft.keys()}


def get(db: Database, person: Person, ref: str) -> Assessment:
    """One assessment that this person may see. Raises Missing."""
    return _assessment(db, _row(db, person, ref))


def start(
    db: Database,
    person: Person,
    program_ref: str,
    instrument: tuple[str, str, bytes],
    *,
    assessed_on: str,
    kind: str | None,
    rater: str,
    period: int,
) -> str:
    """Begin an assessment with a snapshot of today's facts; its ref. Raises Missing.

    `instrument` is checksum, name and bytes: the store keeps what the record is rated with.
    """
    program = programs.get(db, person, program_ref)
    checksum, name, data = instrument
    ref = new_ref()
    with writing(db):
        instruments.keep(db, checksum, name, data)
        row = {
            "ref": ref,
            "program_id": db.execute("SELECT id FROM program WHERE ref = ?", [program_ref]).fetchone()[0],
            "instrument": checksum,
            "assessed_on": assessed_on,
            "period": period,
            "kind": kind,
            "rater": rater,
            "facts": json.dumps({**program.agency.facts, **program.facts}),
            "started_at": _now(),
        }
        db.table("assessment").insert(row, pk="id")
    return ref


def change_cover(
    db: Database,
    person: Person,
    ref: str,
    *,
    assessed_on: str,
    kind: str | None,
    rater: str,
    period: int,
    cover: Facts,
) -> None:
    """Change what the cover sheet says of a draft. Raises Missing or Frozen."""
    with writing(db):
        id = _draft(db, person, ref)
        db.execute(
            "UPDATE assessment SET assessed_on = ?, kind = ?, rater = ?, period = ?, cover = ? WHERE id = ?",
            [assessed_on, kind, rater, period, json.dumps(cover), id],
        )


def save(db: Database, person: Person, ref: str, changes: Mapping[str, Change]) -> Saved:
    """Save these items of a draft, each for itself: one made over an old revision is a conflict and stays.

    An item that already says the same is no conflict. Raises Missing or Frozen; then nothing is saved.
    """
    revisions: dict[str, int] = {}
    conflicts: dict[str, Rating] = {}
    at = _now()
    with writing(db):
        id = _draft(db, person, ref)
        known = _ratings(db, id)
        for item, change in changes.items():
            standing = known.get(item, Rating())
            if (standing.value, standing.evidence) == (change.value, change.evidence):
                revisions[item] = standing.revision
            elif standing.revision != change.revision:
                conflicts[item] = standing
            else:
                revisions[item] = change.revision + 1
                db.execute(
                    "INSERT INTO rating (assessment_id, person_id, item, value, evidence, revision, saved_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value,"
                    " evidence = excluded.evidence, revision = excluded.revision, saved_at = excluded.saved_at",
                    [id, person.id, item, change.value, change.evidence, change.revision + 1, at],
                )
    return Saved(revisions, conflicts, at)


def seal(db: Database, person: Person, seen: Assessment, result: Mapping[str, Any]) -> None:
    """Freeze a draft as it was seen, with its result. Raises Missing, Frozen, or Changed if it is another by now."""
    with writing(db):
        id = _draft(db, person, seen.ref)
        row = _row(db, person, seen.ref)
        if _assessment(db, row) != seen:
            raise Changed(seen.ref)
        facts = json.loads(row["facts"]) | {"sealed_program": row["program"], "sealed_agency": row["agency"]}
        db.execute(
            "UPDATE assessment SET sealed_at = ?, result = ?, facts = ? WHERE id = ?",
            [_now(), json.dumps(result), json.dumps(facts), id],
        )


def amend(db: Database, person: Person, ref: str, reason: str) -> str:
    """A draft that begins as a copy of a sealed assessment, which stays as it is; the draft's ref.

    Where an amendment was begun already, that one. Raises Missing, or Frozen if the assessment is a draft.
    """
    with writing(db):
        row = _row(db, person, ref)
        standing = _assessment(db, row)
        if standing.amended_by:
            return standing.amended_by
        if not standing.is_sealed:
            raise Frozen(ref)
        new = new_ref()
        db.execute(
            "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, cover, facts,"
            " edition, amends_id, reason, started_at) SELECT ?, program_id, instrument, assessed_on, period,"
            " kind, rater, cover, facts, edition + 1, id, ?, ? FROM assessment WHERE id = ?",
            [new, reason, _now(), row["id"]],
        )
        db.execute(
            "INSERT INTO rating SELECT (SELECT id FROM assessment WHERE ref = ?), person_id, item, value,"
            " evidence, 1, saved_at FROM rating WHERE assessment_id = ?",
            [new, row["id"]],
        )
        return new


def delete(db: Database, person: Person, ref: str) -> None:
    """Put a draft aside; `restore` brings it back. Raises Missing or Frozen."""
    with writing(db):
        id = _draft(db, person, ref)
        db.execute("UPDATE assessment SET deleted_at = ? WHERE id = ?", [_now(), id])


def restore(db: Database, person: Person, ref: str) -> None:
    """Bring a deleted draft back; one that was not deleted stays as it is.

    Raises Missing, or Taken where another amendment took its place.
    """
    with writing(db):
        row = _row(db, person, ref)
        standing = _assessment(db, row)
        taken = "SELECT 1 FROM assessment AS other JOIN assessment AS own ON own.amends_id = other.amends_id"
        if (
            standing.amends
            and db.execute(
                taken + " WHERE own.id = ? AND other.id != own.id AND other.deleted_at IS NULL", [row["id"]]
            ).fetchone()
        ):
            raise Taken(ref)
        db.execute("UPDATE assessment SET deleted_at = NULL WHERE id = ?", [row["id"]])


def _row(db: Database, person: Person, ref: str) -> dict[str, Any]:
    found = db.query(_SEEN + "WHERE assessment.ref = :ref", {"person": person.id, "ref": ref})
    row = next(iter(found), None)
    if row is None:
        raise Missing(ref)
    return row


def _draft(db: Database, person: Person, ref: str) -> int:
    """The id of an assessment whose content may change."""
    row = _row(db, person, ref)
    if row["sealed_at"] or row["deleted_at"]:
        raise Frozen(ref)
    return int(row["id"])


def _ratings(db: Database, id: int) -> dict[str, Rating]:
    rows = db.execute("SELECT item, value, evidence, revision FROM rating WHERE assessment_id = ?", [id])
    return {item: Rating(value, evidence, revision) for item, value, evidence, revision in rows}


def _assessment(db: Database, row: dict[str, Any]) -> Assessment:
    said = _ratings(db, row["id"])
    same = {name: row[name] for name in row.keys() - {"id", "cover", "facts"}}
    facts = json.loads(row["facts"])
    # What was sealed keeps the names it was sealed under, however program and agency are called later.
    sealed_as = {"program": facts.pop("sealed_program", None), "agency": facts.pop("sealed_agency", None)}
    if row["sealed_at"]:
        same |= sealed_as
    return Assessment(
        **same,
        cover=json.loads(row["cover"]),
        facts=facts,
        ratings={item: rating.value for item, rating in said.items() if rating.value is not None},
        evidence={item: rating.evidence for item, rating in said.items() if rating.evidence},
        revisions={item: rating.revision for item, rating in said.items()},
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
