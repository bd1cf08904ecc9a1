"""The papers themselves as HTML: plan, summary for the board, progress report, feedback report, empty form."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from ddcat import charts, facts, facts_sheet, panel, planning
from ddcat.change import Since, Trend
from ddcat.checks import Finding
from ddcat.facts_sheet import Flag
from ddcat.instrument import Guide, Instrument
from ddcat.pairing import Group
from ddcat.records import Assessment, Program
from ddcat.report.beside import Beside
from ddcat.report.sections import SOURCES, basis, planned, section
from ddcat.report.sheets import compose, next_rating
from ddcat.report.states import States
from ddcat.report.working import Work
from ddcat.trendline import trendline
from ddcat.words import _

if TYPE_CHECKING:
    from ddcat.reliability import Agreement

FIRST = 5


def plan(
    instrument: Instrument,
    guide: Guide,
    assessments: Sequence[Assessment],
    *,
    work: Mapping[str, Work] | None = None,
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """The improvement plan as HTML, a section an assessment; `style` is a link to use instead of own styles.

    `work` says by the ref of an assessment how far its plan has come. `head` is number and hash of the trail's last
    entry: printed, it shows later whether the trail was cut.
    """
    work = work or {}
    return compose(
        "plan.html",
        style,
        title=f"{_programs(assessments)}: {_('improvement plan')}",
        sections=[planned(instrument, guide, each, work.get(each.ref)) for each in assessments],
        **_usual(instrument, guide, head),
    )


def summary(
    instrument: Instrument,
    guide: Guide,
    assessment: Assessment,
    work: Work,
    *,
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """One page for the board as HTML: where the program stands, where it goes, and what was done."""
    return compose(
        "summary.html",
        style,
        title=f"{assessment.program}: {_('summary for the board')}",
        section=planned(instrument, guide, assessment, work),
        work=work,
        next_rating=next_rating(assessment.assessed_on),
        **_usual(instrument, guide, head),
    )


def progress(
    instrument: Instrument,
    guide: Guide,
    assessment: Assessment,
    work: Work,
    *,
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """The progress report as HTML: what moved since the assessment before, and which actions delivered.

    `work` must say what moved.
    """
    return compose(
        "progress.html",
        style,
        title=f"{assessment.program}: {_('progress report')}",
        section=section(instrument, guide, assessment),
        work=work,
        next_rating=next_rating(assessment.assessed_on),
        **_usual(instrument, guide, head),
    )


def feedback(
    instrument: Instrument,
    guide: Guide,
    assessment: Assessment,
    *,
    agreement: "Agreement | None",
    findings: Sequence[Finding],
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """The feedback report of one assessment as HTML: where the program stands, and how far to trust that.

    `agreement` is that of raters who rated alone, `findings` what the checks found; `style` and `head` as in `plan`.
    """
    return compose(
        "feedback.html",
        style,
        title=f"{assessment.program}: {_('feedback report')}",
        section=section(instrument, guide, assessment),
        basis=basis(assessment),
        sources_field=SOURCES,
        agreement=agreement,
        leader_gaps=panel.leader_gaps(instrument, assessment),
        differences=panel.differences(instrument, assessment),
        findings=findings,
        next_rating=next_rating(assessment.assessed_on),
        **_usual(instrument, guide, head),
    )


def compared(beside: Beside, *, style: str | None = None) -> str:
    """Programs beside each other as HTML, on sheets that lie broad."""
    comparison = beside.comparison
    return compose(
        "compare.html",
        style,
        title=_("Comparison"),
        beside=beside,
        comparison=comparison,
        instrument=comparison.instrument,
    )


def by_state(states: States, today: str, *, style: str | None = None) -> str:
    """Programs by state as HTML, as they stand today, on sheets that lie broad."""
    said = {"title": _("Programs by state"), "states": states, "instrument": states.instrument, "today": today}
    return compose("rollup.html", style, **said)


def trend(
    program: Program,
    trends: Sequence[Trend],
    *,
    differing: Collection[str] = (),
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """One program over time as HTML, a section an instrument; `differing` are refs of what is not as sealed."""
    return compose(
        "trend.html",
        style,
        title=f"{program.name}: {_('trend')}",
        program=program,
        trends=[(each, trendline(each), charts.line(each.instrument)) for each in trends],
        differing=differing,
        head=head,
    )


def group_trend(
    group: Group,
    rows: Sequence[tuple[Program, Since]],
    left_out: Sequence[tuple[Program, str]],
    *,
    said: Sequence[str] = (),
    style: str | None = None,
) -> str:
    """A group of programs over time as HTML, on sheets that lie broad; `said` is in words which programs they are."""
    return compose(
        "group_trend.html",
        style,
        title=_("Programs over time"),
        group=group,
        rows=rows,
        left_out=left_out,
        said=said,
        line=charts.line(group.instrument),
    )


def fact_sheet(program: Program, today: date, flags: Sequence[Flag], *, style: str | None = None) -> str:
    """The fact sheet of a program as HTML, as old as it is on this day; `flags` are what can hardly be so."""
    return compose(
        "facts.html",
        style,
        title=f"{program.name}: {_('fact sheet')}",
        program=program,
        parts=facts_sheet.PARTS.values(),
        known=facts_sheet.known(program.facts, today),
        flags=flags,
        today=today.isoformat(),
    )


def blank(instrument: Instrument, *, style: str | None = None) -> str:
    """The empty form for a site visit as HTML."""
    return compose(
        "blank.html",
        style,
        title=f"{instrument.title}: {_('form for a site visit')}",
        instrument=instrument,
        cover=facts.COVER,
        fact_blocks=facts.AGENCY + facts.PROGRAM,
        kinds=facts.KINDS,
    )


def _usual(instrument: Instrument, guide: Guide, head: tuple[int, str] | None) -> dict[str, Any]:
    """What every paper about an assessment shows."""
    return {
        "instrument": instrument,
        "guide": guide,
        "line": charts.line(instrument),
        "first": FIRST,
        "planning": planning,
        "cover": facts.COVER,
        "fact_blocks": facts.AGENCY + facts.PROGRAM,
        "head": head,
    }


def _programs(assessments: Sequence[Assessment]) -> str:
    names = list(dict.fromkeys(assessment.program for assessment in assessments))
    return ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
