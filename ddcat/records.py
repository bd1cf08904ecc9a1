"""What the store gives and takes: frozen values with no behaviour but what they say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ddcat.access import NOTHING, Held
from ddcat.facts import Facts


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who uses this installation. `login` is what she types to log in, None before she has an account.

    `epoch` counts the times that all her sessions were ended. `has_factor`: whether a second factor is asked for.
    `language` is the code of the one she chose, None where she chose none.
    """

    id: int
    name: str
    ref: str = ""
    login: str | None = None
    epoch: int = 0
    has_factor: bool = False
    is_administrator: bool = False
    disabled_at: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """Who runs programs. `ref` stands in addresses and says nothing about other records.

    `held`, here and below, are the roles that the person who asked holds on the record.
    """

    ref: str
    name: str
    facts: Facts = field(default_factory=dict)
    held: Held = field(default=NOTHING, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """What is assessed."""

    ref: str
    name: str
    agency: Agency
    facts: Facts = field(default_factory=dict)
    held: Held = field(default=NOTHING, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rating:
    """What one rater says of one item: `value` is None while not yet rated; each save counts `revision` up."""

    value: int | None = None
    why: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of evidence: what was seen for an item, from which source, where, when and by whom.

    `finding` is "found", "not found" or "count"; then `counts` says how many of `n`, by the names of the item's
    share ("found" where it has none), and `is_everybody` that no sample was drawn. `supports` is the anchor that
    the line names, None for the rating its writer gives. `of_meeting`: written after raters who rated alone had
    submitted. `by` is who wrote it (a ref); texts are as typed.
    """

    ref: str
    item: str
    source: str
    seen: str = ""
    place: str = ""
    seen_on: str = ""
    seen_by: str = ""
    finding: str = "found"
    counts: Mapping[str, int] = field(default_factory=dict)
    n: int | None = None
    is_everybody: bool = False
    supports: int | None = None
    of_meeting: bool = False
    by: str = ""
    revision: int = 0
    saved_at: str = ""
    removed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Rater:
    """Somebody who was given items of an assessment to rate, all where `items` is empty; and how far she is.

    `stands` says from where she looks: "leader", "staff" or "outside". Where raters rate alone, `ratings` and `why`
    are her own; of whom the asker must not know yet, `state` is "" and the rest empty.
    """

    ref: str
    name: str
    items: tuple[str, ...] = ()
    due_on: str | None = None
    stands: str = ""
    state: str = ""
    note: str = ""
    changed_at: str = ""
    ratings: Mapping[str, int] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    saved_at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody (a ref) answered to a check."""

    text: str
    by: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on an action, as typed, by whom (a name) and when."""

    ref: str = ""
    text: str = ""
    by: str = ""
    revision: int = 0
    saved_at: str = ""
    removed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A small test of change: what is tried from when to when, what is expected of it, what came of it.

    `decision` is "adopt", "adapt" or "abandon", "" while it runs.
    """

    ref: str = ""
    tried: str = ""
    starts_on: str = ""
    ends_on: str = ""
    prediction: str = ""
    happened: str = ""
    decision: str = ""
    by: str = ""
    revision: int = 0
    saved_at: str = ""
    removed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What an action's measure came to on a day: a number as decimal text, out of `n` where shares are measured."""

    ref: str = ""
    counted_on: str = ""
    count: str = ""
    n: int | None = None
    remark: str = ""
    by: str = ""
    revision: int = 0
    saved_at: str = ""
    removed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """What an action said when an assessment was sealed: by this it is judged, whatever is changed later."""

    rating: int
    expected: int
    starts_on: str
    due_on: str
    state: str


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a program will do to raise an item from the rating it had to the one expected of it.

    `assessment` is the ref of the edition it was planned from, `checksum` that of its instrument. `owner` is a name;
    `owner_ref` a person where the owner has an account, who `owner_is_gone` where she no longer reaches the program.
    `proof` is the evidence that will prove it, `seen` what proved it, `reason` why it was dropped. `measured` is what
    is counted over time, as a "share" or a "number" (`measured_as`), "" where nothing is. Days are ISO text, "" where
    none is set; `effort` is 1 to 5. `stood` is what it said when each later assessment (by ref) was sealed. `held`
    are the roles of whoever asked.
    """

    ref: str = ""
    item: str = ""
    rating: int = 0
    expected: int = 0
    what: str = ""
    owner: str = ""
    owner_ref: str = ""
    starts_on: str = ""
    due_on: str = ""
    proof: str = ""
    state: str = "proposed"
    reason: str = ""
    seen: str = ""
    effort: int | None = None
    measured: str = ""
    measured_as: str = ""
    revision: int = 0
    saved_at: str = ""
    removed_at: str | None = None
    assessment: str = ""
    checksum: str = ""
    program: str = ""
    program_ref: str = ""
    agency: str = ""
    agency_ref: str = ""
    owner_is_gone: bool = False
    notes: tuple[Note, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    points: tuple[Point, ...] = ()
    stood: Mapping[str, Stood] = field(default_factory=dict)
    held: Held = field(default=NOTHING, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a program chose to raise, and how it looked for it: target and method, a cost for each step on an item.

    `costs` hold None where an item is not possible now; `chosen` says to which rating each chosen item shall rise.
    """

    target: str = ""
    by: str = ""
    costs: Mapping[str, int | None] = field(default_factory=dict)
    chosen: Mapping[str, int] = field(default_factory=dict)
    revision: int = 0
    saved_at: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a rating was given that a draft took over and nobody gave anew: the assessment (a ref), and its day."""

    assessment: str
    assessed_on: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who saved a rating last (a ref), and when."""

    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One administration of one instrument to one program, from the store or from a file (then without `ref`).

    `edition` counts amendments from 1; `amends` is the ref of the one before, `amended_by` of the one after, and
    `replaced_at` is when that was sealed. `hash` is that of the sealed record, `entry` its number in the trail.
    `checksum` is that of the bytes of the instrument it was rated with. Days are ISO text, moments ISO text in
    UTC. `facts` is what was known of program and agency at the start.

    Where raters rate alone (`is_blind`), `ratings` are those of whoever asks until all have submitted (`is_open`),
    and then what was agreed; else there is one set that all share. `mine` are the items that whoever asks may rate.
    `carried` says by item which ratings were carried from an earlier assessment and not given anew.
    """

    program: str
    assessed_on: str
    ratings: dict[str, int]
    kind: str | None = None
    rater: str | None = None
    why: Mapping[str, str] = field(default_factory=dict)
    revisions: Mapping[str, int] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    agency: str = ""
    facts: Facts = field(default_factory=dict)
    cover: Facts = field(default_factory=dict)
    ref: str = ""
    program_ref: str = ""
    agency_ref: str = ""
    checksum: str = ""
    period: int | None = None
    edition: int = 1
    amends: str | None = None
    amended_by: str | None = None
    replaced_at: str | None = None
    reason: str = ""
    started_at: str = ""
    sealed_at: str | None = None
    deleted_at: str | None = None
    hash: str | None = None
    entry: int | None = None
    is_blind: bool = False
    is_open: bool = True
    evidence: tuple[Evidence, ...] = ()
    raters: tuple[Rater, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    carried: Mapping[str, Carried] = field(default_factory=dict)
    mine: frozenset[str] | None = field(default=None, compare=False, repr=False)
    held: Held = field(default=NOTHING, compare=False, repr=False)

    @property
    def is_sealed(self) -> bool:
        """Whether it is completed and frozen."""
        return self.sealed_at is not None

    @property
    def carried_from(self) -> tuple[str, ...]:
        """The days on which the ratings were given that it carries, the first of them first."""
        return tuple(sorted({carried.assessed_on for carried in self.carried.values()}))

    def said(self, item: str) -> Rating:
        """What was said of one item so far."""
        return Rating(self.ratings.get(item), self.why.get(item, ""), self.revisions.get(item, 0))

    def of(self, item: str) -> tuple[Evidence, ...]:
        """The evidence for one item, in the order it was written."""
        return tuple(line for line in self.evidence if line.item == item)

    @property
    def is_alone(self) -> bool:
        """Whether raters still rate alone, so that nobody sees more than her own."""
        return self.is_blind and not self.is_open

    @property
    def is_consensus(self) -> bool:
        """Whether its ratings are what raters agreed after rating alone."""
        return self.is_blind and self.is_open

    @property
    def rated_alone(self) -> tuple[Rater, ...]:
        """The raters who gave ratings of their own, as far as whoever asked may know."""
        return tuple(rater for rater in self.raters if rater.ratings)

    @property
    def unpaired(self) -> tuple[str, ...]:
        """The items that were agreed on, and that fewer than two raters had rated alone."""
        if not self.is_consensus:
            return ()
        return tuple(item for item in self.ratings if sum(item in rater.ratings for rater in self.raters) < 2)

    @property
    def waits_for(self) -> tuple[Rater, ...]:
        """The raters of a set that all share whose part is not accepted yet."""
        return () if self.is_blind else tuple(rater for rater in self.raters if rater.state != "accepted")

    def may_rate(self, item: str) -> bool:
        """Whether whoever asked may rate this item now."""
        return self.mine is None or item in self.mine
