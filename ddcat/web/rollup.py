"""The table of a portfolio: its rows in order, how many programs are in each band, how their scores lie.

Self-ratings and ratings from outside are counted beside each other, never as one; nor are unlike instruments.
Thinks for `ddcat.web.portfolio`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ddcat import comparing
from ddcat.comparing import Spread
from ddcat.instrument import Instrument
from ddcat.store.portfolio import Listed, Newest
from ddcat.web import chosen
from ddcat.web.volumes import by_checksum
from ddcat.words import _, later

_KINDS: Mapping[str | None, str] = {
    "self": later("Self"),
    "peer": later("Peer"),
    "external": later("External"),
    None: later("Not stated"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A program, with what its assessment came to; all None where it has none."""

    listed: Listed
    levels: str
    instrument: Instrument | None = None
    overall: Fraction | None = None
    evidenced: Fraction | None = None

    @property
    def newest(self) -> Newest | None:
        """The assessment that counts."""
        return self.listed.newest


@dataclass(frozen=True, slots=True)
class Group:
    """Programs rated with one version of one instrument: how many in each band, and how they lie, by kind of rating.

    `bands` has a row for each band: its title, a count for each of `kinds`, and how many in all.
    """

    instrument: Instrument
    n: int
    kinds: tuple[str | None, ...]
    bands: tuple[tuple[str, tuple[int, ...], int], ...]
    spreads: tuple[tuple[str | None, Spread], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Every row in order, the groups that can stand together, and how many were rated by which kind of people."""

    rows: tuple[Row, ...]
    groups: tuple[Group, ...]
    kinds: Mapping[str | None, int]

    @property
    def n_assessed(self) -> int:
        """How many programs have an assessment."""
        return sum(self.kinds.values())


def short_kind(code: str | None) -> str:
    """The kind of rating in a word."""
    return _(_KINDS[code])


def sort_of(asked: str) -> str:
    """The order asked for, or the usual one."""
    return asked if asked in _KEYS else "agency"


def table(listed: Iterable[Listed], sort: str, down: bool) -> Table:
    """The table of these programs."""
    rows = [_row(each) for each in listed]
    groups = _groups(rows)
    kinds = {kind: len(own) for kind, own in _by_kind(rows).items()}
    return Table(tuple(_ordered(rows, sort, down, groups)), tuple(groups), kinds)


def _row(listed: Listed) -> Row:
    levels = "; ".join(chosen.level_words(listed.program))
    if listed.newest is None:
        return Row(listed, levels)
    result = listed.newest.result
    evidenced = result.get("evidenced") or {}
    instrument = by_checksum(listed.newest.checksum)
    return Row(listed, levels, instrument, _exact(result["overall"]), _exact(evidenced.get("overall")))


@lru_cache(maxsize=4096)
def _exact(text: str | None) -> Fraction | None:
    """A score as a record keeps it: few are possible, so each is read once."""
    return None if text is None else Fraction(text)


def _groups(rows: Sequence[Row]) -> list[Group]:
    """The rows that can stand together, the largest group first."""
    by_ref = {row.newest.ref: row for row in rows if row.newest}
    instruments = {ref: row.instrument for ref, row in by_ref.items() if row.instrument}
    alike = comparing.alike(instruments).values()
    return [_group(instruments[refs[0]], [by_ref[ref] for ref in refs]) for refs in alike]


def _group(instrument: Instrument, rows: Sequence[Row]) -> Group:
    by_kind = _by_kind(rows)
    counts = [comparing.counted(instrument, map(_band, own)) for own in by_kind.values()]
    bands = [(band.title, tuple(count[band.code] for count in counts)) for band in instrument.bands]
    spreads = [(kind, comparing.spread(row.overall for row in own)) for kind, own in by_kind.items()]
    return Group(
        instrument,
        len(rows),
        tuple(by_kind),
        tuple((title, each, sum(each)) for title, each in bands),
        tuple((kind, spread) for kind, spread in spreads if spread),
    )


def _band(row: Row) -> str | None:
    return row.newest.result["band"] if row.newest else None


def _by_kind(rows: Iterable[Row]) -> dict[str | None, list[Row]]:
    """The assessed rows of each kind of rating that occurs."""
    found: dict[str | None, list[Row]] = {kind: [] for kind in _KINDS}
    for row in rows:
        if row.newest:
            found[row.newest.kind].append(row)
    return {kind: own for kind, own in found.items() if own}


# What rows are put in order by; None where that is not known.
_KEYS: dict[str, Callable[[Row], Any]] = {
    "agency": lambda row: (row.listed.program.agency.name.casefold(), row.listed.program.agency.ref, _name(row)),
    "name": lambda row: _name(row),
    "state": lambda row: str(row.listed.program.facts.get("state", "")).casefold() or None,
    "date": lambda row: row.newest.assessed_on if row.newest else None,
    "overall": lambda row: row.overall,
}


def _name(row: Row) -> str:
    return row.listed.program.name.casefold()


def _ordered(rows: Sequence[Row], sort: str, down: bool, groups: Sequence[Group]) -> list[Row]:
    """The rows in this order; what is not known stands at the end either way, and last what was never assessed.

    Scores of unlike instruments are never put in one order.
    """
    key = _KEYS[sort]
    places = {group.instrument.name: place for place, group in enumerate(groups)} if sort == "overall" else {}
    known = sorted((row for row in rows if key(row) is not None), key=key, reverse=down)
    unknown = [row for row in rows if key(row) is None]
    return sorted(
        [*known, *unknown],
        key=lambda row: (row.newest is None, places.get(row.instrument.name, 0) if row.instrument else 0),
    )
