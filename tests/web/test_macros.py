"""Screen and paper wear the same macros: each of them renders in a bare environment, with values alone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice

from ddcat import (
    change,
    charts,
    checks,
    comparing,
    display,
    facts,
    facts_sheet,
    pairing,
    panel,
    paths,
    planning,
    published,
    report,
    rollup,
    scoring,
    trendline,
)
from ddcat.answers.leaflet import leaflet
from ddcat.faults import Fault, Faulty
from ddcat.instrument import Guide, Instrument
from ddcat.records import Action, Agency, Assessment, Carried, Cycle, Evidence, Note, Plan, Point, Program, Rater
from ddcat.rollup import Scores
from ddcat.runs import runs
from ddcat.shelf import Volume
from ddcat.web.alongside import Alongside
from ddcat.web.forms.ratings import shown_items
from ddcat.web.lines import Doors, Under

ABSENT = ("url_for", "request", "session", "g", "config", "get_flashed_messages", "csrf_token")


def _bare() -> Environment:
    """What paper is rendered with: no web at all."""
    loader = FileSystemLoader(paths.TEMPLATES)
    return display.dress(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))


def _macros() -> Iterator[tuple[str, nodes.Macro]]:
    for path in sorted((paths.TEMPLATES / "macros").glob("*.html")):
        for macro in _bare().parse(path.read_text(encoding="utf-8")).find_all(nodes.Macro):
            yield path.name, macro


MACROS = list(_macros())
NAMES = [f"{name.removesuffix('.html')}.{macro.name}" for name, macro in MACROS]


AB = [SelectChoice("a", "A"), SelectChoice("b", "B")]


class EveryField(Form):
    """One field of each kind that a form of ours can have."""

    line = StringField("Line", description="A hint.")
    lines = TextAreaField("Lines")
    day = DateField("Day")
    count = IntegerField("Count")
    hours = DecimalField("Hours")
    yes = BooleanField("Yes")
    one = RadioField("One", choices=AB)
    many = SelectMultipleField("Many", choices=AB)
    pick = SelectField("Pick", choices=AB)
    shown = HiddenField(default="0123")


@pytest.fixture
def assessment() -> Assessment:
    ratings = {"first-words": 1, "coat-rack": 3}
    return Assessment(
        program="Evening Harbor",
        assessed_on="2026-03-02",
        ratings=ratings,
        kind="self",
        rater="Robin",
        why={"first-words": "Greeting card"},
        facts={"capacity": 24, "payments": ["self-pay"]},
        period=2,
        edition=2,
    )


class EveryLine(Form):
    """The fields of a note, a test of change and a count together."""

    text = TextAreaField("Note")
    tried = TextAreaField("Tried")
    starts_on = DateField("From")
    ends_on = DateField("To")
    prediction = TextAreaField("Expected")
    happened = TextAreaField("Happened")
    decision = SelectField("Decision", choices=AB)
    counted_on = DateField("Day")
    count = DecimalField("Count")
    n = IntegerField("Of how many")
    remark = StringField("Remark")


class EverySheet(Form):
    """The fields of one fact of the fact sheet, with its date and its source."""

    therapies_as_of = DateField("Date")
    therapies_source = StringField("Source")


for _code in facts_sheet.FIELDS["therapies"].choices or {}:
    setattr(EverySheet, f"therapies-{_code}", BooleanField(_code))
    setattr(EverySheet, f"therapies-{_code}-n", IntegerField(_code))


def _worked() -> dict[str, Any]:
    """What the macros about an action's lines are given: one line of each kind, one of them taken away."""
    cycle = Cycle("c", "One shift", "2026-03-02", "", "Eight of ten", "Seven", "adapt")
    point = Point("p", "2026-03-02", "8", 10, "Front desk")
    note = Note("n", "Begun", "Robin", 2, "2026-03-02T10:00:00Z")
    action = Action(
        what="Ask", measured="Charts", measured_as="share", notes=(note,), cycles=(cycle,), points=(point,)
    )
    form = EveryLine()
    form.suspected = []
    kinds = {"notes": note, "cycles": cycle, "points": point}
    under = Under(
        may_write=True,
        token="token",
        forms=dict.fromkeys(kinds, form),
        add=dict.fromkeys(kinds, "/add"),
        doors=dict.fromkeys("cpn", Doors("/change", "/remove", "/restore")),
        removed={kind: (line,) for kind, line in kinds.items()},
        edit="/edit",
    )
    found = charts.run_chart(action)
    given = {"action": action, "under": under, "found": found, "picture": found.picture, "form": form, "cycle": cycle}
    given |= {"point": point, "each": note, "line": note, "which": "note 1", "kind": "points", "is_share": True}
    given |= {"runs": runs([Fraction(n) for n in range(12)]), "title": "Run chart", "median": Fraction(4, 5)}
    wearers = ("work.", "measures.", "charts.run", "charts.amount")
    return {f"{name} {key}": value for name in NAMES if name.startswith(wearers) for key, value in given.items()}


def _followed(lantern: Instrument) -> dict[str, Any]:
    """What the macros about actions and progress are given: a year, and a test of change, a measure, a verdict."""
    ids = [item.id for item in lantern.items]
    base, after = (
        Assessment("Evening Harbor", on, dict(zip(ids, rated, strict=True)), ref=on, sealed_at=f"{on}T10:00:00Z")
        for on, rated in (("2025-03-02", (1, 3, 4)), ("2026-03-02", (3, 4, 2)))
    )
    given = {"ref": "a", "item": ids[0], "rating": 1, "expected": 5, "what": "Write a card", "state": "done"}
    more = {"owner": "Robin", "due_on": "2026-01-31", "assessment": base.ref, "proof": "The card", "effort": 2}
    action = Action(**given | more, cycles=(Cycle("c", "One shift", "2026-01-05", "2026-01-09", "Eight", "", ""),))
    still = replace(action, ref="b", item=ids[2], state="under way", expected=5)
    instruments = {base.ref: lantern, after.ref: lantern}
    work = report.work_on(
        after, today="2026-03-03", plan=Plan(), every=[action, still], seen=[base, after], instruments=instruments
    )
    assert work.since
    assert work.delivery
    dimension, moved = work.since.dimensions[0]
    said = {"since": work.since, "delivery": work.delivery, "outcome": work.delivery.outcomes[0][1], "work": work}
    said |= {"actions": (action, still), "action": action, "late": {"b"}, "links": {"a": "/a"}, "change": moved}
    said |= {"cycle": action.cycles[0], "moves": work.since.rose, "planned": (ids[0],), "title": dimension.title}
    said |= {"before": "3.00", "now": "3.50", "value": Fraction(-1, 2), "doing": (action,), "caption": "Moved"}
    wearers = ("actions.", "since.", "plans.action")
    return {f"{name} {key}": value for name in NAMES if name.startswith(wearers) for key, value in said.items()}


def _compared(lantern: Instrument) -> dict[str, Any]:
    """What the macros about programs beside each other are given: one rated from outside, one by itself."""
    rated = {"a": ("external", (1, 3, 5)), "b": ("self", (5, 3, 1))}
    found = [
        Assessment(f"House {ref}", "2026-03-02", dict(zip(lantern.by_id, marks, strict=True)), ref=ref, kind=kind)
        for ref, (kind, marks) in rated.items()
    ]
    found = [
        replace(each, evidence=tuple(Evidence(f"{each.ref}-{id}", id, "document") for id in each.ratings))
        for each in found
    ]
    comparison = comparing.compare(found, dict.fromkeys(rated, lantern))
    assert comparison
    beside = report.Beside(comparison, missing=("House c",))
    site, lesson = comparison.sites[0], comparison.lessons[0]
    row = beside.row("Overall", comparison.overall.values)
    said = {"beside": beside, "site": site, "link": "/a", "links": {"a": "/a"}, "hint": "Tern Rock", "lesson": lesson}
    said |= {"value": Fraction(5, 2), "label": "Overall", "only": (("/only", "Only these"),), "others": {}}
    said |= {"sites": comparison.sites, "result": site.result, "row": row, "said": "rated 1"}
    said |= {"tally": comparison.tallies[0]}
    said |= {"found": SimpleNamespace(wrong_day="soon", n_cut=2, asked=SimpleNamespace(programs=("a", "b")))}
    wearers = ("compare.", "chosen.")
    return {f"{name} {key}": value for name in NAMES if name.startswith(wearers) for key, value in said.items()}


def _by_state(lantern: Instrument) -> dict[str, Any]:
    """What the macros about programs by state are given: two states, two kinds of rater, one result unreadable."""
    sound = '{"doorway":"3","table":"4"}'
    said = Scores(
        *(["a", "b", "c"], ["", "VT"], np.array([0, 0, 1, 2]), np.array([0, 0, 1, 1])),
        *(np.array([8103, 8104, 8104, 8104]), np.array([1, 3, 1, 1]), [sound * 2, sound, "{}"]),
    )
    found = rollup.read(lantern, said)
    states = report.states(found, rollup.rolled(found), kinds=rollup.KINDS)
    given: dict[str, Any] = {"states": states, "row": states.rows[0], "line": states.lines[0], "state": "VT"}
    given |= {"only": {"self": "/self"}, "unreadable": [("House c", "/c")], "code": "self"}
    named = {f"{name} {key}": value for name in NAMES if name.startswith("states.") for key, value in given.items()}
    return named | {"states.word code": "few"}


def _trended(lantern: Instrument) -> dict[str, Any]:
    """What the macros about trends are given: two years with a break between them, and one of them paired."""
    ids = [item.id for item in lantern.items]
    told = (("2025-03-02", (1, 3, 4), "self"), ("2026-03-02", (3, 4, 2), "peer"))
    every = [
        Assessment("Evening Harbor", on, dict(zip(ids, rated, strict=True)), ref=on, kind=kind)
        for on, rated, kind in told
    ]
    (trend,) = change.trends(every, {each.ref: lantern for each in every})
    group = pairing.group(lantern, trend.steps * 2)
    said = {"trend": trend, "picture": trendline.trendline(trend), "since": trend.in_all, "group": group}
    said |= {"change": trend.steps[0].overall, "found": trend.noise, "links": {"2026-03-02": "/a"}, "value": -0.5}
    program = Program("p", "Evening Harbor", Agency("a", "Tern Rock"))
    said |= {"step": trend.in_all, "rows": [(program, trend.in_all)], "every": [(program, "mixed")], "n_asked": 3}
    said |= {"months": (0, 12), "each": (Fraction(1, 2), Fraction(-1, 4))}
    given = {f"{name} {key}": value for name in NAMES if name.startswith("trend.") for key, value in said.items()}
    carried = replace(every[1], carried={ids[0]: Carried("a", "2025-03-02")})
    assert trend.in_all
    uneven = replace(trend.in_all, overall=change.Change(Fraction(15, 7), Fraction(55, 21), 0.5))
    given |= {"since.unrounded since": uneven, "trend.by value": Fraction(-1, 2)}
    given |= {"trend.elsewhere figures": published.of("ddcat"), "trend.elsewhere kinds": ("self", "external")}
    given |= {"since.noise_from noise": trend.noise}
    return given | {"trend.paired found": group.overall, "results.taken_over assessment": carried}


def _sheeted() -> dict[str, Any]:
    """What the macros about the fact sheet are given: an old fact, a flag, and the form after a mistake."""
    said: dict[str, Any] = {"therapies": {"cbt": 2, "dbt": 0}, "therapies_as_of": "2024-05-02", "completion_of": 1}
    known = facts_sheet.known(said, date(2026, 3, 2))
    fact = known["F12"].fact
    form = EverySheet()
    form["therapies-cbt"].errors = form["therapies-cbt-n"].errors = ["Enter a number."]
    given = {"known": known, "facts": known, "flags": facts_sheet.flags(said), "linked": True, "caption": "Care"}
    given |= {"part": facts_sheet.PARTS["treatment"], "one": known["F12"], "fact": fact, "now": known["F12"]}
    given |= {"form": form, "field": fact.fields[0]}
    return {f"{name} {key}": value for name in NAMES if name.startswith("facts.") for key, value in given.items()}


def _offered(lantern: Instrument, guide: Guide) -> dict[str, Any]:
    """What the macros about choosing an instrument are given: one with advice, one without, a refused file."""
    said = guide.model_copy(update={"suits": "A house", "offers": "How friendly it is."})
    plain = lantern.model_copy(update={"label": "Not validated"})
    volumes = [Volume(lantern, said, b"", ""), Volume(plain, guide, b"", "")]
    faulty = Faulty("a-1.0.toml", [Fault("top of the file", "is none"), Fault("line 3", "is another")])
    form = EveryField()
    given = {"volumes": volumes, "field": form.one, "links": {"a": "/a", "b": "/b"}, "volume": volumes[1]}
    given |= {"is_own": True, "faulty": faulty, "most": 1}
    return {f"{name} {key}": value for name in NAMES if name.startswith("choosing.") for key, value in given.items()}


def _handed_out() -> dict[str, Any]:
    """What the macros about the answer sheet are given: with an address, a telephone, and one answer that holds."""
    said = {"tracks": ["evening"], "tracks_as_of": "2026-01-05", "tracks_source": "The schedule"}
    said |= {"telephone": "(503) 555-0142", "answers_address": "https://www.example.org/"}
    program = Program("p", "Evening Harbor", Agency("a", "Tern Rock"), said)
    sheet = leaflet(program, [], date(2026, 3, 2))
    rows = [("F4 Tracks", "/facts#F4", "The schedule"), ("An item", "", "Not rated.")]
    given = {"leaflet": sheet, "each": sheet.answers[2], "rows": rows, "missing": rows, "rests": rows}
    given |= {"taps": True, "is_said": False}
    return {f"{name} {key}": value for name in NAMES if name.startswith("answers.") for key, value in given.items()}


def _led(lantern: Instrument, guide: Guide) -> dict[str, Any]:
    """What the macros about roads are given: the cheapest, and what is felt first."""
    ratings = dict.fromkeys((item.id for item in lantern.items), 1)
    ways = report.ways(lantern, guide, ratings, Plan("lit", "both"))
    assert ways.felt
    rows = (("Today", scoring.score(lantern, ratings), None), ("Cheapest", ways.cheapest.result, ways.cheapest.road))
    said = {
        "to": "lit",
        "by": "both",
        "road": ways.cheapest.road,
        "felt": ways.felt.road,
        "rows": rows,
        "other": ways.felt.road,
    }
    said |= {"share": Fraction(3, 4), "title": "Cheapest", "goal": "Lit", "items": lantern.items[:1]}
    return {f"{name} {key}": value for name in NAMES if name.startswith("roads.") for key, value in said.items()}


@pytest.fixture
def values(lantern: Instrument, candle: Instrument, lantern_guide: Guide, assessment: Assessment) -> dict[str, Any]:
    """A value for every name that a macro asks for; "forms.field" is one for a single macro."""
    result = scoring.score(lantern, assessment.ratings)
    level = planning.next_level(lantern, result)
    gaps = planning.gaps(lantern, assessment.ratings, level)
    line = charts.line(lantern)
    form = EveryField()
    form.line.errors = ["Shorten this."]
    form.suspected = ["line"]
    form.overrule = form.line
    doorway = lantern.dimensions[0]
    plate = lantern.by_id["second-plate"]
    seen = Evidence("e1", plate.id, "count/charts", "Plates", "Kitchen", "2026-02-02", "Robin", "count")
    seen = replace(seen, counts={"given": 2, "chosen": 0}, n=10)
    both = (Rater("a", "Ada", stands="leader", ratings=dict.fromkeys(lantern.by_id, 5)),)
    both += (Rater("b", "Bo", stands="staff", ratings={"first-words": 3, "coat-rack": 5, plate.id: 4}),)
    met = replace(assessment, is_blind=True, raters=both)
    agreed = panel.of_raters(lantern, met)
    assert agreed
    scored, unrated = scoring.score(candle, assessment.ratings), scoring.score(candle, {})
    return {
        "instrument": lantern,
        "agreement": agreed,
        "estimate": agreed.overall.weighted_kappa,
        "interval": (0.25, 1.0),
        "is_share": True,
        "said": "So it is.",
        "differences": panel.differences(lantern, met),
        "every": True,
        "basis": report.Basis(("charts",), ("charts",), {"document": (1, 1)}),
        "findings": checks.findings(lantern, lantern_guide, assessment, "2026-03-10"),
        "agreement.raters assessment": met,
        "agreement.differences assessment": met,
        "agreement.short assessment": met,
        "agreement.beyond value": -0.5,
        "agreement.figure value": -0.001,
        "agreement.share value": 0.9999,
        "agreement.whole value": 0.5,
        "agreement.signed value": Fraction(-1, 2),
        "code": "leader",
        "agreement.by_dimension gaps": panel.leader_gaps(lantern, met),
        "agreement.leaders gaps": panel.leader_gaps(lantern, met),
        "plans.setting guide": lantern_guide,
        "evidence.sources field": report.SOURCES,
        "evidence.sources assessment": replace(assessment, evidence=(seen,)),
        "results.items evidenced": {"first-words": 1, "coat-rack": 1},
        "guide": lantern_guide,
        "assessment": assessment,
        "result": result,
        "level": level,
        "gaps": gaps,
        "gap": gaps[0],
        "share": planning.setting_share(gaps, lantern_guide),
        "line": line,
        "item": plate,
        "shown": shown_items(doorway.items, assessment)[0],
        "names": lantern.rating.names,
        "question": "Which is it?",
        "beside": "Help stands here.",
        "before": None,
        "after": doorway.items[1],
        "n": 1,
        "why": "Greeting card",
        "evidenced": scoring.score(lantern, {"first-words": 1, "coat-rack": 1, "second-plate": 1}),
        "results.label instrument": candle,
        "results.standing instrument": candle,
        "results.alongside found": [
            Alongside(assessment, candle, *results, charts.line(candle), link)
            for link, results in {"": (unrated, unrated), "/a": (scored, unrated)}.items()
        ],
        "plans.felt instrument": candle,
        "plans.felt guide": lantern_guide.model_copy(update={"felt_first": (gaps[0].item.id,)}),
        "results.carried result": scoring.score(lantern, {"first-words": 1, "coat-rack": 3, "second-plate": 1}),
        "both": True,
        "prompt": True,
        "as_evidenced": {"first-words": 1, "coat-rack": 1},
        "plans.unproven assessment": replace(assessment, evidence=(seen,)),
        "chosen": {3: "Robin"},
        "own": ((Rater("r", "Robin", stands="leader"), result),),
        "refused": "Not saved.",
        "open": None,
        "beneath": "What was seen.",
        "lines": (seen,),
        "link": "/evidence",
        "rating": 4,
        "above": (seen,),
        "evidence.line line": seen,
        "evidence.carries evidenced": 2,
        "evidence.beneath evidenced": 2,
        "evidence.recorded evidenced": {"first-words": 1},
        "results.row evidenced": Fraction(2),
        "charts.strip evidenced": 30.0,
        "charts.strip is_broken": True,
        "heading": "h3",
        "title": "I Doorway",
        "x": 50.0,
        "low": 40.0,
        "high": 60.0,
        "value": 3,
        "rated": 1,
        "of": 2,
        "class": "total",
        "bounds": (Fraction(2), Fraction(3)),
        "items": lantern.items[:2],
        "empty": "None.",
        "values": assessment.facts,
        "blocks": facts.PROGRAM,
        "mistakes": [("line", "Shorten this.")],
        "field": form.line,
        "option": next(iter(form.one)),
        "kind": "radio",
        "form": form,
        "id": "line-error",
        "texts": ("Shorten this.",),
        "results.row value": Fraction(5, 2),
        "items.without_anchor item": doorway.items[0],
        "forms.fields blocks": (facts.Block("Block", (facts.Field("line", "text", "Line"),)),),
        "forms.token value": "token",
        "forms.languages_to_choose languages": [("en", "English"), ("es", "Español")],
        "forms.languages_to_choose now": "en",
        "forms.languages_to_choose action": "/language",
        "forms.languages_to_choose back": "/",
        "forms.languages_to_choose key": "token",
        "figures": published.of("ddcat"),
        "figure": published.of("ddcat")[1],
        "published.figures kind": "self",
        "published.share value": 0.1336,
        **_worked(),
        **_followed(lantern),
        **_led(lantern, lantern_guide),
        **_sheeted(),
        **_handed_out(),
        **_offered(lantern, lantern_guide),
        **_compared(lantern),
        **_by_state(lantern),
        **_trended(lantern),
    }


def _called(values: dict[str, Any], name: str, **instead: Any) -> str:
    file, macro = MACROS[NAMES.index(name)]
    wanted = [argument.name for argument in macro.args]
    given = {each: values[key] for each in wanted for key in (each, f"{name} {each}") if key in values} | instead
    missing = set(wanted) - given.keys()
    assert not missing, f"say in `values` what {name} is to be given for {missing}"
    return str(getattr(_bare().get_template(f"macros/{file}").module, macro.name)(**given))


@pytest.mark.parametrize("name", NAMES)
def test_a_macro_renders_from_values_alone(values: dict[str, Any], name: str) -> None:
    assert _called(values, name).strip()


@pytest.mark.parametrize("path", sorted((paths.TEMPLATES / "macros").glob("*.html")), ids=lambda path: path.name)
def test_no_macro_asks_the_web_for_anything(path: Any) -> None:
    asked = {name.name for name in _bare().parse(path.read_text(encoding="utf-8")).find_all(nodes.Name)}
    assert asked.isdisjoint(ABSENT)


def test_the_bare_environment_refuses_what_only_the_web_has() -> None:
    template = _bare().from_string("{{ url_for('home.home') }}")
    with pytest.raises(Exception, match="'url_for' is undefined"):
        template.render()


@pytest.mark.parametrize("name", EveryField()._fields)
@pytest.mark.parametrize("errors", [[], ["Something is wrong."]], ids=["sound", "refused"])
def test_every_kind_of_field_is_valid_and_labelled(
    values: dict[str, Any], lint: Any, name: str, errors: list[str]
) -> None:
    field = EveryField()[name]
    field.errors = errors
    drawn = _called(values, "forms.field", field=field)
    page = f'<!doctype html><html lang="en"><head><title>A</title></head><body><h1>A</h1>{drawn}</body></html>'
    assert lint(page) == []
    assert ("Something is wrong." in drawn) == bool(errors)
    assert ('aria-describedby="' in drawn) == bool(errors or field.description)


def test_what_a_macro_is_given_is_escaped(values: dict[str, Any]) -> None:
    hostile = "<script>alert('x')</script>"
    for name, argument in (("charts.strip", "title"), ("results.row", "title"), ("results.items", "empty")):
        drawn = _called(values | {"items": ()}, name, **{argument: hostile})
        assert "<script>" not in drawn
        assert "&lt;script&gt;" in drawn


def test_the_dot_and_the_range_are_drawn_only_where_there_are_numbers(values: dict[str, Any]) -> None:
    assert _called(values, "charts.strip").count("<circle") == 2
    assert 'class="ring"' not in _called(values, "charts.strip", evidenced=50.0)
    assert "<circle" not in _called(values, "charts.strip", x=None, evidenced=None)
    assert 'class="range"' in _called(values, "charts.strip")
    assert 'class="range"' not in _called(values, "charts.strip", low=None, high=None)
