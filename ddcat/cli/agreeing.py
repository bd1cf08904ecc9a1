"""The command about several raters."""

import json
from pathlib import Path
from typing import Any

import click

from ddcat.cli import options, printing
from ddcat.words import _, later, n_

FIGURES = {
    "percent_exact": (
        later("The share of equal ratings"),
        later("Two raters give the same rating %(value)s of the time%(interval)s."),
    ),
    "percent_within_one": (
        later("The share of ratings within one point"),
        later("They are at most one point apart %(value)s of the time%(interval)s."),
    ),
    "mean_absolute_difference": (
        later("The mean difference of ratings"),
        later("On average two ratings are %(value)s points apart."),
    ),
    "weighted_kappa": (
        later("Weighted kappa (linear)"),
        later("Weighted kappa (linear) is %(value)s%(interval)s."),
    ),
    "gwet_ac2": (later("Gwet's AC2 (linear)"), later("Gwet's AC2 (linear) is %(value)s%(interval)s.")),
    "krippendorff_alpha": (
        later("Krippendorff's alpha (ordinal)"),
        later("Krippendorff's alpha (ordinal) is %(value)s."),
    ),
    "score_difference": (
        later("The mean difference of scores"),
        later("On average two raters' scores of a program are %(value)s points apart."),
    ),
    "icc_2_1": (
        later("The intraclass correlation of one rater's score, ICC(2,1),"),
        later("The intraclass correlation of one rater's score, ICC(2,1), is %(value)s%(interval)s."),
    ),
    "icc_2_k": (
        later("The intraclass correlation of the raters' mean score, ICC(2,k),"),
        later("The intraclass correlation of the raters' mean score, ICC(2,k), is %(value)s%(interval)s."),
    ),
}
"""The figures in the order of the text: what each is called, and the sentence that tells it."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.instrument
@options.unanchored
@click.option("--json", "as_json", is_flag=True, help="One object, for other software; shares from 0 to 1.")
def agreement(file: Path, volume: Any, allow_unanchored: bool, as_json: bool) -> None:
    """Tell how far raters agree, from FILE (.csv or .xlsx): columns program, item, rater, rating."""
    from ddcat import reliability
    from ddcat.interchange import panels

    instrument = volume.instrument
    rated = panels.read(file, instrument, allow_unanchored=allow_unanchored)
    found = reliability.figures(instrument, rated)
    if as_json:
        shown = json.dumps(panels.plain(instrument, found, rated), ensure_ascii=False, allow_nan=False)
        printing.data([shown + "\n"])
        return
    raters, programs = len(found.raters), len(found.programs)
    who = [n_("%(num)s rater", "%(num)s raters", raters), n_("%(num)s program", "%(num)s programs", programs)]
    printing.say(", ".join([*who, n_("%(num)s pair of ratings", "%(num)s pairs of ratings", found.n_pairs)]))
    for note in panels.notes(instrument, rated):
        printing.say(note)
    _say(_("All items"), found.overall)
    for dimension in instrument.dimensions:
        _say(f"{dimension.number} {dimension.title}", found.dimensions[dimension.id])


def _say(title: str, figures: Any) -> None:
    """A heading, then a sentence for each figure that makes sense there; what is true of several is said once."""
    from ddcat.reliability import ELSEWHERE

    printing.say(f"\n{title}")
    notices = {}
    for name, (called, told) in FIGURES.items():
        figure = getattr(figures, name)
        if figure.value is not None:
            printing.say("  " + _(told, value=_shown(name, figure.value), interval=_interval(name, figure.interval)))
        elif figure.reason not in ELSEWHERE:
            said = _("%(figure)s cannot be given. %(reason)s", figure=_(called), reason=_(figure.reason))
            printing.say("  " + said)
        if figure.notice:
            notices[figure.notice] = _(figure.notice)
    for notice in notices.values():
        printing.say("  " + notice)


def _interval(name: str, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    low, high = (_shown(name, limit) for limit in interval)
    return _(" (95 %% interval %(low)s to %(high)s)", low=low, high=high)


def _shown(name: str, value: float) -> str:
    """A share in percent with one decimal, any other figure with two; nothing that falls short of 1 reads as 1."""
    is_share = name.startswith("percent")
    scale, places = (100, 1) if is_share else (1, 2)
    text = f"{scale * value:.{places}f}"
    if value < 1 and float(text) == scale:
        text = f"{scale - 10**-places:.{places}f}"
    text = text.removeprefix("-") if float(text) == 0 else text
    return f"{text} %" if is_share else text
