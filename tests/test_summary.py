"""The page for a board: one page, whatever there is to say, and nothing that matters left out."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from ddcat import display, report, scoring
from ddcat.records import Action, Assessment, Carried, Evidence, Origin, Plan, Rater
from ddcat.report import Work
from ddcat.shelf import Volume
from tests.test_report import HOSTILE, LONG, plain, tags

AT = "2026-05-04T10:00:00+00:00"
TODAY = "2026-11-01"
HEADINGS = ("The road", "The work", "Did it work?", "Next rating:")


@pytest.fixture(scope="session")
def said(ddcat: Volume, profiles: dict[str, scoring.Ratings]) -> Assessment:
    """A sealed assessment with the ratings of T2, rated by one person."""
    ratings = dict(profiles["T2"])
    return Assessment(
        *("Gull Point Clinic", "2026-05-04", ratings),
        kind="self",
        rater="Ada Finch",
        agency="Tern Rock",
        ref="r1",
        program_ref="p",
        period=1,
        origins={id: Origin("a", AT) for id in ratings},
        sealed_at=AT,
        hash="9f2c" * 16,
        entry=1,
    )


def acts(ddcat: Volume, n: int, **more: Any) -> tuple[Action, ...]:
    """So many actions of the assessment, due one a day."""
    items = ddcat.instrument.items
    return tuple(
        Action(
            **{
                "ref": f"a{each}",
                "item": items[each % len(items)].id,
                "rating": 1,
                "expected": 3,
                "what": f"Do thing {each} of many",
                "owner": "Ada Finch",
                "due_on": f"2026-{10 + each // 28:02}-{1 + each % 28:02}",
                "state": "agreed",
                "assessment": "r1",
                **more,
            }
        )
        for each in range(n)
    )


def work(
    ddcat: Volume, assessment: Assessment, *actions: Action, before: tuple[Assessment, ...] = (), **more: Any
) -> Work:
    seen = (*before, assessment)
    instruments = {each.ref: ddcat.instrument for each in seen}
    usual: dict[str, Any] = {"today": TODAY, "plan": Plan(), "seen": seen, "instruments": instruments}
    return report.work_on(assessment, every=actions, **usual | more)


def html(ddcat: Volume, assessment: Assessment, told: Work | None = None) -> str:
    told = told or work(ddcat, assessment)
    return report.summary(ddcat.instrument, ddcat.guide, assessment, told, head=(300, "ab12" * 16))


def pages(html: str) -> list[str]:
    return [plain(page.extract_text()) for page in PdfReader(BytesIO(report.pdf(html))).pages]


def test_the_page_says_where_the_program_stands_and_how_far_to_trust_that(ddcat: Volume, said: Assessment) -> None:
    (page,) = pages(html(ddcat, said))
    result = scoring.score(ddcat.instrument, said.ratings)
    for told in (
        "Summary for the board",
        plain(display.headline(ddcat.instrument, result)),
        "by the scale method",
        "by the criterion method",
        "No line of evidence is recorded",
        "One person alone gave every rating.",
        "The cheapest road to “Dual diagnosis capable” (DDC) by both methods raises",
        "No action is planned yet.",
        "That is told when the next assessment is sealed.",
        "between May 2027 and November 2027",
        *HEADINGS,
    ):
        assert told in page
    for dimension in ddcat.instrument.dimensions:
        assert f"{dimension.number} {dimension.title}" in page


def test_ratings_that_nobody_gave_anew_are_counted(ddcat: Volume, said: Assessment) -> None:
    assert "not re-rated" not in plain(html(ddcat, said))
    carried = {item.id: Carried("r0", "2025-05-04") for item in ddcat.instrument.items[:4]}
    (page,) = pages(html(ddcat, replace(said, carried=carried)))
    assert "4 of 35 ratings carried, not re-rated." in page


def test_codes_are_never_alone_and_bands_and_methods_are_explained(
    ddcat: Volume, said: Assessment, rated: Any
) -> None:
    codes = {f"{item.code} {plain(item.title)}" for item in ddcat.instrument.items}
    low = {item.code: 2 for item in ddcat.instrument.items[-13:]}
    near = replace(said, ratings=rated(ddcat.instrument, 4, **low))
    found = report.ways(ddcat.instrument, ddcat.guide, near.ratings, Plan()).cheapest.road.rises
    assert 1 < len(found) <= 6
    what = "Put the list of groups on the form itself, so that one is chosen before somebody leaves, " * 2
    told = work(ddcat, near, *acts(ddcat, 5, what=what))
    (page,) = pages(html(ddcat, near, told))
    for rise in found:
        assert f"{rise.item.code} {plain(rise.item.title)}" in page
    assert sum(page.count(f"{one}, from 1 to 3") for one in codes) == 5
    assert "AOS: Addiction-only services, from 1; " in page
    result = scoring.score(ddcat.instrument, near.ratings)
    assert display.disagreement(ddcat.instrument, result)
    assert plain(display.disagreement(ddcat.instrument, result)) in page
    assert "before somebody leaves, Put the list of…" in page


def test_rater_noise_is_said_of_the_difference_not_of_the_band(ddcat: Volume, said: Assessment) -> None:
    base = replace(said, ref="r0", assessed_on="2025-05-04", ratings=dict.fromkeys(said.ratings, 1))
    page = html(ddcat, said, work(ddcat, said, before=(base,)))
    assert page.index("the overall score rose by") < page.index("That is larger than rater noise")
    assert page.index("That is larger than rater noise") < page.index("The band was “")


def test_the_work_is_told_in_numbers_and_the_next_five_by_name(ddcat: Volume, said: Assessment) -> None:
    late = replace(acts(ddcat, 1)[0], ref="late", due_on="2026-10-01", owner="Bo Gull", state="under way")
    done = replace(late, ref="done", state="done")
    (page,) = pages(html(ddcat, said, work(ddcat, said, late, done, *acts(ddcat, 8, due_on="2027-01-08"))))
    assert "10 actions: 8 agreed, 1 done, 1 under way. 1 is overdue." in page
    assert "Due next: the first five of 9 that are open" in page
    assert "Bo Gull Oct 1, 2026 overdue" in page
    assert page.count("Jan 8, 2027") == 4


def test_what_earlier_actions_delivered_is_told(ddcat: Volume, said: Assessment) -> None:
    base = replace(said, ref="r0", assessed_on="2025-05-04", ratings=dict.fromkeys(said.ratings, 1))
    planned = acts(ddcat, 2, assessment="r0", state="done")
    (page,) = pages(html(ddcat, said, work(ddcat, said, *planned, before=(base,))))
    assert "Since May 4, 2025 the overall score rose by" in page
    assert "Of the plan of May 4, 2025: 2 of 2 actions that can be judged have reached" in page


def test_a_road_that_is_mostly_the_setting_is_called_that(ddcat: Volume, said: Assessment, rated: Any) -> None:
    for numbers, is_setting in ((("II", "VII"), True), (("IV", "V"), False)):
        low = {item.code: 1 for each in ddcat.instrument.dimensions if each.number in numbers for item in each.items}
        told = html(ddcat, replace(said, ratings=rated(ddcat.instrument, 3, **low)))
        assert ("More than half of what it adds describes the setting" in told) == is_setting


def worst(ddcat: Volume, said: Assessment, name: str) -> tuple[Assessment, Work]:
    """Consensus of three with long names, amended and replaced, little evidence, 30 actions late, a plan, a past."""
    ratings = dict(said.ratings)
    crew = tuple(
        Rater(ref, f"{name} {ref}", ratings=ratings | {next(iter(ratings)): n}) for n, ref in enumerate("abc", 1)
    )
    line = Evidence("e", next(iter(ratings)), "document", "A page")
    long = replace(said, program=name, agency=name, rater=name, raters=crew, is_blind=True, evidence=(line,))
    long = replace(long, edition=3, amends="rx", reason=name, period=4, replaced_at=AT, kind="external", hash=None)
    base = replace(said, ref="r0", assessed_on="2025-05-04", ratings=ratings | dict.fromkeys(list(ratings)[:9], 1))
    actions = acts(ddcat, 30, what=name * 4, owner=name, due_on="2026-05-05")
    older = acts(ddcat, 12, assessment="r0", state="dropped")[:3] + acts(ddcat, 12, assessment="r0", state="done")[3:]
    older += tuple(replace(one, ref=f"o{one.ref}") for one in acts(ddcat, 5, assessment="r0", due_on="2027-01-01"))
    closed: dict[str, int | None] = dict.fromkeys(list(ratings)[:2], 5)
    plan = Plan("DDE", "both", closed, {id: 5 for id, rating in ratings.items() if rating < 5}, 1)
    newer = replace(long, ref="r2", amends="r1", edition=4, replaced_at=None)
    seen = (base, long, newer)
    instruments = {each.ref: ddcat.instrument for each in seen}
    return long, work(ddcat, long, *actions, *older, seen=seen, instruments=instruments, plan=plan)


@pytest.mark.parametrize("name", [LONG, "W" * 200], ids=["long names", "names without a space"])
def test_one_page_at_its_worst(ddcat: Volume, said: Assessment, name: str) -> None:
    (page,) = pages(html(ddcat, *worst(ddcat, said, name)))
    assert "between May 2027 and November 2027" in page
    for told in ("This differs from what was sealed", "Of the plan of May 4, 2025", "The program’s own plan raises"):
        assert told in page
    assert "That is told when" not in page


def test_an_incomplete_draft_has_its_page_too(ddcat: Volume, said: Assessment) -> None:
    draft = replace(said, sealed_at=None, hash=None, ratings=dict(list(said.ratings.items())[3:]))
    (page,) = pages(html(ddcat, draft))
    assert "provisional" in page
    assert "The road can be told when every item is rated." in page
    (page,) = pages(html(ddcat, replace(draft, ratings={}, origins={})))
    assert "Nobody has rated yet." in page


def test_every_figure_of_the_page_has_a_text(ddcat: Volume, said: Assessment) -> None:
    figures = tags(report.pdf(html(ddcat, said)), "Figure")
    assert len(figures) == len(ddcat.instrument.dimensions) + 2
    assert all(figure["Alt"] for figure in figures)


def test_two_runs_make_the_same_bytes(ddcat: Volume, said: Assessment) -> None:
    assert report.pdf(html(ddcat, said)) == report.pdf(html(ddcat, said))


@pytest.mark.slow
def test_the_page_keeps_pdf_ua_whatever_people_wrote(ddcat: Volume, said: Assessment, refused: Any) -> None:
    written = {what: report.pdf(html(ddcat, *worst(ddcat, said, text[:200]))) for what, text in HOSTILE.items()}
    assert refused({"usual": report.pdf(html(ddcat, said))} | written) == ""
