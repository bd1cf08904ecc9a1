"""The work on a plan: its actions on a day, what moved since the assessment before, and which actions delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ddcat import actions, change
from ddcat.actions import Delivery, Outcome
from ddcat.change import Since
from ddcat.instrument import Instrument
from ddcat.records import Action, Assessment, Plan


@dataclass(frozen=True, slots=True)
class Work:
    """How far the work on a plan has come on a day: what was chosen, and the actions, the first due first.

    `older` are actions of earlier plans that are still open, `days` the days of those plans by the ref of each
    assessment. `outcomes` say by ref what the assessments since say of an action; `after` is what the next
    assessment says of the whole plan, None where none was sealed. `since` is what moved from the assessment before,
    and `delivery` what became of the actions planned there; both None where there is none to compare with.
    """

    today: str
    plan: Plan = Plan()
    actions: tuple[Action, ...] = ()
    older: tuple[Action, ...] = ()
    days: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome | None] = field(default_factory=dict)
    after: Delivery | None = None
    since: Since | None = None
    delivery: Delivery | None = None

    @property
    def every(self) -> tuple[Action, ...]:
        """The actions of this plan and those that are open of earlier ones."""
        return self.actions + self.older

    @property
    def late(self) -> frozenset[str]:
        """The refs of the actions that are overdue."""
        return frozenset(action.ref for action in self.every if actions.is_late(action, self.today))

    @property
    def due(self) -> tuple[Action, ...]:
        """The actions that are open, the first due first, those without a day last."""
        still = (action for action in self.every if action.state in actions.OPEN)
        return tuple(sorted(still, key=lambda action: (not action.due_on, action.due_on)))

    @property
    def carried(self) -> tuple[tuple[str, tuple[Action, ...]], ...]:
        """The open actions of earlier plans, by the day of the plan that each comes from, the newest plan first."""
        days = sorted({self.days[one.assessment] for one in self.older}, reverse=True)
        return tuple((day, tuple(one for one in self.older if self.days[one.assessment] == day)) for day in days)

    def of(self, item: str) -> tuple[Action, ...]:
        """The actions that raise an item and were not dropped: those of this plan, and open ones of earlier plans."""
        return tuple(each for each in self.every if each.item == item and each.state != actions.DROPPED)


def work_on(
    assessment: Assessment,
    *,
    today: str,
    plan: Plan,
    every: Sequence[Action],
    seen: Sequence[Assessment],
    instruments: Mapping[str, Instrument],
) -> Work:
    """The work on the plan of one assessment, from every action of its program.

    `seen` are the assessments of the program with the same instrument, whichever version, in their order; and
    `instruments` those that they were rated with, by the ref of each.
    """
    instrument, later = instruments[assessment.ref], actions.later(seen, assessment.ref, instruments)
    own = actions.planned_from(every, seen, assessment.ref)
    mine = actions.editions(seen, assessment.ref)
    days = {each.ref: each.assessed_on for each in seen if each.assessed_on < assessment.assessed_on}
    earlier = [one for one in every if one.assessment in days.keys() - mine and one.item in instrument.by_id]
    work = Work(
        today=today,
        plan=plan,
        actions=own,
        older=tuple(one for one in earlier if one.state in actions.OPEN),
        days=days,
        outcomes={one.ref: actions.outcome_by_now(one, seen, instruments) for one in own},
        after=_delivery(assessment, later[0], instruments, own) if later else None,
    )
    base = actions.before(seen, assessment.ref, instruments) if assessment.is_sealed else None
    if base is None:
        return work
    to_base, of_base = (
        [each for each in seen if each.assessed_on <= base.assessed_on],
        actions.editions(seen, base.ref),
    )
    due = [
        one
        for one in earlier
        if one.assessment in of_base
        or _is_unsettled(actions.as_it_stood(one, assessment), actions.outcome_by_now(one, to_base, instruments))
    ]
    noise = change.noise_of(actions.standing(seen), instruments, instrument.id)
    return replace(
        work,
        since=change.since(instruments[base.ref], base, instrument, assessment, noise),
        delivery=_delivery(base, assessment, instruments, due),
    )


def _delivery(
    base: Assessment, after: Assessment, instruments: Mapping[str, Instrument], planned: Sequence[Action]
) -> Delivery | None:
    """What a later assessment says of these actions; None where none was planned."""
    if not planned:
        return None
    return actions.delivery(instruments[base.ref], base, after, instruments[after.ref], planned)


def _is_unsettled(action: Action, outcome: Outcome | None) -> bool:
    """Whether an action of an earlier plan still waits for its verdict: it was too early, or could not be told."""
    return action.state != actions.DROPPED and (outcome is None or outcome.verdict == actions.TOO_EARLY)
