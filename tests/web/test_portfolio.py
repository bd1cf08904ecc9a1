"""The portfolio: programs chosen, counted, sorted, picked, and kept under an address that gives nothing away."""

import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlite_utils import Database

from ddcat import shelf, store
from ddcat.access import Role
from ddcat.records import Person
from ddcat.store import agencies, instruments, people, programs, roles, tags, trail
from ddcat.web import comparisons
from tests.web.conftest import LANTERN, Browser

Site = Callable[..., str]


@pytest.fixture
def site(db: Database, person: Person) -> Site:
    """`site("Harbor", "2", state="Ohio")`: a program whose sealed assessment came to this, or without any."""
    data = LANTERN.read_bytes()
    ours = shelf.checksum(data)
    with db.conn:
        instruments.keep(db, ours, "lantern@1.0", data)
        newer = data.replace(b'"1.0"', b'"1.1"')
        instruments.keep(db, shelf.checksum(newer), "lantern@1.1", newer)
    houses: dict[str, str] = {}

    def site(
        name: str,
        overall: str | None = None,
        *,
        agency: str = "Tidewater",
        kind: str | None = "self",
        on: str = "2026-03-01",
        band: str = "dim/lit",
        checksum: str = ours,
        evidenced: str | None = None,
        carried: int = 0,
        **facts: Any,
    ) -> str:
        if agency not in houses:
            houses[agency] = agencies.add(db, person, agency, {}).ref
        ref = programs.add(db, person, houses[agency], name, facts).ref
        if overall:
            result = {"overall": overall, "band": band, "criterion": {"level": "dim"}, "dimensions": {}}
            result |= {"evidenced": {"overall": evidenced}} if evidenced else {}
            with db.conn:
                db.execute(
                    "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater,"
                    " started_at, sealed_at, result)"
                    " SELECT lower(hex(randomblob(8))), id, ?, ?, 1, ?, 'Robin Example', ?, ?, ?"
                    " FROM program WHERE ref = ?",
                    [checksum, on, kind, on, on, json.dumps(result), ref],
                )
                (id,) = db.execute("SELECT max(id) FROM assessment").fetchone()
                for n in range(carried):
                    db.execute("INSERT INTO carried VALUES (?, ?, ?)", [id, f"item {n}", id])
        return ref

    return site


@pytest.fixture
def newer() -> str:
    return shelf.checksum(LANTERN.read_bytes().replace(b'"1.0"', b'"1.1"'))


@pytest.fixture
def join(app: Flask, db: Database, person: Person) -> Callable[..., Browser]:
    """`join(Role.READER, "program", ref)`: the browser of somebody with this role there."""

    def join(role: Role | None, place: str = "", ref: str = "") -> Browser:
        login = f"{role}-{ref}@example.org"
        with store.writing(db):
            one = people.create(db, None, name="Sam Example", login=login)
            if role:
                roles.insert(db, person, one, role, place, ref)
        return Browser(app, people.by_login(db, login))

    return join


def table(page: Any) -> list[str]:
    """The programs of the table in their order."""
    return [str(word) for word in page.words(".programs tbody th a")]


def cells(page: Any, row: int = 0) -> list[str]:
    tag = page.soup.select(".programs tbody tr")[row]
    return [" ".join(cell.get_text(" ").split()) for cell in tag.select("td")]


# --- Choosing ---


def test_who_sees_no_results_is_told_how_she_comes_to_some(join: Callable[..., Browser], site: Site) -> None:
    ref = site("Harbor", "2")
    for role in (None, Role.RATER):
        page = join(role, "program", ref).get("/portfolio")
        assert "no program yet of which you may see results" in page.text
        assert "Harbor" not in page.text
        assert not page.soup.select("main form")


def test_a_row_says_what_is_known_of_a_program(client: Any, site: Site) -> None:
    site("Harbor", "17/7", evidenced="15/7", kind="external", state="Ohio", level_addiction=["2.1"])
    page = client.get("/portfolio")
    assert page.heading == "Portfolio"
    assert cells(page) == [
        "Tidewater",
        "Ohio",
        "Intensive outpatient (2.1)",
        "External",
        "Mar 1, 2026",
        "2.43 Between dim and lit as evidenced 2.14",
        "Dim",
    ]


def test_a_row_says_how_many_ratings_were_carried(client: Any, site: Site) -> None:
    site("Harbor", "2", carried=2)
    site("Quay", "2")
    page = client.get("/portfolio?sort=name")
    assert cells(page)[4] == "Mar 1, 2026 2 of 3 ratings carried, not re-rated"
    assert cells(page, 1)[4] == "Mar 1, 2026"


def test_a_newer_checklist_without_an_overall_score_does_not_hide_a_result(
    client: Any, db: Database, person: Person, site: Site
) -> None:
    data = (shelf.INSTRUMENTS / "iop-ic-1.0.toml").read_bytes()
    with db.conn:
        instruments.keep(db, shelf.checksum(data), "iop-ic@1.0", data)
    ref = site("Harbor", "2", on="2025-03-01")
    site("Quay", "2", on="2026-03-01", checksum=shelf.checksum(data))
    with db.conn:
        db.execute(
            "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, started_at,"
            " sealed_at, result) SELECT 'newer', program.id, ?, '2026-03-01', 1, kind, rater, started_at, sealed_at,"
            " result FROM assessment, program WHERE program.ref = ? AND assessment.program_id = program.id",
            [shelf.checksum(data), ref],
        )
        db.execute(
            "UPDATE assessment SET result = json_set(result, '$.overall', NULL, '$.band', NULL) WHERE instrument = ?",
            [shelf.checksum(data)],
        )
    page = client.get("/portfolio?sort=name")
    assert cells(page)[4:6] == ["Mar 1, 2025", "2.00 Between dim and lit Lantern 1.0"]
    assert cells(page, 1)[4:6] == ["Mar 1, 2026", "No overall score IOP-IC 1.0"]


def test_programs_never_assessed_stand_at_the_end(client: Any, site: Site) -> None:
    site("Anchor")
    site("Zephyr", "2")
    for sort in ("", "?sort=name", "?sort=name&down=1", "?sort=overall", "?sort=date&down=1"):
        page = client.get(f"/portfolio{sort}")
        assert table(page) == ["Zephyr", "Anchor"]
        assert cells(page, 1)[-1] == "Not yet assessed"


def test_what_is_chosen_is_said_in_words_and_stays_in_the_form(client: Any, db: Database, site: Site) -> None:
    refs = [site("Harbor", "2", state="Ohio", level_addiction=["3"]), site("Quay", "2", state="Iowa")]
    person = people.first(db)
    tags.change(db, person, refs[0], ["rural"])
    address = "/portfolio?state=Ohio&level=3&kind=self&tag=rural&as_of=2026-06-01"
    page = client.get(address)
    assert table(page) == ["Harbor"]
    said = page.words(".shown")[0]
    for words in ("1 of 2 programs", "state: Ohio", "Residential", "Self-rating", "tag: rural", "June 1, 2026"):
        assert words in said
    assert {name: value for name, (value,) in page.fields().items()} == {
        "state": "Ohio",
        "level": "3",
        "kind": "self",
        "tag": "rural",
        "video": "",
        "language": "",
        "medicine": "",
        "as_of": "2026-06-01",
    }


def test_nothing_that_fits_says_so_and_leads_back(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio")
    page = client.get("/portfolio?state=Ohio&kind=peer")
    assert "No program that you may see fits all of this" in page.text
    assert page.one('.shown a[href="/portfolio"]')


def test_levels_of_care_of_addiction_and_of_mental_health_stand_apart(client: Any, site: Site) -> None:
    site("Harbor", "2", level_mental_health=["outpatient"])
    page = client.get("/portfolio?level=outpatient")
    groups = {one["label"]: one.get_text(" ", strip=True) for one in page.soup.select("#by-level optgroup")}
    assert list(groups) == ["Addiction", "Mental health"]
    assert "Outpatient (1)" in groups["Addiction"]
    assert "Outpatient (1)" not in groups["Mental health"]
    assert page.one("#by-level option[selected]").get_text() == "Outpatient"


def test_a_sentence_after_a_link_begins_after_a_full_stop(client: Any, site: Site) -> None:
    site("Harbor", "2")
    assert "Show all. Of each program" in client.get("/portfolio?kind=self").words(".shown")[0]


def test_an_agency_that_is_not_hers_shows_nothing_and_no_name(client: Any, site: Site, stranger: Any) -> None:
    site("Harbor", "2")
    page = client.get(f"/portfolio?agency={stranger['agency']}&program={stranger['program']}")
    assert table(page) == []
    assert "Foreign" not in page.text
    assert "Secret" not in page.text


@pytest.mark.parametrize("day", ["31.12.2025", "2025-13-01", "soon"])
def test_a_day_that_is_none_is_refused_with_what_to_do(client: Any, site: Site, day: str) -> None:
    site("Harbor", "2")
    page = client.get("/portfolio", query_string={"as_of": day})
    assert page.status == 422
    assert list(page.mistakes.values()) == ["by-as_of"]
    assert table(page) == ["Harbor"]
    for kind in ("csv", "xlsx"):
        there = client.get(f"/portfolio.{kind}", query_string={"as_of": day}, follow=False)
        assert (there.status, "as_of=" in there.headers["Location"]) == (302, True)


def test_before_its_first_assessment_a_program_is_not_yet_assessed(client: Any, site: Site) -> None:
    site("Harbor", "2", on="2026-03-01")
    page = client.get("/portfolio?as_of=2026-02-28")
    assert cells(page)[-1] == "Not yet assessed by then"
    assert not page.words(".counts-by-band")


@pytest.mark.parametrize("odd", ["level=9", "kind=grand", "sort=luck", "page=99", "page=-1", "page=²", "program="])
def test_an_address_that_makes_no_sense_is_read_as_far_as_it_does(client: Any, site: Site, odd: str) -> None:
    site("Harbor", "2")
    page = client.get(f"/portfolio?{odd}")
    assert page.status == 200
    assert table(page) == ["Harbor"]


# --- Order ---


def test_the_table_is_sorted_by_what_its_headings_say(client: Any, site: Site) -> None:
    site("Beta", "3", agency="Zephyr", on="2026-01-01", state="Ohio", band="lit")
    site("alpha", "2", agency="Zephyr", on="2026-02-01")
    site("Gamma", "5/2", agency="Aster", on="2026-03-01", state="Iowa")
    orders = {
        "agency": ["Gamma", "alpha", "Beta"],
        "name": ["alpha", "Beta", "Gamma"],
        "date": ["Beta", "alpha", "Gamma"],
        "overall": ["alpha", "Gamma", "Beta"],
        "state": ["Gamma", "Beta", "alpha"],
    }
    for sort, order in orders.items():
        page = client.get(f"/portfolio?sort={sort}")
        assert table(page) == order, sort
        heading = page.one("th[aria-sort]")
        assert heading["aria-sort"] == "ascending"
        back = client.get(heading.select_one("a")["href"])
        # What is not known stands at the end either way.
        assert table(back) == (["Beta", "Gamma", "alpha"] if sort == "state" else order[::-1])
        assert back.one("th[aria-sort]")["aria-sort"] == "descending"


def test_sorting_keeps_what_was_chosen(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio")
    link = client.get("/portfolio?state=Ohio&as_of=2026-06-01").soup.select(".programs thead a")[0]["href"]
    asked = parse_qs(urlsplit(link).query)
    assert asked == {"state": ["Ohio"], "as_of": ["2026-06-01"], "sort": ["name"]}


def test_more_programs_than_fit_one_page_go_on_to_the_next(
    client: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ddcat.web.portfolio.PAGE", 2)
    for name in "ABCDE":
        site(name, "2")
    page = client.get("/portfolio?sort=name")
    assert table(page) == ["A", "B"]
    assert "Programs in each band (n = 5)" in page.text
    following = client.get(page.one('a[href*="page=2"]')["href"])
    assert table(following) == ["C", "D"]
    assert table(client.get("/portfolio?sort=name&page=3")) == ["E"]


def test_who_sees_no_headings_chooses_the_order_from_a_list(client: Any, site: Site) -> None:
    for name, overall in (("A", "3"), ("B", "2"), ("C", "4")):
        site(name, overall, state="Ohio")
    page = client.get("/portfolio?state=Ohio&sort=overall&down=1")
    form = next(n for n, tag in enumerate(page.soup.select("main form")) if "ordering" in tag["class"])
    assert page.fields(form) == {"state": ["Ohio"], "sort": ["overall"], "down": ["1"]}
    ordered = client.get(page.action(form), query_string={"state": "Ohio", "sort": "overall", "down": ""})
    assert table(ordered) == ["B", "A", "C"]
    assert ordered.one("th[aria-sort]")["aria-sort"] == "ascending"


# --- Counts and spread ---


def test_programs_are_counted_by_band_and_their_spread_is_shown(client: Any, site: Site) -> None:
    for name, overall, band in (("A", "1", "dim"), ("B", "2", "dim/lit"), ("C", "3", "lit"), ("D", "4", "lit")):
        site(name, overall, band=band)
    page = client.get("/portfolio")
    assert page.words(".counts-by-band tbody tr") == ["Dim 1", "Between dim and lit 1", "Lit 2", "Bright 0"]
    assert page.words(".spread-of tbody tr") == ["Self 4 1.00 1.75 2.50 3.25 4.00"]
    assert "there is no rating of an agency" in page.text


def test_kinds_of_rating_are_never_mixed_silently(client: Any, site: Site) -> None:
    site("A", "4", kind="self", band="lit")
    site("B", "2", kind="external")
    site("C", "2", kind=None)
    page = client.get("/portfolio")
    (notice,) = page.words(".portfolio .notice")
    assert "Self: 1, External: 1, Not stated: 1" in notice
    assert page.words(".counts-by-band thead th") == ["Band", "Self", "External", "Not stated", "All kinds"]
    assert page.words(".counts-by-band tbody tr")[1] == "Between dim and lit 0 1 1 2"
    assert [row.split()[:2] for row in page.words(".spread-of tbody tr")] == [
        ["Self", "1"],
        ["External", "1"],
        ["Not", "stated"],
    ]
    only = client.get(page.soup.select(".portfolio .notice a")[1]["href"])
    assert table(only) == ["B"]
    assert not only.words(".portfolio .notice")
    assert table(client.get("/portfolio?kind=unstated")) == ["C"]


def test_self_ratings_alone_say_that_they_are(client: Any, site: Site) -> None:
    site("A", "4")
    assert "All of these are self-ratings" in client.get("/portfolio").words(".portfolio .notice")[0]


def test_unlike_instruments_are_counted_and_sorted_apart_with_the_reason(client: Any, site: Site, newer: str) -> None:
    site("A", "2")
    site("B", "4", band="lit")
    site("C", "3", band="lit", checksum=newer)
    page = client.get("/portfolio?sort=overall")
    assert "rated with different instruments or versions" in page.text
    assert len(page.soup.select(".counts-by-band")) == 2
    assert page.words(".portfolio h3") == [
        "Lantern index of friendly houses, 1.0 (2 programs)",
        "Lantern index of friendly houses, 1.1 (1 program)",
    ]
    assert table(page) == ["A", "B", "C"]
    assert table(client.get("/portfolio?sort=overall&down=1")) == ["B", "A", "C"]


# --- Picking ---


def test_programs_that_are_ticked_are_put_side_by_side(client: Any, site: Site) -> None:
    refs = [site(name, "2") for name in "AB"]
    site("C", "2")
    asked = {"ticked": "1", "pick": refs, "as_of": "2026-06-01", "state": "x", "beside": "1"}
    page = client.get("/portfolio", query_string=asked, follow=False)
    there = urlsplit(page.headers["Location"])
    assert there.path == "/compare"
    assert parse_qs(there.query) == {"program": refs, "as_of": ["2026-06-01"]}


def test_of_what_is_ticked_only_programs_with_a_result_are_counted(
    client: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "MOST", 12)
    refs = [site(f"P{n:02}", "2", on="2026-03-01") for n in range(12)] + [site("Q1"), site("Q2")]
    asked = {"ticked": "1", "pick": refs, "beside": "1"}
    page = client.get("/portfolio", query_string=asked, follow=False)
    assert urlsplit(page.headers["Location"]).path == "/compare"
    site("Late", "2", on="2026-09-01")
    refs.append(site("Later", "2", on="2026-09-01"))
    page = client.get("/portfolio", query_string=asked | {"as_of": "2026-06-01"}, follow=False)
    assert urlsplit(page.headers["Location"]).path == "/compare"
    page = client.get("/portfolio", query_string=asked)
    assert "13 of those that you ticked have a result" in page.flashes[0]


def test_ticks_in_a_saved_choice_are_compared_as_of_its_day(client: Any, site: Site) -> None:
    refs = [site(name, "2") for name in "AB"]
    name = _saved(client, "/portfolio?as_of=2026-06-01", name="June").url.rsplit("/", 1)[1]
    page = client.get(
        "/portfolio", query_string={"ticked": "1", "set": name, "pick": refs, "beside": "1"}, follow=False
    )
    assert parse_qs(urlsplit(page.headers["Location"]).query) == {"program": refs, "as_of": ["2026-06-01"]}
    page = client.get("/portfolio", query_string={"ticked": "1", "set": name, "beside": "1"}, follow=False)
    assert urlsplit(page.headers["Location"]).path == f"/sets/{name}"


def test_as_many_as_fit_one_table_are_compared_and_more_stay_here(
    client: Any, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = [site(f"P{n:02}", "2") for n in range(14)]
    page = client.get("/portfolio")
    assert page.one('a.button[href^="/compare"]').get_text() == "Compare all 14"
    assert (
        "Up to 60 ticked programs that have a result fit one comparison, up to 12 of them item by item." in page.text
    )
    asked = {"ticked": "1", "pick": refs, "beside": "1"}
    page = client.get("/portfolio", query_string=asked, follow=False)
    assert urlsplit(page.headers["Location"]).path == "/compare"
    monkeypatch.setattr(comparisons, "MOST", 13)
    assert not client.get("/portfolio").soup.select('a.button[href^="/compare"]')
    page = client.get("/portfolio", query_string=asked)
    assert page.flashes[0].startswith("At most 13 programs fit one comparison, and 14 of those that you ticked have")
    assert table(page) == [f"P{n:02}" for n in range(14)]
    assert "Programs in each band (n = 14)" in page.text


def test_only_what_was_ticked_is_shown_and_everything_stays_else(client: Any, site: Site) -> None:
    refs = [site(name, "2") for name in "ABC"]
    page = client.get("/portfolio", query_string={"ticked": "1", "pick": refs[1:]})
    assert table(page) == ["B", "C"]
    assert "picked by hand" in page.words(".shown")[0]
    assert page.one('a.button[href^="/compare?"]').get_text() == "Compare all 2"
    page = client.get("/portfolio", query_string={"ticked": "1", "pick": refs[:1], "beside": "1", "sort": "name"})
    assert page.flashes == ["Tick at least two programs first."]
    assert table(page) == ["A", "B", "C"]


# --- To take along ---

HEAD = "Program,Agency,State,Level of care,Tags,Assessed on,Period,Kind of rating,Instrument,Overall"


def _sheet(client: Any, address: str) -> list[dict[str, Any]]:
    """The rows of the workbook, each cell by its heading."""
    book = load_workbook(io.BytesIO(client.get(address).response.data))
    assert book.sheetnames == ["Programs", "About"]
    head, *rows = book["Programs"].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_the_rows_are_downloaded_in_their_order_with_numbers_as_numbers(client: Any, site: Site) -> None:
    site("Harbor", "17/7", evidenced="15/7", kind="external", state="Ohio", level_addiction=["2.1"], carried=2)
    site("=Anchor", "3", state="Ohio", band="lit")
    site("Bare", state="Ohio")
    site("Mole", "2", state="Iowa")
    page = client.get("/portfolio?state=Ohio&sort=name&down=1")
    links = {link.get_text(): link["href"] for link in page.soup.select(".actions a")}
    rows = _sheet(client, links["Excel workbook"])
    assert [row["Program"] for row in rows] == table(page) == ["Harbor", "=Anchor", "Bare"]
    assert list(rows[0].values())[:5] == ["Harbor", "Tidewater", "Ohio", "Intensive outpatient (2.1)", None]
    came = ("Overall", "Band (scale method)", "Level (criterion method)", "Overall, as evidenced", "Ratings")
    assert [rows[0][name] for name in came] == [2.428571, "dim/lit", "dim", 2.142857, 3]
    assert [row["Ratings carried, not re-rated"] for row in rows] == [2, 0, None]
    assert [row["Remark"] for row in rows] == [None, None, "Not yet assessed"]
    plain = client.get(links["CSV"])
    head, first, second, third, end = plain.response.text.split("\r\n")
    assert head.removeprefix("\ufeff").startswith(HEAD)
    assert first.startswith(
        "Harbor,Tidewater,Ohio,Intensive outpatient (2.1),,2026-03-01,Baseline,External rating (a consultant),"
    )
    assert second.startswith("'=Anchor,")
    assert third.startswith("Bare,")
    assert not end
    assert "ddcat-portfolio-" in plain.headers["Content-Disposition"]


def test_a_workbook_says_how_its_programs_were_chosen(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio")
    address = _saved(client, "/portfolio?state=Ohio&as_of=2026-06-01", name="Ohio").url
    (link,) = [each["href"] for each in client.get(address).soup.select(".actions a") if "Excel" in each.get_text()]
    about = load_workbook(io.BytesIO(client.get(link).response.data))["About"]
    said = dict(list(about.iter_rows(values_only=True))[1:])
    assert said["How they were chosen"] == "saved choice: Ohio; state: Ohio; as of June 1, 2026"
    assert said["Which assessments"].endswith("made on or before June 1, 2026.")


def test_a_result_that_cannot_be_read_is_told_in_the_download(client: Any, db: Database, site: Site) -> None:
    site("Harbor", "2")
    with db.conn:
        db.execute("UPDATE assessment SET result = 'torn'")
    (row,) = _sheet(client, "/portfolio.xlsx")
    assert (row["Overall"], row["Remark"]) == (None, "Its stored result cannot be read")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *(("$.band", value) for value in (None, "moon", "", 3, [], {})),
        *(("$.criterion.level", value) for value in (None, "moon", "dim/lit", "", 3, [], {})),
        ("$.criterion", None),
        ("$.overall", None),
        ("$.overall", "1/0"),
        ("$.overall", []),
        ("$.evidenced", {"overall": "moon"}),
        ("$.evidenced", "moon"),
        ("$.n_rated", "moon"),
    ],
)
def test_a_result_that_the_instrument_does_not_know_is_named_and_not_counted(
    client: Any, db: Database, site: Site, place: str, value: Any
) -> None:
    site("Harbor", "2")
    odd = site("Quay", "3", band="lit")
    with db.conn:
        where = "WHERE program_id = (SELECT id FROM program WHERE ref = ?)"
        changed = f"UPDATE assessment SET result = json_set(result, ?, json(?)) {where}"
        db.execute(changed, [place, json.dumps(value), odd])
    page = client.get("/portfolio?sort=name")
    assert (page.status, table(page)) == (200, ["Harbor", "Quay"])
    assert cells(page, 1)[-1] == "Its stored result cannot be read"
    assert "The stored result of 1 program cannot be read." in page.text
    assert "Programs in each band (n = 1)" in page.text
    remarks = [row["Remark"] for row in _sheet(client, "/portfolio.xlsx?sort=name")]
    assert remarks == [None, "Its stored result cannot be read"]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_download_holds_only_what_she_sees(
    client: Any, site: Site, stranger: Any, join: Callable[..., Browser], ending: str
) -> None:
    refs = [site(name, "2") for name in ("Alpha", "Bravo")]
    said = {"program": [*refs, stranger["program"]]}
    reader = join(Role.READER, "program", refs[1])
    rows = reader.get(f"/portfolio.{ending}", query_string=said).response.data
    if ending == "xlsx":
        assert [row["Program"] for row in _sheet(reader, "/portfolio.xlsx")] == ["Bravo"]
    else:
        assert (b"Bravo" in rows, b"Alpha" in rows, b"Secret" in rows) == (True, False, False)


# --- Saved choices ---


def _saved(client: Any, address: str, **said: Any) -> Any:
    """The page of a choice that was saved on this page."""
    page = client.get(address)
    form = next(n for n, tag in enumerate(page.soup.select("main form")) if tag.get("action") == "/portfolio/sets")
    return client.press(page, said, form)


def test_filters_are_kept_as_filters_so_that_later_programs_come_in(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio")
    page = _saved(client, "/portfolio?state=Ohio", name="Ohio")
    assert page.url.startswith("/sets/")
    assert (page.heading, table(page)) == ("Ohio", ["Harbor"])
    site("Later", "2", state="Ohio")
    assert table(client.get(page.url)) == ["Harbor", "Later"]
    assert table(client.get(page.url + "?sort=name&down=1")) == ["Later", "Harbor"]


def test_exactly_these_programs_are_kept_when_that_is_wished(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio")
    page = _saved(client, "/portfolio?state=Ohio&as_of=2026-06-01", name="Two of Ohio", how="programs")
    site("Later", "2", state="Ohio")
    again = client.get(page.url)
    assert table(again) == ["Harbor"]
    assert "as of June 1, 2026" in again.text


def test_exactly_these_programs_are_kept_with_the_kind_of_rating_that_counts(
    client: Any, db: Database, site: Site
) -> None:
    site("Harbor", "2", kind="external")
    page = _saved(client, "/portfolio?kind=external", name="From outside", how="programs")
    with db.conn:
        db.execute(
            "INSERT INTO assessment (ref, program_id, instrument, assessed_on, period, kind, rater, started_at,"
            " sealed_at, result) SELECT 'newer', program_id, instrument, '2026-05-01', 2, 'self', rater, started_at,"
            " sealed_at, result FROM assessment"
        )
    assert cells(client.get("/portfolio"))[3:5] == ["Self", "May 1, 2026"]
    assert cells(client.get(page.url))[3:5] == ["External", "Mar 1, 2026"]


def test_whoever_opens_a_choice_sees_only_her_own_programs_and_no_number_of_others(
    client: Any, site: Site, join: Callable[..., Browser]
) -> None:
    refs = [site(name, "2", agency=name) for name in ("Alpha", "Bravo", "Charlie")]
    query = "&".join(f"program={ref}" for ref in refs)
    page = _saved(client, f"/portfolio?{query}", name="By hand")
    reader = join(Role.READER, "program", refs[1])
    seen = reader.get(page.url)
    assert (seen.heading, table(seen)) == ("By hand", ["Bravo"])
    assert "1 of 1 programs that you may see;" in seen.text
    assert not [ref for ref in (refs[0], refs[2]) if ref in seen.response.text]
    assert "Alpha" not in seen.text
    nobody_here = join(None).get(page.url)
    assert nobody_here.heading == "By hand"
    assert not table(nobody_here)


def test_what_somebody_may_not_see_is_not_kept_for_her_either(
    client: Any, db: Database, site: Site, stranger: Any
) -> None:
    ref = site("Harbor", "2")
    page = _saved(client, f"/portfolio?program={ref}&program={stranger['program']}", name="Both")
    (kept,) = db.execute("SELECT programs FROM saved_set").fetchone()
    assert json.loads(kept) == [ref]
    assert table(page) == ["Harbor"]


def test_a_choice_of_nothing_is_not_kept_as_everything(client: Any, site: Site, stranger: Any) -> None:
    site("Harbor", "2")
    token = client.token()
    sent = {"program": stranger["program"], "name": "Nothing", "csrf_token": token}
    page = client.post("/portfolio/sets", sent)
    assert page.status == 422
    assert "there is nothing to keep" in page.text


def test_a_choice_needs_a_name_that_names_no_patient(client: Any, db: Database, site: Site) -> None:
    site("Harbor", "2")
    page = _saved(client, "/portfolio", name=" ")
    assert (page.status, list(page.mistakes.values())) == (422, ["name"])
    suspect = "Jane Doe, DOB 03/04/1988"
    page = _saved(client, "/portfolio", name=suspect)
    assert page.status == 422
    form = next(n for n, tag in enumerate(page.soup.select("main form")) if tag.get("action") == "/portfolio/sets")
    page = client.press(page, {"overrule": "An invented name"}, form)
    assert page.heading == suspect
    first, second = trail.of_people(db, most=2)
    assert (first.act, second.act) == ("overrule", "save")


def test_an_own_choice_is_removed_and_brought_back(client: Any, site: Site, join: Callable[..., Browser]) -> None:
    site("Harbor", "2")
    address = _saved(client, "/portfolio", name="Coast").url
    other = join(None)
    page = client.get("/portfolio")
    gone = client.press(page, {}, -1)
    assert "is removed" in gone.flashes[0]
    assert other.get(address).status == 404
    assert "You removed this choice" in client.get(address).text
    back = client.press(gone, {}, -1)
    assert back.flashes == ["The saved choice is back."]
    assert other.get(address).status == 200


def test_nobody_removes_the_choice_of_another(client: Any, site: Site, join: Callable[..., Browser]) -> None:
    site("Harbor", "2")
    address = _saved(client, "/portfolio", name="Coast").url
    other = join(None)
    assert other.post(f"{address}/remove", {"csrf_token": other.token()}).status == 404
    assert client.get(address).status == 200


def test_a_saved_choice_can_be_narrowed_but_not_widened(client: Any, site: Site) -> None:
    site("Harbor", "2", state="Ohio", kind="external")
    site("Quay", "2", state="Ohio")
    site("Mole", "2", state="Iowa")
    address = _saved(client, "/portfolio?state=Ohio", name="Ohio").url
    assert table(client.get(f"{address}?kind=external")) == ["Harbor"]
    assert table(client.get(f"{address}?state=Iowa")) == ["Harbor", "Quay"]
    page = client.get(address)
    assert not page.soup.select("#by-state")
    assert page.one("a.button")["href"] == f"/compare?set={address.rsplit('/', 1)[1]}"


def test_an_unknown_choice_is_not_there(client: Any) -> None:
    assert client.get("/sets/none").status == 404
    assert client.get("/portfolio?set=none").status == 404


# --- Doors ---


def test_the_first_page_leads_there_where_there_is_something_to_compare(
    client: Any, site: Site, join: Callable[..., Browser]
) -> None:
    ref = site("Harbor", "2")
    assert not client.get("/").soup.select('a[href="/portfolio"]')
    site("Quay", "2")
    assert client.get("/").one('main a[href="/portfolio"]').get_text() == "Go to the portfolio"
    assert not join(Role.RATER, "program", ref).get("/").soup.select('a[href="/portfolio"]')


def test_tags_are_given_on_the_page_of_a_program(client: Any, site: Site, join: Callable[..., Browser]) -> None:
    ref = site("Harbor", "2")
    page = client.press(client.get(f"/programs/{ref}"), {"tags": "rural,  Pilot 2027, ,RURAL"}, -1)
    assert page.flashes == ["The tags are saved."]
    assert page.one("input[name=tags]")["value"] == "Pilot 2027, RURAL"
    assert "Pilot 2027, RURAL" in client.get("/portfolio").words(".programs tbody th")[0]
    reader = join(Role.READER, "program", ref).get(f"/programs/{ref}")
    assert "Tags: Pilot 2027, RURAL" in reader.text
    assert not reader.soup.select("input[name=tags]")


@pytest.mark.parametrize("typed", ["x" * 41, ", ".join(map(str, range(21))), "Jane Doe, DOB 03/04/1988", "a\x1bb"])
def test_tags_that_cannot_be_kept_are_refused(client: Any, site: Site, typed: str) -> None:
    ref = site("Harbor", "2")
    page = client.press(client.get(f"/programs/{ref}"), {"tags": typed}, -1)
    assert page.status == 422
    assert list(page.mistakes.values()) == ["tags"]
    assert page.heading == "Harbor"


def test_a_second_window_never_writes_over_the_tags_of_the_first(client: Any, second: Any, site: Site) -> None:
    ref = site("Harbor", "2")
    mine, theirs = client.get(f"/programs/{ref}"), second.get(f"/programs/{ref}")
    client.press(mine, {"tags": "rural"}, -1)
    assert second.press(theirs, {"tags": "night"}, -1).status == 422
    assert client.get(f"/programs/{ref}").one("input[name=tags]")["value"] == "rural"
