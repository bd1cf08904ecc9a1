"""One program over time and a group of programs: the pages, the paper, and what nobody is told."""

import re
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import change, display, shelf
from ddcat.access import Act, Role, may
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


@pytest.fixture
def agreed(db: Database, follow: Callable[..., str]) -> str:
    """A sealed assessment, agreed after five people had rated alone, one of them two items: 26 pairs of ratings."""
    ref = follow("2027-09-02", kind="external")
    with db.conn:
        (id,) = db.execute("SELECT id FROM assessment WHERE ref = ?", [ref]).fetchone()
        db.execute("UPDATE assessment SET is_blind = 1 WHERE id = ?", [id])
        db.execute("INSERT INTO agreed SELECT * FROM rating WHERE assessment_id = ?", [id])
        for n in range(5):
            who = db.table("person").insert({"ref": f"{n:016x}", "name": f"Rater {n}"}, pk="id").last_pk
            given = [id, who, '["coat-rack", "second-plate"]' if n == 4 else "[]", "2027-09-02T10:00:00+00:00"]
            db.execute("INSERT INTO assignment VALUES (?, ?, ?, NULL, 'staff', 'submitted', '', ?)", given)
            said = "INSERT INTO rating SELECT assessment_id, ?, item, ?, '', 1, saved_at FROM agreed"
            db.execute(f"{said} WHERE assessment_id = ?", [who, 3 + n % 2, id])
    return ref


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


def test_the_whole_time_stands_before_each_step(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow("2027-03-02", IA=3)
    follow("2028-03-02", kind="external", IA=5)
    page = client.get(f"/programs/{program_ref}/trend")
    heads = page.words("main h2")
    assert heads[:2] == ["March 2, 2026 to March 2, 2028", "From each to the next"]
    rose = "From 1 to 5" if "From 1 to 5" in page.text else "from 1 to 5"
    assert rose in page.text, "IA, over the whole time"
    notices = page.words("p.notice")
    assert len(notices) == 3, "beneath the headline, over the whole time, and over the second year"
    assert "Between March 2, 2026 and March 2, 2028 this is recorded as different: another kind of" in notices[0]
    assert "more than the program" not in page.text
    paper = client.raw.get(f"/programs/{program_ref}/trend/print").text
    assert paper.index("March 2, 2026 to March 2, 2028") < paper.index("From each to the next")


def test_two_assessments_have_one_step_and_it_is_told_once(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(IA=3)
    page = client.get(f"/programs/{program_ref}/trend")
    assert "From each to the next" not in page.text
    assert len(page.soup.select("table.changes")) == 1


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


def test_nothing_published_stands_beside_an_instrument_of_which_nothing_was(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(IA=3)
    for address in (
        f"/programs/{program_ref}/trend",
        "/trend",
        f"/programs/{program_ref}/trend/print",
        "/trend/print",
    ):
        text = client.raw.get(address).text
        assert "was published" not in text
        assert not re.search(r"\b603\b", text), "how many agencies the largest study rated"


@pytest.mark.parametrize(
    ("kinds", "note"),
    [
        (("self", "self"), "Yours is a self-rating, and self-ratings run high"),
        (("peer", "peer"), "Yours is a rating by another program’s people"),
        (("", ""), "Of yours the kind of rater is not stated."),
        (("self", "external"), "Not all ratings here are by outside raters"),
        (("external", "external"), ""),
    ],
)
def test_published_figures_stand_beside_with_their_limits_and_who_rated(
    client: Any, program_ref: str, start: Any, rate: Any, kinds: tuple[str, str], note: str
) -> None:
    for on, kind in zip(("2026-03-02", "2027-03-02"), kinds, strict=True):
        ref = start(shelf.INSTRUMENTS / "ddcat-4.0.toml", assessed_on=on, kind=kind or None)
        rate(ref, 3)
        client.submit(f"/assessments/{ref}/seal")
    for address in (f"/programs/{program_ref}/trend", "/trend"):
        text = client.get(address).text
        assert "What was published of others" in text
        assert "The 150 are not the same set as the 603 of the baseline" in text
        assert "a rise does not show why" in text
        assert note in text
        assert ("Outside raters gave these figures." in text) == bool(note)


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
        "2 of 4 programs have a first and a last sealed assessment by Lantern 1.0, "
        "between March 2025 and March 2027, 12 to 24 months apart."
    )
    said = "Mean change of the overall score: +1.250 (+2.000 and +0.500; too few for an interval)."
    assert said in page.text, "the mean of 0.5 and 2"
    assert "They are too few to tell whether the mean change is more than chance between programs." in page.text
    assert "In 1 program the overall score moved by more than rater noise: up in 1, down in 0." in page.text
    assert "both times" not in page.text, "all were rated in the same way"
    assert len(page.soup.select(".followed td .strip")) == 2
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
    assert "+0.500 (one program: too few for an interval)" in page.text
    assert "In no program did the overall score move by more than rater noise." in page.text
    assert "nothing that is recorded" in page.words(".followed tbody tr")[0]


@pytest.mark.parametrize(
    ("ratings", "interval", "said"),
    [
        ([5, 5, 5, 3], "+0.14 to +1.26", "The mean change is larger than chance between programs explains."),
        ([3, 3, 3, 3], "−0.18 to +0.38", "not larger than chance between programs explains: on average there may"),
    ],
)
def test_five_programs_have_an_interval_and_plain_words_for_it(
    client: Any, sealed: str, follow: Any, elsewhere: Any, ratings: list[int], interval: str, said: str
) -> None:
    follow(IA=3)
    for n, rating in enumerate(ratings):
        elsewhere(f"House {n}", ("2026-03-02", {}), ("2027-03-02", {"IIA": rating}))
    page = client.get("/trend")
    assert f"(95 % interval {interval})" in page.words(".headline")[0]
    assert said in page.text


@pytest.mark.parametrize(
    ("value", "change", "end"), [(-1, "−0.001", "0.00"), (-9, "−0.009", "−0.01"), (0, "0.000", "0.00")]
)
def test_what_comes_to_nothing_has_no_sign(value: int, change: str, end: str) -> None:
    macros: Any = display.bare().get_template("macros/trend.html").module
    assert (macros.by(Fraction(value, 1000)), macros.bound(value / 1000)) == (change, end)
    assert macros.by(Fraction(value, 100_000)) == "0.000"


def test_a_group_as_of_a_day_knows_nothing_later(client: Any, program_ref: str, sealed: str, follow: Any) -> None:
    follow(IA=3)
    page = client.get(f"/trend?program={program_ref}&as_of=2026-12-31")
    assert "No program here has both a first and a last sealed assessment" in page.text
    assert "1 program is left out" in page.text


def test_a_day_that_is_none_is_told_over_the_group_and_no_paper_is_made_of_it(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(IA=3)
    page = client.get(f"/trend?program={program_ref}&as_of=31.12.2026")
    assert (page.status, page.words("[role=alert] b")) == (422, ["“31.12.2026” is no day."])
    for kind in (".pdf", "/print"):
        there = client.get(f"/trend{kind}?program={program_ref}&as_of=31.12.2026", follow=False)
        assert (there.status, "as_of=31.12.2026" in there.headers["Location"]) == (302, True)


def test_a_changed_kind_of_rating_is_counted_before_anything_is_believed(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    follow(kind="external", IA=3)
    page = client.get(f"/trend?program={program_ref}")
    (notice,) = page.words("p.notice")
    assert "Between first and last this is recorded as different: another kind of rating in 1 program." in notice
    assert "another kind of rating (Self" in page.text
    assert "No program was rated in the same way both times" in page.text
    assert page.soup.select(".followed td .strip .range[stroke-dasharray]")


def test_those_rated_in_the_same_way_stand_in_a_line_of_their_own(
    client: Any, sealed: str, follow: Any, elsewhere: Any
) -> None:
    follow(kind="external", IA=3)
    elsewhere("Morning Harbor", ("2025-03-02", {"IIA": 1}), ("2027-03-02", {"IIA": 5}))
    page = client.get("/trend")
    assert (
        "+2.000 (one program: too few for an interval) over the 1 program that was rated in the same way" in page.text
    )


def test_of_a_kind_of_rating_the_first_and_the_last_are_paired_and_others_left_out(
    client: Any, program_ref: str, sealed: str, follow: Any
) -> None:
    """The baseline rated itself, and people from outside came twice."""
    follow("2027-03-02", kind="external", IA=3)
    page = client.get("/trend?kind=external")
    assert "No program here has both a first and a last sealed assessment of this kind" in page.text
    assert "Not two assessments of the chosen kind of rating by this instrument: Evening Harbor" in page.text
    follow("2028-03-02", kind="external", IA=4)
    page = client.get("/trend?kind=external")
    (row,) = page.words(".followed tbody tr")
    assert "Mar 2, 2027" in row
    assert "Mar 2, 2028" in row
    assert "Self" not in row
    assert "+0.250 (one program" in page.words(".headline")[0]


def text_of(answer: Any) -> str:
    pages = PdfReader(BytesIO(answer.response.data)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_group_is_paper_too(client: Any, program_ref: str, sealed: str, follow: Any, elsewhere: Any) -> None:
    follow(IA=3)
    once = elsewhere("Noon Harbor", ("2025-03-02", {"IIA": 5}))
    asked = f"program={program_ref}&program={once}&instrument=lantern@1.0"
    links = [a["href"] for a in client.get(f"/trend?{asked}").soup.select(".actions a")]
    assert [link.partition("?")[0] for link in links] == ["/trend.pdf", "/trend/print"]
    pdf = client.get(links[0])
    assert 'filename="ddcat-programs-over-time-' in pdf.headers["Content-Disposition"]
    text = text_of(pdf)
    for said in ("1 of 2 programs", "Evening Harbor", "12 months apart", "Sealed on one day alone", "Noon Harbor"):
        assert said in text
    paper = client.raw.get(links[1]).text
    assert "/paper.css" in paper
    assert "picked by hand" in paper


@pytest.mark.parametrize("kind", ["trend.pdf", "trend/print"])
def test_a_group_without_a_pair_has_no_paper(client: Any, program_ref: str, sealed: str, kind: str) -> None:
    assert client.get(f"/{kind}?program={program_ref}").url.partition("?")[0] == "/trend"


@pytest.mark.parametrize("kind", ["trend.pdf", "trend/print"])
def test_programs_of_others_are_on_no_paper(client: Any, stranger: dict[str, str], kind: str) -> None:
    assert client.get(f"/{kind}?program={stranger['program']}").url.partition("?")[0] == "/trend"


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
    assert [(stand.ref, stand.instrument, stand.kind) for stand in found[program_ref]] == [
        (amended, "lantern@1.0", "self")
    ]
    assert stands.of_programs(db, Person(77, "Bo"), [program_ref]) == {program_ref: ()}


@pytest.mark.parametrize("place", ["agency", "program"])
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_the_store_itself_tells_results_only_to_roles_that_see_what_is_sealed(
    db: Database, person: Person, program_ref: str, sealed: str, role: Role, place: str
) -> None:
    """Asked without a page before it that has narrowed the choice: a mere rater is told of nothing."""
    with db.conn:
        db.execute("DELETE FROM role")
        db.execute(
            f"INSERT INTO role (person_id, role, {place}_id) SELECT ?, ?, id FROM {place}", [person.id, str(role)]
        )
    seen = [sealed] if may(Act.SEE_SEALED, frozenset({role})) else []
    assert [stand.ref for stand in stands.of_programs(db, person, [program_ref])[program_ref]] == seen
    assert list(stands.read(db, person, [sealed])) == seen


def test_a_group_costs_as_many_statements_however_many_programs_there_are(
    app: Flask, client: Any, sealed: str, follow: Any, elsewhere: Any
) -> None:
    """Counted on the connection of the application, which is this thread's."""

    def statements() -> int:
        told: list[str] = []
        connection = app.extensions["connections"].db(app.config["DATABASE"]).conn
        connection.set_trace_callback(told.append)
        client.raw.get("/trend")
        connection.set_trace_callback(None)
        return len(told)

    follow(IA=3)
    statements()
    one = statements()
    for n in range(3):
        elsewhere(f"House {n}", ("2026-03-02", {}), ("2027-03-02", {"IIA": 5}))
    assert client.get("/trend").words(".headline")[0].startswith("4 of 4 programs")
    assert statements() == one


def test_a_group_reads_an_assessment_as_its_own_page_does(
    db: Database, client: Any, person: Person, sealed: str, start: Any, follow: Any, agreed: str
) -> None:
    """All that a change is worked out from: ratings, who gave them, who rated alone, what was carried."""
    carried = start(assessed_on="2027-03-02", carry_from=sealed)
    client.submit(f"/assessments/{carried}/seal", {"carried": "yes"})
    refs = [sealed, carried, agreed]
    found = stands.read(db, person, [*refs, start()])
    assert set(found) == set(refs), "a draft is none"
    same = ("program", "agency", "program_ref", "assessed_on", "kind", "rater", "checksum", "edition", "is_blind")
    for ref in refs:
        whole = assessments.get(db, person, ref)
        for name in (*same, "is_consensus", "ratings", "origins", "carried"):
            assert getattr(found[ref], name) == getattr(whole, name), name
        assert change.raters(found[ref]) == change.raters(whole)
        assert change.noise_among(found[ref]) == change.noise_among(whole)
    assert change.noise_among(found[agreed]).n_pairs == 26
    assert found[carried].carried
    assert stands.read(db, Person(77, "Bo"), refs) == {}


def test_the_own_page_the_group_and_the_progress_report_hold_a_change_against_one_noise(
    client: Any, program_ref: str, sealed: str, agreed: str, follow: Any
) -> None:
    """Ratings given alone in between count as well, though neither the first nor the last holds any."""
    last = follow("2028-03-02", IA=3)
    own = client.get(f"/programs/{program_ref}/trend")
    group = client.get("/trend")
    report = client.get(f"/assessments/{last}/progress")
    assert "pairs of ratings that raters of this program gave alone" in own.text
    assert "pairs of ratings that raters of this program gave alone" in report.text
    (row,) = group.words(".followed tbody tr")
    assert "assumed" not in row
    (total,) = own.words(".changes tr.total")[:1]
    apart = total.rpartition("(")[2].rstrip(")")
    assert f"({apart})" in row
    assert f"({apart})" in report.words(".changes tr.total")[0]
