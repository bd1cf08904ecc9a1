"""What a file brings, what is there, and what importing would do: the values that the matching takes and gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ddcat.access import Held
from ddcat.facts import Facts
from ddcat.faults import Fault
from ddcat.records import Agency, Assessment, Program
from ddcat.shelf import Volume

MOST_TAGS, LONGEST_TAG = 20, 40
"""How many tags a program has at most, and how many characters a tag."""

Key = tuple[str, ...]
"""What tells an agency or a program from every other: its ref, or of a new one, which has none, its name.

Agencies may share a name, so a name alone never stands for what is there.
"""


def agency_key(agency: Agency) -> Key:
    """What tells this agency from every other."""
    return (agency.ref,) if agency.ref else ("", agency.name.casefold())


def program_key(program: Program) -> Key:
    """What tells this program from every other."""
    return (program.ref,) if program.ref else ("", *agency_key(program.agency), program.name.casefold())


@dataclass(frozen=True, slots=True)
class Named:
    """A program as a row of a file names it, with facts and tags of it, and facts of its agency.

    `agency` is "" where the row does not tell.
    """

    agency: str
    program: str
    facts: Facts
    row: int
    of_agency: Facts = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """An assessment in a file: where it belongs, and what was rated with which instrument.

    `suspected` are the columns whose text looks like patient data, and that somebody said may stay. `ref` is the one
    that it has where it comes from, and what is carried names others by theirs. `rated` and `raters` say how its
    ratings came about, and how many people gave them, where the file tells.
    """

    named: Named
    assessment: Assessment
    volume: Volume
    suspected: tuple[str, ...] = ()
    ref: str = ""
    rated: str = ""
    raters: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every item is rated."""
        return len(self.assessment.ratings) == len(self.volume.instrument.items)


@dataclass(frozen=True, slots=True)
class Cargo:
    """All that files bring: their assessments, and the programs of a sheet of programs.

    `source` is the name of the file, `checksum` the SHA-256 of its bytes; `agency` runs the programs of rows that
    name no agency; `reason` says why a text that looks like patient data may stay.
    """

    source: str
    checksum: str
    arrivals: Sequence[Arrival]
    programs: Sequence[Named] = ()
    agency: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """The agencies and programs that are there, each with the roles of whoever imports, and her roles everywhere.

    `tags` are those of programs, by ref.
    """

    agencies: Sequence[Agency]
    programs: Sequence[Program]
    everywhere: Held
    tags: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """An assessment that is there; `period` counts them."""

    id: int
    ref: str
    program_ref: str
    instrument: str
    assessed_on: str
    kind: str | None
    rater: str
    period: int


@dataclass(frozen=True, slots=True)
class Place:
    """A program that the file names: as it will be, without a ref where it is new; its new facts and tags."""

    program: Program
    gained: Facts = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the program is not there yet."""
        return not self.program.ref


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing would do: `places` are the programs that the files name, each once, by its key.

    `coming` are the assessments to be created, with their place in `places` and the period each will count as;
    `here` those that are there already with the very same ratings, which are left out. `origins` are assessments
    that are there and that something is carried from, by the ref that the file calls them. `learning` are new facts
    of agencies, each agency by its key.
    """

    places: Mapping[Key, Place]
    coming: tuple[tuple[Arrival, Key, int], ...] = ()
    here: tuple[Arrival, ...] = ()
    faults: tuple[Fault, ...] = ()
    origins: Mapping[str, Past] = field(default_factory=dict)
    learning: Mapping[Key, tuple[Agency, Facts]] = field(default_factory=dict)

    @property
    def new_agencies(self) -> tuple[str, ...]:
        """Names of the agencies to be created, in the order of the file."""
        agencies = [place.program.agency for place in self.places.values()]
        return tuple({agency_key(each): each.name for each in agencies if not each.ref}.values())

    @property
    def new_programs(self) -> tuple[Place, ...]:
        """The programs to be created."""
        return tuple(place for place in self.places.values() if place.is_new)

    @property
    def changed_programs(self) -> tuple[Place, ...]:
        """The programs that are there and learn facts or gain tags."""
        return tuple(place for place in self.places.values() if (place.gained or place.tags) and not place.is_new)

    @property
    def changed_agencies(self) -> tuple[tuple[Agency, Facts], ...]:
        """The agencies that are there and learn facts."""
        return tuple((agency, gained) for agency, gained in self.learning.values() if agency.ref)
