"""Makes an invented country in a real, migrated database: what `national.py` measures.

One state is whole at every scale; of the others, and of their agencies, there is the share that `scale` says. So a
page of that state can be asked for beside 1 %, 10 % and 100 % of everybody else.

Every assessment is sealed and has its ratings and its result. Records and trail, some 20 KB an assessment, are made
for WITNESSED assessments alone, by the functions that make them in the product.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ddcat import rescoring, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, assessments, people, programs, saving, sealing

STATES = [f"S{number:02}" for number in range(1, 52)]
WHOLE = "S51"
PROGRAMS, QUARTERS, AGENCY = 17_000, 40, 4
WITNESSED = 200
FIRST_YEAR = 2016
INSTRUMENT = "ddcat@4.0"
SEED = 20261122

_ASSESSMENT = (
    "INSERT INTO assessment (id, ref, program_id, instrument, assessed_on, period, kind, rater, facts, started_at,"
    " sealed_at, result) VALUES (?, ?, ?, ?, ?, 1, ?, 'R. Invented', ?, ?, ?, ?)"
)
_RATING = (
    "INSERT INTO rating (assessment_id, person_id, item, value, why, revision, saved_at)"
    " VALUES (?, ?, ?, ?, '', 1, ?)"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program as far as the country needs it."""

    id: int
    ref: str
    agency: int
    state: str


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, how long its rows took to go in, and the bytes of an assessment with records and trail."""

    programs: int
    assessments: int
    ratings: int
    rows: int
    seconds: float
    witnessed: float


def make(folder: Path, scale: float) -> Made:
    """A country in this folder."""
    file = store.file(folder)
    store.migrate(file)
    with closing((db := store.connect(file)).conn):
        db.execute("PRAGMA synchronous = OFF")  # invented anew faster than a disk confirms it
        volume = shelf.find(INSTRUMENT)
        with store.writing(db):
            person = people.adopt(db, name="R. Invented", login="rater@example.org", password="")
            db.execute("INSERT INTO instrument VALUES (?, ?, ?)", [volume.checksum, INSTRUMENT, volume.data])
            placed = list(_placed(scale))
            _places(db, placed)
        before = _size(db)
        witness(db, person, volume)
        witnessed = (_size(db) - before) / WITNESSED
        rows, seconds = _quarters(db, person, volume, placed)
        _people(db, person)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("ANALYZE")
    n = len(placed) * QUARTERS
    return Made(len(placed), n, n * len(volume.instrument.items), rows, seconds, witnessed)


def profiles(instrument: Any, n: int, rng: Any, base: Any) -> Any:
    """Anchored ratings of n assessments, each about its program's own height: a row an assessment."""
    heights = base[:, None] + rng.normal(0, 0.9, (n, len(instrument.items)))
    columns = []
    for at, item in enumerate(instrument.items):
        known = np.array(item.ratings)
        between = (known[1:] + known[:-1]) / 2
        columns.append(known[np.searchsorted(between, heights[:, at])])
    return np.stack(columns, axis=1).astype(np.int8)


def _size(db: store.Database) -> int:
    pages, free, each = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)


def quarter_day(quarter: int, later: int = 0) -> str:
    """The day on which everybody is assessed in this quarter, or some days later."""
    return f"{FIRST_YEAR + quarter // 4}-{3 * (quarter % 4) + 2:02}-{15 + later}"


def _placed(scale: float) -> Iterator[Program]:
    """The programs: as many in each state, so many of them for an agency."""
    id = agency = 0
    for at, state in enumerate(STATES):
        whole = PROGRAMS // len(STATES) + (at < PROGRAMS % len(STATES))
        count = whole if state == WHOLE else round(whole * scale)
        for number in range(count):
            agency += number % AGENCY == 0
            id += 1
            yield Program(id, f"{id:016x}", agency, state)


def _places(db: store.Database, placed: list[Program]) -> None:
    held = {program.agency: program.state for program in placed}
    told = [(id, f"{id:016x}", f"Invented agency {id}") for id in held]
    db.conn.executemany("INSERT INTO agency (id, ref, name) VALUES (?, ?, ?)", told)
    facts = {state: json.dumps({"state": state, "levels_of_care": ["outpatient"]}) for state in STATES}
    db.conn.executemany(
        "INSERT INTO program (id, ref, agency_id, name, facts) VALUES (?, ?, ?, ?, ?)",
        [(one.id, one.ref, one.agency, f"Invented program {one.id}", facts[one.state]) for one in placed],
    )


def _quarters(db: store.Database, person: Person, volume: Any, placed: list[Program]) -> tuple[int, float]:
    """Every assessment and rating, a transaction a quarter, as an import writes them; how many rows, how long."""
    rng, instrument = np.random.default_rng(SEED), volume.instrument
    base = rng.normal(2.4, 0.6, len(placed))
    lowest = np.array([item.ratings[0] for item in instrument.items], dtype=np.int8)
    ids = [item.id for item in instrument.items]
    order = np.argsort(ids).tolist()
    start = db.execute("SELECT ifnull(max(id), 0) FROM assessment").fetchone()[0] + 1
    owner = db.execute("SELECT id FROM person WHERE ref = ?", [person.ref]).fetchone()[0]
    rows, seconds = 0, 0.0
    facts = {
        one.id: json.dumps(
            {
                "state": one.state,
                "levels_of_care": ["outpatient"],
                "sealed_program": f"Invented program {one.id}",
                "sealed_agency": f"Invented agency {one.agency}",
            }
        )
        for one in placed
    }
    for quarter in range(QUARTERS):
        ratings = profiles(instrument, len(placed), rng, base + 0.02 * quarter)
        kinds = np.where(rng.random(len(placed)) < 0.7, "self", "external").tolist()
        results = rescoring.texts(instrument, ratings, np.minimum(ratings, lowest))
        day = quarter_day(quarter)
        at = f"{day}T12:00:00+00:00"
        first = start + quarter * len(placed)
        said = [
            (first + n, f"{first + n:016x}", one.id, volume.checksum, day, kind, facts[one.id], at, at, result)
            for n, (one, kind, result) in enumerate(zip(placed, kinds, results, strict=True))
        ]
        given = (
            (first + n, owner, ids[item], values[item], at)
            for n, values in enumerate(ratings.tolist())
            for item in order
        )
        begun = perf_counter()
        with store.writing(db):
            db.conn.executemany(_ASSESSMENT, said)
            db.conn.executemany(_RATING, given)
        seconds += perf_counter() - begun
        rows += len(said) * (1 + len(ids))
    return rows, seconds


def _people(db: store.Database, person: Person) -> None:
    """Somebody who reads the whole state and nothing else, and somebody who reads the whole country."""
    with store.writing(db):
        local = people.create(db, person, name="Somebody of the state", login="state@example.org", password="")
        all = people.create(db, person, name="Somebody of the country", login="country@example.org", password="")
        for who, where in ((local, f"WHERE state = '{WHOLE}'"), (all, "")):
            db.execute(
                "INSERT INTO role (person_id, role, agency_id)"
                f" SELECT (SELECT id FROM person WHERE ref = ?), ?, id FROM agency WHERE id IN"
                f" (SELECT agency_id FROM program {where})",
                [who.ref, Role.QUALITY.value],
            )


def witness(db: store.Database, person: Person, volume: Any) -> None:
    """Assessments that went the whole way, with their records and their trail."""
    instrument, rng = volume.instrument, np.random.default_rng(SEED)
    agency = agencies.add(db, person, "Witnessed agency", {})
    program = programs.add(db, person, agency.ref, "Witnessed program", {"state": WHOLE})
    kept = (volume.checksum, instrument.name, volume.data)
    for number, given in enumerate(profiles(instrument, WITNESSED, rng, np.full(WITNESSED, 2.5)).tolist()):
        about: dict[str, Any] = {
            "assessed_on": quarter_day(number % QUARTERS, number // QUARTERS),
            "kind": "peer",
            "rater": "R. Invented",
            "period": 1,
        }
        ref = assessments.start(db, person, program.ref, kept, **about)
        rated = {item.id: saving.Change(rating, "", 0) for item, rating in zip(instrument.items, given, strict=True)}
        saving.save(db, person, ref, rated)
        draft = assessments.get(db, person, ref)
        sealing.seal(db, person, draft, verifying.record(instrument, draft, by=person.ref, at=store.now()))


def state_programs(folder: Path, count: int) -> list[tuple[str, int]]:
    """Refs and ids of programs of the whole state."""
    with closing(sqlite3.connect(folder / "ddcat.sqlite")) as db:
        sql = "SELECT ref, id FROM program WHERE state = ? AND name LIKE 'Invented%' ORDER BY id LIMIT ?"
        return db.execute(sql, [WHOLE, count]).fetchall()
