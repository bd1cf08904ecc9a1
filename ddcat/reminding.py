"""Reminds people by mail of what is due: one round over everybody, and the thread that makes one a day.

Each event is marked before its reminder is sent, so nobody is reminded of it twice, however many rounds run at once
and wherever one breaks off. One message gathers all that is new to a person.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ddcat import dates, display, mail, store
from ddcat.dates import Event
from ddcat.records import Person
from ddcat.store import feeds, people, reminders
from ddcat.words import _, n_, speaking

AHEAD, BEHIND = 7, 30
"""Days before an event is due from which its reminder goes out, and days after which it is too late for one."""

HOUR = 6
CHECK_SECONDS = 600

Send = Callable[[str, str, str], None]
"""Hands in one message: to whom, subject, body. Raises mail.NotSent."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round came to: how many messages went out, and whom one could not be sent to, each with the reason."""

    n_sent: int
    faults: tuple[str, ...]


def round(db: store.Database, today: date, send: Send, *, url: str = "") -> Round:
    """Remind everybody who has an e-mail address as login of what is new, with links where `url` is known."""
    n_sent, faults = 0, []
    for person in people.all(db):
        try:
            with speaking(person.language):
                n_sent += _remind(db, person, today, send, url)
        except Exception as fault:  # whatever goes wrong with one person, the others are reminded
            faults.append(f"{person.login}: {fault}")
    return Round(n_sent, tuple(faults))


def _remind(db: store.Database, person: Person, today: date, send: Send, url: str) -> bool:
    """Whether a message went out to this person. Raises mail.NotSent, or whatever else was in the way."""
    fresh = _fresh(db, person, today)
    if not fresh:
        return False
    try:
        send(str(person.login), _subject(fresh), _body(person, fresh, today, url))
    except Exception as refused:
        reminders.note_fault(db, person, fresh, str(refused))
        raise
    reminders.note_sent(db, person, fresh)
    return True


def by_mail(path: Path, config: Mapping[str, Any], today: date, url: str = "") -> Round | None:
    """One round over the database at this path, None where no mail is set up. Raises mail.NotSent or store.Busy."""
    server = mail.Server.of(config)
    if server is None:
        return None
    with closing(store.connect(path).conn) as connection:
        return round(store.Database(connection), today, partial(mail.send, server), url=url)


def begin(path: Path, config: Mapping[str, Any]) -> threading.Event:
    """Make a round every day, in a thread that ends with the program, or when what comes back is set."""
    end = threading.Event()
    threading.Thread(target=_daily, args=(path, config, end), daemon=True, name="reminding").start()
    return end


def is_time(last: date | None, now: datetime) -> bool:
    """Whether a round is to be made at this local time, the last one made on that local day.

    Only the day on the wall counts, so an hour that is skipped or comes twice changes nothing.
    """
    return now.hour >= HOUR and (last is None or now.date() > last)


def _daily(path: Path, config: Mapping[str, Any], end: threading.Event) -> None:
    last = None
    while not end.is_set():
        now = datetime.now()
        if is_time(last, now):
            last = now.date()
            _remind_or_log(path, config, last)
        end.wait(CHECK_SECONDS)


def _remind_or_log(path: Path, config: Mapping[str, Any], today: date) -> None:
    """One round; whatever goes wrong is logged, and never reaches the server that goes on beside it."""
    log = logging.getLogger("ddcat")
    try:
        made = by_mail(path, config, today, str(config.get("URL") or ""))
    except Exception:
        log.exception("Reminders could not be sent.")
        return
    for fault in made.faults if made else ():
        log.error("A reminder could not be sent: %s", fault)


def _fresh(db: store.Database, person: Person, today: date) -> Sequence[Event]:
    """What this person is now to be reminded of, and by nobody else than whoever asked here."""
    if "@" not in str(person.login) or person.disabled_at:
        return ()
    return reminders.mark(db, person, dates.near(feeds.events(db, person), today, ahead=AHEAD, behind=BEHIND))


def _subject(events: Sequence[Event]) -> str:
    return n_("ddcat: %(num)s date to keep in mind", "ddcat: %(num)s dates to keep in mind", len(events))


def _body(person: Person, events: Sequence[Event], today: date, url: str) -> str:
    """Plain text: each event with its day and program, and the page about it."""
    lines = [_("Hello %(name)s,", name=person.name), "", _("these dates are yours in ddcat:"), ""]
    for event in events:
        lines += [*_told(event, today), *([url.rstrip("/") + event.path] if url else []), ""]
    if not url:
        lines += [_("Log in to ddcat to see more."), ""]
    lines.append(_("You get this reminder once. The first page of ddcat lists your dates."))
    return "\n".join(lines) + "\n"


def _told(event: Event, today: date) -> list[str]:
    day = display.day(event.day)
    due = _("overdue since %(day)s", day=day) if dates.is_late(event, today) else _("due %(day)s", day=day)
    owner = [_("Owner: %(name)s", name=event.who)] if event.who else []
    return [event.title, f"{event.where} · {due}", *owner]
