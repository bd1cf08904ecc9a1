"""A sheet of costs -> what a step on each item costs: columns item and cost, all faults at once."""

from pathlib import Path

from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.interchange.sheet import Sheet, opened
from ddcat.words import _

COLUMNS = ("item", "cost")
COSTS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "never": None}


def read(path: Path, instrument: Instrument) -> dict[str, int | None]:
    """Item id -> cost from 1 to 5, None for "never", from a .csv or .xlsx file; items it does not name are left out.

    Raises Faulty with every fault of the file; nothing is returned then.
    """
    sheet = _Costs(opened(path, _("one row an item")), instrument)
    found = sheet.costs()
    if sheet.faults:
        raise Faulty(str(path), sheet.faults)
    return found


class _Costs(Sheet):
    """A sheet with an item and its cost a row."""

    def costs(self) -> dict[str, int | None]:
        """The costs of every sound row."""
        found: dict[str, int | None] = {}
        rows: dict[str, int] = {}
        for number, cells in self.under(COLUMNS, _("one item with its cost")):
            item = self.item(number, cells)
            cost = self._cost(number, self.cell(cells, "cost"))
            if item is None:
                continue
            if item.id in rows:
                said = _(
                    "%(item)r has its cost in row %(row)s already; expected once", item=item.code, row=rows[item.id]
                )
                self.refuse(number, "item", said)
                continue
            rows[item.id] = number
            found[item.id] = cost
        return found

    def _cost(self, number: int, text: str) -> int | None:
        if text.casefold() not in COSTS:
            said = _("%(text)r is not a cost; expected one digit from 1 to 5, or never", text=text)
            self.refuse(number, "cost", said)
        return COSTS.get(text.casefold())
