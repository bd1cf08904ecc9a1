"""Peer groups: what is shown, when, and that no attack tells more of a program than a step of over half a point."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from random import Random
from statistics import quantiles
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import pooling, scoring, shelf
from ddcat.facts import Facts
from ddcat.instrument import Instrument
from ddcat.pooling import Behind, Key, Member, Peers

STEPS = (Fraction(1), Fraction(7, 4), Fraction(5, 2), Fraction(13, 4), Fraction(4), Fraction(5))
IOP: Facts = {"level_addiction": ["1", "2.1"], "capacity": 24, "payments": ["medicaid"]}
LEVEL = ("level", "addiction-2.1")
QUARTERS = 6


def member(agency: str, step: int = 2, **facts: object) -> Member:
    return Member(agency, {**IOP, **facts}, "self", step)


def members(*of_agency: int, step: int = 2, **facts: object) -> list[Member]:
    """`members(2, 2, 1)`: five programs of three agencies."""
    return [member(f"agency {at}", step, **facts) for at, n in enumerate(of_agency) for _one in range(n)]


# --- Steps ---


def test_the_steps_of_the_ddcat_are_three_quarters_of_a_point_wide_and_the_last_a_point(ddcat: shelf.Volume) -> None:
    assert pooling.steps(ddcat.instrument) == STEPS


def test_an_instrument_with_few_scores_gets_wider_steps(lantern: Instrument) -> None:
    assert pooling.steps(lantern) == tuple(map(Fraction, (1, 2, 3, 4, 5)))


def test_an_instrument_whose_scores_lie_too_far_apart_has_no_steps(lantern: Instrument) -> None:
    (only,) = lantern.dimensions[1].items
    item = only.model_copy(update={"anchors": {1: "Low.", 5: "High."}})
    dimension = lantern.dimensions[1].model_copy(update={"items": (item,)})
    assert pooling.steps(lantern.model_copy(update={"dimensions": (dimension,)})) is None


@pytest.mark.parametrize(("score", "step"), [("1", 0), ("1.74", 0), ("1.75", 1), ("3.2499", 2), ("4", 4), ("5", 4)])
def test_where_a_step_ends_the_next_begins(score: str, step: int) -> None:
    assert pooling.step_of(STEPS, Fraction(score)) == step


# --- Groups ---


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, {}),
        (IOP, {"level": "addiction-2.1", "size": "medium", "payers": "public"}),
        ({"level_addiction": ["otp", "3"], "capacity": 19}, {"level": "addiction-3", "size": "small"}),
        ({"level_mental_health": ["outpatient", "partial"]}, {"level": "mental-health-partial"}),
        ({"capacity": 60, "payments": ["self-pay", "medicare"]}, {"size": "large", "payers": "both"}),
        ({"payments": ["private"]}, {"payers": "private"}),
    ],
)
def test_a_program_is_in_at_most_one_group_of_each_kind(facts: Facts, found: dict[str, str]) -> None:
    assert pooling.groups(facts) == found
    assert all(code in pooling.GROUPINGS[grouping] for grouping, code in found.items())


# --- What is shown, and when ---


def released(now: Sequence[Member], earlier: Mapping[Key, Behind] | None = None) -> dict[Key, Peers]:
    return {key: peers for key, (peers, _behind) in pooling.release(STEPS, now, earlier or {}).items()}


@pytest.mark.parametrize(
    ("of_agency", "is_shown"),
    [
        ((2, 2, 1), True),
        ((1, 1, 1, 1, 1), True),
        ((2, 1, 1), False),
        ((3, 2), False),
        ((3, 1, 1), False),
        ((3, 2, 1), True),
    ],
)
def test_a_group_is_shown_from_five_programs_of_three_agencies_none_with_more_than_half(
    of_agency: tuple[int, ...], is_shown: bool
) -> None:
    assert (LEVEL in released(members(*of_agency))) == is_shown


def test_a_group_shows_how_many_and_quartiles_rounded_outward() -> None:
    five = [member("a", 1), member("b", 1), member("b", 2), member("c", 3), replace(member("c", 4), kind=None)]
    assert released(five)[LEVEL] == Peers(
        n=5, n_agencies=3, kinds={"": 1, "self": 4}, half=(STEPS[1], STEPS[4]), middle=(STEPS[2], STEPS[3])
    )


@given(st.lists(st.integers(0, 980 * 4), min_size=5, max_size=40))
def test_at_least_half_of_the_programs_lie_where_it_says(values: list[int]) -> None:
    scores = [1 + Fraction(value, 980) for value in values]
    peers = pooling.peers(STEPS, [member(str(at), pooling.step_of(STEPS, s)) for at, s in enumerate(scores)])
    assert sum(peers.half[0] <= score <= peers.half[1] for score in scores) * 2 >= len(scores)
    _lower, middle, _upper = quantiles(scores, n=4)
    assert peers.middle[0] <= middle <= peers.middle[1]


def test_what_is_left_out_is_never_small_enough_to_give_somebody_away() -> None:
    shown, few = members(3, 3, 3), members(1, 1, capacity=100)
    other = members(2, 2, 2, capacity=10)
    assert set(released(shown + other)) == {LEVEL, ("size", "medium"), ("size", "small"), ("payers", "public")}
    # Two large programs alone could be had by taking the others away from all: the smallest group goes too.
    assert {key for key in released(shown + other + few) if key[0] == "size"} == {("size", "medium")}
    # A program of unknown size is left out as well, and counts among what is left.
    unknown = members(1, capacity=None)
    assert {key for key in released(shown + other + unknown) if key[0] == "size"} == {("size", "medium")}


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from([None, 5, 30, 90])), max_size=40))
def test_what_is_left_out_is_nothing_or_passes_the_floor(drawn: list[tuple[int, int | None]]) -> None:
    every = [member(str(agency), capacity=capacity) for agency, capacity in drawn]
    shown = {code for grouping, code in released(every) if grouping == "size"}
    rest = [each for each in every if pooling.groups(each.facts).get("size") not in shown]
    by_agency = [sum(each.agency == agency for each in rest) for agency in {each.agency for each in rest}]
    floor = len(rest) >= 5 and len(by_agency) >= 3 and max(by_agency) * 2 <= len(rest)
    assert not shown or not rest or floor


def test_a_group_is_released_again_only_when_three_agencies_have_changed() -> None:
    first = members(2, 2, 2, 2)
    behind = {key: made for key, (_peers, made) in pooling.release(STEPS, first, {}).items()}
    assert released(first, behind) == {}
    two = [replace(each, step=4) if each.agency in ("agency 0", "agency 1") else each for each in first]
    assert released(two, behind) == {}
    three = [*two, member("agency 9")]
    assert LEVEL in released(three, behind)
    assert LEVEL in released([*two[:-2], *two[-2:-1]] + members(0, 0, 1), behind)


def test_an_agency_that_leaves_a_group_has_changed_in_it() -> None:
    before = members(2, 2, 2, 2)
    behind = {key: made for key, (_peers, made) in pooling.release(STEPS, before, {}).items()}
    left = [replace(each, step=4) if each.agency == "agency 0" else each for each in before[:-2]]
    assert released(left, behind) == {}, "one moved and one left"
    left = [replace(each, step=4) if each.agency == "agency 1" else each for each in left]
    assert released(left, behind)[LEVEL].n_agencies == 3, "two moved and one left"


# --- Quarters ---


@pytest.mark.parametrize(
    ("today", "quarter"), [("2026-01-01", "2025-Q4"), ("2026-06-30", "2026-Q1"), ("2026-07-01", "2026-Q2")]
)
def test_the_last_quarter_is_the_one_that_has_ended(today: str, quarter: str) -> None:
    assert pooling.last_quarter(date.fromisoformat(today)) == quarter
    assert pooling.ended_on(quarter) <= today


def test_a_quarter_ends_on_the_day_after_it() -> None:
    assert [pooling.ended_on(f"2026-Q{part}") for part in (1, 4)] == ["2026-04-01", "2027-01-01"]
    for wrong in ("2026", "2026-Q5", "2026-Q1 "):
        with pytest.raises(ValueError, match=wrong):
            pooling.ended_on(wrong)


# --- The attack ---
#
# The attacker knows every program of every agency but one, and sees every release. She rates her own as she likes,
# adds and takes away, so that groups change and are released again, and compares.

World = list[tuple[str, Facts, Fraction]]
"""Every program of a quarter: who runs it, its facts, its overall score."""

Seen = list[Mapping[Key, Any]]
"""Everything released, quarter by quarter."""


def ours(worlds: Sequence[World]) -> Seen:
    """What the program releases, quarter by quarter."""
    seen: Seen = []
    behind: dict[Key, Behind] = {}
    for world in worlds:
        now = [Member(agency, facts, "self", pooling.step_of(STEPS, score)) for agency, facts, score in world]
        made = pooling.release(STEPS, now, behind)
        behind |= {key: made_from for key, (_peers, made_from) in made.items()}
        seen.append({key: peers for key, (peers, _made_from) in made.items()})
    return seen


def merely_rounded(worlds: Sequence[World]) -> Seen:
    """Quartiles rounded to quarters of a point, from five programs of three agencies up: what many would release."""
    seen: Seen = []
    for world in worlds:
        sorted_in: dict[Key, list[tuple[str, Fraction]]] = {}
        for agency, facts, score in world:
            for key in pooling.groups(facts).items():
                sorted_in.setdefault(key, []).append((agency, score))
        seen.append(
            {
                key: [round(4 * each) for each in quantiles([score for _agency, score in own], n=4)]
                for key, own in sorted_in.items()
                if len(own) >= 5 and len({agency for agency, _score in own}) >= 3
            }
        )
    return seen


def attacked(random: Random) -> Callable[[Fraction], list[World]]:
    """A series of quarters as the attacker arranges them around a hidden score; half of them to pin it down."""
    own: list[list[tuple[str, Facts, Fraction]]] = []
    hidden = {**IOP, "capacity": random.choice([5, 24, 80])}
    for _quarter in range(QUARTERS):
        n = random.randrange(2, 9)
        aimed = random.random() < 0.5
        ends = [Fraction(1), Fraction(5)]
        own.append(
            [
                (
                    f"own {random.randrange(4) if not aimed else at % 4}",
                    {
                        **IOP,
                        "capacity": random.choice([5, 24, 80]),
                        "payments": [random.choice(["medicaid", "private"])],
                    },
                    ends[at % 2] if aimed else 1 + Fraction(random.randrange(3921), 980),
                )
                for at in range(2 * n)
            ]
        )
    return lambda score: [[*each, ("hidden", hidden, score)] for each in own]


def possible(
    release: Callable[[Sequence[World]], Seen], worlds: Callable[[Fraction], list[World]], score: Fraction
) -> Fraction:
    """How far the scores lie apart that the hidden program may have, by everything that was released."""
    seen = release(worlds(score))
    every = [1 + Fraction(at, 70) for at in range(4 * 70 + 1)]
    left = [each for each in [*every, score] if release(worlds(each)) == seen]
    return max(left) - min(left)


@pytest.mark.parametrize("seed", range(8))
def test_no_series_of_releases_tells_a_score_to_within_a_quarter_of_a_point(seed: int) -> None:
    random = Random(seed)
    worlds = attacked(random)
    assert any(ours(worlds(Fraction(3)))), "nothing was released, so nothing was attacked"
    score = 1 + Fraction(random.randrange(3921), 980)
    assert possible(ours, worlds, score) > Fraction(1, 2)


def test_the_attack_finds_a_score_where_quartiles_are_merely_rounded() -> None:
    around = [("a", IOP, Fraction(1)), ("a", IOP, Fraction(1)), ("b", IOP, Fraction(5)), ("b", IOP, Fraction(5))]
    worlds = lambda score: [[*around, ("hidden", IOP, score)]]  # noqa: E731
    assert possible(merely_rounded, worlds, Fraction(27, 10)) <= Fraction(1, 4)
    assert Fraction(1, 2) < possible(ours, worlds, Fraction(27, 10)) < 1


@given(st.integers(0, 2**32))
def test_of_a_hidden_agency_nothing_counts_but_the_steps(seed: int) -> None:
    """Whatever else is true of its scores, quarter by quarter, every release is the same."""
    random = Random(seed)
    quarters = attacked(random)(Fraction(1))
    one, other = [], []
    for world in quarters:
        at = random.randrange(5)
        low, high = STEPS[at], STEPS[at + 1] - Fraction(1, 980)
        first, second = (low + (high - low) * Fraction(random.randrange(1001), 1000) for _each in range(2))
        one.append([*world[:-1], (*world[-1][:2], first)])
        other.append([*world[:-1], (*world[-1][:2], second)])
    assert ours(one) == ours(other)


@pytest.mark.parametrize("seed", range(20))
def test_every_rated_program_has_a_double_more_than_half_a_point_apart_on_its_step(
    ddcat: shelf.Volume, seed: int
) -> None:
    """From random ratings, anchored ones alone, item by item down and up as far as the step allows."""
    random, instrument = Random(seed), ddcat.instrument
    usual = random.choice([1, 2, 3, 4, 5])
    ratings = {
        item.id: random.choice([min(item.anchors, key=lambda one: abs(one - usual)), *item.anchors])
        for item in instrument.items
    }
    step = stepped(instrument, ratings)
    ends = []
    for sign in (-1, 1):
        moved = dict(ratings)
        for item in sorted(
            instrument.items, key=lambda one: sum(one.id in d.item_ids for d in instrument.dimensions)
        ):
            for rating in sorted(item.anchors, key=lambda one: -sign * one):
                if (rating - moved[item.id]) * sign > 0 and stepped(instrument, moved | {item.id: rating}) == step:
                    moved[item.id] = rating
                    break
        ends.append(scored(instrument, moved))
    assert ends[1] - ends[0] > Fraction(1, 2)


def scored(instrument: Instrument, ratings: dict[str, int]) -> Fraction:
    overall = scoring.score(instrument, ratings).overall
    assert overall is not None
    return overall


def stepped(instrument: Instrument, ratings: dict[str, int]) -> int:
    return pooling.step_of(STEPS, scored(instrument, ratings))


def test_possible_scores_on_each_step_lie_as_far_apart_as_the_documentation_says(ddcat: shelf.Volume) -> None:
    scores, unit = pooling._possible(ddcat.instrument)
    for start, end in pairwise(STEPS):
        assert pooling._apart(scores, unit, start, end, is_last=end == 5) >= Fraction(74, 100)
