"""The canonical bytes of a record, digests that tell nothing, and the links of the chain. Pure.

`docs/record-format.md` is the written form of this module; `tools/verify.py` reads records without it.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from ddcat.records import Assessment, Rater

# Every format there ever was, with the methods that its results are worked out by; the last is today's.
FORMATS = {"ddcat-record-1": "1", "ddcat-record-2": "2", "ddcat-record-3": "2"}
FIRST, SECOND, FORMAT = FORMATS
METHODS = FORMATS[FORMAT]
EXPORT = "ddcat-export-1"
GENESIS = "0" * 64
ENTRY = ("n", "at", "who", "act", "kind", "ref", "agency", "program", "changes", "previous")
_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
# What a line of evidence holds: in the record, and as typed text beside it.
_CODES = (
    *("item", "source", "seen_on", "finding", "counts", "n", "is_everybody", "supports", "of_meeting"),
    *("by", "revision", "saved_at"),
)
_TYPED = ("seen", "place", "seen_by")
_SALT = re.compile(rb"[0-9a-f]{32}")


class Unreadable(ValueError):
    """Bytes that nobody wrote through the program."""


Row = Mapping[str, Any]
"""A row as the database holds it: text in bytes, whole numbers, None."""


def canonical(value: Any) -> bytes:
    """The one way to write a value: JSON with sorted keys, no spaces, UTF-8."""
    return _WRITER.encode(value).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()


def salted(salt: str, value: Any) -> str:
    """What stands in the chain for a value: who does not have the salt cannot even guess it."""
    return digest([salt, value])


def holds(digest: str, salt: bytes, value: bytes) -> bool:
    """Whether these bytes are the salt and the canonical value behind a digest.

    They are hashed as they stand, so that no bit of them can change; a salt of any other shape could take bytes
    from the value.
    """
    return bool(_SALT.fullmatch(salt)) and sha256(b'["%b",%b]' % (salt, value)).hexdigest() == digest


def read(data: bytes) -> Any:
    """The value of canonical bytes. Raises Unreadable where they are none, or not the one way to write a value."""
    try:
        value = json.loads(data.decode())
        if canonical(value) == data:
            return value
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    raise Unreadable("written in another way")


def new_salt() -> str:
    """32 hexadecimal digits by chance."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class Text:
    """Something a person typed: it stands beside the record, its salted digest in it, so that it can be erased."""

    salt: str
    value: Any


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed assessment: what is hashed, what was typed, and the hash."""

    core: Mapping[str, Any]
    texts: Mapping[str, Text]
    hash: str


def record(
    assessment: Assessment, instrument: Mapping[str, str], result: Mapping[str, Any], *, by: str, at: str
) -> Record:
    """The record of an assessment sealed by this person (a ref) at this moment (ISO text in UTC).

    `instrument` is id, version and checksum; `result` holds exact fractions as text and whole numbers only.
    """
    texts = {name: Text(new_salt(), value) for name, value in typed(assessment).items()}
    core = {
        **content(assessment),
        "format": FORMAT,
        "methods": METHODS,
        "instrument": dict(instrument),
        "result": dict(result),
        "sealed_by": by,
        "sealed_at": at,
        "texts": {name: salted(text.salt, text.value) for name, text in texts.items()},
    }
    return Record(core, texts, digest(core))


def content(assessment: Assessment) -> dict[str, Any]:
    """What an assessment holds beside typed text: who, when, each rating with its history, raters, evidence."""
    return {
        "assessment": assessment.ref,
        "program": {"ref": assessment.program_ref, "name": assessment.program},
        "agency": {"ref": assessment.agency_ref, "name": assessment.agency},
        "assessed_on": assessment.assessed_on,
        "period": assessment.period,
        "kind": assessment.kind,
        "edition": assessment.edition,
        "amends": assessment.amends,
        "started_at": assessment.started_at,
        "ratings": {
            item: {
                "rating": assessment.ratings.get(item),
                "revision": revision,
                "by": assessment.origins[item].by,
                "saved_at": assessment.origins[item].at,
            }
            for item, revision in assessment.revisions.items()
        },
        "is_blind": assessment.is_blind,
        "raters": {rater.ref: _rater(rater) for rater in assessment.raters},
        "evidence": {line.ref: {name: getattr(line, name) for name in _CODES} for line in assessment.evidence},
        "answers": {key: {"by": answer.by, "saved_at": answer.at} for key, answer in assessment.answers.items()},
        "carried": {
            item: {"assessment": carried.assessment, "assessed_on": carried.assessed_on}
            for item, carried in assessment.carried.items()
        },
    }


def _rater(rater: Rater) -> dict[str, Any]:
    """What somebody was given, and what she said where she rated alone."""
    return {
        "items": list(rater.items),
        "due_on": rater.due_on,
        "stands": rater.stands,
        "state": rater.state,
        "changed_at": rater.changed_at,
        "ratings": {
            item: {"rating": rater.ratings.get(item), "revision": revision, "saved_at": rater.saved_at[item]}
            for item, revision in rater.revisions.items()
        },
    }


def typed(assessment: Assessment, format: str = FORMAT) -> dict[str, Any]:
    """Everything in an assessment that a person typed or chose on its sheets, by a name that says where it stands."""
    why = "evidence" if format == FIRST else "why"
    alone = {f"{rater.ref}/{item}": text for rater in assessment.raters for item, text in rater.why.items()}
    return {
        "rater": assessment.rater,
        "reason": assessment.reason,
        **{f"{why}/{item}": text for item, text in {**assessment.why, **alone}.items()},
        **{
            f"{name}/{line.ref}": getattr(line, name)
            for line in assessment.evidence
            for name in _TYPED
            if getattr(line, name)
        },
        **{f"answer/{key}": answer.text for key, answer in assessment.answers.items()},
        **{f"note/{rater.ref}": rater.note for rater in assessment.raters if rater.note},
        **{f"cover/{name}": value for name, value in assessment.cover.items()},
        **{f"facts/{name}": value for name, value in assessment.facts.items()},
    }


def link(entry: Mapping[str, Any]) -> str:
    """The hash of an entry of the trail, over everything in it and the hash of the one before."""
    return digest({name: entry[name] for name in ENTRY})


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry of the trail as the database holds it, with the values beside it: name, side, salt, value."""

    n: int
    row: Row
    values: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """A record as the database holds it, with all that must agree with it.

    `texts` by name: salt and value; `assessment` and `ratings` are the rows it was made from, None where the
    assessment is gone; so are `raters`, what they said `alone`, `evidence`, `answers` and what was `carried`.
    `sealing` is the entry of the trail it names, with salt and value of its hash there.
    """

    id: int
    core: bytes
    hash: bytes
    entry: int
    texts: Mapping[bytes, tuple[bytes | None, bytes | None]]
    assessment: Row | None
    ratings: Sequence[Row]
    sealing: Row | None
    raters: Sequence[Row] = ()
    alone: Sequence[Row] = ()
    evidence: Sequence[Row] = ()
    answers: Sequence[Row] = ()
    carried: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that is kept to be proven, as the database holds it; the long parts are read while they are used.

    `erasing`: number and changes of the entries that erase. `people`: everybody whose account the trail tells of,
    as it tells (`said_name`, `said_login`; None where that was erased) and as the account is. What stands alone:
    refs of sealed assessments without a record, numbers of sealing entries without theirs, numbers of values
    without an entry.
    """

    instruments: Iterable[Row]
    erasing: Iterable[tuple[int, bytes]]
    entries: Iterable[KeptEntry]
    records: Iterable[KeptRecord]
    unrecorded: Iterable[bytes]
    unsealed: Iterable[int]
    strays: Iterable[int]
    people: Iterable[Row] = ()


def place(kind: str, *where: object) -> str:
    """How an entry that erases names what it erased: `entry/3/reason/new`, `assessment/REF/why/ITEM`."""
    return "/".join(map(str, (kind, *where)))


def erasures(entries: Iterable[tuple[int, bytes]]) -> dict[str, int]:
    """The places that were erased, each with the last entry that erased it; what cannot be read erases nothing."""
    found: dict[str, int] = {}
    for n, changes in sorted(entries):
        with suppress(Unreadable, TypeError, LookupError):
            found |= {change["name"]: n for change in read(changes)}
    return found


def export(
    kept: KeptRecord,
    instrument: bytes,
    entries: Iterable[KeptEntry],
    erased: Mapping[str, int],
    head: tuple[int, str],
) -> bytes:
    """A record with all that it takes to work it out again without ddcat; `entries` are those to be given with it.

    Raises ValueError where the record cannot be read.
    """
    core = read(kept.core)
    sealing = kept.sealing or {}

    def text(name: str) -> dict[str, Any]:
        salt, value = kept.texts.get(name.encode(), (None, None))
        if salt is None or value is None:
            return {"erased": erased.get(place("assessment", core["assessment"], name))}
        return {"salt": salt.decode(), "value": read(value)}

    exported = {
        "format": EXPORT,
        "hash": kept.hash.decode(),
        "core": core,
        "texts": {name: text(name) for name in core["texts"]},
        "instrument": instrument.decode(),
        "sealing": {"n": kept.entry, "salt": (sealing.get("salt") or b"").decode()},
        "entries": [entry(each) | {"hash": each.row["hash"].decode()} for each in entries],
        "head": {"n": head[0], "hash": head[1]},
    }
    return json.dumps(exported, ensure_ascii=False, indent=1).encode() + b"\n"


def entry(kept: KeptEntry) -> dict[str, Any]:
    """What the hash of an entry stands over. Raises ValueError where it cannot be read."""
    row = {name: kept.row[name].decode() for name in ENTRY if name not in ("n", "changes")}
    return {"n": kept.n, **row, "changes": read(kept.row["changes"])}
