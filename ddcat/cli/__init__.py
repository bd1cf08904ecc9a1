"""The command line: each command loads, thinks with the core, and shows.

Faults of files go to stderr as `file: place: fault` with exit status 1; wrong usage exits 2. What a command says is
in the language of DDCAT_LANGUAGE, else in that of the system, else in English.
"""

import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from ddcat import __version__, words
from ddcat.cli import (
    agreeing,
    exporting,
    files,
    importing,
    keeping,
    people,
    planning,
    printing,
    records,
    releasing,
    reminding,
    running,
)
from ddcat.faults import Faulty

LANGUAGES = ("DDCAT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""Where the environment says which language somebody wants; the first that says something counts."""


def _language() -> str | None:
    wish = next(filter(None, map(os.environ.get, LANGUAGES)), None)
    return words.known(wish)


class _Commands(click.Group):
    """Ends every command as others script against it: refused files with their lines on stderr and status 1."""

    def main(self, *args: Any, **settings: Any) -> Any:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")
        try:
            with words.speaking(_language()):
                return super().main(*args, **settings)
        finally:
            printing.say("", end="", flush=True)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Faulty as faulty:
            click.echo(faulty.lines, err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure how well a program treats addiction and mental health together, and plan what to raise."""


@main.command()
def version() -> None:
    """Print the version."""
    printing.say(f"ddcat {__version__}")


for command in (
    *(running.serve, running.demo, running.migrate),
    *(keeping.backup, keeping.restore, keeping.doctor),
    *(people.person, reminding.remind, releasing.release, records.verify, importing.bring, exporting.export),
    *(
        files.check,
        files.schema,
        files.instruments,
        files.score,
        agreeing.agreement,
        planning.plan,
        files.report,
        files.blank,
    ),
):
    main.add_command(command)
