"""Commands about sealed records: prove that they are untouched, and give one out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ddcat import whole
from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _, n_


@contextmanager
def _reading(data: Path | None) -> Iterator[Any]:
    """The database in this folder, or what keeps it from being read, on one line."""
    from ddcat import paths, store
    from ddcat.store import kept

    file = store.file(data or paths.user_data())
    try:
        if not file.exists():
            raise store.Unusable(_("there is none here"))
        with kept.reading(file) as db:
            yield db
    except store.Unusable as error:
        raise Faulty(str(file), [Fault("database", str(error))]) from None


@click.command()
@options.data
@click.option("--head", metavar="HASH", help="A head of the chain that was printed before: it must stand there.")
def verify(data: Path | None, head: str | None) -> None:
    """Work out every sealed record, its result and the trail again, and name what differs."""
    from ddcat import verifying
    from ddcat.store import kept

    with _reading(data) as db:
        verification = verifying.Verification(kept.everything(db), head and head.strip().lower())
        for finding in verification:
            if finding.is_difference:
                click.echo(str(finding), err=True)
            else:
                printing.say(str(finding))
    records = n_("%(num)s record", "%(num)s records", verification.n_records)
    entries = n_("%(num)s entry of the trail", "%(num)s entries of the trail", verification.n_entries)
    if verification.n_differences:
        said = n_(
            "%(num)s difference in %(where)s.",
            "%(num)s differences in %(where)s.",
            verification.n_differences,
            where=f"{records}, {entries}",
        )
        click.echo(said, err=True)
        sys.exit(1)
    printing.say(_("Verified: %(records)s, %(entries)s.", records=records, entries=entries))
    printing.say(_("Head of the chain: entry %(n)s, %(hash)s", n=verification.head[0], hash=verification.head[1]))


def _named(_ctx: click.Context, _param: click.Parameter, output: Path) -> Path:
    if output.suffix.casefold() != ".json" and not whole.is_stream(output):
        raise click.BadParameter(_("%(file)s should end in .json", file=output))
    return output


@click.command()
@click.argument("assessment")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), callback=_named, help="OUT.json.")
@options.data
def export(assessment: str, output: Path, data: Path | None) -> None:
    """Write the record of a sealed ASSESSMENT (its ref), to be verified without ddcat."""
    from ddcat import store
    from ddcat.store import records

    with _reading(data) as db:
        try:
            content = records.export(db, None, assessment)
        except store.Missing:
            raise Faulty(assessment, [Fault("assessment", _("no sealed assessment has this ref"))]) from None
    printing.file(output, content)
