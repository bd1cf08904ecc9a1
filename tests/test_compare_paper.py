"""A comparison of programs on paper: twelve of them legible on broad sheets, as PDF/UA-1, the same bytes twice."""

import re
from io import BytesIO
from random import Random
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import comparing, report, shelf
from ddcat.records import Assessment, Evidence
from ddcat.report import Beside
from tests.test_report import HOSTILE, headings, tags, text_of

REAL = shelf.find("ddcat@4.0").instrument
NAMES = (
    "Gull Point Clinic",
    "Heron Reach Residential",
    "Northwind Detox and Stabilization",
    "Saltmarsh Opioid Program",
)
KINDS = ("external", "self", "peer", None)


def beside(n: int = 12, name: str = "", **more: Any) -> Beside:
    """So many programs with the DDCAT, of every kind of rater, each rated otherwise."""
    found, chance = [], Random(7)
    for at in range(n):
        ratings = {item.id: chance.choice(item.ratings) for item in REAL.items}
        lines = tuple(Evidence(f"{at}-{id}", id, "document/manual") for id in ratings)
        about = {"ref": f"r{at}", "program_ref": f"p{at}", "agency_ref": f"a{at // 3}", "evidence": lines}
        usual = {"kind": KINDS[at % 4], "agency": f"Tern Rock {at // 3}", "rater": "Ada Finch"}
        found.append(Assessment(name or f"{NAMES[at % 4]} {at}", "2026-05-04", ratings, **about, **usual))
    comparison = comparing.compare(found, {each.ref: REAL for each in found})
    assert comparison
    return Beside(comparison, **more)


@pytest.fixture(scope="module")
def paper() -> bytes:
    return report.pdf(report.compared(beside(missing=("Curlew",), as_of="2026-06-01")))


def test_twelve_programs_and_every_item_stand_on_a_few_broad_sheets(paper: bytes) -> None:
    pages = PdfReader(BytesIO(paper)).pages
    assert len(pages) <= 9
    assert {(float(page.mediabox.width), float(page.mediabox.height)) for page in pages} == {(792, 612)}
    said = text_of(paper)
    for item in REAL.items:
        assert f"{item.code} {item.title[:12]}" in said
    assert headings(paper) == [
        "Comparison",
        "Programs by band",
        "Dimension by dimension",
        "How far apart the programs are",
        "What each result rests on",
        "Who is strong where another is weak",
        "Item by item",
        "What was published of others",
    ]


def test_no_row_stands_alone_and_figures_stand_with_their_heading() -> None:
    paper = report.pdf(report.compared(beside(5, missing=("Curlew",), as_of="2026-06-01")))
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(paper)).pages]
    (spread,) = [page for page in pages if "Overall, rated by the program itself" in page]
    assert "Overall, rated by people from outside" in spread
    (published,) = [page for page in pages if "What was published of others" in page]
    assert "n = " in published.partition("What was published of others")[2]


def test_paper_bears_the_day_that_it_was_given() -> None:
    assert "as of June 1, 2026" in report.compared(beside(3, as_of="2026-06-01", today="2026-11-22"))
    newest = report.compared(beside(3, today="2026-11-22"))
    assert "DDCAT 4.0 · as of November 22, 2026" in newest
    assert "Of each program the newest sealed assessment as of November 22, 2026." in newest
    assert report.pdf(newest) == report.pdf(report.compared(beside(3, today="2026-11-22")))


def test_paper_says_who_rated_whom_and_what_is_missing(paper: bytes) -> None:
    said = text_of(paper)
    assert "Not everybody was rated by the same kind of people." in said
    assert "A Gull Point Clinic 0" in said
    assert "No assessment that you may see was made and sealed by June 1, 2026: Curlew." in said
    assert "Outside raters gave these figures." in said


def test_every_drawing_has_words_and_every_heading_of_a_table_its_scope(paper: bytes) -> None:
    drawings = [part["Alt"] for part in tags(paper, "Figure")]
    assert len(drawings) == 10
    assert all("12 programs from" in alt for alt in drawings[:8])
    assert {part["Scope"] for part in tags(paper, "TH")} == {"/Column", "/Row"}


def test_letters_are_large_enough_to_read() -> None:
    style = report.style()
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)pt", style.split("lie broad")[1])]
    assert min(sizes) >= 6


def test_the_same_comparison_makes_the_same_bytes(paper: bytes) -> None:
    assert report.pdf(report.compared(beside(missing=("Curlew",), as_of="2026-06-01"))) == paper


def test_more_than_twelve_are_shown_by_dimension_only() -> None:
    html = report.compared(beside(14))
    assert "heats-of-programs" in html
    assert 'class="heats-of-items' not in html
    assert "in-dot" not in html.partition("<body>")[2]


def test_paper_passes_the_pdf_ua_checker(refused: Any, paper: bytes) -> None:
    many = report.pdf(report.compared(beside(14)))
    long = report.pdf(report.compared(beside(3, "Gull Point " * 18)))
    strange = report.pdf(report.compared(beside(2, HOSTILE["emoji and signs beyond"])))
    assert refused({"twelve": paper, "fourteen": many, "long names": long, "strange signs": strange}) == ""


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_names_are_shown_as_they_were_typed(what: str) -> None:
    html = report.compared(beside(2, HOSTILE[what]))
    assert "<script>" not in html
    assert "<img" not in html
