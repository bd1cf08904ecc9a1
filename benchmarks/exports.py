"""The country exported, counted by DuckDB, and partly imported again: what `national.py` tells of the export."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import nation
from clock import timed

Work = Callable[[], object]

RATINGS = (
    "SELECT CAST(substr(assessed_on, 1, 4) AS INTEGER), count(value), sum(value)"
    " FROM rating JOIN assessment ON assessment.id = assessment_id GROUP BY 1"
)
UNITS = 17_640
"""Every score there can be is a whole number of this part of a point."""
SCORES = f"""
SELECT key, count(*), sum(
  CAST(score AS INTEGER)
    * ({UNITS} / CASE instr(score, '/') WHEN 0 THEN 1 ELSE substr(score, instr(score, '/') + 1) END)
) FROM (
  SELECT 'score_' || replace(key, '-', '_') AS key, value AS score FROM assessment, json_each(result, '$.dimensions')
  UNION ALL SELECT 'overall', result ->> '$.overall' FROM assessment
) GROUP BY key
"""


def export(folder: Path) -> None:
    """The Parquet export, as the command makes it; once."""
    if not (folder / "export").exists():
        ddcat("export", "--as", "parquet", "--to", folder / "export", "--data", folder)


def ddcat(*arguments: object) -> None:
    """The command itself, in a process of its own."""
    command = [sys.executable, "-m", "ddcat", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def exported(folder: Path) -> tuple[Work, Work]:
    """The export itself."""

    def product() -> None:
        export(folder)
        size = sum(file.stat().st_size for file in (folder / "export").rglob("*.parquet"))
        print(f"{size / 1e6:.1f} MB,", end=" ")

    return product, product


def counted(folder: Path) -> tuple[Work, Work]:
    """Every rating and score in the export, counted and summed by DuckDB, against the store's own. As fractions."""
    import duckdb

    sums = (Path(__file__).with_name("sums.sql")).read_text(encoding="utf-8").replace("PLACE", str(folder / "export"))
    export(folder)
    theirs = [duckdb.sql(part).fetchall() for part in sums.split(";")[:2]]

    def product() -> None:
        with closing(sqlite3.connect(folder / "ddcat.sqlite")) as db:
            ours = [sorted(db.execute(part).fetchall()) for part in (RATINGS, SCORES)]
        assert [sorted(part) for part in theirs] == ours
        n_ratings, n_scores = (sum(row[-2] for row in part) for part in ours)
        print(f"{n_ratings:,} ratings and {n_scores:,} scores are the same,", end=" ")

    return product, product


def taken_in(folder: Path) -> tuple[Work, Work]:
    """`ddcat import` of two thousand assessments as CSV, sealed with record and trail."""
    asked = [word for ref, _id in nation.state_programs(folder, 50) for word in ("--program", ref)]
    ddcat("export", "--to", folder / "some", *asked, "--data", folder)
    ddcat("migrate", "--data", folder / "other")

    def product() -> None:
        took = timed(lambda: ddcat("import", folder / "some", "--seal", "--yes", "--data", folder / "other"))
        with closing(sqlite3.connect(folder / "other" / "ddcat.sqlite")) as db:
            (n,) = db.execute("SELECT count(*) FROM record").fetchone()
        print(f"{n:,} assessments, {n / took:,.0f} a second,", end=" ")

    return product, product
