"""The calendar as other programs read it."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar import Event as Entry

from ddcat.dates import Event
from ddcat.interchange.calendar import calendar

ROOT = "https://ddcat.example.org/"
EVENT = Event(
    "action a1",
    "2028-02-29",
    "Write the script",
    "Evening Harbor",
    "/actions/a1",
    "2026-04-01T08:00:00+00:00",
    text="Write the script",
)


def read(content: bytes) -> list[Entry]:
    """The events of a calendar that says what it is and has no fault in it."""
    found = Calendar.from_ical(content)
    assert found.errors == []
    assert (found["prodid"], found["version"]) == ("-//ddcat//dates//EN", "2.0")
    entries = found.walk("VEVENT")
    assert [entry.errors for entry in entries] == [[]] * len(entries)
    return entries


def lines(content: bytes) -> list[str]:
    """The lines as they stand there, unfolded."""
    assert content.endswith(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 75
    return content.decode().replace("\r\n ", "").split("\r\n")[:-1]


def test_an_event_is_a_whole_day_that_takes_no_time() -> None:
    said = lines(calendar([EVENT], ROOT))
    assert said[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert said[-1] == "END:VCALENDAR"
    for line in (
        "X-WR-CALNAME:Dates in ddcat",
        "UID:action-a1@ddcat",
        "DTSTAMP:20260401T080000Z",
        "LAST-MODIFIED:20260401T080000Z",
        "DTSTART;VALUE=DATE:20280229",
        "DTEND;VALUE=DATE:20280301",
        "SUMMARY:Write the script · Evening Harbor",
        r"DESCRIPTION:Write the script\nhttps://ddcat.example.org/actions/a1",
        "URL:https://ddcat.example.org/actions/a1",
        "TRANSP:TRANSPARENT",
    ):
        assert line in said


def test_the_same_events_give_the_same_bytes() -> None:
    assert calendar([EVENT], ROOT) == calendar([EVENT], ROOT)


def test_an_event_that_is_moved_or_changed_keeps_its_name() -> None:
    (one,) = read(calendar([EVENT], ROOT))
    (other,) = read(calendar([replace(EVENT, day="2028-03-05", title="Write it")], ROOT))
    assert one["uid"] == other["uid"]
    assert one["dtstart"].dt != other["dtstart"].dt


def test_who_does_it_is_said_where_it_is_somebody_else() -> None:
    (entry,) = read(calendar([replace(EVENT, who="Sam Stone")], ROOT))
    assert "Owner: Sam Stone" in entry["description"]


def test_a_calendar_without_events_is_a_calendar() -> None:
    content = calendar([], ROOT)
    assert read(content) == []
    assert len(Calendar.from_ical(content).subcomponents) == 1, "RFC 5545 wants at least one component"
    lines(content)


@pytest.mark.parametrize(
    "text",
    [
        "Ask, then wait; ask again: now",
        "First line\nsecond line\n\nfourth",
        r"a back\slash, a \n that is none, and \; \,",
        "Lantern 🏮 and family 👨‍👩‍👧‍👦",
        "x" * 4000,
        "é" * 4000,
        "🏮" * 4000,
        "ends in a back\\",
        r"The folder C:\New\Notes on the shared drive",
        'BEGIN:VEVENT\nUID:other@example.org\nEND:VEVENT "quoted"',
        "",
    ],
)
def test_a_text_comes_back_as_it_was_written(text: str) -> None:
    content = calendar([replace(EVENT, title=text, text=text)], ROOT)
    lines(content)
    (entry,) = read(content)
    assert entry["summary"] == f"{text} · Evening Harbor"
    assert entry["description"] == "\n".join(filter(None, [text, "https://ddcat.example.org/actions/a1"]))
    assert entry["uid"] == "action-a1@ddcat"


def test_signs_that_no_line_may_hold_become_spaces() -> None:
    control = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, 0x85, 0x2028, 0x2029]))
    content = calendar([replace(EVENT, text=f"a{control}b\rc\r\nd")], ROOT)
    assert len(content.decode().splitlines()) == content.count(b"\r\n"), "no other sign ends a line"
    assert re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", content.decode()) is None
    (entry,) = read(content)
    assert entry["description"].startswith(f"a{' ' * len(control)}b\nc\nd\n")


@given(st.text(max_size=300), st.text(max_size=90), st.dates())
def test_no_text_and_no_day_breaks_the_calendar(text: str, where: str, day: date) -> None:
    text = re.sub("[\ud800-\udfff]", "", text)
    content = calendar([replace(EVENT, text=text, where=where, day=day.isoformat()), EVENT], ROOT)
    lines(content)
    entry, after = read(content)
    assert entry["dtstart"].dt == day
    assert after["summary"] == "Write the script · Evening Harbor"
    kept = re.sub(r"[^\w]", "", text)
    assert re.sub(r"[^\w]", "", entry["description"]).startswith(kept)


def test_the_last_day_there_is_has_no_day_after_it() -> None:
    (entry,) = read(calendar([replace(EVENT, day="9999-12-31")], ROOT))
    assert "dtend" not in entry


def test_moments_are_told_in_utc() -> None:
    there = datetime(2026, 4, 1, 10, tzinfo=UTC) + timedelta(hours=3)
    (entry,) = read(calendar([replace(EVENT, changed_at=there.isoformat())], ROOT))
    assert entry["dtstamp"].dt == there
