"""How our Word documents look, and what they say of themselves: styles, page, footer, properties, tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ddcat import display
from ddcat.words import _

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Row

INK, ACCENT, GREY, LINE, SHADE, AMBER = "1B2424", "0B4F50", "444444", "9FB3B3", "E4EFEF", "FBF5E6"
WIDTH = 178
"""What a page of letter size leaves for text, in millimetres."""

# Name, the style it is based on, size in points, colour, bold, space before and after in points, stays with the next.
_STYLES = (
    ("Normal", "", 10.5, INK, False, 0, 6, False),
    ("Title", "Normal", 22, ACCENT, True, 0, 4, True),
    ("Subtitle", "Normal", 9.5, GREY, False, 0, 8, False),
    ("Heading 1", "Normal", 15, ACCENT, True, 18, 6, True),
    ("Heading 2", "Normal", 12.5, ACCENT, True, 14, 4, True),
    ("Heading 3", "Normal", 10.5, INK, True, 8, 2, True),
    ("Caption", "Normal", 9.5, GREY, True, 4, 3, True),
    ("List Bullet", "Normal", 10.5, INK, False, 0, 3, False),
    ("Lead", "Normal", 12, INK, True, 0, 6, False),
    ("Notice", "Normal", 10, INK, False, 2, 8, False),
    ("Hint", "Normal", 9.5, GREY, False, 0, 6, False),
    ("Term", "Normal", 10.5, INK, True, 4, 1, True),
    ("Cell", "Normal", 9.5, INK, False, 1, 1, False),
    ("Cell hint", "Cell", 9, GREY, False, 0, 1, False),
    ("Number", "Cell", 9.5, INK, False, 1, 1, False),
    ("Gap", "Normal", 6, INK, False, 0, 4, False),
)
_APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties'
    ' xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>ddcat</Application></Properties>"
)


def dress(document: "Document", title: str, at: datetime, label: str = "") -> None:
    """Styles, page and footer, language, what the file says of itself; `label` stands at the foot of each page."""
    from docx.shared import Mm

    for about in _STYLES:
        _style(document, *about)
    _frame(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(216), Mm(279)
    section.left_margin = section.right_margin = Mm((216 - WIDTH) / 2)
    section.top_margin = section.bottom_margin = Mm(18)
    _foot(section.footer.paragraphs[0], title, label)
    _introduce(document, title, at)


def dress_table(table: "Table", caption: str, texts: Sequence[Sequence[str]], n_head: int) -> None:
    """Columns as wide as their words ask for, a heading that is repeated, rows that stay whole, and its name."""
    from docx.shared import Mm

    table.autofit = False
    widths = _widths(texts)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for n, (row, words) in enumerate(zip(table._tbl.tr_lst, texts, strict=True)):
        about = row.get_or_add_trPr()
        if sum(map(len, words)) < 1500:
            _add(about, "w:cantSplit")
        if n < n_head:
            _add(about, "w:tblHeader")
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.width = Mm(width)
            if n < n_head:
                _add(cell.get_or_add_tcPr(), "w:shd", val="clear", color="auto", fill=SHADE)
    _add(table._tbl.tblPr, "w:tblCaption", val=caption)


def make_room(row: "_Row") -> None:
    """A row that somebody will write into by hand."""
    from docx.shared import Mm

    row.height = Mm(13)


def _widths(texts: Sequence[Sequence[str]]) -> list[float]:
    """Millimetres a column: room for a short text or a long word, the rest by how much there is to read."""
    columns = list(zip(*texts, strict=True))
    words = [[word for text in column for word in ([text] if len(text) < 12 else text.split())] for column in columns]
    least = [min(34.0, 7 + 1.9 * max(map(len, each), default=0)) for each in words]
    more = [min(160, max(map(len, column[1:]), default=0) or 6 * len(column[0])) for column in columns]
    left = max(0.0, WIDTH - sum(least)) / max(1, sum(more))
    wished = [low + left * part for low, part in zip(least, more, strict=True)]
    return [width * WIDTH / sum(wished) for width in wished]


def _style(
    document: "Document", name: str, base: str, size: float, colour: str, bold: bool, *space: float | bool
) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    styles = document.styles
    style: Any = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    before, after, keep = space
    if base:
        style.base_style = styles[base]
    for old in style.element.get_or_add_rPr().findall(_named("w:spacing")):
        style.element.rPr.remove(old)
    fonts = style.element.rPr.get_or_add_rFonts()
    fonts.attrib.clear()
    for of in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{of}"), "Calibri")
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour)
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.keep_with_next = Pt(before), Pt(after), keep
    shape.line_spacing = 1.15 if base != "Cell" and name != "Cell" else 1.05
    style.quick_style = True


def _frame(document: "Document") -> None:
    """Lines and shades: under the title, beside a notice, around the cells of a table; numbers to the right."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    styles: Any = document.styles
    for name, side, colour, width in (("Title", "bottom", ACCENT, 12), ("Notice", "left", "9A6A00", 24)):
        about = styles[name].element.get_or_add_pPr()
        for old in about.findall(_named("w:pBdr")):
            about.remove(old)
        lines = _before(about, "w:pBdr")
        _add(lines, f"w:{side}", val="single", sz=str(width), space="4", color=colour)
    _before(styles["Notice"].element.pPr, "w:shd", val="clear", color="auto", fill=AMBER)
    styles["Number"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    grid = styles["Table Grid"].element.find(_named("w:tblPr")).find(_named("w:tblBorders"))
    for line in grid:
        line.set(_named("w:color"), LINE)


def _foot(paragraph: Any, title: str, label: str) -> None:
    """Title and page number at the foot of each page, and under them what the instrument says of itself."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm, Pt

    paragraph.text = title if len(title) < 90 else f"{title[:90]}…"
    paragraph.style.paragraph_format.tab_stops.clear_all()
    paragraph.style.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    paragraph.add_run("\t" + _("Page") + " ")
    _add(paragraph._p, "w:fldSimple", instr="PAGE").append(_run("1"))
    paragraph.add_run(" / ")
    _add(paragraph._p, "w:fldSimple", instr="NUMPAGES").append(_run("1"))
    if label:
        paragraph.add_run().add_break()
        paragraph.add_run(label)
    paragraph.style.font.size = Pt(9)


def _introduce(document: "Document", title: str, at: datetime) -> None:
    """What the file says of itself: nothing of this machine or its user."""
    language = display.locale().replace("_", "-")
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title, "ddcat", "ddcat"
    properties.comments, properties.language, properties.revision = "", language, 1
    properties.created = properties.modified = at
    defaults: Any = document.styles.element.find(f".//{_named('w:rPrDefault')}")
    defaults.find(f".//{_named('w:lang')}").set(_named("w:val"), language)
    settings: Any = document.settings.element
    settings.find(_named("w:zoom")).attrib.update({_named("w:val"): "none", _named("w:percent"): "100"})
    settings.find(f".//{_named('w:compatSetting')}").set(_named("w:val"), "15")
    package: Any = document.part.package
    for id, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[id]
        elif relation.reltype.endswith("/extended-properties"):
            relation.target_part._blob = _APP.encode()


def _run(text: str) -> Any:
    from docx.oxml import OxmlElement

    run: Any = OxmlElement("w:r")
    _add(run, "w:t").text = text
    return run


def _add(into: Any, tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element: Any = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(_named(f"w:{name}"), value)
    into.append(element)
    return element


def _before(about: Any, tag: str, **attributes: str) -> Any:
    """A line or shade of a paragraph, where the schema wants it: before its tab stops and all that follows."""
    element = _add(about, tag, **attributes)
    late = [
        one
        for one in about
        if one.tag
        in {_named(f"w:{name}") for name in ("tabs", "spacing", "ind", "jc", "contextualSpacing", "outlineLvl")}
    ]
    if late:
        late[0].addprevious(element)
    return element


def _named(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))
