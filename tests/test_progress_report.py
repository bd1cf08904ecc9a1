"""The progress report: what moved, whether that says anything, and which actions delivered."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ddcat import actions, report
from ddcat.records import Action, Assessment, Cycle, Evidence, Origin, Plan, Point, Rater
from ddcat.report import Work
from ddcat.scoring import Ratings
from ddcat.shelf import Volume
from tests.test_report import HOSTILE, headings, plain, tags, text_of

DAYS = ("2025-05-04", "2026-05-04", "2027-06-01")
ORDER = [
    "Gull Point Clinic",
    "What moved",
    "Did it work?",
    "Item by item",
    "What was counted",
    "What is still open",
    "Next rating",
    "About this assessment",
]


@pytest.fixture(scope="session")
def years(ddcat: Volume, profiles: dict[str, Ratings], rated: Any) -> tuple[Assessment, Assessment, Assessment]:
    """A baseline and two follow-ups of one program, rated by one person, all sealed."""
    items = {item.code: item.id for item in ddcat.instrument.items}
    first = rated(ddcat.instrument, 3, IA=1, IIA=1, IIIB=1, VA=2, VIB=3)
    second = first | {items["IA"]: 3, items["IIIB"]: 2, items["VIB"]: 2, items["IC"]: 4}
    third = second | {items["IIA"]: 3, items["VA"]: 3}
    origins = {id: Origin("a", "2025-05-04T10:00:00+00:00") for id in first}
    return tuple(
        Assessment(
            *("Gull Point Clinic", on, ratings),
            kind="self",
            rater="Ada Finch",
            agency="Tern Rock",
            ref=f"r{n}",
            program_ref="p",
            origins=origins,
            sealed_at=f"{on}T10:00:00+00:00",
            hash="9f2c" * 16,
            entry=n,
        )
        for n, (on, ratings) in enumerate(zip(DAYS, (first, second, third), strict=True), 1)
    )


@pytest.fixture(scope="session")
def planned(ddcat: Volume, years: tuple[Assessment, ...]) -> tuple[Action, ...]:
    """Actions of the baseline: a hit, a miss, one too early, one dropped."""
    items = {item.code: item.id for item in ddcat.instrument.items}

    def action(code: str, to: int, **more: Any) -> Action:
        usual = {"ref": code, "rating": years[0].ratings[items[code]], "expected": to, "assessment": "r1"}
        return Action(
            **{**usual, "item": items[code], "what": f"Do what raises {code}", "owner": "Ada Finch", **more}
        )

    tried = Cycle("c", "A red tray", "2025-06-01", "2025-06-14", "Half are found", "All were found", "adopt")
    counts = tuple(Point(f"p{n}", f"2025-{n + 1:02}-01", str(n), 10) for n in range(1, 12))
    counted = {"cycles": (tried,), "points": counts, "measured": "forms filled", "measured_as": "share"}
    return (
        action("IA", 3, state="proven", due_on="2025-12-01", proof="A new mission", seen="It hangs in the hall"),
        action("IIIB", 3, state="done", due_on="2026-02-01", **counted),
        action("IIA", 3, state="under way", due_on="2027-01-01"),
        action("VA", 3, state="dropped", reason="The form belongs to the state"),
    )


@pytest.fixture(scope="session")
def work(ddcat: Volume, years: tuple[Assessment, ...], planned: tuple[Action, ...]) -> Callable[..., Work]:
    """`work(2)`: the work as the second assessment shows it, on the day it was sealed."""

    def work(n: int, every: tuple[Action, ...] = planned, seen: tuple[Assessment, ...] = years, **more: Any) -> Work:
        known = seen[:n]
        instruments = {each.ref: ddcat.instrument for each in known}
        usual: dict[str, Any] = {"today": DAYS[n - 1], "plan": Plan(), "instruments": instruments, "seen": known}
        return report.work_on(known[-1], every=every, **usual | more)

    return work


@pytest.fixture(scope="session")
def html(ddcat: Volume, years: tuple[Assessment, ...], work: Callable[..., Work]) -> Callable[..., str]:
    """`html(2)`: the progress report of the second assessment."""

    def html(n: int, **more: Any) -> str:
        told = work(n, **more)
        assert told.since
        return report.progress(ddcat.instrument, ddcat.guide, told.since.after, told, head=(300, "ab12" * 16))

    return html


@pytest.fixture(scope="session")
def paper(html: Callable[..., str]) -> bytes:
    return report.pdf(html(2))


def words(html: str) -> str:
    """What a reader sees of this HTML."""
    said = re.sub(r"<[^>]+>", " ", html.partition("<body>")[2]).replace("&#39;", "'").replace("&amp;", "&")
    return re.sub(r" ([.,;:?])", r"\1", " ".join(said.split()))


# --- What the work on a plan is ---


def test_each_action_has_its_verdict(work: Any) -> None:
    verdicts = {action.ref: outcome and outcome.verdict for action, outcome in work(2).delivery.outcomes}
    assert verdicts == {"IA": "hit", "IIIB": "miss", "IIA": "too early", "VA": None}


def test_what_was_too_early_is_judged_by_the_assessment_after_the_next(work: Any) -> None:
    third = work(3)
    assert third.since.base.ref == "r2"
    assert {action.ref: outcome.verdict for action, outcome in third.delivery.outcomes} == {"IIA": "hit"}


def test_the_first_assessment_has_nothing_to_compare_with(work: Any) -> None:
    first = work(1)
    assert (first.since, first.delivery, first.after) == (None, None, None)
    assert {action.ref for action in first.actions} == {"IA", "IIIB", "IIA", "VA"}


def test_a_plan_says_what_the_next_assessment_made_of_it(
    ddcat: Volume, years: tuple[Assessment, ...], planned: tuple[Action, ...]
) -> None:
    instruments = {each.ref: ddcat.instrument for each in years}
    base = report.work_on(years[0], today=DAYS[2], plan=Plan(), every=planned, seen=years, instruments=instruments)
    assert base.after
    assert base.after.assessment.ref == "r2"
    assert (base.after.count(actions.HIT), base.after.n_judged) == (1, 2)
    late = base.outcomes["IIA"]
    assert late
    assert late.verdict == "hit", "the third judged what was too early for the second"


def test_actions_of_earlier_plans_that_are_open_stay_in_sight(work: Any, planned: tuple[Action, ...]) -> None:
    second = work(2, today="2027-02-01")
    assert [action.ref for action in second.older] == ["IIA"]
    assert second.late == {"IIA"}
    assert [(day, [one.ref for one in of_plan]) for day, of_plan in second.carried] == [(DAYS[0], ["IIA"])]
    assert [action.ref for action in second.of(second.older[0].item)] == ["IIA"]
    assert second.of(next(one for one in planned if one.ref == "IA").item) == ()
    assert work(2).late == frozenset()


def test_a_draft_is_not_judged(years: tuple[Assessment, ...], work: Any) -> None:
    draft = replace(years[1], sealed_at=None, hash=None)
    assert work(2, seen=(years[0], draft)).since is None
    amendment = replace(draft, ref="r2b", amends="r2", edition=2)
    assert work(3, seen=(*years[:2], amendment)).since is None


def test_an_amended_baseline_is_compared_by_its_newest_edition(years: tuple[Assessment, ...], work: Any) -> None:
    old = replace(years[0], amended_by="r1b", replaced_at="2025-06-01T10:00:00+00:00")
    new = replace(years[0], ref="r1b", amends="r1", edition=2)
    told = work(3, seen=(old, new, years[1]), today=DAYS[1])
    assert told.since.base.ref == "r1b"
    assert len(told.delivery.outcomes) == 4, "actions planned from the first edition are judged"


# --- The report ---


def test_the_report_says_first_what_moved(html: Any) -> None:
    lead = re.search(r'<p class="lead">(.*?)</p>', html(2), re.S)
    assert lead
    assert plain(lead[1]).startswith("Since May 4, 2025 the overall score rose by 0.")
    assert "That is not larger than rater noise: a difference up to 0.27 can come from who rated." in words(html(2))


def test_a_fall_is_called_a_fall(html: Any, years: tuple[Assessment, ...], ddcat: Volume) -> None:
    lower = replace(years[1], ratings=dict.fromkeys(years[1].ratings, 2))
    said = words(html(2, seen=(years[0], lower), every=()))
    assert "the overall score fell by 0." in said
    assert "That is larger than rater noise, which explains differences up to 0.27." in said
    assert "No item is rated lower." not in said
    same = words(html(2, seen=(years[0], replace(years[0], ref="r2", assessed_on=DAYS[1])), every=()))
    assert "the overall score has stayed at" in same
    assert "rater noise, which explains" not in same


def test_nothing_is_counted_that_there_is_none_of(html: Any, years: tuple[Assessment, ...], ddcat: Volume) -> None:
    ratings = years[0].ratings
    item = next(each for each in ddcat.instrument.items if ratings[each.id] < 5)
    one_up = replace(years[1], ratings={**ratings, item.id: ratings[item.id] + 1}, carried={})
    said = words(html(2, seen=(years[0], one_up), every=()))
    assert f"1 item is rated higher and {len(ratings) - 1} items are rated as before." in said
    assert "0 lower" not in said
    assert "rated lower" not in said.replace("No item is rated lower.", "")


def test_a_difference_that_the_shown_scores_do_not_come_to_says_why(
    html: Any, years: tuple[Assessment, ...], ddcat: Volume
) -> None:
    hint = "(The difference is worked out from unrounded scores.)"
    low = replace(years[0], ratings=dict.fromkeys(ddcat.instrument.by_id, 1))
    high = replace(years[1], ratings=dict.fromkeys(ddcat.instrument.by_id, 3))
    assert hint not in words(html(2, seen=(low, high), every=())), "from 1.00 to 3.00 by 2.000"
    uneven = replace(high, ratings={**high.ratings, ddcat.instrument.items[0].id: 1})
    assert hint in words(html(2, seen=(low, uneven), every=()))


def test_an_assumption_is_called_one_and_says_why(html: Any, years: tuple[Assessment, ...]) -> None:
    said = words(html(2))
    assert "How much raters differ is an assumption here" in said
    assert "The assessments hold too few ratings that two raters gave alone" in said
    ratings = years[1].ratings
    alike = (Rater("a", "Ada Finch", ratings=ratings), Rater("b", "Bo Gull", ratings=ratings))
    said = words(html(2, seen=(years[0], replace(years[1], is_blind=True, raters=alike))))
    assert "How much raters differ is an assumption here" in said
    assert f"In the {len(ratings)} pairs of ratings given alone here the raters never differed" in said
    assert "too few ratings" not in said


def test_what_else_differs_is_said(html: Any, years: tuple[Assessment, ...]) -> None:
    assert "The same people rated both times" in words(html(2))
    nameless = words(html(2, seen=(years[0], replace(years[1], rater=None))))
    assert "The same people rated" not in nameless
    assert "Whether the same people rated both times is not known" in nameless
    others = {id: Origin("b", "2026-05-04T10:00:00+00:00") for id in years[1].ratings}
    broken = words(html(2, seen=(years[0], replace(years[1], kind="external", origins=others))))
    assert "Other people rated: part of the difference may come from them." in broken
    assert "Another kind of rating: before “Self-rating" in broken


def test_every_action_stands_there_with_what_became_of_it(html: Any) -> None:
    said = words(html(2))
    for told in (
        "1 of 2 actions that can be judged have reached the rating that they expected; for 1 it is too early;"
        " 1 was dropped.",
        "✓ hit Expected 3, rated 3.",
        "✗ miss Expected 3; it rose from 1 to 2.",
        "… too early Expected 3, rated 1; the work was not to be done yet.",
        "– dropped Reason: The form belongs to the state",
        "1 item rose without an action: IC.",
        "That an item rose does not prove that the action was the cause.",
    ):
        assert told in said


def test_evidence_that_does_not_carry_a_hit_is_told(html: Any, years: tuple[Assessment, ...]) -> None:
    assert "Expected 3, rated 3. The evidence carries 1." in words(html(2))
    mission = next(iter(years[1].ratings))
    shown = Evidence("e", mission, "document", "The mission", supports=3)
    assert "Expected 3, rated 3. The evidence carries it." in words(
        html(2, seen=(years[0], replace(years[1], evidence=(shown,))))
    )


def test_evidence_that_carries_what_was_rated_does_not_carry_a_miss(
    html: Any, years: tuple[Assessment, ...], ddcat: Volume
) -> None:
    (item,) = [one.id for one in ddcat.instrument.items if one.code == "IIIB"]
    shown = Evidence("e", item, "document", "The form", supports=2)
    said = words(html(2, seen=(years[0], replace(years[1], evidence=(shown,)))))
    assert "Expected 3; it rose from 1 to 2. The evidence carries the 2." in said


def test_what_was_expected_of_the_whole_stands_beside_what_came(html: Any, work: Any) -> None:
    delivery = work(2).delivery
    said = words(html(2))
    assert delivery.before.overall < delivery.after.overall < delivery.expected.overall
    for result in (delivery.before, delivery.expected, delivery.after):
        assert f"{float(result.overall):.2f}" in said


def test_without_actions_the_report_says_so(html: Any) -> None:
    said = words(html(2, every=()))
    assert "No action was planned from the assessment of May 4, 2025" in said
    assert "No action is open." in said


def test_the_report_has_its_parts_in_their_order(paper: bytes) -> None:
    assert [title for title in headings(paper) if title in ORDER] == ORDER


def test_the_measure_of_an_action_is_drawn(paper: bytes) -> None:
    assert any("forms filled" in figure["Alt"] for figure in tags(paper, "Figure"))
    assert "A red tray" in text_of(paper)


def test_two_runs_make_the_same_bytes(paper: bytes, html: Any) -> None:
    assert report.pdf(html(2)) == paper


@pytest.mark.slow
def test_the_report_keeps_pdf_ua_whatever_people_wrote(
    refused: Any, paper: bytes, html: Any, planned: tuple[Action, ...]
) -> None:
    def written(text: str) -> bytes:
        hostile = tuple(replace(each, what=text[:1000], owner=text[:200], reason=text[:500]) for each in planned)
        return report.pdf(html(2, every=hostile))

    assert refused({"usual": paper} | {what: written(text) for what, text in HOSTILE.items()}) == ""
