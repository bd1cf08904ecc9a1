"""What must make sense in an instrument or a guide beyond its shape; each check says its own faults and no others.

A part of a faulty file may lack fields: those that could not be read. A check that asks for one of them ends
there, so that what merely follows from a fault is never told as another.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel

from ddcat import facts
from ddcat.columns import RESERVED
from ddcat.faults import Fault
from ddcat.instrument import Check, Criterion, Guide, Instrument, Item, Share
from ddcat.words import _, n_

Part = TypeVar("Part", bound=BaseModel)


def of_instrument(instrument: Instrument) -> Iterator[Fault]:
    """What makes no sense in an instrument, as far as it could be read."""
    empty = [*_told(_overall_parts, instrument), *_emptiness(instrument)]
    flat = list(_told(_scale_length, instrument))
    yield from empty + flat
    if flat:
        instrument = _without(instrument, "rating")
    if not getattr(instrument, "bands", ()):
        instrument = _without(instrument, "bands")
    for check in _OF_INSTRUMENT:
        yield from _told(check, instrument)
    for d, dimension in _with("items", getattr(instrument, "dimensions", ())):
        for i, item in enumerate(dimension.items, 1):
            for check_item in _OF_ITEM:
                yield from _told(check_item, instrument, item, f"dimension {d}, item {i}")
            if share := getattr(item, "share", None):
                for check_share in _OF_SHARE:
                    yield from _told(check_share, instrument, item, share, f"dimension {d}, item {i}, share")


def of_guide(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    """What makes no sense in a guide, as far as it could be read, beside its sound instrument."""
    for check in (
        _guide_name,
        _guide_fits,
        _guide_setting,
        _guide_near,
        _guide_felt_first,
        _guide_steps,
        _guide_check_ids,
    ):
        yield from _told(check, advice, instrument)
    for number, named in enumerate(getattr(advice, "checks", ()), 1):
        for check_one in _OF_CHECK:
            yield from _told(check_one, instrument, named, f"check {number}")


def _told(check: Callable[..., Iterator[Fault]], *parts: Any) -> Iterator[Fault]:
    """What the check says, until it asks for what could not be read."""
    with suppress(AttributeError):
        yield from check(*parts)


def _with(field: str, parts: Iterable[Part]) -> Iterator[tuple[int, Part]]:
    """The parts whose field could be read, each with its number from 1."""
    return ((number, part) for number, part in enumerate(parts, 1) if hasattr(part, field))


def _without(instrument: Instrument, field: str) -> Instrument:
    """A copy in which the field counts as one that could not be read."""
    copy = instrument.model_copy()
    vars(copy).pop(field, None)
    return copy


# The instrument


def _overall_parts(instrument: Instrument) -> Iterator[Fault]:
    """With an overall score there are bands and a criterion, without one neither."""
    has_overall = instrument.has_overall
    if has_overall and getattr(instrument, "bands", None) == ():
        yield Fault("band", _("there is none; expected at least one"))
    if has_overall and getattr(instrument.scoring, "criterion", ...) is None:
        yield Fault("scoring", _("the key %(key)r is missing", key="criterion"))
    if not has_overall and getattr(instrument, "bands", None):
        yield Fault("band", _("an instrument without an overall score has none"))
    if not has_overall and getattr(instrument.scoring, "criterion", None):
        yield Fault("scoring, criterion", _("an instrument without an overall score has none"))


def _emptiness(instrument: Instrument) -> Iterator[Fault]:
    if getattr(instrument, "dimensions", None) == ():
        yield Fault("dimension", _("there is none; expected at least one"))
    for d, dimension in _with("items", getattr(instrument, "dimensions", ())):
        if not dimension.items:
            yield Fault(f"dimension {d}", _("has no item; expected at least one"))


def _scale_length(instrument: Instrument) -> Iterator[Fault]:
    low, high = instrument.rating.lowest, instrument.rating.highest
    if low >= high:
        yield Fault("rating", _("the lowest rating %(low)s is not below the highest %(high)s", low=low, high=high))


def _rating_names(instrument: Instrument) -> Iterator[Fault]:
    return _outside(instrument, instrument.rating.names, "rating, names")


def _outside(instrument: Instrument, ratings: Iterable[int], place: str) -> Iterator[Fault]:
    scale = instrument.rating
    for rating in sorted(set(ratings) - set(scale.values)):
        said = _("%(rating)s is outside %(low)s to %(high)s", rating=rating, low=scale.lowest, high=scale.highest)
        yield Fault(place, said)


def _repeats(noun: str, key: str, values: Iterable[str]) -> Iterator[Fault]:
    for value, count in Counter(values).items():
        if count > 1:
            said = n_(
                "the %(key)s %(value)r is used %(num)s time",
                "the %(key)s %(value)r is used %(num)s times",
                count,
                key=key,
                value=value,
            )
            yield Fault(noun, said)


def _band_codes(instrument: Instrument) -> Iterator[Fault]:
    return _repeats("band", "code", (band.code for _number, band in _with("code", instrument.bands)))


def _first_band(instrument: Instrument) -> Iterator[Fault]:
    floor, low = instrument.bands[0].floor, instrument.rating.lowest
    if floor != low:
        yield Fault("band 1", _("starts from %(floor)s; the lowest rating is %(low)s", floor=floor, low=low))


def _band_decimals(instrument: Instrument) -> Iterator[Fault]:
    for number, band in _with("floor", instrument.bands):
        if (100 * band.floor).denominator != 1:
            said = _("starts from %(floor)s, which two decimals cannot tell", floor=band.floor)
            yield Fault(f"band {number}", said)


def _band_order(instrument: Instrument) -> Iterator[Fault]:
    bands = list(_with("floor", instrument.bands))
    for (_number, lower), (number, higher) in zip(bands, bands[1:], strict=False):
        if higher.floor <= lower.floor:
            said = _("starts from %(floor)s, which is not above the band before it", floor=higher.floor)
            yield Fault(f"band {number}", said)


def _last_band(instrument: Instrument) -> Iterator[Fault]:
    floor = instrument.bands[-1].floor
    if floor > instrument.rating.highest:
        said = _("starts from %(floor)s, above the highest rating", floor=floor)
        yield Fault(f"band {len(instrument.bands)}", said)


def _criterion(instrument: Instrument) -> Criterion:
    """The criterion method; where there is none, it counts as one that could not be read."""
    if instrument.scoring.criterion is None:
        raise AttributeError("criterion")
    return instrument.scoring.criterion


def _criterion_share(instrument: Instrument) -> Iterator[Fault]:
    part, whole = _criterion(instrument).share
    if not 0 < part <= whole:
        said = _("the share %(part)s of %(whole)s is not between none and all", part=part, whole=whole)
        yield Fault("scoring, criterion", said)


def _level_codes(instrument: Instrument) -> Iterator[Fault]:
    levels = _criterion(instrument).levels
    for code in sorted(levels.keys() - {band.code for band in instrument.bands}):
        yield Fault("scoring, criterion", _("the level %(code)r is not the code of a band", code=code))


def _first_level(instrument: Instrument) -> Iterator[Fault]:
    levels = list(_criterion(instrument).levels)
    if len(levels) < 2 or levels[0] != instrument.bands[0].code:
        said = _("expected at least two levels, the first with the code of the first band")
        yield Fault("scoring, criterion", said)


def _level_ratings(instrument: Instrument) -> Iterator[Fault]:
    ratings = list(_criterion(instrument).levels.values())
    if not ratings or ratings[0] != instrument.rating.lowest:
        yield Fault("scoring, criterion", _("the first level must ask for the lowest rating"))
    if sorted(set(ratings)) != ratings or not set(ratings) <= set(instrument.rating.values):
        yield Fault("scoring, criterion", _("the levels must ask for ascending ratings of the scale"))


def _focus_ids(instrument: Instrument) -> Iterator[Fault]:
    return _repeats("focus", "id", (focus.id for _number, focus in _with("id", instrument.focuses)))


def _dimension_ids(instrument: Instrument) -> Iterator[Fault]:
    return _repeats("dimension", "id", (dimension.id for _number, dimension in _with("id", instrument.dimensions)))


def _item_ids(instrument: Instrument) -> Iterator[Fault]:
    return _repeats("item", "id", (item.id for _number, item in _with("id", _items(instrument))))


def _item_codes(instrument: Instrument) -> Iterator[Fault]:
    return _repeats("item", "code", (item.code.casefold() for _number, item in _with("code", _items(instrument))))


def _items(instrument: Instrument) -> list[Item]:
    return [item for _number, dimension in _with("items", instrument.dimensions) for item in dimension.items]


_OF_INSTRUMENT = (
    *(_rating_names, _band_codes, _first_band, _band_decimals, _band_order, _last_band),
    *(_criterion_share, _level_codes, _first_level, _level_ratings),
    *(_focus_ids, _dimension_ids, _item_ids, _item_codes),
)


# Its items


def _item_evidence(_instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    if not item.evidence:
        yield Fault(place, _("names no evidence to look at; expected at least one"))


def _item_code(_instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    if item.code.casefold() in RESERVED:
        said = _("the code %(code)r is the name of a column in files of ratings", code=item.code)
        yield Fault(place, said)


def _item_anchors(instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    for rating in instrument.rating.values:
        if rating in item.anchors and rating in item.unanchored:
            yield Fault(place, _("%(rating)s has an anchor and is declared unanchored", rating=rating))
        elif rating not in item.anchors and rating not in item.unanchored:
            said = _("no anchor for %(rating)s, and %(rating)s is not declared unanchored", rating=rating)
            yield Fault(place, said)


def _item_ratings(instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    return _outside(instrument, {*getattr(item, "anchors", ()), *getattr(item, "unanchored", ())}, place)


def _item_ends(instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    for end in sorted({instrument.rating.lowest, instrument.rating.highest} & set(item.unanchored)):
        yield Fault(place, _("%(rating)s ends the scale and needs an anchor", rating=end))


def _item_focus(instrument: Instrument, item: Item, place: str) -> Iterator[Fault]:
    for focus in sorted(set(item.focus) - {known.id for known in instrument.focuses}):
        yield Fault(place, _("unknown focus area %(focus)r", focus=focus))


_OF_ITEM = (_item_evidence, _item_code, _item_anchors, _item_ratings, _item_ends, _item_focus)


# The share of an item


def _share_ratings(instrument: Instrument, item: Item, share: Share, place: str) -> Iterator[Fault]:
    for rating in share.floors:
        if rating not in item.anchors or rating == instrument.rating.lowest:
            said = _("a floor for %(rating)s, which is not an anchored rating above the lowest", rating=rating)
            yield Fault(place, said)


def _share_counts(_instrument: Instrument, _item: Item, share: Share, place: str) -> Iterator[Fault]:
    for rating, floors in share.floors.items():
        for count in sorted(floors.keys() - share.counts.keys()):
            said = _("the floor for %(rating)s names the unknown count %(count)r", rating=rating, count=count)
            yield Fault(place, said)


def _share_floors(_instrument: Instrument, _item: Item, share: Share, place: str) -> Iterator[Fault]:
    for count in share.counts:
        floors = [at[count] for _rating, at in sorted(share.floors.items()) if count in at]
        ascending = [0 if floor == "some" else int(floor) for floor in floors]
        if not floors:
            yield Fault(place, _("the count %(count)r has no floor", count=count))
        if sorted(ascending) != ascending:
            yield Fault(place, _("the floors of %(count)r do not ascend with the rating", count=count))


def _share_least(_instrument: Instrument, _item: Item, share: Share, place: str) -> Iterator[Fault]:
    if share.least is not None and share.everybody:
        yield Fault(place, _("`least` is for samples; here everybody is counted"))


_OF_SHARE = (_share_ratings, _share_counts, _share_floors, _share_least)


# The guide


def _guide_name(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    if advice.for_ != instrument.name:
        said = _("names %(named)r; the instrument beside it is %(beside)r", named=advice.for_, beside=instrument.name)
        yield Fault("for", said)


def _guide_fits(advice: Guide, _instrument: Instrument) -> Iterator[Fault]:
    known = {field.name: field.choices for field in facts.fields(facts.AGENCY + facts.PROGRAM) if field.choices}
    for fact, codes in advice.fits.items():
        if fact not in known:
            yield Fault("fits", _("unknown fact %(fact)r; there is %(known)s", fact=fact, known=", ".join(known)))
            continue
        for code in sorted(set(codes) - known[fact].keys()):
            said = _("unknown code %(code)r; there is %(known)s", code=code, known=", ".join(known[fact]))
            yield Fault(f"fits, {fact}", said)


def _guide_setting(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    return _unknown_dimensions("setting", advice.setting, instrument)


def _guide_near(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    yield from _unknown_dimensions("near", advice.near, instrument)
    yield from _repeats("near", "dimension", advice.near)


def _guide_felt_first(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    for item in sorted(set(advice.felt_first) - instrument.by_id.keys()):
        yield Fault("felt_first", _("unknown item %(item)r", item=item))
    yield from _repeats("felt_first", "item", advice.felt_first)


def _unknown_dimensions(key: str, ids: Iterable[str], instrument: Instrument) -> Iterator[Fault]:
    for dimension in sorted(set(ids) - {dimension.id for dimension in instrument.dimensions}):
        yield Fault(key, _("unknown dimension %(dimension)r", dimension=dimension))


def _guide_steps(advice: Guide, instrument: Instrument) -> Iterator[Fault]:
    for id, steps in advice.steps.items():
        item = instrument.by_id.get(id)
        if item is None:
            yield Fault(f"steps, {id}", _("unknown item"))
            continue
        for rating in steps:
            if rating not in item.anchors or rating == instrument.rating.lowest:
                said = _("steps to %(rating)s, which is not an anchored rating above the lowest", rating=rating)
                yield Fault(f"steps, {id}", said)


def _guide_check_ids(advice: Guide, _instrument: Instrument) -> Iterator[Fault]:
    return _repeats("check", "id", (check.id for _number, check in _with("id", advice.checks)))


# The checks of a guide


def _check_items(instrument: Instrument, check: Check, place: str) -> Iterator[Fault]:
    for id in check.items:
        if id not in instrument.by_id:
            yield Fault(f"{place}, {id}", _("unknown item"))
    if len(check.items) < 2:
        yield Fault(place, _("names fewer than two items, which cannot contradict each other"))


def _check_least(instrument: Instrument, check: Check, place: str) -> Iterator[Fault]:
    for id, rating in check.at_least.items():
        if id in instrument.by_id and rating not in instrument.by_id[id].ratings[1:]:
            said = _("%(rating)s is not an anchored rating above the lowest", rating=rating)
            yield Fault(f"{place}, at_least, {id}", said)


def _check_most(instrument: Instrument, check: Check, place: str) -> Iterator[Fault]:
    for id, rating in check.at_most.items():
        if id in instrument.by_id and rating not in instrument.by_id[id].ratings[:-1]:
            said = _("%(rating)s is not an anchored rating below the highest", rating=rating)
            yield Fault(f"{place}, at_most, {id}", said)


def _check_range(_instrument: Instrument, check: Check, place: str) -> Iterator[Fault]:
    for id in check.at_least.keys() & check.at_most.keys():
        least, most = check.at_least[id], check.at_most[id]
        if most < least:
            said = _("no rating is at least %(least)s and at most %(most)s", least=least, most=most)
            yield Fault(f"{place}, {id}", said)


_OF_CHECK = (_check_items, _check_least, _check_most, _check_range)
