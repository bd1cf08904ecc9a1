"""The command line as others script against it: what it prints, where faults go, and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from gettext import NullTranslations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ddcat import __version__, cli, paths, shelf, words
from ddcat.interchange import ratings
from ddcat.scoring import Ratings

REAL = shelf.find("ddcat@4.0").instrument
ROOT = Path(__file__).parent.parent
COMMANDS = [
    *("agreement", "backup", "blank", "check", "demo", "doctor", "export", "import", "instruments", "migrate"),
    *("person", "plan", "release", "remind", "report", "restore", "schema", "score", "serve", "verify", "version"),
]


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *args: CliRunner().invoke(cli.main, [str(arg) for arg in args])


def real_run(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "ddcat", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", **options)


def line(program: str, given: Ratings) -> str:
    cells = [program, "2026-05-04", "self", "Kim", *(given.get(item.id, "") for item in REAL.items)]
    return ",".join(map(str, cells)) + "\n"


HEADER = ",".join(ratings.blank(REAL)) + "\n"


@pytest.fixture
def sheet(tmp_path, profiles) -> Path:
    """T3, the incomplete example and T1, in this order."""
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + "".join(line(name, profiles[name]) for name in ("T3", "incomplete", "T1")))
    return path


@pytest.fixture
def printed(run, sheet) -> dict[str, dict]:
    result = run("score", sheet, "--json")
    assert result.exit_code == 0
    return {each["program"]: each for each in json.loads(result.stdout)}


# score --json: the contract


def test_score_prints_one_object_an_assessment_in_file_order(run, sheet):
    result = run("score", sheet, "--json")
    assert [each["program"] for each in json.loads(result.stdout)] == ["T3", "incomplete", "T1"]
    assert (result.exit_code, result.stderr) == (0, "")


def test_every_object_has_exactly_the_keys_of_the_contract(printed):
    for each in printed.values():
        assert list(each) == [
            *("program", "assessed_on", "kind", "rater", "instrument", "complete", "n_rated", "n_items"),
            *("dimensions", "overall", "overall_exact", "band", "criterion", "bounds", "focus", "notes"),
        ]
        keys = ["id", "number", "title", "score", "score_exact", "n_rated", "n_items"]
        assert [list(dimension) for dimension in each["dimensions"]] == [keys] * 7
        assert [list(f) for f in each["focus"]] == [["id", "title", "score", "n_rated", "n_items"]] * 6
        assert list(each["criterion"]) == ["percent", "level"]
        assert list(each["bounds"]) == ["overall", "band", "criterion"]


def test_an_exact_three_is_the_text_3_and_the_number_3(printed):
    t1 = printed["T1"]
    assert (t1["overall"], t1["overall_exact"], t1["band"]) == (3.0, "3", "DDC")
    assert t1["criterion"] == {"percent": {"AOS": 100.0, "DDC": 100.0, "DDE": 0.0}, "level": "DDC"}
    assert t1["bounds"] == {"overall": [3.0, 3.0], "band": ["DDC", "DDC"], "criterion": ["DDC", "DDC"]}
    assert (t1["complete"], t1["n_rated"], t1["n_items"], t1["notes"]) == (True, 35, 35, [])
    assert (t1["assessed_on"], t1["kind"], t1["rater"]) == ("2026-05-04", "self", "Kim")
    assert t1["instrument"] == {"id": "ddcat", "version": "4.0"}


def test_floats_are_never_rounded(printed):
    t3 = printed["T3"]
    assert (t3["overall"], t3["overall_exact"]) == (83 / 35, "83/35")
    assert t3["criterion"] == {"percent": {"AOS": 100.0, "DDC": 2700 / 35, "DDE": 0.0}, "level": "AOS"}
    fifth = t3["dimensions"][4]
    assert (fifth["id"], fifth["number"]) == (REAL.dimensions[4].id, "V")
    assert (fifth["score"], fifth["score_exact"]) == (13 / 5, "13/5")
    medication = next(each for each in t3["focus"] if each["id"] == "medication-management")
    assert (medication["score"], medication["n_rated"], medication["n_items"]) == (5 / 3, 3, 3)


def test_an_incomplete_assessment_prints_provisional_numbers_and_bounds(printed):
    found = printed["incomplete"]
    assert (found["complete"], found["n_rated"], found["n_items"]) == (False, 32, 35)
    assert (found["overall"], found["overall_exact"], found["band"]) == (367 / 98, "367/98", "DDC/DDE")
    assert found["bounds"]["overall"] == [3467 / 980, 3747 / 980]
    assert found["bounds"]["band"] == ["DDC/DDE", "DDC/DDE"]
    assert found["bounds"]["criterion"] == ["DDC", "DDC"]
    assert found["criterion"]["percent"] == {"AOS": 3200 / 35, "DDC": 3100 / 35, "DDE": 100 / 35}
    exact = [dimension["score_exact"] for dimension in found["dimensions"]]
    assert exact == ["13/4", "3", "26/7", "4", "15/4", "4", "9/2"]


def test_what_is_not_known_is_null(run, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("program,assessed_on,IA\nAlder,2026-01-02,5\n")
    (found,) = json.loads(run("score", path, "--json").stdout)
    assert (found["kind"], found["rater"]) == (None, None)
    assert (found["overall"], found["overall_exact"], found["band"]) == (None, None, None)
    assert (found["dimensions"][1]["score"], found["dimensions"][1]["score_exact"]) == (None, None)
    assert found["bounds"]["band"] == ["AOS", "DDE"]
    assert found["criterion"]["level"] == "AOS"


def test_an_old_rating_without_an_anchor_is_scored_with_a_note_when_allowed(run, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("program,assessed_on,IA\nAlder,2026-01-02,2\n")
    assert run("score", path, "--json").exit_code == 1
    (found,) = json.loads(run("score", path, "--json", "--allow-unanchored").stdout)
    assert len(found["notes"]) == 1
    assert found["notes"][0].startswith("IA is rated 2, which has no anchor in ddcat@4.0")


def test_names_in_any_script_survive(run, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("program,assessed_on,IA\nMaison d’Été 灯,2026-01-02,5\n", encoding="utf-8")
    assert json.loads(run("score", path, "--json").stdout)[0]["program"] == "Maison d’Été 灯"


# score --csv and the table


def test_score_as_csv_has_one_row_an_assessment(run, sheet):
    header, *rows = run("score", sheet, "--csv").stdout.splitlines()
    columns = header.split(",")
    assert [row.split(",")[0] for row in rows] == ["T3", "incomplete", "T1"]
    t3 = dict(zip(columns, rows[0].split(","), strict=True))
    assert (t3["overall"], t3["overall_exact"], t3["band"]) == (str(83 / 35), "83/35", "AOS/DDC")
    assert (t3["complete"], t3["criterion_level"], t3["percent_DDC"]) == ("yes", "AOS", str(2700 / 35))
    assert t3["dimension_V"] == "2.6"


def test_score_without_a_form_prints_a_table_to_read(run, sheet):
    text = run("score", sheet).stdout
    assert text.index("T3 · May 4, 2026") < text.index("incomplete · May 4, 2026") < text.index("T1 · May 4")
    assert "Overall (scale method)" in text
    assert "Criterion method: AOS (AOS 100 %  DDC 77.1 %  DDE 0 %)" in text
    assert text.count("Provisional: ") == 1


def test_many_assessments_end_with_a_summary_of_one_line_each(run, sheet):
    assert run("score", sheet).stdout.split("\n\n")[-1].splitlines() == [
        "Program     Date        Kind         Overall  Band     Criterion level",
        "T3          2026-05-04  Self-rating  2.37     AOS/DDC  AOS",
        "incomplete  2026-05-04  Self-rating  3.74     DDC/DDE  DDC              provisional",
        "T1          2026-05-04  Self-rating  3.00     DDC      DDC",
    ]


def test_one_assessment_needs_no_summary(run, tmp_path, profiles):
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + line("Alder", profiles["T1"]))
    assert "Criterion level" not in run("score", path).stdout


def test_the_summary_stays_in_its_columns_whatever_names_and_gaps_there_are(run, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(f"program,assessed_on,kind,IA\n{'Long name ' * 9},2026-05-04,,5\nB,2026-05-04,external,\n")
    assert run("score", path).stdout.split("\n\n")[-1].splitlines() == [
        "Program                           Date        Kind             Overall  Band  Criterion level",
        "Long name Long name Long name L…  2026-05-04  –                –        –     AOS              provisional",
        "B                                 2026-05-04  External rating  –        –     AOS              provisional",
    ]


def test_the_instrument_may_be_named_with_or_without_its_version(run, sheet):
    plain = run("score", sheet, "--json").stdout
    for name in ("ddcat", "ddcat@4.0"):
        assert run("score", sheet, "--json", "--instrument", name).stdout == plain


# Faults of files: stderr, status 1, nothing on stdout


def test_faults_go_to_stderr_one_a_line_and_nothing_is_scored(run, sheet):
    with sheet.open("a") as file:
        file.write("Alder,2026-02-30,self,Kim,9\nBirch,2026-01-02,self,Kim,N/A\n")
    for form in (["--json"], ["--csv"], []):
        result = run("score", sheet, *form)
        assert (result.exit_code, result.stdout) == (1, "")
        assert [text.partition(": ")[0] for text in result.stderr.splitlines()] == [str(sheet)] * 3
        assert f"{sheet}: row 5, column assessed_on: '2026-02-30' is not a date; " in result.stderr
        assert f"{sheet}: row 6, column IA: 'N/A' is not a rating; " in result.stderr


@pytest.mark.parametrize(
    "args", [["score", "none.csv"], ["report", "none.csv", "-o", "out.pdf"], ["check", "none-1.0.toml"]]
)
def test_a_file_that_is_not_there_ends_with_status_1(run, args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*args)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{args[1]}: file: cannot be read: No such file or directory\n"
    assert list(tmp_path.iterdir()) == []


# Wrong usage: status 2


@pytest.mark.parametrize(
    "args",
    [
        ["score"],
        ["score", "a.csv", "--jason"],
        ["score", "a.csv", "b.csv"],
        ["score", "a.csv", "--instrument", "lamp"],
        ["score", "a.csv", "--instrument", "ddcat@9"],
        ["report", "a.csv"],
        ["report", "a.csv", "-o", "out.docx"],
        ["report", "a.csv", "-o", "out.csv"],
        ["report", "a.csv", "-o", "out"],
        ["blank", "-o", "out.csv"],
        ["blank", "-o", "out.html", "--csv"],
        ["blank", "--csv", "-o", "out.html"],
        ["check"],
        ["blank"],
        ["demo", "--host", "0.0.0.0"],
        ["demo", "--host", "192.168.1.7"],
        ["person", "disable"],
        ["serve", "--port", "70000"],
        ["serve", "--port", "http"],
        ["dance"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_status_2_and_says_why(run, args):
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_an_unknown_instrument_is_answered_with_the_names_there_are(run):
    assert "there is no 'lamp' here; there is ddcat@4.0" in run("score", "a.csv", "--instrument", "lamp").stderr


def test_the_demo_where_everybody_may_be_anybody_stays_on_this_machine(run):
    assert "the demo stays on this machine" in run("demo", "--host", "0.0.0.0").stderr


# check, instruments, version, help


def test_check_says_of_a_sound_file_that_it_has_no_faults(run):
    path = paths.INSTRUMENTS / "ddcat-4.0.toml"
    result = run("check", path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}: no faults\n", "")


def test_check_reports_every_fault_of_every_file(run, tmp_path):
    sound = Path(__file__).parent / "instruments" / "lantern-1.0.toml"
    broken = tmp_path / "lantern-1.0.toml"
    text = sound.read_text(encoding="utf-8").replace('from = "3"', 'from = "1"')
    broken.write_text(text.replace('["welcome"]', '["breakfast"]'), encoding="utf-8")
    result = run("check", broken, sound)
    assert result.exit_code == 1
    assert result.stdout == f"{sound}: no faults\n"
    assert result.stderr.splitlines() == [
        f"{broken}: band 3: starts from 1, which is not above the band before it",
        f"{broken}: dimension 1, item 1: unknown focus area 'breakfast'",
    ]


def test_instruments_lists_each_with_its_title_and_purpose(run):
    result = run("instruments")
    assert result.exit_code == 0
    assert f"ddcat@4.0  {REAL.title}\n    {REAL.purpose}\n" in result.stdout


def test_version_is_that_of_the_package(run):
    assert run("version").stdout == f"ddcat {__version__}\n"


def test_the_commands_are_those_of_the_contract():
    assert sorted(cli.main.commands) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_in_a_sentence_what_it_does(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    summary = cli.main.commands[command].help
    assert summary.split("\n")[0].endswith(".")
    assert " ".join(summary.split()) in " ".join(result.stdout.split())
    assert run(command, "-h").stdout == result.stdout


# blank and what is written


def test_blank_as_csv_is_the_header_that_score_reads(run):
    result = run("blank", "--csv")
    assert result.exit_code == 0
    assert result.stdout_bytes.decode() == HEADER.replace("\n", "\r\n")


def test_blank_as_csv_may_be_written_to_a_file(run, tmp_path):
    path = tmp_path / "blank.csv"
    assert run("blank", "--csv", "-o", path).exit_code == 0
    assert path.read_bytes().decode() == HEADER.replace("\n", "\r\n")
    assert list(tmp_path.iterdir()) == [path]


def test_a_written_file_may_be_read_by_whom_the_umask_allows(run, tmp_path):
    path = tmp_path / "blank.csv"
    before = os.umask(0o027)
    try:
        run("blank", "--csv", "-o", path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


WRITING = pytest.mark.parametrize(
    ("command", "name"),
    [(["blank", "--csv"], "out.csv"), (["blank"], "out.html"), (["report", "sheet.csv"], "out.html")],
    ids=["blank --csv", "blank", "report"],
)


@WRITING
def test_writing_into_a_folder_that_does_not_exist_leaves_nothing_behind(run, sheet, monkeypatch, command, name):
    monkeypatch.chdir(sheet.parent)
    output = Path("none") / name
    result = run(*command, "-o", output)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{output}: file: cannot be written: No such file or directory\n"
    assert list(sheet.parent.iterdir()) == [sheet]


@WRITING
def test_writing_over_a_folder_is_refused_and_leaves_nothing_behind(run, sheet, monkeypatch, command, name):
    monkeypatch.chdir(sheet.parent)
    Path(name).mkdir()
    result = run(*command, "-o", name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{name}: file: cannot be written: Is a directory\n"
    assert sorted(path.name for path in sheet.parent.iterdir()) == [name, "sheet.csv"]


@WRITING
def test_what_is_written_goes_where_a_link_leads(run, sheet, monkeypatch, command, name):
    monkeypatch.chdir(sheet.parent)
    Path(name).symlink_to("target")
    result = run(*command, "-o", name)
    assert (result.exit_code, result.stdout) == (0, f"Wrote {name}.\n")
    assert (os.readlink(name), Path("target").stat().st_size > 0) == ("target", True)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="has no /dev/full")
@WRITING
def test_a_full_device_is_told_in_a_line_and_stays_a_device(run, sheet, monkeypatch, command, name):
    def refuse(*_args):
        raise AssertionError("root would have replaced this machine's /dev/full")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.chdir(sheet.parent)
    Path(name).symlink_to("/dev/full")
    result = run(*command, "-o", name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{name}: file: cannot be written: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="has no /dev/stdout")
def test_a_device_needs_no_ending_and_nothing_is_added_to_what_it_is_given(tmp_path):
    assert real_run("blank", "--csv", "-o", "/dev/stdout").stdout == HEADER
    with (tmp_path / "out").open("wb") as out:
        command = [sys.executable, "-m", "ddcat", "blank", "--csv", "-o", "/dev/stdout"]
        subprocess.run(command, cwd=ROOT, stdout=out, check=True)
    assert (tmp_path / "out").read_bytes().decode() == HEADER.replace("\n", "\r\n")


def test_paper_is_only_written_as_pdf_or_html(run, tmp_path):
    result = run("blank", "-o", tmp_path / "form.docx")
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "should end in .pdf or .html" in result.stderr


@pytest.mark.parametrize("order", [("--csv", "-o", "out.pdf"), ("-o", "out.pdf", "--csv")], ids=" ".join)
def test_an_empty_sheet_is_only_written_as_csv(run, tmp_path, monkeypatch, order):
    monkeypatch.chdir(tmp_path)
    result = run("blank", *order)
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "out.pdf should end in .csv" in result.stderr


def test_a_wrong_ending_is_told_before_any_file_is_read(run, tmp_path):
    """A file that is not there would end with status 1."""
    result = run("report", tmp_path / "none.csv", "-o", "out.docx")
    assert result.exit_code == 2
    assert "none.csv" not in result.stderr


# Interrupted


@pytest.mark.parametrize("command", [["score"], ["report", "-o", "out.html"]], ids=" ".join)
def test_an_interrupted_command_ends_quietly_with_status_130(run, sheet, monkeypatch, command):
    def interrupt(*_args, **_settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(ratings, "read", interrupt)
    monkeypatch.chdir(sheet.parent)
    result = run(*command, sheet)
    assert (result.exit_code, result.output) == (130, "")
    assert list(sheet.parent.iterdir()) == [sheet]


# migrate


def test_migrate_says_what_it_did_and_that_nothing_is_left_to_do(run, tmp_path):
    assert run("migrate", "--data", tmp_path / "data").stdout.startswith("Done: 0001_initial")
    assert run("migrate", "--data", tmp_path / "data").stdout == "The database is up to date.\n"


def test_the_data_folder_may_be_named_by_the_environment(tmp_path):
    result = CliRunner(env={"DDCAT_DATA": str(tmp_path / "here")}).invoke(cli.main, ["migrate"])
    assert result.exit_code == 0
    assert (tmp_path / "here" / "ddcat.sqlite").exists()


@pytest.mark.parametrize("content", [b"not a database, but long enough to look at it twice" * 30, None])
def test_a_data_folder_that_cannot_be_used_is_told_in_a_line_and_not_in_a_traceback(run, tmp_path, content):
    """A file that is no database, and a folder that cannot be made."""
    data = tmp_path / "data"
    if content is None:
        (tmp_path / "file").write_text("in the way")
        data = tmp_path / "file" / "data"
    else:
        data.mkdir()
        (data / "ddcat.sqlite").write_bytes(content)
    result = run("migrate", "--data", data)
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1


# As a process of its own


def test_a_real_process_scores_and_keeps_faults_apart(sheet):
    good = real_run("score", sheet, "--json")
    assert (good.returncode, good.stderr, len(json.loads(good.stdout))) == (0, "", 3)
    sheet.write_text("")
    bad = real_run("score", sheet, "--json")
    expected = f"{sheet}: file: is empty; expected a header row and one row an assessment\n"
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", expected)


@pytest.mark.parametrize("n", [1, 20], ids=["less than a buffer", "more than a buffer"])
@pytest.mark.parametrize("args", [["score", "--json"], ["score"]], ids=" ".join)
def test_output_into_a_closed_pipe_ends_without_a_traceback(tmp_path, profiles, n, args):
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + "".join(line(f"Program {at}", profiles["T1"]) for at in range(n)))
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "ddcat", *args, path]
    done = subprocess.run(command, cwd=ROOT, stdout=write_end, stderr=subprocess.PIPE, encoding="utf-8")
    os.close(write_end)
    assert done.stderr == ""


def test_names_in_any_script_survive_the_plainest_locale(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("program,assessed_on,IA\nMaison d’Été 灯,2026-01-02,5\n", encoding="utf-8")
    done = real_run("score", path, "--json", env=os.environ | {"LC_ALL": "C", "LANG": "C"})
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["program"] == "Maison d’Été 灯"


def test_a_real_interrupt_while_a_file_is_awaited_ends_quietly_with_status_130(tmp_path):
    pipe = tmp_path / "sheet.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "ddcat", "score", pipe]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with pipe.open("wb"):  # opens once the command reads
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == (b"", b"")
    assert process.returncode == 130


@pytest.fixture
def foreign(tmp_path) -> Path:
    """Two assessments whose names few encodings have."""
    path = tmp_path / "sheet.csv"
    rows = ["Maison d’Été 灯,2026-01-02,5", "Ørsted 灯,2026-01-02,5"]
    path.write_text("\n".join(["program,assessed_on,IA", *rows]), encoding="utf-8")
    return path


PLAIN = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
]


@pytest.mark.parametrize("locale", PLAIN, ids=str)
@pytest.mark.parametrize("form", ["--json", "--csv"])
def test_what_other_software_reads_is_utf_8_whatever_the_locale(foreign, form, locale):
    done = real_run("score", foreign, form, env=os.environ | locale)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Maison d’Été 灯" in done.stdout
    assert "Ørsted 灯" in done.stdout


@pytest.mark.parametrize("locale", PLAIN, ids=str)
def test_the_table_replaces_signs_that_cannot_be_shown(foreign, locale):
    command = [sys.executable, "-m", "ddcat", "score", foreign]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, env=os.environ | locale)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Maison d?" in done.stdout
    assert b"rsted ? " in done.stdout


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="has no /dev/full")
@pytest.mark.parametrize("n", [1, 20], ids=["less than a buffer", "more than a buffer"])
@pytest.mark.parametrize(
    "args", ["score --json", "score --csv", "score", "instruments", "version", "--help", "score --help"]
)
def test_output_that_cannot_be_written_is_told_in_one_line(tmp_path, profiles, n, args):
    path = tmp_path / "sheet.csv"
    path.write_text(HEADER + "".join(line(f"Program {at}", profiles["T1"]) for at in range(n)))
    command = [sys.executable, "-m", "ddcat", *args.split(), *([path] if args.startswith("score") else [])]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, encoding="utf-8")
    expected = "ddcat: standard output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_what_is_printed_is_in_the_language_now_spoken(run, tmp_path, monkeypatch):
    class Quoted(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"«{message}»"

    path, folder = paths.INSTRUMENTS / "ddcat-4.0.toml", tmp_path / "out.html"
    folder.mkdir()
    monkeypatch.setattr(words, "catalogue", lambda code: Quoted())
    assert run("check", path).stdout == f"«{path}: no faults»\n"
    assert "«out.docx should end in .pdf or .html»" in run("blank", "-o", "out.docx").stderr
    assert "«there is no 'lamp' here; " in run("score", "a.csv", "--instrument", "lamp").stderr
    assert "«Missing option '-o' / '--output': " in run("blank").stderr
    assert "«cannot be written: Is a directory»" in run("blank", "-o", folder).stderr
