"""Ratings carried forward: a draft begins with those of a sealed assessment, each marked until it is rated anew.

A carried rating keeps who gave it and when; evidence and reasons stay where they were written. What was carried
already keeps the assessment in which it was given, however often it is carried again. Ratings are carried within one
kind of rater and to a later day: a self-rating never becomes an external one. Who rates alone begins with nothing:
`clear` takes away what was carried.
"""

from collections.abc import Collection, Mapping
from typing import Any

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import saving
from ddcat.store.connection import Missing
from ddcat.store.reading import carried_of, draft_of, log, ratings_of, read, row_of
from ddcat.store.saving import Change, Saved

_RATINGS = """
INSERT INTO rating (assessment_id, person_id, item, value, why, revision, saved_at)
SELECT :new, person_id, item, value, '', 1, saved_at FROM {table}
WHERE assessment_id = :old AND value IS NOT NULL AND item NOT IN (
  SELECT item FROM carried JOIN assessment AS source ON source.id = from_id
  WHERE carried.assessment_id = :old AND source.kind IS NOT :kind
)
"""
_MARKS = """
INSERT INTO carried (assessment_id, item, from_id)
SELECT :new, rating.item, coalesce(before.from_id, :old) FROM rating
LEFT JOIN carried AS before ON before.assessment_id = :old AND before.item = rating.item
WHERE rating.assessment_id = :new
"""
_LAST_GIVEN = "SELECT max(assessed_on) FROM carried JOIN assessment ON id = from_id WHERE assessment_id = ?"
_CLEARED = (
    "DELETE FROM rating WHERE assessment_id = :id"
    " AND item IN (SELECT item FROM carried WHERE carried.assessment_id = :id)",
    "DELETE FROM carried WHERE assessment_id = :id",
)


class Unfit(ValueError):
    """Ratings are carried within one kind of rater, and to a later day: not so here."""


def carry(db: Database, person: Person, row: Mapping[str, Any], from_ref: str) -> None:
    """Begin a draft (its row) with the ratings of a sealed assessment, inside the transaction that starts it.

    Raises Missing unless that is one of the same program, with the very same instrument, that this person may see;
    Unfit unless it is of the same kind of rater and of an earlier day. What it carried itself from another kind of
    rater begins unrated.
    """
    earlier = row_of(db, person, from_ref)
    is_alike = all(earlier[name] == row[name] for name in ("program_ref", "checksum"))
    if not earlier["sealed_at"] or not is_alike:
        raise Missing(from_ref)
    if earlier["kind"] != row["kind"] or earlier["assessed_on"] >= row["assessed_on"]:
        raise Unfit(from_ref)
    ids = {"old": earlier["id"], "new": row["id"]}
    db.execute(_RATINGS.format(table="agreed" if earlier["is_blind"] else "rating"), ids | {"kind": row["kind"]})
    db.execute(_MARKS, ids)
    said = {item: (None, value) for item, value, *_rest in ratings_of(db, row)}
    log(db, person, "carry", row, {"carried from": (None, from_ref), **said})


def check(db: Database, row: Mapping[str, Any], kind: str | None, assessed_on: str) -> None:
    """Raises Unfit where a draft (its row) is to get a kind of rater or a day that what it carries does not fit.

    What the draft says already may stay: an amendment of what was imported keeps its day.
    """
    (given_on,) = db.execute(_LAST_GIVEN, [row["id"]]).fetchone()
    is_earlier = assessed_on != row["assessed_on"] and assessed_on <= (given_on or "")
    if is_earlier or (given_on and kind != row["kind"]):
        raise Unfit(row["ref"])


def keep(db: Database, person: Person, ref: str, items: Collection[str]) -> Saved:
    """Say of these items, as far as they are carried, that their ratings are still true: they are given anew.

    Raises Missing, Frozen or NotGiven as `saving.save`; then none is kept.
    """
    standing = read(db, draft_of(db, person, ref))
    ratings = {item: standing.said(item) for item in items if item in standing.carried}
    return saving.save(
        db, person, ref, {item: Change(one.value, one.why, one.revision) for item, one in ratings.items()}
    )


def clear(db: Database, row: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Take away every carried rating of a draft (its row) that nobody gave anew; what it took, for the trail."""
    carried = carried_of(db, row)
    said = {item: (value, None) for item, value, *_rest in ratings_of(db, row) if item in carried}
    for statement in _CLEARED:
        db.execute(statement, {"id": row["id"]})
    return said
