"""A sheet of costs -> what a step on each item costs: columns item and cost, all faults at once."""

from pathlib import Path

from ddcat.faults import Fault, Faulty
from ddcat.instrument import Instrument
from ddcat.interchange import csv, workbook
from ddcat.interchange.ratings import _Sheet
from ddcat.words import _

COLUMNS = ("item", "cost")
COSTS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "never": None}


def read(path: Path, instrument: Instrument) -> dict[str, int | None]:
    """Item id -> cost from 1 to 5, None for "never", from a .csv or .xlsx file; items it does not name are left out.

    Raises Faulty with every fault of the file; nothing is returned then.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        said = _("cannot be read: %(reason)s", reason=error.strerror)
        raise Faulty(str(path), [Fault(_("file"), said)]) from None
    reader = workbook if path.suffix.casefold() == ".xlsx" else csv
    if reader is csv and not data.strip(b"\xef\xbb\xbf \t\r\n"):
        said = _("is empty; expected a header row and one row an item")
        raise Faulty(str(path), [Fault(_("file"), said)])
    sheet = _Costs(reader.read(data, str(path)), instrument, False)
    found = sheet.costs()
    if sheet.faults:
        raise Faulty(str(path), sheet.faults)
    return found


class _Costs(_Sheet):
    """A sheet with an item and its cost a row."""

    def costs(self) -> dict[str, int | None]:
        """The costs of every sound row."""
        if not any(cell.strip() for row in self.body for cell in row):
            said = _("has a header but no rows; expected at least one item with its cost")
            self.faults.append(Fault(_("file"), said))
        elif len(self.columns) == len(COLUMNS):
            return self._sound()
        return {}

    def _sound(self) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        rows: dict[str, int] = {}
        for number, cells in self._rows():
            item = self._item(number, self._cell(cells, "item"))
            cost = self._cost(number, self._cell(cells, "cost"))
            if item is None:
                continue
            if item.id in rows:
                said = _(
                    "%(item)r has its cost in row %(row)s already; expected once", item=item.code, row=rows[item.id]
                )
                self._fault(number, "item", said)
                continue
            rows[item.id] = number
            found[item.id] = cost
        return found

    def _cost(self, number: int, text: str) -> int | None:
        if text.casefold() not in COSTS:
            said = _("%(text)r is not a cost; expected one digit from 1 to 5, or never", text=text)
            self._fault(number, "cost", said)
        return COSTS.get(text.casefold())

    def _columns(self, known: set[str]) -> dict[str, int]:
        columns: dict[str, int] = {}
        expected = ", ".join(COLUMNS)
        for at, name in enumerate(self.header[self.margin :], self.margin):
            key = name.casefold()
            if key in columns:
                self._fault_above(_("the column %(name)r stands twice; expected once", name=name), at)
            elif key in COLUMNS:
                columns[key] = at
            else:
                self._fault_above(_("unknown column %(name)r; expected %(names)s", name=name, names=expected), at)
        for name in COLUMNS:
            if name not in columns:
                self._fault_above(_("no column %(name)r; expected one", name=name))
        return columns
