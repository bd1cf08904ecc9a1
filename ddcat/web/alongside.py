"""The newest results of one program by different instruments, to be shown side by side and never added up."""

from dataclasses import dataclass

from flask import url_for

from ddcat import actions, charts, scoring
from ddcat.charts import Line
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.scoring import Result
from ddcat.store import assessments
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of


@dataclass(frozen=True, slots=True)
class Alongside:
    """A sealed assessment with its instrument and result, the line its scores are drawn on, and where it is shown."""

    assessment: Assessment
    instrument: Instrument
    result: Result
    line: Line
    link: str


def newest(program_ref: str) -> list[Alongside]:
    """Of each instrument, whichever version, the newest sealed assessment that whoever asks may see."""
    standing = actions.standing(assessments.of_program(db(), person(), program_ref))
    found = {instrument_of(each).id: each for each in standing}
    return [_alongside(each) for each in found.values()]


def others(assessment: Assessment, instrument: Instrument) -> list[Alongside]:
    """The same but for the instrument of this assessment."""
    return [each for each in newest(assessment.program_ref) if each.instrument.id != instrument.id]


def _alongside(assessment: Assessment) -> Alongside:
    instrument = instrument_of(assessment)
    result, link = scoring.score(instrument, assessment.ratings), url_for("assessments.result", ref=assessment.ref)
    return Alongside(assessment, instrument, result, charts.line(instrument), link)
