"""Ratings -> scores, bands and levels: the worked examples of the rules, and the laws behind them."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ddcat import scoring, shelf
from ddcat.instrument import Instrument
from ddcat.scoring import Ratings

REAL = shelf.find("ddcat@4.0").instrument
TINY = shelf.parse((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes())

instruments = st.sampled_from([TINY, REAL])


@st.composite
def partial(draw: st.DrawFn) -> tuple[Instrument, Ratings]:
    """An instrument with some of its items rated, each with an anchor."""
    instrument = draw(instruments)
    share_rated = draw(st.sampled_from([0.2, 0.9, 1]))
    random = draw(st.randoms(use_true_random=False))
    return instrument, {
        item.id: random.choice(item.ratings) for item in instrument.items if random.random() < share_rated
    }


def plain_overall(instrument: Instrument, ratings: Ratings) -> Fraction | None:
    """The rule once more, as one would say it aloud."""
    total = Fraction(0)
    for dimension in instrument.dimensions:
        given = [Fraction(ratings[item.id]) for item in dimension.items if item.id in ratings]
        if not given:
            return None
        total += sum(given, Fraction(0)) / len(given)
    return total / len(instrument.dimensions)


def plain_band(instrument: Instrument, value: Fraction) -> str:
    floors = [(band.floor, band.code) for band in instrument.bands] + [(Fraction(100), "none")]
    return next(code for (floor, code), (above, _) in pairwise(floors) if floor <= value < above)


def plain_level(instrument: Instrument, ratings: Ratings) -> str:
    part, whole = instrument.scoring.criterion.share
    needed = Fraction(part, whole)
    reached = ""
    for level, least in instrument.scoring.criterion.levels.items():
        count = sum(ratings.get(item.id, instrument.rating.lowest) >= least for item in instrument.items)
        if Fraction(count, len(instrument.items)) >= needed:
            reached = level
    return reached


# The worked examples


@pytest.mark.parametrize(
    ("profile", "overall", "band", "threes", "fives", "level"),
    [
        ("T1", Fraction(3), "DDC", 35, 0, "DDC"),
        ("T2", Fraction(17, 7), "AOS/DDC", 28, 0, "DDC"),
        ("T3", Fraction(83, 35), "AOS/DDC", 27, 0, "AOS"),
        ("T5", Fraction(862, 245), "DDC/DDE", 28, 11, "DDC"),
    ],
)
def test_the_worked_examples_come_out_exactly(profiles, profile, overall, band, threes, fives, level):
    result = scoring.score(REAL, profiles[profile])
    assert (result.overall, result.band) == (overall, band)
    assert dict(result.criterion.counts) == {"AOS": 35, "DDC": threes, "DDE": fives}
    assert result.criterion.level == level
    assert result.is_complete
    assert result.bounds == scoring.Bounds((overall, overall), (band, band), (level, level))
    assert result.unanchored == ()


@pytest.mark.parametrize(
    ("profile", "printed"), [("T1", "3.0000"), ("T2", "2.4286"), ("T3", "2.3714"), ("T5", "3.5184")]
)
def test_the_worked_examples_agree_with_the_printed_decimals(profiles, profile, printed):
    assert f"{float(scoring.score(REAL, profiles[profile]).overall):.4f}" == printed


def test_the_incomplete_example_comes_out_with_every_number(profiles):
    result = scoring.score(REAL, profiles["incomplete"])
    scores = [dimension.value for dimension in result.dimensions]
    assert scores == [Fraction(13, 4), 3, Fraction(26, 7), 4, Fraction(15, 4), 4, Fraction(9, 2)]
    assert [(d.n_rated, d.n_items) for d in result.dimensions] == [
        *[(4, 4), (2, 2), (7, 7), (9, 10), (4, 5), (4, 5), (2, 2)]
    ]
    assert (result.overall, result.band) == (Fraction(367, 98), "DDC/DDE")
    assert not result.is_complete
    assert (result.n_rated, result.n_items) == (32, 35)
    assert result.bounds.overall == (Fraction(3467, 980), Fraction(3747, 980))
    assert result.bounds.band == ("DDC/DDE", "DDC/DDE")
    assert result.bounds.criterion == ("DDC", "DDC")
    assert dict(result.criterion.counts) == {"AOS": 32, "DDC": 31, "DDE": 1}
    assert result.criterion.level == "DDC"


# Bands and levels at their edges

TINY_BIT = Fraction(1, 10**30)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Fraction(1), "AOS"),
        (2 - TINY_BIT, "AOS"),
        (Fraction(2), "AOS/DDC"),
        (3 - TINY_BIT, "AOS/DDC"),
        (3 - Fraction(1, 8820), "AOS/DDC"),
        (Fraction(3), "DDC"),
        (Fraction(7, 2) - TINY_BIT, "DDC"),
        (Fraction(7, 2), "DDC/DDE"),
        (Fraction(9, 2) - TINY_BIT, "DDC/DDE"),
        (Fraction(9, 2), "DDE"),
        (Fraction(5), "DDE"),
    ],
)
def test_a_band_begins_exactly_at_its_cut_off(value, code):
    assert scoring.band(REAL, value).code == code


@pytest.mark.parametrize(("threes", "level"), [(27, "AOS"), (28, "DDC"), (29, "DDC")])
def test_a_share_of_77_percent_does_not_reach_the_criterion_and_80_percent_does(threes, level):
    ratings = {item.id: 3 if at < threes else 1 for at, item in enumerate(REAL.items)}
    assert scoring.criterion(REAL, ratings).level == level


def test_the_share_that_makes_a_level_comes_from_the_instrument(lantern, rated):
    assert scoring.criterion(lantern, rated(lantern, 1, IA=3, IB=3)).level == "lit"
    assert scoring.criterion(lantern, rated(lantern, 1, IA=5)).level == "dim"


def test_percent_counts_all_items_as_the_denominator_even_while_some_are_open(lantern, rated):
    criterion = scoring.score(lantern, rated(lantern, IA=5)).criterion
    assert criterion.percent("dim") == 100 / 3
    assert criterion.percent("bright") == 100 / 3
    assert scoring.criterion(lantern, {}).percent("dim") == 0


def test_an_unrated_item_counts_as_the_lowest_rating_for_the_level(lantern, rated):
    assert scoring.criterion(lantern, {}).level == "dim"
    assert scoring.criterion(lantern, rated(lantern, IA=3, IB=3)).level == "lit"


# What an overall score is, and what it is not


def test_the_overall_score_is_the_mean_of_dimensions_and_not_of_items(lantern, rated):
    result = scoring.score(lantern, rated(lantern, IA=1, IB=1, IIA=5))
    assert result.overall == 3
    assert result.overall != Fraction(1 + 1 + 5, 3)


def test_a_dimension_without_any_rating_leaves_no_overall_score_but_bounds(lantern, rated):
    result = scoring.score(lantern, rated(lantern, IA=3))
    assert [score.value for score in result.dimensions] == [3, None]
    assert (result.overall, result.band) == (None, None)
    assert result.bounds.overall == (Fraction(3, 2), Fraction(9, 2))
    assert result.bounds.band == ("dim", "bright")
    assert result.bounds.criterion == ("dim", "bright")


def test_an_assessment_without_any_rating_may_still_become_anything():
    result = scoring.score(REAL, {})
    assert (result.overall, result.band, result.n_rated) == (None, None, 0)
    assert result.bounds.overall == (1, 5)
    assert result.bounds.criterion == ("AOS", "DDE")


def test_a_focus_area_is_the_mean_of_its_own_items_with_their_number(lantern, rated):
    welcome, supper = scoring.score(lantern, rated(lantern, IA=5, IB=2)).focus
    assert (welcome.id, welcome.value, welcome.n_rated, welcome.n_items) == ("welcome", Fraction(7, 2), 2, 2)
    assert (supper.value, supper.n_rated, supper.n_items) == (2, 1, 2)


def test_a_rating_without_an_anchor_is_computed_with_and_named(lantern, rated):
    result = scoring.score(lantern, rated(lantern, 2))
    assert result.overall == 2
    assert result.unanchored == ("first-words",)


def test_a_rating_without_an_anchor_stays_inside_the_bounds(lantern, rated):
    assert scoring.score(lantern, rated(lantern, IA=4)).bounds.overall == (Fraction(7, 4), Fraction(19, 4))


def test_an_item_of_another_instrument_is_refused(lantern):
    with pytest.raises(KeyError, match="mission"):
        scoring.score(lantern, {"mission": 3})


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_outside_the_scale_is_refused(lantern, rating):
    with pytest.raises(ValueError, match=f"{rating} is not a rating of lantern@1.0"):
        scoring.score(lantern, {"coat-rack": rating})


@pytest.mark.parametrize(
    ("number", "move"), [("I", 28), ("II", 14), ("III", 49), ("IV", 70), ("V", 35), ("VI", 35), ("VII", 14)]
)
def test_one_point_moves_the_overall_score_by_one_over_dimensions_times_items(number, move):
    dimension = next(known for known in REAL.dimensions if known.number == number)
    assert scoring.point_on(REAL, dimension) == Fraction(1, move)


# Laws


def levels_of(instrument: Instrument, result: scoring.Result) -> list[object]:
    """Everything of a result that may only rise when a rating rises, as things that can be compared."""
    bands = [band.code for band in instrument.bands]
    levels = list(instrument.scoring.criterion.levels)
    return [
        *result.bounds.overall,
        *map(bands.index, result.bounds.band),
        *map(levels.index, result.bounds.criterion),
        levels.index(result.criterion.level),
        *([] if result.overall is None else [result.overall, bands.index(result.band)]),
    ]


@given(partial(), st.data())
def test_raising_one_rating_never_lowers_anything(profile, data):
    instrument, ratings = profile
    raisable = [id for id in ratings if ratings[id] < instrument.rating.highest]
    if not raisable:
        return
    item = data.draw(st.sampled_from(raisable))
    higher = ratings | {item: instrument.by_id[item].next_rating(ratings[item])}
    before, after = (levels_of(instrument, scoring.score(instrument, r)) for r in (ratings, higher))
    assert all(high >= low for low, high in zip(before, after, strict=True))


@given(partial(), st.randoms(use_true_random=False))
def test_the_bounds_contain_the_result_of_every_completion(profile, random):
    instrument, ratings = profile
    bounds = scoring.score(instrument, ratings).bounds
    bands = [band.code for band in instrument.bands]
    levels = list(instrument.scoring.criterion.levels)
    for _ in range(5):
        complete = {item.id: random.choice(item.ratings) for item in instrument.items} | ratings
        result = scoring.score(instrument, complete)
        assert bounds.overall[0] <= result.overall <= bounds.overall[1]
        low, high = map(bands.index, bounds.band)
        assert low <= bands.index(result.band) <= high
        low, high = map(levels.index, bounds.criterion)
        assert low <= levels.index(result.criterion.level) <= high


@given(partial())
def test_the_bounds_are_reached_by_the_lowest_and_the_highest_completion(profile):
    instrument, ratings = profile
    bounds = scoring.bounds(instrument, ratings)
    for end, at in ((min, 0), (max, 1)):
        complete = {item.id: end(item.anchors) for item in instrument.items} | ratings
        result = scoring.score(instrument, complete)
        assert result.overall == bounds.overall[at]
        assert (result.band, result.criterion.level) == (bounds.band[at], bounds.criterion[at])


@given(partial())
def test_the_result_equals_a_plain_second_computation(profile):
    instrument, ratings = profile
    result = scoring.score(instrument, ratings)
    overall = plain_overall(instrument, ratings)
    assert result.overall == overall
    assert result.band == (None if overall is None else plain_band(instrument, overall))
    assert result.criterion.level == plain_level(instrument, ratings)
    assert result.n_rated == len(ratings)
    if result.is_complete:
        assert result.bounds.overall == (overall, overall)
        assert result.bounds.band == (result.band, result.band)
        assert result.bounds.criterion == (result.criterion.level, result.criterion.level)


@settings(max_examples=200)
@given(
    st.lists(st.fractions(1, 5, max_denominator=10), min_size=6, max_size=6),
    st.sampled_from([band.floor for band in REAL.bands[1:]]),
    st.integers(-3, 3),
)
@example([Fraction(15, 7)] * 6, Fraction(3), -1)
def test_sums_of_sevenths_near_a_cut_off_fall_into_the_band_of_the_exact_rule(scores, floor, nudge):
    """A seventh dimension score brings the mean to the cut-off, or a hair beside it."""
    last = floor * 7 - sum(scores) + Fraction(nudge, 10**18)
    overall = scoring.mean_of_dimensions([*scores, last])
    assert overall == floor + Fraction(nudge, 7 * 10**18)
    at = [band.floor for band in REAL.bands].index(floor)
    assert scoring.band(REAL, overall).code == REAL.bands[at if nudge >= 0 else at - 1].code
