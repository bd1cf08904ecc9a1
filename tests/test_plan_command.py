"""`ddcat plan`: what it prints, what it refuses, and every slip of a file of costs with its place."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ddcat import cli, roads, shelf
from ddcat.cli.planning import METHODS
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.interchange import costs, ratings
from ddcat.scoring import Ratings

VOLUME = shelf.find("ddcat@4.0")
REAL = VOLUME.instrument
TINY = shelf.parse((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes())
HEADER = "item,cost\n"


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *args: CliRunner().invoke(cli.main, ["plan", *map(str, args)])


@pytest.fixture
def sheet(tmp_path, profiles) -> Callable[..., Path]:
    """A sheet of these profiles, or of ratings under a name of their own."""

    def sheet(*names: str, **own: Ratings) -> Path:
        path = tmp_path / "sheet.csv"
        lines = [",".join(ratings.blank(REAL))]
        for name, rated in ({name: profiles[name] for name in names} | own).items():
            cells = [name, "2026-05-04", "self", "Kim", *(rated.get(item.id, "") for item in REAL.items)]
            lines.append(",".join(map(str, cells)))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return sheet


@pytest.fixture
def priced(tmp_path) -> Callable[[str], Path]:
    def priced(rows: str) -> Path:
        path = tmp_path / "costs.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        return path

    return priced


# --json: the contract


def test_the_object_has_exactly_the_keys_of_the_contract(run, sheet):
    result = run(sheet("T3", "T1"), "--to", "DDC", "--by", "both", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    t3, t1 = json.loads(result.stdout)
    for each in (t3, t1):
        assert list(each) == [
            *("program", "assessed_on", "target", "by", "feasible", "steps", "total_cost", "before", "after"),
        ]
        assert (each["assessed_on"], each["target"], each["by"], each["feasible"]) == (
            *("2026-05-04", "DDC", "both", True),
        )
    assert (t3["program"], t3["total_cost"]) == ("T3", 9)
    assert t3["steps"] == [
        {"item": "VC", "from": 3, "to": 5, "cost": 1},
        {"item": "VIIA", "from": 1, "to": 5, "cost": 4},
        {"item": "VIIB", "from": 1, "to": 5, "cost": 4},
    ]
    assert (t3["after"]["overall_exact"], t3["after"]["criterion"]["level"]) == ("3", "DDC")
    assert (t1["program"], t1["steps"], t1["total_cost"], t1["after"]) == ("T1", [], 0, t1["before"])


def test_before_and_after_are_the_objects_of_score(run, sheet):
    path = sheet("T3")
    (planned,) = json.loads(run(path, "--to", "DDC", "--json").stdout)
    (scored,) = json.loads(CliRunner().invoke(cli.main, ["score", str(path), "--json"]).stdout)
    assert planned["before"] == scored
    assert list(planned["after"]) == list(scored)
    assert {key: planned["after"][key] for key in ("program", "kind", "rater", "complete")} == {
        key: scored[key] for key in ("program", "kind", "rater", "complete")
    }


@pytest.mark.parametrize("by", METHODS)
def test_the_steps_are_those_of_the_road(run, sheet, profiles, by):
    found = roads.road(REAL, VOLUME.guide, profiles["T5"], to="DDE", by=by)
    (planned,) = json.loads(run(sheet("T5"), "--to", "DDE", "--by", by, "--json").stdout)
    assert planned["total_cost"] == found.total_cost
    assert [tuple(step.values()) for step in planned["steps"]] == [
        (rise.item.code, rise.rating, rise.to, rise.cost) for rise in found.rises
    ]


def test_a_file_of_costs_changes_the_road(run, sheet, priced):
    costs = priced("VIIA,5\nviib,Never\n")
    (planned,) = json.loads(run(sheet("T3"), "--to", "DDC", "--by", "scale", "--cost", costs, "--json").stdout)
    assert planned["feasible"] is True
    assert {"VIIB"} & {step["item"] for step in planned["steps"]} == set()
    assert planned["total_cost"] == sum(step["cost"] for step in planned["steps"]) > 9


def test_without_a_road_there_are_no_steps_and_no_cost(run, sheet, priced):
    never = priced("".join(f"{code},never\n" for code in ("IIA", "IIB", "VIIA", "VIIB")))
    (planned,) = json.loads(run(sheet("T3"), "--to", "DDE", "--by", "scale", "--cost", never, "--json").stdout)
    assert (planned["feasible"], planned["steps"], planned["total_cost"]) == (False, [], None)
    assert planned["after"] == planned["before"]


def test_an_old_rating_without_an_anchor_climbs_with_a_note_when_allowed(run, sheet, rated):
    path = sheet(Alder=rated(REAL, 3, IA=2))
    assert run(path, "--to", "DDE", "--json").exit_code == 1
    (planned,) = json.loads(run(path, "--to", "DDE", "--json", "--allow-unanchored").stdout)
    assert planned["before"]["notes"][0].startswith("IA is rated 2, which has no anchor in ddcat@4.0")
    assert planned["before"]["notes"][0] in run(path, "--to", "DDE", "--allow-unanchored").stdout


# To read


def test_without_a_form_the_text_tells_each_step_and_where_it_leads(run, sheet):
    result = run(sheet("T3"), "--to", "DDC")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "T3 · May 4, 2026 · Self-rating (the program’s own people) · Kim"
    assert lines[1] == (
        "The cheapest road to “Dual diagnosis capable” (DDC) by both methods: 3 items to raise, cost 9."
    )
    assert "  VIIA from 1 to 5  cost  4  Basic training for all staff" in lines
    assert "What patients feel first: 3 items to raise, cost 10, 1 more than the cheapest." in lines
    assert "  VA   from 3 to 5  cost  2  Discharge planning for both disorders" in lines
    table = [line.split() for line in lines[-7:]]
    assert table[0] == ["Today", "Cheapest", "road", "Felt", "first"]
    assert table[1] == ["Overall", "score", "2.37", "3.00", "3.00"]
    assert table[2] == ["Band", "(scale", "method)", "AOS/DDC", "DDC", "DDC"]
    assert table[3] == ["Level", "(criterion", "method)", "AOS", "DDC", "DDC"]
    assert table[5] == ["Cost", "–", "9", "10"]


def test_a_road_that_gains_mostly_in_the_setting_says_so(run, sheet):
    warned = run(sheet("T3"), "--to", "DDC", "--by", "scale").stdout
    assert "90.9 % of what this adds to the overall score comes from VII Training" in warned
    assert VOLUME.guide.setting_warning in warned
    assert VOLUME.guide.setting_warning not in run(sheet("T5"), "--to", "DDE", "--by", "criterion").stdout


def test_where_both_roads_are_one_this_is_said_once(run, sheet, rated):
    """Eight items fall short and one has to be raised: IVA is near to the patient, and felt first as well."""
    low = dict.fromkeys(("IIA", "IIB", "IVA", "VIC", "VID", "VIE", "VIIA", "VIIB"), 2)
    text = run(sheet(Alder=rated(REAL, 3, **low)), "--to", "DDC", "--by", "criterion").stdout
    assert "\n  IVA from 2 to 3  cost  1  Treatment plans\n\nWhat patients feel first: the same road.\n\n" in text
    assert text.count(" from ") == 2
    assert "Felt first" not in text


def test_a_target_that_is_reached_asks_for_nothing(run, sheet):
    text = run(sheet("T1"), "--to", "DDC").stdout
    assert "It has reached “Dual diagnosis capable” (DDC) by both methods already: nothing has to be raised." in text
    assert "Cost" not in text


def test_without_a_road_the_text_says_what_stands_in_the_way_and_how_far_it_goes(run, sheet, priced):
    never = priced("".join(f"{code},never\n" for code in ("IIA", "IIB", "VIIA", "VIIB")))
    text = run(sheet("T3"), "--to", "DDE", "--by", "scale", "--cost", never).stdout
    assert "while these items cannot be raised: IIA, IIB, VIIA and VIIB." in text
    assert [line.split()[-2:] for line in text.splitlines() if "Overall" in line] == [["2.37", "4.14"]]


def test_an_instrument_without_a_second_road_tells_of_one_alone(run, sheet, monkeypatch):
    bare = replace(VOLUME, guide=VOLUME.guide.model_copy(update={"felt_first": ()}))
    monkeypatch.setattr(shelf, "find", lambda _name: bare)
    assert "patients" not in run(sheet("T3"), "--to", "DDC").stdout


# What is refused


def test_incomplete_assessments_are_refused_with_what_is_not_rated_and_nothing_is_printed(run, sheet, rated):
    path = sheet("T1", "incomplete", Alder=rated(REAL, 3, IA=None))
    for form in ([], ["--json"]):
        result = run(path, "--to", "DDC", *form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines() == [
            f"{path}: incomplete, 2026-05-04, self, Kim: not rated: IVJ, VE, VIE; expected every item",
            f"{path}: Alder, 2026-05-04, self, Kim: not rated: IA; expected every item",
        ]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "Missing option '--to'"),
        (
            ["--to", "DDC/DDE"],
            "Invalid value for '--to': 'DDC/DDE' is no target by both methods; expected one of AOS, DDC, DDE."
            " It is a band of the scale method: add --by scale.",
        ),
        (["--to", "best", "--by", "scale"], "expected one of AOS, AOS/DDC, DDC, DDC/DDE, DDE.\n"),
        (
            ["--to", "best", "--by", "criterion"],
            "is no target by the criterion method; expected one of AOS, DDC, DDE.\n",
        ),
        (["--to", "DDC", "--by", "luck"], "Invalid value for '--by'"),
    ],
)
def test_wrong_usage_ends_with_status_2_and_says_what_is_right(run, sheet, args, said):
    result = run(sheet("T1"), *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_code_may_be_given_in_any_case(run, sheet):
    (planned,) = json.loads(run(sheet("T3"), "--to", "ddc/dde", "--by", "scale", "--json").stdout)
    assert planned["target"] == "DDC/DDE"


def test_faults_of_the_costs_end_with_status_1(run, sheet, priced):
    path = priced("IA,6\n")
    result = run(sheet("T1"), "--to", "DDC", "--cost", path)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"{path}: row 2, column cost: '6' is not a cost; expected one digit from 1 to 5, or never\n"
    )
    result = run(sheet("T1"), "--to", "DDC", "--cost", path.parent / "none.csv")
    assert result.stderr == f"{path.parent / 'none.csv'}: file: cannot be read: No such file or directory\n"


def test_the_command_knows_the_methods_of_the_road_and_loads_it_only_when_asked():
    assert tuple(METHODS) == roads.METHODS
    asked = "import sys, ddcat.cli; sys.exit('ddcat.roads' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=Path(__file__).parent.parent).returncode == 0


# The file of costs


@pytest.fixture
def read(tmp_path):
    def read(content: str | bytes, name: str = "costs.csv", instrument: Instrument = TINY) -> roads.Costs:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return costs.read(path, instrument)

    return read


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "IA,2\nIIA,never\n",
        "\ufeff" + HEADER + "IA,2\nIIA,never\n",
        "Cost;ITEM\n2;ia\n NEVER ;iia\n",
        ",,\n,item,cost\n,IA,2\n,,\n,IIA,never\n",
    ],
    ids=["plain", "BOM", "semicolon, any case and order", "margins"],
)
def test_the_same_costs_are_read_however_the_sheet_was_saved(read, content):
    assert read(content) == {"first-words": 2, "second-plate": None}


def test_a_workbook_of_costs_is_read_like_the_same_csv(read):
    book = Workbook()
    for row in (["item", "cost"], ["IA", 2], ["IIA", "never"]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    assert read(data.getvalue(), "costs.xlsx") == {"first-words": 2, "second-plate": None}


def test_a_workbook_without_costs_is_refused(read):
    data = io.BytesIO()
    Workbook().save(data)
    with pytest.raises(Faulty, match="file: its first sheet is empty; expected a header row and one row an item$"):
        read(data.getvalue(), "costs.xlsx")


EXPECTED = "expected one digit from 1 to 5, or never"
CASES = {
    "costs that are none": (
        HEADER + "IA,0\nIB,6\nIIA,\n",
        [
            f"row {row}, column cost: {text!r} is not a cost; {EXPECTED}"
            for row, text in ((2, "0"), (3, "6"), (4, ""))
        ],
    ),
    "a half and a word": (
        HEADER + "IA,2.5\nIB,no\n",
        [f"row {row}, column cost: {text!r} is not a cost; {EXPECTED}" for row, text in ((2, "2.5"), (3, "no"))],
    ),
    "an unknown item": (
        HEADER + "IX,1\n,1\n",
        [f"row {row}, column item: unknown item {text!r}; expected IA to IIA" for row, text in ((2, "IX"), (3, ""))],
    ),
    "an item twice": (
        HEADER + "IA,1\nIB,1\nia,never\n",
        ["row 4, column item: 'IA' has its cost in row 2 already; expected once"],
    ),
    "a missing column": ("item\nIA\n", ["row 1: no column 'cost'; expected one"]),
    "an unknown column": (
        "item,price\nIA,1\n",
        ["row 1, column B: unknown column 'price'; expected item, cost", "row 1: no column 'cost'; expected one"],
    ),
    "a repeated column": (
        "item,cost,Item\nIA,1,IB\n",
        ["row 1, column C: the column 'Item' stands twice; expected once"],
    ),
    "a cell beyond the columns": (
        HEADER + "IA,1,x\n",
        ["row 2, column C: 'x' stands beyond the last named column; expected nothing there"],
    ),
    "a header and no rows": (HEADER, ["file: has a header but no rows; expected at least one item with its cost"]),
    "half a header and no rows": (
        "item\n",
        [
            "row 1: no column 'cost'; expected one",
            "file: has a header but no rows; expected at least one item with its cost",
        ],
    ),
    "an empty file": (" \n", ["file: is empty; expected a header row and one row an item"]),
    "nothing but commas": (",,\n,,\n", ["file: is empty; expected a header row and one row an item"]),
    "a picture": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        ["line 1: is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx"],
    ),
    "all at once": (
        HEADER + "IX,9\nIA,1\nIA,7\n",
        [
            "row 2, column item: unknown item 'IX'; expected IA to IIA",
            f"row 2, column cost: '9' is not a cost; {EXPECTED}",
            f"row 4, column cost: '7' is not a cost; {EXPECTED}",
            "row 4, column item: 'IA' has its cost in row 3 already; expected once",
        ],
    ),
}


@pytest.mark.parametrize(("content", "expected"), CASES.values(), ids=CASES)
def test_a_file_of_costs_is_refused_with_exactly_its_faults(read, content, expected):
    with pytest.raises(Faulty) as refused:
        read(content)
    assert [str(fault) for fault in refused.value.faults] == expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: (HEADER + text).encode())))
def test_no_file_whatever_brings_a_traceback(read, content):
    with suppress(Faulty):
        assert set(read(content).values()) <= {1, 2, 3, 4, 5, None}
