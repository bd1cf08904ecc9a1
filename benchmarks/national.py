"""A whole country on one installation: 17,000 programs, 40 quarters, 680,000 sealed assessments, 24 million ratings.

Every figure stands beside a floor of the same run, over the same rows: a bare query of SQLite, numpy, DuckDB on the
Parquet export, WeasyPrint on the same HTML. Product and floor take turns, each figure in a process of its own, whose
greatest memory is told once the product was asked for the first time. Pages are asked for by somebody of one state,
which is whole at every scale; the country around it has 1 %, 10 % and all of its programs.

    .venv/bin/python benchmarks/national.py --scale 0.05
"""

import argparse
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import nation
from clock import in_turn, timed
from exports import counted, export, exported, taken_in

SHARES = (0.01, 0.1, 1.0)
ROUNDS = 5
LONG = 5
"""What takes more seconds has two rounds."""

Work = Callable[[], object]
Pair = tuple[Work, Work]


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--scale", type=float, default=1.0, help="the share of the country; 0.01 is 1 %%")
    asked.add_argument("--in", dest="where", type=Path, help="a folder with some GB to spare")
    asked.add_argument("--only", action="append", choices=FIGURES, help="this figure; may be given often")
    given = asked.parse_args()
    for share in SHARES:
        with TemporaryDirectory(dir=given.where) as name:
            folder = Path(name)
            made = nation.make(folder, given.scale * share)
            size = (folder / "ddcat.sqlite").stat().st_size
            print(f"\n{share:.0%}: {made.programs:,} programs, {made.assessments:,} assessments, {size / 1e9:.2f} GB")
            if share == SHARES[-1]:
                print(f"imported: {made.rows / made.seconds:,.0f} rows/s, all indexes kept")
                print(f"{size / made.assessments / 1e3:.1f} KB an assessment; with records and trail", end=" ")
                print(f"{made.witnessed / 1e3:.1f} KB (of {nation.WITNESSED})", flush=True)
            for name in FIGURES if share == SHARES[-1] else PAGES:
                if not given.only or name in given.only:
                    told(name, folder)


def told(name: str, folder: Path) -> None:
    """A figure, from a process of its own."""
    done = subprocess.run([sys.executable, __file__, name, str(folder)], stdout=subprocess.PIPE, text=True)
    print(f"{name}: {done.stdout.strip() or 'failed'}", flush=True)


def figure(name: str, folder: Path) -> str:
    """What it took, of product and floor, and how much memory."""
    try:
        product, floor = FIGURES[name](folder)
        first = timed(product)
    except NotThere as error:
        return f"not there: {error}"
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    memory = max(used) / 1024
    if name in ONCE:
        return f"{first:.1f} s, {memory:.0f} MB"
    figures = in_turn(lambda: timed(floor), lambda: timed(product), ROUNDS if first < LONG else 2)
    low, high = (1000 * median(column) for column in zip(*figures, strict=True))
    ratios = sorted(each / least for least, each in figures)
    return (
        f"{high:.0f} ms (first {1000 * first:.0f}), floor {low:.1f} ms,"
        f" ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), {memory:.0f} MB"
    )


class NotThere(Exception):
    """This version has no such page."""


def state_page(folder: Path) -> Pair:
    """The portfolio of a state, against the rows behind it."""
    sql = (
        "SELECT program.ref, program.name, program.facts, agency.name, newest.ref, newest.assessed_on, newest.kind,"
        " newest.result FROM program JOIN agency ON agency.id = agency_id JOIN assessment AS newest ON newest.id ="
        " (SELECT id FROM assessment WHERE program_id = program.id AND sealed_at IS NOT NULL"
        " ORDER BY assessed_on DESC LIMIT 1) WHERE program.state = ?"
    )
    db = sqlite3.connect(folder / "ddcat.sqlite")
    return page(folder, f"/portfolio?state={nation.WHOLE}"), lambda: db.execute(sql, [nation.WHOLE]).fetchall()


def trend_page(folder: Path) -> Pair:
    """A program over 40 quarters, against its assessments and their ratings."""
    db = sqlite3.connect(folder / "ddcat.sqlite")
    ref, id = nation.state_programs(folder, 1)[0]

    def floor() -> None:
        db.execute("SELECT * FROM assessment WHERE program_id = ?", [id]).fetchall()
        within = "SELECT id FROM assessment WHERE program_id = ?"
        db.execute(f"SELECT * FROM rating WHERE assessment_id IN ({within})", [id]).fetchall()

    return page(folder, f"/programs/{ref}/trend"), floor


def group_trend_page(folder: Path) -> Pair:
    """The programs of a state from first to last, against those two assessments of each and their ratings."""
    db = sqlite3.connect(folder / "ddcat.sqlite")
    ends = (
        "SELECT (SELECT id FROM assessment WHERE program_id = program.id ORDER BY assessed_on {0} LIMIT 1)"
        " FROM program WHERE state = :state"
    )
    both = f"{ends.format('ASC')} UNION ALL {ends.format('DESC')}"

    def floor() -> None:
        for table, id in (("assessment", "id"), ("rating", "assessment_id")):
            db.execute(f"SELECT * FROM {table} WHERE {id} IN ({both})", {"state": nation.WHOLE}).fetchall()

    return page(folder, f"/trend?state={nation.WHOLE}"), floor


def heat_pdf(folder: Path) -> Pair:
    """Twelve programs beside each other as PDF, against WeasyPrint and the page to print."""
    import weasyprint

    asked = "&".join(f"program={ref}" for ref, _id in nation.state_programs(folder, 12))
    html = page(folder, f"/compare/print?{asked}")()
    return (
        page(folder, f"/compare.pdf?{asked}"),
        lambda: weasyprint.HTML(string=html.decode()).write_pdf(pdf_variant="pdf/ua-1"),
    )


def results(folder: Path) -> Pair:
    """Every stored result worked out again, against numpy with ratings from the same database."""
    import numpy as np
    from click.testing import CliRunner

    from ddcat import cli, shelf

    instrument = shelf.find(nation.INSTRUMENT).instrument
    sizes = {item: at for at, one in enumerate(instrument.dimensions) for item in one.item_ids}
    order = [sizes[item] for item in sorted(sizes)]
    weights = [882 // len(one.items) for one in instrument.dimensions]

    def product() -> None:
        done = CliRunner().invoke(cli.main, ["verify", "--results", "--data", str(folder)])
        assert done.exit_code == 0, done.output

    def floor() -> None:
        with closing(sqlite3.connect(folder / "ddcat.sqlite")) as db:
            found = db.execute("SELECT group_concat(value, '') FROM rating GROUP BY assessment_id")
            while rows := found.fetchmany(20_000):
                ratings = (
                    np.frombuffer("".join(text for (text,) in rows).encode(), np.uint8).reshape(len(rows), -1) - 48
                )
                sums = np.stack([ratings[:, np.array(order) == at].sum(axis=1) for at in range(len(weights))], axis=1)
                np.searchsorted([1, 2, 3, 3.5, 4.5], sums @ weights)

    return product, floor


def rollup(folder: Path) -> Pair:
    """States, quarters, kinds of rater and dimensions, with bands and quartiles, against DuckDB on the export."""
    import duckdb

    from ddcat import shelf, store
    from ddcat.rollup import rollup
    from ddcat.store import arrays

    volume = shelf.find(nation.INSTRUMENT)
    db = store.connect(store.file(folder))
    person = somebody(folder, "country")
    export(folder)
    alike: list[bool] = []
    names = [f"score_{one.id.replace('-', '_')}" for one in volume.instrument.dimensions]
    engine = duckdb.connect()
    engine.execute("SET threads = 2")
    sql = (Path(__file__).with_name("rollup.sql")).read_text(encoding="utf-8")
    sql = sql.replace("PLACE", str(folder / "export")).replace("SCORES", ", ".join([*names, "overall"]))

    def product() -> Any:
        return rollup(volume.instrument, arrays.scores(db, person, [volume.checksum]))

    def floor() -> None:
        counted = engine.execute(sql).fetchall()
        if not alike:
            alike.append(_is_alike(product(), counted, [*names, "overall"]))

    return product, floor


def _is_alike(found: Any, counted: list[Any], names: list[str]) -> bool:
    """Whether both say the same: every count exactly, and quartiles as far as DuckDB's floats reach."""
    place = {(cell.state, cell.quarter, cell.kind): at for at, cell in enumerate(found.cells)}
    assert len(counted) == len(place) * len(names)
    for state, quarter, kind, dimension, n, *bands, quartiles in counted:
        at, row = place[state, quarter, kind], names.index(dimension)
        assert (found.cells[at].n, found.bands[row, at].tolist()) == (n, bands)
        units = found.quartiles[row, at].tolist()
        assert all(abs(each / found.units - other) < 1e-9 for each, other in zip(units, quartiles, strict=True))
    return True


def exactly(folder: Path) -> Pair:
    """The band, level and overall score of every assessment by the fast path and by the exact one."""
    from ddcat import rescoring, scoring, shelf
    from ddcat.store import arrays, kept

    volume = shelf.find(nation.INSTRUMENT)
    instrument = volume.instrument
    bands, levels, ids = (
        [each.code for each in instrument.bands],
        [*instrument.scoring.criterion.levels],
        [*instrument.by_id],
    )

    def product() -> None:
        n = 0
        with kept.reading(folder / "ddcat.sqlite") as db:
            for block in arrays.blocks(db, {volume.checksum: ids}):
                assert not isinstance(block, str)
                fast = rescoring.rescored(instrument, block.ratings)
                for at, row in enumerate(block.ratings.tolist()):
                    exact = scoring.score(instrument, dict(zip(ids, row, strict=True)))
                    said: tuple[object, ...] = (bands[fast.band[at]], levels[fast.level[at]], int(fast.overall[at]))
                    assert exact.overall is not None
                    assert said == (exact.band, exact.criterion.level, exact.overall * fast.units)
                n += len(block.refs)
        print(f"{n:,} bands, levels and overall scores are the same,", end=" ")

    return product, product


def page(folder: Path, path: str) -> Callable[[], bytes]:
    """Somebody of the state asks for a page, without a network between."""
    from page import session

    from ddcat.web import create_app

    client = create_app(DATA=str(folder)).test_client(use_cookies=False)
    cookie = session(folder, somebody(folder, "state"))

    def ask() -> bytes:
        answer = client.get(path, headers={"Cookie": cookie, "Host": "127.0.0.1"})
        if answer.status_code != 200:
            raise NotThere(f"{path.partition('?')[0]} answers {answer.status_code}")
        return bytes(answer.data)

    return ask


def somebody(folder: Path, name: str) -> Any:
    """One of the two who read: `state` or `country`."""
    from ddcat import store
    from ddcat.store import people

    with closing((db := store.connect(store.file(folder))).conn):
        (ref,) = db.execute("SELECT ref FROM person WHERE login = ?", [f"{name}@example.org"]).fetchone()
        return people.get(db, ref)


PAGES: dict[str, Callable[[Path], Pair]] = {
    "state page": state_page,
    "trend page": trend_page,
    "group trend page": group_trend_page,
}
ONCE: dict[str, Callable[[Path], Pair]] = {
    "fast path as exact path": exactly,
    "export as Parquet": exported,
    "export as the store": counted,
    "import of a file": taken_in,
}
FIGURES = PAGES | {"heat table PDF": heat_pdf, "re-score": results} | ONCE | {"roll-up": rollup}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in FIGURES:
        print(figure(sys.argv[1], Path(sys.argv[2])))
    else:
        main()
