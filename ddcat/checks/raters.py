"""Rules about the raters; they keep still while raters rate alone."""

from collections.abc import Iterable, Iterator

from ddcat.checks.case import Case
from ddcat.checks.finding import ASKS, NOTES, REFUSES, SAID, Finding, of_item
from ddcat.words import later

SAID |= {
    ("one-rater", NOTES): later(
        "One person alone gave every rating. Let somebody with another role rate too, neither seeing the other’s"
        " ratings."
    ),
    ("unpaired", ASKS): later(
        "Agreed on without two ratings given alone: %(items)s. Of these nobody can say how far raters agree. Say why"
        " two did not rate them."
    ),
    ("one-role", NOTES): later(
        "All raters look at the program from the same role. A leader and somebody who works with clients often see"
        " different things: next time, let both rate."
    ),
    ("outside-range", REFUSES): later(
        "%(item)s was agreed at %(rating)s, which is outside what the raters gave alone (%(given)s). Write the"
        " reason beside the rating, or agree on another."
    ),
    ("outside-range", NOTES): later(
        "%(item)s was agreed at %(rating)s, which is outside what the raters gave alone (%(given)s). The reason"
        " stands beside the rating."
    ),
    ("no-reason", REFUSES): later(
        "The raters gave %(item)s different ratings (%(given)s). Write beside the rating why %(rating)s was agreed."
    ),
    ("far-apart", NOTES): later(
        "The raters were %(points)s points apart on %(item)s. Read its anchors together before the next assessment."
    ),
}


def _one_rater(case: Case) -> Iterator[Finding]:
    assessment = case.assessment
    who = {origin.by for id, origin in assessment.origins.items() if id in assessment.ratings}
    if assessment.is_blind:
        who = {rater.ref for rater in assessment.raters if rater.ratings}
    if len(who) == 1 and not assessment.is_alone:
        yield Finding("one-rater", NOTES, (), who.pop())


def _one_role(case: Case) -> Iterator[Finding]:
    raters = [rater for rater in case.assessment.raters if rater.ratings and case.assessment.is_consensus]
    roles = {rater.stands for rater in raters}
    if len(raters) > 1 and len(roles) == 1 and "" not in roles:
        yield Finding("one-role", NOTES, (), roles.pop())


def _unpaired(case: Case) -> Iterator[Finding]:
    ids = case.ordered(case.assessment.unpaired)
    if ids and len(case.assessment.rated_alone) > 1:
        codes = [case.instrument.by_id[id].code for id in ids]
        yield Finding("unpaired", ASKS, ids, "+".join(codes), {"items": ", ".join(codes)})


def _outside_range(case: Case) -> Iterator[Finding]:
    for item, agreed, given in case.alone:
        if not given[0] <= agreed <= given[-1]:
            severity = NOTES if case.has_reason(item) else REFUSES
            yield of_item(item, "outside-range", severity, agreed, rating=agreed, given=_listed(given))


def _no_reason(case: Case) -> Iterator[Finding]:
    for item, agreed, given in case.alone:
        if len(given) > 1 and given[0] <= agreed <= given[-1] and not case.has_reason(item):
            yield of_item(item, "no-reason", REFUSES, agreed, rating=agreed, given=_listed(given))


def _far_apart(case: Case) -> Iterator[Finding]:
    for item, _agreed, given in case.alone:
        if given[-1] - given[0] >= 2:
            yield of_item(item, "far-apart", NOTES, f"{given[0]}-{given[-1]}", points=given[-1] - given[0])


def _listed(ratings: Iterable[int]) -> str:
    return ", ".join(map(str, ratings))


RULES = (
    _one_rater,
    _one_role,
    _unpaired,
    _outside_range,
    _no_reason,
    _far_apart,
)
