"""What looks like patient data is not kept until it is changed or explained; the explanation is logged."""

from typing import Any

import pytest
from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import assessments, programs, trail

SUSPICIOUS = "Chart of patient Jane Miller, DOB 4/12/1987"
WARNING = "“patient Jane Miller” looks like the name of a patient. Take it out; if it is none, say why it may stay."
REASON = "An invented name from the training case"


def door(draft: str) -> str:
    return f"/assessments/{draft}/dimensions/doorway"


def test_evidence_that_looks_like_patient_data_is_not_saved_and_says_why(
    client: Any, db: Database, person: Person, draft: str
) -> None:
    page = client.submit(door(draft), {"first-words-why": SUSPICIOUS, "coat-rack-rating": "3"})
    assert page.status == 422
    assert page.mistakes == {WARNING: "first-words-why"}
    assert page.words("[data-guard]:not([hidden]) [data-warning]") == [WARNING]
    assert page.fields()["first-words-why"] == [SUSPICIOUS]
    assert assessments.get(db, person, draft).why == {}


def test_the_script_that_saves_is_told_which_item_and_why(client: Any, draft: str) -> None:
    opened = client.get(door(draft))
    page = client.press(opened, {"first-words-why": SUSPICIOUS}, headers={"Accept": "application/json"})
    assert page.status == 422
    assert page.json["warnings"] == {"first-words": WARNING}


def test_it_is_kept_with_a_reason_and_the_trail_says_who_and_why(
    client: Any, db: Database, person: Person, draft: str, program_ref: str
) -> None:
    page = client.submit(door(draft), {"first-words-why": SUSPICIOUS, "first-words-reason": REASON})
    assert page.status == 200
    assert assessments.get(db, person, draft).why == {"first-words": SUSPICIOUS}
    entry = next(entry for entry in trail.of_program(db, person, program_ref) if entry.act == "overrule")
    assert (entry.name, entry.act) == (f"{person.name} ({person.login})", "overrule")
    assert entry.changes["first-words why"][1].value == REASON


def test_what_stands_there_already_is_not_asked_about_again(client: Any, draft: str) -> None:
    client.submit(door(draft), {"first-words-why": SUSPICIOUS, "first-words-reason": REASON})
    assert client.submit(door(draft), {"first-words-rating": "3"}).status == 200


@pytest.mark.parametrize("text", ["Ten arrivals on 2026-03-02", "Policy 4.12, revised 01/15/2025", ""])
def test_ordinary_evidence_is_saved_without_a_word(client: Any, draft: str, text: str) -> None:
    assert client.submit(door(draft), {"first-words-why": text, "first-words-rating": "3"}).status == 200


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/agencies/new", "name"),
        ("/agencies/{agency}/programs/new", "address"),
        ("/programs/{program}/edit", "contact_1"),
        ("/programs/{program}/assessments/new", "rater"),
        ("/assessments/{draft}/cover", "rater"),
    ],
)
def test_every_other_text_is_held_to_the_same(
    client: Any, db: Database, agency_ref: str, program_ref: str, draft: str, address: str, field: str
) -> None:
    url = address.format(agency=agency_ref, program=program_ref, draft=draft)
    sent = {"name": "Somewhere", "rater": "Kim"} | {field: "client Mary O'Neil, MRN 00482913"}
    before = trail.head(db)
    refused = client.submit(url, sent)
    assert refused.status == 422
    assert any("looks like" in said for said in refused.mistakes)
    assert trail.head(db) == before
    kept = client.press(refused, {"overrule": REASON})
    assert kept.status == 200
    assert REASON in str([entry.changes for entry in trail._entries(db, "act = 'overrule'", {}, None, 9)])


def test_without_a_suspicion_nobody_asks_for_a_reason_and_none_is_logged(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    page = client.submit(f"/programs/{program_ref}/edit", {"state": "Elsewhere", "overrule": "just so"})
    assert "Reason why it may stay" not in page.text
    assert programs.get(db, person, program_ref).facts["state"] == "Elsewhere"
    assert [entry.act for entry in trail.of_program(db, person, program_ref)][:1] == ["change"]


def test_a_reason_for_an_amendment_is_held_to_it_too(client: Any, sealed: str) -> None:
    page = client.submit(f"/assessments/{sealed}/amend", {"reason": "SSN 123-45-6789 was typed"})
    assert page.status == 422
    assert "a social security number" in page.text
    assert client.press(page, {"reason": "A number was typed"}).status == 200


def test_a_page_may_ask_about_a_text_while_somebody_types_it(client: Any, db: Database) -> None:
    before = list(db.conn.iterdump())
    asked = {"csrf_token": client.token(), "text": "Chart of patient Jane Miller"}
    assert client.post("/warnings", asked).json == {"warning": WARNING}
    assert client.post("/warnings", asked | {"text": "Ten charts"}).json == {"warning": ""}
    assert list(db.conn.iterdump()) == before
