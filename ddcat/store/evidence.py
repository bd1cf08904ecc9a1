"""Lines of evidence of a draft: added, changed, taken away and brought back, each with its trail."""

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from ddcat import access
from ddcat.records import Evidence, Person
from ddcat.store import roles, trail
from ddcat.store.connection import Missing, new_ref, now, update, writing
from ddcat.store.reading import Stale, draft_of, evidence_of, is_alone, log, mine, raters_of, row_of
from ddcat.store.saving import NotGiven, begin

_TEXTS = ("seen", "place", "seen_by")
_CODES = ("source", "seen_on", "finding", "counts", "n", "is_everybody", "supports")


def get(db: Database, person: Person, ref: str, line_ref: str) -> Evidence:
    """One line that this person may see, taken away or not. Raises Missing."""
    return _line(db, row_of(db, person, ref), line_ref)


def removed(db: Database, person: Person, ref: str) -> list[Evidence]:
    """The lines of an assessment that were taken away and can be brought back. Raises Missing."""
    return evidence_of(db, row_of(db, person, ref), removed=True)


def may_write(db: Database, person: Person, ref: str, item: str) -> bool:
    """Whether this person may write evidence for an item now. Raises Missing."""
    return _may_write(db, row_of(db, person, ref), item)


def add(db: Database, person: Person, ref: str, line: Evidence) -> str:
    """Add a line to a draft; its ref. Raises Missing, Frozen or NotGiven."""
    with writing(db):
        row = _writable(db, person, ref, line.item)
        new = new_ref()
        values = _values(line) | {
            "ref": new,
            "assessment_id": row["id"],
            "person_id": person.id,
            "item": line.item,
            "of_meeting": int(bool(row["is_blind"]) and not is_alone(row)),
            "revision": 1,
            "saved_at": now(),
        }
        db.table("evidence").insert(values)
        begin(db, row, person)
        log(db, person, "add evidence", row, trail.changed(_said(line.item, None, line)))
        return new


def change(db: Database, person: Person, ref: str, line: Evidence) -> None:
    """Change a line, made over its revision; whoever does takes it over.

    Raises Missing, Frozen, NotGiven or Stale.
    """
    with writing(db):
        row, standing = _own(db, person, ref, line.ref)
        if _values(standing) == _values(line):
            return
        if standing.revision != line.revision:
            raise Stale(line.ref)
        values = _values(line) | {"person_id": person.id, "revision": line.revision + 1, "saved_at": now()}
        update(db, "evidence", line.ref, values)
        log(db, person, "change evidence", row, trail.changed(_said(standing.item, standing, line)))


def remove(db: Database, person: Person, ref: str, line_ref: str) -> None:
    """Take a line away; `restore` brings it back. Raises Missing, Frozen or NotGiven."""
    _set_removed(db, person, ref, line_ref, "remove evidence", now())


def restore(db: Database, person: Person, ref: str, line_ref: str) -> None:
    """Bring a line back that was taken away. Raises Missing, Frozen or NotGiven."""
    _set_removed(db, person, ref, line_ref, "restore evidence", None)


def _set_removed(db: Database, person: Person, ref: str, line_ref: str, act: str, at: str | None) -> None:
    with writing(db):
        row, line = _own(db, person, ref, line_ref)
        if (line.removed_at is None) != (at is None):
            db.execute("UPDATE evidence SET removed_at = ? WHERE ref = ?", [at, line_ref])
            log(db, person, act, row, {f"{line.item} evidence": (None, line_ref)})


def _line(db: Database, row: Mapping[str, Any], line_ref: str) -> Evidence:
    lines = evidence_of(db, row) + evidence_of(db, row, removed=True)
    found = next((line for line in lines if line.ref == line_ref), None)
    if found is None:
        raise Missing(line_ref)
    return found


def _own(db: Database, person: Person, ref: str, line_ref: str) -> tuple[dict[str, Any], Evidence]:
    """A line that this person may change: what raters saw while they rated alone stays as they wrote it."""
    row = draft_of(db, person, ref)
    line = _line(db, row, line_ref)
    is_kept = row["is_blind"] and not is_alone(row) and not line.of_meeting
    if is_kept or not _may_write(db, row, line.item):
        raise NotGiven(ref)
    return row, line


def _writable(db: Database, person: Person, ref: str, item: str) -> dict[str, Any]:
    row = draft_of(db, person, ref)
    if not _may_write(db, row, item):
        raise NotGiven(ref)
    return row


def _may_write(db: Database, row: Mapping[str, Any], item: str) -> bool:
    if row["is_blind"] and not is_alone(row):
        return access.may(access.Act.AGREE, roles.held(row["held"]))
    given = mine(row, raters_of(db, row))
    return given is None or item in given


def _values(line: Evidence) -> dict[str, Any]:
    codes = {name: getattr(line, name) for name in _CODES}
    texts = {name: getattr(line, name) for name in _TEXTS}
    counts = {"counts": json.dumps(dict(sorted(line.counts.items())))}
    return codes | texts | counts | {"is_everybody": int(line.is_everybody)}


def _said(item: str, old: Evidence | None, new: Evidence) -> dict[str, tuple[Any, Any]]:
    """Old and new values for the trail: the codes of a line together, each of its texts so that it can be erased."""

    def codes(line: Evidence | None) -> dict[str, Any] | None:
        return {name: getattr(line, name) for name in _CODES if getattr(line, name)} if line else None

    texts = {
        f"{item} {name.replace('_', ' ')}": (
            (getattr(old, name) or None) if old else None,
            getattr(new, name) or None,
        )
        for name in _TEXTS
    }
    return {f"{item} evidence": (codes(old), codes(new))} | texts
