"""A look at the cells of a workbook before its values are read: how far they reach, and which have no value.

The reader of values lays out every cell up to the last one, and gives an error and a formula without a result as
nothing. So both are found here first, in one pass over the XML of the first sheet that keeps nothing but a place.
"""

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from string import ascii_uppercase, digits
from typing import IO
from xml.parsers import expat

from ddcat.faults import Fault
from ddcat.words import _

ROWS = 500_000
COLUMNS = 1_000
CELLS = 5_000_000
BYTES = 500_000_000
PIECE = 1_000_000

Start = Callable[[str, dict[str, str]], None]

UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError),
    *(OSError, EOFError, LookupError, ValueError, RuntimeError),
)


def faults(data: bytes, name: str = "") -> list[Fault]:
    """Why the sheet of this name, or else the first, must not be read; raises one of UNREADABLE for no workbook."""
    if not data.startswith(b"PK"):
        raise zipfile.BadZipFile
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename.casefold(): info for info in archive.infolist()}
        if len(parts) < len(archive.infolist()):
            raise zipfile.BadZipFile("two parts of one name")
        if sum(info.file_size for info in parts.values()) > BYTES:
            return [Fault(_("file"), _("is larger than can be read; keep nothing in it but the sheet of ratings"))]
        cells = _Cells()
        with archive.open(parts[_sheet(archive, parts, name)]) as part:
            _walk(part, cells.parser)
    if cells.reach_too_far:
        return [Fault(place(cells.last_row, cells.last_column), _far())]
    return cells.faults


def place(row: int, column: int) -> str:
    """Where a cell stands, as a spreadsheet shows it: both count from 1."""
    return _("row %(row)s, column %(column)s", row=row, column=letters(column))


def letters(column: int) -> str:
    """A column as a spreadsheet shows it: 1 is A, 27 is AA."""
    shown = ""
    while column:
        column, letter = divmod(column - 1, len(ascii_uppercase))
        shown = ascii_uppercase[letter] + shown
    return shown


def _far() -> str:
    return _("the sheet reaches too far, to this cell; delete the empty rows and columns around the ratings")


@lru_cache(maxsize=COLUMNS)
def _column(shown: str) -> int:
    """`letters` the other way round."""
    column = 0
    for letter in shown.upper():
        column = column * len(ascii_uppercase) + ascii_uppercase.index(letter) + 1
    return column


def _sheet(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], called: str) -> str:
    """The name in `parts` of the sheet that is called so, or else of the one that the workbook lists first."""
    ids: list[tuple[str, str]] = []
    targets: dict[str, str] = {}

    def sheet(name: str, given: dict[str, str]) -> None:
        if _local(name) == "sheet":
            ids.extend((given.get("name", ""), value) for key, value in given.items() if key.endswith(":id"))

    def relationship(name: str, given: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            targets[given["Id"]] = given["Target"]

    for part, start in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", relationship)):
        with archive.open(parts[part]) as opened:
            _walk(opened, _parser(start))
    id = next((id for name, id in ids if called and name == called), ids[0][1])
    target = targets[id].removeprefix("/").casefold()
    return target if target.startswith("xl/") else f"xl/{target}"


def _parser(start: Start) -> expat.XMLParserType:
    """Reads UTF-8 only, as the reader of values does, and no document type, so no entity can grow."""
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _walk(part: IO[bytes], parser: expat.XMLParserType) -> None:
    """Parse this part in larger pieces than the 2 kB of `ParseFile`."""
    while piece := part.read(PIECE):
        parser.Parse(piece)
    parser.Parse(b"", True)


def _refuse(*_declared: object) -> None:
    raise ValueError("a document type")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Cells:
    """The cells of a sheet, told by its parser one element at a time."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.last_row = self.last_column = 0
        self.row = self.column = 0
        self.kind = self.value = ""
        self.is_watched = self.has_formula = self.has_value = False
        self.parser = _parser(self.start)

    @property
    def reach_too_far(self) -> bool:
        """Whether laying out every cell up to the last one would take more memory than a sheet of ratings may."""
        return self.last_row > ROWS or self.last_column > COLUMNS or self.last_row * self.last_column > CELLS

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins. Rows and cells may leave out their place; they then follow the one before."""
        if name == "c":
            self.column += 1
            if at := given.get("r"):
                shown = at.rstrip(digits)
                self.row, self.column = int(at[len(shown) :]), _column(shown)
            self.kind = given.get("t", "")
            if self.kind == "e":
                self.watch()
        elif name in {"v", "is", "f"}:
            if self.row > self.last_row:
                self.last_row = self.row
            if self.column > self.last_column:
                self.last_column = self.column
            if name == "f":
                self.watch()
                self.has_formula = True
            elif self.is_watched and name == "v":
                self.has_value = True
                self.parser.CharacterDataHandler = self.read
        elif name == "row":
            self.row, self.column = int(given.get("r", self.row + 1)), 0
        elif ":" in name:
            self.start(_local(name), given)

    def watch(self) -> None:
        """Follow this cell to its end: it may hold no value."""
        self.value = ""
        self.is_watched, self.has_formula, self.has_value = True, False, False
        self.parser.EndElementHandler = self.end

    def read(self, text: str) -> None:
        """A part of a watched cell's value."""
        self.value += text

    def end(self, name: str) -> None:
        """An element of a watched cell ends."""
        self.parser.CharacterDataHandler = None
        if _local(name) != "c":
            return
        self.is_watched, self.parser.EndElementHandler = False, None
        if self.kind == "e":
            self._fault(_("%(error)r is an error, not a value; correct the cell or empty it", error=self.value))
        elif self.has_formula and not self.value and not (self.kind == "str" and self.has_value):
            self._fault(_("holds a formula without its result; open the file in a spreadsheet and save it again"))

    def _fault(self, text: str) -> None:
        self.faults.append(Fault(place(self.row, self.column), text))
