"""Published figures: data that is read strictly, and never shown without all that belongs to it."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ddcat import display, paths, published, shelf
from ddcat.faults import Faulty

SHIPPED = published.FILE.read_bytes()


@pytest.fixture
def draw() -> Callable[..., str]:
    """`draw(figures, kind)`: what a reader sees of them."""
    loader = FileSystemLoader(paths.TEMPLATES)
    env = display.dress(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))
    macros: Any = env.get_template("macros/published.html").module

    def draw(kind: str | None, instrument: str = "ddcat") -> str:
        markup = str(macros.figures(published.of(instrument), kind))
        return " ".join(BeautifulSoup(markup, "html.parser").get_text(" ").split())

    return draw


def test_the_figures_are_those_that_were_published() -> None:
    said = {figure.id: (figure.n, figure.year) for figure in published.of("ddcat") + published.of("ddcmht")}
    assert said == {
        "states-2014": (256, 2014),
        "states-2014-mental-health": (256, 2014),
        "programs-2013": (180, 2013),
        "new-york-2016-baseline": (603, 2016),
        "new-york-2016-follow-up": (150, 2016),
        "california-2013": (30, 2013),
        "washington-2019": (49, 2019),
    }
    assert published.of("lantern") == ()


def test_an_interval_is_wilsons_and_stands_only_where_a_count_is_known() -> None:
    intervals = {figure.id: figure.interval for figure in published.of("ddcat") if figure.interval}
    assert set(intervals) == {"programs-2013", "california-2013"}
    assert intervals["programs-2013"] == pytest.approx((0.1336, 0.2463), abs=0.0001)
    assert intervals["california-2013"] == pytest.approx((0.2738, 0.6080), abs=0.0001)


def test_the_shelf_does_not_take_the_figures_for_an_instrument() -> None:
    assert all(not name.startswith("figures") for name in shelf.names())
    assert shelf.contents()[1] == []


@pytest.mark.parametrize(
    ("given", "instead", "fault"),
    [
        ("n          = 180\n", "", "figure, 2, n: Field required"),
        ("n          = 180", 'n          = "180"', "figure, 2, n"),
        ("x = 33", "x = 181", "counts 181 of 180"),
        ("year       = 2019", "year       = 2019\npercentile = 50", "percentile: Extra inputs are not permitted"),
        ('raters     = "external"', 'raters     = "self"', "figure, 0, raters"),
        ('"california-2013"', '"washington-2019"', "two figures have one id"),
        ("schema = 1", "schema = 2", "schema"),
        ("schema = 1", "schema = ", "Invalid value"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(given: str, instead: str, fault: str) -> None:
    text = SHIPPED.decode()
    assert given in text
    with pytest.raises(Faulty) as refused:
        published.read(text.replace(given, instead, 1).encode())
    assert fault in refused.value.lines


@pytest.mark.parametrize("figure", published.of("ddcat") + published.of("ddcmht"), ids=lambda figure: figure.id)
def test_every_figure_is_shown_with_its_n_year_setting_raters_and_source(
    draw: Callable[..., str], figure: published.Figure
) -> None:
    shown = draw("external", figure.instrument)
    beneath = f"n = {figure.n} ({figure.unit}) · published {figure.year} · {figure.setting} ·"
    assert f"{beneath} rated by people from outside · {figure.citation}" in shown
    assert figure.says in shown
    assert figure.limits is None or figure.limits in shown


def test_the_interval_is_shown(draw: Callable[..., str]) -> None:
    said = "33 of 180 were dual-diagnosis capable: a share between 13.4 % and 24.6 %, allowing for chance"
    assert said in draw("external")


def test_the_figures_stand_beside_a_self_rating_only_with_the_note_that_others_rated_there(
    draw: Callable[..., str],
) -> None:
    note = "Outside raters gave these figures."
    assert note not in draw("external")
    assert f"{note} Yours is a self-rating, and self-ratings run high" in draw("self")
    assert f"{note} Yours is a rating by another program’s people" in draw("peer")
    assert f"{note} Of yours the kind of rater is not stated." in draw(None)


@pytest.mark.parametrize("kind", ["self", "peer", "external", None])
def test_no_percentile_and_no_standard_score_is_told(draw: Callable[..., str], kind: str | None) -> None:
    shown = draw(kind).lower()
    assert "not a norm" in shown
    assert not any(
        word in shown for word in ("percentile", "z-score", "standard score", "better than", "above average")
    )
