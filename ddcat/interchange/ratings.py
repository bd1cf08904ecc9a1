"""A sheet of ratings -> assessments: wide (one row an assessment) or long (one row a rating), all faults at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from ddcat.facts import KINDS
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Instrument, Item
from ddcat.interchange import csv, workbook
from ddcat.interchange.cells import letters
from ddcat.records import Assessment
from ddcat.signs import strange
from ddcat.words import _

ABOUT = ("program", "assessed_on", "kind", "rater")
LONG = ("item", "rating", "evidence")

Key = tuple[str, str, str | None, str | None]


def read(path: Path, instrument: Instrument, *, allow_unanchored: bool = False) -> list[Assessment]:
    """The assessments in a .csv or .xlsx file, in file order. Empty rows and columns before the table are no matter.

    Raises Faulty with every fault of the file; nothing is returned then. A rating without an anchor is a
    fault unless `allow_unanchored` (old records may hold some).
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        said = _("cannot be read: %(reason)s", reason=error.strerror)
        raise Faulty(str(path), [Fault(_("file"), said)]) from None
    reader = workbook if path.suffix.casefold() == ".xlsx" else csv
    sheet = _Sheet(reader.read(data, str(path)), instrument, allow_unanchored)
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
    seen: set[str] = field(default_factory=set)


class _Sheet:
    """Rows of text with a header; reading it gathers `faults`."""

    def __init__(self, rows: list[list[str]], instrument: Instrument, allow_unanchored: bool) -> None:
        self.instrument = instrument
        self.by_code = {item.code.casefold(): item for item in instrument.items}
        self.faults: list[Fault] = []
        self.start = next((n for n, row in enumerate(rows) if any(cell.strip() for cell in row)), 0)
        self.header = [cell.strip() for cell in rows[self.start]]
        while self.header and not self.header[-1]:
            self.header.pop()
        self.margin = self._margin(rows)
        self.body = rows[self.start + 1 :]
        known = {name.casefold() for name in self.header}
        self.is_long = {"item", "rating"} <= known
        self.columns = self._columns(known)
        self.scale = {str(value): value for value in instrument.rating.values}
        self.readable = {
            item.id: {
                str(value): value for value in instrument.rating.values if allow_unanchored or value in item.anchors
            }
            for item in instrument.items
        }

    def wide(self) -> Iterator[Assessment]:
        """One assessment a row."""
        item_columns = [(at, self.by_code[name], name) for name, at in self.columns.items() if name in self.by_code]
        keys: dict[Key, int] = {}
        for number, cells in self._rows():
            key = self._key(number, cells)
            ratings = {}
            for at, item, _name in item_columns:
                text = cells[at].strip()
                if text:
                    value = self.readable[item.id].get(text)
                    if value is None:
                        self._refuse_rating(number, item, item.code, text)
                    else:
                        ratings[item.id] = value
            if key is None:
                continue
            if key in keys:
                said = _(
                    "has the same program, date, kind and rater as row %(row)s; expected one row each", row=keys[key]
                )
                self._fault(number, None, said)
                continue
            keys[key] = number
            yield self._assessment(key, ratings, {})

    def long(self) -> Iterator[Assessment]:
        """One rating a row; an assessment is the rows of one program, date, kind and rater."""
        gathered: dict[Key, _Gathered] = {}
        for number, cells in self._rows():
            key = self._key(number, cells)
            item = self._item(number, self._cell(cells, "item"))
            value = self._long_rating(number, item, self._cell(cells, "rating"))
            why = self._typed(number, cells, "evidence")
            if key is None or item is None:
                continue
            found = gathered.setdefault(key, _Gathered())
            if item.id in found.seen:
                said = _("%(item)r stands twice in this assessment; expected once", item=item.code)
                self._fault(number, "item", said)
                continue
            found.seen.add(item.id)
            if value is not None:
                found.ratings[item.id] = value
            if why:
                found.why[item.id] = why
        for key, found in gathered.items():
            yield self._assessment(key, found.ratings, found.why)

    def _assessment(self, key: Key, ratings: dict[str, int], why: dict[str, str]) -> Assessment:
        program, assessed_on, kind, rater = key
        return Assessment(
            program=program,
            assessed_on=assessed_on,
            kind=kind,
            rater=rater,
            ratings=ratings,
            why=why,
        )

    def _margin(self, rows: list[list[str]]) -> int:
        """How many columns before the table are wholly empty."""
        margin = 0
        while margin < len(self.header) and not any(row[margin].strip() for row in rows if margin < len(row)):
            margin += 1
        return margin

    def _columns(self, known: set[str]) -> dict[str, int]:
        columns: dict[str, int] = {}
        expected = {*ABOUT, *(LONG if self.is_long else self.by_code)}
        for at, name in enumerate(self.header[self.margin :], self.margin):
            key = name.casefold()
            if key in columns:
                self._fault_above(_("the column %(name)r stands twice; expected once", name=name), at)
            elif key in expected:
                columns[key] = at
            else:
                said = _("unknown column %(name)r; expected %(names)s", name=name, names=self._expected())
                self._fault_above(said, at)
        for name in ("program", "assessed_on"):
            if name not in columns:
                self._fault_above(_("no column %(name)r; expected one", name=name))
        if not self.is_long:
            for name in {"item", "rating"} & known:
                other = "rating" if name == "item" else "item"
                said = _(
                    "a column %(name)r but no column %(other)r; expected both in a long sheet", name=name, other=other
                )
                self._fault_above(said)
            if not columns.keys() & self.by_code.keys():
                code = self.instrument.items[0].code
                self._fault_above(_("no column of ratings; expected item codes such as %(code)r", code=code))
        return columns

    def _expected(self) -> str:
        if self.is_long:
            return ", ".join((*ABOUT, *LONG))
        first, last = self.instrument.items[0].code, self.instrument.items[-1].code
        return _("%(names)s, %(first)s to %(last)s", names=", ".join(ABOUT), first=first, last=last)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Row number as a spreadsheet counts, and cells padded to the header's width."""
        width = len(self.header)
        some = False
        for number, row in enumerate(self.body, self.start + 2):
            if not any(cell.strip() for cell in row):
                continue
            some = True
            for at, cell in enumerate(row[width:], width + 1):
                if cell.strip():
                    said = _(
                        "%(text)r stands beyond the last named column; expected nothing there", text=cell.strip()
                    )
                    self._fault(number, letters(at), said)
            yield number, row[:width] + [""] * (width - len(row))
        if not some:
            said = _("has a header but no rows; expected at least one assessment")
            self.faults.append(Fault(_("file"), said))

    def _cell(self, cells: list[str], column: str) -> str:
        at = self.columns.get(column)
        return "" if at is None else cells[at].strip()

    def _typed(self, number: int, cells: list[str], column: str) -> str:
        """What a person typed here; a sign that nobody can see is a fault."""
        at = self.columns.get(column)
        text = "" if at is None else cells[at].strip()
        if not text.isprintable() and (sign := strange(text)):
            said = _("holds the invisible sign %(sign)s; expected plain text", sign=f"U+{ord(sign):04X}")
            self._fault(number, column, said)
        return text

    def _key(self, number: int, cells: list[str]) -> Key | None:
        """What tells assessments apart; None where program, date or kind are at fault."""
        sound = True
        program = self._typed(number, cells, "program")
        if not program:
            sound = False
            if "program" in self.columns:
                self._fault(number, "program", _("is empty; expected the name of the program"))
        assessed_on = self._cell(cells, "assessed_on")
        if not _is_day(assessed_on):
            sound = False
            if "assessed_on" in self.columns:
                self._refuse_day(number, assessed_on)
        kind = self._cell(cells, "kind").casefold() or None
        if kind is not None and kind not in KINDS:
            sound = False
            kinds = ", ".join(KINDS)
            said = _("%(kind)r is no kind of rater; expected %(kinds)s or nothing", kind=kind, kinds=kinds)
            self._fault(number, "kind", said)
        return (program, assessed_on, kind, self._typed(number, cells, "rater") or None) if sound else None

    def _item(self, number: int, code: str) -> Item | None:
        item = self.by_code.get(code.casefold())
        if item is None:
            first, last = self.instrument.items[0].code, self.instrument.items[-1].code
            said = _("unknown item %(code)r; expected %(first)s to %(last)s", code=code, first=first, last=last)
            self._fault(number, "item", said)
        return item

    def _long_rating(self, number: int, item: Item | None, text: str) -> int | None:
        """The rating in a long row; of an unknown item any rating of the scale will do."""
        value = (self.readable[item.id] if item else self.scale).get(text)
        if text and value is None:
            self._refuse_rating(number, item, "rating", text)
        return value

    def _refuse_day(self, number: int, text: str) -> None:
        if len(text) == 5 and text.isdecimal():
            said = _(
                "%(text)r is not a date; expected a day that exists, as YYYY-MM-DD"
                " (in a spreadsheet, give the cell a date format)",
                text=text,
            )
        else:
            said = _("%(text)r is not a date; expected a day that exists, as YYYY-MM-DD", text=text)
        self._fault(number, "assessed_on", said)

    def _refuse_rating(self, number: int, item: Item | None, column: str, text: str) -> None:
        scale = self.instrument.rating
        if item and text in {str(value) for value in item.unanchored}:
            said = _(
                "%(text)r has no anchor in %(item)s; expected one of %(ratings)s, or nothing"
                " (--allow-unanchored accepts old records)",
                text=text,
                item=item.code,
                ratings=", ".join(map(str, item.ratings)),
            )
        else:
            said = _(
                "%(text)r is not a rating; expected one digit from %(lowest)s to %(highest)s, or nothing",
                text=text,
                lowest=scale.lowest,
                highest=scale.highest,
            )
        self._fault(number, column, said)

    def _fault(self, number: int, column: str | None, text: str) -> None:
        """A slip in a row; `column` is its name, or its letters where it has none."""
        if column is None:
            place = _("row %(row)s", row=number)
        else:
            place = _("row %(row)s, column %(column)s", row=number, column=column)
        self.faults.append(Fault(place, text))

    def _fault_above(self, text: str, at: int | None = None) -> None:
        """A slip in the header."""
        self._fault(self.start + 1, None if at is None else letters(at + 1), text)


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
