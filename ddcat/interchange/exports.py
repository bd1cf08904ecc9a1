"""Everything sealed, written into a folder: as sheets of comma-separated values, or as one workbook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TextIO

from ddcat.faults import Fault, Faulty
from ddcat.interchange import csv, workbook
from ddcat.interchange.codebook import ASSESSMENTS, CODEBOOK, PROGRAMS, RATINGS, Column
from ddcat.interchange.facts import Cell
from ddcat.interchange.holdings import Holdings, Part, Picked, Row
from ddcat.records import Program
from ddcat.words import _

BOOK = "ddcat.xlsx"
MOST = 200_000
"""Rows of ratings in a workbook: making one of more takes over a gigabyte, and few spreadsheets open it."""

Programs = Iterable[tuple[Program, Iterable[str]]]

_WIDTHS = {"text": 24, "day": 12, "moment": 18, "integer": 9, "number": 12}
_FORMATS = {"integer": "number"}


def separated(folder: Path, holdings: Holdings, programs: Programs, parts: Iterable[Part]) -> None:
    """Four sheets as CSV: assessments, ratings (one row a rating), programs, and the codebook of their columns."""
    with _sheet(folder, holdings, PROGRAMS) as sheet:
        sheet.writelines(csv.write(holdings.program(*each) for each in programs))
    with _sheet(folder, holdings, ASSESSMENTS) as assessments, _sheet(folder, holdings, RATINGS) as ratings:
        for part in parts:
            assessments.writelines(csv.write(zip(*holdings.assessments(part), strict=True)))
            ratings.writelines(_lines(holdings.ratings(part)))
    codebook = holdings.codebook()
    lines = csv.write([list(codebook[0]), *(list(line.values()) for line in codebook)])
    (folder / f"{CODEBOOK}.csv").write_text(csv.BOM + "".join(lines), encoding="utf-8", newline="")


def book(folder: Path, holdings: Holdings, programs: Programs, parts: Iterable[Part], at: str) -> None:
    """One workbook with the same four tables, exported at this moment; the ratings first, so that it imports back.

    Raises Faulty where there are more ratings than a workbook should hold.
    """
    told = [holdings.program(*each) for each in programs]
    rows: Mapping[str, list[Row]] = {PROGRAMS: told, ASSESSMENTS: [], RATINGS: []}
    for part in parts:
        rows[ASSESSMENTS].extend(map(list, zip(*holdings.assessments(part), strict=True)))
        rows[RATINGS].extend(map(list, zip(*map(_cells, holdings.ratings(part)), strict=True)))
        if len(rows[RATINGS]) > MOST:
            said = _(
                "there are more than %(most)s ratings, and few spreadsheets open a workbook of so many;"
                " export with --as csv or --as parquet, or some programs at a time with --program",
                most=f"{MOST:,}",
            )
            raise Faulty(str(folder), [Fault(_("file"), said)])
    tables = [_table(name, holdings.columns[name], rows[name]) for name in (RATINGS, ASSESSMENTS, PROGRAMS)]
    content = workbook.write(
        [*tables, _codebook(holdings)], title=_("Sealed assessments"), at=datetime.fromisoformat(at)
    )
    (folder / BOOK).write_bytes(content)


def found(path: Path) -> tuple[Path, Path | None, Path | None]:
    """Ratings, programs and assessments in the folder of an export; a file stands for its ratings alone."""
    if not path.is_dir():
        return path, None, None
    if (path / BOOK).exists():
        return path / BOOK, path / BOOK, path / BOOK
    if (path / RATINGS).is_dir():
        return path / RATINGS, path / f"{PROGRAMS}.parquet", path / ASSESSMENTS
    if (path / f"{RATINGS}.csv").exists():
        return path / f"{RATINGS}.csv", path / f"{PROGRAMS}.csv", path / f"{ASSESSMENTS}.csv"
    said = _("is a folder; expected a file, or the folder of an export with its ratings, assessments and programs")
    raise Faulty(str(path), [Fault(_("file"), said)])


@contextmanager
def _sheet(folder: Path, holdings: Holdings, name: str) -> Iterator[TextIO]:
    """A sheet of its own with the names of its columns."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as sheet:
        sheet.write(csv.BOM)
        sheet.writelines(csv.write([[column.name for column in holdings.columns[name]]]))
        yield sheet


def _lines(columns: Sequence[Picked]) -> Iterator[str]:
    """Lines of CSV: columns beside each other that share their places are written once for each of their values."""
    pieces = []
    for _same, beside in groupby(columns, key=lambda column: id(column.places)):
        alike = list(beside)
        written = list(csv.cells(zip(*(each.values for each in alike), strict=True)))
        pieces.append(map(written.__getitem__, alike[0].places.tolist()))
    return (f"{line}{csv.LINE_END}" for line in map(",".join, zip(*pieces, strict=True)))


def _cells(column: Picked) -> Iterator[Cell]:
    return map(column.values.__getitem__, column.places.tolist())


def _table(name: str, columns: Sequence[Column], rows: Iterable[Row]) -> workbook.Table:
    shapes = [
        workbook.Column(each.name, _WIDTHS[each.holds], _FORMATS.get(each.holds, each.holds), wraps=False)
        for each in columns
    ]
    filled = [[_cell(each, cell) for each, cell in zip(columns, row, strict=True)] for row in rows]
    return workbook.Table(name, shapes, filled)


def _codebook(holdings: Holdings) -> workbook.Table:
    widths = {"table": 14, "column": 26, "type": 10, "unit": 10, "meaning": 60, "codes": 90, "import": 16}
    rows: list[list[workbook.Cell]] = [list(line.values()) for line in holdings.codebook()]
    return workbook.Table(CODEBOOK, [workbook.Column(name, width) for name, width in widths.items()], rows)


def _cell(column: Column, cell: Cell) -> workbook.Cell:
    """A day as a spreadsheet has it; a moment stays in UTC, as its column says."""
    if isinstance(cell, str) and column.holds == "day":
        return date.fromisoformat(cell)
    if isinstance(cell, str) and column.holds == "moment":
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    return cell
