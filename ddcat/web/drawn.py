"""The parts of an item's page that are the same for everybody: drawn once, kept, shown many times."""

from functools import lru_cache
from gettext import NullTranslations
from typing import Any

from flask import current_app
from markupsafe import Markup

from ddcat import words
from ddcat.instrument import Item
from ddcat.web.volumes import by_checksum


def question(checksum: str, item: Item, value: int | None) -> Markup:
    """The prompt of an item and its choices, one of them taken."""
    return _question(checksum, item.id, value, words.spoken())


def beside(checksum: str, item: Item) -> Markup:
    """Guidance, what to look at, counts, and the way to the items before and after."""
    return _beside(checksum, item.id, words.spoken())


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
