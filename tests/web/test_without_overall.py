"""An instrument that has dimension scores and nothing above them, on every page and paper, and beside another one."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from ddcat import cli, shelf
from ddcat.store import actions, assessments, programs
from tests.conftest import INSTRUMENTS

CANDLE = INSTRUMENTS / "candle-1.0.toml"
LABEL = "Not validated; a look at oneself"
BAND_WORDS = ("overall score of", "Scale method", "scale method", "criterion method", "Criterion method")


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
    assert "Raising it from 1 to 3 adds 1.000 to the score of its dimension" in shown
    assert "Find the road" not in shown


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
    for page, beside in (
        (f"/assessments/{candle}/result", [("Lantern 1.0", lantern)]),
        (f"/assessments/{lantern}/result", [("Candle 1.0", candle)]),
        (f"/programs/{program_ref}", [("Candle 1.0", candle), ("Lantern 1.0", lantern)]),
    ):
        there = client.get(page).soup.find(id="alongside")
        links = [(link.text.partition(",")[0], link["href"]) for link in there.find_all("a")]
        assert sorted(links) == [(short, f"/assessments/{ref}/result") for short, ref in beside]
        assert "Side by side, never added up" in there.text
        assert (LABEL in there.text) == ("Candle 1.0" in dict(beside))


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
