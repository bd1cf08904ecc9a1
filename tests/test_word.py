"""The plan for Word: real headings, lists and tables, readable by anybody, and opened and saved by LibreOffice."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from lxml import etree
from pypdf import PdfReader

from ddcat import shelf
from ddcat.actions import HIT, Outcome
from ddcat.interchange import word
from ddcat.records import Action, Assessment, Carried, Cycle, Note, Plan, Point

HOSTILE = {
    "markup": "<h2>no heading</h2> & <table><tr><td>no cell</td></tr></table>",
    "braces": "{{ 7 * 7 }} {% if %} %(name)s",
    "a word of 50,000 letters": "w" * 50_000,
    "50,000 characters": "many words and more " * 2_500,
    "right to left": "مراجعة الملفات",
    "signs beyond": "Seen \U0001f9ea twice 🧭",
    "lines": "first line\nsecond line\n\nlast line",
}
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs"
    " suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd"
    " snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment"
    " textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing"
    " tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
}


@pytest.fixture(scope="module")
def base(ddcat: shelf.Volume, profiles: Any) -> Assessment:
    """A sealed assessment."""
    about = {"agency": "Tern Rock", "ref": "base", "kind": "self", "rater": "Ada Finch"}
    return Assessment("Gull Point", "2026-01-05", profiles["T3"], sealed_at="2026-01-06T10:00:00+00:00", **about)


@pytest.fixture(scope="module")
def worked(ddcat: shelf.Volume, base: Assessment) -> Action:
    """An action with everything that can be written to it."""
    item = next(item for item in ddcat.instrument.items if item.code == "VIIA")
    at = {"by": "Ada Finch", "saved_at": "2026-03-04T10:00:00+00:00"}
    return Action(
        *("ref", item.id, 1, 3, "Train everybody\nin both needs"),
        owner="Robin Example",
        starts_on="2026-02-01",
        due_on="2026-06-01",
        proof="Training log",
        state="done",
        seen="The log",
        effort=3,
        measured="people trained",
        measured_as="share",
        assessment="base",
        notes=(Note(text="Nobody minds", **at),),
        cycles=(Cycle(tried="One team", starts_on="2026-02-02", prediction="Half", happened="All", **at),),
        points=(Point(counted_on="2026-02-10", count="4", n=12, remark="Night shift too", **at),),
        saved_at="2026-03-01T10:00:00+00:00",
    )


@pytest.fixture(scope="module")
def written(ddcat: shelf.Volume, base: Assessment) -> Callable[..., bytes]:
    """`written(action)`: the plan with these actions; `chosen` and `outcomes` as `word.plan` has them."""

    def written(*actions: Action, assessment: Assessment = base, **about: Any) -> bytes:
        return word.plan(ddcat.instrument, ddcat.guide, assessment, actions=actions, **about)

    return written


def read(data: bytes) -> Any:
    return docx.Document(io.BytesIO(data))


def styled(document: Any, prefix: str) -> list[tuple[str, str]]:
    return [(one.style.name, one.text) for one in document.paragraphs if one.style.name.startswith(prefix)]


def tables(document: Any) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def words(document: Any) -> str:
    cells = [cell for table in tables(document) for row in table for cell in row]
    return " ".join(" ".join([*(one.text for one in document.paragraphs), *cells]).split())


def test_the_document_says_everything_of_an_action(written, worked, ddcat):
    said = words(read(written(worked)))
    item = ddcat.instrument.by_id[worked.item]
    for text in (
        *("Train everybody in both needs", "Robin Example", "February 1, 2026", "June 1, 2026", "3 of 5", "done"),
        *("Training log", "The log", "Nobody minds", "Ada Finch, March 4, 2026", "One team", "Half", "All"),
        *("people trained", "February 10, 2026", "Night shift too", item.anchors[3]),
        *ddcat.guide.towards(item.id, 3),
    ):
        assert " ".join(text.split()) in said


def test_headings_are_real_and_skip_no_level(written, worked):
    document = read(written(worked))
    assert styled(document, "Title") == [("Title", "Gull Point: improvement plan")]
    level = 0
    for style, text in styled(document, "Heading"):
        here = int(style.removeprefix("Heading "))
        assert here <= level + 1, text
        level = here
    assert {"Where the program stands", "Actions", "What it rests on"} <= {
        text for _style, text in styled(document, "H")
    }
    assert ("Heading 3", "Notes") in styled(document, "Heading")


def test_lists_are_real(written, worked, ddcat):
    listed = {text for _style, text in styled(read(written(worked)), "List Bullet")}
    assert set(ddcat.guide.towards(worked.item, 3)) <= listed
    assert "Owner: Robin Example" in listed


def test_every_table_has_a_caption_and_a_heading_that_is_repeated(written, worked):
    for data in (written(), written(worked)):
        document = read(data)
        captions = [text for _style, text in styled(document, "Caption")]
        assert len(captions) == len(document.tables) > 3
        for table, caption in zip(document.tables, captions, strict=True):
            assert table.style.name == "Table Grid"
            assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == caption
            assert table._tbl.getprevious().findtext(f".//{qn('w:t')}") == caption
            heads = [
                row.trPr is not None and row.trPr.find(qn("w:tblHeader")) is not None for row in table._tbl.tr_lst
            ]
            assert heads == [True] + [False] * (len(heads) - 1)


def test_items_stand_in_the_order_of_their_effect(written):
    (order,) = [rows for rows in tables(read(written())) if rows[0][0] == "Order"]
    adds = [float(row[4]) for row in order[1:]]
    assert adds == sorted(adds, reverse=True)


def test_where_nothing_is_planned_there_is_room_to_write(written):
    document = read(written())
    (empty,) = [rows for rows in tables(document) if rows[0][-1] == "Evidence that will prove it"]
    assert len(empty) == 1 + word.BY_HAND
    assert {cell for row in empty[1:] for cell in row[1:]} == {""}
    assert "No action is planned yet." in words(document)


def test_an_item_with_an_action_is_not_told_twice(written, worked):
    titles = [text for _style, text in styled(read(written(worked)), "Heading 2")]
    assert [title for title in titles if "VIIA" in title] == ["VIIA " + titles[0].removeprefix("VIIA ")]


def test_the_chosen_road_says_what_it_costs_and_where_it_leads(written, ddcat):
    codes = {item.code: item.id for item in ddcat.instrument.items}
    chosen = Plan("DDC", "both", {codes["VIIA"]: 4, codes["VIIB"]: None}, {codes["VIIA"]: 3, codes["VIIB"]: 3})
    document = read(written(chosen=chosen))
    assert "by both methods" in words(document)
    (road,) = [rows for rows in tables(document) if rows[-1][0] == "All together"]
    n_steps = {
        code: sum(1 < at <= 3 for at in ddcat.instrument.by_id[codes[code]].anchors) for code in ("VIIA", "VIIB")
    }
    assert road[-1][-1] == str(4 * n_steps["VIIA"] + n_steps["VIIB"])


def test_what_is_overdue_on_a_day_is_told(written, worked):
    late, later = replace(worked, state="agreed"), replace(worked, ref="b", state="agreed", due_on="2026-09-01")
    said = words(read(written(late, later, today="2026-07-01")))
    assert "2 actions: 2 agreed. 1 is overdue." in said
    assert said.count("agreed overdue") == 2, "in the table, and where it is told in full"
    assert "overdue" not in words(read(written(late, later)))


def test_what_is_carried_over_is_listed_and_its_item_has_an_action(written, worked):
    document = read(written(older=[("2025-01-05", [replace(worked, state="agreed")])], today="2026-07-01"))
    assert "Carried over from the plan of January 5, 2025" in [text for _style, text in styled(document, "Caption")]
    (table,) = [rows for rows in tables(document) if rows[0][-1] == "Did it work?"]
    assert "Train everybody" in table[1][1]
    assert table[1][4] == "agreed overdue"
    titles = [text for _style, text in styled(document, "Heading")]
    assert "Items without an action yet" in titles
    assert not [title for title in titles if "VIIA" in title]


def test_ratings_that_nobody_gave_anew_are_named(written, base):
    assert "not re-rated" not in words(read(written()))
    carried = replace(base, carried={next(iter(base.ratings)): Carried("r0", "2025-05-04")})
    assert f"1 of {len(base.ratings)} ratings was carried from May 4, 2025 and not re-rated" in words(
        read(written(assessment=carried))
    )


def test_a_replaced_edition_says_so(written, base):
    assert "This edition was replaced" not in words(read(written()))
    replaced = replace(base, replaced_at="2026-02-01T10:00:00+00:00")
    assert "This edition was replaced by an amendment, sealed February 1, 2026" in words(
        read(written(assessment=replaced))
    )


def test_the_document_is_bounded_and_says_what_it_leaves_out(written, worked):
    days = [(date(2020, 1, 1) + timedelta(days=n)).isoformat() for n in range(40)]
    many = replace(worked, points=tuple(Point(counted_on=day, count="4", n=12) for day in days))
    document = read(written(many, *(replace(worked, ref=f"a{n}", points=()) for n in range(63))))
    (counts,) = [rows for rows in tables(document) if rows[0][0] == "Day"]
    assert (len(counts), counts[-1][0]) == (1 + 36, "February 9, 2020")
    said = words(document)
    assert "and 4 more, in the workbook" in said
    assert "and 4 more, in the workbook" in said.partition("and 4 more, in the workbook")[2], "64 actions, 60 in full"
    assert [text for _style, text in styled(document, "Heading")].count("Steps") == 60


def test_whether_it_worked_is_told(written, worked, base):
    later = Assessment("Gull Point", "2026-07-01", base.ratings, ref="later")
    said = words(read(written(worked, outcomes={"ref": Outcome(HIT, worked, later, 3, 2)})))
    assert "✓ hit, by the assessment of July 1, 2026." in said
    assert "Expected 3, rated 3." in said


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_whatever_was_typed_stands_there_as_it_was_typed(written, base, text):
    item = next(iter(base.ratings))
    note = Note(text=text, by="Ada Finch", saved_at="2026-03-04T10:00:00+00:00")
    document = read(written(Action("ref", item, 1, 3, text, notes=(note,))))
    kept = [one.text for one in document.paragraphs if one.style.name == "Normal"]
    tidy = "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))
    assert tidy in kept
    assert any(one.endswith(f": {tidy}") for one in kept)


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_a_sign_that_no_document_can_hold_is_marked(written, base, sign):
    said = words(read(written(Action("ref", next(iter(base.ratings)), 1, 3, f"before{sign}after"))))
    assert "before\ufffdafter" in said


def test_the_file_says_its_title_and_language_and_nothing_of_this_machine(written, worked):
    data = written(worked)
    about = read(data).core_properties
    assert (about.title, about.author, about.last_modified_by) == ("Gull Point: improvement plan", "ddcat", "ddcat")
    assert about.language == "en-US"
    assert about.modified.isoformat() == "2026-03-04T10:00:00+00:00"
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert "docProps/thumbnail.jpeg" not in parts.namelist()
        assert b"Microsoft" not in parts.read("docProps/app.xml")
        assert b'w:lang w:val="en-US"' in parts.read("word/styles.xml")


def test_every_page_is_numbered(written):
    (foot,) = (section.footer._element for section in read(written()).sections)
    fields = [field.get(qn("w:instr")) for field in foot.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_the_same_plan_is_the_same_file(written, worked):
    data = written(worked)
    assert data == written(worked)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_properties_stand_in_the_order_that_word_insists_on(written, worked):
    with zipfile.ZipFile(io.BytesIO(written(worked))) as parts:
        trees = [etree.fromstring(parts.read(f"word/{name}.xml")) for name in ("document", "styles")]
    for name, order in ORDER.items():
        names = order.split()
        for properties in (found for tree in trees for found in tree.iter(qn(f"w:{name}"))):
            places = [names.index(etree.QName(child).localname) for child in properties]
            assert places == sorted(places), etree.tostring(properties)


@pytest.mark.slow
def test_libreoffice_opens_the_plan_and_saves_it_again(written, worked, resaved):
    data = written(worked)
    ours, theirs = read(data), read(resaved(data, "docx", "docx"))
    for prefix in ("Title", "Heading", "Caption"):
        assert styled(theirs, prefix) == styled(ours, prefix)
    assert tables(theirs) == tables(ours)
    assert words(theirs) == words(ours)
    pages = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(resaved(data, "docx", "pdf"))).pages)
    assert re.search(r"Page 1 / \d+", pages)
    for text in ("Train everybody", "Nobody minds", "Night shift too"):
        assert text in " ".join(pages.split())
