"""The cheapest road: by hand, against brute force, against an integer program, and the laws it keeps."""

import os
import shutil
import tomllib
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from ddcat import planning, roads, scoring, shelf
from ddcat.instrument import Guide, Instrument
from ddcat.roads import Costs, Road
from ddcat.scoring import Ratings

VOLUME = shelf.find("ddcat@4.0")
REAL, GUIDE = VOLUME.instrument, VOLUME.guide
LANTERN = tomllib.loads((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_text(encoding="utf-8"))
PROFILES = 5_000 if os.environ.get("DDCAT_LONG") else 200
EFFORTS = (1, 1, 2, 3, 4, 5, None)


def read(found: Road) -> list[tuple[str, int, int, int]]:
    """Code, from, to and cost of every rise."""
    return [(rise.item.code, rise.rating, rise.to, rise.cost) for rise in found.rises]


# By hand


@pytest.mark.parametrize(
    ("to", "by", "expected"),
    [
        ("lit", "scale", [("IIA", 1, 5, 4)]),
        ("lit", "criterion", [("IA", 1, 3, 1), ("IIA", 1, 3, 2)]),
        ("lit", "both", [("IA", 1, 3, 1), ("IIA", 1, 4, 3)]),
        ("dim/lit", "scale", [("IIA", 1, 3, 2)]),
        ("bright", "criterion", [("IA", 1, 5, 2), ("IIA", 1, 5, 4)]),
        ("dim", "both", []),
    ],
)
def test_the_road_is_the_one_found_by_hand(lantern, lantern_guide, rated, to, by, expected):
    """A point counts 1/4 in the doorway and 1/2 at the table, IA climbs two points a step, and the table is near."""
    found = roads.road(lantern, lantern_guide, rated(lantern, 1), to=to, by=by)
    assert (found.is_feasible, read(found)) == (True, expected)
    assert found.total_cost == sum(cost for *_, cost in expected)


def test_a_step_costs_what_is_set_and_what_is_not_possible_now_stays(lantern, lantern_guide, rated):
    def to_lit(costs: Costs) -> list[tuple[str, int, int, int]]:
        return read(roads.road(lantern, lantern_guide, rated(lantern, 1), to="lit", by="scale", costs=costs))

    assert to_lit({"second-plate": 2}) == [("IA", 1, 5, 2), ("IIA", 1, 3, 4)]
    assert to_lit({"second-plate": None}) == [("IA", 1, 5, 2), ("IB", 1, 5, 4)]
    assert to_lit({"second-plate": 5, "coat-rack": 2}) == [("IA", 1, 5, 2), ("IB", 1, 5, 8)]


def test_without_any_road_nothing_rises_and_the_highest_ratings_say_how_far_it_goes(lantern, lantern_guide, rated):
    ratings, costs = rated(lantern, 1), {"second-plate": None}
    found = roads.road(lantern, lantern_guide, ratings, to="bright", by="scale", costs=costs)
    assert (found.is_feasible, found.rises, found.total_cost, found.after) == (False, (), 0, ratings)
    highest = roads.highest(lantern, ratings, costs)
    assert highest == rated(lantern, 5, IIA=1)
    assert scoring.score(lantern, highest).overall == 3


def test_both_methods_may_each_be_reached_and_not_together(lantern, lantern_guide, rated):
    ratings, costs = rated(lantern, 1, IIA=5), {"first-words": None, "coat-rack": None}
    assert roads.road(lantern, lantern_guide, ratings, to="lit", by="scale", costs=costs).rises == ()
    assert roads.road(lantern, lantern_guide, ratings, to="lit", by="scale", costs=costs).is_feasible
    assert not roads.road(lantern, lantern_guide, ratings, to="lit", by="both", costs=costs).is_feasible


def test_t3_reaches_the_band_exactly(profiles):
    """83/35 and 8 points of 1/14 make 103/35; VC skips 4, so one step adds the two points of 1/35 that are left."""
    found = roads.road(REAL, GUIDE, profiles["T3"], to="DDC", by="both")
    assert read(found) == [("VC", 3, 5, 1), ("VIIA", 1, 5, 4), ("VIIB", 1, 5, 4)]
    assert scoring.score(REAL, found.after).overall == 3
    assert planning.setting_share(found.rises, GUIDE) == Fraction(10, 11)


def test_what_patients_feel_first_is_chosen_at_half_and_shown_at_full_cost(profiles):
    found = roads.road(REAL, GUIDE, profiles["T3"], to="DDC", by="both", first=GUIDE.felt_first)
    assert read(found) == [("VA", 3, 5, 2), ("VIIA", 1, 5, 4), ("VIIB", 1, 5, 4)]


def test_the_guide_names_what_is_near_and_what_patients_feel_first():
    codes = [REAL.by_id[item].code for item in GUIDE.felt_first]
    assert codes == ["IIIB", "IIIC", "IVA", "IVB", "IVC", "IVE", "VA", "VB", "VE", "VIA"]
    assert [dimension.number for dimension in REAL.dimensions if dimension.id in GUIDE.near] == ["III", "IV", "V"]


@pytest.mark.parametrize(
    ("old", "new", "faults"),
    [
        ('["table"]', '["garden", "table"]', ["near: unknown dimension 'garden'"]),
        ('["table"]', '["table", "table"]', ["near: the dimension 'table' is used 2 times"]),
        ('["second-plate"]', '["third-plate"]', ["felt_first: unknown item 'third-plate'"]),
        ('["second-plate"]', '["coat-rack", "coat-rack"]', ["felt_first: the item 'coat-rack' is used 2 times"]),
        ('["second-plate"]', "[5]", ["felt_first 1: input should be a valid string"]),
    ],
)
def test_a_guide_names_only_what_the_instrument_has_and_each_once(tmp_path, old, new, faults):
    here = Path(__file__).parent / "instruments"
    shutil.copy(here / "lantern-1.0.toml", tmp_path)
    guide = tmp_path / "lantern-1.0.guide.toml"
    text = (here / guide.name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    guide.write_text(text.replace(old, new), encoding="utf-8")
    assert [str(fault) for fault in shelf.check(guide)] == faults


def test_between_roads_of_one_cost_the_one_with_fewer_items_is_taken(lantern, rated):
    """IIA alone from 1 to 5 adds as much for 4 as IIA from 1 to 3 with IA from 1 to 5."""
    bare = Guide(**{"for": lantern.name})
    found = roads.road(lantern, bare, rated(lantern, 1), to="lit", by="scale")
    assert read(found) == [("IIA", 1, 5, 4)]


def test_then_the_one_with_more_steps_near_to_the_patient(lantern, rated):
    for near, raised in (("doorway", "IB"), ("table", "IIA")):
        guide = Guide(**{"for": lantern.name, "near": (near,)})
        found = roads.road(lantern, guide, rated(lantern, 2, IA=3), to="lit", by="criterion")
        assert read(found) == [(raised, 2, 3, 1)]


def test_then_the_one_that_raises_the_earlier_item_of_the_paper_form_higher(lantern, rated):
    """With nothing near IB and IIA are alike; and IIIA stands before the other items of its dimension."""
    bare = Guide(**{"for": lantern.name})
    found = roads.road(lantern, bare, rated(lantern, 2, IA=3), to="lit", by="criterion")
    assert read(found) == [("IB", 2, 3, 1)]
    ratings = rated(REAL, 3) | {"welcome": 1, "literature": 1, "basic-training": 1, "advanced-training": 1}
    found = roads.road(REAL, GUIDE, ratings, to="DDC", by="scale")
    assert read(found) == [("IIA", 1, 5, 4), ("IIB", 1, 5, 4)]


def test_an_old_rating_without_an_anchor_climbs_to_the_next_anchors(lantern, lantern_guide, rated):
    found = roads.road(lantern, lantern_guide, rated(lantern, 1, IA=2, IIA=5), to="lit", by="criterion")
    assert read(found) == [("IA", 2, 3, 1)]
    found = roads.road(lantern, lantern_guide, rated(lantern, 1, IA=4, IIA=5), to="bright", by="criterion")
    assert read(found) == [("IA", 4, 5, 1)]


def test_the_targets_are_bands_by_the_scale_and_levels_by_the_others():
    assert roads.targets(REAL, "scale") == ("AOS", "AOS/DDC", "DDC", "DDC/DDE", "DDE")
    assert roads.targets(REAL, "criterion") == roads.targets(REAL, "both") == ("AOS", "DDC", "DDE")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ratings": {"first-words": 3}}, ValueError("not rated: IB, IIA")),
        ({"to": "DDC"}, ValueError("'DDC' is no target of lantern@1.0 by both")),
        ({"to": "dim/lit"}, ValueError("'dim/lit' is no target of lantern@1.0 by both")),
        ({"costs": {"first-words": 0}}, ValueError("0 is not a cost from 1")),
        ({"costs": {"last-words": 1}}, KeyError("last-words")),
        ({"first": {"last-words"}}, KeyError("last-words")),
    ],
)
def test_what_cannot_be_asked_is_refused(lantern, lantern_guide, rated, change, error):
    asked = {"ratings": rated(lantern, 1), "to": "lit", "by": "both"} | change
    with pytest.raises((ValueError, KeyError)) as refused:
        roads.road(lantern, lantern_guide, **asked)
    assert repr(refused.value) == repr(error)


# Against brute force


def cheapest(
    instrument: Instrument, guide: Guide, ratings: Ratings, to: str, by: str, costs: Costs, first: frozenset[str]
) -> Ratings | None:
    """The ratings after the best of all combinations, every rule written out again; None where none reaches it."""
    items = instrument.items
    ways = []
    for item in items:
        rating = ratings[item.id]
        ways.append([rating] + [to for to in item.anchors if to > rating and costs.get(item.id, 1) is not None])
    part, whole = instrument.scoring.criterion.share

    def reaches(after: tuple[int, ...]) -> bool:
        given = dict(zip(instrument.by_id, after, strict=True))
        scores = [
            Fraction(sum(given[item] for item in dimension.item_ids), len(dimension.items))
            for dimension in instrument.dimensions
        ]
        floors = {band.code: band.floor for band in instrument.bands}
        by_scale = sum(scores, Fraction(0)) / len(scores) >= floors[to]
        least = instrument.scoring.criterion.levels.get(to, 0)
        by_criterion = whole * sum(rating >= least for rating in after) >= part * len(after)
        if to == instrument.bands[0].code:
            by_criterion = True
        return {"scale": by_scale, "criterion": by_criterion, "both": by_scale and by_criterion}[by]

    def order(after: tuple[int, ...]) -> tuple[object, ...]:
        cost, raised, near = Fraction(0), 0, 0
        for item, reached in zip(items, after, strict=True):
            steps = len([anchored for anchored in item.anchors if ratings[item.id] < anchored <= reached])
            cost += Fraction(steps * (costs.get(item.id, 1) or 0), 2 if item.id in first else 1)
            raised += reached > ratings[item.id]
            near += steps if instrument.home[item.id].id in guide.near else 0
        return cost, raised, -near, [-reached for reached in after]

    best = min(filter(reaches, product(*ways)), key=order, default=None)
    return None if best is None else dict(zip(instrument.by_id, best, strict=True))


def same(
    instrument: Instrument, guide: Guide, ratings: Ratings, to: str, by: str, costs: Costs, first: frozenset[str]
):
    found = roads.road(instrument, guide, ratings, to=to, by=by, costs=costs, first=first)
    expected = cheapest(instrument, guide, ratings, to, by, costs, first)
    assert found.is_feasible == (expected is not None)
    assert found.after == (expected or ratings)


@pytest.mark.parametrize("by", roads.METHODS)
def test_on_the_whole_lantern_no_combination_is_better(lantern, lantern_guide, by):
    for given_ratings in product(*(item.ratings for item in lantern.items)):
        ratings = dict(zip(lantern.by_id, given_ratings, strict=True))
        for to in roads.targets(lantern, by):
            same(lantern, lantern_guide, ratings, to, by, {}, frozenset())
            same(lantern, lantern_guide, ratings, to, by, {"coat-rack": None}, frozenset(lantern_guide.felt_first))


@st.composite
def small(draw: st.DrawFn) -> tuple[object, ...]:
    """An instrument of at most five items in at most three dimensions, and all that a road is asked with."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda sizes: sum(sizes) <= 5))
    pattern = LANTERN["dimension"][0]
    made, number = [], 0
    for at, size in enumerate(sizes):
        items = []
        for _item in range(size):
            number += 1
            between = draw(st.sets(st.integers(2, 4)))
            anchors = {str(rating): "Words." for rating in {1, 5, *between}}
            words = {
                key: value for key, value in pattern["item"][0].items() if key in ("title", "prompt", "guidance")
            }
            absent = sorted({2, 3, 4} - between)
            items.append(
                words
                | {"id": f"i{number}", "code": f"I{number}", "evidence": ["See."], "anchors": anchors}
                | {"unanchored": absent}
            )
        made.append({"id": f"d{at}", "number": str(at), "title": "Part", "about": "Part.", "item": items})
    share = draw(st.sampled_from([[1, 2], [2, 3], [4, 5], [1, 1]]))
    criterion = LANTERN["scoring"]["criterion"] | {"share": share}
    instrument = Instrument.model_validate(
        LANTERN | {"dimension": made, "scoring": LANTERN["scoring"] | {"criterion": criterion}}
    )
    guide = Guide(**{"for": instrument.name, "near": draw(st.sets(st.sampled_from([part["id"] for part in made])))})
    ratings = {item.id: draw(st.integers(1, 5)) for item in instrument.items}
    by = draw(st.sampled_from(roads.METHODS))
    to = draw(st.sampled_from(roads.targets(instrument, by)))
    costs = {item: draw(st.sampled_from(EFFORTS)) for item in ratings if draw(st.booleans())}
    return instrument, guide, ratings, to, by, costs, draw(st.frozensets(st.sampled_from([*ratings])))


@settings(max_examples=300)
@given(small())
def test_on_small_instruments_no_combination_is_better_and_every_tie_is_broken_by_the_rule(asked):
    same(*asked)


# Against an integer program


def program(
    ratings: Ratings, to: str, by: str, costs: Costs, first: frozenset[str], *, ties: bool
) -> tuple[int, ...] | None:
    """The least doubled cost by HiGHS, with `ties` also the fewest items at it and the most near steps at both.

    None where there is no road. One variable a rise; goals are solved one after the other, so that none needs room
    for another's digits.
    """
    rises = [
        (item, rating, sum(ratings[item.id] < each <= rating for each in item.ratings))
        for item in REAL.items
        for rating in item.ratings
        if rating > ratings[item.id] and costs.get(item.id, 1) is not None
    ]
    rows = [([int(item is one) for item, *_ in rises], -np.inf, 1) for one in REAL.items]
    if by != "criterion":
        floor = next(band.floor for band in REAL.bands if band.code == to)
        points = {item.id: 980 // (7 * len(REAL.home[item.id].items)) for item in REAL.items}
        now = sum(points[item] * rating for item, rating in ratings.items())
        added = [points[item.id] * (rating - ratings[item.id]) for item, rating, _steps in rises]
        rows.append((added, 980 * floor - now, np.inf))
    if by != "scale":
        least = {"DDC": 3, "DDE": 5}[to]
        added = [int(ratings[item.id] < least <= rating) for item, rating, _steps in rises]
        rows.append((added, 28 - sum(rating >= least for rating in ratings.values()), np.inf))
    goals = [
        [steps * costs.get(item.id, 1) * (1 if item.id in first else 2) for item, _rating, steps in rises],
        [1 for _ in rises],
        [-steps * (REAL.home[item.id].number in ("III", "IV", "V")) for item, _rating, steps in rises],
    ]
    best: list[int] = []
    for goal in goals if ties else goals[:1]:
        table, low, high = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
        solved = milp(
            np.array(goal, dtype=float),
            integrality=np.ones(len(rises)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(table, low, high),
            options={"mip_rel_gap": 0},
        )
        if solved.status == 2:
            return None
        assert solved.status == 0, solved.message
        best.append(round(solved.fun))
        rows.append((goal, -np.inf, best[-1]))
    return tuple(best)


@pytest.mark.parametrize("by", roads.METHODS)
def test_an_integer_program_finds_nothing_better_for_full_profiles_of_the_real_instrument(by):
    chance = Random(f"roads {by}")
    feasible = []
    for number in range(PROFILES // len(roads.METHODS) + 1):
        top = chance.choice((2, 3, 4, 5))
        ratings = {item.id: chance.choice([r for r in item.ratings if r <= top]) for item in REAL.items}
        never = chance.choice((0, 0, 0.1, 0.3))
        costs = {item: None if chance.random() < never else chance.randint(1, 5) for item in ratings if number % 4}
        first = frozenset(GUIDE.felt_first if number % 2 else ())
        to = chance.choice(roads.targets(REAL, by)[1:])
        found = roads.road(REAL, GUIDE, ratings, to=to, by=by, costs=costs, first=first)
        expected = program(ratings, to, by, costs, first, ties=number % 3 == 0)
        assert found.is_feasible == (expected is not None)
        feasible.append(found.is_feasible)
        if expected is not None:
            counted = sum(rise.cost * (1 if rise.item.id in first else 2) for rise in found.rises)
            near = sum(
                sum(rise.rating < each <= rise.to for each in rise.item.ratings)
                for rise in found.rises
                if rise.dimension.id in GUIDE.near
            )
            assert (counted, len(found.rises), -near)[: len(expected)] == expected
    assert len(feasible) / 2 < sum(feasible) < len(feasible)


# Laws


profiles_of_all = st.fixed_dictionaries({item.id: st.sampled_from(item.ratings) for item in REAL.items})
some_costs = st.dictionaries(st.sampled_from([*REAL.by_id]), st.sampled_from(EFFORTS))


@settings(max_examples=25)
@given(profiles_of_all, some_costs, st.sampled_from(roads.METHODS))
def test_a_higher_target_never_costs_less_and_nothing_costs_more_than_raising_all(ratings, costs, by):
    every = sum(
        (len([rating for rating in item.ratings if rating > ratings[item.id]])) * (costs.get(item.id, 1) or 0)
        for item in REAL.items
    )
    found = [roads.road(REAL, GUIDE, ratings, to=to, by=by, costs=costs) for to in roads.targets(REAL, by)]
    reached = [road.total_cost for road in found if road.is_feasible]
    assert reached == sorted(reached)
    assert reached[0] == 0
    assert reached[-1] <= every
    assert [road.is_feasible for road in found] == sorted((road.is_feasible for road in found), reverse=True)


@settings(max_examples=25)
@given(profiles_of_all, some_costs, st.sampled_from(roads.METHODS), st.sampled_from(["DDC", "DDE"]))
def test_every_rise_ends_at_an_anchor_and_all_of_them_reach_the_target(ratings, costs, by, to):
    found = roads.road(REAL, GUIDE, ratings, to=to, by=by, costs=costs)
    for rise in found.rises:
        assert rise.to in rise.item.anchors
        assert rise.rating == ratings[rise.item.id] < rise.to == found.after[rise.item.id]
        assert costs.get(rise.item.id, 1) is not None
    assert [rise.item for rise in found.rises] == [i for i in REAL.items if found.after[i.id] != ratings[i.id]]
    before, after = (scoring.score(REAL, each) for each in (ratings, found.after))
    assert after.overall - before.overall == sum(rise.full_gain for rise in found.rises)
    if found.is_feasible:
        if by != "criterion":
            assert after.overall >= {"DDC": 3, "DDE": Fraction(9, 2)}[to]
        if by != "scale":
            assert 5 * after.criterion.counts[to] >= 4 * after.n_items


@settings(max_examples=15)
@given(profiles_of_all, some_costs, st.randoms(use_true_random=False))
def test_no_rise_can_be_left_out_or_taken_in_another_order(ratings, costs, random):
    """The answer does not hang on the order of what is given; and each rise is needed."""
    found = roads.road(REAL, GUIDE, ratings, to="DDC", by="both", costs=costs)
    mixed = [dict(random.sample([*given.items()], len(given))) for given in (ratings, costs)]
    assert roads.road(REAL, GUIDE, mixed[0], to="DDC", by="both", costs=mixed[1]) == found
    for rise in found.rises:
        less = scoring.score(REAL, found.after | {rise.item.id: rise.rating})
        assert less.overall < 3 or less.criterion.counts["DDC"] < 28


@settings(max_examples=15)
@given(profiles_of_all, some_costs, st.sampled_from(roads.METHODS), st.sampled_from(["DDC", "DDE"]))
def test_what_patients_feel_first_never_costs_less_than_the_cheapest_nor_twice_as_much(ratings, costs, by, to):
    road, felt = (
        roads.road(REAL, GUIDE, ratings, to=to, by=by, costs=costs, first=first) for first in ((), GUIDE.felt_first)
    )
    assert road.is_feasible == felt.is_feasible
    assert road.total_cost <= felt.total_cost <= 2 * road.total_cost
