"""Peers: releasing them by command, and the page that shows a program beside its groups."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import IntegrityError
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlite_utils import Database

from ddcat import cli, shelf, verifying
from ddcat.records import Person
from ddcat.store import agencies, assessments, now, programs, releases, saving, sealing
from ddcat.store.saving import Change

LANTERN = Path(__file__).parents[1] / "instruments" / "lantern-1.0.toml"
DATA = LANTERN.read_bytes()
INSTRUMENT = shelf.parse(DATA)
IOP = {"level_addiction": ["2.1"], "capacity": 24, "payments": ["medicaid"]}
FIVE = (("Alder", 1), ("Alder", 3), ("Birch", 3), ("Cedar", 3), ("Cedar", 5))


@pytest.fixture
def seal(db: Database, person: Person) -> Callable[..., str]:
    """`seal(program_ref, 3)`: a sealed assessment with every item at this rating, by its ref; `on` is the day."""

    def seal(program_ref: str, rating: int, on: str = "2025-02-03", kind: str = "self") -> str:
        about = {"assessed_on": on, "kind": kind, "rater": "Robin Example", "period": 1}
        volume = (shelf.checksum(DATA), INSTRUMENT.name, DATA)
        ref = assessments.start(db, person, program_ref, volume, **about)
        changes = {item.id: Change(rating, "", 0) for item in INSTRUMENT.items}
        assert not saving.save(db, person, ref, changes).conflicts
        seen = assessments.get(db, person, ref)
        sealing.seal(db, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=now()))
        sealed_on(ref, on)
        return ref

    def sealed_on(ref: str, day: str) -> None:
        with db.conn:
            db.execute("UPDATE assessment SET sealed_at = ? WHERE ref = ?", [f"{day}T10:00:00+00:00", ref])

    return seal


@pytest.fixture
def pool(db: Database, person: Person, seal: Callable[..., str]) -> Callable[..., list[str]]:
    """`pool(("Alder", 1), ...)`: programs of these agencies, sealed at these ratings, by their refs."""
    known: dict[str, str] = {}

    def pool(*rated: tuple[str, int], **facts: object) -> list[str]:
        refs = []
        for agency, rating in rated:
            known[agency] = known.get(agency) or agencies.add(db, person, agency, {}).ref
            refs.append(programs.add(db, person, known[agency], f"{agency} {len(refs)}", IOP | facts).ref)
            seal(refs[-1], rating)
        return refs

    return pool


@pytest.fixture
def release(app: Flask) -> Callable[..., Result]:
    """`release("2025-Q1")`: what the command says and answers."""

    def release(*quarter: str) -> Result:
        chosen = [word for each in quarter for word in ("--quarter", each)]
        return CliRunner().invoke(cli.main, ["release", "--data", app.config["DATA"], *chosen])

    return release


def rows(db: Database) -> list[tuple[Any, ...]]:
    return db.execute("SELECT * FROM peers ORDER BY grouping, code, quarter").fetchall()


# --- The command ---


def test_a_quarter_is_released_once_and_stays_as_it_is(db: Database, pool: Any, release: Any, seal: Any) -> None:
    refs = pool(*FIVE)
    assert release("2025-Q1").output == "Released 2025-Q1: 3 groups of peers.\n"
    before = rows(db)
    assert {row[:4] for row in before} == {
        ("lantern@1.0", "level", "addiction-2.1", "2025-Q1"),
        ("lantern@1.0", "payers", "public", "2025-Q1"),
        ("lantern@1.0", "size", "medium", "2025-Q1"),
    }
    for ref in refs:
        seal(ref, 1, "2025-03-09")
    for quarter in ("2025-Q1", "2024-Q4"):
        said = release(quarter)
        assert (said.exit_code, said.output) == (
            0,
            f"{quarter}, or a later quarter, was released already; nothing changed.\n",
        )
    assert rows(db) == before
    for frozen in ("UPDATE peers SET shown = ''", "DELETE FROM peers", "UPDATE release SET made_at = ''"):
        with pytest.raises(IntegrityError, match="a release is frozen"), db.conn:
            db.execute(frozen)


def test_a_release_keeps_nothing_of_a_program_but_what_is_shown_and_a_mark_for_each_agency(
    db: Database, pool: Any, release: Any
) -> None:
    refs = pool(*FIVE)
    release("2025-Q1")
    kept = " ".join(map(str, rows(db)))
    assert '"half": ["3", "4"]' in kept
    assert '"kinds": {"self": 5}' in kept
    assert not any(ref in kept for ref in refs)


def test_what_is_sealed_after_the_quarter_does_not_count_in_it(
    db: Database, person: Person, pool: Any, release: Any, seal: Any
) -> None:
    for ref in pool(*FIVE):
        seal(ref, 5, "2025-04-01")
    release("2025-Q1")
    found = releases.shown(db, "lantern@1.0", "level", "addiction-2.1")
    assert found is not None
    assert [float(end) for end in found[1].half] == [3, 4]


def test_an_edition_counts_until_the_quarter_in_which_its_amendment_was_sealed(
    db: Database, person: Person, pool: Any, seal: Any
) -> None:
    (ref,) = pool(("Alder", 3))
    first = assessments.of_program(db, person, ref)[0].ref
    second = assessments.amend(db, person, first, "A rating was mistyped")
    coat_rack = assessments.get(db, person, second).said("coat-rack")
    assert not saving.save(db, person, second, {"coat-rack": Change(5, "", coat_rack.revision)}).conflicts
    seen = assessments.get(db, person, second)
    sealing.seal(db, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=now()))
    with db.conn:
        db.execute("UPDATE assessment SET sealed_at = '2025-05-05T10:00:00+00:00' WHERE ref = ?", [second])
    rated = {
        day: [one.ratings["coat-rack"] for one in releases.newest(db, day)] for day in ("2025-04-01", "2025-07-01")
    }
    assert rated == {"2025-04-01": [3], "2025-07-01": [5]}


def test_of_two_assessments_of_one_day_the_later_entered_counts(
    db: Database, person: Person, pool: Any, seal: Any
) -> None:
    (ref,) = pool(("Alder", 1))
    for rating in (2, 5, 3):
        seal(ref, rating, "2025-03-09")
    assert [one.ratings["coat-rack"] for one in releases.newest(db, "2025-04-01")] == [3]


def test_a_program_with_a_rating_that_has_no_anchor_is_not_counted(
    db: Database, person: Person, pool: Any, release: Any, seal: Any
) -> None:
    """An old record may hold one; steps are laid so that possible scores lie far enough apart on each."""
    *_others, last = pool(*FIVE)
    assert 4 in INSTRUMENT.items[0].unanchored
    seal(last, 4, "2025-03-09")
    assert release("2025-Q1").output == "Released 2025-Q1: no group of peers is new or has changed enough.\n"
    seal(last, 5, "2025-05-05")
    assert release("2025-Q2").output == "Released 2025-Q2: 3 groups of peers.\n"


def test_a_group_is_released_again_only_when_three_agencies_have_changed(
    db: Database, pool: Any, release: Any, seal: Any
) -> None:
    alder, _second, birch, cedar, _last = pool(*FIVE)
    release("2025-Q1")
    for ref in (alder, birch):
        seal(ref, 5, "2025-05-05")
    assert release("2025-Q2").output == "Released 2025-Q2: no group of peers is new or has changed enough.\n"
    seal(cedar, 5, "2025-08-05")
    assert release("2025-Q3").output == "Released 2025-Q3: 3 groups of peers.\n"
    found = releases.shown(db, "lantern@1.0", "level", "addiction-2.1")
    assert found is not None
    assert found[0] == "2025-Q3"


@pytest.mark.parametrize(
    ("quarter", "said"), [("2025", "2025 is no quarter; write 2026-Q3"), ("2999-Q1", "2999-Q1 has not ended")]
)
def test_only_a_quarter_that_has_ended_is_released(release: Any, quarter: str, said: str) -> None:
    answer = release(quarter)
    assert answer.exit_code == 2
    assert said in answer.output


def test_without_a_quarter_the_last_one_that_ended_is_released(db: Database, release: Any) -> None:
    assert release().exit_code == 0
    assert releases.last(db) is not None


def test_a_folder_without_a_database_is_a_fault(tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli.main, ["release", "--data", str(tmp_path / "none")])
    assert answer.exit_code == 1
    assert "run ddcat migrate first" in answer.output


# --- The page ---


def test_the_page_shows_the_program_beside_each_of_its_groups(client: Any, pool: Any, release: Any) -> None:
    refs = pool(*FIVE)
    release("2025-Q1")
    page = client.get(f"/programs/{refs[0]}/peers")
    assert page.heading == "Peers, Alder 0"
    headings = page.words("main section h2")[:3]
    assert headings == [
        "Level of care: Intensive outpatient (2.1)",
        "Size: 20 to 59 places",
        "Who pays: Public payers only: Medicaid, Medicare, state or military insurance",
    ]
    assert page.text.count("This program lies below the middle half of these programs.") == 3
    assert page.words("table.peers")[0] == (
        "Released for 2025-Q1; ● is this program, the line is where at least half of the group lies"
        " This program 1.00 At least half of the group from 3 to 4 The middle of the group between 3 and 4"
        " How many 5 programs of 3 agencies Who rated Self-rating (the program’s own people): 5"
    )
    assert "These are all self-ratings." in page.text


@pytest.mark.parametrize(
    ("at", "where"),
    [(0, "lies below the middle half"), (1, "lies where the middle half"), (4, "lies above the middle")],
)
def test_the_page_says_where_the_program_lies(client: Any, pool: Any, release: Any, at: int, where: str) -> None:
    refs = pool(*FIVE)
    release("2025-Q1")
    assert f"This program {where}" in client.get(f"/programs/{refs[at]}/peers").text


def test_at_the_top_of_the_scale_a_program_is_not_above_the_others(client: Any, pool: Any, release: Any) -> None:
    refs = pool(*((agency, 5) for agency, _rating in FIVE))
    release("2025-Q1")
    assert "This program lies where the middle half" in client.get(f"/programs/{refs[0]}/peers").text


def test_self_and_outside_ratings_are_not_mixed_silently(client: Any, pool: Any, release: Any, seal: Any) -> None:
    refs = pool(*FIVE)
    seal(refs[4], 5, "2025-03-03", "external")
    release("2025-Q1")
    text = client.get(f"/programs/{refs[0]}/peers").text
    assert "External rating (a consultant): 1 Self-rating (the program’s own people): 4" in text
    assert "Not every program here was rated by the same kind of rater." in text


def test_a_group_too_small_is_not_told_from_one_that_was_never_released(client: Any, pool: Any, release: Any) -> None:
    """How many programs or agencies are missing would itself tell something of them: only the rule is said."""
    refs = pool(*FIVE[:4])
    before = client.get(f"/programs/{refs[0]}/peers")
    release("2025-Q1")
    after = client.get(f"/programs/{refs[0]}/peers")
    assert before.text == after.text
    assert after.text.count("Nothing was released of this group so far.") == 3
    assert "from 5 programs of 3 agencies up" in after.text


def test_facts_that_do_not_say_the_group_can_be_completed(client: Any, pool: Any) -> None:
    (ref,) = pool(("Alder", 3), capacity=None)
    page = client.get(f"/programs/{ref}/peers")
    # Neither its places nor what can be done by video is known.
    assert page.text.count("The facts of this program do not say which group it belongs to.") == 2
    assert page.one("section a[href$=facts]")["href"] == f"/programs/{ref}/facts"
    assert page.one("section a[href$=edit]")["href"] == f"/programs/{ref}/edit"


def test_without_a_sealed_assessment_nothing_stands_beside_the_peers(
    client: Any, program_ref: str, draft: str
) -> None:
    page = client.get(f"/programs/{program_ref}/peers")
    assert "There is no sealed assessment that you may see" in page.text
    assert page.soup.select("table") == []


def test_who_may_not_see_the_results_sees_no_peers_either(
    app: Flask, client: Any, db: Database, person: Person, pool: Any, release: Any
) -> None:
    refs = pool(*FIVE)
    release("2025-Q1")
    with db.conn:
        db.execute("DELETE FROM role")
        db.execute(
            "INSERT INTO role (person_id, role, program_id) SELECT ?, 'rater', id FROM program WHERE ref = ?",
            [person.id, refs[0]],
        )
    page = client.get(f"/programs/{refs[0]}/peers")
    assert page.soup.select("table") == []
    assert client.get(f"/programs/{refs[1]}/peers").status == 404


def test_the_result_has_a_folded_part_on_how_others_did(
    client: Any, sealed: str, ddcat_draft: str, rate: Any
) -> None:
    (folded,) = client.get(f"/assessments/{sealed}/result").words("#others")
    assert folded.startswith("How others did No published figures are known for this instrument.")
    rate(ddcat_draft, 3)
    page = client.get(f"/assessments/{ddcat_draft}/result")
    (folded,) = page.words("#others")
    assert "Outside raters gave these figures. Yours is a self-rating" in folded
    assert "n = 603 (outpatient clinics) · published 2016 · New York State, at baseline" in folded
    assert page.one("#others a")["href"].endswith("/peers")
