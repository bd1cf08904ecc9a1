"""Invitations that are open, withdrawn, and who learns of what."""

from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, assessments, links, people, programs, roles, trail
from tests.web.conftest import Browser


@pytest.fixture
def be(app: Flask, db: Database, person: Person) -> Any:
    """`be("reader", "program", ref)`: a browser of somebody with this role."""

    def be(role: str, place: str, ref: str) -> Browser:
        with store.writing(db):
            one = people.create(db, person, name=f"A {role}", login=f"{role}@example.org")
            roles.insert(db, person, one, role, place, ref)
        return Browser(app, one)

    return be


def test_an_invitation_to_the_wrong_person_is_withdrawn(
    client: Browser, db: Database, person: Person, program_ref: str
) -> None:
    token = links.invite(db, person, name="Bo Gull", login="", role=Role.READER, place="program", ref=program_ref)
    page = client.get(f"/programs/{program_ref}/people")
    assert "Invited, not yet here" in page.text
    (form,) = [n for n, form in enumerate(page.soup.select("main form")) if form.select("input[name=link]")]
    assert "withdrawn" in client.press(page, {}, form=form).flashes[0]
    with pytest.raises(store.Missing):
        links.find(db, token)
    assert "Invited, not yet here" not in client.get(f"/programs/{program_ref}/people").text


def test_an_invitation_of_another_program_cannot_be_withdrawn_here(
    client: Browser, db: Database, person: Person, agency_ref: str, program_ref: str
) -> None:
    other = programs.add(db, person, agency_ref, "Another", {}).ref
    token = links.invite(db, person, name="Bo", login="", role=Role.READER, place="program", ref=other)
    digest = links.find(db, token).digest
    sent = {"csrf_token": client.token(), "link": digest}
    assert client.post(f"/programs/{program_ref}/people/leave", sent).status == 404
    assert links.find(db, token)


def test_whoever_reads_sealed_results_does_not_learn_of_an_amendment_under_way(
    client: Browser, be: Any, program_ref: str, sealed: str
) -> None:
    client.submit(f"/assessments/{sealed}/amend", {"reason": "A chart was misread"})
    reader = be("reader", "program", program_ref)
    for address in (f"/assessments/{sealed}/result", f"/programs/{program_ref}", "/"):
        assert "amendment" not in reader.get(address).text.lower()
    assert "An amendment of this edition was begun" in client.get(f"/assessments/{sealed}/result").text


def test_a_director_of_one_program_names_nobody_of_another(
    be: Any, db: Database, person: Person, agency_ref: str, program_ref: str, draft: str
) -> None:
    other = programs.add(db, person, agency_ref, "Another", {}).ref
    with store.writing(db):
        stranger = people.create(db, person, name="Sam Elsewhere", login="sam")
        roles.insert(db, person, stranger, Role.RATER, "program", other)
    director = be("director", "program", program_ref)
    address = f"/assessments/{draft}/people"
    assert "Sam Elsewhere" not in director.get(address).text
    director.post(address, {"csrf_token": director.token(), "person": stranger.ref})
    with pytest.raises(store.Missing):
        assessments.get(db, stranger, draft)


def test_an_administrator_without_a_role_is_told_no_false_thing(
    app: Flask, db: Database, person: Person, agency_ref: str, program_ref: str
) -> None:
    with store.writing(db):
        one = people.create(db, person, name="Ada", login="ada")
        roles.insert(db, person, one, Role.ADMINISTRATOR, "", "")
    ada = Browser(app, people.by_login(db, "ada"))
    assert "has no program yet" not in ada.get("/").text
    assert "Remove this agency" not in ada.get(f"/agencies/{agency_ref}/edit").text
    assert agencies.get(db, people.by_login(db, "ada"), agency_ref).name == "Tidewater House"


def test_an_amendment_names_nobody_by_itself(client: Browser, be: Any, db: Database, sealed: str) -> None:
    peer = be("rater", "assessment", sealed)
    new = client.submit(f"/assessments/{sealed}/amend", {"reason": "A chart was misread"}).url
    assert peer.get(new).status == 404


def test_the_trail_of_people_is_taken_along_with_the_head_of_the_chain(client: Browser, db: Database) -> None:
    sheet = client.get("/people/trail.csv").response.text
    assert "Kim Example" in sheet
    assert trail.head(db)[1] in sheet.splitlines()[-1]
