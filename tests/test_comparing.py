"""Programs beside each other: how scores lie, who can learn from whom, and what cannot stand side by side."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from statistics import quantiles
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import charts, comparing, shelf
from ddcat.comparing import Lesson, Site
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Evidence

REAL = shelf.find("ddcat@4.0").instrument
LANTERN = shelf.parse((shelf.INSTRUMENTS.parent / "tests" / "instruments" / "lantern-1.0.toml").read_bytes())
scores = st.integers(140, 700).map(lambda n: Fraction(n, 140))


def assessment(ref: str, *marks: int, kind: str | None = "external", proven: bool = True, **more: Any) -> Assessment:
    """An assessment with the tiny instrument: IA, IB and IIA, each with a line of evidence or none."""
    ratings = dict(zip(LANTERN.by_id, marks, strict=True))
    lines = tuple(Evidence(f"{ref}-{id}", id, "document/manual") for id in ratings) if proven else ()
    usual = {"ref": ref, "program_ref": ref, "agency_ref": "house", "evidence": lines, "kind": kind}
    return Assessment(f"House {ref}", "2026-03-02", ratings, **usual | more)


def sites(*each: Assessment) -> list[Site]:
    return [comparing.site(LANTERN, one) for one in each]


def compared(*each: Assessment) -> comparing.Comparison:
    found = comparing.compare(each, {one.ref: LANTERN for one in each})
    assert found
    return found


def read(found: tuple[Lesson, ...]) -> list[tuple[str, str, int, str, int]]:
    """Item, learner with rating, teacher with the rating that evidence carries."""
    return [
        (each.item.code, each.learner.assessment.ref, each.rating, each.teacher.assessment.ref, each.carried)
        for each in found
    ]


# How scores lie


@given(st.lists(scores, min_size=2, max_size=60))
def test_quartiles_are_those_of_two_other_hands(values: list[Fraction]) -> None:
    found = comparing.spread(values)
    assert found
    assert (found.lower, found.middle, found.upper) == tuple(quantiles(values, n=4, method="inclusive"))
    five = [float(each) for each in (found.least, found.lower, found.middle, found.upper, found.most)]
    assert five == pytest.approx(np.quantile([float(each) for each in values], [0, 0.25, 0.5, 0.75, 1]))


@given(st.lists(st.one_of(st.none(), scores), min_size=1, max_size=30))
def test_a_spread_ascends_counts_what_is_known_and_does_not_mind_the_order(values: list[Fraction | None]) -> None:
    found = comparing.spread(values)
    known = [value for value in values if value is not None]
    assert comparing.spread(reversed(values)) == found
    if found is None:
        assert not known
        return
    five = [found.least, found.lower, found.middle, found.upper, found.most]
    assert five == sorted(five)
    assert (found.n, found.least, found.most) == (len(known), min(known), max(known))


def test_one_program_has_no_spread_and_none_has_nothing() -> None:
    assert comparing.spread([Fraction(3)]) == comparing.Spread(1, *[Fraction(3)] * 5)
    assert comparing.spread([None]) is None
    assert comparing.spread([]) is None


# Beside each other


def test_programs_are_counted_by_band_and_no_band_is_left_out() -> None:
    found = compared(assessment("a", 1, 1, 1), assessment("b", 3, 3, 3), assessment("c", 3, 4, 3))
    (tally,) = found.tallies
    assert tally.bands == {"dim": 1, "dim/lit": 0, "lit": 2, "bright": 0}
    assert tally.levels == {"dim": 1, "lit": 2, "bright": 0}
    assert found.overall.values == (1, 3, Fraction(13, 4))
    assert [column.values for column in found.dimensions] == [(1, 3, Fraction(7, 2)), (1, 3, 3)]


def test_agencies_are_counted_and_never_rated() -> None:
    found = compared(*(assessment(ref, 3, 3, 3, agency_ref=house) for ref, house in zip("abc", "xxy", strict=True)))
    assert found.n_agencies == 2
    assert not [name for name in comparing.Comparison.__slots__ if "agenc" in name]


def test_self_ratings_and_what_does_not_say_who_rated_stand_apart() -> None:
    kinds = {"a": "self", "b": "external", "c": None, "d": "peer"}
    found = compared(*(assessment(ref, 3, 3, 3, kind=kind) for ref, kind in kinds.items()))
    assert [site.assessment.ref for site in found.self_rated] == ["a", "c"]
    assert [site.assessment.ref for site in found.rated_by_others] == ["b", "d"]
    assert found.is_mixed
    assert [(tally.is_self_rated, tally.n, tally.bands["lit"]) for tally in found.tallies] == [
        (False, 2, 2),
        (True, 2, 2),
    ]
    assert not compared(assessment("a", 3, 3, 3, kind="self"), assessment("c", 3, 3, 3, kind=None)).is_mixed


def test_only_the_largest_group_that_is_alike_is_compared_and_the_others_are_named() -> None:
    newer = LANTERN.model_copy(update={"version": "2.0"})
    rated = {"a": newer, "b": LANTERN, "c": LANTERN, "d": newer, "e": LANTERN}
    found = comparing.compare([assessment(ref, 3, 3, 3) for ref in rated], rated)
    assert found
    assert [site.assessment.ref for site in found.sites] == ["b", "c", "e"]
    (unlike,) = found.unlike
    assert (unlike.instrument.name, [one.ref for one in unlike.assessments]) == ("lantern@2.0", ["a", "d"])


def test_files_of_one_version_that_score_otherwise_are_not_alike_and_mended_words_are() -> None:
    mended = LANTERN.model_copy(update={"title": "The Lantern, its title mended"})
    cut = LANTERN.dimensions[0].model_copy(update={"items": LANTERN.dimensions[0].items[:1]})
    fewer = Instrument.model_validate(
        LANTERN.model_dump(by_alias=True) | {"dimension": [cut.model_dump(by_alias=True)]}
    )
    assert fewer.name == LANTERN.name
    assert comparing.alike({"a": LANTERN, "b": fewer, "c": mended}) == [("a", "c"), ("b",)]


def test_nothing_is_no_comparison_and_many_get_no_lessons() -> None:
    assert comparing.compare([], {}) is None
    many = compared(*(assessment(f"{n}", 1 if n else 5, 1, 1) for n in range(comparing.BESIDE + 1)))
    assert (many.is_small, many.lessons, many.pairs) == (False, (), ())


# Who can learn what from whom


def test_a_lesson_is_an_item_where_one_is_weak_and_another_strong_as_far_as_evidence_carries() -> None:
    found = comparing.lessons(LANTERN, sites(assessment("a", 1, 4, 2), assessment("b", 5, 2, 3)))
    assert read(found) == [("IA", "a", 1, "b", 5), ("IB", "b", 2, "a", 4)]
    assert [lesson.apart for lesson in found] == [4, 2]


def test_pairs_are_everybody_who_can_learn_with_everybody_she_can_learn_from() -> None:
    outside = assessment("b", 5, 2, 3), assessment("d", 4, 3, 3)
    beside = sites(assessment("a", 1, 4, 2), assessment("c", 5, 3, 3, kind="self"), *outside)
    found = comparing.pairs(LANTERN, beside)
    assert read(found) == [
        *(("IA", "a", 1, "b", 5), ("IA", "a", 1, "c", 5), ("IA", "a", 1, "d", 4)),
        ("IB", "b", 2, "a", 4),
    ]
    assert set(read(comparing.lessons(LANTERN, beside))) < set(read(found))


def test_what_no_evidence_carries_teaches_nobody() -> None:
    found = sites(assessment("a", 1, 1, 1), assessment("b", 5, 5, 5, proven=False))
    assert comparing.lessons(LANTERN, found) == ()
    assert [item.code for item in comparing.unlearnt(LANTERN, found)] == ["IA", "IB", "IIA"]


def test_a_teacher_rated_from_outside_comes_before_one_that_rated_itself() -> None:
    others = (assessment("b", 5, 3, 3, kind="self"), assessment("c", 5, 3, 3))
    assert read(comparing.lessons(LANTERN, sites(assessment("a", 1, 3, 3), *others))) == [("IA", "a", 1, "c", 5)]


def _law(found: tuple[Lesson, ...], beside: list[Site], instrument: Instrument, most: int) -> None:
    least = instrument.capable
    for each in found:
        assert each.rating == each.learner.assessment.ratings[each.item.id] < least
        assert each.carried == each.teacher.as_evidenced[each.item.id] >= least
        assert each.apart >= comparing.APART
    assert len({(each.item.id, each.learner.assessment.ref) for each in found}) == len(found) <= most
    possible = {
        learner.assessment.ref
        for learner, teacher, item in product(beside, beside, instrument.by_id)
        if learner.assessment.ratings[item] < least <= teacher.as_evidenced[item]
        and teacher.as_evidenced[item] - learner.assessment.ratings[item] >= comparing.APART
    }
    turns = Counter(each.learner.assessment.ref for each in found)
    assert turns.keys() == possible or len(found) == most
    for n, each in enumerate(found):
        had = Counter(one.learner.assessment.ref for one in found[:n])
        ahead = had[each.learner.assessment.ref]
        assert all(had[ref] >= ahead or _has_no_more(ref, had[ref], found) for ref in turns)


def _has_no_more(ref: str, had: int, found: tuple[Lesson, ...]) -> bool:
    return sum(each.learner.assessment.ref == ref for each in found) == had


@given(
    st.lists(st.tuples(*[st.sampled_from((1, 3, 5))] * 3, st.booleans()), min_size=2, max_size=8), st.integers(1, 12)
)
def test_nobody_gets_a_second_lesson_before_everybody_who_can_had_a_first(rows: list[Any], most: int) -> None:
    beside = sites(*(assessment(f"{n}", *marks, proven=proven) for n, (*marks, proven) in enumerate(rows)))
    _law(comparing.lessons(LANTERN, beside, most), beside, LANTERN, most)


def test_lessons_of_twelve_programs_are_spread_over_learners_and_items(rated: Callable[..., Any]) -> None:
    def one(n: int) -> Assessment:
        weak = {item.code: 1 for at, item in enumerate(REAL.items) if at % 12 == n}
        ratings = rated(REAL, 5, **weak)
        lines = tuple(Evidence(id, id, "document/manual") for id in ratings)
        return Assessment(f"House {n}", "2026-03-02", ratings, ref=f"{n}", evidence=lines)

    beside = [comparing.site(REAL, one(n)) for n in range(12)]
    found = comparing.lessons(REAL, beside)
    _law(found, beside, REAL, 12)
    assert len({each.learner.assessment.ref for each in found}) == 12
    assert len({each.item.id for each in found}) == 12
    assert len({each.teacher.assessment.ref for each in found}) >= 6


# Dots and shades


@given(st.lists(st.one_of(st.none(), scores), max_size=12))
def test_no_two_dots_touch_and_each_stands_at_its_score(values: list[Fraction | None]) -> None:
    plot = charts.plot(REAL, values, ())
    assert sorted(dot.at for dot in plot.dots) == [at for at, value in enumerate(values) if value is not None]
    for dot in plot.dots:
        value = values[dot.at]
        assert value is not None
        assert dot.x == charts.place(REAL, value, charts.DOTTED)
        assert 0 < dot.y < plot.height
    for one, other in product(plot.dots, plot.dots):
        assert one is other or abs(one.x - other.x) >= charts.DOT or abs(one.y - other.y) >= charts.DOT


@pytest.mark.parametrize(
    ("instrument", "value", "shade"),
    [
        (REAL, Fraction(1), 0),
        (REAL, Fraction(2) - Fraction(1, 980), 0),
        (REAL, Fraction(2), 1),
        (REAL, Fraction(7, 2), 3),
        (REAL, Fraction(5), charts.DARKEST),
        (LANTERN, Fraction(1), 0),
        (LANTERN, Fraction(9, 2), charts.DARKEST),
    ],
)
def test_a_shade_changes_where_the_band_does(instrument: Instrument, value: Fraction, shade: int) -> None:
    assert charts.shade(instrument, value) == shade
