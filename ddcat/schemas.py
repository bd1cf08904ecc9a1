"""The shapes of instrument files as JSON Schemas, for editors: each key explained as in instruments/README.md."""

import re
from typing import Any

from pydantic import BaseModel

from ddcat.instrument import Band, Check, Dimension, Focus, Guide, Instrument, Item, RatingScale, Scoring, Share
from ddcat.paths import INSTRUMENTS
from ddcat.translation import GuideTranslation, Translation

KINDS: dict[str, type[BaseModel]] = {
    "instrument": Instrument,
    "guide": Guide,
    "translation": Translation,
    "guide-translation": GuideTranslation,
}
"""The kinds of file there are, and the shape of each."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_HEADINGS: dict[type[BaseModel], str] = {
    Instrument: "### At the top",
    RatingScale: "### `[rating]`",
    Scoring: "### `[scoring]`",
    Band: "### `[[band]]`",
    Focus: "### `[[focus]]`",
    Dimension: "### `[[dimension]]`",
    Item: "### `[[dimension.item]]`",
    Share: "### `[dimension.item.share]`",
    Guide: "## The guide file",
    Check: "### `[[check]]`",
}
"""Under which heading of the README the keys of each part are explained."""


def schema(kind: str) -> dict[str, Any]:
    """The shape of this kind of file; whether its parts make sense together only `ddcat check` can say."""
    made: dict[str, Any] = _without_null(KINDS[kind].model_json_schema())
    parts = {KINDS[kind].__name__: made} | made.get("$defs", {})
    for model, heading in _HEADINGS.items():
        for key, said in _explained(heading).items():
            if key in parts.get(model.__name__, {}).get("properties", {}):
                parts[model.__name__]["properties"][key]["description"] = said
    return {"$schema": DIALECT} | made


def _without_null(made: Any) -> Any:
    """TOML knows no null: what is optional is left out, so that an editor tells a slip inside it at its place."""
    if isinstance(made, list):
        return [_without_null(each) for each in made]
    if not isinstance(made, dict):
        return made
    kept = {key: _without_null(each) for key, each in made.items() if not (key == "default" and each is None)}
    match kept.get("anyOf"):
        case [dict() as wanted, {"type": "null"}]:
            return {key: each for key, each in kept.items() if key != "anyOf"} | wanted
    return kept


def _explained(heading: str) -> dict[str, str]:
    """The table under a heading of the README: what each key holds."""
    page = (INSTRUMENTS / "README.md").read_text(encoding="utf-8")
    below = page.partition(f"\n{heading}")[2].partition("\n#")[0]
    rows = re.findall(r"^\| (`.+?`(?:, `.+?`)*) \| (.+) \|$", below, re.MULTILINE)
    return {key: said for keys, said in rows for key in re.findall(r"`(.+?)`", keys)}
