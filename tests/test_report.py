"""Paper: what a board reads, what a screen reader needs, PDF/UA-1, and what happens where no PDF can be made."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from ddcat import demo, display, planning, report, scoring, shelf, store
from ddcat.instrument import Guide, Instrument
from ddcat.records import Action, Assessment, Cycle, Plan, Point
from ddcat.store import actions, people, programs
from ddcat.store import assessments as assessments_of

ROOT = Path(__file__).parent.parent
HOSTILE = {
    "a script": "<script>alert(1)</script> & <b>bold</b>",
    "an image from elsewhere": '<img src="http://127.0.0.1:9/spy.png">',
    "a word of 4000 letters": "w" * 4000,
    "right to left": "مراجعة الملفات וסקירת התיקים",
    "emoji and signs beyond": "Seen \U0001f9ea\U0001f469‍\U0001f52c twice 🧭 \U00020bb7 ∑",
    "lone marks": "e\u0301\u0301\u0301 \u202e reversed \u202c end",
    "braces of templates": "{{ 7 * 7 }} {% if %} %(name)s ${x}",
}


@pytest.fixture(scope="session")
def about(ddcat: shelf.Volume) -> Callable[..., Assessment]:
    """`about(ratings)`: an assessment with these ratings, said by the program itself."""

    def about(ratings: scoring.Ratings, **others: Any) -> Assessment:
        said = Assessment(program="Gull Point Clinic", assessed_on="2026-05-04", ratings=dict(ratings), **others)
        return replace(said, kind="self", rater="Ada Finch")

    return about


@pytest.fixture(scope="session")
def assessments(
    ddcat: shelf.Volume, profiles: dict[str, scoring.Ratings], rated: Any, about: Callable[..., Assessment]
) -> dict[str, Assessment]:
    """Assessments by what they are."""
    real = ddcat.instrument
    seen = {item.id: f"Ten charts read for {item.code}; eight hold it." for item in real.items[::3]}
    best = {item.id: item.ratings[-1] for item in real.items}
    return {
        "complete": about(profiles["T2"], why=seen, agency="Tern Rock", cover={"sources": "Charts, staff"}),
        "incomplete": about(profiles["incomplete"], why=seen),
        "all 5": about(best),
        "all 1": about(rated(real, 1)),
        "empty": about({}),
    }


@pytest.fixture(scope="session")
def fresh_paper(ddcat: shelf.Volume, assessments: dict[str, Assessment]) -> Callable[..., bytes]:
    """`fresh_paper("complete")`: the PDF plan of these assessments, or the blank form, made for whoever asks."""

    def fresh_paper(*names: str) -> bytes:
        if names == ("blank",):
            return report.pdf(report.blank(ddcat.instrument))
        return report.pdf(report.plan(ddcat.instrument, ddcat.guide, [assessments[name] for name in names]))

    return fresh_paper


@pytest.fixture(scope="session")
def paper(fresh_paper: Callable[..., bytes], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """The same, made once and kept in a file, which the processes of a run share: a plan takes seconds."""
    temporary = tmp_path_factory.getbasetemp()
    shelf = (temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary) / "paper"
    shelf.mkdir(exist_ok=True)

    @cache
    def paper(*names: str) -> bytes:
        file = shelf / "-".join(names)
        if not file.exists():
            unfinished = file.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(fresh_paper(*names))
            unfinished.replace(file)
        return file.read_bytes()

    return paper


SEVERAL = ("complete", "incomplete", "all 5")
KINDS = [("complete",), ("incomplete",), ("all 5",), ("all 1",), ("empty",), SEVERAL, ("blank",)]
kinds_of_paper = pytest.mark.parametrize("names", KINDS, ids=" and ".join)


def text_of(pdf: bytes) -> str:
    return plain("\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def first_page(pdf: bytes) -> str:
    return plain(PdfReader(BytesIO(pdf)).pages[0].extract_text())


def plain(text: str) -> str:
    """Without line breaks and hyphens, wherever they fell."""
    return " ".join(text.replace("\u00ad", "").replace("\u2010\n", "").split())


def lines(page: Any, foot: float = 40) -> list[str]:
    """What stands on this page, line by line from top to bottom, without the line at its foot."""
    found: dict[int, str] = {}

    def keep(text: str, at: list[float], line: list[float], *_others: Any) -> None:
        height = round(at[3] * line[5] + at[5])
        if text.strip() and height > foot:
            found[height] = f"{found.get(height, '')} {text}"

    page.extract_text(visitor_text=keep)
    return [plain(found[height]) for height in sorted(found, reverse=True)]


def headings(pdf: bytes) -> list[str]:
    """The outline that a reader shows beside the pages, from top to bottom."""

    def walk(parts: Any) -> Iterator[str]:
        for part in parts:
            if isinstance(part, list):
                yield from walk(part)
            else:
                yield plain(str(part.title))

    return list(walk(PdfReader(BytesIO(pdf)).outline))


def tags(pdf: bytes, kind: str) -> list[dict[str, Any]]:
    """The parts of the document's structure that are of this kind, with their attributes as plain values."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return [
            {"Alt": str(part.get("/Alt", "")), "Scope": str(part.get("/A", {}).get("/Scope", ""))}
            for part in document.objects
            if isinstance(part, pikepdf.Dictionary) and part.get("/S") == f"/{kind}"
        ]


@kinds_of_paper
def test_paper_tells_its_language_and_title_and_is_tagged(names: tuple[str, ...], paper: Any) -> None:
    with pikepdf.open(BytesIO(paper(*names))) as document:
        assert str(document.Root.Lang) == "en"
        assert document.Root.MarkInfo.Marked
        assert document.Root.ViewerPreferences.DisplayDocTitle
        title = str(document.docinfo.Title)
    for part in (
        ("DDCAT", "form for a site visit") if names == ("blank",) else ("Gull Point Clinic", "mprovement plan")
    ):
        assert part in title


@kinds_of_paper
def test_every_heading_cell_has_a_scope_and_every_figure_a_text(names: tuple[str, ...], paper: Any) -> None:
    cells, figures = tags(paper(*names), "TH"), tags(paper(*names), "Figure")
    assert cells
    assert {cell["Scope"] for cell in cells} <= {"/Column", "/Row"}
    assert all(figure["Alt"] for figure in figures)
    assert bool(figures) == (names != ("blank",))


@kinds_of_paper
def test_the_outline_holds_the_headings(names: tuple[str, ...], paper: Any, ddcat: shelf.Volume) -> None:
    outline = headings(paper(*names))
    if names == ("blank",):
        assert outline[0] == ddcat.instrument.title
        assert "IVA Plan of treatment" in outline or any(line.startswith("IVA ") for line in outline)
    else:
        for heading in ("Gull Point Clinic", "Focus areas", "Where each item stands", "Evidence recorded"):
            assert outline.count(heading) == len(names)


@pytest.mark.parametrize("name", ["complete", "blank"])
def test_two_runs_make_the_same_bytes(name: str, paper: Any, fresh_paper: Any) -> None:
    assert fresh_paper(name) == paper(name)


@pytest.mark.parametrize("name", ["complete", "incomplete", "all 1"])
def test_page_one_stands_alone(
    name: str, paper: Any, assessments: dict[str, Assessment], ddcat: shelf.Volume
) -> None:
    page, instrument, ratings = first_page(paper(name)), ddcat.instrument, assessments[name].ratings
    result = scoring.score(instrument, ratings)
    level = planning.next_level(instrument, result)
    assert plain(display.headline(instrument, result)) in page
    assert "Scale method" in page
    assert "Criterion method" in page
    for dimension in instrument.dimensions:
        assert f"{dimension.number} {dimension.title}" in page
    for gap in planning.gaps(instrument, ratings, level)[: report.FIRST]:
        assert f"{gap.item.code} {plain(gap.item.title)}" in page
    assert "Self-ratings run high." in page
    assert ("Provisional." in page) == (not result.is_complete)


LONG = ("The Wide River Recovery Program for Men, Women and Families of Western Mount Washington " * 3)[:199] + "."
WORST = {
    "long names, an amendment and every rating without an anchor": (LONG, 6),
    "names without a space": ("W" * 200, 1),
    "names of which none is long": (LONG[:60], 0),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", WORST)
def test_page_one_is_one_page_at_its_worst(what: str, ddcat: shelf.Volume, about: Callable[..., Assessment]) -> None:
    """Provisional, self-rated, in the band with the longest name, and the methods disagree."""
    (name, unanchored), instrument = WORST[what], ddcat.instrument
    fives = round(0.7 * len(instrument.items))
    ratings = {item.id: 5 if n < fives else (1, 3)[n % 2] for n, item in enumerate(reversed(instrument.items))}
    ratings |= {item.id: item.unanchored[0] for item in [i for i in instrument.items if i.unanchored][:unanchored]}
    del ratings[instrument.items[-1].id]
    result = scoring.score(instrument, ratings)
    assert result.band == max(instrument.bands, key=lambda band: len(band.title)).code
    assert display.disagreement(instrument, result)
    others = {"agency": name, "rater": name} if len(name) > 100 else {"agency": "Tern Rock", "rater": "Ada Finch"}
    worst = about(ratings, period=4, edition=2, ref="r", reason="Why", replaced_at="2026-05-05T10:00:00+00:00")
    worst = replace(worst, program=name, **others)
    pages = PdfReader(BytesIO(report.pdf(report.plan(instrument, ddcat.guide, [worst])))).pages
    first = plain(pages[0].extract_text())
    for said in ("Provisional.", "Self-ratings run high.", "Raise these first", "edition 2"):
        assert said in first
    assert first.count("which has no anchor in this instrument") == unanchored
    assert "does not by itself change what a client receives" in first
    assert lines(pages[1])[0] == "Items to raise, in order"


@pytest.mark.parametrize("names", [*KINDS[:4], ("blank",)], ids=" and ".join)
def test_no_heading_stands_alone_at_the_foot_of_a_page(names: tuple[str, ...], paper: Any) -> None:
    pdf = paper(*names)
    ends = [lines(page)[-2:] for page in PdfReader(BytesIO(pdf)).pages]
    assert [end for end in ends if {end[-1], " ".join(end)} & set(headings(pdf))] == []


def test_gains_read_with_three_decimals_everywhere(assessments: dict[str, Assessment], ddcat: shelf.Volume) -> None:
    html = report.plan(ddcat.instrument, ddcat.guide, [assessments["all 1"]])
    gains = re.findall(r"overall score \+(\d[.\d]*\d)|adds (\d[.\d]*\d)|\b[IV]+ (0[.\d]*\d)", html)
    assert len(gains) > 70
    assert all(re.fullmatch(r"\d\.\d{3}", "".join(gain)) for gain in gains)
    assert "0.000" not in html


def test_a_plan_that_gains_mostly_from_the_setting_warns_in_the_words_of_the_guide(
    lantern: Instrument, lantern_guide: Guide, ddcat: shelf.Volume
) -> None:
    by_code = {"IA": 1, "IB": 1, "IIA": 3}
    said = Assessment("Tern Rock", "2026-05-04", {item.id: by_code[item.code] for item in lantern.items})
    html = report.plan(lantern, lantern_guide, [said])
    assert f"That is more than half. {lantern_guide.setting_warning}</b>" in html
    assert ddcat.guide.setting_warning not in html
    wordless = lantern_guide.model_copy(update={"setting_warning": ""})
    assert "That is more than half.</b>" in report.plan(lantern, wordless, [said])


def test_the_plan_says_for_each_item_what_to_do(paper: Any, assessments: Any, ddcat: shelf.Volume) -> None:
    text, instrument, ratings = text_of(paper("complete")), ddcat.instrument, assessments["complete"].ratings
    level = planning.next_level(instrument, scoring.score(instrument, ratings))
    for gap in planning.gaps(instrument, ratings, level):
        assert plain(gap.item.anchors[gap.to]) in text
        for step in ddcat.guide.towards(gap.item.id, gap.to):
            assert plain(step) in text
    for evidence in assessments["complete"].why.values():
        assert plain(evidence) in text


def test_a_plan_of_35_gaps_stays_under_40_pages(paper: Any, assessments: Any, ddcat: shelf.Volume) -> None:
    result = scoring.score(ddcat.instrument, assessments["all 1"].ratings)
    gaps = planning.gaps(
        ddcat.instrument, assessments["all 1"].ratings, planning.next_level(ddcat.instrument, result)
    )
    assert len(gaps) == 35
    assert len(PdfReader(BytesIO(paper("all 1"))).pages) < 40


def test_an_empty_assessment_says_that_there_is_nothing_to_plan(paper: Any) -> None:
    assert "Nothing is rated yet, so there is nothing to plan." in first_page(paper("empty"))


def test_a_program_at_the_top_is_told_to_hold_it(paper: Any) -> None:
    assert "Hold what you have" in first_page(paper("all 5"))


def test_several_assessments_make_one_file_with_a_section_each(paper: Any) -> None:
    pages = PdfReader(BytesIO(paper(*SEVERAL))).pages
    begins = [n for n, page in enumerate(pages) if plain(page.extract_text()).startswith("Improvement plan")]
    assert len(begins) == len(SEVERAL), "each begins on a page of its own"
    assert len(pages) == sum(len(PdfReader(BytesIO(paper(name))).pages) for name in SEVERAL)


def test_the_blank_form_holds_every_anchor_and_no_invented_one(paper: Any, ddcat: shelf.Volume) -> None:
    text = text_of(paper("blank"))
    for item in ddcat.instrument.items:
        for anchor in item.anchors.values():
            assert plain(anchor) in text
    without = sum(len(item.unanchored) for item in ddcat.instrument.items)
    assert text.count("No description: this rating cannot be given.") == without


def test_the_blank_form_has_room_for_a_hand(paper: Any, ddcat: shelf.Volume) -> None:
    """Three lines for the evidence of each item, 8 mm apart."""
    form = report.blank(ddcat.instrument)
    items = form.split('<section class="form-item">')[1:]
    assert len(items) == len(ddcat.instrument.items)
    assert all(item.count('<p class="write rule">') == 3 for item in items)
    assert re.search(r"\.rule \{[^}]* height: 8mm;", report.style())


def test_every_sheet_of_the_blank_form_says_where_it_belongs(paper: Any) -> None:
    pages = PdfReader(BytesIO(paper("blank"))).pages
    assert len(pages) <= 26
    for n, page in enumerate(pages, 1):
        assert re.search(
            rf"Program: _+ Date: _+ Form for a site visit · DDCAT 4.0 Page {n} of {len(pages)}$",
            plain(page.extract_text()),
        )


def test_no_item_of_the_blank_form_is_split(paper: Any, ddcat: shelf.Volume) -> None:
    pages = [plain(page.extract_text()) for page in PdfReader(BytesIO(paper("blank"))).pages]
    for item in ddcat.instrument.items:
        (page,) = [page for page in pages if f"circle one number for {item.code} " in page]
        assert f"{item.code} {plain(item.title)}" in page
        after = page.split(f"circle one number for {item.code} ")[1]
        assert "Evidence:" in after.split("circle one number for")[0]


# --- The road, and the work on the plan ---


def work(assessment: Assessment, instrument: Instrument, *actions: Action, **more: Any) -> report.Work:
    usual: dict[str, Any] = {"today": "2026-11-01", "plan": Plan(), "instruments": {assessment.ref: instrument}}
    return report.work_on(assessment, every=actions, seen=[assessment], **usual | more)


def test_the_plan_shows_the_road_without_anything_from_a_store(assessments: Any, ddcat: shelf.Volume) -> None:
    html = plain(re.sub(r"<[^>]+>", " ", report.plan(ddcat.instrument, ddcat.guide, [assessments["complete"]])))
    found = report.ways(ddcat.instrument, ddcat.guide, assessments["complete"].ratings, Plan())
    assert (found.to, found.by, found.chosen) == ("DDC", "both", None)
    assert found.felt
    assert f"Cheapest road: {len(found.cheapest.road.rises)} items to raise" in html
    assert f"cost {found.cheapest.road.total_cost}" in html
    assert "What patients feel first" in html
    assert "The road" not in report.plan(ddcat.instrument, ddcat.guide, [assessments["incomplete"]])


def test_a_road_that_gains_mostly_from_the_setting_warns(lantern: Instrument, lantern_guide: Guide) -> None:
    for ratings, warns in (((1, 1, 5), True), ((5, 5, 1), False)):
        rated = dict(zip((item.id for item in lantern.items), ratings, strict=True))
        html = report.plan(lantern, lantern_guide, [Assessment("Tern Rock", "2026-05-04", rated)])
        assert ("More than half of this gain is in the setting." in html) == warns


def test_a_target_that_is_reached_and_one_that_no_road_leads_to_are_told(
    lantern: Instrument, lantern_guide: Guide
) -> None:
    best = {item.id: item.ratings[-1] for item in lantern.items}
    assert "is reached." in report.plan(lantern, lantern_guide, [Assessment("Tern Rock", "2026-05-04", best)])
    low = Assessment("Tern Rock", "2026-05-04", dict.fromkeys(best, 1), ref="r")
    closed: dict[str, int | None] = dict.fromkeys(best)
    told = {"r": work(low, lantern, plan=Plan("bright", "scale", closed))}
    html = report.plan(lantern, lantern_guide, [low], work=told)
    assert "There is no road to" in html
    assert "marked as not possible now: IA, IB and IIA." in html


def test_what_the_program_chose_stands_beside_the_roads(lantern: Instrument, lantern_guide: Guide) -> None:
    low = Assessment("Tern Rock", "2026-05-04", dict.fromkeys((item.id for item in lantern.items), 1), ref="r")
    told = work(low, lantern, plan=Plan("lit", "both", {"coat-rack": 4}, {"coat-rack": 3, "first-words": 1}))
    found = report.ways(lantern, lantern_guide, low.ratings, told.plan)
    assert found.chosen
    assert [(rise.item.id, rise.to, rise.cost) for rise in found.chosen.road.rises] == [("coat-rack", 3, 8)]
    html = report.plan(lantern, lantern_guide, [low], work={"r": told})
    assert "What the program chose" in html
    assert "own plan: 1 item to raise, cost 8" in html


def test_the_plan_shows_every_action_with_its_proof_its_tests_and_its_counts(
    lantern: Instrument, lantern_guide: Guide
) -> None:
    low = Assessment("Tern Rock", "2026-05-04", dict.fromkeys((item.id for item in lantern.items), 1), ref="r")
    tried = Cycle("c", "One shift greets by the card", "2026-06-01", "2026-06-05", "Eight of ten", "Nine", "adopt")
    usual: dict[str, Any] = {
        "item": "first-words",
        "rating": 1,
        "expected": 3,
        "assessment": "r",
        "owner": "Ada Finch",
    }
    late = Action(ref="a", what="Write a card", due_on="2026-09-01", state="under way", proof="The card", **usual)
    late = replace(late, cycles=(tried,), measured="greetings", measured_as="share")
    late = replace(late, points=(Point("p", "2026-06-05", "8", 10), Point("q", "2026-07-05", "9", 10)))
    dropped = replace(late, ref="b", item="coat-rack", state="dropped", reason="No room", cycles=(), points=())
    html = report.plan(lantern, lantern_guide, [low], work={"r": work(low, lantern, late, dropped)})
    said = plain(re.sub(r"<[^>]+>", " ", html))
    for told in (
        "As of November 1, 2026: 2 actions : 1 dropped, 1 under way. 1 is overdue.",
        "Owner: Ada Finch. Due: September 1, 2026. State: under way overdue .",
        "Evidence that will prove it The card",
        "One shift greets by the card June 1, 2026 to June 5, 2026 Eight of ten Nine adopt it",
        "Why it was dropped No room",
        "Run chart of greetings: 2 counts",
        "Under action: Write a card (Ada Finch, September 1, 2026, under way)",
    ):
        assert told.replace(" :", ":") in said.replace(" :", ":")
    assert html.count('<p class="owner">') == 2, "room for a hand where no action is under way"


def test_no_page_of_the_plans_of_the_demo_is_almost_empty_after_the_first(
    tmp_path: Path, ddcat: shelf.Volume
) -> None:
    demo.prepare(tmp_path / "demo.sqlite")
    db = store.connect(tmp_path / "demo.sqlite")
    with closing(db.conn):
        person = people.first(db)
        place = next(one for one in programs.all(db, person) if one.name == "Lamplit Tide Evenings")
        made = assessments_of.of_program(db, person, place.ref)
        seen = [one for one in made if one.checksum == ddcat.checksum]
        every = actions.of_program(db, person, place.ref)
    for each in seen:
        told = report.work_on(
            each,
            today="2026-11-01",
            plan=Plan(),
            every=every,
            seen=seen,
            instruments={one.ref: ddcat.instrument for one in seen},
        )
        html = report.plan(ddcat.instrument, ddcat.guide, [each], work={each.ref: told})
        pages = PdfReader(BytesIO(report.pdf(html))).pages
        assert lines(pages[1])[0] == "Items to raise, in order", each.assessed_on
        assert len(lines(pages[1])) >= 5


def lantern_low(lantern: Instrument, **more: Any) -> Assessment:
    ratings = dict.fromkeys((item.id for item in lantern.items), 1)
    return replace(Assessment("Tern Rock", "2026-05-04", ratings, ref="r"), **more)


def test_an_open_action_of_an_earlier_plan_is_listed_and_not_counted_with_this_plan(
    lantern: Instrument, lantern_guide: Guide
) -> None:
    sealed = {"sealed_at": "2026-05-04T10:00:00+00:00"}
    low = lantern_low(lantern, **sealed)
    base = lantern_low(lantern, ref="r0", assessed_on="2025-05-04", **sealed)
    usual: dict[str, Any] = {"rating": 1, "expected": 3, "due_on": "2026-09-01", "state": "agreed"}
    own = Action(ref="a", item="first-words", what="Write a card", assessment="r", **usual)
    old = Action(ref="b", item="coat-rack", what="Hang up a rack", owner="Bo Gull", assessment="r0", **usual)
    told = report.work_on(
        low,
        today="2026-11-01",
        plan=Plan(),
        every=(own, old),
        seen=[base, low],
        instruments=dict.fromkeys(("r0", "r"), lantern),
    )
    html = report.plan(lantern, lantern_guide, [low], work={"r": told})
    said = plain(re.sub(r"<[^>]+>", " ", html))
    assert "1 is overdue." in said
    assert "2 are overdue." not in said
    assert "Carried over from the plan of May 4, 2025" in said
    assert "Under action: Hang up a rack (Bo Gull, September 1, 2026, agreed)" in said
    assert html.count('<p class="owner">') == 1
    alone = report.plan(lantern, lantern_guide, [low], work={"r": replace(told, actions=())})
    assert "No action is planned from this assessment yet." in alone
    assert "Carried over from the plan of May 4, 2025" in alone


def test_the_plan_of_a_replaced_edition_says_so(lantern: Instrument, lantern_guide: Guide) -> None:
    told = "This edition was replaced by an amendment, sealed May 5, 2026"
    replaced = lantern_low(lantern, replaced_at="2026-05-05T10:00:00+00:00")
    assert told in report.plan(lantern, lantern_guide, [replaced])
    assert told not in report.plan(lantern, lantern_guide, [lantern_low(lantern)])


def test_a_long_plan_is_bounded_and_says_what_it_leaves_out(lantern: Instrument, lantern_guide: Guide) -> None:
    points = tuple(Point(f"p{n}", f"2026-{1 + n // 28:02}-{1 + n % 28:02}", "8", 10) for n in range(40))
    usual: dict[str, Any] = {"item": "first-words", "rating": 1, "expected": 3, "assessment": "r", "what": "Write"}
    counted = Action(ref="a", measured="greetings", measured_as="share", points=points, **usual)
    many = (counted, *(Action(ref=f"b{n}", **usual) for n in range(62)))
    low = lantern_low(lantern)
    html = report.plan(lantern, lantern_guide, [low], work={"r": work(low, lantern, *many)})
    said = plain(re.sub(r"<[^>]+>", " ", html))
    assert html.count('<section class="acted">') == 60
    assert html.count('data-label="State"') == 63, "the table has every action"
    assert "and 3 more, in the workbook" in said
    assert "and 4 more, in the workbook" in said
    assert "The newest 36 counts, the first day first:" in said
    assert "Jan 5, 2026: 8 of 10 (80" in said
    assert "Jan 4, 2026: 8 of 10" not in said
    assert "Run chart of greetings: 40 counts" in said


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_does_no_harm(what: str, lantern: Instrument, lantern_guide: Guide) -> None:
    said = HOSTILE[what]
    everywhere = Assessment(
        program=said[:200],
        assessed_on="2026-05-04",
        ratings={item.id: item.ratings[0] for item in lantern.items},
        rater=said[:200],
        agency=said[:200],
        reason=said[:1000],
        why={item.id: said for item in lantern.items},
        cover={"sources": said[:1000]},
    )
    html = report.plan(lantern, lantern_guide, [everywhere])
    assert "<script" not in html
    assert "<img" not in html
    pages = PdfReader(BytesIO(report.pdf(html))).pages
    assert len(pages) < 20
    if said.isascii() and len(said) < 200:
        assert plain(said) in plain(" ".join(page.extract_text() for page in pages))


def test_nothing_is_fetched_from_outside(tmp_path: Path, silent_server: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"not a picture")
    html = f'<html lang="en"><title>t</title><h1>t</h1><img alt="a" src="{silent_server}/a.png">'
    html += f'<img alt="b" src="{secret.as_uri()}"><link rel="stylesheet" href="{silent_server}/s">'
    assert report.pdf(html).startswith(b"%PDF")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An address at which nobody may ask for anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.slow
def test_all_paper_keeps_pdf_ua(paper: Any, refused: Any) -> None:
    assert refused({" and ".join(names): paper(*names) for names in KINDS}) == ""


@pytest.mark.slow
def test_paper_keeps_pdf_ua_whatever_people_wrote(refused: Any, lantern: Instrument, lantern_guide: Guide) -> None:
    def written(text: str) -> bytes:
        evidence = {item.id: text for item in lantern.items}
        ratings = {item.id: item.ratings[0] for item in lantern.items}
        said = Assessment(program=text[:200], assessed_on="2026-05-04", ratings=ratings, why=evidence)
        return report.pdf(report.plan(lantern, lantern_guide, [said]))

    assert refused({what: written(text) for what, text in HOSTILE.items()}) == ""


@pytest.fixture
def without_pango(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which WeasyPrint cannot load its libraries."""
    stub = tmp_path / "stub" / "weasyprint"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(stub.parent), str(ROOT)])}


@pytest.mark.parametrize("command", [["report", "ratings.csv"], ["blank"]], ids=" ".join)
def test_without_pango_a_pdf_is_refused_in_one_sentence_that_names_the_page_to_print(
    command: list[str], without_pango: dict[str, str], tmp_path: Path
) -> None:
    def ddcat(*arguments: str) -> subprocess.CompletedProcess[str]:
        whole = [sys.executable, "-m", "ddcat", *command, *arguments]
        return subprocess.run(whole, capture_output=True, text=True, env=without_pango, cwd=tmp_path)

    (tmp_path / "ratings.csv").write_text("program,assessed_on,IA,IIA\nGull Point,2026-05-04,3,2\n")
    before = sorted(tmp_path.iterdir())
    said = ddcat("-o", "out.pdf")
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr == (
        "out.pdf: file: PDFs need the system libraries Pango and HarfBuzz, which this machine does not have."
        " Use -o out.html for a page to print.\n"
    )
    assert sorted(tmp_path.iterdir()) == before

    said = ddcat("-o", "out.html")
    assert (said.returncode, said.stderr) == (0, "")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!doctype html>")
    assert "<h1>" in page
