"""Every address and every method against every role, in one's own house and in another's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database
from werkzeug.routing import Rule

from ddcat import access, store
from ddcat.access import Act, Role
from ddcat.records import Action, Person
from ddcat.store import actions, agencies, people, programs, roles, saving
from ddcat.store.saving import Change
from ddcat.web import guard
from tests.web.conftest import Browser

PLACES = ("agency", "program", "assessment", "action")


@dataclass(frozen=True)
class House:
    """An agency with a program, a draft, a sealed assessment and an action; `ref` by kind of place."""

    agency: str
    program: str
    draft: str
    sealed: str
    action: str

    def ref(self, place: str, *, sealed: bool) -> str:
        inside = {"agency": self.agency, "program": self.program, "action": self.action}
        return inside.get(place, self.sealed if sealed else self.draft)


@dataclass(frozen=True)
class Standing:
    """Somebody: what she is to her own house, and what she holds on each kind of place in it."""

    name: str
    person: Person
    held: dict[str, access.Held]


@pytest.fixture
def houses(app: Flask, db: Database, person: Person, start: Callable[..., str], client: Browser) -> list[House]:
    """One's own and another's."""
    found = []
    for name in ("Own", "Other"):
        agency = agencies.add(db, person, f"{name} agency", {}).ref
        program = programs.add(db, person, agency, f"{name} program", {}).ref
        refs = []
        for _kind in ("draft", "sealed"):
            ref = start()
            id = db.execute("SELECT id FROM program WHERE ref = ?", [program]).fetchone()[0]
            with db.conn:
                db.execute("UPDATE assessment SET program_id = ? WHERE ref = ?", [id, ref])
            refs.append(ref)
        items = {item: Change(3, "", 0) for item in ("first-words", "coat-rack", "second-plate")}
        saving.save(db, person, refs[1], items)
        assert client.submit(f"/assessments/{refs[1]}/seal").url.endswith("/result")
        action = actions.add(db, person, refs[1], Action(item="coat-rack", rating=3, expected=5, what="Buy hooks"))
        found.append(House(agency, program, *refs, action))
    return found


@pytest.fixture
def everybody(db: Database, person: Person, houses: list[House]) -> list[Standing]:
    """One person a role and place where it can be held, all in the first house."""
    own, found = houses[0], []
    with store.writing(db):
        for role in Role:
            for place in access.PLACES_OF[role]:
                login = f"{role}-{place or 'all'}@example.org"
                one = people.create(db, person, name=login, login=login)
                refs = {
                    "": [""],
                    "agency": [own.agency],
                    "program": [own.program],
                    "assessment": [own.draft, own.sealed],
                }
                for ref in refs[place]:
                    roles.insert(db, person, one, role, place, ref)
                found.append(Standing(login, people.by_login(db, login), _held(role, place)))
        people.create(db, person, name="no role", login="norole")
    return [*found, Standing("no role", people.by_login(db, "norole"), dict.fromkeys(PLACES, access.NOTHING))]


def _held(role: Role, place: str) -> dict[str, access.Held]:
    """What this role in this place comes to on each kind of record: it reaches inwards, never outwards."""
    reach = {"": PLACES[:1], "agency": PLACES, "program": PLACES[1:], "assessment": PLACES[2:3]}[place]
    told = role + access.HERE if place == "assessment" else role
    return {kind: frozenset({told} if kind in reach else ()) for kind in PLACES}


def _rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            yield rule, method


def _ask(app: Flask, browser: Browser, rule: Rule, method: str, ref: str) -> int:
    unknown = dict.fromkeys(("who", "line", "token"), "unknown") | {"kind": "notes", "part": "hours"}
    values = unknown | {"ref": ref, "id": "doorway", "name": "ddcat@4.0", "filename": "ddcat.css"}
    with app.test_request_context():
        address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
    # Without a token nothing is changed: whoever is let through is told 400, and the walk leaves no trace.
    return int(browser.raw.open(address, method=method).status_code)


def _expected(takes: guard.Takes, one: Standing, method: str, *, own: bool, sealed: bool) -> set[int]:
    """What the table says: the statuses that are right, none where she is let through."""
    refused = {404} if method == "GET" else {403}
    if takes == guard.ANYBODY:
        return set()
    if takes.act is None:
        return set()
    if takes.place not in PLACES:
        held = frozenset({Role.ADMINISTRATOR}) if one.person.is_administrator else access.NOTHING
        return set() if access.may(takes.act, held) else refused
    held = one.held[takes.place] if own else access.NOTHING
    if takes.place == "agency" and one.person.is_administrator:
        held = frozenset({Role.ADMINISTRATOR})
    seen = {
        "agency": bool(held),
        "program": access.may(Act.SEE_PROGRAM, held),
        "assessment": access.sees(held, is_sealed=sealed),
        "action": access.may(Act.SEE_ACTION, held),
    }[takes.place]
    if not seen:
        return {404}
    return set() if access.may(takes.act, held) else refused


def test_every_address_stands_in_the_table_and_nothing_else_does(app: Flask) -> None:
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(guard.ROUTES)


def test_an_address_that_is_missing_in_the_table_is_shut(app: Flask, client: Browser) -> None:
    app.add_url_rule("/forgotten", endpoint="home.forgotten", view_func=lambda: "open")
    assert client.get("/forgotten").status == 404


def test_every_role_reaches_what_the_table_says_and_nothing_else(
    app: Flask, houses: list[House], everybody: list[Standing]
) -> None:
    wrong, asked = [], 0
    for one in everybody:
        for rule, method in _rules(app):
            takes = guard.ROUTES[rule.endpoint]
            if takes == guard.ANYBODY or rule.endpoint == "accounts.logout":
                continue
            for house in houses if takes.place in PLACES else houses[:1]:
                for sealed in (False, True) if takes.place == "assessment" else (False,):
                    browser = Browser(app, one.person)
                    ref = house.ref(takes.place, sealed=sealed) if takes.place != "person" else one.person.ref
                    expected = _expected(takes, one, method, own=house is houses[0], sealed=sealed)
                    if rule.rule.endswith(".pdf") and not expected:
                        continue  # making it takes seconds; whether it is made is for other tests
                    status = _ask(app, browser, rule, method, ref)
                    is_right = status in expected if expected else status not in (401, 403)
                    asked += 1
                    if not is_right:
                        wrong.append((one.name, method, rule.rule, house is houses[0], sealed, status, expected))
    assert wrong == []
    assert asked > 1500


def test_nobody_who_is_not_logged_in_reaches_anything(app: Flask, houses: list[House], nobody: Browser) -> None:
    for rule, method in _rules(app):
        takes = guard.ROUTES[rule.endpoint]
        if takes != guard.ANYBODY:
            ref = houses[0].ref(takes.place, sealed=True)
            status = _ask(app, nobody, rule, method, ref)
            assert status == 302, (method, rule.rule, status)


def test_a_disabled_person_reaches_nothing_from_the_moment_on(client: Browser, db: Database, person: Person) -> None:
    assert client.get("/").heading == "Programs"
    people.disable(db, None, person)
    assert client.get("/").heading == "Log in"


def test_sessions_that_were_ended_reach_nothing(client: Browser, second: Any) -> None:
    client.submit("/account", form=0)
    assert second.get("/").heading == "Log in"
    assert client.get("/").heading == "Programs"


def test_a_forged_session_reaches_nothing(app: Flask, nobody: Browser, person: Person) -> None:
    for id in (f"{person.ref}.99", f"{person.ref}", "", "1", f"{'0' * 16}.0", None, 7):
        with nobody.raw.session_transaction() as session:
            session["_user_id"] = id
        assert nobody.get("/").heading == "Log in"
    nobody.raw.set_cookie("ddcat", "eyJfdXNlcl9pZCI6ImFkbWluLjAifQ.forged.forged")
    assert nobody.get("/").heading == "Log in"


def test_a_consultant_rates_what_she_began_as_external_and_nothing_else(
    app: Flask, db: Database, person: Person, houses: list[House]
) -> None:
    with store.writing(db):
        one = people.create(db, person, name="Quinn", login="quinn")
        roles.insert(db, person, one, Role.CONSULTANT, "program", houses[0].program)
    quinn = Browser(app, one)
    page = quinn.get(f"/programs/{houses[0].program}/assessments/new")
    assert [radio["value"] for radio in page.soup.select("input[name=kind]")] == ["external"]
    begun = quinn.submit(page.url, {"rater": "Quinn", "instrument": "ddcat@4.0"}).url
    assert quinn.get(f"{begun}/dimensions/structure").status == 200
    assert quinn.get(f"/assessments/{houses[0].draft}/dimensions/doorway").status == 404


def test_a_peer_rater_of_another_agency_reaches_the_one_assessment_alone(
    app: Flask, db: Database, person: Person, houses: list[House]
) -> None:
    with store.writing(db):
        one = people.create(db, person, name="Noor", login="noor")
        roles.insert(db, person, one, Role.RATER, "assessment", houses[0].draft)
    noor = Browser(app, one)
    assert noor.get("/").words("ul.cards a")[0].startswith("Own program")
    assert noor.get(f"/assessments/{houses[0].draft}/dimensions/doorway").status == 200
    assert noor.get(f"/assessments/{houses[0].draft}/seal").status == 404
    for other in (f"/programs/{houses[0].program}", f"/assessments/{houses[0].sealed}"):
        assert noor.get(other).status == 404
