"""`ddcat verify` on 1,000 sealed records with all that leads to them, against SHA-256 of the same bytes in memory.

The floor hashes every record, text, value and entry once, as they are, with nothing read, compared or scored.
"""

from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from clock import in_turn, tell, timed

from ddcat import shelf, store, verifying
from ddcat.seal import Kept
from ddcat.store import agencies, assessments, kept, people, programs, saving, sealing
from ddcat.store.saving import Change

RECORDS = 1_000
ROUNDS = 5


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        file = store.file(Path(name))
        fill(file)
        with kept.reading(file) as db:
            same = list(hashed(kept.everything(db)))

        def product() -> float:
            return RECORDS / timed(lambda: verify(file))

        def floor() -> float:
            return RECORDS / timed(lambda: [sha256(data).digest() for data in same])

        figures = in_turn(floor, product, ROUNDS)
    size = sum(map(len, same)) / RECORDS / 1024
    print(f"{size:.1f} KB a record, in {len(same) / RECORDS:.0f} pieces")
    tell("records verified", figures, "records/s", "none", more_is_better=True)


def fill(file: Path) -> None:
    """Records of the real instrument, every item rated, with the reason."""
    store.migrate(file)
    volume, chance = shelf.find("ddcat@4.0"), Random(4)
    instrument = volume.instrument
    with closing((db := store.connect(file)).conn):
        db.execute("PRAGMA synchronous = OFF")
        person = people.first(db)
        program = programs.add(db, person, agencies.add(db, person, "Rosewood", {}).ref, "Day house", {})
        about = {"assessed_on": "2026-11-22", "kind": "self", "rater": "R. Invented", "period": 1}
        for _number in range(RECORDS):
            bytes = (volume.checksum, instrument.name, volume.data)
            ref = assessments.start(db, person, program.ref, bytes, **about)
            seen = "Ten charts of the last month, drawn at random; eight of them say so."
            given = {item.id: Change(chance.choice(item.ratings), seen, 0) for item in instrument.items}
            saving.save(db, person, ref, given)
            draft = assessments.get(db, person, ref)
            record = verifying.record(instrument, draft, by=person.ref, at=store.now())
            sealing.seal(db, person, draft, record)


def hashed(everything: Kept) -> Iterator[bytes]:
    """The bytes that records, texts, entries and values stand under a hash with."""
    for entry in everything.entries:
        yield b"".join(entry.row.values())
        yield from (b"".join(value[2:]) for value in entry.values)
    for record in everything.records:
        yield record.core
        yield from (b"".join(filter(None, text)) for text in record.texts.values())


def verify(file: Path) -> None:
    """What the command does."""
    with kept.reading(file) as db:
        verification = verifying.Verification(kept.everything(db))
        assert not list(verification)
        assert verification.n_records == RECORDS


if __name__ == "__main__":
    main()
