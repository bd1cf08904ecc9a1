"""A group over time: who has both ends, why others are left out, and the mean change of those alone."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from ddcat import change, pairing
from ddcat.instrument import Instrument
from ddcat.pairing import Stand
from ddcat.records import Assessment, Origin

A, B = "lantern@1.0", "lantern@1.1"


def stood(*days: str, name: str = A, kind: str = "self") -> tuple[Stand, ...]:
    return tuple(Stand(f"{name} {day}", name, day, kind) for day in days)


STANDS = {
    "both": stood("2024-03-02", "2025-03-02", "2026-03-02"),
    "once": stood("2024-03-02"),
    "one day": stood("2024-03-02", "2024-03-02"),
    "other": stood("2024-03-02", "2026-03-02", name=B),
    "mixed": stood("2024-03-02") + stood("2026-03-02", name=B),
    "none": (),
}


def test_only_programs_with_a_first_and_a_last_by_one_instrument_are_paired() -> None:
    ends = pairing.ends(STANDS, A)
    assert {ref: [stand.assessed_on for stand in pair] for ref, pair in ends.both.items()} == {
        "both": ["2024-03-02", "2026-03-02"]
    }
    assert ends.left_out == {"once": "once", "one day": "once", "other": "other", "mixed": "once", "none": "none"}


def test_with_a_kind_of_rating_the_first_and_the_last_of_that_kind_are_paired() -> None:
    outside = stood("2024-06-02", "2025-06-02", kind="external")
    stands = {
        "in between": (*stood("2024-03-02"), *outside, *stood("2026-03-02")),
        "one of each": (*stood("2024-03-02"), *outside[:1]),
        "none of it": stood("2024-03-02", "2025-03-02"),
        "once": outside[:1],
    }
    ends = pairing.ends(stands, A, "external")
    assert ends.both == {"in between": outside}
    assert ends.left_out == {"one of each": "mixed", "none of it": "mixed", "once": "once"}
    assert set(pairing.ends(stands, A).both) == {"in between", "one of each", "none of it"}


def test_the_instrument_that_pairs_most_of_the_kind_comes_first() -> None:
    more = {"a": stood("2024-01-01", "2025-01-01"), "b": stood("2024-01-01", "2025-01-01", name=B, kind="external")}
    assert (pairing.names(more), pairing.names(more, "external")) == ((A, B), (B, A))


def test_the_instrument_that_pairs_most_programs_comes_first() -> None:
    assert pairing.names(STANDS) == (A, B)
    assert pairing.names(STANDS | {"more": stood("2024-01-01", "2025-01-01", name=B)}) == (B, A)
    assert pairing.names({"none": ()}) == ()


def test_assessments_by_one_instrument_are_those_by_any_version_of_it() -> None:
    others = stood("2025-01-01", name="lantern-2@1.0")
    assert pairing.by_instrument((*STANDS["mixed"], *others), A) == STANDS["mixed"]


def told(lantern: Instrument, on: str, *ratings: int, **more: Any) -> Assessment:
    rated = dict(zip((item.id for item in lantern.items), ratings, strict=True))
    said = Assessment("Tern Rock", on, rated, kind="self", origins={id: Origin("a", on) for id in rated})
    return replace(said, **more)


@pytest.fixture
def steps(lantern: Instrument) -> list[change.Since]:
    """Two programs: overall 2.5 to 3, and 3 to 2."""
    pairs = (((3, 3, 2), (3, 3, 3), "self"), ((3, 3, 3), (1, 3, 2), "peer"))
    return [
        change.since(
            lantern, told(lantern, "2024-03-02", *was), lantern, told(lantern, "2026-03-02", *now, kind=kind)
        )
        for was, now, kind in pairs
    ]


def test_the_mean_change_is_that_of_paired_programs(lantern: Instrument, steps: list[change.Since]) -> None:
    group = pairing.group(lantern, steps)
    assert group.overall is not None
    assert (group.overall.n, group.overall.mean) == (2, Fraction(-1, 4))
    assert (group.overall.low, group.overall.is_larger) == (None, None)
    assert group.overall.each == (Fraction(1, 2), Fraction(-1)), "two are too few for an interval"
    assert [(one.number, found.n, found.mean) for one, found in group.dimensions if found] == [
        ("I", 2, Fraction(-1, 2)),
        ("II", 2, Fraction(0)),
    ]
    assert (group.n_larger, group.n_break(change.KIND), group.n_break(change.RATERS)) == (1, 1, 0)


def test_one_program_has_no_interval_and_none_has_no_mean(lantern: Instrument, steps: list[change.Since]) -> None:
    alone = pairing.group(lantern, steps[:1]).overall
    assert alone is not None
    assert (alone.n, alone.mean, alone.low) == (1, Fraction(1, 2), None)
    assert pairing.group(lantern, []).overall is None


def test_those_rated_in_the_same_way_have_a_mean_of_their_own(lantern: Instrument, steps: list[change.Since]) -> None:
    group = pairing.group(lantern, steps)
    assert group.alike is not None
    assert (group.n_alike, group.alike.n, group.alike.mean) == (1, 1, Fraction(1, 2))
    assert pairing.group(lantern, steps[1:]).alike is None


def test_agreed_after_raters_rated_alone_is_not_the_same_way_as_rated_together(lantern: Instrument) -> None:
    was, now = (told(lantern, on, 3, 3, 3) for on in ("2024-03-02", "2026-03-02"))
    alone = {"is_blind": True, "rater": ""}
    group = pairing.group(lantern, [change.since(lantern, was, lantern, replace(now, **alone))])
    assert (group.n_break(change.HOW), group.n_break(change.KIND)) == (1, 0)
    assert (group.n_alike, group.alike) == (0, None)
    group = pairing.group(lantern, [change.since(lantern, replace(was, **alone), lantern, replace(now, **alone))])
    assert group.n_alike == 1, "alone both times"


def risen(lantern: Instrument, *pairs: tuple[int, int], last: str = "2026-03-02") -> pairing.Group:
    """A group of programs with every item rated alike, before and after."""
    both = [
        (told(lantern, "2024-03-02", *[was] * 3), told(lantern, last, *[now] * 3, kind="self")) for was, now in pairs
    ]
    return pairing.group(lantern, [change.since(lantern, base, lantern, after) for base, after in both])


@pytest.mark.parametrize(
    ("pairs", "interval", "is_larger"),
    [
        ([(1, 5)] * 4, None, None),
        ([(1, 2), (2, 3), (3, 4), (4, 5), (3, 4)], (1, 1), True),
        ([(3, 3)] * 5, (0, 0), False),
        ([(1, 5), (5, 1), (1, 5), (5, 1), (1, 5)], (-4, 4), False),
        ([(1, 5), (1, 5), (1, 5), (1, 5), (1, 2)], (1.7341, 4), True),
    ],
)
def test_five_programs_have_an_interval_that_ends_where_the_scale_ends(
    lantern: Instrument, pairs: list[tuple[int, int]], interval: tuple[float, float] | None, is_larger: bool | None
) -> None:
    found = risen(lantern, *pairs).overall
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(interval, abs=0.0001) if interval else (None, None))
    assert (found.is_larger, len(found.each)) == (is_larger, 0 if interval else len(pairs))


@pytest.mark.parametrize(("last", "months"), [("2024-03-10", 0), ("2025-03-02", 12), ("2026-03-02", 24)])
def test_a_group_knows_its_days_and_how_many_months_lie_between(lantern: Instrument, last: str, months: int) -> None:
    group = risen(lantern, (1, 2), (2, 3), last=last)
    assert (group.days, group.months) == (("2024-03-02", last), (months, months))
