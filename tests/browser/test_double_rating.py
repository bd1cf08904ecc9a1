"""Two people audit a program together: assigned, rated alone in two browsers, agreed on one screen, and printed."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import demo, shelf

pytestmark = pytest.mark.browser

INSTRUMENT = shelf.find(demo.INSTRUMENT).instrument
PAPER = 60_000


@pytest.fixture
def expect(chromium: Any) -> Any:
    from playwright.sync_api import expect

    return expect


def assign(page: Any, name: str, stands: str) -> None:
    """The director names somebody who rates everything, due in a month."""
    page.get_by_label("Person").select_option(label=name)
    page.get_by_role("button", name="Name as rater").click()
    page.get_by_role("radio", name=stands).check()
    page.get_by_label("Due").fill((date.today() + timedelta(days=30)).isoformat())
    page.get_by_role("button", name="Save").click()


def rate(page: Any, url: str, ref: str, ratings: dict[str, int], expect: Any) -> None:
    """Somebody rates a dimension after the other in her own browser, and submits."""
    for dimension in INSTRUMENT.dimensions:
        page.goto(f"{url}/assessments/{ref}/dimensions/{dimension.id}")
        for item in dimension.items:
            page.locator(f"#{item.id}-rating-{ratings[item.id]}").check()
        done = f"{len(dimension.items)} of {len(dimension.items)}"
        expect(page.locator(f"[data-progress='{dimension.id}']")).to_have_text(done)
        expect(page.locator("#saved")).to_contain_text("Saved")
    page.goto(f"{url}/assessments/{ref}/submit")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".flash")).to_contain_text("Submitted")


def test_two_raters_alone_then_a_consensus_then_the_report(
    house: Any, visit: Callable[..., Any], expect: Any, troubles: Any, tmp_path: Path
) -> None:
    troubles.expect("422", "409")  # a difference agreed on without a reason; a result looked at too early
    program = house.add_program("Two Lamps")
    ref = house.start(program)
    bo, cy = (house.add_rater(program, name) for name in ("Bo Leading", "Cy Frontline"))
    url = house.url

    director = visit(f"{url}/assessments/{ref}/people")
    director.get_by_role("button", name="Let each rate alone instead").click()
    assign(director, "Bo Leading", "Leader")
    assign(director, "Cy Frontline", "Front-line staff")

    usual = {item.id: 3 for item in INSTRUMENT.items}
    leader, staff = (visit(f"{url}/", session=session) for session in (bo, cy))
    expect(leader.locator("main")).to_contain_text("Two Lamps")
    rate(leader, url, ref, usual | {"mission": 5, "licensure": 5, "coordination": 4}, expect)

    # While one of them is still at it, nobody learns anything of the other.
    for one in (director, staff):
        one.goto(f"{url}/assessments/{ref}/result")
        expect(one.locator("main")).not_to_contain_text("score of 3")
        one.goto(f"{url}/assessments/{ref}/consensus")
        assert one.url == f"{url}/assessments/{ref}"
    rate(staff, url, ref, usual | {"mission": 3, "coordination": 3}, expect)

    director.goto(f"{url}/assessments/{ref}/consensus")
    expect(director.locator("main")).to_contain_text("The raters differ on 3 items of 35.")
    first = director.locator(".item").first
    expect(first).to_contain_text("They differ by 2 points")
    first.locator("input[type=radio][value='4'], input[type=radio][value='3']").first.check()
    expect(director.locator("#saved")).to_contain_text("needs something more")
    expect(first.locator("[data-refusal]")).to_contain_text("write below")
    for item in director.locator(".item").all():
        item.locator("input[type=radio][value='3']").check()
        item.locator("textarea").fill("We read the papers again, together.")
    expect(director.locator("#saved")).to_contain_text("Saved")
    director.get_by_role("button", name="Take over the 32 ratings").click()
    expect(director.locator("main")).to_contain_text("35 of 35")
    expect(director.locator("#agreement")).to_contain_text("Two raters gave the same rating to 32 of 35 items")

    director.goto(f"{url}/assessments/{ref}/seal")
    director.get_by_role("button", name="Seal the assessment").click()
    expect(director.locator(".about").first).to_contain_text("consensus of 2 raters who rated alone")
    with director.expect_download(timeout=PAPER) as download:
        director.get_by_role("link", name="Feedback report").first.click()
    paper = tmp_path / "report.pdf"
    download.value.save_as(paper)
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(paper).pages).split())
    assert "consensus of 2 raters who rated alone" in text
    assert "gave the same rating to 32 of 35 items" in text
    assert "We read the papers again, together." in text
