"""A folder of somebody's own instruments: read beside those that come with ddcat, and never in their way."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ddcat import cli, display, doctor, paths, shapes, shelf, words
from ddcat.faults import Faulty

HERE = Path(__file__).parent / "instruments"
OURS = ["ddcat@4.0", "ddcmht@4.0", "iop-ic@1.0"]
TWIN = "file: ddcat comes with an instrument of this id; give yours another id, and name its files after it"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of somebody's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("DDCAT_INSTRUMENTS", str(folder))
    return folder


def put(folder: Path, name: str, of: str = "lantern-1.0.toml", old: str = "", new: str = "") -> None:
    """A file of the tiny instrument into the folder, with a part of it changed."""
    text = (HERE / of).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")


def told() -> dict[str, list[str]]:
    """What is refused, by file."""
    return {faulty.file: [str(fault) for fault in faulty.faults] for faulty in shelf.contents()[1]}


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.main, [str(arg) for arg in args])


def test_an_instrument_of_ones_own_stands_beside_ours_with_its_guide(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    put(own, "lantern-1.0.guide.toml", "lantern-1.0.guide.toml")
    assert shelf.names() == [*OURS, "lantern@1.0"]
    assert shelf.find("lantern").guide.steps
    assert shelf.is_own("lantern@1.0")
    assert not shelf.is_own("ddcat@4.0")
    assert told() == {}


def test_a_translation_of_ones_own_is_spoken(own: Path) -> None:
    name = "first-1.0"
    head = 'schema = 1\nid = "first"\nversion = "1.0"\ntitle = "First"\nshort = "F"\nlanguage = "en"\npurpose = "P"\n'
    head += 'citation = "C"\nlicence = "CC0-1.0"\nnotice = "N"\n[rating]\nlowest = 1\nhighest = 2\nnames = {}\n'
    head += '[scoring]\ndimension = "mean-of-items"\noverall = "none"\n[[dimension]]\nid = "d"\nnumber = "I"\n'
    head += 'title = "D"\nabout = "A"\n[[dimension.item]]\nid = "i"\ncode = "IA"\ntitle = "I"\nprompt = "P?"\n'
    head += 'guidance = "G"\nevidence = ["E"]\nanchors = { 1 = "one", 2 = "two" }\n'
    (own / f"{name}.toml").write_text(head)
    (own / f"{name}.guide.toml").write_text('for = "first@1.0"\nschema = 1\nsuits = "A house"\n')
    (own / f"{name}.es.toml").write_text(
        'schema = 1\nfor = "first@1.0"\nlanguage = "es"\nreviewed = true\ntitle = "Primero"\nshort = "F"\n'
        'purpose = "P"\nnotice = "N"\n[dimension.d]\ntitle = "D"\nabout = "A"\n[item.i]\ntitle = "I"\n'
        'prompt = "¿P?"\n'
        'guidance = "G"\nevidence = ["E"]\n[item.i.anchors]\n1 = "uno"\n2 = "dos"\n'
    )
    (own / f"{name}.guide.es.toml").write_text('schema = 1\nfor = "first@1.0"\nlanguage = "es"\nsuits = "Una casa"\n')
    assert told() == {}
    assert display.languages(shelf.find("first").instrument) == "English, Español"
    with words.speaking("es"):
        found = shelf.find("first")
        assert (found.instrument.title, found.guide.suits) == ("Primero", "Una casa")
        assert found.instrument.by_id["i"].anchors == {1: "uno", 2: "dos"}


def test_a_broken_file_is_told_and_stands_in_nobodys_way(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    put(own, "broken-1.0.toml", old="title", new="titel")
    put(own, "broken-2.0.guide.toml", "lantern-1.0.guide.toml")
    (own / "ddcat-4.0.fr.toml").write_text("schema = 1\n")
    (own / "notes.toml").mkdir()
    (own / "notes.txt").write_text("milk")
    (own / ".taplo.toml").write_text("include = []\n")
    assert shelf.names() == [*OURS, "lantern@1.0"]
    assert sorted(told()) == ["broken-1.0.toml", "broken-2.0.guide.toml", "ddcat-4.0.fr.toml", "notes.toml"]
    assert "top of the file: unknown key 'titel'" in told()["broken-1.0.toml"]
    assert told()["broken-2.0.guide.toml"] == ["file: the instrument beside it, broken-2.0.toml, is missing"]
    assert told()["ddcat-4.0.fr.toml"] == ["file: the original beside it, ddcat-4.0.toml, is missing"]


def test_a_guide_that_cannot_be_read_is_told_with_all_its_faults_and_its_instrument_is_not_offered(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    put(own, "lantern-1.0.guide.toml", "lantern-1.0.guide.toml", '["doorway"]', '["garden"]\nfitts = 3')
    assert shelf.names() == OURS
    assert told() == {
        "lantern-1.0.guide.toml": ["top of the file: unknown key 'fitts'", "setting: unknown dimension 'garden'"]
    }


def test_nothing_takes_the_place_of_what_comes_with_ddcat(own: Path) -> None:
    ours = (paths.INSTRUMENTS / "ddcat-4.0.toml").read_text(encoding="utf-8")
    (own / "ddcat-4.0.toml").write_text(ours.replace("Dual Diagnosis Capability", "Something else", 1))
    (own / "ddcat-4.0.guide.toml").write_text('schema = 1\nfor = "ddcat@4.0"\nsuits = "Anybody"\n')
    assert shelf.names() == OURS
    assert shelf.find("ddcat@4.0").instrument.title.startswith("Dual Diagnosis Capability")
    assert shelf.find("ddcat").guide.suits == "An addiction treatment program"
    assert told()["ddcat-4.0.toml"] == [TWIN]
    assert [str(fault) for fault in shelf.check(own / "ddcat-4.0.toml")] == [TWIN]
    assert shelf.check(paths.INSTRUMENTS / "ddcat-4.0.toml") == []


@pytest.mark.parametrize(("id", "version"), [("ddcat", "4.0.1"), ("ddcat", "3.0"), ("iop-ic", "9.9")])
def test_no_other_version_of_ours_comes_from_elsewhere(own: Path, id: str, version: str) -> None:
    file = f"{id}-{version}.toml"
    (ours,) = (each for each in paths.INSTRUMENTS.glob(f"{id}-*.toml") if each.name.count(".") == 2)
    text = ours.read_text(encoding="utf-8")
    (own / file).write_text(re.sub(r'(?m)^version( +)= ".*"', rf'version\1= "{version}"', text, count=1), "utf-8")
    assert shelf.names() == OURS
    assert [volume.instrument.name for volume in shelf.newest()] == OURS
    assert shelf.find(id).instrument.name == f"{id}@{ours.stem.rpartition('-')[2]}"
    assert told() == {file: [TWIN]}
    with pytest.raises(Faulty, match="give yours another id"):
        shelf.find(f"{id}@{version}")


def test_an_id_that_only_begins_like_ours_is_ones_own(own: Path) -> None:
    put(own, "ddcat-lantern-1.0.toml", old='"lantern"', new='"ddcat-lantern"')
    assert shelf.names() == [OURS[0], "ddcat-lantern@1.0", *OURS[1:]]
    assert told() == {}


def test_a_pipe_is_not_waited_for(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    for file in ("pipe-1.0.toml", "pipe-1.0.guide.toml", "lantern-1.0.es.toml", "lantern-1.0.guide.toml"):
        os.mkfifo(own / file)
    os.mkfifo(own / "other-1.0.toml")
    (own / "other-1.0.guide.toml").write_text('schema = 1\nfor = "other@1.0"\n')
    said = "file: is no ordinary file; take it out of the folder"
    assert shelf.names() == OURS
    assert told()["pipe-1.0.toml"] == told()["pipe-1.0.guide.toml"] == told()["lantern-1.0.es.toml"] == [said]
    assert told()["other-1.0.guide.toml"] == [
        "file: the instrument beside it, other-1.0.toml, has faults of its own; check it first"
    ]
    (own / "lantern-1.0.guide.toml").unlink()
    with words.speaking("es"):
        assert "lantern@1.0" in shelf.names()


def test_a_file_that_is_too_large_is_not_read_to_its_end(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    with (own / "lantern-1.0.toml").open("a") as file:
        file.write("#" * (shapes.LARGEST - file.tell()))
    assert "lantern@1.0" in shelf.names()
    with (own / "lantern-1.0.toml").open("a") as file:
        file.write("#")
    assert shelf.names() == OURS
    assert told() == {
        "lantern-1.0.toml": ["file: is larger than 1 MB, which no such file need be; make it smaller or take it away"]
    }


def test_of_very_many_faults_the_first_are_told_and_they_are_looked_for_once(own: Path) -> None:
    unknown = "".join(f"k{number} = 1\n" for number in range(50_000))
    for file in ("many-1.0.toml", "many-1.0.guide.toml"):
        (own / file).write_text(unknown)
    first = told()
    assert len(first["many-1.0.toml"]) == len(first["many-1.0.guide.toml"]) == shapes.MOST + 1
    assert re.fullmatch(r"file: and \d+ more faults; mend these first", first["many-1.0.toml"][-1])
    begun = time.process_time()
    for _turn in range(5):
        assert shelf.newest()
        assert told() == first
    assert time.process_time() - begun < 5


def test_faults_are_kept_in_the_language_in_which_they_were_told(own: Path) -> None:
    put(own, "broken-1.0.toml", old="purpose", new="porpoise")
    english = told()
    with words.speaking("es"):
        assert told() != english
    assert told() == english


def test_a_name_that_is_not_utf_8_is_told_so_that_it_can_be_shown(own: Path) -> None:
    for name in (b"bad\xff-1.0.toml", b"bad\xff-1.0.guide.toml", b"bad\xff-1.0.es.toml"):
        Path(os.fsdecode(bytes(own) + b"/" + name)).write_text("schema = 1")
    assert shelf.names() == OURS
    assert sorted(told()) == [f"bad\ufffd-1.0{ending}.toml" for ending in (".es", ".guide", "")]
    assert str(told()).encode()


@pytest.mark.parametrize("kind", ["missing", "file", "closed"])
def test_a_folder_that_cannot_be_read_is_told(own: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(own, "lantern-1.0.toml")
    folder = own if kind == "closed" else own / {"missing": "none", "file": "lantern-1.0.toml"}[kind]
    if kind == "closed":
        real = Path.iterdir

        def closed(path: Path) -> object:
            if path == own:
                raise PermissionError(13, "Permission denied")
            return real(path)

        monkeypatch.setattr(Path, "iterdir", closed)
    monkeypatch.setenv("DDCAT_INSTRUMENTS", str(folder))
    assert shelf.names() == OURS
    ((place,),) = told().values()
    reason = {"missing": "No such file or directory", "file": "Not a directory", "closed": "Permission denied"}
    assert place == f"{folder}: cannot be read: {reason[kind]}"


def test_our_own_folder_is_no_folder_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDCAT_INSTRUMENTS", str(paths.INSTRUMENTS))
    assert shelf.names() == OURS
    assert told() == {}
    assert not shelf.is_own("ddcat@4.0")


def test_a_file_that_is_taken_away_is_gone_and_one_that_is_changed_is_read_anew(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    assert "lantern@1.0" in shelf.names()
    put(own, "lantern-1.0.toml", old="title    = ", new='title    = "New. ')
    assert "lantern-1.0.toml" in told()
    (own / "lantern-1.0.toml").unlink()
    assert shelf.names() == OURS
    with pytest.raises(shelf.Unknown):
        shelf.find("lantern")


# On the command line


def test_the_list_goes_on_behind_a_broken_file_and_tells_its_faults(own: Path) -> None:
    put(own, "broken-1.0.toml", old="purpose", new="porpoise")
    put(own, "lantern-1.0.toml")
    result = run("instruments")
    assert result.exit_code == 1
    assert re.findall(r"^(\S+)  ", result.stdout, re.MULTILINE)[::1] == [*OURS, "lantern@1.0"]
    assert f"    From: {own}\n" in result.stdout
    assert "broken-1.0.toml: top of the file: unknown key 'porpoise'" in result.stderr.splitlines()


def test_an_instrument_of_ones_own_scores_and_prints(own: Path, tmp_path: Path) -> None:
    put(own, "lantern-1.0.toml")
    assert run("blank", "--instrument", "lantern", "-o", tmp_path / "form.html").exit_code == 0
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("program,assessed_on,IA,IB,IIA\nHarbor,2026-03-02,3,3,3\n")
    assert "3.00" in run("score", sheet, "--instrument", "lantern@1.0").stdout


def test_who_asks_for_a_broken_one_is_told_its_faults(own: Path) -> None:
    put(own, "lantern-1.0.toml", old="purpose", new="porpoise")
    with pytest.raises(Faulty, match="unknown key 'porpoise'"):
        shelf.find("lantern")


# The doctor


def findings(folder: Path) -> list[str]:
    here = doctor.Installation(folder, folder, {"DDCAT_INSTRUMENTS": str(folder)})
    return [str(finding) for finding in doctor.own(here)]


def test_the_doctor_names_every_file_that_is_not_used(own: Path) -> None:
    put(own, "lantern-1.0.toml")
    assert findings(own) == []
    put(own, "lantern-2.0.toml")
    shutil.copy(paths.INSTRUMENTS / "ddcat-4.0.toml", own)
    for file, said in zip(("ddcat-4.0.toml", "lantern-2.0.toml"), findings(own), strict=True):
        assert said == f"{own / file} is not used: it has 1 fault. Run: ddcat check {own / file}"


def test_the_doctor_names_a_folder_that_is_not_there(own: Path) -> None:
    (said,) = findings(own / "none")
    assert said.startswith(f"DDCAT_INSTRUMENTS names a folder that cannot be read: {own / 'none'}.")
    assert list(doctor.own(doctor.Installation(own, own, {}))) == []


def test_a_home_folder_may_be_written_as_a_tilde() -> None:
    assert paths.own_instruments({"DDCAT_INSTRUMENTS": "~/mine"}) == Path(os.path.expanduser("~/mine")).resolve()
    assert paths.own_instruments({"DDCAT_INSTRUMENTS": ""}) is None
