"""The columns of an export: what each holds, what it means, and what comes of it where the export is imported."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ddcat import facts, facts_sheet
from ddcat.facts import Field
from ddcat.instrument import Instrument
from ddcat.words import _, later

PROGRAMS, ASSESSMENTS, RATINGS, CODEBOOK = "programs", "assessments", "ratings", "codebook"
OUTSIDE = "none"
"""The table of what stands in no table."""

KEPT, ANEW, WORKED_OUT, NOT_READ = "kept", "given anew", "worked out again", "not read"
RATED = {"together": later("One set of ratings, shared"), "alone": later("Raters rated alone, then agreed")}

_CODED = ("choice", "choices", "number", "hours", "yes")
_TOLD = ("state", "region", "program_id")
_HOLDS = {"number": "integer", "weeks": "integer", "hours": "number", "day": "day"}
_HOW = {
    "choices": later("Any number of these codes, with a blank between them."),
    "counts": later(
        "Any number of these codes with a blank between them, each with = and a number where it is known."
    ),
    "days": later("Any number of these codes with a blank between them, each with = and a day where it is known."),
    "share": later("How many, a slash, and of how many: 34/50."),
    "month": later("As YYYY-MM."),
}
_TITLES = {field.name: fact.title for fact in facts_sheet.FACTS.values() for field in fact.every}
_SHEET: Mapping[str, Field] = {
    field.name: field for field in facts.fields(facts.PROGRAM) if field.name in _TOLD or field.kind in _CODED
}

FACTS: Mapping[str, Field] = {**_SHEET, **{k: v for k, v in facts_sheet.FIELDS.items() if k not in _SHEET}}
"""What is told of a program: all of its sheet but who is there and how to reach them, and its fact sheet."""

AGENCY_FACTS: Mapping[str, Field] = {field.name: field for field in facts.fields(facts.AGENCY)}
COVER: Mapping[str, Field] = {field.name: field for field in facts.fields(facts.COVER) if field.kind in _CODED}
"""What is told of a cover sheet: all but free text."""

_LEFT_OUT = {
    "evidence": later("Lines of evidence, and answers to checks: they are part of the record of an assessment."),
    "rated_alone": later("What each rater gave alone, and who she is: part of the record of an assessment."),
    "facts_then": later("What was known of program and agency when an assessment began: part of its record."),
    "free_text": later("Free text of a cover sheet, and how to reach a program and whom to ask for there."),
    "drafts": later("What is not sealed; without --all-editions also what was amended since."),
    "plans": later("Plans, actions, and what was counted for them."),
    "trail": later("The trail, the people and their roles."),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it holds ("text", "day", "moment", "integer" or "number"), and what that means.

    `back` says what an import makes of it: KEPT, ANEW, WORKED_OUT or NOT_READ.
    """

    name: str
    holds: str
    meaning: str
    unit: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    back: str = KEPT


def columns(kept: Sequence[Instrument], dimensions: Mapping[str, str], texts: bool) -> Mapping[str, Sequence[Column]]:
    """The columns of every table, for these instruments and the titles of their dimensions by id."""
    return {
        PROGRAMS: _programs(),
        ASSESSMENTS: [*_identity(kept), *_circumstances(), *_results(kept), *_scores(dimensions), *_proof()],
        RATINGS: [*_identity(kept), *_ratings(kept, texts)],
    }


def codebook(tables: Mapping[str, Sequence[Column]]) -> list[dict[str, str]]:
    """Every column of every table with its meaning; last what stands in none of them."""
    told = [(table, column) for table, columns in tables.items() for column in columns]
    told += [(OUTSIDE, Column(name, "", _(meaning), back="")) for name, meaning in _LEFT_OUT.items()]
    return [
        {
            "table": table,
            "column": column.name,
            "type": column.holds,
            "unit": column.unit,
            "meaning": column.meaning,
            "codes": "; ".join(f"{code} = {meaning}" for code, meaning in column.codes.items()),
            "import": column.back,
        }
        for table, column in told
    ]


def _facts(fields: Iterable[Field]) -> Iterator[Column]:
    for each in fields:
        codes = {code: _(label) for code, label in (each.choices or {}).items()} | (
            {"yes": _("Yes")} if each.kind == "yes" else {}
        )
        label = f"{_(_TITLES[each.name])}: {_(each.label)}" if each.name in _TITLES else _(each.label)
        how = [_(_HOW[each.kind])] if each.kind in _HOW else []
        unit = _("days") if each.kind == "weeks" else ""
        yield Column(each.name, _HOLDS.get(each.kind, "text"), " ".join((f"{label}.", *how)), unit, codes)


def _programs() -> list[Column]:
    return [
        Column(
            *("program_ref", "text", _("The program in this installation; empty columns are facts not known.")),
            back=ANEW,
        ),
        Column("agency", "text", _("Name of the agency that runs the program.")),
        Column("agency_ref", "text", _("The agency in this installation."), back=ANEW),
        *_facts(AGENCY_FACTS.values()),
        Column("program", "text", _("Name of the program today.")),
        *_facts(FACTS.values()),
        Column("tags", "text", _("Words that the program is found by, with commas between.")),
    ]


def _identity(kept: Sequence[Instrument]) -> list[Column]:
    return [
        Column(*("assessment", "text", _("The assessment in this installation: one row in assessments.")), back=ANEW),
        Column("agency", "text", _("Name of the agency that runs the program.")),
        Column("program", "text", _("Name of the program today.")),
        Column("instrument", "text", _("Instrument and version."), codes=_titles(kept)),
        Column("assessed_on", "day", _("The day it is about, as YYYY-MM-DD.")),
        Column("period", "integer", _("Counts the assessments of a program; 1 is the baseline.")),
        Column(
            "kind", "text", _("Who rated; empty where not stated."), codes={k: _(v) for k, v in facts.KINDS.items()}
        ),
        Column("rater", "text", _("Who rated, as the cover sheet says.")),
    ]


def _titles(kept: Sequence[Instrument]) -> dict[str, str]:
    """What each instrument is called, with its label where it has one."""
    return {each.name: f"{each.title}. {each.label}" if each.label else each.title for each in kept}


def _circumstances() -> list[Column]:
    ways = {code: _(label) for code, label in RATED.items()}
    return [
        Column("program_ref", "text", _("The program in this installation: one row in programs."), back=ANEW),
        Column("edition", "integer", _("1, and one more for each amendment."), back=ANEW),
        Column("rated", "text", _("How the ratings came about."), codes=ways),
        Column("raters", "integer", _("How many people gave ratings, of all items or of some."), _("people")),
        *_facts(COVER.values()),
    ]


def _results(kept: Sequence[Instrument]) -> list[Column]:
    bands = {band.code: band.title for each in kept for band in each.bands}
    levels = {level: each.level_title(level) for each in kept if each.has_overall for level in each.levels}
    points, items = _("points"), _("items")
    evidenced = _(
        "Overall score as far as evidence carries the ratings. Evidence is not part of these tables, so after an"
        " import it is worked out without any."
    )
    told = [
        Column("n_rated", "integer", _("How many items are rated."), items),
        Column("n_items", "integer", _("How many items the instrument has."), items),
        Column(
            "overall",
            "number",
            _("Overall score as rated: the mean of the scores of the dimensions; empty where there is none."),
            points,
        ),
        Column("overall_exact", "text", _("The same as an exact fraction; bands are drawn by it."), points),
        Column("band", "text", _("Band of the overall score."), codes=bands),
        Column(
            "criterion_level", "text", _("The highest level for which enough items suffice as rated."), codes=levels
        ),
        Column("overall_evidenced", "number", evidenced, points),
        Column("overall_evidenced_exact", "text", _("The same as an exact fraction."), points),
        Column("band_evidenced", "text", _("Band of the overall score as evidenced."), codes=bands),
    ]
    return [_worked_out(each) for each in told]


def _scores(dimensions: Mapping[str, str]) -> Iterator[Column]:
    for id, title in dimensions.items():
        name = f"score_{id.replace('-', '_')}"
        meaning = _("Score of the dimension %(title)s: the mean of the ratings of its items.", title=title)
        yield _worked_out(Column(name, "number", meaning, _("points")))
        yield _worked_out(Column(f"{name}_exact", "text", _("The same as an exact fraction."), _("points")))


def _worked_out(column: Column) -> Column:
    return Column(column.name, column.holds, column.meaning, column.unit, column.codes, WORKED_OUT)


def _proof() -> list[Column]:
    return [
        Column("instrument_checksum", "text", _("SHA-256 of the instrument as it was used."), back=NOT_READ),
        Column("sealed_at", "moment", _("When it was sealed, in UTC."), back=ANEW),
        Column("record_hash", "text", _("Hash of the sealed record."), back=ANEW),
    ]


def _ratings(kept: Sequence[Instrument], texts: bool) -> list[Column]:
    items = {f"{each.name} {item.code}": item.title for each in kept for item in each.items}
    scale = {str(value): name for each in kept for value, name in each.rating.names.items()}
    dimensions = {dimension.id: dimension.title for each in kept for dimension in each.dimensions}
    carried = _(
        "Where a rating was carried from an earlier assessment and not given anew: that assessment, as it counts now."
    )
    why = Column("evidence", "text", _("What was written for the rating, as it was typed."))
    return [
        Column("item", "text", _("Code of the item."), codes=items),
        Column("item_id", "text", _("The item in every version of the instrument."), back=NOT_READ),
        Column("dimension", "text", _("The dimension of the item."), codes=dimensions, back=NOT_READ),
        Column("rating", "integer", _("The rating that was given or agreed."), _("points"), scale),
        Column("carried_from", "text", carried),
        *([why] if texts else []),
    ]
