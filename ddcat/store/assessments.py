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
from ddcat.seal import Record, canonical
from ddcat.store import instruments, programs, roles, trail
from ddcat.store.connection import Missing, new_ref, now, writing

_SEEN = f"""
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
_IN_ORDER = "GROUP BY assessment.id ORDER BY assessment.assessed_on, assessment.id"


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
    where = "WHERE program.ref = :ref " + _IN_ORDER
    rows = list(db.query(_SEEN + where, {"person": person.id, "ref": program_ref}))
    return [_assessment(db, row) for row in rows if _is_seen(row)]


def standing(db: Database, person: Person) -> dict[str, Standing]:
    """Where each program that was ever assessed stands, by program ref; deleted drafts aside."""
    rows = db.query(
        _SEEN + "WHERE assessment.deleted_at IS NULL " + _IN_ORDER,
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

    def read(row: dict[str, Any] | None) -> Assessment | None:
        return _assessment(db, row) if row else None

    return {ref: Standing(read(sealed.get(ref)), read(draft.get(ref))) for ref in sealed.keys() | draft.keys()}


def get(db: Database, person: Person, ref: str) -> Assessment:
    """One assessment that this person may see. Raises Missing."""
    return _assessment(db, _row(db, person, ref))


def named(db: Database, person: Person) -> list[Assessment]:
    """The drafts that name this person as a rater, oldest first."""
    where = (
        "WHERE assessment.sealed_at IS NULL AND assessment.deleted_at IS NULL"
        " AND assessment.id IN (SELECT assessment_id FROM role WHERE person_id = :person) "
    )
    return [_assessment(db, row) for row in list(db.query(_SEEN + where + _IN_ORDER, {"person": person.id}))]


def held(db: Database, person: Person, ref: str) -> access.Held:
    """The roles of this person on an assessment that she may see. Raises Missing."""
    return roles.held(_row(db, person, ref)["held"])


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
        _log(db, person, "start", _row(db, person, ref), said)
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
        id = _draft(db, person, ref)
        row = _row(db, person, ref)
        new = {"assessed_on": assessed_on, "kind": kind, "rater": rater, "period": period}
        said = {name: (row[name], value) for name, value in new.items()} | {
            "cover": (json.loads(row["cover"]), cover)
        }
        _log(db, person, "cover", row, trail.changed(said))
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
    said: dict[str, tuple[Any, Any]] = {}
    at = now()
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
                said[item] = (standing.value, change.value)
                said[f"{item} evidence"] = (standing.evidence or None, change.evidence or None)
                # One set of ratings an assessment: whoever saves an item takes it over.
                db.execute("DELETE FROM rating WHERE assessment_id = ? AND item = ?", [id, item])
                db.execute(
                    "INSERT INTO rating (assessment_id, person_id, item, value, evidence, revision, saved_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [id, person.id, item, change.value, change.evidence, change.revision + 1, at],
                )
        if said:
            _log(db, person, "rate", _row(db, person, ref), trail.changed(said))
    return Saved(revisions, conflicts, at)


def seal(db: Database, person: Person, seen: Assessment, record: Record) -> None:
    """Freeze a draft as it was seen, with its record. Raises Missing, Frozen, or Changed if it is another by now."""
    with writing(db):
        id = _draft(db, person, seen.ref)
        row = _row(db, person, seen.ref)
        if _assessment(db, row) != seen:
            raise Changed(seen.ref)
        facts = json.loads(row["facts"]) | {"sealed_program": row["program"], "sealed_agency": row["agency"]}
        db.execute(
            "UPDATE assessment SET sealed_at = ?, result = ?, facts = ? WHERE id = ?",
            [record.core["sealed_at"], canonical(record.core["result"]).decode(), json.dumps(facts), id],
        )
        _keep(db, person, row, record)


def unrecorded(db: Database, person: Person) -> list[Assessment]:
    """What was sealed before there were records, oldest first, as far as this person sees it."""
    where = "WHERE assessment.sealed_at IS NOT NULL AND record.hash IS NULL "
    return [_assessment(db, row) for row in list(db.query(_SEEN + where + _IN_ORDER, {"person": person.id}))]


def record_later(db: Database, person: Person, ref: str, record: Record) -> None:
    """Keep the record of an assessment that was sealed before there were records."""
    with writing(db):
        row = _row(db, person, ref)
        if row["hash"] is None:
            result = canonical(record.core["result"]).decode()
            db.execute("UPDATE assessment SET result = ? WHERE id = ?", [result, row["id"]])
            _keep(db, person, row, record)


def _keep(db: Database, person: Person, row: Mapping[str, Any], record: Record) -> None:
    """A record with the entry of the trail that holds its hash."""
    entry = _log(db, person, "seal", row, {"record": (None, record.hash)})
    db.execute(
        "INSERT INTO record (assessment_id, core, hash, entry) VALUES (?, ?, ?, ?)",
        [row["id"], canonical(record.core).decode(), record.hash, entry],
    )
    db.conn.executemany(
        "INSERT INTO record_text (assessment_id, name, salt, value) VALUES (?, ?, ?, ?)",
        [(row["id"], name, text.salt, canonical(text.value).decode()) for name, text in record.texts.items()],
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
            [new, reason, now(), row["id"]],
        )
        db.execute(
            "INSERT INTO rating SELECT (SELECT id FROM assessment WHERE ref = ?), person_id, item, value,"
            " evidence, 1, saved_at FROM rating WHERE assessment_id = ?",
            [new, row["id"]],
        )
        db.execute(
            "INSERT INTO role (person_id, role, assessment_id) SELECT person_id, role, (SELECT id FROM assessment"
            " WHERE ref = ?) FROM role WHERE assessment_id = ?",
            [new, row["id"]],
        )
        _log(db, person, "amend", row, {"amendment": (None, new), "reason": (None, reason)})
        return new


def delete(db: Database, person: Person, ref: str) -> None:
    """Put a draft aside; `restore` brings it back. Raises Missing or Frozen."""
    with writing(db):
        id = _draft(db, person, ref)
        db.execute("UPDATE assessment SET deleted_at = ? WHERE id = ?", [now(), id])
        _log(db, person, "delete", _row(db, person, ref), {})


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
        if standing.deleted_at:
            _log(db, person, "restore", row, {})


def _row(db: Database, person: Person, ref: str) -> dict[str, Any]:
    where = "WHERE assessment.ref = :ref GROUP BY assessment.id"
    row = next(iter(db.query(_SEEN + where, {"person": person.id, "ref": ref})), None)
    if row is None or not _is_seen(row):
        raise Missing(ref)
    return row


def _is_seen(row: dict[str, Any]) -> bool:
    return access.sees(roles.held(row["held"]), is_sealed=bool(row["sealed_at"]))


def _draft(db: Database, person: Person, ref: str) -> int:
    """The id of an assessment whose content may change."""
    row = _row(db, person, ref)
    if row["sealed_at"] or row["deleted_at"]:
        raise Frozen(ref)
    return int(row["id"])


def _ratings(db: Database, id: int) -> dict[str, Rating]:
    rows = db.execute("SELECT item, value, evidence, revision FROM rating WHERE assessment_id = ?", [id])
    return {item: Rating(value, evidence, revision) for item, value, evidence, revision in rows}


def _log(db: Database, person: Person, act: str, row: Mapping[str, Any], changes: trail.Changes) -> int:
    about = {"agency": row["agency_ref"], "program": row["program_ref"], "changes": changes}
    return trail.add(db, person, act, "assessment", row["ref"], **about)


def _assessment(db: Database, row: dict[str, Any]) -> Assessment:
    said = db.execute(
        "SELECT item, value, evidence, revision, person.ref, saved_at FROM rating"
        " JOIN person ON person.id = person_id WHERE assessment_id = ? ORDER BY item",
        [row["id"]],
    ).fetchall()
    same = {name: row[name] for name in row.keys() - {"id", "cover", "facts", "held"}}
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
        held=roles.held(row["held"]),
    )
