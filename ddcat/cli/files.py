"""Commands about files: instruments, ratings, results, paper."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ddcat.cli import options, printing
from ddcat.faults import Faulty
from ddcat.words import _


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Report every fault of instrument files, with its place."""
    from ddcat import shelf

    found = [(file, faults) for file in files if (faults := shelf.check(file))]
    for file, faults in found:
        click.echo(Faulty(str(file), faults).lines, err=True)
    for file in files:
        if file not in dict(found):
            printing.say(_("%(file)s: no faults", file=file))
    if found:
        sys.exit(1)


@click.command()
@click.argument(
    "kind", default="instrument", type=click.Choice(["instrument", "guide", "translation", "guide-translation"])
)
def schema(kind: str) -> None:
    """Print the JSON Schema by which an editor helps to write an instrument file, a guide or a translation."""
    from ddcat import schemas

    printing.data([json.dumps(schemas.schema(kind), indent=2, ensure_ascii=False), "\n"])


@click.command()
def instruments() -> None:
    """List the instruments there are, with what each is for."""
    from ddcat import shelf

    volumes, refused = shelf.contents()
    for volume in volumes:
        printing.say(_about(volume))
    for faulty in refused:
        click.echo(faulty.lines, err=True)
    if refused:
        sys.exit(1)


def _about(volume: Any) -> str:
    """An instrument in some lines: its name and title, what it is for, what it comes to, its languages."""
    from ddcat import display, shelf

    instrument = volume.instrument
    overall = _("Scores: for each dimension, and an overall score with its band")
    lines = [
        instrument.purpose,
        _("For: %(kind)s", kind=volume.guide.suits) if volume.guide.suits else "",
        overall if instrument.has_overall else _("Scores: for each dimension; no overall score and no band"),
        _("Languages: %(languages)s", languages=display.languages(instrument)),
        _("Note: %(label)s", label=instrument.label) if instrument.label else "",
        _("From: %(folder)s", folder=shelf.home(instrument.name)) if shelf.is_own(instrument.name) else "",
    ]
    return "\n    ".join([f"{instrument.name}  {instrument.title}", *filter(None, lines)])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.instrument
@options.unanchored
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
        printing.data(printing.json_list(results.plain(instrument, a, result) for a, result in scored))
    elif form == "csv":
        printing.data(csv.write(results.rows(instrument, scored)))
    else:
        from ddcat import display

        rows = []
        for a, result in scored:
            printing.say(
                "\n".join([display.readable(instrument, a, result), *results.notes(instrument, a, result), ""])
            )
            rows.append(printing.row(instrument, a, result))
        if len(rows) > 1:
            printing.say(printing.summary(rows))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.output(required=True, help="OUT.pdf, or OUT.html.")
@options.instrument
@options.unanchored
def report(file: Path, output: Path, volume: Any, allow_unanchored: bool) -> None:
    """Write the improvement plan for the assessments in FILE, a section each."""
    from ddcat import report
    from ddcat.interchange import ratings

    assessments = ratings.read(file, volume.instrument, allow_unanchored=allow_unanchored)
    html = report.plan(volume.instrument, volume.guide, assessments)
    printing.paper(output, html)


@click.command()
@options.output(required=False, help="OUT.pdf, or OUT.html; OUT.csv with --csv.")
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    is_eager=True,  # the ending of the output depends on it, wherever it stands
    help="The empty wide sheet instead, to fill in a spreadsheet.",
)
@options.instrument
def blank(output: Path | None, as_csv: bool, volume: Any) -> None:
    """Write the empty form for a site visit."""
    from ddcat import report
    from ddcat.interchange import csv, ratings

    if as_csv:
        lines = csv.write([ratings.blank(volume.instrument)])
        if output:
            printing.file(output, "".join(lines).encode())
        else:
            printing.data(lines)
    elif output:
        printing.paper(output, report.blank(volume.instrument))
    else:
        raise click.UsageError(_("Missing option '-o' / '--output': name the file, OUT.pdf or OUT.html."))
