"""Ratings of a draft: saved item by item, alone, together, or as raters agreed on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from ddcat.progress import DRAFT, IN_PROGRESS
from ddcat.records import Person, Rating
from ddcat.store import trail
from ddcat.store.connection import now, writing
from ddcat.store.reading import carried_of, draft_of, is_alone, log, mine, raters_of, ratings_of


class NotGiven(Exception):
    """This is not (or no longer) this person's to rate."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rating and its reason as somebody now wants them, made over `revision`."""

    value: int | None
    why: str
    revision: int


@dataclass(frozen=True, slots=True)
class Saved:
    """The new revision of every item that was saved, what stands in the way of the others, and the moment in UTC."""

    revisions: Mapping[str, int]
    conflicts: Mapping[str, Rating]
    at: str = field(default="", compare=False)


def save(
    db: Database, person: Person, ref: str, changes: Mapping[str, Change], reasons: Mapping[str, str] | None = None
) -> Saved:
    """Save these items of a draft, each for itself: one made over an old revision is a conflict and stays.

    Where raters rate alone each has her own set; else there is one, and whoever saves an item takes it over. An item
    that already says the same is no conflict. A rating that was carried is given anew by saving it, even as it was.
    `reasons` say by item why a text that looks like patient data may stay; those of saved items are logged.
    Raises Missing, Frozen or NotGiven; then nothing is saved.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        given = mine(row, raters_of(db, row))
        if given is not None and not changes.keys() <= given:
            raise NotGiven(ref)
        whose = "AND person_id = :person" if is_alone(row) else ""
        saved, said = _merge(db, "rating", row, person, changes, whose)
        _log_overruled(db, row, person, said, reasons)
        if said:
            begin(db, row, person)
            log(db, person, "rate", row, trail.changed(said))
    return saved


def begin(db: Database, row: Mapping[str, Any], person: Person) -> None:
    """What was given to this person is in progress from her first save on."""
    db.execute(
        "UPDATE assignment SET state = ?, changed_at = ? WHERE assessment_id = ? AND person_id = ? AND state = ?",
        [IN_PROGRESS, now(), row["id"], person.id, DRAFT],
    )


def agree(
    db: Database, person: Person, ref: str, changes: Mapping[str, Change], reasons: Mapping[str, str] | None = None
) -> Saved:
    """Save what raters who rated alone have agreed on, as `save` does. Raises Missing, Frozen or NotGiven.

    Whether this person may do that is judged by who calls.
    """
    with writing(db):
        row = draft_of(db, person, ref)
        if not row["is_blind"] or is_alone(row):
            raise NotGiven(ref)
        saved, said = _merge(db, "agreed", row, person, changes, "")
        _log_overruled(db, row, person, said, reasons)
        if said:
            log(db, person, "agree", row, trail.changed(said))
    return saved


def _log_overruled(
    db: Database,
    row: Mapping[str, Any],
    person: Person,
    said: Mapping[str, Any],
    reasons: Mapping[str, str] | None,
) -> None:
    kept = {f"{item} why": (None, why) for item, why in (reasons or {}).items() if item in said}
    if kept:
        log(db, person, "overrule", row, kept)


def _merge(
    db: Database,
    table: str,
    row: Mapping[str, Any],
    person: Person,
    changes: Mapping[str, Change],
    whose: str,
) -> tuple[Saved, dict[str, tuple[Any, Any]]]:
    """Every change that was made over what stands now, and old and new values of what it changed, by name."""
    revisions: dict[str, int] = {}
    conflicts: dict[str, Rating] = {}
    said: dict[str, tuple[Any, Any]] = {}
    at = now()
    known = {item: Rating(value, why, revision) for item, value, why, revision, *_rest in ratings_of(db, row)}
    carried = carried_of(db, row)
    for item, change in changes.items():
        standing = known.get(item, Rating())
        if (standing.value, standing.why) == (change.value, change.why) and item not in carried:
            revisions[item] = standing.revision
        elif standing.revision != change.revision:
            conflicts[item] = standing
        else:
            revisions[item] = change.revision + 1
            said[item] = (standing.value, change.value)
            said[f"{item} why"] = (standing.why or None, change.why or None)
            one = {"id": row["id"], "person": person.id, "item": item}
            db.execute(f"DELETE FROM {table} WHERE assessment_id = :id AND item = :item {whose}", one)
            db.execute(
                f"INSERT INTO {table} (assessment_id, person_id, item, value, why, revision, saved_at)"
                " VALUES (:id, :person, :item, :value, :why, :revision, :at)",
                one | {"value": change.value, "why": change.why, "revision": change.revision + 1, "at": at},
            )
            if item in carried:
                said[f"{item} carried from"] = (carried[item].assessment, None)
                db.execute("DELETE FROM carried WHERE assessment_id = :id AND item = :item", one)
    return Saved(revisions, conflicts, at), said
