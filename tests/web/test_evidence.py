"""Lines of evidence on their page: added, changed, taken away, and what they allow."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import assessments

PLATE, WORDS, RACK = "second-plate", "first-words", "coat-rack"
CARD = {
    "source": "document/manual",
    "seen": "The card lists both wishes",
    "place": "Folder 3",
    "seen_on": "2026-02-02",
    "seen_by": "Robin",
    "finding": "found",
}
COUNT = CARD | {"source": "count/charts", "seen": "", "finding": "count", "count_given": "5", "count_chosen": "0"}


@pytest.fixture
def add(client: Any, draft: str) -> Callable[..., Any]:
    """`add("coat-rack", seen="...")` sends the form for another line."""

    def add(item: str, **said: Any) -> Any:
        path = f"/assessments/{draft}/items/{item}/evidence"
        page = client.get(path)
        forms = [n for n, form in enumerate(page.soup.select("main form")) if form.select_one("[name=source]")]
        return client.press(page, CARD | said, form=forms[-1])

    return add


@pytest.fixture
def lines(db: Database, person: Person, draft: str) -> Callable[[], Any]:
    return lambda: assessments.get(db, person, draft).evidence


def test_a_page_without_evidence_says_what_to_do(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/items/{RACK}/evidence")
    assert page.heading == "Evidence for IB Room for two coats"
    assert "Nothing is recorded yet" in page.text
    assert page.fields()["seen_by"] == ["Kim Example"]


def test_a_line_keeps_source_words_place_day_person_and_finding(add: Any, lines: Any) -> None:
    page = add(WORDS)
    assert page.flashes == ["The line is added."]
    (line,) = lines()
    assert (line.item, line.source, line.seen, line.place) == (WORDS, "document/manual", CARD["seen"], "Folder 3")
    assert (line.seen_on, line.seen_by, line.finding, line.supports) == ("2026-02-02", "Robin", "found", None)
    assert (
        "Document: program manual, Folder 3, February 2, 2026, Robin: The card lists both wishes. Found." in page.text
    )


@pytest.mark.parametrize(
    ("said", "message", "field"),
    [
        ({"source": ""}, "Choose a source.", "source"),
        ({"place": ""}, "Enter where it was seen.", "place"),
        ({"source": "count"}, "A count has numbers: choose “Counted”, and enter them.", "finding-0"),
        ({"seen": ""}, "Enter what was seen, read or heard.", "seen"),
        ({"seen_on": "soon"}, "Enter the date as year-month-day, such as 2026-11-22.", "seen_on"),
        ({"seen_on": "2999-01-01"}, "Enter a day from 2000 on that is not in the future.", "seen_on"),
        ({"seen_by": ""}, "Enter who saw it.", "seen_by"),
        ({"seen": "Client Mary Miller came late"}, "looks like the name of a patient", "seen"),
        ({"place": "x" * 201}, "Shorten this to 200 characters.", "place"),
        ({"finding": "count", "count_found": "3"}, "Enter how many were counted, at least 1.", "n"),
        ({"finding": "count", "count_found": "3", "n": "0"}, "Enter how many were counted, at least 1.", "n"),
        ({"finding": "count", "count_found": "4", "n": "3"}, "This cannot be more than 3.", "count_found"),
        ({"finding": "count", "count_found": "", "n": "3"}, "Enter a number, 0 if there was none.", "count_found"),
        ({"finding": "count", "count_found": "two", "n": "3"}, "enter a whole number", "count_found"),
        ({"supports": "9"}, "Choose one of the choices that are offered.", "supports"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_field(
    add: Any, lines: Any, said: dict[str, str], message: str, field: str
) -> None:
    page = add(RACK, **said)
    assert page.status == 422
    assert [anchor for text, anchor in page.mistakes.items() if message in text] == [field]
    assert lines() == ()


def test_only_ratings_with_an_anchor_can_be_supported(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/items/{WORDS}/evidence")
    assert [option["value"] for option in page.soup.select("#supports option")] == ["", "1", "3", "5"]


def test_a_count_says_its_share_its_interval_and_what_it_allows(add: Any, lines: Any) -> None:
    page = add(PLATE, **COUNT, n="10")
    assert "5 of 10 got a second plate (50 %; 95 % interval 24 to 76 %)" in page.text
    assert "Allows at most 3." in page.text
    (line,) = lines()
    assert (dict(line.counts), line.n, line.is_everybody) == ({"given": 5, "chosen": 0}, 10, False)


def test_a_count_is_never_more_than_the_one_it_is_part_of(add: Any) -> None:
    page = add(PLATE, **COUNT | {"count_chosen": "6"}, n="10")
    assert page.mistakes == {"This cannot be more than 5.": "count_chosen"}


def test_fewer_than_five_counted_are_warned_of(add: Any) -> None:
    assert "Fewer than 5 were counted" in add(PLATE, **COUNT | {"count_given": "2"}, n="4").text
    assert "Fewer than 5" not in add(RACK).text


def test_numbers_of_what_was_not_counted_are_not_kept(add: Any, lines: Any) -> None:
    add(RACK, count_found="3", n="10", is_everybody="y")
    (line,) = lines()
    assert (dict(line.counts), line.n, line.is_everybody) == ({}, None, False)


def test_a_rating_above_a_count_of_everybody_is_refused(
    client: Any, draft: str, add: Any, db: Database, person: Person
) -> None:
    add(PLATE, **COUNT, n="10", is_everybody="y")
    door = f"/assessments/{draft}/dimensions/table"
    page = client.submit(door, {f"{PLATE}-rating": "4", f"{PLATE}-why": "It is better than that"})
    assert page.status == 422
    assert list(page.mistakes) == ["Everybody was counted, and the count allows at most 3."]
    assert assessments.get(db, person, draft).ratings == {}
    assert client.submit(door, {f"{PLATE}-rating": "3"}).status == 200


def test_a_rating_above_a_sample_needs_a_reason(
    client: Any, draft: str, add: Any, db: Database, person: Person
) -> None:
    add(PLATE, **COUNT, n="10")
    door = f"/assessments/{draft}/dimensions/table"
    page = client.submit(door, {f"{PLATE}-rating": "4"})
    assert (page.status, list(page.mistakes)) == (
        422,
        ["The sample allows at most 3. Write below, in a sentence, why 4 is right all the same."],
    )
    assert client.submit(door, {f"{PLATE}-rating": "4", f"{PLATE}-why": "Two more came later"}).status == 200
    assert assessments.get(db, person, draft).ratings == {PLATE: 4}


def test_a_script_is_told_what_a_count_does_not_allow(client: Any, draft: str, add: Any) -> None:
    add(PLATE, **COUNT, n="10", is_everybody="y")
    page = client.get(f"/assessments/{draft}/dimensions/table")
    answer = client.press(page, {f"{PLATE}-rating": "5"}, headers={"Accept": "application/json"})
    assert answer.status == 422
    assert answer.json["refusals"] == {PLATE: "Everybody was counted, and the count allows at most 3."}


def test_a_count_below_the_rating_that_stands_is_kept_and_said(
    client: Any, draft: str, add: Any, rate: Callable[..., None]
) -> None:
    rate(draft, 5)
    page = add(PLATE, **COUNT, n="10", is_everybody="y")
    assert "the rating of 5 cannot stand" in page.text
    page = client.get(f"/assessments/{draft}/dimensions/table")
    assert client.press(page, {}).status == 200, "what nobody touched is not refused"


def test_beneath_a_rating_stands_what_it_rests_on(
    client: Any, draft: str, add: Any, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    add(WORDS, supports="1")
    (first, second) = client.get(f"/assessments/{draft}/dimensions/doorway").words(".rests")
    assert "Rated 3; the evidence carries 1." in first
    assert first.endswith("Add or change evidence for IA")
    assert second.startswith("Evidence None yet. Without evidence this item counts as the lowest rating")
    assert second.endswith("Add evidence for IB")


def test_a_line_is_changed_over_what_it_said(client: Any, draft: str, add: Any, lines: Any) -> None:
    add(WORDS)
    path = f"/assessments/{draft}/evidence/{lines()[0].ref}"
    page = client.get(path)
    assert page.fields()["seen"] == [CARD["seen"]]
    saved = client.press(page, {"finding": "not found", "seen": "No card was there"})
    assert saved.flashes == ["The line is changed."]
    (line,) = lines()
    assert (line.finding, line.seen, line.revision) == ("not found", "No card was there", 2)
    stale = client.press(page, {"seen": "Something else"})
    assert stale.status == 422
    assert lines() == (line,)


def test_a_line_that_is_taken_away_can_be_brought_back(client: Any, draft: str, add: Any, lines: Any) -> None:
    add(WORDS)
    (line,) = lines()
    page = client.get(f"/assessments/{draft}/items/{WORDS}/evidence")
    gone = client.press(page, {}, form=0)
    assert "You can bring it back" in gone.flashes[0]
    assert lines() == ()
    back = client.press(gone, {}, form=len(gone.soup.select("main form")) - 1)
    assert back.flashes == ["The line is back."]
    assert lines()[0].seen == line.seen


def test_the_cover_sheet_knows_the_sources_of_the_evidence(client: Any, draft: str, add: Any) -> None:
    add(WORDS)
    page = client.get(f"/assessments/{draft}/cover")
    assert "The evidence was drawn from: Program manual." in page.text
    client.submit(f"/assessments/{draft}/cover", {"sources": ["charts"]})
    assert "Chart review, Program manual" in client.get(f"/assessments/{draft}/result").text


def test_raters_from_outside_are_told_of_the_agreement_before_they_count(
    client: Any, draft: str, db: Database
) -> None:
    db.execute("UPDATE assessment SET kind = 'external'")
    db.conn.commit()
    page = client.get(f"/assessments/{draft}/items/{PLATE}/evidence")
    assert "only under a written agreement" in page.text


def test_a_sealed_assessment_shows_its_evidence_and_takes_no_more(
    client: Any, draft: str, add: Any, rate: Callable[..., None], lines: Any
) -> None:
    add(WORDS)
    rate(draft, 3)
    (line,) = lines()
    client.submit(f"/assessments/{draft}/seal")
    assert "The card lists both wishes" in client.get(f"/assessments/{draft}/result").text
    assert client.get(f"/assessments/{draft}/items/{WORDS}/evidence").url.endswith("/result")
    answer = client.post(f"/assessments/{draft}/evidence/{line.ref}/remove", {"csrf_token": client.token()})
    assert (answer.status, lines()) == (409, (line,))


def test_what_is_not_there_is_not_found(client: Any, draft: str) -> None:
    assert client.get(f"/assessments/{draft}/items/nowhere/evidence").status == 404
    assert client.get(f"/assessments/{draft}/evidence/nowhere").status == 404
