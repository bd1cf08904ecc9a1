"""The fact sheet of a program on the web: shown, changed a part at a time, flagged, printed."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import facts, shelf
from ddcat.access import Role
from ddcat.facts_sheet import FIELDS, PARTS
from ddcat.records import Person
from ddcat.store import portfolio, programs, records, roles, trail
from ddcat.store.portfolio import Asked

DAY = {"as_of": (date.today() - timedelta(days=30)).isoformat(), "source": "The printed schedule"}


def dated(*names: str) -> dict[str, str]:
    return {f"{fact}_{name}": value for fact in names for name, value in DAY.items()}


SENT = {
    "hours": {"hours_scheduled": "9.5", "planned_stay_days": "12", "tracks": ["evening"]} | dated("hours", "stay"),
    "money": {"level_addiction": ["2.1"], "cost_help": ["sliding-scale"], "networks": "North\r\nSouth"},
    "reach": {"video_parts": ["groups"], "wait_median": "4", "wait_month": "2026-01", "languages_staff": ["es"]},
    "treatment": {"therapies-cbt": "y", "therapies-cbt-n": "3", "therapies-dbt-n": "0", "therapies-mi": "y"}
    | {"medicines": ["buprenorphine"]},
    "standing": {"accreditation-carf": "y", "accreditation-carf-n": "2030-01-31", "completion-count": "34"}
    | {"completion-of": "50", "survey_on": "2025-11-22"},
}
KEPT = {
    "hours": {"hours_scheduled": 9.5, "planned_stay_days": 84, "tracks": ["evening"]} | dated("hours", "stay"),
    "money": {"level_addiction": ["2.1"], "cost_help": ["sliding-scale"], "networks": "North\nSouth"},
    "reach": {"video_parts": ["groups"], "wait_median": 4, "wait_month": "2026-01", "languages_staff": ["es"]},
    "treatment": {"therapies": {"cbt": 3, "dbt": 0, "mi": None}, "medicines": ["buprenorphine"]},
    "standing": {
        "accreditation": {"carf": "2030-01-31"},
        "completion": {"count": 34, "of": 50},
        "survey_on": "2025-11-22",
    },
}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_kept_as_it_was_filled_in_and_shown_again(
    client: Any, db: Database, person: Person, program_ref: str, part: str
) -> None:
    address = f"/programs/{program_ref}/facts/{part}"
    page = client.submit(address, SENT[part])
    assert page.url == f"/programs/{program_ref}/facts"
    assert programs.get(db, person, program_ref).facts == {"capacity": 24} | KEPT[part]
    again = client.submit(address)
    assert programs.get(db, person, program_ref).facts == {"capacity": 24} | KEPT[part], again.mistakes


def test_the_sheet_is_reached_from_the_program_and_shows_every_fact(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}")
    assert f"/programs/{program_ref}/facts" in [link["href"] for link in page.soup.select("main a")]
    page = client.get(f"/programs/{program_ref}/facts")
    assert len(page.soup.select("table.sheet tbody tr")) == 22
    assert "0 of 22 facts are known" in page.text


def test_every_part_saved_stands_on_the_sheet_with_date_and_source(client: Any, program_ref: str) -> None:
    for part, sent in SENT.items():
        client.submit(f"/programs/{program_ref}/facts/{part}", sent)
    page = client.get(f"/programs/{program_ref}/facts")
    rows = {row["id"]: " ".join(row.get_text(" ").split()) for row in page.soup.select("table.sheet tbody tr")}
    assert "Scheduled in a usual week: 9.5" in rows["F1"]
    assert "The printed schedule" in rows["F1"]
    assert "12 weeks" in rows["F3"]
    assert "No date yet" in rows["F12"]
    assert "(68 %)" in rows["F22"]
    assert "Dialectical" in page.words(".flags")[0]


def test_what_is_older_than_a_year_says_so_in_words(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    said = {"tracks": ["evening"], "tracks_as_of": "2020-01-02", "tracks_source": "Schedule"}
    programs.tell(db, person, program_ref, said, {}, list(said))
    page = client.get(f"/programs/{program_ref}/facts")
    row = page.one("tr#F4")
    assert "old" in row["class"]
    assert "Older than a year." in row.get_text()


@pytest.mark.parametrize(
    ("part", "sent", "field"),
    [
        ("hours", {"hours_scheduled": "169"}, "hours_scheduled"),
        ("hours", {"hours_scheduled": "nine"}, "hours_scheduled"),
        ("hours", {"days_a_week": "8"}, "days_a_week"),
        ("hours", {"shortest_stay_days": "12", "planned_stay_days": "8"}, "shortest_stay_days"),
        ("hours", {"hours_as_of": "2026-01-02"}, "hours_as_of"),
        ("hours", {"tracks": ["evening"], "tracks_as_of": "2999-01-01"}, "tracks_as_of"),
        ("hours", {"tracks": ["evening"], "tracks_as_of": "soon"}, "tracks_as_of"),
        ("hours", {"tracks": ["midnight"]}, "tracks-0"),
        ("money", {"cost_help": ["grants", "none"]}, "cost_help-0"),
        ("reach", {"wait_median": "9", "wait_90": "4"}, "wait_median"),
        ("reach", {"wait_month": "May"}, "wait_month"),
        ("reach", {"wait_month": "2999-01"}, "wait_month"),
        ("treatment", {"therapies-cbt-n": "many"}, "therapies-cbt-n"),
        ("standing", {"accreditation-carf-n": "soon"}, "accreditation-carf-n"),
        ("standing", {"accreditation-carf": "y", "accreditation-none": "y"}, "accreditation-none"),
        ("standing", {"completion-count": "51", "completion-of": "50"}, "completion-of"),
        ("standing", {"completion-count": "5"}, "completion-of"),
        ("hours", {"tracks": ["evening"], "tracks_source": "x" * 201}, "tracks_source"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(
    client: Any, db: Database, person: Person, program_ref: str, part: str, sent: dict[str, Any], field: str
) -> None:
    page = client.submit(f"/programs/{program_ref}/facts/{part}", sent)
    assert page.status == 422
    assert list(page.mistakes.values()) == [field]
    assert programs.get(db, person, program_ref).facts == {"capacity": 24}


def test_a_source_that_looks_like_patient_data_asks_why_it_may_stay(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    address = f"/programs/{program_ref}/facts/hours"
    sent = {"tracks": ["evening"], "tracks_source": "Patient of 555-12-3456"}
    page = client.submit(address, sent)
    assert page.status == 422
    assert "looks like" in page.text
    client.press(page, {"overrule": "An example"})
    assert programs.get(db, person, program_ref).facts["tracks_source"] == sent["tracks_source"]
    assert trail.of_program(db, person, program_ref)[0].act == "overrule"


def test_who_was_slower_sees_what_stands_now_and_nothing_is_written_over(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    address = f"/programs/{program_ref}/facts/hours"
    slow = client.get(address)
    client.submit(address, {"days_a_week": "5"})
    page = client.press(slow, {"days_a_week": "3"})
    assert page.status == 409
    assert "changed in another window" in page.text
    assert "What is saved now: 5" in page.text
    assert page.fields()["days_a_week"] == ["3"]
    assert programs.get(db, person, program_ref).facts["days_a_week"] == 5
    assert client.press(page).url == f"/programs/{program_ref}/facts"
    assert programs.get(db, person, program_ref).facts["days_a_week"] == 3


def test_another_part_changed_meanwhile_is_not_in_the_way(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    slow = client.get(f"/programs/{program_ref}/facts/hours")
    client.submit(f"/programs/{program_ref}/facts/money", SENT["money"])
    client.press(slow, {"days_a_week": "3"})
    assert programs.get(db, person, program_ref).facts == {"capacity": 24, "days_a_week": 3} | KEPT["money"]


SHARED = [field.name for field in facts.fields(facts.PROGRAM) if field.name in FIELDS]
TOLD_TWICE = {
    **{"level_addiction": ["2.1"], "level_mental_health": ["outpatient"], "payments": ["medicaid"]},
    **{"other_funds": ["public"], "planned_stay_days": 84, "shortest_stay_days": 42, "stay_days": 70},
    **dated("level", "payers", "stay"),
}


@pytest.mark.parametrize("name", [*SHARED, "stay_as_of", "payers_source"])
def test_the_form_of_the_program_never_touches_a_fact_of_the_sheet(
    client: Any, db: Database, person: Person, program_ref: str, name: str
) -> None:
    programs.tell(db, person, program_ref, TOLD_TWICE, {}, list(TOLD_TWICE))
    sent = {"capacity": "30", name: ["medicare"] if isinstance(TOLD_TWICE[name], list) else "21"}
    assert client.submit(f"/programs/{program_ref}/edit", sent).url == f"/programs/{program_ref}"
    assert programs.get(db, person, program_ref).facts == {"capacity": 30} | TOLD_TWICE


def test_a_fact_sheet_that_was_changed_meanwhile_is_not_in_the_way_of_the_form_of_the_program(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    slow = client.get(f"/programs/{program_ref}/edit")
    client.submit(f"/programs/{program_ref}/facts/hours", SENT["hours"])
    assert client.press(slow, {"capacity": "30"}).status == 200
    assert programs.get(db, person, program_ref).facts == {"capacity": 30} | KEPT["hours"]


def test_only_who_may_change_the_program_changes_its_facts(
    client: Any, db: Database, person: Person, program_ref: str
) -> None:
    db.execute("UPDATE role SET role = 'reader' WHERE role = 'director'")
    db.conn.commit()
    address = f"/programs/{program_ref}/facts"
    assert roles.held("reader") == {Role.READER}
    page = client.get(address)
    assert page.status == 200
    assert not [link for link in page.soup.select("main a") if "/facts/hours" in link["href"]]
    assert client.get(f"{address}/hours").status == 404


def test_no_such_part_is_not_there(client: Any, program_ref: str) -> None:
    assert client.get(f"/programs/{program_ref}/facts/moon").status == 404


def test_the_trail_tells_facts_in_words(client: Any, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/facts/treatment", SENT["treatment"])
    page = client.get(f"/programs/{program_ref}/trail")
    assert "Therapies on the printed schedule: Therapies" in page.text
    assert "Cognitive behavioral therapy (CBT) (trained staff: 3)" in page.text


def test_the_paper_can_be_printed_by_any_browser(client: Any, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/facts/hours", SENT["hours"])
    page = client.get(f"/programs/{program_ref}/facts/print")
    assert "The printed schedule" in page.text
    assert len(page.soup.select("table.sheet tbody tr")) == 22


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        (Asked(video="groups"), True),
        (Asked(video="psychiatry"), False),
        (Asked(language="es"), True),
        (Asked(language="fr"), False),
        (Asked(medicine="buprenorphine"), True),
        (Asked(medicine="methadone"), False),
    ],
)
def test_programs_are_found_by_their_facts(
    client: Any, db: Database, person: Person, program_ref: str, asked: Asked, is_found: bool
) -> None:
    for part in ("reach", "treatment"):
        client.submit(f"/programs/{program_ref}/facts/{part}", SENT[part])
    assert bool(portfolio.listed(db, person, asked)) is is_found


def test_the_portfolio_says_by_which_fact_it_was_narrowed(client: Any, program_ref: str) -> None:
    client.submit(f"/programs/{program_ref}/facts/reach", SENT["reach"])
    page = client.get("/portfolio?language=es&video=groups&medicine=nonsense")
    assert "language: Spanish" in page.text
    assert "by video: Groups" in page.text
    assert "Evening Harbor" in page.text


def test_the_portfolio_tells_levels_of_mental_health_from_those_of_addiction(client: Any, program_ref: str) -> None:
    for sent, told in (
        ({"level_addiction": ["1"]}, "Outpatient (1)"),
        ({"level_mental_health": ["outpatient", "inpatient"]}, "Mental health: Outpatient, Inpatient"),
        (
            {"level_addiction": ["1", "2.1"], "level_mental_health": ["outpatient"]},
            "Outpatient (1); Intensive outpatient (2.1); Mental health: Outpatient",
        ),
    ):
        none: dict[str, list[str]] = {"level_addiction": [], "level_mental_health": []}
        client.submit(f"/programs/{program_ref}/facts/money", none | sent)
        assert client.get("/portfolio").words('td[data-label="Level of care"]') == [told]


def test_a_rating_of_the_newest_sealed_checklist_is_held_against_the_schedule(
    client: Any, db: Database, program_ref: str, start: Any, rate: Any
) -> None:
    client.submit(f"/programs/{program_ref}/facts/treatment", {"therapies-cbt-n": "2"})
    ref = start(shelf.INSTRUMENTS / "iop-ic-1.0.toml")
    rate(ref, 3, T1=4)
    address = f"/programs/{program_ref}/facts"
    assert not client.get(address).soup.select(".flags")
    client.submit(f"/assessments/{ref}/seal")
    assert records.is_intact(db, ref)
    assert "T1 is rated 4" in client.get(address).words(".flags")[0]
    client.submit(f"{address}/treatment", {"therapies-dbt-n": "1"})
    assert not client.get(address).soup.select(".flags")
