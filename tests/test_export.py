"""`ddcat export --to`: everything sealed as tables that import back, and that a warehouse reads to the last digit."""

import csv as plain_csv
import json
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlite_utils import Database

from ddcat import cli, shelf, store, verifying
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import assessments, exporting, instruments, people, programs, raters, roles, saving, sealing
from ddcat.store.saving import Change

DDCAT = shelf.find("ddcat@4.0").instrument
CODES = [item.code for item in DDCAT.items]
NEW = {"assessment", "program_ref", "agency_ref", "sealed_at", "record_hash"}
"""What another installation gives anew: refs, moments, and the hash over them."""

DAYS = ["2024-03-01", "2025-03-01", "2025-09-15", "2026-03-01"]
PROGRAMS = {"Day house": "Rosewood", "=SUM(A1)": "Rosewood", "Nachthäuschen, „Süd“": "+Elsewhere"}


def sheet(other: str = "") -> str:
    """Twelve complete assessments and one that is not, of three programs over three years; some by two raters."""
    rows = [["agency", "program", "state", "level", "assessed_on", "kind", "rater", *CODES]]
    for n, (program, agency) in enumerate(PROGRAMS.items()):
        for at, day in enumerate(DAYS):
            allowed = [item.ratings[(n + at + k) % len(item.ratings)] for k, item in enumerate(DDCAT.items)]
            kind = "external" if n else "self"
            rows.append([agency, program, "Vermont", "2.1 wm", day, kind, "Kim" * n, *map(str, allowed)])
    rows.append(["Rosewood", "Day house", "Vermont", "2.1 wm", "2026-04-04", "self", "Kim", "3", *[""] * 34])
    lines = [",".join(f'"{cell}"' for cell in row) for row in rows]
    return "\n".join(lines) + "\n"


class House:
    """A database with what the sheet holds, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, store.file(folder / "data")
        store.migrate(self.file)
        self.db: Database = store.connect(self.file)

    @property
    def person(self) -> Person:
        return people.first(self.db)

    def run(self, *args: object) -> Result:
        return CliRunner().invoke(cli.main, [*map(str, args), "--data", str(self.file.parent)])

    def export(self, *args: object, to: str = "out") -> Path:
        done = self.run("export", "--to", self.folder / to, *args)
        assert done.exit_code == 0, done.output
        return self.folder / to

    def one(self, sql: str) -> object:
        return self.db.execute(sql).fetchone()[0]


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    made = House(tmp_path / "first")
    (tmp_path / "sheet.csv").write_text(sheet(), encoding="utf-8")
    assert made.run("import", tmp_path / "sheet.csv", "--seal", "--yes").exit_code == 0
    yield made
    made.db.conn.close()


@pytest.fixture
def empty(tmp_path) -> Iterator[House]:
    made = House(tmp_path / "second")
    yield made
    made.db.conn.close()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(plain_csv.DictReader(file))


def same(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows without what another installation gives anew."""
    return [{name: cell for name, cell in row.items() if name not in NEW} for row in rows]


# Tables


def test_csv_holds_every_sealed_assessment_with_its_exact_result(house):
    out = house.export()
    assert sorted(path.name for path in out.iterdir()) == [
        *("assessments.csv", "codebook.csv", "programs.csv", "ratings.csv")
    ]
    rows = table(out / "assessments.csv")
    assert len(rows) == 12, "the draft is not sealed"
    for row in rows:
        sealed = assessments.get(house.db, house.person, row["assessment"])
        result = verifying.result(DDCAT, sealed)
        assert (row["overall_exact"], row["band"]) == (result["overall"], result["band"])
        assert float(row["overall"]) == float(Fraction(result["overall"]))
        assert row["criterion_level"] == result["criterion"]["level"]
        assert row["score_structure_exact"] == result["dimensions"]["structure"]
        assert (row["record_hash"], row["sealed_at"]) == (sealed.hash, sealed.sealed_at)
    assert len(table(out / "ratings.csv")) == 12 * 35
    years = [row["assessed_on"][:4] for row in rows]
    assert years == sorted(years)
    assert len(table(out / "programs.csv")) == 3


def test_cells_that_a_spreadsheet_would_take_for_formulas_are_disarmed(house):
    out = house.export()
    programs = {row["program"] for row in table(out / "programs.csv")}
    assert programs == {"Day house", "'=SUM(A1)", "Nachthäuschen, „Süd“"}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_imports_back_to_the_same_data(house, empty, form):
    out = house.export("--as", form)
    told = ["--programs", out / "programs.csv"] if form == "csv" else []
    file = out / ("ratings.csv" if form == "csv" else "ddcat.xlsx")
    done = empty.run("import", file, *told, "--seal", "--yes")
    assert done.exit_code == 0, done.output
    first, second = house.export(to="again"), empty.export()
    names = ["assessments", "ratings", "codebook"] + ["programs"] * (form == "csv")
    for name in names:
        before, after = (same(table(folder / f"{name}.csv")) for folder in (first, second))
        assert before
        assert after == before, name
    assert empty.run("verify").exit_code == 0
    assert "Nothing is new" in house.run("import", file, *told, "--seal").stdout


def test_the_fact_sheet_goes_out_with_dates_and_sources_and_comes_back(house, empty):
    (program, *_others) = (one for one in programs.all(house.db, house.person) if one.name == "Day house")
    said = {
        "hours_scheduled": 9.5,
        "hours_as_of": "2026-05-02",
        "hours_source": "The printed schedule",
        "shortest_stay_days": 56,
        "networks": "North Network\nSouth Network",
        "testing": "weekly",
        "therapies": {"cbt": 3, "dbt": 0, "mi": None},
        "accreditation": {"carf": "2027-05-31", "coa": None},
        "completion": {"count": 34, "of": 50},
        "wait_month": "2026-04",
        "languages_staff": ["en", "es"],
    }
    programs.tell(house.db, house.person, program.ref, said, {}, list(said))
    out = house.export()
    (row,) = (row for row in table(out / "programs.csv") if row["program"] == "Day house")
    assert (row["therapies"], row["completion"]) == ("cbt=3 dbt=0 mi", "34/50")
    done = empty.run("import", out / "ratings.csv", "--programs", out / "programs.csv", "--seal", "--yes")
    assert done.exit_code == 0, done.output
    (again,) = (one for one in programs.all(empty.db, empty.person) if one.name == "Day house")
    assert again.facts == program.facts | said
    assert empty.run("verify").exit_code == 0
    pages = house.export("--as", "parquet", to="parquet")
    sql = f"SELECT hours_as_of, hours_scheduled FROM '{pages / 'programs.parquet'}' WHERE therapies IS NOT NULL"
    assert duckdb.sql(sql).fetchall() == [(date(2026, 5, 2), 9.5)]


def test_texts_go_along_only_when_asked_for(house, empty, tmp_path):
    long = "agency,program,assessed_on,item,rating,evidence\n"
    long += "".join(f"Rosewood,Third house,2026-05-04,{code},3,Seen at the desk\n" for code in CODES)
    (tmp_path / "long.csv").write_text(long)
    assert house.run("import", tmp_path / "long.csv", "--seal", "--yes").exit_code == 0
    assert b"Seen at the desk" not in (house.export() / "ratings.csv").read_bytes()
    out = house.export("--texts", to="texts")
    assert empty.run("import", out / "ratings.csv", "--seal", "--yes").exit_code == 0
    assert empty.one("SELECT count(*) FROM rating WHERE why = 'Seen at the desk'") == 35


def test_only_the_programs_that_are_named(house):
    ref = house.one("SELECT ref FROM program WHERE name = 'Day house'")
    out = house.export("--program", ref)
    assert {row["program"] for row in table(out / "assessments.csv")} == {"Day house"}
    assert house.run("export", "--to", house.folder / "x", "--program", "nothing").exit_code == 2


def test_what_was_amended_counts_once_unless_all_editions_are_asked_for(house):
    ref = str(house.one("SELECT ref FROM assessment WHERE sealed_at IS NOT NULL"))
    draft = assessments.amend(house.db, house.person, ref, "A slip")
    assert len(table(house.export() / "assessments.csv")) == 12, "a draft replaces nothing"
    seen = assessments.get(house.db, house.person, draft)
    sealing.seal(house.db, house.person, seen, verifying.record(DDCAT, seen, by=house.person.ref, at=store.now()))
    refs = [row["assessment"] for row in table(house.export(to="now") / "assessments.csv")]
    assert (len(refs), draft in refs, ref in refs) == (12, True, False)
    every = [row["assessment"] for row in table(house.export("--all-editions", to="all") / "assessments.csv")]
    assert (len(every), draft in every, ref in every) == (13, True, True)


def follow_up(house: House, earlier: str = "") -> str:
    """A draft of the program of the first sealed assessment, which begins with its ratings where it is named."""
    first = assessments.get(house.db, house.person, earlier or str(house.one("SELECT ref FROM assessment")))
    volume = (first.checksum, DDCAT.name, instruments.data(house.db, first.checksum))
    about = {"assessed_on": "2027-03-01", "kind": first.kind, "rater": "Kim", "period": 9}
    return assessments.start(house.db, house.person, first.program_ref, volume, carry_from=earlier or None, **about)


def seal(house: House, draft: str) -> None:
    seen = assessments.get(house.db, house.person, draft)
    record = verifying.record(DDCAT, seen, by=house.person.ref, at=store.now())
    sealing.seal(house.db, house.person, seen, record, with_carried=True)


def test_ratings_were_carried_from_the_edition_that_counts_however_often_it_was_amended(house):
    editions = [str(house.one("SELECT ref FROM assessment WHERE sealed_at IS NOT NULL"))]
    carried = follow_up(house, editions[0])
    seal(house, carried)
    for reason in ("A slip", "Another slip"):
        editions.append(assessments.amend(house.db, house.person, editions[-1], reason))
        seal(house, editions[-1])

    def told(*args: object, to: str) -> set[str]:
        rows = table(house.export(*args, to=to) / "ratings.csv")
        return {row["carried_from"] for row in rows if row["assessment"] == carried}

    assert told(to="now") == {editions[2]}
    assert told("--all-editions", to="all") == {editions[0]}


def test_who_was_asked_to_rate_alone_and_then_no_longer_is_not_counted_among_the_raters(house):
    draft = follow_up(house)
    raters.rate_alone(house.db, house.person, draft)
    said = {item.id: Change(item.ratings[0], "", 0) for item in DDCAT.items}
    crew = []
    for name in ("Ann", "Bo", "Cy"):
        with store.writing(house.db):
            crew.append(people.create(house.db, house.person, name=name, login=name))
        roles.give(house.db, house.person, crew[-1], Role.RATER, "assessment", draft)
        saving.save(house.db, crew[-1], draft, said)
    roles.take(house.db, house.person, crew[2].ref, Role.RATER, "assessment", draft)
    for rater in crew[:2]:
        raters.submit(house.db, rater, draft)
    saving.agree(house.db, house.person, draft, said)
    seal(house, draft)
    (row,) = (row for row in table(house.export() / "assessments.csv") if row["assessment"] == draft)
    assert (row["rated"], row["raters"]) == ("alone", "2")


def test_every_column_is_in_the_codebook_with_its_meaning(house):
    out = house.export()
    told = [(row["table"], row["column"]) for row in table(out / "codebook.csv") if row["meaning"]]
    assert [line for line in told if line[0] != "none"] == [
        (name, column) for name in ("programs", "assessments", "ratings") for column in table(out / f"{name}.csv")[0]
    ]
    assert ("none", "evidence") in told, "and what stands in no table"
    codes = next(row["codes"] for row in table(out / "codebook.csv") if row["column"] == "band")
    assert "DDC = Dual diagnosis capable" in codes


def test_a_workbook_holds_the_same_tables_with_numbers_and_days(house):
    out = house.export("--as", "xlsx")
    book = load_workbook(out / "ddcat.xlsx")
    assert book.sheetnames == ["ratings", "assessments", "programs", "codebook"]
    heading, *rows = book["assessments"].iter_rows(values_only=True)
    assert len(rows) == 12
    first = dict(zip(heading, rows[0], strict=True))
    assert (first["assessed_on"].isoformat()[:10], type(first["overall"])) == ("2024-03-01", float)
    assert [cell.value for cell in book["ratings"][1]][:3] == ["assessment", "agency", "program"]
    assert all(cell.data_type != "f" for row in book["programs"].iter_rows() for cell in row)


# Parquet


def test_duckdb_reads_the_same_sums_and_counts_from_parquet(house):
    out = house.export("--as", "parquet")
    years = sorted(path.name for path in (out / "ratings").iterdir())
    assert years == ["year=2024", "year=2025", "year=2026"]
    duck = duckdb.connect()
    read = f"read_parquet('{out}/ratings/*/*.parquet', hive_partitioning = true)"
    by_year = duck.execute(f"SELECT year, count(*), sum(rating) FROM {read} GROUP BY year ORDER BY year").fetchall()
    kept = house.db.execute(
        "SELECT cast(substr(assessed_on, 1, 4) AS INTEGER) AS year, count(*), sum(value) FROM rating"
        " JOIN assessment ON assessment.id = assessment_id WHERE sealed_at IS NOT NULL GROUP BY year ORDER BY year"
    ).fetchall()
    assert by_year == kept
    read = f"read_parquet('{out}/assessments/*/*.parquet', hive_partitioning = true)"
    results = [json.loads(text) for (text,) in house.db.execute("SELECT result FROM assessment WHERE result NOTNULL")]
    exact = [exact for (exact,) in duck.execute(f"SELECT overall_exact FROM {read}").fetchall()]
    assert sum(map(Fraction, exact)) == sum(Fraction(result["overall"]) for result in results)
    bands = dict(duck.execute(f"SELECT band, count(*) FROM {read} GROUP BY band").fetchall())
    assert bands == {band: sum(r["band"] == band for r in results) for band in {r["band"] for r in results}}
    joined = f"SELECT count(*) FROM {read} AS a JOIN '{out}/programs.parquet' AS p USING (program_ref)"
    assert duck.execute(joined).fetchone() == (12,)
    assert duck.execute(f"SELECT min(assessed_on) FROM {read}").fetchone()[0].isoformat() == "2024-03-01"


def test_parquet_holds_what_csv_holds(house):
    plain, packed = house.export(to="csv"), house.export("--as", "parquet", to="parquet")
    for name in ("assessments", "ratings"):
        rows = [
            row
            for path in sorted((packed / name).glob("*/*.parquet"))
            for row in pq.ParquetFile(path).read().to_pylist()
        ]
        texts = [
            {key: "" if cell is None else str(cell).replace("+00:00", "") for key, cell in row.items()}
            for row in rows
        ]
        expected = [
            {key: cell.removeprefix("'") if cell[1:2] in "=+" and cell else cell for key, cell in row.items()}
            for row in table(plain / f"{name}.csv")
        ]
        for row in expected:
            if "sealed_at" in row:
                row["sealed_at"] = row["sealed_at"].replace("T", " ").replace("+00:00", "")
        assert texts == expected


def test_parquet_tells_what_each_column_means(house):
    out = house.export("--as", "parquet")
    codebook = {(line["table"], line["column"]): line for line in json.loads((out / "codebook.json").read_text())}
    for name in ("assessments", "ratings"):
        schema = pq.read_schema(next((out / name).glob("*/*.parquet")))
        for field in schema:
            assert field.metadata[b"meaning"].decode() == codebook[name, field.name]["meaning"]


def test_parts_are_of_one_year_and_come_in_order(house, monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    parts = list(exporting.sealed(house.db))
    years = [{day[:4] for day in part["assessed_on"]} for part in parts]
    assert [len(part["ref"]) for part in parts] == [2, 1, 2, 2, 2, 2, 1]
    assert all(len(year) == 1 for year in years)
    assert [year for found in years for year in found] == sorted(year for found in years for year in found)
    out = house.export("--as", "parquet")
    assert pq.ParquetFile(out / "ratings" / "year=2025" / "part.parquet").num_row_groups == 3


# The folder


def test_a_folder_that_holds_something_is_not_written_over(house):
    kept = house.folder / "full"
    kept.mkdir()
    (kept / "mine.txt").write_text("mine")
    done = house.run("export", "--to", kept)
    assert (done.exit_code, done.stderr) == (
        1,
        f"{kept}: folder: is there already and not empty; name a new folder\n",
    )
    assert [path.name for path in kept.iterdir()] == ["mine.txt"]


def test_an_export_that_fails_leaves_no_folder(house, monkeypatch):
    from ddcat.interchange import exports

    monkeypatch.setattr(exports, "MOST", 100)
    done = house.run("export", "--to", house.folder / "out", "--as", "xlsx")
    assert done.exit_code == 1
    assert "--as csv or --as parquet" in done.stderr
    assert sorted(path.name for path in house.folder.iterdir()) == ["data"]


@pytest.mark.parametrize("args", [[], ["abc"], ["abc", "--to", "x"], ["-o", "x.json"], ["-o", "x.json", "--to", "x"]])
def test_one_record_or_tables_but_not_both(house, args):
    done = house.run("export", *args)
    assert done.exit_code == 2
    assert "--to FOLDER for tables" in done.stderr


def test_an_installation_without_anything_sealed_gives_empty_tables(empty):
    for form in ("csv", "xlsx", "parquet"):
        out = empty.export("--as", form, to=form)
        assert any(out.iterdir())
    assert table(empty.folder / "csv" / "assessments.csv") == []
