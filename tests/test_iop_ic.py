"""The checklist for intensive outpatient programs, in English and Spanish, against the facts it is made from."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest

from ddcat import evidence, scoring, shelf, translation
from ddcat.instrument import Guide, Instrument
from ddcat.paths import INSTRUMENTS

CODES = [f"{dimension}{number}" for dimension in "PMTA" for number in range(1, 7)]

# What the facts name for a rating, in the words that its anchor has for it.
FACTS = {
    ("P1", 3): ("positive screen", "within 14 days", "within 24 hours", "within 72 hours", "at once"),
    ("P1", 4): ("within 7 days", "substance-related, independent"),
    ("P1", 5): ("in writing after 2 to 4 weeks", "routine"),
    ("P2", 3): ("goals for both disorders", "every 2 weeks"),
    ("P2", 4): ("dated entries", "prescriber", "therapist"),
    ("P2", 5): ("One team",),
    ("P3", 3): ("at least once a month",),
    ("P3", 4): ("every 2 weeks", "same day"),
    ("P3", 5): ("weekly", "minutes cover both disorders", "video"),
    ("P4", 3): ("answer is recorded, whether yes or no", "within 3 working days"),
    ("P4", 4): ("one shared list", "same-day messages"),
    ("P4", 5): ("before each visit", "every quarter"),
    ("P5", 3): ("harm to others", "same day", "means safety", "988", "after-hours line"),
    ("P5", 4): ("at exit", "every client has a safety plan"),
    ("P5", 5): ("misses a session", "consented beforehand", "every quarter"),
    ("P6", 3): ("withdrawal", "medical", "psychiatric", "safety at home"),
    ("P6", 4): ("multidimensional tool", "a place by name"),
    ("P6", 5): ("every 2 weeks", "days to each transfer"),
    ("M1", 3): ("first clinical day", "last use", "state monitoring database", "within 72 hours"),
    ("M1", 4): ("methadone program", "pharmacy", "consent"),
    ("M1", 5): ("at each change and at exit", "errors are counted"),
    ("M2", 2): ("never discharged", "no route"),
    ("M2", 3): ("alcohol, opioid or tobacco", "72 hours for opioids", "7 days", "certified opioid treatment program"),
    ("M2", 4): ("started here, or lawfully by video, within 72 hours", "no precondition"),
    ("M2", 5): ("on the same or the next day", "how many stay"),
    ("M3", 3): ("every 2 weeks", "same day"),
    ("M3", 4): ("every week", "within 2 working days", "within 7 days"),
    ("M3", 5): ("within 3 days", "days from concern to change"),
    ("M4", 3): (
        "day one",
        "naloxone",
        "opioids or any illicit drug",
        "never by itself refuses buprenorphine or methadone",
    ),
    ("M4", 4): ("bloods and vital signs", "household", "laboratory before"),
    ("M4", 5): ("every quarter",),
    ("M5", 3): ("alternatives including no medicine", "qualified interpreter", "recorded"),
    ("M5", 4): ("teach-back", "supporter"),
    ("M5", 5): ("every month", "survey"),
    ("M6", 3): ("names the client’s medicines", "discussed"),
    ("M6", 4): ("before visits", "within 2 working days"),
    ("M6", 5): ("joint meetings", "medication skills", "audited"),
    ("T1", 3): ("cognitive behavioral therapy", "one other", "manual", "weekly slot"),
    ("T1", 4): ("by diagnosis", "every year"),
    ("T1", 5): ("every quarter", "therapist hears"),
    ("T2", 3): ("scheduled every week", "both"),
    ("T2", 4): ("most core sessions", "anxiety, depression, post-traumatic stress disorder and bipolar disorder"),
    ("T2", 5): ("All core groups", "twice a year"),
    ("T3", 3): ("At least half", "both problems"),
    ("T3", 4): ("At least 80 %", "written consent", "every year", "undecided"),
    ("T3", 5): ("every quarter", "coaching", "by stage"),
    ("T4", 3): ("emotion, distress, craving", "homework"),
    ("T4", 4): ("Individual sessions", "real triggers"),
    ("T4", 5): ("weekly skill record", "between sessions", "discharge plan"),
    ("T5", 3): ("validated", "no detail demanded", "safety check", "At least 80 % of the staff"),
    ("T5", 4): ("within 14 days", "testing, search and discharge"),
    ("T5", 5): ("studied", "panel of clients"),
    ("T6", 3): ("both disorders", "at entry and at exit"),
    ("T6", 4): ("every 2 weeks", "before the session"),
    ("T6", 5): ("discussed with the client", "off track", "every quarter"),
    ("A1", 3): ("week 2", "both disorders", "crisis contacts", "before a planned exit"),
    ("A1", 4): ("names and dates", "who pays", "warning signs"),
    ("A1", 5): ("30 days after exit", "audited"),
    ("A2", 3): ("one lower and one higher", "consent"),
    ("A2", 4): ("warm handover", "within 2 working days", "taper"),
    ("A2", 5): ("at least 80 % of transfers", "within 72 hours without any penalty"),
    ("A3", 3): ("each of the two disorders", "within 14 days"),
    ("A3", 4): ("within 7 days", "are called", "consent"),
    ("A3", 5): ("all exits", "at least 80 %", "every quarter"),
    ("A4", 3): ("every unplanned ending", "within 2 working days", "bridged", "appeal"),
    ("A4", 4): ("senior clinician", "offered transfer"),
    ("A4", 5): ("Reasons for leaving are counted", "leadership", "changed"),
    ("A5", 3): ("warning signs for both disorders", "lost tolerance", "naloxone"),
    ("A5", 4): ("rehearsed with a supporter", "where lawful"),
    ("A5", 5): ("same day", "steps care up"),
    ("A6", 3): ("named peer or mutual-help contact", "both disorders"),
    ("A6", 4): ("at 30 and at 90 days", "12-step groups and other choices"),
    ("A6", 5): ("Paid peers", "90 days", "60 %"),
}

WITHOUT_COUNTS = {"P3", "T1", "T2", "T4"}

ENGLISH = re.compile(
    r"\b(the|and|with|of|for|from|are|is|was|were|within|every|each|both|that|which|their|they|not|client|clients"
    r"|staff|days|weeks|hours|rating|score|chart|charts|plan is|routine|disorder|disorders)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def checklist() -> Instrument:
    """As it is written, whatever language is spoken."""
    return shelf.parse((INSTRUMENTS / "iop-ic-1.0.toml").read_bytes(), "iop-ic-1.0.toml", on_shelf=True)


@pytest.fixture(scope="module")
def guide() -> Guide:
    return shelf._parse_guide((INSTRUMENTS / "iop-ic-1.0.guide.toml").read_bytes(), "iop-ic-1.0.guide.toml")


@pytest.fixture(scope="module")
def by_code(checklist):
    return {item.code: item for item in checklist.items}


@pytest.fixture(scope="module")
def pairs(checklist, guide) -> list[tuple[str, str, str]]:
    """Every text in English and in Spanish, with its place."""
    spanish = tomllib.loads((INSTRUMENTS / "iop-ic-1.0.es.toml").read_text(encoding="utf-8"))
    advice = tomllib.loads((INSTRUMENTS / "iop-ic-1.0.guide.es.toml").read_text(encoding="utf-8"))
    return [
        *_pairs(translation.words_of(checklist), spanish, "instrument"),
        *_pairs(translation.words_of_guide(guide), advice, "guide"),
    ]


def _pairs(english: Any, spanish: Any, place: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(english, Mapping):
        for key, said in english.items():
            yield from _pairs(said, spanish[key], f"{place}.{key}")
    elif isinstance(english, list):
        for number, (one, other) in enumerate(zip(english, spanish, strict=True), 1):
            yield from _pairs(one, other, f"{place} {number}")
    else:
        yield place, english, spanish


@pytest.mark.parametrize("name", ["iop-ic-1.0", "iop-ic-1.0.guide", "iop-ic-1.0.es", "iop-ic-1.0.guide.es"])
def test_none_of_the_four_files_has_a_fault(name):
    assert shelf.check(INSTRUMENTS / f"{name}.toml") == []


def test_there_are_24_items_in_four_dimensions_of_six(checklist):
    assert [dimension.number for dimension in checklist.dimensions] == list("PMTA")
    assert [len(dimension.items) for dimension in checklist.dimensions] == [6, 6, 6, 6]
    assert [item.code for item in checklist.items] == CODES


def test_every_rating_from_1_to_5_is_anchored(checklist):
    assert [item.code for item in checklist.items if item.ratings != (1, 2, 3, 4, 5) or item.unanchored] == []


def test_it_has_no_overall_score_no_band_and_no_criterion_and_says_so(checklist, rated):
    result = scoring.score(checklist, rated(checklist, 3))
    assert (result.overall, result.band, result.criterion, result.bounds) == (None, None, None, None)
    assert checklist.bands == ()
    assert checklist.label == "Not validated; a structured self-check"
    assert "never mixed into a DDCAT score" in checklist.notice
    assert checklist.licence == "CC-BY-4.0"


def test_each_dimension_has_a_score_of_its_own(checklist, rated):
    result = scoring.score(checklist, rated(checklist, 3, P1=4, A6=1))
    scores = [score.value for score in result.dimensions]
    assert scores == [Fraction(19, 6), 3, 3, Fraction(8, 3)]


def test_no_item_is_left_out_of_the_table_of_facts():
    assert {(code, rating) for code in CODES for rating in (3, 4, 5)} <= FACTS.keys()


@pytest.mark.parametrize(("code", "rating"), FACTS, ids=lambda part: str(part))
def test_an_anchor_names_what_the_facts_name(by_code, code, rating):
    anchor = by_code[code].anchors[rating]
    assert [fact for fact in FACTS[code, rating] if fact not in anchor] == []


def test_what_routine_means_is_said_once_for_all(checklist):
    for fact in ("80 %", "10 charts", "half of them closed", "five applicable charts", "too few to rate as routine"):
        assert fact in checklist.routine


def test_every_item_that_rests_on_charts_or_staff_has_counts(checklist):
    assert {item.code for item in checklist.items if item.share is None} == WITHOUT_COUNTS


def test_only_clinicians_are_counted_as_everybody(checklist):
    assert {item.code for item in checklist.items if item.share and item.share.everybody} == {"T3"}


def test_every_sample_says_how_many_charts_and_when_they_are_too_few(checklist):
    frames = [item.share.frame for item in checklist.items if item.share and not item.share.everybody]
    assert [frame for frame in frames if "Take 10 at random" not in frame] == []
    assert [frame for frame in frames if "too few to rate as routine" not in frame] == []


def test_whoever_says_that_five_are_too_few_holds_to_it(checklist):
    shares = [item.share for item in checklist.items if item.share]
    assert [share.least for share in shares] == [5 if "fewer than five" in share.frame else None for share in shares]


@pytest.mark.parametrize("code", [code for code in CODES if code not in WITHOUT_COUNTS | {"T3"}])
def test_eight_charts_in_ten_allow_a_3_and_seven_do_not(by_code, code):
    item = by_code[code]
    first, second, *more = item.share.counts
    enough = {first: 10, second: 8} | dict.fromkeys(more, 0)
    assert evidence.ceiling(item, enough, 10) >= 3
    assert evidence.ceiling(item, enough | {second: 7}, 10) == 2
    assert evidence.ceiling(item, dict.fromkeys(item.share.counts, 0), 10) == 1
    assert evidence.ceiling(item, dict.fromkeys(item.share.counts, 10), 10) == 5


@pytest.mark.parametrize(("trained", "highest"), [(0, 1), (1, 2), (9, 2), (10, 3), (15, 3), (16, 5)])
def test_half_of_the_clinicians_allow_a_3_and_four_in_five_a_4(by_code, trained, highest):
    assert evidence.ceiling(by_code["T3"], {"trained": trained}, 20) == highest


def test_one_refused_client_keeps_medicines_for_addiction_at_1(by_code):
    assert evidence.ceiling(by_code["M2"], {"accepted": 9, "told": 9}, 10) == 1


def test_known_results_of_six_in_ten_are_enough_for_people_after_exit(by_code):
    assert evidence.ceiling(by_code["A6"], {"leaflets": 10, "offered": 9, "known": 6}, 10) == 5
    assert evidence.ceiling(by_code["A6"], {"leaflets": 10, "offered": 9, "known": 5}, 10) == 4


def test_every_anchor_and_every_step_is_a_full_sentence(checklist, guide):
    texts = [(item.code, text) for item in checklist.items for text in item.anchors.values()]
    texts += [(id, step) for id, known in guide.steps.items() for steps in known.values() for step in steps]
    assert [(where, text) for where, text in texts if not text.endswith(".") or len(text.split()) < 8] == []


def test_no_anchor_sends_the_reader_to_another(checklist):
    texts = [(item.code, text) for item in checklist.items for text in item.anchors.values()]
    assert [
        (code, text) for code, text in texts if re.search(r"(?i)\b(as|like|see) (for )?\d\b|rating \d", text)
    ] == []


def test_every_item_has_at_least_two_steps_towards_3_and_two_towards_5(checklist, guide):
    short = [
        (item.code, rating)
        for item in checklist.items
        for rating in (3, 5)
        if len(guide.steps.get(item.id, {}).get(rating, ())) < 2
    ]
    assert short == []


@pytest.mark.parametrize("shown", ["0.78", "0.4", "0.9", "IIIB, IVE and VA", "ten programs"])
def test_what_must_be_shown_before_the_label_may_go_is_listed(guide, shown):
    assert any(shown in point for point in guide.review)


def test_ratings_that_go_together_meet_no_check(checklist, guide, rated):
    for usual in (1, 2, 3, 4, 5):
        assert [check.id for check in guide.checks if check.holds(rated(checklist, usual))] == []


def test_spanish_says_every_text_in_other_words(pairs):
    same = {place for place, english, spanish in pairs if english == spanish}
    assert same == {"instrument.short", "instrument.item.trauma.title"}


def test_no_english_is_left_in_the_spanish(pairs):
    assert [(place, found) for place, _, spanish in pairs if (found := ENGLISH.findall(spanish))] == []


def test_no_number_changed_on_the_way_into_spanish(pairs):
    def numbers(text: str) -> list[str]:
        return sorted(re.findall(r"\d+(?:\.\d+)?", text))

    assert [place for place, english, spanish in pairs if numbers(english) != numbers(spanish)] == []


def test_every_question_stays_a_question_in_spanish(pairs):
    questions = [spanish for place, _, spanish in pairs if place.endswith(".prompt")]
    assert len(questions) == 24
    assert [text for text in questions if not text.endswith("?") or "¿" not in text] == []


def test_spanish_is_marked_as_not_yet_reviewed():
    spanish = tomllib.loads((INSTRUMENTS / "iop-ic-1.0.es.toml").read_text(encoding="utf-8"))
    assert spanish["reviewed"] is False
