"""The actions of a program as sheets to take along: one row an action, and all that was written to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ddcat import actions, deeds, display
from ddcat.actions import Outcome
from ddcat.instrument import Instrument
from ddcat.interchange import csv, workbook
from ddcat.interchange.workbook import Cell, Column, Table
from ddcat.records import Action, Assessment, Cycle, Program
from ddcat.words import _, n_


@dataclass(frozen=True, slots=True)
class Entry:
    """An action with what its row says beside it: `base` is the assessment that it was planned from."""

    action: Action
    base: Assessment
    instrument: Instrument
    outcome: Outcome | None

    @property
    def about(self) -> tuple[Cell, Cell]:
        """What tells on other sheets which action a row belongs to: the item's code, and what will be done."""
        return self.instrument.by_id[self.action.item].code, self.action.what


def entries(
    found: Sequence[Action], assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]
) -> tuple[Entry, ...]:
    """These actions with what the program's assessments say of them; `instruments` by the ref of each assessment."""
    bases = {each.ref: each for each in assessments}
    found = [action for action in found if action.assessment in bases]
    return tuple(_entry(action, bases[action.assessment], assessments, instruments) for action in found)


def _entry(
    action: Action, base: Assessment, assessments: Sequence[Assessment], instruments: Mapping[str, Instrument]
) -> Entry:
    return Entry(action, base, instruments[base.ref], actions.outcome_by_now(action, assessments, instruments))


def separated(found: Sequence[Entry]) -> str:
    """One row an action as CSV, with the mark by which spreadsheets know UTF-8."""
    table = _actions(found)
    return csv.marked([[column.title for column in table.columns], *table.rows])


def book(program: Program, found: Sequence[Entry], at: str) -> bytes:
    """Everything as a workbook, exported at this moment, with a sheet that says what is inside."""
    tables = (_actions(found), _notes(found), _cycles(found), _points(found))
    title = _("%(program)s: actions", program=program.name)
    return workbook.write((*tables, _about(program, tables, at)), title=title, at=datetime.fromisoformat(at))


def _actions(found: Sequence[Entry]) -> Table:
    columns = (
        Column(_("Item"), 8),
        Column(_("Title of the item"), 24),
        Column(_("Dimension"), 20),
        Column(_("What will be done"), 44),
        Column(_("State"), 11),
        Column(_("From"), 7, "number"),
        Column(_("To"), 7, "number"),
        Column(_("Owner"), 18),
        Column(_("Start"), 11, "day"),
        Column(_("Due"), 11, "day"),
        Column(_("Effort (1 to 5)"), 8, "number"),
        Column(_("Evidence that will prove it"), 34),
        Column(_("What proved it"), 34),
        Column(_("Why it was dropped"), 28),
        Column(_("Measure"), 28),
        Column(_("Last counted"), 11, "day"),
        Column(_("Last count"), 8, "number"),
        Column(_("Out of"), 8, "number"),
        Column(_("Did it work?"), 10),
        Column(_("Judged by the assessment of"), 12, "day"),
        Column(_("Rating then"), 8, "number"),
        Column(_("Rating then, as evidenced"), 10, "number"),
        Column(_("Notes"), 60),
        Column(_("Tests of change"), 60),
        Column(_("Planned from the assessment of"), 12, "day"),
    )
    return Table(_("Actions"), columns, [_row(entry) for entry in found])


def _row(entry: Entry) -> list[Cell]:
    action, outcome = entry.action, entry.outcome
    item, home = entry.instrument.by_id[action.item], entry.instrument.home[action.item]
    last = action.points[-1] if action.points else None
    return [
        *(item.code, item.title, f"{home.number} {home.title}", action.what, deeds.action_state(action.state)),
        *(action.rating, action.expected, action.owner, _day(action.starts_on), _day(action.due_on), action.effort),
        *(action.proof, action.seen, action.reason, action.measured),
        *((_day(last.counted_on), _number(last.count), last.n) if last else (None, None, None)),
        *_judged(outcome),
        "\n\n".join(f"{display.moment(note.saved_at)}, {note.by}: {note.text}" for note in action.notes),
        "\n\n".join(_tested(cycle) for cycle in action.cycles),
        _day(entry.base.assessed_on),
    ]


def _judged(outcome: Outcome | None) -> tuple[Cell, Cell, Cell, Cell]:
    if outcome is None:
        return None, None, None, None
    return deeds.verdict(outcome.verdict), _day(outcome.assessment.assessed_on), outcome.rating, outcome.evidenced


def _tested(cycle: Cycle) -> str:
    """A test of change in one cell: a line for each thing that is known of it."""
    days = [display.day(day) for day in dict.fromkeys((cycle.starts_on, cycle.ends_on)) if day]
    said = {
        _("When"): _("%(first)s to %(last)s", first=days[0], last=days[1]) if len(days) == 2 else "".join(days),
        _("What was tried"): cycle.tried,
        _("What was expected"): cycle.prediction,
        _("What happened"): cycle.happened,
        _("Decision"): deeds.decision(cycle.decision) if cycle.decision else "",
        _("Written by"): cycle.by,
    }
    return "\n".join(f"{name}: {text}" for name, text in said.items() if text)


def _notes(found: Sequence[Entry]) -> Table:
    rows = [
        [*entry.about, _moment(note.saved_at), note.by, note.text] for entry in found for note in entry.action.notes
    ]
    columns = (*_which(), Column(_("Written at"), 17, "moment"), Column(_("By"), 20), Column(_("Note"), 90))
    return Table(_("Notes"), columns, rows)


def _cycles(found: Sequence[Entry]) -> Table:
    columns = (
        *_which(),
        Column(_("What was tried"), 40),
        Column(_("From day"), 11, "day"),
        Column(_("To day"), 11, "day"),
        Column(_("What was expected"), 40),
        Column(_("What happened"), 40),
        Column(_("Decision"), 20),
        Column(_("By"), 20),
    )
    rows = [
        [
            *(*entry.about, cycle.tried, _day(cycle.starts_on), _day(cycle.ends_on), cycle.prediction),
            *(cycle.happened, deeds.decision(cycle.decision) if cycle.decision else None, cycle.by),
        ]
        for entry in found
        for cycle in entry.action.cycles
    ]
    return Table(_("Tests of change"), columns, rows)


def _points(found: Sequence[Entry]) -> Table:
    columns = (
        *_which(),
        Column(_("Measure"), 40, wraps=False),
        Column(_("Day"), 11, "day"),
        Column(_("Count"), 10, "number"),
        Column(_("Out of"), 10, "number"),
        Column(_("Share"), 10, "share"),
        Column(_("Remark"), 40),
        Column(_("By"), 20),
    )
    rows = [
        [
            *(*entry.about, entry.action.measured, _day(point.counted_on), _number(point.count), point.n),
            *(float(Fraction(point.count) / point.n) if point.n else None, point.remark, point.by),
        ]
        for entry in found
        for point in entry.action.points
    ]
    return Table(_("Counts"), columns, rows)


def _about(program: Program, tables: Sequence[Table], at: str) -> Table:
    inside = [f"{table.name}: {n_('%(num)s row', '%(num)s rows', len(table.rows))}" for table in tables]
    rows: list[list[Cell]] = [
        [_("Program"), program.name],
        [_("Agency"), program.agency.name],
        [_("Exported"), display.moment(at)],
        [_("Made with"), "ddcat"],
        [_("What is inside"), "\n".join(inside)],
        [_("Which actions"), _("All that are planned now, the first due first; none of those that were taken away.")],
        [
            _("Did it work?"),
            _("What the first assessment that can judge it says; empty where none can yet."),
        ],
        [_("Moments"), _("In the time zone of the machine that ddcat runs on.")],
    ]
    return Table(_("About"), (Column(_("About this workbook"), 22), Column(_("What it says"), 90)), rows)


def _which() -> tuple[Column, Column]:
    return Column(_("Item"), 8), Column(_("What will be done"), 44, wraps=False)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str) -> datetime:
    """On the clock of this machine; a workbook knows no time zones."""
    return datetime.fromisoformat(text).astimezone().replace(tzinfo=None)


def _number(text: str) -> int | float:
    """A count as a spreadsheet has it."""
    exact = Fraction(text)
    return int(exact) if exact.denominator == 1 else float(exact)
