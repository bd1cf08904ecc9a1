"""Commands about an installation: its database, its server."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _


@contextmanager
def _served() -> Iterator[None]:
    """A server that cannot start says why, on one line."""
    from ddcat.serving import NotServed

    try:
        yield
    except NotServed as refused:
        click.echo(f"ddcat: {refused}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        printing.say("")


@click.command()
@options.listen
@options.data
@click.option(
    "--proxy",
    default="",
    envvar="DDCAT_PROXY",
    metavar="ADDRESS",
    help="Address of a proxy that encrypts: only it is believed about who asks, and cookies need https.",
)
def serve(host: str, port: int, data: Path | None, proxy: str) -> None:
    """Serve the application with your own data."""
    from ddcat import paths, serving

    with _served():
        serving.serve(data or paths.user_data(), host, port, proxy)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, callback=options.loopback, help="A loopback address.")
@options.port
@options.data
@click.option("--browser/--no-browser", default=True, help="Open a browser where there is one.")
@click.option("--fresh", is_flag=True, help="Throw away what was changed in the demo and fill it anew.")
def demo(host: str, port: int, data: Path | None, browser: bool, fresh: bool) -> None:
    """Serve invented programs to try things out; your own data stays untouched."""
    from ddcat import paths, serving

    with _served():
        serving.demo((data or paths.user_data()) / "demo", host, port, browser=browser, fresh=fresh)


@click.command()
@options.data
def migrate(data: Path | None) -> None:
    """Bring the database up to date; a copy of it is kept beside it first."""
    from ddcat import paths, store, upgrading

    file = store.file(data or paths.user_data())
    try:
        done = upgrading.upgrade(file)
    except store.Unusable as error:
        raise Faulty(str(file), [Fault("database", str(error))]) from None
    printing.say(_("Done: %(steps)s.", steps=", ".join(done)) if done else _("The database is up to date."))
