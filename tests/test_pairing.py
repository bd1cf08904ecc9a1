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


def stood(*days: str, name: str = A) -> tuple[Stand, ...]:
    return tuple(Stand(f"{name} {day}", name, day) for day in days)


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


def test_the_instrument_that_pairs_most_programs_comes_first() -> None:
    assert pairing.names(STANDS) == (A, B)
    assert pairing.names(STANDS | {"more": stood("2024-01-01", "2025-01-01", name=B)}) == (B, A)
    assert pairing.names({"none": ()}) == ()


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
    assert group.overall.low is not None
    assert group.overall.low < -0.25 < (group.overall.high or 0)
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
