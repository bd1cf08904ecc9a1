"""Actions judged: which are open, late, overtaken by an amendment, and what the next assessment says they delivered.

Pure: assessments, instruments and actions in, codes and values out; the day that is today is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

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

    `action` is what the action said when that assessment was sealed; by that it is judged. `verdict` is "too early"
    where the action was to begin later, and was not said to be done; else "hit" where the item has reached the
    expected rating; else "too early" where it was not said to be done and was not due yet, or was but proposed
    without a day; else "miss".
    """

    verdict: str
    action: Action
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


def later(
    assessments: Sequence[Assessment], ref: str, instruments: Mapping[str, Instrument]
) -> tuple[Assessment, ...]:
    """The sealed assessments of later days with the same instrument, whichever version; the next first.

    `instruments`, here and below, by the ref of each sealed assessment.
    """
    base = newest(assessments, ref)
    return tuple(
        each for each in _alike(assessments, base, instruments) if base and each.assessed_on > base.assessed_on
    )


def before(assessments: Sequence[Assessment], ref: str, instruments: Mapping[str, Instrument]) -> Assessment | None:
    """The last sealed assessment of an earlier day with the same instrument; None before the first."""
    base = newest(assessments, ref)
    alike = _alike(assessments, base, instruments)
    return next((each for each in reversed(alike) if base and each.assessed_on < base.assessed_on), None)


def _alike(
    assessments: Sequence[Assessment], base: Assessment | None, instruments: Mapping[str, Instrument]
) -> list[Assessment]:
    """The sealed assessments that count today and have the instrument of this one."""
    id = instruments[base.ref].id if base else None
    return [each for each in standing(assessments) if instruments[each.ref].id == id]


def overtaken(action: Action, assessments: Sequence[Assessment]) -> int | None:
    """The rating that the item has since an amendment, where it is no longer the one the action begins at."""
    base = newest(assessments, action.assessment)
    rating = base.ratings.get(action.item) if base else None
    return rating if rating != action.rating else None


def outcome(action: Action, assessment: Assessment, instrument: Instrument) -> Outcome | None:
    """What one sealed assessment says of an action; None for a dropped one, or where the item is not rated there."""
    then = as_it_stood(action, assessment)
    rating = assessment.ratings.get(action.item)
    if then.state == DROPPED or rating is None:
        return None
    carried = evidence.as_evidenced(instrument, assessment)[action.item]
    if _is_still_to_come(then, assessment.assessed_on):
        verdict = TOO_EARLY if rating < then.expected or then.starts_on > assessment.assessed_on else HIT
    else:
        verdict = HIT if rating >= then.expected else MISS
    return Outcome(verdict, then, assessment, rating, carried)


def as_it_stood(action: Action, assessment: Assessment) -> Action:
    """An action as it was when this assessment was sealed; as it is now where it was planned only later."""
    then = action.stood.get(assessment.ref)
    return replace(action, **asdict(then)) if then else action


def outcome_by_now(
    action: Action, assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]
) -> Outcome | None:
    """What the assessments since say of an action: the first for which it was not too early, else the last."""
    found = None
    for each in later(assessments, action.assessment, instruments):
        found = outcome(action, each, instruments[each.ref]) or found
        if found and found.verdict != TOO_EARLY:
            break
    return found


def _is_still_to_come(action: Action, day: str) -> bool:
    """Whether an action is not said to be done, and begins or is due only after this day, or is but an idea."""
    if action.state in SAID_DONE:
        return False
    is_idea = action.state == PROPOSED and not action.due_on
    return is_idea or (action.due_on or action.starts_on) > day or action.starts_on > day


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
    stood = [as_it_stood(action, after) for action in actions]
    return Delivery(
        assessment=after,
        outcomes=tuple((action, outcome(action, after, judged_by)) for action in stood),
        before=scoring.score(instrument, base.ratings),
        expected=scoring.score(instrument, expected(base.ratings, stood)),
        after=scoring.score(judged_by, after.ratings),
    )
