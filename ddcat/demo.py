"""The programs that `ddcat demo` shows: invented, told in demo.toml, kept through the store."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ddcat import access, passwords, shelf, store, verifying
from ddcat.instrument import Instrument
from ddcat.store import agencies, assessments, people, programs, roles, sealing
from ddcat.store.assessments import Change

INSTRUMENT = "ddcat@4.0"
PASSWORD = "tide harbor lantern"

_STORY = Path(__file__).with_name("demo.toml")
_IDENTIFICATION = ("assessed_on", "kind", "rater", "period")

Told = Mapping[str, Any]
"""A table of demo.toml."""


def prepare(path: Path) -> None:
    """A filled database at this path, whole or not at all; one that is there already stays as it is."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=path.parent) as folder:
        making = store.file(Path(folder))
        store.migrate(making)
        fill(making)
        making.replace(path)


def fill(path: Path) -> None:
    """Fill an empty, migrated database at this path; agencies and people that are there stay."""
    teller = _Teller(path)
    with closing(teller.db.conn):
        story = tomllib.loads(_STORY.read_text(encoding="utf-8"))
        if not agencies.all(teller.db, teller.person):
            for agency in story["agency"]:
                teller.agency(agency)
        if people.is_new(teller.db):
            for person in story["person"]:
                teller.introduce(person)


def clear(folder: Path) -> None:
    """Remove the demo's database from this folder (ddcat.sqlite with -wal, -shm, and lock), nothing else.

    The log goes first: left behind, it would be taken for that of the next database.
    """
    file = store.file(folder)
    beside = [file.with_name(f"{file.name}{suffix}") for suffix in ("-wal", "-shm")]
    for path in (*beside, file, file.with_suffix(".lock")):
        path.unlink(missing_ok=True)


def ratings(instrument: Instrument, marks: str) -> dict[str, int]:
    """Ratings by item id from marks in paper order: a digit an item, `-` where not rated, blanks at will."""
    pairs = zip(instrument.items, marks.replace(" ", ""), strict=True)
    return {item.id: int(mark) for item, mark in pairs if mark != "-"}


class _Teller:
    """Puts what demo.toml tells into one database."""

    def __init__(self, path: Path) -> None:
        self.db = store.connect(path)
        self.person = people.first(self.db)
        self.volume = shelf.find(INSTRUMENT)
        self.instrument = self.volume.instrument
        self.password = passwords.hashed(PASSWORD)
        self.ids = {item.code: item.id for item in self.instrument.items}

    def introduce(self, told: Told) -> None:
        """Somebody with an account and what she is to whom; the administrator adopts all that was told before."""
        with store.writing(self.db):
            about = {"name": told["name"], "login": told["login"], "password": self.password}
            if told["role"] == access.Role.ADMINISTRATOR:
                people.adopt(self.db, **about)
                return
            person = people.create(self.db, self.person, **about)
            for place, ref in self.places(told):
                roles.insert(self.db, self.person, person, told["role"], place, ref)

    def places(self, told: Told) -> Iterator[tuple[str, str]]:
        """The agencies and programs where somebody is told to be, and every draft that she rates there."""
        for agency in agencies.all(self.db, self.person):
            if agency.name in told["where"]:
                yield "agency", agency.ref
        for program in programs.all(self.db, self.person):
            is_hers = program.name in told["where"]
            if is_hers:
                yield "program", program.ref
            if told["role"] == access.Role.RATER and (is_hers or program.name == told.get("peer_in")):
                for assessment in assessments.of_program(self.db, self.person, program.ref):
                    if not assessment.is_sealed:
                        yield "assessment", assessment.ref

    def agency(self, told: Told) -> None:
        """An agency with its programs."""
        agency = agencies.add(self.db, self.person, told["name"], told["facts"])
        for program in told["program"]:
            self.program(agency.ref, program)

    def program(self, agency_ref: str, told: Told) -> None:
        """A program with its assessments, if it has any."""
        program = programs.add(self.db, self.person, agency_ref, told["name"], told["facts"])
        for assessment in told.get("assessment", []):
            self.assessment(program.ref, assessment)

    def assessment(self, program_ref: str, told: Told) -> None:
        """An assessment as far as it went: a draft, sealed, or sealed and amended."""
        volume = (self.volume.checksum, self.instrument.name, self.volume.data)
        who_when = {name: told[name] for name in _IDENTIFICATION}
        ref = assessments.start(self.db, self.person, program_ref, volume, **who_when)
        assessments.change_cover(self.db, self.person, ref, **who_when, cover=told["cover"])
        self.save(ref, ratings(self.instrument, told["ratings"]), told["evidence"])
        if told["sealed"]:
            self.seal(ref)
        if amendment := told.get("amendment"):
            amended = assessments.amend(self.db, self.person, ref, amendment["reason"])
            changed = {self.ids[code]: rating for code, rating in amendment["ratings"].items()}
            self.save(amended, changed, amendment["evidence"])
            self.seal(amended)

    def save(self, ref: str, ratings: Mapping[str, int], evidence: Mapping[str, str]) -> None:
        """Save these ratings, and this evidence by item code, over what a draft says."""
        draft = assessments.get(self.db, self.person, ref)
        seen = {self.ids[code]: text for code, text in evidence.items()}
        changes = {}
        for id in ratings.keys() | seen.keys():
            said = draft.said(id)
            changes[id] = Change(ratings.get(id, said.value), seen.get(id, said.evidence), said.revision)
        assessments.save(self.db, self.person, ref, changes)

    def seal(self, ref: str) -> None:
        """Seal a draft with its result."""
        draft = assessments.get(self.db, self.person, ref)
        record = verifying.record(self.instrument, draft, by=self.person.ref, at=store.now())
        sealing.seal(self.db, self.person, draft, record)
