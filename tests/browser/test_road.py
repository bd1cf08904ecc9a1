"""A plan is composed in a browser: the prediction follows each choice, and nothing that was chosen gets lost."""

from collections.abc import Callable
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright, which drives a browser, is missing")
expect = sync_api.expect

pytestmark = pytest.mark.browser


@pytest.fixture
def sealed(house: Any) -> str:
    """A sealed DDCAT in which every item is rated 2, or 1 where that has no anchor."""
    ref = house.start()
    house.rate_all(ref, 2)
    house.seal(ref)
    return str(ref)


@pytest.fixture
def road(visit: Callable[..., Any], house: Any, sealed: str) -> Any:
    """`road(query)`: the page of the road."""

    def road(query: str = "", **options: Any) -> Any:
        return visit(f"{house.url}/assessments/{sealed}/road?{query}", **options)

    return road


def test_the_prediction_follows_each_choice_and_the_address_keeps_it(road: Any) -> None:
    page = road()
    expect(page.locator("#said")).to_have_text("Nothing is chosen yet.")
    assert page.get_by_role("button", name="Work it out again").count() == 0
    page.get_by_label("Raise IIA to").select_option("3")
    expect(page.locator("#said")).to_contain_text("Your plan: 1 item, cost 1.")
    page.get_by_label("Cost of a step on IIA").focus()
    page.get_by_label("Cost of a step on IIA").select_option("4")
    expect(page.locator("#said")).to_contain_text("Your plan: 1 item, cost 4.")
    expect(page.get_by_label("Cost of a step on IIA")).to_be_focused()
    expect(page.locator("#outcome")).to_contain_text("Your plan does not yet reach")
    assert "mission-to" not in page.url
    said = page.locator("#said").inner_text()
    page.reload()
    expect(page.locator("#said")).to_have_text(said)


def test_a_chosen_plan_is_announced_and_not_by_its_colour(road: Any) -> None:
    page = road()
    assert page.locator("#said").get_attribute("role") == "status"
    page.get_by_role("link", name="Take the cheapest road").click()
    expect(page.locator("#outcome")).to_contain_text("Your plan reaches")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_what_cannot_be_is_said_at_once_and_taken_back(road: Any, troubles: Any) -> None:
    troubles.expect(": 422$", "status of 422")
    page = road()
    page.get_by_label("Raise IIA to").select_option("3")
    page.get_by_label("Cost of a step on IIA").focus()
    page.get_by_label("Cost of a step on IIA").select_option("never")
    expect(page.locator("#mistakes")).to_contain_text("IIA is marked as not possible now")
    expect(page.get_by_label("Cost of a step on IIA")).to_be_focused()
    page.get_by_label("Cost of a step on IIA").select_option("1")
    expect(page.locator("#mistakes")).to_have_count(0)
    expect(page.locator("#said")).to_contain_text("Your plan: 1 item, cost 1.")


def test_a_plan_is_saved_as_it_is_composed(road: Any) -> None:
    page = road()
    page.get_by_label("Raise IIA to").select_option("3")
    page.get_by_role("button", name="Save this plan").click()
    expect(page.locator(".flash")).to_have_text("The plan is saved.")
    assert page.url.endswith("/road")
    expect(page.get_by_label("Raise IIA to")).to_have_value("3")
    page.get_by_role("button", name="Make an action of the 1 item that has none").click()
    expect(page.locator(".flash")).to_have_text("1 action is added.")


def test_where_the_server_does_not_answer_the_choice_stays_and_the_button_comes_back(
    road: Any, troubles: Any
) -> None:
    troubles.expect("Failed to load resource", "failed: net::")
    page = road()
    page.context.set_offline(True)
    page.get_by_label("Raise IIA to").select_option("3")
    expect(page.locator("#said")).to_contain_text("Not worked out: the server does not answer.")
    expect(page.get_by_label("Raise IIA to")).to_have_value("3")
    page.context.set_offline(False)
    page.get_by_role("button", name="Work it out again").first.click()
    expect(page.locator("#said")).to_contain_text("Your plan: 1 item, cost 1.")


def test_without_javascript_the_plan_is_worked_out_and_saved_by_buttons(road: Any) -> None:
    page = road(java_script_enabled=False)
    page.locator("#welcome-to").select_option(index=1)
    page.get_by_role("button", name="Work it out again").first.click()
    expect(page.locator("#said")).to_contain_text("Your plan: 1 item")
    assert "csrf_token" not in page.url
    page.get_by_role("button", name="Save this plan").click()
    expect(page.locator(".flash")).to_have_text("The plan is saved.")


def test_the_page_fits_a_narrow_screen(road: Any) -> None:
    page = road("mission-to=3", viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    expect(page.locator("#said")).to_be_in_viewport()
