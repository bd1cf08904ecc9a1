"""The demo: invented programs that hang together, filled once and cleared without a trace."""

import re
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from ddcat import demo, facts, scoring, shelf, store
from ddcat.progress import progress
from ddcat.records import Assessment, Program
from ddcat.store import agencies, assessments, people, programs

INSTRUMENT = shelf.find(demo.INSTRUMENT).instrument
CODES = {item.id: item.code for item in INSTRUMENT.items}
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


def _known(path: Path) -> Known:
    db = store.connect(path)
    with closing(db.conn):
        person = people.first(db)
        return {
            program.name: (program, assessments.of_program(db, person, program.ref))
            for program in programs.all(db, person)
        }


def _all(known: Known) -> list[Assessment]:
    return [assessment for _program, made in known.values() for assessment in made]


def test_three_agencies_run_five_programs(path: Path, known: Known) -> None:
    db = store.connect(path)
    with closing(db.conn):
        names = [agency.name for agency in agencies.all(db, people.first(db))]
    assert len(names) == 3
    assert all(name.endswith("(invented)") for name in names)
    assert {name: len(made) for name, (_program, made) in known.items()} == {
        "Lamplit Tide Evenings": 2,
        "Paper Lantern House": 1,
        "Morning Flood Clinic": 1,
        "Slack Water Outpatient": 2,
        "Foglight Withdrawal Unit": 0,
    }


@pytest.mark.parametrize(
    ("program", "at", "overall", "band", "criterion", "kind"),
    [
        ("Lamplit Tide Evenings", 0, "2.28", "AOS/DDC", "AOS", "self"),
        ("Lamplit Tide Evenings", 1, "3.08", "DDC", "AOS", "self"),
        ("Morning Flood Clinic", 0, "3.96", "DDC/DDE", "DDC", "external"),
        ("Slack Water Outpatient", 0, "1.65", "AOS", "AOS", "peer"),
        ("Slack Water Outpatient", 1, "1.61", "AOS", "AOS", "peer"),
    ],
)
def test_sealed_results_are_the_intended_ones(
    known: Known, program: str, at: int, overall: str, band: str, criterion: str, kind: str
) -> None:
    assessment = known[program][1][at]
    result = scoring.score(INSTRUMENT, assessment.ratings)
    assert assessment.is_sealed
    assert result.is_complete
    assert result.overall is not None
    assert f"{float(result.overall):.2f}" == overall
    assert (result.band, result.criterion.level, assessment.kind) == (band, criterion, kind)


def test_the_follow_up_is_one_item_short_of_the_criterion(known: Known) -> None:
    baseline, follow_up = known["Lamplit Tide Evenings"][1]
    assert scoring.score(INSTRUMENT, follow_up.ratings).criterion.counts["DDC"] == 27
    assert all(follow_up.ratings[item] >= rating for item, rating in baseline.ratings.items())
    assert (baseline.period, follow_up.period) == (1, 2)
    assert len(baseline.evidence) >= 12
    assert len(follow_up.evidence) >= 20


def test_the_draft_is_under_way(known: Known) -> None:
    (draft,) = known["Paper Lantern House"][1]
    far = progress(INSTRUMENT, draft.ratings)
    assert not draft.is_sealed
    assert far.n_rated == 20
    assert [part.number for part in far.parts if part.is_complete] == ["I", "II", "VII"]
    assert scoring.score(INSTRUMENT, draft.ratings).overall is not None
    assert draft.evidence.keys() - draft.ratings.keys(), "a note on an item that is not rated yet"


def test_one_assessment_is_amended(known: Known) -> None:
    first, second = known["Slack Water Outpatient"][1]
    changed = {CODES[item] for item, rating in first.ratings.items() if second.ratings[item] != rating}
    assert changed == {"IIIG", "IVC"}
    assert (first.amended_by, second.amends, second.edition) == (second.ref, first.ref, 2)
    assert "wrong shift" in second.reason
    assert second.is_sealed
    assert all(first.evidence[item] != second.evidence[item] for item in ("stage-assessment", "crisis"))


def test_every_rating_is_anchored(known: Known) -> None:
    for assessment in _all(known):
        for item, rating in assessment.ratings.items():
            assert rating in INSTRUMENT.by_id[item].anchors, (assessment.program, CODES[item])


def test_counts_in_evidence_allow_the_rating(known: Known) -> None:
    for assessment in _all(known):
        for item in INSTRUMENT.items:
            rating = assessment.ratings.get(item.id)
            counts = re.findall(r"(\d+) of (\d+)", assessment.evidence.get(item.id, ""))
            if item.share is None or rating is None or not counts or len(item.share.counts) > 1:
                continue
            part, whole = map(int, counts[0])
            (count,) = item.share.counts
            reached = [
                step
                for step, floor in item.share.floors.items()
                if (part > 0 if floor[count] == "some" else 100 * part >= int(floor[count]) * whole)
            ]
            assert rating == max(reached, default=1), (assessment.program, item.code)


def test_evidence_is_short_and_names_no_rater(known: Known) -> None:
    for assessment in _all(known):
        names = set(re.findall(r"[A-Z][a-z]+", (assessment.rater or "").split(",")[0]))
        for item, text in assessment.evidence.items():
            assert 20 < len(text) < 200, (assessment.program, CODES[item])
            assert not names & set(re.findall(r"\w+", text)), (assessment.program, CODES[item])


def test_facts_are_those_of_the_cover_sheet(known: Known) -> None:
    for program, made in known.values():
        _check_facts(facts.AGENCY, program.agency.facts)
        _check_facts(facts.PROGRAM, program.facts)
        for assessment in made:
            _check_facts(facts.AGENCY + facts.PROGRAM, assessment.facts)
            _check_facts(facts.COVER, assessment.cover)
            assert assessment.kind in facts.KINDS
            assert assessment.kind == "self" or assessment.cover["chart_agreement"] is True


def _check_facts(blocks: tuple[facts.Block, ...], kept: facts.Facts) -> None:
    fields = {field.name: field for field in facts.fields(blocks)}
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
            case "number":
                assert type(value) is int
                assert value >= 0
            case "hours":
                assert type(value) is float
                assert value > 0
            case "yes":
                assert value is True
            case _:
                assert isinstance(value, str)
                assert value.strip()


def test_contacts_can_reach_nobody() -> None:
    story = (Path(demo.__file__).with_name("demo.toml")).read_text(encoding="utf-8")
    for agency in tomllib.loads(story)["agency"]:
        for program in agency["program"]:
            told = program["facts"]
            assert told["state"] == "State of Elsewhere"
            assert told["email"].endswith("@example.org")
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
