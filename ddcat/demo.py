"""The programs that `ddcat demo` shows: invented, told in demo.toml, kept through the store."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ddcat import checks, passwords, shelf, store, verifying
from ddcat.access import Role
from ddcat.instrument import Instrument, Item
from ddcat.progress import ACCEPTED, CHANGES_REQUESTED
from ddcat.records import Action, Cycle, Evidence, Note, Person, Plan, Point
from ddcat.store import (
    actions,
    agencies,
    assessments,
    evidence,
    lines,
    people,
    plans,
    programs,
    raters,
    roles,
    saving,
    sealing,
)
from ddcat.store.saving import Change

INSTRUMENT = "ddcat@4.0"
ADMINISTRATOR = "Morgan Invented"
PASSWORD = "tide harbor lantern"

_STORY = Path(__file__).with_name("demo.toml")
_IDENTIFICATION = ("assessed_on", "kind", "rater", "period")
_ACTION = (
    *("what", "owner", "starts_on", "due_on", "proof", "state", "seen", "reason", "effort"),
    *("measured", "measured_as"),
)
_POINT = ("counted_on", "count", "n", "remark")

Told = Mapping[str, Any]
"""A table of demo.toml."""

Save = Callable[[store.Database, Person, str, Mapping[str, Change]], object]


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
    """Fill an empty, migrated database at this path; one with people stays, and so do agencies that are there."""
    teller = _Teller(path)
    with closing(teller.db.conn):
        if people.is_new(teller.db):
            teller.tell(tomllib.loads(_STORY.read_text(encoding="utf-8")))


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
    """Puts what demo.toml tells into one database: people, places, who is what to whom, and then assessments."""

    def __init__(self, path: Path) -> None:
        self.db = store.connect(path)
        self.db.conn.execute("PRAGMA synchronous = OFF")  # invented anew faster than a disk confirms each line
        self.person = people.first(self.db)
        self.people: dict[str, Person] = {}
        self.volume = shelf.find(INSTRUMENT)
        self.instrument = self.volume.instrument
        self.password = passwords.hashed(PASSWORD)
        self.items = {item.code: item for item in self.instrument.items}

    def tell(self, story: Told) -> None:
        for person in story["person"]:
            self.introduce(person)
        is_bare = not agencies.all(self.db, self.person)
        for agency in story["agency"] if is_bare else ():
            self.place(agency)
        for person in story["person"]:
            self.employ(person)
        places = {program.name: program.ref for program in programs.all(self.db, self.person)}
        for agency in story["agency"] if is_bare else ():
            for program in agency["program"]:
                for assessment in (*program.get("assessment", []), *_years(program)):
                    self.assess(places[program["name"]], assessment)

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

    def assess(self, program_ref: str, told: Told) -> None:
        """An assessment as far as it went: a draft, in its meeting, sealed, or sealed and amended."""
        by, crew = self.people[told["by"]], told.get("raters", [])
        volume = (self.volume.checksum, self.instrument.name, self.volume.data)
        who_when = {name: told[name] for name in _IDENTIFICATION}
        ref = assessments.start(self.db, by, program_ref, volume, **who_when)
        assessments.change_cover(self.db, by, ref, **who_when, cover=told["cover"])
        if is_alone := any("ratings" in rater for rater in crew):
            raters.rate_alone(self.db, by, ref)
        for rater in crew:
            self.name(by, ref, rater)
        for rater in crew or [{"name": told["by"]}]:
            self.rate(ref, told, rater)
        for rater in crew:
            self.hand_in(by, ref, rater)
        if is_alone and "ratings" in told:
            self.say(by, ref, ratings(self.instrument, told["ratings"]), told["why"], saving.agree)
            self.show(by, ref, told, "the meeting")
        if "short" in told:
            self.show_in_short(by, ref, told)
        if "answers" in told:
            self.answer(by, ref, told["answers"])
        if told["sealed"]:
            self.seal(by, ref)
        if "plan" in told:
            self.choose(by, ref, told["plan"])
        for action in told.get("action", []):
            self.act(by, ref, action)
        if "amendment" in told:
            self.amend(by, ref, {**told, **told["amendment"], "raters": ()})

    def name(self, by: Person, ref: str, told: Told) -> None:
        """Name a rater in a draft, with the items that are hers, when they are due and from where she looks."""
        rater = self.people[told["name"]]
        roles.give(self.db, by, rater, Role.RATER, "assessment", ref)
        about = {"due_on": told.get("due_on"), "stands": told.get("stands", "")}
        raters.give(self.db, by, ref, rater.ref, items=self.given(told), **about)

    def given(self, rater: Told) -> frozenset[str]:
        """The items of a rater: those of the dimensions that she is told to have, none for all."""
        numbers = rater.get("dimensions", ())
        return frozenset(id for one in self.instrument.dimensions if one.number in numbers for id in one.item_ids)

    def rate(self, ref: str, told: Told, rater: Told) -> None:
        """What a rater says: all her own where she rates alone, else what is hers of the assessment."""
        own = rater if "ratings" in rater else told
        given = self.given(rater) or frozenset(self.instrument.by_id)
        rated = {id: rating for id, rating in ratings(self.instrument, own["ratings"]).items() if id in given}
        why = {code: text for code, text in own.get("why", {}).items() if self.items[code].id in given}
        self.say(self.people[rater["name"]], ref, rated, why)
        self.show(self.people[rater["name"]], ref, told, rater["name"])

    def say(
        self, who: Person, ref: str, rated: Mapping[str, int], why: Mapping[str, str], save: Save = saving.save
    ) -> None:
        """Save these ratings, and these reasons by item code, over what a draft says."""
        draft = assessments.get(self.db, who, ref)
        reasons = {self.items[code].id: text for code, text in why.items()}
        changes = {}
        for id in rated.keys() | reasons.keys():
            said = draft.said(id)
            changes[id] = Change(rated.get(id, said.value), reasons.get(id, said.why), said.revision)
        save(self.db, who, ref, changes)

    def show(self, who: Person, ref: str, told: Told, by: str) -> None:
        """Add the evidence that is told to be by this name; where none is told, by the first who has the item."""
        crew = told.get("raters") or [{"name": who.name}]
        for code, seen in told["evidence"].items():
            id = self.items[code].id
            first = next(rater["name"] for rater in crew if id in (self.given(rater) or {id}))
            for line in seen if isinstance(seen, list) else [seen]:
                if line.get("by", first) == by:
                    said = _line(self.items[code], line, seen_by=who.name, seen_on=told["assessed_on"])
                    evidence.add(self.db, who, ref, said)

    def show_in_short(self, who: Person, ref: str, told: Told) -> None:
        """One line of evidence for each rating that is more than the lowest anchor."""
        seen = {"source": "document", "place": "Papers of the site visit", "seen": "What the anchor asks for."}
        for id, rating in ratings(self.instrument, told["ratings"]).items():
            item = self.instrument.by_id[id]
            if rating > item.ratings[0]:
                line = _line(item, seen, seen_by=told["rater"], seen_on=told["assessed_on"])
                evidence.add(self.db, who, ref, line)

    def hand_in(self, by: Person, ref: str, told: Told) -> None:
        """Bring a rater's work into the state that is told, if any beyond what saving does."""
        rater, state = self.people[told["name"]], told.get("state")
        if state:
            raters.submit(self.db, rater, ref)
        if state == ACCEPTED:
            raters.accept(self.db, by, ref, rater.ref)
        if state == CHANGES_REQUESTED:
            raters.request_changes(self.db, by, ref, rater.ref, told["note"])

    def answer(self, by: Person, ref: str, told: Told) -> None:
        """Answer checks; each is told by its rule and, where it is about items, the code of the first."""
        draft = assessments.get(self.db, by, ref)
        found = checks.findings(self.instrument, self.volume.guide, draft, store.now()[:10])
        codes = {item.id: code for code, item in self.items.items()}
        keys = {" ".join([one.rule, *(codes[id] for id in one.items[:1])]): one.key for one in found}
        raters.answer(self.db, by, ref, {keys[name]: text for name, text in told.items()})

    def seal(self, by: Person, ref: str) -> None:
        """Seal a draft with its result."""
        draft = assessments.get(self.db, by, ref)
        record = verifying.record(self.instrument, draft, by=by.ref, at=store.now())
        sealing.seal(self.db, by, draft, record)

    def amend(self, by: Person, ref: str, told: Told) -> None:
        """Amend what was sealed: other ratings, and for these items other evidence, sealed again."""
        amended = assessments.amend(self.db, by, ref, told["reason"])
        rated = {self.items[code].id: rating for code, rating in told["changed"].items()}
        for line in assessments.get(self.db, by, amended).evidence:
            if line.item in rated:
                evidence.remove(self.db, by, amended, line.ref)
        self.say(by, amended, rated, {})
        self.show(by, amended, told, by.name)
        self.seal(by, amended)

    def choose(self, by: Person, ref: str, told: Told) -> None:
        """Keep what a program chose to raise; a cost is 1 to 5 or "never"."""
        costs = {self.items[code].id: None if cost == "never" else cost for code, cost in told["costs"].items()}
        chosen = {self.items[code].id: rating for code, rating in told["chosen"].items()}
        plans.save(self.db, by, ref, Plan(told["target"], told["by"], costs, chosen))

    def act(self, by: Person, ref: str, told: Told) -> None:
        """An action as far as it went, with all that was written to it."""
        item, owner = self.items[told["item"]], self.people.get(told.get("owner", ""))
        action = Action(
            **{name: told[name] for name in _ACTION if name in told},
            item=item.id,
            rating=assessments.get(self.db, by, ref).ratings[item.id],
            expected=told["to"],
            owner_ref=owner.ref if owner else "",
        )
        planned = actions.add(self.db, by, ref, action)
        for note in told.get("notes", ()):
            lines.add(self.db, self.people[note["by"]], planned, Note(text=note["text"]))
        for cycle in told.get("cycle", ()):
            said = {name: value for name, value in cycle.items() if name != "by"}
            lines.add(self.db, self.people[cycle["by"]], planned, Cycle(**said))
        for point in told.get("points", ()):
            lines.add(self.db, owner or by, planned, Point(**dict(zip(_POINT, point, strict=False))))


def _years(program: Told) -> Iterator[Told]:
    """The assessments of a program that is told in short, each sealed by who administers the demo."""
    for period, (day, kind, rater, marks) in enumerate(program.get("years", ()), 1):
        told = {"assessed_on": day, "kind": kind, "rater": rater, "period": period, "ratings": marks}
        cover = {"chart_agreement": True} if kind != "self" else {}
        yield told | {"by": ADMINISTRATOR, "sealed": True, "cover": cover, "why": {}, "evidence": {}, "short": True}


def _line(item: Item, told: Told, *, seen_by: str, seen_on: str) -> Evidence:
    """A line of evidence; a count is told as `3 of 10`, where the item has two shares as `3 and 2 of 10`."""
    counts, n = {}, None
    if "count" in told:
        found, of = told["count"].split(" of ")
        names = item.share.counts if item.share else ("found",)
        counts, n = dict(zip(names, map(int, found.split(" and ")), strict=True)), int(of)
    return Evidence(
        ref="",
        item=item.id,
        source=told["source"],
        seen=told.get("seen", ""),
        place=told.get("place", ""),
        seen_on=told.get("on", seen_on),
        seen_by=seen_by,
        finding="count" if counts else told.get("finding", "found"),
        counts=counts,
        n=n,
        is_everybody=bool(counts and item.share and item.share.everybody),
        supports=told.get("supports"),
    )
