"""An instrument that has dimension scores and nothing above them, on every page and paper, and beside another one."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from pypdf import PdfReader

from ddcat import cli, evidence, scoring, shelf
from ddcat.records import Evidence
from ddcat.store import actions, assessments, programs
from ddcat.store import evidence as kept
from tests.conftest import INSTRUMENTS

CANDLE = INSTRUMENTS / "candle-1.0.toml"
CHECKLIST = shelf.INSTRUMENTS / "iop-ic-1.0.toml"
LABEL = "Not validated; a look at oneself"
BAND_WORDS = ("overall score of", "Scale method", "scale method", "criterion method", "Criterion method")
LEVEL_WORDS = ("level asks", "asks for", "this level", "The road", "no road")
OF_NO_INSTRUMENT = {"/programs/<ref>/answers.pdf", "/programs/<ref>/facts.pdf", "/rollup.pdf"}
"""Papers about patients' questions, facts and counted bands."""


@pytest.fixture
def candle_draft(start):
    return start(CANDLE)


@pytest.fixture
def candle_sealed(client, candle_draft, rate):
    rate(candle_draft, 3, IA=1)
    assert client.submit(f"/assessments/{candle_draft}/seal").url == f"/assessments/{candle_draft}/result"
    return candle_draft


@pytest.mark.parametrize("page", ["", "/result", "/plan", "/seal", "/road", "/checks", "/people", "/cover"])
def test_every_page_of_a_draft_says_what_the_instrument_says_of_itself(client, candle_draft, rate, page):
    rate(candle_draft, IA=3)
    shown = client.get(f"/assessments/{candle_draft}{page}")
    assert LABEL in shown.text
    assert not any(word in shown.text for word in BAND_WORDS)


def test_the_pages_of_ratings_say_it_too(client, candle_draft):
    assert LABEL in client.get(f"/assessments/{candle_draft}/dimensions/doorway").text


@pytest.mark.parametrize("page", ["/result", "/plan", "/road", "/checks", "/progress", "/amend"])
def test_every_page_of_a_sealed_assessment_says_it_and_tells_no_band(client, candle_sealed, page):
    shown = client.get(f"/assessments/{candle_sealed}{page}")
    assert LABEL in shown.text
    assert not any(word in shown.text for word in BAND_WORDS)


def test_the_result_is_told_by_dimension(client, candle_sealed):
    shown = client.get(f"/assessments/{candle_sealed}/result").text
    assert "The dimension scores lie between 2.00 (Doorway) and 3.00 (Table), out of 5." in shown
    assert "This instrument has no overall score and no bands." in shown
    assert "never mixed into the score of another instrument" in shown


def test_the_plan_orders_by_what_moves_the_score_of_a_dimension(client, candle_sealed):
    shown = client.get(f"/assessments/{candle_sealed}/plan").text
    assert "towards “3: Capable”" in shown
    assert "Raising it from 1 to 3 adds 1.000 to the score of its dimension and reaches “3: Capable”." in shown
    assert "1 item is rated below “3: Capable”." in shown
    assert "Ordered by the lower rating, then by the weaker dimension." in shown
    assert "Find the road" not in shown


@pytest.fixture
def checklist(client, start, rate):
    """`checklist("2026-09-02", 2, P1=1)`: the ref of a sealed checklist with these ratings."""

    def checklist(assessed_on, usual, program=None, **by_code):
        ref = start(CHECKLIST, assessed_on=assessed_on)
        rate(ref, usual, **by_code)
        assert client.submit(f"/assessments/{ref}/seal").url == f"/assessments/{ref}/result"
        return ref

    return checklist


def test_the_plan_begins_with_what_patients_feel_first_and_with_what_is_weakest(client, checklist):
    """A1 is felt first, and so is P1; T is the weaker dimension."""
    ref = checklist("2026-09-02", 3, A1=2, P1=1, T1=1, T3=2, M1=2)
    page = client.get(f"/assessments/{ref}/plan")
    codes = [words.split()[0] for words in page.words("table.order tbody th")]
    assert codes == ["P1", "A1", "T1", "T3", "M1"]
    assert ["patients feel this first" in words for words in page.words("table.order tbody th")] == [
        *[True] * 2,
        *[False] * 3,
    ]
    assert page.words("table.order tbody tr td:nth-of-type(4)") == ["P 2.67", "A 2.83", "T 2.50", "T 2.50", "M 2.83"]
    said = "Ordered by what patients feel first, then by the lower rating, then by the weaker dimension."
    assert said in page.text
    assert "Adds" not in page.words("table.order thead")[0]
    for paper in ("plan", "feedback", "summary"):
        printed = client.get(f"/assessments/{ref}/{paper}/print")
        assert said in printed.text
        codes = [words.split()[0] for words in printed.words(".top li, .recommended tbody th, .raised tbody th")]
        assert codes == ["P1", "A1", "T1", "T3", "M1"], paper


def test_the_summary_tells_what_is_weakest_and_what_to_raise_first(client, checklist):
    ref = checklist("2026-09-02", 3, A1=2, P1=1, T1=1, T3=2)
    page = client.get(f"/assessments/{ref}/summary/print")
    assert page.words("h2")[0] == "What to raise first"
    assert "Weakest is the dimension T Evidence-based therapies." in page.text
    assert page.words(".raised caption") == ["Items to raise, in order"]
    assert page.words(".raised tbody tr")[0].startswith("P1 Psychiatric evaluation at entry: 1 to 2 (patients")
    with_more = client.get(f"/assessments/{checklist('2026-09-03', 2)}/summary/print")
    assert with_more.words(".raised caption") == ["The first five of 24"]
    assert len(with_more.words(".raised tbody tr")) == 5
    assert "Weakest" not in with_more.text
    done = client.get(f"/assessments/{checklist('2026-09-04', 5)}/summary/print")
    assert "Every rated item has reached “5: " in done.text


@pytest.mark.parametrize("page", ["result", "plan", "plan/print", "summary/print", "feedback/print"])
@pytest.mark.parametrize("usual", [1, 2, 3, 5])
def test_where_there_are_no_levels_nothing_speaks_of_them(client, candle_draft, rate, page, usual):
    rate(candle_draft, usual)
    shown = client.get(f"/assessments/{candle_draft}/{page}").text
    assert not any(word in shown for word in LEVEL_WORDS)


@pytest.fixture
def papers(app, client, checklist, program_ref, db, person, agency_ref):
    """Every paper about an instrument with a label, by the door to it."""
    rounds = [checklist("2026-03-02", 2, P1=1, T1=3), checklist("2026-09-02", 3, P1=1, A1=2)]
    other = programs.add(db, person, agency_ref, "Morning Harbor", {}).ref
    data = CHECKLIST.read_bytes()
    for assessed_on, usual in (("2026-03-03", 2), ("2026-09-03", 4)):
        about = {"assessed_on": assessed_on, "kind": "self", "rater": "Robin Example", "period": 1}
        ref = assessments.start(db, person, other, (shelf.checksum(data), "iop-ic@1.0", data), **about)
        for dimension in shelf.parse(data).dimensions:
            rated = {f"{id}-rating": str(usual) for id in dimension.item_ids}
            client.submit(f"/assessments/{ref}/dimensions/{dimension.id}", rated)
        assert client.submit(f"/assessments/{ref}/seal").url == f"/assessments/{ref}/result"
    doors = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith(".pdf")} - OF_NO_INSTRUMENT
    both, filled = f"?program={program_ref}&program={other}", {"<name>": "iop-ic@1.0"}
    made = {}
    for door in doors:
        at = door.replace("/programs/<ref>", f"/programs/{program_ref}").replace("<ref>", rounds[-1])
        for blank, word in filled.items():
            at = at.replace(blank, word)
        page = client.get(at + (both if door == "/compare.pdf" else ""))
        assert page.response.mimetype == "application/pdf", door
        made[door] = page.response.data
    return made


@pytest.mark.slow
def test_every_page_of_every_paper_says_it_and_a_screen_reader_can_read_it(papers, refused):
    label = shelf.find("iop-ic").instrument.label
    assert len(papers) == 8
    for door, paper in papers.items():
        pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(paper)).pages]
        assert [label in words for words in pages] == [True] * len(pages), door
    assert len(PdfReader(io.BytesIO(papers["/instruments/<name>/blank.pdf"])).pages) > 20
    assert refused({door.strip("/").replace("/", "-"): paper for door, paper in papers.items()}) == ""


def test_the_road_explains_that_there_is_none(client, candle_sealed, db, person):
    shown = client.get(f"/assessments/{candle_sealed}/road")
    assert shown.status == 200
    assert "no band and no level can be the target of a road" in shown.text
    assert "Save this plan" not in shown.text
    sent = {"to": "3", "by": "both", "csrf_token": client.token()}
    again = client.post(f"/assessments/{candle_sealed}/road", sent, follow=True)
    assert again.url == f"/assessments/{candle_sealed}/road"
    assert not actions.of_assessment(db, person, candle_sealed)


def test_programs_trend_and_peers_name_the_dimensions(client, candle_sealed, program_ref):
    for page in (f"/programs/{program_ref}", f"/programs/{program_ref}/trend", "/"):
        shown = client.get(page).text
        assert LABEL in shown, page
        assert "I 2.00, II 3.00" in shown, page
    assert "This instrument has no overall score" in client.get(f"/programs/{program_ref}/peers").text


@pytest.mark.parametrize("page", ["plan/print", "summary/print", "feedback/print"])
def test_every_paper_says_it_in_its_head_and_on_its_first_page(client, candle_sealed, page):
    shown = client.get(f"/assessments/{candle_sealed}/{page}")
    assert LABEL in shown.words(".kind")[0]
    assert f"Candle 1.0. {LABEL}." in shown.words(".first .label, .first + .label")
    paper = shown.text
    assert not any(word in paper for word in BAND_WORDS)


def test_the_word_document_says_it(client, candle_sealed):
    from docx import Document

    document = Document(io.BytesIO(client.get(f"/assessments/{candle_sealed}/plan.docx").response.data))
    assert any(LABEL in paragraph.text for paragraph in document.paragraphs)
    assert [LABEL in section.footer.paragraphs[0].text for section in document.sections] == [True]
    assert "Overall" not in [cell.text for table in document.tables for cell in table.column_cells(0)]


def test_two_rounds_tell_what_each_dimension_did(client, candle_sealed, start, rate, program_ref):
    later = start(CANDLE, assessed_on="2026-09-02", period=2)
    rate(later, 4, IA=3)
    client.submit(f"/assessments/{later}/seal")
    said = "Since March 2, 2026: 2 dimension scores rose."
    assert said in client.get(f"/assessments/{later}/progress").text
    assert said in client.get(f"/programs/{program_ref}/trend").text
    assert said in client.get(f"/assessments/{later}/progress/print").text
    assert "2 dimension scores rose" in client.get(f"/programs/{program_ref}/trend/print").text
    assert "Mean change" in client.get("/trend").text


@pytest.fixture
def both(client, candle_sealed, start, rate):
    """The refs of a sealed assessment by each of two instruments, of one program."""
    ref = start(assessed_on="2026-05-04")
    rate(ref, 3, IA=1)
    client.submit(f"/assessments/{ref}/seal")
    return candle_sealed, ref


def test_results_by_two_instruments_stand_side_by_side_and_are_never_added_up(client, both, program_ref):
    candle, lantern = both
    for page, linked in (
        (f"/assessments/{candle}/result", [("Lantern 1.0", lantern)]),
        (f"/assessments/{lantern}/result", [("Candle 1.0", candle)]),
        (f"/programs/{program_ref}", [("Candle 1.0", candle), ("Lantern 1.0", lantern)]),
    ):
        shown = client.get(page)
        there = shown.soup.find(id="alongside")
        links = [(link.text.partition(",")[0], link["href"]) for link in there.find_all("a")]
        assert sorted(links) == [(short, f"/assessments/{ref}/result") for short, ref in linked]
        assert sorted(shown.words(".sides > section > h3")) == [
            "Candle 1.0, March 2, 2026",
            "Lantern 1.0, May 4, 2026",
        ]
        assert "Side by side, never added up" in there.text
        assert LABEL in there.text


def test_side_by_side_each_result_is_told_as_rated_and_as_evidenced(client, both, program_ref, db, person):
    """Lantern as rated is between dim and lit; as evidenced in dim: one rating is carried, in part."""
    candle, lantern = both
    draft = client.submit(f"/assessments/{lantern}/amend", {"reason": "Evidence was found"}).url.rpartition("/")[2]
    kept.add(db, person, draft, Evidence("", "second-plate", "document/policy", supports=2, seen_on="2026-05-03"))
    client.submit(f"/assessments/{draft}/seal")
    standing = assessments.get(db, person, draft)
    instrument = shelf.parse((INSTRUMENTS / "lantern-1.0.toml").read_bytes())
    rated, carried = scoring.score(instrument, standing.ratings), evidence.result(instrument, standing)
    assert rated.band != carried.band
    for page in (f"/programs/{program_ref}", f"/assessments/{candle}/result"):
        shown = client.get(page)
        lantern_side = next(words for words in shown.words(".sides > section") if words.startswith("Lantern"))
        candle_side = next(words for words in shown.words(".sides > section") if words.startswith("Candle"))
        for result, said in (
            (rated, "This program is in the band"),
            (carried, "As evidenced, the program is in the band"),
        ):
            assert f"{said} “{instrument.level_title(result.band)}”" in lantern_side
        assert "No line of evidence is recorded" in candle_side
        for side in shown.soup.select(".sides > section"):
            assert len(side.select("td.as-rated")) == len(side.select("td.as-evidenced")) > 1


def test_one_instrument_alone_has_nothing_beside_it(client, candle_sealed, program_ref):
    assert client.get(f"/assessments/{candle_sealed}/result").soup.find(id="alongside") is None
    assert client.get(f"/programs/{program_ref}").soup.find(id="alongside") is None


def test_peers_are_those_of_the_instrument_that_has_an_overall_score(client, both, start, rate, program_ref):
    later = start(CANDLE, assessed_on="2026-09-02", period=2)
    rate(later, 4, IA=3)
    client.submit(f"/assessments/{later}/seal")
    assert "Lantern 1.0 · May 4, 2026" in client.get(f"/programs/{program_ref}/peers").text


@pytest.fixture
def two_programs(client, candle_sealed, db, person, agency_ref, start, rate):
    """Refs of two programs, each with a sealed assessment without an overall score."""
    other = programs.add(db, person, agency_ref, "Morning Harbor", {}).ref
    data = CANDLE.read_bytes()
    about = {"assessed_on": "2026-03-03", "kind": "external", "rater": "Robin Example", "period": 1}
    ref = assessments.start(db, person, other, (shelf.checksum(data), "candle@1.0", data), **about)
    rate(ref, 5, IIA=2)
    client.submit(f"/assessments/{ref}/seal")
    return assessments.get(db, person, candle_sealed).program_ref, other


def test_a_portfolio_counts_no_bands_where_there_are_none(client, two_programs):
    shown = client.get("/portfolio").text
    assert "put its programs side by side to see the scores of each dimension" in shown
    assert LABEL in shown
    assert client.get("/portfolio?sort=overall").status == 200


def test_programs_beside_each_other_are_compared_by_dimension(client, two_programs):
    for page in ("/compare", "/compare/print"):
        shown = client.get(page, query_string={"program": two_programs})
        assert LABEL in shown.text
        assert "I 5.00, II 2.00" in shown.text
        assert "5 Enhanced" in shown.text
        assert "Overall" not in shown.text


def test_the_workbook_of_a_comparison_has_no_empty_column(client, two_programs):
    book = load_workbook(
        io.BytesIO(client.get("/compare.xlsx", query_string={"program": two_programs}).response.data)
    )
    for sheet in book:
        headings = [str(cell.value) for cell in sheet[1]]
        assert not any("Overall" in heading or "band" in heading.casefold() for heading in headings), sheet.title
    assert LABEL in [cell.value for cell in book["About"]["B"]]


def test_everything_sealed_is_exported_with_empty_cells_where_there_is_no_score(both, app, tmp_path: Path):
    folder = tmp_path / "out"
    command = ["export", "--to", str(folder), "--data", str(Path(app.config["DATABASE"]).parent)]
    assert CliRunner().invoke(cli.main, command).exit_code == 0
    lines = (folder / "assessments.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = {row["instrument"]: row for row in csv.DictReader(lines)}
    told = [
        (row["overall"], row["band"], row["criterion_level"]) for row in map(rows.get, ("candle@1.0", "lantern@1.0"))
    ]
    assert told == [("", "", ""), ("2.5", "dim/lit", "lit")]
    assert LABEL in (folder / "codebook.csv").read_text(encoding="utf-8-sig")


def test_the_empty_form_and_the_page_of_the_instrument_say_it(client, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(shelf, "INSTRUMENTS", INSTRUMENTS)
    for page in ("/instruments/candle@1.0", "/instruments/candle@1.0/blank/print"):
        shown = client.get(page)
        assert shown.status == 200
        assert LABEL in shown.text
