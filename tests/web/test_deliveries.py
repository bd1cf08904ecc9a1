"""Did it work: the page, its papers and the board's page, from a baseline to its follow-up."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import shelf, store
from ddcat.access import Role
from ddcat.records import Action, Person, Plan
from ddcat.store import actions, assessments, people, plans, roles
from tests.web.conftest import Browser

ITEM = {"IA": "first-words", "IB": "coat-rack", "IIA": "second-plate"}


@pytest.fixture
def act(db: Database, person: Person) -> Callable[..., str]:
    """`act(ref, "IA", 3)`: an action that was planned from this assessment and is done."""

    def act(ref: str, code: str, to: int, **more: Any) -> str:
        rating = assessments.get(db, person, ref).ratings[ITEM[code]]
        usual = {"item": ITEM[code], "rating": rating, "expected": to, "what": f"Raise {code}", "state": "done"}
        return actions.add(db, person, ref, Action(**{**usual, "owner": "Ada Finch", **more}))

    return act


@pytest.fixture
def follow(client: Any, start: Callable[..., str], rate: Callable[..., None]) -> Callable[..., str]:
    """`follow("2027-03-02", IA=3)`: a follow-up with these ratings, the others 3, sealed on this day."""

    def follow(on: str = "2027-03-02", sealed: bool = True, **by_code: int) -> str:
        ref = start(assessed_on=on, period=2)
        rate(ref, 3, **by_code)
        if sealed:
            assert client.submit(f"/assessments/{ref}/seal").url == f"/assessments/{ref}/result"
        return ref

    return follow


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def test_the_page_tells_what_moved_and_what_became_of_each_action(
    client: Any, sealed: str, follow: Any, act: Any
) -> None:
    hit, miss = act(sealed, "IA", 3), act(sealed, "IIA", 5)
    page = client.get(f"/assessments/{follow(IA=3)}/progress")
    assert page.heading == "Progress, Evening Harbor"
    assert page.words(".headline")[0].startswith("Since March 2, 2026 the overall score rose by 0.500")
    assert "1 of 2 actions that can be judged have reached the rating that they expected." in page.text
    rows = page.words(".outcomes tbody tr")
    assert "✓ hit" in rows[0]
    assert "✗ miss" in rows[1]
    assert {link["href"] for link in page.soup.select(".outcomes a")} == {f"/actions/{ref}" for ref in (hit, miss)}


def test_the_result_leads_to_progress_only_where_there_is_an_earlier_one(
    client: Any, sealed: str, follow: Any
) -> None:
    def links(ref: str) -> list[str]:
        return [link["href"] for link in client.get(f"/assessments/{ref}/result").soup.select(".actions a")]

    after = follow(IA=3)
    assert f"/assessments/{after}/progress" in links(after)
    assert f"/assessments/{sealed}/progress" not in links(sealed)
    assert f"/assessments/{sealed}/summary.pdf" in links(sealed)


def test_the_first_assessment_says_what_will_stand_there_and_when(client: Any, sealed: str, follow: Any) -> None:
    page = client.get(f"/assessments/{sealed}/progress")
    assert "There is no earlier assessment to compare this one with." in page.text
    assert "Rate again between March 2027 and September 2027" in page.text
    after = follow(IA=3)
    page = client.get(f"/assessments/{sealed}/progress")
    assert page.soup.select(f'a[href="/assessments/{after}/progress"]')


@pytest.mark.parametrize("kind", ["progress.pdf", "progress/print"])
def test_where_there_is_nothing_to_compare_paper_leads_to_the_page_that_says_so(
    client: Any, sealed: str, kind: str
) -> None:
    assert client.get(f"/assessments/{sealed}/{kind}").url == f"/assessments/{sealed}/progress"


def test_a_draft_follow_up_is_not_judged_before_it_is_sealed(client: Any, sealed: str, follow: Any, act: Any) -> None:
    act(sealed, "IA", 3)
    draft = follow(sealed=False, IA=3)
    page = client.get(f"/assessments/{draft}/progress")
    assert "Nothing is judged before this assessment is sealed." in page.text
    assert "hit" not in page.text
    assert "Did it work?" not in client.get(f"/assessments/{sealed}/plan").text


def test_another_instrument_is_refused_with_the_reason(client: Any, sealed: str, start: Any, rate: Any) -> None:
    other = start(shelf.INSTRUMENTS / "ddcat-4.0.toml", assessed_on="2027-03-02")
    rate(other, 3)
    client.submit(f"/assessments/{other}/seal")
    page = client.get(f"/assessments/{other}/progress")
    assert "was rated with another instrument, Lantern 1.0: its scores mean something else" in page.text
    assert not page.soup.select(".changes")


def test_an_assessment_with_another_instrument_does_not_stand_in_the_way(
    client: Any, sealed: str, start: Any, rate: Any, follow: Any, act: Any
) -> None:
    act(sealed, "IA", 3)
    other = start(shelf.INSTRUMENTS / "ddcat-4.0.toml", assessed_on="2026-09-02")
    rate(other, 3)
    client.submit(f"/assessments/{other}/seal")
    for ref in (sealed, other):
        assert f'href="/assessments/{ref}/progress"' not in client.get(f"/assessments/{ref}/result").response.text
    assert f"/assessments/{other}/progress" not in client.get(f"/assessments/{sealed}/progress").response.text
    after = follow(IA=3)
    assert client.get(f"/assessments/{sealed}/progress").soup.select(f'a[href="/assessments/{after}/progress"]')
    assert client.get(f"/assessments/{after}/result").soup.select(f'a[href="/assessments/{after}/progress"]')
    page = client.get(f"/assessments/{after}/progress")
    assert page.words(".headline")[0].startswith("Since March 2, 2026 ")
    assert "1 of 1 action that can be judged has reached" in page.text


@pytest.mark.parametrize(
    "changed",
    [{"due_on": "2029-01-01", "state": "agreed"}, {"expected": 2}, {"state": "dropped", "reason": "No money"}],
    ids=str,
)
def test_what_was_sealed_is_told_as_it_was_then_whatever_is_changed_later(
    client: Any, db: Database, person: Person, sealed: str, follow: Any, act: Any, changed: dict[str, Any]
) -> None:
    hit, miss = act(sealed, "IA", 3), act(sealed, "IIA", 5)
    after = follow(IA=3)
    before = client.get(f"/assessments/{after}/progress")
    for ref in (hit, miss):
        actions.change(db, person, replace(actions.get(db, person, ref), **changed))
    page = client.get(f"/assessments/{after}/progress")
    assert [row.split(" rated ")[-1] for row in page.words(".outcomes .hint")[1::2]] == [
        row.split(" rated ")[-1] for row in before.words(".outcomes .hint")[1::2]
    ]
    assert page.words(".outcomes .verdict") == before.words(".outcomes .verdict") == ["✓ hit", "✗ miss"]
    summed = "1 of 2 actions that can be judged have reached the rating that they expected."
    assert summed in before.text
    assert summed in page.text, "what was judged is neither dropped nor untold"


def test_an_action_of_an_older_plan_that_was_judged_stays_in_the_report_when_it_is_dropped_later(
    client: Any, db: Database, person: Person, sealed: str, follow: Any, act: Any
) -> None:
    ref = act(sealed, "IIA", 5, state="agreed", due_on="2027-12-01")
    follow("2027-03-02")
    last = follow("2028-03-02")
    assert client.get(f"/assessments/{last}/progress").words(".outcomes .verdict") == ["✗ miss"]
    actions.change(db, person, replace(actions.get(db, person, ref), state="dropped", reason="No money"))
    assert client.get(f"/assessments/{last}/progress").words(".outcomes .verdict") == ["✗ miss"]


def test_what_was_dropped_then_and_taken_up_since_is_not_called_unrated(
    client: Any, db: Database, person: Person, sealed: str, follow: Any, act: Any
) -> None:
    ref = act(sealed, "IIA", 5, state="dropped", reason="No money")
    after = follow()
    actions.change(db, person, replace(actions.get(db, person, ref), state="agreed", due_on="2029-01-01"))
    page = client.get(f"/assessments/{after}/progress")
    assert page.words(".outcomes .verdict") == ["– dropped"]
    assert "The item is not rated there." not in page.text


def test_a_rater_who_is_named_reads_the_same_report_without_links_to_what_is_not_hers(
    app: Flask, client: Any, db: Database, person: Person, sealed: str, follow: Any, act: Any
) -> None:
    act(sealed, "IA", 3)
    after = follow(IA=3)
    with store.writing(db):
        kim = people.create(db, None, name="Kim Other", login="kim")
        for ref in (sealed, after):
            roles.insert(db, person, kim, Role.RATER, "assessment", ref)
    page, ours = Browser(app, kim).get(f"/assessments/{after}/progress"), client.get(f"/assessments/{after}/progress")
    assert page.words(".outcomes tbody tr") == ours.words(".outcomes tbody tr")
    assert "1 of 1 action that can be judged has reached" in page.text
    assert ours.soup.select(".outcomes a")
    assert not page.soup.select(".outcomes a")


def test_the_plan_leads_to_what_became_of_it(client: Any, sealed: str, follow: Any, act: Any) -> None:
    act(sealed, "IA", 3)
    after = follow(IA=3)
    page = client.get(f"/assessments/{sealed}/plan")
    assert "The assessment of March 2, 2027 says: 1 of 1 action that can be judged has reached" in page.text
    assert page.soup.select(f'#worked a[href="/assessments/{after}/progress"]')


def test_actions_of_an_amended_baseline_are_judged_against_its_newest_edition(
    client: Any, db: Database, person: Person, sealed: str, follow: Any, act: Any, rate: Any
) -> None:
    act(sealed, "IA", 3)
    amended = assessments.amend(db, person, sealed, "IB was misread")
    rate(amended, None, IB=2)
    client.submit(f"/assessments/{amended}/seal")
    page = client.get(f"/assessments/{follow(IA=3)}/progress")
    assert "1 of 1 action that can be judged has reached" in page.text
    assert "2 items are rated higher" in page.text, "IB rose from the amended rating"


def test_the_progress_report_is_paper_too(client: Any, sealed: str, follow: Any, act: Any) -> None:
    act(sealed, "IA", 3)
    after = follow(IA=3)
    pdf = client.get(f"/assessments/{after}/progress.pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-2027-03-02-progress.pdf"'
    assert "Progress report" in text_of(pdf.response.data)
    assert "✓ hit" in text_of(pdf.response.data)
    printed = client.raw.get(f"/assessments/{after}/progress/print").text
    assert "Progress report" in printed
    assert "/paper.css" in printed


def test_the_page_for_the_board_is_one_page(client: Any, sealed: str, act: Any) -> None:
    act(sealed, "IIA", 5, state="agreed", due_on=(date.today() - timedelta(days=1)).isoformat())
    pdf = client.get(f"/assessments/{sealed}/summary.pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-2026-03-02-summary.pdf"'
    assert len(PdfReader(BytesIO(pdf.response.data)).pages) == 1
    assert "1 action: 1 agreed. 1 is overdue." in text_of(pdf.response.data)
    assert "Summary for the board" in client.raw.get(f"/assessments/{sealed}/summary/print").text


def test_the_plan_on_paper_holds_the_actions_and_what_was_chosen(
    client: Any, db: Database, person: Person, sealed: str, act: Any
) -> None:
    act(sealed, "IA", 3, what="Write a greeting card")
    plans.save(db, person, sealed, Plan("bright", "both", {}, {ITEM["IIA"]: 5}))
    printed = re.sub(r"<[^>]+>", " ", client.raw.get(f"/assessments/{sealed}/plan/print").text)
    assert "Write a greeting card" in printed
    assert "What the program chose" in printed
    assert "Bright" in printed


@pytest.mark.parametrize("kind", ["progress", "progress.pdf", "progress/print", "summary.pdf", "summary/print"])
def test_what_is_not_yours_is_not_there(client: Any, stranger: dict[str, str], kind: str) -> None:
    assert client.get(f"/assessments/{stranger['assessment']}/{kind}").status == 404
