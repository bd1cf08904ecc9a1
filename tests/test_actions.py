"""Actions judged: late, overtaken by an amendment, and whether the next assessment says that they delivered."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import actions, scoring, shelf
from ddcat.actions import DROPPED, HIT, MISS, OPEN, SAID_DONE, STATES, TOO_EARLY, VERDICTS, Outcome
from ddcat.instrument import Instrument
from ddcat.records import Action, Assessment, Evidence, Stood
from tests.conftest import INSTRUMENTS

LANTERN = shelf.parse((INSTRUMENTS / "lantern-1.0.toml").read_bytes())
ITEMS = tuple(item.id for item in LANTERN.items)
OTHER = LANTERN.model_copy(update={"id": "other"})
DAYS = ("", "2026-03-01", "2026-05-04", "2026-05-05", "2026-09-01")


def sealed(ref: str, assessed_on: str, ratings: dict[str, int] | int = 3, **about: Any) -> Assessment:
    """A sealed assessment; with one number, every item has it."""
    given = dict.fromkeys(ITEMS, ratings) if isinstance(ratings, int) else ratings
    return Assessment("Day house", assessed_on, given, ref=ref, sealed_at=f"{assessed_on}T12:00:00+00:00", **about)


def amended(old: Assessment, ref: str, ratings: int, **about: Any) -> tuple[Assessment, Assessment]:
    """An assessment and its sealed amendment, which replaces it."""
    new = sealed(ref, old.assessed_on, ratings, amends=old.ref, edition=2, **about)
    return replace(old, amended_by=ref, replaced_at="2026-12-01T12:00:00+00:00"), new


def action(**said: Any) -> Action:
    about = {"ref": "a", "item": "coat-rack", "rating": 2, "expected": 4, "assessment": "base", "state": "under way"}
    return Action(**about | said)


def by_ref(*assessments: Assessment, other: tuple[str, ...] = ()) -> dict[str, Instrument]:
    """The instrument of each sealed assessment: the lantern, or another one."""
    return {each.ref: OTHER if each.ref in other else LANTERN for each in assessments if each.is_sealed}


def verdict(said: Action, assessment: Assessment) -> str | None:
    found = actions.outcome(said, assessment, LANTERN)
    return found.verdict if found else None


# Late


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("due_on", "is_past"), [("", False), ("2026-05-03", True), ("2026-05-04", False)])
def test_what_is_open_is_late_once_the_day_it_was_due_is_over(state: str, due_on: str, is_past: bool) -> None:
    assert actions.is_late(action(state=state, due_on=due_on), "2026-05-04") == (is_past and state in OPEN)


def test_every_state_is_open_said_to_be_done_or_dropped() -> None:
    assert (*OPEN, *SAID_DONE, DROPPED) == STATES
    assert Action().state == STATES[0]


# The verdict


@pytest.mark.parametrize(
    ("state", "due_on", "rating", "expected"),
    [
        ("under way", "", 4, HIT),
        ("under way", "2026-09-01", 4, HIT),
        ("proposed", "", 4, HIT),
        ("proposed", "", 3, TOO_EARLY),
        ("proposed", "2026-05-04", 3, MISS),
        ("done", "2026-09-01", 3, MISS),
        ("proven", "", 2, MISS),
        ("under way", "2026-05-03", 3, MISS),
        ("under way", "2026-05-04", 3, MISS),
        ("under way", "", 3, MISS),
        ("under way", "2026-05-05", 3, TOO_EARLY),
        ("proposed", "2026-05-05", 1, TOO_EARLY),
        ("agreed", "2027-01-01", 3, TOO_EARLY),
        ("dropped", "2026-05-03", 5, None),
        ("dropped", "2027-01-01", 1, None),
    ],
)
def test_the_verdict_follows_from_rating_state_and_the_day_it_was_due(
    state: str, due_on: str, rating: int, expected: str | None
) -> None:
    assert verdict(action(state=state, due_on=due_on), sealed("next", "2026-05-04", rating)) == expected


@pytest.mark.parametrize(
    ("starts_on", "due_on", "state", "below", "reached"),
    [
        ("2026-05-05", "", "agreed", TOO_EARLY, TOO_EARLY),
        ("2026-05-05", "", "proposed", TOO_EARLY, TOO_EARLY),
        ("2026-05-05", "2026-05-05", "under way", TOO_EARLY, TOO_EARLY),
        ("2026-05-05", "2026-05-03", "agreed", TOO_EARLY, TOO_EARLY),
        ("2026-05-05", "", "done", MISS, HIT),
        ("2026-05-05", "2026-09-01", "proven", MISS, HIT),
        ("2026-05-04", "", "agreed", MISS, HIT),
        ("2026-05-04", "", "proposed", TOO_EARLY, HIT),
        ("2026-05-03", "2026-05-05", "agreed", TOO_EARLY, HIT),
        ("2026-05-03", "2026-05-04", "agreed", MISS, HIT),
    ],
)
def test_what_begins_only_later_is_too_early_whatever_the_rating_unless_it_is_said_to_be_done(
    starts_on: str, due_on: str, state: str, below: str, reached: str
) -> None:
    said = action(starts_on=starts_on, due_on=due_on, state=state)
    assert verdict(said, sealed("next", "2026-05-04", 3)) == below
    assert [verdict(said, sealed("next", "2026-05-04", rating)) for rating in (4, 5)] == [reached] * 2


def test_of_an_item_that_is_not_rated_there_nothing_can_be_told() -> None:
    assert verdict(action(), sealed("next", "2026-05-04", {"first-words": 5})) is None
    assert verdict(action(item="of another instrument"), sealed("next", "2026-05-04", 5)) is None


@pytest.mark.parametrize(("supports", "evidenced", "is_carried"), [(None, 1, False), (3, 3, False), (5, 4, True)])
def test_an_outcome_says_how_far_evidence_carries_the_rating(
    supports: int | None, evidenced: int, is_carried: bool
) -> None:
    line = Evidence("", "coat-rack", "document", supports=supports)
    after = sealed("next", "2026-05-04", 4, evidence=(line,) if supports else ())
    found = actions.outcome(action(), after, LANTERN)
    assert found == Outcome(HIT, action(), after, 4, evidenced)
    assert found.is_carried == is_carried


actions_said = st.builds(
    action,
    state=st.sampled_from(STATES),
    due_on=st.sampled_from(DAYS),
    starts_on=st.sampled_from(DAYS),
    item=st.sampled_from(ITEMS),
    rating=st.integers(1, 4),
    expected=st.integers(2, 5),
)
days = st.sampled_from(DAYS[1:])
RANK = {MISS: 0, TOO_EARLY: 0, HIT: 1}


@given(actions_said, days, st.integers(1, 5), st.integers(1, 5))
def test_a_hit_never_becomes_a_miss_when_the_rating_rises(said: Action, day: str, one: int, other: int) -> None:
    low, high = (verdict(said, sealed("next", day, rating)) for rating in sorted((one, other)))
    if low is None or high is None:
        assert (low, high, said.state) == (None, None, DROPPED)
    else:
        assert RANK[low] <= RANK[high]
        assert high in (low, HIT)


@given(actions_said, days, st.integers(1, 5))
def test_dropping_an_action_removes_its_verdict_and_nothing_else_does(said: Action, day: str, rating: int) -> None:
    after = sealed("next", day, rating)
    assert verdict(replace(said, state=DROPPED), after) is None
    assert (verdict(said, after) is None) == (said.state == DROPPED)


@given(actions_said, days, st.integers(1, 5), st.sampled_from(DAYS[1:]))
def test_a_later_day_that_it_is_due_never_makes_a_miss(said: Action, day: str, rating: int, due_on: str) -> None:
    after = sealed("next", day, rating)
    postponed = replace(said, due_on=max(said.due_on or said.starts_on, due_on))
    if said.state == "proposed" and not said.due_on:
        return  # with a day it is more than an idea
    if verdict(said, after) != MISS:
        assert verdict(postponed, after) == verdict(said, after)


@given(actions_said, days, st.integers(1, 5))
def test_saying_that_it_is_done_ends_too_early_and_never_a_hit(said: Action, day: str, rating: int) -> None:
    after = sealed("next", day, rating)
    before, done = (verdict(replace(said, state=state), after) for state in ("agreed", "done"))
    assert done != TOO_EARLY
    assert done == (HIT if rating >= said.expected else MISS)
    assert before in (done, TOO_EARLY)


@given(actions_said, days, st.integers(1, 5))
def test_before_it_begins_nothing_is_a_hit_or_a_miss(said: Action, day: str, rating: int) -> None:
    if said.starts_on > day and said.state in OPEN:
        assert verdict(said, sealed("next", day, rating)) == TOO_EARLY


# As it stood


THEN = Stood(rating=2, expected=4, starts_on="", due_on="", state="under way")


@pytest.mark.parametrize(
    "changed",
    [
        {"due_on": "2027-01-01"},
        {"starts_on": "2027-01-01"},
        {"expected": 3},
        {"rating": 1},
        {"state": DROPPED},
        {"state": "proposed"},
    ],
    ids=str,
)
def test_what_is_changed_after_an_assessment_was_sealed_rewrites_nothing_that_it_says(
    changed: dict[str, Any],
) -> None:
    after = sealed("next", "2026-05-04", 3)
    now = action(**changed, stood={"next": THEN})
    found = actions.outcome(now, after, LANTERN)
    assert (found.verdict, found.action) == (MISS, replace(action(), stood=now.stood))
    assert actions.as_it_stood(now, after) == found.action
    later = sealed("later", "2026-09-01", 3)
    assert actions.as_it_stood(now, later) is now
    assert verdict(now, later) == verdict(action(**changed), later)


def test_what_was_dropped_then_has_no_verdict_there_though_it_was_taken_up_again() -> None:
    now = action(stood={"next": replace(THEN, state=DROPPED)})
    assert verdict(now, sealed("next", "2026-05-04", 5)) is None
    assert verdict(now, sealed("later", "2026-09-01", 5)) == HIT


@given(actions_said, actions_said, days, st.integers(1, 5))
def test_the_verdict_is_that_of_the_action_as_it_stood(then: Action, now: Action, day: str, rating: int) -> None:
    stood = Stood(**{name: getattr(then, name) for name in asdict(THEN)})
    after = sealed("next", day, rating)
    assert verdict(replace(now, item=then.item, stood={"next": stood}), after) == verdict(then, after)


# Editions


BASE = sealed("base", "2026-01-10", 2)
OLD, NEW = amended(BASE, "new", 3)
DRAFT = replace(sealed("draft", "2026-01-10", 1, amends="new", edition=3), sealed_at=None)
FOLLOW_UP = sealed("follow-up", "2026-05-04", 4)


@pytest.mark.parametrize("ref", ["base", "new", "draft"])
def test_all_editions_are_one_assessment_whichever_is_asked_for(ref: str) -> None:
    known = (OLD, NEW, DRAFT, FOLLOW_UP)
    assert actions.editions(known, ref) == {"base", "new", "draft"}
    assert actions.newest(known, ref) == NEW
    assert actions.editions(known, "follow-up") == {"follow-up"}


def test_an_edition_that_whoever_asks_does_not_see_leaves_the_others() -> None:
    assert actions.editions((NEW,), "new") == {"new"}
    assert actions.editions((), "unknown") == {"unknown"}
    assert actions.newest((OLD,), "base") is None
    assert actions.newest((DRAFT,), "draft") is None
    assert actions.later((FOLLOW_UP,), "unknown", by_ref(FOLLOW_UP)) == ()
    assert actions.before((FOLLOW_UP,), "unknown", by_ref(FOLLOW_UP)) is None


def test_what_counts_today_is_sealed_and_not_replaced() -> None:
    assert actions.standing((OLD, NEW, DRAFT, FOLLOW_UP)) == (NEW, FOLLOW_UP)


@pytest.mark.parametrize("ref", ["base", "new", "draft"])
def test_actions_stay_with_the_assessment_when_it_is_amended(ref: str) -> None:
    said = [action(ref=each, assessment=each) for each in ("base", "new", "follow-up")]
    assert actions.planned_from(said, (OLD, NEW, DRAFT, FOLLOW_UP), ref) == tuple(said[:2])


@pytest.mark.parametrize(
    ("rating", "expected"),
    [(2, 3), (3, None), (5, 3)],
)
def test_an_action_is_overtaken_where_an_amendment_gives_its_item_another_rating(
    rating: int, expected: int | None
) -> None:
    said = action(rating=rating)
    assert actions.overtaken(said, (OLD, NEW, FOLLOW_UP)) == expected
    assert actions.overtaken(replace(said, assessment="new"), (OLD, NEW, FOLLOW_UP)) == expected


def test_nothing_is_overtaken_where_nothing_newer_is_known() -> None:
    assert actions.overtaken(action(rating=2), (BASE, FOLLOW_UP)) is None
    assert actions.overtaken(action(rating=2), (OLD,)) is None
    assert actions.overtaken(action(rating=2), (BASE, DRAFT)) is None
    assert actions.overtaken(action(item="gone"), (OLD, NEW)) is None


# Before and after


@pytest.mark.parametrize("ref", ["base", "new"])
def test_only_a_sealed_assessment_of_a_later_day_judges(ref: str) -> None:
    same_day = sealed("same-day", "2026-01-10", 5)
    open_one = replace(sealed("open", "2026-06-01"), sealed_at=None)
    last = sealed("last", "2026-09-01")
    known = (OLD, NEW, same_day, FOLLOW_UP, open_one, last)
    assert actions.later(known, ref, by_ref(*known)) == (FOLLOW_UP, last)
    assert actions.before(known, ref, by_ref(*known)) is None


def test_of_a_later_assessment_that_was_amended_the_amendment_judges() -> None:
    first, second = amended(FOLLOW_UP, "second", 2)
    known = (OLD, NEW, first, second)
    assert actions.later(known, "base", by_ref(*known)) == (second,)
    found = actions.outcome_by_now(action(), known, by_ref(*known))
    assert (found.verdict, found.assessment) == (MISS, second)


def test_before_is_the_last_one_of_an_earlier_day() -> None:
    known = (OLD, NEW, FOLLOW_UP, sealed("same-day", "2026-05-04"), sealed("last", "2026-09-01"))
    found = {ref: actions.before(known, ref, by_ref(*known)) for ref in ("last", "follow-up", "same-day", "base")}
    assert found == {"last": known[3], "follow-up": NEW, "same-day": NEW, "base": None}


def test_an_amendment_that_corrects_the_day_moves_the_assessment_with_all_its_editions() -> None:
    new = replace(NEW, assessed_on="2026-06-01")
    known = (OLD, FOLLOW_UP, new)
    assert actions.later(known, "base", by_ref(*known)) == ()
    assert actions.before(known, "base", by_ref(*known)) == FOLLOW_UP


def test_an_assessment_with_another_instrument_neither_judges_nor_stands_in_the_way() -> None:
    between = sealed("between", "2026-03-01", 5)
    last = sealed("last", "2026-09-01", 4)
    known = (BASE, between, FOLLOW_UP, last)
    instruments = by_ref(*known, other=("between", "last"))
    assert actions.later(known, "base", instruments) == (FOLLOW_UP,)
    assert actions.before(known, "follow-up", instruments) == BASE
    assert actions.later(known, "between", instruments) == (last,)
    assert actions.before(known, "last", instruments) == between
    assert actions.before(known, "between", instruments) is None
    assert actions.outcome_by_now(action(expected=5), known, instruments).assessment == FOLLOW_UP
    assert actions.outcome_by_now(action(), (BASE, between, last), instruments) is None


def test_another_version_of_the_instrument_judges() -> None:
    newer = LANTERN.model_copy(update={"version": "1.1"})
    instruments = {"base": LANTERN, "follow-up": newer}
    assert actions.later((BASE, FOLLOW_UP), "base", instruments) == (FOLLOW_UP,)
    assert actions.before((BASE, FOLLOW_UP), "follow-up", instruments) == BASE


@given(st.lists(days, max_size=6), st.integers(0, 5))
def test_before_and_later_never_meet_and_leave_out_but_the_same_day(on: list[str], at: int) -> None:
    known = [sealed(f"s{number}", day) for number, day in enumerate(sorted(on))]
    if at < len(known):
        one = known[at]
        instruments = by_ref(*known)
        after, earlier = actions.later(known, one.ref, instruments), actions.before(known, one.ref, instruments)
        assert all(each.assessed_on > one.assessed_on for each in after)
        assert earlier is None or earlier.assessed_on < one.assessed_on
        others = [each for each in known if each.assessed_on != one.assessed_on and each not in after]
        assert earlier == (others[-1] if others else None)


# By now


def by_now(said: Action, *ratings: int | None, days: tuple[str, ...] = DAYS[2:]) -> tuple[str, str] | None:
    """Verdict, and which assessment gave it, where the ones since gave the item these ratings."""
    given = zip(days, ratings, strict=False)
    since = [
        sealed(f"s{number}", day, {} if rating is None else rating)
        for number, (day, rating) in enumerate(given, start=1)
    ]
    found = actions.outcome_by_now(said, (BASE, *since), by_ref(BASE, *since))
    return (found.verdict, found.assessment.ref) if found else None


@pytest.mark.parametrize(
    ("due_on", "ratings", "expected"),
    [
        ("", (), None),
        ("", (4,), (HIT, "s1")),
        ("", (4, 1), (HIT, "s1")),
        ("", (3, 5), (MISS, "s1")),
        ("2026-05-05", (3,), (TOO_EARLY, "s1")),
        ("2026-05-05", (3, 3), (MISS, "s2")),
        ("2026-05-05", (3, 4), (HIT, "s2")),
        ("2026-09-02", (3, 3), (TOO_EARLY, "s2")),
        ("2026-09-02", (3, None), (TOO_EARLY, "s1")),
        ("2026-05-05", (3, None, 4), (HIT, "s3")),
        ("", (None, 4), (HIT, "s2")),
        ("", (None,), None),
    ],
)
def test_the_first_assessment_for_which_it_was_not_too_early_judges(
    due_on: str, ratings: tuple[int | None, ...], expected: tuple[str, str] | None
) -> None:
    assert by_now(action(due_on=due_on), *ratings) == expected


def test_of_a_dropped_action_nothing_is_said() -> None:
    assert by_now(action(state=DROPPED), 5, 5) is None


def test_dropping_it_after_the_first_one_judged_leaves_that_verdict() -> None:
    assert by_now(action(state=DROPPED, stood={"s1": THEN}), 3, 5) == (MISS, "s1")
    postponed = action(due_on="2026-09-01", stood={"s1": replace(THEN, due_on="2026-05-05")})
    assert by_now(postponed, 3, 3) == (TOO_EARLY, "s2")
    assert by_now(replace(postponed, stood={"s1": THEN}), 3, 5) == (MISS, "s1")


# What is expected


def test_what_is_expected_is_raised_to_by_every_action_that_was_not_dropped() -> None:
    before = {"first-words": 3, "coat-rack": 2}
    said = [
        action(expected=4),
        action(expected=3),
        action(item="first-words", expected=5, state=DROPPED),
        action(item="first-words", expected=1),
        action(item="second-plate", expected=5),
    ]
    assert actions.expected(before, said) == {"first-words": 3, "coat-rack": 4}
    assert before == {"first-words": 3, "coat-rack": 2}


@given(st.lists(actions_said, max_size=5), st.integers(1, 5))
def test_nothing_falls_and_no_order_matters_in_what_is_expected(said: list[Action], rating: int) -> None:
    before = dict.fromkeys(ITEMS, rating)
    after = actions.expected(before, said)
    assert after.keys() == before.keys()
    assert all(after[item] >= rating for item in ITEMS)
    assert after == actions.expected(before, said[::-1]) == actions.expected(after, said)


# Whether a plan delivered


@pytest.fixture
def delivered(lantern: Instrument) -> Callable[..., actions.Delivery]:
    def delivered(*said: Action, after: dict[str, int] | int = 4) -> actions.Delivery:
        return actions.delivery(lantern, BASE, sealed("next", "2026-05-04", after), lantern, said)

    return delivered


def test_a_delivery_counts_verdicts_and_shows_before_expected_and_after(
    delivered: Callable[..., actions.Delivery], lantern: Instrument
) -> None:
    said = (
        action(expected=4),
        action(item="second-plate", expected=5),
        action(item="first-words", expected=5, due_on="2026-09-01"),
        action(item="second-plate", expected=5, state=DROPPED),
    )
    found = delivered(*said)
    assert [each for each, _outcome in found.outcomes] == list(said)
    assert [outcome and outcome.verdict for _each, outcome in found.outcomes] == [HIT, MISS, TOO_EARLY, None]
    assert [found.count(each) for each in VERDICTS] == [1, 1, 1]
    assert found.n_judged == 2
    assert found.before == scoring.score(lantern, dict.fromkeys(ITEMS, 2))
    assert found.expected == scoring.score(lantern, {"first-words": 5, "coat-rack": 4, "second-plate": 5})
    assert found.after == scoring.score(lantern, dict.fromkeys(ITEMS, 4))


def test_where_nothing_was_planned_nothing_was_expected(delivered: Callable[..., actions.Delivery]) -> None:
    found = delivered()
    assert (found.n_judged, found.before == found.expected) == (0, True)


@given(st.lists(actions_said, max_size=6), st.integers(1, 5))
def test_every_action_has_one_verdict_or_was_dropped(said: list[Action], rating: int) -> None:
    found = actions.delivery(LANTERN, BASE, sealed("next", "2026-05-04", rating), LANTERN, said)
    told = sum(found.count(each) for each in VERDICTS)
    assert told == sum(each.state != DROPPED for each in said)
    assert found.n_judged == told - found.count(TOO_EARLY)


@given(st.lists(actions_said, max_size=6))
def test_where_every_rating_is_the_expected_one_nothing_is_missed_and_the_result_is_the_expected_one(
    said: list[Action],
) -> None:
    reached = actions.expected(BASE.ratings, said)
    found = actions.delivery(LANTERN, BASE, sealed("next", "2026-05-04", reached), LANTERN, said)
    assert found.after == found.expected
    assert found.count(MISS) == 0
    early = [each for each in said if each.starts_on > "2026-05-04" and each.state in OPEN]
    assert found.count(TOO_EARLY) == len(early)


def test_a_delivery_is_that_of_the_plan_as_it_stood(delivered: Callable[..., actions.Delivery]) -> None:
    then = (action(expected=4), action(item="second-plate", expected=5, due_on="2026-05-01"))
    now = tuple(
        replace(each, expected=3, state=DROPPED, stood={"next": replace(THEN, expected=each.expected)})
        for each in then
    )
    before, found = delivered(*then), delivered(*now)
    assert (found.count(HIT), found.count(MISS), found.n_judged) == (1, 1, 2)
    assert (found.expected, found.after) == (before.expected, before.after)
    assert [one.expected for _action, outcome in found.outcomes for one in (outcome.action,)] == [4, 5]
