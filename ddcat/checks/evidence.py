"""Rules about what the ratings rest on."""

from collections.abc import Callable, Iterable, Iterator

from ddcat import evidence, seal
from ddcat.checks.case import Case
from ddcat.checks.finding import ASKS, NOTES, REFUSES, SAID, Finding, of_item
from ddcat.instrument import Item
from ddcat.records import Evidence
from ddcat.words import later

FEW = 5  # a sample smaller than this is small

SAID |= {
    ("above-count", REFUSES): later(
        "%(item)s is rated %(rating)s, but the count of everybody allows %(limit)s at most. Lower the rating, or"
        " correct the count."
    ),
    ("above-sample", REFUSES): later(
        "%(item)s is rated %(rating)s, but the sample that was counted allows %(limit)s at most. Write the reason"
        " beside the rating, or lower it."
    ),
    ("above-sample", NOTES): later(
        "%(item)s is rated %(rating)s, although the sample that was counted allows %(limit)s at most. The reason"
        " stands beside the rating."
    ),
    ("few-counted", NOTES): later(
        "The sample for %(item)s is small: %(n)s in all, so that each one weighs about %(points)s percentage points."
        " Draw at least %(least)s."
    ),
    ("no-sources", ASKS): later(
        "Nothing says what the ratings rest on: there is no evidence, and the cover sheet names no source. Add them,"
        " or say why there are none."
    ),
    ("no-evidence", ASKS): later(
        "%(item)s is rated %(rating)s without any evidence. Add what was seen, or say why there is nothing to show."
    ),
    ("little-evidence", NOTES): later(
        "In “%(dimension)s” there is no evidence for %(items)s. In the result as evidenced, this counts as the lowest"
        " rating."
    ),
    ("unsupported", ASKS): later(
        "%(item)s is rated %(rating)s, but its evidence supports %(supported)s at most. Add what is missing, lower"
        " the rating, or say why it stands."
    ),
    ("only-interviews", ASKS): later(
        "%(item)s is rated %(rating)s on interviews alone. Documents and charts weigh more than intentions: add one,"
        " or say why there is none."
    ),
    ("sources-disagree", ASKS): later(
        "The evidence for %(item)s says both yes and no. Look at a third source, or say which you trust and why."
    ),
    ("sources-disagree", NOTES): later("Of %(n)s sources for %(item)s some say yes and some say no."),
    ("old-evidence", ASKS): later(
        "The evidence for %(item)s was seen more than a year before the assessment. Look again, or say why it still"
        " holds."
    ),
    ("old-evidence", NOTES): later(
        "Some evidence for %(item)s was seen more than a year before the assessment. Newer evidence stands beside it."
    ),
    ("future-evidence", REFUSES): later("Some evidence is dated later than today. Correct its day."),
    ("later-evidence", ASKS): later(
        "Some evidence was seen after the day of the assessment. Correct the day, name the other dates of the visit"
        " on the cover sheet, or say why it belongs here."
    ),
    ("later-evidence", NOTES): later(
        "Some evidence was seen after the day of the assessment; the cover sheet names other dates of the visit."
    ),
    ("undated-evidence", NOTES): later(
        "Some evidence does not say when it was seen, so nobody can tell how old it is."
    ),
    ("chart-agreement", ASKS): later(
        "Raters from outside looked at charts, and the cover sheet records no written agreement that allows it."
        " Record it there, or say what allowed it."
    ),
}


# Counts


def _above_count(case: Case) -> Iterator[Finding]:
    for item, rating, lines in case.rated:
        over = [line for line in evidence.above(item, rating, lines) if line.is_everybody]
        if over:
            yield of_item(item, "above-count", REFUSES, rating, rating=rating, limit=_limit(item, over))


def _above_sample(case: Case) -> Iterator[Finding]:
    for item, rating, lines in case.rated:
        over = evidence.above(item, rating, lines)
        if over and not over[0].is_everybody:
            severity = NOTES if case.has_reason(item) else REFUSES
            yield of_item(item, "above-sample", severity, rating, rating=rating, limit=_limit(item, over))


def _limit(item: Item, lines: Iterable[Evidence]) -> int:
    """The lowest ceiling that these lines set."""
    return min(limit for line in lines if (limit := evidence.limit(item, line)) is not None)


def _few_counted(case: Case) -> Iterator[Finding]:
    for item, _rating, lines in case.rated:
        n = max((line.n or 0 for line in lines if line.finding == "count" and not line.is_everybody), default=0)
        if 0 < n < FEW:
            yield of_item(item, "few-counted", NOTES, n, n=n, points=100 // n, least=FEW)


# Evidence


def _no_sources(case: Case) -> Iterator[Finding]:
    if case.rated and not case.assessment.evidence and not case.assessment.cover.get("sources"):
        yield Finding("no-sources", ASKS)


def _no_evidence(case: Case) -> Iterator[Finding]:
    for item, rating, lines in case.rated:
        if rating > case.capable and not lines:
            yield of_item(item, "no-evidence", ASKS, rating, rating=rating)


def _little_evidence(case: Case) -> Iterator[Finding]:
    lowest = case.instrument.rating.lowest
    bare = {item.id for item, rating, lines in case.rated if lowest < rating <= case.capable and not lines}
    for dimension in case.instrument.dimensions:
        if items := [item for item in dimension.items if item.id in bare]:
            ids, codes = tuple(item.id for item in items), ", ".join(item.code for item in items)
            values = {"dimension": dimension.title, "items": codes}
            yield Finding("little-evidence", NOTES, ids, "+".join(ids), values)


def _unsupported(case: Case) -> Iterator[Finding]:
    for item, rating, lines in case.rated:
        supported = case.evidenced[item.id]
        if lines and supported < rating and not evidence.above(item, rating, lines):
            about = f"{rating}/{supported}"
            yield of_item(item, "unsupported", ASKS, about, rating=rating, supported=supported)


def _only_interviews(case: Case) -> Iterator[Finding]:
    for item, rating, _lines in case.rated:
        if rating > case.capable and case.evidenced[item.id] == rating > case.observed[item.id]:
            yield of_item(item, "only-interviews", ASKS, rating, rating=rating)


def _sources_disagree(case: Case) -> Iterator[Finding]:
    for item, _rating, lines in case.rated:
        if len({_says_yes(line) for line in lines}) == 2:
            # By what the lines say: their refs are others in an amendment, to which an answer goes along.
            said = sorted([line.source, line.seen_on, _says_yes(line)] for line in lines)
            n = len({line.source for line in lines})
            yield of_item(item, "sources-disagree", NOTES if n > 2 else ASKS, seal.digest(said)[:16], n=n)


def _says_yes(line: Evidence) -> bool:
    return any(line.counts.values()) if line.finding == "count" else line.finding == evidence.FOUND


def _old_evidence(case: Case) -> Iterator[Finding]:
    year, rest = case.assessment.assessed_on[:4], case.assessment.assessed_on[4:]
    year_before = f"{int(year) - 1:04}{rest}"
    for item, _rating, lines in case.rated:
        days = sorted(line.seen_on for line in lines if line.seen_on)
        if days and days[0] < year_before:
            yield of_item(item, "old-evidence", ASKS if days[-1] < year_before else NOTES, days[-1])


def _future_evidence(case: Case) -> Iterator[Finding]:
    return _seen(case, "future-evidence", REFUSES, lambda day: day > case.today)


def _later_evidence(case: Case) -> Iterator[Finding]:
    severity = NOTES if case.assessment.cover.get("visit_dates") else ASKS
    return _seen(case, "later-evidence", severity, lambda day: case.assessment.assessed_on < day <= case.today)


def _undated_evidence(case: Case) -> Iterator[Finding]:
    return _seen(case, "undated-evidence", NOTES, lambda day: not day)


def _seen(case: Case, rule: str, severity: str, is_meant: Callable[[str], bool]) -> Iterator[Finding]:
    """One finding for all evidence that was seen on a day that is meant."""
    lines = [line for line in case.assessment.evidence if is_meant(line.seen_on)]
    if lines:
        items = case.ordered({line.item for line in lines})
        yield Finding(rule, severity, items, max(line.seen_on for line in lines))


def _chart_agreement(case: Case) -> Iterator[Finding]:
    cover = case.assessment.cover
    sources = {*evidence.sources(case.assessment.evidence), *evidence.ticked(case.assessment)}
    if case.assessment.kind in ("peer", "external") and "charts" in sources and not cover.get("chart_agreement"):
        yield Finding("chart-agreement", ASKS)


RULES = (
    _above_count,
    _above_sample,
    _few_counted,
    _no_sources,
    _no_evidence,
    _little_evidence,
    _unsupported,
    _only_interviews,
    _sources_disagree,
    _old_evidence,
    _future_evidence,
    _later_evidence,
    _undated_evidence,
    _chart_agreement,
)
