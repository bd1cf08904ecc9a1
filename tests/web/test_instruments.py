"""About the instruments: source, licence, every word, and the empty form on paper."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import shelf
from ddcat.shelf import Volume


def _said(text: str) -> str:
    return " ".join(text.split())


def test_every_instrument_is_listed_with_its_doors(client: Any) -> None:
    page = client.get("/instruments/")
    listed = [shelf.find(name).instrument for name in shelf.names()]
    assert len(listed) == 3
    assert page.words("main h2") == [f"{instrument.title}, {instrument.version}" for instrument in listed]
    for instrument in listed:
        for door in ("", "/blank.pdf", "/blank/print"):
            assert page.soup.select(f'a[href="/instruments/{instrument.name}{door}"]')


def test_the_about_page_shows_source_licence_and_what_is_still_to_be_compared(client: Any, ddcat: Volume) -> None:
    page = client.get("/instruments/ddcat@4.0")
    instrument = ddcat.instrument
    for text in (instrument.citation, instrument.notice, instrument.licence, instrument.routine, ddcat.checksum):
        assert _said(str(text)) in page.text
    assert ddcat.guide.review
    for line in ddcat.guide.review:
        assert _said(line) in page.text


def test_the_about_page_shows_every_word_of_every_item(client: Any, ddcat: Volume) -> None:
    page = client.get("/instruments/ddcat@4.0")
    for item in ddcat.instrument.items:
        said = page.words(f"#{item.id}")[0]
        steps = [step for steps in ddcat.guide.steps[item.id].values() for step in steps]
        for text in (item.title, item.prompt, item.guidance, *item.evidence, *item.anchors.values(), *steps):
            assert _said(text) in said


def test_the_about_page_shows_bands_focus_areas_and_dimensions(client: Any, ddcat: Volume) -> None:
    page = client.get("/instruments/ddcat@4.0")
    for band in ddcat.instrument.bands:
        for text in (band.code, band.title, band.meaning):
            assert _said(text) in page.text
    for focus in ddcat.instrument.focuses:
        assert _said(focus.meaning) in page.text
    for dimension in ddcat.instrument.dimensions:
        assert f"{dimension.number} {dimension.title}" in page.words("h2")


def test_an_instrument_without_its_version_means_the_newest(client: Any) -> None:
    assert client.get("/instruments/ddcat").heading == "About this instrument: DDCAT 4.0"


@pytest.mark.parametrize("name", ["nothing", "ddcat@9.9", "ddcat-4.0", "..%2Fddcat", "%00", "lantern@1.0", "@"])
@pytest.mark.parametrize("door", ["", "/blank.pdf", "/blank/print"])
def test_an_unknown_instrument_is_not_here(client: Any, name: str, door: str) -> None:
    assert client.get(f"/instruments/{name}{door}").status == 404


def test_the_empty_form_to_print_holds_every_item_with_room_to_write(client: Any, ddcat: Volume) -> None:
    page = client.get("/instruments/ddcat@4.0/blank/print")
    assert page.heading == ddcat.instrument.title
    forms = page.words("section.form-item")
    for item, said in zip(ddcat.instrument.items, forms, strict=True):
        assert said.startswith(f"{item.code} {item.title}")
        assert all(_said(anchor) in said for anchor in item.anchors.values())
        assert said.count("No description: this rating cannot be given.") == len(item.unanchored)
        assert "Rating:" in said
        assert "Evidence:" in said


@pytest.mark.slow
def test_the_empty_form_is_a_download_as_pdf(client: Any, ddcat: Volume) -> None:
    page = client.get("/instruments/ddcat@4.0/blank.pdf")
    assert page.headers["Content-Disposition"] == 'attachment; filename="ddcat-ddcat-4-0-blank.pdf"'
    text = " ".join(PdfReader(BytesIO(page.response.data)).pages[0].extract_text().split())
    assert ddcat.instrument.title in text
