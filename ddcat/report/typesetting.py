"""Paper as PDF/UA-1, the same bytes for the same content. The only module that knows WeasyPrint and pikepdf."""

from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from ddcat.words import _

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")


class NoPaper(Exception):
    """This machine cannot make PDFs; says what is missing."""


def pdf(html: str) -> bytes:
    """This paper as PDF/UA-1. Raises NoPaper where WeasyPrint or its system libraries are missing."""
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    document = weasyprint.HTML(string=_drawable(html), url_fetcher=fetcher)
    identifier = sha256(html.encode()).digest()[:16]
    drawn = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    return _with_scopes(drawn)


def is_ready() -> bool:
    """Whether this machine can make PDFs; asking loads what that takes."""
    try:
        _weasyprint()
    except NoPaper:
        return False
    return True


def _drawable(html: str) -> str:
    """This text with a box for every sign that our fonts do not have: PDF/UA allows no missing glyph."""
    known = _signs()
    if known is None:
        return html
    strange = {ord(sign): "□" for sign in set(html) if ord(sign) not in known}
    return html.translate(strange | {ord("\n"): "\n", ord("\t"): " ", ord("\r"): " "})


@cache
def _signs() -> frozenset[int] | None:
    """The signs that DejaVu Sans has, upright and bold; None where it is not in the usual places."""
    from fontTools.ttLib import TTFont

    found = [path for folder in FONT_FOLDERS for path in folder.glob("**/DejaVuSans.ttf")]
    if not found:
        return None
    faces = [found[0], found[0].with_name("DejaVuSans-Bold.ttf")]
    return frozenset.intersection(*(frozenset(TTFont(face).getBestCmap()) for face in faces if face.exists()))


def _weasyprint() -> Any:
    try:
        import weasyprint
        import weasyprint.urls
    except (ImportError, OSError) as error:
        said = _("PDFs need the system libraries Pango and HarfBuzz, which this machine does not have.")
        raise NoPaper(said) from error
    return weasyprint


def _with_scopes(drawn: bytes) -> bytes:
    """Every heading cell says what it heads: in a table's head its column, elsewhere its row."""
    import pikepdf

    with pikepdf.open(BytesIO(drawn)) as document:
        for element in document.objects:
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/TH":
                in_head = element.P.P.S == "/THead"
                element.A.Scope = pikepdf.Name.Column if in_head else pikepdf.Name.Row
        out = BytesIO()
        document.save(out, deterministic_id=True)
    return out.getvalue()
