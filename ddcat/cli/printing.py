"""What commands print and write: for people, for other software, and as paper."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from ddcat import whole
from ddcat.faults import Fault, Faulty
from ddcat.words import _


def say(text: str, end: str = "\n", flush: bool = False) -> None:
    """Prints; where standard output takes no more, one line says why, or none when its reader has seen enough."""
    try:
        print(text, end=end, flush=flush)
    except OSError as error:
        # What is still held back goes nowhere, so that it does not fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            click.echo(_("ddcat: standard output cannot be written: %(why)s", why=error.strerror), err=True)
        sys.exit(1)


def data(lines: Iterable[str]) -> None:
    """Prints for other software: in UTF-8 whatever the locale, with the line ends that are given."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    for line in lines:
        say(line, end="")


def json_list(values: Iterable[Any]) -> Iterator[str]:
    """A JSON list, one value a line, given out while it is worked out."""
    text = (json.dumps(value, ensure_ascii=False) for value in values)
    yield "[" + next(text, "")
    for value in text:
        yield ",\n" + value
    yield "]\n"


def row(instrument: Any, assessment: Any, result: Any) -> list[str]:
    """An assessment in the summary, a cell a column."""
    from ddcat import display

    kind = display.kind(assessment.kind).partition(" (")[0] if assessment.kind else "–"
    score = display.score(instrument, result.overall)
    provisional = "" if result.is_complete else _("provisional")
    return [
        *(assessment.program, assessment.assessed_on, kind, score),
        *(result.band or "–", result.criterion.level if result.criterion else "–", provisional),
    ]


def summary(rows: Iterable[list[str]]) -> str:
    """The assessments beside each other, one a line, in columns; long names are cut."""
    heading = [_("Program"), _("Date"), _("Kind"), _("Overall"), _("Band"), _("Criterion level"), ""]
    cells = [[_cut(" ".join(cell.split())) for cell in row] for row in (heading, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)


def _cut(text: str, width: int = 32) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def paper(output: Path, html: str) -> None:
    """Paper as PDF, or as the page it is made from."""
    from ddcat import report

    try:
        content = html.encode() if output.suffix.casefold() == ".html" else report.pdf(html)
    except report.NoPaper as missing:
        instead = output.with_suffix(".html").name
        said = _("%(missing)s Use -o %(instead)s for a page to print.", missing=missing, instead=instead)
        raise Faulty(str(output), [Fault("file", said)]) from None
    file(output, content)


def file(output: Path, content: bytes) -> None:
    """A file is named once it is there; a device or a pipe may be standard output itself, and nothing is added."""
    try:
        whole.write(output, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        said = _("cannot be written: %(why)s", why=error.strerror or error)
        raise Faulty(str(output), [Fault("file", said)]) from None
    if not whole.is_stream(output):
        say(_("Wrote %(file)s.", file=output))
