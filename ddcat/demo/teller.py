"""Puts what is told into one database: people, places, who is what to whom, assessments, fact sheets, peers."""

from pathlib import Path

from ddcat import passwords, pooling, scoring, shelf, store
from ddcat.access import Role
from ddcat.demo.assessing import Assessing
from ddcat.demo.story import INSTRUMENT, PASSWORD, RELEASED, Told, assessments
from ddcat.pooling import Member
from ddcat.records import Person
from ddcat.store import agencies, people, programs, releases, roles


class Teller:
    """Puts what is told into one database."""

    def __init__(self, path: Path) -> None:
        self.db = store.connect(path)
        self.db.conn.execute("PRAGMA synchronous = OFF")  # invented anew faster than a disk confirms each line
        self.person = people.first(self.db)
        self.people: dict[str, Person] = {}
        self.password = passwords.hashed(PASSWORD)

    def tell(self, story: Told) -> None:
        for person in story["person"]:
            self.introduce(person)
        is_bare = not agencies.all(self.db, self.person)
        told = story["agency"] if is_bare else ()
        for agency in told:
            self.place(agency)
        for person in story["person"]:
            self.employ(person)
        places = {program.name: program.ref for program in programs.all(self.db, self.person)}
        for program in [program for agency in told for program in agency["program"]]:
            for assessment in assessments(program):
                Assessing(self.db, self.people, places[program["name"]], assessment).tell()
            if "sheet" in program:
                self.fill_in(places[program["name"]], program["sheet"])
        if told:
            self.release()

    def introduce(self, told: Told) -> None:
        """Somebody with an account; the administrator adopts all that was there before."""
        with store.writing(self.db):
            about = {"name": told["name"], "login": told["login"], "password": self.password}
            if told["role"] == Role.ADMINISTRATOR:
                self.people[told["name"]] = people.adopt(self.db, **about)
            else:
                self.people[told["name"]] = people.create(self.db, self.person, **about)

    def place(self, told: Told) -> None:
        """An agency with its programs."""
        agency = agencies.add(self.db, self.person, told["name"], told["facts"])
        for program in told["program"]:
            programs.add(self.db, self.person, agency.ref, program["name"], program["facts"])

    def employ(self, told: Told) -> None:
        """What somebody is in the agencies and programs where she is told to be."""
        where = told.get("where", ())
        places = [("agency", one.ref) for one in agencies.all(self.db, self.person) if one.name in where]
        places += [("program", one.ref) for one in programs.all(self.db, self.person) if one.name in where]
        for kind, ref in places:
            roles.give(self.db, self.person, self.people[told["name"]], Role(told["role"]), kind, ref)

    def fill_in(self, program_ref: str, told: Told) -> None:
        """The fact sheet of a program, with dates and sources."""
        by, said = self.people[told["by"]], {name: value for name, value in told.items() if name != "by"}
        before = programs.get(self.db, by, program_ref).facts
        programs.tell(self.db, by, program_ref, said, before, said.keys())

    def release(self) -> None:
        """What peers came to at the end of a quarter, as `ddcat release` keeps it."""
        instrument = shelf.find(INSTRUMENT).instrument
        steps, members = pooling.steps(instrument), []
        for rated in releases.newest(self.db, pooling.ended_on(RELEASED)):
            overall = scoring.score(instrument, rated.ratings).overall if rated.instrument == INSTRUMENT else None
            if steps and overall is not None:
                step = pooling.step_of(steps, overall)
                members.append(Member(rated.agency, rated.facts, rated.kind, step))
        made = pooling.release(steps, members, {}) if steps else {}
        releases.keep(self.db, RELEASED, {INSTRUMENT: made})
