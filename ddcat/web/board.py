"""The board of a program's actions: cards, what is filtered, columns. Thinks for `ddcat.web.actions`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ddcat import actions as judged
from ddcat.actions import Outcome
from ddcat.display import day, period
from ddcat.instrument import Dimension, Instrument, Item
from ddcat.records import Action, Assessment
from ddcat.web.volumes import by_checksum
from ddcat.words import _

BOARD, LIST = "board", "list"
NOBODY = "nobody"
"""Stands for actions without an owner, where an owner is chosen."""


@dataclass(frozen=True, slots=True)
class Card:
    """An action as its program sees it today.

    `plan` is the edition that counts today of the assessment it was planned from, None where whoever asks may not
    see it; `overtaken` the rating of the item since an amendment, where the action begins at another.
    """

    action: Action
    instrument: Instrument | None
    plan: Assessment | None
    outcome: Outcome | None
    overtaken: int | None
    is_late: bool

    @property
    def item(self) -> Item | None:
        """The item it raises; None where its instrument is not known any more."""
        return self.instrument.by_id.get(self.action.item) if self.instrument else None

    @property
    def dimension(self) -> Dimension | None:
        """The dimension of the item."""
        return self.instrument.home.get(self.action.item) if self.instrument else None

    @property
    def title(self) -> str:
        """The item as people say it, or its id."""
        return f"{self.item.code} {self.item.title}" if self.item else self.action.item

    @property
    def owner(self) -> str:
        """Who owns it, as an address says it."""
        return self.action.owner_ref or self.action.owner or NOBODY

    @property
    def next(self) -> str:
        """The state that comes after this one; after the last, the first."""
        if self.action.state not in judged.STATES[:-2]:
            return judged.UNDER_WAY if self.action.state == judged.PROVEN else judged.PROPOSED
        return judged.STATES[judged.STATES.index(self.action.state) + 1]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a board shows: board or list, and which actions; "" is every one."""

    view: str = BOARD
    owner: str = ""
    dimension: str = ""
    plan: str = ""
    late: str = ""

    @property
    def is_filtered(self) -> bool:
        """Whether some actions may be left out."""
        return bool(self.owner or self.dimension or self.plan or self.late)

    @property
    def query(self) -> dict[str, str]:
        """The same as an address says it."""
        said = {name: getattr(self, name) for name in ("owner", "dimension", "plan", "late")}
        return {name: value for name, value in (said | {"view": self.view}).items() if value not in ("", BOARD)}

    def fits(self, card: Card) -> bool:
        """Whether an action is shown."""
        return (
            self.owner in ("", card.owner)
            and self.dimension in ("", card.dimension.id if card.dimension else "")
            and self.plan in ("", card.plan.ref if card.plan else "")
            and (not self.late or card.is_late)
        )


@dataclass(frozen=True, slots=True)
class Choices:
    """What a board can be filtered by: values of an address, each with its words."""

    owner: Mapping[str, str]
    dimension: Mapping[str, str]
    plan: Mapping[str, str]


def cards(
    actions: Iterable[Action], assessments: Sequence[Assessment], instruments: Mapping[str, Instrument], today: str
) -> list[Card]:
    """The actions as they stand today; `instruments` by the ref of each sealed assessment."""
    return [
        Card(
            action=action,
            instrument=instruments.get(action.assessment) or by_checksum(action.checksum),
            plan=judged.newest(assessments, action.assessment),
            outcome=judged.outcome_by_now(action, assessments, instruments),
            overtaken=judged.overtaken(action, assessments),
            is_late=judged.is_late(action, today),
        )
        for action in actions
    ]


def choices(cards: Iterable[Card]) -> Choices:
    """Every owner, dimension and plan that occurs; plans only where there are several."""
    every = list(cards)
    owners = {card.owner: card.action.owner for card in every if card.owner != NOBODY}
    named = dict(sorted(owners.items(), key=lambda one: (one[1].casefold(), one[0])))
    nobody = {NOBODY: _("nobody yet")} if any(card.owner == NOBODY for card in every) else {}
    parts = {
        part.id: f"{part.number} {part.title}"
        for instrument in {id(card.instrument): card.instrument for card in every}.values()
        for part in (instrument.dimensions if instrument else ())
        if any(card.dimension and card.dimension.id == part.id for card in every)
    }
    plans = {card.plan.ref: called(card.plan) for card in every if card.plan}
    return Choices(named | nobody, parts, plans if len(plans) > 1 else {})


def asked(sent: Mapping[str, str], known: Choices) -> Asked:
    """What an address asks for; what it names that does not occur is not filtered by."""

    def one(name: str, of: Iterable[str]) -> str:
        return value if (value := sent.get(name, "")) in of else ""

    return Asked(
        view=LIST if sent.get("view") == LIST else BOARD,
        owner=one("owner", known.owner),
        dimension=one("dimension", known.dimension),
        plan=one("plan", known.plan),
        late=one("late", ("1",)),
    )


def in_words(asked: Asked, known: Choices) -> list[str]:
    """What is filtered by, one phrase each."""
    said = [
        (asked.owner, _("owner: %(name)s", name=known.owner.get(asked.owner, ""))),
        (asked.dimension, _("dimension: %(name)s", name=known.dimension.get(asked.dimension, ""))),
        (asked.plan, _("planned from: %(name)s", name=known.plan.get(asked.plan, ""))),
        (asked.late, _("overdue only")),
    ]
    return [words for is_asked, words in said if is_asked]


def columns(cards: Sequence[Card]) -> dict[str, list[Card]]:
    """The actions of each state, every state in its order."""
    return {state: [card for card in cards if card.action.state == state] for state in judged.STATES}


def called(assessment: Assessment) -> str:
    """An assessment among those of its program: "Baseline, November 3, 2026"."""
    return ", ".join(filter(None, (period(assessment.period), day(assessment.assessed_on))))
