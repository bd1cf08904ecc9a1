"""What was typed for actions is found and erased like everything else, and `ddcat verify` stays clean beside them."""

import ast
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from ddcat import cli, facts, seal, shelf, store, verifying, web
from ddcat.access import Role
from ddcat.records import Action, Cycle, Note, Person, Plan, Point, Program
from ddcat.store import (
    actions,
    agencies,
    assessments,
    erasing,
    kept,
    lines,
    people,
    plans,
    programs,
    records,
    roles,
    saving,
    sealing,
    trail,
    typed,
)
from ddcat.store.lines import Line
from ddcat.store.reading import Stale
from ddcat.store.saving import Change
from ddcat.verifying import Verification

LANTERN = (Path(__file__).parent / "instruments" / "lantern-1.0.toml").read_bytes()
INSTRUMENT = shelf.parse(LANTERN)
NEVER = "Anna Beispiel, *1970 – „sah“ 𝄞\tzwei\nZeilen"
# Where people type into an action and into its lines, by the name that the place is told under.
TEXTS: dict[type[Any], tuple[str, ...]] = {
    Action: ("what", "owner", "proof", "reason", "seen", "measured"),
    Note: ("text",),
    Cycle: ("tried", "prediction", "happened"),
    Point: ("remark",),
}
# What else they hold: codes, days, numbers and what is our own.
CODES = {
    *("ref", "item", "rating", "expected", "owner_ref", "starts_on", "due_on", "state", "effort", "measured_as"),
    *("revision", "saved_at", "removed_at", "assessment", "program", "program_ref", "agency", "agency_ref", "by"),
    *(
        "owner_is_gone",
        "checksum",
        "notes",
        "cycles",
        "points",
        "stood",
        "held",
        "ends_on",
        "decision",
        "counted_on",
        "count",
        "n",
    ),
}
places = pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in TEXTS.items() for name in names])


@pytest.fixture
def program(db: Database, person: Person) -> Program:
    agency = agencies.add(db, person, "Rosewood", {})
    return programs.add(db, person, agency.ref, "Day house", {})


@pytest.fixture
def sealed(db: Database, person: Person, program: Program) -> str:
    said = {"assessed_on": "2026-05-04", "kind": "self", "rater": "Kim", "period": 1}
    ref = assessments.start(db, person, program.ref, (shelf.checksum(LANTERN), "lantern@1.0", LANTERN), **said)
    saving.save(db, person, ref, {item.id: Change(2, "", 0) for item in INSTRUMENT.items})
    seen = assessments.get(db, person, ref)
    sealing.seal(db, person, seen, verifying.record(INSTRUMENT, seen, by=person.ref, at=store.now()))
    return ref


@pytest.fixture
def ref(db: Database, person: Person, sealed: str) -> str:
    """An action with every kind of line, and a plan."""
    sam = _join(db, "sam", sealed, person)
    said = {
        "item": "coat-rack",
        "rating": 2,
        "expected": 4,
        "owner": "Sam",
        "owner_ref": sam.ref,
        "due_on": "2026-09-01",
        "state": "under way",
        "measured_as": "share",
    }
    ref = actions.add(db, person, sealed, Action(what="Hooks", **said))
    line(db, person, ref, Note(text="The carpenter comes"))
    line(db, person, ref, Cycle(tried="One hook", starts_on="2026-06-02", decision="adapt"))
    line(db, person, ref, Point(counted_on="2026-06-09", count="7", n=10))
    plans.save(db, person, sealed, Plan("lit", "scale", {"coat-rack": 2}, {"coat-rack": 4}))
    return ref


def _join(db: Database, login: str, sealed: str, by: Person) -> Person:
    with store.writing(db):
        one = people.create(db, None, name=f"{login.title()} Example", login=login)
        roles.insert(db, by, one, Role.RATER, "program", assessments.get(db, by, sealed).program_ref)
    return one


def line(db: Database, person: Person, ref: str, line: Line) -> str:
    return lines.add(db, person, ref, line)


def verified(db: Database) -> list[str]:
    """What differs in the whole database."""
    return [str(finding) for finding in Verification(kept.everything(db)) if finding.is_difference]


def holds(db: Database, text: str) -> bool:
    return any(text in statement.replace("''", "'") for statement in db.conn.iterdump())


def test_every_field_of_an_action_is_typed_or_a_code() -> None:
    for kind, names in TEXTS.items():
        assert {field.name for field in fields(kind)} - CODES == set(names), kind


@places
def test_a_text_of_an_action_is_found_and_erased_wherever_it_stands(
    db: Database, person: Person, program: Program, sealed: str, ref: str, kind: type[Any], name: str
) -> None:
    said = {name: NEVER}
    if kind is Action:
        about = {"item": "coat-rack", "rating": 2, "expected": 4, "due_on": "2026-09-01"}
        actions.add(db, person, sealed, Action(**about, **said))
    else:
        line(db, person, ref, kind(**said))
    other = programs.add(db, person, program.agency.ref, "Night house", {"address": NEVER})
    found = erasing.holding(db, person, program.ref, "Beispiel")
    assert {text: len(where) for text, where in found.items()} == {"Beispiel": 0, NEVER: 2}
    n, _hash = trail.head(db)
    at_entry, at_action = found[NEVER]
    assert at_entry == seal.place("entry", n - 1, name, "new")
    assert at_action.startswith("action/")
    assert at_action.endswith(f"/{name}")
    assert erasing.erase(db, person, program.ref, NEVER, "A patient") == 2
    newest = trail.of_program(db, person, program.ref, most=1)[0]
    assert set(newest.changes) == {"reason", at_entry, at_action}
    assert verified(db) == []
    for action in actions.of_program(db, person, program.ref):
        own = (action, *action.notes, *action.cycles, *action.points)
        assert NEVER not in {
            getattr(each, field.name) for each in own for field in fields(each) if field.name not in ("held", "stood")
        }
    assert programs.get(db, person, other.ref).facts == {"address": NEVER}


def test_what_was_taken_away_is_found_and_erased_too(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    lines.remove(db, person, ref, line(db, person, ref, Note(text=NEVER)))
    actions.remove(db, person, actions.add(db, person, sealed, Action(item="coat-rack", what=NEVER)))
    # A note, what was told when it was written and taken away, an action, what was told when it was planned.
    assert erasing.erase(db, person, program.ref, NEVER, "A patient") == 5
    assert not holds(db, "Beispiel")
    assert verified(db) == []


def test_what_was_changed_since_is_erased_from_the_trail_and_the_newer_text_stays(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    own = line(db, person, ref, Note(text=NEVER))
    lines.change(db, person, ref, Note(own, "The carpenter", revision=1))
    assert erasing.erase(db, person, program.ref, NEVER, "A patient") == 2
    assert lines.get(db, person, ref, own).text == "The carpenter"
    entry = next(each for each in trail.of_program(db, person, program.ref) if each.act == "change note")
    assert [side.is_erased for side in entry.changes["text"]] == [True, False]
    assert not holds(db, "Beispiel")


def test_a_window_that_still_shows_an_erased_text_cannot_save_it_again(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    own = line(db, person, ref, Cycle(tried=NEVER))
    window, cycle = actions.get(db, person, ref), lines.get(db, person, ref, own)
    erasing.erase(db, person, program.ref, NEVER, "A patient")
    erasing.erase(db, person, program.ref, "Hooks", "A patient")
    with pytest.raises(Stale):
        lines.change(db, person, ref, cycle)
    with pytest.raises(Stale):
        actions.change(db, person, window)
    assert not holds(db, "Beispiel")


def test_codes_days_numbers_and_refs_of_actions_are_neither_found_nor_erased(
    db: Database, person: Person, program: Program, sealed: str, ref: str
) -> None:
    action = actions.get(db, person, ref)
    lines.remove(db, person, ref, action.notes[0].ref)
    before = list(db.conn.iterdump())
    words = ["coat-rack", "under way", "share", "2026-09-01", "2026-06-02", "2026-06-09", "adapt", "7", "4", "lit"]
    words += ["scale", ref, sealed, action.owner_ref, action.notes[0].ref, action.cycles[0].ref]
    for word in words:
        assert erasing.holding(db, person, program.ref, word)[word] == [], word
        with pytest.raises(store.Missing):
            erasing.erase(db, person, program.ref, word, "A try")
    assert list(db.conn.iterdump()) == before


# Kept forms


FORMS = {
    "actions/{ref}/notes": ("text",),
    "actions/{ref}/cycles": ("tried", "prediction", "happened"),
    "actions/{ref}/points": ("count", "n", "remark"),
    "actions/{ref}/lines/0123456789abcdef": ("text", "count", "n", "remark"),
    "actions/{ref}/edit": ("what", "owner", "proof", "reason", "seen", "measured", "overrule"),
    "actions/{ref}/state": ("reason", "seen"),
    "assessments/{sealed}/actions/new": ("what", "owner", "proof"),
}


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_was_kept_for_an_action_loses_the_text_and_nothing_else(
    db: Database, person: Person, program: Program, sealed: str, ref: str, path: str
) -> None:
    address = "/" + path.format(ref=ref, sealed=sealed)
    sent = [(name, NEVER.replace("\n", "\r\n")) for name in FORMS[path]]
    rest = [("shown", "0"), ("state", "dropped"), ("item", "coat-rack"), ("due_on", "2026-09-01"), ("effort", "3")]
    typed.keep(db, person.ref, address, sent + rest)
    assert erasing.holding(db, person, program.ref, "Beispiel")[NEVER] == [f"form/{address}"]
    assert erasing.holding(db, person, program.ref, "dropped") == {"dropped": []}
    assert erasing.erase(db, person, program.ref, NEVER, "A patient") == 1
    assert typed.get(db, person, address).fields == [(name, "") for name in FORMS[path]] + rest
    assert not holds(db, "Beispiel")


def test_a_form_of_an_action_of_another_program_is_left_alone(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    other = programs.add(db, person, program.agency.ref, "Night house", {})
    address = f"/actions/{ref}/notes"
    typed.keep(db, person.ref, address, [("text", NEVER)])
    assert erasing.holding(db, person, other.ref, "Beispiel") == {"Beispiel": []}
    with pytest.raises(store.Missing):
        erasing.erase(db, person, other.ref, NEVER, "A try")


@pytest.mark.parametrize(
    "name",
    [field.name for field in facts.fields(facts.AGENCY + facts.PROGRAM) if field.kind in ("text", "lines")],
)
def test_every_fact_that_is_typed_is_found_in_a_kept_form(
    db: Database, person: Person, program: Program, name: str
) -> None:
    path = f"/programs/{program.ref}/edit"
    typed.keep(db, person.ref, path, [(name, NEVER)])
    assert erasing.holding(db, person, program.ref, NEVER) == {NEVER: [f"form/{path}"]}


# Verifying


def test_the_command_finds_nothing_wrong_beside_actions_that_were_worked_on(
    db: Database, person: Person, sealed: str, ref: str, tmp_path: Path
) -> None:
    actions.remove(db, person, ref)
    assessments.amend(db, person, sealed, "A hook was misread")
    said = CliRunner().invoke(cli.main, ["verify", "--data", str(tmp_path)])
    assert (said.exit_code, "1 record" in said.stdout) == (0, True), said.output


@pytest.mark.parametrize("table", ["action", "action_note", "action_cycle", "action_point", "plan"])
def test_actions_and_plans_are_not_compared_and_their_entries_are_proven(db: Database, ref: str, table: str) -> None:
    """As docs/security.md and docs/record-format.md say."""
    with db.conn:
        db.execute(f"UPDATE {table} SET revision = 99, saved_at = 'never'")
    assert verified(db) == []
    part = {"action": "what", "action_note": "text", "action_cycle": "tried", "action_point": "n", "plan": "chosen"}
    where = "name = ? AND side = 'new'"
    n, value = db.execute(f"SELECT n, value FROM trail_value WHERE {where}", [part[table]]).fetchone()
    changed = json.dumps(f"not {json.loads(value)}")
    with db.conn:
        db.execute("DROP TRIGGER trail_value_is_only_erased")
        db.execute(f"UPDATE trail_value SET value = ? WHERE n = ? AND {where}", [changed, n, part[table]])
    (finding,) = verified(db)
    assert finding.startswith(f"entry {n}: ")


def test_an_export_of_a_record_holds_the_entries_of_its_actions_without_their_texts(
    db: Database, person: Person, sealed: str, ref: str
) -> None:
    exported = records.export(db, person, sealed)
    entries = json.loads(exported)["entries"]
    assert {"add action", "plan assessment"} <= {f"{each['act']} {each['kind']}" for each in entries}
    assert b"Hooks" not in exported
    assert b"carpenter" not in exported


# Forms


def fields_of(*kinds: str) -> set[tuple[str, str]]:
    """The fields of these kinds in all forms: the form's module, and the name."""
    found = set()
    for path in (Path(web.__file__).parent / "forms").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_field = isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if is_field and getattr(node.value.func, "id", "") in kinds:
                found |= {(path.stem, target.id) for target in node.targets if isinstance(target, ast.Name)}
                found |= {(path.stem, target.attr) for target in node.targets if isinstance(target, ast.Attribute)}
    return found


def is_found(db: Database, person: Person, program: Program, ref: str, module: str, name: str) -> bool:
    """Whether what stands in this field of a kept form is found."""
    path = f"/actions/{ref}/edit" if module in ("actions", "lines") else f"/programs/{program.ref}/edit"
    # What is said of an item is sent under its name.
    sent = f"first-words-{name}" if module == "ratings" else name
    typed.keep(db, person.ref, path, [(sent, NEVER)])
    found = erasing.holding(db, person, program.ref, NEVER)[NEVER]
    typed.forget(db, person, path)
    return bool(found)


def test_of_every_form_what_is_typed_is_found_and_what_is_chosen_is_not(
    db: Database, person: Person, program: Program, ref: str
) -> None:
    free = fields_of("StringField", "TextAreaField", "NumberField")
    chosen = fields_of("SelectField", "RadioField", "DateField")
    assert {("lines", "text"), ("actions", "what"), ("evidence", "seen"), ("evidence", "n")} <= free
    assert {("lines", "count"), ("lines", "n")} <= free, "what is no number is kept as it was typed"
    assert {("lines", "decision"), ("actions", "state"), ("evidence", "source")} <= chosen
    assert [one for one in sorted(free) if not is_found(db, person, program, ref, *one)] == []
    assert [one for one in sorted(chosen) if is_found(db, person, program, ref, *one)] == []
