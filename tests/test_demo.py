"""The demo: invented programs that hang together, filled once and cleared without a trace."""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from ddcat import (
    answers,
    checks,
    demo,
    display,
    evidence,
    facts,
    facts_sheet,
    identifiers,
    panel,
    passwords,
    pooling,
    scoring,
    shelf,
    store,
)
from ddcat.demo import story
from ddcat.instrument import Instrument
from ddcat.progress import progress
from ddcat.records import Assessment, Program, Rater
from ddcat.store import agencies, assessments, kept, people, programs, raters, releases
from ddcat.verifying import Verification

INSTRUMENT = shelf.find(demo.INSTRUMENT).instrument
VOLUMES = {volume.checksum: volume for volume in map(shelf.find, ("ddcat@4.0", "ddcmht@4.0", "iop-ic@1.0"))}
CODES = {item.id: item.code for volume in VOLUMES.values() for item in volume.instrument.items}
TODAY = "2026-11-22"
TOLD_IN_SHORT = {
    program["name"] for agency in story.everything()["agency"] for program in agency["program"] if "years" in program
}
"""Programs of which ratings are told, year by year, and no more."""
IOP = "Lamplit Tide Evenings"
Known = dict[str, tuple[Program, list[Assessment]]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that was filled."""
    path = store.file(tmp_path_factory.mktemp("demo"))
    store.migrate(path)
    demo.fill(path)
    return path


@pytest.fixture(scope="module")
def known(path: Path) -> Known:
    """Every program of the demo with its assessments, by name."""
    return _known(path)


def _known(path: Path, who: str = "Morgan Invented") -> Known:
    """What this person sees: the administrator directs every agency."""
    db = store.connect(path)
    with closing(db.conn):
        person = next(one for one in people.all(db) if one.name == who)
        return {
            program.name: (program, assessments.of_program(db, person, program.ref))
            for program in programs.all(db, person)
        }


def _alone(path: Path, who: str) -> Assessment:
    """The draft that is rated alone, as one of its raters sees it."""
    db = store.connect(path)
    with closing(db.conn):
        person = next(one for one in people.all(db) if one.name == who)
        (draft,) = [one for one in assessments.named(db, person) if one.is_alone]
        return draft


@pytest.fixture(scope="module")
def every(path: Path, known: Known) -> list[Assessment]:
    """Every assessment; what is rated alone as each of its raters sees it."""
    told = [made for name, (_program, made) in known.items() if name not in TOLD_IN_SHORT]
    seen = [assessment for made in told for assessment in made if not assessment.is_alone]
    return [*seen, _alone(path, "Sasha Sample"), _alone(path, "Noor Nowhere")]


def _rater(assessment: Assessment, name: str) -> Rater:
    (rater,) = [one for one in assessment.raters if one.name == name]
    return rater


def _found(assessment: Assessment) -> tuple[checks.Finding, ...]:
    volume = VOLUMES[assessment.checksum]
    return checks.findings(volume.instrument, volume.guide, assessment, TODAY)


def _instrument(assessment: Assessment) -> Instrument:
    return VOLUMES[assessment.checksum].instrument


def test_six_agencies_run_nineteen_programs(path: Path, known: Known) -> None:
    db = store.connect(path)
    with closing(db.conn):
        names = [agency.name for agency in agencies.all(db, people.first(db))]
    assert len(names) == 6
    assert all(name.endswith("(invented)") for name in names)
    assert {name: len(made) for name, (_program, made) in known.items()} == {
        "Lamplit Tide Evenings": 3,
        "Paper Lantern House": 1,
        "Morning Flood Clinic": 1,
        "Slack Water Outpatient": 3,
        "Foglight Withdrawal Unit": 0,
        "Marsh Lantern Day Group": 1,
        "Curlew Point Outpatient": 3,
        "Harrier House": 3,
        "Tern Rock Intensive": 3,
        "Eelgrass Evenings": 3,
        "Sandglass Opioid Program": 3,
        "Saltmarsh Day Program": 3,
        "Lowtide Withdrawal": 3,
        "Plover Lane Outpatient": 3,
        "Ebbstone Intensive": 3,
        "Halfmoon Reef Evenings": 3,
        "Inkwater Outpatient": 3,
        "Thistledown Quay House": 4,
        "Fogbell Counseling Rooms": 2,
    }


def test_twelve_programs_of_three_agencies_were_rated_year_by_year(known: Known) -> None:
    yearly = {
        name: (program, sorted({one.assessed_on[:4] for one in made if one.is_sealed}))
        for name, (program, made) in known.items()
        if name in TOLD_IN_SHORT and INSTRUMENT is _instrument(made[0])
    }
    assert len(yearly) == 12
    assert len({program.agency.ref for program, _years in yearly.values()}) == 3
    assert all({"2024", "2025", "2026"} <= set(years) for _program, years in yearly.values())
    assert len({program.facts["state"] for program, _years in yearly.values()}) == 3
    for name in yearly:
        kinds = Counter(one.kind for one in known[name][1]).most_common()
        assert len(kinds) == 1 or kinds[0][1] > kinds[1][1], name


def test_peers_of_intensive_outpatient_programs_are_released(path: Path, known: Known) -> None:
    db = store.connect(path)
    with closing(db.conn):
        assert releases.last(db) == story.RELEASED
        found = releases.shown(db, demo.INSTRUMENT, pooling.LEVEL, "addiction-2.1")
        others = releases.shown(db, demo.INSTRUMENT, pooling.LEVEL, "addiction-1")
    assert found is not None
    quarter, peers = found
    assert (quarter, peers.n, peers.n_agencies) == (story.RELEASED, 5, 4)
    assert others is None, "a group that is left out says so on its page"
    of_group = [program.name for program, _made in known.values() if program.facts.get("level_addiction") == ["2.1"]]
    assert sorted(of_group) == [
        "Ebbstone Intensive",
        "Eelgrass Evenings",
        "Halfmoon Reef Evenings",
        IOP,
        "Tern Rock Intensive",
    ]


def test_what_counts_for_a_release_was_sealed_before_the_quarter_ended(known: Known) -> None:
    for _program, made in known.values():
        for one in made:
            if one.is_sealed:
                assert one.assessed_on < str(one.sealed_at)[:10] < pooling.ended_on(story.RELEASED), one.program


def test_the_mental_health_program_has_a_result_by_its_own_instrument(known: Known) -> None:
    _program, made = known["Fogbell Counseling Rooms"]
    newest = made[-1]
    assert _instrument(newest).name == "ddcmht@4.0"
    result = scoring.score(_instrument(newest), newest.ratings)
    assert result.is_complete
    assert display.score(_instrument(newest), result.overall) == "2.46"
    assert result.band == "MHOS/DDC"


# The intensive outpatient program with everything a patient may ask about


def test_the_checklist_fails_where_nothing_carries_the_rating(known: Known) -> None:
    checklist = known[IOP][1][1]
    instrument = _instrument(checklist)
    assert instrument.name == "iop-ic@1.0"
    assert checklist.is_sealed
    carried = evidence.as_evidenced(instrument, checklist)
    less = {
        CODES[item]: (rating, carried[item]) for item, rating in checklist.ratings.items() if carried[item] < rating
    }
    assert less == {"M5": (3, 1), "T4": (3, 2)}
    assert scoring.score(instrument, checklist.ratings).is_complete


def test_the_fact_sheet_is_complete_with_one_old_fact_and_one_flag(known: Known) -> None:
    program, made = known[IOP]
    told = facts_sheet.known(program.facts, date.fromisoformat(TODAY))
    assert [code for code, fact in told.items() if not fact.is_vouched] == []
    assert [code for code, fact in told.items() if fact.is_old] == ["F10"]
    newest = facts_sheet.newest([(_instrument(one).id, one.ratings) for one in made])
    assert [(flag.rule, flag.fact) for flag in facts_sheet.flags(program.facts, newest)] == [("untrained", "F12")]


def test_the_answer_sheet_confirms_five_of_nine_questions(known: Known) -> None:
    program, made = known[IOP]
    record = answers.record([(_instrument(one), one) for one in made], program.facts, date.fromisoformat(TODAY))
    told = answers.answers(answers.sheet("en"), record)
    assert [answer.question.id for answer in told if answer.is_confirmed] == [
        "hours",
        "therapies",
        "aftercare",
        "my-medicine",
        "if-i-use",
    ]
    assert len(told) == 9


def test_everybody_logs_in_with_the_one_password(path: Path) -> None:
    db = store.connect(path)
    with closing(db.conn):
        for person in people.all(db):
            assert passwords.fits(people.account(db, person).password, demo.PASSWORD), person.name
            assert person.login == f"{person.name.split()[0].lower()}@example.org"


@pytest.mark.parametrize(
    ("program", "at", "kind", "rated", "evidenced"),
    [
        ("Lamplit Tide Evenings", 0, "self", "2.28 AOS/DDC AOS", "1.72 AOS AOS"),
        ("Lamplit Tide Evenings", 2, "self", "3.08 DDC AOS", "2.997 AOS/DDC AOS"),
        ("Morning Flood Clinic", 0, "external", "3.96 DDC/DDE DDC", "3.93 DDC/DDE DDC"),
        ("Slack Water Outpatient", 0, "peer", "1.65 AOS AOS", "1.41 AOS AOS"),
        ("Slack Water Outpatient", 1, "peer", "1.61 AOS AOS", "1.38 AOS AOS"),
    ],
)
def test_sealed_results_are_the_intended_ones(
    known: Known, program: str, at: int, kind: str, rated: str, evidenced: str
) -> None:
    assessment = known[program][1][at]
    assert assessment.is_sealed
    assert assessment.kind == kind
    assert _said(scoring.score(INSTRUMENT, assessment.ratings)) == rated
    assert _said(evidence.result(INSTRUMENT, assessment)) == evidenced


def _said(result: scoring.Result) -> str:
    assert result.is_complete
    assert result.overall is not None
    assert result.criterion is not None
    return f"{display.score(INSTRUMENT, result.overall)} {result.band} {result.criterion.level}"


def test_the_follow_up_is_one_item_short_of_the_criterion(known: Known) -> None:
    baseline, _checklist, follow_up = known[IOP][1]
    criterion = scoring.score(INSTRUMENT, follow_up.ratings).criterion
    assert criterion is not None
    assert criterion.counts["DDC"] == 27
    assert all(follow_up.ratings[item] >= rating for item, rating in baseline.ratings.items())
    assert (baseline.period, follow_up.period) == (1, 2)


def test_as_evidenced_it_is_just_short_of_capable_too(known: Known) -> None:
    result = evidence.result(INSTRUMENT, known[IOP][1][-1])
    assert str(result.overall) == "1469/490"
    assert result.criterion is not None
    assert result.criterion.counts["DDC"] == 25


def test_two_raters_agreed_on_the_follow_up_after_rating_alone(known: Known) -> None:
    follow_up = known[IOP][1][-1]
    leader, staff = _rater(follow_up, "Robin Example"), _rater(follow_up, "Sasha Sample")
    assert (leader.stands, leader.state, staff.stands, staff.state) == ("leader", "submitted", "staff", "submitted")
    assert follow_up.is_consensus
    assert follow_up.ratings == demo.ratings(INSTRUMENT, "3342 34 4334333 3332343222 32323 33342 43")
    apart = panel.differences(INSTRUMENT, follow_up)
    assert Counter(one.spread for one in apart) == {1: 11, 2: 2}
    assert sum(one.given[leader.ref] > one.given[staff.ref] for one in apart) == 11
    assert {one.item.id for one in apart} == set(follow_up.why)
    for one in apart:
        assert min(one.given.values()) <= follow_up.ratings[one.item.id] <= max(one.given.values()), one.item.code
    assert Counter(line.of_meeting for line in follow_up.evidence) == {False: 37, True: 2}
    assert {line.by for line in follow_up.evidence} == {leader.ref, staff.ref}


def test_the_draft_rated_alone_shows_each_rater_her_own_and_the_director_nothing(path: Path) -> None:
    ((_program, (draft,)),) = [
        (program, made) for program, made in _known(path, "Robin Example").values() if made[0].is_alone
    ]
    assert (draft.ratings, draft.why, draft.evidence) == ({}, {}, ())
    assert [(rater.stands, rater.state, rater.due_on) for rater in draft.raters] == [
        ("outside", "", "2026-12-04"),
        ("staff", "", "2026-12-04"),
    ]
    sasha, noor = _alone(path, "Sasha Sample"), _alone(path, "Noor Nowhere")
    assert [_rater(sasha, name).state for name in ("Sasha Sample", "Noor Nowhere")] == ["in progress", ""]
    assert [_rater(noor, name).state for name in ("Sasha Sample", "Noor Nowhere")] == ["", "submitted"]
    far = progress(INSTRUMENT, sasha.ratings)
    assert far.n_rated == 20
    assert [part.number for part in far.parts if part.is_complete] == ["I", "II", "VII"]
    assert sasha.why.keys() - sasha.ratings.keys(), "a note on an item that is not rated yet"
    assert progress(INSTRUMENT, noor.ratings).is_complete


def test_a_third_is_agreed_in_the_meeting(known: Known) -> None:
    (draft,) = known["Marsh Lantern Day Group"][1]
    apart = {one.item.id: one.spread for one in panel.differences(INSTRUMENT, draft)}
    assert draft.is_consensus
    assert not draft.is_sealed
    assert [(rater.stands, rater.state) for rater in draft.raters] == [
        ("staff", "submitted"),
        ("leader", "submitted"),
    ]
    assert (len(apart), max(apart.values()), len(draft.ratings)) == (13, 2, 12)
    assert apart.keys() & draft.ratings.keys() == set(draft.why)
    assert len(draft.why) == 4


def test_shared_dimensions_await_an_answer_and_changes(path: Path, known: Known) -> None:
    follow_up = known["Slack Water Outpatient"][1][2]
    noor, sasha = _rater(follow_up, "Noor Nowhere"), _rater(follow_up, "Sasha Sample")
    assert not follow_up.is_blind
    assert (noor.state, sasha.state) == ("submitted", "changes requested")
    assert "VA" in sasha.note
    assert set(noor.items) | set(sasha.items) == set(INSTRUMENT.by_id)
    assert {follow_up.origins[item].by for item in noor.items} == {noor.ref}
    assert {follow_up.origins[item].by for item in sasha.items} == {sasha.ref}
    db = store.connect(path)
    with closing(db.conn):
        dana = next(one for one in people.all(db) if one.name == "Dana Notreal")
        assert [one.ref for one in raters.awaiting(db, dana)] == [follow_up.ref]


def test_one_assessment_is_amended(known: Known) -> None:
    first, second = known["Slack Water Outpatient"][1][:2]
    changed = {CODES[item] for item, rating in first.ratings.items() if second.ratings[item] != rating}
    assert changed == {"IIIG", "IVC"}
    assert (first.amended_by, second.amends, second.edition) == (second.ref, first.ref, 2)
    assert "wrong shift" in second.reason
    assert second.is_sealed
    for item in INSTRUMENT.by_id:
        texts = [[line.seen for line in one.of(item)] for one in (first, second)]
        assert (texts[0] != texts[1]) == (CODES[item] in changed), CODES[item]


def test_every_rating_is_anchored(every: list[Assessment]) -> None:
    for assessment in every:
        for said in (assessment.ratings, *(rater.ratings for rater in assessment.raters)):
            for item, rating in said.items():
                assert rating in _instrument(assessment).by_id[item].anchors, (assessment.program, CODES[item])


def test_every_rating_told_in_short_is_anchored(known: Known) -> None:
    for name in TOLD_IN_SHORT:
        for assessment in known[name][1]:
            anchors = {item.id: item.anchors for item in _instrument(assessment).items}
            assert all(rating in anchors[item] for item, rating in assessment.ratings.items()), name


def test_counts_allow_the_rating(every: list[Assessment]) -> None:
    for assessment in every:
        for item in _instrument(assessment).items:
            over = evidence.above(item, assessment.ratings.get(item.id), assessment.of(item.id))
            assert not over, (assessment.program, item.code)


def test_shares_are_counted_wherever_a_sealed_rating_rests_on_one(every: list[Assessment]) -> None:
    for assessment in every:
        for item in _instrument(assessment).items:
            lines = assessment.of(item.id)
            if assessment.is_sealed and item.share and lines:
                assert any(evidence.limit(item, line) for line in lines), (assessment.program, item.code)


def test_a_count_stands_in_its_numbers_and_not_in_its_sentence(every: list[Assessment]) -> None:
    for assessment in every:
        for line in assessment.evidence:
            assert not re.search(r"\d+ of \d+", line.seen), line.seen
            assert (line.finding == "count") == bool(line.counts) == bool(line.n)
            if line.counts:
                assert evidence.kind(line) == "count"


def test_checks_refuse_nothing_and_every_answer_answers_one(every: list[Assessment]) -> None:
    for assessment in every:
        found = _found(assessment)
        assert not [one.text for one in found if one.severity == checks.REFUSES], assessment.program
        assert assessment.answers.keys() <= {one.key for one in found if one.severity == checks.ASKS}


@pytest.mark.parametrize(
    ("program", "at", "asked", "unanswered"),
    [
        ("Lamplit Tide Evenings", 0, ["above-evidence"], []),
        (
            "Lamplit Tide Evenings",
            2,
            ["above-evidence", "sources-disagree", "unsupported", "sources-disagree"],
            ["unsupported"],
        ),
        ("Lamplit Tide Evenings", 1, ["unsupported"], []),
        ("Morning Flood Clinic", 0, [], []),
        ("Slack Water Outpatient", 1, [], []),
        ("Slack Water Outpatient", 2, ["above-evidence"], ["above-evidence"]),
        ("Marsh Lantern Day Group", 0, [], []),
    ],
)
def test_checks_ask_what_was_mostly_answered(
    known: Known, program: str, at: int, asked: list[str], unanswered: list[str]
) -> None:
    assessment = known[program][1][at]
    found = _found(assessment)
    assert [one.rule for one in found if one.severity == checks.ASKS] == asked
    assert [one.rule for one in checks.unanswered(found, assessment.answers)] == unanswered


def test_evidence_is_drawn_from_the_sources_of_the_cover_sheet(every: list[Assessment]) -> None:
    known = {code for kind in evidence.SOURCES.values() for code in kind}
    for assessment in every:
        assert {line.source for line in assessment.evidence} <= known
        ticked = assessment.cover["sources"]
        assert isinstance(ticked, list)
        if assessment.is_sealed:
            assert set(evidence.sources(assessment.evidence)) <= set(ticked), assessment.program


def test_evidence_was_seen_during_the_visit(every: list[Assessment]) -> None:
    for assessment in every:
        begin = date.fromisoformat(assessment.assessed_on)
        for line in assessment.evidence:
            assert begin <= date.fromisoformat(line.seen_on) <= begin + timedelta(days=4), assessment.program
            assert line.seen_on == assessment.assessed_on or assessment.cover["visit_dates"]
            assert line.place


def test_texts_are_short_and_name_nobody(path: Path, every: list[Assessment]) -> None:
    db = store.connect(path)
    with closing(db.conn):
        names = {person.name.split()[0] for person in people.all(db)}
    for assessment in every:
        names |= set(re.findall(r"([A-Z][a-z]+) [A-Z][a-z]+", (assessment.rater or "").split(",")[0]))
        reasons = [assessment.why, *(rater.why for rater in assessment.raters)]
        texts = [text for why in reasons for text in why.values()]
        texts += [answer.text for answer in assessment.answers.values()]
        texts += [text for line in assessment.evidence for text in (line.seen, line.place)]
        for text in texts:
            assert len(text) < 200, text
            assert not names & set(re.findall(r"\w+", text)), text
            assert not identifiers.suspicions(text), text


def test_everything_verifies(path: Path) -> None:
    with kept.reading(path) as db:
        verification = Verification(kept.everything(db))
        assert list(verification) == []
    assert verification.n_records == 45


def test_facts_are_those_of_the_cover_sheet(known: Known) -> None:
    for program, made in known.values():
        _check_facts(facts.AGENCY, program.agency.facts)
        _check_facts(facts.PROGRAM, program.facts, facts_sheet.FIELDS)
        for assessment in made:
            _check_facts(facts.AGENCY + facts.PROGRAM, assessment.facts)
            _check_facts(facts.COVER, assessment.cover)
            assert assessment.kind in facts.KINDS
            assert assessment.kind == "self" or assessment.cover["chart_agreement"] is True


def _check_facts(
    blocks: tuple[facts.Block, ...], kept: facts.Facts, more: Mapping[str, facts.Field] | None = None
) -> None:
    fields = {field.name: field for field in facts.fields(blocks)} | dict(more or {})
    for name, value in kept.items():
        field = fields[name]
        codes = set(field.choices or {})
        match field.kind:
            case "choices":
                assert isinstance(value, list)
                assert value
                assert set(value) <= codes
            case "choice":
                assert value in codes
            case "number" | "weeks":
                assert type(value) is int
                assert value >= 0
            case "hours":
                assert type(value) is float
                assert value > 0
            case "counts" | "days":
                assert isinstance(value, dict)
                assert value.keys() <= codes
            case "share":
                assert isinstance(value, dict)
                assert 0 <= value["count"] <= value["of"]
            case "day":
                assert date.fromisoformat(str(value)) <= date.fromisoformat(TODAY)
            case "yes":
                assert value is True
            case _:
                assert isinstance(value, str)
                assert value.strip()


def test_contacts_can_reach_nobody() -> None:
    for agency in story.everything()["agency"]:
        for program in agency["program"]:
            told = program["facts"]
            assert told["state"] in ("State of Elsewhere", "State of Nowhere Else", "State of Makebelieve")
            assert told.get("email", "x@example.org").endswith("@example.org")
            assert all(told[name].startswith("555-01") for name in ("telephone", "fax") if name in told)


def test_marks_must_cover_the_paper() -> None:
    with pytest.raises(ValueError, match="zip"):
        demo.ratings(INSTRUMENT, "3333 33")


def test_filling_again_changes_nothing(path: Path, known: Known) -> None:
    demo.fill(path)
    assert _known(path) == known


def test_clear_removes_the_database_only(tmp_path: Path) -> None:
    path = store.file(tmp_path)
    store.migrate(path)
    kept = [tmp_path / "notes.txt", tmp_path / "backups" / "ddcat-old.sqlite"]
    for file in kept:
        file.parent.mkdir(exist_ok=True)
        file.write_text("kept")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).touch()
    demo.clear(tmp_path)
    assert sorted(file for file in tmp_path.rglob("*") if file.is_file()) == sorted(kept)
    demo.clear(tmp_path)
    demo.clear(tmp_path / "nowhere")
