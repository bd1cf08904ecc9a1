"""The fast path says what the exact path says, of every profile; stored results and roll-ups stand on it."""

import json
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from ddcat import cli, comparing, demo, rescoring, scoring, seal, shelf, store, verifying
from ddcat.access import Role
from ddcat.instrument import Instrument
from ddcat.records import Assessment, Person
from ddcat.rescoring import NONE, UNRATED
from ddcat.rollup import OVERALL, Rollup, Scores, read, rolled, rollup
from ddcat.scoring import Ratings
from ddcat.store import agencies, arrays, assessments, people, programs, roles, saving, sealing
from ddcat.store.saving import Change

FILE = Path(__file__).parent / "instruments" / "lantern-1.0.toml"
LANTERN = (shelf.checksum(FILE.read_bytes()), "lantern@1.0", FILE.read_bytes())


def long() -> Instrument:
    """Lantern with 43 items more at the door: no 64 bits hold the units of its scores."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    door = told["dimension"][0]["item"]
    door += [door[1] | {"id": f"hook-{n}", "code": f"H{n}"} for n in range(43)]
    return Instrument.model_validate(told)


INSTRUMENTS = {
    "lantern": shelf.parse(FILE.read_bytes()),
    "candle": shelf.parse(FILE.with_name("candle-1.0.toml").read_bytes()),
    "ddcat": shelf.find("ddcat@4.0").instrument,
    "long": long(),
}


def profiles(instrument: Instrument) -> st.SearchStrategy[list[Ratings]]:
    """Several assessments, complete or not, all of them with any rating of the scale, anchored or not."""
    rating = st.sampled_from(list(instrument.rating.values))
    whole = st.fixed_dictionaries({item.id: rating for item in instrument.items})
    part = st.fixed_dictionaries({}, optional={item.id: rating for item in instrument.items})
    alike = rating.map(lambda same: dict.fromkeys(instrument.by_id, same))
    return st.lists(whole | part | alike, max_size=6)


def array(instrument: Instrument, several: list[Ratings]) -> Any:
    rows = [[ratings.get(item.id, UNRATED) for item in instrument.items] for ratings in several]
    return np.array(rows, dtype=np.int8).reshape(len(several), len(instrument.items))


@pytest.mark.parametrize("name", INSTRUMENTS)
@given(data=st.data())
def test_the_fast_path_gives_what_the_exact_path_gives(name: str, data: st.DataObject) -> None:
    instrument = INSTRUMENTS[name]
    several = data.draw(profiles(instrument))
    fast = rescoring.rescored(instrument, array(instrument, several))
    bands, levels = [band.code for band in instrument.bands], list(instrument.levels)
    for at, ratings in enumerate(several):
        exact = scoring.score(instrument, ratings)
        assert fast.n_rated[at] == exact.n_rated
        assert fast.dimensions.n_rated[:, at].tolist() == [score.n_rated for score in exact.dimensions]
        sums = [score.value * score.n_rated if score.value is not None else 0 for score in exact.dimensions]
        assert fast.dimensions.sums[:, at].tolist() == sums
        if exact.criterion is None:
            assert (fast.counts.size, fast.level[at]) == (0, NONE)
        else:
            assert fast.counts[:, at].tolist() == list(exact.criterion.counts.values())
            assert levels[fast.level[at]] == exact.criterion.level
        if exact.overall is None:
            assert fast.band[at] == NONE
        else:
            assert bands[fast.band[at]] == exact.band
            assert int(fast.overall[at]) == exact.overall * fast.units


@pytest.mark.parametrize("name", INSTRUMENTS)
@given(data=st.data())
def test_the_text_of_a_result_is_the_one_that_the_store_keeps(name: str, data: st.DataObject) -> None:
    instrument = INSTRUMENTS[name]
    several = data.draw(profiles(instrument))
    lowest = {item.id: item.ratings[0] for item in instrument.items}
    bare = [{item: min(rating, lowest[item]) for item, rating in ratings.items()} for ratings in several]
    texts = rescoring.texts(instrument, array(instrument, several), array(instrument, bare))
    kept = [verifying.result(instrument, Assessment("", "", ratings=ratings)) for ratings in several]
    assert texts == [seal.canonical(result).decode() for result in kept]


def test_a_score_just_under_a_band_stays_under_it() -> None:
    """One item short of a mean of 3 in the largest dimension: 3 - 1/70, and by thirds and sevenths never 3."""
    real = INSTRUMENTS["ddcat"]
    just_under = {item.id: 3 for item in real.items} | {real.dimensions[3].items[0].id: 2}
    fast = rescoring.rescored(real, array(real, [just_under, {item.id: 3 for item in real.items}]))
    assert [real.bands[place].code for place in fast.band] == ["AOS/DDC", "DDC"]


@pytest.mark.parametrize("rating", [0, 6, -1, 127])
def test_a_rating_that_the_instrument_does_not_have_is_refused(rating: int) -> None:
    with pytest.raises(ValueError, match=r"lantern@1\.0"):
        rescoring.rescored(INSTRUMENTS["lantern"], np.array([[1, rating, 3]], dtype=np.int8))


# Stored results, worked out again


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo: evidence, raters who rated alone, amendments, an action plan."""
    folder = tmp_path_factory.mktemp("demo")
    demo.prepare(store.file(folder))
    return folder


@pytest.fixture
def folder(told: Path, tmp_path: Path) -> Path:
    with closing(sqlite3.connect(store.file(told))) as source, closing(sqlite3.connect(store.file(tmp_path))) as copy:
        source.backup(copy)
    return tmp_path


@pytest.fixture
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    """The same database, by somebody with the file."""
    with closing(sqlite3.connect(store.file(folder), isolation_level=None)) as connection:
        yield connection


def verify(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(cli.main, ["verify", "--results", "--data", str(folder), *more])


def sealed(raw: sqlite3.Connection, where: str = "1") -> tuple[int, str]:
    """Id and ref of a sealed assessment."""
    found: tuple[int, str] = raw.execute(
        f"SELECT id, ref FROM assessment WHERE sealed_at IS NOT NULL AND {where} ORDER BY id LIMIT 1"
    ).fetchone()
    return found


def bare(db: Database, person: Person, values: dict[str, int], **about: Any) -> str:
    """A sealed assessment of lantern without evidence; its ref."""
    program = programs.all(db, person)[0].ref if "program" not in about else about.pop("program")
    said: dict[str, Any] = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Kim", "period": 1} | about
    ref = assessments.start(db, person, program, LANTERN, **said)
    return finish(db, person, ref, values)


def finish(db: Database, person: Person, ref: str, values: dict[str, int]) -> str:
    now = assessments.get(db, person, ref)
    saving.save(db, person, ref, {id: Change(value, "", now.said(id).revision) for id, value in values.items()})
    draft = assessments.get(db, person, ref)
    record = verifying.record(INSTRUMENTS["lantern"], draft, by=person.ref, at=store.now())
    sealing.seal(db, person, draft, record)
    return ref


def rated(first: int, coat: int, plate: int) -> dict[str, int]:
    return {"first-words": first, "coat-rack": coat, "second-plate": plate}


@pytest.fixture
def house(db: Database, person: Person) -> str:
    """The only program, of an agency in a state; its ref."""
    agency = agencies.add(db, person, "Rosewood", {})
    return programs.add(db, person, agency.ref, "Day house", {"state": "VT"}).ref


def test_every_result_of_the_demo_is_worked_out_again(folder: Path, raw: sqlite3.Connection) -> None:
    (n,) = raw.execute("SELECT count(*) FROM assessment WHERE sealed_at IS NOT NULL").fetchone()
    done = verify(folder)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"Worked out again: {n} results, without records and trail; all are as stored.\n"


def test_a_changed_rating_is_named_with_all_that_it_would_change(folder: Path, raw: sqlite3.Connection) -> None:
    id, ref = sealed(raw, "is_blind = 0")
    raw.execute("UPDATE rating SET value = 6 - value WHERE assessment_id = ? AND value != 3", [id])
    done = verify(folder)
    assert done.exit_code == 1
    assert f"assessment {ref}: result/overall: differs from the result worked out again" in done.stderr
    assert {line.split(": ")[0] for line in done.stderr.splitlines()[:-1]} == {f"assessment {ref}"}


@pytest.mark.parametrize("name", ["band", "overall", "n_items", "criterion/level", "evidenced/band", "focus/welcome"])
def test_a_changed_result_without_evidence_is_named(
    name: str, db: Database, person: Person, house: str, tmp_path: Path
) -> None:
    refs = [bare(db, person, rated(1, 3, 5)) for _ in range(3)]
    (text,) = db.execute("SELECT result FROM assessment WHERE ref = ?", [refs[1]]).fetchone()
    result = json.loads(text)
    *way, last = name.split("/")
    inner = result
    for step in way:
        inner = inner[step]
    inner[last] = "4"
    with store.writing(db):
        db.execute("UPDATE assessment SET result = ? WHERE ref = ?", [json.dumps(result), refs[1]])
    done = verify(tmp_path)
    assert done.stderr.splitlines() == [
        f"assessment {refs[1]}: result/{name}: differs from the result worked out again",
        "1 difference in 3 results.",
    ]


@pytest.mark.parametrize("result", ["", "[]", "{}", '{"band":'])
def test_a_result_that_is_none_is_named(
    result: str, db: Database, person: Person, house: str, tmp_path: Path
) -> None:
    ref = bare(db, person, rated(1, 3, 5))
    with store.writing(db):
        db.execute("UPDATE assessment SET result = ? WHERE ref = ?", [result, ref])
    done = verify(tmp_path)
    assert done.exit_code == 1
    assert f"assessment {ref}: result" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE rating SET value = 12 WHERE item = 'coat-rack'",
        "UPDATE rating SET value = -1 WHERE item = 'coat-rack'",
        "UPDATE rating SET value = 0 WHERE item = 'coat-rack'",
        "UPDATE rating SET value = NULL WHERE item = 'coat-rack'",
        "UPDATE rating SET item = 'no such item' WHERE item = 'coat-rack'",
        "UPDATE rating SET item = 'no,such' WHERE item = 'coat-rack'",
        "DELETE FROM rating WHERE item = 'coat-rack'",
        "DELETE FROM rating",
    ],
)
def test_ratings_that_nobody_gave_through_the_program_are_named(
    change: str, db: Database, person: Person, house: str, tmp_path: Path
) -> None:
    ref = bare(db, person, rated(1, 3, 5))
    with store.writing(db):
        db.execute(change)
    done = verify(tmp_path)
    assert done.exit_code == 1
    assert done.stderr.startswith(f"assessment {ref}: ")


def test_evidence_that_was_taken_away_is_noticed(folder: Path, raw: sqlite3.Connection) -> None:
    id, ref = sealed(raw, "id IN (SELECT assessment_id FROM evidence) AND is_blind = 0")
    raw.execute("DELETE FROM evidence WHERE assessment_id = ?", [id])
    done = verify(folder)
    assert f"assessment {ref}: result/evidenced/" in done.stderr


def test_an_instrument_that_is_not_as_it_was_is_said_and_nothing_is_worked_out(
    db: Database, person: Person, house: str, tmp_path: Path
) -> None:
    ref = bare(db, person, rated(1, 3, 5))
    with store.writing(db):
        db.execute("UPDATE instrument SET data = x'0a'")
    said = f"assessment {ref}: instrument: is not kept as it was, so the result cannot be worked out again\n"
    assert verify(tmp_path).stderr.startswith(said)


def test_results_and_a_printed_head_are_not_asked_for_together(folder: Path) -> None:
    assert verify(folder, "--head", "0" * 64).exit_code == 2


def test_items_in_any_order_and_by_several_people_come_under_their_columns(
    db: Database, person: Person, house: str
) -> None:
    with store.writing(db):
        other = people.create(db, person, name="Ida Invented", login="ida@example.org")
    roles.give(db, person, other, Role.DIRECTOR, "program", house)
    first = bare(db, person, rated(1, 2, 3))
    second = assessments.start(
        db, person, house, LANTERN, assessed_on="2026-06-04", kind="self", rater="Kim", period=1
    )
    saving.save(db, other, second, {"first-words": Change(5, "", 0)})
    finish(db, person, second, {"coat-rack": 4, "second-plate": 1})
    (block,) = arrays.blocks(db, {LANTERN[0]: list(INSTRUMENTS["lantern"].by_id)})
    assert not isinstance(block, str)
    assert (block.refs, block.ratings.tolist()) == ([first, second], [[1, 2, 3], [5, 4, 1]])


def test_blocks_are_no_larger_than_asked_for_and_leave_nothing_out(db: Database, person: Person, house: str) -> None:
    refs = [bare(db, person, rated(1, 3, 5)) for _ in range(5)]
    found = list(arrays.blocks(db, {LANTERN[0]: list(INSTRUMENTS["lantern"].by_id)}, at_once=2))
    assert [block.refs for block in found if not isinstance(block, str)] == [refs[:2], refs[2:4], refs[4:]]


# Roll-ups


def rolled_up(db: Database, person: Person) -> Rollup:
    return rollup(INSTRUMENTS["lantern"], arrays.scores(db, person, [LANTERN[0]]))


def cells(found: Rollup) -> list[tuple[str, str, str | None, int]]:
    return [(cell.state, cell.quarter, cell.kind, cell.n) for cell in found.cells]


def test_a_rollup_counts_programs_and_never_mixes_kinds(db: Database, person: Person, house: str) -> None:
    agency = programs.get(db, person, house).agency
    nowhere = programs.add(db, person, agency.ref, "Night house", {}).ref
    same = programs.add(db, person, agency.ref, "Tea house", {"state": "VT"}).ref
    bare(db, person, rated(5, 5, 5), program=house, assessed_on="2026-01-04")
    bare(db, person, rated(1, 1, 1), program=house, assessed_on="2026-03-31")
    bare(db, person, rated(3, 3, 3), program=house, assessed_on="2026-02-04", kind="external")
    bare(db, person, rated(3, 4, 5), program=same, assessed_on="2026-01-31")
    bare(db, person, rated(3, 4, 5), program=same, assessed_on="2026-04-01", kind=None)
    bare(db, person, rated(1, 2, 1), program=nowhere, assessed_on="2025-12-31", kind="peer")
    assessments.start(db, person, nowhere, LANTERN, assessed_on="2026-01-04", kind="self", rater="", period=1)
    found = rolled_up(db, person)
    assert cells(found) == [
        ("", "2025-Q4", "peer", 1),
        ("VT", "2026-Q1", "self", 2),
        ("VT", "2026-Q1", "external", 1),
        ("VT", "2026-Q2", None, 1),
    ]
    assert found.counted(OVERALL, 1) == {"dim": 1, "dim/lit": 0, "lit": 1, "bright": 0}
    assert found.counted(1, 1) == {"dim": 1, "dim/lit": 0, "lit": 0, "bright": 1}
    assert found.spread(0, 1).most == 3.5


def test_a_rollup_leaves_out_what_an_amendment_replaced(db: Database, person: Person, house: str) -> None:
    ref = bare(db, person, rated(5, 5, 5))
    amended = assessments.amend(db, person, ref, "The hooks were counted twice.")
    assert rolled_up(db, person).spread(OVERALL, 0).middle == 5
    finish(db, person, amended, rated(1, 1, 1))
    found = rolled_up(db, person)
    assert cells(found) == [("VT", "2026-Q2", "self", 1)]
    assert found.spread(OVERALL, 0).middle == 1


def test_a_rollup_shows_nobody_more_than_her_roles_do(db: Database, person: Person, house: str) -> None:
    agency = programs.get(db, person, house).agency
    other = programs.add(db, person, agency.ref, "Night house", {"state": "NH"}).ref
    bare(db, person, rated(5, 5, 5), program=house)
    bare(db, person, rated(5, 5, 5), program=other)
    with store.writing(db):
        reader = people.create(db, person, name="Ida Invented", login="ida@example.org")
        rater = people.create(db, person, name="Ola Invented", login="ola@example.org")
    assert cells(rolled_up(db, reader)) == []
    roles.give(db, person, reader, Role.READER, "program", other)
    roles.give(db, person, rater, Role.RATER, "agency", agency.ref)
    assert [state for state, *_rest in cells(rolled_up(db, reader))] == ["NH"]
    assert cells(rolled_up(db, rater)) == []
    assert [state for state, *_rest in cells(rolled_up(db, person))] == ["NH", "VT"]


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.tuples(*[st.sampled_from((1, 2, 3, 4, 5))] * 3)),
        max_size=12,
    )
)
def test_a_rollup_says_what_comparing_says_of_the_same_programs(
    said: list[tuple[int, int, tuple[int, int, int]]],
) -> None:
    lantern = INSTRUMENTS["lantern"]
    results = [scoring.score(lantern, rated(*values)) for _state, _quarter, values in said]
    # The store writes dimensions by the order of their ids.
    texts = [json.dumps({one.id: str(one.value) for one in result.dimensions}, sort_keys=True) for result in results]
    found = rollup(
        lantern,
        Scores(
            refs=[f"p{at}" for at in range(len(said))],
            states=["NH", "VT"],
            program=np.arange(len(said)),
            state=np.array([state for state, *_rest in said], dtype=np.int64),
            quarter=np.array([4 * 2026 + quarter for _state, quarter, _values in said], dtype=np.int64),
            kind=np.ones(len(said), dtype=np.int64),
            texts=[text.replace(" ", "") for text in texts],
        ),
    )
    assert sum(cell.n for cell in found.cells) == len(said)
    for at, cell in enumerate(found.cells):
        here = [
            result
            for result, (state, quarter, _values) in zip(results, said, strict=True)
            if (["NH", "VT"][state], f"2026-Q{quarter + 1}") == (cell.state, cell.quarter)
        ]
        for dimension in (0, 1, OVERALL):
            values = [one.overall if dimension == OVERALL else one.dimensions[dimension].value for one in here]
            codes = [scoring.band(lantern, value).code for value in values if value is not None]
            assert found.spread(dimension, at) == comparing.spread(values)
            assert found.counted(dimension, at) == comparing.counted(lantern, codes)


@pytest.mark.parametrize(
    "text",
    [
        *("{}", '{"doorway":"3"}', '{"doorway":"10/3","table":"3"}', '{"doorway":null,"table":"3"}'),
        *('{"doorway":"3/0","table":"3"}', '{"doorway":"6","table":"3"}', '{"doorway":"3","table":"3","x":"3"}'),
    ],
)
def test_scores_that_are_none_of_this_instrument_are_named_and_every_other_counts(text: str) -> None:
    sound = '{"doorway":"3","table":"4"}'
    four = np.zeros(4, dtype=np.int64)
    said = Scores(
        ["a", "b", "c"],
        ["VT"],
        *(np.array([0, 1, 1, 2]), four, four + 8104, four + 1),
        [sound, sound + text, text],
    )
    found = read(INSTRUMENTS["lantern"], said)
    assert found.unreadable == ("b", "c")
    (cell,) = rolled(found).cells
    assert (cell.n, rolled(found).spread(OVERALL, 0).least) == (2, 3.5)


@pytest.mark.parametrize(
    "result",
    [
        *("", "{", "[]", "null", '{"dimensions": "{"}', '{"dimensions": {"doorway": {"table": "3"}}}', '{"a": 1}'),
        *('{"dimensions": {"doorway": "3", "table": "{"}}', '{"dimensions": {"doorway": "9", "table": "3"}}'),
    ],
)
def test_a_result_that_was_tampered_with_is_named_and_hides_no_other(
    db: Database, person: Person, house: str, result: str
) -> None:
    agency = programs.get(db, person, house).agency
    same = programs.add(db, person, agency.ref, "Tea house", {"state": "VT"}).ref
    bare(db, person, rated(1, 1, 1), program=house, assessed_on="2026-01-04")
    broken = bare(db, person, rated(5, 5, 5), program=house, assessed_on="2026-04-04")
    bare(db, person, rated(3, 3, 3), program=same, assessed_on="2026-02-04")
    with store.writing(db):
        db.execute("UPDATE assessment SET result = ? WHERE ref = ?", [result, broken])
    found = read(INSTRUMENTS["lantern"], arrays.scores(db, person, [LANTERN[0]]))
    assert found.unreadable == (house,)
    assert cells(rolled(found)) == [("VT", "2026-Q1", "self", 2)]
    spread = rolled(found).spread(OVERALL, 0)
    assert (spread.least, spread.most) == (1, 3)


def test_a_day_that_is_none_is_named_too(db: Database, person: Person, house: str) -> None:
    broken = bare(db, person, rated(5, 5, 5))
    for day in ("", "2026-13-01", "the other day"):
        with store.writing(db):
            db.execute("UPDATE assessment SET assessed_on = ? WHERE ref = ?", [day, broken])
        found = read(INSTRUMENTS["lantern"], arrays.scores(db, person, [LANTERN[0]]))
        assert (found.unreadable, cells(rolled(found))) == ((house,), [])


def test_the_newest_of_each_program_and_kind_counts_once_over_all_quarters(
    db: Database, person: Person, house: str
) -> None:
    agency = programs.get(db, person, house).agency
    other = programs.add(db, person, agency.ref, "Tea house", {"state": "NH"}).ref
    bare(db, person, rated(1, 1, 1), program=house, assessed_on="2024-01-04")
    bare(db, person, rated(5, 5, 5), program=house, assessed_on="2026-01-04")
    bare(db, person, rated(3, 3, 3), program=house, assessed_on="2025-01-04", kind="external")
    bare(db, person, rated(3, 3, 3), program=other, assessed_on="2023-01-04")
    found = read(INSTRUMENTS["lantern"], arrays.scores(db, person, [LANTERN[0]])).newest
    assert [(state, kind, n) for state, _quarter, kind, n in cells(rolled(found))] == [
        ("NH", "self", 1),
        ("VT", "self", 1),
        ("VT", "external", 1),
    ]
    assert rolled(found).spread(OVERALL, 1).middle == 5
    assert [(state, kind, n) for state, _quarter, kind, n in cells(rolled(found.together))] == [
        ("", "self", 2),
        ("", "external", 1),
    ]


def test_of_two_on_one_day_the_later_one_counts(db: Database, person: Person, house: str) -> None:
    bare(db, person, rated(5, 5, 5))
    bare(db, person, rated(1, 1, 1))
    assert rolled_up(db, person).spread(OVERALL, 0).middle == 1


def test_only_instruments_are_named_by_which_somebody_may_see_something(
    db: Database, person: Person, house: str
) -> None:
    with store.writing(db):
        stranger = people.create(db, person, name="Ida Invented", login="ida@example.org")
    assert arrays.instruments(db, person) == []
    bare(db, person, rated(5, 5, 5))
    assert arrays.instruments(db, person) == [LANTERN[0]]
    assert arrays.instruments(db, stranger) == []
