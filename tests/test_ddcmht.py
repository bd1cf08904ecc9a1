"""The instrument for mental health programs, against its own facts: a sister of the DDCAT, no swap of words."""

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from ddcat import checks, evidence, scoring, shelf
from ddcat.paths import INSTRUMENTS
from ddcat.records import Assessment

UNANCHORED = {"IA": (2, 4), "IB": (4,), "ID": (4,), "IIIE": (2, 4), "IIIF": (2, 4), "VC": (4,)}

FOCUSES = {
    "integrated-addiction-care": "IC IIIA IIIB IIIC IVA IVB IVC VIA VIC VID",
    "medication-management": "IVE VE VIA",
    "evidence-based-therapies": "IIIG IVD IVF VIB VIC VIIB",
    "aftercare": "VA VB VC VD VE",
    "education-family-peers": "IVG IVH IVI IVJ VD VIE",
    "access-welcome": "IIA IIIE IIIF",
}

# Of a hundred counted: the highest rating that so many allow, at each cut and just below it.
CHARTS = {0: 1, 1: 2, 49: 2, 50: 3, 69: 3, 70: 4, 89: 4, 90: 5, 100: 5}
TRAINED = {0: 1, 1: 2, 24: 2, 25: 3, 50: 3, 51: 4, 79: 4, 80: 5, 100: 5}
QUALIFIED = {0: 1, 1: 2, 24: 2, 25: 3, 33: 3, 34: 4, 49: 4, 50: 5, 100: 5}
SHARES = {"IIIB": CHARTS, "IIIC": CHARTS, "VIB": QUALIFIED, "VIIA": TRAINED, "VIIB": TRAINED}

# Of ten discharge plans: how many address substance use at all, how many both disorders equally.
PLANS = {(0, 0): 1, (1, 0): 2, (7, 7): 2, (8, 0): 3, (8, 1): 4, (8, 7): 4, (8, 8): 5, (10, 10): 5}

ABBREVIATIONS = re.compile(r"\b(MH|SUD|SUDs|COD|CODs|MOU|EHR|EMR|MI|TX|Tx|Dx|QI|LOC|OTP|IDDT|CM|ED)\b")

# Words that are right in the instrument for addiction programs and wrong here.
LEFT_OVER = re.compile(
    r"""addiction[ -]only | addiction\ alone | \bAOS\b | DDCAT | addiction\ treatment\ comes\ first
    | (focus|speak)\w*\ (is|are\ )?(on|of)\ substance\ use\ (disorders\ )?only
    | substance\ use\ is\ primary | (mental\ health|and)\ is\ secondary | secondary\ to\ addiction
    | substance\ use\ disorder\ is\ the\ (client’s\ )?primary
    | (positive|screening)\ (for|points\ to)\ mental\ health
    | current\ mental\ health\ symptoms | mental\ health\ (emergenc|disability|assessment\ is\ documented)
    | (only|covers)\ the\ history\ of\ substance\ use | psychiatric\ diagnoses\ are | whole\ supply
    | mental\ health\ is\ (not\ addressed|mentioned|routinely\ but)
    | (licensed|qualified|competent)\ in\ (medicines\ for\ )?mental\ health
    | supervision\ or\ consultation\ in\ mental\ health
    | once\ their\ addiction\ treatment | addiction\ treatment\ (here|has\ ended|ends)
    | specialized\ (mental\ health|interventions\ for\ mental) | evidence-based\ addiction\ treatment
    | mostly\ to\ groups\ for\ addiction | nothing\ deliberate\ for\ mental | supports\ for\ addiction\ alone""",
    re.VERBOSE | re.IGNORECASE,
)

MIND = re.compile(r"mental health|psychiatric|symptoms|PHQ-9", re.IGNORECASE)
SUBSTANCE = re.compile(r"substance|addiction|alcohol|drug", re.IGNORECASE)

# What the facts say of an item and an exchange of words would not: by item and rating, words that must be there.
NOT_A_SWAP = {
    ("IIIA", 1): ("infers",),
    ("IIIA", 2): ("before admission", "past treatment"),
    ("IIIA", 3): ("level of care utilization system", "biopsychosocial"),
    ("IIIA", 4): ("tool for substance use",),
    ("IIIA", 5): ("both substance use and mental health",),
    ("IIIG", 3): ("clinical judgment", "mental health disorder only"),
    ("IIIG", 4): ("formal measure", "mental health disorder only"),
    ("IIIG", 5): ("both for the mental health disorder and for substance use",),
    ("IVA", 3): ("mental health is primary", "substance use is secondary", "stay abstinent"),
    ("IVA", 5): ("specific detail", "for substance use goes beyond medication"),
    ("IVC", 1): ("intoxicated", "relapse", "withdrawal", "go on using"),
    ("IVC", 2): ("intoxication", "relapse", "withdrawal", "continued use", "word of mouth"),
    ("IVC", 3): ("written guidance", "addiction agency", "withdrawal management", "emergency department"),
    ("IVC", 4): ("risk", "advance directives for mental health crisis and for relapse", "unevenly"),
    ("IVC", 5): ("intoxication", "judging the risk", "stays in the program unless another placement"),
    ("IVD", 4): ("one of the two disorders only",),
    ("IVE", 1): ("actively use", "not accepted", "no capacity to prescribe"),
    ("IVE", 2): ("types of medicine", "not prescribed", "some monitoring"),
    ("IVE", 3): ("both disorders", "coordinated", "mostly done by the prescriber"),
    ("IVE", 4): ("both disorders", "member of staff", "regular", "consults"),
    ("IVE", 5): ("both disorders", "treatment team", "full", "whole team"),
    ("IVF", 3): ("evidence-based mental health treatment",),
    ("IVI", 2): ("mostly to groups for mental health",),
    ("IVI", 3): ("generic", "links to mental health groups", "more regular"),
    ("VA", 3): ("both disorders", "80 %", "mental health as the priority", "off site"),
    ("VC", 3): ("recovery from the mental health disorder", "substance use is seen only"),
    ("VD", 2): ("mostly to groups for mental health",),
    ("VD", 3): ("generic", "links to mental health groups", "more regular"),
    **{("VE", rating): ("both disorders",) for rating in (2, 3, 4, 5)},
    **{("VIA", rating): ("competent in medicines for substance use disorders",) for rating in (1, 2, 3, 4, 5)},
    **{("VIB", rating): ("licensed or certified in addiction treatment",) for rating in (2, 3, 4, 5)},
    **{("VIC", rating): ("supervision or consultation in addiction treatment",) for rating in (1, 2, 3, 4, 5)},
}
NOT_A_SWAP["VIC", 1] = ("no access to clinical supervision or consultation in addiction treatment",)

# Advice that only a mental health program needs: by item, words that its steps must hold.
ADVICE = {
    "IB": ("waiver", "credentialed addiction counselors"),
    "IC": ("withdrawal management", "opioid treatment program", "42 CFR Part 2"),
    "IIA": ("abstinent first",),
    "IIB": ("NIAAA", "NIDA", "SAMHSA"),
    "IIIA": ("AUDIT-C", "DAST-10", "TAPS", "ASSIST", "tobacco", "opioid"),
    "IIIB": ("toxicology",),
    "IIIC": ("severity", "remission"),
    "IIIE": ("intoxication", "withdrawal"),
    "IIIG": ("Substance Abuse Treatment Scale",),
    "IVB": ("toxicology only by agreement",),
    "IVC": (
        "intoxicated",
        "naloxone",
        "988",
        "medical staff",
        "seizures",
        "delirium",
        "sedatives",
        "same-day access",
    ),
    "IVD": ("engagement or persuasion group", "still use"),
    "IVE": ("withholding psychiatric medicines", "alcohol, opioid and tobacco use disorder"),
    "IVF": ("motivational interviewing", "relapse prevention", "contingency management", "Integrated Treatment"),
    "IVI": ("psychiatric medicines", "SMART Recovery", "Double Trouble in Recovery"),
    "VE": (
        "naltrexone",
        "acamprosate",
        "buprenorphine",
        "methadone",
        "opioid treatment program",
        "overdose or suicide",
    ),
    "VIA": ("addiction medicine", "no waiver since 2023"),
    "VIB": ("alcohol and drug counselors", "both fields"),
    "VIIA": ("screening", "triage", "brief intervention", "overdose response"),
}


@pytest.fixture(scope="module")
def sister() -> shelf.Volume:
    return shelf.find("ddcmht@4.0")


@pytest.fixture(scope="module")
def real(sister):
    return sister.instrument


@pytest.fixture(scope="module")
def by_code(real):
    return {item.code: item for item in real.items}


def choices(volume: shelf.Volume) -> list[tuple[str, str]]:
    """Every anchor and every step, with the item it belongs to."""

    def found() -> Iterator[tuple[str, str]]:
        for item in volume.instrument.items:
            yield from ((item.code, anchor) for anchor in item.anchors.values())
            for steps in volume.guide.steps.get(item.id, {}).values():
                yield from ((item.code, step) for step in steps)

    return list(found())


def words(volume: shelf.Volume) -> list[tuple[str, str]]:
    """All that a person reads of the instrument and its guide, but the points to be compared with print."""
    instrument = volume.instrument
    texts = [("top", text) for text in (instrument.title, instrument.purpose, instrument.routine)]
    texts += [("rating", name) for name in instrument.rating.names.values()]
    texts += [(band.code, f"{band.code}: {band.title}. {band.meaning}") for band in instrument.bands]
    texts += [(focus.id, f"{focus.title}: {focus.meaning}") for focus in instrument.focuses]
    texts += [(dimension.number, f"{dimension.title}: {dimension.about}") for dimension in instrument.dimensions]
    texts += [(check.id, check.says) for check in volume.guide.checks]
    for item in instrument.items:
        texts += [(item.code, text) for text in (item.title, item.prompt, item.guidance, *item.evidence)]
        if share := item.share:
            texts += [(item.code, text) for text in (share.of, share.frame, share.note or "", *share.counts.values())]
    return texts + choices(volume)


def test_both_files_are_sound(sister):
    assert shelf.check(INSTRUMENTS / "ddcmht-4.0.toml") == []
    assert shelf.check(INSTRUMENTS / "ddcmht-4.0.guide.toml") == []
    assert sister.guide.for_ == "ddcmht@4.0"


def test_there_are_35_items_in_seven_dimensions_of_the_known_sizes(real):
    assert [len(dimension.items) for dimension in real.dimensions] == [4, 2, 7, 10, 5, 5, 2]
    assert len(real.items) == 35


def test_items_stand_beside_their_parallels_in_the_ddcat_by_code_and_id(real, ddcat):
    assert [(item.code, item.id) for item in real.items] == [(item.code, item.id) for item in ddcat.instrument.items]
    assert [each.id for each in real.dimensions] == [each.id for each in ddcat.instrument.dimensions]


def test_exactly_the_stated_ratings_have_no_anchor(real):
    assert {item.code: tuple(item.unanchored) for item in real.items if item.unanchored} == UNANCHORED
    assert sum(len(item.anchors) for item in real.items) == 35 * 5 - 9


def test_the_bands_and_levels_are_those_for_mental_health_programs(real):
    floors = {band.code: band.floor for band in real.bands}
    cuts = (1, 2, 3, Fraction(7, 2), Fraction(9, 2))
    assert floors == dict(zip(("MHOS", "MHOS/DDC", "DDC", "DDC/DDE", "DDE"), cuts, strict=True))
    assert real.scoring.criterion.share == (4, 5)
    assert real.scoring.criterion.levels == {"MHOS": 1, "DDC": 3, "DDE": 5}
    assert (real.rating.lowest, real.rating.highest) == (1, 5)


def test_a_profile_scores_as_in_the_ddcat_under_its_own_names(real, rated):
    ones = {item.code: 1 for dimension in real.dimensions[5:] for item in dimension.items}
    result = scoring.score(real, rated(real, 3, **ones | {"VE": 1}))
    assert (result.overall, result.band) == (Fraction(83, 35), "MHOS/DDC")
    assert result.criterion.level == "MHOS"
    assert scoring.score(real, rated(real, 1)).band == "MHOS"


@pytest.mark.parametrize(("focus", "codes"), FOCUSES.items(), ids=FOCUSES)
def test_a_focus_area_holds_exactly_its_items(real, by_code, focus, codes):
    assert real.focus_items[focus] == tuple(by_code[code].id for code in codes.split())


def test_the_first_four_focus_areas_are_the_headline_areas(real):
    assert [focus.id for focus in real.focuses] == list(FOCUSES)
    assert [focus.headline for focus in real.focuses] == [True] * 4 + [False] * 2


def test_only_six_items_have_counts_that_cap_a_rating(real):
    assert {item.code for item in real.items if item.share} == {*SHARES, "VA"}


@pytest.mark.parametrize(("code", "allowed"), SHARES.items(), ids=SHARES)
def test_a_count_allows_the_rating_of_its_step_and_no_more(by_code, code, allowed):
    item = by_code[code]
    (name,) = item.share.counts
    assert {count: evidence.ceiling(item, {name: count}, 100) for count in allowed} == allowed


def test_discharge_plans_take_two_counts(by_code):
    item = by_code["VA"]
    a, b = item.share.counts
    assert {(x, y): evidence.ceiling(item, {a: x, b: y}, 10) for x, y in PLANS} == PLANS


def test_staff_are_counted_all_and_charts_are_drawn_at_random(by_code):
    everybody = {code for code, item in by_code.items() if item.share and item.share.everybody}
    assert everybody == {"VIB", "VIIA", "VIIB"}
    assert [code for code in ("IIIB", "IIIC", "VA") if "at random" not in by_code[code].share.frame] == []


def test_every_item_has_at_least_two_steps_towards_3_and_two_towards_5(real, sister):
    steps = sister.guide.steps
    short = [(each.code, at) for each in real.items for at in (3, 5) if len(steps.get(each.id, {}).get(at, ())) < 2]
    assert short == []


def test_every_anchor_and_every_step_is_a_full_sentence(sister):
    odd = [(code, text) for code, text in choices(sister) if not text.endswith(".") or len(text.split()) < 8]
    assert odd == []


def test_no_anchor_refers_to_another_by_its_number(real):
    texts = [(item.code, text) for item in real.items for text in item.anchors.values()]
    assert [code for code, text in texts if re.match(r"(As|Same as|Like) (for )?\d", text)] == []
    assert len({text for _, text in texts}) == len(texts)


def test_every_item_asks_a_question_and_says_what_to_look_for_and_how_to_judge(real):
    assert [item.code for item in real.items if not item.prompt.endswith("?")] == []
    assert [item.code for item in real.items if len(item.evidence) < 2 or len(item.guidance.split()) < 15] == []


def test_no_abbreviation_stands_unexplained(sister):
    assert [(where, found) for where, text in words(sister) if (found := ABBREVIATIONS.findall(text))] == []


def test_nothing_is_left_over_from_the_instrument_for_addiction_programs(sister):
    assert [(where, found[0]) for where, text in words(sister) if (found := LEFT_OVER.search(text))] == []


def test_what_is_looked_for_as_left_over_is_indeed_in_the_instrument_for_addiction_programs(ddcat):
    """Else the test above could not fail."""
    assert len({where for where, text in words(ddcat) if LEFT_OVER.search(text)}) >= 20


def test_sentences_shared_with_the_ddcat_speak_of_both_disorders_alike(sister, ddcat):
    theirs = {text for _, text in choices(ddcat)}
    shared = [(code, text) for code, text in choices(sister) if text in theirs]
    assert shared
    assert [(code, text) for code, text in shared if bool(MIND.search(text)) != bool(SUBSTANCE.search(text))] == []


@pytest.mark.parametrize(("code", "rating"), NOT_A_SWAP, ids=lambda each: str(each))
def test_where_the_facts_differ_the_sentence_follows_them(by_code, ddcat, code, rating):
    sentence = by_code[code].anchors[rating]
    missing = [word for word in NOT_A_SWAP[code, rating] if word not in sentence.lower()]
    assert missing == []
    assert sentence not in next(item for item in ddcat.instrument.items if item.code == code).anchors.values()


def test_medicines_bring_no_rule_about_the_supply_a_client_brings_along(by_code):
    """That is asked in addiction programs; here the question is what is prescribed to people who use."""
    assert not any("supply" in anchor for anchor in by_code["IVE"].anchors.values())


def test_discharge_planning_3_is_the_capable_level(real, by_code):
    """Public copies head it "Enhanced"."""
    assert real.rating.names[3] == "Dual diagnosis capable"
    capable, enhanced = by_code["VA"].anchors[3], by_code["VA"].anchors[5]
    assert "mental health as the priority" in capable
    assert not re.search(r"enhanced|equal|both disorders as primary|integrated", capable, re.IGNORECASE)
    assert "both disorders as primary" in enhanced


def test_mission_3_speaks_of_substance_use_inside_mental_health_care(by_code):
    """Public copies have it the other way round."""
    sentence = by_code["IA"].anchors[3]
    assert sentence.startswith("The mission puts mental health disorders first.")
    assert sentence.index("mental health") < sentence.index("substance use")
    assert "addiction" not in sentence


def test_the_mission_has_its_own_evidence_and_not_that_of_the_leaflets(by_code):
    """In public copies the evidence for leaflets stands under the mission."""
    mission, leaflets = by_code["IA"].evidence, by_code["IIB"].evidence
    assert not set(mission) & set(leaflets)
    assert "mission" in mission[0]
    assert not re.search(r"waiting|rack|handout|video|pack", " ".join(mission))


@pytest.mark.parametrize(("code", "wanted"), ADVICE.items(), ids=ADVICE)
def test_the_steps_give_the_advice_that_a_mental_health_program_needs(by_code, sister, code, wanted):
    steps = sister.guide.steps[by_code[code].id]
    text = " ".join(step for rating in steps for step in steps[rating]).lower()
    assert [word for word in wanted if word.lower() not in text] == []


def test_naloxone_and_988_come_before_any_score_above_capable(by_code, sister):
    steps = " ".join(sister.guide.steps["crisis"][3])
    assert "naloxone" in steps
    assert "988" in steps


def test_withdrawal_is_managed_by_medical_staff_only(sister):
    (step,) = (step for step in sister.guide.steps["crisis"][5] if "withdrawal managed" in step)
    assert "only by medical staff" in step
    assert "seizures, delirium and use of sedatives" in step


def spoken(sister: shelf.Volume, ratings: dict[str, int]) -> set[str]:
    """The ids of the guide's checks that speak of these ratings."""
    assessment = Assessment("Program", "2026-03-02", ratings, cover={"sources": ["tour"]})
    keys = {found.key for found in checks.findings(sister.instrument, sister.guide, assessment, "2026-03-10")}
    return {check.id for check in sister.guide.checks if any(check.id in key for key in keys)}


def test_taking_stable_clients_and_nobody_who_uses_is_no_contradiction(sister, real, rated):
    """An addiction program is asked about this; here a 3 for welcome speaks of fairly stable disorders only."""
    assert "welcome-without-medicines" not in spoken(sister, rated(real, 3, IVE=1))
    assert "welcome-without-medicines" in spoken(sister, rated(real, 3, IIA=4, IVE=1))
    assert "unstable-use-without-acceptance" in spoken(sister, rated(real, 3, IIIE=5, IVE=1))


def test_treatment_by_stage_for_both_asks_for_a_stage_of_both(sister, real, rated):
    check = "stage-treatment-for-both-assessed-for-one"
    assert check in spoken(sister, rated(real, 3, IVD=5, IIIG=4))
    assert check not in spoken(sister, rated(real, 3, IVD=5, IIIG=5))
    assert check not in spoken(sister, rated(real, 3, IVD=5, IIIG=2))


@pytest.mark.parametrize("usual", [1, 3, 5])
def test_no_check_speaks_where_all_ratings_agree(sister, real, rated, usual):
    assert spoken(sister, rated(real, usual)) == set()


def test_setting_and_what_patients_feel_first_are_those_of_the_ddcat(sister, ddcat):
    for advice in ("setting", "near", "felt_first"):
        assert getattr(sister.guide, advice) == getattr(ddcat.guide, advice) != ()


@pytest.mark.parametrize("code", ["IIIB", "IIIG", "IVA", "IVD", "IVE", "VIB"])
def test_what_is_still_to_be_compared_with_print_is_listed(sister, code):
    assert any(f"For {code} (" in point and "print" in point for point in sister.guide.review)
    assert all(point.endswith(".") for point in sister.guide.review)


def test_licence_and_source_are_named(real):
    assert real.licence == "CC-BY-4.0"
    assert "SAMHSA" in real.notice
    assert "Mental Health Treatment Toolkit, Version 4.0" in real.citation
