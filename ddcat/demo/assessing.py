"""Puts one assessment that is told into a database, as far as it went, and what the program did about it."""

from collections.abc import Callable, Mapping

from ddcat import checks, shelf, store, verifying
from ddcat.access import Role
from ddcat.demo.story import INSTRUMENT, Told, line, ratings, sealed_at
from ddcat.progress import ACCEPTED, CHANGES_REQUESTED
from ddcat.records import Action, Cycle, Note, Person, Plan, Point
from ddcat.store import actions, assessments, evidence, lines, plans, raters, roles, saving, sealing
from ddcat.store.saving import Change

_IDENTIFICATION = ("assessed_on", "kind", "rater", "period")
_ACTION = (
    *("what", "owner", "starts_on", "due_on", "proof", "state", "seen", "reason", "effort"),
    *("measured", "measured_as"),
)
_POINT = ("counted_on", "count", "n", "remark")

Save = Callable[[store.Database, Person, str, Mapping[str, Change]], object]


class Assessing:
    """An assessment of a program: a draft, in its meeting, sealed, or sealed and amended.

    It was sealed on the day that is told; when that was written into this database, the trail says.
    """

    def __init__(self, db: store.Database, people: Mapping[str, Person], program_ref: str, told: Told) -> None:
        self.db, self.people, self.told = db, people, told
        self.volume = shelf.find(told.get("instrument", INSTRUMENT))
        self.instrument = self.volume.instrument
        self.items = {item.code: item for item in self.instrument.items}
        self.by, self.crew = people[told["by"]], told.get("raters", [])
        volume = (self.volume.checksum, self.instrument.name, self.volume.data)
        self.who_when = {name: told[name] for name in _IDENTIFICATION}
        self.ref = assessments.start(db, self.by, program_ref, volume, **self.who_when)

    def tell(self) -> None:
        told = self.told
        assessments.change_cover(self.db, self.by, self.ref, **self.who_when, cover=told["cover"])
        self.rate_all()
        if "short" in told:
            self.show_in_short()
        if "answers" in told:
            self.answer(told["answers"])
        if told["sealed"]:
            self.seal(self.ref, told)
        if "plan" in told:
            self.choose(told["plan"])
        for action in told.get("action", []):
            self.act(action)
        if "amendment" in told:
            self.amend({**told, **told["amendment"], "raters": ()})

    def rate_all(self) -> None:
        """What every rater says, and what they agreed on where each rated alone."""
        if is_alone := any("ratings" in rater for rater in self.crew):
            raters.rate_alone(self.db, self.by, self.ref)
        for rater in self.crew:
            self.name(rater)
        for rater in self.crew or [{"name": self.told["by"]}]:
            self.rate(rater)
        for rater in self.crew:
            self.hand_in(rater)
        if is_alone and "ratings" in self.told:
            agreed = ratings(self.instrument, self.told["ratings"])
            self.say(self.by, self.ref, agreed, self.told["why"], saving.agree)
            self.show(self.by, self.ref, self.told, "the meeting")

    def name(self, told: Told) -> None:
        """Name a rater in a draft, with the items that are hers, when they are due and from where she looks."""
        rater = self.people[told["name"]]
        roles.give(self.db, self.by, rater, Role.RATER, "assessment", self.ref)
        about = {"due_on": told.get("due_on"), "stands": told.get("stands", "")}
        raters.give(self.db, self.by, self.ref, rater.ref, items=self.given(told), **about)

    def given(self, rater: Told) -> frozenset[str]:
        """The items of a rater: those of the dimensions that she is told to have, none for all."""
        numbers = rater.get("dimensions", ())
        return frozenset(id for one in self.instrument.dimensions if one.number in numbers for id in one.item_ids)

    def rate(self, rater: Told) -> None:
        """What a rater says: all her own where she rates alone, else what is hers of the assessment."""
        own = rater if "ratings" in rater else self.told
        given = self.given(rater) or frozenset(self.instrument.by_id)
        rated = {id: rating for id, rating in ratings(self.instrument, own["ratings"]).items() if id in given}
        why = {code: text for code, text in own.get("why", {}).items() if self.items[code].id in given}
        self.say(self.people[rater["name"]], self.ref, rated, why)
        self.show(self.people[rater["name"]], self.ref, self.told, rater["name"])

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
            for each in seen if isinstance(seen, list) else [seen]:
                if each.get("by", first) == by:
                    said = line(self.items[code], each, seen_by=who.name, seen_on=told["assessed_on"])
                    evidence.add(self.db, who, ref, said)

    def show_in_short(self) -> None:
        """One line of evidence for each rating that is more than the lowest anchor."""
        seen = {"source": "document", "place": "Papers of the site visit", "seen": "What the anchor asks for."}
        for id, rating in ratings(self.instrument, self.told["ratings"]).items():
            item = self.instrument.by_id[id]
            if rating > item.ratings[0]:
                said = line(item, seen, seen_by=self.told["rater"], seen_on=self.told["assessed_on"])
                evidence.add(self.db, self.by, self.ref, said)

    def hand_in(self, told: Told) -> None:
        """Bring a rater's work into the state that is told, if any beyond what saving does."""
        rater, state = self.people[told["name"]], told.get("state")
        if state:
            raters.submit(self.db, rater, self.ref)
        if state == ACCEPTED:
            raters.accept(self.db, self.by, self.ref, rater.ref)
        if state == CHANGES_REQUESTED:
            raters.request_changes(self.db, self.by, self.ref, rater.ref, told["note"])

    def answer(self, told: Told) -> None:
        """Answer checks; each is told by its rule and, where it is about items, the code of the first."""
        draft = assessments.get(self.db, self.by, self.ref)
        found = checks.findings(self.instrument, self.volume.guide, draft, store.now()[:10])
        codes = {item.id: code for code, item in self.items.items()}
        keys = {" ".join([one.rule, *(codes[id] for id in one.items[:1])]): one.key for one in found}
        raters.answer(self.db, self.by, self.ref, {keys[name]: text for name, text in told.items()})

    def seal(self, ref: str, told: Told) -> None:
        """Seal a draft with its result, on the day that is told."""
        draft = assessments.get(self.db, self.by, ref)
        record = verifying.record(self.instrument, draft, by=self.by.ref, at=sealed_at(told))
        sealing.seal(self.db, self.by, draft, record)

    def amend(self, told: Told) -> None:
        """Amend what was sealed: other ratings, and for these items other evidence, sealed again."""
        amended = assessments.amend(self.db, self.by, self.ref, told["reason"])
        rated = {self.items[code].id: rating for code, rating in told["changed"].items()}
        for each in assessments.get(self.db, self.by, amended).evidence:
            if each.item in rated:
                evidence.remove(self.db, self.by, amended, each.ref)
        self.say(self.by, amended, rated, {})
        self.show(self.by, amended, told, self.by.name)
        self.seal(amended, told)

    def choose(self, told: Told) -> None:
        """Keep what a program chose to raise; a cost is 1 to 5 or "never"."""
        costs = {self.items[code].id: None if cost == "never" else cost for code, cost in told["costs"].items()}
        chosen = {self.items[code].id: rating for code, rating in told["chosen"].items()}
        plans.save(self.db, self.by, self.ref, Plan(told["target"], told["by"], costs, chosen))

    def act(self, told: Told) -> None:
        """An action as far as it went, with all that was written to it."""
        item, owner = self.items[told["item"]], self.people.get(told.get("owner", ""))
        action = Action(
            **{name: told[name] for name in _ACTION if name in told},
            item=item.id,
            rating=assessments.get(self.db, self.by, self.ref).ratings[item.id],
            expected=told["to"],
            owner_ref=owner.ref if owner else "",
        )
        planned = actions.add(self.db, self.by, self.ref, action)
        for note in told.get("notes", ()):
            lines.add(self.db, self.people[note["by"]], planned, Note(text=note["text"]))
        for cycle in told.get("cycle", ()):
            said = {name: value for name, value in cycle.items() if name != "by"}
            lines.add(self.db, self.people[cycle["by"]], planned, Cycle(**said))
        for point in told.get("points", ()):
            lines.add(self.db, owner or self.by, planned, Point(**dict(zip(_POINT, point, strict=False))))
