"""What the documents promise is true."""

import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ddcat import cli
from ddcat.instrument import Band, Criterion, Dimension, Focus, Guide, Instrument, Item, RatingScale, Scoring, Share

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/*.md")])
MODELS = (Instrument, RatingScale, Scoring, Criterion, Band, Focus, Dimension, Item, Share, Guide)


@pytest.mark.parametrize("name", cli.main.commands)
def test_the_readme_names_every_command_with_its_real_help(name: str) -> None:
    help = cli.main.commands[name].help or ""
    assert f"| `ddcat {name}` | {help.splitlines()[0]} |" in README


def test_the_readme_names_no_command_that_is_not_there() -> None:
    assert set(re.findall(r"^\| `ddcat (\w+)`", README, re.M)) == set(cli.main.commands)


def test_every_module_is_in_find_your_room() -> None:
    rooms = {path.name for path in (ROOT / "ddcat").iterdir() if path.suffix == ".py" or path.is_dir()}
    named = set(re.findall(r"^\| `ddcat/([\w.]+)/?`", README, re.M))
    assert named == rooms - {"__init__.py", "__main__.py", "__pycache__", "_data"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_local_link_and_picture_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("model", MODELS)
def test_every_key_of_an_instrument_file_is_explained(model: type[Instrument]) -> None:
    explained = set(re.findall(r"`\[*([\w.]+)", (ROOT / "instruments" / "README.md").read_text(encoding="utf-8")))
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert keys - {path.rsplit(".")[-1] for path in explained} == set()


@pytest.mark.parametrize("name", cli.main.commands)
def test_every_command_explains_itself_and_each_of_its_options(name: str) -> None:
    shown = CliRunner().invoke(cli.main, [name, "--help"])
    assert shown.exit_code == 0
    options = [param for param in cli.main.commands[name].params if isinstance(param, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_changelog_speaks_of_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (Unreleased|\d)", changelog, re.M)
