"""What was sealed is proven untouched: every change of a stored bit is found, with its place."""

import json
import os
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from ddcat import checks, cli, seal, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Evidence, Person
from ddcat.store import (
    agencies,
    assessments,
    erasing,
    evidence,
    kept,
    people,
    programs,
    raters,
    records,
    roles,
    saving,
    sealing,
    trail,
    typed,
)
from ddcat.store.saving import Change
from ddcat.upgrading import upgrade
from ddcat.verifying import Verification

FLIPS = 10_000 if os.environ.get("DDCAT_LONG") else 500
GOLDEN = Path(__file__).parent / "golden"
LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
VOLUME = (shelf.checksum(LANTERN), "lantern@1.0", LANTERN)
INSTRUMENT = shelf.parse(LANTERN)
NEVER = "Anna Beispiel, *1970 – „sah“ 𝄞\tzwei\nZeilen"
COVER = {"sources": ["charts", "talks"], "hours_spent": 6.5, "others": 'Zoë \\ "Zett"', "visit": True}


class House:
    """A database with several sealed assessments, by several people; one amended, one with an erased value."""

    def __init__(self, path: Path) -> None:
        store.migrate(path)
        self.path = path
        self.db = store.connect(path)
        self.person = people.first(self.db)
        with store.writing(self.db):
            self.other = people.create(self.db, None, name="Øyvind", login="o@example.org")
            self.third = people.create(self.db, None, name="Ida", login="i@example.org")
        agency = agencies.add(self.db, self.person, "Rosewood", {"primary_focus": "addiction"})
        self.program = programs.add(self.db, self.person, agency.ref, "Day house", {"address": "1 Elm\n05401"})
        self.second = programs.add(self.db, self.person, agency.ref, "Night house", {})
        roles.give(self.db, self.person, self.other, Role.DIRECTOR, "program", self.program.ref)

    def draft(self, person: Person | None = None, program: str = "", rater: str = "Kim") -> str:
        about = {"assessed_on": "2026-05-04", "kind": "self", "rater": rater, "period": 1}
        by = person or self.person
        return assessments.start(self.db, by, program or self.program.ref, VOLUME, **about)

    def rate(self, ref: str, person: Person | None = None, **said: tuple[int | None, str]) -> None:
        now = assessments.get(self.db, self.person, ref)
        changes = {
            item.replace("_", "-"): Change(value, evidence, now.said(item.replace("_", "-")).revision)
            for item, (value, evidence) in said.items()
        }
        assert not saving.save(self.db, person or self.person, ref, changes).conflicts

    def given(self, ref: str, person: Person, *items: str, stands: str = "staff") -> None:
        """Names somebody as a rater of these items."""
        roles.give(self.db, self.person, person, Role.RATER, "assessment", ref)
        raters.give(self.db, self.person, ref, person.ref, items=items, due_on="2026-06-01", stands=stands)

    def line(self, ref: str, person: Person, item: str, seen: str, **said: Any) -> str:
        """Adds a line of evidence; its ref."""
        about = {"source": "document/manual", "place": "The binder", "seen_on": "2026-05-03", "seen_by": "Two of us"}
        return evidence.add(self.db, person, ref, Evidence("", item, seen=seen, **about | said))

    def evidenced(self, said: str = "Page 3: „jede Woche“ \u2028") -> tuple[str, str]:
        """A sealed assessment with evidence of every finding, a rater who was asked for more, and an answer.

        Its ref, and that of its first line.
        """
        ref = self.draft()
        self.given(ref, self.other, "coat-rack", "second-plate")
        self.rate(ref, first_words=(5, "Read"))
        self.rate(ref, self.other, coat_rack=(4, "Counted"), second_plate=(5, said))
        line = self.line(ref, self.person, "first-words", said, supports=3)
        self.line(ref, self.other, "coat-rack", "", finding="not found", place=said, seen_by="")
        sample = {"source": "count/charts", "finding": "count", "counts": {"given": 8, "chosen": 0}, "n": 10}
        self.line(ref, self.other, "second-plate", "Ten suppers", **sample, seen_by=said)
        count = {"finding": "count", "counts": {"found": 0}, "n": 4, "is_everybody": True}
        self.line(ref, self.person, "coat-rack", "Four hooks", **count)
        removed = self.line(ref, self.person, "coat-rack", "Nobody needs this")
        evidence.remove(self.db, self.person, ref, removed)
        raters.submit(self.db, self.other, ref)
        raters.request_changes(self.db, self.person, ref, self.other.ref, said)
        raters.answer(self.db, self.person, ref, {"no-sources": said})
        self.seal(ref)
        return ref, line

    def agreed(self, said: str = "Page 3: „jede Woche“ \u2028") -> tuple[str, str]:
        """A sealed assessment of two who rated alone and agreed then; its ref, and that of the first line."""
        ref = self.draft()
        for rater, stands in ((self.other, "outside"), (self.third, "")):
            self.given(ref, rater, stands=stands)
        raters.rate_alone(self.db, self.person, ref)
        own = {self.other: (3, 4, 5), self.third: (5, 2, None)}
        for rater, values in own.items():
            pairs = zip(("first-words", "coat-rack", "second-plate"), values, strict=True)
            saving.save(self.db, rater, ref, {item: Change(value, f"{value} alone", 0) for item, value in pairs})
        saving.save(self.db, self.other, ref, {"first-words": Change(3, said, 1)})
        line = self.line(ref, self.other, "first-words", said, source="observation/tour")
        self.line(ref, self.third, "coat-rack", said)
        for rater in own:
            raters.submit(self.db, rater, ref)
        agreed = {"first-words": 5, "coat-rack": 3, "second-plate": 4}
        given = {item: Change(value, said, 0) for item, value in agreed.items()}
        assert not saving.agree(self.db, self.person, ref, given).conflicts
        self.line(ref, self.person, "coat-rack", "Together", finding="found", supports=5)
        raters.answer(self.db, self.person, ref, {"far-apart/second-plate": "We looked again"})
        self.seal(ref)
        return ref, line

    def seal(self, ref: str, person: Person | None = None) -> None:
        by = person or self.person
        seen = assessments.get(self.db, by, ref)
        record = verifying.record(INSTRUMENT, seen, by=by.ref, at=store.now())
        sealing.seal(self.db, by, seen, record)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, dict[str, str]]:
    house = House(store.file(tmp_path_factory.mktemp("house")))
    first = house.draft()
    house.rate(first, first_words=(3, "Ten arrivals\nof twelve"), coat_rack=(2, "Zähler — 12 % „so“ \u2028"))
    house.rate(first, house.other, second_plate=(5, NEVER), coat_rack=(4, "\x1f is a control"))
    said = {"assessed_on": "2026-05-05", "kind": "external", "rater": "Kim & Jo", "period": 2}
    assessments.change_cover(house.db, house.person, first, **said, cover=COVER)
    house.seal(first)
    amended = assessments.amend(house.db, house.person, first, "A chart was misread")
    house.rate(amended, first_words=(5, "Read again"))
    house.seal(amended, house.other)
    other = house.draft(house.other)
    house.rate(other, house.other, first_words=(1, ""), coat_rack=(1, "x"), second_plate=(1, "日本語"))
    house.seal(other, house.other)
    elsewhere = house.draft(program=house.second.ref)
    house.rate(elsewhere, first_words=(None, "nothing yet"))
    house.seal(elsewhere)
    draft = house.draft()
    house.rate(draft, first_words=(3, NEVER))
    refs = {"first": first, "amended": amended, "other": other, "elsewhere": elsewhere, "draft": draft}
    refs["evidenced"], refs["line"] = house.evidenced()
    refs["agreed"], refs["line of agreed"] = house.agreed()
    erasing.erase(house.db, house.person, house.program.ref, NEVER, "A patient's name")
    return house, refs


@pytest.fixture(scope="module")
def refs(built: tuple[House, dict[str, str]]) -> dict[str, str]:
    return built[1]


@pytest.fixture
def raw(built: tuple[House, dict[str, str]]) -> Iterator[sqlite3.Connection]:
    """The same database in memory, without anything that would keep somebody from changing it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    built[0].db.conn.backup(connection)
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def found(connection: sqlite3.Connection, printed: str | None = None) -> list[str]:
    """What is found to differ."""
    verification = Verification(kept.everything(Database(connection, execute_plugins=False)), printed)
    return [str(finding) for finding in verification if finding.is_difference]


@contextmanager
def rolled_back(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN")
    yield
    connection.execute("ROLLBACK")


# Untouched


def test_an_untouched_database_verifies_and_names_what_was_erased(built, raw, refs):
    verification = Verification(kept.everything(Database(raw, execute_plugins=False)))
    erasing = built[0].db.execute("SELECT n FROM trail WHERE act = 'erase'").fetchone()[0]
    said = [str(finding) for finding in verification]
    assert (verification.n_records, verification.n_differences, verification.n_erased) == (6, 0, len(said))
    assert verification.n_entries == verification.head[0] == trail.head(built[0].db)[0]
    assert f"assessment {refs['first']}: why/second-plate: erased (entry {erasing})" in said
    assert f"assessment {refs['amended']}: why/second-plate: erased (entry {erasing})" in said
    assert sum(line.endswith(f"second-plate why (new): erased (entry {erasing})") for line in said) == 1


def test_an_empty_database_verifies(tmp_path):
    path = store.file(tmp_path)
    store.migrate(path)
    with kept.reading(path) as db:
        verification = Verification(kept.everything(db))
        assert (list(verification), verification.head) == ([], (0, seal.GENESIS))


# Every flipped bit is found

TEXT, BLOB, NUMBER = "text", "blob", "number"
KEYS = {
    "record": ("assessment_id",),
    "record_text": ("assessment_id", "name"),
    "trail": ("n",),
    "trail_value": ("n", "name", "side"),
    "instrument": ("checksum",),
    "assessment": ("id",),
    "rating": ("assessment_id", "person_id", "item"),
    "agreed": ("assessment_id", "item"),
    "assignment": ("assessment_id", "person_id"),
    "evidence": ("assessment_id", "ref"),
    "answer": ("assessment_id", "finding"),
}
INTERNAL = {"id", "assessment_id", "person_id", "program_id", "amends_id"}
OF_SEALED = "assessment_id IN (SELECT id FROM assessment WHERE sealed_at IS NOT NULL)"
SEALED = {
    "assessment": "WHERE sealed_at IS NOT NULL",
    **dict.fromkeys(("rating", "agreed", "assignment", "answer"), f"WHERE {OF_SEALED}"),
    "evidence": f"WHERE {OF_SEALED} AND removed_at IS NULL",
}


def cells(connection: sqlite3.Connection) -> list[tuple[str, str, list[tuple[tuple[Any, ...], Any]]]]:
    """Every column that is proven, with the value of each of its rows under their keys."""
    columns = []
    for table, keys in KEYS.items():
        for _number, name, kind, *_rest in connection.execute(f"PRAGMA table_info({table})").fetchall():
            if name in INTERNAL:
                continue
            read = f"CAST({name} AS BLOB)" if kind == "TEXT" else name
            rows = connection.execute(f"SELECT {read}, {', '.join(keys)} FROM {table} {SEALED.get(table, '')}")
            # Nothing stands for every moment that is not yet, and for what was erased.
            columns.append((table, name, [(tuple(key), value) for value, *key in rows if value != b""]))
    return columns


def flipped(value: Any, chance: random.Random) -> Any:
    """The value with one bit of it turned around; something where there was nothing."""
    if value is None:
        return b"1"
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(8))
    bits = bytearray(value)
    bits[chance.randrange(len(bits))] ^= 1 << chance.randrange(8)
    return bytes(bits)


def place_of(connection: sqlite3.Connection, table: str, key: tuple[Any, ...]) -> str:
    """How a finding about this row must begin."""
    if table in ("trail", "trail_value"):
        return f"entry {key[0]}: "
    if table == "instrument":
        return "instrument "
    (ref,) = connection.execute("SELECT ref FROM assessment WHERE id = ?", key[:1]).fetchone()
    return f"assessment {ref}: "


def test_every_flipped_bit_is_found_at_its_place(raw):
    chance = random.Random(20261122)
    columns = cells(raw)
    assert {(table, name) for table, name, rows in columns if not rows} == set()
    done, missed = 0, []
    while done < FLIPS:
        table, name, rows = columns[done % len(columns)]
        key, value = chance.choice(rows)
        # An entry that changes nothing has no values that would tell its number: the next one finds it missing.
        place = "entry " if (table, name) == ("trail", "n") else place_of(raw, table, key)
        where = " AND ".join(f"{column} = ?" for column in KEYS[table])
        new = flipped(value, chance)
        as_text = "?" if (table, name) == ("instrument", "data") or isinstance(new, int) else "CAST(? AS TEXT)"
        with rolled_back(raw):
            try:
                raw.execute(f"UPDATE {table} SET {name} = {as_text} WHERE {where}", [new, *key])
            except sqlite3.IntegrityError:
                continue  # another row is called like this
            if not any(line.startswith(place) for line in found(raw)):
                missed.append((table, name, key, value, new))
            done += 1
    assert missed == []
    assert found(raw) == []


# What differs is named


def change(statement: str, *values: Any) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute(statement, values)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE rating SET value = 5 WHERE item = 'coat-rack' AND assessment_id = 1",
            "ratings/coat-rack/rating: differs from what was sealed",
        ),
        (
            "UPDATE rating SET why = 'Nine' WHERE item = 'first-words' AND assessment_id = 1",
            "why/first-words: differs from what was sealed",
        ),
        (
            "UPDATE record_text SET value = '\"Nine\"' WHERE name = 'why/first-words' AND assessment_id = 1",
            "why/first-words: differs from what was sealed",
        ),
        (
            "UPDATE record_text SET value = NULL, salt = NULL WHERE name = 'why/first-words' AND assessment_id = 1",
            "why/first-words: differs from what was sealed",
        ),
        (
            "DELETE FROM record_text WHERE name = 'why/first-words' AND assessment_id = 1",
            "why/first-words: is missing",
        ),
        ("INSERT INTO record_text VALUES (1, 'more', '', '1')", "more: was added"),
        (
            "UPDATE rating SET why = 'Anna' WHERE item = 'second-plate' AND assessment_id = 1",
            "why/second-plate: was erased from the record, and stands in the assessment",
        ),
        (
            "INSERT INTO rating SELECT 1, 2, item, value, why, revision, saved_at FROM rating"
            " WHERE assessment_id = 1 AND item = 'first-words'",
            "ratings: hold an item twice",
        ),
        ("INSERT INTO rating VALUES (1, 1, 'more', 3, 'Anna', 1, '')", "why/more: is not in the record"),
        (
            "DELETE FROM rating WHERE item = 'first-words' AND assessment_id = 1",
            "ratings/first-words: differs from what was sealed",
        ),
        ("UPDATE assessment SET cover = '{}' WHERE id = 1", "cover/hours_spent: differs from what was sealed"),
        ("UPDATE assessment SET cover = 'x' WHERE id = 1", "cover: cannot be read"),
        ("UPDATE assessment SET cover = '[]' WHERE id = 1", "cover: cannot be read"),
        (
            "UPDATE assessment SET facts = replace(facts, 'Day', 'Dry') WHERE id = 1",
            "program/name: differs from what was sealed",
        ),
        ("UPDATE assessment SET facts = '{}' WHERE id = 1", "cannot be read"),
        ("UPDATE assessment SET rater = CAST(x'ff' AS TEXT) WHERE id = 1", "rater: cannot be read"),
        ("UPDATE assessment SET deleted_at = '2026' WHERE id = 1", "deleted_at: differs from what was sealed"),
        ("UPDATE assessment SET amends_id = 3 WHERE id = 1", "amends: differs from what was sealed"),
        ("UPDATE assessment SET program_id = 2 WHERE id = 1", "program/ref: differs from what was sealed"),
        ("UPDATE assessment SET result = result || ' ' WHERE id = 1", "result: differs from what was sealed"),
        ("DELETE FROM assessment WHERE id = 1", "is gone; its record is there"),
        ("DELETE FROM record WHERE assessment_id = 1", "is sealed and has no record"),
        (
            "UPDATE assessment SET sealed_at = NULL, result = NULL WHERE id = 1",
            "sealed_at: differs from what was sealed",
        ),
        (
            "UPDATE record SET core = replace(core, 'self', 'peer') WHERE assessment_id = 3",
            "record: its content and its hash differ",
        ),
        (
            "UPDATE record SET core = 'null', hash ="
            " '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b' WHERE assessment_id = 1",
            "record: its content and its hash differ",
        ),
        (
            "UPDATE instrument SET data = CAST(data || x'0a' AS BLOB)",
            "instrument: is not kept as it was, so the result cannot be worked out again",
        ),
    ],
)
def test_what_differs_is_named(raw, refs, statement, said):
    ref = refs["other"] if "assessment_id = 3" in statement else refs["first"]
    raw.execute(statement)
    assert f"assessment {ref}: {said}" in found(raw)


# By table, a row of it and each of its columns: another value, and how what differs then is named.
SAID = {
    "assignment WHERE assessment_id = {agreed} AND person_id = 3": {
        "person_id": ("1", "raters/{third}"),
        "items": ("'[\"coat-rack\"]'", "raters/{third}/items"),
        "due_on": ("'2026-06-02'", "raters/{third}/due_on"),
        "stands": ("'leader'", "raters/{third}/stands"),
        "state": ("'accepted'", "raters/{third}/state"),
        "note": ("'More'", "note/{third}"),
        "changed_at": ("'2026'", "raters/{third}/changed_at"),
    },
    "rating WHERE assessment_id = {agreed} AND person_id = 3 AND item = 'coat-rack'": {
        "person_id": ("1", "raters/{third}/ratings/coat-rack"),
        "item": ("'coat'", "raters/{third}/ratings/coat-rack"),
        "value": ("3", "raters/{third}/ratings/coat-rack/rating"),
        "why": ("'More'", "why/{third}/coat-rack"),
        "revision": ("3", "raters/{third}/ratings/coat-rack/revision"),
        "saved_at": ("'2026'", "raters/{third}/ratings/coat-rack/saved_at"),
    },
    "agreed WHERE assessment_id = {agreed} AND item = 'coat-rack'": {
        "person_id": ("2", "ratings/coat-rack/by"),
        "item": ("'coat'", "ratings/coat-rack"),
        "value": ("4", "ratings/coat-rack/rating"),
        "why": ("'More'", "why/coat-rack"),
        "revision": ("3", "ratings/coat-rack/revision"),
        "saved_at": ("'2026'", "ratings/coat-rack/saved_at"),
    },
    "evidence WHERE ref = '{line}'": {
        "ref": ("'another'", "evidence/{line}"),
        "assessment_id": ("1", "evidence/{line}"),
        "person_id": ("3", "evidence/{line}/by"),
        "item": ("'coat-rack'", "evidence/{line}/item"),
        "source": ("'document'", "evidence/{line}/source"),
        "seen": ("'Nothing'", "seen/{line}"),
        "place": ("'The cellar'", "place/{line}"),
        "seen_on": ("'2026-05-01'", "evidence/{line}/seen_on"),
        "seen_by": ("'Three of us'", "seen_by/{line}"),
        "finding": ("'not found'", "evidence/{line}/finding"),
        "counts": ("'{{\"found\": 3}}'", "evidence/{line}/counts/found"),
        "n": ("4", "evidence/{line}/n"),
        "is_everybody": ("1", "evidence/{line}/is_everybody"),
        "supports": ("5", "evidence/{line}/supports"),
        "of_meeting": ("1", "evidence/{line}/of_meeting"),
        "revision": ("3", "evidence/{line}/revision"),
        "saved_at": ("'2026'", "evidence/{line}/saved_at"),
        "removed_at": ("'2026'", "evidence/{line}"),
    },
    "answer WHERE assessment_id = {agreed}": {
        "person_id": ("2", "answers/far-apart/second-plate/by"),
        "finding": ("'few-counted'", "answers/far-apart/second-plate"),
        "text": ("'More'", "answer/far-apart/second-plate"),
        "saved_at": ("'2026'", "answers/far-apart/second-plate/saved_at"),
    },
    "assessment WHERE id = {agreed}": {"is_blind": ("0", "is_blind")},
}


@pytest.fixture
def names(built: tuple[House, dict[str, str]], raw: sqlite3.Connection, refs: dict[str, str]) -> dict[str, Any]:
    """What stands between braces in a statement: numbers of assessments, refs of people and of a line."""
    ids = {ref: id for id, ref in raw.execute("SELECT id, ref FROM assessment")}
    numbers = {name: ids[refs[name]] for name in ("evidenced", "agreed")}
    return numbers | {"other": built[0].other.ref, "third": built[0].third.ref, "line": refs["line"]}


@pytest.mark.parametrize(("where", "column"), [(where, column) for where in SAID for column in SAID[where]])
def test_every_change_of_what_raters_wrote_is_found_and_named(raw, refs, names, where, column):
    new, said = SAID[where][column]
    table, _where, row = where.partition(" WHERE ")
    raw.execute(f"UPDATE {table} SET {column} = {new} WHERE {row}".format(**names))
    ref = refs["evidenced"] if table == "evidence" else refs["agreed"]
    assert any(line.startswith(f"assessment {ref}: {said.format(**names)}: ") for line in found(raw))
    assert not records.is_intact(Database(raw, execute_plugins=False), ref)


def test_no_column_of_what_raters_wrote_is_left_out(raw):
    for where in list(SAID)[:-1]:
        table = where.partition(" ")[0]
        columns = {name for _number, name, *_rest in raw.execute(f"PRAGMA table_info({table})")}
        assert columns - {"id", "assessment_id"} == SAID[where].keys() - {"assessment_id"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM evidence WHERE ref = '{line}'", "evidence/{line}: differs from what was sealed"),
        ("DELETE FROM evidence WHERE ref = '{line}'", "seen/{line}: differs from what was sealed"),
        ("UPDATE evidence SET removed_at = NULL", "evidence/"),
        ("DELETE FROM answer WHERE finding = 'no-sources'", "answer/no-sources: differs from what was sealed"),
        ("INSERT INTO answer VALUES ({evidenced}, 'new', 'Anna', 1, '')", "answer/new: is not in the record"),
        ("DELETE FROM assignment", "raters/{other}: differs from what was sealed"),
        ("UPDATE assignment SET note = ''", "note/{other}: differs from what was sealed"),
        ("UPDATE assignment SET items = '{{}}'", "raters/{other}/items: cannot be read"),
        ("UPDATE assignment SET items = '[ ]'", "raters/{other}/items: cannot be read"),
        ("UPDATE evidence SET counts = '[]'", "evidence/{line}/counts: cannot be read"),
        ("UPDATE evidence SET is_everybody = 3", "evidence/{line}/is_everybody: differs from what was sealed"),
        ("UPDATE evidence SET seen = CAST(x'ff' AS TEXT)", "evidence/{line}/seen: cannot be read"),
        ("UPDATE assessment SET is_blind = 2", "is_blind: differs from what was sealed"),
        (
            "INSERT INTO rating SELECT {evidenced}, 2, item, value, why, revision, saved_at FROM rating"
            " WHERE assessment_id = {evidenced} AND person_id = 1",
            "ratings: hold an item twice",
        ),
    ],
)
def test_what_was_added_to_evidence_or_taken_away_is_named(raw, refs, names, statement, said):
    raw.execute(statement.format(**names))
    assert any(line.startswith(f"assessment {refs['evidenced']}: {said.format(**names)}") for line in found(raw))


def test_what_nobody_was_asked_for_is_no_part_of_what_was_agreed(raw, names):
    raw.execute("INSERT INTO rating VALUES ({agreed}, 1, 'coat-rack', 1, 'Unasked', 1, '')".format(**names))
    assert found(raw) == []


def test_a_rating_beyond_its_evidence_is_sealed_as_rated_and_as_evidenced(raw, refs):
    """IA by the anchor of its line or by its writer's own rating, IB by nothing or by the meeting, IIA by 8 of 10."""
    cores = {core["assessment"]: core for core in map(json.loads, cores_of(raw))}
    for name, rated, evidenced in (
        ("evidenced", {"doorway": "9/2", "table": "5"}, {"doorway": "2", "table": "4"}),
        ("agreed", {"doorway": "4", "table": "4"}, {"doorway": "3", "table": "1"}),
    ):
        result = cores[refs[name]]["result"]
        assert (result["dimensions"], result["evidenced"]["dimensions"]) == (rated, evidenced)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM trail WHERE n = 5", "entry 6: does not follow entry 4: entries are missing"),
        ("DELETE FROM trail WHERE n = 1", "entry 2: does not follow entry 0: entries are missing"),
        ("DELETE FROM trail WHERE n = 2", "entry 2: is not there, but values of it are"),
        ("UPDATE trail SET at = '2020-01-01' WHERE n = 5", "entry 5: hash: differs from the content of the entry"),
        ("UPDATE trail SET changes = ' ' || changes WHERE n = 5", "entry 5: cannot be read"),
        ("UPDATE trail SET who = CAST(x'ff' AS TEXT) WHERE n = 5", "entry 5: cannot be read"),
        ("DELETE FROM trail_value WHERE n = 2 AND name = 'name'", "entry 2: name (new): is missing"),
        ("INSERT INTO trail_value VALUES (2, 'name', 'old', '', '1')", "entry 2: name (old): was added"),
        (
            "UPDATE trail_value SET salt = NULL, value = NULL WHERE n = 2 AND name = 'name'",
            "entry 2: name (new): differs from what was sealed",
        ),
        (
            "UPDATE trail_value SET salt = NULL WHERE n = 2 AND name = 'name'",
            "entry 2: name (new): differs from what was sealed",
        ),
        (
            "UPDATE instrument SET data = CAST(data || x'0a' AS BLOB)",
            "instrument lantern@1.0: its bytes and its checksum differ",
        ),
        ("UPDATE instrument SET name = 'lamp@1.0'", "instrument lamp@1.0: calls itself lantern@1.0"),
    ],
)
def test_what_differs_in_the_trail_and_on_the_shelf_is_named(raw, statement, said):
    raw.execute(statement)
    assert said in found(raw)


def test_a_program_moved_under_another_agency_is_a_finding(raw, refs):
    raw.execute("INSERT INTO agency (ref, name) VALUES ('elsewhere', 'Elsewhere')")
    raw.execute("UPDATE program SET agency_id = (SELECT id FROM agency WHERE ref = 'elsewhere') WHERE id = 1")
    names = ("first", "amended", "other", "evidenced", "agreed")
    said = [f"assessment {refs[name]}: agency/ref: differs from what was sealed" for name in names]
    assert found(raw) == said
    raw.execute("DELETE FROM program")
    assert said[0] in found(raw)


def test_a_record_without_the_ref_of_its_agency_is_compared_with_the_entry_that_sealed_it(house, monkeypatch):
    content = seal.content

    def as_before(assessment: Any) -> dict[str, Any]:
        return content(assessment) | {"agency": {"name": assessment.agency}}

    ref = house.draft()
    with monkeypatch.context() as patch:
        patch.setattr(seal, "content", as_before)
        house.seal(ref)
    assert found(house.db.conn) == []
    assert records.is_intact(house.db, ref)
    agencies.add(house.db, house.person, "Elsewhere", {})
    house.db.execute("UPDATE program SET agency_id = 2")
    house.db.conn.commit()
    assert found(house.db.conn) == [f"assessment {ref}: agency/ref: differs from what was sealed"]


def test_an_account_called_otherwise_than_the_trail_says_is_a_finding(raw, built):
    ref = built[0].other.ref
    said = "is called otherwise than the trail says"
    for name, value in (("name", "Anna"), ("login", "a@example.org"), ("login", None)):
        with rolled_back(raw):
            raw.execute(f"UPDATE person SET {name} = ? WHERE ref = ?", [value, ref])
            assert found(raw) == [f"person {ref}: {name}: {said}"]
    with rolled_back(raw):
        raw.execute("UPDATE person SET ref = 'another' WHERE ref = ?", [ref])
        assert f"person {ref}: is gone; the trail tells of the account" in found(raw)
    with rolled_back(raw):
        raw.execute("UPDATE person SET name = CAST(x'ff' AS TEXT) WHERE ref = ?", [ref])
        assert found(raw) == [f"person {ref}: name: {said}"]


def test_of_a_name_that_was_erased_from_the_trail_nothing_is_said(raw, built):
    ref = built[0].other.ref
    where = "name = 'name' AND n = (SELECT max(n) FROM trail WHERE act = 'add' AND ref = ?)"
    raw.execute(f"UPDATE trail_value SET salt = NULL, value = NULL WHERE {where}", [ref])
    raw.execute("UPDATE person SET name = '' WHERE ref = ?", [ref])
    assert not any(line.startswith("person ") for line in found(raw))


# One record


def test_what_is_as_it_was_sealed_is_intact_and_so_is_what_was_erased_from_it(raw, refs):
    db = Database(raw, execute_plugins=False)
    not_intact = [name for name, ref in refs.items() if not records.is_intact(db, ref)]
    assert not_intact == ["draft", "line", "line of agreed"]
    assert not records.is_intact(db, "nowhere")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rating SET value = 5 WHERE item = 'coat-rack'",
        "UPDATE rating SET why = 'Nine' WHERE item = 'first-words'",
        "UPDATE record_text SET value = '\"Nine\"' WHERE name = 'why/first-words'",
        "UPDATE record_text SET salt = NULL, value = NULL WHERE name = 'why/first-words'",
        "UPDATE assessment SET cover = '[]'",
        "UPDATE assessment SET result = replace(result, '3', '4')",
        "UPDATE assessment SET facts = '{}'",
        "UPDATE program SET agency_id = 9",
        "UPDATE record SET core = core || ' '",
        "UPDATE record SET hash = 'x'",
        "UPDATE record SET entry = 1",
        "UPDATE record SET entry = 999",
        "DELETE FROM record",
        "UPDATE instrument SET data = CAST(data || x'0a' AS BLOB)",
    ],
)
def test_what_differs_from_its_record_is_not_intact(raw, refs, statement):
    raw.execute(statement)
    assert not records.is_intact(Database(raw, execute_plugins=False), refs["first"])


def test_a_record_of_another_shape_is_not_intact(raw, refs):
    for new in ({"ratings": None}, {"texts": {"a": 1}}, {"result": 1}, {"agency": 7}, {"format": "x"}):
        with rolled_back(raw):
            rewritten(raw, **new)
            assert not records.is_intact(Database(raw, execute_plugins=False), refs["first"])


def test_an_instrument_that_cannot_be_read_is_a_finding(raw):
    data = b"\xff"
    raw.execute("UPDATE instrument SET data = ?, checksum = ?", [data, shelf.checksum(data)])
    assert "instrument lantern@1.0: cannot be read" in found(raw)


def test_a_value_shifted_into_its_salt_is_found(raw, refs):
    """Salt and value stand beside each other under the digest: none may take a byte of the other."""
    ref = refs["first"]
    where = "WHERE name = 'rater' AND assessment_id = 1"
    salt, value = raw.execute(f"SELECT salt, value FROM record_text {where}").fetchone()
    raw.execute(f"UPDATE record_text SET salt = ?, value = ? {where}", [f'{salt}",{value[:-1]}', '"'])
    assert f"assessment {ref}: rater: differs from what was sealed" in found(raw)


def test_a_record_deleted_with_its_assessment_leaves_its_seal_in_the_trail(raw):
    (n,) = raw.execute("SELECT entry FROM record WHERE assessment_id = 1").fetchone()
    for table, key in (("record", "assessment_id"), ("record_text", "assessment_id"), ("assessment", "id")):
        raw.execute(f"DELETE FROM {table} WHERE {key} = 1")
    assert f"entry {n}: seals a record that is not there" in found(raw)


def cores_of(connection: sqlite3.Connection) -> list[str]:
    """What every record holds, in the order they stand."""
    return [core for (core,) in connection.execute("SELECT core FROM record ORDER BY assessment_id")]


def rewritten(connection: sqlite3.Connection, **new: Any) -> str:
    """Gives the first record another content and a hash that fits it; the hash."""
    (core,) = connection.execute("SELECT core FROM record WHERE assessment_id = 1").fetchone()
    changed = json.loads(core) | new
    values = [seal.canonical(changed).decode(), seal.digest(changed)]
    connection.execute("UPDATE record SET core = ?, hash = ? WHERE assessment_id = 1", values)
    return values[1]


def test_a_record_rewritten_with_a_fitting_hash_no_longer_has_its_seal(raw, refs):
    (n,) = raw.execute("SELECT entry FROM record WHERE assessment_id = 1").fetchone()
    rewritten(raw, kind="peer")
    raw.execute("UPDATE assessment SET kind = 'peer' WHERE id = 1")
    assert found(raw) == [f"assessment {refs['first']}: seal: entry {n} of the trail does not seal this record"]


def test_a_record_of_another_shape_is_a_finding(raw, refs):
    shapes = {"ratings": None, "texts": {"a": 1}, "result": 1, "instrument": "x", "program": 7}
    for new in ({name: shape} for name, shape in shapes.items()):
        with rolled_back(raw):
            rewritten(raw, **new)
            assert any(line.startswith(f"assessment {refs['first']}: ") for line in found(raw))


def test_a_format_and_methods_that_are_not_known_are_said(raw, refs):
    with rolled_back(raw):
        rewritten(raw, methods="9")
        assert f"assessment {refs['first']}: methods: 9 are not known to this version" in found(raw)
    rewritten(raw, format="ddcat-record-9")
    said = f"assessment {refs['first']}: format: ddcat-record-9 is not known to this version"
    assert said in found(raw)


def test_a_result_with_fewer_fields_than_today_is_compared_in_what_it_has(raw, refs):
    (core,) = raw.execute("SELECT core FROM record WHERE assessment_id = 1").fetchone()
    result = json.loads(core)["result"]
    place = f"assessment {refs['first']}: result"
    del result["focus"], result["criterion"]["counts"]
    raw.execute("UPDATE assessment SET result = ? WHERE id = 1", [seal.canonical(result).decode()])
    rewritten(raw, result=result)
    assert not any(line.startswith(place) for line in found(raw))
    rewritten(raw, result=result | {"overall": "5", "more": 1})
    assert f"{place}/overall: differs from the result worked out again" in found(raw)
    assert f"{place}/more: differs from the result worked out again" in found(raw)


def test_a_rating_that_the_instrument_does_not_know_is_a_finding(raw, refs):
    rewritten(raw, ratings={"nowhere": {"rating": 3}})
    assert f"assessment {refs['first']}: cannot be read" in found(raw)


# The head


def test_a_head_that_was_printed_stands_in_the_chain_until_it_is_cut(built, raw):
    n, head = trail.head(built[0].db)
    (earlier,) = raw.execute("SELECT hash FROM trail WHERE n = 3").fetchone()
    assert found(raw, head) == found(raw, earlier) == found(raw, seal.GENESIS) == []
    for table in ("trail_value", "trail"):
        raw.execute(f"DELETE FROM {table} WHERE n = ?", [n])
    said = "does not stand in the chain; the chain was cut or rebuilt since that was printed"
    assert f"head {head}: {said}" in found(raw, head)


# Erasing


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(store.file(tmp_path))
    yield house
    house.db.conn.close()


def test_what_is_erased_stands_nowhere_any_more_and_the_rest_verifies(house):
    ref = house.draft(rater=NEVER)
    house.rate(ref, first_words=(3, NEVER), coat_rack=(3, f"not {NEVER}"))
    said = {"assessed_on": "2026-05-05", "kind": "self", "rater": NEVER, "period": 1}
    assessments.change_cover(house.db, house.person, ref, **said, cover={"others": NEVER, "hours_spent": 2})
    house.seal(ref)
    programs.change(house.db, house.person, house.program.ref, "Day house", {"address": NEVER, "state": "Maine"})
    amended = assessments.amend(house.db, house.person, ref, NEVER)
    house.rate(amended, coat_rack=(3, "other"))
    house.rate(amended, coat_rack=(3, NEVER))
    revision = assessments.get(house.db, house.person, amended).revisions["coat-rack"]
    path = f"/assessments/{amended}/ratings/doorway"
    typed.keep(house.db, house.person.ref, path, [("a", NEVER.replace("\n", "\r\n")), ("b", "kept")])
    typed.keep(house.db, house.person.ref, "/elsewhere", [("a", NEVER)])
    count = erasing.erase(house.db, house.person, house.program.ref, NEVER, f"It says {NEVER}")
    (entry, *_older) = trail.of_program(house.db, house.person, house.program.ref)
    assert (entry.act, entry.who, entry.ref) == ("erase", house.person.ref, house.program.ref)
    assert len(entry.changes) == count + 1
    assert entry.changes["reason"][1].value == "It says …"
    names = {"rater", "why/first-words", "cover/others"}
    assert {f"assessment/{ref}/{name}" for name in names} <= entry.changes.keys()
    names = {"rater", "reason", "why/first-words", "why/coat-rack", "cover/others"}
    assert {f"assessment/{amended}/{name}" for name in names} <= entry.changes.keys()
    assert {f"program/{house.program.ref}/facts/address", f"form/{path}"} <= entry.changes.keys()
    found_sealed = assessments.get(house.db, house.person, ref)
    assert (found_sealed.rater, found_sealed.cover) == ("", {"hours_spent": 2})
    assert found_sealed.why == {"coat-rack": f"not {NEVER}"}
    found_draft = assessments.get(house.db, house.person, amended)
    assert (found_draft.reason, found_draft.why, found_draft.revisions["coat-rack"]) == ("", {}, revision + 1)
    assert programs.get(house.db, house.person, house.program.ref).facts == {"state": "Maine"}
    assert typed.get(house.db, house.person, path).fields == [("a", ""), ("b", "kept")]
    assert typed.get(house.db, house.person, "/elsewhere").fields == [("a", NEVER)]
    typed.forget(house.db, house.person, "/elsewhere")
    with kept.reading(house.path) as db:
        verification = Verification(kept.everything(db))
        assert [str(finding) for finding in verification if finding.is_difference] == []
        assert verification.n_erased
    with pytest.raises(store.Missing):
        erasing.erase(house.db, house.person, house.program.ref, NEVER, "Again")


def test_what_is_erased_stands_no_more_in_the_file(house):
    text = "Zyxwvut Patient"
    ref = house.draft()
    house.rate(ref, first_words=(3, text))
    # As in builds of SQLite that leave what was written over where it stood.
    house.db.execute("PRAGMA secure_delete = OFF")
    draft = house.draft()
    items = {f"item-{number}": (3, text) for number in range(60)}
    house.rate(draft, **items)
    house.rate(draft, **dict.fromkeys(items, (3, "Seen")))
    house.seal(ref)
    files = [house.path, house.path.with_name(f"{house.path.name}-wal")]
    assert any(text.encode() in file.read_bytes() for file in files)
    erasing.erase(house.db, house.person, house.program.ref, text, "A name")
    assert not any(text.encode() in file.read_bytes() for file in files)


def test_only_a_whole_value_of_this_program_is_erased_and_none_of_ours(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, "Seen twice"))
    house.seal(ref)
    hash = assessments.get(house.db, house.person, ref).hash
    amended = assessments.amend(house.db, house.person, ref, "Why")
    for text in ("", "Seen", hash, amended, "lantern@1.0", "2026-05-04", "director", "self"):
        with pytest.raises(store.Missing):
            erasing.erase(house.db, house.person, house.program.ref, text, "A try")
    with pytest.raises(store.Missing):
        erasing.erase(house.db, house.person, house.second.ref, "Seen twice", "The wrong program")
    with pytest.raises(store.Missing):
        erasing.erase(house.db, house.other, house.second.ref, "Kim", "Not hers")


def test_the_reason_of_an_erasure_is_never_erased(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, NEVER), coat_rack=(3, "Kim told it"))
    erasing.erase(house.db, house.person, house.program.ref, NEVER, "Kim told it")
    assert erasing.holding(house.db, house.person, house.program.ref, "Kim told") == {
        "Kim told": [],
        "Kim told it": [f"entry/{trail.head(house.db)[0] - 1}/coat-rack why/new"]
        + [f"assessment/{ref}/why/coat-rack"],
    }
    assert erasing.erase(house.db, house.person, house.program.ref, "Kim told it", "Patient") == 2
    reasons = [
        e.changes["reason"][1].value
        for e in trail.of_program(house.db, house.person, house.program.ref)
        if e.act == "erase"
    ]
    assert reasons == ["Patient", "Kim told it"]
    assert found(house.db.conn) == []


def test_every_text_that_contains_another_is_found_with_its_places_and_erased_where_wanted(house):
    ref = house.draft(rater="Jane Roe")
    house.rate(ref, first_words=(3, "Jane Roe was angry"))
    house.rate(ref, first_words=(3, 'Jane Roe was "angry"\ntoday'), coat_rack=(1, "Not jane roe"))
    said = {"assessed_on": "2026-05-05", "kind": "self", "rater": "Jane Roe", "period": 1}
    assessments.change_cover(house.db, house.person, ref, **said, cover={"sources": ["charts", "of Jane Roe"]})
    house.seal(ref)
    programs.change(house.db, house.person, house.program.ref, "Day house", {"address": "c/o Jane Roe"})
    path = f"/assessments/{ref}/cover"
    typed.keep(house.db, house.person.ref, path, [("a", "Jane Roe\r\nagain"), ("b", "kept")])
    typed.keep(house.db, house.person.ref, "/elsewhere", [("a", "Jane Roe elsewhere")])
    holding = erasing.holding(house.db, house.person, house.program.ref, "Jane Roe")
    assert list(holding)[0] == "Jane Roe"
    assert {said: len(places) for said, places in holding.items()} == {
        "Jane Roe": 2,  # as it was started; its record and its rows are one place
        "Jane Roe was angry": 2,  # new, then old
        'Jane Roe was "angry"\ntoday': 2,
        "of Jane Roe": 2,
        "c/o Jane Roe": 2,
        "Jane Roe\nagain": 1,
    }
    left = "c/o Jane Roe"
    also = [said for said in holding if said != left]
    count = erasing.erase(house.db, house.person, house.program.ref, "Jane Roe", "Of Jane Roe was angry", also)
    assert count == sum(len(holding[said]) for said in also)
    assert list(erasing.holding(house.db, house.person, house.program.ref, "Jane Roe")) == ["Jane Roe", left]
    reason = trail.of_program(house.db, house.person, house.program.ref, most=1)[0].changes["reason"][1].value
    assert reason == "Of …"
    assert found(house.db.conn) == []
    assert records.is_intact(house.db, ref)


def test_answers_to_checks_go_along_with_an_amendment(house, lantern_guide):
    def asked(ref: str) -> list[str]:
        seen = assessments.get(house.db, house.person, ref)
        found = checks.findings(INSTRUMENT, lantern_guide, seen, "2026-11-22")
        return [finding.key for finding in checks.unanswered(found, seen.answers)]

    ref = house.draft()
    house.rate(ref, first_words=(3, ""), coat_rack=(2, ""), second_plate=(1, ""))
    for said in ("found", "not found"):
        house.line(ref, house.person, "coat-rack", f"Hooks: {said}", finding=said)
    keys = asked(ref)
    assert "sources-disagree" in {key.split("/")[0] for key in keys}
    raters.answer(house.db, house.person, ref, dict.fromkeys(keys, "Two days apart"))
    house.seal(ref)
    assert asked(assessments.amend(house.db, house.person, ref, "Counted twice")) == []


@pytest.mark.parametrize("how", ["evidenced", "agreed"])
def test_a_text_erased_from_evidence_reasons_answers_and_notes_is_told_as_erased_and_nothing_differs(house, how):
    ref, line = house.evidenced(NEVER) if how == "evidenced" else house.agreed(NEVER)
    places = list(erasing.holding(house.db, house.person, house.program.ref, NEVER)[NEVER])
    assert erasing.erase(house.db, house.person, house.program.ref, NEVER, "A name") == len(places)
    verification = Verification(kept.everything(house.db))
    said = list(verification)
    assert [str(finding) for finding in said if finding.is_difference] == []
    other = house.other.ref
    names = {
        "evidenced": {f"seen/{line}", "why/second-plate", f"note/{other}", "answer/no-sources"},
        "agreed": {f"seen/{line}", f"why/{other}/first-words", *(f"why/{item.id}" for item in INSTRUMENT.items)},
    }[how]
    erased = {finding.name for finding in said if finding.place == f"assessment {ref}"}
    assert names <= erased
    assert {name.partition("/")[0] for name in erased} == (
        {"seen", "place", "seen_by", "why", "note", "answer"} if how == "evidenced" else {"seen", "why"}
    )
    assert {f"assessment/{ref}/{name}" for name in erased} <= set(places)
    assert records.is_intact(house.db, ref)
    assert not any(NEVER.encode() in file.read_bytes() for file in house.path.parent.glob("ddcat.sqlite*"))


def test_what_an_evidence_line_and_a_rater_are_given_in_codes_is_never_erased(house):
    ref, line = house.evidenced()
    for text in ("document/manual", "not found", "2026-05-03", "2026-06-01", "staff", "coat-rack", line, ref):
        with pytest.raises(store.Missing):
            erasing.erase(house.db, house.person, house.program.ref, text, "A try")


def test_what_was_sealed_with_evidence_or_after_rating_alone_is_amended_and_sealed_again(house):
    for ref, _line in (house.evidenced(), house.agreed()):
        amended = assessments.amend(house.db, house.person, ref, "A chart was misread")
        house.seal(amended)
        assert records.is_intact(house.db, amended)
    assert found(house.db.conn) == []


def test_a_text_erased_before_the_seal_does_not_excuse_one_that_is_taken_away_after(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, NEVER))
    erasing.erase(house.db, house.person, house.program.ref, NEVER, "A name")
    house.rate(ref, first_words=(3, "Ten arrivals"))
    house.seal(ref)
    assert found(house.db.conn) == []
    with house.db.conn:
        house.db.execute("UPDATE record_text SET salt = NULL, value = NULL WHERE name = 'why/first-words'")
    assert found(house.db.conn) == [f"assessment {ref}: why/first-words: differs from what was sealed"]


def test_the_name_a_record_was_sealed_under_cannot_be_erased_from_it(house):
    ref = house.draft()
    house.seal(ref)
    erasing.erase(house.db, house.person, house.program.ref, "Day house", "A try")
    assert assessments.get(house.db, house.person, ref).program == "Day house"
    assert found(house.db.conn) == []


# Records of the first format


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Database]:
    """A database of before there were lines of evidence, with two sealed records and what erased of them, upgraded.

    `tests/golden/record-1.sql` is what the program of those days left.
    """
    path = store.file(tmp_path)
    connection = sqlite3.connect(path)
    connection.executescript((GOLDEN / "record-1.sql").read_text(encoding="utf-8"))
    connection.close()
    assert upgrade(path) == ["0003_raters", "0004_actions", "0005_sites", "0006_languages"]
    db = store.connect(path)
    yield db
    db.conn.close()


SEALED_FIRST = json.loads((GOLDEN / "record-1.json").read_bytes())["core"]["assessment"]


def test_a_record_of_the_first_format_verifies_after_the_upgrade(first):
    verification = Verification(kept.everything(first))
    said = [str(finding) for finding in verification]
    assert (verification.n_records, verification.n_differences, verification.n_erased) == (2, 0, len(said))
    assert f"assessment {SEALED_FIRST}: evidence/coat-rack: erased (entry 15)" in said
    assert all(records.is_intact(first, ref) for (ref,) in first.execute("SELECT ref FROM assessment").fetchall())
    assert records.export(first, None, SEALED_FIRST) == (GOLDEN / "record-1.json").read_bytes()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE rating SET why = 'Nine' WHERE item = 'first-words'", "evidence/first-words: differs"),
        ("UPDATE rating SET why = 'Anna' WHERE item = 'coat-rack'", "evidence/coat-rack: was erased"),
        ("UPDATE rating SET value = 1 WHERE item = 'first-words'", "ratings/first-words/rating: differs"),
        ("UPDATE assessment SET is_blind = 1", "is_blind: differs"),
        (
            "INSERT INTO assignment (assessment_id, person_id, note, changed_at) VALUES (1, 1, 'Anna', '')",
            "raters/",
        ),
        ("INSERT INTO answer VALUES (1, 'new', '', 1, '')", "answers/new: differs"),
        (
            "INSERT INTO evidence (ref, assessment_id, person_id, item, source, seen, place, seen_on, seen_by,"
            " finding, revision, saved_at) VALUES ('new', 1, 1, 'coat-rack', '', '', '', '', '', 'found', 1, '')",
            "evidence/new: differs",
        ),
    ],
)
def test_what_is_changed_in_a_record_of_the_first_format_is_named(first, statement, said):
    first.execute(statement)
    assert any(line.startswith(f"assessment {SEALED_FIRST}: {said}") for line in found(first.conn))
    assert not records.is_intact(first, SEALED_FIRST)


def test_a_text_of_the_first_format_is_erased_under_the_name_that_its_record_gives_it(first):
    person = people.first(first)
    (program,) = first.execute("SELECT ref FROM program").fetchone()
    text = "Zähler „so“ 𝄞"
    places = erasing.holding(first, person, program, text)[text]
    place = f"assessment/{SEALED_FIRST}/evidence/second-plate"
    assert [where for where in places if where.startswith("assessment/")] == [place]
    assert erasing.erase(first, person, program, text, "A name") == len(places)
    assert found(first.conn) == []
    assert json.loads(records.export(first, None, SEALED_FIRST))["texts"]["evidence/second-plate"] == {"erased": 16}


def test_a_record_of_the_first_format_is_amended_into_one_of_today(first):
    person = people.first(first)
    (newest,) = first.execute("SELECT ref FROM assessment WHERE amends_id IS NOT NULL").fetchone()
    seen = assessments.get(first, person, assessments.amend(first, person, newest, "Read once more"))
    sealing.seal(first, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now()))
    formats = [json.loads(core)["format"] for core in cores_of(first.conn)]
    assert formats == [seal.FIRST, seal.FIRST, seal.FORMAT]
    assert found(first.conn) == []


# The command


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli.main, list(arguments))
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def copy(built: tuple[House, dict[str, str]], tmp_path: Path) -> Path:
    """The folder of a copy of the database."""
    target = sqlite3.connect(store.file(tmp_path))
    built[0].db.conn.backup(target)
    target.close()
    return tmp_path


def test_the_command_says_how_much_was_verified_and_the_head(built, copy):
    n, head = trail.head(built[0].db)
    status, said, wrong = run("verify", "--data", str(copy), "--head", head.upper())
    assert (status, wrong) == (0, "")
    assert said.splitlines()[-2:] == [
        f"Verified: 6 records, {n} entries of the trail.",
        f"Head of the chain: entry {n}, {head}",
    ]
    assert "why/second-plate: erased (entry " in said


def test_the_command_names_what_differs_and_exits_1(built, refs, copy):
    n, _head = trail.head(built[0].db)
    with sqlite3.connect(store.file(copy)) as connection:
        connection.execute("UPDATE rating SET why = 'Nine' WHERE item = 'first-words' AND assessment_id = 1")
    connection.close()
    status, _said, wrong = run("verify", "--data", str(copy), "--head", "ab")
    assert status == 1
    assert wrong.splitlines() == [
        "head ab: does not stand in the chain; the chain was cut or rebuilt since that was printed",
        f"assessment {refs['first']}: why/first-words: differs from what was sealed",
        f"2 differences in 6 records, {n} entries of the trail.",
    ]


def test_a_file_in_a_folder_where_nobody_may_write_is_verified_as_it_is(copy):
    folder = Path(tempfile.mkdtemp())
    file = store.file(folder)
    shutil.copyfile(store.file(copy), file)
    before = file.read_bytes()
    file.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        with kept.reading(file) as db:
            assert found(db.conn) == []
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                db.execute("DELETE FROM record")
    finally:
        if is_root:
            os.seteuid(0)
        assert [path.name for path in folder.iterdir()] == [file.name]
        assert file.read_bytes() == before
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_the_command_changes_nothing(built, copy):
    before = store.file(copy).read_bytes()
    assert run("verify", "--data", str(copy))[0] == 0
    assert store.file(copy).read_bytes() == before


def test_a_folder_without_a_database_or_with_an_old_or_broken_one_is_told_on_one_line(tmp_path):
    file = store.file(tmp_path)
    none = f"{file}: database: there is none here; run ddcat migrate first, or name its folder with --data\n"
    for command in (["verify"], ["export", "0" * 16, "-o", str(tmp_path / "out.json")]):
        assert run(*command, "--data", str(tmp_path)) == (1, "", none)
    sqlite3.connect(file).close()
    status, _said, wrong = run("verify", "--data", str(tmp_path))
    assert (status, wrong) == (1, f"{file}: database: it lacks every step; run ddcat migrate first\n")
    file.write_bytes(b"This is no database. " * 100)
    status, _said, wrong = run("verify", "--data", str(tmp_path))
    assert (status, wrong) == (1, f"{file}: database: file is not a database\n")
