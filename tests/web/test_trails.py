"""The page of the trail tells what was done to actions and plans in words."""

import csv
from dataclasses import replace
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import deeds, store
from ddcat.access import Role
from ddcat.records import Action, Cycle, Note, Person, Plan, Point
from ddcat.store import actions, lines, people, plans, roles

WHOLE = Action(
    item="coat-rack",
    rating=1,
    expected=3,
    what="Second hooks",
    owner="Sam Example",
    starts_on="2026-06-01",
    due_on="2026-09-01",
    proof="Ten guests",
    state="under way",
    reason="No wood",
    seen="Eight guests",
    effort=3,
    measured="Guests",
    measured_as="share",
)
CYCLE = Cycle("", "One hook", "2026-06-02", "2026-06-09", "Nobody asks", "Two asked", "adapt")


@pytest.fixture
def sam(db: Database, program_ref: str) -> Person:
    with store.writing(db):
        one = people.create(db, None, name="Sam Example", login="sam")
        roles.insert(db, one, one, Role.RATER, "program", program_ref)
    return one


@pytest.fixture
def ref(db: Database, person: Person, sealed: str, sam: Person) -> str:
    """An action that says something everywhere, with each kind of line, and a plan."""
    ref = actions.add(db, person, sealed, replace(WHOLE, owner_ref=sam.ref))
    for line in (Note(text="Monday"), CYCLE, Point("", "2026-06-09", "7", 10, "A rainy day")):
        lines.add(db, person, ref, line)
    plans.save(db, person, sealed, Plan("lit", "both", {"coat-rack": None, "first-words": 2}, {"coat-rack": 3}))
    return ref


def told(page: Any) -> dict[str, str]:
    """What changed, by how it is called, of all entries; the newest last."""
    pairs = zip(page.words("ol.entries dt"), page.words("ol.entries dd"), strict=True)
    return dict(reversed(list(pairs)))


def test_whatever_changes_of_an_action_reads_as_words(client: Any, program_ref: str, ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/trail")
    said = told(page)
    assert {
        "item": "coat-rack",
        "what will be done": "Second hooks",
        "owner": "Sam Example",
        "from": "June 2, 2026",
        "due": "September 1, 2026",
        "state": "under way",
        "counted as": "a share",
        "what is tried": "One hook",
        "decision": "change it and try again",
        "day": "June 9, 2026",
        "count": "7",
        "of how many": "10",
        "method": "both methods",
        "effort for each step": "coat-rack: not possible now; first-words: 2",
        "chosen to rise": "coat-rack: 3",
    }.items() <= said.items()
    codes = {
        "what",
        "starts_on",
        "due_on",
        "measured_as",
        "owner_ref",
        "tried",
        "counted_on",
        "by",
        "costs",
        "chosen",
    }
    assert said.keys() & codes == set()


def test_the_ref_of_an_owner_stands_nowhere_beside_her_name(
    client: Any, db: Database, person: Person, program_ref: str, ref: str, sam: Person
) -> None:
    trail = f"/programs/{program_ref}/trail"
    assert sam.ref not in "".join(client.get(trail).words("ol.entries dd"))
    actions.change(db, person, replace(actions.get(db, person, ref), owner_ref=""))
    assert told(client.get(trail))["account of the owner"] == sam.ref


def test_the_names_of_an_action_mean_nothing_in_other_entries(client: Any, db: Database, draft: str) -> None:
    client.submit(f"/assessments/{draft}/cover", {"rater": "Robin"})
    (program,) = db.execute("SELECT ref FROM program").fetchone()
    assert "rater" in client.get(f"/programs/{program}/trail").words("ol.entries dt")


def test_the_sheet_of_the_trail_keeps_names_and_codes_as_they_are(client: Any, program_ref: str, ref: str) -> None:
    text = client.get(f"/programs/{program_ref}/trail.csv").response.get_data(as_text=True)
    rows = [(row[6], row[8]) for row in csv.reader(text.lstrip("\ufeff").splitlines()) if row[5] == ref]
    assert {("due_on", "2026-09-01"), ("measured_as", "share"), ("decision", "adapt"), ("n", "10")} <= set(rows)


def test_everything_that_an_action_and_a_plan_say_has_a_name() -> None:
    told = actions.said(None, Action()).keys() | {"assessment", "target", "by", "costs", "chosen"}
    for line in (Note(), Cycle(), Point()):
        told |= lines._said(None, line).keys()
    assert {name for name in told if not deeds.field(name)} == set()
