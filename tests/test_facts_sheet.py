"""The fact sheet: 22 facts with dates and sources, one home for each, and what can hardly be so."""

from datetime import date
from typing import Any

import pytest

from ddcat import display, facts, facts_sheet, shelf
from ddcat.facts_sheet import BESIDE, FACTS, FIELDS, PARTS, flags, known, mistakes, newest, vouched
from ddcat.interchange import facts as cells
from ddcat.records import Agency, Program
from ddcat.report import fact_sheet

TODAY = date(2026, 6, 15)
EVERY: dict[str, Any] = {
    "text": "The printed schedule",
    "lines": "North Network\nSouth Network",
    "number": 3,
    "hours": 7.5,
    "weeks": 84,
    "day": "2026-05-02",
    "month": "2026-04",
    "share": {"count": 34, "of": 50},
    "counts": {"cbt": 4, "dbt": None, "matrix": 0},
    "days": {"carf": "2027-05-31", "coa": None},
}


def said_of(field: facts.Field) -> Any:
    """A value of the kind of this field."""
    match field.kind:
        case "choice":
            return next(iter(field.choices or {}))
        case "choices":
            return list(field.choices or {})[:2]
        case kind:
            return EVERY[kind]


def test_there_are_22_facts_each_in_one_part() -> None:
    assert list(FACTS) == [f"F{n}" for n in range(1, 23)]
    assert sorted(fact.code for part in PARTS.values() for fact in part.facts) == sorted(FACTS)


def test_every_field_has_one_home() -> None:
    names = [field.name for fact in FACTS.values() for field in fact.every]
    assert len(names) == len(set(names)) == len(FIELDS)
    cover = {field.name: field for field in facts.fields(facts.PROGRAM)}
    both = cover.keys() & FIELDS.keys()
    assert both == {
        *("level_addiction", "level_mental_health", "payments", "other_funds", "planned_stay_days", "stay_days")
    }
    assert all(cover[name].choices == FIELDS[name].choices for name in both)
    assert {field.name for field in facts.fields(BESIDE)} == cover.keys() - FIELDS.keys()
    assert all(block.fields for block in BESIDE)


def test_of_nothing_nothing_is_known() -> None:
    for one in known({}, TODAY).values():
        assert (one.is_known, one.as_of, one.source, one.is_old, one.is_vouched) == (False, "", "", False, False)


def test_a_fact_holds_its_values_its_date_and_its_source() -> None:
    said = {"hours_scheduled": 9, "hours_as_of": "2026-05-02", "hours_source": "Schedule", "capacity": 12}
    one = known(said, TODAY)["F1"]
    assert one.values == {"hours_scheduled": 9}
    assert (one.as_of, one.source, one.is_vouched) == ("2026-05-02", "Schedule", True)


@pytest.mark.parametrize(
    ("as_of", "today", "is_old"),
    [
        ("2025-06-15", TODAY, False),
        ("2025-06-14", TODAY, True),
        ("2023-02-28", date(2024, 2, 28), False),
        ("2023-02-28", date(2024, 2, 29), True),
        ("2024-02-29", date(2025, 2, 28), False),
        ("2024-02-29", date(2025, 3, 1), True),
        ("", TODAY, False),
    ],
)
def test_a_fact_is_old_after_12_months(as_of: str, today: date, is_old: bool) -> None:
    assert known({"tracks": ["evening"], "tracks_as_of": as_of}, today)["F4"].is_old is is_old


def test_a_date_that_is_still_to_come_vouches_for_nothing() -> None:
    said = {"tracks": ["evening"], "tracks_as_of": "2026-06-15", "tracks_source": "Schedule"}
    assert known(said, TODAY)["F4"].is_vouched
    ahead = known(said | {"tracks_as_of": "2026-06-16"}, TODAY)["F4"]
    assert (ahead.is_known, ahead.is_vouched, ahead.is_ahead) == (True, False, True)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"hours_scheduled": 168}, []),
        ({"hours_scheduled": 168.5}, ["hours_scheduled"]),
        ({"days_a_week": 8}, ["days_a_week"]),
        ({"planned_stay_days": 520 * 7}, []),
        ({"planned_stay_days": 520 * 7 + 1}, ["planned_stay_days"]),
        ({"hours_scheduled": 9, "hours_fewest": 10}, ["hours_fewest"]),
        ({"hours_scheduled": 9, "hours_attended": 10}, ["hours_attended"]),
        ({"hours_scheduled": 9, "hours_attended": 9, "hours_fewest": 2}, []),
        ({"shortest_stay_days": 60, "longest_stay_days": 30}, ["shortest_stay_days"]),
        ({"cost_help": ["grants", "none"]}, ["cost_help"]),
        ({"cost_help": ["none"]}, []),
        ({"accreditation": {"carf": None, "none": None}}, ["accreditation"]),
        ({"accreditation": {"carf": "2031-01-01"}}, []),
        ({"therapies": {"cbt": 10_001}}, ["therapies"]),
        ({"completion": {"count": 51, "of": 50}}, ["completion"]),
        ({"voice": ["survey"], "survey_on": "1999-12-31"}, ["survey_on"]),
        ({"voice": ["survey"], "survey_on": "2026-06-15"}, []),
        ({"wait_median": 3, "wait_month": "2026-06"}, []),
        ({"wait_median": 3, "wait_month": "2026-07"}, ["wait_month"]),
        ({"tracks": ["evening"], "tracks_as_of": "2026-06-16"}, ["tracks_as_of"]),
        ({"tracks_as_of": "2026-06-15", "tracks_source": "Schedule"}, ["tracks_as_of", "tracks_source"]),
    ],
)
def test_one_judge_says_what_cannot_be_so(said: dict[str, Any], at: list[str]) -> None:
    found = list(mistakes(FACTS.values(), said, TODAY))
    assert [name for name, _wrong in found] == at
    assert all("%(" not in wrong for _name, wrong in found)


def test_what_every_field_usually_holds_is_no_mistake() -> None:
    said = {name: said_of(field) for name, field in FIELDS.items()}
    said |= {"shortest_stay_days": 70, "longest_stay_days": 91}
    assert list(mistakes(FACTS.values(), said, TODAY)) == []


def test_zero_is_known_and_an_empty_list_is_not() -> None:
    assert known({"group_largest": 0}, TODAY)["F5"].is_known
    assert not known({"tracks": []}, TODAY)["F4"].is_known


def test_a_date_vouches_only_for_the_values_it_was_given_with() -> None:
    dated = {"payments_x": 1, "payments": ["medicaid"], "payers_as_of": "2026-05-02", "payers_source": "Contract"}
    assert vouched(dated, {**dated, "payments": ["medicare"]}) == {"payments_x": 1, "payments": ["medicare"]}
    assert vouched(dated, dated) == dated
    redated = {**dated, "payments": ["medicare"], "payers_as_of": "2026-06-01"}
    assert vouched(dated, redated) == redated


LOW = {"level_addiction": ["2.1"], "hours_scheduled": 8}


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        (LOW, ["few-hours"]),
        (LOW | {"hours_scheduled": 9}, []),
        (LOW | {"level_addiction": ["1"]}, []),
        ({"level_addiction": ["2.1"]}, []),
        (LOW | {"only_admits": ["adolescents"]}, []),
        (LOW | {"only_admits": ["adolescents"], "hours_scheduled": 6}, []),
        (LOW | {"only_admits": ["adolescents"], "hours_scheduled": 5.5}, ["few-hours-adolescents"]),
        (LOW | {"only_admits": ["adolescents", "adult-general"]}, ["few-hours"]),
        (LOW | {"hours_scheduled": 9, "hours_fewest": 6}, ["thin-week"]),
        (LOW | {"hours_scheduled": 9, "hours_fewest": 6, "taper_weeks": 1}, []),
        (LOW | {"hours_scheduled": 9, "hours_fewest": 6, "taper_weeks": 2}, []),
        (LOW | {"hours_scheduled": 9, "hours_fewest": 6, "taper_weeks": 3}, ["thin-week"]),
        (LOW | {"taper_weeks": 2}, ["few-hours"]),
    ],
)
def test_hours_below_level_21_are_flagged_but_for_adolescents_and_a_taper(
    said: dict[str, Any], rules: list[str]
) -> None:
    assert [flag.rule for flag in flags(said)] == rules
    assert all("%(" not in flag.text and flag.fact == "F1" for flag in flags(said))


YOUNG = {"only_admits": ["adolescents"]}


@pytest.mark.parametrize(
    ("levels", "hours", "more", "rules"),
    [
        (["2.1"], 19, {}, []),
        (["2.1"], 19.5, {}, []),
        (["2.1"], 20, {}, ["many-hours"]),
        (["2.1"], 20, YOUNG, ["many-hours"]),
        (["2.1"], 19, YOUNG, []),
        (["1", "2.1"], 20, {}, ["many-hours"]),
        (["2.1", "2.5"], 20, {}, []),
        (["2.1", "3"], 30, {}, []),
        (["2.1"], 20, {"level_mental_health": ["partial"]}, []),
        (["2.1"], 20, {"level_mental_health": ["outpatient"]}, ["many-hours"]),
        (["2.5"], 20, {}, []),
        (["2.5"], 19.5, {}, ["few-hours-partial"]),
        (["2.5"], 12, YOUNG, ["few-hours-partial"]),
        (["2.5", "3"], 12, {}, ["few-hours-partial"]),
        (["2.1", "2.5"], 12, {}, []),
        (["1", "2.5"], 2, {}, []),
        (["1"], 40, {}, []),
        (["3"], 2, {}, []),
    ],
)
def test_intensive_outpatient_care_ends_where_partial_hospital_begins(
    levels: list[str], hours: float, more: dict[str, Any], rules: list[str]
) -> None:
    found = flags({"level_addiction": levels, "hours_scheduled": hours} | more)
    assert [flag.rule for flag in found] == rules
    assert all("%(" not in flag.text and flag.fact == "F1" and "Check both" in flag.text for flag in found)


def test_a_therapy_with_nobody_trained_is_flagged_and_one_of_unknown_number_is_not() -> None:
    (flag,) = flags({"therapies": {"cbt": 2, "dbt": 0, "matrix": None}})
    assert (flag.rule, flag.fact) == ("untrained", "F12")
    assert "Dialectical" in flag.text
    assert "Matrix" not in flag.text


@pytest.mark.parametrize(
    ("therapies", "rating", "is_flagged"),
    [
        ({"cbt": 1}, 4, True),
        ({"cbt": 1, "dbt": None}, 5, True),
        ({"cbt": 1, "dbt": 2}, 5, False),
        ({"cbt": 1}, 3, False),
        ({}, 5, False),
    ],
)
def test_trained_delivery_rated_high_asks_for_two_therapies(
    therapies: dict[str, int | None], rating: int, is_flagged: bool
) -> None:
    found = flags({"therapies": therapies}, {"iop-ic": {"trained-delivery": rating}})
    assert [flag.rule for flag in found] == ["trained-delivery"] * is_flagged
    assert all("T1" in flag.text for flag in found)


def test_the_rules_name_items_that_there_are() -> None:
    volumes, _faulty = shelf.contents()
    for rule in facts_sheet.rules():
        items = [volume.instrument.by_id for volume in volumes if volume.instrument.id == rule.instrument]
        assert items
        assert all(item[rule.item].code == rule.code for item in items)
        assert FIELDS[rule.field] in FACTS[rule.fact].fields


def test_of_each_instrument_the_newest_ratings_count() -> None:
    sealed = [("iop-ic", {"trained-delivery": 5}), ("ddcat", {"x": 1}), ("iop-ic", {"trained-delivery": 2})]
    assert newest(sealed) == {"iop-ic": {"trained-delivery": 2}}


@pytest.mark.parametrize("name", FIELDS)
def test_every_fact_goes_into_a_cell_and_comes_back(name: str) -> None:
    field = FIELDS[name]
    value = said_of(field)
    if field.kind == "counts":
        assert value.keys() <= (field.choices or {}).keys()
    assert cells.read(field, str(cells.cell(value))) == value
    assert display.fact({name: value}, field)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("day", "2026-13-01"), ("month", "2026-00"), ("share", "51/50"), ("share", "0/0"), ("share", "5")),
        *(("counts", "cbt=x"), ("counts", "magic=1"), ("days", "carf=soon"), ("hours", "-1"), ("weeks", "1.5")),
        ("choice", "elsewhere"),
    ],
)
def test_a_cell_that_is_none_says_so(kind: str, text: str) -> None:
    field = next(field for field in FIELDS.values() if field.kind == kind)
    with pytest.raises(ValueError, match=r"expected|no whole number|not known"):
        cells.read(field, text)


def test_facts_read_as_words() -> None:
    told = {name: display.fact({name: said_of(field)}, field) for name, field in FIELDS.items()}
    assert told["planned_stay_days"] == "12 weeks"
    assert told["completion"] == "34 of 50 people who left (68 %)"
    assert told["wait_month"] == "April 2026"
    assert told["accreditation"].startswith("CARF International (until May 31, 2027); ")
    assert "Cognitive behavioral therapy (CBT) (trained staff: 4)" in told["therapies"]


def test_the_paper_says_what_is_old_and_what_lacks_a_source_and_has_no_clock() -> None:
    said = {"tracks": ["evening"], "tracks_as_of": "2024-01-01", "therapies": {"dbt": 0}}
    program = Program("p", "Evening Harbor", Agency("a", "Tidewater"), said)
    html = fact_sheet(program, TODAY, flags(said))
    assert html == fact_sheet(program, TODAY, flags(said))
    for words in ("Older than a year.", "No date yet", "No source yet", "Worth a second look", "2 of 22 facts"):
        assert words in html
