"""Actions judged: which are open, late, overtaken by an amendment, and what the next assessment says they delivered.

Pure: assessments, instruments and actions in, codes and values out; the day that is today is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ddcat import evidence, scoring
from ddcat.instrument import Instrument
from ddcat.records import Action, Assessment
from ddcat.scoring import Ratings, Result

PROPOSED, AGREED, UNDER_WAY, DONE, PROVEN, DROPPED = "proposed", "agreed", "under way", "done", "proven", "dropped"
STATES = (PROPOSED, AGREED, UNDER_WAY, DONE, PROVEN, DROPPED)
OPEN = (PROPOSED, AGREED, UNDER_WAY)
"""Not yet done: what can be late."""

SAID_DONE = (DONE, PROVEN)

HIT, MISS, TOO_EARLY = "hit", "miss", "too early"
VERDICTS = (HIT, MISS, TOO_EARLY)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an assessment says of an action: `rating` and how far evidence carries it (`evidenced`), on that day.

    `verdict` is "hit" where the item has reached the expected rating; else "too early" where the action was not
    said to be done and was not due yet, or not to begin yet where no day it is due is set; else "miss".
    """

    verdict: str
    assessment: Assessment
    rating: int
    evidenced: int

    @property
    def is_carried(self) -> bool:
        """Whether evidence carries what was rated."""
        return self.evidenced >= self.rating


@dataclass(frozen=True, slots=True)
class Delivery:
    """Whether a plan worked: each action with its outcome, None for what was dropped or cannot be told.

    `before`, `expected` and `after` are the results as rated: of the assessment that was planned from, with every
    action that was not dropped at its expected rating, and of the assessment that judges.
    """

    assessment: Assessment
    outcomes: tuple[tuple[Action, Outcome | None], ...]
    before: Result
    expected: Result
    after: Result

    def count(self, verdict: str) -> int:
        """How many actions have this verdict."""
        return sum(outcome is not None and outcome.verdict == verdict for _action, outcome in self.outcomes)

    @property
    def n_judged(self) -> int:
        """How many actions are a hit or a miss."""
        return self.count(HIT) + self.count(MISS)


def is_late(action: Action, today: str) -> bool:
    """Whether an open action was due before today."""
    return action.state in OPEN and bool(action.due_on) and action.due_on < today


def standing(assessments: Iterable[Assessment]) -> tuple[Assessment, ...]:
    """The sealed assessments that count today, in their order: of each the newest sealed edition."""
    return tuple(each for each in assessments if each.is_sealed and not each.replaced_at)


def editions(assessments: Iterable[Assessment], ref: str) -> frozenset[str]:
    """The refs of all editions of one assessment, whichever of them is asked for."""
    amended = {each.ref: each.amends for each in assessments}

    def first(one: str) -> str:
        while (earlier := amended.get(one)) in amended:
            one = str(earlier)
        return one

    return frozenset({each for each in amended if first(each) == first(ref)} | {ref})


def newest(assessments: Sequence[Assessment], ref: str) -> Assessment | None:
    """The edition of an assessment that counts today, None where whoever asks sees none that is sealed."""
    own = editions(assessments, ref)
    return next((each for each in standing(assessments) if each.ref in own), None)


def planned_from(actions: Iterable[Action], assessments: Iterable[Assessment], ref: str) -> tuple[Action, ...]:
    """The actions that were planned from an assessment, whichever edition of it."""
    own = editions(assessments, ref)
    return tuple(action for action in actions if action.assessment in own)


def later(assessments: Sequence[Assessment], ref: str) -> tuple[Assessment, ...]:
    """The sealed assessments of later days, the next first."""
    base = newest(assessments, ref)
    return tuple(each for each in standing(assessments) if base and each.assessed_on > base.assessed_on)


def before(assessments: Sequence[Assessment], ref: str) -> Assessment | None:
    """The last sealed assessment of an earlier day; None before the first."""
    base = newest(assessments, ref)
    earlier = [each for each in standing(assessments) if base and each.assessed_on < base.assessed_on]
    return earlier[-1] if earlier else None


def overtaken(action: Action, assessments: Sequence[Assessment]) -> int | None:
    """The rating that the item has since an amendment, where it is no longer the one the action begins at."""
    base = newest(assessments, action.assessment)
    rating = base.ratings.get(action.item) if base else None
    return rating if rating != action.rating else None


def outcome(action: Action, assessment: Assessment, instrument: Instrument) -> Outcome | None:
    """What one sealed assessment says of an action; None for a dropped one, or where the item is not rated there."""
    rating = assessment.ratings.get(action.item)
    if action.state == DROPPED or rating is None:
        return None
    carried = evidence.as_evidenced(instrument, assessment)[action.item]
    if rating >= action.expected:
        verdict = HIT
    elif action.state in SAID_DONE or (action.due_on or action.starts_on) <= assessment.assessed_on:
        verdict = MISS
    else:
        verdict = TOO_EARLY
    return Outcome(verdict, assessment, rating, carried)


def outcome_by_now(
    action: Action, assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]
) -> Outcome | None:
    """What the assessments since say of an action: the first for which it was not too early, else the last.

    `instruments` by the ref of each assessment.
    """
    found = None
    for each in later(assessments, action.assessment):
        found = outcome(action, each, instruments[each.ref]) or found
        if found and found.verdict != TOO_EARLY:
            break
    return found


def expected(ratings: Ratings, actions: Iterable[Action]) -> Ratings:
    """The ratings if every action that was not dropped delivers what it expects; none falls."""
    raised = dict(ratings)
    for action in actions:
        if action.state != DROPPED and action.item in raised:
            raised[action.item] = max(raised[action.item], action.expected)
    return raised


def delivery(
    instrument: Instrument, base: Assessment, after: Assessment, judged_by: Instrument, actions: Sequence[Action]
) -> Delivery:
    """Whether the actions planned from `base` (of `instrument`) delivered, as `after` (of `judged_by`) says."""
    return Delivery(
        assessment=after,
        outcomes=tuple((action, outcome(action, after, judged_by)) for action in actions),
        before=scoring.score(instrument, base.ratings),
        expected=scoring.score(instrument, expected(base.ratings, actions)),
        after=scoring.score(judged_by, after.ratings),
    )


def gained(before: Result, after: Result) -> Fraction | None:
    """By how much the overall score rose, None where one of them is not known."""
    return after.overall - before.overall if before.overall is not None and after.overall is not None else None
