"""A record that was exported is verified without ddcat, and every change of it is found."""

import ast
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ddcat import cli, seal, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, assessments, people, programs, records, roles, sealing
from ddcat.store.assessments import Change

ROOT = Path(__file__).parent.parent
TOOL = ROOT / "tools" / "verify.py"
NAME = "Anna Beispiel, *1970"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, rated: Any) -> Iterator[tuple[store.Database, Person, str]]:
    """A sealed assessment with the real instrument, its amendment after it, and a value erased from it."""
    path = store.file(tmp_path_factory.mktemp("house"))
    store.migrate(path)
    db = store.connect(path)
    person = people.first(db)
    agency = agencies.add(db, person, "Rosewood", {})
    program = programs.add(db, person, agency.ref, "Day house", {"state": "Vermont"})
    volume = shelf.find("ddcat@4.0")
    instrument = volume.instrument
    about = {"assessed_on": "2026-05-04", "kind": "self", "rater": NAME, "period": 1}
    bytes = (volume.checksum, instrument.name, volume.data)
    ref = assessments.start(db, person, program.ref, bytes, **about)
    assessments.change_cover(db, person, ref, **about, cover={"hours_spent": 6.5, "others": 'Zoë \u2028 \\ "Z"'})
    given = rated(instrument, 3, IA=1, VE=None)
    assessments.save(db, person, ref, {item: Change(value, f"Sah „{item}“ 𝄞", 0) for item, value in given.items()})
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, verifying.record(instrument, seen, by=person.ref, at=store.now()))
    assessments.amend(db, person, ref, "A chart was misread")
    records.erase(db, person, program.ref, NAME, "A name")
    yield db, person, ref
    db.conn.close()


@pytest.fixture(scope="module")
def exported(house: tuple[store.Database, Person, str]) -> bytes:
    return records.export(*house)


def verify(file: Path, content: bytes) -> tuple[int, str]:
    """How the tool ends, in a Python that does not know ddcat, and all it says."""
    file.write_bytes(content)
    command = [sys.executable, "-I", "-S", str(TOOL), str(file)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=file.parent)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_the_tool_is_short_and_needs_only_the_standard_library():
    source = TOOL.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 100
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_exported_record_verifies_without_ddcat(house, exported, tmp_path):
    _db, _person, ref = house
    record = json.loads(exported)
    status, said = verify(tmp_path / "record.json", exported)
    assert status == 0
    assert said.splitlines() == [
        f"Verified: assessment {ref}, {len(record['entries'])} entries of the trail.",
        f"Head of the chain: entry {record['head']['n']}, {record['head']['hash']}",
        "Erased: rater",
    ]
    assert record["texts"]["rater"] == {"erased": record["head"]["n"]}
    assert NAME not in exported.decode()


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to every single value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        return [way]
    return [leaf for key, child in inner for leaf in leaves(child, (*way, key))]


def with_another(record: dict[str, Any], way: tuple[Any, ...], chance: random.Random) -> bytes:
    """The record with one value changed a little."""
    inner: Any = (changed := json.loads(json.dumps(record)))
    for key in way[:-1]:
        inner = inner[key]
    old = inner[way[-1]]
    at = chance.randrange(len(old)) if isinstance(old, str) and old else 0
    if isinstance(old, str):
        inner[way[-1]] = old[:at] + chr(ord(old[at]) ^ 1) + old[at + 1 :] if old else "x"
    else:
        inner[way[-1]] = 1 if old is None else old + 1
    return json.dumps(changed, ensure_ascii=False).encode()


def test_every_changed_value_of_an_export_is_found(exported, tmp_path):
    """One of every kind of value, and some more; in one process, as starting the tool takes longer than its work."""
    chance = random.Random(4)
    record = json.loads(exported)
    ways = [way for way in leaves(record) if way[0] != "head"]
    kinds = {(*way[:2], way[-1]) if way[0] != "entries" else ("entries", way[2]): way for way in ways}
    missed = []
    for way in [*kinds.values(), *chance.sample(ways, 60)]:
        if not differs(tmp_path / "changed.json", with_another(record, way, chance)):
            missed.append(way)
    assert missed == []


def differs(file: Path, content: bytes) -> bool:
    """Whether the tool, run in this process, ends with status 1."""
    file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(TOOL), str(file)])
        try:
            exec(compile(TOOL.read_text(encoding="utf-8"), str(TOOL), "exec"), {"__name__": "__main__"})
        except SystemExit as end:
            return bool(end.code)
    return False


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r["core"].update(kind="peer"), "record: its content and its hash differ"),
        (lambda r: r["texts"].pop("reason"), "reason: differs from what was sealed"),
        (lambda r: r["texts"].update(more={"salt": "", "value": ""}), "more: differs from what was sealed"),
        (lambda r: r["texts"].update(more={"erased": 99}), "more: differs from what was sealed"),
        (lambda r: r["texts"].update(reason={"erased": 99}), "reason: entry 99 did not erase it"),
        (lambda r: r["texts"].update(reason={"erased": r["head"]["n"]}), "did not erase it"),
        (lambda r: r["texts"].update(reason={"erased": 1}), "reason: entry 1 did not erase it"),
        (lambda r: r.update(instrument=r["instrument"] + "\n"), "instrument: its text and its checksum differ"),
        (lambda r: r["entries"][1].update(at="2020"), ": its content and its hash differ"),
        (lambda r: r["entries"].reverse(), "does not follow entry"),
        (lambda r: r["entries"].clear(), "does not seal this record"),
        (lambda r: r["head"].update(n=3), "head: not that of these entries"),
        (lambda r: r["head"].update(hash="0"), "head: not that of these entries"),
        (lambda r: r["core"].update(methods="2"), "format: not one that this tool knows"),
        (lambda r: r.update(core=[]), "This is no record that can be read"),
        (lambda r: r["core"].pop("texts"), "This is no record that can be read"),
    ],
)
def test_what_was_changed_is_named(exported, tmp_path, change, said):
    record = json.loads(exported)
    change(record)
    status, all_said = verify(tmp_path / "record.json", json.dumps(record).encode())
    assert (status, said in all_said) == (1, True)


def test_an_erasure_that_no_entry_tells_of_is_found_in_what_anybody_exports(house, tmp_path):
    db, person, ref = house
    with store.writing(db):
        reader = people.create(db, None, name="Another reader", login="another@example.org")
    roles.give(db, person, reader, Role.READER, "program", assessments.get(db, person, ref).program_ref)
    for who in (person, reader):
        record = json.loads(records.export(db, who, ref))
        for by in range(record["head"]["n"] + 3):
            said = json.dumps(record | {"texts": record["texts"] | {"reason": {"erased": by}}})
            assert differs(tmp_path / "forged.json", said.encode()), (who.name, by)
        record["entries"] = [entry for entry in record["entries"] if entry["act"] != "erase"]
        status, said = verify(tmp_path / "record.json", json.dumps(record).encode())
        assert (status, "rater: entry " in said) == (1, True)


def test_a_record_of_another_agency_than_its_seal_is_found(exported, tmp_path):
    record = json.loads(exported)
    record["core"]["agency"]["ref"] = "elsewhere"
    record["hash"] = seal.digest(record["core"])
    record["sealing"]["salt"] = ""
    seal_entry = next(entry for entry in record["entries"] if entry["n"] == record["sealing"]["n"])
    seal_entry["changes"] = [{"name": "record", "new": seal.digest(["", record["hash"]])}]
    status, said = verify(tmp_path / "record.json", json.dumps(record).encode())
    assert (status, "does not seal this record" in said) == (1, True)


def test_a_result_rewritten_with_a_fitting_hash_is_worked_out_again(exported, tmp_path):
    record = json.loads(exported)
    record["core"]["result"]["overall"] = "5"
    record["core"]["result"]["criterion"]["counts"]["DDC"] = 35
    record["hash"] = seal.digest(record["core"])
    _status, said = verify(tmp_path / "record.json", json.dumps(record).encode())
    assert "result/overall: differs from the result worked out again" in said
    assert "seal: entry" in said


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"[" * 100_000])
def test_what_is_no_record_is_told_on_one_line(tmp_path, content):
    status, said = verify(tmp_path / "record.json", content)
    assert status == 1
    assert said.startswith("This is no record that can be read: ")


def test_the_written_format_names_everything_that_an_export_holds(exported):
    written = (ROOT / "docs" / "record-format.md").read_text(encoding="utf-8")
    record = json.loads(exported)
    keys = record.keys() | record["core"].keys() | record["entries"][0].keys() | {"salt", "value", "erased"}
    keys |= next(iter(record["core"]["ratings"].values())).keys() | record["core"]["instrument"].keys()
    named = set(re.findall(r"`([\w-]+)`", written))
    assert keys - named == set()
    assert {seal.FORMAT, seal.EXPORT, seal.METHODS} <= named
    assert {name.partition("/")[0] for name in record["core"]["texts"]} <= set(re.findall(r"`(\w+)", written))


# Who may export


def test_who_does_not_see_an_assessment_cannot_export_it_and_a_draft_has_no_record(house):
    db, person, ref = house
    with store.writing(db):
        stranger = people.create(db, None, name="Somebody else", login="somebody@example.org")
    for who, what in ((stranger, ref), (person, "0" * 16), (None, "0" * 16)):
        with pytest.raises(store.Missing):
            records.export(db, who, what)
    draft = assessments.get(db, person, ref).amended_by
    with pytest.raises(store.Missing):
        records.export(db, person, draft)


def test_who_may_not_read_the_trail_is_given_only_the_entries_of_her_assessment(house, tmp_path):
    db, person, ref = house
    program = assessments.get(db, person, ref).program_ref
    with store.writing(db):
        reader = people.create(db, None, name="Reader", login="reader@example.org")
    roles.give(db, person, reader, Role.READER, "program", program)
    content = records.export(db, reader, ref)
    given = json.loads(content)["entries"]
    assert {(entry["kind"], entry["ref"]) for entry in given} == {("assessment", ref), ("program", program)}
    assert [entry["act"] for entry in given if entry["kind"] == "program"] == ["erase"]
    assert len(given) < len(json.loads(records.export(db, person, ref))["entries"])
    assert records.export(db, None, ref) == records.export(db, person, ref)
    status, said = verify(tmp_path / "record.json", content)
    assert (status, "Erased: rater" in said) == (0, True)


def test_a_record_that_cannot_be_read_is_not_exported(house):
    db, person, ref = house
    db.execute("SAVEPOINT damage")
    db.execute("UPDATE record SET core = core || ' '")
    with pytest.raises(store.Unusable, match="ddcat verify says more"):
        records.export(db, person, ref)
    db.conn.rollback()


# The command


def test_the_command_writes_the_same_file(house, tmp_path):
    db, person, ref = house
    folder = Path(db.execute("PRAGMA database_list").fetchone()[2]).parent
    out = tmp_path / "out.json"
    done = CliRunner().invoke(cli.main, ["export", ref, "-o", str(out), "--data", str(folder)])
    assert (done.exit_code, done.output) == (0, f"Wrote {out}.\n")
    assert out.read_bytes() == records.export(db, person, ref)


def test_the_command_refuses_another_ending_and_an_assessment_that_is_not_sealed(house, tmp_path):
    db, _person, ref = house
    folder = str(Path(db.execute("PRAGMA database_list").fetchone()[2]).parent)
    done = CliRunner().invoke(cli.main, ["export", ref, "-o", str(tmp_path / "out.pdf"), "--data", folder])
    assert done.exit_code == 2
    assert "should end in .json" in done.stderr
    done = CliRunner().invoke(cli.main, ["export", "nowhere", "-o", str(tmp_path / "out.json"), "--data", folder])
    assert (done.exit_code, done.stderr) == (1, "nowhere: assessment: no sealed assessment has this ref\n")
    assert list(tmp_path.iterdir()) == []
