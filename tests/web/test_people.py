"""Who may give whom what: invitations, roles, accounts that end, and links by mail."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from flask import Flask
from sqlite_utils import Database

from ddcat import mail, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, links, people, programs, roles, trail
from tests.web.conftest import CHEAP_HASH, PASSWORD, Browser, Page

pytestmark = pytest.mark.usefixtures("cheap_passwords")
NOOR = {"name": "Noor Nine", "login": "noor@example.org"}
ACCOUNT = {"password": PASSWORD, "again": PASSWORD}


@dataclass(frozen=True)
class House:
    agency: str
    program: str


@pytest.fixture
def own(agency_ref: str, program_ref: str) -> House:
    return House(agency_ref, program_ref)


@pytest.fixture
def other(db: Database, person: Person) -> House:
    """An agency of others."""
    agency = agencies.add(db, person, "Foreign house", {}).ref
    return House(agency, programs.add(db, person, agency, "Foreign program", {}).ref)


def add(db: Database, name: str, *given: tuple[str, str, str]) -> Person:
    with store.writing(db):
        one = people.create(db, None, name=name, login=name.lower(), password=CHEAP_HASH)
        for role, place, ref in given:
            roles.insert(db, one, one, role, place, ref)
    return people.get(db, one.ref)


@pytest.fixture
def dana(db: Database, own: House) -> Person:
    """The director of one agency."""
    return add(db, "Dana", (Role.DIRECTOR, "agency", own.agency))


@pytest.fixture
def director(app: Flask, dana: Person) -> Browser:
    return Browser(app, dana)


def given(db: Database, person: Person) -> set[tuple[str, str, str]]:
    return {(role.role, role.place, role.ref) for role in roles.of_person(db, person)}


def link_of(page: Page) -> str:
    """The path of the link that a page shows."""
    assert page.status == 200
    parts = urlsplit(str(page.one("#link")["value"]))
    assert (parts.scheme, parts.netloc) == ("http", "localhost")
    return parts.path


def invite(browser: Browser, path: str, **said: str) -> Page:
    """Send the form for invitations, which is the last one of its page."""
    page = browser.get(path)
    return browser.press(page, NOOR | said, form=len(page.soup.select("main form")) - 1)


# --- Invitations ---


def test_an_invitation_is_shown_once_and_lets_in_with_the_role(
    app: Flask, director: Browser, own: House, nobody: Browser, db: Database
) -> None:
    page = invite(director, f"/agencies/{own.agency}/people", role="reader", place=f"program/{own.program}")
    path = link_of(page)
    assert "It is shown only now." in page.text
    assert path not in director.get(f"/agencies/{own.agency}/people").response.text
    assert path.rpartition("/")[2] not in "".join(db.conn.iterdump())
    shown = nobody.get(path)
    assert "Dana invites you to ddcat. Your role: Reader" in shown.text
    assert (shown.fields()["name"], shown.fields()["login"]) == (["Noor Nine"], ["noor@example.org"])
    assert nobody.press(shown, ACCOUNT).url == "/"
    noor = people.by_login(db, "noor@example.org")
    assert given(db, noor) == {("reader", "program", own.program)}
    assert nobody.get(path).status == 404
    assert nobody.get(f"/agencies/{own.agency}/people").status == 404


def test_an_administrator_invites_another(client: Browser, nobody: Browser, db: Database) -> None:
    nobody.submit(link_of(client.submit("/people/invite", NOOR)), ACCOUNT)
    assert people.by_login(db, "noor@example.org").is_administrator
    assert nobody.get("/people").words("main h2") == ["Kim Example", "Noor Nine"]


def test_without_an_address_an_invitation_is_a_link_to_pass_on(director: Browser, own: House) -> None:
    assert link_of(invite(director, f"/programs/{own.program}/people", login=""))


def test_a_program_director_invites_to_her_program_alone(
    app: Flask, db: Database, own: House, nobody: Browser
) -> None:
    lee = Browser(app, add(db, "Lee", (Role.DIRECTOR, "program", own.program)))
    assert lee.get(f"/agencies/{own.agency}/people").status == 404
    nobody.submit(link_of(invite(lee, f"/programs/{own.program}/people", role="director")), ACCOUNT)
    assert given(db, people.by_login(db, "noor@example.org")) == {("director", "program", own.program)}


@pytest.mark.parametrize(
    "place", ["agency/{other.agency}", "program/{other.program}", "", "/", "assessment/x", "x" * 9999]
)
def test_nobody_invites_to_a_place_of_others(
    director: Browser, own: House, other: House, db: Database, place: str
) -> None:
    page = invite(director, f"/agencies/{own.agency}/people", place=place.format(other=other))
    assert (page.status, list(page.mistakes)) == (422, ["Choose one of the choices that are offered."])
    assert db.execute("SELECT count(*) FROM link").fetchone() == (0,)


def test_where_there_is_no_choice_of_place_a_forged_one_counts_for_nothing(
    director: Browser, own: House, other: House, db: Database
) -> None:
    token = link_of(
        invite(director, f"/programs/{own.program}/people", place=f"program/{other.program}", ref=other.program)
    ).rpartition("/")[2]
    assert (links.find(db, token).place, links.find(db, token).ref) == ("program", own.program)


@pytest.mark.parametrize(
    "role", ["administrator", "Administrator", "rater here", "", "owner", "director,administrator"]
)
def test_no_director_makes_an_administrator_or_a_role_that_is_none(
    director: Browser, own: House, db: Database, role: str
) -> None:
    for path in (f"/agencies/{own.agency}/people", f"/programs/{own.program}/people"):
        assert invite(director, path, role=role).status == 422
    assert director.get("/people/invite").status in (403, 404)
    sent = NOOR | {"role": "administrator", "csrf_token": director.token()}
    assert director.post("/people/invite", sent).status in (403, 404)
    assert db.execute("SELECT count(*) FROM link").fetchone() == (0,)


@pytest.mark.parametrize("role", ["director", "quality", "reader", "administrator"])
def test_in_an_assessment_there_are_only_raters_and_consultants(director: Browser, draft: str, role: str) -> None:
    assert invite(director, f"/assessments/{draft}/people", role=role).status == 422


@pytest.mark.parametrize("role", [Role.RATER, Role.CONSULTANT, Role.QUALITY, Role.READER])
def test_who_is_no_director_invites_nobody(app: Flask, db: Database, own: House, draft: str, role: Role) -> None:
    one = Browser(app, add(db, "Lee", (role, "agency", own.agency)))
    sent = NOOR | {"role": "reader", "csrf_token": one.token()}
    for path in (f"/agencies/{own.agency}/people", f"/programs/{own.program}/people", f"/assessments/{draft}/people"):
        assert one.post(path, sent).status in (403, 404)
    assert db.execute("SELECT count(*) FROM link").fetchone() == (0,)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Noor\0"}, "name"),
        ({"name": "\u202eroon"}, "name"),
        ({"name": "\u200b\u200d"}, "name"),
        ({"name": "N" * 201}, "name"),
        ({"login": "nооr@example.org"}, "login"),
        ({"login": "noor@example.org\r\nBcc: all@example.org"}, "login"),
        ({"login": "a@example.org,b@example.org"}, "login"),
        ({"login": "noor@example.org\0"}, "login"),
        ({"login": "n" * 500 + "@example.org"}, "login"),
    ],
)
def test_an_invitation_of_what_will_not_do_is_refused(
    client: Browser, db: Database, said: dict[str, str], field: str
) -> None:
    page = client.submit("/people/invite", NOOR | said)
    assert (page.status, set(page.mistakes.values())) == (422, {field})
    assert db.execute("SELECT count(*) FROM link").fetchone() == (0,)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "N" * 200, "قيم العربية", "{{ 7 * 7 }} %(name)s %s", "\"' onfocus='x"]
)
def test_any_name_with_letters_is_shown_as_it_is_wherever_it_stands(
    director: Browser, client: Browser, nobody: Browser, own: House, name: str
) -> None:
    page = invite(director, f"/agencies/{own.agency}/people", name=name)
    assert page.heading == f"A link for {name}"
    nobody.submit(link_of(page), ACCOUNT)
    for shown in (
        nobody.get("/account"),
        client.get("/people"),
        director.get(f"/agencies/{own.agency}/people"),
        client.get("/people/trail"),
    ):
        assert name in shown.text
        assert not shown.soup.select("main script")


def test_the_invitation_of_a_director_who_was_shown_the_door_is_worth_nothing(
    app: Flask, director: Browser, client: Browser, nobody: Browser, own: House, dana: Person
) -> None:
    path = link_of(invite(director, f"/agencies/{own.agency}/people", role="director"))
    assert nobody.get(path).status == 200
    client.submit(
        f"/agencies/{own.agency}/people",
        {"person": dana.ref, "role": "director", "place": "agency", "at": own.agency},
    )
    assert nobody.get(path).status == 404


# --- Roles that are taken back ---


def leave(browser: Browser, path: str, person: Person, role: str, place: str, ref: str) -> Page:
    sent = {"person": person.ref, "role": role, "place": place, "at": ref, "csrf_token": browser.token()}
    return browser.post(f"{path}/people/leave", sent, follow=True)


def test_a_director_takes_back_roles_inside_her_agency(
    director: Browser, db: Database, own: House, draft: str
) -> None:
    everything = {
        ("reader", "agency", own.agency),
        ("quality", "program", own.program),
        ("rater", "assessment", draft),
    }
    lee = add(db, "Lee", *everything)
    for role, place, ref in sorted(everything):
        page = leave(director, f"/agencies/{own.agency}", lee, role, place, ref)
        assert page.flashes == ["Lee no longer has this role here."]
    assert given(db, lee) == set()


def test_nobody_takes_a_role_in_a_place_of_others(
    app: Flask, director: Browser, db: Database, own: House, other: House, draft: str
) -> None:
    held = {
        ("reader", "agency", other.agency),
        ("quality", "program", other.program),
        ("consultant", "agency", own.agency),
        ("administrator", "", ""),
    }
    lee = add(db, "Lee", *held)
    program_director = Browser(app, add(db, "Pat", (Role.DIRECTOR, "program", own.program)))
    for role, place, ref in held - {("consultant", "agency", own.agency)}:
        for path in (f"/agencies/{own.agency}", f"/programs/{own.program}", f"/assessments/{draft}"):
            assert leave(director, path, lee, role, place, ref).status == 404
    for path in (f"/programs/{own.program}", f"/assessments/{draft}"):
        assert leave(program_director, path, lee, "consultant", "agency", own.agency).status == 404
    assert leave(director, f"/agencies/{other.agency}", lee, "reader", "agency", other.agency).status == 404
    assert leave(director, f"/agencies/{own.agency}", lee, "", "", "").status == 404
    assert leave(director, f"/agencies/{own.agency}", lee, "consultant", "role; --", own.agency).status == 404
    assert given(db, lee) == held


def test_a_director_does_not_take_her_own_role(director: Browser, db: Database, own: House, dana: Person) -> None:
    page = leave(director, f"/agencies/{own.agency}", dana, "director", "agency", own.agency)
    assert page.flashes == ["You cannot take this role from yourself; another director or an administrator can."]
    assert given(db, dana) == {("director", "agency", own.agency)}


def test_who_lost_her_role_sees_nothing_from_the_moment_on(
    client: Browser, director: Browser, own: House, dana: Person
) -> None:
    assert director.get(f"/programs/{own.program}").status == 200
    leave(client, f"/agencies/{own.agency}", dana, "director", "agency", own.agency)
    assert director.get(f"/programs/{own.program}").status == 404


def test_a_rater_is_named_from_the_house_and_from_nowhere_else(
    director: Browser, db: Database, own: House, other: House, draft: str
) -> None:
    lee = add(db, "Lee", (Role.RATER, "program", own.program))
    foreign = add(db, "Foreign", (Role.RATER, "agency", other.agency))
    path = f"/assessments/{draft}/people"
    assert "Lee" in [option.string for option in director.get(path).soup.select("#person option")]
    page = director.post(path, {"person": lee.ref, "csrf_token": director.token()}, follow=True)
    assert page.flashes == ["Lee can now rate in this assessment."]
    assert ("rater", "assessment", draft) in given(db, lee)
    for ref in (foreign.ref, "x", ""):
        assert director.post(path, {"person": ref, "csrf_token": director.token()}).status == 422
    assert given(db, foreign) == {("rater", "agency", other.agency)}


# --- Accounts ---


def press_of(page: Page, ending: str) -> int:
    """The number of the form that posts to an address with this ending."""
    (found,) = [n for n, form in enumerate(page.soup.select("main form")) if form["action"].endswith(ending)]
    return found


def test_an_administrator_disables_and_lets_in_again(
    app: Flask, client: Browser, director: Browser, dana: Person, nobody: Browser
) -> None:
    page = client.get("/people")
    page = client.press(page, form=press_of(page, f"{dana.ref}/disable"))
    assert page.flashes == ["Dana can no longer log in. What she or he did stays."]
    assert director.get("/").heading == "Log in"
    assert nobody.submit("/login", {"login": "dana", "password": PASSWORD}).status == 422
    page = client.press(page, form=press_of(page, f"{dana.ref}/enable"))
    assert page.flashes == ["Dana can log in again."]
    assert director.get("/").heading == "Log in", "the session of before stays ended"
    assert nobody.submit("/login", {"login": "dana", "password": PASSWORD}).url == "/"


def test_the_last_administrator_cannot_lock_herself_out(client: Browser, db: Database) -> None:
    kim = people.by_login(db, "kim@example.org")
    token = {"csrf_token": client.token()}
    page = client.post(f"/people/{kim.ref}/disable", token, follow=True)
    assert page.flashes == ["You cannot disable your own account; another administrator can."]
    page = client.post(f"/people/{kim.ref}/administrator", token, follow=True)
    assert page.flashes == ["You cannot take this role from yourself; another administrator can."]
    assert people.get(db, kim.ref) == kim


def test_an_administrator_makes_another_and_may_then_be_relieved_by_her(
    app: Flask, client: Browser, db: Database, dana: Person
) -> None:
    client.post(f"/people/{dana.ref}/administrator", {"csrf_token": client.token()})
    second = Browser(app, dana)
    kim = people.by_login(db, "kim@example.org")
    second.post(f"/people/{kim.ref}/administrator", {"csrf_token": second.token()})
    assert client.get("/people").status in (403, 404)
    assert people.get(db, dana.ref).is_administrator
    assert not people.get(db, kim.ref).is_administrator


def test_nobody_but_an_administrator_touches_an_account(director: Browser, db: Database, dana: Person) -> None:
    kim = people.by_login(db, "kim@example.org")
    token = {"csrf_token": director.token()}
    for act in ("disable", "enable", "reset", "administrator"):
        for ref in (kim.ref, dana.ref, "x"):
            assert director.post(f"/people/{ref}/{act}", token).status in (403, 404)
    assert (people.get(db, kim.ref), people.get(db, dana.ref)) == (kim, dana)


def test_an_account_that_is_not_there_is_not_here(client: Browser) -> None:
    token = {"csrf_token": client.token()}
    for act in ("disable", "enable", "reset", "administrator"):
        for ref in ("x", "%00", "0" * 16, "x" * 5000):
            assert client.post(f"/people/{ref}/{act}", token).status == 404


def test_a_link_for_a_new_password_is_shown_to_the_administrator_and_told_in_the_trail(
    client: Browser, nobody: Browser, director: Browser, db: Database, dana: Person
) -> None:
    page = client.post(f"/people/{dana.ref}/reset", {"csrf_token": client.token()})
    assert page.heading == "A link for Dana"
    assert director.get("/").heading == "Programs", "until the new password is set nothing changes"
    new = "velvet anchor pigeon"
    nobody.submit(link_of(page), {"password": new, "again": new})
    assert director.get("/").heading == "Log in"
    assert nobody.submit("/login", {"login": "dana", "password": new}).url == "/"
    kim = people.by_login(db, "kim@example.org")
    told = [(entry.act, entry.who) for entry in trail.of_people(db)][:2]
    assert told == [("set password", dana.ref), ("reset", kim.ref)]


# --- By mail ---


class Box(Message):
    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.arrived.append(message)


@pytest.fixture
def box(app: Flask) -> Iterator[Box]:
    """The mailbox of everybody; mail is set up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app.config |= {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": port, "MAIL_SECURITY": "none", "MAIL_FROM": "d@example.org"}
    controller = Controller(Box(), "127.0.0.1", port)
    controller.start()
    yield controller.handler
    controller.stop()


def test_an_invitation_goes_out_by_mail_and_the_page_says_so(client: Browser, box: Box) -> None:
    page = client.submit("/people/invite", NOOR | {"name": "Nöor <b>"})
    assert "The link went out by mail." in page.text
    (message,) = box.arrived
    assert (message["To"], message["Subject"]) == ("noor@example.org", "Your invitation to ddcat")
    body = message.get_payload(decode=True).decode()
    assert body.startswith("Hello Nöor <b>,")
    assert link_of(page) in body
    assert "within 14 days" in body


def test_a_link_for_a_new_password_goes_out_by_mail(client: Browser, db: Database, box: Box) -> None:
    kim = people.by_login(db, "kim@example.org")
    page = client.post(f"/people/{kim.ref}/reset", {"csrf_token": client.token()})
    assert box.arrived[0]["Subject"] == "A new password for ddcat"
    assert link_of(page) in box.arrived[0].get_payload(decode=True).decode()


def test_nothing_can_be_written_into_the_message_but_a_name_on_one_line(client: Browser, box: Box) -> None:
    client.submit("/people/invite", NOOR | {"name": "Noor\r\nBcc: x@example.org\r\n\r\nVisit evil.example"})
    (message,) = box.arrived
    assert message["X-RcptTo"] == "noor@example.org"
    body = message.get_payload(decode=True).decode()
    assert body.splitlines()[0] == "Hello Noor Bcc: x@example.org Visit evil.example,"


def test_a_login_that_is_no_address_gets_no_mail(client: Browser, box: Box) -> None:
    page = client.submit("/people/invite", NOOR | {"login": "noor"})
    assert "It is shown only now." in page.text
    assert box.arrived == []


@pytest.mark.parametrize(
    "config",
    [
        {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": 1},
        {"MAIL_HOST": "no.such.host.invalid"},
        {"MAIL_HOST": "127.0.0.1", "MAIL_PORT": "smtp"},
        {"MAIL_HOST": "127.0.0.1", "MAIL_SECURITY": "ssl"},
        {"MAIL_HOST": "127.0.0.1", "MAIL_FROM": "no\naddress"},
    ],
)
def test_where_mail_cannot_be_sent_the_link_is_shown_all_the_same(
    app: Flask, client: Browser, nobody: Browser, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SECONDS", 1)
    app.config |= {"MAIL_FROM": "d@example.org"} | config
    page = client.submit("/people/invite", NOOR)
    assert "It is shown only now." in page.text
    assert nobody.submit(link_of(page), ACCOUNT).url == "/"
