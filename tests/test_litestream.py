"""Litestream beside ddcat, as docs/backups.md sets it up: the very configuration and the very commands."""

import os
import re
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ddcat import demo, store
from ddcat.store import agencies, backups, people, restoring

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "backups.md").read_text(encoding="utf-8").partition("## Every second, by Litestream")[2]
PATIENCE = 60

BINARY = shutil.which("litestream", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BINARY is None, reason="no litestream here")]

Rows = dict[str, list[tuple[object, ...]]]


class Place:
    """The guide's paths, each below a folder of the test; and the Litestream that runs there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.live = folder / "var/lib/ddcat/ddcat.sqlite"
        self.restored = folder / "srv/backups/replica.sqlite"
        self.running: list[subprocess.Popen[bytes]] = []
        for name in ("etc", "mnt/replica", "srv/backups"):
            (folder / name).mkdir(parents=True)
        self.configuration = self.write("litestream.yml", "file")

    def write(self, name: str, kind: str) -> Path:
        """The configuration that the guide gives for this kind of replica."""
        (found,) = (yml for yml in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL) if f"type: {kind}\n" in yml)
        path = self.folder / "etc" / name
        path.write_text(self.here(found))
        return path

    def here(self, text: str) -> str:
        return re.sub(r"(?<![\w/.])/(?=(etc|var|mnt|srv)/)", f"{self.folder}/", text)

    def command(self, begins: str) -> list[str]:
        """The guide's command that begins so."""
        (found,) = re.findall(rf"^{re.escape(begins)} .*$", GUIDE, re.MULTILINE)
        return shlex.split(self.here(found))[1:]

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            process = subprocess.Popen(
                [str(BINARY), "replicate", "-config", str(self.configuration)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        assert becomes(lambda: b"replicating to" in (self.folder / "log").read_bytes())

    def stop(self, how: int = signal.SIGTERM) -> None:
        process = self.running.pop()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)
            raise

    def replica(self) -> Rows:
        """What `litestream restore` makes of the replica just now; empty where there is nothing yet."""
        self.restored.unlink(missing_ok=True)
        said = subprocess.run(
            [str(BINARY), *self.command("litestream restore")], capture_output=True, text=True, timeout=PATIENCE
        )
        return content(self.restored) if said.returncode == 0 else {}

    def ddcat(self, begins: str) -> None:
        """The guide's command of ddcat that begins so."""
        command = [sys.executable, "-m", "ddcat", *self.command(begins)]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, cwd=ROOT)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    demo.prepare(place.live)
    yield place
    while place.running:
        place.stop(signal.SIGKILL)


def becomes(true: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def content(path: Path) -> Rows:
    """Every row of every table of ours."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in tables if not name.startswith(("_litestream", "sqlite_"))]
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in ours}


def write(path: Path, count: int, size: int = 20_000) -> None:
    """So many agencies, each in a transaction of its own; together more pages than SQLite lets stand in a log."""
    with closing((db := store.connect(path)).conn):
        person = people.first(db)
        for number in range(count):
            agencies.add(db, person, f"Agency {number}", {"other": "x" * size})


def test_every_row_that_was_saved_while_it_ran_is_restored_from_the_replica(place: Place) -> None:
    place.start()
    write(place.live, 300)
    saved = content(place.live)
    assert len(saved["agency"]) > 300
    assert becomes(lambda: place.replica() == saved)
    place.stop()

    shutil.rmtree(place.live.parent)
    place.ddcat("ddcat restore")
    back = content(place.live)
    assert {name: len(rows) for name, rows in back.items() if name != "trail"} == {
        name: len(rows) for name, rows in saved.items() if name != "trail"
    }
    for name in ("agency", "program", "assessment", "rating", "record", "instrument"):
        assert back[name] == saved[name]


def test_a_log_that_litestream_holds_back_stays_within_bounds_and_saves_go_on(place: Place) -> None:
    """Without any setting of ours: SQLite's own limit of 1000 pages cannot empty the log meanwhile."""
    place.start()
    for _ in range(3):
        write(place.live, 300)
        time.sleep(1.5)  # Litestream empties it between
    log = place.live.with_name("ddcat.sqlite-wal")
    assert log.stat().st_size < 100 * 1024 * 1024
    saved = content(place.live)
    assert becomes(lambda: place.replica() == saved)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_saved_while_it_was_down_is_copied_when_it_starts_again(how: int, place: Place) -> None:
    place.start()
    write(place.live, 3)
    assert becomes(lambda: place.replica() != {})
    place.stop(how)
    write(place.live, 300)
    place.start()
    saved = content(place.live)
    assert becomes(lambda: place.replica() == saved)


@pytest.mark.parametrize("is_lost", [False, True], ids=["in place", "of a lost file"])
def test_after_a_restore_and_a_start_it_follows_the_restored_database(is_lost: bool, place: Place) -> None:
    made = backups.make(place.live, place.folder / "srv/backups")
    place.start()
    write(place.live, 3)
    assert becomes(lambda: place.replica() != {})
    place.stop()
    if is_lost:
        place.live.unlink()
    restoring.restore(made, place.live)
    place.start()
    write(place.live, 5)
    saved = content(place.live)
    assert becomes(lambda: place.replica() == saved)


def test_it_complains_until_it_is_restarted_when_a_restore_took_its_tables_away(place: Place) -> None:
    """The guide says so; when this fails, Litestream has learnt to help itself, and the guide may say less."""
    made = backups.make(place.live, place.folder / "srv/backups")
    place.start()
    assert becomes(lambda: place.replica() != {})
    restoring.restore(made, place.live)
    write(place.live, 300)
    log = place.folder / "log"
    assert becomes(lambda: b"no such table: _litestream_lock" in log.read_bytes())
    place.stop()
    place.start()
    write(place.live, 5)
    saved = content(place.live)
    assert becomes(lambda: place.replica() == saved)


def test_the_configuration_for_a_bucket_is_understood(place: Place) -> None:
    said = subprocess.run(
        [str(BINARY), "databases", "-config", str(place.write("bucket.yml", "s3"))],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert said.returncode == 0, said.stderr
    assert f"{place.live}  " in said.stdout
    assert "s3" in said.stdout
