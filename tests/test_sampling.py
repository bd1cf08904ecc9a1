"""Drawing positions from a list, and the interval of a count: a draw is by chance, and the same for everybody."""

from collections import Counter
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat.sampling import FEW, MOST, MOST_RECORDS, SEED, draw, new_seed, wilson

RECORDS = st.integers(1, 500)
SIZES = st.integers(1, MOST)
SEEDS = st.from_regex(SEED, fullmatch=True)


def positions(sample: Any) -> dict[str, list[int]]:
    return {part.group: list(part.positions) for part in sample.parts}


# --- Drawing ---


@pytest.mark.parametrize(
    ("asked", "closed", "seed", "expected"),
    [
        ((143, 10), None, "482913", {"all": [1, 4, 49, 50, 75, 90, 99, 117, 119, 126]}),
        ((143, 10), 60, "482913", {"closed": [14, 29, 36, 41, 49], "open": [14, 25, 59, 63, 68]}),
        ((300, 3), None, "000001", {"all": [97, 237, 239]}),
    ],
)
def test_a_seed_draws_the_same_today_and_in_ten_years(
    asked: tuple[int, int], closed: int | None, seed: str, expected: dict[str, list[int]]
) -> None:
    assert positions(draw(*asked, n_closed=closed, seed=seed)) == expected


@given(RECORDS, SIZES, SEEDS)
def test_anybody_can_check_a_draw_by_ranking_hashes(n_records: int, size: int, seed: str) -> None:
    hashes = {sha256(f"{seed}/all/{place}".encode()).hexdigest(): place for place in range(1, n_records + 1)}
    lowest = sorted(hashes[hash] for hash in sorted(hashes)[:size])
    assert positions(draw(n_records, size, seed=seed)) == {"all": lowest}


@given(RECORDS, SIZES, st.none() | st.integers(0, 500), SEEDS)
def test_positions_ascend_stand_in_their_list_and_come_once(
    n_records: int, size: int, n_closed: int | None, seed: str
) -> None:
    n_closed = min(n_closed, n_records) if n_closed is not None else None
    sample = draw(n_records, size, n_closed=n_closed, seed=seed)
    assert sample == draw(n_records, size, n_closed=n_closed, seed=seed)
    assert sample.size == min(size, n_records)
    assert sample.n_records == n_records
    assert sample.is_everybody == (size >= n_records)
    assert sample.is_few == (sample.size < FEW)
    for part in sample.parts:
        assert list(part.positions) == sorted(set(part.positions))
        assert all(1 <= position <= part.of for position in part.positions)


@pytest.mark.parametrize(
    ("asked", "n_closed", "halves"),
    [
        ((143, 10), 60, (5, 5)),
        ((143, 11), 60, (6, 5)),
        ((143, 1), 60, (1, 0)),
        ((143, 10), 2, (2, 8)),
        ((143, 10), 140, (7, 3)),
        ((143, 10), 0, (0, 10)),
        ((143, 10), 143, (10, 0)),
        ((8, 10), 5, (5, 3)),
    ],
)
def test_half_are_closed_the_odd_one_too_and_one_list_fills_up_for_the_other(
    asked: tuple[int, int], n_closed: int, halves: tuple[int, int]
) -> None:
    closed, still_open = draw(*asked, n_closed=n_closed, seed="123456").parts
    assert (closed.group, still_open.group) == ("closed", "open")
    assert (closed.size, still_open.size) == halves
    assert (closed.of, still_open.of) == (n_closed, asked[0] - n_closed)


@given(RECORDS, st.integers(1, MOST - 1), st.none() | st.integers(0, 500), SEEDS)
def test_a_larger_draw_with_the_same_seed_holds_the_smaller_one(
    n_records: int, size: int, n_closed: int | None, seed: str
) -> None:
    n_closed = min(n_closed, n_records) if n_closed is not None else None
    smaller, larger = (draw(n_records, n, n_closed=n_closed, seed=seed) for n in (size, size + 1))
    for less, more in zip(smaller.parts, larger.parts, strict=True):
        assert set(less.positions) <= set(more.positions)


def test_every_position_is_drawn_about_as_often_as_any_other() -> None:
    samples = [draw(20, 5, n_closed=n, seed=f"{seed:06}") for n in (None, 8) for seed in range(2000)]
    drawn = Counter(
        (part.group, position) for sample in samples for part in sample.parts for position in part.positions
    )
    expected = {"all": 2000 * 5 / 20, "closed": 2000 * 3 / 8, "open": 2000 * 2 / 12}
    assert len(drawn) == 20 + 20
    assert all(abs(times - expected[group]) < 100 for (group, _position), times in drawn.items())


def test_two_positions_are_drawn_together_about_as_often_as_any_other_two() -> None:
    drawn = Counter(draw(6, 2, seed=f"{seed:06}").parts[0].positions for seed in range(3000))
    assert len(drawn) == 15
    assert all(abs(times - 200) < 70 for times in drawn.values())


@pytest.mark.parametrize(
    "asked",
    [
        {"n_records": 0},
        {"n_records": -5},
        {"n_records": MOST_RECORDS + 1},
        {"size": 0},
        {"size": MOST + 1},
        {"n_closed": -1},
        {"n_closed": 101},
        {"seed": ""},
        {"seed": "12345"},
        {"seed": "1234567"},
        {"seed": "12345\n"},
        {"seed": "abcdef"},
        {"seed": "١٢٣٤٥٦"},
    ],
)
def test_what_cannot_be_drawn_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot"):
        draw(**{"n_records": 100, "seed": "123456"} | asked)


def test_the_largest_list_is_drawn_from() -> None:
    sample = draw(MOST_RECORDS, MOST, n_closed=MOST_RECORDS // 2, seed="000000")
    assert [part.size for part in sample.parts] == [100, 100]


def test_a_new_seed_is_six_digits_and_hardly_ever_the_same() -> None:
    seeds = {new_seed() for _turn in range(100)}
    assert all(SEED.fullmatch(seed) for seed in seeds)
    assert len(seeds) > 90


# --- How sure a count is ---


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (33, 180, 0.1336, 0.2463),  # statistics.md, case 20
        (81, 263, 0.2553, 0.3662),  # this and the rest: Newcombe 1998, Stat Med 17:857-872, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_the_published_one(x: int, n: int, low: float, high: float) -> None:
    assert wilson(x, n) == pytest.approx((low, high), abs=0.0001)


@given(st.integers(1, MOST_RECORDS), st.data())
def test_the_interval_holds_the_share_and_mirrors_its_opposite(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    low, high = wilson(x, n)
    assert 0 <= low <= x / n <= high <= 1
    assert wilson(n - x, n) == pytest.approx((1 - high, 1 - low))
    assert (low == 0) == (x == 0)
    assert (high == 1) == (x == n)
    wider = wilson(x, n, 0.99)
    assert wider[0] <= low
    assert high <= wider[1]


def test_none_and_all_reach_the_very_ends() -> None:
    for n in (1, 3, 10, 997):
        assert wilson(0, n)[0] == 0
        assert wilson(n, n)[1] == 1


@pytest.mark.parametrize(
    ("x", "n", "confidence"),
    [
        (1, 0, 0.95),
        (0, 0, 0.95),
        (-1, 10, 0.95),
        (11, 10, 0.95),
        (5, 10, 0),
        (5, 10, 1),
        (5, 10, 95),
        (5, 10, float("nan")),
    ],
)
def test_an_interval_of_nonsense_is_refused(x: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="no interval"):
        wilson(x, n, confidence)
