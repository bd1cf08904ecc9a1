"""Gaps and their order, strengths, what is nearest, and how far an assessment has come."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import charts, planning, progress, scoring, shelf
from ddcat.instrument import Guide

REAL = shelf.find("ddcat@4.0").instrument


def codes(items) -> list[str]:
    return [item.code for item in items]


# The next level


@pytest.mark.parametrize(
    ("overall", "level"),
    [
        (Fraction(1), "AOS"),
        (Fraction(299, 100), "AOS"),
        (Fraction(3), "DDC"),
        (Fraction(7, 2), "DDC"),
        (Fraction(449, 100), "DDC"),
        (Fraction(9, 2), "DDE"),
    ],
)
def test_a_score_in_between_belongs_to_the_level_below(overall, level):
    assert planning.level_of(REAL, overall) == level


@pytest.mark.parametrize(
    ("profile", "level"), [("T1", "DDE"), ("T2", "DDC"), ("T3", "DDC"), ("T5", "DDE"), ("incomplete", "DDE")]
)
def test_the_next_level_is_the_first_that_one_of_the_methods_does_not_grant(profiles, profile, level):
    result = scoring.score(REAL, profiles[profile])
    assert planning.next_level(REAL, result) == level


def test_the_next_level_of_an_assessment_without_ratings_is_the_second(lantern):
    assert planning.next_level(lantern, scoring.score(lantern, {})) == "lit"


def test_at_the_top_the_next_level_stays_the_highest(lantern, rated):
    assert planning.next_level(lantern, scoring.score(lantern, rated(lantern, 5))) == "bright"


# Gaps


def test_gains_are_exact_and_a_short_dimension_gains_more(rated):
    found = {gap.item.code: gap for gap in planning.gaps(REAL, rated(REAL, 1), "DDC")}
    points = {"IB": (1, 28), "IIA": (1, 14), "IIIA": (1, 49), "IVA": (1, 70), "VA": (1, 35), "VIIA": (1, 14)}
    for code, point in points.items():
        assert found[code].to == 2
        assert found[code].gain == Fraction(*point)
        assert found[code].full_gain == 2 * Fraction(*point)


def test_a_step_over_a_rating_without_an_anchor_gains_two_points(rated):
    (gap,) = (gap for gap in planning.gaps(REAL, rated(REAL, 5, IA=1), "DDC") if gap.item.code == "IA")
    assert (gap.rating, gap.to, gap.target) == (1, 3, 3)
    assert gap.gain == gap.full_gain == Fraction(2, 28)
    assert gap.reaches_target


def test_gaps_stand_by_effect_then_reach_then_rating_then_paper_order(lantern, rated):
    """A point counts 1/4 in the doorway and 1/2 at the table."""
    found = planning.gaps(lantern, rated(lantern, IA=1, IB=1, IIA=1), "bright")
    assert [(gap.item.code, gap.to, gap.gain) for gap in found] == [
        ("IA", 3, Fraction(1, 2)),
        ("IIA", 2, Fraction(1, 2)),
        ("IB", 2, Fraction(1, 4)),
    ]


def test_between_equal_gains_a_step_that_reaches_the_level_comes_first(rated):
    """They stand in one dimension: 2 -> 3 reaches the level, 1 -> 2 does not."""
    found = planning.gaps(REAL, rated(REAL, 3, IVB=1, IVC=2, IVD=2, IVF=1), "DDC")
    assert [(gap.item.code, gap.rating, gap.reaches_target) for gap in found] == [
        ("IVC", 2, True),
        ("IVD", 2, True),
        ("IVB", 1, False),
        ("IVF", 1, False),
    ]


def test_between_equal_gains_and_reach_the_lower_rating_comes_first(rated):
    found = planning.gaps(REAL, rated(REAL, 5, IVB=3, IVC=2, IVD=3), "DDE")
    assert [(gap.item.code, gap.rating) for gap in found] == [("IVC", 2), ("IVB", 3), ("IVD", 3)]


def test_only_rated_items_below_the_level_are_gaps(lantern, rated):
    assert codes(gap.item for gap in planning.gaps(lantern, rated(lantern, IA=3, IB=2), "lit")) == ["IB"]
    assert planning.gaps(lantern, {}, "bright") == ()


def test_where_all_is_5_there_is_nothing_to_raise(rated):
    assert planning.gaps(REAL, rated(REAL, 5), "DDE") == ()


def test_an_old_rating_without_an_anchor_is_raised_to_the_next_anchor(lantern, rated):
    (gap,) = planning.gaps(lantern, rated(lantern, 5, IA=2), "lit")
    assert (gap.rating, gap.to, gap.target, gap.gain) == (2, 3, 3, Fraction(1, 4))


@given(st.randoms(use_true_random=False), st.sampled_from(["DDC", "DDE"]))
def test_closing_every_gap_raises_the_overall_score_by_the_sum_of_the_full_gains(random, level):
    ratings = {item.id: random.choice(item.ratings) for item in REAL.items}
    found = planning.gaps(REAL, ratings, level)
    closed = ratings | {gap.item.id: gap.target for gap in found}
    before, after = (scoring.score(REAL, each) for each in (ratings, closed))
    assert after.overall - before.overall == sum(gap.full_gain for gap in found)
    assert after.criterion.counts[level] == after.n_items
    assert [gap.gain for gap in found] == sorted((gap.gain for gap in found), reverse=True)


# What comes from the setting alone


def test_the_share_of_the_setting_is_exact(lantern, lantern_guide, rated):
    """To 3: the doorway gains 2/4 + 1/4, the table 1/2."""
    found = planning.gaps(lantern, rated(lantern, IA=1, IB=2, IIA=2), "lit")
    assert planning.setting_share(found, lantern_guide) == Fraction(3, 5)


def test_without_gaps_or_setting_nothing_comes_from_the_setting(lantern, lantern_guide, rated):
    found = planning.gaps(lantern, rated(lantern, 1), "lit")
    assert planning.setting_share((), lantern_guide) == 0
    assert planning.setting_share(found, Guide(**{"for": lantern.name})) == 0
    assert planning.setting_share(iter(found), lantern_guide) == Fraction(1, 2)


# Strengths and what is nearest


def test_strengths_are_the_highest_ratings_from_capable_up_in_paper_order(rated):
    ratings = rated(REAL, 2, IC=3, IIIA=5, IVB=4, VIIB=5)
    assert codes(planning.strengths(REAL, ratings)) == ["IIIA", "VIIB", "IVB", "IC"]


def test_strengths_of_one_rating_come_together_or_not_at_all(rated):
    assert len(planning.strengths(REAL, rated(REAL, 3))) == 35
    few = rated(REAL, 1, IC=3, IVB=4, VIIB=5)
    assert codes(planning.strengths(REAL, few, most=2)) == ["VIIB", "IVB"]
    assert codes(planning.strengths(REAL, rated(REAL, 1, IC=3, IVB=3, VIIB=5), most=2)) == ["VIIB"]
    assert planning.strengths(REAL, rated(REAL, 1)) == ()


def test_nearest_are_the_items_with_the_fewest_points_to_their_next_anchor(rated):
    ratings = rated(REAL, 5, IIIA=4, IVB=2, VA=1, VIB=2, IIIF=3)
    assert codes(planning.nearest(REAL, ratings)) == ["IVB", "VIB", "IIIA", "VA", "IIIF"]
    assert codes(planning.nearest(REAL, ratings, most=3)) == ["IVB", "VIB", "IIIA"]
    assert codes(planning.nearest(REAL, ratings, most=1)) == ["IVB", "VIB"]


def test_an_item_whose_next_anchor_lies_two_points_up_is_less_near(rated):
    skips = next(item for item in REAL.items if 2 in item.unanchored)
    ratings = rated(REAL, 5) | {skips.id: 1, "crisis": 1}
    assert [item.id for item in planning.nearest(REAL, ratings)] == ["crisis", skips.id]
    assert planning.nearest(REAL, rated(REAL, 5)) == ()


def test_an_unrated_item_is_never_nearest_to_anything(lantern):
    assert planning.nearest(lantern, {}) == ()


# Progress: one rule for every page


def test_progress_counts_by_dimension_and_names_what_is_open_in_paper_order(lantern):
    found = progress.progress(lantern, {"coat-rack": 1})
    assert [(part.number, part.n_rated, part.n_items) for part in found.parts] == [("I", 1, 2), ("II", 0, 1)]
    assert (found.n_rated, found.n_items, found.is_complete) == (1, 3, False)
    assert codes(found.open) == ["IA", "IIA"]


def test_progress_is_complete_only_with_every_item(lantern, rated):
    found = progress.progress(lantern, rated(lantern, 3))
    assert found.is_complete
    assert all(part.is_complete for part in found.parts)
    assert found.open == ()


# Charts: where a dot stands


def test_the_line_runs_from_the_lowest_to_the_highest_rating_with_every_band_limit():
    line = charts.line(REAL)
    assert (line.start, line.end) == (10, 190)
    assert [str(limit.value) for limit in line.limits] == ["2", "3", "7/2", "9/2"]
    assert [limit.x for limit in line.limits] == [55, 100, 122.5, 167.5]
    assert sum(stretch.width for stretch in line.stretches) == line.end - line.start
    assert line.ends == (1, 5)


def test_a_dot_in_the_middle_of_the_scale_stands_in_the_middle_of_the_line(lantern):
    assert charts.place(lantern, Fraction(3)) == charts.WIDTH / 2
