"""The answer sheet as a program hosts it: one file in a real browser, on its last day and on the day after."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import report
from ddcat.words import speaking
from tests.browser.test_pages import COLOURS, NARROW, RULES, WIDE, faults_of, too_wide
from tests.test_answers import CASES

pytestmark = pytest.mark.browser

Hosted = Callable[..., Any]


@pytest.fixture
def hosted(visit: Any, tmp_path: Path) -> Hosted:
    """`hosted("all", "es", at="2027-01-02T00:00:01")`: the page, opened at this time of the clock beside it."""

    def hosted(case: str = "all", language: str = "en", *, at: str = "2026-07-01T12:00:00", **options: Any) -> Any:
        with speaking(language):
            (tmp_path / "answers.html").write_text(report.hosted(CASES[case]()), encoding="utf-8")
        page = visit("about:blank", **options)
        page.clock.install(time=at)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto((tmp_path / "answers.html").as_uri())
        return page

    return hosted


@pytest.mark.parametrize(
    ("at", "is_over"), [("2026-07-01T00:00:00", False), ("2027-01-01T23:59:59", False), ("2027-01-02T00:00:00", True)]
)
def test_from_the_day_after_its_last_the_page_says_that_it_is_out_of_date(
    hosted: Hosted, at: str, is_over: bool
) -> None:
    page = hosted(at=at)
    said = page.get_by_text("This page is out of date. Ask the program.")
    assert said.is_visible() == is_over
    warned = page.get_by_text("The last day was January 1, 2027. Do not rely on the answers.")
    assert warned.is_visible() == is_over
    assert page.get_by_text("True until January 1, 2027. After that, ask.").is_visible()


def test_without_scripts_it_says_until_when_it_is_true(hosted: Hosted) -> None:
    page = hosted(at="2027-03-01T00:00:00", java_script_enabled=False)
    assert page.get_by_text("True until January 1, 2027. After that, ask.").is_visible()


def test_an_answer_that_is_out_of_date_is_struck_and_help_in_an_emergency_never(hosted: Hosted) -> None:
    struck = "(node) => getComputedStyle(node).textDecorationLine"
    for at, line in (("2027-01-01T12:00:00", "none"), ("2027-01-02T12:00:00", "line-through")):
        page = hosted(at=at)
        assert page.locator(".answer p").first.evaluate(struck) == line
        assert page.locator(".answer h2").first.evaluate(struck) == "none"
        assert page.locator(".emergency p").first.evaluate(struck) == "none"


@pytest.mark.parametrize("language", ["en", "es"])
def test_help_and_the_program_are_called_with_a_tap(hosted: Hosted, language: str) -> None:
    page = hosted("all", language)
    calls = page.locator(".emergency a").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert calls == ["tel:988", "tel:911", "tel:911"]
    assert page.locator("footer a").get_attribute("href") == "tel:5035550142"


def test_it_asks_no_server_for_anything(hosted: Hosted, tmp_path: Path) -> None:
    page = hosted()
    page.wait_for_load_state("networkidle")
    assert page.asked == [(tmp_path / "answers.html").as_uri()]


@pytest.mark.parametrize(("case", "language"), [("all", "en"), ("all", "es"), ("nothing", "en")])
def test_everybody_can_read_it_on_a_phone_in_the_dark_in_large_type(hosted: Hosted, case: str, language: str) -> None:
    page = hosted(case, language, at="2027-03-01T00:00:00", viewport=NARROW, color_scheme="dark")
    assert too_wide(page) == []
    assert faults_of(page, RULES) == []
    page.emulate_media(color_scheme="light")
    assert faults_of(page, COLOURS) == []
    page.set_viewport_size(WIDE)
    page.evaluate("() => { document.documentElement.style.fontSize = '250%'; }")
    assert too_wide(page) == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", ["all", "all at four", "nothing"])
def test_it_prints_on_one_page(hosted: Hosted, case: str, language: str) -> None:
    page = hosted(case, language)
    assert len(PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages) == 1
