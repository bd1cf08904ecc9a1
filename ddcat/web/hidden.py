"""What others rate alone is hidden, and said to be: an empty page would look as if nothing had been rated."""

from ddcat.instrument import Instrument
from ddcat.progress import is_hidden
from ddcat.records import Assessment
from ddcat.store import records
from ddcat.web.session import db, person
from ddcat.web.volumes import instrument_of


class Hidden(Exception):
    """Others rate this assessment alone, and not all have submitted."""


def refuse(assessment: Assessment) -> Assessment:
    """The assessment, where whoever asks may know something of its ratings. Raises Hidden."""
    if is_hidden(assessment, person().ref):
        raise Hidden(assessment.ref)
    return assessment


def readable(ref: str) -> tuple[Assessment, Instrument]:
    """An assessment to be read on screen or paper, without its hash where it is not what was sealed; its instrument.

    Raises Missing or Hidden.
    """
    assessment = refuse(records.proven(db(), person(), ref))
    return assessment, instrument_of(assessment)
