"""What has been published of how programs were rated: reference points with their n, year and setting.

The figures are data beside the instruments, `instruments/published/figures.toml`. They are context and never a norm:
no published standard deviation is known, so there is no percentile and no z-score against them.
"""

import tomllib
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from ddcat.faults import Fault, Faulty
from ddcat.instrument import Number, Slug, Text, Value
from ddcat.paths import INSTRUMENTS
from ddcat.sampling import wilson

FILE = INSTRUMENTS / "published" / "figures.toml"


class Counted(Value):
    """So many of the n; `of` says what they are."""

    x: Annotated[Number, Field(ge=0)]
    of: Text


class Figure(Value):
    """One published result: of how many, when, where, who rated, what it says, and where that stands."""

    id: Slug
    instrument: Slug
    year: Annotated[Number, Field(ge=1990, le=2100)]
    n: Annotated[Number, Field(ge=1)]
    unit: Text
    setting: Text
    raters: Literal["external"]
    says: Text
    share: Counted | None = None
    limits: Text | None = None
    citation: Text

    @model_validator(mode="after")
    def _counts_no_more_than_there_are(self) -> Self:
        if self.share and self.share.x > self.n:
            raise ValueError(f"the share counts {self.share.x} of {self.n}")
        return self

    @property
    def interval(self) -> tuple[float, float] | None:
        """The Wilson 95 % interval of the share, from 0 to 1; None where no count is known."""
        return wilson(self.share.x, self.n) if self.share else None


class Figures(Value):
    """The file: every figure, in the order in which they are shown."""

    form: Literal[1] = Field(alias="schema")
    figure: tuple[Figure, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [figure.id for figure in self.figure]
        if len(set(ids)) < len(ids):
            raise ValueError("two figures have one id")
        return self


def of(instrument: str) -> tuple[Figure, ...]:
    """The figures about an instrument, by its id."""
    return tuple(figure for figure in _shipped() if figure.instrument == instrument)


def read(data: bytes) -> tuple[Figure, ...]:
    """The figures of a file. Raises Faulty with every fault there is."""
    try:
        return Figures.model_validate(tomllib.loads(data.decode())).figure
    except ValidationError as error:
        faults = [Fault(", ".join(map(str, detail["loc"])) or "file", detail["msg"]) for detail in error.errors()]
    except ValueError as error:
        faults = [Fault("file", str(error))]
    raise Faulty(FILE.name, faults)


@lru_cache(maxsize=1)
def _shipped() -> tuple[Figure, ...]:
    return read(FILE.read_bytes())
