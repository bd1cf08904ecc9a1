"""Copies of the database and their way back: whole or not at all, whatever happens meanwhile."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlite_utils import Database, Migrations

from ddcat import demo, store
from ddcat.store import agencies, backups, links, migrations, people, restoring

ROOT = Path(__file__).parent.parent
PATIENCE = 60
KILLS = 30 if os.environ.get("DDCAT_LONG") else 4
NOBODY = 65534

# What a restore changes on purpose: sessions and links end, and the trail says so.
ENDED = {"person": ("epoch",), "link": ("used_at",)}
GROWING = ("trail", "trail_value")

Content = dict[str, list[tuple[Any, ...]]]


def content(path: Path) -> Content:
    """Every row of every table of ours, without what a restore changes on purpose."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(rows(db, name), key=repr)
            for name in tables
            if name not in GROWING and not name.startswith(("_", "sqlite_"))
        }


def rows(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[1] not in ENDED.get(table, ())]
    return db.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()


def names(path: Path) -> list[str]:
    """The agencies in a database, whatever its steps."""
    with closing(sqlite3.connect(path)) as db:
        return [name for (name,) in db.execute("SELECT name FROM agency ORDER BY id")]


def run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`ddcat ARGUMENTS` in a process of its own, after these lines of Python."""
    script = f"{before}\nimport sys, runpy\nsys.argv[0] = 'ddcat'\nrunpy.run_module('ddcat', run_name='__main__')"
    how = ["-c", script] if before else ["-m", "ddcat"]
    return subprocess.run(
        [sys.executable, *how, *arguments], env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DDCAT_")}
    return own | {"PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo's programs, at rest."""
    path = tmp_path_factory.mktemp("story") / "ddcat.sqlite"
    demo.prepare(path)
    return path


@pytest.fixture
def live(story: Path, tmp_path: Path) -> Path:
    """The database of a data folder, with content."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return Path(shutil.copy(story, folder))


@pytest.fixture
def backup(live: Path, tmp_path: Path) -> Path:
    """A backup of it; afterwards the database itself went on."""
    made = backups.make(live, tmp_path / "away")
    add(live, "Added later")
    return made


def add(path: Path, *agencies: str) -> None:
    with closing((db := store.connect(path)).conn), store.writing(db):
        for name in agencies:
            db.execute("INSERT INTO agency (ref, name) VALUES (?, ?)", [store.connection.new_ref(), name])


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def only_first_step(path: Path) -> None:
    """A database as the first version made it, with an agency."""
    steps = Migrations("ddcat")
    steps(name="0001_initial")(migrations._initial)
    path.touch(mode=0o600)
    with closing((db := Database(sqlite3.connect(path))).conn):
        db.execute("PRAGMA journal_mode = WAL")
        steps.apply(db)
        with db.atomic():
            db.execute("INSERT INTO agency (ref, name) VALUES ('old', 'Old house')")


# Making a backup


def test_a_backup_holds_every_row_and_is_one_file_for_its_owner_alone(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    said = run("backup", str(folder), "--data", str(live.parent))
    (made,) = folder.iterdir()
    assert (said.returncode, said.stdout, said.stderr) == (0, f"{made}\n", "")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert made.read_bytes()[18:20] == b"\x01\x01", "its journal mode needs no file beside it"
    assert content(made) == content(live)
    assert list(folder.iterdir()) == [made]


def test_the_name_of_a_backup_is_its_moment_in_utc_and_no_name_is_given_twice(live: Path, tmp_path: Path) -> None:
    made = [backups.make(live, tmp_path / "away") for _ in range(5)]
    assert len(set(made)) == 5
    newest = backups.newest(tmp_path / "away")
    assert newest
    assert abs(newest[1].timestamp() - time.time()) < 10


def test_the_key_of_sessions_is_not_in_a_backup(live: Path, tmp_path: Path) -> None:
    secret = "0123456789abcdef" * 4
    (live.parent / "secret.key").write_text(secret)
    made = backups.make(live, tmp_path / "away")
    assert secret.encode() not in made.read_bytes()
    assert list(made.parent.iterdir()) == [made]


def test_every_backup_of_a_database_that_is_being_written_is_consistent(live: Path, tmp_path: Path) -> None:
    """Agencies come in pairs, each pair in one transaction: no backup holds half a pair."""
    before, stop = len(names(live)), Event()

    def write() -> None:
        while not stop.is_set():
            add(live, "One", "Other")

    writer = Thread(target=write)
    writer.start()
    try:
        counts = [len(names(backups.make(live, tmp_path / "away"))) - before for _ in range(8)]
    finally:
        stop.set()
        writer.join()
    assert [count % 2 for count in counts] == [0] * 8
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


def test_where_there_is_no_database_there_is_no_backup(tmp_path: Path) -> None:
    said = run("backup", str(tmp_path / "away"), "--data", str(tmp_path / "none"))
    file = tmp_path / "none" / "ddcat.sqlite"
    assert (said.returncode, said.stderr) == (1, f"{file}: backup: there is no database here\n")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(live: Path, tmp_path: Path) -> None:
    spoil(live)
    with pytest.raises(backups.Damaged):
        backups.make(live, tmp_path / "away")
    assert list((tmp_path / "away").iterdir()) == []


def test_a_row_that_points_nowhere_is_damage(live: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(live)) as db, db:
        db.execute("DELETE FROM program WHERE id = 1")
    with pytest.raises(backups.Damaged, match="program that is not there"):
        backups.make(live, tmp_path / "away")


def test_a_backup_that_is_killed_leaves_no_name_of_a_backup(live: Path, tmp_path: Path) -> None:
    die = "import os\nfrom ddcat.store import backups\nbackups.faults = lambda path: os.kill(os.getpid(), 9)"
    said = run("backup", str(tmp_path / "away"), "--data", str(live.parent), before=die)
    assert said.returncode == -signal.SIGKILL
    assert list((tmp_path / "away").glob("*.sqlite")) == []


# Restoring one


def spoil(path: Path) -> None:
    """Overwrites the middle of a database, and leaves its head readable."""
    with path.open("r+b") as file:
        file.seek(8 * 4096)
        file.write(b"\xa5" * 4096 * 20)


def overwrite_the_middle(live: Path) -> None:
    spoil(live)


def overwrite_the_head(live: Path) -> None:
    with live.open("r+b") as file:
        file.write(b"not a database any more " * 200)


def cut_off(live: Path) -> None:
    os.truncate(live, 3 * 4096 + 17)


def delete(live: Path) -> None:
    live.unlink()


def delete_and_leave_a_log(live: Path) -> None:
    """As a crash and a hasty hand leave it: the log is that of a database that is gone."""
    script = f"import sqlite3, os\ndb = sqlite3.connect({str(live)!r})\n"
    script += "db.execute(\"UPDATE agency SET name = 'From the log'\")\ndb.commit()\nos.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", script], timeout=PATIENCE)
    assert live.with_name("ddcat.sqlite-wal").stat().st_size
    live.unlink()


def empty(live: Path) -> None:
    live.write_bytes(b"")


DAMAGES = [overwrite_the_middle, overwrite_the_head, cut_off, delete, delete_and_leave_a_log, empty]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_the_drill(damage: Callable[[Path], None], live: Path, tmp_path: Path) -> None:
    """Back up, lose the database, restore: every row is there again."""
    data = ("--data", str(live.parent))
    before = content(live)
    made = run("backup", str(tmp_path / "away"), *data).stdout.strip()
    damage(live)
    said = run("restore", made, *data)
    assert (said.returncode, said.stderr) == (0, "")
    assert content(live) == before
    assert stat.S_IMODE(live.stat().st_mode) == 0o600
    with closing(sqlite3.connect(live)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert leftovers(live.parent) == []
    assert content(Path(made)) == before, "the backup itself is as it was"


def test_a_restore_keeps_the_database_from_before_and_says_where(live: Path, backup: Path) -> None:
    before = content(live)
    said = run("restore", str(backup), "--data", str(live.parent))
    (kept,) = (live.parent / "backups").iterdir()
    assert said.stdout == (
        f"The database from before is kept in {kept}.\n"
        f"Restored {backup}. Everybody logs in again, and no older link works.\n"
    )
    assert content(kept) == before
    assert content(live) == content(backup)
    run("restore", str(kept), "--data", str(live.parent))
    assert content(live) == before


def test_a_damaged_database_is_kept_as_it_lay_there(live: Path, backup: Path) -> None:
    overwrite_the_head(live)
    lay_there = live.read_bytes()
    said = run("restore", str(backup), "--data", str(live.parent))
    (kept,) = (live.parent / "backups").iterdir()
    assert f"was damaged; it is kept as it was in {kept}." in said.stdout
    assert kept.read_bytes() == lay_there
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert backups.newest(live.parent / "backups") is None, "what is damaged is no backup"


def test_a_restore_where_there_was_nothing_makes_the_data_folder(backup: Path, tmp_path: Path) -> None:
    said = run("restore", str(backup), "--data", str(tmp_path / "new"))
    assert said.returncode == 0
    assert content(tmp_path / "new" / "ddcat.sqlite") == content(backup)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_an_older_backup_is_brought_up_to_date(live: Path, tmp_path: Path) -> None:
    only_first_step(old := tmp_path / "old.sqlite")
    said = run("restore", str(old), "--data", str(live.parent))
    assert "Brought up to date: 0002_people" in said.stdout
    assert names(live) == ["Old house"]
    assert store.pending(live) == []


def text(path: Path) -> None:
    path.write_text("agency;program\n" * 500)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def another_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE person (name)")


def damaged(path: Path) -> None:
    demo.prepare(path)
    spoil(path)


def cut(path: Path) -> None:
    demo.prepare(path)
    os.truncate(path, path.stat().st_size // 2)


def newer(path: Path) -> None:
    demo.prepare(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('ddcat', '9999_wings', '')"
        )


def a_folder(path: Path) -> None:
    path.mkdir()


def not_there(path: Path) -> None:
    pass


REFUSED = {
    text: "no ddcat database",
    nothing: "no ddcat database",
    another_database: "no ddcat database",
    damaged: "damaged",
    cut: "damaged",
    newer: "comes from a newer ddcat: 9999_wings",
    a_folder: "no file",
    not_there: "no such file",
}


@pytest.mark.parametrize(("prepare", "why"), REFUSED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_cannot_be_restored_is_refused_in_one_line_and_nothing_is_changed(
    prepare: Callable[[Path], None], why: str, live: Path, tmp_path: Path
) -> None:
    before = live.read_bytes()
    prepare(file := tmp_path / "wrong.sqlite")
    said = run("restore", str(file), "--data", str(live.parent))
    assert (said.returncode, said.stdout) == (1, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith(f"{file}: backup: ")
    assert why in line
    assert live.read_bytes() == before
    assert {path.name for path in live.parent.iterdir()} == {"ddcat.sqlite", "ddcat.lock"}


def test_a_backup_on_a_disk_that_can_only_be_read_is_restored_and_nothing_is_left_beside_it(
    live: Path, backup: Path
) -> None:
    with closing(sqlite3.connect(backup)) as db:
        db.execute("PRAGMA journal_mode = WAL")  # as Litestream writes it
    backup.chmod(0o444)
    backup.parent.chmod(0o555)
    with as_nobody(live.parent, live):
        restoring.restore(backup, live)
    assert list(backup.parent.iterdir()) == [backup]
    assert content(live) == content(backup)


def test_every_session_from_before_a_restore_has_ended(live: Path, backup: Path) -> None:
    """Those of people whose rights were taken after the backup, too; in the backup their epoch is lower."""

    def epochs() -> dict[str, int]:
        with closing((db := store.connect(live)).conn):
            return {person.ref: person.epoch for person in people.all(db)}

    with closing((db := store.connect(live)).conn):
        for person in people.all(db) * 3:
            people.end_sessions(db, person)
    for _ in range(2):
        before = epochs()
        restoring.restore(backup, live)
        after = epochs()
        assert before
        assert all(after[ref] > before[ref] for ref in before)


def test_a_link_that_was_open_when_the_backup_was_made_no_longer_works(live: Path, tmp_path: Path) -> None:
    with closing((db := store.connect(live)).conn):
        token = links.invite(db, None, name="Bo", login="bo", role="administrator")
        assert links.find(db, token)
    restoring.restore(backups.make(live, tmp_path / "away"), live)
    with closing((db := store.connect(live)).conn), pytest.raises(store.Missing):
        links.find(db, token)


def test_the_trail_tells_of_the_restore(live: Path, backup: Path) -> None:
    restoring.restore(backup, live)
    with closing((db := store.connect(live)).conn):
        assert db.execute("SELECT act, kind FROM trail ORDER BY n DESC LIMIT 1").fetchone() == ("restore", "database")


# Others have the database open


def test_a_connection_that_was_open_sees_the_old_database_and_then_the_new_one(live: Path, backup: Path) -> None:
    with closing(sqlite3.connect(live, isolation_level=None)) as reading:
        reading.execute("BEGIN")
        asked = "SELECT count(*) FROM agency WHERE name = 'Added later'"
        assert reading.execute(asked).fetchone() == (1,)
        assert run("restore", str(backup), "--data", str(live.parent)).returncode == 0
        assert reading.execute(asked).fetchone() == (1,), "its transaction goes on undisturbed"
        reading.execute("COMMIT")
        assert reading.execute(asked).fetchone() == (0,)
        reading.execute("INSERT INTO agency (ref, name) VALUES ('after', 'After')")
    assert "After" in names(live)
    assert "Added later" not in names(live)


def test_no_save_falls_between_the_database_that_was_kept_and_the_restored_one(live: Path, backup: Path) -> None:
    """Somebody writes without pause: each write is in the one, or in the other."""
    written: list[str] = []
    stop = Event()

    def write() -> None:
        while not stop.is_set():
            name = f"written {len(written)}"
            add(live, name)
            written.append(name)

    writer = Thread(target=write)
    writer.start()
    try:
        done = restoring.restore(backup, live)
        time.sleep(0.2)
    finally:
        stop.set()
        writer.join()
    assert done.kept
    kept, now = ([name for name in names(path) if name.startswith("written")] for path in (done.kept, live))
    assert kept
    assert now
    assert kept + now == written


def test_a_database_that_somebody_holds_for_long_is_not_restored(
    live: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(live)
    monkeypatch.setattr(store.connection, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(live, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(store.Unusable, match="locked"):
            restoring.restore(backup, live)
    assert content(live) == before


def test_a_database_too_damaged_to_be_written_is_not_taken_from_under_a_server(live: Path, backup: Path) -> None:
    hold = (
        f"import sqlite3, sys\ndb = sqlite3.connect({str(live)!r})\ndb.execute('SELECT * FROM agency').fetchall()\n"
    )
    hold += "print('open', flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout
            assert server.stdout.readline() == b"open\n"
            overwrite_the_head(live)
            lay_there = live.read_bytes()
            said = run("restore", str(backup), "--data", str(live.parent))
            assert said.returncode == 1
            assert "stop the server" in said.stderr
            assert live.read_bytes() == lay_there
        finally:
            server.kill()
    assert run("restore", str(backup), "--data", str(live.parent)).returncode == 0
    assert content(live) == content(backup)


# Killed in the middle

POURING = """
import os
from ddcat.store import backups

def pour(source, target, once_locked=None, pour=backups.pour):
    if not once_locked:
        return pour(source, target)
    steps = iter(range(10**6))
    def go_on(status, remaining, pages):
        if (step := next(steps)) == 0:
            once_locked()
        if step == AT or AT < 0 and remaining == 0:
            os.kill(os.getpid(), 9)
    target.execute("PRAGMA cache_size = 4")  # so that what is poured is in the log at once
    source.backup(target, pages=1, progress=go_on)

backups.pour = pour
"""


@pytest.mark.parametrize("at", [0, 10, 60, -1])
def test_a_restore_that_is_killed_while_it_pours_leaves_the_old_database_or_the_new(
    at: int, live: Path, backup: Path
) -> None:
    before = content(live)
    said = run("restore", str(backup), "--data", str(live.parent), before=f"AT = {at}{POURING}")
    assert said.returncode == -signal.SIGKILL
    if at > 0:
        assert live.with_name("ddcat.sqlite-wal").stat().st_size > 4096 * (at - 8), "half of it lay in the log"
    assert content(live) == (content(backup) if at < 0 else before)
    assert run("restore", str(backup), "--data", str(live.parent)).returncode == 0
    assert content(live) == content(backup)


DYING = """
import os
from ddcat.store import backups
calls = iter(range(100))
backups.sync = lambda folder: next(calls) == AT and os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("at", [0, 1], ids=["before the file takes its place", "after it"])
def test_a_restore_of_a_lost_database_that_is_killed_can_be_done_again(at: int, live: Path, backup: Path) -> None:
    delete_and_leave_a_log(live)
    said = run("restore", str(backup), "--data", str(live.parent), before=f"AT = {at}{DYING}")
    assert said.returncode == -signal.SIGKILL
    assert live.exists() == (at == 1)
    if at == 1:
        assert content(live) == content(backup)
    assert run("restore", str(backup), "--data", str(live.parent)).returncode == 0
    assert content(live) == content(backup)


@pytest.mark.parametrize("round", range(KILLS))
def test_a_restore_that_is_killed_at_any_moment_leaves_the_old_database_or_the_new(
    round: int, live: Path, backup: Path
) -> None:
    grow(live, 30)
    old, new = content(live), content(backup)
    process = subprocess.Popen(
        [sys.executable, "-m", "ddcat", "restore", str(backup), "--data", str(live.parent)],
        env=environment(),
        stdout=subprocess.DEVNULL,
    )
    time.sleep(0.3 + 1.2 * round / KILLS)
    process.kill()
    process.wait(PATIENCE)
    assert content(live) in (old, new)
    assert run("restore", str(backup), "--data", str(live.parent)).returncode == 0
    assert content(live) == new


# A full disk, and one that can only be read

LIMITED = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (SIZE, SIZE))"


def grow(path: Path, megabytes: int) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO instrument VALUES ('large', 'large@1', zeroblob(?))", [megabytes * 1024 * 1024])


@contextmanager
def as_nobody(*mine: Path) -> Iterator[None]:
    """As a user whom permissions bind, root or not; `mine` belong to this user."""
    is_root = os.geteuid() == 0
    folders = [parent for path in mine for parent in path.parents if parent.stat().st_mode & 0o077 == 0]
    modes = {folder: folder.stat().st_mode for folder in folders}
    if is_root:
        for folder in folders:
            folder.chmod(0o755)
        for path in mine:
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
            for folder, mode in modes.items():
                folder.chmod(mode)


def test_a_save_on_a_full_disk_is_busy_and_nothing_is_written(live: Path) -> None:
    before = content(live)
    with closing((db := store.connect(live)).conn):
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        person = people.first(db)
        with pytest.raises(store.Busy, match="full"):
            agencies.add(db, person, "Large", {"other": "x" * 10**6})
        assert not db.conn.in_transaction
        db.execute("PRAGMA max_page_count = 1000000")
        assert content(live) == before
        agencies.add(db, person, "Large", {"other": "x" * 10**6})


SAVING = """
from pathlib import Path
from ddcat import store
from ddcat.store import agencies, people
db = store.connect(Path(LIVE))
try:
    agencies.add(db, people.first(db), "Large", {"other": "x" * 10**6})
except store.Busy as busy:
    print("busy:", busy)
    print(db.execute("PRAGMA integrity_check").fetchone()[0])
"""


def test_a_save_that_the_system_cuts_short_is_busy_and_nothing_is_written(live: Path) -> None:
    before = content(live)
    script = f"LIVE, SIZE = {str(live)!r}, 200000\n{LIMITED}{SAVING}"
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=PATIENCE
    )
    assert (said.stdout, said.stderr) == ("busy: disk I/O error\nok\n", "")
    assert content(live) == before


def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "away"
    said = run("backup", str(folder), "--data", str(live.parent), before=f"SIZE = 200000\n{LIMITED}")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"{live}: backup: disk I/O error\n"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("room", ["none", "for the copies but not for the log"])
def test_a_restore_that_finds_no_room_says_so_and_changes_nothing(room: str, live: Path, backup: Path) -> None:
    for path in (live, backup):
        grow(path, 10)
    before = content(live)
    size = 200000 if room == "none" else live.stat().st_size + 5 * 4096
    said = run("restore", str(backup), "--data", str(live.parent), before=f"SIZE = {size}\n{LIMITED}")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"{live}: database: disk I/O error\n"
    assert content(live) == before
    assert leftovers(live.parent) == []
    assert (room == "none") == (not (live.parent / "backups").exists())


@pytest.mark.parametrize("pages", [-3, 1], ids=["not for the copy", "for the copy alone"])
def test_a_step_that_finds_no_room_says_so_and_leaves_the_database_as_it_was(pages: int, tmp_path: Path) -> None:
    only_first_step(live := tmp_path / "ddcat.sqlite")
    size = live.stat().st_size + pages * 4096
    said = run("migrate", "--data", str(tmp_path), before=f"SIZE = {size}\n{LIMITED}")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == f"{live}: database: disk I/O error\n"
    assert store.pending(live)[0] == "0002_people"
    assert names(live) == ["Old house"]
    assert len(list((tmp_path / "backups").iterdir())) == (pages > 0)
    assert run("migrate", "--data", str(tmp_path)).returncode == 0
    assert names(live) == ["Old house"]


def test_a_database_that_this_user_may_only_read_is_not_restored(live: Path, backup: Path) -> None:
    before = content(live)
    live.chmod(0o444)
    backup.chmod(0o444)
    backup.parent.chmod(0o755)
    with as_nobody(live.parent), pytest.raises(store.Unusable, match="readonly"):
        restoring.restore(backup, live)
    assert content(live) == before
    live.parent.chmod(0o555)
    with as_nobody(live), pytest.raises(store.Unusable, match="Permission denied"):
        restoring.restore(backup, live)
    live.parent.chmod(0o755)
    assert content(live) == before


def test_a_folder_that_this_user_may_not_write_gets_no_backup(live: Path, tmp_path: Path) -> None:
    (folder := tmp_path / "away").mkdir(mode=0o555)
    with as_nobody(live.parent, live), pytest.raises(store.Unusable, match="Permission denied"):
        backups.make(live, folder)
    assert list(folder.iterdir()) == []
