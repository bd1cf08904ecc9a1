"""The trail: every change leaves an entry, and no entry is ever changed."""

import sqlite3
import threading

import pytest

from ddcat import seal, store
from ddcat.store import agencies, assessments, erasing, kept, people, programs, saving, trail
from ddcat.store.saving import Change
from ddcat.store.trail import Value
from ddcat.verifying import Verification

VOLUME = ("0" * 64, "lantern@1.0", b"")


@pytest.fixture
def program(db, person):
    agency = agencies.add(db, person, "Rosewood", {})
    return programs.add(db, person, agency.ref, "Day house", {"state": "Vermont"})


@pytest.fixture
def draft(db, person, program) -> str:
    about = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Kim", "period": 1}
    return assessments.start(db, person, program.ref, VOLUME, **about)


def entry(db, person, program):
    """The newest entry of a program."""
    return trail.of_program(db, person, program.ref, most=1)[0]


def test_an_entry_says_who_did_what_to_which_record_with_old_and_new_values(db, person, program):
    programs.change(db, person, program.ref, "Night house", {"state": "Vermont"})
    found = entry(db, person, program)
    assert (found.who, found.name, found.act, found.kind, found.ref) == (
        *(person.ref, person.name, "change", "program", program.ref),
    )
    assert found.changes == {"name": (Value("Day house"), Value("Night house"))}


def test_what_stays_the_same_is_not_said(db, person, program, draft):
    saving.save(db, person, draft, {"first-words": Change(3, "Ten", 0), "coat-rack": Change(None, "", 0)})
    assert entry(db, person, program).changes == {
        "first-words": (None, Value(3)),
        "first-words why": (None, Value("Ten")),
    }
    before = trail.head(db)
    saving.save(db, person, draft, {"first-words": Change(3, "Ten", 1)})
    assert trail.head(db) == before


def test_every_entry_holds_the_hash_of_the_one_before(db, person, program, draft):
    found = trail.of_program(db, person, program.ref)[::-1][-2:]
    assert [each.act for each in found] == ["add", "start"]
    assert found[1].previous == found[0].hash
    assert trail.head(db) == (found[1].n, found[1].hash)
    (first,) = db.execute("SELECT previous FROM trail WHERE n = 1").fetchone()
    assert first == seal.GENESIS


def test_an_entry_itself_holds_no_value_that_somebody_typed(db, program):
    (changes,) = db.execute("SELECT changes FROM trail WHERE kind = 'program'").fetchone()
    assert "Day house" not in changes
    assert "Vermont" not in changes


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail SET act = 'nothing'",
        "DELETE FROM trail",
        "UPDATE trail_value SET value = '1'",
        "UPDATE trail_value SET salt = '1', value = NULL",
        "DELETE FROM trail_value",
    ],
)
def test_through_the_program_nobody_changes_or_cuts_the_trail(db, program, statement):
    with pytest.raises(sqlite3.IntegrityError, match="trail"):
        db.execute(statement)
    db.conn.rollback()


def test_what_fails_leaves_no_entry(db, person, program):
    before = trail.head(db)
    with pytest.raises(store.Missing):
        saving.save(db, person, "nowhere", {"first-words": Change(3, "", 0)})
    with pytest.raises(store.InUse):
        agencies.remove(db, person, program.agency.ref)
    with pytest.raises(store.Missing):
        erasing.erase(db, person, program.ref, "stands nowhere", "A try")
    assert trail.head(db) == before


def test_an_erased_value_is_shown_as_erased(db, person, program):
    erasing.erase(db, person, program.ref, "Vermont", "It was a name")
    newest, oldest = (each for each in trail.of_program(db, person, program.ref) if each.kind == "program")
    assert oldest.changes["facts/state"] == (None, Value(None, is_erased=True))
    assert oldest.changes["name"] == (None, Value("Day house"))
    assert newest.changes == {
        "reason": (None, Value("It was a name")),
        f"entry/{oldest.n}/facts/state/new": (None, None),
        f"program/{program.ref}/facts/state": (None, None),
    }


def test_facts_and_cover_sheets_are_told_field_by_field_so_that_one_is_erased_alone(db, person, program, draft):
    programs.change(db, person, program.ref, "Day house", {"state": "Maine", "contact_1": "Jane", "fax": "1"})
    assert entry(db, person, program).changes == {
        "facts/state": (Value("Vermont"), Value("Maine")),
        "facts/contact_1": (None, Value("Jane")),
        "facts/fax": (None, Value("1")),
    }
    agencies.change(db, person, program.agency.ref, "Rosewood", {"primary_focus": "mix"})
    newest = next(each for each in trail.of_people(db) if each.act == "change")
    assert newest.changes == {"facts/primary_focus": (None, Value("mix"))}
    about = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Kim", "period": 1}
    assessments.change_cover(db, person, draft, **about, cover={"others": "Jane", "hours_spent": 2})
    cover = entry(db, person, program)
    assert cover.changes == {"cover/others": (None, Value("Jane")), "cover/hours_spent": (None, Value(2))}
    erasing.erase(db, person, program.ref, "Jane", "A name")
    cover = next(each for each in trail.of_program(db, person, program.ref) if each.act == "cover")
    assert cover.changes["cover/hours_spent"] == (None, Value(2))
    assert cover.changes["cover/others"] == (None, Value(None, is_erased=True))


def test_what_was_told_of_a_whole_sheet_at_once_is_still_read_and_erased(db, person, program):
    with store.writing(db):
        about = {"agency": program.agency.ref, "program": program.ref}
        old, new = {"state": "Vermont"}, {"state": "Vermont", "contact_1": "Jane"}
        n = trail.add(db, person, "change", "program", program.ref, **about, changes={"facts": (old, new)})
    assert entry(db, person, program).changes == {"facts": (Value(old), Value(new))}
    assert erasing.holding(db, person, program.ref, "Jan") == {"Jan": [], "Jane": [f"entry/{n}/facts/new"]}
    assert erasing.erase(db, person, program.ref, "Jane", "A name") == 1
    told = next(each for each in trail.of_program(db, person, program.ref) if each.n == n)
    assert told.changes == {"facts": (Value(old), Value(None, is_erased=True))}


def test_a_long_trail_is_read_in_parts_newest_first(db, person, program):
    for number in range(5):
        programs.change(db, person, program.ref, f"House {number}", {})
    newest = trail.of_program(db, person, program.ref, most=2)
    older = trail.of_program(db, person, program.ref, before=newest[-1].n, most=10)
    names = [each.changes["name"][1].value for each in [*newest, *older] if each.kind == "program"]
    assert names == ["House 4", "House 3", "House 2", "House 1", "House 0", "Day house"]


def test_the_trail_of_people_holds_nothing_of_programs(db, person, program):
    with store.writing(db):
        people.create(db, person, name="Øyvind", login="o@example.org")
    found = trail.of_people(db)
    assert [(each.act, each.kind) for each in found][:1] == [("add", "person")]
    assert "program" not in {each.kind for each in found}


def test_threads_that_write_at_once_make_one_chain_that_verifies(db, person, program, draft, tmp_path):
    faults: list[BaseException] = []

    def work(number: int) -> None:
        own = store.connect(tmp_path / "ddcat.sqlite")
        try:
            for at in range(10):
                saving.save(own, person, draft, {f"item-{number}-{at}": Change(3, "seen", 0)})
        except BaseException as fault:
            faults.append(fault)
        finally:
            own.conn.close()

    threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    verification = Verification(kept.everything(db))
    # The bytes that these tests keep as an instrument are none.
    assert {finding.place for finding in verification} == {"instrument lantern@1.0"}
    assert verification.head == trail.head(db)
