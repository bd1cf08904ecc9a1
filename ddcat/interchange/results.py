"""Results for scripts, a contract: the objects that `score --json` and `plan --json` print, the rows of `--csv`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ddcat.instrument import Instrument
from ddcat.records import Assessment
from ddcat.scoring import Ratings, Result, Score, score
from ddcat.words import _

if TYPE_CHECKING:
    from ddcat.roads import By, Road


def plain(instrument: Instrument, assessment: Assessment, scored: Result) -> dict[str, Any]:
    """Plain lists, texts and numbers. Floats are not rounded; `*_exact` is a fraction as text.

    Without an overall score it is null, and with it band, criterion and bounds.
    """
    criterion, bounds = scored.criterion, scored.bounds
    return {
        "program": assessment.program,
        "assessed_on": assessment.assessed_on,
        "kind": assessment.kind,
        "rater": assessment.rater,
        "instrument": {"id": instrument.id, "version": instrument.version},
        "complete": scored.is_complete,
        "n_rated": scored.n_rated,
        "n_items": scored.n_items,
        "dimensions": [
            {
                "id": dimension.id,
                "number": place.number,
                "title": dimension.title,
                "score": _float(dimension.value),
                "score_exact": _exact(dimension.value),
                "n_rated": dimension.n_rated,
                "n_items": dimension.n_items,
            }
            for place, dimension in zip(instrument.dimensions, scored.dimensions, strict=True)
        ],
        "overall": _float(scored.overall),
        "overall_exact": _exact(scored.overall),
        "band": scored.band,
        "criterion": criterion
        and {
            "percent": {level: criterion.percent(level) for level in criterion.counts},
            "level": criterion.level,
        },
        "bounds": bounds
        and {
            "overall": [float(end) for end in bounds.overall],
            "band": list(bounds.band),
            "criterion": list(bounds.criterion),
        },
        "focus": [_focus(focus) for focus in scored.focus],
        "notes": notes(instrument, assessment, scored),
    }


def planned(instrument: Instrument, assessment: Assessment, road: "Road", to: str, by: "By") -> dict[str, Any]:
    """The road to a target, between two objects of `plain`. Without one nothing is raised, and its cost is null."""

    def standing(ratings: Ratings) -> dict[str, Any]:
        return plain(instrument, replace(assessment, ratings=ratings), score(instrument, ratings))

    return {
        "program": assessment.program,
        "assessed_on": assessment.assessed_on,
        "target": to,
        "by": by,
        "feasible": road.is_feasible,
        "steps": [
            {"item": rise.item.code, "from": rise.rating, "to": rise.to, "cost": rise.cost} for rise in road.rises
        ],
        "total_cost": road.total_cost if road.is_feasible else None,
        "before": standing(assessment.ratings),
        "after": standing(road.after),
    }


def rows(instrument: Instrument, scored: Iterable[tuple[Assessment, Result]]) -> Iterator[list[object]]:
    """A header, then one row an assessment; exact scores as fractions, a score that is not there as nothing.

    An instrument without an overall score has no column of it.
    """
    levels = [f"percent_{level}" for level in instrument.levels]
    both = ["overall", "overall_exact", "band", "criterion_level", *levels]
    yield [
        *("program", "assessed_on", "kind", "rater", "instrument", "complete", "n_rated", "n_items"),
        *([*both, "overall_low", "overall_high", "band_low", "band_high"] if instrument.has_overall else []),
        *(f"dimension_{dimension.number}" for dimension in instrument.dimensions),
        *(f"focus_{focus.id}" for focus in instrument.focuses),
        "notes",
    ]
    for assessment, result in scored:
        yield [
            *(assessment.program, assessment.assessed_on, assessment.kind, assessment.rater, instrument.name),
            *("yes" if result.is_complete else "no", result.n_rated, result.n_items),
            *_both(result),
            *(_float(dimension.value) for dimension in result.dimensions),
            *(_float(focus.value) for focus in result.focus),
            " ".join(notes(instrument, assessment, result)),
        ]


def notes(instrument: Instrument, assessment: Assessment, scored: Result) -> list[str]:
    """What a reader of the result must know: the instrument's label, and ratings that it has no anchor for."""
    return [
        *([f"{instrument.short}: {instrument.label}."] if instrument.label else []),
        *_unanchored(instrument, assessment, scored),
    ]


def _unanchored(instrument: Instrument, assessment: Assessment, scored: Result) -> list[str]:
    return [
        _(
            "%(item)s is rated %(rating)s, which has no anchor in %(instrument)s; the result counts it as given.",
            item=instrument.by_id[item].code,
            rating=assessment.ratings[item],
            instrument=instrument.name,
        )
        for item in scored.unanchored
    ]


def _both(result: Result) -> list[object]:
    """The cells of both methods; none where there is no overall score."""
    criterion, bounds = result.criterion, result.bounds
    if criterion is None or bounds is None:
        return []
    return [
        *(_float(result.overall), _exact(result.overall), result.band, criterion.level),
        *(criterion.percent(level) for level in criterion.counts),
        *(*map(float, bounds.overall), *bounds.band),
    ]


def _focus(focus: Score) -> dict[str, Any]:
    return {
        "id": focus.id,
        "title": focus.title,
        "score": _float(focus.value),
        "n_rated": focus.n_rated,
        "n_items": focus.n_items,
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
