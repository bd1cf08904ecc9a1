"""An instrument in another language: the same numbers in other words, or its own words where these are faulty."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from ddcat import cli, shelf, translation, words
from ddcat.instrument import (
    Band,
    Check,
    Dimension,
    Focus,
    Guide,
    Instrument,
    Item,
    RatingScale,
    Share,
    Slug,
    Text,
    Value,
)

ORIGINALS = Path(__file__).parent / "instruments"
HEAD = {"schema": 1, "for": "lantern@1.0", "language": "es"}
STAYS = {
    Instrument: {"id", "version", "language", "citation", "licence"},
    Band: {"code"},
    Focus: {"id"},
    Dimension: {"id", "number"},
    Item: {"id", "code"},
    Check: {"id"},
    Guide: {"for_", "fits"},
    RatingScale: set(),
    Share: {"floors"},
}
"""Texts of an instrument and its guide that are the same in every language."""
SAID = {
    Instrument: set(translation.TOP),
    Band: set(translation.TitleWords.model_fields),
    Focus: set(translation.TitleWords.model_fields),
    Dimension: set(translation.DimensionWords.model_fields),
    Item: set(translation.ItemWords.model_fields),
    Check: {"says"},
    Guide: {"suits", "offers", "setting_warning", "review", "steps"},
    RatingScale: {"names"},
    Share: set(translation.ShareWords.model_fields),
}


def toml(content: Mapping[str, Any], *path: str) -> str:
    """A tree of texts, numbers and lists of texts as TOML."""
    own = {key: said for key, said in content.items() if not isinstance(said, Mapping)}
    lines = [f"{json.dumps(key)} = {json.dumps(said, ensure_ascii=False)}" for key, said in own.items()]
    head = [f"[{'.'.join(map(json.dumps, path))}]"] if path else []
    inner = [toml(said, *path, key) for key, said in content.items() if isinstance(said, Mapping)]
    return "\n".join([*head, *lines, *inner])


def other(said: Any) -> Any:
    """The same tree in other words."""
    match said:
        case str():
            return f"«{said}»"
        case list():
            return [other(each) for each in said]
        case _:
            return {key: other(each) for key, each in said.items()}


@pytest.fixture
def content(lantern: Instrument) -> dict[str, Any]:
    """The tiny instrument in other words, as its file says them."""
    return HEAD | {"reviewed": False} | other(translation.words_of(lantern))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any], lantern_guide: Guide) -> Path:
    """A shelf with the tiny instrument, its guide, and both in other words."""
    for name in ("lantern-1.0.toml", "lantern-1.0.guide.toml"):
        (tmp_path / name).write_bytes((ORIGINALS / name).read_bytes())
    write(tmp_path, content)
    write(tmp_path, HEAD | other(translation.words_of_guide(lantern_guide)), "lantern-1.0.guide.es.toml")
    monkeypatch.setattr(shelf, "INSTRUMENTS", tmp_path)
    return tmp_path


@pytest.fixture
def in_spanish() -> Iterator[None]:
    with words.speaking("es"):
        yield


def write(folder: Path, content: dict[str, Any], name: str = "lantern-1.0.es.toml") -> Path:
    path = folder / name
    path.write_text(toml(content), encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    return [str(fault) for fault in shelf.check(path)]


# --- The words ---


@pytest.mark.usefixtures("in_spanish")
def test_every_word_of_an_instrument_is_said_in_the_language_now_spoken(folder: Path, lantern: Instrument) -> None:
    found = shelf.find("lantern")
    assert translation.words_of(found.instrument) == other(translation.words_of(lantern))
    assert found.checksum == shelf.checksum((ORIGINALS / "lantern-1.0.toml").read_bytes())


@pytest.mark.usefixtures("in_spanish")
def test_the_guide_says_its_advice_in_the_language_now_spoken(folder: Path, lantern_guide: Guide) -> None:
    advice = shelf.guide("lantern@1.0")
    assert translation.words_of_guide(advice) == other(translation.words_of_guide(lantern_guide))
    assert shelf.find("lantern").guide == advice


def test_without_its_words_a_translated_instrument_is_the_original(folder: Path, lantern: Instrument) -> None:
    with words.speaking("es"):
        spoken = shelf.spoken(lantern)
    back = translation.Translation.model_validate(HEAD | {"reviewed": True} | translation.words_of(lantern))
    assert spoken != lantern
    assert translation.translated(spoken, back) == lantern


def test_what_was_worked_out_of_the_old_words_does_not_come_along(folder: Path, lantern: Instrument) -> None:
    assert lantern.items[0].title
    assert lantern.by_id
    with words.speaking("es"):
        spoken = shelf.spoken(lantern)
    assert spoken.items[0].title == other(lantern.items[0].title)
    assert spoken.by_id[lantern.items[0].id].title == spoken.items[0].title
    assert [list(item.anchors) for item in spoken.items] == [list(item.anchors) for item in lantern.items]


def test_in_its_own_language_and_without_a_translation_an_instrument_is_itself(
    folder: Path, lantern: Instrument
) -> None:
    assert shelf.spoken(lantern) is lantern
    (folder / "lantern-1.0.es.toml").unlink()
    with words.speaking("es"):
        assert shelf.spoken(lantern) is lantern


def test_the_same_instrument_in_the_same_words_is_made_once(folder: Path, lantern: Instrument) -> None:
    with words.speaking("es"):
        assert shelf.spoken(lantern) is shelf.spoken(lantern)


@pytest.mark.parametrize("model", STAYS)
def test_every_text_is_translated_or_said_to_stay(model: type[Value]) -> None:
    texts = {name for name, field in model.model_fields.items() if _has_text(field.annotation, field.metadata)}
    assert texts == STAYS[model] | (SAID[model] & texts)
    assert SAID[model] - texts <= {"names", "counts", "anchors", "share", "title", "steps"}


def _has_text(kind: Any, metadata: list[Any]) -> bool:
    inner = [part for part in get_args(kind) if part is not type(None)]
    if kind in (Text, Slug, str):
        return kind is not Slug
    return any(_has_text(part, []) for part in inner if not (isinstance(part, type) and issubclass(part, Value)))


# --- Its faults ---

Spoil = Callable[[dict[str, Any]], Any]
SLIPS: dict[str, tuple[Spoil, list[str]]] = {
    "a word is missing": (
        lambda said: said["item"]["coat-rack"].pop("prompt"),
        ["item, coat-rack: the key 'prompt' is missing"],
    ),
    "an item is missing": (lambda said: said["item"].pop("coat-rack"), ["item: the key 'coat-rack' is missing"]),
    "an item that is not there": (
        lambda said: said["item"].update(strange=said["item"]["coat-rack"]),
        ["item: unknown key 'strange'"],
    ),
    "an anchor too much": (
        lambda said: said["item"]["first-words"]["anchors"].update({"2": "Two"}),
        ["item, first-words, anchors: unknown key '2'"],
    ),
    "an anchor too few": (
        lambda said: said["item"]["first-words"]["anchors"].pop("3"),
        ["item, first-words, anchors: the key '3' is missing"],
    ),
    "a line of evidence too few": (
        lambda said: said["item"]["first-words"]["evidence"].pop(),
        ["item, first-words, evidence: has 1 text; the original has 2"],
    ),
    "an empty word": (
        lambda said: said.update(title=" "),
        ["title: string should have at least 1 character"],
    ),
    "no word": (lambda said: said.update(title=7), ["title: input should be a valid string"]),
    "an unknown key": (lambda said: said.update(colour="red"), ["top of the file: unknown key 'colour'"]),
    "whether it is reviewed": (
        lambda said: said.pop("reviewed"),
        ["top of the file: the key 'reviewed' is missing"],
    ),
    "another instrument": (
        lambda said: said.update({"for": "lamp@2.0"}),
        [
            "file: is named lantern-1.0.es.toml; what it is for and its language ask for lamp-2.0.es.toml",
        ],
    ),
    "another language": (
        lambda said: said.update(language="fr"),
        ["file: is named lantern-1.0.es.toml; what it is for and its language ask for lantern-1.0.fr.toml"],
    ),
}


def test_a_complete_translation_has_no_fault(folder: Path) -> None:
    assert faults(folder / "lantern-1.0.es.toml") == []
    assert faults(folder / "lantern-1.0.guide.es.toml") == []


@pytest.mark.parametrize("slip", SLIPS)
def test_every_slip_is_reported_with_its_place(slip: str, folder: Path, content: dict[str, Any]) -> None:
    spoil, said = SLIPS[slip]
    spoil(content)
    assert faults(write(folder, content)) == said


def test_every_slip_is_reported_at_once(folder: Path, content: dict[str, Any]) -> None:
    del content["title"]
    del content["item"]["coat-rack"]["guidance"]
    content["rating"]["names"]["9"] = "Nine"
    assert faults(write(folder, content)) == [
        "top of the file: the key 'title' is missing",
        "item, coat-rack: the key 'guidance' is missing",
        "rating, names: unknown key '9'",
    ]


def test_a_step_too_few_in_a_guide_is_reported(folder: Path, lantern_guide: Guide) -> None:
    said = other(translation.words_of_guide(lantern_guide))
    item, known = next(iter(said["steps"].items()))
    known[next(iter(known))].append("One more")
    (found,) = faults(write(folder, HEAD | said, "lantern-1.0.guide.es.toml"))
    assert found.startswith(f"steps, {item} ")
    assert "the original has" in found


def test_a_translation_without_its_original_and_one_that_is_no_toml_are_reported(folder: Path) -> None:
    alone = folder / "lamp-2.0.es.toml"
    alone.write_text("schema = 1")
    assert faults(alone) == ["file: the original beside it, lamp-2.0.toml, is missing"]
    broken = folder / "lantern-1.0.es.toml"
    broken.write_text("schema = = 1")
    (found,) = faults(broken)
    assert "is not TOML" in found


def test_a_translation_beside_a_faulty_original_waits_for_it(folder: Path) -> None:
    (folder / "lantern-1.0.toml").write_text("schema = 1")
    (found,) = faults(folder / "lantern-1.0.es.toml")
    assert "check it first" in found


@pytest.mark.usefixtures("in_spanish")
def test_a_faulty_translation_is_named_and_stops_nothing(
    folder: Path, content: dict[str, Any], lantern: Instrument
) -> None:
    del content["title"]
    write(folder, content)
    sound, refused = shelf.contents()
    assert [volume.instrument.title for volume in sound] == [lantern.title]
    assert [faulty.file for faulty in refused] == ["lantern-1.0.es.toml"]
    assert shelf.find("lantern@1.0").instrument.title == lantern.title


def test_translations_are_no_instruments_of_their_own(folder: Path) -> None:
    assert shelf.names() == ["lantern@1.0"]
    assert shelf.contents()[1] == []


def test_words_for_another_revision_are_not_used(folder: Path, lantern: Instrument) -> None:
    """The store may keep an instrument of the same name with an item more or less."""
    part = lantern.dimensions[0]
    fewer = lantern.model_copy(update={"dimensions": (part.model_copy(update={"items": part.items[:-1]}),)})
    with words.speaking("es"):
        assert shelf.spoken(fewer) is fewer


def test_a_language_counts_as_reviewed_when_every_translation_is(
    folder: Path, content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shelf.is_reviewed()
    with words.speaking("es"):
        assert not shelf.is_reviewed()
        again = tmp_path_factory.mktemp("reviewed")
        write(again, content | {"reviewed": True})
        monkeypatch.setattr(shelf, "INSTRUMENTS", again)
        assert shelf.is_reviewed()


def test_the_command_checks_translations_too(folder: Path, content: dict[str, Any]) -> None:
    del content["title"]
    path = write(folder, content)
    refused = CliRunner().invoke(cli.main, ["check", str(path), str(folder / "lantern-1.0.guide.es.toml")])
    assert refused.exit_code == 1
    assert f"{path}: top of the file: the key 'title' is missing" in refused.stderr
    assert "lantern-1.0.guide.es.toml: no faults" in refused.stdout


def test_the_command_line_speaks_the_language_that_is_asked_for(folder: Path, lantern: Instrument) -> None:
    for name, wish, is_spanish in (
        ("DDCAT_LANGUAGE", "es", True),
        ("LC_ALL", "es_MX.UTF-8", True),
        ("LANG", "es_US", True),
        ("LANG", "C.UTF-8", False),
        ("LANG", "tlh", False),
    ):
        nothing = dict.fromkeys(cli.LANGUAGES, "")
        said = CliRunner().invoke(cli.main, ["instruments"], env=nothing | {name: wish}).stdout
        assert (other(lantern.purpose) in said) is is_spanish, (name, wish)
    assert words.language() == "en"


SHIPPED = sorted(path.name for path in shelf.INSTRUMENTS.glob("*.es.toml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_translation_has_no_fault(name: str) -> None:
    assert faults(shelf.INSTRUMENTS / name) == []


def test_every_shipped_instrument_and_guide_is_translated_into_every_language_that_is_spoken() -> None:
    originals = [path.stem for path in shelf.INSTRUMENTS.glob("*.toml") if not path.stem.endswith(".es")]
    assert {f"{stem}.{code}.toml" for stem in originals for code in words.languages()[1:]} == set(SHIPPED)
