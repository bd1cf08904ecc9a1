"""The one `_()` that display, report, web and cli use: plain gettext, no Flask.

Every word that a person reads passes through here, so a second language is a catalogue and not a rewrite. What
stays English: the help of commands, keys and places of instrument files, and what libraries and the system say.
"""

from contextvars import ContextVar
from gettext import NullTranslations

_catalogue: ContextVar[NullTranslations] = ContextVar("catalogue", default=NullTranslations())  # noqa: B039


def speak(catalogue: NullTranslations) -> None:
    """Use this catalogue from here on, in this context (a request, a command, a test)."""
    _catalogue.set(catalogue)


def spoken() -> NullTranslations:
    """The catalogue of the language now spoken: what is drawn in one language is not shown in another."""
    return _catalogue.get()


def _(message: str, **values: object) -> str:
    """The message in the language now spoken, with these values in their places."""
    said = _catalogue.get().gettext(message)
    return said % values if values else said


def n_(singular: str, plural: str, num: int, **values: object) -> str:
    """The message for so many things in the language now spoken; `%(num)s` in it is their number."""
    return _catalogue.get().ngettext(singular, plural, num) % (values | {"num": num})


def later(message: str) -> str:
    """Marks a message for translation where it is defined; `_()` says it where it is shown."""
    return message
