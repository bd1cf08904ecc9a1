"""The store: what is kept, who sees it, and that no save is ever lost or half done."""

import json
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from ddcat import shelf, store, verifying
from ddcat.records import Assessment, Person, Rating
from ddcat.seal import Record
from ddcat.store import agencies, assessments, instruments, migrations, people, programs, saving, sealing
from ddcat.store.assessments import Taken
from ddcat.store.reading import Frozen
from ddcat.store.saving import Change, Saved
from ddcat.store.sealing import Changed

GOLDEN = Path(__file__).parent / "golden" / "schema.sql"
LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
THREADS = 8
STEPS = ["0001_initial", "0002_people", "0003_raters", "0004_actions", "0005_sites", "0006_languages"]
INSTRUMENT = shelf.parse(LANTERN)


def recorded(person: Person, seen: Assessment) -> Record:
    return verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now())


def seal(db: Database, person: Person, ref: str) -> None:
    """Seal a draft as it is now."""
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, recorded(person, seen))


@pytest.fixture
def program(db, person):
    agency = agencies.add(db, person, "Rosewood", {"primary_focus": "addiction"})
    return programs.add(db, person, agency.ref, "Day house", {"state": "Vermont"})


@pytest.fixture
def begin(db, person, program):
    """Begins an assessment and gives its ref."""

    def begin(**about: object) -> str:
        said = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Kim", "period": 1} | about
        instrument = (shelf.checksum(LANTERN), "lantern@1.0", LANTERN)
        return assessments.start(db, person, program.ref, instrument, **said)

    return begin


@pytest.fixture
def draft(begin) -> str:
    return begin()


@pytest.fixture
def sealed(db, person, draft) -> str:
    saving.save(db, person, draft, {"first-words": Change(3, "Ten arrivals", 0)})
    seal(db, person, draft)
    return draft


@pytest.fixture
def stranger(db) -> Person:
    """Somebody else of this installation, who holds no role."""
    with store.writing(db):
        return people.create(db, None, name="Somebody else", login="somebody@example.org")


@pytest.fixture
def elsewhere(db, tmp_path):
    """A second connection to the same database, as another window has it."""
    other = store.connect(tmp_path / "ddcat.sqlite")
    yield other
    other.conn.close()


def schema_of(db: Database) -> str:
    """The statements behind every table and index of ours, tables first, by name."""
    ours = "sql NOT NULL AND tbl_name NOT LIKE 'sqlite!_%' ESCAPE '!' AND tbl_name NOT LIKE '!_sqlite!_%' ESCAPE '!'"
    rows = db.execute(f"SELECT sql FROM sqlite_master WHERE {ours} ORDER BY type DESC, name")
    return "".join(f"{sql};\n" for (sql,) in rows)


# Migrating


def test_an_empty_folder_gets_a_database_and_a_second_time_nothing(tmp_path):
    path = store.file(tmp_path / "new" / "folder")
    assert store.pending(path) == STEPS
    assert store.migrate(path) == STEPS
    assert (store.pending(path), store.migrate(path)) == ([], [])
    assert not (path.parent / "backups").exists()


def test_looking_for_what_is_pending_changes_nothing(tmp_path):
    store.pending(tmp_path / "ddcat.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_is_for_its_owner_only(tmp_path):
    path = store.file(tmp_path / "mine")
    store.migrate(path)
    assert path.parent.stat().st_mode & 0o077 == 0


def test_four_processes_that_migrate_one_new_database_at_once_all_succeed(tmp_path):
    path = tmp_path / "ddcat.sqlite"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        done = pool.map(store.migrate, [path] * 4, chunksize=1)
    assert sorted(done) == [[], [], [], STEPS]
    db = store.connect(path)
    assert db.execute("SELECT count(*) FROM person").fetchone() == (1,)
    db.conn.close()


def test_the_schema_after_all_steps_is_the_golden_one(db):
    assert schema_of(db).split() == GOLDEN.read_text(encoding="utf-8").split()


@pytest.fixture
def one_more_step(monkeypatch) -> Migrations:
    """The steps of today and one that a later version might add."""
    later = Migrations("ddcat")
    later(name="0001_initial")(migrations._initial)
    later(name="0002_people")(migrations._people)
    later(name="0003_raters")(migrations._raters)
    monkeypatch.setattr(migrations, "steps", later)

    @later(name="0003_nickname")
    def _nickname(db: Database) -> None:
        db.execute("ALTER TABLE program ADD COLUMN nickname TEXT")

    return later


def test_a_database_with_content_is_copied_before_a_step(db, person, program, tmp_path, one_more_step):
    assert store.migrate(tmp_path / "ddcat.sqlite") == ["0003_nickname"]
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.endswith("-before-0003_nickname.sqlite")
    old = sqlite3.connect(copy)
    assert old.execute("SELECT name FROM program").fetchall() == [("Day house",)]
    assert "nickname" not in [row[1] for row in old.execute("PRAGMA table_info(program)")]
    old.close()
    assert programs.all(db, person) == [program]


def test_a_step_that_fails_leaves_the_database_as_it_was(db, person, program, tmp_path, one_more_step):
    @one_more_step(name="0003_broken")
    def _broken(db: Database) -> None:
        db.execute("ALTER TABLE program ADD COLUMN half TEXT")
        db.execute("ALTER TABLE nowhere ADD COLUMN done TEXT")

    with pytest.raises(store.Unusable, match="nowhere"):
        store.migrate(tmp_path / "ddcat.sqlite")
    assert store.pending(tmp_path / "ddcat.sqlite") == ["0003_broken"]
    assert "half" not in schema_of(db)
    assert programs.all(db, person) == [program]


# The connection


def test_a_connection_guards_references_and_survives_a_crash(db):
    answers = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")}
    assert answers == {"foreign_keys": 1, "synchronous": 2}
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_connecting_to_a_database_that_is_not_there_makes_none(tmp_path):
    with pytest.raises(store.Busy):
        store.connect(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_database_held_by_somebody_else_is_busy_and_nothing_is_written(db, elsewhere, person, draft):
    elsewhere.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout = 20")
    with pytest.raises(store.Busy, match="locked"):
        saving.save(db, person, draft, {"first-words": Change(3, "", 0)})
    elsewhere.conn.rollback()
    assert assessments.get(db, person, draft).ratings == {}
    assert saving.save(db, person, draft, {"first-words": Change(3, "", 0)}).revisions == {"first-words": 1}


def test_a_database_that_may_only_be_read_is_busy_and_still_readable(db, person, draft, tmp_path):
    uri = (tmp_path / "ddcat.sqlite").as_uri()
    reading = Database(sqlite3.connect(f"{uri}?mode=ro", uri=True), execute_plugins=False)
    for act in (
        lambda: saving.save(reading, person, draft, {"first-words": Change(3, "", 0)}),
        lambda: agencies.add(reading, person, "Alder", {}),
        lambda: assessments.delete(reading, person, draft),
    ):
        with pytest.raises(store.Busy, match="readonly"):
            act()
    assert assessments.get(reading, person, draft).deleted_at is None
    assert [agency.name for agency in agencies.all(reading, person)] == ["Rosewood"]
    reading.conn.close()


@pytest.fixture
def read_only():
    """A database that the one who runs this may read and not write, root or not."""
    folder = Path(tempfile.mkdtemp())
    path = folder / "ddcat.sqlite"
    store.migrate(path)
    path.chmod(0o444)
    folder.chmod(0o555)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield path
    if is_root:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_this_user_may_only_read_is_busy_and_nothing_is_written(read_only):
    before = read_only.read_bytes()

    def write() -> None:
        db = store.connect(read_only)
        try:
            agencies.add(db, people.first(db), "Alder", {})
        finally:
            db.conn.close()

    with pytest.raises(store.Busy, match="readonly"):
        write()
    assert read_only.read_bytes() == before


def test_what_fails_halfway_leaves_nothing_behind(db):
    """The agency is written before the membership, which names a person who is not there."""
    with pytest.raises(sqlite3.IntegrityError):
        agencies.add(db, Person(999, "Nobody"), "Half an agency", {})
    assert db.execute("SELECT count(*) FROM agency").fetchone() == (0,)
    assert not db.conn.in_transaction


# Agencies and programs


def test_an_agency_comes_back_as_it_was_added_and_changed(db, person):
    added = agencies.add(db, person, "Rosewood", {"agency_type": ["public", "veterans"]})
    assert agencies.get(db, person, added.ref) == added
    agencies.change(db, person, added.ref, "Rosewood House", {"primary_focus": "mix"})
    changed = agencies.get(db, person, added.ref)
    assert (changed.ref, changed.name, changed.facts) == (added.ref, "Rosewood House", {"primary_focus": "mix"})


def test_a_program_comes_back_with_its_agency_as_it_was_added_and_changed(db, person, program):
    assert programs.get(db, person, program.ref) == program
    programs.change(db, person, program.ref, "Night house", {"capacity": 12})
    changed = programs.get(db, person, program.ref)
    assert (changed.name, changed.facts, changed.agency) == ("Night house", {"capacity": 12}, program.agency)


def test_agencies_stand_by_name_and_programs_by_agency_and_name(db, person):
    for name in ("birch", "Alder"):
        agency = agencies.add(db, person, name, {})
        for kind in ("Night", "day"):
            programs.add(db, person, agency.ref, kind, {})
    assert [agency.name for agency in agencies.all(db, person)] == ["Alder", "birch"]
    found = [(each.agency.name, each.name) for each in programs.all(db, person)]
    assert found == [("Alder", "day"), ("Alder", "Night"), ("birch", "day"), ("birch", "Night")]


def test_two_programs_may_share_a_name_but_never_a_ref(db, person, program):
    again = programs.add(db, person, program.agency.ref, program.name, {})
    assert again.ref != program.ref


# Assessments


def test_an_assessment_begins_without_ratings_and_with_what_was_known(db, person, program, draft):
    found = assessments.get(db, person, draft)
    assert (found.ref, found.program, found.program_ref, found.agency) == (
        *(draft, "Day house", program.ref, "Rosewood"),
    )
    assert (found.assessed_on, found.kind, found.rater, found.period) == ("2026-05-04", "self", "Kim", 1)
    assert found.facts == {"primary_focus": "addiction", "state": "Vermont"}
    assert (found.ratings, found.why, found.edition, found.is_sealed) == ({}, {}, 1, False)
    assert found.said("first-words") == Rating()


def test_the_bytes_of_the_instrument_are_kept_once(db, person, begin):
    found = assessments.get(db, person, begin())
    begin()
    assert instruments.data(db, found.checksum) == LANTERN
    assert db.execute("SELECT count(*) FROM instrument").fetchone() == (1,)
    with pytest.raises(store.Missing):
        instruments.data(db, "0" * 64)


def test_the_snapshot_of_facts_does_not_change_with_the_program(db, person, program, draft):
    before = assessments.get(db, person, draft).facts
    programs.change(db, person, program.ref, "Night house", {"state": "Maine"})
    agencies.change(db, person, program.agency.ref, "Birch", {})
    found = assessments.get(db, person, draft)
    assert found.facts == before
    assert (found.program, found.agency) == ("Night house", "Birch")


def test_the_cover_sheet_of_a_draft_may_change(db, person, draft):
    said = {"assessed_on": "2026-05-05", "kind": None, "rater": "Jo", "period": 2, "cover": {"hours_spent": 6.5}}
    assessments.change_cover(db, person, draft, **said)
    found = assessments.get(db, person, draft)
    assert {name: getattr(found, name) for name in said} == said


def test_the_assessments_of_a_program_stand_oldest_first_with_deleted_ones(db, person, program, begin):
    late, early = begin(assessed_on="2026-09-01"), begin(assessed_on="2026-01-01")
    assessments.delete(db, person, early)
    assert [each.ref for each in assessments.of_program(db, person, program.ref)] == [early, late]


# Saving


def test_a_save_returns_the_new_revision_of_every_item(db, person, draft):
    first = saving.save(db, person, draft, {"first-words": Change(3, "", 0), "coat-rack": Change(None, "Looked", 0)})
    assert first == Saved({"first-words": 1, "coat-rack": 1}, {})
    second = saving.save(db, person, draft, {"first-words": Change(5, "Saw it", 1)})
    assert second == Saved({"first-words": 2}, {})
    found = assessments.get(db, person, draft)
    assert found.said("first-words") == Rating(5, "Saw it", 2)
    assert found.said("coat-rack") == Rating(None, "Looked", 1)
    assert found.ratings == {"first-words": 5}


def test_not_yet_rated_may_be_chosen_again(db, person, draft):
    saving.save(db, person, draft, {"first-words": Change(3, "", 0)})
    assert saving.save(db, person, draft, {"first-words": Change(None, "", 1)}).conflicts == {}
    assert assessments.get(db, person, draft).said("first-words") == Rating(None, "", 2)


def test_a_save_over_an_old_revision_is_a_conflict_that_names_the_item_and_touches_no_other(db, person, draft):
    saving.save(db, person, draft, {"first-words": Change(3, "Mine", 0), "coat-rack": Change(2, "", 0)})
    late = {"first-words": Change(5, "Yours", 0), "second-plate": Change(4, "", 0), "coat-rack": Change(1, "", 1)}
    saved = saving.save(db, person, draft, late)
    assert saved == Saved({"second-plate": 1, "coat-rack": 2}, {"first-words": Rating(3, "Mine", 1)})
    found = assessments.get(db, person, draft)
    assert found.said("first-words") == Rating(3, "Mine", 1)
    assert found.ratings == {"first-words": 3, "second-plate": 4, "coat-rack": 1}


def test_the_same_content_is_no_conflict_and_no_new_revision(db, person, draft):
    saving.save(db, person, draft, {"first-words": Change(3, "", 0)})
    again = {"first-words": Change(3, "", 0), "coat-rack": Change(None, "", 0)}
    assert saving.save(db, person, draft, again) == Saved({"first-words": 1, "coat-rack": 0}, {})


def test_a_revision_that_was_never_given_out_is_a_conflict(db, person, draft):
    saved = saving.save(db, person, draft, {"first-words": Change(3, "", 7)})
    assert saved == Saved({}, {"first-words": Rating()})


def test_saving_nothing_changes_nothing(db, person, draft):
    assert saving.save(db, person, draft, {}) == Saved({}, {})


def test_threads_that_save_different_items_and_one_item_at_once_lose_nothing(db, person, draft, tmp_path):
    """Each thread saves items of its own once, and one common item until its own save goes through."""
    faults: list[BaseException] = []

    def work(number: int) -> None:
        own = store.connect(tmp_path / "ddcat.sqlite")
        try:
            for at in range(number, 50, THREADS):
                saved = saving.save(own, person, draft, {f"item-{at}": Change(1 + at % 5, f"by {number}", 0)})
                assert saved == Saved({f"item-{at}": 1}, {})
            for turn in range(3):
                while True:
                    standing = assessments.get(own, person, draft).said("common")
                    mine = Change(3, f"{number}, {turn}", standing.revision)
                    saved = saving.save(own, person, draft, {"common": mine})
                    if not saved.conflicts:
                        assert saved.revisions == {"common": standing.revision + 1}
                        break
        except BaseException as fault:
            faults.append(fault)
        finally:
            own.conn.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    found = assessments.get(db, person, draft)
    assert found.revisions["common"] == 3 * THREADS
    assert {item: found.ratings[item] for item in found.ratings if item != "common"} == {
        f"item-{at}": 1 + at % 5 for at in range(50)
    }


# Sealing, amending, deleting


def test_a_sealed_assessment_says_so_and_keeps_its_result(db, person, sealed):
    found = assessments.get(db, person, sealed)
    assert found.is_sealed
    assert found.ratings == {"first-words": 3}
    (kept,) = db.execute("SELECT result FROM assessment").fetchone()
    assert json.loads(kept) == verifying.result(INSTRUMENT, assessments.get(db, person, sealed))


def test_a_sealed_assessment_is_frozen(db, person, sealed):
    before = assessments.get(db, person, sealed)
    cover = {"assessed_on": "2026-05-05", "kind": None, "rater": "Jo", "period": 2, "cover": {}}
    for act in (
        lambda: saving.save(db, person, sealed, {"first-words": Change(5, "", 1)}),
        lambda: assessments.delete(db, person, sealed),
        lambda: assessments.change_cover(db, person, sealed, **cover),
        lambda: sealing.seal(db, person, before, recorded(person, before)),
    ):
        with pytest.raises(Frozen):
            act()
    assert assessments.get(db, person, sealed) == before


def test_sealing_what_changed_meanwhile_is_refused(db, person, elsewhere, draft, program):
    cover = {"assessed_on": "2026-05-05", "kind": None, "rater": "Jo", "period": 2}
    for change in (
        lambda: saving.save(elsewhere, person, draft, {"first-words": Change(3, "", 0)}),
        lambda: saving.save(elsewhere, person, draft, {"first-words": Change(3, "Ten arrivals", 1)}),
        lambda: assessments.change_cover(elsewhere, person, draft, **cover, cover={}),
        lambda: assessments.change_cover(elsewhere, person, draft, **cover, cover={"sources": ["charts"]}),
        lambda: programs.change(elsewhere, person, program.ref, "Renamed", {}),
    ):
        seen = assessments.get(db, person, draft)
        change()
        with pytest.raises(Changed):
            sealing.seal(db, person, seen, recorded(person, seen))
    assert not assessments.get(db, person, draft).is_sealed
    seal(db, person, draft)


def test_an_amendment_begins_as_a_copy_and_the_old_one_stays(db, person, sealed):
    new = assessments.amend(db, person, sealed, "A chart was misread")
    copy, old = assessments.get(db, person, new), assessments.get(db, person, sealed)
    assert (copy.ratings, copy.why, copy.facts) == (old.ratings, old.why, old.facts)
    assert (copy.edition, copy.amends, copy.reason, copy.is_sealed) == (2, sealed, "A chart was misread", False)
    assert (old.amended_by, old.is_sealed) == (new, True)
    saving.save(db, person, new, {"first-words": Change(5, "", copy.revisions["first-words"])})
    assert assessments.get(db, person, sealed).ratings == {"first-words": 3}


def test_amending_twice_gives_the_same_draft(db, person, sealed):
    first = assessments.amend(db, person, sealed, "A chart was misread")
    assert assessments.amend(db, person, sealed, "Another reason") == first
    assert assessments.get(db, person, first).reason == "A chart was misread"


def test_only_a_sealed_assessment_can_be_amended(db, person, draft):
    with pytest.raises(Frozen):
        assessments.amend(db, person, draft, "Too early")


def test_an_amendment_can_be_amended_once_it_is_sealed(db, person, sealed):
    second = assessments.amend(db, person, sealed, "One")
    seal(db, person, second)
    third = assessments.amend(db, person, second, "Two")
    assert assessments.get(db, person, third).edition == 3


def test_a_deleted_draft_is_frozen_until_it_is_restored(db, person, draft):
    saving.save(db, person, draft, {"first-words": Change(3, "Ten", 0)})
    before = assessments.get(db, person, draft)
    assessments.delete(db, person, draft)
    assert assessments.get(db, person, draft).deleted_at
    for act in (
        lambda: saving.save(db, person, draft, {"first-words": Change(5, "", 1)}),
        lambda: assessments.delete(db, person, draft),
        lambda: sealing.seal(db, person, before, recorded(person, before)),
        lambda: assessments.amend(db, person, draft, "Gone"),
    ):
        with pytest.raises(Frozen):
            act()
    assessments.restore(db, person, draft)
    assert assessments.get(db, person, draft) == before


def test_a_deleted_amendment_makes_room_for_another_and_then_cannot_come_back(db, person, sealed):
    first = assessments.amend(db, person, sealed, "One")
    assessments.delete(db, person, first)
    assert assessments.get(db, person, sealed).amended_by is None
    second = assessments.amend(db, person, sealed, "Two")
    assert second != first
    with pytest.raises(Taken):
        assessments.restore(db, person, first)
    assessments.delete(db, person, second)
    assessments.restore(db, person, first)
    assert assessments.get(db, person, sealed).amended_by == first


# Who sees what


def test_another_person_sees_nothing_at_all(db, person, program, sealed, begin, stranger):
    draft = begin()
    seen = assessments.get(db, person, draft)
    assert (agencies.all(db, stranger), programs.all(db, stranger)) == ([], [])
    assert assessments.of_program(db, stranger, program.ref) == []
    cover = {"assessed_on": "2026-05-05", "kind": None, "rater": "Jo", "period": 2}
    instrument = (shelf.checksum(LANTERN), "lantern@1.0", LANTERN)
    for act in (
        lambda: agencies.get(db, stranger, program.agency.ref),
        lambda: agencies.change(db, stranger, program.agency.ref, "Mine", {}),
        lambda: programs.get(db, stranger, program.ref),
        lambda: programs.add(db, stranger, program.agency.ref, "Mine", {}),
        lambda: programs.change(db, stranger, program.ref, "Mine", {}),
        lambda: assessments.get(db, stranger, draft),
        lambda: assessments.start(db, stranger, program.ref, instrument, **cover),
        lambda: assessments.change_cover(db, stranger, draft, **cover, cover={}),
        lambda: saving.save(db, stranger, draft, {"first-words": Change(1, "", 0)}),
        lambda: sealing.seal(db, stranger, seen, recorded(stranger, seen)),
        lambda: assessments.amend(db, stranger, sealed, "Mine"),
        lambda: assessments.delete(db, stranger, draft),
        lambda: assessments.restore(db, stranger, draft),
    ):
        with pytest.raises(store.Missing):
            act()


def test_what_another_person_tried_changed_nothing(db, person, program, draft, stranger):
    before = (programs.all(db, person), assessments.of_program(db, person, program.ref))
    tries = (
        lambda: agencies.change(db, stranger, program.agency.ref, "Mine", {}),
        lambda: programs.change(db, stranger, program.ref, "Mine", {}),
        lambda: saving.save(db, stranger, draft, {"first-words": Change(1, "", 0)}),
        lambda: assessments.delete(db, stranger, draft),
    )
    for act in tries:
        with pytest.raises(store.Missing):
            act()
    assert (programs.all(db, person), assessments.of_program(db, person, program.ref)) == before


@pytest.mark.parametrize("ref", ["", "0" * 16, "' OR 1=1 --"])
def test_a_ref_that_is_not_there_is_missing(db, person, program, ref):
    for get in (agencies.get, programs.get, assessments.get):
        with pytest.raises(store.Missing):
            get(db, person, ref)
    assert assessments.of_program(db, person, ref) == []


def test_before_there_are_accounts_there_is_one_person_who_cannot_log_in(db):
    first = people.first(db)
    assert (first.id, first.login, first.is_administrator) == (1, None, False)
    assert len(first.ref) == 16
    assert people.is_new(db)
    assert people.all(db) == []


def test_a_sealed_assessment_keeps_the_names_it_was_sealed_under(db, person, program, draft):
    seal(db, person, draft)
    programs.change(db, person, program.ref, "Renamed", {})
    assert assessments.get(db, person, draft).program == program.name
    again = assessments.amend(db, person, draft, "Names")
    assert assessments.get(db, person, again).program == "Renamed"
