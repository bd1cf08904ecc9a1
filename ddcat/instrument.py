"""An instrument as frozen values: what is rated, in which words, and by which numbers it is scored.

The shape of `instruments/*.toml`; pydantic refuses unknown keys and names the place of every fault. Whether
the numbers make sense together is the business of `sense`.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/+-]*$", max_length=20)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Number = Annotated[int, Field(strict=True)]


def _fraction(value: object) -> object:
    """A cut-off is written as text ("3", "7/2", "3.5") so that no binary float stands between file and rule."""
    if isinstance(value, str):
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise ValueError('expected a number written as text, such as "3" or "7/2"') from None
    if isinstance(value, Fraction):
        return value
    raise ValueError('expected a number written as text, such as "3" or "7/2"')


def _rating_key(value: object) -> object:
    """TOML keys are text; a rating is a whole number."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value


def _floor(value: object) -> object:
    """A share is a whole percent or "some", more than none."""
    if value == "some" or (type(value) is int and 1 <= value <= 100):
        return value
    raise ValueError('expected a whole percent from 1 to 100, or "some"')


Exact = Annotated[Fraction, BeforeValidator(_fraction), WithJsonSchema({"type": "string"})]
RatingKey = Annotated[int, BeforeValidator(_rating_key)]
Floor = Annotated[
    int | str,
    BeforeValidator(_floor),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"enum": ["some"]}]}),
]
Steps = dict[RatingKey, tuple[Text, ...]]


class Value(BaseModel):
    """A value that refuses unknown keys and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class RatingScale(Value):
    """The whole numbers a rater may give, and what each is called."""

    lowest: Number
    highest: Number
    names: dict[RatingKey, Text]

    @property
    def values(self) -> range:
        """Every rating from the lowest to the highest."""
        return range(self.lowest, self.highest + 1)


class Criterion(Value):
    """The criterion method: the share of items that must reach a rating, and the levels in ascending order."""

    share: tuple[Number, Number]
    levels: dict[Code, Number]


class Scoring(Value):
    """Names of the methods in `ddcat/scoring.py`, and the numbers of the criterion method.

    Where `overall` is "none" there are dimension scores and nothing above them: no criterion, no band.
    """

    dimension: Literal["mean-of-items"]
    overall: Literal["mean-of-dimensions", "none"]
    criterion: Criterion | None = None


class Band(Value):
    """The name for a range of scores; `floor` is inclusive, the next band's floor ends it."""

    code: Code
    title: Text
    floor: Exact = Field(alias="from")
    meaning: Text


class Focus(Value):
    """A focus area: a cross-cut over items."""

    id: Slug
    title: Text
    headline: bool
    meaning: Text


class Share(Value):
    """Counts that cap a rating: for each rating the least percent (or "some", more than none) of each count.

    Each further count is part of the one before. `everybody`: all are counted, and no sample is drawn. `least`: how
    many must be counted before a percent says anything.
    """

    of: Text
    frame: Text
    counts: dict[Slug, Text]
    floors: dict[RatingKey, dict[Slug, Floor]]
    everybody: bool = False
    least: Annotated[Number, Field(ge=2)] | None = None
    note: Text | None = None


class Item(Value):
    """One thing that is rated. A rating without an anchor is declared in `unanchored` and cannot be chosen."""

    id: Slug
    code: Code
    title: Text
    prompt: Text
    guidance: Text
    evidence: tuple[Text, ...]
    focus: tuple[Slug, ...] = ()
    unanchored: tuple[Number, ...] = ()
    anchors: dict[RatingKey, Text]
    share: Share | None = None

    @cached_property
    def ratings(self) -> tuple[int, ...]:
        """The ratings that have an anchor, ascending."""
        return tuple(sorted(self.anchors))

    def next_rating(self, rating: int) -> int | None:
        """The next rating above this one that has an anchor; None at the top."""
        return next((higher for higher in self.ratings if higher > rating), None)


class Dimension(Value):
    """One of the parts of an instrument."""

    id: Slug
    number: Text
    title: Text
    about: Text
    items: Annotated[tuple[Item, ...], Field(alias="item")]

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """The ids of its items, in the order of the paper form."""
        return tuple(item.id for item in self.items)


class Instrument(Value):
    """The whole questionnaire in one version."""

    schema_: Literal[1] = Field(alias="schema")
    id: Slug
    version: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)*$")]
    title: Text
    short: Text
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
    purpose: Text
    citation: Text
    licence: Text
    notice: Text
    routine: Text | None = None
    label: Text | None = None
    rating: RatingScale
    scoring: Scoring
    bands: Annotated[tuple[Band, ...], Field(alias="band")] = ()
    focuses: Annotated[tuple[Focus, ...], Field(alias="focus")] = ()
    dimensions: Annotated[tuple[Dimension, ...], Field(alias="dimension")]

    @property
    def name(self) -> str:
        """What people and commands write: `ddcat@4.0`."""
        return f"{self.id}@{self.version}"

    @property
    def has_overall(self) -> bool:
        """Whether dimension scores come to an overall score, with its band and a criterion level."""
        return self.scoring.overall != "none"

    @property
    def yardstick(self) -> tuple[str, str]:
        """All that its scores rest on: files that agree in it stand side by side, however their words were mended."""
        return self.name, self.arithmetic

    @cached_property
    def arithmetic(self) -> str:
        """The numbers it is scored by, and what they are numbers of, as one text."""
        bands = [(band.code, str(band.floor)) for band in self.bands]
        parts = [(part.id, [(item.id, item.ratings) for item in part.items]) for part in self.dimensions]
        return repr((*self.rating.values, self.scoring.model_dump(), bands, parts))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item in the order of the paper form."""
        return tuple(item for dimension in self.dimensions for item in dimension.items)

    @cached_property
    def by_id(self) -> dict[str, Item]:
        """Items by what the store keeps."""
        return {item.id: item for item in self.items}

    @cached_property
    def ends(self) -> dict[str, tuple[int, int]]:
        """The lowest and the highest rating that has an anchor, by item id."""
        return {item.id: (item.ratings[0], item.ratings[-1]) for item in self.items}

    @cached_property
    def home(self) -> dict[str, Dimension]:
        """The dimension of each item, by item id."""
        return {item.id: dimension for dimension in self.dimensions for item in dimension.items}

    @cached_property
    def focus_items(self) -> dict[str, tuple[str, ...]]:
        """The ids of the items of each focus area, by focus id."""
        return {focus.id: tuple(item.id for item in self.items if focus.id in item.focus) for focus in self.focuses}

    @cached_property
    def levels(self) -> dict[str, int]:
        """The levels that a program rises by, in ascending order, and the rating that each asks for.

        Those of the criterion method; without one the lowest, the middle and the highest rating.
        """
        if self.scoring.criterion:
            return self.scoring.criterion.levels
        low, high = self.rating.lowest, self.rating.highest
        return {str(rating): rating for rating in (low, (low + high + 1) // 2, high)}

    @cached_property
    def capable(self) -> int:
        """The rating that the second level asks for: from here on an item is strong."""
        return list(self.levels.values())[1]

    def level_title(self, level: str) -> str:
        """The title of a level: levels carry the code of a band, or, where there is none, are a rating."""
        if self.bands:
            return next(band.title for band in self.bands if band.code == level)
        name = self.rating.names.get(int(level))
        return f"{level}: {name}" if name else level


class Check(Value):
    """Ratings that hardly go together: each named item is rated, and at least or at most what stands beside it."""

    id: Slug
    at_least: dict[Slug, Number] = {}
    at_most: dict[Slug, Number] = {}
    says: Text

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of the items it names, each once."""
        return tuple(dict.fromkeys((*self.at_least, *self.at_most)))

    def holds(self, ratings: Mapping[str, int]) -> bool:
        """Whether all of it is so; of an item that is not rated nothing is."""
        high = all(item in ratings and ratings[item] >= least for item, least in self.at_least.items())
        return high and all(item in ratings and ratings[item] <= most for item, most in self.at_most.items())


class Guide(Value):
    """What only advises, in a file beside the instrument: outside its checksum and free to improve.

    `suits` names the kind of program, `offers` says in a line what the instrument is for, and `fits` by which codes
    of a fact of the program or its agency it is suggested.
    """

    schema_: Literal[1] = Field(alias="schema", default=1)
    for_: Text = Field(alias="for")
    suits: Line = ""
    offers: Line = ""
    fits: dict[str, tuple[str, ...]] = {}
    setting: tuple[Slug, ...] = ()
    setting_warning: str = ""
    near: tuple[Slug, ...] = ()
    felt_first: tuple[Slug, ...] = ()
    review: tuple[Text, ...] = ()
    checks: Annotated[tuple[Check, ...], Field(alias="check")] = ()
    steps: dict[Slug, Steps] = {}

    def towards(self, item: str, rating: int) -> tuple[str, ...]:
        """The steps of the nearest rating at or above this one that has any."""
        known = self.steps.get(item, {})
        nearest = min((at for at in known if at >= rating), default=None)
        return known[nearest] if nearest is not None else ()
