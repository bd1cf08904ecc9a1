"""Raters who rate alone: whatever one of them does, nobody else is told anything before all have submitted.

Two worlds differ in nothing but in what one rater did. Every other person asks everything in both, and must get the
same answers; only the trail grows, by entries that say no more than their hash.
"""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlite_utils import Database
from werkzeug.routing import Rule

from ddcat import cli, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence, links, people, programs, raters, records, roles, saving, sealing, trail
from ddcat.store.roles import Fixed
from ddcat.store.saving import Change
from ddcat.web import create_app, guard
from tests.web.conftest import LANTERN, Browser

ITEMS = ("first-words", "coat-rack", "second-plate")
SECRETS = {
    "ann": ("The zebra umbrella stands open", "A quartz lighthouse", "under violet stairs", "Ptarmigan Ash"),
    "rae": ("A marmalade trombone sounds", "The gravel ballroom", "beside amber gates", "Kestrel Birch"),
}
# A secret is drawn anew each time; and the trail, its head and what prints them grow with every entry.
NEW_EACH_TIME = {"accounts.logout", "accounts.factor"}
GROWING = {"trails.program", "trails.export", "trails.export_people", "assessments.export"}


@dataclass(frozen=True)
class World:
    """An application on a database of its own, which every question finds as it was."""

    app: Flask
    made: Path

    def reset(self) -> None:
        """Forget what the last question changed."""
        connections = self.app.extensions["connections"]
        if connections.kept:
            connections.kept.db.conn.close()
            connections.kept = None
        file = Path(self.app.config["DATABASE"])
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.made, file)


@dataclass(frozen=True)
class House:
    """A program with a sealed assessment and one that is rated alone, and everybody who has to do with it."""

    db: Database
    agency: str
    program: str
    sealed: str
    draft: str
    people: dict[str, Person]

    def work(self, name: str, *, submit: bool = True) -> None:
        """Somebody rates two of three items, with evidence, and submits."""
        rate(self.db, self.people[name], self.draft, SECRETS[name], ITEMS[:2])
        if submit:
            raters.submit(self.db, self.people[name], self.draft)

    def others(self, name: str) -> Iterator[Person]:
        return (one for other, one in self.people.items() if other != name)


def rate(db: Database, one: Person, ref: str, secrets: tuple[str, ...], items: tuple[str, ...]) -> None:
    why, seen, place, seen_by = secrets
    said = assessments.get(db, one, ref)
    changes = {item: Change(1, f"{why} at {item}", said.said(item).revision) for item in items}
    assert not saving.save(db, one, ref, changes).conflicts
    line = Evidence("", items[0], "observation", seen=seen, place=place, seen_by=seen_by, seen_on="2026-03-02")
    evidence.add(db, one, ref, line)


@pytest.fixture
def house(db: Database, person: Person, program_ref: str, agency_ref: str, start: Callable[..., str]) -> House:
    """Ann and Rae rate alone, Tom has not begun; Rae is a director too, Rem was a rater once."""
    sealed = start(assessed_on="2025-03-02")
    saving.save(db, person, sealed, {item: Change(3, "", 0) for item in ITEMS})
    seen = assessments.get(db, person, sealed)
    record = verifying.record(shelf.parse(LANTERN.read_bytes()), seen, by=person.ref, at=store.now())
    sealing.seal(db, person, seen, record)
    draft = start()
    given = {
        "dana": [(Role.DIRECTOR, "agency", agency_ref)],
        "rae": [(Role.DIRECTOR, "program", program_ref), (Role.RATER, "assessment", draft)],
        "ann": [(Role.RATER, "program", program_ref), (Role.RATER, "assessment", draft)],
        "tom": [(Role.RATER, "assessment", draft)],
        "rem": [(Role.RATER, "program", program_ref), (Role.RATER, "assessment", draft)],
        "cory": [(Role.CONSULTANT, "program", program_ref)],
        "quin": [(Role.CONSULTANT, "assessment", draft)],
        "lee": [(Role.READER, "agency", agency_ref)],
        "ada": [(Role.ADMINISTRATOR, "", "")],
    }
    with store.writing(db):
        for name, places in given.items():
            one = people.create(db, person, name=name.title(), login=name)
            for role, place, ref in places:
                roles.insert(db, person, one, role, place, ref)
    everybody = {name: people.by_login(db, name) for name in given}
    raters.rate_alone(db, person, draft)
    raters.give(db, person, draft, everybody["ann"].ref, items=(), due_on="2026-01-05", stands="staff")
    rate(db, everybody["rem"], draft, ("Rem alone", "Rem saw", "Rem there", "Rem"), ITEMS[2:])
    roles.take(db, person, everybody["rem"].ref, Role.RATER, "assessment", draft)
    return House(db, agency_ref, program_ref, sealed, draft, everybody)


@pytest.fixture
def world(house: House, tmp_path: Path, app: Flask) -> Callable[[str], World]:
    """`world("before")`: the house as it is now."""

    def world(name: str) -> World:
        folder = tmp_path / name
        folder.mkdir()
        house.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made = shutil.copy(store.file(tmp_path), folder / "made.sqlite")
        shutil.copy(made, store.file(folder))
        own = create_app(DATA=str(folder), TESTING=True, SECRET_KEY="only for tests")
        own.jinja_env.bytecode_cache = app.jinja_env.bytecode_cache
        return World(own, Path(made))

    return world


def questions(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        if guard.ROUTES[rule.endpoint] != guard.ANYBODY and rule.endpoint not in NEW_EACH_TIME:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def addresses(app: Flask, house: House, rule: Rule, subject: Person) -> list[str]:
    """Every address of a rule: of the draft and of what was sealed before, of every dimension, item and rater."""
    place = guard.ROUTES[rule.endpoint].place
    refs = {"agency": [house.agency], "program": [house.program], "assessment": [house.draft, house.sealed]}
    lines = [line for (line,) in house.db.execute("SELECT ref FROM evidence")] or ["none"]
    values = {
        "ref": refs.get(place, [subject.ref]),
        "who": [house.people[name].ref for name in ("ann", "rae", "rem")],
        "id": ["doorway", "table"] if "dimensions" in rule.rule else list(ITEMS),
        "line": lines,
        "name": ["ddcat@4.0"],
        "token": ["unknown"],
    }
    sets: list[dict[str, str]] = [{}]
    for name in sorted(rule.arguments):
        sets = [known | {name: value} for known in sets for value in values[name]]
    with app.test_request_context():
        return [app.url_for(rule.endpoint, **known) for known in sets]


def said(world: World, one: Person, method: str, address: str, data: dict[str, str]) -> str:
    """Everything that comes back, but what differs from one time to the next."""
    if method == "POST":
        world.reset()
    browser = Browser(world.app, one)
    if method == "POST":
        data = data | {"csrf_token": browser.token()}
    ask = browser.raw.post if method == "POST" else browser.raw.get
    response = ask(address, follow_redirects=True, buffered=True, **({"data": data} if method == "POST" else {}))
    text = f"{response.status_code} {response.request.path}\n{response.text}"
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    text = re.sub(r'"(saved_at|at)": *"[^"]*"|[A-Z][a-z]+ \d+, \d{4}, \d\d:\d\d|Saved \d\d:\d\d', "", text)
    return re.sub(
        r"/join/[\w-]+|/evidence/[0-9a-f]{16}|works until|entry \d+|\b[0-9a-f]{32,64}\b|\b\d+ · [0-9a-f]{16}",
        "",
        text,
    )


def holds_no_secret(text: str, name: str) -> bool:
    return not any(secret in text for secret in SECRETS[name])


FORMS: dict[str, list[dict[str, str]]] = {
    "ratings.save": [{f"{item}-rating": "3", f"{item}-stamp": "0."} for item in ITEMS],
    "consensus.save": [{"first-words-rating": "3", "first-words-stamp": "0."}],
    "evidence.add": [
        {"source": "observation", "seen": "x", "seen_by": "x", "finding": "found", "seen_on": "2026-01-01"}
    ],
    "trails.erase": [
        {"text": "umbrella", "reason": "Guessed"},
        {"text": "umbrella", "reason": "x", "confirm": "yes"},
    ],
    "assessments.seal": [{"seen": "x"}],
    "raters.submit": [{"cannot": "y"}],
    "raters.request_changes": [{"note": "More"}],
    "raters.all": [{"name": "New", "login": "", "role": "rater"}],
    "raters.assignment": [{"dimensions": "doorway"}],
}


@pytest.mark.parametrize("name", ["ann", "rae"])
def test_whatever_a_rater_does_alone_nobody_else_gets_another_answer_to_anything(
    house: House, world: Callable[[str], World], name: str
) -> None:
    other = {"ann": "rae", "rae": "ann"}[name]
    house.work(other, submit=False)
    subject = house.people[name]
    leaving = {"person": subject.ref, "role": "rater", "place": "assessment", "at": house.draft}
    forms = FORMS | {"raters.leave": [leaving], "people.leave_program": [leaving], "people.leave_agency": [leaving]}
    before = world("before")
    house.work(name)
    after = world("after")
    asked, wrong = 0, []
    for one in house.others(name):
        before.reset()
        after.reset()
        for rule, method in questions(before.app):
            if rule.rule.endswith(".pdf"):
                continue
            for address in addresses(before.app, house, rule, subject):
                for data in [{}, *forms.get(rule.endpoint, [])] if method == "POST" else [{}]:
                    first, second = (said(each, one, method, address, data) for each in (before, after))
                    asked += 1
                    is_same = rule.endpoint in GROWING or first == second or first.split("\n")[0].endswith("/trail")
                    if not (is_same and holds_no_secret(second, name)):
                        wrong.append((one.name, method, address, data))
    assert wrong == []
    assert asked > 1000


def text_of(response: Any) -> str:
    if response.mimetype != "application/pdf":
        return str(response.text)
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(response.data)).pages)


@pytest.mark.parametrize("who", ["dana", "rae", "tom", "cory"])
def test_no_paper_tells_what_another_rates_alone(house: House, app: Flask, who: str) -> None:
    house.work("ann")
    house.work("rae", submit=False)
    browser = Browser(app, house.people[who])
    for rule in app.url_map.iter_rules():
        if rule.rule.endswith(".pdf") and guard.ROUTES[rule.endpoint].place == "assessment":
            for address in addresses(app, house, rule, house.people["ann"]):
                text = text_of(browser.raw.get(address, follow_redirects=True))
                assert holds_no_secret(text, "ann"), address
                assert who == "rae" or holds_no_secret(text, "rae"), address


def test_the_trail_shows_the_hash_of_what_is_done_alone_and_nothing_else(house: House, app: Flask) -> None:
    house.work("ann")
    raters.take_back(house.db, house.people["ann"], house.draft)
    house.work("rae", submit=False)
    for who in ("dana", "rae"):
        browser = Browser(app, house.people[who])
        page = browser.get(f"/programs/{house.program}/trail")
        sheet = browser.raw.get(f"/programs/{house.program}/trail.csv").text
        lines = [line for line in sheet.splitlines() if "work alone" in line]
        assert len(lines) >= 4
        assert all(line.split(",")[2] == "" for line in lines)
        assert "Somebody" in page.text
        for text in (page.response.text, sheet):
            assert holds_no_secret(text, "ann")
            assert not re.search(r"Ann \(ann\)|,submit,|take back,", text)
        told = trail.of_program(house.db, house.people[who], house.program)
        rated = {entry.name for entry in told if entry.act == "rate" and entry.ref == house.draft}
        assert rated == ({"Rae (rae)"} if who == "rae" else set())


def test_who_submitted_cannot_be_guessed_from_a_hash(house: House) -> None:
    house.work("ann")
    raters.take_back(house.db, house.people["ann"], house.draft)
    rows = house.db.execute(
        "SELECT act, changes FROM trail WHERE ref = ? AND who = ?", [house.draft, house.people["ann"].ref]
    ).fetchall()
    assert {act for act, _changes in rows} >= {"rate", "add evidence", "submit", "take back"}
    assert all(json.loads(changes) for _act, changes in rows), (
        "an entry without a salted value is the hash of known words"
    )


def test_no_command_tells_what_is_rated_alone(house: House, tmp_path: Path) -> None:
    house.work("ann")
    house.work("rae", submit=False)
    for command in (["verify"], ["doctor"], ["export", house.sealed]):
        done = CliRunner().invoke(cli.main, [*command, "--data", str(tmp_path)])
        text = done.output
        assert holds_no_secret(text, "ann")
        assert holds_no_secret(text, "rae")
        assert house.draft not in text
        assert house.people["ann"].ref not in text
    for who in (None, house.people["dana"]):
        record = records.export(house.db, who, house.sealed).decode()
        assert house.draft not in record
        assert house.people["ann"].ref not in record


def test_a_search_for_a_part_of_what_another_wrote_finds_nothing(house: House, app: Flask) -> None:
    house.work("ann")
    browser = Browser(app, house.people["dana"])
    for text in ("zebra", SECRETS["ann"][0], "quartz", "Ptarmigan"):
        page = browser.submit(f"/programs/{house.program}/trail/erase", {"text": text, "reason": "Guessed"})
        assert page.status == 422
        assert "stands nowhere" in page.text
    page = browser.submit(f"/programs/{house.program}/trail/erase", {"text": SECRETS["ann"][1], "reason": "A name"})
    assert "hold exactly this text" in page.text, "patient data can be erased by whoever was told of it"


def test_a_deleted_draft_that_comes_back_tells_no_more_than_before(house: House, app: Flask) -> None:
    house.work("ann")
    browser = Browser(app, house.people["dana"])
    for act in ("delete", "restore"):
        getattr(assessments, act)(house.db, house.people["dana"], house.draft)
        for address in (f"/assessments/{house.draft}", f"/programs/{house.program}", "/"):
            text = browser.get(address).response.text
            assert holds_no_secret(text, "ann")
            assert "2 of 3" not in text
    assert assessments.get(house.db, house.people["dana"], house.draft).ratings == {}


def test_what_a_rater_wrote_who_was_taken_out_is_never_told(house: House, app: Flask) -> None:
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(house.db, house.people["tom"], house.draft)
    for who in ("dana", "ann", "rem"):
        assert "Rem alone" not in repr(assessments.get(house.db, house.people["dana"], house.draft))
        browser = Browser(app, house.people[who])
        for address in (f"/assessments/{house.draft}", f"/assessments/{house.draft}/consensus"):
            assert "Rem saw" not in browser.get(address).text
    told = trail.of_program(house.db, house.people["dana"], house.program)
    assert {entry.act for entry in told if entry.ref == house.draft and not entry.name} == {trail.ALONE}
    assert house.people["rem"].ref not in {entry.who for entry in told if entry.act == "rate"}


def test_typed_forms_stay_with_whoever_typed_them(house: House, app: Flask) -> None:
    from ddcat.store import typed

    path = f"/assessments/{house.draft}/dimensions/doorway"
    typed.keep(house.db, house.people["ann"].ref, path, [("first-words-why", SECRETS["ann"][0])])
    for one in house.others("ann"):
        assert holds_no_secret(Browser(app, one).get("/account/typed").text, "ann")


# --- All have submitted ---


def test_when_the_last_one_submits_everything_is_told_to_everybody_who_works_on_it(house: House, app: Flask) -> None:
    house.work("ann")
    house.work("rae")
    assert assessments.get(house.db, house.people["dana"], house.draft).is_alone, "Tom has not submitted"
    raters.submit(house.db, house.people["tom"], house.draft)
    for who in ("dana", "rae", "ann", "tom", "cory", "quin"):
        seen = assessments.get(house.db, house.people[who], house.draft)
        assert seen.is_consensus
        for name in ("ann", "rae"):
            rater = next(rater for rater in seen.raters if rater.ref == house.people[name].ref)
            assert (rater.state, len(rater.ratings)) == ("submitted", 2)
            assert SECRETS[name][0] in " ".join(rater.why.values())
        assert {line.seen for line in seen.evidence} == {SECRETS["ann"][1], SECRETS["rae"][1]}
        page = Browser(app, house.people[who]).get(f"/assessments/{house.draft}/consensus")
        assert page.status == 200
    told = trail.of_program(house.db, house.people["dana"], house.program)
    assert {"submit", "rate", "add evidence"} <= {entry.act for entry in told if entry.name == "Ann (ann)"}


def test_what_is_written_in_the_meeting_is_told_at_once(house: House) -> None:
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(house.db, house.people["tom"], house.draft)
    line = Evidence("", ITEMS[0], "observation", seen="In the meeting", seen_on="2026-03-02", seen_by="Dana")
    evidence.add(house.db, house.people["dana"], house.draft, line)
    entry = trail.of_program(house.db, house.people["rae"], house.program, most=1)[0]
    assert (entry.act, entry.name) == ("add evidence", "Dana (dana)")
    found = records.holding(house.db, house.people["rae"], house.program, "the meeting")
    assert "In the meeting" in found


def test_an_invitation_keeps_all_apart_until_it_is_used(house: House) -> None:
    db, dana = house.db, house.people["dana"]
    token = links.invite(db, dana, name="Cy", login="cy", role=Role.RATER, place="assessment", ref=house.draft)
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(db, house.people["tom"], house.draft)
    assert assessments.get(db, dana, house.draft).ratings == {}
    assert {rater.state for rater in assessments.get(db, dana, house.draft).raters} == {""}
    cy = links.join(db, token, name="Cy", login="cy", password="x")
    assert assessments.get(db, cy, house.draft).is_alone
    raters.submit(db, cy, house.draft)
    assert assessments.get(db, dana, house.draft).is_consensus


def test_a_rater_alone_with_herself_is_opened_to_nobody(
    db: Database, person: Person, start: Callable[..., str], program_ref: str
) -> None:
    draft = start()
    with store.writing(db):
        one = people.create(db, person, name="One", login="one")
        roles.insert(db, person, one, Role.RATER, "assessment", draft)
    raters.rate_alone(db, person, draft)
    rate(db, one, draft, SECRETS["ann"], ITEMS)
    raters.submit(db, one, draft)
    assert assessments.get(db, person, draft).is_alone
    assert programs.get(db, person, program_ref)
    assert assessments.get(db, person, draft).ratings == {}


@pytest.mark.parametrize("turn", range(6))
def test_a_rater_named_while_the_last_one_submits_is_either_in_or_too_late(
    house: House, tmp_path: Path, turn: int
) -> None:
    """Never is somebody in who can still rate what she has seen."""
    for name in ("ann", "rae"):
        house.work(name)
    new, tom, dana = house.people["rem"], house.people["tom"], house.people["dana"]
    barrier, faults = threading.Barrier(2), []

    def do(act: Callable[[Database], None]) -> None:
        with closing(store.connect(store.file(tmp_path)).conn) as connection:
            barrier.wait()
            try:
                act(Database(connection))
            except Fixed as fault:
                faults.append(fault)

    acts = (
        lambda db: roles.give(db, dana, new, Role.RATER, "assessment", house.draft),
        lambda db: raters.submit(db, tom, house.draft),
    )
    threads = [threading.Thread(target=do, args=[act]) for act in (acts if turn % 2 else acts[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = assessments.get(house.db, dana, house.draft)
    is_in = new.ref in {rater.ref for rater in seen.raters}
    assert (seen.is_open, is_in, len(faults)) in {(True, False, 1), (False, True, 0)}
