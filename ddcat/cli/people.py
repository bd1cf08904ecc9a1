"""Commands about accounts: for whoever has the machine, also when nobody can log in any more."""

from pathlib import Path

import click

from ddcat.cli import database, options, printing
from ddcat.words import _


@click.group()
def person() -> None:
    """Add people, list them, end their accounts, or let them set a new password."""


@person.command()
@click.argument("name")
@click.argument("login")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where people reach the application.")
@options.data
def add(name: str, login: str, url: str, data: Path | None) -> None:
    """Invite NAME as an administrator who will log in as LOGIN; print the one-time link."""
    from ddcat.access import Role
    from ddcat.store import links

    with database.opened(data) as db:
        token = links.invite(db, None, name=name, login=login.casefold(), role=Role.ADMINISTRATOR)
    _say_link(url, token, links.DAYS[links.INVITE])


@person.command("list")
@options.data
def listed(data: Path | None) -> None:
    """List everybody with an account, with login and roles."""
    from ddcat import deeds
    from ddcat.store import people, roles

    with database.opened(data) as db:
        for one in people.all(db):
            given = [f"{deeds.role(role.role)} {role.name}".strip() for role in roles.of_person(db, one)]
            ended = [_("disabled")] if one.disabled_at else []
            printing.say("  ".join([str(one.login), one.name, ", ".join([*ended, *given]) or _("no role")]))


@person.command()
@click.argument("login")
@options.data
def disable(login: str, data: Path | None) -> None:
    """End every session of LOGIN and let this person in no more; what was done stays."""
    from ddcat.store import people

    with database.opened(data) as db:
        one = database.known(db, login)
        people.disable(db, None, one)
    printing.say(_("%(name)s can no longer log in.", name=one.name))


@person.command()
@click.argument("login")
@click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where people reach the application.")
@options.data
def reset(login: str, url: str, data: Path | None) -> None:
    """Print a link with which LOGIN sets a new password; a second factor ends, a disabled account opens."""
    from ddcat.store import links, people

    with database.opened(data) as db:
        one = database.known(db, login)
        if one.disabled_at:
            people.enable(db, None, one)
        if one.has_factor:
            people.set_factor(db, None, one, None)
        token = links.reset(db, None, one)
    _say_link(url, token, links.DAYS[links.RESET])


def _say_link(url: str, token: str, days: int) -> None:
    link = f"{url.rstrip('/')}/join/{token}"
    printing.say(_("Open once, within %(days)s days: %(link)s", days=days, link=link))
