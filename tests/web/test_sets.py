"""Saved choices as people erase them, and tags that two people change at once."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import store
from ddcat.records import Person
from ddcat.store import people, sets, tags, trail
from ddcat.store.portfolio import Asked
from tests.web.conftest import Browser

NAME = "Jane Doe, DOB 03/04/1988"


@pytest.fixture
def other(app: Flask, db: Database) -> Browser:
    """The browser of somebody without a role here."""
    with store.writing(db):
        people.create(db, None, name="Sam Example", login="sam@example.org")
    return Browser(app, people.by_login(db, "sam@example.org"))


@pytest.mark.parametrize("is_removed", [False, True])
def test_an_own_choice_is_erased_with_its_name_in_the_trail(
    client: Any, db: Database, person: Person, is_removed: bool
) -> None:
    ref = sets.add(db, person, NAME, Asked(tag="Jane"))
    if is_removed:
        sets.remove(db, person, ref)
    page = client.get(f"/sets/{ref}/erase")
    assert NAME in page.text
    page = client.press(page, {"reason": "A name of a client"})
    assert page.flashes == ["The saved choice is erased; its programs stay as they are."]
    assert NAME not in page.text
    for address in (f"/sets/{ref}", f"/sets/{ref}/erase"):
        assert client.get(address).status == 404
    page = client.get("/people/trail")
    assert "erased a saved choice" in page.text
    assert not page.soup.select(f'a[href="/sets/{ref}/erase"]')
    assert "Jane" not in page.text


def test_to_erase_a_choice_takes_a_reason(client: Any, db: Database, person: Person) -> None:
    ref = sets.add(db, person, NAME, Asked())
    page = client.submit(f"/sets/{ref}/erase", {"reason": " "})
    assert (page.status, page.mistakes) == (422, {"Enter the reason.": "reason"})
    assert sets.get(db, person, ref).name == NAME


def test_an_administrator_finds_the_choice_of_another_in_the_trail(client: Any, db: Database, other: Browser) -> None:
    sam = people.by_login(db, "sam@example.org")
    ref = sets.add(db, sam, NAME, Asked())
    sets.remove(db, sam, ref)
    page = client.get("/people/trail").one(f'a[href="/sets/{ref}/erase"]')
    assert client.submit(page["href"], {"reason": "A name of a client"}).url == "/portfolio"
    assert sets.of_person(db, sam) == []


def test_nobody_else_erases_a_choice(client: Any, db: Database, person: Person, other: Browser) -> None:
    ref = sets.add(db, person, "Coast", Asked())
    assert other.get(f"/sets/{ref}").status == 200
    assert not other.get(f"/sets/{ref}").soup.select(f'a[href="/sets/{ref}/erase"]')
    assert client.get(f"/sets/{ref}").one(f'a[href="/sets/{ref}/erase"]'), "beside her own choices"
    assert other.get(f"/sets/{ref}/erase").status == 404
    assert other.post(f"/sets/{ref}/erase", {"csrf_token": other.token(), "reason": "No"}).status == 404
    assert sets.get(db, person, ref).name == "Coast"


def test_of_two_who_change_tags_at_once_one_is_told(
    app: Flask, client: Any, db: Database, person: Person, program_ref: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked, and both forms were found fresh, before either of them is kept."""
    browsers = {word: Browser(app, person) for word in ("night", "rural")}
    sent = {word: browser.get(f"/programs/{program_ref}").fields(-1) for word, browser in browsers.items()}
    keep: Callable[..., None] = tags.change
    both, answers = Barrier(2, timeout=20), {}

    def change(*asked: Any) -> None:
        both.wait()
        keep(*asked)

    def press(word: str) -> None:
        answers[word] = browsers[word].post(f"/programs/{program_ref}/tags", sent[word] | {"tags": word}).status

    monkeypatch.setattr(tags, "change", change)
    threads = [Thread(target=press, args=[word]) for word in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [302, 409]
    (kept,) = tags.of_program(db, person, program_ref)
    assert answers[kept] == 302
    assert [entry.act for entry in trail.of_program(db, person, program_ref, most=1)] == ["tag"]
