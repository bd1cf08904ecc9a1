"""What was typed when a login ended: kept for a day, given back after login to the same person alone."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import store
from ddcat.records import Person
from ddcat.store import assessments, people, saving, typed
from ddcat.store.saving import Change
from ddcat.web import session
from tests.web.conftest import CHEAP_HASH, PASSWORD, Browser, Page

JSON = {"Accept": "application/json"}
KIM = "kim@example.org"
pytestmark = pytest.mark.usefixtures("cheap_passwords")
TEXT = "Ten <b>arrivals</b> & 'one' more\r\né 🌊"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=time.time())
    monkeypatch.setattr(session, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
def kim(db: Database, person: Person) -> Person:
    return people.by_login(db, KIM)


@pytest.fixture
def door(draft: str) -> str:
    return f"/assessments/{draft}/dimensions/doorway"


@pytest.fixture
def page(client: Browser, door: str) -> Page:
    """The page of a dimension, opened while the login lasted."""
    return client.get(door)


@pytest.fixture(params=["idle", "ended everywhere", "disabled for a while"])
def ended(
    request: pytest.FixtureRequest, client: Browser, page: Page, clock: SimpleNamespace, db: Database, kim: Person
) -> Browser:
    """A browser with a page open whose login has ended since."""
    if request.param == "idle":
        clock.now += 12 * 3600 + 1
    elif request.param == "ended everywhere":
        people.end_sessions(db, kim)
    else:
        people.disable(db, None, kim)
        people.enable(db, None, kim)
    return client


@pytest.fixture
def idle(client: Browser, page: Page, clock: SimpleNamespace) -> Browser:
    clock.now += 12 * 3600 + 1
    return client


def log_in(browser: Browser, login: str = KIM) -> Page:
    return browser.submit("/login", {"login": login, "password": PASSWORD})


def send(browser: Browser, offered: Page) -> Page:
    """Press "Send it now", and repeat it where the answer says, as browsers do."""
    told = browser.press(offered, follow=False)
    assert told.status == 307
    return browser.post(told.response.location, offered.fields(), follow=True)


def kept(db: Database) -> int:
    return int(db.execute("SELECT count(*) FROM typed").fetchone()[0])


SAID = {"first-words-rating": "3", "first-words-why": TEXT, "then": "overview"}


def test_what_was_sent_after_the_login_ended_is_offered_after_the_next_and_then_saved(
    ended: Browser, page: Page, door: str, draft: str, db: Database, kim: Person
) -> None:
    told = ended.press(page, SAID)
    assert told.heading == "Log in"
    assert told.flashes == [
        "Your login had ended. What you typed is kept for 24 hours and given back when you log in."
    ]
    assert assessments.get(db, kim, draft).ratings == {}
    offered = log_in(ended)
    assert (offered.url, offered.heading) == ("/account/typed", "What you had typed")
    assert " ".join(TEXT.split()) in offered.text
    assert door in offered.text
    assert not offered.soup.select("td b")
    assert page.fields()["csrf_token"][0] not in offered.response.text


def test_sending_it_saves_it_where_it_was_to_go(
    ended: Browser, page: Page, draft: str, db: Database, kim: Person
) -> None:
    ended.press(page, SAID)
    saved = send(ended, log_in(ended))
    assert saved.url == f"/assessments/{draft}"
    assert saved.flashes[0].startswith("Saved ")
    standing = assessments.get(db, kim, draft)
    assert standing.ratings == {"first-words": 3}
    assert standing.why["first-words"].replace("\r\n", "\n") == TEXT.replace("\r\n", "\n")
    assert "Nothing is kept for you." in ended.get("/account/typed").text


def test_it_can_be_thrown_away(idle: Browser, page: Page, db: Database) -> None:
    idle.press(page, SAID)
    log_in(idle)
    assert "Something that you typed" in idle.get("/account").text
    thrown = idle.submit("/account/typed", form=1)
    assert thrown.flashes == ["It is thrown away."]
    assert kept(db) == 0


def test_it_waits_on_any_other_device_of_the_same_person(app: Flask, idle: Browser, page: Page) -> None:
    idle.press(page, SAID)
    assert log_in(Browser(app)).heading == "What you had typed"


def test_somebody_else_who_logs_in_in_the_same_browser_never_sees_it(
    idle: Browser, page: Page, db: Database, door: str, person: Person
) -> None:
    with store.writing(db):
        people.create(db, None, name="Sam Stone", login="sam", password=CHEAP_HASH)
    idle.press(page, SAID)
    assert log_in(idle, "sam").url == "/"
    for path in ("/account", "/account/typed", "/"):
        assert "arrivals" not in idle.get(path).text
    token = {"csrf_token": idle.token()}
    assert idle.post(f"/account/typed/send?path={door}", token).status == 404
    idle.post(f"/account/typed/forget?path={door}", token)
    assert kept(db) == 1
    idle.submit("/account", form=1)
    assert "arrivals" in log_in(idle).text


def test_what_somebody_else_sends_by_her_page_is_kept_for_her_who_had_opened_it(
    idle: Browser, page: Page, db: Database, kim: Person
) -> None:
    idle.get("/")
    idle.get("/login")
    idle.press(page, SAID)
    assert len(typed.all(db, kim)) == 1


def test_after_24_hours_it_is_gone(idle: Browser, page: Page, db: Database, door: str) -> None:
    idle.press(page, SAID)
    with db.conn:
        db.execute("UPDATE typed SET typed_at = datetime(typed_at, '-24 hours')")
    assert log_in(idle).url == "/"
    assert "arrivals" not in idle.get("/account/typed").text
    assert idle.post(f"/account/typed/send?path={door}", {"csrf_token": idle.token()}).status == 404


def test_of_somebody_who_was_never_logged_in_here_nothing_is_kept(nobody: Browser, door: str, db: Database) -> None:
    told = nobody.post(door, SAID, follow=True)
    assert (told.heading, told.flashes) == ("Log in", [])
    assert nobody.post(door, SAID, headers=JSON).status == 401
    assert kept(db) == 0


@pytest.mark.parametrize("id", ["0000000000000000.0", "x", "", ".", "' OR 1=1", 7, None])
def test_of_a_forged_login_nothing_is_kept(app: Flask, nobody: Browser, door: str, db: Database, id: Any) -> None:
    with nobody.raw.session_transaction() as session:
        session["_user_id"] = id
    assert nobody.post(door, SAID, follow=True).heading == "Log in"
    forged = app.test_client(use_cookies=False)
    assert forged.post(door, data=SAID, headers={"Cookie": "ddcat=eyJ3YXMiOiJ4In0.x.x"}).status_code == 302
    assert kept(db) == 0


def test_after_logging_out_nothing_is_kept(client: Browser, page: Page, db: Database) -> None:
    client.submit("/account", form=1)
    assert client.press(page, SAID).heading == "Log in"
    assert kept(db) == 0


def test_the_script_that_saves_is_told_and_what_it_sent_is_kept(
    ended: Browser, page: Page, door: str, db: Database, kim: Person
) -> None:
    fields = page.fields()
    sent = {name: fields[name][0] for name in ("csrf_token", "first-words-stamp")} | SAID
    answer = ended.post(door, sent, headers=JSON)
    assert (answer.status, answer.json) == (401, {"error": "login"})
    assert ended.get("/", headers=JSON, follow=False).status == 401
    (waiting,) = typed.all(db, kim)
    assert (waiting.path, dict(waiting.fields)["first-words-why"]) == (door, TEXT)


def test_a_form_that_was_overtaken_meanwhile_meets_the_two_versions(
    ended: Browser, page: Page, draft: str, db: Database, kim: Person
) -> None:
    ended.press(page, SAID)
    saving.save(db, kim, draft, {"first-words": Change(5, "Of the other device", 0)})
    conflict = send(ended, log_in(ended))
    assert (conflict.status, conflict.heading) == (409, "Two versions of the same item")
    assert "Of the other device" in conflict.text
    assert " ".join(TEXT.split()) in conflict.text
    assert assessments.get(db, kim, draft).ratings == {"first-words": 5}
    ended.press(conflict, {"first-words-keep": "mine"})
    assert assessments.get(db, kim, draft).ratings == {"first-words": 3}


def test_the_page_that_sends_it_needs_a_fresh_token(idle: Browser, page: Page, db: Database, door: str) -> None:
    idle.press(page, SAID)
    log_in(idle)
    for token in ({}, {"csrf_token": page.fields()["csrf_token"][0]}, {"csrf_token": "x"}):
        assert idle.post(f"/account/typed/send?path={door}", SAID | token).status == 400
        assert idle.post(f"/account/typed/forget?path={door}", token).status == 400
    assert kept(db) == 1


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/", "", "\0", "x" * 5000, "/agencies/new"]
)
def test_nothing_is_sent_to_where_nothing_was_kept_for(client: Browser, path: str) -> None:
    page = client.post("/account/typed/send", {"csrf_token": client.token()}, query_string={"path": path})
    assert page.status == 404


@pytest.mark.parametrize("path", ["//agencies//new", "/%2f%2fevil.example", "/\\evil.example", "/nowhere"])
def test_nothing_is_kept_for_an_address_that_leads_nowhere(idle: Browser, db: Database, path: str) -> None:
    idle.raw.post("/", data=SAID, environ_overrides={"PATH_INFO": path})
    assert kept(db) == 0


def test_it_never_leads_to_another_host(idle: Browser, page: Page) -> None:
    idle.raw.post("/", data=SAID, environ_overrides={"PATH_INFO": "//agencies/new"})
    told = idle.press(log_in(idle), follow=False)
    assert (told.status, told.response.location) == (307, "/agencies/new")


def test_a_password_that_was_typed_when_the_login_ended_is_kept_nowhere(
    client: Browser, clock: SimpleNamespace, db: Database
) -> None:
    page = client.get("/account/password")
    clock.now += 12 * 3600 + 1
    sent = {"old": PASSWORD, "password": "velvet anchor pigeon", "again": "velvet anchor pigeon"}
    assert client.press(page, sent).heading == "Log in"
    assert kept(db) == 0
    assert log_in(client).url == "/"


def test_a_button_where_nothing_was_typed_is_not_pressed_later(
    client: Browser, clock: SimpleNamespace, db: Database
) -> None:
    page = client.get("/account")
    clock.now += 12 * 3600 + 1
    assert client.press(page, form=0).heading == "Log in"
    assert kept(db) == 0


def test_hostile_fields_are_shown_as_they_are_and_do_nothing(idle: Browser, door: str, db: Database) -> None:
    hostile = {
        '"><script>alert(1)</script>': "x",
        "csrf_token": "forged",
        "a\0b": "c\0d",
        "action": "https://evil.example",
        "\u202ereversed": "\u202etext",
        "first-words-stamp": "x",
    }
    idle.raw.post(door, data=hostile)
    token = b"%ED%A0%80=%FF&b=%00"
    idle.raw.post("/agencies/new", data=token, content_type="application/x-www-form-urlencoded")
    offered = log_in(idle)
    assert len(offered.soup.select("section.block")) == 2
    assert not offered.soup.select("script:not([src])")
    assert "forged" not in offered.response.text
    assert {form["action"].split("?")[0] for form in offered.soup.select("main form")} == {
        "/account/typed/send",
        "/account/typed/forget",
    }


def test_a_page_with_nothing_but_its_button_is_offered_too(idle: Browser, door: str) -> None:
    idle.raw.post(door, data={"then": "overview"})
    assert log_in(idle).heading == "What you had typed"


def test_a_person_without_a_login_cannot_fill_the_disk(idle: Browser, db: Database) -> None:
    for n in range(typed.MOST + 10):
        idle.raw.post(f"/agencies/{n:016}/edit", data={"name": "x" * 1000})
    assert kept(db) == typed.MOST


def test_what_is_kept_for_a_place_that_is_gone_leads_to_the_page_that_says_so(
    client: Browser, clock: SimpleNamespace, agency_ref: str, db: Database
) -> None:
    page = client.get(f"/agencies/{agency_ref}/edit")
    clock.now += 12 * 3600 + 1
    client.press(page, {"name": "Another name"})
    with db.conn:
        db.execute("DELETE FROM role WHERE agency_id IS NOT NULL")
        db.execute("DELETE FROM agency")
    assert send(client, log_in(client)).status == 404


def test_a_page_from_before_another_login_in_the_same_browser_is_kept_too(
    client: Browser, app: Flask, db: Database, draft: str, person: Person
) -> None:
    door = f"/assessments/{draft}/dimensions/doorway"
    page = client.get(door)
    client.submit("/account", form=0)  # logs out every other device, and begins this login anew
    kept = client.press(page, {"first-words-why": "Ten arrivals"})
    assert kept.heading == "What you had typed"
    assert "Ten arrivals" in kept.text
