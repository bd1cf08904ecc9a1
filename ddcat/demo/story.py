"""What the TOML files here tell, as they tell it, and how their short forms are read. Pure but for reading them."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ddcat.instrument import Instrument, Item
from ddcat.records import Evidence

INSTRUMENT = "ddcat@4.0"
"""What an assessment is made with where it names no other."""

ADMINISTRATOR = "Morgan Invented"
PASSWORD = "tide harbor lantern"
RELEASED = "2026-Q3"
"""The quarter of which it is shown what peers come to."""

_FILES = ("lantern", "kittiwake", "moonwader", "networks", "people")
_UNTIL_SEALED = timedelta(days=7)

Told = Mapping[str, Any]
"""A table of a file."""


def everything() -> Told:
    """Every agency and every person, in the order of the files."""
    told = [tomllib.loads(path.read_text(encoding="utf-8")) for path in paths()]
    return {name: [each for one in told for each in one.get(name, ())] for name in ("agency", "person")}


def paths() -> list[Path]:
    """Where the files stand."""
    return [Path(__file__).with_name(f"{name}.toml") for name in _FILES]


def assessments(program: Told) -> Iterator[Told]:
    """The assessments of a program; those told in short are sealed by who administers the demo."""
    yield from program.get("assessment", ())
    instrument = program.get("instrument", INSTRUMENT)
    for period, (day, kind, rater, marks) in enumerate(program.get("years", ()), 1):
        told = {"assessed_on": day, "kind": kind, "rater": rater, "period": period, "ratings": marks}
        cover = {"chart_agreement": True} if kind != "self" else {}
        about = {"instrument": instrument, "by": ADMINISTRATOR, "sealed": True, "cover": cover}
        yield told | about | {"why": {}, "evidence": {}, "short": True}


def sealed_at(told: Told) -> str:
    """The moment at which an assessment was sealed."""
    assessed_on = date.fromisoformat(told["assessed_on"])
    day = told.get("sealed_on") or (assessed_on + _UNTIL_SEALED).isoformat()
    return f"{day}T16:00:00+00:00"


def ratings(instrument: Instrument, marks: str) -> dict[str, int]:
    """Ratings by item id from marks in paper order: a digit an item, `-` where not rated, blanks at will."""
    pairs = zip(instrument.items, marks.replace(" ", ""), strict=True)
    return {item.id: int(mark) for item, mark in pairs if mark != "-"}


def line(item: Item, told: Told, *, seen_by: str, seen_on: str) -> Evidence:
    """A line of evidence; a count is told as `3 of 10`, where the item has two shares as `3 and 2 of 10`."""
    counts, n = {}, None
    if "count" in told:
        found, of = told["count"].split(" of ")
        names = item.share.counts if item.share else ("found",)
        counts, n = dict(zip(names, map(int, found.split(" and ")), strict=True)), int(of)
    return Evidence(
        ref="",
        item=item.id,
        source=told["source"],
        seen=told.get("seen", ""),
        place=told.get("place", ""),
        seen_on=told.get("on", seen_on),
        seen_by=seen_by,
        finding="count" if counts else told.get("finding", "found"),
        counts=counts,
        n=n,
        is_everybody=bool(counts and item.share and item.share.everybody),
        supports=told.get("supports"),
    )
