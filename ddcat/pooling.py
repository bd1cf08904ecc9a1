"""Peer groups that give nobody away. Pure: the scores of many programs in, a few rough figures of each group out.

Of a program nothing enters but the step its overall score lies on: whatever is shown, whenever, and whatever others
do, tells no more of it than that. A step is wide enough that scores more than half a point apart lie on it.
`docs/pooling.md` says what that promises and what not.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from math import ceil, lcm

from ddcat import facts, facts_sheet
from ddcat.facts import Facts
from ddcat.instrument import Instrument
from ddcat.words import later

FEWEST = 5
AGENCIES = 3
"""A group is shown from so many programs of so many agencies up, none of which runs more than half of them."""

CHANGED = 3
"""A group is released again once at least so many agencies have changed in it."""

APART = Fraction(1, 2)
"""On each step there are scores further apart than this."""

WIDTHS = tuple(Fraction(quarters, 4) for quarters in (3, 4, 5, 6, 8))
QUARTER = re.compile(r"(?P<year>[12][0-9]{3})-Q(?P<part>[1-4])")

_LEVELS = ("4", "3", "2.5", "2.1", "otp", "wm", "1")
_LEVELS_MENTAL_HEALTH = ("inpatient", "partial", "outpatient")
_PUBLIC = {"medicaid", "medicare", "state", "military"}
_PRIVATE = {"self-pay", "private"}
_SIZES = {"small": 20, "medium": 60}
_FIELDS = {field.name: field.choices or {} for field in facts.fields(facts.PROGRAM)}

LEVEL, SIZE, PAYERS, VIDEO = "level", "size", "payers", "video"
GROUPINGS: dict[str, Mapping[str, str]] = {
    LEVEL: {f"addiction-{code}": _FIELDS["level_addiction"][code] for code in _LEVELS}
    | {f"mental-health-{code}": _FIELDS["level_mental_health"][code] for code in _LEVELS_MENTAL_HEALTH},
    SIZE: {
        "small": later("Fewer than 20 places"),
        "medium": later("20 to 59 places"),
        "large": later("60 places or more"),
    },
    PAYERS: {
        "public": later("Public payers only: Medicaid, Medicare, state or military insurance"),
        "private": later("Private payers only: self-pay or private insurance"),
        "both": later("Public and private payers"),
    },
    VIDEO: {
        "some": later("Some parts by video"),
        "none": later("Nothing by video"),
    },
}
"""In which ways programs are grouped, and how each group reads. In each way a program is in one group or in none."""

Steps = tuple[Fraction, ...]
"""Where each step begins, ascending; the last value is where the last one ends."""

Key = tuple[str, str]
"""A group: the way of grouping and the code of the group in it."""

Behind = Mapping[str, str]
"""What a release was made from: of each agency a mark that changes when its part changes."""


@dataclass(frozen=True, slots=True)
class Member:
    """What a pool knows of a program: who runs it (a ref), its facts, the kind of rater, and its step from 0."""

    agency: str
    facts: Facts
    kind: str | None
    step: int


@dataclass(frozen=True, slots=True)
class Peers:
    """What is shown of a group: how many programs and agencies, how many by each kind of rater ("" not stated).

    `half` is from where to where at least half of the programs lie, `middle` where the middle one lies.
    """

    n: int
    n_agencies: int
    kinds: Mapping[str, int]
    half: tuple[Fraction, Fraction]
    middle: tuple[Fraction, Fraction]


def steps(instrument: Instrument) -> Steps | None:
    """The steps of an instrument's overall score: from the lowest score up, all equally wide but for the last.

    The narrowest that will do: on each the lowest and the highest score that there can be lie more than `APART`
    apart. None where even wide ones will not, and where there is no overall score.
    """
    if not instrument.has_overall:
        return None
    scores, unit = _possible(instrument)
    lowest, highest = Fraction(instrument.rating.lowest), Fraction(instrument.rating.highest)
    for width in WIDTHS:
        n = max(1, int((highest - lowest) / width))
        found = (*(lowest + at * width for at in range(n)), highest)
        if all(_apart(scores, unit, *ends, is_last=ends[1] == highest) > APART for ends in pairwise(found)):
            return found
    return None


def step_of(steps: Steps, score: Fraction) -> int:
    """The step that a score lies on; where one ends, the next begins."""
    return min(bisect_right(steps, score), len(steps) - 1) - 1


def groups(said: Facts) -> dict[str, str]:
    """The group of a program with these facts in each way of grouping, where it can be told."""
    found = {LEVEL: _level(said), SIZE: _size(said), PAYERS: _payers(said), VIDEO: _video(said)}
    return {grouping: code for grouping, code in found.items() if code}


def release(
    steps: Steps, members: Sequence[Member], earlier: Mapping[Key, Behind]
) -> dict[Key, tuple[Peers, Behind]]:
    """The groups that are released now, each with what it is made from; `earlier` is what their last was made from.

    A group that is not among them keeps the release that it has, or has none.
    """
    made: dict[Key, tuple[Peers, Behind]] = {}
    for grouping in GROUPINGS:
        sorted_in: dict[str, list[Member]] = {}
        for member in members:
            sorted_in.setdefault(groups(member.facts).get(grouping, ""), []).append(member)
        for code in _shown(sorted_in):
            behind = _behind(sorted_in[code])
            if _n_changed(earlier.get((grouping, code), {}), behind) >= CHANGED:
                made[grouping, code] = (peers(steps, sorted_in[code]), behind)
    return made


def peers(steps: Steps, members: Sequence[Member]) -> Peers:
    """What is shown of these programs: quartiles rounded outward, to the ends of the steps they lie on."""
    on = sorted(member.step for member in members)
    n = len(on)
    aside, half = (n - 1) // 4, (n - 1) // 2
    return Peers(
        n=n,
        n_agencies=len({member.agency for member in members}),
        kinds=dict(sorted(Counter(member.kind or "" for member in members).items())),
        half=(steps[on[aside]], steps[on[n - 1 - aside] + 1]),
        middle=(steps[on[half]], steps[on[n - 1 - half] + 1]),
    )


def last_quarter(today: date) -> str:
    """The last quarter that has ended: "2026-Q2" on the 1st of July."""
    year, part = today.year, (today.month - 1) // 3
    return f"{year}-Q{part}" if part else f"{year - 1}-Q4"


def ended_on(quarter: str) -> str:
    """The first day after a quarter. Raises ValueError for what is none."""
    found = QUARTER.fullmatch(quarter)
    if not found:
        raise ValueError(quarter)
    year, part = int(found["year"]), int(found["part"])
    return f"{year + 1}-01-01" if part == 4 else f"{year}-{3 * part + 1:02}-01"


def _shown(sorted_in: Mapping[str, Sequence[Member]]) -> set[str]:
    """The groups of one way of grouping that can be shown, "" being the programs of which it cannot be told.

    Whatever is left out must be large enough to be shown itself: else a sum over all programs, less the groups shown,
    would give it away. Where it is not, the smallest group is left out too.
    """
    shown = {code for code, members in sorted_in.items() if code and _is_enough(members)}
    while shown:
        rest = [member for code, members in sorted_in.items() if code not in shown for member in members]
        if not rest or _is_enough(rest):
            break
        shown.remove(min(shown, key=lambda code: (len(sorted_in[code]), code)))
    return shown


def _is_enough(members: Sequence[Member]) -> bool:
    sizes = Counter(member.agency for member in members)
    return len(members) >= FEWEST and len(sizes) >= AGENCIES and 2 * max(sizes.values()) <= len(members)


def _behind(members: Iterable[Member]) -> dict[str, str]:
    """Of each agency a mark of the steps its programs lie on."""
    found: dict[str, list[int]] = {}
    for member in members:
        found.setdefault(member.agency, []).append(member.step)
    return {agency: sha256(repr(sorted(on)).encode()).hexdigest()[:16] for agency, on in sorted(found.items())}


def _n_changed(before: Behind, now: Behind) -> int:
    return sum(before.get(agency) != now.get(agency) for agency in before.keys() | now.keys())


def _level(said: Facts) -> str:
    """The most intensive level of care that a program offers; of mental health where it names none of addiction."""
    offered = _codes(said, "level_addiction"), _codes(said, "level_mental_health")
    addiction = next((f"addiction-{code}" for code in _LEVELS if code in offered[0]), "")
    return addiction or next((f"mental-health-{code}" for code in _LEVELS_MENTAL_HEALTH if code in offered[1]), "")


def _size(said: Facts) -> str:
    capacity = said.get("capacity")
    if not isinstance(capacity, int):
        return ""
    return next((code for code, below in _SIZES.items() if capacity < below), "large")


def _payers(said: Facts) -> str:
    paid = _codes(said, "payments")
    is_public, is_private = not paid.isdisjoint(_PUBLIC), not paid.isdisjoint(_PRIVATE)
    if is_public and is_private:
        return "both"
    return "public" if is_public else "private" if is_private else ""


def _video(said: Facts) -> str:
    parts = _codes(said, "video_parts")
    return ("none" if facts_sheet.NONE in parts else "some") if parts else ""


def _codes(said: Facts, name: str) -> set[str]:
    value = said.get(name)
    return {str(code) for code in value} if isinstance(value, list | tuple) else set()


def _possible(instrument: Instrument) -> tuple[int, int]:
    """Every overall score that anchored ratings can come to, as the bits of a number, and how many make one point."""
    common = lcm(*(len(dimension.items) for dimension in instrument.dimensions))
    scores = 1
    for dimension in instrument.dimensions:
        weight = common // len(dimension.items)
        for item in dimension.items:
            scores = _any(scores << rating * weight for rating in item.anchors)
    return scores, common * len(instrument.dimensions)


def _any(sets: Iterator[int]) -> int:
    found = 0
    for each in sets:
        found |= each
    return found


def _apart(scores: int, unit: int, start: Fraction, end: Fraction, *, is_last: bool) -> Fraction:
    """How far the lowest and the highest possible score on a step lie apart."""
    first, behind = ceil(start * unit), ceil(end * unit) + is_last
    here = (scores >> first) & ((1 << behind - first) - 1)
    return Fraction(here.bit_length() - 1 - ((here & -here).bit_length() - 1), unit) if here else Fraction(0)
