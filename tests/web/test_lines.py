"""Notes, small tests of change and counts: added to an action, changed, taken away, brought back, and by whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Role
from ddcat.records import Action, Cycle, Note, Person, Point
from ddcat.store import actions, lines, people, roles, trail
from tests.web.conftest import Browser, Page

PATIENT = "client Mary O'Neil, MRN 00482913"
TRIED = {
    "tried": "One card at the desk",
    "starts_on": "2026-03-02",
    "ends_on": "2026-03-06",
    "prediction": "Eight arrivals of ten hear both",
}


@pytest.fixture
def ref(db: Database, person: Person, sealed: str) -> str:
    """An action that measures a share."""
    what = {"what": "Practise the greeting", "measured": "arrivals who hear both", "measured_as": "share"}
    return actions.add(db, person, sealed, Action(item="first-words", rating=1, expected=3, **what))


@pytest.fixture
def read(db: Database, person: Person, ref: str) -> Callable[[], Action]:
    return lambda: actions.get(db, person, ref)


@pytest.fixture
def hire(app: Flask, db: Database, person: Person, program_ref: str) -> Callable[[Role], tuple[Person, Browser]]:
    """`hire(Role.READER)`: somebody with this role in the program, and her browser."""

    def hire(role: Role) -> tuple[Person, Browser]:
        with store.writing(db):
            one = people.create(db, person, name=f"Noor {role.title()}", login=f"{role}@example.org")
            roles.insert(db, person, one, role, "program", program_ref)
        return one, Browser(app, one)

    return hire


def change_measure(db: Database, person: Person, ref: str, **more: Any) -> None:
    actions.change(db, person, replace(actions.get(db, person, ref), **more))


def form_to(page: Page, ending: str) -> int:
    """Which form of a page posts there."""
    (found,) = (n for n, form in enumerate(page.soup.select("main form")) if form.get("action", "").endswith(ending))
    return found


def send(browser: Browser, ref: str, kind: str, **sent: str) -> Page:
    """Fill one of the forms on the page of an action, and press its button."""
    page = browser.get(f"/actions/{ref}")
    return browser.press(page, sent, form_to(page, f"/{ref}/{kind}"))


def change(browser: Browser, ref: str, line: str, **sent: str) -> Page:
    page = browser.get(f"/actions/{ref}/lines/{line}")
    return browser.press(page, sent, form_to(page, line))


# --- Notes ---


def test_a_note_is_added_and_says_by_whom_and_when(client: Any, ref: str, read: Any) -> None:
    page = send(client, ref, "notes", text="Talked it over.\nAll agree.")
    assert (page.status, page.url) == (200, f"/actions/{ref}")
    assert page.flashes == ["The note is added."]
    (note,) = read().notes
    assert (note.text, note.by) == ("Talked it over.\nAll agree.", "Kim Example")
    assert page.words("#notes li p")[0] == "Talked it over. All agree."
    assert page.words("#notes li .about")[0].startswith("Kim Example, ")


def test_the_newest_note_stands_last(client: Any, ref: str, read: Any) -> None:
    for text in ("First", "Second", "Third"):
        page = send(client, ref, "notes", text=text)
    assert page.words("#notes .typed") == ["First", "Second", "Third"]


def test_a_note_is_changed_taken_away_and_brought_back(client: Any, ref: str, read: Any) -> None:
    send(client, ref, "notes", text="Wrong")
    (note,) = read().notes
    page = change(client, ref, note.ref, text="Right")
    assert page.flashes == ["The note is changed."]
    assert page.words("#notes .about")[0].startswith("Kim Example changed this on ")
    page = client.press(page, form=form_to(page, f"{note.ref}/remove"))
    assert read().notes == ()
    assert page.words("#notes details p") == ["Right"]
    page = client.press(page, form=form_to(page, "/restore"))
    assert [each.text for each in read().notes] == ["Right"]
    assert page.flashes == ["It is back."]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [("", "Write something."), (" \n ", "Write something."), ("x" * 4001, "Shorten this to 4000 characters.")],
)
def test_a_note_says_something_and_not_too_much(client: Any, ref: str, read: Any, text: str, mistake: str) -> None:
    page = send(client, ref, "notes", text=text)
    assert page.status == 422
    assert page.mistakes == {mistake: "text"}
    assert page.fields()["text"] == [text.strip()]
    assert read().notes == ()


def test_a_note_of_just_four_thousand_characters_is_kept(client: Any, ref: str, read: Any) -> None:
    send(client, ref, "notes", text="x" * 4000)
    assert len(read().notes[0].text) == 4000


def test_what_looks_like_patient_data_is_kept_only_with_a_reason_that_is_logged(
    client: Any, db: Database, person: Person, ref: str, read: Any, program_ref: str
) -> None:
    page = send(client, ref, "notes", text=PATIENT)
    assert page.status == 422
    assert read().notes == ()
    page = client.press(page, {"overrule": "An invented name"})
    assert [each.text for each in read().notes] == [PATIENT]
    assert any(entry.act == "overrule" for entry in trail.of_program(db, person, program_ref))


def test_hostile_text_is_shown_as_text(client: Any, ref: str) -> None:
    page = send(client, ref, "notes", text="<script>alert(1)</script>")
    assert page.words("#notes .typed") == ["<script>alert(1)</script>"]


# --- Tests of change ---


def test_a_test_of_change_begins_with_what_is_expected_and_ends_with_a_decision(
    client: Any, ref: str, read: Any
) -> None:
    page = send(client, ref, "cycles", **TRIED)
    assert page.flashes == ["The test of change is added."]
    assert page.words("#cycles .boxes h3") == ["Test A March 2, 2026 to March 6, 2026"]
    (cycle,) = read().cycles
    assert replace(cycle, ref="", revision=0, saved_at="", by="") == Cycle(**TRIED)
    assert "Not decided yet." in page.words("#cycles dd")
    page = change(client, ref, cycle.ref, happened="Seven of ten", decision="adapt")
    assert page.words("#cycles dd")[2:] == ["Seven of ten", "change it and try again"]


def test_a_test_without_a_last_day_runs_on(client: Any, ref: str, read: Any) -> None:
    page = send(client, ref, "cycles", **TRIED | {"ends_on": ""})
    assert read().cycles[0].ends_on == ""
    assert "from March 2, 2026 on" in page.words("#cycles h3 .about")


@pytest.mark.parametrize(
    ("sent", "mistakes"),
    [
        ({"prediction": ""}, {"Enter what you expect before it starts.": "prediction"}),
        ({"tried": ""}, {"Enter what is tried.": "tried"}),
        ({"starts_on": ""}, {"Enter the first day.": "starts_on"}),
        ({"starts_on": "soon"}, {"Enter the date as year-month-day, such as 2026-11-22.": "starts_on"}),
        (
            {"ends_on": "2026-03-01"},
            {"This is before it starts. Enter a later day, or change the first one.": "ends_on"},
        ),
        ({"starts_on": "1999-12-31"}, {"Enter a day from 2000 to 2099.": "starts_on"}),
        ({"ends_on": "2206-03-02"}, {"Enter a day from 2000 to 2099.": "ends_on"}),
        ({"ends_on": "2026-02-29"}, {"Enter the date as year-month-day, such as 2026-11-22.": "ends_on"}),
        ({"decision": "adopt"}, {"Enter what happened: a decision rests on it.": "happened"}),
        ({"decision": "sing"}, {"Choose one of the choices that are offered.": "decision"}),
        ({"happened": "x" * 2001}, {"Shorten this to 2000 characters.": "happened"}),
    ],
)
def test_a_test_of_change_that_cannot_be_is_refused(
    client: Any, ref: str, read: Any, sent: dict[str, str], mistakes: dict[str, str]
) -> None:
    page = send(client, ref, "cycles", **TRIED | sent)
    assert page.status == 422
    assert page.mistakes == mistakes
    assert page.fields()["tried"] == [(TRIED | sent)["tried"]]
    assert read().cycles == ()


def test_a_test_of_one_day_is_fine(client: Any, ref: str, read: Any) -> None:
    page = send(client, ref, "cycles", **TRIED | {"ends_on": "2026-03-02"})
    assert page.words("#cycles h3 .about") == ["March 2, 2026"]


# --- Counts ---


def test_a_count_is_entered_and_drawn(client: Any, ref: str, read: Any) -> None:
    page = send(client, ref, "points", counted_on="2026-03-02", count="8", n="10", remark="Front desk")
    assert page.flashes == ["The count is entered."]
    (point,) = read().points
    assert (point.counted_on, point.count, point.n, point.remark) == ("2026-03-02", "8", 10, "Front desk")
    assert page.words(".counted tbody tr")[0].startswith("March 2, 2026 8 of 10 80 % Front desk")
    assert len(page.soup.select("svg.run circle")) == 1


def test_counts_of_one_day_are_kept_in_their_order(client: Any, ref: str, read: Any) -> None:
    for count in ("3", "1", "2"):
        send(client, ref, "points", counted_on="2026-03-02", count=count, n="10")
    assert [point.count for point in read().points] == ["3", "1", "2"]


def test_today_is_offered_and_tomorrow_refused(client: Any, ref: str, read: Any, today: date) -> None:
    page = client.get(f"/actions/{ref}")
    assert page.fields(form_to(page, "/points"))["counted_on"] == [today.isoformat()]
    late = (today + timedelta(days=1)).isoformat()
    page = send(client, ref, "points", counted_on=late, count="1", n="2")
    assert page.mistakes == {"Enter a day from 2000 on that is not in the future.": "counted_on"}
    assert send(client, ref, "points", counted_on=today.isoformat(), count="1", n="2").status == 200


@pytest.mark.parametrize(
    ("sent", "mistakes"),
    [
        ({"count": "11"}, {"This cannot be more than 10, the number under “Of how many”.": "count"}),
        ({"n": "0"}, {"Enter of how many, at least 1.": "n"}),
        ({"n": ""}, {"Enter of how many, at least 1.": "n"}),
        ({"count": ""}, {"Enter a number, 0 if there was none.": "count"}),
        ({"count": "2.5"}, {"How many: enter a whole number from 0 to 1,000,000.": "count"}),
        ({"count": "-1"}, {"How many: enter a whole number from 0 to 1,000,000.": "count"}),
        ({"n": "9" * 5000}, {"Of how many: enter a whole number from 0 to 1,000,000.": "n"}),
        ({"counted_on": "1999-12-31"}, {"Enter a day from 2000 on that is not in the future.": "counted_on"}),
        ({"remark": "x" * 201}, {"Shorten this to 200 characters.": "remark"}),
    ],
)
def test_a_share_that_cannot_be_is_refused(
    client: Any, ref: str, read: Any, sent: dict[str, str], mistakes: dict[str, str]
) -> None:
    page = send(client, ref, "points", **{"counted_on": "2026-03-02", "count": "8", "n": "10"} | sent)
    assert page.status == 422
    assert page.mistakes == mistakes
    assert read().points == ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("21.5", "21.5"), ("0", "0"), ("1,000", "1000"), ("7.50", "7.5"), ("1000000", "1000000"), ("-0.0", "0")],
)
def test_a_number_is_kept_as_plain_decimals(
    client: Any, db: Database, person: Person, ref: str, read: Any, typed: str, kept: str
) -> None:
    change_measure(db, person, ref, measured="days to evaluation", measured_as="number")
    page = send(client, ref, "points", counted_on="2024-02-29", count=typed)
    assert page.status == 200
    assert read().points[0].count == kept
    assert read().points[0].n is None


@pytest.mark.parametrize(
    ("typed", "mistake"),
    [
        ("-1", "What it came to: enter a number from 0 to 1,000,000."),
        ("nan", "What it came to: enter a number from 0 to 1,000,000."),
        ("many", "What it came to: enter a number from 0 to 1,000,000."),
        ("1000001", "What it came to: enter a number from 0 to 1,000,000."),
        ("0.00001", "Enter at most 4 decimals."),
        ("1e-999999", "What it came to: enter a number from 0 to 1,000,000."),
        ("1e3", "What it came to: enter a number from 0 to 1,000,000."),
        ("1_000", "What it came to: enter a number from 0 to 1,000,000."),
        ("", "Enter a number, 0 if there was none."),
    ],
)
def test_a_number_that_cannot_be_is_refused(
    client: Any, db: Database, person: Person, ref: str, read: Any, typed: str, mistake: str
) -> None:
    change_measure(db, person, ref, measured_as="number")
    page = send(client, ref, "points", counted_on="2026-03-02", count=typed)
    assert page.status == 422
    assert page.mistakes == {mistake: "count"}
    assert read().points == ()


def test_without_a_measure_the_page_says_how_to_name_one_and_a_count_is_refused(
    client: Any, db: Database, person: Person, ref: str, read: Any
) -> None:
    change_measure(db, person, ref, measured="", measured_as="")
    page = client.get(f"/actions/{ref}")
    assert page.one("#points a")["href"] == f"/actions/{ref}/edit"
    assert not page.soup.select("#points form")
    sent = {"counted_on": "2026-03-02", "count": "8", "csrf_token": client.token()}
    page = client.post(f"/actions/{ref}/points", sent)
    assert page.status == 422
    assert list(page.mistakes) == ["This action does not say yet what is measured. Name it in the action first."]
    assert read().points == ()


def test_a_count_is_changed_taken_away_and_brought_back(client: Any, ref: str, read: Any) -> None:
    send(client, ref, "points", counted_on="2026-03-02", count="8", n="10")
    page = change(client, ref, read().points[0].ref, count="9")
    assert page.flashes == ["The count is changed."]
    assert read().points[0].count == "9"
    page = client.press(page, form=form_to(page, f"{read().points[0].ref}/remove"))
    assert read().points == ()
    assert page.words("#points details p") == ["March 2, 2026: 9 of 10"]
    client.press(page, form=form_to(page, "/restore"))
    assert read().points[0].count == "9"


def test_counts_outlive_another_kind_of_measure(
    client: Any, db: Database, person: Person, ref: str, read: Any
) -> None:
    send(client, ref, "points", counted_on="2026-03-02", count="8", n="10")
    change_measure(db, person, ref, measured_as="number")
    assert "8 of 10" in client.get(f"/actions/{ref}").words(".counted td")
    assert change(client, ref, read().points[0].ref, count="7.5").status == 200
    assert (read().points[0].count, read().points[0].n) == ("7.5", 10)
    change_measure(db, person, ref, measured_as="share")
    send(client, ref, "points", counted_on="2026-03-03", count="1", n="2")
    assert len(client.get(f"/actions/{ref}").soup.select("svg.run circle")) == 2
    lines.add(db, person, ref, Point(counted_on="2026-03-04", count="5"))
    page = client.get(f"/actions/{ref}")
    assert "left out of the chart" in page.words("#points .notice")[0]
    assert len(page.soup.select("svg.run circle")) == 2
    assert change(client, ref, read().points[2].ref, n="6").status == 200
    assert len(client.get(f"/actions/{ref}").soup.select("svg.run circle")) == 3


# --- Two windows ---


def test_a_line_that_another_window_changed_is_not_written_over_at_once(
    client: Any, second: Any, ref: str, read: Any
) -> None:
    send(client, ref, "notes", text="One")
    address = f"/actions/{ref}/lines/{read().notes[0].ref}"
    old = second.get(address)
    change(client, ref, read().notes[0].ref, text="Two")
    refused = second.press(old, {"text": "Mine"}, form_to(old, address))
    assert refused.status == 422
    assert refused.fields()["text"] == ["Mine"]
    assert read().notes[0].text == "Two"
    assert second.press(refused).status == 200
    assert read().notes[0].text == "Mine"


def test_a_line_that_another_window_took_away_is_not_changed(client: Any, db: Any, person: Any, ref: str) -> None:
    line = lines.add(db, person, ref, Note(text="One"))
    old = client.get(f"/actions/{ref}/lines/{line}")
    lines.remove(db, person, ref, line)
    page = client.press(old, {"text": "Mine"}, form_to(old, line))
    assert page.status == 409
    assert "kept for 24 hours" in page.text
    assert "Mine" in client.get("/account/typed").text
    standing = lines.get(db, person, ref, line)
    assert (standing.text, standing.revision) == ("One", 1)
    assert client.get(f"/actions/{ref}/lines/{line}").url == f"/actions/{ref}"


def test_what_was_taken_away_is_not_worked_on(client: Any, db: Any, person: Any, ref: str) -> None:
    old = client.get(f"/actions/{ref}")
    actions.remove(db, person, ref)
    assert client.press(old, {"text": "Late"}, form_to(old, "/notes")).status == 409
    assert lines.removed(db, person, ref) == []
    assert not client.get(f"/actions/{ref}").soup.select("#notes form, #cycles form, #points form")


def test_a_line_of_another_action_or_of_nobody_is_not_there(client: Any, db: Any, person: Any, ref: str) -> None:
    line = lines.add(db, person, ref, Note(text="One"))
    other = actions.add(db, person, actions.get(db, person, ref).assessment, Action(item="coat-rack", what="Hooks"))
    assert client.get(f"/actions/{other}/lines/{line}").status == 404
    assert client.get(f"/actions/{ref}/lines/feed").status == 404
    token = client.token()
    for each in ("", "/remove", "/restore"):
        assert client.post(f"/actions/{other}/lines/{line}{each}", {"csrf_token": token}).status == 404
    assert client.post(f"/actions/{ref}/songs", {"csrf_token": token}).status == 404


# --- Who may ---


def test_the_owner_of_an_action_works_on_it_whatever_else_she_is(
    db: Database, person: Person, ref: str, read: Any, hire: Any
) -> None:
    owner, browser = hire(Role.RATER)
    change_measure(db, person, ref, owner=owner.name, owner_ref=owner.ref)
    send(browser, ref, "notes", text="Begun")
    send(browser, ref, "points", counted_on="2026-03-02", count="1", n="2")
    assert [(note.text, note.by) for note in read().notes] == [("Begun", "Noor Rater")]
    assert change(browser, ref, read().notes[0].ref, text="Going on").status == 200
    page = browser.get(f"/actions/{ref}")
    assert browser.press(page, form=form_to(page, f"{read().notes[0].ref}/remove")).status == 200
    assert read().notes == ()


def test_a_reader_sees_the_lines_and_writes_none(db: Any, person: Any, ref: str, read: Any, hire: Any) -> None:
    _reader, browser = hire(Role.READER)
    line = lines.add(db, person, ref, Note(text="One"))
    lines.add(db, person, ref, Point(counted_on="2026-03-02", count="1", n="2"))
    page = browser.get(f"/actions/{ref}")
    assert page.words("#notes .typed") == ["One"]
    assert page.soup.select("svg.run")
    assert not page.soup.select("main form")
    token = browser.token()
    for address in ("notes", "cycles", "points", f"lines/{line}", f"lines/{line}/remove", f"lines/{line}/restore"):
        sent = {"csrf_token": token, "text": "Mine"}
        assert browser.post(f"/actions/{ref}/{address}", sent).status == 403
    assert browser.get(f"/actions/{ref}/lines/{line}").status == 404
    assert [note.text for note in read().notes] == ["One"]


def test_every_line_stands_in_the_trail(client: Any, ref: str, read: Any, program_ref: str) -> None:
    send(client, ref, "cycles", **TRIED)
    change(client, ref, read().cycles[0].ref, happened="Seven", decision="adopt")
    said = client.get(f"/programs/{program_ref}/trail").text
    assert "added a test of change" in said
    assert "changed a test of change" in said
