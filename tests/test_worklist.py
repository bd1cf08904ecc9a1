"""Actions as sheets: what a cell may hold, and that it is read as it was written, by us and by LibreOffice."""

import csv as plain_csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from ddcat import actions
from ddcat.instrument import Instrument
from ddcat.interchange import csv, workbook, worklist
from ddcat.interchange.workbook import Column, Table
from ddcat.interchange.worklist import Entry
from ddcat.records import Action, Agency, Assessment, Cycle, Note, Point, Program, Stood
from ddcat.signs import held

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
STARTS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'x", "''x", "'=1", "''", "'", "="]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
cells = texts | st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "'"]), texts)


# CSV


@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_whatever_is_written_is_read_back_as_it_was(rows):
    written = "".join(csv.write([("a", "b"), *rows]))
    assert csv.read(written.encode(), "sheet.csv") == [["a", "b"], *map(list, rows)]


@given(cells)
def test_no_cell_that_is_written_begins_as_a_formula(text):
    (line,) = csv.write([["a", text]])
    ((_first, cell),) = plain_csv.reader(io.StringIO(line, newline=""))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("saved", "meant"),
    [
        ("'s Hertogenbosch", "'s Hertogenbosch"),
        ("'90s", "'90s"),
        ("'=1", "=1"),
        ("''s", "'s"),
        ("'''", "''"),
        ("'", "'"),
        ("-5", "-5"),
        ("it's -5", "it's -5"),
    ],
)
def test_one_apostrophe_is_taken_away_only_before_a_sign_that_gained_one(saved, meant):
    assert csv.read(f"a,b\n{saved},x\n".encode(), "sheet.csv")[1] == [meant, "x"]


# Workbooks


def made(*rows: list[Any], holds: str = "text") -> bytes:
    columns = [Column("a", 10, holds), Column("b", 10, holds)]
    return workbook.write([Table("One", columns, rows)], title="Sheet", at=AT)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_a_text_in_a_workbook_is_read_back_as_it_was(rows):
    expected = [[held(cell) for cell in row] for row in rows]
    found = [row + [""] * (2 - len(row)) for row in workbook.read(made(*map(list, rows)), "sheet.xlsx")[1:]]
    assert found + [["", ""]] * (len(expected) - len(found)) == expected


@pytest.mark.parametrize("text", [*STARTS, "http://example.org", "_x0041_", "1e5", "TRUE", "007"])
def test_a_text_stays_a_text_whatever_it_looks_like(text):
    cell = load_workbook(io.BytesIO(made([text, "b"])))["One"]["A2"]
    assert (cell.data_type, cell.value) == ("s", held(text))
    assert cell.style.startswith("Normal")
    assert cell.quotePrefix


def test_numbers_and_days_are_what_they_are():
    sheet = load_workbook(io.BytesIO(made([-3, 2.5], [None, 0], holds="number")))["One"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [[-3, 2.5], [None, 0]]
    sheet = load_workbook(io.BytesIO(made([date(2024, 2, 29), None], holds="day")))["One"]
    assert (sheet["A2"].value, sheet["A2"].is_date) == (datetime(2024, 2, 29), True)


@pytest.mark.parametrize("length", [32_767, 32_768, 50_000])
def test_a_text_longer_than_a_cell_is_cut_with_a_mark_and_kept_whole_in_parts(length):
    text = ("abc\U0001f9ea" * length)[:length]
    book = load_workbook(io.BytesIO(made([text, "b"])))
    assert len(book["One"]["A2"].value.encode("utf-16-le")) <= 2 * workbook.LONGEST
    assert "Cut here" in book["One"]["A2"].value
    parts = [(where, part) for where, _n, _of, part in book["Long texts"].iter_rows(min_row=2, values_only=True)]
    assert {where for where, _part in parts} == {"One, A2"}
    assert "".join(part for _where, part in parts) == text


def test_a_text_that_just_fits_is_not_cut():
    book = load_workbook(io.BytesIO(made(["a" * workbook.LONGEST, "b"])))
    assert book.sheetnames == ["One"]
    assert book["One"]["A2"].value == "a" * workbook.LONGEST


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1f", "\ufffe", "\ud800"])
def test_a_sign_that_no_workbook_can_hold_is_marked(sign):
    assert workbook.read(made([f"a{sign}b", "c"]), "sheet.xlsx")[1] == ["a\ufffdb", "c"]


def test_the_same_tables_make_the_same_workbook():
    assert made(["a", "b"]) == made(["a", "b"])


# The actions


@pytest.fixture
def entry(lantern: Instrument) -> Callable[..., Entry]:
    """`entry(what="Paint the door")`: an action planned from an assessment, with all that can be written to it."""

    def entry(**about: Any) -> Entry:
        base = Assessment("Gull Point", "2026-01-05", {"first-words": 1}, ref="base", sealed_at="2026-01-06")
        action = Action("ref", "first-words", 1, 3, "Write it", assessment="base", **about)
        return Entry(action, base, lantern, None)

    return entry


def row(found: Entry) -> dict[str, str]:
    head, body = csv.read(worklist.separated([found]).encode(), "actions.csv")
    return dict(zip(head, body, strict=True))


def test_nothing_is_written_where_nothing_is_known(entry):
    found = row(entry())
    known = {"Item", "Title of the item", "Dimension", "What will be done", "State", "From", "To"}
    assert {name for name, text in found.items() if text} == known | {"Planned from the assessment of"}


def test_notes_say_who_and_when_each_below_the_other(entry):
    notes = (
        Note(text="First\nline two", by="Ada Finch", saved_at="2026-02-03T12:00:00+00:00"),
        Note(text="Second", by="Bo Example", saved_at="2026-02-04T12:00:00+00:00"),
    )
    said = row(entry(notes=notes))["Notes"]
    first, second = said.split("\n\n")
    assert first.startswith("February 3, 2026, ")
    assert first.endswith(", Ada Finch: First\nline two")
    assert second.endswith(", Bo Example: Second")


def test_a_test_of_change_that_runs_says_what_is_known(entry):
    cycle = Cycle(tried="One shift", starts_on="2026-02-03", prediction="Half of them", by="Ada Finch")
    said = row(entry(cycles=(cycle, replace(cycle, ends_on="2026-02-10", decision="adapt"))))["Tests of change"]
    runs, ended = said.split("\n\n")
    assert runs.splitlines()[:3] == [
        "When: February 3, 2026",
        "What was tried: One shift",
        "What was expected: Half of them",
    ]
    assert "When: February 3, 2026 to February 10, 2026" in ended
    assert "Decision: change it and try again" in ended


def test_the_last_count_is_a_number_and_a_share_says_out_of_how_many(entry):
    points = (Point(counted_on="2026-02-01", count="3"), Point(counted_on="2026-03-01", count="2.5", n=None))
    found = row(entry(points=points, measured="Days", measured_as="number"))
    assert (found["Measure"], found["Last counted"], found["Last count"], found["Out of"]) == (
        *("Days", "2026-03-01"),
        *("2.5", ""),
    )


def test_only_assessments_with_the_same_instrument_judge(entry, lantern):
    found = entry()
    other = lantern.model_copy(update={"id": "other"})
    later = Assessment("Gull Point", "2026-07-01", {"first-words": 5}, ref="later", sealed_at="2026-07-02")
    for instrument, verdict in ((lantern, actions.HIT), (other, None)):
        (told,) = worklist.entries([found.action], [found.base, later], {"base": lantern, "later": instrument})
        assert (told.outcome.verdict if told.outcome else None) == verdict


def test_the_sheet_tells_the_verdict_on_the_action_as_it_stood(entry, lantern):
    then = Stood(rating=1, expected=3, starts_on="", due_on="2026-06-01", state="agreed")
    found = entry(due_on="2027-06-01", state="agreed", stood={"later": then})
    later = Assessment("Gull Point", "2026-07-01", {"first-words": 2}, ref="later", sealed_at="2026-07-02")
    instruments = {"base": lantern, "later": lantern}
    (told,) = worklist.entries([found.action], [found.base, later], instruments)
    assert (row(told)["Did it work?"], row(told)["Due"]) == ("miss", "2027-06-01")
    (told,) = worklist.entries([replace(found.action, stood={})], [found.base, later], instruments)
    assert row(told)["Did it work?"] == "too early"


# LibreOffice


@pytest.mark.slow
def test_libreoffice_saves_every_cell_of_the_workbook_as_it_was(entry, resaved):
    notes = tuple(Note(text=text, by="Ada Finch", saved_at="2026-02-03T12:00:00+00:00") for text in STARTS)
    cycles = (Cycle(tried="=1", starts_on="2026-02-03", ends_on="2026-02-28", by="Ada Finch"),)
    points = (Point(counted_on="2026-02-01", count="3", n=4, remark="-1", by="Ada Finch"),)
    found = [
        entry(notes=notes, cycles=cycles, points=points, measured="+1", due_on="2028-02-29", effort=5),
        entry(proof="l" * 50_000, owner="@all\nof us", reason="مراجعة \U0001f9ea"),
    ]
    book = worklist.book(Program("p", "Gull Point", Agency("a", "Tern Rock")), found, AT.isoformat())
    ours, theirs = (load_workbook(io.BytesIO(data)) for data in (book, resaved(book, "xlsx", "xlsx")))
    assert ours.sheetnames == theirs.sheetnames
    assert "Long texts" in ours.sheetnames
    for sheet in ours:
        expected = [[cell.value for cell in line] for line in sheet.iter_rows()]
        size = {"max_row": sheet.max_row, "max_col": sheet.max_column}
        assert [[cell.value for cell in line] for line in theirs[sheet.title].iter_rows(**size)] == expected
        assert all(cell.data_type != "f" for line in theirs[sheet.title].iter_rows() for cell in line)
