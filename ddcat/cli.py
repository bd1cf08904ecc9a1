"""The command line: each command loads, thinks with the core, and shows.

Faults of files go to stderr as `file: place: fault` with exit status 1; wrong usage exits 2.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import click

from ddcat import __version__
from ddcat.faults import Fault, Faulty

DEFAULT_INSTRUMENT = "ddcat@4.0"

Command = TypeVar("Command", bound=Callable[..., Any])


class _Commands(click.Group):
    """Turns every refused file into its lines on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Faulty as faulty:
            click.echo(faulty.lines, err=True)
            ctx.exit(1)
        except BrokenPipeError:
            # Whoever read our output has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(1)


class _Instrument(click.ParamType[Any]):
    """An instrument by name: ID or ID@VERSION."""

    name = "ID[@VERSION]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ddcat import shelf

        try:
            return shelf.find(value) if isinstance(value, str) else value
        except shelf.Unknown as unknown:
            self.fail(f"there is no {value!r} here; there is {', '.join(unknown.known)}", param, ctx)


def _instrument_option(command: Command) -> Command:
    return click.option(
        "--instrument",
        "volume",
        type=_Instrument(),
        default=DEFAULT_INSTRUMENT,
        show_default=True,
        help="The instrument that the ratings belong to.",
    )(command)


def _unanchored_option(command: Command) -> Command:
    return click.option(
        "--allow-unanchored",
        is_flag=True,
        help="Accept ratings that have no anchor, as old records may hold; the result carries a note.",
    )(command)


def _data_option(command: Command) -> Command:
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="DDCAT_DATA",
        help="The folder of the database; else DDCAT_DATA, else your data folder.",
    )(command)


def _loopback(_ctx: click.Context, _param: click.Parameter, host: str) -> str:
    """Without accounts, nobody but the person at this computer may reach the application."""
    try:
        inside = host == "localhost" or IPv4Address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise click.BadParameter(
            f"{host} can be reached by others, and there are no accounts yet; use 127.0.0.1 or localhost."
        )
    return host


def _listen_options(command: Command) -> Command:
    port = click.option(
        "--port",
        type=click.IntRange(0, 65535),
        default=8000,
        show_default=True,
        help="0 takes any that is free.",
    )
    host = click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        callback=_loopback,
        help="A loopback address: only this machine can reach it.",
    )
    return host(port(command))


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
        click.echo()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Measure how well a program treats addiction and mental health together, and plan what to raise."""


@main.command()
@_listen_options
@_data_option
def serve(host: str, port: int, data: Path | None) -> None:
    """Serve the application with your own data."""
    from ddcat import paths, serving

    with _served():
        serving.serve(data or paths.user_data(), host, port)


@main.command()
@_listen_options
@_data_option
@click.option("--browser/--no-browser", default=True, help="Open a browser where there is one.")
@click.option("--fresh", is_flag=True, help="Throw away what was changed in the demo and fill it anew.")
def demo(host: str, port: int, data: Path | None, browser: bool, fresh: bool) -> None:
    """Serve invented programs to try things out; your own data stays untouched."""
    from ddcat import paths, serving

    with _served():
        serving.demo((data or paths.user_data()) / "demo", host, port, browser=browser, fresh=fresh)


@main.command()
@_data_option
def migrate(data: Path | None) -> None:
    """Bring the database up to date; a copy of it is kept beside it first."""
    from ddcat import paths, store

    file = store.file(data or paths.user_data())
    try:
        done = store.migrate(file)
    except store.Unusable as error:
        raise Faulty(str(file), [Fault("database", str(error))]) from None
    click.echo(f"Done: {', '.join(done)}." if done else "The database is up to date.")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Report every fault of instrument files, with its place."""
    from ddcat import shelf

    found = [(file, faults) for file in files if (faults := shelf.check(file))]
    for file, faults in found:
        click.echo(Faulty(str(file), faults).lines, err=True)
    for file in files:
        if file not in {faulty for faulty, _ in found}:
            click.echo(f"{file}: no faults")
    if found:
        sys.exit(1)


@main.command()
def instruments() -> None:
    """List the instruments there are, with what each is for."""
    from ddcat import shelf

    for name in shelf.names():
        instrument = shelf.find(name).instrument
        click.echo(f"{name}  {instrument.title}\n    {instrument.purpose}")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@_instrument_option
@_unanchored_option
@click.option("--json", "form", flag_value="json", help="A list, one object an assessment.")
@click.option("--csv", "form", flag_value="csv", help="One row an assessment.")
def score(file: Path, volume: Any, allow_unanchored: bool, form: str | None) -> None:
    """Score the assessments in FILE (.csv or .xlsx, wide or long)."""
    from ddcat import scoring
    from ddcat.interchange import csv, ratings, results

    instrument = volume.instrument
    assessments = ratings.read(file, instrument, allow_unanchored=allow_unanchored)
    scored = ((assessment, scoring.score(instrument, assessment.ratings)) for assessment in assessments)
    if form == "json":
        _print_list(results.plain(instrument, a, result) for a, result in scored)
    elif form == "csv":
        for line in csv.write(results.rows(instrument, scored)):
            click.echo(line, nl=False)
    else:
        from ddcat import display

        for a, result in scored:
            click.echo(
                "\n".join([display.readable(instrument, a, result), *results.notes(instrument, a, result), ""])
            )


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="OUT.pdf, or OUT.html.")
@_instrument_option
@_unanchored_option
def report(file: Path, output: Path, volume: Any, allow_unanchored: bool) -> None:
    """Write the improvement plan for the assessments in FILE, a section each."""
    from ddcat import report
    from ddcat.interchange import ratings

    assessments = ratings.read(file, volume.instrument, allow_unanchored=allow_unanchored)
    html = report.plan(volume.instrument, volume.guide, assessments)
    _write(output, html, "report")


@main.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), help="OUT.pdf, or OUT.html.")
@click.option("--csv", "as_csv", is_flag=True, help="The empty wide sheet instead, to fill in a spreadsheet.")
@_instrument_option
def blank(output: Path | None, as_csv: bool, volume: Any) -> None:
    """Write the empty form for a site visit."""
    from ddcat import report
    from ddcat.interchange import csv, ratings

    if as_csv:
        text = "".join(csv.write([ratings.blank(volume.instrument)]))
        if output:
            with _whole(output) as file:
                file.write(text.encode())
        else:
            click.echo(text, nl=False)
        return
    if output is None:
        raise click.UsageError("Missing option '-o' / '--output': name the file, OUT.pdf or OUT.html.")
    _write(output, report.blank(volume.instrument), "blank")


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"ddcat {__version__}")


def _print_list(values: Iterable[Any]) -> None:
    """A JSON list, one value a line, printed while it is worked out."""
    text = (json.dumps(value, ensure_ascii=False) for value in values)
    sys.stdout.write("[" + next(text, ""))
    for value in text:
        sys.stdout.write(",\n" + value)
    sys.stdout.write("]\n")


def _write(output: Path, html: str, what: str) -> None:
    """Paper as PDF, or as the page it is made from; whole or not at all."""
    from ddcat import report

    if output.suffix.casefold() not in (".pdf", ".html"):
        raise click.BadParameter(f"{output} should end in .pdf or .html", param_hint="'-o' / '--output'")
    try:
        content = html.encode() if output.suffix.casefold() == ".html" else report.pdf(html)
    except report.NoPaper as missing:
        instead = output.with_suffix(".html").name
        raise Faulty(str(output), [Fault("file", f"{missing} Use -o {instead} for a page to print.")]) from None
    with _whole(output) as file:
        file.write(content)
    click.echo(f"Wrote {output}.")


@contextmanager
def _whole(output: Path) -> Iterator[Any]:
    """A file that appears under its name only when it is completely written."""
    try:
        with TemporaryDirectory(dir=output.absolute().parent, prefix=".ddcat-") as folder:
            making = Path(folder) / "making"
            with making.open("wb") as file:
                yield file
            making.replace(output)
    except OSError as error:
        raise Faulty(str(output), [Fault("file", f"cannot be written: {error.strerror}")]) from None
