"""What is due as a calendar that other programs subscribe to: iCalendar, RFC 5545."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from icalendar import Calendar, Timezone, TimezoneStandard
from icalendar import Event as Entry
from icalendar.prop import vText, vUri

from ddcat.dates import Event
from ddcat.words import _, language

PRODUCT = "-//ddcat//dates//%s"
HOURS = 12
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")


class _Text(vText):
    """A text in which a backslash before N is one: the library would take the two for the end of a line."""

    def to_ical(self) -> bytes:
        return str(self).replace("\\", r"\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n").encode()


def calendar(events: Iterable[Event], root: str) -> bytes:
    """These events, each a day long; `root` is the address of the installation.

    The same events give the same bytes. A calendar must hold something: one without events holds the time zone UTC.
    """
    made = Calendar()
    made.add("prodid", PRODUCT % language().upper())
    made.add("version", "2.0")
    made.add("x-wr-calname", _("Dates in ddcat"))
    made.add("refresh-interval", timedelta(hours=HOURS), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", f"PT{HOURS}H")
    for event in events:
        made.add_component(_entry(event, root))
    if not made.subcomponents:
        made.add_component(_utc())
    return bytes(made.to_ical())


def _entry(event: Event, root: str) -> Entry:
    day = date.fromisoformat(event.day)
    changed_at = datetime.fromisoformat(event.changed_at)
    address = root.rstrip("/") + event.path
    owner = _("Owner: %(name)s", name=event.who) if event.who else ""
    entry = Entry()
    entry.add("uid", f"{event.key.replace(' ', '-')}@ddcat")
    entry.add("dtstamp", changed_at)
    entry.add("last-modified", changed_at)
    entry.add("dtstart", day)
    if day < date.max:  # the day after the last there is cannot be told; without it the event is a day long too
        entry.add("dtend", day + timedelta(days=1))
    entry.add("summary", _text(f"{event.title} · {event.where}"))
    entry.add("description", _text("\n".join(filter(None, (event.text, owner, address)))))
    entry.add("url", vUri(address))
    entry.add("transp", "TRANSPARENT")
    return entry


def _utc() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", "Etc/UTC")
    standard.add("dtstart", datetime(1970, 1, 1))
    standard.add("tzoffsetfrom", timedelta())
    standard.add("tzoffsetto", timedelta())
    zone.add_component(standard)
    return zone


def _text(text: str) -> _Text:
    """A text without the signs that a line of a calendar cannot hold."""
    return _Text(_CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
