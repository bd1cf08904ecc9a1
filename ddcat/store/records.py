"""Sealed records: each given out as one file, and asked whether it is what was sealed."""

from dataclasses import replace

from sqlite_utils import Database

from ddcat import seal, verifying
from ddcat.access import Act, may
from ddcat.records import Assessment, Person
from ddcat.seal import place
from ddcat.store import assessments, blind, instruments, kept, trail
from ddcat.store.connection import Missing, Unusable


def export(db: Database, person: Person | None, ref: str) -> bytes:
    """The record of a sealed assessment as one file; `person` None is the command line. Raises Missing or Unusable.

    With it stand the entries of its program's trail; only its own for who may not read the trail, or is told of one
    of them but the hash, and without those; always those that erased something of it.
    """
    may_read = person is None or may(Act.READ_TRAIL, assessments.get(db, person, ref).held)
    record = kept.record(db, ref)
    if record is None or record.assessment is None:
        raise Missing(ref)
    hidden = blind.hidden(db, person, record.assessment["program_ref"].decode())
    try:
        data = instruments.data(db, record.assessment["checksum"].decode())
        erased = seal.erasures(kept.erasing(db))
        erasing = {n for where, n in erased.items() if where.startswith(place("assessment", ref, ""))}
        entries = kept.entries_of(db, ref, erasing, of_program=may_read and not hidden)
        told = (entry for entry in entries if entry.n not in hidden)
        return seal.export(record, data, told, erased, trail.head(db))
    except (ValueError, LookupError) as error:
        raise Unusable(f"the record cannot be read; ddcat verify says more: {error}") from error


def proven(db: Database, person: Person, ref: str) -> Assessment:
    """An assessment that this person may see, without its hash where it is not what was sealed. Raises Missing."""
    assessment = assessments.get(db, person, ref)
    if assessment.is_sealed and not is_intact(db, ref):
        return replace(assessment, hash=None)
    return assessment


def is_intact(db: Database, ref: str) -> bool:
    """Whether a sealed assessment is still what its record says, texts and all. The caller judges who asks."""
    return verifying.Verification(kept.one(db, ref)).is_intact()
