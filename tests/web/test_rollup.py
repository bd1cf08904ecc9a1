"""Programs by state: counted by band and kind of rating, quarter by quarter, and nothing of what others may see."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlite_utils import Database

from ddcat import report, shelf, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, instruments, people, programs, roles
from tests.web.conftest import LANTERN, Browser

Site = Callable[..., str]


@pytest.fixture
def site(db: Database, person: Person) -> Site:
    """`site("Harbor", "Ohio", ["2026-02-01", "3", "4"])`: a program with sealed assessments: day and scores."""
    data = LANTERN.read_bytes()
    with db.conn:
        instruments.keep(db, shelf.checksum(data), "lantern@1.0", data)
    agency = agencies.add(db, person, "Tidewater", {}).ref

    def site(name: str, state: str, *told: list[str], kind: str | None = "self", result: str = "") -> str:
        ref = programs.add(db, person, agency, name, {"state": state} if state else {}).ref
        for day, doorway, table in told:
            said = result or json.dumps({"dimensions": {"doorway": doorway, "table": table}})
            with db.conn:
                db.execute(
                    "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater,"
                    " started_at, sealed_at, result)"
                    " SELECT lower(hex(randomblob(8))), id, ?, ?, 1, ?, 'Robin Example', ?, ?, ?"
                    " FROM program WHERE ref = ?",
                    [shelf.checksum(data), day, kind, day, day, said, ref],
                )
        return ref

    return site


def rows(page: Any, table: str = ".by-state") -> list[list[str]]:
    found = page.soup.select(f"{table} tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in found]


def test_who_sees_nothing_sealed_is_told_how_she_comes_to_some(client: Any) -> None:
    page = client.get("/rollup")
    assert "no sealed assessment yet that you may see" in page.text
    for address in ("/rollup.csv", "/rollup.pdf", "/rollup/print"):
        assert client.get(address).url == "/rollup"


def test_a_row_counts_the_newest_of_each_program_and_kinds_stay_apart(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2024-02-01", "1", "1"], ["2026-02-01", "3", "4"])
    site("Quay", "Ohio", ["2025-02-01", "1", "2"])
    site("Pier", "Ohio", ["2025-02-01", "5", "5"], kind="external")
    site("Barge", "", ["2025-02-01", "1", "1"], kind=None)
    assert [(row[0], *row[1:]) for row in rows(client.get("/rollup"))] == [
        (
            "No state given kind of rater not stated",
            "1 fewer than 5",
            "1 all",
            "0 none",
            "0 none",
            "0 none",
            *["1.00"] * 5,
        ),
        ("Ohio self-rated", "2 fewer than 5", "1 many", "0 none", "1 many", "0 none", *FIVE),
        ("Ohio rated externally", "1 fewer than 5", "0 none", "0 none", "0 none", "1 all", *["5.00"] * 5),
        ("All states here kind of rater not stated", "1 fewer than 5", "1 all", *["0 none"] * 3, *["1.00"] * 5),
        ("All states here self-rated", "2 fewer than 5", "1 many", "0 none", "1 many", "0 none", *FIVE),
        ("All states here rated externally", "1 fewer than 5", *["0 none"] * 3, "1 all", *["5.00"] * 5),
    ]


FIVE = ("1.50", "2.00", "2.50", "3.00", "3.50")


def test_a_quarter_a_dimension_and_a_kind_can_be_chosen(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2024-02-01", "1", "1"], ["2026-02-01", "3", "4"])
    site("Quay", "Ohio", ["2024-03-31", "2", "5"], kind="external")
    page = client.get("/rollup?quarter=2024-Q1&kind=external&dimension=table")
    assert [row[:2] + row[-1:] for row in rows(page)] == [["Ohio rated externally", "1 fewer than 5", "5.00"]]
    assert "assessed in 2024-Q1" in page.text
    chosen = {name: value for name, (value,) in page.fields().items()}
    assert chosen == {"quarter": "2024-Q1", "dimension": "table", "kind": "external"}
    assert rows(page, ".by-quarter") == [["Ohio rated externally", "5.00 5.00–5.00 n = 1"]]


def test_what_can_be_none_is_as_if_it_were_not_asked(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2026-02-01", "3", "4"])
    usual = client.get("/rollup")
    for wrong in ("instrument=x", "quarter=2026-Q9", "kind=nobody", "dimension=kitchen"):
        assert client.get(f"/rollup?{wrong}").text == usual.text


def test_the_last_twelve_quarters_stand_there_each_with_n(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2020-02-01", "1", "1"], ["2023-05-01", "2", "2"], ["2026-02-01", "3", "4"])
    page = client.get("/rollup")
    assert page.words(".by-quarter thead th") == ["State and kind of rating", "2023-Q2", "2026-Q1"]
    assert rows(page, ".by-quarter") == [["Ohio self-rated", "2.00 2.00–2.00 n = 1", "3.50 3.50–3.50 n = 1"]]
    (said,) = page.words(".multiples title")
    assert said == "Ohio, self-rated: 2023-Q2 median 2.00, n = 1; 2026-Q1 median 3.50, n = 1"
    assert len(page.soup.select(".multiples rect")) == 2


def test_a_result_that_cannot_be_read_is_named_and_every_other_is_shown(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2026-02-01", "3", "4"])
    broken = site("Quay", "Ohio", ["2026-02-01", "", ""], result='{"dimensions": "gone"')
    page = client.get("/rollup")
    assert rows(page)[0][1] == "1 fewer than 5"
    assert "Of 1 program a stored result cannot be read." in page.text
    assert "run ddcat verify" in page.text
    assert [link["href"] for link in page.soup.select(".notice li a")] == [f"/programs/{broken}"]
    assert client.get("/rollup/print").status == 200


def test_nobody_counts_programs_of_which_she_may_not_see_results(
    app: Flask, db: Database, person: Person, site: Site
) -> None:
    mine = site("Harbor", "Ohio", ["2026-02-01", "3", "4"])
    site("Quay", "Iowa", ["2026-02-01", "1", "1"])
    for role, seen in ((Role.READER, ["Ohio self-rated"]), (Role.RATER, [])):
        with store.writing(db):
            one = people.create(db, None, name="Sam Example", login=f"{role}@example.org")
            roles.insert(db, person, one, role, "program", mine)
        browser = Browser(app, one)
        page = browser.get("/rollup")
        assert [row[0] for row in rows(page)] == seen
        assert "Iowa" not in page.text
        assert "Iowa" not in browser.get("/rollup.csv").response.text


def test_the_sheet_has_every_quarter_kind_and_dimension(client: Any, site: Site) -> None:
    site("Harbor", "=Ohio", ["2024-02-01", "1", "2"], ["2026-02-01", "3", "4"])
    answer = client.get("/rollup.csv?quarter=2026-Q1&dimension=table").response
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert answer.mimetype == "text/csv"
    assert len(lines) == 1 + 2 * 3
    assert lines[0].startswith("Instrument,State,Quarter,Kind of rating,Dimension,Programs,In band dim,")
    assert lines[3].endswith(",Overall,1,1,0,0,0,1.5,1.5,1.5,1.5,1.5")
    assert lines[1].startswith("lantern@1.0,'=Ohio,2024-Q1,Self-rating")


def test_paper_says_the_same(client: Any, site: Site) -> None:
    site("Harbor", "Ohio", ["2026-02-01", "3", "4"])
    page, paper = client.get("/rollup"), client.get("/rollup/print")
    assert paper.heading == page.heading == "Programs by state"
    assert rows(paper) == rows(page)
    answer = client.get("/rollup.pdf").response
    assert answer.data.startswith(b"%PDF-")


def test_the_portfolio_leads_there(client: Any, site: Site) -> None:
    for name in ("Harbor", "Quay"):
        site(name, "Ohio", ["2026-02-01", "3", "4"], result=RESULT)
    assert "/rollup" in [link["href"] for link in client.get("/portfolio").soup.select("main a")]


RESULT = (
    '{"overall": "7/2", "band": "lit", "criterion": {"level": "dim"}, "dimensions": {"doorway": "3", "table": "4"}}'
)


@pytest.mark.parametrize(
    "result",
    [
        *("", "{", "[]", "null", "{}", RESULT.replace("7/2", "7/0"), RESULT.replace('"7/2"', "[]")),
        *(
            RESULT.replace("lit", "unlit"),
            RESULT.replace('"dim"', '"bleak"'),
            RESULT.replace('"dim"', "[]"),
            RESULT.replace('"lit"', "{}"),
            RESULT.replace('{"level": "dim"}', "3"),
        ),
    ],
)
def test_a_portfolio_names_a_result_that_cannot_be_read_and_counts_all_others(
    client: Any, site: Site, result: str
) -> None:
    site("Harbor", "Ohio", ["2026-02-01", "3", "4"], result=RESULT)
    site("Quay", "Ohio", ["2026-02-01", "3", "4"], result=result or " ")
    for address in ("/portfolio", "/portfolio?sort=overall", "/portfolio?kind=self"):
        page = client.get(address)
        assert "The stored result of 1 program cannot be read." in page.text
        assert page.words(".notice li") == ["Quay, Feb 1, 2026"]
        assert "Its stored result cannot be read" in page.words(".programs tr")[-1] + page.words(".programs tr")[-2]
        assert "(n = 1)" in page.words(".counts-by-band caption")[0]


@pytest.mark.parametrize(
    ("n", "of", "word", "shade"),
    [
        *((0, 9, "none", 0), (1, 9, "few", 1), (1, 4, "some", 2), (4, 9, "some", 2), (1, 2, "many", 3)),
        *((6, 9, "many", 3), (3, 4, "most", 4), (8, 9, "most", 4), (9, 9, "all", 4)),
    ],
)
def test_a_share_has_a_word_and_a_shade(n: int, of: int, word: str, shade: int) -> None:
    found = report.share(n, of)
    assert (found.n, found.word, found.shade) == (n, word, shade)
