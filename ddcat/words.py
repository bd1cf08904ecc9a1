"""The one `_()` that display, report, web and cli use: plain gettext, no Flask.

Every word that a person reads passes through here, so a second language is a catalogue and not a rewrite: a file
`locale/es/LC_MESSAGES/ddcat.po`, read when somebody first speaks that language. What stays English: the help of
commands, keys and places of instrument files, and what libraries and the system say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
OURS = "en"
"""The language in which everything is written first; it needs no catalogue."""

_ENGLISH = NullTranslations()
_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue", default=_ENGLISH)


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages there are: English, then those with a catalogue."""
    return (OURS, *sorted(file.parents[1].name for file in LOCALE.glob("*/LC_MESSAGES/ddcat.po")))


def own_name(code: str) -> str:
    """What a language calls itself: English, Español."""
    from babel import Locale

    name = Locale.parse(code).get_display_name(code) or code
    return name[0].upper() + name[1:]


@cache
def catalogue(code: str) -> NullTranslations:
    """The catalogue of this language; where there is none, that of English, which changes nothing."""
    if code == OURS or code not in languages():
        return _ENGLISH
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (LOCALE / code / "LC_MESSAGES" / "ddcat.po").open("rb") as file:
        read = read_po(file, locale=code)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def known(wish: str | None) -> str | None:
    """The language that is wished for, `es`, `es_MX.UTF-8` or `es-US`, where we speak it; else None."""
    code = (wish or "").replace("-", "_").partition(".")[0].partition("_")[0].lower()
    return code if code in languages() else None


def speak(catalogue: NullTranslations) -> None:
    """Use this catalogue from here on, in this context (a request, a command, a test)."""
    _catalogue.set(catalogue)


@contextmanager
def speaking(code: str | None) -> Iterator[None]:
    """Speak this language for a while, English where none is given; afterwards the one spoken before."""
    before = spoken()
    speak(catalogue(code or OURS))
    try:
        yield
    finally:
        speak(before)


def spoken() -> NullTranslations:
    """The catalogue of the language now spoken: what is drawn in one language is not shown in another."""
    return _catalogue.get()


def language() -> str:
    """The code of the language now spoken: "en", "es"."""
    return _catalogue.get().info().get("language", OURS)


def _(message: str, **values: object) -> str:
    """The message in the language now spoken, with these values in their places."""
    said = _catalogue.get().gettext(message) if message else ""  # gettext keeps its own notes under ""
    return said % values if values else said


def n_(singular: str, plural: str, num: int, **values: object) -> str:
    """The message for so many things in the language now spoken; `%(num)s` in it is their number."""
    return _catalogue.get().ngettext(singular, plural, num) % (values | {"num": num})


def later(message: str) -> str:
    """Marks a message for translation where it is defined; `_()` says it where it is shown."""
    return message
