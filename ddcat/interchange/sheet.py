"""A sheet as people fill it in: from a file to rows under named columns, every slip a fault with its place."""

from collections.abc import Collection, Iterator
from pathlib import Path

from ddcat.faults import Fault, Faulty
from ddcat.instrument import Instrument, Item
from ddcat.interchange import csv, parquet, workbook
from ddcat.interchange.cells import letters
from ddcat.signs import strange
from ddcat.words import _

Row = list[str]


def opened(path: Path, expected: str, name: str = "") -> list[Row]:
    """The rows of a .csv, .xlsx or .parquet file, some cell of them filled; of a workbook the sheet of this name, or
    else the first; of a folder all its Parquet files. `expected` tells what stands below the header.

    Raises Faulty for a file that cannot be read and for an empty one.
    """
    is_workbook = path.suffix.casefold() == ".xlsx"
    if path.suffix.casefold() == ".parquet" or any(path.glob("*/*.parquet")):
        rows = parquet.read(path)
    else:
        data = _bytes(path)
        rows = workbook.read(data, str(path), name) if is_workbook else csv.read(data, str(path))
    if not any(map(_is_filled, rows)):
        if is_workbook:
            said = _("its first sheet is empty; expected a header row and %(rows)s", rows=expected)
        else:
            said = _("is empty; expected a header row and %(rows)s", rows=expected)
        raise Faulty(str(path), [Fault(_("file"), said)])
    return rows


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = _("cannot be read: %(reason)s", reason=error.strerror)
        raise Faulty(str(path), [Fault(_("file"), said)]) from None


class Sheet:
    """Rows of text with a header; reading it gathers `faults`. Each kind of sheet says which columns it has."""

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool = False) -> None:
        self.instrument = instrument
        self.by_code = {item.code.casefold(): item for item in instrument.items}
        self.faults: list[Fault] = []
        self.start = next(at for at, row in enumerate(rows) if _is_filled(row))
        self.header = [cell.strip() for cell in rows[self.start]]
        while not self.header[-1]:
            self.header.pop()
        self.margin = self._margin(rows)
        self.body = rows[self.start + 1 :]
        self.columns: dict[str, int] = {}
        self.scale = {str(value): value for value in instrument.rating.values}
        self.readable = {
            item.id: {text: value for text, value in self.scale.items() if allow_unanchored or value in item.anchors}
            for item in instrument.items
        }

    def _margin(self, rows: list[Row]) -> int:
        """How many columns before the table are wholly empty."""
        margin = 0
        while not any(row[margin].strip() for row in rows if margin < len(row)):
            margin += 1
        return margin

    def place(self, names: Collection[str], expected: str) -> None:
        """Find `columns` in the header, in any case; `expected` tells which names there are."""
        for at, name in enumerate(self.header[self.margin :], self.margin):
            key = name.casefold()
            if key in self.columns:
                self.refuse_above(_("the column %(name)r stands twice; expected once", name=name), at)
            elif key in names:
                self.columns[key] = at
            else:
                self.refuse_above(_("unknown column %(name)r; expected %(names)s", name=name, names=expected), at)

    def require(self, names: Collection[str]) -> bool:
        """Whether these columns are all there; each that is not is a fault."""
        missing = [name for name in names if name not in self.columns]
        for name in missing:
            self.refuse_above(_("no column %(name)r; expected one", name=name))
        return not missing

    def under(self, names: Collection[str], least: str) -> Iterator[tuple[int, Row]]:
        """The `rows` of a sheet with these columns and no others; none where one is missing."""
        self.place(names, ", ".join(names))
        is_whole = self.require(names)
        for row in self.rows(least):
            if is_whole:
                yield row

    def rows(self, least: str) -> Iterator[tuple[int, Row]]:
        """Row number as a spreadsheet counts, and cells as wide as the header; not even `least` is a fault."""
        width = len(self.header)
        some = False
        for number, row in enumerate(self.body, self.start + 2):
            if not _is_filled(row):
                continue
            some = True
            if len(row) == width:
                yield number, row
                continue
            for at, cell in enumerate(row[width:], width + 1):
                if cell.strip():
                    said = _(
                        "%(text)r stands beyond the last named column; expected nothing there", text=cell.strip()
                    )
                    self.refuse(number, letters(at), said)
            yield number, row[:width] + [""] * (width - len(row))
        if not some:
            said = _("has a header but no rows; expected at least %(least)s", least=least)
            self.faults.append(Fault(_("file"), said))

    def cell(self, cells: Row, column: str) -> str:
        """The text in this column; nothing where there is no such column."""
        at = self.columns.get(column)
        return "" if at is None else cells[at].strip()

    def typed(self, number: int, cells: Row, column: str) -> str:
        """What a person typed here; a sign that nobody can see is a fault."""
        at = self.columns.get(column)
        text = "" if at is None else cells[at].strip()
        if not text.isprintable() and (sign := strange(text)):
            said = _("holds the invisible sign %(sign)s; expected plain text", sign=f"U+{ord(sign):04X}")
            self.refuse(number, column, said)
        return text

    def item(self, number: int, cells: Row) -> Item | None:
        """The item of this row."""
        code = self.cell(cells, "item")
        item = self.by_code.get(code.casefold())
        if item is None:
            first, last = self.instrument.items[0].code, self.instrument.items[-1].code
            said = _("unknown item %(code)r; expected %(first)s to %(last)s", code=code, first=first, last=last)
            self.refuse(number, "item", said)
        return item

    def rating(self, number: int, item: Item | None, cells: Row) -> int | None:
        """The rating of this row, if it holds one; of an unknown item any rating of the scale will do."""
        text = self.cell(cells, "rating")
        value = (self.readable[item.id] if item else self.scale).get(text)
        if text and value is None:
            self.refuse_rating(number, item, "rating", text)
        return value

    def refuse_rating(self, number: int, item: Item | None, column: str, text: str) -> None:
        """A text that is no rating of this item."""
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
        self.refuse(number, column, said)

    def refuse(self, number: int, column: str | None, text: str) -> None:
        """A slip in a row; `column` is its name, or its letters where it has none."""
        if column is None:
            place = _("row %(row)s", row=number)
        else:
            place = _("row %(row)s, column %(column)s", row=number, column=column)
        self.faults.append(Fault(place, text))

    def refuse_above(self, text: str, at: int | None = None) -> None:
        """A slip in the header."""
        self.refuse(self.start + 1, None if at is None else letters(at + 1), text)


def _is_filled(row: Row) -> bool:
    return any(cell.strip() for cell in row)
