"""Programs by state as CSV: a row for each state, quarter, kind of rating and dimension."""

from collections.abc import Iterator, Sequence

from ddcat import display
from ddcat.interchange import csv
from ddcat.rollup import OVERALL, Rollup
from ddcat.words import _

PLACES = 6


def separated(found: Rollup) -> str:
    """Everything that was counted, with the mark by which spreadsheets know UTF-8."""
    return csv.marked([_head(found), *_rows(found)])


def _head(found: Rollup) -> list[str]:
    counted = [_("In band %(code)s", code=band.code) for band in found.instrument.bands]
    lie = [_("Lowest"), _("Lower quartile"), _("Median"), _("Upper quartile"), _("Highest")]
    first = [_("Instrument"), _("State"), _("Quarter"), _("Kind of rating"), _("Dimension"), _("Programs")]
    return [*first, *counted, *lie]


def _rows(found: Rollup) -> Iterator[Sequence[object]]:
    titles = {at: f"{one.number} {one.title}" for at, one in enumerate(found.instrument.dimensions)}
    for at, cell in enumerate(found.cells):
        about = [found.instrument.name, cell.state, cell.quarter, display.kind(cell.kind)]
        for dimension, title in (titles | {OVERALL: _("Overall")}).items():
            lies = found.spread(dimension, at)
            five = (lies.least, lies.lower, lies.middle, lies.upper, lies.most)
            counts = found.counted(dimension, at).values()
            yield [*about, title, cell.n, *counts, *(round(float(value), PLACES) for value in five)]
