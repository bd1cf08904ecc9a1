"""What the guide to scale tells people to type works as it stands there, and counts what is there."""

import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from ddcat import cli, demo, store

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
BACKUPS = (ROOT / "docs" / "backups.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
COMMANDS = [
    shlex.split(line) for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()
]
LITESTREAM = shutil.which("litestream", path=str(Path(sys.executable).parent)) or shutil.which("litestream")
# What counts: sealed, and no sealed amendment in its place.
COUNTS = """sealed_at IS NOT NULL AND id NOT IN
  (SELECT amends_id FROM assessment WHERE amends_id IS NOT NULL AND sealed_at IS NOT NULL)"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide's paths below a folder, with the demo as the database and its export."""
    folder = tmp_path_factory.mktemp("country")
    demo.prepare(store.file(folder / "var/lib/ddcat"))
    (folder / "srv/reading").mkdir(parents=True)
    ddcat(folder, COMMANDS[0])
    return folder


def here(folder: Path, text: str) -> str:
    return re.sub(r"(?<![\w/.])/(?=(etc|var|mnt|srv)/)", f"{folder}/", text)


def ddcat(folder: Path, command: list[str]) -> str:
    assert command[0] == "ddcat"
    done = CliRunner().invoke(cli.main, [here(folder, word) for word in command[1:]])
    assert done.exit_code == 0, done.output
    return done.output


def asked(database: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute(sql).fetchall()


def test_the_guides_queries_count_what_the_database_holds(folder: Path) -> None:
    by_band, ratings = (duckdb.sql(here(folder, sql)).fetchall() for sql in QUERIES)
    database = store.file(folder / "var/lib/ddcat")
    said = f"""
      SELECT count(value), sum(value) FROM (
        SELECT id, is_blind FROM assessment WHERE {COUNTS}
      ) JOIN (
        SELECT assessment_id, value, 0 AS alone FROM rating UNION ALL SELECT assessment_id, value, 1 FROM agreed
      ) ON assessment_id = id AND alone = is_blind
    """
    assert ratings == asked(database, said)
    newest = f"""
      SELECT state, CAST(substr(assessed_on, 1, 4) AS INTEGER), kind, json_extract(result, '$.band'), program_id,
        max(assessed_on || edition)
      FROM assessment JOIN program ON program.id = program_id WHERE {COUNTS.replace("id NOT", "assessment.id NOT")}
      GROUP BY program_id, substr(assessed_on, 1, 4), kind
    """
    expected: dict[tuple[object, ...], int] = {}
    for *key, _program, _newest in asked(database, newest):
        expected[tuple(key)] = expected.get(tuple(key), 0) + 1
    assert {tuple(key): n for *key, n in by_band} == expected
    assert sum(expected.values()) > 3


@pytest.mark.slow
@pytest.mark.skipif(LITESTREAM is None, reason="no litestream here")
def test_a_second_machine_reads_what_litestream_copied(folder: Path) -> None:
    (configuration,) = (yml for yml in re.findall(r"```yaml\n(.*?)```", BACKUPS, re.DOTALL) if "type: file\n" in yml)
    (folder / "etc").mkdir()
    (folder / "mnt/replica").mkdir(parents=True)
    (folder / "etc/litestream.yml").write_text(here(folder, configuration))
    restore, verify, export = COMMANDS[1:]
    command = [str(LITESTREAM), *(here(folder, word) for word in restore[1:])]
    config = str(folder / "etc/litestream.yml")
    with subprocess.Popen(
        [str(LITESTREAM), "replicate", "-config", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as replicating:
        try:
            end = time.monotonic() + 60
            while subprocess.run(command, capture_output=True, timeout=60).returncode and time.monotonic() < end:
                time.sleep(0.2)
        finally:
            replicating.send_signal(signal.SIGTERM)
            replicating.wait(60)
    live, copy = store.file(folder / "var/lib/ddcat"), folder / "srv/reading/ddcat.sqlite"
    before = copy.read_bytes()
    (n,) = asked(live, "SELECT count(*) FROM assessment WHERE sealed_at IS NOT NULL")[0]
    assert f"{n} results" in ddcat(folder, verify)
    shutil.rmtree(folder / "srv/export")
    ddcat(folder, export)
    (counted,) = asked(live, f"SELECT count(*) FROM assessment WHERE {COUNTS}")
    assert duckdb.sql(f"SELECT count(*) FROM '{folder}/srv/export/assessments/*/*.parquet'").fetchall() == [counted]
    assert copy.read_bytes() == before
