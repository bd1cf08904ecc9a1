"""Rules about the ratings themselves."""

from collections.abc import Collection, Iterator

from ddcat.checks.case import Case
from ddcat.checks.finding import ASKS, NOTES, SAID, Finding, of_item
from ddcat.instrument import Item
from ddcat.scoring import score
from ddcat.words import later

MANY = 5  # so many equal ratings are many

SAID |= {
    ("contradiction", ASKS): later("%(says)s Here: %(ratings)s. Change a rating, or say how they go together."),
    ("without-anchor", NOTES): later(
        "%(item)s is rated %(rating)s, for which there is no anchor. Choose the anchor that fits."
    ),
    ("all-the-same", ASKS): later(
        "All %(n)s items are rated %(rating)s. Hardly any program is that even: read the anchors of each item once"
        " more, or say why it is so here."
    ),
    ("dimension-the-same", NOTES): later(
        "All %(n)s items of “%(dimension)s” are rated %(rating)s. Make sure that each was rated for itself."
    ),
    ("above-evidence", ASKS): later(
        "As rated, the program is in the band “%(rated)s”; as evidenced, in “%(evidenced)s”. Add evidence where it is"
        " missing, or say why the ratings hold."
    ),
}


def _contradiction(case: Case) -> Iterator[Finding]:
    ratings, by_id = case.assessment.ratings, case.instrument.by_id
    for check in case.guide.checks:
        if check.holds(ratings):
            items = case.ordered(check.items)
            about = "+".join(f"{id}={ratings[id]}" for id in items)
            values = {"says": check.says, "ratings": ", ".join(f"{by_id[id].code} {ratings[id]}" for id in items)}
            yield Finding("contradiction", ASKS, items, f"{check.id}/{about}", values)


def _without_anchor(case: Case) -> Iterator[Finding]:
    for item, rating, _lines in case.rated:
        if rating in item.unanchored:
            yield of_item(item, "without-anchor", NOTES, rating, rating=rating)


def _all_the_same(case: Case) -> Iterator[Finding]:
    if rating := _same(case, case.instrument.items):
        yield Finding("all-the-same", ASKS, (), str(rating), {"n": len(case.rated), "rating": rating})


def _dimension_the_same(case: Case) -> Iterator[Finding]:
    if _same(case, case.instrument.items):
        return
    for dimension in case.instrument.dimensions:
        if rating := _same(case, dimension.items):
            values = {"n": len(dimension.items), "dimension": dimension.title, "rating": rating}
            yield Finding("dimension-the-same", NOTES, dimension.item_ids, f"{dimension.id}/{rating}", values)


def _same(case: Case, items: Collection[Item]) -> int:
    """The one rating that all of these items have; 0 where they differ, are few, or are not all rated."""
    given = {case.assessment.ratings.get(item.id, 0) for item in items}
    return given.pop() if len(items) >= MANY and len(given) == 1 else 0


def _above_evidence(case: Case) -> Iterator[Finding]:
    rated, evidenced = (score(case.instrument, given).band for given in (case.assessment.ratings, case.evidenced))
    if rated is not None and evidenced is not None and rated != evidenced:
        title = case.instrument.level_title
        values = {"rated": title(rated), "evidenced": title(evidenced)}
        yield Finding("above-evidence", ASKS, (), f"{rated}>{evidenced}", values)


RULES = (
    _contradiction,
    _without_anchor,
    _all_the_same,
    _dimension_the_same,
    _above_evidence,
)
