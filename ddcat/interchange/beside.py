"""The sheets that stand beside one of ratings: programs with their facts, and assessments with their cover sheets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from ddcat import facts_sheet, identifiers
from ddcat.columns import LEVEL, TAGS
from ddcat.facts import Facts, Field
from ddcat.importing import LONGEST_TAG, MOST_TAGS, Named
from ddcat.instrument import Instrument
from ddcat.interchange import codebook
from ddcat.interchange.codebook import AGENCY_FACTS, ASSESSMENTS, COVER, FACTS, PROGRAMS, RATED
from ddcat.interchange.facts import SEPARATORS, known, read, whole
from ddcat.interchange.sheet import Row, Sheet
from ddcat.words import _, language

LONGEST, LONGEST_LINES = 200, 1000

CODED = ("day", "month", "share", "counts", "days", "weeks", "hours")
"""Kinds of facts in which nobody types text."""

_COLUMNS = codebook.columns((), {}, True)
_LEVELS = ("level_addiction", "level_mental_health")


@dataclass(frozen=True, slots=True)
class Told:
    """What a sheet of assessments tells of one: its cover sheet, how it was rated and by how many; and its row."""

    row: int
    cover: Facts
    rated: str
    raters: int | None
    suspected: tuple[str, ...]


def not_read(table: str) -> frozenset[str]:
    """The columns of a table of an export that say nothing an import needs."""
    return frozenset(column.name for column in _COLUMNS[table])


class Guarded(Sheet):
    """A sheet whose texts are kept: none is longer than a form takes, or holds patient data unless explained."""

    is_explained: bool

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool = False) -> None:
        self.suspected: dict[int, list[str]] = defaultdict(list)
        super().__init__(rows, instrument, allow_unanchored)

    def typed(self, number: int, cells: Row, column: str) -> str:
        """What a person typed here."""
        text = super().typed(number, cells, column)
        most = LONGEST_LINES if column in FACTS and FACTS[column].kind == "lines" else LONGEST
        if len(text) > most and column not in ("evidence", TAGS):
            self.refuse(number, column, _("is longer than %(most)s characters", most=most))
        if said := _suspicion(text, language()):
            if self.is_explained:
                self.suspected[number].append(column)
            else:
                self.refuse(number, column, said)
        return text

    def facts(self, number: int, cells: Row, fields: Mapping[str, Field]) -> Facts:
        """What this row tells of these facts."""
        found: dict[str, Any] = {}
        for name in self.told_of(fields):
            is_free = name not in fields or fields[name].kind not in CODED
            if text := self.typed(number, cells, name) if is_free else self.cell(cells, name):
                try:
                    found |= _levels(text) if name == LEVEL else {name: read(fields[name], text)}
                except ValueError as error:
                    self.refuse(number, name, str(error))
        if fields is FACTS:
            for name, wrong in facts_sheet.mistakes(facts_sheet.FACTS.values(), found, date.today()):
                self.refuse(number, name, wrong)
        return found

    def told_of(self, fields: Mapping[str, Field]) -> tuple[str, ...]:
        """The columns that tell of these facts."""
        level = [LEVEL] if fields is FACTS else []
        return tuple(name for name in (*level, *fields) if name in self.columns)


class Programs(Guarded):
    """A sheet with a program and what is known of it a row."""

    def __init__(self, rows: list[Row], instrument: Instrument, is_explained: bool) -> None:
        self.is_explained = is_explained
        super().__init__(rows, instrument)
        known = ("agency", "program", LEVEL, *AGENCY_FACTS, *FACTS, TAGS)
        self.place({*known, *not_read(PROGRAMS)}, ", ".join(known))
        self.require(("program",))

    def named(self) -> list[Named]:
        """Every program of the sheet."""
        found = []
        for number, cells in self.rows(_("one program")):
            program = self.typed(number, cells, "program")
            if not program and "program" in self.columns:
                self.refuse(number, "program", _("is empty; expected the name of the program"))
            agency = self.typed(number, cells, "agency")
            facts, of_agency = (self.facts(number, cells, fields) for fields in (FACTS, AGENCY_FACTS))
            found.append(Named(agency, program, facts, number, of_agency, self._tags(number, cells)))
        return found

    def _tags(self, number: int, cells: Row) -> tuple[str, ...]:
        words = (" ".join(word.split()) for word in self.typed(number, cells, TAGS).split(","))
        found = tuple({word.casefold(): word for word in words if word}.values())
        if len(found) > MOST_TAGS or any(len(word) > LONGEST_TAG for word in found):
            most = {"most": MOST_TAGS, "longest": LONGEST_TAG}
            said = _("expected at most %(most)s tags with commas between, of at most %(longest)s characters", **most)
            self.refuse(number, TAGS, said)
        return found


class Assessments(Guarded):
    """A sheet with an assessment, by the ref it has where it comes from, and what its cover sheet says a row."""

    def __init__(self, rows: list[Row], instrument: Instrument, is_explained: bool) -> None:
        self.is_explained = is_explained
        super().__init__(rows, instrument)
        known = ("assessment", "rated", "raters", *COVER)
        scores = {name for name in map(str.casefold, self.header) if name.startswith("score_")}
        self.place({*known, *not_read(ASSESSMENTS), *scores}, ", ".join(known))
        self.require(("assessment",))

    def told(self, refs: Iterable[str]) -> dict[str, Told]:
        """What is told of each of these assessments; one that is not among them is a fault."""
        expected = frozenset(refs)
        found: dict[str, Told] = {}
        for number, cells in self.rows(_("one assessment")):
            ref = self.cell(cells, "assessment")
            if ref in found:
                said = _("stands in row %(row)s already; expected once", row=found[ref].row)
                self.refuse(number, "assessment", said)
            elif ref not in expected:
                self.refuse(number, "assessment", _("%(ref)r has no ratings in the file", ref=ref))
            found[ref] = self._told(number, cells)
        return found

    def _told(self, number: int, cells: Row) -> Told:
        rated, raters = self.cell(cells, "rated"), self.cell(cells, "raters")
        if rated and rated not in RATED:
            said = _("%(text)r is not known; expected %(codes)s or nothing", text=rated, codes=", ".join(RATED))
            self.refuse(number, "rated", said)
        count = None
        try:
            count = whole(raters) if raters else None
        except ValueError as error:
            self.refuse(number, "raters", str(error))
        cover = self.facts(number, cells, COVER)
        return Told(number, cover, rated, count, tuple(self.suspected.get(number, ())))


def _levels(text: str) -> dict[str, Any]:
    """Levels of care by the code of either sheet of levels. Raises ValueError with what was expected."""
    fields = [FACTS[name] for name in _LEVELS]
    codes = text.translate(SEPARATORS).split()
    known(codes, {code: label for field in fields for code, label in (field.choices or {}).items()})
    found = {field.name: [code for code in field.choices or {} if code in codes] for field in fields}
    return {name: given for name, given in found.items() if given}


@lru_cache(maxsize=65536)
def _suspicion(text: str, _language: str) -> str:
    """What in this text looks like patient data, and what to do; "" where nothing does."""
    found = identifiers.suspicions(text) if text else ()
    if not found:
        return ""
    return _(
        "“%(words)s” looks like %(what)s; take it out, or say with --overrule why it may stay",
        words=text[found[0].start : found[0].end],
        what=_(identifiers.KINDS[found[0].kind]),
    )
