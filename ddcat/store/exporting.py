"""Everything sealed, given out a part at a time: however much there is, only one part is held.

SQLite glues the ratings of an assessment into one text before they cross over to Python: 24 million rows arrive as
680,000.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from ddcat.records import Agency, Program
from ddcat.store import seen
from ddcat.store.keeping import RATED, RATERS

AT_ONCE = 5000

Part = Mapping[str, Sequence[Any]]
"""Sealed assessments under today's names, column by column; everything in a part is of one year.

`items` and `values` are its ratings, each in one text; `whys` and `carried` what was written for ratings and the
assessments (refs) they were carried from, by item, None where there is nothing.
"""

# What was sealed and then amended no longer counts once the amendment is sealed.
_COUNTS = seen.counts("assessment")
_GLUED = "group_concat(item) || ';' || group_concat(value) || ';'"
# Who was asked to rate alone, and gave a rating that was sealed.
_ALONE = """(
  SELECT count(DISTINCT person_id) FROM rating WHERE rating.assessment_id = assessment.id AND value IS NOT NULL
  AND person_id IN (SELECT person_id FROM assignment WHERE assignment.assessment_id = assessment.id)
)"""
_WHYS = """(
  SELECT json_group_object(item, why) FROM {0} WHERE {0}.assessment_id = assessment.id AND why != ''
  HAVING count(*)
)"""
_COLUMNS = {
    "ref": "assessment.ref",
    "program_ref": "program.ref",
    "program": "program.name",
    "agency": "agency.name",
    "checksum": "assessment.instrument",
    **{name: name for name in ("assessed_on", "period", "kind", "rater", "edition", "sealed_at", "result", "cover")},
    "hash": "(SELECT hash FROM record WHERE record.assessment_id = assessment.id)",
    "rated": f"json_extract(assessment.facts, '$.{RATED}')",
    "raters_told": f"json_extract(assessment.facts, '$.{RATERS}')",
    "is_blind": "is_blind",
    "said": f"""CASE WHEN is_blind
      THEN (SELECT {_GLUED} || {_ALONE} FROM agreed WHERE assessment_id = assessment.id AND value IS NOT NULL)
      ELSE (SELECT {_GLUED} || count(DISTINCT person_id)
        FROM rating WHERE assessment_id = assessment.id AND value IS NOT NULL) END""",
    "whys": f"""CASE WHEN :texts AND is_blind THEN {_WHYS.format("agreed")}
      WHEN :texts THEN {_WHYS.format("rating")} END""",
    "carried": """(
      SELECT json_group_object(item, earlier.ref) FROM carried JOIN assessment AS earlier ON earlier.id = from_id
      WHERE carried.assessment_id = assessment.id HAVING count(*)
    )""",
}
_SEALED = f"""
SELECT {", ".join(f"{what} AS {name}" for name, what in _COLUMNS.items())}
FROM json_each(:ids) AS asked CROSS JOIN assessment ON assessment.id = asked.value
JOIN program ON program.id = program_id JOIN agency ON agency.id = agency_id
ORDER BY asked.key
"""
_PROGRAMS = """
SELECT program.ref, program.name, program.facts, agency.ref, agency.name, agency.facts,
  (SELECT json_group_array(word) FROM tag WHERE program_id = program.id)
FROM program JOIN agency ON agency.id = agency_id
WHERE EXISTS (SELECT 1 FROM assessment WHERE program_id = program.id AND sealed_at IS NOT NULL) {only}
ORDER BY agency.name, agency.id, program.name, program.id
"""
_REPLACED = """
SELECT earlier.ref, later.ref FROM assessment AS later JOIN assessment AS earlier ON earlier.id = later.amends_id
WHERE later.amends_id > 0 AND later.sealed_at IS NOT NULL AND later.deleted_at IS NULL
"""
_OF_PROGRAMS = "AND program.ref IN (SELECT value FROM json_each(?))"


def unknown(db: Database, refs: Iterable[str] = ()) -> list[str]:
    """Those of these refs that no program has."""
    return [ref for ref in refs if not db.execute("SELECT 1 FROM program WHERE ref = ?", [ref]).fetchone()]


def checksums(db: Database, programs: Sequence[str] = ()) -> list[str]:
    """Of the instruments that sealed assessments of these programs were rated with; none named are all programs."""
    where, values = _where(programs)
    sql = f"SELECT DISTINCT assessment.instrument FROM assessment {where} ORDER BY 1"
    return [checksum for (checksum,) in db.execute(sql, values)]


def programs(db: Database, refs: Sequence[str] = ()) -> Iterator[tuple[Program, list[str]]]:
    """Those of these programs of which anything is sealed, by agency and name, each with its tags."""
    sql = _PROGRAMS.format(only=_OF_PROGRAMS if refs else "")
    for ref, name, facts, agency, agency_name, agency_facts, tags in db.execute(sql, _listed(refs)):
        run_by = Agency(agency, agency_name, json.loads(agency_facts))
        words = sorted(json.loads(tags), key=lambda word: (word.casefold(), word))
        yield Program(ref, name, run_by, json.loads(facts)), words


def sealed(
    db: Database, programs: Sequence[str] = (), *, all_editions: bool = False, texts: bool = False
) -> Iterator[Part]:
    """Sealed assessments that count, or all editions, in parts; a part is of one year. The caller judges who asks.

    By year, agency, program and day, whenever they were sealed. What was carried from an edition that no longer
    counts was carried from the one that does, but where all are given. `texts`: with what was written for ratings.
    """
    where, values = _where(programs)
    counts = "" if all_editions else f"AND {_COUNTS}"
    ids: dict[str, array[int]] = defaultdict(lambda: array("q"))
    rows = db.execute(
        f"SELECT assessment.id, substr(assessed_on, 1, 4) AS year FROM assessment {where} {counts}"
        " ORDER BY year, agency.name, agency.id, program.name, program.id, assessed_on, assessment.kind,"
        " assessment.rater, assessment.id",
        values,
    )
    for id, year in rows:
        ids[year].append(id)
    replaced = {} if all_editions else dict(db.execute(_REPLACED).fetchall())
    for of_year in ids.values():
        for at in range(0, len(of_year), AT_ONCE):
            yield _part(db, of_year[at : at + AT_ONCE], replaced, texts)


def _where(programs: Sequence[str]) -> tuple[str, list[str]]:
    joined = (
        "JOIN program ON program.id = program_id JOIN agency ON agency.id = agency_id WHERE sealed_at IS NOT NULL"
    )
    return f"{joined} {_OF_PROGRAMS if programs else ''}", _listed(programs)


def _listed(refs: Sequence[str]) -> list[str]:
    return [json.dumps(list(refs))] if refs else []


def _part(db: Database, ids: "array[int]", replaced: Mapping[str, str], texts: bool) -> Part:
    """These assessments, in this order."""
    rows = db.execute(_SEALED, {"ids": json.dumps(ids.tolist()), "texts": texts}).fetchall()
    part: dict[str, Sequence[Any]] = dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))
    said = [(text or ";;0").split(";") for text in part.pop("said")]
    part |= zip(("items", "values", "raters"), zip(*said, strict=True), strict=True)
    part["raters"] = [int(n) for n in part["raters"]]
    part["whys"] = [json.loads(text) if text else None for text in part["whys"]]
    part["carried"] = [json.loads(text) if text else None for text in part["carried"]]
    for told in filter(None, part["carried"]):
        told |= {item: _counted(ref, replaced) for item, ref in told.items()}
    return part


def _counted(ref: str, replaced: Mapping[str, str]) -> str:
    """The edition that counts today."""
    while ref in replaced:
        ref = replaced[ref]
    return ref
