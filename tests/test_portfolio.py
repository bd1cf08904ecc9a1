"""Which programs somebody is shown side by side, which of their assessments counts, and what is kept under a name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import store
from ddcat.access import Act, Role, may
from ddcat.records import Person
from ddcat.store import agencies, people, portfolio, programs, roles, sets, tags, trail
from ddcat.store.portfolio import UNSTATED, Asked, Listed

Add = Callable[..., str]


@pytest.fixture
def program(db: Database, person: Person) -> Add:
    """`program("Harbor", "Tidewater", state="Ohio")`: a program by its ref; its agency is made where it is new."""
    houses: dict[str, str] = {}

    def program(name: str, agency: str = "Tidewater", **facts: Any) -> str:
        if agency not in houses:
            houses[agency] = agencies.add(db, person, agency, {}).ref
        return programs.add(db, person, houses[agency], name, facts).ref

    return program


@pytest.fixture
def seal(db: Database) -> Add:
    """`seal(program, "2026-03-01", "external")`: a sealed assessment by its ref, as the store keeps one."""
    count = iter(range(1, 1000))

    def seal(program_ref: str, on: str, kind: str | None = "self", amends: str = "", is_sealed: bool = True) -> str:
        ref = f"{next(count):016x}"
        with db.conn:
            db.execute("INSERT OR IGNORE INTO instrument VALUES ('sum', 'lantern@1.0', x'00')")
            db.execute(
                "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, started_at,"
                " sealed_at, result, amends_id) SELECT ?, id, 'sum', ?, 1, ?, 'Robin Example', ?, ?, ?,"
                " (SELECT id FROM assessment WHERE ref = ?) FROM program WHERE ref = ?",
                [ref, on, kind, on, *((on, json.dumps({"of": ref})) if is_sealed else (None, None))]
                + [amends, program_ref],
            )
        return ref

    return seal


@pytest.fixture
def join(db: Database, person: Person) -> Callable[..., Person]:
    """`join(Role.READER, "program", ref)`: somebody with this role in this place."""

    def join(role: Role | None, place: str = "", ref: str = "") -> Person:
        login = f"{role}-{place}-{ref}@example.org"
        with store.writing(db):
            one = people.create(db, None, name="Sam Example", login=login)
            if role:
                roles.insert(db, person, one, role, place, ref)
        return people.by_login(db, login)

    return join


def found(db: Database, person: Person, **asked: Any) -> list[Listed]:
    return portfolio.listed(db, person, Asked(**asked))


def names(db: Database, person: Person, **asked: Any) -> list[str]:
    return [each.program.name for each in found(db, person, **asked)]


def counts(db: Database, person: Person, **asked: Any) -> str | None:
    (only,) = found(db, person, **asked)
    return only.newest.ref if only.newest else None


# --- Which assessment counts ---


def test_the_newest_sealed_assessment_counts_whenever_it_was_entered(
    db: Database, person: Person, program: Add, seal: Add
) -> None:
    ref = program("Harbor")
    newest = seal(ref, "2026-03-01")
    seal(ref, "2025-03-01")
    seal(ref, "2026-09-01", is_sealed=False)
    assert counts(db, person) == newest
    (only,) = found(db, person)
    assert only.newest
    assert (only.newest.assessed_on, only.newest.kind, only.newest.rater) == (
        "2026-03-01",
        "self",
        "Robin Example",
    )
    assert (only.newest.checksum, only.newest.period, only.newest.result) == ("sum", 1, {"of": newest})


def test_of_two_of_one_day_the_later_entered_counts(db: Database, person: Person, program: Add, seal: Add) -> None:
    ref = program("Harbor")
    seal(ref, "2026-03-01")
    later = seal(ref, "2026-03-01")
    assert counts(db, person) == later


def test_an_amendment_counts_once_it_is_sealed(db: Database, person: Person, program: Add, seal: Add) -> None:
    ref = program("Harbor")
    first = seal(ref, "2026-03-01")
    seal(ref, "2026-03-01", amends=first, is_sealed=False)
    assert counts(db, person) == first
    with db.conn:
        db.execute("UPDATE assessment SET deleted_at = 'x' WHERE sealed_at IS NULL")
    second = seal(ref, "2026-02-01", amends=first)
    assert counts(db, person) == second


def test_as_of_a_day_what_came_later_is_not_there(db: Database, person: Person, program: Add, seal: Add) -> None:
    ref = program("Harbor")
    early, late = seal(ref, "2025-03-01"), seal(ref, "2026-03-01")
    assert counts(db, person, as_of="2025-03-01") == early
    assert counts(db, person, as_of="2026-02-28") == early
    assert counts(db, person, as_of="2026-03-01") == late
    assert counts(db, person, as_of="2025-02-28") is None


def test_of_a_kind_of_rating_the_newest_of_that_kind_counts(
    db: Database, person: Person, program: Add, seal: Add
) -> None:
    ref, other = program("Harbor"), program("Quay")
    outside, own = seal(ref, "2025-03-01", "external"), seal(ref, "2026-03-01", "self")
    unstated = seal(other, "2025-03-01", None)
    assert counts(db, person, kind="external") == outside
    assert counts(db, person, kind="self") == own
    assert counts(db, person, kind=UNSTATED) == unstated
    assert found(db, person, kind="peer") == []


def test_an_instrument_that_stands_apart_counts_only_where_there_is_no_other(
    db: Database, person: Person, program: Add, seal: Add
) -> None:
    ref, alone = program("Harbor"), program("Quay")
    usual, checklist, only = seal(ref, "2025-03-01"), seal(ref, "2026-03-01"), seal(alone, "2026-03-01")
    with db.conn:
        db.execute("INSERT INTO instrument VALUES ('apart', 'checklist@1.0', x'01')")
        db.execute("UPDATE assessment SET instrument = 'apart' WHERE ref IN (?, ?)", [checklist, only])

    def counted(apart: tuple[str, ...], **asked: Any) -> list[str | None]:
        every = portfolio.listed(db, person, Asked(**asked), apart)
        return [each.newest.ref if each.newest else None for each in every]

    assert counted(("apart",)) == [usual, only]
    assert counted(("apart",), as_of="2025-12-31") == [usual, None]
    assert counted(()) == [checklist, only]


def test_carried_ratings_are_counted(db: Database, person: Person, program: Add, seal: Add) -> None:
    ref = program("Harbor")
    first, then = seal(ref, "2025-03-01"), seal(ref, "2026-03-01")
    with db.conn:
        db.execute(
            "INSERT INTO carried SELECT late.id, item.value, early.id FROM assessment AS late, assessment AS early,"
            " json_each('[1, 2]') AS item WHERE late.ref = ? AND early.ref = ?",
            [then, first],
        )
    n_carried = [
        each.newest and each.newest.n_carried for each in found(db, person) + found(db, person, as_of="2025-12-31")
    ]
    assert n_carried == [2, 0]


def test_a_program_that_was_never_assessed_is_listed_without_an_assessment(
    db: Database, person: Person, program: Add
) -> None:
    program("Harbor")
    assert counts(db, person) is None


# --- Which programs ---


@pytest.fixture
def many(db: Database, person: Person, program: Add) -> dict[str, str]:
    """Four programs of two agencies; refs by name."""
    refs = {
        "Harbor": program("Harbor", state="Ohio", level_addiction=["2.1", "1"]),
        "anchor": program("anchor", state="Iowa", level_mental_health=["outpatient"]),
        "Quay": program("Quay", "Aster", state="Ohio", level_addiction=["3"]),
        "Mole": program("Mole", "Aster"),
    }
    tags.change(db, person, refs["Quay"], ["Rural", "pilot"])
    return refs


def test_programs_stand_by_agency_and_name(db: Database, person: Person, many: dict[str, str]) -> None:
    assert names(db, person) == ["Mole", "Quay", "anchor", "Harbor"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"state": "Ohio"}, {"Quay", "Harbor"}),
        ({"state": "ohio"}, set()),
        ({"level": "2.1"}, {"Harbor"}),
        ({"level": "outpatient"}, {"anchor"}),
        ({"tag": "rural"}, {"Quay"}),
        ({"tag": "rur"}, set()),
        ({"state": "Ohio", "level": "3"}, {"Quay"}),
        ({"state": "Iowa", "tag": "rural"}, set()),
    ],
)
def test_filters_narrow_and_hold_together(
    db: Database, person: Person, many: dict[str, str], asked: dict[str, str], expected: set[str]
) -> None:
    assert set(names(db, person, **asked)) == expected


def test_an_agency_and_programs_picked_by_hand_narrow_too(db: Database, person: Person, many: dict[str, str]) -> None:
    agency = programs.get(db, person, many["Quay"]).agency.ref
    assert names(db, person, agency=agency) == ["Mole", "Quay"]
    assert names(db, person, programs=(many["Harbor"], many["Mole"], "0000")) == ["Mole", "Harbor"]
    assert names(db, person, programs=(many["Harbor"],), agency=agency) == []
    assert names(db, person, agency="0000") == []


def test_every_role_that_reads_sealed_results_is_shown_them_and_no_other(
    db: Database, person: Person, many: dict[str, str], seal: Add, join: Callable[..., Person]
) -> None:
    ref = many["Harbor"]
    agency = programs.get(db, person, ref).agency.ref
    assessment = seal(ref, "2026-03-01")
    inside = {"agency": (agency, ["anchor", "Harbor"]), "program": (ref, ["Harbor"]), "assessment": (assessment, [])}
    for role in Role:
        for place, (where, expected) in inside.items():
            reads = expected if may(Act.SEE_SEALED, frozenset({role})) else []
            if role != Role.ADMINISTRATOR:
                assert names(db, join(role, place, where)) == reads, (role, place)
    assert names(db, join(Role.ADMINISTRATOR)) == []
    assert names(db, join(None)) == []


def test_a_program_reached_by_two_roles_stands_once_and_says_both(
    db: Database, person: Person, many: dict[str, str], join: Callable[..., Person]
) -> None:
    one = join(Role.READER, "program", many["Harbor"])
    with store.writing(db):
        agency = programs.get(db, person, many["Harbor"]).agency.ref
        roles.insert(db, person, one, Role.QUALITY, "agency", agency)
        roles.insert(db, person, one, Role.RATER, "program", many["Harbor"])
    every = {each.program.name: each.program for each in found(db, one)}
    assert set(every) == {"Harbor", "anchor"}
    for name, program in every.items():
        assert program == programs.get(db, one, many[name])
        assert program.held == programs.get(db, one, many[name]).held


def test_what_is_offered_to_choose_by_is_only_what_she_sees(
    db: Database, person: Person, many: dict[str, str], join: Callable[..., Person]
) -> None:
    every = portfolio.offered(db, person)
    assert list(every.agencies.values()) == ["Aster", "Tidewater"]
    assert (every.states, every.tags, every.n_programs) == (("Iowa", "Ohio"), ("pilot", "Rural"), 4)
    assert list(portfolio.offered(db, person, "Iowa").agencies.values()) == ["Tidewater"]
    own = portfolio.offered(db, join(Role.READER, "program", many["anchor"]))
    assert (list(own.agencies.values()), own.states, own.tags, own.n_programs) == (["Tidewater"], ("Iowa",), (), 1)


def test_one_query_answers_and_it_searches_no_table_from_end_to_end(
    db: Database, person: Person, many: dict[str, str], seal: Add
) -> None:
    asked = [
        Asked(),
        Asked(state="Ohio"),
        Asked(agency="x", kind="self", as_of="2026-01-01"),
        Asked(programs=("x", "y")),
        Asked(tag="Rural", level="2.1"),
    ]
    for each in asked:
        sql, values = portfolio.question(person, each)
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
        scanned = [step for step in plan if step.startswith("SCAN")]
        assert not [
            step for step in scanned if not step.startswith(("SCAN seen", "SCAN json_each", "SCAN (subquery"))
        ]
        # Her roles in one agency are looked up there, not among all that she holds.
        assert "SEARCH role USING INDEX role_by_agency (agency_id=?)" in plan
        assert "SEARCH carried USING PRIMARY KEY (assessment_id=?)" in plan
    told: list[str] = []
    for ref in many.values():
        seal(ref, "2026-03-01")
    db.conn.set_trace_callback(told.append)
    assert len(found(db, person)) == 4
    db.conn.set_trace_callback(None)
    assert len(told) == 1


def test_other_agencies_do_not_make_it_slower(
    db: Database, person: Person, many: dict[str, str], seal: Add, join: Callable[..., Person]
) -> None:
    """The work is counted in SQLite's own steps, which no busy machine makes more."""
    one = join(Role.READER, "program", many["Harbor"])
    for ref in many.values():
        seal(ref, "2026-03-01")

    def steps() -> int:
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        db.conn.set_progress_handler(step, 1)
        assert names(db, one) == ["Harbor"]
        db.conn.set_progress_handler(None, 1)
        return count

    before = steps()
    with db.conn:
        for id in range(1000, 1300):
            db.execute("INSERT INTO agency (id, ref, name) VALUES (?, ?, 'Far away')", [id, f"a{id}"])
            db.execute(
                "INSERT INTO program (id, ref, agency_id, name, facts) VALUES (?, ?, ?, 'Far', ?)",
                [id, f"p{id}", id, json.dumps({"state": "Utah"})],
            )
            seal(f"p{id}", "2026-03-01") if id % 10 == 0 else None
    assert steps() <= before * 1.05


# --- Tags ---


def test_tags_are_kept_once_each_and_their_change_is_told(db: Database, person: Person, program: Add) -> None:
    ref = program("Harbor")
    tags.change(db, person, ref, ["rural", "Pilot", "RURAL"])
    assert tags.of_program(db, person, ref) == ("Pilot", "RURAL")
    tags.change(db, person, ref, ["Pilot", "RURAL"])
    tags.change(db, person, ref, ["Pilot", "night"])
    second, first, *_rest = trail.of_program(db, person, ref)
    assert (first.act, first.kind, second.act) == ("tag", "program", "tag")
    assert [value.value for _old, value in first.changes.values() if value] == ["Pilot", "RURAL"]
    ((old, new),) = second.changes.values()
    assert old
    assert new
    assert (old.value, new.value) == ("RURAL", "night")


def test_nobody_tags_a_program_that_is_not_hers_to_see(
    db: Database, person: Person, program: Add, join: Callable[..., Person]
) -> None:
    ref = program("Harbor")
    with pytest.raises(store.Missing):
        tags.change(db, join(None), ref, ["mine"])
    assert tags.of_program(db, person, ref) == ()


# --- Saved choices ---

ASKED = Asked(("b" * 16, "a" * 16), state="Ohio", kind="self", as_of="2026-01-01")


def test_a_saved_choice_comes_back_as_it_was_asked(db: Database, person: Person, join: Callable[..., Person]) -> None:
    ref = sets.add(db, person, "Ohio, by hand", ASKED)
    own = sets.get(db, person, ref)
    assert (own.name, own.asked, own.by, own.is_own) == ("Ohio, by hand", ASKED, person.name, True)
    assert [each.ref for each in sets.of_person(db, person)] == [ref]
    other = join(None)
    assert sets.get(db, other, ref).asked == ASKED
    assert not sets.get(db, other, ref).is_own
    assert sets.of_person(db, other) == []


def test_a_removed_choice_is_there_for_its_maker_alone_and_comes_back(
    db: Database, person: Person, join: Callable[..., Person]
) -> None:
    other = join(None)
    ref = sets.add(db, person, "Coast", Asked(state="Ohio"))
    for act in (sets.remove, sets.restore):
        with pytest.raises(store.Missing):
            act(db, other, ref)
    sets.remove(db, person, ref)
    sets.remove(db, person, ref)
    assert sets.get(db, person, ref).removed_at
    with pytest.raises(store.Missing):
        sets.get(db, other, ref)
    sets.restore(db, person, ref)
    assert sets.get(db, other, ref).removed_at is None
    acts = [(entry.act, entry.kind, entry.ref) for entry in trail.of_people(db, most=3)]
    assert acts == [(act, "set", ref) for act in ("restore", "remove", "save")]
