"""Everybody is spoken to in her language: chosen by her, by this browser, or asked for by it."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import docx
import pytest
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import reminding, words
from ddcat.records import Person
from ddcat.store import feeds, people
from ddcat.web import press

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def spoken(page: Any) -> str:
    return str(page.soup.html["lang"])


def offered(page: Any) -> list[str]:
    """The languages that can be chosen at the foot of a page."""
    return [str(button["value"]) for button in page.soup.select("footer .languages button")]


def choose(browser: Any, code: str, at: str = "/login", **more: Any) -> Any:
    """Press the button of a language at the foot of a page."""
    page = browser.get(at)
    sent = {field["name"]: field["value"] for field in page.soup.select("footer .languages input")}
    action = page.one("footer .languages")["action"]
    return browser.post(action, sent | {"language": code} | more, follow=True)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert words.language() == "en"


def test_without_a_wish_pages_are_english(nobody: Any) -> None:
    page = nobody.get("/login")
    assert (spoken(page), offered(page)) == ("en", ["es"])
    assert not page.words("footer p:-soup-contains('reviewed')")


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ("es", "es"),
        ("es-US,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.5", "en"),
        ("fr,es;q=0.3", "es"),
        ("fr", "en"),
        ("*", "en"),
        ("nonsense;;q=x", "en"),
    ],
)
def test_a_browser_is_spoken_to_as_it_asks(nobody: Any, asked: str, heard: str) -> None:
    assert spoken(nobody.get("/login", headers={"Accept-Language": asked})) == heard


def test_a_visitor_chooses_and_the_choice_stays_through_logging_in_and_out(
    nobody: Any, db: Database, cheap_passwords: None
) -> None:
    page = choose(nobody, "es")
    assert (spoken(page), page.url, offered(page)) == ("es", "/login", ["en"])
    said = {"login": "kim@example.org", "password": "otter kettle marble"}
    assert spoken(nobody.submit("/login", said)) == "es"
    nobody.post("/logout", {"csrf_token": nobody.token()})
    assert spoken(nobody.get("/login")) == "es"


def test_the_choice_of_this_browser_goes_before_what_it_asks_for(nobody: Any) -> None:
    choose(nobody, "en")
    assert spoken(nobody.get("/login", headers=SPANISH)) == "en"


def test_the_choice_of_a_person_follows_her_to_other_devices(
    client: Any, second: Any, db: Database, person: Person
) -> None:
    choose(client, "es", "/account")
    assert people.get(db, person.ref).language == "es"
    assert spoken(second.get("/")) == "es"
    choose(second, "en", "/")
    assert spoken(client.get("/")) == "en"


def test_the_choice_brings_back_to_the_same_page(client: Any, draft: str) -> None:
    page = choose(client, "es", f"/assessments/{draft}/road?to=lit")
    assert page.response.request.full_path.rstrip("?") == f"/assessments/{draft}/road?to=lit"
    assert spoken(page) == "es"


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "/nowhere",
        "/logout",
        "/?<b>",
        "",
        "javascript:x",
    ],
)
def test_the_choice_leads_nowhere_else(nobody: Any, back: str) -> None:
    page = nobody.get("/login")
    token = page.fields()["csrf_token"][0]
    answer = nobody.post("/language", {"csrf_token": token, "language": "es", "back": back})
    assert (answer.status, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize("code", ["tlh", "", "../es", "ES_us.utf-8\0"])
def test_a_language_that_is_not_spoken_is_refused(client: Any, db: Database, person: Person, code: str) -> None:
    answer = client.post("/language", {"csrf_token": client.token(), "language": code})
    assert answer.status == (302 if words.known(code) else 400)
    assert people.get(db, person.ref).language in (None, "es")


def test_nobody_else_can_choose_for_her(client: Any, db: Database, person: Person) -> None:
    assert client.post("/language", {"language": "es"}).status == 400
    assert people.get(db, person.ref).language is None


def test_pages_of_faults_speak_the_language_of_this_browser(client: Any, nobody: Any) -> None:
    choose(client, "es", "/")
    assert spoken(client.get("/no-such-page")) == "es"
    assert spoken(nobody.get("/no-such-page", headers=SPANISH)) == "es"


def test_days_are_written_as_in_the_language(client: Any, draft: str) -> None:
    assert "March 2, 2026" in client.get(f"/assessments/{draft}").text
    assert "2 de marzo de 2026" in client.get(f"/assessments/{draft}", headers=SPANISH).text


def test_a_translation_that_nobody_reviewed_says_so_on_page_and_paper(client: Any, ddcat_draft: str) -> None:
    said = words._("This translation has not yet been reviewed by a native-speaking clinician.")
    for address in ("/", f"/assessments/{ddcat_draft}/plan/print"):
        with words.speaking("es"):
            in_spanish = words._(said)
        assert in_spanish in client.get(address, headers=SPANISH).text
        assert said not in client.get(address).text


def test_the_words_of_an_instrument_are_those_of_the_language(client: Any, ddcat_draft: str, ddcat: Any) -> None:
    item = ddcat.instrument.items[0]
    address = f"/assessments/{ddcat_draft}/dimensions/{ddcat.instrument.dimensions[0].id}"
    english, spanish, again = (client.get(address, headers=more) for more in ({}, SPANISH, {}))
    assert item.anchors[3] in english.text
    assert item.anchors[3] not in spanish.text
    assert "Misión" in spanish.text
    assert english.text == again.text


def test_what_was_sealed_in_one_language_is_intact_in_the_other(client: Any, sealed: str) -> None:
    choose(client, "es", "/")
    page = client.get(f"/assessments/{sealed}/result")
    assert (page.status, spoken(page)) == (200, "es")


def test_a_document_says_its_language(client: Any, sealed: str) -> None:
    print_out = client.get(f"/assessments/{sealed}/plan/print", headers=SPANISH)
    assert spoken(print_out) == "es"
    made = client.raw.get(f"/assessments/{sealed}/plan.pdf", headers=SPANISH)
    paper = PdfReader(BytesIO(made.data))
    assert paper.root_object["/Lang"] == "es"
    first = " ".join(paper.pages[0].extract_text().split())
    assert "Evening Harbor" in first, "what is said of the translation takes no page of its own"
    assert "lengua materna" in first
    made = client.raw.get(f"/assessments/{sealed}/plan.docx", headers=SPANISH)
    assert docx.Document(BytesIO(made.data)).core_properties.language == "es-US"


def test_the_press_speaks_the_language_of_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("ddcat.report.pdf", lambda _html: heard.append(words.language()) or b"")
    press._pdf("<p>", "es")
    press._pdf("<p>", "en")
    assert heard == ["es", "en"]


def test_a_calendar_speaks_the_language_of_its_owner(client: Any, nobody: Any, db: Database, person: Person) -> None:
    people.set_language(db, person, "es")
    address = f"/calendar/{feeds.make(db, person)}.ics"
    assert "-//ddcat//dates//ES" in nobody.raw.get(address).text
    people.set_language(db, person, "en")
    assert "-//ddcat//dates//EN" in nobody.raw.get(address).text


def test_a_reminder_speaks_the_language_of_whoever_is_reminded(db: Database, person: Person, sealed: str) -> None:
    heard: list[str] = []
    db.execute("UPDATE assessment SET assessed_on = '2025-03-02'")
    db.conn.commit()
    for code in ("es", "en"):
        people.set_language(db, person, code)
        db.execute("DELETE FROM reminder")
        db.conn.commit()
        reminding.round(db, date(2026, 3, 1), lambda *said: heard.append(said[2]))
    assert "2 de marzo de 2026" in heard[0]
    assert "March 2, 2026" in heard[1]
