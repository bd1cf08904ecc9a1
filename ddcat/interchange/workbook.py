"""Workbooks (.xlsx): read as the first sheet's rows of text, as a person sees them; written as sheets of tables."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ddcat.faults import Fault, Faulty
from ddcat.interchange import cells
from ddcat.signs import held
from ddcat.words import _

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Row = list[str]
Cell = str | int | float | date | datetime | None

LONGEST = 32_767
"""What one cell can hold, in units of UTF-16; a part of a longer text has fewer signs."""

_PART = 16_000
_PAGE_WIDTH = 200  # signs on a page of paper
_HIGHEST = 400  # points
_FORMATS = {
    "text": "General",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "share": "0.0%",
    "number": "General",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, its width in signs, what it holds (a key of `_FORMATS`), whether it wraps."""

    title: str
    width: int
    holds: str = "text"
    wraps: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet to be written: its name, its columns, and its rows with a cell for each column."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


def read(data: bytes, file: str, name: str = "") -> list[Row]:
    """The rows of the sheet of this name, or else of the first, from cell A1 on, with the empty rows and columns
    before its first value.

    Raises Faulty for what is no workbook, for a sheet that reaches too far, and for cells that show no value.
    """
    from python_calamine import CalamineError, load_workbook

    try:
        if faults := cells.faults(data, name):
            raise Faulty(file, faults)
        book = load_workbook(io.BytesIO(data))
        sheet = book.get_sheet_by_name(name) if name in book.sheet_names else book.get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, *cells.UNREADABLE):
        said = _("cannot be read as a workbook; is it really an .xlsx file?")
        raise Faulty(file, [Fault(_("file"), said)]) from None


def write(tables: Sequence[Table], *, title: str, at: datetime) -> bytes:
    """A workbook of these tables, each with a heading row that stays in sight and can be filtered by.

    A text is always a text, whatever it begins with. One that is longer than a cell can hold is cut there with a
    plain mark, and stands whole, in parts, on a last sheet.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    long = _Long()
    with Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": held(title), "author": "ddcat", "created": at})
        for table in tables:
            _write(book, table, long)
        if long.rows:
            _write(book, long.table(), long)
    return out.getvalue()


class _Long:
    """Gathers the texts that are longer than a cell can hold."""

    def __init__(self) -> None:
        self.rows: list[list[Cell]] = []

    def cut(self, text: str, where: str) -> str:
        """What goes into the cell: the text where it fits, else its beginning and where the rest is."""
        if len(text) <= _PART or len(text.encode("utf-16-le")) <= 2 * LONGEST:
            return text
        parts = [text[at : at + _PART] for at in range(0, len(text), _PART)]
        self.rows += [[where, n, len(parts), part] for n, part in enumerate(parts, 1)]
        mark = _("[Cut here: a cell holds no more. The whole text is on the sheet “%(name)s”.]", name=self.name())
        return f"{parts[0]} … {mark}"

    @staticmethod
    def name() -> str:
        return _("Long texts")

    def table(self) -> Table:
        columns = (
            Column(_("Stands in"), 30),
            Column(_("Part"), 8, "number"),
            Column(_("Of"), 8, "number"),
            Column(_("Text"), 90),
        )
        return Table(self.name(), columns, self.rows)


def _write(book: "Workbook", table: Table, long: _Long) -> None:
    sheet = book.add_worksheet(held(table.name))
    look = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E4EFEF", "bottom": 1, "indent": 1}
    head = book.add_format(look)
    for at, column in enumerate(table.columns):
        shape = book.add_format(_shape(column))
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, held(column.title), head)
        for number, row in enumerate(table.rows, 1):
            _write_cell(sheet, number, at, row[at], shape, long, f"{table.name}, {cells.letters(at + 1)}{number + 1}")
    sheet.set_row(0, _height(table.columns, [column.title for column in table.columns]))
    for number, row in enumerate(table.rows, 1):
        sheet.set_row(number, _height(table.columns, row))
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    _lay_out(sheet, -(-sum(column.width for column in table.columns) // _PAGE_WIDTH))


def _lay_out(sheet: Any, n_pages: int) -> None:
    """What stays in sight, and how it is printed: so many pages wide, each with the headings."""
    sheet.freeze_panes(1, 2 if n_pages > 1 else 0)
    sheet.set_landscape()
    sheet.fit_to_pages(n_pages, 0)
    sheet.repeat_rows(0)
    if n_pages > 1:
        sheet.repeat_columns(0, 1)
        sheet.print_across()
    sheet.set_footer("&L&A&R&P / &N")


def _shape(column: Column) -> dict[str, object]:
    """How the cells of a column look; the prefix keeps a text a text even when somebody edits the cell."""
    look = {
        "num_format": _FORMATS[column.holds],
        "valign": "top",
        "bottom": 1,
        "bottom_color": "#C5D3D3",
        "indent": 1,
    }
    if column.holds == "text":
        return {**look, "quote_prefix": True, "text_wrap": column.wraps}
    return {**look, "align": "left"} if column.holds in ("day", "moment") else {**look, "align": "right"}


def _height(columns: Sequence[Column], row: Sequence[Cell]) -> float:
    """Points that a row takes to show its texts, up to a height at which rows can still be looked over."""
    lines = [1]
    for column, cell in zip(columns, row, strict=True):
        if isinstance(cell, str) and column.wraps:
            lines.append(sum(-(-len(line) // max(1, column.width - 3)) or 1 for line in cell[:_PART].split("\n")))
    return min(_HIGHEST, 15.0 * max(lines) + 1)


def _write_cell(sheet: Any, row: int, at: int, cell: Cell, shape: Any, long: _Long, where: str) -> None:
    match cell:
        case None | "":
            sheet.write_blank(row, at, None, shape)
        case str():
            sheet.write_string(row, at, long.cut(held(cell), where), shape)
        case date():
            sheet.write_datetime(row, at, cell, shape)
        case _:
            sheet.write_number(row, at, cell, shape)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
