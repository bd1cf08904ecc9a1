"""A comparison of programs on paper: twelve of them legible on broad sheets, as PDF/UA-1, the same bytes twice."""

import re
from dataclasses import replace
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
    assert "No sealed assessment that you may see was made on or before June 1, 2026: Curlew." in said
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


def test_beyond_twelve_every_program_is_a_small_mark_without_a_letter() -> None:
    many = beside(20)
    row = many.row("Overall", many.comparison.overall.values)
    assert row
    dots = row.plot.dots
    assert sorted(dot.at for dot in dots) == list(range(20))
    assert all(abs(a.x - b.x) >= 5 or a.y != b.y for a in dots for b in dots if a is not b)
    drawing = report.compared(many).partition('class="spreads')[2].partition("<svg")[2].partition("</svg>")[0]
    assert (drawing.count("<circle"), drawing.count('class="ring"')) == (10, 11)
    alike = many.row("Overall", [many.comparison.overall.values[0]] * 60)
    assert alike
    assert alike.plot.height < 80
    assert all(0 < dot.y < alike.plot.height for dot in alike.plot.dots)


@pytest.mark.parametrize("is_down", [False, True])
def test_the_order_asked_for_holds_for_everything_and_the_unknown_stands_last(is_down: bool) -> None:
    many = beside(14)
    first = many.comparison.dimensions[0]
    assert first.dimension
    gap = replace(first, values=(None, *first.values[1:]))
    gappy = replace(many, comparison=replace(many.comparison, dimensions=(gap, *many.comparison.dimensions[1:])))
    found = gappy.in_order(first.dimension.id, is_down=is_down).comparison
    *known, last = found.dimensions[0].values
    assert known == sorted(filter(None, gap.values), reverse=is_down)
    assert last is None
    for site, dimension, overall in zip(found.sites, found.dimensions[1].values, found.overall.values, strict=True):
        assert (site.result.dimensions[1].value, site.result.overall) == (dimension, overall)


def test_an_order_that_is_none_and_one_of_a_few_is_the_usual() -> None:
    many, few = beside(14), beside(12)
    assert many.in_order("moon", is_down=True) is many
    assert few.in_order("overall", is_down=True) is few


def test_where_nobody_has_evidence_it_is_said_in_place_of_a_list() -> None:
    few = beside(3)
    sites = [replace(site.assessment, evidence=()) for site in few.comparison.sites]
    bare = comparing.compare(sites, {each.ref: REAL for each in sites})
    assert bare
    html = report.compared(Beside(bare))
    assert "No program here has any evidence recorded, so nothing is shown as strong" in html
    assert "Nobody here" not in html
    assert "No program here has any evidence" not in report.compared(few)


def test_paper_passes_the_pdf_ua_checker(refused: Any, paper: bytes) -> None:
    many = report.pdf(report.compared(beside(14).in_order("overall", is_down=True)))
    long = report.pdf(report.compared(beside(3, "Gull Point " * 18)))
    strange = report.pdf(report.compared(beside(2, HOSTILE["emoji and signs beyond"])))
    assert refused({"twelve": paper, "fourteen": many, "long names": long, "strange signs": strange}) == ""


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_names_are_shown_as_they_were_typed(what: str) -> None:
    html = report.compared(beside(2, HOSTILE[what]))
    assert "<script>" not in html
    assert "<img" not in html
