"""Figures of programs: those of the tables they speak of, a reason where a figure makes no sense, what is refused."""

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from ddcat import agreement, reliability, scoring, shelf
from ddcat.agreement import Estimate

REAL = shelf.find("ddcat@4.0").instrument
TINY = shelf.parse((Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes())


def panel(instrument, random: Random, raters: list[str], gap: float = 0) -> dict[str, dict[str, int]]:
    """Each rater's ratings of one program."""
    fits = {item.id: random.randrange(len(item.ratings)) for item in instrument.items}
    return {
        rater: {
            item.id: item.ratings[min(max(fits[item.id] + random.choice((-1, 0, 0, 1)), 0), len(item.ratings) - 1)]
            for item in instrument.items
            if random.random() >= gap
        }
        for rater in raters
    }


def rows_of(panels, items, raters) -> list[list[int | None]]:
    return [[by_rater.get(rater, {}).get(id) for rater in raters] for by_rater in panels.values() for id in items]


@pytest.mark.parametrize("instrument", [REAL, TINY], ids=["real", "tiny"])
@pytest.mark.parametrize("gap", [0, 0.1, 0.6])
@pytest.mark.parametrize("raters", [["kim", "jo"], ["kim", "jo", "lee"], ["a", "b", "c", "d", "e"]], ids=len)
@pytest.mark.parametrize("programs", [1, 2, 12])
def test_the_figures_are_those_of_the_tables_they_speak_of(instrument, gap, raters, programs):
    random = Random(programs)
    panels = {f"Program {at}": panel(instrument, random, raters, gap) for at in range(programs)}
    found = reliability.figures(instrument, panels)
    assert set(found.raters) <= set(raters)
    raters = list(found.raters)
    has_gaps = any(sum(map(bool, row)) == 1 for row in rows_of(panels, instrument.by_id, raters))
    spans = [(found.overall, [*instrument.by_id])]
    spans += [(found.dimensions[dimension.id], dimension.item_ids) for dimension in instrument.dimensions]
    for at, (figures, items) in enumerate(spans):
        table = rows_of(panels, items, raters)
        for name, expected in {
            "percent_exact": agreement.percent_agreement(table),
            "percent_within_one": agreement.percent_agreement(table, 1),
            "mean_absolute_difference": agreement.mean_absolute_difference(table),
        }.items():
            assert_same(getattr(figures, name), expected)
        columns = [list(column) for column in zip(*table, strict=True)]
        chance = {
            "weighted_kappa": agreement.weighted_kappa(columns[0], columns[-1], instrument.rating.values),
            "gwet_ac2": agreement.gwet_ac(table, instrument.rating.values),
            "krippendorff_alpha": agreement.krippendorff_alpha(table),
        }
        for name, expected in chance.items():
            if not figures.n_pairs:
                assert getattr(figures, name).reason == agreement.NO_PAIRS
            elif at and programs == 1:
                assert getattr(figures, name).reason == reliability.ONE_PROGRAM
            elif name != "krippendorff_alpha" and len(raters) != 2:
                assert getattr(figures, name).reason == reliability.TWO_RATERS
            elif name == "krippendorff_alpha" and len(raters) == 2 and not has_gaps:
                assert figures.krippendorff_alpha.reason == reliability.NO_GAPS
            else:
                assert_same(getattr(figures, name), expected)
        scores = [[score_of(instrument, by_rater.get(r, {}), at) for r in raters] for by_rater in panels.values()]
        expected = agreement.mean_absolute_difference(scores)
        assert figures.score_difference.value == pytest.approx(expected.value, abs=1e-9)
        correlations = agreement.icc(scores)
        if len(raters) < 2:
            assert figures.icc_2_1.reason == figures.icc_2_k.reason == agreement.NO_PAIRS
        elif correlations.icc_2_1.reason == agreement.TOO_FEW:
            assert figures.icc_2_1.reason == figures.icc_2_k.reason == reliability.PROGRAMS
        else:
            assert_same(figures.icc_2_1, correlations.icc_2_1)
            assert_same(figures.icc_2_k, correlations.icc_2_k)


def score_of(instrument, ratings: dict[str, int], at: int) -> Fraction | None:
    """The overall score or that of a dimension as `scoring` has it, where every item of it is rated."""
    result = scoring.score(instrument, ratings)
    if at == 0:
        return result.overall if result.is_complete else None
    score = result.dimensions[at - 1]
    return score.value if score.n_rated == score.n_items else None


def assert_same(found: Estimate, expected: Estimate) -> None:
    assert found.value == pytest.approx(expected.value, abs=1e-9)
    assert found.se == pytest.approx(expected.se, abs=1e-9)
    assert found.interval == pytest.approx(expected.interval, abs=1e-9)
    assert (found.reason, found.notice, found.n) == (expected.reason, expected.notice, expected.n)


def test_programs_whose_raters_differ_have_alpha_and_no_correlation():
    random = Random(1)
    pairs = [["kim", "jo"], ["kim", "lee"], ["lee", "jo"]]
    panels = {f"Program {at}": panel(REAL, random, raters) for at, raters in enumerate(pairs)}
    found = reliability.figures(REAL, panels)
    assert found.raters == ("kim", "jo", "lee")
    assert found.overall.weighted_kappa.reason == reliability.TWO_RATERS
    assert found.overall.krippendorff_alpha.value is not None
    assert found.overall.icc_2_1.reason == reliability.PROGRAMS
    assert found.overall.score_difference.n == 3


def test_the_order_in_which_raters_come_in_each_program_is_no_matter():
    random = Random(1)
    panels = {f"Program {at}": panel(REAL, random, ["kim", "jo"]) for at in range(4)}
    turned = {
        name: dict(reversed(by_rater.items())) if at else by_rater
        for at, (name, by_rater) in enumerate(panels.items())
    }
    assert reliability.figures(REAL, turned) == reliability.figures(REAL, panels)


def test_who_rated_nothing_is_no_rater_and_none_is_a_gap():
    panels = {
        "Alder": {"kim": {"coat-rack": 3, "first-words": None}, "jo": {}, "lee": {"coat-rack": None}},
        "Birch": {},
    }
    found = reliability.figures(TINY, panels)
    assert (found.raters, found.programs, found.n_pairs) == (("kim",), ("Alder",), 0)
    assert found.overall.percent_exact.reason == agreement.NO_PAIRS
    assert found.overall.icc_2_1.reason == agreement.NO_PAIRS
    assert found.overall.score_difference.reason == reliability.NO_SCORES


def test_no_programs_at_all_have_a_reason_for_everything():
    found = reliability.figures(REAL, {})
    assert (found.raters, found.programs, found.n_pairs) == ((), (), 0)
    assert found.overall.weighted_kappa.reason == agreement.NO_PAIRS


def test_an_item_or_a_rating_that_the_instrument_does_not_have_is_refused():
    with pytest.raises(KeyError, match="mission"):
        reliability.figures(TINY, {"Alder": {"kim": {"mission": 3}}})
    with pytest.raises(KeyError, match="mission"):
        reliability.figures(TINY, {"Alder": {"kim": {item.id: 3 for item in TINY.items} | {"mission": 3}}})
    for strange in (0, 6, -1, 255, 1000, 2.5, "3"):
        for others in ({}, {item.id: 3 for item in TINY.items}):
            with pytest.raises(ValueError, match=f"{strange} is not a rating of lantern@1.0"):
                reliability.figures(TINY, {"Alder": {"kim": others | {"coat-rack": strange}}})
