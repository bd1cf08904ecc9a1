"""PDFs are made beside the pages, a few at a time."""

from threading import BoundedSemaphore
from typing import Any

import pytest

from ddcat.web import press


def test_more_pdfs_than_the_press_takes_are_asked_to_come_back(
    client: Any, sealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = BoundedSemaphore(1)
    busy.acquire()
    monkeypatch.setattr(press, "_WAITING", busy)
    page = client.get(f"/assessments/{sealed}/plan.pdf")
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "5"
    assert "Other PDFs are being made right now" in page.text
    assert client.get(page.soup.select_one("main a.button")["href"]).status == 200


def test_a_press_that_cannot_work_leaves_its_place_to_the_next(
    client: Any, sealed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_html: str) -> bytes:
        raise press.report.NoPaper("No paper here.")

    monkeypatch.setattr(press, "_WAITING", BoundedSemaphore(1))
    monkeypatch.setattr(press, "pdf", broken)
    for _attempt in range(3):
        assert "No paper here." in client.get(f"/assessments/{sealed}/plan.pdf").text
