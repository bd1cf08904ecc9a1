"""Tags: words that a program is found by, among others; whoever sees the program sees them."""

from collections.abc import Iterable
from itertools import zip_longest

from sqlite_utils import Database

from ddcat.records import Person
from ddcat.store import programs, roles, trail
from ddcat.store.connection import writing
from ddcat.store.reading import Stale


def of_program(db: Database, person: Person, program_ref: str) -> tuple[str, ...]:
    """The tags of a program that this person may see, by the alphabet. Raises Missing."""
    programs.get(db, person, program_ref)
    return _tags(db, program_ref)


def change(
    db: Database, person: Person, program_ref: str, words: Iterable[str], shown: Iterable[str] | None = None
) -> None:
    """Give a program these tags and no other; one that differs only in capitals is one.

    `shown` are the tags that it had when this person looked. Raises Missing, or Stale where it has others by now.
    Whether this person may do that is judged by who calls.
    """
    with writing(db):
        program = programs.get(db, person, program_ref)
        old, new = _tags(db, program_ref), _sorted({word.casefold(): word for word in words}.values())
        if old == new:
            return
        if shown is not None and old != _sorted(shown):
            raise Stale(program_ref)
        id = roles.id_of(db, "program", program_ref)
        db.execute("DELETE FROM tag WHERE program_id = ?", [id])
        db.conn.executemany("INSERT INTO tag (program_id, word) VALUES (?, ?)", [(id, word) for word in new])
        # Each word stands for itself, so that one can be erased; under "facts", where what people type is found.
        gone, come = ([word for word in one if word not in other] for one, other in ((old, new), (new, old)))
        changes = {f"facts/tag {n}": sides for n, sides in enumerate(zip_longest(gone, come), 1)}
        about = {"agency": program.agency.ref, "program": program_ref}
        trail.add(db, person, "tag", "program", program_ref, **about, changes=changes)


def _tags(db: Database, program_ref: str) -> tuple[str, ...]:
    sql = "SELECT word FROM tag WHERE program_id = (SELECT id FROM program WHERE ref = ?)"
    return _sorted(word for (word,) in db.execute(sql, [program_ref]))


def _sorted(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: (word.casefold(), word)))
