"""Reads instruments/*.toml, reports every fault with its place, and finds an instrument by id and version."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ddcat.faults import Fault, Faulty
from ddcat.instrument import Guide, Instrument, Item
from ddcat.paths import INSTRUMENTS

RESERVED_COLUMNS = frozenset({"program", "assessed_on", "kind", "rater", "item", "rating", "evidence"})

Model = TypeVar("Model", bound=BaseModel)


class Unknown(LookupError):
    """No such instrument on the shelf; `known` names those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        self.known = known
        super().__init__(name)


@dataclass(frozen=True)
class Volume:
    """An instrument as it stands on the shelf: read, with its very bytes, their checksum and its guide."""

    instrument: Instrument
    guide: Guide
    data: bytes
    checksum: str


def names() -> list[str]:
    """`id@version` of every instrument on the shelf, by id, oldest version first."""
    found = [tuple(path.stem.rsplit("-", 1)) for path in INSTRUMENTS.glob("*.toml") if _is_instrument(path)]
    ordered = sorted(found, key=lambda name: (name[0], _version_order(name[1])))
    return [f"{id}@{version}" for id, version in ordered]


def find(name: str) -> Volume:
    """The instrument called `id@version`, or the newest version of `id`. Raises Unknown or Faulty."""
    id, _, version = name.partition("@")
    fitting = [known for known in names() if known.partition("@")[0] == id and version in ("", _version(known))]
    if not fitting:
        raise Unknown(name, names())
    newest = fitting[-1]
    path = INSTRUMENTS / f"{id}-{_version(newest)}.toml"
    data = path.read_bytes()
    return Volume(parse(data, path.name), guide(newest), data, checksum(data))


def guide(name: str) -> Guide:
    """The advice beside the instrument `id@version`; an empty one where there is none."""
    path = INSTRUMENTS / f"{name.replace('@', '-')}.guide.toml"
    return _parse_guide(path.read_bytes(), path.name) if path.exists() else Guide(**{"for": name})


def checksum(data: bytes) -> str:
    """SHA-256 of an instrument file, as hexadecimal text."""
    return sha256(data).hexdigest()


@lru_cache(maxsize=64)
def parse(data: bytes, file: str = "instrument") -> Instrument:
    """An instrument from the bytes of its file. Raises Faulty with every fault there is."""
    instrument = _shape(Instrument, data, file)
    faults = list(_sense(instrument))
    if faults:
        raise Faulty(file, faults)
    return instrument


def check(path: Path) -> list[Fault]:
    """Every fault of an instrument file, or of a guide file (beside its instrument); empty when it is sound."""
    try:
        data = path.read_bytes()
        if path.name.endswith(".guide.toml"):
            advice = _parse_guide(data, path.name)
            beside = path.with_name(path.name.removesuffix(".guide.toml") + ".toml")
            return list(_guide_sense(advice, parse(beside.read_bytes(), beside.name)))
        instrument = parse(data, path.name)
    except OSError as error:
        return [Fault("file", f"cannot be read: {error.strerror}")]
    except Faulty as faulty:
        return list(faulty.faults)
    expected = f"{instrument.id}-{instrument.version}.toml"
    if path.name != expected:
        return [Fault("file", f"is named {path.name}; its id and version ask for {expected}")]
    return []


@lru_cache(maxsize=64)
def _parse_guide(data: bytes, file: str) -> Guide:
    return _shape(Guide, data, file)


def _is_instrument(path: Path) -> bool:
    return not path.name.endswith(".guide.toml") and "-" in path.stem


def _version(name: str) -> str:
    return name.partition("@")[2]


def _version_order(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _shape(model: type[Model], data: bytes, file: str) -> Model:
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Faulty(file, [Fault(f"byte {error.start}", "is not UTF-8 text")]) from None
    except tomllib.TOMLDecodeError as error:
        raise Faulty(file, [_toml_fault(str(error))]) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Faulty(file, [_shape_fault(dict(detail), content) for detail in error.errors()]) from None


def _toml_fault(message: str) -> Fault:
    """tomllib ends its messages with "(at line 3, column 7)": the place goes first here."""
    text, _, place = message.rpartition(" (at ")
    return Fault(place.removesuffix(")") or "file", f"is not TOML: {text or message}")


def _shape_fault(detail: dict[str, Any], content: dict[str, Any]) -> Fault:
    location = [step for step in detail["loc"] if step != "[key]"]
    if detail["type"] == "extra_forbidden":
        return Fault(_place(location[:-1]), f"unknown key {location[-1]!r}")
    if detail["type"] == "missing":
        return Fault(_place(location[:-1]), f"the key {location[-1]!r} is missing")
    if detail["type"] == "literal_error":
        return Fault(_place(location), f"{detail['input']!r} is not known; expected {detail['ctx']['expected']}")
    text = detail["msg"].removeprefix("Value error, ")
    return Fault(_place(location), text[0].lower() + text[1:])


def _place(location: list[Any]) -> str:
    """("dimension", 1, "item", 2, "anchors", 4) -> "dimension 2, item 3, anchors 4"."""
    words: list[str] = []
    for step in location:
        if isinstance(step, int) and words:
            words[-1] += f" {step + 1}"
        elif words and isinstance(step, str) and step.isdigit():
            words[-1] += f" {step}"
        else:
            words.append(str(step))
    return ", ".join(words) or "top of the file"


def _sense(instrument: Instrument) -> Iterator[Fault]:
    scale = instrument.rating
    empty = list(_emptiness(instrument))
    yield from empty
    if scale.lowest >= scale.highest:
        yield Fault("rating", f"the lowest rating {scale.lowest} is not below the highest {scale.highest}")
        return
    if empty:
        return
    for rating in sorted(set(scale.names) - set(scale.values)):
        yield Fault("rating, names", f"{rating} is outside {scale.lowest} to {scale.highest}")
    yield from _band_sense(instrument)
    yield from _criterion_sense(instrument)
    yield from _repeats("focus", "id", [focus.id for focus in instrument.focuses])
    yield from _repeats("dimension", "id", [dimension.id for dimension in instrument.dimensions])
    yield from _repeats("item", "id", [item.id for item in instrument.items])
    yield from _repeats("item", "code", [item.code.casefold() for item in instrument.items])
    for d, dimension in enumerate(instrument.dimensions, 1):
        for i, item in enumerate(dimension.items, 1):
            yield from _item_sense(instrument, item, f"dimension {d}, item {i}")


def _emptiness(instrument: Instrument) -> Iterator[Fault]:
    for name, parts in (("band", instrument.bands), ("dimension", instrument.dimensions)):
        if not parts:
            yield Fault(name, "there is none; expected at least one")
    for d, dimension in enumerate(instrument.dimensions, 1):
        if not dimension.items:
            yield Fault(f"dimension {d}", "has no item; expected at least one")
        for i, item in enumerate(dimension.items, 1):
            if not item.evidence:
                yield Fault(f"dimension {d}, item {i}", "names no evidence to look at; expected at least one")


def _repeats(noun: str, key: str, values: list[str]) -> Iterator[Fault]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Fault(noun, f"the {key} {value!r} is used {count} times")


def _band_sense(instrument: Instrument) -> Iterator[Fault]:
    floors = [band.floor for band in instrument.bands]
    yield from _repeats("band", "code", [band.code for band in instrument.bands])
    if floors[0] != instrument.rating.lowest:
        yield Fault("band 1", f"starts from {floors[0]}; the lowest rating is {instrument.rating.lowest}")
    for number, floor in enumerate(floors, 1):
        if (100 * floor).denominator != 1:
            yield Fault(f"band {number}", f"starts from {floor}, which two decimals cannot tell")
    for number, (lower, higher) in enumerate(zip(floors, floors[1:], strict=False), 2):
        if higher <= lower:
            yield Fault(f"band {number}", f"starts from {higher}, which is not above the band before it")
    if floors[-1] > instrument.rating.highest:
        yield Fault(f"band {len(floors)}", f"starts from {floors[-1]}, above the highest rating")


def _criterion_sense(instrument: Instrument) -> Iterator[Fault]:
    criterion, place = instrument.scoring.criterion, "scoring, criterion"
    part, whole = criterion.share
    if not 0 < part <= whole:
        yield Fault(place, f"the share {part} of {whole} is not between none and all")
    for code in criterion.levels.keys() - {band.code for band in instrument.bands}:
        yield Fault(place, f"the level {code!r} is not the code of a band")
    if next(iter(criterion.levels), None) != instrument.bands[0].code or len(criterion.levels) < 2:
        yield Fault(place, "expected at least two levels, the first with the code of the first band")
    ratings = list(criterion.levels.values())
    if not ratings or ratings[0] != instrument.rating.lowest:
        yield Fault(place, "the first level must ask for the lowest rating")
    if sorted(set(ratings)) != ratings or not set(ratings) <= set(instrument.rating.values):
        yield Fault(place, "the levels must ask for ascending ratings of the scale")


def _item_sense(instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    scale = instrument.rating
    if item.code.casefold() in RESERVED_COLUMNS:
        yield Fault(place, f"the code {item.code!r} is the name of a column in files of ratings")
    for rating in scale.values:
        if rating in item.anchors and rating in item.unanchored:
            yield Fault(place, f"{rating} has an anchor and is declared unanchored")
        elif rating not in item.anchors and rating not in item.unanchored:
            yield Fault(place, f"no anchor for {rating}, and {rating} is not declared unanchored")
    for rating in sorted((set(item.anchors) | set(item.unanchored)) - set(scale.values)):
        yield Fault(place, f"{rating} is outside {scale.lowest} to {scale.highest}")
    for end in {scale.lowest, scale.highest} & set(item.unanchored):
        yield Fault(place, f"{end} ends the scale and needs an anchor")
    for focus in set(item.focus) - {known.id for known in instrument.focuses}:
        yield Fault(place, f"unknown focus area {focus!r}")
    if item.share:
        yield from _share_sense(item, scale.lowest, f"{place}, share")


def _share_sense(item: Item, lowest: int, place: str) -> Iterator[Fault]:
    share = item.share
    assert share is not None
    for rating, floors in share.floors.items():
        if rating not in item.anchors or rating == lowest:
            yield Fault(place, f"a floor for {rating}, which is not an anchored rating above the lowest")
        for count in floors.keys() - share.counts.keys():
            yield Fault(place, f"the floor for {rating} names the unknown count {count!r}")
    for count in share.counts:
        floors_up = [
            0 if floors[count] == "some" else int(floors[count])
            for _, floors in sorted(share.floors.items())
            if count in floors
        ]
        if not floors_up:
            yield Fault(place, f"the count {count!r} has no floor")
        if sorted(floors_up) != floors_up:
            yield Fault(place, f"the floors of {count!r} do not ascend with the rating")


def _guide_sense(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    if advice.for_ != instrument.name:
        yield Fault("for", f"names {advice.for_!r}; the instrument beside it is {instrument.name!r}")
    for dimension in set(advice.setting) - {dimension.id for dimension in instrument.dimensions}:
        yield Fault("setting", f"unknown dimension {dimension!r}")
    for item, steps in advice.steps.items():
        place = f"steps, {item}"
        if item not in instrument.by_id:
            yield Fault(place, "unknown item")
            continue
        for rating in steps:
            if rating == instrument.rating.lowest or rating not in instrument.by_id[item].anchors:
                yield Fault(place, f"steps to {rating}, which is not an anchored rating above the lowest")
