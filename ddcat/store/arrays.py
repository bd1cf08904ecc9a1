"""Everything that is sealed, read fast enough for a whole country: ratings and scores as arrays of numbers.

SQLite glues the ratings of an assessment, and the scores of a program, into one text before they cross over to
Python: 24 million rows arrive as 680,000, and numpy takes them apart. Nothing is summed or judged here.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.rescoring import UNRATED, Block
from ddcat.rollup import KINDS, NO_QUARTER, Scores
from ddcat.store import seen

if TYPE_CHECKING:
    from ddcat.rescoring import Numbers

AT_ONCE = 20_000

# Items and their ratings in the same order: a digit each, "-" where one was taken back.
_GLUED = (
    "(SELECT group_concat(item) || ';' || group_concat(coalesce(value, '-'), '') FROM {0}"
    " WHERE {0}.assessment_id = assessment.id)"
)
_SEALED = f"""
SELECT ref, instrument, result,
  CASE WHEN is_blind THEN {_GLUED.format("agreed")} ELSE {_GLUED.format("rating")} END,
  EXISTS (SELECT 1 FROM evidence WHERE assessment_id = assessment.id AND removed_at IS NULL)
FROM assessment WHERE sealed_at IS NOT NULL ORDER BY id
"""
_KIND = " ".join(f"WHEN '{kind}' THEN '{place}'" for place, kind in enumerate(KINDS) if kind)
# Month, kind and scores of each, by day. All of it stands in the index; the rows, a gigabyte of them, stay untouched.
_TOLD = f"""
SELECT group_concat(
  substr(assessed_on, 1, 7) || CASE kind {_KIND} ELSE '0' END || coalesce(scores, '{{}}'), ''
) FROM (
  SELECT assessed_on, kind, scores FROM assessment INDEXED BY sealed_scores
  WHERE program_id = program.id AND sealed_at IS NOT NULL
    AND instrument IN (SELECT value FROM json_each(:instruments))
    AND assessment.id NOT IN (
      SELECT amends_id FROM assessment WHERE amends_id > 0 AND deleted_at IS NULL AND sealed_at IS NOT NULL
    )
  ORDER BY assessed_on, id
)
"""
_SCORES = f"""
{seen.PROGRAMS} SELECT program.ref, program.state, ({_TOLD}) FROM seen CROSS JOIN program ON program.id = seen.id
"""
_TOLD_BEFORE = len("2016-021")
_USED = f"""
{seen.PROGRAMS} SELECT checksum FROM (
  SELECT instrument AS used, count(*) AS n
  FROM seen CROSS JOIN assessment INDEXED BY sealed_scores ON program_id = seen.id
  WHERE sealed_at IS NOT NULL GROUP BY instrument
) JOIN instrument ON checksum = used ORDER BY n DESC, name, checksum
"""


@dataclass(slots=True)
class _Filling:
    """A block while it is being filled."""

    refs: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    columns: list[tuple[int, ...]] = field(default_factory=list)
    digits: list[str] = field(default_factory=list)


def blocks(db: Database, items: Mapping[str, Sequence[str]], at_once: int = AT_ONCE) -> Iterator[Block | str]:
    """Every sealed assessment, many at once; by its ref alone where it must be looked at by itself.

    Those are the ones with evidence, and those whose ratings are not one digit for an item of their instrument.
    `items` are those of each instrument (a checksum) in paper order. For whoever has the file.
    """

    @lru_cache(maxsize=1024)
    def columns(instrument: str, named: str) -> tuple[int, ...] | None:
        known = {item: at for at, item in enumerate(items.get(instrument, ()))}
        split = named.split(",") if named else []
        is_known = instrument in items and known.keys() >= set(split) and len(set(split)) == len(split)
        return tuple(known[item] for item in split) if is_known else None

    filling: dict[str, _Filling] = {}
    for ref, instrument, result, glued, has_evidence in db.execute(_SEALED):
        named, _, digits = (glued or "").partition(";")
        places = None if has_evidence else columns(instrument, named)
        if places is None or len(places) != len(digits):
            yield ref
            continue
        block = filling.setdefault(instrument, _Filling())
        block.refs.append(ref)
        block.results.append(result)
        block.columns.append(places)
        block.digits.append(digits)
        if len(block.refs) == at_once:
            yield _block(instrument, filling.pop(instrument), len(items[instrument]))
    for instrument, block in filling.items():
        yield _block(instrument, block, len(items[instrument]))


def scores(db: Database, person: Person, instruments: Iterable[str]) -> Scores:
    """Every score by files (checksums) of one instrument, in the programs of which this person sees what is sealed.

    What an amendment replaced is left out.
    """
    import numpy as np

    found = db.execute(_SCORES, {"person": person.id, "instruments": json.dumps(list(instruments))})
    rows = [(ref, str(state or ""), told) for ref, state, told in found if told]
    states = sorted({state for _ref, state, _told in rows})
    number = {state: at for at, state in enumerate(states)}
    counts = np.array([told.count("{") for _ref, _state, told in rows], dtype=np.int64)
    signs = np.frombuffer("".join(told for _ref, _state, told in rows).encode(), np.uint8)
    told = signs[np.flatnonzero(signs == ord("{"))[:, None] + range(-_TOLD_BEFORE, 0)].astype(np.int64) - ord("0")
    return Scores(
        refs=[ref for ref, _state, _told in rows],
        states=states,
        program=np.repeat(np.arange(len(rows)), counts),
        state=np.repeat(np.array([number[state] for _ref, state, _told in rows], dtype=np.int64), counts),
        quarter=_quarters(told),
        kind=told[:, 7],
        texts=[told for _ref, _state, told in rows],
    )


def instruments(db: Database, person: Person) -> list[str]:
    """By which instruments (checksums) anything was sealed that this person may see, the most used first."""
    return [checksum for (checksum,) in db.execute(_USED, {"person": person.id})]


def _quarters(told: "Numbers") -> "Numbers":
    """The quarter of each month, written as digits: 2026-02."""
    import numpy as np

    digits, year, month = told[:, [0, 1, 2, 3, 5, 6]], told[:, :4] @ [1000, 100, 10, 1], told[:, 5:7] @ [10, 1]
    is_sound = (digits >= 0).all(axis=1) & (digits <= 9).all(axis=1) & (month >= 1) & (month <= 12)
    return np.where(is_sound, 4 * year + (month - 1) // 3, NO_QUARTER)


def _block(instrument: str, filling: _Filling, n_items: int) -> Block:
    """Digits put under their items, for all at once whose items come in the same order."""
    import numpy as np

    ratings = np.full((len(filling.refs), n_items), UNRATED, dtype=np.int8)
    alike: dict[tuple[int, ...], list[int]] = {}
    for row, places in enumerate(filling.columns):
        alike.setdefault(places, []).append(row)
    for places, rows in alike.items():
        if places:
            values = _digits([filling.digits[row] for row in rows]).reshape(len(rows), -1)
            ratings[np.ix_(rows, places)] = np.where(values < 0, UNRATED, values)
    return Block(instrument, filling.refs, filling.results, ratings)


def _digits(texts: Sequence[str]) -> "Numbers":
    """Each sign of these texts as the number that it is; below zero where it is no digit."""
    import numpy as np

    return np.frombuffer("".join(texts).encode(), np.uint8).astype(np.int64) - ord("0")
