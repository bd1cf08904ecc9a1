"""The chart sampler: which records to take, how sure a count is; in the address stands all there is."""

import re
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import sampling
from ddcat.instrument import Item
from ddcat.shelf import Volume
from ddcat.web.samples import _ordinal

HERE = "/instruments/ddcat@4.0/sample"
DRAWN = f"{HERE}?item=diagnosis&records=143&closed=60&size=10&seed=482913"


def _said(text: str) -> str:
    return " ".join(text.split())


def _shared(ddcat: Volume) -> list[Item]:
    """The items of which a sample may be drawn."""
    return [item for item in ddcat.instrument.items if item.share and not item.share.everybody]


def test_the_page_about_an_instrument_leads_here(client: Any) -> None:
    link = client.get("/instruments/ddcat@4.0").one(f'a[href="{HERE}"]')
    assert client.get(link["href"]).heading == "Draw a chart sample"


@pytest.mark.parametrize("name", ["nothing", "ddcat@9.9", "lantern@1.0", "%00"])
def test_an_unknown_instrument_is_not_here(client: Any, name: str) -> None:
    assert client.get(f"/instruments/{name}/sample").status == 404


def test_every_item_with_a_share_is_offered_and_any_other_charts(client: Any, ddcat: Volume) -> None:
    page = client.get(HERE)
    offered = {option["value"]: _said(option.text) for option in page.soup.select("#item option")}
    assert offered == {"": "None: any other charts"} | {
        item.id: f"{item.code} {item.title}" for item in _shared(ddcat)
    }
    assert "selected" in page.one('#item option[value=""]').attrs


def test_the_rule_of_every_item_can_be_read_before_anything_is_drawn(client: Any, ddcat: Volume) -> None:
    page = client.get(HERE)
    for item in _shared(ddcat):
        assert item.share
        assert _said(item.share.frame) in page.text
        assert client.get(f"{HERE}?item={item.id}").words("#answer .notice") == [
            f"The rule for this item: {_said(item.share.frame)}"
        ]


def test_a_draw_gets_a_seed_and_an_address_of_its_own(client: Any) -> None:
    answer = client.get(f"{HERE}?item=&records=143&closed=&size=&seed=", follow=False)
    assert answer.status == 302
    seed = re.fullmatch(rf"{HERE}\?records=143&size=10&seed=(\d{{6}})", answer.headers["Location"])
    assert seed
    page = client.get(answer.headers["Location"])
    places = ", ".join(map(_ordinal, sampling.draw(143, seed=seed[1]).parts[0].positions))
    assert page.words(".headline")[0].replace(" and ", ", ") == f"Take the {places}."
    assert page.one("#seed")["value"] == seed[1]


def test_the_same_address_is_the_same_draw_in_plain_words(client: Any) -> None:
    for _again in range(2):
        page = client.get(DRAWN)
        assert page.words("#answer .headline") == [
            "Of the closed records take the 14th, 29th, 36th, 41st and 49th.",
            "Of the open records take the 14th, 25th, 59th, 63rd and 68th.",
        ]
        assert page.words("#answer .facts tr") == [
            "Records 143; closed: 60",
            "Asked for 10; half closed, half open, each list numbered for itself",
            "Seed 482913",
        ]
    assert page.words("#answer h2") == ["IIIC Diagnoses of both disorders"]
    assert "drawn at random" in page.text or "at random among recent admissions" in page.text
    assert "With 10 charts, each one is worth 10 percentage points." in page.text
    link = next(link for link in page.soup.select("a") if link.text == "Link to this draw")
    assert client.get(link["href"]).text == page.text


def test_the_form_still_says_what_was_asked(client: Any) -> None:
    page = client.get(DRAWN)
    sent = {"item": "diagnosis", "records": "143", "closed": "60", "size": "10", "seed": "482913"}
    assert page.fields(0) == {name: [value] for name, value in sent.items()}
    assert page.fields(1) == page.fields(0) | {"counted": ["10"], "found-diagnosed": [""]}


def test_fewer_than_five_are_drawn_with_a_warning(client: Any) -> None:
    warning = "Fewer than 5 charts say next to nothing"
    assert warning in client.get(f"{HERE}?records=143&size=4&seed=000001").text
    assert warning not in client.get(f"{HERE}?records=143&size=5&seed=000001").text
    assert warning in client.get(f"{HERE}?counted=4&found=2").text
    assert warning not in client.get(f"{HERE}?counted=5&found=2").text


def test_of_few_records_all_are_taken(client: Any) -> None:
    page = client.get(f"{HERE}?records=7&size=10&seed=000001")
    assert page.words(".headline:not([hidden])") == ["There are only 7 records: take them all."]
    page = client.get(f"{HERE}?records=1&closed=1&size=10&seed=000001")
    assert page.words(".headline:not([hidden])") == ["There is only one record: take it."]
    assert "With one chart, that chart is the whole result." in page.text


def test_a_count_shows_its_interval(client: Any) -> None:
    page = client.get(f"{HERE}?counted=10&found=6")
    assert (
        "6 of 10 show what you look for. That is 60 %; the share of all records probably lies between 31 and 83 %"
        " (95 % Wilson interval)." in page.text
    )


def test_a_count_for_an_item_asks_what_the_item_counts_and_keeps_the_draw(client: Any, ddcat: Volume) -> None:
    page = client.get(f"{DRAWN}&counted=10&found-diagnosed=10")
    assert "10 of 10 had a psychiatric diagnosis in the record. That is 100 %;" in page.text
    assert "probably lies between 72 and 100 %" in page.text
    assert "This count allows IIIC a rating of 5 at most." in page.text
    assert "Up to 5 if at least 90 % had a psychiatric diagnosis in the record" in page.text
    assert "Closed and open records were drawn in halves." in page.text
    assert page.words("#answer .headline")[0].startswith("Of the closed records")
    for item in _shared(ddcat):
        assert item.share
        labels = client.get(f"{HERE}?item={item.id}").words("#counts label")
        assert labels[1:] == [f"How many of them {_said(what)}" for what in item.share.counts.values()]


def test_two_counts_of_one_item_each_have_their_interval(client: Any) -> None:
    page = client.get(f"{HERE}?item=discharge-planning&counted=12&found-addressed=9&found-equal=4")
    said = page.words("#counts > p")
    assert "9 of 12 had a discharge plan that addresses the mental health condition at all. That is 75 %;" in said[0]
    assert "4 of 12 had a discharge plan that addresses both disorders equally" in said[1]
    assert said[2] == "This count allows VA a rating of 2 at most. The rest of the anchor may lower it."


def test_of_everybody_there_is_no_interval(client: Any) -> None:
    page = client.get(f"{HERE}?records=7&size=10&seed=000001&counted=7&found=3")
    assert "That is 42.9 %; every record was counted, so it is the share itself." in page.text
    assert "Wilson" not in page.text


WITHIN = "enter a whole number from"


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ("records=", "records", f"How many records are there: {WITHIN} 1 to 100,000."),
        ("records=0", "records", f"How many records are there: {WITHIN} 1 to 100,000."),
        ("records=many", "records", f"How many records are there: {WITHIN} 1 to 100,000."),
        ("records=100001", "records", f"How many records are there: {WITHIN} 1 to 100,000."),
        (f"records={'9' * 5000}", "records", f"How many records are there: {WITHIN} 1 to 100,000."),
        ("records=9&closed=-1", "closed", f"How many of them are closed: {WITHIN} 0 to 100,000."),
        ("records=9&closed=10", "closed", "No more than all 9 records can be closed."),
        ("records=9&size=0", "size", f"How many to draw: {WITHIN} 1 to 200."),
        ("records=9&size=201", "size", f"How many to draw: {WITHIN} 1 to 200."),
        ("records=9&seed=abc", "seed", "Enter the six digits of the seed, or leave it empty for a new draw."),
        ("records=9&item=first-words", "item", "Choose one of the choices that are offered."),
        ("counted=&found=0", "counted", f"How many records were counted: {WITHIN} 1 to 100,000."),
        ("counted=0&found=0", "counted", f"How many records were counted: {WITHIN} 1 to 100,000."),
        ("counted=5", "found", f"How many of them show what you look for: {WITHIN} 0 to 100,000."),
        ("counted=5&found=6", "found", "Of 5 records no more than 5 can do so."),
        ("counted=5&found=-1", "found", f"How many of them show what you look for: {WITHIN} 0 to 100,000."),
    ],
)
def test_what_cannot_be_answered_is_said_beside_the_field(client: Any, sent: str, field: str, said: str) -> None:
    page = client.get(f"{HERE}?{sent}")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.mistakes == {said: field}
    assert said in page.words(".field.wrong")[0]
    assert not page.soup.select(".drawn")


def test_a_wrong_count_leaves_the_draw_on_the_page(client: Any) -> None:
    page = client.get(f"{DRAWN}&counted=10&found-diagnosed=11")
    assert (page.status, list(page.mistakes.values())) == (422, ["found-diagnosed"])
    assert page.words(".headline")


def test_an_item_that_is_none_is_simply_not_chosen(client: Any) -> None:
    page = client.get(f"{HERE}?item=nothing")
    assert page.status == 200
    assert not page.soup.select(".drawn")


def test_the_pasted_list_has_no_name_stands_in_no_form_and_waits_for_its_script(client: Any) -> None:
    page = client.get(DRAWN)
    areas = page.soup.select("textarea")
    assert len(areas) == 2
    for area in areas:
        assert "name" not in area.attrs
        assert "form" not in area.attrs
        assert area.find_parent("form") is None
        assert area.find_parent(hidden=True)
        assert (area["autocomplete"], area["spellcheck"], area["translate"]) == ("off", "false", "no")
    scripts = [script["src"].rpartition("/")[2] for script in page.soup.select("script")]
    assert scripts == ["sample.js"]  # and not the one that sends what is typed to be looked at
    assert "It stays in this browser: it is never sent and never kept" in page.text


def test_the_script_keeps_nothing_and_sends_what_forms_hold(client: Any) -> None:
    source = client.raw.get("/static/sample.js", buffered=True).text
    assert not re.search(r"storage|indexedDB|cookie|sendBeacon|XMLHttp|innerHTML|\bPOST\b", source, re.I)
    assert source.count("fetch(") == 1


def test_nothing_is_stored(client: Any, db: Database) -> None:
    before = list(db.conn.iterdump())
    client.get(f"{HERE}?records=143")
    client.get(f"{DRAWN}&counted=10&found-diagnosed=6")
    assert list(db.conn.iterdump()) == before


@pytest.mark.parametrize(
    ("position", "said"),
    {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 32: "32nd"}.items(),
)
def test_places_read_as_people_say_them(position: int, said: str) -> None:
    assert _ordinal(position) == said
    assert _ordinal(position + 100) == f"1{int(re.sub(r'[a-z]', '', said)):02}{said[-2:]}"
