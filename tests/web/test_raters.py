"""Who rates what until when, alone or together; handing in, and what becomes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from ddcat import deeds, store
from ddcat.access import Role
from ddcat.instrument import Instrument
from ddcat.progress import ACCEPTED, CHANGES_REQUESTED, DRAFT, IN_PROGRESS, SUBMITTED, progress
from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence, links, people, raters, roles, saving
from ddcat.store.raters import Begun
from ddcat.store.roles import Fixed
from ddcat.store.saving import Change, NotGiven
from tests.web.conftest import Browser, Page

ITEMS = ("first-words", "coat-rack", "second-plate")
IN_A_WEEK = (date.today() + timedelta(days=7)).isoformat()


@pytest.fixture
def somebody(db: Database, person: Person, program_ref: str) -> Callable[..., Person]:
    """`somebody("Ann", draft)`: a person with a role in the program, named as rater of these assessments."""

    def somebody(name: str, *named: str, role: Role = Role.RATER) -> Person:
        with store.writing(db):
            one = people.create(db, person, name=name, login=name.lower())
            roles.insert(db, person, one, role, "program", program_ref)
            for ref in named:
                roles.insert(db, person, one, Role.RATER, "assessment", ref)
        return people.get(db, one.ref)

    return somebody


@pytest.fixture
def ann(somebody: Callable[..., Person], draft: str) -> Person:
    return somebody("Ann", draft)


@pytest.fixture
def bo(somebody: Callable[..., Person], draft: str) -> Person:
    return somebody("Bo", draft)


@pytest.fixture
def be(app: Flask) -> Callable[[Person], Browser]:
    return lambda person: Browser(app, person)


def rate(db: Database, person: Person, ref: str, *items: str, value: int = 3) -> None:
    standing = assessments.get(db, person, ref)
    changes = {item: Change(value, "", standing.said(item).revision) for item in items or ITEMS}
    assert not saving.save(db, person, ref, changes).conflicts


def give(db: Database, person: Person, ref: str, rater: Person, *items: str, due_on: str | None = None) -> None:
    raters.give(db, person, ref, rater.ref, items=items, due_on=due_on, stands="")


def state(db: Database, rater: Person, ref: str) -> str:
    return raters.get(db, rater, ref, rater.ref).state


def form_to(page: Page, ending: str) -> int:
    """The number of the first form that posts to an address with this ending."""
    return next(n for n, form in enumerate(page.soup.select("main form")) if form["action"].endswith(ending))


# --- Who rates ---


def test_who_is_named_is_given_everything_until_the_director_says_what(
    client: Browser, db: Database, draft: str, somebody: Callable[..., Person]
) -> None:
    ann = somebody("Ann")
    page = client.get(f"/assessments/{draft}/people")
    page = client.press(page, {"person": ann.ref}, form=form_to(page, "/people"))
    assert (page.url, page.heading) == (f"/assessments/{draft}/raters/{ann.ref}", "What Ann rates")
    assert raters.get(db, ann, draft, ann.ref).items == ()
    (row,) = client.get(f"/assessments/{draft}/people").words("table.raters tbody tr")
    assert row.startswith("Ann everything Not stated no date draft")


def test_a_dimension_gives_all_of_its_items_and_every_item_gives_everything(
    client: Browser, db: Database, draft: str, ann: Person
) -> None:
    address = f"/assessments/{draft}/raters/{ann.ref}"
    client.submit(address, {"dimensions": ["doorway"], "items": ["first-words"]})
    assert set(raters.get(db, ann, draft, ann.ref).items) == {"first-words", "coat-rack"}
    assert "dimension I " in client.get(f"/assessments/{draft}/people").text
    page = client.get(address)
    assert [tick["value"] for tick in page.soup.select("input[name=dimensions][checked]")] == ["doorway"]
    assert not page.soup.select("input[name=items][checked]")
    client.submit(address, {"dimensions": None, "items": ["coat-rack"]})
    assert raters.get(db, ann, draft, ann.ref).items == ("coat-rack",)
    assert client.get(address).soup.select("details[open] input[name=items][checked]")
    client.submit(address, {"dimensions": ["doorway", "table"]})
    assert raters.get(db, ann, draft, ann.ref).items == ()


def test_due_date_and_standing_are_kept_and_shown(client: Browser, draft: str, ann: Person) -> None:
    page = client.submit(
        f"/assessments/{draft}/raters/{ann.ref}", {"dimensions": ["table"], "due_on": IN_A_WEEK, "stands": "leader"}
    )
    assert page.flashes == ["Saved: what Ann rates."]
    (row,) = page.words("table.raters tbody tr")
    assert row.startswith("Ann dimension II Leader")
    assert "overdue" not in row


@pytest.mark.parametrize(
    "day", ["2026-01-01", "0001-01-01", "9999-12-31", "yesterday", f"{date.today().year + 6}-01-01"]
)
def test_a_due_date_in_the_past_or_far_away_is_refused(client: Browser, draft: str, ann: Person, day: str) -> None:
    page = client.submit(f"/assessments/{draft}/raters/{ann.ref}", {"due_on": day})
    assert (page.status, list(page.mistakes.values())) == (422, ["due_on"])


def test_a_due_date_that_has_passed_may_stay_while_something_else_changes(
    client: Browser, db: Database, person: Person, draft: str, ann: Person
) -> None:
    give(db, person, draft, ann, due_on="2026-01-01")
    page = client.submit(f"/assessments/{draft}/raters/{ann.ref}", {"stands": "staff"})
    (row,) = page.words("table.raters tbody tr")
    assert "January 1, 2026 overdue" in row


@pytest.mark.parametrize("sent", [{"items": ["nowhere"]}, {"dimensions": ["nowhere"]}, {"stands": "above"}])
def test_what_is_not_offered_cannot_be_given(client: Browser, draft: str, ann: Person, sent: dict[str, Any]) -> None:
    assert client.submit(f"/assessments/{draft}/raters/{ann.ref}", sent).status == 422


def test_two_windows_do_not_write_over_each_other(
    client: Browser, second: Browser, db: Database, draft: str, ann: Person
) -> None:
    address = f"/assessments/{draft}/raters/{ann.ref}"
    window = second.get(address)
    client.submit(address, {"stands": "leader"})
    page = second.press(window, {"stands": "staff"})
    assert (page.status, list(page.mistakes.values())) == (422, ["shown"])
    assert raters.get(db, ann, draft, ann.ref).stands == "leader"
    assert second.press(page, {"stands": "staff"}).status == 200
    assert raters.get(db, ann, draft, ann.ref).stands == "staff"


def test_who_was_never_named_is_given_nothing(client: Browser, draft: str, somebody: Callable[..., Person]) -> None:
    other = somebody("Other")
    for ref in (other.ref, "nobody"):
        assert client.get(f"/assessments/{draft}/raters/{ref}").status == 404
        for act in ("accept", "request"):
            sent = {"csrf_token": client.token(), "note": "x"}
            assert client.post(f"/assessments/{draft}/raters/{ref}/{act}", sent).status == 404


def test_items_that_nobody_rates_are_named(
    client: Browser, db: Database, person: Person, draft: str, ann: Person
) -> None:
    assert "Given to no rater" not in client.get(f"/assessments/{draft}/people").text
    give(db, person, draft, ann, "first-words")
    assert "Given to no rater: IB and IIA." in client.get(f"/assessments/{draft}/people").text


def test_a_role_that_is_taken_back_takes_the_assignment_and_leaves_what_was_shared(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    rate(db, ann, draft, "first-words")
    page = client.get(f"/assessments/{draft}/people")
    page = client.press(page, form=form_to(page, "/people/leave"))
    assert page.flashes == ["Ann no longer has this role here."]
    assert be(ann).get(f"/assessments/{draft}").status == 404
    assert assessments.get(db, person, draft).ratings == {"first-words": 3}


def test_of_a_sealed_assessment_readers_are_named_and_nothing_is_given(
    client: Browser, sealed: str, somebody: Callable[..., Person]
) -> None:
    ann = somebody("Ann")
    page = client.get(f"/assessments/{sealed}/people")
    page = client.press(page, {"person": ann.ref}, form=form_to(page, "/people"))
    assert page.flashes == ["Ann can now read this assessment."]
    assert page.url == f"/assessments/{sealed}/people"
    assert "Ann" in page.text


# --- One rule of progress ---


@given(rated_items=st.sets(st.sampled_from(ITEMS)), given_items=st.sets(st.sampled_from(ITEMS), min_size=1))
def test_progress_counts_what_was_given_and_nothing_else(
    lantern: Instrument, rated_items: set[str], given_items: set[str]
) -> None:
    found = progress(lantern, rated_items, given_items)
    assert (found.n_rated, found.n_items) == (len(rated_items & given_items), len(given_items))
    assert {item.id for item in found.open} == given_items - rated_items
    assert sum(part.n_rated for part in found.parts) == found.n_rated
    assert sum(part.n_items for part in found.parts) == found.n_items
    assert all(part.n_items for part in found.parts)
    assert progress(lantern, rated_items) == progress(lantern, rated_items, ITEMS)


# --- Together ---


def test_a_rater_sees_and_rates_only_what_she_was_given(
    db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    give(db, person, draft, ann, "first-words", due_on=IN_A_WEEK)
    rate(db, person, draft, "second-plate")
    browser = be(ann)
    page = browser.get(f"/assessments/{draft}")
    assert "0 of your 1 items are rated" in page.text
    assert "Given to you: item IA · draft · due" in page.text
    assert [row.split()[0] for row in page.words("table.parts tbody tr")] == ["I"]
    page = browser.get(f"/assessments/{draft}/dimensions/doorway")
    assert "1 of 2 items of this dimension is yours." in page.text
    assert not page.soup.select("[name='coat-rack-rating']")
    assert "not given to you" in page.text
    assert browser.press(page, {"first-words-rating": "3"}).status == 200
    assert state(db, ann, draft) == "in progress"
    page = browser.get(f"/assessments/{draft}/dimensions/table")
    assert page.flashes == ["No item of this dimension was given to you."]
    assert page.url == f"/assessments/{draft}"


def test_the_script_counts_what_the_page_counts(
    db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    give(db, person, draft, ann, "first-words")
    browser = be(ann)
    page = browser.get(f"/assessments/{draft}/dimensions/doorway")
    answer = browser.press(page, {"first-words-rating": "3"}, headers={"Accept": "application/json"}, follow=False)
    assert answer.json["progress"] == {"doorway": [1, 1], "all": [1, 1]}
    assert browser.get("/").words(".house .cards a")[0].split("1 of 1 rated")[1:]
    assert "1 of your 1 rated" in browser.get(f"/programs/{assessments.get(db, ann, draft).program_ref}").text


def test_the_item_of_another_is_not_saved(
    db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    give(db, person, draft, ann, "first-words")
    browser = be(ann)
    sent = {"coat-rack-rating": "9", "coat-rack-stamp": "0.", "csrf_token": browser.token()}
    page = browser.post(f"/assessments/{draft}/dimensions/doorway", sent)
    assert (page.status, page.heading) == (409, "This is not yours to change now")
    assert assessments.get(db, person, draft).ratings == {}


def test_submitting_with_gaps_takes_a_tick(
    db: Database, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    browser = be(ann)
    rate(db, ann, draft, "first-words", "coat-rack")
    page = browser.get(f"/assessments/{draft}/submit")
    assert page.words(".summary li") == ["IIA The second plate"]
    assert browser.get(page.one(".summary li a")["href"].partition("#")[0]).status == 200
    page = browser.press(page)
    assert (page.status, list(page.mistakes.values())) == (422, ["cannot"])
    assert state(db, ann, draft) == "in progress"
    page = browser.press(page, {"cannot": "y"})
    assert (page.url, page.flashes) == (f"/assessments/{draft}", ["Submitted."])
    assert state(db, ann, draft) == "submitted"


def test_what_is_submitted_is_read_only_until_it_is_taken_back(
    db: Database, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    browser = be(ann)
    rate(db, ann, draft)
    window = browser.get(f"/assessments/{draft}/dimensions/doorway")
    browser.submit(f"/assessments/{draft}/submit")
    page = browser.get(f"/assessments/{draft}/submit")
    assert page.heading == "What you submitted"
    assert len(page.words("table.submitted tbody tr")) == 3
    assert browser.get(f"/assessments/{draft}/dimensions/doorway").flashes == [
        "You have submitted, so your ratings stay as they are."
    ]
    assert browser.press(window, {"first-words-rating": "1"}).status == 409
    assert assessments.get(db, ann, draft).ratings["first-words"] == 3
    page = browser.press(page)
    assert page.flashes == ["You can go on: what you submitted is yours again to change."]
    assert state(db, ann, draft) == "in progress"
    assert browser.press(window, {"first-words-rating": "1"}).status == 200


def test_nobody_submits_without_an_assignment(client: Browser, draft: str, ann: Person) -> None:
    assert client.get(f"/assessments/{draft}/submit").status == 404
    sent = {"csrf_token": client.token(), "cannot": "y"}
    assert client.post(f"/assessments/{draft}/submit", sent).status == 404
    assert client.post(f"/assessments/{draft}/take-back", sent).status == 404


def test_a_director_accepts_and_it_stays(
    client: Browser, db: Database, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    rate(db, ann, draft)
    raters.submit(db, ann, draft)
    card = client.get("/").words(".house .cards a")[0]
    assert card.startswith("Ann has submitted")
    page = client.get(f"/assessments/{draft}/raters/{ann.ref}")
    page = client.press(page, form=form_to(page, "/accept"))
    assert page.flashes == ["What Ann submitted is accepted."]
    assert state(db, ann, draft) == "accepted"
    assert "has submitted" not in client.get("/").text
    browser = be(ann)
    assert "What you submitted is accepted." in browser.get(f"/assessments/{draft}").text
    assert browser.post(f"/assessments/{draft}/take-back", {"csrf_token": browser.token()}).status == 409


def test_changes_are_requested_with_a_note_that_the_rater_reads(
    client: Browser, db: Database, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    rate(db, ann, draft)
    raters.submit(db, ann, draft)
    address = f"/assessments/{draft}/raters/{ann.ref}"
    page = client.get(address)
    empty = client.press(page, {"note": ""}, form=form_to(page, "/request"))
    assert (empty.status, empty.mistakes) == (422, {"Enter what should change.": "note"})
    patient = client.press(page, {"note": "See patient Jane Miller, DOB 4/12/1987"}, form=form_to(page, "/request"))
    assert (patient.status, list(patient.mistakes.values())) == (422, ["note"])
    assert state(db, ann, draft) == "submitted"
    page = client.press(page, {"note": "Look at the evening shift too."}, form=form_to(page, "/request"))
    assert page.status == 200
    assert "changes requested: Look at the evening shift too." in page.words("table.raters tbody tr")[0]
    browser = be(ann)
    for shown in ("/", f"/assessments/{draft}", f"/assessments/{draft}/submit"):
        assert "Look at the evening shift too." in browser.get(shown).text
    rate(db, ann, draft, "coat-rack", value=1)
    assert state(db, ann, draft) == "changes requested"
    browser.submit(f"/assessments/{draft}/submit")
    assert state(db, ann, draft) == "submitted"
    assert "evening shift" not in browser.get("/").text


def test_what_is_not_handed_in_is_neither_accepted_nor_sent_back(
    client: Browser, db: Database, draft: str, ann: Person
) -> None:
    sent = {"csrf_token": client.token(), "note": "More."}
    for act in ("accept", "request"):
        assert client.post(f"/assessments/{draft}/raters/{ann.ref}/{act}", sent).status == 409
    assert state(db, ann, draft) == "draft"


def test_other_items_open_what_was_handed_in_and_a_new_date_does_not(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    rate(db, ann, draft)
    raters.submit(db, ann, draft)
    give(db, person, draft, ann, due_on=IN_A_WEEK)
    assert state(db, ann, draft) == "submitted"
    give(db, person, draft, ann, "first-words", due_on=IN_A_WEEK)
    assert state(db, ann, draft) == "in progress"
    assert "What you are given changed: look again and submit again." in be(ann).get("/").text
    assert "items changed" not in client.get(f"/assessments/{draft}/people").text
    raters.submit(db, ann, draft)
    assert raters.get(db, ann, draft, ann.ref).note == ""


def test_home_says_what_is_late(
    db: Database, person: Person, draft: str, ann: Person, be: Callable[[Person], Browser]
) -> None:
    give(db, person, draft, ann, due_on="2026-01-05")
    card = be(ann).get("/").words(".cards a")[0]
    assert "0 of 3 rated · draft due January 5, 2026 overdue" in card
    raters.submit(db, ann, draft)
    assert "overdue" not in be(ann).get("/").text


def test_a_director_who_is_named_submits_too_and_still_rates_everything(
    client: Browser, db: Database, person: Person, draft: str
) -> None:
    with store.writing(db):
        roles.insert(db, person, person, Role.RATER, "assessment", draft)
    give(db, person, draft, person, "first-words")
    assert client.get(f"/assessments/{draft}/dimensions/table").status == 200
    assert "of 3 items are rated" in client.get(f"/assessments/{draft}").text
    client.submit(f"/assessments/{draft}/submit", {"cannot": "y"})
    assert state(db, person, draft) == "submitted"
    assert client.get(f"/assessments/{draft}/dimensions/table").heading.startswith("II")


# --- Alone ---


def alone(client: Browser, ref: str) -> Page:
    page = client.get(f"/assessments/{ref}/people")
    return client.press(page, form=form_to(page, "/alone"))


def test_how_raters_work_is_chosen_before_the_first_rating(
    client: Browser, db: Database, person: Person, draft: str
) -> None:
    page = alone(client, draft)
    assert page.flashes == ["Each rater now rates alone."]
    page = client.press(page, form=form_to(page, "/together"))
    assert page.flashes == ["All raters now share one set of ratings."]
    rate(db, person, draft, "first-words")
    page = client.get(f"/assessments/{draft}/people")
    assert not page.soup.select("main form[action$='/alone']")
    assert "This can be changed only before the first rating." in page.text
    page = client.post(f"/assessments/{draft}/alone", {"csrf_token": client.token()})
    assert (page.status, page.heading) == (409, "Somebody has begun to rate")


def test_a_line_of_evidence_or_a_submission_is_a_beginning_too(
    db: Database, person: Person, start: Callable[..., str], somebody: Callable[..., Person]
) -> None:
    first, second = start(), start()
    line = Evidence("", "first-words", "observation", seen="Ten arrivals", seen_on="2026-03-02", seen_by="Kim")
    evidence.remove(db, person, first, evidence.add(db, person, first, line))
    raters.submit(db, somebody("Ann", second), second)
    for ref in (first, second):
        with pytest.raises(Begun):
            raters.rate_alone(db, person, ref)


@pytest.mark.parametrize("has_rated", [False, True])
@pytest.mark.parametrize("is_gone", [False, True])
def test_the_way_back_to_one_set_never_tells_whether_somebody_has_begun(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, has_rated: bool, is_gone: bool
) -> None:
    alone(client, draft)
    if has_rated:
        rate(db, ann, draft)
    if is_gone:
        roles.take(db, person, ann.ref, Role.RATER, "assessment", draft)
    assert (
        "This can be changed only before the first rater is named." in client.get(f"/assessments/{draft}/people").text
    )
    assert client.post(f"/assessments/{draft}/together", {"csrf_token": client.token()}).status == 409


def test_raters_who_rate_alone_do_not_see_each_other_and_then_meet(
    client: Browser,
    db: Database,
    person: Person,
    draft: str,
    ann: Person,
    bo: Person,
    be: Callable[[Person], Browser],
) -> None:
    page = alone(client, draft)
    assert "Until everybody has submitted, nobody sees who has rated what, and that includes you." in page.text
    rate(db, ann, draft, value=1)
    rate(db, bo, draft, value=5)
    assert "3 of 3 items are rated" in be(ann).get(f"/assessments/{draft}/submit").text
    raters.submit(db, ann, draft)
    assert "Raters rate alone." in client.get(f"/assessments/{draft}").words(".lead")[0]
    page = be(bo).submit(f"/assessments/{draft}/submit")
    assert "Every rater has submitted. 0 of 3 items are agreed on." in page.words(".lead")[0]
    for one in (client, be(ann), be(bo)):
        assert one.get(f"/assessments/{draft}").soup.select(f"a[href='/assessments/{draft}/consensus']")
        assert one.get(f"/assessments/{draft}/dimensions/doorway").url == f"/assessments/{draft}"
    assert "Agreed" in client.get(f"/assessments/{draft}").words("table.parts th")
    page = be(ann).get(f"/assessments/{draft}/submit")
    assert page.heading == "What you submitted"
    assert [row.split("·")[0].split()[-1] for row in page.words("table.submitted tbody tr")] == ["1", "1", "1"]
    assert not page.soup.select("main form[action$='take-back']")


def test_once_all_have_submitted_who_rated_stays_as_it_is(
    client: Browser,
    db: Database,
    person: Person,
    draft: str,
    ann: Person,
    bo: Person,
    somebody: Callable[..., Person],
) -> None:
    raters.rate_alone(db, person, draft)
    for one in (ann, bo):
        rate(db, one, draft)
        raters.submit(db, one, draft)
    cy = somebody("Cy")
    token = {"csrf_token": client.token()}
    address = f"/assessments/{draft}"
    page = client.get(f"{address}/people")
    assert "Who rates no longer changes." in page.text
    assert not page.soup.select("main form")
    assert client.get(f"{address}/raters/{ann.ref}").url == f"{address}/people"
    for path, sent in {
        f"{address}/people": {"person": cy.ref},
        f"{address}/people/leave": {"person": ann.ref, "role": "rater", "place": "assessment", "at": draft},
        f"{address}/raters/{ann.ref}/request": {"note": "Again."},
    }.items():
        page = client.post(path, token | sent)
        assert (page.status, page.heading) == (409, "The raters no longer change"), path
    sent = {"name": "Noor", "login": "", "role": "rater"}
    assert client.post(f"{address}/people", token | sent).status == 409
    with pytest.raises(Fixed):
        give(db, person, draft, ann, "first-words")
    with pytest.raises(NotGiven):
        raters.take_back(db, ann, draft)


def test_an_invited_rater_joins_when_all_others_have_submitted_already(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, bo: Person
) -> None:
    raters.rate_alone(db, person, draft)
    token = links.invite(db, person, name="Cy", login="cy", role=Role.RATER, place="assessment", ref=draft)
    for one in (ann, bo):
        rate(db, one, draft)
        raters.submit(db, one, draft)
    page = client.get(f"/assessments/{draft}/people")
    assert (
        "An invitation is open. Before all can see each other’s ratings it has to be used or withdrawn." in page.text
    )
    cy = links.join(db, token, name="Cy", login="cy", password="x")
    assert state(db, cy, draft) == "draft"
    assert assessments.get(db, ann, draft).is_alone


def test_once_an_invitation_is_withdrawn_raters_submit_again_and_meet(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, bo: Person
) -> None:
    raters.rate_alone(db, person, draft)
    links.invite(db, person, name="Cy", login="cy", role=Role.RATER, place="assessment", ref=draft)
    for one in (ann, bo):
        rate(db, one, draft)
        raters.submit(db, one, draft)
    assert assessments.get(db, ann, draft).is_alone
    page = client.get(f"/assessments/{draft}/people")
    (form,) = [n for n, form in enumerate(page.soup.select("main form")) if form.select("input[name=link]")]
    client.press(page, form=form)
    assert [state(db, one, draft) for one in (ann, bo)] == ["in progress", "in progress"]
    for one in (ann, bo):
        raters.submit(db, one, draft)
    assert assessments.get(db, ann, draft).is_open


def test_more_items_open_what_was_handed_in_alone_without_a_word_to_the_director(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, bo: Person
) -> None:
    give(db, person, draft, ann, "first-words")
    raters.rate_alone(db, person, draft)
    rate(db, ann, draft, "first-words")
    raters.submit(db, ann, draft)
    page = client.submit(f"/assessments/{draft}/raters/{ann.ref}", {"dimensions": ["doorway"]})
    assert page.flashes == ["Saved: what Ann rates."]
    assert state(db, ann, draft) == "in progress"
    assert raters.get(db, person, draft, ann.ref).state == ""


def test_a_rater_who_rates_alone_sees_no_seal_and_nobody_seals(
    client: Browser, db: Database, person: Person, draft: str, bo: Person
) -> None:
    with store.writing(db):
        roles.insert(db, person, person, Role.RATER, "assessment", draft)
    raters.rate_alone(db, person, draft)
    rate(db, person, draft)
    program = assessments.get(db, person, draft).program_ref
    for address in (f"/assessments/{draft}", f"/programs/{program}"):
        assert not client.get(address).soup.select("a[href$='/seal']")
    page = client.get(f"/assessments/{draft}/seal")
    assert page.flashes == ["Raters rate alone. The assessment can be sealed when all have submitted and agreed."]
    client.post(f"/assessments/{draft}/seal", {"csrf_token": client.token(), "seen": "x"})
    assert not assessments.get(db, person, draft).is_sealed


def test_items_that_but_one_rates_alone_are_named(
    client: Browser, db: Database, person: Person, draft: str, ann: Person, bo: Person
) -> None:
    give(db, person, draft, ann, "first-words", "coat-rack")
    alone(client, draft)
    page = client.get(f"/assessments/{draft}/people")
    assert "Given to one rater alone, so there is nothing to compare: IIA." in page.text


def test_nobody_accepts_her_own_ratings_while_raters_rate_alone(
    db: Database, person: Person, draft: str, bo: Person
) -> None:
    with store.writing(db):
        roles.insert(db, person, person, Role.RATER, "assessment", draft)
    raters.rate_alone(db, person, draft)
    raters.submit(db, person, draft)
    with pytest.raises(NotGiven):
        raters.accept(db, person, draft, person.ref)


def test_whoever_changes_a_line_of_evidence_takes_it_over(
    db: Database, person: Person, draft: str, ann: Person, bo: Person
) -> None:
    line = Evidence("", "first-words", "document/manual", seen="Page 3", seen_on="2026-03-02", seen_by="Two of us")
    ref = evidence.add(db, ann, draft, line)
    standing = evidence.get(db, bo, draft, ref)
    evidence.change(db, bo, draft, standing)
    assert evidence.get(db, bo, draft, ref).by == ann.ref, "nothing was changed"
    evidence.change(db, bo, draft, replace(standing, seen="Page 4"))
    assert (evidence.get(db, ann, draft, ref).by, evidence.get(db, ann, draft, ref).seen) == (bo.ref, "Page 4")


def test_every_state_has_words() -> None:
    states = {DRAFT, IN_PROGRESS, SUBMITTED, CHANGES_REQUESTED, ACCEPTED}
    assert deeds.STATES.keys() == states
