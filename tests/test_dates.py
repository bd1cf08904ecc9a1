"""What is due to whom, and on which day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import dates
from ddcat.access import NOTHING, OWNER_HERE, Held, Role
from ddcat.actions import STATES
from ddcat.dates import Event
from ddcat.records import Action, Assessment, Rater

DIRECTOR: Held = frozenset({Role.DIRECTOR})
OWN: Held = frozenset({Role.READER, OWNER_HERE})
BY = "Evening Harbor"
EVENT = Event("action a1", "2026-05-04", "Write the script", BY, "/actions/a1", "2026-04-01T08:00:00+00:00")


def action(**about: object) -> Action:
    usual = Action(
        ref="a1",
        what="Write the script",
        owner="Kim Example",
        owner_ref="kim",
        due_on="2026-05-04",
        state="agreed",
        saved_at="2026-04-01T08:00:00+00:00",
        program=BY,
        program_ref="p1",
        held=OWN,
    )
    return replace(usual, **about)


def assessment(**about: object) -> Assessment:
    usual = Assessment(
        program=BY,
        assessed_on="2026-03-02",
        ratings={},
        ref="r1",
        program_ref="p1",
        started_at="2026-03-01T08:00:00+00:00",
        held=DIRECTOR,
    )
    return replace(usual, **about)


SEALED = assessment(sealed_at="2026-03-05T08:00:00+00:00")


def rater(**about: object) -> Rater:
    return replace(Rater("kim", "Kim Example", due_on="2026-04-01", state="in progress"), **about)


def told(**about: object) -> list[tuple[str, str]]:
    given = {"actions": (), "drafts": (), "standing": ()} | about
    return [(event.key, event.day) for event in dates.events("kim", **given)]


def test_an_action_says_all_that_a_calendar_wants_to_know() -> None:
    (event,) = dates.events("kim", [action()], (), ())
    assert event == replace(EVENT, text="Write the script")


@pytest.mark.parametrize("state", STATES)
def test_only_an_open_action_is_due(state: str) -> None:
    is_open = state in ("proposed", "agreed", "under way")
    assert bool(told(actions=[action(state=state)])) == is_open


def test_an_action_without_a_day_is_never_due() -> None:
    assert told(actions=[action(due_on="")]) == []


@pytest.mark.parametrize(
    ("held", "is_told"),
    [
        (NOTHING, False),
        (frozenset({Role.READER}), False),
        (frozenset({Role.CONSULTANT}), False),
        (frozenset({Role.QUALITY}), True),
        (DIRECTOR, True),
    ],
)
def test_somebody_elses_action_is_told_to_who_may_change_it_with_the_owners_name(held: Held, is_told: bool) -> None:
    theirs = action(owner="Sam Stone", owner_ref="sam", held=held)
    assert [event.who for event in dates.events("kim", [theirs], (), ())] == ["Sam Stone"] * is_told


def test_an_action_of_a_name_without_an_account_is_told_to_who_may_change_it() -> None:
    assert told(actions=[action(owner="Night team", owner_ref="", held=DIRECTOR)])
    assert not told(actions=[action(owner="Night team", owner_ref="", held=OWN)])


def test_a_long_text_is_one_short_line_and_stays_whole_beside_it() -> None:
    text = "First line\nand a second, " + "x" * 4000
    (event,) = dates.events("kim", [action(what=text)], (), ())
    assert event.title.startswith("First line and a second, xxx")
    assert len(event.title) == 100
    assert event.title.endswith("…")
    assert event.text == text
    (event,) = dates.events("kim", [action(what="word, " * 30)], (), ())
    assert event.title == "word, " * 15 + "word…"


def test_a_rating_is_due_until_it_is_handed_in() -> None:
    for state in ("draft", "in progress", "changes requested"):
        assert told(drafts=[assessment(raters=(rater(state=state),))]) == [("rating r1", "2026-04-01")]
    for state in ("submitted", "accepted"):
        assert told(drafts=[assessment(raters=(rater(state=state),))]) == []


def test_a_rating_without_a_day_or_in_a_sealed_assessment_is_not_due() -> None:
    assert told(drafts=[assessment(raters=(rater(due_on=None),))]) == []
    assert told(drafts=[assessment(raters=(rater(),), sealed_at="2026-03-05T08:00:00+00:00")]) == []


def test_of_raters_who_rate_alone_only_ones_own_part_is_told() -> None:
    other = Rater("sam", "Sam Stone", due_on="2026-04-02")
    alone = assessment(raters=(other, rater()), is_blind=True, is_open=False)
    (event,) = dates.events("kim", (), [alone], ())
    assert (event.key, event.day) == ("rating r1", "2026-04-01")
    assert "Sam" not in repr(event)
    assert told(drafts=[replace(alone, raters=(other,))]) == []


def test_the_next_assessment_is_due_a_year_after_the_newest_sealed_one() -> None:
    assert told(standing=[(SEALED, None)]) == [("next p1", "2027-03-02")]
    assert told(standing=[(None, assessment())]) == []


@pytest.mark.parametrize("role", Role)
def test_the_next_assessment_is_told_to_who_may_start_one(role: Role) -> None:
    may_start = role in (Role.DIRECTOR, Role.CONSULTANT)
    assert bool(told(standing=[(replace(SEALED, held=frozenset({role})), None)])) == may_start
    assert not told(standing=[(replace(SEALED, held=frozenset({role + " here"})), None)])


def test_once_the_next_assessment_is_begun_it_is_no_longer_due_but_an_amendment_is_none() -> None:
    assert told(standing=[(SEALED, assessment(ref="r2"))]) == []
    assert told(standing=[(SEALED, assessment(ref="r2", amends="r1"))]) == [("next p1", "2027-03-02")]


def test_a_program_that_is_rated_with_two_instruments_is_due_once_after_the_newest() -> None:
    later = replace(SEALED, ref="r2", assessed_on="2026-11-20")
    for pairs in ([(SEALED, None), (later, None)], [(later, None), (SEALED, None)]):
        assert told(standing=pairs) == [("next p1", "2027-11-20")]
    assert told(standing=[(SEALED, None), (None, assessment(ref="r3", assessed_on="2026-11-20"))]) == []
    assert told(standing=[(later, None), (None, assessment(ref="r3"))]) == [("next p1", "2027-11-20")]
    elsewhere = assessment(ref="r3", program_ref="p2", assessed_on="2026-12-01")
    assert told(standing=[(SEALED, None), (None, elsewhere)]) == [("next p1", "2027-03-02")]


@pytest.mark.parametrize(
    ("day", "later"),
    [
        ("2026-03-02", "2027-03-02"),
        ("2028-02-29", "2029-02-28"),
        ("2027-02-28", "2028-02-28"),
        ("2027-03-01", "2028-03-01"),
        ("2000-02-29", "2001-02-28"),
        ("2025-12-31", "2026-12-31"),
    ],
)
def test_twelve_months_later_is_the_same_day_and_after_february_29_the_last_of_february(day: str, later: str) -> None:
    assert dates.a_year_after(day) == later


def test_the_first_due_comes_first() -> None:
    late, soon = action(ref="a2", due_on="2026-01-01"), action(ref="a3", due_on="2026-04-01", what="Ask")
    drafts = [assessment(raters=(rater(),))]
    assert [key for key, _day in told(actions=[action(), soon, late], drafts=drafts, standing=[(SEALED, None)])] == [
        *("action a2", "action a3", "rating r1", "action a1", "next p1")
    ]


@pytest.mark.parametrize(
    ("days", "is_near"), [(-31, False), (-30, True), (-1, True), (0, True), (7, True), (8, False), (366, False)]
)
def test_near_is_what_is_due_within_a_week_or_overdue_by_a_month(days: int, is_near: bool) -> None:
    today = date(2028, 2, 29)
    event = replace(EVENT, day=(today + timedelta(days=days)).isoformat())
    assert bool(dates.near([event], today, ahead=7, behind=30)) == is_near
    assert bool(dates.near([event], today, ahead=7)) == (days <= 7)
    assert dates.is_late(event, today) == (days < 0)


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_day_can_be_near_or_not(day: date, today: date) -> None:
    event = replace(EVENT, day=day.isoformat())
    assert bool(dates.near([event], today, ahead=7, behind=30)) == (-30 <= (day - today).days <= 7)
