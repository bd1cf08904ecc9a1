"""The board of actions by keyboard alone: planned, moved, proven, filtered, and two windows at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright, which drives a browser, is missing")
expect = sync_api.expect

pytestmark = pytest.mark.browser

STEPS = 80
HERE = """() => { const at = document.activeElement;
  return at.matches("select, input, textarea") ? at.name
    : at.matches("a, button, summary") ? at.innerText.trim() : ""; }"""


@pytest.fixture
def board(visit: Callable[..., Any], house: Any) -> Any:
    """`board(**options)`: the board of a program with one sealed assessment and no action."""

    def board(**options: Any) -> Any:
        program = house.add_program()
        ref = house.start(program)
        house.rate_all(ref, 2)
        house.seal(ref)
        return visit(f"{house.url}/programs/{program}/actions", **options)

    return board


def to(page: Any, wanted: str) -> None:
    """Press Tab until the field or link that is called so has the focus."""
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        if re.match(re.escape(wanted) + r"(\W|$)", page.evaluate(HERE)):
            return
    raise AssertionError(f"Tab never came to {wanted}")


def choose(page: Any, field: str, typed: str) -> None:
    """Choose in a list by typing how the choice begins."""
    to(page, field)
    page.keyboard.type(typed)


def enter(page: Any, wanted: str) -> None:
    to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page: Any, field: str, text: str) -> None:
    to(page, field)
    page.keyboard.type(text)


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 320, "height": 640}}], ids=["wide", "narrow"])
def test_the_whole_way_of_an_action_by_keyboard_alone(board: Any, troubles: Any, options: dict[str, Any]) -> None:
    troubles.expect(r"/state: 422", r"console: .*422")
    page = board(**options)

    enter(page, "Plan an action")
    choose(page, "item", "IIB")
    enter(page, "Go on")
    expect(page.locator("h1")).to_contain_text("Plan an action for IIB")
    enter(page, "Start with this step")
    expect(page.locator("#what")).not_to_be_empty()
    write(page, "owner", "Front desk")
    to(page, "starts_on")
    write(page, "due_on", "05012027")
    write(page, "proof", "Ten arrivals, watched")
    enter(page, "Plan this action")
    expect(page.locator(".flash")).to_have_text("The action is planned.")

    enter(page, "Actions")
    for state, column in (("agreed", 1), ("under way", 2), ("done", 3)):
        to(page, "state")
        enter(page, "Move")  # the next state is chosen already
        expect(page.locator(".flash")).to_contain_text(f"to “{state}”")
        expect(page.locator(".board section").nth(column).locator(".card")).to_have_count(1)

    enter(page, "Move")
    expect(page.locator("#mistakes")).to_be_focused()
    enter(page, "Enter what was seen")
    page.keyboard.type("Ten arrivals heard it, May 3")
    enter(page, "Save")
    expect(page.locator("table.facts")).to_contain_text("Ten arrivals heard it, May 3")
    enter(page, "Actions")
    expect(page.locator(".board section").nth(4).locator(".card")).to_have_count(1)

    choose(page, "owner", "Front")
    enter(page, "Show")
    expect(page.locator(".shown")).to_contain_text("1 of 1 actions; owner: Front desk.")
    to(page, "late")
    page.keyboard.press("Space")
    enter(page, "Show")
    expect(page.get_by_text("No action fits all of this.")).to_be_visible()
    enter(page, "Show all")
    enter(page, "List")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_after_a_move_the_keyboard_goes_on_at_the_card_and_the_message_is_in_sight(board: Any) -> None:
    page = board(viewport={"width": 1280, "height": 500})
    for code in ("IIB", "IVA", "IVB"):
        enter(page, "Plan an action")
        choose(page, "item", code)
        enter(page, "Go on")
        write(page, "what", "Write a card")
        write(page, "owner", "Front desk")
        to(page, "starts_on")
        write(page, "due_on", "05012027")
        enter(page, "Plan this action")
        enter(page, "Actions")
    last = page.locator(".card").last
    title = last.locator("a").inner_text()
    last.locator("select").focus()
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".flash")).to_contain_text("moved from “proposed” to “agreed”")
    expect(page.locator(".flash")).to_be_in_viewport()
    page.keyboard.press("Tab")
    assert page.evaluate(HERE) == title
    expect(page.locator(".card:target a")).to_be_in_viewport()


def test_of_two_windows_the_second_is_shown_both_versions_and_keeps_its_own_by_keyboard(
    board: Any, visit: Callable[..., Any], troubles: Any
) -> None:
    troubles.expect(r"/edit: 409", r"console: .*409")
    page = board()
    enter(page, "Plan an action")
    choose(page, "item", "IIB")
    enter(page, "Go on")
    write(page, "what", "Write a card")
    enter(page, "Plan this action")
    enter(page, "Change it")
    other = visit(page.url)
    write(other, "proof", "Theirs")
    enter(other, "Save")
    write(page, "what", "Write two cards")
    enter(page, "Save")
    expect(page.locator("h1")).to_have_text("Two versions of the same action")
    expect(page.locator("#what-keep-mine")).to_be_checked()
    expect(page.locator("#proof-keep-saved")).to_be_checked()
    enter(page, "Keep what I chose")
    expect(page.locator("main")).to_contain_text("Write two cards")
    expect(page.locator("main")).to_contain_text("Theirs")
