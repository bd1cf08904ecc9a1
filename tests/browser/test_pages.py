"""Every page as a browser shows it: no accessibility fault in light or dark, fit for phones, large type and print."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from ddcat import shelf, store
from ddcat.records import Action, Cycle, Evidence, Note, Plan, Point
from ddcat.store import actions, evidence, lines, links, people, plans, raters, roles, saving
from ddcat.store.saving import Change
from tests.browser.conftest import VOLUME

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe, which finds faults, is missing")

pytestmark = pytest.mark.browser

COLOURS = ["color-contrast", "link-in-text-block"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}
LEAST_TARGET = 24
TARGETS = (
    "button, .button, .actions a, nav a, .trail a, .cards a, .summary a, table.parts a, summary,"
    " label:has(input[type=radio]), label:has(input[type=checkbox])"
)
CONTROLS = "nav, header.top, .bottom, .skip, button, .actions"
FLOWS = """() => [...document.body.querySelectorAll("*")]
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 1 && !part.closest("svg, .only-read, .skip"))
  .map((part) => `${part.tagName}.${part.className}: ${part.textContent.trim().slice(0, 40)}`).slice(0, 5)"""
SIZES = """(wanted) => [...document.querySelectorAll(wanted)].filter((part) => part.checkVisibility())
  .map((part) => [part.textContent.trim().slice(0, 40), part.getBoundingClientRect()])
  .map(([name, box]) => ({ name, width: box.width, height: box.height }))"""
OPEN = "() => document.querySelectorAll('details').forEach((part) => { part.open = true; })"


@dataclass(frozen=True)
class World:
    """The house that is looked at, and records in it by the words that paths use."""

    house: Any
    refs: dict[str, str]
    items: tuple[Any, ...]


Step = Callable[[Any, World], None]


@dataclass(frozen=True)
class Sight:
    """A page: its address, and what to press there until it shows what we want to look at, with which status."""

    path: str
    then: Step | None = None
    status: int = 200
    logged_in: bool = True


def submit(page: Any, _world: World) -> None:
    page.locator("main form button").first.click()


def emptied(name: str) -> Step:
    def step(page: Any, world: World) -> None:
        page.locator(f'[name="{name}"]').fill("")
        submit(page, world)

    return step


def a_bad_number(page: Any, world: World) -> None:
    page.locator('input[inputmode="decimal"]').first.fill("many")
    submit(page, world)


def no_address(page: Any, _world: World) -> None:
    page.locator('[name="answers_address"]').fill("http://www.example.org/")
    page.get_by_role("button", name="Save the address").click()


def no_reason(page: Any, _world: World) -> None:
    page.locator(".item input[type=radio][value='3']").first.check()
    page.get_by_role("button", name="Save").click()


def too_much_evidence(page: Any, _world: World) -> None:
    page.locator("textarea").first.fill("many words " * 400)
    save(page)


def a_stale_token(page: Any, world: World) -> None:
    page.evaluate("() => { document.querySelector('[name=csrf_token]').value = 'of yesterday'; }")
    submit(page, world)


def wrong_password(page: Any, _world: World) -> None:
    page.get_by_label("E-mail address or login name").fill("ada@example.org")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Log in").click()


def a_guest(page: Any, world: World) -> None:
    page.get_by_label("Name").fill("Bo Gull")
    submit(page, world)


def submit_last(page: Any, _world: World) -> None:
    page.locator("main form button").last.click()


def a_patient(page: Any, _world: World) -> None:
    page.locator("textarea").first.fill("Chart of patient Jane Miller, DOB 4/12/1987")
    save(page)


def changed_meanwhile(page: Any, world: World) -> None:
    """Someone else rates the same items; the first save of this page then meets both versions."""
    for item in world.items[:2]:
        world.house.say(ref_of(page), {item.code: item.ratings[-1]}, **{item.code: "Another window saw this."})
        choose(page, item, item.ratings[0])
    save(page)


def sealed_meanwhile(page: Any, world: World) -> None:
    choose(page, world.items[0], world.items[0].ratings[0])
    world.house.rate_all(ref_of(page))
    world.house.seal(ref_of(page))
    save(page)


def due_long_ago(page: Any, _world: World) -> None:
    page.locator('[name="due_on"]').fill("2020-01-01")
    page.get_by_role("button", name="Save").click()


def ref_of(page: Any) -> str:
    return str(page.url).split("/assessments/")[1].partition("/")[0]


def choose(page: Any, item: Any, rating: int) -> None:
    page.locator(f'[data-item="{item.id}"] input[value="{rating}"]').check()


def save(page: Any) -> None:
    page.get_by_role("button", name="Save", exact=True).click()


DIMENSIONS = ("structure", "milieu", "assessment", "treatment", "continuity", "staffing", "training")
SIGHTS = {
    "home": Sight("/"),
    "new agency": Sight("/agencies/new"),
    "new agency, nothing filled in": Sight("/agencies/new", submit, 422),
    "agency": Sight("/agencies/{agency}/edit"),
    "agency without a name": Sight("/agencies/{agency}/edit", emptied("name"), 422),
    "new program": Sight("/agencies/{agency}/programs/new"),
    "new program with a bad number": Sight("/agencies/{agency}/programs/new", a_bad_number, 422),
    "program, nothing assessed": Sight("/programs/{untouched program}"),
    "program, much assessed": Sight("/programs/{program}"),
    "program, by two instruments": Sight("/programs/{program of two}"),
    "facts of a program": Sight("/programs/{program}/edit"),
    "fact sheet": Sight("/programs/{program}/facts"),
    "fact sheet, to print": Sight("/programs/{program}/facts/print"),
    "answer sheet": Sight("/programs/{worked program}/answers"),
    "answer sheet, in Spanish, without a record": Sight("/programs/{untouched program}/answers?language=es"),
    "answer sheet, an address that is none": Sight("/programs/{program}/answers", no_address, 422),
    "fact sheet, therapies and medicines": Sight("/programs/{program}/facts/treatment"),
    "fact sheet, accreditation and results": Sight("/programs/{program}/facts/standing"),
    "start": Sight("/programs/{program}/assessments/new"),
    "start without a rater": Sight("/programs/{program}/assessments/new", submit, 422),
    "assessment, fresh": Sight("/assessments/{fresh}"),
    "assessment, partly rated": Sight("/assessments/{partly}"),
    "assessment, complete": Sight("/assessments/{complete}"),
    "assessment, deleted": Sight("/assessments/{deleted}"),
    "amendment": Sight("/assessments/{amendment}"),
    "cover sheet": Sight("/assessments/{fresh}/cover"),
    "cover sheet without a rater": Sight("/assessments/{fresh}/cover", emptied("rater"), 422),
    **{f"dimension {id}": Sight("/assessments/{partly}/dimensions/" + id) for id in DIMENSIONS},
    "dimension, too much evidence": Sight("/assessments/{fresh}/dimensions/structure", too_much_evidence, 422),
    "two versions of an item": Sight("/assessments/{new}/dimensions/structure", changed_meanwhile, 409),
    "seal, incomplete": Sight("/assessments/{partly}/seal"),
    "seal, complete": Sight("/assessments/{complete}/seal"),
    "result, nothing rated": Sight("/assessments/{fresh}/result"),
    "result, provisional": Sight("/assessments/{partly}/result"),
    "result": Sight("/assessments/{sealed}/result"),
    "result beside that of another instrument": Sight("/assessments/{checklist}/result"),
    "plan without an overall score": Sight("/assessments/{checklist}/plan"),
    "one page for the board without an overall score": Sight("/assessments/{checklist}/summary/print"),
    "result, amended": Sight("/assessments/{amended}/result"),
    "plan, nothing rated": Sight("/assessments/{fresh}/plan"),
    "plan, provisional": Sight("/assessments/{partly}/plan"),
    "plan, everything to raise": Sight("/assessments/{amended}/plan"),
    "plan, nothing to raise": Sight("/assessments/{best}/plan"),
    "plan to print": Sight("/assessments/{partly}/plan/print"),
    "feedback to print": Sight("/assessments/{partly}/feedback/print"),
    "feedback to print, sealed": Sight("/assessments/{sealed}/feedback/print"),
    "road, nothing rated": Sight("/assessments/{fresh}/road"),
    "road": Sight("/assessments/{baseline}/road"),
    "road, a cost that is none": Sight("/assessments/{baseline}/road?mission-cost=9", status=422),
    "road, amended": Sight("/assessments/{amended}/road"),
    "board, nothing sealed": Sight("/programs/{untouched program}/actions"),
    "board, no action yet": Sight("/programs/{program}/actions"),
    "board": Sight("/programs/{worked program}/actions"),
    "actions as a list, of one owner": Sight("/programs/{worked program}/actions?view=list&owner=Toni+Unreal"),
    "action": Sight("/actions/{action}"),
    "action, nothing written to it": Sight("/actions/{bare action}"),
    "action, to be changed": Sight("/actions/{action}/edit"),
    "action, without words": Sight("/actions/{action}/edit", emptied("what"), 422),
    "new action, which item": Sight("/assessments/{baseline}/actions/new"),
    "new action": Sight("/assessments/{baseline}/actions/new?item=mission"),
    "a test of change, to be changed": Sight("/actions/{action}/lines/{cycle}"),
    "a count, to be changed": Sight("/actions/{action}/lines/{point}"),
    "since the last assessment, there is none": Sight("/assessments/{baseline}/progress"),
    "since the last assessment": Sight("/assessments/{follow-up}/progress"),
    "since the last assessment, to print": Sight("/assessments/{follow-up}/progress/print"),
    "one page for the board": Sight("/assessments/{follow-up}/summary/print"),
    "plan with actions, to print": Sight("/assessments/{baseline}/plan/print"),
    "portfolio": Sight("/portfolio"),
    "portfolio, of one kind": Sight("/portfolio?kind=self&sort=overall&down=1"),
    "a saved choice": Sight("/sets/{set}"),
    "a saved choice, to be erased": Sight("/sets/{set}/erase"),
    "compare, one program": Sight("/compare?program={worked program}"),
    "compare": Sight("/compare?program={worked program}&program={program}"),
    "compare, to print": Sight("/compare/print?program={worked program}&program={program}"),
    "programs by state": Sight("/rollup"),
    "programs by state, of one quarter and kind": Sight("/rollup?quarter=2025-Q4&kind=self&dimension=milieu"),
    "programs by state, to print": Sight("/rollup/print"),
    "trend, nothing sealed": Sight("/programs/{untouched program}/trend"),
    "trend": Sight("/programs/{worked program}/trend"),
    "trend, to print": Sight("/programs/{worked program}/trend/print"),
    "trend of a group": Sight("/trend?program={worked program}&program={program}"),
    "trend of a group, of one kind": Sight("/trend?program={worked program}&program={program}&kind=self"),
    "trend of a group, to print": Sight("/trend/print?program={worked program}&program={program}"),
    "peers": Sight("/programs/{worked program}/peers"),
    "amend": Sight("/assessments/{sealed}/amend"),
    "amend without a reason": Sight("/assessments/{sealed}/amend", submit, 422),
    "log in": Sight("/login", logged_in=False),
    "log in, wrong password": Sight("/login", wrong_password, 422, logged_in=False),
    "a code is asked for": Sight("/login/code", logged_in=False),
    "invited": Sight("/join/{token}", logged_in=False),
    "invited, nothing filled in": Sight("/join/{token}", submit, 422, logged_in=False),
    "account": Sight("/account"),
    "new password": Sight("/account/password"),
    "second factor": Sight("/account/factor"),
    "second factor, to be switched off": Sight("/account/factor/off"),
    "what was typed": Sight("/account/typed"),
    "people": Sight("/people"),
    "invite an administrator": Sight("/people/invite"),
    "a link to pass on": Sight("/people/invite", a_guest),
    "trail of people": Sight("/people/trail"),
    "people of an agency": Sight("/agencies/{agency}/people"),
    "people of a program": Sight("/programs/{program}/people"),
    "people of a program, nothing filled in": Sight("/programs/{program}/people", submit_last, 422),
    "who rates": Sight("/assessments/{partly}/people"),
    "raters, nothing rated yet": Sight("/assessments/{fresh}/people"),
    "raters, alone": Sight("/assessments/{alone}/people"),
    "raters, alone, overview": Sight("/assessments/{alone}"),
    "raters, all have submitted": Sight("/assessments/{met}/people"),
    "raters, all have submitted, overview": Sight("/assessments/{met}"),
    "raters, one has submitted": Sight("/assessments/{shared}/people"),
    "raters, one has submitted, overview": Sight("/assessments/{shared}"),
    "raters, what one is given": Sight("/assessments/{alone}/raters/{rater}"),
    "raters, due in the past": Sight("/assessments/{alone}/raters/{rater}", due_long_ago, 422),
    "raters, what one submitted, to be accepted": Sight("/assessments/{shared}/raters/{rater}"),
    "raters, some items of a dimension": Sight("/assessments/{alone}/dimensions/structure"),
    "raters, submit with gaps": Sight("/assessments/{alone}/submit"),
    "raters, submit with gaps, not ticked": Sight("/assessments/{alone}/submit", submit, 422),
    "raters, what I submitted": Sight("/assessments/{met}/submit"),
    "evidence, none yet": Sight("/assessments/{shared}/items/funding/evidence"),
    "evidence": Sight("/assessments/{shared}/items/diagnosis/evidence"),
    "evidence, a line to change": Sight("/assessments/{shared}/evidence/{line}"),
    "evidence, nothing filled in": Sight("/assessments/{shared}/items/diagnosis/evidence", submit_last, 422),
    "evidence, beneath the ratings": Sight("/assessments/{shared}/dimensions/assessment"),
    "checks, nothing found": Sight("/assessments/{fresh}/checks"),
    "checks": Sight("/assessments/{shared}/checks"),
    "consensus": Sight("/assessments/{met}/consensus"),
    "consensus, without a reason": Sight("/assessments/{met}/consensus", no_reason, 422),
    "trail": Sight("/programs/{program}/trail"),
    "erase": Sight("/programs/{program}/trail/erase"),
    "erase, nothing filled in": Sight("/programs/{program}/trail/erase", submit, 422),
    "evidence that looks like patient data": Sight("/assessments/{fresh}/dimensions/structure", a_patient, 422),
    "instruments": Sight("/instruments/"),
    "about the instrument": Sight("/instruments/ddcat@4.0"),
    "form to print": Sight("/instruments/ddcat@4.0/blank/print"),
    "sample": Sight("/instruments/ddcat@4.0/sample"),
    "sample, drawn and counted": Sight(
        "/instruments/ddcat@4.0/sample?item=diagnosis&records=143&closed=60&size=10&seed=482913"
        "&counted=4&found-diagnosed=3"
    ),
    "sample, refused": Sight("/instruments/ddcat@4.0/sample?records=many&size=0&counted=3&found=4", status=422),
    "no such page": Sight("/no-such-page", status=404),
    "open for too long": Sight("/agencies/new", a_stale_token, 400),
    "no longer changes": Sight("/assessments/{new}/dimensions/structure", sealed_meanwhile, 409),
}
IN_MORE_ROOM = [
    *(
        "home",
        "program, much assessed",
        "program, by two instruments",
        "facts of a program",
        "start",
        "assessment, partly rated",
        "cover sheet",
    ),
    *("dimension structure", "seal, incomplete", "seal, complete", "result"),
    *("result, provisional", "plan, provisional", "plan, everything to raise", "road", "board", "action"),
    *("action, to be changed", "since the last assessment", "portfolio", "compare", "trend", "trend of a group"),
    *("peers", "log in", "account", "people", "people of a program", "raters, alone", "raters, one has submitted"),
    *("evidence", "checks", "consensus", "trail", "instruments", "about the instrument", "sample, drawn and counted"),
]
"""Pages that are looked at once more in words that need more room."""

NO_PAGE = {
    *("/favicon.ico", "/paper.css", "/static/<path:filename>", "/sso/login", "/sso/back"),
    *("/assessments/<ref>/record.json", "/programs/<ref>/trail.csv", "/people/trail.csv"),
    *("/programs/<ref>/actions.csv", "/programs/<ref>/actions.xlsx", "/assessments/<ref>/plan.docx"),
    *("/calendar/<token>.ics", "/compare.xlsx", "/rollup.csv", "/programs/<ref>/answers.html"),
    *("/portfolio.csv", "/portfolio.xlsx"),
}
"""Addresses without a page to look at; those that only post, or end in .pdf, are none either."""


def with_raters(house: Any, program: str) -> dict[str, str]:
    """Assessments that Ada and Bo rate: shared and submitted by Bo, alone, and alone with both done."""
    refs = {name: house.start(program) for name in ("shared", "alone", "met")}
    items = [item.id for item in VOLUME.instrument.items]
    with closing(store.connect(house.database).conn) as connection:
        db = store.Database(connection)
        ada = people.first(db)
        with store.writing(db):
            bo = people.create(db, ada, name="Bo Gull", login="bo@example.org")
            for ref in refs.values():
                roles.insert(db, ada, ada, "rater", "assessment", ref)
                roles.insert(db, ada, bo, "rater", "assessment", ref)
        given = {"items": [items[0], *items[4:]], "due_on": "2026-01-05", "stands": "leader"}
        raters.give(db, ada, refs["alone"], ada.ref, **given)
        for name in ("alone", "met"):
            raters.rate_alone(db, ada, refs[name])
        for name, who in (("shared", bo), ("alone", ada), ("met", ada), ("met", bo)):
            changes = {id: Change(3, "Seen at the desk.", 0) for id in items[4:12]}
            saving.save(db, who, refs[name], changes)
        saving.save(db, bo, refs["met"], {items[5]: Change(1, "", 1)})
        counted = {"source": "count/charts", "finding": "count", "counts": {"diagnosed": 5}, "n": 10}
        told = {"place": "Ten charts of April", "seen_on": "2026-05-02", "seen_by": "Bo Gull"}
        line = evidence.add(db, bo, refs["shared"], Evidence("", "diagnosis", **counted, **told))
        heard = Evidence("", items[5], "interview/clinicians", "Three of them say so.", **told)
        evidence.remove(db, bo, refs["shared"], evidence.add(db, bo, refs["shared"], heard))
        evidence.add(db, ada, refs["met"], heard)
        for name, who in (("shared", bo), ("met", ada), ("met", bo)):
            raters.submit(db, who, refs[name])
        links.invite(db, ada, name="Cy Tern", login="", role="rater", place="assessment", ref=refs["alone"])
    return refs | {"rater": bo.ref, "line": line}


def by_two_instruments(house: Any) -> dict[str, str]:
    """The program of the demo with a sealed checklist beside its DDCAT, and that checklist."""
    with closing(store.connect(house.database).conn) as connection:
        found = connection.execute(
            "SELECT program.ref, assessment.ref FROM assessment JOIN program ON program.id = assessment.program_id"
            " WHERE assessment.instrument = ? AND sealed_at IS NOT NULL",
            [shelf.find("iop-ic").checksum],
        ).fetchone()
    return dict(zip(("program of two", "checklist"), found, strict=True))


def with_actions(house: Any, baseline: str) -> dict[str, str]:
    """Actions that were planned from a baseline: one with all that is written to one, others with little."""
    told = {"what": "Reword the mission.", "owner": "Toni Unreal", "proof": "The wall.", "effort": 2}
    days = {"starts_on": "2026-01-05", "due_on": "2026-02-27", "state": "under way"}
    shares = [Point(counted_on=f"2026-{month:02}-28", count=str(month % 5), n=8) for month in range(1, 12)]
    with closing(store.connect(house.database).conn) as connection:
        db = store.Database(connection)
        ada = people.first(db)
        counted = {"measured": "people who can say it", "measured_as": "share"}
        ref = actions.add(db, ada, baseline, Action(item="mission", rating=3, expected=5, **told, **days, **counted))
        bare = actions.add(db, ada, baseline, Action(item="licensure", rating=3, expected=5, what="Ask in writing."))
        gone = actions.add(db, ada, baseline, Action(item="welcome", rating=3, expected=4, what="A mistake."))
        actions.remove(db, ada, gone)
        tried = {"tried": "Ask two clients.", "prediction": "One likes it.", "starts_on": "2026-03-02"}
        cycle = lines.add(db, ada, ref, Cycle(**tried))
        lines.add(db, ada, ref, Cycle(**tried, ends_on="2026-03-09", happened="Both do.", decision="adopt"))
        (point, *_more) = [lines.add(db, ada, ref, share) for share in shares]
        lines.add(db, ada, ref, Note(text="The board took two meetings."))
        lines.remove(db, ada, ref, lines.add(db, ada, ref, Note(text="Never mind.")))
        plans.save(db, ada, baseline, Plan("DDC/DDE", "scale", {"licensure": None}, {"mission": 5, "welcome": 4}))
    return {"action": ref, "bare action": bare, "cycle": cycle, "point": point}


@pytest.fixture(scope="session")
def world(demo_house: Any, ddcat: Any) -> World:
    """The demo, and a program with assessments in every state."""
    house = demo_house
    refs = {name: house.add_program() for name in ("untouched program", "program", "new program")}
    for name in ("fresh", "complete", "deleted", "sealed", "amended", "best"):
        refs[name] = house.start(refs["program"])
    refs["partly"] = house.start(refs["program"], kind="external")
    refs["agency"] = house.agency_of(refs["program"])
    refs["worked program"] = house.add_program()
    for name, day in (("baseline", "2025-11-03"), ("follow-up", "2026-11-02")):
        refs[name] = house.start(refs["worked program"], assessed_on=day)
        house.rate_all(refs[name], 3)
        house.seal(refs[name])
    refs |= with_actions(house, refs["baseline"]) | by_two_instruments(house)
    refs["set"] = house.keep_set("Both of them", [refs["worked program"], refs["program"]])
    house.delete(refs["deleted"])
    house.say(refs["partly"], {"IIA": 2, "IIB": 5, "VIIA": 1}, IIA="Posters of both kinds hang in the hall.")
    for name, rating in {"complete": 3, "sealed": 3, "amended": 1, "best": 5}.items():
        house.rate_all(refs[name], rating)
        if name != "complete":
            house.seal(refs[name])
    refs |= with_raters(house, refs["program"])
    refs["amendment"] = house.amend(refs["amended"])
    refs["token"] = house.invite()
    house.keep(f"/programs/{refs['program']}/edit", name="Gull Point", state="Elsewhere")
    return World(house, refs, ddcat.instrument.items)


@pytest.fixture(params=SIGHTS)
def sight(request: pytest.FixtureRequest, visit: Any, world: World, troubles: Any) -> Callable[..., Any]:
    """`sight()`: one page after the other, as its name says."""
    said: Sight = SIGHTS[request.param]
    if said.status != 200:
        troubles.expect(rf": {said.status}$", f"status of {said.status}")

    def show(**options: Any) -> Any:
        page = visit("about:blank", be_in=world.house if said.logged_in else None, **options)
        if said.then:  # a page that saves by itself would be quicker than the step
            page.route("**/save.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        new = {"new": world.house.start(world.refs["new program"])} if "{new}" in said.path else {}
        answer = page.goto(world.house.url + said.path.format_map(world.refs | new))
        if said.then:
            with page.expect_navigation() as going:
                said.then(page, world)
            answer = going.value
        assert answer.status == said.status
        return page

    return show


def faults_of(page: Any, rules: list[str]) -> list[str]:
    found = axe.Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
    return [
        f"{fault['id']} ({fault['help']}): {node['html'][:150]} {node['any'][0]['message'] if node['any'] else ''}"
        for fault in found.response["violations"]
        for node in fault["nodes"][:3]
    ]


def test_no_page_has_an_accessibility_fault_in_light_or_dark(sight: Any) -> None:
    page = sight(viewport=WIDE, color_scheme="light")
    page.evaluate(OPEN)
    light = faults_of(page, RULES)
    page.emulate_media(color_scheme="dark")  # which changes nothing but colours
    assert (light, faults_of(page, COLOURS)) == ([], [])


def test_every_page_fits_a_phone_a_finger_and_large_type_and_prints_without_controls(sight: Any) -> None:
    page = sight(viewport=NARROW, has_touch=True)
    page.evaluate(OPEN)
    faults = {"too wide for a phone": too_wide(page), "too small for a finger": too_small(page)}
    page.set_viewport_size(WIDE)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    faults["too wide in large type"] = too_wide(page)
    page.emulate_media(media="print")
    shown = [part.inner_text() for part in page.locator(CONTROLS).all() if part.is_visible()]
    faults["printed, though paper cannot press it"] = shown
    assert page.locator("h1").first.is_visible()
    assert {what: where for what, where in faults.items() if where} == {}


@pytest.mark.usefixtures("longer")
@pytest.mark.parametrize("sight", IN_MORE_ROOM, indirect=True)
def test_words_that_are_two_fifths_longer_fit_too(sight: Any) -> None:
    page = sight(viewport=NARROW, has_touch=True, locale="es-US")
    assert page.locator("html").get_attribute("lang") == "es"
    page.evaluate(OPEN)
    narrow = too_wide(page)
    page.set_viewport_size(WIDE)
    assert (narrow, too_wide(page)) == ([], [])


@pytest.mark.parametrize("sight", ["program, by two instruments"], indirect=True)
def test_results_by_two_instruments_stand_side_by_side_where_there_is_room_and_else_one_below_the_other(
    sight: Any,
) -> None:
    page = sight(viewport=WIDE)
    one, other = (side.bounding_box() for side in page.locator(".sides > section").all())
    assert (one["y"], one["x"] + one["width"] < other["x"]) == (other["y"], True)
    page.set_viewport_size(NARROW)
    one, other = (side.bounding_box() for side in page.locator(".sides > section").all())
    assert (one["x"], one["y"] + one["height"] < other["y"]) == (other["x"], True)


def too_wide(page: Any) -> list[str]:
    """What reaches beyond the edge, where a reader would have to scroll sideways."""
    scrolls = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return list(page.evaluate(FLOWS)) if scrolls else []


def too_small(page: Any) -> list[str]:
    sizes = page.evaluate(SIZES, TARGETS)
    return [str(size) for size in sizes if min(size["width"], size["height"]) < LEAST_TARGET]


def test_the_first_page_of_an_empty_house_has_no_accessibility_fault(empty_house: Any, visit: Any) -> None:
    page = visit(empty_house.url, color_scheme="light")
    light = faults_of(page, RULES)
    page.emulate_media(color_scheme="dark")  # which changes nothing but colours
    assert (light, faults_of(page, COLOURS)) == ([], [])
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_every_page_of_the_application_is_looked_at(world: World, ddcat: Any) -> None:
    rules = {rule.rule for rule in world.house.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {rule for rule in rules - NO_PAGE if not rule.endswith(".pdf")}
    paths = [sight.path.partition("?")[0] for sight in SIGHTS.values()]
    unseen = {rule for rule in pages if not any(re.fullmatch(re.sub("<[^>]+>", "[^/]+", rule), p) for p in paths)}
    assert unseen == set()
    assert [dimension.id for dimension in ddcat.instrument.dimensions] == list(DIMENSIONS)
