"""Logging in and out, links, passwords, the second factor: what is let in, and what is not."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlite_utils import Database

from ddcat import factors, passwords, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, links, people, programs, roles
from ddcat.web import accounts, session
from ddcat.web.forms.people import login_form
from ddcat.web.tries import Tries
from tests.web.conftest import CHEAP_HASH, PASSWORD, Browser, Page

KIM = "kim@example.org"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OTHER = "velvet anchor pigeon"
WRONG = "This login and this password do not belong together. Check both and try again."
TOO_MANY = "There were too many tries. Wait a quarter of an hour, then try again."


class Counting(PasswordHasher):
    """Counts what is hashed; cheap, so that tests are not slow."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.n = 0

    def verify(self, hash: Any, password: Any) -> Any:
        self.n += str(hash).startswith("$argon2id$")
        return super().verify(hash, password)


class Endless:
    """A body without an end; `n_read` is how much of it was asked for."""

    n_read = 0

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= 2**21, "whatever comes is read"
        self.n_read += size
        assert self.n_read <= 2**22, "more was read than a form may have"
        return b"x" * size

    readline = read


@pytest.fixture(autouse=True)
def hasher(cheap_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time of logins and codes: it goes on only where `clock.now` is set."""
    clock = SimpleNamespace(now=time.time() // 30 * 30 + 15)
    for room in (session, accounts, factors):
        monkeypatch.setattr(room, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@pytest.fixture
def sam(db: Database) -> Person:
    """Somebody with a password and no role."""
    with store.writing(db):
        return people.create(db, None, name="Sam Stone", login="sam", password=CHEAP_HASH)


def log_in(browser: Browser, login: str = KIM, password: str = PASSWORD, **more: Any) -> Page:
    return browser.submit("/login", {"login": login, "password": password} | more)


def is_in(browser: Browser) -> bool:
    return browser.get("/", follow=False).status == 200


def refused(page: Page) -> str:
    """What the page says is wrong."""
    assert page.status == 422
    (said,) = page.mistakes
    return said


def bare(page: Page) -> bytes:
    """The page but for its token."""
    return re.sub(rb'name="csrf_token" value="[^"]*"', b"", page.response.data)


# --- Logging in ---


def test_who_logs_in_sees_her_name_and_her_programs(nobody: Browser, program_ref: str) -> None:
    page = log_in(nobody)
    assert (page.url, page.heading) == ("/", "Programs")
    assert "Kim Example" in page.words("nav")[0]
    assert "Evening Harbor" in page.text


def test_who_is_logged_in_is_not_asked_again(client: Browser) -> None:
    assert client.get("/login").url == "/"


@pytest.mark.parametrize(
    "spelled",
    [
        "KIM@Example.ORG",
        " kim@example.org\t",
        "ｋｉｍ＠ｅｘａｍｐｌｅ．ｏｒｇ",
        "\u212aim@example.org",
        KIM + " " * 5000,
    ],
)
def test_a_login_is_the_same_however_it_is_spelled(nobody: Browser, spelled: str) -> None:
    assert log_in(nobody, spelled).url == "/"


@pytest.mark.parametrize(
    "login",
    [
        "кim@example.org",
        "kim@examp1e.org",
        "kim",
        "kim@example.org\0",
        "kim@example.org\u200b",
        "\u202ekim@example.org",
        "' OR 1=1 --",
        "%",
        "k" * 100_000,
        "",
        "a" + "\u0301\u0323" * 75_000,
    ],
)
def test_another_login_is_another_login(nobody: Browser, login: str) -> None:
    began = time.perf_counter()
    assert refused(log_in(nobody, login)) == WRONG
    assert time.perf_counter() - began < 5
    assert not is_in(nobody)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "x",
        PASSWORD.upper(),
        PASSWORD + "\0",
        PASSWORD + " ",
        "\0" * 1000,
        "x" * 900_000,
        "a" + "\u0301\u0323" * 75_000,
        PASSWORD + "x" * 10_000,
    ],
)
def test_another_password_is_another_password(nobody: Browser, password: str) -> None:
    began = time.perf_counter()
    assert refused(log_in(nobody, password=password)) == WRONG
    assert time.perf_counter() - began < 5
    assert not is_in(nobody)


@pytest.mark.parametrize("raw", [b"%ED%A0%80", b"%00", b"%FF%FE%C3%28", b"%", b"%F4%90%80%80", b"a&&=&"])
def test_bytes_that_are_no_text_are_refused_like_any_wrong_password(nobody: Browser, raw: bytes) -> None:
    token = nobody.get("/login").fields()["csrf_token"][0].encode()
    body = b"csrf_token=" + token + b"&login=" + raw + b"&password=" + raw + b"&next=" + raw
    page = nobody.post("/login", body, content_type="application/x-www-form-urlencoded")
    assert refused(page) == WRONG


def test_a_body_that_is_no_form_is_refused(nobody: Browser) -> None:
    headers = {"X-CSRFToken": nobody.get("/login").fields()["csrf_token"][0]}
    for body in (b"login=\xff", b"\0" * 1000, b"--x\r\n"):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data"):
            assert nobody.post("/login", body, content_type=kind, headers=headers).status in (400, 422)


def test_json_is_no_form(nobody: Browser) -> None:
    headers = {"X-CSRFToken": nobody.get("/login").fields()["csrf_token"][0]}
    for said in ({"login": KIM, "password": PASSWORD}, {"login": "\ud800", "password": 5}, [], None, "x", 7):
        assert refused(nobody.post("/login", json=said, headers=headers)) == WRONG


def test_fields_that_are_files_lists_or_missing_are_refused(nobody: Browser) -> None:
    token = nobody.get("/login").fields()["csrf_token"][0]
    for sent in (
        {},
        {"login": [KIM, "x"], "password": ["x", PASSWORD]},
        {"login": (BytesIO(b"\0" * 1000), KIM), "password": PASSWORD},
    ):
        assert refused(nobody.post("/login", sent | {"csrf_token": token})) == WRONG


def test_a_password_spelled_by_another_keyboard_lets_in(nobody: Browser, db: Database, sam: Person) -> None:
    with store.writing(db):
        people.set_password(db, None, sam, passwords.hashed("caf\u00e9 otter kettle"))
    assert log_in(nobody, "sam", "cafe\u0301 otter kettle").url == "/"


def test_nothing_tells_a_wrong_login_from_a_wrong_password_or_a_disabled_person(
    nobody: Browser, db: Database, sam: Person, hasher: Counting
) -> None:
    people.disable(db, None, sam)
    pages = [
        log_in(nobody, login, password)
        for login, password in (("sam", PASSWORD), ("sam", "x"), ("san", PASSWORD), ("san", "x"))
    ]
    same = [bare(page).replace(b'value="san"', b'value="sam"') for page in pages]
    assert len(set(same)) == 1
    assert len({tuple(page.headers.keys()) for page in pages}) == 1
    assert hasher.n == 4  # one hash each: it takes as long


def test_the_password_never_comes_back_in_a_page(nobody: Browser, client: Browser) -> None:
    for page in (
        log_in(nobody, password=OTHER),
        client.submit("/account/password", {"old": OTHER, "password": OTHER, "again": "x"}),
    ):
        assert page.status == 422
        assert OTHER not in page.response.text


def test_an_account_without_a_password_is_not_let_in(nobody: Browser, db: Database) -> None:
    with store.writing(db):
        people.create(db, None, name="Only by single sign-on", login="sso")
    for password in ("", PASSWORD, "None"):
        assert refused(log_in(nobody, "sso", password)) == WRONG


def test_a_hash_of_old_settings_is_renewed_when_its_owner_logs_in(
    nobody: Browser, db: Database, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    assert log_in(nobody, "sam").url == "/"
    renewed = people.account(db, sam).password
    assert "t=2" in str(renewed)
    assert people.get(db, sam.ref).epoch == sam.epoch
    log_in(Browser(nobody.raw.application), "sam")
    assert people.account(db, sam).password == renewed


def test_login_needs_a_token_of_this_session(nobody: Browser, app: Flask) -> None:
    foreign = Browser(app).get("/login").fields()["csrf_token"][0]
    mine = nobody.get("/login").fields()["csrf_token"][0]
    for token in (None, "", "x", "\0", mine[:-1], mine + "x", foreign):
        sent = {"login": KIM, "password": PASSWORD} | ({} if token is None else {"csrf_token": token})
        assert nobody.post("/login", sent).status == 400
    assert not is_in(nobody)


@pytest.mark.parametrize("path", ["/account", "/agencies/new", "/instruments/ddcat@4.0"])
def test_after_login_one_is_where_one_wanted_to_go(nobody: Browser, path: str) -> None:
    page = nobody.press(nobody.get(path), {"login": KIM, "password": PASSWORD})
    assert (page.status, page.url) == (200, path)


def test_who_logs_in_comes_to_all_of_the_address_she_opened(nobody: Browser) -> None:
    asked = "/compare?" + "&".join(f"program={n:016x}" for n in range(12)) + "&as_of=2026-06-01"
    page = nobody.get(asked)
    assert page.heading == "Log in"
    response = nobody.press(page, {"login": KIM, "password": PASSWORD}, follow=False).response
    assert (response.status_code, response.headers["Location"]) == (302, asked)


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/a//evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/account\r\nX: y",
        "\0//evil.example",
        "//[",
        "/account?next=//evil.example",
        "/;//evil",
        "evil.example",
        "/" + "a" * 100_000,
        "/ａccount",
        "",
    ],
)
def test_what_leads_elsewhere_leads_to_the_first_page(nobody: Browser, next: str) -> None:
    page = nobody.get("/login", query_string={"next": next})
    sent = {"login": KIM, "password": PASSWORD, "next": next}
    response = nobody.press(page, sent, follow=False).response
    assert (response.status_code, response.headers["Location"]) == (302, "/")


# --- Too many tries ---


def test_after_ten_wrong_tries_even_the_right_password_waits(app: Flask, nobody: Browser, hasher: Counting) -> None:
    for _ in range(10):
        assert refused(log_in(nobody, password="x")) == WRONG
    assert refused(log_in(nobody, KIM.upper())) == TOO_MANY
    assert hasher.n == 10
    assert log_in(Browser(app), "nobody-else").mistakes.keys() == {WRONG}


def test_too_many_tries_say_nothing_about_whether_the_account_exists(nobody: Browser) -> None:
    pages = {}
    for login in (KIM, "kim@example.net"):
        for _ in range(11):
            page = log_in(nobody, login, "x")
        pages[login] = bare(page).replace(b"example.net", b"example.org")
        assert refused(page) == TOO_MANY
    assert pages[KIM] == pages["kim@example.net"]


def test_who_mistypes_and_then_types_right_is_forgiven(nobody: Browser, app: Flask) -> None:
    for _ in range(5):
        for _ in range(8):
            log_in(nobody, password="x")
        assert log_in(nobody).url == "/"
        nobody = Browser(app)


def test_the_right_password_of_one_does_not_forgive_the_tries_at_another(
    nobody: Browser, sam: Person, app: Flask
) -> None:
    for _ in range(10):
        log_in(nobody, password="x")
    log_in(Browser(app), "sam")
    assert refused(log_in(nobody)) == TOO_MANY


def _flood(app: Flask, logins: Iterator[str]) -> set[str]:
    """10,000 tries: some through the page, the others where the page asks. What was said."""
    browser, said = Browser(app), set()
    token = browser.get("/login").fields()["csrf_token"][0]
    for _ in range(150):
        sent = {"csrf_token": token, "login": next(logins), "password": "x"}
        assert browser.raw.post("/login", data=sent).status_code == 422
    with app.test_request_context("/login", method="POST", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        form = login_form("")
        for _ in range(9_850):
            form.login.data, form.password.data = next(logins), "x"
            assert accounts._recognized(form) is None
            said |= set(form.login.errors)
    return said


def test_of_ten_thousand_tries_at_one_login_ten_are_hashed(app: Flask, hasher: Counting) -> None:
    began = time.perf_counter()
    assert _flood(app, iter([KIM] * 10_000)) == {TOO_MANY}
    assert hasher.n == 10
    assert time.perf_counter() - began < 20


def test_of_ten_thousand_tries_at_as_many_logins_a_hundred_and_twenty_are_hashed(
    app: Flask, hasher: Counting
) -> None:
    began = time.perf_counter()
    assert _flood(app, (f"kim{n}@example.org" for n in range(10_000))) == {TOO_MANY}
    assert hasher.n == 120
    assert time.perf_counter() - began < 20


def test_from_many_addresses_one_login_is_tried_sixty_times() -> None:
    tries = Tries()
    allowed = [not tries.is_too_many("kim", f"192.0.2.{n % 250}") for n in range(1000)]
    assert sum(allowed) == 60


def test_one_address_does_not_shut_a_login_for_the_others() -> None:
    tries = Tries()
    allowed = [not tries.is_too_many("kim", "192.0.2.1") for _ in range(1000)]
    assert sum(allowed) == 10
    assert not tries.is_too_many("kim", "192.0.2.2")


def test_an_address_that_is_shut_leaves_nothing_in_memory() -> None:
    tries = Tries()
    for n in range(1000):
        tries.is_too_many(f"login{n}", "192.0.2.1")
    assert len(tries._window.storage.events) < 300


def test_the_many_addresses_of_one_ipv6_subscriber_count_as_one() -> None:
    tries = Tries()
    allowed = [not tries.is_too_many("kim", f"2001:db8:0:1::{n:x}") for n in range(100)]
    assert sum(allowed) == 10
    assert not tries.is_too_many("kim", "2001:db8:0:2::1")
    tries.forget("kim", "2001:db8:0:1::ffff")
    assert not tries.is_too_many("kim", "2001:db8:0:1::1")


@pytest.mark.parametrize("address", ["", "unix:", "fe80::1%eth0", "x" * 1000])
def test_an_address_that_is_none_counts_too(address: str) -> None:
    tries = Tries()
    assert sum(not tries.is_too_many("kim", address) for _ in range(50)) == 10


# --- Sessions ---


def test_nothing_of_the_session_before_outlives_a_login(nobody: Browser) -> None:
    before = nobody.get("/login").fields()["csrf_token"][0]
    with nobody.raw.session_transaction() as session:
        session |= {"planted": "x", "was": "x", "half": ["x", 0, 0, "/"]}
        old = session["csrf_token"]
    log_in(nobody)
    with nobody.raw.session_transaction() as session:
        assert not {"planted", "was", "half"} & session.keys()
        assert session.get("csrf_token") != old
    assert nobody.post("/agencies/new", {"name": "x", "csrf_token": before}).status == 400


def test_who_logs_in_over_somebody_else_is_not_her_any_more(client: Browser, sam: Person) -> None:
    client.get("/account/factor")
    sent = {"login": "sam", "password": PASSWORD, "csrf_token": client.token()}
    assert client.post("/login", sent, follow=True).url == "/"
    assert client.get("/account").heading == "Sam Stone"
    with client.raw.session_transaction() as session:
        assert "factor" not in session


def test_logging_out_ends_the_session(client: Browser) -> None:
    page = client.submit("/account", form=1)
    assert (page.heading, page.flashes) == ("Log in", ["You are logged out."])
    assert not is_in(client)
    with client.raw.session_transaction() as session:
        assert "_user_id" not in session


def test_twelve_hours_without_a_page_end_a_session_and_every_page_begins_them_anew(
    nobody: Browser, clock: SimpleNamespace
) -> None:
    log_in(nobody)
    for _ in range(3):
        clock.now += 11 * 3600
        assert is_in(nobody)
    clock.now += 12 * 3600 + 1
    assert not is_in(nobody)
    clock.now -= 6 * 3600
    assert not is_in(nobody)


def test_a_session_without_a_time_is_none(client: Browser) -> None:
    with client.raw.session_transaction() as session:
        session.pop("at")
    assert not is_in(client)


def test_a_session_of_another_installation_is_none(app: Flask, client: Browser) -> None:
    app.secret_key = "another key"
    assert not is_in(client)


@pytest.mark.parametrize("cookie", ["", "x", ".", "e30.x.y", "\u00e9", "x" * 10_000, '"\\000\\377"'])
def test_a_cookie_that_is_none_leads_to_the_login(app: Flask, cookie: str) -> None:
    raw = app.test_client(use_cookies=False)
    response = raw.get("/", headers={"Cookie": f"ddcat={cookie}; remember_token={cookie.replace(chr(0xE9), 'x')}|x"})
    assert (response.status_code, response.location) == (302, "/login?next=/")


def test_a_new_password_ends_every_other_session_and_keeps_this_one(
    client: Browser, second: Browser, nobody: Browser
) -> None:
    page = client.submit("/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER})
    assert page.flashes == ["The new password is set. You are logged out everywhere else."]
    assert is_in(client)
    assert not is_in(second)
    assert refused(log_in(nobody)) == WRONG
    assert log_in(nobody, password=OTHER).url == "/"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"old": "x"}, "old"),
        ({"old": ""}, "old"),
        ({"again": "x"}, "again"),
        ({"password": "kim kim kim", "again": "kim kim kim"}, "password"),
        ({"password": "x" * 900_000, "again": "x"}, "password"),
        ({"password": "", "again": ""}, "password"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_nor_to_an_easy_one(
    client: Browser, second: Browser, sent: dict[str, str], field: str
) -> None:
    page = client.submit("/account/password", {"old": PASSWORD, "password": OTHER, "again": OTHER} | sent)
    assert page.status == 422
    assert field in page.mistakes.values()
    assert is_in(second)


def test_whoever_sits_at_an_open_screen_does_not_guess_the_password(client: Browser, hasher: Counting) -> None:
    for _ in range(12):
        page = client.submit("/account/password", {"old": "x", "password": OTHER, "again": OTHER})
    assert refused(page) == TOO_MANY
    assert hasher.n == 10


def test_a_hundred_megabytes_are_refused_without_being_read(nobody: Browser, client: Browser, sam: Person) -> None:
    ended = Browser(nobody.raw.application, replace(sam, epoch=7))
    places = ((nobody, "/login", 413), (client, "/account/password", 413), (ended, "/account/password", 413))
    for browser, path, status in (*places, (nobody, "/account/password", 302)):
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            for length in (100 * 2**20, None):
                body = Endless()
                said = {"wsgi.input": body, "CONTENT_TYPE": kind, "wsgi.input_terminated": length is None}
                said |= {} if length is None else {"CONTENT_LENGTH": str(length)}
                response = browser.raw.post(path, environ_overrides=said)
                # Without a length nobody knows at once that it is too much.
                assert response.status_code in ({status} if length else {302, 400, 413}), (path, kind, length)
                assert body.n_read <= 2**21


# --- Links ---


@pytest.fixture
def first(db: Database) -> str:
    """The link of an installation without accounts, where there was one person with an agency and a program."""
    before = people.first(db)
    agency = agencies.add(db, before, "Old house", {})
    programs.add(db, before, agency.ref, "Old program", {})
    with db.conn:
        db.execute("DELETE FROM role WHERE role = 'administrator'")
        db.execute("UPDATE person SET login = NULL, password = NULL")
    return f"/join/{links.make_first(db)}"


NEW = {"name": "Kim First", "login": "kim", "password": OTHER, "again": OTHER}


def test_the_first_link_makes_an_administrator_who_owns_what_was_there(nobody: Browser, first: str) -> None:
    assert "Open the link that was printed" in nobody.get("/login").text
    page = nobody.submit(first, NEW)
    assert (page.url, page.heading) == ("/", "Programs")
    assert "Old program" in page.text
    assert nobody.get("/people").words("main h2") == ["Kim First"]
    assert nobody.get(first).status == 404


def test_of_two_who_have_the_first_link_open_the_second_is_told_it_is_gone(app: Flask, first: str) -> None:
    one, other = Browser(app), Browser(app)
    pages = one.get(first), other.get(first)
    assert one.press(pages[0], NEW).url == "/"
    assert other.press(pages[1], NEW | {"login": "thief"}).status == 404
    assert not is_in(other)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"login": ""}, "login"),
        ({"login": "k"}, "login"),
        ({"login": "кim"}, "login"),
        ({"login": "kim example"}, "login"),
        ({"login": "kim\0"}, "login"),
        ({"login": "kim\u200b"}, "login"),
        ({"login": "k" * 101}, "login"),
        ({"login": "kim@a@b"}, "login"),
        ({"login": "<kim@example.org>"}, "login"),
        ({"name": ""}, "name"),
        ({"name": " \t\n"}, "name"),
        ({"name": "\u200b\u2060"}, "name"),
        ({"name": "\u3164"}, "name"),
        ({"name": "Kim\0"}, "name"),
        ({"name": "Kim \u202eelpmaxE"}, "name"),
        ({"name": "K" * 201}, "name"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "kim first 1", "again": "kim first 1"}, "password"),
        ({"password": "otter kettle" * 20, "again": "otter kettle" * 20}, "password"),
        ({"again": "x"}, "again"),
    ],
)
def test_an_account_is_not_made_of_what_will_not_do(
    nobody: Browser, first: str, sent: dict[str, str], field: str
) -> None:
    page = nobody.submit(first, NEW | sent)
    assert (page.status, set(page.mistakes.values())) == (422, {field})
    assert not is_in(nobody)
    assert nobody.submit(first, NEW).url == "/"


@pytest.mark.parametrize("name", ["<b>Kim</b> & 'co'", "قيم العربية", "K" * 200, "{{ 7 * 7 }} %(name)s", "李"])
def test_any_name_with_letters_is_shown_as_it_is(nobody: Browser, first: str, name: str) -> None:
    nobody.submit(first, NEW | {"name": name})
    page = nobody.get("/account")
    assert page.heading == name
    assert not page.soup.select("main b")


def test_a_name_stands_on_one_line(nobody: Browser, first: str) -> None:
    nobody.submit(first, NEW | {"name": " Kim\r\n\r\n  First\t"})
    assert nobody.get("/account").one("h1").string == "Kim First"


def test_a_password_of_two_hundred_signs_logs_in(nobody: Browser, first: str, app: Flask) -> None:
    long = ("otter kettle marble " * 10)[:199] + "!"
    assert nobody.submit(first, NEW | {"password": long, "again": long}).url == "/"
    assert refused(log_in(Browser(app), "kim", long[:-1])) == WRONG
    assert log_in(Browser(app), "kim", long).url == "/"


def test_a_login_that_somebody_has_is_refused_however_it_is_spelled(
    nobody: Browser, db: Database, client: Browser
) -> None:
    link = f"/join/{links.invite(db, people.by_login(db, KIM), name='', login='', role=Role.ADMINISTRATOR)}"
    for spelled in (KIM, KIM.upper(), "ｋｉｍ＠example.org"):
        said = refused(nobody.submit(link, NEW | {"login": spelled}))
        assert said.startswith("Somebody has this login already.")
    assert log_in(nobody).url == "/"


@pytest.mark.parametrize("token", ["x", "%00", "%ED%A0%80", "..", "x" * 5000, "%F0%9F%8C%8A", "' OR 1=1"])
def test_a_link_that_was_never_made_is_not_here(nobody: Browser, token: str) -> None:
    page = nobody.get(f"/join/{token}")
    assert (page.status, page.heading) == (404, "This page is not here")


def test_who_is_logged_in_cannot_take_the_first_link(nobody: Browser, first: str, sam: Person) -> None:
    nobody.be(sam)
    page = nobody.get(first)
    assert "Log out before you open this link" in page.text
    sent = NEW | {"csrf_token": nobody.token()}
    nobody.post(first, sent)
    assert nobody.post(first, sent | {"accept": "yes"}).status == 404
    assert nobody.get("/people").status == 404


def test_who_has_an_account_logs_in_and_accepts(
    nobody: Browser, db: Database, sam: Person, program_ref: str, person: Person
) -> None:
    token = links.invite(db, person, name="Sam", login="sam", role=Role.READER, place="program", ref=program_ref)
    page = nobody.get(f"/join/{token}")
    assert page.heading == "You are invited"
    page = nobody.press(nobody.get(page.one("main p.hint a")["href"]), {"login": "sam", "password": PASSWORD})
    assert page.url == f"/join/{token}"
    page = nobody.press(page)
    assert page.flashes == ["You now have the role that you were invited to."]
    assert "Evening Harbor" in page.text
    assert nobody.get(f"/join/{token}").status == 404
    assert [(given.role, given.ref) for given in roles.of_person(db, sam)] == [("reader", program_ref)]


def test_a_reset_link_sets_a_password_and_ends_every_session(
    client: Browser, nobody: Browser, db: Database, person: Person
) -> None:
    link = f"/join/{links.reset(db, None, people.by_login(db, KIM))}"
    page = nobody.submit(link, {"password": OTHER, "again": OTHER})
    assert (page.heading, page.flashes) == ("Log in", ["The new password is set. Log in with it."])
    assert not is_in(client)
    assert nobody.get(link).status == 404
    assert refused(log_in(nobody)) == WRONG
    assert log_in(nobody, password=OTHER).url == "/"


def test_a_reset_link_does_not_pass_by_the_second_factor(
    nobody: Browser, db: Database, sam: Person, clock: SimpleNamespace
) -> None:
    people.set_factor(db, None, sam, SECRET)
    nobody.submit(f"/join/{links.reset(db, None, sam)}", {"password": OTHER, "again": OTHER})
    assert log_in(nobody, "sam", OTHER).heading == "Enter your code"
    assert not is_in(nobody)


def test_a_reset_link_lets_no_disabled_person_in(nobody: Browser, db: Database, sam: Person) -> None:
    link = f"/join/{links.reset(db, None, sam)}"
    people.disable(db, None, sam)
    nobody.submit(link, {"password": OTHER, "again": OTHER})
    assert refused(log_in(nobody, "sam", OTHER)) == WRONG


# --- The second factor ---


def totp(clock: SimpleNamespace, by: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(int(clock.now) + 30 * by)


@pytest.fixture
def half(nobody: Browser, db: Database, sam: Person, clock: SimpleNamespace) -> Browser:
    """Somebody who gave the right password and was asked for the code."""
    people.set_factor(db, None, sam, SECRET, [factors.recovery_digest(code) for code in ("aaaa-aaaa", "bbbb-bbbb")])
    assert log_in(nobody, "sam", next="/account").heading == "Enter your code"
    return nobody


def enter(browser: Browser, code: str) -> Page:
    return browser.submit("/login/code", {"code": code})


def again(app: Flask) -> Browser:
    """The same person begins another login."""
    browser = Browser(app)
    assert log_in(browser, "sam").heading == "Enter your code"
    return browser


def test_the_right_code_lets_in_to_where_one_wanted_to_go(half: Browser, clock: SimpleNamespace) -> None:
    page = enter(half, totp(clock))
    assert (page.url, page.heading) == ("/account", "Sam Stone")
    with half.raw.session_transaction() as session:
        assert "half" not in session


def test_half_a_login_is_none(half: Browser, sam: Person) -> None:
    for path in ("/", "/account", "/account/password", "/account/factor", "/account/typed", "/people"):
        assert half.get(path, follow=False).response.location.startswith("/login")
    for path in ("/account/factor/off", "/account/sessions", "/logout", "/account/password"):
        assert half.post(path, {"csrf_token": "x"}).response.location.startswith("/login")
    with half.raw.session_transaction() as session:
        assert "_user_id" not in session


@pytest.mark.parametrize("code", ["000000", "", "x", "\0", "½", "１２３４５６", "aaaa", "\u202e", "9" * 100_000])
def test_a_wrong_code_lets_nobody_in(half: Browser, code: str) -> None:
    assert enter(half, code).status == 422
    assert not is_in(half)


def test_the_code_in_digits_of_another_script_is_refused_and_breaks_nothing(
    half: Browser, clock: SimpleNamespace
) -> None:
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in totp(clock))
    assert "not right" in refused(enter(half, full_width))


def test_a_code_lets_in_once(app: Flask, half: Browser, clock: SimpleNamespace) -> None:
    enter(half, totp(clock))
    assert "used already" in refused(enter(again(app), totp(clock)))
    clock.now += 30
    assert enter(again(app), totp(clock)).status == 200


def test_the_code_of_the_step_before_is_allowed_unless_a_later_one_was_used(
    app: Flask, half: Browser, clock: SimpleNamespace
) -> None:
    assert enter(half, totp(clock, -1)).url == "/account"
    assert enter(again(app), totp(clock)).status == 200
    assert enter(again(app), totp(clock, -1)).status == 422


@pytest.mark.parametrize("by", [-2, 2, 100])
def test_the_code_of_another_time_lets_nobody_in(half: Browser, clock: SimpleNamespace, by: int) -> None:
    assert enter(half, totp(clock, by)).status == 422


def test_a_recovery_code_lets_in_once(app: Flask, half: Browser) -> None:
    assert enter(half, " AAAA AAAA ").url == "/account"
    assert enter(again(app), "aaaa-aaaa").status == 422
    assert enter(again(app), "bbbb-bbbb").status == 200


def test_half_a_login_ends_after_ten_minutes(half: Browser, clock: SimpleNamespace) -> None:
    page = half.get("/login/code")
    clock.now += 601
    assert half.press(page, {"code": totp(clock)}).heading == "Log in"
    assert not is_in(half)


def test_codes_are_not_guessed(app: Flask, half: Browser, clock: SimpleNamespace) -> None:
    for _ in range(10):
        assert "not right" in refused(enter(half, "000000"))
    assert refused(enter(half, totp(clock))) == TOO_MANY
    assert refused(enter(again(app), totp(clock))) == TOO_MANY
    assert not is_in(half)


def test_who_logs_in_often_is_not_taken_for_somebody_who_guesses(
    app: Flask, half: Browser, clock: SimpleNamespace
) -> None:
    for _ in range(12):
        assert enter(again(app), totp(clock)).status == 200
        clock.now += 30


def test_who_was_disabled_between_the_steps_is_not_let_in(
    half: Browser, db: Database, sam: Person, clock: SimpleNamespace
) -> None:
    people.disable(db, None, sam)
    assert enter(half, totp(clock)).status == 422
    people.enable(db, None, sam)
    assert enter(half, totp(clock)).status == 422
    assert not is_in(half)


def test_who_knew_only_the_password_of_before_is_not_let_in(
    half: Browser, db: Database, sam: Person, clock: SimpleNamespace
) -> None:
    links.set_password(db, links.reset(db, None, sam), CHEAP_HASH)
    assert enter(half, totp(clock)).status == 422
    assert not is_in(half)


def test_a_factor_that_was_switched_off_between_the_steps_breaks_nothing(
    half: Browser, db: Database, sam: Person, clock: SimpleNamespace
) -> None:
    people.set_factor(db, None, sam, None)
    assert enter(half, totp(clock)).status == 422
    assert log_in(half, "sam").url == "/"


def test_the_code_of_somebody_else_lets_nobody_in(
    half: Browser, db: Database, person: Person, clock: SimpleNamespace
) -> None:
    others = pyotp.random_base32()
    people.set_factor(db, None, person, others, [factors.recovery_digest("cccc-cccc")])
    for code in (pyotp.TOTP(others).at(int(clock.now)), "cccc-cccc"):
        assert enter(half, code).status == 422


def test_without_a_password_there_is_no_second_step(nobody: Browser, db: Database, sam: Person) -> None:
    people.set_factor(db, None, sam, SECRET)
    assert nobody.get("/login/code").url == "/login"
    log_in(nobody, "sam", "x")
    assert nobody.get("/login/code").url == "/login"


def test_switching_it_on_needs_a_code_from_the_app(
    app: Flask, client: Browser, db: Database, clock: SimpleNamespace
) -> None:
    page = client.get("/account/factor")
    secret = page.one("code").string
    assert client.press(page, {"code": "000000", "password": PASSWORD}).status == 422
    assert client.press(page, {"code": pyotp.TOTP(secret).at(int(clock.now)), "password": "not hers"}).status == 422
    assert not people.by_login(db, KIM).has_factor
    page = client.press(page, {"code": pyotp.TOTP(secret).at(int(clock.now)), "password": PASSWORD})
    codes = page.words(".codes code")
    assert (page.heading, len(codes)) == ("Keep these recovery codes", 8)
    assert client.get("/account/factor").url == "/account"
    other = Browser(app)
    assert log_in(other).heading == "Enter your code"
    assert enter(other, pyotp.TOTP(secret).at(int(clock.now))).status == 422, "it was used to switch it on"
    assert enter(other, codes[3]).url == "/"
    kept = "".join(db.conn.iterdump())
    assert not [code for code in codes if code in kept]


def test_switching_it_off_takes_a_code_and_leaves_the_password_alone(
    app: Flask, client: Browser, db: Database
) -> None:
    people.set_factor(db, None, people.by_login(db, KIM), SECRET)
    client.be(people.by_login(db, KIM))
    for wrong in ("", "123456", "not a code"):
        assert client.submit("/account/factor/off", {"code": wrong}).status == 422
    assert people.by_login(db, KIM).has_factor
    page = client.submit("/account/factor/off", {"code": pyotp.TOTP(SECRET).now()})
    assert page.flashes == ["The second factor is off: your password alone lets you in."]
    assert log_in(Browser(app)).url == "/"


def test_the_secret_is_shown_to_its_owner_alone(client: Browser, app: Flask, sam: Person) -> None:
    secret = client.get("/account/factor").one("code").string
    assert client.get("/account/factor").one("code").string == secret
    assert Browser(app, sam).get("/account/factor").one("code").string != secret
