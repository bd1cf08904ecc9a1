"""A portfolio as sheets to take along: one row a program, with what the assessment that counts came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ddcat import display
from ddcat.instrument import Instrument
from ddcat.interchange import csv, workbook
from ddcat.interchange.workbook import Cell, Column, Table
from ddcat.records import Program
from ddcat.words import _

PLACES = 6


@dataclass(frozen=True, slots=True)
class Stood:
    """The sealed assessment that counts, and what it came to; `n_rated` is None where that cannot be read."""

    assessed_on: str
    period: int | None
    kind: str | None
    instrument: Instrument | None
    n_carried: int
    n_rated: int | None = None
    overall: Fraction | None = None
    band: str | None = None
    level: str | None = None
    evidenced: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A program of a portfolio; `stood` is None where nothing was sealed."""

    program: Program
    state: str
    levels: str
    tags: tuple[str, ...]
    stood: Stood | None


def separated(found: Sequence[Entry]) -> str:
    """One row a program as CSV, with the mark by which spreadsheets know UTF-8."""
    table = _programs(found)
    return csv.marked([[column.title for column in table.columns], *table.rows])


def book(found: Sequence[Entry], at: str, *, how: Sequence[str], as_of: str = "") -> bytes:
    """The same as a workbook, exported at this moment; `how` they were chosen, one phrase each."""
    tables = (_programs(found), _about(found, at, how, as_of))
    return workbook.write(tables, title=_("Portfolio"), at=datetime.fromisoformat(at))


def _programs(found: Sequence[Entry]) -> Table:
    columns = (
        Column(_("Program"), 30),
        Column(_("Agency"), 30),
        Column(_("State"), 14),
        Column(_("Level of care"), 30),
        Column(_("Tags"), 20),
        Column(_("Assessed on"), 12, "day"),
        Column(_("Period"), 16),
        Column(_("Kind of rating"), 24),
        Column(_("Instrument"), 14),
        Column(_("Overall"), 9, "number"),
        Column(_("Band (scale method)"), 14),
        Column(_("Level (criterion method)"), 14),
        Column(_("Overall, as evidenced"), 12, "number"),
        Column(_("Ratings"), 9, "number"),
        Column(_("Ratings carried, not re-rated"), 12, "number"),
        Column(_("Remark"), 30),
    )
    return Table(_("Programs"), columns, [_program(each) for each in found])


def _program(found: Entry) -> list[Cell]:
    program = found.program
    about: list[Cell] = [program.name, program.agency.name, found.state, found.levels, ", ".join(found.tags)]
    if found.stood is None:
        return [*about, *[None] * 10, _("Not yet assessed")]
    return [*about, *_assessed(found.stood), _remark(found.stood)]


def _assessed(stood: Stood) -> list[Cell]:
    return [
        *(date.fromisoformat(stood.assessed_on), display.period(stood.period), display.kind(stood.kind)),
        *(stood.instrument.name if stood.instrument else None, _number(stood.overall), stood.band, stood.level),
        *(_number(stood.evidenced), stood.n_rated, stood.n_carried),
    ]


def _remark(stood: Stood) -> str:
    if stood.n_rated is None:
        return _("Its stored result cannot be read")
    if stood.instrument and not stood.instrument.has_overall:
        return _("No overall score") + (f". {stood.instrument.label}" if stood.instrument.label else "")
    return ""


def _about(found: Sequence[Entry], at: str, how: Sequence[str], as_of: str) -> Table:
    said = {
        _("Exported"): display.moment(at),
        _("Made with"): "ddcat",
        _("How they were chosen"): "; ".join(how) or _("every program that you may see"),
        _("Programs"): f"{len(found)}",
        _("Which assessments"): which(as_of),
        **cautions(),
        _("Instrument"): _("A score by one instrument or version is never set against a score by another."),
    }
    columns = (Column(_("About this workbook"), 34), Column(_("What it says"), 100))
    return Table(_("About"), columns, [[name, text] for name, text in said.items()])


def which(as_of: str) -> str:
    """Which assessments count in a workbook about several programs, as of a day, "" for today."""
    if not as_of:
        return _("Of each program the newest that was sealed.")
    return _("Of each program the newest that was sealed, and made on or before %(day)s.", day=display.day(as_of))


def cautions() -> dict[str, str]:
    """What must be known before two rows of such a workbook are held against each other."""
    return {
        _("No rating for an agency"): _("An agency has no rating of its own, nor has a state: its programs have."),
        _("Kind of rating"): _(
            "Programs that rate themselves tend to score above what outside raters find. Nobody knows by how much, so"
            " nothing is corrected here: hold a program against those that were rated as it was."
        ),
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), PLACES)
