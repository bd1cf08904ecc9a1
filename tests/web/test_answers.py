"""The answer sheet on the web: what a patient reads, what the staff see beside it, where it is hosted, who may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence, people, programs, roles, sealing

DAY = (date.today() - timedelta(days=30)).isoformat()
FACTS = {
    "hours_scheduled": 9,
    "days_a_week": 3,
    "planned_stay_days": 84,
    "tracks": ["evening"],
    "telephone": "(503) 555-0142",
    **{f"{name}_as_of": DAY for name in ("hours", "days", "stay", "tracks")},
    **{f"{name}_source": "The printed schedule" for name in ("hours", "days", "stay", "tracks")},
}
YES = "Yes. One plan covers both."
HOSTED = "https://www.example.org/answers.html"


@pytest.fixture
def seal(db: Database, person: Person, start: Callable[..., str], rate: Callable[..., None]) -> Callable[..., str]:
    """`seal("ddcat@4.0", 4, kind="peer")`: an assessment with every item at 4 or below, each with a document."""

    def seal(name: str, usual: int = 4, *, proof: bool = True, **about: Any) -> str:
        volume = shelf.find(name)
        path = shelf.INSTRUMENTS / f"{name.replace('@', '-')}.toml"
        ref = start(path, **{"assessed_on": DAY} | about)
        highest = {i.code: max(r for r in i.ratings if r <= usual) for i in volume.instrument.items}
        rate(ref, **highest)
        for item in volume.instrument.items if proof else ():
            evidence.add(db, person, ref, Evidence("", item.id, "document", "Seen.", "Binder", DAY, "Robin"))
        draft = assessments.get(db, person, ref)
        sealing.seal(db, person, draft, verifying.record(volume.instrument, draft, by=person.ref, at=store.now()))
        return ref

    return seal


def tell(db: Database, person: Person, ref: str, facts: dict[str, Any]) -> None:
    old = programs.get(db, person, ref)
    programs.tell(db, person, ref, facts, old.facts, list(facts))


def hosted(client: Any, ref: str) -> str:
    """The file to host; it is no page of ours, and may have its style and its script in it."""
    return str(client.raw.get(f"/programs/{ref}/answers.html").text)


def test_the_sheet_is_reached_from_the_program(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}")
    assert f"/programs/{program_ref}/answers" in [link["href"] for link in page.soup.select("main a")]


def test_without_a_record_nothing_is_confirmed_and_the_staff_see_what_is_missing(
    client: Any, program_ref: str
) -> None:
    page = client.get(f"/programs/{program_ref}/answers")
    assert "0 of 9 questions are confirmed." in page.text
    assert [said[:13] for said in page.words(".leaflet.open p")] == ["Not confirmed"] * 9
    assert "No sealed assessment by this instrument." in page.text
    assert all(number in page.text for number in ("988", "911", "naloxone"))


def test_what_is_sealed_with_evidence_and_told_with_a_source_is_confirmed(
    client: Any, db: Database, person: Person, program_ref: str, seal: Callable[..., str]
) -> None:
    seal("ddcat@4.0")
    seal("iop-ic@1.0")
    tell(db, person, program_ref, FACTS)
    page = client.get(f"/programs/{program_ref}/answers")
    assert YES in page.text
    assert "Hours a week: 9, on 3 days." in page.text
    assert "Not validated; a structured self-check." in page.text
    assert "Rated by the program itself, not checked from outside." in page.text
    assert "Ask us: (503) 555-0142" in page.text
    assert "The printed schedule" in page.text


def test_ratings_without_evidence_confirm_nothing(client: Any, program_ref: str, seal: Callable[..., str]) -> None:
    seal("ddcat@4.0", 5, proof=False)
    seal("iop-ic@1.0", 5, proof=False)
    page = client.get(f"/programs/{program_ref}/answers")
    assert "0 of 9 questions are confirmed." in page.text
    assert "Rated 5; the evidence carries 1; this takes 4." in page.text


def test_what_was_changed_after_it_was_sealed_does_not_count(
    client: Any, db: Database, program_ref: str, seal: Callable[..., str]
) -> None:
    seal("ddcat@4.0")
    ref = seal("iop-ic@1.0")
    assert YES in client.get(f"/programs/{program_ref}/answers").text
    id = db.execute("SELECT id FROM assessment WHERE ref = ?", [ref]).fetchone()[0]
    with db.conn:
        db.execute("UPDATE rating SET value = 5 WHERE assessment_id = ? AND item = 'one-plan'", [id])
    assert YES not in client.get(f"/programs/{program_ref}/answers").text


def test_what_was_changed_lets_no_older_one_count_that_measures_the_same(
    client: Any, db: Database, program_ref: str, seal: Callable[..., str]
) -> None:
    seal("ddcat@4.0", assessed_on=(date.today() - timedelta(days=200)).isoformat())
    seal("iop-ic@1.0")
    assert YES in client.get(f"/programs/{program_ref}/answers").text
    ref = seal("ddcmht@4.0")
    page = client.get(f"/programs/{program_ref}/answers")
    assert YES in page.text
    assert "Yes. A prescriber who treats addiction is on staff and on site." in page.text
    id = db.execute("SELECT id FROM assessment WHERE ref = ?", [ref]).fetchone()[0]
    with db.conn:
        db.execute("UPDATE rating SET value = 5 WHERE assessment_id = ? AND item = 'treatment-plans'", [id])
    page = client.get(f"/programs/{program_ref}/answers")
    assert YES not in page.text
    assert "The newest sealed assessment is no longer what was sealed." in page.text


def test_of_two_that_measure_the_same_the_one_assessed_last_counts_whichever_was_sealed_last(
    client: Any, program_ref: str, seal: Callable[..., str]
) -> None:
    seal("iop-ic@1.0")
    seal("ddcmht@4.0", 1)
    seal("ddcat@4.0", 5, assessed_on=(date.today() - timedelta(days=200)).isoformat())
    assert YES not in client.get(f"/programs/{program_ref}/answers").text


def test_an_older_assessment_does_not_stand_in_for_the_newest(
    client: Any, program_ref: str, seal: Callable[..., str]
) -> None:
    seal("ddcat@4.0")
    seal("iop-ic@1.0", assessed_on=(date.today() - timedelta(days=200)).isoformat())
    assert YES in client.get(f"/programs/{program_ref}/answers").text
    seal("iop-ic@1.0", 2)
    assert YES not in client.get(f"/programs/{program_ref}/answers").text


def test_the_language_of_the_sheet_is_that_of_the_link(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/answers?language=es")
    assert page.soup.html["lang"] == "en"
    assert page.heading == "Answer sheet, Evening Harbor"
    assert "¿Me aceptan con mi medicina?" in page.text
    assert {part["lang"] for part in page.soup.select("section.leaflet")} == {"es"}
    assert "What if I use?" in client.get(f"/programs/{program_ref}/answers?language=xx").text


def test_the_address_is_kept_shown_as_a_code_and_stands_among_the_facts(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    page = client.submit(f"/programs/{program_ref}/answers", {"answers_address": HOSTED}, form=0)
    assert page.url.startswith(f"/programs/{program_ref}/answers")
    assert programs.get(db, person, program_ref).facts["answers_address"] == HOSTED
    assert page.one(".qr svg title").text == f"QR code that opens {HOSTED}"
    assert HOSTED in page.one(".where").text
    page = client.submit(f"/programs/{program_ref}/answers", {"answers_address": ""}, form=0)
    assert programs.get(db, person, program_ref).facts == {"capacity": 24}


@pytest.mark.parametrize(
    "address",
    [
        "http://www.example.org/",
        "ftp://www.example.org/",
        "https://",
        "https://localhost/",
        "https://ada:secret@example.org/",
        "https://www.example.org/<b>",
        "https://www.example.org/a b",
        "https://www.example.org:none/",
    ],
)
def test_what_is_no_https_address_is_refused_and_nothing_is_kept(
    client: Any, db: Database, person: Person, program_ref: str, address: str
) -> None:
    for page in ("answers", "edit"):
        page = client.submit(f"/programs/{program_ref}/{page}", {"answers_address": address}, form=0)
        assert page.status == 422
        assert list(page.mistakes.values()) == ["answers_address"]
    assert programs.get(db, person, program_ref).facts == {"capacity": 24}
    tell(db, person, program_ref, {"answers_address": address})
    assert "<svg" not in hosted(client, program_ref)


def test_who_was_slower_writes_over_nothing(client: Any, second: Any, program_ref: str) -> None:
    door = f"/programs/{program_ref}/answers"
    window = second.get(door)
    client.submit(door, {"answers_address": HOSTED}, form=0)
    assert second.press(window, {"answers_address": "https://other.example.org/"}, form=0).status == 409
    assert HOSTED in client.get(door).text


@pytest.mark.parametrize(("role", "status"), [(Role.READER, 200), (Role.CONSULTANT, 200), (Role.RATER, 404)])
def test_only_who_may_see_what_is_sealed_sees_the_sheet_and_only_a_director_gives_an_address(
    client: Any, second: Any, db: Database, person: Person, program_ref: str, role: Role, status: int
) -> None:
    with store.writing(db):
        one = people.create(db, person, name="Bo Gull", login="bo@example.org")
        roles.insert(db, person, one, role, "program", program_ref)
    second.be(one)
    door = f"/programs/{program_ref}/answers"
    assert second.get(door).status == second.raw.get(f"{door}.html").status_code == status
    assert second.post(door, {"answers_address": HOSTED, "csrf_token": second.token()}).status == 403
    assert "answers_address" in str(client.get(door).soup)
    if status == 200:
        assert "answers_address" not in str(second.get(door).soup)


def test_the_pdf_and_the_file_to_host_are_downloads_named_by_language(client: Any, program_ref: str) -> None:
    page = client.raw.get(f"/programs/{program_ref}/answers.html?language=es")
    assert page.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-answers-es.html"'
    assert '<html lang="es">' in page.text
    pdf = client.get(f"/programs/{program_ref}/answers.pdf?language=es")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert "answers-es.pdf" in pdf.headers["Content-Disposition"]


def test_a_hostile_name_stays_text(client: Any, db: Database, person: Person, program_ref: str) -> None:
    old = programs.get(db, person, program_ref)
    hostile = "</title><script>alert(1)</script>"
    programs.change(db, person, program_ref, hostile, replace(old).facts | {"telephone": "<b>1</b>"})
    page = hosted(client, program_ref)
    assert "<script>alert" not in page
    assert "<b>1</b>" not in page
