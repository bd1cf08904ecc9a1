"""The road to a target on its page: two roads, an own plan that is composed, saved, and made into actions."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from ddcat import paths, roads, scoring, shelf, store
from ddcat.access import Role
from ddcat.display import score as shown
from ddcat.instrument import Instrument
from ddcat.records import Person, Plan
from ddcat.store import actions, assessments, people, plans, raters, roles, saving
from ddcat.store.saving import Change
from ddcat.web import volumes
from tests.web.conftest import LANTERN, Browser


@pytest.fixture(autouse=True)
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The guide of the tiny instrument, on a shelf of its own beside the real one."""
    folder = tmp_path / "shelf"
    shutil.copytree(paths.INSTRUMENTS, folder)
    path = shutil.copy(LANTERN.with_name("lantern-1.0.guide.toml"), folder)
    monkeypatch.setattr("ddcat.shelf.INSTRUMENTS", folder)
    volumes._guide_of.cache_clear()
    yield Path(path)
    volumes._guide_of.cache_clear()


@pytest.fixture
def path(sealed: str) -> str:
    return f"/assessments/{sealed}/road"


@pytest.fixture
def save(client: Browser, path: str) -> Callable[..., Any]:
    """`save(**fields)`: what the button of the page posts, with these fields instead."""

    def save(browser: Browser = client, page: Any = None, **fields: str) -> Any:
        sent = (page or browser.get(path)).fields() | {"csrf_token": browser.token()} | fields
        return browser.post(path, sent, follow=True)

    return save


def told(page: Any, name: str) -> list[str]:
    """The cells of a row of the table that says where each road leads."""
    (row,) = [row for row in page.soup.select("table.beside tbody tr") if row.th.get_text() == name]
    return [cell.get_text(" ", strip=True) for cell in row.select("td")]


# --- Two roads ---


def test_two_roads_stand_beside_each_other_with_their_difference_in_words(client: Any, path: str) -> None:
    page = client.get(f"{path}?second-plate-cost=2")
    assert page.heading == "The road, Evening Harbor"
    assert page.words("#roads h2") == ["Two roads to “Lit” (lit) by both methods"]
    assert page.words("#roads h3") == ["The cheapest road", "What patients feel first"]
    cheapest, felt = page.words("table.road")
    assert "IA First words at the door Only on this road Begin with: Write a greeting card" in cheapest
    assert cheapest.endswith("1 to 3 1 All together 1")
    assert "IIA The second plate Only on this road To be in place: At least three in four guests" in felt
    assert felt.endswith("3 to 4 2 All together 2")
    assert "What patients feel first costs 1 more than the cheapest road: 2 instead of 1." in page.text
    assert "It raises IIA instead of IA." in page.text
    assert told(page, "Today") == ["–", "–", "2.50", "Between dim and lit", "Lit", "2 of 3"]
    assert told(page, "The cheapest road") == ["1", "1", "3.00", "Lit", "Lit", "3 of 3"]
    assert told(page, "What patients feel first") == ["1", "2", "3.00", "Lit", "Lit", "2 of 3"]


def test_where_both_roads_are_one_it_is_said_and_shown_once(client: Any, path: str) -> None:
    page = client.get(path)
    assert len(page.soup.select("table.road")) == 1
    assert "What patients feel first is the same road" in page.text
    assert page.words("#second-plate-on") == ["Both roads: to 4"]
    assert page.words("#first-words-on") == [""]


def test_a_guide_that_names_nothing_felt_first_leaves_one_road(client: Any, path: str, guide: Path) -> None:
    guide.write_text(guide.read_text().replace('felt_first = ["second-plate"]', ""))
    volumes._guide_of.cache_clear()
    page = client.get(f"{path}?second-plate-cost=2")
    assert page.words("#roads h2") == ["The road to “Lit” (lit) by both methods"]
    assert "patients feel" not in page.text


def test_a_gain_that_is_mostly_of_the_setting_is_said_beside_the_road(client: Any, path: str) -> None:
    loud = "More than half of this gain is in the setting. 100 % of what this adds"
    page = client.get(f"{path}?second-plate-cost=2")
    (said,) = page.words("#roads .notice")
    assert said.startswith(loud)
    assert said.endswith("A new coat rack feeds nobody.")
    assert not client.get(path).soup.select(".notice:-soup-contains('of the setting')")
    assert loud in client.get(f"{path}?first-words-to=3").words("#outcome .notice")[0]


def test_a_target_that_is_reached_needs_no_road(client: Any, path: str) -> None:
    page = client.get(f"{path}?to=lit&by=criterion")
    assert "It has reached “Lit” (lit) by the criterion method already: nothing has to be raised." in page.text
    assert not page.soup.select("table.road")


def test_a_band_in_between_is_a_target_of_the_scale_method(client: Any, path: str) -> None:
    page = client.get(f"{path}?to=dim/lit&by=scale")
    assert "“Between dim and lit” (dim/lit) by the scale method already" in page.text
    refused = client.get(f"{path}?to=dim/lit&by=both")
    assert refused.status == 422
    assert refused.mistakes == {
        "Only the scale method knows the target “Between dim and lit”: choose that method, or another target.": "to"
    }


def test_without_a_road_the_page_names_what_stands_in_the_way_and_the_best_result(client: Any, path: str) -> None:
    page = client.get(f"{path}?to=bright&second-plate-cost=never&coat-rack-cost=never&first-words-to=5")
    (said,) = page.words("#roads .notice")
    assert said.startswith("There is no road to “Bright” (bright) by both methods now.")
    assert "marked as not possible now: IB and IIA." in said
    assert "Lit by the scale method, with an overall score of 3.50; Lit by the criterion method." in said
    assert "cannot while these items are not possible now: IB and IIA." in page.text


def test_a_draft_that_is_not_complete_links_to_what_is_not_rated(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, None, IB=3)
    page = client.get(f"/assessments/{draft}/road")
    assert "2 items are not yet rated" in page.text
    assert page.words("ul.items a") == ["IA First words at the door", "IIA The second plate"]
    first = page.soup.select("ul.items a")[0]["href"]
    assert client.get(urlsplit(first).path).one(f"#{urlsplit(first).fragment}")
    assert not page.soup.select("main form")


def test_a_draft_that_is_complete_shows_the_road_and_says_when_the_plan_begins(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, IA=1)
    page = client.get(f"/assessments/{draft}/road")
    assert page.soup.select("table.road")
    assert "the plan and its actions begin once the assessment is sealed" in page.text
    assert "Save this plan" not in page.text
    for address in (f"/assessments/{draft}/road", f"/assessments/{draft}/road/actions"):
        answer = client.post(address, {"csrf_token": client.token(), "to": "lit"})
        assert (answer.status, answer.heading) == (409, "Seal the assessment first")


# --- The own plan ---


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chosen=st.fixed_dictionaries(
        {},
        optional={
            "first-words": st.sampled_from((3, 5)),
            "coat-rack": st.sampled_from((4, 5)),
            "second-plate": st.sampled_from((4, 5)),
        },
    )
)
def test_what_is_foretold_is_the_score_of_the_ratings_with_the_choices(
    client: Any, path: str, lantern: Instrument, chosen: dict[str, int]
) -> None:
    result = scoring.score(lantern, {"first-words": 1, "coat-rack": 3, "second-plate": 3} | chosen)
    page = client.get(path, query_string={"by": "both"} | {f"{item}-to": to for item, to in chosen.items()})
    cells = told(page, "Your own plan")
    assert cells[0] == str(len(chosen))
    assert cells[2:5] == [
        shown(lantern, result.overall),
        lantern.level_title(str(result.band)),
        lantern.level_title(result.criterion.level),
    ]
    assert cells[5] == f"{result.criterion.counts['lit']} of 3"
    (said,) = page.words("#said")
    assert not chosen or f"Overall score {cells[2]}: {result.band}." in said


@pytest.mark.parametrize("road", ["Take the cheapest road", "Take what patients feel first"])
@pytest.mark.parametrize(
    "asked", ["second-plate-cost=2", "to=bright&second-plate-cost=5", "to=bright&by=scale&coat-rack-cost=3"]
)
def test_a_road_that_is_taken_reaches_the_target(client: Any, path: str, asked: str, road: str) -> None:
    page = client.get(f"{path}?{asked}")
    links = {link.get_text(): link["href"] for link in page.soup.select("#roads a.button")}
    if road not in links:
        assert "the same road" in page.text
        return
    taken = client.get(links[road])
    assert [*taken.words("#outcome b")][0].startswith("Your plan reaches “")
    own, name = told(taken, "Your own plan"), road.removeprefix("Take ").capitalize()
    assert own == told(page, name)
    assert taken.fields()["second-plate-cost"] == page.fields()["second-plate-cost"]


def test_a_plan_that_falls_short_says_what_is_left_to_raise(client: Any, path: str) -> None:
    page = client.get(f"{path}?to=bright&second-plate-to=5")
    assert "Your plan does not yet reach “Bright” (bright) by both methods." in page.text
    assert "costs 2: IA from 1 to 5." in page.text


def test_only_anchored_ratings_above_todays_are_offered(client: Any, path: str) -> None:
    page = client.get(path)
    offered = [option["value"] for option in page.soup.select("#first-words-to option")]
    assert offered == ["", "3", "5"]
    assert [option["value"] for option in page.soup.select("#second-plate-to option")] == ["", "4", "5"]


def test_an_item_at_its_highest_anchor_cannot_be_raised(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 5, IA=1)
    page = client.get(f"/assessments/{draft}/road")
    assert page.words("select[name^=coat-rack]") == []
    assert page.text.count("The highest anchor is reached.") == 2


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("to=nowhere", "to"),
        ("to=" + "x" * 20_000, "to"),
        ("to=lit&to=bright", "to"),
        ("by=magic", "by"),
        ("first-words-to=4", "first-words-to"),
        ("first-words-to=1", "first-words-to"),
        ("first-words-to=%00%FF", "first-words-to"),
        ("first-words-to=3&first-words-to=5", "first-words-to"),
        ("coat-rack-cost=0", "coat-rack-cost"),
        ("coat-rack-cost=" + "9" * 5000, "coat-rack-cost"),
        ("coat-rack-cost=<script>alert(1)</script>", "coat-rack-cost"),
        ("first-words-cost=never&first-words-to=3", "first-words-to"),
    ],
    ids=lambda value: value[:30],
)
def test_what_cannot_be_asked_is_refused_and_the_rest_still_worked_out(
    client: Any, path: str, asked: str, field: str
) -> None:
    page = client.get(f"{path}?{asked}&second-plate-to=5")
    assert page.status == 422
    assert list(page.mistakes.values()) == [field]
    assert told(page, "Your own plan")[0] == "1"
    assert page.title.startswith("Error: ")


@pytest.mark.parametrize(
    "asked", ["revision=" + "9" * 5000, "revision=-1", "revision=x", "utm=1", "nobody-to=3", "&=&"]
)
def test_what_is_no_part_of_the_form_harms_nothing(client: Any, path: str, asked: str) -> None:
    assert client.get(f"{path}?{asked}").status == 200


# --- Saving ---


def test_a_saved_plan_is_where_the_page_begins(
    client: Any, path: str, save: Any, db: Database, person: Person, sealed: str
) -> None:
    fields = {"to": "bright", "first-words-to": "5", "coat-rack-cost": "never", "second-plate-cost": "3"}
    page = save(**fields)
    assert page.flashes == ["The plan is saved."]
    saved = plans.get(db, person, sealed)
    assert (saved.target, saved.by, saved.revision) == ("bright", "both", 1)
    assert saved.costs == {"coat-rack": None, "second-plate": 3}
    assert saved.chosen == {"first-words": 5}
    assert {name: page.fields()[name] for name in fields} == {name: [said] for name, said in fields.items()}
    assert "not saved yet" not in page.text
    asked = client.get(f"{path}?to=lit")
    assert asked.fields()["first-words-to"] == [""]
    assert "What you chose above differs from it and is not saved yet." in asked.text


def test_two_who_save_one_plan_see_both_and_lose_neither(
    client: Any, second: Any, path: str, save: Any, db: Database, person: Person, sealed: str
) -> None:
    mine, theirs = client.get(path), second.get(path)
    save(second, theirs, **{"second-plate-to": "4"})
    page = save(client, mine, **{"second-plate-to": "5", "coat-rack-cost": "never", "to": "bright"})
    assert (page.status, page.heading) == (409, "Two versions of the same plan")
    (table,) = page.words("table")
    assert "Target “Lit” (lit) by both methods “Bright” (bright) by both methods" in table
    assert "IIA The second plate raise to 4; a step costs 1 raise to 5; a step costs 1" in table
    assert "IB Room for two coats leave as it is; a step costs 1 leave as it is; not possible now" in table
    assert "IA First words" not in table
    assert plans.get(db, person, sealed).chosen == {"second-plate": 4}

    again = client.get(page.soup.select("p.actions a")[1]["href"])
    assert again.fields()["second-plate-to"] == ["5"]
    assert client.press(page).flashes == ["The plan is saved."]
    saved = plans.get(db, person, sealed)
    assert (saved.target, saved.chosen, saved.costs) == ("bright", {"second-plate": 5}, {"coat-rack": None})


def test_working_it_out_again_does_not_hide_that_somebody_saved_meanwhile(
    client: Any, second: Any, path: str, save: Any
) -> None:
    mine = client.get(path).fields()
    save(second, **{"second-plate-to": "4"})
    again = client.get(path, query_string=mine | {"second-plate-to": "5"})
    assert save(client, again).status == 409


def test_a_plan_that_is_refused_is_not_saved_and_stays_in_the_fields(
    client: Any, save: Any, db: Database, person: Person, sealed: str
) -> None:
    page = save(**{"first-words-to": "4", "second-plate-to": "5"})
    assert page.status == 422
    assert page.fields()["second-plate-to"] == ["5"]
    assert plans.get(db, person, sealed) == Plan()


def test_what_an_amendment_has_overtaken_is_said_and_left_out(
    client: Any, path: str, save: Any, sealed: str, rate: Callable[..., None], db: Database, person: Person
) -> None:
    save(**{"first-words-to": "3", "second-plate-to": "5"})
    amendment = assessments.amend(db, person, sealed, "IA was read off the wrong line.")
    rate(amendment, IA=3)
    client.submit(f"/assessments/{amendment}/seal")
    page = client.get(f"/assessments/{amendment}/road")
    assert "IA is rated as high as the saved plan wanted it, or higher, since an amendment" in page.text
    assert (page.fields()["first-words-to"], page.fields()["second-plate-to"]) == ([""], ["5"])
    old = client.get(path)
    assert "Plan from the edition that counts today" in old.text
    assert "Save this plan" not in old.text
    sent = old.fields() | {"csrf_token": client.token(), "second-plate-to": "4"}
    moved = client.post(path, sent, follow=True)
    assert moved.url == f"/assessments/{amendment}/road"
    assert moved.fields()["second-plate-to"] == ["4"]
    assert plans.get(db, person, amendment).chosen == {"first-words": 3, "second-plate": 5}


def test_whoever_reads_sees_the_road_and_saves_nothing_and_quality_saves(
    app: Flask, db: Database, person: Person, program_ref: str, path: str, sealed: str
) -> None:
    browsers = {}
    for role in (Role.READER, Role.QUALITY):
        with store.writing(db):
            one = people.create(db, person, name=f"{role} Example", login=f"{role}@example.org")
            roles.insert(db, person, one, role, "program", program_ref)
        browsers[role] = Browser(app, people.by_login(db, f"{role}@example.org"))
    for role, browser in browsers.items():
        page = browser.get(f"{path}?second-plate-to=5")
        assert page.status == 200
        assert ("Save this plan" in page.text) == (role == Role.QUALITY)
        sent = page.fields() | {"csrf_token": browser.token()}
        assert browser.post(path, sent).status == (302 if role == Role.QUALITY else 403)
        assert browser.post(f"{path}/actions", sent).status == (302 if role == Role.QUALITY else 403)
    assert plans.get(db, person, sealed).chosen == {"second-plate": 5}


def test_what_others_rate_alone_has_no_road_yet(client: Any, draft: str, db: Database, person: Person) -> None:
    raters.rate_alone(db, person, draft)
    page = client.get(f"/assessments/{draft}/road")
    assert (page.status, page.heading) == (409, "Raters rate alone")


# --- Actions ---


def test_every_chosen_item_becomes_an_action_once(
    client: Any, save: Any, path: str, db: Database, person: Person, program_ref: str
) -> None:
    page = save(**{"first-words-to": "3", "coat-rack-to": "4", "coat-rack-cost": "2"})
    done = client.press(page, form=1, follow=False)
    assert done.headers["Location"] == f"/programs/{program_ref}/actions"
    planned = {each.item: each for each in actions.of_program(db, person, program_ref)}
    greeting, hooks = planned["first-words"], planned["coat-rack"]
    assert (greeting.what, greeting.proof) == ("Write a greeting card that covers both wishes.", "Watch ten arrivals")
    assert (greeting.rating, greeting.expected, greeting.state, greeting.effort) == (1, 3, "proposed", None)
    assert (hooks.what, hooks.rating, hooks.expected, hooks.effort) == ("Raise IB Room for two coats to 4", 3, 4, 2)
    client.press(page, form=1, follow=False)
    after = client.get(path)
    assert len(actions.of_program(db, person, program_ref)) == 2
    assert after.flashes == [
        "2 actions are added.",
        "Every item of the saved plan has an action already: nothing was added.",
    ]
    assert "Every item of it has an action. Go to the actions" in after.text


@pytest.mark.parametrize(
    ("state", "expected", "again"), [("dropped", 3, 1), ("done", 3, 0), ("done", 5, 1), ("agreed", 5, 0)]
)
def test_what_was_dropped_or_was_for_less_does_not_stand_in_the_way(
    client: Any, save: Any, db: Database, person: Person, program_ref: str, state: str, expected: int, again: int
) -> None:
    client.press(save(**{"first-words-to": "3"}), form=1, follow=False)
    (first,) = actions.of_program(db, person, program_ref)
    actions.change(db, person, replace(first, state=state, reason="No time"))
    page = save(**{"first-words-to": str(expected)})
    assert len(page.soup.select("main form")) == 1 + again


def test_the_real_instrument_has_the_same_roads_as_the_core(
    client: Any, ddcat_draft: str, db: Database, person: Person, profiles: Any, ddcat: shelf.Volume
) -> None:
    ratings, guide = profiles["T3"], ddcat.guide
    saving.save(db, person, ddcat_draft, {item: Change(rating, "", 0) for item, rating in ratings.items()})
    costs: dict[str, int | None] = {"mission": None, "crisis": 3}
    asked = "to=DDC&mission-cost=never&crisis-cost=3"
    page = client.get(f"/assessments/{ddcat_draft}/road?{asked}")
    for name, first in (("The cheapest road", ()), ("What patients feel first", guide.felt_first)):
        found = roads.road(ddcat.instrument, guide, ratings, to="DDC", by="both", costs=costs, first=first)
        assert told(page, name)[:2] == [str(len(found.rises)), str(found.total_cost)]
        (table,) = [section.table for section in page.soup.select(".roads section") if section.h3.get_text() == name]
        codes = [code.get_text() for code in table.select("tbody .code")]
        assert codes == [rise.item.code for rise in found.rises]


def test_the_plan_leads_to_the_road(client: Any, path: str, sealed: str) -> None:
    (link,) = client.get(f"/assessments/{sealed}/plan").soup.select(f'a[href="{path}"]')
    assert link.get_text() == "Find the road"


@pytest.mark.parametrize("query", ["to=dim/lit&by=", "to=dim/lit&by=bogus", "to=dim/lit&by=scale&by=both"])
def test_a_method_that_is_refused_takes_a_target_with_it_that_only_another_method_knows(
    client: Any, path: str, query: str
) -> None:
    assert client.get(f"{path}?{query}").status == 422
