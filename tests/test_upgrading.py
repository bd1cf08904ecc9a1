"""What was sealed before there were records gets its record, and everything verifies."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database, Migrations

from ddcat import cli, shelf, store
from ddcat.records import Action, Note, Plan
from ddcat.store import actions, assessments, lines, links, migrations, people, plans
from ddcat.upgrading import upgrade

KIM = {"name": "Kim Example", "login": "kim", "password": "a hash"}
LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the time before accounts: one person, an agency, a sealed assessment and a draft."""
    path = store.file(tmp_path)
    first = Migrations("ddcat")
    first(name="0001_initial")(migrations._initial)
    db = Database(path)
    first.apply(db)
    checksum = shelf.checksum(LANTERN)
    facts = json.dumps({"state": "Elsewhere", "sealed_program": "Day house", "sealed_agency": "Rosewood"})
    with db.conn:
        db.execute("INSERT INTO agency (id, ref, name) VALUES (1, 'a1', 'Rosewood')")
        db.execute("INSERT INTO membership VALUES (1, 1)")
        db.execute("INSERT INTO program (id, ref, agency_id, name) VALUES (1, 'p1', 1, 'Day house')")
        db.execute("INSERT INTO instrument VALUES (?, 'lantern@1.0', ?)", [checksum, LANTERN])
        for id, ref, sealed_at in ((1, "s1", "2026-05-05T10:00:00+00:00"), (2, "d1", None)):
            db.execute(
                "INSERT INTO assessment (id, ref, program_id, instrument, assessed_on, period, kind, rater, facts,"
                " started_at, sealed_at, result) VALUES (?, ?, 1, ?, '2026-05-04', 1, 'self', 'Kim', ?,"
                " '2026-05-04T09:00:00+00:00', ?, ?)",
                [id, ref, checksum, facts, sealed_at, "{}" if sealed_at else None],
            )
            for item in ("first-words", "coat-rack", "second-plate"):
                values = [id, item, "Seen", "2026-05-04T09:30:00+00:00"]
                db.execute("INSERT INTO rating VALUES (?, 1, ?, 3, ?, 1, ?)", values)
    db.conn.close()
    return path


def verify(path: Path) -> str:
    said = CliRunner().invoke(cli.main, ["verify", "--data", str(path.parent)])
    assert said.exit_code == 0, said.output
    return said.stdout


def test_an_old_database_has_records_after_the_upgrade_and_verifies(old: Path) -> None:
    assert upgrade(old) == ["0002_people", "0003_raters", "0004_actions", "0005_sites", "0006_languages"]
    with closing(store.connect(old).conn) as connection:
        rows = connection.execute(
            "SELECT assessment.ref, record.hash FROM record JOIN assessment ON id = assessment_id"
        )
        ((ref, hash),) = rows.fetchall()
    assert (ref, len(hash)) == ("s1", 64)
    assert "1 record" in verify(old)


def test_upgrading_again_changes_nothing(old: Path) -> None:
    upgrade(old)
    with closing(store.connect(old).conn) as connection:
        before = list(connection.iterdump())
    assert upgrade(old) == []
    with closing(store.connect(old).conn) as connection:
        assert list(connection.iterdump()) == before


def test_the_command_upgrades_the_same_way(old: Path) -> None:
    assert (
        CliRunner().invoke(cli.main, ["migrate", "--data", str(old.parent)]).stdout
        == "Done: 0002_people, 0003_raters, 0004_actions, 0005_sites, 0006_languages.\n"
    )
    assert "1 record" in verify(old)


@pytest.fixture
def before_actions(old: Path) -> Path:
    """A database of the time before actions, with an administrator, a record, an amendment and evidence in it."""
    earlier = Migrations("ddcat")
    earlier(name="0001_initial")(migrations._initial)
    earlier(name="0002_people")(migrations._people)
    earlier(name="0003_raters")(migrations._raters)
    upgrade(old)
    with closing(store.connect(old).conn) as connection:
        kim = links.join(Database(connection), links.make_first(Database(connection)), **KIM)
        assessments.amend(Database(connection), kim, "s1", "A chart was misread")
        connection.execute(
            "INSERT INTO evidence (ref, assessment_id, person_id, item, source, seen, place, seen_on, seen_by,"
            " finding, revision, saved_at) VALUES ('e1', 2, 1, 'coat-rack', 'document', 'Hooks', '', '', '',"
            " 'found', 1, '2026-05-04T09:30:00+00:00')"
        )
        connection.commit()
    return _as_of(old, earlier)


def _as_of(path: Path, earlier: Migrations) -> Path:
    """The rows of a database under an earlier schema, in its place."""
    new = path.with_suffix(".earlier")
    db = Database(new)
    earlier.apply(db)
    db.execute("DELETE FROM person")
    db.execute("ATTACH ? AS later", [str(path)])
    for (table,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
        if "sqlite" not in table:
            columns = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM later.{table}")
    db.conn.commit()
    db.conn.close()
    for beside in (path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        beside.unlink(missing_ok=True)
    return new.replace(path)


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the list of steps."""
    with closing(store.connect(path).conn) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = (name for name in names if "sqlite" not in name)
        return {
            name: connection.execute(f"SELECT {_kept(connection, name)} FROM {name} ORDER BY 1, 2").fetchall()
            for name in ours
        }


def _kept(connection: sqlite3.Connection, table: str) -> str:
    """The columns that are written, without those that are worked out of them."""
    return ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))


def test_a_database_from_before_actions_keeps_every_row_and_gets_room_for_them(before_actions: Path) -> None:
    before = rows(before_actions)
    assert {name for name, found in before.items() if not found} == {
        *("assignment", "agreed", "answer", "recovery", "typed"),
    }
    assert upgrade(before_actions) == ["0004_actions", "0005_sites", "0006_languages"]
    after = rows(before_actions)
    assert {person[-1] for person in after["person"]} == {None}  # the language that nobody has chosen yet
    after["person"] = [person[:-1] for person in after["person"]]
    assert {name: after[name] for name in before} == before
    new = {"action", "action_note", "action_cycle", "action_point", "action_stood", "plan", "feed", "reminder"}
    new |= {"tag", "saved_set", "carried", "peers", "release"}
    assert {name: found for name, found in after.items() if name not in before} == dict.fromkeys(new, [])
    (copy,) = (before_actions.parent / "backups").glob("*-before-0004_actions.sqlite")
    with closing(store.connect(copy).conn) as connection:
        assert "action" not in {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "1 record" in verify(before_actions)


def test_what_was_sealed_before_there_were_actions_is_planned_from(before_actions: Path) -> None:
    upgrade(before_actions)
    with closing(store.connect(before_actions).conn) as connection:
        db = Database(connection)
        (kim,) = people.all(db)
        assert actions.of_program(db, kim, "p1") == []
        assert plans.get(db, kim, "s1") == Plan()
        ref = actions.add(db, kim, "s1", Action(item="coat-rack", rating=3, expected=4, what="Hooks"))
        lines.add(db, kim, ref, Note(text="Ordered"))
        plans.save(db, kim, "s1", Plan("lit", "scale", {}, {"coat-rack": 4}))
        (found,) = actions.of_program(db, kim, "p1")
        assert (found.what, found.notes[0].text, found.assessment) == ("Hooks", "Ordered", "s1")
    assert "1 record" in verify(before_actions)


def test_a_draft_that_somebody_marks_as_sealed_later_is_given_no_record(old: Path) -> None:
    upgrade(old)
    with closing(store.connect(old).conn) as connection:
        connection.execute(
            "UPDATE assessment SET sealed_at = '2026-05-05T10:00:00+00:00', result = '{}' WHERE id = 2"
        )
        connection.commit()
    upgrade(old)
    said = CliRunner().invoke(cli.main, ["verify", "--data", str(old.parent)])
    assert said.exit_code == 1
    assert "is sealed and has no record" in said.output
