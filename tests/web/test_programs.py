"""Programs: add one, see everything that was assessed, change its facts."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import facts
from ddcat.facts_sheet import BESIDE, FIELDS
from ddcat.records import Person
from ddcat.store import programs

FACTS = {
    "address": "1 Quay Street\nNowhere 00000",
    "state": "Elsewhere",
    "email": "desk@example.org",
    "only_admits": ["women"],
    "admissions": 212,
    "capacity": 36,
}
FIRST = {
    "address": "1 Quay Street\nNowhere 00000",
    "state": "Elsewhere",
    "capacity": 36,
    "level_addiction": ["2.1", "otp"],
    "level_as_of": "2026-01-31",
    "level_source": "License on the wall",
}


def test_a_program_is_added_to_the_agency_named_in_the_address(
    client: Any, db: Database, person: Person, agency_ref: str
) -> None:
    page = client.submit(f"/agencies/{agency_ref}/programs/new", {"name": "Evening Harbor"} | FIRST)
    (program,) = programs.all(db, person)
    assert page.url == f"/programs/{program.ref}"
    assert page.flashes == ["Evening Harbor is added."]
    assert (program.name, program.agency.ref, program.facts) == ("Evening Harbor", agency_ref, FIRST)


def test_of_a_new_program_little_is_asked_and_no_fact_without_its_date_and_source(
    client: Any, agency_ref: str
) -> None:
    page = client.get(f"/agencies/{agency_ref}/programs/new")
    asked = {tag["name"] for tag in page.soup.select("main .field [name]")}
    assert asked == {"name", "level_mental_health", *FIRST}


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"level_as_of": "2026-01-31"}, ["level_as_of"]),
        ({"level_source": "License"}, ["level_source"]),
        (FIRST | {"level_as_of": (date.today() + timedelta(days=1)).isoformat()}, ["level_as_of"]),
        (FIRST | {"level_as_of": "soon"}, ["level_as_of"]),
        (FIRST | {"level_addiction": ["9"]}, ["level_addiction-0"]),
    ],
)
def test_a_fact_of_a_new_program_is_judged_as_on_the_fact_sheet(
    client: Any, db: Database, person: Person, agency_ref: str, sent: dict[str, Any], field: list[str]
) -> None:
    page = client.submit(f"/agencies/{agency_ref}/programs/new", {"name": "Evening Harbor"} | sent)
    assert page.status == 422
    assert list(page.mistakes.values()) == field
    assert not programs.all(db, person)


def test_facts_are_shown_back_as_they_were_typed(client: Any, program_ref: str) -> None:
    address = f"/programs/{program_ref}/edit"
    typed = {name: value if isinstance(value, list) else [str(value)] for name, value in FACTS.items()}
    client.submit(address, FACTS)
    shown = client.get(address).fields()
    assert {name: shown[name] for name in FACTS} == typed | {"address": ["1 Quay Street\r\nNowhere 00000"]}


def test_a_zero_is_a_fact_too(client: Any, db: Database, person: Person, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/edit", {"admissions": "0"})
    assert programs.get(db, person, program_ref).facts == {"capacity": 24, "admissions": 0}


def test_every_fact_has_a_field_on_the_page_or_its_home_on_the_fact_sheet(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/edit")
    beside = {field.name for field in facts.fields(BESIDE)}
    for field in facts.fields(facts.PROGRAM):
        assert bool(page.soup.select(f'[name="{field.name}"]')) == (field.name in beside)
        assert (field.name in beside) != (field.name in FIELDS), field.name
    for field in facts.fields(BESIDE):
        assert field.label in page.text
        assert all(label in page.text for label in (field.choices or {}).values())
    assert [link.get_text() for link in page.soup.select(f'main a[href="/programs/{program_ref}/facts"]')] == [
        "Fact sheet"
    ]


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\x1bb"])
def test_a_program_needs_a_name_that_can_be_printed(client: Any, agency_ref: str, name: str) -> None:
    page = client.submit(f"/agencies/{agency_ref}/programs/new", {"name": name, "state": "Elsewhere"})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["name"]
    assert page.fields()["state"] == ["Elsewhere"]


@pytest.mark.parametrize("number", ["-1", "twelve", "12 beds", "2.5", "1e3", "9" * 5000])
def test_a_number_that_is_none_is_refused_and_stays_in_the_field(client: Any, program_ref: str, number: str) -> None:
    page = client.submit(f"/programs/{program_ref}/edit", {"capacity": number})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["capacity"]
    assert page.fields()["capacity"] == [number]


@pytest.mark.parametrize("number", ["-1", "twelve"])
def test_the_summary_says_which_number_is_wrong(client: Any, program_ref: str, number: str) -> None:
    page = client.submit(f"/programs/{program_ref}/edit", {"capacity": number, "clients_a_year": number})
    assert list(page.mistakes.values()) == ["capacity", "clients_a_year"]
    first, second = page.mistakes
    assert first.startswith("Capacity")
    assert second.startswith("Different clients a year")


def test_a_number_that_is_too_large_is_not_called_negative(client: Any, program_ref: str) -> None:
    page = client.submit(f"/programs/{program_ref}/edit", {"capacity": "10000001"})
    assert page.status == 422
    assert "not negative" not in " ".join(page.mistakes)


def test_every_mistake_is_named_at_once(client: Any, program_ref: str) -> None:
    wrong = {"name": "", "capacity": "-5", "state": "x" * 201, "address": "y" * 1001}
    page = client.submit(f"/programs/{program_ref}/edit", wrong)
    assert page.words("#mistakes h2") == ["4 things need your attention"]
    assert set(page.mistakes.values()) <= wrong.keys()


def test_an_address_may_have_several_lines(client: Any, db: Database, person: Person, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/edit", {"address": "1 Quay\r\n\r\nNowhere"})
    assert programs.get(db, person, program_ref).facts["address"] == "1 Quay\n\nNowhere"


@pytest.mark.parametrize("agency", ["0000", "-", "%00"])
def test_a_program_cannot_be_added_to_nothing(client: Any, agency: str) -> None:
    assert client.get(f"/agencies/{agency}/programs/new").status == 404
    assert client.post(f"/agencies/{agency}/programs/new", {"name": "x", "csrf_token": client.token()}).status == 404


def test_a_program_cannot_be_added_to_somebody_elses_agency(
    client: Any, db: Database, stranger: dict[str, str]
) -> None:
    address = f"/agencies/{stranger['agency']}/programs/new"
    assert client.get(address).status == 404
    assert client.post(address, {"name": "Smuggled", "csrf_token": client.token()}).status == 404
    assert not list(db.query("SELECT 1 FROM program WHERE name = 'Smuggled'"))


def test_a_program_that_was_never_assessed_says_what_comes(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}")
    assert page.heading == "Evening Harbor"
    assert "Nothing has been assessed here yet" in page.text
    assert page.words("a.button") == ["Start an assessment"]


def test_assessments_are_listed_newest_first(client: Any, start: Callable[..., str], program_ref: str) -> None:
    start(assessed_on="2024-05-06", period=1)
    start(assessed_on="2026-01-15", period=3)
    start(assessed_on="2025-05-06", period=2)
    page = client.get(f"/programs/{program_ref}")
    assert page.words("h3") == [
        "Second follow-up, January 15, 2026",
        "First follow-up, May 6, 2025",
        "Baseline, May 6, 2024",
    ]


def test_two_drafts_of_one_day_can_be_opened_each(client: Any, start: Callable[..., str], program_ref: str) -> None:
    refs = {start(), start()}
    page = client.get(f"/programs/{program_ref}")
    assert {link["href"].rsplit("/", 1)[1] for link in page.soup.select("h3 a")} == refs


def test_a_sealed_assessment_shows_its_band_and_a_draft_its_progress(
    client: Any, program_ref: str, sealed: str, start: Callable[..., str]
) -> None:
    start(assessed_on="2026-04-01", period=2)
    first, second = client.get(f"/programs/{program_ref}").words("ul.assessments li")
    assert "Draft. 0 of 3 rated" in first
    assert "Between dim and lit, 2.50" in second


def test_a_second_window_never_writes_over_the_facts_of_the_first(client: Any, second: Any, program_ref: str) -> None:
    door = f"/programs/{program_ref}/edit"
    mine, theirs = client.get(door), second.get(door)
    assert client.press(mine, {"telephone": "555-0101"}).status == 200
    refused = second.press(theirs, {"fax": "555-0102"})
    assert refused.status == 422
    assert "changed in another window" in refused.text
    assert client.get(door).soup.select_one("#fax")["value"] == ""


def test_a_program_added_by_mistake_can_be_removed(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/edit")
    assert "is removed." in client.press(page, {}, form=-1).text
    assert client.get(f"/programs/{program_ref}").status == 404


def test_a_program_that_was_assessed_stays(client: Any, program_ref: str, draft: str) -> None:
    assert client.get(f"/programs/{program_ref}/edit").words("main form button") == ["Save"]
    assert client.post(f"/programs/{program_ref}/remove", {"csrf_token": client.token()}).status == 409
    assert client.get(f"/programs/{program_ref}").status == 200
