"""Composes paper: plans, reports, comparisons, the empty form. Alone knows WeasyPrint and pikepdf.

Paper is HTML first. `pdf` makes a tagged PDF/UA-1 file of it, the same bytes for the same content; where the
system libraries for that are missing, the HTML itself can be printed.
"""

from ddcat.report.beside import Beside
from ddcat.report.handing import hosted, leaflet
from ddcat.report.papers import (
    FIRST,
    blank,
    by_state,
    compared,
    fact_sheet,
    feedback,
    group_trend,
    plan,
    progress,
    summary,
    trend,
)
from ddcat.report.sections import SOURCES, Basis, Section, Way, Ways, ways
from ddcat.report.sheets import file_name, next_rating, style
from ddcat.report.states import States, share, states
from ddcat.report.typesetting import NoPaper, is_ready, pdf
from ddcat.report.working import Work, work_on

__all__ = [
    "FIRST",
    "SOURCES",
    "Basis",
    "Beside",
    "NoPaper",
    "Section",
    "States",
    "Way",
    "Ways",
    "Work",
    "blank",
    "by_state",
    "compared",
    "fact_sheet",
    "feedback",
    "file_name",
    "group_trend",
    "hosted",
    "is_ready",
    "leaflet",
    "next_rating",
    "pdf",
    "plan",
    "progress",
    "share",
    "states",
    "style",
    "summary",
    "trend",
    "ways",
    "work_on",
]
