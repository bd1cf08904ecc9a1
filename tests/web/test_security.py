"""What a hostile page, neighbour or text could try."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database
from werkzeug.routing import Rule

from ddcat.records import Action, Person
from ddcat.store import actions, agencies, assessments, programs
from ddcat.web import create_app, guard

NOWHERE = "0" * 16
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"'><img src=x onerror=\"alert('1')\">",
    "end tags": "</textarea></title></option></select><b>bold</b>",
    "templates": "{{ 7 * 7 }} {% raw %} %(name)s %s %d {0} ${x}",
    "entities": "&lt;b&gt; &amp;amp; &nbsp;",
    "right to left": "עברית evil العربية",
    "emoji": "👩🏽\u200d⚕️ 🌊 é ﷽",
    "formula": "=HYPERLINK('x') -- ; DROP TABLE rating",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@pytest.fixture
def action(db: Database, person: Person, sealed: str) -> str:
    """An action of one's own."""
    return actions.add(db, person, sealed, Action(item="coat-rack", rating=3, expected=5, what="Hooks"))


def _rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def _address(app: Flask, rule: Rule, ref: str) -> str:
    values = {
        "ref": ref,
        "who": "nobody",
        "line": "nothing",
        "kind": "notes",
        "part": "hours",
        "id": "doorway",
        "name": "ddcat@4.0",
        "filename": "ddcat.css",
        "token": "unknown",
    }
    with app.test_request_context():
        return app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})


def _noun(rule: Rule) -> str:
    """The kind of place that the address names; "" for a person or for none."""
    return guard.ROUTES[rule.endpoint].place


# --- Records of somebody else ---


def test_every_address_with_a_ref_answers_404_for_one_that_is_not_there_or_somebody_elses(
    app: Flask, client: Any, stranger: dict[str, str]
) -> None:
    token = client.token()
    tried = 0
    for method in ("GET", "POST"):
        for rule in (rule for rule in _rules(app, method) if _noun(rule) in stranger):
            for ref in (NOWHERE, stranger[_noun(rule)]):
                address = _address(app, rule, ref)
                sent = {"csrf_token": token, "name": "x", "reason": "x", "rater": "x"}
                page = client.get(address) if method == "GET" else client.post(address, sent)
                assert page.status == 404, f"{method} {address}"
                tried += 1
    assert tried >= 40


def test_nothing_tells_a_record_of_somebody_else_from_one_that_is_not_there(
    client: Any, stranger: dict[str, str]
) -> None:
    foreign, unknown = (client.get(f"/assessments/{ref}") for ref in (stranger["assessment"], NOWHERE))
    assert foreign.response.data == unknown.response.data
    assert dict(foreign.headers) == dict(unknown.headers)


def test_posting_to_somebody_elses_records_changes_nothing(
    app: Flask, client: Any, db: Database, stranger: dict[str, str]
) -> None:
    before = list(db.conn.iterdump())
    token = client.token()
    for rule in (rule for rule in _rules(app, "POST") if _noun(rule) in stranger):
        sent = {"csrf_token": token, "name": "Stolen", "first-words-stamp": "0.x", "first-words-rating": "5"}
        client.post(_address(app, rule, stranger[_noun(rule)]), sent)
    assert list(db.conn.iterdump()) == before


@pytest.mark.parametrize("ref", ["%00", "..", "x" * 5000, "'; DROP TABLE rating; --", "%F0%9F%8C%8A", "-1", "1"])
def test_a_ref_that_is_none_is_not_here(client: Any, ref: str) -> None:
    assert client.get(f"/assessments/{ref}/result").status == 404


# --- Requests from elsewhere ---


def test_every_address_that_changes_something_asks_for_a_token_first(
    app: Flask,
    client: Any,
    db: Database,
    person: Person,
    agency_ref: str,
    program_ref: str,
    start: Callable[..., str],
    action: str,
) -> None:
    refs = {"agency": agency_ref, "program": program_ref, "assessment": start(), "action": action}
    before = list(db.conn.iterdump())
    rules = _rules(app, "POST")
    assert len(rules) >= 10
    for rule in rules:
        address = _address(app, rule, refs.get(_noun(rule), person.ref))
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged"}):
            page = client.post(address, {"name": "x", "rater": "x", "first-words-rating": "5"} | token)
            assert page.status == 400, address
    assert list(db.conn.iterdump()) == before


def test_the_token_of_another_session_does_not_count(client: Any, second: Any) -> None:
    client.token()
    assert client.post("/agencies/new", {"name": "x", "csrf_token": second.token()}).status == 400


def test_nothing_changes_by_following_a_link(
    app: Flask, client: Any, db: Database, agency_ref: str, program_ref: str, sealed: str, action: str
) -> None:
    refs = {"agency": agency_ref, "program": program_ref, "assessment": sealed, "action": action}
    before = list(db.conn.iterdump())
    for rule in _rules(app, "GET"):
        if not rule.rule.endswith((".pdf", "answers.html")):  # one file to host elsewhere is no page of ours
            client.get(_address(app, rule, refs.get(_noun(rule), "")))
    assert list(db.conn.iterdump()) == before


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_another_name_for_this_machine_is_refused(client: Any, host: str) -> None:
    page = client.get("/", headers={"Host": host})
    assert (page.status, page.heading) == (400, "This request could not be read")


@pytest.mark.parametrize("host", ["localhost", "localhost:5000", "127.0.0.1:8080"])
def test_this_machine_answers_to_its_own_names(client: Any, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status == 200


# --- Headers ---


@pytest.fixture
def responses(app: Flask, client: Any, draft: str, rate: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answers of every kind: pages, redirects, refusals, errors, files."""
    rate(draft, None, IA=3)
    app.testing = False
    app.add_url_rule("/broken", endpoint="home.broken", view_func=lambda: 1 / 0)
    monkeypatch.setitem(guard.ROUTES, "home.broken", guard.LOGGED_IN)
    door = f"/assessments/{draft}/dimensions/doorway"
    return [
        client.get("/"),
        client.get(door),
        client.get(f"/assessments/{draft}/plan/print"),
        client.get("/paper.css"),
        client.get("/nowhere"),
        client.get("/broken"),
        client.get("/", headers={"Host": "evil.example"}),
        client.post(door, {}),
        client.submit(door, {"first-words-rating": "2"}),
        client.submit(door, {"first-words-rating": "5"}, follow=False),
        client.submit("/agencies/new", {"name": "x" * 2_000_000}),
        client.submit(door, {"coat-rack-rating": "5"}, headers={"Accept": "application/json"}),
    ]


def test_every_answer_carries_the_headers_that_protect_and_is_not_kept(responses: Any) -> None:
    assert {page.status for page in responses} == {200, 302, 400, 404, 413, 422, 500}
    for page in responses:
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.headers["Cache-Control"] == "no-store"


def test_files_that_never_change_may_be_kept_for_a_while(client: Any) -> None:
    page = client.get("/static/ddcat.css")
    assert "max-age=3600" in page.headers["Cache-Control"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["../__init__.py", "..%2f__init__.py", "%2e%2e/forms.py", "nothing.css"])
def test_only_the_files_of_the_folder_are_served(client: Any, path: str) -> None:
    assert client.get(f"/static/{path}").status == 404


def test_the_cookie_is_for_this_site_alone_and_not_for_scripts(client: Any) -> None:
    cookie = client.get("/agencies/new").headers["Set-Cookie"]
    assert cookie.startswith("ddcat=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_key_that_signs_sessions_is_made_once_and_nobody_else_reads_it(app: Flask) -> None:
    apps = [create_app(DATA=app.config["DATA"]) for _ in range(2)]
    assert apps[0].config["SECRET_KEY"] == apps[1].config["SECRET_KEY"]
    assert len(apps[0].config["SECRET_KEY"]) == 64
    assert (Path(app.config["DATA"]) / "secret.key").stat().st_mode & 0o777 == 0o600


# --- Hostile text ---


@hostile
def test_hostile_names_come_back_the_same_and_do_nothing(
    client: Any, db: Database, person: Person, text: str
) -> None:
    page = client.submit("/agencies/new", {"name": text})
    assert page.flashes == [f"{' '.join(text.split())} is added. Now add its first program."]
    page = client.press(page, {"name": text, "address": text, "state": text})
    (agency,), (program,) = agencies.all(db, person), programs.all(db, person)
    assert (agency.name, program.name, program.facts) == (text, text, {"address": text, "state": text})
    assert page.heading == " ".join(text.split())
    assert page.title.startswith(" ".join(text.split()))
    shown = client.get(f"/programs/{program.ref}/edit").fields()
    assert (shown["name"], shown["address"], shown["state"]) == ([text], [text], [text])
    assert client.get(f"/agencies/{agency.ref}/edit").fields()["name"] == [text]
    assert not client.get("/").soup.select("script, b")


@hostile
def test_hostile_evidence_comes_back_the_same_on_every_page(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None], text: str
) -> None:
    rate(draft, 3)
    door = f"/assessments/{draft}/dimensions/doorway"
    page = client.submit(door, {"coat-rack-rating": "1", "coat-rack-why": text})
    assert page.fields()["coat-rack-why"] == [text]
    client.submit(f"/assessments/{draft}/cover", {"rater": text, "visit_dates": text})
    client.submit(f"/assessments/{draft}/seal")
    amended = client.submit(f"/assessments/{draft}/amend", {"reason": text})
    assert f"Reason for the amendment: {' '.join(text.split())}" in amended.text
    for page in (client.get(f"/assessments/{draft}/{name}") for name in ("result", "plan", "plan/print")):
        assert " ".join(text.split()) in page.text
        assert not page.soup.select("script, img")
    kept = assessments.get(db, person, draft)
    assert (kept.rater, kept.cover, kept.why) == (text, {"visit_dates": text}, {"coat-rack": text})


@hostile
def test_hostile_text_in_a_conflict_is_shown_and_kept_as_it_is(
    client: Any, second: Any, db: Database, person: Person, draft: str, text: str
) -> None:
    door = f"/assessments/{draft}/dimensions/doorway"
    window = second.get(door)
    client.submit(door, {"coat-rack-why": text})
    page = second.press(window, {"coat-rack-why": f"{text}!"})
    assert [" ".join(text.split()) in words for words in page.words("label.choice")] == [True, True]
    second.press(page, {"coat-rack-keep": "mine"})
    assert assessments.get(db, person, draft).why == {"coat-rack": f"{text}!"}


def test_four_thousand_emoji_are_kept_and_shown(client: Any, draft: str) -> None:
    door = f"/assessments/{draft}/dimensions/doorway"
    page = client.submit(door, {"coat-rack-why": "🌊" * 4000})
    assert page.fields()["coat-rack-why"] == ["🌊" * 4000]


def test_bytes_that_are_no_text_never_break_a_page(client: Any, draft: str) -> None:
    token = client.token().encode()
    body = b"csrf_token=" + token + b"&coat-rack-stamp=0.x&coat-rack-rating=3&coat-rack-why=%FF%FE%C3%28"
    page = client.post(
        f"/assessments/{draft}/dimensions/doorway", body, content_type="application/x-www-form-urlencoded"
    )
    assert page.status in (302, 422)
    assert client.get(f"/assessments/{draft}/plan/print").status == 200
