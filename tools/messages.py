"""Gathers every message of ddcat and brings the catalogues of other languages up to date.

    python tools/messages.py        brings every ddcat/locale/*/LC_MESSAGES/ddcat.po up to date
    python tools/messages.py fr     begins one for French, or brings it up to date
    python tools/messages.py --todo es    prints what is not translated yet, and what is only guessed

Needs nothing but Babel and Jinja2, and runs nothing of ddcat. What is translated stays; a message that changed is
marked as fuzzy, with the old translation, until somebody has looked at it. See docs/translating.md.
"""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "ddcat" / "locale"
KEYWORDS = {"_": None, "n_": (1, 2), "later": None, "_later": None}
FIGURES = ("unit", "setting", "says", "limits")
WIDTH = 110
HEADER = "# What ddcat says, in the language “%s”: docs/translating.md tells how to change it."


def python(file: Any, *_asked: Any, **_options: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """The messages of a module, also those inside of f-strings, which Babel itself does not see."""
    for call in ast.walk(ast.parse(file.read())):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            said = [argument.value for argument in call.args[:2] if isinstance(argument, ast.Constant)]
            texts = [text for text in said if isinstance(text, str)]
            if name in KEYWORDS and texts:
                yield call.lineno, name, tuple(texts) if KEYWORDS[name] else texts[0], []


def figures(file: Any, *_asked: Any, **_options: Any) -> Iterator[tuple[int, str, str, list[str]]]:
    """The words of figures that were published, which stand in a file of data."""
    for figure in tomllib.load(file)["figure"]:
        said = [figure.get(name) for name in FIGURES] + [figure.get("share", {}).get("of")]
        for message in filter(None, said):
            yield 1, "_", message, []


PLACES: list[tuple[str, list[tuple[str, Any]], dict[str, Any]]] = [
    ("ddcat", [("**.py", python)], {}),
    ("templates", [("**.html", "jinja2")], {"**.html": {"silent": "false"}}),
    ("instruments/published", [("figures.toml", figures)], {}),
]


def gathered() -> Catalog:
    """Every message that the program can say, each with the files that say it."""
    found = Catalog(project="ddcat", charset="utf-8")
    for folder, methods, options in PLACES:
        for file, _line, message, *_more in extract_from_dir(ROOT / folder, methods, options, keywords=KEYWORDS):
            found.add(message, locations=[(f"{folder}/{file}", None)])
    return found


def file_of(code: str) -> Path:
    """Where the catalogue of a language stands."""
    return LOCALE / code / "LC_MESSAGES" / "ddcat.po"


def read(code: str) -> Catalog:
    """The catalogue of a language; an empty one where there is none yet."""
    file = file_of(code)
    if not file.exists():
        nobody = {"version": "", "last_translator": "", "language_team": "", "msgid_bugs_address": ""}
        return Catalog(locale=code, project="ddcat", header_comment=HEADER % code, fuzzy=False, **nobody)
    with file.open("rb") as content:
        return read_po(content, locale=code)


def update(code: str) -> Catalog:
    """Bring the catalogue of a language up to date."""
    catalogue = read(code)
    template = gathered()
    template.creation_date = catalogue.creation_date  # nothing but words makes the file another one
    catalogue.update(template, no_fuzzy_matching=len(catalogue) == 0, update_header_comment=False)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    file = file_of(code)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as content:
        write_po(content, catalogue, width=WIDTH, sort_output=True, include_lineno=False, omit_header=False)
    return catalogue


def todo(catalogue: Catalog) -> list[Any]:
    """What is not translated, or only guessed."""
    messages = (message for message in catalogue if message.id)
    return [one for one in messages if one.fuzzy or not all(_texts(one.string))]


def _texts(said: str | Iterable[str] | None) -> list[str]:
    return [said or ""] if isinstance(said, str | None) else list(said)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--todo"]:
        for message in todo(read(arguments[1])):
            print(message.id)
        return
    for code in arguments or sorted(file.parents[1].name for file in LOCALE.glob("*/LC_MESSAGES/ddcat.po")):
        catalogue = update(code)
        print(f"{file_of(code).relative_to(ROOT)}: {len(catalogue)} messages, {len(todo(catalogue))} to translate")


if __name__ == "__main__":
    main(sys.argv[1:])
