"""A sheet of ratings -> assessments: wide (one row an assessment) or long (one row a rating), all faults at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ddcat.columns import ABOUT, OF_A_RATING
from ddcat.facts import KINDS
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.interchange.sheet import Row, Sheet, opened
from ddcat.records import Assessment
from ddcat.words import _

Key = tuple[str, str, str | None, str | None, *tuple[Any, ...]]
"""Program, day, kind and rater; a kind of sheet with more columns may tell assessments apart by more."""


def read(path: Path, instrument: Instrument, *, allow_unanchored: bool = False) -> list[Assessment]:
    """The assessments in a .csv or .xlsx file, in file order. Empty rows and columns before the table are no matter.

    Raises Faulty with every fault of the file; nothing is returned then. A rating without an anchor is a
    fault unless `allow_unanchored` (old records may hold some).
    """
    sheet = Ratings(opened(path, _("one row an assessment")), instrument, allow_unanchored)
    found = list(sheet.long() if sheet.is_long else sheet.wide())
    if sheet.faults:
        raise Faulty(str(path), sheet.faults)
    return found


def blank(instrument: Instrument) -> list[str]:
    """The header of the empty wide sheet."""
    return [*ABOUT, *(item.code for item in instrument.items)]


@dataclass
class _Gathered:
    """An assessment of a long sheet while its rows come in."""

    ratings: dict[str, int] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    carried: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


class Ratings(Sheet):
    """A sheet of assessments, wide or long as its header says."""

    about: tuple[str, ...] = ABOUT

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool) -> None:
        super().__init__(rows, instrument, allow_unanchored)
        known = {name.casefold() for name in self.header}
        self.is_long = {"item", "rating"} <= known
        self.place({*self.about, *(OF_A_RATING if self.is_long else self.by_code)}, self._expected())
        self.require(("program", "assessed_on"))
        if not self.is_long:
            self._check_wide(known)

    def _expected(self) -> str:
        if self.is_long:
            return ", ".join((*self.about, *OF_A_RATING))
        first, last = self.instrument.items[0].code, self.instrument.items[-1].code
        return _("%(names)s, %(first)s to %(last)s", names=", ".join(self.about), first=first, last=last)

    def _check_wide(self, known: set[str]) -> None:
        """A header that is half of a long sheet, or that has no item."""
        for name in {"item", "rating"} & known:
            other = "rating" if name == "item" else "item"
            said = _(
                "a column %(name)r but no column %(other)r; expected both in a long sheet", name=name, other=other
            )
            self.refuse_above(said)
        if not self.columns.keys() & self.by_code.keys():
            code = self.instrument.items[0].code
            self.refuse_above(_("no column of ratings; expected item codes such as %(code)r", code=code))

    def wide(self) -> Iterator[Assessment]:
        """One assessment a row."""
        item_columns = [(at, self.by_code[name], name) for name, at in self.columns.items() if name in self.by_code]
        keys: dict[Key, int] = {}
        for number, cells in self.rows(_("one assessment")):
            key = self.key(number, cells)
            ratings = {}
            for at, item, _name in item_columns:
                text = cells[at].strip()
                if text:
                    value = self.readable[item.id].get(text)
                    if value is None:
                        self.refuse_rating(number, item, item.code, text)
                    else:
                        ratings[item.id] = value
            if key is None:
                continue
            if key in keys:
                said = _(
                    "has the same program, date, kind and rater as row %(row)s; expected one row each", row=keys[key]
                )
                self.refuse(number, None, said)
                continue
            keys[key] = number
            yield self.assessment(key, ratings, {}, {})

    def long(self) -> Iterator[Assessment]:
        """One rating a row; an assessment is the rows of one program, date, kind and rater."""
        gathered: dict[Key, _Gathered] = {}
        for number, cells in self.rows(_("one assessment")):
            key = self.key(number, cells)
            item = self.item(number, cells)
            value = self.rating(number, item, cells)
            why = self.typed(number, cells, "evidence")
            if key is None or item is None:
                continue
            found = gathered.setdefault(key, _Gathered())
            if item.id in found.seen:
                said = _("%(item)r stands twice in this assessment; expected once", item=item.code)
                self.refuse(number, "item", said)
                continue
            found.seen.add(item.id)
            if value is not None:
                found.ratings[item.id] = value
            if why:
                found.why[item.id] = why
            if carried := self.cell(cells, "carried_from"):
                found.carried[item.id] = carried
        for key in list(gathered):
            found = gathered.pop(key)
            yield self.assessment(key, found.ratings, found.why, found.carried)

    def assessment(
        self, key: Key, ratings: dict[str, int], why: dict[str, str], carried: Mapping[str, str]
    ) -> Assessment:
        """An assessment that was told apart by this key; `carried` says by item where a rating was carried from."""
        program, assessed_on, kind, rater = key[:4]
        return Assessment(
            program=program,
            assessed_on=assessed_on,
            kind=kind,
            rater=rater,
            ratings=ratings,
            why=why,
        )

    def key(self, number: int, cells: Row) -> Key | None:
        """What tells assessments apart; None where program, date or kind are at fault."""
        sound = True
        program = self.typed(number, cells, "program")
        if not program:
            sound = False
            if "program" in self.columns:
                self.refuse(number, "program", _("is empty; expected the name of the program"))
        assessed_on = self.cell(cells, "assessed_on")
        if not _is_day(assessed_on):
            sound = False
            if "assessed_on" in self.columns:
                self._refuse_day(number, assessed_on)
        kind = self.cell(cells, "kind").casefold() or None
        if kind is not None and kind not in KINDS:
            sound = False
            kinds = ", ".join(KINDS)
            said = _("%(kind)r is no kind of rater; expected %(kinds)s or nothing", kind=kind, kinds=kinds)
            self.refuse(number, "kind", said)
        return (program, assessed_on, kind, self.typed(number, cells, "rater") or None) if sound else None

    def _refuse_day(self, number: int, text: str) -> None:
        if len(text) == 5 and text.isdecimal():
            said = _(
                "%(text)r is not a date; expected a day that exists, as YYYY-MM-DD"
                " (in a spreadsheet, give the cell a date format)",
                text=text,
            )
        else:
            said = _("%(text)r is not a date; expected a day that exists, as YYYY-MM-DD", text=text)
        self.refuse(number, "assessed_on", said)


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    """Whether this is YYYY-MM-DD and exists; `fromisoformat` alone would take other spellings too."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
