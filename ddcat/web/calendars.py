"""A person's dates: the list on the first page, and the private address at which her calendar reads them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ddcat import dates
from ddcat.dates import Event
from ddcat.interchange import calendar
from ddcat.records import Assessment
from ddcat.store import actions, feeds, reminders
from ddcat.store.assessments import Standing
from ddcat.web import accounts
from ddcat.web.session import db, person
from ddcat.words import _, speaking

bp = Blueprint("calendars", __name__)

AHEAD = 30
MOST = 8


@dataclass(frozen=True, slots=True)
class Coming:
    """What is due to somebody soon, how much more there is, and of what the mail to her did not go out, by the fault.

    The fault is "" where the sending of a mail broke off.
    """

    events: tuple[Event, ...]
    n_more: int
    unsent: Mapping[str, Sequence[Event]]
    today: date

    def is_late(self, event: Event) -> bool:
        """Whether it was due before today."""
        return dates.is_late(event, self.today)


@bp.get("/calendar/<token>.ics")
def feed(token: str) -> ResponseReturnValue:
    """The dates of whoever has this address, as her roles are now."""
    owner = feeds.owner(db(), token)
    with speaking(owner.language):
        content = calendar.calendar(feeds.events(db(), owner), request.url_root)
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": 'inline; filename="ddcat.ics"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)


@bp.post("/account/calendar")
def make() -> ResponseReturnValue:
    """A new private address, shown this once; the one before ends."""
    token = feeds.make(db(), person())
    return accounts.show(url_for(".feed", token=token, _external=True))


@bp.post("/account/calendar/end")
def end() -> ResponseReturnValue:
    """The private address no longer works."""
    feeds.end(db(), person())
    flash(_("The address of your calendar has ended. Remove it from the calendars that read it."))
    return redirect(url_for("accounts.show"))


def coming(named: Iterable[Assessment], standing: Iterable[Standing]) -> Coming:
    """The dates for the first page, from what it has read already: drafts that name her, and where programs stand."""
    pairs = ((one.sealed, one.draft) for one in standing)
    found = dates.events(person().ref, actions.of_person(db(), person()), named, pairs)
    soon = dates.near(found, date.today(), ahead=AHEAD)
    return Coming(soon[:MOST], len(soon[MOST:]), _unsent(found), date.today())


def _unsent(found: Iterable[Event]) -> dict[str, list[Event]]:
    """Those of these events of which the mail to her did not go out, by the fault; what is done needs no mail."""
    faults = {(one.event, one.due_on): one.fault for one in reminders.unsent(db(), person())}
    unsent: dict[str, list[Event]] = {}
    for event in found:
        if (event.key, event.day) in faults:
            unsent.setdefault(faults[event.key, event.day], []).append(event)
    return unsent
