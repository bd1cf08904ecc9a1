"""The whole self-audit by keyboard alone, from the first page of an empty house to the PDF for the board."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.browser

A_PLAN = 60_000
WHERE = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
  const own = (seen) => seen && (at.contains(seen) || seen.contains(at) || seen.closest("label")?.contains(at));
  const seen = points.some(([x, y]) => own(document.elementFromPoint(box.x + x * box.width, box.y + y * box.height)));
  return {
    name: (at.labels?.[0] ?? at).textContent.replace(/\\s+/g, " ").trim().slice(0, 120), tag: at.tagName, id: at.id,
    field: at.name ?? "", value: at.value ?? "",
    group: at.closest("fieldset")?.querySelector("legend")?.textContent.trim(),
    // The calendar's button within a date field has the browser's own ring; then the field itself is not in focus.
    outlined: !at.matches(":focus") || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2), seen,
  };
}"""


class Keyboard:
    """Someone without a mouse: presses keys, and sees where the focus is."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def at(self) -> dict[str, Any]:
        """The element that has the focus, which must show it, and must not be hidden under anything."""
        found: dict[str, Any] = self.page.evaluate(WHERE)
        if found["tag"] not in ("BODY", "MAIN"):  # at the very end of a page, and where the skip link leads
            assert found["seen"], f"hidden while it has the focus: {found}"
            assert found["outlined"], f"its focus does not show: {found}"
        return found

    def tab_to(self, wanted: Callable[[dict[str, Any]], bool], key: str = "Tab", most: int = 150) -> dict[str, Any]:
        """Press Tab until the focus is on what is wanted."""
        passed = []
        for _ in range(most):
            self.press(key)
            here = self.at()
            if wanted(here):
                return here
            passed.append(here["name"] or here["tag"])
        raise AssertionError(f"not reached by {key}; passed {passed}")

    def follow(self, name: str, *, tag: str = "A") -> None:
        """Go to a link or a button by its name, and press Enter; the next page is there after it."""
        self.tab_to(lambda here: here["tag"] == tag and here["name"].startswith(name))
        with self.page.expect_navigation():
            self.press("Enter")

    def push(self, name: str) -> None:
        self.follow(name, tag="BUTTON")

    def fill(self, label: str, text: str) -> None:
        self.tab_to(lambda here: here["tag"] in ("INPUT", "TEXTAREA") and here["name"].startswith(label))
        self.type(text)

    def skip(self) -> None:
        """Take the skip link, the first stop of every page."""
        self.press("Tab")
        assert self.at()["name"] == "Skip to the content"
        self.press("Enter")
        assert self.at()["id"] == "main"

    def rate(self, rating: int) -> None:
        """Go to the next item's choices and walk to a rating, or where it has none on to the next one."""
        here = self.tab_to(lambda here: here["field"].endswith("-rating"))
        assert here["value"] == "", "the focus enters a group at what is chosen"
        self.press("ArrowDown")  # from the last choice round to the first
        while int(self.at()["value"]) < rating:
            self.press("ArrowDown")
        assert self.page.evaluate("document.activeElement.checked")


def heading(page: Any) -> str:
    return str(page.locator("h1").inner_text())


def test_a_director_without_a_mouse_goes_from_the_first_page_to_the_pdf(
    empty_house: Any, visit: Any, troubles: Any, ddcat: Any, tmp_path: Path
) -> None:
    # The button may be pressed while a choice is on its way; then the page as a whole goes in its place.
    troubles.expect(r"POST .*/dimensions/\w+ failed: net::ERR_ABORTED")
    page = visit(empty_house.url)
    keyboard = Keyboard(page)
    instrument = ddcat.instrument

    keyboard.follow("Add your agency")
    keyboard.skip()
    keyboard.fill("Name", "Tern Rock Services")
    keyboard.tab_to(lambda here: here["group"] == "Primary focus")
    keyboard.press("ArrowDown")
    keyboard.push("Add this agency")
    keyboard.fill("Name", "Gull Point Clinic")
    keyboard.push("Add this program")
    assert heading(page) == "Gull Point Clinic"

    keyboard.follow("Start an assessment")
    keyboard.tab_to(lambda here: here["group"] == "Who rates")
    keyboard.fill("Name of the rater", "Ada Finch and Ben Rook")
    keyboard.tab_to(lambda here: here["name"].startswith("Date of the assessment"))
    keyboard.tab_to(lambda here: here["group"] == "Who rates", key="Shift+Tab")
    keyboard.push("Start")

    keyboard.follow("Begin with")
    for dimension in instrument.dimensions:
        assert heading(page) == f"{dimension.number} {dimension.title}"
        keyboard.skip()
        for item in dimension.items:
            keyboard.rate(3)
            if item is dimension.items[0]:
                keyboard.press("Tab")
                assert keyboard.at()["tag"] == "TEXTAREA"
                keyboard.type(f"{item.code}: policy manual, page 4; ten charts read.")
        keyboard.push("Save and")

    assert "Every item is rated" in page.locator("main .lead").inner_text()
    keyboard.follow("Seal the assessment")
    keyboard.push("Seal the assessment")
    assert heading(page) == "Result, Gull Point Clinic"
    assert page.locator(".headline").inner_text()

    keyboard.follow("See the improvement plan")
    assert heading(page) == "Improvement plan, Gull Point Clinic"
    keyboard.tab_to(lambda here: here["name"] == "Download the plan as PDF")
    with page.expect_download(timeout=A_PLAN) as coming:
        keyboard.press("Enter")
    assert coming.value.suggested_filename.startswith("ddcat-gull-point-clinic-")
    file = tmp_path / "plan.pdf"
    coming.value.save_as(file)
    first, *others = PdfReader(file).pages
    assert "Gull Point Clinic" in first.extract_text()
    assert any("ten charts read" in other.extract_text() for other in others)
