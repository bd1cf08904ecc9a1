"""The private calendar: its address, what it shows to whom, and the dates on the first page."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Role
from ddcat.records import Action, Person
from ddcat.store import actions, assessments, feeds, people, raters, reminders, roles
from tests.web.conftest import Browser, Page

MAKE, END = "/account/calendar", "/account/calendar/end"


def in_days(days: int) -> str:
    return (date.today() + timedelta(days=days)).isoformat()


def form_to(page: Page, action: str) -> int:
    """The number of the form that posts to this address."""
    return next(n for n, form in enumerate(page.soup.select("main form")) if form["action"] == action)


def make(browser: Browser) -> str:
    """Make an address as a person does; its path."""
    account = browser.get("/account")
    page = browser.press(account, form=form_to(account, MAKE))
    address = str(page.one("#address")["value"])
    assert address.startswith("http://localhost/calendar/")
    return address.removeprefix("http://localhost")


def entries(browser: Browser, path: str) -> dict[str, str]:
    """The days of a calendar by what is due; fails where it is none."""
    page = browser.get(path)
    assert page.status == 200
    found = Calendar.from_ical(page.response.data)
    return {str(entry["summary"]): entry["dtstart"].dt.isoformat() for entry in found.walk("VEVENT")}


@pytest.fixture
def somebody(db: Database, person: Person, program_ref: str) -> Callable[..., Person]:
    """`somebody("Ann", Role.READER)`: a person with an address and these roles in the program."""

    def somebody(name: str, *given: Role) -> Person:
        with store.writing(db):
            one = people.create(db, person, name=name, login=f"{name.lower()}@example.org")
            for role in given:
                roles.insert(db, person, one, role, "program", program_ref)
        return people.get(db, one.ref)

    return somebody


@pytest.fixture
def plan(db: Database, person: Person, sealed: str) -> Callable[..., str]:
    """`plan("Buy hooks", 3, ann)`: an action that is due in so many days, and whose it is."""

    def plan(what: str, days: int, owner: Person | None = None) -> str:
        said = Action(item="coat-rack", rating=3, expected=5, what=what, due_on=in_days(days))
        if owner:
            said = replace(said, owner=owner.name, owner_ref=owner.ref)
        return actions.add(db, person, sealed, said)

    return plan


@pytest.fixture
def ann(somebody: Callable[..., Person]) -> Person:
    return somebody("Ann", Role.READER)


# --- The address ---


def test_the_address_is_shown_once_and_only_its_digest_is_kept(client: Browser, db: Database, sealed: str) -> None:
    path = make(client)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43
    assert token not in client.get("/account").response.text
    ((digest,),) = db.execute("SELECT digest FROM feed").fetchall()
    assert token not in str(list(db.execute("SELECT * FROM feed")))
    assert len(digest) == 64


def test_the_page_says_how_each_calendar_reads_it_and_that_it_is_private(client: Browser) -> None:
    account = client.get("/account")
    assert "Whoever has the address can read your dates without logging in." in account.text
    page = client.press(account, form=form_to(account, MAKE))
    for name in ("Outlook", "Google Calendar", "Apple Calendar"):
        assert [said for said in page.words("#calendar li") if said.startswith(f"In {name}, choose ")]
    assert page.headers["Cache-Control"] == "no-store"


def test_a_new_address_ends_the_old_one(client: Browser, nobody: Browser) -> None:
    old = make(client)
    new = make(client)
    assert old != new
    assert nobody.get(old).status == 404
    assert nobody.get(new).status == 200


def test_an_address_that_was_ended_leads_nowhere(client: Browser, nobody: Browser) -> None:
    path = make(client)
    account = client.get("/account")
    page = client.press(account, form=form_to(account, END))
    assert page.flashes == ["The address of your calendar has ended. Remove it from the calendars that read it."]
    assert nobody.get(path).status == 404
    assert "Make an address" in page.words("button")


def test_unknown_ended_and_disabled_cannot_be_told_apart(
    app: Flask, db: Database, nobody: Browser, ann: Person
) -> None:
    path = make(Browser(app, ann))
    unknown = nobody.get(f"/calendar/{'x' * 43}.ics")
    assert nobody.get(path).status == 200
    people.disable(db, None, ann)
    disabled = nobody.get(path)
    feeds.end(db, ann)
    ended = nobody.get(path)
    for page in (disabled, ended):
        assert page.status == unknown.status == 404
        assert page.response.data == unknown.response.data
        assert dict(page.headers) == dict(unknown.headers)


@pytest.mark.parametrize("token", ["", "x", "%00", "..%2f..", "x" * 5000, "%F0%9F%8F%AE", "%ff", "a.ics"])
def test_a_strange_token_leads_nowhere(client: Browser, nobody: Browser, token: str) -> None:
    make(client)
    assert nobody.get(f"/calendar/{token}.ics").status == 404


def test_nobody_makes_or_ends_an_address_for_another_or_without_a_token(client: Browser, nobody: Browser) -> None:
    path = make(client)
    for address in (MAKE, END):
        assert client.post(address).status == 400
        assert nobody.post(address).status == 302
        assert client.get(address).status == 405
    assert nobody.get(path).status == 200


# --- What it shows ---


def test_it_is_a_calendar_without_a_login_a_cookie_or_a_copy(client: Browser, nobody: Browser, sealed: str) -> None:
    page = nobody.get(make(client))
    assert page.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in page.headers
    assert "Last-Modified" not in page.headers
    head = nobody.raw.head(page.url)
    assert (head.status_code, head.data) == (200, b"")


def test_it_leads_to_pages_that_are_there(
    app: Flask,
    db: Database,
    client: Browser,
    person: Person,
    start: Callable[..., str],
    plan: Callable[..., str],
    sealed: str,
) -> None:
    plan("Buy hooks", 3)
    found = Calendar.from_ical(client.get(make(client)).response.data)
    urls = [str(entry["url"]) for entry in found.walk("VEVENT")]
    draft = start(assessed_on=in_days(0))
    with store.writing(db):
        roles.insert(db, person, person, Role.RATER, "assessment", draft)
    raters.give(db, person, draft, person.ref, items=(), due_on=in_days(2), stands="")
    urls += [str(entry["url"]) for entry in Calendar.from_ical(client.get(make(client)).response.data).walk("VEVENT")]
    kinds = set()
    for url in urls:
        assert url.startswith("http://localhost/")
        page = client.get(url.removeprefix("http://localhost"))
        assert (page.status, page.url) == (200, url.removeprefix("http://localhost"))
        kinds.add(page.url.split("/")[1])
    assert kinds == {"actions", "assessments", "programs"}


def test_who_has_nothing_due_has_an_empty_calendar(app: Flask, somebody: Callable[..., Person]) -> None:
    browser = Browser(app, somebody("Noor"))
    assert entries(browser, make(browser)) == {}


def test_each_sees_what_is_hers_and_the_director_all_of_the_program(
    app: Flask, client: Browser, nobody: Browser, ann: Person, plan: Callable[..., str]
) -> None:
    plan("Buy hooks", 3, ann)
    plan("Write the script", 5)
    of_ann, of_kim = make(Browser(app, ann)), make(client)
    hooks, script = "Buy hooks · Evening Harbor", "Write the script · Evening Harbor"
    assert entries(nobody, of_ann) == {hooks: in_days(3)}
    assert entries(nobody, of_kim) == {
        hooks: in_days(3),
        script: in_days(5),
        "Assess the program again · Evening Harbor": "2027-03-02",
    }


def test_what_a_role_no_longer_allows_vanishes_at_once(
    app: Flask, db: Database, person: Person, nobody: Browser, program_ref: str, ann: Person, plan: Callable[..., str]
) -> None:
    plan("Buy hooks", 3, ann)
    path = make(Browser(app, ann))
    assert len(entries(nobody, path)) == 1
    roles.take(db, person, ann.ref, Role.READER, "program", program_ref)
    assert entries(nobody, path) == {}


@pytest.mark.parametrize("change", [{"state": "done"}, {"state": "dropped", "reason": "No money"}, {"due_on": ""}])
def test_what_is_no_longer_due_vanishes(
    client: Browser, db: Database, person: Person, plan: Callable[..., str], change: dict[str, str]
) -> None:
    ref = plan("Buy hooks", 3)
    path = make(client)
    assert "Buy hooks · Evening Harbor" in entries(client, path)
    actions.change(db, person, replace(actions.get(db, person, ref), **change))
    assert "Buy hooks · Evening Harbor" not in entries(client, path)


def test_an_action_that_was_taken_away_vanishes(
    client: Browser, db: Database, person: Person, plan: Callable[..., str]
) -> None:
    ref = plan("Buy hooks", 3)
    path = make(client)
    actions.remove(db, person, ref)
    assert "Buy hooks · Evening Harbor" not in entries(client, path)


def test_raters_who_rate_alone_read_only_when_their_own_is_due(
    app: Flask, db: Database, person: Person, client: Browser, draft: str, somebody: Callable[..., Person]
) -> None:
    one, other = somebody("Bo", Role.RATER), somebody("Cleo", Role.RATER)
    raters.rate_alone(db, person, draft)
    with store.writing(db):
        for rater in (one, other):
            roles.insert(db, person, rater, Role.RATER, "assessment", draft)
    for rater, days in ((one, 3), (other, 5)):
        raters.give(db, person, draft, rater.ref, items=(), due_on=in_days(days), stands="")
    paths = {rater.name: make(Browser(app, rater)) for rater in (one, other)} | {"Kim": make(client)}
    title = "Hand in your ratings · Evening Harbor"
    assert entries(client, paths["Bo"]) == {title: in_days(3)}
    assert entries(client, paths["Kim"]) == {}
    before = {name: client.get(paths[name]).response.data for name in ("Bo", "Kim")}
    raters.submit(db, other, draft)
    assert {name: client.get(paths[name]).response.data for name in before} == before
    assert entries(client, paths["Cleo"]) == {}


# --- The first page ---


def dated(page: Page) -> list[str]:
    return page.words("ul.dates li")


def test_the_first_page_lists_what_is_overdue_or_due_within_30_days_soonest_first(
    app: Flask, ann: Person, plan: Callable[..., str]
) -> None:
    ref = plan("Buy hooks", 30, ann)
    for what, days in (("Ask the night team", -40), ("Write the script", 0), ("Too far away", 31)):
        plan(what, days, ann)
    page = Browser(app, ann).get("/")
    assert "Dates" in page.words("h2")
    first, second, third = dated(page)
    assert first.startswith("Ask the night team Evening Harbor due ")
    assert first.endswith(" overdue")
    assert second.startswith("Write the script")
    assert not second.endswith("overdue")
    assert third.startswith("Buy hooks")
    assert page.one(f'ul.dates a[href="/actions/{ref}"]')


def test_without_dates_there_is_no_list(client: Browser, app: Flask, ann: Person, plan: Callable[..., str]) -> None:
    plan("Buy hooks", 31, ann)
    for browser in (client, Browser(app, ann)):
        assert "Dates" not in browser.get("/").words("h2")


def test_the_list_is_short_and_says_how_much_more_there_is(client: Browser, plan: Callable[..., str]) -> None:
    for n in range(8):
        plan(f"Action {n}", n)
    assert "more" not in client.get("/").words("#dates > p")[-1]
    plan("Action 8", 8)
    plan("Action 9", 9)
    page = client.get("/")
    assert [said.split(" Evening")[0] for said in dated(page)] == [f"Action {n}" for n in range(8)]
    assert page.words("#dates > p")[-1] == "2 more are overdue or due within 30 days. All in your calendar"
    assert client.get(page.one("#dates > p a")["href"]).heading == "Kim Example"


def test_the_director_reads_whose_it_is(client: Browser, ann: Person, plan: Callable[..., str]) -> None:
    plan("Buy hooks", 3, ann)
    assert "Buy hooks Evening Harbor · Ann due" in dated(client.get("/"))[0]


def test_a_reminder_that_failed_is_told_to_whom_it_did_not_reach_and_to_nobody_else(
    app: Flask, client: Browser, db: Database, ann: Person, plan: Callable[..., str]
) -> None:
    ref = plan("Buy <b>hooks</b>", 3, ann)
    (event,) = reminders.mark(db, ann, feeds.events(db, ann))
    browser = Browser(app, ann)
    assert browser.get("/").words("#dates .notice") == []
    reminders.note_fault(db, ann, [event], "mailbox <full>\nsorry")
    (said,) = browser.get("/").words("#dates .notice")
    assert said.startswith("A mail to you did not go out. It was to remind you of: Buy <b>hooks</b>, due ")
    assert said.endswith(" Why: mailbox <full> sorry")
    assert client.get("/").words("#dates .notice") == []
    actions.change(db, ann, replace(actions.get(db, ann, ref), state="done"))
    assert "Dates" not in browser.get("/").words("h2"), "what is done needs no reminder"


def test_a_reminder_whose_sending_broke_off_is_told_after_an_hour(
    app: Flask, db: Database, ann: Person, plan: Callable[..., str]
) -> None:
    plan("Buy hooks", 3, ann)
    reminders.mark(db, ann, feeds.events(db, ann))
    browser = Browser(app, ann)
    assert browser.get("/").words("#dates .notice") == []
    with db.conn:
        db.execute("UPDATE reminder SET marked_at = '2026-03-02T08:00:00+00:00'")
    (said,) = browser.get("/").words("#dates .notice")
    assert "may not have gone out: its sending broke off" in said
    with db.conn:
        db.execute("UPDATE reminder SET sent_at = '2026-03-02T08:00:01+00:00'")
    assert browser.get("/").words("#dates .notice") == []


def test_dates_cost_the_first_page_few_questions_however_many_there_are(
    app: Flask, client: Browser, sealed: str, plan: Callable[..., str]
) -> None:
    """Counted on the connection of the application, which is this thread's."""

    def questions() -> int:
        asked: list[str] = []
        connection = app.extensions["connections"].db(app.config["DATABASE"]).conn
        connection.set_trace_callback(asked.append)
        client.get("/")
        connection.set_trace_callback(None)
        return len([one for one in asked if one.lstrip().startswith("SELECT")])

    plan("Action", 0)
    few = questions()
    for n in range(30):
        plan(f"Action {n}", n)
    assert 5 < questions() == few < 25


def test_assessments_that_are_sealed_or_put_aside_are_not_due(
    client: Browser, db: Database, person: Person, draft: str
) -> None:
    with store.writing(db):
        roles.insert(db, person, person, Role.RATER, "assessment", draft)
    raters.give(db, person, draft, person.ref, items=(), due_on=in_days(2), stands="")
    assert len(dated(client.get("/"))) == 1
    assessments.delete(db, person, draft)
    assert dated(client.get("/")) == []
