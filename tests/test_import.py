"""`ddcat import`: what a file brings is told, then kept whole or not at all, and never twice."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from openpyxl import Workbook
from sqlite_utils import Database

from ddcat import cli, columns, facts, shelf, store
from ddcat.access import Role
from ddcat.importing import MOST_TAGS, Arrival, Cargo, Matching, Named, There
from ddcat.interchange import codebook, ratings
from ddcat.records import Agency, Assessment, Person, Program
from ddcat.store import agencies, assessments, erasing, people, programs, roles, tags, trail
from ddcat.web.forms.facts import start_form

ROOT = Path(__file__).parent.parent
REAL = shelf.find("ddcat@4.0").instrument
CODES = [item.code for item in REAL.items]
HEADER = ["agency", *ratings.blank(REAL)]
LONG = "agency,program,assessed_on,kind,rater,item,rating,evidence\n"


def row(
    program: str, day: str = "2026-05-04", rating: object = 3, agency: str = "Rosewood", **by_code: object
) -> str:
    cells = [agency, program, day, "self", "Kim", *(by_code.get(code, rating) for code in CODES)]
    return ",".join(map(str, cells)) + "\n"


WIDE = ",".join(HEADER) + "\n"
TWO = WIDE + row("Day house") + row("Night house", rating=1, IA="")


class House:
    """A database, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = store.file(folder / "data")
        store.migrate(self.file)
        self.db: Database = store.connect(self.file)

    def run(self, *args: object) -> Result:
        return CliRunner().invoke(cli.main, [*map(str, args), "--data", str(self.file.parent)])

    def bring(self, content: str | bytes, *args: object, name: str = "sheet.csv") -> Result:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.run("import", path, *args)

    def faults(self, content: str | bytes, *args: object, name: str = "sheet.csv") -> list[str]:
        """Every fault of this content; and nothing was kept."""
        before = self.all()
        for option in ([], ["--yes"]):
            done = self.bring(content, *args, *option, name=name)
            assert done.exit_code == 1, done.output
            assert self.all() == before
        return [line.removeprefix(f"{self.folder / name}: ").removeprefix(f"{name}: ") for line in lines(done.stderr)]

    def all(self) -> dict[str, list[tuple]]:
        """Everything that the database holds."""
        tables = [name for name in self.db.table_names() if not name.startswith(("sqlite_", "_"))]
        return {name: self.db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}

    def count(self, table: str, where: str = "1") -> int:
        return int(self.db.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])

    def invite(self, name: str, *, is_administrator: bool = False) -> Person:
        """Somebody with an account."""
        with store.writing(self.db):
            person = people.create(self.db, None, name=name, login=name.casefold())
        if is_administrator:
            roles.give(self.db, person, person, Role.ADMINISTRATOR)
        return people.by_login(self.db, name.casefold())


def lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.fixture
def house(tmp_path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.db.conn.close()


@pytest.fixture
def two_instruments(tmp_path, monkeypatch) -> None:
    """A shelf with the lantern beside the real instrument."""
    folder = tmp_path / "instruments"
    folder.mkdir()
    for source in (
        *(ROOT / "instruments").glob("ddcat-4.0*"),
        *(ROOT / "tests" / "instruments").glob("lantern-1.0*"),
    ):
        shutil.copy(source, folder)
    monkeypatch.setattr("ddcat.shelf.INSTRUMENTS", folder)


@pytest.fixture
def first(house) -> Person:
    return people.first(house.db)


# What is told


def test_without_yes_it_is_told_what_would_be_done_and_nothing_is(house):
    before = house.all()
    done = house.bring(TWO, "--seal")
    assert done.exit_code == 0, done.output
    assert lines(done.stdout) == [
        "New agencies: 1",
        "  Rosewood",
        "New programs: 2",
        "  Day house (Rosewood)",
        "  Night house (Rosewood)",
        "Assessments to be created: 2",
        "  Day house (Rosewood): 1",
        "  Night house (Rosewood): 1",
        "Would import 2 assessments: 1 sealed, 1 draft. Nothing was changed; the same command with --yes imports.",
    ]
    assert house.all() == before


def test_long_lists_are_cut_and_counted(house):
    done = house.bring(WIDE + "".join(row(f"House {n}") for n in range(25)))
    assert "  and 5 more" in done.stdout
    assert "  House 20 (Rosewood)" not in done.stdout


# What is kept


def test_a_wide_sheet_becomes_drafts_with_everything_that_it_says(house, first):
    done = house.bring(TWO, "--yes")
    assert done.exit_code == 0, done.output
    assert lines(done.stdout)[-1] == "Imported 2 assessments: 2 drafts."
    day, night = programs.all(house.db, first)
    assert (day.name, day.agency.name, night.name) == ("Day house", "Rosewood", "Night house")
    (kept,) = assessments.of_program(house.db, first, night.ref)
    assert not kept.is_sealed
    assert (kept.assessed_on, kept.kind, kept.rater, kept.period) == ("2026-05-04", "self", "Kim", 1)
    assert kept.ratings == {item.id: 1 for item in REAL.items if item.code != "IA"}


def test_a_long_sheet_brings_what_was_written_for_ratings(house, first):
    sheet = LONG + "Rosewood,Day house,2026-05-04,self,Kim,IA,3,Ten arrivals\n" * 1
    sheet += "Rosewood,Day house,2026-05-04,self,Kim,IB,,Nobody knows\n"
    assert house.bring(sheet, "--yes", "--seal").exit_code == 0
    (program,) = programs.all(house.db, first)
    (kept,) = assessments.of_program(house.db, first, program.ref)
    ia, ib = REAL.items[:2]
    assert (kept.ratings, kept.why) == ({ia.id: 3}, {ia.id: "Ten arrivals", ib.id: "Nobody knows"})


def test_a_workbook_is_read_as_well(house, first):
    book = Workbook()
    for line in TWO.splitlines():
        book.active.append(line.split(","))
    data = io.BytesIO()
    book.save(data)
    assert house.bring(data.getvalue(), "--yes", name="sheet.xlsx").exit_code == 0
    assert len(programs.all(house.db, first)) == 2


def test_only_complete_assessments_are_sealed_and_their_records_verify(house, first):
    done = house.bring(TWO, "--yes", "--seal")
    assert lines(done.stdout)[-1] == "Imported 2 assessments: 1 sealed, 1 draft."
    day, night = programs.all(house.db, first)
    (sealed,) = assessments.of_program(house.db, first, day.ref)
    (draft,) = assessments.of_program(house.db, first, night.ref)
    assert sealed.is_sealed
    assert not draft.is_sealed
    said = house.run("verify")
    assert (said.exit_code, said.stdout.splitlines()[0].partition(",")[0]) == (0, "Verified: 1 record")


def test_an_exported_record_of_an_import_verifies_without_ddcat(house, first, tmp_path):
    for login in ([], ["--as", "ada"]):
        if login:
            roles.give(
                house.db, first, house.invite("Ada"), Role.DIRECTOR, "agency", agencies.all(house.db, first)[0].ref
            )
        assert (
            house.bring(WIDE + row("Day house", day=f"202{len(login)}-01-01"), "--yes", "--seal", *login).exit_code
            == 0
        )
        (ref,) = house.db.execute("SELECT ref FROM assessment ORDER BY id DESC LIMIT 1").fetchone()
        out = tmp_path / f"{ref}.json"
        assert house.run("export", ref, "-o", out).exit_code == 0
        checked = subprocess.run(
            [sys.executable, ROOT / "tools" / "verify.py", out], capture_output=True, encoding="utf-8"
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_source_stands_with_the_assessment_and_in_the_trail(house, first):
    house.bring(TWO, "--yes")
    digest = sha256(TWO.encode()).hexdigest()
    program = programs.all(house.db, first)[1]
    (kept,) = assessments.of_program(house.db, first, program.ref)
    source = f"sheet.csv, row 3, SHA-256 {digest}"
    assert kept.facts["imported_from"] == source
    entry = next(each for each in trail.of_program(house.db, first, program.ref) if each.act == "import")
    assert (entry.who, entry.ref) == ("", kept.ref)
    told = {name: new.value for name, (_old, new) in entry.changes.items() if new}
    assert told["facts/imported_from"] == source
    assert told["ratings"] == kept.ratings
    assert (told["rater"], told["assessed_on"]) == ("Kim", "2026-05-04")


def test_what_was_imported_can_be_erased(house, first):
    texts = LONG + "Rosewood,Day house,2026-05-04,self,Kim,IA,3,Said by nobody\n"
    house.bring(texts, "--yes")
    (program,) = programs.all(house.db, first)
    assert erasing.erase(house.db, first, program.ref, "Said by nobody", "Not for here") == 2
    assert b"Said by nobody" not in json.dumps(house.all(), default=repr).encode()
    assert house.run("verify").exit_code == 0


def test_facts_of_programs_come_along_and_gaps_are_filled(house, first):
    sheet = "agency,program,assessed_on,state,level,payments,capacity,IA\n"
    house.bring(WIDE + row("Day house"), "--yes")
    told = "Rosewood,Day house,2026-06-01,Vermont,2.1 wm,medicaid; self-pay,24,3\n"
    done = house.bring(sheet + told, "--yes")
    assert "Programs that learn facts: 1" in done.stdout, done.output
    (program,) = programs.all(house.db, first)
    assert program.facts == {
        "state": "Vermont",
        "level_addiction": ["2.1", "wm"],
        "payments": ["self-pay", "medicaid"],
        "capacity": 24,
    }
    assert assessments.of_program(house.db, first, program.ref)[-1].facts.items() >= program.facts.items()


def test_a_sheet_of_programs_tells_facts_of_programs(house, first):
    told = house.folder / "programs.csv"
    told.write_text(
        "agency,program,state,level\nRosewood,Day house,Vermont,outpatient\nRosewood,Empty house,Maine,\n"
    )
    assert house.bring(WIDE + row("Day house"), "--programs", told, "--yes").exit_code == 0
    day, empty = programs.all(house.db, first)
    assert day.facts == {"state": "Vermont", "level_mental_health": ["outpatient"]}
    assert (empty.name, empty.facts) == ("Empty house", {"state": "Maine"})


def test_facts_that_cannot_be_so_are_refused_as_in_the_form(house):
    told = house.folder / "programs.csv"
    told.write_text(
        "agency,program,hours_scheduled,hours_as_of,cost_help,survey_on,wait_as_of\n"
        "Rosewood,Day house,999999,2099-01-01,none grants,1066-10-14,2026-01-02\n"
    )
    faults = house.faults(WIDE + row("Day house"), "--programs", told)
    columns = ("hours_scheduled", "hours_as_of", "cost_help", "survey_on", "wait_as_of")
    assert [next(name for name in columns if f"column {name}:" in fault) for fault in faults] == [
        *("hours_scheduled", "hours_as_of", "cost_help", "wait_as_of", "survey_on")
    ]


def test_agencies_learn_facts_and_programs_gain_tags_and_nothing_is_overwritten(house, first):
    told = house.folder / "programs.csv"
    told.write_text('agency,program,primary_focus,agency_type,tags\nRosewood,Day house,mix,,"rural, Pilot 2027"\n')
    house.bring(WIDE + row("Day house"), "--yes")
    done = house.bring(WIDE + row("Day house"), "--programs", told, "--yes")
    assert "  Rosewood: primary_focus mix" in lines(done.stdout)
    assert "  Day house (Rosewood): tags rural, Pilot 2027" in lines(done.stdout)
    (agency,), (program,) = agencies.all(house.db, first), programs.all(house.db, first)
    assert agency.facts == {"primary_focus": "mix"}
    assert tags.of_program(house.db, first, program.ref) == ("Pilot 2027", "rural")
    before = house.all()
    assert "Nothing is new" in house.bring(WIDE + row("Day house"), "--programs", told, "--yes").stdout
    assert house.all() == before
    told.write_text("agency,program,primary_focus\nRosewood,Day house,hospital\n")
    assert house.faults(WIDE + row("Day house"), "--programs", told) == [
        "row 2: primary_focus of Rosewood is mix, here or in another row; expected the same"
    ]
    told.write_text("agency,program,tags\nRosewood,Day house," + "x" * 41 + "\n")
    (fault,) = house.faults(WIDE + row("Day house"), "--programs", told)
    assert "at most 20 tags" in fault
    assert house.run("verify").exit_code == 0


def test_who_directs_but_a_program_does_not_change_its_agency(house, first):
    house.bring(WIDE + row("Day house"), "--yes")
    bob = house.invite("Bob")
    roles.give(house.db, first, bob, Role.DIRECTOR, "program", programs.all(house.db, first)[0].ref)
    sheet = "agency,program,assessed_on,primary_focus,IA\nRosewood,Day house,2026-06-04,mix,3\n"
    assert house.faults(sheet, "--as", "bob") == ["row 2: only a director of Rosewood changes its facts"]
    assert house.bring(sheet.replace("mix", ""), "--as", "bob", "--yes").exit_code == 0


def test_no_program_gains_more_tags_than_its_form_takes(house, first):
    sheet, told = WIDE + row("Day house"), house.folder / "programs.csv"
    house.bring(sheet, "--yes")
    (program,) = programs.all(house.db, first)
    kept = {f"Tag {n}" for n in range(MOST_TAGS - 1)}
    tags.change(house.db, first, program.ref, kept)
    few = 'agency,program,tags\nRosewood,Day house,"tag 1, rural"\nRosewood,Night house,"rural, pilot"\n'
    told.write_text(few + "Rosewood,Day house,pilot\n")
    assert house.faults(sheet, "--programs", told) == [
        "row 4: Day house would have 21 tags in all; expected at most 20"
    ]
    told.write_text(few + "Rosewood,Day house,RURAL\n")
    assert house.bring(sheet, "--programs", told, "--yes").exit_code == 0
    assert set(tags.of_program(house.db, first, program.ref)) == kept | {"rural"}


def test_periods_follow_the_days_and_what_is_there(house, first):
    sheet = WIDE + row("Day house", "2026-03-01") + row("Day house", "2025-03-01")
    house.bring(sheet, "--yes", "--seal")
    house.bring(WIDE + row("Day house", "2026-10-01"), "--yes")
    (program,) = programs.all(house.db, first)
    found = assessments.of_program(house.db, first, program.ref)
    assert [(each.assessed_on, each.period) for each in found] == [
        ("2025-03-01", 1),
        ("2026-03-01", 2),
        ("2026-10-01", 3),
    ]


PERIOD = WIDE.replace("agency,", "period,agency,")


def timed(*assessments: tuple[object, str]) -> str:
    """Rows of Day house, each with a period, or with none."""
    return PERIOD + "".join(f"{period}," + row("Day house", day) for period, day in assessments)


def asked(number: int, day: str) -> str:
    return (
        f"row {number}: Day house has an assessment of a later day, {day}, so the period of this one cannot be"
        " counted; tell it in a column period: 1 for the baseline, 2 for the first follow-up, and so on"
    )


@pytest.mark.parametrize("options", [[], ["--seal"]])
def test_what_is_older_than_an_assessment_that_is_there_tells_its_period_itself(house, options):
    house.bring(timed(("", "2024-03-01"), ("", "2026-03-01")), "--yes", *options)
    older = WIDE + row("Day house", "2022-03-01") + row("Night house", "2022-03-01") + row("Day house", "2026-02-28")
    assert house.faults(older, *options) == [asked(2, "2026-03-01"), asked(4, "2026-03-01")]
    assert house.bring(timed((1, "2022-03-01"), ("", "2026-04-01")), "--yes", *options).exit_code == 0
    assert house.db.execute("SELECT assessed_on, period FROM assessment ORDER BY 1").fetchall() == [
        ("2022-03-01", 1),
        ("2024-03-01", 1),
        ("2026-03-01", 2),
        ("2026-04-01", 3),
    ]
    assert "Nothing is new" in house.bring(timed(("", "2024-03-01")), *options).stdout


def test_what_is_older_than_one_whose_period_the_file_gives_tells_its_own(house):
    sheet = timed((2, "2025-03-01"), ("", "2024-03-01"), ("", "2026-03-01"))
    sheet += "," + row("Day house", "2025-03-01").replace("self", "peer")
    assert house.faults(sheet) == [asked(3, "2025-03-01")]
    assert house.bring(sheet.replace("\n,", "\n1,", 1), "--yes").exit_code == 0
    found = house.db.execute("SELECT assessed_on, period FROM assessment ORDER BY 1").fetchall()
    assert found == [("2024-03-01", 1), ("2025-03-01", 2), ("2025-03-01", 2), ("2026-03-01", 3)]


def test_a_long_sheet_may_hold_several_instruments(house, two_instruments):
    sheet = "agency,program,assessed_on,instrument,item,rating\n"
    sheet += "Rosewood,Day house,2026-05-04,lantern@1.0,IA,3\nRosewood,Day house,2026-05-04,,IA,5\n"
    sheet += "Rosewood,Day house,2026-05-04,lantern@1.0,IB,2\n"
    assert house.bring(sheet, "--yes").exit_code == 0
    rated = house.db.execute(
        "SELECT name, item, value FROM rating JOIN assessment ON assessment.id = assessment_id"
        " JOIN instrument ON checksum = instrument ORDER BY name, item"
    ).fetchall()
    assert rated == [
        ("ddcat@4.0", REAL.items[0].id, 5),
        ("lantern@1.0", "coat-rack", 2),
        ("lantern@1.0", "first-words", 3),
    ]
    wrong = sheet.replace("IB,2", "IIIA,2")
    assert house.faults(wrong) == ["row 4, column item: unknown item 'IIIA'; expected IA to IIA"]


# Agencies of one name


@pytest.fixture
def namesakes(house, first) -> tuple[Program, Program]:
    """Day house of Rosewood, and Night house of another agency, a hospital, that is called rosewood."""
    ours = agencies.add(house.db, first, "Rosewood", {"primary_focus": "addiction"})
    theirs = agencies.add(house.db, first, "rosewood", {"primary_focus": "hospital"})
    day = programs.add(house.db, first, ours.ref, "Day house", {})
    return day, programs.add(house.db, first, theirs.ref, "Night house", {})


@pytest.mark.parametrize("agency", ["", "ROSEWOOD"])
def test_what_is_sealed_names_the_agency_of_its_own_program(house, namesakes, agency):
    sheet = WIDE + row("Day house", agency=agency) + row("Night house", agency=agency)
    assert house.bring(sheet, "--yes", "--seal").exit_code == 0
    cores = [json.loads(core) for (core,) in house.db.execute("SELECT core FROM record ORDER BY assessment_id")]
    assert [(core["agency"]["ref"], core["program"]["ref"]) for core in cores] == [
        (program.agency.ref, program.ref) for program in namesakes
    ]
    kept = house.db.execute("SELECT facts FROM assessment ORDER BY id").fetchall()
    assert [json.loads(facts)["primary_focus"] for (facts,) in kept] == ["addiction", "hospital"]
    entries = house.db.execute("SELECT agency, program FROM trail WHERE act IN ('import', 'seal')").fetchall()
    assert set(entries) == {(program.agency.ref, program.ref) for program in namesakes}


def test_who_directs_one_agency_teaches_no_other_of_its_name(house, first, namesakes):
    day, night = namesakes
    bob = house.invite("Bob")
    roles.give(house.db, first, bob, Role.DIRECTOR, "program", day.ref)
    roles.give(house.db, first, bob, Role.DIRECTOR, "agency", night.agency.ref)
    head = "program,assessed_on,agency_type,IA\n"
    assert house.faults(head + "Night house,2026-05-04,,3\nDay house,2026-05-04,public,3\n", "--as", "bob") == [
        "row 3: only a director of Rosewood changes its facts"
    ]
    sheet = head + "Day house,2026-05-04,,3\nNight house,2026-05-04,public,3\n"
    told = lines(house.bring(sheet, "--as", "bob").stdout)
    assert told[:2] == ["Agencies that learn facts: 1", "  rosewood: agency_type public"]
    assert house.bring(sheet, "--as", "bob", "--yes").exit_code == 0
    assert agencies.get(house.db, first, day.agency.ref).facts == day.agency.facts
    assert agencies.get(house.db, first, night.agency.ref).facts == {
        **night.agency.facts,
        "agency_type": ["public"],
    }


def test_agencies_of_one_name_each_learn_their_own_facts_and_none_is_overwritten(house, first, namesakes):
    head = "program,assessed_on,primary_focus,agency_type,IA\n"
    assert house.faults(head + "Day house,2026-05-04,,,3\nNight house,2026-05-04,addiction,,3\n") == [
        "row 3: primary_focus of rosewood is hospital, here or in another row; expected the same"
    ]
    sheet = head + "Day house,2026-05-04,addiction,private,3\nNight house,2026-05-04,hospital,public,3\n"
    assert house.bring(sheet, "--yes").exit_code == 0
    found = [agencies.get(house.db, first, program.agency.ref).facts for program in namesakes]
    assert found == [
        {"primary_focus": "addiction", "agency_type": ["private"]},
        {"primary_focus": "hospital", "agency_type": ["public"]},
    ]


def test_a_program_that_is_new_goes_to_no_agency_whose_name_another_has(house, namesakes):
    assert house.faults(WIDE + row("Third house")) == ["row 2: several agencies here are called Rosewood"]


def test_new_agencies_and_programs_that_differ_in_capitals_alone_are_one_called_as_it_stands_first(house, first):
    head = "agency,program,assessed_on,primary_focus,agency_type,IA\n"
    sheet = head + "Rosewood,Day house,2026-05-04,,public,3\nROSEWOOD,Night house,2026-05-04,mix,,3\n"
    assert house.faults(sheet + "rosewood,DAY house,2026-06-04,hospital,,3\n") == [
        "row 4: primary_focus of Rosewood is mix, here or in another row; expected the same"
    ]
    sheet += "rosewood,DAY house,2026-06-04,mix,,3\n"
    told = lines(house.bring(sheet).stdout)[:5]
    assert told == [
        *("New agencies: 1", "  Rosewood"),
        *("New programs: 2", "  Day house (Rosewood)", "  Night house (Rosewood)"),
    ]
    assert house.bring(sheet, "--yes").exit_code == 0
    (agency,) = agencies.all(house.db, first)
    assert (agency.name, agency.facts) == ("Rosewood", {"agency_type": ["public"], "primary_focus": "mix"})
    found = {program.name: program for program in programs.all(house.db, first)}
    assert found.keys() == {"Day house", "Night house"}
    assert {program.agency.ref for program in found.values()} == {agency.ref}
    assert len(assessments.of_program(house.db, first, found["Day house"].ref)) == 2


# Twice


@pytest.mark.parametrize("options", [[], ["--seal"]])
def test_the_same_file_creates_nothing_twice_and_says_so(house, options):
    house.bring(TWO, "--yes", *options)
    before = house.all()
    done = house.bring(TWO, "--yes", *options)
    assert done.exit_code == 0
    assert lines(done.stdout) == [
        "Here already with the same ratings, left out: 2",
        "  row 2: Day house, 2026-05-04",
        "  row 3: Night house, 2026-05-04",
        "Nothing is new in this file, so nothing was changed.",
    ]
    assert house.all() == before


def test_what_is_new_in_a_longer_file_is_added_alone(house):
    house.bring(TWO, "--yes")
    done = house.bring(TWO + row("Day house", "2026-11-04"), "--yes")
    assert lines(done.stdout)[-1] == "Imported 1 assessment: 1 draft."
    assert (house.count("program"), house.count("assessment")) == (2, 3)


def test_other_ratings_of_the_same_assessment_are_refused(house):
    house.bring(TWO, "--yes")
    assert house.faults(TWO.replace(",1,", ",3,").replace("Day house", "Third house")) == [
        "row 3: Night house has an assessment of 2026-05-04 by this rater already, with other ratings;"
        " correct that one there, or take these rows out"
    ]


# Faults


def test_every_fault_is_told_with_its_place_and_nothing_is_kept(house):
    sheet = "agency,program,assessed_on,kind,period,state,level,IA\n"
    sheet += "Rosewood,Day house,2026-02-30,self,0,Vermont,9,3\n"
    sheet += "Rosewood,Night house,2026-02-03,boss,1,Vermont,2.1,7\n"
    sheet += "Rosewood,Third house,2026-02-03,self,1,Vermont,2.1,3\n"
    told = house.faults(sheet)
    assert [line.partition(": ")[0] for line in told] == [
        "row 2, column period",
        "row 2, column level",
        "row 2, column assessed_on",
        "row 3, column kind",
        "row 3, column IA",
    ]


DAYS = ("1899-01-01", "1999-12-31", "2000-01-01", str(date.today()), str(date.today() + timedelta(1)), "2031-01-01")


def test_a_day_is_refused_by_the_rule_of_the_form(house):
    """The form takes and refuses the very same days."""
    sheet = WIDE + "".join(row("Day house", day) for day in DAYS)
    said = "Enter a date from 2000 on that is not in the future."
    assert house.faults(sheet, "--seal") == [f"row {n}, column assessed_on: {said}" for n in (2, 3, 6, 7)]
    assert [day for day in DAYS if not _is_taken(day)] == [DAYS[n] for n in (0, 1, 4, 5)]
    long = LONG + f"Rosewood,Day house,{DAYS[5]},self,Kim,IA,3,\n"
    assert house.faults(long) == [f"row 2, column assessed_on: {said}"]


def _is_taken(day: str) -> bool:
    with Flask("form").test_request_context(method="POST", data={"assessed_on": day}):
        form = start_form([REAL], None, {REAL.name: 1}, date.today(), ["self"])
        return form.assessed_on.validate(form)


def test_programs_need_an_agency_which_may_be_named_once_for_all(house, first):
    sheet = WIDE + row("Day house", agency="")
    assert house.faults(sheet) == ["row 2: Day house is new; name its agency in a column agency, or with --agency"]
    assert house.bring(sheet, "--agency", "Rosewood", "--yes").exit_code == 0
    assert programs.all(house.db, first)[0].agency.name == "Rosewood"
    assert house.bring(WIDE + row("day HOUSE", "2026-09-09", agency=""), "--yes").exit_code == 0
    assert house.count("program") == 1


def test_a_name_that_two_agencies_use_is_refused(house):
    house.bring(WIDE + row("Day house") + row("Day house", agency="Elsewhere"), "--yes")
    assert house.faults(WIDE + row("Day house", "2026-01-01", agency="")) == [
        "row 2: several agencies have a program called Day house; name the agency"
    ]


def test_facts_that_contradict_are_refused(house):
    sheet = "agency,program,assessed_on,state,IA\nRosewood,Day house,2026-05-04,Vermont,3\n"
    assert house.faults(sheet + "Rosewood,Day house,2026-06-04,Maine,3\n") == [
        "row 3: state of Day house is Vermont, here or in another row; expected the same"
    ]
    house.bring(sheet, "--yes")
    assert len(house.faults(sheet.replace("Vermont", "Ohio").replace("05-04", "07-04"))) == 1


def test_one_assessment_under_two_spellings_is_refused(house):
    assert house.faults(WIDE + row("Day house") + row("DAY HOUSE", rating=1)) == [
        "row 3: has the same program, date, kind and rater as row 2; expected once"
    ]


def test_an_unknown_instrument_and_a_wide_sheet_of_two_are_refused(house, two_instruments):
    sheet = "agency,program,assessed_on,instrument,item,rating\nRosewood,Day house,2026-05-04,nothing@1,IA,3\n"
    assert house.faults(sheet) == [
        "row 2, column instrument: there is no instrument 'nothing@1' here; there is ddcat@4.0, lantern@1.0"
    ]
    wide = "agency,program,assessed_on,instrument,IA\nR,D,2026-05-04,ddcat@4.0,3\nR,D,2026-05-04,lantern@1.0,3\n"
    assert any("several instruments" in fault for fault in house.faults(wide))


def test_texts_that_look_like_patient_data_are_refused_unless_explained(house, first):
    sheet = LONG + "Rosewood,Day house,2026-05-04,self,Kim,IA,3,Chart of a patient born 03/04/1970\n"
    (fault,) = house.faults(sheet)
    assert fault.startswith("row 2, column evidence: “")
    assert "--overrule" in fault
    assert house.bring(sheet, "--overrule", "An invented chart", "--yes").exit_code == 0
    (program,) = programs.all(house.db, first)
    entry = next(each for each in trail.of_program(house.db, first, program.ref) if each.act == "overrule")
    assert entry.changes["evidence"][1].value == "An invented chart"


def test_long_names_are_refused(house):
    assert house.faults(WIDE + row("x" * 201)) == ["row 2, column program: is longer than 200 characters"]


@pytest.mark.parametrize("head", ["program,assessed_on,nothing,IA", "program,assessed_on,nothing,item,rating"])
def test_no_item_can_be_called_like_a_column_that_an_import_reads(house, head):
    """The fault names the columns; an export has some more, which are passed over."""
    (fault,) = [each for each in house.faults(f"{head}\n,,,\n") if "unknown column 'nothing'" in each]
    named = fault.partition("; expected ")[2].replace(f", {CODES[0]} to {CODES[-1]}", "").split(", ")
    exported = codebook.columns((), {}, True)
    passed_over = [column.name for table in ("ratings", "programs") for column in exported[table]]
    read = {*named, *passed_over}
    assert read - columns.RESERVED == set()
    never_told = {field.name for field in facts.fields(facts.PROGRAM)} - codebook.FACTS.keys()
    assert columns.RESERVED - read == never_told


def test_every_column_but_that_of_tags_is_read_or_passed_over_in_a_file_of_ratings(house):
    """None of those that no item can be called like is unknown there."""
    names = sorted(columns.RESERVED)
    told = house.faults(",".join(names) + "\n" + "," * (len(names) - 1) + "x\n")
    never_told = {field.name for field in facts.fields(facts.PROGRAM)} - codebook.FACTS.keys()
    unknown = {fault.split("'")[1] for fault in told if "unknown column" in fault}
    assert unknown == never_told | {"tags"}


# Who


def test_the_person_who_imports_directs_new_agencies_and_stands_in_the_trail(house):
    ada = house.invite("Ada", is_administrator=True)
    assert house.bring(TWO, "--as", "Ada", "--yes", "--seal").exit_code == 0
    program, _night = programs.all(house.db, ada)
    assert Role.DIRECTOR in program.held
    (kept,) = assessments.of_program(house.db, ada, program.ref)
    assert {origin.by for origin in kept.origins.values()} == {ada.ref}
    assert {each.who for each in trail.of_program(house.db, ada, program.ref)} == {ada.ref}
    assert house.run("verify").exit_code == 0


def test_who_does_not_direct_an_agency_cannot_fill_it(house, first):
    house.bring(WIDE + row("Day house"), "--yes")
    bob = house.invite("Bob")
    more = WIDE + row("Day house", "2026-06-01") + row("New house") + row("Far house", agency="Elsewhere")
    assert house.faults(more, "--as", "bob") == [
        "row 2: only a director of Day house may import into it",
        "row 3: only a director of Rosewood adds programs to it",
        "row 4: Elsewhere is new, and only an administrator adds agencies",
    ]
    (agency,) = agencies.all(house.db, first)
    roles.give(house.db, first, bob, Role.DIRECTOR, "agency", agency.ref)
    assert house.bring(more.replace("Elsewhere", "Rosewood"), "--as", "bob", "--yes").exit_code == 0


def test_an_unknown_login_is_wrong_usage(house):
    assert house.bring(TWO, "--as", "nobody").exit_code == 2


def test_before_there_are_accounts_whoever_comes_first_directs_what_was_imported(house):
    house.bring(TWO, "--yes")
    with store.writing(house.db):
        adopted = people.adopt(house.db, name="Ada", login="ada", password="x")
    assert len(programs.all(house.db, adopted)) == 2


def test_later_ratings_of_the_command_line_are_nobodys(house):
    with store.writing(house.db):
        ada = people.adopt(house.db, name="Ada", login="ada", password="x")
    for program in ("Day house", "Night house"):
        assert house.bring(WIDE + row(program), "--yes", "--seal").exit_code == 0
    names = {name for (name,) in house.db.execute("SELECT name FROM person JOIN rating ON person_id = person.id")}
    assert names == {"command line"}
    assert house.count("person", "login IS NULL") == 1
    assert programs.all(house.db, ada) == []
    assert [agency.name for agency in agencies.all(house.db, ada)] == ["Rosewood"], "she may invite its director"
    assert house.run("verify").exit_code == 0


# All or nothing


def test_an_import_that_is_killed_leaves_nothing(house):
    (house.folder / "big.csv").write_text(WIDE + "".join(row(f"House {n}") for n in range(1500)))
    before = house.all()
    house.db.conn.close()
    command = [sys.executable, "-m", "ddcat", "import", house.folder / "big.csv", "--yes", "--seal"]
    process = subprocess.Popen([*command, "--data", house.file.parent], cwd=ROOT, stdout=subprocess.DEVNULL)
    log = house.file.with_name("ddcat.sqlite-wal")
    while not (log.exists() and log.stat().st_size > 8_000_000):
        assert process.poll() is None, "it was done before it was killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    house.db = store.connect(house.file)
    assert house.all() == before
    assert house.run("import", house.folder / "big.csv", "--yes", "--seal").exit_code == 0
    assert house.count("assessment", "sealed_at IS NOT NULL") == 1500


def test_what_somebody_else_imported_meanwhile_is_seen_inside_the_transaction(house):
    """The preview is made anew where nobody can write in between."""
    house.bring(TWO)
    house.bring(TWO, "--yes", name="other.csv")
    done = house.bring(TWO, "--yes")
    assert "Nothing is new" in done.stdout
    assert house.count("assessment") == 2


# The matching itself


def test_matching_is_pure_and_takes_the_usual_agency_for_rows_that_name_none(lantern, ddcat):
    there = Program("p1", "Day house", Agency("a1", "Rosewood"), {}, frozenset({Role.DIRECTOR}))
    said = Assessment("Day house", "2026-05-04", {"first-words": 3})
    cargo = Cargo("f.csv", "0" * 64, [Arrival(Named("", "DAY house", {}, 2), said, ddcat)], agency="rosewood")
    matching = Matching(cargo, There([there.agency], [there], frozenset()))
    found: Callable = matching.preview
    ((_arrival, key, period),) = found([], {}).coming
    assert (matching.refs, key, period) == (["p1"], ("p1",), 1)


DATED = {"networks": "North", "payers_as_of": "2026-05-02", "payers_source": "Contract"}


@pytest.mark.parametrize(
    ("known", "header", "told", "wrong"),
    [
        (DATED, "payments", "medicare", "payments"),
        (DATED, "payments,payers_as_of", "medicare,2026-05-02", "payments"),
        ({"networks": "North"}, "payments,payers_as_of", "medicare,2026-05-02", "networks"),
        ({"shortest_stay_days": 42}, "planned_stay_days", "21", "shortest_stay_days"),
        (DATED, "payments,payers_as_of,payers_source", "medicare,2026-05-02,Contract", ""),
        (DATED, "payers_as_of,networks", "2026-05-02,North", ""),
        (DATED, "capacity", "12", ""),
        ({"networks": "North"}, "payments", "medicare", ""),
        ({"networks": "North"}, "payments,networks,payers_as_of", "medicare,North,2026-05-02", ""),
    ],
)
def test_a_row_and_what_is_known_are_held_to_the_rules_of_the_fact_sheet(house, first, known, header, told, wrong):
    house.bring(WIDE + row("Day house"), "--yes")
    (program,) = programs.all(house.db, first)
    programs.tell(house.db, first, program.ref, known, {}, list(known))
    sheet = house.folder / "programs.csv"
    sheet.write_text(f"agency,program,{header}\nRosewood,Day house,{told}\n")
    done = house.bring(WIDE + row("Day house"), "--programs", sheet, "--yes")
    assert (done.exit_code == 0) == (not wrong), done.output
    assert wrong in done.output
    kept = programs.get(house.db, first, program.ref).facts
    assert kept == known if wrong else kept.items() >= known.items()
