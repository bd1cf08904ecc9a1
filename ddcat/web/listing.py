"""The table of a portfolio: its rows in order, how many programs are in each band, how their scores lie.

Self-ratings and ratings from outside are counted beside each other, never as one; nor are unlike instruments. A
stored result that cannot be read is named and not counted.
Thinks for `ddcat.web.portfolio`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ddcat import comparing
from ddcat.comparing import Spread
from ddcat.display import score
from ddcat.instrument import Instrument
from ddcat.interchange.portfolio import Entry, Stood
from ddcat.store.portfolio import Listed, Newest
from ddcat.web import chosen
from ddcat.web.volumes import by_checksum
from ddcat.words import _, language, later

_KINDS: Mapping[str | None, str] = {
    "self": later("Self"),
    "peer": later("Peer"),
    "external": later("External"),
    None: later("Not stated"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a stored result says: scores, band and criterion level, and how they read.

    `shown_evidenced` is "" where evidence carries all of it, or was never looked at; `n_rated` is of how many items.
    """

    overall: Fraction | None
    evidenced: Fraction | None
    band: str | None
    band_title: str
    level: str | None
    level_title: str
    shown: str
    shown_evidenced: str
    n_rated: int


@dataclass(frozen=True, slots=True)
class Row:
    """A program, with what its assessment came to; `told` is None where it has none, or none that can be read."""

    listed: Listed
    levels: str
    instrument: Instrument | None = None
    told: Told | None = None

    @property
    def newest(self) -> Newest | None:
        """The assessment that counts."""
        return self.listed.newest

    @property
    def state(self) -> str:
        """The state it is in, "" where that is not known."""
        return str(self.listed.program.facts.get("state") or "")

    @property
    def n_rated(self) -> int:
        """How many ratings its assessment has; as many as there are items where its result cannot be read."""
        return self.told.n_rated if self.told else len(self.instrument.items) if self.instrument else 0

    @property
    def overall(self) -> Fraction | None:
        """The overall score."""
        return self.told.overall if self.told else None


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
    def unreadable(self) -> tuple[Row, ...]:
        """The rows whose stored result cannot be read."""
        return tuple(row for row in self.rows if row.newest and not row.told)

    @property
    def n_assessed(self) -> int:
        """How many programs have an assessment."""
        return sum(self.kinds.values())


def short_kind(code: str | None) -> str:
    """The kind of rating in a word."""
    return _(_KINDS[code])


def entries(table: Table) -> list[Entry]:
    """The rows as a sheet has them."""
    return [Entry(row.listed.program, row.state, row.levels, row.listed.tags, _stood(row)) for row in table.rows]


def _stood(row: Row) -> Stood | None:
    newest, told = row.newest, row.told
    if newest is None:
        return None
    about = Stood(newest.assessed_on, newest.period, newest.kind, row.instrument, newest.n_carried)
    if told is None:
        return about
    about = replace(about, n_rated=told.n_rated, overall=told.overall, evidenced=told.evidenced)
    return replace(about, band=told.band, level=told.level)


def sort_of(asked: str) -> str:
    """The order asked for, or the usual one."""
    return asked if asked in _KEYS else "agency"


def orders() -> dict[str, str]:
    """What rows can be put in order by, each with its words."""
    words = (_("Agency"), _("Program"), _("State"), _("Assessed on"), _("Overall"))
    return dict(zip(_KEYS, words, strict=True))


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
    instrument = by_checksum(listed.newest.checksum)
    return Row(listed, levels, instrument, _told(instrument, listed.newest))


def _told(instrument: Instrument, newest: Newest) -> Told | None:
    """What the stored result of an assessment says; None where it cannot be read."""
    result = newest.result
    try:
        overall, shown = _score(newest.checksum, language(), result["overall"])
        evidenced, shown_evidenced = _score(
            newest.checksum, language(), (result.get("evidenced") or {}).get("overall")
        )
        band, level = result["band"], result["criterion"]["level"] if instrument.has_overall else None
        n_rated = int(result.get("n_rated", len(instrument.items)))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError):
        return None
    titles = _titles(newest.checksum, language())
    levels = list(instrument.levels) if instrument.has_overall else [None]
    if level not in levels or band not in (list(titles) if overall is not None else [None]):
        return None
    is_less = evidenced is not None and evidenced != overall
    title = titles[band] if band else ""
    of_level = titles[level] if level else "–"
    less = shown_evidenced if is_less else ""
    return Told(overall, evidenced, band, title, level, of_level, shown, less, n_rated)


@lru_cache(maxsize=64)
def _titles(checksum: str, _language: str) -> Mapping[str, str]:
    """The titles of an instrument's bands by their codes, in the language now spoken."""
    return {band.code: band.title for band in by_checksum(checksum).bands}


@lru_cache(maxsize=4096)
def _score(checksum: str, _language: str, text: str | None) -> tuple[Fraction | None, str]:
    """A score as a record keeps it, and as people read it: few are possible, so each is read once."""
    value = None if text is None else Fraction(text)
    return value, score(by_checksum(checksum), value)


def _groups(rows: Sequence[Row]) -> list[Group]:
    """The rows that can stand together, the largest group first."""
    by_ref = {row.newest.ref: row for row in rows if row.newest and row.told}
    instruments = {ref: row.instrument for ref, row in by_ref.items() if row.instrument}
    return [_group(instruments[refs[0]], [by_ref[ref] for ref in refs]) for refs in comparing.alike(instruments)]


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
    return row.told.band if row.told else None


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
    "state": lambda row: row.state.casefold() or None,
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
    places = {group.instrument.yardstick: place for place, group in enumerate(groups)} if sort == "overall" else {}
    known = sorted((row for row in rows if key(row) is not None), key=key, reverse=down)
    unknown = [row for row in rows if key(row) is None]
    return sorted(
        [*known, *unknown],
        key=lambda row: (row.newest is None, places.get(row.instrument.yardstick, 0) if row.instrument else 0),
    )
