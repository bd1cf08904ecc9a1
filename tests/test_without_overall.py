"""An instrument without an overall score: dimension scores stand, and everything above them is None, always."""

import ast
import tomllib
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddcat import change, charts, comparing, display, planning, pooling, reliability, roads, scoring, shelf, verifying
from ddcat.faults import Faulty
from ddcat.interchange import results
from ddcat.records import Assessment
from ddcat.rollup import OVERALL, Scores, rollup
from tests.conftest import INSTRUMENTS

CANDLE = shelf.parse((INSTRUMENTS / "candle-1.0.toml").read_bytes())
LANTERN = shelf.parse((INSTRUMENTS / "lantern-1.0.toml").read_bytes())
TEXTS = {one.id: (INSTRUMENTS / f"{one.id}-1.0.toml").read_text(encoding="utf-8") for one in (CANDLE, LANTERN)}
BAND = '[[band]]\ncode = "dim"\ntitle = "Dim"\nfrom = "1"\nmeaning = "Dark."\n\n[[focus]]'
CRITERION = "criterion = { share = [2, 3], levels = { dim = 1, lit = 3, bright = 5 } }\n"


def parts() -> st.SearchStrategy[dict[str, int]]:
    return st.fixed_dictionaries({}, optional={item.id: st.sampled_from(item.ratings) for item in CANDLE.items})


def faults_of(text: str) -> list[str]:
    with pytest.raises(Faulty) as refused:
        shelf.parse(text.encode(), "instrument")
    return [f"{fault.place}: {fault.text}" for fault in refused.value.faults]


# What an instrument must have, and must not have


def test_the_label_and_the_absence_of_an_overall_score_are_read():
    assert (CANDLE.has_overall, CANDLE.bands, CANDLE.scoring.criterion) == (False, (), None)
    assert CANDLE.label == "Not validated; a look at oneself"
    assert (LANTERN.has_overall, LANTERN.label) == (True, None)


@pytest.mark.parametrize(
    ("name", "old", "new", "faults"),
    [
        ("lantern", CRITERION, "", ["scoring: the key 'criterion' is missing"]),
        ("candle", "[[focus]]", BAND, ["band: an instrument without an overall score has none"]),
        (
            *("candle", 'overall   = "none"\n', f'overall   = "none"\n{CRITERION}'),
            ["scoring, criterion: an instrument without an overall score has none"],
        ),
        (
            *("candle", '"none"', '"mean-of-dimensions"'),
            ["band: there is none; expected at least one", "scoring: the key 'criterion' is missing"],
        ),
        (
            *("candle", '"none"', '"nothing"'),
            ["scoring, overall: 'nothing' is not known; expected 'mean-of-dimensions' or 'none'"],
        ),
    ],
)
def test_bands_and_criterion_come_with_an_overall_score_and_only_with_one(name, old, new, faults):
    assert TEXTS[name].count(old) >= 1
    assert faults_of(TEXTS[name].replace(old, new, 1)) == faults


def test_an_instrument_with_an_overall_score_and_no_band_is_refused():
    first, _bands, rest = TEXTS["lantern"].partition("[[band]]")
    text = first + rest[rest.index("[[focus]]") :]
    assert "band: there is none; expected at least one" in faults_of(text)


# What is worked out


@pytest.mark.parametrize(
    ("ratings", "scores"),
    [
        ({}, [None, None]),
        ({"first-words": 3}, [Fraction(3), None]),
        ({"first-words": 1, "coat-rack": 2, "second-plate": 4}, [Fraction(3, 2), Fraction(4)]),
    ],
)
def test_dimensions_are_scored_and_nothing_above_them(ratings, scores):
    result = scoring.score(CANDLE, ratings)
    assert [score.value for score in result.dimensions] == scores
    assert (result.overall, result.band, result.criterion, result.bounds) == (None, None, None, None)


@given(parts())
def test_dimension_scores_are_those_of_the_same_items_with_an_overall_score(ratings):
    without, plain = scoring.score(CANDLE, ratings), scoring.score(LANTERN, ratings)
    assert (without.dimensions, without.focus, without.n_rated) == (plain.dimensions, plain.focus, plain.n_rated)
    assert (without.overall, without.band, without.criterion, without.bounds) == (None, None, None, None)


def test_a_record_keeps_nothing_above_the_dimensions():
    kept = verifying.result(CANDLE, Assessment("", "", ratings={"first-words": 3, "coat-rack": 4, "second-plate": 5}))
    assert kept["dimensions"] == {"doorway": "7/2", "table": "5"}
    assert (kept["overall"], kept["band"], kept["criterion"]) == (None, None, None)


# The plan


@pytest.mark.parametrize(
    ("ratings", "level"),
    [
        ({}, "3"),
        ({"first-words": 5, "coat-rack": 5, "second-plate": 2}, "3"),
        ({"first-words": 3, "coat-rack": 3, "second-plate": 3}, "5"),
        ({"first-words": 5, "coat-rack": 5, "second-plate": 5}, "5"),
    ],
)
def test_the_next_level_is_the_first_rating_that_some_dimension_has_not_reached(ratings, level):
    assert planning.next_level(CANDLE, scoring.score(CANDLE, ratings)) == level


def test_gaps_are_ordered_by_what_they_add_to_the_score_of_their_dimension():
    gaps = planning.gaps(CANDLE, {"first-words": 1, "coat-rack": 1, "second-plate": 1}, "3")
    assert [(gap.item.code, gap.to, gap.gain) for gap in gaps] == [
        ("IA", 3, Fraction(1)),
        ("IIA", 2, Fraction(1)),
        ("IB", 2, Fraction(1, 2)),
    ]


@pytest.mark.parametrize(
    ("ratings", "felt", "codes"),
    [
        ((1, 2, 1), (), ["IIA", "IA", "IB"]),  # the lower rating, then the weaker dimension
        ((2, 1, 2), (), ["IB", "IA", "IIA"]),
        ((1, 1, 1), ("coat-rack",), ["IB", "IA", "IIA"]),
        ((1, 2, 1), ("coat-rack", "first-words"), ["IA", "IB", "IIA"]),
    ],
)
def test_what_patients_feel_first_comes_first_then_what_is_weakest(ratings, felt, codes):
    rated = dict(zip(CANDLE.by_id, ratings, strict=True))
    assert [gap.item.code for gap in planning.gaps(CANDLE, rated, "3", felt)] == codes
    by_effect = planning.gaps(LANTERN, rated, "lit")
    assert planning.gaps(LANTERN, rated, "lit", felt) == by_effect


@given(parts())
def test_the_order_tells_of_every_gap_once(ratings):
    plain, felt = planning.gaps(CANDLE, ratings, "5"), planning.gaps(CANDLE, ratings, "5", ("second-plate",))
    assert {gap.item.id: gap for gap in plain} == {gap.item.id: gap for gap in felt}
    assert len(plain) == len(felt)


@pytest.mark.parametrize(
    ("ratings", "titles"),
    [((1, 2, 1), ["Table"]), ((3, 3, 5), ["Doorway"]), ((3, 3, 3), []), ((), []), ((3,), [])],
)
def test_the_weakest_dimensions_are_told_where_they_differ(ratings, titles):
    rated = dict(zip(CANDLE.by_id, ratings, strict=False))
    assert [one.title for one in planning.weakest(CANDLE, scoring.score(CANDLE, rated))] == titles


def test_nearest_are_the_fewest_points_and_then_the_lower_ratings():
    """IB can rise to 2, IIA to 5: where no level asks for anything, 5 is no reason to come first."""
    rated = {"coat-rack": 1, "second-plate": 4}
    assert [item.code for item in planning.nearest(CANDLE, rated, most=1)] == ["IB"]
    assert [item.code for item in planning.nearest(LANTERN, rated, most=1)] == ["IIA"]


@given(parts())
def test_a_gain_is_by_how_much_the_score_of_the_dimension_rises(ratings):
    for gap in planning.gaps(CANDLE, ratings, "5"):
        if all(item in ratings for item in gap.dimension.item_ids):
            before, after = (scoring.score(CANDLE, rated) for rated in (ratings, ratings | {gap.item.id: gap.to}))
            at = CANDLE.dimensions.index(gap.dimension)
            assert (after.dimensions[at].value or 0) - (before.dimensions[at].value or 0) == gap.gain


def test_levels_are_ratings_by_name():
    assert CANDLE.levels == {"1": 1, "3": 3, "5": 5}
    assert [CANDLE.level_title(level) for level in ("1", "2", "3")] == ["1: One wish only", "2", "3: Capable"]
    assert CANDLE.capable == 3


def test_there_is_no_road():
    ratings = {"first-words": 1, "coat-rack": 1, "second-plate": 1}
    for by in roads.METHODS:
        assert roads.targets(CANDLE, by) == ()
        with pytest.raises(ValueError, match="is no target"):
            roads.road(CANDLE, shelf.guide("candle@1.0"), ratings, to="3", by=by)


# Never mixed


def test_it_is_in_no_group_of_peers():
    assert pooling.steps(CANDLE) is None
    assert pooling.steps(LANTERN) is not None


def sat(program: str, **about) -> Assessment:
    return Assessment(program, "2026-03-02", ratings=dict.fromkeys(CANDLE.by_id, 3), ref=program, **about)


def test_it_is_never_compared_with_another_instrument():
    found = comparing.compare([sat("a"), sat("b"), sat("c")], {"a": CANDLE, "b": CANDLE, "c": LANTERN})
    assert found is not None
    assert [one.instrument.id for one in found.unlike] == ["lantern"]
    assert (found.overall.values, found.overall.spread) == ((None, None), None)
    assert [(tally.bands, tally.levels) for tally in found.tallies] == [({}, {})]
    with pytest.raises(ValueError, match="cannot be compared"):
        change.since(LANTERN, sat("a"), CANDLE, sat("a"))
    trends = change.trends([sat("a"), sat("c")], {"a": CANDLE, "c": LANTERN})
    assert [trend.instrument.id for trend in trends] == ["lantern", "candle"]


def test_raters_have_no_overall_scores_to_differ_in():
    given_alone = {"one": dict.fromkeys(CANDLE.by_id, 3), "other": dict.fromkeys(CANDLE.by_id, 4)}
    found = reliability.figures(CANDLE, {"here": given_alone, "there": given_alone})
    for figure in (found.overall.score_difference, found.overall.icc_2_1, found.overall.icc_2_k):
        assert (figure.value, figure.reason) == (None, reliability.NO_OVERALL)
    assert found.overall.percent_exact.value == 0
    assert found.dimensions["doorway"].score_difference.value == 1


# How it reads


@pytest.mark.parametrize(
    ("ratings", "said"),
    [
        ({}, "Nothing is rated yet."),
        ({"coat-rack": 2}, "So far every dimension score that is known is 2.00."),
        (dict.fromkeys(CANDLE.by_id, 3), "Every dimension score is 3.00 out of 5."),
        (
            {"first-words": 3, "second-plate": 1},
            "So far the dimension scores lie between 1.00 (Table) and 3.00 (Doorway).",
        ),
        (
            {"first-words": 3, "coat-rack": 4, "second-plate": 1},
            "The dimension scores lie between 1.00 (Table) and 3.50 (Doorway), out of 5.",
        ),
    ],
)
def test_the_headline_says_from_where_to_where_dimensions_go(ratings, said):
    assert display.headline(CANDLE, scoring.score(CANDLE, ratings)) == said


@given(parts())
def test_the_text_of_a_result_names_no_band(ratings):
    result = scoring.score(CANDLE, ratings)
    said = display.readable(CANDLE, sat("a"), result)
    assert "This instrument has no overall score and no band." in said
    assert "Criterion" not in said
    assert display.disagreement(CANDLE, result) == ""


def test_results_for_scripts_have_nulls_and_the_label():
    result = scoring.score(CANDLE, dict.fromkeys(CANDLE.by_id, 3))
    plain = results.plain(CANDLE, sat("a"), result)
    assert {plain[key] for key in ("overall", "overall_exact", "band", "criterion", "bounds")} == {None}
    assert plain["notes"] == ["Candle 1.0: Not validated; a look at oneself."]
    head, row = results.rows(CANDLE, [(sat("a"), result)])
    assert len(head) == len(row)
    assert not any("overall" in str(name) or "band" in str(name) or "percent" in str(name) for name in head)


def test_a_line_goes_from_end_to_end_without_limits():
    line, plain = charts.line(CANDLE), charts.line(LANTERN)
    assert (line.start, line.end, line.limits) == (plain.start, plain.end, ())
    assert [(part.x, part.width) for part in line.stretches] == [(line.start, line.end - line.start)]
    assert [charts.shade(CANDLE, Fraction(value)) for value in (1, 2, 3, 4, 5)] == [0, 1, 2, 3, 4]


# Kept, verified and counted in many


def tool() -> dict[str, Any]:
    """The functions of the tool that verifies without ddcat, without running it."""
    tree = ast.parse((INSTRUMENTS.parent.parent / "tools" / "verify.py").read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not isinstance(node, ast.Try)]
    names: dict[str, Any] = {}
    exec(compile(tree, "verify.py", "exec"), names)
    return names


TOOL = tool()


@pytest.mark.parametrize("instrument", [CANDLE, LANTERN], ids=lambda instrument: instrument.id)
@given(ratings=parts())
def test_the_tool_that_knows_no_ddcat_comes_to_the_same(instrument, ratings):
    volume = tomllib.loads(TEXTS[instrument.id])
    items = {item["id"]: item for home in volume["dimension"] for item in home["item"]}
    kept = verifying.result(instrument, Assessment("", "", ratings=ratings))
    del kept["evidenced"]
    assert TOOL["differing"](kept, TOOL["result"](volume, items, ratings)) == []


def test_a_roll_up_has_rows_of_dimensions_alone():
    one = np.zeros(1, dtype=np.int64)
    found = rollup(CANDLE, Scores(["p"], ["VT"], one, one, one, one, ['{"doorway":"7/2","table":"2"}']))
    assert (found.spread(0, 0).middle, found.spread(1, 0).middle) == (Fraction(7, 2), 2)
    assert found.counted(0, 0) == {}
    for ask in (found.spread, found.counted):
        with pytest.raises(ValueError, match="has no overall score"):
            ask(OVERALL, 0)
