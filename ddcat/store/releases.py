"""What peers come to, quarter by quarter: released once, and never changed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction

from sqlite_utils import Database

from ddcat.facts import Facts
from ddcat.pooling import Behind, Key, Peers
from ddcat.scoring import Ratings
from ddcat.store.connection import now, writing

_NEWEST = """
SELECT id, is_blind, checksum, name, kind, agency, facts FROM (
  SELECT assessment.id, is_blind, checksum, instrument.name, kind, agency.ref AS agency, program.facts,
    row_number() OVER (
      PARTITION BY program_id, substr(instrument.name, 1, instr(instrument.name, '@'))
      ORDER BY assessed_on DESC, assessment.id DESC
    ) AS place
  FROM assessment
  JOIN instrument ON instrument.checksum = assessment.instrument
  JOIN program ON program.id = program_id
  JOIN agency ON agency.id = agency_id
  WHERE sealed_at < :before AND NOT EXISTS (
    SELECT 1 FROM assessment AS later
    WHERE later.amends_id = assessment.id AND later.sealed_at < :before AND later.deleted_at IS NULL
  )
) WHERE place = 1
"""


class Made(Exception):
    """This quarter, or a later one, was released already."""


@dataclass(frozen=True, slots=True)
class Rated:
    """The newest sealed assessment of a program: who runs it (a ref), its facts today, and how it was rated."""

    agency: str
    facts: Facts
    kind: str | None
    checksum: str
    instrument: str
    ratings: Ratings


def newest(db: Database, before: str) -> Iterator[Rated]:
    """Of every program, and each instrument it was rated with, what was sealed last before this day.

    An edition counts unless an amendment of it was sealed before that day too. The caller judges who asks.
    """
    for id, is_blind, checksum, name, kind, agency, facts in db.execute(_NEWEST, {"before": before}).fetchall():
        table = "agreed" if is_blind else "rating"
        said = f"SELECT item, value FROM {table} WHERE assessment_id = ? AND value IS NOT NULL"
        yield Rated(agency, json.loads(facts), kind, checksum, name, dict(db.execute(said, [id])))


def last(db: Database) -> str | None:
    """The last quarter that was released."""
    found: str | None = db.execute("SELECT max(quarter) FROM release").fetchone()[0]
    return found


def behind(db: Database) -> dict[str, dict[Key, Behind]]:
    """What the last release of every group was made from, by instrument."""
    found: dict[str, dict[Key, Behind]] = {}
    for instrument, grouping, code, made_from in db.execute(
        "SELECT instrument, grouping, code, behind FROM peers ORDER BY quarter"
    ):
        found.setdefault(instrument, {})[grouping, code] = json.loads(made_from)
    return found


def keep(db: Database, quarter: str, released: Mapping[str, Mapping[Key, tuple[Peers, Behind]]]) -> None:
    """Keep what was made of a quarter, by instrument, for good. Raises Made."""
    with writing(db):
        if (last(db) or "") >= quarter:
            raise Made(quarter)
        db.execute("INSERT INTO release VALUES (?, ?)", [quarter, now()])
        for instrument, of_groups in released.items():
            for (grouping, code), (peers, made_from) in of_groups.items():
                row = [instrument, grouping, code, quarter, json.dumps(asdict(peers), default=str)]
                db.execute("INSERT INTO peers VALUES (?, ?, ?, ?, ?, ?)", [*row, json.dumps(made_from)])


def shown(db: Database, instrument: str, grouping: str, code: str) -> tuple[str, Peers] | None:
    """The quarter of the last release of a group, and what it showed."""
    row = db.execute(
        "SELECT quarter, shown FROM peers WHERE instrument = ? AND grouping = ? AND code = ?"
        " ORDER BY quarter DESC LIMIT 1",
        [instrument, grouping, code],
    ).fetchone()
    return (row[0], _peers(json.loads(row[1]))) if row else None


def _peers(said: Mapping[str, object]) -> Peers:
    ends = {name: tuple(map(Fraction, value)) for name, value in said.items() if isinstance(value, list)}
    return Peers(**{**said, **ends})  # type: ignore[arg-type]
