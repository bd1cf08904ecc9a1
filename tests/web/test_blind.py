"""Raters who rate alone: whatever one of them does, nobody else is told anything before all have submitted.

Two worlds differ in nothing but in what one rater did. Every other person asks everything in both, and must get the
same answers; only the trail grows, by entries that say no more than their hash.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from flask import Flask
from pypdf import PdfReader
from sqlite_utils import Database
from werkzeug.routing import Rule

from ddcat import cli, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Action, Evidence, Note, Person
from ddcat.store import (
    actions,
    assessments,
    erasing,
    evidence,
    kept,
    lines,
    links,
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
from ddcat.store.roles import Fixed
from ddcat.store.saving import Change
from ddcat.verifying import Verification
from ddcat.web import create_app, guard
from tests.web.conftest import LANTERN, Browser

ITEMS = ("first-words", "coat-rack", "second-plate")
SECRETS = {
    "ann": ("The zebra umbrella stands open", "A quartz lighthouse", "under violet stairs", "Ptarmigan Ash"),
    "rae": ("A marmalade trombone sounds", "The gravel ballroom", "beside amber gates", "Kestrel Birch"),
}
# A secret is drawn anew each time; and the trail, its head and what prints them grow with every entry.
NEW_EACH_TIME = {"accounts.logout", "accounts.factor", "calendars.make"}
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
    """A program with a sealed assessment, an action, one that is rated alone, and everybody who has to do with it."""

    db: Database
    agency: str
    program: str
    sealed: str
    action: str
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
    own = Action(item=ITEMS[1], rating=3, expected=5, what="Hooks", owner="Ann", owner_ref=everybody["ann"].ref)
    action = actions.add(db, person, sealed, own)
    lines.add(db, person, action, Note(text="The carpenter comes"))
    return House(db, agency_ref, program_ref, sealed, action, draft, everybody)


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
    refs["action"] = [house.action]
    table = "action_note" if place == "action" else "evidence"
    lines = [line for (line,) in house.db.execute(f"SELECT ref FROM {table}")] or ["none"]
    values = {
        "ref": refs.get(place, [subject.ref]),
        "who": [house.people[name].ref for name in ("ann", "rae", "rem")],
        "id": ["doorway", "table"] if "dimensions" in rule.rule else list(ITEMS),
        "line": lines,
        "kind": ["notes", "cycles", "points"],
        "part": ["hours"],
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
    text = f"{response.status_code} {response.request.path}\n{text_of(response)}"
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", text)
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
        *({"text": text, "reason": "x", "confirm": "yes"} for text in ("umbrella", "submitted", "in progress", "1")),
        *(
            {"text": text, "reason": "x"}
            for said in SECRETS.values()
            for text in (*said[1:], f"{said[0]} at {ITEMS[0]}")
        ),
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
                    # What somebody asked for is on her page again.
                    if not (is_same and holds_no_secret(second.replace(data.get("text", ""), ""), name)):
                        wrong.append((one.name, method, address, data))
    assert wrong == []
    assert asked > 1000


def text_of(response: Any) -> str:
    """What an answer says, also in a PDF or in the parts of a document or a workbook."""
    if response.mimetype == "application/pdf":
        return " ".join(page.extract_text() for page in PdfReader(BytesIO(response.data)).pages)
    if response.data[:2] == b"PK":
        with ZipFile(BytesIO(response.data)) as parts:
            return "\n".join(f"{name}\n{parts.read(name).decode(errors='replace')}" for name in parts.namelist())
    return str(response.text)


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
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", line.split(",")[1]) for line in lines), "no more than the day"
        told = [words for words in page.words("ol.entries li") if words.startswith("Somebody")]
        assert told
        assert not any(re.search(r"\d\d:\d\d", words) for words in told)
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


def test_a_search_for_what_another_wrote_finds_nothing_before_all_have_submitted(house: House, app: Flask) -> None:
    house.work("ann")
    dana, path = house.people["dana"], f"/programs/{house.program}/trail/erase"
    browser = Browser(app, dana)
    assert "neither found nor erased before all have submitted" in browser.get(path).text
    for text in ("zebra", f"{SECRETS['ann'][0]} at {ITEMS[0]}", *SECRETS["ann"][1:]):
        page = browser.submit(path, {"text": text, "reason": "Guessed"})
        assert page.status == 422
        assert "stands nowhere" in page.text
        with pytest.raises(store.Missing):
            erasing.erase(house.db, dana, house.program, text, "Guessed")
    own = erasing.holding(house.db, house.people["ann"], house.program, "quartz")
    assert len(own[SECRETS["ann"][1]]) == 2, "her own is hers to find"
    house.work("rae")
    raters.submit(house.db, house.people["tom"], house.draft)
    assert "neither found nor erased" not in browser.get(path).text
    assert len(erasing.holding(house.db, dana, house.program, "quartz")[SECRETS["ann"][1]]) == 2
    assert erasing.erase(house.db, dana, house.program, SECRETS["ann"][1], "A name") == 2


def test_erasing_a_text_of_ones_own_leaves_the_same_text_of_another_who_rates_alone(house: House) -> None:
    ann, rae, shared = house.people["ann"], house.people["rae"], "Robin Roe"
    for one in (ann, rae):
        saving.save(house.db, one, house.draft, {ITEMS[0]: Change(2, shared, 0)})
        path = f"/assessments/{house.draft}/dimensions/doorway"
        typed.keep(house.db, one.ref, path, [("first-words-why", shared)])
    assert erasing.erase(house.db, rae, house.program, shared, "A name") == 3
    assert assessments.get(house.db, rae, house.draft).why == {}
    assert assessments.get(house.db, ann, house.draft).why == {ITEMS[0]: shared}
    assert typed.all(house.db, ann)[0].fields == [("first-words-why", shared)]
    assert typed.all(house.db, rae)[0].fields == [("first-words-why", "")]


def test_of_a_kept_form_only_what_was_typed_is_found(house: House) -> None:
    dana, path = house.people["dana"], f"/assessments/{house.sealed}/dimensions/doorway"
    fields = [
        ("first-words-rating", "3"),
        ("first-words-stamp", "0.3"),
        ("source", "three"),
        ("first-words-why", "3 hooks"),
    ]
    typed.keep(house.db, house.people["lee"].ref, path, fields)
    assert erasing.holding(house.db, dana, house.program, "3") == {"3": [], "3 hooks": [f"form/{path}"]}
    assert erasing.holding(house.db, dana, house.program, "three") == {"three": []}


def test_what_the_trail_says_in_words_of_ours_is_neither_found_nor_erased(house: House) -> None:
    house.work("ann")
    house.work("rae")
    raters.submit(house.db, house.people["tom"], house.draft)
    dana = house.people["dana"]
    for word in (
        "submitted",
        "in progress",
        "draft",
        "observation",
        "found",
        "staff",
        "rater",
        "self",
        "lantern@1.0",
    ):
        assert erasing.holding(house.db, dana, house.program, word)[word] == [], word
        with pytest.raises(store.Missing):
            erasing.erase(house.db, dana, house.program, word, "A try")


@pytest.mark.parametrize("field", ["place", "role", "state", "record", "items", "first-words why"])
def test_the_reason_why_a_text_was_kept_is_erased_whatever_its_field_is_called(house: House, field: str) -> None:
    dana = house.people["dana"]
    with store.writing(house.db):
        about = {"agency": house.agency, "program": house.program, "changes": {field: (None, "John Smith, 9")}}
        n = trail.add(house.db, dana, "overrule", "assessment", house.sealed, **about)
    assert erasing.holding(house.db, dana, house.program, "Smith")["John Smith, 9"] == [f"entry/{n}/{field}/new"]
    assert erasing.erase(house.db, dana, house.program, "John Smith, 9", "A name") == 1


# --- Raters who come and go ---


def _changes_of_raters(house: House, how: str) -> None:
    db, dana = house.db, house.people["dana"]
    at = {"place": "assessment", "ref": house.draft}
    match how:
        case "taken back":
            roles.take(db, dana, house.people["tom"].ref, Role.RATER, **at)
        case "named":
            roles.give(db, dana, house.people["rem"], Role.RATER, **at)
        case "joined":
            (link,) = links.open_in(db, "assessment", house.draft)
            roles.insert(db, dana, house.people["rem"], link.role, link.place, link.ref)
        case "withdrawn":
            (link,) = links.open_in(db, "assessment", house.draft)
            links.withdraw(db, dana, link.digest, "assessment", house.draft)
        case "ended with a role":
            roles.take(db, dana, house.people["rae"].ref, Role.DIRECTOR, "program", house.program)
        case "ended with an account":
            people.disable(db, dana, house.people["rae"])


INVITED = ("joined", "withdrawn", "ended with a role", "ended with an account")


@pytest.mark.parametrize("how", ["taken back", "named", *INVITED])
def test_who_had_submitted_submits_again_when_the_raters_change_and_reads_why(
    house: House, app: Flask, how: str
) -> None:
    db, ann, rae = house.db, house.people["ann"], house.people["rae"]
    if how in INVITED:
        links.invite(db, rae, name="Cy", login="cy", role=Role.RATER, place="assessment", ref=house.draft)
    house.work("ann")
    house.work("rae", submit=False)
    before = raters.get(db, rae, house.draft, rae.ref)
    last, _hash = trail.head(db)
    _changes_of_raters(house, how)
    own = raters.get(db, ann, house.draft, ann.ref)
    assert (own.state, own.note) == ("in progress", "raters changed")
    assert raters.get(db, rae, house.draft, rae.ref) == before, "who had not submitted goes on as she was"
    browser = Browser(app, ann)
    assert "The raters changed since you submitted." in browser.get(f"/assessments/{house.draft}").text
    assert "The raters changed: look again and submit again." in browser.get("/").text
    assert "Changes were requested" not in browser.get(f"/assessments/{house.draft}/submit").text
    acts = {act for (act,) in db.execute("SELECT act FROM trail WHERE n > ?", [last])}
    assert acts <= {"take role", "give role", "withdraw", "disable"}, "the trail does not tell that she had submitted"
    assert erasing.holding(db, ann, house.program, "raters changed")["raters changed"] == []
    raters.submit(db, ann, house.draft)
    assert raters.get(db, ann, house.draft, ann.ref).note == ""


def test_a_director_opens_nothing_by_taking_raters_away_and_naming_puppets(house: House) -> None:
    db, dana = house.db, house.people["dana"]
    house.work("ann")
    for name in ("rae", "tom"):
        roles.take(db, dana, house.people[name].ref, Role.RATER, "assessment", house.draft)
    with store.writing(db):
        puppet = people.create(db, dana, name="Puppet", login="puppet")
    roles.give(db, dana, puppet, Role.RATER, "assessment", house.draft)
    raters.submit(db, puppet, house.draft)
    seen = assessments.get(db, dana, house.draft)
    assert seen.is_alone
    assert holds_no_secret(repr(seen), "ann")


def test_an_invitation_that_ends_after_all_have_met_changes_nothing(house: House) -> None:
    db, dana = house.db, house.people["dana"]
    links.invite(db, dana, name="Cy", login="cy", role=Role.RATER, place="assessment", ref=house.draft)
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(db, house.people["tom"], house.draft)
    with store.writing(db):
        db.execute("UPDATE link SET expires_at = '2026-01-01T00:00:00+00:00'")
    people.disable(db, None, dana)
    assert assessments.get(db, house.people["ann"], house.draft).is_consensus


def test_what_a_rater_gave_for_items_that_are_no_longer_hers_does_not_count(
    house: House, app: Flask, tmp_path: Path
) -> None:
    db, dana, ann = house.db, house.people["dana"], house.people["ann"]
    house.work("ann")
    raters.give(db, dana, house.draft, ann.ref, items=[ITEMS[1]], due_on=None, stands="staff")
    assert raters.get(db, ann, house.draft, ann.ref).state == "in progress"
    text = Browser(app, ann).get(f"/assessments/{house.draft}").text
    assert "What you are given changed since you submitted." in text
    assert "What you are given changed" in Browser(app, ann).get("/").text
    raters.submit(db, ann, house.draft)
    house.work("rae")
    raters.submit(db, house.people["tom"], house.draft)
    seen = assessments.get(db, dana, house.draft)
    (hers,) = (rater for rater in seen.raters if rater.ref == ann.ref)
    assert (dict(hers.ratings), hers.why.keys(), hers.revisions.keys()) == ({ITEMS[1]: 1}, {ITEMS[1]}, {ITEMS[1]})
    assert {line.by for line in seen.evidence} == {house.people["rae"].ref}
    _seal(house)
    assert list(Verification(kept.everything(db))) == []


# --- Sealed ---


def _seal(house: House) -> None:
    """Dana agrees for all and seals."""
    dana = house.people["dana"]
    saving.agree(house.db, dana, house.draft, {item: Change(1, "So it is", 0) for item in ITEMS})
    seen = assessments.get(house.db, dana, house.draft)
    record = verifying.record(shelf.parse(LANTERN.read_bytes()), seen, by=dana.ref, at=store.now())
    sealing.seal(house.db, dana, seen, record)


def test_an_export_holds_no_entry_that_is_veiled_and_still_verifies(house: House, tmp_path: Path) -> None:
    db, dana, rem = house.db, house.people["dana"], house.people["rem"]
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(db, house.people["tom"], house.draft)
    _seal(house)
    for who in (None, dana):
        for ref in (house.draft, house.sealed):
            data = records.export(db, who, ref)
            entries = json.loads(data)["entries"]
            assert not [entry for entry in entries if entry["who"] == rem.ref]
            assert {entry["ref"] for entry in entries} == {ref}, "with the others one could tell which is left out"
            file = tmp_path / "record.json"
            file.write_bytes(data)
            tool = Path(__file__).parents[2] / "tools" / "verify.py"
            done = subprocess.run([sys.executable, tool, file], capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, "")


def test_where_nothing_is_veiled_an_export_holds_the_whole_program(house: House) -> None:
    raters.submit(house.db, house.people["tom"], house.draft)
    with store.writing(house.db):
        house.db.execute("UPDATE assessment SET is_blind = 0")
    entries = json.loads(records.export(house.db, house.people["dana"], house.sealed))["entries"]
    assert {house.draft, house.sealed} <= {entry["ref"] for entry in entries}


def test_who_rated_alone_reads_the_amendment_and_others_of_the_old_edition_learn_of_none(
    house: House, app: Flask
) -> None:
    db, dana = house.db, house.people["dana"]
    for name in ("ann", "rae"):
        house.work(name)
    raters.submit(db, house.people["tom"], house.draft)
    _seal(house)
    roles.give(db, dana, house.people["rem"], Role.RATER, "assessment", house.draft)
    roles.take(db, dana, house.people["tom"].ref, Role.RATER, "assessment", house.draft)
    roles.give(db, dana, house.people["tom"], Role.RATER, "assessment", house.sealed)
    new = assessments.amend(db, dana, house.draft, "Counted twice")
    ann = house.people["ann"]
    assert assessments.get(db, ann, house.draft).amended_by == new
    amendment = assessments.get(db, ann, new)
    assert (amendment.is_consensus, amendment.mine) == (True, frozenset())
    assert Browser(app, ann).get(f"/assessments/{new}").status == 200
    given = [entry for entry in trail.of_program(db, dana, house.program) if entry.act == "give role"][:2]
    assert {entry.ref for entry in given} == {ann.ref, house.people["rae"].ref}
    other = assessments.amend(db, dana, house.sealed, "Wrong day")
    for name, old, amended in (("rem", house.draft, new), ("tom", house.sealed, other)):
        one = house.people[name]
        assert assessments.get(db, one, old).amended_by is None
        assert "amendment" not in Browser(app, one).get(f"/assessments/{old}/result").text.lower()
        with pytest.raises(store.Missing):
            assessments.get(db, one, amended)
    assert assessments.get(db, house.people["cory"], house.draft).amended_by == new
    assert assessments.get(db, house.people["lee"], house.draft).amended_by is None, "not before it is sealed"
    assert assessments.amend(db, dana, house.draft, "Again") == new


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
    found = erasing.holding(house.db, house.people["rae"], house.program, "the meeting")
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
    assert assessments.get(db, dana, house.draft).is_alone, "who had submitted looks again, beside Cy"
    for name in ("ann", "rae", "tom"):
        raters.submit(db, house.people[name], house.draft)
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
