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

from ddcat import cli, seal, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, assessments, kept, people, programs, records, roles, sealing, trail, typed
from ddcat.store.assessments import Change
from ddcat.verifying import Verification

FLIPS = 10_000 if os.environ.get("DDCAT_LONG") else 500
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
        assert not assessments.save(self.db, person or self.person, ref, changes).conflicts

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
    records.erase(house.db, house.person, house.program.ref, NEVER, "A patient's name")
    refs = {"first": first, "amended": amended, "other": other, "elsewhere": elsewhere, "draft": draft}
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
    assert (verification.n_records, verification.n_differences, verification.n_erased) == (4, 0, len(said))
    assert verification.n_entries == verification.head[0] == trail.head(built[0].db)[0]
    assert f"assessment {refs['first']}: evidence/second-plate: erased (entry {erasing})" in said
    assert f"assessment {refs['amended']}: evidence/second-plate: erased (entry {erasing})" in said
    assert sum(line.endswith(f"second-plate evidence (new): erased (entry {erasing})") for line in said) == 1


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
}
INTERNAL = {"id", "assessment_id", "person_id", "program_id", "amends_id"}
SEALED = {
    "assessment": "WHERE sealed_at IS NOT NULL",
    "rating": "WHERE assessment_id IN (SELECT id FROM assessment WHERE sealed_at IS NOT NULL)",
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
        place = place_of(raw, table, key)
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
            "UPDATE rating SET evidence = 'Nine' WHERE item = 'first-words' AND assessment_id = 1",
            "evidence/first-words: differs from what was sealed",
        ),
        (
            "UPDATE record_text SET value = '\"Nine\"' WHERE name = 'evidence/first-words' AND assessment_id = 1",
            "evidence/first-words: differs from what was sealed",
        ),
        (
            "UPDATE record_text SET value = NULL, salt = NULL"
            " WHERE name = 'evidence/first-words' AND assessment_id = 1",
            "evidence/first-words: differs from what was sealed",
        ),
        (
            "DELETE FROM record_text WHERE name = 'evidence/first-words' AND assessment_id = 1",
            "evidence/first-words: is missing",
        ),
        ("INSERT INTO record_text VALUES (1, 'more', '', '1')", "more: was added"),
        (
            "UPDATE rating SET evidence = 'Anna' WHERE item = 'second-plate' AND assessment_id = 1",
            "evidence/second-plate: was erased from the record, and stands in the assessment",
        ),
        (
            "INSERT INTO rating SELECT 1, 2, item, value, evidence, revision, saved_at FROM rating"
            " WHERE assessment_id = 1 AND item = 'first-words'",
            "ratings: hold an item twice",
        ),
        ("INSERT INTO rating VALUES (1, 1, 'more', 3, 'Anna', 1, '')", "evidence/more: is not in the record"),
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
    said = [f"assessment {refs[name]}: agency/ref: differs from what was sealed" for name in refs if name != "draft"]
    assert found(raw) == said[:3]
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
        raw.execute("DELETE FROM rating WHERE person_id = 2")
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
    assert [name for name, ref in refs.items() if not records.is_intact(db, ref)] == ["draft"]
    assert not records.is_intact(db, "nowhere")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rating SET value = 5 WHERE item = 'coat-rack'",
        "UPDATE rating SET evidence = 'Nine' WHERE item = 'first-words'",
        "UPDATE record_text SET value = '\"Nine\"' WHERE name = 'evidence/first-words'",
        "UPDATE record_text SET salt = NULL, value = NULL WHERE name = 'evidence/first-words'",
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
        rewritten(raw, methods="2")
        assert f"assessment {refs['first']}: methods: 2 are not known to this version" in found(raw)
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
    count = records.erase(house.db, house.person, house.program.ref, NEVER, f"It says {NEVER}")
    (entry, *_older) = trail.of_program(house.db, house.program.ref)
    assert (entry.act, entry.who, entry.ref) == ("erase", house.person.ref, house.program.ref)
    assert len(entry.changes) == count + 1
    assert entry.changes["reason"][1].value == "It says …"
    names = {"rater", "evidence/first-words", "cover/others"}
    assert {f"assessment/{ref}/{name}" for name in names} <= entry.changes.keys()
    names = {"rater", "reason", "evidence/first-words", "evidence/coat-rack", "cover/others"}
    assert {f"assessment/{amended}/{name}" for name in names} <= entry.changes.keys()
    assert {f"program/{house.program.ref}/facts/address", f"form/{path}"} <= entry.changes.keys()
    found_sealed = assessments.get(house.db, house.person, ref)
    assert (found_sealed.rater, found_sealed.cover) == ("", {"hours_spent": 2})
    assert found_sealed.evidence == {"coat-rack": f"not {NEVER}"}
    found_draft = assessments.get(house.db, house.person, amended)
    assert (found_draft.reason, found_draft.evidence, found_draft.revisions["coat-rack"]) == ("", {}, revision + 1)
    assert programs.get(house.db, house.person, house.program.ref).facts == {"state": "Maine"}
    assert typed.get(house.db, house.person, path).fields == [("a", ""), ("b", "kept")]
    assert typed.get(house.db, house.person, "/elsewhere").fields == [("a", NEVER)]
    typed.forget(house.db, house.person, "/elsewhere")
    with kept.reading(house.path) as db:
        verification = Verification(kept.everything(db))
        assert [str(finding) for finding in verification if finding.is_difference] == []
        assert verification.n_erased
    with pytest.raises(store.Missing):
        records.erase(house.db, house.person, house.program.ref, NEVER, "Again")


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
    records.erase(house.db, house.person, house.program.ref, text, "A name")
    assert not any(text.encode() in file.read_bytes() for file in files)


def test_only_a_whole_value_of_this_program_is_erased_and_none_of_ours(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, "Seen twice"))
    house.seal(ref)
    hash = assessments.get(house.db, house.person, ref).hash
    amended = assessments.amend(house.db, house.person, ref, "Why")
    for text in ("", "Seen", hash, amended, "lantern@1.0", "2026-05-04", "director", "self"):
        with pytest.raises(store.Missing):
            records.erase(house.db, house.person, house.program.ref, text, "A try")
    with pytest.raises(store.Missing):
        records.erase(house.db, house.person, house.second.ref, "Seen twice", "The wrong program")
    with pytest.raises(store.Missing):
        records.erase(house.db, house.other, house.second.ref, "Kim", "Not hers")


def test_the_reason_of_an_erasure_is_never_erased(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, NEVER), coat_rack=(3, "Kim told it"))
    records.erase(house.db, house.person, house.program.ref, NEVER, "Kim told it")
    assert records.holding(house.db, house.program.ref, "Kim told") == {
        "Kim told": [],
        "Kim told it": [f"entry/{trail.head(house.db)[0] - 1}/coat-rack evidence/new"]
        + [f"assessment/{ref}/evidence/coat-rack"],
    }
    assert records.erase(house.db, house.person, house.program.ref, "Kim told it", "Patient") == 2
    reasons = [
        e.changes["reason"][1].value for e in trail.of_program(house.db, house.program.ref) if e.act == "erase"
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
    holding = records.holding(house.db, house.program.ref, "Jane Roe")
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
    count = records.erase(house.db, house.person, house.program.ref, "Jane Roe", "Of Jane Roe was angry", also)
    assert count == sum(len(holding[said]) for said in also)
    assert list(records.holding(house.db, house.program.ref, "Jane Roe")) == ["Jane Roe", left]
    reason = trail.of_program(house.db, house.program.ref, most=1)[0].changes["reason"][1].value
    assert reason == "Of …"
    assert found(house.db.conn) == []
    assert records.is_intact(house.db, ref)


def test_a_text_erased_before_the_seal_does_not_excuse_one_that_is_taken_away_after(house):
    ref = house.draft()
    house.rate(ref, first_words=(3, NEVER))
    records.erase(house.db, house.person, house.program.ref, NEVER, "A name")
    house.rate(ref, first_words=(3, "Ten arrivals"))
    house.seal(ref)
    assert found(house.db.conn) == []
    with house.db.conn:
        house.db.execute("UPDATE record_text SET salt = NULL, value = NULL WHERE name = 'evidence/first-words'")
    assert found(house.db.conn) == [f"assessment {ref}: evidence/first-words: differs from what was sealed"]


def test_the_name_a_record_was_sealed_under_cannot_be_erased_from_it(house):
    ref = house.draft()
    house.seal(ref)
    records.erase(house.db, house.person, house.program.ref, "Day house", "A try")
    assert assessments.get(house.db, house.person, ref).program == "Day house"
    assert found(house.db.conn) == []


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
        f"Verified: 4 records, {n} entries of the trail.",
        f"Head of the chain: entry {n}, {head}",
    ]
    assert "evidence/second-plate: erased (entry " in said


def test_the_command_names_what_differs_and_exits_1(built, refs, copy):
    n, _head = trail.head(built[0].db)
    with sqlite3.connect(store.file(copy)) as connection:
        connection.execute("UPDATE rating SET evidence = 'Nine' WHERE item = 'first-words' AND assessment_id = 1")
    connection.close()
    status, _said, wrong = run("verify", "--data", str(copy), "--head", "ab")
    assert status == 1
    assert wrong.splitlines() == [
        "head ab: does not stand in the chain; the chain was cut or rebuilt since that was printed",
        f"assessment {refs['first']}: evidence/first-words: differs from what was sealed",
        f"2 differences in 4 records, {n} entries of the trail.",
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
    for command in (["verify"], ["export", "0" * 16, "-o", str(tmp_path / "out.json")]):
        assert run(*command, "--data", str(tmp_path)) == (1, "", f"{file}: database: there is none here\n")
    sqlite3.connect(file).close()
    status, _said, wrong = run("verify", "--data", str(tmp_path))
    assert (status, wrong) == (1, f"{file}: database: it lacks every step; run ddcat migrate first\n")
    file.write_bytes(b"This is no database. " * 100)
    status, _said, wrong = run("verify", "--data", str(tmp_path))
    assert (status, wrong) == (1, f"{file}: database: file is not a database\n")
