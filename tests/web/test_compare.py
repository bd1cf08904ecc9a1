"""A comparison of programs: the page, its papers and its workbook, and who is shown what."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlite_utils import Database

from ddcat import display, shelf, verifying
from ddcat.access import Role
from ddcat.instrument import Instrument
from ddcat.records import Evidence, Person
from ddcat.store import agencies, assessments, evidence, instruments, people, programs, roles, saving, sealing
from ddcat.store.saving import Change
from ddcat.web import comparisons
from tests.web.conftest import LANTERN, Browser

DDCAT = shelf.INSTRUMENTS / "ddcat-4.0.toml"
KINDS = ("/compare", "/compare/print", "/compare.xlsx")


@pytest.fixture
def house(db: Database, person: Person) -> Callable[..., str]:
    """`house("Gull Point", 3, IA=1)`: a program with a sealed assessment, every item 3, IA 1, all of it carried."""

    def house(name: str, usual: int | None, agency: str = "Tern Rock", **more: Any) -> str:
        known = {one.name: one.ref for one in agencies.all(db, person)}
        ref = known.get(agency) or agencies.add(db, person, agency, {}).ref
        program = programs.add(db, person, ref, name, {}).ref
        if usual is not None:
            _seal(db, person, program, usual, **more)
        return program

    return house


def _seal(db: Database, person: Person, program: str, usual: int, **more: Any) -> str:
    data = more.pop("file", LANTERN).read_bytes()
    carry_from, again = more.pop("carry_from", None), more.pop("again", len(shelf.parse(data).items))
    kind, on, proven = more.pop("kind", "external"), more.pop("on", "2026-03-02"), more.pop("proven", True)
    real: Instrument = shelf.parse(data)
    volume = (shelf.checksum(data), real.name, data)
    told = {"assessed_on": on, "kind": kind, "rater": "Ada Finch", "period": 1, "carry_from": carry_from}
    ref = assessments.start(db, person, program, volume, **told)
    ratings = {item.id: more.get(item.code, usual) for item in real.items[:again]}
    before = assessments.get(db, person, ref).revisions
    saving.save(db, person, ref, {id: Change(rating, "", before.get(id, 0)) for id, rating in ratings.items()})
    for id in ratings if proven else ():
        evidence.add(db, person, ref, Evidence("", id, "document/manual", "Seen", "Office", on))
    draft = assessments.get(db, person, ref)
    record = verifying.record(
        shelf.parse(instruments.data(db, draft.checksum)), draft, by=person.ref, at="2026-03-03T10:00:00Z"
    )
    sealing.seal(db, person, draft, record, with_carried=True)
    return ref


def asked(*programs: str, at: str = "/compare", **more: str) -> str:
    said = [f"program={ref}" for ref in programs] + [f"{name}={value}" for name, value in more.items()]
    return f"{at}?{'&'.join(said)}"


def test_every_cell_holds_number_word_and_shade(client: Any, house: Any) -> None:
    page = client.get(asked(house("Gull Point", 3, IA=1, IIA=5), house("Heron Reach", 1)))
    assert page.heading == "Comparison"
    row = page.words(".heats-of-programs tbody tr")[0]
    assert row == "A Gull Point rated externally 2.00 dim/lit 5.00 bright 3.50 lit"
    cells = page.soup.select(".heats-of-programs tbody td.heat")
    assert [cell["class"][1] for cell in cells[:3]] == ["h1", "h4", "h3"]
    assert page.words(".heats-of-items tbody td.heat")[0] == "1 dim"
    assert page.words(".heats li")[:4] == [
        "dim Dim, from 1",
        "dim/lit Between dim and lit, from 2",
        "lit Lit, from 3",
        "bright Bright, from 4.5",
    ]


def test_rows_lead_to_results_and_the_numbers_of_a_spread_stand_beside_its_drawing(client: Any, house: Any) -> None:
    refs = [house(f"House {n}", n) for n in (1, 3, 5)]
    page = client.get(asked(*refs))
    for link in page.soup.select(".heats-of-programs tbody a"):
        assert client.get(link["href"]).heading.startswith("Result")
    assert page.words(".spreads tr.total")[0].endswith("3 1.00 2.00 3.00 4.00 5.00")
    drawing = page.soup.select(".spreads tr.total svg")[0]
    assert [text.get_text() for text in drawing.select(".in-dot")] == ["A", "B", "C"]
    assert "With fewer than five programs, quartiles say little." in page.text


def test_programs_are_counted_by_band_and_an_agency_has_no_rating(client: Any, house: Any) -> None:
    page = client.get(asked(house("Gull Point", 3), house("Heron Reach", 3), house("Sandpiper", 1)))
    assert page.words(".banded tbody tr") == [
        "bright Bright 0 0",
        "lit Lit 2 2",
        "dim/lit Between dim and lit 0 –",
        "dim Dim 1 1",
    ]
    assert "An agency has no rating of its own, nor has a state: its programs have." in page.text


def test_self_ratings_never_stand_beside_others_without_a_word(client: Any, house: Any) -> None:
    ours, theirs, other = house("Gull Point", 5, kind="self"), house("Heron Reach", 3), house("Sandpiper", 4)
    page = client.get(asked(ours, theirs, other))
    said = page.words(".notice.mixed")[0]
    assert "Rated by people from outside (● circles): B Heron Reach, C Sandpiper" in said
    assert "nobody said who rated (■ squares): A Gull Point" in said
    assert page.words(".spreads tbody th")[-2:] == [
        "Overall, rated by people from outside",
        "Overall, rated by the program itself",
    ]
    (only,) = page.soup.select(".notice.mixed a")
    alone = client.get(only["href"])
    assert alone.words(".heats-of-programs tbody th") == [
        "A Heron Reach rated externally",
        "B Sandpiper rated externally",
    ]
    assert not alone.soup.select(".notice")
    assert "Self-ratings run high." in client.get(asked(house("Curlew", 3, kind="self"), ours)).words(".notice")[0]


def test_another_instrument_is_refused_with_the_reason(client: Any, house: Any) -> None:
    alike = [house("Gull Point", 3), house("Heron Reach", 4)]
    page = client.get(asked(*alike, house("Sandpiper", 3, file=DDCAT)))
    assert len(page.words(".heats-of-programs tbody tr")) == 2
    (said,) = page.words(".notice")
    assert said.startswith(
        "Not compared, because rated with Dual Diagnosis Capability in Addiction Treatment (DDCAT), version 4.0"
    )
    assert "Sandpiper" in said


def test_lessons_name_item_learner_and_teacher(client: Any, house: Any) -> None:
    page = client.get(
        asked(house("Gull Point", 3, IA=1), house("Heron Reach", 3, IA=5), house("Sandpiper", 3, IA=5, proven=False))
    )
    (row,) = page.words(".lessons tbody tr")
    assert row.startswith(
        "IA First words at the door A Gull Point rated 1 rated externally"
        " B Heron Reach rated 5, and the evidence carries it"
    )
    assert "guests rewrite the card" in row


def test_pairs_that_are_left_out_are_counted_and_shown_for_one_program(client: Any, house: Any) -> None:
    refs = house("Gull Point", 1), house("Heron Reach", 5, IIA=1), house("Sandpiper", 5, IIA=3)
    page = client.get(asked(*refs))
    assert page.words(".lessons caption")[0].startswith("4 of 6 pairs of a weak program and a strong one at an item:")
    assert page.words("#learner option") == [
        "All: where to begin",
        *("A Gull Point", "B Heron Reach", "C Sandpiper"),
    ]
    assert page.fields(1) == {"program": list(refs), "learner": [""]}
    one = client.get(asked(*refs, learner=refs[0]))
    assert one.words(".lessons caption") == ["All 5 pairs in which Gull Point can learn, the widest gaps first"]
    rows = one.words(".lessons tbody tr")
    assert len(rows) == 3
    assert "B Heron Reach rated 5, external C Sandpiper rated 5, external" in rows[0]
    none = client.get(asked(*refs, learner=refs[2]))
    assert "Sandpiper is weak nowhere that another here is strong" in none.words("#lessons")[0]
    assert client.get(asked(*refs, learner="0000")).words(".lessons caption") == page.words(".lessons caption")


def test_the_program_of_which_every_pair_is_shown_goes_along_to_paper(client: Any, house: Any) -> None:
    refs = house("Gull Point", 1), house("Heron Reach", 5), house("Sandpiper", 5)
    page = client.get(asked(*refs, learner=refs[0], as_of="2026-06-01"))
    for link in page.soup.select(".comparison > .actions a")[:2]:
        assert f"learner={refs[0]}" in link["href"]
    assert page.fields(0)["learner"] == [refs[0]]
    paper = client.get(asked(*refs, at="/compare/print", learner=refs[0]))
    assert paper.words(".lessons caption") == ["All 6 pairs in which Gull Point can learn, the widest gaps first"]


def test_carried_ratings_are_told_on_the_page_on_paper_and_in_the_workbook(
    client: Any, db: Database, person: Person, house: Any
) -> None:
    refs = house("Gull Point", None), house("Heron Reach", 4)
    first = _seal(db, person, refs[0], 3)
    _seal(db, person, refs[0], 3, on="2026-05-02", carry_from=first, again=1)
    said = "2 of 3 ratings carried, not re-rated"
    for at in ("/compare", "/compare/print"):
        gull, heron = client.get(asked(*refs, at=at)).words(".stands tbody tr")
        assert (said in gull, "carried" in heron) == (True, False)
    book = load_workbook(io.BytesIO(client.get(asked(*refs, at="/compare.xlsx")).response.data))
    head, *rows = book["Programs"].iter_rows(values_only=True)
    at = head.index("Ratings")
    assert head[at + 1] == "Ratings carried, not re-rated"
    assert [row[at : at + 2] for row in rows] == [(3, 2), (3, 0)]


def test_how_programs_were_chosen_is_told_in_a_sentence(client: Any, house: Any) -> None:
    refs = house("Gull Point", 3), house("Heron Reach", 4)
    by_hand = client.get(asked(*refs, as_of="2026-06-01")).words(".comparison > .about")[0]
    assert by_hand.endswith("made on or before June 1, 2026.")
    narrowed = client.get(asked(*refs, kind="external")).words(".comparison > .about")[0]
    assert narrowed.endswith("How they were chosen: kind of rating: External rating (a consultant).")


def test_the_newest_bear_the_day_of_the_look_at_them(client: Any, house: Any) -> None:
    refs = house("Gull Point", 3), house("Heron Reach", 4)
    today = display.day(date.today().isoformat())
    assert client.get(asked(*refs, at="/compare/print")).words(".kind") == [
        f"Comparison · Lantern 1.0 · as of {today}"
    ]


@pytest.mark.parametrize(
    ("n", "said"),
    [(0, "No programs are chosen yet."), (1, "Here is only one program to show, and a comparison takes two.")],
)
def test_fewer_than_two_are_explained(client: Any, house: Any, n: int, said: str) -> None:
    refs = [house(f"House {each}", 3) for each in range(2)][:n]
    for at in ("/compare", "/compare.pdf", "/compare/print", "/compare.xlsx"):
        page = client.get(asked(*refs, at=at))
        assert (page.heading, page.words("p.lead")) == ("Comparison", [said])


def test_programs_without_a_sealed_assessment_are_named(client: Any, house: Any) -> None:
    bare = house("Not yet rated", None)
    page = client.get(asked(house("Gull Point", 3), house("Heron Reach", 3), bare))
    assert page.words(".notice") == ["No sealed assessment that you may see: Not yet rated."]
    assert client.get(asked(bare)).words("p.lead") == [
        "None of these programs has a sealed assessment that you may see."
    ]


def test_the_newest_counts_or_the_newest_by_a_day(client: Any, db: Database, person: Person, house: Any) -> None:
    refs = house("Gull Point", 1, on="2025-03-02"), house("Heron Reach", 3, on="2025-03-02")
    _seal(db, person, refs[0], 5, on="2026-03-02")
    scores = [
        client.get(asked(*refs, **more)).words(".heats-of-programs tbody td:last-child")[0]
        for more in ({}, {"as_of": "2025-12-31"})
    ]
    assert scores == ["5.00 bright", "1.00 dim"]
    then = client.get(asked(*refs, as_of="2025-12-31"))
    assert "made on or before December 31, 2025" in then.text
    assert then.fields()["as_of"] == ["2025-12-31"]
    assert then.fields()["program"] == list(refs)
    early = client.get(asked(*refs, as_of="2024-01-01"))
    assert early.words("p.lead") == ["None of these programs has a sealed assessment that you may see."]


def test_a_day_that_is_none_is_told_and_no_file_is_made_of_it(client: Any, house: Any) -> None:
    refs = house("Gull Point", 1), house("Heron Reach", 3)
    page = client.get(asked(*refs, as_of="yesterday"))
    assert page.status == 422
    assert page.words("[role=alert] b") == ["“yesterday” is no day."]
    assert page.fields()["as_of"] == ["yesterday"]
    for kind in (".pdf", ".xlsx", "/print"):
        there = client.get(asked(*refs, as_of="yesterday").replace("/compare", f"/compare{kind}"), follow=False)
        assert (there.status, "as_of=yesterday" in there.headers["Location"]) == (302, True)


def test_programs_beyond_what_an_address_can_name_are_counted(client: Any, house: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("ddcat.web.chosen.MOST_PICKED", 2)
    refs = [house(name, 3) for name in ("Gull Point", "Heron Reach", "Lark Field")]
    for page in ("/compare", "/trend", "/portfolio"):
        told = client.get(asked(*refs, refs[0]).replace("/compare", page))
        assert told.words("[role=alert] b") == ["1 program is left out."]


def test_more_than_twelve_are_a_table_that_leads_to_the_portfolio(client: Any, house: Any) -> None:
    refs = [house(f"House {n:02}", 3) for n in range(13)]
    twelve, more = client.get(asked(*refs[:12])), client.get(asked(*refs))
    assert twelve.soup.select(".heats-of-items")
    assert twelve.soup.select(".in-dot")
    assert len(more.words(".heats-of-programs tbody tr")) == 13
    assert not more.soup.select(".heats-of-items, .lessons, .in-dot, .mark")
    assert more.soup.select_one(".notice a")["href"].startswith("/portfolio?program=")
    assert len(more.soup.select(".spreads tr.total svg .dot")) == 13
    assert "Each mark is a program: a circle where people from outside rated it" in more.text


def test_more_than_twelve_are_sorted_by_the_headings_on_the_page_on_paper_and_in_the_workbook(
    client: Any, house: Any
) -> None:
    refs = [house(f"House {n:02}", 1, IA=(n * 5) % 4 + 1) for n in range(13)]
    usual = client.get(asked(*refs))
    names = [f"House {n:02}" for n in range(13)]

    def order(page: Any) -> list[str]:
        return [" ".join(words.split()[:2]) for words in page.words(".heats-of-programs tbody th")]

    assert order(usual) == order(client.get(asked(*refs, sort="moon", down="1"))) == names
    assert not usual.soup.select("[aria-sort]")
    heads = usual.soup.select(".heats-of-programs thead a")
    assert [head.get_text(" ", strip=True) for head in heads] == [
        "Program",
        *("I Doorway", "II Table"),
        "Overall",
    ]
    up = client.get(heads[1]["href"])
    assert order(up) == sorted(names, key=lambda name: (int(name[-2:]) * 5) % 4)
    (sorted_by,) = up.soup.select("[aria-sort]")
    assert (sorted_by["aria-sort"], sorted_by.a.get_text()[-1]) == ("ascending", "↑")
    down = client.get(sorted_by.a["href"])
    there = sorted(names, key=lambda name: -((int(name[-2:]) * 5) % 4))
    assert order(down) == there
    assert down.one("[aria-sort]")["aria-sort"] == "descending"
    assert "down" not in down.one("[aria-sort]").a["href"]
    pdf, paper, workbook = (link["href"] for link in down.soup.select(".comparison > .actions a"))
    assert "sort=doorway" in pdf
    assert order(client.get(paper)) == there
    book = load_workbook(io.BytesIO(client.get(workbook).response.data))
    assert [row[1] for row in book["Dimensions"].iter_rows(min_row=2, values_only=True)] == there
    assert down.fields(0)["sort"] == ["doorway"]
    assert (down.fields(1)["sort"], down.fields(1)["down"]) == (["doorway"], ["1"])
    by_name = client.get(asked(*refs, sort="name", down="1"))
    assert order(by_name) == names[::-1]


def test_twelve_are_not_sorted(client: Any, house: Any) -> None:
    refs = [house(f"House {n}", n) for n in (1, 3)]
    page = client.get(asked(*refs, sort="overall", down="1"))
    assert page.words(".heats-of-programs tbody th")[0].startswith("A House 1")
    assert not page.soup.select(".heats-of-programs thead a, [aria-sort], #sort")


def test_a_single_self_rating_is_not_warned_of_where_nothing_is_compared(client: Any, house: Any) -> None:
    page = client.get(asked(house("Gull Point", 3, kind="self")))
    assert page.words("p.lead") == ["Here is only one program to show, and a comparison takes two."]
    assert not page.soup.select(".notice")


def test_without_any_evidence_that_is_said_and_nobody_is_called_unable_to_teach(client: Any, house: Any) -> None:
    refs = house("Gull Point", 1, proven=False), house("Heron Reach", 5, proven=False)
    said = client.get(asked(*refs)).words("#lessons p")
    assert said == [
        "No program here has any evidence recorded, so nothing is shown as strong: evidence is recorded item by item."
    ]
    some = client.get(asked(*refs, house("Sandpiper", 1)))
    assert "Nobody here can teach:" in some.text


def test_a_workbook_holds_numbers_as_numbers(client: Any, house: Any) -> None:
    refs = (
        house("Gull Point", 3, IA=1, kind="self"),
        house("=HYPERLINK(0)", 4, IA=5),
        house("Sandpiper", 3, file=DDCAT),
    )
    book = load_workbook(io.BytesIO(client.get(asked(*refs, at="/compare.xlsx")).response.data))
    assert book.sheetnames == ["Programs", "Dimensions", "Items", "Spread", "Learn from", "About"]
    rows = {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames}
    assert [row[1] for row in rows["Programs"][1:]] == ["=HYPERLINK(0)", "Gull Point"]
    assert book["Programs"]["B2"].data_type == "s"
    assert rows["Dimensions"][2][4:] == [2, "dim/lit", 3, "lit", 2.5, "dim/lit"]
    assert [row[3:] for row in rows["Items"][1:]] == [[5, 1], [4, 3], [4, 3]]
    overall = [row[1:] for row in rows["Spread"] if row[0] == "Overall"]
    assert overall == [
        ["all", 2, 2.5, 2.9375, 3.375, 3.8125, 4.25],
        ["people from outside", 1, *[4.25] * 5],
        ["the program itself", 1, *[2.5] * 5],
    ]
    assert rows["Learn from"][1][:8] == [
        "IA",
        "First words at the door",
        "Gull Point",
        "Self-rating (the program’s own people)",
        1,
        "=HYPERLINK(0)",
        "External rating (a consultant)",
        5,
    ]
    about = dict(rows["About"][1:])
    assert about["Not compared: another instrument or version"] == "ddcat@4.0: Sandpiper"


def test_a_workbook_holds_every_pair(client: Any, house: Any) -> None:
    refs = [house(f"House {n}", 5 if n else 1) for n in range(5)]
    book = load_workbook(io.BytesIO(client.get(asked(*refs, at="/compare.xlsx")).response.data))
    assert [row[5] for row in book["Learn from"].iter_rows(min_row=2, values_only=True)] == [
        f"House {n}" for _item in range(3) for n in range(1, 5)
    ]


def test_the_same_choice_is_printed(client: Any, house: Any) -> None:
    refs = house("Gull Point", 3, IA=1), house("Heron Reach", 4)
    made = client.get(asked(*refs, at="/compare.pdf"))
    assert "ddcat-comparison-" in made.headers["Content-Disposition"]
    said = " ".join(PdfReader(io.BytesIO(made.response.data)).pages[0].extract_text().split())
    assert "2 programs of 1 agency, rated with Lantern 1.0." in said


# Who is shown what


@pytest.mark.parametrize("at", KINDS)
def test_what_is_not_yours_is_left_out_as_if_it_were_not_there(
    client: Any, house: Any, stranger: Any, at: str
) -> None:
    refs = house("Gull Point", 3), house("Heron Reach", 4)
    usual = client.get(asked(*refs, at=at)).response
    for foreign in (stranger["program"], "0" * 16, "'; DROP TABLE program", "%00", "x" * 4000):
        found = client.get(asked(*refs, foreign, at=at)).response
        assert found.status_code == usual.status_code == 200
        if at != "/compare.xlsx":
            assert "Secret" not in found.text
            assert found.text.count("Heron Reach") == usual.text.count("Heron Reach")


@pytest.mark.parametrize(
    ("role", "sees"), [("director", 2), ("consultant", 2), ("quality", 2), ("reader", 2), ("rater", 0)]
)
def test_who_sees_results_of_a_program_sees_it_here(
    app: Any, db: Database, person: Person, house: Any, role: str, sees: int
) -> None:
    refs = [house("Gull Point", 3), house("Heron Reach", 4), house("Sandpiper", 5)]
    with db.conn:
        other = people.create(db, person, name="Bo Example", login="bo@example.org", password="x")
    for ref in refs[:2]:
        roles.give(db, person, other, Role(role), "program", ref)
    page = Browser(app, other).get(asked(*refs))
    assert len(page.words(".heats-of-programs tbody tr")) == sees
    assert "Sandpiper" not in page.text


def test_nobody_is_sent_to_the_login(nobody: Any) -> None:
    assert nobody.get("/compare?program=a&program=b").heading == "Log in"


@pytest.mark.parametrize(
    "address",
    [
        "/compare?" + "&".join(f"program={n:016x}" for n in range(200)),
        "/compare?program=" + "&program=" * 500,
        "/compare?as_of=9999-12-31&program=%F0%9F%A7%AA",
        "/compare?agency=nowhere&state=%27&level=x&kind=x&tag=%22",
        "/compare?program[]=1&program=..%2F..%2Fetc",
        "/compare?as_of=0001-01-01&tag=" + "t" * 5000,
    ],
)
def test_hostile_addresses_are_answered_calmly(client: Any, house: Any, address: str) -> None:
    house("Gull Point", 3)
    page = client.get(address)
    assert (page.status, page.heading) == (200, "Comparison")
    assert client.get(address.replace("/compare?", "/compare.xlsx?")).status == 200


def test_the_same_program_named_twice_stands_there_once(client: Any, house: Any) -> None:
    ours, theirs = house("Gull Point", 3), house("Heron Reach", 4)
    assert len(client.get(asked(ours, theirs, ours, ours)).words(".heats-of-programs tbody tr")) == 2


def test_too_many_are_sent_to_the_portfolio(client: Any, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "MOST", 2)
    page = client.get(asked(*(house(f"House {n}", 3) for n in range(3))))
    assert page.words("p.lead") == ["3 programs are too many for one page of comparison; at most 2 fit."]
