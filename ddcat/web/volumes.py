"""The instrument an assessment was begun with, read from the bytes that the store keeps, and its guide.

Both are said in the language now spoken.
"""

from collections.abc import Iterable
from functools import lru_cache

from ddcat import shelf
from ddcat.faults import Faulty
from ddcat.instrument import Guide, Instrument
from ddcat.records import Assessment
from ddcat.store import instruments
from ddcat.web.session import db
from ddcat.words import language


def instrument_of(assessment: Assessment) -> Instrument:
    """The instrument as it stood when the assessment began."""
    return by_checksum(assessment.checksum)


def instruments_of(assessments: Iterable[Assessment]) -> dict[str, Instrument]:
    """The instruments of the sealed ones among these assessments, by the ref of each."""
    return {each.ref: instrument_of(each) for each in assessments if each.is_sealed}


def by_checksum(checksum: str) -> Instrument:
    """The instrument whose bytes are kept under this checksum; read once a process and language."""
    return _read(checksum, language())


@lru_cache(maxsize=256)
def _read(checksum: str, _language: str) -> Instrument:
    return shelf.spoken(shelf.parse(instruments.data(db(), checksum)))


def apart() -> list[str]:
    """The checksums of the instruments in use that have no overall score: nothing of theirs is set beside others."""
    return [checksum for checksum in instruments.checksums(db()) if not by_checksum(checksum).has_overall]


def guide_of(instrument_name: str) -> Guide:
    """Today's advice for an instrument; none while its file cannot be read, so that records can."""
    return _guide_of(instrument_name, language())


@lru_cache(maxsize=32)
def _guide_of(instrument_name: str, _language: str) -> Guide:
    try:
        return shelf.guide(instrument_name)
    except Faulty:
        return Guide(**{"for": instrument_name})
