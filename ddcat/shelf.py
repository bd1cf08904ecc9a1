"""Reads instruments/*.toml, reports every fault with its place, and finds an instrument by id and version.

What the numbers and names of a file must mean together is the business of `sense`.
"""

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ddcat import sense
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Guide, Instrument
from ddcat.paths import INSTRUMENTS
from ddcat.words import _

NAME = re.compile(r"(?P<id>[a-z][a-z0-9-]*)(@(?P<version>[0-9]+(\.[0-9]+)*))?")

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


def contents() -> tuple[list[Volume], list[Faulty]]:
    """Every sound volume, by id, oldest version first; and every file that was refused, with its faults."""
    sound, refused = [], []
    for path in _files():
        try:
            sound.append(_volume(path))
        except Faulty as faulty:
            refused.append(faulty)
    return sound, refused


def names() -> list[str]:
    """`id@version` of every sound instrument on the shelf, by id, oldest version first."""
    return [volume.instrument.name for volume in contents()[0]]


def find(name: str) -> Volume:
    """The instrument called `id@version`, or the newest sound version of `id`. Raises Unknown or Faulty."""
    asked = NAME.fullmatch(name)
    newest_refused = None
    for path in reversed(_files()) if asked else ():
        id, version = _called(path)
        if asked and id == asked["id"] and asked["version"] in (None, version):
            try:
                return _volume(path)
            except Faulty as faulty:
                newest_refused = newest_refused or faulty
    raise newest_refused or Unknown(name, names())


def guide(name: str) -> Guide:
    """The advice beside the instrument `id@version`; an empty one where there is none."""
    for path in INSTRUMENTS.glob("*.guide.toml"):
        if path.name == f"{name.replace('@', '-')}.guide.toml":
            return _parse_guide(_bytes(path), path.name)
    return Guide(**{"for": name})


def checksum(data: bytes) -> str:
    """SHA-256 of an instrument file, as hexadecimal text."""
    return sha256(data).hexdigest()


@lru_cache(maxsize=64)
def parse(data: bytes, file: str = "instrument", on_shelf: bool = False) -> Instrument:
    """An instrument from the bytes of its file. Raises Faulty with every fault there is.

    On the shelf a file must also have the name that its id and version ask for.
    """
    instrument, faults = _read(Instrument, data)
    faults += sense.of_instrument(instrument)
    if on_shelf:
        faults += _name_faults(instrument, file)
    if faults:
        raise Faulty(file, faults)
    return instrument


def check(path: Path) -> list[Fault]:
    """Every fault of an instrument file, or of a guide file (beside its instrument); empty when it is sound."""
    try:
        data = _bytes(path)
        if path.name.endswith(".guide.toml"):
            return _guide_faults(data, path)
        parse(data, path.name, on_shelf=True)
    except Faulty as faulty:
        return list(faulty.faults)
    return []


def _files() -> list[Path]:
    """Every file that claims to be an instrument, by id, oldest version first."""
    files = [path for path in INSTRUMENTS.glob("*.toml") if not path.name.endswith(".guide.toml")]
    return sorted(files, key=lambda path: (_called(path)[0], _version_order(_called(path)[1]), path.name))


def _called(path: Path) -> tuple[str, str]:
    """The id and the version that the name of a file claims."""
    id, _dash, version = path.stem.rpartition("-")
    return id, version


def _version_order(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _volume(path: Path) -> Volume:
    data = _bytes(path)
    instrument = parse(data, path.name, on_shelf=True)
    return Volume(instrument, guide(instrument.name), data, checksum(data))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Faulty(path.name, [Fault("file", _("cannot be read: %(reason)s", reason=error.strerror))]) from None


@lru_cache(maxsize=64)
def _parse_guide(data: bytes, file: str) -> Guide:
    advice, faults = _read(Guide, data)
    if faults:
        raise Faulty(file, faults)
    return advice


def _guide_faults(data: bytes, path: Path) -> list[Fault]:
    advice, faults = _read(Guide, data)
    beside = path.with_name(path.name.removesuffix(".guide.toml") + ".toml")
    if not beside.exists():
        return [*faults, Fault("file", _("the instrument beside it, %(file)s, is missing", file=beside.name))]
    try:
        instrument = parse(_bytes(beside), beside.name, on_shelf=True)
    except Faulty:
        said = _("the instrument beside it, %(file)s, has faults of its own; check it first", file=beside.name)
        return [*faults, Fault("file", said)]
    return [*faults, *sense.of_guide(advice, instrument)]


def _name_faults(instrument: Instrument, file: str) -> list[Fault]:
    if not (hasattr(instrument, "id") and hasattr(instrument, "version")):
        return []
    expected = f"{instrument.id}-{instrument.version}.toml"
    said = _("is named %(file)s; its id and version ask for %(expected)s", file=file, expected=expected)
    return [] if file == expected else [Fault("file", said)]


def _read(model: type[Model], data: bytes) -> tuple[Model, list[Fault]]:
    """The file as this model, or the part of it that can be read, and the faults of its shape."""
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        place = _("byte %(number)s", number=error.start)
        return _part(model, {}), [Fault(place, _("is not UTF-8 text"))]
    except (ValueError, RecursionError) as error:
        return _part(model, {}), [_toml_fault(str(error))]
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        faults = [_shape_fault(dict(detail)) for detail in error.errors()]
        for detail in error.errors():
            _leave_out_step(content, _location(detail["loc"]))
        return _part(model, content), faults


def _part(model: type[Model], content: Any) -> Model:
    """As much of the model as can be read; asking it for any other field raises AttributeError."""
    part, given = model.model_construct(), content if isinstance(content, dict) else {}
    known = {field.alias or name: (name, field) for name, field in model.model_fields.items()}
    fields = vars(part)
    fields.clear()
    for key, (name, field) in known.items():
        with suppress(ValidationError):
            if key in given:
                fields[name] = _value(model, name, given[key])
            elif not field.is_required() and not get_close_matches(key, given.keys() - known.keys()):
                fields[name] = field.get_default()
    return part


def _value(model: type[BaseModel], name: str, content: Any) -> Any:
    """A field of the model, or the parts of it that can be read. Raises ValidationError when that is nothing."""
    kind: Any = model.model_fields[name].annotation
    parts = next((m for m in (kind, *get_args(kind)) if isinstance(m, type) and issubclass(m, BaseModel)), None)
    if parts and get_origin(kind) is tuple and isinstance(content, list):
        return tuple(_part(parts, each) for each in content)
    if parts and get_origin(kind) is not tuple and isinstance(content, dict):
        return _part(parts, content)
    return _reader(model, name).validate_python(content)


@lru_cache(maxsize=128)
def _reader(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = model.model_fields[name]
    kind: Any = field.annotation
    return TypeAdapter(Annotated[kind, Field(), *field.metadata])


def _leave_out_step(content: dict[str, Any], location: list[Any]) -> None:
    """A guide need not have any step, so a faulty one is left out and the others are still looked at."""
    if location[0] == "steps" and len(location) > 1:
        *way, last = location[:3]
        for key in way:
            content = content.get(key, {})
        content.pop(last, None)


def _location(steps: tuple[int | str, ...]) -> list[int | str]:
    return [step for step in steps if step != "[key]"]


def _toml_fault(message: str) -> Fault:
    """tomllib ends its messages with "(at line 3, column 7)": the place goes first here."""
    text, _at, place = message.rpartition(" (at ")
    return Fault(place.removesuffix(")") or "file", _("is not TOML: %(reason)s", reason=text or message))


def _shape_fault(detail: dict[str, Any]) -> Fault:
    location = _location(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Fault(_place(location[:-1]), _("unknown key %(key)r", key=location[-1]))
    if detail["type"] == "missing":
        return Fault(_place(location[:-1]), _("the key %(key)r is missing", key=location[-1]))
    if detail["type"] == "literal_error":
        said = _("%(given)r is not known; expected %(expected)s", given=detail["input"], **detail["ctx"])
        return Fault(_place(location), said)
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
    return ", ".join(words) or _("top of the file")
