"""Actions: planned, seen on a board, moved, changed by two at once, taken away and brought back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import shelf, store
from ddcat.access import Role
from ddcat.records import Action, Person, Point
from ddcat.store import actions, assessments, lines, people, roles, saving
from ddcat.store.saving import Change
from tests.web.conftest import Browser

RACK, WORDS, PLATE = "coat-rack", "first-words", "second-plate"
CARD = {"what": "Write a greeting card", "owner": "Front desk", "due_on": "2027-05-01"}
TEN_HOOKS = Action(item=RACK, rating=3, expected=5, what="Buy ten hooks", owner="House team", due_on="2027-03-01")


@pytest.fixture
def add(db: Database, person: Person, sealed: str) -> Callable[..., str]:
    """`add(state="done")`: an action of the sealed assessment, with an owner and a day; its ref."""

    def add(**said: Any) -> str:
        return actions.add(db, person, sealed, replace(TEN_HOOKS, **said))

    return add


@pytest.fixture
def join(app: Flask, db: Database, person: Person, program_ref: str) -> Callable[..., tuple[Person, Browser]]:
    """`join("Ada", Role.READER)`: somebody with this role in the program, and her browser."""

    def join(name: str, role: Role) -> tuple[Person, Browser]:
        with store.writing(db):
            one = people.create(db, person, name=name, login=name.casefold())
            roles.insert(db, person, one, role, "program", program_ref)
        return one, Browser(app, people.by_login(db, name.casefold()))

    return join


@pytest.fixture
def board(program_ref: str) -> str:
    return f"/programs/{program_ref}/actions"


@pytest.fixture
def saved(db: Database, person: Person) -> Callable[[str], Action]:
    return lambda ref: actions.get(db, person, ref)


def form_of(page: Any, action: str) -> int:
    """The number of the form on a page that is sent to an address that ends so."""
    forms = range(len(page.soup.select("main form")))
    (found,) = (n for n in forms if page.action(n).partition("?")[0].endswith(action))
    return found


def move(client: Any, board: str, ref: str, state: str, query: str = "") -> Any:
    """Open the board and move an action."""
    page = client.get(board + query)
    return client.press(page, {"state": state}, form=form_of(page, f"/actions/{ref}/state"))


def seal_later(client: Any, db: Database, person: Person, start: Callable[..., str], rating: int) -> str:
    """Seal a follow-up in which everything is rated so."""
    later = start(assessed_on="2026-09-01", period=2)
    saving.save(db, person, later, {item: Change(rating, "", 0) for item in (RACK, WORDS, PLATE)})
    assert client.submit(f"/assessments/{later}/seal").url.endswith("/result")
    return later


# --- Planning ---


def test_an_item_is_chosen_first_and_what_stands_highest_cannot_be(client: Any, db: Any, sealed: str) -> None:
    page = client.get(f"/assessments/{sealed}/actions/new")
    assert page.heading == "Plan an action"
    assert page.words("optgroup option") == [
        "IA First words at the door (1)",
        "IB Room for two coats (3)",
        "IIA The second plate (3)",
    ]
    assert [group["label"] for group in page.soup.select("optgroup")] == ["I Doorway", "II Table"]


def test_what_stands_at_its_highest_anchor_is_not_planned_for(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, IB=5)
    client.submit(f"/assessments/{draft}/seal")
    page = client.get(f"/assessments/{draft}/actions/new?item={RACK}")
    assert "IB Room for two coats stands at its highest anchor already" in page.text
    assert page.one("option[disabled]").get_text() == "IB Room for two coats (5, the highest)"


def test_an_action_keeps_everything_that_was_planned(
    client: Any, sealed: str, board: str, db: Any, person: Person, program_ref: str
) -> None:
    all_of_it = CARD | {"owner": "", "owner_ref": person.ref, "starts_on": "2027-01-04", "proof": "Ten arrivals"}
    all_of_it |= {"expected": "5", "effort": "2", "measured": "arrivals who heard it", "measured_as": "share"}
    page = client.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", all_of_it | {"state": "agreed"})
    assert page.flashes == ["The action is planned."]
    (action,) = actions.of_program(db, person, program_ref)
    assert (action.item, action.rating, action.expected, action.what) == (WORDS, 1, 5, "Write a greeting card")
    assert (action.owner, action.owner_ref, action.effort, action.state) == (person.name, person.ref, 2, "agreed")
    assert (action.starts_on, action.due_on, action.proof) == ("2027-01-04", "2027-05-01", "Ten arrivals")
    assert (action.measured, action.measured_as, action.assessment) == ("arrivals who heard it", "share", sealed)
    assert page.url == f"/actions/{action.ref}"
    for words in ("Ten arrivals", "January 4, 2027", "2 of 5", "The door hears one wish", "guests rewrite the card"):
        assert words in page.text


def test_only_anchored_ratings_above_todays_are_offered(client: Any, sealed: str) -> None:
    page = client.get(f"/assessments/{sealed}/actions/new?item={WORDS}")
    assert [option["value"] for option in page.soup.select("#expected option")] == ["3", "5"]
    assert [option["value"] for option in page.soup.select("#owner_ref option")][1:] != []


def test_a_step_of_the_guide_is_starting_text(client: Any, start: Any, rate: Any, ddcat: Any) -> None:
    ref = start(shelf.INSTRUMENTS / "ddcat-4.0.toml")
    rate(ref, 3)
    client.submit(f"/assessments/{ref}/seal")
    item = ddcat.instrument.items[4]
    page = client.get(f"/assessments/{ref}/actions/new?item={item.id}")
    links = [link for link in page.soup.select("aside a") if "Start with this step" in link.get_text()]
    above = {to: steps for to, steps in ddcat.guide.steps[item.id].items() if to > 3}
    assert len(links) == sum(map(len, above.values())) > 1
    page = client.get(links[-1]["href"])
    assert page.fields()["what"] == [above[max(above)][-1]]
    assert page.fields()["expected"] == [str(max(above))]


@pytest.mark.parametrize("query", ["step=99", "step=-1", "step=²", "to=2", "to=x&step=", "item=nothing"])
def test_an_address_that_names_what_is_not_there_still_opens(client: Any, sealed: str, query: str) -> None:
    page = client.get(f"/assessments/{sealed}/actions/new?item={WORDS}&{query}")
    assert page.status == 200
    assert page.fields().get("what", [""]) == [""]


def test_a_draft_is_nothing_to_plan_from(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/actions/new")
    assert (page.status, page.heading) == (409, "Seal the assessment first")


def test_planning_from_an_edition_that_was_replaced_goes_to_the_newest(client: Any, sealed: str) -> None:
    amended = amend(client, sealed)
    page = client.get(f"/assessments/{sealed}/actions/new?item={WORDS}&to=5")
    assert page.url == f"/assessments/{amended}/actions/new"
    assert page.fields()["expected"] == ["5"]


def amend(client: Any, sealed: str, rack: int = 3) -> str:
    """Amend and seal again with another rating of the rack; the ref of the new edition."""
    page = client.submit(f"/assessments/{sealed}/amend", {"reason": "One rating was read off the wrong line."})
    amended = str(page.url.split("/")[2])
    client.submit(f"/assessments/{amended}/dimensions/doorway", {f"{RACK}-rating": str(rack)})
    assert client.submit(f"/assessments/{amended}/seal").url.endswith("/result")
    return amended


@pytest.mark.parametrize(
    ("said", "message", "field"),
    [
        ({"what": " "}, "Enter what will be done.", "what"),
        ({"what": "x" * 50_000}, "Shorten this to 4000 characters.", "what"),
        ({"proof": "x" * 4001}, "Shorten this to 4000 characters.", "proof"),
        ({"what": "Ring\x07 the bell"}, "Remove the signs that cannot be printed.", "what"),
        ({"what": "Call Client Mary Miller back"}, "looks like the name of a patient", "what"),
        ({"owner": "x" * 201}, "Shorten this to 200 characters.", "owner"),
        ({"owner_ref": "nobody-known"}, "Choose one of the choices that are offered.", "owner_ref"),
        ({"starts_on": "2027-06-01"}, "This is before the action starts. Enter a later day.", "due_on"),
        ({"due_on": "1999-12-31"}, "Enter a day from 2000 to 2100.", "due_on"),
        ({"due_on": "2101-01-01"}, "Enter a day from 2000 to 2100.", "due_on"),
        ({"starts_on": "2027-02-29"}, "Enter the date as year-month-day", "starts_on"),
        ({"expected": "4"}, "Choose one of the choices that are offered.", "expected"),
        ({"effort": "6"}, "Choose one of the choices that are offered.", "effort"),
        ({"state": "lost"}, "Choose one of the choices that are offered.", "state"),
        ({"measured": "hooks"}, "Say whether one count is a share or a number.", "measured_as"),
        ({"state": "agreed", "owner": ""}, "An action that is agreed needs an owner", "owner_ref"),
        ({"state": "under way", "due_on": ""}, "needs a day on which it is due", "due_on"),
        ({"state": "proven"}, "Enter what was seen that proves it.", "seen"),
        ({"state": "dropped"}, "Enter why it is dropped.", "reason"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field_and_stays_on_the_page(
    client: Any,
    sealed: str,
    db: Any,
    person: Person,
    program_ref: str,
    said: dict[str, str],
    message: str,
    field: str,
) -> None:
    page = client.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", CARD | said)
    assert page.status == 422
    assert [anchor for text, anchor in page.mistakes.items() if message in text] == [field]
    kept = page.fields()
    assert all(kept[name] == [value] for name, value in (CARD | said).items() if name in ("proof", "due_on"))
    assert kept["what"][0].strip() == (CARD | said)["what"].strip()
    assert actions.of_program(db, person, program_ref) == []


def test_a_person_and_a_name_are_not_both_the_owner(client: Any, sealed: str, person: Person) -> None:
    said = CARD | {"owner_ref": person.ref}
    page = client.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", said)
    assert page.mistakes == {"Choose a person or enter a name, not both.": "owner"}


def test_what_looks_like_patient_data_stays_with_a_reason_that_is_logged(
    client: Any, sealed: str, program_ref: str
) -> None:
    said = CARD | {"what": "Call Client Mary Miller back", "overrule": "The name of a form"}
    assert client.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", said).status == 200
    assert "kept a text that looks like patient data" in client.get(f"/programs/{program_ref}/trail").text


def test_a_day_before_the_assessment_is_kept_and_asked_about(client: Any, sealed: str) -> None:
    page = client.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", CARD | {"due_on": "2026-02-01"})
    assert page.status == 200
    assert any("before the day of the assessment" in said and "March 2, 2026" in said for said in page.flashes)


# --- The board ---


def test_the_board_has_a_column_for_each_state_and_folds_what_was_dropped(client: Any, add: Any, board: str) -> None:
    for state in ("proposed", "agreed", "under way", "done"):
        add(state=state)
    add(state="proven", seen="Ten hooks")
    add(state="dropped", reason="No wall", what="Build a second rack")
    page = client.get(board)
    assert page.words(".board h2") == ["Proposed 1", "Agreed 1", "Under way 1", "Done 1", "Proven 1"]
    assert "Build a second rack" in page.words("details")[0]
    assert "from 3 to 5 · House team · due Mar 1, 2027" in page.text


def test_what_is_late_says_so_in_a_word(client: Any, add: Any, board: str) -> None:
    add(due_on="2026-03-03")
    add(due_on="2026-03-03", state="done")
    for view in ("board", "list"):
        page = client.get(f"{board}?view={view}")
        assert "2 actions, 1 overdue." in page.text
        assert page.words(".card .overdue, td .overdue") == ["overdue"]


def test_the_list_says_the_same_and_keeps_its_view_when_filtered(client: Any, add: Any, board: str) -> None:
    add()
    page = client.get(f"{board}?view=list")
    assert page.words("tbody th a") == ["IB Room for two coats"]
    assert page.one("nav.views [aria-current]").get_text() == "List"
    assert page.fields(form_of(page, "/actions"))["view"] == ["list"]


@pytest.fixture
def mixed(add: Any, person: Person) -> dict[str, str]:
    """Actions of several owners and dimensions, one overdue, by a word."""
    return {
        "hooks": add(due_on="2026-04-01"),
        "mine": add(item=PLATE, what="Buy plates", owner=person.name, owner_ref=person.ref),
        "nobody": add(item=WORDS, rating=1, expected=3, what="Write a card", owner="", due_on="2026-04-01"),
    }


@pytest.mark.parametrize(
    ("query", "shown", "words"),
    [
        ("", ["hooks", "nobody", "mine"], "3 actions"),
        ("owner=House+team", ["hooks"], "1 of 3 actions; owner: House team."),
        ("owner=nobody", ["nobody"], "owner: nobody yet"),
        ("dimension=table", ["mine"], "dimension: II Table"),
        ("late=1", ["hooks", "nobody"], "2 of 3 actions; overdue only."),
        (
            "late=1&dimension=doorway&owner=nobody",
            ["nobody"],
            "owner: nobody yet; dimension: I Doorway; overdue only",
        ),
        ("late=1&dimension=table", [], "No action fits all of this."),
        ("owner=stranger&dimension=roof&plan=x&late=7", ["hooks", "nobody", "mine"], "3 actions"),
    ],
)
@pytest.mark.parametrize("view", ["board", "list"])
def test_filters_can_be_combined_and_are_said_in_words(
    client: Any, mixed: dict[str, str], board: str, query: str, shown: list[str], words: str, view: str
) -> None:
    page = client.get(f"{board}?{query}&view={view}")
    assert sorted(tag["id"] for tag in page.soup.select(".card, tbody tr")) == sorted(
        f"action-{mixed[name]}" for name in shown
    )
    assert words in page.text
    assert ("Show all" in page.text) == (len(shown) < 3)


def test_the_owner_filter_tells_a_person_by_her_account(
    client: Any, mixed: dict[str, str], board: str, person: Person
) -> None:
    page = client.get(f"{board}?owner={person.ref}")
    assert page.words(".card h3") == ["IIA The second plate"]
    assert f"owner: {person.name}" in page.text


def test_actions_of_several_plans_are_told_apart_by_day_and_period(
    client: Any, add: Any, board: str, db: Any, person: Person, start: Any
) -> None:
    add()
    assert "Planned from" not in client.get(board).text
    later = seal_later(client, db, person, start, 3)
    actions.add(db, person, later, replace(TEN_HOOKS, what="Buy chairs"))
    page = client.get(board)
    assert page.words("#by-plan option") == [
        "Every assessment",
        "Baseline, March 2, 2026",
        "First follow-up, September 1, 2026",
    ]
    assert "Buy ten hooks" not in client.get(f"{board}?plan={later}").text


def test_before_anything_is_sealed_the_board_says_what_to_do(client: Any, draft: str, board: str) -> None:
    page = client.get(board)
    assert "No assessment of this program is sealed yet." in page.text
    assert page.one("main p a.button")["href"] == board.removesuffix("/actions")


def test_without_actions_the_board_leads_to_the_road_and_to_planning(client: Any, sealed: str, board: str) -> None:
    page = client.get(board)
    assert "No action is planned yet." in page.text
    links = [link["href"] for link in page.soup.select("main .actions a")]
    assert links == [f"/assessments/{sealed}/actions/new", f"/assessments/{sealed}/road"]


def test_the_program_leads_to_its_actions_and_counts_them(
    client: Any, draft: str, board: str, program_ref: str, request: Any
) -> None:
    assert not client.get(f"/programs/{program_ref}").soup.select(f'a[href="{board}"]')
    request.getfixturevalue("add")()
    assert client.get(f"/programs/{program_ref}").words(f'a[href="{board}"]') == ["Actions (1)"]


def test_markup_in_an_action_is_shown_as_text(client: Any, add: Any, board: str) -> None:
    ref = add(what="<b>Hooks</b> & more", owner="<i>Team</i>", proof="<script>")
    for path in (board, f"{board}?view=list", f"/actions/{ref}", f"/actions/{ref}/edit"):
        assert "<b>Hooks</b> & more" in client.get(path).text + "".join(client.get(path).fields().get("what", ""))


# --- Moving ---


def test_moving_says_from_where_to_where_and_comes_back_to_the_same_board(
    client: Any, add: Any, board: str, saved: Any
) -> None:
    ref = add(state="agreed")
    page = move(client, board, ref, "under way", "?view=list&dimension=doorway")
    assert page.flashes == [
        "IB Room for two coats: moved from “agreed” to “under way”. Move it again if that was a slip."
    ]
    assert page.url == board
    assert page.fields(form_of(page, "/actions")) == {
        "view": ["list"],
        "owner": [""],
        "dimension": ["doorway"],
    }
    assert (saved(ref).state, saved(ref).what, saved(ref).owner) == ("under way", "Buy ten hooks", "House team")
    move(client, board, ref, "agreed")
    assert saved(ref).state == "agreed"


def test_the_next_state_is_chosen_already(client: Any, add: Any, board: str) -> None:
    states = ("proposed", "agreed", "under way", "done", "proven", "dropped")
    refs = {state: add(state=state) for state in states}
    page = client.get(board)
    chosen = {state: page.fields(form_of(page, f"/actions/{ref}/state"))["state"][0] for state, ref in refs.items()}
    assert chosen == {
        "proposed": "agreed",
        "agreed": "under way",
        "under way": "done",
        "done": "proven",
        "proven": "under way",
        "dropped": "proposed",
    }


@pytest.mark.parametrize(
    ("state", "said", "field"),
    [("agreed", {"owner": "", "due_on": ""}, "owner_ref"), ("proven", {}, "seen"), ("dropped", {}, "reason")],
)
def test_a_state_that_needs_more_leads_to_the_form_with_that_state_chosen(
    client: Any, add: Any, board: str, saved: Any, state: str, said: dict[str, str], field: str
) -> None:
    ref = add(**said)
    page = move(client, board, ref, state)
    assert page.status == 422
    assert field in page.mistakes.values()
    assert page.fields()["state"] == [state]
    assert page.fields()["what"] == ["Buy ten hooks"]
    assert saved(ref).state == "proposed"
    more = {"owner": "House team", "due_on": "2027-01-01", "seen": "Ten hooks, counted", "reason": "No wall"}
    assert client.press(page, more).flashes == ["Saved."]
    assert saved(ref).state == state


def test_a_board_that_is_out_of_date_moves_nothing_and_shows_both(
    client: Any, add: Any, board: str, saved: Any, db: Any, person: Person
) -> None:
    ref = add(state="agreed")
    page = client.get(board)
    actions.change(db, person, replace(saved(ref), state="done"))
    answer = client.press(page, {"state": "under way"}, form=form_of(page, f"/actions/{ref}/state"))
    assert (answer.status, answer.heading) == (409, "Two versions of the same action")
    assert answer.words(".anchor") == ["What is saved now: done", "What you entered: under way"]
    assert answer.one("input[checked]")["value"] == "saved"
    assert saved(ref).state == "done"
    assert client.press(answer, {"state-keep": "mine"}).url == board
    assert saved(ref).state == "under way"


# --- Two people at once ---


def test_two_people_who_change_one_action_both_keep_what_they_choose(
    client: Any, second: Any, add: Any, saved: Any
) -> None:
    ref = add(proof="Ten hooks")
    mine, theirs = client.get(f"/actions/{ref}/edit"), second.get(f"/actions/{ref}/edit")
    first = second.press(theirs, {"due_on": "2027-09-09", "proof": "Eleven hooks", "owner": "Kitchen"})
    assert first.flashes == ["Saved."]
    page = client.press(mine, {"what": "Buy twelve hooks", "proof": "Twelve hooks"})
    assert page.status == 409
    assert saved(ref).what == "Buy ten hooks"
    sections = dict(zip(page.words("section h2"), page.words("section legend"), strict=True))
    assert sections == {
        "What will be done": "Only you changed this. Keep:",
        "Owner": "You did not change this. Keep:",
        "Due on": "You did not change this. Keep:",
        "Evidence that will prove it": "Both were changed. Keep:",
    }
    for words in ("Buy ten hooks", "Buy twelve hooks", "Kitchen", "House team", "September 9, 2027", "Twelve hooks"):
        assert words in page.text
    assert client.press(page, {"proof-keep": "mine"}).flashes == ["Saved."]
    now = saved(ref)
    assert (now.what, now.owner, now.due_on, now.proof) == (
        "Buy twelve hooks",
        "Kitchen",
        "2027-09-09",
        "Twelve hooks",
    )
    assert now.revision == 3


def test_a_choice_between_two_versions_can_be_overtaken_again(client: Any, second: Any, add: Any, saved: Any) -> None:
    ref = add()
    mine = client.get(f"/actions/{ref}/edit")
    second.submit(f"/actions/{ref}/edit", {"what": "Theirs"})
    page = client.press(mine, {"what": "Mine"})
    second.submit(f"/actions/{ref}/edit", {"what": "Theirs again"})
    page = client.press(page, {"what-keep": "mine"})
    assert page.status == 409
    assert page.words(".anchor") == ["What is saved now: Theirs again", "What you entered: Mine"]
    assert saved(ref).what == "Theirs again"


@pytest.mark.parametrize("revision", ["", "-1", "x", "²", "9" * 30])
def test_a_form_whose_revision_is_no_number_is_out_of_date(client: Any, add: Any, saved: Any, revision: str) -> None:
    ref = add()
    page = client.submit(f"/actions/{ref}/edit", {"what": "Mine", "revision": revision, "opened": "x=y what"})
    assert page.status == 409
    assert saved(ref).what == "Buy ten hooks"


def test_an_action_that_was_taken_away_meanwhile_is_not_changed(
    client: Any, second: Any, add: Any, saved: Any
) -> None:
    ref = add()
    mine = client.get(f"/actions/{ref}/edit")
    second.post(f"/actions/{ref}/remove", {"csrf_token": second.token()})
    page = client.press(mine, {"what": "Mine"})
    assert page.flashes == [
        "This action was taken away meanwhile. Bring it back before you change it.",
        "What you typed is kept for 24 hours, under your name at the top.",
    ]
    assert "Mine" in client.get("/account/typed").text
    assert (page.url, saved(ref).what) == (f"/actions/{ref}", "Buy ten hooks")


# --- One action ---


def test_an_action_that_is_taken_away_stands_at_the_end_and_comes_back(
    client: Any, add: Any, board: str, saved: Any
) -> None:
    ref = add()
    page = client.get(f"/actions/{ref}")
    page = client.press(page, form=form_of(page, f"/actions/{ref}/remove"))
    assert page.flashes == ["The action is taken away. You can bring it back at the end of this page."]
    assert not page.soup.select(".card")
    page = client.press(page, form=form_of(page, f"/actions/{ref}/restore"))
    assert (page.flashes, page.url) == (["The action is back."], f"/actions/{ref}")
    assert client.get(board).soup.select(".card")


def test_a_later_assessment_says_whether_it_worked(
    client: Any, add: Any, board: str, db: Any, person: Person, start: Any
) -> None:
    hit = add(item=WORDS, rating=1, expected=3)
    miss = add(due_on="2026-06-01")
    assert "The next sealed assessment will say." in client.get(f"/actions/{hit}").text
    seal_later(client, db, person, start, 3)
    said = client.get(board).text
    assert "✓ hit · rated 3 on Sep 1, 2026" in said
    assert "✗ miss · rated 3 on Sep 1, 2026" in said
    page = client.get(f"/actions/{hit}")
    assert "hit. Assessed on September 1, 2026. Expected 3, rated 3. The evidence carries 1." in page.text
    assert "Expected 5, still rated 3." in client.get(f"/actions/{miss}").text


def test_an_amendment_that_overtook_an_action_is_said_and_can_be_followed(
    client: Any, add: Any, board: str, sealed: str, saved: Any
) -> None:
    ref = add()
    amend(client, sealed, rack=4)
    assert "An amendment rates the item 4; this begins at 3." in client.get(board).text
    assert "rates this item 4; the action begins at 3." in client.get(f"/actions/{ref}").text
    page = client.submit(f"/actions/{ref}/edit", {"rating": "4"})
    assert page.flashes == ["Saved."]
    assert (saved(ref).rating, saved(ref).expected) == (4, 5)
    assert "amendment" not in client.get(board).text


def test_it_cannot_rise_to_where_it_begins(client: Any, add: Any, sealed: str) -> None:
    ref = add(expected=4)
    amend(client, sealed, rack=4)
    page = client.submit(f"/actions/{ref}/edit", {"rating": "4"})
    assert page.mistakes == {"Choose a rating above 4, where it begins.": "expected"}


def test_an_owner_who_no_longer_reaches_the_program_is_said_and_can_stay(
    client: Any, join: Any, add: Any, board: str, saved: Any, db: Any
) -> None:
    ada, _browser = join("Ada", Role.RATER)
    ref = add(owner=ada.name, owner_ref=ada.ref)
    with db.conn:
        db.execute("DELETE FROM role WHERE person_id = ?", [ada.id])
    for path in (board, f"{board}?view=list", f"/actions/{ref}"):
        assert "Ada no longer reaches this program: name another owner." in client.get(path).text
    assert client.submit(f"/actions/{ref}/edit", {"due_on": "2027-08-01"}).flashes == ["Saved."]
    assert (saved(ref).owner, saved(ref).owner_ref) == ("Ada", ada.ref)


def test_what_one_count_is_stays_once_counts_are_entered(
    client: Any, add: Any, saved: Any, db: Any, person: Person
) -> None:
    ref = add(measured="hooks in use", measured_as="number")
    lines.add(db, person, ref, Point(counted_on="2026-05-01", count="4"))
    for said in ({"measured_as": "share"}, {"measured": ""}):
        page = client.submit(f"/actions/{ref}/edit", said)
        assert list(page.mistakes.values()) == ["measured_as"]
    assert client.submit(f"/actions/{ref}/edit", {"measured": "hooks used"}).flashes == ["Saved."]


def test_saving_what_nobody_touched_changes_nothing(client: Any, add: Any, saved: Any) -> None:
    ref = add(measured="hooks", measured_as="number", effort=3, starts_on="2026-12-01", proof="A\nB")
    before = saved(ref)
    assert client.submit(f"/actions/{ref}/edit").flashes == ["Saved."]
    assert saved(ref) == before


# --- Who may what ---


@pytest.mark.parametrize("role", [Role.READER, Role.CONSULTANT])
def test_whoever_reads_sees_everything_and_changes_nothing(
    join: Any, add: Any, board: str, sealed: str, db: Any, person: Person, role: Role
) -> None:
    ref = add()
    actions.remove(db, person, add(what="By mistake"))
    _one, browser = join("Ada", role)
    page = browser.get(board)
    assert page.words(".card h3") == ["IB Room for two coats"]
    assert "Taken away" not in page.text
    assert not page.soup.select("main form[method=post]")
    assert f"/programs/{board.split('/')[2]}/actions.csv" in [link.get("href") for link in page.soup.select("a")]
    assert not browser.get(f"/actions/{ref}").soup.select("main form[method=post]")
    assert browser.get(f"/actions/{ref}/edit").status == 404
    assert browser.get(f"/assessments/{sealed}/actions/new").status == 404
    for path in ("state", "remove", "restore", "edit"):
        assert browser.post(f"/actions/{ref}/{path}").status == 403


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.QUALITY])
def test_whoever_plans_may_all_of_it(join: Any, add: Any, board: str, sealed: str, role: Role) -> None:
    ref = add(state="agreed")
    _one, browser = join("Ada", role)
    assert move(browser, board, ref, "under way").status == 200
    assert browser.submit(f"/actions/{ref}/edit", {"what": "Hers"}).flashes == ["Saved."]
    assert browser.submit(f"/assessments/{sealed}/actions/new?item={WORDS}", CARD).flashes == [
        "The action is planned."
    ]


def test_the_trail_is_offered_to_whoever_may_read_it(client: Any, join: Any, add: Any, program_ref: str) -> None:
    ref = add()
    trail = f"/programs/{program_ref}/trail"
    offered = [link["href"] for link in client.get(f"/actions/{ref}").soup.select("td a")]
    assert trail in offered
    _one, browser = join("Ada", Role.QUALITY)
    assert trail not in [link["href"] for link in browser.get(f"/actions/{ref}").soup.select("a")]


def test_a_rater_sees_moves_and_writes_to_what_she_owns_and_no_more(
    join: Any, add: Any, board: str, saved: Any
) -> None:
    ada, browser = join("Ada", Role.RATER)
    hers, other = add(owner=ada.name, owner_ref=ada.ref, state="agreed"), add(what="Not hers")
    page = browser.get(board)
    assert [tag["id"] for tag in page.soup.select(".card")] == [f"action-{hers}"]
    assert "Not hers" not in page.text
    assert ".csv" not in page.response.text
    assert browser.get(f"/actions/{other}").status == 404
    assert move(browser, board, hers, "under way").status == 200
    assert saved(hers).state == "under way"
    page = browser.get(f"/actions/{hers}")
    assert f"/actions/{hers}/edit" not in page.response.text
    assert f"/actions/{hers}/remove" not in page.response.text
    assert browser.get(f"/actions/{hers}/edit").status == 404
    assert browser.post(f"/actions/{hers}/edit").status == 403


def test_an_owner_who_moves_says_what_was_seen_and_changes_nothing_else(
    join: Any, add: Any, board: str, saved: Any
) -> None:
    ada, browser = join("Ada", Role.RATER)
    ref = add(owner=ada.name, owner_ref=ada.ref, state="done")
    page = move(browser, board, ref, "proven")
    assert (page.status, page.heading.partition(" for")[0]) == (422, "Move the action")
    assert list(page.mistakes.values()) == ["seen"]
    smuggled = {"seen": "Ten hooks, counted", "what": "Smuggled", "due_on": "2030-01-01", "expected": "4"}
    page = browser.press(page, smuggled)
    assert page.status == 200
    now = saved(ref)
    assert (now.state, now.seen) == ("proven", "Ten hooks, counted")
    assert (now.what, now.due_on, now.expected) == ("Buy ten hooks", "2027-03-01", 5)


def test_what_an_owner_cannot_mend_herself_is_told_at_the_state(join: Any, add: Any, board: str) -> None:
    ada, browser = join("Ada", Role.RATER)
    ref = add(owner=ada.name, owner_ref=ada.ref, due_on="")
    page = move(browser, board, ref, "agreed")
    assert page.mistakes == {"An action that is agreed needs a day on which it is due.": "state"}


def test_a_rater_without_an_action_is_told_so(join: Any, sealed: str, board: str) -> None:
    _ada, browser = join("Ada", Role.RATER)
    assert "No action of this program is yours." in browser.get(board).text


def test_a_stranger_finds_nothing(app: Flask, add: Any, board: str, db: Any, person: Person, sealed: str) -> None:
    with store.writing(db):
        people.create(db, person, name="Eve", login="eve")
    browser = Browser(app, people.by_login(db, "eve"))
    ref = add()
    for path in (board, f"/actions/{ref}", f"/actions/{ref}/edit", f"/assessments/{sealed}/actions/new"):
        assert browser.get(path).status == 404
    assert assessments.get(db, person, sealed).is_sealed
