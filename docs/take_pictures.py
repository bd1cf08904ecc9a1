"""Takes the pictures of the README from a demo of its own: `.venv/bin/python docs/take_pictures.py`.

Needs Chromium and pdftoppm on this machine, as the browser tests do.
"""

import subprocess
import sys
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parent / "pictures"
WIDTH, ROOM = 1100, 16


def main() -> None:
    """Start a demo, walk through it, and leave."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ddcat", "demo", "--no-browser", "--port", "0", "--data", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            address = next(word for line in server.stdout for word in line.split() if word.startswith("http"))
            try:
                _walk(address, Path(folder))
            finally:
                server.terminate()


def _walk(address: str, folder: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 720}, color_scheme="light")
        page.goto(address)
        page.get_by_role("button", name="Morgan Invented").click()
        page.get_by_role("heading", name="Programs").wait_for()
        _take(page, "home", "section.house >> nth=-1")
        _rate(browser, address)
        page.get_by_role("link", name="Lamplit Tide Evenings").click()
        page.get_by_role("link", name="Result").first.click()
        _take(page, "result", "section:has(> h2:text-is('Profile'))")
        page.get_by_role("link", name="Lamplit Tide Evenings").click()
        page.get_by_role("link", name="Actions").click()
        _take(page, "board", ".board, .columns, main > section >> nth=0")
        page.go_back()
        page.get_by_role("link", name="Result").first.click()
        page.get_by_role("link", name="See the improvement plan").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Download the plan as PDF").click()
        download.value.save_as(folder / "plan.pdf")
        first = ["pdftoppm", "-r", "80", "-f", "1", "-l", "1", "-singlefile", "-png"]
        subprocess.run([*first, folder / "plan.pdf", PICTURES / "plan"], check=True)
        page.goto(f"{address}/portfolio?kind=external")
        page.get_by_role("link", name="Compare all").click()
        _take(page, "compare", "#dimensions")
        page.goto(address)
        page.get_by_role("link", name="Lamplit Tide Evenings").click()
        page.get_by_role("link", name="Answer sheet").click()
        _take(page, "answers", ".answered >> nth=3")
        browser.close()


def _rate(browser: Browser, address: str) -> None:
    """A page of the rater, in a browser of her own."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 720}, color_scheme="light")
    page.goto(address)
    page.get_by_role("button", name="Sasha Sample").click()
    page.get_by_role("link", name="Paper Lantern House").first.click()
    page.get_by_role("link", name="III Clinical process: assessment").click()
    bar = page.locator(".bar").evaluate("one => one.offsetHeight")
    _take(page, "dimension", "#screening", bar)


def _take(page: Page, name: str, last: str, bar: int = 0) -> None:
    """A picture in a window just high enough for the page up to the end of this element, and for the bar below."""
    page.evaluate("scrollTo(0, 0)")
    end = page.locator(last).evaluate("one => one.getBoundingClientRect().bottom")
    page.set_viewport_size({"width": WIDTH, "height": int(end) + ROOM + bar})
    page.screenshot(path=PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
