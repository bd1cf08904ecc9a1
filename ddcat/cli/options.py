"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ddcat import whole
from ddcat.words import _

DEFAULT_INSTRUMENT = "ddcat@4.0"

Command = TypeVar("Command", bound=Callable[..., Any])


class _Instrument(click.ParamType[Any]):
    """An instrument by name: ID or ID@VERSION."""

    name = "ID[@VERSION]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ddcat import shelf

        try:
            return shelf.find(value) if isinstance(value, str) else value
        except shelf.Unknown as unknown:
            known = ", ".join(unknown.known)
            said = _("there is no '%(name)s' here; there is %(known)s", name=value, known=known)
            self.fail(said, param, ctx)


def instrument(command: Command) -> Command:
    return click.option(
        "--instrument",
        "volume",
        type=_Instrument(),
        default=DEFAULT_INSTRUMENT,
        show_default=True,
        help="The instrument that the ratings belong to.",
    )(command)


def unanchored(command: Command) -> Command:
    return click.option(
        "--allow-unanchored",
        is_flag=True,
        help="Accept ratings that have no anchor, as old records may hold; the result carries a note.",
    )(command)


def data(command: Command) -> Command:
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="DDCAT_DATA",
        help="The folder of the database; else DDCAT_DATA, else your data folder.",
    )(command)


def _named(ctx: click.Context, _param: click.Parameter, output: Path | None) -> Path | None:
    """The ending says what is written; only a device or a pipe needs none."""
    if output is None or whole.is_stream(output):
        return output
    ending = output.suffix.casefold()
    if ctx.params.get("as_csv"):
        if ending != ".csv":
            raise click.BadParameter(_("%(file)s should end in .csv", file=output))
    elif ending not in (".pdf", ".html"):
        raise click.BadParameter(_("%(file)s should end in .pdf or .html", file=output))
    return output


def output(*, required: bool, help: str) -> Callable[[Command], Command]:
    return click.option(
        "-o",
        "--output",
        required=required,
        type=click.Path(path_type=Path),
        callback=_named,
        help=help,
    )


def loopback(_ctx: click.Context, _param: click.Parameter, host: str) -> str:
    """Everybody may be anybody in the demo: only whoever sits at this machine reaches it."""
    from ddcat.serving import is_loopback

    if not is_loopback(host):
        raise click.BadParameter(_("the demo stays on this machine; use 127.0.0.1 or localhost"))
    return host


def port(command: Command) -> Command:
    return click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=8000,
        show_default=True,
        help="0 takes any that is free.",
    )(command)


def listen(command: Command) -> Command:
    host = click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="Where to listen: 127.0.0.1 for this machine alone, its address or 0.0.0.0 for the network.",
    )
    return host(port(command))
