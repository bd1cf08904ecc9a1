"""The command that releases what peers come to, for whatever runs commands by the clock."""

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ddcat.cli import options, printing
from ddcat.faults import Fault, Faulty
from ddcat.words import _, n_


def _ended(_ctx: click.Context, _param: click.Parameter, quarter: str | None) -> str:
    """A quarter that is over: nothing can be added to it any more."""
    from ddcat import pooling

    today = datetime.now(UTC).date()
    if quarter is None:
        return pooling.last_quarter(today)
    try:
        ended_on = pooling.ended_on(quarter)
    except ValueError:
        raise click.BadParameter(_("%(quarter)s is no quarter; write 2026-Q3", quarter=quarter)) from None
    if ended_on > today.isoformat():
        raise click.BadParameter(_("%(quarter)s has not ended", quarter=quarter))
    return quarter


@click.command()
@click.option(
    "--quarter",
    metavar="YYYY-QN",
    callback=_ended,
    help="A quarter that has ended, such as 2026-Q3; else the last one.",
)
@options.data
def release(quarter: str, data: Path | None) -> None:
    """Release what groups of peers come to at the end of a quarter, rough enough to give no program away."""
    from ddcat import paths, store
    from ddcat.store import releases

    file = store.file(data or paths.user_data())
    if store.pending(file):
        raise Faulty(str(file), [Fault("database", _("is not there or not up to date; run ddcat migrate first"))])
    try:
        with closing(store.connect(file).conn) as connection:
            db = store.Database(connection)
            made = _made(db, quarter)
            releases.keep(db, quarter, made)
    except releases.Made:
        # Whatever runs this by the clock runs it more often than once a quarter.
        printing.say(_("%(quarter)s, or a later quarter, was released already; nothing changed.", quarter=quarter))
        return
    except store.Busy as error:
        said = _("cannot be written: %(why)s", why=error)
        raise Faulty(str(file), [Fault("database", said)]) from None
    n = sum(map(len, made.values()))
    none = _("Released %(quarter)s: no group of peers is new or has changed enough.", quarter=quarter)
    some = n_(
        "Released %(quarter)s: %(num)s group of peers.",
        "Released %(quarter)s: %(num)s groups of peers.",
        n,
        quarter=quarter,
    )
    printing.say(some if n else none)


def _made(db: Any, quarter: str) -> Mapping[str, Any]:
    """What is released of each instrument, by its name; of files of one name that score otherwise the most used."""
    from ddcat import pooling, scoring, shelf
    from ddcat.pooling import Member
    from ddcat.store import instruments, releases

    behind = releases.behind(db)
    read: dict[str, Any] = {}
    members: dict[tuple[str, str], list[Member]] = {}
    alike: dict[tuple[str, str], Any] = {}
    for rated in releases.newest(db, pooling.ended_on(quarter)):
        if rated.checksum not in read:
            instrument = shelf.parse(instruments.data(db, rated.checksum))
            read[rated.checksum] = instrument, pooling.steps(instrument)
        instrument, steps = read[rated.checksum]
        result = scoring.score(instrument, rated.ratings)
        if steps and result.overall is not None and not result.unanchored:
            step = pooling.step_of(steps, result.overall)
            alike[instrument.yardstick] = steps
            members.setdefault(instrument.yardstick, []).append(Member(rated.agency, rated.facts, rated.kind, step))
    most_used = {yardstick[0]: yardstick for yardstick in sorted(members, key=lambda one: len(members[one]))}
    return {
        name: pooling.release(alike[yardstick], members[yardstick], behind.get(name, {}))
        for name, yardstick in most_used.items()
    }
