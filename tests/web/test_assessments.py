"""Assessments from the start to the amendment: overview, cover sheet, seal, result, delete and bring back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import facts, scoring, shelf
from ddcat.instrument import Instrument
from ddcat.records import Person
from ddcat.shelf import Volume
from ddcat.store import assessments, programs, saving
from ddcat.store.saving import Change

RATER = {"rater": "Robin Example"}
LANTERN = Path(__file__).parents[1] / "instruments" / "lantern-1.0.toml"


# --- Start ---


def test_an_assessment_starts_with_the_day_and_kind_that_are_usual(
    client: Any, db: Database, person: Person, program_ref: str, today: date
) -> None:
    page = client.submit(f"/programs/{program_ref}/assessments/new", RATER)
    (begun,) = assessments.of_program(db, person, program_ref)
    assert page.url == f"/assessments/{begun.ref}"
    assert page.heading == "Assessment, Evening Harbor"
    assert (begun.assessed_on, begun.kind, begun.rater, begun.period) == (
        today.isoformat(),
        "self",
        "Robin Example",
        1,
    )


def test_starting_takes_a_snapshot_of_the_facts(client: Any, db: Database, person: Person, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/assessments/new", RATER)
    client.submit(f"/programs/{program_ref}/edit", {"capacity": "99", "name": "Morning Harbor"})
    (begun,) = assessments.of_program(db, person, program_ref)
    assert begun.facts == {"primary_focus": "addiction", "capacity": 24}
    assert programs.get(db, person, program_ref).facts == {"capacity": 99}


@pytest.mark.parametrize(
    ("instrument", "chosen", "period"),
    [
        ("lantern@1.0", {}, 2),
        ("candle@1.0", {}, 1),
        ("ddcat@4.0", {}, 1),
        ("lantern@1.0", {"period": "5"}, 5),
        ("candle@1.0", {"period": "2"}, 2),
    ],
)
def test_the_period_follows_what_was_sealed_with_the_instrument_that_is_chosen_unless_one_is_named(
    client: Any,
    db: Database,
    person: Person,
    program_ref: str,
    sealed: str,
    monkeypatch: pytest.MonkeyPatch,
    instrument: str,
    chosen: dict[str, str],
    period: int,
) -> None:
    monkeypatch.setenv("DDCAT_INSTRUMENTS", str(LANTERN.parent))
    place = f"/programs/{program_ref}/assessments/new"
    page = client.get(place)
    assert page.words("option[selected]") == ["The next one"]
    told = page.words("#period-hint")[0]
    assert told.startswith("The next one follows what was sealed with the instrument: DDCAT 4.0: Baseline; ")
    assert "; Lantern 1.0: First follow-up" in told
    assert "; Candle 1.0: Baseline" in told
    begun = client.press(page, {"instrument": instrument, **RATER, **chosen})
    ref = begun.url.rpartition("/")[2]
    kept = assessments.get(db, person, ref)
    assert (kept.period, kept.program_ref) == (period, program_ref)


def test_the_cover_sheet_names_the_period_and_offers_none_that_follows(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/cover")
    assert page.words("#period option[selected]") == ["Baseline"]
    assert client.press(page, {"period": "0"}).mistakes == {"Choose one of the choices that are offered.": "period"}


def test_every_instrument_on_the_shelf_is_offered(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/assessments/new")
    assert [radio["value"] for radio in page.soup.select('[name="instrument"]')] == shelf.names()
    for name in shelf.names():
        assert page.one(f'a[href="/instruments/{name}"]')


@pytest.mark.parametrize(
    ("name", "value", "goes_to"),
    [
        ("assessed_on", str(date.today() + timedelta(days=2)), "assessed_on"),
        ("assessed_on", "1999-12-31", "assessed_on"),
        ("assessed_on", "2026-02-30", "assessed_on"),
        ("assessed_on", "yesterday", "assessed_on"),
        ("assessed_on", "", "assessed_on"),
        ("rater", "", "rater"),
        ("rater", "   ", "rater"),
        ("rater", "x" * 201, "rater"),
        ("kind", "royal", "kind-0"),
        ("instrument", "lantern@1.0", "instrument-0"),
        ("period", "99", "period"),
        ("period", "soon", "period"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused_with_one_link_to_its_field(
    client: Any, db: Database, person: Person, program_ref: str, name: str, value: str | None, goes_to: str
) -> None:
    page = client.submit(f"/programs/{program_ref}/assessments/new", RATER | {name: value})
    assert page.status == 422
    assert [link["href"] for link in page.soup.select("#mistakes a")] == [f"#{goes_to}"]
    assert assessments.of_program(db, person, program_ref) == []


def test_a_refused_start_keeps_what_was_typed(client: Any, program_ref: str) -> None:
    typed = {"rater": "Sasha & Robin", "kind": "peer", "assessed_on": "2999-01-01", "period": "3"}
    page = client.submit(f"/programs/{program_ref}/assessments/new", typed)
    assert {name: page.fields()[name] for name in typed} == {name: [value] for name, value in typed.items()}


# --- Overview ---


def test_the_overview_of_an_empty_draft_begins_with_the_first_dimension(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}")
    assert page.one("a.button")["href"] == f"/assessments/{draft}/dimensions/doorway"
    assert page.words("a.button") == ["Begin with Doorway"]
    assert page.words("table.parts tbody tr") == ["I Doorway 0 of 2", "II Table 0 of 1"]


def test_the_overview_goes_on_with_the_first_open_item(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, None, IA=3)
    page = client.get(f"/assessments/{draft}")
    assert page.words("a.button") == ["Go on with IB"]
    assert page.one("a.button")["href"] == f"/assessments/{draft}/dimensions/doorway#coat-rack"
    assert client.get(page.one("a.button")["href"]).one("#coat-rack")


def test_the_overview_of_a_complete_draft_leads_to_the_seal(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    page = client.get(f"/assessments/{draft}")
    assert page.one("a.button")["href"] == f"/assessments/{draft}/seal"
    assert "Every item is rated" in page.text


@pytest.mark.parametrize(("kind", "warned"), [("self", False), ("peer", True), ("external", True)])
def test_raters_from_outside_are_told_to_get_an_agreement_first(
    client: Any, start: Callable[..., str], kind: str, warned: bool
) -> None:
    ref = start(kind=kind)
    assert ("only under a written agreement" in client.get(f"/assessments/{ref}").text) is warned
    client.submit(f"/assessments/{ref}/cover", {"chart_agreement": "y"})
    assert "only under a written agreement" not in client.get(f"/assessments/{ref}").text


def test_every_link_of_the_overview_opens(client: Any, ddcat_draft: str) -> None:
    for link in client.get(f"/assessments/{ddcat_draft}").soup.select("main a[href^='/']"):
        if not link["href"].endswith(".pdf"):
            assert client.get(link["href"]).status == 200


@pytest.mark.parametrize("usual", [None, 3])
def test_progress_is_the_same_on_every_page_that_shows_it(
    client: Any, program_ref: str, draft: str, rate: Callable[..., None], usual: int | None
) -> None:
    rate(draft, usual, IB=2)
    n = 1 if usual is None else 3
    assert f"Draft. {n} of 3 rated" in client.get(f"/programs/{program_ref}").text
    assert f"Draft: {n} of 3 rated" in client.get("/").text
    overview = client.get(f"/assessments/{draft}")
    assert [overview.one("progress")[name] for name in ("value", "max")] == [str(n), "3"]
    parts = [row.split(" of ")[0][-1] for row in overview.words("table.parts tbody tr")]
    page = client.get(f"/assessments/{draft}/dimensions/doorway")
    assert [words[0] for words in page.words("nav [data-progress]")] == parts
    assert f"{n} of 3" in page.words("[data-progress=all]")
    assert len(client.get(f"/assessments/{draft}/seal").words(".summary li")) == 3 - n


# --- Cover sheet ---


def test_the_cover_sheet_has_every_field(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/cover")
    for field in facts.fields(facts.COVER):
        assert page.soup.select(f'[name="{field.name}"]'), field.name
        assert field.label in page.text


def test_the_cover_sheet_comes_back_as_it_was_filled_in(
    client: Any, db: Database, person: Person, draft: str
) -> None:
    said = {"sources": ["charts", "tour"], "charts_reviewed": "20", "visit_dates": "3 and 4 March", "rater": "Both"}
    client.submit(f"/assessments/{draft}/cover", said | {"chart_agreement": "y", "kind": "external", "period": "2"})
    kept = assessments.get(db, person, draft)
    assert kept.cover == {
        "sources": ["charts", "tour"],
        "charts_reviewed": 20,
        "visit_dates": "3 and 4 March",
        "chart_agreement": True,
    }
    assert (kept.kind, kept.period, kept.rater, kept.assessed_on) == ("external", 2, "Both", "2026-03-02")
    shown = client.get(f"/assessments/{draft}/cover").fields()
    assert (shown["sources"], shown["charts_reviewed"], shown["chart_agreement"]) == (
        ["charts", "tour"],
        ["20"],
        ["y"],
    )


@pytest.mark.parametrize("hours", ["6.5", "7", "0.25", "0"])
def test_hours_come_back_as_they_were_typed(client: Any, draft: str, hours: str) -> None:
    client.submit(f"/assessments/{draft}/cover", {"hours_spent": hours})
    assert client.get(f"/assessments/{draft}/cover").fields()["hours_spent"] == [hours]
    assert f"Hours spent {hours}" in " ".join(client.get(f"/assessments/{draft}/result").words("table.facts tr"))


@pytest.mark.parametrize("hours", ["-1", "NaN", "Infinity", "many", "10001", "1e400"])
def test_hours_that_are_no_number_of_hours_are_refused(client: Any, draft: str, hours: str) -> None:
    page = client.submit(f"/assessments/{draft}/cover", {"hours_spent": hours})
    assert page.status == 422
    assert set(page.mistakes.values()) == {"hours_spent"}
    assert page.fields()["hours_spent"] == [hours]


def test_a_refused_cover_sheet_changes_nothing(client: Any, db: Database, person: Person, draft: str) -> None:
    wrong = {"rater": "", "charts_reviewed": "-2", "assessed_on": "2999-01-01", "sources": ["charts"]}
    page = client.submit(f"/assessments/{draft}/cover", wrong)
    assert page.status == 422
    assert set(page.mistakes.values()) == {"rater", "charts_reviewed", "assessed_on"}
    assert page.fields()["sources"] == ["charts"]
    assert assessments.get(db, person, draft).cover == {}


# --- Seal ---


def test_the_seal_page_leads_to_the_first_choice_of_every_open_item(
    client: Any, ddcat_draft: str, rate: Callable[..., None], ddcat: Volume
) -> None:
    open_items = [dimension.items[-1] for dimension in ddcat.instrument.dimensions]
    rate(ddcat_draft, 3, **{item.code: None for item in open_items})
    page = client.get(f"/assessments/{ddcat_draft}/seal")
    assert page.words(".summary a") == [f"{item.code} {item.title}" for item in open_items]
    for link in page.soup.select(".summary a"):
        address, _, fragment = link["href"].partition("#")
        assert client.get(address).soup.select_one(f"fieldset:has(#{fragment}) input")["id"] == fragment


def test_an_incomplete_draft_is_not_sealed(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, None, IA=3)
    page = client.post(f"/assessments/{draft}/seal", {"csrf_token": client.token(), "seen": "3"})
    assert page.status == 422
    assert page.words(".summary h2") == ["2 items are not yet rated"]
    assert page.words(".summary a") == ["IB Room for two coats", "IIA The second plate"]
    assert not assessments.get(db, person, draft).is_sealed


def test_sealing_freezes_with_the_result_of_the_day(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None], lantern: Instrument
) -> None:
    rate(draft, 3)
    page = client.submit(f"/assessments/{draft}/seal")
    assert page.heading == "Result, Evening Harbor"
    assert page.flashes[0].startswith("Sealed.")
    (row,) = db.query("SELECT sealed_at, result FROM assessment WHERE ref = ?", [draft])
    assert '"overall":"3"' in row["result"]
    assert assessments.get(db, person, draft).is_sealed


def test_a_rating_that_changed_meanwhile_is_looked_at_before_the_seal(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    opened = client.get(f"/assessments/{draft}/seal")
    rate(draft, IA=1)
    page = client.press(opened)
    assert page.status == 422
    assert "Something in this assessment changed since you opened this page" in page.text
    assert not assessments.get(db, person, draft).is_sealed
    assert client.press(page).url == f"/assessments/{draft}/result"


def test_a_rating_that_changes_during_the_seal_is_looked_at_too(
    client: Any, app: Flask, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    opened = client.get(f"/assessments/{draft}/seal")
    with closing(sqlite3.connect(app.config["DATABASE"], check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE rating SET value = 1, revision = revision + 1 WHERE item = 'first-words'")
        later = Timer(0.3, other.commit)
        later.start()
        page = client.press(opened)
        later.join()
    assert page.status == 422
    assert "Something in this assessment changed since you opened this page" in page.text


def test_a_draft_without_sources_is_warned_of_before_the_seal(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    assert "names no sources of information" in client.get(f"/assessments/{draft}/seal").text
    client.submit(f"/assessments/{draft}/cover", {"sources": ["charts"]})
    assert "names no sources of information" not in client.get(f"/assessments/{draft}/seal").text


def test_after_the_seal_every_page_of_the_draft_leads_to_the_result(client: Any, sealed: str) -> None:
    for page in ("", "/cover", "/seal", "/dimensions/doorway"):
        assert client.get(f"/assessments/{sealed}{page}").url == f"/assessments/{sealed}/result"


def test_what_arrives_after_the_seal_is_refused_and_changes_nothing(
    client: Any, second: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    windows = [second.get(f"/assessments/{draft}{page}") for page in ("/dimensions/doorway", "/cover", "")]
    client.submit(f"/assessments/{draft}/seal")
    before = assessments.get(db, person, draft)
    changes: list[dict[str, str]] = [{"first-words-rating": "5"}, {"rater": "Someone else"}, {}]
    for window, change in zip(windows, changes, strict=True):
        page = second.press(window, change)
        assert (page.status, page.heading) == (409, "This assessment no longer changes")
    assert assessments.get(db, person, draft) == before


def test_sealing_twice_shows_the_result(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 3)
    opened = client.get(f"/assessments/{draft}/seal")
    client.press(opened)
    assert client.press(opened).url == f"/assessments/{draft}/result"


# --- Result ---


def test_a_complete_result_is_one_sentence_and_both_methods(client: Any, sealed: str) -> None:
    page = client.get(f"/assessments/{sealed}/result")
    assert page.words(".headline") == [
        "This program is in the band “Between dim and lit”, with an overall score of 2.50 out of 5."
    ]
    scale, criterion = page.words("table.methods tbody tr")
    assert scale.startswith("Scale method Between dim and lit Dim: 1.00 Overall score 2.50")
    assert criterion.startswith(
        "Criterion method Lit Dim: 0 of 3 at 3 or more; 0 of 3 at 5"
        " 2 of 3 items (66.7 %) rated 3 or more; 0 of 3 items (0 %) rated 5"
    )


def test_where_the_methods_differ_the_page_says_why(
    client: Any, start: Callable[..., str], rate: Callable[..., None]
) -> None:
    differing, agreeing = start(), start()
    rate(differing, 3, IA=1)
    rate(agreeing, 3)
    (why,) = client.get(f"/assessments/{differing}/result").words("p.why")
    assert why.startswith("The methods differ because")
    assert client.get(f"/assessments/{agreeing}/result").words("p.why") == []


def test_the_numbers_of_the_profile_stand_in_its_table(client: Any, sealed: str) -> None:
    page = client.get(f"/assessments/{sealed}/result")
    rows = [row.select("th, td") for row in page.soup.select("table.profile tbody tr")]
    assert [[cells[n].get_text(strip=True) for n in (0, 2, 3, 4)] for cells in rows] == [
        ["I Doorway", "2.00", "1.00", "dim/lit"],
        ["II Table", "3.00", "1.00", "lit"],
        ["Overall", "2.50", "1.00", "dim/lit"],
    ]
    assert page.words("table.profile tbody svg title") == ["I Doorway: 2.00", "II Table: 3.00", "Overall: 2.50"]


def test_focus_areas_strengths_and_what_is_nearest_are_shown(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, IB=2)
    page = client.get(f"/assessments/{draft}/result")
    assert [row[-11:] for row in page.words("table.focus tbody tr")] == ["2.50 2 of 2", "2.50 2 of 2"]
    assert page.words(".pair section:first-child li") == [
        "IA First words at the door rated 3",
        "IIA The second plate rated 3",
    ]
    assert page.words(".pair section:last-child li") == [
        "IB Room for two coats rated 2",
        "IIA The second plate rated 3",
        "IA First words at the door rated 3",
    ]


@pytest.mark.parametrize(("kind", "said"), [("self", True), ("peer", False), ("external", False)])
def test_only_self_ratings_are_said_to_run_high(
    client: Any, start: Callable[..., str], kind: str, said: bool
) -> None:
    page = client.get(f"/assessments/{start(kind=kind)}/result")
    assert ("Self-ratings run high." in page.text) is said


def test_a_provisional_result_says_so_with_its_bounds(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 3)
    client.submit(f"/assessments/{draft}/dimensions/doorway", {"coat-rack-rating": ""})
    page = client.get(f"/assessments/{draft}/result")
    (notice,) = [words for words in page.words(".notice") if words.startswith("Provisional.")]
    assert "2 of 3 items are rated" in notice
    assert "between 2.50 and 3.50" in notice
    assert "the band between “Between dim and lit” and “Lit”" in notice
    assert "certain: Lit" in notice
    assert page.words(".headline")[0].startswith("So far this program is in the band")


def test_a_result_of_nothing_has_bounds_but_no_score(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/result")
    assert page.words(".headline") == [
        "3 items are not yet rated; the program may end anywhere from “Dim” to “Bright”."
    ]
    assert "Not yet known" in page.words("table.methods tbody tr")[0]
    assert page.words("table.profile tbody tr td.num") == ["–"] * 6


def test_a_complete_result_is_not_called_provisional(client: Any, sealed: str) -> None:
    assert "Provisional" not in client.get(f"/assessments/{sealed}/result").text


def test_the_result_shows_the_facts_of_the_day_it_began(
    client: Any, program_ref: str, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, why={"IA": "Greeting card"})
    client.submit(f"/programs/{program_ref}/edit", {"capacity": "99"})
    page = client.get(f"/assessments/{draft}/result")
    assert page.words("table.facts tr") == ["Primary focus Addiction treatment", "Capacity 24"]
    assert page.words("table.detail tbody tr") == ["IA First words at the door 3 1 Greeting card"]


def test_the_result_of_the_ddcat_agrees_with_the_worked_example(
    client: Any, db: Database, ddcat: Volume, ddcat_draft: str, profiles: Any, person: Person
) -> None:
    changes = {item: Change(rating, "", 0) for item, rating in profiles["T3"].items()}
    saving.save(db, person, ddcat_draft, changes)
    page = client.get(f"/assessments/{ddcat_draft}/result")
    assert scoring.score(ddcat.instrument, profiles["T3"]).criterion.level == "AOS"
    assert "overall score of 2.37 out of 5" in page.words(".headline")[0]
    assert "27 of 35 items (77.1 %) rated 3 or more" in page.words("table.methods tbody tr")[1]
    assert len(page.words("table.focus .head")) == 4


# --- Amend ---


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001, "a\x00b"])
def test_an_amendment_needs_a_reason(client: Any, db: Database, sealed: str, reason: str) -> None:
    page = client.submit(f"/assessments/{sealed}/amend", {"reason": reason})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["reason"]
    assert len(list(db.query("SELECT 1 FROM assessment"))) == 1


def test_an_amendment_is_a_draft_that_begins_as_a_copy_and_keeps_the_old(
    client: Any, db: Database, person: Person, sealed: str
) -> None:
    old = assessments.get(db, person, sealed)
    page = client.submit(f"/assessments/{sealed}/amend", {"reason": "IA was misread"})
    new = assessments.get(db, person, page.url.rsplit("/", 1)[1])
    assert page.heading == "Amendment, Evening Harbor"
    assert "Reason for the amendment: IA was misread" in page.text
    assert (new.edition, new.ratings, new.amends, new.is_sealed) == (2, old.ratings, sealed, False)
    kept = assessments.get(db, person, sealed)
    assert (kept.ratings, kept.sealed_at, kept.amended_by) == (old.ratings, old.sealed_at, new.ref)


def test_both_editions_say_of_each_other(client: Any, sealed: str, rate: Callable[..., None]) -> None:
    new = client.submit(f"/assessments/{sealed}/amend", {"reason": "IA was misread"}).url.rsplit("/", 1)[1]
    rate(new, IA=3)
    result = client.submit(f"/assessments/{new}/seal")
    assert "edition 2" in result.words(".about")[0]
    assert "Reason: IA was misread" in result.text
    assert result.one(f'.notice a[href="/assessments/{sealed}/result"]')
    old = client.get(f"/assessments/{sealed}/result")
    assert old.one(f'.notice a[href="/assessments/{new}"]')
    assert "overall score of 2.50" in old.words(".headline")[0]
    assert "overall score of 3.00" in result.words(".headline")[0]


def test_a_second_amendment_leads_to_the_one_that_was_begun(client: Any, second: Any, sealed: str) -> None:
    window = second.get(f"/assessments/{sealed}/amend")
    first = client.submit(f"/assessments/{sealed}/amend", {"reason": "One"})
    assert second.press(window, {"reason": "Two"}).url == first.url
    assert "Amend this assessment" not in client.get(f"/assessments/{sealed}/result").text


def test_a_draft_cannot_be_amended(client: Any, draft: str) -> None:
    assert client.get(f"/assessments/{draft}/amend").url == f"/assessments/{draft}"


# --- Delete and bring back ---


def test_a_deleted_draft_can_be_brought_back_from_the_programs_page(
    client: Any, db: Database, person: Person, program_ref: str, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, None, IA=3)
    page = client.submit(f"/assessments/{draft}")
    assert page.url == f"/programs/{program_ref}"
    assert "Deleted drafts" in page.words("h2")
    back = client.press(page)
    assert (back.url, back.flashes) == (f"/assessments/{draft}", ["The draft is back."])
    assert assessments.get(db, person, draft).ratings == {"first-words": 3}


def test_a_deleted_draft_says_so_and_takes_nothing_in(
    client: Any, second: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    windows = [second.get(f"/assessments/{draft}{page}") for page in ("/dimensions/doorway", "/cover", "/seal", "")]
    client.submit(f"/assessments/{draft}")
    assert client.get(f"/assessments/{draft}").words("main button") == ["Bring this draft back"]
    assert "bring it back before you seal it" in client.get(f"/assessments/{draft}/seal").text
    for window, change in zip(windows, ({"first-words-rating": "5"}, {}, {}, {}), strict=True):
        assert second.press(window, change).status == 409
    assert assessments.get(db, person, draft).ratings["first-words"] == 3


def test_the_pages_of_a_deleted_draft_offer_nothing_to_fill_in(client: Any, draft: str) -> None:
    client.submit(f"/assessments/{draft}")
    for page in ("/dimensions/doorway", "/cover"):
        assert client.get(f"/assessments/{draft}{page}").words("main form button") in ([], ["Bring this draft back"])


def test_a_deleted_amendment_frees_its_place_and_cannot_come_back_beside_another(client: Any, sealed: str) -> None:
    first = client.submit(f"/assessments/{sealed}/amend", {"reason": "One"}).url
    deleted = client.submit(first)
    other = client.submit(f"/assessments/{sealed}/amend", {"reason": "Two"}).url
    assert other != first
    assert client.press(deleted).status == 409


def test_a_sealed_assessment_cannot_be_deleted(client: Any, db: Database, person: Person, sealed: str) -> None:
    page = client.post(f"/assessments/{sealed}/delete", {"csrf_token": client.token()})
    assert page.status == 409
    assert assessments.get(db, person, sealed).deleted_at is None
