"""Checks: each rule fires and keeps still at its edge, keys hold still with what they are about, nothing raises."""

import re
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from gettext import NullTranslations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import checks, evidence, shelf, words
from ddcat.checks import ASKS, NOTES, REFUSES, Finding
from ddcat.facts import COVER, fields
from ddcat.instrument import Instrument
from ddcat.records import Answer, Assessment, Evidence, Origin, Rater

HERE = Path(__file__).parent / "instruments"
LANTERN = shelf.parse((HERE / "lantern-1.0.toml").read_bytes(), "lantern-1.0.toml")
LANTERN_GUIDE = shelf._parse_guide((HERE / "lantern-1.0.guide.toml").read_bytes(), "lantern-1.0.guide.toml")
REAL = shelf.find("ddcat@4.0")
VOLUMES = {"lantern": (LANTERN, LANTERN_GUIDE), "ddcat": (REAL.instrument, REAL.guide)}
DAY, TODAY = "2026-03-02", "2026-03-10"
CHARTS = "chart review"


def line(item: str = "second-plate", ref: str = "e1", source: str = CHARTS, seen_on: str = DAY, **more) -> Evidence:
    return Evidence(ref, item, source, seen_on=seen_on, **more)


def count(given: int, chosen: int = 0, n: int = 10, item: str = "second-plate", **more) -> Evidence:
    return line(item, finding="count", counts={"given": given, "chosen": chosen}, n=n, **more)


def assessed(
    plate: int | None = None, *lines: Evidence, ratings: Mapping[str, int] | None = None, **more
) -> Assessment:
    """The house on a day, with this rating for the second plate and this evidence, and a source on its cover."""
    given = {"second-plate": plate} if plate else {}
    more = {"cover": {"sources": ["tour"]}} | more
    return Assessment("House", DAY, given | dict(ratings or {}), evidence=lines, **more)


def found(assessment: Assessment, volume: str = "lantern", today: str = TODAY) -> tuple[Finding, ...]:
    return checks.findings(*VOLUMES[volume], assessment, today)


def told(assessment: Assessment, rule: str, volume: str = "lantern") -> list[Finding]:
    return [finding for finding in found(assessment, volume) if finding.rule == rule]


def agreed(rating: int, *alone: int, why: str = "", **more) -> Assessment:
    """What raters agreed on the second plate, who gave these ratings alone."""
    raters = tuple(
        Rater(f"r{n}", f"R{n}", stands=("leader", "staff")[n % 2], ratings={"second-plate": each})
        for n, each in enumerate(alone)
    )
    return assessed(rating, is_blind=True, raters=raters, why={"second-plate": why} if why else {}, **more)


def real(usual: int | None = None, *lines: Evidence, **by_code: int | None) -> Assessment:
    given = {item.id: by_code.get(item.code, usual) for item in REAL.instrument.items}
    ratings = {id: rating for id, rating in given.items() if rating}
    return Assessment("Program", DAY, ratings, evidence=lines, cover={"sources": ["tour"]})


# One table a question: does the rule speak, how gravely, and does it keep still beside it?

FOUND = line()
ASKED = line(source="interview/director")
EDGES: dict[str, tuple[str, Assessment, str | None]] = {
    "above a count of everybody": ("above-count", assessed(4, count(7, is_everybody=True)), REFUSES),
    "as high as a count of everybody": ("above-count", assessed(3, count(7, is_everybody=True)), None),
    "above a count of everybody, with a reason": (
        *("above-count", assessed(4, count(7, is_everybody=True), why={"second-plate": "They were full."})),
        REFUSES,
    ),
    "above a sample": ("above-count", assessed(4, count(7)), None),
    "above a sample without a reason": ("above-sample", assessed(4, count(7)), REFUSES),
    "above a sample with a blank reason": ("above-sample", assessed(4, count(7), why={"second-plate": " "}), REFUSES),
    "above a sample with a reason": (
        "above-sample",
        assessed(4, count(7), why={"second-plate": "It rained."}),
        NOTES,
    ),
    "as high as a sample": ("above-sample", assessed(3, count(7)), None),
    "above a sample and a count of everybody": (
        *("above-sample", assessed(4, count(7), count(7, ref="e2", is_everybody=True))),
        None,
    ),
    "a sample of four": ("few-counted", assessed(2, count(2, n=4)), NOTES),
    "a sample of five": ("few-counted", assessed(2, count(2, n=5)), None),
    "four who are everybody": ("few-counted", assessed(2, count(2, n=4, is_everybody=True)), None),
    "a small sample beside a larger one": ("few-counted", assessed(2, count(2, n=4), count(2, ref="e2")), None),
    "no source at all": ("no-sources", assessed(1, cover={}), ASKS),
    "a source on the cover": ("no-sources", assessed(1), None),
    "evidence and no source on the cover": ("no-sources", assessed(1, FOUND, cover={}), None),
    "nothing rated and no source": ("no-sources", assessed(cover={}), None),
    "4 without evidence": ("no-evidence", assessed(4), ASKS),
    "3 without evidence": ("no-evidence", assessed(3), None),
    "4 with evidence": ("no-evidence", assessed(4, FOUND), None),
    "3 without evidence, in passing": ("little-evidence", assessed(3), NOTES),
    "4 without evidence, in passing": ("little-evidence", assessed(4), None),
    "the lowest without evidence": ("little-evidence", assessed(1), None),
    "2 with evidence, even against it": ("little-evidence", assessed(2, line(finding="not found")), None),
    "evidence for less": ("unsupported", assessed(4, line(supports=3)), ASKS),
    "evidence for as much": ("unsupported", assessed(4, line(supports=4)), None),
    "2, and nothing was found": ("unsupported", assessed(2, line(finding="not found")), ASKS),
    "the lowest, and nothing was found": ("unsupported", assessed(1, line(finding="not found")), None),
    "a count for less is told as a count": ("unsupported", assessed(4, count(7)), None),
    "4 on an interview": ("only-interviews", assessed(4, ASKED), ASKS),
    "3 on an interview": ("only-interviews", assessed(3, ASKED), None),
    "4 on an interview and a chart": ("only-interviews", assessed(4, ASKED, line(ref="e2")), None),
    "4 on an interview and a chart for 3": ("only-interviews", assessed(4, ASKED, line(ref="e2", supports=3)), ASKS),
    "4 on an interview for 3": ("only-interviews", assessed(4, line(source="interview", supports=3)), None),
    "yes and no": ("sources-disagree", assessed(2, ASKED, line(ref="e2", finding="not found")), ASKS),
    "yes and a count of none": ("sources-disagree", assessed(2, ASKED, count(0, ref="e2")), ASKS),
    "yes and a count of some": ("sources-disagree", assessed(2, ASKED, count(1, ref="e2")), None),
    "no and no": ("sources-disagree", assessed(1, count(0), line(ref="e2", finding="not found")), None),
    "yes and no of one source": ("sources-disagree", assessed(2, FOUND, line(ref="e2", finding="not found")), ASKS),
    "yes, no and a third source": (
        *(
            "sources-disagree",
            assessed(2, ASKED, line(ref="e2", finding="not found"), line(ref="e3", source="document")),
        ),
        NOTES,
    ),
    "a year before": ("old-evidence", assessed(2, line(seen_on="2025-03-02")), None),
    "a year and a day before": ("old-evidence", assessed(2, line(seen_on="2025-03-01")), ASKS),
    "old and new": ("old-evidence", assessed(2, line(seen_on="2020-01-01"), line(ref="e2")), NOTES),
    "old and without a day": (
        "old-evidence",
        assessed(2, line(seen_on="2020-01-01"), line(ref="e2", seen_on="")),
        ASKS,
    ),
    "old, and a year before": (
        *("old-evidence", assessed(2, line(seen_on="2020-01-01"), line(ref="e2", seen_on="2025-03-02"))),
        NOTES,
    ),
    "no day": ("undated-evidence", assessed(2, line(seen_on="")), NOTES),
    "a day": ("undated-evidence", assessed(2, FOUND), None),
    "today": ("future-evidence", assessed(2, line(seen_on=TODAY)), None),
    "tomorrow": ("future-evidence", assessed(2, line(seen_on="2026-03-11")), REFUSES),
    "the day of the assessment": ("later-evidence", assessed(2, FOUND), None),
    "later than the assessment, today": ("later-evidence", assessed(2, line(seen_on=TODAY)), ASKS),
    "the day after": ("later-evidence", assessed(2, line(seen_on="2026-03-03")), ASKS),
    "the day after, of a visit of several days": (
        *("later-evidence", assessed(2, line(seen_on="2026-03-03"), cover={"visit_dates": "and the day after"})),
        NOTES,
    ),
    "a day to come is told once": ("later-evidence", assessed(2, line(seen_on="2026-03-11")), None),
    "charts read by a peer": ("chart-agreement", assessed(2, FOUND, kind="peer"), ASKS),
    "charts counted from outside": (
        "chart-agreement",
        assessed(2, count(2, source="count/charts"), kind="external"),
        ASKS,
    ),
    "charts on the cover": ("chart-agreement", assessed(2, kind="peer", cover={"sources": ["charts"]}), ASKS),
    "charts under an agreement": (
        "chart-agreement",
        assessed(2, FOUND, kind="peer", cover={"chart_agreement": True}),
        None,
    ),
    "charts of the own program": ("chart-agreement", assessed(2, FOUND, kind="self"), None),
    "no charts": ("chart-agreement", assessed(2, ASKED, kind="peer"), None),
    "a rating without an anchor": ("without-anchor", assessed(ratings={"first-words": 2}), NOTES),
    "a rating with one": ("without-anchor", assessed(2, ratings={"first-words": 3}), None),
    "a contradiction": ("contradiction", assessed(1, ratings={"first-words": 5}), ASKS),
    "at most, exceeded": ("contradiction", assessed(2, ratings={"first-words": 5}), None),
    "at least, not reached": ("contradiction", assessed(1, ratings={"first-words": 3}), None),
    "one of the two not rated": ("contradiction", assessed(ratings={"first-words": 5}), None),
    "exactly": ("contradiction", assessed(4, ratings={"coat-rack": 2}), ASKS),
    "below exactly": ("contradiction", assessed(4, ratings={"coat-rack": 1}), None),
    "above exactly": ("contradiction", assessed(4, ratings={"coat-rack": 3}), None),
    "equal ratings of few items": ("all-the-same", assessed(3, ratings={"first-words": 3, "coat-rack": 3}), None),
    "a lower band as evidenced": ("above-evidence", assessed(3, ratings={"first-words": 1, "coat-rack": 1}), ASKS),
    "the same band as evidenced": (
        *("above-evidence", assessed(3, FOUND, ratings={"first-words": 1, "coat-rack": 1})),
        None,
    ),
    "no band yet": ("above-evidence", assessed(3), None),
    "one who saved all": ("one-rater", assessed(2, origins={"second-plate": Origin("p1", DAY)}), NOTES),
    "two who saved": (
        "one-rater",
        assessed(
            2, ratings={"coat-rack": 2}, origins={"second-plate": Origin("p1", DAY), "coat-rack": Origin("p2", DAY)}
        ),
        None,
    ),
    "a file that names nobody": ("one-rater", assessed(2), None),
    "one who rated alone": ("one-rater", agreed(2, 2), NOTES),
    "two who rated alone, and one wrote down": (
        *("one-rater", agreed(2, 2, 2, origins={"second-plate": Origin("p1", DAY)})),
        None,
    ),
    "two roles": ("one-role", agreed(2, 2, 2), None),
    "rated by two": ("unpaired", agreed(2, 2, 2), None),
    "agreed though one of two did not rate it": (
        "unpaired",
        replace(
            agreed(2, 2, 2),
            ratings={"second-plate": 2, "coat-rack": 3},
        ),
        ASKS,
    ),
    "agreed below": ("outside-range", agreed(2, 3, 4), REFUSES),
    "agreed at the lowest": ("outside-range", agreed(3, 3, 4), None),
    "agreed at the highest": ("outside-range", agreed(4, 3, 4), None),
    "agreed above": ("outside-range", agreed(5, 3, 4), REFUSES),
    "agreed otherwise than by both": ("outside-range", agreed(4, 3, 3), REFUSES),
    "agreed above with a reason": ("outside-range", agreed(5, 3, 4, why="We looked again."), NOTES),
    "differing without a reason": ("no-reason", agreed(4, 3, 4), REFUSES),
    "differing, and the lower agreed": ("no-reason", agreed(3, 3, 4), REFUSES),
    "differing with a reason": ("no-reason", agreed(4, 3, 4, why="We looked again."), None),
    "not differing": ("no-reason", agreed(3, 3, 3), None),
    "outside is told once": ("no-reason", agreed(5, 3, 4), None),
    "one point apart": ("far-apart", agreed(3, 2, 3), None),
    "two points apart": ("far-apart", agreed(3, 2, 4), NOTES),
}


@pytest.mark.parametrize(("rule", "assessment", "severity"), EDGES.values(), ids=EDGES)
def test_a_rule_speaks_on_one_side_of_its_edge_and_not_on_the_other(rule, assessment, severity):
    assert [finding.severity for finding in told(assessment, rule)] == ([severity] if severity else [])


SAME = {
    "all items the same": (real(3), {"all-the-same"}),
    "all but one": (real(3, IA=5), {"dimension-the-same"}),
    "not all rated": (real(3, VIIB=None), {"dimension-the-same"}),
    "a dimension of five": (real(V=1, **{f"V{letter}": 2 for letter in "ABCDE"}), {"dimension-the-same"}),
    "a dimension of five with one open": (real(**{f"V{letter}": 2 for letter in "ABCD"}), set()),
    "a dimension of four": (real(IA=3, IB=3, IC=3, ID=3), set()),
}


@pytest.mark.parametrize(("assessment", "rules"), SAME.values(), ids=SAME)
def test_equal_ratings_are_told_of_everything_or_else_of_a_dimension(assessment, rules):
    same = [finding for finding in found(assessment, "ddcat") if finding.rule.endswith("the-same")]
    assert {finding.rule for finding in same} == rules
    assert {finding.severity for finding in same} <= {ASKS if "all-the-same" in rules else NOTES}


def test_raters_of_one_role_are_told_of():
    both = agreed(2, 2, 2)
    leaders = replace(both, raters=tuple(replace(rater, stands="leader") for rater in both.raters))
    unknown = replace(both, raters=tuple(replace(rater, stands="") for rater in both.raters))
    assert [finding.severity for finding in told(leaders, "one-role")] == [NOTES]
    first, second = leaders.raters
    absent = replace(leaders, raters=(first, replace(second, ratings={})))
    assert told(unknown, "one-role") == told(absent, "one-role") == []


def test_every_rule_is_seen_to_speak_and_has_words_for_each_severity():
    spoke = {(rule, severity) for rule, _assessment, severity in EDGES.values() if severity}
    assert spoke | {("all-the-same", ASKS), ("dimension-the-same", NOTES), ("one-role", NOTES)} == set(checks.SAID)
    assert len({rule for rule, _severity in checks.SAID}) == len(checks.RULES)


# The examples that were asked for


def test_medicines_at_4_without_a_prescriber_is_a_contradiction():
    (finding,) = told(real(IVE=4, VIA=1), "contradiction", "ddcat")
    assert finding.items == ("medicines", "prescriber")
    assert finding.text.endswith(" Here: IVE 4, VIA 1. Change a rating, or say how they go together.")


def test_a_chart_share_below_the_rating_refuses_or_wants_a_reason():
    charts = Evidence(
        "e1", "full-assessment", "count/charts", seen_on=DAY, finding="count", counts={"assessed": 6}, n=10
    )
    (finding,) = told(real(None, charts, IIIB=4), "above-sample", "ddcat")
    assert finding.severity == REFUSES
    assert "is rated 4, but the sample that was counted allows 3 at most" in finding.text
    (finding,) = told(real(None, replace(charts, is_everybody=True), IIIB=4), "above-count", "ddcat")
    assert finding.severity == REFUSES


def test_of_several_counts_the_lowest_ceiling_is_told():
    (finding,) = told(assessed(4, count(7), count(1, ref="e2")), "above-sample")
    assert "allows 2 at most" in finding.text


def test_a_rating_of_5_without_evidence_and_evidence_older_than_a_year_ask():
    old = Evidence("e1", "mission", "document", seen_on="2024-05-01")
    rules = {finding.rule: finding for finding in found(real(None, old, IA=5, IB=5), "ddcat")}
    assert rules["no-evidence"].items == ("licensure",)
    assert rules["old-evidence"].items == ("mission",)
    assert rules["no-evidence"].severity == rules["old-evidence"].severity == ASKS


def test_ratings_up_to_capable_without_evidence_are_gathered_by_dimension():
    notes = told(real(2, IIIA=1), "little-evidence", "ddcat")
    assert len(notes) == 7
    assert "for IIIB, IIIC, IIID, IIIE, IIIF, IIIG." in notes[2].text


# The checks of the guide


@pytest.mark.parametrize("check", REAL.guide.checks, ids=lambda check: check.id)
def test_a_check_of_the_guide_asks_at_its_edge_and_keeps_still_one_anchor_further(check):
    edge = {**check.at_most, **check.at_least}
    assert check.holds(edge)
    assert not check.holds({})
    for id, rating in edge.items():
        anchors = REAL.instrument.by_id[id].ratings
        step = -1 if id in check.at_least else 1
        assert not check.holds(edge | {id: anchors[anchors.index(rating) + step]})
        assert not check.holds({other: each for other, each in edge.items() if other != id})


def test_the_checks_of_the_guide_speak_in_full_sentences_and_name_no_code():
    codes = {item.code for item in REAL.instrument.items}
    for check in REAL.guide.checks:
        assert check.says.endswith(".")
        assert not codes & set(re.findall(r"\w+", check.says)), check.id
    assert 8 <= len(REAL.guide.checks) <= 15


def test_a_program_that_is_enhanced_or_addiction_only_throughout_contradicts_itself_nowhere():
    for usual in (1, 3, 5):
        assert told(real(usual), "contradiction", "ddcat") == []


# Order, keys and answers


def test_the_gravest_come_first_then_what_is_about_the_whole_then_paper_order():
    lines = (line("coat-rack", ref="e1", finding="not found"), count(2, n=4, ref="e2", is_everybody=True))
    assessment = assessed(5, *lines, ratings={"first-words": 5, "coat-rack": 3}, kind="peer")
    assert [(finding.severity, finding.rule, finding.items) for finding in found(assessment)] == [
        (REFUSES, "above-count", ("second-plate",)),
        (ASKS, "chart-agreement", ()),
        (ASKS, "above-evidence", ()),
        (ASKS, "no-evidence", ("first-words",)),
        (ASKS, "unsupported", ("coat-rack",)),
    ]


def test_a_key_holds_still_while_other_things_change():
    before = assessed(4, ratings={"first-words": 3})
    (key,) = (finding.key for finding in told(before, "no-evidence"))
    assert key == "no-evidence/second-plate/4"
    for other in (
        replace(before, ratings={"second-plate": 4, "first-words": 5, "coat-rack": 1}),
        replace(before, evidence=(line("coat-rack"),), kind="self", why={"second-plate": "We know."}),
        replace(before, assessed_on="2026-03-01", cover={}),
    ):
        assert key in {finding.key for finding in told(other, "no-evidence")}


CHANGED = {
    "no-evidence": (assessed(4), assessed(5)),
    "unsupported": (assessed(4, line(supports=3)), assessed(4, line(supports=2))),
    "little-evidence": (assessed(ratings={"coat-rack": 2}), assessed(ratings={"coat-rack": 2, "first-words": 3})),
    "sources-disagree": (
        assessed(2, ASKED, line(ref="e2", finding="not found")),
        assessed(2, ASKED, line(ref="e2", finding="not found", seen_on="2026-02-02")),
    ),
    "old-evidence": (assessed(2, line(seen_on="2024-01-01")), assessed(2, line(seen_on="2024-06-01"))),
    "later-evidence": (assessed(2, line(seen_on="2026-03-03")), assessed(2, line(seen_on="2026-03-04"))),
    "contradiction": (assessed(4, ratings={"coat-rack": 2}), assessed(5, ratings={"coat-rack": 2})),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_a_key_changes_with_what_the_finding_is_about(before, after, request):
    rule = request.node.callspec.id
    ((old,), (new,)) = (told(each, rule) for each in (before, after))
    assert old.key != new.key


def test_a_key_holds_still_where_lines_say_the_same_under_other_refs():
    """So an answer goes along with an amendment, in which every line has a new ref."""
    ((before,), (after,)) = (
        told(assessed(2, line(ref=one), line(ref=other, finding="not found")), "sources-disagree")
        for one, other in (("e1", "e2"), ("b7", "a9"))
    )
    assert before.key == after.key


def test_evidence_of_several_later_days_is_one_finding_kept_by_the_last():
    lines = (line(seen_on="2026-03-04"), line("coat-rack", seen_on="2026-03-03"))
    (finding,) = told(assessed(2, *lines), "later-evidence")
    assert (finding.key, finding.items) == ("later-evidence/2026-03-04", ("coat-rack", "second-plate"))


def test_what_asks_stays_unanswered_until_its_own_key_has_an_answer_with_words():
    every = found(assessed(ratings={"first-words": 5, "coat-rack": 5}))
    asking = [finding.key for finding in every if finding.severity == ASKS]
    assert asking == ["no-evidence/first-words/5", "no-evidence/coat-rack/5"]
    answers = {asking[0]: Answer("It is painted on the wall."), asking[1]: Answer(" "), "gone": Answer("Yes.")}
    assert [finding.key for finding in checks.unanswered(every, {})] == asking
    assert [finding.key for finding in checks.unanswered(every, answers)] == asking[1:]


# While raters rate alone


def test_while_raters_rate_alone_nothing_is_said_of_raters():
    of_raters = {"one-rater", "one-role", "unpaired", "outside-range", "no-reason", "far-apart"}
    origins = {"second-plate": Origin("p1", DAY)}
    for open_one in (agreed(5, 1, 3, origins=origins), agreed(2, 2, origins=origins)):
        assert {finding.rule for finding in found(open_one)} & of_raters
        assert not {finding.rule for finding in found(replace(open_one, is_open=False))} & of_raters


def test_evidence_of_one_who_rated_alone_stands_for_the_rating_that_she_gave():
    both = agreed(4, 3, 4, why="We looked again.")
    (finding,) = told(replace(both, evidence=(line(by="r0"),)), "unsupported")
    assert "supports 3 at most" in finding.text
    assert told(replace(both, evidence=(line(by="r1"),)), "unsupported") == []


# Whatever is rated and written down


def assessments(instrument: Instrument) -> st.SearchStrategy[Assessment]:
    """Any ratings, evidence, cover and raters that the store could hold."""
    items = st.sampled_from(instrument.items)
    ratings = st.dictionaries(st.sampled_from(sorted(instrument.by_id)), st.integers(1, 5))
    days = st.one_of(st.just(""), st.dates(date(1900, 1, 1)).map(date.isoformat))
    sources = st.sampled_from([code for kind in evidence.SOURCES.values() for code in kind] + ["rumour"])

    @st.composite
    def lines(draw: st.DrawFn) -> Evidence:
        item, finding = draw(items), draw(st.sampled_from(evidence.FINDINGS))
        more = {}
        if finding == "count":
            n = draw(st.integers(1, 40))
            names = item.share.counts if item.share else ["found"]
            counts = draw(st.lists(st.integers(0, n), min_size=len(names), max_size=len(names)))
            more = {"counts": dict(zip(names, sorted(counts, reverse=True), strict=True)), "n": n}
            more |= {"is_everybody": draw(st.booleans())}
        else:
            more = {"supports": draw(st.one_of(st.none(), st.sampled_from(item.ratings)))}
        by = draw(st.sampled_from(["", "r1", "r2"]))
        return Evidence(
            draw(st.uuids()).hex, item.id, draw(sources), "", seen_on=draw(days), finding=finding, by=by, **more
        )

    raters = st.builds(
        Rater,
        st.sampled_from(["r1", "r2", "r3"]),
        st.just("R"),
        stands=st.sampled_from(["", "leader", "staff", "outside"]),
        ratings=ratings,
    )
    known = {field.name for field in fields(COVER)}
    cover = {"sources": st.lists(st.sampled_from(["charts", "tour"])), "chart_agreement": st.just(True)}
    assert cover.keys() <= known
    return st.builds(
        Assessment,
        st.just("Program"),
        st.dates(date(1900, 1, 1)).map(date.isoformat),
        ratings,
        kind=st.sampled_from([None, "self", "peer", "external"]),
        why=st.dictionaries(st.sampled_from(sorted(instrument.by_id)), st.sampled_from([" ", "Seen."])),
        origins=st.dictionaries(
            st.sampled_from(sorted(instrument.by_id)), st.builds(Origin, st.sampled_from("ab"), st.just(DAY))
        ),
        cover=st.fixed_dictionaries({}, optional=cover | {"visit_dates": st.just("two days")}),
        is_blind=st.booleans(),
        is_open=st.booleans(),
        evidence=st.lists(lines(), max_size=12).map(tuple),
        raters=st.lists(raters, max_size=3, unique_by=lambda rater: rater.ref).map(tuple),
    )


@pytest.mark.parametrize("volume", VOLUMES)
@given(data=st.data())
def test_nothing_that_can_be_rated_and_written_down_makes_a_check_fail(volume, data):
    instrument, guide = VOLUMES[volume]
    every = checks.findings(instrument, guide, data.draw(assessments(instrument)), TODAY)
    assert len({finding.key for finding in every}) == len(every)
    paper = {item.id: number for number, item in enumerate(instrument.items)}
    ranks = [(checks.SEVERITIES.index(f.severity), paper[f.items[0]] if f.items else -1) for f in every]
    assert ranks == sorted(ranks)
    for finding in every:
        assert list(finding.items) == sorted(finding.items, key=paper.__getitem__)
        assert finding.text.endswith(".")
        assert "%" not in finding.text
        assert re.fullmatch(r"[\w/+.=>-]+", finding.key)


def test_findings_are_told_in_the_language_now_spoken():
    class Shouting(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"<{message}>"

    def texts() -> list[str]:
        words.speak(Shouting())
        return [finding.text for finding in found(assessed(4, ratings={"coat-rack": 2}, cover={}))]

    shouted = copy_context().run(texts)
    assert len(shouted) > 2
    assert all(text.startswith("<") and text.endswith(">") for text in shouted)
