"""What a file of assessments would create and change, before anything is: its rows against what is there. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ddcat.access import Act, Held, may
from ddcat.facts import Facts
from ddcat.faults import Fault
from ddcat.records import Agency, Assessment, Program
from ddcat.shelf import Volume
from ddcat.words import _

Key = tuple[str, str]
"""Agency and program by name, as they are compared."""


@dataclass(frozen=True, slots=True)
class Named:
    """A program as a row of a file names it, with facts of it; `agency` is "" where the row does not tell."""

    agency: str
    program: str
    facts: Facts
    row: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """An assessment in a file: where it belongs, and what was rated with which instrument.

    `suspected` are the columns whose text looks like patient data, and that somebody said may stay.
    """

    named: Named
    assessment: Assessment
    volume: Volume
    suspected: tuple[str, ...] = ()

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
    """The agencies and programs that are there, each with the roles of whoever imports, and her roles everywhere."""

    agencies: Sequence[Agency]
    programs: Sequence[Program]
    everywhere: Held


@dataclass(frozen=True, slots=True)
class Past:
    """An assessment that is there; `period` counts them."""

    id: int
    program_ref: str
    instrument: str
    assessed_on: str
    kind: str | None
    rater: str
    period: int


@dataclass(frozen=True, slots=True)
class Place:
    """A program that the file names: as it will be, without a ref where it is new; `gained` are its new facts."""

    program: Program
    gained: Facts = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether the program is not there yet."""
        return not self.program.ref


@dataclass(frozen=True, slots=True)
class Preview:
    """What importing would do: `places` are the programs that the files name, each once, by agency and name.

    `coming` are the assessments to be created, with their place in `places` and the period each will count as;
    `here` those that are there already with the very same ratings, which are left out.
    """

    places: Mapping[Key, Place]
    coming: tuple[tuple[Arrival, Key, int], ...] = ()
    here: tuple[Arrival, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def new_agencies(self) -> tuple[str, ...]:
        """Names of the agencies to be created, in the order of the file."""
        agencies = [place.program.agency for place in self.places.values()]
        return tuple({each.name.casefold(): each.name for each in agencies if not each.ref}.values())

    @property
    def new_programs(self) -> tuple[Place, ...]:
        """The programs to be created."""
        return tuple(place for place in self.places.values() if place.is_new)

    @property
    def changed_programs(self) -> tuple[Place, ...]:
        """The programs that are there and learn facts."""
        return tuple(place for place in self.places.values() if place.gained and not place.is_new)


class _Misfit(Exception):
    """Why nobody can tell where a row belongs, or why it may not go there."""


class Matching:
    """The programs of a cargo matched with what is there, by name in any case; what does not fit is in `faults`."""

    def __init__(self, cargo: Cargo, there: There) -> None:
        self.cargo, self.there = cargo, there
        self.faults: list[Fault] = []
        self.places: dict[Key, Place] = {}
        self.agencies: dict[str, list[Agency]] = defaultdict(list)
        self.programs: dict[str, list[Program]] = defaultdict(list)
        for agency in there.agencies:
            self.agencies[agency.name.casefold()].append(agency)
        for program in there.programs:
            self.programs[program.name.casefold()].append(program)
        self.found: dict[Key, Key | None] = {}
        self.keys = [self._place(named) for named in self._named()]

    def _named(self) -> Iterable[Named]:
        yield from self.cargo.programs
        yield from (arrival.named for arrival in self.cargo.arrivals)

    @property
    def refs(self) -> list[str]:
        """The refs of the programs that are there."""
        return [place.program.ref for place in self.places.values() if not place.is_new]

    def preview(self, past: Iterable[Past], ratings: Mapping[int, Mapping[str, int]]) -> Preview:
        """What would be done beside these assessments of the programs; `ratings` of those on a day of the file."""
        by_program: dict[str, list[Past]] = defaultdict(list)
        for each in past:
            by_program[each.program_ref].append(each)
        keys = self.keys[len(self.cargo.programs) :]
        pairs = [(arrival, key) for arrival, key in zip(self.cargo.arrivals, keys, strict=True) if key]
        self._refuse_twice(pairs)
        here: list[Arrival] = []
        new: list[tuple[Arrival, Key]] = []
        for arrival, key in pairs:
            alike = [each for each in by_program[self.places[key].program.ref] if _is_alike(arrival, each)]
            if not alike:
                new.append((arrival, key))
            elif any(ratings[each.id] == arrival.assessment.ratings for each in alike):
                here.append(arrival)
            else:
                said = _(
                    "%(program)s has an assessment of %(day)s by this rater already, with other ratings;"
                    " correct that one there, or take these rows out",
                    program=arrival.named.program,
                    day=arrival.assessment.assessed_on,
                )
                self._refuse(arrival.named, said)
        return Preview(self.places, tuple(self._counted(new, by_program)), tuple(here), tuple(self.faults))

    def _place(self, named: Named) -> Key | None:
        """Where a row belongs; None, with a fault, where that cannot be told."""
        asked = (named.agency.casefold(), named.program.casefold())
        if asked not in self.found:
            self.found[asked] = self._found(named)
        key = self.found[asked]
        if key and named.facts:
            self.places[key] = self._learned(self.places[key], named)
        return key

    def _found(self, named: Named) -> Key | None:
        try:
            program = self._program(named.program, named.agency or self.cargo.agency)
        except _Misfit as misfit:
            self._refuse(named, str(misfit))
            return None
        key = (program.agency.name.casefold(), program.name.casefold())
        self.places.setdefault(key, Place(program))
        return key

    def _program(self, name: str, agency: str) -> Program:
        """The program of this name that is there, or a new one without a ref. Raises _Misfit."""
        called = self.programs.get(name.casefold(), [])
        if agency:
            called = [each for each in called if each.agency.name.casefold() == agency.casefold()]
        if len(called) > 1 and agency:
            raise _Misfit(_("%(agency)s has several programs called %(name)s", agency=agency, name=name))
        if len(called) > 1:
            raise _Misfit(_("several agencies have a program called %(name)s; name the agency", name=name))
        for program in called:
            if not (may(Act.START, program.held) and may(Act.SEAL, program.held)):
                raise _Misfit(_("only a director of %(name)s may import into it", name=program.name))
            return program
        if not agency:
            said = _("%(name)s is new; name its agency in a column agency, or with --agency", name=name)
            raise _Misfit(said)
        return Program("", name, self._agency(agency))

    def _agency(self, name: str) -> Agency:
        """The agency of this name that a program may be added to, or a new one without a ref. Raises _Misfit."""
        called = self.agencies.get(name.casefold(), [])
        if len(called) > 1:
            raise _Misfit(_("several agencies here are called %(name)s", name=name))
        for agency in called:
            if not may(Act.ADD_PROGRAM, agency.held):
                raise _Misfit(_("only a director of %(name)s adds programs to it", name=agency.name))
            return agency
        if not may(Act.ADD_AGENCY, self.there.everywhere):
            raise _Misfit(_("%(name)s is new, and only an administrator adds agencies", name=name))
        return Agency("", name)

    def _learned(self, place: Place, named: Named) -> Place:
        """The place with the facts of one more row; what is known otherwise is not overwritten."""
        known = place.program.facts
        for name, value in named.facts.items():
            if name in known and known[name] != value:
                said = _(
                    "%(name)s of %(program)s is %(known)s, here or in another row; expected the same",
                    name=name,
                    program=place.program.name,
                    known=_shown(known[name]),
                )
                self._refuse(named, said)
        gained = {name: value for name, value in named.facts.items() if name not in known}
        if not gained:
            return place
        return Place(replace(place.program, facts={**known, **gained}), {**place.gained, **gained})

    def _refuse_twice(self, pairs: Iterable[tuple[Arrival, Key]]) -> None:
        """What only differs by how its program is written is one assessment, and expected once."""
        rows: dict[object, int] = {}
        for arrival, key in pairs:
            said = arrival.assessment
            identity = (key, said.assessed_on, said.kind, said.rater or "", arrival.volume.checksum, said.period)
            first = rows.setdefault(identity, arrival.named.row)
            if first != arrival.named.row:
                told = _("has the same program, date, kind and rater as row %(row)s; expected once", row=first)
                self._refuse(arrival.named, told)

    def _counted(
        self, new: Iterable[tuple[Arrival, Key]], by_program: Mapping[str, Sequence[Past]]
    ) -> Iterable[tuple[Arrival, Key, int]]:
        """Each with its period: as the file says, or one more than the program's last for each day."""
        at: dict[Key, tuple[int, str]] = {}
        for arrival, key in sorted(new, key=lambda pair: pair[0].assessment.assessed_on):
            period, day = at.get(key, (0, ""))
            if not day:
                period = max((each.period for each in by_program.get(self.places[key].program.ref, ())), default=0)
            if arrival.assessment.period is not None:
                period = max(period, arrival.assessment.period)
            elif arrival.assessment.assessed_on != day:
                period += 1
            at[key] = period, arrival.assessment.assessed_on
            yield arrival, key, arrival.assessment.period or period

    def _refuse(self, named: Named, text: str) -> None:
        self.faults.append(Fault(_("row %(row)s", row=named.row), text))


def _is_alike(arrival: Arrival, past: Past) -> bool:
    """Whether this is the same assessment, if its ratings are; one that is told apart by its period has another."""
    said = arrival.assessment
    about = (arrival.volume.checksum, said.assessed_on, said.kind, said.rater or "")
    is_same = about == (past.instrument, past.assessed_on, past.kind, past.rater)
    return is_same and said.period in (None, past.period)


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
