"""Starting an assessment asks what kind of program it is, and offers the instruments that there are."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from ddcat import shelf
from ddcat.records import Person
from ddcat.store import agencies, assessments, programs
from ddcat.web import volumes
from tests.web.conftest import LANTERN

NAMES = ["ddcat@4.0", "ddcmht@4.0", "iop-ic@1.0"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of somebody's own, with the tiny instrument in it."""
    folder = tmp_path / "own"
    folder.mkdir()
    shutil.copy(LANTERN, folder)
    monkeypatch.setenv("DDCAT_INSTRUMENTS", str(folder))
    return folder


@pytest.fixture
def address(db: Database, person: Person) -> Callable[..., str]:
    """`address({"primary_focus": "mix"}, level_addiction=["2.1"])`: where an assessment of such a program starts."""

    def address(agency: dict[str, Any], **facts: Any) -> str:
        ref = agencies.add(db, person, "Saltmarsh", agency).ref
        return f"/programs/{programs.add(db, person, ref, 'Low Tide', facts).ref}/assessments/new"

    return address


def chosen(page: Any) -> list[str]:
    return [radio["value"] for radio in page.soup.select('[name="instrument"][checked]')]


def test_each_kind_of_program_is_a_choice_with_a_line_on_what_the_instrument_is_for(
    client: Any, address: Callable[..., str]
) -> None:
    page = client.get(address({"primary_focus": "addiction"}))
    assert page.words("fieldset legend")[0] == "What kind of program is it?"
    assert [radio["value"] for radio in page.soup.select('[type="radio"][name="instrument"]')] == NAMES
    for volume, said in zip(shelf.newest(), page.words(".offer"), strict=True):
        assert said.startswith(f"{volume.guide.suits}: {volume.instrument.short} {volume.guide.offers}")
        assert volume.instrument.purpose not in said
        assert page.one(f'.offer a[href="/instruments/{volume.instrument.name}"]')
    assert "Not validated; a structured self-check." in page.words(".offer")[2]
    assert "Such assessments are kept apart" in page.text


@pytest.mark.parametrize(
    ("agency", "facts", "expected"),
    [
        ({"primary_focus": "addiction"}, {}, ["ddcat@4.0"]),
        ({"primary_focus": "mental-health"}, {}, ["ddcmht@4.0"]),
        ({"primary_focus": "mental-health"}, {"level_addiction": ["2.1"]}, ["ddcat@4.0"]),
        ({}, {"level_mental_health": ["partial"]}, ["ddcmht@4.0"]),
        ({"primary_focus": "mix"}, {}, []),
    ],
)
def test_what_fits_the_facts_is_chosen_beforehand_and_the_page_says_so(
    client: Any, address: Callable[..., str], agency: dict[str, Any], facts: dict[str, Any], expected: list[str]
) -> None:
    page = client.get(address(agency, **facts))
    assert chosen(page) == expected
    assert ("What is chosen fits the facts" in page.text) == bool(expected)


def test_what_the_newest_assessment_was_rated_with_is_chosen_beforehand(
    client: Any, program_ref: str, start: Callable[..., str], db: Database, person: Person
) -> None:
    ref = start(shelf.INSTRUMENTS / "iop-ic-1.0.toml")
    address = f"/programs/{program_ref}/assessments/new"
    page = client.get(address)
    assert chosen(page) == ["iop-ic@1.0"]
    assert "What is chosen is what the last assessment of this program was rated with." in page.text
    assessments.delete(db, person, ref)
    assert chosen(client.get(address)) == ["ddcat@4.0"]


def test_where_nothing_speaks_for_any_the_choice_is_asked_for(
    client: Any, address: Callable[..., str], db: Database, person: Person
) -> None:
    page = client.submit(address({}), {"rater": "Robin Example"})
    assert page.status == 422
    assert page.mistakes == {"Choose what kind of program it is.": "instrument-0"}
    page = client.press(page, {"instrument": "ddcmht@4.0"})
    assert page.heading == "Assessment, Low Tide"
    assert "DDCMHT 4.0" in page.text


def test_one_instrument_alone_is_no_question(
    client: Any, address: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copy(LANTERN, tmp_path)
    monkeypatch.setattr(shelf, "INSTRUMENTS", tmp_path)
    place = address({})
    page = client.get(place)
    assert page.words(".offered") == ["Instrument: Lantern index of friendly houses"]
    assert not page.soup.select('[type="radio"][name="instrument"]')
    assert "kept apart" not in page.text
    assert client.submit(place, {"rater": "Robin Example"}).heading == "Assessment, Low Tide"
    page = client.submit(place, {"rater": "Robin Example", "instrument": "ddcat@4.0"})
    assert page.mistakes == {"Choose one of the choices that are offered.": "instrument-0"}


@pytest.mark.usefixtures("own")
def test_an_instrument_of_ones_own_stands_behind_ours_and_without_a_guide_has_its_title_and_purpose(
    client: Any, address: Callable[..., str]
) -> None:
    lantern = shelf.find("lantern").instrument
    page = client.get(address({}))
    assert [radio["value"] for radio in page.soup.select('[name="instrument"]')] == [*NAMES, "lantern@1.0"]
    assert page.words(".offer")[-1].startswith(f"{lantern.title} {lantern.purpose}")


def test_only_the_newest_version_is_offered(client: Any, address: Callable[..., str], own: Path) -> None:
    text = LANTERN.read_text(encoding="utf-8").replace('"1.0"', '"1.10"', 1)
    (own / "lantern-1.10.toml").write_text(text, encoding="utf-8")
    page = client.get(address({}))
    assert [radio["value"] for radio in page.soup.select('[name="instrument"]')] == [*NAMES, "lantern@1.10"]


def test_the_choices_are_said_in_spanish(client: Any, address: Callable[..., str]) -> None:
    client.post("/language", {"csrf_token": client.token(), "language": "es", "back": "/"})
    said = client.get(address({})).words(".offer")
    assert said[0].startswith("Un programa de tratamiento de adicciones: DDCAT 4.0 Hasta dónde")
    assert "Sin validar" in said[2]


# --- The page about all of them ---


def test_the_list_says_for_whom_each_is_what_it_comes_to_and_in_which_languages(client: Any) -> None:
    ddcat, _ddcmht, iop = client.get("/instruments/").words(".about-it")
    assert ddcat == (
        "For An addiction treatment program Scores For each dimension, and an overall score with its band"
        " Languages English, Español (not yet reviewed by a clinician)"
    )
    assert "For each dimension; no overall score and no band" in iop
    assert "Note Not validated; a structured self-check" in iop


@pytest.mark.usefixtures("own")
def test_the_list_says_of_ones_own_where_it_comes_from(client: Any) -> None:
    said = client.get("/instruments/").words(".about-it")
    assert ["did not come with ddcat" in each for each in said] == [False, False, False, True]


def test_whoever_administers_sees_what_was_refused_and_the_rest_works(client: Any, own: Path) -> None:
    text = LANTERN.read_text(encoding="utf-8")
    (own / "broken-1.0.toml").write_text(text.replace("title ", "titel "), encoding="utf-8")
    (own / "ddcat-4.0.toml").write_text((shelf.INSTRUMENTS / "ddcat-4.0.toml").read_text(encoding="utf-8"))
    page = client.get("/instruments/")
    assert page.words("h3") == ["broken-1.0.toml", "ddcat-4.0.toml"]
    assert page.words("main li")[0] == "top of the file: the key 'title' is missing"
    assert page.words("main li")[10] == "and 15 more"
    assert (
        "file: ddcat comes with an instrument of this id; give yours another id, and name its files after it"
        in page.text
    )
    assert len(page.words(".about-it")) == 4


def test_a_file_whose_name_is_not_utf_8_is_told_too(client: Any, own: Path) -> None:
    Path(os.fsdecode(bytes(own) + b"/bad\xff-1.0.toml")).write_text("schema = 1\n")
    assert client.get("/instruments/").words("h3") == ["bad\ufffd-1.0.toml"]


@pytest.mark.usefixtures("stranger")
def test_others_are_told_that_a_file_was_refused_and_not_what_stands_in_it(client: Any, own: Path) -> None:
    """Kim no longer administers."""
    (own / "broken-1.0.toml").write_text("secret = 1\n")
    page = client.get("/instruments/")
    assert page.words(".notice") == [
        "1 file was refused, and what stands in it is not offered. An administrator sees here why."
    ]
    assert "broken" not in page.text
    assert "secret" not in page.text


def test_a_guide_that_breaks_later_takes_no_page_of_an_assessment_with_it(
    client: Any, own: Path, sealed: str
) -> None:
    (own / "lantern-1.0.guide.toml").write_text("steps = 3\n")
    volumes._guide_of.cache_clear()
    for door in ("result", "plan"):
        assert client.get(f"/assessments/{sealed}/{door}").status == 200
    volumes._guide_of.cache_clear()
