"""What a person sees when something goes wrong: what happened, what is safe, what to do."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ddcat.store import connection
from ddcat.web import NotMigrated, create_app

SAFE = ("is safe", "Nothing was changed", "Nothing else is affected")


def test_an_address_that_leads_nowhere_has_a_page_that_leads_on(client: Any) -> None:
    page = client.get("/nowhere")
    assert (page.status, page.heading) == (404, "This page is not here")
    assert client.get(page.one(".actions a")["href"]).status == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_method_that_a_page_does_not_know_has_a_page_too(client: Any, method: str) -> None:
    response = getattr(client.raw, method)("/")
    assert response.status_code == 405
    assert "This page is not here" in response.text


def test_a_script_gets_a_code_instead_of_a_page(client: Any) -> None:
    page = client.get("/nowhere", headers={"Accept": "application/json"})
    assert (page.status, page.json) == (404, {"error": "404"})


def test_a_form_without_its_token_was_open_for_too_long(client: Any) -> None:
    page = client.post("/agencies/new", {"name": "Tidewater"})
    assert (page.status, page.heading) == (400, "This page was open for too long")


def test_a_form_that_was_open_for_more_than_twelve_hours_is_refused(client: Any, app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] == 12 * 60 * 60
    opened = client.get("/agencies/new")
    app.config["WTF_CSRF_TIME_LIMIT"] = -1
    assert client.press(opened, {"name": "Tidewater"}).heading == "This page was open for too long"


def test_a_body_of_two_megabytes_is_too_much_and_nothing_is_saved(client: Any, draft: str) -> None:
    door = f"/assessments/{draft}/dimensions/doorway"
    for address in ("/agencies/new", door):
        page = client.submit(address, {"name": "x" * 2_000_000, "first-words-rating": "3"})
        assert (page.status, page.heading) == (413, "That was too much at once")
    assert client.get(door).fields()["first-words-rating"] == [""]
    assert client.get("/").words("h2") == ["Tidewater House"]


def test_a_fault_of_our_own_has_a_plain_page_that_needs_no_database(client: Any, app: Flask) -> None:
    app.testing = False
    with closing(sqlite3.connect(app.config["DATABASE"])) as db:
        db.execute("DROP TABLE rating")
        db.execute("DROP TABLE person")
    page = client.get("/")
    assert (page.status, page.heading) == (500, "Something went wrong here")
    assert "What was saved before is safe" in page.text
    for inside in ("Traceback", "sqlite", "person", "ddcat/"):
        assert inside not in page.text.replace("tell the person who", "")


def test_a_database_that_vanished_has_a_page_and_comes_back_with_it(client: Any, app: Flask) -> None:
    app.testing = False
    path: Path = app.config["DATABASE"]
    path.rename(path.with_suffix(".away"))
    with ThreadPoolExecutor(1) as new_thread:
        page = new_thread.submit(client.get, "/").result()
        assert page.status in (500, 503)
        path.with_suffix(".away").rename(path)
        assert new_thread.submit(client.get, "/").result().status == 200


@pytest.fixture
def read_only(app: Flask) -> Callable[[], None]:
    """Marks the database as one that this SQLite may read and never write, for root too (byte 18 of the file)."""

    def mark() -> None:
        with closing(sqlite3.connect(app.config["DATABASE"])) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with app.config["DATABASE"].open("r+b") as file:
            file.seek(18)
            file.write(b"\x03")

    return mark


def test_on_a_read_only_database_pages_can_be_read_and_saving_says_why_not(
    app: Flask, client: Any, draft: str, rate: Callable[..., None], db: Any, read_only: Callable[[], None]
) -> None:
    rate(draft, 3)
    db.conn.close()
    read_only()
    pages = [f"/assessments/{draft}{page}" for page in ("/dimensions/doorway", "/cover", "/seal", "")]
    for address in ("/agencies/new", *pages):
        page = client.submit(address, {"name": "Tidewater", "first-words-rating": "5", "rater": "Sasha"})
        assert (page.status, page.heading) == (503, "Nothing can be saved right now"), address
    assert client.get(pages[0]).fields()["first-words-rating"] == ["3"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that wait for a lock no longer than a blink."""
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_another_program_keeps_locked_says_so(app: Flask, client: Any, draft: str) -> None:
    door = f"/assessments/{draft}/dimensions/doorway"
    with closing(sqlite3.connect(app.config["DATABASE"])) as other:
        other.execute("BEGIN IMMEDIATE")
        page = client.submit(door, {"first-words-rating": "5"})
    assert (page.status, page.heading) == (503, "Nothing can be saved right now")
    assert client.submit(door, {"first-words-rating": "5"}).status == 200


@pytest.mark.usefixtures("impatient")
def test_a_script_that_saves_into_a_locked_database_learns_that_it_may_try_again(
    app: Flask, client: Any, draft: str
) -> None:
    opened = client.get(f"/assessments/{draft}/dimensions/doorway")
    with closing(sqlite3.connect(app.config["DATABASE"])) as other:
        other.execute("BEGIN IMMEDIATE")
        page = client.press(opened, {"first-words-rating": "5"}, headers={"Accept": "application/json"})
    assert (page.status, page.json) == (503, {"error": "503"})


def test_a_database_that_lacks_steps_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    with pytest.raises(NotMigrated, match="ddcat migrate --data"):
        create_app(DATA=str(tmp_path / "nothing here"))
    assert not (tmp_path / "nothing here").exists()


def test_every_error_page_says_what_is_safe_or_that_nothing_changed(app: Flask) -> None:
    with app.test_request_context("/"):
        for name in app.jinja_env.list_templates(filter_func=lambda name: name.startswith("errors/")):
            if name != "errors/plain.html":
                text = app.jinja_env.get_template(name).render(code=500, instead="/paper")
                assert any(said in text for said in ("is safe", "Nothing was changed", "Nothing else is affected")), (
                    name
                )
