"""What others rate alone is hidden, and said to be: an empty page would look as if nothing had been rated."""

from ddcat.progress import is_hidden
from ddcat.records import Assessment
from ddcat.web.session import person


class Hidden(Exception):
    """Others rate this assessment alone, and not all have submitted."""


def refuse(assessment: Assessment) -> Assessment:
    """The assessment, where whoever asks may know something of its ratings. Raises Hidden."""
    if is_hidden(assessment, person().ref):
        raise Hidden(assessment.ref)
    return assessment
