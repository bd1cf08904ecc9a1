"""Who rates what in a draft: items given with a due date, rating alone, submitting, accepting."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from ddcat.progress import ACCEPTED, CHANGES_REQUESTED, HANDED_IN, IN_PROGRESS, ITEMS_CHANGED, SUBMITTED
from ddcat.records import Assessment, Person, Rater
from ddcat.seal import canonical
from ddcat.store import carrying, trail
from ddcat.store.blind import IS_HANDED_IN
from ddcat.store.connection import Missing, now, writing
from ddcat.store.reading import (
    IN_ORDER,
    SEEN,
    draft_of,
    is_alone,
    is_seen,
    log,
    raters_of,
    read,
    row_of,
)
from ddcat.store.roles import Fixed
from ddcat.store.saving import NotGiven

# Whether anybody was ever named in an assessment, or said anything in it: what a way of working can hang on.
_NAMED = """
SELECT 1 FROM trail JOIN trail_value AS place ON place.n = trail.n JOIN trail_value AS role ON role.n = trail.n
WHERE program = ? AND act = 'give role' AND place.name = 'place' AND place.side = 'new' AND place.value = ?
  AND role.name = 'role' AND role.value = '"rater"' LIMIT 1
"""
# What was carried into a draft nobody has said in it yet; in an amendment it was said.
_SAID = (
    "SELECT 1 FROM rating JOIN assessment ON assessment.id = assessment_id WHERE assessment_id = ? AND"
    " (amends_id IS NOT NULL OR item NOT IN (SELECT item FROM carried WHERE carried.assessment_id = assessment.id))"
    " LIMIT 1",
    "SELECT 1 FROM evidence WHERE assessment_id = ? LIMIT 1",
    "SELECT 1 FROM assignment WHERE assessment_id = ? AND state != 'draft' LIMIT 1",
)


class Begun(Exception):
    """Somebody has begun to rate, so how raters work can no longer change."""


def get(db: Database, person: Person, ref: str, rater_ref: str) -> Rater:
    """What was given to somebody, as far as this person may know. Raises Missing."""
    found = (rater for _id, rater in raters_of(db, row_of(db, person, ref)) if rater.ref == rater_ref)
    rater = next(found, None)
    if rater is None:
        raise Missing(rater_ref)
    return rater


def give(
    db: Database, person: Person, ref: str, rater_ref: str, *, items: Iterable[str], due_on: str | None, stands: str
) -> None:
    """Give somebody these items of a draft (none: all of them) with a due date. Raises Missing, Frozen or Fixed.

    Who had handed in goes on where other items are given to her, and is told why. Whether this person may do that is
    judged by who calls, here and below.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        if row["is_blind"] and not is_alone(row):
            raise Fixed(ref)
        old = get(db, person, ref, rater_ref)
        new = {"items": sorted(items), "due_on": due_on, "stands": stands}
        was = {"items": sorted(old.items), "due_on": old.due_on, "stands": old.stands}
        said = trail.changed({name: (was[name] or None, new[name] or None) for name in new})
        if said:
            _change(db, row["id"], rater_ref, new | {"items": json.dumps(new["items"])})
            if "items" in said:
                _go_on(db, row["id"], rater_ref)
            log(db, person, "assign", row, {"rater": (None, old.name), **said})


def rate_alone(db: Database, person: Person, ref: str) -> None:
    """From now on every rater of this draft rates alone; ratings that were carried are taken away.

    Raises Missing, Frozen, or Begun once anything is rated.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        if row["is_blind"]:
            return
        if _is_late(db, row):
            raise Begun(ref)
        cleared = carrying.clear(db, row)
        db.execute("UPDATE assessment SET is_blind = 1 WHERE id = ?", [row["id"]])
        log(db, person, "rate alone", row, cleared)


def rate_together(db: Database, person: Person, ref: str) -> None:
    """Back to one set of ratings. Raises Missing, Frozen, or Begun once any rater was named.

    To refuse only when somebody has rated alone would tell that she has.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        if not row["is_blind"]:
            return
        if _is_late(db, row):
            raise Begun(ref)
        db.execute("UPDATE assessment SET is_blind = 0 WHERE id = ?", [row["id"]])
        log(db, person, "rate together", row, {})


def has_begun(db: Database, person: Person, ref: str) -> bool:
    """Whether it is too late to choose how raters work, as far as anybody may know. Raises Missing."""
    return _is_late(db, row_of(db, person, ref))


def submit(db: Database, person: Person, ref: str) -> None:
    """Hand in what this person was given; it no longer changes. Raises Missing, Frozen, or NotGiven."""
    with writing(db):
        row = draft_of(db, person, ref)
        own = get(db, person, ref, person.ref)
        if own.state in HANDED_IN:
            return
        _change(db, row["id"], person.ref, {"state": SUBMITTED, "note": ""})
        # The state is said with its salt: an entry without one could be guessed from its hash.
        log(db, person, "submit", row, {"state": (own.state, SUBMITTED)})


def take_back(db: Database, person: Person, ref: str) -> None:
    """Go on with what was handed in, unless others have seen or accepted it. Raises Missing, Frozen or NotGiven."""
    with writing(db):
        row = draft_of(db, person, ref)
        own = get(db, person, ref, person.ref)
        if own.state != SUBMITTED or (row["is_blind"] and not is_alone(row)):
            raise NotGiven(ref)
        _change(db, row["id"], person.ref, {"state": IN_PROGRESS})
        log(db, person, "take back", row, {"state": (own.state, IN_PROGRESS)})


def accept(db: Database, person: Person, ref: str, rater_ref: str) -> None:
    """Accept what a rater handed in. Raises Missing, Frozen, or NotGiven where nothing is handed in."""
    _judge(db, person, ref, rater_ref, "accept", {"state": ACCEPTED, "note": ""})


def request_changes(db: Database, person: Person, ref: str, rater_ref: str, note: str) -> None:
    """Give a rater back what she handed in, and say what should change. Raises as `accept`, and Fixed.

    Who has rated alone and been seen by the others cannot rate alone again.
    """
    if row_of(db, person, ref)["is_blind"]:
        raise Fixed(ref)
    _judge(db, person, ref, rater_ref, "request changes", {"state": CHANGES_REQUESTED, "note": note})


def answer(db: Database, person: Person, ref: str, texts: Mapping[str, str]) -> None:
    """Keep what is answered to checks, by key; "" takes an answer back.

    Raises Missing, Frozen, or NotGiven while raters rate alone: an assessment has one answer to each check.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        if is_alone(row):
            raise NotGiven(ref)
        old = {key: said.text for key, said in read(db, row).answers.items()}
        said = trail.changed({f"answer/{key}": (old.get(key), text or None) for key, text in texts.items()})
        for key, text in texts.items():
            if text == old.get(key, ""):
                continue
            db.execute("DELETE FROM answer WHERE assessment_id = ? AND finding = ?", [row["id"], key])
            if text:
                db.execute(
                    "INSERT INTO answer (assessment_id, finding, text, person_id, saved_at) VALUES (?, ?, ?, ?, ?)",
                    [row["id"], key, text, person.id, now()],
                )
        if said:
            log(db, person, "answer", row, said)


def _judge(db: Database, person: Person, ref: str, rater_ref: str, act: str, to: dict[str, str]) -> None:
    with writing(db):
        row = draft_of(db, person, ref)
        rater = get(db, person, ref, rater_ref)
        if is_alone(row) or rater.state not in HANDED_IN:
            raise NotGiven(ref)
        if rater.state == to["state"]:
            return
        _change(db, row["id"], rater_ref, to)
        log(db, person, act, row, {"rater": (None, rater.name), "note": (None, to["note"] or None)})


def awaiting(db: Database, person: Person) -> list[Assessment]:
    """The drafts this person sees in which what a rater handed in awaits an answer, oldest first."""
    where = (
        "WHERE assessment.sealed_at IS NULL AND assessment.deleted_at IS NULL AND assessment.is_blind = 0"
        f" AND assessment.id IN (SELECT assessment_id FROM assignment WHERE state = '{SUBMITTED}') "
    )
    return [read(db, row) for row in list(db.query(SEEN + where + IN_ORDER, {"person": person.id})) if is_seen(row)]


def _is_late(db: Database, row: Mapping[str, Any]) -> bool:
    """Whether anything was said, or, where raters rate alone, whether anybody was ever named."""
    if row["is_blind"]:
        place = canonical(["assessment", row["ref"]]).decode()
        return db.execute(_NAMED, [row["program_ref"], place]).fetchone() is not None
    return any(db.execute(said, [row["id"]]).fetchone() for said in _SAID)


def _go_on(db: Database, assessment_id: int, rater_ref: str) -> None:
    """What was handed in is in progress again, and she reads why, whoever else may know of it."""
    db.execute(
        f"UPDATE assignment SET state = ?, note = ? WHERE assessment_id = ? AND {IS_HANDED_IN}"
        " AND person_id = (SELECT id FROM person WHERE ref = ?)",
        [IN_PROGRESS, ITEMS_CHANGED, assessment_id, rater_ref],
    )


def _change(db: Database, assessment_id: int, rater_ref: str, values: Mapping[str, object]) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(
        f"UPDATE assignment SET {columns}, changed_at = :at WHERE assessment_id = :id"
        " AND person_id = (SELECT id FROM person WHERE ref = :rater)",
        {**values, "at": now(), "id": assessment_id, "rater": rater_ref},
    )
