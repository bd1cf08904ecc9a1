"""The first page: what to do in an empty house, and the way to everything in a full one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import agencies, programs
from ddcat.web import create_app

CANDLE = Path(__file__).parents[1] / "instruments" / "candle-1.0.toml"


def test_an_empty_house_explains_itself_and_offers_the_first_step(client: Any) -> None:
    page = client.get("/")
    assert page.heading == "Programs"
    assert page.words("main a.button") == ["Add your agency"]
    assert len(page.words("ol.path li")) == 3
    assert not page.words("h2")


def test_an_agency_without_a_program_offers_the_first_one(client: Any, agency_ref: str) -> None:
    page = client.get("/")
    assert "This agency has no program yet" in page.text
    assert page.one(f'a[href="/agencies/{agency_ref}/programs/new"]')


def test_programs_stand_under_their_agency_by_name(client: Any, db: Database, person: Person) -> None:
    for agency, names in {"Zephyr": ["beta", "Alpha"], "aster": ["Gamma"]}.items():
        ref = agencies.add(db, person, agency, {}).ref
        for name in names:
            programs.add(db, person, ref, name, {})
    page = client.get("/")
    assert page.words("main h2") == ["aster", "Zephyr"]
    assert [words.split()[0] for words in page.words("ul.cards a")] == ["Gamma", "Alpha", "beta"]


def test_the_doors_of_two_agencies_can_be_told_apart(client: Any, db: Database, person: Person) -> None:
    for name in ("North", "South"):
        agencies.add(db, person, name, {})
    links = set(client.get("/").words("main a"))
    assert {"Add a program to North", "Add a program to South"} <= links
    assert {"Facts of the agency North", "Facts of the agency South"} <= links


def test_a_program_says_how_far_its_newest_assessment_is(
    client: Any, program_ref: str, start: Callable[..., str], rate: Callable[..., None]
) -> None:
    assert "Not yet assessed" in client.get("/").text
    rate(start(assessed_on="2026-02-01"), None, IA=3)
    assert "Draft: 1 of 3 rated" in client.get("/").words("ul.cards a")[0]
    start(assessed_on="2025-02-01")
    assert "Draft: 1 of 3 rated" in client.get("/").words("ul.cards a")[0]


def test_a_program_says_the_band_of_a_sealed_assessment(client: Any, sealed: str) -> None:
    assert "Between dim and lit, 2.50" in client.get("/").words("ul.cards a")[0]


def test_a_deleted_draft_does_not_stand_on_the_first_page(client: Any, draft: str) -> None:
    client.submit(f"/assessments/{draft}")
    assert "Not yet assessed" in client.get("/").words("ul.cards a")[0]


def test_every_link_of_the_first_page_opens(client: Any, program_ref: str) -> None:
    for link in client.get("/").soup.select("a[href^='/']"):
        assert client.get(link["href"]).status == 200


def test_somebody_elses_programs_are_not_listed(client: Any, stranger: dict[str, str]) -> None:
    text = client.get("/").text
    assert "Evening Harbor" in text
    assert "Foreign agency" not in text
    assert "Secret" not in text


def test_only_the_demo_says_that_everybody_is_invented(client: Any, app: Flask) -> None:
    assert "invented" not in client.get("/").text
    demo = create_app(DATA=app.config["DATA"], TESTING=True, DEMO=True)
    assert b"every agency, program and person here is invented" in demo.test_client().get("/login").data


def test_browsers_find_the_mark_for_the_tab(client: Any) -> None:
    page = client.get("/favicon.ico")
    assert page.status == 200
    assert page.response.mimetype == "image/svg+xml"


def test_the_style_of_paper_is_served_for_printing(client: Any) -> None:
    page = client.get("/paper.css")
    assert page.response.mimetype == "text/css"
    assert "@page" in page.response.text


def test_an_open_amendment_does_not_hide_what_is_sealed(client: Any, sealed: str) -> None:
    client.submit(f"/assessments/{sealed}/amend", {"reason": "A chart was misread"})
    card = client.get("/").words("ul.cards a")[0]
    assert "Between dim and lit, 2.50" in card
    assert "Draft of an amendment: 3 of 3 rated" in card


def test_a_follow_up_under_way_stands_beside_the_sealed_baseline(
    client: Any, sealed: str, start: Callable[..., str]
) -> None:
    start(assessed_on="2026-11-01")
    card = client.get("/").words("ul.cards a")[0]
    assert "Between dim and lit, 2.50" in card
    assert "Draft: 0 of 3 rated" in card


def test_a_program_says_how_it_stands_with_each_instrument(
    client: Any, sealed: str, start: Callable[..., str], rate: Callable[..., None]
) -> None:
    rate(start(CANDLE, assessed_on="2026-11-20"), 3)
    card = client.get("/").words("ul.cards a")[0]
    assert "Lantern 1.0: Between dim and lit, 2.50" in card
    assert card.index("Lantern 1.0: Between") < card.index("Draft: 3 of 3 rated · Candle 1.0")


def test_a_sealed_checklist_hides_neither_a_result_nor_a_draft_of_another_instrument(
    client: Any, sealed: str, start: Callable[..., str], rate: Callable[..., None]
) -> None:
    start(assessed_on="2026-06-01")
    other = start(CANDLE, assessed_on="2026-11-20")
    rate(other, 3)
    client.submit(f"/assessments/{other}/seal")
    card = client.get("/").words("ul.cards a")[0]
    assert "Lantern 1.0: Between dim and lit, 2.50" in card
    assert "Draft: 0 of 3 rated · Lantern 1.0" in card
    assert "Candle 1.0: " in card
