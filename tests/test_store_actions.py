"""Actions, their lines and plans as the store keeps them: what is kept, who sees it, and that no change is lost."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import access, shelf, store, verifying
from ddcat import actions as judged
from ddcat.access import Act, Role
from ddcat.actions import DROPPED, HIT, MISS, TOO_EARLY
from ddcat.records import Action, Cycle, Note, Person, Plan, Point, Program, Stood
from ddcat.store import (
    actions,
    agencies,
    assessments,
    lines,
    people,
    plans,
    programs,
    roles,
    saving,
    sealing,
    trail,
)
from ddcat.store.actions import Unsealed
from ddcat.store.lines import Line
from ddcat.store.reading import Stale
from ddcat.store.saving import Change

LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
INSTRUMENT = shelf.parse(LANTERN)
NOWHERE = "0" * 16
THREADS = 8
WHOLE = Action(
    item="coat-rack",
    rating=2,
    expected=4,
    what="Screw in a second hook\nfor every guest „who asks“",
    owner="Sam Example",
    starts_on="2026-06-01",
    due_on="2026-09-01",
    proof="Ten guests hang two coats",
    state="under way",
    reason="None",
    seen="Eight did",
    effort=3,
    measured="Guests with two hooks",
    measured_as="share",
)
LINES: tuple[Line, ...] = (
    Note(text="The carpenter comes on Monday\n– „bald“"),
    Cycle(
        tried="One hook at the left door",
        starts_on="2026-06-02",
        ends_on="2026-06-09",
        prediction="Nobody asks any more",
        happened="Two asked",
        decision="adapt",
    ),
    Point(counted_on="2026-06-09", count="7.5", n=10, remark="A rainy day"),
)
# A change of each, and how the trail tells it.
CHANGES: tuple[tuple[Line, dict[str, tuple[Any, Any]]], ...] = (
    (replace(LINES[0], text="On Tuesday"), {"text": (LINES[0].text, "On Tuesday")}),
    (
        replace(LINES[1], ends_on="", decision="abandon"),
        {"ends_on": ("2026-06-09", None), "decision": ("adapt", "abandon")},
    ),
    (replace(LINES[2], n=None, count="0"), {"n": (10, None), "count": ("7.5", "0")}),
)
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: type(line).__name__)


@pytest.fixture
def program(db: Database, person: Person) -> Program:
    agency = agencies.add(db, person, "Rosewood", {})
    return programs.add(db, person, agency.ref, "Day house", {})


@pytest.fixture
def draft(db: Database, person: Person, program: Program) -> str:
    return start(db, person, program)


@pytest.fixture
def sealed(db: Database, person: Person, draft: str) -> str:
    seal(db, person, draft)
    return draft


@pytest.fixture
def add(db: Database, person: Person, sealed: str) -> Callable[..., str]:
    """`add(due_on="2026-01-01")`: another action; its ref."""
    return lambda **said: actions.add(db, person, sealed, replace(WHOLE, **said))


@pytest.fixture
def ref(add: Callable[..., str]) -> str:
    return add()


@pytest.fixture
def join(db: Database, program: Program) -> Callable[..., Person]:
    """`join("sam", Role.RATER)`: somebody with an account and this role in the program; none holds none."""

    def join(login: str, role: Role | None = None, place: str = "program", ref: str = "") -> Person:
        with store.writing(db):
            one = people.create(db, None, name=f"{login.title()} Example", login=login)
            if role:
                roles.insert(db, one, one, role, place, ref or program.ref)
        return people.by_login(db, login)

    return join


@pytest.fixture
def elsewhere(db: Database, tmp_path: Path) -> Iterator[Database]:
    """A second connection to the same database, as another window has it."""
    other = store.connect(tmp_path / "ddcat.sqlite")
    yield other
    other.conn.close()


@pytest.fixture
def nothing_changed(db: Database) -> Iterator[None]:
    """Whatever a test does, nothing is another afterwards than it was before."""
    before = list(db.conn.iterdump())
    yield
    assert list(db.conn.iterdump()) == before
    assert not db.conn.in_transaction


def start(db: Database, person: Person, program: Program, assessed_on: str = "2026-05-04") -> str:
    volume = (shelf.checksum(LANTERN), "lantern@1.0", LANTERN)
    said = {"assessed_on": assessed_on, "kind": "self", "rater": "Kim", "period": 1}
    return assessments.start(db, person, program.ref, volume, **said)


def seal(db: Database, person: Person, ref: str) -> None:
    now = assessments.get(db, person, ref)
    changes = {item.id: Change(2, "", now.said(item.id).revision) for item in INSTRUMENT.items}
    saving.save(db, person, ref, changes)
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now()))


def newest(db: Database, person: Person, program: Program) -> trail.Entry:
    return trail.of_program(db, person, program.ref, most=1)[0]


def told(entry: trail.Entry) -> dict[str, tuple[Any, Any]]:
    """Old and new values of an entry, None where there was none."""
    return {
        name: (old.value if old else None, new.value if new else None) for name, (old, new) in entry.changes.items()
    }


def said(value: Any) -> dict[str, Any]:
    """What somebody said in an action or a line, without what the store adds."""
    added = {"ref", "by", "revision", "saved_at", "removed_at", "assessment", "checksum", "held", "notes", "cycles"}
    added |= {"points", "stood", "program", "program_ref", "agency", "agency_ref", "owner_is_gone"}
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in added}


# Kept and read back


def test_an_action_comes_back_as_it_was_planned(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    found = actions.get(db, person, ref)
    assert said(found) == said(WHOLE)
    assert all(said(found)[name] for name in said(found).keys() - {"owner_ref"}), "every field was tried"
    assert (found.ref, found.revision, found.removed_at, found.assessment) == (ref, 1, None, sealed)
    assert (found.program, found.program_ref, found.agency, found.agency_ref) == (
        *("Day house", program.ref, "Rosewood", program.agency.ref),
    )
    assert found.checksum == shelf.checksum(LANTERN)
    assert (found.notes, found.cycles, found.points, found.owner_is_gone) == ((), (), (), False)
    assert found.held == {Role.DIRECTOR}
    assert found.saved_at


def test_an_action_with_next_to_nothing_is_kept_too(db: Database, person: Person, sealed: str) -> None:
    bare = Action(item="coat-rack", rating=1, expected=2)
    assert said(actions.get(db, person, actions.add(db, person, sealed, bare))) == said(bare)


def test_fifty_thousand_signs_are_kept_to_the_last_in_every_text(
    db: Database, person: Person, program: Program, add: Callable[..., str]
) -> None:
    text = "🌊=" * 25_000
    names = ("what", "owner", "proof", "reason", "seen", "measured")
    ref = add(**dict.fromkeys(names, text))
    lines.add(db, person, ref, Note(text=text))
    found = actions.get(db, person, ref)
    assert {getattr(found, name) for name in names} | {found.notes[0].text} == {text}
    assert told(newest(db, person, program)) == {"text": (None, text)}


def test_actions_stand_by_the_day_they_are_due_and_those_without_one_last(
    db: Database, person: Person, program: Program, add: Callable[..., str]
) -> None:
    order = [add(due_on=day) for day in ("", "2026-09-01", "2026-01-01", "", "2026-09-01")]
    expected = [order[at] for at in (2, 1, 4, 0, 3)]
    assert [each.ref for each in actions.of_program(db, person, program.ref)] == expected
    assert [each.ref for each in actions.of_person(db, person)] == expected


def test_several_are_planned_at_once_or_none(db: Database, person: Person, program: Program, sealed: str) -> None:
    both = [replace(WHOLE, item="coat-rack"), replace(WHOLE, item="second-plate")]
    refs = actions.add_all(db, person, sealed, both)
    assert [actions.get(db, person, each).item for each in refs] == ["coat-rack", "second-plate"]
    before = list(db.conn.iterdump())
    with pytest.raises(store.Missing):
        actions.add_all(db, person, sealed, [*both, replace(WHOLE, owner_ref=NOWHERE)])
    assert list(db.conn.iterdump()) == before
    assert actions.add_all(db, person, sealed, []) == []


def test_nothing_is_planned_from_a_draft(db: Database, person: Person, draft: str, nothing_changed: None) -> None:
    with pytest.raises(Unsealed):
        actions.add(db, person, draft, WHOLE)
    with pytest.raises(Unsealed):
        plans.save(db, person, draft, Plan(target="lit"))


def test_what_is_not_there_is_missing(db: Database, person: Person, ref: str, nothing_changed: None) -> None:
    for act in (
        lambda: actions.add(db, person, NOWHERE, WHOLE),
        lambda: actions.get(db, person, NOWHERE),
        lambda: actions.held(db, person, NOWHERE),
        lambda: actions.change(db, person, replace(WHOLE, ref=NOWHERE)),
        lambda: actions.remove(db, person, NOWHERE),
        lambda: actions.restore(db, person, NOWHERE),
        lambda: lines.add(db, person, NOWHERE, LINES[0]),
        lambda: lines.get(db, person, ref, NOWHERE),
        lambda: lines.change(db, person, ref, replace(LINES[0], ref=NOWHERE)),
        lambda: lines.remove(db, person, ref, NOWHERE),
        lambda: lines.restore(db, person, ref, NOWHERE),
        lambda: lines.removed(db, person, NOWHERE),
        lambda: plans.get(db, person, NOWHERE),
        lambda: plans.save(db, person, NOWHERE, Plan()),
        lambda: actions.owners(db, NOWHERE),
    ):
        with pytest.raises(store.Missing):
            act()
    assert actions.of_program(db, person, NOWHERE) == []


# Changing


def test_a_change_is_kept_with_the_next_revision(db: Database, person: Person, ref: str) -> None:
    new = replace(actions.get(db, person, ref), what="Two hooks", state="done", effort=None, due_on="")
    actions.change(db, person, new)
    found = actions.get(db, person, ref)
    assert said(found) == said(new)
    assert found.revision == 2


def test_the_trail_tells_every_old_and_new_value_and_nothing_that_is_the_same(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    entry = newest(db, person, program)
    assert (entry.act, entry.kind, entry.ref, entry.who) == ("add", "action", ref, person.ref)
    given = {name: (None, value) for name, value in said(WHOLE).items() if value}
    assert told(entry) == given | {"assessment": (None, sealed)}
    actions.change(db, person, replace(actions.get(db, person, ref), what="Two hooks", effort=None, due_on=""))
    entry = newest(db, person, program)
    assert (entry.act, entry.kind, entry.ref) == ("change", "action", ref)
    assert told(entry) == {"what": (WHOLE.what, "Two hooks"), "effort": (3, None), "due_on": (WHOLE.due_on, None)}


def test_where_nothing_changed_nothing_is_written_whatever_the_revision(
    db: Database, person: Person, ref: str, nothing_changed: None
) -> None:
    same = actions.get(db, person, ref)
    actions.change(db, person, same)
    actions.change(db, person, replace(same, revision=7))


def test_a_change_over_an_old_revision_is_stale_and_changes_nothing(
    db: Database, person: Person, ref: str, elsewhere: Database
) -> None:
    window = actions.get(db, person, ref)
    actions.change(elsewhere, person, replace(window, what="Theirs"))
    before = list(db.conn.iterdump())
    for late in (replace(window, what="Mine"), replace(window, what="Mine", revision=3)):
        with pytest.raises(Stale):
            actions.change(db, person, late)
    assert list(db.conn.iterdump()) == before
    assert actions.get(db, person, ref).what == "Theirs"


def at_once(tmp_path: Path, work: Callable[[Database, int], Any]) -> list[str]:
    """What came of it when everybody did this at once: "done", or the name of the error."""
    came: list[str] = []
    gate = threading.Barrier(THREADS)

    def run(number: int) -> None:
        own = store.connect(tmp_path / "ddcat.sqlite")
        try:
            gate.wait()
            work(own, number)
            came.append("done")
        except Exception as error:
            came.append(type(error).__name__)
        finally:
            own.conn.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)


def test_of_eight_who_change_one_action_at_once_exactly_one_wins(
    db: Database, person: Person, program: Program, ref: str, tmp_path: Path
) -> None:
    window = actions.get(db, person, ref)
    before, _hash = trail.head(db)
    came = at_once(tmp_path, lambda own, number: actions.change(own, person, replace(window, what=f"By {number}")))
    assert came == ["Stale"] * (THREADS - 1) + ["done"]
    assert actions.get(db, person, ref).revision == 2
    assert trail.head(db)[0] == before + 1
    assert told(newest(db, person, program))["what"] == (WHOLE.what, actions.get(db, person, ref).what)


@each_line
def test_of_eight_who_change_one_line_at_once_exactly_one_wins(
    db: Database, person: Person, ref: str, tmp_path: Path, line: Line
) -> None:
    window = lines.get(db, person, ref, lines.add(db, person, ref, line))
    name = {Note: "text", Cycle: "tried", Point: "remark"}[type(line)]
    came = at_once(tmp_path, lambda own, at: lines.change(own, person, ref, replace(window, **{name: f"By {at}"})))
    assert came == ["Stale"] * (THREADS - 1) + ["done"]
    assert lines.get(db, person, ref, window.ref).revision == 2


def test_of_eight_who_choose_at_once_exactly_one_wins(
    db: Database, person: Person, sealed: str, tmp_path: Path
) -> None:
    came = at_once(tmp_path, lambda own, at: plans.save(own, person, sealed, Plan("lit", "scale", {"IA": at + 1})))
    assert came == ["Stale"] * (THREADS - 1) + ["done"]
    assert plans.get(db, person, sealed).revision == 1


def test_of_eight_who_plan_what_is_not_there_yet_at_once_exactly_one_does(
    db: Database, person: Person, program: Program, sealed: str, tmp_path: Path
) -> None:
    def missing(known: list[Action]) -> list[Action]:
        return [] if known else [WHOLE]

    assert at_once(tmp_path, lambda own, _at: actions.add_new(own, person, sealed, missing)) == ["done"] * THREADS
    assert [said(each) for each in actions.of_program(db, person, program.ref)] == [said(WHOLE)]


def test_lines_that_eight_add_at_once_are_all_there(db: Database, person: Person, ref: str, tmp_path: Path) -> None:
    came = at_once(tmp_path, lambda own, at: lines.add(own, person, ref, Note(text=f"By {at}")))
    assert came == ["done"] * THREADS
    assert {note.text for note in actions.get(db, person, ref).notes} == {f"By {at}" for at in range(THREADS)}


# Taken away and brought back


def test_what_is_taken_away_is_out_of_the_lists_and_comes_back_as_it_was(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    lines.add(db, person, ref, LINES[0])
    before = actions.get(db, person, ref)
    actions.remove(db, person, ref)
    assert actions.of_program(db, person, program.ref) == actions.of_person(db, person) == []
    (gone,) = actions.of_program(db, person, program.ref, removed=True)
    assert gone == actions.get(db, person, ref) == replace(before, removed_at=gone.removed_at)
    assert gone.removed_at
    assert [newest(db, person, program).act, newest(db, person, program).ref] == ["remove", ref]
    actions.restore(db, person, ref)
    assert actions.of_program(db, person, program.ref) == [before]
    assert actions.of_program(db, person, program.ref, removed=True) == []
    assert newest(db, person, program).act == "restore"


def test_taking_away_twice_is_told_once(db: Database, person: Person, ref: str) -> None:
    actions.restore(db, person, ref)
    actions.remove(db, person, ref)
    before = list(db.conn.iterdump())
    actions.remove(db, person, ref)
    assert list(db.conn.iterdump()) == before


def test_what_was_taken_away_meanwhile_is_stale_for_whoever_still_works_on_it(
    db: Database, person: Person, ref: str
) -> None:
    window = actions.get(db, person, ref)
    note = lines.get(db, person, ref, lines.add(db, person, ref, LINES[0]))
    actions.remove(db, person, ref)
    before = list(db.conn.iterdump())
    for act in (
        lambda: actions.change(db, person, replace(window, what="Mine")),
        lambda: lines.add(db, person, ref, LINES[1]),
        lambda: lines.change(db, person, ref, replace(note, text="Mine")),
    ):
        with pytest.raises(Stale):
            act()
    assert list(db.conn.iterdump()) == before


# Lines


@each_line
def test_a_line_comes_back_as_it_was_written_with_who_wrote_it(
    db: Database, person: Person, ref: str, line: Line
) -> None:
    found = lines.get(db, person, ref, lines.add(db, person, ref, line))
    assert said(found) == said(line)
    assert all(said(found).values()), "every field was tried"
    assert (found.by, found.revision, found.removed_at) == (person.name, 1, None)
    action = actions.get(db, person, ref)
    assert (*action.notes, *action.cycles, *action.points) == (found,)


def test_lines_stand_in_their_order(db: Database, person: Person, ref: str) -> None:
    for note in ("b", "a"):
        lines.add(db, person, ref, Note(text=note))
    for day in ("2026-06-09", "2026-06-02", "2026-06-09"):
        lines.add(db, person, ref, Cycle(tried=day, starts_on=day))
        lines.add(db, person, ref, Point(counted_on=day, count="1"))
    found = actions.get(db, person, ref)
    days = ["2026-06-02", "2026-06-09", "2026-06-09"]
    assert [note.text for note in found.notes] == ["b", "a"]
    assert [cycle.starts_on for cycle in found.cycles] == [point.counted_on for point in found.points] == days


@pytest.mark.parametrize(("line", "change"), list(zip(LINES, CHANGES, strict=True)), ids=["Note", "Cycle", "Point"])
def test_a_line_changes_over_its_revision_and_the_trail_tells_old_and_new(
    db: Database,
    person: Person,
    program: Program,
    ref: str,
    join: Callable[..., Person],
    line: Line,
    change: tuple[Line, dict[str, tuple[Any, Any]]],
) -> None:
    new, differs = change
    kind = type(line).__name__.lower()
    own = lines.add(db, person, ref, line)
    entry = newest(db, person, program)
    assert (entry.act, entry.kind, entry.ref) == (f"add {kind}", "action", ref)
    assert told(entry) == {name: (None, value) for name, value in said(line).items()}
    quinn = join("quinn", Role.QUALITY)
    lines.change(db, quinn, ref, replace(new, ref=own, revision=1))
    found = lines.get(db, person, ref, own)
    assert (said(found), found.revision, found.by) == (said(new), 2, "Quinn Example")
    entry = newest(db, person, program)
    assert (entry.act, entry.ref, entry.who) == (f"change {kind}", ref, quinn.ref)
    assert told(entry) == differs
    before = list(db.conn.iterdump())
    lines.change(db, person, ref, replace(new, ref=own, revision=1))
    with pytest.raises(Stale):
        lines.change(db, person, ref, replace(line, ref=own, revision=1))
    assert list(db.conn.iterdump()) == before


@each_line
def test_a_line_that_is_taken_away_can_be_brought_back(
    db: Database, person: Person, program: Program, ref: str, line: Line
) -> None:
    own = lines.add(db, person, ref, line)
    kept = lines.get(db, person, ref, own)
    kind = type(line).__name__.lower()
    lines.remove(db, person, ref, own)
    action = actions.get(db, person, ref)
    assert (action.notes, action.cycles, action.points) == ((), (), ())
    (gone,) = lines.removed(db, person, ref)
    assert gone == lines.get(db, person, ref, own) == replace(kept, removed_at=gone.removed_at)
    entry = newest(db, person, program)
    assert (entry.act, told(entry)) == (
        f"remove {kind}",
        {name: (value, None) for name, value in said(line).items()},
    )
    with pytest.raises(Stale):
        lines.change(db, person, ref, replace(kept, **dict.fromkeys(list(said(kept))[:1], "Mine")))
    before = list(db.conn.iterdump())
    lines.remove(db, person, ref, own)
    assert list(db.conn.iterdump()) == before
    lines.restore(db, person, ref, own)
    assert (lines.get(db, person, ref, own), lines.removed(db, person, ref)) == (kept, [])
    entry = newest(db, person, program)
    assert (entry.act, told(entry)) == (
        f"restore {kind}",
        {name: (None, value) for name, value in said(line).items()},
    )


def test_a_line_belongs_to_its_action_and_its_kind(
    db: Database, person: Person, ref: str, add: Callable[..., str]
) -> None:
    other, own = add(), lines.add(db, person, ref, LINES[0])
    for act in (
        lambda: lines.get(db, person, other, own),
        lambda: lines.change(db, person, other, Note(own, "Mine", revision=1)),
        lambda: lines.remove(db, person, other, own),
        lambda: lines.change(db, person, ref, Cycle(own, "Mine", revision=1)),
    ):
        with pytest.raises(store.Missing):
            act()
    assert lines.get(db, person, ref, own).revision == 1


def test_a_share_of_nothing_and_a_count_of_nothing_are_two_things(db: Database, person: Person, ref: str) -> None:
    none, zero = (lines.add(db, person, ref, Point(counted_on="2026-06-09", count=count)) for count in ("", "0"))
    assert [lines.get(db, person, ref, each).count for each in (none, zero)] == ["", "0"]


def test_thousands_of_actions_and_lines_are_read_with_the_same_few_queries(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    columns = "assessment_id, item, rating, expected, what, owner, starts_on, due_on, proof, state, reason, seen"
    columns += ", measured, measured_as, revision, saved_at"
    numbered = "WITH RECURSIVE at (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM at WHERE step < 3000)"
    db.execute(
        f"{numbered} INSERT INTO action (ref, {columns}) SELECT 'a' || step, {columns} FROM action, at WHERE ref = ?",
        [ref],
    )
    said = "person_id, counted_on, count, remark, revision, saved_at"
    lines.add(db, person, ref, Point(counted_on="2026-06-09", count="1"))
    db.execute(
        f"{numbered} INSERT INTO action_point (ref, action_id, {said})"
        f" SELECT 'p' || step, 1 + step % 2, {said} FROM action_point, at"
    )
    db.conn.commit()
    asked: list[str] = []
    with db.tracer(lambda sql, _values: asked.append(sql)):
        found = actions.of_program(db, person, program.ref)
    assert (len(found), sum(len(each.points) for each in found)) == (3001, 3001)
    assert len(asked) <= 5


# Plans


def test_a_plan_comes_back_as_it_was_chosen(db: Database, person: Person, program: Program, sealed: str) -> None:
    assert plans.get(db, person, sealed) == Plan()
    plan = Plan("lit", "both", {"coat-rack": 2, "first-words": None}, {"coat-rack": 3})
    plans.save(db, person, sealed, plan)
    found = plans.get(db, person, sealed)
    assert found == replace(plan, revision=1, saved_at=found.saved_at)
    entry = newest(db, person, program)
    assert (entry.act, entry.kind, entry.ref) == ("plan", "assessment", sealed)
    assert told(entry) == {
        "target": (None, "lit"),
        "by": (None, "both"),
        "costs": (None, plan.costs),
        "chosen": (None, plan.chosen),
    }
    plans.save(db, person, sealed, replace(found, chosen={"coat-rack": 4}))
    assert told(newest(db, person, program)) == {"chosen": (plan.chosen, {"coat-rack": 4})}
    before = list(db.conn.iterdump())
    plans.save(db, person, sealed, replace(found, chosen={"coat-rack": 4}))
    with pytest.raises(Stale):
        plans.save(db, person, sealed, replace(found, chosen={"coat-rack": 5}))
    assert list(db.conn.iterdump()) == before


def test_a_plan_stays_with_its_assessment_when_that_is_amended(db: Database, person: Person, sealed: str) -> None:
    plans.save(db, person, sealed, Plan("lit", "scale", {}, {"coat-rack": 3}))
    chosen = plans.get(db, person, sealed)
    amended = assessments.amend(db, person, sealed, "A hook was misread")
    assert plans.get(db, person, amended) == chosen
    with pytest.raises(Unsealed):
        plans.save(db, person, amended, replace(chosen, target="bright"))
    seal(db, person, amended)
    plans.save(db, person, amended, replace(chosen, target="bright"))
    third = assessments.amend(db, person, amended, "Another")
    assert [plans.get(db, person, each).target for each in (sealed, amended, third)] == ["bright"] * 3


def test_whoever_still_looks_at_an_edition_from_before_chooses_in_the_same_plan(
    db: Database, person: Person, sealed: str
) -> None:
    amended = assessments.amend(db, person, sealed, "A hook was misread")
    seal(db, person, amended)
    window = plans.get(db, person, sealed)
    plans.save(db, person, amended, Plan("lit", "scale", {}, {"coat-rack": 3}))
    with pytest.raises(Stale):
        plans.save(db, person, sealed, replace(window, target="bright"))
    plans.save(db, person, sealed, replace(plans.get(db, person, sealed), target="bright"))
    assert plans.get(db, person, amended).target == "bright"


def test_another_assessment_of_the_program_has_a_plan_of_its_own(
    db: Database, person: Person, program: Program, sealed: str
) -> None:
    plans.save(db, person, sealed, Plan("lit"))
    later = start(db, person, program, "2026-11-04")
    seal(db, person, later)
    assert plans.get(db, person, later) == Plan()
    plans.save(db, person, later, Plan("bright"))
    assert plans.get(db, person, sealed).target == "lit"


def test_actions_stay_with_their_edition_and_go_on_when_it_is_amended(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    amended = assessments.amend(db, person, sealed, "A hook was misread")
    seal(db, person, amended)
    other = actions.add(db, person, amended, WHOLE)
    actions.change(db, person, replace(actions.get(db, person, ref), what="Go on"))
    found = {each.ref: each.assessment for each in actions.of_program(db, person, program.ref)}
    assert found == {ref: sealed, other: amended}


# What an action said when an assessment was sealed


@pytest.fixture
def follow_up(db: Database, person: Person, program: Program) -> Callable[..., str]:
    """`follow_up("2027-05-04")`: a second assessment, sealed now, in which every rating is still 2."""

    def follow_up(on: str = "2027-05-04") -> str:
        ref = start(db, person, program, on)
        seal(db, person, ref)
        return ref

    return follow_up


def verdicts(db: Database, person: Person, program: Program) -> dict[str, tuple[str, str] | None]:
    """By the ref of each action the verdict by now, and which assessment gave it."""
    seen = [each for each in assessments.of_program(db, person, program.ref) if each.is_sealed]
    known = dict.fromkeys((each.ref for each in seen), INSTRUMENT)
    found = {
        each.ref: judged.outcome_by_now(each, seen, known) for each in actions.of_program(db, person, program.ref)
    }
    return {ref: (one.verdict, one.assessment.ref) if one else None for ref, one in found.items()}


def change(db: Database, person: Person, ref: str, **said: Any) -> None:
    actions.change(db, person, replace(actions.get(db, person, ref), **said))


def test_sealing_keeps_what_every_action_of_the_program_says(
    db: Database, person: Person, program: Program, ref: str, add: Callable[..., str], follow_up: Callable[..., str]
) -> None:
    gone = add()
    actions.remove(db, person, gone)
    night = programs.add(db, person, program.agency.ref, "Night house", {})
    second = start(db, person, night)
    seal(db, person, second)
    elsewhere = actions.add(db, person, second, WHOLE)
    assert actions.get(db, person, ref).stood == {}
    first = follow_up()
    change(db, person, ref, state="done", expected=3)
    other = follow_up("2028-05-04")
    then = Stood(2, 4, "2026-06-01", "2026-09-01", "under way")
    assert actions.get(db, person, ref).stood == {first: then, other: replace(then, state="done", expected=3)}
    actions.restore(db, person, gone)
    assert actions.get(db, person, gone).stood == actions.get(db, person, elsewhere).stood == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"due_on": "2029-01-01"},
        {"starts_on": "2029-01-01", "due_on": ""},
        {"expected": 2},
        {"state": DROPPED, "reason": "No money"},
        {"state": "proposed", "due_on": ""},
    ],
    ids=str,
)
def test_no_later_change_of_an_action_rewrites_a_verdict(
    db: Database, person: Person, program: Program, ref: str, follow_up: Callable[..., str], changed: dict[str, str]
) -> None:
    first = follow_up()
    assert verdicts(db, person, program) == {ref: (MISS, first)}
    change(db, person, ref, **changed)
    assert verdicts(db, person, program) == {ref: (MISS, first)}


def test_a_hit_stays_a_hit_when_more_is_expected_later(
    db: Database, person: Person, program: Program, add: Callable[..., str], follow_up: Callable[..., str]
) -> None:
    ref = add(rating=1, expected=2)
    first = follow_up()
    change(db, person, ref, expected=5, starts_on="2029-01-01", due_on="2029-02-01")
    assert verdicts(db, person, program) == {ref: (HIT, first)}


def test_what_was_too_early_is_judged_by_the_next_one_as_it_stands_then(
    db: Database, person: Person, program: Program, add: Callable[..., str], follow_up: Callable[..., str]
) -> None:
    ref = add(due_on="2027-09-01")
    first = follow_up()
    change(db, person, ref, due_on="2027-01-01")
    assert verdicts(db, person, program) == {ref: (TOO_EARLY, first)}, "it was not due when that was sealed"
    second = follow_up("2028-05-04")
    change(db, person, ref, due_on="2030-01-01")
    assert verdicts(db, person, program) == {ref: (MISS, second)}


def test_an_action_that_is_planned_after_the_sealing_is_judged_as_it_is_now(
    db: Database, person: Person, program: Program, add: Callable[..., str], follow_up: Callable[..., str]
) -> None:
    first = follow_up()
    ref = add()
    assert actions.get(db, person, ref).stood == {}
    assert verdicts(db, person, program) == {ref: (MISS, first)}
    change(db, person, ref, due_on="2029-01-01")
    assert verdicts(db, person, program) == {ref: (TOO_EARLY, first)}
    change(db, person, ref, state=DROPPED, reason="No money")
    assert verdicts(db, person, program) == {ref: None}


def test_an_amendment_judges_as_the_edition_before_it_did(
    db: Database, person: Person, program: Program, ref: str, add: Callable[..., str], follow_up: Callable[..., str]
) -> None:
    first = follow_up()
    late = add()
    change(db, person, ref, due_on="2029-01-01", expected=2)
    for edition in range(2):
        amended = assessments.amend(db, person, first, f"A hook was misread, {edition}")
        seal(db, person, amended)
        found = actions.get(db, person, ref).stood
        assert found[amended] == found[first] == Stood(2, 4, "2026-06-01", "2026-09-01", "under way")
        assert verdicts(db, person, program) == {ref: (MISS, amended), late: (MISS, amended)}
        first = amended
    change(db, person, late, due_on="2029-01-01")
    assert verdicts(db, person, program)[late] == (TOO_EARLY, first), "nothing was kept of it: it is judged as it is"


def test_where_sealing_fails_nothing_is_kept_of_any_action(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    second = start(db, person, program, "2027-05-04")
    db.execute(
        "CREATE TEMP TRIGGER fault BEFORE INSERT ON main.action_stood BEGIN SELECT RAISE(ABORT, 'a fault'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="a fault"):
        seal(db, person, second)
    assert not assessments.get(db, person, second).is_sealed
    assert actions.get(db, person, ref).stood == {}
    db.execute("DROP TRIGGER fault")
    now = assessments.get(db, person, second)
    sealing.seal(db, person, now, verifying.record(INSTRUMENT, now, by=person.ref, at=store.now()))
    assert list(actions.get(db, person, ref).stood) == [second]


# Who sees what


def reached(db: Database, one: Person, program: Program) -> list[str]:
    return [each.ref for each in actions.of_program(db, one, program.ref)]


@pytest.mark.parametrize("place", ["agency", "program"])
@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.CONSULTANT, Role.QUALITY, Role.READER])
def test_whoever_may_see_results_sees_every_action_of_the_program(
    db: Database, program: Program, ref: str, join: Callable[..., Person], role: Role, place: str
) -> None:
    one = join("one", role, place, program.agency.ref if place == "agency" else program.ref)
    assert reached(db, one, program) == [each.ref for each in actions.of_person(db, one)] == [ref]
    assert actions.held(db, one, ref) == actions.get(db, one, ref).held == {role}
    planners = {Role.DIRECTOR, Role.QUALITY}
    assert access.may(Act.WORK, actions.held(db, one, ref)) == (role in planners)
    assert access.may(Act.CHANGE_ACTION, actions.held(db, one, ref)) == (role in planners)


def sees_nothing(db: Database, one: Person, program: Program, sealed: str, ref: str, line: str) -> None:
    """Of this action there is nothing for her, in whatever way she asks; and nothing she tries changes it."""
    before = list(db.conn.iterdump())
    assert reached(db, one, program) == actions.of_person(db, one) == []
    assert actions.of_program(db, one, program.ref, removed=True) == []
    for act in (
        lambda: actions.get(db, one, ref),
        lambda: actions.held(db, one, ref),
        lambda: actions.change(db, one, replace(WHOLE, ref=ref, what="Mine", revision=1)),
        lambda: actions.remove(db, one, ref),
        lambda: actions.restore(db, one, ref),
        lambda: lines.get(db, one, ref, line),
        lambda: lines.removed(db, one, ref),
        lambda: lines.add(db, one, ref, LINES[0]),
        lambda: lines.change(db, one, ref, Note(line, "Mine", revision=1)),
        lambda: lines.remove(db, one, ref, line),
        lambda: lines.restore(db, one, ref, line),
    ):
        with pytest.raises(store.Missing):
            act()
    assert list(db.conn.iterdump()) == before


@pytest.fixture
def line(db: Database, person: Person, ref: str) -> str:
    return lines.add(db, person, ref, LINES[0])


@pytest.mark.parametrize("role", [None, Role.ADMINISTRATOR, Role.RATER])
def test_who_may_see_no_results_sees_no_action_of_others(
    db: Database,
    program: Program,
    sealed: str,
    ref: str,
    line: str,
    join: Callable[..., Person],
    role: Role | None,
) -> None:
    one = join("one") if role == Role.ADMINISTRATOR else join("one", role)
    if role == Role.ADMINISTRATOR:
        roles.give(db, one, one, role)
    sees_nothing(db, one, program, sealed, ref, line)


@pytest.mark.parametrize("role", [Role.RATER, Role.CONSULTANT])
def test_who_is_named_in_the_assessment_alone_sees_its_plan_and_no_action(
    db: Database, program: Program, sealed: str, ref: str, line: str, join: Callable[..., Person], role: Role
) -> None:
    one = join("one", role, "assessment", sealed)
    sees_nothing(db, one, program, sealed, ref, line)
    assert plans.get(db, one, sealed) == Plan()


def of(db: Database, one: Person, assessment: str) -> list[str]:
    return [each.ref for each in actions.of_assessment(db, one, assessment)]


@pytest.mark.parametrize(
    ("role", "place"),
    [
        *((role, place) for role in (Role.DIRECTOR, Role.QUALITY, Role.READER) for place in ("agency", "program")),
        *((Role.CONSULTANT, place) for place in ("agency", "program", "assessment")),
        (Role.RATER, "assessment"),
    ],
)
def test_whoever_reads_a_sealed_assessment_reads_of_every_action_of_its_program(
    db: Database,
    person: Person,
    program: Program,
    sealed: str,
    add: Callable[..., str],
    join: Callable[..., Person],
    role: Role,
    place: str,
) -> None:
    refs = [add(due_on=day) for day in ("2026-07-01", "2026-08-01", "")]
    actions.remove(db, person, add())
    own = lines.add(db, person, refs[0], LINES[0])
    one = join("one", role, place, {"agency": program.agency.ref, "assessment": sealed}.get(place, program.ref))
    assert of(db, one, sealed) == of(db, person, sealed) == refs
    found = actions.of_assessment(db, one, sealed)
    assert [note.ref for note in found[0].notes] == [own]
    assert found == actions.of_program(db, person, program.ref)
    reads = place != "assessment"
    assert {access.may(Act.SEE_ACTION, each.held) for each in found} == {reads}
    assert reached(db, one, program) == (refs if reads else [])


def test_what_others_planned_elsewhere_is_not_among_them(
    db: Database, person: Person, program: Program, sealed: str, ref: str, join: Callable[..., Person]
) -> None:
    night = programs.add(db, person, program.agency.ref, "Night house", {})
    second = start(db, person, night)
    seal(db, person, second)
    other = actions.add(db, person, second, WHOLE)
    kim = join("kim", Role.RATER, "assessment", sealed)
    assert of(db, kim, sealed) == of(db, person, sealed) == [ref]
    assert of(db, person, second) == [other]
    with pytest.raises(store.Missing):
        of(db, kim, second)


def test_of_a_draft_whoever_is_named_there_reads_no_more_than_of_the_program(
    db: Database, person: Person, program: Program, sealed: str, add: Callable[..., str], join: Callable[..., Person]
) -> None:
    second = start(db, person, program, "2027-05-04")
    kim = join("kim", Role.RATER, "assessment", second)
    joe, quinn = join("joe", Role.CONSULTANT), join("quinn", Role.QUALITY)
    add()
    assert of(db, kim, second) == reached(db, kim, program) == []
    assert of(db, joe, second) == of(db, person, second) == reached(db, person, program) != []
    roles.give(db, person, kim, Role.RATER, "program", program.ref)
    own = add(owner=kim.name, owner_ref=kim.ref)
    assert of(db, kim, second) == reached(db, kim, program) == [own]
    with pytest.raises(store.Missing):
        of(db, quinn, second)
    seal(db, person, second)
    assert of(db, kim, second) == of(db, quinn, second) == reached(db, quinn, program)
    assert [access.may(Act.WORK, each.held) for each in actions.of_assessment(db, kim, second)] == [False, True]


@pytest.mark.parametrize("role", [None, Role.ADMINISTRATOR, Role.RATER])
def test_who_may_not_read_an_assessment_reads_of_no_action_by_it(
    db: Database, person: Person, sealed: str, ref: str, join: Callable[..., Person], role: Role | None
) -> None:
    one = join("one") if role == Role.ADMINISTRATOR else join("one", role)
    if role == Role.ADMINISTRATOR:
        roles.give(db, one, one, role)
    with pytest.raises(store.Missing):
        of(db, one, sealed)
    other = agencies.add(db, person, "Alder", {})
    with pytest.raises(store.Missing):
        of(db, join("two", Role.DIRECTOR, "agency", other.ref), sealed)
    with pytest.raises(store.Missing):
        of(db, person, NOWHERE)


def test_who_runs_another_agency_sees_nothing_even_of_what_is_called_hers(
    db: Database, person: Person, program: Program, sealed: str, ref: str, line: str, join: Callable[..., Person]
) -> None:
    other = agencies.add(db, person, "Alder", {})
    one = join("one", Role.DIRECTOR, "agency", other.ref)
    actions.change(db, person, replace(actions.get(db, person, ref), owner="One Example", owner_ref=one.ref))
    sees_nothing(db, one, program, sealed, ref, line)
    assert actions.get(db, person, ref).owner_is_gone
    with pytest.raises(store.Missing):
        plans.get(db, one, sealed)
    with pytest.raises(store.Missing):
        plans.save(db, one, sealed, Plan("lit"))
    with pytest.raises(store.Missing):
        actions.add(db, one, sealed, WHOLE)


def test_a_rater_sees_the_actions_she_owns_and_no_other(
    db: Database, person: Person, program: Program, add: Callable[..., str], join: Callable[..., Person]
) -> None:
    sam, kim = join("sam", Role.RATER), join("kim", Role.RATER)
    own, other = (add(owner=each.name, owner_ref=each.ref) for each in (sam, kim))
    assert reached(db, sam, program) == [each.ref for each in actions.of_person(db, sam)] == [own]
    found = actions.get(db, sam, own)
    assert (found.owner_ref, found.owner_is_gone, found.held) == (sam.ref, False, {Role.RATER, access.OWNER_HERE})
    assert access.may(Act.WORK, found.held)
    assert not access.may(Act.CHANGE_ACTION, found.held)
    with pytest.raises(store.Missing):
        actions.get(db, sam, other)
    actions.remove(db, person, own)
    assert reached(db, sam, program) == []


def test_an_owner_whose_role_was_taken_sees_none_and_the_action_says_that_she_is_gone(
    db: Database, person: Person, program: Program, sealed: str, add: Callable[..., str], join: Callable[..., Person]
) -> None:
    sam = join("sam", Role.RATER)
    ref = add(owner=sam.name, owner_ref=sam.ref)
    line = lines.add(db, sam, ref, LINES[0])
    roles.take(db, person, sam.ref, Role.RATER, "program", program.ref)
    sees_nothing(db, sam, program, sealed, ref, line)
    found = actions.get(db, person, ref)
    assert (found.owner, found.owner_ref, found.owner_is_gone) == (sam.name, sam.ref, True)
    actions.change(db, person, replace(found, what="Her name may stay"))
    assert actions.get(db, person, ref).owner_ref == sam.ref
    roles.give(db, person, sam, Role.READER, "agency", program.agency.ref)
    assert not actions.get(db, person, ref).owner_is_gone


def test_an_owner_who_is_disabled_is_gone_until_she_is_let_in_again(
    db: Database, person: Person, add: Callable[..., str], join: Callable[..., Person]
) -> None:
    sam = join("sam", Role.READER)
    ref = add(owner=sam.name, owner_ref=sam.ref)
    people.disable(db, person, sam)
    assert actions.get(db, person, ref).owner_is_gone
    people.enable(db, person, sam)
    assert not actions.get(db, person, ref).owner_is_gone


def test_an_owner_that_is_nobody_is_missing(
    db: Database, person: Person, sealed: str, ref: str, nothing_changed: None
) -> None:
    with pytest.raises(store.Missing):
        actions.add(db, person, sealed, replace(WHOLE, owner_ref=NOWHERE))
    with pytest.raises(store.Missing):
        actions.change(db, person, replace(actions.get(db, person, ref), owner_ref=NOWHERE))


def test_owners_are_all_who_can_log_in_and_reach_the_program(
    db: Database, person: Person, program: Program, sealed: str, join: Callable[..., Person]
) -> None:
    night = programs.add(db, person, program.agency.ref, "Night house", {})
    both = join("zoe", Role.RATER)
    roles.give(db, person, both, Role.QUALITY, "agency", program.agency.ref)
    join("abe", Role.READER, "agency", program.agency.ref)
    join("night", Role.DIRECTOR, "program", night.ref)
    join("named", Role.RATER, "assessment", sealed)
    join("nobody")
    people.disable(db, person, join("away", Role.DIRECTOR))
    assert person.login is None
    assert [each.login for each in actions.owners(db, program.ref)] == ["abe", "zoe"]


def test_of_everything_that_somebody_sees_in_two_programs_nothing_is_told_twice(
    db: Database, person: Person, program: Program, ref: str, join: Callable[..., Person]
) -> None:
    one = join("one", Role.DIRECTOR)
    roles.give(db, person, one, Role.READER, "agency", program.agency.ref)
    other = programs.add(db, person, program.agency.ref, "Night house", {})
    second = start(db, person, other)
    seal(db, person, second)
    elsewhere = actions.add(db, person, second, replace(WHOLE, due_on="2026-01-01"))
    assert [each.ref for each in actions.of_person(db, one)] == [elsewhere, ref]
    assert actions.get(db, one, ref).held == {Role.DIRECTOR, Role.READER}
    assert actions.get(db, one, elsewhere).held == {Role.READER}


# What fails leaves nothing behind


WRITES: dict[str, Callable[[Database, Person, str, str, str], object]] = {
    "add": lambda db, one, sealed, ref, line: actions.add_all(db, one, sealed, [WHOLE, WHOLE]),
    "change": lambda db, one, sealed, ref, line: actions.change(
        db, one, replace(actions.get(db, one, ref), what="Mine")
    ),
    "remove": lambda db, one, sealed, ref, line: actions.remove(db, one, ref),
    "add a line": lambda db, one, sealed, ref, line: lines.add(db, one, ref, LINES[1]),
    "change a line": lambda db, one, sealed, ref, line: lines.change(db, one, ref, Note(line, "Mine", revision=1)),
    "remove a line": lambda db, one, sealed, ref, line: lines.remove(db, one, ref, line),
    "plan": lambda db, one, sealed, ref, line: plans.save(db, one, sealed, Plan("lit")),
}


@pytest.mark.parametrize("write", list(WRITES.values()), ids=list(WRITES))
def test_a_fault_in_the_middle_leaves_no_row_and_no_entry(
    db: Database, person: Person, sealed: str, ref: str, line: str, write: Callable[..., object]
) -> None:
    """The entry of the trail is written last."""
    db.execute("CREATE TEMP TRIGGER fault AFTER INSERT ON main.trail BEGIN SELECT RAISE(ABORT, 'a fault'); END")
    before = list(db.conn.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match="a fault"):
        write(db, person, sealed, ref, line)
    assert list(db.conn.iterdump()) == before
    assert not db.conn.in_transaction
    db.execute("DROP TRIGGER fault")
    write(db, person, sealed, ref, line)
    assert list(db.conn.iterdump()) != before


@pytest.mark.parametrize("write", list(WRITES.values()), ids=list(WRITES))
def test_while_somebody_else_holds_the_database_it_is_busy_and_nothing_is_written(
    db: Database,
    person: Person,
    sealed: str,
    ref: str,
    line: str,
    elsewhere: Database,
    write: Callable[..., object],
) -> None:
    before = list(db.conn.iterdump())
    elsewhere.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA busy_timeout = 20")
    with pytest.raises(store.Busy):
        write(db, person, sealed, ref, line)
    elsewhere.conn.rollback()
    assert list(db.conn.iterdump()) == before


def test_every_column_of_an_action_is_told_or_our_own() -> None:
    ours = {
        "ref",
        "revision",
        "saved_at",
        "removed_at",
        "held",
        "owner_is_gone",
        "notes",
        "cycles",
        "points",
        "stood",
    }
    ours |= {"program", "program_ref", "agency", "agency_ref", "assessment", "checksum"}
    told = set(actions.said(None, Action()))
    assert told == {field.name for field in fields(Action)} - ours
