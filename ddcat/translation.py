"""An instrument and its guide in another language: words only, keyed by the ids of the original; numbers stand once.

The shape of `instruments/ID-VERSION.es.toml` and `ID-VERSION.guide.es.toml`. A translation says every word that its
original says, and no other: what is missing or too much is a fault with its place.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints

from ddcat import shapes
from ddcat.faults import Fault
from ddcat.instrument import (
    Code,
    Dimension,
    Guide,
    Instrument,
    Item,
    Line,
    RatingKey,
    Slug,
    Steps,
    Text,
    Value,
)
from ddcat.words import _, n_

TOP = ("title", "short", "purpose", "notice", "routine", "label")
"""The words at the top of an instrument, those of them that it has."""

HEAD = {"schema", "for", "language", "reviewed"}

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Original = TypeVar("Original", bound=Value)
Key = TypeVar("Key")
Said = TypeVar("Said")


class RatingWords(Value):
    """What each rating is called."""

    names: dict[RatingKey, Text] = {}


class TitleWords(Value):
    """The words of a band or focus area."""

    title: Text
    meaning: Text


class DimensionWords(Value):
    """The words of a dimension."""

    title: Text
    about: Text


class ShareWords(Value):
    """The words of counts that cap a rating."""

    of: Text
    frame: Text
    note: Text | None = None
    counts: dict[Slug, Text]


class ItemWords(Value):
    """The words of an item."""

    title: Text
    prompt: Text
    guidance: Text
    evidence: tuple[Text, ...]
    anchors: dict[RatingKey, Text]
    share: ShareWords | None = None


class Translation(Value):
    """The words of an instrument in another language; `reviewed` by a clinician who speaks it from childhood."""

    schema_: Literal[1] = Field(alias="schema")
    for_: Text = Field(alias="for")
    language: Language
    reviewed: bool
    title: Text
    short: Text
    purpose: Text
    notice: Text
    routine: Text | None = None
    label: Text | None = None
    rating: RatingWords = RatingWords()
    bands: Annotated[dict[Code, TitleWords], Field(alias="band")] = {}
    focuses: Annotated[dict[Slug, TitleWords], Field(alias="focus")] = {}
    dimensions: Annotated[dict[Slug, DimensionWords], Field(alias="dimension")]
    items: Annotated[dict[Slug, ItemWords], Field(alias="item")]


class GuideTranslation(Value):
    """The words of a guide in another language."""

    schema_: Literal[1] = Field(alias="schema")
    for_: Text = Field(alias="for")
    language: Language
    suits: Line = ""
    offers: Line = ""
    setting_warning: Text | None = None
    review: tuple[Text, ...] = ()
    checks: Annotated[dict[Slug, Text], Field(alias="check")] = {}
    steps: dict[Slug, Steps] = {}


# --- The words of an original, as a translation keys them ---


def words_of(instrument: Instrument) -> dict[str, Any]:
    """Every word of an instrument, in the shape of a translation."""
    return _filled(
        {name: getattr(instrument, name) for name in TOP}
        | {
            "rating": {"names": _keyed(instrument.rating.names)},
            "band": {band.code: {"title": band.title, "meaning": band.meaning} for band in instrument.bands},
            "focus": {focus.id: {"title": focus.title, "meaning": focus.meaning} for focus in instrument.focuses},
            "dimension": {part.id: {"title": part.title, "about": part.about} for part in instrument.dimensions},
            "item": {item.id: _words_of_item(item) for item in instrument.items},
        }
    )


def _words_of_item(item: Item) -> dict[str, Any]:
    share = item.share
    return {
        "title": item.title,
        "prompt": item.prompt,
        "guidance": item.guidance,
        "evidence": list(item.evidence),
        "anchors": _keyed(item.anchors),
        "share": share and {"of": share.of, "frame": share.frame, "note": share.note, "counts": dict(share.counts)},
    }


def words_of_guide(guide: Guide) -> dict[str, Any]:
    """Every word of a guide, in the shape of a translation."""
    return _filled(
        {
            "suits": guide.suits,
            "offers": guide.offers,
            "setting_warning": guide.setting_warning,
            "review": list(guide.review),
            "check": {check.id: check.says for check in guide.checks},
            "steps": {
                item: {str(to): list(said) for to, said in known.items()} for item, known in guide.steps.items()
            },
        }
    )


def _keyed(words: Mapping[int, str]) -> dict[str, str]:
    return {str(rating): text for rating, text in words.items()}


def _filled(words: dict[str, Any]) -> dict[str, Any]:
    """Without the places where nothing is said."""
    inner = {key: _filled(said) if isinstance(said, dict) else said for key, said in words.items()}
    return {key: said for key, said in inner.items() if said}


# --- What is wrong with a translation ---


def faults(content: Mapping[str, Any], words: Mapping[str, Any]) -> Iterator[Fault]:
    """Where the content of a file says more or less than these words of its original."""
    yield from _differences({key: said for key, said in content.items() if key not in HEAD}, words, ())


def _differences(given: Any, wanted: Any, where: tuple[str, ...]) -> Iterator[Fault]:
    place = shapes.place(where)
    if isinstance(wanted, Mapping) and isinstance(given, Mapping):
        for key in given:
            if key not in wanted:
                yield Fault(place, _("unknown key %(key)r", key=key))
        for key, said in wanted.items():
            if key in given:
                yield from _differences(given[key], said, (*where, key))
            else:
                yield Fault(place, _("the key %(key)r is missing", key=key))
    elif isinstance(wanted, list) and isinstance(given, list) and len(given) != len(wanted):
        said = n_("has %(num)s text", "has %(num)s texts", len(given))
        yield Fault(place, _("%(said)s; the original has %(wanted)s", said=said, wanted=len(wanted)))


# --- The original in the other words ---


def translated(instrument: Instrument, words: Translation) -> Instrument:
    """The instrument in these words; everything that is counted, compared or kept stays as it is."""
    return _in(
        instrument,
        **{name: getattr(words, name) for name in TOP},
        rating=_in(instrument.rating, names=_ordered(words.rating.names, instrument.rating.names)),
        bands=tuple(_titled(band, words.bands[band.code]) for band in instrument.bands),
        focuses=tuple(_titled(focus, words.focuses[focus.id]) for focus in instrument.focuses),
        dimensions=tuple(_dimension(part, words) for part in instrument.dimensions),
    )


def translated_guide(guide: Guide, words: GuideTranslation) -> Guide:
    """The guide in these words."""
    return _in(
        guide,
        suits=words.suits,
        offers=words.offers,
        setting_warning=words.setting_warning or "",
        review=words.review,
        checks=tuple(_in(check, says=words.checks[check.id]) for check in guide.checks),
        steps={item: _ordered(words.steps[item], known) for item, known in guide.steps.items()},
    )


def _dimension(dimension: Dimension, words: Translation) -> Dimension:
    said = words.dimensions[dimension.id]
    items = tuple(_item(item, words.items[item.id]) for item in dimension.items)
    return _in(dimension, title=said.title, about=said.about, items=items)


def _item(item: Item, words: ItemWords) -> Item:
    share = item.share
    if share and words.share:
        said = words.share
        share = _in(share, of=said.of, frame=said.frame, note=said.note, counts=_ordered(said.counts, share.counts))
    return _in(
        item,
        title=words.title,
        prompt=words.prompt,
        guidance=words.guidance,
        evidence=words.evidence,
        anchors=_ordered(words.anchors, item.anchors),
        share=share,
    )


def _ordered(words: Mapping[Key, Said], original: Iterable[Key]) -> dict[Key, Said]:
    """The words in the order in which the original has its own."""
    return {key: words[key] for key in original}


def _titled(value: Original, words: TitleWords) -> Original:
    return _in(value, title=words.title, meaning=words.meaning)


def _in(value: Original, **words: Any) -> Original:
    """A copy in other words; nothing that was worked out of the old ones goes with it."""
    copy = value.model_copy(update=words)
    for worked_out in vars(copy).keys() - type(value).model_fields.keys():
        vars(copy).pop(worked_out)
    return copy
