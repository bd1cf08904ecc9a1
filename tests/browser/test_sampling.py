"""A pasted list of records: its drawn lines are found, and no letter of it leaves the browser."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright, which drives a browser, is missing")
expect = sync_api.expect

pytestmark = pytest.mark.browser

SECRET = "Zyxwv"
DRAW = "records=143&closed=60&size=10&seed=482913"
CLOSED, OPEN = [14, 29, 36, 41, 49], [14, 25, 59, 63, 68]


def pasted(kind: str, n: int) -> str:
    return "\n".join(f"{SECRET} {kind} {place}" for place in range(1, n + 1))


@pytest.fixture
def sample(visit: Callable[..., Any], house: Any) -> Any:
    """`sample(query)`: the page, whose `sent` gathers all that leaves the browser from here on."""

    def sample(query: str = "", **options: Any) -> Any:
        page = visit("about:blank", be_in=house, **options)
        page.sent = []
        page.context.on("request", lambda request: page.sent.append(_all_of(request)))
        page.goto(f"{house.url}/instruments/ddcat@4.0/sample?{query}")
        return page

    return sample


def _all_of(request: Any) -> str:
    return unquote_plus(f"{request.method} {request.url} {request.all_headers()} {request.post_data}")


def paste(page: Any, all: str, closed: str = "") -> None:
    page.locator("#list-all").fill(all)
    page.locator("#list-closed").fill(closed)


def lines(page: Any) -> list[tuple[int, str]]:
    """What is shown of the list, each line with its number."""
    shown = page.locator(".lines li:visible")
    return list(shown.evaluate_all("(lines) => lines.map((line) => [line.value, line.textContent])"))


def kept(page: Any) -> str:
    """All that a page of ours could keep in the browser."""
    return str(page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])"))


def test_a_pasted_list_is_counted_drawn_from_and_marked_and_never_sent(sample: Any) -> None:
    page = sample()
    paste(page, pasted("open", 83), pasted("closed", 60))
    expect(page.locator("#list-said")).to_have_text(
        "Lines in the list of all or open records: 83. In the list of closed records: 60."
    )
    page.get_by_role("button", name="Use the numbers of this list").click()
    expect(page.locator("#records")).to_have_value("143")
    expect(page.locator("#closed")).to_have_value("60")
    page.locator("#seed").fill("482913")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("#answer h2")).to_be_focused()
    assert lines(page) == [
        *([place, f"{SECRET} closed {place}"] for place in CLOSED),
        *([place, f"{SECRET} open {place}"] for place in OPEN),
    ]
    assert page.url.endswith(DRAW)

    page.locator("#found").fill("6")
    page.get_by_role("button", name="Show the interval").click()
    expect(page.locator("#counts")).to_contain_text("lies between 31 and 83 %")
    expect(page.locator("#counts h2")).to_be_focused()
    assert len(lines(page)) == 10

    assert any("records=143" in sent for sent in page.sent)
    assert not any(SECRET.casefold() in sent.casefold() for sent in page.sent)
    assert {sent.partition(" ")[0] for sent in page.sent} == {"GET"}
    assert kept(page).startswith("[{},{},")
    assert SECRET not in kept(page)


def test_a_list_pasted_after_the_draw_is_marked_too(sample: Any) -> None:
    page = sample("records=5&size=2&seed=000007")
    places = page.locator("[data-group]").get_attribute("data-positions").split()
    paste(page, "\n\n  a  \nb\n\nc\nd\n<b>e</b>\n")
    names = dict(enumerate(["a", "b", "c", "d", "<b>e</b>"], 1))
    assert lines(page) == [[int(place), names[int(place)]] for place in places]
    page.get_by_role("button", name="Clear the list").click()
    assert lines(page) == []
    expect(page.locator("#list-all")).to_have_value("")


def test_a_list_of_another_length_is_not_marked_but_told_of(sample: Any) -> None:
    page = sample(DRAW)
    paste(page, pasted("open", 83), pasted("closed", 59))
    expect(page.locator("#list-said")).to_contain_text(
        "The list of closed records has 59 lines, but the draw is from 60."
    )
    assert [place for place, _line in lines(page)] == OPEN


def test_what_is_refused_is_said_without_losing_the_list(sample: Any, troubles: Any) -> None:
    troubles.expect(": 422$", "status of 422")
    page = sample()
    paste(page, pasted("any", 3))
    page.locator("#records").fill("many")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("#mistakes")).to_be_focused()
    expect(page.locator("#list-all")).to_have_value(pasted("any", 3))
    page.get_by_role("button", name="Use the numbers of this list").click()
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("#answer")).to_contain_text("There are only 3 records: take them all.")
    expect(page.locator("#mistakes")).to_have_count(0)
    assert [line for _place, line in lines(page)] == pasted("any", 3).split("\n")
    assert page.title() == "Draw a chart sample · ddcat"
    assert not any(SECRET in sent for sent in page.sent)


def test_when_the_login_has_ended_the_browser_goes_there_without_the_list(sample: Any) -> None:
    page = sample()
    paste(page, pasted("any", 30))
    page.context.clear_cookies()
    page.get_by_role("button", name="Use the numbers of this list").click()
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator("h1")).to_have_text("Log in")
    assert not any(SECRET in sent for sent in page.sent)


def test_without_javascript_the_draw_works_and_no_list_is_asked_for(sample: Any) -> None:
    page = sample(java_script_enabled=False)
    assert not page.locator("#list").is_visible()
    page.locator("#records").fill("143")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.locator(".headline")).to_contain_text("Take the")


def test_on_paper_stand_the_draw_and_its_lines_but_no_form_and_no_list(sample: Any) -> None:
    page = sample(f"{DRAW}&item=diagnosis")
    paste(page, pasted("open", 83), pasted("closed", 60))
    page.emulate_media(media="print")
    shown = page.locator("main").inner_text()
    for said in ("Of the closed records take the 14th", f"{SECRET} closed 14", "482913", "The rule for this item:"):
        assert said in shown
    assert not page.locator("input:visible, textarea:visible, select:visible, button:visible").count()
