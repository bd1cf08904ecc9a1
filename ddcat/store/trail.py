"""The trail: append-only, each entry with the hash of the one before; values stand beside it, to be erased."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from ddcat import seal
from ddcat.facts import Facts
from ddcat.records import Person
from ddcat.store.blind import veil
from ddcat.store.connection import now

Changes = Mapping[str, tuple[Any, Any]]

ALONE = "work alone"

_ENTRY = "n, at, who, act, kind, ref, agency, program, changes, previous, hash"


@dataclass(frozen=True, slots=True)
class Value:
    """One side of a change; `is_erased` where it was there and somebody erased it."""

    value: Any
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which record, when, with old and new values by name."""

    n: int
    at: str
    who: str
    name: str
    act: str
    kind: str
    ref: str
    changes: Mapping[str, tuple[Value | None, Value | None]]
    previous: str
    hash: str


def add(
    db: Database,
    by: Person | None,
    act: str,
    kind: str,
    ref: str,
    *,
    agency: str = "",
    program: str = "",
    changes: Changes | None = None,
) -> int:
    """Append an entry inside the transaction that makes the change; its number.

    `by` None is the command line. `agency` and `program` (refs) say whose trail it is.
    """
    n, previous = head(db)
    salts = {
        (name, side): (seal.new_salt(), value)
        for name, sides in (changes or {}).items()
        for side, value in zip(("old", "new"), sides, strict=True)
        if value is not None
    }
    digests = [
        {"name": name} | {side: seal.salted(*salts[name, side]) for side in ("old", "new") if (name, side) in salts}
        for name in changes or {}
    ]
    entry: dict[str, Any] = {
        "n": n + 1,
        "at": now(),
        "who": by.ref if by else "",
        "act": act,
        "kind": kind,
        "ref": ref,
        "agency": agency,
        "program": program,
        "changes": digests,
        "previous": previous,
    }
    row = entry | {"changes": seal.canonical(digests).decode(), "hash": seal.link(entry)}
    places = ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO trail ({', '.join(row)}) VALUES ({places})", row)
    for (name, side), (salt, value) in salts.items():
        db.execute(
            "INSERT INTO trail_value (n, name, side, salt, value) VALUES (?, ?, ?, ?, ?)",
            [n + 1, name, side, salt, seal.canonical(value).decode()],
        )
    return n + 1


def changed(changes: Changes) -> Changes:
    """Only what is not the same as before."""
    return {name: sides for name, sides in changes.items() if sides[0] != sides[1]}


def fields(sheet: str, old: Facts, new: Facts) -> dict[str, tuple[Any, Any]]:
    """What a sheet says, field by field, so that one value can be erased and the others stay."""
    return {f"{sheet}/{name}": (old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())}


def head(db: Database) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and zeros before the first."""
    row = db.execute("SELECT n, hash FROM trail ORDER BY n DESC LIMIT 1").fetchone()
    return (row[0], row[1]) if row else (0, seal.GENESIS)


def of_program(
    db: Database, person: Person, program_ref: str, *, before: int | None = None, most: int = 50
) -> list[Entry]:
    """The newest entries about a program, newest first, or those before an entry. The caller judges who asks.

    Of the work of others who rate alone there is but the day and the hash, until all have submitted.
    """
    of_agency = "(SELECT agency.ref FROM agency JOIN program ON agency_id = agency.id WHERE program.ref = :of)"
    where = f"(program = :of OR program = '' AND agency = {of_agency})"
    over = veil(db, person, program_ref)
    entries = _entries(db, where, {"of": program_ref}, before, most)
    return [_veiled(entry) if over.hides_entry(entry.act, entry.ref, entry.who) else entry for entry in entries]


def of_people(db: Database, *, before: int | None = None, most: int = 50) -> list[Entry]:
    """The newest entries about people and agencies, newest first."""
    return _entries(db, "program = ''", {}, before, most)


def _veiled(entry: Entry) -> Entry:
    day = entry.at[:10]  # the moment would tell whose hour it was
    return Entry(entry.n, day, "", "", ALONE, entry.kind, entry.ref, {}, entry.previous, entry.hash)


def _entries(db: Database, where: str, values: dict[str, Any], before: int | None, most: int) -> list[Entry]:
    rows = db.execute(
        f"SELECT {_ENTRY}, (SELECT name || coalesce(' (' || login || ')', '') FROM person"
        " WHERE person.ref = trail.who) FROM trail"
        f" WHERE {where} AND (:before IS NULL OR n < :before) ORDER BY n DESC LIMIT :most",
        values | {"before": before, "most": most},
    ).fetchall()
    said = _values(db, [row[0] for row in rows])
    return [_entry(row, said) for row in rows]


def _entry(row: tuple[Any, ...], said: Mapping[tuple[int, str, str], Value]) -> Entry:
    n, at, who, act, kind, ref, _agency, _program, changes, previous, hash, name = row
    by_name = {
        change["name"]: (said.get((n, change["name"], "old")), said.get((n, change["name"], "new")))
        for change in json.loads(changes)
    }
    return Entry(n, at, who, name or "", act, kind, ref, by_name, previous, hash)


def _values(db: Database, numbers: Iterable[int]) -> dict[tuple[int, str, str], Value]:
    listed = json.dumps(list(numbers))
    rows = db.execute(
        "SELECT n, name, side, value FROM trail_value WHERE n IN (SELECT value FROM json_each(?))", [listed]
    )
    return {
        (n, name, side): Value(None, True) if value is None else Value(json.loads(value))
        for n, name, side, value in rows
    }
