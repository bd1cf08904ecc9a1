"""A fact in one cell of a sheet: written, and read back. Codes stay codes."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ddcat.facts import Field
from ddcat.words import _

Cell = str | int | float | None

SEPARATORS = str.maketrans(",;|/+", "     ")
_NUMBER = re.compile(r"[0-9]{1,9}")
_HOURS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def cell(value: object) -> Cell:
    """A fact as a cell holds it: codes with a blank between them, `cbt=4` for a code with a number, 34/50."""
    if isinstance(value, list):
        return " ".join(map(str, value)) or None
    if isinstance(value, Mapping) and value.keys() == {"count", "of"}:
        return f"{value['count']}/{value['of']}"
    if isinstance(value, Mapping):
        return " ".join(code if said is None else f"{code}={said}" for code, said in value.items()) or None
    if isinstance(value, bool):
        return "yes" if value else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float) else None


def read(field: Field, text: str) -> Any:
    """A fact as it is kept. Raises ValueError with what was expected."""
    match field.kind:
        case "choice":
            return known([text], field.choices or {})[0]
        case "choices":
            return known(text.translate(SEPARATORS).split(), field.choices or {})
        case "number" | "weeks":
            return whole(text)
        case "hours":
            return _hours(text)
        case "yes":
            return _yes(text)
        case "day":
            return _day(text)
        case "month":
            return _month(text)
        case "share":
            return _share(text)
        case "counts" | "days":
            return _each(field, text)
    return text


def known(codes: list[str], choices: Mapping[str, str]) -> list[str]:
    """These codes in the order of the sheet. Raises ValueError for one that there is not."""
    for code in codes:
        if code not in choices:
            said = _("%(code)r is not known; expected of %(codes)s", code=code, codes=", ".join(choices))
            raise ValueError(said)
    return [code for code in choices if code in codes]


def whole(text: str) -> int:
    """A whole number. Raises ValueError where this is none."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(_("%(text)r is no whole number", text=text))
    return int(text)


def _yes(text: str) -> bool:
    if text.casefold() not in ("yes", "true", "1"):
        raise ValueError(_("%(text)r is not known; expected yes or nothing", text=text))
    return True


def _hours(text: str) -> int | float:
    if not _HOURS.fullmatch(text):
        raise ValueError(_("%(text)r is no number; expected one such as 6.5", text=text))
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_("%(text)r is no day; expected one such as 2026-11-22", text=text)) from None


def _month(text: str) -> str:
    if not _MONTH.fullmatch(text):
        raise ValueError(_("%(text)r is no month; expected one such as 2026-05", text=text))
    return text


def _share(text: str) -> dict[str, int]:
    count, _slash, of = (part.strip() for part in text.partition("/"))
    if not (_NUMBER.fullmatch(count) and _NUMBER.fullmatch(of) and 0 < int(of) >= int(count)):
        raise ValueError(_("%(text)r is no share; expected one such as 34/50", text=text))
    return {"count": int(count), "of": int(of)}


def _each(field: Field, text: str) -> dict[str, Any]:
    """Codes, each with a number or a day where one stands beside it."""
    found: dict[str, Any] = {}
    for part in text.replace(",", " ").replace(";", " ").split():
        code, equals, said = part.partition("=")
        (code,) = known([code], field.choices or {})
        found[code] = (whole(said) if field.kind == "counts" else _day(said)) if equals else None
    return {code: found[code] for code in field.choices or {} if code in found}
