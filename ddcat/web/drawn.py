"""An item's page, as far as it is the same for everybody: drawn once, kept, shown many times."""

from dataclasses import replace
from functools import lru_cache
from gettext import NullTranslations
from typing import Any

from flask import current_app
from markupsafe import Markup, escape

from ddcat import words
from ddcat.web.forms.ratings import Shown
from ddcat.web.volumes import by_checksum

# Stand in a drawn item where its mark, the reason, the stamp and the evidence come; nobody can type them.
_MARK, _WHY, _STAMP, _EVIDENCE = "\x00mark", "\x00why", "\x00stamp", "\x00evidence"


def item(checksum: str, shown: Shown, evidence: Markup, mark: Markup | str = "") -> Markup:
    """An item as it is rated, with a mark on it; where nothing was refused, only what is its own is drawn anew."""
    if shown.rating_errors or shown.why_errors or shown.warning or shown.reason:
        return _drawn(checksum, replace(shown, mark=mark), evidence)
    before, marked, first, second, after = _pieces(checksum, shown.item.id, shown.value, words.spoken())
    return before + mark + marked + escape(shown.why) + first + escape(shown.stamp) + second + evidence + after


@lru_cache(maxsize=2048)
def _pieces(checksum: str, id: str, value: int | None, _language: NullTranslations) -> tuple[Markup, ...]:
    shown = Shown(by_checksum(checksum).by_id[id], value, _WHY, _STAMP, mark=_MARK)
    before, rest = _drawn(checksum, shown, Markup(_EVIDENCE)).split(_MARK)
    marked, rest = rest.split(_WHY)
    first, rest = rest.split(_STAMP)
    return tuple(map(Markup, (before, marked, first, *rest.split(_EVIDENCE))))


def _drawn(checksum: str, shown: Shown, evidence: Markup) -> Markup:
    spoken = words.spoken()
    question = _question(checksum, shown.item.id, shown.value, spoken)
    return _macros().rating(shown, question, _beside(checksum, shown.item.id, spoken), evidence)  # type: ignore[no-any-return]


@lru_cache(maxsize=2048)
def _question(checksum: str, id: str, value: int | None, _language: NullTranslations) -> Markup:
    instrument = by_checksum(checksum)
    return _macros().question(instrument.by_id[id], value, instrument.rating.names)  # type: ignore[no-any-return]


@lru_cache(maxsize=512)
def _beside(checksum: str, id: str, _language: NullTranslations) -> Markup:
    instrument = by_checksum(checksum)
    items = instrument.home[id].items
    at = instrument.home[id].item_ids.index(id)
    before = items[at - 1] if at > 0 else None
    after = items[at + 1] if at + 1 < len(items) else None
    return _macros().beside(items[at], before, after)  # type: ignore[no-any-return]


def _macros() -> Any:
    return current_app.jinja_env.get_template("macros/items.html").module
