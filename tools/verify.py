#!/usr/bin/env python3
"""Verify a record that ddcat exported, with Python 3.11 alone; docs/record-format.md says in words what is done."""

import json
import sys
import tomllib
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

FORMATS = ("ddcat-export-1", "ddcat-record-1", "1")
ENTRY = ("n", "at", "who", "act", "kind", "ref", "agency", "program", "changes", "previous")


def digest(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def mean(values):
    return Fraction(sum(values), len(values)) if values else None


def result(instrument, given):
    """Both results, exact: nothing is rounded between a rating and a band."""
    homes = instrument["dimension"]
    items = [item for home in homes for item in home["item"]]
    dimensions = {home["id"]: mean([given[i["id"]] for i in home["item"] if i["id"] in given]) for home in homes}
    overall = None if None in dimensions.values() else mean(list(dimensions.values()))
    bands = [None if overall is None else band["code"] for band in instrument["band"]]
    floors = [Fraction(band["from"]) for band in instrument["band"]]
    reached = sum(overall is not None and floor <= overall for floor in floors)
    (part, whole), levels = instrument["scoring"]["criterion"]["share"], instrument["scoring"]["criterion"]["levels"]
    counts = {level: sum(rating >= least for rating in given.values()) for level, least in levels.items()}
    attained = [level for at, level in enumerate(levels) if not at or whole * counts[level] >= part * len(items)]
    areas = [focus["id"] for focus in instrument.get("focus", [])]
    inside = {area: [i["id"] for i in items if area in i.get("focus", [])] for area in areas}
    found = {"n_rated": len(given), "n_items": len(items), "dimensions": dimensions, "overall": overall}
    found |= {"band": bands[reached - 1], "criterion": {"counts": counts, "level": attained[-1]}}
    return found | {"focus": {area: mean([given[i] for i in inside[area] if i in given]) for area in areas}}


def differing(stored, found, name):
    """Names of what was worked out otherwise than it is stored; what is not stored is not compared."""
    if isinstance(stored, dict) and isinstance(found, dict):
        for key, value in stored.items():
            yield from differing(value, found.get(key, "nothing"), f"{name}/{key}")
    elif stored != (str(found) if isinstance(found, Fraction) else found):
        yield f"{name}: differs from the result worked out again"


def verify(record):
    core, sealing, head = record["core"], record["sealing"], record["head"]
    entries = {entry["n"]: entry for entry in record["entries"]}
    if (record["format"], core["format"], core["methods"]) != FORMATS:
        yield "format: not one that this tool knows"
    if digest(core) != record["hash"]:
        yield "record: its content and its hash differ"
    for name in sorted(core["texts"].keys() | record["texts"].keys()):
        text = record["texts"].get(name, {})
        if (by := text.get("erased")) and name in core["texts"]:
            entry, place = entries.get(by, {}), {"name": f"assessment/{core['assessment']}/{name}"}
            is_erasing = (entry.get("act"), entry.get("program")) == ("erase", core["program"]["ref"])
            if not (is_erasing and place in entry["changes"] and sealing["n"] < by):
                yield f"{name}: entry {by} did not erase it"
        elif "salt" not in text or digest([text["salt"], text["value"]]) != core["texts"].get(name):
            yield f"{name}: differs from what was sealed"
    if sha256(record["instrument"].encode()).hexdigest() != core["instrument"]["checksum"]:
        yield "instrument: its text and its checksum differ"
    else:
        given = {item: said["rating"] for item, said in core["ratings"].items() if said["rating"] is not None}
        yield from differing(core["result"], result(tomllib.loads(record["instrument"]), given), "result")
    before = {"n": 0, "hash": "0" * 64}
    for entry in record["entries"]:
        if digest({name: entry[name] for name in ENTRY}) != entry["hash"]:
            yield f"entry {entry['n']}: its content and its hash differ"
        gap = entry["n"] - before["n"]
        if gap < 1 or (gap == 1 and entry["previous"] != before["hash"]):
            yield f"entry {entry['n']}: does not follow entry {before['n']}"
        before = entry
    sealed = {"name": "record", "new": digest([sealing["salt"], record["hash"]])}
    entry = entries.get(sealing["n"], {})
    about = {"act": "seal", "kind": "assessment", "ref": core["assessment"], "program": core["program"]["ref"]}
    about |= {"agency": core["agency"].get("ref", entry.get("agency")), "who": core["sealed_by"], "changes": [sealed]}
    if entry | about != entry:
        yield f"seal: entry {sealing['n']} does not seal this record"
    if head["n"] < before["n"] or (head["n"] == before["n"] and head["hash"] != before["hash"]):
        yield "head: not that of these entries"


try:
    record = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if differences := list(verify(record)):
        sys.exit("\n".join(differences))
    print(f"Verified: assessment {record['core']['assessment']}, {len(record['entries'])} entries of the trail.")
    print(f"Head of the chain: entry {record['head']['n']}, {record['head']['hash']}")
    print("".join(f"Erased: {name}\n" for name, text in record["texts"].items() if "erased" in text), end="")
except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
    sys.exit(f"This is no record that can be read: {error!r}")
