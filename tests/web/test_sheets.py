"""The actions of a program as CSV and workbook, and the plan for Word: what is inside, and who gets them."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from sqlite_utils import Database

from ddcat.interchange import csv
from ddcat.records import Action, Cycle, Note, Person, Point
from ddcat.store import actions, lines

LONG = "A word of fifty thousand signs. " * 1600
FORMULA = "=HYPERLINK(0)"


@pytest.fixture
def planned(db: Database, person: Person, sealed: str) -> dict[str, str]:
    """Three actions that were planned from the sealed assessment, by what they are: refs."""
    worked = Action(
        item="first-words",
        rating=1,
        expected=3,
        what="Write the script\nand practise it",
        owner="Robin Example",
        starts_on="2026-03-05",
        due_on="2026-06-01",
        proof="Ten arrivals watched",
        state="under way",
        effort=2,
        measured="arrivals heard",
        measured_as="share",
    )
    hostile = Action(item="first-words", rating=1, expected=5, what=FORMULA, owner="-Kim", proof="'s Hertogenbosch")
    long = Action(item="first-words", rating=1, expected=3, what="Long", proof=LONG, due_on="2026-09-01")
    refs = actions.add_all(db, person, sealed, [worked, hostile, long])
    lines.add(db, person, refs[0], Note(text="The desk likes it"))
    lines.add(db, person, refs[0], Note(text="@everybody: read it"))
    lines.add(
        db, person, refs[0], Cycle(tried="One shift", starts_on="2026-04-01", prediction="Half", happened="All")
    )
    lines.add(db, person, refs[0], Point(counted_on="2026-04-01", count="3", n=10))
    lines.add(db, person, refs[0], Point(counted_on="2026-05-01", count="7", n=10, remark="Two shifts"))
    lines.add(db, person, refs[2], Note(text=LONG))
    return dict(zip(("worked", "hostile", "long"), refs, strict=True))


@pytest.fixture
def sheet(client: Any, program_ref: str) -> Callable[[], list[dict[str, str]]]:
    """The CSV as rows by heading, read by our own reader."""

    def sheet() -> list[dict[str, str]]:
        data = client.get(f"/programs/{program_ref}/actions.csv").response.data
        head, *rows = csv.read(data, "actions.csv")
        return [dict(zip(head, row, strict=True)) for row in rows]

    return sheet


@pytest.fixture
def book(client: Any, program_ref: str) -> Callable[[], Any]:
    """The workbook, read by other hands."""
    return lambda: load_workbook(io.BytesIO(client.get(f"/programs/{program_ref}/actions.xlsx").response.data))


def by_heading(sheet: Any) -> list[dict[str, Any]]:
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_sheet_has_a_row_for_each_action_with_all_that_was_written(planned, sheet):
    rows = {row["What will be done"]: row for row in sheet()}
    assert len(rows) == 3
    worked = rows["Write the script\nand practise it"]
    assert worked["Item"] == "IA"
    assert worked["Dimension"] == "I Doorway"
    assert (worked["State"], worked["From"], worked["To"], worked["Effort (1 to 5)"]) == ("under way", "1", "3", "2")
    assert (worked["Start"], worked["Due"]) == ("2026-03-05", "2026-06-01")
    assert (worked["Last counted"], worked["Last count"], worked["Out of"]) == ("2026-05-01", "7", "10")
    assert worked["Planned from the assessment of"] == "2026-03-02"
    assert worked["Notes"].count("Kim Example: ") == 2
    for text in ("The desk likes it", "@everybody: read it"):
        assert text in worked["Notes"]
    assert "What was tried: One shift\nWhat was expected: Half\nWhat happened: All" in worked["Tests of change"]


def test_the_sheet_is_a_download_in_utf_8_that_spreadsheets_know(client, planned, program_ref):
    page = client.get(f"/programs/{program_ref}/actions.csv")
    assert page.response.mimetype == "text/csv"
    assert page.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-actions.csv"'
    assert page.response.data.startswith("\ufeffItem,".encode())


def test_no_cell_of_the_sheet_is_a_formula_and_reading_takes_the_apostrophe_away(client, planned, program_ref, sheet):
    raw = client.get(f"/programs/{program_ref}/actions.csv").response.text
    assert f",'{FORMULA}," in raw
    assert ",'-Kim," in raw
    assert ",''s Hertogenbosch," in raw
    hostile = next(row for row in sheet() if row["What will be done"] == FORMULA)
    assert (hostile["Owner"], hostile["Evidence that will prove it"]) == ("-Kim", "'s Hertogenbosch")


def test_a_text_of_fifty_thousand_signs_stands_whole_in_the_sheet(planned, sheet):
    long = next(row for row in sheet() if row["What will be done"] == "Long")
    assert long["Evidence that will prove it"] == LONG
    assert LONG in long["Notes"]


def test_the_outcome_stands_beside_the_action_once_an_assessment_can_tell(client, planned, sheet, start, rate):
    assert {row["Did it work?"] for row in sheet()} == {""}
    later = start(assessed_on="2026-07-01", period=2)
    rate(later, 3)
    client.submit(f"/assessments/{later}/seal")
    told = {row["What will be done"]: row for row in sheet()}
    assert told["Long"]["Did it work?"] == "hit"
    assert told["Long"]["Judged by the assessment of"] == "2026-07-01"
    assert (told["Long"]["Rating then"], told["Long"]["Rating then, as evidenced"]) == ("3", "1")
    assert told[FORMULA]["Did it work?"] == "too early", "it was but proposed, without a day"


def test_what_is_changed_after_an_assessment_was_sealed_rewrites_no_outcome(
    client, db, person, planned, sheet, start, rate
):
    def told() -> dict[str, tuple[str, str]]:
        return {
            row["What will be done"]: (row["Did it work?"], row["Judged by the assessment of"]) for row in sheet()
        }

    later = start(assessed_on="2026-07-01", period=2)
    rate(later, 2)
    client.submit(f"/assessments/{later}/seal")
    before = told()
    assert before["Write the script\nand practise it"] == ("miss", "2026-07-01")
    assert before["Long"] == ("too early", "2026-07-01")
    for ref in planned.values():
        action = actions.get(db, person, ref)
        actions.change(db, person, replace(action, expected=2, due_on="2026-06-15", state="done"))
    assert told() == before


@pytest.mark.parametrize(
    ("typed", "count"),
    [("2.5", "2.5"), (".5", "0.5"), ("+3", "3"), ("1,000", "1000"), ("-0", "0"), ("-0.0", "0"), ("007", "7")],
)
def test_a_count_is_in_the_sheet_as_the_number_that_was_typed(client, db, person, planned, sheet, typed, count):
    ref = planned["hostile"]
    action = actions.get(db, person, ref)
    actions.change(db, person, replace(action, measured="Days", measured_as="number"))
    sent = {"csrf_token": client.token(), "counted_on": "2026-04-01", "count": typed, "remark": ""}
    assert client.post(f"/actions/{ref}/points", sent, follow=True).status == 200
    (point,) = actions.get(db, person, ref).points
    assert point.count == count
    assert next(row for row in sheet() if row["What will be done"] == FORMULA)["Last count"] == count


@pytest.mark.parametrize(
    "typed",
    [
        "1e3",
        "1E3",
        "1_000",
        "0x10",
        "1,00",
        "1.2.3",
        "1/2",
        ".",
        "-",
        "NaN",
        "Infinity",
        "-1",
        "\u0663",
        "\uff13",
        "\u00b2",
    ],
)
def test_what_is_no_plain_number_is_refused_and_stays_as_it_was_typed(client, db, person, planned, typed):
    for ref, measured_as in ((planned["hostile"], "number"), (planned["long"], "share")):
        actions.change(db, person, replace(actions.get(db, person, ref), measured="Days", measured_as=measured_as))
        sent = {"csrf_token": client.token(), "counted_on": "2026-04-01", "count": typed, "n": "10", "remark": ""}
        page = client.post(f"/actions/{ref}/points", sent)
        assert page.status == 422
        assert len(page.mistakes) == 1
        (said,) = page.mistakes
        assert "number from 0 to 1,000,000" in said
        assert page.one("input[name=count]")["value"] == typed
        assert actions.get(db, person, ref).points == ()


def test_the_workbook_holds_everything_on_sheets_of_its_own(planned, book):
    found = book()
    names = ["Actions", "Notes", "Tests of change", "Counts", "About", "Long texts"]
    assert found.sheetnames == names
    row = by_heading(found["Actions"])[0]
    assert row["Due"].date() == date(2026, 6, 1)
    assert (row["From"], row["To"], row["Last count"]) == (1, 3, 7)
    assert [note["Note"] for note in by_heading(found["Notes"])[:2]] == ["The desk likes it", "@everybody: read it"]
    assert [(count["Count"], count["Out of"], count["Share"]) for count in by_heading(found["Counts"])] == [
        (3, 10, 0.3),
        (7, 10, 0.7),
    ]
    (cycle,) = by_heading(found["Tests of change"])
    assert (cycle["What was tried"], cycle["From day"].date()) == ("One shift", date(2026, 4, 1))
    about = {row["About this workbook"]: row["What it says"] for row in by_heading(found["About"])}
    assert (about["Program"], about["Agency"]) == ("Evening Harbor", "Tidewater House")
    assert "Actions: 3 rows\nNotes: 3 rows\nTests of change: 1 row\nCounts: 2 rows" in about["What is inside"]


def test_the_workbook_can_be_filtered_and_its_headings_stay(planned, book):
    actions_sheet = book()["Actions"]
    assert actions_sheet.freeze_panes == "C2"
    assert actions_sheet.auto_filter.ref == "A1:Y4"


def test_a_text_in_the_workbook_is_never_a_formula(planned, book):
    for sheet in book():
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"{sheet.title} {cell.coordinate}"
    hostile = next(row for row in by_heading(book()["Actions"]) if row["What will be done"] == FORMULA)
    assert (hostile["Owner"], hostile["Evidence that will prove it"]) == ("-Kim", "'s Hertogenbosch")


def test_a_text_too_long_for_a_cell_is_cut_with_a_mark_and_stands_whole_elsewhere(planned, book):
    found = book()
    long = next(row for row in by_heading(found["Actions"]) if row["What will be done"] == "Long")
    cut = long["Evidence that will prove it"]
    assert LONG.startswith(cut[:16_000])
    assert cut.endswith("… [Cut here: a cell holds no more. The whole text is on the sheet “Long texts”.]")
    where = next(row["Stands in"] for row in by_heading(found["Long texts"]))
    parts = [row["Text"] for row in by_heading(found["Long texts"]) if row["Stands in"] == where]
    assert "".join(parts) == LONG


def test_a_program_without_actions_has_empty_sheets(client, program_ref, book, sheet):
    assert sheet() == []
    assert book().sheetnames == ["Actions", "Notes", "Tests of change", "Counts", "About"]


def test_an_action_that_was_taken_away_is_in_neither(client, db, person, planned, book, sheet):
    actions.remove(db, person, planned["hostile"])
    assert FORMULA not in {row["What will be done"] for row in sheet()}
    assert FORMULA not in {row["What will be done"] for row in by_heading(book()["Actions"])}


# --- The plan for Word ---


@pytest.fixture
def written(client: Any, sealed: str) -> Callable[[], Any]:
    """The plan as python-docx reads it."""
    return lambda: docx.Document(io.BytesIO(client.get(f"/assessments/{sealed}/plan.docx").response.data))


def words(document: Any) -> str:
    """All words of a document, those in tables too, spaced as a person reads them."""
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return " ".join(" ".join([*(paragraph.text for paragraph in document.paragraphs), *cells]).split())


def test_the_plan_for_word_is_a_download_beside_the_pdf(client, sealed):
    page = client.get(f"/assessments/{sealed}/plan")
    assert page.one("a[href$='plan.docx']").get_text()
    answer = client.get(f"/assessments/{sealed}/plan.docx")
    assert answer.response.mimetype.endswith("wordprocessingml.document")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-2026-03-02.docx"'


def test_the_plan_for_word_tells_each_action_with_all_that_was_written(planned, written):
    said = words(written())
    for text in ("Write the script and practise it", FORMULA, "The desk likes it", "One shift", "Two shifts", "Half"):
        assert text in said
    assert "".join(LONG.split()) in "".join(said.split())


def test_the_plan_for_word_says_whether_it_worked(client, planned, written, start, rate):
    assert "by the assessment of" not in words(written())
    later = start(assessed_on="2026-07-01", period=2)
    rate(later, 3)
    client.submit(f"/assessments/{later}/seal")
    assert "by the assessment of July 1, 2026" in words(written())


def test_the_plan_for_word_is_empty_to_fill_in_where_nothing_is_planned(written):
    assert "No action is planned yet." in words(written())


def test_a_draft_has_a_plan_for_word_too(client, draft, rate):
    assert client.get(f"/assessments/{draft}/plan.docx").status == 200
    rate(draft, None, IB=1)
    assert client.get(f"/assessments/{draft}/plan.docx").status == 200


def test_the_same_plan_is_the_same_file(client, planned, sealed):
    first, second = (client.get(f"/assessments/{sealed}/plan.docx").response.data for _time in range(2))
    assert first == second
