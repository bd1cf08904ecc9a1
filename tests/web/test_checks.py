"""What the checks find stands on a page, before the seal, with a place for each answer."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat.records import Evidence, Person
from ddcat.store import assessments, evidence

FULL = Evidence(
    *("", "second-plate", "count/charts"),
    seen_on="2026-02-02",
    finding="count",
    counts={"given": 5, "chosen": 0},
    n=10,
    is_everybody=True,
)


@pytest.fixture
def door(draft: str) -> str:
    return f"/assessments/{draft}/checks"


@pytest.fixture
def answers(db: Database, person: Person, draft: str) -> Callable[[], Mapping[str, str]]:
    return lambda: {key: answer.text for key, answer in assessments.get(db, person, draft).answers.items()}


@pytest.fixture
def shared(db: Database, draft: str) -> Callable[[], None]:
    """`shared()`: the first item was rated by somebody else."""

    def shared() -> None:
        with db.conn:
            db.execute("INSERT INTO person (id, ref, name) VALUES (77, 'beef', 'Someone else')")
            db.execute("UPDATE rating SET person_id = 77 WHERE item = 'first-words'")

    return shared


def test_findings_stand_by_gravity_with_links_to_their_items(
    client: Any, draft: str, door: str, rate: Callable[..., None], db: Database, person: Person
) -> None:
    rate(draft, 5)
    evidence.add(db, person, draft, FULL)
    page = client.get(door)
    assert "1 thing stands in the way of sealing." in page.words(".lead")[0]
    first, *others = page.words("main form h2")
    assert first == "Mend before sealing (1)"
    assert others[0].startswith("Mend or answer (")
    (link,) = page.soup.select("main form section:first-of-type .hint a")
    assert link["href"].endswith("/dimensions/table#second-plate")


def test_an_answer_is_kept_and_can_be_taken_back(
    client: Any, draft: str, door: str, rate: Callable[..., None], answers: Callable[[], Mapping[str, str]]
) -> None:
    rate(draft, 5, IB=4)
    page = client.get(door)
    key = page.soup.textarea["name"]
    questions = len(page.soup.select("section:first-of-type textarea"))
    saved = client.press(page, {key: "The card hangs at the door"})
    assert (saved.flashes, answers()) == (["Saved."], {key: "The card hangs at the door"})
    assert f"{questions - 1} questions have no answer yet." in saved.words(".lead")[0]
    client.press(saved, {key: ""})
    assert answers() == {}


def test_an_answer_that_looks_like_patient_data_is_asked_about(
    client: Any, draft: str, door: str, rate: Callable[..., None], answers: Callable[[], Mapping[str, str]]
) -> None:
    rate(draft, 5)
    page = client.get(door)
    key = page.soup.textarea["name"]
    refused = client.press(page, {key: "Client Mary Miller said so"})
    assert (refused.status, answers()) == (422, {})
    assert list(refused.mistakes.values()) == [key]


def test_answers_of_two_windows_do_not_write_over_each_other(
    client: Any, second: Any, draft: str, door: str, rate: Callable[..., None], answers: Any
) -> None:
    rate(draft, 5)
    window = second.get(door)
    key = window.soup.textarea["name"]
    client.submit(door, {key: "First"})
    assert second.press(window, {key: "Second"}).status == 422
    assert answers() == {key: "First"}


def test_what_refuses_stands_in_the_way_of_the_seal(
    client: Any, draft: str, rate: Callable[..., None], db: Database, person: Person
) -> None:
    rate(draft, 5)
    page = client.get(f"/assessments/{draft}/seal")
    assert "have no answer yet" in page.text
    evidence.add(db, person, draft, FULL)
    refused = client.get(f"/assessments/{draft}/seal")
    assert "These must be mended first" in refused.text
    assert refused.soup.select("main form") == []
    assert client.press(page, {}).status == 422
    assert not assessments.get(db, person, draft).is_sealed


def test_questions_without_an_answer_do_not_stand_in_the_way(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 5)
    assert client.submit(f"/assessments/{draft}/seal").url == f"/assessments/{draft}/result"


def test_an_assessment_without_findings_says_so(
    client: Any, draft: str, door: str, rate: Callable[..., None], shared: Callable[[], None]
) -> None:
    client.submit(f"/assessments/{draft}/cover", {"sources": ["charts"]})
    rate(draft, 1)
    shared()
    page = client.get(door)
    assert page.words(".lead") == ["The checks find no gap and no contradiction."]
    assert page.one('a[href$="/seal"]')


def test_where_nothing_is_rated_there_is_nothing_to_check_and_the_way_leads_to_rating(
    client: Any, draft: str, door: str, ddcat_draft: str
) -> None:
    for page, first in ((client.get(door), "Doorway"), (client.get(door.replace(draft, ddcat_draft)), "Program")):
        assert page.words(".lead") == ["Nothing is rated yet, so there is nothing to check."]
        assert "no gap" not in page.text
        assert not page.soup.select('a[href$="/seal"]')
        assert page.words("a.button")[0].startswith(f"Begin with {first}")
        assert "/dimensions/" in page.one("a.button")["href"]
    assert "Nothing is rated yet, so there is nothing to check." in client.get(f"/assessments/{draft}/result").text


def test_of_what_is_rated_in_part_only_that_part_is_said_to_be_checked(
    client: Any, draft: str, door: str, rate: Callable[..., None], shared: Callable[[], None]
) -> None:
    client.submit(f"/assessments/{draft}/cover", {"sources": ["charts"]})
    rate(draft, IA=1, IB=1)
    asked = client.get(door)
    assert asked.words("main form h2") == ["Good to know (1)"]
    shared()
    quiet = client.get(door)
    assert "In these the checks find no gap and no contradiction." in quiet.text
    for page in (asked, quiet):
        assert page.words(".lead") == ["2 of 3 items are rated, and only those are checked."]
        assert "Nothing stands in the way of sealing" not in page.text
        assert page.words("a.button") == ["Go on with IIA"]
        assert not page.soup.select('a[href$="/seal"]')


def test_a_sealed_assessment_takes_no_answer(client: Any, sealed: str) -> None:
    assert client.get(f"/assessments/{sealed}/checks").url == f"/assessments/{sealed}/result"
    assert client.post(f"/assessments/{sealed}/checks", {"csrf_token": client.token()}).status == 409
