"""Raters of one assessment beside each other: when they may be compared, who sees it higher, where they differ."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import panel
from ddcat.instrument import Instrument
from ddcat.panel import LeaderGap
from ddcat.records import Assessment, Rater

WORDS, RACK, PLATE = "first-words", "coat-rack", "second-plate"


def rated(*raters: Rater, **more: object) -> Assessment:
    """What raters who rated alone gave, once all have handed in."""
    return replace(Assessment("House", "2026-03-02", {}, is_blind=True, raters=raters), **more)  # type: ignore[arg-type]


def rater(ref: str, stands: str = "", **ratings: int) -> Rater:
    ids = {"IA": WORDS, "IB": RACK, "IIA": PLATE}
    return Rater(ref, ref.title(), stands=stands, ratings={ids[code]: rating for code, rating in ratings.items()})


LEADER = rater("ada", "leader", IA=5, IB=4, IIA=3)
STAFF = rater("bo", "staff", IA=3, IB=4, IIA=4)
BOTH = rated(LEADER, STAFF)


def test_two_who_rated_alone_are_compared(lantern: Instrument) -> None:
    found = panel.of_raters(lantern, BOTH)
    assert found is not None
    assert (found.raters, found.programs, found.n_pairs) == (("ada", "bo"), ("House",), 3)
    assert found.overall.percent_exact.value == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "assessment",
    [
        replace(BOTH, is_blind=False),
        replace(BOTH, is_open=False),
        rated(LEADER),
        rated(LEADER, Rater("bo", "Bo", stands="staff")),
        rated(),
    ],
    ids=["one set that all share", "not all have handed in", "one rater", "one who rated nothing", "nobody"],
)
def test_there_is_nothing_to_compare_where(assessment: Assessment, lantern: Instrument) -> None:
    assert panel.of_raters(lantern, assessment) is None
    assert panel.differences(lantern, assessment) == ()
    assert {gap.n_items for gap in panel.leader_gaps(lantern, assessment).values()} == {0}


def test_what_others_gave_stays_unknown_while_they_rate_alone(lantern: Instrument) -> None:
    closed = replace(BOTH, is_open=False)
    assert panel.differences(lantern, closed) == ()
    assert panel.leader_gaps(lantern, closed)["doorway"] == LeaderGap(None, 0)


def test_leaders_minus_staff_is_a_mean_over_the_items_that_both_rated(lantern: Instrument) -> None:
    assert panel.leader_gaps(lantern, BOTH) == {
        "doorway": LeaderGap(Fraction(1), 2),
        "table": LeaderGap(Fraction(-1), 1),
    }
    fewer = rated(LEADER, rater("bo", "staff", IB=3))
    assert panel.leader_gaps(lantern, fewer) == {"doorway": LeaderGap(Fraction(1), 1), "table": LeaderGap(None, 0)}


def test_several_leaders_count_with_their_mean(lantern: Instrument) -> None:
    three = rated(rater("ada", "leader", IIA=5), rater("cy", "leader", IIA=4), rater("bo", "staff", IIA=3))
    assert panel.leader_gaps(lantern, three)["table"] == LeaderGap(Fraction(3, 2), 1)


def test_who_looks_from_outside_is_neither_leader_nor_staff(lantern: Instrument) -> None:
    assert panel.leader_gaps(lantern, rated(LEADER, rater("cy", "outside", IIA=1)))["table"].value is None


def test_differences_stand_with_the_widest_first_then_in_paper_order(lantern: Instrument) -> None:
    third = rater("cy", "outside", IB=1)
    assert [(one.item.code, one.spread) for one in panel.differences(lantern, BOTH)] == [("IA", 2), ("IIA", 1)]
    found = panel.differences(lantern, rated(LEADER, STAFF, third))
    assert [(one.item.code, one.spread) for one in found] == [("IB", 3), ("IA", 2), ("IIA", 1)]
    assert list(found[0].given.items()) == [("ada", 4), ("bo", 4), ("cy", 1)]


ratings = st.dictionaries(st.sampled_from([WORDS, RACK, PLATE]), st.integers(1, 5))
raters = st.lists(st.tuples(st.sampled_from(["", "leader", "staff", "outside"]), ratings), max_size=4)


@given(raters)
def test_whoever_rated_whatever_the_panel_stands(
    lantern: Instrument, given: list[tuple[str, dict[str, int]]]
) -> None:
    every = [Rater(f"r{n}", f"R{n}", stands=stands, ratings=said) for n, (stands, said) in enumerate(given)]
    assessment = rated(*every)
    spreads = [one.spread for one in panel.differences(lantern, assessment)]
    assert spreads == sorted(spreads, reverse=True)
    assert all(spreads)
    found = panel.of_raters(lantern, assessment)
    assert (found is None) == (sum(bool(one.ratings) for one in every) < 2)
    for gap in panel.leader_gaps(lantern, assessment).values():
        assert (gap.value is None) == (gap.n_items == 0)
        assert gap.value is None or abs(gap.value) <= 4
