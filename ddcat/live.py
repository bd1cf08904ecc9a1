"""The rows that a sealed assessment lives in, read as strictly as they were written, against its record. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ddcat import seal
from ddcat.records import Answer, Assessment, Carried, Evidence, Origin, Rater
from ddcat.seal import KeptRecord, Row
from ddcat.words import _

_WRITTEN = {"cover": dict, "facts": dict, "counts": dict, "items": list}
_FLAGS = ("is_blind", "is_everybody", "of_meeting")

# What a record of an earlier format says nothing of was not there.
_LATER: Mapping[str, Mapping[str, Any]] = {
    seal.FIRST: {"is_blind": False, "raters": {}, "evidence": {}, "answers": {}, "carried": {}},
    seal.SECOND: {"carried": {}},
}


def differences(
    kept: KeptRecord, core: Mapping[str, Any], texts: Mapping[str, bytes | None]
) -> Iterator[tuple[str, str]]:
    """What the rows say otherwise than the record, each with its name.

    `texts` are those of the record that are sound, None where one was erased; of all others nothing is said.
    """
    if kept.assessment is None:
        yield "", _("is gone; its record is there")
        return
    unreadable = [name for name, column, value in _columns(kept) if not _is_readable(column, value)]
    if unreadable:
        yield from ((name, _("cannot be read")) for name in unreadable)
        return
    assessment = read(kept)
    if len(kept.ratings) != len(assessment.revisions):
        yield "ratings", _("hold an item twice")
    said = seal.content(assessment) | {
        "instrument": {"checksum": assessment.checksum},
        "sealed_at": assessment.sealed_at,
        "deleted_at": assessment.deleted_at,
    }
    core = {**_LATER.get(core["format"], {}), **core}
    expected = {name: core[name] for name in said if name not in ("instrument", "deleted_at")} | {
        # Before records held the agency's ref, the entry that sealed them alone did.
        "agency": {"ref": _text((kept.sealing or {}).get("agency"))} | core["agency"],
        "instrument": {"checksum": core["instrument"]["checksum"]},
        "deleted_at": None,
    }
    for name in differing(expected, said, ""):
        yield name, _("differs from what was sealed")
    if kept.assessment["result"] != seal.canonical(core["result"]):
        yield "result", _("differs from what was sealed")
    live = {name: seal.canonical(value) for name, value in seal.typed(assessment, core["format"]).items()}
    for name in sorted(texts.keys() | (live.keys() - core["texts"].keys())):
        if name not in texts:
            yield name, _("is not in the record")
        elif texts[name] is None and live.get(name, b'""') != b'""':
            yield name, _("was erased from the record, and stands in the assessment")
        elif texts[name] is not None and live.get(name) != texts[name]:
            yield name, _("differs from what was sealed")


def differing(expected: Any, found: Any, name: str, *, is_part: bool = False) -> Iterator[str]:
    """Names of the values that differ; in a part, what it does not have is not compared."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected if is_part else sorted(expected.keys() | found.keys()):
            inner = f"{name}/{key}" if name else str(key)
            if key in expected and key in found:
                yield from differing(expected[key], found[key], inner, is_part=is_part)
            else:
                yield inner
    elif type(expected) is not type(found) or expected != found:
        yield name


def _columns(kept: KeptRecord) -> Iterator[tuple[str, str, Any]]:
    """Every value of every row: how a finding calls it, its column, and what it is."""
    rows = [("", kept.assessment or {})]
    rows += [(f"ratings/{_shown(row['item'])}/", row) for row in kept.ratings]
    rows += [(f"raters/{_shown(row['by'])}/ratings/{_shown(row['item'])}/", row) for row in kept.alone]
    rows += [(f"raters/{_shown(row['ref'])}/", row) for row in kept.raters]
    rows += [(f"evidence/{_shown(row['ref'])}/", row) for row in kept.evidence]
    rows += [(f"answers/{_shown(row['finding'])}/", row) for row in kept.answers]
    rows += [(f"carried/{_shown(row['item'])}/", row) for row in kept.carried]
    return ((f"{before}{column}", column, value) for before, row in rows for column, value in row.items())


def read(kept: KeptRecord) -> Assessment:
    """The assessment that the rows hold, under the names it was sealed with. Raises ValueError."""
    row = _plain(kept.assessment or {})
    del row["result"]
    ratings = list(map(_plain, kept.ratings))
    alone = list(map(_plain, kept.alone))
    answers = list(map(_plain, kept.answers))
    carried = list(map(_plain, kept.carried))
    return Assessment(
        **row,
        program=row["facts"].pop("sealed_program"),
        agency=row["facts"].pop("sealed_agency"),
        ratings={rating["item"]: rating["value"] for rating in ratings if rating["value"] is not None},
        why={rating["item"]: rating["why"] for rating in ratings if rating["why"]},
        revisions={rating["item"]: rating["revision"] for rating in ratings},
        origins={rating["item"]: Origin(rating["by"], rating["saved_at"]) for rating in ratings},
        evidence=tuple(Evidence(**_plain(line)) for line in kept.evidence),
        raters=tuple(_rater(_plain(rater), alone) for rater in kept.raters),
        answers={answer["finding"]: Answer(answer["text"], answer["by"], answer["saved_at"]) for answer in answers},
        carried={one["item"]: Carried(one["assessment"], one["assessed_on"]) for one in carried},
    )


def _rater(row: Mapping[str, Any], alone: list[dict[str, Any]]) -> Rater:
    """Somebody who was given items, with what she said where she rated alone."""
    own = [said for said in alone if said["by"] == row["ref"]]
    return Rater(
        **{**row, "items": tuple(row["items"])},
        name="",
        ratings={said["item"]: said["value"] for said in own if said["value"] is not None},
        why={said["item"]: said["why"] for said in own if said["why"]},
        revisions={said["item"]: said["revision"] for said in own},
        saved_at={said["item"]: said["saved_at"] for said in own},
    )


def _plain(row: Row) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    """What a column holds. Raises ValueError where it is not as the store writes it."""
    text = _text(value)
    if name in _FLAGS and text in (0, 1):
        return bool(text)
    return _written(text, _WRITTEN[name]) if name in _WRITTEN else text


def _written(text: str, shape: type) -> Any:
    """JSON as the store writes it: another way to write the same is a change nobody made through the program."""
    value = json.loads(text)
    if not isinstance(value, shape) or json.dumps(value) != text:
        raise ValueError("not as the store writes it")
    return value


def _is_readable(name: str, value: Any) -> bool:
    try:
        _value(name, value)
    except (ValueError, RecursionError):
        return False
    return True


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _shown(text: bytes) -> str:
    return text.decode(errors="backslashreplace")
