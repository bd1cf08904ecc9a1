"""Everything sealed as tables: which columns there are, what each means, and the rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ddcat import facts
from ddcat.facts import Field
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Program
from ddcat.words import _

PROGRAMS, ASSESSMENTS, RATINGS, CODEBOOK = "programs", "assessments", "ratings", "codebook"

Holding = tuple[Program, Assessment, Mapping[str, Any]]
Cell = str | int | float | None
Row = list[Cell]

_TOLD = ("state", "region", "program_id")
FACTS: Mapping[str, Field] = {
    field.name: field
    for field in facts.fields(facts.PROGRAM)
    if field.name in _TOLD or field.kind in ("choice", "choices", "number")
}
"""What is told of a program: all of its sheet but who is there and how to reach them."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it holds ("text", "day", "moment", "integer" or "number"), and what that means."""

    name: str
    holds: str
    meaning: str
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


class Holdings:
    """The tables of assessments that were rated with these instruments (by checksum).

    `texts`: with what was written for ratings, as people typed it.
    """

    def __init__(self, instruments: Mapping[str, Instrument], texts: bool = False) -> None:
        self.instruments, self.texts = instruments, texts
        kept = sorted(instruments.values(), key=lambda each: each.name)
        dimensions = [dimension for each in kept for dimension in each.dimensions]
        self.dimensions = {dimension.id: f"{dimension.number} {dimension.title}" for dimension in dimensions}
        self.columns = {
            PROGRAMS: _programs(),
            ASSESSMENTS: [*_identity(kept), *_results(kept), *self._scores(), *_proof()],
            RATINGS: [*_identity(kept), *_ratings(kept, texts)],
        }

    def _scores(self) -> Iterator[Column]:
        for id, title in self.dimensions.items():
            name = f"score_{id.replace('-', '_')}"
            meaning = _("Score of the dimension %(title)s: the mean of the ratings of its items.", title=title)
            yield Column(name, "number", meaning, _("points"))
            yield Column(f"{name}_exact", "text", _("The same as an exact fraction."), _("points"))

    def program(self, program: Program) -> Row:
        """A row of the programs."""
        told = [_told(program.facts.get(name)) for name in FACTS]
        return [program.ref, program.agency.name, program.agency.ref, program.name, *told]

    def assessment(self, holding: Holding) -> Row:
        """A row of the assessments."""
        _program, assessment, result = holding
        evidenced = result.get("evidenced", {})
        scores = [result["dimensions"].get(id) for id in self.dimensions]
        return [
            *self._identity(assessment),
            *(assessment.program_ref, assessment.edition, result["n_rated"], result["n_items"]),
            *(*_both(result["overall"]), result["band"], result["criterion"]["level"]),
            *(*_both(evidenced.get("overall")), evidenced.get("band")),
            *(cell for score in scores for cell in _both(score)),
            *(assessment.checksum, assessment.sealed_at, assessment.hash),
        ]

    def ratings(self, holding: Holding) -> Iterator[Row]:
        """The rows of an assessment's ratings, in paper order."""
        _program, assessment, _result = holding
        identity = self._identity(assessment)
        instrument = self.instruments[assessment.checksum]
        for item in instrument.items:
            if item.id in assessment.ratings or (self.texts and item.id in assessment.why):
                said = [item.code, assessment.ratings.get(item.id), item.id, instrument.home[item.id].id]
                yield [*identity, *said, *([assessment.why.get(item.id)] if self.texts else [])]

    def _identity(self, assessment: Assessment) -> Row:
        return [
            *(assessment.ref, assessment.agency, assessment.program, self.instruments[assessment.checksum].name),
            *(assessment.assessed_on, assessment.period, assessment.kind, assessment.rater or None),
        ]

    def codebook(self) -> list[dict[str, str]]:
        """Every column of every table with its meaning."""
        return [
            {
                "table": table,
                "column": column.name,
                "type": column.holds,
                "unit": column.unit,
                "meaning": column.meaning,
                "codes": "; ".join(f"{code} = {meaning}" for code, meaning in column.codes.items()),
            }
            for table, columns in self.columns.items()
            for column in columns
        ]


def _programs() -> list[Column]:
    def fact(each: Field) -> Column:
        holds = "integer" if each.kind == "number" else "text"
        codes = {code: _(label) for code, label in (each.choices or {}).items()}
        several = _("Any number of these codes, with a blank between them.") if each.kind == "choices" else ""
        meaning = " ".join(filter(None, (_(each.label) + ".", several)))
        return Column(each.name, holds, meaning, codes=codes)

    return [
        Column("program_ref", "text", _("The program in this installation; empty columns are facts not known.")),
        Column("agency", "text", _("Name of the agency that runs the program.")),
        Column("agency_ref", "text", _("The agency in this installation.")),
        Column("program", "text", _("Name of the program today.")),
        *map(fact, FACTS.values()),
    ]


def _identity(kept: Sequence[Instrument]) -> list[Column]:
    return [
        Column("assessment", "text", _("The assessment in this installation: one row in assessments.")),
        Column("agency", "text", _("Name of the agency that runs the program.")),
        Column("program", "text", _("Name of the program today.")),
        Column("instrument", "text", _("Instrument and version."), codes={each.name: each.title for each in kept}),
        Column("assessed_on", "day", _("The day it is about, as YYYY-MM-DD.")),
        Column("period", "integer", _("Counts the assessments of a program; 1 is the baseline.")),
        Column(
            "kind", "text", _("Who rated; empty where not stated."), codes={k: _(v) for k, v in facts.KINDS.items()}
        ),
        Column("rater", "text", _("Who rated, as the cover sheet says.")),
    ]


def _results(kept: Sequence[Instrument]) -> list[Column]:
    bands = {band.code: band.title for each in kept for band in each.bands}
    levels = {level: each.level_title(level) for each in kept for level in each.scoring.criterion.levels}
    points = _("points")
    return [
        Column("program_ref", "text", _("The program in this installation: one row in programs.")),
        Column("edition", "integer", _("1, and one more for each amendment.")),
        Column("n_rated", "integer", _("How many items are rated."), _("items")),
        Column("n_items", "integer", _("How many items the instrument has."), _("items")),
        Column("overall", "number", _("Overall score as rated: the mean of the scores of the dimensions."), points),
        Column("overall_exact", "text", _("The same as an exact fraction; bands are drawn by it."), points),
        Column("band", "text", _("Band of the overall score."), codes=bands),
        Column(
            "criterion_level", "text", _("The highest level for which enough items suffice as rated."), codes=levels
        ),
        Column(
            "overall_evidenced",
            "number",
            _("Overall score as far as evidence carries the ratings. Evidence is not part of these tables."),
            points,
        ),
        Column("overall_evidenced_exact", "text", _("The same as an exact fraction."), points),
        Column("band_evidenced", "text", _("Band of the overall score as evidenced."), codes=bands),
    ]


def _proof() -> list[Column]:
    return [
        Column("instrument_checksum", "text", _("SHA-256 of the instrument as it was used.")),
        Column("sealed_at", "moment", _("When it was sealed, in UTC.")),
        Column("record_hash", "text", _("Hash of the sealed record.")),
    ]


def _ratings(kept: Sequence[Instrument], texts: bool) -> list[Column]:
    items = {f"{each.name} {item.code}": item.title for each in kept for item in each.items}
    scale = {str(value): name for each in kept for value, name in each.rating.names.items()}
    dimensions = {dimension.id: dimension.title for each in kept for dimension in each.dimensions}
    why = Column("evidence", "text", _("What was written for the rating, as it was typed."))
    return [
        Column("item", "text", _("Code of the item."), codes=items),
        Column("rating", "integer", _("The rating that was given or agreed."), _("points"), scale),
        Column("item_id", "text", _("The item in every version of the instrument.")),
        Column("dimension", "text", _("The dimension of the item."), codes=dimensions),
        *([why] if texts else []),
    ]


def _both(exact: str | None) -> tuple[float | None, str | None]:
    """A score as a number and as it is kept."""
    return (None, None) if exact is None else (float(Fraction(exact)), exact)


def _told(value: object) -> Cell:
    """A fact in one cell."""
    if isinstance(value, list):
        return " ".join(map(str, value)) or None
    return value if isinstance(value, str | int | float) else None
