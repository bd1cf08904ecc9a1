"""Agencies: add one, change one, and what is refused."""

from typing import Any

import pytest
from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import agencies


def test_adding_an_agency_leads_on_to_its_first_program(client: Any, db: Database, person: Person) -> None:
    known = {"primary_focus": "mix", "agency_type": ["public", "non-profit"]}
    page = client.submit("/agencies/new", {"name": " Tidewater "} | known)
    (agency,) = agencies.all(db, person)
    assert page.heading == "Add a program"
    assert page.flashes == ["Tidewater is added. Now add its first program."]
    assert (agency.name, agency.facts) == (
        "Tidewater",
        {"primary_focus": "mix", "agency_type": ["public", "non-profit"]},
    )


def test_a_fact_that_is_not_known_is_absent(client: Any, db: Database, person: Person) -> None:
    client.submit("/agencies/new", {"name": "Tidewater"})
    assert agencies.all(db, person)[0].facts == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Enter the name of the agency."),
        ("   ", "Enter the name of the agency."),
        ("x" * 201, "Shorten this to 200 characters."),
        ("Tide\x07water", "Remove the signs that cannot be printed."),
        ("Tide\x00water", "Remove the signs that cannot be printed."),
        ("Tide\u202ewater", "Remove the signs that cannot be printed."),
        ("Tide\x9bwater", "Remove the signs that cannot be printed."),
    ],
    ids=["empty", "blanks", "too long", "control character", "null", "turned around", "older control"],
)
def test_a_name_that_cannot_be_kept_is_refused_with_a_link_to_the_field(
    client: Any, db: Database, person: Person, name: str, said: str
) -> None:
    page = client.submit("/agencies/new", {"name": name, "primary_focus": "hospital"})
    assert page.status == 422
    assert page.title.startswith("Error: Add an agency")
    assert page.mistakes == {said: "name"}
    assert page.one("#name")["aria-invalid"] == "true"
    assert page.one("#name").get("value") in (name, "", name.replace("\x00", "\ufffd"))
    assert page.fields()["primary_focus"] == ["hospital"], "what was typed is still there"
    assert agencies.all(db, person) == []


def test_the_longest_name_is_kept(client: Any, db: Database, person: Person) -> None:
    client.submit("/agencies/new", {"name": "x" * 200})
    assert agencies.all(db, person)[0].name == "x" * 200


def test_a_choice_that_is_not_offered_is_refused(client: Any) -> None:
    page = client.submit("/agencies/new", {"name": "Tidewater", "primary_focus": "casino"})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["primary_focus-0"]
    page = client.submit("/agencies/new", {"name": "Tidewater", "agency_type": ["public", "casino"]})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["agency_type-0"]


def test_changing_an_agency_begins_with_what_is_known(client: Any, agency_ref: str) -> None:
    page = client.get(f"/agencies/{agency_ref}/edit")
    assert page.heading == "Tidewater House"
    assert (page.fields()["name"], page.fields()["primary_focus"]) == (["Tidewater House"], ["addiction"])


def test_a_change_is_kept_and_a_fact_can_be_taken_back(
    client: Any, db: Database, person: Person, agency_ref: str
) -> None:
    page = client.submit(f"/agencies/{agency_ref}/edit", {"name": "Ebb House", "primary_focus": ""})
    assert page.flashes == ["Saved."]
    agency = agencies.get(db, person, agency_ref)
    assert (agency.name, agency.facts) == ("Ebb House", {})


def test_a_refused_change_changes_nothing(client: Any, db: Database, person: Person, agency_ref: str) -> None:
    assert client.submit(f"/agencies/{agency_ref}/edit", {"name": ""}).status == 422
    assert agencies.get(db, person, agency_ref).name == "Tidewater House"


def test_an_agency_added_by_mistake_can_be_removed(client: Any, db: Database, person: Person) -> None:
    agency = agencies.add(db, person, "Typo House", {})
    page = client.get(f"/agencies/{agency.ref}/edit")
    assert "Typo House is removed." in client.press(page, {}, form=-1).text
    assert [known.name for known in agencies.all(db, person)] == []


def test_an_agency_that_runs_a_program_stays(client: Any, agency_ref: str, program_ref: str) -> None:
    assert client.get(f"/agencies/{agency_ref}/edit").words("main form button") == ["Save"]
    page = client.post(f"/agencies/{agency_ref}/remove", {"csrf_token": client.token()})
    assert page.status == 409
    assert "still in use" in page.text
    assert client.get(f"/agencies/{agency_ref}/edit").status == 200
