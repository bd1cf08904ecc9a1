"""The command that proves sealed records untouched."""

import sys
from pathlib import Path

import click

from ddcat.cli import database, options, printing
from ddcat.words import _, n_


@click.command()
@options.data
@click.option("--head", metavar="HASH", help="A head of the chain that was printed before: it must stand there.")
@click.option("--results", is_flag=True, help="Only work out every stored result again, fast, from the ratings.")
def verify(data: Path | None, head: str | None, results: bool) -> None:
    """Work out every sealed record, its result and the trail again, and name what differs.

    That reads every byte that is kept, many minutes for a whole country; --results reads ratings and results alone.
    """
    from ddcat import verifying
    from ddcat.store import kept

    if results and head:
        raise click.UsageError(
            _("--results does not look at the chain, so it cannot say whether --head stands there")
        )
    if results:
        _recount(data)
        return
    with database.reading(data) as db:
        verification = verifying.Verification(kept.everything(db), head and head.strip().lower())
        for finding in verification:
            if finding.is_difference:
                click.echo(str(finding), err=True)
            else:
                printing.say(str(finding))
    records = n_("%(num)s record", "%(num)s records", verification.n_records)
    entries = n_("%(num)s entry of the trail", "%(num)s entries of the trail", verification.n_entries)
    if verification.n_differences:
        said = n_(
            "%(num)s difference in %(where)s.",
            "%(num)s differences in %(where)s.",
            verification.n_differences,
            where=f"{records}, {entries}",
        )
        click.echo(said, err=True)
        sys.exit(1)
    printing.say(_("Verified: %(records)s, %(entries)s.", records=records, entries=entries))
    printing.say(_("Head of the chain: entry %(n)s, %(hash)s", n=verification.head[0], hash=verification.head[1]))


def _recount(data: Path | None) -> None:
    """Every stored result, many at once."""
    from ddcat import recounting
    from ddcat.store import arrays, kept

    n_results = n_differences = 0
    with database.reading(data) as db:
        known = recounting.instruments(kept.everything(db).instruments)
        items = {checksum: list(instrument.by_id) for checksum, instrument in known.items()}
        for block in arrays.blocks(db, items):
            if isinstance(block, str):
                n_results += 1
                findings = recounting.alone(known, kept.record(db, block), block)
            else:
                n_results += len(block.refs)
                findings = recounting.differences(known[block.instrument], block)
            for finding in findings:
                n_differences += 1
                click.echo(str(finding), err=True)
    counted = n_("%(num)s result", "%(num)s results", n_results)
    if n_differences:
        said = n_(
            "%(num)s difference in %(where)s.", "%(num)s differences in %(where)s.", n_differences, where=counted
        )
        click.echo(said, err=True)
        sys.exit(1)
    printing.say(_("Worked out again: %(results)s, without records and trail; all are as stored.", results=counted))
