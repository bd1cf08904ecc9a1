"""A long sheet of several raters -> each one's ratings; and the object that `ddcat agreement --json` prints."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from ddcat.coefficients import Estimate
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.interchange.sheet import Row, Sheet, opened
from ddcat.reliability import Agreement, Figures
from ddcat.words import _

COLUMNS = ("program", "item", "rater", "rating")

Ratings = dict[str, int]
Panels = dict[str, dict[str, Ratings]]


def read(path: Path, instrument: Instrument, *, allow_unanchored: bool = False) -> Panels:
    """Program -> rater -> item id -> rating, from a .csv or .xlsx file, in file order; an empty rating is left out.

    An item is given by its code or by its id. Raises Faulty with every fault of the file; nothing is returned then.
    A rating without an anchor is a fault unless `allow_unanchored` (old records may hold some).
    """
    sheet = _Panels(opened(path, _("one row a rating")), instrument, allow_unanchored)
    found = sheet.panels()
    if sheet.faults:
        raise Faulty(str(path), sheet.faults)
    return found


def plain(instrument: Instrument, agreement: Agreement, panels: Panels) -> dict[str, Any]:
    """Plain lists, texts and numbers, not rounded; shares from 0 to 1. What there is no number for is null."""
    return {
        "instrument": {"id": instrument.id, "version": instrument.version},
        "raters": list(agreement.raters),
        "programs": list(agreement.programs),
        "n_pairs": agreement.n_pairs,
        "overall": _figures(agreement.overall),
        "dimensions": [
            {
                "id": dimension.id,
                "number": dimension.number,
                "title": dimension.title,
                **_figures(agreement.dimensions[dimension.id]),
            }
            for dimension in instrument.dimensions
        ],
        "notes": notes(instrument, panels),
    }


def notes(instrument: Instrument, panels: Panels) -> list[str]:
    """What a reader of the figures must know: ratings that the instrument has no anchor for, each once."""
    given = {pair for by_rater in panels.values() for ratings in by_rater.values() for pair in ratings.items()}
    return [
        _(
            "%(item)s is rated %(rating)s, which has no anchor in %(instrument)s; the result counts it as given.",
            item=item.code,
            rating=rating,
            instrument=instrument.name,
        )
        for item in instrument.items
        for rating in item.unanchored
        if (item.id, rating) in given
    ]


def _figures(figures: Figures) -> dict[str, Any]:
    """`n_pairs`, and under its own name each figure."""
    found = {field.name: getattr(figures, field.name) for field in fields(figures)}
    return {name: _figure(value) if isinstance(value, Estimate) else value for name, value in found.items()}


def _figure(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "interval": list(estimate.interval) if estimate.interval else None,
        "reason": _(estimate.reason) if estimate.reason else None,
        "notice": _(estimate.notice) if estimate.notice else None,
        "n": estimate.n,
        "se": estimate.se,
    }


class _Panels(Sheet):
    """A long sheet without days: its rows are told apart by program, rater and item."""

    def __init__(self, rows: list[Row], instrument: Instrument, allow_unanchored: bool) -> None:
        super().__init__(rows, instrument, allow_unanchored)
        self.by_code = {item.id: item for item in instrument.items} | self.by_code

    def panels(self) -> Panels:
        """The ratings of every row that holds one; a row without is read for its faults alone."""
        found: Panels = {}
        rows: dict[tuple[str, str, str], int] = {}
        for number, program, rater, item, value in self._sound():
            first = rows.setdefault((program, rater, item), number)
            if first != number:
                said = _("has the same program, item and rater as row %(row)s; expected one row each", row=first)
                self.refuse(number, None, said)
            elif value is not None:
                found.setdefault(program, {}).setdefault(rater, {})[item] = value
        return found

    def _sound(self) -> Iterator[tuple[int, str, str, str, int | None]]:
        """Row number, program, rater, item id and rating of the rows that say whose rating of what they hold."""
        expected = {"program": _("the name of the program"), "rater": _("the name of the rater")}
        for number, cells in self.under(COLUMNS, _("one rating")):
            names = [self.typed(number, cells, column) for column in expected]
            for column, name in zip(expected, names, strict=True):
                if not name:
                    self.refuse(number, column, _("is empty; expected %(what)s", what=expected[column]))
            item = self.item(number, cells)
            value = self.rating(number, item, cells)
            if all(names) and item:
                yield number, names[0], names[1], item.id, value
