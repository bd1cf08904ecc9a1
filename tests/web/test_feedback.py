"""The feedback report as a page to print and as PDF: who may see what of it, and when."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Role
from ddcat.records import Evidence, Person
from ddcat.store import evidence, people, raters, roles, saving, trail
from ddcat.store.saving import Change
from tests.web.conftest import Browser

ITEMS = WORDS, RACK, PLATE = "first-words", "coat-rack", "second-plate"
ALONE = {"Ada Lead": (3, 4, 5), "Ben Staff": (3, 2, 4)}


@pytest.fixture
def crew(db: Database, person: Person, draft: str) -> dict[str, Person]:
    """A leader and somebody of the staff, who have rated the draft alone; only she has submitted."""
    with store.writing(db):
        made = [people.create(db, person, name=name, login=name.split()[0].lower()) for name in ALONE]
        for one in made:
            roles.insert(db, person, one, Role.RATER, "assessment", draft)
    raters.rate_alone(db, person, draft)
    for one, stands in zip(made, ("leader", "staff"), strict=True):
        raters.give(db, person, draft, one.ref, items=(), due_on=None, stands=stands)
        given = dict(zip(ITEMS, ALONE[one.name], strict=True))
        saving.save(db, one, draft, {item: Change(value, f"{one.name} says so", 0) for item, value in given.items()})
        evidence.add(db, one, draft, Evidence("", RACK, "observation", f"Hooks seen by {one.name}"))
    raters.submit(db, made[0], draft)
    return {one.name: one for one in made}


@pytest.fixture
def met(db: Database, draft: str, crew: Mapping[str, Person]) -> str:
    """The draft once both have submitted."""
    raters.submit(db, crew["Ben Staff"], draft)
    return draft


def test_result_and_plan_lead_to_the_report(client: Any, draft: str, rate: Callable[..., None]) -> None:
    pages = [f"/assessments/{draft}/{name}" for name in ("result", "plan")]
    assert [client.get(page).soup.select("a[href$='feedback.pdf']") for page in pages] == [[], []]
    rate(draft, 3)
    for page in pages:
        (link,) = client.get(page).soup.select(f"a[href='/assessments/{draft}/feedback.pdf']")
        assert link.text == "Feedback report (PDF)"


@pytest.mark.parametrize("usual", [None, 1, 3, 5])
def test_the_page_to_print_stands_for_every_state(
    client: Any, draft: str, rate: Callable[..., None], usual: int | None
) -> None:
    rate(draft, usual)
    page = client.get(f"/assessments/{draft}/feedback/print")
    assert page.heading == "Evening Harbor"
    assert page.title == "Evening Harbor: feedback report"
    assert page.one("link[rel=stylesheet]")["href"] == "/paper.css"
    assert page.soup.select("a, button, form, input") == []


def test_the_pdf_is_a_download_named_after_program_and_day(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, IB=2)
    page = client.get(f"/assessments/{draft}/feedback.pdf")
    assert (page.status, page.response.mimetype) == (200, "application/pdf")
    wanted = 'attachment; filename="ddcat-evening-harbor-2026-03-02-feedback.pdf"'
    assert page.headers["Content-Disposition"] == wanted
    first = " ".join(PdfReader(BytesIO(page.response.data)).pages[0].extract_text().split())
    assert "One person alone gave every rating." in first


def test_one_who_rated_for_all_is_said_alone_in_the_header(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    (header,) = client.get(f"/assessments/{draft}/feedback/print").words("header .raters")
    assert header == (
        "Self-rating (the program’s own people). One person alone gave every rating. How far another rater would"
        " agree is unknown."
    )


def test_evidence_stands_beside_both_ratings(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    evidence.add(db, person, draft, Evidence("", RACK, "document/manual", "Two hooks each", seen_on="2026-02-02"))
    page = client.get(f"/assessments/{draft}/feedback/print")
    rows = page.words("table.rests-on tbody tr")
    assert rows[0] == "IA First words at the door 3 1 No evidence was recorded."
    assert rows[1].startswith("IB Room for two coats 3 3 Document: program manual")
    assert "1 of the 11 sources on the cover sheet was used: Program manual." in page.text


def test_while_raters_rate_alone_the_report_shows_no_more_than_one_may_see(
    app: Flask, client: Any, draft: str, crew: Mapping[str, Person]
) -> None:
    page = Browser(app, crew["Ada Lead"]).get(f"/assessments/{draft}/feedback/print")
    assert "Raters still rate alone, and not all have submitted" in page.words("header .raters")[0]
    for said in ("Ben Staff says so", "Hooks seen by Ben Staff", "Leaders minus staff", "Two raters gave"):
        assert said not in page.text
    page = client.get(f"/assessments/{draft}/feedback/print")
    assert (page.status, page.heading) == (409, "Raters rate alone")


def test_after_all_have_submitted_it_tells_how_far_they_agree(client: Any, met: str) -> None:
    page = client.get(f"/assessments/{met}/feedback/print")
    assert "Consensus of 2 raters, who rated alone before they agreed." in page.words("header .raters")[0]
    assert "Ada Lead (Leader), Ben Staff (Front-line staff)" in page.text
    assert "Two raters gave the same rating to 1 of 3 items (33.3 %)." in page.text
    assert page.words("table.by-dimension tbody tr") == [
        "I Doorway 1 of 2 1 of 2 1.00 +1.00",
        "II Table 0 of 1 1 of 1 1.00 +1.00",
    ]
    assert page.words("table.differences tbody tr")[0].startswith("IB Room for two coats Ada Lead: 4; Ben Staff: 2 –")


def test_what_was_answered_stands_beside_what_was_found(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    raters.answer(db, person, draft, {"no-sources": "The folder burned."})
    rows = client.get(f"/assessments/{draft}/feedback/print").words("table.checked tbody tr")
    assert [row for row in rows if row.startswith("Nothing says what the ratings rest on")][0].endswith(
        "The folder burned."
    )


def test_a_sealed_report_prints_the_hash_of_its_record(client: Any, db: Database, sealed: str) -> None:
    (hash,) = db.execute("SELECT hash FROM record").fetchone()
    page = client.get(f"/assessments/{sealed}/feedback/print")
    assert {hash, trail.head(db)[1]} <= set(page.words("td.hash"))
    db.execute("UPDATE rating SET value = value % 5 + 1 WHERE assessment_id = (SELECT assessment_id FROM record)")
    db.conn.commit()
    page = client.get(f"/assessments/{sealed}/feedback/print")
    assert hash not in page.text
    assert "This differs from what was sealed; run ddcat verify." in page.text


def test_what_was_sealed_is_checked_as_of_the_day_of_sealing(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    evidence.add(db, person, draft, Evidence("", RACK, "observation", "Hooks", seen_on="2026-03-04"))
    client.submit(f"/assessments/{draft}/seal")
    with db.conn:
        db.execute("UPDATE assessment SET sealed_at = '2026-03-03T12:00:00+00:00' WHERE ref = ?", [draft])
    rows = client.get(f"/assessments/{draft}/feedback/print").words("table.checked tbody tr")
    assert rows[0].startswith("Some evidence is dated later than today.")


def test_an_assessment_of_somebody_else_has_no_report(client: Any, stranger: Mapping[str, str]) -> None:
    for end in ("feedback.pdf", "feedback/print"):
        assert client.get(f"/assessments/{stranger['assessment']}/{end}").status == 404
