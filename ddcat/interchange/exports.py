"""Everything sealed, written into a folder: as sheets of comma-separated values, or as one workbook."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from ddcat.faults import Fault, Faulty
from ddcat.interchange import csv, workbook
from ddcat.interchange.holdings import ASSESSMENTS, CODEBOOK, PROGRAMS, RATINGS, Cell, Column, Holding, Holdings, Row
from ddcat.records import Program
from ddcat.words import _

BOM = "\ufeff"
MOST = 200_000
"""Rows of ratings in a workbook: making one of more takes over a gigabyte, and few spreadsheets open it."""

_WIDTHS = {"text": 24, "day": 12, "moment": 18, "integer": 9, "number": 12}
_FORMATS = {"integer": "number"}


def separated(folder: Path, holdings: Holdings, parts: Iterable[Sequence[Holding]]) -> None:
    """Four sheets as CSV: assessments, ratings (one row a rating), programs, and the codebook of their columns."""
    programs: dict[str, Program] = {}
    with _sheet(folder, holdings, ASSESSMENTS) as assessments, _sheet(folder, holdings, RATINGS) as ratings:
        for part in parts:
            programs |= {program.ref: program for program, *_rest in part}
            assessments.writelines(csv.write(map(holdings.assessment, part)))
            ratings.writelines(csv.write(row for holding in part for row in holdings.ratings(holding)))
    with _sheet(folder, holdings, PROGRAMS) as sheet:
        sheet.writelines(csv.write(map(holdings.program, programs.values())))
    codebook = holdings.codebook()
    lines = csv.write([list(codebook[0]), *(list(line.values()) for line in codebook)])
    (folder / f"{CODEBOOK}.csv").write_text(BOM + "".join(lines), encoding="utf-8", newline="")


def book(folder: Path, holdings: Holdings, parts: Iterable[Sequence[Holding]], at: str) -> None:
    """One workbook with the same four tables, exported at this moment; the ratings first, so that it imports back.

    Raises Faulty where there are more ratings than a workbook should hold.
    """
    programs: dict[str, Program] = {}
    assessments: list[Row] = []
    ratings: list[Row] = []
    for part in parts:
        programs |= {program.ref: program for program, *_rest in part}
        assessments += map(holdings.assessment, part)
        ratings += (row for holding in part for row in holdings.ratings(holding))
        if len(ratings) > MOST:
            said = _("more ratings than a workbook should hold; export them as csv or parquet")
            raise Faulty(str(folder), [Fault(_("file"), said)])
    tables = [
        _table(RATINGS, holdings.columns[RATINGS], ratings),
        _table(ASSESSMENTS, holdings.columns[ASSESSMENTS], assessments),
        _table(PROGRAMS, holdings.columns[PROGRAMS], map(holdings.program, programs.values())),
        _codebook(holdings),
    ]
    content = workbook.write(tables, title=_("Sealed assessments"), at=datetime.fromisoformat(at))
    (folder / "ddcat.xlsx").write_bytes(content)


@contextmanager
def _sheet(folder: Path, holdings: Holdings, name: str) -> Iterator[TextIO]:
    """A sheet of its own with the names of its columns."""
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as sheet:
        sheet.write(BOM)
        sheet.writelines(csv.write([[column.name for column in holdings.columns[name]]]))
        yield sheet


def _table(name: str, columns: Sequence[Column], rows: Iterable[Row]) -> workbook.Table:
    shapes = [
        workbook.Column(each.name, _WIDTHS[each.holds], _FORMATS.get(each.holds, each.holds), wraps=False)
        for each in columns
    ]
    filled = [[_cell(each, cell) for each, cell in zip(columns, row, strict=True)] for row in rows]
    return workbook.Table(name, shapes, filled)


def _codebook(holdings: Holdings) -> workbook.Table:
    widths = {"table": 14, "column": 26, "type": 10, "unit": 10, "meaning": 60, "codes": 90}
    rows: list[list[workbook.Cell]] = [list(line.values()) for line in holdings.codebook()]
    return workbook.Table(CODEBOOK, [workbook.Column(name, width) for name, width in widths.items()], rows)


def _cell(column: Column, cell: Cell) -> workbook.Cell:
    """A day as a spreadsheet has it; a moment stays in UTC, as its column says."""
    if isinstance(cell, str) and column.holds == "day":
        return date.fromisoformat(cell)
    if isinstance(cell, str) and column.holds == "moment":
        return datetime.fromisoformat(cell).replace(tzinfo=None)
    return cell
