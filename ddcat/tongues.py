"""Instruments and guides in the language now spoken, from the files of words beside them.

A translation with a fault is as good as none: what it was to translate stays in its own words.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from ddcat import shapes, translation
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Guide, Instrument
from ddcat.translation import GuideTranslation, Translation
from ddcat.words import _, language

NAME = re.compile(r"(?P<original>.+)\.(?P<language>[a-z]{2})\.toml")
"""How the file of a translation is called: `ddcat-4.0.es.toml`, `ddcat-4.0.guide.es.toml`."""

Kept = TypeVar("Kept")


class _Same(Generic[Kept]):
    """A value that is the same only as itself, so that what is worked out of it can be kept."""

    def __init__(self, value: Kept) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def spoken(instrument: Instrument, folder: Path) -> Instrument:
    """The instrument in the language now spoken, by the words in this folder; else in its own."""
    return instrument if instrument.language == language() else _translated(_Same(instrument), language(), folder)


def spoken_guide(advice: Guide, folder: Path) -> Guide:
    """The same for a guide; the instrument beside it says in which language it was written."""
    return _translated_guide(_Same(advice), language(), folder)


def faults(data: bytes, file: str, original: Instrument | Guide) -> list[Fault]:
    """The faults of a translation of this original. The same bytes have the same faults: they are looked for once."""
    return list(_faults(data, file, _Same(original), language()))


def stem(name: str) -> str:
    """What the files of the instrument `id@version` begin with: ddcat-4.0."""
    return name.replace("@", "-")


@lru_cache(maxsize=128)
def _translated(same: _Same[Instrument], code: str, folder: Path) -> Instrument:
    instrument = same.value
    file = folder / f"{stem(instrument.name)}.{code}.toml"
    words = _sound(Translation, file, translation.words_of(instrument))
    return translation.translated(instrument, words) if words else instrument


@lru_cache(maxsize=128)
def _translated_guide(same: _Same[Guide], code: str, folder: Path) -> Guide:
    advice = same.value
    file = folder / f"{stem(advice.for_)}.guide.{code}.toml"
    words = _sound(GuideTranslation, file, translation.words_of_guide(advice))
    return translation.translated_guide(advice, words) if words else advice


def _sound(model: type[shapes.Model], file: Path, words: dict[str, Any]) -> shapes.Model | None:
    """The translation of these words; None where there is none, nobody can read it, or it has a fault."""
    try:
        read, faults = _read(model, shapes.bytes_of(file), words)
    except Faulty:
        return None
    return None if faults else read


@lru_cache(maxsize=64)
def _faults(data: bytes, file: str, same: _Same[Instrument] | _Same[Guide], _language: str) -> tuple[Fault, ...]:
    original = same.value
    words: Translation | GuideTranslation
    if isinstance(original, Guide):
        words, faults = _read(GuideTranslation, data, translation.words_of_guide(original))
    else:
        words, faults = _read(Translation, data, translation.words_of(original))
    return (*faults, *_name_faults(words, file, isinstance(original, Guide)))


def _read(model: type[shapes.Model], data: bytes, words: dict[str, Any]) -> tuple[shapes.Model, list[Fault]]:
    """A translation of these words, with the faults of its shape and every word that is missing or too much."""
    read, faults = shapes.read(model, data)
    content, broken = shapes.content_of(data)
    return read, faults if broken else list(dict.fromkeys([*faults, *translation.faults(content, words)]))


def _name_faults(words: Translation | GuideTranslation, file: str, is_guide: bool) -> list[Fault]:
    if not (hasattr(words, "for_") and hasattr(words, "language")):
        return []
    expected = f"{stem(words.for_)}{'.guide' * is_guide}.{words.language}.toml"
    said = _("is named %(file)s; what it is for and its language ask for %(expected)s", file=file, expected=expected)
    return [] if file == expected else [Fault("file", said)]
