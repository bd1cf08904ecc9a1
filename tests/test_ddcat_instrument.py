"""The real instrument, word by word and number by number against the rules it is made from."""

import re
from collections.abc import Iterator

import pytest

CODES = """
IA IB IC ID
IIA IIB
IIIA IIIB IIIC IIID IIIE IIIF IIIG
IVA IVB IVC IVD IVE IVF IVG IVH IVI IVJ
VA VB VC VD VE
VIA VIB VIC VID VIE
VIIA VIIB
"""

FOCUSES = {
    "integrated-psychiatry": "IC IIIA IIIB IIIC IVA IVB IVC VIA VIC VID",
    "medication-management": "IVE VE VIA",
    "evidence-based-therapies": "IIIG IVD IVF VIB VIC VIIB",
    "aftercare": "VA VB VC VD VE",
    "education-family-peers": "IVG IVH IVI IVJ VD VIE",
    "access-welcome": "IIA IIIE IIIF",
}

CHARTS = {2: {"some"}, 3: {50}, 4: {70}, 5: {90}}
TRAINED = {2: {"some"}, 3: {25}, 4: {51}, 5: {80}}
SHARES = {
    "IIIB": CHARTS,
    "IIIC": CHARTS,
    "VIB": {2: {"some"}, 3: {25}, 4: {34}, 5: {50}},
    "VIIA": TRAINED,
    "VIIB": TRAINED,
}

ABBREVIATIONS = re.compile(r"\b(MH|SUD|SUDs|COD|CODs|MOU|EHR|EMR|MI|TX|Tx|Dx|QI|LOC)\b")


@pytest.fixture(scope="module")
def real(ddcat):
    return ddcat.instrument


@pytest.fixture(scope="module")
def by_code(real):
    return {item.code: item for item in real.items}


@pytest.fixture(scope="module")
def sentences(real, ddcat) -> list[tuple[str, str]]:
    """Every anchor and every step, with the item it belongs to."""

    def found() -> Iterator[tuple[str, str]]:
        for item in real.items:
            yield from ((item.code, anchor) for anchor in item.anchors.values())
            for steps in ddcat.guide.steps.get(item.id, {}).values():
                yield from ((item.code, step) for step in steps)

    return list(found())


def test_there_are_35_items_in_seven_dimensions_of_the_known_sizes(real):
    assert [len(dimension.items) for dimension in real.dimensions] == [4, 2, 7, 10, 5, 5, 2]
    assert [dimension.number for dimension in real.dimensions] == ["I", "II", "III", "IV", "V", "VI", "VII"]
    assert len(real.items) == 35


def test_the_codes_stand_in_the_order_of_the_paper_form(real):
    assert [item.code for item in real.items] == CODES.split()
    for dimension in real.dimensions:
        letters = [item.code.removeprefix(dimension.number) for item in dimension.items]
        assert letters == list("ABCDEFGHIJ"[: len(letters)])


def test_exactly_nine_ratings_have_no_anchor_and_none_of_them_is_asked_for_by_a_level(real):
    unanchored = [(item.code, rating) for item in real.items for rating in item.unanchored]
    assert len(unanchored) == 9
    assert {rating for _, rating in unanchored} <= {2, 4}
    assert sum(len(item.anchors) for item in real.items) == 35 * 5 - 9


def test_the_bands_and_levels_are_those_of_the_rules(real):
    floors = {band.code: str(band.floor) for band in real.bands}
    assert floors == {"AOS": "1", "AOS/DDC": "2", "DDC": "3", "DDC/DDE": "7/2", "DDE": "9/2"}
    assert real.scoring.criterion.share == (4, 5)
    assert real.scoring.criterion.levels == {"AOS": 1, "DDC": 3, "DDE": 5}
    assert (real.rating.lowest, real.rating.highest) == (1, 5)


@pytest.mark.parametrize(("focus", "codes"), FOCUSES.items(), ids=FOCUSES)
def test_a_focus_area_holds_exactly_its_items(real, by_code, focus, codes):
    assert real.focus_items[focus] == tuple(by_code[code].id for code in codes.split())


def test_the_first_four_focus_areas_are_the_headline_areas(real):
    assert [focus.id for focus in real.focuses] == list(FOCUSES)
    assert [focus.headline for focus in real.focuses] == [True] * 4 + [False] * 2


def test_only_six_items_have_counts_that_cap_a_rating(real):
    assert {item.code for item in real.items if item.share} == {*SHARES, "VA"}


@pytest.mark.parametrize(("code", "floors"), SHARES.items(), ids=SHARES)
def test_the_floors_of_a_share_are_those_of_the_rules(by_code, code, floors):
    share = by_code[code].share
    assert len(share.counts) == 1
    assert {rating: set(least.values()) for rating, least in share.floors.items()} == floors


def test_discharge_plans_take_two_counts(by_code):
    """a: plans that address the other disorder at all; b: both equally, with follow-up confirmed or arranged."""
    share = by_code["VA"].share
    a, b = share.counts
    assert share.floors == {2: {a: "some"}, 3: {a: 80}, 4: {a: 80, b: "some"}, 5: {b: 80}}


def test_charts_are_drawn_at_random_and_not_chosen(by_code):
    assert "random" in by_code["IIIC"].share.frame


def test_every_item_has_at_least_two_steps_towards_3_and_two_towards_5(real, ddcat):
    short = {
        (item.code, rating)
        for item in real.items
        for rating in (3, 5)
        if len(ddcat.guide.steps.get(item.id, {}).get(rating, ())) < 2
    }
    assert short == set()


def test_milieu_and_training_are_the_dimensions_that_describe_the_setting(real, ddcat):
    setting = [dimension.number for dimension in real.dimensions if dimension.id in ddcat.guide.setting]
    assert setting == ["II", "VII"]
    assert len(ddcat.guide.setting) == 2


def test_every_anchor_and_every_step_is_a_full_sentence(sentences):
    odd = [(code, text) for code, text in sentences if not text.endswith(".") or len(text.split()) < 8]
    assert odd == []


def test_no_anchor_refers_to_another_by_its_number(real):
    """A choice must read whole beside its radio button; "as 3, and ..." sends the reader elsewhere."""
    odd = [
        (item.code, text)
        for item in real.items
        for text in item.anchors.values()
        if re.match(r"(As|Same as|Like) (for )?\d", text)
    ]
    assert odd == []


def test_no_abbreviation_stands_unexplained(real, sentences):
    texts = list(sentences)
    for item in real.items:
        texts += [(item.code, text) for text in (item.title, item.prompt, item.guidance, *item.evidence)]
        if item.share:
            texts += [(item.code, t) for t in (item.share.of, item.share.frame, *item.share.counts.values())]
    texts += [(dimension.number, f"{dimension.title} {dimension.about}") for dimension in real.dimensions]
    texts += [(band.code, f"{band.title} {band.meaning}") for band in real.bands]
    texts += [(focus.id, f"{focus.title} {focus.meaning}") for focus in real.focuses]
    assert [(where, found) for where, text in texts if (found := ABBREVIATIONS.findall(text))] == []


def test_every_prompt_is_a_question(real):
    assert [item.code for item in real.items if not item.prompt.endswith("?")] == []


def test_every_item_says_what_to_look_for_and_how_to_judge(real):
    assert [item.code for item in real.items if len(item.evidence) < 2] == []
    assert [item.code for item in real.items if len(item.guidance.split()) < 15] == []


def test_no_two_items_share_an_anchor(real):
    anchors = [text for item in real.items for text in item.anchors.values()]
    assert len(set(anchors)) == len(anchors)


def test_what_is_still_to_be_compared_with_print_is_listed(ddcat):
    assert ddcat.guide.review
    assert all(point.endswith(".") for point in ddcat.guide.review)


def test_licence_and_source_are_named(real):
    assert real.licence == "CC-BY-4.0"
    assert "SAMHSA" in real.notice
    assert "4.0" in real.citation
