"""What browser tests may ask for: a real server, the system's Chromium, and pages that must run without a fault."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from waitress import create_server

from ddcat import demo, passwords, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Assessment, Person
from ddcat.store import agencies, assessments, links, people, programs, roles, saving, sealing, sets, typed
from ddcat.store.portfolio import Asked
from ddcat.store.saving import Change
from ddcat.web import create_app

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 20_000
PASSWORD = "otter kettle marble"
LOGGED_IN: dict[str, dict[str, str]] = {}
"""The cookie of a session for each server that runs, by its address: browsers do not tell ports apart."""
VOLUME = shelf.find(demo.INSTRUMENT)


@dataclass(frozen=True)
class House:
    """A running server and its database."""

    url: str
    database: Path
    app: Flask

    def add_program(self, name: str = "Gull Point") -> str:
        """A program in an agency of its own; its ref."""
        with self._asked() as (db, person):
            agency = agencies.add(db, person, "Tern Rock", {})
            return programs.add(db, person, agency.ref, name, {}).ref

    def agency_of(self, program: str) -> str:
        """The ref of the agency that runs a program."""
        with self._asked() as (db, person):
            return programs.get(db, person, program).agency.ref

    def start(self, program: str | None = None, *, kind: str = "self", assessed_on: str = "2026-05-04") -> str:
        """A draft with nothing rated; its ref."""
        volume = (VOLUME.checksum, VOLUME.instrument.name, VOLUME.data)
        program = program or self.add_program()
        with self._asked() as (db, person):
            return assessments.start(
                db, person, program, volume, assessed_on=assessed_on, kind=kind, rater="Ada Finch", period=1
            )

    def said(self, ref: str) -> Assessment:
        """What the store holds of an assessment."""
        with self._asked() as (db, person):
            return assessments.get(db, person, ref)

    def say(self, ref: str, ratings: dict[str, int] | None = None, **evidence: str) -> None:
        """Rate items by code, or record evidence of them, as another window would."""
        ids = {item.code: item.id for item in VOLUME.instrument.items}
        seen = {ids[code]: text for code, text in evidence.items()}
        rated = {ids[code]: rating for code, rating in (ratings or {}).items()}
        standing = self.said(ref)
        changes = {}
        for id in rated.keys() | seen.keys():
            was = standing.said(id)
            changes[id] = Change(rated.get(id, was.value), seen.get(id, was.why), was.revision)
        with self._asked() as (db, person):
            assert not saving.save(db, person, ref, changes).conflicts

    def rate_all(self, ref: str, rating: int = 3) -> None:
        """Rate every item, where it has no anchor for this rating the next lower one."""
        items = VOLUME.instrument.items
        self.say(ref, {item.code: max(r for r in item.ratings if r <= rating) for item in items})

    def seal(self, ref: str) -> None:
        """Seal a draft in which everything is rated."""
        draft = self.said(ref)
        with self._asked() as (db, person):
            record = verifying.record(VOLUME.instrument, draft, by=person.ref, at=store.now())
            sealing.seal(db, person, draft, record)

    def delete(self, ref: str) -> None:
        """Put a draft aside."""
        with self._asked() as (db, person):
            assessments.delete(db, person, ref)

    def amend(self, ref: str) -> str:
        """The amendment of a sealed assessment; its ref."""
        with self._asked() as (db, person):
            return assessments.amend(db, person, ref, "Two ratings were read off the wrong line.")

    def invite(self) -> str:
        """The token of an invitation to the agency of a new program."""
        agency = self.agency_of(self.add_program())
        with self._asked() as (db, person):
            return links.invite(
                db, person, name="Bo", login="bo@x.example", role="reader", place="agency", ref=agency
            )

    def keep_set(self, name: str, programs: list[str]) -> str:
        """A choice of programs that is kept under a name; its ref."""
        with self._asked() as (db, person):
            return sets.add(db, person, name, Asked(programs=tuple(programs)))

    def keep(self, path: str, **fields: str) -> None:
        """What was typed when a login ended."""
        with self._asked() as (db, person):
            typed.keep(db, person.ref, path, list(fields.items()))

    def add_rater(self, program: str, name: str) -> dict[str, str]:
        """Somebody with an account who may be named as a rater in a program; the cookie of her session."""
        with self._asked() as (db, person), store.writing(db):
            one = people.create(db, person, name=name, login=f"{name.split()[0].lower()}@example.org")
            roles.insert(db, person, one, Role.RATER, "program", program)
        return self.session(one)

    def session(self, person: Person | None = None) -> dict[str, str]:
        """The cookie of somebody's session, the first administrator's if nobody is named."""
        with self._asked() as (_db, first):
            one = person or first
            said = {"_user_id": f"{one.ref}.{one.epoch}", "_fresh": True, "at": int(time.time())}
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer
        return {"name": self.app.config["SESSION_COOKIE_NAME"], "value": signer.dumps(said), "url": self.url}

    @contextmanager
    def _asked(self) -> Iterator[tuple[store.Database, Person]]:
        db = store.connect(self.database)
        with closing(db.conn):
            yield db, people.first(db)


@contextmanager
def _house(folder: Path, *, fill: bool = False) -> Iterator[House]:
    database = store.file(folder)
    store.migrate(database)
    if fill:
        demo.fill(database)
    else:
        with closing(store.connect(database).conn) as connection:
            db = store.Database(connection)
            with store.writing(db):
                people.adopt(db, name="Ada Finch", login="ada@example.org", password=passwords.hashed(PASSWORD))
    app = create_app(DATA=str(folder), DEMO=fill, DEMO_PASSWORD=demo.PASSWORD if fill else "")
    server = create_server(app, host="127.0.0.1", port=0, threads=8)
    thread = Thread(target=server.run, name="the server")
    thread.start()
    house = House(f"http://127.0.0.1:{server.effective_port}", database, app)
    LOGGED_IN[house.url] = house.session()
    try:
        yield house
    finally:
        # Its own loop closes it; from another thread it would close sockets that the loop waits for.
        server.trigger.pull_trigger(partial(server.asyncore.close_all, server._map))
        thread.join()
        server.task_dispatcher.shutdown()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that tests share; each adds the program that it works on."""
    with _house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest.fixture(scope="session")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with the demo's programs."""
    with _house(tmp_path_factory.mktemp("demo"), fill=True) as house:
        yield house


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[House]:
    """A server on which nobody has done anything yet."""
    with _house(tmp_path / "data") as house:
        yield house


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright, which drives a browser, is missing")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"there is no browser for the browser tests: none of {', '.join(BROWSERS)}")
    sync_api.expect.set_options(timeout=PATIENCE)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Troubles:
    """Faults that a browser met: errors on its console, broken rules of the security policy, failed requests."""

    met: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, *patterns: str) -> None:
        """Troubles that this test brings about itself, each a regular expression."""
        self.expected += patterns

    def watch(self, context: Any) -> None:
        """Note what goes wrong in this browser context from here on."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.met.append(f"error in a script: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)

    @property
    def unexpected(self) -> list[str]:
        return [met for met in self.met if not any(re.search(pattern, met) for pattern in self.expected)]

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.met.append(f"console: {message.text}")

    def _failed(self, request: Any) -> None:
        # A browser that leaves a page breaks off what it was reading; and a download ends its navigation.
        if request.method == "GET" and request.failure == "net::ERR_ABORTED":
            return
        self.met.append(f"{request.method} {urlsplit(request.url).path} failed: {request.failure}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.met.append(f"{response.request.method} {urlsplit(response.url).path}: {response.status}")


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """What went wrong; a test fails at its end by anything that it did not expect."""
    troubles = Troubles()
    yield troubles
    assert troubles.unexpected == []


@pytest.fixture
def visit(chromium: Any, troubles: Troubles) -> Iterator[Callable[..., Any]]:
    """`visit(url)`: the page in a browser of its own, logged in where the page or `be_in` is of a house.

    `session` is the cookie of somebody else. Options are those of Playwright's `new_context`.
    """
    contexts = []

    def visit(url: str, *, be_in: House | None = None, session: dict[str, str] | None = None, **options: Any) -> Any:
        context = chromium.new_context(**{"reduced_motion": "reduce", "locale": "en-US"} | options)
        contexts.append(context)
        at = be_in.url if be_in else url
        own = [cookie for house, cookie in LOGGED_IN.items() if at.startswith(house)]
        context.add_cookies([session] if session else own)
        context.set_default_timeout(PATIENCE)
        troubles.watch(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
