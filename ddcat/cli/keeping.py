"""Commands that keep an installation safe: copies of its database, and what is weak in it."""

import sys
from pathlib import Path

import click

from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@options.data
def backup(folder: Path, data: Path | None) -> None:
    """Copy the database into DIR, checked, while the server runs; print the copy's name."""
    from ddcat import paths, store
    from ddcat.store import backups

    file = store.file(data or paths.user_data())
    try:
        made = backups.make(file, folder)
    except store.Unusable as error:
        raise Faulty(str(file), [Fault("backup", str(error))]) from None
    printing.say(str(made))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.data
def restore(file: Path, data: Path | None) -> None:
    """Put the backup FILE in the place of the database, which is kept; every login ends."""
    from ddcat import paths, store
    from ddcat.store import restoring

    database = store.file(data or paths.user_data())
    try:
        done = restoring.restore(file, database)
    except restoring.Refused as refused:
        raise Faulty(str(file), [Fault("backup", str(refused))]) from None
    except store.Unusable as error:
        raise Faulty(str(database), [Fault("database", str(error))]) from None
    if done.kept:
        said = _("The database from before is kept in %(file)s.", file=done.kept)
        damaged = _("The database from before was damaged; it is kept as it was in %(file)s.", file=done.kept)
        printing.say(damaged if done.was_damaged else said)
    if done.steps:
        printing.say(_("Brought up to date: %(steps)s.", steps=", ".join(done.steps)))
    printing.say(_("Restored %(file)s. Everybody logs in again, and no older link works.", file=file))


@click.command()
@options.data
@click.option(
    "--backups",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder where you keep backups; else backups/ in the folder of the database.",
)
def doctor(data: Path | None, backups: Path | None) -> None:
    """Name every weak setting of this installation, with what to do; status 1 where there is one."""
    from ddcat import doctor, paths

    folder = data or paths.user_data()
    found = list(doctor.findings(doctor.Installation(folder, backups or folder / "backups")))
    for finding in found:
        printing.say(str(finding))
    if found:
        sys.exit(1)
    printing.say(_("Nothing weak was found in %(folder)s.", folder=folder))
