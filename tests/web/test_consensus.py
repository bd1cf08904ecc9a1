"""The consensus meeting: what each gave alone, side by side, and what they agree on."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Role
from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence, people, raters, roles, saving
from ddcat.store.roles import Fixed
from ddcat.store.saving import Change
from tests.web.conftest import Browser

ITEMS = WORDS, RACK, PLATE = "first-words", "coat-rack", "second-plate"
ALONE = {"Ada Lead": (3, 4, 5), "Ben Staff": (3, 2, 4)}


@pytest.fixture
def crew(db: Database, person: Person, draft: str) -> dict[str, Person]:
    """A leader and somebody of the staff who rate the draft alone, by name."""
    with store.writing(db):
        made = [people.create(db, person, name=name, login=name.split()[0].lower()) for name in ALONE]
        for one in made:
            roles.insert(db, person, one, Role.RATER, "assessment", draft)
    raters.rate_alone(db, person, draft)
    for one, stands in zip(made, ("leader", "staff"), strict=True):
        raters.give(db, person, draft, one.ref, items=(), due_on=None, stands=stands)
    return {one.name: one for one in made}


@pytest.fixture
def met(db: Database, draft: str, crew: Mapping[str, Person]) -> str:
    """The draft once both have rated and submitted."""
    for name, one in crew.items():
        given = dict(zip(ITEMS, ALONE[name], strict=True))
        saving.save(db, one, draft, {item: Change(value, f"{name} says so", 0) for item, value in given.items()})
        evidence.add(db, one, draft, Evidence("", RACK, "observation", f"Hooks seen by {name}", seen_on="2026-02-02"))
        raters.submit(db, one, draft)
    return draft


@pytest.fixture
def door(draft: str) -> str:
    return f"/assessments/{draft}/consensus"


def agreed(db: Database, person: Person, ref: str) -> Any:
    return assessments.get(db, person, ref)


def test_before_all_have_submitted_there_is_no_meeting(
    client: Any, db: Database, door: str, crew: Mapping[str, Person], draft: str
) -> None:
    saving.save(db, crew["Ada Lead"], draft, {WORDS: Change(5, "", 0)})
    raters.submit(db, crew["Ada Lead"], draft)
    page = client.get(door)
    assert page.url == f"/assessments/{draft}"
    assert page.flashes == ["The meeting begins when all raters who rate alone have submitted."]


def test_the_widest_difference_comes_first_with_what_each_gave_and_saw(client: Any, met: str, door: str) -> None:
    page = client.get(door)
    assert page.heading == "Consensus meeting, Evening Harbor"
    assert "The raters differ on 2 items of 3." in page.text
    assert [words.split()[0] for words in page.words(".item h3")] == ["IB", "IIA"]
    first = page.words("#coat-rack tbody tr")
    assert [" ".join(row.split()[:2]) for row in first] == ["Ada Lead", "Ben Staff"]
    assert "4 Ada Lead says so" in first[0]
    assert "Hooks seen by Ada Lead" in first[0]
    assert "Hooks seen by Ben Staff" in first[1]
    assert page.words("details summary") == ["IA First words at the door: all gave 3 · not yet agreed"]


def test_where_raters_differed_a_reason_is_needed(
    client: Any, met: str, door: str, db: Database, person: Person
) -> None:
    page = client.submit(door, {f"{RACK}-rating": "3"})
    assert page.status == 422
    assert list(page.mistakes) == [
        "The raters did not all give the same here: write below, in a sentence, why this rating was agreed."
    ]
    assert agreed(db, person, met).ratings == {}
    page = client.submit(door, {f"{RACK}-rating": "3", f"{RACK}-why": "Hooks by the door count, the others do not"})
    assert page.flashes[0].startswith("Saved ")
    assert (agreed(db, person, met).ratings, agreed(db, person, met).why) == (
        {RACK: 3},
        {RACK: "Hooks by the door count, the others do not"},
    )


def test_what_all_gave_is_taken_over_at_once_and_can_still_be_changed(
    client: Any, met: str, door: str, db: Database, person: Person
) -> None:
    page = client.get(door)
    answer = client.post(f"{door}/same", {"csrf_token": page.fields()["csrf_token"][0]}, follow=True)
    assert answer.flashes == ["1 rating is taken over."]
    assert agreed(db, person, met).ratings == {WORDS: 3}
    client.submit(door, {f"{WORDS}-rating": ""})
    assert agreed(db, person, met).ratings == {}


def test_raters_of_one_name_are_two_raters(client: Any, met: str, door: str, db: Database) -> None:
    with db.conn:
        db.execute("UPDATE person SET name = 'Ada Lead' WHERE name = 'Ben Staff'")
    page = client.get(door)
    assert page.words("details summary") == ["IA First words at the door: all gave 3 · not yet agreed"]
    assert page.words("#first-words .chosen") == ["Ada Lead and Ada Lead"]


def test_a_count_of_everybody_forbids_taking_over_what_is_above_it(
    client: Any, met: str, door: str, db: Database, person: Person
) -> None:
    line = Evidence("", PLATE, "count", finding="count", counts={"given": 5, "chosen": 0}, n=10, is_everybody=True)
    evidence.add(db, person, met, line)
    page = client.submit(door, {f"{PLATE}-rating": "4", f"{PLATE}-why": "As Ben said"})
    assert list(page.mistakes) == ["Everybody was counted, and the count allows at most 3."]


def test_the_script_is_answered_as_on_the_page_of_a_dimension(client: Any, met: str, door: str) -> None:
    page = client.get(door)
    one = {name: page.fields()[name] for name in ("csrf_token", f"{PLATE}-rating", f"{PLATE}-why", f"{PLATE}-stamp")}
    json = {"headers": {"Accept": "application/json"}}
    refused = client.post(door, one | {f"{PLATE}-rating": "4"}, **json)
    assert (refused.status, list(refused.json["refusals"])) == (422, [PLATE])
    saved = client.post(door, one | {f"{PLATE}-rating": "4", f"{PLATE}-why": "Counted again"}, **json)
    assert (saved.status, saved.json["progress"]["all"]) == (200, [1, 3])


def test_two_windows_that_agree_otherwise_see_both_versions(client: Any, second: Any, met: str, door: str) -> None:
    window = second.get(door)
    client.submit(door, {f"{RACK}-rating": "3", f"{RACK}-why": "First of two"})
    page = second.press(window, {f"{RACK}-rating": "2", f"{RACK}-why": "Second of two"})
    assert page.status == 409
    assert "First" in page.text
    assert "Second" in page.text
    assert second.press(page, {f"{RACK}-keep": "mine"}).url == door


def test_agreement_stands_with_sentences_and_the_gap_of_leader_and_staff(client: Any, met: str, door: str) -> None:
    text = client.get(door).words("#agreement")[0]
    assert "Two raters gave the same rating to 1 of 3 items (33.3 %)." in text
    assert "They were at most one point apart on 2 of 3 items" in text
    assert "Leaders minus staff" in text
    assert "Leaders rated higher than staff in I and II, and lower nowhere." in text


def test_evidence_of_the_meeting_is_added_and_that_of_raters_stays_as_it_was(
    client: Any, met: str, db: Database, person: Person
) -> None:
    evidence.add(db, person, met, Evidence("", RACK, "document", "A third look", seen_on="2026-03-02"))
    before = agreed(db, person, met).evidence
    assert [line.of_meeting for line in before] == [False, False, True]
    answer = client.post(f"/assessments/{met}/evidence/{before[0].ref}/remove", {"csrf_token": client.token()})
    assert (answer.status, agreed(db, person, met).evidence) == (409, before)


def test_a_rater_reads_the_meeting_and_does_not_write_in_it(
    app: Flask, met: str, door: str, crew: Mapping[str, Person], client: Any
) -> None:
    ben = Browser(app, crew["Ben Staff"])
    page = ben.get(door)
    assert "Ada Lead says so" in page.text
    assert page.soup.select("main form") == []
    assert ben.post(door, {"csrf_token": ben.token(), f"{WORDS}-rating": "5", f"{WORDS}-stamp": "0.x"}).status == 403


def test_a_consensus_is_sealed_with_what_each_gave_and_says_so_everywhere(
    client: Any, met: str, door: str, db: Database, person: Person
) -> None:
    page = client.get(door)
    client.post(f"{door}/same", {"csrf_token": page.fields()["csrf_token"][0]})
    why = {f"{RACK}-why": "Looked again", f"{PLATE}-why": "Counted again"}
    client.submit(door, {f"{RACK}-rating": "3", f"{PLATE}-rating": "4"} | why)
    assert client.submit(f"/assessments/{met}/seal").url == f"/assessments/{met}/result"
    page = client.get(f"/assessments/{met}/result")
    assert "consensus of 2 raters who rated alone" in page.words(".about")[0]
    sealed = agreed(db, person, met)
    assert {rater.name: dict(rater.ratings) for rater in sealed.raters} == {
        name: dict(zip(ITEMS, given, strict=True)) for name, given in ALONE.items()
    }
    assert client.get(door).url == f"/assessments/{met}/result"


def test_an_amendment_goes_on_with_the_meeting_and_its_raters_read_it(
    client: Any, met: str, door: str, db: Database, person: Person, crew: Mapping[str, Person]
) -> None:
    for item, value in zip(ITEMS, (3, 3, 4), strict=True):
        saving.agree(db, person, met, {item: Change(value, "So it is", 0)})
    client.submit(f"/assessments/{met}/seal")
    client.submit(f"/assessments/{met}/amend", {"reason": "The plates were counted twice"})
    new = agreed(db, person, met).amended_by
    amendment = agreed(db, person, new)
    assert (amendment.is_consensus, amendment.ratings) == (True, {WORDS: 3, RACK: 3, PLATE: 4})
    assert [dict(rater.ratings) for rater in amendment.raters] == [
        dict(zip(ITEMS, given, strict=True)) for given in ALONE.values()
    ]
    assert len(amendment.evidence) == 2
    read = assessments.get(db, crew["Ada Lead"], new)
    assert (read.ratings, read.mine) == (amendment.ratings, frozenset())
    with pytest.raises(Fixed):
        roles.give(db, person, crew["Ada Lead"], Role.RATER, "assessment", new)
