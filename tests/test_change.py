"""Is a change real: known figures, what a break is, and what moved."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from ddcat import change, display
from ddcat.change import Change, Noise
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Origin, Rater
from ddcat.shelf import Volume

KNOWN = {"I": 0.69, "II": 0.98, "III": 0.52, "IV": 0.44, "V": 0.62, "VI": 0.62, "VII": 0.98}


def told(lantern: Instrument, on: str, *ratings: int, **more: Any) -> Assessment:
    """An assessment of the tiny instrument with these ratings in paper order, by one person."""
    rated = dict(zip((item.id for item in lantern.items), ratings, strict=True))
    said = Assessment(
        "Tern Rock", on, rated, kind="self", rater="Ada Finch", origins={id: Origin("a", on) for id in rated}
    )
    return replace(said, **more)


def test_the_noise_of_the_ddcat_is_what_is_known(ddcat: Volume) -> None:
    noise, sizes = Noise(), [len(dimension.items) for dimension in ddcat.instrument.dimensions]
    assert round(noise.of_overall(sizes, sizes), 2) == 0.27
    found = {one.number: round(noise.of_dimension(*2 * [len(one.items)]), 2) for one in ddcat.instrument.dimensions}
    assert found == KNOWN


def test_a_difference_is_larger_only_beyond_the_noise() -> None:
    assert Change(Fraction(2), Fraction(3), 0.99).is_larger
    assert Change(Fraction(3), Fraction(2), 0.99).is_larger
    assert not Change(Fraction(2), Fraction(3), 1.0).is_larger
    assert not Change(None, Fraction(3), 0.1).is_larger
    assert Change(Fraction(2), None, 0.1).difference is None


def test_noise_comes_from_pairs_of_ratings_given_alone(ddcat: Volume) -> None:
    items = [item.id for item in ddcat.instrument.items[:10]]
    one = Rater("a", "Ada", ratings=dict.fromkeys(items, 3))
    other = Rater("b", "Bo", ratings=dict.fromkeys(items[:8], 3) | dict.fromkeys(items[8:], 4))
    met = Assessment("Tern Rock", "2026-05-04", {}, is_blind=True, raters=(one, other))
    noise = change.noise_among(met)
    assert (noise.n_pairs, round(noise.item**2, 6)) == (10, 0.1), "2 of 10 squares of 1, halved"
    assert change.noise_among(met, met).n_pairs == 20
    assert change.noise_among(replace(met, is_open=False)) == Noise(), "nobody may know yet"


@pytest.mark.parametrize(("n", "given"), [(9, 4), (10, 3)], ids=["few pairs", "raters who never differ"])
def test_where_pairs_tell_nothing_the_noise_is_assumed(ddcat: Volume, n: int, given: int) -> None:
    items = [item.id for item in ddcat.instrument.items[:n]]
    raters = (
        Rater("a", "Ada", ratings=dict.fromkeys(items, 3)),
        Rater("b", "Bo", ratings=dict.fromkeys(items, given)),
    )
    noise = change.noise_among(Assessment("T", "2026-05-04", {}, is_blind=True, raters=raters))
    assert noise == Noise(0.5, 0, n_alike=n if given == 3 else 0), "why it is assumed is kept"


def test_what_moved_is_told_item_by_item_the_largest_first(lantern: Instrument) -> None:
    since = change.since(lantern, told(lantern, "2025-05-04", 1, 2, 4), lantern, told(lantern, "2026-05-04", 3, 3, 2))
    assert [(one.item.code, one.before, one.after) for one in since.rose] == [("IA", 1, 3), ("IB", 2, 3)]
    assert [one.item.code for one in since.fell] == ["IIA"]
    assert since.stayed == ()
    assert [(one.number, moved.difference) for one, moved in since.dimensions] == [("I", Fraction(3, 2)), ("II", -2)]
    assert since.overall.difference == Fraction(-1, 4)
    assert not since.overall.is_larger


def test_nothing_is_a_break_where_the_same_people_rate_in_the_same_way(lantern: Instrument) -> None:
    base, after = told(lantern, "2025-05-04", 1, 2, 4), told(lantern, "2026-05-04", 3, 3, 2)
    assert change.breaks(lantern, base, lantern, after) == ()


def test_whatever_else_differs_is_a_break(lantern: Instrument) -> None:
    base, after = told(lantern, "2025-05-04", 1, 2, 4), told(lantern, "2026-05-04", 3, 3, 2)
    newer = lantern.model_copy(update={"version": "1.1"})
    assert change.breaks(lantern, base, newer, after) == (change.VERSION,)
    assert change.breaks(lantern, base, lantern, replace(after, kind="peer")) == (change.KIND,)
    others = {id: Origin("b", "2026-05-04") for id in after.ratings}
    assert change.breaks(lantern, base, lantern, replace(after, origins=others)) == (change.RATERS,)
    alone = (Rater("a", "Ada", ratings={"first-words": 3}), Rater("b", "Bo", ratings={"first-words": 3}))
    met = replace(after, is_blind=True, raters=alone)
    assert change.breaks(lantern, base, lantern, met) == (change.RATERS, change.HOW)


def test_names_tell_who_rated_whoever_saved(lantern: Instrument) -> None:
    base, after = told(lantern, "2025-05-04", 1, 2, 4), told(lantern, "2026-05-04", 3, 3, 2)
    for name, found, is_known in (
        ("Bo Gull", (change.RATERS,), True),
        ("  ada   FINCH ", (), True),
        ("", (), False),
        (None, (), False),
    ):
        since = change.since(lantern, base, lantern, replace(after, rater=name))
        assert (since.breaks, since.knows_raters) == (found, is_known), name
    unnamed = change.since(lantern, replace(base, rater=None), lantern, replace(after, rater=None))
    assert (unnamed.breaks, unnamed.knows_raters) == ((), False), "one account may have saved for anybody"


def test_who_rated_alone_is_known_by_account_not_by_name(lantern: Instrument) -> None:
    alone = (Rater("a", "Ada", ratings={"first-words": 3}), Rater("b", "Bo", ratings={"first-words": 3}))
    base = told(lantern, "2025-05-04", 1, 2, 4, is_blind=True, raters=alone)
    since = change.since(lantern, base, lantern, replace(base, assessed_on="2026-05-04", rater="Bo Gull"))
    assert (since.breaks, since.knows_raters) == ((), True)


def test_only_what_both_versions_have_is_compared(lantern: Instrument) -> None:
    """A newer version without the last dimension: its item and its score are not compared."""
    newer = lantern.model_copy(update={"version": "1.1", "dimensions": lantern.dimensions[:1]})
    base, after = told(lantern, "2025-05-04", 1, 2, 4), told(lantern, "2026-05-04", 3, 3, 2)
    kept = {item.id: after.ratings[item.id] for item in newer.dimensions[0].items}
    since = change.since(lantern, base, newer, replace(after, ratings=kept))
    assert [one.number for one, _moved in since.dimensions] == ["I"]
    assert [one.item.code for one in since.moves] == ["IA", "IB"]


def test_scores_of_different_instruments_are_never_compared(lantern: Instrument, ddcat: Volume) -> None:
    with pytest.raises(ValueError, match=r"lantern@1\.0 and ddcat@4\.0 cannot be compared"):
        change.since(
            lantern, told(lantern, "2025-05-04", 1, 2, 4), ddcat.instrument, Assessment("T", "2026-05-04", {})
        )


def test_a_trend_goes_from_each_assessment_to_the_next_against_one_noise(lantern: Instrument) -> None:
    every = [
        told(lantern, "2024-05-04", 1, 1, 1, ref="a"),
        told(lantern, "2025-05-04", 3, 3, 3, ref="b"),
        told(lantern, "2026-05-04", 3, 3, 2, ref="c", kind="peer"),
    ]
    (trend,) = change.trends(every, {each.ref: lantern for each in every})
    assert [(step.base.ref, step.after.ref, step.breaks) for step in trend.steps] == [
        ("a", "b", ()),
        ("b", "c", (change.KIND,)),
    ]
    assert [step.overall.is_larger for step in trend.steps] == [True, False]
    assert {step.noise for step in trend.steps} == {trend.noise} == {Noise()}
    assert trend.in_all is not None
    assert (trend.in_all.base.ref, trend.in_all.after.ref) == ("a", "c")


def test_the_noise_of_a_trend_rests_on_every_double_rating_of_the_program(ddcat: Volume) -> None:
    instrument = ddcat.instrument
    same = dict.fromkeys((item.id for item in instrument.items), 3)
    raters = (
        Rater("a", "Ada", ratings=same),
        Rater("b", "Bo", ratings=same | dict.fromkeys(list(same)[:5], 4)),
    )
    met = Assessment("T", "2024-05-04", same, ref="a", is_blind=True, raters=raters)
    later = [Assessment("T", f"202{n}-05-04", same, ref=str(n)) for n in (5, 6)]
    (trend,) = change.trends([met, *later], {each.ref: instrument for each in (met, *later)})
    assert trend.noise.n_pairs == 35
    assert trend.steps[1].noise == trend.noise, "also where neither of the two holds any"


def test_each_instrument_has_a_trend_of_its_own_the_newest_first(lantern: Instrument, ddcat: Volume) -> None:
    rated = dict.fromkeys((item.id for item in ddcat.instrument.items), 3)
    every = [
        told(lantern, "2024-05-04", 1, 1, 1, ref="a"),
        Assessment("Tern Rock", "2025-05-04", rated, ref="b"),
        told(lantern, "2026-05-04", 3, 3, 3, ref="c"),
    ]
    found = change.trends(every, {"a": lantern, "b": ddcat.instrument, "c": lantern})
    assert [[each.ref for each in trend.assessments] for trend in found] == [["a", "c"], ["b"]]
    assert found[1].in_all is None
    assert change.trends([], {}) == ()


@pytest.mark.parametrize(
    ("difference", "noise", "shown"),
    [
        ("0.5", 0.27148, "0.27"),
        ("0.271", 0.27148, "0.271"),
        ("0.2718", 0.27148, "0.27"),
        ("0.274", 0.2746, "0.275"),
        ("0.277", 0.2761, "0.276"),
        ("0.27149", 0.27148, "0.27"),
        ("0.27002", 0.270015, "0.270"),
    ],
)
def test_the_noise_is_never_shown_so_that_it_contradicts_the_difference(
    difference: str, noise: float, shown: str
) -> None:
    found = Change(Fraction(3), Fraction(3) - Fraction(difference), noise)
    assert display.apart(found) == shown


def test_a_program_has_one_noise_by_all_its_assessments_with_an_instrument(
    lantern: Instrument, ddcat: Volume
) -> None:
    raters = tuple(Rater(str(n), "Ada", ratings={item.id: 3 + n % 2 for item in lantern.items}) for n in range(5))
    agreed = told(lantern, "2026-05-04", 3, 3, 3, ref="b", is_blind=True, raters=raters)
    other = Assessment("Tern Rock", "2026-08-04", {}, ref="c", is_blind=True, raters=raters)
    every = (told(lantern, "2025-05-04", 1, 1, 1, ref="a"), agreed, other)
    instruments = {"a": lantern, "b": lantern, "c": ddcat.instrument}
    assert change.noise_of(every, instruments, "lantern").n_pairs == 30, "another instrument says nothing of it"
    assert change.noise_of(every[:1], instruments, "lantern") == Noise()
