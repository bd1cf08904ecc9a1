"""Which records to take, drawn by chance so that anybody can draw them again; and how sure a count of them is.

Positions in a list go in and come out, never what stands there. The draw needs no generator of random numbers,
which another version of Python might change: the positions of a list are ranked by the SHA-256 of
`seed/list/position`, such as `482913/all/4`, and the first in rank are taken. `printf 482913/all/4 | sha256sum`
checks one. A larger draw with the same seed therefore holds the smaller one.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from heapq import nsmallest
from math import sqrt
from secrets import randbelow
from statistics import NormalDist

SIZE = 10
FEW = 5
"""Fewer than so many records say next to nothing."""
MOST = 200
MOST_RECORDS = 100_000
SEED = re.compile("[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Part:
    """What is drawn from one list: "all", "closed" or "open", of so many records; positions ascend from 1."""

    group: str
    of: int
    positions: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many records are drawn from it."""
        return len(self.positions)


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw: one part, or two where closed and open records are drawn apart, each numbered in its own list."""

    seed: str
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """How many records are drawn."""
        return sum(part.size for part in self.parts)

    @property
    def n_records(self) -> int:
        """How many there are to draw from."""
        return sum(part.of for part in self.parts)

    @property
    def is_everybody(self) -> bool:
        """Whether nothing is left out."""
        return self.size == self.n_records

    @property
    def is_few(self) -> bool:
        """Whether a share of so few should come with a warning."""
        return self.size < FEW


def draw(n_records: int, size: int = SIZE, *, n_closed: int | None = None, seed: str) -> Sample:
    """So many of the records, or all where there are no more, without taking any twice.

    With `n_closed` half comes from the closed and half from the open ones; the odd one is closed, because a closed
    chart tells the whole story; where one list is too short the other fills up. Raises ValueError for numbers out
    of range (1 to 100,000 records, 1 to 200 drawn) and for a seed that is not six digits.
    """
    if not (1 <= n_records <= MOST_RECORDS and 1 <= size <= MOST and SEED.fullmatch(seed)):
        raise ValueError(f"cannot draw {size} of {n_records} with the seed {seed!r}")
    size = min(size, n_records)
    if n_closed is None:
        return Sample(seed, (_part(seed, "all", n_records, size),))
    if not 0 <= n_closed <= n_records:
        raise ValueError(f"{n_closed} of {n_records} cannot be closed")
    n_open = n_records - n_closed
    closed = min(n_closed, max((size + 1) // 2, size - n_open))
    return Sample(seed, (_part(seed, "closed", n_closed, closed), _part(seed, "open", n_open, size - closed)))


def new_seed() -> str:
    """Six digits that nobody chose, short enough to write down."""
    return f"{randbelow(10**6):06}"


def wilson(x: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval for the share behind x of n, as (low, high) from 0 to 1.

    With z the normal quantile of (1 + confidence) / 2 it is

        (x + z²/2 ± z · sqrt(x · (n - x) / n + z²/4)) / (n + z²)

    (Wilson 1927, J Am Stat Assoc 22:209-212). It is meant for a random draw from many more than n; of few it is
    wider than need be. 33 of 180 gives 0.1336 to 0.2463. Raises ValueError unless 0 <= x <= n, n >= 1 and the
    confidence lies between 0 and 1.
    """
    if not (0 <= x <= n and n >= 1 and 0 < confidence < 1):
        raise ValueError(f"no interval for {x} of {n} with confidence {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle, half = x + z**2 / 2, z * sqrt(x * (n - x) / n + z**2 / 4)
    low, high = (middle - half) / (n + z**2), (middle + half) / (n + z**2)
    return (0.0 if x == 0 else low), (1.0 if x == n else high)


def _part(seed: str, group: str, of: int, size: int) -> Part:
    def rank(position: int) -> bytes:
        return sha256(f"{seed}/{group}/{position}".encode()).digest()

    return Part(group, of, tuple(sorted(nsmallest(size, range(1, of + 1), key=rank))))
