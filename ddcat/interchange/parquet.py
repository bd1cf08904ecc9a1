"""Everything sealed as Parquet, which every warehouse reads: a folder a year, written one part at a time."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddcat.faults import Fault, Faulty
from ddcat.interchange.codebook import ASSESSMENTS, CODEBOOK, PROGRAMS, RATINGS, Column
from ddcat.interchange.holdings import Cells, Holdings, Part, Picked
from ddcat.records import Program
from ddcat.words import _

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetWriter


def write(
    folder: Path,
    holdings: Holdings,
    programs: Iterable[tuple[Program, Iterable[str]]],
    parts: Iterable[Part],
) -> None:
    """`assessments/year=2026/part.parquet` and `ratings/year=2026/part.parquet`, programs and the codebook beside.

    A part is of one year, and parts come by year; each becomes a group of rows, and only one is held at a time.
    """
    columns = holdings.columns
    with _file(folder / f"{PROGRAMS}.parquet", columns[PROGRAMS]) as file:
        rows = [holdings.program(*each) for each in programs]
        _add(file, columns[PROGRAMS], list(zip(*rows, strict=True)) or [[] for _column in columns[PROGRAMS]])
    for year, of_year in groupby(parts, key=lambda part: part["assessed_on"][0][:4]):
        paths = [folder / name / f"year={year}" / "part.parquet" for name in (ASSESSMENTS, RATINGS)]
        with _file(paths[0], columns[ASSESSMENTS]) as assessments, _file(paths[1], columns[RATINGS]) as ratings:
            for part in of_year:
                _add(assessments, columns[ASSESSMENTS], holdings.assessments(part))
                _add(ratings, columns[RATINGS], holdings.ratings(part))
    codebook = json.dumps(holdings.codebook(), ensure_ascii=False, indent=1)
    (folder / f"{CODEBOOK}.json").write_text(codebook + "\n", encoding="utf-8")


def read(path: Path) -> list[list[str]]:
    """The rows of a file, or of all in the folders of a folder, as texts; row 1 is the header. Raises Faulty."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows: list[list[str]] = []
    same: dict[str | None, str] = {None: ""}  # each text is held once
    try:
        for each in sorted(path.glob("*/*.parquet")) if path.is_dir() else [path]:
            with pq.ParquetFile(each) as file:
                rows = rows or [file.schema_arrow.names]
                for batch in file.iter_batches():
                    texts = [column.cast(pa.string()).to_pylist() for column in batch.columns]
                    rows += ([same.setdefault(cell, cell or "") for cell in row] for row in zip(*texts, strict=True))
    except (OSError, pa.ArrowException) as error:
        raise Faulty(str(path), [Fault(_("file"), _("cannot be read: %(reason)s", reason=error))]) from None
    return rows


@contextmanager
def _file(path: Path, columns: Sequence[Column]) -> Iterator["ParquetWriter"]:
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, _schema(columns), compression="zstd") as file:
        yield file


def _schema(columns: Sequence[Column]) -> Any:
    """Names, types and, as every reader can show it, what each column means."""
    import pyarrow as pa

    return pa.schema([pa.field(each.name, _type(each), metadata={"meaning": each.meaning}) for each in columns])


def _type(column: Column) -> Any:
    import pyarrow as pa

    types = {
        "text": pa.string(),
        "day": pa.date32(),
        "moment": pa.timestamp("s", tz="UTC"),
        "integer": pa.int32(),
        "number": pa.float64(),
    }
    return types[column.holds]


def _add(file: "ParquetWriter", columns: Sequence[Column], cells: Sequence[Cells | Picked]) -> None:
    """A group of rows."""
    import pyarrow as pa

    arrays = [_array(column, each) for column, each in zip(columns, cells, strict=True)]
    file.write_batch(pa.record_batch(arrays, schema=_schema(columns)))


def _array(column: Column, cells: Cells | Picked) -> Any:
    """Days and moments are read from their texts; what is picked is converted once for each of its values."""
    import pyarrow as pa

    if isinstance(cells, Picked):
        return _array(column, cells.values).take(pa.array(cells.places))
    is_text = column.holds in ("day", "moment")
    found = pa.array(cells, pa.string() if is_text else _type(column))
    return found.cast(_type(column)) if is_text else found
