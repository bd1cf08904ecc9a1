"""Works stored results out again, many at once, and says what differs from the ratings as they stand. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from hashlib import sha256

from ddcat import live, rescoring, shelf, verifying
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.rescoring import UNRATED, Block
from ddcat.seal import KeptRecord, Row
from ddcat.verifying import Finding
from ddcat.words import _

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


def instruments(rows: Iterable[Row]) -> dict[str, Instrument]:
    """The instruments that are kept as they were, by checksum."""
    found = {}
    for row in rows:
        checksum = sha256(row["data"]).hexdigest()
        if checksum.encode() == row["checksum"]:
            with suppress(Faulty):
                found[checksum] = shelf.parse(row["data"])
    return found


def differences(instrument: Instrument, block: Block) -> Iterator[Finding]:
    """What differs in assessments without evidence: all at once, and each whose text is not the same by itself.

    Without evidence nothing carries a rating above its item's lowest.
    """
    import numpy as np

    lowest = np.array([item.ratings[0] for item in instrument.items], dtype=np.int8)
    try:
        expected = rescoring.texts(instrument, block.ratings, np.minimum(block.ratings, lowest))
    except ValueError:  # a rating that the instrument does not have; which, is said one by one
        expected = [""] * len(block.refs)
    for row, (found, wanted) in enumerate(zip(block.results, expected, strict=True)):
        if found != wanted:
            given = {
                item.id: rating
                for item, rating in zip(instrument.items, block.ratings[row].tolist(), strict=True)
                if rating != UNRATED
            }
            yield from _differing(instrument, Assessment("", "", ratings=given), found, block.refs[row])


def alone(known: Mapping[str, Instrument], kept: KeptRecord | None, ref: str) -> Iterator[Finding]:
    """What differs in one assessment, worked out by itself, with its evidence."""
    if kept is None or kept.assessment is None:
        yield _of(ref, "", _("is sealed and has no record"))
        return
    try:
        assessment, found = live.read(kept), kept.assessment["result"].decode()
    except _UNREADABLE:
        yield _of(ref, "", _("cannot be read"))
        return
    if assessment.checksum not in known:
        yield _of(ref, "instrument", _("is not kept as it was, so the result cannot be worked out again"))
    else:
        yield from _differing(known[assessment.checksum], assessment, found, ref)


def _differing(instrument: Instrument, assessment: Assessment, found: str, ref: str) -> Iterator[Finding]:
    try:
        wanted, stored = verifying.result(instrument, assessment), json.loads(found)
        if "evidenced" not in stored:  # as the first format of records kept it
            del wanted["evidenced"]
    except _UNREADABLE:
        yield _of(ref, "result", _("cannot be read"))
        return
    for name in live.differing(wanted, stored, "result"):
        yield _of(ref, name, _("differs from the result worked out again"))


def _of(ref: str, name: str, text: str) -> Finding:
    return Finding(_("assessment %(ref)s", ref=ref), name, text)
