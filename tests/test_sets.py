"""Saved choices kept once and erased for good; tags that somebody else changed in the meantime."""

import json
from dataclasses import replace

import pytest
from sqlite_utils import Database

from ddcat import store, verifying
from ddcat.records import Person
from ddcat.store import agencies, kept, people, programs, sets, tags, trail, typed
from ddcat.store.connection import Missing
from ddcat.store.portfolio import Asked
from ddcat.store.reading import Stale

NAME = "Jane Doe, DOB 03/04/1988"
ASKED = Asked(("b" * 16, "a" * 16), tag="Jane Doe")


@pytest.fixture
def other(db: Database, person: Person) -> Person:
    """Somebody else."""
    with store.writing(db):
        people.create(db, None, name="Sam Example", login="sam@example.org")
    return people.by_login(db, "sam@example.org")


def test_the_same_choice_is_kept_once_for_whoever_sends_it_twice(db: Database, person: Person, other: Person) -> None:
    ref = sets.add(db, person, "Coast", Asked(state="Ohio"))
    assert sets.add(db, person, "Coast", Asked(state="Ohio")) == ref
    assert [entry.act for entry in trail.of_people(db, most=1)] == ["save"]
    assert sum(entry.kind == "set" for entry in trail.of_people(db)) == 1
    others = {
        sets.add(db, other, "Coast", Asked(state="Ohio")),
        sets.add(db, person, "The coast", Asked(state="Ohio")),
        sets.add(db, person, "Coast", Asked(state="Iowa")),
        sets.add(db, person, "Coast", Asked(("a" * 16,), state="Ohio")),
    }
    assert len(others - {ref}) == 4
    sets.remove(db, person, ref)
    assert sets.add(db, person, "Coast", Asked(state="Ohio")) != ref, "one that was removed stays removed"


@pytest.mark.parametrize("by", ["its maker", "an administrator"])
@pytest.mark.parametrize("is_removed", [False, True])
def test_a_choice_is_erased_wherever_its_words_stand(
    db: Database, person: Person, other: Person, by: str, is_removed: bool
) -> None:
    ref = sets.add(db, other, NAME, ASKED, f"{NAME} is invented")
    sets.remove(db, other, ref)
    if not is_removed:
        sets.restore(db, other, ref)
    typed.keep(db, other.ref, "/portfolio/sets", [("name", f" {NAME}"), ("how", "filters")])
    before = trail.head(db)[0]
    administrator = replace(person, is_administrator=True)
    sets.erase(db, other if by == "its maker" else administrator, ref, f"{NAME} came to us")
    for asker in (person, other):
        with pytest.raises(Missing):
            sets.get(db, asker, ref)
    for table in ("saved_set", "trail_value", "typed"):
        assert "Jane" not in repr(db.execute(f"SELECT * FROM {table}").fetchall())
    entry, *earlier = trail.of_people(db)
    assert (entry.n, entry.act, entry.kind, entry.ref) == (before + 1, "erase", "set", ref)
    reason = entry.changes["reason"][1]
    assert reason
    assert reason.value == "… came to us"
    (saved,) = (one for one in earlier if one.act == "save")
    programs = saved.changes["programs"][1]
    assert programs
    assert programs.value == list(ASKED.programs), "refs, that tell nothing of anybody, stay"
    assert f"entry/{saved.n}/name/new" in entry.changes
    assert [str(each) for each in verifying.Verification(kept.everything(db)) if each.is_difference] == []


def test_what_was_typed_for_another_choice_stays(db: Database, person: Person) -> None:
    ref = sets.add(db, person, NAME, ASKED)
    typed.keep(db, person.ref, "/portfolio/sets", [("name", "Coast")])
    sets.erase(db, person, ref, "A client")
    ((fields,),) = db.execute("SELECT fields FROM typed").fetchall()
    assert json.loads(fields) == [["name", "Coast"]]


def test_nobody_else_erases_a_choice(db: Database, person: Person, other: Person) -> None:
    ref = sets.add(db, person, NAME, ASKED)
    for one, wanted in ((other, ref), (replace(person, is_administrator=True), "none")):
        with pytest.raises(Missing):
            sets.erase(db, one, wanted, "No")
    assert sets.get(db, person, ref).name == NAME


def test_tags_that_somebody_else_changed_are_not_written_over(db: Database, person: Person) -> None:
    agency = agencies.add(db, person, "Tidewater House", {}).ref
    ref = programs.add(db, person, agency, "Evening Harbor", {}).ref
    shown = tags.of_program(db, person, ref)
    tags.change(db, person, ref, ["rural", "Pilot"], shown)
    with pytest.raises(Stale):
        tags.change(db, person, ref, ["night"], shown)
    assert tags.of_program(db, person, ref) == ("Pilot", "rural")
    tags.change(db, person, ref, ["rural", "Pilot"], shown)
    tags.change(db, person, ref, ["night"], ["rural", "Pilot"])
    assert tags.of_program(db, person, ref) == ("night",)
