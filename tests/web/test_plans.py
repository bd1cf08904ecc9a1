"""The improvement plan on screen, as a page to print and as PDF."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import planning, scoring
from ddcat.records import Person
from ddcat.shelf import Volume
from ddcat.store import erasing, saving, trail
from ddcat.store.saving import Change
from ddcat.web import press


@pytest.fixture
def t3(db: Database, person: Person, ddcat_draft: str, profiles: Any) -> str:
    """A complete DDCAT draft: the worked example T3, with some evidence."""
    changes = {item: Change(rating, "", 0) for item, rating in profiles["T3"].items()}
    saving.save(db, person, ddcat_draft, changes | {"mission": Change(3, "Mission on the wall", 0)})
    return ddcat_draft


def test_the_plan_of_nothing_says_what_to_do_first(client: Any, draft: str) -> None:
    page = client.get(f"/assessments/{draft}/plan")
    assert "Nothing is rated yet, so there is nothing to plan." in page.text
    assert page.words("a.button.quiet") == ["Go to the assessment"]
    assert not page.soup.select("table.order")


def test_the_plan_of_the_best_says_to_hold_it(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 5)
    page = client.get(f"/assessments/{draft}/plan")
    assert "Every rated item has reached the anchor that “Bright” asks for." in page.text
    assert not page.soup.select("section.action")


def test_items_stand_in_the_order_of_their_effect(client: Any, t3: str, ddcat: Volume, profiles: Any) -> None:
    result = scoring.score(ddcat.instrument, profiles["T3"])
    gaps = planning.gaps(ddcat.instrument, profiles["T3"], planning.next_level(ddcat.instrument, result))
    titles = [f"{gap.item.code} {gap.item.title}" for gap in gaps]
    page = client.get(f"/assessments/{t3}/plan")
    assert page.words("table.order tbody th") == titles
    assert page.words("section.action h3") == [f"{n}. {title}" for n, title in enumerate(titles, 1)]


def test_every_item_says_why_where_what_and_how(client: Any, t3: str, ddcat: Volume) -> None:
    page = client.get(f"/assessments/{t3}/plan")
    actions = dict(zip(page.words("section.action .code"), page.words("section.action"), strict=True))
    item = next(item for item in ddcat.instrument.items if item.code == "VIIA")
    said = actions["VIIA"]
    assert "Raising it from 1 to 2 adds 0.071 to the overall score" in said
    for text in (item.anchors[1], item.anchors[2], item.anchors[3], *ddcat.guide.towards(item.id, 2), *item.evidence):
        assert " ".join(text.split()) in said
    assert page.words("section.action .owner span")[:2] == ["Owner", "By when"]


def test_a_step_that_reaches_the_level_says_so(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 3, IB=2)
    (why,) = client.get(f"/assessments/{draft}/plan").words("section.action p.why")
    assert why.endswith("and reaches the anchor that “Lit” asks for.")


def test_why_an_item_was_rated_so_stands_beside_it(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 3, IB=2, why={"IB": "One hook a guest"})
    assert "Why it was rated so: One hook a guest" in client.get(f"/assessments/{draft}/plan").text


def test_the_plan_warns_of_short_dimensions_and_names_the_setting(client: Any, t3: str) -> None:
    (warning,) = [words for words in client.get(f"/assessments/{t3}/plan").words(".notice") if "with care" in words]
    assert "I 0.036, II 0.071, III 0.020, IV 0.014, V 0.029, VI 0.029, VII 0.071" in warning
    assert "VII" in warning.split("The dimensions")[1].split("describe the setting")[0]


def test_a_plan_that_gains_mostly_from_the_setting_says_so_loudly(
    client: Any, ddcat_draft: str, rate: Callable[..., None]
) -> None:
    loud = "do not let leaflets and a training day carry the score"
    rate(ddcat_draft, 3, VIIA=1, VIIB=1)
    assert loud in client.get(f"/assessments/{ddcat_draft}/plan").text
    rate(ddcat_draft, VIIA=3, VIIB=3, IVA=1)
    assert loud not in client.get(f"/assessments/{ddcat_draft}/plan").text


def test_a_provisional_plan_says_so(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, None, IB=1)
    for page in ("plan", "plan/print"):
        assert "Provisional." in client.get(f"/assessments/{draft}/{page}").text


def test_an_instrument_without_a_guide_still_has_a_plan(client: Any, draft: str, rate: Callable[..., None]) -> None:
    rate(draft, 1)
    page = client.get(f"/assessments/{draft}/plan")
    assert "The guide of this instrument has no steps for this item." in page.text


@pytest.mark.parametrize("usual", [None, 1, 3, 5])
def test_the_page_to_print_stands_for_every_state(
    client: Any, draft: str, rate: Callable[..., None], usual: int | None
) -> None:
    rate(draft, usual)
    page = client.get(f"/assessments/{draft}/plan/print")
    assert page.heading == "Evening Harbor"
    assert page.one("link[rel=stylesheet]")["href"] == "/paper.css"


def test_screen_and_paper_say_the_same_of_each_item(client: Any, t3: str) -> None:
    screen = client.get(f"/assessments/{t3}/plan")
    paper = client.get(f"/assessments/{t3}/plan/print")
    for part in ("section.action", "table.order", "p.lead"):
        assert screen.words(part) == paper.words(part)


def test_the_paper_holds_every_item_and_the_evidence(client: Any, t3: str, ddcat: Volume) -> None:
    paper = client.get(f"/assessments/{t3}/plan/print")
    codes = [words.split()[0] for words in paper.words("table.detail tbody th")]
    assert codes == [item.code for item in ddcat.instrument.items] + ["IA"]
    assert "Mission on the wall" in paper.text
    assert ddcat.instrument.citation in paper.text


def test_paper_has_nothing_to_press(client: Any, t3: str) -> None:
    assert client.get(f"/assessments/{t3}/plan/print").soup.select("a, button, form, input") == []


# --- PDF ---


def test_the_pdf_is_a_download_named_after_program_and_day(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, IB=2)
    page = client.get(f"/assessments/{draft}/plan.pdf")
    assert (page.status, page.response.mimetype) == (200, "application/pdf")
    assert page.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-2026-03-02.pdf"'
    reader = PdfReader(BytesIO(page.response.data))
    assert "Evening Harbor" in reader.metadata.title
    assert "IB Room for two coats" in " ".join(reader.pages[0].extract_text().split())


@pytest.fixture
def no_pango(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose WeasyPrint finds no Pango: the press's own process meets this one first."""
    folder = tmp_path / "without-pango"
    folder.mkdir()
    (folder / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    press._put_away(press._running())
    monkeypatch.syspath_prepend(str(folder))
    yield
    press._put_away(press._running())


@pytest.mark.usefixtures("no_pango")
def test_where_no_pdf_can_be_made_the_page_to_print_is_offered(
    client: Any, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3)
    for pdf, paper in {
        f"/assessments/{draft}/plan.pdf": f"/assessments/{draft}/plan/print",
        "/instruments/ddcat@4.0/blank.pdf": "/instruments/ddcat@4.0/blank/print",
    }.items():
        page = client.get(pdf)
        assert (page.status, page.heading) == (503, "This machine cannot make PDFs")
        assert page.one("a.button")["href"] == paper
        assert client.get(paper).status == 200


def test_a_sealed_result_and_its_plan_come_from_the_same_ratings(client: Any, db: Database, sealed: str) -> None:
    (row,) = db.query("SELECT result FROM assessment WHERE ref = ?", [sealed])
    assert json.loads(row["result"])["overall"] == "5/2"
    assert "overall score of 2.50" in client.get(f"/assessments/{sealed}/plan").words("p.lead")[0]


def test_a_sealed_plan_prints_the_hash_of_its_record_and_the_head_of_the_trail(
    client: Any, db: Database, sealed: str
) -> None:
    (hash,) = db.execute("SELECT hash FROM record").fetchone()
    number, head = trail.head(db)
    page = client.get(f"/assessments/{sealed}/plan/print")
    assert {hash, head} <= set(page.words("td.hash"))
    assert f"Head of the trail, entry {number}" in page.text
    result = client.get(f"/assessments/{sealed}/result")
    assert hash in result.text
    record = client.get(f"/assessments/{sealed}/record.json").json
    assert (record["hash"], record["head"]["hash"]) == (hash, head)


def test_the_plan_of_a_draft_has_no_record(client: Any, draft: str) -> None:
    assert client.get(f"/assessments/{draft}/plan/print").words("td.hash") == []
    assert client.get(f"/assessments/{draft}/record.json").status == 404


DIFFERS = "This differs from what was sealed; run ddcat verify."


def test_a_plan_or_result_that_differs_from_its_record_says_so_and_prints_no_hash(
    client: Any, db: Database, sealed: str
) -> None:
    (hash,) = db.execute("SELECT hash FROM record").fetchone()
    pages = [f"/assessments/{sealed}/{name}" for name in ("plan", "plan/print", "result")]
    assert [DIFFERS in client.get(page).text for page in pages] == [False, False, False]
    db.execute("UPDATE rating SET value = value % 5 + 1 WHERE assessment_id = (SELECT assessment_id FROM record)")
    db.conn.commit()
    for page in map(client.get, pages):
        assert DIFFERS in page.text
        assert hash not in page.text


def test_a_text_is_erased_in_two_steps_with_what_else_is_ticked(
    client: Any, db: Database, person: Person, draft: str, rate: Callable[..., None]
) -> None:
    rate(draft, 3, why={"IA": "Jane Roe", "IB": "Jane Roe was <angry>", "IIA": "Jane Roe was angry today"})
    (ref,) = db.execute(
        "SELECT program.ref FROM program JOIN assessment ON program_id = program.id WHERE assessment.ref = ?", [draft]
    ).fetchone()
    path = f"/programs/{ref}/trail/erase"
    said = {"text": "Jane Roe", "reason": "A name"}
    page = client.submit(path, said)
    assert (page.status, "2 places hold exactly this text" in page.text) == (200, True)
    boxes = page.soup.select("input[name=also][checked]")
    assert [words.removesuffix(" 2 places") for words in page.words("label.tick")] == [
        "Erase this too: Jane Roe was <angry>",
        "Erase this too: Jane Roe was angry today",
    ]
    assert len(erasing.holding(db, person, ref, "Jane Roe")["Jane Roe"]) == 2
    done = client.press(page, {"confirm": "yes", "also": [str(boxes[0]["value"]), "nothing"]})
    assert "Erased in 4 places." in done.text
    left = {said: len(places) for said, places in erasing.holding(db, person, ref, "Jane Roe").items()}
    assert left == {"Jane Roe": 0, "Jane Roe was angry today": 2}
    refused = client.press(page, {"confirm": "yes", "also": None})
    assert (refused.status, "Tick what is to be erased." in refused.text) == (422, True)
    refused = client.submit(path, said | {"text": "John Doe"})
    assert (refused.status, "stands nowhere in this program" in refused.text) == (422, True)
