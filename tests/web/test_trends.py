"""One program over time and a group of programs: the pages, the paper, and what nobody is told."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import shelf
from ddcat.records import Person
from ddcat.store import assessments, programs, stands

LARGER, NOT_LARGER = "larger than rater noise", "not larger than rater noise"


@pytest.fixture
def follow(client: Any, start: Callable[..., str], rate: Callable[..., None]) -> Callable[..., str]:
    """`follow("2027-03-02", IA=3)`: a follow-up with these ratings, the others 3, sealed on this day."""

    def follow(on: str = "2027-03-02", kind: str = "self", **by_code: int) -> str:
        ref = start(assessed_on=on, period=2, kind=kind)
        rate(ref, 3, **by_code)
        assert client.submit(f"/assessments/{ref}/seal").url == f"/assessments/{ref}/result"
        return ref

    return follow


@pytest.fixture
def elsewhere(
    client: Any, db: Database, person: Person, agency_ref: str, program_ref: str, follow: Any
) -> Callable[..., str]:
    """`elsewhere("Morning Harbor", ("2026-03-02", {"IA": 1}), ...)`: another program with these sealed."""

    def elsewhere(name: str, *told: tuple[str, dict[str, int]]) -> str:
        ref = programs.add(db, person, agency_ref, name, {}).ref
        for on, by_code in told:
            sealed = follow(on, **by_code)
            with db.conn:
                move = "UPDATE assessment SET program_id = (SELECT id FROM program WHERE ref = ?) WHERE ref = ?"
                db.execute(move, [ref, sealed])
        return ref

    return elsewhere


def test_the_trend_tells_what_moved_and_against_what(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=3)
    page = client.get(f"/programs/{program_ref}/trend")
    assert page.heading == "Trend, Evening Harbor"
    assert page.words(".headline")[0].startswith("Since March 2, 2026 the overall score rose by 0.500")
    assert "That is not larger than rater noise" in page.text
    assert page.words(".changes tbody tr")[-1].endswith("not larger than rater noise (0.85)")
    assert "How much raters differ is an assumption here: a standard deviation of 0.5 for one item." in page.text
    assert page.soup.select("svg.run .shade")


def test_a_difference_beyond_the_noise_is_called_so(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=5, IB=5, IIA=5)
    page = client.get(f"/programs/{program_ref}/trend")
    assert "That is larger than rater noise" in page.text
    assert page.words(".changes tbody tr b")


def test_every_assessment_stands_there_the_newest_edition_alone(
    client: Any, db: Database, person: Person, program_ref: str, sealed: str, follow: Any, rate: Any
) -> None:
    follow(IA=3)
    amended = assessments.amend(db, person, sealed, "IB was misread")
    rate(amended, None, IB=2)
    client.submit(f"/assessments/{amended}/seal")
    page = client.get(f"/programs/{program_ref}/trend")
    days = page.words("table.stacked tbody th")
    assert days[0] == "March 2, 2027"
    assert days[1] == "March 2, 2026 edition 2"
    assert page.soup.select(f'a[href="/assessments/{amended}/result"]')
    assert not page.soup.select(f'a[href="/assessments/{sealed}/result"]')


def test_a_break_is_drawn_and_told_in_words(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow("2027-03-02")
    follow("2028-03-02", kind="external")
    page = client.get(f"/programs/{program_ref}/trend")
    (legend,) = page.words(".legend li")
    assert legend.startswith("A Before March 2, 2028: another kind of rating (Self")
    assert len(page.soup.select("svg.run .letter")) == 1
    assert len(page.soup.select("svg.run line.range")) == 1, "one stretch is unbroken"


def test_one_assessment_explains_what_a_trend_needs(client: Any, program_ref: str, sealed: str) -> None:
    page = client.get(f"/programs/{program_ref}/trend")
    assert "One assessment is sealed, of March 2, 2026. A trend needs two." in page.text
    assert not page.soup.select("svg.run")
    assert LARGER not in page.words(".lead")[0]


def test_a_program_without_any_says_so_and_has_no_paper(client: Any, program_ref: str) -> None:
    page = client.get(f"/programs/{program_ref}/trend")
    assert "There is no sealed assessment of this program that you may see." in page.text
    for paper in ("trend.pdf", "trend/print"):
        assert client.get(f"/programs/{program_ref}/{paper}").url == f"/programs/{program_ref}/trend"


def test_another_instrument_has_its_own_trend(
    client: Any, program_ref: str, sealed: str, follow: Any, start: Any, rate: Any
) -> None:
    other = start(shelf.INSTRUMENTS / "ddcat-4.0.toml", assessed_on="2026-09-02")
    rate(other, 3)
    client.submit(f"/assessments/{other}/seal")
    follow(IA=3)
    page = client.get(f"/programs/{program_ref}/trend")
    assert "Scores of different instruments mean different things" in page.text
    assert len(page.soup.select("svg.run")) == 1


def test_what_was_carried_is_told_where_it_would_look_like_staying(
    client: Any, program_ref: str, sealed: str, start: Any
) -> None:
    ref = start(assessed_on="2027-03-02", carry_from=sealed)
    client.submit(f"/assessments/{ref}/seal", {"carried": "yes"})
    page = client.get(f"/programs/{program_ref}/trend")
    assert "3 of 3 ratings were carried from March 2, 2026 and not re-rated: IA, IB, IIA." in page.text
    assert "3 of 3 ratings carried, not re-rated" in page.text


def test_studies_stand_beside_with_their_limits(client: Any, program_ref: str, sealed: str) -> None:
    text = client.get(f"/programs/{program_ref}/trend").text
    for said in (
        "n = 603",
        "n = 150",
        "their difference is not what a program gained",
        "d = 0.54",
        "22 % of",
        "52 % of",
    ):
        assert said in text


def test_the_trend_is_paper_too(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=3)
    pdf = client.get(f"/programs/{program_ref}/trend.pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="ddcat-evening-harbor-2027-03-02-trend.pdf"'
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf.response.data)).pages).split())
    assert "not larger than rater noise" in text
    assert "/paper.css" in client.raw.get(f"/programs/{program_ref}/trend/print").text


def test_paper_says_what_is_not_as_it_was_sealed(
    client: Any, db: Database, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(IA=3)
    with db.conn:
        db.execute("UPDATE assessment SET rater = 'Somebody else' WHERE ref = ?", [sealed])
    said = client.raw.get(f"/programs/{program_ref}/trend/print").text
    assert "1 of these assessments differs from what was sealed" in said


def test_who_may_not_see_sealed_results_sees_nothing(
    client: Any, db: Database, program_ref: str, sealed: str, follow: Any
) -> None:
    """A rater of the program knows of it, and of no result."""
    follow(IA=3)
    with db.conn:
        db.execute("DELETE FROM role")
        db.execute("INSERT INTO role (person_id, role, program_id) SELECT 1, 'rater', id FROM program")
    page = client.get(f"/programs/{program_ref}/trend")
    assert "There is no sealed assessment of this program that you may see." in page.text
    assert "No program fits this choice" in client.get(f"/trend?program={program_ref}").text


@pytest.mark.parametrize("kind", ["trend", "trend.pdf", "trend/print"])
def test_what_is_not_yours_is_not_there(client: Any, stranger: dict[str, str], kind: str) -> None:
    assert client.get(f"/programs/{stranger['program']}/{kind}").status == 404


def test_the_program_leads_to_its_trend(client: Any, program_ref: str, sealed: str) -> None:
    (link,) = [a for a in client.get(f"/programs/{program_ref}").soup.select("a") if a.get_text() == "Trend"]
    assert link["href"] == f"/programs/{program_ref}/trend"


# --- A group ---


def test_a_group_pairs_only_programs_that_have_both(
    client: Any, program_ref: str, sealed: str, follow: Any, elsewhere: Any
) -> None:
    follow(IA=3)
    both = elsewhere("Morning Harbor", ("2025-03-02", {"IIA": 1}), ("2027-03-02", {"IIA": 5}))
    once = elsewhere("Noon Harbor", ("2025-03-02", {"IIA": 5}))
    none = elsewhere("Night Harbor")
    asked = "&".join(f"program={ref}" for ref in (program_ref, both, once, none))
    page = client.get(f"/trend?{asked}")
    assert page.heading == "Programs over time"
    assert page.words(".headline")[0].startswith(
        "2 of 4 programs have a first and a last sealed assessment by Lantern 1.0."
    )
    assert "Mean change of the overall score: +1.250 (95 % interval" in page.text, "the mean of 0.5 and 2"
    assert "The interval holds 0" in page.text
    rows = page.words("table.stacked")[1]
    assert "Evening Harbor" in rows
    assert NOT_LARGER in rows
    assert page.words("table.stacked")[1].count(LARGER) == 2
    assert "2 programs are left out" in page.text
    assert "Sealed on one day alone by this instrument: Noon Harbor" in page.text
    assert "Nothing sealed: Night Harbor" in page.text
    assert page.words("table.stacked")[0].startswith("Mean change of the 2 programs that have both")


def test_one_pair_has_no_interval(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=3)
    page = client.get(f"/trend?program={program_ref}")
    assert "+0.500 (one program: no interval)" in page.text
    assert "holds 0" not in page.text


def test_a_group_as_of_a_day_knows_nothing_later(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=3)
    page = client.get(f"/trend?program={program_ref}&as_of=2026-12-31")
    assert "No program here has both a first and a last sealed assessment" in page.text
    assert "1 program is left out" in page.text


def test_a_changed_kind_of_rating_is_counted_before_anything_is_believed(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(kind="external", IA=3)
    page = client.get(f"/trend?program={program_ref}")
    assert "another kind of rating in 1, other raters in 0, another way of rating in 0 of 1 programs" in page.text
    assert "another kind of rating (Self" in page.text


def test_programs_of_others_are_no_part_of_a_group(client: Any, stranger: dict[str, str]) -> None:
    page = client.get(f"/trend?program={stranger['program']}")
    assert "No program fits this choice" in page.text
    assert "Secret" not in page.text


def test_too_many_programs_are_asked_to_be_fewer(
    client: Any, program_ref: str, sealed: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr("ddcat.web.trends.MOST", 0)
    assert "narrow the choice" in client.get(f"/trend?program={program_ref}").text


def test_the_store_tells_only_what_counts(
    db: Database, client: Any, person: Person, program_ref: str, sealed: str, follow: Any
) -> None:
    after = follow(IA=3)
    amended = assessments.amend(db, person, sealed, "Misread")
    found = stands.of_programs(db, person, [program_ref, "beef"])
    assert [stand.ref for stand in found[program_ref]] == [sealed, after]
    assert found["beef"] == ()
    client.submit(f"/assessments/{amended}/seal")
    found = stands.of_programs(db, person, [program_ref], as_of="2026-12-31")
    assert [(stand.ref, stand.instrument) for stand in found[program_ref]] == [(amended, "lantern@1.0")]
    assert stands.of_programs(db, Person(77, "Bo"), [program_ref]) == {program_ref: ()}
