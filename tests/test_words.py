"""Languages: which there are, how they are wished for, and that nothing stays of one when another is spoken."""

from contextlib import suppress
from gettext import NullTranslations
from pathlib import Path

import pytest

from ddcat import words
from ddcat.words import _, n_

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "Save"
msgstr "Enregistrer"

#, fuzzy
msgid "Guess"
msgstr "Devine"

msgid "%(num)s item"
msgid_plural "%(num)s items"
msgstr[0] "%(num)s point"
msgstr[1] "%(num)s points"
"""


@pytest.fixture
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NullTranslations:
    """A catalogue of three messages, one of them only guessed."""
    file = tmp_path / "fr" / "LC_MESSAGES" / "ddcat.po"
    file.parent.mkdir(parents=True)
    file.write_text(PO, encoding="utf-8")
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    for kept in (words.languages, words.catalogue):
        kept.cache_clear()
        monkeypatch.setattr(words, kept.__name__, kept.__wrapped__)
    return words.catalogue("fr")


def test_a_catalogue_is_a_language(french: NullTranslations) -> None:
    assert words.languages() == ("en", "fr")
    words.speak(french)
    try:
        assert (words.language(), _("Save"), _("Guess"), _("Other"), _("")) == (
            "fr",
            "Enregistrer",
            "Guess",
            "Other",
            "",
        )
        assert [n_("%(num)s item", "%(num)s items", n) for n in (0, 1, 2)] == ["0 point", "1 point", "2 points"]
    finally:
        words.speak(NullTranslations())
    assert (words.language(), _("Save"), _("")) == ("en", "Save", "")


@pytest.mark.parametrize(
    ("wish", "known"),
    [
        *((wish, "fr") for wish in ("fr", "FR", "fr_CA", "fr-CA", "fr_FR.UTF-8", "fr.utf8", "fr_FR@euro")),
        *((wish, "en") for wish in ("en", "en_US.UTF-8", "en-GB")),
        *((wish, None) for wish in ("", None, "C", "C.UTF-8", "POSIX", "es", "../fr", "f")),
    ],
)
@pytest.mark.usefixtures("french")
def test_a_wish_is_understood_however_it_is_written(wish: str | None, known: str | None) -> None:
    assert words.known(wish) == known


@pytest.mark.usefixtures("french")
def test_a_language_is_spoken_for_a_while_even_where_something_goes_wrong() -> None:
    with suppress(ZeroDivisionError), words.speaking("fr"):
        assert _("Save") == "Enregistrer"
        with words.speaking(None):
            assert _("Save") == "Save"
        assert words.language() == "fr"
        raise ZeroDivisionError
    assert words.language() == "en"


@pytest.mark.usefixtures("french")
def test_a_language_without_a_catalogue_is_english() -> None:
    with words.speaking("tlh"):
        assert (words.language(), _("Save")) == ("en", "Save")


def test_languages_call_themselves_by_their_own_names() -> None:
    assert [words.own_name(code) for code in ("en", "es", "fr")] == ["English", "Español", "Français"]
