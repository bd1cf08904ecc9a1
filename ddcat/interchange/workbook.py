"""Workbooks (.xlsx): the first sheet as rows of text, as a person sees them."""

import io
from datetime import date, datetime

from ddcat.faults import Fault, Faulty

Row = list[str]


def read(data: bytes, file: str) -> list[Row]:
    """The rows of the first sheet, from its first row and column on. Raises Faulty for what is no workbook."""
    from python_calamine import CalamineError, load_workbook

    try:
        workbook = load_workbook(io.BytesIO(data))
        sheet = workbook.get_sheet_by_index(0)
        rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError, IndexError):
        raise Faulty(file, [Fault("file", "cannot be read as a workbook; is it really an .xlsx file?")]) from None
    if not any(cell for row in rows for cell in row):
        raise Faulty(file, [Fault("file", "its first sheet is empty; expected a header row and ratings")])
    return rows


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
