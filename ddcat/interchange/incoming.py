"""A file of assessments to be kept: the sheets that `score` reads, with columns of where they belong."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from operator import itemgetter
from pathlib import Path

from ddcat import shelf
from ddcat.columns import ABOUT, IN_EXPORTS, LEVEL, OF_A_RATING, TOLD_APART
from ddcat.facts import Facts
from ddcat.facts_sheet.judging import FIRST_YEAR
from ddcat.faults import Fault, Faulty
from ddcat.importing import Arrival, Cargo, Named
from ddcat.instrument import Instrument
from ddcat.interchange.beside import Assessments, Guarded, Programs, Told
from ddcat.interchange.codebook import AGENCY_FACTS, ASSESSMENTS, FACTS, PROGRAMS, RATINGS
from ddcat.interchange.exports import found
from ddcat.interchange.ratings import Key, Ratings
from ddcat.interchange.sheet import Row, opened
from ddcat.records import Assessment, Carried
from ddcat.shelf import Volume
from ddcat.words import _

_VARY = (*OF_A_RATING, "item_id", "dimension", "carried_from")
_PERIOD = re.compile(r"[1-9][0-9]{0,3}")


def read(
    path: Path,
    volume: Volume,
    *,
    agency: str = "",
    programs: Path | None = None,
    assessments: Path | None = None,
    reason: str = "",
    allow_unanchored: bool = False,
) -> Cargo:
    """All that a .csv or .xlsx file brings, rated with `volume` where no row names another instrument.

    `path` may be the folder of an export too. `programs` is a sheet of programs with their facts, `assessments` one
    of cover sheets. A text that looks like patient data is a fault unless a `reason` says why it may stay. Raises
    Faulty with every fault of a file; nothing is returned then.
    """
    sheets = found(path)
    ratings, programs, assessments = sheets[0], programs or sheets[1], assessments or sheets[2]
    arrivals = _arrivals(ratings, volume, allow_unanchored, bool(reason))
    if assessments:
        rows = opened(assessments, _("one row an assessment"), ASSESSMENTS)
        covers = Assessments(rows, volume.instrument, bool(reason))
        told = covers.told(arrival.ref for arrival in arrivals)
        _refuse(assessments, covers.faults)
        arrivals = [_covered(arrival, told.get(arrival.ref)) for arrival in arrivals]
    named: list[Named] = []
    if programs:
        sheet = Programs(opened(programs, _("one row a program"), PROGRAMS), volume.instrument, bool(reason))
        named = sheet.named()
        _refuse(programs, sheet.faults)
    return Cargo(path.name, _checksum(ratings), arrivals, named, agency, reason)


def _arrivals(path: Path, volume: Volume, allow_unanchored: bool, is_explained: bool) -> list[Arrival]:
    """The assessments of a sheet of ratings, in its order. Raises Faulty."""
    rows = opened(path, _("one row an assessment"), RATINGS)
    arrivals: list[Arrival] = []
    faults: list[Fault] = []
    volumes, unknown = _volumes(rows, volume)
    for each, part in volumes:
        sheet = _Arrivals(part, each.instrument, allow_unanchored, is_explained)
        if not sheet.is_long and len(volumes) > 1:
            sheet.refuse_above(_("a wide sheet with several instruments; expected one, or a long sheet"))
        arrivals += sheet.arrivals(each)
        faults += sheet.faults
    arrivals.sort(key=lambda arrival: arrival.named.row)
    _refuse(path, [*unknown, *faults, *_twice(arrivals)])
    return arrivals


def _refuse(path: Path, faults: list[Fault]) -> None:
    if faults:
        raise Faulty(str(path), faults)


def _twice(arrivals: Iterable[Arrival]) -> list[Fault]:
    """What calls itself one assessment and is not."""
    rows: dict[str, int] = {}
    faults = []
    for arrival in arrivals:
        row = arrival.named.row
        if arrival.ref and rows.setdefault(arrival.ref, row) != row:
            said = _(
                "tells otherwise of assessment %(ref)s than row %(row)s: another program, day, kind, rater, period or"
                " instrument",
                ref=arrival.ref,
                row=rows[arrival.ref],
            )
            faults.append(Fault(_("row %(row)s", row=row), said))
    return faults


def _covered(arrival: Arrival, told: Told | None) -> Arrival:
    """An assessment with what a sheet tells of it."""
    if told is None:
        return arrival
    suspected = tuple(sorted({*arrival.suspected, *told.suspected}))
    assessment = replace(arrival.assessment, cover=told.cover)
    return replace(arrival, assessment=assessment, suspected=suspected, rated=told.rated, raters=told.raters)


def _checksum(path: Path) -> str:
    """SHA-256 of a file, or of the files of a folder one after the other."""
    whole = sha256()
    for each in sorted(path.glob("*/*.parquet")) if path.is_dir() else [path]:
        with each.open("rb") as file:
            while piece := file.read(1 << 20):
                whole.update(piece)
    return whole.hexdigest()


def _volumes(rows: list[Row], usual: Volume) -> tuple[list[tuple[Volume, list[Row]]], list[Fault]]:
    """The instruments that a sheet names, each with the rows that name it, where they stood; others are blank."""
    start = next(at for at, row in enumerate(rows) if any(map(str.strip, row)))
    header = [cell.strip().casefold() for cell in rows[start]]
    if "instrument" not in header:
        return [(usual, rows)], []
    at = header.index("instrument")
    lower = {cell: cell.strip().casefold() for cell in {"" if at >= len(row) else row[at] for row in rows}}
    names = ["" if at >= len(row) else lower[row[at]] for row in rows]
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
    if len({each.checksum for each in found.values()}) < 2 and not faults:
        return [(next(iter(found.values()), usual), rows)], []
    parts: dict[str, tuple[Volume, list[Row]]] = {}
    for name, volume in found.items():
        part = parts.setdefault(volume.checksum, (volume, [*rows[: start + 1], *([] for _row in rows[start + 1 :])]))
        for number, called in enumerate(names[start + 1 :], start + 1):
            if called == name:
                part[1][number] = rows[number]
    return list(parts.values()), list(faults.values())


class _Arrivals(Guarded, Ratings):
    """A sheet of assessments, wide or long, with columns of where they belong."""

    about = (*ABOUT, *TOLD_APART, LEVEL, *FACTS, *AGENCY_FACTS)

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool, is_explained: bool) -> None:
        self.is_explained = is_explained
        self.firsts: dict[Key, int] = {}
        self.told: dict[Key, tuple[Facts, Facts]] = {}
        self.keys: list[Key] = []
        self.rows_of: dict[Key, list[int]] = defaultdict(list)
        self.last: tuple[object, Key | None] = (None, None)
        self.days = str(FIRST_YEAR), date.today().isoformat()
        super().__init__(rows, instrument, allow_unanchored)
        places = [at for name, at in self.columns.items() if name not in _VARY]
        self.of_assessment = itemgetter(*places) if self.is_long and places else tuple

    def place(self, names: Collection[str], expected: str) -> None:
        """Find the columns; what an export says beside what is imported is passed over."""
        super().place({*names, *OF_A_RATING, *IN_EXPORTS}, expected)

    def key(self, number: int, cells: Row) -> Key | None:
        """Program, day, kind, rater, agency, period and ref; what the row tells of its program is kept by it.

        The rows of an assessment stand together and say the same of it, so that is read once.
        """
        said = self.of_assessment(cells)
        if self.last[0] != said or self.last[1] is None:
            before = len(self.faults)
            key = self._key(number, cells)
            self.last = (said, key) if len(self.faults) == before else (None, key)
        key = self.last[1]
        if key is not None and self.is_explained:
            self.rows_of[key].append(number)
        return key

    def _key(self, number: int, cells: Row) -> Key | None:
        agency = self.typed(number, cells, "agency")
        period = self.cell(cells, "period")
        is_period = not period or bool(_PERIOD.fullmatch(period))
        if not is_period:
            self.refuse(number, "period", _("%(text)r is no period; expected a whole number from 1", text=period))
        told = self.facts(number, cells, FACTS), self.facts(number, cells, AGENCY_FACTS)
        found = super().key(number, cells)
        if found and not self.days[0] <= found[1] <= self.days[1]:
            self.refuse(number, "assessed_on", _("Enter a date from 2000 on that is not in the future."))
        if found is None or not is_period:
            return None
        key: Key = (*found, agency, int(period) if period else None, self.cell(cells, "assessment"))
        first = self.firsts.setdefault(key, number)
        if self.told.setdefault(key, told) != told:
            self.refuse(number, None, _("tells other facts of the program than row %(row)s", row=first))
        return key

    def assessment(
        self, key: Key, ratings: dict[str, int], why: dict[str, str], carried: Mapping[str, str]
    ) -> Assessment:
        """The assessment with its period and what was carried into it; its key is kept."""
        self.keys.append(key)
        marks = {item: Carried(ref, "") for item, ref in carried.items() if item in ratings}
        return replace(super().assessment(key, ratings, why, carried), period=key[5], carried=marks)

    def arrivals(self, volume: Volume) -> list[Arrival]:
        """Every assessment of the sheet, where it belongs."""
        found = list(self.long() if self.is_long else self.wide())
        return [self._arrival(key, each, volume) for key, each in zip(self.keys, found, strict=True)]

    def _arrival(self, key: Key, assessment: Assessment, volume: Volume) -> Arrival:
        columns = {column for row in self.rows_of.get(key, ()) for column in self.suspected.get(row, ())}
        facts, of_agency = self.told[key]
        named = Named(key[4], assessment.program, facts, self.firsts[key], of_agency)
        return Arrival(named, assessment, volume, tuple(sorted(columns)), key[6])
