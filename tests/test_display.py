"""How values read: never as more than they are, and in whole sentences."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ddcat import display, facts, scoring, shelf
from ddcat.records import Assessment

REAL = shelf.find("ddcat@4.0").instrument
FLOORS = [band.floor for band in REAL.bands]


# Scores


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(3), "3.00"),
        (Fraction(17, 7), "2.43"),
        (Fraction(83, 35), "2.37"),
        (Fraction(862, 245), "3.52"),
        (Fraction("2.994"), "2.99"),
        (Fraction("2.995"), "2.995"),
        (Fraction("2.996"), "2.996"),
        (3 - Fraction(1, 8820), "2.9998"),
        (Fraction("2.9999999"), "2.9999999"),
        (Fraction(3) - Fraction(3, 10**7), "2.9999997"),
        (3 + Fraction(1, 8820), "3.00"),
        (Fraction("3.4951"), "3.495"),
        (Fraction("4.499"), "4.499"),
        (Fraction("1.999"), "1.999"),
        (Fraction("4.996"), "5.00"),
        (Fraction("2.345"), "2.35"),
        (None, "–"),
    ],
)
def test_a_score_has_two_decimals_and_more_only_to_stay_below_a_cut_off(value, text):
    assert display.score(REAL, value) == text


@given(st.fractions(1, 5, max_denominator=10**9))
@example(Fraction(3) - Fraction(1, 8820))
@example(Fraction(2) - Fraction(1, 10**9))
def test_a_shown_score_stands_on_the_same_side_of_every_cut_off_as_the_score(value):
    shown = Fraction(display.score(REAL, value))
    assert [shown >= floor for floor in FLOORS] == [value >= floor for floor in FLOORS]
    assert abs(shown - value) <= Fraction(1, 200)


@given(st.sampled_from(FLOORS[1:]), st.integers(3, 12))
def test_a_score_just_below_a_cut_off_reads_below_it(floor, places):
    value = floor - Fraction(1, 10**places)
    assert Fraction(display.score(REAL, value)) < floor
    assert display.below(REAL, value) == floor


@pytest.mark.parametrize("value", [Fraction("2.99"), Fraction(3), Fraction("3.001"), None])
def test_a_score_that_two_decimals_tell_honestly_is_below_nothing(value):
    assert display.below(REAL, value) is None


# Shares, gains, numbers


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (27, 35, "77.1 %"),
        (28, 35, "80 %"),
        (0, 35, "0 %"),
        (35, 35, "100 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (7999, 10000, "79.9 %"),
        (9999, 10000, "99.9 %"),
        (8001, 10000, "80 %"),
    ],
)
def test_a_share_reads_with_one_decimal_at_most(part, whole, text):
    assert display.percent(part, whole) == text


@given(st.integers(1, 5000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_a_share_never_reads_as_a_whole_percent_that_it_does_not_reach(pair):
    part, whole = pair
    shown = Fraction(display.percent(part, whole).removesuffix(" %"))
    exact = Fraction(100 * part, whole)
    assert abs(shown - exact) <= Fraction(1, 10)
    assert shown <= exact or shown.denominator != 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 28), "0.036"),
        (Fraction(1, 70), "0.014"),
        (Fraction(1, 100), "0.010"),
        (Fraction(1, 250), "0.004"),
    ],
)
def test_a_small_gain_never_reads_as_none(value, text):
    assert display.gain(value) == text


def test_a_cut_off_reads_without_needless_zeros():
    assert [display.number(floor) for floor in FLOORS] == ["1", "2", "3", "3.5", "4.5"]


# Sentences


def said_of(profile: scoring.Ratings) -> tuple[str, str]:
    result = scoring.score(REAL, profile)
    return display.headline(REAL, result), display.disagreement(REAL, result)


def test_where_the_two_methods_agree_nothing_is_explained(profiles):
    headline, why = said_of(profiles["T1"])
    assert headline == (
        "This program is in the band “Dual diagnosis capable”, with an overall score of 3.00 out of 5."
    )
    assert why == ""


def test_where_the_criterion_is_higher_the_short_dimensions_are_named_as_the_reason(profiles):
    headline, why = said_of(profiles["T2"])
    assert "“Between addiction-only and dual diagnosis capable”" in headline
    assert "2.43 out of 5" in headline
    assert why == (
        "The methods differ because one counts and the other averages: 28 of 35 items (80 %) are rated 3 or more,"
        " which is enough for “Dual diagnosis capable” by the criterion method, but the others are rated so low, or"
        " weigh so much, that the overall score is 2.43, under 3."
    )


def test_where_the_scale_is_higher_the_mean_is_named_as_the_reason(rated):
    fives = {"IIA": 5, "IIB": 5, "VIIA": 5, "VIIB": 5}
    ones = {f"IV{letter}": 1 for letter in "ABCDEFGH"}
    _, why = said_of(rated(REAL, 3, **fives, **ones))
    assert why == (
        "The methods differ because a mean lets high ratings make up for low ones: the overall score reaches 3, but"
        " only 27 of 35 items (77.1 %) are rated 3 or more, and “Dual diagnosis capable” by the criterion method"
        " needs 80 %, that is 28 items."
    )


def test_a_band_in_between_is_explained_as_one_that_only_the_scale_has(profiles):
    _, why = said_of(profiles["T5"])
    assert why == (
        "Both methods see the level “Dual diagnosis capable”; only the scale method has bands in between, and the"
        " overall score lies in one of them."
    )


def test_short_dimensions_are_not_blamed_where_the_longest_one_is_low(rated):
    """Seven of ten treatment items at 1, all else 3: the low ratings stand in the longest dimension."""
    headline, why = said_of(rated(REAL, 3, **{f"IV{letter}": 1 for letter in "ABCDEFG"}))
    assert "2.80 out of 5" in headline
    assert why
    assert "short dimensions" not in why


def test_low_ratings_are_not_blamed_where_items_are_only_not_yet_rated(rated):
    """Every rating given is a 3; the criterion is lower because an open item counts as the lowest rating."""
    first = {dimension.items[0].code: 3 for dimension in REAL.dimensions}
    _, why = said_of(rated(REAL, **first))
    assert "make up for low ones" not in why


def test_an_incomplete_result_says_that_it_is_so_only_so_far(profiles):
    headline, _ = said_of(profiles["incomplete"])
    assert headline == (
        "So far this program is in the band “Between dual diagnosis capable and dual diagnosis enhanced”, with an"
        " overall score of 3.74 out of 5."
    )


def test_without_an_overall_score_the_headline_says_how_far_it_may_go(lantern, rated):
    result = scoring.score(lantern, rated(lantern, IA=3))
    assert display.headline(lantern, result) == (
        "2 items are not yet rated; the program may end anywhere from “Dim” to “Bright”."
    )
    assert display.disagreement(lantern, result) == ""


def test_one_open_item_is_spoken_of_in_the_singular(lantern, rated):
    headline = display.headline(lantern, scoring.score(lantern, rated(lantern, IA=3, IB=3)))
    assert headline.startswith("1 item is not yet rated; ")


def test_a_band_that_is_certain_is_said_even_without_an_overall_score(rated):
    """Every item is 1, but the two of the shortest dimension are open: whatever they become, AOS stays."""
    result = scoring.score(REAL, rated(REAL, 1, VIIA=None, VIIB=None))
    assert result.overall is None
    assert display.headline(REAL, result) == (
        "Whatever the missing ratings become, the program is in the band “Addiction-only services”."
    )


def test_a_score_a_hair_under_a_cut_off_says_so_in_the_headline(rated):
    """A provisional score can be 3 - 1/8820."""
    overall = 3 - Fraction(1, 8820)
    result = scoring.score(REAL, rated(REAL, 3))
    near = display.headline(REAL, replace(result, overall=overall, band=scoring.band(REAL, overall).code))
    assert "2.9998, just below 3 out of 5" in near
    assert "“Between addiction-only and dual diagnosis capable”" in near


# Days, periods, lists, facts


def test_a_day_reads_as_people_write_it():
    assert display.day("2026-11-03") == "November 3, 2026"


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, ""),
        (1, "Baseline"),
        (2, "First follow-up"),
        (3, "Second follow-up"),
        (4, "Third follow-up"),
        (5, "Follow-up 4"),
        (12, "Follow-up 11"),
    ],
)
def test_a_period_reads_as_baseline_or_the_number_of_the_follow_up(count, text):
    assert display.period(count) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [(["IIA"], "IIA"), (["IIA", "IIB"], "IIA and IIB"), (["IIA", "IIB", "VIIA"], "IIA, IIB and VIIA")],
)
def test_a_list_ends_with_and(words, text):
    assert display.listed(words) == text
    assert display.listed(iter(words)) == text


FIELDS = {
    field.name: field for blocks in (facts.AGENCY, facts.PROGRAM, facts.COVER) for field in facts.fields(blocks)
}


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("state", "Vermont", "Vermont"),
        ("primary_focus", "mix", "A mix of both"),
        ("agency_type", ["public", "non-profit"], "Public, Non-profit"),
        ("agency_type", ["public", "no longer known"], "Public"),
        ("agency_type", [], ""),
        ("capacity", 0, "0"),
        ("capacity", 24, "24"),
        ("capacity", None, ""),
        ("hours_spent", 6.5, "6.5"),
        ("chart_agreement", True, "Yes"),
        ("state", "", ""),
    ],
)
def test_a_fact_reads_in_words(name, value, text):
    assert display.fact({name: value}, FIELDS[name]) == text


def test_a_fact_that_is_not_known_reads_as_nothing():
    assert display.fact({}, FIELDS["state"]) == ""


def test_no_two_facts_share_a_name():
    """The snapshot of an assessment holds agency and program facts side by side."""
    names = [field.name for blocks in (facts.AGENCY, facts.PROGRAM, facts.COVER) for field in facts.fields(blocks)]
    assert len(set(names)) == len(names)


def test_a_kind_reads_in_words_and_a_missing_one_too():
    assert display.kind("external") == "External rating (a consultant)"
    assert display.kind(None) == "Kind of rater not stated"


def test_what_counts_allow_reads_as_a_rule(lantern):
    share = lantern.items[2].share
    assert display.count_rule(share.floors[2], share.counts) == "at least one got a second plate"
    assert display.count_rule(share.floors[5], share.counts) == (
        "at least 90 % got a second plate and at least 60 % chose what was on it"
    )


# The table of the command line


def test_the_readable_table_names_program_dimensions_both_methods_and_what_is_provisional(profiles):
    assessment = Assessment("Rosewood", "2026-05-04", profiles["incomplete"], "self", "Kim")
    text = display.readable(REAL, assessment, scoring.score(REAL, assessment.ratings))
    first, *_ = text.splitlines()
    assert first == "Rosewood · May 4, 2026 · Self-rating (the program’s own people) · Kim"
    for dimension in REAL.dimensions:
        assert f"{dimension.number} {dimension.title}" in text
    assert "Criterion method: DDC (AOS 91.4 %  DDC 88.6 %  DDE 2.9 %)" in text
    assert "Provisional: the missing ratings allow 3.54 to 3.82, bands DDC/DDE to DDC/DDE." in text
