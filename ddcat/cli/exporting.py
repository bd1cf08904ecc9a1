"""The command that gives out what is sealed: one record to be verified, or everything as tables."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ddcat import whole
from ddcat.cli import database, options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _, n_


def _named(_ctx: click.Context, _param: click.Parameter, output: Path | None) -> Path | None:
    if output and output.suffix.casefold() != ".json" and not whole.is_stream(output):
        raise click.BadParameter(_("%(file)s should end in .json", file=output))
    return output


@click.command()
@click.argument("assessment", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), callback=_named, help="OUT.json, for one record.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="A new folder, for tables of everything sealed that counts.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["csv", "xlsx", "parquet"]),
    default="csv",
    show_default=True,
    help="What tables are written as; Parquet has a folder a year.",
)
@click.option("--program", "programs", metavar="REF", multiple=True, help="Only this program; may be given often.")
@click.option("--all-editions", is_flag=True, help="Also what was amended since; such tables do not import back.")
@click.option("--texts", is_flag=True, help="Also what was written for ratings, as people typed it.")
@options.data
def export(
    assessment: str | None,
    output: Path | None,
    folder: Path | None,
    form: str,
    programs: tuple[str, ...],
    all_editions: bool,
    texts: bool,
    data: Path | None,
) -> None:
    """Write the record of a sealed ASSESSMENT (its ref), or with --to everything sealed as tables with a codebook."""
    if folder and not (assessment or output):
        _tables(folder, form, programs, all_editions, texts, data)
    elif assessment and output and not folder:
        _record(assessment, output, data)
    else:
        raise click.UsageError(_("Give ASSESSMENT with -o OUT.json for one record, or --to FOLDER for tables."))


def _record(assessment: str, output: Path, data: Path | None) -> None:
    from ddcat import store
    from ddcat.store import records

    with database.reading(data) as db:
        try:
            content = records.export(db, None, assessment)
        except store.Missing:
            raise Faulty(assessment, [Fault("assessment", _("no sealed assessment has this ref"))]) from None
    printing.file(output, content)


def _tables(
    folder: Path, form: str, programs: tuple[str, ...], all_editions: bool, texts: bool, data: Path | None
) -> None:
    from ddcat import shelf
    from ddcat.interchange.holdings import Holdings
    from ddcat.store import exporting, instruments

    with database.reading(data) as db:
        for ref in exporting.unknown(db, programs):
            raise click.BadParameter(_("there is no program %(ref)s", ref=ref))
        kept = {each: shelf.parse(instruments.data(db, each)) for each in exporting.checksums(db, programs)}
        told = list(exporting.programs(db, programs))
        seen = _Seen(exporting.sealed(db, programs, all_editions=all_editions, texts=texts))
        _into(folder, partial(_writer(form), holdings=Holdings(kept, texts), programs=told, parts=seen))
    counted = n_("%(num)s sealed assessment", "%(num)s sealed assessments", seen.n)
    printing.say(_("Wrote %(counted)s into %(folder)s.", counted=counted, folder=folder))


def _writer(form: str) -> Callable[..., None]:
    from ddcat import store
    from ddcat.interchange import exports, parquet

    book = partial(exports.book, at=store.now())
    writers: dict[str, Callable[..., None]] = {"csv": exports.separated, "xlsx": book, "parquet": parquet.write}
    return writers[form]


class _Seen:
    """Parts as they go by, and how many assessments there were in them."""

    def __init__(self, parts: Any) -> None:
        self.parts, self.n = parts, 0

    def __iter__(self) -> Any:
        for part in self.parts:
            self.n += len(part["ref"])
            yield part


def _into(folder: Path, write: Callable[[Path], None]) -> None:
    """A new folder, whole or not at all: what is there already is not written over."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            said = _("is there already and not empty; name a new folder")
            raise Faulty(str(folder), [Fault("folder", said)])
        with TemporaryDirectory(dir=folder.absolute().parent, prefix=".ddcat-") as making:
            made = Path(making) / "made"
            made.mkdir()
            try:
                write(made)
            except Faulty as faulty:
                raise Faulty(str(folder), faulty.faults) from None
            os.replace(made, folder)
    except OSError as error:
        said = _("cannot be written: %(why)s", why=error.strerror or error)
        raise Faulty(str(folder), [Fault("folder", said)]) from None
