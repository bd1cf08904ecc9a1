"""Assessments: begun, looked up, covered, amended, put aside and brought back."""

import json
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.access import Role
from ddcat.facts import Facts
from ddcat.records import Assessment, Person
from ddcat.store import carrying, instruments, programs, roles, trail
from ddcat.store.connection import new_ref, now, writing
from ddcat.store.reading import IN_ORDER, SEEN, Frozen, draft_of, is_seen, log, read, row_of

# What an amendment begins with: everything that was said, by whom, as it was.
_AMENDED = (
    "INSERT INTO rating SELECT :new, person_id, item, value, why, 1, saved_at FROM rating WHERE assessment_id = :old",
    "INSERT INTO agreed SELECT :new, person_id, item, value, why, 1, saved_at FROM agreed WHERE assessment_id = :old",
    "INSERT INTO carried SELECT :new, item, from_id FROM carried WHERE assessment_id = :old",
    "INSERT INTO assignment SELECT :new, person_id, items, due_on, stands, state, note, changed_at FROM assignment"
    " WHERE assessment_id = :old AND (SELECT is_blind FROM assessment WHERE id = :old)",
    "INSERT INTO answer SELECT :new, finding, text, person_id, saved_at FROM answer WHERE assessment_id = :old",
    "INSERT INTO evidence (ref, assessment_id, person_id, item, source, seen, place, seen_on, seen_by, finding,"
    " counts, n, is_everybody, supports, of_meeting, revision, saved_at)"
    " SELECT lower(hex(randomblob(8))), :new, person_id, item, source, seen, place, seen_on, seen_by, finding,"
    " counts, n, is_everybody, supports, of_meeting, 1, saved_at FROM evidence"
    " WHERE assessment_id = :old AND removed_at IS NULL ORDER BY id",
)


class Taken(Exception):
    """Another amendment of the same edition stands where this one would."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest sealed assessment of a program with one instrument, and the draft that is newer, if there is one."""

    sealed: Assessment | None
    draft: Assessment | None


def of_program(db: Database, person: Person, program_ref: str) -> list[Assessment]:
    """Every assessment of a program, deleted drafts too, oldest first."""
    where = "WHERE program.ref = :ref " + IN_ORDER
    rows = list(db.query(SEEN + where, {"person": person.id, "ref": program_ref}))
    return [read(db, row) for row in rows if is_seen(row)]


def standing(db: Database, person: Person) -> dict[tuple[str, str], Standing]:
    """Where each program that was ever assessed stands, by program ref and id of instrument; deleted drafts aside."""
    rows = db.query(
        SEEN + "WHERE assessment.deleted_at IS NULL " + IN_ORDER,
        {"person": person.id},
    )
    ids = instruments.ids(db)
    sealed: dict[tuple[str, str], dict[str, Any]] = {}
    draft: dict[tuple[str, str], dict[str, Any]] = {}
    for row in filter(is_seen, rows):
        place = row["program_ref"], ids[row["checksum"]]
        if row["sealed_at"]:
            sealed[place] = row
            draft.pop(place, None)
        else:
            draft[place] = row

    def found(row: dict[str, Any] | None) -> Assessment | None:
        return read(db, row) if row else None

    places = sorted(sealed.keys() | draft.keys())
    return {place: Standing(found(sealed.get(place)), found(draft.get(place))) for place in places}


def get(db: Database, person: Person, ref: str) -> Assessment:
    """One assessment that this person may see. Raises Missing."""
    return read(db, row_of(db, person, ref))


def named(db: Database, person: Person) -> list[Assessment]:
    """The assessments that name this person, oldest first; deleted drafts aside."""
    where = (
        "WHERE assessment.deleted_at IS NULL"
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
    carry_from: str | None = None,
) -> str:
    """Begin an assessment with a snapshot of today's facts; its ref. Raises Missing, or Unfit as `carrying.carry`.

    `instrument` is checksum, name and bytes: the store keeps what the record is rated with. `carry_from` is the ref
    of a sealed assessment whose ratings it begins with, marked as carried.
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
        if carry_from:
            carrying.carry(db, person, row_of(db, person, ref), carry_from)
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
    """Change what the cover sheet says of a draft. Raises Missing, Frozen, or Unfit as `carrying.check`."""
    with writing(db):
        row = draft_of(db, person, ref)
        carrying.check(db, row, kind, assessed_on)
        new = {"assessed_on": assessed_on, "kind": kind, "rater": rater, "period": period}
        said = {name: (row[name], value) for name, value in new.items()}
        said |= trail.fields("cover", json.loads(row["cover"]), cover)
        log(db, person, "cover", row, trail.changed(said))
        db.execute(
            "UPDATE assessment SET assessed_on = ?, kind = ?, rater = ?, period = ?, cover = ? WHERE id = ?",
            [assessed_on, kind, rater, period, json.dumps(cover), row["id"]],
        )


def amend(db: Database, person: Person, ref: str, reason: str) -> str:
    """A draft that begins as a copy of a sealed assessment, which stays as it is; the draft's ref.

    Where an amendment was begun already, that one. Who rated alone reads the amendment too, and no longer rates.
    Raises Missing, or Frozen if the assessment is a draft.
    """
    with writing(db):
        row = row_of(db, person, ref)
        standing = read(db, row)
        if row["amended_by"]:
            return str(row["amended_by"])
        if not standing.is_sealed:
            raise Frozen(ref)
        new = new_ref()
        db.execute(
            "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, cover, facts,"
            " edition, amends_id, reason, started_at, is_blind) SELECT ?, program_id, instrument, assessed_on,"
            " period, kind, rater, cover, facts, edition + 1, id, ?, ?, is_blind FROM assessment WHERE id = ?",
            [new, reason, now(), row["id"]],
        )
        ids = {"old": row["id"], "new": roles.id_of(db, "assessment", new)}
        for copied in _AMENDED:
            db.execute(copied, ids)
        log(db, person, "amend", row, {"amendment": (None, new), "reason": (None, reason)})
        roles.carry(db, person, ref, new)
        if Role.CONSULTANT + access.HERE in standing.held:
            # What she began she may also correct; whom the director named to share one set, she names again.
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
