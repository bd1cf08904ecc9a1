"""Saving while a person rates: at once and out loud, never over somebody else's work, never lost without a word."""

import re
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright, which drives a browser, is missing")
expect = sync_api.expect

pytestmark = pytest.mark.browser

SAVED = re.compile(r"^Saved \d\d:\d\d$")
PATIENCE = 20_000
RETRIED = 20_000


@pytest.fixture
def draft(house: Any) -> str:
    return str(house.start())


@pytest.fixture
def rate(visit: Callable[..., Any], house: Any, draft: str, dimension: Any) -> Callable[..., Any]:
    """`rate()`: the page of the first dimension in a browser of its own."""

    def rate(**options: Any) -> Any:
        return visit(f"{house.url}/assessments/{draft}/dimensions/{dimension.id}", **options)

    return rate


@pytest.fixture(scope="session")
def dimension(ddcat: Any) -> Any:
    """The first dimension."""
    return ddcat.instrument.dimensions[0]


@pytest.fixture(scope="session")
def first(ddcat: Any) -> Any:
    """The first item, IA."""
    return ddcat.instrument.items[0]


def choice(page: Any, item: str, rating: int | str) -> Any:
    return page.locator(f'[data-item="{item}"] input[type=radio][value="{rating}"]')


def evidence(page: Any, item: str) -> Any:
    return page.locator(f'[data-item="{item}"] textarea')


def status(page: Any) -> Any:
    return page.locator("#saved[role=status]")


def save(page: Any) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


def saves(page: Any) -> Any:
    """Within this block the page's script saves something."""
    return page.expect_response(lambda answer: answer.request.method == "POST")


def becomes(page: Any, true: Callable[[], bool]) -> None:
    """Let the page go on until this is true."""
    end = monotonic() + PATIENCE / 1000
    while not true():
        assert monotonic() < end
        page.wait_for_timeout(10)


def heading(page: Any) -> Any:
    return page.locator("h1")


def test_a_choice_is_saved_and_said_without_any_button(rate: Any, house: Any, draft: str, first: Any) -> None:
    page = rate()
    choice(page, first.id, 3).check()
    expect(status(page)).to_have_text(SAVED)
    assert house.said(draft).ratings == {first.id: 3}
    page.reload()
    expect(choice(page, first.id, 3)).to_be_checked()


def test_a_choice_can_be_taken_back_to_not_yet_rated(rate: Any, house: Any, draft: str, first: Any) -> None:
    house.say(draft, {"IA": 3}, IA="Fees follow the license.")
    page = rate()
    with saves(page):
        choice(page, first.id, "").check()
    expect(status(page)).to_have_text(SAVED)
    assert house.said(draft).ratings == {}
    assert house.said(draft).why == {first.id: "Fees follow the license."}


def test_evidence_is_saved_when_the_writer_pauses(rate: Any, house: Any, draft: str, first: Any) -> None:
    page = rate()
    evidence(page, first.id).press_sequentially("License on the wall")
    expect(evidence(page, first.id)).to_be_focused()
    expect(status(page)).to_have_text(SAVED)
    assert house.said(draft).why == {first.id: "License on the wall"}


def test_every_count_on_the_page_follows_at_once(rate: Any, first: Any, dimension: Any) -> None:
    page = rate()
    size = len(dimension.items)
    count = page.locator(f'[data-progress="{dimension.id}"]')
    expect(count).to_have_text(f"0 of {size}")
    choice(page, first.id, 3).check()
    expect(count).to_have_text(f"1 of {size}")
    choice(page, first.id, "").check()
    expect(count).to_have_text(f"0 of {size}")


def test_the_last_of_many_quick_changes_is_the_one_that_stays(rate: Any, house: Any, draft: str, first: Any) -> None:
    page = rate()
    choice(page, first.id, "").focus()
    for _ in range(len(first.ratings)):
        page.keyboard.press("ArrowUp")
    expect(choice(page, first.id, first.ratings[0])).to_be_checked()
    becomes(page, lambda: house.said(draft).ratings == {first.id: first.ratings[0]})
    expect(status(page)).to_have_text(SAVED)
    page.reload()
    expect(choice(page, first.id, first.ratings[0])).to_be_checked()


def test_pressing_save_while_a_choice_is_on_its_way_is_no_conflict_with_oneself(
    rate: Any, house: Any, draft: str, first: Any, troubles: Any
) -> None:
    """The server has saved the first choice, its answer is still on the line; meanwhile the person goes on."""
    troubles.expect("ERR_ABORTED")
    page = rate()
    held: list[tuple[Any, Any]] = []

    def hold_the_first_answer(route: Any) -> None:
        if route.request.headers.get("accept") == "application/json" and not held:
            held.append((route, route.fetch()))
        else:
            route.continue_()

    page.route("**/dimensions/*", hold_the_first_answer)
    choice(page, first.id, 1).check()
    becomes(page, lambda: bool(held))
    choice(page, first.id, 3).check()
    save(page)
    [(route, answer)] = held
    with suppress(sync_api.Error):  # the page may have been left without waiting for it
        route.fulfill(response=answer)
    expect(page.locator(".flash")).to_have_text(SAVED)
    expect(choice(page, first.id, 3)).to_be_checked()
    assert house.said(draft).ratings == {first.id: 3}


def test_a_second_window_is_told_and_sees_both_versions(
    rate: Any, house: Any, draft: str, first: Any, troubles: Any
) -> None:
    troubles.expect("409")
    mine, other = rate(), rate()
    choice(other, first.id, 1).check()
    evidence(other, first.id).fill("Seen by the other window.")
    with saves(other):
        evidence(other, first.id).blur()
    expect(status(other)).to_have_text(SAVED)

    choice(mine, first.id, 3).check()
    expect(status(mine)).to_contain_text(f"Not saved: someone changed {first.title} in another window")
    assert house.said(draft).ratings == {first.id: 1}

    save(mine)
    expect(heading(mine)).to_have_text("Two versions of the same item")
    expect(mine.locator("main")).to_contain_text(first.anchors[1])
    expect(mine.locator("main")).to_contain_text("Seen by the other window.")
    expect(mine.locator("main")).to_contain_text(first.anchors[3])
    assert house.said(draft).ratings == {first.id: 1}

    mine.get_by_label("What you entered").check()
    mine.get_by_role("button", name="Keep what I chose").click()
    expect(choice(mine, first.id, 3)).to_be_checked()
    assert house.said(draft).ratings == {first.id: 3}


def test_keeping_what_is_saved_leaves_the_other_windows_version(
    rate: Any, house: Any, draft: str, first: Any, troubles: Any
) -> None:
    troubles.expect("409")
    page = rate(java_script_enabled=False)
    house.say(draft, {"IA": 1}, IA="Saved by another window.")
    choice(page, first.id, 3).check()
    save(page)
    expect(page.get_by_label("What is saved now")).to_be_checked()
    page.get_by_role("button", name="Keep what I chose").click()
    expect(choice(page, first.id, 1)).to_be_checked()
    assert house.said(draft).why == {first.id: "Saved by another window."}


def test_a_conflict_on_one_item_does_not_hold_up_the_others(
    rate: Any, house: Any, draft: str, ddcat: Any, troubles: Any
) -> None:
    troubles.expect("409")
    one, two = ddcat.instrument.items[:2]
    page = rate(java_script_enabled=False)
    house.say(draft, {one.code: 1})
    choice(page, one.id, 3).check()
    choice(page, two.id, 3).check()
    save(page)
    expect(page.locator("main")).to_contain_text("Your other change on the page is saved.")
    assert house.said(draft).ratings == {one.id: 1, two.id: 3}


def test_without_the_server_the_page_says_so_and_saves_by_itself_later(
    rate: Any, house: Any, draft: str, first: Any, troubles: Any
) -> None:
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    page = rate()
    page.context.set_offline(True)
    choice(page, first.id, 3).check()
    expect(status(page)).to_contain_text("Not saved")
    assert house.said(draft).ratings == {}
    page.context.set_offline(False)
    expect(status(page)).to_have_text(SAVED, timeout=RETRIED)
    assert house.said(draft).ratings == {first.id: 3}


def leave(page: Any) -> list[str]:
    """Go elsewhere, and stay where the browser asks whether to; what it asked."""
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    with suppress(sync_api.Error):
        page.goto("about:blank", wait_until="commit")
    return asked


def test_leaving_with_a_choice_that_could_not_be_saved_asks_first(rate: Any, first: Any, troubles: Any) -> None:
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    page = rate()
    page.context.set_offline(True)
    choice(page, first.id, 3).check()
    expect(status(page)).to_contain_text("Not saved")
    assert leave(page) == ["beforeunload"]


def test_leaving_in_the_middle_of_a_sentence_asks_first_or_saves_it(
    rate: Any, house: Any, draft: str, first: Any
) -> None:
    page = rate()
    evidence(page, first.id).press_sequentially("Two charts of ten")
    if leave(page) != ["beforeunload"]:
        assert house.said(draft).why == {first.id: "Two charts of ten"}, "lost without a word"


def test_leaving_a_page_that_is_saved_asks_nothing(rate: Any, first: Any) -> None:
    page = rate()
    evidence(page, first.id).press_sequentially("Two charts of ten")
    expect(status(page)).to_have_text(SAVED)
    assert leave(page) == []


def test_following_a_link_right_after_a_choice_loses_nothing(rate: Any, house: Any, draft: str, first: Any) -> None:
    page = rate()
    page.on("dialog", lambda dialog: dialog.dismiss())  # asked whether to leave before all is saved: no
    choice(page, first.id, 3).check()
    page.get_by_role("link", name="Assessment", exact=True).click(no_wait_after=True)
    becomes(page, lambda: house.said(draft).ratings == {first.id: 3})


def test_without_scripts_the_whole_page_is_saved_by_its_button(
    rate: Any, house: Any, draft: str, dimension: Any
) -> None:
    items = dimension.items
    page = rate(java_script_enabled=False)
    for item in items:
        choice(page, item.id, 3).check()
        evidence(page, item.id).fill(f"Seen for {item.code}")
    save(page)
    expect(page.locator(".flash")).to_have_text(SAVED)
    expect(page.locator(f'[data-progress="{dimension.id}"]')).to_have_text(f"{len(items)} of {len(items)}")
    for item in items:
        expect(choice(page, item.id, 3)).to_be_checked()
    said = house.said(draft)
    assert said.ratings == {item.id: 3 for item in items}
    assert said.why == {item.id: f"Seen for {item.code}" for item in items}


def test_an_audit_begun_on_one_device_goes_on_on_another(
    rate: Any, visit: Any, house: Any, draft: str, first: Any
) -> None:
    desk = rate()
    choice(desk, first.id, 3).check()
    expect(status(desk)).to_have_text(SAVED)
    with saves(desk):
        evidence(desk, first.id).fill("License on the wall")
        evidence(desk, first.id).blur()

    tablet = visit(f"{house.url}/assessments/{draft}", viewport={"width": 800, "height": 1100}, has_touch=True)
    expect(tablet.locator("main .lead")).to_contain_text("1 of 35 items are rated")
    tablet.get_by_role("link", name="Go on with IB").tap()
    expect(choice(tablet, first.id, 3)).to_be_checked()
    expect(evidence(tablet, first.id)).to_have_value("License on the wall")
    expect(tablet.locator("[data-item]").nth(1)).to_be_in_viewport()


def test_a_page_that_was_open_when_the_draft_was_sealed_says_that_nothing_was_saved(
    rate: Any, house: Any, draft: str, first: Any, troubles: Any
) -> None:
    troubles.expect("409")
    page = rate()
    house.rate_all(draft)
    house.seal(draft)
    choice(page, first.id, 1).check()
    expect(status(page)).to_contain_text("Not saved")
    save(page)
    expect(heading(page)).to_have_text("This assessment no longer changes")
    assert house.said(draft).ratings[first.id] == 3
