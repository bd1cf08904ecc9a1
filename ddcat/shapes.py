"""Reads a TOML file as the model of its shape: all of it or as much as can be read, its faults with their places."""

import os
import stat
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from ddcat.faults import Fault, Faulty
from ddcat.words import _, n_

Model = TypeVar("Model", bound=BaseModel)

LARGEST = 1_000_000
"""Bytes of a file; the largest of ours has a tenth of it. What is larger is some other file."""

MOST = 200
"""Faults that are told of a file: nobody mends more at a time."""


def bytes_of(path: Path) -> bytes:
    """What stands in a file. Raises Faulty where it cannot be read, where it is no ordinary file, or too large."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for, for ever
            raise _refused(path, _("is no ordinary file; take it out of the folder"))
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _refused(path, _("cannot be read: %(reason)s", reason=error.strerror)) from None
    if len(data) > LARGEST:
        raise _refused(path, _("is larger than 1 MB, which no such file need be; make it smaller or take it away"))
    return data


def printable(name: str) -> str:
    """The name of a file as text that can be shown and sent, also where it is not UTF-8."""
    return os.fsencode(name).decode(errors="replace")


def first_of(faults: Sequence[Fault]) -> list[Fault]:
    """The first of many faults, and how many more there are."""
    n_more = len(faults) - MOST
    if n_more <= 0:
        return list(faults)
    said = n_(
        "and %(num)s more fault; mend these first",
        "and %(num)s more faults; mend these first",
        n_more,
    )
    return [*faults[:MOST], Fault("file", said)]


def content_of(data: bytes) -> tuple[dict[str, Any], list[Fault]]:
    """What stands in a TOML file; nothing, and the fault, where it is none."""
    try:
        return tomllib.loads(data.decode("utf-8")), []
    except UnicodeDecodeError as error:
        where = _("byte %(number)s", number=error.start)
        return {}, [Fault(where, _("is not UTF-8 text"))]
    except (ValueError, RecursionError) as error:
        return {}, [_toml_fault(str(error))]


def read(model: type[Model], data: bytes) -> tuple[Model, list[Fault]]:
    """The file as this model, or the part of it that can be read, and the faults of its shape."""
    content, broken = content_of(data)
    if broken:
        return _part(model, {}), broken
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults = [_shape_fault(dict(detail)) for detail in details]
        for detail in details:
            _leave_out_step(content, _location(detail["loc"]))
        return _part(model, content), faults


def _refused(path: Path, said: str) -> Faulty:
    return Faulty(printable(path.name), [Fault("file", said)])


def _part(model: type[Model], content: Any) -> Model:
    """As much of the model as can be read; asking it for any other field raises AttributeError."""
    part, given = model.model_construct(), content if isinstance(content, dict) else {}
    known = {field.alias or name: (name, field) for name, field in model.model_fields.items()}
    fields = vars(part)
    fields.clear()
    unknown = list(islice((key for key in given if key not in known), MOST))  # each may be a slip of a known key
    for key, (name, field) in known.items():
        with suppress(ValidationError):
            if key in given:
                fields[name] = _value(model, name, given[key])
            elif not field.is_required() and not get_close_matches(key, unknown):
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
    text, _at, where = message.rpartition(" (at ")
    return Fault(where.removesuffix(")") or "file", _("is not TOML: %(reason)s", reason=text or message))


def _shape_fault(detail: dict[str, Any]) -> Fault:
    location = _location(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Fault(place(location[:-1]), _("unknown key %(key)r", key=location[-1]))
    if detail["type"] == "missing":
        return Fault(place(location[:-1]), _("the key %(key)r is missing", key=location[-1]))
    if detail["type"] == "literal_error":
        said = _("%(given)r is not known; expected %(expected)s", given=detail["input"], **detail["ctx"])
        return Fault(place(location), said)
    text = detail["msg"].removeprefix("Value error, ")
    return Fault(place(location), text[0].lower() + text[1:])


def place(location: Sequence[int | str]) -> str:
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
