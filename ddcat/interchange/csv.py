"""Comma-separated values as people have them: with or without BOM, comma or semicolon, any line ending."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from ddcat.faults import Fault, Faulty
from ddcat.words import _

Row = list[str]

LINE_END = "\r\n"
BOM = "\ufeff"
"""The mark by which spreadsheets know UTF-8."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def read(data: bytes, file: str) -> list[Row]:
    """The rows of a file, its header first; row 1 is the header. Raises Faulty for what is not text.

    The one apostrophe that `write` puts before a formula is taken away again; any other stays.
    """
    delimiter = _delimiter(_text(data, file))
    rows: list[Row] = []
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    same: dict[str, str] = {}  # most cells of a long sheet say what others say: each text is held once
    try:
        rows.extend(
            [_rearm(cell) if cell[:1] == "'" else same.setdefault(cell, cell) for cell in row] for row in reader
        )
    except csv.Error as error:
        said = _("cannot be read as CSV: %(reason)s", reason=error)
        raise Faulty(file, [Fault(_("row %(row)s", row=len(rows) + 1), said)]) from None
    return rows


def marked(rows: Iterable[Sequence[object]]) -> str:
    """A whole file of CSV, with the mark by which spreadsheets know UTF-8."""
    return BOM + "".join(write(rows))


def write(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Lines of CSV with CRLF; a cell that a spreadsheet would take for a formula gains one apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_disarm(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def cells(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The cells of each row as `write` writes them, to be put beside others of the same line."""
    for line in write([*row, None] for row in rows):
        yield line.removesuffix(f",{LINE_END}")


def _disarm(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _rearm(cell: str) -> str:
    return cell[1:] if cell.startswith(FORMULA_STARTS, 1) else cell


def _text(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = _("is not text in UTF-8; save the sheet as “CSV UTF-8” or as .xlsx")
        raise Faulty(file, [Fault(_("line %(line)s", line=line), said)]) from None
    if "\0" in text:
        raise Faulty(file, [Fault(_("file"), _("is not text; expected CSV in UTF-8 or a workbook named .xlsx"))])
    return text


def _delimiter(text: str) -> str:
    """Whichever of comma and semicolon stands more often in the first line that is not blank."""
    header = text.lstrip().partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","
