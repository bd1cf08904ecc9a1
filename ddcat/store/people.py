"""Who uses this installation: accounts, how they log in, and who may no longer."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import blind, trail
from ddcat.store.connection import Missing, new_ref, now, writing

_PERSON = (
    "SELECT id, name, ref, login, epoch, factor IS NOT NULL,"
    " EXISTS (SELECT 1 FROM role WHERE person_id = person.id AND role = 'administrator'), disabled_at, language"
    " FROM person "
)


class LoginTaken(Exception):
    """Somebody else logs in with this already."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person with what is compared when she logs in; `factor_step` is the last second-factor step that was used."""

    person: Person
    password: str | None
    factor: str | None
    factor_step: int


def first(db: Database) -> Person:
    """The person of the time before accounts: the first administrator becomes her."""
    return _persons(db, "ORDER BY id LIMIT 1")[0]


def is_new(db: Database) -> bool:
    """Whether nobody can administer this installation yet."""
    able = "person.login IS NOT NULL AND person.disabled_at IS NULL AND role.role = 'administrator'"
    return not db.execute(f"SELECT 1 FROM person JOIN role ON role.person_id = person.id WHERE {able}").fetchone()


def all(db: Database) -> list[Person]:
    """Everybody with an account, by name."""
    return _persons(db, "WHERE login IS NOT NULL ORDER BY name COLLATE NOCASE, id")


def get(db: Database, ref: str) -> Person:
    """A person by her ref. Raises Missing."""
    return _one(_persons(db, "WHERE ref = ? AND login IS NOT NULL", ref), ref)


def by_login(db: Database, login: str) -> Person:
    """A person by what she logs in with. Raises Missing."""
    return _one(_persons(db, "WHERE login = ?", login), login)


def by_sso(db: Database, subject: str) -> Person:
    """A person by what the single sign-on calls her. Raises Missing."""
    return _one(_persons(db, "WHERE sso = ? AND login IS NOT NULL", subject), subject)


def account(db: Database, person: Person) -> Account:
    """What is compared when this person logs in."""
    row = db.execute("SELECT password, factor, factor_step FROM person WHERE id = ?", [person.id]).fetchone()
    return Account(person, *row)


def create(
    db: Database,
    by: Person | None,
    *,
    name: str,
    login: str,
    password: str | None = None,
    is_vouched: bool = False,
) -> Person:
    """A new account; `password` is a hash. `is_vouched`: whoever invited her gave the login, she did not choose it.

    Inside a transaction that is under way. Raises LoginTaken.
    """
    _free(db, login)
    ref = new_ref()
    db.execute(
        "INSERT INTO person (ref, name, login, password, is_vouched) VALUES (?, ?, ?, ?, ?)",
        [ref, name, login, password, is_vouched],
    )
    trail.add(db, by, "add", "person", ref, changes={"name": (None, name), "login": (None, login)})
    return by_login(db, login)


def adopt(db: Database, *, name: str, login: str, password: str) -> Person:
    """Make the person of the time before accounts, with all that is hers, the first administrator.

    Inside a transaction that is under way. Where she has an account already, a new person. Raises LoginTaken.
    """
    old = first(db)
    if old.login is not None:
        person = create(db, None, name=name, login=login, password=password, is_vouched=True)
    else:
        _free(db, login)
        db.execute(
            "UPDATE person SET name = ?, login = ?, password = ?, is_vouched = 1 WHERE id = ?",
            [name, login, password, old.id],
        )
        trail.add(db, None, "add", "person", old.ref, changes={"name": (None, name), "login": (None, login)})
        person = by_login(db, login)
    db.execute("INSERT INTO role (person_id, role) VALUES (?, 'administrator') ON CONFLICT DO NOTHING", [person.id])
    trail.add(db, None, "give role", "person", person.ref, changes={"role": (None, "administrator")})
    return by_login(db, login)


def set_password(db: Database, by: Person | None, person: Person, password: str) -> None:
    """Another password (a hash); every session of this person ends, and every link to set one.

    Inside a transaction that is under way.
    """
    db.execute("UPDATE person SET password = ?, epoch = epoch + 1 WHERE id = ?", [password, person.id])
    db.execute("UPDATE link SET used_at = ? WHERE person_id = ? AND used_at IS NULL", [now(), person.id])
    trail.add(db, by, "set password", "person", person.ref)


def rehash(db: Database, account: Account, password: str) -> None:
    """The same password under today's settings of the hash; one that was set meanwhile stays."""
    with writing(db):
        sql = "UPDATE person SET password = ? WHERE id = ? AND password = ?"
        db.execute(sql, [password, account.person.id, account.password])


def disable(db: Database, by: Person | None, person: Person) -> None:
    """End every session of this person and let her in no more; what she did stays, the links she made do not."""
    with writing(db):
        db.execute("UPDATE person SET disabled_at = ?, epoch = epoch + 1 WHERE id = ?", [now(), person.id])
        blind.end_links(db, "made_by = ?", person.id)
        trail.add(db, by, "disable", "person", person.ref)


def enable(db: Database, by: Person | None, person: Person) -> None:
    """Let a disabled person in again."""
    with writing(db):
        db.execute("UPDATE person SET disabled_at = NULL WHERE id = ?", [person.id])
        trail.add(db, by, "enable", "person", person.ref)


def end_sessions(db: Database, person: Person) -> None:
    """End every session of this person, on every device."""
    with writing(db):
        db.execute("UPDATE person SET epoch = epoch + 1 WHERE id = ?", [person.id])


def set_language(db: Database, person: Person, language: str) -> None:
    """From now on this person is spoken to in this language, on every device and in every mail."""
    with writing(db):
        db.execute("UPDATE person SET language = ? WHERE id = ?", [language, person.id])


def set_factor(
    db: Database, by: Person | None, person: Person, secret: str | None, recovery: Iterable[str] = ()
) -> None:
    """Switch the second factor on, with digests of recovery codes, or off with None; every session ends."""
    with writing(db):
        db.execute("UPDATE person SET epoch = epoch + 1 WHERE id = ?", [person.id])
        db.execute("UPDATE person SET factor = ?, factor_step = 0 WHERE id = ?", [secret, person.id])
        db.execute("DELETE FROM recovery WHERE person_id = ?", [person.id])
        for digest in recovery:
            db.execute("INSERT INTO recovery (person_id, digest) VALUES (?, ?)", [person.id, digest])
        trail.add(db, by, "second factor on" if secret else "second factor off", "person", person.ref)


def use_step(db: Database, person: Person, step: int) -> bool:
    """Whether this step of the second factor was not used before; from now on it is."""
    with writing(db):
        sql = "UPDATE person SET factor_step = ? WHERE id = ? AND factor_step < ?"
        return bool(db.execute(sql, [step, person.id, step]).rowcount)


def use_recovery(db: Database, person: Person, digest: str) -> bool:
    """Whether this is one of the person's recovery codes; from now on it is not."""
    with writing(db):
        found = db.execute("DELETE FROM recovery WHERE person_id = ? AND digest = ?", [person.id, digest])
        if found.rowcount:
            trail.add(db, person, "use recovery code", "person", person.ref)
        return bool(found.rowcount)


def link_sso(db: Database, person: Person, subject: str) -> bool:
    """Remember what the single sign-on calls this person; whether she may be linked, and was not before.

    Only a login that somebody vouched for says whose account it is: anybody may choose another's address for herself.
    """
    with writing(db):
        sql = "UPDATE person SET sso = ? WHERE id = ? AND sso IS NULL AND is_vouched"
        found = db.execute(sql, [subject, person.id])
        if found.rowcount:
            trail.add(db, person, "link single sign-on", "person", person.ref)
        return bool(found.rowcount)


def _persons(db: Database, where: str, *values: object) -> list[Person]:
    return [
        Person(id, name, ref, login, epoch, bool(has_factor), bool(is_administrator), disabled_at, language)
        for id, name, ref, login, epoch, has_factor, is_administrator, disabled_at, language in db.execute(
            _PERSON + where, values
        )
    ]


def _one(found: list[Person], what: str) -> Person:
    if not found:
        raise Missing(what)
    return found[0]


def _free(db: Database, login: str) -> None:
    if db.execute("SELECT 1 FROM person WHERE login = ?", [login]).fetchone():
        raise LoginTaken(login)
