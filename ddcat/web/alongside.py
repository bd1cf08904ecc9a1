"""The newest results of one program by different instruments, to be shown side by side and never added up."""

from dataclasses import dataclass, replace

from flask import url_for

from ddcat import actions, charts, evidence, scoring
from ddcat.charts import Line
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.scoring import Result
from ddcat.store import assessments
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of


@dataclass(frozen=True, slots=True)
class Alongside:
    """An assessment with its instrument, its result as rated and as evidenced, and the line its scores are drawn on.

    `link` leads to where it is shown; "" where that is the page it stands on.
    """

    assessment: Assessment
    instrument: Instrument
    result: Result
    evidenced: Result
    line: Line
    link: str


def newest(program_ref: str) -> list[Alongside]:
    """Of each instrument, whichever version, the newest sealed assessment that whoever asks may see."""
    standing = actions.standing(assessments.of_program(db(), person(), program_ref))
    found = {instrument_of(each).id: each for each in standing}
    return [_alongside(each) for each in found.values()]


def beside(assessment: Assessment, instrument: Instrument) -> list[Alongside]:
    """This assessment, and the newest by each other instrument; nothing where there is no other."""
    others = [each for each in newest(assessment.program_ref) if each.instrument.id != instrument.id]
    return [replace(_alongside(assessment), link=""), *others] if others else []


def _alongside(assessment: Assessment) -> Alongside:
    instrument = instrument_of(assessment)
    return Alongside(
        assessment,
        instrument,
        scoring.score(instrument, assessment.ratings),
        evidence.result(instrument, assessment),
        charts.line(instrument),
        url_for("assessments.result", ref=assessment.ref),
    )
