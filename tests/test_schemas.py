"""The JSON Schemas that help an editor: they accept every sound file, and underline what ddcat would refuse."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from ddcat import cli, paths, schemas

TINY = Path(__file__).parent / "instruments"
FILES = sorted([*paths.INSTRUMENTS.glob("*.toml"), *TINY.glob("*.toml")])
TEXT = (TINY / "lantern-1.0.toml").read_text(encoding="utf-8")
ADVICE = (TINY / "lantern-1.0.guide.toml").read_text(encoding="utf-8")


def kind_of(file: Path) -> str:
    words = "es" in file.name.split(".")
    if ".guide." in file.name:
        return "guide-translation" if words else "guide"
    return "translation" if words else "instrument"


def faults(kind: str, text: str) -> list[str]:
    """What an editor that was given this schema would underline, each with its place."""
    found = Draft202012Validator(schemas.schema(kind)).iter_errors(tomllib.loads(text))
    return sorted(f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found)


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_is_a_schema_and_the_command_prints_it(kind: str) -> None:
    result = CliRunner().invoke(cli.main, ["schema", kind])
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert printed == schemas.schema(kind)
    Draft202012Validator.check_schema(printed)


def test_without_a_kind_it_is_that_of_an_instrument() -> None:
    assert json.loads(CliRunner().invoke(cli.main, ["schema"]).stdout) == schemas.schema("instrument")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_that_comes_with_ddcat_fits_its_schema(file: Path) -> None:
    assert faults(kind_of(file), file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "fault"),
    [
        ("instrument", 'short    = "Lantern 1.0"', "", ": 'short' is a required property"),
        ("instrument", "title    =", "titel    =", "('titel' was unexpected)"),
        ("instrument", "highest = 5", 'highest = "5"', "rating/highest: '5' is not of type 'integer'"),
        ("instrument", "share = [2, 3]", "share = [2, 3, 4]", "scoring/criterion/share: "),
        ("instrument", '"mean-of-dimensions"', '"mean"', "scoring/overall: 'mean' is not one of"),
        ("instrument", 'given = "some"', 'given = "many"', "floors/2/given: 'many' is not valid"),
        ("instrument", "given = 50", "given = 500", "floors/3/given: 500 is not valid"),
        ("guide", 'setting = ["doorway"]', 'setting = "doorway"', "setting: 'doorway' is not of type 'array'"),
        ("guide", 'setting = ["doorway"]', f'suits = "{"x" * 201}"', "suits: 'xxx"),
    ],
)
def test_a_slip_is_underlined(kind: str, old: str, new: str, fault: str) -> None:
    text = TEXT if kind == "instrument" else ADVICE
    assert text.count(old) >= 1
    found = faults(kind, text.replace(old, new, 1))
    assert any(fault in said for said in found), found


def parts(made: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {made["title"]: made} | made.get("$defs", {})


@pytest.mark.parametrize("kind", ["instrument", "guide"])
def test_every_key_is_explained_in_the_words_of_the_readme(kind: str) -> None:
    readme = (paths.INSTRUMENTS / "README.md").read_text(encoding="utf-8")
    keys = [
        (part, key, about.get("description", ""))
        for part, shape in parts(schemas.schema(kind)).items()
        for key, about in shape["properties"].items()
        # The README explains the criterion in one row with the scoring, and a table under its own heading.
        if part != "Criterion" and "$ref" not in {*about, *about.get("items", {})}
    ]
    assert len(keys) > 10
    assert [(part, key) for part, key, said in keys if not said or f"| {said} |" not in readme] == []
