"""A record that was exported is verified without ddcat, and every change of it is found."""

import ast
import json
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from ddcat import cli, seal, shelf, store, verifying
from ddcat.access import Role
from ddcat.evidence import FINDINGS, as_evidenced
from ddcat.instrument import Item
from ddcat.records import Assessment, Evidence, Person, Rater
from ddcat.store import (
    agencies,
    assessments,
    erasing,
    evidence,
    people,
    programs,
    raters,
    records,
    roles,
    saving,
    sealing,
)
from ddcat.store.saving import Change

ROOT = Path(__file__).parent.parent
TOOL = ROOT / "tools" / "verify.py"
GOLDEN = ROOT / "tests" / "golden"
LANTERN = (ROOT / "tests" / "instruments" / "lantern-1.0.toml").read_bytes()
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
    saving.save(db, person, ref, {item: Change(value, f"Sah „{item}“ 𝄞", 0) for item, value in given.items()})
    items = {item.code: item.id for item in instrument.items}
    about = {"place": "Room 3", "seen_on": "2026-05-03", "seen_by": "Two of us"}
    of_charts = {"source": "count/charts", "finding": "count", "n": 10}
    for line in (
        Evidence("", items["IA"], "document/manual", seen="„Seite 3“", supports=4, **about),
        Evidence("", items["IB"], "interview/director", seen="She showed none", finding="not found", **about),
        Evidence("", items["IC"], counts={"found": 0}, is_everybody=True, **of_charts),
        Evidence("", items["IIIB"], counts={"assessed": 4}, **of_charts),
        Evidence("", items["VA"], counts={"addressed": 9, "equal": 1}, seen="Ten plans", **of_charts),
    ):
        evidence.add(db, person, ref, line)
    raters.answer(db, person, ref, {"few-counted": "There are no more"})
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, verifying.record(instrument, seen, by=person.ref, at=store.now()))
    assessments.amend(db, person, ref, "A chart was misread")
    erasing.erase(db, person, program.ref, NAME, "A name")
    yield db, person, ref
    db.conn.close()


@pytest.fixture(scope="module")
def exported(house: tuple[store.Database, Person, str]) -> bytes:
    return records.export(*house)


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The exported record of what two agreed after rating alone, with evidence of before and of the meeting."""
    path = store.file(tmp_path_factory.mktemp("agreed"))
    store.migrate(path)
    db = store.connect(path)
    person = people.first(db)
    agency = agencies.add(db, person, "Rosewood", {})
    program = programs.add(db, person, agency.ref, "Day house", {})
    about = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Both", "period": 1}
    ref = assessments.start(db, person, program.ref, (shelf.checksum(LANTERN), "lantern@1.0", LANTERN), **about)
    with store.writing(db):
        both = [people.create(db, None, name=name, login=f"{name}@example.org") for name in ("Ida", "Jo")]
    for rater, stands in zip(both, ("leader", "outside"), strict=True):
        roles.give(db, person, rater, Role.RATER, "assessment", ref)
        raters.give(db, person, ref, rater.ref, items=[], due_on="2026-05-20", stands=stands)
    raters.rate_alone(db, person, ref)
    for rater, values in zip(both, ((5, 2, 3), (3, 4, 5)), strict=True):
        pairs = zip(("first-words", "coat-rack", "second-plate"), values, strict=True)
        saving.save(db, rater, ref, {item: Change(value, f"{value} alone", 0) for item, value in pairs})
        evidence.add(db, rater, ref, Evidence("", "coat-rack", "observation/tour", seen="Hooks"))
    for rater in both:
        raters.submit(db, rater, ref)
    saving.agree(
        db, person, ref, {item: Change(5, "Agreed", 0) for item in ("first-words", "coat-rack", "second-plate")}
    )
    evidence.add(db, person, ref, Evidence("", "first-words", "interview/clients", seen="Together"))
    raters.answer(db, person, ref, {"far-apart/coat-rack": "We looked again"})
    seen = assessments.get(db, person, ref)
    record = verifying.record(shelf.parse(LANTERN), seen, by=person.ref, at=store.now())
    sealing.seal(db, person, seen, record)
    content = records.export(db, person, ref)
    db.conn.close()
    return content


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


def test_a_rating_carried_by_no_evidence_is_sealed_as_rated_and_as_evidenced(exported, agreed):
    """Of the whole questionnaire VA alone is carried as far as it is rated; IIIB as far as 2 by 4 charts of 10."""
    result = json.loads(exported)["core"]["result"]
    assert (result["criterion"]["counts"], result["n_rated"]) == ({"AOS": 34, "DDC": 33, "DDE": 0}, 34)
    assert result["evidenced"]["criterion"]["counts"] == {"AOS": 34, "DDC": 1, "DDE": 0}
    assert result["evidenced"]["dimensions"]["assessment"] == "8/7"
    result = json.loads(agreed)["core"]["result"]
    assert result["dimensions"] == {"doorway": "5", "table": "5"}
    assert result["evidenced"]["dimensions"] == {"doorway": "9/2", "table": "1"}  # agreed together; 4 of Jo; nothing


def test_a_record_of_the_first_format_verifies_for_ever(tmp_path):
    """`tests/golden/record-1.json` was exported by the program of those days."""
    status, said = verify(tmp_path / "record.json", (GOLDEN / "record-1.json").read_bytes())
    assert status == 0
    assert said.splitlines() == [
        "Verified: assessment 54031b0bc9486841, 12 entries of the trail.",
        "Head of the chain: entry 15, d77a3cdb819e20550826cde38db15a848808b843b8502adb1791ae649f5216ac",
        "Erased: evidence/coat-rack",
    ]


def test_what_raters_agreed_after_rating_alone_verifies_without_ddcat(agreed, tmp_path):
    status, said = verify(tmp_path / "record.json", agreed)
    assert (status, said.partition(":")[0]) == (0, "Verified")


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


@pytest.mark.parametrize("which", ["exported", "agreed", "first"])
def test_every_changed_value_of_an_export_is_found(which, request, tmp_path):
    """One of every kind of value, and some more; in one process, as starting the tool takes longer than its work."""
    chance = random.Random(4)
    content = (GOLDEN / "record-1.json").read_bytes() if which == "first" else request.getfixturevalue(which)
    record = json.loads(content)
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
        (lambda r: r["core"].update(methods="1"), "format: not one that this tool knows"),
        (lambda r: r["core"].update(format="ddcat-record-3", methods="3"), "format: not one that this tool knows"),
        (lambda r: r["core"]["evidence"].popitem(), "record: its content and its hash differ"),
        (lambda r: r["core"]["evidence"].clear(), "result/evidenced/overall: differs from the result worked out"),
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


def test_the_written_format_names_everything_that_an_export_holds(exported, agreed):
    written = (ROOT / "docs" / "record-format.md").read_text(encoding="utf-8")
    record = json.loads(exported)
    cores = [record["core"], json.loads(agreed)["core"]]
    keys = record.keys() | record["entries"][0].keys() | {"salt", "value", "erased"}
    for core in cores:
        keys |= core.keys() | core["instrument"].keys() | core["result"].keys() | core["result"]["criterion"].keys()
        keys |= {key for name in ("ratings", "evidence", "raters", "answers") for key in first_of(core[name])}
    named = set(re.findall(r"`([\w-]+)`", written))
    assert keys - named == set()
    assert {*seal.FORMATS, *seal.FORMATS.values(), seal.EXPORT, *FINDINGS} <= named | {"not found"}
    texts = {name.partition("/")[0] for core in cores for name in core["texts"]} | {"note"}
    assert texts <= set(re.findall(r"`(\w+)", written))


def first_of(values: dict[str, Any]) -> dict[str, Any]:
    return next(iter(values.values()), {})


# The result as evidenced


def tool() -> dict[str, Any]:
    """The functions of the tool, without running it."""
    tree = ast.parse(TOOL.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not isinstance(node, ast.Try)]
    names: dict[str, Any] = {}
    exec(compile(tree, str(TOOL), "exec"), names)
    return names


WORKED_OUT = tool()["evidenced"]
VOLUMES = [shelf.find("ddcat@4.0").data, LANTERN]


@st.composite
def assessed(draw: st.DrawFn) -> tuple[bytes, Assessment]:
    """An assessment with evidence for a few items, those with a share among them, of people who may be its raters."""
    data = draw(st.sampled_from(VOLUMES))
    instrument = shelf.parse(data)
    items = [item for item in instrument.items if item.share] + list(instrument.items[:2])
    ratings = st.dictionaries(
        st.sampled_from([item.id for item in items]), st.sampled_from(instrument.rating.values), max_size=4
    )
    lines = draw(st.lists(st.sampled_from(items).flatmap(of_item), max_size=6))
    crew = tuple(Rater(ref, "", ratings=draw(ratings)) for ref in draw(st.sampled_from(("", "k", "kl"))))
    is_blind = draw(st.booleans())
    said = Assessment("", "", draw(ratings), is_blind=is_blind, evidence=tuple(lines), raters=crew)
    return data, said


def of_item(item: Item) -> st.SearchStrategy[Evidence]:
    """A line for this item."""
    about = {
        "by": st.sampled_from("klm"),
        "of_meeting": st.booleans(),
        "supports": st.none() | st.sampled_from(item.ratings),
        "finding": st.sampled_from(FINDINGS),
    }
    names = item.share.counts if item.share else ["found"]

    def counted(n: int) -> st.SearchStrategy[Evidence]:
        # Each further count is part of the one before.
        drawn = st.lists(st.integers(0, n), min_size=len(names), max_size=len(names))
        counts = drawn.map(lambda found: dict(zip(names, sorted(found, reverse=True), strict=True)))
        return st.builds(Evidence, st.just(""), st.just(item.id), st.just(""), n=st.just(n), counts=counts, **about)

    return st.integers(1, 12).flatmap(counted) | st.builds(
        Evidence, st.just(""), st.just(item.id), st.just(""), **about
    )


@given(assessed())
def test_the_tool_works_out_what_evidence_carries_as_ddcat_does(drawn):
    data, said = drawn
    instrument = shelf.parse(data)
    items = {i["id"]: i for home in tomllib.loads(data.decode())["dimension"] for i in home["item"]}
    core = {
        "is_blind": said.is_blind,
        "ratings": {id: {"rating": rating} for id, rating in said.ratings.items()},
        "raters": {
            rater.ref: {"ratings": {id: {"rating": rating} for id, rating in rater.ratings.items()}}
            for rater in said.raters
        },
        "evidence": {str(n): asdict(line) for n, line in enumerate(said.evidence)},
    }
    assert WORKED_OUT(items, core, said.ratings) == as_evidenced(instrument, said)


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
