"""Our own markup as a Word document: headings, lists and tables that are real, so that people can go on writing.

It knows the few elements that macros use. What only a screen needs, drawings among it, is left out.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from ddcat.interchange import letterhead
from ddcat.signs import held

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell as DocumentCell
    from docx.text.paragraph import Paragraph

STYLES = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "h4": "Heading 3", "li": "List Bullet"}
CLASSES = {"lead": "Lead", "notice": "Notice", "about": "Subtitle", "hint": "Hint", "term": "Term"}
IN_CELLS = {"List Bullet": "List Bullet", "Hint": "Cell hint"}
BLOCKS = {*STYLES, "p", "dt", "dd", "caption", "div"}
SILENT = {"svg", "style", "script"}
TYPED, CODE, NUMBER, HINT, WRITE = "typed", "code", "num", "hint", "write"
BREAK = "\v"
"""A line that ends without its paragraph: no text holds this sign."""

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)

Run = tuple[str, bool]
"""A piece of text, and whether it is bold."""


@dataclass
class _Block:
    """A paragraph that comes in; what a person typed (`is_typed`) keeps its lines."""

    style: str = "Normal"
    is_typed: bool = False
    pieces: list[Run] = field(default_factory=list)

    def runs(self) -> list[Run]:
        """Its text without the blanks that only the markup has."""
        found: list[Run] = []
        for piece, is_bold in self.pieces:
            lines = (piece.replace("\n", BREAK) if self.is_typed else piece).split(BREAK)
            text = "\n".join(_BLANKS.sub(" ", line) for line in lines)
            if not found or found[-1][0].endswith((" ", "\n")):
                text = text.lstrip(" ")
            if text:
                found.append((text, is_bold))
        if found:
            found[-1] = (found[-1][0].rstrip(), found[-1][1])
        return [run for run in found if run[0]]


@dataclass
class _Cell:
    """A cell that comes in."""

    is_heading: bool
    is_number: bool = False
    is_to_fill: bool = False
    blocks: list[_Block] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(text for block in self.blocks for text, _is_bold in block.runs())


@dataclass
class _Table:
    """A table that comes in: its caption, its rows, and how many of the first are its heading."""

    caption: str = ""
    rows: list[list[_Cell]] = field(default_factory=list)
    n_head: int = 0


def written(markup: str, *, title: str, at: datetime, label: str = "") -> bytes:
    """The document that this markup says, of this moment: the same bytes for the same content.

    `label` is what the instrument says of itself, at the foot of every page.
    """
    import docx

    document = docx.Document()
    letterhead.dress(document, held(title), at, held(label))
    writer = _Writer(document)
    writer.feed(held(markup))
    writer.close()
    writer.end_block()
    out = io.BytesIO()
    document.save(out)
    return _timeless(out.getvalue())


class _Writer(HTMLParser):
    """Hears the markup and writes one paragraph and table after the other."""

    def __init__(self, document: "Document") -> None:
        super().__init__()
        self.document = document
        # Asking for a style by name reads every style there is.
        self.ids: dict[str, str] = {str(style.name): style.style_id for style in document.styles}
        self.block = _Block()
        self.table: _Table | None = None
        self.cell: _Cell | None = None
        self.spans: list[bool] = []
        self.bold = self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag in SILENT:
            self.silent += 1
        elif tag == "span":
            self.spans.append(CODE in classes)
            if HINT in classes:
                self.end_block(_Block("Hint"))
        elif tag in ("b", "strong"):
            self.bold += 1
        elif tag == "br":
            self.block.pieces.append((BREAK, False))
        elif tag in BLOCKS:
            style = next((CLASSES[name] for name in classes if name in CLASSES), STYLES.get(tag, "Normal"))
            self.end_block(_Block("Term" if tag == "dt" else style, TYPED in classes))
        elif tag == "table":
            self.end_block()
            self.table = _Table()
        elif tag == "tr" and self.table:
            self.table.rows.append([])
        elif tag in ("th", "td") and self.table:
            self.end_block(_Block(is_typed=TYPED in classes))
            self.cell = _Cell(tag == "th", NUMBER in classes, WRITE in classes)
            self.table.rows[-1].append(self.cell)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent -= 1
        elif tag == "span":
            self.spans.pop()
        elif tag in ("b", "strong"):
            self.bold -= 1
        elif tag == "caption" and self.table:
            self.table.caption = "".join(text for text, _is_bold in self.block.runs())
            self.block = _Block()
        elif tag in BLOCKS:
            self.end_block()
        elif tag in ("th", "td"):
            self.end_block()
            self.cell = None
        elif tag == "thead" and self.table:
            self.table.n_head = len(self.table.rows)
        elif tag == "table" and self.table:
            self.write_table(self.table)
            self.table = None

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.block.pieces.append((data, bool(self.bold or any(self.spans))))

    def end_block(self, following: _Block | None = None) -> None:
        """What came in so far is a paragraph, of the document or of a cell; another begins."""
        ended, self.block = self.block, following or _Block()
        if not ended.runs() or (self.table and not self.cell):
            return
        if self.cell:
            self.cell.blocks.append(ended)
        else:
            self.write(self.document.add_paragraph(), ended.style, ended)

    def write_table(self, table: _Table) -> None:
        """A table under its caption, with a heading that comes again on every page."""
        if table.caption:
            self.write(self.document.add_paragraph(), "Caption", _Block(pieces=[(table.caption, False)]))
        made = self.document.add_table(len(table.rows), max(map(len, table.rows)), style="Table Grid")
        letterhead.dress_table(made, table.caption, [[cell.text for cell in row] for row in table.rows], table.n_head)
        for row, cells in zip(made.rows, table.rows, strict=True):
            if any(cell.is_to_fill for cell in cells):
                letterhead.make_room(row)
            for into, cell in zip(row.cells, cells, strict=False):
                self.fill(into, cell)
        self.write(self.document.add_paragraph(), "Gap", _Block())

    def fill(self, into: "DocumentCell", cell: _Cell) -> None:
        """Write the paragraphs of a cell; the first one is there already."""
        for n, block in enumerate(cell.blocks or [_Block()]):
            paragraph = into.add_paragraph() if n else into.paragraphs[0]
            style = IN_CELLS.get(block.style, "Cell")
            is_bold = cell.is_heading and style == "Cell"
            self.write(paragraph, "Number" if cell.is_number else style, block, is_bold=is_bold)

    def write(self, paragraph: "Paragraph", style: str, block: _Block, *, is_bold: bool = False) -> None:
        """Put style and text into a paragraph."""
        paragraph._p.style = self.ids[style]
        for text, is_run_bold in block.runs():
            run = paragraph.add_run(text)
            if is_bold or is_run_bold:
                run.bold = True


def _timeless(data: bytes) -> bytes:
    """The same parts without the time at which they were packed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in made.namelist():
            info = zipfile.ZipInfo(name, _LONG_AGO)
            packed.writestr(info, made.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
