"""Evidence carries a rating as far as it goes: counts are ceilings, and what is taken away never raises anything."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import evidence, scoring, shelf
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Evidence, Rater

REAL = shelf.find("ddcat@4.0").instrument
PLATE = "second-plate"

IOP = shelf.find("iop-ic@1.0").instrument


def line(item: str, finding: str = "found", **about: Any) -> Evidence:
    return Evidence(about.pop("ref", "e1"), item, about.pop("source", "document"), finding=finding, **about)


def by_code(code: str) -> Any:
    return next(item for item in REAL.items if item.code == code)


@pytest.mark.parametrize(
    ("code", "counts", "n", "allowed"),
    [
        ("IIIB", [0], 10, 1),
        ("IIIB", [1], 10, 2),
        ("IIIB", [4], 10, 2),
        ("IIIB", [49], 100, 2),
        ("IIIB", [5], 10, 3),
        ("IIIB", [6], 9, 3),
        ("IIIB", [7], 10, 4),
        ("IIIB", [69], 100, 3),
        ("IIIB", [8], 9, 4),
        ("IIIB", [9], 10, 5),
        ("IIIC", [899], 1000, 4),
        ("IIIC", [900], 1000, 5),
        ("VIB", [1], 5, 2),
        ("VIB", [1], 4, 3),
        ("VIB", [1], 3, 3),
        ("VIB", [34], 100, 4),
        ("VIB", [1], 2, 5),
        ("VIIA", [24], 100, 2),
        ("VIIA", [1], 4, 3),
        ("VIIA", [50], 100, 3),
        ("VIIA", [51], 100, 4),
        ("VIIA", [79], 100, 4),
        ("VIIA", [4], 5, 5),
        ("VIIB", [80], 100, 5),
        ("VA", [0, 0], 10, 1),
        ("VA", [1, 0], 10, 2),
        ("VA", [7, 7], 10, 2),
        ("VA", [8, 0], 10, 3),
        ("VA", [8, 1], 10, 4),
        ("VA", [8, 8], 10, 5),
        ("VA", [79, 79], 100, 2),
    ],
)
def test_a_count_allows_a_rating_at_most_by_the_lower_bound_of_each_step(
    code: str, counts: list[int], n: int, allowed: int
) -> None:
    item = by_code(code)
    assert evidence.ceiling(item, dict(zip(item.share.counts, counts, strict=True)), n) == allowed


@pytest.mark.parametrize(
    ("counts", "n"),
    [({}, 10), ({"given": 1}, 10), ({"given": 11, "chosen": 0}, 10), ({"given": -1, "chosen": 0}, 10)]
    + [({"given": 0, "chosen": 0}, 0), ({"given": 1, "chosen": 2}, 10)],
)
def test_what_is_no_count_of_the_share_is_refused(lantern: Instrument, counts: dict[str, int], n: int) -> None:
    with pytest.raises(ValueError, match="count"):
        evidence.ceiling(lantern.by_id[PLATE], counts, n)


@pytest.mark.parametrize(
    ("counts", "n", "allowed"),
    [([1, 1, 1], 1, 2), ([4, 4, 4], 4, 2), ([0, 0, 0], 4, 1), ([5, 4, 0], 5, 3), ([5, 5, 5], 5, 5)],
)
def test_fewer_than_a_share_takes_reach_no_percent(counts: list[int], n: int, allowed: int) -> None:
    item = IOP.by_id["one-plan"]
    assert evidence.ceiling(item, dict(zip(item.share.counts, counts, strict=True)), n) == allowed


def test_a_floor_without_exceptions_stands_for_however_few() -> None:
    item = IOP.by_id["addiction-medicines"]
    assert evidence.ceiling(item, {"accepted": 3, "told": 3}, 3) == 2
    assert evidence.ceiling(item, {"accepted": 2, "told": 2}, 3) == 1


def test_an_item_without_a_share_has_no_ceiling(lantern: Instrument) -> None:
    rack = lantern.by_id["coat-rack"]
    with pytest.raises(ValueError, match="no such counts"):
        evidence.ceiling(rack, {"found": 1}, 10)
    assert evidence.limit(rack, line("coat-rack", "count", counts={"found": 1}, n=10)) is None


@pytest.mark.parametrize(
    ("said", "supports"),
    [
        (line(PLATE), 4),
        (line(PLATE, supports=3), 3),
        (line(PLATE, supports=5), 5),
        (line(PLATE, "not found"), None),
        (line(PLATE, "count", counts={"given": 5, "chosen": 0}, n=10), 3),
        (line(PLATE, "count", counts={"given": 0, "chosen": 0}, n=10), 1),
        (line("coat-rack", "count", counts={"found": 3}, n=10), 4),
        (line("coat-rack", "count", counts={"found": 3}, n=10, supports=2), 2),
        (line("coat-rack", "count", counts={"found": 0}, n=10), None),
    ],
)
def test_a_line_supports_the_anchor_it_names_or_its_writers_rating_or_what_its_count_allows(
    lantern: Instrument, said: Evidence, supports: int | None
) -> None:
    assert evidence.supported(lantern.by_id[said.item], said, 4) == supports


def test_a_rating_above_a_count_of_everybody_is_named_before_one_above_a_sample(lantern: Instrument) -> None:
    sample = line(PLATE, "count", ref="sample", counts={"given": 5, "chosen": 0}, n=10)
    everybody = replace(sample, ref="all", counts={"given": 8, "chosen": 0}, is_everybody=True)
    plate = lantern.by_id[PLATE]
    assert [over.ref for over in evidence.above(plate, 5, [sample, everybody])] == ["all", "sample"]
    assert [over.ref for over in evidence.above(plate, 4, [sample, everybody])] == ["sample"]
    assert evidence.above(plate, 3, [sample, everybody]) == ()
    none = replace(everybody, ref="none", counts={"given": 0, "chosen": 0})
    assert [over.ref for over in evidence.above(plate, 5, [everybody, none])] == ["none", "all"]
    assert evidence.above(plate, None, [sample, everybody]) == ()


def test_as_evidenced_is_the_smaller_of_the_rating_and_the_highest_supported(lantern: Instrument) -> None:
    ratings = {"first-words": 3, "coat-rack": 4, PLATE: 5}
    lines = (
        line("coat-rack", supports=2, ref="a"),
        line("coat-rack", supports=3, ref="b"),
        line(PLATE, supports=5, ref="c"),
        line(PLATE, "not found", ref="d"),
    )
    assessment = Assessment("P", "2026-02-02", ratings, evidence=lines)
    assert evidence.as_evidenced(lantern, assessment) == {"first-words": 1, "coat-rack": 3, PLATE: 5}
    assert evidence.result(lantern, assessment).band == "lit"


def test_a_line_of_a_rater_who_rated_alone_stands_for_the_rating_she_gave(lantern: Instrument) -> None:
    raters = (Rater("anna", "Anna", ratings={"coat-rack": 2}), Rater("ben", "Ben", ratings={"coat-rack": 5}))
    agreed = Assessment("P", "2026-02-02", {"coat-rack": 4}, is_blind=True, raters=raters)
    assert evidence.as_evidenced(lantern, replace(agreed, evidence=(line("coat-rack", by="anna"),))) == {
        "coat-rack": 2
    }
    assert evidence.as_evidenced(lantern, replace(agreed, evidence=(line("coat-rack", by="ben"),))) == {
        "coat-rack": 4
    }
    late = line("coat-rack", by="anna", of_meeting=True)
    assert evidence.as_evidenced(lantern, replace(agreed, evidence=(late,))) == {"coat-rack": 4}


def test_sources_follow_from_the_lines_in_the_order_of_the_cover_sheet() -> None:
    drawn = ["interview/clients", "count/charts", "observation/tour", "document", "document/manual", "chart review"]
    lines = [line(PLATE, source=source) for source in drawn]
    assert evidence.sources(lines) == ("charts", "manual", "clients", "tour")
    assert evidence.sources([]) == ()


_LINES = st.lists(
    st.builds(
        lambda item, finding, supports, share, n, everybody: (item, finding, supports, share, n, everybody),
        st.sampled_from(REAL.items),
        st.sampled_from(evidence.FINDINGS),
        st.none() | st.integers(1, 5),
        st.integers(0, 100),
        st.integers(1, 40),
        st.booleans(),
    ),
    max_size=25,
)


def _made(ref: int, told: tuple[Any, ...]) -> Evidence:
    item, finding, supports, share, n, everybody = told
    names = item.share.counts if item.share else {"found": ""}
    counts = dict.fromkeys(names, share * n // 100) if finding == "count" else {}
    return line(
        item.id,
        finding,
        ref=str(ref),
        supports=supports if supports in (None, *item.ratings) else None,
        counts=counts,
        n=n if finding == "count" else None,
        is_everybody=everybody,
    )


@given(_LINES, st.lists(st.sampled_from([0, -1]) | st.integers(0, 4), min_size=35, max_size=35), st.data())
def test_taking_a_line_away_never_raises_what_is_evidenced(told: Any, marks: list[int], data: st.DataObject) -> None:
    ratings = {item.id: item.ratings[mark % len(item.ratings)] for item, mark in zip(REAL.items, marks, strict=True)}
    lines = tuple(_made(number, one) for number, one in enumerate(told))
    whole = Assessment("P", "2026-02-02", ratings, evidence=lines)
    before = evidence.as_evidenced(REAL, whole)
    assert all(before[item] <= rating for item, rating in ratings.items())
    if lines:
        gone = data.draw(st.integers(0, len(lines) - 1))
        left = replace(whole, evidence=lines[:gone] + lines[gone + 1 :])
        after = evidence.as_evidenced(REAL, left)
        assert all(after[item] <= rating for item, rating in before.items())
        overall = [scoring.score(REAL, ratings).overall or 0 for ratings in (after, before)]
        assert overall[0] <= overall[1]
