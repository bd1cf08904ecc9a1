"""A file of assessments to be kept: the sheets that `score` reads, with columns of where they belong."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ddcat import identifiers, shelf
from ddcat.facts import Facts, Field
from ddcat.faults import Fault, Faulty
from ddcat.importing import Arrival, Cargo, Named
from ddcat.instrument import Instrument
from ddcat.interchange.holdings import FACTS
from ddcat.interchange.ratings import ABOUT, Key, Ratings
from ddcat.interchange.sheet import Row, Sheet, opened
from ddcat.records import Assessment
from ddcat.shelf import Volume
from ddcat.words import _

LONGEST = 200
TOLD_APART = ("agency", "period", "instrument")
PASSED_OVER = ("assessment", "item_id", "dimension", "edition", "program_ref", "agency_ref")
"""Columns of an export that say nothing an import needs."""

_LEVELS = ("level_addiction", "level_mental_health")
_PERIOD = re.compile(r"[1-9][0-9]{0,3}")
_SEPARATORS = str.maketrans(",;|/+", "     ")


def read(
    path: Path,
    volume: Volume,
    *,
    agency: str = "",
    programs: Path | None = None,
    reason: str = "",
    allow_unanchored: bool = False,
) -> Cargo:
    """All that a .csv or .xlsx file brings, rated with `volume` where no row names another instrument.

    `programs` is a sheet of programs with their facts. A text that looks like patient data is a fault unless a
    `reason` says why it may stay. Raises Faulty with every fault of a file; nothing is returned then.
    """
    rows = opened(path, _("one row an assessment"))
    arrivals: list[Arrival] = []
    faults: list[Fault] = []
    volumes, unknown = _volumes(rows, volume)
    for each, part in volumes:
        sheet = _Arrivals(part, each.instrument, allow_unanchored, bool(reason))
        if not sheet.is_long and len(volumes) > 1:
            sheet.refuse_above(_("a wide sheet with several instruments; expected one, or a long sheet"))
        arrivals += sheet.arrivals(each)
        faults += sheet.faults
    if faults or unknown:
        raise Faulty(str(path), [*unknown, *faults])
    named = _Programs(opened(programs, _("one row a program")), volume.instrument, bool(reason)) if programs else None
    found = list(named.named()) if named else []
    if named and named.faults:
        raise Faulty(str(programs), named.faults)
    arrivals.sort(key=lambda arrival: arrival.named.row)
    return Cargo(path.name, sha256(path.read_bytes()).hexdigest(), arrivals, found, agency, reason)


def _volumes(rows: list[Row], usual: Volume) -> tuple[list[tuple[Volume, list[Row]]], list[Fault]]:
    """The instruments that a sheet names, each with the rows that name it, where they stood; others are blank."""
    start = next(at for at, row in enumerate(rows) if any(map(str.strip, row)))
    header = [cell.strip().casefold() for cell in rows[start]]
    if "instrument" not in header:
        return [(usual, rows)], []
    at = header.index("instrument")
    names = ["" if at >= len(row) else row[at].strip().casefold() for row in rows]
    found: dict[str, Volume] = {}
    faults: dict[str, Fault] = {}
    for number, name in enumerate(names[start + 1 :], start + 2):
        if name in found or name in faults or (not name and not any(map(str.strip, rows[number - 1]))):
            continue
        try:
            found[name] = shelf.find(name) if name else usual
        except shelf.Unknown as unknown:
            known = ", ".join(unknown.known)
            said = _("there is no instrument %(name)r here; there is %(known)s", name=name, known=known)
            faults[name] = Fault(_("row %(row)s, column %(column)s", row=number, column="instrument"), said)
    if not found and not faults:
        return [(usual, rows)], []
    parts: dict[str, tuple[Volume, list[Row]]] = {}
    for name, volume in found.items():
        part = parts.setdefault(volume.checksum, (volume, [*rows[: start + 1], *([] for _row in rows[start + 1 :])]))
        for number, called in enumerate(names[start + 1 :], start + 1):
            if called == name:
                part[1][number] = rows[number]
    return list(parts.values()), list(faults.values())


class _Guarded(Sheet):
    """A sheet whose texts are kept: none is longer than a form takes, or holds patient data unless explained."""

    is_explained: bool

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool = False) -> None:
        self.suspected: dict[int, list[str]] = defaultdict(list)
        super().__init__(rows, instrument, allow_unanchored)

    def typed(self, number: int, cells: Row, column: str) -> str:
        """What a person typed here."""
        text = super().typed(number, cells, column)
        if len(text) > LONGEST and column != "evidence":
            self.refuse(number, column, _("is longer than %(most)s characters", most=LONGEST))
        if said := _suspicion(text):
            if self.is_explained:
                self.suspected[number].append(column)
            else:
                self.refuse(number, column, said)
        return text

    def facts(self, number: int, cells: Row) -> Facts:
        """What this row tells of its program."""
        found: dict[str, Any] = {}
        for name in self.about_programs:
            if text := self.typed(number, cells, name):
                try:
                    found |= _levels(text) if name == "level" else {name: _value(FACTS[name], text)}
                except ValueError as error:
                    self.refuse(number, name, str(error))
        return found

    @cached_property
    def about_programs(self) -> tuple[str, ...]:
        """The columns that tell of the program."""
        return tuple(name for name in ("level", *FACTS) if name in self.columns)


class _Arrivals(_Guarded, Ratings):
    """A sheet of assessments, wide or long, with columns of where they belong."""

    about = (*ABOUT, *TOLD_APART, "level", *FACTS)

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool, is_explained: bool) -> None:
        self.is_explained = is_explained
        self.firsts: dict[Key, int] = {}
        self.told: dict[Key, Facts] = {}
        self.keys: list[Key] = []
        self.rows_of: dict[Key, list[int]] = defaultdict(list)
        super().__init__(rows, instrument, allow_unanchored)

    def place(self, names: Collection[str], expected: str) -> None:
        """Find the columns; what an export says beside what is imported is passed over."""
        super().place({*names, *PASSED_OVER}, expected)

    def key(self, number: int, cells: Row) -> Key | None:
        """Program, day, kind, rater, agency and period; what the row tells of its program is kept by it."""
        agency = self.typed(number, cells, "agency")
        period = self.cell(cells, "period")
        is_period = not period or bool(_PERIOD.fullmatch(period))
        if not is_period:
            self.refuse(number, "period", _("%(text)r is no period; expected a whole number from 1", text=period))
        told = self.facts(number, cells)
        found = super().key(number, cells)
        if found is None or not is_period:
            return None
        key: Key = (*found, agency, int(period) if period else None)
        first = self.firsts.setdefault(key, number)
        if self.told.setdefault(key, told) != told:
            self.refuse(number, None, _("tells other facts of the program than row %(row)s", row=first))
        if self.is_explained:
            self.rows_of[key].append(number)
        return key

    def assessment(self, key: Key, ratings: dict[str, int], why: dict[str, str]) -> Assessment:
        """The assessment with its period; its key is kept."""
        self.keys.append(key)
        return replace(super().assessment(key, ratings, why), period=key[5])

    def arrivals(self, volume: Volume) -> list[Arrival]:
        """Every assessment of the sheet, where it belongs."""
        found = list(self.long() if self.is_long else self.wide())
        return [self._arrival(key, each, volume) for key, each in zip(self.keys, found, strict=True)]

    def _arrival(self, key: Key, assessment: Assessment, volume: Volume) -> Arrival:
        columns = {column for row in self.rows_of.get(key, ()) for column in self.suspected.get(row, ())}
        named = Named(key[4], assessment.program, self.told[key], self.firsts[key])
        return Arrival(named, assessment, volume, tuple(sorted(columns)))


class _Programs(_Guarded):
    """A sheet with a program and what is known of it a row."""

    def __init__(self, rows: list[Row], instrument: Instrument, is_explained: bool) -> None:
        self.is_explained = is_explained
        super().__init__(rows, instrument)
        known = ("agency", "program", "level", *FACTS)
        self.place({*known, *PASSED_OVER}, ", ".join(known))
        self.require(("program",))

    def named(self) -> list[Named]:
        """Every program of the sheet."""
        found = []
        for number, cells in self.rows(_("one program")):
            program = self.typed(number, cells, "program")
            if not program and "program" in self.columns:
                self.refuse(number, "program", _("is empty; expected the name of the program"))
            found.append(Named(self.typed(number, cells, "agency"), program, self.facts(number, cells), number))
        return found


def _value(field: Field, text: str) -> Any:
    """A fact as it is kept. Raises ValueError with what was expected."""
    match field.kind:
        case "choices":
            codes = text.translate(_SEPARATORS).split()
            return _known(codes, field.choices or {})
        case "number":
            if not (text.isascii() and text.isdecimal() and len(text) < 10):
                raise ValueError(_("%(text)r is no whole number", text=text))
            return int(text)
    return text


def _known(codes: list[str], choices: Mapping[str, str]) -> list[str]:
    """These codes in the order of the sheet. Raises ValueError for one that there is not."""
    for code in codes:
        if code not in choices:
            said = _("%(code)r is not known; expected of %(codes)s", code=code, codes=", ".join(choices))
            raise ValueError(said)
    return [code for code in choices if code in codes]


def _levels(text: str) -> dict[str, Any]:
    """Levels of care by the code of either sheet of levels. Raises ValueError with what was expected."""
    fields = [FACTS[name] for name in _LEVELS]
    codes = text.translate(_SEPARATORS).split()
    _known(codes, {code: label for field in fields for code, label in (field.choices or {}).items()})
    found = {field.name: [code for code in field.choices or {} if code in codes] for field in fields}
    return {name: given for name, given in found.items() if given}


@lru_cache(maxsize=65536)
def _suspicion(text: str) -> str:
    """What in this text looks like patient data, and what to do; "" where nothing does."""
    found = identifiers.suspicions(text) if text else ()
    if not found:
        return ""
    return _(
        "“%(words)s” looks like %(what)s; take it out, or say with --overrule why it may stay",
        words=text[found[0].start : found[0].end],
        what=_(identifiers.KINDS[found[0].kind]),
    )
