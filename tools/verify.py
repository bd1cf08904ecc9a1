#!/usr/bin/env python3
"""Verify a record that ddcat exported, with Python 3.11 alone; docs/record-format.md says in words what is done."""

import json
import sys
import tomllib
from fractions import Fraction
from hashlib import sha256
from pathlib import Path


def digest(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256(text.encode()).hexdigest()


def result(volume, items, given):
    """Both results, exact: nothing is rounded between a rating and a band."""
    homes = {home["id"]: [item["id"] for item in home["item"]] for home in volume["dimension"]}
    areas = {a["id"]: [id for id in items if a["id"] in items[id].get("focus", [])] for a in volume.get("focus", [])}
    known = [{at: [Fraction(given[id]) for id in of[at] if id in given] for at in of} for of in (homes, areas)]
    homes, areas = ({at: sum(of[at]) / len(of[at]) if of[at] else None for at in of} for of in known)
    levels, (part, whole) = ({"levels": {}, "share": (0, 1)} | volume["scoring"].get("criterion", {})).values()
    overall = sum(homes.values()) / len(homes) if levels and None not in homes.values() else None
    bands = [at["code"] for at in volume.get("band", []) if overall is not None and Fraction(at["from"]) <= overall]
    counts = {level: sum(rating >= least for rating in given.values()) for level, least in levels.items()}
    top = [level for at, level in enumerate(levels) if not at or whole * counts[level] >= part * len(items)]
    found = {"n_rated": len(given), "n_items": len(items), "dimensions": homes, "overall": overall, "focus": areas}
    return found | {"band": [None, *bands][-1], "criterion": {"counts": counts, "level": top[-1]} if levels else None}


def evidenced(items, core, given):
    """Every rating as far as its evidence carries it, in whole numbers; the lowest where nothing supports any."""
    highest = {id: min(map(int, item["anchors"])) for id, item in items.items()}
    for line in core.get("evidence", {}).values():
        id, counts, n, is_count = line["item"], line["counts"], line["n"], line["finding"] == "count"
        said = core["raters"].get(line["by"], core) if core["is_blind"] and not line["of_meeting"] else core
        supports = [said["ratings"].get(id, {}).get("rating") if line["supports"] is None else line["supports"]]
        if is_count and n is not None and (share := items[id].get("share")):
            low = {at: (101 if at < 100 and n < share.get("least", 0) else at) * n for at in range(101)} | {"some": 1}
            supports = [int(r) for r, of in share["floors"].items() if all(100 * counts[c] >= low[of[c]] for c in of)]
        elif line["finding"] == "not found" or (is_count and not any(counts.values())):
            supports = []
        highest[id] = max([highest[id], *filter(None, supports)])
    return {id: min(rating, highest[id]) for id, rating in given.items()}


def differing(stored, found, name="result"):
    """Names of what was worked out otherwise than it is stored; what is not stored is not compared."""
    if isinstance(stored, dict) and isinstance(found, dict):
        return [at for key in stored for at in differing(stored[key], found.get(key, "nothing"), f"{name}/{key}")]
    return [] if stored == (str(found) if isinstance(found, Fraction) else found) else [name]


def verify(record):  # yields True for what is as it was sealed, else what differs
    core, sealing, head = record["core"], record["sealing"], (record["head"]["n"], record["head"]["hash"])
    known = {("ddcat-export-1", f"ddcat-record-{format}", by) for format, by in ((1, "1"), (2, "2"), (3, "2"))}
    yield (record["format"], core["format"], core["methods"]) in known or "format: not one that this tool knows"
    yield digest(core) == record["hash"] or "record: its content and its hash differ"
    about = {"act": "erase", "program": core["program"]["ref"]}
    erasing = [entry for entry in record["entries"] if entry | about == entry and entry["n"] > sealing["n"]]
    erased = {(entry["n"], change["name"]) for entry in erasing for change in entry["changes"]}
    for name, text in (dict.fromkeys(core["texts"], {}) | record["texts"]).items():
        if (by := text.get("erased")) and name in core["texts"]:
            yield (by, f"assessment/{core['assessment']}/{name}") in erased or f"{name}: entry {by} did not erase it"
        elif "salt" not in text or digest([text["salt"], text["value"]]) != core["texts"].get(name):
            yield f"{name}: differs from what was sealed"
    if sha256(record["instrument"].encode()).hexdigest() != core["instrument"]["checksum"]:
        yield "instrument: its text and its checksum differ"
    else:
        volume = tomllib.loads(record["instrument"])
        items = {item["id"]: item for home in volume["dimension"] for item in home["item"]}
        given = {id: said["rating"] for id, said in core["ratings"].items() if said["rating"] is not None}
        found = result(volume, items, given) | {"evidenced": result(volume, items, evidenced(items, core, given))}
        yield from (f"{at}: differs from the result worked out again" for at in differing(core["result"], found))
    before = (0, "0" * 64)
    for entry in record["entries"]:
        if digest({name: entry[name] for name in entry.keys() - {"hash"}}) != entry["hash"]:
            yield f"entry {entry['n']}: its content and its hash differ"
        if (entry["n"] - 1, entry["previous"]) != before and entry["n"] - 1 <= before[0]:
            yield f"entry {entry['n']}: does not follow entry {before[0]}"
        before = (entry["n"], entry["hash"])
    entry = next((entry for entry in record["entries"] if entry["n"] == sealing["n"]), {})
    sealed = {"name": "record", "new": digest([sealing["salt"], record["hash"]])}
    about = {"act": "seal", "kind": "assessment", "ref": core["assessment"], "program": core["program"]["ref"]}
    about |= {"agency": core["agency"].get("ref", entry.get("agency")), "who": core["sealed_by"], "changes": [sealed]}
    yield entry | about == entry or f"seal: entry {sealing['n']} does not seal this record"
    yield head == before or head[0] > before[0] or "head: not that of these entries"


try:
    record = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if differences := [said for said in verify(record) if said is not True]:
        sys.exit("\n".join(differences))
    print(f"Verified: assessment {record['core']['assessment']}, {len(record['entries'])} entries of the trail.")
    print(f"Head of the chain: entry {record['head']['n']}, {record['head']['hash']}")
    print("".join(f"Erased: {name}\n" for name, text in record["texts"].items() if "erased" in text), end="")
except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
    sys.exit(f"This is no record that can be read: {error!r}")
