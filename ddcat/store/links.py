"""One-time links: to become the first administrator, to join, to set a new password. Only their digest is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import blind, people, roles, trail
from ddcat.store.connection import Missing, now, writing

FIRST, INVITE, RESET = "first", "invite", "reset"
DAYS = {FIRST: 7, INVITE: 14, RESET: 2}


_LINK = (
    "SELECT link.digest, link.purpose, coalesce(maker.name, ''), coalesce(person.ref, ''), link.name, link.login,"
    " coalesce(link.role, ''), CASE WHEN agency.id THEN 'agency' WHEN program.id THEN 'program'"
    " WHEN assessment.id THEN 'assessment' ELSE '' END, coalesce(agency.ref, program.ref, assessment.ref, ''),"
    " link.expires_at FROM link LEFT JOIN person AS maker ON maker.id = link.made_by"
    " LEFT JOIN person ON person.id = link.person_id LEFT JOIN agency ON agency.id = link.agency_id"
    " LEFT JOIN program ON program.id = link.program_id"
    " LEFT JOIN assessment ON assessment.id = link.assessment_id"
)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for; `person` is whose password it sets, `place` and `ref` where its role is given."""

    digest: str
    purpose: str
    made_by: str
    person: str
    name: str
    login: str
    role: str
    place: str
    ref: str
    expires_at: str


def make_first(db: Database) -> str:
    """A token that makes whoever opens it the first administrator; the ones before it no longer work."""
    with writing(db):
        db.execute("UPDATE link SET used_at = ? WHERE purpose = ? AND used_at IS NULL", [now(), FIRST])
        return _make(db, FIRST)


def invite(
    db: Database, by: Person | None, *, name: str, login: str, role: str, place: str = "", ref: str = ""
) -> str:
    """A token with which somebody gets a role, everywhere or in one place. Raises Missing."""
    with writing(db):
        if place == "assessment":
            roles.refuse_fixed(db, ref)
        where: dict[str, Any] = {f"{place}_id": roles.id_of(db, place, ref)} if place else {}
        agency, program = roles.lies_in(db, place, ref) if place else ("", "")
        changes = {"role": (None, role), "name": (None, name), "login": (None, login)}
        trail.add(db, by, "invite", place or "person", ref, agency=agency, program=program, changes=changes)
        made_by = by.id if by else None
        return _make(db, INVITE, made_by=made_by, name=name, login=login, role=role, **where)


def reset(db: Database, by: Person | None, person: Person) -> str:
    """A token with which this person sets a new password; her sessions go on until she does."""
    with writing(db):
        trail.add(db, by, "reset", "person", person.ref)
        return _make(db, RESET, made_by=by.id if by else None, person_id=person.id)


def find(db: Database, token: str) -> Link:
    """What a token is for. Raises Missing where it is unknown, used, expired, or its place is gone.

    There is but one first administrator: once there is one, no other link makes another.
    """
    where = " WHERE link.digest = ? AND link.used_at IS NULL AND link.expires_at > ?"
    row = db.execute(_LINK + where, [_digest(token), now()]).fetchone()
    if row is None or (row[1] == FIRST and not people.is_new(db)):
        raise Missing("link")
    return Link(*row)


def join(db: Database, token: str, *, name: str, login: str, password: str) -> Person:
    """Use a link to get an account and its role; `password` is a hash. Raises Missing or people.LoginTaken."""
    with writing(db):
        link = _usable(db, token, FIRST, INVITE)
        if link.purpose == FIRST:
            _use(db, link)
            return people.adopt(db, name=name, login=login, password=password)
        is_vouched = bool(link.login) and link.login == login
        person = people.create(db, None, name=name, login=login, password=password, is_vouched=is_vouched)
        _take_role(db, link, person)
        return person


def accept(db: Database, token: str, person: Person) -> Link:
    """Use an invitation for an account there is already. Raises Missing."""
    with writing(db):
        link = _usable(db, token, INVITE)
        _take_role(db, link, person)
        return link


def set_password(db: Database, token: str, password: str) -> Person:
    """Use a link to set a new password (a hash). Raises Missing."""
    with writing(db):
        link = _usable(db, token, RESET)
        _use(db, link)
        person = people.get(db, link.person)
        people.set_password(db, person, person, password)
        return people.get(db, link.person)


def open_in(db: Database, place: str, ref: str) -> list[Link]:
    """The invitations to a place that can still be used, newest first; "" is the whole installation."""
    where = f"link.{place}_id = ?" if place else "link.role = 'administrator' AND ? = ''"
    value = roles.id_of(db, place, ref) if place else ""
    rows = db.execute(
        _LINK + f" WHERE {where} AND link.used_at IS NULL AND link.expires_at > ? ORDER BY link.expires_at DESC",
        [value, now()],
    )
    return [Link(*row) for row in rows]


def withdraw(db: Database, by: Person, digest: str, place: str, ref: str) -> None:
    """End an invitation to this place before it is used. Raises Missing."""
    with writing(db):
        found = next((link for link in open_in(db, place, ref) if link.digest == digest), None)
        if found is None:
            raise Missing(digest)
        blind.end_links(db, "digest = ?", digest)
        agency, program = roles.lies_in(db, place, ref) if place else ("", "")
        changes = {"name": (found.name, None), "role": (found.role, None)}
        trail.add(db, by, "withdraw", place or "person", ref, agency=agency, program=program, changes=changes)


def _usable(db: Database, token: str, *purposes: str) -> Link:
    """What a token is for. Raises Missing also where it is for something else."""
    link = find(db, token)
    if link.purpose not in purposes:
        raise Missing("link")
    return link


def _take_role(db: Database, link: Link, person: Person) -> None:
    """The role comes first: while an invitation is open, raters who rate alone are not opened to each other."""
    roles.insert(db, person, person, link.role, link.place, link.ref)
    _use(db, link)


def _use(db: Database, link: Link) -> None:
    """From now on the link is used."""
    blind.end_links(db, "digest = ?", link.digest)


def _make(db: Database, purpose: str, **about: Any) -> str:
    token = token_urlsafe(32)
    expires_at = (datetime.now(UTC) + timedelta(days=DAYS[purpose])).isoformat(timespec="seconds")
    row = {"digest": _digest(token), "purpose": purpose, "expires_at": expires_at, **about}
    db.execute(f"INSERT INTO link ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row)
    return token


def _digest(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()
