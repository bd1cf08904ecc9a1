"""Ratings carried forward: taken over with a mark, given anew, sealed with what nobody touched, and verified."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import change, shelf, store, verifying
from ddcat.instrument import Instrument
from ddcat.records import Carried, Evidence, Person
from ddcat.store import agencies, assessments, carrying, evidence, kept, programs, raters, saving, sealing, trail
from ddcat.store.carrying import Unfit
from ddcat.store.connection import Missing
from ddcat.store.raters import Begun
from ddcat.store.saving import Change, NotGiven
from ddcat.store.sealing import Unconfirmed

DATA = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
INSTRUMENT = shelf.parse(DATA)
VOLUME = (shelf.checksum(DATA), INSTRUMENT.name, DATA)
FIRST, HOOKS, PLATE = (item.id for item in INSTRUMENT.items)


@pytest.fixture
def program(db: Database, person: Person) -> str:
    agency = agencies.add(db, person, "Tidewater House", {}).ref
    return programs.add(db, person, agency, "Evening Harbor", {}).ref


@pytest.fixture
def begin(db: Database, person: Person, program: str) -> Callable[..., str]:
    """`begin("2026-03-02", carry_from=ref)`: a draft of this day."""

    def begin(on: str, **more: Any) -> str:
        usual = {"assessed_on": on, "kind": "self", "rater": "Robin Example", "period": 1}
        return assessments.start(db, person, program, VOLUME, **usual | more)

    return begin


@pytest.fixture
def rate(db: Database, person: Person) -> Callable[..., None]:
    """`rate(ref, {item: 3})`: over whatever stands there."""

    def rate(ref: str, ratings: dict[str, int], why: str = "") -> None:
        standing = assessments.get(db, person, ref)
        changes = {item: Change(value, why, standing.said(item).revision) for item, value in ratings.items()}
        assert not saving.save(db, person, ref, changes).conflicts

    return rate


@pytest.fixture
def sealed(db: Database, person: Person) -> Callable[[str], str]:
    """`sealed(ref)`: the same, sealed."""

    def sealed(ref: str) -> str:
        seen = assessments.get(db, person, ref)
        record = verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now())
        sealing.seal(db, person, seen, record, with_carried=True)
        return ref

    return sealed


@pytest.fixture
def baseline(begin: Any, rate: Any, sealed: Any) -> str:
    """Sealed: the first two items 3, the last 4, with a reason each."""
    ref: str = begin("2025-03-02")
    rate(ref, {FIRST: 3, HOOKS: 3, PLATE: 4}, "Seen twice")
    return sealed(ref)  # type: ignore[no-any-return]


def found(db: Database) -> list[str]:
    return [str(each) for each in verifying.Verification(kept.everything(db))]


def test_a_draft_begins_with_the_ratings_and_nothing_else(
    db: Database, person: Person, begin: Any, rate: Any, sealed: Any
) -> None:
    ref = begin("2025-03-02")
    rate(ref, {FIRST: 3, HOOKS: 3, PLATE: 4}, "Seen twice")
    evidence.add(db, person, ref, Evidence("", PLATE, "document", seen="Menu", seen_on="2025-03-01"))
    base = assessments.get(db, person, sealed(ref))
    draft = assessments.get(db, person, begin("2026-03-02", carry_from=ref))
    assert draft.ratings == {FIRST: 3, HOOKS: 3, PLATE: 4}
    assert draft.carried == dict.fromkeys((FIRST, HOOKS, PLATE), Carried(ref, "2025-03-02"))
    assert draft.carried_from == ("2025-03-02",)
    assert (draft.evidence, draft.why) == ((), {})
    assert draft.origins == base.origins, "who gave them then, and when"
    entry, *_rest = trail.of_program(db, person, draft.program_ref)
    assert entry.act == "carry"
    assert entry.changes["carried from"][1].value == ref  # type: ignore[union-attr]


@pytest.mark.parametrize(("value", "why"), [(5, ""), (3, ""), (3, "Seen again"), (None, "")])
def test_saving_any_value_takes_the_mark_away(
    db: Database, person: Person, begin: Any, baseline: str, value: int | None, why: str
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    saved = saving.save(db, person, ref, {FIRST: Change(value, why, 1)})
    draft = assessments.get(db, person, ref)
    assert saved.revisions == {FIRST: 2}
    assert draft.carried.keys() == {HOOKS, PLATE}
    entry, *_rest = trail.of_program(db, person, draft.program_ref)
    assert entry.changes[f"{FIRST} carried from"][0].value == baseline  # type: ignore[union-attr]


def test_saving_the_same_again_is_saved_once(db: Database, person: Person, begin: Any, baseline: str) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    same = {FIRST: Change(3, "", 1)}
    assert saving.save(db, person, ref, same).revisions == {FIRST: 2}
    again = saving.save(db, person, ref, same)
    assert (again.revisions, again.conflicts) == ({FIRST: 2}, {})


def test_who_keeps_a_rating_has_given_it(db: Database, person: Person, begin: Any, baseline: str) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    with db.conn:
        db.execute("UPDATE rating SET saved_at = '2025-03-02T10:00:00+00:00' WHERE saved_at != ''")
    saved = carrying.keep(db, person, ref, [FIRST, PLATE])
    assert saved.revisions == {FIRST: 2, PLATE: 2}
    draft = assessments.get(db, person, ref)
    assert draft.ratings == {FIRST: 3, HOOKS: 3, PLATE: 4}
    assert draft.carried.keys() == {HOOKS}
    assert draft.origins[FIRST].at > draft.origins[HOOKS].at
    assert carrying.keep(db, person, ref, [FIRST]).revisions == {}, "there is nothing more to keep"


def test_what_is_not_given_to_somebody_she_does_not_keep(
    db: Database, person: Person, begin: Any, baseline: str
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    with db.conn:
        db.execute("INSERT INTO person (id, ref, name) VALUES (77, 'beef', 'Bo Example')")
        for statement in (
            "INSERT INTO role (person_id, role, assessment_id) SELECT 77, 'rater', id FROM assessment WHERE ref = ?",
            "INSERT INTO assignment (assessment_id, person_id, items, stands, state, note, changed_at)"
            f""" SELECT id, 77, '["{HOOKS}"]', '', 'draft', '', '' FROM assessment WHERE ref = ?""",
        ):
            db.execute(statement, [ref])
    rater = Person(77, "Bo Example", "beef")
    with pytest.raises(NotGiven):
        carrying.keep(db, rater, ref, [FIRST, HOOKS])
    assert carrying.keep(db, rater, ref, [HOOKS]).revisions == {HOOKS: 2}
    (bo,) = assessments.get(db, person, ref).raters
    assert bo.state == "in progress"


def test_what_was_carried_twice_still_says_where_it_was_given(
    db: Database, person: Person, begin: Any, baseline: str, sealed: Any, rate: Any
) -> None:
    second = begin("2026-03-02", carry_from=baseline)
    rate(second, {FIRST: 5})
    third = assessments.get(db, person, begin("2027-03-02", carry_from=sealed(second)))
    assert third.carried == {
        FIRST: Carried(second, "2026-03-02"),
        HOOKS: Carried(baseline, "2025-03-02"),
        PLATE: Carried(baseline, "2025-03-02"),
    }
    assert third.carried_from == ("2025-03-02", "2026-03-02")


def test_an_amendment_copies_the_marks(
    db: Database, person: Person, begin: Any, baseline: str, sealed: Any, rate: Any
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    rate(ref, {FIRST: 5})
    amended = assessments.amend(db, person, sealed(ref), "HOOKS was misread")
    assert assessments.get(db, person, amended).carried.keys() == {HOOKS, PLATE}
    rate(amended, {HOOKS: 2})
    sealed(amended)
    assert assessments.get(db, person, amended).carried.keys() == {PLATE}
    assert assessments.get(db, person, ref).carried.keys() == {HOOKS, PLATE}, "the sealed edition stays"
    assert found(db) == []


def test_who_rates_alone_begins_with_nothing(db: Database, person: Person, begin: Any, baseline: str) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    assert not raters.has_begun(db, person, ref)
    raters.rate_alone(db, person, ref)
    assert db.execute("SELECT count(*) FROM carried").fetchone() == (0,)
    counted = "SELECT count(*) FROM rating JOIN assessment ON assessment.id = assessment_id WHERE ref = ?"
    assert db.execute(counted, [ref]).fetchone() == (0,)
    assert db.execute(counted, [baseline]).fetchone() == (3,)
    entry, *_rest = trail.of_program(db, person, assessments.get(db, person, ref).program_ref)
    assert entry.changes[FIRST][0].value == 3  # type: ignore[union-attr]


def test_once_a_carried_rating_was_given_anew_it_is_too_late_to_rate_alone(
    db: Database, person: Person, begin: Any, baseline: str, sealed: Any
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    amended = assessments.amend(db, person, sealed(begin("2026-03-03", carry_from=baseline)), "Misread")
    carrying.keep(db, person, ref, [FIRST])
    for one in (ref, amended):
        with pytest.raises(Begun):
            raters.rate_alone(db, person, one)
    assert assessments.get(db, person, ref).carried.keys() == {HOOKS, PLATE}


def test_ratings_that_raters_agreed_on_are_carried_too(db: Database, person: Person, begin: Any, rate: Any) -> None:
    ref = begin("2025-03-02")
    with db.conn:
        db.execute("UPDATE assessment SET is_blind = 1, sealed_at = '2025-03-03', result = '{}' WHERE ref = ?", [ref])
        db.execute(
            "INSERT INTO agreed (assessment_id, person_id, item, value, why, revision, saved_at)"
            " SELECT id, ?, ?, 4, 'Both saw it', 2, '2025-03-02' FROM assessment WHERE ref = ?",
            [person.id, PLATE, ref],
        )
    assert assessments.get(db, person, begin("2026-03-02", carry_from=ref)).ratings == {PLATE: 4}


def test_only_a_sealed_assessment_of_the_same_program_and_instrument_is_carried(
    db: Database, person: Person, program: str, begin: Any, baseline: str
) -> None:
    with pytest.raises(Missing):
        begin("2026-03-02", carry_from=begin("2025-06-02"))
    with pytest.raises(Missing):
        begin("2026-03-02", carry_from="beef")
    other = (DATA + b"\n# Another text\n").replace(b'version  = "1.0"', b'version  = "1.1"')
    about = {"assessed_on": "2026-03-02", "kind": "self", "rater": "Robin", "period": 2, "carry_from": baseline}
    with pytest.raises(Missing):
        assessments.start(db, person, program, (shelf.checksum(other), "lantern@1.1", other), **about)
    agency = agencies.add(db, person, "Another house", {}).ref
    elsewhere = programs.add(db, person, agency, "Morning Harbor", {}).ref
    with pytest.raises(Missing):
        assessments.start(db, person, elsewhere, VOLUME, **about)
    assert len(assessments.of_program(db, person, program)) == 2, "what was refused did not begin"


@pytest.mark.parametrize(
    "about",
    [
        {"kind": "external"},
        {"kind": "peer"},
        {"kind": None},
        {"assessed_on": "2025-03-02"},
        {"assessed_on": "2024-12-31"},
    ],
)
def test_ratings_are_carried_to_a_later_day_by_the_same_kind_of_rater(
    db: Database, person: Person, program: str, begin: Any, baseline: str, about: dict[str, Any]
) -> None:
    with pytest.raises(Unfit):
        begin(**{"on": "2026-03-02", "carry_from": baseline} | about)
    assert len(assessments.of_program(db, person, program)) == 1, "what was refused did not begin"
    draft = assessments.get(db, person, begin("2026-03-02", carry_from=baseline))
    cover = {"assessed_on": "2026-03-02", "kind": "self", "rater": "Robin", "period": 1, "cover": {}}
    with pytest.raises(Unfit):
        assessments.change_cover(db, person, draft.ref, **cover | about)
    assert assessments.get(db, person, draft.ref) == draft
    assessments.change_cover(db, person, draft.ref, **cover | {"assessed_on": "2025-03-03"})


def test_once_every_rating_was_given_anew_the_cover_sheet_is_free(
    db: Database, person: Person, begin: Any, baseline: str
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    carrying.keep(db, person, ref, [FIRST, HOOKS, PLATE])
    about = {"assessed_on": "2025-01-02", "kind": "external", "rater": "Robin", "period": 1, "cover": {}}
    assessments.change_cover(db, person, ref, **about)
    assert assessments.get(db, person, ref).kind == "external"


def test_what_another_kind_of_rater_gave_before_is_not_carried_on(
    db: Database, person: Person, begin: Any, rate: Any, baseline: str, sealed: Any
) -> None:
    """An import may bring an external rating that carries what the program said of itself."""
    second = begin("2026-03-02", carry_from=baseline)
    rate(second, {FIRST: 5})
    with db.conn:
        db.execute("UPDATE assessment SET kind = 'external' WHERE ref = ?", [second])
    third = assessments.get(db, person, begin("2027-03-02", kind="external", carry_from=sealed(second)))
    assert third.ratings == {FIRST: 5}
    assert third.carried == {FIRST: Carried(second, "2026-03-02")}


def test_what_was_carried_is_sealed_only_by_somebody_who_says_so(
    db: Database, person: Person, begin: Any, baseline: str
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    carrying.keep(db, person, ref, [FIRST, HOOKS])
    seen = assessments.get(db, person, ref)
    record = verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now())
    with pytest.raises(Unconfirmed):
        sealing.seal(db, person, seen, record)
    assert assessments.get(db, person, ref) == seen
    carrying.keep(db, person, ref, [PLATE])
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now()))
    assert assessments.get(db, person, ref).is_sealed


def test_the_sealed_record_says_what_was_carried_and_verifies(
    db: Database, person: Person, begin: Any, baseline: str, sealed: Any, rate: Any
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    rate(ref, {FIRST: 5})
    sealed(ref)
    (core,) = db.execute(
        "SELECT core FROM record JOIN assessment ON assessment.id = assessment_id WHERE ref = ?", [ref]
    ).fetchone()
    origin = {"assessment": baseline, "assessed_on": "2025-03-02"}
    assert json.loads(core)["carried"] == {HOOKS: origin, PLATE: origin}
    assert found(db) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM carried WHERE item = 'coat-rack'", "carried/coat-rack: differs from what was sealed"),
        ("UPDATE carried SET from_id = assessment_id", "carried/coat-rack/assessment: differs from what was sealed"),
        (
            "INSERT INTO carried SELECT assessment_id, 'first-words', from_id FROM carried LIMIT 1",
            "carried/first-words: differs from what was sealed",
        ),
    ],
)
def test_a_mark_that_was_changed_since_the_seal_is_named(
    db: Database, begin: Any, baseline: str, sealed: Any, rate: Any, statement: str, said: str
) -> None:
    ref = begin("2026-03-02", carry_from=baseline)
    rate(ref, {FIRST: 5})
    sealed(ref)
    with db.conn:
        db.execute(statement)
    assert f"assessment {ref}: {said}" in found(db)


def test_a_carried_rating_is_rated_by_whoever_gave_it(
    db: Database, person: Person, lantern: Instrument, begin: Any, baseline: str
) -> None:
    """Nobody looks like a rater who rated nothing, and nobody is forgotten whose rating counts."""
    draft = assessments.get(db, person, begin("2026-03-02", carry_from=baseline))
    assert change.raters(draft) == change.raters(assessments.get(db, person, baseline))
