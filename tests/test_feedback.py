"""The feedback report: what a payer and a board read, whatever was rated and written down."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pypdf import PdfReader

from ddcat import checks, display, evidence, panel, planning, report, scoring
from ddcat.instrument import Guide, Instrument
from ddcat.records import Answer, Assessment, Evidence, Origin, Rater
from ddcat.shelf import Volume
from tests.test_report import HOSTILE, LONG, first_page, headings, lines, plain, tags, text_of

ORDER = [
    "Gull Point Clinic",
    "Thanks and scope",
    "Sources used",
    "Overall level by both methods",
    "Profile",
    "How far the raters agreed",
    "Strengths",
    "Nearest to the next anchor",
    "Recommendations",
    "Next rating",
    "Ratings and evidence, item by item",
    "What the checks found",
    "About this assessment",
]
ONE_ALONE = "One person alone gave every rating. How far another rater would agree is unknown."
AT = "2026-05-04T10:00:00+00:00"


def line(item: str, n: int, source: str = "chart review", **more: Any) -> Evidence:
    more = {"seen": "Eight of ten hold it.", "place": "Records room", "seen_by": "Ada Finch", "by": "a"} | more
    return Evidence(f"e{n}", item, source, seen_on="2026-05-02", **more)


@pytest.fixture(scope="session")
def assessments(ddcat: Volume, profiles: dict[str, scoring.Ratings]) -> dict[str, Assessment]:
    """Assessments by what they are: with the ratings of T2, but for the incomplete one."""
    items = ddcat.instrument.items
    ratings = dict(profiles["T2"])
    usual: dict[str, Any] = {"kind": "self", "rater": "Ada Finch", "agency": "Tern Rock", "ref": "r1", "period": 1}
    said = Assessment("Gull Point Clinic", "2026-05-04", ratings, **usual)
    said = replace(said, started_at=AT, origins={item.id: Origin("a", AT) for item in items})
    sealed: dict[str, Any] = {"sealed_at": "2026-05-06T09:00:00+00:00", "hash": "9f2c" * 16, "entry": 212}
    sources = ("document/manual", "chart review", "interview/director", "observation/tour", "document/brochure")
    shown = tuple(line(item.id, n, sources[n % 5]) for n, item in enumerate(items[:30]))
    leader = {id: min(5, rating + (n % 4 == 0)) for n, (id, rating) in enumerate(ratings.items())}
    staff = {id: max(1, rating - (n % 5 == 0)) for n, (id, rating) in enumerate(ratings.items())}
    both = (
        Rater("a", "Ada Finch", stands="leader", ratings=leader),
        Rater("b", "Bo Gull", stands="staff", ratings=staff),
    )
    together = replace(said, kind="peer", rater="Ada Finch, Bo Gull", raters=both, is_blind=True, **sealed)
    together = replace(together, evidence=shown, cover={"sources": ["charts", "clients"], "charts_reviewed": 10})
    cy = Rater("c", "Cy Heron", stands="outside", ratings=dict(list(leader.items())[:25]))
    return {
        "one alone": replace(said, evidence=shown[:3], **sealed),
        "consensus": together,
        "three raters": replace(together, raters=(*both, cy)),
        "no evidence": said,
        "incomplete": replace(said, ratings=dict(list(ratings.items())[15:]), evidence=shown[20:26]),
        "several, one set": replace(said, origins={**said.origins, items[0].id: Origin("b", AT)}),
        "still alone": replace(together, is_open=False, raters=both[:1], sealed_at=None, hash=None),
        "empty": replace(said, ratings={}, origins={}),
    }


@pytest.fixture(scope="session")
def html(ddcat: Volume, assessments: dict[str, Assessment]) -> Callable[..., str]:
    """`html("consensus", answers={...})`: the report of this assessment, with this changed in it."""

    def html(name: str, **instead: Any) -> str:
        return written(ddcat.instrument, ddcat.guide, replace(assessments[name], **instead))

    return html


@pytest.fixture(scope="session")
def paper(html: Callable[..., str]) -> Callable[[str], bytes]:
    """The same as PDF, made once."""
    made: dict[str, bytes] = {}

    def paper(name: str) -> bytes:
        if name not in made:
            made[name] = report.pdf(html(name))
        return made[name]

    return paper


def written(instrument: Instrument, guide: Guide, assessment: Assessment) -> str:
    return report.feedback(
        instrument,
        guide,
        assessment,
        agreement=panel.of_raters(instrument, assessment),
        findings=checks.findings(instrument, guide, assessment, "2026-05-06"),
        head=(300, "ab12" * 16),
    )


def words(html: str) -> str:
    """What a reader sees of this HTML."""
    body = html.partition("<body>")[2]
    said = re.sub(r"<[^>]+>", " ", body).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    return " ".join(said.split())


NAMES = ("one alone", "consensus", "three raters", "no evidence", "incomplete", "several, one set", "still alone")


@pytest.mark.parametrize("name", [*NAMES, "empty"])
def test_every_report_has_the_same_parts_in_the_same_order(name: str, html: Any) -> None:
    found = [words(f"<body>{text}") for text in re.findall(r"<h[12]>(.*?)</h[12]>", html(name), re.S)]
    assert [text.partition(" towards")[0].partition(" to reach")[0] for text in found] == ORDER


# --- Page one ---


@pytest.mark.parametrize("name", NAMES)
def test_page_one_says_first_where_the_program_stands_and_who_says_so(
    name: str, paper: Any, assessments: Any, ddcat: Volume
) -> None:
    page, assessment = first_page(paper(name)), assessments[name]
    result = scoring.score(ddcat.instrument, assessment.ratings)
    assert page.index(display.kind(assessment.kind)) < page.index(display.headline(ddcat.instrument, result)[:40])
    for said in ("Gull Point Clinic", "Tern Rock", ddcat.instrument.title, "May 4, 2026", display.how(assessment)):
        assert said in page
    for said in ("Result as rated", "Result as evidenced", "Agreement of raters", "Thanks and scope"):
        assert page.index("out of 5" if result.overall else "are not yet rated") < page.index(said)


def test_one_person_alone_is_said_plainly_in_the_header(html: Any, paper: Any) -> None:
    for name in ("one alone", "no evidence", "incomplete"):
        header = html(name).partition("<header")[2].partition("</header>")[0]
        assert ONE_ALONE in header
        assert ONE_ALONE in first_page(paper(name))
    one = (Rater("a", "Ada Finch", ratings={"mission": 3}),)
    assert ONE_ALONE in html("no evidence", raters=one, is_blind=True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("consensus", "Consensus of 2 raters, who rated alone before they agreed."),
        ("three raters", "Consensus of 3 raters, who rated alone before they agreed."),
        ("several, one set", "One set of ratings, saved by 2 people who saw each other’s."),
        ("still alone", "Raters still rate alone, and not all have submitted: this shows only what you may see now."),
        ("empty", "Nobody has rated yet."),
    ],
)
def test_the_header_says_how_many_rated_and_how(name: str, said: str, html: Any) -> None:
    header = words("<body>" + html(name).partition("<header")[2].partition("</header>")[0])
    assert said in header
    assert "One person alone" not in header


@pytest.mark.parametrize("name", NAMES[:4])
def test_both_results_stand_on_page_one_with_both_methods(
    name: str, paper: Any, assessments: Any, ddcat: Volume
) -> None:
    instrument, assessment, page = ddcat.instrument, assessments[name], first_page(paper(name))
    for result in (scoring.score(instrument, assessment.ratings), evidence.result(instrument, assessment)):
        assert (
            f"{instrument.level_title(result.band)} by the scale method, with an overall score of"
            f" {display.score(instrument, result.overall)};"
            f" {instrument.level_title(result.criterion.level)} by the criterion method"
        ) in page


def test_what_is_provisional_says_so_before_anything_else(paper: Any) -> None:
    page = first_page(paper("incomplete"))
    assert page.startswith("Feedback report · DDCAT 4.0 · May 4, 2026 · provisional")
    assert "Provisional. 20 of 35 items are rated." in page


def test_an_edition_that_was_replaced_says_so(html: Any) -> None:
    assert "was replaced by an amendment" not in html("one alone", amended_by="r9")
    assert "was replaced by an amendment" in html("one alone", amended_by="r9", replaced_at=AT)


# --- What it rests on ---


def test_sources_are_those_ticked_and_those_that_evidence_shows(html: Any) -> None:
    text = words(html("consensus"))
    assert (
        "6 of the 11 sources on the cover sheet were used: Chart review, Agency brochure, Program manual, Interview"
        " with the program director, Interviews with clients, Tour of the site."
    ) in text
    assert "No line of evidence tells what was learned from: Interviews with clients." in text
    assert "Documents Chart reviews Observations Interviews Counts All" in text
    assert "Lines of evidence 12 6 6 6 0 30" in text
    assert "Items they speak to 12 6 6 6 0 30" in text


def test_a_single_source_is_said_in_the_singular(html: Any) -> None:
    text = words(html("no evidence", cover={"sources": ["tour"]}))
    assert "1 of the 11 sources on the cover sheet was used: Tour of the site." in text


def test_without_evidence_the_report_says_so_everywhere(html: Any, ddcat: Volume) -> None:
    text = words(html("no evidence"))
    assert "No source is named: neither the cover sheet nor any line of evidence says what was looked at." in text
    assert "None was recorded: the ratings rest on nothing that can be shown." in text
    assert "As evidenced, every item therefore counts as the lowest rating." in text
    assert text.count("No evidence was recorded.") == len(ddcat.instrument.items)
    assert f"{ddcat.instrument.level_title('AOS')} by the scale method, with an overall score of 1.00" in text


def test_every_item_stands_with_both_ratings_and_its_evidence(html: Any, assessments: Any, ddcat: Volume) -> None:
    said = html("consensus").partition("Ratings and evidence, item by item")[2]
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", said.partition("</table>")[0], re.S)
    carried = evidence.as_evidenced(ddcat.instrument, assessments["consensus"])
    assert len(rows) == len(ddcat.instrument.items)
    for item, row in zip(ddcat.instrument.items, rows, strict=True):
        rating = assessments["consensus"].ratings[item.id]
        assert words(f"<body>{row}").startswith(f"{item.code} {item.title} {rating} {carried[item.id]} ")
    assert rows[0].count("Eight of ten hold it.") == 1


def test_a_strength_that_nothing_shows_says_so(html: Any) -> None:
    text = words(html("no evidence", ratings={"mission": 5, "licensure": 5}, evidence=(line("mission", 1),)))
    strong = text.partition("Strengths")[2].partition("Nearest to the next anchor")[0]
    assert re.findall(r"(I[A-Z]) .*?(rated 5(?:, as evidenced \d)?)", strong) == [
        ("IA", "rated 5"),
        ("IB", "rated 5, as evidenced 1"),
    ]


def test_many_strengths_say_of_how_many_the_evidence_carries_the_rating(html: Any, ddcat: Volume) -> None:
    shown = tuple(line(item.id, n) for n, item in enumerate(ddcat.instrument.items[:20]))
    text = words(html("consensus", evidence=shown)).partition("Nearest to the next anchor")[0]
    assert "The evidence carries 20 of these 28 ratings." in text


# --- Agreement ---


def test_agreement_is_told_in_figures_with_a_sentence_each(html: Any, assessments: Any, ddcat: Volume) -> None:
    text, found = words(html("consensus")), panel.of_raters(ddcat.instrument, assessments["consensus"])
    assert found
    assert "Two raters gave the same rating to 22 of 35 items (62.9 %)." in text
    assert found.overall.percent_exact.value == pytest.approx(22 / 35)
    kappa, ac2 = found.overall.weighted_kappa, found.overall.gwet_ac2
    for title, figure in (("Weighted kappa (linear)", kappa), ("Gwet’s AC2 (linear)", ac2)):
        assert figure.interval
        low, high = figure.interval
        shown = f"{title} {figure.value:.2f} {low:.2f} to {high:.2f} Of all agreement beyond chance"
        assert shown in text
    assert "Krippendorff" not in text
    for label in ("moderate", "substantial", "excellent", "almost perfect"):
        assert label not in text.lower()


def test_of_three_raters_alpha_is_told_and_kappa_left_out(html: Any) -> None:
    text = words(html("three raters"))
    assert re.search(r"On an average item [\d.]+ % of the pairs among 3 raters gave the same rating\.", text)
    assert "Krippendorff’s alpha (ordinal)" in text
    assert "kappa" not in text
    assert "AC2" not in text


def test_who_sees_it_higher_and_where_they_differed_is_told(html: Any, assessments: Any, ddcat: Volume) -> None:
    text = words(html("consensus"))
    assert "Leaders minus staff" in text
    assert re.search(r"Leaders rated higher than staff in I, .* and lower nowhere\.", text)
    differing = panel.differences(ddcat.instrument, assessments["consensus"])
    table = text.partition("Where they differed, and what was agreed")[2].partition("Strengths")[0]
    assert re.findall(r"\b([IV]+[A-J]) ", table) == [one.item.code for one in differing]
    first = differing[0]
    assert f"Ada Finch: {first.given['a']}; Bo Gull: {first.given['b']}" in table
    assert "No reason was written down." in table


def test_without_leaders_there_is_no_gap_to_tell(html: Any, assessments: Any) -> None:
    raters = tuple(replace(rater, stands="") for rater in assessments["consensus"].raters)
    text = words(html("consensus", raters=raters))
    assert "Leaders" not in text
    assert "Agreement by dimension" in text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("one alone", "one person alone gave every rating"),
        ("several, one set", "saved by several people who could see each other’s"),
    ],
)
def test_unknown_agreement_says_why_and_why_that_matters(name: str, why: str, html: Any) -> None:
    text = words(html(name))
    assert why in text.partition("How far the raters agreed")[2].partition("Strengths")[0]
    assert "That matters, because a second person who rates alone often sees a program differently" in text
    assert "Agreement of raters Unknown: there are no two raters to compare" in text


def test_while_raters_rate_alone_nothing_of_the_others_is_told(html: Any) -> None:
    text = words(html("still alone"))
    assert "Bo Gull" not in text.replace("rated by Ada Finch, Bo Gull", "")
    assert "Agreement of raters Not yet known: raters still rate alone" in text
    assert "That matters" not in text


def test_what_cannot_be_estimated_says_why(html: Any, ddcat: Volume) -> None:
    same = {item.id: 3 for item in ddcat.instrument.items}
    raters = tuple(Rater(name, name, ratings=same) for name in "ab")
    text = words(html("consensus", raters=raters, ratings=same))
    assert "Two raters gave the same rating to 35 of 35 items (100 %)." in text
    assert "This cannot be given. Each rater gave the same rating throughout" in text
    assert "No item was rated differently." in text


def test_raters_who_share_no_item_are_not_compared(html: Any) -> None:
    raters = (Rater("a", "Ada", ratings={"mission": 3}), Rater("b", "Bo", ratings={"welcome": 3}))
    text = words(html("consensus", raters=raters))
    assert text.count("Nothing was rated by two raters.") == 2
    assert "nan" not in text


# --- What to do ---


@pytest.mark.parametrize("name", ["one alone", "consensus", "incomplete"])
def test_recommendations_are_the_first_of_the_plan_with_a_first_step_and_room_for_names(
    name: str, html: Any, assessments: Any, ddcat: Volume
) -> None:
    instrument, ratings = ddcat.instrument, assessments[name].ratings
    level = planning.next_level(instrument, scoring.score(instrument, ratings))
    gaps = planning.gaps(instrument, ratings, level)[: report.FIRST]
    table = html(name).partition('<table class="recommended')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S)
    assert len(rows) == len(gaps) == 5
    for n, (gap, row) in enumerate(zip(gaps, rows, strict=True), 1):
        said = words(f"<body>{row}")
        assert said.startswith(
            f"{n} {gap.item.code} {gap.item.title}: from {gap.rating} to {gap.to}, overall score +"
        )
        assert said.endswith(" ".join(ddcat.guide.towards(gap.item.id, gap.to)[0].split()))
        assert row.count("></td>") == 2


@pytest.mark.parametrize(
    ("assessed_on", "span"),
    [
        ("2026-05-04", "between May 2027 and November 2027"),
        ("2026-08-31", "between August 2027 and February 2028"),
        ("2025-12-31", "between December 2026 and June 2027"),
    ],
)
def test_the_next_rating_is_12_to_18_months_away(assessed_on: str, span: str, html: Any) -> None:
    assert f"Rate again {span}" in words(html("no evidence", assessed_on=assessed_on))


def test_what_the_checks_found_stands_with_its_answers(html: Any, assessments: Any, ddcat: Volume) -> None:
    found = checks.findings(ddcat.instrument, ddcat.guide, assessments["one alone"], "2026-05-06")
    asked = [finding for finding in found if finding.severity == checks.ASKS]
    answers = {asked[0].key: Answer("The licence office keeps the file."), "gone/1": Answer("Of another day.")}
    text = words(html("one alone", answers=answers)).partition("What the checks found")[2]
    for finding in found:
        assert " ".join(finding.text.split()) in text
    assert "The licence office keeps the file." in text
    assert "Of another day." not in text
    assert text.count("Not answered.") == len(asked) - 1
    assert text.count("Good to know.") == len(found) - len(asked)


def test_a_sealed_report_prints_the_hash_and_one_that_differs_says_so(html: Any) -> None:
    differs = "This differs from what was sealed; run ddcat verify."
    text = words(html("one alone"))
    assert f"Hash of the record {'9f2c' * 16}" in text
    assert "Head of the trail, entry 300" in text
    assert differs not in text
    assert words(html("one alone", hash=None)).count(differs) == 2
    draft = words(html("no evidence"))
    assert "Hash of the record" not in draft
    assert differs not in draft


def test_source_and_licence_of_the_instrument_are_named(html: Any, ddcat: Volume) -> None:
    text = words(html("one alone"))
    assert " ".join(ddcat.instrument.citation.split()) in text
    assert " ".join(ddcat.instrument.notice.split()) in text


# --- As a PDF ---


@pytest.mark.parametrize("name", [*NAMES, "empty"])
def test_no_heading_stands_alone_at_the_foot_of_a_page(name: str, paper: Any) -> None:
    pdf = paper(name)
    ends = [lines(page)[-2:] for page in PdfReader(BytesIO(pdf)).pages]
    assert [end for end in ends if {end[-1], " ".join(end)} & set(headings(pdf))] == []


def test_a_report_is_short_enough_to_be_read(paper: Any) -> None:
    assert len(PdfReader(BytesIO(paper("one alone"))).pages) <= 8
    assert len(PdfReader(BytesIO(paper("consensus"))).pages) <= 11


def test_the_report_is_tagged_and_names_itself(paper: Any) -> None:
    with pikepdf.open(BytesIO(paper("consensus"))) as document:
        assert str(document.docinfo.Title) == "Gull Point Clinic: feedback report"
        assert str(document.Root.Lang) == "en"
    assert {cell["Scope"] for cell in tags(paper("consensus"), "TH")} == {"/Column", "/Row"}
    assert all(figure["Alt"] for figure in tags(paper("consensus"), "Figure"))


def test_two_runs_make_the_same_bytes(html: Any, paper: Any) -> None:
    assert report.pdf(html("consensus")) == paper("consensus")


def everywhere(instrument: Instrument, text: str) -> Assessment:
    """This text wherever people may write."""
    ratings = {item.id: item.ratings[0] for item in instrument.items}
    item = instrument.items[0].id
    seen = tuple(
        line(each.id, n, seen=text, place=text[:200], seen_by=text[:200]) for n, each in enumerate(instrument.items)
    )
    raters = tuple(
        Rater(ref, text[:200], stands=stands, ratings=ratings | {item: rating})
        for ref, stands, rating in (("a", "leader", 1), ("b", "staff", 5))
    )
    return Assessment(
        text[:200],
        "2026-05-04",
        ratings,
        kind="external",
        rater=text[:200],
        agency=text[:200],
        why=dict.fromkeys(ratings, text),
        cover={"sources": text, "visit_dates": text[:200]},
        reason=text[:1000],
        ref="r1",
        is_blind=True,
        evidence=seen,
        raters=raters,
    )


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_text_does_no_harm(what: str, lantern: Instrument, lantern_guide: Guide) -> None:
    said = everywhere(lantern, HOSTILE[what])
    found = checks.findings(lantern, lantern_guide, said, "2026-05-06")
    said = replace(said, answers={finding.key: Answer(HOSTILE[what]) for finding in found})
    html = written(lantern, lantern_guide, said)
    assert "<script" not in html
    assert "<img" not in html
    pages = PdfReader(BytesIO(report.pdf(html))).pages
    assert len(pages) < 40
    if HOSTILE[what].isascii() and len(HOSTILE[what]) < 200:
        assert plain(HOSTILE[what]) in plain(" ".join(page.extract_text() for page in pages))


def test_long_texts_stay_on_the_page(ddcat: Volume, assessments: Any) -> None:
    long = replace(everywhere(ddcat.instrument, "Seen in the chart of last month. " * 60), program=LONG)
    pages = PdfReader(BytesIO(report.pdf(written(ddcat.instrument, ddcat.guide, long)))).pages
    assert plain(LONG) in plain(pages[0].extract_text())
    assert "About this assessment" in plain(" ".join(page.extract_text() for page in pages[-4:]))


@pytest.mark.slow
def test_the_report_keeps_pdf_ua(paper: Any, refused: Any, lantern: Instrument, lantern_guide: Guide) -> None:
    made = {name: paper(name) for name in (*NAMES, "empty")}
    made |= {
        what: report.pdf(written(lantern, lantern_guide, everywhere(lantern, text))) for what, text in HOSTILE.items()
    }
    assert refused(made) == ""


def test_text_of_the_pdf_holds_what_the_page_says(paper: Any) -> None:
    text = text_of(paper("consensus"))
    for said in ("Two raters gave the same rating to 22 of 35 items", "Leaders minus staff", "By when"):
        assert said in text
