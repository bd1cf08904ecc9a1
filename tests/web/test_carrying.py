"""Ratings carried forward, as people meet them: offered, marked, kept, confirmed, told."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import shelf, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import assessments, carrying, people, roles
from tests.web.conftest import Browser

ITEM = {"IA": "first-words", "IB": "coat-rack", "IIA": "second-plate"}


@pytest.fixture
def carried(start: Callable[..., str], sealed: str) -> str:
    """A draft of a year later that begins with IA 1 and the others 3, all carried."""
    return start(assessed_on="2027-03-02", period=2, carry_from=sealed)


@pytest.fixture
def shelved(client: Any, db: Database, person: Person, start: Callable[..., str], rate: Callable[..., None]) -> str:
    """A sealed assessment with the instrument that stands on the shelf, every item 3."""
    ref = start(shelf.INSTRUMENTS / "ddcat-4.0.toml", assessed_on="2026-03-02")
    rate(ref, 3)
    assert client.submit(f"/assessments/{ref}/seal").url == f"/assessments/{ref}/result"
    return ref


def test_a_follow_up_can_begin_with_the_last_ratings(
    client: Any, db: Database, person: Person, program_ref: str, shelved: str
) -> None:
    page = client.get(f"/programs/{program_ref}/assessments/new")
    assert any(
        said.startswith("Start from the last sealed assessment of March 2, 2026") for said in page.words("label")
    )
    page = client.press(page, {"rater": "Robin Example", "carry": shelved})
    assert page.words(".notice")[0].startswith(
        "35 of 35 ratings are carried from March 2, 2026 and not yet re-rated."
    )
    assert page.words("table.parts td")[0] == "4 of 4 4 carried"
    begun = assessments.of_program(db, person, program_ref)[-1]
    assert len(begun.carried) == 35


def test_nothing_is_carried_unless_it_is_chosen(
    client: Any, db: Database, person: Person, program_ref: str, shelved: str
) -> None:
    page = client.submit(f"/programs/{program_ref}/assessments/new", {"rater": "Robin Example"})
    assert "0 of 35 items are rated" in page.text
    assert not assessments.of_program(db, person, program_ref)[-1].carried


@pytest.mark.parametrize("sent", [{"carry": "beef"}, {"assessed_on": "2026-03-02"}, {"kind": "external"}])
def test_what_cannot_be_carried_is_refused_with_a_link_to_the_choice(
    client: Any, db: Database, person: Person, program_ref: str, shelved: str, sent: dict[str, str]
) -> None:
    data = {"rater": "Robin Example", "carry": shelved} | sent
    page = client.submit(f"/programs/{program_ref}/assessments/new", data)
    assert page.status == 422
    assert list(page.mistakes.values()) == ["carry-0"]
    assert len(assessments.of_program(db, person, program_ref)) == 1


def test_another_kind_of_rater_is_told_why_nothing_is_carried(client: Any, program_ref: str, shelved: str) -> None:
    data = {"rater": "Robin Example", "carry": shelved, "kind": "external"}
    page = client.submit(f"/programs/{program_ref}/assessments/new", data)
    assert page.mistakes == {
        "The last assessment is a self-rating; an external rating begins with nothing.": "carry-0"
    }


def test_a_consultant_is_offered_only_what_outside_raters_gave(
    app: Flask, client: Any, db: Database, person: Person, program_ref: str, shelved: str
) -> None:
    address = f"/programs/{program_ref}/assessments/new"
    why = "The last assessment is a self-rating; an external rating begins with nothing."
    assert why not in client.get(address).text
    with store.writing(db):
        roles.insert(
            db,
            person,
            people.create(db, None, name="Bo Example", login="bo"),
            Role.CONSULTANT,
            "program",
            program_ref,
        )
    page = Browser(app, people.by_login(db, "bo")).get(address)
    assert not page.soup.select('[name="carry"]')
    assert why in page.words("fieldset .hint")


def test_a_cover_sheet_keeps_the_kind_of_rater_while_carried_ratings_stand(
    client: Any, db: Database, person: Person, start: Any, sealed: str
) -> None:
    carried = start(assessed_on="2026-03-04", period=2, carry_from=sealed)
    page = client.submit(f"/assessments/{carried}/cover", {"kind": "external"})
    assert page.status == 422
    ((said, anchor),) = page.mistakes.items()
    assert (said.split(" from ")[0], anchor) == ("3 ratings are carried", "kind-0")
    assert assessments.get(db, person, carried).kind == "self"
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    client.post(f"/assessments/{carried}/carried", page.fields() | {"keep": "all"})
    page = client.submit(f"/assessments/{carried}/cover", {"kind": "external"})
    assert page.status == 422
    assert next(iter(page.mistakes)).startswith("1 rating is carried from")


@pytest.mark.parametrize("day", ["2026-03-02", "2024-03-02"])
def test_a_cover_sheet_keeps_a_later_day_while_carried_ratings_stand(
    client: Any, db: Database, person: Person, start: Any, sealed: str, day: str
) -> None:
    ref = start(assessed_on="2026-03-04", period=2, carry_from=sealed)
    page = client.submit(f"/assessments/{ref}/cover", {"assessed_on": day})
    assert (page.status, page.mistakes) == (
        422,
        {"Ratings were carried here from March 2, 2026: enter a later date.": "assessed_on"},
    )
    assert client.submit(f"/assessments/{ref}/cover", {"assessed_on": "2026-03-03"}).status == 200
    assert assessments.get(db, person, ref).assessed_on == "2026-03-03"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ((), "Nobody gave a rating for this assessment: every one was carried from an earlier one."),
        (("IA",), "One person alone gave the ratings that were not carried."),
    ],
)
def test_nobody_is_said_to_have_given_what_was_carried(
    client: Any, db: Database, person: Person, carried: str, kept: tuple[str, ...], said: str
) -> None:
    carrying.keep(db, person, carried, [ITEM[code] for code in kept])
    page = client.submit(f"/assessments/{carried}/seal", {"carried": "yes"})
    assert said in page.text
    assert all("gave every rating" not in about for about in page.words(".about"))


def test_without_a_sealed_assessment_there_is_no_such_choice(client: Any, program_ref: str, sealed: str) -> None:
    """The one that is sealed was rated with an instrument that is not on the shelf."""
    assert not client.get(f"/programs/{program_ref}/assessments/new").soup.select('[name="carry"]')


def test_a_carried_rating_is_marked_until_it_is_kept(client: Any, db: Database, person: Person, carried: str) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    assert page.words("[data-carried]")[0].startswith("Carried from March 2, 2026, not re-rated. Rated 1 then.")
    page = client.submit(f"/assessments/{carried}/dimensions/doorway")
    assert len(page.words("[data-carried]")) == 2, "to save a page that nobody changed takes no mark away"
    sent = page.fields() | {"keep": ITEM["IA"]}
    page = client.post(f"/assessments/{carried}/carried", sent, follow=True)
    assert "1 carried rating is kept as still true." in page.flashes
    assert len(page.words("[data-carried]")) == 1
    assert assessments.get(db, person, carried).carried.keys() == {ITEM["IB"], ITEM["IIA"]}


def test_every_rating_of_a_dimension_can_be_kept_at_once(
    client: Any, db: Database, person: Person, carried: str
) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    page = client.post(f"/assessments/{carried}/carried", page.fields() | {"keep": "all"}, follow=True)
    assert "2 carried ratings are kept as still true." in page.flashes
    assert assessments.get(db, person, carried).carried.keys() == {ITEM["IIA"]}


def test_another_choice_takes_the_mark_away(client: Any, db: Database, person: Person, carried: str) -> None:
    client.submit(f"/assessments/{carried}/dimensions/doorway", {f"{ITEM['IA']}-rating": "3"})
    assert assessments.get(db, person, carried).carried.keys() == {ITEM["IB"], ITEM["IIA"]}


def test_what_else_stood_on_the_page_is_saved_when_a_rating_is_kept(
    client: Any, db: Database, person: Person, carried: str
) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    sent = page.fields() | {"keep": ITEM["IA"], f"{ITEM['IB']}-why": "Three hooks were added"}
    client.post(f"/assessments/{carried}/carried", sent)
    draft = assessments.get(db, person, carried)
    assert draft.why == {ITEM["IB"]: "Three hooks were added"}
    assert draft.carried.keys() == {ITEM["IIA"]}


def test_nothing_is_kept_where_something_else_on_the_page_is_refused(
    client: Any, db: Database, person: Person, carried: str
) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    sent = page.fields() | {"keep": ITEM["IA"], f"{ITEM['IB']}-rating": "9"}
    page = client.post(f"/assessments/{carried}/carried", sent)
    assert page.status == 422
    assert list(page.mistakes.values()) == ["coat-rack-rating-1"]
    assert len(assessments.get(db, person, carried).carried) == 3


@pytest.mark.parametrize("sent", [{}, {"dimension": "doorway"}, {"dimension": "doorway", "keep": "second-plate"}])
def test_what_names_nothing_keeps_nothing(client: Any, carried: str, sent: dict[str, str]) -> None:
    sent["csrf_token"] = client.token()
    assert client.post(f"/assessments/{carried}/carried", sent).status == 404


def test_enter_saves_and_keeps_nothing(client: Any, carried: str) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    first = page.soup.select("#ratings button")[0]
    assert (first["name"], first.get("formaction")) == ("then", None)


def test_what_nobody_touched_is_sealed_only_with_a_tick(
    client: Any, db: Database, person: Person, carried: str
) -> None:
    page = client.get(f"/assessments/{carried}/dimensions/doorway")
    client.post(f"/assessments/{carried}/carried", page.fields() | {"keep": "all"})
    page = client.submit(f"/assessments/{carried}/seal")
    assert page.status == 422
    assert page.mistakes == {
        "Confirm that the carried ratings are sealed as they stand, or rate them anew.": "carried"
    }
    assert not assessments.get(db, person, carried).is_sealed
    page = client.press(page, {"carried": "yes"})
    assert page.url == f"/assessments/{carried}/result"
    assert assessments.get(db, person, carried).carried.keys() == {ITEM["IIA"]}


def test_without_carried_ratings_there_is_nothing_to_confirm(client: Any, draft: str, rate: Any) -> None:
    rate(draft, 3)
    assert not client.get(f"/assessments/{draft}/seal").soup.select("#carried")


@pytest.mark.parametrize("where", ["result", "plan/print", "feedback/print"])
def test_every_report_tells_how_many_were_carried_and_which(client: Any, carried: str, rate: Any, where: str) -> None:
    client.submit(f"/assessments/{carried}/seal", {"carried": "yes"})
    said = " ".join(client.raw.get(f"/assessments/{carried}/{where}").text.split())
    assert "3 of 3 ratings were carried from March 2, 2026 and not re-rated:" in said


def test_a_draft_with_carried_ratings_is_not_called_ready(client: Any, program_ref: str, carried: str) -> None:
    page = client.get(f"/programs/{program_ref}")
    assert "3 carried and not yet re-rated" in page.text
    assert not page.soup.select(f'a[href="/assessments/{carried}/seal"]')


def test_to_rate_alone_says_what_it_takes_away(client: Any, db: Database, person: Person, carried: str) -> None:
    page = client.get(f"/assessments/{carried}/people")
    assert "choosing this takes the 3 carried ratings away" in page.text
    client.press(page)
    assert db.execute("SELECT count(*) FROM carried").fetchone() == (0,)
