"""Gaps and contradictions in an assessment, each with how grave it is and what would mend it. Pure.

One function a rule, one module what the rules are about. What is said of items by their names stands in the guide;
here stands what holds for any instrument. While raters rate alone an assessment holds only what the asker may see,
and nothing is said of raters.
"""

from collections.abc import Iterable, Mapping

from ddcat.checks import evidence, raters, ratings
from ddcat.checks.case import Case
from ddcat.checks.finding import ASKS, NOTES, REFUSES, SAID, SEVERITIES, Finding
from ddcat.instrument import Guide, Instrument
from ddcat.records import Answer, Assessment

__all__ = ["ASKS", "NOTES", "REFUSES", "RULES", "SAID", "SEVERITIES", "Finding", "findings", "unanswered"]

RULES = (*evidence.RULES, *ratings.RULES, *raters.RULES)


def findings(instrument: Instrument, guide: Guide, assessment: Assessment, today: str) -> tuple[Finding, ...]:
    """All that the rules find on this day (ISO text): the gravest first, then what is about the whole, then by item.

    Raises what `evidence` and `scoring` raise for items, ratings and counts that the instrument does not have.
    """
    case = Case(instrument, guide, assessment, today)
    place = {item.id: number for number, item in enumerate(instrument.items)}

    def order(finding: Finding) -> tuple[int, int]:
        return SEVERITIES.index(finding.severity), place[finding.items[0]] if finding.items else -1

    return tuple(sorted((finding for rule in RULES for finding in rule(case)), key=order))


def unanswered(found: Iterable[Finding], answers: Mapping[str, Answer]) -> tuple[Finding, ...]:
    """The findings that ask and have no answer yet; an answer without a word is none."""
    given = {key for key, answer in answers.items() if answer.text.strip()}
    return tuple(finding for finding in found if finding.severity == ASKS and finding.key not in given)
