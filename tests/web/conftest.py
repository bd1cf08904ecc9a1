"""What every test of the web may ask for: an application, a browser that lints what it opens, records to work on.

Opening a page here *is* a test of it: `client` refuses a page that is not valid HTML or that a screen reader
could not use. The rules stand below, one function a rule, and `test_lint.py` shows that each of them can fail.
"""

import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
import pytest
from argon2 import PasswordHasher
from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.builder import HTML5TreeBuilder
from flask import Flask
from html5lib.constants import E as SAID
from jinja2 import FileSystemBytecodeCache
from sqlite_utils import Database
from werkzeug.test import TestResponse

from ddcat import passwords, shelf, store
from ddcat.instrument import Instrument
from ddcat.records import Person
from ddcat.store import agencies, assessments, instruments, people, programs, saving
from ddcat.store.saving import Change
from ddcat.web import create_app

PASSWORD = "otter kettle marble"
PASSWORD_HASH = passwords.hashed(PASSWORD)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
CHEAP_HASH = CHEAP.hash(PASSWORD)
LANTERN = Path(__file__).parents[1] / "instruments" / "lantern-1.0.toml"
BLOCKS = re.compile("br|caption|d[dlt]|div|fieldset|form|h[1-6]|header|footer|legend|li|nav|ol|p|section|t[dhr]|ul")
TYPED = ("invalid-codepoint",)  # a control character that a person typed comes back as she typed it
UNTYPED = ("hidden", "submit", "button", "image", "reset")


# --- Reading a page as a browser does ---


class _Builder(HTML5TreeBuilder):
    """Builds the tree that browsers build, and keeps every fault that they forgive."""

    def feed(self, markup: Any) -> None:
        parser = html5lib.HTMLParser(tree=self.create_treebuilder)
        self.underlying_builder.parser = parser
        parser.parse(markup).original_encoding = None
        self.faults = [(place, SAID[code] % data) for place, code, data in parser.errors if code not in TYPED]


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _words(tag: Tag | BeautifulSoup | None) -> str:
    """The words of a part of a page; those of two blocks or cells do not run together."""
    parts = []
    for inside in tag.descendants if tag else ():
        if isinstance(inside, Tag):
            parts.append(" " if BLOCKS.fullmatch(inside.name) else "")
        elif type(inside) is NavigableString:
            parts.append(inside)
    return _spaced("".join(parts))


class Soup(BeautifulSoup):
    """A page as a tree; `faults` is what html5lib says of its source."""

    def __init__(self, text: str, url: str = "/") -> None:
        builder = _Builder()
        super().__init__(text, builder=builder)
        self.faults = builder.faults
        self.url = url
        self.tags = [inside for inside in self.descendants if isinstance(inside, Tag)]
        self.ids = [tag["id"] for tag in self.holding("id")]

    def named(self, *names: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name in names]

    def holding(self, attribute: str) -> list[Tag]:
        return [tag for tag in self.tags if attribute in tag.attrs]


# --- The lint: one function a rule, each yields what is wrong ---

Rule = Callable[[Soup], Iterator[str]]
RULES: list[Rule] = []


def _rule(rule: Rule) -> Rule:
    RULES.append(rule)
    return rule


@_rule
def _source_is_valid(page: Soup) -> Iterator[str]:
    for (line, column), said in page.faults:
        yield f"not valid HTML at {line}:{column}: {said}"


@_rule
def _language_is_stated(page: Soup) -> Iterator[str]:
    if not (page.html and page.html.get("lang")):
        yield "the page does not say its language"


@_rule
def _one_heading_begins_the_title(page: Soup) -> Iterator[str]:
    found = page.named("h1")
    if len(found) != 1:
        yield f"{len(found)} h1"
        return
    heading, title = _words(found[0]), _words(page.find("title"))
    if not heading:
        yield "the h1 is empty"
    if not title.startswith((heading, f"Error: {heading}", f"⟦Error:⟧ {heading}")):
        yield f"the title {title!r} does not begin with the h1 {heading!r}"


@_rule
def _headings_skip_no_level(page: Soup) -> Iterator[str]:
    level = 1
    for heading in page.named("h1", "h2", "h3", "h4", "h5", "h6"):
        here = int(heading.name[1])
        if here > level + 1:
            yield f"h{here} {_words(heading)!r} follows h{level}"
        if not _words(heading):
            yield f"an empty {heading.name}"
        level = here


@_rule
def _ids_are_unique(page: Soup) -> Iterator[str]:
    for id, times in Counter(page.ids).items():
        if times > 1 or not id:
            yield f"the id {id!r} stands {times} times"


@_rule
def _ids_that_are_named_exist(page: Soup) -> Iterator[str]:
    for name in ("aria-describedby", "aria-labelledby", "for"):
        for tag in page.holding(name):
            for id in str(tag[name]).split():
                if id not in page.ids:
                    yield f"{name} of {tag.name} names {id!r}, which is not there"


@_rule
def _fields_are_labelled(page: Soup) -> Iterator[str]:
    named = {label["for"]: _words(label) for label in page.named("label") if label.get("for")}
    for field in page.named("input", "select", "textarea"):
        if field.name == "input" and field.get("type") in UNTYPED:
            continue
        around = field.find_parent("label")
        if not (field.get("aria-label") or named.get(field.get("id")) or (around and _words(around))):
            yield f"no label for the field {field.get('name')!r}"


@_rule
def _fieldsets_have_legends(page: Soup) -> Iterator[str]:
    for fieldset in page.named("fieldset"):
        first = fieldset.find(True, recursive=False)
        if first is None or first.name != "legend" or not _words(first):
            yield f"a fieldset without a legend: {_words(fieldset)[:40]!r}"


@_rule
def _radios_stand_in_fieldsets(page: Soup) -> Iterator[str]:
    for radio in page.named("input"):
        if radio.get("type") == "radio" and not radio.find_parent("fieldset"):
            yield f"the radio button {radio.get('name')!r} stands in no fieldset"


@_rule
def _nothing_is_inline(page: Soup) -> Iterator[str]:
    for tag in page.tags:
        if tag.name == "style" or (tag.name == "script" and not tag.get("src")):
            yield f"an inline {tag.name}"
        for name, value in tag.attrs.items():
            if name == "style" or name.startswith("on") or str(value).startswith("javascript:"):
                yield f"{tag.name} has an inline {name}"


@_rule
def _everything_is_served_by_us(page: Soup) -> Iterator[str]:
    for tag in page.named("script", "link", "img", "iframe"):
        address = str(tag.get("src") or tag.get("href") or "")
        if urlsplit(address).netloc:
            yield f"{tag.name} is fetched from {address}"


@_rule
def _forms_that_post_carry_a_token(page: Soup) -> Iterator[str]:
    for form in page.named("form"):
        token = form.find("input", attrs={"name": "csrf_token"})
        if form.get("method", "get").lower() == "post" and not (token and token.get("value")):
            yield f"the form that posts to {form.get('action')!r} has no token"


@_rule
def _fragments_lead_somewhere(page: Soup) -> Iterator[str]:
    for link in page.named("a"):
        address, fragment = urldefrag(urljoin(page.url, link.get("href", "")))
        if fragment and urlsplit(address).path == urlsplit(page.url).path and fragment not in page.ids:
            yield f"the link {_words(link)!r} leads to #{fragment}, which is not on the page"


@_rule
def _pictures_have_words(page: Soup) -> Iterator[str]:
    for picture in page.named("img"):
        if picture.get("alt") is None:
            yield f"the image {picture.get('src')!r} has no alt"
    for picture in page.named("svg"):
        if picture.get("role") == "img" and not (_words(picture.find("title")) or picture.get("aria-label")):
            yield "a drawing without a title"


@_rule
def _links_and_buttons_have_words(page: Soup) -> Iterator[str]:
    for tag in page.named("a", "button", "summary"):
        if not (_words(tag) or tag.get("aria-label")):
            yield f"a {tag.name} without words: {tag}"


@_rule
def _tables_have_headings_with_scope(page: Soup) -> Iterator[str]:
    for table in page.named("table"):
        if not table.find("th"):
            yield f"a table without headings: {_words(table)[:40]!r}"
        for heading in table.find_all("th"):
            if heading.get("scope") not in ("row", "col", "rowgroup", "colgroup"):
                yield f"the table heading {_words(heading)!r} has no scope"


def check_page(text: str, url: str = "/") -> list[str]:
    """Everything that is wrong with a page."""
    page = Soup(text, url)
    return [said for rule in RULES for said in rule(page)]


@pytest.fixture(scope="session")
def lint() -> Callable[..., list[str]]:
    return check_page


# --- A browser ---


@dataclass(frozen=True)
class Page:
    """What came back, after redirects, and from where."""

    response: TestResponse
    url: str

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Any:
        return self.response.headers

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @cached_property
    def soup(self) -> Soup:
        return Soup(self.response.text, self.url)

    @cached_property
    def text(self) -> str:
        """The words of the page, spaced as a person reads them."""
        return _words(self.soup.body)

    @property
    def heading(self) -> str:
        return _words(self.soup.h1)

    @property
    def title(self) -> str:
        return _words(self.soup.title)

    @property
    def flashes(self) -> list[str]:
        return self.words(".flash")

    def words(self, selector: str) -> list[str]:
        """The words of everything that fits a CSS selector."""
        return [_words(tag) for tag in self.soup.select(selector)]

    def one(self, selector: str) -> Tag:
        """The one thing that fits a CSS selector."""
        (found,) = self.soup.select(selector)
        return found

    @property
    def mistakes(self) -> dict[str, str]:
        """The error summary: text -> fragment."""
        return {_words(link): link["href"].lstrip("#") for link in self.soup.select("#mistakes a")}

    def fields(self, form: int = 0) -> dict[str, list[str]]:
        """What a browser would send from a form in the main part of this page if nobody touched it."""
        found = self.soup.select("main form")[form]
        sent: dict[str, list[str]] = {}
        for field in found.select("input[name], textarea[name], select[name]"):
            if field.get("type") in ("radio", "checkbox") and not field.has_attr("checked"):
                continue
            if field.name == "textarea":
                value = field.get_text().removeprefix("\n").replace("\n", "\r\n")
            elif field.name == "select":
                value = (field.select_one("option[selected]") or field.select_one("option"))["value"]
            else:
                value = field.get("value", "on")
            sent.setdefault(str(field["name"]), []).append(str(value))
        return sent

    def action(self, form: int = 0) -> str:
        return urljoin(self.url, self.soup.select("main form")[form].get("action") or self.url)


class Browser:
    """Opens pages as a person would, and refuses one that is not fit to be read."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.raw = app.test_client()
        if person:
            self.be(person)

    def be(self, person: Person) -> None:
        """Log in as this person, without the page for it."""
        with self.raw.session_transaction() as session:
            session |= {"_user_id": f"{person.ref}.{person.epoch}", "_fresh": True, "at": int(time.time())}

    def get(self, url: str, *, follow: bool = True, **more: Any) -> Page:
        return self._opened(self.raw.get(url, follow_redirects=follow, buffered=True, **more), url)

    def post(self, url: str, data: Any = None, *, follow: bool = False, **more: Any) -> Page:
        """Post exactly this, without a token unless it is given: what a hostile page could do."""
        response = self.raw.post(url, data=data, follow_redirects=follow, buffered=True, **more)
        return self._opened(response, url)

    def submit(self, url: str, data: Any = None, form: int = 0, *, follow: bool = True, **more: Any) -> Page:
        """Open a page, change these fields of a form (None takes one out), and press its button."""
        return self.press(self.get(url), data, form, follow=follow, **more)

    def press(self, page: Page, data: Any = None, form: int = 0, *, follow: bool = True, **more: Any) -> Page:
        """The same for a page that was opened before, as in a second window."""
        sent = page.fields(form) | (data or {})
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.post(page.action(form), sent, follow=follow, **more)

    def token(self) -> str:
        """A token of this browser's session."""
        return self.get("/account/password").fields()["csrf_token"][0]

    def _opened(self, response: TestResponse, url: str) -> Page:
        page = Page(response, response.request.path if response.history else url)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            faults = [said for rule in RULES for said in rule(page.soup)]
            assert not faults, f"{response.request.method} {page.url}: " + "; ".join(faults)
        return page


@pytest.fixture
def client(app: Flask, person: Person) -> Browser:
    """The first administrator, who is the director of what she adds."""
    return Browser(app, person)


@pytest.fixture
def nobody(app: Flask) -> Browser:
    """Somebody who is not logged in."""
    return Browser(app)


@pytest.fixture
def second(app: Flask, person: Person) -> Browser:
    """Another device: the same person with a session of its own."""
    return Browser(app, person)


# --- An application with records ---


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = store.file(tmp_path_factory.mktemp("migrated"))
    store.migrate(path)
    with closing(store.connect(path).conn) as connection:
        db = Database(connection)
        with store.writing(db):
            people.adopt(db, name="Kim Example", login="kim@example.org", password=PASSWORD_HASH)
    return path


@pytest.fixture(scope="session")
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once, not once a test."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(tmp_path: Path, _migrated: Path, _compiled: FileSystemBytecodeCache) -> Flask:
    """The application on a fresh database."""
    shutil.copy(_migrated, store.file(tmp_path))
    app = create_app(DATA=str(tmp_path), TESTING=True, SECRET_KEY="only for tests")
    app.jinja_env.bytecode_cache = _compiled
    return app


@pytest.fixture
def db(app: Flask) -> Iterator[Database]:
    """A connection to the application's database: another program on the same machine."""
    database = store.connect(app.config["DATABASE"])
    yield database
    database.conn.close()


@pytest.fixture
def cheap_passwords(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes no time, for tests that log in often."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_NOBODY", CHEAP_HASH)
    with db.conn:
        db.execute("UPDATE person SET password = ? WHERE password IS NOT NULL", [CHEAP_HASH])


@pytest.fixture
def agency_ref(db: Database, person: Person) -> str:
    return agencies.add(db, person, "Tidewater House", {"primary_focus": "addiction"}).ref


@pytest.fixture
def program_ref(db: Database, person: Person, agency_ref: str) -> str:
    return programs.add(db, person, agency_ref, "Evening Harbor", {"capacity": 24}).ref


@pytest.fixture
def start(db: Database, person: Person, program_ref: str) -> Callable[..., str]:
    """`start(file, kind="peer")`: an assessment with the instrument of this file, by its ref."""

    def start(file: Path = LANTERN, **about: Any) -> str:
        data = file.read_bytes()
        volume = (shelf.checksum(data), shelf.parse(data).name, data)
        usual = {"assessed_on": "2026-03-02", "kind": "self", "rater": "Robin Example", "period": 1}
        return assessments.start(db, person, program_ref, volume, **usual | about)

    return start


@pytest.fixture
def draft(start: Callable[..., str]) -> str:
    """A draft with the tiny instrument: nothing rated."""
    return start()


@pytest.fixture
def ddcat_draft(start: Callable[..., str]) -> str:
    """A draft with the DDCAT: nothing rated."""
    return start(shelf.INSTRUMENTS / "ddcat-4.0.toml")


@pytest.fixture
def rate(db: Database, person: Person, rated: Callable[..., dict[str, int]]) -> Callable[..., None]:
    """`rate(ref, 3, IA=1)`: another device rates every item 3, IA 1; `why` by code."""

    def rate(ref: str, usual: int | None = None, why: Any = None, **by_code: int | None) -> None:
        standing = assessments.get(db, person, ref)
        instrument: Instrument = shelf.parse(instruments.data(db, standing.checksum))
        values = rated(instrument, usual, **by_code)
        seen = {item.id: (why or {}).get(item.code) for item in instrument.items}
        changes = {}
        for item in instrument.items:
            said = standing.said(item.id)
            text = said.why if seen[item.id] is None else str(seen[item.id])
            changes[item.id] = Change(values.get(item.id, said.value), text, said.revision)
        assert not saving.save(db, person, ref, changes).conflicts

    return rate


@pytest.fixture
def sealed(client: Browser, draft: str, rate: Callable[..., None]) -> str:
    """A sealed assessment with the tiny instrument: IA 1, the others 3."""
    rate(draft, 3, IA=1)
    assert client.submit(f"/assessments/{draft}/seal").url == f"/assessments/{draft}/result"
    return draft


@pytest.fixture
def stranger(db: Database, program_ref: str, start: Callable[..., str]) -> dict[str, str]:
    """Records of somebody else: another person, director of another agency; refs by noun."""
    refs = {"agency": "feed" * 4, "program": "cafe" * 4, "assessment": start(), "action": "face" * 4}
    with db.conn:
        db.execute("INSERT INTO person (id, ref, name) VALUES (77, 'beef', 'Someone else')")
        db.execute("INSERT INTO agency (id, ref, name) VALUES (77, ?, 'Foreign agency')", [refs["agency"]])
        db.execute("INSERT INTO role (person_id, role, agency_id) VALUES (77, 'director', 77)")
        db.execute("INSERT INTO program (id, ref, agency_id, name) VALUES (77, ?, 77, 'Secret')", [refs["program"]])
        db.execute("UPDATE assessment SET program_id = 77 WHERE ref = ?", [refs["assessment"]])
        db.execute(
            "INSERT INTO action SELECT 77, ?, id, 'coat-rack', 1, 3, 'Secret hooks', '', NULL, '', '', '', 'agreed',"
            " '', '', NULL, '', '', 1, started_at, NULL FROM assessment WHERE ref = ?",
            [refs["action"], refs["assessment"]],
        )
        # Whoever administers sees every agency; these tests are about a director.
        db.execute("DELETE FROM role WHERE role = 'administrator'")
    return refs


@pytest.fixture
def today() -> date:
    return date.today()
