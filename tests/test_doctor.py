"""The doctor: names what is weak, and only that."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddcat import doctor, store
from ddcat.doctor import Installation
from ddcat.store import backups, links, people
from ddcat.web import create_app

ROOT = Path(__file__).parent.parent
PATIENCE = 60


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with nothing to say about."""
    folder = tmp_path_factory.mktemp("sound") / "data"
    path = store.file(folder)
    store.migrate(path)
    path.with_suffix(".lock").unlink()
    with closing((db := store.connect(path)).conn):
        with store.writing(db):
            person = people.adopt(db, name="Ada", login="ada@example.org", password="a hash")
        people.set_factor(db, None, person, "a secret")
    (folder / "secret.key").touch(mode=0o600)
    (folder / "secret.key").write_text("0123456789abcdef" * 4)
    backups.make(path, folder / "backups")
    return folder


@pytest.fixture
def here(sound: Path, tmp_path: Path) -> Installation:
    """A copy of it, to weaken."""
    folder = Path(shutil.copytree(sound, tmp_path / "data"))
    return Installation(folder, folder / "backups", {})


def told(here: Installation, *checks: doctor.Check) -> list[str]:
    return [str(finding) for check in checks for finding in check(here)]


def change(here: Installation, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(here.database)) as db, db:
        db.execute(sql, values)


def run(here: Installation, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DDCAT_")}
    path = os.pathsep.join(filter(None, [environment.pop("PYTHONPATH", ""), str(ROOT)]))
    return subprocess.run(
        [sys.executable, "-m", "ddcat", "doctor", "--data", str(here.folder), *arguments],
        env=own | environment | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


# The whole of it


def test_of_a_sound_installation_nothing_is_said(here: Installation) -> None:
    apart = (doctor.paper, doctor.space)  # what depends on this machine
    assert told(here, *(check for check in doctor.CHECKS if check not in apart)) == []


def test_looking_changes_nothing(here: Installation) -> None:
    def seen() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in here.folder.rglob("*") if path.is_file()}

    before = seen()
    list(doctor.findings(here))
    assert seen() == before


def test_the_command_prints_a_line_for_each_finding_and_ends_with_1(here: Installation) -> None:
    here.key.unlink()
    here.database.chmod(0o644)
    said = run(here, DDCAT_DEBUG="1")
    assert (said.returncode, said.stderr) == (1, "")
    lines = said.stdout.splitlines()
    for what in ("ddcat.sqlite (mode 644)", "secret.key is missing", "DDCAT_DEBUG"):
        assert [line for line in lines if what in line], what


def test_the_command_ends_with_0_where_nothing_is_weak(here: Installation) -> None:
    if told(here, doctor.paper, doctor.space):
        pytest.skip("this machine itself lacks Pango or room")
    said = run(here)
    assert (said.returncode, said.stdout) == (0, f"Nothing weak was found in {here.folder}.\n")


def test_of_a_folder_that_is_not_there_it_says_so(tmp_path: Path) -> None:
    said = run(Installation(tmp_path / "none", tmp_path / "none" / "backups"))
    assert said.returncode == 1
    assert "There is no database in" in said.stdout
    assert said.stderr == ""
    assert list(tmp_path.iterdir()) == []


# Files


@pytest.mark.parametrize("name", ["", "ddcat.sqlite", "secret.key", "backups"])
@pytest.mark.parametrize("mode", [0o040, 0o004, 0o020, 0o001])
def test_what_others_can_get_at_is_told_with_the_command_that_ends_it(
    name: str, mode: int, here: Installation
) -> None:
    path = here.folder / name
    path.chmod((path.stat().st_mode & 0o700) | mode)
    (said,) = told(here, doctor.rights)
    assert str(path) in said
    command = said.partition("Run: ")[2]
    subprocess.run(command, shell=True, check=True)
    assert told(here, doctor.rights) == []


def test_a_backup_that_others_can_read_is_told(here: Installation) -> None:
    (copy,) = here.backups.iterdir()
    copy.chmod(0o640)
    (said,) = told(here, doctor.rights)
    assert copy.name in said


def test_files_of_somebody_else_are_told(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: here.folder.stat().st_uid + 1)
    said = told(here, doctor.owners)
    assert len(said) == 3
    assert all("not to you" in line for line in said)


def test_too_little_room_is_told(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    for free, count in ((doctor.FREE - 1, 1), (doctor.FREE, 0)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder, free=free: usage(free))
        assert len(told(here, doctor.space)) == count


# Keys and switches


def test_a_key_that_is_missing_or_short_is_told(here: Installation) -> None:
    here.key.write_text("short\n")
    assert "too short" in told(here, doctor.key)[0]
    here.key.unlink()
    assert "missing" in told(here, doctor.key)[0]


def test_a_short_key_in_the_environment_is_told_and_a_long_one_needs_no_file(here: Installation) -> None:
    here.key.unlink()
    for given, count in (("x" * 31, 1), ("x" * 32, 0)):
        said = told(Installation(here.folder, here.backups, {"DDCAT_SECRET_KEY": given}), doctor.key)
        assert len(said) == count
        assert given not in "".join(said)


@pytest.mark.parametrize("name", ["DDCAT_DEBUG", "DDCAT_TESTING"])
@pytest.mark.parametrize(
    ("value", "is_on"),
    [("1", True), ("true", True), ("yes", True), ("False", True), ("0", False), ("false", False), ("", False)],
)
def test_a_switch_for_developing_is_told_as_flask_reads_it(
    name: str, value: str, is_on: bool, here: Installation
) -> None:
    said = told(Installation(here.folder, here.backups, {name: value}), doctor.switches)
    assert [name in line for line in said] == [True] * is_on


def said_of(here: Installation, **environment: str) -> list[str]:
    checks = (doctor.switches, doctor.reach, doctor.letters, doctor.provider)
    return told(Installation(here.folder, here.backups, environment), *checks)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DDCAT_WTF_CSRF_ENABLED", "false"),
        ("DDCAT_WTF_CSRF_CHECK_DEFAULT", "0"),
        ("DDCAT_SESSION_COOKIE_HTTPONLY", "false"),
        ("DDCAT_SESSION_COOKIE_SAMESITE", "None"),
        ("DDCAT_SESSION_COOKIE_SAMESITE", "null"),
        ("DDCAT_SESSION_COOKIE_DOMAIN", "example.org"),
        ("DDCAT_PROXY", "*"),
        ("DDCAT_PROXY", "proxy.example.org"),
        ("DDCAT_TRUSTED_HOSTS", '["*"]'),
        ("DDCAT_TRUSTED_HOSTS", '["ddcat.example.org", "*.example.org"]'),
        ("DDCAT_TRUSTED_HOSTS", "ddcat.example.org,ddcat"),
        ("DDCAT_TRUSTED_HOSTS", "[]"),
        ("DDCAT_TRUSTED_HOSTS", ""),
        ("DDCAT_TRUSTED_HOSTS", "true"),
        ("DDCAT_OIDC_ISSUER", "http://sso.example.org"),
        ("DDCAT_OIDC_ISSUER", "sso.example.org"),
        ("DDCAT_OIDC_ISSUER", "http://["),
        ("DDCAT_OIDC_ISSUER", "http://localhost:1@sso.example.org"),
    ],
)
def test_a_weak_setting_of_the_web_is_told_by_name(name: str, value: str, here: Installation) -> None:
    (said,) = said_of(here, **{name: value})
    assert name in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DDCAT_WTF_CSRF_ENABLED", "true"),
        ("DDCAT_SESSION_COOKIE_HTTPONLY", "1"),
        ("DDCAT_SESSION_COOKIE_SAMESITE", "strict"),
        ("DDCAT_SESSION_COOKIE_SECURE", "true"),
        ("DDCAT_PROXY", "127.0.0.1"),
        ("DDCAT_PROXY", "::1"),
        ("DDCAT_PROXY", ""),
        ("DDCAT_TRUSTED_HOSTS", '["ddcat.example.org", ".example.net", "192.0.2.7"]'),
        ("DDCAT_TRUSTED_HOSTS", "ddcat.example.org"),
        ("DDCAT_OIDC_ISSUER", "https://sso.example.org/realm"),
        ("DDCAT_OIDC_ISSUER", "http://localhost:9000"),
        ("DDCAT_OIDC_ISSUER", "http://[::1]:9000"),
        ("DDCAT_OIDC_ISSUER", ""),
        ("DDCAT_MAIL_HOST", ""),
        ("DDCAT_MAIL_SECURITY", "none"),
    ],
)
def test_a_setting_of_the_web_that_is_sound_is_not_told(name: str, value: str, here: Installation) -> None:
    assert said_of(here, **{name: value}) == []


@pytest.mark.parametrize(
    ("host", "security", "sender", "said"),
    [
        ("mail.example.org", "none", "ddcat@example.org", ["unencrypted"]),
        ("mail.example.org", "NONE", "ddcat@example.org", ["unencrypted"]),
        ("localhost", "none", "ddcat@example.org", []),
        ("mail.example.org", "starttls", "ddcat@example.org", []),
        ("mail.example.org", "TLS", "ddcat@example.org", []),
        ("mail.example.org", "ssl", "ddcat@example.org", ["no mail can be sent"]),
        ("mail.example.org", "tls", "", ["no mail can be sent"]),
        ("mail.example.org", "none", "", ["unencrypted", "no mail can be sent"]),
    ],
)
def test_mail_that_is_not_encrypted_or_never_sent_is_told(
    host: str, security: str, sender: str, said: list[str], here: Installation
) -> None:
    found = said_of(here, DDCAT_MAIL_HOST=host, DDCAT_MAIL_SECURITY=security, DDCAT_MAIL_FROM=sender)
    assert [what in line for what, line in zip(said, found, strict=True)] == [True] * len(said)


@pytest.mark.parametrize("value", ["1", "0", "true", "False", "null", "1.5", '"a"', "[1]", "{}", "text", ""])
def test_a_setting_is_read_as_the_server_reads_it(value: str, monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    monkeypatch.setenv("DDCAT_OIDC_NAME", value)
    said = Installation(sound, sound).said("DDCAT_OIDC_NAME")
    assert said == create_app(DATA=str(sound)).config["OIDC_NAME"]


def test_no_secret_of_the_environment_is_repeated(here: Installation) -> None:
    secrets = {"DDCAT_OIDC_SECRET": "swordfish-1", "DDCAT_MAIL_PASSWORD": "swordfish-2"}
    wrong = {"DDCAT_OIDC_ISSUER": "http://me:swordfish-3@sso.example.org", "DDCAT_MAIL_HOST": "mail.example.org"}
    assert "swordfish" not in "".join(said_of(here, **secrets, **wrong))


# The database


def test_a_damaged_database_is_told(here: Installation) -> None:
    with here.database.open("r+b") as file:
        file.seek(4096 * 8)
        file.write(b"\xa5" * 4096 * 10)
    (said,) = told(here, doctor.database)
    assert "damaged" in said or "cannot be read" in said
    assert said.endswith("Restore a backup.")


def test_what_is_no_database_is_told(here: Installation) -> None:
    here.database.write_text("not a database\n" * 500)
    (said,) = told(here, doctor.database)
    assert "file is not a database" in said


def test_a_row_that_points_nowhere_is_told(here: Installation) -> None:
    change(here, "INSERT INTO program (ref, agency_id, name) VALUES ('lost', 999, 'Lost')")
    (said,) = told(here, doctor.database)
    assert "a row of program names a row of agency that is not there" in said


def test_a_step_that_is_pending_is_told(here: Installation) -> None:
    change(here, "DELETE FROM _sqlite_migrations WHERE name = '0002_people'")
    (said,) = told(here, doctor.database)
    assert "0002_people" in said
    assert f"ddcat migrate --data {here.folder}" in said


def test_a_database_without_its_log_is_told_and_what_is_advised_helps(here: Installation) -> None:
    change(here, "PRAGMA journal_mode = DELETE")
    (said,) = told(here, doctor.database)
    assert "journal mode is delete" in said
    data = ("--data", str(here.folder))
    for command in (["backup", str(here.backups)], ["restore", str(backups.newest(here.backups)[0])]):
        subprocess.run([sys.executable, "-m", "ddcat", *command, *data], check=True, capture_output=True, cwd=ROOT)
    assert told(here, doctor.database) == []


# People


def nobody(here: Installation) -> None:
    change(here, "DELETE FROM role")


def nobody_who_can_log_in(here: Installation) -> None:
    change(here, "UPDATE person SET disabled_at = '2026-01-01T00:00:00+00:00'")


@pytest.mark.parametrize("weaken", [nobody, nobody_who_can_log_in], ids=lambda weaken: weaken.__name__)
def test_an_installation_that_nobody_can_administer_is_told(
    weaken: Callable[[Installation], None], here: Installation
) -> None:
    weaken(here)
    (said,) = told(here, doctor.database)
    assert said.startswith("Nobody can administer")


def test_an_administrator_without_a_second_factor_is_told_by_login(here: Installation) -> None:
    change(here, "UPDATE person SET factor = NULL")
    (said,) = told(here, doctor.database)
    assert "ada@example.org has no second factor" in said


def test_who_logs_in_by_single_sign_on_alone_has_the_second_factor_there(here: Installation) -> None:
    change(here, "UPDATE person SET factor = NULL, password = NULL, sso = 'ada'")
    assert told(here, doctor.database) == []


@pytest.mark.parametrize(("hours", "count"), [(49, 1), (47, 0)])
def test_a_link_that_stays_open_for_more_than_two_days_is_told(hours: int, count: int, here: Installation) -> None:
    with closing((db := store.connect(here.database)).conn):
        links.make_first(db)
    ends = datetime.now(UTC) + timedelta(days=links.DAYS[links.FIRST]) - timedelta(hours=hours)
    change(here, "UPDATE link SET expires_at = ?", ends.isoformat(timespec="seconds"))
    said = told(here, doctor.database)
    assert ["1 one-time link is older" in line for line in said] == [True] * count
    change(here, "UPDATE link SET used_at = expires_at")
    assert told(here, doctor.database) == []


def test_a_link_that_has_expired_is_not_told(here: Installation) -> None:
    with closing((db := store.connect(here.database)).conn):
        links.make_first(db)
    change(here, "UPDATE link SET expires_at = '2026-01-01T00:00:00+00:00'")
    assert told(here, doctor.database) == []


# Backups


def test_no_backup_at_all_is_told(here: Installation) -> None:
    shutil.rmtree(here.backups)
    (said,) = told(here, doctor.copies)
    assert f"ddcat backup {here.backups}" in said


@pytest.mark.parametrize(("days", "count"), [(6, 0), (8, 1)])
def test_a_backup_older_than_a_week_is_told(days: int, count: int, here: Installation) -> None:
    (copy,) = here.backups.iterdir()
    stamp = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y%m%dT%H%M%SZ")
    copy.rename(copy.with_name(f"ddcat-{stamp}.sqlite"))
    said = told(here, doctor.copies)
    assert ["older than 7 days" in line for line in said] == [True] * count


def test_a_damaged_newest_backup_is_told(here: Installation) -> None:
    (copy,) = here.backups.iterdir()
    os.truncate(copy, copy.stat().st_size // 2)
    (said,) = told(here, doctor.copies)
    assert "is damaged" in said


def test_backups_elsewhere_count_where_they_are_named(here: Installation, tmp_path: Path) -> None:
    here.backups.rename(tmp_path / "away")
    assert "no backup" in run(here).stdout
    assert "no backup" not in run(here, "--backups", str(tmp_path / "away")).stdout


# Paper


def test_a_machine_that_cannot_make_pdfs_is_told(here: Installation, tmp_path: Path) -> None:
    stub = tmp_path / "stub" / "weasyprint"
    stub.mkdir(parents=True)
    (stub / "__init__.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n")
    assert "Pango" in run(here, PYTHONPATH=str(stub.parent)).stdout
