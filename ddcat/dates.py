"""What is due to somebody, and on which day: actions, ratings that she was given, the next assessment.

Pure: what she may see in, events out; the day that is today is given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ddcat import actions as work
from ddcat.access import Act, may
from ddcat.progress import HANDED_IN, own
from ddcat.records import Action, Assessment
from ddcat.words import _

SHORTEST, LONGEST = 60, 100
"""Between so many signs a long text is cut, after a word if one ends there."""

Pair = tuple[Assessment | None, Assessment | None]
"""The newest sealed assessment of a program with one instrument, and the draft that is newer than it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is due to somebody on a day (ISO text).

    `key` names it for good; with another day it is another event. `title` is one line, `text` all there is to say,
    `who` does it where that is not herself, `where` is the program, `path` the page about it in this application.
    """

    key: str
    day: str
    title: str
    where: str
    path: str
    changed_at: str
    text: str = ""
    who: str = ""


def events(
    who: str, actions: Iterable[Action], drafts: Iterable[Assessment], standing: Iterable[Pair]
) -> tuple[Event, ...]:
    """Everything that is due to this person (a ref), the first due first.

    `actions` are those that she may see; of `drafts`, assessments that name her, only her own part is told, so
    raters who rate alone learn nothing of each other; `standing` is how the programs that she sees stand.
    """
    found = (*_actions(who, actions), *_ratings(who, drafts), *_next(standing))
    return tuple(sorted(found, key=lambda event: (event.day, event.title.casefold(), event.key)))


def near(found: Iterable[Event], today: date, *, ahead: int, behind: int | None = None) -> tuple[Event, ...]:
    """The events due within so many days from today, and those overdue by at most so many, or by any number."""
    return tuple(event for event in found if _is_near((date.fromisoformat(event.day) - today).days, ahead, behind))


def is_late(event: Event, today: date) -> bool:
    """Whether it was due before today."""
    return event.day < today.isoformat()


def a_year_after(day: str) -> str:
    """Twelve months after a day; after February 29 the last day of the next February."""
    then = date.fromisoformat(day)
    if (then.month, then.day) == (2, 29):
        then = then.replace(day=28)
    return then.replace(year=then.year + 1).isoformat()


def _actions(who: str, actions: Iterable[Action]) -> Iterator[Event]:
    """Her own open actions, and every one that she may change, with the name of whoever owns it."""
    for action in actions:
        is_own = action.owner_ref == who
        if action.due_on and action.state in work.OPEN and (is_own or may(Act.CHANGE_ACTION, action.held)):
            yield Event(
                key=f"action {action.ref}",
                day=action.due_on,
                title=_line(action.what) or _("Action"),
                where=action.program,
                path=f"/actions/{action.ref}",
                changed_at=action.saved_at,
                text=action.what,
                who="" if is_own else action.owner,
            )


def _ratings(who: str, drafts: Iterable[Assessment]) -> Iterator[Event]:
    for draft in drafts:
        rater = own(draft, who)
        if rater and rater.due_on and not draft.is_sealed and rater.state not in HANDED_IN:
            yield Event(
                key=f"rating {draft.ref}",
                day=rater.due_on,
                title=_("Hand in your ratings"),
                where=draft.program,
                path=f"/assessments/{draft.ref}",
                changed_at=rater.changed_at or draft.started_at,
            )


def _next(standing: Iterable[Pair]) -> Iterator[Event]:
    """A year after the newest sealed assessment of a program, until the next one is begun, with any instrument.

    An amendment is no next one.
    """
    pairs = list(standing)
    newest = _newest(sealed for sealed, _draft in pairs if sealed)
    begun = _newest(draft for _sealed, draft in pairs if draft and draft.amends is None)
    for ref, sealed in newest.items():
        is_begun = ref in begun and begun[ref].assessed_on >= sealed.assessed_on
        if not is_begun and may(Act.START, sealed.held):
            yield Event(
                key=f"next {sealed.program_ref}",
                day=a_year_after(sealed.assessed_on),
                title=_("Assess the program again"),
                where=sealed.program,
                path=f"/programs/{sealed.program_ref}",
                changed_at=sealed.sealed_at or sealed.started_at,
                text=_("Twelve months after the newest sealed assessment."),
            )


def _newest(assessments: Iterable[Assessment]) -> dict[str, Assessment]:
    """By program ref."""
    return {each.program_ref: each for each in sorted(assessments, key=lambda each: each.assessed_on)}


def _is_near(days: int, ahead: int, behind: int | None) -> bool:
    return days <= ahead and (behind is None or -days <= behind)


def _line(text: str) -> str:
    """A text as one line that is not too long."""
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    end = line.rfind(" ", SHORTEST, LONGEST)
    return line[: end if end > 0 else LONGEST - 1].rstrip(" ,;:") + "…"
