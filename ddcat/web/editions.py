"""The instrument an assessment was begun with, read from the bytes that the store keeps, and its guide."""

from functools import lru_cache

from ddcat import shelf
from ddcat.instrument import Guide, Instrument
from ddcat.records import Assessment
from ddcat.store import instruments
from ddcat.web.session import db

_read: dict[str, Instrument] = {}


def instrument_of(assessment: Assessment) -> Instrument:
    """The instrument as it stood when the assessment began; parsed once a process."""
    if assessment.checksum not in _read:
        _read[assessment.checksum] = shelf.parse(instruments.data(db(), assessment.checksum))
    return _read[assessment.checksum]


@lru_cache(maxsize=16)
def guide_of(instrument_name: str) -> Guide:
    """Today's advice for an instrument."""
    return shelf.guide(instrument_name)
