"""Composes paper: improvement plan, feedback report, empty form. The only room that knows WeasyPrint and pikepdf.

Paper is HTML first. `pdf` makes a tagged PDF/UA-1 file of it, the same bytes for the same content; where the
system libraries for that are missing, the HTML itself can be printed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ddcat import charts, display, evidence, facts, panel, paths, planning, scoring
from ddcat.checks import Finding
from ddcat.instrument import Guide, Instrument
from ddcat.planning import Gap
from ddcat.records import Assessment
from ddcat.words import _

if TYPE_CHECKING:
    from ddcat.reliability import Agreement

FIRST = 5
NEXT_RATING = (12, 18)  # months
SOURCES = next(field for field in facts.fields(facts.COVER) if field.name == "sources")
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")


class NoPaper(Exception):
    """This machine cannot make PDFs; says what is missing."""


@dataclass(frozen=True, slots=True)
class Section:
    """An assessment with everything that its part of the plan shows."""

    assessment: Assessment
    result: scoring.Result
    evidenced: scoring.Result | None
    as_evidenced: scoring.Ratings
    agreement: "Agreement | None"
    level: str
    gaps: tuple[Gap, ...]
    setting_share: Fraction


@dataclass(frozen=True, slots=True)
class Basis:
    """What ratings rest on: sources of the cover sheet, ticked there or shown by a line of evidence.

    `untold` are those of which no line tells anything; `kinds` says of each kind of evidence how many lines there
    are, and for how many items.
    """

    sources: tuple[str, ...]
    untold: tuple[str, ...]
    kinds: Mapping[str, tuple[int, int]]


def plan(
    instrument: Instrument,
    guide: Guide,
    assessments: Sequence[Assessment],
    *,
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """The improvement plan as HTML, a section an assessment; `style` is a link to use instead of own styles.

    `head` is number and hash of the trail's last entry: printed, it shows later whether the trail was cut.
    """
    return _compose(
        "plan.html",
        style,
        title=f"{_programs(assessments)}: {_('improvement plan')}",
        instrument=instrument,
        guide=guide,
        sections=[_section(instrument, guide, assessment) for assessment in assessments],
        line=charts.line(instrument),
        first=FIRST,
        planning=planning,
        cover=facts.COVER,
        fact_blocks=facts.AGENCY + facts.PROGRAM,
        head=head,
    )


def feedback(
    instrument: Instrument,
    guide: Guide,
    assessment: Assessment,
    *,
    agreement: "Agreement | None",
    findings: Sequence[Finding],
    style: str | None = None,
    head: tuple[int, str] | None = None,
) -> str:
    """The feedback report of one assessment as HTML: where the program stands, and how far to trust that.

    `agreement` is that of raters who rated alone, `findings` what the checks found; `style` and `head` as in `plan`.
    """
    return _compose(
        "feedback.html",
        style,
        title=f"{assessment.program}: {_('feedback report')}",
        instrument=instrument,
        guide=guide,
        section=_section(instrument, guide, assessment),
        basis=_basis(assessment),
        sources_field=SOURCES,
        agreement=agreement,
        leader_gaps=panel.leader_gaps(instrument, assessment),
        differences=panel.differences(instrument, assessment),
        findings=findings,
        next_rating=[_month(assessment.assessed_on, months) for months in NEXT_RATING],
        line=charts.line(instrument),
        first=FIRST,
        planning=planning,
        cover=facts.COVER,
        fact_blocks=facts.AGENCY + facts.PROGRAM,
        head=head,
    )


def blank(instrument: Instrument, *, style: str | None = None) -> str:
    """The empty form for a site visit as HTML."""
    return _compose(
        "blank.html",
        style,
        title=f"{instrument.title}: {_('form for a site visit')}",
        instrument=instrument,
        cover=facts.COVER,
        fact_blocks=facts.AGENCY + facts.PROGRAM,
        kinds=facts.KINDS,
    )


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


def style() -> str:
    """The style sheet of all paper."""
    return (paths.TEMPLATES / "paper" / "paper.css").read_text(encoding="utf-8")


def file_name(*parts: str) -> str:
    """A name for a file, of letters, digits and hyphens: `harbor-light-2026-05-04`."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(("ddcat", *parts))).strip("-").lower()
    return words[:80].rstrip("-")


def _section(instrument: Instrument, guide: Guide, assessment: Assessment) -> Section:
    result = scoring.score(instrument, assessment.ratings)
    level = planning.next_level(instrument, result)
    gaps = planning.gaps(instrument, assessment.ratings, level)
    carried = evidence.as_evidenced(instrument, assessment) if assessment.ref else {}
    evidenced = scoring.score(instrument, carried) if assessment.ref else None
    share = planning.setting_share(gaps, guide)
    agreement = panel.of_raters(instrument, assessment)
    return Section(assessment, result, evidenced, carried, agreement, level, gaps, share)


def _basis(assessment: Assessment) -> Basis:
    named = evidence.ticked(assessment)
    shown = set(evidence.sources(assessment.evidence))
    offered = tuple(SOURCES.choices or {})
    items: dict[str, list[str]] = {kind: [] for kind in evidence.SOURCES}
    for line in assessment.evidence:
        items.setdefault(evidence.kind(line), []).append(line.item)
    return Basis(
        sources=tuple(code for code in offered if code in named | shown),
        untold=tuple(code for code in offered if code in named - shown),
        kinds={kind: (len(of), len(set(of))) for kind, of in items.items()},
    )


def _month(day: str, months: int) -> str:
    """The month so many months after a day: May 2027."""
    then = date.fromisoformat(day)
    years, month = divmod(then.month - 1 + months, 12)
    return format_date(date(then.year + years, month + 1, 1), "MMMM y", locale=display.LOCALE)


def _programs(assessments: Sequence[Assessment]) -> str:
    names = list(dict.fromkeys(assessment.program for assessment in assessments))
    return ", ".join(names[:3]) + ("…" if len(names) > 3 else "")


def _compose(template: str, link: str | None, **values: Any) -> str:
    return (
        _environment().get_template(f"paper/{template}").render(style=None if link else style(), link=link, **values)
    )


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(paths.TEMPLATES)
    return display.dress(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))


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
