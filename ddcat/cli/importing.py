"""The command that takes in many assessments at once."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from ddcat.cli import database, options, printing
from ddcat.faults import Faulty
from ddcat.words import _, n_

MOST = 20
"""So many of a kind are listed before the others are counted."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@options.data
@options.instrument
@options.unanchored
@click.option("--agency", default="", help="Who runs the programs of rows that name no agency.")
@click.option(
    "--programs", type=click.Path(path_type=Path), help="A sheet of programs with their facts, as export writes it."
)
@click.option(
    "--assessments",
    type=click.Path(path_type=Path),
    help="A sheet of assessments with their cover sheets, as export writes it.",
)
@click.option("--as", "login", metavar="LOGIN", help="The person who imports; else it is the command line.")
@click.option("--seal", "seals", is_flag=True, help="Seal what is complete; all else becomes a draft.")
@click.option(
    "--overrule", "reason", default="", metavar="REASON", help="Why texts that look like patient data may stay."
)
@click.option("--yes", "is_meant", is_flag=True, help="Import; without it only what would be done is told.")
def bring(
    file: Path,
    data: Path | None,
    volume: Any,
    allow_unanchored: bool,
    agency: str,
    programs: Path | None,
    assessments: Path | None,
    login: str | None,
    seals: bool,
    reason: str,
    is_meant: bool,
) -> None:
    """Import the assessments in FILE (.csv or .xlsx, wide or long), all or none; first tell what that would do.

    FILE may be the folder of an export too, with its programs and cover sheets.
    """
    from ddcat.interchange import incoming
    from ddcat.store import importing

    cargo = incoming.read(
        file,
        volume,
        agency=agency.strip(),
        programs=programs,
        assessments=assessments,
        reason=reason.strip(),
        allow_unanchored=allow_unanchored,
    )
    with (database.opened if is_meant else database.reading)(data) as db:
        person = database.known(db, login) if login else None
        keep = partial(importing.keep, seals=seals) if is_meant else importing.preview
        found = keep(db, person, cargo)
    if found.faults:
        raise Faulty(str(file), found.faults)
    _say(found, seals, is_meant)


def _say(found: Any, seals: bool, is_done: bool) -> None:
    """What was or would be created, changed and left out."""
    _list(_("New agencies"), found.new_agencies)
    _list(
        _("Agencies that learn facts"), [_learned(agency.name, gained) for agency, gained in found.changed_agencies]
    )
    _list(_("New programs"), [_shown(place) for place in found.new_programs])
    _list(_("Programs that learn facts"), [_shown(place) for place in found.changed_programs])
    arrivals = [arrival for arrival, *_rest in found.coming]
    by_program: dict[str, int] = {}
    for _arrival, key, _period in found.coming:
        program = found.places[key].program
        called = f"{program.name} ({program.agency.name})"
        by_program[called] = by_program.get(called, 0) + 1
    _list(_("Assessments to be created"), [f"{name}: {number}" for name, number in by_program.items()], len(arrivals))
    _list(_("Here already with the same ratings, left out"), [_told(arrival) for arrival in found.here])
    sealed = sum(arrival.is_complete for arrival in arrivals) if seals else 0
    drafts = n_("%(num)s draft", "%(num)s drafts", len(arrivals) - sealed)
    counted = [n_("%(num)s sealed", "%(num)s sealed", sealed)] * seals + [drafts]
    is_new = bool(arrivals or found.new_programs or found.changed_programs or found.changed_agencies)
    printing.say(_summary(len(arrivals), ", ".join(counted), is_done) if is_new else _nothing())


def _nothing() -> str:
    return _("Nothing is new in this file, so nothing was changed.")


def _summary(n: int, counted: str, is_done: bool) -> str:
    created = n_("%(num)s assessment", "%(num)s assessments", n)
    if is_done:
        return _("Imported %(created)s: %(counted)s.", created=created, counted=counted)
    return _(
        "Would import %(created)s: %(counted)s. Nothing was changed; the same command with --yes imports.",
        created=created,
        counted=counted,
    )


def _list(title: str, lines: Sequence[str], n: int | None = None) -> None:
    if lines:
        printing.say(f"{title}: {len(lines) if n is None else n}")
        printing.say("\n".join(f"  {line}" for line in _most(lines)))


def _most(lines: Sequence[str]) -> Iterable[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield _("and %(n)s more", n=len(lines) - MOST)


def _shown(place: Any) -> str:
    tags = {"tags": ", ".join(place.tags)} if place.tags else {}
    return _learned(f"{place.program.name} ({place.program.agency.name})", {**place.gained, **tags})


def _learned(called: str, gained: Any) -> str:
    from ddcat.interchange.facts import cell

    told = ", ".join(f"{name} {cell(value)}" for name, value in gained.items())
    return called + (f": {told}" if told else "")


def _told(arrival: Any) -> str:
    row = _("row %(row)s", row=arrival.named.row)
    return f"{row}: {arrival.assessment.program}, {arrival.assessment.assessed_on}"
