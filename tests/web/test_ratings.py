"""The page of a dimension: every anchor in full, saving by button and by script, and two windows at once."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat.instrument import Instrument
from ddcat.records import Person, Rating
from ddcat.shelf import Volume
from ddcat.store import assessments

JSON = {"Accept": "application/json"}
WORDS = "first-words"
COATS = "coat-rack"


@pytest.fixture
def door(draft: str) -> str:
    """The page of the first dimension: IA (first-words), which has no anchors for 2 and 4, and IB (coat-rack)."""
    return f"/assessments/{draft}/dimensions/doorway"


@pytest.fixture
def said(db: Database, person: Person, draft: str) -> Callable[[str], Rating]:
    """What the store holds of an item of the draft."""
    return lambda item: assessments.get(db, person, draft).said(item)


def _item(page: Any, item: str) -> dict[str, str]:
    """What the page's script sends for one item."""
    fields = page.fields()
    names = ("csrf_token", f"{item}-rating", f"{item}-why", f"{item}-stamp")
    return {name: fields[name][0] for name in names}


# --- What the page shows ---


def test_every_item_of_the_ddcat_is_a_group_of_choices_with_its_anchors_in_full(
    client: Any, ddcat: Volume, ddcat_draft: str
) -> None:
    for dimension in ddcat.instrument.dimensions:
        page = client.get(f"/assessments/{ddcat_draft}/dimensions/{dimension.id}")
        assert page.heading == f"{dimension.number} {dimension.title}"
        assert page.words("legend") == [f"{item.code} {item.title}" for item in dimension.items]
        for item, group in zip(dimension.items, page.soup.select("fieldset"), strict=True):
            choices = {choice.input["value"]: choice.select_one(".anchor") for choice in group.select("label.choice")}
            assert list(choices) == [*map(str, item.ratings), ""]
            for rating, anchor in item.anchors.items():
                assert " ".join(anchor.split()) in " ".join(choices[str(rating)].get_text().split())


def test_prompt_guidance_evidence_and_counts_are_at_hand(client: Any, draft: str, lantern: Instrument) -> None:
    page = client.get(f"/assessments/{draft}/dimensions/table")
    item = lantern.by_id["second-plate"]
    for text in (item.prompt, item.guidance, *item.evidence, item.share.of, item.share.frame):
        assert text in page.text
    assert "Up to 5 if at least 90 % got a second plate and at least 60 % chose what was on it" in page.text
    assert "Otherwise 1" in page.text


def test_a_rating_without_an_anchor_has_no_radio_button_and_says_why(client: Any, door: str) -> None:
    page = client.get(door)
    assert [radio["value"] for radio in page.soup.select(f'[name="{WORDS}-rating"]')] == ["1", "3", "5", ""]
    assert "Ratings 2 and 4 have no description on this item and cannot be chosen." in page.text


def test_not_yet_rated_is_chosen_until_somebody_rates(client: Any, door: str) -> None:
    fields = client.get(door).fields()
    assert (fields[f"{WORDS}-rating"], fields[f"{COATS}-rating"]) == ([""], [""])


def test_an_unknown_dimension_is_not_here(client: Any, draft: str) -> None:
    assert client.get(f"/assessments/{draft}/dimensions/kitchen").status == 404


def test_the_items_of_a_page_lead_to_each_other(client: Any, door: str) -> None:
    assert client.get(door).words("nav.step") == ["Next: IB", "Previous: IA"]


# --- Saving with a button ---


def test_saving_with_the_button_says_when(client: Any, door: str, said: Callable[[str], Rating]) -> None:
    page = client.submit(door, {f"{WORDS}-rating": "3", f"{WORDS}-why": " Card\r\nread "})
    assert re.fullmatch(r"Saved \d\d:\d\d", page.flashes[0])
    assert said(WORDS) == Rating(3, "Card\nread", 1)
    fields = page.fields()
    assert (fields[f"{WORDS}-rating"], fields[f"{WORDS}-why"]) == (["3"], ["Card\r\nread"])


def test_saving_answers_with_a_redirect_so_that_reloading_is_harmless(client: Any, door: str) -> None:
    page = client.submit(door, {f"{WORDS}-rating": "3"}, follow=False)
    assert (page.status, page.headers["Location"]) == (302, door)


@pytest.mark.parametrize(
    ("then", "leads_to"),
    [
        ("table", "/dimensions/table"),
        ("overview", ""),
        ("doorway", "/dimensions/doorway"),
        ("https://elsewhere.example/", "/dimensions/doorway"),
    ],
)
def test_the_button_says_where_to_go(client: Any, draft: str, door: str, then: str, leads_to: str) -> None:
    assert client.submit(door, {"then": then}).url == f"/assessments/{draft}{leads_to}"


def test_every_dimension_offers_the_next_and_the_last_the_overview(client: Any, draft: str, door: str) -> None:
    assert client.get(door).words(".bar button") == ["Save", "Save and go on to II Table"]
    last = client.get(f"/assessments/{draft}/dimensions/table")
    assert last.words(".bar button") == ["Save", "Save and see the overview"]


def test_what_nobody_touched_is_not_saved_again(client: Any, door: str, said: Callable[[str], Rating]) -> None:
    client.submit(door, {f"{WORDS}-rating": "3"})
    client.submit(door, {f"{COATS}-rating": "2"})
    client.submit(door)
    assert (said(WORDS).revision, said(COATS).revision) == (1, 1)


def test_not_yet_rated_takes_a_rating_back_and_leaves_the_evidence(
    client: Any, door: str, said: Callable[[str], Rating]
) -> None:
    client.submit(door, {f"{WORDS}-rating": "3", f"{WORDS}-why": "Card"})
    client.submit(door, {f"{WORDS}-rating": ""})
    assert said(WORDS) == Rating(None, "Card", 2)


def test_evidence_can_be_kept_before_the_rating(client: Any, door: str, said: Callable[[str], Rating]) -> None:
    client.submit(door, {f"{WORDS}-why": "Card"})
    assert said(WORDS) == Rating(None, "Card", 1)


def test_what_was_saved_here_is_found_on_another_device(client: Any, second: Any, door: str) -> None:
    client.submit(door, {f"{WORDS}-rating": "5"})
    assert second.get(door).fields()[f"{WORDS}-rating"] == ["5"]


def test_the_whole_ddcat_can_be_rated_page_by_page(client: Any, ddcat: Volume, ddcat_draft: str) -> None:
    page = client.get(client.get(f"/assessments/{ddcat_draft}").one("a.button")["href"])
    for dimension in ddcat.instrument.dimensions:
        assert page.heading.endswith(dimension.title)
        onward = page.soup.select(".bar button")[-1]["value"]
        page = client.press(page, {f"{item.id}-rating": "3" for item in dimension.items} | {"then": onward})
    assert page.words("a.button") == ["Seal the assessment"]
    assert "Every item is rated" in page.text


# --- What is refused ---


@pytest.mark.parametrize("rating", ["2", "4", "0", "6", "3.0", "+3", "-1", "³", "three", "33", "9" * 5000, "3\x00"])
def test_a_rating_that_is_not_offered_is_refused_with_a_link_to_the_first_choice(
    client: Any, door: str, said: Callable[[str], Rating], rating: str
) -> None:
    page = client.submit(door, {f"{WORDS}-rating": rating, f"{COATS}-rating": "5"})
    assert page.status == 422
    assert list(page.mistakes) == ["Choose one of 1, 3, 5, or “not yet rated”."]
    (goes_to,) = page.mistakes.values()
    assert page.soup.select(f"#{WORDS} input[type=radio]")[0]["id"] == goes_to
    assert page.title.startswith("Error: I Doorway")
    assert (said(WORDS), said(COATS)) == (Rating(), Rating()), "a refused page saves nothing"
    assert page.fields()[f"{COATS}-rating"] == ["5"], "but what was chosen still stands on it"


@pytest.mark.parametrize(
    ("text", "message"),
    [("x" * 4001, "Shorten this to 4000 characters."), ("Card\x00", "Remove the signs that cannot be printed.")],
)
def test_evidence_that_cannot_be_kept_is_refused_and_stays_on_the_page(
    client: Any, door: str, said: Callable[[str], Rating], text: str, message: str
) -> None:
    page = client.submit(door, {f"{COATS}-rating": "5", f"{WORDS}-why": text})
    assert page.status == 422
    assert page.mistakes == {message: f"{WORDS}-why"}
    assert page.fields()[f"{WORDS}-why"][0] in (text, text.replace("\x00", "\ufffd"))
    assert said(WORDS) == Rating()


def test_a_field_that_did_not_arrive_is_not_a_field_that_was_emptied(
    client: Any, door: str, said: Callable[[str], Rating]
) -> None:
    client.submit(door, {f"{WORDS}-rating": "3", f"{WORDS}-why": "Card"})
    client.submit(door, {f"{WORDS}-rating": None, f"{WORDS}-why": None})
    assert said(WORDS) == Rating(3, "Card", 1)


def test_the_longest_evidence_is_kept(client: Any, door: str, said: Callable[[str], Rating]) -> None:
    text = "ab\n" * 1333 + "c"
    client.submit(door, {f"{WORDS}-why": text.replace("\n", "\r\n")})
    assert said(WORDS).why == text


@pytest.mark.parametrize(
    "stamp", ["", "x", "0", "-1.0", "1e9.x", "²." + "0" * 16, "9" * 30 + ".x", "9" * 5000 + ".x", "0.\x00"]
)
def test_a_stamp_that_was_tampered_with_never_breaks_the_page(
    client: Any, door: str, said: Callable[[str], Rating], stamp: str
) -> None:
    page = client.submit(door, {f"{WORDS}-rating": "3", f"{WORDS}-stamp": stamp})
    assert page.status in (200, 409, 422)
    assert said(WORDS) in (Rating(), Rating(3, "", 1))


def test_items_that_the_dimension_does_not_have_are_ignored(
    client: Any, db: Database, door: str, draft: str, person: Person
) -> None:
    client.submit(
        door, {"second-plate-rating": "3", "second-plate-stamp": "0.x", "ghost-rating": "3", "ghost-stamp": "0.x"}
    )
    assert assessments.get(db, person, draft).ratings == {}


# --- Saving by script, item by item ---


def test_a_single_item_saved_by_script_is_answered_with_stamp_time_and_progress(
    client: Any, door: str, said: Callable[[str], Rating]
) -> None:
    page = client.get(door)
    answer = client.post(door, _item(page, WORDS) | {f"{WORDS}-rating": "5"}, headers=JSON)
    assert answer.status == 200
    assert answer.json["progress"] == {"doorway": [1, 2], "table": [0, 1], "all": [1, 3]}
    assert answer.json["conflicts"] == []
    assert datetime.fromisoformat(answer.json["saved_at"]).tzinfo is not None
    assert list(answer.json["stamps"]) == [WORDS]
    assert said(WORDS) == Rating(5, "", 1)


def test_the_stamp_that_comes_back_is_the_one_the_page_would_show(client: Any, door: str) -> None:
    page = client.get(door)
    sent = _item(page, WORDS) | {f"{WORDS}-rating": "5", f"{WORDS}-why": " Card\r\n"}
    stamps = client.post(door, sent, headers=JSON).json["stamps"]
    assert client.get(door).fields()[f"{WORDS}-stamp"] == [stamps[WORDS]]


def test_the_script_can_save_the_same_item_again_and_again(
    client: Any, door: str, said: Callable[[str], Rating]
) -> None:
    sent = _item(client.get(door), WORDS)
    for rating in ("1", "3", "5", "5", ""):
        answer = client.post(door, sent | {f"{WORDS}-rating": rating}, headers=JSON)
        assert answer.status == 200
        sent[f"{WORDS}-stamp"] = answer.json["stamps"].get(WORDS, sent[f"{WORDS}-stamp"])
    assert said(WORDS) == Rating(None, "", 4)


def test_the_button_after_the_script_saves_nothing_twice(
    client: Any, door: str, said: Callable[[str], Rating]
) -> None:
    page = client.get(door)
    sent = _item(page, WORDS) | {f"{WORDS}-rating": "5"}
    stamps = client.post(door, sent, headers=JSON).json["stamps"]
    assert client.press(page, sent | {f"{WORDS}-stamp": stamps[WORDS]}).status == 200
    assert said(WORDS) == Rating(5, "", 1)


def test_the_answer_to_a_script_agrees_with_every_page(client: Any, draft: str, door: str) -> None:
    answer = client.post(door, _item(client.get(door), WORDS) | {f"{WORDS}-rating": "5"}, headers=JSON).json
    n, m = answer["progress"]["all"]
    assert f"{n} of {m} items are rated" in client.get(f"/assessments/{draft}").text
    n, m = answer["progress"]["doorway"]
    assert client.get(door).words('[data-progress="doorway"]') == [f"{n} of {m}"]


def test_a_script_that_saves_what_cannot_be_kept_is_told_so(client: Any, door: str) -> None:
    answer = client.post(door, _item(client.get(door), WORDS) | {f"{WORDS}-rating": "4"}, headers=JSON)
    assert answer.status == 422
    assert answer.json == {"mistakes": ["Choose one of 1, 3, 5, or “not yet rated”."], "refusals": {}, "warnings": {}}


def test_a_script_on_a_stale_page_is_told_which_item_and_the_rest_is_saved(
    client: Any, second: Any, door: str, said: Callable[[str], Rating]
) -> None:
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "1"})
    both = _item(window, WORDS) | _item(window, COATS) | {f"{WORDS}-rating": "5", f"{COATS}-rating": "2"}
    answer = second.post(door, both, headers=JSON)
    assert answer.status == 409
    assert answer.json["conflicts"] == ["First words at the door"]
    assert list(answer.json["stamps"]) == [COATS]
    assert (said(WORDS).value, said(COATS).value) == (1, 2)


@pytest.mark.parametrize("how", ["sealed", "deleted"])
def test_a_script_is_told_that_the_assessment_no_longer_changes(
    client: Any, second: Any, draft: str, door: str, rate: Callable[..., None], how: str
) -> None:
    rate(draft, 3)
    window = second.get(door)
    client.submit(f"/assessments/{draft}/seal" if how == "sealed" else f"/assessments/{draft}")
    answer = second.post(door, _item(window, WORDS) | {f"{WORDS}-rating": "5"}, headers=JSON)
    assert (answer.status, answer.json) == (409, {"error": "frozen"})


# --- Two windows on one page ---


@pytest.fixture
def conflict(client: Any, second: Any, door: str) -> Any:
    """The page that a second window is shown: IA was saved as 1 here, and is now to be 5 there."""
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "1", f"{WORDS}-why": "Saw the door"})
    change = {f"{WORDS}-rating": "5", f"{WORDS}-why": "Read\r\nthe card", f"{COATS}-rating": "2"}
    return second.press(window, change)


def test_a_stale_change_is_answered_with_both_versions(
    conflict: Any, said: Callable[[str], Rating], lantern: Instrument
) -> None:
    assert (conflict.status, conflict.heading) == (409, "Two versions of the same item")
    assert conflict.words("main h2") == ["IA First words at the door"]
    saved, mine = conflict.words("label.choice")
    assert saved.startswith("What is saved now: 1")
    assert mine.startswith("What you entered: 5")
    anchors = lantern.by_id[WORDS].anchors
    assert (anchors[1] in saved, "Saw the door" in saved) == (True, True)
    assert (anchors[5] in mine, "Read the card" in mine) == (True, True)
    assert said(WORDS) == Rating(1, "Saw the door", 1), "nothing was written over"


def test_the_other_changes_of_a_stale_page_are_saved(conflict: Any, said: Callable[[str], Rating]) -> None:
    assert "Your other change on the page is saved." in conflict.text
    assert said(COATS) == Rating(2, "", 1)


def test_keeping_what_is_saved_is_chosen_first_and_changes_nothing(
    second: Any, conflict: Any, said: Callable[[str], Rating]
) -> None:
    assert conflict.fields()[f"{WORDS}-keep"] == ["saved"]
    assert second.press(conflict).status == 200
    assert said(WORDS) == Rating(1, "Saw the door", 1)


def test_keeping_what_was_entered_saves_it_over_the_other(
    second: Any, conflict: Any, said: Callable[[str], Rating]
) -> None:
    page = second.press(conflict, {f"{WORDS}-keep": "mine"})
    assert page.fields()[f"{WORDS}-rating"] == ["5"]
    assert said(WORDS) == Rating(5, "Read\nthe card", 2)


def test_a_third_change_while_choosing_is_a_conflict_again(
    client: Any, second: Any, door: str, conflict: Any, said: Callable[[str], Rating]
) -> None:
    client.submit(door, {f"{WORDS}-rating": "3"})
    again = second.press(conflict, {f"{WORDS}-keep": "mine"})
    assert again.status == 409
    assert again.words("label.choice")[0].startswith("What is saved now: 3")
    assert said(WORDS).value == 3
    second.press(again, {f"{WORDS}-keep": "mine"})
    assert said(WORDS) == Rating(5, "Read\nthe card", 3)


def test_an_item_that_the_stale_page_did_not_touch_is_never_written_over(
    client: Any, second: Any, door: str, said: Callable[[str], Rating]
) -> None:
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "1", f"{WORDS}-why": "Saw the door"})
    assert second.press(window, {f"{COATS}-rating": "2"}).status == 200
    assert (said(WORDS), said(COATS)) == (Rating(1, "Saw the door", 1), Rating(2, "", 1))


def test_the_same_change_in_both_windows_is_no_conflict(
    client: Any, second: Any, door: str, said: Callable[[str], Rating]
) -> None:
    window = second.get(door)
    for press in (lambda change: client.submit(door, change), lambda change: second.press(window, change)):
        assert press({f"{WORDS}-rating": "3", f"{WORDS}-why": "Card"}).status == 200
    assert said(WORDS) == Rating(3, "Card", 1)


def test_taking_a_rating_back_conflicts_with_changing_it(
    client: Any, second: Any, door: str, said: Callable[[str], Rating]
) -> None:
    client.submit(door, {f"{WORDS}-rating": "3"})
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "5"})
    page = second.press(window, {f"{WORDS}-rating": ""})
    assert page.status == 409
    assert page.words("label.choice")[1].startswith("What you entered: not yet rated")
    second.press(page, {f"{WORDS}-keep": "mine"})
    assert said(WORDS) == Rating(None, "", 3)


def test_two_items_in_conflict_are_chosen_one_by_one(
    client: Any, second: Any, door: str, said: Callable[[str], Rating]
) -> None:
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "1", f"{COATS}-rating": "1"})
    page = second.press(window, {f"{WORDS}-rating": "5", f"{COATS}-rating": "5"})
    assert page.words("main h2") == ["IA First words at the door", "IB Room for two coats"]
    assert "2 items were changed in another window" in page.text
    second.press(page, {f"{COATS}-keep": "mine"})
    assert (said(WORDS).value, said(COATS).value) == (1, 5)


def test_from_a_conflict_the_way_leads_back_to_the_dimension(client: Any, second: Any, draft: str, door: str) -> None:
    window = second.get(door)
    client.submit(door, {f"{WORDS}-rating": "1"})
    page = second.press(window, {f"{WORDS}-rating": "5", "then": "table"})
    assert page.status == 409
    assert second.press(page).url.startswith(f"/assessments/{draft}/dimensions/")
