"""Everything sealed, given out a part at a time: however much there is, only one part is held."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from ddcat.records import Agency, Assessment, Program

AT_ONCE = 2000

Holding = tuple[Program, Assessment, Mapping[str, Any]]
"""A sealed assessment under today's names, with its program and the result that was sealed."""

# What was sealed and then amended no longer counts once the amendment is sealed.
_COUNTS = """NOT EXISTS (
  SELECT 1 FROM assessment AS later
  WHERE later.amends_id = assessment.id AND later.sealed_at IS NOT NULL AND later.deleted_at IS NULL
)"""
_SEALED = """
SELECT assessment.id, assessment.ref, program.ref, program.name, program.facts, agency.ref, agency.name,
  assessment.instrument, assessed_on, period, kind, rater, edition, sealed_at, record.hash, result
FROM assessment JOIN program ON program.id = program_id JOIN agency ON agency.id = agency_id
LEFT JOIN record ON record.assessment_id = assessment.id
WHERE assessment.id IN (SELECT value FROM json_each(?))
"""
_RATINGS = """
SELECT said.assessment_id, item, value, why FROM {table} AS said JOIN assessment ON assessment.id = said.assessment_id
WHERE is_blind = {is_blind} AND said.assessment_id IN (SELECT value FROM json_each(?))
"""


def unknown(db: Database, refs: Iterable[str] = ()) -> list[str]:
    """Those of these refs that no program has."""
    return [ref for ref in refs if not db.execute("SELECT 1 FROM program WHERE ref = ?", [ref]).fetchone()]


def checksums(db: Database, programs: Sequence[str] = ()) -> list[str]:
    """Of the instruments that sealed assessments of these programs were rated with; none named are all programs."""
    where, values = _where(programs)
    sql = f"SELECT DISTINCT assessment.instrument FROM assessment {where} ORDER BY 1"
    return [checksum for (checksum,) in db.execute(sql, values)]


def count(db: Database, programs: Sequence[str] = (), *, all_editions: bool = False) -> int:
    """How many ratings `sealed` would give."""
    where, values = _where(programs)
    counts = "" if all_editions else f"AND {_COUNTS}"
    of = f"SELECT assessment.id FROM assessment {where} {counts}"
    both = (
        f"SELECT count(*) FROM {table} JOIN assessment ON assessment.id = assessment_id"
        f" WHERE is_blind = {is_blind} AND value IS NOT NULL AND assessment_id IN ({of})"
        for table, is_blind in (("rating", 0), ("agreed", 1))
    )
    return sum(int(db.execute(sql, values).fetchone()[0]) for sql in both)


def sealed(db: Database, programs: Sequence[str] = (), *, all_editions: bool = False) -> Iterator[list[Holding]]:
    """Sealed assessments that count, or all editions, in parts; a part is of one year. The caller judges who asks.

    By year, agency, program and day, whenever they were sealed.
    """
    where, values = _where(programs)
    counts = "" if all_editions else f"AND {_COUNTS}"
    ids: dict[str, list[int]] = defaultdict(list)
    rows = db.execute(
        f"SELECT assessment.id, substr(assessed_on, 1, 4) AS year FROM assessment {where} {counts}"
        " ORDER BY year, agency.name, agency.id, program.name, program.id, assessed_on, assessment.kind,"
        " assessment.rater, assessment.id",
        values,
    )
    for id, year in rows:
        ids[year].append(id)
    for of_year in ids.values():
        for at in range(0, len(of_year), AT_ONCE):
            yield _part(db, of_year[at : at + AT_ONCE])


def _where(programs: Sequence[str]) -> tuple[str, list[str]]:
    joined = (
        "JOIN program ON program.id = program_id JOIN agency ON agency.id = agency_id WHERE sealed_at IS NOT NULL"
    )
    if programs:
        return f"{joined} AND program.ref IN (SELECT value FROM json_each(?))", [json.dumps(list(programs))]
    return joined, []


def _part(db: Database, ids: list[int]) -> list[Holding]:
    """These assessments, in this order."""
    asked = [json.dumps(ids)]
    ratings: dict[int, dict[str, int]] = defaultdict(dict)
    whys: dict[int, dict[str, str]] = defaultdict(dict)
    for table, is_blind in (("rating", 0), ("agreed", 1)):
        for id, item, value, why in db.execute(_RATINGS.format(table=table, is_blind=is_blind), asked):
            if value is not None:
                ratings[id][item] = value
            if why:
                whys[id][item] = why
    found = {}
    for id, *row in db.execute(_SEALED, asked):
        found[id] = _holding(row, ratings[id], whys[id])
    return [found[id] for id in ids]


def _holding(row: Sequence[Any], ratings: dict[str, int], why: dict[str, str]) -> Holding:
    ref, program_ref, name, facts, agency_ref, agency_name, checksum, day, period, kind, rater, *rest = row
    edition, sealed_at, hash, result = rest
    assessment = Assessment(
        program=name,
        assessed_on=day,
        ratings=ratings,
        kind=kind,
        rater=rater,
        why=why,
        agency=agency_name,
        ref=ref,
        program_ref=program_ref,
        agency_ref=agency_ref,
        checksum=checksum,
        period=period,
        edition=edition,
        sealed_at=sealed_at,
        hash=hash,
    )
    program = Program(program_ref, name, Agency(agency_ref, agency_name), json.loads(facts))
    return program, assessment, json.loads(result)
