"""What the store gives and takes: frozen values with no behaviour but what they say of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ddcat.access import NOTHING, Held
from ddcat.facts import Facts


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who uses this installation. `login` is what she types to log in, None before she has an account.

    `epoch` counts the times that all her sessions were ended. `has_factor`: whether a second factor is asked for.
    """

    id: int
    name: str
    ref: str = ""
    login: str | None = None
    epoch: int = 0
    has_factor: bool = False
    is_administrator: bool = False
    disabled_at: str | None = None


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
    evidence: str = ""
    revision: int = 0


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
    """

    program: str
    assessed_on: str
    ratings: dict[str, int]
    kind: str | None = None
    rater: str | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)
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
    held: Held = field(default=NOTHING, compare=False, repr=False)

    @property
    def is_sealed(self) -> bool:
        """Whether it is completed and frozen."""
        return self.sealed_at is not None

    def said(self, item: str) -> Rating:
        """What was said of one item so far."""
        return Rating(self.ratings.get(item), self.evidence.get(item, ""), self.revisions.get(item, 0))
