"""Sheets of ratings as people have them: what is read, and every slip with row, column, value and expectation."""

import csv as plain_csv
import io
import re
import zipfile
from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ddcat import shelf
from ddcat.faults import Faulty
from ddcat.interchange import csv, ratings
from ddcat.records import Assessment
from ddcat.signs import strange
from ddcat.words import speak

TINY = shelf.parse((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes())

WIDE = "program,assessed_on,kind,rater,IA,IB,IIA\n"
LONG = "program,assessed_on,kind,rater,item,rating,evidence\n"


@pytest.fixture
def read(tmp_path):
    """Reads this content as a file; `read(content, allow_unanchored=True)` for old records."""

    def read(content: str | bytes, name: str = "sheet.csv", **options: bool) -> list[Assessment]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return ratings.read(path, TINY, **options)

    return read


@pytest.fixture
def faults(read):
    """Every fault of this content, as text without the name of the file."""

    def faults(content: str | bytes, name: str = "sheet.csv") -> list[str]:
        with pytest.raises(Faulty) as refused:
            read(content, name)
        assert refused.value.file.endswith(name)
        return [str(fault) for fault in refused.value.faults]

    return faults


def workbook(*rows: list[object], sheets: int = 1) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet().append(["not", "read"])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


# What is read


def test_a_wide_sheet_holds_one_assessment_a_row_in_file_order(read):
    found = read(WIDE + "Rosewood,2026-05-04,self,Kim,3,2,\nAlder,2026-01-02,,,1,,5\n")
    assert found == [
        Assessment("Rosewood", "2026-05-04", {"first-words": 3, "coat-rack": 2}, "self", "Kim"),
        Assessment("Alder", "2026-01-02", {"first-words": 1, "second-plate": 5}),
    ]


def test_a_long_sheet_holds_one_rating_a_row_and_keeps_the_evidence(read):
    rows = [
        "Rosewood,2026-05-04,self,Kim,IA,3,Ten arrivals",
        "Alder,2026-01-02,,,IIA,5,",
        "Rosewood,2026-05-04,self,Kim,IB,,Nobody counted yet",
    ]
    first, second = read(LONG + "\n".join(rows))
    assert (first.program, first.ratings) == ("Rosewood", {"first-words": 3})
    assert first.why == {"first-words": "Ten arrivals", "coat-rack": "Nobody counted yet"}
    assert (second.program, second.ratings, second.kind, second.rater) == ("Alder", {"second-plate": 5}, None, None)


def test_long_rows_of_another_kind_or_rater_are_another_assessment(read):
    found = read(
        LONG + "Alder,2026-01-02,self,,IA,1,\nAlder,2026-01-02,peer,,IA,3,\nAlder,2026-01-02,peer,Jo,IA,5,\n"
    )
    assert [(each.kind, each.rater, each.ratings["first-words"]) for each in found] == [
        ("self", None, 1),
        ("peer", None, 3),
        ("peer", "Jo", 5),
    ]


ROW = "program,assessed_on,IA,IB,IIA\nAlder,2026-01-02,3,2,1\n"


@pytest.mark.parametrize(
    "content",
    [
        ROW,
        "\ufeff" + ROW,
        ROW.replace(",", ";"),
        "\ufeff" + ROW.replace(",", ";"),
        ROW.replace("\n", "\r\n"),
        ROW.replace("\n", "\r"),
        ROW.rstrip("\n"),
        "\n\n" + ROW.replace("\n", "\n\n"),
        ",,,,\n" + ROW + ",,,,\n",
        ROW.replace("\n", ",,,\n"),
        ROW.replace("IA", "ia").replace("IIA", "iiA").replace("program", "Program"),
        ROW.replace("3,2,1", " 3 ,\t2,1 "),
        ROW.replace("IA,", " IA ,"),
        ROW.replace("Alder", '"Alder"'),
        "IIA,IB,assessed_on,IA,program\n1,2,2026-01-02,3,Alder\n",
    ],
    ids=[
        *("comma", "BOM", "semicolon", "BOM and semicolon", "CRLF", "CR", "no last line end", "blank lines"),
        *("rows of nothing but commas", "empty trailing columns", "any case", "spaces", "spaces in the header"),
        *("quoted", "columns in any order"),
    ],
)
def test_the_same_ratings_are_read_however_the_sheet_was_saved(read, content):
    expected = {"first-words": 3, "coat-rack": 2, "second-plate": 1}
    assert read(content) == [Assessment("Alder", "2026-01-02", expected)]


def test_short_rows_are_padded(read):
    (found,) = read(WIDE + "Alder,2026-01-02\n")
    assert (found.ratings, found.kind, found.rater) == ({}, None, None)


def test_a_kind_is_read_in_any_case_and_a_missing_one_is_none(read):
    found = read(WIDE + "Alder,2026-01-02,SELF,,3\nBirch,2026-01-02, ,,3\nCedar,2026-01-02,External,,3\n")
    assert [each.kind for each in found] == ["self", None, "external"]


def test_a_name_may_hold_a_delimiter_a_quote_and_a_line_break(read):
    name = 'Alder, "the" house\nby the river; north'
    quoted = name.replace('"', '""')
    (found,) = read(WIDE + f'"{quoted}",2026-01-02,,,3\n')
    assert found.program == name


def test_a_rating_without_an_anchor_is_read_when_old_records_are_allowed(read):
    (found,) = read(WIDE + "Alder,2026-01-02,,,2,2,2\n", allow_unanchored=True)
    assert found.ratings["first-words"] == 2


# Workbooks


def test_a_workbook_with_numbers_and_dates_is_read_like_the_same_csv(read):
    header = WIDE.strip().split(",")
    data = workbook(
        header,
        ["Rosewood", date(2026, 5, 4), "self", "Kim", 3, 2.0, None],
        ["Alder", datetime(2026, 1, 2), None, None, "1", None, 5],
        [None] * 7,
        ["7", "2026-01-03", None, 42, 3],
        sheets=2,
    )
    same = WIDE + "Rosewood,2026-05-04,self,Kim,3,2,\nAlder,2026-01-02,,,1,,5\n7,2026-01-03,,42,3\n"
    assert read(data, "sheet.XLSX") == read(same)


def test_a_long_workbook_is_read_too(read):
    data = workbook(["program", "assessed_on", "item", "rating"], ["Alder", date(2026, 1, 2), "IA", 3])
    assert read(data, "sheet.xlsx")[0].ratings == {"first-words": 3}


def test_rows_of_a_workbook_are_counted_as_the_spreadsheet_shows_them(faults):
    data = workbook([None], WIDE.strip().split(","), [None], ["Alder", date(2026, 1, 2), None, None, 2.5, True, 6])
    expected = "expected one digit from 1 to 5, or nothing"
    assert faults(data, "sheet.xlsx") == [
        f"row 4, column IA: '2.5' is not a rating; {expected}",
        f"row 4, column IB: 'TRUE' is not a rating; {expected}",
        f"row 4, column IIA: '6' is not a rating; {expected}",
    ]


@pytest.mark.parametrize("content", [b"", ROW.encode(), b"PK\x03\x04 cut off", b"\xd0\xcf\x11\xe0" * 200])
def test_a_workbook_that_is_none_is_refused(faults, content):
    assert faults(content, "sheet.xlsx") == ["file: cannot be read as a workbook; is it really an .xlsx file?"]


def test_an_archive_that_holds_no_workbook_is_refused(faults):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("hello.txt", "hello")
    said = "file: cannot be read as a workbook; is it really an .xlsx file?"
    assert faults(data.getvalue(), "sheet.xlsx") == [said]


def test_a_workbook_whose_first_sheet_is_empty_is_refused(faults):
    said = "file: its first sheet is empty; expected a header row and one row an assessment"
    assert faults(workbook(sheets=2), "sheet.xlsx") == [said]


# Ratings that are none

NOT_RATINGS = ["2.5", "3.0", "+3", "-3", "3e0", "0", "6", "03", "33", "N/A", "x", "３", "٣", "³", "Ⅲ", "3 3"]


@pytest.mark.parametrize("text", NOT_RATINGS)
def test_a_rating_that_is_not_one_digit_of_the_scale_is_refused(faults, text):
    said = f"{text!r} is not a rating; expected one digit from 1 to 5, or nothing"
    assert faults(WIDE + f"Alder,2026-01-02,,,3,{text},3\n") == [f"row 2, column IB: {said}"]
    assert faults(LONG + f"Alder,2026-01-02,,,IB,{text},\n") == [f"row 2, column rating: {said}"]


@pytest.mark.parametrize("text", ["2", "4"])
def test_a_rating_without_an_anchor_is_refused(faults, text):
    said = f"{text!r} has no anchor in IA; expected one of 1, 3, 5, or nothing"
    said += " (--allow-unanchored accepts old records)"
    assert faults(WIDE + f"Alder,2026-01-02,,,{text},3,3\n") == [f"row 2, column IA: {said}"]
    assert faults(LONG + f"Alder,2026-01-02,,,ia,{text},\n") == [f"row 2, column rating: {said}"]


# Slips in the header, in the rows, and in the whole file

DAY = "is not a date; expected a day that exists, as YYYY-MM-DD"
WIDE_COLUMNS = "program, assessed_on, kind, rater, IA to IIA"
LONG_COLUMNS = "program, assessed_on, kind, rater, item, rating, evidence"

CASES = {
    "an unknown column": (
        "program,assessed_on,IA,IX\nAlder,2026-01-02,3,3\n",
        [f"row 1, column D: unknown column 'IX'; expected {WIDE_COLUMNS}"],
    ),
    "an unknown column of a long sheet": (
        "program,assessed_on,item,rating,IA\nAlder,2026-01-02,IA,3,3\n",
        [f"row 1, column E: unknown column 'IA'; expected {LONG_COLUMNS}"],
    ),
    "a column without a name": (
        "program,assessed_on,,IA\nAlder,2026-01-02,x,3\n",
        [f"row 1, column C: unknown column ''; expected {WIDE_COLUMNS}"],
    ),
    "a repeated column": (
        "program,assessed_on,IA,ia\nAlder,2026-01-02,3,3\n",
        ["row 1, column D: the column 'ia' stands twice; expected once"],
    ),
    "no column for the program": (
        "assessed_on,IA\n2026-01-02,3\n",
        ["row 1: no column 'program'; expected one"],
    ),
    "no column for the day": (
        "program,IA\nAlder,3\n",
        ["row 1: no column 'assessed_on'; expected one"],
    ),
    "no column of ratings": (
        "program,assessed_on\nAlder,2026-01-02\n",
        ["row 1: no column of ratings; expected item codes such as 'IA'"],
    ),
    "an unknown item": (
        LONG + "Alder,2026-01-02,,,IX,3,\n",
        ["row 2, column item: unknown item 'IX'; expected IA to IIA"],
    ),
    "a missing item": (
        LONG + "Alder,2026-01-02,,,,3,\n",
        ["row 2, column item: unknown item ''; expected IA to IIA"],
    ),
    "an item twice in one assessment": (
        LONG + "Alder,2026-01-02,,,IA,3,\nAlder,2026-01-02,,,ia,3,\n",
        ["row 3, column item: 'IA' stands twice in this assessment; expected once"],
    ),
    "an item twice, first without a rating": (
        LONG + "Alder,2026-01-02,,,IA,,\nAlder,2026-01-02,,,IA,3,\n",
        ["row 3, column item: 'IA' stands twice in this assessment; expected once"],
    ),
    "a missing program": (
        WIDE + " ,2026-01-02,,,3\n",
        ["row 2, column program: is empty; expected the name of the program"],
    ),
    "a kind that is none": (
        WIDE + "Alder,2026-01-02,boss,,3\n",
        ["row 2, column kind: 'boss' is no kind of rater; expected self, peer, external or nothing"],
    ),
    "a repeated row": (
        WIDE + "Alder,2026-01-02,self,,3\nBirch,2026-01-02,,,3\nAlder,2026-01-02,Self,,1\n",
        ["row 4: has the same program, date, kind and rater as row 2; expected one row each"],
    ),
    "a row with more cells than columns": (
        WIDE + "Alder,2026-01-02,,,3,3,3,9,,x\n",
        [
            "row 2, column H: '9' stands beyond the last named column; expected nothing there",
            "row 2, column J: 'x' stands beyond the last named column; expected nothing there",
        ],
    ),
    "an unclosed quote": (
        WIDE + 'Alder,2026-01-02,,,3\n"Birch,2026-01-02,,,3\n',
        ["row 3: cannot be read as CSV: unexpected end of data"],
    ),
    "text after a closing quote": (
        WIDE + '"Alder"s,2026-01-02,,,3\n',
        ["row 2: cannot be read as CSV: ',' expected after '\"'"],
    ),
    "an empty file": ("", ["file: is empty; expected a header row and one row an assessment"]),
    "nothing but white space": (
        "\ufeff \r\n\t\n",
        ["file: is empty; expected a header row and one row an assessment"],
    ),
    "a header and no rows": (WIDE, ["file: has a header but no rows; expected at least one assessment"]),
    "a header and empty rows": (
        WIDE + ",,,\n\n",
        ["file: has a header but no rows; expected at least one assessment"],
    ),
    "NUL bytes": (
        WIDE + "Al\0der,2026-01-02,,,3\n",
        ["file: is not text; expected CSV in UTF-8 or a workbook named .xlsx"],
    ),
    "UTF-16 without BOM": (
        ROW.encode("utf-16-le"),
        ["file: is not text; expected CSV in UTF-8 or a workbook named .xlsx"],
    ),
    "UTF-16": (
        ROW.encode("utf-16"),
        ["line 1: is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx"],
    ),
    "Latin-1": (
        ("\n" + WIDE + "Alder,2026-01-02,,,3\nCafé,2026-01-02,,,3\n").encode("latin-1"),
        ["line 4: is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx"],
    ),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ["line 1: is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx"],
    ),
    "all at once": (
        "program,assessed_on,kind,IA,IB,IIA,why\n,2026-02-30,boss,2,N/A,3,\nAlder,2026-01-02,,6,3,3,,more\n",
        [
            f"row 1, column G: unknown column 'why'; expected {WIDE_COLUMNS}",
            "row 2, column program: is empty; expected the name of the program",
            f"row 2, column assessed_on: '2026-02-30' {DAY}",
            "row 2, column kind: 'boss' is no kind of rater; expected self, peer, external or nothing",
            "row 2, column IA: '2' has no anchor in IA; expected one of 1, 3, 5, or nothing"
            " (--allow-unanchored accepts old records)",
            "row 2, column IB: 'N/A' is not a rating; expected one digit from 1 to 5, or nothing",
            "row 3, column H: 'more' stands beyond the last named column; expected nothing there",
            "row 3, column IA: '6' is not a rating; expected one digit from 1 to 5, or nothing",
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES)
def test_a_sheet_is_refused_with_exactly_its_faults(faults, content, expected):
    assert faults(content) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("2026-02-30", "2026-2-3", "03/02/2026", "2026-W05-2", "2026-W5-22", "20260102", "2026-01-02T00:00"),
        *(
            "3/5/2026",
            "5.3.2026",
            "2026-13-01",
            "0000-01-01",
            "",
            "tomorrow",
            "２０２６-０１-０２",
            "2026/01/02",
            "-026-01-02",
            "2026-032",
        ),
    ],
)
def test_a_day_that_is_not_iso_or_does_not_exist_is_refused(faults, text):
    assert faults(WIDE + f"Alder,{text},,,3\n") == [f"row 2, column assessed_on: {text!r} {DAY}"]


def test_a_day_that_a_spreadsheet_shows_as_a_number_is_refused_with_what_to_do(faults):
    said = f"row 2, column assessed_on: '45987' {DAY} (in a spreadsheet, give the cell a date format)"
    assert faults(WIDE + "Alder,45987,,,3\n") == [said]
    assert faults(workbook(WIDE.strip().split(","), ["Alder", 45987, None, None, 3]), "sheet.xlsx") == [said]


STRANGE = ["\x07", "\x1b", "\x7f", "\x85", "\u202a", "\u202e", "\u2066", "\u2069"]


@pytest.mark.parametrize("sign", STRANGE, ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_sign_that_nobody_sees_is_refused_wherever_a_person_typed(faults, sign):
    said = f"holds the invisible sign U+{ord(sign):04X}; expected plain text"
    rows = f"Al{sign}der,2026-01-02,,Ki{sign}m,IA,3,\nAlder,2026-01-02,,,IA,3,Ten{sign}arrivals\n"
    assert faults(LONG + rows) == [
        f"row 2, column program: {said}",
        f"row 2, column rater: {said}",
        f"row 3, column evidence: {said}",
    ]
    assert faults(WIDE + f"Al{sign}der,2026-01-02,,Ki{sign}m,3\n") == [
        f"row 2, column program: {said}",
        f"row 2, column rater: {said}",
    ]


@pytest.mark.parametrize("sign", [*STRANGE, "\0", "\x9f", "\ud800", "\r"], ids=ascii)
def test_a_sign_that_nobody_sees_is_strange(sign):
    assert strange(f"a{sign}b") == sign
    assert strange(f"{sign}b\x07") == sign


@pytest.mark.parametrize(
    "text", ["", "Ten arrivals", "a\tb", "a\nb", "a\r\nb\r\n", "Café “é” 漢字", "עברית\u200f", "a\u200db"]
)
def test_tabs_line_ends_and_every_script_are_not_strange(text):
    assert strange(text) == ""


@pytest.mark.parametrize("margin", [1, 3])
def test_wholly_empty_columns_before_the_table_are_no_matter_and_letters_stay_true(read, faults, margin):
    rows = [WIDE.strip().split(","), ["Alder", "2026-01-02", "self", "Kim", 3, 2, None]]
    beside = [[None] * margin + row for row in rows]
    assert read(workbook(*beside), "sheet.xlsx") == read(workbook(*rows), "sheet.xlsx")
    lines = "\n".join("," * margin + line for line in (WIDE.strip(), "Alder,2026-01-02,self,Kim,3,2,"))
    assert read(lines) == read(workbook(*rows), "sheet.xlsx")
    last = "BCDE"[margin]
    assert faults(workbook([None] * margin + ["program", "why"]), "sheet.xlsx")[0] == (
        f"row 1, column {last}: unknown column 'why'; expected {WIDE_COLUMNS}"
    )


def test_a_column_before_the_table_that_holds_anything_is_refused(faults):
    data = workbook([None, *WIDE.strip().split(",")], ["note", "Alder", "2026-01-02", None, None, 3])
    assert faults(data, "sheet.xlsx") == [f"row 1, column A: unknown column ''; expected {WIDE_COLUMNS}"]


class Shouting(NullTranslations):
    """A language that is English in capitals, so that a sentence that was not translated shows."""

    def gettext(self, message: str) -> str:
        return "".join(
            part if part.startswith("%") else part.upper() for part in re.split(r"(%\(\w+\)[rs])", message)
        )


def test_every_fault_is_said_in_the_language_now_spoken(faults):
    def told() -> str:
        sheets = [content for content, _expected in CASES.values()]
        return "\n".join(line for content in sheets for line in faults(content))

    plain = told()
    try:
        speak(Shouting())
        loud = told()
    finally:
        speak(NullTranslations())
    assert loud != plain
    assert loud.upper() == plain.upper()
    ours = loud.replace("',' expected after", "")  # in the words of Python's own reader of CSV
    assert not re.search(r"\b(expected|stands|row|column|unknown|twice|file|line|has|the)\b", ours)


@pytest.mark.parametrize(("there", "other"), [("item", "rating"), ("rating", "item")])
def test_half_a_long_sheet_is_told_what_it_lacks(faults, there, other):
    found = faults(f"program,assessed_on,{there}\nAlder,2026-01-02,3\n")
    assert f"row 1: a column {there!r} but no column {other!r}; expected both in a long sheet" in found


def test_every_row_of_a_long_sheet_is_told_all_its_slips(faults):
    """An unknown item hides nothing: 9 is no rating of any item."""
    assert faults(LONG + "Alder,2026-01-02,,,IX,9,\n,2026-01-02,,,IA,9,\n") == [
        "row 2, column item: unknown item 'IX'; expected IA to IIA",
        "row 2, column rating: '9' is not a rating; expected one digit from 1 to 5, or nothing",
        "row 3, column program: is empty; expected the name of the program",
        "row 3, column rating: '9' is not a rating; expected one digit from 1 to 5, or nothing",
    ]


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    for path, reason in ((tmp_path / "none.csv", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(Faulty) as refused:
            ratings.read(path, TINY)
        assert refused.value.lines == f"{path}: file: cannot be read: {reason}"


# Laws

names = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)
    .filter(lambda text: not strange(text))
    .map(str.strip)
    .filter(bool)
)
days = st.dates().map(date.isoformat)
kinds = st.sampled_from([None, "self", "peer", "external"])
said = st.fixed_dictionaries({}, optional={item.id: st.sampled_from(item.ratings) for item in TINY.items})
assessments = st.lists(
    st.builds(Assessment, names, days, said.filter(bool), kinds, st.none() | names),
    min_size=1,
    max_size=6,
    unique_by=lambda each: (each.program, each.assessed_on, each.kind, each.rater),
)


def saved(rows: list[list[object]], delimiter: str) -> bytes:
    text = io.StringIO()
    plain_csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(assessments, st.sampled_from(",;"))
def test_a_wide_sheet_reads_back_as_it_was_written(read, given_assessments, delimiter):
    rows = [
        [each.program, each.assessed_on, each.kind, each.rater, *(each.ratings.get(i.id) for i in TINY.items)]
        for each in given_assessments
    ]
    assert read(saved([ratings.blank(TINY), *rows], delimiter)) == given_assessments


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(assessments, st.sampled_from(",;"))
def test_a_long_sheet_reads_back_as_it_was_written(read, given_assessments, delimiter):
    rows = [
        [each.program, each.assessed_on, each.kind, each.rater, TINY.by_id[item].code, rating]
        for each in given_assessments
        for item, rating in each.ratings.items()
    ]
    header = ["program", "assessed_on", "kind", "rater", "item", "rating"]
    assert read(saved([header, *rows], delimiter)) == given_assessments


# Writing


def test_the_empty_sheet_has_the_columns_that_are_read(read):
    (header,) = csv.write([ratings.blank(TINY)])
    assert header == "program,assessed_on,kind,rater,IA,IB,IIA\r\n"
    assert read(header + "Alder,2026-01-02,,,3\r\n")[0].ratings == {"first-words": 3}


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(cell):
    (line,) = csv.write([[cell, "a"]])
    assert list(plain_csv.reader(io.StringIO(line, newline=""))) == [[f"'{cell}", "a"]]


def test_numbers_and_nothing_are_written_as_they_are():
    assert list(csv.write([[-0.5, None, 3, "a=b"]])) == ["-0.5,,3,a=b\r\n"]
