"""Workbooks as spreadsheets save them: cells that show no value, and cells far out, told before anything is read."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from ddcat.faults import Faulty
from ddcat.interchange import cells, workbook

SHEET = "xl/worksheets/sheet1.xml"
NO_WORKBOOK = ["file: cannot be read as a workbook; is it really an .xlsx file?"]
NO_RESULT = "holds a formula without its result; open the file in a spreadsheet and save it again"
TOO_FAR = "the sheet reaches too far, to this cell; delete the empty rows and columns around the ratings"


def book(data: str = "", *, sheet: str = "", **parts: str) -> bytes:
    """A workbook whose first sheet has these rows as XML; `sheet` stands for the whole part."""
    made = Workbook()
    made.active["A1"] = "program"
    whole = io.BytesIO()
    made.save(whole)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = sheet or f'<worksheet xmlns="{space}"><sheetData>{data}</sheetData></worksheet>'
    changed = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name == SHEET else old.read(name))
        for name, text in parts.items():
            new.writestr(name, text)
    return changed.getvalue()


def text(place: str, said: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{said}</t></is></c>'


def faults(data: bytes) -> list[str]:
    with pytest.raises(Faulty) as refused:
        workbook.read(data, "sheet.xlsx")
    return [str(fault) for fault in refused.value.faults]


# Cells that show no value


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!"])
def test_an_error_in_a_cell_is_refused_whether_typed_or_worked_out(error):
    said = f"{error!r} is an error, not a value; correct the cell or empty it"
    typed = f'<c r="H3" t="e"><v>{error}</v></c>'
    worked_out = f'<c r="AB3" t="e"><f>1/0</f><v>{error}</v></c>'
    data = book(f'<row r="1">{text("A1", "program")}</row><row r="3">{typed}{worked_out}</row>')
    assert faults(data) == [f"row 3, column H: {said}", f"row 3, column AB: {said}"]


@pytest.mark.parametrize("cell", ["<f>1+1</f>", "<f>1+1</f><v></v>", "<f>1+1</f><v/>", '<f t="shared" si="0"/>'])
def test_a_formula_without_its_result_is_refused(cell):
    data = book(f'<row r="1">{text("A1", "program")}<c r="B1">{cell}</c></row>')
    assert faults(data) == [f"row 1, column B: {NO_RESULT}"]


def test_a_formula_that_a_program_wrote_and_no_spreadsheet_worked_out_is_refused():
    made = Workbook()
    made.active.append(["program", "=1+1", "#N/A"])
    data = io.BytesIO()
    made.save(data)
    assert faults(data.getvalue()) == [
        f"row 1, column B: {NO_RESULT}",
        "row 1, column C: '#N/A' is an error, not a value; correct the cell or empty it",
    ]


def test_a_formula_with_its_result_is_read_and_the_empty_text_is_a_result():
    results = [
        '<c r="B1"><f>1+1</f><v>2</v></c>',
        '<c r="C1" t="str"><f>""</f><v></v></c>',
        '<c r="D1" t="str"><f>"a"</f><v>a &amp; b</v></c>',
        '<c r="E1" t="b"><f>TRUE</f><v>1</v></c>',
        '<c r="F1"><v>5</v></c>',
    ]
    data = book(f'<row r="1">{text("A1", "program")}{"".join(results)}</row>')
    assert workbook.read(data, "sheet.xlsx") == [["program", "2", "", "a & b", "TRUE", "5"]]


def test_cells_without_a_place_stand_beside_the_one_before():
    data = book('<row><c><v>1</v></c><c r="D1"><v>2</v></c><c t="e"><v>#N/A</v></c></row><row><c><f>1</f></c></row>')
    said = "'#N/A' is an error, not a value; correct the cell or empty it"
    assert faults(data) == [f"row 1, column E: {said}", f"row 2, column A: {NO_RESULT}"]


def test_elements_with_a_prefix_are_cells_too():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = '<x:c r="B1" t="e"><x:v>#N/A</x:v></x:c>'
    sheet = f'<x:worksheet xmlns:x="{space}"><x:sheetData><x:row r="1">{cell}</x:row></x:sheetData></x:worksheet>'
    said = "'#N/A' is an error, not a value; correct the cell or empty it"
    assert faults(book(sheet=sheet)) == [f"row 1, column B: {said}"]


# Cells far out


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("XFD1048576", "row 1048576, column XFD"),
        ("A500001", "row 500001, column A"),
        ("ALM1", "row 1, column ALM"),
        ("K500000", "row 500000, column K"),
        ("ZZZZZZ1", "row 1, column ZZZZZZ"),
    ],
)
def test_a_cell_far_out_is_refused_before_anything_is_laid_out(at, place):
    data = book(f'<row r="1">{text("A1", "program")}</row><row r="2"><c r="{at}"><v>1</v></c></row>')
    assert faults(data) == [f"{place}: {TOO_FAR}"]


def test_cells_far_out_in_two_directions_are_told_as_the_corner_they_span():
    data = book(f'<row r="1">{text("Z1", "program")}</row><row r="400000"><c r="A400000"><v>1</v></c></row>')
    assert faults(data) == [f"row 400000, column Z: {TOO_FAR}"]


@pytest.mark.parametrize("at", ["XFD1048576", "A1048576"])
def test_a_cell_far_out_that_is_only_coloured_is_no_matter(at):
    data = book(f'<row r="1">{text("A1", "program")}</row><row r="2"><c r="{at}" s="1"/></row>')
    assert workbook.read(data, "sheet.xlsx") == [["program"]]


def test_what_is_needed_is_within_bounds():
    for rows, columns in ((10_000, 40), (350_000, 7)):
        assert rows < cells.ROWS
        assert columns < cells.COLUMNS
        assert rows * columns < cells.CELLS


def test_a_workbook_that_unpacks_to_more_than_can_be_read_is_refused(monkeypatch):
    monkeypatch.setattr(cells, "BYTES", 100_000)
    data = book(f'<row r="1">{text("A1", " " * 100_000)}</row>')
    assert faults(data) == ["file: is larger than can be read; keep nothing in it but the sheet of ratings"]


# What is no workbook

ENTITY = '<!DOCTYPE worksheet [<!ENTITY a "1">]>'


@pytest.mark.parametrize(
    "sheet",
    [
        f'{ENTITY}<worksheet><sheetData><row r="1"><c r="A1"><v>&a;</v></c></row></sheetData></worksheet>',
        "<!DOCTYPE worksheet><worksheet><sheetData/></worksheet>",
        "<worksheet><sheetData>",
        '<worksheet><sheetData><row r="1"><c r="1A"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="x"><c><v>1</v></c></row></sheetData></worksheet>',
    ],
    ids=["an entity", "a document type", "cut off", "a cell nowhere", "a row nowhere"],
)
def test_a_sheet_that_no_spreadsheet_writes_is_refused(sheet):
    assert faults(book(sheet=sheet)) == NO_WORKBOOK


def test_two_parts_whose_names_differ_by_case_only_are_refused():
    """The reader of values might read the one that was not looked at."""
    assert faults(book(f'<row r="1">{text("A1", "program")}</row>', **{SHEET.upper(): "<worksheet/>"})) == NO_WORKBOOK


@pytest.mark.parametrize(
    ("column", "shown"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16_384, "XFD")]
)
def test_a_column_is_named_as_a_spreadsheet_shows_it(column, shown):
    assert cells.letters(column) == shown
