"""Evidence -> the rating it supports; counts as ceilings; two results: as rated and as evidenced. Pure.

A count says how high a rating may be, never how high it is: the other conditions of an anchor may lower it.
"""

from collections.abc import Iterable, Mapping

from ddcat.facts import COVER, Facts, fields
from ddcat.instrument import Instrument, Item
from ddcat.records import Assessment, Evidence
from ddcat.scoring import Ratings, Result, score

FINDINGS = ("found", "not found", "count")
FOUND = "found"

# What evidence is drawn from, by kind: the code that the line keeps, and the source it makes on the cover sheet.
SOURCES: Mapping[str, Mapping[str, str]] = {
    "document": {"document/brochure": "brochure", "document/manual": "manual", "document": ""},
    "chart review": {"chart review": "charts"},
    "observation": {
        "observation/team-meeting": "team-meeting",
        "observation/supervision": "supervision",
        "observation/session": "session",
        "observation/tour": "tour",
        "observation": "",
    },
    "interview": {
        "interview/director": "director",
        "interview/clinicians": "clinicians",
        "interview/clients": "clients",
        "interview/other-providers": "other-providers",
        "interview": "",
    },
    "count": {"count/charts": "charts", "count": ""},
}


def kind(line: Evidence) -> str:
    """Document, chart review, observation, interview or count."""
    return line.source.partition("/")[0]


def sources(lines: Iterable[Evidence]) -> tuple[str, ...]:
    """The sources of the cover sheet that these lines were drawn from, in the order of the sheet."""
    drawn = {SOURCES.get(kind(line), {}).get(line.source, "") for line in lines}
    return tuple(code for code in _sources() if code in drawn)


def cover(assessment: Assessment) -> Facts:
    """The cover sheet with every source used: those that evidence was drawn from, and those that were ticked."""
    known = {*sources(assessment.evidence), *ticked(assessment)}
    used = [code for code in _sources() if code in known]
    return {**assessment.cover, "sources": used} if used else assessment.cover


def ticked(assessment: Assessment) -> frozenset[str]:
    """The sources that were ticked on the cover sheet."""
    named = assessment.cover.get("sources")
    return frozenset(named if isinstance(named, list | tuple) else ())


def _sources() -> Mapping[str, str]:
    """The sources that the cover sheet knows, by code."""
    return next(field.choices or {} for field in fields(COVER) if field.name == "sources")


def ceiling(item: Item, counts: Mapping[str, int], n: int) -> int:
    """The highest rating that these counts of `n` allow for an item with a share: integers, nothing rounded.

    A floor is a whole percent, reached when 100 * count >= percent * n, or "some", reached by one. Where fewer are
    counted than the share's `least`, no percent is reached but 100, which a single exception breaks however many
    there are. Raises ValueError where the item has no share, or the counts are not such counts.
    """
    if item.share is None or counts.keys() != item.share.counts.keys():
        raise ValueError(f"{item.id} has no such counts")
    nested = [n, *(counts[name] for name in item.share.counts), 0]
    if n < 1 or nested != sorted(nested, reverse=True):
        raise ValueError("each count is part of the one before it, the first of the number counted, at least 1")

    is_few = n < (item.share.least or 1)

    def reached(name: str, floor: int | str) -> bool:
        if floor == "some":
            return counts[name] > 0
        return 100 * counts[name] >= int(floor) * n and not (is_few and floor != 100)

    allowed = [
        rating
        for rating, floors in item.share.floors.items()
        if all(reached(name, floor) for name, floor in floors.items())
    ]
    return max(allowed, default=item.ratings[0])


def limit(item: Item, line: Evidence) -> int | None:
    """The ceiling that a line sets; None where it holds no count of the item's share."""
    if item.share is None or line.finding != "count" or line.n is None:
        return None
    return ceiling(item, line.counts, line.n)


def above(item: Item, rating: int | None, lines: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The lines whose ceiling this rating exceeds, counts of everybody first, then the lower ceiling.

    A count of everybody refuses the rating, a sample asks why.
    """
    limits = [(limit(item, line), line) for line in lines]
    over = [(top, line) for top, line in limits if top is not None and rating is not None and top < rating]
    return tuple(line for _top, line in sorted(over, key=lambda one: (not one[1].is_everybody, one[0])))


def supported(item: Item, line: Evidence, given: int | None) -> int | None:
    """The highest rating that a line supports, where its writer gave this rating; None where it supports none."""
    if line.finding == "not found":
        return None
    allowed = limit(item, line)
    if allowed is not None:
        return allowed
    if line.finding == "count" and not any(line.counts.values()):
        return None
    return line.supports if line.supports is not None else given


def as_evidenced(instrument: Instrument, assessment: Assessment) -> Ratings:
    """Every rating as far as its evidence carries it: the smaller of the rating and the highest supported.

    Where nothing supports any, the lowest rating. Lines of raters who rated alone stand for the rating that each
    of them gave, those of the meeting for what was agreed. Taking a line away never raises anything.
    """
    own = {rater.ref: rater.ratings for rater in assessment.raters} if assessment.is_consensus else {}
    highest: dict[str, int] = {}
    for line in assessment.evidence:
        given = (assessment.ratings if line.of_meeting else own.get(line.by, assessment.ratings)).get(line.item)
        supports = supported(instrument.by_id[line.item], line, given)
        if supports is not None:
            highest[line.item] = max(supports, highest.get(line.item, supports))
    return {
        item: min(rating, highest.get(item, instrument.by_id[item].ratings[0]))
        for item, rating in assessment.ratings.items()
    }


def result(instrument: Instrument, assessment: Assessment) -> Result:
    """The result as evidenced, by both methods, beside the one as rated."""
    return score(instrument, as_evidenced(instrument, assessment))
