"""Everything sealed as Parquet, which every warehouse reads: a folder a year, written one part at a time."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from ddcat.interchange.holdings import ASSESSMENTS, CODEBOOK, PROGRAMS, RATINGS, Column, Holding, Holdings, Row
from ddcat.records import Program


def write(folder: Path, holdings: Holdings, parts: Iterable[Sequence[Holding]]) -> None:
    """`assessments/year=2026/part.parquet` and `ratings/year=2026/part.parquet`, programs and the codebook beside.

    A part is of one year, and parts come by year; each becomes a group of rows, and only one is held at a time.
    """
    import pyarrow.parquet as pq

    programs: dict[str, Program] = {}
    for year, of_year in groupby(parts, key=lambda part: part[0][1].assessed_on[:4]):
        schemas = {name: _schema(holdings.columns[name]) for name in (ASSESSMENTS, RATINGS)}
        paths = {name: folder / name / f"year={year}" / "part.parquet" for name in schemas}
        for path in paths.values():
            path.parent.mkdir(parents=True)
        with (
            pq.ParquetWriter(paths[ASSESSMENTS], schemas[ASSESSMENTS], compression="zstd") as assessments,
            pq.ParquetWriter(paths[RATINGS], schemas[RATINGS], compression="zstd") as ratings,
        ):
            for part in of_year:
                programs |= {program.ref: program for program, *_rest in part}
                assessments.write_batch(_batch(holdings.columns[ASSESSMENTS], map(holdings.assessment, part)))
                rows = (row for holding in part for row in holdings.ratings(holding))
                ratings.write_batch(_batch(holdings.columns[RATINGS], rows))
    columns = holdings.columns[PROGRAMS]
    with pq.ParquetWriter(folder / f"{PROGRAMS}.parquet", _schema(columns), compression="zstd") as writer:
        writer.write_batch(_batch(columns, map(holdings.program, programs.values())))
    codebook = json.dumps(holdings.codebook(), ensure_ascii=False, indent=1)
    (folder / f"{CODEBOOK}.json").write_text(codebook + "\n", encoding="utf-8")


def _schema(columns: Sequence[Column]) -> Any:
    """Names, types and, as every reader can show it, what each column means."""
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "day": pa.date32(),
        "moment": pa.timestamp("s", tz="UTC"),
        "integer": pa.int32(),
        "number": pa.float64(),
    }
    return pa.schema([pa.field(each.name, types[each.holds], metadata={"meaning": each.meaning}) for each in columns])


def _batch(columns: Sequence[Column], rows: Iterable[Row]) -> Any:
    import pyarrow as pa

    by_column = list(zip(*rows, strict=True)) or [()] * len(columns)
    schema = _schema(columns)
    arrays = [
        pa.array(list(_cells(each, cells)), type=field.type)
        for each, cells, field in zip(columns, by_column, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)


def _cells(column: Column, cells: Iterable[Any]) -> Iterator[Any]:
    read: Callable[[str], Any] | None = {"day": date.fromisoformat, "moment": datetime.fromisoformat}.get(
        column.holds
    )
    return (cell if cell is None or read is None else read(cell) for cell in cells)
