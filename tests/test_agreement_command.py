"""`ddcat agreement`: what it reads, what it prints, and every slip of a file with its place."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ddcat import agreement, cli, reliability, shelf
from ddcat.faults import Faulty
from ddcat.instrument import Item
from ddcat.interchange import panels

REAL = shelf.find("ddcat@4.0").instrument
TINY = shelf.parse((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes())
HEADER = "program,item,rater,rating\n"
FIGURES = [
    *("n_pairs", "percent_exact", "percent_within_one", "mean_absolute_difference", "weighted_kappa", "gwet_ac2"),
    *("krippendorff_alpha", "score_difference", "icc_2_1", "icc_2_k"),
]


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *args: CliRunner().invoke(cli.main, ["agreement", *map(str, args)])


@pytest.fixture
def sheet(tmp_path) -> Callable[..., Path]:
    """A file with every item of the real instrument, rated by each of these raters in each of these programs."""

    def rating(item: Item, place: int) -> int:
        return item.ratings[place % len(item.ratings)]

    def sheet(programs: int, raters: list[str]) -> Path:
        path = tmp_path / f"{programs}-{len(raters)}.csv"
        rows = [
            f"Program {program},{item.code},{rater},{rating(item, at + program + shift * (at % 3 == 0))}\n"
            for program in range(programs)
            for shift, rater in enumerate(raters)
            for at, item in enumerate(REAL.items)
        ]
        path.write_text(HEADER + "".join(rows))
        return path

    return sheet


@pytest.fixture
def read(tmp_path):
    def read(content: str | bytes, name: str = "sheet.csv", **options: bool) -> panels.Panels:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return panels.read(path, TINY, **options)

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


# What is printed


def test_the_object_has_exactly_the_keys_of_the_contract(run, sheet):
    result = run(sheet(2, ["Kim", "Jo"]), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert list(found) == ["instrument", "raters", "programs", "n_pairs", "overall", "dimensions", "notes"]
    assert found["instrument"] == {"id": "ddcat", "version": "4.0"}
    assert (found["raters"], found["programs"], found["n_pairs"]) == (["Kim", "Jo"], ["Program 0", "Program 1"], 70)
    assert list(found["overall"]) == FIGURES
    assert [list(dimension) for dimension in found["dimensions"]] == [["id", "number", "title", *FIGURES]] * 7
    for part in (found["overall"], *found["dimensions"]):
        for name in FIGURES[1:]:
            assert list(part[name]) == ["value", "interval", "reason", "notice", "n", "se"]
    assert [part["n_pairs"] for part in found["dimensions"]] == [8, 4, 14, 20, 10, 10, 4]


def test_the_numbers_are_those_of_the_figures_and_are_not_rounded(run, sheet):
    path = sheet(4, ["Kim", "Jo"])
    found = json.loads(run(path, "--json").stdout)
    expected = reliability.figures(REAL, panels.read(path, REAL))
    for part, figures in [
        (found["overall"], expected.overall),
        *((part, expected.dimensions[part["id"]]) for part in found["dimensions"]),
    ]:
        for name in FIGURES[1:]:
            estimate = getattr(figures, name)
            assert part[name]["value"] == estimate.value
            assert part[name]["interval"] == (list(estimate.interval) if estimate.interval else None)
            assert (part[name]["reason"], part[name]["notice"]) == (estimate.reason, estimate.notice)
            assert (part[name]["n"], part[name]["se"]) == (estimate.n, estimate.se)
    assert found["overall"]["weighted_kappa"]["se"] > 0
    assert found["overall"]["icc_2_1"]["se"] is None


def test_what_makes_no_sense_has_null_and_a_reason(run, sheet):
    one = json.loads(run(sheet(1, ["Kim", "Jo"]), "--json").stdout)
    assert one["overall"]["weighted_kappa"]["value"] is not None
    assert one["overall"]["krippendorff_alpha"]["reason"] == reliability.NO_GAPS
    assert one["overall"]["icc_2_1"]["reason"] == reliability.PROGRAMS
    assert {part["weighted_kappa"]["reason"] for part in one["dimensions"]} == {reliability.ONE_PROGRAM}
    three = json.loads(run(sheet(3, ["Kim", "Jo", "Lee"]), "--json").stdout)
    assert three["overall"]["weighted_kappa"]["reason"] == reliability.TWO_RATERS
    assert three["overall"]["krippendorff_alpha"]["value"] is not None
    assert three["dimensions"][0]["icc_2_k"]["value"] is not None


def test_without_a_form_a_plain_sentence_tells_each_figure(run, sheet):
    text = run(sheet(2, ["Kim", "Jo"])).stdout
    assert text.startswith("2 raters, 2 programs, 70 pairs of ratings\n\nAll items\n")
    for said in (
        *(
            "  Two raters give the same rating ",
            "  They are at most one point apart ",
            "  On average two ratings are ",
        ),
        *("  Weighted kappa (linear) is 0.", "  Gwet's AC2 (linear) is 0.", "two raters' scores of a program are "),
        *("ICC(2,1), is ", "ICC(2,k), is ", " (95 % interval "),
    ):
        assert said in text
    assert "Krippendorff" not in text
    for dimension in REAL.dimensions:
        assert f"\n{dimension.number} {dimension.title}\n" in text


def test_raters_who_agree_on_everything_are_told_so_and_get_no_certain_interval(run, tmp_path):
    path = tmp_path / "same.csv"
    rows = [f"Alder,{item.code},{who},{item.ratings[0]}\n" for item in REAL.items for who in ("Kim", "Jo")]
    path.write_text(HEADER + "".join(rows))
    text = run(path).stdout
    assert "Two raters give the same rating 100.0 % of the time" in text
    assert f"Weighted kappa (linear) cannot be given. {agreement.CONSTANT}" in text


def test_a_share_that_falls_short_of_everything_never_reads_as_everything():
    from ddcat.cli.agreeing import _shown

    assert [_shown("percent_exact", value) for value in (1, 0.9999, 0.5, 0)] == [
        "100.0 %",
        "99.9 %",
        "50.0 %",
        "0.0 %",
    ]
    assert [_shown("icc_2_1", value) for value in (1, 0.9999, -0.001, -0.42)] == ["1.00", "0.99", "0.00", "-0.42"]


Small = list[list[list[int | None]]]
"""What each rater of each program gives to every item of the first dimension and of the others, by turns."""


@st.composite
def small(draw: st.DrawFn) -> Small:
    programs, raters = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    given = st.integers(1, 5) | st.none() if draw(st.booleans()) else st.integers(1, 5)
    row = st.lists(given, min_size=1, max_size=2)
    return draw(st.lists(st.lists(row, min_size=raters, max_size=raters), min_size=programs, max_size=programs))


def by_turns(table: Small) -> str:
    return HEADER + "".join(
        f"Program {program},{item.code},Rater {rater},{given[at % len(given)] or ''}\n"
        for program, row in enumerate(table)
        for rater, given in enumerate(row)
        for at, dimension in enumerate(REAL.dimensions)
        for item in dimension.items
    )


def refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is no number of JSON")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([[[3], [1]], [[1], [3]], [[3], [1]]])
@example([[[1], [5], [1]], [[5], [2], [1]]])
@example([[[5], [3], [2]], [[3], [4], [3]]])
@given(small())
def test_whatever_is_rated_only_numbers_are_printed_and_intervals_that_hold_them(run, tmp_path, table):
    path = tmp_path / "small.csv"
    path.write_text(by_turns(table))
    for args in (("--json",), ()):
        result = run(path, "--allow-unanchored", *args)
        assert (result.exit_code, result.stderr) == (0, ""), result.exception
        if args:
            found = json.loads(result.stdout, parse_constant=refuse_constant)
        else:
            text = result.stdout
    for part in (found["overall"], *found["dimensions"]):
        for name in FIGURES[1:]:
            value, interval, reason = (part[name][key] for key in ("value", "interval", "reason"))
            assert (value is None) == (reason is not None)
            assert interval is None or interval[0] <= value <= interval[1], name
            assert interval is None or interval[0] < interval[1], name
            assert not name.startswith("percent") or value is None or 0 <= value <= 1
    assert not re.search(r"\b(nan|inf|None)\b", text)
    number = r"(-?[0-9]+\.[0-9]+)(?: %)?"
    for told in re.findall(rf"{number} .*\(95 % interval {number} to {number}\)", text):
        value, low, high = map(float, told)
        assert low <= value <= high
    assert text.count("95 % interval") == len(re.findall(rf"{number} .*\(95 % interval", text))


def test_old_ratings_without_an_anchor_are_refused_or_counted_with_a_note(run, tmp_path):
    path = tmp_path / "old.csv"
    path.write_text(HEADER + "Alder,IA,Kim,2\nAlder,IA,Jo,2\n")
    refused = run(path, "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.splitlines()[0].startswith(f"{path}: row 2, column rating: '2' has no anchor in IA; ")
    found = json.loads(run(path, "--json", "--allow-unanchored").stdout)
    assert len(found["notes"]) == 1
    assert found["notes"][0].startswith("IA is rated 2, which has no anchor in ddcat@4.0")
    assert found["notes"][0] in run(path, "--allow-unanchored").stdout


def test_one_rater_alone_is_no_fault_and_has_reasons(run, sheet):
    result = run(sheet(2, ["Kim"]), "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["raters"], found["n_pairs"]) == (["Kim"], 0)
    assert {found["overall"][name]["value"] for name in FIGURES[1:]} == {None}


def test_a_file_that_is_not_there_ends_with_status_1(run, tmp_path):
    result = run(tmp_path / "none.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{tmp_path / 'none.csv'}: file: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("args", [[], ["a.csv", "--csv"], ["a.csv", "--instrument", "lamp"], ["a.csv", "b.csv"]])
def test_wrong_usage_ends_with_status_2(run, args):
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")


def test_the_command_line_and_the_pages_do_not_load_what_only_agreement_needs():
    """`sqlite_utils` loads numpy by itself where there is one, so only our own rooms are looked at, and scipy."""
    heavy = {"ddcat.agreement", "ddcat.coefficients", "ddcat.reliability", "scipy"}
    asked = f"import sys, ddcat.cli, ddcat.web; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", asked], cwd=Path(__file__).parent.parent).returncode == 0


# What is read


def test_a_row_holds_one_rating_and_a_blank_one_is_a_gap(read):
    rows = "Alder,IA,Kim,3\nAlder,IA,Jo,5\nBirch,IIA,Kim,\nAlder,coat-rack,Kim,2\n"
    assert read(HEADER + rows) == {"Alder": {"Kim": {"first-words": 3, "coat-rack": 2}, "Jo": {"first-words": 5}}}


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + HEADER + "Alder,IA,Kim,3\n",
        (HEADER + "Alder,IA,Kim,3\n").replace(",", ";"),
        "Rating,RATER,item,Program\n3,Kim,ia,Alder\n",
        ",,,,\n,program,item,rater,rating\n,Alder, IA ,Kim, 3 \n",
        HEADER + "Alder,first-words,Kim,3\n",
        HEADER + "Alder,First-Words,Kim,3\n",
    ],
    ids=["BOM", "semicolon", "any case and order", "margins", "id", "id in any case"],
)
def test_the_same_rating_is_read_however_the_sheet_was_saved(read, content):
    assert read(content) == {"Alder": {"Kim": {"first-words": 3}}}


def test_a_workbook_is_read_like_the_same_csv(read):
    book = Workbook()
    for row in (
        HEADER.strip().split(","),
        ["Alder", "IA", "Kim", 3],
        ["Alder", "IA", 7, None],
        ["Alder", "IB", 7, 1.0],
    ):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    assert read(data.getvalue(), "sheet.xlsx") == {"Alder": {"Kim": {"first-words": 3}, "7": {"coat-rack": 1}}}


def test_a_rating_without_an_anchor_is_read_when_old_records_are_allowed(read):
    assert read(HEADER + "Alder,IA,Kim,2\n", allow_unanchored=True) == {"Alder": {"Kim": {"first-words": 2}}}


DIGIT = "expected one digit from 1 to 5, or nothing"

CASES = {
    "a rating that is none": (
        HEADER + "Alder,IA,Kim,6\nAlder,IB,Kim,N/A\nAlder,IIA,Kim,2.5\n",
        [
            f"row {row}, column rating: {text!r} is not a rating; {DIGIT}"
            for row, text in ((2, "6"), (3, "N/A"), (4, "2.5"))
        ],
    ),
    "a rating without an anchor": (
        HEADER + "Alder,IA,Kim,4\n",
        [
            "row 2, column rating: '4' has no anchor in IA; expected one of 1, 3, 5, or nothing"
            " (--allow-unanchored accepts old records)"
        ],
    ),
    "an unknown item": (
        HEADER + "Alder,IX,Kim,3\nAlder,,Kim,3\n",
        [f"row {row}, column item: unknown item {text!r}; expected IA to IIA" for row, text in ((2, "IX"), (3, ""))],
    ),
    "a row twice": (
        HEADER + "Alder,IA,Kim,3\nAlder,IA,Jo,3\nAlder,first-words,Kim,3\nAlder,ia,Kim,\n",
        [f"row {row}: has the same program, item and rater as row 2; expected one row each" for row in (4, 5)],
    ),
    "a row twice, first without a rating": (
        HEADER + "Alder,IA,Kim,\nAlder,IA,Kim,3\n",
        ["row 3: has the same program, item and rater as row 2; expected one row each"],
    ),
    "no names": (
        HEADER + ",IA,,3\n",
        [
            "row 2, column program: is empty; expected the name of the program",
            "row 2, column rater: is empty; expected the name of the rater",
        ],
    ),
    "an invisible sign": (
        HEADER + "Al\u202eder,IA,Kim,3\n",
        ["row 2, column program: holds the invisible sign U+202E; expected plain text"],
    ),
    "an unknown and a missing column": (
        "program,item,who,rating\nAlder,IA,Kim,9\n",
        [
            "row 1, column C: unknown column 'who'; expected program, item, rater, rating",
            "row 1: no column 'rater'; expected one",
        ],
    ),
    "a repeated column": (
        "program,item,rater,rating,Rater\nAlder,IA,Kim,3,Jo\n",
        ["row 1, column E: the column 'Rater' stands twice; expected once"],
    ),
    "a sheet for score": (
        "program,assessed_on,IA\nAlder,2026-01-02,3\n",
        [
            "row 1, column B: unknown column 'assessed_on'; expected program, item, rater, rating",
            "row 1, column C: unknown column 'IA'; expected program, item, rater, rating",
            *(f"row 1: no column {name!r}; expected one" for name in ("item", "rater", "rating")),
        ],
    ),
    "a cell beyond the columns": (
        HEADER + "Alder,IA,Kim,3,x\n",
        ["row 2, column E: 'x' stands beyond the last named column; expected nothing there"],
    ),
    "a header and no rows": (HEADER, ["file: has a header but no rows; expected at least one rating"]),
    "an empty file": ("", ["file: is empty; expected a header row and one row a rating"]),
    "an unclosed quote": (HEADER + '"Alder', ["row 2: cannot be read as CSV: unexpected end of data"]),
    "a huge cell": (
        HEADER + "A" * 200_000 + ",IA,Kim,3\n",
        ["row 2: cannot be read as CSV: field larger than field limit (131072)"],
    ),
    "NUL bytes": (
        HEADER + "Al\0der,IA,Kim,3\n",
        ["file: is not text; expected CSV in UTF-8 or a workbook named .xlsx"],
    ),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ["line 1: is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx"],
    ),
    "all at once": (
        HEADER + ",IX,Kim,9\nAlder,IA,,3\nAlder,IB,Kim,0\n",
        [
            "row 2, column program: is empty; expected the name of the program",
            "row 2, column item: unknown item 'IX'; expected IA to IIA",
            f"row 2, column rating: '9' is not a rating; {DIGIT}",
            "row 3, column rater: is empty; expected the name of the rater",
            f"row 4, column rating: '0' is not a rating; {DIGIT}",
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES)
def test_a_sheet_is_refused_with_exactly_its_faults(faults, content, expected):
    assert faults(content) == expected


def test_a_workbook_that_is_none_is_refused(faults):
    assert faults(b"PK\x03\x04 cut off", "sheet.xlsx") == [
        "file: cannot be read as a workbook; is it really an .xlsx file?"
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: (HEADER + text).encode())))
def test_no_file_whatever_brings_a_traceback(read, content):
    with suppress(Faulty):
        reliability.figures(TINY, read(content))
