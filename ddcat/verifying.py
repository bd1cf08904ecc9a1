"""Makes the record of an assessment, and works sealed records out again to say what differs. Pure."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ddcat import evidence, live, scoring, seal, shelf
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Evidence, Rater
from ddcat.seal import Kept, KeptEntry, KeptRecord, Row
from ddcat.words import _

_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it was sealed, or was erased since, and where."""

    place: str
    name: str
    text: str
    is_difference: bool = True

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.place, self.name, self.text)))


def record(instrument: Instrument, assessment: Assessment, *, by: str, at: str) -> seal.Record:
    """The record of this assessment, sealed by this person (a ref) at this moment (ISO text in UTC)."""
    about = {"id": instrument.id, "version": instrument.version, "checksum": assessment.checksum}
    return seal.record(assessment, about, result(instrument, assessment), by=by, at=at)


def result(instrument: Instrument, assessment: Assessment) -> dict[str, Any]:
    """Both results by both methods as a record keeps them, as rated and, under `evidenced`, as evidenced."""
    return _result(instrument, assessment.ratings) | {
        "evidenced": _result(instrument, evidence.as_evidenced(instrument, assessment))
    }


def _result(instrument: Instrument, ratings: scoring.Ratings) -> dict[str, Any]:
    """Fractions as text, counts as whole numbers, nothing rounded; null where there is none."""
    scored = scoring.score(instrument, ratings)
    return {
        "n_rated": scored.n_rated,
        "n_items": scored.n_items,
        "dimensions": {dimension.id: _exact(dimension.value) for dimension in scored.dimensions},
        "overall": _exact(scored.overall),
        "band": scored.band,
        "criterion": _criterion(scored.criterion),
        "focus": {focus.id: _exact(focus.value) for focus in scored.focus},
    }


def _criterion(found: scoring.ByCriterion | None) -> dict[str, Any] | None:
    return {"counts": dict(found.counts), "level": found.level} if found else None


class Verification:
    """Everything kept, worked out again: go through it for the findings, then ask what was counted.

    `printed` is the hash of a head that somebody printed or wrote down; it must stand in the chain.
    """

    def __init__(self, kept: Kept, printed: str | None = None) -> None:
        self.kept = kept
        self.printed = printed
        self.head = (0, seal.GENESIS)
        self.n_entries = self.n_records = self.n_differences = self.n_erased = 0
        self.instruments: dict[str, Instrument] = {}
        self.erased: dict[str, int] = {}

    def __iter__(self) -> Iterator[Finding]:
        for finding in self._findings():
            self.n_differences += finding.is_difference
            self.n_erased += not finding.is_difference
            yield finding

    def _findings(self) -> Iterator[Finding]:
        self.erased = seal.erasures(self.kept.erasing)
        for volume in self.kept.instruments:
            yield from self._volume(volume)
        yield from self._chain()
        for record in self.kept.records:
            self.n_records += 1
            core = _core(record)
            place = _called(record, core)
            yield from _guarded(place, self._record(record, core, place))
        for ref in self.kept.unrecorded:
            yield Finding(_assessment_called(ref), "", _("is sealed and has no record"))
        for n in self.kept.unsealed:
            yield Finding(_entry_called(n), "", _("seals a record that is not there"))
        for n in self.kept.strays:
            yield Finding(_entry_called(n), "", _("is not there, but values of it are"))
        for person in self.kept.people:
            yield from _person(person)

    def _volume(self, row: Row) -> Iterator[Finding]:
        place = _("instrument %(name)s", name=_shown(row["name"]))
        checksum = sha256(row["data"]).hexdigest()
        if checksum.encode() != row["checksum"]:
            yield Finding(place, "", _("its bytes and its checksum differ"))
            return
        try:
            instrument = shelf.parse(row["data"])
        except Faulty:
            yield Finding(place, "", _("cannot be read"))
            return
        if instrument.name.encode() != row["name"]:
            yield Finding(place, "", _("calls itself %(name)s", name=instrument.name))
        self.instruments[checksum] = instrument

    def _chain(self) -> Iterator[Finding]:
        is_found = self.printed in (None, seal.GENESIS)
        for kept in self.kept.entries:
            self.n_entries += 1
            yield from _guarded(_entry_called(kept.n), self._entry(kept))
            self.head = (kept.n, _shown(kept.row["hash"]))
            is_found = is_found or self.head[1] == self.printed
        if not is_found:
            said = _("does not stand in the chain; the chain was cut or rebuilt since that was printed")
            yield Finding(_("head %(hash)s", hash=self.printed), "", said)

    def _entry(self, kept: KeptEntry) -> Iterator[Finding]:
        """An entry against itself, the one before it, and the values beside it."""
        place = _entry_called(kept.n)
        n, previous = self.head
        if kept.n != n + 1:
            yield Finding(place, "", _("does not follow entry %(n)s: entries are missing", n=n))
        entry = seal.entry(kept)
        if seal.link(entry).encode() != kept.row["hash"]:
            yield Finding(place, "hash", _("differs from the content of the entry"))
            return
        if kept.n == n + 1 and entry["previous"] != previous:
            yield Finding(place, "previous", _("differs from the hash of the entry before"))
        sides = [(change, side) for change in entry["changes"] for side in ("old", "new") if side in change]
        wanted = {(change["name"].encode(), side.encode()): change[side] for change, side in sides}
        values = {(name, side): (salt, value) for name, side, salt, value in kept.values}
        for name, side in sorted(wanted.keys() | values.keys()):
            called = f"{_shown(name)} ({_shown(side)})"
            where = seal.place("entry", kept.n, _shown(name), _shown(side))
            said = self._value(wanted.get((name, side)), values.get((name, side)), where, kept.n)
            yield from (Finding(place, called, text, is_difference) for text, is_difference in said)

    def _value(self, digest: str | None, pair: tuple[Any, Any] | None, where: str, n: int) -> list[tuple[str, bool]]:
        """What is to be said of salt and value behind a digest, which stand here and came with entry n."""
        if digest is None:
            return [(_("was added"), True)]
        if pair is None:
            return [(_("is missing"), True)]
        by = self.erased.get(where, 0)
        if pair == (None, None) and by > n:
            return [(_("erased (entry %(n)s)", n=by), False)]
        if None in pair or not seal.holds(digest, *pair):
            return [(_("differs from what was sealed"), True)]
        return []

    def _record(self, kept: KeptRecord, core: Mapping[str, Any] | None, place: str) -> Iterator[Finding]:
        """A record against its hash, the trail, its texts, the live rows, and the result worked out again."""
        if core is None:
            yield Finding(place, "record", _("its content and its hash differ"))
            return
        if core.get("format") not in seal.FORMATS:
            yield Finding(place, "format", _("%(format)s is not known to this version", format=core.get("format")))
            return
        if kept.sealing is None or not _seals(kept.sealing, core, kept.hash):
            yield Finding(place, "seal", _("entry %(n)s of the trail does not seal this record", n=kept.entry))
        yield from self._rows(kept, core, place)
        yield from (Finding(place, name, text) for name, text in self._result(core))

    def _rows(self, kept: KeptRecord, core: Mapping[str, Any], place: str) -> Iterator[Finding]:
        """A record against its texts and the live rows."""
        texts = {name.encode(): digest for name, digest in core["texts"].items()}
        sound: dict[str, bytes | None] = {}
        for raw in sorted(texts.keys() | kept.texts.keys()):
            name = _shown(raw)
            where = seal.place("assessment", core["assessment"], name)
            said = self._value(texts.get(raw), kept.texts.get(raw), where, kept.entry)
            yield from (Finding(place, name, text, is_difference) for text, is_difference in said)
            if not any(is_difference for _text, is_difference in said):
                sound[name] = kept.texts[raw][1]
        yield from (Finding(place, name, text) for name, text in live.differences(kept, core, sound))

    def is_intact(self) -> bool:
        """Whether everything of these records is as it was sealed, without working out results and the chain."""
        self.erased = seal.erasures(self.kept.erasing)
        volumes = all(sha256(row["data"]).hexdigest().encode() == row["checksum"] for row in self.kept.instruments)
        records = list(self.kept.records)
        return bool(volumes and records and all(map(self._is_as_sealed, records)))

    def _is_as_sealed(self, kept: KeptRecord) -> bool:
        core = _core(kept)
        if core is None or kept.sealing is None:
            return False
        try:
            is_sealed = core["format"] in seal.FORMATS and _seals(kept.sealing, core, kept.hash)
            return is_sealed and not any(finding.is_difference for finding in self._rows(kept, core, ""))
        except _UNREADABLE:
            return False

    def _result(self, core: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        about = core["instrument"]
        instrument = self.instruments.get(about["checksum"])
        if core.get("methods") != seal.FORMATS[core["format"]]:
            yield "methods", _("%(methods)s are not known to this version", methods=core.get("methods"))
        elif instrument is None:
            yield "instrument", _("is not kept as it was, so the result cannot be worked out again")
        elif (instrument.id, instrument.version) != (about["id"], about["version"]):
            yield "instrument", _("is not the one that the record names")
        else:
            for name in live.differing(core["result"], result(instrument, _said(core)), "result", is_part=True):
                yield name, _("differs from the result worked out again")


def _said(core: Mapping[str, Any]) -> Assessment:
    """What a record says of ratings and evidence, as far as a result is worked out from it."""
    return Assessment(
        *("", ""),
        ratings=_given(core["ratings"]),
        is_blind=core.get("is_blind", False),
        raters=tuple(Rater(ref, "", ratings=_given(said["ratings"])) for ref, said in core.get("raters", {}).items()),
        evidence=tuple(Evidence(ref, **line) for ref, line in core.get("evidence", {}).items()),
    )


def _given(ratings: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    return {item: said["rating"] for item, said in ratings.items() if said["rating"] is not None}


def _seals(sealing: Row, core: Mapping[str, Any], hash: bytes) -> bool:
    said = [core["assessment"], core["program"]["ref"], core["sealed_by"]]
    about = [sealing[name] for name in ("act", "kind", "ref", "program", "who", "value")]
    is_there = core["agency"].get("ref", sealing["agency"].decode()).encode() == sealing["agency"]
    return is_there and about == [b"seal", b"assessment", *(text.encode() for text in said), b'"%b"' % hash]


def _person(row: Row) -> Iterator[Finding]:
    """Who an account says did things, against what the trail says of it; of what was erased nothing."""
    place = _("person %(ref)s", ref=_shown(row["ref"]))
    if row["name"] is None:
        yield Finding(place, "", _("is gone; the trail tells of the account"))
        return
    for name in ("name", "login"):
        said, called = row[f"said_{name}"], row[name]
        if said is not None and (called is None or said != seal.canonical(_shown(called))):
            yield Finding(place, name, _("is called otherwise than the trail says"))


def _guarded(place: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """What makes no sense at all is a finding like any other."""
    try:
        yield from findings
    except _UNREADABLE:
        yield Finding(place, "", _("cannot be read"))


def _core(kept: KeptRecord) -> dict[str, Any] | None:
    """What a record holds; None where that is not what was hashed."""
    if sha256(kept.core).hexdigest().encode() != kept.hash:
        return None
    with suppress(*_UNREADABLE):
        core = seal.read(kept.core)
        return core if isinstance(core, dict) else None
    return None


def _called(kept: KeptRecord, core: Mapping[str, Any] | None) -> str:
    """A record by the ref in it, or, where it is damaged, by that of the assessment."""
    if core is not None:
        return _assessment_called(str(core.get("assessment")).encode())
    if kept.assessment is None:
        return _("record %(id)s", id=kept.id)
    return _assessment_called(kept.assessment["ref"])


def _assessment_called(ref: bytes) -> str:
    return _("assessment %(ref)s", ref=_shown(ref))


def _entry_called(n: int) -> str:
    return _("entry %(n)s", n=n)


def _shown(text: bytes) -> str:
    return text.decode(errors="backslashreplace")


def _exact(value: Any) -> str | None:
    return None if value is None else str(value)
