"""Workbooks (.xlsx): the first sheet as rows of text, as a person sees them."""

import io
from datetime import date, datetime

from ddcat.faults import Fault, Faulty
from ddcat.interchange import cells
from ddcat.words import _

Row = list[str]


def read(data: bytes, file: str) -> list[Row]:
    """The rows of the first sheet from cell A1 on, with the empty rows and columns before its first value.

    Raises Faulty for what is no workbook, for a sheet that reaches too far, and for cells that show no value.
    """
    from python_calamine import CalamineError, load_workbook

    try:
        if faults := cells.faults(data):
            raise Faulty(file, faults)
        sheet = load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, *cells.UNREADABLE):
        said = _("cannot be read as a workbook; is it really an .xlsx file?")
        raise Faulty(file, [Fault(_("file"), said)]) from None


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
