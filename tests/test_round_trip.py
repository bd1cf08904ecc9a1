"""What is exported comes back: after an import into an empty installation the export has the same bytes.

Only what the codebook says is given anew (refs, editions, moments, hashes) is set aside before bytes are compared.
"""

import csv as plain_csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ddcat import cli, demo, facts, facts_sheet, shelf, store, verifying
from ddcat.facts import Field
from ddcat.importing import Arrival, Cargo, Named
from ddcat.instrument import Guide
from ddcat.interchange import exports
from ddcat.interchange.codebook import AGENCY_FACTS, COVER, FACTS
from ddcat.records import Assessment, Carried, Person
from ddcat.store import agencies, assessments, carrying, importing, people, programs, sealing, tags

ROOT = Path(__file__).parent.parent
TABLES = ("assessments", "ratings", "programs")
EVIDENCED = {"overall_evidenced", "overall_evidenced_exact", "band_evidenced"}
FORMS = ("csv", "xlsx", "parquet")


@pytest.fixture(scope="module", autouse=True)
def instruments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A shelf with the lantern, and the candle that has no overall score, beside the real instruments."""
    folder = tmp_path_factory.mktemp("shelf")
    names = (("instruments", "*.toml"), ("tests/instruments", "lantern-1.0*"), ("tests/instruments", "candle*"))
    for place, name in names:
        for source in (ROOT / place).glob(name):
            shutil.copy(source, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ddcat.shelf.INSTRUMENTS", folder)
        yield


def run(folder: Path, *args: object) -> Result:
    done = CliRunner().invoke(cli.main, [*map(str, args), "--data", str(folder)])
    assert done.exit_code == 0, done.output
    return done


def empty(folder: Path) -> Path:
    store.migrate(store.file(folder))
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(plain_csv.DictReader(file))


def anew(out: Path) -> dict[str, list[str]]:
    """The columns of each table that the codebook says an import gives anew."""
    told = [row for row in rows(out / "codebook.csv") if row["import"] == "given anew"]
    return {table: [row["column"] for row in told if row["table"] == table] for table in TABLES}


def numbered(out: Path, beside: frozenset[str] = frozenset()) -> dict[str, bytes]:
    """The files of an export, byte for byte, but for what is given anew: there stands which of them it is."""
    known: dict[str, str] = {}
    written = {}
    for table in TABLES:
        content = (out / f"{table}.csv").read_bytes().decode("utf-8-sig")
        header, *found = list(plain_csv.reader(io.StringIO(content, newline="")))
        buffer = io.StringIO()
        plain_csv.writer(buffer).writerows([header, *found])
        assert buffer.getvalue() == content, "so that what is written again below is what stands there"
        changes = {header.index(name) for name in header if name in anew(out)[table] or name == "carried_from"}
        dropped = {header.index(name) for name in header if name in beside}
        for row in found:
            for at in changes:
                is_ref = header[at].endswith("_ref") or header[at] in ("assessment", "carried_from")
                row[at] = known.setdefault(row[at], str(len(known))) if is_ref and row[at] else ""
            for at in dropped:
                row[at] = ""
        again = io.StringIO()
        plain_csv.writer(again).writerows([header, *found])
        written[table] = again.getvalue().encode()
    return written | {"codebook": (out / "codebook.csv").read_bytes()}


def there_and_back(folder: Path, form: str) -> tuple[Path, Path]:
    """An export as CSV of a database, and of an empty one that took in its export in this form."""
    first = folder / "first.csv"
    if not first.exists():
        run(folder / "data", "export", "--to", first, "--texts")
    other = empty(folder / f"other {form}")
    out = folder / f"out {form}"
    run(folder / "data", "export", "--to", out, "--as", form, "--texts")
    run(other, "import", out, "--seal", "--yes", "--allow-unanchored", "--overrule", "It was here before")
    assert "Nothing is new" in run(other, "import", out, "--seal", "--overrule", "It was here before").stdout
    assert "difference" not in run(other, "verify").stdout
    second = folder / f"second {form}.csv"
    run(other, "export", "--to", second, "--texts")
    return first, second


# Everything that a person can make


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo as its database: evidence, raters who rated alone, ratings carried, tags."""
    folder = tmp_path_factory.mktemp("country")
    file = store.file(folder / "data")
    demo.prepare(file)
    with closing((db := store.connect(file)).conn):
        sql = (
            "SELECT ref FROM assessment JOIN instrument ON checksum = instrument"
            " WHERE sealed_at IS NOT NULL AND NOT is_blind AND name = 'ddcat@4.0' ORDER BY assessed_on DESC"
        )
        (ref,) = db.execute(sql).fetchone()
        sql = (
            "SELECT person.ref FROM assessment JOIN program ON program.id = assessment.program_id"
            " JOIN role ON role.agency_id = program.agency_id JOIN person ON person.id = person_id"
            " WHERE role.role = 'director' AND assessment.ref = ?"
        )
        person = people.get(db, db.execute(sql, [ref]).fetchone()[0])
        program = programs.get(db, person, assessments.get(db, person, ref).program_ref)
        told = {"agency_type": ["private", "non-profit"]}
        agencies.change(db, person, program.agency.ref, program.agency.name, told)
        tags.change(db, person, program.ref, ["rural", "Pilot 2027"])
        _follow_up(db, person, ref)
    return folder


def _follow_up(db: store.Database, person: Person, ref: str) -> None:
    """A second assessment that carries every rating but one of this one, which is then amended."""
    earlier = assessments.get(db, person, ref)
    volume = shelf.find("ddcat@4.0")
    about = {"assessed_on": "2026-11-01", "kind": earlier.kind, "rater": "Robin Example", "period": 9}
    kept = (volume.checksum, volume.instrument.name, volume.data)
    draft = assessments.start(db, person, earlier.program_ref, kept, carry_from=ref, **about)  # type: ignore[arg-type]
    carrying.keep(db, person, draft, [volume.instrument.items[0].id])
    amended = assessments.amend(db, person, ref, "A slip of the pen")
    for each in (draft, amended):
        seen = assessments.get(db, person, each)
        record = verifying.record(volume.instrument, seen, by=person.ref, at=store.now())
        sealing.seal(db, person, seen, record, with_carried=True)


@pytest.mark.parametrize("form", FORMS)
def test_the_demo_comes_back_but_for_its_evidence(country: Path, form: str) -> None:
    first, second = there_and_back(country, form)
    before, after = (numbered(out, frozenset(EVIDENCED)) for out in (first, second))
    for table in before:
        assert after[table] == before[table], table


def test_the_demo_has_what_could_get_lost(country: Path) -> None:
    """So that the test above would notice."""
    out = country / "looked at"
    run(country / "data", "export", "--to", out, "--texts")
    told, given, known = (rows(out / f"{table}.csv") for table in TABLES)
    assert {row["rated"] for row in told} == {"together", "alone"}
    assert max(int(row["raters"]) for row in told) > 1
    assert sum(bool(row["carried_from"]) for row in given) == 34
    assert any(row["evidence"] for row in given)
    assert any(row["sources"] for row in told)
    assert any(row["overall_evidenced"] != "1.0" for row in told)
    assert any(row["agency_type"] == "private non-profit" for row in known)
    assert any(row["tags"] == "Pilot 2027, rural" for row in known)
    assert all(row["carried_from"] in {one["assessment"] for one in told} | {""} for row in given)


def test_the_rows_of_a_parquet_export_come_back(country: Path) -> None:
    again = empty(country / "again")
    outs = [country / "packed", country / "packed again"]
    run(country / "data", "export", "--to", outs[0], "--as", "parquet")
    run(again, "import", outs[0], "--seal", "--yes", "--overrule", "It was here before")
    run(again, "export", "--to", outs[1], "--as", "parquet")
    codebook = json.loads((outs[0] / "codebook.json").read_text())
    new = {line["column"] for line in codebook if line["import"] == "given anew"} | EVIDENCED | {"carried_from"}
    for table in TABLES:
        tables = []
        for out in outs:
            files = sorted((out / table).glob("*/*.parquet")) or [out / f"{table}.parquet"]
            tables.append([(f.parent.name, row) for f in files for row in pq.ParquetFile(f).read().to_pylist()])
        told = [[(y if table != "programs" else "", _but(row, new)) for y, row in each] for each in tables]
        assert told[0]
        assert told[1] == told[0], table


def _but(row: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: cell for name, cell in row.items() if name not in names}


def test_duckdb_counts_in_the_export_exactly_what_the_store_holds(country: Path) -> None:
    """Sums of ratings, and of scores as the fractions they are: no float between."""
    out = country / "counted"
    run(country / "data", "export", "--to", out, "--as", "parquet")
    units = 2520 * 7  # every mean of at most nine items, and of seven of those, is whole in these
    under = "coalesce(try_cast(split_part(exact, '/', 2) AS INT), 1)"
    exact = f"sum(split_part(exact, '/', 1)::HUGEINT * ({units} // {under}))"
    duck = duckdb.connect()
    names = [name for (name, *_rest) in duck.execute(f"DESCRIBE FROM '{out}/assessments/*/*.parquet'").fetchall()]
    scores = [name for name in names if name.endswith("_exact") and "evidenced" not in name]
    found = duck.execute(
        f"SELECT score, kind, count(*), {exact} FROM (UNPIVOT (FROM '{out}/assessments/*/*.parquet')"
        f" ON {', '.join(scores)} INTO NAME score VALUE exact) GROUP BY ALL"
    ).fetchall()
    with closing((db := store.connect(store.file(country / "data"))).conn):
        standing = db.execute(
            "SELECT kind, result FROM assessment AS own WHERE sealed_at IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM assessment AS later WHERE later.amends_id = own.id AND later.sealed_at IS NOT NULL)"
        ).fetchall()
    expected: dict[tuple[str, str], list[int]] = {}
    for kind, text in standing:
        result = json.loads(text)
        named = {f"score_{id.replace('-', '_')}_exact": score for id, score in result["dimensions"].items()}
        overall = {"overall_exact": result["overall"]} if result["overall"] else {}
        for name, score in {**overall, **named}.items():
            over, _, under = score.partition("/")
            count = expected.setdefault((name, kind), [0, 0])
            count[0] += 1
            count[1] += int(over) * units // int(under or 1)
    assert {(name, kind): [n, int(total)] for name, kind, n, total in found} == expected
    assert len(expected) > 8


# Anything that a file can bring


def volume(name: str) -> shelf.Volume:
    """An invented instrument."""
    data = (ROOT / "tests" / "instruments" / f"{name}-1.0.toml").read_bytes()
    return shelf.Volume(shelf.parse(data), Guide.model_validate({"for": name}), data, shelf.checksum(data))


VOLUMES = [volume("lantern"), volume("candle"), shelf.find("ddcat@4.0")]


def facts_of(fields: Mapping[str, Field]) -> st.SearchStrategy[dict[str, Any]]:
    """Facts as the sheets of a person keep them."""

    def each(codes: list[str], said: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        some = st.dictionaries(st.sampled_from(codes), st.none() | said, min_size=1)
        return some.map(lambda found: {code: found[code] for code in codes if code in found})

    def value(field: Field) -> st.SearchStrategy[Any]:
        codes, days = list(field.choices or {}), st.dates(date(2000, 1, 1), date(2040, 1, 1)).map(str)
        past = st.dates(date(2000, 1, 1), date(2026, 1, 1)).map(str)
        match field.kind:
            case "choice":
                return st.sampled_from(codes)
            case "choices":
                return st.sets(st.sampled_from(codes), min_size=1).map(lambda s: [c for c in codes if c in s])
            case "number" | "weeks":
                return st.integers(0, field.most or 10_000_000)
            case "hours":
                return st.integers(0, 80) | st.integers(1, 159).filter(lambda n: n % 2).map(lambda n: n / 2)
            case "yes":
                return st.just(True)
            case "day":
                return past
            case "month":
                return past.map(lambda day: day[:7])
            case "share":
                pairs = st.lists(st.integers(1, 9999), min_size=2, max_size=2).map(sorted)
                return pairs.map(lambda pair: {"count": pair[0] - 1, "of": pair[1]})
            case "counts":
                return each(codes, st.integers(0, 999))
            case "days":
                return each(codes, days)
            case "lines":
                return st.sampled_from(["North Network", "=North,\nSouth", "-5\n\n+1"])
        return st.sampled_from(["Vermont", '=North, "South"', "+1", "Żabki"])

    return st.fixed_dictionaries({}, optional={name: value(field) for name, field in fields.items()})


def sound(told: dict[str, Any]) -> dict[str, Any]:
    """These facts without what cannot be so, which no form would have kept."""
    while wrong := {name for name, _said in facts_sheet.mistakes(facts_sheet.FACTS.values(), told, date.today())}:
        told = {name: value for name, value in told.items() if name not in wrong}
    return told


class Made:
    """A cargo that shows itself without the instruments it is rated with."""

    def __init__(self, cargo: Cargo) -> None:
        self.cargo = cargo

    def __repr__(self) -> str:
        said = [(each.ref, each.volume.instrument.name, each.assessment) for each in self.cargo.arrivals]
        return f"Made({said!r:.9000}, {self.cargo.programs!r:.9000})"


@st.composite
def cargo(draw: st.DrawFn) -> Made:
    """Complete assessments of some programs, some with ratings carried from one before."""
    arrivals: list[Arrival] = []
    named: list[Named] = []
    for agency in draw(st.sets(st.sampled_from(["Rosewood", "-Tern, Rock", "Ōtautahi"]), min_size=1)):
        of_agency = draw(facts_of(AGENCY_FACTS))
        for program in draw(st.sets(st.sampled_from(["Day house", "'Night' house", "@home", "Süd"]), min_size=1)):
            told = sound(draw(facts_of(FACTS)))
            tags = tuple(draw(st.sets(st.sampled_from(["rural", "Pilot 2027", "=odd"]))))
            named.append(Named(agency, program, told, 1 + len(named), of_agency, tags))
            arrivals += _history(draw, agency, program, len(arrivals))
    return Made(Cargo("made.csv", "0" * 64, arrivals, named))


def _history(draw: st.DrawFn, agency: str, program: str, start: int) -> Iterator[Arrival]:
    before: dict[str, str] = {}
    days = draw(st.lists(st.dates(date(2000, 1, 1), date(2026, 1, 1)).map(str), min_size=1, max_size=3, unique=True))
    for n, day in enumerate(sorted(days), start):
        volume = draw(st.sampled_from(VOLUMES))
        items = volume.instrument.items
        ratings = {item.id: draw(st.sampled_from(item.ratings)) for item in items}
        earlier = before.get(volume.checksum)
        marked = draw(st.sets(st.sampled_from([item.id for item in items]))) if earlier else set()
        said = Assessment(
            program,
            day,
            ratings,
            draw(st.sampled_from([None, *facts.KINDS])),
            draw(st.sampled_from(["", "Kim", "=Kim", 'K. "Kim" Å,'])),
            why={item.id: "Seen,\ntwice" for item in items if draw(st.booleans())} if len(items) < 9 else {},
            cover=draw(facts_of(COVER)),
            carried={item: Carried(str(earlier), "") for item in marked},
            period=draw(st.integers(1, 12)),
        )
        rated = draw(st.sampled_from(["", "together", "alone"]))
        ref = before[volume.checksum] = f"made {n}"
        where = Named(agency, program, {}, n + 1)
        yield Arrival(where, said, volume, (), ref, rated, draw(st.sampled_from([None, 1, 4])))


@settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])  # each takes a second
@given(cargo(), st.sampled_from(FORMS))
def test_whatever_is_kept_comes_back(made: Made, form: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        with closing((db := store.connect(store.file(empty(folder / "data")))).conn):
            importing.keep(db, None, made.cargo, seals=True)
        first, second = there_and_back(folder, form)
        before, after = numbered(first), numbered(second)
        for table in before:
            assert after[table] == before[table], table
        assert len(rows(first / "assessments.csv")) == len(made.cargo.arrivals)
        assert facts_in(folder / f"other {form}") == facts_in(folder / "data"), "a number is not a text of digits"


def facts_in(folder: Path) -> dict[tuple[str, str], Any]:
    """What is known of each program, by agency and name, as the store keeps it."""
    sql = "SELECT agency.name, program.name, program.facts FROM program JOIN agency ON agency.id = agency_id"
    with closing((db := store.connect(store.file(folder))).conn):
        return {(agency, program): json.loads(text) for agency, program, text in db.execute(sql)}


def test_an_assessment_without_an_overall_score_has_empty_cells_and_the_label_in_the_codebook(tmp_path: Path) -> None:
    sheet = "agency,program,assessed_on,instrument,item,rating\n"
    for name in ("candle@1.0", "lantern@1.0"):
        sheet += "".join(f"Rosewood,Day house,2026-05-04,{name},{code},3\n" for code in ("IA", "IB", "IIA"))
    (tmp_path / "r.csv").write_text(sheet)
    data = empty(tmp_path / "data")
    run(data, "import", tmp_path / "r.csv", "--seal", "--yes")
    run(data, "export", "--to", tmp_path / "out")
    told = {row["instrument"]: row for row in rows(tmp_path / "out" / "assessments.csv")}
    above = [name for name in told["candle@1.0"] if name.startswith(("overall", "band", "criterion"))]
    assert {told["candle@1.0"][name] for name in above} == {""}
    assert all(told["lantern@1.0"][name] for name in above)
    assert told["candle@1.0"]["score_doorway_exact"] == "3"
    codes = {row["column"]: row["codes"] for row in rows(tmp_path / "out" / "codebook.csv")}
    assert "candle@1.0 = Candle checklist of friendly houses. Not validated; a look at oneself" in codes["instrument"]
    assert codes["criterion_level"].count("=") == 3, "the levels of the lantern alone"


# What does not fit


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    empty(tmp_path / "data")
    done = CliRunner().invoke(cli.main, ["import", str(tmp_path), "--data", str(tmp_path / "data")])
    assert (done.exit_code, "the folder of an export" in done.stderr) == (1, True)


SHEET = "assessment,agency,program,assessed_on,kind,instrument,item,rating,carried_from\n"


@pytest.fixture
def faults(tmp_path: Path) -> Any:
    """`faults(ratings, assessments)`: what is refused; nothing is kept then."""
    empty(tmp_path / "data")

    def faults(ratings: str, assessments: str = "") -> list[str]:
        (tmp_path / "r.csv").write_text(SHEET + ratings)
        (tmp_path / "a.csv").write_text(assessments)
        beside = ["--assessments", str(tmp_path / "a.csv")] if assessments else []
        command = ["import", str(tmp_path / "r.csv"), *beside, "--data", str(tmp_path / "data"), "--yes"]
        done = CliRunner().invoke(cli.main, command)
        assert done.exit_code == 1, done.output
        return [line.partition(".csv: ")[2] for line in done.stderr.splitlines()]

    return faults


def test_what_was_carried_from_nowhere_is_refused(faults: Any) -> None:
    line = "x,Rosewood,Day house,2026-05-04,self,lantern@1.0,IA,3,"
    other = "w,Rosewood,Night house,2025-05-04,self,lantern@1.0,IA,3,\n"
    for place, more in (("gone", ""), ("x", ""), ("w", other)):
        (told,) = faults(f"{line}{place}\n{more}")
        assert told.startswith(f"row 2: carries ratings from {place}, and neither")


def test_nothing_is_carried_from_an_assessment_by_another_instrument(faults: Any, tmp_path: Path) -> None:
    line = "x,Rosewood,Day house,2026-05-04,self,lantern@1.0,IA,3,"
    other = "w,Rosewood,Day house,2025-05-04,self,candle@1.0,IA,3,\n"
    (told,) = faults(f"{line}w\n{other}")
    assert told.startswith("row 2: carries ratings from w, and neither")
    (tmp_path / "there.csv").write_text(SHEET + other)
    run(tmp_path / "data", "import", tmp_path / "there.csv", "--yes")
    with closing((db := store.connect(store.file(tmp_path / "data"))).conn):
        (there,) = db.execute("SELECT ref FROM assessment").fetchone()
    (told,) = faults(f"{line}{there}\n")
    assert told.startswith(f"row 2: carries ratings from {there}, and neither")


def test_rows_that_call_themselves_one_assessment_and_are_not_are_refused(faults: Any) -> None:
    line = "x,Rosewood,Day house,2026-05-04,self,lantern@1.0,IA,3,\n"
    (told,) = faults(line + line.replace("05-04", "05-05"))
    assert told.startswith("row 3: tells otherwise of assessment x than row 2")


def test_every_slip_in_a_sheet_of_assessments_is_told(faults: Any) -> None:
    lines = "x,Rosewood,Day house,2026-05-04,self,lantern@1.0,IA,3,\n"
    sheet = "assessment,rated,raters,hours_spent,chart_agreement,sources,score_doorway\n"
    sheet += "x,apart,two,many,no,moon,3.0\nx,,,,,,\ny,,,,,,\n"
    assert faults(lines, sheet) == [
        "row 2, column rated: 'apart' is not known; expected together, alone or nothing",
        "row 2, column raters: 'two' is no whole number",
        *(line for line in faults(lines, sheet) if line.startswith("row 2, column sources: 'moon' is not known")),
        "row 2, column hours_spent: 'many' is no number; expected one such as 6.5",
        "row 2, column chart_agreement: 'no' is not known; expected yes or nothing",
        "row 3, column assessment: stands in row 2 already; expected once",
        "row 4, column assessment: 'y' has no ratings in the file",
    ]


def test_a_workbook_of_too_many_ratings_names_what_takes_them(country: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 100)
    out = country / "too many"
    done = CliRunner().invoke(cli.main, ["export", "--to", str(out), "--as", "xlsx", "--data", str(country / "data")])
    assert (done.exit_code, done.stderr) == (
        1,
        f"{out}: file: there are more than 100 ratings, and few spreadsheets open a workbook of so many; export with"
        " --as csv or --as parquet, or some programs at a time with --program\n",
    )
    assert not out.exists()
