"""`ddcat person`: for whoever has the machine."""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from ddcat import cli, store
from ddcat.store import links, people


@pytest.fixture
def data(db: Database, tmp_path: Path) -> Path:
    with store.writing(db):
        people.adopt(db, name="Ada Tern", login="ada@example.org", password="not a hash")
    return tmp_path


def run(data: Path, *arguments: str) -> Any:
    return CliRunner().invoke(cli.main, ["person", *arguments, "--data", str(data)])


def test_the_list_names_everybody_with_login_and_roles(data: Path) -> None:
    assert run(data, "list").stdout == "ada@example.org  Ada Tern  Administrator\n"


def test_an_administrator_is_added_by_a_link_that_works_once(data: Path, db: Database) -> None:
    said = run(data, "add", "Bo Gull", "BO@example.org", "--url", "https://ddcat.example/").stdout
    found = re.search(r"https://ddcat\.example/join/(\S+)", said)
    assert found
    joined = links.join(db, found[1], name="Bo Gull", login="bo@example.org", password="not a hash")
    assert people.get(db, joined.ref).is_administrator
    with pytest.raises(store.Missing):
        links.find(db, found[1])


def test_whoever_is_disabled_is_said_to_be_and_a_reset_lets_her_in_again(data: Path, db: Database) -> None:
    assert "Ada Tern can no longer log in" in run(data, "disable", "ada@example.org").stdout
    assert "disabled" in run(data, "list").stdout
    found = re.search(r"/join/(\S+)", run(data, "reset", "Ada@Example.org").stdout)
    assert found
    links.set_password(db, found[1], "another hash")
    assert people.by_login(db, "ada@example.org").disabled_at is None


def test_a_reset_also_ends_a_lost_second_factor(data: Path, db: Database) -> None:
    people.set_factor(db, None, people.by_login(db, "ada@example.org"), "SECRET")
    run(data, "reset", "ada@example.org")
    assert not people.by_login(db, "ada@example.org").has_factor


def test_a_login_that_nobody_has_is_wrong_usage(data: Path) -> None:
    said = run(data, "disable", "nobody")
    assert (said.exit_code, "nobody here logs in as nobody" in said.stderr) == (2, True)


def test_without_a_database_one_line_says_what_to_do(tmp_path: Path) -> None:
    said = run(tmp_path / "empty", "list")
    assert said.exit_code == 1
    assert said.stderr.endswith("is not there or not up to date; run ddcat migrate first\n")
    assert not (tmp_path / "empty").exists()


def test_a_locked_database_is_said_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddcat.store.connection.BUSY_SECONDS", 0.05)
    with closing(store.connect(store.file(data)).conn) as other:
        other.execute("BEGIN IMMEDIATE")
        said = run(data, "disable", "ada@example.org")
    assert said.exit_code == 1
    assert "cannot be written" in said.stderr
