"""What a file of assessments would create and change, before anything is: its rows against what is there. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ddcat import facts_sheet
from ddcat.access import Act, may
from ddcat.facts import Facts
from ddcat.faults import Fault
from ddcat.importing.cargo import (
    LONGEST_TAG,
    MOST_TAGS,
    Arrival,
    Cargo,
    Key,
    Named,
    Past,
    Place,
    Preview,
    There,
    agency_key,
    program_key,
)
from ddcat.records import Agency, Program
from ddcat.words import _

__all__ = [
    "LONGEST_TAG",
    "MOST_TAGS",
    "Arrival",
    "Cargo",
    "Key",
    "Matching",
    "Named",
    "Past",
    "Place",
    "Preview",
    "There",
    "agency_key",
    "program_key",
]


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
        self.held = {agency.ref: agency.held for agency in there.agencies}
        self.new: dict[str, Agency] = {}
        self.learning: dict[Key, tuple[Agency, Facts]] = {}
        self.found: dict[tuple[str, str], Key | None] = {}
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
        origins: dict[str, Past] = {}
        for arrival, key in pairs:
            alike = [each for each in by_program[self.places[key].program.ref] if _is_alike(arrival, each)]
            same = [each for each in alike if ratings[each.id] == arrival.assessment.ratings]
            if not alike:
                new.append((arrival, key))
            elif same:
                here.append(arrival)
                origins[arrival.ref] = same[0]
            else:
                said = _(
                    "%(program)s has an assessment of %(day)s by this rater already, with other ratings;"
                    " correct that one there, or take these rows out",
                    program=arrival.named.program,
                    day=arrival.assessment.assessed_on,
                )
                self._refuse(arrival.named, said)
        self._trace(new, pairs, by_program, origins)
        coming = tuple(self._counted(new, by_program))
        return Preview(self.places, coming, tuple(here), tuple(self.faults), origins, self.learning)

    def _place(self, named: Named) -> Key | None:
        """Where a row belongs; None, with a fault, where that cannot be told."""
        asked = (named.agency.casefold(), named.program.casefold())
        if asked not in self.found:
            self.found[asked] = self._found(named)
        key = self.found[asked]
        if key and (named.facts or named.tags):
            self.places[key] = self._learned(self.places[key], named)
        if key and named.of_agency:
            self._taught(self.places[key].program.agency, named)
        return key

    def _found(self, named: Named) -> Key | None:
        try:
            program = self._program(named.program, named.agency or self.cargo.agency)
        except _Misfit as misfit:
            self._refuse(named, str(misfit))
            return None
        key = program_key(program)
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
        """The agency of this name that a program may be added to, or a new one without a ref. Raises _Misfit.

        A new one is called as the first row spells it.
        """
        called = self.agencies.get(name.casefold(), [])
        if len(called) > 1:
            raise _Misfit(_("several agencies here are called %(name)s", name=name))
        for agency in called:
            if not may(Act.ADD_PROGRAM, agency.held):
                raise _Misfit(_("only a director of %(name)s adds programs to it", name=agency.name))
            return agency
        if not may(Act.ADD_AGENCY, self.there.everywhere):
            raise _Misfit(_("%(name)s is new, and only an administrator adds agencies", name=name))
        return self.new.setdefault(name.casefold(), Agency("", name))

    def _learned(self, place: Place, named: Named) -> Place:
        """The place with the facts and tags of one more row; what is known otherwise is not overwritten.

        With those it has a program gains no more tags than its form takes, which would never save them again.
        """
        known = place.program.facts
        gained = self._gained(known, named.facts, named.program, named)
        for name, wrong in facts_sheet.misfits(facts_sheet.FACTS.values(), known, named.facts):
            said = _("%(name)s of %(program)s: %(wrong)s", name=name, program=named.program, wrong=wrong)
            self._refuse(named, said)
        has = {word.casefold() for word in (*self.there.tags.get(place.program.ref, ()), *place.tags)}
        tags = tuple(word for word in named.tags if word.casefold() not in has)
        number = len(has) + len(tags)
        if tags and number > MOST_TAGS:
            about = {"program": place.program.name, "number": number, "most": MOST_TAGS}
            said = _("%(program)s would have %(number)s tags in all; expected at most %(most)s", **about)
            self._refuse(named, said)
        if not (gained or tags):
            return place
        program = replace(place.program, facts={**known, **gained})
        return Place(program, {**place.gained, **gained}, (*place.tags, *tags))

    def _taught(self, agency: Agency, named: Named) -> None:
        """The agency learns the facts of one more row."""
        key = agency_key(agency)
        _agency, learned = self.learning.get(key, (agency, {}))
        gained = self._gained({**agency.facts, **learned}, named.of_agency, agency.name, named)
        if gained and agency.ref and not may(Act.CHANGE_AGENCY, self.held[agency.ref]):
            self._refuse(named, _("only a director of %(name)s changes its facts", name=agency.name))
        elif gained:
            self.learning[key] = agency, {**learned, **gained}

    def _gained(self, known: Facts, told: Facts, called: str, named: Named) -> Facts:
        """What is told and not known; what is known otherwise is a fault."""
        for name, value in told.items():
            if name in known and known[name] != value:
                said = _(
                    "%(name)s of %(program)s is %(known)s, here or in another row; expected the same",
                    name=name,
                    program=called,
                    known=_shown(known[name]),
                )
                self._refuse(named, said)
        return {name: value for name, value in told.items() if name not in known}

    def _trace(
        self,
        new: Iterable[tuple[Arrival, Key]],
        pairs: Iterable[tuple[Arrival, Key]],
        by_program: Mapping[str, Sequence[Past]],
        origins: dict[str, Past],
    ) -> None:
        """Find what ratings were carried from: in the file, or there; always of the same program and instrument."""
        of_file = {(arrival.ref, key, arrival.volume.checksum) for arrival, key in pairs}
        for arrival, key in new:
            checksum, program = arrival.volume.checksum, self.places[key].program.ref
            for ref in {carried.assessment for carried in arrival.assessment.carried.values()}:
                there = [
                    each for each in by_program.get(program, ()) if (each.ref, each.instrument) == (ref, checksum)
                ]
                is_in_file = (ref, key, checksum) in of_file and ref != arrival.ref
                if there and not is_in_file:
                    origins[ref] = there[0]
                elif not is_in_file:
                    said = _(
                        "carries ratings from %(ref)s, and neither the file nor this installation has that assessment"
                        " of the program; bring it along, or empty the column carried_from",
                        ref=ref,
                    )
                    self._refuse(arrival.named, said)

    def _refuse_twice(self, pairs: Iterable[tuple[Arrival, Key]]) -> None:
        """What only differs by how its program is written is one assessment, and expected once."""
        rows: dict[object, int] = {}
        for arrival, key in pairs:
            said = arrival.assessment
            about = (arrival.volume.checksum, said.period, arrival.ref)
            identity = (key, said.assessed_on, said.kind, said.rater or "", *about)
            first = rows.setdefault(identity, arrival.named.row)
            if first != arrival.named.row:
                told = _("has the same program, date, kind and rater as row %(row)s; expected once", row=first)
                self._refuse(arrival.named, told)

    def _counted(
        self, new: Iterable[tuple[Arrival, Key]], by_program: Mapping[str, Sequence[Past]]
    ) -> Iterable[tuple[Arrival, Key, int]]:
        """Each with its period: as the file says, or one more than the program's last for each day.

        Before a day whose period is known, here or from the file, nobody can count; that is a fault.
        """
        at: dict[Key, tuple[int, str]] = {}
        known = self._last_known(new, by_program)
        for arrival, key in sorted(new, key=lambda pair: pair[0].assessment.assessed_on):
            period, day = at.get(key, (0, ""))
            if not day:
                period = max((each.period for each in by_program.get(self.places[key].program.ref, ())), default=0)
            if arrival.assessment.period is not None:
                period = max(period, arrival.assessment.period)
            elif arrival.assessment.assessed_on < known[key]:
                said = _(
                    "%(program)s has an assessment of a later day, %(day)s, so the period of this one cannot be"
                    " counted; tell it in a column period: 1 for the baseline, 2 for the first follow-up, and so on",
                    program=arrival.named.program,
                    day=known[key],
                )
                self._refuse(arrival.named, said)
            elif arrival.assessment.assessed_on != day:
                period += 1
            at[key] = period, arrival.assessment.assessed_on
            yield arrival, key, arrival.assessment.period or period

    def _last_known(
        self, new: Iterable[tuple[Arrival, Key]], by_program: Mapping[str, Sequence[Past]]
    ) -> dict[Key, str]:
        """For each program the last day with an assessment whose period is known; "" where there is none."""
        refs = {key: place.program.ref for key, place in self.places.items()}
        last = {key: max((each.assessed_on for each in by_program.get(refs[key], ())), default="") for key in refs}
        for arrival, key in new:
            if arrival.assessment.period is not None:
                last[key] = max(last[key], arrival.assessment.assessed_on)
        return last

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
