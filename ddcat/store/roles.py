"""Who is what to which record: the roles that `ddcat.access` judges."""

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from ddcat.access import Held, Role
from ddcat.records import Person
from ddcat.store import trail
from ddcat.store.blind import IS_OPEN, begin_again, end_links
from ddcat.store.connection import Missing, now, writing

# Joins the roles of `:person` that reach a row of agency, program and assessment.
OF_AGENCY = "role.person_id = :person AND (role.agency_id = agency.id OR role.role = 'administrator')"
OF_PROGRAM = "role.person_id = :person AND (role.agency_id = agency.id OR role.program_id = program.id)"
OF_ASSESSMENT = (
    "role.person_id = :person AND"
    " (role.agency_id = agency.id OR role.program_id = program.id OR role.assessment_id = assessment.id)"
)
HELD = "group_concat(DISTINCT role.role || iif(role.assessment_id IS NULL, '', ' here')) AS held"

PLACES = ("agency", "program", "assessment")


class Fixed(Exception):
    """Raters who rated alone have all submitted: who they are no longer changes."""


@dataclass(frozen=True, slots=True)
class Given:
    """A role somebody holds: in which kind of place, its ref and its name."""

    person: Person
    role: str
    place: str
    ref: str
    name: str


def held(text: str | None) -> Held:
    """Roles as a query gives them."""
    return frozenset((text or "").split(",")) - {""}


def give(db: Database, by: Person, to: Person, role: Role, place: str = "", ref: str = "") -> None:
    """Give a role in an agency, a program or an assessment, or make somebody administrator. Raises Missing.

    Whether `by` may do that is judged by who calls.
    """
    with writing(db):
        insert(db, by, to, role, place, ref)


def insert(db: Database, by: Person, to: Person, role: str, place: str, ref: str) -> None:
    """The same inside a transaction that is under way; who becomes a rater in an assessment is given its items.

    Where raters rate alone, those who had submitted go on.
    """
    if place == "assessment" and role == Role.RATER:
        refuse_fixed(db, ref)
        cursor = db.execute(
            "INSERT INTO assignment (assessment_id, person_id, changed_at) SELECT id, ?, ? FROM assessment"
            " WHERE ref = ? AND sealed_at IS NULL ON CONFLICT DO NOTHING",
            [to.id, now(), ref],
        )
        if cursor.rowcount:
            begin_again(db, "ref = ?", ref)
    _insert(db, by, to, role, place, ref)


def carry(db: Database, by: Person, ref: str, amendment: str) -> None:
    """Who rated an assessment alone, and may read it, may read its amendment."""
    rows = db.execute(
        "SELECT person.id, person.name, person.ref FROM person JOIN role ON role.person_id = person.id"
        " JOIN assignment ON assignment.person_id = person.id AND assignment.assessment_id = role.assessment_id"
        " JOIN assessment ON assessment.id = role.assessment_id AND assessment.is_blind = 1"
        " WHERE assessment.ref = ? AND role.role = ? ORDER BY person.id",
        [ref, Role.RATER],
    )
    for row in rows.fetchall():
        _insert(db, by, Person(*row), Role.RATER, "assessment", amendment)


def _insert(db: Database, by: Person, to: Person, role: str, place: str, ref: str) -> None:
    agency, program = lies_in(db, place, ref) if place else ("", "")
    column, id = (f", {place}_id", id_of(db, place, ref)) if place else ("", None)
    cursor = db.execute(
        f"INSERT INTO role (person_id, role{column}) SELECT ?, ?{', ?' if place else ''}"
        " WHERE TRUE ON CONFLICT DO NOTHING",
        [to.id, role, *([id] if place else [])],
    )
    if cursor.rowcount:
        changes = {"name": (None, to.name), "role": (None, role), "place": (None, [place, ref])}
        trail.add(db, by, "give role", "person", to.ref, agency=agency, program=program, changes=changes)


def take(db: Database, by: Person, person_ref: str, role: str, place: str = "", ref: str = "") -> None:
    """Take a role back; the links this person made no longer work. Raises Missing where it is not held."""
    with writing(db):
        agency, program = lies_in(db, place, ref) if place else ("", "")
        where = f"{place}_id = ?" if place else "role = 'administrator'"
        cursor = db.execute(
            f"DELETE FROM role WHERE role = ? AND person_id = (SELECT id FROM person WHERE ref = ?) AND {where}",
            [role, person_ref, *([id_of(db, place, ref)] if place else [])],
        )
        if not cursor.rowcount:
            raise Missing(person_ref)
        if place == "assessment" and role == Role.RATER:
            refuse_fixed(db, ref)
            begin_again(db, "ref = ?", ref)
            db.execute(
                "DELETE FROM assignment WHERE person_id = (SELECT id FROM person WHERE ref = ?)"
                " AND assessment_id = (SELECT id FROM assessment WHERE ref = ? AND sealed_at IS NULL)",
                [person_ref, ref],
            )
        end_links(db, "made_by = (SELECT id FROM person WHERE ref = ?)", person_ref)
        changes = {"role": (role, None), "place": ([place, ref], None)}
        trail.add(db, by, "take role", "person", person_ref, agency=agency, program=program, changes=changes)


def refuse_fixed(db: Database, ref: str) -> None:
    """Raises Fixed where the raters of a draft have rated alone and all submitted."""
    is_fixed = f"SELECT 1 FROM assessment WHERE ref = ? AND sealed_at IS NULL AND is_blind = 1 AND {IS_OPEN}"
    if db.execute(is_fixed, [ref]).fetchone():
        raise Fixed(ref)


def given(db: Database, place: str, ref: str) -> list[Given]:
    """Everybody who holds a role in this place, or in a place inside it, by name."""
    return _given(db, _INSIDE[place], {"ref": ref})


def of_person(db: Database, person: Person) -> list[Given]:
    """Everything that this person is, to whom."""
    return _given(db, "person.id = :id", {"id": person.id})


def _given(db: Database, where: str, values: dict[str, Any]) -> list[Given]:
    rows = db.execute(
        "SELECT person.id, person.name, person.ref, person.login, person.disabled_at, role.role,"
        " CASE WHEN role.agency_id THEN 'agency' WHEN role.program_id THEN 'program'"
        " WHEN role.assessment_id THEN 'assessment' ELSE '' END,"
        " coalesce(agency.ref, program.ref, assessment.ref, ''), coalesce(agency.name, program.name, inside.name, '')"
        " FROM role JOIN person ON person.id = role.person_id"
        " LEFT JOIN agency ON agency.id = role.agency_id"
        " LEFT JOIN program ON program.id = role.program_id"
        " LEFT JOIN assessment ON assessment.id = role.assessment_id"
        " LEFT JOIN program AS inside ON inside.id = assessment.program_id"
        f" WHERE ({where}) ORDER BY person.name COLLATE NOCASE, person.id, role.role",
        values,
    )
    return [
        Given(Person(id, name, person_ref, login, disabled_at=disabled_at), role, kind, at, called)
        for id, name, person_ref, login, disabled_at, role, kind, at, called in rows
    ]


_INSIDE = {
    "agency": (
        "agency.ref = :ref OR program.agency_id = (SELECT id FROM agency WHERE ref = :ref)"
        " OR inside.agency_id = (SELECT id FROM agency WHERE ref = :ref)"
    ),
    "program": "program.ref = :ref OR inside.ref = :ref",
    "assessment": "assessment.ref = :ref",
}


def id_of(db: Database, place: str, ref: str) -> int:
    if place not in PLACES:
        raise ValueError(place)
    row = db.execute(f"SELECT id FROM {place} WHERE ref = ?", [ref]).fetchone()
    if row is None:
        raise Missing(ref)
    return int(row[0])


def lies_in(db: Database, place: str, ref: str) -> tuple[str, str]:
    """Refs of the agency and the program that a place lies in, "" where it lies in none."""
    if place == "agency":
        return ref, ""
    of = "assessment.program_id = program.id AND assessment.ref" if place == "assessment" else "program.ref"
    if place == "action":
        of = "assessment.program_id = program.id AND assessment.id = action.assessment_id AND action.ref"
    tables = {"assessment": "program, assessment", "action": "program, assessment, action"}.get(place, "program")
    row = db.execute(
        f"SELECT agency.ref, program.ref FROM agency, {tables} WHERE program.agency_id = agency.id AND {of} = ?",
        [ref],
    ).fetchone()
    if row is None:
        raise Missing(ref)
    return row[0], row[1]
