"""The command that reminds people of what is due, for whatever runs commands by the clock."""

import sys
from datetime import date
from pathlib import Path

import click

from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _, n_


@click.command()
@click.option(
    "--url",
    default="",
    envvar="DDCAT_URL",
    help="Where people reach the application, for links in the mail; else DDCAT_URL, else without links.",
)
@options.data
def remind(url: str, data: Path | None) -> None:
    """Mail everybody what is due within a week and new to them; nobody is reminded of a date twice."""
    from ddcat import mail, paths, reminding, store

    folder = data or paths.user_data()
    file = store.file(folder)
    if store.pending(file):
        raise Faulty(str(file), [Fault("database", _("is not there or not up to date; run ddcat migrate first"))])
    try:
        made = reminding.by_mail(file, _settings(folder), date.today(), url)
    except mail.NotSent as error:
        raise Faulty("DDCAT_MAIL", [Fault("mail", str(error))]) from None
    except store.Busy as error:
        said = _("cannot be written: %(why)s", why=error)
        raise Faulty(str(file), [Fault("database", said)]) from None
    if made is None:
        printing.say(_("No mail is set up, so nobody was reminded: set DDCAT_MAIL_HOST and DDCAT_MAIL_FROM."))
        return
    _say(made.n_sent, made.faults)


def _settings(folder: Path) -> dict[str, object]:
    """The settings of mail as the server reads them."""
    from ddcat.doctor import Installation
    from ddcat.web import DEFAULTS

    here = Installation(folder, folder)
    usual = {name: value for name, value in DEFAULTS.items() if name.startswith("MAIL_")}
    said = {name: here.said(f"DDCAT_{name}") for name in usual}
    return usual | {name: value for name, value in said.items() if value is not None}


def _say(n_sent: int, faults: tuple[str, ...]) -> None:
    for fault in faults:
        click.echo(_("not sent to %(fault)s", fault=fault), err=True)
    if n_sent or not faults:
        none = _("Nobody is to be reminded of anything new.")
        printing.say(n_("%(num)s person was reminded.", "%(num)s people were reminded.", n_sent) if n_sent else none)
    if faults:
        said = n_(
            "%(num)s reminder failed and is not sent again.",
            "%(num)s reminders failed and are not sent again.",
            len(faults),
        )
        click.echo(said, err=True)
        sys.exit(1)
