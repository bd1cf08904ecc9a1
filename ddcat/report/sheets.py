"""What every sheet of paper needs: its template, its style, a name for its file."""

import re
from datetime import date
from typing import Any

from babel.dates import format_skeleton

from ddcat import display, paths

NEXT_RATING = (12, 18)  # months


def compose(template: str, link: str | None, **values: Any) -> str:
    """A paper as HTML; `link` leads to its style, which else stands in it."""
    return (
        display.bare().get_template(f"paper/{template}").render(style=None if link else style(), link=link, **values)
    )


def style() -> str:
    """The style sheet of all paper."""
    return (paths.TEMPLATES / "paper" / "paper.css").read_text(encoding="utf-8")


def file_name(*parts: str) -> str:
    """A name for a file, of letters, digits and hyphens: `harbor-light-2026-05-04`."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(("ddcat", *parts))).strip("-").lower()
    return words[:80].rstrip("-")


def next_rating(assessed_on: str) -> tuple[str, ...]:
    """Between which months to rate again: May 2027, November 2027."""
    return tuple(_month(assessed_on, months) for months in NEXT_RATING)


def _month(day: str, months: int) -> str:
    """The month so many months after a day: May 2027."""
    then = date.fromisoformat(day)
    years, month = divmod(then.month - 1 + months, 12)
    return format_skeleton("yMMMM", date(then.year + years, month + 1, 1), locale=display.locale())
