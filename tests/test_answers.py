"""The answer sheet: nothing is said that the record does not hold up, everybody can read it, and it fits one page."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import textstat
from babel.messages.extract import extract
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from ddcat import answers, evidence, paths, report, shelf
from ddcat.answers import Answer, Counted, Question, Rated, Sheet, Told
from ddcat.answers.leaflet import Leaflet, leaflet
from ddcat.answers.sheet import Condition, read, translated, words_of
from ddcat.facts_sheet import FACTS, FIELDS, NONE
from ddcat.faults import Faulty
from ddcat.instrument import Instrument
from ddcat.records import Agency, Assessment, Evidence, Program
from ddcat.report import handing
from ddcat.words import _, speaking

TODAY = date(2026, 7, 1)
DAY = "2026-05-04"
SHEET = answers.sheet("en")
NAMES = {"ddcat": "ddcat@4.0", "ddcmht": "ddcmht@4.0", "iop-ic": "iop-ic@1.0"}
INSTRUMENTS = {id: shelf.find(name).instrument for id, name in NAMES.items()}
ROOT = paths.INSTRUMENTS.parent
EMERGENCY = ("988", "911", "nalox")

Sealed = list[tuple[Instrument, Assessment]]
Said = dict[str, Any]


# --- Records ---


def sealed(
    id: str, rated: dict[str, int] | None = None, usual: int = 1, **about: Any
) -> tuple[Instrument, Assessment]:
    """An assessment in which these items have these ratings, each with a document, and all others `usual`."""
    instrument = INSTRUMENTS[id]
    ratings = {item.id: max([r for r in item.ratings if r <= usual] or item.ratings[:1]) for item in instrument.items}
    ratings |= rated or {}
    lines = tuple(document(item) for item in ratings)
    said = {"program": "Gull Point", "assessed_on": DAY, "kind": "self", "ref": id, "evidence": lines} | about
    return instrument, Assessment(ratings=ratings, sealed_at=f"{DAY}T10:00:00Z", **said)


def document(item: str) -> Evidence:
    return Evidence(f"document {item}", item, "document", "Seen.")


def counted(id: str, item: str, n: int = 10, of: int = 10, on: str = DAY, **other: int) -> Evidence:
    """A count in which every number is `n`, but for those by these names (`kept_in_7` is "kept-in-7")."""
    share = INSTRUMENTS[id].by_id[item].share
    counts = dict.fromkeys(share.counts if share else ("found",), n)
    counts |= {name.replace("_", "-"): said for name, said in other.items()}
    return Evidence(f"count {item} {n}", item, "count/charts", finding="count", counts=counts, n=of, seen_on=on)


def told(*fields: str, **values: Any) -> Said:
    """These facts, each with a value, a date and a source."""
    usual = {name: _usual(name) for name in fields} | values
    homes = {field.name: fact for fact in FACTS.values() for field in fact.fields}
    beside = {homes[name].as_of.name: DAY for name in usual} | {homes[name].source.name: "A list" for name in usual}
    return usual | beside


def _usual(name: str) -> Any:
    """Everything that there is to say of a fact."""
    field = FIELDS[name]
    codes = [code for code in field.choices or {} if code != NONE]
    kinds = {"choices": codes, "choice": codes[:1] and codes[0], "counts": dict.fromkeys(codes, 2)}
    return kinds.get(field.kind, {"count": 34, "of": 50} if field.kind == "share" else 12)


def ask(sealed: Sealed, said: Said, sheet: Sheet = SHEET, today: date = TODAY) -> dict[str, Answer]:
    found = answers.answers(sheet, answers.record(sealed, said, today))
    return {answer.question.id: answer for answer in found}


WAYS = [
    pytest.param(question, way, id=f"{question.id}-{n}")
    for question in SHEET.questions
    for n, way in enumerate(question.when, 1)
]


def just(way: tuple[Condition, ...]) -> tuple[Sealed, Said]:
    """What one alternative takes, and nothing more."""
    rated: dict[str, dict[str, int]] = {}
    said: Said = {}
    for one in way:
        if isinstance(one, Rated):
            rated.setdefault(one.instrument, {})[one.item] = one.at_least
        if isinstance(one, Told):
            value = {one.code: 2} if one.of == "trained" else one.code or _usual(one.field)
            said |= told(**{one.field: value})
    return [sealed(id, ratings) for id, ratings in rated.items()], said


def without(one: Condition, pairs: Sealed, said: Said) -> Iterator[tuple[Sealed, Said]]:
    """The same record, in each way in which a single condition can be lost."""
    if isinstance(one, Told):
        fact = FACTS[one.fact]
        for lost in (one.field, fact.as_of.name, fact.source.name):
            yield pairs, {name: value for name, value in said.items() if name != lost}
        yield pairs, said | {fact.as_of.name: "2025-06-30"}
        return
    for n, (instrument, assessment) in enumerate(pairs):
        if instrument.id != getattr(one, "instrument", ""):
            continue
        rest = [*pairs[:n], *pairs[n + 1 :]]
        assert isinstance(one, Rated)
        item = instrument.by_id[one.item]
        lower = max(rating for rating in item.ratings if rating < one.at_least)
        unproven = tuple(line for line in assessment.evidence if line.item != item.id)
        unrated = {id: rating for id, rating in assessment.ratings.items() if id != "mission" and id != "trauma"}
        yield rest, said
        yield [*rest, (instrument, replace(assessment, ratings=assessment.ratings | {item.id: lower}))], said
        yield [*rest, (instrument, replace(assessment, evidence=unproven))], said
        yield [*rest, (instrument, replace(assessment, assessed_on="2024-06-30"))], said
        yield [*rest, (instrument, replace(assessment, ratings=unrated))], said


@pytest.mark.parametrize(("question", "way"), WAYS)
def test_each_alternative_confirms_and_losing_any_piece_of_it_does_not(
    question: Question, way: tuple[Condition, ...]
) -> None:
    pairs, said = just(way)
    answer = ask(pairs, said)[question.id]
    assert answer.is_confirmed
    assert question.otherwise not in answer.sentences
    assert answer.missing == ()
    for one in way:
        for less_sealed, less_said in without(one, pairs, said):
            less = ask(less_sealed, less_said)[question.id]
            assert not less.is_confirmed, one
            assert {question.otherwise, question.partly} & set(less.sentences)
            assert less.missing


# --- The law ---


Drawn = dict[str, tuple[str, list[int]]]
"""By id of an instrument a day, and a number for each item."""


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Drawn, Said]:
    """Ratings, evidence, counts and facts at random, as high and as sound as chance has them."""
    found = {}
    for id in sorted(draw(st.sets(st.sampled_from(sorted(NAMES)), min_size=1))):
        n = len(INSTRUMENTS[id].items)
        numbers = draw(st.lists(st.integers(0, 99), min_size=n, max_size=n))
        found[id] = (draw(st.sampled_from([DAY, DAY, DAY, "2025-12-04", "2024-06-30"])), numbers)
    return found, draw(facts())


def made(drawn: Drawn) -> Sealed:
    """The assessments that these numbers mean."""
    pairs = []
    for id, (on, numbers) in drawn.items():
        ratings, lines = {}, []
        for item, n in zip(INSTRUMENTS[id].items, numbers, strict=True):
            ratings[item.id] = item.ratings[min(n % 8, len(item.ratings) - 1)]
            lines += [document(item.id)] if n % 5 else []
            lines += [Evidence(f"none {n}", item.id, "document", finding="not found")] if n % 13 == 0 else []
            counted_on = "2024-03-01" if n % 7 == 0 else "2025-09-01" if n % 2 else DAY
            lines += [counted(id, item.id, n % 11, on=counted_on)] if item.share and n % 3 == 0 else []
            lines += [counted(id, item.id, 10, on="2025-12-01")] if item.share and n % 6 == 0 else []
            if item.share and n % 4 == 0:
                lines += [counted(id, item.id, n % 11, **{list(item.share.counts)[-1]: 0})]
        pairs.append(sealed(id, ratings, evidence=tuple(lines), assessed_on=on))
    return pairs


@st.composite
def facts(draw: st.DrawFn) -> Said:
    said: Said = {}
    for fact in FACTS.values():
        for field in fact.fields:
            usual = _usual(field.name)
            values = [None, usual, usual]
            has_none = NONE in (field.choices or {})
            values += [usual[:1], *([[NONE]] if has_none else [])] if field.kind == "choices" else []
            values += [NONE] if field.kind == "choice" and has_none else []
            values += [dict.fromkeys(usual, 0), dict.fromkeys(usual)] if field.kind == "counts" else []
            if (value := draw(st.sampled_from(values))) is not None:
                said[field.name] = value
        said[fact.as_of.name] = draw(st.sampled_from([DAY, DAY, DAY, "2025-06-30", ""]))
        said[fact.source.name] = draw(st.sampled_from(["A list", "A list", "A list", ""]))
    return said


def holds(one: Condition, pairs: Sealed, said: Said) -> bool:
    """The same judgment by other hands, from the record itself."""
    if isinstance(one, Told):
        fact = FACTS[one.fact]
        value = said.get(one.field)
        if not value or not said.get(fact.source.name) or str(said.get(fact.as_of.name) or "") < "2025-07-01":
            return False
        if isinstance(value, dict):
            value = {code: n for code, n in value.items() if code not in one.but and one.code in (None, code)}
            trained = any(value.values())
            return trained if one.of == "trained" else one.of != "untrained" or not all(value.values())
        if one.code:
            return one.code == value or (isinstance(value, list) and one.code in value)
        return not (one.of == "named" and value in (NONE, [NONE]))
    alike = {"ddcat", "ddcmht"} if one.instrument in ("ddcat", "ddcmht") else {one.instrument}
    days = {instrument.id: assessment.assessed_on for instrument, assessment in pairs if instrument.id in alike}
    if one.instrument not in days or days[one.instrument] < max(days.values()):
        return False
    asked = [id for id, on in days.items() if on == days[one.instrument]]
    return all(holds_by(one.model_copy(update={"instrument": id}), pairs) for id in asked)


def holds_by(one: Any, pairs: Sealed) -> bool:
    """The same by this very instrument."""
    for instrument, assessment in pairs:
        if instrument.id == one.instrument and assessment.assessed_on >= "2024-07-01":

            def day_of(line: Evidence, on: str = assessment.assessed_on) -> str:
                return line.seen_on or on

            lines = assessment.of(one.item)
            counts = [line for line in lines if line.finding == "count"]
            last = max(map(day_of, counts), default="")
            if isinstance(one, Counted):
                least = min((line.counts[one.count] for line in counts if day_of(line) == last), default=0)
                return last >= "2024-07-01" and (least > 0 or not one.some)
            item = instrument.by_id[one.item]
            tops = [evidence.limit(item, line) or 0 for line in counts if day_of(line) == last]
            if any(top < one.at_least for top in tops):
                return False
            if any(line.finding == "not found" and day_of(line) == max(map(day_of, lines)) for line in lines):
                return False
            fresh = tuple(line for line in assessment.evidence if day_of(line) >= "2024-07-01")
            return evidence.as_evidenced(instrument, replace(assessment, evidence=fresh))[one.item] >= one.at_least
    return False


def hold(ways: Any, pairs: Sealed, said: Said) -> bool:
    return not ways or any(all(holds(one, pairs, said) for one in way) for way in ways)


@settings(max_examples=60)
@given(drawn())
def test_no_sentence_appears_whose_condition_does_not_hold_as_evidenced(drawn: tuple[Drawn, Said]) -> None:
    record = made(drawn[0]), drawn[1]
    for answer in ask(*record).values():
        question = answer.question
        is_confirmed = hold(question.when, *record)
        assert answer.is_confirmed == is_confirmed
        said = {line.id: line for line in question.lines if line.id in answer.lines}
        for line in said.values():
            assert hold(line.when, *record), line.id
            assert line.said in ("always", "confirmed" if is_confirmed else "unconfirmed")
        extra = [one for one in answer.sentences if not any(_fits(line.says, one) for line in said.values())]
        assert extra in ([], [question.otherwise], [question.partly])
        assert bool(extra) == (not is_confirmed)
        assert all(piece.holds for piece in answer.rests_on)


def _fits(template: str, sentence: str) -> bool:
    parts = re.split(r"%\([^)]+\)s", template)
    return re.fullmatch(".+".join(map(re.escape, parts)), sentence) is not None


@settings(max_examples=60)
@given(drawn(), st.data())
def test_knowing_more_takes_no_confirmed_answer_away(drawn: tuple[Drawn, Said], data: st.DataObject) -> None:
    pairs, said = made(drawn[0]), drawn[1]
    before = {id for id, answer in ask(pairs, said).items() if answer.is_confirmed}
    instrument, assessment = pairs[0]
    item = data.draw(st.sampled_from(instrument.items))
    higher = replace(assessment, ratings=assessment.ratings | {item.id: item.ratings[-1]})
    proven = replace(assessment, evidence=(*assessment.evidence, document(item.id)))
    fact = data.draw(st.sampled_from(sorted(FACTS)))
    more = told(*(field.name for field in FACTS[fact].fields if not said.get(field.name)))
    known = said | more if more else said
    for each in (
        ([(instrument, higher), *pairs[1:]], said),
        ([(instrument, proven), *pairs[1:]], said),
        (pairs, known),
    ):
        assert before <= {id for id, answer in ask(*each).items() if answer.is_confirmed}


def test_with_nothing_known_nothing_is_confirmed_and_the_emergency_lines_stand_there() -> None:
    for answer in ask([], {}).values():
        assert not answer.is_confirmed
        assert answer.sentences == (answer.question.otherwise,)
        assert (answer.lines, answer.rests_on) == ((), ())
    for sheet in answers.shipped().values():
        always = " ".join(one.says for one in sheet.emergencies).lower()
        assert all(word in always for word in EMERGENCY)


# --- What is said ---


def test_a_mission_statement_alone_never_confirms_that_care_is_integrated() -> None:
    assert not ask([sealed("ddcat", {"mission": 5}), sealed("iop-ic", {"one-plan": 5})], {})["together"].is_confirmed


def test_the_newest_count_is_told_with_its_day_and_of_one_day_the_lowest() -> None:
    pairs = [sealed("ddcat", usual=4), sealed("iop-ic", usual=4)]
    instrument, rated = pairs[1]
    lines = (counted("iop-ic", "one-plan", 10, on="2026-03-01"), counted("iop-ic", "one-plan", 8, on="2026-04-02"))
    seen = replace(rated, evidence=(*rated.evidence, *lines, counted("iop-ic", "one-plan", 9, on="2026-04-02")))
    said = ask([pairs[0], (instrument, seen)], {})["together"].sentences
    assert said[-1] == "8 of 10 plans checked on April 2, 2026 showed this."
    assert len(ask(pairs, {})["together"].sentences) == 1


@pytest.mark.parametrize(
    ("language", "days", "waits", "said"),
    [
        ("en", 1, (0, 1), ("on 1 day.", "the same day for half of the people, within 1 day for 9 of 10.")),
        ("en", 3, (6, 13), ("on 3 days.", "within 6 days for half of the people, within 13 days for 9 of 10.")),
        ("es", 1, (0, 1), ("en 1 día.", "el mismo día para la mitad, en 1 día o menos para 9 de 10.")),
        ("es", 3, (6, 13), ("en 3 días.", "en 6 días o menos para la mitad, en 13 días o menos para 9 de 10.")),
    ],
)
def test_numbers_of_days_read_as_people_say_them(
    language: str, days: int, waits: tuple[int, int], said: tuple[str, str]
) -> None:
    facts = told(hours_scheduled=9, days_a_week=days, wait_median=waits[0], wait_90=waits[1])
    with speaking(language):
        found = answers.answers(answers.sheet(language), answers.record([], facts, TODAY))
    sentences = [one for answer in found for one in answer.sentences]
    assert all(any(one.endswith(end) for one in sentences) for end in said), sentences


def test_therapies_that_nobody_is_trained_in_are_marked_as_on_paper() -> None:
    pairs = [sealed("ddcat", usual=3), sealed("iop-ic", usual=3)]
    said = ask(pairs, told(therapies={"cbt": 2, "dbt": 0, "mi": None}))["therapies"]
    assert said.is_confirmed
    assert said.sentences[:2] == (
        "CBT, which works on thoughts and habits, is proven for both. Staff are trained in it.",
        "On paper only: DBT (for strong feelings) and MI (talks on why to change).",
    )
    for proof, kept in ((pairs, {"cbt": 0}), ([], {"cbt": 2})):
        said = ask(proof, told(therapies=kept))["therapies"]
        assert not said.is_confirmed
        assert said.sentences[1:] == ("On paper only: CBT (for thoughts and habits).",)


@pytest.mark.parametrize("kept", [{"psychodynamic": 4}, {"psychodynamic": 4, "cbt": 0}, {"mi": 3, "12-step": 2}])
def test_only_what_is_proven_for_both_answers_which_therapies_are(kept: dict[str, int]) -> None:
    pairs = [sealed("ddcat", usual=5), sealed("iop-ic", usual=5)]
    assert not ask(pairs, told(therapies=kept))["therapies"].is_confirmed
    said = ask(pairs, told(therapies=kept | {"cbt": 1}))["therapies"]
    assert said.is_confirmed
    others = said.sentences[1]
    assert others.startswith("They are also trained in ")
    assert others.endswith(" Ask what is proven for both.")
    assert "CBT" not in others
    alone = ask(pairs, told(therapies={"cbt": 1}))["therapies"]
    assert not any("also trained" in one for one in alone.sentences)


def test_hours_that_are_only_scheduled_are_said_to_be() -> None:
    names = ("hours_scheduled", "days_a_week", "planned_stay_days", "tracks")
    said = ask([], told(*names))["hours"]
    assert said.is_confirmed
    assert "That is the schedule. How many hours people come is not measured." in said.sentences
    said = ask([], told(*names, hours_attended=7.5))["hours"]
    assert "Half of the people come for 7.5 hours or more." in said.sentences
    part = ask([], told("hours_scheduled"))["hours"]
    assert not part.is_confirmed
    assert part.sentences[-1] == "Not all confirmed. Ask about the rest."


def test_what_was_never_counted_after_leaving_is_not_measured() -> None:
    said = ask([sealed("ddcat", {"discharge-planning": 4})], {})["aftercare"]
    assert said.sentences[1:] == (
        "Visits within 7 days: not measured.",
        "Help for those who leave early: not measured.",
    )


def after(*lines: Evidence, **rated: int) -> tuple[str, ...]:
    """What is said of the time after, with these ratings (`follow_up_kept` is "follow-up-kept") and these counts."""
    ratings = {name.replace("_", "-"): rating for name, rating in rated.items()}
    instrument, checklist = sealed("iop-ic", {"aftercare-plan": 3, "follow-up-kept": 3} | ratings)
    seen = replace(checklist, evidence=(*checklist.evidence, *lines))
    answer = ask([sealed("ddcat", {"discharge-planning": 4}), (instrument, seen)], {})["aftercare"]
    assert answer.is_confirmed
    return answer.sentences[1:]


SET = "Of those who left as planned, 9 of 10 had visits set within 7 days for both"
NOT_HERE = "How many came is not on this sheet. Ask."
EARLY = "Help for those who leave early: not measured."


@pytest.mark.parametrize("rating", [3, 4, 5])
def test_how_many_came_is_said_where_it_is_known(rating: int) -> None:
    said = after(counted("iop-ic", "follow-up-kept", 9, kept_in_7=6), follow_up_kept=rating)
    assert said[0] == f"{SET}, and 6 of 10 are known to have come to both (checked May 4, 2026)."


def test_where_kept_visits_are_counted_it_is_never_said_that_they_are_not() -> None:
    nobody = counted("iop-ic", "follow-up-kept", 9, kept_in_7=0)
    assert after(nobody, follow_up_kept=3)[0] == f"{SET} (checked May 4, 2026). How many came is not measured."
    none_came = f"{SET}, and 0 of 10 are known to have come to both (checked May 4, 2026)."
    assert after(nobody, follow_up_kept=4)[0] == none_came
    before = replace(nobody, counts={name: n for name, n in nobody.counts.items() if name != "kept-in-7"})
    assert after_with_the_file_of_before(before, 5)[0] == f"{SET} (checked May 4, 2026). {NOT_HERE}"
    assert after_with_the_file_of_before(before, 3)[0].endswith("How many came is not measured.")
    as_a_rule = "Those who leave as planned have visits set within 7 days for both, as a rule. "
    assert after(follow_up_kept=4)[0] == as_a_rule + NOT_HERE
    assert after(follow_up_kept=3)[0] == "Visits within 7 days: not measured."


def after_with_the_file_of_before(line: Evidence, rating: int) -> tuple[str, ...]:
    """The same where the checklist was begun before it asked how many kept their visits."""
    instrument, checklist = sealed("iop-ic", {"aftercare-plan": 3, "follow-up-kept": rating})
    told = instrument.model_dump(by_alias=True)
    items = [item for dimension in told["dimension"] for item in dimension["item"]]
    share = next(item["share"] for item in items if item["id"] == "follow-up-kept")
    del share["counts"]["kept-in-7"], share["floors"][5]["kept-in-7"]
    older = Instrument.model_validate(told)
    seen = replace(checklist, evidence=(*checklist.evidence, line))
    return ask([sealed("ddcat", {"discharge-planning": 4}), (older, seen)], {})["aftercare"].sentences[1:]


def test_in_spanish_it_is_as_plain_who_came_to_what_and_when_it_was_looked_up() -> None:
    checklist, checked = sealed("iop-ic", {"aftercare-plan": 3, "follow-up-kept": 3})
    seen = replace(checked, evidence=(*checked.evidence, counted("iop-ic", "follow-up-kept", 9, kept_in_7=0)))
    with speaking("es"):
        said = ask([(checklist, seen)], {}, answers.sheet("es"))["aftercare"].sentences
    assert said[1] == (
        "De los que terminaron según lo planeado, 9 de 10 tenían citas en 7 días para el consumo y la salud mental"
        " (revisado el 4 de mayo de 2026). No se mide cuántos fueron a sus citas."
    )


@pytest.mark.parametrize("rating", [1, 2, 3, 4, 5])
def test_help_for_those_who_leave_early_is_told_as_far_as_it_is_known(rating: int) -> None:
    as_a_rule = "Those who leave early get help in 2 work days, as a rule. How many is not on this sheet. Ask."
    assert after(unplanned_endings=rating)[1] == (EARLY if rating < 3 else as_a_rule)
    said = after(counted("iop-ic", "unplanned-endings", 8, helped=9), unplanned_endings=rating)
    assert said[1] == "Of those who left early, 8 of 10 got help in 2 work days (checked May 4, 2026)."


def test_kept_visits_cap_a_5_where_nobody_is_known_to_have_kept_any_and_nothing_else() -> None:
    item = INSTRUMENTS["iop-ic"].by_id["follow-up-kept"]
    counts = {"one": 10, "both-in-14": 9, "both-in-7": 8, "kept-in-7": 0}
    assert evidence.ceiling(item, counts, 10) == 4
    assert evidence.ceiling(item, counts | {"kept-in-7": 1}, 10) == 5
    assert evidence.ceiling(item, counts | {"both-in-7": 0}, 10) == 3


@pytest.mark.parametrize("what", ["session_caps", "preauthorization", "video_forbidden"])
def test_where_payers_set_limits_the_sheet_says_so(what: str) -> None:
    words = {
        "session_caps": ("Thirty visits a year", "Some payers limit visits. Ask."),
        "preauthorization": ("some", "Some payers must say yes first. Ask."),
        "video_forbidden": ("One of them", "Some payers do not allow it. Ask."),
    }
    limits = {sentence for _value, sentence in words.values()}
    value, sentence = words[what]
    free = told("payments", "video_parts", preauthorization=NONE)
    assert not limits & set(ask([], free)["cost"].sentences)
    said = ask([], free | {what: value})["cost"].sentences
    assert limits & set(said) == {sentence}
    no_video = ask([], told("payments", video_parts=[NONE], video_forbidden="One of them"))["cost"].sentences
    assert not limits & set(no_video)


def test_two_kinds_of_limits_are_said_in_one_breath() -> None:
    for code in ("some", "all"):
        said = ask([], told("payments", session_caps="Thirty a year", preauthorization=code))["cost"].sentences
        assert [one for one in said if "payers" in one] == ["Some payers limit visits or must say yes first. Ask."]


def test_no_medicine_is_promised_that_the_policy_does_not_name() -> None:
    pairs = [sealed("ddcat", usual=5), sealed("iop-ic", usual=5)]
    said = ask(pairs, told(medicines_accepted=["methadone", "naltrexone"]))["my-medicine"].sentences
    assert said[0] == "Yes, if the policy names it: methadone and naltrexone. If yours is not here, ask."
    said = ask(pairs, told(medicines_accepted=["any", "methadone"]))["my-medicine"].sentences
    assert said[0] == "Yes. The policy takes any medicine you were prescribed."
    assert len(said) == 2


def test_a_program_for_mental_health_is_asked_by_its_own_items_in_words_of_its_own() -> None:
    said = ask([sealed("ddcmht", usual=5), sealed("iop-ic", usual=5)], told("medicines_accepted"))
    assert "Yes. A prescriber who treats addiction is on staff and on site." in said["team"].sentences
    assert "You can see someone about medicine for both." in said["my-medicine"].sentences


def test_medicines_that_are_none_confirm_nothing() -> None:
    pairs = [sealed("ddcat", usual=5), sealed("iop-ic", usual=5)]
    assert not ask(pairs, told(medicines_accepted=[NONE]))["my-medicine"].is_confirmed


# --- What speaks against it ---


def together(*lines: Evidence, documents: bool = True, today: date = TODAY) -> Answer:
    """What is said of one plan, rated 4, with these lines beside it."""
    instrument, rated = sealed("iop-ic", {"one-plan": 4})
    kept = tuple(line for line in rated.evidence if documents or line.item != "one-plan")
    pairs = [sealed("ddcat", {"treatment-plans": 4}), (instrument, replace(rated, evidence=(*kept, *lines)))]
    return ask(pairs, {}, today=today)["together"]


def test_no_document_outweighs_the_newest_count() -> None:
    assert together().is_confirmed
    assert together(counted("iop-ic", "one-plan", 8)).is_confirmed
    for n in (0, 2, 7):
        answer = together(counted("iop-ic", "one-plan", n))
        assert not answer.is_confirmed
        assert [piece.why for piece in answer.missing] == ["low"]
    assert together(counted("iop-ic", "one-plan", 2, on="2026-01-02"), counted("iop-ic", "one-plan", 9)).is_confirmed
    assert not together(
        counted("iop-ic", "one-plan", 9, on="2026-01-02"), counted("iop-ic", "one-plan", 2)
    ).is_confirmed


NEWER, OLDER = DAY, "2025-12-04"


@pytest.mark.parametrize(("first", "second"), [("ddcat", "ddcmht"), ("ddcmht", "ddcat")])
def test_of_two_that_measure_the_same_only_the_one_assessed_last_counts(first: str, second: str) -> None:
    def said(on: str, usual: int) -> Answer:
        """What is said with `first` at 5 on the older day, and `second` at `usual` on this day."""
        pairs = [sealed(first, usual=5, assessed_on=OLDER), sealed(second, usual=usual, assessed_on=on)]
        return ask([*pairs, sealed("iop-ic", usual=5)], {})["together"]

    assert said(NEWER, 5).is_confirmed
    assert not said(NEWER, 1).is_confirmed
    assert [(piece.why, piece.standing and piece.standing.instrument.id) for piece in said(NEWER, 1).missing] == [
        ("low", second)
    ]
    assert said("2025-11-04", 1).is_confirmed
    assert not said(OLDER, 1).is_confirmed
    assert not said(OLDER, 3).is_confirmed
    both = said(OLDER, 4)
    assert both.is_confirmed
    assert {piece.standing.instrument.id for piece in both.rests_on if piece.standing} == {first, second, "iop-ic"}


def test_what_is_newest_and_does_not_count_lets_nothing_older_count() -> None:
    older, checklist = sealed("ddcat", usual=5, assessed_on=OLDER), sealed("iop-ic", usual=5)
    instrument, newest = sealed("ddcmht", usual=5)
    less = {id: rating for id, rating in newest.ratings.items() if id != "mission"}
    unfinished = ask([older, (instrument, replace(newest, ratings=less)), checklist], {})["together"]
    assert [piece.why for piece in unfinished.missing] == ["unfinished"]
    record = answers.record([older, (instrument, newest), checklist], {}, TODAY, changed={newest.ref})
    changed = answers.answers(SHEET, record)[0]
    assert not changed.is_confirmed
    assert [piece.why for piece in changed.missing] == ["changed"]


def test_where_two_were_made_on_one_day_the_sheet_says_that_one_is_the_programs_own() -> None:
    pairs = [sealed("ddcat", usual=5, kind="external"), sealed("ddcmht", usual=5, kind="self")]
    sheet = leaflet(program({}), pairs, TODAY)
    assert (sheet.n_confirmed, sheet.labels) == (1, ("Rated by the program itself, not checked from outside.",))


def test_where_the_newest_line_found_nothing_nothing_is_confirmed() -> None:
    nothing = Evidence("nothing", "one-plan", "chart review", "None had one.", finding="not found")
    assert not together(nothing).is_confirmed
    assert not together(replace(nothing, seen_on=DAY)).is_confirmed
    assert together(replace(nothing, seen_on="2026-01-02")).is_confirmed


def test_one_chart_is_not_enough_for_routine() -> None:
    for n, is_confirmed in ((1, False), (4, False), (5, True)):
        assert together(counted("iop-ic", "one-plan", n, n), documents=False).is_confirmed is is_confirmed
        assert together(counted("iop-ic", "one-plan", n, n)).is_confirmed is is_confirmed


def test_what_was_counted_long_ago_confirms_nothing_and_ages_by_its_own_day() -> None:
    old = together(counted("iop-ic", "one-plan", 9, on="2024-06-30"), documents=False)
    assert [piece.why for piece in old.missing] == ["old rating"]
    answer = together(counted("iop-ic", "one-plan", 9, on="2024-08-15"), documents=False)
    assert answer.is_confirmed
    assert answers.true_until([answer], TODAY.isoformat()) == "2026-08-15"
    last = together(counted("iop-ic", "one-plan", 9, on="2024-08-15"), documents=False, today=date(2026, 8, 15))
    assert last.is_confirmed
    beside = together(counted("iop-ic", "one-plan", 9, on="2024-06-30"))
    assert beside.is_confirmed
    assert len(beside.sentences) == 1


def test_an_instrument_that_lacks_the_item_does_not_count() -> None:
    whole, rated = sealed("iop-ic", usual=4)
    first = whole.dimensions[0]
    items = tuple(item for item in first.items if item.id != "one-plan")
    less = whole.model_copy(update={"dimensions": (first.model_copy(update={"items": items}), *whole.dimensions[1:])})
    for name in ("items", "by_id"):
        vars(less).pop(name, None)
    kept = tuple(line for line in rated.evidence if line.item != "one-plan")
    ratings = {id: rating for id, rating in rated.ratings.items() if id != "one-plan"}
    pairs = [sealed("ddcat", usual=4), (less, replace(rated, ratings=ratings, evidence=kept))]
    (piece,) = ask(pairs, {})["together"].missing
    assert (piece.why, piece.standing) == ("no assessment", None)


# --- Until when ---


def test_a_fact_is_never_past_its_day_on_the_day_the_sheet_is_made() -> None:
    for as_of, today in (("2027-02-28", date(2028, 2, 29)), ("2024-02-29", date(2025, 2, 28))):
        answer = ask([], told("tracks") | {"tracks_as_of": as_of}, today=today)["hours"]
        assert answers.true_until([answer], today.isoformat()) >= today.isoformat()


def test_a_fact_of_a_day_that_is_still_to_come_is_not_told() -> None:
    answer = ask([], told("tracks") | {"tracks_as_of": "2026-07-02"})["hours"]
    assert answer.sentences == (answer.question.otherwise,)


@pytest.mark.parametrize(
    ("assessed_on", "as_of", "until"),
    [
        ("2026-05-04", "2026-05-04", "2027-01-01"),
        ("2024-08-31", "2026-05-04", "2026-08-31"),
        ("2026-05-04", "2025-07-01", "2026-07-01"),
        ("2024-09-01", "2025-08-15", "2026-08-15"),
    ],
)
def test_a_sheet_is_true_as_long_as_all_that_it_uses_and_six_months_at_most(
    assessed_on: str, as_of: str, until: str
) -> None:
    pairs = [sealed("ddcat", usual=4, assessed_on=assessed_on), sealed("iop-ic", usual=4, assessed_on=assessed_on)]
    said = told("tracks") | {"tracks_as_of": as_of}
    assert answers.true_until(ask(pairs, said).values(), TODAY.isoformat()) == until


def test_what_no_answer_uses_does_not_shorten_it() -> None:
    said = told("accreditation", "tracks") | {"accreditation_as_of": "2025-07-05"}
    assert answers.true_until(ask([], said).values(), TODAY.isoformat()) == "2027-01-01"
    assert answers.true_until(ask([], {}).values(), "2026-08-31") == "2027-02-28"


# --- The data ---


def test_every_condition_names_what_there_is() -> None:
    for question in SHEET.questions:
        for way in (*question.when, *(way for line in question.lines for way in line.when)):
            for one in way:
                if isinstance(one, Told):
                    field = FIELDS[one.field]
                    assert field in FACTS[one.fact].fields
                    assert one.code is None or one.code in (field.choices or {})
                    words = set(SHEET.words.get(one.field, {}))
                    assert set(one.but) <= set(field.choices or {})
                    assert set(field.choices or {}) - {NONE} <= words | _untold(one)
                else:
                    item = INSTRUMENTS[one.instrument].by_id[one.item]
                    assert not isinstance(one, Rated) or one.at_least in item.anchors
                    assert not isinstance(one, Counted) or (item.share and one.count in item.share.counts)


def _untold(one: Told) -> set[str]:
    """Of a fact that is asked for one code alone the others are not told."""
    return set(FIELDS[one.field].choices or {}) if one.code else set()


@pytest.mark.parametrize(
    ("wrong", "instead", "said"),
    [
        ('at_least = 4 }, { instrument = "iop-ic", item = "one-plan"', "", "is not TOML"),
        ("One plan covers both.", "%(strange)s covers both.", "nothing fills"),
        ("One plan covers both.", "100 % of plans cover both.", "percent sign"),
        ('id   = "checked"', 'id   = "one-plan"', "twice"),
        ('of = "trained", code = "cbt" }]', 'of = "untrained" }]', "must not take an answer away"),
        ('asks      = "What if I use?"', "", "asks"),
    ],
)
def test_a_slip_in_the_data_is_told(wrong: str, instead: str, said: str) -> None:
    data = (paths.INSTRUMENTS / "answers" / "answers-1.0.toml").read_text(encoding="utf-8")
    assert wrong in data
    with pytest.raises(Faulty) as refused:
        read(data.replace(wrong, instead).encode())
    assert said in " ".join(fault.text for fault in refused.value.faults)


def test_a_translation_says_every_word_with_the_same_places() -> None:
    data = (paths.INSTRUMENTS / "answers" / "answers-1.0.es.toml").read_text(encoding="utf-8")
    assert _shape(words_of(translated(SHEET, data.encode(), "es"))) == _shape(words_of(SHEET))
    for wrong, instead in (
        ('crisis   = "¿Crisis', 'other    = "¿Crisis'),
        ("%(tracks)s", "%(track)s"),
        ("Solo en papel", "100 % papel"),
    ):
        assert wrong in data
        with pytest.raises(Faulty):
            translated(SHEET, data.replace(wrong, instead).encode(), "es")


def _shape(words: Any) -> Any:
    return {key: _shape(said) for key, said in words.items()} if isinstance(words, dict) else None


# --- The sheet as it is handed out ---

MOST: Said = {
    "telephone": "(503) 555-0142",
    "answers_address": "https://www.lamplit-tide.example.org/answers.html",
    **told(
        *("hours_scheduled", "days_a_week", "planned_stay_days", "shortest_stay_days", "longest_stay_days", "tracks"),
        *("payments", "cost_help", "video_parts", "wait_median", "wait_90", "after_positive"),
        hours_attended=10.5,
        session_caps="Thirty a year",
        preauthorization="all",
        video_forbidden="One of them",
        therapies=dict.fromkeys(FIELDS["therapies"].choices or {}, 2) | {"dbt": 0, "contingency": 0, "family": None},
        medicines_accepted=[c for c in FIELDS["medicines_accepted"].choices or {} if c not in (NONE, "any")],
    ),
}


def with_counts(id: str, usual: int, **about: Any) -> tuple[Instrument, Assessment]:
    instrument, rated = sealed(id, usual=usual, **about)
    lines = tuple(counted(id, item.id, 10 if usual == 5 else 8) for item in instrument.items if item.share)
    return instrument, replace(rated, evidence=(*rated.evidence, *lines))


def program(said: Said, name: str = "Lamplit Tide Evenings") -> Program:
    return Program("p", name, Agency("a", "Tern Rock"), said)


CASES: dict[str, Callable[[], Leaflet]] = {
    "all": lambda: leaflet(program(MOST), [with_counts("ddcat", 5), with_counts("iop-ic", 5)], TODAY),
    "all, mental health": lambda: leaflet(program(MOST), [with_counts("ddcmht", 5), with_counts("iop-ic", 5)], TODAY),
    "all at four": lambda: leaflet(program(MOST), [with_counts("ddcat", 4), with_counts("iop-ic", 4)], TODAY),
    "all, nothing counted": lambda: leaflet(
        program(MOST), [sealed("ddcat", usual=5), sealed("iop-ic", usual=3)], TODAY
    ),
    "facts alone": lambda: leaflet(program(MOST), [], TODAY),
    "ratings alone": lambda: leaflet(program({}), [sealed("ddcat", usual=5), sealed("iop-ic", usual=5)], TODAY),
    "nothing": lambda: leaflet(program({}), [], TODAY),
}


def text_of(sheet: Leaflet) -> str:
    """All that a patient reads, each piece ended as it reads."""
    said = [f"{sheet.program}.", f"{sheet.title}.", *(one.says for one in sheet.emergencies), *sheet.intro]
    for answer in sheet.answers:
        said += [answer.question.asks, *answer.sentences]
    return "\n".join([*said, sheet.true_until, sheet.out_of_date, *sheet.labels, f"{sheet.ask_us}."])


@pytest.mark.parametrize("case", CASES)
def test_everybody_who_reads_at_grade_8_can_read_it(case: str) -> None:
    text = text_of(CASES[case]())
    textstat.set_lang("en")
    assert textstat.coleman_liau_index(text) <= 8
    assert textstat.automated_readability_index(text) <= 8


@pytest.mark.parametrize("case", CASES)
def test_in_spanish_it_is_as_easy_to_read(case: str) -> None:
    with speaking("es"):
        text = text_of(CASES[case]())
    textstat.set_lang("es")
    try:
        assert textstat.fernandez_huerta(text) >= 70
    finally:
        textstat.set_lang("en")


HANDED = (
    *("ddcat/answers/leaflet.py", "ddcat/report/handing.py"),
    *("templates/paper/answers.html", "templates/paper/hosted.html", "templates/macros/answers.html"),
)
KEYWORDS = {"_": None, "later": None, "n_": (1, 2)}
WORDLESS = {"%(source)s, %(day)s"}


def test_no_word_of_the_sheet_stays_english_in_spanish() -> None:
    said = {message for file in HANDED for message in _messages(ROOT / file)} - WORDLESS
    assert "This page is out of date. Ask the program." in said
    with speaking("es"):
        assert sorted(one for one in said if _(one) == one) == []


def _messages(file: Path) -> Iterator[str]:
    """What a file says by way of the catalogue; plurals are for the staff alone."""
    method = "jinja2.ext:babel_extract" if file.suffix == ".html" else "python"
    with file.open("rb") as opened:
        for _line, said, *_more in extract(method, opened, keywords=KEYWORDS):
            if isinstance(said, str):
                yield said


def test_a_text_that_nobody_can_read_would_be_noticed() -> None:
    hard = "Institutional documentation demonstrates multidisciplinary pharmacotherapeutic coordination capabilities."
    textstat.set_lang("en")
    assert min(textstat.coleman_liau_index(hard), textstat.automated_readability_index(hard)) > 8


@pytest.mark.parametrize("language", ["en", "es"])
def test_in_the_longest_case_it_is_one_page_in_large_print(language: str) -> None:
    for content in _printed(language).values():
        pages = PdfReader(BytesIO(content)).pages
        assert len(pages) == 1
        assert min(_sizes(pages[0])) >= 14


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_print_is_as_large_as_the_page_allows(language: str) -> None:
    for content in _printed(language).values():
        page = PdfReader(BytesIO(content)).pages[0]
        assert _lowest(page) < 0.15 * float(page.mediabox.height), "less than a step of half a point is left"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_easier_to_read_would_not_fit(case: str, language: str) -> None:
    with speaking(language):
        sheet = CASES[case]()
        looks = [look.classes(points) for look in handing.LOOKS for points in look.sizes]
        easier = looks[: looks.index(handing.size(sheet))][-3:]
        html = report.leaflet(sheet)
        for look in easier:
            larger = report.pdf(html.replace(f'<main class="{handing.size(sheet)}">', f'<main class="{look}">'))
            page = PdfReader(BytesIO(larger)).pages
            assert len(page) == 2 or _lowest(page[0]) < 0.07 * float(page[0].mediabox.height), look


def test_every_size_of_print_is_known_to_both_styles() -> None:
    sheet = next(iter(CASES.values()))()
    for style in (report.leaflet(sheet), report.hosted(sheet)):
        for look in handing.LOOKS:
            for points in look.sizes:
                assert points == 14 or f".{look.classes(points).split()[1]} {{ font-size: {points:g}pt; }}" in style
            if look.name != "plain":
                assert f".{look.name} {{ line-height: {look.leading:g};" in style


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_screen_reader_can_read_the_pdf(language: str, refused: Any) -> None:
    assert refused(_printed(language)) == ""


@cache
def _printed(language: str) -> dict[str, bytes]:
    with speaking(language):
        return {f"{language}{n}": report.pdf(report.leaflet(case())) for n, case in enumerate(CASES.values())}


def _sizes(page: Any) -> list[float]:
    """How large each piece of text is, in points."""
    sizes: list[float] = []

    def visit(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        if text.strip():
            sizes.append(round(abs(outer[3] * inner[3]) * size, 2))

    page.extract_text(visitor_text=visit)
    return sizes


def _lowest(page: Any) -> float:
    """How far the lowest text is above the edge of the paper, in points."""
    heights: list[float] = []

    def visit(text: str, outer: list[float], inner: list[float], _font: Any, _size: float) -> None:
        if text.strip():
            heights.append(outer[3] * inner[5] + outer[5])

    page.extract_text(visitor_text=visit)
    return min(heights)


def test_the_same_record_makes_the_same_bytes() -> None:
    first, second = (report.pdf(report.leaflet(CASES["all"]())) for _n in range(2))
    assert first == second
    assert report.hosted(CASES["all"]()) == report.hosted(CASES["all"]())


def test_the_sheet_says_how_far_to_trust_it() -> None:
    outside = [with_counts("ddcat", 5, kind="external"), with_counts("iop-ic", 5, kind="external")]
    told = ("The facts are told by the program itself.", "Not validated; a structured self-check.")
    assert leaflet(program(MOST), outside, TODAY).labels == told
    assert leaflet(program({}), outside, TODAY).labels == told[1:]
    mixed = [outside[0], with_counts("iop-ic", 5, kind="self")]
    said = ("Rated by the program itself, not checked from outside.", "Not validated; a structured self-check.")
    assert leaflet(program(MOST), mixed, TODAY).labels == said
    assert CASES["facts alone"]().labels == ("The facts are told by the program itself.",)
    assert CASES["nothing"]().labels == ()
    only = leaflet(program({}), [sealed("ddcat", {"discharge-planning": 5}, kind="external")], TODAY)
    assert (only.n_confirmed, only.labels) == (1, ())


def test_the_hosted_file_asks_nobody_for_anything() -> None:
    page = report.hosted(CASES["all"]())
    assert re.findall(r"(?:src|href|action|url)\s*[=(]\s*[\"']?([^\"')\s>]+)", page) == [
        *("data:,", "tel:5035550142", "tel:988", "tel:911", "tel:911", "tel:5035550142"),
    ]
    assert "default-src 'none'" in unescape(page)
    assert "True until January 1, 2027. After that, ask." in page
    assert page.count("<script>") == page.count("<style>") == 1


def test_hostile_words_stay_words() -> None:
    hostile = "</script><script>alert(1)</script>%(name)s {{ 7 * 7 }}"
    said = MOST | {"telephone": hostile, "after_positive": [hostile, "talk"], "answers_address": f"https://{hostile}"}
    sheet = leaflet(program(said, hostile), [with_counts("ddcat", 5), with_counts("iop-ic", 5)], TODAY)
    for page in (report.hosted(sheet), report.leaflet(sheet)):
        assert "<script>alert" not in page
        assert "49" not in page
    assert (sheet.address, sheet.code) == ("", "")


def test_questions_stand_in_one_order_and_none_is_left_out() -> None:
    assert [question.id for question in SHEET.questions] == [
        *("together", "team", "hours", "therapies", "medicines-and-therapy"),
        *("aftercare", "my-medicine", "if-i-use", "cost"),
    ]
    for first, second in pairwise(ask([], {})):
        assert first != second


def test_the_document_says_what_each_answer_takes() -> None:
    text = (paths.INSTRUMENTS.parent / "docs" / "answers.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([^|]+\?) \| (.+) \|$", text, re.M))
    assert list(rows) == [question.asks for question in SHEET.questions]
    for question in SHEET.questions:
        for one in (one for way in question.when for one in way):
            if isinstance(one, Told):
                assert one.fact in rows[question.asks]
            elif isinstance(one, Rated):
                code = INSTRUMENTS[one.instrument].by_id[one.item].code
                assert f"{code} {one.at_least}" in rows[question.asks]
