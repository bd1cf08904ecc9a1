"""Everything sealed as tables, a part at a time and column by column: a country has 24 million ratings.

A part is what the store gives: sealed assessments in columns, each with its ratings in one text.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from ddcat.instrument import Instrument
from ddcat.interchange import codebook
from ddcat.interchange.codebook import AGENCY_FACTS, COVER, FACTS, RATED, Column
from ddcat.interchange.facts import Cell, cell
from ddcat.records import Program

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[Any]]

Part = Mapping[str, Sequence[Any]]
Row = list[Cell]
Cells = Sequence[Cell]

UNRATED = -(2**15)
_TOGETHER, _ALONE = RATED


@dataclass(frozen=True, slots=True)
class Picked:
    """A column in which few values stand many times: the values, and for each row the place of its own."""

    values: Cells
    places: "Numbers"


class Holdings:
    """The tables of assessments that were rated with these instruments (by checksum).

    `texts`: with what was written for ratings, as people typed it.
    """

    def __init__(self, instruments: Mapping[str, Instrument], texts: bool = False) -> None:
        self.instruments, self.texts = instruments, texts
        kept = sorted(instruments.values(), key=lambda each: each.name)
        dimensions = [dimension for each in kept for dimension in each.dimensions]
        self.dimensions = {dimension.id: f"{dimension.number} {dimension.title}" for dimension in dimensions}
        self.columns: Mapping[str, Sequence[Column]] = codebook.columns(kept, self.dimensions, texts)
        self.items = [item for each in instruments.values() for item in each.items]
        self.homes = [each.home[item.id].id for each in instruments.values() for item in each.items]
        sizes = [len(each.items) for each in instruments.values()]
        self.first = {checksum: sum(sizes[:at]) for at, checksum in enumerate(instruments)}
        self.place = {key: {item.id: at for at, item in enumerate(each.items)} for key, each in instruments.items()}
        self.widest = max(sizes, default=0)

    def codebook(self) -> list[dict[str, str]]:
        """Every column of every table with its meaning, and what stands in none."""
        return codebook.codebook(self.columns)

    def program(self, program: Program, tags: Iterable[str]) -> Row:
        """A row of the programs."""
        of_agency = [cell(program.agency.facts.get(name)) for name in AGENCY_FACTS]
        told = [cell(program.facts.get(name)) for name in FACTS]
        return [
            *(program.ref, program.agency.name, program.agency.ref, *of_agency),
            *(program.name, *told, ", ".join(tags) or None),
        ]

    def assessments(self, part: Part) -> list[Cells]:
        """The columns of the assessments."""
        results = [json.loads(text) for text in part["result"]]
        evidenced = [result.get("evidenced", {}) for result in results]
        covers = [_cover(text) for text in part["cover"]]
        return [
            *self._identity(part),
            *(part["program_ref"], part["edition"]),
            [
                told or (_ALONE if is_blind else _TOGETHER)
                for told, is_blind in zip(*_of(part, "rated", "is_blind"), strict=True)
            ],
            [max(told or 0, given) for told, given in zip(*_of(part, "raters_told", "raters"), strict=True)],
            *([cell(cover.get(name)) for cover in covers] for name in COVER),
            *([result[name] for result in results] for name in ("n_rated", "n_items")),
            *_both(result["overall"] for result in results),
            [result["band"] for result in results],
            [(result["criterion"] or {}).get("level") for result in results],
            *_both(result.get("overall") for result in evidenced),
            [result.get("band") for result in evidenced],
            *(cells for id in self.dimensions for cells in _both(result["dimensions"].get(id) for result in results)),
            *(part["checksum"], part["sealed_at"], part["hash"]),
        ]

    def ratings(self, part: Part) -> list[Picked]:
        """The columns of the ratings: assessment by assessment, each in paper order."""
        import numpy as np

        grid = self._grid(part)
        whys = self._beside(part, "whys") if self.texts else None
        stands = grid != UNRATED if whys is None else (grid != UNRATED) | (whys.places > 0)
        rows, places = np.nonzero(stands)
        items = places + np.array([self.first[checksum] for checksum in part["checksum"]], dtype=np.int64)[rows]
        given = grid[rows, places]
        known = sorted(set(np.unique(given).tolist()) - {UNRATED})
        ratings = np.searchsorted(np.array(known, dtype=np.int64), given)
        ratings = np.where(given == UNRATED, len(known), ratings)
        carried = self._beside(part, "carried")
        beside = [carried, *([] if whys is None else [whys])]
        return [
            *(Picked(cells, rows) for cells in self._identity(part)),
            Picked([item.code for item in self.items], items),
            Picked([item.id for item in self.items], items),
            Picked(self.homes, items),
            Picked([*known, None], ratings),
            *(Picked(each.values, each.places[rows, places]) for each in beside),
        ]

    def _identity(self, part: Part) -> list[Cells]:
        names = [self.instruments[checksum].name for checksum in part["checksum"]]
        about = [part[name] for name in ("assessed_on", "period", "kind")]
        return [*_of(part, "ref", "agency", "program"), names, *about, [rater or None for rater in part["rater"]]]

    def _grid(self, part: Part) -> "Numbers":
        """A row an assessment, a column an item in paper order; UNRATED where there is no rating."""
        import numpy as np

        @lru_cache(maxsize=1024)
        def columns(checksum: str, items: str) -> list[int]:
            return [self.place[checksum][item] for item in items.split(",")]

        grid = np.full((len(part["ref"]), self.widest), UNRATED, dtype=np.int16)
        alike: dict[tuple[str, str], list[int]] = {}
        for row, key in enumerate(zip(*_of(part, "checksum", "items"), strict=True)):
            alike.setdefault(key, []).append(row)
        for key, rows in alike.items():
            if key[1]:
                values = np.array(",".join(part["values"][row] for row in rows).split(","), dtype=np.int16)
                grid[np.ix_(rows, columns(*key))] = values.reshape(len(rows), -1)
        return grid

    def _beside(self, part: Part, name: str) -> Picked:
        """What stands beside few ratings, in the shape of the grid: a text by item for some assessments."""
        import numpy as np

        values: list[Cell] = [None]
        places = np.zeros((len(part["ref"]), self.widest), dtype=np.int32)
        for row, told in enumerate(part[name]):
            for item, text in told.items() if told else ():
                places[row, self.place[part["checksum"][row]][item]] = len(values)
                values.append(text)
        return Picked(values, places)


def _of(part: Part, *names: str) -> list[Sequence[Any]]:
    return [part[name] for name in names]


def _both(exact: Iterable[str | None]) -> tuple[Cells, Cells]:
    """Scores as numbers and as they are kept."""
    texts = list(exact)
    return [_number(text) for text in texts], texts


@lru_cache(maxsize=65_536)
def _number(exact: str | None) -> float | None:
    return None if exact is None else float(Fraction(exact))


@lru_cache(maxsize=1024)
def _cover(text: str) -> Mapping[str, Any]:
    """Few cover sheets of many differ."""
    return cast("Mapping[str, Any]", json.loads(text))
