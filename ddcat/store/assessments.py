"""Assessments and their ratings, from the first save to the seal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.access import Role
from ddcat.facts import Facts
from ddcat.records import Assessment, Origin, Person, Rating
from ddcat.store import instruments, programs, roles, trail
from ddcat.store.connection import Missing, new_ref, now, writing

SEEN = f"""
SELECT assessment.id, assessment.ref, assessment.instrument AS checksum, assessment.assessed_on, assessment.period,
  assessment.kind, assessment.rater, assessment.cover, assessment.facts, assessment.edition, assessment.reason,
  assessment.started_at, assessment.sealed_at, assessment.deleted_at, program.name AS program,
  program.ref AS program_ref, agency.name AS agency, agency.ref AS agency_ref, earlier.ref AS amends,
  later.ref AS amended_by, later.sealed_at AS replaced_at, record.hash, record.entry, {roles.HELD}
FROM assessment
JOIN program ON program.id = assessment.program_id
JOIN agency ON agency.id = program.agency_id
JOIN role ON {roles.OF_ASSESSMENT}
LEFT JOIN assessment AS earlier ON earlier.id = assessment.amends_id
LEFT JOIN assessment AS later ON later.amends_id = assessment.id AND later.deleted_at IS NULL
LEFT JOIN record ON record.assessment_id = assessment.id
"""
IN_ORDER = "GROUP BY assessment.id ORDER BY assessment.assessed_on, assessment.id"


class Frozen(Exception):
    """The assessment is sealed or deleted; its content no longer changes."""


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
    where = "WHERE program.ref = :ref " + IN_ORDER
    rows = list(db.query(SEEN + where, {"person": person.id, "ref": program_ref}))
    return [read(db, row) for row in rows if _is_seen(row)]


def standing(db: Database, person: Person) -> dict[str, Standing]:
    """Where each program that was ever assessed stands, by program ref; deleted drafts aside."""
    rows = db.query(
        SEEN + "WHERE assessment.deleted_at IS NULL " + IN_ORDER,
        {"person": person.id},
    )
    sealed: dict[str, dict[str, Any]] = {}
    draft: dict[str, dict[str, Any]] = {}
    for row in filter(_is_seen, rows):
        if row["sealed_at"]:
            sealed[row["program_ref"]] = row
            draft.pop(row["program_ref"], None)
        else:
            draft[row["program_ref"]] = row

    def found(row: dict[str, Any] | None) -> Assessment | None:
        return read(db, row) if row else None

    return {ref: Standing(found(sealed.get(ref)), found(draft.get(ref))) for ref in sealed.keys() | draft.keys()}


def get(db: Database, person: Person, ref: str) -> Assessment:
    """One assessment that this person may see. Raises Missing."""
    return read(db, row_of(db, person, ref))


def named(db: Database, person: Person) -> list[Assessment]:
    """The drafts that name this person as a rater, oldest first."""
    where = (
        "WHERE assessment.sealed_at IS NULL AND assessment.deleted_at IS NULL"
        " AND assessment.id IN (SELECT assessment_id FROM role WHERE person_id = :person) "
    )
    return [read(db, row) for row in list(db.query(SEEN + where + IN_ORDER, {"person": person.id}))]


def held(db: Database, person: Person, ref: str) -> access.Held:
    """The roles of this person on an assessment that she may see. Raises Missing."""
    return roles.held(row_of(db, person, ref)["held"])


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
            "started_at": now(),
        }
        db.table("assessment").insert(row, pk="id")
        about = {"assessed_on": assessed_on, "kind": kind, "rater": rater, "period": period}
        said = {name: (None, value) for name, value in {"instrument": name, **about}.items()}
        log(db, person, "start", row_of(db, person, ref), said)
        if Role.CONSULTANT in program.held:
            # She rates, covers and seals what she began, and nothing else.
            roles.insert(db, person, person, Role.CONSULTANT, "assessment", ref)
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
        row = draft_of(db, person, ref)
        new = {"assessed_on": assessed_on, "kind": kind, "rater": rater, "period": period}
        said = {name: (row[name], value) for name, value in new.items()}
        said |= trail.fields("cover", json.loads(row["cover"]), cover)
        log(db, person, "cover", row, trail.changed(said))
        db.execute(
            "UPDATE assessment SET assessed_on = ?, kind = ?, rater = ?, period = ?, cover = ? WHERE id = ?",
            [assessed_on, kind, rater, period, json.dumps(cover), row["id"]],
        )


def save(
    db: Database, person: Person, ref: str, changes: Mapping[str, Change], reasons: Mapping[str, str] | None = None
) -> Saved:
    """Save these items of a draft, each for itself: one made over an old revision is a conflict and stays.

    An item that already says the same is no conflict. `reasons` say by item why evidence that looks like patient
    data may stay; those of saved items are logged. Raises Missing or Frozen; then nothing is saved.
    """
    revisions: dict[str, int] = {}
    conflicts: dict[str, Rating] = {}
    said: dict[str, tuple[Any, Any]] = {}
    at = now()
    with writing(db):
        row = draft_of(db, person, ref)
        id = row["id"]
        known = _ratings(db, id)
        for item, change in changes.items():
            standing = known.get(item, Rating())
            if (standing.value, standing.evidence) == (change.value, change.evidence):
                revisions[item] = standing.revision
            elif standing.revision != change.revision:
                conflicts[item] = standing
            else:
                revisions[item] = change.revision + 1
                said[item] = (standing.value, change.value)
                said[f"{item} evidence"] = (standing.evidence or None, change.evidence or None)
                # One set of ratings an assessment: whoever saves an item takes it over.
                db.execute("DELETE FROM rating WHERE assessment_id = ? AND item = ?", [id, item])
                db.execute(
                    "INSERT INTO rating (assessment_id, person_id, item, value, evidence, revision, saved_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [id, person.id, item, change.value, change.evidence, change.revision + 1, at],
                )
        kept = {f"{item} evidence": (None, why) for item, why in (reasons or {}).items() if item in said}
        if kept:
            log(db, person, "overrule", row, kept)
        if said:
            log(db, person, "rate", row, trail.changed(said))
    return Saved(revisions, conflicts, at)


def amend(db: Database, person: Person, ref: str, reason: str) -> str:
    """A draft that begins as a copy of a sealed assessment, which stays as it is; the draft's ref.

    Where an amendment was begun already, that one. Raises Missing, or Frozen if the assessment is a draft.
    """
    with writing(db):
        row = row_of(db, person, ref)
        standing = read(db, row)
        if standing.amended_by:
            return standing.amended_by
        if not standing.is_sealed:
            raise Frozen(ref)
        new = new_ref()
        db.execute(
            "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, cover, facts,"
            " edition, amends_id, reason, started_at) SELECT ?, program_id, instrument, assessed_on, period,"
            " kind, rater, cover, facts, edition + 1, id, ?, ? FROM assessment WHERE id = ?",
            [new, reason, now(), row["id"]],
        )
        db.execute(
            "INSERT INTO rating SELECT (SELECT id FROM assessment WHERE ref = ?), person_id, item, value,"
            " evidence, 1, saved_at FROM rating WHERE assessment_id = ?",
            [new, row["id"]],
        )
        log(db, person, "amend", row, {"amendment": (None, new), "reason": (None, reason)})
        if Role.CONSULTANT + access.HERE in standing.held:
            # What she began she may also correct; whom the director named, she names again.
            roles.insert(db, person, person, Role.CONSULTANT, "assessment", new)
        return new


def delete(db: Database, person: Person, ref: str) -> None:
    """Put a draft aside; `restore` brings it back. Raises Missing or Frozen."""
    with writing(db):
        row = draft_of(db, person, ref)
        db.execute("UPDATE assessment SET deleted_at = ? WHERE id = ?", [now(), row["id"]])
        log(db, person, "delete", row, {})


def restore(db: Database, person: Person, ref: str) -> None:
    """Bring a deleted draft back; one that was not deleted stays as it is.

    Raises Missing, or Taken where another amendment took its place.
    """
    with writing(db):
        row = row_of(db, person, ref)
        standing = read(db, row)
        taken = "SELECT 1 FROM assessment AS other JOIN assessment AS own ON own.amends_id = other.amends_id"
        if (
            standing.amends
            and db.execute(
                taken + " WHERE own.id = ? AND other.id != own.id AND other.deleted_at IS NULL", [row["id"]]
            ).fetchone()
        ):
            raise Taken(ref)
        db.execute("UPDATE assessment SET deleted_at = NULL WHERE id = ?", [row["id"]])
        if standing.deleted_at:
            log(db, person, "restore", row, {})


def row_of(db: Database, person: Person, ref: str) -> dict[str, Any]:
    where = "WHERE assessment.ref = :ref GROUP BY assessment.id"
    row = next(iter(db.query(SEEN + where, {"person": person.id, "ref": ref})), None)
    if row is None or not _is_seen(row):
        raise Missing(ref)
    return row


def _is_seen(row: dict[str, Any]) -> bool:
    return access.sees(roles.held(row["held"]), is_sealed=bool(row["sealed_at"]))


def draft_of(db: Database, person: Person, ref: str) -> dict[str, Any]:
    """The row of an assessment whose content may change."""
    row = row_of(db, person, ref)
    if row["sealed_at"] or row["deleted_at"]:
        raise Frozen(ref)
    return row


def _ratings(db: Database, id: int) -> dict[str, Rating]:
    rows = db.execute("SELECT item, value, evidence, revision FROM rating WHERE assessment_id = ?", [id])
    return {item: Rating(value, evidence, revision) for item, value, evidence, revision in rows}


def log(db: Database, person: Person, act: str, row: Mapping[str, Any], changes: trail.Changes) -> int:
    about = {"agency": row["agency_ref"], "program": row["program_ref"], "changes": changes}
    return trail.add(db, person, act, "assessment", row["ref"], **about)


def read(db: Database, row: dict[str, Any]) -> Assessment:
    said = db.execute(
        "SELECT item, value, evidence, revision, person.ref, saved_at FROM rating"
        " JOIN person ON person.id = person_id WHERE assessment_id = ? ORDER BY item",
        [row["id"]],
    ).fetchall()
    same = {name: row[name] for name in row.keys() - {"id", "cover", "facts", "held"}}
    held = roles.held(row["held"])
    if not row["replaced_at"] and not access.may(access.Act.SEE_DRAFT, held):
        same["amended_by"] = None  # whoever may not see drafts does not learn of one
    facts = json.loads(row["facts"])
    # What was sealed keeps the names it was sealed under, however program and agency are called later.
    sealed_as = {"program": facts.pop("sealed_program", None), "agency": facts.pop("sealed_agency", None)}
    if row["sealed_at"]:
        same |= sealed_as
    return Assessment(
        **same,
        cover=json.loads(row["cover"]),
        facts=facts,
        ratings={item: value for item, value, *_rest in said if value is not None},
        evidence={item: evidence for item, _value, evidence, *_rest in said if evidence},
        revisions={item: revision for item, _value, _evidence, revision, *_rest in said},
        origins={item: Origin(by, at) for item, _value, _evidence, _revision, by, at in said},
        held=held,
    )
